//! Takes events in, keeps them on disk, inserts them into ClickHouse once.
//!
//! The way of one event, and the module that is responsible:
//!
//! 1. `intake`: a request of a page arrives; its size, site and origin are checked; `v1`: one of a server, with a token;
//! 2. `parse`: its bytes become valid events, each event judged for itself; `outcome` names every reason why not;
//! 3. `enrich`: time, device, bot verdict, channel, properties;
//! 4. `sink::row`: the event becomes the bytes that ClickHouse will be sent, and never anything else afterwards;
//! 5. `spool`: the bytes are appended and synced, and only now the sender is answered;
//! 6. `batch`, `deliver`, `sink`: the sealed segment is inserted under its token until it is there, once.
//!
//! [`Collector`] puts them together. `warehouse` owns the tables and views. `docs/collector.md` tells operators the rest.

mod address;
mod aside;
mod batch;
mod body;
mod clock;
mod collector;
mod cookie;
mod cookieless;
mod cors;
mod deliver;
mod enrich;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod gate;
mod identity;
mod intake;
pub mod limits;
mod listen;
mod message;
mod metrics;
mod optout;
mod outcome;
mod parse;
mod pipeline;
mod refused;
pub mod sample;
mod settings;
#[cfg(test)]
mod simulation;
mod sink;
mod site;
mod spool;
mod token;
mod url;
mod v1;
pub mod warehouse;

pub use address::{Cidr, CidrError, Peer, ProxySettings};
pub use collector::{Collector, CollectorConfig, Observer, OpenError, Status};
pub use enrich::geo::GeoError;
pub use gate::Connections;
pub use identity::identify_key;
pub use limits::Limits;
pub use listen::HttpServer;
pub use refused::RefusedHost;
pub use settings::{SETTINGS, Setting, SettingError};
pub use site::{DomainError, DomainPattern, Environment, SiteId, SiteSettings, Sites};
pub use spool::refused::{Content, RefusedBatch, SpoolFiles, list as list_spool};
pub use token::{Grant, NewToken, TOKEN_RANDOM_BYTES, TokenError, TokenRecord, TokenScope, Tokens};
