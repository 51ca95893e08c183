//! Drafts, publishing, releases. What must hold together is the store's and the publisher's business.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::environments::{environment_error, of_environment};
use super::error::Body;
use super::input::{Input, bounded};
use super::sites::{Words, require};
use super::{ApiError, App};
use crate::accounts::Signed;
use crate::cli::Language;
use crate::demo_shop;
use crate::publish::site::{Managed, Problem, Told};
use crate::publish::{PublishError, read_text};
use crate::store::Draft as Publication;
use crate::store::audit::Actor;
use crate::store::drafts::{DraftError, StoredDraft};
use crate::store::publishing::Origin;

/// Characters of a note, at most.
const MAX_NOTE_CHARS: usize = 1000;

/// What is being edited.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Draft {
    /// The container as it is written so far; what is published, if nothing is being edited.
    source: String,
    /// Whether something is being edited that is not published.
    open: bool,
    /// To be sent with what is saved: who has seen another one is told what there is.
    revision: u32,
    /// The release that was in use when editing began.
    base_version: Option<u32>,
    /// The release in use.
    release_version: Option<u32>,
    /// Milliseconds since 1970 UTC.
    updated_at: Option<i64>,
    updated_by: Option<String>,
    /// The site is described by a file, or is the sample.
    read_only: bool,
    /// The file that describes the site.
    file: Option<String>,
}

impl Draft {
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn release_version(&self) -> Option<u32> {
        self.release_version
    }

    /// Neither in the page nor by a file: the sample, or what an environment has.
    pub(super) fn is_sample(&self) -> bool {
        self.read_only && self.file.is_none()
    }
}

impl From<StoredDraft> for Draft {
    fn from(draft: StoredDraft) -> Self {
        Self {
            source: draft.source,
            open: draft.open,
            revision: draft.revision,
            base_version: Some(draft.base_version),
            release_version: Some(draft.release_version),
            updated_at: Some(draft.updated_at),
            updated_by: Some(draft.updated_by),
            read_only: false,
            file: None,
        }
    }
}

/// A draft to be saved.
#[derive(Deserialize, ToSchema)]
pub(super) struct SaveDraft {
    source: String,
    /// That of the draft that was changed.
    revision: u32,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DiscardDraft {
    /// That of the draft that is thrown away; without it, whichever there is.
    #[serde(default)]
    revision: Option<u32>,
}

/// A draft to be published.
#[derive(Deserialize, ToSchema)]
pub(super) struct Publish {
    /// That of the draft.
    revision: u32,
    /// Why.
    #[serde(default)]
    note: String,
    /// Where: `live`, unless told otherwise. The draft stays open elsewhere.
    #[serde(default)]
    environment: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Restore {
    /// Why.
    #[serde(default)]
    note: String,
    /// Whose release that is, and for which it holds again: `live`, unless told otherwise.
    #[serde(default)]
    environment: Option<String>,
    /// The release that was in use when it was looked at what this would change: if another is by now, nothing is done.
    #[serde(default)]
    live: Option<u32>,
}

/// The release that is in use now.
#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    pub(super) version: u32,
}

/// What is being edited; the file's text, for a site that a file describes.
#[utoipa::path(get, path = "/api/v1/sites/{site}/draft", tag = "drafts", params(("site" = String, Path)),
    responses((status = 200, body = Draft), (status = "4XX", body = Body)))]
pub(super) async fn draft(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
) -> Result<Json<Draft>, ApiError> {
    Ok(Json(current(&app, &site).await?))
}

/// The draft of any site.
pub(super) async fn current(app: &Arc<App>, site: &str) -> Result<Draft, ApiError> {
    let (managed, file, release_version) = {
        let published = app.published.load();
        let known = require(&published, site)?;
        let version = known.release.as_ref().map(|release| release.version);
        (known.managed, known.source.clone(), version)
    };
    if managed == Managed::Ui {
        let site = site.to_owned();
        let found = app.with_store(move |store| store.draft(&site)).await?;
        return found.map(Draft::from).ok_or_else(ApiError::not_found);
    }
    let fixed = |source: String, file: Option<String>| Draft {
        source,
        open: false,
        revision: release_version.unwrap_or_default(),
        base_version: release_version,
        release_version,
        updated_at: None,
        updated_by: None,
        read_only: true,
        file,
    };
    if managed == Managed::Environment {
        let site = site.to_owned();
        let release = app.with_store(move |store| store.latest(&site)).await?;
        let release = release.ok_or_else(no_release)?;
        return Ok(fixed(release.source, None));
    }
    if managed == Managed::Sample {
        return Ok(fixed(demo_shop::sample_text().unwrap_or_default(), None));
    }
    let text = app
        .blocking(move || (read_text(FilePath::new(&file)), file))
        .await?;
    match text {
        (Ok(text), file) => Ok(fixed(text, Some(file))),
        (Err(reason), file) => {
            let english = format!("the file `{file}` cannot be read: {reason}");
            Err(ApiError::new(
                StatusCode::CONFLICT,
                "unreadable_file",
                english,
                "put the file back, or take it out of --container",
            )
            .in_russian(
                format!("файл `{file}` не читается: {reason}"),
                "верните файл на место или уберите его из --container",
            ))
        }
    }
}

