//! `GET {prefix}<site>.js`, `GET {prefix}<site>.calls.js`, `GET {prefix}<hash>.wasm` and, where a page forbids that, `GET {prefix}<hash>.js`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERER, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use url::Url;

use super::{ApiError, App};
use crate::funnel::is_identifier;

/// What is behind the name of the site, where it is the file for calls of the page.
const CALLS: &str = ".calls";

/// A site's script, or what it asks for besides, or the module.
pub(super) async fn file(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Some(module) = app.build.shared_file(&file) {
        return module.respond(&headers);
    }
    let Some(site) = file.strip_suffix(".js") else {
        return ApiError::not_found().into_response();
    };
    let (site, is_calls) = match site.strip_suffix(CALLS) {
        Some(site) => (site, true),
        None => (site, false),
    };
    let published = app.published.load();
    let Some(known) = published.sites.get(site) else {
        return missing(
            site,
            "is not known to this server: look at the name, and at --container",
        );
    };
    let by_page = !known.tried.is_empty();
    // Both environments' pages may carry the same line. A page that names no host gets what is live, and its visits are still
    // told apart by where they come from.
    let known = match page_host(&headers) {
        Some(host) if by_page => published.for_page(known, &host),
        _ => known,
    };
    let script = known.release.as_ref().and_then(|release| {
        if is_calls {
            release.calls.as_ref()
        } else {
            release.script.as_ref()
        }
    });
    match script {
        Some(script) => {
            known.asked.note(app.accounts.now_ms());
            let mut response = script.respond(&headers);
            if by_page {
                let answers = response.headers_mut();
                answers.append(VARY, HeaderValue::from_static("referer"));
            }
            response
        }
        None if known.is_sample() => missing(site, "is the read-only sample: it takes no events"),
        None => missing(
            site,
            "has a container with errors and no earlier release: `weir check` names them",
        ),
    }
}

/// The host of the page that asks: lower case, without a port.
fn page_host(headers: &HeaderMap) -> Option<String> {
    let page = Url::parse(headers.get(REFERER)?.to_str().ok()?).ok()?;
    page.host_str().map(str::to_owned)
}

/// A comment for whoever looks into the developer tools for why nothing is collected.
fn missing(site: &str, why: &str) -> Response {
    // INVARIANT: a name that was asked for is repeated only when it cannot end the comment.
    let site = if is_identifier(site) {
        format!("the site `{site}`")
    } else {
        "this site".to_owned()
    };
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (
        StatusCode::NOT_FOUND,
        headers,
        format!("/* weir: {site} {why} */\n"),
    )
        .into_response()
}
