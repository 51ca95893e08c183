//! Becoming somebody and staying it: the first owner, signing in and out, links, and what people change about themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{HOST, SET_COOKIE};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{COOKIE_NAME, is_this_machine};
use super::error::Body;
use super::guard::is_loopback;
use super::input::Input;
use super::{ApiError, App};
use crate::accounts::{Entered, LONGEST_MS, Locale, NewUser, Role, Signed, Visitor, checked_name};
use crate::store::audit::Actor;
use crate::store::users::User;

/// Who is signed in, and what the page must know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct Shown {
    /// Nobody is signed in if there is none.
    user: Option<Person>,
    /// To be sent with each change in the header `X-Weir-CSRF`.
    csrf: Option<String>,
    /// There is no owner yet: the page shows how to become one.
    setup_needed: bool,
    /// Of the server.
    version: &'static str,
}

/// A user, as others see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct Person {
    id: String,
    email: String,
    name: String,
    role: Role,
    language: Locale,
    /// Milliseconds since 1970 UTC.
    created_at: i64,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role,
            language: user.language,
            created_at: user.created_at,
        }
    }
}

/// The first owner.
#[derive(Deserialize, ToSchema)]
pub(super) struct Setup {
    /// What follows `#` in the set-up link; not needed on the machine of the server.
    #[serde(default)]
    code: Option<String>,
    email: String,
    name: String,
    password: String,
    #[serde(default)]
    language: Locale,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SignIn {
    email: String,
    password: String,
}

/// What somebody who is invited says of themselves.
#[derive(Deserialize, ToSchema)]
pub(super) struct Accept {
    /// What follows `#` in the link.
    code: String,
    name: String,
    password: String,
    #[serde(default)]
    language: Locale,
}

/// A new password by a link that `weir user reset-password` printed.
#[derive(Deserialize, ToSchema)]
pub(super) struct Reset {
    /// What follows `#` in the link.
    code: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct FindInvitation {
    /// What follows `#` in the link.
    code: String,
}

/// An invitation, as the invited see it.
#[derive(Serialize, ToSchema)]
pub(super) struct FoundInvitation {
    email: String,
    role: Role,
    /// Milliseconds since 1970 UTC.
    expires_at: i64,
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct Profile {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    language: Option<Locale>,
    /// The new password; takes the old one, too.
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    old_password: Option<String>,
}

/// A browser in which somebody is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Browser {
    id: String,
    /// What the browser calls itself.
    agent: String,
    /// Milliseconds since 1970 UTC, like the others.
    created_at: i64,
    seen_at: i64,
    ends_at: i64,
    /// It is the one that asks.
    current: bool,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = Shown)))]
pub(super) async fn session(
    State(app): State<Arc<App>>,
    signed: Option<axum::Extension<Signed>>,
) -> Result<Json<Shown>, ApiError> {
    let setup_needed = app.accounts.needs_setup().await?;
    Ok(Json(shown(signed.as_deref(), setup_needed)))
}

fn shown(signed: Option<&Signed>, setup_needed: bool) -> Shown {
    Shown {
        user: signed.map(|signed| (&signed.user).into()),
        csrf: signed.map(|signed| signed.csrf.clone()),
        setup_needed,
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Makes the first owner, once.
#[utoipa::path(post, path = "/api/v1/setup", tag = "session", request_body = Setup,
    responses((status = 200, body = Shown), (status = "4XX", body = Body)))]
pub(super) async fn setup(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    extensions: Extensions,
    Input(wanted): Input<Setup>,
) -> Result<Response, ApiError> {
    let here = is_this_machine(&extensions, &headers);
    // Somebody elsewhere without a code is refused like somebody with a wrong one.
    let code = wanted
        .code
        .as_deref()
        .or(if here { None } else { Some("") });
    let user = NewUser {
        email: wanted.email,
        name: wanted.name,
        password: wanted.password,
        language: wanted.language,
    };
    let entered = app.accounts.set_up(code, user, visitor).await?;
    tracing::info!("there is an owner now: `{}`", entered.signed.user.email);
    Ok(welcome(&app, &headers, &entered))
}

/// Signs in.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = Shown), (status = "4XX", body = Body)))]
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(wanted): Input<SignIn>,
) -> Result<Response, ApiError> {
    let entered = app
        .accounts
        .sign_in(&wanted.email, wanted.password, visitor)
        .await?;
    Ok(welcome(&app, &headers, &entered))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    signed: Signed,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.accounts.sign_out(&signed).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    keep(&mut response, &app, &headers, "", 0);
    Ok(response)
}

