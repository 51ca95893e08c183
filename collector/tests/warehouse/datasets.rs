//! Two data sets that come with Python packages, imported; what the views then say must be, to the last digit, what pandas and
//! those packages say (`golden/answers.py`, whose answers are in `golden/answers.tsv`).
//!
//! `WEIR_DATASETS` names the folder of the data: `export WEIR_DATASETS=$(tools/setup.sh datasets)`.

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::PathBuf;

use clickhouse::Client;
use serde_json::{Value, json};
use weir_collector::warehouse::Refresher;

use crate::engine::Engine;
use crate::importer::{Importer, rows, text};

const ANSWERS: &str = include_str!("golden/answers.tsv");
const CALLS_OF_A_BATCH: usize = 2_000;
const VISITS: &str = "site = 'stream', from = '2024-01-01', to = '2024-06-30'";
/// Which of its events are page views, and of what.
const PAGES: [(&str, &str); 12] = [
    ("home", "/"),
    ("catalog", "/catalog"),
    ("search", "/search"),
    ("product_view", "/product"),
    ("promo_page", "/promo"),
    ("cart", "/cart"),
    ("shipping_details", "/checkout/shipping"),
    ("payment_details", "/checkout/payment"),
    ("account_page", "/account"),
    ("review_page", "/reviews"),
    ("compare", "/compare"),
    ("error_page", "/error"),
];

pub(crate) async fn run(engine: &Engine) {
    let (writer, reader) = (engine.writer(), engine.analyst());
    let stream = Importer::publish(&writer, "stream", "Asia/Kolkata", "USD").await;
    let shop = Importer::publish(&writer, "cdnow", "UTC", "USD").await;
    let (visits, orders) = (visits(), orders());
    import(&stream, &writer, &visits).await;
    import(&shop, &writer, &orders).await;
    Refresher::new(0).refresh(&writer).await.unwrap();

    let mut answers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in ANSWERS.lines() {
        let (question, answer) = line.split_once('\t').unwrap();
        answers.entry(question).or_default().push(answer);
    }
    let compared: usize = answers.values().map(Vec::len).sum();
    about_visits(&reader, &mut answers).await;
    about_orders(&reader, &mut answers).await;
    assert!(answers.is_empty(), "nobody asked: {:?}", answers.keys());
    println!(
        "{} calls of two data sets, {compared} answers of pandas: ok",
        visits.len() + orders.len()
    );
}

fn read(file: &str) -> Vec<u8> {
    let folder = std::env::var_os("WEIR_DATASETS")
        .expect("WEIR_DATASETS names the data: `export WEIR_DATASETS=$(tools/setup.sh datasets)`");
    std::fs::read(PathBuf::from(folder).join(file)).unwrap()
}

/// Half a year of visits of 200 people to a shop: a person, a session, an event, its second.
fn visits() -> Vec<Value> {
    let mut csv = String::new();
    flate2::read::GzDecoder::new(read("ecom.csv.gz").as_slice())
        .read_to_string(&mut csv)
        .unwrap();
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut of_second: HashMap<(&str, &str), u32> = HashMap::new();
    let people = csv.lines().skip(1).filter(|line| *line < "user_0200");
    let calls = people.enumerate().map(|(number, line)| {
        let [user, session, event, second, platform, channel, ..] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        // Those of one second are in the order of the file.
        let ms = of_second.entry((session, second)).or_default();
        let at = format!("{}.{ms:03}Z", second.replace(' ', "T"));
        *ms += 1;
        let started = begun.entry(session).or_insert(second);
        let mut call = json!({
            "userId": user, "anonymousId": user, "messageId": format!("line-{number}"), "timestamp": at,
            "context": {
                "session": { "id": session, "startedAt": format!("{}Z", started.replace(' ', "T")) },
                "userAgent": user_agent(platform),
                "campaign": campaign(channel),
            },
        });
        let page = PAGES.iter().find(|(name, _)| *name == event);
        let address = page.map_or("", |(_, path)| path);
        let referrer = if channel == "organic" { "https://www.google.com/" } else { "" };
        call["context"]["page"] = json!({ "url": format!("https://shop.example{address}"), "referrer": referrer });
        if page.is_some() {
            call["type"] = "page".into();
        } else {
            call["type"] = "track".into();
            call["event"] = event.into();
        }
        call
    });
    calls.collect()
}

fn campaign(channel: &str) -> Value {
    match channel {
        "email" => json!({ "source": "newsletter", "medium": "email" }),
        "paid_search" => json!({ "source": "google", "medium": "cpc" }),
        "social" => json!({ "source": "facebook", "medium": "social" }),
        _ => json!({}),
    }
}

