//! Orders, refunds, sales and attribution against a reference of their own.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Client;
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::compare::Tally;
use crate::numbers::{Key, Question, Values, count, money, rate};
use crate::random::Random;
use crate::reference;
use crate::stream::{Event, Site};

/// An order, each once.
pub(crate) struct Order<'a> {
    pub(crate) id: String,
    /// The report that counts.
    pub(crate) counted: &'a Event,
    from_browser: Option<&'a Event>,
    is_from_server: bool,
    reports: usize,
    currency: String,
}

impl Order<'_> {
    fn is_foreign(&self, site: &Site) -> bool {
        self.currency != site.currency
    }

    pub(crate) fn revenue(&self, site: &Site) -> i64 {
        if self.is_foreign(site) {
            0
        } else {
            self.counted.revenue
        }
    }
}

fn id_of(event: &Event) -> String {
    uuid::Uuid::from_u128(event.id).to_string()
}

fn named<'a>(site: &'a Site, name: &str) -> Vec<&'a Event> {
    site.events
        .iter()
        .filter(|event| event.name == name && event.bot.is_empty())
        .collect()
}

/// Reports of the same order.
fn by_order(events: Vec<&Event>) -> BTreeMap<String, Vec<&Event>> {
    let mut orders: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in events {
        let id = if event.order_id.is_empty() {
            format!("event {}", id_of(event))
        } else {
            event.order_id.clone()
        };
        orders.entry(id).or_default().push(event);
    }
    orders
}

pub(crate) fn orders(site: &Site) -> Vec<Order<'_>> {
    by_order(named(site, "purchase"))
        .into_iter()
        .map(|(id, reports)| {
            let server = reports
                .iter()
                .filter(|event| event.is_of_server())
                .max_by_key(|event| (event.ts, id_of(event)));
            let browser = reports
                .iter()
                .filter(|event| !event.is_of_server())
                .min_by_key(|event| (event.ts, event.seq, id_of(event)));
            let counted: &Event = server.or(browser).unwrap();
            let currency = if counted.currency.is_empty() {
                site.currency
            } else {
                counted.currency
            };
            Order {
                id,
                counted,
                from_browser: browser.copied(),
                is_from_server: server.is_some(),
                reports: reports.len(),
                currency: currency.to_owned(),
            }
        })
        .collect()
}

pub(crate) struct Refund<'a> {
    pub(crate) event: &'a Event,
    is_foreign: bool,
    pub(crate) amount: i64,
}

pub(crate) fn refunds(site: &Site) -> Vec<Refund<'_>> {
    let orders = orders(site);
    let mut all = Vec::new();
    for (id, mut reports) in by_order(named(site, "refund")) {
        if reports.iter().any(|event| event.is_of_server()) {
            reports.retain(|event| event.is_of_server());
        }
        reports.sort_by_key(|event| (event.ts, id_of(event)));
        let order = orders
            .iter()
            .find(|order| order.id == id && order.counted.order_id == id);
        let of_order = order
            .map(|order| order.currency.as_str())
            .filter(|currency| !currency.is_empty());
        // What was given back in another currency leaves the order as it was.
        let parts: i64 = reports
            .iter()
            .filter(|event| ["", of_order.unwrap_or(site.currency)].contains(&event.currency))
            .map(|event| event.revenue)
            .sum();
        let mut gave_all = false;
        for event in reports {
            let is_whole = event.revenue == 0;
            if is_whole && std::mem::replace(&mut gave_all, true) {
                continue;
            }
            // What is left of an order is in its currency, whatever the refund says of itself.
            let currency = match (event.currency, of_order) {
                (own, Some(of_order)) if own.is_empty() || is_whole => of_order,
                ("", _) => site.currency,
                (own, _) => own,
            };
            let left = order.map_or(0, |order| (order.counted.revenue - parts).max(0));
            let is_foreign = currency != site.currency;
            let amount = match (is_foreign, is_whole) {
                (true, _) => 0,
                (false, true) => left,
                (false, false) => event.revenue,
            };
            all.push(Refund {
                event,
                is_foreign,
                amount,
            });
        }
    }
    all
}

/// All orders and refunds of all sites, then days, then periods.
pub(crate) async fn sales(client: &Client, tally: &mut Tally, sites: &[Site], now: Timestamp) {
    compare_orders(client, tally, sites).await;
    compare_refunds(client, tally, sites).await;
    let question = Question {
        key: &["site", "sales_date"],
        texts: &[],
        numbers: &SALES,
        from: "weir.sales".to_owned(),
    };
    let mut expected = BTreeMap::new();
    for site in sites {
        let book = Book::of(site);
        for day in book.days() {
            let key = vec![site.id.clone(), day.to_string()];
            expected.insert(key, Values::numbers(book.measures(day, day).to_vec()));
        }
    }
    question.compare(client, tally, expected).await;
    for site in sites.iter().step_by(3) {
        periods(client, tally, site, site.from, site.to, now).await;
        let first = site.to.first_of_month();
        periods(client, tally, site, first, site.to.last_of_month(), now).await;
    }
}

