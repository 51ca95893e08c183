//! `POST /c`: what may come in, and what is answered. `docs/protocol.md` describes it for senders.
//!
//! ```text
//! body, bounded in size and time ─▶ shape ─▶ version ─▶ site ─▶ origin ─▶ events, each judged ─▶ enrich ─▶ spool ─▶ 2xx
//! ```
//!
//! A refusal that a repeat could mend is 503 with `Retry-After`; all others make the sender drop the batch. Nothing here
//! looks at `Content-Type` or `Content-Encoding`. [`Intake`] is shared with `v1`, where servers send.

use std::borrow::Cow;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ALLOW, ORIGIN, RETRY_AFTER, SET_COOKIE, USER_AGENT,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use tower::service_fn;

use crate::address::{Peer, ProxySettings};
use crate::aside::{Aside, Where};
use crate::body;
use crate::clock::Clock;
use crate::cookie;
use crate::cors;
use crate::enrich::geo::GeoFile;
use crate::enrich::{self, Sender};
use crate::gate::{Gate, InFlight, OneInFlight, Place};
use crate::identity::Identity;
use crate::limits::{self, Limits, MAX_BODY_BYTES};
use crate::message::{ErrorBody, Lang, reject_text};
use crate::metrics::Metrics;
use crate::optout;
use crate::outcome::{Change, Refusal, Reject};
use crate::parse::{self, Refused, Rejected, ValidEvent, ValidPage};
use crate::refused::RefusedHosts;
use crate::site::{SiteId, SiteSettings, Sites};
use crate::spool::ids::IdHash;
use crate::spool::io::Disk;
use crate::spool::writer::Writer;
use crate::spool::{Rows, SpoolError};
use crate::token::Tokens;
use crate::url::UrlParts;

/// The path of the route.
pub(crate) const PATH: &str = "/c";

/// What a request needs.
pub(crate) struct Intake<D: Disk> {
    pub(crate) sites: Sites,
    pub(crate) tokens: Tokens,
    pub(crate) writer: Arc<Writer<D>>,
    aside: Aside<D>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) refused_hosts: Arc<RefusedHosts>,
    pub(crate) settings: IntakeSettings,
    gate: Gate,
    in_flight: InFlight,
}

/// How requests are taken.
#[derive(Default)]
pub(crate) struct IntakeSettings {
    pub(crate) limits: Limits,
    pub(crate) proxy: ProxySettings,
    pub(crate) geo: Option<Arc<GeoFile>>,
    pub(crate) identity: Identity,
}

impl<D: Disk> Intake<D> {
    pub(crate) fn new(
        sites: Sites,
        tokens: Tokens,
        writer: Arc<Writer<D>>,
        aside: Aside<D>,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        settings: IntakeSettings,
    ) -> Self {
        Self {
            sites,
            tokens,
            writer,
            aside,
            metrics,
            clock,
            refused_hosts: Arc::default(),
            gate: Gate::new(&settings.limits),
            in_flight: InFlight::new(settings.limits.requests),
            settings,
        }
    }
}

impl<D: Disk> Intake<D> {
    pub(crate) fn in_flight(&self) -> InFlight {
        self.in_flight.clone()
    }

    /// The client of a request, and its place among those that are worked on.
    pub(crate) fn enter(
        &self,
        peer: Option<Peer>,
        headers: &HeaderMap,
    ) -> Result<(Option<IpAddr>, Entered<'_>), Refused> {
        let overloaded = || Refused::new(Refusal::Overloaded, "");
        let place = self.in_flight.enter().ok_or_else(overloaded)?;
        let address = self.settings.proxy.client(peer, headers);
        let of_address = self
            .gate
            .enter(address)
            .map_err(|reason| Refused::new(reason, ""))?;
        Ok((address, (place, of_address)))
    }

    /// Keeps the rows of a request, and counts what became of its events. When this is done, they are on disk.
    pub(crate) async fn store(
        &self,
        site: &SiteId,
        rows: Rows,
        rejected: &[Rejected],
    ) -> Result<(), Refused> {
        if rows.len() > 0 {
            let (writer, bytes) = (&self.writer, rows.bytes());
            let _queued = self
                .gate
                .admit(
                    site,
                    rows.len(),
                    bytes,
                    writer.spool_bytes(),
                    writer.max_spool_bytes(),
                )
                .map_err(|reason| Refused::new(reason, ""))?;
            let receipt = self.writer.submit(rows).map_err(refusal_of)?;
            receipt
                .await
                .unwrap_or(Err(SpoolError::Trouble))
                .map_err(refusal_of)?;
        }
        for event in rejected {
            self.metrics.rejected(event.reason);
        }
        Ok(())
    }

