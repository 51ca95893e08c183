//! Saved goals: one ready view for each goal of a site's container, day by day.
//!
//! As with funnels ([`super::saved`]), a view holds the names of the site and the goal, which are checked identifiers; what
//! the goal asks for is looked up in `weir.goals`. It is called `goal_<site>_<goal>` and reads what was counted last.

use clickhouse::Client;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use super::client::{execute, fetch, run};
use super::error::WarehouseError;
use super::ready::Funnel;
use super::saved;
use super::{glossary, inline};

const GOAL: &str = include_str!("../../sql/views/fn_goal.sql");
const GOAL_FUNNEL: &str = include_str!("../../sql/views/fn_goal_funnel.sql");
const GOAL_STORED: &str = include_str!("../../sql/saved/goal_stored.sql");
/// Days that a ready view goes back, today included: as many as a comparison with the year before needs.
pub(super) const DAYS: u32 = 400;

/// How a view says that it reads what was counted last: those of versions before may not.
const STORED: &str = ", as counted last";

/// What counts as reaching a goal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoalStep {
    /// An event, in the step language.
    Step(String),
    /// The last step of this funnel of the same container.
    Funnel(String),
}

/// A goal of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalDefinition {
    /// `[a-z0-9_]{1,64}`.
    pub name: String,
    /// What counts as reaching it.
    pub reached: GoalStep,
    /// What it is worth: a number, the name of a property, or empty.
    pub value: String,
}

/// A saved view that is there.
#[derive(Debug, Clone, PartialEq, Eq, clickhouse::Row, Deserialize)]
pub(super) struct ExistingGoal {
    /// Without the database.
    pub(super) name: String,
    comment: String,
}

impl ExistingGoal {
    fn is_of(&self, site: &str, goal: &str) -> bool {
        self.comment.starts_with(&whose(site, goal))
    }

    pub(super) fn belongs_to(&self, site: &str) -> bool {
        self.comment.contains(&format!("` of site `{site}`, "))
    }

    pub(super) fn is_stored(&self) -> bool {
        self.comment.contains(STORED)
    }
}

fn whose(site: &str, goal: &str) -> String {
    format!("Goal `{goal}` of site `{site}`, ")
}

fn comment(site: &str, goal: &str) -> String {
    format!("{}day by day, last {DAYS} days{STORED}", whose(site, goal))
}

/// All views of goals.
pub(super) async fn existing(client: &Client) -> Result<Vec<ExistingGoal>, WarehouseError> {
    let query = client.query_raw(
        "SELECT name, comment FROM system.tables \
         WHERE database = 'weir' AND engine = 'View' AND startsWith(comment, 'Goal `') ORDER BY name",
    );
    fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("listing the saved goals", error))
}

/// The name of a goal's view among those that exist.
pub(super) fn view_name(site: &str, goal: &str, existing: &[ExistingGoal]) -> String {
    saved::name_of("goal", site, goal, |name| {
        existing
            .iter()
            .any(|view| view.name == name && !view.is_of(site, goal))
    })
}

/// Makes or replaces the view of a goal. The names have been checked.
pub(super) async fn create(
    client: &Client,
    view: &str,
    (site, goal): (&str, &str),
    definition: u64,
) -> Result<(), WarehouseError> {
    let sql = create_statement(view, (site, goal), definition);
    let sql = glossary::with_columns(client, view, &sql).await?;
    run(client, &format!("making view `weir.{view}`"), &sql).await
}

/// What is read to count some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    /// All that a ready view shows today.
    Whole(Date),
    /// From so many days before the first to as many after the last.
    Around(u32),
}

/// A goal to be counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) site: &'a str,
    pub(super) goal: &'a str,
    pub(super) definition: u64,
    /// What counts as reaching it; empty: the end of a funnel.
    pub(super) step: &'a str,
    /// That funnel, if it is there.
    pub(super) end_of: Option<&'a Funnel>,
    pub(super) value: &'a str,
}

