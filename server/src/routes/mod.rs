//! Everything that answers over HTTP, but the intake, which is the collector's.
//!
//! [`router`] is a plain function of its state, so that tests need no socket.

mod api;
mod error;
mod guard;
mod live;
mod operations;
mod schema;
mod statics;
mod tag;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use weir_collector::{Observer, Tokens};

pub(crate) use api::script_tag;
pub use error::ApiError;

use crate::publish::site::PublishedHandle;
use crate::sql::Sql;
use crate::tag::TagBuild;

/// What the routes read.
#[derive(Clone)]
pub struct App {
    /// Sites and their scripts.
    pub published: PublishedHandle,
    /// What all scripts share.
    pub build: Arc<TagBuild>,
    /// How the collector is doing.
    pub collector: Observer,
    /// Who may read from elsewhere.
    pub tokens: Tokens,
    /// ClickHouse, for the page.
    pub sql: Sql,
    /// The address of the SQL interface, as people are told it.
    pub sql_url: String,
    /// The address under which browsers reach this server, without a slash at the end.
    pub public_url: String,
    /// First part of the tag's path.
    pub tag_prefix: String,
    /// Whether the demo shop is served.
    pub demo: bool,
    /// The data folder, whose disk is watched.
    pub data: PathBuf,
    /// Connections that are open.
    pub connections: Arc<AtomicUsize>,
}

/// All routes. `intake`: those of the collector.
pub fn router(app: App, intake: Router) -> Router {
    let app = Arc::new(app);
    let tag = Router::new()
        .route(&format!("{}{{file}}", app.tag_prefix), get(tag::file))
        .layer(from_fn(guard::tag_headers));
    let api = Router::new()
        .route("/api/v1/sites", get(api::sites))
        .route("/api/v1/sites/{site}/live", get(live::live))
        .route("/api/v1/sites/{site}/funnels/{name}", get(api::funnel))
        .route("/api/v1/status", get(api::status))
        .layer(from_fn_with_state(Arc::clone(&app), guard::loopback_only));
    let page = Router::new()
        .route("/ui/{*path}", get(statics::page_file))
        .layer(from_fn(guard::page_headers));
    let operations = Router::new()
        .route("/healthz", get(operations::healthz))
        .route("/readyz", get(operations::readyz))
        .route("/metrics", get(operations::metrics))
        .route("/container.schema.json", get(schema::container_schema));
    let mut ours = tag.merge(api).merge(page).merge(operations);
    if app.demo {
        let demo = Router::new()
            .route("/demo", get(statics::demo_redirect))
            .route("/demo/", get(statics::demo))
            .route("/demo/{*path}", get(statics::demo_file))
            .layer(from_fn_with_state(Arc::clone(&app), guard::demo_headers));
        ours = ours.merge(demo);
    }
    ours.with_state(app)
        .merge(intake)
        .fallback(statics::page_or_nothing)
        .method_not_allowed_fallback(async || ApiError::wrong_method())
        .layer(from_fn(guard::every_answer))
}