    /// Keeps aside what was rejected of a request; `events`: where they are in its body.
    pub(crate) async fn keep_events(
        &self,
        site: &SiteId,
        path: &str,
        body: &[u8],
        events: &str,
        rejected: &[Rejected],
    ) {
        if rejected.is_empty() {
            return;
        }
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let events = match value.get(events) {
            Some(Value::Array(events)) => events.as_slice(),
            _ => std::slice::from_ref(&value),
        };
        let place = Where {
            site: site.as_str(),
            path,
            at_ms: self.clock.now_ms(),
        };
        self.aside.keep_events(place, events, rejected).await;
    }

    /// Keeps aside a request that is refused as a whole. `site`: what it claims.
    pub(crate) async fn keep_request(
        &self,
        site: &str,
        path: &str,
        body: &[u8],
        refused: &Refused,
    ) {
        let site = self.sites.get(site);
        let place = Where {
            site: site.as_ref().map_or("", |site| site.id.as_str()),
            path,
            at_ms: self.clock.now_ms(),
        };
        self.aside.keep_request(place, refused, body).await;
    }

    /// The answer to a request that is refused, counted.
    pub(crate) fn refusal(&self, refused: &Refused, body: &impl Serialize) -> Response {
        self.metrics.refused(refused.reason);
        let status = refused.reason.status();
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, limits::RETRY_AFTER.as_secs().into());
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
        }
        response
    }
}

/// Held while a request is worked on.
pub(crate) type Entered<'a> = (OneInFlight<'a>, Option<Place>);

/// The route. A service takes every method, as `any` would, and costs less.
pub(crate) fn router<D: Disk>(intake: Arc<Intake<D>>) -> Router {
    let service = service_fn(move |request: Request| {
        let intake = Arc::clone(&intake);
        let peer = request.extensions().get().copied();
        async move { Ok::<_, Infallible>(collect(&intake, request, peer).await) }
    });
    Router::new().route_service(PATH, service)
}

/// The answer to a request. [`HttpServer`](crate::HttpServer) comes here directly: a router takes its time.
pub(crate) async fn collect<D: Disk>(
    intake: &Intake<D>,
    request: Request<impl HttpBody<Data = Bytes> + Unpin>,
    peer: Option<Peer>,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match parts.method.clone() {
        Method::POST => match take(intake, &parts.headers, body, peer).await {
            Ok(stored) => stored.into_response(&parts.headers),
            Err(refused) => refuse(intake, &refused, &parts.headers),
        },
        Method::OPTIONS => cors::preflight("content-type, content-encoding"),
        method => {
            let refused = Refused::new(Refusal::WrongMethod, limits::cut(method.as_str(), 20));
            refuse(intake, &refused, &parts.headers)
        }
    };
    cors::finish(&mut response, &parts.headers);
    // The page sends its cookies along, so that an answer may set one.
    response.headers_mut().insert(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    response
}

fn refuse<D: Disk>(intake: &Intake<D>, refused: &Refused, headers: &HeaderMap) -> Response {
    let body = ErrorBody::new(refused.reason, &refused.subject, Lang::of(headers));
    intake.refusal(refused, &body)
}

/// A request whose events are on disk, as far as they can be.
struct Stored {
    /// Makes the browser keep its name.
    cookie: Option<HeaderValue>,
    accepted: usize,
    rejected: Vec<Rejected>,
}

#[derive(Serialize)]
struct Verdict<'a> {
    accepted: usize,
    rejected: Vec<Rejection<'a>>,
}

/// What is wrong with one event, as its sender is told.
#[derive(Serialize)]
pub(crate) struct Rejection<'a> {
    index: usize,
    id: &'a str,
    reason: &'static str,
    message: String,
}

impl<'a> Rejection<'a> {
    pub(crate) fn list(rejected: &'a [Rejected], lang: Lang) -> Vec<Self> {
        let one = |event: &'a Rejected| Self {
            index: event.index,
            id: &event.id,
            reason: event.reason.name(),
            message: reject_text(event.reason, lang),
        };
        rejected.iter().map(one).collect()
    }
}

