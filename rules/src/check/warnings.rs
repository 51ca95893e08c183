//! What is not wrong, but not what its author will have meant.

use crate::container::{Expression, Tag, TagKind, Trigger, TriggerKind};
use crate::decimal::Decimal;
use crate::diagnostic::{Detail, NeverFires, RuleFault};
use crate::draft::{DraftReached, DraftTag, DraftTriggerKind};
use crate::suggest;

use super::Checker;
use super::triggers::heard;

impl Checker<'_, '_, '_> {
    /// `triggers` and `tags` are the checked ones at the places of the draft's.
    pub(super) fn warn(&mut self, triggers: &[Option<Trigger>], tags: &[Option<Tag>]) {
        self.warn_of_unused();
        self.warn_of_idle_tags(tags);
        self.warn_of_idle_exceptions(tags, triggers);
        self.warn_of_any_event(triggers);
        self.warn_of_same_tags(tags);
        self.warn_of_unsent_steps();
    }

    fn warn_of_unused(&mut self) {
        let draft = self.draft;
        for (at, trigger) in draft.triggers.iter().enumerate() {
            if !self.triggers.is_used(at) {
                let detail = Detail::UnusedTrigger {
                    name: trigger.name.it.clone(),
                };
                self.report.add(detail, &trigger.name.spot);
            }
        }
        for (at, variable) in draft.variables.iter().enumerate() {
            if !self.variables.is_used(at) {
                let detail = Detail::UnusedVariable {
                    name: variable.name.it.clone(),
                };
                self.report.add(detail, &variable.name.spot);
            }
        }
    }

    fn warn_of_idle_tags(&mut self, tags: &[Option<Tag>]) {
        let draft = self.draft;
        for (tag, written) in tags.iter().zip(&draft.tags) {
            let (Some(tag), Some(on)) = (tag, &written.on) else {
                continue;
            };
            let why = if tag.on.is_empty() {
                NeverFires::NoTrigger
            } else if tag.on.iter().all(|trigger| tag.except.contains(trigger)) {
                NeverFires::AllExcepted
            } else if tag.sample == Some(Decimal::ZERO) {
                NeverFires::SampledOut
            } else if matches!((&tag.from, &tag.until), (Some(from), Some(until)) if from > until) {
                NeverFires::NoDay
            } else {
                continue;
            };
            self.report.add(
                Detail::TagNeverFires {
                    name: tag.name.clone(),
                    why,
                },
                &on.spot,
            );
        }
    }

    /// An exception is looked at when the tag would fire: a page view cannot keep a click from counting.
    fn warn_of_idle_exceptions(&mut self, tags: &[Option<Tag>], triggers: &[Option<Trigger>]) {
        let draft = self.draft;
        let trigger = |at: &usize| triggers.get(*at).and_then(Option::as_ref);
        for (tag, written) in tags.iter().zip(&draft.tags) {
            let Some(tag) = tag else { continue };
            let on: Option<Vec<_>> = tag.on.iter().map(trigger).collect();
            let Some(on) = on.filter(|on| !on.is_empty()) else {
                continue;
            };
            let fires_at: Vec<_> = on.iter().map(|trigger| heard(trigger, triggers)).collect();
            if fires_at.iter().any(Vec::is_empty) {
                continue;
            }
            for name in &written.except {
                let Some(at) = self.triggers.use_name(&name.it) else {
                    continue;
                };
                let Some(except) = trigger(&at) else { continue };
                let applies_at = heard(except, triggers);
                let may_apply = applies_at.is_empty()
                    || fires_at
                        .iter()
                        .flatten()
                        .any(|kind| applies_at.contains(kind));
                if !may_apply {
                    self.report.add(
                        Detail::ExceptNeverApplies {
                            trigger: name.it.clone(),
                        },
                        &name.spot,
                    );
                }
            }
        }
    }

    /// `any_event` is for exceptions: what it starts is started by every click and scroll.
    fn warn_of_any_event(&mut self, triggers: &[Option<Trigger>]) {
        let draft = self.draft;
        let is_any = |at: usize| {
            let trigger = triggers.get(at).and_then(Option::as_ref);
            trigger.is_some_and(|trigger| matches!(trigger.kind, TriggerKind::AnyEvent))
        };
        let on = draft.tags.iter().filter_map(|tag| tag.on.as_ref());
        let all = draft
            .triggers
            .iter()
            .filter_map(|trigger| match &trigger.kind {
                Some(DraftTriggerKind::Group { all, .. }) => all.as_ref(),
                _ => None,
            });
        for name in on.chain(all).flat_map(|names| &names.it) {
            if self.triggers.use_name(&name.it).is_some_and(is_any) {
                let name_it = name.it.clone();
                let fault = RuleFault::AnyEventFires { name: name_it };
                self.report.add(Detail::Rule(fault), &name.spot);
            }
        }
    }

    fn warn_of_same_tags(&mut self, tags: &[Option<Tag>]) {
        let draft = self.draft;
        let mut seen: std::collections::HashMap<String, &DraftTag> =
            std::collections::HashMap::new();
        for (tag, written) in tags.iter().zip(&draft.tags) {
            let Some(tag) = tag.as_ref().filter(|tag| !tag.paused && !tag.on.is_empty()) else {
                continue;
            };
            let Some(name) = &written.name else { continue };
            match seen.get(&what_it_does(tag)) {
                None => {
                    seen.insert(what_it_does(tag), written);
                }
                Some(first) => {
                    let other = first
                        .name
                        .as_ref()
                        .map(|name| name.it.clone())
                        .unwrap_or_default();
                    let other_line = self.report.line_of(&first.spot);
                    let detail = Detail::SameTags {
                        name: tag.name.clone(),
                        other,
                        other_line,
                    };
                    self.report.add(detail, &name.spot);
                }
            }
        }
    }

    /// The events that tags send, those that are not paused.
    pub(super) fn sent_by_tags(&self) -> Vec<String> {
        let mut sent: Vec<String> = Vec::new();
        let active = self.draft.tags.iter().filter(|tag| !tag.paused);
        for event in active.filter_map(DraftTag::event) {
            if !sent.contains(&event.it) {
                sent.push(event.it.clone());
            }
        }
        sent
    }

    /// Steps of funnels and goals that wait for events which nothing here sends.
    fn warn_of_unsent_steps(&mut self) {
        let draft = self.draft;
        let automatic = draft.automatic.events();
        let automatic = automatic.iter().filter(|(_, is_sent)| *is_sent);
        let mut sent: Vec<String> = automatic.map(|(event, _)| (*event).to_owned()).collect();
        for event in self.sent_by_tags() {
            if !sent.contains(&event) {
                sent.push(event);
            }
        }
        let steps = draft
            .funnels
            .iter()
            .filter_map(|funnel| funnel.steps.as_ref())
            .flatten();
        let goals = draft.goals.iter().filter_map(|goal| match &goal.reached {
            Some(DraftReached::Event(event)) => Some(event),
            _ => None,
        });
        for event in steps.filter_map(|step| step.event.as_ref()).chain(goals) {
            if sent.contains(&event.it) || !crate::funnel_step::is_identifier(&event.it) {
                continue;
            }
            let suggestion = suggest::nearest(&event.it, sent.iter().map(String::as_str));
            let detail = Detail::FunnelEventNeverSent {
                event: event.it.clone(),
                suggestion,
                known: sent.clone(),
            };
            self.report.add(detail, &event.spot);
        }
    }
}

/// Everything of a tag that decides when it fires and what it sends; equal for tags that do the same.
fn what_it_does(tag: &Tag) -> String {
    let sorted = |positions: &[usize]| {
        let mut positions = positions.to_vec();
        positions.sort_unstable();
        positions
    };
    let kind = match &tag.kind {
        TagKind::Event { name, with } => format!("{name} {}", unordered(with)),
        TagKind::Push(with) => format!("push {}", unordered(with)),
        other => format!("{other:?}"),
    };
    format!(
        "{:?} {:?} {kind} {:?} {:?} {:?} {:?} {:?}",
        sorted(&tag.on),
        sorted(&tag.except),
        tag.once_per,
        tag.consent,
        tag.sample,
        tag.from,
        tag.until,
    )
}

/// Properties, equal for the same ones in another order.
fn unordered(with: &[(String, Expression)]) -> String {
    let mut with: Vec<String> = with
        .iter()
        .map(|property| format!("{property:?}"))
        .collect();
    with.sort_unstable();
    format!("{with:?}")
}
