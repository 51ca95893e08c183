//! What the tag costs a page, in Chromium: beside the empty page, a tracker written by hand (`floor.js`) and well-known
//! trackers of others, all in turns on the same page. `docs/benchmarks.md` says what each figure is.
//!
//! Needs `WEIR_TRACKERS` (`tools/setup.sh trackers`) and `make tag`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench is a program that ends when something is wrong, and says what it found"
)]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use base64::Engine as _;
use serde_json::json;
use weir_bench::{Bench, Samples};
use weir_rules::release::Release;
use weir_tests::{Browsers, Visitor};

/// How often each page is visited, at each speed.
const ROUNDS: usize = 5;
/// How long a page is left alone after it was loaded: what trackers do later belongs to their cost too.
const SETTLE: Duration = Duration::from_millis(1500);
/// Who is measured beside the empty page.
const SUBJECTS: [&str; 6] = [
    "floor",
    "weir",
    "plausible",
    "snowplow",
    "rudderstack",
    "posthog",
];
/// The container whose rules are those of the demo shop.
const SHOP: &str = "../../rules/examples/shop.json";

const BODY: &str = "<h1>Shop</h1><div class=product data-sku=7><b class=price>1 990</b>
  <button class='rule-17 buy' id=hit><span>Into the cart</span></button></div>
  <div class=product data-sku=8><div><div><button class=other id=miss><span>Nothing of ours</span></button></div></div></div>";

/// Clicks, with room between for what comes after.
const CLICKS: &str = "return (async () => {
  const inner = document.querySelector('SELECTOR span');
  for (let round = 0; round < 10; round++) {
    for (let at = 0; at < 100; at++) inner.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, composed: true }));
    await new Promise((done) => setTimeout(done, 300));
  }
})()";
const CLICK_COUNT: f64 = 1000.0;

#[derive(Default)]
struct Heard {
    /// When a page was asked for, and when it sent its first event.
    asked: HashMap<String, Instant>,
    first: HashMap<String, Duration>,
    /// Brotli bytes of what a page loads.
    bytes: HashMap<String, f64>,
}

struct Shared {
    scripts: HashMap<String, String>,
    core: Vec<u8>,
    wasm: Vec<u8>,
    heard: Mutex<Heard>,
}

fn brotli(bytes: &[u8]) -> f64 {
    let settings = brotli::enc::BrotliEncoderParams {
        quality: 11,
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &settings).expect("memory takes everything");
    f64::from(u32::try_from(packed.len()).unwrap_or(u32::MAX))
}

/// Thirty rules about clicks, each with two properties.
fn thirty_rules() -> String {
    let triggers: Vec<_> = (0..30)
        .map(|at| format!(r#""rule {at}": {{ "click": {{ "selector": ".rule-{at}" }} }}"#))
        .collect();
    let tags: Vec<_> = (0..30)
        .map(|at| {
            format!(
                r#"{{ "name": "Tag {at}", "on": ["rule {at}"], "event": "event_{at}", "with": {{ "sku": "{{{{sku}}}}", "text": "{{{{element.text}}}}" }} }}"#
            )
        })
        .collect();
    format!(
        r#"{{ "weir": 1, "site": {{ "id": "bench" }}, "variables": {{ "sku": {{ "attribute": {{ "name": "data-sku", "closest": ".product" }} }} }},
             "triggers": {{ {} }}, "tags": [ {} ] }}"#,
        triggers.join(", "),
        tags.join(", ")
    )
}

fn dist() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist")
}

/// The loader as the server would send it.
fn loader(container: &str) -> Result<String> {
    let container = weir_rules::check(container)
        .container
        .context("the rules have errors")?;
    let release = weir_rules::compile(&container, 1);
    let config = json!({
        "site": container.site.id.as_str(),
        "version": 1,
        "release": base64::engine::general_purpose::STANDARD.encode(&release),
        "wasm": "/script/module.wasm",
        "collect": "/to/weir",
    });
    let read = |name: &str| std::fs::read_to_string(dist().join(name));
    let part = |name: &str| read(&format!("parts/{name}.js")).ok();
    let Ok(release) = Release::read(&release) else {
        anyhow::bail!("the release cannot be read");
    };
    let settings = weir_rules::loader::settings(&config.to_string(), &release, &container, part);
    Ok(read("loader.js")
        .context("`make tag` builds it")?
        .replacen("__WEIR_CONFIG__", &settings, 1))
}

