//! How tables, views and sites get into the database: in any order, twice, at once, and after something went wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clickhouse::Client;
use weir_collector::warehouse::{
    self, FunnelCount, FunnelDefinition, FunnelMode, Migrated, PublishedSite, ReleaseRecord,
    SiteDefinition, WarehouseError,
};

use crate::engine::Engine;

pub(crate) async fn run(engine: &Engine) {
    let writer = engine.writer();
    several_nodes_start_at_once(&writer).await;
    an_edited_migration_is_named(&writer).await;
    a_broken_view_is_named(&writer).await;
    views_that_are_refused_keep_no_other(&writer).await;
    a_site_is_published(&writer).await;
    names_do_not_collide(&writer).await;
    wrong_definitions_are_refused(&writer).await;
    a_release_is_recorded(&writer).await;
    bi_tools_may_probe_everything(&engine.analyst()).await;
    every_column_is_explained(&engine.analyst()).await;
    nobody_meets_a_missing_view(&writer, &engine.analyst()).await;
    // Last: from then on the views stay as they are.
    a_newer_database_is_left_alone(&writer).await;
    println!("tables, views, sites: ok");
}

async fn lines(client: &Client, sql: &str) -> Vec<String> {
    client
        .query_raw(sql)
        .fetch_all::<String>()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

/// What a node does when it starts.
async fn start(writer: &Client) -> Migrated {
    let migrated = warehouse::migrate(writer).await.unwrap();
    warehouse::create_views(writer).await.unwrap();
    migrated
}

async fn several_nodes_start_at_once(writer: &Client) {
    let (one, two, three) = tokio::join!(start(writer), start(writer), start(writer));
    for migrated in [one, two, three] {
        assert!(migrated.newer.is_empty());
    }
    warehouse::check_views(writer).await.unwrap();
    assert!(
        warehouse::migrate(writer).await.unwrap().applied.is_empty(),
        "every file is applied once"
    );
    let ledger = lines(
        writer,
        "SELECT name FROM weir.migrations FINAL ORDER BY number",
    )
    .await;
    assert_eq!(
        ledger,
        [
            "0001_events",
            "0002_sites",
            "0003_funnel_steps",
            "0004_releases",
            "0005_events_origin",
            "0006_rejected_events",
            "0007_column_comments",
            "0008_codecs_and_saved_reports",
            "0009_preview_events",
            "0010_kpi_since",
            "0011_costs",
            "0012_kpi_so_far",
            "0013_kpi_grounds_and_titles",
            "0014_whole_months",
            "0015_ready_sessions",
        ]
    );
}

async fn an_edited_migration_is_named(writer: &Client) {
    let original = lines(
        writer,
        "SELECT checksum FROM weir.migrations FINAL WHERE number = 2",
    )
    .await;
    let set = async |checksum: &str| {
        let sql = format!(
            "INSERT INTO weir.migrations SELECT 2, '0002_sites', '{checksum}', now64(3) + \
             toIntervalMillisecond((SELECT count() FROM weir.migrations)), ''"
        );
        writer.query_raw(&sql).execute().await.unwrap();
    };
    set("other").await;
    let error = warehouse::migrate(writer).await.unwrap_err();
    assert!(
        matches!(&error, WarehouseError::EditedMigration { name } if name == "0002_sites"),
        "{error}"
    );
    assert!(!error.is_retriable());
    set(original.first().unwrap()).await;
    start(writer).await;
}

async fn a_newer_database_is_left_alone(writer: &Client) {
    let newer = "INSERT INTO weir.migrations SELECT 9999, '9999_later', '', now64(3), '99.0.0'";
    writer.query_raw(newer).execute().await.unwrap();
    let views =
        "SELECT toString(uuid) FROM system.tables WHERE database LIKE 'weir%' ORDER BY uuid";
    let before = lines(writer, views).await;
    assert_eq!(start(writer).await.newer, ["9999_later"]);
    assert_eq!(
        lines(writer, views).await,
        before,
        "an older Weir must not replace the views of a newer one"
    );
}

async fn a_broken_view_is_named(writer: &Client) {
    for statement in [
        "CREATE TABLE weir.gone (x UInt8) ENGINE = MergeTree ORDER BY x",
        "CREATE VIEW weir.funnel_a_b AS SELECT x FROM weir.gone COMMENT 'Funnel `b` of site `a`: broken'",
        "DROP TABLE weir.gone",
    ] {
        writer.query_raw(statement).execute().await.unwrap();
    }
    let error = warehouse::check_views(writer).await.unwrap_err();
    assert!(
        matches!(&error, WarehouseError::BrokenViews { view, others, .. } if view == "weir.funnel_a_b" && others.is_empty()),
        "{error}"
    );
    assert!(!error.is_retriable() && !error.hint().is_empty());
    writer
        .query_raw("DROP VIEW weir.funnel_a_b")
        .execute()
        .await
        .unwrap();
}

/// What some views read is not there: they are named, and all others are made.
async fn views_that_are_refused_keep_no_other(writer: &Client) {
    let made = "SELECT toString(max(metadata_modification_time)) FROM system.tables WHERE database = 'weir' AND name = 'live'";
    let before = lines(writer, made).await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("RENAME TABLE weir.{from} TO weir.{to}");
        writer.query_raw(&sql).execute().await.unwrap();
    };
    rename("cost_days", "cost_days_away").await;
    // Times of tables are in seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let error = warehouse::create_views(writer).await.unwrap_err();
    let WarehouseError::BrokenViews { view, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(view, "weir.costs");
    assert!(error.to_string().contains("cost_days"), "{error}");
    assert!(
        lines(writer, made).await > before,
        "what needs no costs is made"
    );
    rename("cost_days_away", "cost_days").await;
    warehouse::create_views(writer).await.unwrap();
    warehouse::check_views(writer).await.unwrap();
}

fn funnel(name: &str, steps: &[(&str, &str)]) -> FunnelDefinition {
    FunnelDefinition {
        mode: FunnelMode::Ordered,
        count: FunnelCount::Persons,
        name: name.to_owned(),
        title: format!("Воронка {name}"),
        within_s: 604_800,
        steps: steps
            .iter()
            .map(|(label, step)| ((*label).to_owned(), (*step).to_owned()))
            .collect(),
    }
}

fn site(id: &str, funnels: Vec<FunnelDefinition>) -> SiteDefinition {
    SiteDefinition {
        id: id.to_owned(),
        timezone: "Europe/Moscow".to_owned(),
        currency: "RUB".to_owned(),
        container_version: 1,
        funnels,
        goals: Vec::new(),
        kpis: Vec::new(),
    }
}

async fn publish(writer: &Client, definition: &SiteDefinition) -> PublishedSite {
    warehouse::publish_site(writer, definition).await.unwrap()
}

/// Step labels as the ready view shows them.
async fn labels(client: &Client, view: &str) -> Vec<String> {
    lines(
        client,
        &format!("SELECT step FROM weir.{view} ORDER BY step_no"),
    )
    .await
}

async fn a_site_is_published(writer: &Client) {
    let hostile = "It's a \\ ? {x:String} -- '; DROP TABLE weir.sites";
    let mut shop = site(
        "pub",
        vec![
            funnel(
                "checkout",
                &[
                    (hostile, "/product/*?page.title*=it%27s"),
                    ("Cart", "add_to_cart"),
                    ("Paid", "purchase"),
                ],
            ),
            funnel("quiz", &[("Start", "quiz_start")]),
        ],
    );
    let first = publish(writer, &shop).await;
    assert!(first.changed && first.dropped.is_empty());
    assert_eq!(
        labels(writer, "funnel_pub_checkout").await,
        [hostile, "Cart", "Paid"]
    );
    assert_eq!(labels(writer, "funnel_pub_quiz").await, ["Start"]);
    let again = publish(writer, &shop).await;
    assert!(!again.changed, "the same definition changes nothing");
    assert_eq!(again.views, first.views);

    // Fewer steps, another text: the same view shows them at once. A funnel that is gone takes its view with it.
    shop.container_version = 2;
    shop.funnels = vec![funnel(
        "checkout",
        &[("Cart", "add_to_cart"), ("Paid", "purchase")],
    )];
    let second = publish(writer, &shop).await;
    assert!(second.changed);
    assert_eq!(second.dropped, ["funnel_pub_quiz"]);
    assert_eq!(
        labels(writer, "funnel_pub_checkout").await,
        ["Cart", "Paid"]
    );
    let current = lines(
        writer,
        "SELECT toString(funnel) FROM weir.funnels WHERE site = 'pub'",
    )
    .await;
    assert_eq!(current, ["checkout"]);

    // Back to the first: what is current goes by the moment of publishing, not by what was there before.
    shop.container_version = 1;
    shop.funnels = vec![funnel("quiz", &[("Start", "quiz_start")])];
    assert_eq!(
        publish(writer, &shop).await.dropped,
        ["funnel_pub_checkout"]
    );
    assert_eq!(labels(writer, "funnel_pub_quiz").await, ["Start"]);

    // No funnels at all.
    shop.funnels.clear();
    assert_eq!(publish(writer, &shop).await.dropped, ["funnel_pub_quiz"]);
    assert!(
        lines(
            writer,
            "SELECT toString(funnel) FROM weir.funnels WHERE site = 'pub'"
        )
        .await
        .is_empty()
    );
}

async fn names_do_not_collide(writer: &Client) {
    let step = [("Lead", "lead")];
    let one = publish(writer, &site("co", vec![funnel("eu_checkout", &step)])).await;
    let other_site = site("co_eu", vec![funnel("checkout", &[("Other", "lead")])]);
    let other = publish(writer, &other_site).await;
    let (first, second) = (&one.views[0].1, &other.views[0].1);
    assert_eq!(first, "funnel_co_eu_checkout");
    assert!(second.starts_with("funnel_co_eu_checkout_"), "{second}");
    assert_eq!(labels(writer, first).await, ["Lead"]);
    assert_eq!(labels(writer, second).await, ["Other"]);
    // Publishing one site leaves the views of the other alone.
    assert!(publish(writer, &site("co", Vec::new())).await.dropped == [first.clone()]);
    assert_eq!(labels(writer, second).await, ["Other"]);
    assert!(
        publish(writer, &other_site).await.views[0]
            .1
            .starts_with("funnel_co_eu_checkout")
    );

    let long = "l".repeat(64);
    let views = publish(writer, &site(&long, vec![funnel(&long, &step)]))
        .await
        .views;
    assert_eq!(views[0].1.len(), "funnel_".len() + 64);
    assert_eq!(labels(writer, &views[0].1).await, ["Lead"]);
    let found = lines(
        writer,
        &format!("SELECT view FROM weir.funnels WHERE site = '{long}'"),
    )
    .await;
    assert_eq!(
        found,
        [views[0].1.clone()],
        "an analyst finds the name in weir.funnels"
    );
    publish(writer, &site(&long, Vec::new())).await;
}

async fn wrong_definitions_are_refused(writer: &Client) {
    let step = [("Lead", "lead")];
    let mut mars = site("mars", Vec::new());
    mars.timezone = "Mars/Olympus".to_owned();
    let mut instant = funnel("instant", &step);
    instant.within_s = 0;
    let thirteen = funnel("long", &[("Lead", "lead"); 13]);
    let many = "click#a?b&c&d&e&f";
    let crowded = funnel(
        "crowded",
        &[
            ("Click", many),
            ("Click", many),
            ("Click", many),
            ("Click", many),
            ("Path", "/x"),
        ],
    );
    for (definition, complaint) in [
        (
            site("shop", vec![crowded]),
            "the steps of funnel `crowded` have 25 conditions",
        ),
        (site("a'b", Vec::new()), "`a'b` cannot name a site"),
        (
            site("shop", vec![funnel("a b", &step)]),
            "`a b` cannot name a funnel",
        ),
        (
            site("shop", vec![funnel("empty", &[])]),
            "funnel `empty` has 0 steps",
        ),
        (site("shop", vec![thirteen]), "funnel `long` has 13 steps"),
        (
            site("shop", vec![instant]),
            "funnel `instant` has a window of 0 s",
        ),
        (mars, "`Mars/Olympus` is not a time zone"),
    ] {
        let error = warehouse::publish_site(writer, &definition)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), complaint);
        assert!(!error.is_retriable() && !error.hint().is_empty());
    }
}

