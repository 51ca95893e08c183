//! The views against the reference, row by row. Every difference is printed; the count of comparisons is returned.

use std::collections::BTreeMap;
use std::fmt::Debug;

use clickhouse::{Client, Row, RowOwned, RowRead};
use serde::Deserialize;

use crate::reference::{self, Ctr, Entry, FunnelRow, LandingPage, Session};
use crate::steps::Step;
use crate::stream::Site;

/// Differences and comparisons so far.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) compared: usize,
    pub(crate) different: usize,
    /// Persons of the reference who got to a third step.
    pub persons_at_step_3: usize,
}

impl Tally {
    /// Compares two lists by key, missing rows included.
    pub(crate) fn compare<K: Ord + Debug + Clone, V: Debug>(
        &mut self,
        what: &str,
        expected: impl IntoIterator<Item = (K, V)>,
        found: impl IntoIterator<Item = (K, V)>,
        same: impl Fn(&V, &V) -> bool,
    ) {
        let mut rows: BTreeMap<K, (Option<V>, Vec<V>)> = BTreeMap::new();
        for (key, value) in expected {
            rows.entry(key).or_insert((None, Vec::new())).0 = Some(value);
        }
        for (key, value) in found {
            rows.entry(key).or_insert((None, Vec::new())).1.push(value);
        }
        for (key, (expected, found)) in rows {
            self.compared += 1;
            let is_same = match (&expected, found.as_slice()) {
                (Some(expected), [found]) => same(expected, found),
                _ => false,
            };
            if !is_same {
                self.different += 1;
                eprintln!("{what} {key:?}\n  expected {expected:?}\n  found    {found:?}");
            }
        }
    }
}

pub(crate) async fn fetch<T: RowOwned + RowRead>(client: &Client, sql: &str) -> Vec<T> {
    client
        .query_raw(sql)
        .fetch_all::<T>()
        .await
        .unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

pub(crate) fn close(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * one.abs().max(1.0),
        _ => false,
    }
}

#[derive(Row, Deserialize)]
struct EntryRow {
    person_id: u64,
    level: u8,
    step_at: Vec<i64>,
    entered_at: i64,
    last_entry_at: i64,
}

/// The arguments of the funnel views, written as SQL.
fn arguments(site: &Site, texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quote(text)).collect();
    format!(
        "site = '{}', steps = [{}], window_s = {}, from = '{}', to = '{}'",
        site.id,
        quoted.join(", "),
        site.window_ms / 1000,
        site.from,
        site.to
    )
}

pub(crate) fn quote(text: &str) -> String {
    format!(
        "'{}'",
        text.replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace('\n', "\\n")
    )
}

/// Who entered, person by person.
pub(crate) async fn entries(
    client: &Client,
    tally: &mut Tally,
    site: &Site,
    steps: &[Step],
    texts: &[String],
) {
    let sql = format!(
        "SELECT person_id, level, arrayMap(at -> toUnixTimestamp64Milli(at), step_at) AS step_at, \
                toUnixTimestamp64Milli(entered_at) AS entered_at, toUnixTimestamp64Milli(last_entry_at) AS last_entry_at \
         FROM weir_fn.funnel_entries({})",
        arguments(site, texts)
    );
    let found = fetch::<EntryRow>(client, &sql)
        .await
        .into_iter()
        .map(|row| {
            assert_eq!(row.step_at.first(), Some(&row.entered_at), "{sql}");
            (
                row.person_id,
                Entry {
                    level: row.level,
                    step_at: row.step_at,
                    last_entry_at: row.last_entry_at,
                },
            )
        });
    let expected = reference::funnel_entries(site, steps);
    tally.persons_at_step_3 += expected.values().filter(|entry| entry.level >= 3).count();
    tally.compare(
        &format!("{} {sql}", site.zone_name),
        expected,
        found,
        PartialEq::eq,
    );
}

#[derive(Row, Deserialize)]
struct FunnelViewRow {
    step_no: u8,
    step: String,
    persons: u64,
    conversion_from_start: Option<f64>,
    conversion_from_prev: Option<f64>,
    drop_off: i64,
    median_s_from_prev: Option<f64>,
    maturing: u64,
}

/// A funnel with parameters.
pub(crate) async fn funnel(
    client: &Client,
    tally: &mut Tally,
    site: &Site,
    steps: &[Step],
    texts: &[String],
    now_ms: i64,
) {
    let source = format!("weir_fn.funnel({})", arguments(site, texts));
    let expected = reference::funnel(site, steps, texts, now_ms);
    tally.persons_at_step_3 += expected
        .get(2)
        .map_or(0, |row| usize::try_from(row.persons).unwrap());
    funnel_rows(client, tally, &source, expected).await;
}

/// A saved funnel, which shows labels.
pub(crate) async fn saved_funnel(
    client: &Client,
    tally: &mut Tally,
    view: &str,
    site: &Site,
    steps: &[Step],
    labels: &[String],
    now_ms: i64,
) {
    let expected = reference::funnel(site, steps, labels, now_ms);
    funnel_rows(client, tally, &format!("weir.{view}"), expected).await;
}

