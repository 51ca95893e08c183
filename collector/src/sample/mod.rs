//! A month of history for the sample site of the demo: a shop that does not exist, visited by people who do not either.
//!
//! The same every time: each day is made from its date and a fixed seed, whatever day it is made on. Its events have the
//! same ids and its batch the same token, so that filling the history again adds what is new and nothing else, also of a day
//! that was not over the last time. The history ends with the last whole hour, so that two who fill it at the same time make
//! the same batches, of which ClickHouse keeps one.
//!
//! The rows are those that the collector writes, encoded by the same code and inserted in the same way; they only do not
//! pass the spool, because a running server holds its lock.

mod costs;
mod dice;
mod shop;
mod visit;

use std::collections::HashSet;

use clickhouse::Client;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::batch::Batch;
use crate::enrich::Origin;
use crate::enrich::channel::{Utm, source_of};
use crate::enrich::device;
use crate::parse::Entry;
use crate::sink::clickhouse::{ClickHouse, EVENTS};
use crate::sink::{Sink, SinkError, row};
use crate::site::{DomainPattern, SiteId, SiteSettings};
use crate::warehouse::{self, WarehouseError};

use dice::Dice;
use shop::{ARRIVALS, BROWSERS, CITIES, HOURS, PRODUCTS, Page, WEEKDAYS};
use visit::{Rows, Visit, Visitor};

/// Id of the sample site.
pub const SITE: &str = "demo";
/// Days of its reports are days of this zone.
const ZONE: &str = "Europe/Moscow";
const CURRENCY: &str = "RUB";
const SEED: u64 = 0x5741_6d6f_7661_7221;
/// Days of history, today included: a month, and as many days more as a target over thirty days needs for its trend.
pub const DAYS: i32 = 34;
/// Sessions on an ordinary day.
const SESSIONS: u32 = 850;
/// How many of a thousand visitors were here before.
const RETURNING: u32 = 320;

/// What was filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedReport {
    /// Events of the history.
    pub events: u64,
    /// Those that were not there before.
    pub added: u64,
    /// Sessions begun.
    pub sessions: u64,
}

/// Why the history could not be filled in.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// ClickHouse did not take a day.
    #[error("cannot insert the sample of {day}: {reason}")]
    Insert {
        /// The day.
        day: Date,
        /// What ClickHouse says.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// A constant of this module is wrong; a test rules it out.
    #[error("the sample cannot be made up: {0}")]
    Constants(String),
}

impl SeedError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Insert { hint, .. } => hint,
            Self::Constants(_) => "this is a mistake in the program: please report it",
        }
    }
}

/// Fills the sample site with the month that ends at `end`. Calls `progress` after each day with the events so far.
pub async fn seed(
    client: &Client,
    end: Timestamp,
    mut progress: impl FnMut(u64),
) -> Result<SeedReport, SeedError> {
    let site = site()?;
    let sink = ClickHouse::new(client.clone(), EVENTS);
    let mut report = SeedReport {
        events: 0,
        added: 0,
        sessions: 0,
    };
    let end = whole_hour(end);
    let today = site.timezone.to_datetime(end).date();
    for ago in (0..DAYS).rev() {
        let day = today.saturating_sub(ago.days());
        let made = Day::make(day, &site, end);
        report.sessions += made.sessions;
        report.events += made.rows.ids.len() as u64;
        report.added += insert(client, &sink, day, &made.rows).await?;
        progress(report.events);
    }
    add_costs(client, today, end).await?;
    Ok(report)
}

/// Imports the costs that are not there, as anybody's.
async fn add_costs(client: &Client, today: Date, end: Timestamp) -> Result<(), SeedError> {
    let failed = |error: WarehouseError| SeedError::Insert {
        day: today,
        reason: error.to_string(),
        hint: error.hint(),
    };
    let mut costs = costs::costs(today);
    let first = costs.iter().map(|cost| cost.key.from).min();
    let last = costs.iter().map(|cost| cost.key.to).max();
    let known = warehouse::known_costs(client, SITE, first.unwrap_or(today), last.unwrap_or(today));
    let known = known.await.map_err(failed)?;
    costs.retain(|cost| !known.contains(&cost.key));
    warehouse::record_costs(client, SITE, CURRENCY, &costs, end.as_millisecond())
        .await
        .map_err(failed)
}

