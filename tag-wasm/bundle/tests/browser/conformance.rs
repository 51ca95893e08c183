//! The golden cases of `rules/spec` in Chromium: the same release, on the real document, by the module that every page gets,
//! must send what the cases say. Each case has a page of its own at the address it names, so that location, cookies, storage,
//! language and document are the browser's.
//!
//! The pages are `http:` here, because the test's server has no certificates: the scheme of their host is replaced throughout
//! a case. `WEIR_CASES=540,2010` runs only those.

#[path = "../../../../rules/tests/spec/mod.rs"]
mod spec;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use serde_json::{Value as Json, json};
use weir_rules::release::{EventKind, Release};
use weir_tests::Browsers;

use spec::Step;

/// How long one case may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The page of cases that name none.
const FIRST_PAGE: &str = "https://shop.example/";
const POLL: Duration = Duration::from_millis(50);
/// The same as a page in memory has.
const NOON_MS: u64 = 1_767_268_800_000;
const DESKTOP: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

struct Cases {
    all: Vec<Json>,
    tasks: Vec<Json>,
    script: String,
    wasm: String,
    done: Mutex<Vec<Json>>,
}

/// Builds the tag without its listeners, and returns where it is.
pub(crate) fn build() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("direct");
    let built = Command::new(env!("CARGO_BIN_EXE_weir-bundle"))
        .arg("direct")
        .arg(&folder)
        .status()
        .unwrap();
    assert!(built.success(), "the test build of the tag failed");
    folder
}

/// What a case looks like where its page is `http:`.
fn without_tls(case: &Json) -> Json {
    let address = case["page"]["url"].as_str().unwrap_or(FIRST_PAGE);
    let after_scheme = address.strip_prefix("https://").unwrap();
    let host = after_scheme.split(['/', '?', '#']).next().unwrap();
    let mut text = case.to_string();
    for colon in ["://", "%3A%2F%2F"] {
        text = text.replace(
            &format!("https{colon}{host}"),
            &format!("http{colon}{host}"),
        );
    }
    serde_json::from_str(&text).unwrap()
}

/// The task that the page is given.
fn task(case: &Json) -> Json {
    let bytes = spec::release(case);
    let release = Release::read(&bytes).unwrap();
    let about = &case["page"];
    let or = |value: &Json, otherwise: Json| {
        if value.is_null() {
            otherwise
        } else {
            value.clone()
        }
    };
    let steps: Vec<Json> = spec::steps(case, &release)
        .into_iter()
        .map(|step| match step {
            Step::View => json!({ "view": true }),
            Step::Wait(wait_ms) => json!({ "wait_ms": wait_ms }),
            Step::Session | Step::Consent(_) => Json::Null,
            Step::Happens(it) => json!({
                "kind": it.kind as u32,
                "is_click": matches!(it.kind, EventKind::Click | EventKind::RageClick),
                "element": it.element,
                "trigger": it.trigger.map_or(0, |id| id.index() + 1),
                "number": it.number,
                "name": it.name,
            }),
        })
        .collect();
    let device = &about["device"];
    let privacy = release.privacy();
    let states: serde_json::Map<String, Json> = release
        .consent()
        .map(|(category, granted)| (category.to_owned(), granted.into()))
        .collect();
    json!({
        "privacy": [privacy.keep_query, privacy.redact],
        "states": states,
        "release": base64::engine::general_purpose::STANDARD.encode(&bytes),
        "steps": steps,
        "page": {
            "now_ms": or(&about["now_ms"], NOON_MS.into()),
            "random": about["random"].as_str().map_or(0.0, |it| it.parse::<f64>().unwrap()),
            "language": or(&about["language"], "".into()),
            "referrer": or(&about["referrer"], "".into()),
            "user_agent": user_agent(device["type"].as_str().unwrap_or("desktop")),
            "width": or(&device["width"], 1920.into()),
            "height": or(&device["height"], 1080.into()),
            "cookies": or(&about["cookies"], json!({})),
            "local_storage": or(&about["local_storage"], json!({})),
            "session_storage": or(&about["session_storage"], json!({})),
            "data_layer": about["data_layer"],
            "globals": or(&about["globals"], json!({})),
            "detail": about["detail"],
            "session": about["session"],
        },
    })
}

