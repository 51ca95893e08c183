//! Every view, cold and warm, against one scan of the columns that it reads.
//!
//! Warm: asked a moment ago. Cold: the engine has just been started, and nothing of its files is in memory. What a view reads
//! is what the engine's own plan of the query says; the scan reads the same columns once, of every event of the days that the
//! view looks at, and neither groups nor collapses repeats. Views of what was counted before (ready funnels and goals, KPIs)
//! read other tables, and so do their scans.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use clickhouse::Client;
use jiff::civil::Date;
use serde_json::Value;
use weir_bench::{Bench, Samples};

use crate::engine::Engine;
use crate::every_view::{Asked, Question};
use crate::restart::restart;
use crate::{Days, time};

const WARM_ROUNDS: usize = 3;
/// The month that is asked for: the last of the 180 days.
const FIRST_DAY: i64 = 150;
/// What looks at all that happened before: at first visits and first orders, at orders that are reported again.
const ALL_HISTORY: [&str; 13] = [
    "weir.stickiness",
    "weir.retention",
    "weir.orders",
    "weir.refunds",
    "weir.sales",
    "weir_fn.retention",
    "weir_fn.sales",
    "weir_fn.customers",
    "weir_fn.attribution_touches",
    "weir_fn.attribution",
    "weir_fn.marketing",
    "weir_fn.ltv",
    "weir_fn.customer_value",
];

/// A row of the table that is printed at the end.
struct Row {
    view: String,
    cold: [f64; 2],
    warm: [f64; 2],
    /// Seconds of one core, warm.
    cores: f64,
}

pub(crate) async fn run(bench: &Bench, engine: &mut Engine, days: &Days, conditions: &Value) {
    let asked = asked(days);
    asked.none_is_left_out(&engine.analyst()).await;
    let mut rows = Vec::new();
    for question in asked
        .questions()
        .iter()
        .filter(|question| is_wanted(bench, question))
    {
        let reader = engine.analyst();
        let scan = scan(
            &reader,
            question,
            first_day(&question.view, days),
            days.last,
        )
        .await;
        let cold = [cold(engine, &question.sql).await, cold(engine, &scan).await];
        let reader = engine.analyst();
        time(&reader, &question.sql).await;
        let mut warm = Samples::default();
        let mut cores = 0.0;
        for _ in 0..WARM_ROUNDS {
            let before = processor_seconds(engine.process.id());
            let ours = time(&reader, &question.sql).await;
            cores += processor_seconds(engine.process.id()) - before;
            warm.add(ours, time(&reader, &scan).await);
        }
        let name = figure(&question.view);
        let mut once = Samples::default();
        once.add(cold[0], cold[1]);
        for (how, samples) in [("cold", &once), ("warm", &warm)] {
            bench
                .record(
                    &format!("{name}_{how}"),
                    &format!("{name}_scan_{how}"),
                    "ms",
                    samples,
                    conditions,
                )
                .unwrap();
        }
        let (ours, scanned, _) = warm.medians().unwrap();
        rows.push(Row {
            view: question.view.clone(),
            cold,
            warm: [ours, scanned],
            cores: cores / WARM_ROUNDS as f64,
        });
    }
    print(&rows);
}

/// Whether some view is asked for.
pub(crate) fn are_wanted(bench: &Bench, days: &Days) -> bool {
    asked(days)
        .questions()
        .iter()
        .any(|question| is_wanted(bench, question))
}

fn is_wanted(bench: &Bench, question: &Question) -> bool {
    ["cold", "warm"]
        .iter()
        .any(|how| bench.wants(&format!("{}_{how}", figure(&question.view))))
}

fn asked(days: &Days) -> Asked<'static> {
    Asked {
        site: "shop",
        from: days.after_first(FIRST_DAY),
        to: days.last,
        steps: &["view_item", "add_to_cart", "begin_checkout", "purchase"],
        ready: &["funnel_shop_checkout", "goal_shop_lead", "goal_shop_bought"],
    }
}

fn figure(view: &str) -> String {
    let name = view.replace("weir_fn.", "fn_").replace("weir.", "");
    format!("view_{name}")
}

