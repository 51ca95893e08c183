//! Sets the persons of events right ([`super::people`]), puts the sessions of past days together ([`super::sessions`]), and counts
//! what the ready views and the KPIs show.
//!
//! A funnel takes its time, and a dashboard asks for it on every load. So the views of saved funnels and goals read what was
//! counted last, and say when that was (`as_of`). Nothing is counted that has not changed:
//!
//! - of a goal, the days whose number of events is another than when they were counted (late events, imports and events that
//!   were removed change it, whatever day they belong to), and those on which people turned out to be one;
//! - a funnel, and a goal that is the end of one, as a whole, when there is such a day, when a day has begun, or, while
//!   somebody in it may still get further, after [`RECOUNT_AFTER`], because people mature. It is not put together from days: an
//!   entry of today changes what an entry of last week comes to, so that within the window all days hang together;
//! - once a day everything.
//!
//! What has happened is looked at every few seconds. A site that has just been counted is left alone for [`IDLE`] times as long
//! as that took (a small one not for longer than [`REST`]), so that on a small site an event is in its funnels within seconds, and a
//! large one does not count all day; and
//! the caller waits [`Refreshed::pause`], so that many sites do not either.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clickhouse::Client;
use jiff::civil::Date;
use serde::Deserialize;

use super::client::fetch;
use super::error::WarehouseError;
use super::goals;
use super::history::History;
use super::kpis::{self, Asked};
use super::people::{self, Days};
use super::ready;
use super::sessions::{self, Sessions};
use super::troubles::Troubles;
use crate::site::is_name;

/// What may still come in a funnel changes with the clock.
const RECOUNT_AFTER: Duration = Duration::from_secs(600);
/// KPIs are counted again when events have come, though not more often.
const KPIS_AFTER: Duration = Duration::from_secs(3_600);
/// What there is of them today is counted again this many times as long after as it took.
const SO_FAR_IDLE: u32 = 20;
/// For so long a round counts past days of new KPIs; the next one goes on.
const BACK_AT_ONCE: Duration = Duration::from_secs(2);
/// How often it is looked what has happened, at most and at least.
const SHORTEST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// For how long a site is left alone, in terms of what counting it took.
pub const IDLE: u32 = 10;
/// The same of a round over all sites, and not for longer than this: other sites wait meanwhile.
const IDLE_AFTER_ROUND: u32 = 4;
const LONGEST_ROUND_PAUSE: Duration = Duration::from_secs(60);

/// A site is left alone for so long at most, and a second more for so many events: on a machine that was busy, counting a small site takes long too, and
/// its visitors would be missing in the funnels for minutes.
const REST: Duration = Duration::from_secs(20);
const EVENTS_A_SECOND: u64 = 10_000;

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refreshed {
    /// Events whose person is known better now.
    pub events_of_known_people: u64,
    /// Funnels counted.
    pub funnels: usize,
    /// Days of goals counted.
    pub goal_days: usize,
    /// Days whose sessions were put together.
    pub session_days: usize,
    /// KPIs counted.
    pub kpis: usize,
    /// Past days of KPIs counted afterwards.
    pub kpi_days: usize,
    /// Whether something of the KPIs is left for the next round.
    pub owes: bool,
    /// How long the KPIs took.
    pub kpis_took: Duration,
    /// How long to wait before the next round.
    pub pause: Duration,
}

/// Remembers what was counted of each site, and when.
#[derive(Debug)]
pub struct Refresher {
    idle: u32,
    people: people::Seen,
    /// Days on which people turned out to be one, until what they change is counted.
    moved: Days,
    sessions: Sessions,
    sites: BTreeMap<String, Counted>,
    troubles: Troubles,
}

#[derive(Debug, Clone)]
struct Counted {
    /// Of the days that ready views show.
    events: u64,
    /// When costs were imported last.
    costs_at_ms: i64,
    published_at_ms: i64,
    today: Date,
    at: Instant,
    /// Until then it is left alone.
    rests_until: Instant,
    kpis_at: Option<Instant>,
    /// When what there is so far is counted again at the earliest.
    so_far_after: Option<Instant>,
    history: History,
    /// Something of the KPIs is left for the next round.
    owes: bool,
    /// What there is today so far is part of it.
    owes_so_far: bool,
}

