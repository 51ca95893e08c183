//! Conditions: operators over variables, joined by all and any.
//!
//! The words of a condition in a release: what it is ([`op`]), 1 if it holds when that does not, then for [`op::ALL`] and
//! [`op::ANY`] its parts, for everything else the variable and what it is compared with. A release of hostile bytes may let
//! a condition be a part of itself: [`Scene::step`] ends that.

use alloc::string::String;

use crate::evaluate::Scene;
use crate::host::{Host, Transform};
use crate::id::{ConditionId, PatternId, SelectorId, VariableId};
use crate::release::{size, word};
use crate::trace::Step;
use crate::value::{Kind, Value};
use crate::variable::{AS_TEXT, Place};

/// Conditions within conditions that an author may write, at most.
pub const MAX_DEPTH: u8 = 16;

/// What a condition is. The numbers stand in releases.
pub(crate) mod op {
    /// Every part holds.
    pub(crate) const ALL: u32 = 0;
    /// At least one part holds.
    pub(crate) const ANY: u32 = 1;
    /// Is one of these values: pairs of type and text.
    pub(crate) const EQUALS: u32 = 2;
    /// Is one of these values, or has it as an entry.
    pub(crate) const IN: u32 = 3;
    /// Has this text in it.
    pub(crate) const CONTAINS: u32 = 4;
    /// Begins with this text.
    pub(crate) const STARTS_WITH: u32 = 5;
    /// Ends with this text.
    pub(crate) const ENDS_WITH: u32 = 6;
    /// The pattern is found in it.
    pub(crate) const MATCHES: u32 = 7;
    /// There is a value at all.
    pub(crate) const EXISTS: u32 = 8;
    /// There is a value, and not an empty one.
    pub(crate) const FILLED: u32 = 9;
    /// Is below ([`LESS`](super::LESS)), the same as or above this number or day: the sum of what is right, then
    /// [`Transform::Order`] or [`Transform::OrderOfDays`], and its text.
    pub(crate) const ORDER: u32 = 10;
    /// The element at this place (two words) is such an element.
    pub(crate) const MATCHES_SELECTOR: u32 = 11;
}

/// See [`op::ORDER`].
pub(crate) const LESS: u32 = 1;
/// See [`op::ORDER`].
pub(crate) const SAME: u32 = 2;
/// See [`op::ORDER`].
pub(crate) const MORE: u32 = 4;

/// Words before those that say what a variable is compared with.
const OPERANDS: usize = 3;

impl<H: Host> Scene<'_, '_, H> {
    /// Whether a condition holds.
    pub(crate) fn holds(&mut self, id: ConditionId, element: Option<&H::Element>) -> bool {
        let words = self.release.condition(id);
        let op = word(words, 0);
        let holds = self.deeper(|scene| match op {
            op::ALL | op::ANY => {
                let mut parts = parts(words);
                if op == op::ALL {
                    parts.all(|part| scene.holds(part, element))
                } else {
                    parts.any(|part| scene.holds(part, element))
                }
            }
            _ => {
                let variable = VariableId::from_index(size(word(words, 2)));
                let value = scene.variable(variable, element);
                scene.host.trace(Step::Value {
                    condition: id,
                    value: value.as_ref(),
                });
                let operands = words.get(OPERANDS..).unwrap_or(&[]);
                if op == op::MATCHES_SELECTOR {
                    scene.is_such_an_element(operands, element)
                } else {
                    // A variable without a value is like nothing: every operator says no.
                    value.is_some_and(|value| scene.compare(op, value, operands))
                }
            }
        });
        let holds = holds.unwrap_or(false) != (word(words, 1) > 0);
        self.host.trace(Step::Condition { id, holds });
        holds
    }

    /// Whether an element is one that the selector finds first, looking outwards from it.
    fn is_such_an_element(&mut self, operands: &[u32], matched: Option<&H::Element>) -> bool {
        let place = Place::of(operands);
        let selector = SelectorId::from_index(size(word(operands, 2)));
        let found = place.find(matched, self.host);
        found.is_some_and(|element| match self.host.closest(&element, selector) {
            Some(around) => self.host.element_key(&around) == self.host.element_key(&element),
            None => false,
        })
    }