async fn a_release_is_recorded(writer: &Client) {
    let record = ReleaseRecord {
        site: "pub".to_owned(),
        version: 7,
        published_at_ms: 1_795_435_200_123,
        author: "it's me".to_owned(),
        note: "why?".to_owned(),
        source: "{ \"weir\": 1 } // ?".to_owned(),
        release: vec![0, 255, 39, 92, 10],
    };
    warehouse::record_release(writer, &record).await.unwrap();
    warehouse::record_release(writer, &record).await.unwrap();
    let found = lines(
        writer,
        "SELECT concat(toString(version), '|', toString(published_at), '|', author, '|', note, '|', source, '|', hex(release)) \
         FROM weir.releases FINAL WHERE site = 'pub'",
    )
    .await;
    assert_eq!(
        found,
        ["7|2026-11-23 12:00:00.123|it's me|why?|{ \"weir\": 1 } // ?|00FF275C0A"]
    );
}

async fn bi_tools_may_probe_everything(analyst: &Client) {
    let tables = lines(
        analyst,
        "SELECT name FROM system.tables WHERE database = 'weir' ORDER BY name",
    )
    .await;
    assert!(tables.len() >= 8, "{tables:?}");
    for table in tables {
        let sql = format!("SELECT * FROM weir.{table} LIMIT 0 FORMAT Null");
        analyst
            .query_raw(&sql)
            .execute()
            .await
            .unwrap_or_else(|error| panic!("{sql}\n{error}"));
    }
}

