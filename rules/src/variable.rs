//! Variables: where a value comes from, and how the host is asked for it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decimal::Decimal;
use crate::encode::push_encoded;
use crate::evaluate::Scene;
use crate::host::{Host, Lent, Transform};
use crate::id::{PatternId, SelectorId, VariableId};
use crate::release::Part;
use crate::value::{self, Cast, Value};
use crate::wire::{wire_enum, wire_struct};

/// How many values a variable reads at most, those its own variables read included.
pub(crate) const MAX_READS: u32 = 500;

/// A variable of a release.
#[cfg_attr(feature = "authoring", derive(Clone))]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) struct Variable {
    pub(crate) source: Source,
    /// What is done to the value, in order.
    pub(crate) steps: Vec<Step>,
    pub(crate) cast: Option<Cast>,
    /// Stands in when there is no value, or none of the type asked for.
    pub(crate) default: Option<Value>,
    /// Whether the value depends on the element that a trigger matched. Derived when read.
    pub(crate) needs_element: bool,
}

/// Where a variable reads.
#[cfg_attr(feature = "authoring", derive(Clone))]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Source {
    /// The same value always.
    Constant(Value),
    /// What the host lends of the page.
    Page(Lent, String),
    /// What the host lends of an element.
    Element(Place, Lent, String),
    /// How many elements there are.
    Count(Place),
    /// Whether there is such an element.
    Exists(Place),
    /// What happened: `pageview`, `click`, `form`, `visible`.
    EventName,
    /// An element in short: `tag#id` or `tag.class`.
    Description(Place),
    /// Another variable.
    Variable(VariableId),
    /// Texts and variables, joined into a text.
    Template(Vec<Part>),
    /// The first that has a value, and not an empty one.
    First(Vec<VariableId>),
    /// All that have a value, and not an empty one, with a text between them.
    Join(String, Vec<VariableId>),
    /// What stands beside the value of a variable in a table, which is sorted.
    Lookup(VariableId, Vec<(String, Value)>),
    /// What stands beside the first pattern that is found in a variable.
    PatternTable(VariableId, Vec<(PatternId, Value)>),
}

/// What is done to a value.
#[cfg_attr(feature = "authoring", derive(Clone))]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Step {
    /// The host changes the text.
    Text(Transform, Option<PatternId>, String),
    /// The number, rounded to so many decimals.
    Round(u8),
    /// The name of the last range that the number is not below; the first range has no beginning.
    Bucket(Vec<(Option<Decimal>, String)>),
}

/// Which element a variable reads from.
#[cfg_attr(feature = "authoring", derive(Clone))]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Place {
    /// The element that the trigger matched.
    Matched,
    /// The form that the matched element is or belongs to.
    Form,
    /// The nearest element around the matched one, itself included.
    Around(SelectorId),
    /// The first such element of the document.
    Anywhere(SelectorId),
    /// The first such element (second) inside the nearest one around the matched one (first).
    Within(SelectorId, SelectorId),
}

wire_struct!(Variable { source, steps, cast, default } derived { needs_element });
wire_enum!(Source {
    0 => Constant(value),
    1 => Page(what, key),
    2 => Element(place, what, key),
    3 => Count(place),
    4 => Exists(place),
    5 => EventName,
    6 => Description(place),
    7 => Variable(id),
    8 => Template(parts),
    9 => First(ids),
    10 => Join(between, ids),
    11 => Lookup(id, table),
    12 => PatternTable(id, table),
});
wire_enum!(Step {
    0 => Text(how, pattern, argument),
    1 => Round(decimals),
    2 => Bucket(ranges),
});
wire_enum!(Place {
    0 => Matched,
    1 => Form,
    2 => Around(selector),
    3 => Anywhere(selector),
    4 => Within(around, selector),
});

impl Place {
    fn needs_element(&self) -> bool {
        !matches!(self, Self::Anywhere(_))
    }

    /// Whether every selector of the place is one of the `selectors` of the release.
    pub(crate) fn is_sound(&self, selectors: usize) -> bool {
        match self {
            Self::Matched | Self::Form => true,
            Self::Around(one) | Self::Anywhere(one) => one.index() < selectors,
            Self::Within(one, other) => one.index() < selectors && other.index() < selectors,
        }
    }

