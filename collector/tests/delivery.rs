//! From an answered request to rows in ClickHouse, through the collector's public interface, past a ClickHouse that does
//! everything wrong that it can.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod support;

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use serde_json::{Value, json};
use support::{Behaviour, Insert, Server};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;
use weir_collector::{
    Collector, CollectorConfig, OpenError, SiteId, SiteSettings, Sites, Tokens, warehouse,
};

fn config(dir: &Path) -> CollectorConfig {
    CollectorConfig {
        spool_dir: dir.to_owned(),
        seal_after: Duration::from_millis(50),
        ..CollectorConfig::default()
    }
}

fn open(dir: &Path, url: &str) -> Result<Collector, OpenError> {
    open_with(config(dir), url)
}

fn open_with(config: CollectorConfig, url: &str) -> Result<Collector, OpenError> {
    let sites = Sites::new();
    sites.replace(vec![SiteSettings {
        id: SiteId::parse("shop").unwrap(),
        domains: Vec::new(),
        timezone: jiff::tz::TimeZone::UTC,
        currency: "EUR".to_owned(),
        container_version: 1,
        cookieless: false,
    }]);
    Collector::open(
        config,
        sites,
        Tokens::new(),
        warehouse::connect(url, "weir", "secret").unwrap(),
    )
}

/// An event id, and the 16 bytes that it is in a row.
fn event_id() -> (Uuid, [u8; 16]) {
    let id = Uuid::now_v7();
    let (high, low) = id.as_u64_pair();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&high.to_le_bytes());
    bytes[8..].copy_from_slice(&low.to_le_bytes());
    (id, bytes)
}

async fn send(collector: &Collector, id: Uuid) -> u16 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let batch = json!({
        "v": 1, "site": "shop", "sent": u64::try_from(now).unwrap(), "visitor": "9f86d081884c7d65",
        "pages": [{ "url": "https://shop.example/" }],
        "events": [{ "id": id.to_string(), "name": "pageview", "ts": u64::try_from(now).unwrap() }],
    });
    let request = http::Request::post("/c")
        .body(Body::from(batch.to_string()))
        .unwrap();
    collector
        .router()
        .oneshot(request)
        .await
        .unwrap()
        .status()
        .as_u16()
}

/// Waits until `done`; a test that waits in vain is ended by the message after a long time.
async fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain until {what}");
}

async fn until_delivered(collector: &Collector) {
    until("nothing waits", || collector.status().waiting_events == 0).await;
}

