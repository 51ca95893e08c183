//! Who may do what over the API: the table of routes and least roles, and the one place where it is enforced.
//!
//! Every route under `/api/` has a row in [`TABLE`]; one without is answered to nobody. Somebody proves who they are by a
//! session's cookie, or by a token that reads one site. While there is no owner, programs on this machine may read.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, FORWARDED, HOST, VIA};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use weir_collector::{Grant, Peer, TokenScope};

use super::guard::is_loopback;
use super::{ApiError, App};
use crate::accounts::{Role, Signed, Visitor, secret};

/// The session's cookie.
pub(super) const COOKIE_NAME: &str = "weir_session";
/// What a change must bear besides.
pub(super) const CSRF_HEADER: HeaderName = HeaderName::from_static("x-weir-csrf");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// What a token that reads a site may do, within it.
const OF_TOKEN: Role = Role::Analyst;

/// One route, and what it takes to be answered.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) rule: Rule,
}

/// What it takes to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Nothing: it is how one becomes somebody.
    Open,
    /// This role or more; nothing is changed, so that a token and programs on this machine may ask, too.
    Reads(Role),
    /// This role or more, in person: something is changed, or shown that is nobody else's.
    Person(Role),
    /// This role or more, or a token that imports into the site.
    Imports(Role),
}

const fn open(method: &'static str, path: &'static str) -> Row {
    Row {
        method,
        path,
        rule: Rule::Open,
    }
}

const fn reads(method: &'static str, path: &'static str, least: Role) -> Row {
    Row {
        method,
        path,
        rule: Rule::Reads(least),
    }
}

const fn person(method: &'static str, path: &'static str, least: Role) -> Row {
    Row {
        method,
        path,
        rule: Rule::Person(least),
    }
}

const fn imports(method: &'static str, path: &'static str, least: Role) -> Row {
    Row {
        method,
        path,
        rule: Rule::Imports(least),
    }
}

use Role::{Editor, Owner, Viewer};

/// Every route of the API.
pub(super) const TABLE: &[Row] = &[
    open("GET", "/api/openapi.json"),
    open("GET", "/api/v1/session"),
    open("POST", "/api/v1/session"),
    open("POST", "/api/v1/setup"),
    open("POST", "/api/v1/reset"),
    open("POST", "/api/v1/invitations/accept"),
    open("POST", "/api/v1/invitations/find"),
    person("DELETE", "/api/v1/session", Viewer),
    person("PATCH", "/api/v1/me", Viewer),
    person("GET", "/api/v1/me/sessions", Viewer),
    person("DELETE", "/api/v1/me/sessions/{id}", Viewer),
    person("GET", "/api/v1/users", Owner),
    person("PATCH", "/api/v1/users/{id}", Owner),
    person("DELETE", "/api/v1/users/{id}", Owner),
    person("DELETE", "/api/v1/users/{id}/sessions", Owner),
    person("GET", "/api/v1/invitations", Owner),
    person("POST", "/api/v1/invitations", Owner),
    person("DELETE", "/api/v1/invitations/{id}", Owner),
    person("POST", "/api/v1/invitations/{id}/restore", Owner),
    person("GET", "/api/v1/audit", Owner),
    reads("GET", "/api/v1/status", Viewer),
    reads("GET", "/api/v1/sites", Viewer),
    person("POST", "/api/v1/sites", Owner),
    person("DELETE", "/api/v1/sites/{site}", Owner),
    reads("GET", "/api/v1/sites/{site}/live", Viewer),
    reads("GET", "/api/v1/sites/{site}/live/events", Viewer),
    reads("GET", "/api/v1/sites/{site}/funnels/{name}", Viewer),
    reads("POST", "/api/v1/sites/{site}/funnels/preview", Viewer),
    reads("GET", "/api/v1/sites/{site}/names", Viewer),
    reads("GET", "/api/v1/sites/{site}/reports", Viewer),
    // The SQL beside the numbers, and files of them, are an analyst's: the handler sees to it.
    reads("GET", "/api/v1/sites/{site}/reports/{id}", Viewer),
    reads("GET", "/api/v1/sites/{site}/segments", Viewer),
    person("PUT", "/api/v1/sites/{site}/segments/{name}", Editor),
    person("DELETE", "/api/v1/sites/{site}/segments/{name}", Editor),
    reads("GET", "/api/v1/sites/{site}/health", Viewer),
    reads("GET", "/api/v1/sites/{site}/health/signs", Viewer),
    // What a site's rules are, everybody who sees its reports may know: they explain them.
    reads("GET", "/api/v1/sites/{site}/draft", Viewer),
    person("PUT", "/api/v1/sites/{site}/draft", Editor),
    person("DELETE", "/api/v1/sites/{site}/draft", Editor),
    reads("GET", "/api/v1/sites/{site}/releases", Viewer),
    reads("GET", "/api/v1/sites/{site}/releases/{version}", Viewer),
    reads("GET", "/api/v1/sites/{site}/changes", Viewer),
    person("POST", "/api/v1/sites/{site}/publish", Editor),
    person(
        "POST",
        "/api/v1/sites/{site}/releases/{version}/restore",
        Editor,
    ),
    reads("GET", "/api/v1/sites/{site}/environments", Viewer),
    person("PUT", "/api/v1/sites/{site}/environments/{name}", Editor),
    person("DELETE", "/api/v1/sites/{site}/environments/{name}", Editor),
    person(
        "POST",
        "/api/v1/sites/{site}/environments/{name}/promote",
        Editor,
    ),
    person("POST", "/api/v1/sites/{site}/preview", Editor),
    person("DELETE", "/api/v1/sites/{site}/preview", Editor),
    reads("GET", "/api/v1/sites/{site}/preview/events", Viewer),
    reads("POST", "/api/v1/check", Viewer),
    reads("POST", "/api/v1/simulate", Viewer),
    reads("POST", "/api/v1/sites/{site}/simulate/history", Viewer),
    imports("POST", "/api/v1/sites/{site}/costs", Editor),
    person("GET", "/api/v1/sites/{site}/tokens", Editor),
    person("POST", "/api/v1/sites/{site}/tokens", Editor),
    person("DELETE", "/api/v1/tokens/{id}", Editor),
    person("POST", "/api/v1/tokens/{id}/restore", Editor),
];

