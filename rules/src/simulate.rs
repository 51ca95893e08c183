//! A container, tried on a page in memory: what fires, with its payload; what does not, and why not.
//!
//! The rules are decided by the evaluator that the page downloads, so what is said here is what happens there, apart from
//! what only a browser knows. Reasons come from its trace. How they are told is in `simulate/english.rs` and
//! `simulate/russian.rs`.

mod tell;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use crate::action::Action;
use crate::compile::compile_traceable;
use crate::condition;
use crate::container::{Condition, Container, Leaf, Tag};
use crate::evaluate::{Firing, evaluate};
use crate::id::{ConditionId, TagId, TriggerId};
use crate::limits::Limits;
use crate::page::{Note, Page, PageHost};
use crate::release::{EventKind, Release, TagKind};
use crate::trace::{TagHeld, TriggerHeld};
use crate::value::Value;

pub(crate) use tell::{as_json, tell_reason};
pub use tell::{render, to_json};

/// What one action came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What happened.
    pub action: Action,
    /// The element it happened on is in the page, or it happens on none.
    pub found: bool,
    /// What fired, in the order it is sent.
    pub fired: Vec<Fired>,
    /// What did not, in the order of the container.
    pub still: Vec<Still>,
}

/// A tag that fired.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// The tag; empty for an event that is sent without any rule.
    pub tag: String,
    /// The trigger that made it fire.
    pub trigger: String,
    /// What it does.
    pub kind: TagKind,
    /// The event it sends; empty if it sends none.
    pub event: String,
    /// The element, in short; empty if it is about none.
    pub element: String,
    /// The properties of the event; of an image its address, of a script its address and hash.
    pub with: Vec<(String, Value)>,
    /// It waits until the visitor has decided on consent.
    pub waits: bool,
}

/// A tag that did not fire.
#[derive(Debug, Clone, PartialEq)]
pub struct Still {
    /// The tag.
    pub tag: String,
    /// Why not: for each of its triggers, or for itself.
    pub reasons: Vec<Reason>,
}

/// Why a tag did not fire.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// It is paused.
    Paused,
    /// It has no trigger.
    NoTrigger,
    /// The element that the action names is not in the page.
    NoElement,
    /// Its trigger waits for something else.
    WaitsForOther {
        /// The trigger, by its position in the container.
        trigger: usize,
    },
    /// Its trigger waits for such a thing, but on another element or of another size.
    WaitsElsewhere {
        /// The trigger, by its position in the container.
        trigger: usize,
    },
    /// The condition of its trigger does not hold.
    Condition {
        /// The trigger, by its position in the container.
        trigger: usize,
        /// The comparisons that it failed on.
        failed: Vec<Comparison>,
    },
    /// Its trigger has fired already, and does so once.
    TriggerOnce {
        /// The trigger, by its position in the container.
        trigger: usize,
    },
    /// This trigger, one of its exceptions, fired.
    Except {
        /// The trigger, by its position in the container.
        trigger: usize,
    },
    /// Today is before its first day or after its last.
    Date,
    /// This visitor is not among those it fires for.
    Sample,
    /// A category of consent that it needs is denied.
    Consent,
    /// It has fired already, as often as it may.
    Once,
}

/// A comparison that kept a condition from holding.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// As the container has it.
    pub wanted: Leaf,
    /// It stands below a `not`: the opposite was wanted.
    pub opposite: bool,
    /// What the variable was.
    pub seen: Option<Value>,
}

/// Lets things happen on a page, one after the other, within one page view.
pub fn simulate(container: &Container, page: &Page, actions: &[Action]) -> Vec<Outcome> {
    let (release, origins) = compile_traceable(container, 1);
    let mut host = PageHost::new(page, &release);
    host.take_notes();
    let mut bench = Bench {
        container,
        release: &release,
        origins: &origins,
        page,
        host,
        limits: Limits::new(),
    };
    actions.iter().map(|action| bench.try_out(action)).collect()
}

struct Bench<'c> {
    container: &'c Container,
    release: &'c Release,
    origins: &'c [Condition],
    page: &'c Page,
    host: PageHost<'c>,
    limits: Limits,
}

/// What is known of one action: the best reason for each trigger, and for each tag.
#[derive(Default)]
struct Reasons {
    triggers: HashMap<TriggerId, Reason>,
    tags: HashMap<TagId, Reason>,
}

impl Bench<'_> {
    fn try_out(&mut self, action: &Action) -> Outcome {
        let element = action.selector().map(|selector| self.page.select(selector));
        let found = element != Some(None);
        let mut fired = Vec::new();
        let mut reasons = Reasons::default();
        let mut heard = Vec::new();
        if let Action::Push(entry) = action {
            self.host.pushed.push(entry.clone());
        }
        if let Action::Pass(ms) = action {
            self.host.now_ms = self.host.now_ms.saturating_add(u64::from(*ms));
        }
        for (occurrence, detail) in action.heard(self.page, self.release, element.flatten()) {
            heard.push(occurrence.kind);
            self.host.detail = detail;
            let firings = evaluate(self.release, &occurrence, &mut self.host, &mut self.limits);
            fired.extend(firings.iter().map(Fired::new));
            let notes = self.host.notes();
            self.read(&notes, &mut reasons);
        }
        heard.push(action.kind());
        let still = self
            .container
            .tags
            .iter()
            .filter(|tag| fired.iter().all(|fired| fired.tag != tag.name))
            .map(|tag| Still {
                tag: tag.name.clone(),
                reasons: if found {
                    self.reasons(tag, &heard, &reasons)
                } else {
                    vec![Reason::NoElement]
                },
            })
            .collect();
        Outcome {
            action: action.clone(),
            found,
            fired,
            still,
        }
    }

    /// Takes from a trace why triggers and tags did not fire.
    fn read(&self, notes: &[Note], reasons: &mut Reasons) {
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

impl Fired {
    fn new(firing: &Firing<'_>) -> Self {
        Self {
            tag: firing.tag.name().to_owned(),
            trigger: firing.trigger.name().to_owned(),
            kind: firing.tag.kind(),
            event: firing.tag.event().to_owned(),
            element: firing.element.clone(),
            with: firing
                .props
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            waits: firing.waits,
        }
    }
}
