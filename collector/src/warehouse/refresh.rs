//! Sets the persons of events right ([`super::people`]), and counts what the ready views of large sites show, and the KPIs.
//!
//! A funnel over a month of a large site takes its time, and a dashboard asks for it on every load. So on a site with more
//! than [`LARGE_SITE_EVENTS`] events in its last 30 days, the views of saved funnels and goals read what was counted last, and
//! say when that was (`as_of`). Nothing is counted that has not changed:
//!
//! - of a goal, the days whose number of events is another than when they were counted: late events, imports and events
//!   that were removed change it, whatever day they belong to;
//! - a funnel as a whole, when the number of events of its period has changed, when a day has begun, or after
//!   [`RECOUNT_AFTER`], because people mature. It is not put together from days: an entry of today changes what an entry of
//!   last week comes to, so that within the window all days hang together;
//! - once a day everything, because people who turn out to be one change days that are over.
//!
//! Between two rounds the caller waits [`Refreshed::pause`]: a twentieth of the time at most is spent here.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clickhouse::Client;
use jiff::civil::Date;
use serde::Deserialize;

use super::client::fetch;
use super::error::WarehouseError;
use super::goals::{self, Manner};
use super::kpis::{self, Asked, Reached};
use super::people;
use super::saved::{self, Form, FunnelCount, FunnelMode};
use crate::site::is_name;

/// Events of the last 30 days above which a site is large. It stays so until it has half as many.
pub const LARGE_SITE_EVENTS: u64 = 200_000;
/// What may still come in a funnel changes with the clock.
const RECOUNT_AFTER: Duration = Duration::from_secs(600);
/// KPIs are counted again when events have come, though not more often.
const KPIS_AFTER: Duration = Duration::from_secs(3_600);
const SHORTEST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Pause per time spent.
const IDLE: u32 = 20;

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refreshed {
    /// Events whose person is known better now.
    pub events_of_known_people: u64,
    /// Funnels counted.
    pub funnels: usize,
    /// Days of goals counted.
    pub goal_days: usize,
    /// KPIs counted.
    pub kpis: usize,
    /// How long to wait before the next round.
    pub pause: Duration,
}

/// Remembers what was counted of each site, and when.
#[derive(Debug)]
pub struct Refresher {
    large: u64,
    people: people::Seen,
    sites: BTreeMap<String, Counted>,
}

#[derive(Debug, Clone)]
struct Counted {
    events: u64,
    published_at_ms: i64,
    today: Date,
    at: Instant,
    kpis_at: Option<Instant>,
}

#[derive(clickhouse::Row, Deserialize)]
struct SiteRow {
    id: String,
    timezone: String,
    published_at_ms: i64,
}

/// A funnel as it is published, and the state of its view.
pub(super) struct Funnel {
    site: String,
    funnel: String,
    view: String,
    manner: (FunnelMode, FunnelCount),
    pub(super) definition: u64,
    pub(super) is_stored: bool,
    steps: Vec<String>,
    window_s: u64,
}

/// A goal as it is published, and the state of its view.
pub(super) struct Goal {
    site: String,
    goal: String,
    view: String,
    step: String,
    funnel: String,
    manner: Manner,
    pub(super) definition: u64,
    pub(super) is_stored: bool,
}

impl Funnel {
    fn names(&self) -> (&str, &str) {
        (&self.site, &self.funnel)
    }

    pub(super) async fn count(&self, client: &Client) -> Result<(), WarehouseError> {
        saved::count(client, self.names(), self.manner, self.definition).await
    }

    pub(super) async fn create(&self, client: &Client, form: Form) -> Result<(), WarehouseError> {
        saved::create(client, &self.view, self.names(), self.manner, form).await
    }
}

impl Goal {
    fn names(&self) -> (&str, &str) {
        (&self.site, &self.goal)
    }

    pub(super) async fn create(&self, client: &Client, form: Form) -> Result<(), WarehouseError> {
        goals::create(client, &self.view, self.names(), self.manner, form).await
    }