#[derive(clickhouse::Row, Deserialize)]
struct SiteRow {
    id: String,
    timezone: String,
    published_at_ms: i64,
}

/// What there is to count.
#[derive(Default, clickhouse::Row, Deserialize)]
struct SeenRow {
    events: u64,
    past: u64,
    /// Of days that do not go on, however long ago.
    settled: u64,
    costs_at_ms: Option<i64>,
}

impl Refresher {
    /// After a site is counted it rests `idle` times as long as that took: [`IDLE`], or 0 for whoever cannot wait.
    pub fn new(idle: u32) -> Self {
        Self {
            idle,
            people: people::Seen::default(),
            moved: Days::new(),
            sessions: Sessions::default(),
            sites: BTreeMap::new(),
            troubles: Troubles::default(),
        }
    }

    /// Counts what has changed since the last call. What cannot be counted keeps nothing else from it, and is tried again when
    /// something has changed, or after [`RECOUNT_AFTER`].
    pub async fn refresh(&mut self, client: &Client) -> Result<Refreshed, WarehouseError> {
        let begun = Instant::now();
        let query = client.query_raw(
            "SELECT id, toString(timezone) AS timezone, toUnixTimestamp64Milli(published_at) AS published_at_ms \
             FROM weir.sites FINAL ORDER BY id",
        );
        let sites: Vec<SiteRow> = fetch(query)
            .await
            .map_err(|error| WarehouseError::from_client("listing the sites", error))?;
        let mut done = Refreshed {
            events_of_known_people: people::resolve(client, &mut self.people, &mut self.moved)
                .await?,
            ..Refreshed::default()
        };
        let begun_sessions = self.sessions.begin(client).await;
        self.troubles
            .note("", "ready sessions".to_owned(), begun_sessions)?;
        for site in sites.iter().filter(|site| is_name(&site.id)) {
            let counted = self.refresh_site(client, site, &mut done).await;
            self.troubles
                .note(&site.id, "the ready views".to_owned(), counted)?;
        }
        let ended = self.sessions.end(client, done.session_days).await;
        self.troubles.note("", "ready sessions".to_owned(), ended)?;
        // KPIs have a measure of their own: funnels need not wait for them.
        done.pause = begun
            .elapsed()
            .saturating_sub(done.kpis_took)
            .saturating_mul(IDLE_AFTER_ROUND)
            .clamp(SHORTEST_PAUSE, LONGEST_ROUND_PAUSE);
        Ok(done)
    }

