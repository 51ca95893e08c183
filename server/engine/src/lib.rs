//! ClickHouse's HTTP interface over the embedded engine, guarded and supervised.
//!
//! Two halves that meet only through a process boundary: [`child::run`] is the body of `weir engine`, which holds the
//! engine; [`Supervisor`] lives in `weir serve`, starts that process, watches it and starts it again. What talks to the
//! engine does so over HTTP and cannot tell it from a ClickHouse server.

pub mod child;
mod error;
mod facade;
mod guard;
mod held;
mod http;
mod kill;
mod layout;
mod parent;
mod pool;
mod session;
mod sql;
mod supervisor;
mod user;
mod work;

pub use child::{EngineFailure, EngineOptions};
pub use supervisor::{EngineState, Supervisor, SupervisorError, SupervisorOptions};
pub use user::{SECRET_FILE, Secret};
