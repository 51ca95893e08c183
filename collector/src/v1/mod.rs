//! `POST /v1/…`: events from servers, in the shapes that Segment's libraries send. `docs/http-api.md` describes it.
//!
//! ```text
//! token ─▶ body, unpacked ─▶ JSON ─▶ calls, each judged ─▶ enrich ─▶ spool ─▶ {"success": true}
//! ```
//!
//! The token names the site, so there is no origin to check. Each call is a batch of its own to the steps behind
//! (`call.rs`); all of a request are stored with one sync.

mod call;
mod names;
mod props;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::body;
use crate::cors;
use crate::enrich::{self, Changes, Origin, Sender};
use crate::intake::{Intake, Rejection};
use crate::limits::{self, MAX_TOKEN_BYTES, MAX_V1_BODY_BYTES, MAX_V1_EVENTS};
use crate::message::{ErrorText, Lang, refusal_text};
use crate::outcome::Refusal;
use crate::parse::{Refused, Rejected};
use crate::site::SiteSettings;
use crate::spool::Rows;
use crate::spool::ids::IdHash;
use crate::spool::io::Disk;
use crate::token::{Grant, TokenError, TokenScope};
use call::{Common, Kind};

/// The routes.
pub(crate) fn router<D: Disk>(intake: Arc<Intake<D>>) -> Router {
    let mut router = Router::new();
    // The short names are those of Segment's library for browsers.
    for name in [
        "batch", "track", "page", "screen", "identify", "group", "alias", "import", "b", "t", "p",
        "s", "i", "g", "a",
    ] {
        router = router.route(&format!("/v1/{name}"), any(collect::<D>));
    }
    router.with_state(intake)
}

/// What a path takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Batch,
    One(Kind),
}

impl Shape {
    fn of(path: &str) -> Option<Self> {
        let name = path.strip_prefix("/v1/")?;
        let long = match name {
            "batch" | "import" | "b" => return Some(Self::Batch),
            "t" => "track",
            "p" => "page",
            "s" => "screen",
            "i" => "identify",
            "g" => "group",
            "a" => "alias",
            long => long,
        };
        Kind::parse(long).map(Self::One)
    }
}

async fn collect<D: Disk>(State(intake): State<Arc<Intake<D>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let lang = Lang::of(&parts.headers);
    let mut response = match (parts.method.clone(), Shape::of(parts.uri.path())) {
        (Method::OPTIONS, _) => cors::preflight("authorization, content-type, content-encoding"),
        (Method::POST, Some(shape)) => match take(&intake, &parts, body, shape).await {
            Ok(stored) => stored.into_response(shape, lang),
            Err(refused) => refuse(&intake, &refused, lang),
        },
        (method, _) => {
            let subject = limits::cut(method.as_str(), 20);
            refuse(&intake, &Refused::new(Refusal::WrongMethod, subject), lang)
        }
    };
    cors::finish(&mut response, &parts.headers);
    response
}

#[derive(Serialize)]
struct Failure<'a> {
    success: bool,
    /// Segment's library for Python reads these two.
    code: &'static str,
    message: &'a str,
    error: &'a ErrorText,
}

fn refuse<D: Disk>(intake: &Intake<D>, refused: &Refused, lang: Lang) -> Response {
    let error = refusal_text(refused.reason, &refused.subject, lang);
    let mut response = intake.refusal(
        refused,
        &Failure {
            success: false,
            code: error.code,
            message: &error.message,
            error: &error,
        },
    );
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer, Basic realm=\"weir\""),
        );
    }
    response
}

/// A request whose calls are on disk, as far as they can be.
struct Stored {
    accepted: usize,
    rejected: Vec<Rejected>,
}

#[derive(Serialize)]
struct Verdict<'a> {
    success: bool,
    accepted: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<Rejection<'a>>,
}

impl Stored {
    fn into_response(self, shape: Shape, lang: Lang) -> Response {
        // A library drops a batch that is answered 4xx, and what was accepted of it is stored: only a call that came
        // alone, and is not stored, is a bad request.
        let failed = self.accepted == 0;
        let status = match shape {
            Shape::One(_) if failed => StatusCode::BAD_REQUEST,
            Shape::One(_) | Shape::Batch => StatusCode::OK,
        };
        let verdict = Verdict {
            success: !failed,
            accepted: self.accepted,
            rejected: Rejection::list(&self.rejected, lang),
        };
        (status, axum::Json(verdict)).into_response()
    }
}

async fn take<D: Disk>(
    intake: &Intake<D>,
    parts: &Parts,
    body: Body,
    shape: Shape,
) -> Result<Stored, Refused> {
    let (_, _place) = intake.enter(parts.extensions.get().copied(), &parts.headers)?;
    let timeout = intake.settings.limits.body_timeout;
    // A wrong token is told before the body is read; a browser's library has it in the body.
    let granted = match token_of(&parts.headers) {
        Some(token) => Some(granted(intake, &token)?),
        None => None,
    };
    let body = body::receive(&parts.headers, body, MAX_V1_BODY_BYTES, timeout).await?;
    let path = parts.uri.path();
    let (site, rows, rejected) = match judged(intake, &body, granted.as_ref(), shape) {
        Ok(judged) => judged,
        Err(refused) => {
            let site = granted.as_ref().map_or("", |grant| grant.site.as_str());
            intake.keep_request(site, path, &body, &refused).await;
            return Err(refused);
        }
    };
    let accepted = rows.len();
    intake.store(&site.id, rows, &rejected).await?;
    intake
        .keep_events(&site.id, path, &body, "batch", &rejected)
        .await;
    Ok(Stored { accepted, rejected })
}