    async fn refresh_site(
        &mut self,
        client: &Client,
        site: &SiteRow,
        done: &mut Refreshed,
    ) -> Result<(), WarehouseError> {
        let begun = Instant::now();
        let rests = self.sites.get(&site.id).is_some_and(|before| {
            before.published_at_ms == site.published_at_ms && begun < before.rests_until
        });
        if rests {
            return Ok(());
        }
        let today = today(&site.timezone);
        let query = client
            .query(
                "SELECT countIf(session_date >= toDate(?)) AS events, countIf(session_date >= toDate(?) AND session_date < toDate(?)) AS past, \
                    countIf(session_date < toDate(?)) AS settled, \
                    (SELECT toUnixTimestamp64Milli(max(imported_at)) FROM weir.cost_days WHERE site = ?) AS costs_at_ms \
                 FROM weir.events WHERE site = ?",
            )
            .bind(goals::first_day(today).to_string())
            .bind(goals::first_day(today).to_string())
            .bind(today.to_string())
            .bind(sessions::goes_on(today).to_string())
            .bind(&site.id)
            .bind(&site.id);
        let SeenRow {
            events,
            past,
            settled,
            costs_at_ms,
        } = fetch::<SeenRow>(query)
            .await
            .map_err(|error| WarehouseError::from_client("counting the events", error))?
            .into_iter()
            .next()
            .unwrap_or_default();
        let costs_at_ms = costs_at_ms.unwrap_or_default();
        let moved = self.moved.get(&site.id).cloned().unwrap_or_default();
        let sessions_begun = Instant::now();
        let made = self
            .sessions
            .make_ready(
                client,
                (&site.id, today),
                settled,
                self.idle > 0,
                !moved.is_empty(),
            )
            .await;
        let made = self
            .troubles
            .note(&site.id, "the sessions of past days".to_owned(), made)?;
        done.session_days += made.unwrap_or_default();
        // Bounded in itself: what counts the site need not rest for it.
        let begun = begun + sessions_begun.elapsed();
        let before = self.sites.get(&site.id).cloned();
        let is_new_day = before.as_ref().is_none_or(|before| before.today != today);
        let are_costs_new = before
            .as_ref()
            .is_some_and(|before| before.costs_at_ms != costs_at_ms);
        let is_republished = before
            .as_ref()
            .is_none_or(|before| before.published_at_ms != site.published_at_ms);
        let is_changed = is_new_day
            || are_costs_new
            || is_republished
            || !moved.is_empty()
            || before.as_ref().is_none_or(|before| before.events != events);
        let is_old = before
            .as_ref()
            .is_none_or(|before| before.at.elapsed() > RECOUNT_AFTER);
        let owed = before.as_ref().is_some_and(|before| before.owes);
        let owed_so_far = before.as_ref().is_some_and(|before| before.owes_so_far);
        if !is_changed && !is_old && !owed {
            return Ok(());
        }
        if is_republished {
            self.troubles.forget(&site.id);
        }
        let had_troubles = self.troubles.are_of(&site.id);
        let funnels = ready::funnels(client, &site.id).await?;
        let goals = ready::goals(client, &site.id).await?;
        for funnel in &funnels {
            let name = format!("funnel `{}`", funnel.funnel);
            let is_unsettled = funnel.is_maturing || self.troubles.has(&site.id, &name);
            if is_changed || !funnel.is_counted || (is_old && is_unsettled) {
                let counted = funnel.count(client, today).await;
                let counted = self.troubles.note(&site.id, name, counted)?;
                done.funnels += usize::from(counted.is_some());
            }
        }
        // The whole history once a day, though not at every start.
        let all = is_new_day && before.is_some();
        for goal in goals.iter().filter(|_| is_changed || is_old) {
            let counted = goal.count_changed(client, today, all, &moved).await;
            let name = format!("goal `{}`", goal.goal);
            let counted = self.troubles.note(&site.id, name, counted)?;
            done.goal_days += counted.unwrap_or_default();
        }
        let kpis_begun = Instant::now();
        let mut kpis_at = before.as_ref().and_then(|before| before.kpis_at);
        let mut so_far_after = before.as_ref().and_then(|before| before.so_far_after);
        let mut history = match &before {
            Some(before) if !is_new_day => before.history.seen(past),
            // Costs may have come while nobody was looking.
            _ => History {
                since_ms: costs_at_ms,
                ..History::new(past)
            },
        };
        if are_costs_new {
            history.since_ms = jiff::Timestamp::now().as_millisecond();
        }
        let are_kpis_due = is_new_day
            || are_costs_new
            || is_republished
            || (is_old && had_troubles)
            || kpis_at.is_none_or(|at| is_changed && at.elapsed() > KPIS_AFTER)
            || history.is_to_be_counted(so_far_after);
        let mut owes_so_far = are_kpis_due || is_changed || owed_so_far;
        let mut owes = false;
        let begun_on = kpis::first_day(client, &site.id).await?;
        if let Some(first) = begun_on.filter(|first| *first <= today && (owes_so_far || owed)) {
            let asked = kpis::current(client, &site.id, &site.timezone, &funnels, &goals).await?;
            let yesterday = today.yesterday().unwrap_or(today);
            if are_kpis_due && first <= yesterday {
                for kpi in &asked {
                    let counted = kpis::count(client, kpi, yesterday, first).await;
                    let counted = self.troubles.note(&site.id, name_of(kpi), counted)?;
                    done.kpis += usize::from(counted == Some(true));
                }
                history.counted = past;
            }
            let is_time = so_far_after.is_none_or(|after| after <= Instant::now());
            if owes_so_far && (are_kpis_due || is_time) {
                let begun = Instant::now();
                for kpi in &asked {
                    let counted = kpis::count_so_far(client, kpi, today).await;
                    self.troubles.note(&site.id, name_of_today(kpi), counted)?;
                }
                so_far_after = Some(Instant::now() + begun.elapsed().saturating_mul(SO_FAR_IDLE));
                owes_so_far = false;
            }
            // While an import goes on, its days say nothing yet.
            owes = owes_so_far || history.lags() || !history.rests;
            if !asked.is_empty() && history.rests {
                let since_ms = history.since_ms;
                let days = (first, yesterday);
                let more = count_back(client, &site.id, &asked, days, since_ms, done).await;
                // What did not succeed is not tried at once again.
                let what = "past days of the targets".to_owned();
                owes |= self.troubles.note(&site.id, what, more)? == Some(true);
            }
        }
        if are_kpis_due {
            kpis_at = Some(Instant::now());
        }
        done.kpis_took += kpis_begun.elapsed();
        self.moved.remove(&site.id);
        self.sites.insert(
            site.id.clone(),
            Counted {
                events,
                costs_at_ms,
                published_at_ms: site.published_at_ms,
                today,
                at: Instant::now(),
                rests_until: Instant::now()
                    + (kpis_begun - begun)
                        .saturating_mul(self.idle)
                        .min(longest_rest(events)),
                kpis_at,
                so_far_after,
                history,
                owes,
                owes_so_far: owes && owes_so_far,
            },
        );
        done.owes |= owes;
        Ok(())
    }
}

