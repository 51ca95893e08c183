//! The current funnels and goals of a site with their ready views: how each is counted and kept.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Client;
use jiff::civil::Date;
use serde::Deserialize;

use super::client::fetch;
use super::error::WarehouseError;
use super::fitted::Fit;
use super::goals::{self, Manner};
use super::saved::{self, Form, FunnelCount, FunnelMode};
use crate::site::is_name;

/// Days within which an order that is reported again is the same one, for a day of a goal that is counted alone.
const ORDER_DAYS: u32 = 7;

/// A funnel as it is published, and the state of its view.
pub(super) struct Funnel {
    site: String,
    pub(super) funnel: String,
    view: String,
    pub(super) manner: (FunnelMode, FunnelCount),
    pub(super) definition: u64,
    pub(super) is_stored: bool,
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
    manner: Manner,
    /// What a text about it needs.
    pub(super) fit: Fit,
    pub(super) definition: u64,
    pub(super) is_stored: bool,
}

impl Funnel {
    fn names(&self) -> (&str, &str) {
        (&self.site, &self.funnel)
    }

    /// What a text about it needs.
    pub(super) fn fit(&self) -> Fit {
        Fit::of(&self.steps)
    }

    pub(super) async fn count(&self, client: &Client) -> Result<(), WarehouseError> {
        saved::count(
            client,
            self.names(),
            self.manner,
            (self.definition, self.fit()),
        )
        .await
    }

    /// Makes its view; the text has room for what `fit` needs.
    pub(super) async fn create(
        &self,
        client: &Client,
        form: Form,
        fit: Fit,
    ) -> Result<(), WarehouseError> {
        saved::create(client, &self.view, self.names(), self.manner, (form, fit)).await
    }
}

impl Goal {
    fn names(&self) -> (&str, &str) {
        (&self.site, &self.goal)
    }

    /// Makes its view; the text has room for what `fit` needs.
    pub(super) async fn create(
        &self,
        client: &Client,
        form: Form,
        fit: Fit,
    ) -> Result<(), WarehouseError> {
        goals::create(client, &self.view, self.names(), self.manner, (form, fit)).await
    }

    /// Counts the days that have changed, or all; answers how many. `moved` are days that have changed though they have as
    /// many events as before.
    ///
    /// What else a changed day changes: of a purchase the days near it, because an order that is reported twice is one; of
    /// the end of a funnel all days, because a person counts once.
    pub(super) async fn count_changed(
        &self,
        client: &Client,
        all: bool,
        moved: &BTreeSet<String>,
    ) -> Result<usize, WarehouseError> {
        let mut days = self.days(client).await?;
        for (day, state) in &mut days {
            state.changed |= all || moved.contains(day);
        }
        let changed: Vec<Date> = days
            .iter()
            .filter(|(_, state)| state.changed)
            .filter_map(|(day, _)| day.parse().ok())
            .collect();
        if changed.is_empty() {
            return Ok(0);
        }
        let reach = if is_of_orders(&self.step) {
            ORDER_DAYS
        } else {
            0
        };
        let hangs_on = |day: &str| {
            day.parse::<Date>().is_ok_and(|day| {
                let distance = |other: &Date| {
                    day.until(*other)
                        .map_or(i32::MAX, |span| span.get_days().abs())
                };
                changed
                    .iter()
                    .any(|other| u32::try_from(distance(other)).is_ok_and(|days| days <= reach))
            })
        };
        let days: Vec<(String, u64)> = days
            .into_iter()
            .filter(|(day, _)| self.manner.is_some() || hangs_on(day))
            .map(|(day, state)| (day, state.events))
            .collect();
        let definition = (self.definition, self.fit);
        if self.manner.is_some() {
            let period = goals::Period::Whole;
            goals::count(client, self.names(), self.manner, definition, &days, period).await?;
            return Ok(days.len());
        }
        // Days that follow one another are counted at once: what lies between is not read for nothing.
        for run in days.chunk_by(|(one, _), (next, _)| are_neighbours(one, next)) {
            let period = goals::Period::Around(reach);
            goals::count(client, self.names(), self.manner, definition, run, period).await?;
        }
        Ok(days.len())
    }

    /// The days that have events, or had some when they were counted.
    async fn days(&self, client: &Client) -> Result<BTreeMap<String, Day>, WarehouseError> {
        let query = client
            .query(
                "SELECT toString(session_date) AS day, count() AS events FROM weir.events \
                 WHERE site = ? AND session_date > today() - ? GROUP BY session_date",
            )
            .bind(&self.site)
            // One more: the day of the site may not be that of UTC.
            .bind(goals::DAYS.saturating_add(1));
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
        let seen: Vec<(String, u64)> = fetch(query)
            .await
            .map_err(|error| WarehouseError::from_client("reading the goals", error))?;
        let mut days: BTreeMap<String, Day> = there
            .into_iter()
            .map(|(day, events)| {
                let changed = true;
                (day, Day { events, changed })
            })
            .collect();
        for (day, seen) in seen {
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

/// Whether there is at most a week between two days.
fn are_neighbours(one: &str, next: &str) -> bool {
    let (Ok(one), Ok(next)) = (one.parse::<Date>(), next.parse::<Date>()) else {
        return false;
    };
    one.until(next).is_ok_and(|span| span.get_days() <= 7)
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
                fit: end_of.map_or_else(|| Fit::of(&[&row.step]), Funnel::fit),
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
    fn days_within_a_week_are_counted_together() {
        assert!(are_neighbours("2026-02-25", "2026-03-04"));
        assert!(!are_neighbours("2026-02-25", "2026-03-05"));
        assert!(!are_neighbours("2026-02-25", "never"));
    }
}
