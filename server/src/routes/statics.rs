//! The page at `/` and the demo shop: embedded files.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::ApiError;
use crate::assets::{DemoShop, Page, content_type, is_text};
use crate::servable::Servable;

/// Revalidated at every load: the files change with the binary.
const CACHE: &str = "no-cache";
const INDEX: &str = "index.html";
/// The part of the demo shop that is a single-page app: every path of it is one file.
const APP: &str = "app/";

pub(super) async fn page(headers: HeaderMap) -> Response {
    serve::<Page>(INDEX, &headers).unwrap_or_else(|| ApiError::not_found().into_response())
}

pub(super) async fn page_file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    serve::<Page>(&path, &headers).unwrap_or_else(|| ApiError::not_found().into_response())
}

/// Relative links of the shop count from its folder.
pub(super) async fn demo_redirect() -> Redirect {
    Redirect::permanent("/demo/")
}

pub(super) async fn demo(headers: HeaderMap) -> Response {
    demo_path("", &headers)
}

pub(super) async fn demo_file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    demo_path(&path, &headers)
}

fn demo_path(path: &str, headers: &HeaderMap) -> Response {
    let folder = path.is_empty() || path.ends_with('/');
    let index = if folder {
        format!("{path}{INDEX}")
    } else {
        format!("{path}/{INDEX}")
    };
    let found = (!folder)
        .then(|| serve::<DemoShop>(path, headers))
        .flatten();
    let found = found.or_else(|| serve::<DemoShop>(&index, headers));
    let in_app = path.starts_with(APP);
    found
        .or_else(|| {
            in_app
                .then(|| serve::<DemoShop>(&format!("{APP}{INDEX}"), headers))
                .flatten()
        })
        .unwrap_or_else(|| missing(headers))
}

fn missing(headers: &HeaderMap) -> Response {
    match serve::<DemoShop>("404.html", headers) {
        Some(mut response) => {
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
        None => ApiError::not_found().into_response(),
    }
}

fn serve<Files: RustEmbed>(path: &str, headers: &HeaderMap) -> Option<Response> {
    let EmbeddedFile { data, .. } = Files::get(path)?;
    let kind = content_type(path);
    let body = data.into_owned();
    let servable = if is_text(kind) {
        Servable::quick(body, kind, CACHE)
    } else {
        Servable::plain(body, kind, CACHE)
    };
    Some(servable.respond(headers))
}
