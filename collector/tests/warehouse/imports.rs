//! A real shop's orders of years ago, sent to `/v1/batch` as a person would import them: packed, with bad calls among good ones,
//! repeated at once and once more after the collector has forgotten them. The answers of the views are worked out here, from
//! the file, by other means.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read as _;

use clickhouse::Client;
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};
use weir_collector::warehouse::Refresher;

use crate::engine::Engine;
use crate::golden::SHOP;
use crate::importer::{Importer, rows, text};

const SITE: &str = "imported";
/// Orders before are left out: enough of them are left.
const SINCE: &str = "2011-07-01";
const CALLS_OF_A_BATCH: usize = 900;
const WINDOW_MINUTES: i64 = 30 * 24 * 60;

/// A line of the file.
struct Order {
    at: DateTime,
    is_refund: bool,
    customer: String,
    invoice: String,
    pence: i64,
}

pub(crate) async fn run(engine: &Engine) {
    let (writer, reader) = (engine.writer(), engine.analyst());
    let importer = Importer::publish(&writer, SITE, "UTC", "GBP").await;
    let orders = orders();
    let calls: Vec<Value> = orders.iter().flat_map(calls).collect();
    assert!(calls.len() > 10_000, "{}", calls.len());
    import(&importer, &writer, &calls).await;
    // Orders came from a browser, refunds did not: that both are one person's is found out afterwards, as on a server.
    let mut refresher = Refresher::new(0);
    refresher.refresh(&writer).await.unwrap();

    sales(&reader, &orders).await;
    visits(&reader, &orders).await;
    leads(&reader, &orders).await;
    funnel(&reader, &orders).await;
    retention(&reader, &orders).await;
    println!("{} calls of an import, years back: ok", calls.len());
}

fn orders() -> Vec<Order> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(SHOP)
        .read_to_string(&mut text)
        .unwrap();
    text.lines()
        .filter(|line| *line >= SINCE)
        .map(|line| {
            let [at, kind, customer, invoice, sum] = line.split('\t').collect::<Vec<_>>()[..]
            else {
                panic!("{line}");
            };
            Order {
                at: at.replace(' ', "T").parse().unwrap(),
                is_refund: kind == "r",
                customer: customer.to_owned(),
                invoice: invoice.to_owned(),
                pence: sum.replace('.', "").parse().unwrap(),
            }
        })
        .collect()
}

fn is_paid(order: &Order) -> bool {
    order.invoice.ends_with(['0', '3', '6'])
}

/// An order came of a visit with two pages; a refund is the shop's own.
fn calls(order: &Order) -> Vec<Value> {
    let call = |kind: &str, second: i8, more: Value| {
        let at = order.at.with().second(second).build().unwrap();
        let mut call = json!({ "type": kind, "userId": order.customer, "messageId": format!("{kind}-{second}-{}", order.invoice), "timestamp": format!("{at}Z") });
        for (key, value) in more.as_object().unwrap() {
            call[key] = value.clone();
        }
        call
    };
    let properties = json!({ "order_id": order.invoice, "revenue": order.pence as f64 / 100.0, "currency": "GBP" });
    if order.is_refund {
        return vec![call(
            "track",
            0,
            json!({ "event": "Order Refunded", "properties": properties }),
        )];
    }
    let visit = |path: &str| {
        json!({ "anonymousId": order.customer, "context": { "page": { "url": format!("https://shop.example{path}") },
            "session": { "id": order.invoice, "startedAt": format!("{}Z", order.at) } } })
    };
    let mut bought = visit("/bought");
    bought["event"] = "Order Completed".into();
    bought["properties"] = properties;
    // Only the first page says how somebody came, as with libraries in a page that hand on its address.
    let landing = if is_paid(order) {
        "/?utm_source=yandex&utm_medium=cpc"
    } else {
        "/"
    };
    vec![
        call("page", 0, visit(landing)),
        call("page", 20, visit("/basket")),
        call("track", 40, bought),
    ]
}

