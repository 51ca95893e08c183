//! The `weir` binary as a library: command line, settings, publishing, routes, page and demo shop.
//!
//! It brings the other crates together and decides little itself: `weir_rules` says what a container means,
//! `weir_collector` keeps events, `weir_engine` runs ClickHouse. [`cli`] is where to begin reading, then [`serve`].

pub mod accounts;
pub mod assets;
pub mod changes;
pub mod cli;
pub mod config;
pub mod container;
pub mod costs;
pub mod data_dir;
pub mod demo_shop;
pub mod engine;
pub mod failure;
pub mod funnel;
pub(crate) mod history;
pub mod ports;
pub mod preview;
pub mod publish;
pub mod retention;
pub mod routes;
pub mod servable;
pub mod serve;
pub mod sql;
pub mod store;
pub mod suggest;
pub mod tag;
pub mod terminal;
#[cfg(test)]
mod testing;
pub mod warehouse;
