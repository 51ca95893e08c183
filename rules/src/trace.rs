//! What an evaluation came to, step by step: for the simulation and the preview.
//!
//! Told to [`Host::trace`](crate::evaluate::Host::trace), which does nothing unless a host overrides it: then the steps
//! are not even made, and the page pays nothing for them. Only what is looked at is told: a trigger that waits for
//! something else, or for another element, is passed over in silence.

use crate::id::{ConditionId, TagId, TriggerId};
use crate::value::Value;

/// One step of an evaluation. Conditions come before the trigger they belong to, parts before the whole.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub enum Step<'a, E> {
    /// What happened is what a trigger waits for; its conditions are looked at next.
    Met {
        /// The trigger.
        trigger: TriggerId,
        /// The element it is about.
        element: Option<&'a E>,
    },
    /// The variable of a comparison was read.
    Value {
        /// The comparison.
        condition: ConditionId,
        /// What the variable is.
        value: Option<&'a Value>,
    },
    /// A condition was decided on.
    Condition {
        /// Which one.
        id: ConditionId,
        /// Whether it holds.
        holds: bool,
    },
    /// A trigger that was met has been decided on.
    Trigger {
        /// The trigger.
        trigger: TriggerId,
        /// Why it does not fire; `None` if it does.
        held: Option<TriggerHeld>,
    },
    /// A tag that a trigger starts has been decided on.
    Tag {
        /// The tag.
        tag: TagId,
        /// Why it does not fire; `None` if it does.
        held: Option<TagHeld>,
    },
}

/// Why a trigger that was met does not fire.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub enum TriggerHeld {
    /// Its condition does not hold.
    Condition,
    /// It has fired on this element already, and does so once.
    Once,
}

/// Why a tag that a trigger starts does not fire.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub enum TagHeld {
    /// This trigger, one of its exceptions, fired.
    Except(TriggerId),
    /// Today is before its first day or behind its last.
    Date,
    /// This visitor is not among those it fires for.
    Sample,
    /// A category of consent that it needs is denied.
    Consent,
    /// It has fired already, as often as it may.
    Once,
}

/// One step of an evaluation, kept: [`Step`] without what it borrows.
#[cfg(feature = "page")]
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// What happened is what a trigger waits for.
    Met(TriggerId),
    /// The variable of a comparison was read.
    Value(ConditionId, Option<Value>),
    /// A condition was decided on.
    Condition(ConditionId, bool),
    /// A trigger that was met has been decided on.
    Trigger(TriggerId, Option<TriggerHeld>),
    /// A tag that a trigger starts has been decided on.
    Tag(TagId, Option<TagHeld>),
}

#[cfg(feature = "page")]
impl<E> From<Step<'_, E>> for Note {
    fn from(step: Step<'_, E>) -> Self {
        match step {
            Step::Met { trigger, .. } => Self::Met(trigger),
            Step::Value { condition, value } => Self::Value(condition, value.cloned()),
            Step::Condition { id, holds } => Self::Condition(id, holds),
            Step::Trigger { trigger, held } => Self::Trigger(trigger, held),
            Step::Tag { tag, held } => Self::Tag(tag, held),
        }
    }
}
