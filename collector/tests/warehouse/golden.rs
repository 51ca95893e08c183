//! Numbers of a real shop and of real recommendations, worked out elsewhere (`golden/README.md`).

use std::collections::BTreeMap;
use std::io::Read as _;

use clickhouse::Client;
use weir_collector::warehouse::{self, SiteDefinition};

use crate::compare::Tally;
use crate::engine::Engine;
use crate::numbers::{Question, Values};

pub(crate) const SHOP: &[u8] = include_bytes!("golden/online_retail.tsv.gz");
const BANDIT: &str = include_str!("golden/open_bandit.tsv");
const PERIOD: &str = "site = 'online_retail', from = '2011-07-01', to = '2011-09-30'";

pub(crate) async fn run(engine: &Engine) {
    let writer = engine.writer();
    let site = SiteDefinition {
        id: "online_retail".to_owned(),
        timezone: "UTC".to_owned(),
        currency: "GBP".to_owned(),
        container_version: 1,
        funnels: Vec::new(),
        goals: Vec::new(),
        kpis: Vec::new(),
    };
    warehouse::publish_site(&writer, &site).await.unwrap();
    insert(&writer).await;

    let mut tally = Tally::default();
    let reader = engine.analyst();
    let one = |numbers: &[f64]| {
        let values = numbers.iter().copied().map(Some).collect();
        BTreeMap::from([(Vec::new(), Values::numbers(values))])
    };
    let sales = Question {
        key: &[],
        texts: &[],
        numbers: &[
            "orders",
            "customers",
            "new_customers",
            "gross_revenue",
            "refunds",
            "revenue",
            "round(average_order, 2)",
        ],
        from: format!("weir_fn.sales({PERIOD}) WHERE period_no = 1"),
    };
    let expected = [
        4368.0,
        2161.0,
        656.0,
        2_198_273.29,
        76_226.44,
        2_122_046.85,
        503.27,
    ];
    sales.compare(&reader, &mut tally, one(&expected)).await;
    let customers = Question {
        key: &[],
        texts: &[],
        numbers: &[
            "customers",
            "new_customers",
            "round(repeat_share, 4)",
            "round(repeat_share_in_life, 4)",
            "active_at_start",
            "lost",
            "round(churn_rate, 4)",
        ],
        from: format!("weir_fn.customers({PERIOD}, lost_after_days = 90)"),
    };
    let expected = [2161.0, 656.0, 0.4188, 0.7649, 1969.0, 774.0, 0.3931];
    customers.compare(&reader, &mut tally, one(&expected)).await;
    assert_eq!(tally.different, 0, "the numbers of a real shop differ");
    println!("numbers of a real shop: ok");
    open_bandit(&writer, &reader).await;
}

/// What was recommended in a fashion shop, by two policies, and what was clicked: 130 and 157 of 30,000 each.
async fn open_bandit(writer: &Client, reader: &Client) {
    let mut tally = Tally::default();
    for (policy, all_clicks) in [("random", 130.0), ("bts", 157.0)] {
        let (mut items, mut rows, mut session) = (BTreeMap::new(), String::new(), 0_u64);
        for line in BANDIT.lines() {
            let [of, campaign, item, position, shown, clicked] =
                line.split('\t').collect::<Vec<_>>()[..]
            else {
                panic!("{line}");
            };
            if of != policy {
                continue;
            }
            let (shown, clicked): (u64, u64) = (shown.parse().unwrap(), clicked.parse().unwrap());
            let item = format!("{campaign}_{item}");
            let sums: &mut (u64, u64) = items.entry(item.clone()).or_default();
            (sums.0, sums.1) = (sums.0 + shown, sums.1 + clicked);
            for number in 0..shown {
                session += 1;
                let names = ["impression", "click"];
                for name in &names[..1 + usize::from(number < clicked)] {
                    let id = uuid::Uuid::from_u64_pair(session, u64::from(*name == "click"));
                    let row = serde_json::json!({
                        "site": policy, "name": name, "event_id": id.to_string(), "ts": "2019-11-24 10:00:00.000",
                        "received_at": "2026-01-01 00:00:00.000", "session_date": "2019-11-24", "session_id": session,
                        "session_seq": 1, "visitor_id": session, "person_id": session, "item": item,
                        "element": position, "sample_rate": 1,
                    });
                    rows.push_str(&row.to_string());
                    rows.push('\n');
                }
            }
        }
        let mut insert = writer.insert_formatted_with("INSERT INTO weir.events FORMAT JSONEachRow");
        insert.send(rows.into()).await.unwrap();
        insert.end().await.unwrap();
        let from =
            format!("weir_fn.ctr(site = '{policy}', from = '2019-11-24', to = '2019-11-24')");
        let total = Question {
            key: &[],
            texts: &[],
            numbers: &[
                "sum(impressions)",
                "sum(clicks)",
                "sum(clicks_without_impression)",
            ],
            from: from.clone(),
        };
        let numbers = [30_000.0, all_clicks, 0.0].map(Some).to_vec();
        let expected = BTreeMap::from([(Vec::new(), Values::numbers(numbers))]);
        total.compare(reader, &mut tally, expected).await;
        let by_item = Question {
            key: &["item"],
            texts: &[],
            numbers: &[
                "impressions",
                "clicks",
                "ctr",
                "sessions_clicked",
                "estimated_ctr",
            ],
            from,
        };
        let expected = items
            .into_iter()
            .map(|(item, (shown, clicked))| {
                let (shown, clicked) = (shown as f64, clicked as f64);
                let rate = clicked / shown;
                let numbers = [shown, clicked, rate, clicked, rate].map(Some).to_vec();
                (vec![item], Values::numbers(numbers))
            })
            .collect();
        by_item.compare(reader, &mut tally, expected).await;
    }
    assert_eq!(
        tally.different, 0,
        "the numbers of real recommendations differ"
    );
    println!("numbers of real recommendations: ok");
}

/// Invoices as an import sends them: purchases and refunds of known people, without sessions.
async fn insert(client: &Client) {
    let mut text = String::new();
    flate2::read::GzDecoder::new(SHOP)
        .read_to_string(&mut text)
        .unwrap();
    let mut rows = String::new();
    for (number, line) in (1_u128..).zip(text.lines()) {
        let [at, kind, customer, invoice, sum] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let name = if kind == "p" { "purchase" } else { "refund" };
        let row = serde_json::json!({
            "site": "online_retail", "name": name, "event_id": uuid::Uuid::from_u128(number).to_string(),
            "ts": format!("{at}:00.000"), "received_at": "2026-01-01 00:00:00.000", "session_date": at[..10],
            "visitor_id": customer, "person_id": customer, "order_id": invoice, "revenue": sum, "currency": "GBP",
            "sample_rate": 1,
        });
        rows.push_str(&row.to_string());
        rows.push('\n');
    }
    let mut insert = client.insert_formatted_with("INSERT INTO weir.events FORMAT JSONEachRow");
    insert.send(rows.into()).await.unwrap();
    insert.end().await.unwrap();
}
