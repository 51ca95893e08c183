//! The core journeys in real Firefox: the tests of `browser` that any browser passes, and pages whose policy forbids
//! WebAssembly. Needs `make tag`, Firefox and geckodriver: `tools/setup.sh firefox`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in a function that several tests share"
)]
#![expect(dead_code, reason = "the site can do more than Firefox is asked for")]

#[path = "../browser/interactions.rs"]
mod interactions;
mod journeys;
#[path = "../browser/page_views.rs"]
mod page_views;
#[path = "../browser/site.rs"]
mod site;

/// Visits in which a page must come from the browser's memory once: whether it is kept is Firefox's own affair, and a busy one does not
/// always.
const KEPT_ATTEMPTS: usize = 5;

const BROWSER: weir_tests::Brand = weir_tests::Brand::Firefox;
const MODE: site::Mode = site::Mode::Wasm;
