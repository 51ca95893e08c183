//! Group commit: requests queue, one thread writes what has gathered, syncs once and answers them all.
//!
//! While a sync is under way the next group gathers by itself. Syncs follow each other no faster than [`SYNC_INTERVAL`]:
//! on a fast disk groups would be so small that syncing takes the processor away from the requests. Repeats are recognised by this thread alone and in the order of the queue: the repeat of an event that is still waiting for its
//! sync waits for the same sync, or for the next one if the first fails.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::answers::{self, Outcome, Waiting};
use super::io::Disk;
use super::journal::Journal;
use super::shelf::Shelf;
use super::{Now, Rows, SpoolError};
use crate::clock::Clock;
use crate::limits::{MAX_QUEUE_BYTES, SYNC_INTERVAL};
use crate::metrics::Metrics;

/// Tells the spool what time it is.
pub(crate) struct SpoolTime {
    opened: Instant,
    opened_ms: i64,
    clock: Arc<dyn Clock>,
}

impl SpoolTime {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            opened: Instant::now(),
            opened_ms: clock.now_ms(),
            clock,
        }
    }

    pub(crate) fn now(&self) -> Now {
        let elapsed = self.opened.elapsed();
        let since = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        Now {
            elapsed,
            spool_ms: self.opened_ms.saturating_add(since),
            wall_ms: self.clock.now_ms(),
        }
    }

    /// Any number.
    pub(crate) fn random(&self) -> u32 {
        self.clock.random()
    }
}

/// What the thread is told, and what it tells.
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    /// Whether those who wait are told by a task of their own thread.
    through_lanes: bool,
    max_spool_bytes: u64,
    gauges: Gauges,
}

#[derive(Default)]
struct Queue {
    requests: Vec<Request>,
    bytes: usize,
    closed: bool,
}

struct Request {
    rows: Rows,
    waiting: Waiting,
}

/// The state of the open segment, for whoever asks.
#[derive(Default)]
struct Gauges {
    open_bytes: AtomicU64,
    open_rows: AtomicU64,
    /// 0: none is open.
    open_since_ms: AtomicI64,
    remembered: AtomicU64,
    in_trouble: AtomicBool,
}

/// What is known of the writer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriterStatus {
    pub(crate) open_bytes: u64,
    pub(crate) open_rows: u64,
    pub(crate) open_since_ms: Option<i64>,
    pub(crate) remembered_ids: u64,
    pub(crate) in_trouble: bool,
    pub(crate) closed: bool,
}

/// What the operator sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    /// Wait for more requests before a sync.
    pub(crate) commit_wait: Duration,
    /// Rows written with one sync, in bytes: more would make the first wait for the last.
    pub(crate) commit_bytes: usize,
    /// Size of the spool at which nothing more is taken.
    pub(crate) max_spool_bytes: u64,
}

