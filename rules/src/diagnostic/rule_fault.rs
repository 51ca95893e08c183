//! What can be wrong with triggers, tags, consent, goals, KPIs and examples, beyond names, types and numbers.

use super::Code;

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
    Conflict { keys: [&'static str; 2] },
    /// No path of a page.
    Path {
        path: String,
        suggestion: Option<String>,
    },
    /// Groups that wait for each other, in this order, the first again at the end.
    Cycle { names: Vec<String> },
    /// `any_event` makes something fire.
    AnyEventFires { name: String },
}

impl RuleFault {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Needs { .. } => Code::MisplacedKey,
            Self::Conflict { .. } => Code::ConflictingKeys,
            Self::Path { .. } => Code::InvalidPath,
            Self::Cycle { .. } => Code::TriggerCycle,
            Self::AnyEventFires { .. } => Code::AnyEventFires,
        }
    }
}
