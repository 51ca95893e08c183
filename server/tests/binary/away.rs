//! A server whose ClickHouse is away: events are taken in, nothing is lost, and it stops cleanly.

use std::io::Write;

use crate::support::{POLL, Server, pageview};
use rustix::process::Signal;

const AWAY: &str = "http://127.0.0.1:1";
const ID: &str = "01941f29-7c00-7aaa-8000-000000000001";

#[tokio::test]
async fn events_are_kept_while_clickhouse_is_away() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let container = temp.path().join("shop.json");
    std::fs::write(
        &container,
        "{ \"weir\": 1, \"site\": { \"id\": \"shop\" } }",
    )
    .unwrap();
    let arguments = [
        "--clickhouse-url",
        AWAY,
        "--container",
        container.to_str().unwrap(),
    ];

    let server = Server::start(&data, &arguments).await;
    assert_eq!(server.get("/t/shop.js").await.unwrap().0, 200);
    assert_eq!(
        server.post("/c", pageview("shop", ID)).await.unwrap().0,
        204
    );
    let (status, body) = server.get("/api/v1/sites/shop/live").await.unwrap();
    assert!(
        status == 503 && body.contains("clickhouse_away"),
        "{status} {body}"
    );
    server.signal(Signal::TERM);
    let (code, log) = server.wait();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped"), "{log}");

    // The event waits for ClickHouse, also after a restart, and so does the container's number.
    let server = Server::start(&data, &arguments).await;
    let status: serde_json::Value =
        serde_json::from_str(&server.get("/api/v1/status").await.unwrap().1).unwrap();
    assert_eq!(status["collector"]["waiting_events"], 1, "{status}");
    assert!(
        server
            .get("/t/shop.js")
            .await
            .unwrap()
            .1
            .contains("\"version\":1,")
    );
    server.signal(Signal::INT);
    assert_eq!(server.wait().0, Some(0));
}

#[tokio::test]
async fn a_file_that_is_broken_and_mended_is_told_of_both_times() {
    const GOOD: &str = "{ \"weir\": 1, \"site\": { \"id\": \"shop\" } }";
    let temp = tempfile::tempdir().unwrap();
    let container = temp.path().join("shop.json");
    std::fs::write(&container, GOOD).unwrap();
    let file = container.to_str().unwrap();
    let arguments = ["--clickhouse-url", AWAY, "--container", file];
    let server = Server::start(&temp.path().join("data"), &arguments).await;
    let problems = async || {
        let sites = server.get("/api/v1/sites").await.unwrap().1;
        let sites: serde_json::Value = serde_json::from_str(&sites).unwrap();
        sites[0]["problems"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["severity"] == "error")
            .count()
    };
    for (text, wanted) in [("{ \"weir\": 1, \"sit\": {} }", true), (GOOD, false)] {
        std::fs::write(&container, text).unwrap();
        while (problems().await > 0) != wanted {
            tokio::time::sleep(POLL).await;
        }
    }
    server.signal(Signal::TERM);
    let (_, log) = server.wait();
    let (broken, mended) = (
        log.find("unknown key"),
        log.find("shop.json: in order again"),
    );
    assert!(broken.is_some() && broken < mended, "{log}");
    assert_eq!(
        log.matches("published `shop`").count(),
        1,
        "the same again is no release: {log}"
    );
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let temp = tempfile::tempdir().unwrap();
    let server = Server::start(&temp.path().join("data"), &["--clickhouse-url", AWAY]).await;
    // A request under way keeps the server from stopping at the first signal.
    let mut held = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    held.write_all(b"POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        .unwrap();
    assert_eq!(server.get("/healthz").await.unwrap().0, 200);
    server.signal(Signal::TERM);
    // The first one has been seen when nothing is accepted any more.
    while server.get("/healthz").await.is_some() {}
    // Signals that follow at once are taken for the same one, so it takes some of them.
    let mut server = server;
    while server.is_running() {
        server.signal(Signal::TERM);
        tokio::time::sleep(POLL).await;
    }
    let (code, log) = server.wait();
    assert_eq!(code, Some(130), "{log}");
}
