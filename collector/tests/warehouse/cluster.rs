//! The form of the tables on a cluster: two shards, the views against the reference, people, deletion; what is wrong with a cluster.

use clickhouse::Client;
use weir_collector::warehouse::{self, Cluster, WarehouseError};

use crate::cluster_engine::{CLUSTER, SPREAD};
use crate::engine::Engine;
use crate::every_view::{Asked, Question};
use crate::views;

/// How many sites are compared: with every run of the tests, and when there is time.
pub(crate) const FEW_SITES: usize = 2;
pub(crate) const MORE_SITES: usize = 4;

pub(crate) async fn run(sites: usize) {
    let engine = Engine::start_as(SPREAD, tempfile::tempdir().unwrap()).await;
    let writer = engine.writer();
    let cluster = Cluster::named(CLUSTER).unwrap();
    wrong_clusters_are_named(&writer).await;
    let migrated = warehouse::migrate_cluster(&writer, &cluster).await.unwrap();
    assert!(!migrated.applied.is_empty());
    // Another node, and a command that was not told of the cluster.
    let again = warehouse::migrate_cluster(&writer, &cluster).await.unwrap();
    assert!(again.applied.is_empty());
    assert_eq!(warehouse::migrate(&writer).await.unwrap(), again);
    warehouse::create_views(&writer).await.unwrap();
    warehouse::check_views(&writer).await.unwrap();
    another_cluster_is_refused(&writer).await;
    views::against_the_reference(&engine, sites, sites).await;
    one_server_says_the_same(&engine).await;
    an_insert_is_spread(&writer).await;
    both_shards_have_events(&writer).await;
    events_are_removed_where_they_are(&writer).await;
    println!("a cluster of two shards: ok");
}

/// Every view, over two shards and on one server with the same rows. Most have been compared with the reference by now; this
/// leaves none out.
async fn one_server_says_the_same(cluster: &Engine) {
    let one = Engine::start().await;
    let (from, to) = (cluster.writer(), one.writer());
    warehouse::migrate(&to).await.unwrap();
    warehouse::create_views(&to).await.unwrap();
    for table in ["weir.events", "weir.sites", "weir.cost_days"] {
        // An event whose person became known later is there twice: the copies would not arrive in their order.
        let select = format!("SELECT * FROM {table} FINAL");
        let mut rows = from.query_raw(&select).fetch_bytes("Native").unwrap();
        let mut insert = to.insert_formatted_with(format!("INSERT INTO {table} FORMAT Native"));
        insert.send(rows.collect().await.unwrap()).await.unwrap();
        insert.end().await.unwrap();
    }
    let mut different = Vec::new();
    let sites = "SELECT toString(site), toString(min(session_date)), toString(max(session_date)) FROM weir.events \
                 WHERE site LIKE 'past_%' GROUP BY site ORDER BY site";
    let sites: Vec<(String, String, String)> = to.query_raw(sites).fetch_all().await.unwrap();
    for (site, first, last) in sites {
        let asked = Asked {
            site: &site,
            from: first.parse().unwrap(),
            to: last.parse().unwrap(),
            steps: &["pageview", "click", "purchase"],
            ready: &[],
        };
        asked.none_is_left_out(&to).await;
        for Question { view, sql } in asked.questions() {
            // How many repeats are left is a matter of what has been merged until now.
            let sql = match view.as_str() {
                "weir.completeness" => sql.replacen('*', "* EXCEPT (repeats)", 1),
                _ => sql,
            };
            let mut answers = Vec::new();
            for client in [&from, &to] {
                answers.push(answer(client, &sql).await);
            }
            if answers[0] != answers[1] {
                let alone = |of: usize, other: usize| {
                    answers[of].iter().find(|row| !answers[other].contains(row))
                };
                different.push(format!(
                    "{view} of {site}: {} rows and {}; {:?} and {:?}",
                    answers[0].len(),
                    answers[1].len(),
                    alone(0, 1),
                    alone(1, 0)
                ));
            }
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}

/// The rows of an answer, in an order of its own; of fractions, the digits that do not depend on the order they are added in.
async fn answer(client: &Client, sql: &str) -> Vec<String> {
    let mut cursor = client.query_raw(sql).fetch_bytes("TSV").unwrap();
    let bytes = cursor
        .collect()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    // What one adds up to 12 is 11.999999999999998 elsewhere.
    let digits = |number: f64| format!("{number:.9e}").parse::<f64>().unwrap();
    let rounded = |field: &str| match field.parse::<f64>() {
        Ok(number) if field.contains('.') => digits(number).to_string(),
        _ => field.to_owned(),
    };
    let mut rows: Vec<String> = text
        .lines()
        .map(|line| line.split('\t').map(rounded).collect::<Vec<_>>().join("\t"))
        .collect();
    rows.sort();
    rows
}

async fn number(client: &Client, sql: &str) -> u64 {
    client
        .query_raw(sql)
        .fetch_one::<u64>()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

async fn wrong_clusters_are_named(writer: &Client) {
    let unknown = Cluster::named("three").unwrap();
    let error = warehouse::migrate_cluster(writer, &unknown)
        .await
        .unwrap_err();
    assert!(!error.is_retriable());
    assert_eq!(
        error.to_string(),
        "ClickHouse knows no cluster `three`; it knows `careless`, `two`"
    );
    let careless = Cluster::named("careless").unwrap();
    let error = warehouse::migrate_cluster(writer, &careless)
        .await
        .unwrap_err();
    assert!(
        matches!(error, WarehouseError::ClusterSetUp { .. }),
        "{error}"
    );
    let tables = number(
        writer,
        "SELECT count() FROM system.databases WHERE name LIKE 'weir%'",
    )
    .await;
    assert_eq!(
        tables, 0,
        "nothing is made on a cluster that cannot be used"
    );
}

async fn another_cluster_is_refused(writer: &Client) {
    let other = Cluster::named("careless").unwrap();
    let error = warehouse::migrate_cluster(writer, &other)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tables are on cluster `two`, not on `careless`"
    );
}

/// One insert reaches both shards before it is answered.
async fn an_insert_is_spread(writer: &Client) {
    let sql = "INSERT INTO weir.events (site, name, event_id, ts, session_date, visitor_id, sample_rate) \
               SETTINGS distributed_foreground_insert = 1 \
               SELECT 'spread', 'pageview', generateUUIDv4(), '2026-01-01 00:00:00', '2026-01-01', number + 1, 1 FROM numbers(1000)";
    writer.query_raw(sql).execute().await.unwrap();
    let stored = "SELECT count() FROM weir.events WHERE site = 'spread'";
    assert_eq!(number(writer, stored).await, 1_000);
}

async fn both_shards_have_events(writer: &Client) {
    for shard in [1, 2] {
        let sql = format!("SELECT count() FROM weir.events WHERE _shard_num = {shard}");
        assert!(number(writer, &sql).await > 1_000, "shard {shard}");
    }
}

async fn events_are_removed_where_they_are(writer: &Client) {
    let table = warehouse::changeable_events(writer).await.unwrap();
    assert_eq!(table, "weir_local.events ON CLUSTER `two`");
    let delete = format!("DELETE FROM {table} WHERE site = 'spread'");
    writer.query_raw(&delete).execute().await.unwrap();
    assert_eq!(
        number(
            writer,
            "SELECT count() FROM weir.events WHERE site = 'spread'"
        )
        .await,
        0
    );
}
