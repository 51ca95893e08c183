//! Sets the persons of events right ([`super::people`]), and counts what the ready views of large sites show, and the KPIs.
//!
//! A funnel over a month of a large site takes its time, and a dashboard asks for it on every load. So on a site with more
//! than [`LARGE_SITE_EVENTS`] events in its last 30 days, the views of saved funnels and goals read what was counted last, and
//! say when that was (`as_of`). Nothing is counted that has not changed:
//!
//! - of a goal, the days whose number of events is another than when they were counted (late events, imports and events that
//!   were removed change it, whatever day they belong to), and those on which people turned out to be one;
//! - a funnel, and a goal that is the end of one, as a whole, when there is such a day, when a day has begun, or after
//!   [`RECOUNT_AFTER`], because people mature. It is not put together from days: an entry of today changes what an entry of
//!   last week comes to, so that within the window all days hang together;
//! - once a day everything.
//!
//! Between two rounds the caller waits [`Refreshed::pause`]: a twentieth of the time at most is spent here.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clickhouse::Client;
use jiff::civil::Date;
use serde::Deserialize;

use super::client::fetch;
use super::error::WarehouseError;
use super::goals;
use super::kpis::{self, Asked, Reached};
use super::people::{self, Days};
use super::ready::{self, Funnel, Goal};
use super::saved::Form;
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
    /// Days on which people turned out to be one, until what they change is counted.
    moved: Days,
    sites: BTreeMap<String, Counted>,
}

#[derive(Debug, Clone)]
struct Counted {
    /// Of the days that ready views show.
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

impl Refresher {
    /// Sites with more than `large` events in 30 days are large ones.
    pub fn new(large: u64) -> Self {
        Self {
            large,
            people: people::Seen::default(),
            moved: Days::new(),
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
            events_of_known_people: people::resolve(client, &mut self.people, &mut self.moved)
                .await?,
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
                "SELECT countIf(session_date > toDate(?) - 30), count() FROM weir.events \
                 WHERE site = ? AND session_date > toDate(?) - ?",
            )
            .bind(today.to_string())
            .bind(&site.id)
            .bind(today.to_string())
            .bind(goals::DAYS);
        let (of_month, events) = fetch::<(u64, u64)>(query)
            .await
            .map_err(|error| WarehouseError::from_client("counting the events", error))?
            .into_iter()
            .next()
            .unwrap_or_default();
        let moved = self.moved.get(&site.id).cloned().unwrap_or_default();
        let before = self.sites.get(&site.id).cloned();
        let is_new_day = before.as_ref().is_none_or(|before| before.today != today);
        let is_changed = is_new_day
            || !moved.is_empty()
            || before.as_ref().is_none_or(|before| {
                before.events != events || before.published_at_ms != site.published_at_ms
            });
        let is_old = before
            .as_ref()
            .is_none_or(|before| before.at.elapsed() > RECOUNT_AFTER);
        if !is_changed && !is_old {
            return Ok(());
        }
        let funnels = ready::funnels(client, &site.id).await?;
        let goals = ready::goals(client, &site.id).await?;
        let is_stored = funnels.iter().any(|funnel| funnel.is_stored)
            || goals.iter().any(|goal| goal.is_stored);
        let is_large = of_month
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
                funnel.create(client, form, funnel.fit()).await?;
            }
        }
        for goal in &goals {
            if is_large {
                // The whole history once a day, though not at every start.
                let all = is_new_day && before.is_some();
                done.goal_days += goal.count_changed(client, all, &moved).await?;
            }
            if is_large != goal.is_stored {
                let stored = Form::Stored(goal.definition);
                let form = if is_large { stored } else { Form::Live };
                goal.create(client, form, goal.fit).await?;
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
        self.moved.remove(&site.id);
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
