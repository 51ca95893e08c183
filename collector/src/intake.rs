//! `POST /c`: what may come in, and what is answered. `docs/protocol.md` describes it for senders.
//!
//! ```text
//! body, bounded in size and time ─▶ shape ─▶ version ─▶ site ─▶ origin ─▶ events, each judged ─▶ enrich ─▶ spool ─▶ 2xx
//! ```
//!
//! A refusal that a repeat could mend is 503 with `Retry-After`; all others make the sender drop the batch. Every answer
//! carries the CORS headers, refusals too: without them a browser could not tell a refusal from a broken line, and would
//! repeat for ever. Nothing here looks at `Content-Type`.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, ORIGIN, RETRY_AFTER, USER_AGENT,
    VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::enrich::{self, Sender};
use crate::limits::{
    self, BODY_TIMEOUT, MAX_BODY_BYTES, MAX_DISCARDED_BYTES, MAX_REQUESTS_IN_FLIGHT,
};
use crate::message::{ErrorBody, Lang, reject_text};
use crate::metrics::Metrics;
use crate::outcome::Refusal;
use crate::parse::{self, Refused, Rejected, ValidPage};
use crate::refused::RefusedHosts;
use crate::site::{SiteSettings, Sites};
use crate::spool::ids::IdHash;
use crate::spool::io::Disk;
use crate::spool::writer::Writer;
use crate::spool::{Rows, SpoolError};
use crate::url::UrlParts;

/// The path of the route.
const PATH: &str = "/c";

/// How long a browser may remember that this route takes foreign requests, in seconds.
const PREFLIGHT_MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// What a request needs.
pub(crate) struct Intake<D: Disk> {
    pub(crate) sites: Sites,
    pub(crate) writer: Arc<Writer<D>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) refused_hosts: Arc<RefusedHosts>,
    places: Semaphore,
}

impl<D: Disk> Intake<D> {
    pub(crate) fn new(
        sites: Sites,
        writer: Arc<Writer<D>>,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            sites,
            writer,
            metrics,
            clock,
            refused_hosts: Arc::default(),
            places: Semaphore::new(MAX_REQUESTS_IN_FLIGHT),
        }
    }
}

/// The route.
pub(crate) fn router<D: Disk>(intake: Arc<Intake<D>>) -> Router {
    Router::new()
        .route(PATH, any(collect::<D>))
        .with_state(intake)
}

async fn collect<D: Disk>(State(intake): State<Arc<Intake<D>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let origin = parts.headers.get(ORIGIN).cloned();
    let mut response = match parts.method {
        Method::POST => match take(&intake, &parts.headers, body).await {
            Ok(stored) => stored.into_response(Lang::of(&parts.headers)),
            Err(refused) => refuse(&intake, &refused, &parts.headers),
        },
        Method::OPTIONS => preflight(),
        method => {
            let refused = Refused::new(Refusal::WrongMethod, limits::cut(method.as_str(), 20));
            let mut response = refuse(&intake, &refused, &parts.headers);
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE);
    response
}

fn refuse<D: Disk>(intake: &Intake<D>, refused: &Refused, headers: &HeaderMap) -> Response {
    intake.metrics.refused(refused.reason);
    let status = refused.reason.status();
    let body = ErrorBody::new(refused.reason, &refused.subject, Lang::of(headers));
    let mut response = (status, axum::Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(RETRY_AFTER, limits::RETRY_AFTER.as_secs().into());
    }
    response
}

/// A request whose events are on disk, as far as they can be.
struct Stored {
    accepted: usize,
    rejected: Vec<Rejected>,
}

#[derive(Serialize)]
struct Verdict<'a> {
    accepted: usize,
    rejected: Vec<RejectedEvent<'a>>,
}

#[derive(Serialize)]
struct RejectedEvent<'a> {
    index: usize,
    id: &'a str,
    reason: &'static str,
    message: String,
}

impl Stored {
    fn into_response(self, lang: Lang) -> Response {
        if self.rejected.is_empty() {
            return StatusCode::NO_CONTENT.into_response();
        }
        let rejected = self.rejected.iter().map(|event| RejectedEvent {
            index: event.index,
            id: &event.id,
            reason: event.reason.name(),
            message: reject_text(event.reason, lang),
        });
        axum::Json(Verdict {
            accepted: self.accepted,
            rejected: rejected.collect(),
        })
        .into_response()
    }
}

