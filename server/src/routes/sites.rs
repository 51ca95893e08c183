//! Sites: which there are, how they are doing, and making new ones.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Mutex;
use utoipa::{IntoParams, ToSchema};
use weir_collector::SiteId;

use super::drafts::{publish_error, require_managed};
use super::error::Body;
use super::input::Input;
use super::{ApiError, App};
use crate::accounts::Signed;
use crate::cli::Language;
use crate::container::Titles;
use crate::publish::site::{
    EnvironmentOf, Managed, Published, PublishedSite, State as SiteState, Told,
};
use crate::sql::{Sql, number};
use crate::store::Draft;
use crate::store::audit::Actor;
use crate::suggest;

/// How long the first and last events of sites are taken as they were.
const FRESH: Duration = Duration::from_secs(5);
/// How long it is taken for granted that a site has no events before the first that is known, at most.
const SETTLED: Duration = Duration::from_secs(3600);
/// All of time is left alone for so many times as long as asking took.
const EVER_IDLE: u32 = 300;
/// A list of sites does not wait longer for ClickHouse.
const PATIENCE: Duration = Duration::from_secs(2);
/// The question itself may take longer: somebody else gets the answer.
const ASKING: Duration = Duration::from_secs(30);

/// The language of messages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Words {
    /// `en`, or `ru`.
    #[serde(default)]
    lang: Option<String>,
}

impl Words {
    pub(super) fn language(&self) -> Language {
        match self.lang.as_deref() {
            Some("ru") => Language::Ru,
            _ => Language::En,
        }
    }
}

/// One site.
#[derive(Serialize, ToSchema)]
pub(super) struct Site {
    id: String,
    /// Hosts that may send events.
    domains: Vec<String>,
    /// The release in use; none if there never was one.
    container_version: Option<u32>,
    /// The container file; empty for a site without one.
    source: String,
    /// What is pasted into pages.
    script_tag: Option<String>,
    state: SiteState,
    /// Whether its numbers can be asked for. Before that, for up to a minute after the first start and a moment after a site is made,
    /// questions about them answer 503 `not_ready`.
    ready: bool,
    problems: Vec<Told>,
    /// Names of its funnels.
    funnels: Vec<String>,
    /// What people call its funnels and goals.
    titles: Titles,
    sample: bool,
    managed: Managed,
    /// The site and the environment whose visits these are, if it is the companion of one.
    environment: Option<EnvironmentOf>,
    /// Hosts whose pages send events and are none of the site's.
    refused_hosts: Vec<RefusedHost>,
    /// Milliseconds since 1970 UTC; none if there never was an event, or ClickHouse does not say.
    first_event_at: Option<i64>,
    last_event_at: Option<i64>,
    /// The first day with visits, in the site's time zone, also where the past was imported: before it there is nothing to compare with.
    first_day: Option<String>,
    /// When a page last asked for the script, since the server started: none if no page carries the tag, or none is visited.
    script_asked_at: Option<i64>,
}

/// A host whose pages send events and are none of the site's.
#[derive(Serialize, ToSchema)]
pub(super) struct RefusedHost {
    host: String,
    count: u64,
    /// Milliseconds since 1970 UTC.
    last_at: i64,
}

/// A new site.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewSite {
    /// 1 to 64 small Latin letters, digits and `_`.
    id: String,
    /// Hosts that may send events.
    domains: Vec<String>,
    /// Such as `Europe/Moscow`.
    timezone: String,
    /// Three letters.
    currency: String,
}

/// First and last events of all sites, as they were a moment ago.
#[derive(Debug, Default, Clone)]
pub struct Activity(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    known: std::sync::Mutex<Known>,
    /// Held by whoever asks ClickHouse: one at a time.
    asking: Mutex<()>,
}

#[derive(Debug, Default, Clone)]
struct Known {
    spans: HashMap<String, Span>,
    /// When ClickHouse was asked for the last days, and when for all of time.
    lately: Option<Instant>,
    ever: Option<Instant>,
    /// For how long the answer about all of time is good.
    ever_for: Duration,
}

