//! `GET /container.schema.json`: what editors read to complete and explain containers.

use std::sync::LazyLock;

use axum::extract::RawQuery;
use axum::response::{IntoResponse, Response};
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use http::{HeaderMap, HeaderValue, StatusCode};
use weir_rules::{Lang, json_schema};

use super::ApiError;
use crate::servable::Servable;

const TYPE: &str = "application/schema+json";
/// Revalidated at every load: it changes with the binary.
const CACHE: &str = "public, no-cache";

static ENGLISH: LazyLock<Servable> = LazyLock::new(|| made(Lang::En));
static RUSSIAN: LazyLock<Servable> = LazyLock::new(|| made(Lang::Ru));

fn made(lang: Lang) -> Servable {
    Servable::compressed(json_schema(lang), TYPE, CACHE)
}

/// The schema, in English or, with `?lang=ru`, in Russian. Editors in web pages of any origin may read it.
pub(super) async fn container_schema(RawQuery(query): RawQuery, request: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let mut response = match query.split('&').find_map(|pair| pair.strip_prefix("lang=")) {
        None | Some("en") => ENGLISH.respond(&request),
        Some("ru") => RUSSIAN.respond(&request),
        Some(_) => ApiError::new(
            StatusCode::BAD_REQUEST,
            "unknown_language",
            "the schema is not there in this language",
            "leave `lang` out for English, or write `?lang=ru` for Russian",
        )
        .into_response(),
    };
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
