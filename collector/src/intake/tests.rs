//! The route as its senders see it, on a spool whose disk fails when told to.

mod identity;
mod refusals;

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use axum::body::Body;

use super::*;
use crate::limits::{MAX_DISCARDED_BYTES, MAX_EVENTS, MAX_PAGES, MAX_PROPS};
use crate::sink::row::tests::{decode, decode_rejected};
use crate::site::tests::shop;
use crate::spool::format::{FileId, FileKind, Reader};
use crate::spool::ids::IdWindow;
use crate::spool::ids_log::IdsLog;
use crate::spool::journal::{Journal, SealAt};
use crate::spool::recover::recover;
use crate::spool::shelf::Shelf;
use crate::spool::sim::SimDisk;
use crate::spool::writer::{QueueLimits, SpoolTime};
use crate::spool::{self};

pub(crate) const NOW: i64 = 1_795_435_200_000; // 2026-11-23T12:00:00Z
const DIR: &str = "/spool";
const REJECTED: &str = "/rejected";
pub(crate) const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/142.0.0.0 Safari/537.36";

pub(crate) struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Rig {
    disk: SimDisk,
    pub(crate) intake: Arc<Intake<SimDisk>>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::on(SimDisk::new(1), 1 << 30)
    }

    fn with_limits(limits: Limits) -> Self {
        let settings = IntakeSettings {
            limits,
            ..IntakeSettings::default()
        };
        Self::build(SimDisk::new(1), 1 << 30, settings)
    }

    fn on(disk: SimDisk, max_spool_bytes: u64) -> Self {
        Self::build(disk, max_spool_bytes, IntakeSettings::default())
    }

    fn build(disk: SimDisk, max_spool_bytes: u64, settings: IntakeSettings) -> Self {
        let dir = Path::new(DIR);
        let day = Duration::from_secs(86_400);
        let shared = Arc::new(disk.clone());
        let mut window = IdWindow::new(10_000, day);
        let log = IdsLog::open(Arc::clone(&shared), dir, 10_000, day, &mut window).unwrap();
        let found = recover(&disk, dir, &mut window).unwrap();
        let shelf = Arc::new(Shelf::new(Arc::clone(&shared), dir, day, log, &found, None));
        let seal_at = SealAt {
            age: day,
            bytes: 1 << 30,
            rows: 1_000_000,
        };
        let journal = Journal::new(shared, dir, seal_at, found.next_number, window);
        let clock: Arc<dyn Clock> = Arc::new(ManualClock(AtomicI64::new(NOW)));
        let metrics = Arc::new(Metrics::new());
        let time = Arc::new(SpoolTime::new(Arc::clone(&clock)));
        let queue = QueueLimits {
            commit_wait: Duration::ZERO,
            commit_bytes: 1 << 22,
            max_spool_bytes,
        };
        let writer = Writer::start(journal, shelf, time, Arc::clone(&metrics), queue);
        let sites = Sites::new();
        sites.replace(vec![shop(&["shop.example", "*.shop.example"])]);
        let intake = Intake::new(
            sites,
            Tokens::new(),
            Arc::new(writer.unwrap()),
            Aside::new(rejected(&disk, &clock), metrics.rejected_unkept.clone()),
            metrics,
            clock,
            settings,
        );
        Self {
            disk,
            intake: Arc::new(intake),
        }
    }

    /// Rejected events in their spool after the machine has crashed.
    pub(crate) fn rejected_after_crash(&self) -> Vec<Vec<(String, String)>> {
        self.intake.aside.close();
        self.rows_in(Path::new(REJECTED), decode_rejected)
    }

    pub(crate) async fn send(&self, request: Request) -> Answer {
        let response = router(Arc::clone(&self.intake))
            .merge(crate::v1::router(Arc::clone(&self.intake)))
            .oneshot(request)
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    async fn post(&self, body: impl Into<Body>) -> Answer {
        self.send(post(body)).await
    }

    /// Rows in the spool after the machine has crashed, decoded.
    pub(crate) fn rows_after_crash(&self) -> Vec<Vec<(String, String)>> {
        self.intake.writer.close();
        self.rows_in(Path::new(DIR), decode)
    }

    fn rows_in(
        &self,
        dir: &Path,
        decode: fn(&[u8]) -> Vec<(String, String)>,
    ) -> Vec<Vec<(String, String)>> {
        self.disk.restart();
        let mut rows = Vec::new();
        for name in crate::spool::io::Disk::list(&self.disk, dir).unwrap() {
            let file = FileId::parse(&name, spool::WAITING).unwrap();
            let content =
                crate::spool::io::Disk::read(&self.disk, &dir.join(&name), u64::MAX).unwrap();
            rows.extend(
                Reader::new(FileKind::Segment, file, &content).map(|record| decode(record.body)),
            );
        }
        rows
    }

    pub(crate) fn counted(&self, metric: &str) -> u64 {
        let text = self
            .intake
            .metrics
            .text(crate::metrics::Readings::default());
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {metric} in {text}"))
            .parse()
            .unwrap()
    }
}