async fn page(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Html<String> {
    let mut heard = shared.heard.lock().unwrap();
    heard.first.remove(&name);
    heard.bytes.insert(name.clone(), 0.0);
    heard.asked.insert(name.clone(), Instant::now());
    let script = match name.as_str() {
        "empty" => String::new(),
        name => format!("<script async src=/script/{name}.js></script>"),
    };
    Html(format!(
        "<!doctype html><html><head><meta charset=utf-8><title>Shop</title><link rel=icon href=data:,>{script}</head><body>{BODY}</body></html>"
    ))
}

async fn script(State(shared): State<Arc<Shared>>, Path(file): Path<String>) -> Response {
    let (kind, bytes, of) = match file.as_str() {
        "module.wasm" => ("application/wasm", shared.wasm.clone(), "weir"),
        "module.core.js" => ("text/javascript", shared.core.clone(), "weir"),
        file => {
            let name = file.trim_end_matches(".js");
            let Some(script) = shared.scripts.get(name) else {
                return StatusCode::NOT_FOUND.into_response();
            };
            ("text/javascript", script.clone().into_bytes(), name)
        }
    };
    if let Some(sum) = shared.heard.lock().unwrap().bytes.get_mut(of) {
        *sum += brotli_once(of, &file, &bytes);
    }
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
        ],
        bytes,
    )
        .into_response()
}

/// Packing takes a second: once for each file.
fn brotli_once(of: &str, file: &str, bytes: &[u8]) -> f64 {
    static KNOWN: Mutex<Vec<(String, f64)>> = Mutex::new(Vec::new());
    let key = format!("{of} {file} {}", bytes.len());
    let mut known = KNOWN.lock().unwrap();
    if let Some((_, size)) = known.iter().find(|(other, _)| *other == key) {
        return *size;
    }
    let size = brotli(bytes);
    known.push((key, size));
    size
}

/// Whatever a tracker sends or asks of its collector.
async fn collector(
    State(shared): State<Arc<Shared>>,
    Path(rest): Path<String>,
    method: axum::http::Method,
) -> Response {
    let name = rest.split('/').next().unwrap_or_default().to_owned();
    if rest.ends_with("/config") || rest.contains("config/") {
        // What RudderStack's tracker wants to know before it begins.
        let source = json!({ "source": {
            "id": "bench", "name": "bench", "writeKey": "bench", "enabled": true, "workspaceId": "w", "updatedAt": "2026-01-01T00:00:00Z",
            "connections": [], "destinations": [], "dataplanes": {}, "config": { "statsCollection": { "errors": { "enabled": false }, "metrics": { "enabled": false } } } } });
        return axum::Json(source).into_response();
    }
    if rest.contains(".js") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let is_event =
        method == axum::http::Method::POST && !rest.contains("flags") && !rest.contains("decide");
    let mut heard = shared.heard.lock().unwrap();
    if let (true, Some(asked)) = (is_event, heard.asked.get(&name).copied()) {
        heard.first.entry(name).or_insert(asked.elapsed());
    }
    axum::Json(json!({})).into_response()
}

/// One visit: milliseconds of script and of everything, the longest task, bytes of heap, milliseconds to the first event.
struct Visit {
    script: f64,
    longest: f64,
    heap: f64,
    first: Option<f64>,
}

struct Lab {
    url: String,
    shared: Arc<Shared>,
    visitor: Visitor,
}

impl Lab {
    async fn metric(&self, name: &str) -> Result<f64> {
        let metrics = self
            .visitor
            .devtools("Performance.getMetrics", json!({}))
            .await?;
        let all = metrics["metrics"].as_array().context("no metrics")?;
        let wanted = all.iter().find(|metric| metric["name"] == name);
        let value = wanted.and_then(|metric| metric["value"].as_f64());
        value.with_context(|| format!("no `{name}`: {metrics}"))
    }

    /// Microseconds of the processor that each click costs the page, in all: the handler, what it does later, and garbage.
    async fn click(&self, name: &str, script: &str) -> Result<f64> {
        self.visitor
            .open(&format!("{}/page/{name}", self.url))
            .await?;
        tokio::time::sleep(SETTLE).await;
        let before = self.metric("ProcessTime").await?;
        self.visitor.run(script).await?;
        let spent = self.metric("ProcessTime").await? - before;
        Ok(spent * 1e6 / CLICK_COUNT)
    }