/// Tries of the same batch are the same in every byte.
fn assert_all_the_same(sent: &[Insert]) {
    assert!(sent.windows(2).all(|pair| pair[0] == pair[1]), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_inserted_with_pinned_settings() {
    let (server, dir) = (Server::start().await, TempDir::new().unwrap());
    let collector = open(dir.path(), &server.url()).unwrap();
    collector.start_inserting();
    let (id, bytes) = event_id();
    assert_eq!(send(&collector, id).await, 204);
    until_delivered(&collector).await;
    assert_eq!(server.copies(bytes), 1);

    let insert = server.state().sent[0].clone();
    assert!(
        insert
            .sql
            .starts_with("INSERT INTO weir.events (`batch_id`, `site`, `name`, `event_id`,"),
        "{}",
        insert.sql
    );
    assert!(
        insert
            .sql
            .ends_with("`props`, `origin`, `user_source`) FORMAT RowBinary"),
        "{}",
        insert.sql
    );
    for (setting, value) in [
        ("async_insert", "0"),
        ("insert_deduplicate", "1"),
        ("deduplicate_blocks_in_dependent_materialized_views", "1"),
        ("max_partitions_per_insert_block", "0"),
    ] {
        assert_eq!(insert.settings[setting], value, "{setting}");
    }
    let batch_id: Uuid = insert.token().get(..36).unwrap().parse().unwrap();
    let (high, _) = batch_id.as_u64_pair();
    assert_eq!(
        insert.body[..8],
        high.to_le_bytes(),
        "each row begins with the batch id"
    );
    assert_eq!(server.state().look_ups, 0, "a first try needs no look-up");
    let status = collector.status();
    assert!(status.accepting && status.inserting && status.last_insert_ms.is_some());
    assert_eq!((status.last_error, status.refused_batches), (None, 0));
    assert_eq!(collector.shutdown().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_succeed_is_tried_again_with_the_same_bytes() {
    let (server, dir) = (Server::start().await, TempDir::new().unwrap());
    server.will(&[
        Behaviour::Code(252),
        Behaviour::Nonsense,
        Behaviour::BreakOff,
        Behaviour::Code(241),
        Behaviour::InsertSlowly,
    ]);
    let collector = open(dir.path(), &server.url()).unwrap();
    collector.start_inserting();
    let (id, bytes) = event_id();
    assert_eq!(send(&collector, id).await, 204);
    until("the error shows", || {
        collector.status().last_error.is_some()
    })
    .await;
    until_delivered(&collector).await;
    assert_eq!(server.copies(bytes), 1);
    let state = server.state();
    assert_eq!(
        (state.sent.len(), state.look_ups),
        (4, 4),
        "one broke off before it had arrived"
    );
    assert_all_the_same(&state.sent);
    drop(state);
    assert_eq!(collector.status().last_error, None);
    assert!(
        collector
            .metrics_text()
            .contains("weir_collector_insert_retries_total 4")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_inserted_unheard_is_not_inserted_again() {
    for behaviour in [Behaviour::InsertUnheard, Behaviour::InsertHalfHeard] {
        let (server, dir) = (Server::start().await, TempDir::new().unwrap());
        server.will(&[behaviour]);
        let collector = open(dir.path(), &server.url()).unwrap();
        collector.start_inserting();
        let (id, bytes) = event_id();
        assert_eq!(send(&collector, id).await, 204);
        until_delivered(&collector).await;
        let state = server.state();
        assert_eq!((state.sent.len(), state.look_ups), (1, 1), "{behaviour:?}");
        drop(state);
        assert_eq!(server.copies(bytes), 1);
        assert!(
            collector
                .metrics_text()
                .contains("weir_collector_batches_found_total 1")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_goes_aside_and_stops_nobody() {
    let (server, dir) = (Server::start().await, TempDir::new().unwrap());
    server.will(&[Behaviour::Code(53)]);
    let collector = open(dir.path(), &server.url()).unwrap();
    collector.start_inserting();
    let (refused, refused_bytes) = event_id();
    assert_eq!(send(&collector, refused).await, 204);
    until("it is set aside", || {
        collector.status().refused_batches == 1
    })
    .await;
    let (next, next_bytes) = event_id();
    assert_eq!(send(&collector, next).await, 204);
    until("the next is there", || server.copies(next_bytes) == 1).await;
    assert_eq!(server.copies(refused_bytes), 0);
    // A repeat of what was refused is no new event.
    assert_eq!(send(&collector, refused).await, 204);
    until_delivered(&collector).await;
    collector.shutdown().await;

    let names = || {
        let entries = std::fs::read_dir(dir.path().join("refused")).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let files = names();
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(
        files[0].strip_suffix(".json"),
        files[1].strip_suffix(".seg")
    );
    let note = std::fs::read(dir.path().join("refused").join(&files[0])).unwrap();
    let note: Value = serde_json::from_slice(&note).unwrap();
    assert_eq!(
        (&note["error_code"], &note["rows"]),
        (&json!(53), &json!(1))
    );
    assert!(files[0].contains(note["batch_id"].as_str().unwrap()));
    assert!(note["error"].as_str().unwrap().contains("Code: 53"));
    assert!(!note["hint"].as_str().unwrap().is_empty());

    let again = open(dir.path(), &server.url()).unwrap();
    again.start_inserting();
    assert_eq!(again.status().refused_batches, 1);
    assert_eq!(send(&again, refused).await, 204);
    again.shutdown().await;
    assert_eq!((names(), server.copies(refused_bytes)), (files, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_always_sent_back_lets_the_others_pass() {
    let (server, dir) = (Server::start().await, TempDir::new().unwrap());
    let collector = open(dir.path(), &server.url()).unwrap();
    server.will(&[Behaviour::Code(241); 4]);
    let (first, first_bytes) = event_id();
    assert_eq!(send(&collector, first).await, 204);
    until("it is sealed", || collector.status().waiting_batches == 1).await;
    let (second, second_bytes) = event_id();
    assert_eq!(send(&collector, second).await, 204);
    until("that, too", || collector.status().waiting_batches == 2).await;
    collector.start_inserting();
    until_delivered(&collector).await;
    assert_eq!(
        (server.copies(first_bytes), server.copies(second_bytes)),
        (1, 1)
    );
    let state = server.state();
    let first_token = state.sent[0].token().to_owned();
    let tries = state
        .sent
        .iter()
        .take_while(|insert| insert.token() == first_token)
        .count();
    assert_eq!(tries, 4, "then the other has its turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_inserted_before_it_may_be_and_a_restart_takes_over() {
    let (server, dir) = (Server::start().await, TempDir::new().unwrap());
    let collector = open(dir.path(), &server.url()).unwrap();
    let ids: Vec<_> = (0..5).map(|_| event_id()).collect();
    for (id, _) in &ids {
        assert_eq!(send(&collector, *id).await, 204);
    }
    until("they are sealed", || collector.status().waiting_batches > 0).await;
    assert!(!collector.status().inserting);
    assert_eq!(collector.shutdown().await, 5);
    assert!(server.state().sent.is_empty());

    let again = open(dir.path(), &server.url()).unwrap();
    assert_eq!(again.status().waiting_events, 5);
    // The sender did not hear the answer: the same events once more.
    for (id, _) in &ids {
        assert_eq!(send(&again, *id).await, 204);
    }
    again.start_inserting();
    until_delivered(&again).await;
    for (_, bytes) in &ids {
        assert_eq!(server.copies(*bytes), 1);
    }
    let state = server.state();
    assert_eq!(
        state.look_ups,
        state.sent.len(),
        "what a start finds is looked up"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_delivers_what_waits() {
    let (server, dir) = (Server::start().await, TempDir::new().unwrap());
    let mut config = config(dir.path());
    config.seal_after = Duration::from_secs(3_600);
    let collector = open_with(config, &server.url()).unwrap();
    collector.start_inserting();
    let observer = collector.observer();
    let (id, bytes) = event_id();
    assert_eq!(send(&collector, id).await, 204);
    assert_eq!(observer.status().waiting_events, 1);
    assert_eq!(collector.shutdown().await, 0);
    assert_eq!(
        (server.copies(bytes), observer.status().waiting_events),
        (1, 0)
    );
    assert!(!observer.status().accepting);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_clickhouse_events_wait_and_a_stop_says_how_many() {
    let dir = TempDir::new().unwrap();
    let nobody = Server::start().await;
    let url = nobody.url();
    drop(nobody);
    let collector = open(dir.path(), &url).unwrap();
    collector.start_inserting();
    let (id, _) = event_id();
    assert_eq!(send(&collector, id).await, 204);
    until("the error shows", || {
        collector.status().last_error.is_some()
    })
    .await;
    let status = collector.status();
    assert!(status.accepting && status.oldest_age_ms.is_some() && status.spool_bytes > 0);
    assert_eq!(collector.shutdown().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_is_removed_after_its_grace_period_and_its_ids_are_remembered() {
    let (server, dir) = (Server::start().await, TempDir::new().unwrap());
    let mut config = config(dir.path());
    config.grace = Duration::from_millis(100);
    let open = || open_with(config.clone(), &server.url()).unwrap();
    let segments = || {
        let entries = std::fs::read_dir(dir.path()).unwrap();
        entries
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some())
            .count()
    };
    let collector = open();
    collector.start_inserting();
    let (id, bytes) = event_id();
    assert_eq!(send(&collector, id).await, 204);
    until("the segment is removed", || {
        segments() == 0 && collector.status().spool_bytes == 0
    })
    .await;
    assert_eq!(server.copies(bytes), 1);
    collector.shutdown().await;

    let again = open();
    again.start_inserting();
    assert_eq!(send(&again, id).await, 204);
    assert!(
        again
            .metrics_text()
            .contains("weir_collector_events_repeated_total 1")
    );
    again.shutdown().await;
    assert_eq!(server.copies(bytes), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spool_is_opened_once_and_only_where_it_can_be_written() {
    let dir = TempDir::new().unwrap();
    let url = "http://127.0.0.1:1";
    let first = open(dir.path(), url).unwrap();
    let error = open(dir.path(), url).err().unwrap();
    match &error {
        OpenError::Locked { path, pid } => assert_eq!(
            (path.as_path(), *pid),
            (dir.path(), Some(std::process::id()))
        ),
        other => panic!("{other}"),
    }
    let number = std::process::id().to_string();
    assert!(
        error.to_string().contains(&number) && !error.hint().is_empty(),
        "{error}"
    );
    first.shutdown().await;

    let file = dir.path().join("a file");
    std::fs::write(&file, "").unwrap();
    let error = open(&file.join("spool"), url).err().unwrap();
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error}");

    let mut wrong = config(dir.path());
    wrong.seal_rows = 0;
    let error = open_with(wrong, url).err().unwrap();
    assert!(matches!(error, OpenError::Setting("seal_rows")), "{error}");
}
