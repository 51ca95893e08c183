//! A web site with the tag on it, and a collector that only remembers: what the tag does is judged by what it sends.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use serde_json::{Value, json};
use weir_rules::release::Release;
use weir_tests::{Browsers, Visitor};

/// How long the tag may take to send what it should.
const LIMIT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// The tag comes from the browser's cache the second time.
const CACHED: (HeaderName, &str) = (header::CACHE_CONTROL, "max-age=600");

/// Without this, a page may not run WebAssembly.
const STRICT_POLICY: (HeaderName, &str) = (
    header::CONTENT_SECURITY_POLICY,
    "script-src 'self' 'unsafe-inline'",
);

/// The rules of the site, unless a test has its own.
const CONTAINER: &str = r##"{
  "weir": 1,
  "site": { "id": "test" },
  "variables": {
    "sku": { "attribute": { "name": "data-sku", "closest": ".product" } },
    "headline": { "text": { "selector": "h1" } }
  },
  "triggers": {
    "any page": { "pageview": {} },
    "buy": { "click": { "selector": ".buy" } },
    "end": { "click": { "selector": "#end" } },
    "lead": { "form": { "selector": ".lead" } },
    "seen": { "visible": { "selector": ".promo", "ratio": 0.5, "for_ms": 1000 } }
  },
  "tags": [
    { "name": "Headline", "on": ["any page"], "event": "headline", "with": { "text": "{{headline}}" } },
    { "name": "Buy", "on": ["buy"], "event": "buy", "with": { "sku": "{{sku}}", "label": "{{element.text}}" } },
    { "name": "Lead", "on": ["lead"], "event": "lead", "with": { "form": "{{form.id}}" } },
    { "name": "Seen", "on": ["seen"], "event": "impression", "with": { "item": "{{element.attr.data-promo}}" } },
    { "name": "End", "on": ["end"], "event": "end" }
  ]
}"##;

/// Under which conditions the tests of this binary run.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// The tag runs as WebAssembly.
    Wasm,
    /// The pages' policy forbids that: the tag runs as JavaScript.
    StrictPolicy,
}

/// A page of the site; the script tag stands where `{tag}` does.
pub(crate) struct Page {
    pub(crate) html: &'static str,
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

/// An event as it arrived, with the page it happened on.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) seq: u64,
    pub(crate) ts: u64,
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) referrer: String,
    pub(crate) session: String,
    pub(crate) visitor: String,
    pub(crate) fields: Value,
}

impl Event {
    /// A property that the rule took from the page.
    pub(crate) fn prop(&self, name: &str) -> &str {
        self.fields["props"][name].as_str().unwrap_or_default()
    }
}

#[derive(Default)]
struct Heard {
    /// Bodies with the status that was answered.
    requests: Vec<(u16, Value)>,
    /// The `content-type` of each.
    types: Vec<String>,
    /// How many requests asked whether they may come.
    preflights: usize,
    /// How many of them came compressed.
    packed: usize,
    /// How often the tag was asked for.
    scripts: usize,
    /// How often it asked for more.
    calls: usize,
    /// How many pages were asked for ahead of time.
    prepared: usize,
    /// Statuses of the next answers; then 204.
    answers: VecDeque<u16>,
}

/// How the site serves its tag.
pub(crate) struct Options {
    /// Its rules.
    pub(crate) container: &'static str,
    /// The type of the module; empty: it is not found.
    pub(crate) wasm_type: &'static str,
    /// Whether the module is there as JavaScript.
    pub(crate) has_script: bool,
    /// How long the module takes to arrive.
    pub(crate) delay: Duration,
    /// How long the core takes to arrive; `None`: it is not found.
    pub(crate) core: Option<Duration>,
    /// What is at the addresses that no page is at.
    pub(crate) others: fn(&Uri) -> Option<Response>,
    /// Further arguments of the browser.
    pub(crate) arguments: &'static [&'static str],
}

impl Default for Options {
    fn default() -> Self {
        Self {
            container: CONTAINER,
            wasm_type: "application/wasm",
            has_script: true,
            delay: Duration::ZERO,
            core: Some(Duration::ZERO),
            others: |_| None,
            arguments: &[],
        }
    }
}

