//! The intake against a bare axum handler that reads the same bodies, over sockets, on the same cores in the same run.
//!
//! `intake_single` and `intake_single_512`: one event a request, parsed, enriched, synced to disk, against a handler that
//! reads the body and answers 204. `intake_batch20`: twenty events a request, against a handler that parses the same bodies
//! into the same types and answers 204. Values are requests in a second; a ratio of 1 would be as fast as the baseline.
//! `…_p99`: how long one request in a hundred takes at least, in microseconds. `…_cpu`: processor time that a request costs,
//! that of its sender included: the figure that a busy machine disturbs least.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a bench may stop where it finds something that cannot be"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use weir_bench::{Bench, Samples};
use weir_collector::{
    Collector, CollectorConfig, HttpServer, SiteId, SiteSettings, Sites, Tokens, warehouse,
};
use weir_rules::payload::reader::Batch;

/// How often both sides are measured, and for how long.
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(1_500);

fn main() -> Result<()> {
    let bench = Bench::from_arguments();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    for (name, baseline, events, connections) in [
        ("intake_single", "axum_bare", 1, 64),
        ("intake_single_512", "axum_bare_512", 1, 512),
        ("intake_batch20", "axum_parsing_batch20", 20, 64),
    ] {
        if bench.wants(name) {
            runtime.block_on(measure(&bench, name, baseline, events, connections))?;
        }
    }
    Ok(())
}

async fn measure(
    bench: &Bench,
    name: &str,
    baseline: &str,
    events: usize,
    connections: usize,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let collector = collector(folder.path())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let ours = listener.local_addr()?;
    let settings = CollectorConfig::default();
    let server = HttpServer::start(
        listener,
        &collector,
        collector.router(),
        &settings,
        Arc::default(),
    )?;
    let bare = serve(Router::new().route("/c", if events == 1 { post(read) } else { post(parse) }))
        .await?;
    let mut samples: [Samples; 3] = Default::default();
    load(ours, events, connections).await?;
    load(bare, events, connections).await?;
    for _ in 0..ROUNDS {
        let our_figures = load(ours, events, connections).await?;
        let figures = load(bare, events, connections).await?;
        for (at, samples) in samples.iter_mut().enumerate() {
            samples.add(our_figures[at], figures[at]);
        }
    }
    let [rates, tails, costs] = samples;
    let metrics = collector.metrics_text();
    let syncs = metric(&metrics, "spool_commits_total")?;
    let conditions = json!({
        "connections": connections, "events": events, "body_bytes": request(0, events).1,
        "requests_per_sync": (metric(&metrics, "spool_commit_requests_sum")? / syncs).round(),
        "us_per_sync": (metric(&metrics, "spool_commit_seconds_sum")? / syncs * 1e6).round(),
    });
    bench.record(name, baseline, "requests/s", &rates, &conditions)?;
    bench.record(
        &format!("{name}_p99"),
        &format!("{baseline}_p99"),
        "us",
        &tails,
        &conditions,
    )?;
    bench.record(
        &format!("{name}_cpu"),
        &format!("{baseline}_cpu"),
        "us",
        &costs,
        &conditions,
    )?;
    server.stop().await;
    collector.shutdown().await;
    Ok(())
}

