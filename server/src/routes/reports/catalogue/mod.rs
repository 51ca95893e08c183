//! The reports that there are: each with its words, its columns and its SQL.
//!
//! The SQL is made of constants and of names that are checked against lists in here; everything else is a bound parameter
//! (`question.rs`). What a word means is docs/definitions.md's to say; here stands the sentence that one reads on the way.

mod columns;
mod funnels;
mod items;
mod marketing;
mod pages;
mod people;
mod sales;
mod targets;
mod visits;

use super::asked::{Asked, Filter};
use super::column::{Column, Words};
pub(super) use visits::QUALITIES;

/// One report.
pub(super) struct Report {
    pub(super) id: &'static str,
    pub(super) title: Words,
    pub(super) definition: Words,
    pub(super) columns: &'static [Column],
    /// By what its rows can be told apart further.
    pub(super) breakdowns: &'static [&'static str],
    /// Also by any property of the events.
    pub(super) breaks_by_property: bool,
    /// What it is broken down by when nothing is said; empty: nothing.
    pub(super) usual_breakdown: &'static str,
    /// Of which qualities of a visit it can be about.
    pub(super) filters: &'static [&'static str],
    pub(super) parameters: &'static [Parameter],
    /// Whether another period can stand beside it.
    pub(super) compares: bool,
    /// Where an analyst goes on.
    pub(super) view: &'static str,
    pub(super) sql: fn(&Asked) -> String,
    /// The same for several periods that lie close together, where that is cheaper than to ask for each (`beside.rs`).
    pub(super) at_once: Option<fn(&Asked) -> String>,
}

/// One parameter of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    /// What it is when not given.
    pub(super) usual: &'static str,
}

/// What a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Word(&'static [&'static str]),
    Number {
        least: u64,
        most: u64,
    },
    Text,
    /// A goal of the site, or nothing.
    Goal,
    RequiredGoal,
    /// `name`, or `steps`, `within`, `mode` and `unit`.
    Funnel,
}

/// A goal in place of what every site calls a conversion.
const GOAL: Parameter = Parameter {
    name: "goal",
    takes: Takes::Goal,
    usual: "",
};
/// How long one point of a line is.
const BY: Parameter = Parameter {
    name: "by",
    takes: Takes::Word(&["day", "week", "month"]),
    usual: "day",
};

/// Every report.
pub(super) fn all() -> impl Iterator<Item = &'static Report> {
    [
        visits::REPORTS,
        pages::REPORTS,
        items::REPORTS,
        funnels::REPORTS,
        people::REPORTS,
        sales::REPORTS,
        marketing::REPORTS,
        targets::REPORTS,
    ]
    .into_iter()
    .flatten()
}

/// One report.
pub(super) fn find(id: &str) -> Option<&'static Report> {
    all().find(|report| report.id == id)
}

impl Report {
    /// What a row is of, where rows are times: `day`, `week` or `month`.
    pub(super) fn row_is_of<'a>(&self, asked: &'a Asked) -> Option<&'a str> {
        let is_time = self.columns.iter().any(|one| one.name == "day");
        is_time.then(|| match asked.word(BY.name) {
            "" => "day",
            by => by,
        })
    }

    /// The names that the query of its address may have.
    pub(super) fn known_parameters(&self) -> Vec<&'static str> {
        let mut known = vec!["period", "from", "to", "limit"];
        if self.compares {
            known.extend(["compare", "only"]);
        }
        if !self.breakdowns.is_empty() {
            known.push("breakdown");
        }
        if !self.filters.is_empty() {
            known.push("filter");
        }
        for parameter in self.parameters {
            if parameter.takes == Takes::Funnel {
                known.extend(["name", "steps", "within", "mode", "unit"]);
            } else {
                known.push(parameter.name);
            }
        }
        known
    }

    /// Its columns as asked for: what it is broken down by comes first.
    pub(super) fn columns_of(&self, asked: &Asked) -> Vec<Column> {
        let mut columns = self.columns.to_vec();
        if !asked.breakdown.is_empty() {
            columns.insert(0, columns::BREAKDOWN);
        }
        columns
    }
}

/// The visits of the period that the filters leave: a condition on `weir.sessions`.
fn visits_asked(asked: &Asked) -> String {
    format!(
        "site = {{site:String}} AND session_date BETWEEN {{from:Date}} AND {{to:Date}}{}",
        conditions(&asked.filters)
    )
}

/// Events of the period, in visits that the filters leave. A session lasts a day at most and is stored under its first one.
fn events_asked(asked: &Asked) -> String {
    let mut condition = "site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} \
        AND bot = '' AND session_id != 0"
        .to_owned();
    if !asked.filters.is_empty() {
        condition.push_str(" AND session_id IN (SELECT session_id FROM weir.sessions WHERE ");
        condition.push_str(&visits_asked(asked));
        condition.push(')');
    }
    condition
}

/// The filters, each with an `AND` before it. Their fields come from the lists of the catalogue, their values are bound.
fn conditions(filters: &[Filter]) -> String {
    let mut text = String::new();
    for (no, filter) in filters.iter().enumerate() {
        let is_in = if filter.negated { "NOT IN" } else { "IN" };
        text.push_str(&format!(
            "\n    AND toString({}) {is_in} {{filter_{no}:Array(String)}}",
            filter.field
        ));
    }
    text
}

/// Whether a visit is converted: a condition on `weir.sessions`. A goal may be reached past the midnight that ends the period.
fn converted(asked: &Asked) -> &'static str {
    if asked.goal.is_none() {
        return "is_converted";
    }
    "session_id IN (SELECT session_id FROM weir_fn.step_events(site = {site:String}, steps = [{goal_step:String}], \
     window_s = 86400, mode = 'ordered', unit = 'person', breakdown = '', from = {from:Date}, to = {to:Date}))"
}

/// The first day of the day, week or month that a day is in.
fn beginning_of(period: &str, day: &str) -> String {
    match period {
        "week" => format!("toMonday({day})"),
        "month" => format!("toStartOfMonth({day})"),
        _ => format!("toDate({day})"),
    }
}

/// A row for every day, week or month, also for those when nothing happened.
fn filled(period: &str, column: &str) -> String {
    let first = beginning_of(period, "{from:Date}");
    let step = match period {
        "week" => "INTERVAL 1 WEEK",
        "month" => "INTERVAL 1 MONTH",
        _ => "INTERVAL 1 DAY",
    };
    format!("ORDER BY {column} WITH FILL FROM {first} TO toDate({{to:Date}}) + 1 STEP {step}")
}