impl Asked<'_> {
    /// What counts it, with parameters.
    fn counting_query(&self) -> String {
        let view = match self.end_of {
            None => GOAL,
            Some(_) => GOAL_FUNNEL,
        };
        inline::query(inline::split(view).1)
    }
}

/// Counts a goal on some days and keeps the results for its view. `seen` has each day with the number of its events.
pub(super) async fn count(
    client: &Client,
    asked: Asked<'_>,
    seen: &[(Date, u64)],
    period: Period,
) -> Result<(), WarehouseError> {
    let (Some((first, _)), Some((last, _))) = (seen.first(), seen.last()) else {
        return Ok(());
    };
    let days: Vec<String> = seen.iter().map(|(day, _)| day.to_string()).collect();
    let counts: Vec<u64> = seen.iter().map(|(_, count)| *count).collect();
    let (from, to) = match period {
        Period::Whole(today) => (first_day(today), today),
        Period::Around(days) => {
            let days = i64::from(days).days();
            (first.saturating_sub(days), last.saturating_add(days))
        }
    };
    let query = client
        .query_raw(&format!(
            "INSERT INTO weir.goal_days (site, goal, definition, session_date, reached, persons_reached, persons, \
             sessions_reached, sessions, value, events_seen, as_of) \
             SELECT {{site:String}}, {{goal:String}}, {{definition:UInt64}}, day, reached, persons_reached, persons, \
             sessions_reached, sessions, value, seen, now64(3) \
             FROM (SELECT arrayJoin(arrayZip({{days:Array(Date)}}, {{counts:Array(UInt64)}})) AS counted, counted.1 AS day, \
                 counted.2 AS seen) AS days \
             LEFT JOIN ({}) AS goal ON goal.session_date = days.day",
            asked.counting_query()
        ))
        .param("site", asked.site)
        .param("goal", asked.goal)
        .param("definition", asked.definition)
        .param("days", days)
        .param("counts", counts)
        .param("step", asked.step)
        .param("value", asked.value)
        .param("steps", asked.end_of.map_or(&[][..], |funnel| &funnel.steps))
        .param("window_s", asked.end_of.map_or(0, |funnel| funnel.window_s))
        .param("mode", asked.end_of.map_or("", |funnel| funnel.manner.0.name()))
        .param("unit", asked.end_of.map_or("", |funnel| funnel.manner.1.unit()))
        .param("from", from.to_string())
        .param("to", to.to_string());
    let (site, goal) = (asked.site, asked.goal);
    execute(query).await.map_err(|error| {
        WarehouseError::from_client(format!("counting goal `{goal}` of site `{site}`"), error)
    })
}

/// The first of the days that a ready view shows.
pub(super) fn first_day(today: Date) -> Date {
    today.saturating_sub(i64::from(DAYS.saturating_sub(1)).days())
}

fn create_statement(view: &str, (site, goal): (&str, &str), definition: u64) -> String {
    let query = inline::with_values(
        GOAL_STORED,
        &[
            ("site", &format!("'{site}'")),
            ("goal", &format!("'{goal}'")),
            ("definition", &definition.to_string()),
            ("zone", &format!("({})", saved::zone_of(site))),
        ],
    );
    format!(
        "CREATE OR REPLACE VIEW weir.{view} AS\n{query}\nCOMMENT '{}'",
        comment(site, goal)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_view_has_no_parameters_left_and_knows_whose_it_is() {
        let sql = create_statement("goal_a_b", ("a", "b"), 7);
        assert!(!sql.contains('{') && !sql.contains("weir_fn."), "{sql}");
        let (_, comment) = sql.split_once("COMMENT '").unwrap();
        let made = ExistingGoal {
            name: "goal_a_b".to_owned(),
            comment: comment.trim_end_matches('\'').to_owned(),
        };
        assert!(made.is_stored());
        assert!(made.is_of("a", "b") && !made.is_of("a", "c"));
        assert!(made.belongs_to("a") && !made.belongs_to("b"));
    }
}
