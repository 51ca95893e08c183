//! The spool: how fast a backlog drains into ClickHouse and in how much memory, what waiting events and open connections
//! take, and how long a start takes that finds a full spool.
//!
//! Has its own `main`, because the program also serves as the engine's process. `WEIR_BENCH_BACKLOG` sets the number of
//! events of the backlog; the figures say in their conditions how many there were.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a bench may stop where it finds something that cannot be"
)]

#[path = "../tests/warehouse/engine.rs"]
#[expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's engine says what it expects by unwrapping"
)]
mod engine;

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use clickhouse::Client;
use engine::Engine;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use uuid::Uuid;
use weir_bench::{Bench, Samples};
use weir_collector::{Collector, CollectorConfig, SiteId, SiteSettings, Sites, Tokens, warehouse};

/// Events of the backlog, unless told otherwise.
const BACKLOG: u64 = 1_000_000;
/// Events of one request: as many as a batch may have.
const EVENTS: u64 = 200;
const ROUNDS: usize = 5;
/// Rows of one round of `drain_rows`.
const DRAIN_ROWS: u64 = 100_000;
/// Both ends are in this process.
const CONNECTIONS: usize = 4_000;
/// What the collector may take while it drains a backlog, in MB.
const MEMORY_BUDGET: f64 = 300.0;
/// Argument of a process that measures connections, and of the one that measures ours.
const ALONE: &str = "one-side";
const OURS: &str = "ours";
const NOBODY: &str = "http://127.0.0.1:9";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "engine").is_some() {
        engine::run(arguments);
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    if arguments.next_if(|first| first == ALONE).is_some() {
        let is_ours = arguments.next().is_some_and(|side| side == OURS);
        return runtime.block_on(side(is_ours));
    }
    let bench = Bench::from_arguments();
    runtime.block_on(async {
        // In this order: memory that was used once is not given back for sure.
        if bench.wants("memory_10k_connections") {
            connections(&bench)?;
        }
        if bench.wants("drain_memory") || bench.wants("memory_million_waiting") {
            backlog(&bench).await?;
        }
        if bench.wants("drain_rows") {
            drain(&bench).await?;
        }
        if bench.wants("recovery_gb") {
            recovery(&bench).await?;
        }
        Ok(())
    })
}

fn open(folder: &Path, client: Client) -> Result<Collector> {
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
        max_spool_bytes: 1 << 40,
        grace: Duration::ZERO,
        ..CollectorConfig::default()
    };
    Ok(Collector::open(config, sites, Tokens::new(), client)?)
}

fn nobody() -> Result<Client> {
    Ok(warehouse::connect(NOBODY, "weir", "")?)
}

/// A body of [`EVENTS`] events that nobody has sent before.
fn body() -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    let salt = Uuid::now_v7().as_u64_pair().1;
    let list: Vec<Value> = (0..EVENTS)
        .map(|number| {
            let id = Uuid::from_u64_pair(salt, salt.rotate_left(17) ^ number);
            json!({ "id": id.to_string(), "name": "add_to_cart", "ts": now, "seq": number, "page": 0,
                    "tag": "Add to cart", "trigger": "buy button", "element": "button.buy",
                    "props": { "sku": number.to_string(), "price": 1990, "category": "kettles" } })
        })
        .collect();
    json!({ "v": 1, "site": "shop", "sent": now, "visitor": format!("{:016x}", salt | 1),
            "session": { "id": format!("{:08x}0c22d4f1", now / 1_000), "number": 2 },
            "pages": [{ "url": "https://shop.example/product/42?utm_source=ads", "title": "Kettle" }],
            "events": list })
    .to_string()
}

/// Sends `events`, so that they wait in the spool.
async fn fill(collector: &Collector, events: u64) -> Result<()> {
    for _ in 0..events.div_ceil(EVENTS) {
        let request = Request::post("/c").body(Body::from(body()))?;
        let answer = collector.router().oneshot(request).await?;
        ensure!(answer.status() == StatusCode::NO_CONTENT, "{answer:?}");
    }
    Ok(())
}

