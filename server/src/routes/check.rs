//! What a container would do: its problems, its rules in sentences, what changed, and trying it on a page in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use weir_rules::action::Action;
use weir_rules::explain::{Explained, Part, explain};
use weir_rules::page::{Page, Tree};
use weir_rules::simulate::{simulate as run, to_json};

use super::drafts::{current, no_release, problems_error};
use super::environments::environment_error;
use super::error::Body;
use super::input::{Input, bounded};
use super::sites::{Words, require};
use super::{ApiError, App};
use crate::changes::{self, Kind};
use crate::cli::{Language, action_hint};
use crate::container;
use crate::publish::EnvironmentError;
use crate::publish::site::{Problem, Told};

/// Things that may happen on a page that is simulated.
const MAX_ACTIONS: usize = 100;

/// A container to be judged.
#[derive(Deserialize, ToSchema)]
pub(super) struct Check {
    source: String,
    /// The language of messages and sentences.
    #[serde(default)]
    lang: Option<String>,
}

/// What there is to say of a container. Sentences only if it has no error.
#[derive(Serialize, ToSchema)]
pub(super) struct Checked {
    problems: Vec<Told>,
    /// Whether it can be published.
    publishable: bool,
    /// What holds for the whole site.
    site: Option<String>,
    tags: Vec<Said>,
    triggers: Vec<Said>,
    variables: Vec<Said>,
    goals: Vec<Said>,
    funnels: Vec<Said>,
    kpis: Vec<Said>,
}

/// Something by its name, and what it does.
#[derive(Serialize, ToSchema)]
pub(super) struct Said {
    name: String,
    sentence: String,
}

/// What a draft changes about a release.
#[derive(Serialize, ToSchema)]
pub(super) struct Changes {
    /// The release that it is compared with.
    from: u32,
    changes: Vec<Change>,
}

/// One change.
#[derive(Serialize, ToSchema)]
pub(super) struct Change {
    /// `site`, `tag`, `trigger`, `variable`, `goal`, `funnel`, `kpi`; `setting` for any other key of the container.
    what: &'static str,
    name: String,
    kind: Kind,
    /// What it did; none for something new, and for a setting.
    before: Option<String>,
    /// What it does; none for what is gone, and for a setting.
    after: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Compared {
    /// Number of a release; the one in use, if left out.
    #[serde(default)]
    from: Option<u32>,
    /// The release of this number is compared, in place of the draft.
    #[serde(default)]
    to: Option<u32>,
    /// What this environment has is compared, in place of the draft.
    #[serde(default)]
    environment: Option<String>,
    /// `en`, or `ru`.
    #[serde(default)]
    lang: Option<String>,
}

/// A container, a page, and what happens on it: as for `weir simulate`.
#[derive(Deserialize, ToSchema)]
pub(super) struct Simulate {
    source: String,
    /// Address of the page.
    url: String,
    /// One thing that happens, such as `click:button.buy`.
    #[serde(default)]
    event: Option<String>,
    /// Several, in this order. Without any: the page is viewed.
    #[serde(default)]
    events: Vec<String>,
    /// The page's HTML; without it the page is empty.
    #[serde(default)]
    html: String,
    #[serde(default)]
    referrer: String,
    #[serde(default)]
    cookies: BTreeMap<String, String>,
    #[serde(default)]
    storage: BTreeMap<String, String>,
    /// What the page pushed to the data layer.
    #[serde(default)]
    data_layer: Vec<Value>,
    /// Global variables of the page.
    #[serde(default)]
    globals: Option<Value>,
    /// Details of what happens: `{"event": {"value": 5}}`.
    #[serde(default)]
    detail: Option<Value>,
    /// Consent by category; else as the container says.
    #[serde(default)]
    consent: BTreeMap<String, bool>,
    #[serde(default)]
    browser_language: String,
    /// `desktop`, `mobile` or `tablet`.
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    lang: Option<String>,
}

/// What one thing that happened came to.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct Outcome {
    action: String,
    /// The element it happens on is in the page, or it happens on none.
    element_found: bool,
    fires: Vec<Fired>,
    does_not_fire: Vec<Still>,
}

/// A tag that fired.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct Fired {
    /// Empty for an event that is sent without any rule.
    tag: String,
    /// `event`, `pixel`, `script` or `push`.
    kind: String,
    trigger: String,
    event: String,
    element: String,
    /// The properties of the event.
    with: serde_json::Map<String, Value>,
    #[serde(default)]
    waits_for_consent: bool,
}

