//! Harness of the end-to-end tests: the real binary with the real engine, and real browsers.
//!
//! [`Stack`] is one running `weir serve` with its own data folder and free ports; it can be killed
//! with SIGKILL and started again. [`Browsers`] is one driver; each [`Visitor`] of it is a Chromium
//! or a Firefox with a fresh profile. Everything started here is ended here, also when a test panics.

pub mod browser;
mod disk;
pub mod journey;
pub mod process;
pub mod sender;
pub mod stack;

pub use browser::{Brand, Browsers, Visitor};
pub use stack::{Stack, StackOptions};
