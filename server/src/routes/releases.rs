//! Releases: what there is, who made each, why, and what it changed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::drafts::no_release;
use super::error::Body;
use super::sites::require;
use super::{ApiError, App};
use crate::changes::{Kind, Parts};
use crate::store::drafts::ReleaseHead;
use crate::store::{Store, StoreError};

/// Releases in a list, unless asked for another number; and those of which it is told what they changed, which is read out of
/// their containers.
const RELEASES: u32 = 50;
const MAX_RELEASES: u32 = 500;
/// Things that a release changed, told one by one.
const MAX_CHANGES: usize = 12;

/// A release in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Release {
    version: u32,
    /// Milliseconds since 1970 UTC.
    published_at: i64,
    /// Who published it; `file` if a file was saved.
    author: String,
    /// Why.
    note: String,
    /// The file that was saved; empty for one that was published in the page.
    file: String,
    /// What it changed about the release before it; null of the first one, and where it was not asked for.
    changed: Option<Changed>,
}

/// What a release changed, in short.
#[derive(Serialize, ToSchema)]
pub(super) struct Changed {
    /// The first of it.
    things: Vec<ChangedThing>,
    /// How many more.
    more: usize,
}

/// Something that a release changed.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangedThing {
    /// `site`, `tag`, `trigger`, `variable`, `goal`, `funnel`, `kpi`; `setting` for any other key of the container.
    what: &'static str,
    name: String,
    kind: Kind,
}

/// A release with its container.
#[derive(Serialize, ToSchema)]
pub(super) struct FullRelease {
    version: u32,
    /// Milliseconds since 1970 UTC.
    published_at: i64,
    author: String,
    note: String,
    file: String,
    /// The container as it was written.
    source: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Listed {
    /// At most this many, the latest first.
    #[serde(default)]
    limit: Option<u32>,
    /// Only those with a smaller number.
    #[serde(default)]
    before: Option<u32>,
    /// Whether to say what each changed; then there are at most 50.
    #[serde(default)]
    changes: bool,
}

/// Releases of a site, the latest first.
#[utoipa::path(get, path = "/api/v1/sites/{site}/releases", tag = "drafts", params(("site" = String, Path), Listed),
    responses((status = 200, body = Vec<Release>), (status = "4XX", body = Body)))]
pub(super) async fn releases(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Json<Vec<Release>>, ApiError> {
    require(&app.published.load(), &site)?;
    let limit = listed.limit.unwrap_or(RELEASES);
    if !listed.changes {
        let limit = limit.min(MAX_RELEASES);
        let heads = app
            .with_store(move |store| store.releases(&site, listed.before, limit))
            .await?;
        return Ok(Json(
            heads.into_iter().map(|head| told(head, None)).collect(),
        ));
    }
    let _place = app.heavy().await?;
    let limit = limit.min(RELEASES);
    let releases = app
        .with_store(move |store| {
            let heads = store.releases(&site, listed.before, limit)?;
            with_changes(store, &site, heads)
        })
        .await?;
    Ok(Json(releases))
}

/// One release with its container.
#[utoipa::path(get, path = "/api/v1/sites/{site}/releases/{version}", tag = "drafts",
    params(("site" = String, Path), ("version" = u32, Path)),
    responses((status = 200, body = FullRelease), (status = "4XX", body = Body)))]
pub(super) async fn release(
    State(app): State<Arc<App>>,
    Path((site, version)): Path<(String, u32)>,
) -> Result<Json<FullRelease>, ApiError> {
    require(&app.published.load(), &site)?;
    let found = app
        .with_store(move |store| store.release(&site, version))
        .await?;
    let release = found.ok_or_else(no_release)?;
    Ok(Json(FullRelease {
        version: release.version,
        published_at: release.published_at,
        author: release.author,
        note: release.note,
        file: release.file,
        source: release.source,
    }))
}

fn told(head: ReleaseHead, changed: Option<Changed>) -> Release {
    Release {
        version: head.version,
        published_at: head.published_at,
        author: head.author,
        note: head.note,
        file: head.file,
        changed,
    }
}

/// The same releases with what each changed. One container after the other is in memory, and each is taken apart once.
fn with_changes(
    store: &Store,
    site: &str,
    heads: Vec<ReleaseHead>,
) -> Result<Vec<Release>, StoreError> {
    let parts = |version: u32| -> Result<Option<Parts>, StoreError> {
        Ok(store
            .release(site, version)?
            .map(|release| Parts::of(&release.source)))
    };
    let mut releases = Vec::with_capacity(heads.len());
    let mut known: Option<(u32, Option<Parts>)> = None;
    for head in heads {
        let after = match known.take() {
            Some((version, parts)) if version == head.version => parts,
            _ => parts(head.version)?,
        };
        let before = parts(head.version.saturating_sub(1))?;
        let changed = match (&before, &after) {
            (Some(before), Some(after)) => Some(in_short(after, before)),
            _ => None,
        };
        known = Some((head.version.saturating_sub(1), before));
        releases.push(told(head, changed));
    }
    Ok(releases)
}

fn in_short(after: &Parts, before: &Parts) -> Changed {
    let mut things: Vec<ChangedThing> = after
        .since(before)
        .into_iter()
        .map(|one| ChangedThing {
            what: one.what,
            kind: one.kind,
            name: one.called(),
        })
        .collect();
    let more = things.len().saturating_sub(MAX_CHANGES);
    things.truncate(MAX_CHANGES);
    Changed { things, more }
}