/// A spool for what was rejected, on the same disk.
fn rejected(disk: &SimDisk, clock: &Arc<dyn Clock>) -> Arc<Writer<SimDisk>> {
    let (dir, day) = (Path::new(REJECTED), Duration::from_secs(86_400));
    let shared = Arc::new(disk.clone());
    let mut window = IdWindow::new(1_000, day);
    let log = IdsLog::open(Arc::clone(&shared), dir, 1_000, day, &mut window).unwrap();
    let found = recover(disk, dir, &mut window).unwrap();
    let shelf = Arc::new(Shelf::new(Arc::clone(&shared), dir, day, log, &found, None));
    let seal_at = SealAt {
        age: day,
        bytes: 1 << 20,
        rows: 10_000,
    };
    let journal = Journal::new(shared, dir, seal_at, found.next_number, window)
        .of_rows(crate::sink::row::REJECTED_VERSION);
    let limits = QueueLimits {
        commit_wait: Duration::ZERO,
        commit_bytes: 1 << 22,
        max_spool_bytes: 1 << 26,
    };
    let time = Arc::new(SpoolTime::new(Arc::clone(clock)));
    let writer = Writer::start(journal, shelf, time, Arc::new(Metrics::new()), limits);
    Arc::new(writer.unwrap())
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body
            .pointer("/error/code")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

pub(crate) fn post(body: impl Into<Body>) -> Request {
    let request = http::Request::post("/c").header("user-agent", CHROME);
    request.body(body.into()).unwrap()
}

pub(crate) fn event(number: u128) -> Value {
    json!({ "id": uuid::Uuid::from_u128(number).to_string(), "name": "pageview", "ts": NOW - 1_500, "seq": 1, "page": 0 })
}

pub(crate) fn batch(events: &[Value]) -> Value {
    json!({
        "v": 1, "site": "shop", "sent": NOW - 100, "visitor": "9f86d081884c7d65",
        "session": { "id": format!("{:08x}0c22d4f1", NOW / 1_000 - 60), "number": 2,
                     "entry": { "url": "https://shop.example/?utm_source=ads&utm_medium=cpc&yclid=77", "referrer": "https://ya.ru/" } },
        "release": 3, "consent": ["marketing", "analytics"],
        "pages": [ { "url": "https://Shop.example:8080/product/42?x=1", "title": "Чайник", "referrer": "https://shop.example/" } ],
        "events": events,
    })
}

fn with(pointer: &str, value: Value) -> String {
    let mut batch = batch(&[event(1)]);
    *batch.pointer_mut(pointer).unwrap() = value;
    batch.to_string()
}

#[tokio::test]
async fn an_accepted_event_is_on_disk_before_the_answer() {
    let rig = Rig::new();
    let mut bought = event(0x0194_1f29_7c00_7aaa_8000_0000_0000_0001);
    bought["name"] = json!("purchase");
    bought["tag"] = json!("Order");
    bought["trigger"] = json!("thanks");
    bought["sample_rate"] = json!(0.25);
    bought["props"] = json!({ "order_id": "A-1", "revenue": 1990.5, "item": "kettle", "sku": "42", "gift": true });
    let answer = rig.post(batch(&[bought]).to_string()).await;
    assert_eq!((answer.status, answer.body), (204, Value::Null));

    let rows = rig.rows_after_crash();
    assert_eq!(rows.len(), 1);
    // In the order of the columns; properties in the order in which this test writes them.
    let expected = [
        ("site", "shop"),
        ("name", "purchase"),
        ("event_id", "01941f29-7c00-7aaa-8000-000000000001"),
        ("ts", "1795435198500"),
        ("received_at", "1795435200000"),
        ("session_date", "20780"),
        (
            "session_id",
            &format!("{}", (NOW / 1_000 - 60) << 32 | 0x0c22_d4f1),
        ),
        ("session_seq", "1"),
        ("session_number", "2"),
        ("visitor_id", &0x9f86_d081_884c_7d65_u64.to_string()),
        ("person_id", &0x9f86_d081_884c_7d65_u64.to_string()),
        ("user_id", ""),
        ("page_url", "https://Shop.example:8080/product/42?x=1"),
        ("page_host", "shop.example"),
        ("page_path", "/product/42"),
        ("page_title", "Чайник"),
        ("referrer", "https://shop.example/"),
        ("channel", "Paid Search"),
        ("utm_source", "ads"),
        ("utm_medium", "cpc"),
        ("utm_campaign", ""),
        ("utm_content", ""),
        ("utm_term", ""),
        ("click_id_type", "yclid"),
        ("click_id", "77"),
        ("device", "desktop"),
        ("browser", "Chrome"),
        ("os", "Windows"),
        ("country", ""),
        ("city", ""),
        ("element", ""),
        ("item", "kettle"),
        ("order_id", "A-1"),
        ("revenue", "199050"),
        ("currency", "RUB"),
        ("engaged_ms", "0"),
        ("tag", "Order"),
        ("trigger", "thanks"),
        ("container_version", "3"),
        ("consent", "analytics,marketing"),
        ("sample_rate", "0.25"),
        ("bot", ""),
        ("props", r#"[("gift", "true"), ("sku", "42")]"#),
        ("origin", "browser"),
        ("user_source", ""),
    ];
    let row: Vec<_> = rows[0]
        .iter()
        .map(|(column, value)| (column.as_str(), value.as_str()))
        .collect();
    assert_eq!(row, expected);
}

#[tokio::test]
async fn a_repeat_is_acknowledged_and_not_stored() {
    let rig = Rig::new();
    let twice_in_one = batch(&[event(1), event(2), event(1)]).to_string();
    for _ in 0..3 {
        assert_eq!(rig.post(twice_in_one.clone()).await.status, 204);
    }
    let mut other_visitor = batch(&[event(1)]);
    other_visitor["visitor"] = json!("0000000000000001");
    assert_eq!(rig.post(other_visitor.to_string()).await.status, 204);
    assert_eq!(rig.counted("weir_collector_events_accepted_total"), 3);
    assert_eq!(rig.counted("weir_collector_events_repeated_total"), 7);
    let steps = r#"weir_collector_step_runs_total{step="channel"}"#;
    assert_eq!(rig.counted(steps), 4, "once a request");
    assert_eq!(rig.rows_after_crash().len(), 3);
}

#[tokio::test]
async fn repeats_that_arrive_together_are_stored_once() {
    let rig = Rig::new();
    let body = batch(&[event(1), event(2)]).to_string();
    let answers = (0..50).map(|_| {
        let route = router(Arc::clone(&rig.intake));
        let request = post(body.clone());
        tokio::spawn(async move { route.oneshot(request).await.unwrap().status().as_u16() })
    });
    for answer in answers.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap(), 204);
    }
    assert_eq!(rig.rows_after_crash().len(), 2);
}

