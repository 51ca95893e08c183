//! How those who wait for a sync hear of it.
//!
//! Waking a task from outside of its runtime takes a lock and often a system call. So every thread that hands rows over has
//! a lane: a task of its own runtime, which is woken once for a group and wakes the others from within. Where the runtime is
//! the thread's own, as in `listen.rs`, memory is given back where it was asked for.

use std::cell::RefCell;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::journal::Receipt;
use super::{Rows, SpoolError};

/// What becomes of a request.
pub(super) type Outcome = Result<Receipt, SpoolError>;

/// Whoever waits, and how it is reached.
pub(super) struct Waiting {
    answer: oneshot::Sender<Outcome>,
    /// None: directly.
    lane: Option<Lane>,
}

impl Waiting {
    /// Through the lane of this thread, if it has a runtime.
    pub(super) fn in_lane() -> (Self, oneshot::Receiver<Outcome>) {
        let (answer, receiver) = oneshot::channel();
        let lane = Lane::of_thread();
        (Self { answer, lane }, receiver)
    }

    pub(super) fn direct() -> (Self, oneshot::Receiver<Outcome>) {
        let (answer, receiver) = oneshot::channel();
        (Self { answer, lane: None }, receiver)
    }

    fn tell(self, outcome: Outcome) {
        // A sender that went away does not hear it; its events are stored all the same.
        let _: Result<(), _> = self.answer.send(outcome);
    }
}

/// One request of a group: who waits, what it is told, and what it had brought.
type Answer = (Waiting, Outcome, Rows);

/// Tells everybody of a group.
pub(super) fn tell(group: impl Iterator<Item = Answer>) {
    let mut lanes: Vec<(Lane, Vec<Answer>)> = Vec::new();
    for answer in group {
        match &answer.0.lane {
            None => answer.0.tell(answer.1),
            Some(lane) => match lanes.iter_mut().find(|(known, _)| known.is(lane)) {
                Some((_, answers)) => answers.push(answer),
                None => lanes.push((lane.clone(), vec![answer])),
            },
        }
    }
    for (lane, answers) in lanes {
        if let Err(mpsc::error::SendError(answers)) = lane.0.send(answers) {
            // Its runtime has ended. Whoever waits elsewhere by now is told all the same.
            tell_here(answers);
        }
    }
}

fn tell_here(answers: Vec<Answer>) {
    for (waiting, outcome, _rows) in answers {
        waiting.tell(outcome);
    }
}

/// The way to a task that tells those of one thread. Bounded by the requests that wait.
#[derive(Clone)]
struct Lane(mpsc::UnboundedSender<Vec<Answer>>);

thread_local! {
    static LANE: RefCell<Option<Lane>> = const { RefCell::new(None) };
}

impl Lane {
    fn of_thread() -> Option<Self> {
        LANE.with_borrow_mut(|lane| {
            // A thread may outlive the runtime that it was working for.
            if lane.as_ref().is_none_or(|lane| lane.0.is_closed()) {
                *lane = Handle::try_current().ok().map(|runtime| Self::of(&runtime));
            }
            lane.clone()
        })
    }

    fn of(runtime: &Handle) -> Self {
        let (sender, mut groups) = mpsc::unbounded_channel();
        runtime.spawn(async move {
            while let Some(answers) = groups.recv().await {
                tell_here(answers);
            }
        });
        Self(sender)
    }

    fn is(&self, other: &Self) -> bool {
        self.0.same_channel(&other.0)
    }
}