fn name_of(kpi: &Asked) -> String {
    format!("target `{}`", kpi.kpi)
}

fn name_of_today(kpi: &Asked) -> String {
    format!("target `{}`, as far as today has gone,", kpi.kpi)
}

/// Counts past days of new KPIs for a while. Tells whether there are more.
async fn count_back(
    client: &Client,
    site: &str,
    asked: &[Asked],
    (first, yesterday): (Date, Date),
    since_ms: i64,
    done: &mut Refreshed,
) -> Result<bool, WarehouseError> {
    let begun = Instant::now();
    let counted = kpis::counted_days(client, site, since_ms).await?;
    let lacking: Vec<Vec<Date>> = asked
        .iter()
        .map(|kpi| {
            let key = (kpi.kpi.clone(), kpi.definition);
            let counted = counted.get(&key).map_or(&[][..], Vec::as_slice);
            kpi.lacking(first, yesterday, counted)
        })
        .collect();
    // The latest day of each KPI first: a week of them is a forecast.
    let most = lacking.iter().map(Vec::len).max().unwrap_or_default();
    for place in 0..most {
        for (kpi, days) in asked.iter().zip(&lacking) {
            let Some(day) = days.get(place) else { continue };
            if begun.elapsed() > BACK_AT_ONCE {
                return Ok(true);
            }
            kpis::count_back(client, kpi, *day, first).await?;
            done.kpi_days += 1;
        }
    }
    Ok(false)
}

/// For how long a site with so many events is left alone at most.
fn longest_rest(events: u64) -> Duration {
    REST.saturating_add(Duration::from_secs(events / EVENTS_A_SECOND))
        .min(LONGEST_PAUSE)
}

/// The day that it is in a time zone.
pub(super) fn today(timezone: &str) -> Date {
    day_of(jiff::Timestamp::now(), timezone)
}

pub(super) fn day_of(at: jiff::Timestamp, timezone: &str) -> Date {
    let zone = jiff::tz::TimeZone::get(timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    zone.to_datetime(at).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_site_does_not_rest_long() {
        assert_eq!(longest_rest(500), REST);
        assert_eq!(longest_rest(1_000_000), REST + Duration::from_secs(100));
        assert_eq!(longest_rest(u64::MAX), LONGEST_PAUSE);
    }
}
