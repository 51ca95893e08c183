//! What is wrong with a container, said so that its author can mend it.
//!
//! A problem is a [`Detail`]: one closed enum, rendered into sentences by `diagnostic/english.rs` and
//! `diagnostic/russian.rs`. Its [`Code`] is stable: other programs rely on it, sentences may improve.

mod code;
mod english;
mod example_fault;
mod json_fault;
mod rule_fault;
mod russian;
mod value_fault;

use std::ops::Range;

pub use code::Code;
#[cfg(feature = "page")]
pub(crate) use example_fault::Told;
pub(crate) use example_fault::{Deed, ExampleFault};
pub(crate) use json_fault::JsonFault;
pub(crate) use rule_fault::{RuleFault, UrlFault};
pub(crate) use value_fault::ValueFault;

use crate::pattern::PatternFault;
use crate::selector::SelectorFault;

/// Problems collected at most; a file with more is not going to be mended in one go.
pub(crate) const MAX_PROBLEMS: usize = 500;
/// Names listed in a hint, at most.
const MAX_LISTED: usize = 32;
/// Characters of the author's text repeated in a sentence, at most.
const MAX_QUOTED_CHARS: usize = 60;

/// The language of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Russian.
    Ru,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The container cannot be used.
    Error,
    /// The container can be used, but does something its author will not expect.
    Warning,
}

impl Severity {
    /// As in the JSON report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What is wrong, with everything a sentence about it needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Detail {
    Value(ValueFault),
    NotJson(JsonFault),
    MissingKey {
        key: &'static str,
        example: &'static str,
    },
    MissingOperator,
    UnknownKey {
        key: String,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    DuplicateKey {
        key: String,
        first_line: u32,
    },
    IgnoreCaseWithoutText,
    /// Works in rules, but not in steps of funnels.
    NotInFunnels {
        what: String,
    },
    /// `matches_selector` beside what is no element.
    NotAnElement {
        variable: String,
    },
    WrongType {
        wanted: Wanted,
        found: Found,
        example: Option<String>,
    },
    UnsupportedFormatVersion {
        found: String,
    },
    InvalidName {
        name: String,
        fault: NameFault,
    },
    InvalidDomain {
        domain: String,
        suggestion: Option<String>,
    },
    UnknownTimezone {
        name: String,
        suggestion: Option<String>,
    },
    UnknownCurrency {
        code: String,
        suggestion: Option<String>,
    },
    InvalidDuration {
        text: String,
    },
    UnknownUnit {
        unit: String,
        suggestion: Option<String>,
    },
    TooManyDigits {
        number: String,
    },
    OutOfRange {
        /// Only whole numbers are in the range.
        whole: bool,
        number: String,
        min: String,
        max: String,
    },
    MissingKind {
        of: Thing,
    },
    SeveralKinds {
        of: Thing,
        kinds: Vec<String>,
    },
    UnknownTriggerKind {
        kind: String,
        suggestion: Option<String>,
    },
    UnknownVariableKind {
        kind: String,
        suggestion: Option<String>,
    },
    UnknownOperator {
        operator: String,
        suggestion: Option<String>,
    },
    UnknownChoice {
        found: String,
        suggestion: Option<String>,
        choices: Vec<String>,
    },
    UnknownVariable {
        name: String,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    UnknownTrigger {
        name: String,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    UnknownField {
        name: String,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    InvalidSelector {
        selector: String,
        fault: SelectorFault,
    },
    InvalidPattern {
        pattern: String,
        fault: PatternFault,
    },
    InvalidTemplate {
        fault: TemplateFault,
    },
    DuplicateTagName {
        name: String,
        first_line: u32,
    },
    TooLong {
        chars: usize,
        max: usize,
    },
    TooMany {
        count: usize,
        max: usize,
    },
    TooFew {
        count: usize,
        min: usize,
    },
    TooDeep {
        max: usize,
    },
    UnusedTrigger {
        name: String,
    },
    UnusedVariable {
        name: String,
    },
    TagNeverFires {
        name: String,
        why: NeverFires,
    },
    ExceptNeverApplies {
        trigger: String,
    },
    SameTags {
        name: String,
        other: String,
        other_line: u32,
    },
    AutomaticEvent {
        event: String,
    },
    FunnelEventNeverSent {
        event: String,
        suggestion: Option<String>,
        known: Vec<String>,
    },
    NoDomains,
    /// Triggers, tags, consent, goals and whatever else stands in a container besides variables and conditions.
    Rule(RuleFault),
    #[cfg_attr(
        not(feature = "page"),
        expect(dead_code, reason = "made by running examples")
    )]
    Example(ExampleFault),
}

/// What a value should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Text,
    Number,
    Boolean,
    /// A text that names a day.
    Day,
    /// A number, or a text that names a day.
    Ordered,
    /// Text, number, true or false.
    Scalar,
    List,
    /// A list with something in it.
    FilledList,
    Object,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
    List,
    EmptyList,
    Object,
}

/// What a name is wrong about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NameFault {
    /// Identifiers are `[a-z0-9_]{1,64}`; a name of that form that comes near.
    NotIdentifier {
        suggestion: Option<String>,
    },
    Empty,
    /// Spaces at its ends, braces or control characters.
    Characters,
    /// The name of something built in.
    BuiltIn,
    /// No name an attribute of an element can have.
    NotAttribute,
}

