//! What a definition must be, so that the views can work with it.

use clickhouse::Client;

use super::super::client::fetch;
use super::super::error::WarehouseError;
use super::SiteDefinition;
use crate::site::is_name;

/// Steps a funnel may have.
const MAX_STEPS: usize = 12;
/// Conditions that all steps of a funnel may have together: the views write out as many.
const MAX_CONDITIONS: usize = 24;
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

/// How many conditions the views make of a step: its path or item, and what follows the `?`.
fn condition_count(step: &str) -> usize {
    let (head, conditions) = step
        .split_once('?')
        .map_or((step, None), |(head, conditions)| (head, Some(conditions)));
    let of_head = usize::from(head.starts_with('/') || head.contains('#'));
    of_head + conditions.map_or(0, |conditions| conditions.split('&').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP_EVENTS: &str = include_str!("../../../sql/views/fn_step_events.sql");

    #[test]
    fn the_views_write_out_every_condition() {
        for no in 1..=MAX_CONDITIONS {
            let term = format!("fails(conditions[{no}])");
            assert_eq!(STEP_EVENTS.matches(&term).count(), 1, "{term}");
        }
        let all = STEP_EVENTS.matches("fails(conditions[").count();
        assert_eq!(all, MAX_CONDITIONS);
        for limit in [
            format!("length({{steps:Array(String)}}) > {MAX_STEPS}, "),
            format!("length(found) > {MAX_CONDITIONS}, "),
        ] {
            assert!(STEP_EVENTS.contains(&limit), "{limit}");
        }
    }

    #[test]
    fn conditions_are_counted_as_the_views_count_them() {
        for (step, conditions) in [
            ("purchase", 0),
            ("/", 1),
            ("/product/*", 1),
            ("select_item#sku_1", 1),
            ("/product/*?color=red", 2),
            ("lead?form!=newsletter&page.path^=/lp", 2),
            // These the views refuse, though not for their number.
            ("lead?", 1),
            ("lead?a&&b", 3),
        ] {
            assert_eq!(condition_count(step), conditions, "{step}");
        }
    }
}