#[tokio::test]
async fn a_bad_event_does_not_take_the_good_ones_with_it() {
    let rig = Rig::new();
    let broken = |pointer: &str, value: Value| {
        let mut event = event(99);
        event[pointer] = value;
        event
    };
    let too_many: serde_json::Map<_, _> = (0..=MAX_PROPS)
        .map(|number| (number.to_string(), json!(1)))
        .collect();
    let events = [
        event(1),
        broken("id", json!("")),
        broken("id", json!("x".repeat(limits::MAX_EVENT_ID_BYTES + 1))),
        broken("name", json!("Bad Name!")),
        broken("name", Value::Null),
        broken("ts", json!("yesterday")),
        broken("ts", json!(-5)),
        broken("seq", json!(-1)),
        broken("seq", json!(4_294_967_296_u64)),
        broken("page", json!(1)),
        broken("page", json!("0")),
        broken("props", Value::Object(too_many)),
        broken("props", json!([1])),
        json!(7),
        event(2),
    ];
    let answer = rig.post(batch(&events).to_string()).await;
    assert_eq!((answer.status, &answer.body["accepted"]), (200, &json!(2)));
    let rejected: Vec<_> = answer.body["rejected"].as_array().unwrap().clone();
    let reasons: Vec<_> = rejected
        .iter()
        .map(|event| event["reason"].as_str().unwrap())
        .collect();
    let expected = [
        "bad_event_id",
        "bad_event_id",
        "bad_event_name",
        "bad_event_name",
        "bad_time",
        "bad_time",
        "bad_seq",
        "bad_seq",
        "bad_page",
        "bad_page",
        "too_many_props",
        "bad_props",
        "not_an_event",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(rejected[2]["index"], 3);
    assert_eq!(rejected[2]["id"], event(99)["id"]);
    assert!(
        rejected
            .iter()
            .all(|event| !event["message"].as_str().unwrap().is_empty())
    );
    assert_eq!(
        rig.counted(r#"weir_collector_events_rejected_total{reason="bad_time"}"#),
        2
    );
    assert_eq!(rig.rows_after_crash().len(), 2);
}

#[tokio::test]
async fn a_batch_of_bad_events_only_is_answered_too() {
    let rig = Rig::new();
    let answer = rig.post(batch(&[json!({})]).to_string()).await;
    assert_eq!((answer.status, &answer.body["accepted"]), (200, &json!(0)));
}

#[tokio::test]
async fn an_id_that_is_no_uuid_becomes_one() {
    let rig = Rig::new();
    let named = |id: &str| {
        let mut event = event(1);
        event["id"] = json!(id);
        batch(&[event]).to_string()
    };
    for id in ["order-17", "order-18", "order-17"] {
        assert_eq!(rig.post(named(id)).await.status, 204);
    }
    let rows = rig.rows_after_crash();
    let ids: Vec<_> = rows.iter().map(|row| row[2].1.as_str()).collect();
    // Part of the contract with senders that repeat: never changes.
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], "e0f17bd0-6dad-879f-8863-1ff9b5e5f9be");
}