    pub(crate) fn find<H: Host>(
        &self,
        matched: Option<&H::Element>,
        host: &mut H,
    ) -> Option<H::Element> {
        match self {
            Self::Matched => matched.cloned(),
            Self::Form => host.form(matched?),
            Self::Around(selector) => host.closest(matched?, *selector),
            Self::Anywhere(selector) => host.find(None, *selector),
            Self::Within(around, selector) => {
                let around = host.closest(matched?, *around)?;
                host.find(Some(&around), *selector)
            }
        }
    }

    fn count<H: Host>(&self, matched: Option<&H::Element>, host: &mut H) -> u32 {
        let found = match self {
            Self::Anywhere(selector) => return host.count(None, *selector),
            Self::Within(around, selector) => {
                let around = matched.and_then(|matched| host.closest(matched, *around));
                return around.map_or(0, |around| host.count(Some(&around), *selector));
            }
            Self::Matched | Self::Form | Self::Around(_) => self.find(matched, host),
        };
        u32::from(found.is_some())
    }
}

impl Source {
    fn place(&self) -> Option<&Place> {
        match self {
            Self::Element(place, ..)
            | Self::Description(place)
            | Self::Count(place)
            | Self::Exists(place) => Some(place),
            _ => None,
        }
    }

    /// The variables it reads.
    fn reads(&self, mut read: impl FnMut(VariableId)) {
        match self {
            Self::Variable(id) | Self::Lookup(id, _) | Self::PatternTable(id, _) => read(*id),
            Self::First(ids) | Self::Join(_, ids) => ids.iter().copied().for_each(read),
            Self::Template(parts) => parts.iter().for_each(|part| {
                if let Part::Variable(id) = part {
                    read(*id);
                }
            }),
            _ => {}
        }
    }

    fn patterns_are(&self, known: impl Fn(&PatternId) -> bool) -> bool {
        match self {
            Self::PatternTable(_, table) => table.iter().all(|(pattern, _)| known(pattern)),
            _ => true,
        }
    }
}

/// Whether every selector and pattern is one of the release, every variable reads only variables before it, and none
/// reads more than [`MAX_READS`] values: then reading one ends soon and needs little of the stack.
pub(crate) fn are_sound(variables: &[Variable], selectors: usize, patterns: usize) -> bool {
    let mut costs: Vec<u32> = Vec::with_capacity(variables.len());
    for Variable { source, steps, .. } in variables {
        let mut cost = 1_u32;
        source.reads(|id| {
            cost = cost.saturating_add(costs.get(id.index()).copied().unwrap_or(u32::MAX));
        });
        let known = |pattern: &PatternId| pattern.index() < patterns;
        let is_sound = cost <= MAX_READS
            && source.place().is_none_or(|it| it.is_sound(selectors))
            && source.patterns_are(known)
            && steps.iter().all(|step| match step {
                Step::Text(_, Some(pattern), _) => known(pattern),
                _ => true,
            });
        if !is_sound {
            return false;
        }
        costs.push(cost);
    }
    true
}

/// Marks the variables that depend on an element, directly or through others.
pub(crate) fn derive(variables: &mut [Variable]) {
    for at in 0..variables.len() {
        let Some((variable, before)) = variables.get_mut(..=at).and_then(<[_]>::split_last_mut)
        else {
            continue;
        };
        let mut needs = variable.source.place().is_some_and(Place::needs_element);
        variable.source.reads(|id| {
            needs |= before.get(id.index()).is_some_and(|it| it.needs_element);
        });
        variable.needs_element = needs;
    }
}

