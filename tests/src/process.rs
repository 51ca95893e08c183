//! Child processes that do not outlive a test, and free ports for them.

use std::io;
use std::net::TcpListener;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How often a condition that somebody else brings about is looked at again.
pub const POLL: Duration = Duration::from_millis(25);

/// A port of 127.0.0.1 that nothing listens on at the moment.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// How long the killed may take to be gone: what has a lot of memory gives it back first.
const GONE_LIMIT: Duration = Duration::from_secs(10);

/// A child process; killed with all its descendants when dropped.
#[derive(Debug)]
pub struct Owned {
    child: Child,
}

impl Owned {
    /// Takes charge of a child just spawned.
    pub fn new(child: Child) -> Self {
        Self { child }
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal to the process itself, not to its descendants.
    pub fn signal(&self, signal: Signal) {
        send(self.child.id(), signal);
    }

    /// Waits for the end of the process; `None` when it still runs at `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let end = Instant::now() + limit;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < end => std::thread::sleep(POLL),
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let mut family = descendants(self.child.id());
        family.push(self.child.id());
        for id in &family {
            send(*id, Signal::KILL);
        }
        // The error would be that the child is reaped already.
        let _ = self.child.wait();
        // The engine is a grandchild: while it ends it may still write into a folder that is about to be removed.
        let end = Instant::now() + GONE_LIMIT;
        while family.iter().any(|id| is_alive(*id)) && Instant::now() < end {
            std::thread::sleep(POLL);
        }
    }
}

fn send(id: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // The error would be that the process is gone already.
        let _ = kill_process(pid, signal);
    }
}

/// Whether a process with this id exists and is not a zombie.
pub fn is_alive(id: u32) -> bool {
    stat(id).is_some_and(|(_, state)| state != 'Z')
}

/// Ids of all processes that `ancestor` started, directly or not.
pub fn descendants(ancestor: u32) -> Vec<u32> {
    let all: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|id| Some((id, stat(id)?.0)))
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(
            all.iter()
                .filter(|(_, of)| *of == parent)
                .map(|(id, _)| *id),
        );
        next += 1;
    }
    found.split_off(1)
}

/// Parent and state of a process.
fn stat(id: u32) -> Option<(u32, char)> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may itself hold spaces and parentheses.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((fields.next()?.parse().ok()?, state))
}
