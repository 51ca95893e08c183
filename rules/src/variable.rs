//! Variables: where a value is read, and what becomes of it.
//!
//! The words of a variable in a release: where it reads ([`op`]), 1 if its value depends on the element that a trigger
//! matched, the type of the value that stands in when there is none of the type asked for, or 0, and that value, a list of
//! what `op` says, then what is done to the value: each the number of a [`Transform`] or [`AS_TEXT`], one more than the
//! pattern it needs, or 0, and its argument.

use alloc::string::String;

use crate::decimal::write_integer;
use crate::evaluate::Scene;
use crate::host::{Host, Lent, Transform};
use crate::id::{PatternId, SelectorId, VariableId};
use crate::release::{list, size, word};
use crate::value::{self, Kind, Value};

/// How deep variables may read variables; the compiler and the check keep far below.
pub(crate) const MAX_DEPTH: u32 = 120;

/// Where a variable reads. A place is two words ([`Place`]), a value two: its type and its text. The numbers stand in
/// releases.
pub(crate) mod op {
    /// The same value always: a value.
    pub(crate) const CONSTANT: u32 = 0;
    /// What the host lends of the page: what, by which name.
    pub(crate) const PAGE: u32 = 1;
    /// What the host lends of an element: a place, what, by which name.
    pub(crate) const ELEMENT: u32 = 2;
    /// How many elements there are: a place.
    pub(crate) const COUNT: u32 = 3;
    /// Whether there is such an element: a place.
    pub(crate) const EXISTS: u32 = 4;
    /// What happened: a text for each [kind of event](crate::release::EventKind).
    pub(crate) const EVENT_NAME: u32 = 5;
    /// An element in short, `tag#id` or `tag.class`: a place.
    pub(crate) const DESCRIPTION: u32 = 6;
    /// Another variable.
    pub(crate) const VARIABLE: u32 = 7;
    /// Joined into a text: pairs of 0 and a text, or 1 and a variable.
    pub(crate) const TEMPLATE: u32 = 8;
    /// The same as an address: what variables put in is encoded.
    pub(crate) const ADDRESS: u32 = 9;
    /// The first of these variables that has a value, and not an empty one.
    pub(crate) const FIRST: u32 = 10;
    /// All of these variables that have a value, and not an empty one, with a text (first word) between them.
    pub(crate) const JOIN: u32 = 11;
    /// What stands beside the value of a variable (first word) in a table: texts and values.
    pub(crate) const LOOKUP: u32 = 12;
    /// What stands beside the first pattern that is found in a variable (first word): patterns and values.
    pub(crate) const PATTERNS: u32 = 13;
}

/// Beside the transforms of hosts: the value becomes a text, whatever it was.
pub(crate) const AS_TEXT: u32 = 100;

/// Where what is read stands among the words.
const OPERANDS: usize = 4;

/// The first word of a [`Place`]: the element that the trigger matched.
pub(crate) const MATCHED: u32 = 0;
/// The form that this element is or belongs to.
pub(crate) const FORM: u32 = 1;
/// Added to the selector of the nearest element around it.
pub(crate) const AROUND: u32 = 2;

/// Which element is meant. Its words: one of those above; then 0, or one more than the selector of the first in there. If the
/// first word is [`MATCHED`], that one is looked for in the whole document.
pub(crate) struct Place {
    around: u32,
    within: Option<SelectorId>,
}

impl Place {
    pub(crate) fn of(words: &[u32]) -> Self {
        let within = word(words, 1).checked_sub(1);
        Self {
            around: word(words, 0),
            within: within.map(|selector| SelectorId::from_index(size(selector))),
        }
    }

    /// Where to look; `None`: nowhere.
    fn outer<H: Host>(&self, matched: Option<&H::Element>, host: &mut H) -> Option<H::Element> {
        match self.around {
            MATCHED => matched.cloned(),
            FORM => host.form(matched?),
            selector => host.closest(matched?, SelectorId::from_index(size(selector - AROUND))),
        }
    }