fn user_agent(platform: &str) -> &'static str {
    match platform {
        "mobile" => {
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
        }
        "tablet" => {
            "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1"
        }
        _ => {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36"
        }
    }
}

/// What 2,357 customers of a record shop bought in a year and a half, without numbers of orders, and only the day of each.
fn orders() -> Vec<Value> {
    let text = String::from_utf8(read("CDNOW_sample.txt")).unwrap();
    let calls = text.lines().enumerate().map(|(number, line)| {
        let [_, customer, day, items, dollars] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        json!({
            "type": "track", "event": "Order Completed", "userId": customer, "messageId": format!("line-{number}"),
            "timestamp": format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]),
            "properties": { "revenue": dollars.parse::<f64>().unwrap(), "items": items.parse::<u32>().unwrap() },
        })
    });
    calls.collect()
}

async fn import(importer: &Importer, client: &Client, calls: &[Value]) {
    let folder = tempfile::tempdir().unwrap();
    let collector = importer.open(folder.path(), client);
    for batch in calls.chunks(CALLS_OF_A_BATCH) {
        let answer = importer.post(&collector, batch).await;
        assert_eq!(answer["accepted"], batch.len(), "{answer}");
    }
    collector.start_inserting();
    importer.until_stored(client, calls.len()).await;
    collector.shutdown().await;
}

/// Asks one question, and takes its answer out of those that are expected.
async fn ask(
    reader: &Client,
    answers: &mut BTreeMap<&str, Vec<&str>>,
    question: &str,
    columns: &[&str],
    rest: &str,
) {
    let mut found = rows(reader, &text(columns), rest).await;
    let mut expected = answers.remove(question).unwrap();
    // Both orders are right.
    found.sort();
    expected.sort_unstable();
    let different: Vec<_> = expected
        .iter()
        .zip(&found)
        .filter(|(one, other)| *one != other)
        .take(5)
        .collect();
    assert_eq!(found.len(), expected.len(), "{question}");
    assert!(
        different.is_empty(),
        "{question}, expected and found: {different:#?}"
    );
}

async fn about_visits(reader: &Client, answers: &mut BTreeMap<&str, Vec<&str>>) {
    let visits = "weir.sessions WHERE site = 'stream'";
    ask(
        reader,
        answers,
        "visits by channel and device",
        &[
            "replaceAll(channel, ' ', '_')",
            "device",
            "count()",
            "sum(pageviews)",
            "sum(events)",
            "round(1000 * sum(duration_s))",
            "sum(is_bounce)",
            "sum(is_converted)",
            "sum(purchases)",
            "uniqExact(person_id)",
        ],
        &format!("{visits} GROUP BY channel, device"),
    )
    .await;
    ask(
        reader,
        answers,
        "visits by day",
        &["value", "sessions", "visitors", "bounce_rate"],
        &format!("weir_fn.traffic({VISITS}, by = 'day')"),
    )
    .await;
    ask(
        reader,
        answers,
        "landing pages",
        &[
            "concat('page:', landing_page)",
            "sessions",
            "visitors",
            "bounces",
            "pageviews",
            "pages_per_session",
            "converted_sessions",
            "session_conversion_rate",
            "visitor_conversion_rate",
        ],
        &format!("weir_fn.landing_pages({VISITS})"),
    )
    .await;
    ask(
        reader,
        answers,
        "pages",
        &[
            "page_path",
            "views",
            "visitors",
            "sessions",
            "entries",
            "exits",
            "exit_rate",
        ],
        &format!("weir_fn.pages({VISITS})"),
    )
    .await;
    ask(
        reader,
        answers,
        "paths",
        &["page", "concat('next:', next_page)", "transitions", "share"],
        &format!("weir_fn.paths({VISITS})"),
    )
    .await;
    ask(
        reader,
        answers,
        "retention by week",
        &["cohort", "period_no", "persons", "active", "retention"],
        &format!("weir_fn.retention({VISITS}, period = 'week', event = '') WHERE active > 0"),
    )
    .await;
    ask(
        reader,
        answers,
        "stickiness",
        &["session_date", "dau", "wau", "mau", "stickiness"],
        "weir.stickiness WHERE site = 'stream' AND dau > 0",
    )
    .await;
    ask(
        reader,
        answers,
        "attribution by landing page",
        &[
            "concat('page:', value)", "conversions_first", "conversions_last", "conversions_last_non_direct",
            "round(conversions_linear, 9)", "round(conversions_position, 9)", "round(conversions_time_decay, 9)",
        ],
        &format!("weir_fn.attribution({VISITS}, conversion = 'purchase', by = 'landing_page', lookback_days = 30)"),
    )
    .await;
    funnels(reader, answers).await;
}

