//! `/api/v1/sites/{site}/segments`: filters of reports by a name, for everybody who sees the site.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::Body;
use super::input::Input;
use super::reports::filters_of_visits;
use super::sites::{Words, require};
use super::{ApiError, App};
use crate::accounts::Signed;
use crate::store::audit::Actor;
use crate::store::segments::{MOST_SEGMENTS, StoredSegment};

/// Characters of a name, at most.
const MAX_NAME_CHARS: usize = 80;

/// Filters that somebody has given a name.
#[derive(Serialize, ToSchema)]
pub(super) struct Segment {
    name: String,
    /// As reports take them: `channel:Email`, `device!:mobile`.
    filters: Vec<String>,
    /// Milliseconds since 1970 UTC.
    updated_at: i64,
    updated_by: String,
}

impl From<StoredSegment> for Segment {
    fn from(segment: StoredSegment) -> Self {
        Self {
            name: segment.name,
            filters: segment.filters,
            updated_at: segment.updated_at,
            updated_by: segment.updated_by,
        }
    }
}

/// What a segment is made of.
#[derive(Deserialize, ToSchema)]
pub(super) struct SetSegment {
    /// As reports take them: `channel:Email`, `device!:mobile`; several of one field are alternatives.
    filters: Vec<String>,
}

/// The segments of a site, by name.
#[utoipa::path(get, path = "/api/v1/sites/{site}/segments", tag = "reports", params(("site" = String, Path)),
    responses((status = 200, body = Vec<Segment>), (status = "4XX", body = Body)))]
pub(super) async fn segments(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
) -> Result<Json<Vec<Segment>>, ApiError> {
    require(&app.published.load(), &site)?;
    let segments = app.with_store(move |store| store.segments(&site)).await?;
    Ok(Json(segments.into_iter().map(Segment::from).collect()))
}

/// Saves a segment; one of the same name gives way to it.
#[utoipa::path(put, operation_id = "set_segment", path = "/api/v1/sites/{site}/segments/{name}", tag = "reports",
    params(("site" = String, Path), ("name" = String, Path, description = "What people call it, in any language"), Words),
    request_body = SetSegment, responses((status = 200, body = Segment), (status = "4XX", body = Body)))]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    Path((site, name)): Path<(String, String)>,
    Query(words): Query<Words>,
    signed: Signed,
    Input(wanted): Input<SetSegment>,
) -> Result<Json<Segment>, ApiError> {
    require(&app.published.load(), &site)?;
    let name = checked_name(&name)?;
    filters_of_visits(&wanted.filters, words.language())?;
    let mut filters = Vec::new();
    for filter in wanted.filters {
        if !filters.contains(&filter) {
            filters.push(filter);
        }
    }
    if filters.is_empty() {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "empty_segment",
            "a segment has at least one filter",
            "send what the reports are filtered by, such as `device:mobile`",
        ));
    }
    let now_ms = app.accounts.now_ms();
    let saved = app
        .with_store(move |store| {
            let who = &signed.user.email;
            store.set_segment(&site, &name, &filters, Actor { who, now_ms })
        })
        .await?;
    saved.map(|saved| Json(saved.into())).ok_or_else(|| {
        ApiError::new(
            StatusCode::CONFLICT,
            "too_many_segments",
            format!("the site has {MOST_SEGMENTS} segments, and more it cannot have"),
            "remove one that nobody needs any more",
        )
    })
}

/// Removes a segment. Links that show the same filters go on showing them.
#[utoipa::path(delete, operation_id = "remove_segment", path = "/api/v1/sites/{site}/segments/{name}", tag = "reports",
    params(("site" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path((site, name)): Path<(String, String)>,
    signed: Signed,
) -> Result<StatusCode, ApiError> {
    require(&app.published.load(), &site)?;
    let now_ms = app.accounts.now_ms();
    let removed = app
        .with_store(move |store| {
            let who = &signed.user.email;
            store.remove_segment(&site, &name, Actor { who, now_ms })
        })
        .await?;
    if removed {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::new(
        StatusCode::NOT_FOUND,
        "unknown_segment",
        "there is no such segment",
        "somebody may have removed it meanwhile: load the list again",
    ))
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    if name.is_empty()
        || name.chars().count() > MAX_NAME_CHARS
        || name.chars().any(char::is_control)
    {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_segment_name",
            format!("the name of a segment has 1 to {MAX_NAME_CHARS} characters, on one line"),
            "say in a few words which visits these are",
        ));
    }
    Ok(name.to_owned())
}