/// Hands rows to the thread.
pub(crate) struct Writer<D: Disk> {
    shared: Arc<Shared>,
    shelf: Arc<Shelf<D>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<D: Disk> Writer<D> {
    /// Starts the thread.
    pub(crate) fn start(
        journal: Journal<D>,
        shelf: Arc<Shelf<D>>,
        time: Arc<SpoolTime>,
        metrics: Arc<Metrics>,
        limits: QueueLimits,
    ) -> std::io::Result<Self> {
        let (writer, mut worker) = Self::assemble(journal, shelf, time, metrics, limits, true);
        let thread = std::thread::Builder::new()
            .name("spool".to_owned())
            .spawn(move || worker.run())?;
        writer
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(thread);
        Ok(writer)
    }

    /// Without a thread: whoever has the worker does its work.
    #[cfg(test)]
    pub(crate) fn with_worker(
        journal: Journal<D>,
        shelf: Arc<Shelf<D>>,
        time: Arc<SpoolTime>,
        metrics: Arc<Metrics>,
        limits: QueueLimits,
    ) -> (Self, Worker<D>) {
        Self::assemble(journal, shelf, time, metrics, limits, false)
    }

    fn assemble(
        journal: Journal<D>,
        shelf: Arc<Shelf<D>>,
        time: Arc<SpoolTime>,
        metrics: Arc<Metrics>,
        limits: QueueLimits,
        through_lanes: bool,
    ) -> (Self, Worker<D>) {
        let QueueLimits {
            commit_wait,
            commit_bytes,
            max_spool_bytes,
        } = limits;
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::default()),
            wake: Condvar::new(),
            through_lanes,
            max_spool_bytes,
            gauges: Gauges::default(),
        });
        let worker = Worker {
            journal,
            shelf: Arc::clone(&shelf),
            shared: Arc::clone(&shared),
            time,
            metrics,
            commit_wait,
            commit_bytes,
            synced_at: None,
            spare: Vec::new(),
        };
        let writer = Self {
            shared,
            shelf,
            thread: Mutex::new(None),
        };
        (writer, worker)
    }

    /// Bytes in the spool.
    pub(crate) fn spool_bytes(&self) -> u64 {
        self.shelf.bytes() + self.shared.gauges.open_bytes.load(Ordering::Relaxed)
    }

    /// Bytes at which nothing more is taken.
    pub(crate) fn max_spool_bytes(&self) -> u64 {
        self.shared.max_spool_bytes
    }

    /// Queues rows. The receiver answers once they are synced, or could not be.
    pub(crate) fn submit(&self, rows: Rows) -> Result<oneshot::Receiver<Outcome>, SpoolError> {
        let used = self.spool_bytes();
        let mut queue = self.shared.queue();
        if queue.closed {
            return Err(SpoolError::Stopping);
        }
        if queue.bytes + rows.bytes() > MAX_QUEUE_BYTES {
            return Err(SpoolError::Overloaded);
        }
        if used + (queue.bytes + rows.bytes()) as u64 > self.shared.max_spool_bytes {
            return Err(SpoolError::Full);
        }
        let (waiting, receiver) = if self.shared.through_lanes {
            Waiting::in_lane()
        } else {
            Waiting::direct()
        };
        queue.bytes += rows.bytes();
        // The worker sleeps only while the queue is empty.
        let was_empty = queue.requests.is_empty();
        queue.requests.push(Request { rows, waiting });
        drop(queue);
        if was_empty {
            self.shared.wake.notify_one();
        }
        Ok(receiver)
    }

    pub(crate) fn status(&self) -> WriterStatus {
        let gauges = &self.shared.gauges;
        let since = gauges.open_since_ms.load(Ordering::Relaxed);
        let closed = self.shared.queue().closed;
        WriterStatus {
            open_bytes: gauges.open_bytes.load(Ordering::Relaxed),
            open_rows: gauges.open_rows.load(Ordering::Relaxed),
            open_since_ms: (since != 0).then_some(since),
            remembered_ids: gauges.remembered.load(Ordering::Relaxed),
            in_trouble: gauges.in_trouble.load(Ordering::Relaxed),
            closed,
        }
    }

    /// Takes no more rows, writes those queued, seals, and ends the thread.
    pub(crate) fn close(&self) {
        self.shared.queue().closed = true;
        self.shared.wake.notify_one();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!(
                "the thread that writes the spool failed; what was acknowledged is on disk"
            );
        }
    }
}

impl<D: Disk> Drop for Writer<D> {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Another turn: when there is something to write, or after this time at the latest.
    Next(Option<Duration>),
    /// Nothing: all is written and sealed.
    Last,
}

/// Does the work of the thread.
pub(crate) struct Worker<D: Disk> {
    journal: Journal<D>,
    shelf: Arc<Shelf<D>>,
    shared: Arc<Shared>,
    time: Arc<SpoolTime>,
    metrics: Arc<Metrics>,
    commit_wait: Duration,
    commit_bytes: usize,
    /// When the last group was taken.
    synced_at: Option<Instant>,
    /// Takes the place of the queue when that is taken.
    spare: Vec<Request>,
}

