//! What can be wrong with triggers, tags, consent, goals, KPIs and examples, beyond names, types and numbers.

use super::{Code, Thing};

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RuleFault {
    /// A key that means something only beside another.
    Needs {
        key: &'static str,
        /// `"stage": "success"`.
        beside: &'static str,
    },
    /// Keys of which one can be there.
    Conflict {
        keys: [&'static str; 2],
    },
    /// No path of a page.
    Path {
        path: String,
        suggestion: Option<String>,
    },
    /// Groups that wait for each other, in this order, the first again at the end.
    Cycle {
        names: Vec<String>,
    },
    /// `any_event` makes something fire.
    AnyEventFires {
        name: String,
    },
    Url {
        url: String,
        fault: UrlFault,
    },
    Integrity {
        text: String,
    },
    /// A script from a host that the site does not list.
    HostNotApproved {
        host: String,
    },
    UnknownCategory {
        name: String,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    Date {
        text: String,
        suggestion: Option<String>,
    },
    PastDate {
        date: String,
    },
    UnknownName {
        of: Thing,
        name: String,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    UnknownMetric {
        name: String,
        suggestion: Option<String>,
    },
    UnknownStep {
        name: String,
        suggestion: Option<String>,
    },
    /// A share that is written in percent.
    NoShare {
        number: String,
        suggestion: Option<String>,
    },
    /// A second target of one name: only one of them would be counted.
    SameKpiName {
        name: String,
        first_line: u32,
    },
    NothingToReach {
        number: String,
    },
    /// `since` beside a number that does not add up.
    NotInAll {
        metric: &'static str,
    },
    /// Nothing, or less, to be reached in all.
    ReachedAtOnce {
        number: String,
    },
    /// Less than there can be. A warning: a site that has such a target goes on collecting.
    BelowNothing {
        number: String,
    },
    /// A beginning after the end.
    LaterThan {
        date: String,
        other: &'static str,
    },
    NotInReports {
        word: String,
    },
    /// `forward` is kept for a later version of the collector.
    NothingForwards,
}

/// What an address is wrong about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UrlFault {
    NotUrl,
    NotSecure,
    /// Nobody can say where it leads.
    VariableHost,
    /// The address of the page of an example.
    NotPage,
}

impl RuleFault {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Needs { .. } => Code::MisplacedKey,
            Self::Conflict { .. } => Code::ConflictingKeys,
            Self::Path { .. } => Code::InvalidPath,
            Self::Cycle { .. } => Code::TriggerCycle,
            Self::AnyEventFires { .. } => Code::AnyEventFires,
            Self::Url { .. } => Code::InvalidUrl,
            Self::Integrity { .. } => Code::InvalidIntegrity,
            Self::HostNotApproved { .. } => Code::HostNotApproved,
            Self::UnknownCategory { .. } => Code::UnknownConsent,
            Self::Date { .. } => Code::InvalidDate,
            Self::PastDate { .. } => Code::DateInPast,
            Self::UnknownName { of, .. } => match of {
                Thing::Goal => Code::UnknownGoal,
                Thing::Funnel => Code::UnknownFunnel,
                Thing::Trigger => Code::UnknownTrigger,
                Thing::Variable => Code::UnknownVariable,
                Thing::Tag | Thing::Step | Thing::Expected => Code::UnknownTag,
            },
            Self::UnknownMetric { .. } => Code::UnknownMetric,
            Self::UnknownStep { .. } => Code::UnknownStep,
            Self::SameKpiName { .. } => Code::DuplicateKpiName,
            Self::NoShare { .. } => Code::OutOfRange,
            Self::NothingToReach { .. } | Self::BelowNothing { .. } => Code::NothingToReach,
            Self::NotInAll { .. } => Code::MisplacedKey,
            Self::ReachedAtOnce { .. } => Code::OutOfRange,
            Self::LaterThan { .. } => Code::InvalidDate,
            Self::NotInReports { .. } => Code::NotInReports,
            Self::NothingForwards => Code::NothingForwards,
        }
    }
}
