//! Requests that are refused as a whole, and what their senders hear.

use http_body_util::StreamBody;
use hyper::body::Frame;

use super::*;
use crate::site::{Environment, SiteId};

#[tokio::test]
async fn what_is_wrong_with_a_batch_is_named() {
    let rig = Rig::new();
    let many = |count: usize, item: Value| Value::Array(vec![item; count]);
    let cases = [
        (String::new(), 400, "not_json"),
        ("{".to_owned(), 400, "not_json"),
        ("hello".to_owned(), 400, "not_json"),
        ("{}{}".to_owned(), 400, "not_json"),
        ("[".repeat(100_000), 400, "not_json"),
        ("[]".to_owned(), 400, "unsupported_version"),
        ("null".to_owned(), 400, "bad_batch"),
        (with("/pages", json!({})), 400, "bad_batch"),
        (with("/events", json!("x")), 400, "bad_batch"),
        ("{}".to_owned(), 400, "unsupported_version"),
        (with("/v", json!(2)), 400, "unsupported_version"),
        (with("/v", json!("1")), 400, "unsupported_version"),
        (
            with("/visitor", json!("0000000000000000")),
            400,
            "bad_visitor",
        ),
        (
            with("/visitor", json!("+f86d081884c7d65")),
            400,
            "bad_visitor",
        ),
        (
            with("/visitor", json!("9f86d081884c7d650")),
            400,
            "bad_visitor",
        ),
        (with("/visitor", json!(7)), 400, "bad_visitor"),
        (with("/visitor", Value::Null), 400, "bad_visitor"),
        (with("/session/id", json!("xyz")), 400, "bad_session"),
        (with("/session/id", json!(1)), 400, "bad_session"),
        (
            with("/session/number", json!(5_000_000_000_u64)),
            400,
            "bad_session",
        ),
        (with("/session/number", json!("2")), 400, "bad_session"),
        (with("/pages", json!([])), 400, "bad_pages"),
        (
            with("/pages", many(MAX_PAGES + 1, json!({}))),
            400,
            "bad_pages",
        ),
        (with("/events", json!([])), 400, "no_events"),
        (
            with("/events", many(MAX_EVENTS + 1, json!({}))),
            413,
            "too_many_events",
        ),
        (with("/site", json!("nobody")), 404, "unknown_site"),
        (with("/site", json!("")), 404, "unknown_site"),
        (with("/site", json!(["shop"])), 404, "unknown_site"),
        (
            with("/pages/0/url", json!("https://elsewhere.example/")),
            403,
            "foreign_origin",
        ),
        (
            with("/pages/0/url", json!("/no/host")),
            403,
            "foreign_origin",
        ),
    ];
    for (body, status, code) in cases {
        let answer = rig.post(body.clone()).await;
        let shown = limits::cut(&body, 300);
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{shown} → {}",
            answer.body
        );
        for field in ["message", "hint"] {
            assert!(
                !answer.body["error"][field].as_str().unwrap().is_empty(),
                "{field} of {code}"
            );
        }
    }
    assert_eq!(rig.post(vec![0x1f, 0x8b, 8, 0]).await.code(), "not_json");
    assert_eq!(
        rig.counted(r#"weir_collector_requests_refused_total{reason="unknown_site"}"#),
        3
    );
    assert!(rig.rows_after_crash().is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_read_to_its_end_and_refused() {
    let rig = Rig::new();
    let answer = rig.post("x".repeat(MAX_BODY_BYTES + 1)).await;
    assert_eq!((answer.status, answer.code()), (413, "too_large"));

    let pieces =
        (0..40).map(|_| Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b' '; 10_000]))));
    let stream = tokio_stream(pieces.collect());
    let answer = rig.post(Body::new(stream)).await;
    assert_eq!((answer.status, answer.code()), (413, "too_large"));

    let mut announced = post(Body::empty());
    announced
        .headers_mut()
        .insert(CONTENT_LENGTH, (MAX_DISCARDED_BYTES + 1).into());
    assert_eq!(rig.send(announced).await.code(), "too_large");
}