impl Stored {
    fn into_response(self, asked: &HeaderMap) -> Response {
        let mut response = if self.rejected.is_empty() {
            StatusCode::NO_CONTENT.into_response()
        } else {
            axum::Json(Verdict {
                accepted: self.accepted,
                rejected: Rejection::list(&self.rejected, Lang::of(asked)),
            })
            .into_response()
        };
        if let Some(cookie) = self.cookie {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
    }
}

async fn take<D: Disk>(
    intake: &Intake<D>,
    headers: &HeaderMap,
    body: impl HttpBody<Data = Bytes> + Unpin,
    peer: Option<Peer>,
) -> Result<Stored, Refused> {
    let (address, _place) = intake.enter(peer, headers)?;
    let timeout = intake.settings.limits.body_timeout;
    let body = body::receive(headers, body, MAX_BODY_BYTES, timeout).await?;
    let Taken {
        site,
        rows,
        rejected,
        cookie,
    } = match rows_of(intake, headers, address, &body) {
        Ok(rows) => rows,
        Err(refused) => {
            let claims: Value = serde_json::from_slice(&body).unwrap_or_default();
            let site = claims.get("site").and_then(Value::as_str);
            // In a box, as below: what is seldom needed would make the future of every request larger.
            Box::pin(intake.keep_request(site.unwrap_or_default(), PATH, &body, &refused)).await;
            return Err(refused);
        }
    };
    let accepted = rows.len();
    intake.store(&site.id, rows, &rejected).await?;
    // Of who has opted out nothing is kept, not even aside.
    let kept_aside = |event: &Rejected| event.reason != Reject::OptedOut;
    if !rejected.is_empty() && rejected.iter().all(kept_aside) {
        Box::pin(intake.keep_events(&site.id, PATH, &body, "events", &rejected)).await;
    }
    Ok(Stored {
        cookie,
        accepted,
        rejected,
    })
}

/// What a request comes to, before it is stored.
struct Taken {
    site: Arc<SiteSettings>,
    rows: Rows,
    rejected: Vec<Rejected>,
    cookie: Option<HeaderValue>,
}

/// From bytes to encoded rows; all that needs no waiting.
fn rows_of<D: Disk>(
    intake: &Intake<D>,
    headers: &HeaderMap,
    address: Option<IpAddr>,
    body: &[u8],
) -> Result<Taken, Refused> {
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
    let tried = page_hosts(headers, &batch.pages)
        .find_map(|host| Some((intake.sites.companion(&site.id, &host)?, host)));
    let (site, foreign) = match tried {
        // Its companion is not served: a visit of a host that is only tried out is nobody's.
        Some((None, host)) => (site, Some(host)),
        Some((Some(companion), _)) => {
            let foreign = foreign_host(&companion, headers, &batch.pages);
            (companion, foreign)
        }
        None => {
            let foreign = foreign_host(&site, headers, &batch.pages);
            (site, foreign)
        }
    };
    if let Some(host) = foreign {
        intake
            .refused_hosts
            .note(&site.id, &host, intake.clock.now_ms());
        return Err(Refused::new(
            Refusal::ForeignOrigin,
            limits::cut(&host, limits::MAX_VALUE_BYTES),
        ));
    }
    let mut rejected = std::mem::take(&mut batch.rejected);
    if optout::has_opted_out(headers) {
        let refused = |(index, event): (usize, &ValidEvent<'_>)| Rejected {
            index,
            id: event.id.to_text(),
            reason: Reject::OptedOut,
        };
        rejected.clear();
        rejected.extend(batch.events.iter().enumerate().map(refused));
        batch.events.clear();
        batch.consent.clear();
    }
    // By what was sent, so that a repeat is known whatever has become of the visitor's address.
    let visitor = batch.visitor.get();
    let user_agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let received_ms = intake.clock.now_ms();
    let identity = &intake.settings.identity;
    if site.cookieless {
        identity.recognise(&mut batch, &site, address, user_agent, received_ms);
    }
    let is_forged = identity.judge(&mut batch, &site.id);
    let cookie = cookie::for_visitor(
        &site,
        headers,
        headers.get(ORIGIN),
        batch.visitor,
        &batch.consent,
    );
    let sender = Sender {
        origin: enrich::Origin::Browser,
        user_agent: Some(user_agent),
        address,
        geo: intake.settings.geo.as_deref(),
        received_ms,
    };
    let mut rows = Rows::with_capacity(batch.events.len());
    let mut changes = enrich::enrich(batch, &site, sender, |row| {
        rows.push(IdHash::of(row.site, visitor, row.event_id), |out| {
            row.encode(out)
        });
    });
    if is_forged {
        changes.note(Change::BadSignature);
    }
    Ok(Taken {
        site,
        rows: rows.of_changed(changes),
        rejected,
        cookie,
    })
}

/// The host of a page that does not belong to the site, if there is one.
fn foreign_host<'a>(
    site: &SiteSettings,
    headers: &'a HeaderMap,
    pages: &'a [ValidPage<'_>],
) -> Option<Cow<'a, str>> {
    page_hosts(headers, pages).find(|host| !site.allows(host))
}

/// Where the batch comes from: by the `Origin` that the browser vouches for; without one, by what the batch says.
fn page_hosts<'a>(
    headers: &'a HeaderMap,
    pages: &'a [ValidPage<'_>],
) -> impl Iterator<Item = Cow<'a, str>> {
    let origin = headers
        .get(ORIGIN)
        .map(HeaderValue::as_bytes)
        .filter(|origin| *origin != b"null")
        .map(|origin| UrlParts::of(std::str::from_utf8(origin).unwrap_or_default()).lower_host());
    let claimed = if origin.is_some() { &[] } else { pages };
    let claimed = claimed
        .iter()
        .map(|page| UrlParts::of(&page.url).lower_host());
    origin.into_iter().chain(claimed)
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

#[cfg(test)]
pub(crate) mod tests;
