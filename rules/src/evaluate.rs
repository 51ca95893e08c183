//! What fires: a release and something that happened on the page -> events to send.
//!
//! Pure but for the [`Host`], which lends the page. The order of events is the order of tags in the container. Costs what
//! the triggers waiting for this kind of event cost, of clicks those that anything around the click can be meant for; nothing
//! else of the release is looked at.

use alloc::string::String;
use alloc::vec::Vec;

pub use crate::host::Host;
use crate::host::Lent;
use crate::id::{SelectorId, TagId, TriggerId, VariableId};
use crate::limits::{Limits, Who};
use crate::release::{EVERYBODY, EventKind, OncePer, Release, Tag, Trigger, word};
use crate::trace::{Step, TagHeld, TriggerHeld};
use crate::value::{self, Value};
use crate::variable::{self, MAX_DEPTH};

/// Something that happened on the page: its kind, and of it what decides which triggers fire. Whatever else rules may read
/// of it is asked of the [`Host`].
pub struct Occurrence<E> {
    /// What happened.
    pub kind: EventKind,
    /// The element it happened on: the innermost one under the pointer, the form, the field, the video.
    pub element: Option<E>,
    /// The trigger whose settings were watched, for kinds that are watched for one trigger.
    pub trigger: Option<TriggerId>,
    /// The threshold that was reached, or how many times a timer has gone off.
    pub number: u32,
    /// The name of a custom event.
    pub name: String,
}

impl<E> Occurrence<E> {
    /// Something that is about no element.
    pub fn of(kind: EventKind) -> Self {
        Self {
            kind,
            element: None,
            trigger: None,
            number: 0,
            name: String::new(),
        }
    }

    /// Something that happened on an element.
    pub fn on(kind: EventKind, element: E) -> Self {
        Self {
            element: Some(element),
            ..Self::of(kind)
        }
    }

    /// A number that triggers wait for was reached.
    pub fn reached(kind: EventKind, number: u32) -> Self {
        Self {
            number,
            ..Self::of(kind)
        }
    }

    /// The page named an event.
    pub fn custom(name: String) -> Self {
        Self {
            name: value::cut(name),
            ..Self::of(EventKind::Custom)
        }
    }

    /// The trigger whose settings were watched.
    pub fn watched_for(self, trigger: TriggerId) -> Self {
        Self {
            trigger: Some(trigger),
            ..self
        }
    }
}

/// Something to do: an event to send, a pixel to ask for, a script to run, an entry for the data layer.
pub struct Firing<'r> {
    /// The tag that fired.
    pub tag: Tag<'r>,
    /// The trigger that made it fire: the first in the tag's `on` that did.
    pub trigger: Trigger<'r>,
    /// The element it happened on, described as `tag#id` or `tag.class`; empty for a page view.
    pub element: String,
    /// The properties, in the order of the container. One without a value is left out. Of a pixel: its address; of a script:
    /// address and hash.
    pub props: Vec<(&'r str, Value)>,
    /// Nothing may be done before consent is known: if that is denied, never.
    pub waits: bool,
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
        occurrence,
        host,
        page_values: Vec::new(),
        clicked_link: None,
        steps: release.max_steps(),
        depth: MAX_DEPTH,
    };
    let matches = scene.matches(limits);
    let mut firings = Vec::new();
    for id in tags_of(&matches) {
        if let Some(firing) = scene.fire(id, &matches, limits) {
            firings.push(firing);
        }
    }
    firings
}

/// A trigger that fired, and on which element.
struct Match<'r, E> {
    id: TriggerId,
    trigger: Trigger<'r>,
    element: Option<E>,
}

/// One evaluation.
pub(crate) struct Scene<'r, 'h, H: Host> {
    pub(crate) release: &'r Release,
    occurrence: &'h Occurrence<H::Element>,
    pub(crate) host: &'h mut H,
    /// Variables that do not depend on an element are read from the page once. In ascending order.
    pub(crate) page_values: Vec<(VariableId, Option<Value>)>,
    /// The link that was clicked, once it was asked for. All triggers ask for it by the same selector.
    clicked_link: Option<Option<H::Element>>,
    /// How many more values and conditions may be looked at.
    steps: u32,
    /// How much deeper they may go.
    depth: u32,
}