#[tokio::test]
async fn a_body_in_pieces_is_put_together() {
    let rig = Rig::new();
    let body = batch(&[event(1)]).to_string().into_bytes();
    let pieces = body
        .chunks(100)
        .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    assert_eq!(rig.post(Body::new(tokio_stream(pieces))).await.status, 204);
}

type Piece = Result<Frame<Bytes>, std::io::Error>;

/// A body of these pieces.
fn tokio_stream(
    pieces: Vec<Piece>,
) -> impl http_body::Body<Data = Bytes, Error = std::io::Error> + Send {
    StreamBody::new(futures_util::stream::iter(pieces))
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_stored() {
    let rig = Rig::new();
    let body = batch(&[event(1)]).to_string();
    let half = Bytes::from(body).slice(..50);
    let pieces = vec![Ok(Frame::data(half)), Err(std::io::Error::other("gone"))];
    let answer = rig.post(Body::new(tokio_stream(pieces))).await;
    assert_eq!((answer.status, answer.code()), (503, "slow_body"));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let rig = Rig::new();
    let endless = StreamBody::new(futures_util::stream::pending::<Piece>());
    let answer = rig.post(Body::new(endless)).await;
    assert_eq!(
        (answer.status, answer.code(), answer.header("retry-after")),
        (503, "slow_body", "2")
    );
}

#[tokio::test]
async fn more_requests_than_there_is_room_for_are_told_to_come_again() {
    let rig = Rig::new();
    let mut waiting = Vec::new();
    for _ in 0..Limits::default().requests {
        let endless = StreamBody::new(futures_util::stream::pending::<Piece>());
        let mut request =
            Box::pin(router(Arc::clone(&rig.intake)).oneshot(post(Body::new(endless))));
        assert!(futures_util::poll!(&mut request).is_pending());
        waiting.push(request);
    }
    let body = batch(&[event(1)]).to_string();
    let answer = rig.post(body.clone()).await;
    assert_eq!((answer.status, answer.code()), (503, "overloaded"));
    waiting.pop();
    assert_eq!(rig.post(body).await.status, 204);
}

#[tokio::test]
async fn the_page_must_belong_to_the_site() {
    let rig = Rig::new();
    let foreign_page = with("/pages/0/url", json!("https://elsewhere.example/"));
    let own_page = batch(&[event(1)]).to_string();
    let cases = [
        (Some("https://shop.example"), &foreign_page, 204),
        (Some("https://shop.example:8443"), &own_page, 204),
        (Some("https://www.SHOP.example"), &own_page, 204),
        (Some("http://localhost:3000"), &own_page, 204),
        (Some("http://[::1]:3000"), &own_page, 204),
        (Some("https://elsewhere.example"), &own_page, 403),
        (Some("https://shop.example.evil.example"), &own_page, 403),
        (Some("chrome-extension://abcdef"), &own_page, 403),
        (Some("rubbish"), &own_page, 403),
        (Some("null"), &own_page, 204),
        (Some("null"), &foreign_page, 403),
        (None, &own_page, 204),
        (None, &foreign_page, 403),
    ];
    for (origin, body, status) in cases {
        let mut request = post(body.clone());
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert(ORIGIN, origin.parse().unwrap());
        }
        let answer = rig.send(request).await;
        assert_eq!(answer.status, status, "{origin:?} {}", answer.body);
        // A browser learns what was answered, whatever it was.
        assert_eq!(
            answer.header("access-control-allow-origin"),
            origin.unwrap_or_default()
        );
        assert_eq!(answer.header("vary"), "origin");
    }
}

