//! What a previewed page asks for, and what the UI does: links, and what was observed.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ORIGIN, REFERER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::error::Body;
use super::input::Input;
use super::sites::{Words, require};
use super::{ApiError, App};
use crate::accounts::Signed;
use crate::cli::Language;
use crate::preview::{ObserveError, events, word};

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
/// A draft holds for one page load.
const NO_STORE: &str = "no-store";

/// The draft's script, its module, the panel, what pages call seldom.
pub(super) async fn file(
    State(app): State<Arc<App>>,
    Path((folder, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Some(servable) = app.build.preview_file(&file) {
        return servable.respond(&headers);
    }
    let origin = origin_of(&headers);
    let previews = app.previews.clone();
    let script = tokio::task::spawn_blocking(move || {
        if file == "tag.js" {
            return Some(previews.script(&folder, origin.as_deref()));
        }
        file.ends_with(".calls.js")
            .then(|| previews.calls(&folder, origin.as_deref()).ok())
            .flatten()
    });
    match script.await {
        Ok(Some(script)) => (
            [(CONTENT_TYPE, JAVASCRIPT), (CACHE_CONTROL, NO_STORE)],
            script,
        )
            .into_response(),
        _ => ApiError::not_found().into_response(),
    }
}

/// What a previewed page has observed.
pub(super) async fn observe(
    State(app): State<Arc<App>>,
    Path(folder): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let origin = headers
        .get(ORIGIN)
        .and_then(|origin| origin.to_str().ok())
        .map(str::to_owned);
    let previews = app.previews.clone();
    let observed =
        tokio::task::spawn_blocking(move || previews.observe(&folder, origin.as_deref(), &body));
    let mut response = match observed.await {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err(ObserveError::Refused(refusal))) => (
            refusal.page_status(),
            Json(json!({ "error": refusal.for_page() })),
        )
            .into_response(),
        Ok(Err(ObserveError::Malformed(reason))) => ApiError::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            format!("what the preview reports cannot be read: {reason}"),
            "only the preview's own script sends here",
        )
        .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    response
}

/// The origin of the page that asks for a script, if the browser says it.
fn origin_of(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = text(ORIGIN) {
        return Some(origin.to_owned());
    }
    let referrer = url::Url::parse(text(REFERER)?).ok()?;
    Some(referrer.origin().ascii_serialization())
}

/// What a new link is to open.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct Wanted {
    /// The page; without one, the first of the site's domains.
    #[serde(default)]
    url: Option<String>,
}

/// A link, shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct Link {
    /// The address to open.
    link: String,
    /// What names it in what was observed.
    preview: String,
    /// Milliseconds since 1970 UTC.
    expires_at: i64,
}

/// How many links were taken back.
#[derive(Serialize, ToSchema)]
pub(super) struct Revoked {
    revoked: usize,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Since {
    /// Only what has a greater number.
    #[serde(default)]
    after: u64,
    /// At most this many.
    #[serde(default)]
    limit: Option<u32>,
    /// `en`, or `ru`.
    #[serde(default)]
    lang: Option<String>,
}

/// One thing that happened on a previewed page.
#[derive(Serialize, ToSchema)]
pub(super) struct Observed {
    /// Ascending in the order of arrival.
    id: u64,
    /// When, in milliseconds since 1970 UTC, by the clock of the browser.
    at: i64,
    /// Which link the page was opened by.
    preview: String,
    /// What happened: `pageview`, `click`, …
    kind: String,
    /// The same in words.
    what: String,
    /// The name of an event of the page.
    name: String,
    /// The element, in short.
    element: String,
    page_url: String,
    title: String,
    /// The categories of consent that were granted.
    consent: Vec<String>,
    /// What fired, as `weir simulate --format json` tells it, with a `message`.
    #[schema(value_type = Vec<Object>)]
    fires: serde_json::Value,
    /// What did not, and why.
    #[schema(value_type = Vec<Object>)]
    does_not_fire: serde_json::Value,
}

impl Observed {
    fn new(row: events::Observed, language: Language) -> Self {
        let mut told = row.details(language);
        let mut take = |key: &str| told.get_mut(key).map(serde_json::Value::take);
        let title = take("title").and_then(|title| Some(title.as_str()?.to_owned()));
        let consent = take("consent").and_then(|consent| serde_json::from_value(consent).ok());
        Self {
            id: row.id,
            at: row.at,
            what: word(&row.kind, language),
            preview: row.preview,
            kind: row.kind,
            name: row.name,
            element: row.element,
            page_url: row.page_url,
            title: title.unwrap_or_default(),
            consent: consent.unwrap_or_default(),
            fires: take("fires").unwrap_or_default(),
            does_not_fire: take("does_not_fire").unwrap_or_default(),
        }
    }
}

/// Makes a link that opens the site with its draft.
#[utoipa::path(post, path = "/api/v1/sites/{site}/preview", tag = "drafts", params(("site" = String, Path), Words),
    request_body = Wanted, responses((status = 200, body = Link), (status = "4XX", body = Body)))]
pub(super) async fn make(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(words): Query<Words>,
    signed: Signed,
    headers: HeaderMap,
    Input(wanted): Input<Wanted>,
) -> Result<Json<Link>, ApiError> {
    require(&app.published.load(), &site)?;
    let _place = app.heavy().await?;
    let previews = app.previews.clone();
    let made = app
        .blocking(move || {
            let origin = headers.get(ORIGIN).and_then(|it| it.to_str().ok());
            let url = wanted.url.as_deref();
            previews.make(&site, url, None, &signed.user.email, origin)
        })
        .await?;
    let link = made.map_err(|refusal| refusal.answer(words.language()))?;
    Ok(Json(Link {
        link: link.url,
        preview: link.id,
        expires_at: link.expires_at,
    }))
}

/// Takes back all links of the site.
#[utoipa::path(delete, path = "/api/v1/sites/{site}/preview", tag = "drafts", params(("site" = String, Path), Words),
    responses((status = 200, body = Revoked), (status = "4XX", body = Body)))]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(words): Query<Words>,
    signed: Signed,
) -> Result<Json<Revoked>, ApiError> {
    require(&app.published.load(), &site)?;
    let previews = app.previews.clone();
    let revoked = app
        .blocking(move || previews.revoke(&site, &signed.user.email))
        .await?;
    let revoked = revoked.map_err(|refusal| refusal.answer(words.language()))?;
    Ok(Json(Revoked { revoked }))
}

/// What has been observed on previewed pages since a number, the oldest first.
#[utoipa::path(get, path = "/api/v1/sites/{site}/preview/events", tag = "drafts", params(("site" = String, Path), Since),
    responses((status = 200, body = Vec<Observed>), (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn observed(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(since): Query<Since>,
) -> Result<Json<Vec<Observed>>, ApiError> {
    require(&app.published.load(), &site)?;
    let language = match since.lang.as_deref() {
        Some("ru") => Language::Ru,
        _ => Language::En,
    };
    let limit = since.limit.unwrap_or(events::MAX_READ);
    let rows = events::read(&app.sql, &site, since.after, limit).await?;
    let told = rows.into_iter().map(|row| Observed::new(row, language));
    Ok(Json(told.collect()))
}