async fn funnel_rows(client: &Client, tally: &mut Tally, source: &str, expected: Vec<FunnelRow>) {
    // The columns are a contract: `*` must give exactly these, in this order.
    let rows = fetch::<FunnelViewRow>(client, &format!("SELECT step_no, step, persons, conversion_from_start, conversion_from_prev, drop_off, median_s_from_prev, maturing FROM {source}")).await;
    let found = rows.into_iter().map(|row| {
        let row = FunnelRow {
            step_no: row.step_no,
            step: row.step,
            persons: row.persons,
            conversion_from_start: row.conversion_from_start,
            conversion_from_prev: row.conversion_from_prev,
            drop_off: row.drop_off,
            median_s_from_prev: row.median_s_from_prev,
            maturing: row.maturing,
        };
        (row.step_no, row)
    });
    let expected = expected.into_iter().map(|row| (row.step_no, row));
    tally.compare(source, expected, found, |one, other| {
        let exact = |row: &FunnelRow| (row.step.clone(), row.persons, row.drop_off, row.maturing);
        exact(one) == exact(other)
            && close(one.conversion_from_start, other.conversion_from_start)
            && close(one.conversion_from_prev, other.conversion_from_prev)
            && close(one.median_s_from_prev, other.median_s_from_prev)
    });
}

#[derive(Row, Deserialize)]
struct SessionRow {
    site: String,
    date: String,
    session_id: u64,
    visitor_id: u64,
    person_id: u64,
    is_new: u8,
    started_at: i64,
    ended_at: i64,
    duration_s: f64,
    pageviews: u32,
    events: u32,
    engaged_ms: u64,
    is_engaged: u8,
    is_bounce: u8,
    is_converted: u8,
    purchases: u32,
    leads: u32,
    revenue: i64,
    purchases_in_other_currency: u32,
    landing_host: String,
    landing_page: String,
    exit_host: String,
    exit_page: String,
    referrer_host: String,
    channel: String,
    utm: (String, String, String),
    device: String,
    city: String,
}

/// All sessions of all sites, in one query.
pub(crate) async fn sessions(client: &Client, tally: &mut Tally, sites: &[Site]) {
    let sql = "SELECT toString(site) AS site, toString(session_date) AS date, session_id, visitor_id, person_id, is_new, \
                      toUnixTimestamp64Milli(started_at) AS started_at, toUnixTimestamp64Milli(ended_at) AS ended_at, \
                      duration_s, pageviews, events, engaged_ms, is_engaged, is_bounce, is_converted, purchases, leads, \
                      toInt64(revenue * 100) AS revenue, purchases_in_other_currency, toString(landing_host) AS landing_host, \
                      landing_page, toString(exit_host) AS exit_host, exit_page, referrer_host, toString(channel) AS channel, \
                      (toString(utm_source), toString(utm_medium), toString(utm_campaign)) AS utm, toString(device) AS device, \
                      toString(city) AS city \
               FROM weir.sessions";
    let found = fetch::<SessionRow>(client, sql)
        .await
        .into_iter()
        .map(|row| {
            let duration_ms = row.ended_at - row.started_at;
            assert!(
                close(Some(row.duration_s), Some(duration_ms as f64 / 1000.0)),
                "duration of {}",
                row.session_id
            );
            let session = Session {
                site: row.site.clone(),
                date: row.date,
                id: row.session_id,
                visitor: row.visitor_id,
                person: row.person_id,
                is_new: row.is_new,
                started_at: row.started_at,
                ended_at: row.ended_at,
                pageviews: row.pageviews,
                events: row.events,
                engaged_ms: row.engaged_ms,
                is_engaged: row.is_engaged,
                is_bounce: row.is_bounce,
                is_converted: row.is_converted,
                purchases: row.purchases,
                leads: row.leads,
                revenue: row.revenue,
                foreign_purchases: row.purchases_in_other_currency,
                landing_host: row.landing_host,
                landing_page: row.landing_page,
                exit_host: row.exit_host,
                exit_page: row.exit_page,
                referrer_host: row.referrer_host,
                channel: row.channel,
                utm: known_utm(&row.utm),
                device: row.device,
                city: row.city,
            };
            ((row.site, row.session_id), session)
        });
    let expected = sites
        .iter()
        .flat_map(reference::sessions)
        .map(|session| ((session.site.clone(), session.id), session));
    tally.compare("weir.sessions", expected, found, PartialEq::eq);
}

/// The campaign as the stream wrote it.
fn known_utm(found: &(String, String, String)) -> [&'static str; 3] {
    crate::stream::UTM
        .into_iter()
        .find(|[source, medium, campaign]| {
            (*source, *medium, *campaign) == (&found.0, &found.1, &found.2)
        })
        .unwrap_or(["?"; 3])
}

#[derive(Row, Deserialize)]
struct LandingRow {
    site: String,
    date: String,
    landing_host: String,
    landing_page: String,
    counts: Vec<i64>,
    rates: Vec<Option<f64>>,
}

