//! Funnels with their numbers, and how the parts are doing.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::Body;
use super::sites::require;
use super::{ApiError, App};
use crate::funnel::{self, DAYS, FunnelStep};
use crate::suggest;

/// A funnel.
#[derive(Serialize, ToSchema)]
pub(super) struct Funnel {
    site: String,
    name: String,
    /// How many days back it goes.
    days: u32,
    steps: Vec<FunnelStep>,
}

/// One funnel with its numbers.
#[utoipa::path(get, path = "/api/v1/sites/{site}/funnels/{name}", tag = "reports",
    params(("site" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = Funnel), (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn funnel(
    State(app): State<Arc<App>>,
    Path((site, name)): Path<(String, String)>,
) -> Result<Json<Funnel>, ApiError> {
    {
        let published = app.published.load();
        let known = require(&published, &site)?;
        if !known.funnels.contains(&name) {
            return Err(ApiError::new(
                StatusCode::NOT_FOUND,
                "unknown_funnel",
                format!("the site `{site}` has no such funnel"),
                suggest::hint(&name, "funnel", known.funnels.iter().map(String::as_str)),
            )
            .in_russian(
                format!("у сайта `{site}` нет такой воронки"),
                suggest::hint_in_russian(&name, known.funnels.iter().map(String::as_str)),
            ));
        }
    }
    let saved = funnel::find(&app.sql, &site, &name)
        .await?
        .ok_or_else(ApiError::not_ready)?;
    let steps = funnel::steps(&app.sql, &saved).await?;
    Ok(Json(Funnel {
        site,
        name,
        days: DAYS,
        steps,
    }))
}

/// How the parts are doing.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    version: &'static str,
    /// The collector's counters: docs/collector.md.
    #[schema(value_type = serde_json::Value)]
    collector: weir_collector::Status,
    clickhouse: ClickhouseStatus,
    /// The address of the SQL interface, as people are told it.
    sql: String,
    public_url: String,
    demo: bool,
}

/// How ClickHouse is doing.
#[derive(Serialize, ToSchema)]
struct ClickhouseStatus {
    reachable: bool,
    /// Whether the views exist. Of each site, `ready` says whether they know it.
    views: bool,
    url: String,
}

/// How the parts are doing.
#[utoipa::path(get, path = "/api/v1/status", tag = "sites", responses((status = 200, body = Status)))]
pub(super) async fn status(State(app): State<Arc<App>>) -> Json<Status> {
    let reachable = app.sql.is_reachable().await;
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        collector: app.collector.status(),
        clickhouse: ClickhouseStatus {
            reachable,
            views: app.ready.has_views(),
            url: app.sql.url().to_owned(),
        },
        sql: app.sql_url.clone(),
        public_url: app.public_url.clone(),
        demo: app.demo,
    })
}
