//! The whole of it on the real engine: the library is the one that `WEIR_ENGINE_LIB` names.

use std::path::Path;
use std::time::Instant;

use rustix::process::Signal;

use crate::support::{PATIENCE, POLL, Server, free_port, pageview, run, said, weir};

const ID: &str = "01941f29-7c00-7aaa-8000-000000000001";

/// Repeats a question until it is answered as wanted.
async fn until(what: &str, mut answered: impl FnMut() -> (bool, String)) {
    let end = Instant::now() + PATIENCE;
    loop {
        let (wanted, last) = answered();
        if wanted {
            return;
        }
        assert!(Instant::now() < end, "never: {what}; last: {last}");
        tokio::time::sleep(POLL).await;
    }
}

fn query(statement: &str, sql: &str) -> String {
    said(&run(&[
        "query",
        statement,
        "--format",
        "TabSeparated",
        "--sql",
        sql,
    ]))
}

fn free_address() -> String {
    format!("127.0.0.1:{}", free_port())
}

async fn start(data: &Path, address: &str, arguments: &[&str]) -> (Server, String) {
    let mut all = vec!["--sql-listen", address];
    all.extend(arguments);
    (Server::start(data, &all).await, format!("http://{address}"))
}

#[tokio::test]
async fn an_event_is_in_the_funnel_and_survives_the_engine_and_a_restart() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let container = temp.path().join("shop.json");
    std::fs::write(
        &container,
        r#"{ "weir": 1, "site": { "id": "shop" }, "funnels": { "visit": { "within": "7 days",
            "steps": [ { "name": "Come", "event": "pageview" }, { "name": "Stay", "event": "engagement" } ] } } }"#,
    )
    .unwrap();
    let container = container.to_str().unwrap();
    let (server, sql) = start(&data, &free_address(), &["--container", container]).await;
    assert_eq!(
        server.post("/c", pageview("shop", ID)).await.unwrap().0,
        204
    );
    let count = "SELECT count() FROM weir.events";
    until("the event is in ClickHouse", || {
        let last = query(count, &sql);
        (last == "1\n", last)
    })
    .await;

    let mut shown = String::new();
    until("the funnel counts it", || {
        shown = said(&run(&["funnel", "visit", "--sql", &sql]));
        (
            shown.contains("Come") && shown.contains("100.0 %"),
            shown.clone(),
        )
    })
    .await;
    assert!(shown.contains("site shop, last 30 days"), "{shown}");
    let output = run(&["funnel", "vist", "--sql", &sql]);
    assert!(
        said(&output).contains("did you mean `visit`?"),
        "{}",
        said(&output)
    );

    let (status, body) = server
        .get("/api/v1/sites/shop/funnels/visit")
        .await
        .unwrap();
    let funnel: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200, "{body}");
    assert_eq!(funnel["steps"][0]["persons"], 1, "{body}");
    assert_eq!(funnel["steps"][1]["step"], "Stay", "{body}");
    let (status, body) = server.get("/api/v1/sites/shop/live").await.unwrap();
    let live: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200, "{body}");
    assert_eq!(live["per_minute"].as_array().unwrap().len(), 30);
    assert_eq!(live["events_last_30_minutes"], 1, "{body}");
    assert_eq!(live["recent"][0]["name"], "pageview", "{body}");
    assert!(
        live["last_event_at"].as_i64().unwrap() > 1_700_000_000_000,
        "{body}"
    );
    let releases = query("SELECT site, version FROM weir.releases FINAL", &sql);
    assert_eq!(releases, "shop\t1\n");

    server.signal(Signal::TERM);
    let (code, log) = server.wait();
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("Weir ") && log.contains("/t/shop.js"),
        "prints where everything is: {log}"
    );

    let (_server, sql) = start(&data, &free_address(), &["--container", container]).await;
    until("the event is still there", || {
        let last = query(count, &sql);
        (last == "1\n", last)
    })
    .await;
}

#[tokio::test]
async fn the_sample_is_filled_through_a_server_that_runs_and_without_one() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let folder = data.to_str().unwrap();
    let address = free_address();
    let seed = || {
        let output = weir(&["demo", "seed", "--data", folder])
            .env("WEIR_SQL_LISTEN", &address)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        said(&output)
    };
    // What the sample's people do while the test runs is new to a later filling; what they did before is not.
    let begun_ms = jiff::Timestamp::now().as_millisecond();
    assert!(seed().contains("no server runs"));

    let (_server, sql) = start(&data, &address, &["--demo"]).await;
    let count = "SELECT count() >= 100000 FROM weir.events WHERE site = 'demo'";
    until("the history is there", || {
        let last = query(count, &sql);
        (last == "1\n", last)
    })
    .await;
    let events = format!(
        "SELECT uniqExact(event_id), count() FROM weir.events FINAL WHERE ts < fromUnixTimestamp64Milli({begun_ms})"
    );
    let before = query(&events, &sql);
    assert!(seed().contains("through the server that runs"));
    let after = query(&events, &sql);
    assert_eq!(before, after, "seeding again doubles nothing");
    let shown = said(&run(&[
        "funnel", "checkout", "--site", "demo", "--sql", &sql,
    ]));
    assert!(shown.contains("100.0 %"), "{shown}");
}