#[tokio::test]
async fn what_staging_sends_is_not_the_sites() {
    let rig = Rig::new();
    let id = |text: &str| SiteId::parse(text).unwrap();
    let staging = SiteSettings {
        id: id("shop__staging"),
        ..shop(&["staging.shop.example"])
    };
    let environment = Environment {
        of: id("shop"),
        hosts: staging.domains.clone(),
        companion: staging.id.clone(),
    };
    let sites = vec![shop(&["shop.example", "*.shop.example"]), staging];
    rig.intake.sites.replace_with(sites, vec![environment]);
    for (number, origin, status) in [
        (1, "https://staging.shop.example", 204),
        (2, "https://www.shop.example", 204),
        (3, "https://elsewhere.example", 403),
    ] {
        // Whatever the batch says of itself, the browser vouches for where it comes from.
        let mut request = post(batch(&[event(number)]).to_string());
        let origin = HeaderValue::from_static(origin);
        request.headers_mut().insert(ORIGIN, origin);
        let answer = rig.send(request).await;
        assert_eq!(answer.status, status, "{number}: {}", answer.body);
    }
    let rows = rig.rows_after_crash();
    let sites: Vec<_> = rows.iter().map(|row| column(row, "site")).collect();
    assert_eq!(sites, ["shop__staging", "shop"]);
}

#[tokio::test]
async fn an_address_that_floods_is_told_to_wait_and_others_are_not() {
    use crate::address::Peer;
    let rig = Rig::with_limits(Limits {
        address_rate: 1,
        address_burst: 5,
        ..Limits::default()
    });
    let from = |address: &str, number: u128| {
        let mut request = post(batch(&[event(number)]).to_string());
        let peer = std::net::SocketAddr::new(address.parse().unwrap(), 4711);
        request.extensions_mut().insert(Peer(peer));
        request
    };
    // However slow the machine is, it is not as slow as one request a second.
    let mut refused = None;
    for number in 0..60 {
        let answer = rig.send(from("203.0.113.7", number)).await;
        if answer.status != 204 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a flood is stopped");
    assert_eq!((refused.status, refused.code()), (503, "address_rate"));
    assert_eq!(refused.header("retry-after"), "2");
    for other in ["203.0.113.8", "2001:db8::1", "127.0.0.1"] {
        assert_eq!(rig.send(from(other, 1)).await.status, 204, "{other}");
    }
}

#[tokio::test]
async fn browsers_may_ask_first() {
    let rig = Rig::new();
    let request = http::Request::options("/c")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST");
    let answer = rig.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://shop.example"
    );
    assert_eq!(answer.header("access-control-allow-methods"), "POST");
    assert_eq!(
        answer.header("access-control-allow-headers"),
        "content-type, content-encoding"
    );
}

#[tokio::test]
async fn other_methods_are_refused() {
    let rig = Rig::new();
    let answer = rig
        .send(http::Request::get("/c").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        (answer.status, answer.code(), answer.header("allow")),
        (405, "wrong_method", "POST, OPTIONS")
    );
}

#[tokio::test]
async fn a_sync_that_fails_is_no_acknowledgement() {
    let rig = Rig::new();
    let body = batch(&[event(1)]).to_string();
    rig.disk.fail_syncs(true);
    let answer = rig.post(body.clone()).await;
    assert_eq!(
        (answer.status, answer.code(), answer.header("retry-after")),
        (503, "spool_trouble", "2")
    );
    assert!(rig.intake.writer.status().in_trouble);
    rig.disk.fail_syncs(false);
    // The spool looks after itself; the sender comes again.
    while rig.post(body.clone()).await.status != 204 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(rig.rows_after_crash().len(), 1);
}

#[tokio::test]
async fn a_full_disk_is_no_acknowledgement() {
    let rig = Rig::new();
    rig.disk.set_capacity(Some(100));
    let body = batch(&[event(1)]).to_string();
    let answer = rig.post(body.clone()).await;
    assert_eq!(
        (answer.status, answer.code(), answer.header("retry-after")),
        (503, "spool_full", "2")
    );
    rig.disk.set_capacity(None);
    while rig.post(body.clone()).await.status != 204 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(rig.rows_after_crash().len(), 1);
}

#[tokio::test]
async fn a_spool_of_its_full_size_takes_no_more() {
    let rig = Rig::on(SimDisk::new(1), 600);
    let mut statuses = Vec::new();
    for number in 1..6 {
        statuses.push(rig.post(batch(&[event(number)]).to_string()).await.status);
    }
    assert_eq!(statuses, [204, 503, 503, 503, 503]);
}

