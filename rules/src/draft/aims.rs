//! Reads `goals` and `kpis`.

use crate::container::Literal;
use crate::diagnostic::{Detail, Thing};
use crate::report::{Collector, Spot};
use crate::vocabulary::GOAL_KINDS;

use super::reader::{Cursor, Entry};
use super::{At, DraftLeaf, condition};

#[derive(Debug)]
pub(crate) struct DraftGoal {
    pub(crate) name: At<String>,
    pub(crate) title: Option<At<String>>,
    /// `None`: could not be read.
    pub(crate) reached: Option<DraftReached>,
    /// Conditions, and where they are.
    pub(crate) conditions: Option<(Vec<DraftLeaf>, Spot)>,
    pub(crate) value: Option<At<Literal>>,
}

#[derive(Debug)]
pub(crate) enum DraftReached {
    Event(At<String>),
    Page(At<String>),
    Funnel(At<String>),
}

#[derive(Debug)]
pub(crate) struct DraftKpi {
    pub(crate) spot: Spot,
    pub(crate) name: Option<At<String>>,
    pub(crate) metric: Option<At<String>>,
    pub(crate) page: Option<At<String>>,
    pub(crate) goal: Option<At<String>>,
    pub(crate) funnel: Option<At<String>>,
    pub(crate) channel: Option<At<String>>,
    pub(crate) from: Option<At<Literal>>,
    pub(crate) to: Option<At<Literal>>,
    pub(crate) since: Option<At<String>>,
    pub(crate) by: Option<At<String>>,
}

pub(super) fn goal(entry: Entry<'_>, report: &mut Collector<'_>) -> Option<DraftGoal> {
    let known = ["title", "event", "page", "funnel", "where", "value"];
    let example = Some("{ \"event\": \"lead\" }");
    let fields = entry.value.fields(report, &known, example)?;
    let written: Vec<_> = GOAL_KINDS
        .iter()
        .filter(|kind| fields.get(kind).is_some())
        .collect();
    let reached = match written.as_slice() {
        [] => {
            fields.missing(report, "event", "\"event\": \"lead\"");
            None
        }
        [kind] => fields.text(report, kind).map(|text| match **kind {
            "page" => DraftReached::Page(text),
            "funnel" => DraftReached::Funnel(text),
            _ => DraftReached::Event(text),
        }),
        kinds => {
            let kinds = kinds.iter().map(|kind| (**kind).to_owned()).collect();
            let of = Thing::Goal;
            report.add(Detail::SeveralKinds { of, kinds }, &fields.spot);
            None
        }
    };
    let conditions = fields
        .get("where")
        .map(|part| (condition::leaves(&part, report), part.spot()));
    Some(DraftGoal {
        name: entry.name,
        title: fields.text(report, "title"),
        reached,
        conditions,
        value: fields.get("value").and_then(|value| value.scalar(report)),
    })
}

/// The keys of a KPI.
pub(crate) const KPI_KEYS: &[&str] = &[
    "name", "metric", "page", "goal", "funnel", "channel", "from", "to", "since", "by",
];

pub(super) fn kpi(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftKpi> {
    let example = "{ \"name\": \"Leads\", \"metric\": \"leads\", \"goal\": \"lead\", \"to\": 100, \"by\": \"2026-12-31\" }";
    let fields = cursor.fields(report, KPI_KEYS, Some(example))?;
    let number = |key: &str, report: &mut Collector<'_>| {
        fields.get(key).and_then(|number| number.number(report))
    };
    if fields.get("to").is_none() {
        fields.missing(report, "to", "\"to\": 0.035");
    }
    Some(DraftKpi {
        name: fields.needed(report, "name", "\"name\": \"Leads\""),
        metric: fields.needed(report, "metric", "\"metric\": \"leads\""),
        page: fields.text(report, "page"),
        goal: fields.text(report, "goal"),
        funnel: fields.text(report, "funnel"),
        channel: fields.text(report, "channel"),
        from: number("from", report),
        to: number("to", report),
        since: fields.text(report, "since"),
        by: fields.needed(report, "by", "\"by\": \"2026-12-31\""),
        spot: fields.spot,
    })
}