/// What an invitation is for, before it is accepted.
#[utoipa::path(post, path = "/api/v1/invitations/find", tag = "session", request_body = FindInvitation,
    responses((status = 200, body = FoundInvitation), (status = "4XX", body = Body)))]
pub(super) async fn find_invitation(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Input(wanted): Input<FindInvitation>,
) -> Result<Json<FoundInvitation>, ApiError> {
    let link = app.accounts.invitation(&wanted.code, &visitor).await?;
    Ok(Json(FoundInvitation {
        email: link.email,
        role: link.role,
        expires_at: link.expires_at,
    }))
}

/// Becomes a user by an invitation.
#[utoipa::path(post, path = "/api/v1/invitations/accept", tag = "session", request_body = Accept,
    responses((status = 200, body = Shown), (status = "4XX", body = Body)))]
pub(super) async fn accept(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(wanted): Input<Accept>,
) -> Result<Response, ApiError> {
    let user = NewUser {
        email: String::new(),
        name: wanted.name,
        password: wanted.password,
        language: wanted.language,
    };
    let entered = app.accounts.accept(&wanted.code, user, visitor).await?;
    Ok(welcome(&app, &headers, &entered))
}

/// Sets a new password by a link.
#[utoipa::path(post, path = "/api/v1/reset", tag = "session", request_body = Reset,
    responses((status = 200, body = Shown), (status = "4XX", body = Body)))]
pub(super) async fn reset(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    Input(wanted): Input<Reset>,
) -> Result<Response, ApiError> {
    let entered = app
        .accounts
        .reset(&wanted.code, wanted.password, visitor)
        .await?;
    Ok(welcome(&app, &headers, &entered))
}

/// Changes name, language or password. A new password ends the other sessions.
#[utoipa::path(patch, path = "/api/v1/me", tag = "session", request_body = Profile,
    responses((status = 200, body = Person), (status = "4XX", body = Body)))]
pub(super) async fn change_me(
    State(app): State<Arc<App>>,
    signed: Signed,
    Input(wanted): Input<Profile>,
) -> Result<Json<Person>, ApiError> {
    if let Some(password) = wanted.password {
        let old = wanted.old_password.unwrap_or_default();
        app.accounts.change_password(&signed, old, password).await?;
    }
    let mut user = signed.user;
    if wanted.name.is_some() || wanted.language.is_some() {
        if let Some(name) = &wanted.name {
            user.name = checked_name(name)?;
        }
        user.language = wanted.language.unwrap_or(user.language);
        let (changed, now_ms) = (user.clone(), app.accounts.now_ms());
        app.with_store(move |store| {
            let User {
                id,
                email,
                name,
                language,
                ..
            } = &changed;
            store.set_profile(id, name, *language, Actor { who: email, now_ms })
        })
        .await?;
    }
    Ok(Json((&user).into()))
}

/// The browsers in which whoever asks is signed in.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "session", responses((status = 200, body = Vec<Browser>)))]
pub(super) async fn my_sessions(
    State(app): State<Arc<App>>,
    signed: Signed,
) -> Result<Json<Vec<Browser>>, ApiError> {
    let user = signed.user.id;
    let sessions = app
        .with_store(move |store| store.sessions_of(&user))
        .await?;
    let browsers = sessions.into_iter().map(|session| Browser {
        current: session.id == signed.session.id,
        id: session.id,
        agent: session.agent,
        created_at: session.created_at,
        seen_at: session.seen_at,
        ends_at: session.ends_at,
    });
    Ok(Json(browsers.collect()))
}

/// Ends one of the sessions of whoever asks.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "session", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let now_ms = app.accounts.now_ms();
    let ended = app
        .with_store(move |store| {
            let who = &signed.user.email;
            store.end_session(&signed.user.id, &id, Some(Actor { who, now_ms }))
        })
        .await?;
    if ended {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(
        StatusCode::NOT_FOUND,
        "unknown_session",
        "there is no such session",
        "it may have ended by itself: load the list again",
    ))
}

/// Answers with the session, and has the browser keep it.
fn welcome(app: &App, headers: &HeaderMap, entered: &Entered) -> Response {
    let mut response = Json(shown(Some(&entered.signed), false)).into_response();
    let token = entered.token.expose();
    keep(&mut response, app, headers, token, LONGEST_MS / 1000);
    response
}

fn keep(response: &mut Response, app: &App, headers: &HeaderMap, token: &str, seconds: i64) {
    // Over a tunnel to this machine there is no TLS, also where there is for everybody else.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let tls = app.public_url.starts_with("https://") && !host.is_some_and(is_loopback);
    let secure = if tls { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE_NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}
