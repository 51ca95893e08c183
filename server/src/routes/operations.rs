//! For those who run it: is it alive, does it take events, how is it doing.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::{ApiError, App};
use crate::data_dir::{MIN_FREE_BYTES, free_bytes};
use crate::publish::site::State as SiteState;

/// The process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Events are taken in and kept, and there is room for more. Whether ClickHouse is there does not matter for that; but
/// while it is away the spool fills, and this says so while there is still room, so that another node can be used instead.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let status = app.collector.status();
    let not_ready = |code, message: &str, hint: &str| {
        ApiError::new(http::StatusCode::SERVICE_UNAVAILABLE, code, message, hint).into_response()
    };
    if !status.accepting {
        return not_ready(
            "not_accepting",
            "events are not taken in at the moment: the spool is full or its disk failed",
            "look at the free space and the health of the disk that holds the data folder; `weir doctor` helps",
        );
    }
    if status.is_nearly_full() {
        return not_ready(
            "spool_nearly_full",
            "events are still taken in, but more than four fifths of the spool are used",
            "see `last_error` in /api/v1/status: ClickHouse does not take events, or not fast enough; or raise `--limit spool_bytes`",
        );
    }
    if disk_free(&app).is_some_and(|free| free < MIN_FREE_BYTES) {
        return not_ready(
            "disk_nearly_full",
            "events are still taken in, but the disk of the data folder is nearly full",
            "free some space on that disk",
        );
    }
    Json(json!({ "ready": true, "collector": status })).into_response()
}

fn disk_free(app: &App) -> Option<u64> {
    free_bytes(&app.data).ok()
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
         # HELP weir_server_connections Connections that are open.\n\
         # TYPE weir_server_connections gauge\n\
         weir_server_connections {}\n\
         # HELP weir_server_disk_free_bytes Free bytes on the disk of the data folder.\n\
         # TYPE weir_server_disk_free_bytes gauge\n\
         weir_server_disk_free_bytes {}\n\
         # EOF\n",
        env!("CARGO_PKG_VERSION"),
        count(SiteState::Live),
        count(SiteState::Broken),
        app.connections.load(Ordering::Relaxed),
        disk_free(&app).unwrap_or(0),
    );
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}