/// The glossary is complete: every column of every view that can be listed says what it means, and every view what it is for.
async fn every_column_is_explained(analyst: &Client) {
    let silent = "SELECT concat(table, '.', name) FROM system.columns WHERE database = 'weir' AND comment = '' \
                  AND table IN (SELECT name FROM system.tables WHERE database = 'weir') ORDER BY 1";
    assert_eq!(
        lines(analyst, silent).await,
        [""; 0],
        "columns without a meaning"
    );
    let silent = "SELECT name FROM system.tables WHERE database IN ('weir', 'weir_fn') AND engine = 'View' AND comment = ''";
    assert_eq!(
        lines(analyst, silent).await,
        [""; 0],
        "views without a comment"
    );
    let meaning = "SELECT comment FROM system.columns WHERE database = 'weir' AND table = 'sessions' AND name = 'is_new'";
    assert!(lines(analyst, meaning).await[0].contains("first visit"));
}

/// Views are replaced while somebody reads them.
async fn nobody_meets_a_missing_view(writer: &Client, analyst: &Client) {
    publish(
        writer,
        &site("gap", vec![funnel("checkout", &[("Lead", "lead")])]),
    )
    .await;
    let (stop, reads) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let reader = tokio::spawn({
        let (stop, reads, analyst) = (Arc::clone(&stop), Arc::clone(&reads), analyst.clone());
        async move {
            while !stop.load(Ordering::Relaxed) {
                for sql in [
                    "SELECT site FROM weir.landing_pages WHERE site = 'gap' FORMAT Null",
                    "SELECT step FROM weir.funnel_gap_checkout LIMIT 0 FORMAT Null",
                ] {
                    analyst
                        .query_raw(sql)
                        .execute()
                        .await
                        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    while reads.load(Ordering::Relaxed) < 12 {
        warehouse::create_views(writer).await.unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    reader.await.unwrap();
}
