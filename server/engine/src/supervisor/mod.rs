//! The parent's half: starts the engine process, watches it, starts it again, stops it.
//!
//! Free of the engine itself: all it knows of the child is a command line, a line on its standard output that says the
//! port is open, lines on its standard error, and an exit status.
//!
//! One thread owns the child from its start to its end, and it must: the kernel ties "tell the child when the parent
//! dies" to the thread that started it. The child's standard input is a pipe that stays open as long as the child is
//! wanted.

mod child;
mod output;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::sync::watch;

pub(crate) use output::announce;

use child::{Child, Exit, StartOutcome};

/// Pauses between restarts: the first are short, because a crash is rarely the second in a row.
const BACKOFF: [Duration; 6] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
];
/// A child that ran for this long has not failed "again" when it ends.
const STEADY: Duration = Duration::from_secs(60);
/// How often the first child may be killed from outside before that is an error of the start.
const KILLED_STARTS: u32 = 3;
/// How often the thread looks whether the child still runs.
const POLL: Duration = Duration::from_millis(50);
/// How long a child may take until its port is open: a cold start reads half a gigabyte of library.
const START_LIMIT: Duration = Duration::from_secs(180);
/// How long a child may take to end once it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// What to start.
#[derive(Debug, Clone)]
pub struct SupervisorOptions {
    /// The program, as a rule our own executable.
    pub program: PathBuf,
    /// Its arguments: `engine --data … --sql-listen … --engine-lib …`.
    pub arguments: Vec<OsString>,
}

/// How the engine process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineState {
    /// It was started and its port is not open yet.
    Starting,
    /// Its port is open.
    Up {
        /// Process id.
        pid: u32,
        /// Where it listens.
        listen: SocketAddr,
    },
    /// It ended; another is started after a pause.
    Down {
        /// Its last words.
        reason: String,
        /// How many times in a row it ended soon.
        failures: u32,
    },
    /// It was told to stop.
    Stopped,
}

/// Why the engine process could not be started at all.
#[derive(Debug, Clone, Error)]
#[error("{reason}")]
pub struct SupervisorError {
    /// What happened, in the child's words.
    pub reason: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// A running, supervised engine process. Dropping it kills the process; [`Supervisor::stop`] lets it finish first.
#[derive(Debug)]
pub struct Supervisor {
    state: watch::Receiver<EngineState>,
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

/// What the owner tells the thread. The end of the channel means: kill.
#[derive(Debug, Clone, Copy)]
enum Order {
    Stop,
}

impl Supervisor {
    /// Starts the process and waits until its port is open. A child that cannot start (port in use, library missing or
    /// damaged, folder not writable) is an error here; one that ends later, or is killed meanwhile, is started again.
    pub async fn start(options: SupervisorOptions) -> Result<Self, SupervisorError> {
        let (states, mut state) = watch::channel(EngineState::Starting);
        let (orders, receive) = channel();
        let (first, first_outcome) = tokio::sync::oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("weir-engine".to_owned())
            .spawn(move || {
                Keeper {
                    options,
                    states,
                    orders: receive,
                }
                .keep(first)
            })
            .map_err(|error| SupervisorError {
                reason: format!("the engine cannot be supervised: {error}"),
                hint: String::new(),
            })?;
        let supervisor = |state| Self {
            state,
            orders: Some(orders),
            thread: Some(thread),
        };
        match first_outcome.await {
            Ok(Ok(())) => {
                state.mark_unchanged();
                Ok(supervisor(state))
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SupervisorError {
                reason: "the thread that supervises the engine ended".to_owned(),
                hint: String::new(),
            }),
        }
    }

    /// How the process is now.
    pub fn state(&self) -> EngineState {
        self.state.borrow().clone()
    }

    /// Tells of every change.
    pub fn watch(&self) -> watch::Receiver<EngineState> {
        self.state.clone()
    }