    fn compare(&mut self, op: u32, value: Value, operands: &[u32]) -> bool {
        let release = self.release;
        match op {
            op::EQUALS | op::IN => operands.chunks_exact(2).any(|wanted| {
                let (kind, text) = (word(wanted, 0), release.text(word(wanted, 1)));
                if op == op::IN && value.kind() == Kind::List {
                    let mut entries = value
                        .entries()
                        .map(|entry| Value::text(String::from(entry)));
                    entries.any(|entry| self.equals(entry, kind, text))
                } else {
                    self.equals(value.clone(), kind, text)
                }
            }),
            op::EXISTS => true,
            op::FILLED => value.is_filled(),
            op::ORDER => {
                // Days are compared as texts.
                let how = word(operands, 1);
                if how == Transform::OrderOfDays as u32 && value.kind() != Kind::Text {
                    return false;
                }
                let order = self.changed(value, how, 0, release.text(word(operands, 2)));
                let order = match order.as_ref().map_or("", Value::as_str) {
                    "<" => LESS,
                    "=" => SAME,
                    ">" => MORE,
                    _ => 0,
                };
                word(operands, 0) & order > 0
            }
            op::MATCHES => {
                let pattern = PatternId::from_index(size(word(operands, 0)));
                self.host.matches_pattern(pattern, &value.into_text())
            }
            _ => {
                let part = release.text(word(operands, 0));
                if op == op::CONTAINS && value.kind() == Kind::List {
                    return value.entries().any(|entry| entry == part);
                }
                is_part(op, &value.into_text(), part)
            }
        }
    }

    /// Whether a value, read as the type that is wanted, is what is wanted: the text `5` equals the number 5.
    fn equals(&mut self, value: Value, kind: u32, wanted: &str) -> bool {
        let read = read_as(Kind::of(kind)).and_then(|how| self.changed(value, how, 0, ""));
        read.is_some_and(|read| read.as_str() == wanted)
    }
}

/// The conditions that one of these words, which is no comparison, is made of.
pub(crate) fn parts(words: &[u32]) -> impl Iterator<Item = ConditionId> + '_ {
    let parts = words.iter().skip(2);
    parts.map(|part| ConditionId::from_index(size(*part)))
}

/// How a condition of these words changes what it compares.
#[cfg(feature = "authoring")]
pub(crate) fn transforms(words: &[u32]) -> impl Iterator<Item = u32> + '_ {
    let operands = words.get(OPERANDS..).unwrap_or(&[]);
    let (kinds, order) = match word(words, 0) {
        op::EQUALS | op::IN => (operands, None),
        op::ORDER => (&[][..], Some(word(operands, 1))),
        _ => (&[][..], None),
    };
    let by_kind = kinds
        .chunks_exact(2)
        .filter_map(|wanted| read_as(Kind::of(word(wanted, 0))));
    by_kind.chain(order)
}

/// What makes a value comparable with one of this type; nothing is a list.
fn read_as(kind: Kind) -> Option<u32> {
    Some(match kind {
        Kind::Text => AS_TEXT,
        Kind::Number => Transform::Number as u32,
        Kind::Boolean => Transform::Boolean as u32,
        Kind::List => return None,
    })
}

/// Whether a text has another in it, at its beginning, or at its end. By hand: the search of the standard library is fast on
/// long texts and takes three kilobytes of every page.
fn is_part(op: u32, text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    match op {
        op::STARTS_WITH => text.starts_with(part),
        op::ENDS_WITH => text.ends_with(part),
        // There is no window of no bytes.
        op::CONTAINS => part.is_empty() || text.windows(part.len()).any(|window| window == part),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(is_part(op::CONTAINS, text, part), found, "{text} {part}");
        }
    }
}