fn print(rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    println!(
        "\n| view | cold, ms | times the scan | warm, ms | times the scan | core-seconds |\n|---|---|---|---|---|---|"
    );
    for Row {
        view,
        cold,
        warm,
        cores,
    } in rows
    {
        let [cold_ratio, warm_ratio] = [cold, warm].map(|[ours, scanned]| ours / scanned);
        println!(
            "| `{view}` | {:.0} | {cold_ratio:.1} | {:.0} | {warm_ratio:.1} | {cores:.2} |",
            cold[0], warm[0]
        );
    }
}

/// What a process has had of the processors so far.
fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // Behind the name, which may have spaces: the 12th and 13th, in hundredths.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2);
    ticks
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0
}

/// Milliseconds of a query to an engine that knows nothing yet.
async fn cold(engine: &mut Engine, sql: &str) -> f64 {
    restart(engine, forget_files).await;
    time(&engine.analyst(), sql).await
}

/// The first day of which a view reads events.
fn first_day(view: &str, days: &Days) -> Date {
    let before = match view {
        view if ALL_HISTORY.contains(&view) => FIRST_DAY,
        "weir_fn.stickiness" => 29,
        view if view.contains("funnel") || view == "weir_fn.step_events" => 2,
        _ => 0,
    };
    days.after_first(FIRST_DAY - before)
}

/// The query that reads the same columns of the same days, and nothing else.
async fn scan(reader: &Client, question: &Question, first: Date, last: Date) -> String {
    let explained = format!("EXPLAIN header = 1 {}", question.sql);
    let plan: Vec<String> = reader.query_raw(&explained).fetch_all().await.unwrap();
    let mut read = columns_read(&plan);
    if let Some(columns) = read.remove("weir.events") {
        return format!(
            "SELECT count() FROM weir.events WHERE site = 'shop' AND session_date BETWEEN '{first}' AND '{last}' \
             AND NOT ignore({})",
            Vec::from_iter(columns).join(", ")
        );
    }
    let scans: Vec<String> = read
        .into_iter()
        .map(|(table, columns)| {
            let columns = Vec::from_iter(columns).join(", ");
            format!("SELECT count() FROM {table} WHERE NOT ignore({columns})")
        })
        .collect();
    // Of a table without rows the plan says nothing.
    if scans.is_empty() {
        return "SELECT 1".to_owned();
    }
    scans.join(" UNION ALL ")
}

/// The columns that a plan reads of each table. A step that reads names its table, then, under `Header:` and until it says how
/// it reads, a column a line with its type; or a condition, which the engine puts together while it reads.
fn columns_read(plan: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut table = None;
    for line in plan {
        if let Some((_, rest)) = line.split_once("ReadFromMergeTree (") {
            table = rest.split_once(')').map(|(name, _)| name.to_owned());
            continue;
        }
        let Some(name) = &table else { continue };
        let line = line.trim_start_matches([' ', '│']);
        let line = line.strip_prefix("Header: ").unwrap_or(line);
        if line.starts_with("Read type") {
            table = None;
            continue;
        }
        let columns = read.entry(name.clone()).or_default();
        match line.split_once(' ') {
            Some((column, _)) if column.chars().all(is_of_name) => {
                columns.insert(column.to_owned());
            }
            // Of a condition, the columns in it: `__table6.site`.
            _ => columns.extend(
                line.split("__table")
                    .skip(1)
                    .filter_map(|rest| rest.split_once('.'))
                    .map(|(_, rest)| rest.chars().take_while(|sign| is_of_name(*sign)).collect()),
            ),
        }
    }
    read
}

fn is_of_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || "_.".contains(sign)
}

/// Takes the engine's files out of the memory of the machine.
fn forget_files(folder: &Path) {
    const FORGET: &str = "import os, sys\n\
        os.sync()\n\
        for folder, _, names in os.walk(sys.argv[1]):\n\
        \x20 for name in names:\n\
        \x20   path = os.path.join(folder, name)\n\
        \x20   if os.path.isfile(path) and not os.path.islink(path):\n\
        \x20     file = os.open(path, os.O_RDONLY)\n\
        \x20     os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)\n\
        \x20     os.close(file)\n";
    let status = Command::new("python3")
        .args(["-c", FORGET])
        .arg(folder)
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}
