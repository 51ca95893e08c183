//! The current funnels and goals of a site with their ready views: how each is counted and kept.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Client;
use jiff::civil::Date;
use serde::Deserialize;

use super::client::fetch;
use super::error::WarehouseError;
use super::goals;
use super::saved::{self, FunnelCount, FunnelMode};
use crate::site::is_name;

/// Days within which an order that is reported again is the same one, for a day of a goal that is counted alone.
const ORDER_DAYS: u32 = 7;
/// Days with no more between them are counted at once.
const NEIGHBOURS: u32 = 7;

/// A funnel as it is published, and the state of its view.
#[derive(Debug, Clone)]
pub(super) struct Funnel {
    site: String,
    pub(super) funnel: String,
    view: String,
    pub(super) manner: (FunnelMode, FunnelCount),
    pub(super) definition: u64,
    /// Whether it has been counted, ever.
    pub(super) is_counted: bool,
    /// Whether somebody may still get further without anything happening: who is there, or was late.
    pub(super) is_maturing: bool,
    labels: Vec<String>,
    pub(super) steps: Vec<String>,
    pub(super) window_s: u64,
}

/// A goal as it is published, and the state of its view.
pub(super) struct Goal {
    site: String,
    pub(super) goal: String,
    view: String,
    pub(super) step: String,
    pub(super) funnel: String,
    /// The funnel whose last step it is.
    end_of: Option<Funnel>,
    value: String,
    pub(super) definition: u64,
    /// Whether its view reads what was counted, as those of versions before may not.
    pub(super) is_stored: bool,
}

impl Funnel {
    fn names(&self) -> (&str, &str) {
        (&self.site, &self.funnel)
    }

    pub(super) async fn count(&self, client: &Client, today: Date) -> Result<(), WarehouseError> {
        let asked = saved::Asked {
            site: &self.site,
            funnel: &self.funnel,
            manner: self.manner,
            definition: self.definition,
            labels: &self.labels,
            steps: &self.steps,
            window_s: self.window_s,
        };
        saved::count(client, asked, today).await
    }

    /// Makes its view.
    pub(super) async fn create(&self, client: &Client) -> Result<(), WarehouseError> {
        saved::create(
            client,
            &self.view,
            self.names(),
            self.manner,
            self.definition,
        )
        .await
    }
}

impl Goal {
    fn names(&self) -> (&str, &str) {
        (&self.site, &self.goal)
    }

    /// Makes its view.
    pub(super) async fn create(&self, client: &Client) -> Result<(), WarehouseError> {
        goals::create(client, &self.view, self.names(), self.definition).await
    }

    /// Counts the days that have changed, or all; answers how many. `moved` are days that have changed though they have as
    /// many events as before.
    ///
    /// What else a changed day changes: of a purchase the days near it, because an order that is reported twice is one; of
    /// the end of a funnel all days, because a person counts once.
    pub(super) async fn count_changed(
        &self,
        client: &Client,
        today: Date,
        all: bool,
        moved: &BTreeSet<String>,
    ) -> Result<usize, WarehouseError> {
        let mut days = self.days(client, today).await?;
        for (day, state) in &mut days {
            state.changed |= all || moved.contains(&day.to_string());
        }
        let changed: Vec<Date> = days
            .iter()
            .filter(|(_, state)| state.changed)
            .map(|(day, _)| *day)
            .collect();
        if changed.is_empty() {
            return Ok(0);
        }
        let reach = if is_of_orders(&self.step) {
            ORDER_DAYS
        } else {
            0
        };
        let hangs_on = |day: Date| {
            changed
                .iter()
                .any(|other| days_between(day, *other) <= reach)
        };
        let days: Vec<(Date, u64)> = days
            .into_iter()
            .filter(|(day, _)| self.end_of.is_some() || hangs_on(*day))
            .map(|(day, state)| (day, state.events))
            .collect();
        let asked = goals::Asked {
            site: &self.site,
            goal: &self.goal,
            definition: self.definition,
            step: &self.step,
            end_of: self.end_of.as_ref(),
            value: &self.value,
        };
        if self.end_of.is_some() {
            goals::count(client, asked, &days, goals::Period::Whole(today)).await?;
            return Ok(days.len());
        }
        // Days that follow one another are counted at once: what lies between is not read for nothing.
        for run in days.chunk_by(|(one, _), (next, _)| days_between(*one, *next) <= NEIGHBOURS) {
            goals::count(client, asked, run, goals::Period::Around(reach)).await?;
        }
        Ok(days.len())
    }

