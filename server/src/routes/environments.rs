//! Environments of a site: where its rules are tried, what they have, and making that live.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::drafts::{Made, Version, make, publish_error, require_managed};
use super::error::Body;
use super::input::Input;
use super::sites::{Words, require, script_tag};
use super::{ApiError, App};
use crate::accounts::Signed;
use crate::publish::EnvironmentError;
use crate::publish::site::PublishedSite;
use crate::store::audit::Actor;
use crate::store::publishing::Origin;
use crate::suggest;

/// An environment of a site but the live one.
#[derive(Serialize, ToSchema)]
pub(super) struct Environment {
    name: String,
    /// The companion site: its releases, its reports, its live visitors.
    id: String,
    /// Its hosts.
    hosts: Vec<String>,
    /// The release that it has.
    version: u32,
    /// Milliseconds since 1970 UTC.
    published_at: i64,
    author: String,
    note: String,
    /// Whether what it has is what is live.
    same_as_live: bool,
    /// For pages that do not tell whose they are (`Referrer-Policy: no-referrer`); all others may carry the site's own line.
    script_tag: String,
}

/// Where an environment is.
#[derive(Deserialize, ToSchema)]
pub(super) struct SetEnvironment {
    /// `staging.shop.example`, `*.staging.shop.example`.
    hosts: Vec<String>,
}

/// What is to be live.
#[derive(Deserialize, ToSchema)]
pub(super) struct Promote {
    /// The release of the environment that was looked at.
    version: u32,
    /// The release of the site that was live then.
    live: u32,
    /// Why.
    #[serde(default)]
    note: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Named {
    site: String,
    /// `staging`.
    name: String,
}

/// The environments of a site but the live one, each with what it has.
#[utoipa::path(get, path = "/api/v1/sites/{site}/environments", tag = "drafts", params(("site" = String, Path)),
    responses((status = 200, body = Vec<Environment>), (status = "4XX", body = Body)))]
pub(super) async fn environments(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
) -> Result<Json<Vec<Environment>>, ApiError> {
    let tried = require(&app.published.load(), &site)?.tried.clone();
    let (public_url, tag_prefix) = (app.public_url.clone(), app.tag_prefix.clone());
    let list = app
        .with_store(move |store| {
            let live = store.latest(&site)?;
            let mut list = Vec::new();
            for one in tried {
                let Some(release) = store.latest(&one.id)? else {
                    continue;
                };
                list.push(Environment {
                    script_tag: script_tag(&public_url, &tag_prefix, &one.id),
                    hosts: one.hosts.iter().map(ToString::to_string).collect(),
                    same_as_live: live
                        .as_ref()
                        .is_some_and(|live| live.source == release.source),
                    name: one.name,
                    id: one.id,
                    version: release.version,
                    published_at: release.published_at,
                    author: release.author,
                    note: release.note,
                });
            }
            Ok::<_, crate::store::StoreError>(list)
        })
        .await?;
    Ok(Json(list))
}

/// Makes an environment, which starts with what is live, or gives it other hosts.
#[utoipa::path(put, operation_id = "set_environment", path = "/api/v1/sites/{site}/environments/{name}", tag = "drafts", params(Named, Words),
    request_body = SetEnvironment, responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn set(
    State(app): State<Arc<App>>,
    Path(Named { site, name }): Path<Named>,
    Query(words): Query<Words>,
    signed: Signed,
    Input(wanted): Input<SetEnvironment>,
) -> Result<StatusCode, ApiError> {
    require_managed(&app, &site)?;
    let (publisher, now_ms) = (app.publisher.clone(), app.accounts.now_ms());
    let _place = app.heavy().await?;
    let done = app
        .blocking(move || {
            let who = &signed.user.email;
            publisher.set_environment(&site, &name, &wanted.hosts, Actor { who, now_ms })
        })
        .await?;
    done.map_err(|error| publish_error(error, words.language()))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes an environment: its hosts are the site's again, if they are among its domains; its visits stay.
#[utoipa::path(delete, operation_id = "remove_environment", path = "/api/v1/sites/{site}/environments/{name}", tag = "drafts", params(Named, Words),
    responses((status = 204), (status = "4XX", body = Body)))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(Named { site, name }): Path<Named>,
    Query(words): Query<Words>,
    signed: Signed,
) -> Result<StatusCode, ApiError> {
    require_managed(&app, &site)?;
    let (publisher, now_ms) = (app.publisher.clone(), app.accounts.now_ms());
    let done = app
        .blocking(move || {
            let who = &signed.user.email;
            publisher.remove_environment(&site, &name, Actor { who, now_ms })
        })
        .await?;
    done.map_err(|error| publish_error(error, words.language()))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes what an environment has live, under a number of the site.
#[utoipa::path(post, path = "/api/v1/sites/{site}/environments/{name}/promote", tag = "drafts", params(Named, Words),
    request_body = Promote, responses((status = 200, body = Version), (status = "4XX", body = Body)))]