async fn compare_orders(client: &Client, tally: &mut Tally, sites: &[Site]) {
    let question = Question {
        key: &["site", "order_id"],
        texts: &[
            "order_date",
            "toUnixTimestamp64Milli(ordered_at)",
            "person_id",
            "currency",
            "session_id",
            "visitor_id",
            "channel",
            "utm_campaign",
            "sources",
        ],
        numbers: &["gross_revenue", "revenue", "is_other_currency", "reports"],
        from: "weir.orders".to_owned(),
    };
    let mut expected = BTreeMap::new();
    for site in sites {
        for order in orders(site) {
            let browser = order.from_browser;
            let sources = match (order.is_from_server, browser) {
                (true, Some(_)) => "server and browser",
                (true, None) => "server",
                (false, _) => "browser",
            };
            let texts = vec![
                order.counted.session_date.to_string(),
                order.counted.ts.to_string(),
                order.counted.person.to_string(),
                order.currency.clone(),
                browser.map_or(0, |event| event.session).to_string(),
                browser.map_or(0, |event| event.visitor).to_string(),
                browser.map_or("", |event| event.channel).to_owned(),
                browser.map_or("", |event| event.utm[2]).to_owned(),
                sources.to_owned(),
            ];
            let numbers = vec![
                money(order.counted.revenue),
                money(order.revenue(site)),
                count(usize::from(order.is_foreign(site))),
                count(order.reports),
            ];
            let key = vec![site.id.clone(), order.id.clone()];
            expected.insert(key, Values::of(texts, numbers));
        }
    }
    question.compare(client, tally, expected).await;
}

async fn compare_refunds(client: &Client, tally: &mut Tally, sites: &[Site]) {
    // A refund has no id of its own: those alike are counted.
    let question = Question {
        key: &[
            "site",
            "order_id",
            "refund_date",
            "toUnixTimestamp64Milli(refunded_at)",
            "person_id",
            "is_other_currency",
            "toInt64(refunded * 100)",
        ],
        texts: &[],
        numbers: &["count()"],
        from: "weir.refunds GROUP BY site, order_id, refund_date, refunded_at, person_id, is_other_currency, refunded"
            .to_owned(),
    };
    let mut expected: BTreeMap<Key, usize> = BTreeMap::new();
    for site in sites {
        for refund in refunds(site) {
            let key = vec![
                site.id.clone(),
                refund.event.order_id.clone(),
                refund.event.session_date.to_string(),
                refund.event.ts.to_string(),
                refund.event.person.to_string(),
                u8::from(refund.is_foreign).to_string(),
                refund.amount.to_string(),
            ];
            *expected.entry(key).or_default() += 1;
        }
    }
    let expected = expected
        .into_iter()
        .map(|(key, times)| (key, Values::numbers(vec![count(times)])))
        .collect();
    question.compare(client, tally, expected).await;
}

const SALES: [&str; 8] = [
    "orders",
    "customers",
    "new_customers",
    "gross_revenue",
    "refunds",
    "revenue",
    "average_order",
    "orders_in_other_currency",
];

/// A site's orders and refunds.
struct Book<'a> {
    site: &'a Site,
    orders: Vec<Order<'a>>,
    refunds: Vec<Refund<'a>>,
    first_orders: BTreeSet<String>,
}

impl<'a> Book<'a> {
    fn of(site: &'a Site) -> Self {
        let orders = orders(site);
        // The earliest day counts, then the time: an order shortly after midnight may belong to the day before.
        let mut first: BTreeMap<u64, (Date, i64, &str)> = BTreeMap::new();
        for order in &orders {
            let this = (
                order.counted.session_date,
                order.counted.ts,
                order.id.as_str(),
            );
            let known = first.entry(order.counted.person).or_insert(this);
            *known = (*known).min(this);
        }
        let first_orders = first.values().map(|(_, _, id)| (*id).to_owned()).collect();
        Self {
            site,
            refunds: refunds(site),
            orders,
            first_orders,
        }
    }

    fn days(&self) -> BTreeSet<Date> {
        let orders = self.orders.iter().map(|order| order.counted.session_date);
        let refunds = self.refunds.iter().map(|refund| refund.event.session_date);
        orders.chain(refunds).collect()
    }