    /// The days that have events, or had some when they were counted.
    async fn days(
        &self,
        client: &Client,
        today: Date,
    ) -> Result<BTreeMap<Date, Day>, WarehouseError> {
        let query = client
            .query(
                "SELECT toString(session_date) AS day, count() AS events FROM weir.events \
                 WHERE site = ? AND session_date >= toDate(?) GROUP BY session_date",
            )
            .bind(&self.site)
            .bind(goals::first_day(today).to_string());
        let there: Vec<(String, u64)> = fetch(query)
            .await
            .map_err(|error| WarehouseError::from_client("counting the events of days", error))?;
        let query = client
            .query(
                "SELECT toString(session_date) AS day, events_seen FROM weir.goal_days FINAL \
                 WHERE site = ? AND goal = ? AND definition = ? AND session_date >= toDate(?)",
            )
            .bind(&self.site)
            .bind(&self.goal)
            .bind(self.definition)
            .bind(goals::first_day(today).to_string());
        let seen: Vec<(String, u64)> = fetch(query)
            .await
            .map_err(|error| WarehouseError::from_client("reading the goals", error))?;
        let dated = |days: Vec<(String, u64)>| {
            days.into_iter()
                .filter_map(|(day, events)| Some((day.parse::<Date>().ok()?, events)))
        };
        let mut days: BTreeMap<Date, Day> = dated(there)
            .map(|(day, events)| {
                let changed = true;
                (day, Day { events, changed })
            })
            .collect();
        for (day, seen) in dated(seen) {
            let day = days.entry(day).or_default();
            day.changed = day.events != seen;
        }
        Ok(days)
    }
}

/// A day as it is now.
#[derive(Debug, Clone, Copy, Default)]
struct Day {
    events: u64,
    /// Whether it has another number of events than when it was counted.
    changed: bool,
}

/// Whether a step counts orders, of which several reports are one.
fn is_of_orders(step: &str) -> bool {
    step.split(['?', '#']).next() == Some("purchase")
}

/// Days from one to the other, whichever comes first.
fn days_between(one: Date, other: Date) -> u32 {
    one.until(other)
        .map_or(u32::MAX, |span| span.get_days().unsigned_abs())
}

#[derive(clickhouse::Row, Deserialize)]
struct FunnelRow {
    funnel: String,
    view: String,
    mode: String,
    unit: String,
    labels: Vec<String>,
    steps: Vec<String>,
    window_s: u64,
    definition: u64,
}

/// The current funnels of a site.
pub(super) async fn funnels(client: &Client, site: &str) -> Result<Vec<Funnel>, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(funnel) AS funnel, view, toString(mode) AS mode, toString(unit) AS unit, labels, steps, window_s, \
                    cityHash64(labels, steps, window_s, mode, unit) AS definition \
             FROM weir.funnels WHERE site = ? ORDER BY funnel",
        )
        .bind(site);
    let rows: Vec<FunnelRow> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the funnels", error))?;
    let existing = saved::existing(client).await?;
    let query = client
        .query(
            "SELECT toString(funnel) AS funnel, definition, sum(maturing) AS maturing FROM weir.funnel_results FINAL \
             WHERE site = ? GROUP BY funnel, definition",
        )
        .bind(site);
    let counted: Vec<(String, u64, u64)> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the funnels", error))?;
    Ok(rows
        .into_iter()
        .filter(|row| is_name(&row.funnel))
        .map(|row| {
            let view = existing.iter().find(|view| view.name == row.view);
            let counted = counted.iter().find(|(funnel, definition, _)| {
                *funnel == row.funnel && *definition == row.definition
            });
            // Written before the rows said it.
            let (mode, count) = view.map(saved::ExistingView::manner).unwrap_or_default();
            Funnel {
                site: site.to_owned(),
                manner: (
                    FunnelMode::named(&row.mode).unwrap_or(mode),
                    FunnelCount::of_unit(&row.unit).unwrap_or(count),
                ),
                definition: row.definition,
                is_counted: counted.is_some(),
                is_maturing: counted.is_none_or(|(.., maturing)| *maturing > 0),
                funnel: row.funnel,
                view: row.view,
                labels: row.labels,
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
    value: String,
    definition: u64,
}

/// The current goals of a site.
pub(super) async fn goals(client: &Client, site: &str) -> Result<Vec<Goal>, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(goal) AS goal, view, step, toString(funnel) AS funnel, value, \
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
                value: row.value,
                funnel: row.funnel,
                end_of: end_of.cloned(),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_orders_hang_on_the_days_around() {
        for step in ["purchase", "purchase?color=red", "purchase#sku_1"] {
            assert!(is_of_orders(step), "{step}");
        }
        for step in ["", "purchases", "/purchase", "lead?name=purchase"] {
            assert!(!is_of_orders(step), "{step}");
        }
    }

    #[test]
    fn days_lie_apart_either_way() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(days_between(day("2026-02-25"), day("2026-03-04")), 7);
        assert_eq!(days_between(day("2026-03-05"), day("2026-02-25")), 8);
        assert_eq!(days_between(day("2026-03-05"), day("2026-03-05")), 0);
    }
}