impl<D: Disk> Worker<D> {
    fn run(&mut self) {
        let mut next_tick = Some(Duration::ZERO);
        loop {
            self.wait(next_tick);
            match self.turn() {
                Turn::Next(tick) => next_tick = tick,
                Turn::Last => break,
            }
        }
    }

    /// Whether nothing has gathered.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.shared.queue().requests.is_empty()
    }

    /// Writes one group of what has gathered, and seals what is old enough.
    pub(crate) fn turn(&mut self) -> Turn {
        let (group, closed) = self.take();
        if !group.is_empty() {
            self.write(group);
        } else if closed {
            self.journal.seal();
            self.publish();
            return Turn::Last;
        }
        let tick = self.journal.tick(self.time.now());
        self.publish();
        Turn::Next(tick)
    }

    /// Waits for requests, or for `tick`.
    fn wait(&self, tick: Option<Duration>) {
        let mut queue = self.shared.queue();
        if queue.requests.is_empty() && !queue.closed {
            queue = match tick {
                Some(wait) => {
                    let waited = self.shared.wake.wait_timeout(queue, wait);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self
                    .shared
                    .wake
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
        let is_full = queue.bytes >= self.commit_bytes;
        if queue.requests.is_empty() || is_full || queue.closed {
            return;
        }
        drop(queue);
        let since = self.synced_at.map(|at| at.elapsed());
        let wait = since.map_or(Duration::ZERO, |since| SYNC_INTERVAL.saturating_sub(since));
        let wait = wait.max(self.commit_wait);
        if !wait.is_zero() {
            std::thread::sleep(wait);
        }
    }

    /// Takes the requests of one group.
    fn take(&mut self) -> (Vec<Request>, bool) {
        let mut queue = self.shared.queue();
        if queue.bytes <= self.commit_bytes {
            queue.bytes = 0;
            let group = std::mem::replace(&mut queue.requests, std::mem::take(&mut self.spare));
            return (group, queue.closed);
        }
        let mut bytes = 0;
        let within = queue.requests.iter().take_while(|request| {
            let fits = bytes < self.commit_bytes;
            bytes += request.rows.bytes();
            fits
        });
        let count = within.count();
        let group: Vec<_> = queue.requests.drain(..count).collect();
        let taken: usize = group.iter().map(|request| request.rows.bytes()).sum();
        queue.bytes = queue.bytes.saturating_sub(taken);
        (group, queue.closed)
    }

    fn write(&mut self, mut group: Vec<Request>) {
        let started = Instant::now();
        self.synced_at = Some(started);
        let (rows, waiting): (Vec<_>, Vec<_>) = group
            .drain(..)
            .map(|request| (request.rows, request.waiting))
            .unzip();
        self.spare = group;
        let result = self.journal.commit(&rows, self.time.now());
        self.metrics
            .committed(rows.len(), started.elapsed(), result.is_ok());
        // Before anybody hears that it is stored, so that a status asked for afterwards knows of it.
        self.publish();
        let outcomes: Vec<Outcome> = match result {
            Ok(receipts) => {
                let changes = rows.iter().map(|rows| &rows.changes);
                self.metrics.stored(receipts.iter().copied().zip(changes));
                receipts.into_iter().map(Ok).collect()
            }
            Err(error) => vec![Err(error); rows.len()],
        };
        let group = waiting.into_iter().zip(outcomes).zip(rows);
        answers::tell(group.map(|((waiting, outcome), rows)| (waiting, outcome, rows)));
    }

    /// Hands sealed segments over and shows the state.
    fn publish(&mut self) {
        for segment in self.journal.take_sealed() {
            self.shelf.put(segment);
        }
        let gauges = &self.shared.gauges;
        let (bytes, rows, since) = self.journal.open();
        gauges.open_bytes.store(bytes, Ordering::Relaxed);
        gauges.open_rows.store(rows, Ordering::Relaxed);
        gauges
            .open_since_ms
            .store(since.unwrap_or(0), Ordering::Relaxed);
        gauges
            .remembered
            .store(self.journal.remembered() as u64, Ordering::Relaxed);
        gauges
            .in_trouble
            .store(self.journal.trouble().is_some(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
