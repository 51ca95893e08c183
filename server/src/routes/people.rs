//! Users, tokens, and who changed what.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_collector::{NewToken, SiteId, TokenScope};

use super::access::least_for_token;
use super::error::Body;
use super::input::Input;
use super::session::Person;
use super::sites::require;
use super::{ApiError, App};
use crate::accounts::secret::random;
use crate::accounts::{AccountError, Role, Signed};
use crate::store::audit::{Action, Actor};
use crate::store::tokens::{Revoked, StoredToken};
use crate::store::users::UserError;
use crate::store::{Store, StoreError};

/// Entries of the audit log in one answer, unless asked for fewer.
const ENTRIES: u32 = 100;
const MAX_ENTRIES: u32 = 1000;
/// Characters of a token's note, at most.
const MAX_NOTE_CHARS: usize = 200;

#[derive(Deserialize, ToSchema)]
pub(super) struct NewRole {
    role: Role,
}

/// What a token allows.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Scope {
    /// Sending events as they happen.
    Write,
    /// Sending events of any past time as well.
    Import,
    /// Reading reports over the API.
    Read,
}

impl From<Scope> for TokenScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Write => Self::Write,
            Scope::Import => Self::Import,
            Scope::Read => Self::Read,
        }
    }
}

impl From<TokenScope> for Scope {
    fn from(scope: TokenScope) -> Self {
        match scope {
            TokenScope::Write => Self::Write,
            TokenScope::Import => Self::Import,
            TokenScope::Read => Self::Read,
        }
    }
}

#[derive(Deserialize, ToSchema)]
pub(super) struct MakeToken {
    scope: Scope,
    /// What it is for, in your words.
    #[serde(default)]
    note: String,
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct Token {
    id: String,
    scope: Scope,
    note: String,
    /// Milliseconds since 1970 UTC.
    created_at: i64,
    revoked_at: Option<i64>,
}

impl From<StoredToken> for Token {
    fn from(token: StoredToken) -> Self {
        Self {
            id: token.record.id,
            scope: token.record.scope.into(),
            note: token.note,
            created_at: token.created_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// A new token. It is shown this once only.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeToken {
    id: String,
    /// The whole of it.
    token: String,
}

/// An entry of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct Entry {
    id: i64,
    /// Milliseconds since 1970 UTC.
    at: i64,
    /// An e-mail address; `file` for a file that was saved, `command line`.
    who: String,
    /// The stable name of what was done, such as `publish` or `user.role`.
    action: String,
    /// Empty for what concerns no site.
    site: String,
    /// What exactly: an address, a number, a note.
    detail: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Only entries with a smaller `id`.
    #[serde(default)]
    before: Option<i64>,
    /// At most this many, the latest first.
    #[serde(default)]
    limit: Option<u32>,
    /// Only entries about this site.
    #[serde(default)]
    site: Option<String>,
}

/// All users.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", responses((status = 200, body = Vec<Person>)))]
pub(super) async fn users(State(app): State<Arc<App>>) -> Result<Json<Vec<Person>>, ApiError> {
    let users = app.with_store(|store| store.users()).await?;
    Ok(Json(users.iter().map(Person::from).collect()))
}

/// Changes what a user may do.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "people", params(("id" = String, Path)), request_body = NewRole,
    responses((status = 200, body = Person), (status = "4XX", body = Body)))]
pub(super) async fn set_role(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed,
    Input(wanted): Input<NewRole>,
) -> Result<Json<Person>, ApiError> {
    let now_ms = app.accounts.now_ms();
    let user = app
        .with_store(move |store| {
            let who = &signed.user.email;
            store.set_role(&id, wanted.role, Actor { who, now_ms })
        })
        .await?;
    Ok(Json((&user).into()))
}

/// Removes a user; their sessions end.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn remove_user(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<StatusCode, ApiError> {
    let now_ms = app.accounts.now_ms();
    app.with_store(move |store| {
        let who = &signed.user.email;
        store.remove_user(&id, Actor { who, now_ms })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many sessions have ended.
#[derive(Serialize, ToSchema)]
pub(super) struct Ended {
    ended: usize,
}

/// Ends all sessions of a user: they sign in again. That of whoever asks goes on.
#[utoipa::path(delete, path = "/api/v1/users/{id}/sessions", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = Ended), (status = "4XX", body = Body)))]
pub(super) async fn end_sessions(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<Json<Ended>, ApiError> {
    let now_ms = app.accounts.now_ms();
    let ended = app
        .with_store(move |store| {
            let who = &signed.user.email;
            store.end_sessions(&id, &signed.session.id, Actor { who, now_ms })
        })
        .await?;
    Ok(Json(Ended { ended }))
}

/// Tokens of a site, without their secrets.
#[utoipa::path(get, path = "/api/v1/sites/{site}/tokens", tag = "people", params(("site" = String, Path)),
    responses((status = 200, body = Vec<Token>), (status = "4XX", body = Body)))]
pub(super) async fn tokens(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
) -> Result<Json<Vec<Token>>, ApiError> {
    require(&app.published.load(), &site)?;
    let tokens = app.with_store(|store| store.tokens()).await?;
    let of_site = tokens
        .into_iter()
        .filter(|token| token.record.site.as_str() == site);
    Ok(Json(of_site.map(Token::from).collect()))
}

/// Makes a token. One that reads reports or brings in history takes an owner.
#[utoipa::path(post, path = "/api/v1/sites/{site}/tokens", tag = "people", params(("site" = String, Path)),
    request_body = MakeToken, responses((status = 201, body = MadeToken), (status = "4XX", body = Body)))]