/// A request with its site, as encoded rows.
type Judged = (Arc<SiteSettings>, Rows, Vec<Rejected>);

fn judged<D: Disk>(
    intake: &Intake<D>,
    body: &[u8],
    granted: Option<&Grant>,
    shape: Shape,
) -> Result<Judged, Refused> {
    let value: Value = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    let in_body;
    let grant = match granted {
        Some(grant) => grant,
        None => {
            let token = value.get("writeKey").and_then(Value::as_str);
            in_body = self::granted(intake, token.unwrap_or_default())?;
            &in_body
        }
    };
    let site = intake
        .sites
        .get(grant.site.as_str())
        .ok_or_else(|| Refused::new(Refusal::UnknownSite, grant.site.as_str()))?;
    let (rows, rejected) = rows_of(intake, &value, shape, &site, grant.scope)?;
    Ok((site, rows, rejected))
}

fn not_json(error: &serde_json::Error) -> Refused {
    Refused::new(
        Refusal::NotJson,
        limits::cut(&error.to_string(), limits::MAX_SUBJECT_BYTES),
    )
}

/// The token of `Authorization`: of Basic the user name, or where that is empty the password.
fn token_of(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    if rest.len() > MAX_TOKEN_BYTES {
        return Some(String::new());
    }
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let account = String::from_utf8(STANDARD.decode(rest).unwrap_or_default()).unwrap_or_default();
    let (user, password) = account.split_once(':').unwrap_or((&account, ""));
    Some(if user.is_empty() { password } else { user }.to_owned())
}

fn granted<D: Disk>(intake: &Intake<D>, token: &str) -> Result<Grant, Refused> {
    let grant = intake.tokens.check(token).map_err(|error| {
        let reason = match error {
            TokenError::Unknown if token.is_empty() => Refusal::NoToken,
            TokenError::Unknown => Refusal::BadToken,
            TokenError::Revoked => Refusal::RevokedToken,
        };
        Refused::new(reason, "")
    })?;
    match grant.scope {
        TokenScope::Write | TokenScope::Import => Ok(grant),
        TokenScope::Read => Err(Refused::new(Refusal::WrongScope, grant.scope.name())),
    }
}

/// From JSON to encoded rows; all that needs no waiting.
fn rows_of<D: Disk>(
    intake: &Intake<D>,
    value: &Value,
    shape: Shape,
    site: &SiteSettings,
    scope: TokenScope,
) -> Result<(Rows, Vec<Rejected>), Refused> {
    let (calls, kind) = match shape {
        Shape::One(kind) => (std::slice::from_ref(value), Some(kind)),
        Shape::Batch => match value.get("batch") {
            Some(Value::Array(calls)) => (calls.as_slice(), None),
            _ => {
                let subject = "`batch` must be a list of calls";
                return Err(Refused::new(Refusal::BadBatch, subject));
            }
        },
    };
    if calls.is_empty() {
        return Err(Refused::new(Refusal::NoEvents, ""));
    }
    if calls.len() > MAX_V1_EVENTS {
        return Err(Refused::new(
            Refusal::TooManyEvents,
            calls.len().to_string(),
        ));
    }
    if !calls.iter().any(Value::is_object) && kind.is_some() {
        return Err(Refused::new(Refusal::BadBatch, "a call is a JSON object"));
    }
    let received_ms = intake.clock.now_ms();
    let origin = match scope {
        TokenScope::Import => Origin::Import,
        TokenScope::Write | TokenScope::Read => Origin::Api,
    };
    let common = Common {
        site: &site.id,
        context: value.get("context").and_then(Value::as_object),
        sent_at: value.get("sentAt"),
        received_ms,
        is_import: origin == Origin::Import,
    };
    let mut rows = Rows::with_capacity(calls.len());
    let mut changes = Changes::default();
    let mut rejected = Vec::new();
    for (index, value) in calls.iter().enumerate() {
        match call::read(value, kind, common) {
            Ok(call) => {
                let visitor = call.batch.visitor.get();
                let sender = Sender {
                    origin,
                    user_agent: call.user_agent,
                    address: call.address,
                    geo: intake.settings.geo.as_deref(),
                    received_ms,
                };
                changes += &enrich::enrich(call.batch, site, sender, |row| {
                    rows.push(IdHash::of(row.site, visitor, row.event_id), |out| {
                        row.encode(out)
                    });
                });
            }
            Err(reason) => rejected.push(Rejected {
                index,
                id: call::shown_id(value),
                reason,
            }),
        }
    }
    Ok((rows.of_changed(changes), rejected))
}