async fn funnels(reader: &Client, answers: &mut BTreeMap<&str, Vec<&str>>) {
    let steps = "'/catalog', '/product', 'add_to_cart', '/cart', '/checkout/shipping', '/checkout/payment', 'purchase'";
    let names = "'catalog', 'product_view', 'add_to_cart', 'cart', 'shipping_details', 'payment_details', 'purchase'";
    let persons = [
        "step_no",
        "name",
        "persons",
        "conversion_from_start",
        "conversion_from_prev",
        "ifNull(toString(median_s_from_prev), 'null')",
    ];
    let named =
        |call: &str, names: &str| format!("(SELECT *, [{names}][step_no] AS name FROM {call})");
    ask(
        reader,
        answers,
        "funnel of persons",
        &persons,
        &named(
            &format!("weir_fn.funnel({VISITS}, steps = [{steps}], window_s = 25920000)"),
            names,
        ),
    )
    .await;
    ask(
        reader,
        answers,
        "funnel within a week",
        &persons,
        &named(
            &format!("weir_fn.funnel({VISITS}, steps = ['/product', 'add_to_cart', '/cart'], window_s = 604800)"),
            "'product_view', 'add_to_cart', 'cart'",
        ),
    )
    .await;
    ask(
        reader,
        answers,
        "funnel of visits by device",
        &["breakdown", "step_no", "name", "units", "conversion_from_start", "conversion_from_prev", "ifNull(toString(median_s_from_prev), 'null')"],
        &named(
            &format!("weir_fn.funnel_by({VISITS}, steps = ['/product', 'add_to_cart', 'purchase'], window_s = 86400, mode = 'ordered', unit = 'session', breakdown = 'device')"),
            "'product_view', 'add_to_cart', 'purchase'",
        ),
    )
    .await;
    ask(
        reader,
        answers,
        "strict funnel of visits",
        &["step_no", "units"],
        &format!("weir_fn.funnel_by({VISITS}, steps = ['/checkout/shipping', '/checkout/payment', 'purchase'], window_s = 86400, mode = 'strict', unit = 'session', breakdown = '')"),
    )
    .await;
}

async fn about_orders(reader: &Client, answers: &mut BTreeMap<&str, Vec<&str>>) {
    ask(
        reader,
        answers,
        "orders by month",
        &[
            "toStartOfMonth(order_date)",
            "count()",
            "uniqExact(person_id)",
            "sum(revenue)",
        ],
        "weir.orders WHERE site = 'cdnow' GROUP BY toStartOfMonth(order_date)",
    )
    .await;
    ask(
        reader,
        answers,
        "sales beside those of before",
        &[
            "period_no",
            "period_from",
            "period_to",
            "orders",
            "customers",
            "new_customers",
            "revenue",
            "average_order",
            "ifNull(toString(revenue_growth), 'null')",
            "ifNull(toString(orders_growth), 'null')",
        ],
        "weir_fn.sales(site = 'cdnow', from = '1998-01-01', to = '1998-03-31')",
    )
    .await;
    ask(
        reader,
        answers,
        "customers",
        &["customers", "new_customers", "repeat_customers", "repeat_customers_in_life", "active_at_start", "lost", "churn_rate"],
        "weir_fn.customers(site = 'cdnow', from = '1997-07-01', to = '1997-09-30', lost_after_days = 90)",
    )
    .await;
    ask(
        reader,
        answers,
        "who buys again",
        &["cohort", "period_no", "persons", "active"],
        "weir_fn.retention(site = 'cdnow', period = 'month', event = 'purchase', from = '1997-01-01', to = '1998-06-30') WHERE active > 0",
    )
    .await;
    let customers = "(SELECT uniqExact(order_date) - 1 AS later, max(order_date) - min(order_date) AS recency, \
        toDate('1998-06-30') - min(order_date) AS age FROM weir.orders WHERE site = 'cdnow' GROUP BY person_id)";
    ask(
        reader,
        answers,
        "days of later orders",
        &["later", "count()"],
        &format!("{customers} GROUP BY later"),
    )
    .await;
    ask(
        reader,
        answers,
        "days between first and last",
        &["count()", "sum(later)", "sum(recency)", "sum(age)"],
        customers,
    )
    .await;
}
