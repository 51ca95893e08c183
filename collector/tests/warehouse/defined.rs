//! The example of docs/definitions.md: its eight visits, and each number that the page tells of them. What is said there is quoted
//! here, so that neither can change without the other.

use std::collections::BTreeMap;

use clickhouse::Client;
use jiff::civil::date;
use weir_collector::warehouse::{self, Cost, CostKey, CostKind};

use crate::engine::Engine;
use crate::importer::{Importer, rows, text};

const PAGE: &str = include_str!("../../../docs/definitions.md");
/// Written by itself, not translated line by line: it tells no number that the other page does not.
const RUSSIAN: &str = include_str!("../../../docs/ru/definitions.md");

const SITE: &str = "defined";

/// (visit, who, which of theirs, channel, [(second, event, page, item or order, sum or milliseconds)]); the day is in the second.
type Visit = (
    u64,
    u64,
    u32,
    &'static str,
    &'static [(&'static str, &'static str, &'static str, &'static str, u32)],
);

const ANNA: u64 = 1;
const BORIS: u64 = 2;
const VERA: u64 = 3;
const GLEB: u64 = 4;

const VISITS: [Visit; 8] = [
    (
        1,
        ANNA,
        1,
        "Paid Search",
        &[
            ("01 10:00:00", "pageview", "/", "", 0),
            ("01 10:01:00", "pageview", "/product/tea", "", 0),
        ],
    ),
    (
        2,
        BORIS,
        1,
        "Direct",
        &[
            ("01 11:00:00", "pageview", "/", "", 0),
            ("01 11:00:04", "engagement", "/", "", 4_000),
        ],
    ),
    (
        3,
        ANNA,
        2,
        "Direct",
        &[
            ("03 10:00:00", "pageview", "/product/tea", "", 0),
            ("03 10:01:00", "add_to_cart", "/product/tea", "", 0),
            ("03 10:02:00", "purchase", "/product/tea", "A", 1_000),
        ],
    ),
    (
        4,
        VERA,
        1,
        "Email",
        &[
            ("03 11:00:00", "impression", "", "promo_1", 0),
            ("03 11:00:09", "click", "", "promo_1", 0),
            ("03 11:00:10", "pageview", "/product/honey", "", 0),
            ("03 11:02:00", "lead", "/product/honey", "", 0),
        ],
    ),
    (
        5,
        GLEB,
        1,
        "Organic Search",
        &[
            ("04 10:00:00", "impression", "", "promo_1", 0),
            ("04 10:00:01", "pageview", "/", "", 0),
            ("04 10:00:13", "engagement", "/", "", 12_000),
        ],
    ),
    (
        6,
        BORIS,
        2,
        "Organic Search",
        &[
            ("09 10:00:00", "pageview", "/product/tea", "", 0),
            ("09 10:01:00", "add_to_cart", "/product/tea", "", 0),
        ],
    ),
    (
        7,
        BORIS,
        3,
        "Email",
        &[
            ("09 12:00:00", "pageview", "/cart", "", 0),
            ("09 12:01:00", "purchase", "/cart", "B", 500),
        ],
    ),
    (
        8,
        ANNA,
        3,
        "Direct",
        &[("10 10:00:00", "pageview", "/", "", 0)],
    ),
];

/// What the shop's server reports: when, event, of whom, order, sum.
const OF_SERVER: [(&str, &str, u64, &str, u32); 2] = [
    ("09 12:05:00", "purchase", BORIS, "B", 450),
    ("10 15:00:00", "refund", ANNA, "A", 200),
];

const PERIOD: &str = "site = 'defined', from = '2026-11-01', to = '2026-11-10'";
const STEPS: &str = "steps = ['/product/tea', 'add_to_cart', 'purchase'], window_s = 604800";

/// What the page says; which columns of what; the rows.
type Told = (
    &'static str,
    &'static [&'static str],
    String,
    &'static [&'static str],
);

