//! `/api/v1/…`: what the page at `/` asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ApiError, App};
use crate::cli::Language;
use crate::funnel::{self, DAYS, FunnelStep};
use crate::publish::site::{Published, PublishedSite, State as SiteState, Told};
use crate::suggest;

/// The language of messages.
#[derive(Debug, Deserialize)]
pub(super) struct Words {
    lang: Option<String>,
}

/// One site, as the page shows it.
#[derive(Serialize)]
struct Site<'a> {
    id: &'a str,
    domains: &'a [String],
    container_version: Option<u32>,
    source: &'a str,
    script_tag: Option<String>,
    state: SiteState,
    problems: Vec<Told>,
    funnels: &'a [String],
    sample: bool,
    refused_hosts: Vec<RefusedHost>,
}

/// A host whose pages send events and are none of the site's.
#[derive(Serialize)]
struct RefusedHost {
    host: String,
    count: u64,
    last_at: i64,
}

/// All sites.
pub(super) async fn sites(
    State(app): State<Arc<App>>,
    Query(words): Query<Words>,
) -> Json<serde_json::Value> {
    let language = match words.lang.as_deref() {
        Some("ru") => Language::Ru,
        _ => Language::En,
    };
    let published = app.published.load();
    let sites: Vec<Site<'_>> = published
        .sites
        .iter()
        .map(|(id, site)| told(&app, id, site, language))
        .collect();
    Json(json!(sites))
}

fn told<'a>(app: &App, id: &'a str, site: &'a PublishedSite, language: Language) -> Site<'a> {
    Site {
        id,
        domains: &site.domains,
        container_version: site.release.as_ref().map(|release| release.version),
        source: &site.source,
        script_tag: (!site.sample && !site.nameless)
            .then(|| script_tag(&app.public_url, &app.tag_prefix, id)),
        state: site.state,
        problems: site
            .problems
            .iter()
            .map(|problem| problem.told(language))
            .collect(),
        funnels: &site.funnels,
        sample: site.sample,
        refused_hosts: app
            .collector
            .refused_hosts(id)
            .into_iter()
            .map(|refused| RefusedHost {
                host: refused.host,
                count: refused.count,
                last_at: refused.last_ms,
            })
            .collect(),
    }
}

/// The line that people paste into their pages.
pub(crate) fn script_tag(public_url: &str, tag_prefix: &str, site: &str) -> String {
    format!("<script async src=\"{public_url}{tag_prefix}{site}.js\"></script>")
}

/// The site, or which ones there are.
pub(super) fn require<'a>(
    published: &'a Published,
    site: &str,
) -> Result<&'a PublishedSite, ApiError> {
    published.sites.get(site).ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "unknown_site",
            "there is no such site",
            suggest::hint(site, "site", published.sites.keys().map(String::as_str)),
        )
    })
}

#[derive(Serialize)]
pub(super) struct Funnel {
    site: String,
    name: String,
    days: u32,
    steps: Vec<FunnelStep>,
}

/// One funnel with its numbers.
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
pub(super) async fn status(State(app): State<Arc<App>>) -> Json<serde_json::Value> {
    let reachable = app.sql.is_reachable().await;
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "collector": app.collector.status(),
        "clickhouse": { "reachable": reachable, "url": app.sql.url() },
        "sql": app.sql_url,
        "public_url": app.public_url,
        "demo": app.demo,
    }))
}
