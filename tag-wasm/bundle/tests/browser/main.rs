//! The tag in real Chromium, on pages that a test server makes up: what it hears, what it sends, and that the page does not
//! notice. Needs `make tag` and a chromedriver.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking, also in a function that several tests share"
)]

mod conformance;
mod delivery;
mod interactions;
mod page_safety;
mod page_views;
mod rungs;
mod site;
mod triggers;

/// See the other binary, `without_wasm`.
const MODE: site::Mode = site::Mode::Wasm;