/// A number among the collector's metrics.
fn metric(metrics: &str, name: &str) -> Result<f64> {
    let name = format!("weir_collector_{name} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    Ok(line.context("a metric")?.trim().parse()?)
}

async fn read(_body: Bytes) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn parse(body: Bytes) -> StatusCode {
    match serde_json::from_slice::<Batch<'_>>(&body) {
        Ok(batch) if !batch.events.is_empty() => StatusCode::NO_CONTENT,
        Ok(_) | Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// A collector whose ClickHouse is away: what is measured is what a sender waits for.
fn collector(folder: &std::path::Path) -> Result<Collector> {
    let sites = Sites::new();
    sites.replace(vec![SiteSettings {
        id: SiteId::parse("shop").context("a site")?,
        domains: Vec::new(),
        timezone: jiff::tz::TimeZone::UTC,
        currency: "EUR".to_owned(),
        container_version: 1,
        cookieless: false,
    }]);
    let config = CollectorConfig {
        spool_dir: folder.join("spool"),
        ..CollectorConfig::default()
    };
    let client = warehouse::connect("http://127.0.0.1:9", "weir", "")?;
    Ok(Collector::open(config, sites, Tokens::new(), client)?)
}

async fn serve(router: Router) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// A request with the places of its event ids, and the length of its body.
fn request(connection: usize, events: usize) -> (Vec<u8>, usize, Vec<usize>) {
    let now = jiff::Timestamp::now().as_millisecond();
    let list: Vec<Value> = (0..events)
        .map(|number| {
            json!({ "id": format!("00000000-0000-7000-8000-{number:012x}"), "name": "add_to_cart", "ts": now, "seq": number,
                    "page": 0, "tag": "Add to cart", "trigger": "buy button", "element": "button.buy",
                    "props": { "sku": "42", "price": 1990, "category": "kettles" } })
        })
        .collect();
    let body = json!({
        "v": 1, "site": "shop", "sent": now, "visitor": format!("{:016x}", connection + 1),
        "session": { "id": format!("{:08x}0c22d4f1", now / 1_000), "number": 2,
                     "entry": { "url": "https://shop.example/?utm_source=ads&utm_medium=cpc", "referrer": "https://ya.ru/" } },
        "release": 3, "consent": ["analytics"],
        "pages": [{ "url": "https://shop.example/product/42", "title": "Kettle", "referrer": "https://shop.example/" }],
        "events": list,
    })
    .to_string();
    let head = format!(
        "POST /c HTTP/1.1\r\nhost: stats.shop.example\r\ncontent-type: text/plain\r\norigin: https://shop.example\r\n\
         user-agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let text = head + &body;
    let places = text
        .match_indices("00000000-0000-7000")
        .map(|(at, _)| at)
        .collect();
    (text.into_bytes(), body.len(), places)
}

/// Sends as fast as it is answered; requests in a second, the 99th percentile of their times and the processor time of one,
/// both in microseconds.
async fn load(address: SocketAddr, events: usize, connections: usize) -> Result<[f64; 3]> {
    let stop = Arc::new(AtomicBool::new(false));
    let salt = u32::from_le_bytes(
        *uuid::Uuid::now_v7()
            .as_bytes()
            .last_chunk()
            .context("random")?,
    );
    let senders: Vec<_> = (0..connections)
        .map(|number| {
            let stop = Arc::clone(&stop);
            tokio::spawn(send(address, number, events, salt, stop))
        })
        .collect();
    let (began, cpu) = (Instant::now(), cpu_us()?);
    tokio::time::sleep(ROUND).await;
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for sender in senders {
        times.extend(sender.await??);
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_unstable();
    let tail = times
        .get(times.len() * 99 / 100)
        .context("nothing was answered")?;
    Ok([
        rate,
        f64::from(*tail),
        (cpu_us()? - cpu) / times.len() as f64,
    ])
}

/// Processor time that this process has had, in microseconds.
fn cpu_us() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("a line of fields")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    // The kernel counts in hundredths of a second, whatever its own clock does.
    Ok(ticks * 10_000.0)
}

async fn send(
    address: SocketAddr,
    number: usize,
    events: usize,
    salt: u32,
    stop: Arc<AtomicBool>,
) -> Result<Vec<u32>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut request, _, places) = request(number, events);
    let mut answer = [0; 1_024];
    let (mut times, mut count) = (Vec::new(), 0_u32);
    while !stop.load(Ordering::Relaxed) {
        count += 1;
        // Every event is a new one: a repeat would not be written.
        for at in &places {
            let id = format!(
                "{salt:08x}-{:04x}-7{:03x}",
                count >> 12 & 0xffff,
                count & 0xfff
            );
            request[*at..*at + id.len()].copy_from_slice(id.as_bytes());
        }
        let began = Instant::now();
        stream.write_all(&request).await?;
        let mut length = 0;
        while !answer[..length].ends_with(b"\r\n\r\n") {
            let read = stream.read(&mut answer[length..]).await?;
            ensure!(read > 0, "the connection was closed");
            length += read;
        }
        ensure!(
            answer.starts_with(b"HTTP/1.1 204"),
            "{}",
            String::from_utf8_lossy(&answer[..length])
        );
        times.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(times)
}
