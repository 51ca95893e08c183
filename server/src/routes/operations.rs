//! For those who run it: is it alive, does it take events, how is it doing.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::{ApiError, App};
use crate::publish::site::State as SiteState;

/// The process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Events are taken in and kept. Whether ClickHouse is there does not matter for that.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let status = app.collector.status();
    if !status.accepting {
        return ApiError::new(
            http::StatusCode::SERVICE_UNAVAILABLE,
            "not_accepting",
            "events are not taken in at the moment: the spool is full or its disk failed",
            "look at the free space and the health of the disk that holds the data folder; `weir doctor` helps",
        )
        .into_response();
    }
    Json(json!({ "ready": true, "collector": status })).into_response()
}

/// Prometheus text.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let mut text = app.collector.metrics_text();
    let published = app.published.load();
    let count = |state: SiteState| {
        published
            .sites
            .values()
            .filter(|site| site.state == state)
            .count()
    };
    // Before the end mark of the text format, after which nothing may follow.
    let end = text.rfind("# EOF").unwrap_or(text.len());
    text.truncate(end);
    let _ = write!(
        text,
        "# HELP weir_server_info Version of the running binary.\n\
         # TYPE weir_server_info gauge\n\
         weir_server_info{{version=\"{}\"}} 1\n\
         # HELP weir_server_sites Sites by the state of their container.\n\
         # TYPE weir_server_sites gauge\n\
         weir_server_sites{{state=\"live\"}} {}\n\
         weir_server_sites{{state=\"broken\"}} {}\n\
         # EOF\n",
        env!("CARGO_PKG_VERSION"),
        count(SiteState::Live),
        count(SiteState::Broken),
    );
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}
