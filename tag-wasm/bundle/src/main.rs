//! Builds what the browser downloads.
fn main() {}