/// Refuses a site that the page only shows.
pub(super) fn require_managed(app: &App, site: &str) -> Result<(), ApiError> {
    let published = app.published.load();
    let known = require(&published, site)?;
    match known.managed {
        Managed::Ui => Ok(()),
        Managed::File => Err(by_file(&known.source)),
        Managed::Environment => Err(of_environment(known)),
        Managed::Sample => Err(ApiError::new(
            StatusCode::CONFLICT,
            "read_only",
            "the sample site cannot be changed",
            "make a site of your own",
        )),
    }
}

fn by_file(file: &str) -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "read_only",
        format!("the site is described by the file `{file}`"),
        "edit the file: saving it publishes it; to go on in the page, take it out of --container and make the site here",
    )
    .in_russian(
        format!("сайт описан файлом `{file}`"),
        "меняйте файл: сохранение его публикует; чтобы продолжить здесь, уберите его из --container и заведите сайт в интерфейсе",
    )
}

/// Saves what is being edited.
#[utoipa::path(put, path = "/api/v1/sites/{site}/draft", tag = "drafts", params(("site" = String, Path)),
    request_body = SaveDraft,
    responses((status = 200, body = Draft),
        (status = 409, body = Body, description = "Somebody else has saved meanwhile: beside the error stands `current`, the draft as it is"),
        (status = "4XX", body = Body)))]
pub(super) async fn save(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    signed: Signed,
    Input(wanted): Input<SaveDraft>,
) -> Result<Json<Draft>, ApiError> {
    require_managed(&app, &site)?;
    bounded(&wanted.source)?;
    let now_ms = app.accounts.now_ms();
    let saved = app
        .with_store(move |store| {
            let who = &signed.user.email;
            let SaveDraft { source, revision } = &wanted;
            store.save_draft(&site, source, *revision, Actor { who, now_ms })
        })
        .await?;
    Ok(Json(saved.into()))
}

/// Throws away what is being edited: what is published holds again.
#[utoipa::path(delete, path = "/api/v1/sites/{site}/draft", tag = "drafts", params(("site" = String, Path), DiscardDraft),
    responses((status = 200, body = Draft), (status = "4XX", body = Body)))]
pub(super) async fn discard(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(wanted): Query<DiscardDraft>,
    signed: Signed,
) -> Result<Json<Draft>, ApiError> {
    require_managed(&app, &site)?;
    let now_ms = app.accounts.now_ms();
    let left = app
        .with_store(move |store| {
            let who = &signed.user.email;
            store.discard_draft(&site, wanted.revision, Actor { who, now_ms })
        })
        .await?;
    Ok(Json(left.into()))
}

/// Publishes the draft; the answer's number counts the releases of the environment.
#[utoipa::path(post, path = "/api/v1/sites/{site}/publish", tag = "drafts", params(("site" = String, Path), Words),
    request_body = Publish,
    responses((status = 200, body = Version),
        (status = 409, body = Body, description = "Somebody else has saved meanwhile: beside the error stands `current`, the draft as it is"),
        (status = 422, body = Body, description = "The container has errors: beside the error stands `problems`, as of `/check`"),
        (status = "4XX", body = Body)))]
pub(super) async fn publish(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(words): Query<Words>,
    signed: Signed,
    Input(wanted): Input<Publish>,
) -> Result<Json<Version>, ApiError> {
    let Publish {
        revision,
        note,
        environment,
    } = wanted;
    let made = Made {
        site,
        to: environment,
        by: signed.user.email,
        note,
        language: words.language(),
    };
    make(&app, made, Origin::Draft { revision }).await
}