/// Inserts what is not there of a day; says how many events that was.
async fn insert(
    client: &Client,
    sink: &ClickHouse,
    day: Date,
    rows: &Rows,
) -> Result<u64, SeedError> {
    let failed = |error: SinkError| SeedError::Insert {
        day,
        reason: error.to_string(),
        hint: error.hint(),
    };
    let number = days_since_1970(day);
    let whole = batch(number, rows);
    // A token is remembered for so many inserts only.
    if whole.rows == 0 || sink.rows_of(whole.id).await.map_err(failed)? >= whole.rows {
        return Ok(0);
    }
    // A day that was not over was another batch.
    let known = client
        .query("SELECT DISTINCT toString(event_id) FROM weir.events WHERE site = ? AND session_date = toDate(?)")
        .bind(SITE)
        .bind(day.to_string())
        .fetch_all::<String>()
        .await
        .map_err(|error| failed(SinkError::Unclear(error.to_string())))?;
    let known: HashSet<Uuid> = known.iter().filter_map(|id| id.parse().ok()).collect();
    let rest = match known.is_empty() {
        true => whole,
        false => batch(number, &rows.without(&known)),
    };
    if rest.rows > 0 {
        sink.insert(&rest).await.map_err(failed)?;
    }
    Ok(rest.rows)
}

/// The beginning of the hour that a moment is in.
fn whole_hour(moment: Timestamp) -> Timestamp {
    let second = moment.as_second();
    Timestamp::from_second(second - second.rem_euclid(3_600)).unwrap_or(moment)
}

fn site() -> Result<SiteSettings, SeedError> {
    let wrong = |error: String| SeedError::Constants(error);
    Ok(SiteSettings {
        id: SiteId::parse(SITE).ok_or_else(|| wrong(SITE.to_owned()))?,
        domains: vec![DomainPattern::parse(visit::HOST).map_err(|error| wrong(error.to_string()))?],
        timezone: TimeZone::get(ZONE).map_err(|error| wrong(error.to_string()))?,
        currency: CURRENCY.to_owned(),
        container_version: 1,
        cookieless: false,
    })
}

/// All visits that began on one day.
struct Day {
    rows: Rows,
    sessions: u64,
}

impl Day {
    fn make(day: Date, site: &SiteSettings, end: Timestamp) -> Self {
        let number = days_since_1970(day);
        let mut dice = Dice::of(SEED, number, 0);
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
        let usual = SESSIONS * WEEKDAYS.get(weekday).copied().unwrap_or(100) / 100;
        let count = usual * dice.between(94, 107) / 100;
        let mut rows = Rows::default();
        let mut sessions = 0;
        for visit in 1..=count {
            let before = rows.ends.len();
            make_visit(day, number, visit, site, end, &mut rows);
            sessions += u64::from(rows.ends.len() > before);
        }
        Self { rows, sessions }
    }
}

fn make_visit(
    day: Date,
    number: i32,
    visit: u32,
    site: &SiteSettings,
    end: Timestamp,
    rows: &mut Rows,
) {
    let mut dice = Dice::of(SEED, number, visit);
    // Who comes back is one who first came on an earlier day.
    let (first_day, nth) = if dice.happens(RETURNING) {
        let ago = dice.between(1, 6) * dice.between(1, 5);
        (
            number - i32::try_from(ago).unwrap_or(1),
            dice.between(1, SESSIONS * 7 / 10),
        )
    } else {
        (number, visit)
    };
    let mut person = Dice::of(SEED ^ 0xff, first_day, nth);
    let id = person.next().max(1);
    let user_agent = person.pick(BROWSERS).copied().unwrap_or_default();
    let city = person.pick(CITIES).copied().unwrap_or_default();
    let (Some(hour), Some(arrival)) = (dice.pick(HOURS), dice.pick(ARRIVALS)) else {
        return;
    };
    let minute = i8::try_from(dice.below(60)).unwrap_or_default();
    let second = i8::try_from(dice.below(60)).unwrap_or_default();
    let Ok(start) = site.timezone.to_timestamp(day.at(*hour, minute, second, 0)) else {
        return;
    };
    let first = first_page(&mut dice, arrival.first);
    let mut entry_url = visit::address(first);
    if !arrival.query.is_empty() {
        let click = format!("{:016x}", dice.next());
        entry_url = format!("{entry_url}?{}", arrival.query.replace("{id}", &click));
    }
    let entry = Entry {
        url: entry_url.as_str().into(),
        referrer: arrival.referrer.into(),
        campaign: Utm::default(),
    };
    let source = source_of(&entry, site, Origin::Browser);
    let start_s = u64::try_from(start.as_second()).unwrap_or_default();
    let visitor = Visitor {
        id,
        session_id: start_s << 32 | dice.next() >> 32,
        session_number: 1 + u32::try_from(number - first_day)
            .unwrap_or_default()
            .div_ceil(4),
        session_date: u16::try_from(number).unwrap_or_default(),
        source: &source,
        device: device::recognise(user_agent),
        city,
    };
    let start_ms = start.as_millisecond();
    Visit::new(
        visitor,
        *arrival,
        dice,
        rows,
        start_ms,
        end.as_millisecond(),
    )
    .walk(&entry_url, first);
}

