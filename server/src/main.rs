//! The weir binary: serves tags, intake, API and page; command line.
fn main() {}