/// What a template is wrong about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TemplateFault {
    /// `{{` without `}}`.
    Unclosed,
    /// `{{}}`.
    Empty,
    /// `{{…}}` where only fixed texts can stand.
    NotHere,
}

/// Why a tag cannot fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NeverFires {
    /// `on` is empty.
    NoTrigger,
    /// Every trigger in `on` is in `except` too.
    AllExcepted,
    /// `sample` is 0.
    SampledOut,
    /// `from` is behind `until`.
    NoDay,
}

/// What has a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Trigger,
    Variable,
    Tag,
    Goal,
    Funnel,
    /// A step of an example.
    Step,
    /// What an example expects.
    Expected,
}

impl Detail {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Value(fault) => fault.code(),
            Self::NotJson(_) => Code::NotJson,
            Self::MissingKey { .. } => Code::MissingKey,
            Self::MissingOperator => Code::MissingKey,
            Self::UnknownKey { .. } => Code::UnknownKey,
            Self::DuplicateKey { .. } => Code::DuplicateKey,
            Self::IgnoreCaseWithoutText => Code::MisplacedKey,
            Self::NotInFunnels { .. } => Code::MisplacedKey,
            Self::NotAnElement { .. } => Code::MisplacedKey,
            Self::WrongType { .. } => Code::WrongType,
            Self::UnsupportedFormatVersion { .. } => Code::UnsupportedFormatVersion,
            Self::InvalidName { .. } => Code::InvalidName,
            Self::InvalidDomain { .. } => Code::InvalidDomain,
            Self::UnknownTimezone { .. } => Code::UnknownTimezone,
            Self::UnknownCurrency { .. } => Code::UnknownCurrency,
            Self::InvalidDuration { .. } => Code::InvalidDuration,
            Self::UnknownUnit { .. } => Code::UnknownUnit,
            Self::TooManyDigits { .. } => Code::OutOfRange,
            Self::OutOfRange { .. } => Code::OutOfRange,
            Self::MissingKind { .. } => Code::MissingKind,
            Self::SeveralKinds { .. } => Code::SeveralKinds,
            Self::UnknownTriggerKind { .. } => Code::UnknownTriggerKind,
            Self::UnknownVariableKind { .. } => Code::UnknownVariableKind,
            Self::UnknownOperator { .. } => Code::UnknownOperator,
            Self::UnknownChoice { .. } => Code::UnknownChoice,
            Self::UnknownVariable { .. } => Code::UnknownVariable,
            Self::UnknownTrigger { .. } => Code::UnknownTrigger,
            Self::UnknownField { .. } => Code::UnknownField,
            Self::InvalidSelector { .. } => Code::InvalidSelector,
            Self::InvalidPattern { .. } => Code::InvalidPattern,
            Self::InvalidTemplate { .. } => Code::InvalidTemplate,
            Self::DuplicateTagName { .. } => Code::DuplicateTagName,
            Self::TooLong { .. } => Code::TooLong,
            Self::TooMany { .. } => Code::TooMany,
            Self::TooFew { .. } => Code::TooFew,
            Self::TooDeep { .. } => Code::TooDeep,
            Self::UnusedTrigger { .. } => Code::UnusedTrigger,
            Self::UnusedVariable { .. } => Code::UnusedVariable,
            Self::TagNeverFires { .. } => Code::TagNeverFires,
            Self::ExceptNeverApplies { .. } => Code::ExceptNeverApplies,
            Self::SameTags { .. } => Code::SameTags,
            Self::AutomaticEvent { .. } => Code::AutomaticEvent,
            Self::FunnelEventNeverSent { .. } => Code::FunnelEventNeverSent,
            Self::NoDomains => Code::NoDomains,
            Self::Rule(fault) => fault.code(),
            Self::Example(_) => Code::ExampleFails,
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where in the structure: `tags[0].with.price`. Empty for the whole container.
    pub path: String,
    /// Line of the text, from 1.
    pub line: u32,
    /// Column in the line, in characters, from 1.
    pub column: u32,
    /// The bytes of the text it is about.
    pub span: Range<usize>,
    pub(crate) detail: Detail,
}

impl Problem {
    /// The kind of problem, by its stable name.
    pub fn code(&self) -> &'static str {
        self.detail.code().as_str()
    }

    /// The key that should be at the place and is not.
    pub fn missing(&self) -> Option<&'static str> {
        match &self.detail {
            Detail::MissingKey { key, .. } => Some(key),
            _ => None,
        }
    }

    /// One sentence on what is wrong.
    pub fn message(&self, lang: Lang) -> String {
        match lang {
            Lang::En => english::message(&self.detail),
            Lang::Ru => russian::message(&self.detail),
        }
    }

    /// What to do about it.
    pub fn hint(&self, lang: Lang) -> String {
        match lang {
            Lang::En => english::hint(&self.detail),
            Lang::Ru => russian::hint(&self.detail),
        }
    }
}

/// The author's text between backticks, cut if it is long.
fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    for (at, char) in text.chars().enumerate() {
        if at == MAX_QUOTED_CHARS {
            out.push('…');
            break;
        }
        // A line break or a control character would tear the report apart.
        out.push(if char.is_control() { ' ' } else { char });
    }
    out.push('`');
    out
}

/// `` `a`, `b`, `c` `` and an ellipsis if there are more.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let mut parts: Vec<String> = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| quoted(name.as_ref()))
        .collect();
    if names.len() > MAX_LISTED {
        parts.push("…".to_owned());
    }
    parts.join(", ")
}
