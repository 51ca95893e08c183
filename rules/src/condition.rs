//! Conditions: operators over variables, joined by all, any and not.
//!
//! Held flat: a condition refers to its parts by id. A release read from hostile bytes can therefore neither nest so
//! deep that reading overflows the stack, nor share parts so that evaluation takes exponential time ([`are_sound`]).

use alloc::string::String;
use alloc::vec::Vec;

use crate::evaluate::Host;
use crate::id::{ConditionId, PatternId, VariableId};
use crate::value::Value;
use crate::wire::{wire_enum, wire_struct};

/// Conditions within conditions, at most.
pub const MAX_DEPTH: u8 = 16;

/// One condition of a release.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Condition {
    /// Every part holds.
    All(Vec<ConditionId>),
    /// At least one part holds.
    Any(Vec<ConditionId>),
    /// The part does not hold.
    Not(ConditionId),
    /// A comparison.
    Leaf(Leaf),
}

/// One variable compared with what the container asks for.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) struct Leaf {
    pub(crate) variable: VariableId,
    pub(crate) operator: Operator,
    /// The operator was written with `not_` before it.
    pub(crate) negated: bool,
    /// Compare without regard to case. The wanted texts are in lower case already.
    pub(crate) ignore_case: bool,
}

/// How a value is compared.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Operator {
    /// Is this value.
    Equals(Value),
    /// Has this text in it.
    Contains(String),
    /// Begins with this text.
    StartsWith(String),
    /// Ends with this text.
    EndsWith(String),
    /// The pattern is found in it.
    Matches(PatternId),
    /// Is one of these values.
    In(Vec<Value>),
    /// There is a value at all.
    Exists,
}

wire_enum!(Condition { 0 => All(parts), 1 => Any(parts), 2 => Not(part), 3 => Leaf(leaf) });
wire_struct!(Leaf {
    variable,
    operator,
    negated,
    ignore_case
});
wire_enum!(Operator {
    0 => Equals(wanted),
    1 => Contains(part),
    2 => StartsWith(part),
    3 => EndsWith(part),
    4 => Matches(pattern),
    5 => In(wanted),
    6 => Exists,
});

impl Leaf {
    /// Whether `value` is as asked. A variable without a value is like nothing: every operator says no, and so every
    /// `not_` operator says yes.
    pub(crate) fn holds<H: Host>(&self, value: Option<Value>, host: &mut H) -> bool {
        let positive = match value {
            None => false,
            Some(value) => self.operator.holds(self.in_case(value, host), host),
        };
        positive != self.negated
    }

    fn in_case<H: Host>(&self, value: Value, host: &mut H) -> Value {
        match value {
            Value::Text(text) if self.ignore_case => Value::Text(host.lowercase(&text)),
            other => other,
        }
    }
}

impl Operator {
    fn holds<H: Host>(&self, value: Value, host: &mut H) -> bool {
        match self {
            Self::Equals(wanted) => value.equals(wanted),
            Self::In(wanted) => wanted.iter().any(|wanted| value.equals(wanted)),
            Self::Exists => true,
            Self::Contains(part) => has(&value.into_text(), part),
            Self::StartsWith(part) => value.into_text().starts_with(part.as_str()),
            Self::EndsWith(part) => value.into_text().ends_with(part.as_str()),
            Self::Matches(pattern) => host.matches_pattern(*pattern, &value.into_text()),
        }
    }
}

/// Whether a text has another in it. By hand: the search of the standard library is fast on long texts and takes three
/// kilobytes of every page.
fn has(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    // There is no window of no bytes.
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

/// Whether every part comes before the condition that uses it, is used once, and nothing nests deeper than
/// [`MAX_DEPTH`]: then each condition is a tree, walked in time linear in its size and within a bounded stack.
pub(crate) fn are_sound(conditions: &[Condition], variables: usize, patterns: usize) -> bool {
    // Depth of each condition so far; a part that has been used is taken out.
    let mut depths: Vec<Option<u8>> = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let depth = match condition {
            Condition::Leaf(leaf) => {
                let pattern_known = match leaf.operator {
                    Operator::Matches(pattern) => pattern.index() < patterns,
                    _ => true,
                };
                (leaf.variable.index() < variables && pattern_known).then_some(0)
            }
            Condition::Not(part) => take_depth(&mut depths, core::slice::from_ref(part)),
            Condition::All(parts) | Condition::Any(parts) => take_depth(&mut depths, parts),
        };
        match depth {
            Some(depth) if depth <= MAX_DEPTH => depths.push(Some(depth)),
            _ => return false,
        }
    }
    true
}

fn take_depth(depths: &mut [Option<u8>], parts: &[ConditionId]) -> Option<u8> {
    let mut deepest = 0;
    for part in parts {
        let depth = depths.get_mut(part.index())?.take()?;
        deepest = deepest.max(depth + 1);
    }
    Some(deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf() -> Condition {
        let operator = Operator::Exists;
        Condition::Leaf(Leaf {
            variable: VariableId::from_index(0),
            operator,
            negated: false,
            ignore_case: false,
        })
    }

    fn id(index: usize) -> ConditionId {
        ConditionId::from_index(index)
    }

    fn matching(pattern: usize) -> Condition {
        let operator = Operator::Matches(PatternId::from_index(pattern));
        Condition::Leaf(Leaf {
            variable: VariableId::from_index(0),
            operator,
            negated: false,
            ignore_case: false,
        })
    }

    #[test]
    fn only_shallow_trees_are_sound() {
        let chain = |length: usize| {
            let mut conditions = vec![leaf()];
            conditions.extend((0..length).map(|part| Condition::Not(id(part))));
            conditions
        };
        for (conditions, sound) in [
            (vec![], true),
            (
                vec![leaf(), leaf(), Condition::All(vec![id(0), id(1)])],
                true,
            ),
            (vec![Condition::Any(vec![])], true),
            (vec![leaf(), matching(0)], true),
            (vec![matching(1)], false),
            // Refers to itself, to one behind it, to nothing, twice to one.
            (vec![Condition::Not(id(0))], false),
            (vec![Condition::Not(id(1)), leaf()], false),
            (vec![leaf(), Condition::Not(id(7))], false),
            (vec![leaf(), Condition::All(vec![id(0), id(0)])], false),
            (
                vec![leaf(), Condition::Not(id(0)), Condition::Not(id(0))],
                false,
            ),
            (chain(usize::from(MAX_DEPTH)), true),
            (chain(usize::from(MAX_DEPTH) + 1), false),
        ] {
            assert_eq!(are_sound(&conditions, 1, 1), sound, "{conditions:?}");
        }
        assert!(!are_sound(&[leaf()], 0, 0), "a variable that is not there");
    }

    #[test]
    fn finds_texts_in_texts() {
        for (text, part, found) in [
            ("", "", true),
            ("a", "", true),
            ("", "a", false),
            ("abc", "c", true),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("яблоко", "блок", true),
        ] {
            assert_eq!(has(text, part), found, "{text} {part}");
        }
    }
}
