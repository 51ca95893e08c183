//! The KPIs that a site has now.

use clickhouse::Client;
use jiff::civil::Date;
use serde::Deserialize;

use super::{Asked, Reached};
use crate::warehouse::client::fetch;
use crate::warehouse::error::WarehouseError;
use crate::warehouse::ready::{Funnel, Goal};
use crate::warehouse::refresh::day_of;

#[derive(clickhouse::Row, Deserialize)]
struct KpiRow {
    kpi: String,
    metric: String,
    page: String,
    goal: String,
    funnel: String,
    channel: String,
    definition: u64,
    since: String,
    deadline: String,
    set_at_ms: i64,
}

/// The current KPIs of a site, with what they count.
pub(in crate::warehouse) async fn current(
    client: &Client,
    site: &str,
    timezone: &str,
    funnels: &[Funnel],
    goals: &[Goal],
) -> Result<Vec<Asked>, WarehouseError> {
    let query = client
        .query(
            "SELECT kpi, toString(metric) AS metric, page, toString(goal) AS goal, toString(funnel) AS funnel, \
                    toString(channel) AS channel, definition, ifNull(toString(since), '') AS since, \
                    toString(deadline) AS deadline, toUnixTimestamp64Milli(set_at) AS set_at_ms \
             FROM (SELECT *, definition, min(published_at) OVER (PARTITION BY kpi, definition) AS set_at \
                   FROM weir.kpi_targets FINAL WHERE site = ?) AS targets \
             WHERE published_at = (SELECT max(published_at) FROM weir.sites WHERE id = ?) ORDER BY position",
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
                // Without one it is empty, which is no date.
                since: row.since.parse().ok(),
                deadline: row.deadline.parse().ok(),
                begins: day_before(row.set_at_ms, timezone),
            }
        })
        .collect())
}

/// The day before the one of a moment.
fn day_before(at_ms: i64, timezone: &str) -> Date {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let day = day_of(at, timezone);
    day.yesterday().unwrap_or(day)
}
