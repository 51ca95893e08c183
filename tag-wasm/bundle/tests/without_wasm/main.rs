//! The tests of `browser` on pages whose policy forbids WebAssembly: the same must be heard and sent.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking, also in a function that several tests share"
)]

#[path = "../browser/consent.rs"]
mod consent;
#[path = "../browser/delivery.rs"]
mod delivery;
#[path = "../browser/hand_over.rs"]
mod hand_over;
#[path = "../browser/hostile.rs"]
mod hostile;
#[path = "../browser/identify.rs"]
mod identify;
#[path = "../browser/interactions.rs"]
mod interactions;
#[path = "../browser/page_safety.rs"]
mod page_safety;
#[path = "../browser/page_views.rs"]
mod page_views;
#[path = "../browser/prerender.rs"]
mod prerender;
#[path = "../browser/site.rs"]
mod site;
#[path = "../browser/stress.rs"]
mod stress;
#[path = "../browser/traps.rs"]
mod traps;
#[path = "../browser/triggers.rs"]
mod triggers;

/// Visits in which a page must come from the browser's memory once.
const KEPT_ATTEMPTS: usize = 1;

const BROWSER: weir_tests::Brand = weir_tests::Brand::Chromium;
const MODE: site::Mode = site::Mode::StrictPolicy;
