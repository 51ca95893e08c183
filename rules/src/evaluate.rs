//! What fires: a release and something that happened on the page -> events to send.
//!
//! Pure but for the [`Host`], which lends the page. The order of events is the order of tags in the container. Costs what
//! the triggers waiting for this kind of event cost; nothing else of the release is looked at.

use alloc::string::String;
use alloc::vec::Vec;

use crate::condition::Condition;
use crate::id::{ConditionId, PatternId, SelectorId, TagId, TriggerId, VariableId};
use crate::limits::{Limits, Who};
use crate::release::{EventKind, Expression, OncePer, Part, Release, Tag, Trigger, TriggerKind};
use crate::trace::{Step, TagHeld, TriggerHeld};
use crate::value::{self, Value};
use crate::wire::wire_enum;

/// Classes named in the description of an element, at most.
const MAX_DESCRIBED_CLASSES: usize = 3;

/// A field of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
pub enum PageField {
    /// The whole address.
    Url,
    /// Host name, without port.
    Host,
    /// Path, beginning with a slash.
    Path,
    /// What follows `#`, without it.
    Fragment,
    /// Title of the document.
    Title,
    /// Address of the page before.
    Referrer,
    /// Language of the document, else of the browser.
    Language,
}

wire_enum!(PageField {
    0 => Url,
    1 => Host,
    2 => Path,
    3 => Fragment,
    4 => Title,
    5 => Referrer,
    6 => Language,
});

/// The page, lent. Every answer may be `None`; none may panic.
///
/// Texts may be of any length (they are cut after the call), but a host does well not to copy megabytes.
pub trait Host {
    /// A handle to an element; cheap to clone.
    type Element: Clone;

    /// A field of the page.
    fn page(&mut self, field: PageField) -> Option<String>;
    /// A parameter of the page's address, decoded; the first of several.
    fn query(&mut self, name: &str) -> Option<String>;
    /// The name of the element's tag, in lower case.
    fn tag_name(&mut self, element: &Self::Element) -> String;
    /// An attribute as written; `None` if the element has none of that name.
    fn attribute(&mut self, element: &Self::Element, name: &str) -> Option<String>;
    /// An attribute that holds an address, made absolute.
    fn address(&mut self, element: &Self::Element, name: &str) -> Option<String>;
    /// The text in the element, white space as it comes.
    fn text(&mut self, element: &Self::Element) -> Option<String>;
    /// The form that the element is or belongs to.
    fn form(&mut self, element: &Self::Element) -> Option<Self::Element>;
    /// The nearest match around the element, itself included, across the borders of shadow roots.
    fn closest(&mut self, element: &Self::Element, selector: SelectorId) -> Option<Self::Element>;
    /// The first match inside an element, or in the document.
    fn find(
        &mut self,
        within: Option<&Self::Element>,
        selector: SelectorId,
    ) -> Option<Self::Element>;
    /// The number of matches inside an element, or in the document.
    fn count(&mut self, within: Option<&Self::Element>, selector: SelectorId) -> u32;
    /// Whether the pattern is found somewhere in the text.
    fn matches_pattern(&mut self, pattern: PatternId, text: &str) -> bool;
    /// The text in lower case, by Unicode.
    fn lowercase(&mut self, text: &str) -> String;
    /// A number that is the element's own as long as the page lives.
    fn element_key(&mut self, element: &Self::Element) -> u32;
    /// Is told what the evaluation does, step by step. The page has no use for it.
    #[inline]
    fn trace(&mut self, _step: Step<'_, Self::Element>) {}
}

/// Something that happened on the page.
pub enum Occurrence<E> {
    /// A page was loaded, or its address changed.
    Pageview,
    /// A click.
    Click {
        /// The innermost element under the pointer.
        target: E,
    },
    /// A form was sent.
    Form {
        /// The form.
        form: E,
    },
    /// An element was seen, as the trigger asks for.
    Visible {
        /// The element.
        element: E,
        /// The trigger that was waiting for it.
        trigger: TriggerId,
    },
}

/// An event to send.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub struct Firing<'r> {
    /// The tag that fired.
    pub tag: &'r Tag,
    /// The trigger that made it fire: the first in the tag's `on` that did.
    pub trigger: &'r Trigger,
    /// The element it happened on, described as `tag#id` or `tag.class`; empty for a page view.
    pub element: String,
    /// The properties, in the order of the container. One without a value is left out.
    pub props: Vec<(&'r str, Value)>,
}

/// What fires, in the order of the tags.
pub fn evaluate<'r, H: Host>(
    release: &'r Release,
    occurrence: &Occurrence<H::Element>,
    host: &mut H,
    limits: &mut Limits,
) -> Vec<Firing<'r>> {
    let mut scene = Scene {
        release,
        event: occurrence.kind(),
        host,
        page_values: Vec::new(),
    };
    let matches = scene.matches(occurrence, limits);
    let mut firings = Vec::new();
    for id in tags_of(&matches) {
        if let Some(firing) = scene.fire(id, &matches, limits) {
            firings.push(firing);
        }
    }
    firings
}

