//! The web application and the demo shop: embedded files.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, Method, StatusCode, Uri};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{ApiError, App, guard};
use crate::assets::{DemoShop, Page, content_type, is_text};
use crate::config::DEFAULT_TAG_PREFIX;
use crate::demo_shop::SHOP;
use crate::servable::Servable;

/// Revalidated at every load: the files change with the binary.
const CACHE: &str = "no-cache";
/// Files whose names change with what is in them.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Where the web application's build puts those.
const HASHED: &str = "assets/";
const INDEX: &str = "index.html";
/// First parts of addresses that are pages of the web application: all are the same file, which reads the address itself
/// (`PAGES` in ui/src/router.svelte.ts).
const PAGES: [&str; 8] = [
    "setup", "sign-in", "invite", "reset", "new-site", "sites", "people", "account",
];
/// The part of the demo shop that is a single-page app: every path of it is one file.
const APP: &str = "app/";

/// Whatever no route has: a page of the web application, or nothing. Not routes, because the tag's prefix may be any path.
pub(super) async fn page_or_nothing(
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let first = uri.path().split('/').nth(1).unwrap_or_default();
    if uri.path() != "/" && !PAGES.contains(&first) {
        return Err(ApiError::not_found());
    }
    if method != Method::GET && method != Method::HEAD {
        return Err(ApiError::wrong_method());
    }
    let mut response = serve::<Page>(INDEX, &headers).ok_or_else(ApiError::not_found)?;
    guard::protect_page(&mut response);
    Ok(response)
}

pub(super) async fn page_file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let found = if path.starts_with(HASHED) {
        hashed(&path, &headers)
    } else {
        serve::<Page>(&path, &headers)
    };
    found.unwrap_or_else(|| ApiError::not_found().into_response())
}

/// A file named by its content, with the compressed forms that the build put beside it.
fn hashed(path: &str, headers: &HeaderMap) -> Option<Response> {
    let get = |end: &str| Page::get(&format!("{path}{end}")).map(|file| file.data.into_owned());
    let made = Servable::made(
        get("")?,
        get(".br"),
        get(".gz"),
        content_type(path),
        FOREVER,
    );
    Some(made.respond(headers))
}

/// Relative links of the shop count from its folder.
pub(super) async fn demo_redirect() -> Redirect {
    Redirect::permanent("/demo/")
}

pub(super) async fn demo(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    Shop {
        prefix: &app.tag_prefix,
        headers: &headers,
    }
    .answer("")
}

pub(super) async fn demo_file(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    Shop {
        prefix: &app.tag_prefix,
        headers: &headers,
    }
    .answer(&path)
}

/// The demo shop, as one request sees it.
struct Shop<'a> {
    prefix: &'a str,
    headers: &'a HeaderMap,
}

impl Shop<'_> {
    fn answer(&self, path: &str) -> Response {
        let folder = path.is_empty() || path.ends_with('/');
        let index = if folder {
            format!("{path}{INDEX}")
        } else {
            format!("{path}/{INDEX}")
        };
        let found = (!folder).then(|| self.file(path)).flatten();
        found
            .or_else(|| self.file(&index))
            .or_else(|| {
                path.starts_with(APP)
                    .then(|| self.file(&format!("{APP}{INDEX}")))
                    .flatten()
            })
            .unwrap_or_else(|| self.missing())
    }

    fn missing(&self) -> Response {
        let mut response = self
            .file("404.html")
            .unwrap_or_else(|| ApiError::not_found().into_response());
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    }

    /// The pages load the tag from where it is by default; a server may have it elsewhere.
    fn file(&self, path: &str) -> Option<Response> {
        if self.prefix == DEFAULT_TAG_PREFIX || !path.ends_with(".html") {
            return serve::<DemoShop>(path, self.headers);
        }
        let text = String::from_utf8(DemoShop::get(path)?.data.into_owned()).ok()?;
        let text = text.replace(&quoted(DEFAULT_TAG_PREFIX), &quoted(self.prefix));
        Some(Servable::quick(text, content_type(path), CACHE).respond(self.headers))
    }
}

/// The tag's address in a page of the shop.
fn quoted(prefix: &str) -> String {
    format!("src=\"{prefix}{SHOP}.js\"")
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
