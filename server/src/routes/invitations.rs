//! Invitations: made, taken back, and had again for a moment.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::Body;
use super::input::Input;
use super::{ApiError, App};
use crate::accounts::{Role, Signed};
use crate::store::StoreError;
use crate::store::audit::Actor;
use crate::store::users::Link;

/// Somebody to be invited.
#[derive(Deserialize, ToSchema)]
pub(super) struct Invite {
    email: String,
    role: Role,
}

/// A link that can be used once. It is shown this once only.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationLink {
    url: String,
    /// Milliseconds since 1970 UTC.
    expires_at: i64,
}

/// An invitation that nobody has used yet.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitation {
    id: String,
    email: String,
    role: Role,
    created_by: String,
    /// Milliseconds since 1970 UTC.
    created_at: i64,
    expires_at: i64,
}

impl From<Link> for Invitation {
    fn from(link: Link) -> Self {
        Self {
            id: link.id,
            email: link.email,
            role: link.role,
            created_by: link.created_by,
            created_at: link.created_at,
            expires_at: link.expires_at,
        }
    }
}

/// Invitations that can be used.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "people", responses((status = 200, body = Vec<Invitation>)))]
pub(super) async fn invitations(
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Invitation>>, ApiError> {
    let now_ms = app.accounts.now_ms();
    let links = app
        .with_store(move |store| store.invitations(now_ms))
        .await?;
    Ok(Json(links.into_iter().map(Invitation::from).collect()))
}

/// Invites somebody. An earlier invitation of the same address is no longer valid.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "people", request_body = Invite,
    responses((status = 201, body = InvitationLink), (status = "4XX", body = Body)))]
pub(super) async fn invite(
    State(app): State<Arc<App>>,
    signed: Signed,
    Input(wanted): Input<Invite>,
) -> Result<(StatusCode, Json<InvitationLink>), ApiError> {
    let by = &signed.user.email;
    let (link, code) = app.accounts.invite(&wanted.email, wanted.role, by).await?;
    let made = InvitationLink {
        url: format!("{}/invite#{}", app.public_url, code.expose()),
        expires_at: link.expires_at,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn cancel_invitation(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<StatusCode, ApiError> {
    let now_ms = app.accounts.now_ms();
    let uninvited = Arc::clone(&app.uninvited);
    let cancelled = app
        .with_store(move |store| {
            let who = &signed.user.email;
            let cancelled = store.cancel_invitation(&id, Actor { who, now_ms })?;
            let was_there = cancelled.is_some();
            if let Some(cancelled) = cancelled {
                uninvited.note(&id, &signed.session.id, now_ms, cancelled);
            }
            Ok::<bool, StoreError>(was_there)
        })
        .await?;
    if cancelled {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(
        StatusCode::NOT_FOUND,
        "unknown_invitation",
        "there is no such invitation",
        "it may have been accepted meanwhile: load the list again",
    ))
}

/// Undoes taking an invitation back: a moment later, and in the session that did it. Its link holds again.
#[utoipa::path(post, path = "/api/v1/invitations/{id}/restore", tag = "people", params(("id" = String, Path)),
    responses((status = 204),
        (status = 409, body = Body, description = "It is too late, or the address was invited again meanwhile"),
        (status = "4XX", body = Body)))]
pub(super) async fn restore_invitation(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<StatusCode, ApiError> {
    let now_ms = app.accounts.now_ms();
    let restored = match app.uninvited.undo(&id, &signed.session.id, now_ms) {
        None => false,
        Some((_, cancelled)) => {
            app.with_store(move |store| {
                let who = &signed.user.email;
                store.restore_invitation(&cancelled, Actor { who, now_ms })
            })
            .await?
        }
    };
    if restored {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(
        StatusCode::CONFLICT,
        "invitation_gone",
        "that cannot be undone any more",
        "invite them again",
    ))
}
