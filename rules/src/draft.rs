//! The draft: a container as it was written, with the place of every part.
//!
//! Reading judges the structure: which keys there are and what JSON type their values have. Whether names, selectors and
//! numbers make sense is for [`crate::check`] to say. What could not be read is reported and left out, so that one
//! mistake does not hide the next.

mod aims;
mod condition;
mod examples;
mod privacy;
mod reader;
mod rules;
mod site;
mod tags;
mod triggers;
mod variables;

pub(crate) use aims::{DraftGoal, DraftKpi, DraftReached};
pub(crate) use examples::{DraftExample, DraftExamplePage, DraftExampleStep, DraftExpected};
pub(crate) use privacy::DraftPrivacy;
pub(crate) use tags::{DraftConsent, DraftTag, DraftTagKind};
pub(crate) use triggers::{DraftSuccess, DraftTrigger, DraftTriggerKind};
pub(crate) use variables::{DraftPlace, DraftSource, DraftStep as DraftTransform, DraftVariable};

use crate::container::Literal;
use crate::container::{Automatic, Order};
use crate::diagnostic::{Detail, Found, Wanted};
use crate::json::Node;
use crate::report::{Collector, Spot};
use reader::{Cursor, Fields};

/// The format this version reads.
const FORMAT: &str = "1";

/// Something and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) it: T,
    pub(crate) spot: Spot,
}

/// A container as written.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) site: Option<DraftSite>,
    pub(crate) consent: Option<DraftConsent>,
    pub(crate) automatic: Automatic,
    pub(crate) privacy: Option<DraftPrivacy>,
    pub(crate) variables: Vec<DraftVariable>,
    pub(crate) triggers: Vec<DraftTrigger>,
    pub(crate) tags: Vec<DraftTag>,
    pub(crate) goals: Vec<DraftGoal>,
    pub(crate) funnels: Vec<DraftFunnel>,
    pub(crate) kpis: Vec<DraftKpi>,
    pub(crate) examples: Vec<DraftExample>,
}

#[derive(Debug)]
pub(crate) struct DraftSite {
    pub(crate) spot: Spot,
    pub(crate) id: Option<At<String>>,
    pub(crate) domains: Vec<At<String>>,
    /// None are written, rather than misspelt.
    pub(crate) lacks_domains: bool,
    pub(crate) timezone: Option<At<String>>,
    pub(crate) currency: Option<At<String>>,
    /// Hosts that scripts may come from.
    pub(crate) script_hosts: Vec<At<String>>,
}

#[derive(Debug)]
pub(crate) enum DraftCondition {
    All(Vec<DraftCondition>),
    Any(Vec<DraftCondition>),
    Not(Box<DraftCondition>),
    Leaf(DraftLeaf),
}

#[derive(Debug)]
pub(crate) struct DraftLeaf {
    pub(crate) variable: At<String>,
    /// The operator as it was written.
    pub(crate) written: At<String>,
    pub(crate) operator: DraftOperator,
    pub(crate) negated: bool,
    pub(crate) ignore_case: bool,
}

#[derive(Debug)]
pub(crate) enum DraftOperator {
    Equals(At<Literal>),
    Contains(At<String>),
    StartsWith(At<String>),
    EndsWith(At<String>),
    Matches(At<String>),
    In(Vec<At<Literal>>),
    Exists,
    Filled,
    Order(Order, At<Literal>),
    MatchesSelector(At<String>),
}

#[derive(Debug)]
pub(crate) struct DraftFunnel {
    pub(crate) name: At<String>,
    pub(crate) title: Option<At<String>>,
    pub(crate) within: Option<At<String>>,
    pub(crate) order: Option<At<String>>,
    pub(crate) per: Option<At<String>>,
    pub(crate) steps: Option<Vec<DraftStep>>,
}

#[derive(Debug)]
pub(crate) struct DraftStep {
    pub(crate) name: Option<At<String>>,
    pub(crate) event: Option<At<String>>,
    pub(crate) conditions: Vec<DraftLeaf>,
}

/// Reads a container. `None` if it is no object, or of a format this version cannot know.
pub(crate) fn read(node: &Node, report: &mut Collector<'_>) -> Option<Draft> {
    let root = Cursor::root(node);
    if let Some(format) = root.peek("weir")
        && let Found::Number(found) = format.found()
        && found != FORMAT
    {
        // Another format has other rules: whatever else is said about it would be wrong.
        report.add(Detail::UnsupportedFormatVersion { found }, &format.spot());
        return None;
    }
    let known = [
        "$schema",
        "weir",
        "site",
        "consent",
        "automatic",
        "privacy",
        "variables",
        "triggers",
        "tags",
        "goals",
        "funnels",
        "kpis",
        "examples",
    ];
    let example = "{ \"weir\": 1, \"site\": { \"id\": \"shop\" } }";
    let fields = root.fields(report, &known, Some(example))?;
    match fields.get("weir") {
        None => fields.missing(report, "weir", "\"weir\": 1"),
        Some(format) if matches!(format.found(), Found::Number(_)) => {}
        Some(format) => format.wrong_type(report, Wanted::Number, Some(FORMAT)),
    }
    if let Some(schema) = fields.get("$schema") {
        schema.text(report);
    }
    let site = match fields.get("site") {
        Some(site) => site::read(&site, report),
        None => {
            fields.missing(report, "site", "\"site\": { \"id\": \"shop\" }");
            None
        }
    };
    let consent = fields.get("consent");
    let consent = consent.and_then(|consent| tags::consent(&consent, report));
    let automatic = fields
        .get("automatic")
        .map(|it| tags::automatic(&it, report));
    let privacy = fields.get("privacy");
    let privacy = privacy.and_then(|cursor| privacy::read(&cursor, report));
    let mut drafts = Vec::new();
    for entry in fields.entries(report, "variables") {
        drafts.extend(variables::variable(entry, report));
    }
    let mut triggers = Vec::new();
    for entry in fields.entries(report, "triggers") {
        triggers.extend(triggers::trigger(entry, report));
    }
    let mut tags = Vec::new();
    let entries = fields
        .get("tags")
        .map(|tags| tags.list(report, crate::bounds::MAX_ENTRIES));
    for entry in entries.unwrap_or_default() {
        tags.extend(tags::tag(&entry, report));
    }
    let mut goals = Vec::new();
    for entry in fields.entries(report, "goals") {
        goals.extend(aims::goal(entry, report));
    }
    let mut kpis = Vec::new();
    for cursor in listed(&fields, report, "kpis") {
        kpis.extend(aims::kpi(&cursor, report));
    }
    let mut examples = Vec::new();
    for cursor in listed(&fields, report, "examples") {
        examples.extend(examples::example(&cursor, report));
    }
    let mut funnels = Vec::new();
    for entry in fields.entries(report, "funnels") {
        funnels.extend(site::funnel(entry, report));
    }
    Some(Draft {
        site,
        consent,
        automatic: automatic.unwrap_or_default(),
        privacy,
        variables: drafts,
        triggers,
        tags,
        goals,
        funnels,
        kpis,
        examples,
    })
}

/// The entries of a list under a key that may be missing.
fn listed<'n>(fields: &Fields<'n>, report: &mut Collector<'_>, key: &str) -> Vec<Cursor<'n>> {
    let list = fields.get(key);
    list.map_or_else(Vec::new, |list| {
        list.list(report, crate::bounds::MAX_ENTRIES)
    })
}
