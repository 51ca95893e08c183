//! The SQL port with the real engine behind it. `make test` names the library in WEIR_ENGINE_LIB.

mod client;
mod clients;
mod drivers;
mod formats;
mod guard;
mod harness;
mod insert;
mod life;
mod limits;
mod suites;
mod transport;
mod walk;
mod walk_tables;
mod warehouse_sql;
