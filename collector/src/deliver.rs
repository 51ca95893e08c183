//! Brings sealed segments to the sink: one after the other, each until it is there.
//!
//! ```text
//! first on the shelf ─▶ read ─▶ [look up] ─▶ insert ─┬─ there ───────▶ done, removed after the grace period
//!        ▲                                           ├─ final error ──▶ refused/
//!        └────────── wait, longer each time ◀────────┴─ anything else: the same bytes, the same token again
//! ```
//!
//! A batch is looked up by its id before every try but the very first: before a second try, because the first may have
//! succeeded unheard; and at the first try of a process that found the segment, because the one before may have inserted
//! it. The deduplication window of the table covers what happens between look-up and insert.
//!
//! Order is kept as long as it costs nothing: a batch that ClickHouse itself keeps refusing lets the others go first.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::Instant as TokioInstant;
use uuid::Uuid;

use crate::batch::Batch;
use crate::metrics::Metrics;
use crate::sink::{Sink, SinkError};
use crate::spool::format::FileId;
use crate::spool::io::Disk;
use crate::spool::shelf::{RefusedNote, Shelf};
use crate::spool::writer::SpoolTime;

/// Wait after the first failure; doubled after each further one.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait: ClickHouse is back for that long at most before it is noticed.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Refusals in a row by a server that answers, after which others go first.
const PATIENCE: u32 = 4;
/// How often removable segments are looked for when nothing else happens.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

/// What delivery is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Insert nothing yet: the tables may not be there.
    Hold,
    /// Insert.
    Run,
    /// Insert what is there, and end; at this time at the latest.
    Drain(TokioInstant),
    /// End.
    Stop,
}

/// What delivery tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeliveryStatus {
    pub(crate) last_insert_ms: Option<i64>,
    /// Of the last try, if it failed.
    pub(crate) last_error: Option<String>,
}

/// Outcome of one step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing waits.
    Idle,
    /// A batch is out of the way: inserted, or set aside.
    Settled,
    /// Not now.
    Wait(Duration),
}

/// The delivery.
pub(crate) struct Delivery<D: Disk, S: Sink> {
    shelf: Arc<Shelf<D>>,
    sink: S,
    metrics: Arc<Metrics>,
    time: Arc<SpoolTime>,
    status: Arc<Mutex<DeliveryStatus>>,
    current: Option<Current>,
    failures: u32,
}

/// The batch being tried, kept between tries.
struct Current {
    file: FileId,
    batch: Arc<Batch>,
    refusals: u32,
    look_up: bool,
}

impl<D: Disk, S: Sink> Delivery<D, S> {
    pub(crate) fn new(
        shelf: Arc<Shelf<D>>,
        sink: S,
        metrics: Arc<Metrics>,
        time: Arc<SpoolTime>,
        status: Arc<Mutex<DeliveryStatus>>,
    ) -> Self {
        Self {
            shelf,
            sink,
            metrics,
            time,
            status,
            current: None,
            failures: 0,
        }
    }

    /// Works until told to drain, and then until all is delivered or time is up.
    pub(crate) async fn run(mut self, mut orders: watch::Receiver<Order>) {
        let mut next_housekeeping = TokioInstant::now();
        loop {
            let order = *orders.borrow_and_update();
            let step = match order {
                Order::Hold => Step::Idle,
                Order::Run | Order::Drain(_) => self.step().await,
                Order::Stop => break,
            };
            if TokioInstant::now() >= next_housekeeping {
                self.housekeeping().await;
                next_housekeeping = TokioInstant::now() + HOUSEKEEPING;
            }
            let until = match order {
                Order::Drain(until) => Some(until),
                Order::Hold | Order::Run | Order::Stop => None,
            };
            let in_time = |wait| until.is_none_or(|until| TokioInstant::now() + wait < until);
            let pause = match step {
                Step::Settled if in_time(Duration::ZERO) => continue,
                Step::Wait(wait) if in_time(wait) => wait,
                Step::Idle if until.is_none() => HOUSEKEEPING,
                Step::Settled | Step::Wait(_) | Step::Idle => break,
            };
            // While a failed batch waits, nothing that is sealed meanwhile cuts the wait short.
            let idle = order == Order::Run && self.current.is_none();
            tokio::select! {
                // In this order: nothing is left to chance that need not be.
                biased;
                () = tokio::time::sleep(pause) => {}
                () = self.shelf.arrived.notified(), if idle => {}
                changed = orders.changed() => if changed.is_err() { break },
            }
        }
    }

