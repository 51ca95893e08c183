//! What can be wrong with variables and privacy settings, beyond names, types and numbers.

use super::Code;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ValueFault {
    /// Variables that need each other, in this order, the first again at the end.
    Cycle { names: Vec<String> },
    /// It reads more values than the page reads for one.
    TooManyReads { name: String, max: u32 },
    /// No step of `then`.
    UnknownStep {
        step: String,
        suggestion: Option<String>,
    },
    /// A step that needs settings, as a bare word.
    BareStep { step: String },
    /// A step without settings that has some.
    PlainStep { step: String },
    /// Several steps, or none, in one object.
    OneStepEach,
    /// A `$3` where the pattern has fewer groups.
    NoSuchGroup { group: String, groups: usize },
    /// Where ranges begin goes down somewhere.
    BoundsNotAscending,
    /// A global variable that leads to what may not be read.
    ClosedGlobal { name: String },
    /// A field by its name and by its place.
    NameAndPlace,
    /// No name of a parameter.
    NotParameter { name: String },
}

impl ValueFault {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Cycle { .. } => Code::VariableCycle,
            Self::TooManyReads { .. } => Code::TooDeep,
            Self::UnknownStep { .. } => Code::UnknownTransform,
            Self::BareStep { .. } | Self::PlainStep { .. } | Self::OneStepEach => Code::WrongType,
            Self::NoSuchGroup { .. } => Code::UnknownGroup,
            Self::BoundsNotAscending => Code::OutOfRange,
            Self::ClosedGlobal { .. } => Code::ForbiddenPath,
            Self::NameAndPlace => Code::ConflictingKeys,
            Self::NotParameter { .. } => Code::InvalidName,
        }
    }
}