    /// Counts the days that have changed, or all; answers how many.
    pub(super) async fn count_changed(
        &self,
        client: &Client,
        all: bool,
    ) -> Result<usize, WarehouseError> {
        let query = client
            .query(
                "SELECT toString(session_date) AS day, count() AS events FROM weir.events \
                 WHERE site = ? AND session_date > today() - ? GROUP BY session_date ORDER BY session_date",
            )
            .bind(&self.site)
            .bind(goals::DAYS);
        let there: Vec<(String, u64)> = fetch(query)
            .await
            .map_err(|error| WarehouseError::from_client("counting the events of days", error))?;
        let query = client
            .query(
                "SELECT toString(session_date) AS day, events_seen FROM weir.goal_days FINAL \
                 WHERE site = ? AND goal = ? AND definition = ?",
            )
            .bind(&self.site)
            .bind(&self.goal)
            .bind(self.definition);
        let seen: BTreeMap<String, u64> = fetch::<(String, u64)>(query)
            .await
            .map_err(|error| WarehouseError::from_client("reading the goals", error))?
            .into_iter()
            .collect();
        let gone = seen
            .keys()
            .filter(|day| !there.iter().any(|(known, _)| known == *day))
            .map(|day| (day.clone(), 0));
        let mut days: Vec<(String, u64)> = there
            .iter()
            .filter(|(day, events)| all || seen.get(day) != Some(events))
            .cloned()
            .chain(gone.filter(|(day, _)| seen.get(day) != Some(&0)))
            .collect();
        days.sort_unstable();
        // Days that follow one another are counted at once: what lies between is not read for nothing.
        for run in days.chunk_by(|(one, _), (next, _)| are_neighbours(one, next)) {
            goals::count(client, self.names(), self.manner, self.definition, run).await?;
        }
        Ok(days.len())
    }
}

/// Whether there is at most a week between two days.
fn are_neighbours(one: &str, next: &str) -> bool {
    let (Ok(one), Ok(next)) = (one.parse::<Date>(), next.parse::<Date>()) else {
        return false;
    };
    one.until(next).is_ok_and(|span| span.get_days() <= 7)
}

impl Refresher {
    /// Sites with more than `large` events in 30 days are large ones.
    pub fn new(large: u64) -> Self {
        Self {
            large,
            people: people::Seen::default(),
            sites: BTreeMap::new(),
        }
    }

    /// Counts what has changed since the last call.
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
            events_of_known_people: people::resolve(client, &mut self.people).await?,
            ..Refreshed::default()
        };
        for site in sites.iter().filter(|site| is_name(&site.id)) {
            self.refresh_site(client, site, &mut done).await?;
        }
        done.pause = begun
            .elapsed()
            .saturating_mul(IDLE)
            .clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        Ok(done)
    }

    async fn refresh_site(
        &mut self,
        client: &Client,
        site: &SiteRow,
        done: &mut Refreshed,
    ) -> Result<(), WarehouseError> {
        let zone = jiff::tz::TimeZone::get(&site.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        let today = zone.to_datetime(jiff::Timestamp::now()).date();
        let query = client
            .query(
                "SELECT count() FROM weir.events WHERE site = ? AND session_date > toDate(?) - 30",
            )
            .bind(&site.id)
            .bind(today.to_string());
        let events = fetch::<u64>(query)
            .await
            .map_err(|error| WarehouseError::from_client("counting the events", error))?
            .into_iter()
            .next()
            .unwrap_or(0);
        let before = self.sites.get(&site.id).cloned();
        let is_new_day = before.as_ref().is_none_or(|before| before.today != today);
        let is_changed = is_new_day
            || before.as_ref().is_none_or(|before| {
                before.events != events || before.published_at_ms != site.published_at_ms
            });
        let is_old = before
            .as_ref()
            .is_none_or(|before| before.at.elapsed() > RECOUNT_AFTER);
        if !is_changed && !is_old {
            return Ok(());
        }
        let funnels = funnels(client, &site.id).await?;
        let goals = goals(client, &site.id).await?;
        let is_stored = funnels.iter().any(|funnel| funnel.is_stored)
            || goals.iter().any(|goal| goal.is_stored);
        let is_large = events
            >= if is_stored {
                self.large / 2
            } else {
                self.large
            };
        for funnel in &funnels {
            if is_large {
                funnel.count(client).await?;
                done.funnels += 1;
            }
            if is_large != funnel.is_stored {
                let stored = Form::Stored(funnel.definition);
                let form = if is_large { stored } else { Form::Live };
                funnel.create(client, form).await?;
            }
        }
        for goal in &goals {
            if is_large {
                // The whole history once a day, though not at every start.
                let all = is_new_day && before.is_some();
                done.goal_days += goal.count_changed(client, all).await?;
            }
            if is_large != goal.is_stored {
                let stored = Form::Stored(goal.definition);
                let form = if is_large { stored } else { Form::Live };
                goal.create(client, form).await?;
            }
        }
        let mut kpis_at = before.as_ref().and_then(|before| before.kpis_at);
        let are_kpis_due = is_new_day
            || before.is_none_or(|before| before.published_at_ms != site.published_at_ms)
            || kpis_at.is_none_or(|at| is_changed && at.elapsed() > KPIS_AFTER);
        if are_kpis_due {
            for kpi in asked(client, &site.id, &funnels, &goals).await? {
                kpis::count(client, &kpi, today.yesterday().unwrap_or(today)).await?;
                done.kpis += 1;
            }
            kpis_at = Some(Instant::now());
        }
        self.sites.insert(
            site.id.clone(),
            Counted {
                events,
                published_at_ms: site.published_at_ms,
                today,
                at: Instant::now(),
                kpis_at,
            },
        );
        Ok(())
    }
}