    pub(crate) fn find<H: Host>(
        &self,
        matched: Option<&H::Element>,
        host: &mut H,
    ) -> Option<H::Element> {
        let Some(selector) = self.within else {
            return self.outer(matched, host);
        };
        if self.around == MATCHED {
            return host.find(None, selector);
        }
        let outer = self.outer(matched, host)?;
        host.find(Some(&outer), selector)
    }

    fn count<H: Host>(&self, matched: Option<&H::Element>, host: &mut H) -> u32 {
        let Some(selector) = self.within else {
            return u32::from(self.outer(matched, host).is_some());
        };
        if self.around == MATCHED {
            return host.count(None, selector);
        }
        let outer = self.outer(matched, host);
        outer.map_or(0, |outer| host.count(Some(&outer), selector))
    }
}

/// What `op` says of these words.
#[cfg(feature = "authoring")]
pub(crate) fn operands(words: &[u32]) -> &[u32] {
    list(words.get(OPERANDS..).unwrap_or(&[])).0
}

/// How the variable of these words changes texts.
#[cfg(feature = "authoring")]
pub(crate) fn transforms(words: &[u32]) -> impl Iterator<Item = u32> + '_ {
    let by_op = match word(words, 0) {
        op::ADDRESS => Some(Transform::Encode as u32),
        op::PATTERNS => Some(Transform::Expand as u32),
        _ => None,
    };
    let steps = list(words.get(OPERANDS..).unwrap_or(&[])).1;
    let by_steps = steps.chunks_exact(3).map(|step| word(step, 0));
    by_steps.chain(by_op)
}

fn variable_id(word: u32) -> VariableId {
    VariableId::from_index(size(word))
}

impl<H: Host> Scene<'_, '_, H> {
    /// The value of a variable. One that does not depend on an element is read once.
    pub(crate) fn variable(
        &mut self,
        id: VariableId,
        element: Option<&H::Element>,
    ) -> Option<Value> {
        let words = self.release.variable(id);
        let needs_element = word(words, 1) > 0;
        if needs_element {
            return self.deeper(|scene| scene.read(words, element)).flatten();
        }
        if let Ok(at) = self.place_of_value(id) {
            return self.page_values.get(at)?.1.clone();
        }
        let value = self.deeper(|scene| scene.read(words, None)).flatten();
        if let Err(at) = self.place_of_value(id) {
            self.page_values.insert(at, (id, value.clone()));
        }
        value
    }

    fn place_of_value(&self, id: VariableId) -> Result<usize, usize> {
        self.page_values
            .binary_search_by(|(known, _)| known.cmp(&id))
    }

    /// The value, of the type asked for, or the default.
    fn read(&mut self, words: &[u32], element: Option<&H::Element>) -> Option<Value> {
        let (operands, steps) = list(words.get(OPERANDS..).unwrap_or(&[]));
        let mut value = self.find(word(words, 0), operands, element);
        for step in steps.chunks_exact(3) {
            let argument = self.release.text(word(step, 2));
            value =
                value.and_then(|value| self.changed(value, word(step, 0), word(step, 1), argument));
        }
        value.or_else(|| match word(words, 2) {
            0 => None,
            kind => Some(self.constant(kind, word(words, 3))),
        })
    }

    fn constant(&self, kind: u32, text: u32) -> Value {
        Value::new(Kind::of(kind), String::from(self.release.text(text)))
    }

