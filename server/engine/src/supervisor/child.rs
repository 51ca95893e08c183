//! One engine process: start, watch, stop.

use std::net::SocketAddr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::SupervisorOptions;
use super::output::{ErrorLines, ReadyLine};
use crate::parent::PARENT_PID;

/// How often a stopping child is looked at.
const STOP_POLL: Duration = Duration::from_millis(10);

/// How a child ended, or why there is none.
#[derive(Debug)]
pub(super) struct Exit {
    pub(super) reason: String,
    pub(super) hint: String,
    /// By SIGKILL, which nobody sends to themselves: a person did it, or the system for want of memory.
    pub(super) is_killed: bool,
}

/// What became of the start since the last look.
pub(super) enum StartOutcome {
    /// The port was opened just now.
    Up(SocketAddr),
    /// Nothing new.
    Unchanged,
}

/// A process that is ended when this is dropped.
pub(super) struct Child {
    process: std::process::Child,
    /// Open as long as the child is wanted.
    input: Option<ChildStdin>,
    ready: ReadyLine,
    errors: ErrorLines,
}

impl Child {
    pub(super) fn start(options: &SupervisorOptions) -> Result<Self, Exit> {
        let mut process = Command::new(&options.program)
            .args(&options.arguments)
            .env(PARENT_PID, std::process::id().to_string())
            // A group of its own: Ctrl-C in a terminal is for the parent, which still has events to insert.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Exit {
                reason: format!("`{}` cannot be started: {error}", options.program.display()),
                hint: String::new(),
                is_killed: false,
            })?;
        let input = process.stdin.take();
        let ready = ReadyLine::read(process.stdout.take());
        let errors = ErrorLines::read(process.stderr.take());
        Ok(Self {
            process,
            input,
            ready,
            errors,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn start_outcome(&mut self) -> StartOutcome {
        self.ready
            .take()
            .map_or(StartOutcome::Unchanged, StartOutcome::Up)
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> Option<Exit> {
        match self.process.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(self.exit(status)),
            Err(error) => Some(Exit {
                reason: format!("the engine cannot be watched: {error}"),
                hint: String::new(),
                is_killed: false,
            }),
        }
    }

    /// Closes its input, which means "end", and waits; kills it when it takes too long.
    pub(super) fn stop(&mut self, limit: Duration) {
        self.input = None;
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            match self.process.try_wait() {
                Ok(Some(status)) => {
                    if !status.success() {
                        tracing::warn!(%status, "the engine did not end cleanly");
                    }
                    return;
                }
                Ok(None) => std::thread::sleep(STOP_POLL),
                Err(_) => break,
            }
        }
        tracing::warn!("the engine did not end in time and is killed");
        self.kill();
    }

    /// SIGKILL, and waits until the process is gone.
    pub(super) fn kill(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait()) {
            tracing::warn!(%error, "the engine could not be killed");
        }
    }

    /// The child's own words, if it left any.
    fn exit(&mut self, status: ExitStatus) -> Exit {
        let (error, hint) = self.errors.last_words();
        let reason = error.unwrap_or_else(|| match status.signal() {
            Some(signal) => format!("the engine was ended by signal {signal}"),
            None => format!("the engine ended: {status}"),
        });
        Exit {
            reason,
            hint: hint.unwrap_or_default(),
            is_killed: status.signal() == Some(Signal::KILL.as_raw()),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}
