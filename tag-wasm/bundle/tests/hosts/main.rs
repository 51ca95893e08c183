//! Themes and applications that other people made, with the tag and without it: they must behave the same. Each page is opened
//! twice, everything on it that can be clicked or sent is, and what happens is compared: errors, layout shifts, where the page
//! wants to go and when, and what is on it in the end. Needs `WEIR_HOSTS`, which `tools/setup.sh hosts` prints.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in a function that several tests share"
)]
#![expect(dead_code, reason = "the site can do more than is asked for here")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

#[path = "../browser/site.rs"]
mod site;

use site::{Options, Site};

const BROWSER: weir_tests::Brand = weir_tests::Brand::Chromium;
const MODE: site::Mode = site::Mode::Wasm;

/// What the page is watched by, before anything else on it runs.
const RECORDER: &str = include_str!("recorder.js");
/// Clicks and sends what there is. Returns what was seen.
const SCENARIO: &str = include_str!("scenario.js");
/// Listens for everything there is.
const RULES: &str = r##"{
  "weir": 1, "site": { "id": "test" },
  "triggers": {
    "button": { "click": { "selector": "button, [role=button], .btn" } }, "link": { "click": { "selector": "a[href]" } },
    "form": { "form": {} }, "tried": { "form": { "stage": "attempt" } }, "seen": { "visible": { "selector": "h1, h2, img", "ratio": 0.5, "for_ms": 100 } },
    "field": { "field": { "selector": "input", "on": "focus" } }, "new": { "appears": { "selector": "li" } }, "deep": { "scroll": { "percent": [50] } },
    "address": { "history": {} }, "pushed": { "custom": { "matches": "." } }, "mistake": { "error": {} }, "raging": { "rage_click": {} },
    "leaving": { "exit_intent": {} }, "copied": { "copy": {} }, "speed": { "web_vitals": {} }, "film": { "video": { "on": "start" } },
    "tick": { "timer": { "every_ms": 1000, "limit": 2, "clock": "wall" } }, "loaded": { "window_loaded": {} }
  },
  "tags": [
    { "name": "Button", "on": ["button"], "event": "button", "with": { "text": "{{element.text}}" } },
    { "name": "Rest", "on": ["link", "form", "tried", "seen", "field", "new", "deep", "address", "pushed", "mistake", "raging", "leaving", "copied", "speed", "film", "tick", "loaded"], "event": "rest" }
  ]
}"##;

/// Of a theme, its first page and some that are built in another way.
const THEMES: [&str; 16] = [
    "agency/index.html",
    "clean-blog/index.html",
    "clean-blog/contact.html",
    "creative/index.html",
    "freelancer/index.html",
    "grayscale/index.html",
    "html5-boilerplate/index.html",
    "landing-page/index.html",
    "new-age/index.html",
    "one-page-wonder/index.html",
    "resume/index.html",
    "sb-admin/index.html",
    "sb-admin/login.html",
    "sb-admin/tables.html",
    "simple-sidebar/index.html",
    "stylish-portfolio/index.html",
];

/// Applications, by what they are built with.
const APPLICATIONS: [&str; 9] = [
    "react", "vue", "svelte", "solid", "preact", "lit", "htmx", "alpine", "angular",
];

fn folder() -> PathBuf {
    std::env::var_os("WEIR_HOSTS")
        .expect("`WEIR_HOSTS` must be what `tools/setup.sh hosts` prints")
        .into()
}