    fn find(&mut self, op: u32, operands: &[u32], element: Option<&H::Element>) -> Option<Value> {
        let release = self.release;
        let first = word(operands, 0);
        let rest = operands.get(1..).unwrap_or(&[]);
        let place = Place::of(operands);
        let text = match op {
            op::CONSTANT => return Some(self.constant(first, word(operands, 1))),
            op::PAGE => {
                let key = release.text(word(operands, 1));
                return self.host.lend(Lent::of(first)?, key, None);
            }
            op::ELEMENT => {
                let found = place.find(element, self.host)?;
                let what = Lent::of(word(operands, 2))?;
                let key = release.text(word(operands, 3));
                let value = self.host.lend(what, key, Some(&found))?;
                if what != Lent::Text {
                    return Some(value);
                }
                value::tidy(&value.into_text())
            }
            op::COUNT => {
                let mut text = String::new();
                write_integer(&mut text, place.count(element, self.host).into());
                return Some(Value::new(Kind::Number, text));
            }
            op::EXISTS => return Some(Value::boolean(place.count(element, self.host) > 0)),
            op::EVENT_NAME => String::from(self.event_name(operands)),
            op::DESCRIPTION => {
                let found = place.find(element, self.host)?;
                self.describe(&found)
            }
            op::VARIABLE => return self.variable(variable_id(first), element),
            op::FIRST => {
                let mut values = operands
                    .iter()
                    .filter_map(|id| self.variable(variable_id(*id), element));
                return values.find(Value::is_filled);
            }
            op::TEMPLATE | op::ADDRESS => {
                let mut text = String::new();
                for part in operands.chunks_exact(2) {
                    let what = word(part, 1);
                    if word(part, 0) == 0 {
                        text.push_str(release.text(what));
                    } else if let Some(value) = self.variable(variable_id(what), element) {
                        let mut value = value.into_text();
                        if op == op::ADDRESS {
                            let how = Transform::Encode;
                            value = self
                                .host
                                .transform(how, None, "", &value)
                                .unwrap_or_default();
                        }
                        text.push_str(&value);
                    }
                    text = value::cut(text);
                }
                text
            }
            op::JOIN => {
                let mut text = String::new();
                for id in rest {
                    let value = self.variable(variable_id(*id), element);
                    if let Some(value) = value.filter(Value::is_filled) {
                        if !text.is_empty() {
                            text.push_str(release.text(first));
                        }
                        text.push_str(&value.into_text());
                        text = value::cut(text);
                    }
                }
                if text.is_empty() {
                    return None;
                }
                text
            }
            op::LOOKUP | op::PATTERNS => {
                let input = self.variable(variable_id(first), element)?.into_text();
                return rest
                    .chunks_exact(3)
                    .find_map(|row| self.beside(op, row, &input));
            }
            _ => return None,
        };
        Some(Value::text(text))
    }

    /// The value of a row in a table, if it is the one of this text.
    fn beside(&mut self, op: u32, row: &[u32], input: &str) -> Option<Value> {
        let key = word(row, 0);
        let value = self.constant(word(row, 1), word(row, 2));
        if op == op::LOOKUP {
            return (self.release.text(key) == input).then_some(value);
        }
        let pattern = PatternId::from_index(size(key));
        if value.kind() == Kind::Text {
            let how = Transform::Expand;
            let expanded = self
                .host
                .transform(how, Some(pattern), value.as_str(), input);
            return expanded.map(Value::text);
        }
        self.host.matches_pattern(pattern, input).then_some(value)
    }

    /// A value after one step.
    pub(crate) fn changed(
        &mut self,
        value: Value,
        how: u32,
        pattern: u32,
        argument: &str,
    ) -> Option<Value> {
        let is_list = value.kind() == Kind::List;
        let kind = match Transform::of(how) {
            None if how == AS_TEXT => return Some(Value::text(value.into_text())),
            None => return None,
            Some(Transform::List) if is_list => return Some(value),
            Some(Transform::List) => Kind::List,
            // A list is no number, even if it has one entry.
            Some(how) if is_list && how as u32 > Transform::List as u32 => return None,
            Some(Transform::Boolean) => Kind::Boolean,
            Some(Transform::Number | Transform::Integer | Transform::Money | Transform::Round) => {
                Kind::Number
            }
            Some(_) => Kind::Text,
        };
        let how = Transform::of(how)?;
        let pattern = pattern.checked_sub(1);
        let pattern = pattern.map(|pattern| PatternId::from_index(size(pattern)));
        let text = self
            .host
            .transform(how, pattern, argument, &value.into_text())?;
        Some(Value::new(kind, text))
    }

    /// The value as it may be sent.
    pub(crate) fn without_personal_data(&mut self, value: Value) -> Value {
        let kinds = self.release.redact();
        if kinds.is_empty() {
            return value;
        }
        let text = value.clone().into_text();
        match self.host.transform(Transform::Redact, None, kinds, &text) {
            Some(redacted) if redacted != text => Value::text(redacted),
            _ => value,
        }
    }
}