    async fn visit(&self, name: &str) -> Result<Visit> {
        // A page of the same site, so that both share a process and its clock.
        self.visitor
            .open(&format!("{}/page/between", self.url))
            .await?;
        self.visitor
            .run("localStorage.clear(); sessionStorage.clear()")
            .await?;
        // Whoever is new costs most: what is kept of them is written, not only read.
        self.visitor
            .devtools("Network.clearBrowserCookies", json!({}))
            .await?;
        let before = self.metric("ScriptDuration").await?;
        self.visitor
            .open(&format!("{}/page/{name}", self.url))
            .await?;
        tokio::time::sleep(SETTLE).await;
        // Another process begins anew.
        let after = self.metric("ScriptDuration").await?;
        let seconds = if after >= before {
            after - before
        } else {
            after
        };
        let script = seconds * 1000.0;
        let longest = self
            .visitor
            .run(
                "return new Promise((done) => {
                   let longest = 0;
                   new PerformanceObserver((list) => list.getEntries().forEach((entry) => longest = Math.max(longest, entry.duration)))
                     .observe({ type: 'longtask', buffered: true });
                   setTimeout(() => done(longest), 50);
                 })",
            )
            .await?;
        let heap = self.visitor.heap().await?;
        let first = self.shared.heard.lock().unwrap().first.get(name).copied();
        Ok(Visit {
            script,
            longest: longest.as_f64().unwrap_or_default(),
            heap,
            first: first.map(|time| time.as_secs_f64() * 1000.0),
        })
    }
}

async fn open(trackers: &std::path::Path, container: &str) -> Result<Lab> {
    let mut scripts = HashMap::from([
        ("weir".to_owned(), loader(container)?),
        ("floor".to_owned(), include_str!("floor.js").to_owned()),
    ]);
    for name in &SUBJECTS[2..] {
        let file = trackers.join(name).with_extension("js");
        scripts.insert((*name).to_owned(), std::fs::read_to_string(file)?);
    }
    let shared = Arc::new(Shared {
        scripts,
        core: std::fs::read(dist().join("core.js"))?,
        wasm: std::fs::read(dist().join("weir_tag.wasm"))?,
        heard: Mutex::default(),
    });
    let router = Router::new()
        .route("/page/{name}", get(page))
        .route("/script/{file}", get(script))
        .route("/to/{*rest}", any(collector))
        .fallback(|| async { StatusCode::NO_CONTENT })
        .with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    // Pages that the browser keeps would share the heap with the one that is measured.
    let visitor = Browsers::chromium()
        .visitor_with(&["--disable-features=BackForwardCache"])
        .await?;
    visitor.open(&format!("{url}/page/between")).await?;
    visitor.devtools("Performance.enable", json!({})).await?;
    Ok(Lab {
        url,
        shared,
        visitor,
    })
}

/// Everything that a visit costs, at one speed of the processor.
async fn loads(bench: &Bench, lab: &Lab, slowdown: u32) -> Result<()> {
    lab.visitor
        .devtools(
            "Emulation.setCPUThrottlingRate",
            json!({ "rate": slowdown }),
        )
        .await?;
    let mut script: HashMap<&str, Samples> = HashMap::new();
    let mut first: HashMap<&str, Samples> = HashMap::new();
    let mut heap: HashMap<&str, Samples> = HashMap::new();
    let mut longest: HashMap<&str, f64> = HashMap::new();
    // The first round warms everything up.
    for round in 0..=ROUNDS {
        let empty = lab.visit("empty").await?;
        let mut floor_first = None;
        let mut floor_script = 0.0;
        for name in SUBJECTS {
            let visit = lab.visit(name).await?;
            if round == 0 {
                continue;
            }
            let over = visit.script - empty.script;
            if name == "floor" {
                floor_script = over;
            }
            script.entry(name).or_default().add(over, floor_script);
            heap.entry(name).or_default().add(visit.heap, empty.heap);
            let most = longest.entry(name).or_default();
            *most = most.max(visit.longest);
            if name == "floor" {
                floor_first = visit.first;
            }
            if let (Some(time), Some(floor)) = (visit.first, floor_first) {
                first.entry(name).or_default().add(time, floor);
            }
        }
    }
    lab.visitor
        .devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 1 }))
        .await?;
    println!(
        "at a {slowdown}th of the speed; script over the empty page; heap over the empty page; longest task"
    );
    for name in SUBJECTS {
        let over = |samples: &Samples| samples.over().unwrap_or_default();
        let (script, heap) = (&script[name], &heap[name]);
        println!(
            "  {name:<12} {:>8.1} ms {:>8.0} KB {:>6.0} ms, first event {:?}",
            script.medians().unwrap_or_default().0,
            over(heap) / 1024.0,
            longest[name],
            first.get(name).and_then(Samples::medians)
        );
        let about = json!({ "slowdown": slowdown, "over": "the empty page", "longest_task_ms": longest[name],
            "brotli_bytes": lab.shared.heard.lock().unwrap().bytes.get(name).copied() });
        if name != "floor" {
            bench.record(
                &format!("page_script_{slowdown}x_{name}"),
                &format!("page_script_{slowdown}x_floor"),
                "ms",
                script,
                &about,
            )?;
        }
        if slowdown == 1 {
            bench.record(
                &format!("page_heap_{name}"),
                "page_heap_empty",
                "bytes",
                heap,
                &json!({ "over_empty": over(heap) }),
            )?;
        }
        if let (Some(first), true) = (first.get(name), name != "floor") {
            bench.record(
                &format!("page_first_event_{slowdown}x_{name}"),
                &format!("page_first_event_{slowdown}x_floor"),
                "ms",
                first,
                &json!({ "slowdown": slowdown }),
            )?;
        }
    }
    Ok(())
}

