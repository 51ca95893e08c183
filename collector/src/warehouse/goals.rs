//! Saved goals: one ready view for each goal of a site's container, day by day.
//!
//! As with funnels ([`super::saved`]), a view holds the names of the site and the goal, which are checked identifiers; what
//! the goal asks for is looked up in `weir.goals`. It is called `goal_<site>_<goal>`, counts when it is asked on a small
//! site, and reads what was counted last on a large one.

use clickhouse::Client;
use serde::Deserialize;

use super::client::{fetch, run};
use super::error::WarehouseError;
use super::fitted::{self, Fit};
use super::inline;
use super::saved::{self, Form, FunnelCount, FunnelMode};

const GOAL: &str = include_str!("../../sql/views/fn_goal.sql");
const GOAL_FUNNEL: &str = include_str!("../../sql/views/fn_goal_funnel.sql");
const GOAL_STORED: &str = include_str!("../../sql/saved/goal_stored.sql");
/// Days that a ready view goes back, today included: as many as a comparison with the year before needs.
pub(super) const DAYS: u32 = 400;

/// How a view says that it reads what was counted last.
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

/// Where the end of a funnel is the goal: how the funnel counts.
pub(super) type Manner = Option<(FunnelMode, FunnelCount)>;

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

fn comment(site: &str, goal: &str, form: Form) -> String {
    let stored = match form {
        Form::Live => "",
        Form::Stored(_) => STORED,
    };
    format!("{}day by day, last {DAYS} days{stored}", whose(site, goal))
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
    manner: Manner,
    text: (Form, Fit),
) -> Result<(), WarehouseError> {
    run(
        client,
        &format!("making view `weir.{view}`"),
        &create_statement(view, (site, goal), manner, text),
    )
    .await
}

/// What is read to count some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    /// All that a ready view shows.
    Whole,
    /// From so many days before the first to as many after the last.
    Around(u32),
}

/// Counts a goal on some days and keeps the results, for a view of form [`Form::Stored`]. `seen` has each day with the
/// number of its events.
pub(super) async fn count(
    client: &Client,
    (site, goal): (&str, &str),
    manner: Manner,
    (definition, fit): (u64, Fit),
    seen: &[(String, u64)],
    period: Period,
) -> Result<(), WarehouseError> {
    let (Some((first, _)), Some((last, _))) = (seen.first(), seen.last()) else {
        return Ok(());
    };
    let day = |text: &str| format!("toDate('{text}')");
    let days: Vec<String> = seen.iter().map(|(text, _)| day(text)).collect();
    let counts: Vec<String> = seen.iter().map(|(_, count)| count.to_string()).collect();
    let (from, to) = match period {
        Period::Whole => whole(site),
        Period::Around(days) => (
            format!("({} - {days})", day(first)),
            format!("({} + {days})", day(last)),
        ),
    };
    let query = live_query((site, goal), manner, fit, (&from, &to));
    run(
        client,
        &format!("counting goal `{goal}` of site `{site}`"),
        &format!(
            "INSERT INTO weir.goal_days (site, goal, definition, session_date, reached, persons_reached, persons, \
             sessions_reached, sessions, value, events_seen, as_of) \
             SELECT '{site}', '{goal}', {definition}, day, reached, persons_reached, persons, sessions_reached, sessions, \
             value, seen, now64(3) \
             FROM (SELECT arrayJoin(arrayZip([{}], [{}])) AS counted, counted.1 AS day, toUInt64(counted.2) AS seen) AS days \
             LEFT JOIN ({query}) AS goal ON goal.session_date = days.day",
            days.join(", "),
            counts.join(", "),
        ),
    )
    .await
}

/// The days of a ready view, as SQL.
fn whole(site: &str) -> (String, String) {
    let today = format!("toDate(now(), {})", saved::zone_of(site));
    (format!("({today} - {})", DAYS - 1), today)
}

fn create_statement(
    view: &str,
    (site, goal): (&str, &str),
    manner: Manner,
    (form, fit): (Form, Fit),
) -> String {
    let query = match form {
        Form::Live => {
            let (first, today) = whole(site);
            format!(
                "SELECT *, now64(3) AS as_of FROM (\n{}\n)\nORDER BY session_date",
                live_query((site, goal), manner, fit, (&first, &today))
            )
        }
        Form::Stored(definition) => inline::with_values(
            GOAL_STORED,
            &[
                ("site", &format!("'{site}'")),
                ("goal", &format!("'{goal}'")),
                ("definition", &definition.to_string()),
                ("zone", &format!("({})", saved::zone_of(site))),
            ],
        ),
    };
    format!(
        "CREATE OR REPLACE VIEW weir.{view} AS\n{query}\nCOMMENT '{}'",
        comment(site, goal, form)
    )
}

/// What counts a goal from one day to another, both given as SQL.
fn live_query(
    (site, goal): (&str, &str),
    manner: Manner,
    fit: Fit,
    (from, to): (&str, &str),
) -> String {
    let of_goal = |column: &str| {
        format!("(SELECT any({column}) FROM weir.goals WHERE site = '{site}' AND goal = '{goal}')")
    };
    let of_funnel = |column: &str| {
        format!(
            "(SELECT any({column}) FROM weir.funnels WHERE site = '{site}' AND funnel = {})",
            of_goal("funnel")
        )
    };
    let site = format!("'{site}'");
    let query = match manner {
        None => inline::with_values(
            &inline::query(inline::split(GOAL).1),
            &[
                ("site", &site),
                ("step", &of_goal("step")),
                ("value", &of_goal("value")),
                ("from", from),
                ("to", to),
            ],
        ),
        Some((mode, count)) => inline::with_values(
            &inline::query(inline::split(GOAL_FUNNEL).1),
            &[
                ("site", &site),
                ("steps", &of_funnel("steps")),
                ("window_s", &of_funnel("window_s")),
                ("mode", &format!("'{}'", mode.name())),
                ("unit", &format!("'{}'", count.unit())),
                ("value", &of_goal("value")),
                ("from", from),
                ("to", to),
            ],
        ),
    };
    fitted::fitted(&query, fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_view_has_no_parameters_left_and_knows_whose_it_is() {
        let manners = [None, Some((FunnelMode::Strict, FunnelCount::Sessions))];
        for manner in manners {
            for form in [Form::Live, Form::Stored(7)] {
                let sql = create_statement("goal_a_b", ("a", "b"), manner, (form, Fit::of(&["a"])));
                assert!(!sql.contains('{') && !sql.contains("weir_fn."), "{sql}");
                let (_, comment) = sql.split_once("COMMENT '").unwrap();
                let made = ExistingGoal {
                    name: "goal_a_b".to_owned(),
                    comment: comment.trim_end_matches('\'').to_owned(),
                };
                assert_eq!(made.is_stored(), form != Form::Live);
                assert!(made.is_of("a", "b") && !made.is_of("a", "c"));
                assert!(made.belongs_to("a") && !made.belongs_to("b"));
            }
        }
    }
}