/// Sends all calls, and much that must change nothing.
async fn import(importer: &Importer, client: &Client, calls: &[Value]) {
    let folder = tempfile::tempdir().unwrap();
    let mut stored = 0;
    for (round, batches) in [(1, usize::MAX), (2, 2)] {
        // The second collector has a folder of its own: it knows nothing of what the first has taken.
        let collector = importer.open(&folder.path().join(round.to_string()), client);
        for (number, batch) in calls.chunks(CALLS_OF_A_BATCH).take(batches).enumerate() {
            let mut batch = batch.to_vec();
            batch.insert(
                1,
                json!({ "type": "track", "event": "nobody", "timestamp": "2011-01-01T00:00:00Z" }),
            );
            let good = batch.len() - 1;
            // Every third is sent again, as after an answer that was lost.
            for _ in 0..=usize::from(number % 3 == 0) {
                let answer = importer.post(&collector, &batch).await;
                assert_eq!(answer["accepted"], good, "{answer}");
                assert_eq!(answer["rejected"][0]["index"], 1, "{answer}");
                assert_eq!(answer["rejected"][0]["reason"], "no_user", "{answer}");
            }
            stored += good;
        }
        collector.start_inserting();
        importer.until_stored(client, stored).await;
        collector.shutdown().await;
    }
}

fn pounds(pence: i64) -> String {
    // As ClickHouse writes decimals: without zeros at the end.
    let all = format!("{}.{:02}", pence / 100, pence % 100);
    all.trim_end_matches('0').trim_end_matches('.').to_owned()
}

async fn sales(reader: &Client, orders: &[Order]) {
    let bought: Vec<&Order> = orders.iter().filter(|order| !order.is_refund).collect();
    let mut days: BTreeMap<Date, (u64, BTreeSet<&str>, i64)> = BTreeMap::new();
    for order in &bought {
        let day = days.entry(order.at.date()).or_default();
        day.0 += 1;
        day.1.insert(&order.customer);
        day.2 += order.pence;
    }
    let expected: Vec<String> = days
        .iter()
        .map(|(day, (orders, customers, pence))| {
            format!("{day} {orders} {} {}", customers.len(), pounds(*pence))
        })
        .collect();
    let columns = text(&[
        "order_date",
        "count()",
        "uniqExact(person_id)",
        "sum(revenue)",
    ]);
    let found = rows(
        reader,
        &columns,
        &format!("weir.orders WHERE site = '{SITE}' GROUP BY order_date ORDER BY order_date"),
    )
    .await;
    assert_eq!(found, expected, "orders by day");
    let sum = |is_refund: bool| {
        let of = orders
            .iter()
            .filter(|order| order.is_refund == is_refund && order.at.date().month() == 8);
        of.map(|order| order.pence).sum::<i64>()
    };
    let in_august = bought
        .iter()
        .filter(|order| order.at.date().month() == 8)
        .count();
    let columns = text(&["orders", "gross_revenue", "refunds", "revenue"]);
    let found = rows(reader, &columns, &format!("weir_fn.sales(site = '{SITE}', from = '2011-08-01', to = '2011-08-31') WHERE period_no = 1")).await;
    let expected = format!(
        "{in_august} {} {} {}",
        pounds(sum(false)),
        pounds(sum(true)),
        pounds(sum(false) - sum(true))
    );
    assert_eq!(found, [expected], "sales of August");
}

/// Marketing gives a lead to what its visit is of, and events that have no number in their visit leave none out.
async fn leads(reader: &Client, orders: &[Order]) {
    let visits = orders.iter().filter(|order| !order.is_refund);
    let paid = visits.clone().filter(|order| is_paid(order)).count();
    let direct = visits.count() - paid;
    let found = rows(
        reader,
        &text(&["value", "sessions", "leads"]),
        &format!(
            "weir_fn.marketing(site = '{SITE}', by = 'channel', lead = 'purchase', model = 'last', lookback_days = 1, \
             from = '{SINCE}', to = '2011-12-31') ORDER BY value"
        ),
    )
    .await;
    let expected = [
        format!("Direct {direct} {direct}"),
        format!("Paid Search {paid} {paid}"),
    ];
    assert_eq!(found, expected, "leads by channel");
    let found = rows(
        reader,
        &text(&["sum(missing)", "min(missing)", "sum(events)"]),
        &format!("weir.completeness WHERE site = '{SITE}'"),
    )
    .await;
    let events = orders.iter().map(|order| calls(order).len()).sum::<usize>();
    assert_eq!(found, [format!("0 0 {events}")], "missing events");
}

