//! How those who wait for a sync hear of it.

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::journal::Receipt;
use super::{Rows, SpoolError};

/// What becomes of a request.
pub(super) type Outcome = Result<Receipt, SpoolError>;
/// Who waits, and what they are told.
pub(super) type Answer = (oneshot::Sender<Outcome>, Outcome);
/// A group, with what it had brought: memory is given back by the threads that ask for it, not by the one that all wait for.
type Group = (Vec<Answer>, Vec<Rows>);

/// How answers reach those who wait. A thread outside of the runtime would wake each of them on its own; so a task of the
/// runtime is woken once for a group, and wakes the others from within.
pub(super) enum Answers {
    Direct,
    Through(mpsc::UnboundedSender<Group>),
}

impl Answers {
    /// Through a task, if there is a runtime.
    pub(super) fn of_runtime() -> Self {
        let Ok(runtime) = Handle::try_current() else {
            return Self::Direct;
        };
        // Bounded by the requests that wait.
        let (sender, mut groups) = mpsc::unbounded_channel::<Group>();
        runtime.spawn(async move {
            while let Some((group, _spent)) = groups.recv().await {
                tell(group);
            }
        });
        Self::Through(sender)
    }

    pub(super) fn send(&self, group: Vec<Answer>, spent: Vec<Rows>) {
        match self {
            Self::Direct => tell(group),
            Self::Through(task) => {
                // Without the runtime, those who waited are gone too.
                let _: Result<(), _> = task.send((group, spent));
            }
        }
    }
}

fn tell(group: Vec<Answer>) {
    for (waiting, outcome) in group {
        // A sender that went away does not hear it; its events are stored all the same.
        let _: Result<(), _> = waiting.send(outcome);
    }
}