/// Who may make and take back tokens of a scope: one that reads reports, or brings in any past, is the owner's.
pub(super) fn least_for_token(scope: TokenScope) -> Role {
    match scope {
        TokenScope::Write => Editor,
        TokenScope::Import | TokenScope::Read => Owner,
    }
}

/// The rule of a route.
pub(super) fn rule(method: &Method, path: &str) -> Option<Rule> {
    let method = if method == Method::HEAD {
        Method::GET
    } else {
        method.clone()
    };
    let row = TABLE
        .iter()
        .find(|row| row.method == method.as_str() && row.path == path);
    row.map(|row| row.rule)
}

/// Answers only those who may ask; handlers find a [`Signed`] for whoever is signed in.
pub(super) async fn enforce(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut response = match admit(&app, &mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn admit(app: &App, request: &mut Parts) -> Result<(), ApiError> {
    let changes = !matches!(request.method, Method::GET | Method::HEAD);
    if changes && comes_from_elsewhere(&request.headers) {
        return Err(csrf());
    }
    let path = request.extensions.get::<MatchedPath>();
    let rule = path.and_then(|path| rule(&request.method, path.as_str()));
    let Some(rule) = rule else {
        return Err(ApiError::not_found());
    };
    let signed = match cookie(&request.headers) {
        Some(token) => app.accounts.identify(token).await?,
        None => None,
    };
    let Some(signed) = signed else {
        return match rule {
            Rule::Open => Ok(()),
            Rule::Reads(least) => admit_program(app, request, least).await,
            Rule::Person(_) => Err(nobody(app, request).await?),
            Rule::Imports(_) => admit_import(app, request).await,
        };
    };
    if changes && rule != Rule::Open {
        let sent = request.headers.get(CSRF_HEADER);
        let sent = sent.and_then(|value| value.to_str().ok());
        if !sent.is_some_and(|sent| secret::is_same(sent, &signed.csrf)) {
            return Err(csrf());
        }
    }
    match rule {
        Rule::Reads(least) | Rule::Person(least) | Rule::Imports(least) => {
            signed.require(least)?;
        }
        Rule::Open => {}
    }
    request.extensions.insert(signed);
    Ok(())
}

impl Signed {
    /// Refuses somebody whose role is less.
    pub(super) fn require(&self, least: Role) -> Result<(), ApiError> {
        if self.user.role >= least {
            return Ok(());
        }
        Err(not_allowed(format!(
            "this takes the role `{}`, and yours is `{}`",
            least.name(),
            self.user.role.name()
        )))
    }
}

/// A program: with a token, or on this machine while there is no owner.
async fn admit_program(app: &App, request: &Parts, least: Role) -> Result<(), ApiError> {
    let token = bearer(&request.headers);
    let grant = token.and_then(|token| app.tokens.check(token).ok());
    if let Some(grant) = &grant
        && reads_site(grant, request)
        && OF_TOKEN >= least
    {
        return Ok(());
    }
    let needs_setup = app.accounts.needs_setup().await?;
    if needs_setup && names_this_machine(&request.headers) {
        return Ok(());
    }
    match (token, grant) {
        (Some(_), Some(_)) if !needs_setup => {
            Err(not_allowed("this token does not open this".to_owned()))
        }
        (Some(_), None) if !needs_setup => Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "bad_token",
            "there is no such token, or it was taken back",
            "make one of scope `read` for the site, in the page or with `weir token create`",
        )),
        _ => Err(nobody(app, request).await?),
    }
}