#[tokio::test]
async fn messages_are_in_the_senders_language() {
    let rig = Rig::new();
    for (language, word) in [("ru-RU,ru;q=0.9", "сайта"), ("en", "site"), ("fr", "site")] {
        let mut request = post(with("/site", json!("nobody")));
        request
            .headers_mut()
            .insert("accept-language", language.parse().unwrap());
        let answer = rig.send(request).await;
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(
            message.contains(word) && message.contains("`nobody`"),
            "{language}: {message}"
        );
    }
}

#[tokio::test]
async fn a_clock_of_1970_gives_an_event_of_today() {
    let rig = Rig::new();
    let mut late = event(1);
    late["ts"] = json!(5_000);
    let mut body = batch(&[late]);
    body["sent"] = json!(6_000);
    body["session"]["id"] = json!("0000000400000001");
    assert_eq!(rig.post(body.to_string()).await.status, 204);
    assert_eq!(
        rig.counted(r#"weir_collector_events_changed_total{reason="clock_corrected"}"#),
        1
    );
    let rows = rig.rows_after_crash();
    let value = |column: &str| {
        rows[0]
            .iter()
            .find(|(name, _)| name == column)
            .unwrap()
            .1
            .as_str()
    };
    assert!((value("ts").parse::<i64>().unwrap() - NOW).abs() < 120_000);
    assert_eq!(value("session_date"), "20780");
    assert_eq!(value("session_id"), (4_u64 << 32 | 1).to_string());
}

#[tokio::test]
async fn the_place_is_that_of_the_client_and_its_address_is_nowhere() {
    use crate::address::{Cidr, Peer};
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("city.mmdb");
    let networks = [
        ("203.0.113.0", 24, "RU", "Moscow"),
        ("2001:db8::", 32, "KZ", "Almaty"),
        ("198.51.100.0", 24, "DE", "Berlin"),
    ];
    std::fs::write(&file, crate::enrich::geo::tests::database(&networks)).unwrap();
    let settings = IntakeSettings {
        proxy: ProxySettings {
            trusted: vec![Cidr::parse("10.0.0.0/8").unwrap()],
            ..ProxySettings::default()
        },
        geo: Some(Arc::new(GeoFile::open(&file).unwrap())),
        ..IntakeSettings::default()
    };
    let rig = Rig::build(SimDisk::new(1), 1 << 30, settings);
    // The peer, what the header says, and where the client is.
    let cases = [
        ("203.0.113.7", "", "RU Moscow"),
        ("203.0.113.7", "198.51.100.1", "RU Moscow"),
        ("10.0.0.1", "198.51.100.1", "DE Berlin"),
        ("10.0.0.1", "203.0.113.7, 198.51.100.1", "DE Berlin"),
        ("::ffff:10.0.0.1", "2001:db8::7", "KZ Almaty"),
        ("10.0.0.1", "::ffff:203.0.113.7", "RU Moscow"),
        ("10.0.0.1", "nonsense", " "),
        ("192.0.2.1", "", " "),
    ];
    for (number, (peer, forwarded, _)) in (1..).zip(cases) {
        let mut request = post(batch(&[event(number)]).to_string());
        let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 4711);
        request.extensions_mut().insert(Peer(peer));
        if !forwarded.is_empty() {
            let headers = request.headers_mut();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        assert_eq!(rig.send(request).await.status, 204);
    }
    let rows = rig.rows_after_crash();
    for (row, (peer, forwarded, place)) in rows.iter().zip(cases) {
        let column = |name: &str| &row.iter().find(|(column, _)| column == name).unwrap().1;
        let seen = format!("{} {}", column("country"), column("city"));
        assert_eq!(seen, place, "{peer} {forwarded}");
    }
    let stored = format!("{rows:?}");
    for part in ["203.0.113", "198.51.100", "2001:db8", "10.0.0.1", "192.0.2"] {
        assert!(!stored.contains(part), "{part}");
    }
}