async fn visits(reader: &Client, orders: &[Order]) {
    let visits = orders.iter().filter(|order| !order.is_refund).count();
    let columns = text(&[
        "count()",
        "sum(pageviews)",
        "sum(purchases)",
        "sum(duration_s)",
        "uniqExact(visitor_id)",
        "uniqExact(landing_page)",
        "any(exit_page)",
    ]);
    let found = rows(
        reader,
        &columns,
        &format!("weir.sessions WHERE site = '{SITE}'"),
    )
    .await;
    let customers: BTreeSet<&str> = orders
        .iter()
        .filter(|order| !order.is_refund)
        .map(|order| order.customer.as_str())
        .collect();
    let expected = format!(
        "{visits} {} {visits} {} {} 1 /basket",
        visits * 2,
        visits * 40,
        customers.len()
    );
    assert_eq!(found, [expected], "visits");
    let columns = text(&["page", "next_page", "transitions"]);
    let found = rows(reader, &columns, &format!("weir_fn.paths(site = '{SITE}', from = '{SINCE}', to = '2011-12-31') ORDER BY page, next_page")).await;
    assert_eq!(
        found,
        [format!("/ /basket {visits}"), format!("/basket  {visits}")],
        "paths"
    );
}

/// Who gives something back within 30 days of buying something in July.
async fn funnel(reader: &Client, orders: &[Order]) {
    let minute = |order: &Order| {
        let begin = DateTime::constant(2011, 1, 1, 0, 0, 0, 0);
        let seconds = order.at.duration_since(begin).as_secs();
        // The purchase is the third call of a visit.
        seconds + if order.is_refund { 0 } else { 40 }
    };
    let mut refunds: HashMap<&str, Vec<i64>> = HashMap::new();
    for order in orders.iter().filter(|order| order.is_refund) {
        refunds
            .entry(&order.customer)
            .or_default()
            .push(minute(order));
    }
    let (mut entered, mut gave_back) = (BTreeSet::new(), BTreeSet::new());
    for order in orders
        .iter()
        .filter(|order| !order.is_refund && order.at.date().month() == 7)
    {
        entered.insert(&order.customer);
        let after = refunds.get(order.customer.as_str()).into_iter().flatten();
        if after
            .into_iter()
            .any(|at| (0..=WINDOW_MINUTES * 60).contains(&(at - minute(order))))
        {
            gave_back.insert(&order.customer);
        }
    }
    assert!(gave_back.len() > 20, "{}", gave_back.len());
    let columns = text(&["step_no", "persons"]);
    let found = rows(reader, &columns, &format!("weir_fn.funnel(site = '{SITE}', steps = ['purchase', 'refund'], window_s = {}, from = '2011-07-01', to = '2011-07-31')", WINDOW_MINUTES * 60)).await;
    assert_eq!(
        found,
        [
            format!("1 {}", entered.len()),
            format!("2 {}", gave_back.len())
        ],
        "funnel"
    );
}

/// Who buys again, by month of the first purchase.
async fn retention(reader: &Client, orders: &[Order]) {
    let mut months: BTreeMap<&str, BTreeSet<Date>> = BTreeMap::new();
    for order in orders.iter().filter(|order| !order.is_refund) {
        months
            .entry(&order.customer)
            .or_default()
            .insert(order.at.date().first_of_month());
    }
    let mut cohorts: BTreeMap<(Date, i8), u64> = BTreeMap::new();
    for active in months.values() {
        let first = *active.first().unwrap();
        for month in active {
            *cohorts
                .entry((first, month.month() - first.month()))
                .or_default() += 1;
        }
    }
    let expected: Vec<String> = cohorts
        .iter()
        .map(|((cohort, later), active)| {
            format!("{cohort} {later} {} {active}", cohorts[&(*cohort, 0)])
        })
        .collect();
    let columns = text(&["cohort", "period_no", "persons", "active"]);
    let found = rows(reader, &columns, &format!(
        "weir_fn.retention(site = '{SITE}', period = 'month', event = 'purchase', from = '{SINCE}', to = '2011-09-30') WHERE active > 0 ORDER BY cohort, period_no"
    )).await;
    assert_eq!(found, expected, "retention");
}
