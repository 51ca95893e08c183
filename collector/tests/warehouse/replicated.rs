//! The tables of a cluster as servers have them: replicated, and spread over the shards. On the engine's own keeper they can be made
//! and looked at, and not changed (docs/scale.md says what that leaves untried).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clickhouse::Client;
use weir_collector::warehouse::{self, Cluster};

use crate::cluster_engine::{CLUSTER, REPLICATED, refusals};
use crate::engine::Engine;

pub(crate) async fn run() {
    let engine = Engine::start_as(REPLICATED, tempfile::tempdir().unwrap()).await;
    let writer = engine.writer();
    let migrations = migrations();
    let migrated = warehouse::migrate_cluster(&writer, &Cluster::named(CLUSTER).unwrap())
        .await
        .unwrap();
    assert_eq!(migrated.applied.len(), migrations.len(), "{migrated:?}");
    every_table_has_its_form(&writer, &migrations).await;
    each_has_a_place_of_its_own(&writer).await;
    what_is_refused_could_not_be_changed(engine.place.data.path());
    println!("replicated tables: made, each in its place");
}

fn collector(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Texts of the migrations, in their order.
fn migrations() -> Vec<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(collector("sql/tables"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

/// What stands behind `ENGINE` for each table that migrations make for one server, and the number of its remembered inserts.
fn of_one_server(migrations: &[String]) -> BTreeMap<String, (String, Option<String>)> {
    let mut tables = BTreeMap::new();
    let ledger = fs::read_to_string(collector("sql/ledger.sql")).unwrap();
    for text in migrations.iter().chain([&ledger]) {
        for made in text.split("CREATE TABLE IF NOT EXISTS weir.").skip(1) {
            let (table, rest) = made.split_once('\n').unwrap();
            let (_, engine) = rest.split_once("\nENGINE = ").unwrap();
            let window = engine
                .split("non_replicated_deduplication_window = ")
                .nth(1)
                .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
            let engine = engine.lines().next().unwrap();
            let engine = engine.trim_end_matches(';').to_owned();
            tables.insert(table.to_owned(), (engine, window));
        }
    }
    tables
}

/// Beginning of `engine_full`, as the page says.
fn of_cluster(table: &str, engine: &str) -> String {
    if !engine.contains("MergeTree") {
        return engine.to_owned();
    }
    let (family, arguments) = match engine.split_once('(') {
        Some((family, arguments)) => (family, format!(", {arguments}")),
        None => (engine, ")".to_owned()),
    };
    let place = match table {
        "events" => format!("'/clickhouse/tables/{CLUSTER}/{{shard}}/weir.events', '{{replica}}'"),
        _ => {
            format!("'/clickhouse/tables/{CLUSTER}/all/weir.{table}', '{{shard}}-{{replica}}'")
        }
    };
    format!("Replicated{family}({place}{arguments}")
}

async fn every_table_has_its_form(writer: &Client, migrations: &[String]) {
    let sql = "SELECT concat(database, '.', name), engine_full FROM system.tables \
               WHERE database IN ('weir', 'weir_local') ORDER BY 1";
    let made: Vec<(String, String)> = writer.query_raw(sql).fetch_all().await.unwrap();
    let mut made: BTreeMap<String, String> = made.into_iter().collect();
    let spread = made.remove("weir.events").unwrap();
    let over = format!(
        "Distributed('{CLUSTER}', 'weir_local', 'events', \
         cityHash64(if(visitor_id = 0, cityHash64(event_id), visitor_id)))"
    );
    assert_eq!(spread, over);
    for (table, (engine, window)) in of_one_server(migrations) {
        let name = match table.as_str() {
            "events" => "weir_local.events".to_owned(),
            table => format!("weir.{table}"),
        };
        let full = made
            .remove(&name)
            .unwrap_or_else(|| panic!("{name} is not made"));
        let expected = of_cluster(&table, &engine);
        let rest = full.strip_prefix(&expected);
        let rest = rest.unwrap_or_else(|| panic!("{name}: {full}, and not {expected}"));
        assert!(rest.is_empty() || rest.starts_with(' '), "{name}: {full}");
        if let Some(window) = window {
            let remembered = format!(
                "replicated_deduplication_window_seconds = 1209600, replicated_deduplication_window = {window}"
            );
            assert!(full.contains(&remembered), "{name}: {full}");
        }
    }
    assert!(made.is_empty(), "no migration makes these: {made:?}");
    // Over both shards, by the table that holds nothing.
    let events = "SELECT count() FROM weir.events";
    let events: u64 = writer.query_raw(events).fetch_one().await.unwrap();
    assert_eq!(events, 0);
}

/// Two tables at one place of the keeper would be replicas of each other.
async fn each_has_a_place_of_its_own(writer: &Client) {
    let sql =
        "SELECT concat(database, '.', table), zookeeper_path, replica_name FROM system.replicas";
    let places: Vec<(String, String, String)> = writer.query_raw(sql).fetch_all().await.unwrap();
    let page = fs::read_to_string(collector("../docs/scale.md")).unwrap();
    let mut seen = BTreeSet::new();
    for (table, path, replica) in &places {
        assert!(seen.insert(path), "{table}: {path} is another's");
        // The macros of the process are those of the first replica of the first shard.
        let expected = match table.split_once('.').unwrap() {
            ("weir_local", table) => (
                format!("/clickhouse/tables/{CLUSTER}/1/weir.{table}"),
                "one",
            ),
            (_, table) => (
                format!("/clickhouse/tables/{CLUSTER}/all/weir.{table}"),
                "1-one",
            ),
        };
        assert_eq!((path.clone(), replica.as_str()), expected, "{table}");
    }
    assert!(seen.len() > 10, "{seen:?}");
    for said in [
        "ReplicatedReplacingMergeTree('/clickhouse/tables/main/{shard}/weir.events', '{replica}')",
        "'/clickhouse/tables/main/all/weir.…', '{shard}-{replica}'",
    ] {
        assert!(page.contains(said), "docs/scale.md does not say {said}");
    }
}

/// A change is refused because the table is read-only here, or because it builds upon one that was.
fn what_is_refused_could_not_be_changed(folder: &Path) {
    let mut missing = String::new();
    let mut altered = 0;
    for refusal in refusals(folder) {
        let (sql, error) = (&refusal.sql, &refusal.error);
        let builds_upon = || {
            let (_, column) = error.split_once("Cannot find column ").unwrap_or_default();
            let column = column.split(' ').next().unwrap_or_default();
            error.contains("(NO_SUCH_COLUMN_IN_TABLE)")
                && missing.contains(&format!("ADD COLUMN IF NOT EXISTS {column} "))
        };
        assert!(
            error.contains("(TABLE_IS_READ_ONLY)") || builds_upon(),
            "{sql}\n{error}"
        );
        if sql.starts_with("ALTER TABLE ") {
            altered += 1;
        } else {
            assert!(sql.starts_with("INSERT INTO weir.migrations "), "{sql}");
        }
        missing.push_str(sql);
    }
    assert!(
        altered > 0,
        "the tables can be changed: say so in docs/scale.md"
    );
}