fn user_agent(device: &str) -> &'static str {
    match device {
        "desktop" => DESKTOP,
        "mobile" => "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148",
        "tablet" => "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X)",
        "tv" => "Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0)",
        other => panic!("no device {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn golden_cases_are_the_same_in_a_browser() {
    let folder = build();
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let chosen = std::env::var("WEIR_CASES").ok();
    let is_chosen = |case: &Json| {
        let number = case["number"].to_string();
        let mut numbers = chosen.as_deref().unwrap_or(&number).split(',');
        numbers.any(|wanted| wanted == number)
    };
    let cases: Vec<Json> = spec::cases()
        .iter()
        .filter(|case| is_for_browsers(case) && is_chosen(case))
        .map(without_tls)
        .collect();
    assert!(
        cases.len() >= 250 || chosen.is_some(),
        "{} cases",
        cases.len()
    );
    let shared = Arc::new(Cases {
        script: String::from_utf8(read("direct.js")).unwrap() + include_str!("conformance.js"),
        wasm: base64::engine::general_purpose::STANDARD.encode(read("direct.wasm")),
        tasks: cases.iter().map(task).collect(),
        all: cases.clone(),
        done: Mutex::default(),
    });
    let router = Router::new()
        .route("/weir-test/script.js", get(script))
        .route("/weir-test/next", get(next))
        .route("/weir-test/result", post(result))
        .fallback(page)
        .with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rules = format!(
        "--host-resolver-rules=MAP * {}",
        listener.local_addr().unwrap()
    );
    tokio::spawn(async move { axum::serve(listener, router).await });
    let browsers = Browsers::chromium();
    let plain = "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable";
    let visitor = browsers.visitor_with(&[&rules, plain]).await.unwrap();
    visitor
        .open("http://shop.example/weir-test/next")
        .await
        .unwrap();
    let mut before = 0;
    let mut since = Instant::now();
    loop {
        let done = shared.done.lock().unwrap().len();
        if done >= cases.len() {
            break;
        }
        if done > before {
            (before, since) = (done, Instant::now());
        }
        let case = &cases[done];
        if since.elapsed() > LIMIT {
            let console = visitor.console().await;
            panic!(
                "case {}, {}: no answer from the page; its console: {console:?}",
                case["number"], case["about"]
            );
        }
        tokio::time::sleep(POLL).await;
    }
    // Everything has been reported: how the browser ends does not matter.
    let _ = visitor.leave().await;
    let done = shared.done.lock().unwrap();
    let failures: Vec<String> = cases
        .iter()
        .zip(done.iter())
        .filter_map(|(case, result)| {
            let (wanted, found) = (wanted(case), found(result));
            (found != wanted).then(|| {
                format!(
                    "case {}, {}\nexpected {wanted}\nfound    {found}",
                    case["number"], case["about"]
                )
            })
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

/// Whether a case is about what no page can be told yet without the loader: an answer about consent, another session, a
/// visitor of a certain number. Nor can the test's server show where an address without a scheme leads from `https:`.
fn is_for_browsers(case: &Json) -> bool {
    let about = &case["page"];
    let html = about["html"].as_str().unwrap_or_default();
    let is_about_tls = case["container"].to_string().contains(r#""url":"scheme""#);
    if html.contains("\"//") || html.contains("=//") || is_about_tls {
        return false;
    }
    // A browser keeps no cookie of more than four kilobytes, and a session that begins here begins on this page.
    let mut cookies = about["cookies"].as_object().into_iter().flatten();
    let address = about["url"].as_str().unwrap_or(FIRST_PAGE);
    let session = &about["session"];
    if cookies.any(|(_, value)| value.to_string().len() > 600)
        || session["is_new"] == true && session["landing_page"] != address
    {
        return false;
    }
    let told = ["consent", "visitor"]
        .iter()
        .any(|key| !about[key].is_null());
    let steps = case["do"].as_array().unwrap();
    let later = |step: &Json| step == "new session" || step["consent"].is_object();
    !told && !steps.iter().any(later)
}

/// Events, and whatever else is done, step by step. A page knows nothing of the tags behind the latter, and does nothing that
/// waits for an answer.
fn wanted(case: &Json) -> Json {
    let step = |firings: &Json| {
        let mut events = Vec::new();
        let mut acts = Vec::new();
        for firing in firings.as_array().unwrap() {
            let mut firing = firing.as_object().unwrap().clone();
            if firing.remove("waits").is_some() {
                continue;
            }
            if firing.contains_key("event") {
                events.push(Json::Object(firing));
            } else {
                firing.remove("tag");
                firing.remove("trigger");
                acts.push(Json::Object(firing));
            }
        }
        json!([events, acts])
    };
    case["expect"]
        .as_array()
        .unwrap()
        .iter()
        .map(step)
        .collect()
}

/// What the page has done, in the same form; else what went wrong.
fn found(result: &Json) -> Json {
    let Some(steps) = result["found"].as_array() else {
        return result.clone();
    };
    let step = |done: &Json| {
        let events = done["events"].as_array().unwrap().iter();
        let events: Vec<_> = events.map(spec::seen).collect();
        json!([events, done["acts"]])
    };
    steps.iter().map(step).collect()
}

async fn script(State(cases): State<Arc<Cases>>) -> Response {
    let script = format!("{}\nwindow.weirWasm = '{}';", cases.script, cases.wasm);
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=600"),
    ];
    (headers, script).into_response()
}

async fn result(State(cases): State<Arc<Cases>>, body: Bytes) -> StatusCode {
    let result = serde_json::from_slice(&body).unwrap();
    cases.done.lock().unwrap().push(result);
    StatusCode::NO_CONTENT
}

async fn next(State(cases): State<Arc<Cases>>) -> Response {
    let done = cases.done.lock().unwrap().len();
    let Some(case) = cases.all.get(done) else {
        return "done".into_response();
    };
    let address = case["page"]["url"]
        .as_str()
        .unwrap_or("http://shop.example/");
    Redirect::temporary(&ascii(address)).into_response()
}

/// An address as a header can carry it; the browser makes the rest of it alike.
fn ascii(address: &str) -> String {
    address
        .bytes()
        .map(|byte| match byte {
            b'!'..=b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

async fn page(State(cases): State<Arc<Cases>>, headers: HeaderMap) -> Response {
    // What is no document is an image or the like: nothing of this server.
    let accepted = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    if accepted.is_none_or(|it| !it.contains("text/html")) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let done = cases.done.lock().unwrap().len();
    let Some(case) = cases.all.get(done) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    let html = case["page"]["html"].as_str().unwrap_or_default();
    let html = html
        .get(..15)
        .filter(|start| start.eq_ignore_ascii_case("<!doctype html>"))
        .map_or(html, |start| &html[start.len()..]);
    // What follows could close the script that it stands in.
    let task = cases.tasks[done].to_string().replace('<', "\\u003c");
    let page = format!(
        "<!doctype html><script data-weir-test src=\"/weir-test/script.js\"></script>\
         <script data-weir-test>weirCase(weirWasm, {task})</script>{html}"
    );
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
