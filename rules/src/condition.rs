//! Conditions: operators over variables, joined by all, any and not.
//!
//! Held flat: a condition refers to its parts by id. A release read from hostile bytes can therefore neither nest so
//! deep that reading overflows the stack, nor share parts so that evaluation takes exponential time ([`are_sound`]).

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::host::Host;
use crate::id::{ConditionId, PatternId, SelectorId, VariableId};
use crate::value::Value;
use crate::variable::Place;
use crate::wire::{wire_enum, wire_struct};

/// Conditions within conditions that an author may write, at most.
pub const MAX_DEPTH: u8 = 16;
/// Conditions within conditions of a release, at most: the compiler adds one around what was written.
const MAX_READ_DEPTH: u8 = MAX_DEPTH + 1;

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
    /// There is a value, and not an empty one.
    Filled,
    /// Is below ([`LESS`]), the same as ([`SAME`]) or above ([`MORE`]) this number or day: the sum of what is right.
    Order(u8, Value),
    /// The element at this place is such an element.
    MatchesSelector(Place, SelectorId),
}

/// See [`Operator::Order`].
pub(crate) const LESS: u8 = 1;
/// See [`Operator::Order`].
pub(crate) const SAME: u8 = 2;
/// See [`Operator::Order`].
pub(crate) const MORE: u8 = 4;

wire_enum!(Condition { 0 => All(parts), 1 => Any(parts), 2 => Not(part), 3 => Leaf(leaf) });
wire_struct!(Leaf {
    variable,
    operator,
    negated
});
wire_enum!(Operator {
    0 => Equals(wanted),
    1 => Contains(part),
    2 => StartsWith(part),
    3 => EndsWith(part),
    4 => Matches(pattern),
    5 => In(wanted),
    6 => Exists,
    7 => Filled,
    8 => Order(right, wanted),
    9 => MatchesSelector(place, selector),
});

impl Leaf {
    /// Whether `value` is as asked. A variable without a value is like nothing: every operator says no, and so every
    /// `not_` operator says yes.
    pub(crate) fn holds<H: Host>(
        &self,
        value: Option<Value>,
        element: Option<&H::Element>,
        host: &mut H,
    ) -> bool {
        let positive = match (&self.operator, value) {
            (Operator::MatchesSelector(place, selector), _) => place
                .find(element, host)
                .is_some_and(|element| matches_selector(&element, *selector, host)),
            (_, None) => false,
            (operator, Some(value)) => operator.holds(value, host),
        };
        positive != self.negated
    }
}

/// Whether an element is one that its own selector finds first, looking outwards from it.
fn matches_selector<H: Host>(element: &H::Element, selector: SelectorId, host: &mut H) -> bool {
    match host.closest(element, selector) {
        Some(found) => host.element_key(&found) == host.element_key(element),
        None => false,
    }
}

impl Operator {
    fn holds<H: Host>(&self, value: Value, host: &mut H) -> bool {
        match self {
            Self::Equals(wanted) => value.equals(wanted),
            Self::In(wanted) => wanted.iter().any(|wanted| value.has_entry(wanted)),
            Self::Exists => true,
            Self::Filled => value.is_filled(),
            Self::Contains(part) => match &value {
                Value::List(entries) => entries.iter().any(|entry| entry == part),
                _ => has(&value.into_text(), part),
            },
            Self::StartsWith(part) => value.into_text().starts_with(part.as_str()),
            Self::EndsWith(part) => value.into_text().ends_with(part.as_str()),
            Self::Matches(pattern) => host.matches_pattern(*pattern, &value.into_text()),
            Self::Order(right, wanted) => {
                let order = match value.compare(wanted) {
                    None => 0,
                    Some(Ordering::Less) => LESS,
                    Some(Ordering::Equal) => SAME,
                    Some(Ordering::Greater) => MORE,
                };
                right & order > 0
            }
            Self::MatchesSelector(..) => false,
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
/// [`MAX_READ_DEPTH`]: then each condition is a tree, walked in time linear in its size and within a bounded stack.
pub(crate) fn are_sound(
    conditions: &[Condition],
    variables: usize,
    patterns: usize,
    selectors: usize,
) -> bool {
    // Depth of each condition so far; a part that has been used is taken out.
    let mut depths: Vec<Option<u8>> = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let depth = match condition {
            Condition::Leaf(leaf) => {
                let operand_known = match &leaf.operator {
                    Operator::Matches(pattern) => pattern.index() < patterns,
                    Operator::MatchesSelector(place, selector) => {
                        place.is_sound(selectors) && selector.index() < selectors
                    }
                    _ => true,
                };
                (leaf.variable.index() < variables && operand_known).then_some(0)
            }
            Condition::Not(part) => take_depth(&mut depths, core::slice::from_ref(part)),
            Condition::All(parts) | Condition::Any(parts) => take_depth(&mut depths, parts),
        };
        match depth {
            Some(depth) if depth <= MAX_READ_DEPTH => depths.push(Some(depth)),
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
            (chain(usize::from(MAX_READ_DEPTH)), true),
            (chain(usize::from(MAX_READ_DEPTH) + 1), false),
        ] {
            assert_eq!(are_sound(&conditions, 1, 1, 0), sound, "{conditions:?}");
        }
        assert!(
            !are_sound(&[leaf()], 0, 0, 0),
            "a variable that is not there"
        );
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
