//! Binding to `libchdb.so`, the ClickHouse engine as a library, loaded at run time.
//!
//! Owns every call into the library and the life of every handle the library gives out. Nothing here knows SQL,
//! HTTP, users or limits: that is `weir-engine`. The library is never unloaded, because its threads may outlive any
//! handle; a process can hold one engine with one data folder.
//!
//! This crate is the only one in the workspace that contains `unsafe`. The rules it keeps:
//!
//! - a [`Connection`] runs one statement at a time: everything that runs takes `&mut self`, and streams borrow it;
//! - a handle is freed exactly once, by `Drop`, while the library is still loaded;
//! - memory behind a result is only lent, for as long as the result lives.

#![expect(unsafe_code, reason = "the workspace's one foreign-function interface")]

mod connection;
mod library;
mod outcome;
mod stream;
mod symbols;

pub use connection::{Analysis, Connection, Parameters, StatementClass};
pub use library::{ConnectError, Library, LoadError, ShutdownError};
pub use outcome::{EngineError, QueryResult, Statistics};
pub use stream::{InsertStream, ResultStream};