#[tokio::test]
async fn a_collector_that_stops_says_so() {
    let rig = Rig::new();
    rig.intake.writer.close();
    let answer = rig.post(batch(&[event(1)]).to_string()).await;
    assert_eq!(
        (answer.status, answer.code(), answer.header("retry-after")),
        (503, "stopping", "2")
    );
}

#[tokio::test]
async fn hosts_that_are_refused_are_remembered() {
    let rig = Rig::new();
    let from = |origin: &'static str| {
        let mut request = post(batch(&[event(1)]).to_string());
        let headers = request.headers_mut();
        headers.insert(ORIGIN, HeaderValue::from_static(origin));
        rig.send(request)
    };
    for _ in 0..2 {
        let answer = from("https://WWW.Elsewhere.example:8443").await;
        assert_eq!((answer.status, answer.code()), (403, "foreign_origin"));
    }
    assert_eq!(from("https://shop.example").await.status, 204);
    rig.post(with("/pages/0/url", json!("/no/host"))).await;
    let hosts = rig.intake.refused_hosts.of("shop");
    assert_eq!(hosts.len(), 1, "{hosts:?}");
    assert_eq!(hosts[0].host, "www.elsewhere.example");
    assert_eq!((hosts[0].count, hosts[0].last_ms), (2, NOW));
}

fn column<'a>(row: &'a [(String, String)], name: &str) -> &'a str {
    row.iter()
        .find(|(column, _)| column == name)
        .map_or("", |(_, value)| value)
}

#[tokio::test]
async fn what_is_rejected_is_kept_aside_with_its_reason() {
    let rig = Rig::new();
    let mut bad = event(2);
    bad["name"] = json!("Bad Name");
    bad["props"] = json!({ "email": "ann@example.com", "price": 7 });
    let body = batch(&[event(1), bad, json!("rubbish")]).to_string();
    for _ in 0..2 {
        // A repeat of the same request is the same rejected event.
        assert_eq!(rig.post(body.clone()).await.status, 200);
    }
    assert_eq!(rig.post("{ not json").await.status, 400);
    assert_eq!(rig.post(with("/site", json!("nobody"))).await.status, 404);
    assert_eq!(rig.post(with("/visitor", json!("x"))).await.status, 400);
    let rows = rig.rejected_after_crash();
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (column(row, "site"), column(row, "reason")))
        .collect();
    assert_eq!(
        seen,
        [
            ("shop", "bad_event_name"),
            ("shop", "not_an_event"),
            ("", "not_json"),
            ("", "unknown_site"),
            ("shop", "bad_visitor"),
        ]
    );
    let first = &rows[0];
    assert_eq!(
        column(first, "event_id"),
        uuid::Uuid::from_u128(2).to_string()
    );
    assert_eq!(
        (
            column(first, "path"),
            column(first, "at"),
            column(first, "count")
        ),
        ("/c", NOW.to_string().as_str(), "1")
    );
    assert!(column(first, "sample").contains("\"name\":\"Bad Name\""));
    assert!(column(first, "sample").contains("\"email\":\"<hidden>\""));
    assert!(column(first, "message").contains("`name`"));
    assert_eq!(column(&rows[2], "sample"), "{ not json");
    assert!(!format!("{rows:?}").contains("ann@"));
}

#[tokio::test]
async fn a_flood_of_rubbish_is_counted_and_not_kept_one_by_one() {
    let rig = Rig::new();
    let mut number = 10;
    for _ in 0..20 {
        let bad = |_| {
            number += 1;
            let mut bad = event(number);
            bad["name"] = json!("Bad Name");
            bad
        };
        let events: Vec<_> = (0..MAX_EVENTS).map(bad).collect();
        assert_eq!(rig.post(batch(&events).to_string()).await.status, 200);
    }
    let flood = 20 * MAX_EVENTS;
    let rows = rig.rejected_after_crash();
    assert!(rows.len() < flood && rows.len() >= 1_000, "{}", rows.len());
    let counted = r#"weir_collector_events_rejected_total{reason="bad_event_name"}"#;
    assert_eq!(rig.counted(counted), flood as u64);
}
