//! Writes the data of the present version, for the versions after it: `README.md` beside this file says how.

use std::path::Path;
use std::process::Command;

use clickhouse::Client;
use serde_json::json;
use weir_collector::warehouse::{
    self, Cost, CostKey, CostKind, FunnelCount, FunnelDefinition, FunnelMode, GoalDefinition,
    GoalStep, KpiDefinition, PreviewRow, Refresher, ReleaseRecord, SiteDefinition,
};

use crate::engine::Engine;

const SITE: &str = "shop";
/// 1 October 2026, midnight in Moscow.
const START_S: u64 = 1_790_802_000;
const DAY_S: u64 = 86_400;
/// Browsers, each with a first visit on a day of its own.
const VISITORS: u64 = 40;
/// 1 December 2026.
const PUBLISHED_MS: i64 = 1_796_083_200_000;
/// 1 January 2090: what is kept for a day, or for a month, is there when a later version looks.
const KEPT_MS: i64 = 3_786_912_000_000;

/// Funnels, goals and KPIs of the sample.
pub(crate) fn definition(site: &str) -> SiteDefinition {
    let step = |label: &str, step: &str| (label.to_owned(), step.to_owned());
    let kpi = |name: &str, metric: &str, target| KpiDefinition {
        name: name.to_owned(),
        metric: metric.to_owned(),
        page: String::new(),
        goal: String::new(),
        funnel: String::new(),
        channel: String::new(),
        baseline: None,
        target,
        since: String::new(),
        // Past it nothing is counted any more, whenever this is opened.
        deadline: "2026-11-30".to_owned(),
    };
    let goal = |name: &str, reached, value: &str| GoalDefinition {
        name: name.to_owned(),
        reached,
        value: value.to_owned(),
    };
    SiteDefinition {
        id: site.to_owned(),
        timezone: "Europe/Moscow".to_owned(),
        currency: "RUB".to_owned(),
        container_version: 2,
        funnels: vec![FunnelDefinition {
            name: "checkout".to_owned(),
            title: "Оформление".to_owned(),
            within_s: 7 * DAY_S,
            mode: FunnelMode::Ordered,
            count: FunnelCount::Persons,
            steps: vec![
                step("Товар", "/product/*"),
                step("Корзина", "add_to_cart"),
                step("Покупка", "purchase"),
            ],
        }],
        goals: vec![
            goal("lead", GoalStep::Step("lead".to_owned()), "500"),
            goal("bought", GoalStep::Step("purchase".to_owned()), "revenue"),
            goal("done", GoalStep::Funnel("checkout".to_owned()), "2.50"),
        ],
        kpis: vec![
            KpiDefinition {
                baseline: Some(0.25),
                goal: "bought".to_owned(),
                ..kpi("Конверсия", "conversion_rate", 0.5)
            },
            KpiDefinition {
                since: "2026-10-01".to_owned(),
                ..kpi("Визиты", "traffic", 1000.0)
            },
        ],
    }
}

pub(crate) async fn write(file: &Path) {
    let mut engine = Engine::start().await;
    let writer = engine.writer();
    warehouse::migrate(&writer).await.unwrap();
    warehouse::create_views(&writer).await.unwrap();
    warehouse::publish_site(&writer, &definition(SITE))
        .await
        .unwrap();
    let release = ReleaseRecord {
        site: SITE.to_owned(),
        version: 2,
        published_at_ms: PUBLISHED_MS,
        author: "anna@shop.example".to_owned(),
        note: "акция".to_owned(),
        source: r#"{"site": "shop"}"#.to_owned(),
        release: vec![0, 1, 254, 255],
    };
    warehouse::record_release(&writer, &release).await.unwrap();
    let events = events();
    insert(&writer, &events).await;
    // Some came twice, in another part.
    insert(&writer, &events[..20]).await;
    costs(&writer).await;
    previews(&writer).await;
    // People, goals and KPIs.
    Refresher::new(0).refresh(&writer).await.unwrap();
    engine.process.kill().unwrap();
    engine.process.wait().unwrap();
    let packed = Command::new("tar")
        .arg("czf")
        .arg(file)
        .arg("--exclude=lock")
        .arg("-C")
        .arg(engine.place.data.path())
        .arg("engine")
        .status()
        .unwrap();
    assert!(packed.success());
    println!("written: {}", file.display());
}

/// One visit of a browser.
struct Visit {
    visitor: u64,
    /// Which of theirs.
    number: u64,
    at_s: u64,
    seq: u64,
    rows: Vec<String>,
}

impl Visit {
    fn event(&mut self, name: &str, more: &serde_json::Value) {
        let campaigns = [
            ("Paid Search", "yandex", "cpc", "tea"),
            ("Direct", "", "", ""),
            ("Email", "letter", "email", "honey"),
        ];
        let (channel, source, medium, campaign) = campaigns[(self.visitor % 3) as usize];
        self.seq += 1;
        let mut row = json!({
            "site": SITE, "name": name, "event_id": id(self.at_s, self.visitor * 1000 + self.seq),
            "ts": seconds(self.at_s + 40 * self.seq), "received_at": seconds(self.at_s + 40 * self.seq + 1),
            "session_date": date(self.at_s), "session_id": (self.at_s << 32) | self.visitor, "session_seq": self.seq,
            "session_number": self.number, "visitor_id": self.visitor, "person_id": self.visitor, "page_path": "/",
            "page_host": "shop.example", "channel": channel, "utm_source": source, "utm_medium": medium,
            "utm_campaign": campaign, "device": "mobile", "country": "RU", "sample_rate": 1, "origin": "browser",
            "container_version": 2, "consent": "analytics", "engaged_ms": 5000,
        });
        for (column, value) in more.as_object().unwrap() {
            row[column] = value.clone();
        }
        self.rows.push(row.to_string());
    }
}