impl<'r, 'h, H: Host> Scene<'r, 'h, H> {
    /// Every trigger that fires, in ascending order: a release has triggers that look at others behind those.
    fn matches(&mut self, limits: &mut Limits) -> Vec<Match<'r, H::Element>> {
        let release = self.release;
        let mut matches = Vec::new();
        match &self.occurrence.element {
            Some(target) if self.occurrence.kind == EventKind::Click => {
                for id in self.clicked(target) {
                    self.try_trigger(id, &mut matches, limits);
                }
            }
            _ => {
                for id in release.waiting_for(self.occurrence.kind) {
                    self.try_trigger(id, &mut matches, limits);
                }
            }
        }
        let groups = release.waiting_for(EventKind::Group);
        for id in release.waiting_for(EventKind::AnyEvent) {
            // As an exception it matters only if something fires.
            let alone = matches.is_empty() && groups.len() == 0;
            let fires_tags = |trigger: Trigger<'_>| trigger.tags().len() > 0;
            if !alone || release.trigger(id).is_some_and(fires_tags) {
                self.try_trigger(id, &mut matches, limits);
            }
        }
        if !matches.is_empty() {
            for id in groups {
                self.try_trigger(id, &mut matches, limits);
            }
        }
        matches
    }

    /// The triggers that a click there may be meant for, in ascending order.
    fn clicked(&mut self, target: &H::Element) -> Vec<TriggerId> {
        let mut meant = Vec::new();
        while let Some(id) = self.host.near(target, meant.len()) {
            match meant.binary_search(&id) {
                // A host that repeats itself would go on for ever.
                Ok(_) => break,
                Err(place) => meant.insert(place, id),
            }
        }
        meant
    }

    /// Adds a trigger to those that fire, if it does.
    fn try_trigger(
        &mut self,
        id: TriggerId,
        matches: &mut Vec<Match<'r, H::Element>>,
        limits: &mut Limits,
    ) {
        let Some(trigger) = self.release.trigger(id) else {
            return;
        };
        let element = if trigger.kind() == EventKind::Group {
            self.completed_by(id, trigger, matches, limits)
        } else {
            self.matched_element(id, trigger)
        };
        let Some(element) = element else { return };
        self.host.trace(Step::Met {
            trigger: id,
            element: element.as_ref(),
        });
        let held = self.held(id, trigger, element.as_ref(), limits);
        self.host.trace(Step::Trigger { trigger: id, held });
        if held.is_none() {
            matches.push(Match {
                id,
                trigger,
                element,
            });
        }
    }

    /// Why a trigger that is meant does not fire; `None` if it does.
    fn held(
        &mut self,
        id: TriggerId,
        trigger: Trigger<'r>,
        element: Option<&H::Element>,
        limits: &mut Limits,
    ) -> Option<TriggerHeld> {
        if trigger
            .when()
            .is_some_and(|when| !self.holds(when, element))
        {
            return Some(TriggerHeld::Condition);
        }
        // What counts once in a page view counts once, whatever the host reports.
        let once = match (trigger.kind(), element) {
            (EventKind::Visible | EventKind::Appears, Some(element)) => {
                Some(self.host.element_key(element))
            }
            (EventKind::Group, _) => Some(0),
            (kind, _) if kind.is_scroll() => Some(self.occurrence.number),
            _ => None,
        };
        let is_first = once.is_none_or(|key| limits.is_first(&Who::Trigger(id), key));
        (!is_first).then_some(TriggerHeld::Once)
    }

    /// `None` if the trigger is not meant; else the element it is about, if there is one.
    fn matched_element(
        &mut self,
        id: TriggerId,
        trigger: Trigger<'r>,
    ) -> Option<Option<H::Element>> {
        let occurrence = self.occurrence;
        let kind = trigger.kind();
        let is_meant = if kind.is_watched_for() {
            occurrence.trigger == Some(id)
                && (kind != EventKind::Timer || occurrence.number <= word(trigger.numbers(), 1))
        } else if kind.has_thresholds() {
            trigger.numbers().contains(&occurrence.number)
        } else if let Some(pattern) = trigger.pattern() {
            self.host.matches_pattern(pattern, &occurrence.name)
        } else {
            kind != EventKind::Custom || trigger.keys() == occurrence.name
        };
        if !is_meant {
            return None;
        }
        let Some(mut element) = occurrence.element.clone() else {
            return trigger
                .selector()
                .is_none_or(|_| kind.is_watched_for())
                .then_some(None);
        };
        if kind.is_watched_for() {
            return Some(Some(element));
        }
        let around = match trigger.selector() {
            None => element.clone(),
            Some(selector) => self.host.closest(&element, selector)?,
        };
        match kind {
            EventKind::Click | EventKind::RageClick | EventKind::Copy => element = around,
            EventKind::Link => {
                element = self.clicked_link(trigger.other_selector()?)?;
            }
            _ => {}
        }
        Some(Some(element))
    }

    /// The link that was clicked. Asked for once: the automatic events ask at every click.
    fn clicked_link(&mut self, links: SelectorId) -> Option<H::Element> {
        if self.clicked_link.is_none() {
            let target = self.occurrence.element.as_ref()?;
            self.clicked_link = Some(self.host.closest(target, links));
        }
        self.clicked_link.clone().flatten()
    }

    /// `None` if the group is not complete; else the element that the trigger which completed it is about.
    fn completed_by(
        &mut self,
        id: TriggerId,
        group: Trigger<'r>,
        matches: &[Match<'r, H::Element>],
        limits: &mut Limits,
    ) -> Option<Option<H::Element>> {
        let now = self.host.now();
        let mut fired = None;
        let is_complete = limits.advance(id, group, now, |member| {
            let found = find_match(matches, member);
            fired = found.or(fired);
            found.is_some()
        });
        is_complete.then(|| fired.and_then(|found| found.element.clone()))
    }

    /// What the tag does, unless an exception or a limit speaks against it.
    fn fire(
        &mut self,
        id: TagId,
        matches: &[Match<'r, H::Element>],
        limits: &mut Limits,
    ) -> Option<Firing<'r>> {
        let tag = self.release.tag(id);
        let matched = tag.on().find_map(|trigger| find_match(matches, trigger))?;
        let element = matched.element.as_ref();
        let verdict = self.verdict(id, tag, element, matches, limits);
        self.host.trace(Step::Tag {
            tag: id,
            held: verdict.err(),
        });
        let waits = verdict.ok()?;
        let mut props = Vec::new();
        for (name, id) in tag.with() {
            if let Some(value) = self.variable(id, element) {
                // What the author has written is nobody's.
                let is_constant = word(self.release.variable(id), 0) == variable::op::CONSTANT;
                let value = if is_constant {
                    value
                } else {
                    self.without_personal_data(value)
                };
                props.push((name, value));
            }
        }
        let element = element.map_or_else(String::new, |element| self.describe(element));
        Some(Firing {
            tag,
            trigger: matched.trigger,
            element,
            props,
            waits,
        })
    }

    /// Why a tag does not fire; if it does, whether it waits for an answer about consent. Whether it has fired before is
    /// looked at last, because that is remembered.
    fn verdict(
        &mut self,
        id: TagId,
        tag: Tag<'r>,
        element: Option<&H::Element>,
        matches: &[Match<'r, H::Element>],
        limits: &mut Limits,
    ) -> Result<bool, TagHeld> {
        let mut exceptions = tag.except();
        if let Some(trigger) = exceptions.find(|it| find_match(matches, *it).is_some()) {
            return Err(TagHeld::Except(trigger));
        }
        let (from, until) = (tag.from(), tag.until());
        if !(from.is_empty() && until.is_empty())
            && let Some(now) = self.host.text(Lent::Time, self.release.clock(), None)
        {
            // The day is the beginning of the time: `2026-12-31T…` is on the day `2026-12-31`.
            let is_over = !until.is_empty() && now.as_str() > until && !now.starts_with(until);
            if now.as_str() < from || is_over {
                return Err(TagHeld::Date);
            }
        }
        if tag.sample() < EVERYBODY && place_of(self.host.visitor()) >= tag.sample() {
            return Err(TagHeld::Sample);
        }
        let mut waits = false;
        for category in tag.consent() {
            match self.host.text(Lent::Consent, category, None) {
                Some(state) if state == "granted" => {}
                Some(_) => return Err(TagHeld::Consent),
                None => waits = true,
            }
        }
        let first = match (tag.once_per(), element) {
            (OncePer::Event, _) => true,
            (OncePer::Element, Some(element)) => {
                limits.is_first(&Who::TagOnElement(id), self.host.element_key(element))
            }
            // A page view is about no element: once per element is once per page then.
            (OncePer::Element, None) | (OncePer::Page, _) => {
                limits.is_first(&Who::TagOnPage(id), 0)
            }
            (period, _) => self.host.is_first(period, tag.key()),
        };
        if first { Ok(waits) } else { Err(TagHeld::Once) }
    }

    /// Goes one step deeper; `None` if this evaluation has gone far enough, which no release that was compiled does.
    pub(crate) fn deeper<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.steps = self.steps.checked_sub(1)?;
        self.depth = self.depth.checked_sub(1)?;
        let result = step(self);
        self.depth += 1;
        Some(result)
    }

    /// What happened, as the variable `event.name` has it.
    pub(crate) fn event_name(&self, names: &[u32]) -> &str {
        match self.occurrence.kind {
            EventKind::Custom => &self.occurrence.name,
            kind => self.release.text(word(names, kind as usize)),
        }
    }

    /// The element in short.
    pub(crate) fn describe(&mut self, element: &H::Element) -> String {
        let text = self.host.text(Lent::Description, "", Some(element));
        let text = Value::text(text.unwrap_or_default());
        self.without_personal_data(text).into_text()
    }
}

/// The place of a visitor among a million, always the same; so that whoever is sampled by one tag is by every other that
/// takes as many.
fn place_of(visitor: u64) -> u32 {
    let mixed = visitor.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    u32::try_from((mixed * u64::from(EVERYBODY)) >> 32).unwrap_or(0)
}

/// The tags that the triggers start, in ascending order, each once.
fn tags_of<E>(matches: &[Match<'_, E>]) -> Vec<TagId> {
    let mut tags: Vec<TagId> = Vec::new();
    for tag in matches.iter().flat_map(|found| found.trigger.tags()) {
        if let Err(at) = tags.binary_search(&tag) {
            tags.insert(at, tag);
        }
    }
    tags
}

fn find_match<'m, 'r, E>(matches: &'m [Match<'r, E>], id: TriggerId) -> Option<&'m Match<'r, E>> {
    let at = matches.binary_search_by(|found| found.id.cmp(&id)).ok()?;
    matches.get(at)
}
