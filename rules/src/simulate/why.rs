//! From the steps of an evaluation to why tags did not fire: the same for a simulation and for a page that is previewed.

use std::collections::{BTreeMap, HashMap};

use crate::condition;
use crate::container::{Condition, Container, Tag};
use crate::id::{ConditionId, TagId, TriggerId};
use crate::release::{EventKind, Release};
use crate::trace::{Note, TagHeld, TriggerHeld};
use crate::value::Value;

use super::{Comparison, Fired, Reason, Still};

/// What the steps are about.
#[derive(Clone, Copy)]
pub(crate) struct Why<'c> {
    pub(crate) container: &'c Container,
    pub(crate) release: &'c Release,
    /// The condition of the container that each of the release was made from.
    pub(crate) origins: &'c [Condition],
}

/// What is known of one action: the best reason for each trigger, and for each tag.
#[derive(Default)]
pub(crate) struct Reasons {
    triggers: HashMap<TriggerId, Reason>,
    tags: HashMap<TagId, Reason>,
}

impl Why<'_> {
    /// The tags that did not fire, in the order of the container, and why not.
    pub(crate) fn still(
        &self,
        fired: &[Fired],
        heard: &[EventKind],
        reasons: &Reasons,
    ) -> Vec<Still> {
        self.container
            .tags
            .iter()
            .filter(|tag| fired.iter().all(|fired| fired.tag != tag.name))
            .map(|tag| Still {
                tag: tag.name.clone(),
                reasons: self.reasons(tag, heard, reasons),
            })
            .collect()
    }

    /// Takes from a trace why triggers and tags did not fire.
    pub(crate) fn read(&self, notes: &[Note], reasons: &mut Reasons) {
        let mut values = BTreeMap::new();
        let mut decided = BTreeMap::new();
        for note in notes {
            match note {
                Note::Met(_) => {
                    values.clear();
                    decided.clear();
                }
                Note::Value(id, value) => {
                    values.insert(id.index(), value.clone());
                }
                Note::Condition(id, holds) => {
                    decided.insert(id.index(), *holds);
                }
                Note::Trigger(_, None) | Note::Tag(_, None) => {}
                Note::Trigger(id, Some(held)) => {
                    let Some(trigger) = self.position(*id) else {
                        continue;
                    };
                    let reason = match held {
                        TriggerHeld::Once => Reason::TriggerOnce { trigger },
                        TriggerHeld::Condition => {
                            let mut failed = Vec::new();
                            let when = self.release.trigger(*id).and_then(|trigger| trigger.when());
                            if let Some(when) = when {
                                self.failed(when, true, &values, &decided, &mut failed);
                            }
                            Reason::Condition { trigger, failed }
                        }
                    };
                    reasons.triggers.insert(*id, reason);
                }
                Note::Tag(id, Some(held)) => {
                    let reason = match held {
                        TagHeld::Except(trigger) => self
                            .position(*trigger)
                            .map(|trigger| Reason::Except { trigger }),
                        TagHeld::Date => Some(Reason::Date),
                        TagHeld::Sample => Some(Reason::Sample),
                        TagHeld::Consent => Some(Reason::Consent),
                        TagHeld::Once => Some(Reason::Once),
                    };
                    reasons.tags.extend(reason.map(|reason| (*id, reason)));
                }
            }
        }
    }

    /// The comparisons because of which a condition is not as `wanted`.
    fn failed(
        &self,
        id: ConditionId,
        wanted: bool,
        values: &BTreeMap<usize, Option<Value>>,
        decided: &BTreeMap<usize, bool>,
        failed: &mut Vec<Comparison>,
    ) {
        // What was not looked at did not decide anything.
        if decided.get(&id.index()) != Some(&!wanted) {
            return;
        }
        let wanted_of_parts = match self.origins.get(id.index()) {
            Some(Condition::All(_) | Condition::Any(_)) => wanted,
            Some(Condition::Not(_)) => !wanted,
            Some(Condition::Leaf(leaf)) => {
                failed.push(Comparison {
                    wanted: leaf.clone(),
                    opposite: !wanted,
                    seen: values.get(&id.index()).cloned().flatten(),
                });
                return;
            }
            None => return,
        };
        for part in condition::parts(self.release.condition(id)) {
            self.failed(part, wanted_of_parts, values, decided, failed);
        }
    }

    fn reasons(&self, tag: &Tag, heard: &[EventKind], reasons: &Reasons) -> Vec<Reason> {
        if tag.paused {
            return vec![Reason::Paused];
        }
        if tag.on.is_empty() {
            return vec![Reason::NoTrigger];
        }
        let id = self
            .release
            .tags()
            .position(|compiled| compiled.name() == tag.name);
        if let Some(reason) = id.and_then(|id| reasons.tags.get(&TagId::from_index(id))) {
            return vec![reason.clone()];
        }
        tag.on
            .iter()
            .map(|trigger| self.trigger_reason(*trigger, heard, reasons))
            .collect()
    }

    fn trigger_reason(&self, trigger: usize, heard: &[EventKind], reasons: &Reasons) -> Reason {
        let written = self.container.triggers.get(trigger);
        let id = written.and_then(|trigger| self.release.trigger_named(&trigger.name));
        if let Some(reason) = id.and_then(|id| reasons.triggers.get(&id)) {
            return reason.clone();
        }
        match written {
            Some(written) if heard.contains(&written.kind.event().heard_as()) => {
                Reason::WaitsElsewhere { trigger }
            }
            _ => Reason::WaitsForOther { trigger },
        }
    }

    /// The position in the container of a trigger of the release.
    fn position(&self, id: TriggerId) -> Option<usize> {
        let name = self.release.trigger(id)?.name();
        self.container
            .triggers
            .iter()
            .position(|trigger| trigger.name == name)
    }
}
