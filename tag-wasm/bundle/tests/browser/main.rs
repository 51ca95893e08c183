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
mod consent;
mod delivery;
mod hand_over;
mod hostile;
mod identify;
mod interactions;
mod page_safety;
mod page_views;
mod prerender;
mod rungs;
mod site;
mod stress;
mod traps;
mod triggers;

/// Visits in which a page must come from the browser's memory once.
const KEPT_ATTEMPTS: usize = 1;

const BROWSER: weir_tests::Brand = weir_tests::Brand::Chromium;
/// See the other binaries, `without_wasm` and `firefox`.
const MODE: site::Mode = site::Mode::Wasm;
