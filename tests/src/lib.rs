//! Harness and end-to-end tests: real engine, real browser.