pub(super) async fn promote(
    State(app): State<Arc<App>>,
    Path(Named { site, name }): Path<Named>,
    Query(words): Query<Words>,
    signed: Signed,
    Input(wanted): Input<Promote>,
) -> Result<Json<Version>, ApiError> {
    let made = Made {
        site,
        to: None,
        by: signed.user.email,
        note: wanted.note,
        language: words.language(),
    };
    let origin = Origin::Environment {
        name,
        seen: wanted.version,
        live: wanted.live,
    };
    make(&app, made, origin).await
}

/// The companion of an environment is not changed itself.
pub(super) fn of_environment(known: &PublishedSite) -> ApiError {
    let (site, name) = known
        .environment
        .as_ref()
        .map_or(("", ""), |of| (of.site.as_str(), of.name.as_str()));
    ApiError::new(
        StatusCode::CONFLICT,
        "read_only",
        format!("this is the environment `{name}` of the site `{site}`"),
        format!("change the site `{site}`, and publish its draft to `{name}`"),
    )
    .in_russian(
        format!("это окружение `{name}` сайта `{site}`"),
        format!("меняйте сайт `{site}` и публикуйте его черновик в `{name}`"),
    )
}

pub(super) fn environment_error(error: &EnvironmentError) -> ApiError {
    let message = error.to_string();
    match error {
        EnvironmentError::Name(name) => ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_environment",
            message,
            "1 to 20 small Latin letters and digits, such as `staging`; not `live`, which is the site itself, and no name whose `<site>__<name>` is a site already or is longer than 64",
        )
        .in_russian(
            format!("окружение нельзя назвать `{name}`"),
            "от 1 до 20 маленьких латинских букв и цифр, например `staging`; не `live` — это сам сайт, и не то имя, с которым `<сайт>__<имя>` уже занято или длиннее 64",
        ),
        EnvironmentError::Hosts => ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_hosts",
            message,
            "name the hosts where the rules are to be tried: `staging.shop.example`",
        ),
        EnvironmentError::Host(host) => ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_host",
            message,
            "a host stands alone, without `https://`, port and path: `staging.shop.example`, or `*.staging.shop.example`",
        )
        .in_russian(
            format!("`{host}` — не хост"),
            "пишите один хост, без `https://`, порта и пути: `staging.shop.example` или `*.staging.shop.example`",
        ),
        EnvironmentError::Taken { host, environment } => ApiError::new(
            StatusCode::CONFLICT,
            "host_taken",
            message,
            "a host belongs to one environment: take it out of the other one first, or name a host of its own",
        )
        .in_russian(
            format!("`{host}` уже относится к окружению `{environment}`"),
            "хост относится к одному окружению: сначала уберите его оттуда или назовите отдельный хост",
        ),
        EnvironmentError::TooMany => ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too_many_environments",
            message,
            "remove one that is not used any more",
        ),
        EnvironmentError::Unknown { name, known } => ApiError::new(
            StatusCode::NOT_FOUND,
            "unknown_environment",
            message,
            suggest::hint(name, "environment", known.iter().map(String::as_str)),
        )
        .in_russian(
            format!("у сайта нет окружения `{name}`"),
            suggest::hint_in_russian(name, known.iter().map(String::as_str)),
        ),
    }
}