/// A program that brings in something: with a token of scope `import` for the site.
async fn admit_import(app: &App, request: &Parts) -> Result<(), ApiError> {
    let Some(token) = bearer(&request.headers) else {
        return Err(nobody(app, request).await?);
    };
    match app.tokens.check(token) {
        Ok(grant) if grant.scope == TokenScope::Import && is_of_site(&grant, request) => Ok(()),
        Ok(_) => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "not_for_imports",
            "this token does not import into this site",
            "make one of scope `import` for the site, in the page or with `weir token create`",
        )),
        Err(_) => Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "bad_import_token",
            "there is no such token, or it was taken back",
            "make one of scope `import` for the site, in the page or with `weir token create`",
        )),
    }
}

/// Whether a token reads the site that is asked for.
fn reads_site(grant: &Grant, request: &Parts) -> bool {
    grant.scope == TokenScope::Read && is_of_site(grant, request)
}

/// Whether a token is one of the site that is asked for.
fn is_of_site(grant: &Grant, request: &Parts) -> bool {
    let site = request
        .uri
        .path()
        .strip_prefix("/api/v1/sites/")
        .and_then(|rest| rest.split('/').next());
    site == Some(grant.site.as_str())
}

/// What somebody is told who is nobody.
async fn nobody(app: &App, request: &Parts) -> Result<ApiError, ApiError> {
    if !app.accounts.needs_setup().await? {
        return Ok(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "signed_out",
            "nobody is signed in",
            "sign in at `/`; programs send a token of scope `read` in the header `Authorization: Bearer …`",
        ));
    }
    if names_this_machine(&request.headers) {
        return Ok(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "setup_needed",
            "there is no owner yet",
            "open the page at `/` and set the owner's password",
        ));
    }
    Ok(ApiError::new(
        StatusCode::FORBIDDEN,
        "not_loopback",
        "there is no owner yet, and until then the API answers on this machine only",
        "open the set-up link that `weir serve` prints at its start, or http://127.0.0.1 with the port of the server; from elsewhere use a tunnel, such as `ssh -L 8080:127.0.0.1:8080 host`, or ask for one site with a token of scope `read`",
    ))
}

fn not_allowed(message: String) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "not_allowed",
        message,
        "ask an owner for another role, or for a token of scope `read` of this site",
    )
}

fn csrf() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "csrf",
        "this change does not come from the page of this server",
        "send `csrf` of `GET /api/v1/session` in the header `X-Weir-CSRF`; in the page, load it anew",
    )
}

/// Browsers say from where a page asks. Another port or subdomain of the same site is elsewhere, too: `SameSite` cookies
/// would be sent.
fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
    site.is_some_and(|site| site != b"same-origin" && site != b"none")
}

/// The value of the session's cookie.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

/// Whether the server is asked for by a name of this machine. One that merely resolves to it (DNS rebinding) is none.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(is_loopback)
}

/// Whether a request comes from this machine, and from no farther: who would become the owner must not be somebody else
/// behind a proxy that calls the server by a name of this machine.
pub(super) fn is_this_machine(extensions: &Extensions, headers: &HeaderMap) -> bool {
    let peer = extensions
        .get::<Peer>()
        .map(|peer| peer.0.ip().to_canonical());
    let proxied = [FORWARDED_FOR, FORWARDED, VIA]
        .iter()
        .any(|name| headers.contains_key(name));
    names_this_machine(headers) && peer.is_none_or(|ip| ip.is_loopback()) && !proxied
}

/// Whoever is signed in; a handler that asks for them is behind a rule that lets nobody else in.
impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            ApiError::new(
                StatusCode::UNAUTHORIZED,
                "signed_out",
                "nobody is signed in",
                "sign in at `/`",
            )
        })
    }
}

/// Who asks, for the limits on guessing.
impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<Self, Self::Rejection> {
        let agent = parts.headers.get(http::header::USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok());
        Ok(Self {
            network: app.proxy.network(&parts.extensions, &parts.headers),
            agent: agent.unwrap_or_default().to_owned(),
        })
    }
}