/// What a server says of an order.
fn told(name: &str, order: u64, hundredths: u64, at_s: u64) -> String {
    json!({
        "site": SITE, "name": name, "event_id": id(at_s, order), "ts": seconds(at_s), "received_at": seconds(at_s + 1),
        "session_date": date(at_s), "visitor_id": order, "person_id": order, "order_id": format!("o{order}"),
        "revenue": format!("{}.{:02}", hundredths / 100, hundredths % 100), "currency": "RUB", "sample_rate": 1, "origin": "api",
    })
    .to_string()
}

fn events() -> Vec<String> {
    let mut all = Vec::new();
    for visitor in 1..=VISITORS {
        let first = START_S + visitor * DAY_S + visitor * 600;
        let mut visit = Visit {
            visitor,
            number: 1,
            at_s: first,
            seq: 0,
            rows: Vec::new(),
        };
        visit.event("pageview", &json!({}));
        visit.event("impression", &json!({"item": "promo_1"}));
        if visitor % 2 == 0 {
            visit.event("click", &json!({"item": "promo_1"}));
            visit.event("pageview", &json!({"page_path": "/product/tea"}));
            visit.event(
                "add_to_cart",
                &json!({"item": "tea", "props": {"price": "100"}}),
            );
        }
        if visitor % 4 == 0 {
            let order =
                json!({"order_id": format!("o{visitor}"), "revenue": "100.50", "currency": "RUB"});
            visit.event("purchase", &order);
        }
        if visitor % 5 == 0 {
            visit.event("lead", &json!({}));
        }
        all.append(&mut visit.rows);
        // A week later every third is back; of ten, two turn out to be one person.
        if visitor % 3 == 0 || visitor % 10 < 2 {
            visit.at_s += 7 * DAY_S;
            (visit.number, visit.seq) = (2, 0);
            visit.event("pageview", &json!({"page_path": "/cart"}));
            if visitor % 10 < 2 {
                let user =
                    json!({"user_id": format!("u{}", visitor / 10), "user_source": "signed"});
                visit.event("login", &user);
            }
            all.append(&mut visit.rows);
        }
    }
    // The server's word, a day later, wins over the browser's; a part is given back, and a whole.
    let later = START_S + 45 * DAY_S;
    all.push(told("purchase", 4, 9_050, START_S + 5 * DAY_S));
    all.push(told("refund", 8, 2_000, later));
    all.push(told("refund", 12, 0, later));
    all
}

async fn insert(client: &Client, rows: &[String]) {
    let mut insert = client.insert_formatted_with("INSERT INTO weir.events FORMAT JSONEachRow");
    insert.send(rows.join("\n").into()).await.unwrap();
    insert.end().await.unwrap();
}

async fn costs(client: &Client) {
    let cost = |kind, source: &str, campaign: &str, from: &str, to: &str, amount| Cost {
        key: CostKey {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            kind,
            channel: String::new(),
            source: source.to_owned(),
            medium: if source.is_empty() { "" } else { "cpc" }.to_owned(),
            campaign: campaign.to_owned(),
            item: String::new(),
        },
        amount,
        impressions: 1000,
        clicks: 30,
        reach: 0,
        likes: 0,
        comments: 0,
        shares: 0,
    };
    let ads = |amount| {
        cost(
            CostKind::Ads,
            "yandex",
            "tea",
            "2026-10-01",
            "2026-10-31",
            amount,
        )
    };
    let salary = cost(
        CostKind::Salaries,
        "",
        "",
        "2026-10-01",
        "2026-10-31",
        500_001,
    );
    let wrong = cost(CostKind::Tools, "", "", "2026-11-01", "2026-11-01", 77);
    // One is corrected, one taken away.
    for (at_ms, costs) in [
        (0, vec![ads(1), salary, wrong.clone()]),
        (1, vec![ads(100_000)]),
    ] {
        warehouse::record_costs(client, SITE, "RUB", &costs, PUBLISHED_MS + at_ms)
            .await
            .unwrap();
    }
    warehouse::remove_costs(client, SITE, "RUB", &[wrong], PUBLISHED_MS + 2)
        .await
        .unwrap();
}

async fn previews(client: &Client) {
    let row = |id: u64, kind: &str| PreviewRow {
        site: SITE.to_owned(),
        id,
        received_at: KEPT_MS,
        at: PUBLISHED_MS,
        preview: "ab".to_owned(),
        kind: kind.to_owned(),
        name: String::new(),
        element: "a.buy".to_owned(),
        page_url: "https://shop.example/".to_owned(),
        fired: vec!["Купить".to_owned()],
        details: "{}".to_owned(),
    };
    let rows = [row(1, "pageview"), row(2, "click")];
    warehouse::record_previews(client, &rows).await.unwrap();
    let rejected = format!(
        "INSERT INTO weir.rejected_events (site, reason, at, message, path, sample, count) \
         SELECT '{SITE}', 'bad_event_name', fromUnixTimestamp64Milli({KEPT_MS}), 'no name', '/c', '{{}}', 3"
    );
    client.query_raw(&rejected).execute().await.unwrap();
}

fn id(high: u64, low: u64) -> String {
    uuid::Uuid::from_u64_pair(high, low).to_string()
}

fn seconds(at_s: u64) -> String {
    format!("{at_s}.000")
}

/// The day in Moscow.
fn date(at_s: u64) -> String {
    let at = jiff::Timestamp::from_second(i64::try_from(at_s).unwrap()).unwrap();
    at.in_tz("Europe/Moscow").unwrap().date().to_string()
}
