//! The release: the compact binary form of a checked container, and its reader.
//!
//! ```text
//! byte 0    format version (FORMAT)
//! bytes 1…  `Release` as `wire.rs` writes it: site, number, selectors, patterns, variables, conditions, triggers, tags
//! ```
//!
//! Reading checks everything evaluation relies on: ids point into their tables, conditions are shallow trees. A release
//! that was read cannot make [`crate::evaluate::evaluate`] panic or run away. It holds no names of variables and no
//! paused tags: only what the page needs.

use alloc::string::String;
use alloc::vec::Vec;

use crate::condition::{self, Condition};
use crate::id::{ConditionId, SelectorId, TagId, TriggerId, VariableId};
use crate::value::Value;
use crate::variable::Variable;
use crate::wire::{Reader, wire_enum, wire_struct};

/// The version this reader understands.
pub const FORMAT: u8 = 1;
/// Bytes of a release, at most: a hundred times what a large container takes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Why bytes are no release. A number, because the page has no use for sentences.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
#[repr(u8)]
pub enum ReleaseError {
    /// Made for another version of the reader.
    Format = 1,
    /// More than [`MAX_BYTES`].
    TooLarge = 2,
    /// Not what a compiler wrote.
    Damaged = 3,
    /// Refers to what it does not contain.
    Unsound = 4,
}

/// The rules of one site, ready to be evaluated.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Release {
    pub(crate) site: String,
    pub(crate) number: u32,
    pub(crate) selectors: Vec<String>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) tags: Vec<Tag>,
    /// Triggers by what they wait for, in ascending order. Derived when read.
    pub(crate) by_event: [Vec<TriggerId>; EventKind::COUNT],
}

/// A regular expression that means the same here and in the page.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq, Clone))]
pub struct Pattern {
    /// As JavaScript writes it, for the flag `u`.
    pub source: String,
    /// Whether the flag `i` is set.
    pub ignore_case: bool,
}

/// What a trigger waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub enum EventKind {
    /// A page was loaded, or its address changed.
    Pageview,
    /// A click.
    Click,
    /// A form was sent.
    Form,
    /// An element was seen.
    Visible,
}

impl EventKind {
    const COUNT: usize = 4;

    fn index(self) -> usize {
        match self {
            Self::Pageview => 0,
            Self::Click => 1,
            Self::Form => 2,
            Self::Visible => 3,
        }
    }

    /// The value of the variable `event.name`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pageview => "pageview",
            Self::Click => "click",
            Self::Form => "form",
            Self::Visible => "visible",
        }
    }
}

/// A trigger of a release.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Trigger {
    pub(crate) name: String,
    pub(crate) kind: TriggerKind,
    pub(crate) when: Option<ConditionId>,
    /// Tags that have this trigger in `on`, in ascending order. Derived when read.
    pub(crate) tags: Vec<TagId>,
}

/// What a trigger waits for, with its settings.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum TriggerKind {
    Pageview,
    Click(Option<SelectorId>),
    Form(Option<SelectorId>),
    Visible(Visible),
}

/// Settings of a trigger that waits until an element has been seen.
#[derive(Clone, Copy)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Visible {
    /// Which elements to watch.
    pub selector: SelectorId,
    /// How much of the element, or of the viewport where the element is larger, must be in view: 1 to 100.
    pub percent: u8,
    /// For how long without a break, in milliseconds.
    pub for_ms: u32,
}

/// A tag of a release.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Tag {
    pub(crate) name: String,
    pub(crate) event: String,
    pub(crate) on: Vec<TriggerId>,
    pub(crate) except: Vec<TriggerId>,
    pub(crate) with: Vec<(String, Expression)>,
    pub(crate) once_per: OncePer,
}

/// How often a tag may fire.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub enum OncePer {
    /// Every time.
    Event,
    /// Once for each element of the page view.
    Element,
    /// Once in the page view.
    Page,
}

/// How a property of an event is made.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Expression {
    Constant(Value),
    /// A variable as it is, with its type.
    Variable(VariableId),
    /// Texts and variables, joined into a text.
    Template(Vec<Part>),
}

/// A piece of a template.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Part {
    Text(String),
    Variable(VariableId),
}

