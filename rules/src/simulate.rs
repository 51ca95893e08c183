//! A container, tried on a page in memory: what fires, with its payload; what does not, and why not.
//!
//! The rules are decided by the evaluator that the page downloads, so what is said here is what happens there, apart from
//! what only a browser knows. Reasons come from its trace. How they are told is in `simulate/english.rs` and
//! `simulate/russian.rs`.

mod tell;
#[cfg(test)]
mod tests;
mod why;

use crate::action::Action;
use crate::compile::compile_traceable;
use crate::container::{Container, Leaf};
use crate::evaluate::{Firing, evaluate};
use crate::limits::Limits;
use crate::page::{Page, PageHost};
use crate::release::TagKind;
use crate::value::Value;

pub(crate) use tell::{as_json, observed_to_json, tell_reason};
pub use tell::{render, to_json};
pub(crate) use why::{Reasons, Why};

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
        why: Why {
            container,
            release: &release,
            origins: &origins,
        },
        page,
        host,
        limits: Limits::new(),
    };
    actions.iter().map(|action| bench.try_out(action)).collect()
}

struct Bench<'c> {
    why: Why<'c>,
    page: &'c Page,
    host: PageHost<'c>,
    limits: Limits,
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
        let release = self.why.release;
        for (occurrence, detail) in action.heard(self.page, release, element.flatten()) {
            heard.push(occurrence.kind);
            self.host.detail = detail;
            let firings = evaluate(release, &occurrence, &mut self.host, &mut self.limits);
            fired.extend(firings.iter().map(Fired::new));
            let notes = self.host.notes();
            self.why.read(&notes, &mut reasons);
        }
        heard.push(action.kind());
        let mut still = self.why.still(&fired, &heard, &reasons);
        if !found {
            for still in &mut still {
                still.reasons = vec![Reason::NoElement];
            }
        }
        Outcome {
            action: action.clone(),
            found,
            fired,
            still,
        }
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
