//! Writes a definition into the tables that the views read.

use clickhouse::Client;

use super::super::client::execute;
use super::super::error::WarehouseError;
use super::super::goals::{GoalDefinition, GoalStep};
use super::super::kpis::KpiDefinition;
use super::{Named, SiteDefinition};

pub(super) async fn write_goals(
    client: &Client,
    site: &SiteDefinition,
    views: &[Named],
    published_at_ms: i64,
) -> Result<(), WarehouseError> {
    if site.goals.is_empty() {
        return Ok(());
    }
    let texts = |text: fn(&GoalDefinition) -> &str| site.goals.iter().map(text).collect::<Vec<_>>();
    let query = client
        .query(
            "INSERT INTO weir.goal_definitions (site, goal, published_at, step, funnel, value, view, container_version) \
             SELECT ?, goal, fromUnixTimestamp64Milli(toInt64(?), 'UTC'), step, funnel, value, view, ? \
             FROM (SELECT 1) ARRAY JOIN ? AS goal, ? AS step, ? AS funnel, ? AS value, ? AS view",
        )
        .bind(&site.id)
        .bind(published_at_ms)
        .bind(site.container_version)
        .bind(texts(|goal| &goal.name))
        .bind(texts(|goal| match &goal.reached {
            GoalStep::Step(step) => step,
            GoalStep::Funnel(_) => "",
        }))
        .bind(texts(|goal| match &goal.reached {
            GoalStep::Step(_) => "",
            GoalStep::Funnel(funnel) => funnel,
        }))
        .bind(texts(|goal| &goal.value))
        .bind(views.iter().map(|(_, view)| view.as_str()).collect::<Vec<_>>());
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the goals", error))
}

pub(super) async fn write_kpis(
    client: &Client,
    site: &SiteDefinition,
    published_at_ms: i64,
) -> Result<(), WarehouseError> {
    if site.kpis.is_empty() {
        return Ok(());
    }
    let texts = |text: fn(&KpiDefinition) -> &str| site.kpis.iter().map(text).collect::<Vec<_>>();
    let query = client
        .query(
            "INSERT INTO weir.kpi_targets (site, kpi, published_at, position, metric, page, goal, funnel, channel, \
                 baseline, target, since, deadline, container_version) \
             SELECT ?, kpi, fromUnixTimestamp64Milli(toInt64(?), 'UTC'), position, metric, page, goal, funnel, channel, \
                 toFloat64OrNull(baseline), toFloat64(target), toDateOrNull(since), toDate(deadline), ? \
             FROM (SELECT 1) ARRAY JOIN range(1, ?) AS position, ? AS kpi, ? AS metric, ? AS page, ? AS goal, ? AS funnel, \
                 ? AS channel, ? AS baseline, ? AS target, ? AS since, ? AS deadline",
        )
        .bind(&site.id)
        .bind(published_at_ms)
        .bind(site.container_version)
        .bind(site.kpis.len().saturating_add(1))
        .bind(texts(|kpi| &kpi.name))
        .bind(texts(|kpi| &kpi.metric))
        .bind(texts(|kpi| &kpi.page))
        .bind(texts(|kpi| &kpi.goal))
        .bind(texts(|kpi| &kpi.funnel))
        .bind(texts(|kpi| &kpi.channel))
        .bind(
            site.kpis
                .iter()
                .map(|kpi| kpi.baseline.map_or_else(String::new, |number| number.to_string()))
                .collect::<Vec<_>>(),
        )
        .bind(site.kpis.iter().map(|kpi| kpi.target.to_string()).collect::<Vec<_>>())
        .bind(texts(|kpi| &kpi.since))
        .bind(texts(|kpi| &kpi.deadline));
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the KPIs", error))
}

/// Writes all steps of all funnels, in one insert: all of them are there, or none.
pub(super) async fn write_steps(
    client: &Client,
    site: &SiteDefinition,
    views: &[Named],
    published_at_ms: i64,
) -> Result<(), WarehouseError> {
    let rows = || {
        site.funnels
            .iter()
            .zip(views)
            .flat_map(|(funnel, (_, view))| {
                (1_u32..)
                    .zip(&funnel.steps)
                    .map(move |(number, step)| (funnel, view, number, step))
            })
    };
    if rows().next().is_none() {
        return Ok(());
    }
    let query = client
        .query(
            "INSERT INTO weir.funnel_steps \
             (site, funnel, published_at, step_no, label, step, within_s, view, mode, unit, title, container_version) \
             SELECT ?, funnel, fromUnixTimestamp64Milli(toInt64(?), 'UTC'), step_no, label, step, within_s, view, mode, unit, title, ? \
             FROM (SELECT 1) ARRAY JOIN ? AS funnel, ? AS step_no, ? AS label, ? AS step, ? AS within_s, ? AS view, \
                 ? AS mode, ? AS unit, ? AS title",
        )
        .bind(&site.id)
        .bind(published_at_ms)
        .bind(site.container_version)
        .bind(rows().map(|(funnel, ..)| funnel.name.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|(_, _, number, _)| number).collect::<Vec<_>>())
        .bind(rows().map(|(.., (label, _))| label.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|(.., (_, step))| step.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|(funnel, ..)| funnel.within_s).collect::<Vec<_>>())
        .bind(rows().map(|(_, view, ..)| view.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|(funnel, ..)| funnel.mode.name()).collect::<Vec<_>>())
        .bind(rows().map(|(funnel, ..)| funnel.count.unit()).collect::<Vec<_>>())
        .bind(rows().map(|(funnel, ..)| funnel.title.as_str()).collect::<Vec<_>>());
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the funnels", error))
}

pub(super) async fn write_site(
    client: &Client,
    site: &SiteDefinition,
    published_at_ms: i64,
) -> Result<(), WarehouseError> {
    let query = client
        .query(
            "INSERT INTO weir.sites (id, timezone, currency, container_version, published_at) \
             SELECT ?, ?, ?, ?, fromUnixTimestamp64Milli(toInt64(?), 'UTC')",
        )
        .bind(&site.id)
        .bind(&site.timezone)
        .bind(&site.currency)
        .bind(site.container_version)
        .bind(published_at_ms);
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the site", error))
}
