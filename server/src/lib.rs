//! The weir binary: serves tags, intake, API and page; command line.

pub mod config;
pub mod data_dir;
pub mod failure;
pub mod servable;
pub mod store;
pub mod suggest;
pub mod terminal;
