//! The routes as servers see them.

use serde_json::json;

use super::*;
use crate::intake::tests::{Answer, CHROME, NOW, Rig};
use crate::token::tests::record;
use crate::token::{NewToken, TOKEN_RANDOM_BYTES};

/// A rig with tokens of every scope, and one that was revoked.
struct Server {
    rig: Rig,
    write: String,
    import: String,
    read: String,
    revoked: String,
}

impl Server {
    fn new() -> Self {
        let rig = Rig::new();
        let token = |number| NewToken::mint([number; TOKEN_RANDOM_BYTES]);
        let [write, import, read, revoked, astray] = [1, 2, 3, 4, 5].map(token);
        let mut taken_back = record(&revoked, "shop", TokenScope::Write);
        taken_back.revoked = true;
        rig.intake.tokens.replace(vec![
            record(&write, "shop", TokenScope::Write),
            record(&import, "shop", TokenScope::Import),
            record(&read, "shop", TokenScope::Read),
            record(&astray, "nowhere", TokenScope::Write),
            taken_back,
        ]);
        let [write, import, read, revoked] =
            [write, import, read, revoked].map(|token| token.expose().to_owned());
        Self {
            rig,
            write,
            import,
            read,
            revoked,
        }
    }

    async fn post(&self, path: &str, token: &str, body: impl Into<Body>) -> Answer {
        let request = http::Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("user-agent", "analytics-python/2.3.5");
        self.rig.send(request.body(body.into()).unwrap()).await
    }

    async fn track(&self, call: Value) -> Answer {
        self.post("/v1/track", &self.write, call.to_string()).await
    }

    /// The only row that is stored.
    fn row(&self) -> Columns {
        let mut rows = self.rows();
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }

    fn rows(&self) -> Vec<Columns> {
        self.rig
            .rows_after_crash()
            .into_iter()
            .map(Columns)
            .collect()
    }
}

struct Columns(Vec<(String, String)>);

impl Columns {
    fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(column, _)| column == name)
            .map(|(_, value)| value.as_str())
            .unwrap()
    }

    fn all<const N: usize>(&self, names: [&str; N]) -> [&str; N] {
        names.map(|name| self.get(name))
    }
}

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

#[tokio::test]
async fn a_call_is_stored_with_its_columns() {
    let server = Server::new();
    let answer = server
        .track(json!({
            "userId": "u-1", "anonymousId": "9f86d081884c7d65", "event": "Order Completed",
            "messageId": "01941f29-7c00-7aaa-8000-000000000001",
            "timestamp": "2026-11-23T11:59:58.500Z", "sentAt": "2026-11-23T12:00:00Z",
            "context": {
                "ip": "203.0.113.7", "userAgent": CHROME, "locale": "ru-RU", "sessionId": "6b03f3a81f0c22d4",
                "page": { "url": "https://shop.example/thanks?x=1", "title": "Спасибо", "referrer": "https://shop.example/cart" },
                "campaign": { "source": "vk", "medium": "cpc", "name": "осень" },
                "consent": { "categoryPreferences": { "marketing": false, "analytics": true } }
            },
            "properties": { "order_id": "A-1", "total": 1990.5, "currency": "eur", "coupon": "X",
                            "products": [{ "product_id": "kettle", "price": 1990.5 }] }
        }))
        .await;
    assert_eq!(
        (answer.status, &answer.body),
        (200, &json!({ "success": true, "accepted": 1 }))
    );
    let row = server.row();
    let expected = [
        ("site", "shop"),
        ("name", "purchase"),
        ("event_id", "01941f29-7c00-7aaa-8000-000000000001"),
        ("ts", "1795435198500"),
        ("visitor_id", "11495104353665842533"),
        ("user_id", "u-1"),
        ("page_url", "https://shop.example/thanks?x=1"),
        ("page_path", "/thanks"),
        ("page_title", "Спасибо"),
        ("referrer", "https://shop.example/cart"),
        ("channel", "Paid Social"),
        ("utm_source", "vk"),
        ("utm_campaign", "осень"),
        ("device", "desktop"),
        ("browser", "Chrome"),
        ("bot", ""),
        ("item", "kettle"),
        ("order_id", "A-1"),
        ("revenue", "199050"),
        ("currency", "EUR"),
        ("consent", "analytics"),
        ("container_version", "0"),
        ("origin", "api"),
    ];
    for (column, value) in expected {
        assert_eq!(row.get(column), value, "{column}");
    }
    assert_eq!(row.get("session_id"), 0x6b03_f3a8_1f0c_22d4_u64.to_string());
    let props = row.get("props");
    for part in [
        r#"("event_name", "Order Completed")"#,
        r#"("locale", "ru-RU")"#,
        r#"("coupon", "X")"#,
        r#"("total", "1990.5")"#,
    ] {
        assert!(props.contains(part), "{part} in {props}");
    }
    assert!(!format!("{:?}", row.0).contains("203.0.113"));
}