const LANDING_COLUMNS: &str = "toString(landing_host) AS landing_host, landing_page, \
    arrayMap(n -> toInt64(n), [sessions, visitors, bounces, engaged_sessions, pageviews, converted_sessions, \
        converted_visitors, purchases, leads, toInt64(revenue * 100)]) AS counts, \
    arrayMap(x -> toFloat64OrNull(toString(x)), [bounce_rate, pages_per_session, engaged_s, engaged_s_per_session, \
        session_conversion_rate, visitor_conversion_rate, revenue_per_session]) AS rates";

fn landing_found(
    rows: Vec<LandingRow>,
) -> impl Iterator<Item = ((String, String, String, String), LandingPage)> {
    rows.into_iter().map(|row| {
        let key = (row.site, row.date, row.landing_host, row.landing_page);
        let page = LandingPage {
            key: key.clone(),
            counts: row.counts.try_into().unwrap(),
            rates: row.rates.try_into().unwrap(),
        };
        (key, page)
    })
}

fn same_landing(one: &LandingPage, other: &LandingPage) -> bool {
    one.counts == other.counts
        && one
            .rates
            .iter()
            .zip(&other.rates)
            .all(|(one, other)| close(*one, *other))
}

/// All landing pages of all sites by day, in one query; then those of each site over its period.
pub(crate) async fn landing_pages(client: &Client, tally: &mut Tally, sites: &[Site]) {
    let sql = format!(
        "SELECT toString(site) AS site, toString(session_date) AS date, {LANDING_COLUMNS} FROM weir.landing_pages"
    );
    let all: Vec<Session> = sites.iter().flat_map(reference::sessions).collect();
    let expected = reference::landing_pages(&all, true)
        .into_iter()
        .map(|page| (page.key.clone(), page));
    tally.compare(
        "weir.landing_pages",
        expected,
        landing_found(fetch(client, &sql).await),
        same_landing,
    );
    for site in sites {
        let (from, to) = (site.from.to_string(), site.to.to_string());
        let sql = format!(
            "SELECT '{0}' AS site, '' AS date, {LANDING_COLUMNS} \
             FROM weir_fn.landing_pages(site = '{0}', from = '{from}', to = '{to}')",
            site.id
        );
        let mut sessions = reference::sessions(site);
        sessions.retain(|session| (&from..=&to).contains(&&session.date));
        let expected = reference::landing_pages(&sessions, false)
            .into_iter()
            .map(|page| (page.key.clone(), page));
        tally.compare(
            &sql,
            expected,
            landing_found(fetch(client, &sql).await),
            same_landing,
        );
    }
}

#[derive(Row, Deserialize)]
struct CtrRow {
    site: String,
    date: String,
    item: String,
    counts: Vec<u64>,
    rates: Vec<Option<f64>>,
}

const CTR_COLUMNS: &str = "item, [impressions, clicks, sessions_exposed, sessions_clicked, visitors_exposed, \
    visitors_clicked, persons_exposed, persons_clicked, clicks_without_impression] AS counts, [ctr, session_ctr, visitor_ctr, person_ctr, \
    estimated_impressions, estimated_clicks, estimated_ctr] AS rates";

fn ctr_found(rows: Vec<CtrRow>) -> impl Iterator<Item = ((String, String, String), Ctr)> {
    rows.into_iter().map(|row| {
        let key = (row.site, row.date, row.item);
        let ctr = Ctr {
            key: key.clone(),
            counts: row.counts.try_into().unwrap(),
            rates: row.rates.try_into().unwrap(),
        };
        (key, ctr)
    })
}

fn same_ctr(one: &Ctr, other: &Ctr) -> bool {
    one.counts == other.counts
        && one
            .rates
            .iter()
            .zip(&other.rates)
            .all(|(one, other)| close(*one, *other))
}

/// All click-through rates of all sites by day, in one query; then those of each site over its period.
pub(crate) async fn ctr(client: &Client, tally: &mut Tally, sites: &[Site]) {
    let sql = format!(
        "SELECT toString(site) AS site, toString(session_date) AS date, {CTR_COLUMNS} FROM weir.ctr"
    );
    let expected = sites
        .iter()
        .flat_map(|site| reference::ctr(&site.id, site.events.iter(), true))
        .map(|ctr| (ctr.key.clone(), ctr));
    tally.compare(
        "weir.ctr",
        expected,
        ctr_found(fetch(client, &sql).await),
        same_ctr,
    );
    for site in sites {
        let sql = format!(
            "SELECT '{0}' AS site, '' AS date, {CTR_COLUMNS} FROM weir_fn.ctr(site = '{0}', from = '{1}', to = '{2}')",
            site.id, site.from, site.to
        );
        let events = site
            .events
            .iter()
            .filter(|event| (site.from..=site.to).contains(&event.session_date));
        let expected = reference::ctr(&site.id, events, false)
            .into_iter()
            .map(|ctr| (ctr.key.clone(), ctr));
        tally.compare(
            &sql,
            expected,
            ctr_found(fetch(client, &sql).await),
            same_ctr,
        );
    }
}