fn first_page(dice: &mut Dice, weights: [u32; 5]) -> Page {
    let product = dice
        .pick(PRODUCTS)
        .map_or(Page::Catalogue, |product| Page::Product(*product));
    let pages = [
        Page::Landing,
        Page::Catalogue,
        product,
        Page::Delivery,
        Page::Quiz(""),
    ];
    let choices: Vec<_> = weights.into_iter().zip(pages).collect();
    dice.pick(&choices).copied().unwrap_or(Page::Landing)
}

fn days_since_1970(day: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    day.since(epoch).map_or(0, |span| span.get_days())
}

/// The batch of a day: its id is made of its rows, so that the same rows are the same batch.
fn batch(number: i32, rows: &Rows) -> Batch {
    let hash: [u8; 32] = Sha256::digest(&rows.bytes).into();
    let mut tail = [0; 10];
    for (to, from) in tail.iter_mut().zip(hash) {
        *to = from;
    }
    let millis = u64::try_from(number).unwrap_or_default() * 86_400_000;
    let id: Uuid = uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid();
    let prefix = row::batch_id_bytes(id);
    let mut body = Vec::with_capacity(rows.bytes.len() + rows.ends.len() * prefix.len());
    let mut start = 0;
    for end in &rows.ends {
        body.extend_from_slice(&prefix);
        body.extend_from_slice(rows.bytes.get(start..*end).unwrap_or_default());
        start = *end;
    }
    Batch {
        id,
        rows: rows.ends.len() as u64,
        token: format!("sample-{}", id.as_hyphenated()),
        columns: row::columns(row::VERSION),
        body: body.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(end: Timestamp) -> Vec<Day> {
        let site = site().unwrap();
        let today = site.timezone.to_datetime(end).date();
        let days = (0..DAYS).rev();
        days.map(|ago| Day::make(today.saturating_sub(ago.days()), &site, end))
            .collect()
    }

    #[test]
    fn a_month_has_a_hundred_thousand_events() {
        let end: Timestamp = "2026-11-23T20:00:00Z".parse().unwrap();
        let days = month(end);
        let events: usize = days.iter().map(|day| day.rows.ids.len()).sum();
        assert!((100_000..250_000).contains(&events), "{events}");
        assert!(days.iter().all(|day| day.sessions > 300));
    }

    #[test]
    fn a_day_is_the_same_whenever_it_is_made() {
        let (earlier, later) = ("2026-11-20T20:00:00Z", "2026-11-23T09:00:00Z");
        let before = month(earlier.parse().unwrap());
        let after = month(later.parse().unwrap());
        // The last day of the earlier month was not over yet.
        let tokens = |days: &[Day]| {
            days.iter()
                .map(|day| batch(1, &day.rows).token)
                .collect::<Vec<_>>()
        };
        let (before, after) = (tokens(&before), tokens(&after));
        assert_eq!(before[3..30], after[..27]);
    }

    #[test]
    fn nothing_happens_after_the_end() {
        let site = site().unwrap();
        let (noon, night) = ("2026-11-23T09:00:00Z", "2026-11-23T23:00:00Z");
        let day = Date::constant(2026, 11, 23);
        let part = Day::make(day, &site, noon.parse().unwrap());
        let whole = Day::make(day, &site, night.parse().unwrap());
        let (known, all) = (part.rows.ids.len(), whole.rows.ids.len());
        assert!(known > 0 && known < all);
        assert!(part.sessions < whole.sessions);
        // The rest of the day is what was not there, and the same as if the day had been made at once.
        let rest = whole.rows.without(&part.rows.ids.iter().copied().collect());
        assert_eq!(rest.ids.len(), all - known);
        assert_eq!(
            rest.bytes.len() + part.rows.bytes.len(),
            whole.rows.bytes.len()
        );
        let nothing = whole
            .rows
            .without(&whole.rows.ids.iter().copied().collect());
        assert!(nothing.ids.is_empty() && nothing.bytes.is_empty());
    }

    #[test]
    fn two_who_begin_within_an_hour_make_the_same() {
        let site = site().unwrap();
        let made = |end: &str| {
            let day = Date::constant(2026, 11, 23);
            batch(
                1,
                &Day::make(day, &site, whole_hour(end.parse().unwrap())).rows,
            )
            .token
        };
        assert_eq!(made("2026-11-23T09:00:01Z"), made("2026-11-23T09:59:59Z"));
        assert_ne!(made("2026-11-23T09:59:59Z"), made("2026-11-23T10:00:00Z"));
    }
}
