//! What the database says of a site now, and whether a definition says the same.

use clickhouse::Client;
use serde::Deserialize;

use super::super::client::fetch;
use super::super::error::WarehouseError;
use super::super::goals::GoalStep;
use super::super::kpis::KpiDefinition;
use super::{Named, SiteDefinition};

#[derive(clickhouse::Row, Deserialize)]
pub(super) struct CurrentSite {
    timezone: String,
    currency: String,
    container_version: u32,
    pub(super) published_at_ms: i64,
}

#[derive(clickhouse::Row, Deserialize)]
struct CurrentFunnel {
    funnel: String,
    view: String,
    window_s: u64,
    mode: String,
    unit: String,
    title: String,
    labels: Vec<String>,
    steps: Vec<String>,
}

#[derive(clickhouse::Row, Deserialize)]
struct CurrentGoal {
    goal: String,
    step: String,
    funnel: String,
    value: String,
    view: String,
}
/// The row of the site.
pub(super) async fn current_site(
    client: &Client,
    site: &str,
) -> Result<Option<CurrentSite>, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(timezone) AS timezone, toString(currency) AS currency, container_version, \
                    toUnixTimestamp64Milli(published_at) AS published_at_ms \
             FROM weir.sites FINAL WHERE id = ?",
        )
        .bind(site);
    let rows = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the site", error))?;
    Ok(rows.into_iter().next())
}

/// Whether the database says of the site what `site` says.
pub(super) async fn is_current(
    client: &Client,
    site: &SiteDefinition,
    current: Option<&CurrentSite>,
    (views, goal_views): (&[Named], &[Named]),
) -> Result<bool, WarehouseError> {
    let Some(row) = current else { return Ok(false) };
    if row.timezone != site.timezone
        || row.currency != site.currency
        || row.container_version != site.container_version
    {
        return Ok(false);
    }
    let query = client
        .query(
            "SELECT toString(funnel) AS funnel, view, window_s, toString(mode) AS mode, toString(unit) AS unit, title, labels, steps \
             FROM weir.funnels \
             WHERE site = ? ORDER BY funnel",
        )
        .bind(&site.id);
    let funnels: Vec<CurrentFunnel> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the funnels", error))?;
    Ok(are_current_goals(client, site, goal_views).await?
        && are_current_kpis(client, site).await?
        && funnels.len() == site.funnels.len()
        && site.funnels.iter().zip(views).all(|(funnel, (_, view))| {
            funnels.iter().any(|row| {
                row.funnel == funnel.name
                    && row.view == *view
                    && row.window_s == funnel.within_s
                    && row.mode == funnel.mode.name()
                    && row.unit == funnel.count.unit()
                    && row.title == funnel.title
                    && row
                        .labels
                        .iter()
                        .eq(funnel.steps.iter().map(|(label, _)| label))
                    && row
                        .steps
                        .iter()
                        .eq(funnel.steps.iter().map(|(_, step)| step))
            })
        }))
}

async fn are_current_goals(
    client: &Client,
    site: &SiteDefinition,
    views: &[Named],
) -> Result<bool, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(goal) AS goal, step, toString(funnel) AS funnel, value, view FROM weir.goals \
             WHERE site = ? ORDER BY goal",
        )
        .bind(&site.id);
    let goals: Vec<CurrentGoal> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the goals", error))?;
    Ok(goals.len() == site.goals.len()
        && site.goals.iter().zip(views).all(|(goal, (_, view))| {
            goals.iter().any(|row| {
                row.goal == goal.name
                    && row.view == *view
                    && row.value == goal.value
                    && match &goal.reached {
                        GoalStep::Step(step) => row.step == *step,
                        GoalStep::Funnel(funnel) => row.step.is_empty() && row.funnel == *funnel,
                    }
            })
        }))
}

async fn are_current_kpis(client: &Client, site: &SiteDefinition) -> Result<bool, WarehouseError> {
    let query = client
        .query(
            "SELECT kpi, toString(metric) AS metric, page, toString(goal) AS goal, toString(funnel) AS funnel, \
                    toString(channel) AS channel, baseline, target, ifNull(toString(since), '') AS since, \
                    toString(deadline) AS deadline \
             FROM weir.kpi_targets FINAL \
             WHERE site = ? AND published_at = (SELECT max(published_at) FROM weir.sites WHERE id = ?) ORDER BY position",
        )
        .bind(&site.id)
        .bind(&site.id);
    let kpis: Vec<KpiDefinition> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the KPIs", error))?;
    Ok(kpis == site.kpis)
}