/// For how long what all of time says is good when it took so long to ask: an import brings days before the first, and a small
/// site shows them at once, while a large one is not read through again and again.
fn good_for(took: Duration) -> Duration {
    took.saturating_mul(EVER_IDLE).clamp(FRESH, SETTLED)
}

#[derive(Debug, Clone)]
struct Span {
    first: i64,
    last: i64,
    first_day: String,
}

#[derive(Deserialize)]
struct Row {
    site: String,
    #[serde(deserialize_with = "number")]
    first: i64,
    #[serde(deserialize_with = "number")]
    last: i64,
    first_day: String,
}

impl Activity {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        let known = self.0.known.lock();
        known.unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What is known. Nobody waits for news but the first who asks, and for so long only: the list of sites does not depend on
    /// ClickHouse.
    async fn spans(&self, sql: &Sql) -> HashMap<String, Span> {
        let lately = self.known().lately;
        if lately.is_none_or(|at| at.elapsed() >= FRESH) {
            let (activity, sql) = (self.clone(), sql.clone());
            let asked = tokio::spawn(async move { activity.ask(&sql).await });
            if lately.is_none() {
                // Whatever comes of it is among what is known.
                let _ = tokio::time::timeout(PATIENCE, asked).await;
            }
        }
        self.known().spans.clone()
    }

    /// When a site had its last event, as far as that is known.
    pub(super) fn last(&self, site: &str) -> Option<i64> {
        self.known().spans.get(site).map(|span| span.last)
    }

    async fn ask(&self, sql: &Sql) {
        let Ok(_alone) = self.0.asking.try_lock() else {
            return;
        };
        let ever = {
            let known = self.known();
            let good_for = known.ever_for;
            known.ever.is_none_or(|at| at.elapsed() >= good_for)
        };
        // All of time is much on a large site, and its beginning hardly ever moves.
        let recent = if ever {
            ""
        } else {
            "WHERE session_date >= today() - 2"
        };
        let query = format!(
            "SELECT site, toUnixTimestamp64Milli(min(received_at)) AS first, \
                    toUnixTimestamp64Milli(max(received_at)) AS last, toString(min(session_date)) AS first_day \
             FROM weir.events {recent} GROUP BY site"
        );
        let begun = Instant::now();
        let rows = sql.rows_within::<Row>(&query, &[], ASKING).await;
        let mut known = self.known();
        known.lately = Some(Instant::now());
        // What was known holds on while ClickHouse is away.
        let Ok(rows) = rows else { return };
        if ever {
            known.ever = known.lately;
            known.ever_for = good_for(begun.elapsed());
        } else if rows.iter().any(|row| !known.spans.contains_key(&row.site)) {
            // Of a site that is new the last days are known now, and maybe it has a past that was imported before them.
            known.ever = None;
        }
        for row in rows {
            let span = known.spans.entry(row.site).or_insert(Span {
                first: row.first,
                last: row.last,
                first_day: row.first_day.clone(),
            });
            span.first = span.first.min(row.first);
            span.last = span.last.max(row.last);
            if row.first_day < span.first_day {
                span.first_day = row.first_day;
            }
        }
    }
}

/// All sites.
#[utoipa::path(get, path = "/api/v1/sites", tag = "sites", params(Words), responses((status = 200, body = Vec<Site>)))]
pub(super) async fn sites(
    State(app): State<Arc<App>>,
    Query(words): Query<Words>,
) -> Json<Vec<Site>> {
    let spans = app.activity.spans(&app.sql).await;
    let published = app.published.load();
    let sites = published
        .sites
        .iter()
        .map(|(id, site)| told(&app, id, site, spans.get(id), words.language()));
    Json(sites.collect())
}

