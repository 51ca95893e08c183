//! Checked goals and targets: what the analyst looks at.

use crate::decimal::Decimal;
use crate::funnel_step::StepExpression;

/// Something a site wants people to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// `[a-z0-9_]{1,64}`.
    pub name: String,
    /// What people call it, in any language; without it, by its name.
    pub title: Option<String>,
    /// What counts as reaching it.
    pub reached: Reached,
    /// What reaching it is worth.
    pub value: Option<GoalValue>,
}

/// What counts as reaching a goal.
#[derive(Debug, Clone, PartialEq)]
pub enum Reached {
    /// An event, or a page view of a path, in the language of steps.
    Step(StepExpression),
    /// The last step of this funnel.
    Funnel(String),
}

/// What reaching a goal is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoalValue {
    /// As much each time.
    Fixed(Decimal),
    /// What this property of the event says; `revenue` is the column.
    Property(String),
}

/// A number to reach by a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Kpi {
    /// What people call it.
    pub name: String,
    /// Which number.
    pub metric: String,
    /// Of people who entered on pages of this path; a `*` at its end is anything.
    pub page: Option<String>,
    /// Which goal.
    pub goal: Option<String>,
    /// Which funnel.
    pub funnel: Option<String>,
    /// Of one channel only.
    pub channel: Option<String>,
    /// What it was at the beginning.
    pub from: Option<Decimal>,
    /// What it is to be.
    pub to: Decimal,
    /// Counted in all from this day on, `2026-10-01`; without it, over the last 30 days.
    pub since: Option<String>,
    /// The last day for it, `2026-12-31`.
    pub by: String,
}

/// In what order people must take the steps of a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunnelOrder {
    /// In this order, whatever else they do in between.
    Ordered,
    /// In this order, with nothing in between.
    Strict,
    /// In any order.
    Any,
}

/// Who takes the steps of a funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunnelUnit {
    /// A person, whatever happens between the visits.
    Person,
    /// One visit.
    Session,
}
