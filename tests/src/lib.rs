//! Harness of the end-to-end tests: the real binary with the real engine, and real browsers.
//!
//! [`Stack`] is one running `weir serve` with its own data folder and free ports; it can be killed
//! with SIGKILL and started again. Each [`Visitor`] of [`Browsers`] is a Chromium or a Firefox
//! that knows nothing. Everything started here is ended here, also when a test panics.

pub mod browser;
mod disk;
mod driver;
pub mod journey;
pub mod keyboard;
pub mod marketer;
pub mod process;
pub mod sender;
pub mod stack;
mod webdriver;
pub mod words;

pub use browser::{Brand, Browsers, Visitor};
pub use stack::{Stack, StackOptions};