#[tokio::test]
async fn every_shape_has_its_event() {
    let server = Server::new();
    let cases = [
        (
            "page",
            json!({ "name": "Home", "properties": { "url": "https://shop.example/", "title": "Shop" } }),
            "pageview",
        ),
        ("screen", json!({ "name": "Cart" }), "screen_view"),
        (
            "identify",
            json!({ "traits": { "plan": "pro", "email": "ann@example.com" } }),
            "identify",
        ),
        (
            "group",
            json!({ "groupId": "acme", "traits": { "seats": 3 } }),
            "group",
        ),
        ("alias", json!({ "previousId": "old-7" }), "alias"),
        (
            "track",
            json!({ "event": "Демо заказано" }),
            "demo_zakazano",
        ),
        ("t", json!({ "event": "signedUp" }), "sign_up"),
    ];
    for (path, call, _) in &cases {
        let mut call = call.clone();
        call["userId"] = json!(42);
        let path = format!("/v1/{path}");
        let answer = server.post(&path, &server.write, call.to_string()).await;
        assert_eq!(
            (answer.status, &answer.body["success"]),
            (200, &json!(true)),
            "{path}"
        );
    }
    let rows = server.rows();
    for ((path, _, name), row) in cases.iter().zip(&rows) {
        assert_eq!(row.all(["name", "user_id"]), [name, "42"], "{path}");
        // A server without a browser's name is no bot, and tells nothing of device and channel.
        assert_eq!(
            row.all(["bot", "device", "channel"])[..2],
            ["", ""],
            "{path}"
        );
    }
    let shown = |at: usize, column: &str| rows[at].get(column).to_owned();
    assert_eq!(shown(0, "page_url"), "https://shop.example/");
    assert_eq!([shown(0, "channel"), shown(1, "channel")], ["Direct", ""]);
    assert!(shown(2, "props").contains(r#"("traits.plan", "pro")"#));
    assert!(shown(2, "props").contains("email_sha256") && !shown(2, "props").contains("ann@"));
    assert!(shown(3, "props").contains(r#"("group_id", "acme")"#));
    assert!(shown(4, "props").contains(r#"("previous_id", "old-7")"#));
    let visitor = shown(1, "visitor_id");
    assert!(rows.iter().all(|row| row.get("visitor_id") == visitor));
}

#[tokio::test]
async fn a_batch_is_judged_call_by_call_packed_or_not_whatever_its_headers_say() {
    let server = Server::new();
    let batch = json!({
        "sentAt": "2026-11-23T12:00:00.000Z",
        "context": { "page": { "url": "https://shop.example/a" } },
        "batch": [
            { "type": "track", "event": "One", "userId": "u", "messageId": "m-1", "timestamp": "2026-11-23T11:59:59+00:00" },
            { "type": "track", "event": "Two" , "messageId": "m-2" },
            "nonsense",
            { "type": "dance", "userId": "u" },
            { "type": "track", "userId": "u", "event": "🎉" },
            { "type": "track", "userId": "u", "event": "x", "timestamp": "soon" },
            { "type": "track", "userId": "u", "event": "x", "properties": [] },
            { "type": "track", "userId": "u", "event": "x", "messageId": "m".repeat(200) },
            { "type": "page", "userId": "u", "context": { "page": { "url": "https://shop.example/own" } } },
        ]
    });
    let answer = server
        .post("/v1/batch", &server.write, gzip(&batch.to_string()))
        .await;
    assert_eq!((answer.status, &answer.body["accepted"]), (200, &json!(2)));
    assert_eq!(answer.body["success"], json!(true));
    let rejected = answer.body["rejected"].as_array().unwrap();
    let reasons: Vec<_> = rejected
        .iter()
        .map(|one| {
            (
                one["index"].as_u64().unwrap(),
                one["reason"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        reasons,
        [
            (1, "no_user"),
            (2, "not_an_event"),
            (3, "bad_type"),
            (4, "bad_event"),
            (5, "bad_timestamp"),
            (6, "bad_properties"),
            (7, "bad_message_id"),
        ]
    );
    assert_eq!(rejected[0]["id"], json!("m-2"));
    let count = r#"events_rejected_total{reason="no_user"}"#;
    assert_eq!(server.rig.counted(&format!("weir_collector_{count}")), 1);

    // The same ids again: acknowledged, and not stored twice.
    let again = server
        .post("/v1/batch", &server.write, batch.to_string())
        .await;
    assert_eq!(again.status, 200);
    let rows = server.rows();
    let names: Vec<_> = rows.iter().map(|row| row.get("name")).collect();
    assert_eq!(
        names,
        ["one", "pageview", "pageview"],
        "a page without an id is a new one each time"
    );
    assert_eq!(rows[0].all(["page_path", "ts"]), ["/a", "1795435199000"]);
    assert_eq!(rows[1].get("page_path"), "/own");
}

#[tokio::test]
async fn a_call_that_comes_alone_and_is_not_stored_is_a_bad_request() {
    let server = Server::new();
    let answer = server.track(json!({ "event": "x" })).await;
    assert_eq!(
        (answer.status, &answer.body["success"]),
        (400, &json!(false))
    );
    assert_eq!(answer.body["rejected"][0]["reason"], json!("no_user"));
    for (path, body, code, status) in [
        ("/v1/track", "", "not_json", 400),
        ("/v1/track", "[]", "bad_batch", 400),
        ("/v1/batch", "{}", "bad_batch", 400),
        ("/v1/batch", r#"{"batch":[]}"#, "no_events", 400),
    ] {
        let answer = server.post(path, &server.write, body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{body}");
        assert_eq!(
            answer.body["code"],
            json!(code),
            "where Segment's library looks"
        );
    }
    let many = json!({ "batch": vec![json!({}); MAX_V1_EVENTS + 1] });
    let answer = server
        .post("/v1/batch", &server.write, many.to_string())
        .await;
    assert_eq!((answer.status, answer.code()), (413, "too_many_events"));
    let answer = server
        .post(
            "/v1/batch",
            &server.write,
            gzip(&" ".repeat(MAX_V1_BODY_BYTES + 1)),
        )
        .await;
    assert_eq!((answer.status, answer.code()), (413, "too_large"));
}

#[tokio::test]
async fn nobody_sends_without_a_token_that_allows_it() {
    let server = Server::new();
    let body = json!({ "event": "x", "userId": "u" }).to_string();
    let astray = NewToken::mint([5; TOKEN_RANDOM_BYTES]);
    for (token, status, code) in [
        ("nonsense", 401, "bad_token"),
        ("", 401, "no_token"),
        (&server.revoked, 401, "revoked_token"),
        (&server.read, 403, "wrong_scope"),
        (astray.expose(), 404, "unknown_site"),
    ] {
        let answer = server.post("/v1/track", token, body.clone()).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{token}");
        let hint = answer.body.pointer("/error/hint").unwrap();
        assert!(hint.as_str().unwrap().len() > 20);
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401);
    }
    let bare = http::Request::post("/v1/track").body(body.into()).unwrap();
    let answer = server.rig.send(bare).await;
    assert_eq!((answer.status, answer.code()), (401, "no_token"));
    assert!(server.rows().is_empty());
}

#[tokio::test]
async fn the_token_is_taken_from_where_senders_put_it() {
    let server = Server::new();
    let call = |number: usize| json!({ "event": "x", "userId": "u", "messageId": number });
    let basic = |account: String| format!("Basic {}", STANDARD.encode(account));
    let headers = [
        format!("bearer  {}", server.write),
        basic(format!("{}:", server.write)),
        basic(server.write.clone()),
        basic(format!(":{}", server.write)),
    ];
    for (number, header) in headers.iter().enumerate() {
        let request = http::Request::post("/v1/track").header("authorization", header);
        let answer = server
            .rig
            .send(request.body(call(number).to_string().into()).unwrap())
            .await;
        assert_eq!(answer.status, 200, "{header}");
    }
    let mut in_body = call(9);
    in_body["writeKey"] = json!(server.write);
    let request = http::Request::post("/v1/t").header("content-type", "text/plain");
    let answer = server
        .rig
        .send(request.body(in_body.to_string().into()).unwrap())
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(server.rows().len(), 5);
}

#[tokio::test]
async fn only_an_import_reaches_far_back() {
    let server = Server::new();
    let old = |id: &str| {
        json!({ "userId": "u", "event": "view", "messageId": id, "timestamp": "2015-06-02T05:02:12.117Z",
                "sentAt": "2026-11-23T10:00:00Z" })
        .to_string()
    };
    for (id, token) in [("a", &server.write), ("b", &server.import)] {
        assert_eq!(server.post("/v1/track", token, old(id)).await.status, 200);
    }
    let rows = server.rows();
    let now = NOW.to_string();
    assert_eq!(rows[0].all(["ts", "origin"]), [now.as_str(), "api"]);
    assert_eq!(
        rows[1].all(["ts", "origin", "session_date"]),
        ["1433221332117", "import", "16588"]
    );
}

#[tokio::test]
async fn the_clock_of_a_sender_is_corrected_and_that_of_a_relay_is_not() {
    let server = Server::new();
    // An hour behind; and once more as Segment passes it on, corrected already.
    let behind = json!({ "userId": "u", "event": "x", "timestamp": "2026-11-23T10:59:50Z", "sentAt": "2026-11-23T11:00:00Z" });
    let relayed = json!({ "userId": "u", "event": "x", "originalTimestamp": "2026-11-23T10:59:50Z",
                          "timestamp": "2026-11-23T11:59:50Z", "sentAt": "2026-11-23T11:00:00Z" });
    for call in [behind, relayed, json!({ "userId": "u", "event": "x" })] {
        assert_eq!(server.track(call).await.status, 200);
    }
    let times: Vec<_> = server
        .rows()
        .iter()
        .map(|row| row.get("ts").to_owned())
        .collect();
    let at = |ms: i64| (NOW + ms).to_string();
    assert_eq!(times, [at(-10_000), at(-10_000), at(0)]);
}

#[tokio::test]
async fn browsers_may_send_from_anywhere_with_a_token() {
    let server = Server::new();
    let request = http::Request::options("/v1/batch")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST");
    let answer = server.rig.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://app.example"
    );
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    let request = http::Request::get("/v1/batch").header("origin", "https://app.example");
    let answer = server.rig.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, "POST, OPTIONS")
    );
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://app.example"
    );
}

/// Any JSON, with the names that mean something more often than others.
fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[0-9T:.+Z -]{0,30}".prop_map(Value::from),
        Just(json!("track")),
        Just(json!("2026-11-23T12:00:00Z")),
    ];
    let name = prop_oneof![
        "[a-zA-Z_.]{0,12}",
        proptest::sample::select(vec![
            "type",
            "event",
            "userId",
            "anonymousId",
            "messageId",
            "timestamp",
            "originalTimestamp",
            "sentAt",
            "context",
            "properties",
            "traits",
            "page",
            "url",
            "campaign",
            "session",
            "sessionId",
            "id",
            "startedAt",
            "ip",
            "userAgent",
            "consent",
            "categoryPreferences",
            "products",
            "revenue",
            "total",
            "currency",
            "batch",
            "email",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 60, 12, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((name.clone(), inner), 0..12)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest::proptest! {
    /// Whatever a sender sends is a call or a reason why not, and a call is a row that can be read again.
    #[test]
    fn any_json_is_a_call_or_a_reason(value in any_json(), is_import: bool) {
        let shop = crate::site::tests::shop(&[]);
        let common = Common {
            site: &shop.id,
            context: None,
            sent_at: None,
            received_ms: NOW,
            is_import,
        };
        if let Ok(call) = call::read(&value, None, common) {
            let sender = Sender {
                origin: Origin::Api,
                user_agent: call.user_agent,
                address: call.address,
                geo: None,
                received_ms: NOW,
            };
            enrich::enrich(call.batch, &shop, sender, |row| {
                let mut bytes = Vec::new();
                row.encode(&mut bytes);
                assert!(crate::site::is_name(row.name));
                crate::sink::row::tests::decode(&bytes);
            });
        }
    }
}
