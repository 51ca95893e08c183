//! What the warehouse knows of a site: its days, its money, its funnels and goals.

use jiff::civil::Date;
use serde::Deserialize;

use super::asked::{Asked, Funnel, Goal};
use super::fault::Fault;
use crate::sql::{Sql, SqlError, number};

/// What reports must know of a site.
pub(super) struct Site {
    pub(super) timezone: String,
    pub(super) currency: String,
    /// In its time zone.
    pub(super) today: Date,
}

#[derive(Deserialize)]
struct SiteRow {
    timezone: String,
    currency: String,
}

#[derive(Deserialize)]
struct FunnelRow {
    funnel: String,
    view: String,
    #[serde(deserialize_with = "number")]
    window_s: u64,
    mode: String,
    unit: String,
    labels: Vec<String>,
    steps: Vec<String>,
}

#[derive(Deserialize)]
struct GoalRow {
    goal: String,
    step: String,
    funnel: String,
    value: String,
    view: String,
}

/// The site, as published last; a site of which the warehouse has not heard yet has days of UTC.
pub(super) async fn site(sql: &Sql, site: &str) -> Result<Site, SqlError> {
    let query =
        "SELECT timezone, currency FROM weir.sites WHERE id = ? ORDER BY published_at DESC LIMIT 1";
    let row = sql.rows::<SiteRow>(query, &[site]).await?.pop();
    let (timezone, currency) =
        row.map_or_else(Default::default, |row| (row.timezone, row.currency));
    let zone = jiff::tz::TimeZone::get(&timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    Ok(Site {
        today: zone.to_datetime(jiff::Timestamp::now()).date(),
        timezone: if timezone.is_empty() {
            "UTC".to_owned()
        } else {
            timezone
        },
        currency,
    })
}

/// Puts what the names in `asked` stand for in their place.
pub(super) async fn names(sql: &Sql, asked: &mut Asked) -> Result<Result<(), Fault>, SqlError> {
    if let Some(name) = asked.funnel_name.clone() {
        let query = "SELECT funnel, view, window_s, mode, unit, labels, steps FROM weir.funnels WHERE site = ? ORDER BY funnel";
        let mut rows: Vec<FunnelRow> = sql.rows(query, &[&asked.site]).await?;
        let Some(at) = rows.iter().position(|row| row.funnel == name) else {
            let known = rows.into_iter().map(|row| row.funnel).collect();
            return Ok(Err(Fault::Unpublished {
                what: "funnel",
                name,
                known,
            }));
        };
        let row = rows.swap_remove(at);
        let or = |word: String, usual: &str| {
            if word.is_empty() {
                usual.to_owned()
            } else {
                word
            }
        };
        asked.view = Some(format!("weir.{}", row.view));
        asked.funnel = Some(Funnel {
            labels: row.labels,
            steps: row.steps,
            window_s: row.window_s,
            mode: or(row.mode, "ordered"),
            unit: or(row.unit, "person"),
        });
    }
    if let Some(name) = asked.goal_name.clone() {
        let query =
            "SELECT goal, step, funnel, value, view FROM weir.goals WHERE site = ? ORDER BY goal";
        let mut rows: Vec<GoalRow> = sql.rows(query, &[&asked.site]).await?;
        let Some(at) = rows.iter().position(|row| row.goal == name) else {
            let known = rows.into_iter().map(|row| row.goal).collect();
            return Ok(Err(Fault::Unpublished {
                what: "goal",
                name,
                known,
            }));
        };
        let row = rows.swap_remove(at);
        if row.step.is_empty() {
            return Ok(Err(Fault::GoalIsFunnel {
                goal: name,
                funnel: row.funnel,
            }));
        }
        asked.goal_view = Some(format!("weir.{}", row.view));
        asked.goal = Some(Goal {
            step: row.step,
            value: row.value,
        });
    }
    Ok(Ok(()))
}