pub(super) async fn make_token(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    signed: Signed,
    Input(wanted): Input<MakeToken>,
) -> Result<(StatusCode, Json<MadeToken>), ApiError> {
    let scope = TokenScope::from(wanted.scope);
    signed.require(least_for_token(scope))?;
    let id = {
        let published = app.published.load();
        let known = require(&published, &site)?;
        SiteId::parse(&site).filter(|_| !known.is_sample())
    };
    let id = id.ok_or_else(|| {
        ApiError::new(
            StatusCode::CONFLICT,
            "read_only",
            "the sample site takes no events",
            "make a site of your own",
        )
    })?;
    let note = wanted.note.trim().to_owned();
    if note.chars().count() > MAX_NOTE_CHARS {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "long_note",
            format!("a note has at most {MAX_NOTE_CHARS} characters"),
            "say in a few words what the token is for",
        ));
    }
    let token = NewToken::mint(random().map_err(AccountError::from)?);
    let made = MadeToken {
        id: token.id().to_owned(),
        token: token.expose().to_owned(),
    };
    let now_ms = app.accounts.now_ms();
    change_tokens(&app, move |store| {
        store.add_token(&token, &id, scope, &note, now_ms)?;
        let detail = format!("{} ({}) {note}", token.id(), scope.name());
        let who = &signed.user.email;
        store.note(
            Actor { who, now_ms },
            Action::TokenCreate,
            &site,
            detail.trim(),
        )
    })
    .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Takes a token back.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn revoke_token(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<StatusCode, ApiError> {
    let token = known_token(&app, &signed, &id).await?;
    let now_ms = app.accounts.now_ms();
    let taken_back = Arc::clone(&app.taken_back);
    change_tokens(&app, move |store| {
        if store.revoke_token(&id, now_ms)? == Revoked::Now {
            taken_back.note(&id, &signed.session.id, now_ms, ());
            note_token(store, &signed, &token, Action::TokenRevoke, now_ms)?;
        }
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Undoes taking a token back: a moment later, and in the session that did it.
#[utoipa::path(post, path = "/api/v1/tokens/{id}/restore", tag = "people", params(("id" = String, Path)),
    responses((status = 204),
        (status = 409, body = Body, description = "It is too late, or somebody else took it back"),
        (status = "4XX", body = Body)))]
pub(super) async fn restore_token(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<StatusCode, ApiError> {
    let token = known_token(&app, &signed, &id).await?;
    let now_ms = app.accounts.now_ms();
    let late = || {
        ApiError::new(
            StatusCode::CONFLICT,
            "too_late",
            "that cannot be undone any more",
            "make a new token",
        )
    };
    let revoked_at = app.taken_back.undo(&id, &signed.session.id, now_ms);
    let (revoked_at, ()) = revoked_at.ok_or_else(late)?;
    let restored = change_tokens(&app, move |store| {
        let restored = store.restore_token(&id, revoked_at)?;
        if restored {
            note_token(store, &signed, &token, Action::TokenRestore, now_ms)?;
        }
        Ok(restored)
    })
    .await?;
    if restored {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(late())
}

/// A token that whoever asks may make and take back.
async fn known_token(app: &App, signed: &Signed, id: &str) -> Result<StoredToken, ApiError> {
    let all = app.with_store(|store| store.tokens()).await?;
    let token = all.into_iter().find(|token| token.record.id == id);
    let token = token.ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "unknown_token",
            "there is no such token",
            "it may have been taken back meanwhile: load the list again",
        )
    })?;
    signed.require(least_for_token(token.record.scope))?;
    Ok(token)
}

/// Writes down what somebody did with a token.
fn note_token(
    store: &Store,
    signed: &Signed,
    token: &StoredToken,
    action: Action,
    now_ms: i64,
) -> Result<(), StoreError> {
    let who = &signed.user.email;
    let record = &token.record;
    store.note(
        Actor { who, now_ms },
        action,
        record.site.as_str(),
        &record.id,
    )
}

/// Changes tokens, and has the change hold at once.
async fn change_tokens<T: Send + 'static>(
    app: &App,
    change: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let known = app.tokens.clone();
    app.with_store(move |store| {
        let done = change(store)?;
        let records = store.tokens()?.into_iter().map(|token| token.record);
        known.replace(records.collect());
        Ok::<T, StoreError>(done)
    })
    .await
}

/// Who changed what, the latest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "people", params(Page), responses((status = 200, body = Vec<Entry>)))]
pub(super) async fn audit(
    State(app): State<Arc<App>>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Entry>>, ApiError> {
    let limit = page.limit.unwrap_or(ENTRIES).min(MAX_ENTRIES);
    let entries = app
        .with_store(move |store| store.audit(page.site.as_deref(), page.before, limit))
        .await?;
    let entries = entries.into_iter().map(|entry| Entry {
        id: entry.id,
        at: entry.at,
        who: entry.who,
        action: entry.action,
        site: entry.site,
        detail: entry.detail,
    });
    Ok(Json(entries.collect()))
}

impl From<UserError> for ApiError {
    fn from(error: UserError) -> Self {
        AccountError::from(error).into()
    }
}