fn told(
    app: &App,
    id: &str,
    site: &PublishedSite,
    span: Option<&Span>,
    language: Language,
) -> Site {
    Site {
        id: id.to_owned(),
        domains: site.domains.clone(),
        container_version: site.release.as_ref().map(|release| release.version),
        source: site.source.clone(),
        script_tag: (!site.is_sample() && !site.nameless)
            .then(|| script_tag(&app.public_url, &app.tag_prefix, id)),
        state: site.state,
        ready: app.ready.has(id, site.release.is_some()),
        problems: site
            .problems
            .iter()
            .map(|problem| problem.told(language))
            .collect(),
        funnels: site.funnels.clone(),
        titles: site
            .container
            .as_ref()
            .map(|container| container.titles())
            .unwrap_or_default(),
        sample: site.is_sample(),
        managed: site.managed,
        environment: site.environment.clone(),
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
        first_event_at: span.map(|span| span.first),
        last_event_at: span.map(|span| span.last),
        first_day: span.map(|span| span.first_day.clone()),
        script_asked_at: site.asked.at(),
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
        .in_russian(
            format!("сайта `{site}` нет"),
            suggest::hint_in_russian(site, published.sites.keys().map(String::as_str)),
        )
    })
}

/// Makes a site that is managed in the page, and publishes its first container.
#[utoipa::path(post, path = "/api/v1/sites", tag = "sites", params(Words), request_body = NewSite,
    responses((status = 201, body = Site), (status = "4XX", body = Body)))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    signed: Signed,
    Query(words): Query<Words>,
    Input(wanted): Input<NewSite>,
) -> Result<(StatusCode, Json<Site>), ApiError> {
    if SiteId::parse(&wanted.id).is_none() {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_site_id",
            "this is no id of a site",
            "an id is 1 to 64 small Latin letters, digits and `_`: it is part of the tag's address, `/t/<id>.js`",
        ));
    }
    let language = words.language();
    let (id, source) = (wanted.id.clone(), starter(&wanted));
    let (publisher, now_ms) = (app.publisher.clone(), app.accounts.now_ms());
    let made = app
        .blocking(move || {
            publisher.create_site(Draft {
                site: &wanted.id,
                file: "",
                source: &source,
                now_ms,
                author: &signed.user.email,
                note: "",
            })
        })
        .await?;
    made.map_err(|error| publish_error(error, language))?;
    let published = app.published.load();
    let site = require(&published, &id)?;
    Ok((
        StatusCode::CREATED,
        Json(told(&app, &id, site, None, language)),
    ))
}

/// Removes a site that is managed in the page: pages get no script any more; its events and releases stay, and a new site
/// with the same id goes on from them.
#[utoipa::path(delete, operation_id = "remove_site", path = "/api/v1/sites/{site}", tag = "sites", params(("site" = String, Path)),
    responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    signed: Signed,
) -> Result<StatusCode, ApiError> {
    require_managed(&app, &site)?;
    let (publisher, now_ms) = (app.publisher.clone(), app.accounts.now_ms());
    let removed = app
        .blocking(move || {
            let who = &signed.user.email;
            publisher.remove_site(&site, Actor { who, now_ms })
        })
        .await?;
    removed.map_err(|error| publish_error(error, Language::En))?;
    Ok(StatusCode::NO_CONTENT)
}

/// A container that collects what needs no rule. Written as people would write it, since they go on with it.
fn starter(wanted: &NewSite) -> String {
    let quoted = |text: &str| json!(text).to_string();
    let domains: Vec<String> = wanted
        .domains
        .iter()
        .map(|domain| quoted(domain.trim()))
        .collect();
    format!(
        "{{\n  \"$schema\": \"/container.schema.json\",\n  \"weir\": 1,\n  \"site\": {{\n    \"id\": {},\n    \"domains\": [{}],\n    \"timezone\": {},\n    \"currency\": {}\n  }},\n\n  \"variables\": {{}},\n\n  \"triggers\": {{}},\n\n  \"tags\": [],\n\n  \"goals\": {{}},\n\n  \"funnels\": {{}},\n\n  \"kpis\": []\n}}\n",
        quoted(&wanted.id),
        domains.join(", "),
        quoted(wanted.timezone.trim()),
        quoted(wanted.currency.trim()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_is_asked_for_as_often_as_it_is_cheap() {
        // A small site sees what an import brings at once, a large one within the hour.
        assert_eq!(good_for(Duration::from_millis(3)), FRESH);
        assert_eq!(
            good_for(Duration::from_millis(200)),
            Duration::from_secs(60)
        );
        assert_eq!(good_for(Duration::from_secs(30)), SETTLED);
    }
}
