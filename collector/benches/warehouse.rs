//! How fast the warehouse answers: ten million events of half a year (`events.sql`), each figure against the plainest query
//! that reads the same.
//!
//! Has its own `main`, because the program also serves as the engine's process. `WEIR_BENCH_VISITS` makes fewer events, to
//! try the bench itself; the figures then say so in their conditions.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench says what it expects by unwrapping, and what it does by printing"
)]

#[path = "../tests/warehouse/engine.rs"]
mod engine;
#[path = "../tests/warehouse/every_view.rs"]
mod every_view;
#[path = "../tests/warehouse/restart.rs"]
mod restart;
#[path = "warehouse/views.rs"]
mod views;

use std::time::Instant;

use clickhouse::Client;
use engine::Engine;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};
use weir_bench::{Bench, Samples};
use weir_collector::warehouse::{
    self, Cost, CostKey, CostKind, FunnelCount, FunnelDefinition, FunnelMode, GoalDefinition,
    GoalStep, Refresher, SiteDefinition,
};

const EVENTS: &str = include_str!("events.sql");
const PROTOTYPE: &str = include_str!("prototype.sql");
/// Ids as the prototype makes them: 64 bits that say nothing. Those of the tag (version 7) have the time and 74 such bits; those of what is
/// imported, made of `messageId`, 122.
const ID: &str = "reinterpretAsUUID(concat(reinterpretAsString(cityHash64(visit, position)), unhex('0000000000000070')))";
const ID_OF_TAG: &str = "reinterpretAsUUID(concat(\
     reinterpretAsString(bitOr(bitShiftLeft(toUInt64(start_s) * 1000 + offset_ms, 16), bitOr(28672, cityHash64(visit, position, 'high') % 4096))), \
     reinterpretAsString(bitOr(bitShiftLeft(toUInt64(2), 62), bitShiftRight(cityHash64(visit, position), 2)))))";
const ID_OF_IMPORT: &str = "reinterpretAsUUID(concat(reinterpretAsString(cityHash64(visit, position, 'high')), \
     reinterpretAsString(cityHash64(visit, position))))";
/// Ten million events.
const VISITS: u64 = 3_640_000;
const ROUNDS: usize = 7;
const INSERTED_ROWS: usize = 50_000;

/// The days of the events: 180 that end with yesterday, so that ready views have a month of them.
struct Days {
    first: Date,
    last: Date,
}

impl Days {
    fn now() -> Self {
        let last = TimeZone::UTC
            .to_datetime(Timestamp::now())
            .date()
            .yesterday()
            .unwrap();
        let first = last.checked_sub(Span::new().days(179)).unwrap();
        Self { first, last }
    }

    fn after_first(&self, days: i64) -> Date {
        self.first.checked_add(Span::new().days(days)).unwrap()
    }

    /// Whoever does what the funnel asks for, by the engine's own function: levels alone, no times, no breakdown.
    fn window_funnel(&self) -> String {
        format!(
            "SELECT level, count() FROM (SELECT person_id, windowFunnel(2592000000, 'strict_increase')\
             (toUInt64(toUnixTimestamp64Milli(ts)), name = 'view_item', name = 'add_to_cart', name = 'begin_checkout', \
             name = 'purchase') AS level FROM weir.events WHERE site = 'shop' AND session_date >= '{}' \
             AND name IN ('view_item', 'add_to_cart', 'begin_checkout', 'purchase') GROUP BY person_id) GROUP BY level",
            self.after_first(-2)
        )
    }

    fn funnel(&self) -> String {
        format!(
            "SELECT * FROM weir_fn.funnel_by(site = 'shop', \
             steps = ['view_item', 'add_to_cart', 'begin_checkout', 'purchase'], window_s = 2592000, mode = 'ordered', \
             unit = 'person', breakdown = 'channel', from = '{}', to = '{}')",
            self.first, self.last
        )
    }

    /// What the ready view of the funnel shows, counted as it is asked.
    fn live_funnel(&self) -> String {
        format!(
            "SELECT * FROM weir_fn.funnel(site = 'shop', \
             steps = ['view_item', 'add_to_cart', 'begin_checkout', 'purchase'], window_s = 2592000, from = '{}', to = '{}')",
            self.after_first(151),
            self.after_first(180)
        )
    }

