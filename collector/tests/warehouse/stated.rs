//! Rare cases in which a view was wrong, written out: random streams seldom have them.

use clickhouse::Client;

use crate::engine::Engine;
use crate::importer::{Importer, rows, text};

const SITE: &str = "stated";
const WEEK_S: u32 = 604_800;

pub(crate) async fn run(engine: &Engine) {
    let (writer, reader) = (engine.writer(), engine.analyst());
    Importer::publish(&writer, SITE, "UTC", "RUB").await;
    entry_of_any_order(&writer, &reader).await;
    refunds(&writer, &reader).await;
    live(&writer, &reader).await;
    live_pages(&writer, &reader).await;
    freshness(&writer, &reader).await;
    println!("rare cases compared");
}

/// What a server says: name, when (in March 2026), order, sum and currency.
type Said<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

async fn execute(writer: &Client, sql: &str) {
    let done = writer.query_raw(sql).execute().await;
    done.unwrap_or_else(|error| panic!("{sql}\n{error}"));
}

async fn found(reader: &Client, columns: &[&str], from: &str) -> Vec<String> {
    rows(reader, &text(columns), from).await
}

async fn insert(writer: &Client, person: u64, said: &[Said<'_>]) {
    let rows: Vec<String> = said
        .iter()
        .map(|(name, at, order, sum, currency)| {
            format!("('{name}', '2026-03-{at}', '{order}', '{sum}', '{currency}')")
        })
        .collect();
    let sql = format!(
        "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, visitor_id, person_id, order_id, revenue, \
             currency, sample_rate, origin, batch_id) \
         SELECT '{SITE}', name, generateUUIDv4(), toDateTime64(at, 3, 'UTC') AS moment, now64(3), toDate(moment), {person}, \
             {person}, order, toDecimal64(sum, 2), currency, 1, 'import', generateUUIDv4() \
         FROM values('name String, at String, order String, sum String, currency String', {})",
        rows.join(", ")
    );
    execute(writer, &sql).await;
}

/// All three steps are done again after the period, so that the entry stands for the one step that it does: the times of the
/// others stay. Its step was counted twice, and another one left out.
async fn entry_of_any_order(writer: &Client, reader: &Client) {
    let said = [
        ("b", "01 23:00:00", "", "0", ""),
        ("a", "02 01:00:00", "", "0", ""),
        ("b", "02 02:00:00", "", "0", ""),
        ("c", "02 03:00:00", "", "0", ""),
    ];
    insert(writer, 1, &said).await;
    let asked = |view: &str, more: &str| {
        format!(
            "weir_fn.{view}(site = '{SITE}', steps = ['a', 'b', 'c'], window_s = {WEEK_S}, mode = 'any', unit = 'person', \
             breakdown = ''{more}, from = '2026-03-01', to = '2026-03-01')"
        )
    };
    for (view, more) in [
        ("funnel_entries_by", ""),
        ("funnel_entries_per", ", period = 'week'"),
    ] {
        let hours = "arrayMap(at -> formatDateTime(at, '%d %H'), step_at)";
        assert_eq!(
            found(reader, &["level", hours], &asked(view, more)).await,
            ["3 ['01 23','02 01','02 03']"],
            "{view}"
        );
    }
}

/// What is left of an order is in its own currency, whatever the refund says, and a part in another one leaves it as it was.
/// And nothing grows from a period in which more was given back than sold.
async fn refunds(writer: &Client, reader: &Client) {
    let said = [
        ("purchase", "10 12:00:00", "o1", "1000", ""),
        ("refund", "11 12:00:00", "o1", "10", "USD"),
        ("refund", "11 13:00:00", "o1", "100", "RUB"),
        ("refund", "11 14:00:00", "o1", "0", "USD"),
        ("refund", "11 15:00:00", "o1", "0", "RUB"),
        ("purchase", "12 12:00:00", "o2", "50", ""),
    ];
    insert(writer, 2, &said).await;
    let of_refunds = format!("weir.refunds WHERE site = '{SITE}' ORDER BY refunded_at");
    assert_eq!(
        found(
            reader,
            &["currency", "is_other_currency", "refunded"],
            &of_refunds
        )
        .await,
        ["USD 1 0", "RUB 0 100", "RUB 0 900"]
    );
    let sales = format!("weir_fn.sales(site = '{SITE}', from = '2026-03-12', to = '2026-03-12')");
    let growth = "ifNull(toString(revenue_growth), 'null')";
    assert_eq!(
        found(reader, &["period_no", "revenue", growth], &sales).await,
        ["1 50 null", "2 -1000 null", "3 0 null"]
    );
}

/// An order that browser and server report is worth what the server says now, too, and not the larger of both.
async fn live(writer: &Client, reader: &Client) {
    let sql = format!(
        "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, session_id, visitor_id, person_id, order_id, \
             revenue, currency, sample_rate, origin, batch_id) \
         SELECT '{SITE}', 'purchase', generateUUIDv4(), now64(3) - ago, now64(3), today(), if(origin = 'browser', 7, 0), 3, 3, \
             order, toDecimal64(sum, 2), currency, 1, origin, generateUUIDv4() \
         FROM values('ago UInt32, origin String, order String, sum String, currency String', \
             (90, 'browser', 'o3', '500', ''), (60, 'api', 'o3', '450', 'RUB'), (30, 'browser', 'o4', '20', ''), \
             (20, 'browser', 'o4', '30', ''), (10, 'browser', 'o5', '40', 'USD'))"
    );
    execute(writer, &sql).await;
    let live = format!("weir.live WHERE site = '{SITE}'");
    assert_eq!(
        found(reader, &["purchases", "revenue"], &live).await,
        ["3 470"]
    );
}

/// A visitor is on the page of their last event, a page view or not; bots, servers and what is older than five minutes are not
/// there.
async fn live_pages(writer: &Client, reader: &Client) {
    let sql = format!(
        "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, session_id, session_seq, visitor_id, \
             person_id, page_host, page_path, bot, sample_rate, origin, batch_id) \
         SELECT '{SITE}', name, generateUUIDv4(), now64(3) - ago, now64(3), today(), session, seq, visitor, visitor, 'shop.example', \
             page, bot, 1, 'browser', generateUUIDv4() \
         FROM values('name String, ago UInt32, visitor UInt64, session UInt64, seq UInt32, page String, bot String', \
             ('pageview', 90, 21, 21, 1, '/a', ''), ('pageview', 60, 21, 21, 2, '/b', ''), ('click', 30, 21, 21, 3, '/a', ''), \
             ('pageview', 60, 22, 22, 2, '/b', ''), ('pageview', 60, 22, 22, 1, '/a', ''), \
             ('pageview', 20, 23, 23, 1, '/b', ''), ('screen_view', 10, 23, 23, 2, '', ''), \
             ('pageview', 400, 24, 24, 1, '/b', ''), ('pageview', 10, 25, 25, 1, '/b', 'crawler: x'), \
             ('pageview', 10, 26, 0, 0, '/b', ''))"
    );
    execute(writer, &sql).await;
    let pages = format!("weir.live_pages WHERE site = '{SITE}' ORDER BY page_path");
    assert_eq!(
        found(reader, &["page_path", "visitors"], &pages).await,
        ["/a 1", "/b 2"]
    );
}

/// How late events arrive, and how long nothing has: of what arrived within a day, and of the day before only how much it was.
async fn freshness(writer: &Client, reader: &Client) {
    let sql = "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, visitor_id, bot, sample_rate, origin, batch_id) \
         SELECT 'late', 'pageview', generateUUIDv4(), received - lag, now64(3) - ago AS received, toDate(received), 1, bot, 1, 'browser', \
             generateUUIDv4() \
         FROM values('ago UInt32, lag Int32, bot String', (600, 1, ''), (700, 1, ''), (800, 1, 'crawler: x'), (900, 100, ''), \
             (950, -5, ''), (100000, 9, ''), (110000, 9, ''), (190000, 9, ''))";
    execute(writer, sql).await;
    let columns = [
        "silent_s >= 600 AND silent_s < 900",
        "dateDiff('second', last_event_at, last_received_at)",
        "events_24h",
        "events_day_before",
        "lag_median_s",
        "lag_max_s",
    ];
    assert_eq!(
        found(reader, &columns, "weir.freshness WHERE site = 'late'").await,
        ["1 1 5 2 1 100"]
    );
}