    /// Lets the process finish what runs, close the database and end.
    pub async fn stop(mut self) {
        if let Some(orders) = &self.orders {
            // A thread that has ended needs no order.
            orders.send(Order::Stop).ok();
        }
        // The end of the channel would mean: kill. So it stays open until the state says that all is over.
        drop(
            self.state
                .wait_for(|state| *state == EngineState::Stopped)
                .await,
        );
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that supervises the engine had failed");
        }
    }
}

type First = tokio::sync::oneshot::Sender<Result<(), SupervisorError>>;

/// The thread's own.
struct Keeper {
    options: SupervisorOptions,
    states: watch::Sender<EngineState>,
    orders: Receiver<Order>,
}

/// Why a child is no more.
enum End {
    /// It ended by itself.
    Died(Exit),
    /// It was asked to.
    Wanted,
}

impl Keeper {
    fn keep(self, first: First) {
        let mut first = Some(first);
        let mut failures = 0;
        loop {
            let started = Instant::now();
            self.states.send_replace(EngineState::Starting);
            let exit = match self.run_one(&mut first) {
                End::Wanted => break,
                End::Died(exit) => exit,
            };
            // What cannot start will not start the next time either; what was killed may.
            let may_start = exit.is_killed && failures + 1 < KILLED_STARTS;
            if !may_start && let Some(first) = first.take() {
                // Nobody waits any more only if the caller was dropped, which ends the thread below.
                drop(first.send(Err(SupervisorError {
                    reason: exit.reason,
                    hint: exit.hint,
                })));
                break;
            }
            failures = if started.elapsed() > STEADY {
                1
            } else {
                failures + 1
            };
            tracing::error!(
                reason = exit.reason,
                // A crash has no hint; an empty one would say nothing.
                hint = (!exit.hint.is_empty()).then_some(exit.hint.as_str()),
                "the engine ended and is started again"
            );
            self.states.send_replace(EngineState::Down {
                reason: exit.reason,
                failures,
            });
            if self.told_within(backoff(failures)).is_some() {
                break;
            }
        }
        self.states.send_replace(EngineState::Stopped);
    }

    /// Runs one child from start to end.
    fn run_one(&self, first: &mut Option<First>) -> End {
        let mut child = match Child::start(&self.options) {
            Ok(child) => child,
            Err(exit) => return End::Died(exit),
        };
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Some(told) = self.told_within(POLL) {
                return end(child, told);
            }
            if let Some(exit) = child.ended() {
                return End::Died(exit);
            }
            match child.start_outcome() {
                StartOutcome::Up(listen) => {
                    let pid = child.id();
                    if self.states.send_replace(EngineState::Up { pid, listen })
                        == EngineState::Starting
                    {
                        tracing::info!(pid, %listen, "the engine is up");
                    }
                    if let Some(first) = first.take() {
                        drop(first.send(Ok(())));
                    }
                }
                StartOutcome::Unchanged => {}
            }
            let is_up = matches!(*self.states.borrow(), EngineState::Up { .. });
            if !is_up && Instant::now() > deadline {
                child.kill();
                return End::Died(Exit {
                    reason: "the engine did not open its port in time".to_owned(),
                    hint: "the lines above are its own".to_owned(),
                    is_killed: false,
                });
            }
        }
    }

    /// Waits, unless told something; `Some(None)` when the owner is gone.
    fn told_within(&self, wait: Duration) -> Option<Option<Order>> {
        match self.orders.recv_timeout(wait) {
            Ok(order) => Some(Some(order)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(None),
        }
    }
}

fn end(mut child: Child, told: Option<Order>) -> End {
    match told {
        Some(Order::Stop) => child.stop(STOP_LIMIT),
        None => child.kill(),
    }
    End::Wanted
}

fn backoff(failures: u32) -> Duration {
    let step = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    BACKOFF
        .get(step)
        .or(BACKOFF.last())
        .copied()
        .unwrap_or(STEADY)
}