    /// A week in the middle.
    fn week(&self) -> String {
        format!(
            "site = 'shop' AND session_date BETWEEN '{}' AND '{}'",
            self.after_first(60),
            self.after_first(66)
        )
    }

    fn sessions(&self) -> String {
        format!(
            "SELECT channel, count(), sum(pageviews), sum(is_bounce), sum(engaged_ms) FROM weir.sessions WHERE {} \
             GROUP BY channel",
            self.week()
        )
    }

    /// The columns that the sessions of that question are made of, without repeats, by visit.
    fn sessions_events_scan(&self) -> String {
        format!(
            "SELECT session_id, any(channel), max(ts), max(session_seq), sum(engaged_ms), countIf(name = 'pageview'), \
             countIf(name IN ('purchase', 'lead', 'generate_lead', 'sign_up')), max(session_date), count() \
             FROM weir.events FINAL WHERE {} AND session_id != 0 AND bot = '' GROUP BY session_id",
            self.week()
        )
    }

    /// The same columns, and nothing done with them.
    fn sessions_scan(&self) -> String {
        format!(
            "SELECT count() FROM weir.events WHERE {} AND session_id != 0 AND bot = '' \
             AND NOT ignore(channel, ts, session_seq, engaged_ms, name, session_date, site, session_id, bot)",
            self.week()
        )
    }
}

/// The ready view of the same funnel.
const READY_FUNNEL: &str = "SELECT * FROM weir.funnel_shop_checkout";

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "engine").is_some() {
        engine::run(arguments);
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run());
}

