//! Watches container files and publishes what was saved.
//!
//! What decides is the file itself, looked at by [`Publisher::look`] after every event of the file system and every
//! [`POLL`] in any case: some file systems have no events. Events come from the folder, because editors replace files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::Publisher;

/// How long a file must be left alone before it is read: an editor truncates, writes and renames in several steps.
const SETTLE: Duration = Duration::from_millis(80);
/// How often files are looked at without any event.
const POLL: Duration = Duration::from_millis(1500);
/// Wake-ups that may wait; more say nothing new.
const WAKE_UPS: usize = 1;

/// The watching thread; ends when dropped.
#[derive(Debug)]
pub struct Watch {
    wake: Option<SyncSender<Wake>>,
    // Held for its life: dropping it ends the events.
    _watcher: Option<RecommendedWatcher>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wake {
    Look,
    Stop,
}

impl Watch {
    /// Starts to watch the publisher's files.
    pub fn start(publisher: Publisher) -> std::io::Result<Self> {
        let (wake, wakes) = sync_channel(WAKE_UPS);
        let files = publisher.files();
        let watcher = watch_folders(&files, wake.clone());
        let thread = std::thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || {
                while wait(&wakes) {
                    publisher.look();
                }
            })?;
        Ok(Self {
            wake: Some(wake),
            _watcher: watcher,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(wake) = self.wake.take() {
            // The error would be that the thread has ended.
            let _ = wake.send(Wake::Stop);
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that watches container files had ended early");
        }
    }
}

/// Waits for a reason to look and until the files are left alone; `false` when it is time to stop.
fn wait(wakes: &Receiver<Wake>) -> bool {
    match wakes.recv_timeout(POLL) {
        Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
        Err(RecvTimeoutError::Timeout) => return true,
        Ok(Wake::Look) => {}
    }
    loop {
        match wakes.recv_timeout(SETTLE) {
            Ok(Wake::Look) => {}
            Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => return true,
        }
    }
}

/// Without events (too many watches, a network file system) the slow look remains.
fn watch_folders(files: &[PathBuf], wake: SyncSender<Wake>) -> Option<RecommendedWatcher> {
    let folders: BTreeSet<PathBuf> = files
        .iter()
        .filter_map(|file| std::path::absolute(file).ok()?.parent().map(Path::to_owned))
        .collect();
    let report = |error: notify::Error| {
        tracing::warn!("no file events ({error}); saved containers are noticed a little later");
    };
    let handler = move |event: notify::Result<notify::Event>| {
        let reading = event.is_ok_and(|event| event.kind.is_access());
        if !reading {
            // Full means that a look is due already.
            let _ = wake.try_send(Wake::Look);
        }
    };
    let mut watcher = notify::recommended_watcher(handler).map_err(report).ok()?;
    for folder in folders {
        if let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive) {
            report(error);
        }
    }
    Some(watcher)
}