    /// The columns of [`SALES`] over some days.
    fn measures(&self, from: Date, to: Date) -> [Option<f64>; 8] {
        let orders: Vec<&Order<'_>> = self
            .orders
            .iter()
            .filter(|order| (from..=to).contains(&order.counted.session_date))
            .collect();
        let customers: BTreeSet<u64> = orders.iter().map(|order| order.counted.person).collect();
        let new = orders
            .iter()
            .filter(|order| self.first_orders.contains(&order.id))
            .count();
        let gross: i64 = orders.iter().map(|order| order.revenue(self.site)).sum();
        let back: i64 = self
            .refunds
            .iter()
            .filter(|refund| (from..=to).contains(&refund.event.session_date))
            .map(|refund| refund.amount)
            .sum();
        let foreign = orders
            .iter()
            .filter(|order| order.is_foreign(self.site))
            .count();
        [
            count(orders.len()),
            count(customers.len()),
            count(new),
            money(gross),
            money(back),
            money(gross - back),
            rate(gross as f64 / 100.0, (orders.len() - foreign) as f64),
            count(foreign),
        ]
    }
}

/// A period, the one before it, and the same a year before.
async fn periods(
    client: &Client,
    tally: &mut Tally,
    site: &Site,
    from: Date,
    to: Date,
    now: Timestamp,
) {
    let yesterday = site.zone.to_datetime(now).date().yesterday().unwrap();
    let shift = |date: Date, span: Span| date.checked_add(span).unwrap();
    let days = |from: Date, to: Date| i64::from(from.until(to).unwrap().get_days()) + 1;
    let end = to.min(yesterday);
    let whole = days(from, end).max(0);
    let is_over = end == to;
    let is_months = from == from.first_of_month() && to == to.last_of_month();
    let before = if is_months {
        let months =
            i64::from(to.year() - from.year()) * 12 + i64::from(to.month() - from.month()) + 1;
        shift(from, Span::new().months(-months))
    } else {
        shift(from, Span::new().days(-days(from, to)))
    };
    let day_before = from.yesterday().unwrap();
    let before_end = if is_months && is_over {
        day_before
    } else {
        shift(before, Span::new().days(whole - 1)).min(day_before)
    };
    let year_before = shift(from, Span::new().years(-1));
    let year_before_end = if is_over && is_months {
        shift(to, Span::new().years(-1)).last_of_month()
    } else if is_over {
        shift(to, Span::new().years(-1))
    } else {
        shift(year_before, Span::new().days(whole - 1))
    };
    let book = Book::of(site);
    let ranges = [
        (from, end),
        (before, before_end),
        (year_before, year_before_end),
    ];
    let this = book.measures(from, end);
    let so_far = book.measures(from, to)[5];
    // None over itself.
    let growth = |number: u8, one: Option<f64>, other: Option<f64>| {
        // From less than nothing, nothing grows.
        rate(one?, other?.max(0.0))
            .map(|growth| growth - 1.0)
            .filter(|_| number > 1)
    };
    let mut expected = BTreeMap::new();
    for (number, (first, last)) in (1..).zip(ranges) {
        let measures = book.measures(first, last);
        let mut numbers = measures.to_vec();
        numbers.extend([
            Some(days(first, last).max(0) as f64),
            growth(number, this[5], measures[5]),
            growth(number, this[0], measures[0]),
            growth(number, this[6], measures[6]),
            so_far.filter(|_| number == 1),
        ]);
        let texts = vec![first.to_string(), last.to_string()];
        expected.insert(vec![number.to_string()], Values::of(texts, numbers));
    }
    let numbers: Vec<&str> = SALES
        .into_iter()
        .chain([
            "days",
            "revenue_growth",
            "orders_growth",
            "average_order_growth",
            "revenue_so_far",
        ])
        .collect();
    let question = Question {
        key: &["period_no"],
        texts: &["period_from", "period_to"],
        numbers: &numbers,
        from: format!(
            "weir_fn.sales(site = '{}', from = '{from}', to = '{to}')",
            site.id
        ),
    };
    question.compare(client, tally, expected).await;
}

/// The models, in the order of [`Touch::credit`].
pub(crate) const MODELS: [&str; 6] = [
    "first",
    "last",
    "last_non_direct",
    "linear",
    "position",
    "time_decay",
];