async fn run() {
    let bench = Bench::from_arguments();
    let days = Days::now();
    let names = [
        "funnel_10m",
        "ready_funnel_10m",
        "sessions_week",
        "sessions_week_events",
        "insert_rows",
        "bytes_per_event",
        "bytes_per_event_v7",
        "bytes_per_event_hashed",
        "bytes_per_event_shop",
    ];
    if !names.iter().any(|name| bench.wants(name)) && !views::are_wanted(&bench, &days) {
        return;
    }
    let visits = std::env::var("WEIR_BENCH_VISITS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(VISITS);
    let mut engine = Engine::start().await;
    let (writer, reader) = (engine.writer(), engine.analyst());
    warehouse::migrate(&writer).await.unwrap();
    warehouse::create_views(&writer).await.unwrap();
    let site = SiteDefinition {
        id: "shop".to_owned(),
        timezone: "Europe/Moscow".to_owned(),
        currency: "RUB".to_owned(),
        container_version: 1,
        funnels: vec![FunnelDefinition {
            title: String::new(),
            name: "checkout".to_owned(),
            within_s: 2_592_000,
            mode: FunnelMode::Ordered,
            count: FunnelCount::Persons,
            steps: ["view_item", "add_to_cart", "begin_checkout", "purchase"]
                .map(|step| (step.to_owned(), step.to_owned()))
                .to_vec(),
        }],
        goals: [
            ("lead", GoalStep::Step("lead".to_owned()), ""),
            ("bought", GoalStep::Funnel("checkout".to_owned()), "revenue"),
        ]
        .map(|(name, reached, value)| GoalDefinition {
            name: name.to_owned(),
            reached,
            value: value.to_owned(),
        })
        .to_vec(),
        kpis: Vec::new(),
    };
    warehouse::publish_site(&writer, &site).await.unwrap();
    println!("making the events of {visits} visits: a minute or more");
    let events = EVENTS
        .replace("{visits}", &visits.to_string())
        .replace("{first_day}", &days.first.to_string());
    execute(&writer, &events).await;
    merge_past_months(&writer, &days).await;
    costs(&writer, &days).await;
    let events = number(&reader, "SELECT toFloat64(count()) FROM weir.events").await;
    let conditions = json!({ "events": events });

    for (name, ours, baseline_name, baseline) in [
        (
            "funnel_10m",
            days.funnel(),
            "window_funnel_10m",
            days.window_funnel(),
        ),
        (
            "sessions_week_events",
            days.sessions(),
            "sessions_week_events_scan",
            days.sessions_events_scan(),
        ),
    ] {
        compare(
            &bench,
            &reader,
            (name, &ours),
            (baseline_name, &baseline),
            &conditions,
        )
        .await;
    }
    if bench.wants("sessions_week") || views::are_wanted(&bench, &days) {
        make_sessions_ready(&writer).await;
    }
    compare(
        &bench,
        &reader,
        ("sessions_week", &days.sessions()),
        ("sessions_week_scan", &days.sessions_scan()),
        &conditions,
    )
    .await;
    if bench.wants("ready_funnel_10m") {
        // Counted when asked, and read as it was counted last.
        let mut live = Vec::new();
        for _ in 0..3 {
            live.push(time(&reader, &days.live_funnel()).await);
        }
        Refresher::new(0).refresh(&writer).await.unwrap();
        let mut samples = Samples::default();
        for round in 0..ROUNDS {
            samples.add(time(&reader, READY_FUNNEL).await, live[round % live.len()]);
        }
        bench
            .record(
                "ready_funnel_10m",
                "live_funnel_10m",
                "ms",
                &samples,
                &conditions,
            )
            .unwrap();
    }
    if views::are_wanted(&bench, &days) {
        Refresher::new(0).refresh(&writer).await.unwrap();
        views::run(&bench, &mut engine, &days, &conditions).await;
    }
    // The engine is another process by now.
    let writer = engine.writer();
    if bench.wants("bytes_per_event_shop") {
        bytes(&bench, &writer, "bytes_per_event_shop", "events").await;
    }
    for (name, id) in [
        ("bytes_per_event", ID),
        ("bytes_per_event_v7", ID_OF_TAG),
        ("bytes_per_event_hashed", ID_OF_IMPORT),
    ] {
        if !bench.wants(name) {
            continue;
        }
        for prepare in [
            "DROP TABLE IF EXISTS weir.prototype_events",
            "CREATE TABLE weir.prototype_events AS weir.events",
        ] {
            execute(&writer, prepare).await;
        }
        // Half as many visits as the shop has: five million events, as the prototype had.
        assert!(PROTOTYPE.contains(ID));
        let prototype = PROTOTYPE
            .replace(ID, id)
            .replace("{visits}", &(visits / 2).to_string())
            .replace("{days}", "180");
        execute(&writer, &prototype).await;
        execute(&writer, "OPTIMIZE TABLE weir.prototype_events FINAL").await;
        bytes(&bench, &writer, name, "prototype_events").await;
    }
    // Last, because it adds rows of its own.
    if bench.wants("insert_rows") {
        insert(&bench, &writer, &conditions).await;
    }
}

/// Times two questions in turns.
async fn compare(
    bench: &Bench,
    reader: &Client,
    (name, ours): (&str, &str),
    (baseline_name, baseline): (&str, &str),
    conditions: &Value,
) {
    if !bench.wants(name) {
        return;
    }
    let mut samples = Samples::default();
    for _ in 0..ROUNDS {
        samples.add(time(reader, ours).await, time(reader, baseline).await);
    }
    bench
        .record(name, baseline_name, "ms", &samples, conditions)
        .unwrap();
}

/// Puts the visits of all past days together, as a server does within minutes.
async fn make_sessions_ready(writer: &Client) {
    let begun = Instant::now();
    let mut refresher = Refresher::new(0);
    let mut days = 0;
    loop {
        let made = refresher.refresh(writer).await.unwrap().session_days;
        if made == 0 {
            break;
        }
        days += made;
    }
    println!(
        "visits of {days} days put together in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
}

/// What a day of advertising costs, at each of two places.
async fn costs(client: &Client, days: &Days) {
    let ads = (0..180).flat_map(|day| {
        ["yandex", "vk"].map(|source| Cost {
            key: CostKey {
                from: days.after_first(day),
                to: days.after_first(day),
                kind: CostKind::Ads,
                channel: String::new(),
                source: source.to_owned(),
                medium: "cpc".to_owned(),
                campaign: "spring".to_owned(),
                item: String::new(),
            },
            amount: 500_000,
            impressions: 20_000,
            clicks: 400,
            reach: 0,
            likes: 0,
            comments: 0,
            shares: 0,
        })
    });
    let now_ms = Timestamp::now().as_millisecond();
    warehouse::record_costs(client, "shop", "RUB", &ads.collect::<Vec<_>>(), now_ms)
        .await
        .unwrap();
}

/// A month that is over is one part, as the engine makes it when nothing was stored in it for a day (migration 14): here all
/// months came within a minute.
async fn merge_past_months(client: &Client, days: &Days) {
    println!("merging the past months: a minute or more");
    let now = days.last.first_of_month();
    let mut month = days.first.first_of_month();
    while month < now {
        let partition = month.strftime("%Y%m");
        let merge = format!("OPTIMIZE TABLE weir.events PARTITION {partition} FINAL");
        execute(client, &merge).await;
        month = month.checked_add(Span::new().months(1)).unwrap();
    }
}

/// Bytes of an event on disk, against what it has unpacked.
async fn bytes(bench: &Bench, client: &Client, name: &str, table: &str) {
    let per_event = |column: &str| {
        format!(
            "SELECT sum({column}) / sum(rows) FROM system.parts \
             WHERE active AND database = 'weir' AND table = '{table}'"
        )
    };
    let mut samples = Samples::default();
    samples.add(
        number(client, &per_event("bytes_on_disk")).await,
        number(client, &per_event("data_uncompressed_bytes")).await,
    );
    let rows = format!("SELECT toFloat64(count()) FROM weir.{table}");
    let conditions = json!({ "events": number(client, &rows).await });
    bench
        .record(
            name,
            &format!("{name}_unpacked"),
            "B",
            &samples,
            &conditions,
        )
        .unwrap();
}

/// Rows a second into the table of events, as the collector sends them, and into a table that keeps nothing.
async fn insert(bench: &Bench, client: &Client, conditions: &Value) {
    execute(
        client,
        "CREATE TABLE IF NOT EXISTS weir.nothing ENGINE = Null AS SELECT * FROM weir.events LIMIT 0",
    )
    .await;
    let mut samples = Samples::default();
    for round in 0..ROUNDS {
        let mut rows = String::new();
        for row in 0..INSERTED_ROWS {
            let id = uuid::Uuid::from_u64_pair(
                u64::try_from(round).unwrap(),
                u64::try_from(row).unwrap(),
            );
            let line = json!({
                "site": "bench", "name": "pageview", "event_id": id.to_string(), "ts": "2026-11-01 10:00:00.000",
                "received_at": "2026-11-01 10:00:00.150", "session_date": "2026-11-01", "session_id": row / 5,
                "session_seq": row % 5, "visitor_id": row / 7, "person_id": row / 7,
                "page_url": "https://shop.example/product/42", "page_host": "shop.example",
                "page_path": "/product/42", "channel": "Direct", "props": { "color": "red" },
            });
            rows.push_str(&line.to_string());
            rows.push('\n');
        }
        let mut rates = [0.0; 2];
        for (rate, table) in rates.iter_mut().zip(["events", "nothing"]) {
            let begun = Instant::now();
            let mut insert = client
                .insert_formatted_with(format!("INSERT INTO weir.{table} FORMAT JSONEachRow"));
            insert.send(rows.clone().into()).await.unwrap();
            insert.end().await.unwrap();
            *rate =
                f64::from(u32::try_from(INSERTED_ROWS).unwrap()) / begun.elapsed().as_secs_f64();
        }
        samples.add(rates[0], rates[1]);
    }
    bench
        .record(
            "insert_rows",
            "insert_rows_into_nothing",
            "rows/s",
            &samples,
            conditions,
        )
        .unwrap();
}

async fn execute(client: &Client, sql: &str) {
    client
        .query_raw(sql)
        .execute()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
}

async fn number(client: &Client, sql: &str) -> f64 {
    client.query_raw(sql).fetch_one::<f64>().await.unwrap()
}

/// Milliseconds until a query has run; its rows are thrown away.
async fn time(client: &Client, sql: &str) -> f64 {
    let begun = Instant::now();
    execute(client, &format!("{sql} FORMAT Null")).await;
    begun.elapsed().as_secs_f64() * 1000.0
}