    /// Tries the first batch once.
    pub(crate) async fn step(&mut self) -> Step {
        let Some(first) = self.shelf.first() else {
            self.current = None;
            return Step::Idle;
        };
        let started = Instant::now();
        let (batch, look_up) = match self.load(first.file).await {
            Ok(loaded) => loaded,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                tracing::error!(
                    segment = first.file.number,
                    "a segment was taken out of the spool"
                );
                self.shelf.give_up(first.file);
                return Step::Settled;
            }
            Err(cause) => {
                tracing::error!(%cause, segment = first.file.number, "cannot read a segment");
                self.shelf.postpone(first.file);
                return self.fail(&cause.to_string());
            }
        };
        if batch.rows == 0 {
            // Nothing whole is left in it; what was damaged has been counted.
            self.settle(first.file, 0);
            return Step::Settled;
        }
        // From here on the outcome may remain unknown, even if this future is dropped.
        if let Some(current) = &mut self.current {
            current.look_up = true;
        }
        match self.attempt(&batch, look_up).await {
            Ok(()) => {
                let lag = self.time.now().wall_ms.saturating_sub(first.created_ms);
                let lag = Duration::from_millis(u64::try_from(lag).unwrap_or(0));
                self.metrics.inserted(batch.rows, started.elapsed(), lag);
                tracing::debug!(batch = %batch.id, rows = batch.rows, "inserted");
                self.settle(first.file, self.time.now().wall_ms);
                Step::Settled
            }
            Err(error) if error.is_final() => self.refuse(first.file, &batch, &error).await,
            Err(error) => self.retry(first.file, batch.id, &error),
        }
    }

    async fn attempt(&self, batch: &Batch, look_up: bool) -> Result<(), SinkError> {
        if look_up {
            let found = self
                .sink
                .rows_of(batch.id)
                .await
                .map_err(SinkError::of_look_up)?;
            if found >= batch.rows {
                self.metrics.found();
                return Ok(());
            }
            if found > 0 {
                // Part of it is in one partition and not in another, or was collapsed with later repeats. The token keeps
                // the part that is there from being stored again.
                tracing::warn!(batch = %batch.id, rows = batch.rows, found, "a batch is there in part");
            }
        }
        self.sink.insert(batch).await
    }

    /// The batch, and whether it may have been inserted before.
    async fn load(&mut self, file: FileId) -> io::Result<(Arc<Batch>, bool)> {
        if let Some(current) = &self.current
            && current.file == file
        {
            return Ok((Arc::clone(&current.batch), current.look_up));
        }
        let shelf = Arc::clone(&self.shelf);
        let (batch, damage) = off_thread(move || shelf.load(file)).await.flatten()?;
        self.metrics.damaged(damage);
        let batch = Arc::new(batch);
        let look_up = self.shelf.is_from_before(file);
        self.current = Some(Current {
            file,
            batch: Arc::clone(&batch),
            refusals: 0,
            look_up,
        });
        Ok((batch, look_up))
    }

    fn settle(&mut self, file: FileId, at_ms: i64) {
        self.shelf.mark_done(file, self.time.now());
        self.current = None;
        self.failures = 0;
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.last_error = None;
        if at_ms > 0 {
            status.last_insert_ms = Some(at_ms);
        }
    }

    fn retry(&mut self, file: FileId, batch: Uuid, error: &SinkError) -> Step {
        self.metrics.retried();
        if self.failures == 0 {
            // Once for each row of failures: an hour without ClickHouse is one line, not thousands.
            tracing::warn!(%error, %batch, hint = error.hint(), "cannot insert; trying again until it works");
        }
        let impatient = self.current.as_mut().is_some_and(|current| {
            current.refusals += u32::from(error.code().is_some());
            current.refusals >= PATIENCE
        });
        if impatient {
            self.shelf.postpone(file);
            self.current = None;
        }
        self.fail(&error.to_string())
    }

    fn fail(&mut self, error: &str) -> Step {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.last_error = Some(error.to_owned());
        drop(status);
        self.failures = self.failures.saturating_add(1);
        Step::Wait(wait_after(self.failures, self.time.random()))
    }

    async fn refuse(&mut self, file: FileId, batch: &Batch, error: &SinkError) -> Step {
        tracing::error!(
            %error, hint = error.hint(), batch = %batch.id, rows = batch.rows,
            "ClickHouse refuses a batch for good; it is kept in the folder `refused` of the spool"
        );
        let (text, hint) = (error.to_string(), error.hint());
        let (id, rows, error_code) = (batch.id.to_string(), batch.rows, error.code());
        let (shelf, now) = (Arc::clone(&self.shelf), self.time.now());
        let moved = off_thread(move || {
            let note = RefusedNote {
                batch_id: id,
                rows,
                refused_at_ms: now.wall_ms,
                error_code,
                error: &text,
                hint,
            };
            shelf.set_aside(file, &note)
        });
        match moved.await.flatten() {
            Ok(()) => {
                self.metrics.set_aside();
                self.current = None;
                Step::Settled
            }
            Err(cause) => {
                // Stays where it is; the others go first meanwhile.
                self.shelf.postpone(file);
                self.current = None;
                self.fail(&cause.to_string())
            }
        }
    }

    async fn housekeeping(&self) {
        let (shelf, now) = (Arc::clone(&self.shelf), self.time.now());
        let work = move || {
            shelf.take_back();
            shelf.expire(now);
        };
        if off_thread(work).await.is_err() {
            tracing::error!("removing old segments failed");
        }
    }
}

/// The wait after `failures` failures in a row: doubled each time, and spread by `random` between half and one and a half,
/// so that many collectors do not come back at once.
fn wait_after(failures: u32, random: u32) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(16));
    let spread = 0.5 + f64::from(random) / f64::from(u32::MAX);
    doubled.min(LONGEST_WAIT).mul_f64(spread)
}

/// Does what takes time and waits for the disk, where it keeps nobody else waiting. Tests of this crate are one thread, so
/// that a run is the same each time.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    if cfg!(test) {
        return Ok(work());
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_are_bounded_and_spread() {
        assert_eq!(wait_after(1, 0), Duration::from_millis(100));
        assert_eq!(wait_after(1, u32::MAX), Duration::from_millis(300));
        assert_eq!(wait_after(3, u32::MAX / 2).as_millis(), 800);
        assert_eq!(wait_after(u32::MAX, 0), LONGEST_WAIT / 2);
        assert!(wait_after(1_000, u32::MAX) <= LONGEST_WAIT * 2);
    }
}
