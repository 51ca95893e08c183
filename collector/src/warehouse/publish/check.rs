//! What a definition must be, so that the views can work with it.

use clickhouse::Client;

use super::super::client::fetch;
use super::super::error::WarehouseError;
use super::super::fitted::{MAX_CONDITIONS, MAX_STEPS, condition_count};
use super::SiteDefinition;
use crate::site::is_name;

/// Longest conversion window: the views span 3000 days, period included.
const MAX_WITHIN_S: u64 = 2_900 * 86_400;

/// Nothing gets into a view's text, or before its eyes, that it could not work with.
pub(super) async fn check(client: &Client, site: &SiteDefinition) -> Result<(), WarehouseError> {
    if !is_name(&site.id) {
        return Err(WarehouseError::Name {
            what: "site",
            name: site.id.clone(),
        });
    }
    for funnel in &site.funnels {
        if !is_name(&funnel.name) {
            return Err(WarehouseError::Name {
                what: "funnel",
                name: funnel.name.clone(),
            });
        }
        if !(1..=MAX_STEPS).contains(&funnel.steps.len()) {
            return Err(WarehouseError::StepCount {
                funnel: funnel.name.clone(),
                steps: funnel.steps.len(),
            });
        }
        let conditions = funnel
            .steps
            .iter()
            .map(|(_, step)| condition_count(step))
            .sum();
        if conditions > MAX_CONDITIONS {
            return Err(WarehouseError::ConditionCount {
                funnel: funnel.name.clone(),
                conditions,
            });
        }
        if !(1..=MAX_WITHIN_S).contains(&funnel.within_s) {
            return Err(WarehouseError::Window {
                funnel: funnel.name.clone(),
                within_s: funnel.within_s,
            });
        }
    }
    for goal in &site.goals {
        if !is_name(&goal.name) {
            return Err(WarehouseError::Name {
                what: "goal",
                name: goal.name.clone(),
            });
        }
    }
    let query = client
        .query("SELECT count() FROM system.time_zones WHERE time_zone = ?")
        .bind(&site.timezone);
    let known: Vec<u64> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking up the time zone", error))?;
    if known.first().is_none_or(|count| *count == 0) {
        return Err(WarehouseError::TimeZone {
            timezone: site.timezone.clone(),
        });
    }
    Ok(())
}
