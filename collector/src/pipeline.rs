//! A spool with what fills and what empties it: one for events, and a small one for those that were rejected.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::collector::{CollectorConfig, OpenError};
use crate::deliver::{Delivery, DeliveryStatus, Order};
use crate::metrics::Metrics;
use crate::sink::clickhouse::ClickHouse;
use crate::spool::ids::IdWindow;
use crate::spool::ids_log::IdsLog;
use crate::spool::io::{Disk, RealDisk};
use crate::spool::journal::{Journal, SealAt};
use crate::spool::lock::{LockError, SpoolLock};
use crate::spool::recover::{self, Recovered};
use crate::spool::shelf::Shelf;
use crate::spool::writer::{QueueLimits, SpoolTime, Writer};

/// Time for what waits to be inserted when the collector stops. What is left is inserted after the next start.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// Time beyond that for a try that has begun.
const LAST_TRY_TIME: Duration = Duration::from_secs(2);

/// The parts, running.
pub(crate) struct Pipeline {
    pub(crate) writer: Arc<Writer<RealDisk>>,
    pub(crate) shelf: Arc<Shelf<RealDisk>>,
    pub(crate) delivery: Arc<Mutex<DeliveryStatus>>,
    pub(crate) orders: Arc<watch::Sender<Order>>,
    /// Gone once it has been waited for.
    task: Option<JoinHandle<()>>,
}

/// What differs between the two.
pub(crate) struct Kind {
    pub(crate) row_version: u32,
    pub(crate) table: &'static str,
    /// Whether the folder is locked; one inside a locked folder needs no lock of its own.
    pub(crate) locks: bool,
}

impl Pipeline {
    /// Recovers the spool and begins to take rows; nothing is inserted yet.
    pub(crate) fn start(
        config: &CollectorConfig,
        kind: &Kind,
        time: &Arc<SpoolTime>,
        metrics: &Arc<Metrics>,
        client: clickhouse::Client,
        runtime: &Handle,
    ) -> Result<Self, OpenError> {
        let (journal, shelf) = open_spool(config, kind.locks, time, metrics)?;
        let limits = QueueLimits {
            commit_wait: config.commit_wait,
            commit_bytes: config.commit_bytes,
            max_spool_bytes: config.max_spool_bytes,
        };
        let writer = Writer::start(
            journal.of_rows(kind.row_version),
            Arc::clone(&shelf),
            Arc::clone(time),
            Arc::clone(metrics),
            limits,
        );
        let writer = writer.map_err(|error| OpenError::of(&config.spool_dir, error))?;
        let delivery = Arc::new(Mutex::new(DeliveryStatus::default()));
        let (orders, receiver) = watch::channel(Order::Hold);
        let work = Delivery::new(
            Arc::clone(&shelf),
            ClickHouse::new(client, kind.table),
            Arc::clone(metrics),
            Arc::clone(time),
            Arc::clone(&delivery),
        );
        Ok(Self {
            writer: Arc::new(writer),
            shelf,
            delivery,
            orders: Arc::new(orders),
            task: Some(runtime.spawn(work.run(receiver))),
        })
    }

    /// Takes no more, syncs and seals what was taken, and inserts as much as it can in a few seconds.
    pub(crate) async fn stop(&mut self) {
        let writer = Arc::clone(&self.writer);
        if tokio::task::spawn_blocking(move || writer.close())
            .await
            .is_err()
        {
            tracing::error!("closing the spool failed; what was acknowledged is on disk");
        }
        let until = Instant::now() + DRAIN_TIME;
        let inserting = *self.orders.borrow() == Order::Run;
        self.orders.send_replace(if inserting {
            Order::Drain(until)
        } else {
            Order::Stop
        });
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout_at(until + LAST_TRY_TIME, &mut task)
                .await
                .is_err()
        {
            // A try that is cut off may have succeeded: the next start looks the batch up.
            task.abort();
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.orders.send_replace(Order::Stop);
    }
}

type Spool = (Journal<RealDisk>, Arc<Shelf<RealDisk>>);

fn open_spool(
    config: &CollectorConfig,
    locks: bool,
    time: &SpoolTime,
    metrics: &Metrics,
) -> Result<Spool, OpenError> {
    let dir = config.spool_dir.as_path();
    let failed = |error| OpenError::of(dir, error);
    let disk = Arc::new(RealDisk);
    disk.create_dir(dir).map_err(failed)?;
    let lock = locks.then(|| SpoolLock::take(dir)).transpose();
    let lock = lock.map_err(|error| match error {
        LockError::Taken(pid) => OpenError::Locked {
            path: dir.to_owned(),
            pid,
        },
        LockError::Io(error) => OpenError::of(dir, error),
    })?;
    let (max_ids, max_age) = (config.remembered_ids, config.remembered_for);
    let mut window = IdWindow::new(max_ids, max_age);
    let ids =
        IdsLog::open(Arc::clone(&disk), dir, max_ids, max_age, &mut window).map_err(failed)?;
    let found = recover::recover(&*disk, dir, &mut window).map_err(failed)?;
    report(dir, &found, metrics);
    window.forget(time.now().spool_ms);
    let shelf = Shelf::new(Arc::clone(&disk), dir, config.grace, ids, &found, lock);
    let seal_at = SealAt {
        age: config.seal_after,
        bytes: config.seal_bytes,
        rows: config.seal_rows,
    };
    let journal = Journal::new(disk, dir, seal_at, found.next_number, window);
    Ok((journal, Arc::new(shelf)))
}

fn report(dir: &Path, found: &Recovered, metrics: &Metrics) {
    metrics.damaged(found.damage);
    if found.damage.gaps > 0 || found.damage.headers > 0 {
        tracing::warn!(
            spool = %dir.display(), gaps = found.damage.gaps, bytes = found.damage.gap_bytes,
            headers = found.damage.headers, "parts of the spool are damaged and were skipped; check the disk"
        );
    }
    if !found.waiting.is_empty() {
        let events: u64 = found.waiting.iter().map(|segment| segment.rows).sum();
        tracing::info!(
            batches = found.waiting.len(),
            events,
            "events from before wait to be inserted"
        );
    }
    if found.refused > 0 {
        tracing::warn!(
            batches = found.refused,
            "batches refused for good are in the folder `refused` of the spool"
        );
    }
}