#[derive(clickhouse::Row, Deserialize)]
struct FunnelRow {
    funnel: String,
    view: String,
    mode: String,
    unit: String,
    steps: Vec<String>,
    window_s: u64,
    definition: u64,
}

/// The current funnels of a site.
pub(super) async fn funnels(client: &Client, site: &str) -> Result<Vec<Funnel>, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(funnel) AS funnel, view, toString(mode) AS mode, toString(unit) AS unit, steps, window_s, \
                    cityHash64(labels, steps, window_s, mode, unit) AS definition \
             FROM weir.funnels WHERE site = ? ORDER BY funnel",
        )
        .bind(site);
    let rows: Vec<FunnelRow> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the funnels", error))?;
    let existing = saved::existing(client).await?;
    Ok(rows
        .into_iter()
        .filter(|row| is_name(&row.funnel))
        .map(|row| {
            let view = existing.iter().find(|view| view.name == row.view);
            // Written before the rows said it.
            let (mode, count) = view.map(saved::ExistingView::manner).unwrap_or_default();
            Funnel {
                site: site.to_owned(),
                manner: (
                    FunnelMode::named(&row.mode).unwrap_or(mode),
                    FunnelCount::of_unit(&row.unit).unwrap_or(count),
                ),
                definition: row.definition,
                is_stored: view.is_some_and(saved::ExistingView::is_stored),
                funnel: row.funnel,
                view: row.view,
                steps: row.steps,
                window_s: row.window_s,
            }
        })
        .collect())
}

#[derive(clickhouse::Row, Deserialize)]
struct GoalRow {
    goal: String,
    view: String,
    step: String,
    funnel: String,
    definition: u64,
}

/// The current goals of a site.
pub(super) async fn goals(client: &Client, site: &str) -> Result<Vec<Goal>, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(goal) AS goal, view, step, toString(funnel) AS funnel, \
                    cityHash64(step, funnel, value) AS definition \
             FROM weir.goals WHERE site = ? ORDER BY goal",
        )
        .bind(site);
    let rows: Vec<GoalRow> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the goals", error))?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let existing = goals::existing(client).await?;
    let funnels = funnels(client, site).await?;
    Ok(rows
        .into_iter()
        .filter(|row| is_name(&row.goal))
        .map(|row| {
            let end_of = funnels
                .iter()
                .find(|funnel| row.step.is_empty() && funnel.funnel == row.funnel);
            Goal {
                site: site.to_owned(),
                manner: end_of.map(|funnel| funnel.manner),
                // With the funnel the goal changes.
                definition: end_of
                    .map_or(0, |funnel| funnel.definition)
                    .wrapping_add(row.definition),
                is_stored: existing
                    .iter()
                    .any(|view| view.name == row.view && view.is_stored()),
                goal: row.goal,
                view: row.view,
                step: row.step,
                funnel: row.funnel,
            }
        })
        .collect())
}

#[derive(clickhouse::Row, Deserialize)]
struct KpiRow {
    kpi: String,
    metric: String,
    page: String,
    goal: String,
    funnel: String,
    channel: String,
    definition: u64,
}

/// The current KPIs of a site, with what they count.
async fn asked(
    client: &Client,
    site: &str,
    funnels: &[Funnel],
    goals: &[Goal],
) -> Result<Vec<Asked>, WarehouseError> {
    let query = client
        .query(
            "SELECT kpi, toString(metric) AS metric, page, toString(goal) AS goal, toString(funnel) AS funnel, \
                    toString(channel) AS channel, cityHash64(metric, page, goal, funnel, channel) AS definition \
             FROM weir.kpi_targets FINAL \
             WHERE site = ? AND published_at = (SELECT max(published_at) FROM weir.sites WHERE id = ?) ORDER BY position",
        )
        .bind(site)
        .bind(site);
    let rows: Vec<KpiRow> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the KPIs", error))?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let goal = goals.iter().find(|goal| goal.goal == row.goal);
            let named = goal.map_or(row.funnel.as_str(), |goal| goal.funnel.as_str());
            let funnel = funnels.iter().find(|funnel| funnel.funnel == named);
            let step = goal.map(|goal| goal.step.clone()).unwrap_or_default();
            let (mode, count) = funnel.map(|funnel| funnel.manner).unwrap_or_default();
            Asked {
                site: site.to_owned(),
                reached: match (step.is_empty(), funnel) {
                    (false, _) => Reached::Step,
                    (true, Some(_)) => Reached::Funnel,
                    (true, None) => Reached::Nothing,
                },
                step,
                steps: funnel
                    .map(|funnel| funnel.steps.clone())
                    .unwrap_or_default(),
                window_s: funnel.map_or(0, |funnel| funnel.window_s),
                mode: mode.name(),
                unit: count.unit(),
                kpi: row.kpi,
                metric: row.metric,
                page: row.page,
                channel: row.channel,
                definition: row.definition,
            }
        })
        .collect())
}