impl<'r, H: Host> Scene<'r, '_, H> {
    /// The value of a variable. One that does not depend on an element is read once.
    pub(crate) fn variable(
        &mut self,
        id: VariableId,
        element: Option<&H::Element>,
    ) -> Option<Value> {
        let variable = self.release.variables.get(id.index())?;
        if variable.needs_element {
            return self.read(variable, element);
        }
        if self.page_values.is_empty() {
            self.page_values.resize(self.release.variables.len(), None);
        }
        if let Some(Some(known)) = self.page_values.get(id.index()) {
            return known.clone();
        }
        let value = self.read(variable, None);
        if let Some(slot) = self.page_values.get_mut(id.index()) {
            *slot = Some(value.clone());
        }
        value
    }

    /// The value, of the type asked for, or the default.
    fn read(&mut self, variable: &'r Variable, element: Option<&H::Element>) -> Option<Value> {
        let mut value = self.find(&variable.source, element);
        for step in &variable.steps {
            value = value.and_then(|value| step.apply(value, self.host));
        }
        if let Some(cast) = variable.cast {
            value = value.and_then(|value| value.cast(cast));
        }
        value.or_else(|| variable.default.clone())
    }

    fn find(&mut self, source: &'r Source, element: Option<&H::Element>) -> Option<Value> {
        let text = match source {
            Source::Constant(value) => return Some(value.clone()),
            Source::Count(place) => {
                let count = place.count(element, self.host);
                return Some(Value::Number(Decimal::from(count)));
            }
            Source::Exists(place) => {
                return Some(Value::Boolean(place.count(element, self.host) > 0));
            }
            Source::Variable(id) => return self.variable(*id, element),
            Source::First(ids) => {
                let mut values = ids.iter().filter_map(|id| self.variable(*id, element));
                return values.find(Value::is_filled);
            }
            Source::Lookup(id, table) => {
                let input = self.variable(*id, element)?.into_text();
                let at = table.binary_search_by(|(key, _)| key.cmp(&input)).ok()?;
                return table.get(at).map(|(_, value)| value.clone());
            }
            Source::PatternTable(id, table) => {
                let input = self.variable(*id, element)?.into_text();
                return table.iter().find_map(|(pattern, value)| match value {
                    Value::Text(text) => {
                        let how = Transform::Expand;
                        let expanded = self.host.transform(how, Some(*pattern), text, &input);
                        expanded.map(|text| Value::Text(value::cut(text)))
                    }
                    value => {
                        let found = self.host.matches_pattern(*pattern, &input);
                        found.then(|| value.clone())
                    }
                });
            }
            Source::Page(what, key) => {
                return self.host.lend(*what, key, None).map(Value::within_bounds);
            }
            Source::Element(place, what, key) => {
                let found = place.find(element, self.host)?;
                let value = self.host.lend(*what, key, Some(&found))?;
                return Some(match what {
                    Lent::Text => Value::Text(value::tidy(&value.into_text())),
                    _ => value.within_bounds(),
                });
            }
            Source::EventName => String::from(self.event_name()),
            Source::Description(place) => {
                let found = place.find(element, self.host)?;
                self.describe(&found)
            }
            Source::Template(parts) => self.template(parts, element, false),
            Source::Join(between, ids) => {
                let mut text = String::new();
                for id in ids {
                    let value = self.variable(*id, element).filter(Value::is_filled);
                    if let Some(value) = value {
                        if !text.is_empty() {
                            text.push_str(between);
                        }
                        value.write_text(&mut text);
                    }
                }
                if text.is_empty() {
                    return None;
                }
                text
            }
        };
        Some(Value::Text(value::cut(text)))
    }

    /// The value as it may be sent.
    pub(crate) fn without_personal_data(&mut self, value: Value) -> Value {
        let kinds = self.release.privacy.redact.as_str();
        if kinds.is_empty() {
            return value;
        }
        let text = value.clone().into_text();
        match self.host.transform(Transform::Redact, None, kinds, &text) {
            Some(redacted) if redacted != text => Value::Text(redacted),
            _ => value,
        }
    }

    /// Texts and variables in a row. A variable without a value is nothing.
    pub(crate) fn template(
        &mut self,
        parts: &[Part],
        element: Option<&H::Element>,
        for_address: bool,
    ) -> String {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Variable(id) => match self.variable(*id, element) {
                    Some(value) if for_address => push_encoded(&mut text, &value.into_text()),
                    Some(value) => value.write_text(&mut text),
                    None => {}
                },
            }
        }
        value::cut(text)
    }
}

impl Step {
    fn apply<H: Host>(&self, value: Value, host: &mut H) -> Option<Value> {
        let text = match self {
            Self::Text(how, pattern, argument) => {
                let changed = host.transform(*how, *pattern, argument, &value.into_text())?;
                value::cut(changed)
            }
            Self::Round(decimals) => {
                let number = value.as_number()?.rounded(*decimals);
                return Some(Value::Number(number));
            }
            Self::Bucket(ranges) => {
                let number = value.as_number()?;
                let mut reached = ranges.iter().rev();
                let (_, name) = reached.find(|(from, _)| from.is_none_or(|from| from <= number))?;
                name.clone()
            }
        };
        Some(Value::Text(text))
    }
}
