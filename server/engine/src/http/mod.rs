//! ClickHouse's HTTP interface: what a request means, what an answer looks like.

pub(crate) mod answer;
pub(crate) mod blocks;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod encoding;
mod frame;
pub(crate) mod handler;
mod hello;
pub(crate) mod multipart;
pub(crate) mod origin;
pub(crate) mod server;