/// The processor's time and not the clock's: whoever takes longer is interrupted more often on a busy machine.
/// Trackers of others are not asked: none of them records these clicks.
async fn clicks(bench: &Bench, lab: &Lab) -> Result<()> {
    for (name, selector) in [("hit", "#hit"), ("miss", "#miss")] {
        let script = CLICKS.replace("SELECTOR", selector);
        let mut samples = Samples::default();
        for _ in 0..ROUNDS {
            let empty = lab.click("empty", &script).await?;
            let floor = lab.click("floor", &script).await? - empty;
            let weir = lab.click("weir", &script).await? - empty;
            samples.add(weir, floor);
        }
        bench.record(
            &format!("page_click_{name}_weir"),
            &format!("page_click_{name}_floor"),
            "us",
            &samples,
            &json!({ "triggers": 30, "over": "the empty page" }),
        )?;
    }
    Ok(())
}

/// Where the time of a click that fires a rule goes: functions by the share of samples in them, the most first.
async fn profile(lab: &Lab) -> Result<()> {
    let send = |command| lab.visitor.devtools(command, json!({}));
    lab.visitor.open(&format!("{}/page/weir", lab.url)).await?;
    tokio::time::sleep(SETTLE).await;
    send("Profiler.enable").await?;
    lab.visitor
        .devtools("Profiler.setSamplingInterval", json!({ "interval": 100 }))
        .await?;
    send("Profiler.start").await?;
    lab.visitor.run(&CLICKS.replace("SELECTOR", "#hit")).await?;
    let profile = send("Profiler.stop").await?["profile"].clone();
    let mut shares: HashMap<String, f64> = HashMap::new();
    for node in profile["nodes"].as_array().context("no profile")? {
        let name = node["callFrame"]["functionName"]
            .as_str()
            .unwrap_or_default();
        let at = &node["callFrame"]["columnNumber"];
        let hits = node["hitCount"].as_f64().unwrap_or_default();
        if !name.starts_with("(idle") && !name.starts_with("(program") {
            *shares.entry(format!("{name} {at}")).or_default() += hits;
        }
    }
    let all: f64 = shares.values().sum();
    let mut shares: Vec<_> = shares.into_iter().collect();
    shares.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (name, hits) in shares.iter().take(25) {
        println!("{:>5.1} %  {name}", 100.0 * hits / all);
    }
    Ok(())
}

async fn measure() -> Result<()> {
    let bench = Bench::from_arguments();
    if !["page_load", "page_click", "page_profile"]
        .iter()
        .any(|name| bench.wants(name))
    {
        return Ok(());
    }
    let trackers = std::env::var_os("WEIR_TRACKERS")
        .map(PathBuf::from)
        .context("`WEIR_TRACKERS` must be what `tools/setup.sh trackers` prints")?;
    if bench.wants("page_load") {
        let shop =
            std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(SHOP))?;
        let lab = open(&trackers, &shop).await?;
        for slowdown in [1, 4] {
            loads(&bench, &lab, slowdown).await?;
        }
    }
    if bench.wants("page_click") {
        let lab = open(&trackers, &thirty_rules()).await?;
        clicks(&bench, &lab).await?;
    }
    if bench.wants("page_profile") {
        let lab = open(&trackers, &thirty_rules()).await?;
        profile(&lab).await?;
    }
    Ok(())
}

fn main() -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(measure())
}
