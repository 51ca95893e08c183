//! The real `weir` binary, as people and other programs meet it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping, in its helpers too"
)]

mod away;
mod check;
mod costs;
mod embedded;
mod refusals;
mod reports;
mod rules;
mod support;