/// Publishes an older release of the site, or of an environment, again, under a new number.
#[utoipa::path(post, path = "/api/v1/sites/{site}/releases/{version}/restore", tag = "drafts",
    params(("site" = String, Path), ("version" = u32, Path), Words), request_body = Restore,
    responses((status = 200, body = Version),
        (status = 409, body = Body, description = "Another release than `live` is in use by now"),
        (status = "4XX", body = Body)))]
pub(super) async fn restore(
    State(app): State<Arc<App>>,
    Path((site, version)): Path<(String, u32)>,
    Query(words): Query<Words>,
    signed: Signed,
    Input(wanted): Input<Restore>,
) -> Result<Json<Version>, ApiError> {
    let made = Made {
        site,
        to: wanted.environment,
        by: signed.user.email,
        note: wanted.note,
        language: words.language(),
    };
    let live = wanted.live;
    make(&app, made, Origin::Release { version, live }).await
}

/// A release to be made.
pub(super) struct Made {
    /// The site that is managed in the page.
    pub(super) site: String,
    /// The environment that it is for; the live one, if none is named.
    pub(super) to: Option<String>,
    pub(super) by: String,
    pub(super) note: String,
    pub(super) language: Language,
}

/// All ways of publishing are this one.
pub(super) async fn make(
    app: &Arc<App>,
    made: Made,
    origin: Origin,
) -> Result<Json<Version>, ApiError> {
    require_managed(app, &made.site)?;
    let note = checked_note(&made.note)?;
    let (publisher, now_ms) = (app.publisher.clone(), app.accounts.now_ms());
    let _place = app.heavy().await?;
    let done = app
        .blocking(move || {
            let publication = Publication {
                site: &made.site,
                file: "",
                source: "",
                now_ms,
                author: &made.by,
                note: &note,
            };
            publisher.make_release(made.to.as_deref(), &origin, publication)
        })
        .await?;
    let version = done.map_err(|error| publish_error(error, made.language))?;
    Ok(Json(Version { version }))
}

fn checked_note(note: &str) -> Result<String, ApiError> {
    let note = note.trim();
    if note.chars().count() > MAX_NOTE_CHARS {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "long_note",
            format!("a note has at most {MAX_NOTE_CHARS} characters"),
            "say in a sentence why",
        ));
    }
    Ok(note.to_owned())
}

pub(super) fn no_release() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "unknown_release",
        "the site has no release with this number",
        "`GET /api/v1/sites/{site}/releases` lists them",
    )
}

impl From<DraftError> for ApiError {
    fn from(error: DraftError) -> Self {
        let message = error.to_string();
        match error {
            DraftError::Unknown => Self::new(
                StatusCode::NOT_FOUND,
                "unknown_site",
                message,
                "make it with `POST /api/v1/sites`",
            ),
            DraftError::Changed(current) => {
                let current = Draft::from(*current);
                let by = current.updated_by.clone().unwrap_or_default();
                Self::new(
                    StatusCode::CONFLICT,
                    "changed_meanwhile",
                    format!("`{by}` has changed the draft meanwhile"),
                    "merge your changes into `current`, and send them with its revision",
                )
                .with("current", current)
            }
            DraftError::Same => Self::new(
                StatusCode::CONFLICT,
                "nothing_to_publish",
                message,
                "change something first",
            ),
            DraftError::Moved => Self::new(
                StatusCode::CONFLICT,
                "environment_moved",
                message,
                "look at what they have now, then decide again",
            ),
            DraftError::Store(error) => error.into(),
        }
    }
}

/// Why nothing was published, with the problems in one language.
pub(super) fn publish_error(error: PublishError, language: Language) -> ApiError {
    let message = error.to_string();
    match error {
        PublishError::Problems(problems) => problems_error(&problems, language),
        PublishError::SiteExists => ApiError::new(
            StatusCode::CONFLICT,
            "site_exists",
            message,
            "choose another id",
        ),
        PublishError::File(file) => by_file(&file),
        PublishError::NoRelease => no_release(),
        PublishError::Environment(error) => environment_error(&error),
        PublishError::Draft(error) => error.into(),
    }
}

pub(super) fn problems_error(problems: &[Problem], language: Language) -> ApiError {
    let told: Vec<Told> = problems
        .iter()
        .map(|problem| problem.told(language))
        .collect();
    ApiError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "problems",
        "the container has errors",
        "mend what `problems` names",
    )
    .with("problems", told)
}