fn kind_of(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|it| it.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript",
        "css" => "text/css",
        "svg" => "image/svg+xml",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

/// A file of the hosts; a page with the recorder, and with the tag unless the address says `plain`.
fn host_file(uri: &Uri) -> Option<Response> {
    let path = uri.path().trim_start_matches('/');
    if path.is_empty() || path.split('/').any(|part| part == "..") {
        return None;
    }
    if path == "sent" {
        return Some("sent".into_response());
    }
    let folder = folder();
    let mut file = folder.join(path);
    if file.is_dir() || !file.exists() && file.extension().is_none() {
        // Routes of an application are its first page.
        file = folder.join(path.split('/').next()?).join("index.html");
    }
    let Ok(mut bytes) = std::fs::read(&file) else {
        return Some(StatusCode::NOT_FOUND.into_response());
    };
    let kind = kind_of(&file);
    if kind.starts_with("text/html") && !path.ends_with("part.html") {
        let tag = match uri.query() {
            Some("plain") => "",
            _ => "<script async src=/t/test.js></script>",
        };
        let html = String::from_utf8_lossy(&bytes);
        let head = html.find("<head>").map_or(0, |at| at + "<head>".len());
        let (before, after) = html.split_at(head);
        bytes = format!("{before}<script>{RECORDER}</script>{tag}{after}").into_bytes();
    }
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Some((headers, bytes).into_response())
}

async fn site() -> Site {
    let options = Options {
        container: RULES,
        others: host_file,
        // What themes load from elsewhere must not decide how the test ends.
        arguments: &["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        ..Options::default()
    };
    Site::open_as(HashMap::new(), options).await
}

/// What a visit came to, and what the console holds.
async fn visit(site: &Site, url: &str) -> (Value, Vec<String>) {
    site.visitor.open(url).await.unwrap();
    let seen = site.visitor.run(SCENARIO).await.unwrap();
    let mut lines = site.visitor.console().await.unwrap();
    for line in &mut lines {
        *line = line.replace("?plain", "").replace("?with", "");
    }
    lines.sort();
    lines.dedup();
    (seen, lines)
}

async fn compare(site: &Site, page: &str) {
    let url = site.url(&format!("/{page}"));
    let (plain, plain_console) = visit(site, &format!("{url}?plain")).await;
    let before = site.named("pageview").len();
    let (with, with_console) = visit(site, &format!("{url}?with")).await;
    site.visitor.leave().await.unwrap();
    site.wait_for("pageview", before + 1).await;

    let steps = |seen: &Value| seen["steps"].as_array().unwrap().clone();
    for (at, (plain, with)) in steps(&plain).iter().zip(steps(&with).iter()).enumerate() {
        assert_eq!(with, plain, "{page}, step {at}");
    }
    for what in ["steps", "errors", "text", "count"] {
        assert_eq!(with[what], plain[what], "{page}: {what}");
    }
    assert!(
        steps(&plain).len() > 5 || page.starts_with("html5"),
        "{page}: {plain}"
    );
    assert_no_shift(site, &url, &plain, &with).await;
    let new: Vec<_> = with_console
        .iter()
        .filter(|line| !plain_console.contains(line))
        .collect();
    assert!(new.is_empty(), "{page}: {new:?}");
}

/// The tag moves nothing. Pictures that arrive late do, now with the one visit and now with the other: a page that seems to
/// jump about because of the tag is visited again, and the quietest visit with it counts.
async fn assert_no_shift(site: &Site, url: &str, plain: &Value, with: &Value) {
    let shifts = |seen: &Value| seen["shifts"].as_f64().unwrap();
    let (mut plain, mut with) = (shifts(plain), shifts(with));
    for _ in 0..4 {
        if with <= plain + 0.01 {
            return;
        }
        plain = plain.max(shifts(&visit(site, &format!("{url}?plain")).await.0));
        with = with.min(shifts(&visit(site, &format!("{url}?with")).await.0));
    }
    assert!(with <= plain + 0.01, "{url}: {with} for {plain}");
}

async fn compare_all(pages: &[&str]) {
    let site = site().await;
    for page in pages {
        compare(&site, page).await;
    }
    assert!(
        !site.named("rest").is_empty(),
        "the tag was there, and heard something"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn themes_behave_as_without_the_tag() {
    compare_all(&THEMES[..8]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn further_themes_behave_as_without_the_tag() {
    compare_all(&THEMES[8..]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_behave_as_without_the_tag() {
    let pages: Vec<String> = APPLICATIONS.iter().map(|name| format!("{name}/")).collect();
    let pages: Vec<_> = pages.iter().map(String::as_str).collect();
    compare_all(&pages).await;
}

/// What makes an application one: clicks, forms and routes are heard whatever draws the page.
#[tokio::test(flavor = "multi_thread")]
async fn applications_are_heard() {
    let site = site().await;
    for name in APPLICATIONS {
        let here = |site: &Site, event: &str, path: &str| {
            let place = format!("/{name}/{path}");
            site.named(event)
                .iter()
                .filter(|it| it.url.contains(&place))
                .count()
        };
        site.visitor
            .open(&site.url(&format!("/{name}/")))
            .await
            .unwrap();
        site.wait_until(|| here(&site, "pageview", "") >= 1).await;
        site.visitor
            .wait_until("document.querySelector('#app').textContent || document.querySelector('shop-app')?.shadowRoot?.querySelector('#count')")
            .await
            .unwrap();
        site.visitor
            .run(
                "const all = (root) => [...root.querySelectorAll('*')].flatMap((one) => [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
                 const find = (selector) => all(document).find((one) => one.matches(selector));
                 (find('#count') || find('#load')).click();
                 find('#todo button').click();
                 const link = all(document).find((one) => one.localName === 'a' && one.textContent === 'About');
                 if (link) link.click();",
            )
            .await
            .unwrap();
        site.wait_until(|| here(&site, "button", "") >= 2 && here(&site, "rest", "") >= 2)
            .await;
        if !["alpine", "htmx"].contains(&name) {
            site.wait_until(|| here(&site, "pageview", "about") == 1)
                .await;
        }
    }
}