/// A tag that did not.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct Still {
    tag: String,
    reasons: Vec<Reason>,
}

/// Why not.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct Reason {
    /// The stable name of the kind of reason.
    code: String,
    /// In the language asked for.
    message: String,
    #[serde(default)]
    trigger: Option<String>,
    /// Which comparisons failed: what was wanted, and what was seen.
    #[serde(default)]
    conditions: Vec<Value>,
}

/// Finds every problem of a container, and says what it does.
#[utoipa::path(post, path = "/api/v1/check", tag = "drafts", request_body = Check,
    responses((status = 200, body = Checked), (status = "4XX", body = Body)))]
pub(super) async fn check(
    State(app): State<Arc<App>>,
    Input(wanted): Input<Check>,
) -> Result<Json<Checked>, ApiError> {
    bounded(&wanted.source)?;
    let language = language(wanted.lang.as_deref());
    let _place = app.heavy().await?;
    let checked = app
        .blocking(move || judge(&wanted.source, language))
        .await?;
    Ok(Json(checked))
}

pub(super) fn language(lang: Option<&str>) -> Language {
    match lang {
        Some("ru") => Language::Ru,
        _ => Language::En,
    }
}

fn judge(source: &str, language: Language) -> Checked {
    let checked = container::check(source);
    let told = checked
        .problems
        .iter()
        .map(|problem| container::told(problem, language));
    // An example that fails is an error, which keeps the container from being published and not from being explained.
    let publishable = checked.container.is_some();
    let container = match checked.container {
        Some(container) => Some(container),
        None => container::check_published(source).container,
    };
    let explained =
        container.map(|container| explain(container.rules(), container::lang(language)));
    let explained = explained.unwrap_or_default();
    let of = |part: Part| said(&explained, part);
    Checked {
        problems: told.collect(),
        publishable,
        site: of(Part::Site).pop().map(|site| site.sentence),
        tags: of(Part::Tag),
        triggers: of(Part::Trigger),
        variables: of(Part::Variable),
        goals: of(Part::Goal),
        funnels: of(Part::Funnel),
        kpis: of(Part::Kpi),
    }
}

fn said(explained: &[Explained], part: Part) -> Vec<Said> {
    explained
        .iter()
        .filter(|one| one.part == part)
        .map(|one| Said {
            name: one.name.clone(),
            sentence: one.sentence.clone(),
        })
        .collect()
}

/// What an environment has.
async fn staged(app: &App, site: &str, name: &str) -> Result<String, ApiError> {
    let id = {
        let published = app.published.load();
        let tried = &require(&published, site)?.tried;
        let found = tried.iter().find(|one| one.name == name);
        found.map(|one| one.id.clone()).ok_or_else(|| {
            let known = tried.iter().map(|one| one.name.clone()).collect();
            let name = name.to_owned();
            environment_error(&EnvironmentError::Unknown { name, known })
        })?
    };
    let release = app.with_store(move |store| store.latest(&id)).await?;
    Ok(release.ok_or_else(no_release)?.source)
}

/// What a release has.
async fn source_of(app: &App, site: &str, version: u32) -> Result<String, ApiError> {
    require(&app.published.load(), site)?;
    let site = site.to_owned();
    let found = app
        .with_store(move |store| store.release(&site, version))
        .await?;
    Ok(found.ok_or_else(no_release)?.source)
}

/// What the draft, what an environment has, or another release changes about a release, in sentences.
#[utoipa::path(get, path = "/api/v1/sites/{site}/changes", tag = "drafts", params(("site" = String, Path), Compared),
    responses((status = 200, body = Changes),
        (status = 422, body = Body, description = "The draft has errors: beside the error stands `problems`"),
        (status = "4XX", body = Body)))]