async fn until_empty(collector: &Collector) {
    while collector.status().waiting_events > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Memory of this process in MB: now, and the most since it was asked to forget.
fn memory() -> Result<(f64, f64)> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kb = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        kb.map(|kb| kb / 1_000.0).context("a line of the memory")
    };
    Ok((of("VmRSS:")?, of("VmHWM:")?))
}

fn forget_the_most() -> Result<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

/// What open connections take that have sent one request each, of our routes and of a bare handler. Each side has a process
/// of its own: memory that one has used would be there for the other.
fn connections(bench: &Bench) -> Result<()> {
    let mut samples = Samples::default();
    for _ in 0..ROUNDS {
        let of = |side: &str| -> Result<f64> {
            let program = std::env::current_exe()?;
            let output = std::process::Command::new(program)
                .args([ALONE, side])
                .output()?;
            let text = String::from_utf8(output.stdout)?;
            text.trim()
                .parse()
                .with_context(|| format!("`{text}` is no number"))
        };
        samples.add(of(OURS)?, of("bare")?);
    }
    let conditions = json!({ "connections": CONNECTIONS, "both_ends": true });
    bench.record(
        "memory_10k_connections",
        "axum_10k_connections",
        "MB",
        &samples,
        &conditions,
    )?;
    Ok(())
}

/// One side of it: prints the MB that 10,000 connections take.
async fn side(is_ours: bool) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let collector = open(folder.path(), nobody()?)?;
    let router = if is_ours {
        collector.router()
    } else {
        let read = |_: axum::body::Bytes| async { StatusCode::NO_CONTENT };
        Router::new().route("/c", post(read))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    // What is made once is made before.
    drop(connect(address, 64).await?);
    let (before, _) = memory()?;
    let open = connect(address, CONNECTIONS).await?;
    let taken = (memory()?.0 - before) * 10_000.0 / CONNECTIONS as f64;
    writeln!(std::io::stdout(), "{taken}")?;
    drop(open);
    server.abort();
    collector.shutdown().await;
    Ok(())
}