struct Shared {
    pages: HashMap<&'static str, Page>,
    loader: String,
    /// The same of another site.
    other_loader: String,
    calls: String,
    core: Vec<u8>,
    wasm: Vec<u8>,
    script: Vec<u8>,
    options: Options,
    heard: Mutex<Heard>,
}

/// A running site with one visitor.
pub(crate) struct Site {
    address: String,
    shared: Arc<Shared>,
    pub(crate) visitor: Visitor,
}

impl Site {
    /// A site with these pages, and a visitor who has not been anywhere.
    pub(crate) async fn open(pages: &[(&'static str, &'static str)]) -> Self {
        let pages = pages
            .iter()
            .map(|(path, html)| (*path, Page { html, headers: &[] }))
            .collect();
        Self::open_as(pages, Options::default()).await
    }

    /// The same with headers, and with another way of serving the tag.
    pub(crate) async fn open_as(pages: HashMap<&'static str, Page>, options: Options) -> Self {
        let read = |name: &str| std::fs::read(dist().join(name)).expect("`make tag` builds it");
        let (loader, calls) = scripts("test", options.container);
        let shared = Arc::new(Shared {
            pages,
            loader,
            calls,
            other_loader: scripts(
                "other",
                &options.container.replacen("\"test\"", "\"other\"", 1),
            )
            .0,
            core: read("core.js"),
            wasm: read("weir_tag.wasm"),
            script: read("weir_tag.js"),
            options,
            heard: Mutex::default(),
        });
        let router = Router::new()
            .route("/t/test.js", get(script))
            .route("/t/other.js", get(other_script))
            .route("/t/test.calls.js", get(calls_script))
            .route("/t/module.core.js", get(core_script))
            .route("/t/module.wasm", get(wasm))
            .route("/t/module.js", get(module_script))
            .route("/c", post(collect).options(preflight))
            .route("/slow/{ms}", get(slow))
            .fallback(page)
            .with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let visitor = Browsers::of(crate::BROWSER)
            .visitor_with(shared.options.arguments)
            .await
            .unwrap();
        Self {
            address,
            shared,
            visitor,
        }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Opens a page and waits until its page view has arrived.
    pub(crate) async fn visit(&self, path: &str) {
        let before = self.named("pageview").len();
        self.visitor.open(&self.url(path)).await.unwrap();
        self.wait_for("pageview", before + 1).await;
    }

    /// Everything that was accepted, in the order in which it happened, but for engaged time.
    pub(crate) fn events(&self) -> Vec<Event> {
        let all = self.accepted().into_iter();
        all.filter(|event| event.name != "engagement").collect()
    }

    /// The accepted events of a name, engaged time included.
    pub(crate) fn named(&self, name: &str) -> Vec<Event> {
        let all = self.accepted().into_iter();
        all.filter(|event| event.name == name).collect()
    }

    /// Accepted events as the collector counts them: one that was sent again because nobody saw the answer is one, and what
    /// a page sends as it goes may arrive after what the next one sends.
    fn accepted(&self) -> Vec<Event> {
        let heard = self.shared.heard.lock().unwrap();
        let accepted = heard.requests.iter().filter(|(status, _)| *status == 204);
        let mut ids = HashSet::new();
        let mut events: Vec<_> = accepted
            .flat_map(|(_, body)| events_of(body))
            .filter(|event| ids.insert(event.id.clone()))
            .collect();
        events.sort_by_key(|event| event.ts);
        events
    }

    /// The names of [`events`](Self::events) without `headline`, which goes with each page view.
    pub(crate) fn names(&self) -> Vec<String> {
        self.events()
            .into_iter()
            .map(|event| event.name)
            .filter(|name| name != "headline")
            .collect()
    }

    /// Bodies with the status that each was answered with.
    pub(crate) fn requests(&self) -> Vec<(u16, Value)> {
        self.shared.heard.lock().unwrap().requests.clone()
    }

    /// The `content-type` of each request, and how many asked first whether they may come.
    pub(crate) fn types(&self) -> (Vec<String>, usize) {
        let heard = self.shared.heard.lock().unwrap();
        (heard.types.clone(), heard.preflights)
    }

    /// How many requests came compressed.
    pub(crate) fn packed(&self) -> usize {
        self.shared.heard.lock().unwrap().packed
    }

    /// How often a page has asked for the tag.
    pub(crate) fn scripts(&self) -> usize {
        self.shared.heard.lock().unwrap().scripts
    }

    /// How often the tag has asked for what few pages call.
    pub(crate) fn calls(&self) -> usize {
        self.shared.heard.lock().unwrap().calls
    }

    /// How many pages the browser has asked for before anybody wanted to see them.
    pub(crate) fn prepared(&self) -> usize {
        self.shared.heard.lock().unwrap().prepared
    }

    /// The next requests are answered so.
    pub(crate) fn answer(&self, statuses: &[u16]) {
        self.shared.heard.lock().unwrap().answers.extend(statuses);
    }

    /// Waits until so many events of a name have been accepted.
    pub(crate) async fn wait_for(&self, name: &str, count: usize) -> Vec<Event> {
        self.wait_until(|| self.named(name).len() >= count).await;
        self.named(name)
    }

    /// Waits until something is so.
    pub(crate) async fn wait_until(&self, mut is_so: impl FnMut() -> bool) {
        let end = Instant::now() + LIMIT;
        while !is_so() {
            assert!(
                Instant::now() < end,
                "did not happen; heard: {:#?}",
                self.requests()
            );
            tokio::time::sleep(POLL).await;
        }
    }

    /// Clicks `#end` and waits for its event: what has not arrived before it never will.
    pub(crate) async fn end(&self) {
        let before = self.named("end").len();
        self.visitor
            .run("document.querySelector('#end').click()")
            .await
            .unwrap();
        self.wait_for("end", before + 1).await;
    }

    /// The same where the tag may have been too busy to take the first click.
    pub(crate) async fn end_later(&self) {
        let end = Instant::now() + LIMIT;
        while self.named("end").is_empty() {
            assert!(Instant::now() < end, "`end` never arrived");
            self.visitor
                .run("document.querySelector('#end').click()")
                .await
                .unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Fails if the console holds anything but what the browser says of a policy that forbids WebAssembly.
    pub(crate) async fn assert_clean_console(&self) {
        let mut lines = self.visitor.console().await.unwrap();
        lines.retain(|line| crate::MODE == Mode::Wasm || !line.contains("WebAssembly"));
        assert_eq!(lines, Vec::<String>::new());
    }
}

fn dist() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist")
}

/// The script of a site with these rules, as the server would send it, and what it asks for with calls that it has no part
/// for.
fn scripts(site: &str, container: &str) -> (String, String) {
    let script = std::fs::read_to_string(dist().join("loader.js")).expect("`make tag` builds it");
    let container = weir_rules::check(container)
        .container
        .expect("the rules are right");
    let release = weir_rules::compile(&container, 7);
    let config = json!({
        "site": site,
        "version": 7,
        "release": base64::engine::general_purpose::STANDARD.encode(&release),
        "wasm": "/t/module.wasm",
        "collect": "/c",
    });
    assert_eq!(script.matches("__WEIR_CONFIG__").count(), 1);
    let part = |name: &str| {
        Some(std::fs::read_to_string(dist().join(format!("parts/{name}.js"))).unwrap())
    };
    let release = Release::read(&release).expect("a release");
    let settings = weir_rules::loader::settings(&config.to_string(), &release, &container, part);
    let calls = weir_rules::loader::calls(&release, &container, part);
    (script.replace("__WEIR_CONFIG__", &settings), calls)
}

fn events_of(body: &Value) -> Vec<Event> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let events = body["events"].as_array().expect("a list of events");
    let event = |event: &Value| {
        let page = &body["pages"][usize::try_from(event["page"].as_u64().unwrap()).unwrap()];
        Event {
            id: text(&event["id"]),
            name: text(&event["name"]),
            seq: event["seq"].as_u64().unwrap(),
            ts: event["ts"].as_u64().unwrap(),
            url: text(&page["url"]),
            title: text(&page["title"]),
            referrer: text(&page["referrer"]),
            session: text(&body["session"]["id"]),
            visitor: text(&body["visitor"]),
            fields: event.clone(),
        }
    };
    events.iter().map(event).collect()
}

async fn script(State(shared): State<Arc<Shared>>) -> Response {
    shared.heard.lock().unwrap().scripts += 1;
    (
        [(header::CONTENT_TYPE, "text/javascript"), CACHED],
        shared.loader.clone(),
    )
        .into_response()
}

async fn other_script(State(shared): State<Arc<Shared>>) -> Response {
    (
        [(header::CONTENT_TYPE, "text/javascript"), CACHED],
        shared.other_loader.clone(),
    )
        .into_response()
}

async fn calls_script(State(shared): State<Arc<Shared>>) -> Response {
    shared.heard.lock().unwrap().calls += 1;
    (
        [(header::CONTENT_TYPE, "text/javascript"), CACHED],
        shared.calls.clone(),
    )
        .into_response()
}

async fn core_script(State(shared): State<Arc<Shared>>) -> Response {
    let Some(delay) = shared.options.core else {
        return StatusCode::NOT_FOUND.into_response();
    };
    tokio::time::sleep(delay).await;
    (
        [(header::CONTENT_TYPE, "text/javascript"), CACHED],
        shared.core.clone(),
    )
        .into_response()
}

async fn wasm(State(shared): State<Arc<Shared>>) -> Response {
    let options = &shared.options;
    tokio::time::sleep(options.delay).await;
    if options.wasm_type.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    (
        [(header::CONTENT_TYPE, options.wasm_type), CACHED],
        shared.wasm.clone(),
    )
        .into_response()
}

async fn module_script(State(shared): State<Arc<Shared>>) -> Response {
    tokio::time::sleep(shared.options.delay).await;
    if !shared.options.has_script {
        return StatusCode::NOT_FOUND.into_response();
    }
    (
        [(header::CONTENT_TYPE, "text/javascript"), CACHED],
        shared.script.clone(),
    )
        .into_response()
}

async fn preflight(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.heard.lock().unwrap().preflights += 1;
    StatusCode::FORBIDDEN
}

async fn collect(State(shared): State<Arc<Shared>>, asked: HeaderMap, body: Bytes) -> Response {
    let mut heard = shared.heard.lock().unwrap();
    let kind = asked.get(header::CONTENT_TYPE);
    let kind = kind.map_or("", |kind| kind.to_str().unwrap_or_default());
    heard.types.push(kind.to_owned());
    let status = heard.answers.pop_front().unwrap_or(204);
    let mut unpacked = Vec::new();
    if body.starts_with(&[0x1f, 0x8b]) {
        heard.packed += 1;
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*body), &mut unpacked)
            .expect("the tag writes gzip");
    } else {
        unpacked.extend_from_slice(&body);
    }
    let body = serde_json::from_slice(&unpacked).expect("the tag writes JSON");
    heard.requests.push((status, body));
    // Pages of every other site may read the answer.
    let origin = asked.get(header::ORIGIN).cloned();
    let allowed = [
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            origin.unwrap_or(HeaderValue::from_static("*")),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        ),
    ];
    (StatusCode::from_u16(status).unwrap(), allowed).into_response()
}

/// A script that keeps the document from being whole.
async fn slow(UrlPath(ms): UrlPath<u64>) -> Response {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    ([(header::CONTENT_TYPE, "text/javascript")], "").into_response()
}

async fn page(State(shared): State<Arc<Shared>>, uri: Uri, asked: HeaderMap) -> Response {
    if asked
        .get("sec-purpose")
        .is_some_and(|purpose| purpose.as_bytes().ends_with(b"prerender"))
    {
        shared.heard.lock().unwrap().prepared += 1;
    }
    let Some(page) = shared.pages.get(uri.path()) else {
        if let Some(other) = (shared.options.others)(&uri) {
            return other;
        }
        // Browsers ask for an icon; a 404 would be in the console.
        return StatusCode::NO_CONTENT.into_response();
    };
    let html = page
        .html
        .replace("{tag}", r#"<script async src="/t/test.js"></script>"#);
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    if crate::MODE == Mode::StrictPolicy {
        headers.insert(STRICT_POLICY.0, HeaderValue::from_static(STRICT_POLICY.1));
    }
    for (name, value) in page.headers {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    (headers, html).into_response()
}
