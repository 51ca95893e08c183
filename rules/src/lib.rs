//! The rule language: checks containers, compiles releases, decides what fires.
//!
//! A container goes through four forms that cannot be mixed up:
//!
//! ```text
//! JSON text --draft--> draft --check--> Container --compile--> release bytes --read--> Release --evaluate--> Firing
//!           `------------- feature authoring ------------'                    `---- always, also in the page ----'
//! ```
//!
//! This crate does no IO and has no clock, randomness or DOM: a [`evaluate::Host`] lends the page. What is compiled
//! without features is what every visitor downloads, so it uses no formatting machinery, no floating-point parser, no
//! Unicode tables and no panicking index.

#![cfg_attr(not(any(test, feature = "authoring", feature = "reader")), no_std)]

extern crate alloc;

pub mod condition;
pub mod decimal;
pub mod evaluate;
pub mod host;
pub mod id;
pub mod limits;
#[cfg(feature = "authoring")]
pub mod link;
pub mod payload;
pub mod release;
pub mod trace;
pub mod value;
mod variable;

#[cfg(feature = "page")]
pub mod action;
#[cfg(feature = "authoring")]
mod bounds;
#[cfg(feature = "authoring")]
mod check;
#[cfg(feature = "authoring")]
mod compile;
#[cfg(feature = "authoring")]
pub mod container;
#[cfg(feature = "authoring")]
mod date;
#[cfg(feature = "authoring")]
mod diagnostic;
#[cfg(feature = "authoring")]
mod draft;
#[cfg(feature = "page")]
mod encode;
#[cfg(feature = "page")]
mod examples;
#[cfg(feature = "authoring")]
pub mod explain;
#[cfg(feature = "authoring")]
pub mod funnel_step;
#[cfg(feature = "authoring")]
mod json;
#[cfg(feature = "authoring")]
mod json_out;
#[cfg(feature = "authoring")]
pub mod loader;
#[cfg(feature = "page")]
pub mod page;
#[cfg(any(feature = "page", feature = "reader"))]
mod path;
#[cfg(feature = "authoring")]
mod pattern;
#[cfg(feature = "page")]
pub mod preview;
#[cfg(feature = "page")]
mod privacy;
#[cfg(feature = "page")]
pub mod replay;
#[cfg(feature = "authoring")]
pub mod report;
#[cfg(feature = "authoring")]
mod schema;
#[cfg(feature = "authoring")]
mod selector;
#[cfg(feature = "page")]
pub mod simulate;
#[cfg(feature = "authoring")]
mod suggest;
#[cfg(feature = "authoring")]
mod types;
#[cfg(feature = "authoring")]
mod vocabulary;

#[cfg(any(feature = "page", feature = "reader"))]
pub use path::readable_path;

#[cfg(feature = "authoring")]
pub use {
    bounds::MAX_CONTAINER_BYTES,
    check::{Checked, check, check_at},
    compile::compile,
    container::Container,
    diagnostic::{Code, Lang, Problem, Severity},
    schema::json_schema,
};

#[cfg(feature = "page")]
pub use examples::check_with_examples;