pub(super) async fn changes(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(compared): Query<Compared>,
) -> Result<Json<Changes>, ApiError> {
    let draft = current(&app, &site).await?;
    let wanted = match (compared.to, compared.environment) {
        (Some(version), _) => Some(source_of(&app, &site, version).await?),
        (None, Some(name)) => Some(staged(&app, &site, &name).await?),
        (None, None) => None,
    };
    let language = language(compared.lang.as_deref());
    let from = compared
        .from
        .or(draft.release_version())
        .ok_or_else(no_release)?;
    require(&app.published.load(), &site)?;
    let release = app
        .with_store(move |store| store.release(&site, from))
        .await?;
    let before = match release {
        Some(release) => release.source,
        // The sample was never published: it is what it is.
        None if draft.is_sample() => draft.source().to_owned(),
        None => return Err(no_release()),
    };
    let after = wanted.unwrap_or_else(|| draft.source().to_owned());
    let _place = app.heavy().await?;
    let found = app
        .blocking(move || changes::between(&before, &after, container::lang(language)))
        .await?;
    let found = found.map_err(|problems| {
        let problems: Vec<Problem> = problems.into_iter().map(Problem::Rule).collect();
        problems_error(&problems, language)
    })?;
    let changes = found.into_iter().map(|change| Change {
        what: change.what,
        name: change.name,
        kind: change.kind,
        before: change.before,
        after: change.after,
    });
    Ok(Json(Changes {
        from,
        changes: changes.collect(),
    }))
}

/// Tries a container on a page: what fires, what does not and why not.
#[utoipa::path(post, path = "/api/v1/simulate", tag = "drafts", request_body = Simulate,
    responses((status = 200, body = Vec<Outcome>),
        (status = 422, body = Body, description = "The container has errors: beside the error stands `problems`"),
        (status = "4XX", body = Body)))]
pub(super) async fn simulate(
    State(app): State<Arc<App>>,
    Query(words): Query<Words>,
    Input(wanted): Input<Simulate>,
) -> Result<Json<Vec<Outcome>>, ApiError> {
    bounded(&wanted.source)?;
    let language = match wanted.lang.as_deref() {
        None => words.language(),
        lang => language(lang),
    };
    let _place = app.heavy().await?;
    let outcomes = app.blocking(move || try_out(wanted, language)).await??;
    Ok(Json(outcomes))
}

fn try_out(wanted: Simulate, language: Language) -> Result<Vec<Outcome>, ApiError> {
    let checked = container::check_published(&wanted.source);
    let Some(container) = checked.container else {
        let problems: Vec<Problem> = checked.problems.into_iter().map(Problem::Rule).collect();
        return Err(problems_error(&problems, language));
    };
    let actions = actions(&wanted)?;
    let page = page(wanted)?;
    let outcomes = run(container.rules(), &page, &actions);
    let json = to_json(&outcomes, container.rules(), container::lang(language));
    serde_json::from_str(&json).map_err(|error| {
        tracing::error!("an outcome of a simulation could not be read: {error}");
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "simulation_failed",
            "the outcome could not be told",
            "this should not happen: please report it with the lines of the server's log",
        )
    })
}

fn actions(wanted: &Simulate) -> Result<Vec<Action>, ApiError> {
    let written: Vec<&String> = wanted.event.iter().chain(&wanted.events).collect();
    if written.len() > MAX_ACTIONS {
        return Err(unusable(
            format!("at most {MAX_ACTIONS} things can happen"),
            "try fewer".to_owned(),
        ));
    }
    if written.is_empty() {
        return Ok(vec![Action::pageview()]);
    }
    let action = |text: &String| {
        Action::parse(text)
            .map_err(|fault| unusable(format!("`{text}` cannot happen"), action_hint(&fault)))
    };
    written.into_iter().map(action).collect()
}

fn page(wanted: Simulate) -> Result<Page, ApiError> {
    let web = ["http://", "https://"]
        .iter()
        .any(|scheme| wanted.url.starts_with(scheme));
    if !web {
        return Err(unusable(
            format!("`{}` is not the address of a page", wanted.url),
            "write it whole, such as `https://shop.example/cart`".to_owned(),
        ));
    }
    let mut page = Page::new(&wanted.url, &wanted.html);
    page.session.referrer.clone_from(&wanted.referrer);
    page.referrer = wanted.referrer;
    page.language = wanted.browser_language;
    page.cookies = wanted.cookies;
    page.local_storage = wanted.storage;
    page.data_layer = wanted.data_layer.iter().filter_map(tree).collect();
    if let Some(globals) = wanted.globals.as_ref().and_then(tree) {
        page.globals = globals;
    }
    if let Some(detail) = wanted.detail.as_ref().and_then(tree) {
        page.detail = detail;
    }
    page.consent.extend(wanted.consent);
    if let Some(device) = wanted.device {
        page.device.kind = device;
    }
    Ok(page)
}

fn tree(value: &Value) -> Option<Tree> {
    Tree::parse(&value.to_string())
}

fn unusable(message: String, hint: String) -> ApiError {
    ApiError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "bad_simulation",
        message,
        hint,
    )
}