/// A visit that led to a conversion, and its share of it by each model.
pub(crate) struct Touch {
    pub(crate) channel: String,
    pub(crate) utm: [&'static str; 3],
    pub(crate) credit: [f64; 6],
}

pub(crate) fn sessions_in_order(site: &Site) -> Vec<reference::Session> {
    let mut sessions = reference::sessions(site);
    sessions.sort_by_key(|session| (session.started_at, session.id));
    sessions
}

/// The visits of a person before a moment, at most so many days earlier.
pub(crate) fn touches(
    sessions: &[reference::Session],
    person: u64,
    at: i64,
    lookback: i64,
) -> Vec<Touch> {
    let earliest = at - lookback * 86_400_000;
    let found = sessions
        .iter()
        .filter(|s| s.person == person && (earliest..=at).contains(&s.started_at));
    let mut times = Vec::new();
    let mut touches = Vec::new();
    for session in found {
        times.push(session.started_at);
        touches.push(Touch {
            channel: session.channel.clone(),
            utm: session.utm,
            credit: [0.0; 6],
        });
    }
    if touches.is_empty() {
        times.push(at);
        touches.push(Touch {
            channel: "Unknown".to_owned(),
            utm: [""; 3],
            credit: [0.0; 6],
        });
    }
    let all: Vec<usize> = (0..touches.len()).collect();
    let bought: Vec<usize> = all
        .iter()
        .copied()
        .filter(|touch| touches[*touch].channel != "Direct")
        .collect();
    let last = touches.len() - 1;
    touches[0].credit[0] = 1.0;
    touches[last].credit[1] = 1.0;
    let rest = if bought.is_empty() { all } else { bought };
    let number = rest.len();
    touches[rest[number - 1]].credit[2] = 1.0;
    let weight = |touch: usize| (-((at - times[touch]) as f64) / (7.0 * 86_400_000.0)).exp2();
    let weights: f64 = rest.iter().map(|touch| weight(*touch)).sum();
    for (place, touch) in rest.into_iter().enumerate() {
        let credit = &mut touches[touch].credit;
        credit[3] = 1.0 / number as f64;
        credit[4] = match number {
            1 => 1.0,
            2 => 0.5,
            _ if place == 0 || place == number - 1 => 0.4,
            _ => 0.2 / (number - 2) as f64,
        };
        credit[5] = weight(touch) / weights;
    }
    touches
}

/// Six ways of giving credit, which all give out the same in all.
pub(crate) async fn attribution(
    client: &Client,
    tally: &mut Tally,
    random: &mut Random,
    site: &Site,
) {
    let conversion = random.pick(&["purchase", "purchase", "lead"]);
    let by = random.pick(&["channel", "utm_campaign", ""]);
    let lookback = random.pick(&[0, 1, 30]);
    let conversions: Vec<(u64, i64, f64)> = if conversion == "purchase" {
        orders(site)
            .iter()
            .filter(|order| (site.from..=site.to).contains(&order.counted.session_date))
            .map(|order| {
                let value = order.revenue(site) as f64 / 100.0;
                (order.counted.person, order.counted.ts, value)
            })
            .collect()
    } else {
        named(site, conversion)
            .into_iter()
            .filter(|event| (site.from..=site.to).contains(&event.session_date))
            .map(|event| (event.person, event.ts, 0.0))
            .collect()
    };
    let sessions = sessions_in_order(site);
    let mut credit: BTreeMap<Key, [f64; 12]> = BTreeMap::new();
    let mut total = [0.0; 2];
    for (person, at, value) in conversions {
        total[0] += 1.0;
        total[1] += value;
        for touch in touches(&sessions, person, at, lookback) {
            let key = match by {
                "channel" => touch.channel,
                "utm_campaign" => touch.utm[2].to_owned(),
                _ => String::new(),
            };
            let row = credit.entry(vec![key]).or_default();
            for (model, share) in touch.credit.into_iter().enumerate() {
                row[model] += share;
                row[model + 6] += share * value;
            }
        }
    }
    for model in 0..6 {
        let sums = credit.values().fold([0.0, 0.0], |sum, row| {
            [sum[0] + row[model], sum[1] + row[model + 6]]
        });
        assert!(
            (sums[0] - total[0]).abs() < 1e-6 && (sums[1] - total[1]).abs() < 1e-4,
            "model {model}: {sums:?} of {total:?}"
        );
    }
    let columns: Vec<String> = ["conversions", "revenue"]
        .iter()
        .flat_map(|what| MODELS.iter().map(move |model| format!("{what}_{model}")))
        .collect();
    let numbers: Vec<&str> = columns.iter().map(String::as_str).collect();
    let question = Question {
        key: &["value"],
        texts: &[],
        numbers: &numbers,
        from: format!(
            "weir_fn.attribution(site = '{}', conversion = '{conversion}', by = '{by}', lookback_days = {lookback}, \
             from = '{}', to = '{}')",
            site.id, site.from, site.to
        ),
    };
    let expected = credit
        .into_iter()
        .map(|(key, row)| (key, Values::numbers(row.map(Some).to_vec())))
        .collect();
    question.compare(client, tally, expected).await;
}