impl<E> Occurrence<E> {
    fn kind(&self) -> EventKind {
        match self {
            Self::Pageview => EventKind::Pageview,
            Self::Click { .. } => EventKind::Click,
            Self::Form { .. } => EventKind::Form,
            Self::Visible { .. } => EventKind::Visible,
        }
    }
}

/// A trigger that fired, and on which element.
struct Match<'r, E> {
    id: TriggerId,
    trigger: &'r Trigger,
    element: Option<E>,
}

/// One evaluation.
struct Scene<'r, 'h, H: Host> {
    release: &'r Release,
    event: EventKind,
    host: &'h mut H,
    /// Variables that do not depend on an element are read from the page once. Empty until the first is read.
    page_values: Vec<Option<Option<Value>>>,
}

impl<'r, H: Host> Scene<'r, '_, H> {
    /// Every trigger that fires, in ascending order.
    fn matches(
        &mut self,
        occurrence: &Occurrence<H::Element>,
        limits: &mut Limits,
    ) -> Vec<Match<'r, H::Element>> {
        let mut matches = Vec::new();
        for id in self.release.waiting_for(self.event) {
            let Some(trigger) = self.release.triggers.get(id.index()) else {
                continue;
            };
            let Some(element) = self.matched_element(*id, &trigger.kind, occurrence) else {
                continue;
            };
            let trigger_id = *id;
            self.host.trace(Step::Met {
                trigger: trigger_id,
                element: element.as_ref(),
            });
            let held = self.held(trigger_id, trigger, occurrence, element.as_ref(), limits);
            self.host.trace(Step::Trigger {
                trigger: trigger_id,
                held,
            });
            if held.is_some() {
                continue;
            }
            matches.push(Match {
                id: *id,
                trigger,
                element,
            });
        }
        matches
    }

    /// Why a trigger that is meant does not fire; `None` if it does.
    fn held(
        &mut self,
        id: TriggerId,
        trigger: &Trigger,
        occurrence: &Occurrence<H::Element>,
        element: Option<&H::Element>,
        limits: &mut Limits,
    ) -> Option<TriggerHeld> {
        if trigger.when.is_some_and(|when| !self.holds(when, element)) {
            return Some(TriggerHeld::Condition);
        }
        // An element counts as seen once in a page view, whatever the host reports.
        if let (Occurrence::Visible { .. }, Some(element)) = (occurrence, element) {
            let key = self.host.element_key(element);
            if !limits.is_first(&Who::Trigger(id), key) {
                return Some(TriggerHeld::Once);
            }
        }
        None
    }

    /// `None` if the trigger is not meant; else the element it is about, if there is one.
    fn matched_element(
        &mut self,
        id: TriggerId,
        kind: &TriggerKind,
        occurrence: &Occurrence<H::Element>,
    ) -> Option<Option<H::Element>> {
        match (kind, occurrence) {
            (TriggerKind::Pageview, Occurrence::Pageview) => Some(None),
            (TriggerKind::Click(selector), Occurrence::Click { target }) => match selector {
                Some(selector) => self.host.closest(target, *selector).map(Some),
                None => Some(Some(target.clone())),
            },
            (TriggerKind::Form(selector), Occurrence::Form { form }) => {
                let wanted = selector.is_none_or(|it| self.host.closest(form, it).is_some());
                wanted.then(|| Some(form.clone()))
            }
            (TriggerKind::Visible(_), Occurrence::Visible { element, trigger }) => {
                (*trigger == id).then(|| Some(element.clone()))
            }
            _ => None,
        }
    }

    /// The tag's event, unless an exception or a limit speaks against it.
    fn fire(
        &mut self,
        id: TagId,
        matches: &[Match<'r, H::Element>],
        limits: &mut Limits,
    ) -> Option<Firing<'r>> {
        let tag = self.release.tags.get(id.index())?;
        let excepted = tag
            .except
            .iter()
            .find(|trigger| find_match(matches, **trigger).is_some());
        if let Some(trigger) = excepted {
            let held = Some(TagHeld::Except(*trigger));
            self.host.trace(Step::Tag { tag: id, held });
            return None;
        }
        let matched = tag
            .on
            .iter()
            .find_map(|trigger| find_match(matches, *trigger))?;
        let element = matched.element.as_ref();
        let first = match (tag.once_per, element) {
            (OncePer::Event, _) => true,
            (OncePer::Element, Some(element)) => {
                limits.is_first(&Who::TagOnElement(id), self.host.element_key(element))
            }
            // A page view is about no element: once per element is once per page then.
            (OncePer::Element, None) | (OncePer::Page, _) => {
                limits.is_first(&Who::TagOnPage(id), 0)
            }
        };
        let held = (!first).then_some(TagHeld::Once);
        self.host.trace(Step::Tag { tag: id, held });
        if !first {
            return None;
        }
        let mut props = Vec::new();
        for (name, expression) in &tag.with {
            if let Some(value) = self.compute(expression, element) {
                props.push((name.as_str(), value));
            }
        }
        let element = element.map_or_else(String::new, |element| self.describe(element));
        Some(Firing {
            tag,
            trigger: matched.trigger,
            element,
            props,
        })
    }

    fn compute(&mut self, expression: &Expression, element: Option<&H::Element>) -> Option<Value> {
        match expression {
            Expression::Constant(value) => Some(value.clone()),
            Expression::Variable(id) => self.variable(*id, element),
            Expression::Template(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Text(part) => text.push_str(part),
                        Part::Variable(id) => {
                            if let Some(value) = self.variable(*id, element) {
                                value.write_text(&mut text);
                            }
                        }
                    }
                }
                Some(Value::Text(value::cut(text)))
            }
        }
    }

    /// Recursion is bounded: `condition::are_sound` has checked the depth.
    fn holds(&mut self, id: ConditionId, element: Option<&H::Element>) -> bool {
        let release = self.release;
        let holds = match release.conditions.get(id.index()) {
            None => false,
            Some(Condition::All(parts)) => parts.iter().all(|part| self.holds(*part, element)),
            Some(Condition::Any(parts)) => parts.iter().any(|part| self.holds(*part, element)),
            Some(Condition::Not(part)) => !self.holds(*part, element),
            Some(Condition::Leaf(leaf)) => {
                let value = self.variable(leaf.variable, element);
                self.host.trace(Step::Value {
                    condition: id,
                    value: value.as_ref(),
                });
                leaf.holds(value, self.host)
            }
        };
        self.host.trace(Step::Condition { id, holds });
        holds
    }

    fn variable(&mut self, id: VariableId, element: Option<&H::Element>) -> Option<Value> {
        let variable = self.release.variables.get(id.index())?;
        if variable.needs_element() {
            return variable.read(self.event.name(), element, self.host);
        }
        if self.page_values.is_empty() {
            self.page_values.resize(self.release.variables.len(), None);
        }
        if let Some(Some(known)) = self.page_values.get(id.index()) {
            return known.clone();
        }
        let value = variable.read(self.event.name(), None, self.host);
        if let Some(slot) = self.page_values.get_mut(id.index()) {
            *slot = Some(value.clone());
        }
        value
    }

    /// `tag#id`, else `tag.class.class`: what an analyst reads in the column `element`.
    fn describe(&mut self, element: &H::Element) -> String {
        let mut text = self.host.tag_name(element);
        let id = self.host.attribute(element, "id").unwrap_or_default();
        if let Some(id) = id.split_ascii_whitespace().next() {
            text.push('#');
            text.push_str(id);
        } else {
            let classes = self.host.attribute(element, "class").unwrap_or_default();
            for class in classes.split_ascii_whitespace().take(MAX_DESCRIBED_CLASSES) {
                text.push('.');
                text.push_str(class);
            }
        }
        value::cut(text)
    }
}

/// The tags that the triggers start, in ascending order, each once.
fn tags_of<E>(matches: &[Match<'_, E>]) -> Vec<TagId> {
    let mut tags: Vec<TagId> = Vec::new();
    for tag in matches.iter().flat_map(|found| &found.trigger.tags) {
        if let Err(at) = tags.binary_search(tag) {
            tags.insert(at, *tag);
        }
    }
    tags
}

fn find_match<'m, 'r, E>(matches: &'m [Match<'r, E>], id: TriggerId) -> Option<&'m Match<'r, E>> {
    let at = matches.binary_search_by(|found| found.id.cmp(&id)).ok()?;
    matches.get(at)
}