wire_struct!(Release {
    site, number, selectors, patterns, variables, conditions, triggers, tags
} derived { by_event });
wire_struct!(Pattern {
    source,
    ignore_case
});
wire_struct!(Trigger { name, kind, when } derived { tags });
wire_enum!(TriggerKind { 0 => Pageview, 1 => Click(selector), 2 => Form(selector), 3 => Visible(settings) });
wire_struct!(Visible {
    selector,
    percent,
    for_ms
});
wire_struct!(Tag {
    name,
    event,
    on,
    except,
    with,
    once_per
});
wire_enum!(OncePer { 0 => Event, 1 => Element, 2 => Page });
wire_enum!(Expression { 0 => Constant(value), 1 => Variable(id), 2 => Template(parts) });
wire_enum!(Part { 0 => Text(text), 1 => Variable(id) });

impl Release {
    /// Reads what [`compile`](crate::compile) wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, ReleaseError> {
        if bytes.len() > MAX_BYTES {
            return Err(ReleaseError::TooLarge);
        }
        let Some((&FORMAT, body)) = bytes.split_first() else {
            return Err(ReleaseError::Format);
        };
        let Some(mut release) = Reader::whole::<Self>(body) else {
            return Err(ReleaseError::Damaged);
        };
        if !release.is_sound() {
            return Err(ReleaseError::Unsound);
        }
        release.derive_indexes();
        Ok(release)
    }

    /// The site these rules belong to.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The number of this release among those of the site.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The selectors, at the positions that a [`SelectorId`] names.
    pub fn selectors(&self) -> &[String] {
        &self.selectors
    }

    /// The patterns, at the positions that a [`PatternId`](crate::id::PatternId) names.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// A trigger by its id.
    pub fn trigger(&self, id: TriggerId) -> Option<&Trigger> {
        self.triggers.get(id.index())
    }

    /// What the page has to watch for triggers of the kind `visible`.
    pub fn visible_triggers(&self) -> impl Iterator<Item = (TriggerId, Visible)> + '_ {
        self.waiting_for(EventKind::Visible)
            .iter()
            .filter_map(|id| match self.triggers.get(id.index())?.kind {
                TriggerKind::Visible(settings) => Some((*id, settings)),
                _ => None,
            })
    }

    /// The triggers that wait for an event, in ascending order.
    pub fn waiting_for(&self, event: EventKind) -> &[TriggerId] {
        self.by_event.get(event.index()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn derive_indexes(&mut self) {
        for (index, trigger) in self.triggers.iter().enumerate() {
            if let Some(list) = self.by_event.get_mut(trigger.kind.event().index()) {
                list.push(TriggerId::from_index(index));
            }
        }
        for (index, tag) in self.tags.iter().enumerate() {
            let id = TagId::from_index(index);
            for trigger in &tag.on {
                if let Some(trigger) = self.triggers.get_mut(trigger.index())
                    && trigger.tags.last() != Some(&id)
                {
                    trigger.tags.push(id);
                }
            }
        }
    }

    /// Whether every id points into its table and the conditions are trees.
    fn is_sound(&self) -> bool {
        let (selectors, variables) = (self.selectors.len(), self.variables.len());
        self.variables
            .iter()
            .all(|variable| variable.is_sound(selectors))
            && condition::are_sound(&self.conditions, variables, self.patterns.len())
            && self.triggers.iter().all(|trigger| {
                trigger
                    .kind
                    .selector()
                    .is_none_or(|selector| selector.index() < selectors)
                    && trigger
                        .when
                        .is_none_or(|when| when.index() < self.conditions.len())
            })
            && self.tags.iter().all(|tag| {
                tag.on
                    .iter()
                    .chain(&tag.except)
                    .all(|trigger| trigger.index() < self.triggers.len())
                    && tag
                        .with
                        .iter()
                        .all(|(_, expression)| expression.is_sound(variables))
            })
    }
}

impl TriggerKind {
    pub(crate) fn event(&self) -> EventKind {
        match self {
            Self::Pageview => EventKind::Pageview,
            Self::Click(_) => EventKind::Click,
            Self::Form(_) => EventKind::Form,
            Self::Visible(_) => EventKind::Visible,
        }
    }

    fn selector(&self) -> Option<SelectorId> {
        match self {
            Self::Pageview => None,
            Self::Click(selector) | Self::Form(selector) => *selector,
            Self::Visible(settings) => Some(settings.selector),
        }
    }
}

impl Trigger {
    /// The name it has in the container.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Tag {
    /// The name it has in the container.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the event it sends.
    pub fn event(&self) -> &str {
        &self.event
    }
}

impl Expression {
    fn is_sound(&self, variables: usize) -> bool {
        let known = |id: &VariableId| id.index() < variables;
        match self {
            Self::Constant(_) => true,
            Self::Variable(id) => known(id),
            Self::Template(parts) => parts.iter().all(|part| match part {
                Part::Text(_) => true,
                Part::Variable(id) => known(id),
            }),
        }
    }
}
