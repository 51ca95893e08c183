//! A click, evaluated by the module that every page gets, in Chromium: releases with 20, 200 and 2,000 triggers of which three
//! are about the clicked element, against the same rules as a `match` written by hand in the same module, and against a
//! release that has only those three. `rules/benches/evaluate.rs` is the same natively.

#![expect(
    clippy::print_stderr,
    reason = "a bench is a program that says what it does"
)]

#[path = "../../../rules/benches/rules.rs"]
#[expect(dead_code, reason = "the page has the address of the bench")]
mod rules;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use serde_json::{Value, json};
use weir_bench::{Bench, Samples};
use weir_tests::{Browsers, Visitor};

/// Sizes of releases that are compared with the hand-written rules.
const SIZES: [usize; 3] = [20, 200, 2000];
/// How often each side is measured.
const ROUNDS: usize = 25;
/// Clicks in one measurement.
const CLICKS: u32 = 400;

/// Microseconds that a click takes, by the rules of the release or by hand.
const MEASURE: &str = "const target = document.querySelector(SELECTOR);
  const begun = performance.now();
  for (let at = 0; at < CLICKS; at++) if (window.weirDirect.count(target, BY_HAND) !== 3) throw new Error('not three events');
  return (performance.now() - begun) * 1000 / CLICKS;";

struct Pages {
    visitor: Visitor,
    url: String,
}

impl Pages {
    /// A page whose module has a release with so many triggers.
    async fn open(&self, triggers: usize) -> Result<()> {
        self.visitor
            .open(&format!("{}/page/{triggers}", self.url))
            .await?;
        Ok(())
    }

    async fn click(&self, by_hand: bool) -> Result<f64> {
        let script = MEASURE
            .replace("SELECTOR", &json!(rules::TARGET).to_string())
            .replace("CLICKS", &CLICKS.to_string())
            .replace("BY_HAND", &by_hand.to_string());
        let taken = self.visitor.run(&script).await?;
        taken.as_f64().context("no time")
    }

    /// A click on a page that is warm.
    async fn warm(&self, triggers: usize) -> Result<f64> {
        self.open(triggers).await?;
        self.click(false).await?;
        self.click(false).await
    }
}

fn page(triggers: usize, script: &str, wasm: &[u8]) -> Result<String> {
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let checked = weir_rules::check(&rules::container(triggers));
    let container = checked.container.context("the container is wrong")?;
    let release = weir_rules::compile(&container, 1);
    Ok(format!(
        "{}<script>{script}\nconst bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
         weirDirect.start(bytes('{}'), bytes('{}'), {{ states: {{ analytics: true }} }});
         weirDirect.view(Date.now(), location.href, '');</script>",
        rules::HTML,
        encode(wasm),
        encode(&release)
    ))
}

#[tokio::main]
async fn main() -> Result<()> {
    let bench = Bench::from_arguments();
    if !SIZES
        .iter()
        .any(|size| bench.wants(&format!("evaluate_{size}_wasm")))
        && !bench.wants("evaluate_3_of_2000_wasm")
    {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("direct");
    eprintln!("building the tag without its listeners");
    let built = Command::new(env!("CARGO_BIN_EXE_weir-bundle"))
        .arg("direct")
        .arg(&folder)
        .status()?;
    if !built.success() {
        bail!("the build of the tag without its listeners failed");
    }
    let script = std::fs::read_to_string(folder.join("direct.js"))?;
    let wasm = std::fs::read(folder.join("direct.wasm"))?;
    let mut router = axum::Router::new();
    for triggers in [3].into_iter().chain(SIZES) {
        let html = page(triggers, &script, &wasm)?;
        router = router.route(
            &format!("/page/{triggers}"),
            axum::routing::get(move || async move { axum::response::Html(html) }),
        );
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let browsers = Browsers::chromium();
    let pages = Pages {
        visitor: browsers.visitor_with(&[]).await?,
        url,
    };
    for size in SIZES {
        pages.open(size).await?;
        let mut samples = Samples::default();
        for round in 0..=ROUNDS {
            let (ours, by_hand) = (pages.click(false).await?, pages.click(true).await?);
            // The first round warms both up.
            if round > 0 {
                samples.add(ours, by_hand);
            }
        }
        bench.record(
            &format!("evaluate_{size}_wasm"),
            "evaluate_by_hand_wasm",
            "us",
            &samples,
            &conditions(size),
        )?;
    }
    let mut samples = Samples::default();
    for _ in 0..ROUNDS {
        samples.add(pages.warm(2000).await?, pages.warm(3).await?);
    }
    bench.record(
        "evaluate_3_of_2000_wasm",
        "evaluate_3_wasm",
        "us",
        &samples,
        &conditions(2000),
    )?;
    let _ = pages.visitor.leave().await;
    Ok(())
}

fn conditions(triggers: usize) -> Value {
    json!({ "triggers": triggers, "candidates": 3, "where": "WebAssembly in Chromium" })
}