async fn take<D: Disk>(
    intake: &Intake<D>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Stored, Refused> {
    let Ok(_place) = intake.places.try_acquire() else {
        return Err(Refused::new(Refusal::Overloaded, ""));
    };
    let body = match tokio::time::timeout(BODY_TIMEOUT, read_body(headers, body)).await {
        Ok(body) => body?,
        Err(_) => return Err(Refused::new(Refusal::SlowBody, "")),
    };
    let (rows, changes, rejected) = rows_of(intake, headers, &body)?;
    let accepted = rows.len();
    if accepted > 0 {
        let receipt = intake.writer.submit(rows).map_err(refusal_of)?;
        let receipt = receipt
            .await
            .unwrap_or(Err(SpoolError::Trouble))
            .map_err(refusal_of)?;
        intake
            .metrics
            .stored(receipt.stored, receipt.repeated, &changes);
    }
    for event in &rejected {
        intake.metrics.rejected(event.reason);
    }
    Ok(Stored { accepted, rejected })
}

/// From bytes to encoded rows; all that needs no waiting.
fn rows_of<D: Disk>(
    intake: &Intake<D>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Rows, enrich::Changes, Vec<Rejected>), Refused> {
    let batch = parse::read(body)?;
    parse::check_version(&batch)?;
    let id = batch.site.get().map_or("", AsRef::as_ref);
    let site = intake.sites.get(id).ok_or_else(|| {
        Refused::new(
            Refusal::UnknownSite,
            limits::cut(id, limits::MAX_NAME_BYTES),
        )
    })?;
    let mut batch = parse::validate(batch)?;
    if let Some(host) = foreign_host(&site, headers, &batch.pages) {
        intake
            .refused_hosts
            .note(&site.id, &host, intake.clock.now_ms());
        return Err(Refused::new(
            Refusal::ForeignOrigin,
            limits::cut(&host, limits::MAX_VALUE_BYTES),
        ));
    }
    let rejected = std::mem::take(&mut batch.rejected);
    let visitor = batch.visitor.get();
    let sender = Sender {
        user_agent: headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
        received_ms: intake.clock.now_ms(),
    };
    let mut rows = Rows::with_capacity(batch.events.len());
    let changes = enrich::enrich(batch, &site, sender, |row| {
        rows.push(IdHash::of(row.site, visitor, row.event_id), |out| {
            row.encode(out)
        });
    });
    Ok((rows, changes, rejected))
}

/// The page must belong to the site: by the `Origin` that the browser vouches for; without one, by what the batch says.
/// The host that does not, if there is one.
fn foreign_host<'a>(
    site: &SiteSettings,
    headers: &'a HeaderMap,
    pages: &'a [ValidPage<'_>],
) -> Option<Cow<'a, str>> {
    let foreign = |host: &Cow<'a, str>| !site.allows(host);
    match headers.get(ORIGIN).map(HeaderValue::as_bytes) {
        None | Some(b"null") => pages
            .iter()
            .map(|page| UrlParts::of(&page.url).lower_host())
            .find(foreign),
        Some(origin) => {
            let origin = std::str::from_utf8(origin).unwrap_or_default();
            Some(UrlParts::of(origin).lower_host()).filter(foreign)
        }
    }
}

fn refusal_of(error: SpoolError) -> Refused {
    let reason = match error {
        SpoolError::Full => Refusal::SpoolFull,
        SpoolError::Trouble => Refusal::SpoolTrouble,
        SpoolError::Overloaded => Refusal::Overloaded,
        SpoolError::Stopping => Refusal::Stopping,
    };
    Refused::new(reason, "")
}

/// Reads the body while it is within its limit. More is read and thrown away, up to a limit of its own: a sender that is
/// still writing would not hear the answer.
async fn read_body(headers: &HeaderMap, mut body: Body) -> Result<Bytes, Refused> {
    let too_large = || Err(Refused::new(Refusal::TooLarge, ""));
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if announced
        .and_then(|text| text.parse().ok())
        .is_some_and(|length: u64| length > MAX_DISCARDED_BYTES as u64)
    {
        return too_large();
    }
    // Nearly every body comes in one piece, and is then not copied.
    let mut first = Bytes::new();
    let mut joined = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refused::new(Refusal::SlowBody, ""))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length > MAX_DISCARDED_BYTES {
            return too_large();
        }
        if length > MAX_BODY_BYTES {
            first = Bytes::new();
            joined = Vec::new();
        } else if first.is_empty() {
            first = data;
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&data);
        }
    }
    if length > MAX_BODY_BYTES {
        return too_large();
    }
    Ok(if joined.is_empty() {
        first
    } else {
        joined.into()
    })
}

#[cfg(test)]
mod tests;
