//! The routes under `/api/`, and their description, made of the same lines: what is not described is not served.
//!
//! The description is also kept at `server/openapi.json`, of which the page's client is made. `WEIR_UPDATE_SPEC=1 cargo test
//! -p weir-server openapi` writes it anew.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use http::HeaderMap;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::COOKIE_NAME;
use super::input::{MAX_BODY_BYTES, MAX_CONTAINER_BODY_BYTES};
use super::{
    App, api, check, costs, drafts, environments, health, history, invitations, live, people,
    preview, releases, reports, segments, session, signs, sites,
};
use crate::costs::MOST_BYTES;
use crate::servable::Servable;

/// It changes with the binary.
const CACHE: &str = "no-cache";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Weir",
        description = "What the page at `/` asks. Sign in for a session's cookie, and send `csrf` of the session in the header `X-Weir-CSRF` with each change; or read one site with a token of scope `read`. Events are sent elsewhere: docs/protocol.md, docs/http-api.md. Times are milliseconds since 1970, UTC.",
    ),
    tags(
        (name = "session", description = "Who is signed in"),
        (name = "sites", description = "Sites, and how they are doing"),
        (name = "drafts", description = "Rules: editing, trying, publishing"),
        (name = "people", description = "Users, tokens, who changed what"),
        (name = "reports", description = "Numbers")
    )
)]
struct Description;

/// The routes, and their description.
pub(super) fn api() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    let mut description = Description::openapi();
    description.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let components = description.components.get_or_insert_default();
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE_NAME)));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("session", cookie);
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let small = OpenApiRouter::new()
        .routes(routes!(
            session::session,
            session::sign_in,
            session::sign_out
        ))
        .routes(routes!(session::setup))
        .routes(routes!(session::reset))
        .routes(routes!(session::accept))
        .routes(routes!(session::find_invitation))
        .routes(routes!(session::change_me))
        .routes(routes!(session::my_sessions))
        .routes(routes!(session::end_session))
        .routes(routes!(sites::sites, sites::create))
        .routes(routes!(sites::remove))
        .routes(routes!(api::status))
        .routes(routes!(api::funnel))
        .routes(routes!(live::live))
        .routes(routes!(live::events))
        .routes(routes!(reports::catalogue))
        .routes(routes!(reports::report))
        .routes(routes!(reports::names))
        .routes(routes!(segments::segments))
        .routes(routes!(segments::set, segments::remove))
        .routes(routes!(drafts::publish))
        .routes(routes!(releases::releases))
        .routes(routes!(releases::release))
        .routes(routes!(drafts::restore))
        .routes(routes!(environments::environments))
        .routes(routes!(environments::set, environments::remove))
        .routes(routes!(environments::promote))
        .routes(routes!(check::changes))
        .routes(routes!(preview::make, preview::revoke))
        .routes(routes!(preview::observed))
        .routes(routes!(health::health))
        .routes(routes!(signs::signs))
        .routes(routes!(people::users))
        .routes(routes!(people::set_role, people::remove_user))
        .routes(routes!(people::end_sessions))
        .routes(routes!(invitations::invitations, invitations::invite))
        .routes(routes!(invitations::cancel_invitation))
        .routes(routes!(invitations::restore_invitation))
        .routes(routes!(people::tokens, people::make_token))
        .routes(routes!(people::revoke_token))
        .routes(routes!(people::restore_token))
        .routes(routes!(people::audit))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    let large = OpenApiRouter::new()
        .routes(routes!(drafts::draft, drafts::save, drafts::discard))
        .routes(routes!(check::check))
        .routes(routes!(reports::preview))
        .routes(routes!(check::simulate))
        .routes(routes!(history::history))
        .layer(DefaultBodyLimit::max(MAX_CONTAINER_BODY_BYTES));
    let files = OpenApiRouter::new()
        .routes(routes!(costs::import))
        .layer(DefaultBodyLimit::max(MOST_BYTES));
    OpenApiRouter::with_openapi(description)
        .merge(small)
        .merge(large)
        .merge(files)
        .split_for_parts()
}

/// The description, as it is served and kept.
pub(super) fn text(description: &utoipa::openapi::OpenApi) -> String {
    let mut text = serde_json::to_string_pretty(description).unwrap_or_default();
    text.push('\n');
    text
}

/// Serves the description.
pub(super) fn served(description: &utoipa::openapi::OpenApi) -> routing::MethodRouter<Arc<App>> {
    let servable = Arc::new(Servable::quick(
        text(description),
        "application/json",
        CACHE,
    ));
    routing::get(async move |headers: HeaderMap| -> Response {
        servable.respond(&headers).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::access::TABLE;

    #[test]
    fn the_description_that_is_kept_is_that_of_the_code() {
        let (_, description) = api();
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let told = text(&description);
        if std::env::var_os("WEIR_UPDATE_SPEC").is_some() {
            std::fs::write(file, &told).unwrap();
        }
        let kept = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            kept == told,
            "server/openapi.json is not what the code says; `WEIR_UPDATE_SPEC=1 cargo test -p weir-server openapi` writes it anew"
        );
    }

    /// The page's client takes the types of a route by this name: of two that share one it would take those of the last.
    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let (_, description) = api();
        let json: serde_json::Value = serde_json::from_str(&text(&description)).unwrap();
        let items = json["paths"].as_object().unwrap().values();
        let mut names: Vec<&str> = items
            .flat_map(|item| item.as_object().unwrap().values())
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }

    #[test]
    fn every_route_has_a_row_in_the_table_and_every_row_a_route() {
        let (_, description) = api();
        let json: serde_json::Value = serde_json::from_str(&text(&description)).unwrap();
        let mut described: Vec<(String, String)> = json["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(|method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        described.push(("/api/openapi.json".to_owned(), "GET".to_owned()));
        described.sort();
        let mut table: Vec<(String, String)> = TABLE
            .iter()
            .map(|row| (row.path.to_owned(), row.method.to_owned()))
            .collect();
        table.sort();
        assert_eq!(described, table);
    }
}