pub(crate) async fn run(engine: &Engine) {
    let (writer, reader) = (engine.writer(), engine.analyst());
    insert(&writer).await;
    let mut wrong = Vec::new();
    let told = told();
    for (quote, columns, from, expected) in &told {
        let said = PAGE.split_whitespace().collect::<Vec<_>>().join(" ");
        if !said.contains(quote) {
            wrong.push(format!("the page does not say: {quote}"));
        }
        let found = rows(&reader, &text(columns), from).await;
        if found != *expected {
            wrong.push(format!(
                "{quote}\n{columns:?} of {from}\n{found:?}\n{expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    println!("definitions: {} examples hold", told.len());
    the_russian_page_tells_the_same_numbers();
}

fn the_russian_page_tells_the_same_numbers() {
    let (english, russian) = (numbers(PAGE, ',', '.'), numbers(RUSSIAN, ' ', ','));
    let all: usize = russian.values().sum();
    assert!(all > 200, "{all} numbers: the page was not read");
    let own: Vec<_> = russian
        .iter()
        .filter(|(number, times)| english.get(*number).is_none_or(|there| there < times))
        .collect();
    assert!(
        own.is_empty(),
        "docs/ru/definitions.md tells numbers that docs/definitions.md does not tell, or not as often: {own:?}"
    );
}

/// Numbers of a page and how often each stands there, without those of statements and links.
fn numbers(page: &str, thousands: char, point: char) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for prose in page.split("```").step_by(2) {
        let links_gone = prose.split("](").enumerate().map(|(at, part)| match at {
            0 => part,
            _ => part.split_once(')').map_or("", |(_, after)| after),
        });
        let text: Vec<char> = links_gone.collect::<Vec<_>>().join("]").chars().collect();
        let digit = |at: usize| text.get(at).is_some_and(char::is_ascii_digit);
        let three = |at: usize| (1..=3).all(|more| digit(at + more)) && !digit(at + 4);
        let mut at = 0;
        while at < text.len() {
            if !digit(at) {
                at += 1;
                continue;
            }
            let (mut number, mut has_point) = (String::new(), false);
            loop {
                let one = text.get(at).copied().unwrap_or(' ');
                let begins_share = one == point && !has_point && digit(at + 1);
                let parts_thousands = one == thousands && !has_point && three(at);
                if one.is_ascii_digit() {
                    number.push(one);
                } else if begins_share && !parts_thousands {
                    has_point = true;
                    number.push('.');
                } else if !parts_thousands {
                    break;
                }
                at += 1;
            }
            *found.entry(number).or_insert(0) += 1;
        }
    }
    found
}

fn told() -> Vec<Told> {
    let of = |view: &str| format!("weir_fn.{view}({PERIOD})");
    let with = |view: &str, more: &str| format!("weir_fn.{view}({PERIOD}, {more})");
    let by_person = format!("{STEPS}, mode = 'ordered', unit = 'person'");
    let by_session = format!("{STEPS}, mode = 'ordered', unit = 'session'");
    let attribution = "conversion = 'purchase', lookback_days = 30";
    let marketing = "lead = 'lead', model = 'last_non_direct', lookback_days = 30";
    let visit = |number: u64, more: &str| {
        format!("weir.sessions WHERE site = 'defined' AND session_id = {number}{more}")
    };
    vec![
        (
            "visits 1, 2, 4, 5: 4",
            &["sessions", "visitors", "new_visitors"],
            with("traffic", "by = ''"),
            &["8 4 4"],
        ),
        (
            "bounces / visits | 3 / 8 = 0.375",
            &["bounces", "bounce_rate", "session_conversion_rate"],
            with("traffic", "by = ''"),
            &["3 0.375 0.375"],
        ),
        (
            "visitors who converted / visitors | 3 / 4 = 0.75",
            &["visitor_conversion_rate"],
            with("traffic", "by = ''"),
            &["0.75"],
        ),
        (
            "`views` 4, `entries` 4, `exits` 3 (not in visit 1), 3 / 4 = 0.75",
            &["views", "entries", "exits", "exit_rate"],
            format!("{} WHERE page_path = '/'", of("pages")),
            &["4 4 3 0.75"],
        ),
        (
            "leads to `/product/tea` (`share` 0.25), three to the end of the visit",
            &["next_page", "transitions", "share"],
            format!("{} WHERE page = '/' ORDER BY next_page", of("paths")),
            &[" 3 0.75", "/product/tea 1 0.25"],
        ),
        (
            "`/` and no further 3 of 8 visits (0.375), `/product/tea` 2, `/` then `/product/tea` 1",
            &["journey", "sessions", "share"],
            format!("{} ORDER BY sessions DESC, journey", with("journeys", "start = '', steps = 2")),
            &[
                "['/'] 3 0.375",
                "['/product/tea'] 2 0.25",
                "['/','/product/tea'] 1 0.125",
                "['/cart'] 1 0.125",
                "['/product/honey'] 1 0.125",
            ],
        ),
        (
            "`missing` is 1, `missing_share` 1 / 5 = 0.2",
            &["events", "missing", "missing_share"],
            "weir.completeness WHERE site = 'defined' AND session_date = '2026-11-09'".to_owned(),
            &["5 1 0.2"],
        ),
        (
            "visit 1: `/`, `/product/tea`",
            &["landing_page", "exit_page"],
            visit(1, ""),
            &["/ /product/tea"],
        ),
        (
            "visits 2, 6 and 8",
            &["session_id"],
            "weir.sessions WHERE site = 'defined' AND is_bounce ORDER BY session_id".to_owned(),
            &["2", "6", "8"],
        ),
        (
            "visits 3, 4, 7",
            &["session_id"],
            "weir.sessions WHERE site = 'defined' AND is_converted ORDER BY session_id".to_owned(),
            &["3", "4", "7"],
        ),
        (
            "visit 5: twelve seconds",
            &["engaged_ms", "is_bounce"],
            visit(5, ""),
            &["12000 0"],
        ),
        (
            "clicked in one: 1 / 2 = 0.5",
            &["item", "impressions", "clicks", "ctr", "session_ctr", "visitor_ctr", "clicks_without_impression"],
            of("ctr"),
            &["promo_1 2 1 0.5 0.5 0.5 0"],
        ),
        (
            "| `purchase` | 2 | Anna (visit 3), Boris (visits 6 and 7) | 1 | 1 | 0 |",
            &["step_no", "persons", "conversion_from_start", "conversion_from_prev", "drop_off"],
            with("funnel", STEPS),
            &["1 2 1 1 0", "2 2 1 1 0", "3 2 1 1 0"],
        ),
        (
            "3 visits enter (1, 3, 6), one converts",
            &["step_no", "units"],
            with("funnel_by", &format!("{by_session}, breakdown = ''")),
            &["1 3", "2 2", "3 1"],
        ),
        (
            "2 of 2 is 0.34 to 1",
            &["round(ci_low, 2)", "round(ci_high, 2)"],
            format!("{} WHERE step_no = 3", with("funnel_by", &format!("{by_person}, breakdown = ''"))),
            &["0.34 1"],
        ),
        (
            "three entries, two persons",
            &["entry_period", "entered", "converted"],
            with("funnel_trend", &format!("{by_person}, period = 'week'")),
            &["2026-10-26 1 1", "2026-11-02 1 1", "2026-11-09 1 1"],
        ),
        (
            "`session_conversion_rate` 0.5; `value` 450",
            &["reached", "persons_reached", "persons", "conversion_rate", "sessions_reached", "sessions", "session_conversion_rate", "value"],
            format!("{} WHERE session_date = '2026-11-09'", with("goal", "step = 'purchase', value = 'revenue'")),
            &["1 1 1 1 1 2 0.5 450"],
        ),
        (
            "1,000 + 450 = 1,450: for B the server wins",
            &["orders", "gross_revenue", "refunds", "revenue", "average_order"],
            format!("{} WHERE period_no = 1", of("sales")),
            &["2 1450 200 1250 725"],
        ),
        (
            "`channels`) are what the browser reported in it, 500 for B",
            &["purchases", "revenue"],
            visit(7, ""),
            &["1 500"],
        ),
        (
            "whose first order ever it is | 2 |",
            &["customers", "new_customers", "repeat_customers"],
            with("customers", "lost_after_days = 90"),
            &["2 2 0"],
        ),
        (
            "(revenue − cost) / cost | 0.25 | 1.67 | 3.5 | −1 |",
            &["value", "cost", "ad_spend", "new_customers", "ifNull(toString(cac), 'null')", "revenue", "round(romi, 2)"],
            format!("{} WHERE cost > 0 ORDER BY value = 'Paid Search' DESC, value = 'Email' DESC", with("marketing", &format!("by = 'channel', {marketing}"))),
            &[
                "Paid Search 300 300 1 300 800 1.67",
                "Email 100 0 1 100 450 3.5",
                " 600 0 0 null 0 -1",
            ],
        ),
        (
            "ad spend / revenue | 0.24 | 0.375 | 0 | null |",
            &["ad_ctr", "cpc", "cost_per_lead", "cac", "romi", "round(roas, 2)", "drr", "margin_romi"],
            with("marketing", &format!("by = '', {marketing}")),
            &["0.05 30 1000 500 0.25 2.67 0.24 -0.25"],
        ),
        (
            "| linear, without Direct | | 0.5 | 0.5 |",
            &["channel", "first", "last", "last_non_direct", "linear", "position", "round(time_decay, 1)"],
            format!("{} WHERE conversion_id = 'B' ORDER BY touched_at", with("attribution_touches", attribution)),
            &["Direct 1 0 0 0 0 0", "Organic Search 0 0 0 0.5 0.5 0.5", "Email 0 1 1 0.5 0.5 0.5"],
        ),
        (
            "first and last non-direct give it to Paid Search, last to Direct",
            &["channel", "first", "last", "last_non_direct"],
            format!("{} WHERE conversion_id = 'A' ORDER BY touched_at", with("attribution_touches", attribution)),
            &["Paid Search 1 0 1", "Direct 0 1 0"],
        ),
        (
            "adds up to the 2 orders and 1,450",
            &["sum(conversions_first)", "sum(conversions_position)", "sum(revenue_last)", "round(sum(revenue_time_decay), 6)"],
            with("attribution", &format!("{attribution}, by = 'channel'")),
            &["2 2 1450 1450"],
        ),
        (
            "there again: 1 / 2 = 0.5; in week 2 (9 to 15 November) both: 1",
            &["cohort", "period_no", "persons", "active", "retention"],
            "weir_fn.retention(site = 'defined', period = 'week', event = '', from = '2026-10-26', to = '2026-11-01') \
             WHERE period_no < 3"
                .to_owned(),
            &["2026-10-26 0 2 2 1", "2026-10-26 1 2 1 0.5", "2026-10-26 2 2 2 1"],
        ),
        (
            "On 9 November: 1, 4, 4. **Stickiness** = DAU / MAU = 0.25",
            &["dau", "wau", "mau", "stickiness"],
            "weir_fn.stickiness(site = 'defined', from = '2026-11-09', to = '2026-11-09')".to_owned(),
            &["1 4 4 0.25"],
        ),
    ]
}

async fn insert(writer: &Client) {
    Importer::publish(writer, SITE, "UTC", "RUB").await;
    let mut values = Vec::new();
    for (visit, who, which, channel, events) in VISITS {
        for (number, (at, name, page, item, amount)) in (1_u32..).zip(events) {
            // One of visit 6 never arrived.
            let number = number + u32::from(visit == 6 && number > 1);
            values.push(format!(
                "('{name}', '2026-11-{at}', {visit}, {number}, {which}, {who}, '{channel}', '{page}', '{item}', {amount}, 'browser')"
            ));
        }
    }
    for (at, name, who, order, amount) in OF_SERVER {
        values.push(format!(
            "('{name}', '2026-11-{at}', 0, 0, 0, {who}, '', '', '{order}', {amount}, 'api')"
        ));
    }
    let sql = format!(
        "INSERT INTO weir.events (site, name, event_id, ts, received_at, session_date, session_id, session_seq, session_number, \
             visitor_id, person_id, channel, page_host, page_path, item, order_id, revenue, engaged_ms, sample_rate, origin, batch_id) \
         SELECT '{SITE}', name, generateUUIDv4(), toDateTime64(at, 3, 'UTC') AS moment, moment, toDate(moment), visit, number, \
             which, who, who, channel, 'shop.example', page, if(name IN ('purchase', 'refund'), '', item), \
             if(name IN ('purchase', 'refund'), item, ''), \
             if(name = 'engagement', 0, amount), if(name = 'engagement', amount, 0), 1, origin, generateUUIDv4() \
         FROM values('name String, at String, visit UInt64, number UInt32, which UInt32, who UInt64, channel String, page String, \
             item String, amount UInt32, origin String', {})",
        values.join(", ")
    );
    let done = writer.query_raw(&sql).execute().await;
    done.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let cost =
        |kind, channel: &str, source: &str, days: i8, amount: u64, impressions, clicks| Cost {
            key: CostKey {
                from: date(2026, 11, 1),
                to: date(2026, 11, days),
                kind,
                channel: channel.to_owned(),
                source: source.to_owned(),
                medium: if source.is_empty() { "" } else { "cpc" }.to_owned(),
                campaign: String::new(),
                item: String::new(),
            },
            amount: amount * 100,
            impressions,
            clicks,
            reach: 0,
            likes: 0,
            comments: 0,
            shares: 0,
        };
    let costs = [
        cost(CostKind::Ads, "", "yandex", 1, 300, 200, 10),
        cost(CostKind::Services, "Email", "", 1, 100, 0, 0),
        cost(CostKind::Salaries, "", "", 10, 600, 0, 0),
        cost(CostKind::Serving, "", "", 10, 500, 0, 0),
    ];
    warehouse::record_costs(writer, SITE, "RUB", &costs, 1_700_000_000_000)
        .await
        .unwrap();
}