async fn connect(address: SocketAddr, count: usize) -> Result<Vec<TcpStream>> {
    let mut open = Vec::with_capacity(count);
    for number in 0..count {
        let mut stream = TcpStream::connect(address).await?;
        let now = jiff::Timestamp::now().as_millisecond();
        let body = json!({ "v": 1, "site": "shop", "visitor": format!("{:016x}", number + 1),
            "pages": [{ "url": "https://shop.example/" }],
            "events": [{ "id": Uuid::now_v7().to_string(), "name": "pageview", "ts": now }] })
        .to_string();
        let head = format!(
            "POST /c HTTP/1.1\r\nhost: shop.example\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await?;
        let mut answer = [0; 1_024];
        let read = stream.read(&mut answer).await?;
        ensure!(
            answer[..read].starts_with(b"HTTP/1.1 204"),
            "{number}: no 204"
        );
        open.push(stream);
    }
    Ok(open)
}

/// What waiting events take in memory, and what the collector takes while they drain.
async fn backlog(bench: &Bench) -> Result<()> {
    let events = std::env::var("WEIR_BENCH_BACKLOG")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(BACKLOG);
    let folder = tempfile::tempdir()?;
    let engine = Engine::start().await;
    let client = engine.writer();
    warehouse::migrate(&client).await?;
    let collector = open(folder.path(), client)?;
    fill(&collector, EVENTS * 20).await?;
    let (before, _) = memory()?;
    fill(&collector, events).await?;
    let status = collector.status();
    let millions = events as f64 / 1e6;
    let mut samples = Samples::default();
    samples.add(
        (memory()?.0 - before) / millions,
        status.spool_bytes as f64 / 1e6 / millions,
    );
    let conditions = json!({ "events": events });
    bench.record(
        "memory_million_waiting",
        "disk_million_waiting",
        "MB",
        &samples,
        &conditions,
    )?;
    forget_the_most()?;
    let began = Instant::now();
    collector.start_inserting();
    until_empty(&collector).await;
    let rate = events as f64 / began.elapsed().as_secs_f64();
    let mut samples = Samples::default();
    samples.add(memory()?.1, MEMORY_BUDGET);
    let conditions = json!({ "events": events, "rows_per_second": rate.round() });
    bench.record(
        "drain_memory",
        "drain_memory_budget",
        "MB",
        &samples,
        &conditions,
    )?;
    collector.shutdown().await;
    Ok(())
}

/// Rows a second from the spool into `weir.events`, and of the same rows as ready-made blocks into a table of the same kind.
async fn drain(bench: &Bench) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::start().await;
    let client = engine.writer();
    warehouse::migrate(&client).await?;
    client
        .query_raw("CREATE TABLE weir.twin AS weir.events")
        .execute()
        .await?;
    let mut samples = Samples::default();
    for round in 0..=ROUNDS {
        client
            .query_raw("TRUNCATE TABLE weir.events")
            .execute()
            .await?;
        client
            .query_raw("TRUNCATE TABLE weir.twin")
            .execute()
            .await?;
        let collector = open(&folder.path().join(round.to_string()), client.clone())?;
        fill(&collector, DRAIN_ROWS).await?;
        // Its last segment is sealed by its age.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let began = Instant::now();
        collector.start_inserting();
        until_empty(&collector).await;
        let ours = DRAIN_ROWS as f64 / began.elapsed().as_secs_f64();
        collector.shutdown().await;
        let blocks = blocks(&client).await?;
        let began = Instant::now();
        for block in blocks {
            let mut insert = client
                .insert_formatted_with("INSERT INTO weir.twin FORMAT Native")
                .with_setting("async_insert", "0");
            insert.send(block.into()).await?;
            insert.end().await?;
        }
        let ready = DRAIN_ROWS as f64 / began.elapsed().as_secs_f64();
        // The first warms both up.
        if round > 0 {
            samples.add(ours, ready);
        }
    }
    let conditions = json!({ "rows": DRAIN_ROWS });
    bench.record(
        "drain_rows",
        "ready_blocks",
        "rows/s",
        &samples,
        &conditions,
    )?;
    Ok(())
}

/// The rows of each batch that was inserted, as ClickHouse itself lays them out.
async fn blocks(client: &Client) -> Result<Vec<Vec<u8>>> {
    let ids = client
        .query_raw("SELECT DISTINCT toString(batch_id) FROM weir.events")
        .fetch_all::<String>()
        .await?;
    let mut blocks = Vec::new();
    for id in ids {
        let sql = format!("SELECT * FROM weir.events WHERE batch_id = toUUID('{id}')");
        let mut cursor = client.query_raw(&sql).fetch_bytes("Native")?;
        blocks.push(cursor.collect().await?.to_vec());
    }
    Ok(blocks)
}

/// How long a start takes for each GB that it finds, against reading and summing the same files.
async fn recovery(bench: &Bench) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let collector = open(folder.path(), nobody()?)?;
    fill(&collector, 300_000).await?;
    collector.shutdown().await;
    let files = segments(&folder.path().join("spool"))?;
    let mut samples = Samples::default();
    let mut gigabytes = 0.0;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let collector = open(folder.path(), nobody()?)?;
        let ours = began.elapsed().as_secs_f64();
        gigabytes = collector.status().spool_bytes as f64 / 1e9;
        collector.shutdown().await;
        let began = Instant::now();
        let mut sum = 0;
        for file in &files {
            sum ^= crc32c::crc32c(&std::fs::read(file)?);
        }
        std::hint::black_box(sum);
        samples.add(ours / gigabytes, began.elapsed().as_secs_f64() / gigabytes);
    }
    let conditions = json!({ "gigabytes": gigabytes, "events": 300_000 });
    bench.record("recovery_gb", "reading_gb", "s", &samples, &conditions)?;
    Ok(())
}

fn segments(spool: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(spool)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "seg") {
            files.push(path);
        }
    }
    ensure!(!files.is_empty(), "nothing waits");
    Ok(files)
}
