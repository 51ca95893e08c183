//! The collector as a whole: opens the spool, starts its threads and tasks, stops them in order.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::batch::MAX_ROWS;
use crate::clock::{Clock, SystemClock};
use crate::deliver::{Delivery, DeliveryStatus, Order};
use crate::intake::{self, Intake};
use crate::metrics::{Metrics, Readings};
use crate::refused::{RefusedHost, RefusedHosts};
use crate::sink::clickhouse::ClickHouse;
use crate::site::Sites;
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
/// A segment is never sealed at more bytes: one batch is held in memory.
const MAX_SEAL_BYTES: u64 = 256 * 1024 * 1024;

/// How the collector works. `Default` is right for one server.
#[derive(Debug, Clone)]
pub struct CollectorConfig {
    /// Folder of the spool. Made if it is not there.
    pub spool_dir: PathBuf,
    /// A segment is sealed, and its events are inserted, this long after its first event.
    pub seal_after: Duration,
    /// A segment is sealed when it has this many bytes; at most 256 MiB.
    pub seal_bytes: u64,
    /// A segment is sealed when it has this many rows; at most a million.
    pub seal_rows: u32,
    /// Wait for more requests before a sync. What comes during a sync shares the next one anyway.
    pub commit_wait: Duration,
    /// Size of the spool at which events are refused, to be sent again.
    pub max_spool_bytes: u64,
    /// Event ids whose repeats are recognised: this many…
    pub remembered_ids: usize,
    /// … for this long.
    pub remembered_for: Duration,
    /// How long a segment is kept after it was inserted: ClickHouse answers before its data is on disk.
    pub grace: Duration,
}

impl Default for CollectorConfig {
    fn default() -> Self {
        Self {
            spool_dir: PathBuf::from("spool"),
            seal_after: Duration::from_secs(1),
            seal_bytes: 32 * 1024 * 1024,
            seal_rows: 100_000,
            commit_wait: Duration::ZERO,
            max_spool_bytes: 8 * 1024 * 1024 * 1024,
            remembered_ids: 2_000_000,
            remembered_for: Duration::from_secs(3 * 24 * 3_600),
            grace: Duration::from_secs(120),
        }
    }
}

/// Why the collector cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the spool.
    #[error("the spool `{}` is in use{}", .path.display(), by_process(*.pid))]
    Locked {
        /// The spool's folder.
        path: PathBuf,
        /// The process, if its lock file says.
        pid: Option<u32>,
    },
    /// The folder cannot be written.
    #[error("the spool `{}` cannot be written: {source}", .path.display())]
    NotWritable {
        /// The spool's folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk is full.
    #[error("no space left for the spool `{}`", .path.display())]
    NoSpace {
        /// The spool's folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Reading the folder failed.
    #[error("the spool `{}` cannot be opened: {source}", .path.display())]
    Spool {
        /// The spool's folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A setting is out of range.
    #[error("the setting `{0}` is out of range")]
    Setting(&'static str),
    /// There is no Tokio runtime to run in.
    #[error("the collector must be opened inside a Tokio runtime")]
    NoRuntime,
}

fn by_process(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" by process {pid}"))
}

impl OpenError {
    fn of(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { path, source }
            }
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory => Self::NotWritable { path, source },
            _ => Self::Spool { path, source },
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Locked { .. } => {
                "stop that process first, or give this one a data folder of its own"
            }
            Self::NotWritable { .. } => {
                "give the user that runs this process the right to write there"
            }
            Self::NoSpace { .. } => "free some room; events that wait there are kept",
            Self::Spool { .. } => "see whether the disk is mounted and in order",
            Self::Setting(_) => "see the settings of the collector in docs/collector.md",
            Self::NoRuntime => "this is a mistake in the program",
        }
    }
}

/// How things are; for `/readyz` and the page.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Whether events are being acknowledged.
    pub accepting: bool,
    /// Whether batches are being inserted as they come.
    pub inserting: bool,
    /// Events on disk that are not in ClickHouse yet.
    pub waiting_events: u64,
    /// Batches of them that are sealed.
    pub waiting_batches: u64,
    /// Age of the oldest of them, ms.
    pub oldest_age_ms: Option<u64>,
    /// Bytes of the spool on disk.
    pub spool_bytes: u64,
    /// Bytes at which events are refused.
    pub max_spool_bytes: u64,
    /// When a batch was inserted last, ms since 1970.
    pub last_insert_ms: Option<i64>,
    /// Why the last try to insert failed; none if it succeeded.
    pub last_error: Option<String>,
    /// Batches that were refused for good and wait for a person.
    pub refused_batches: u64,
}

/// Takes events in, keeps them on disk, inserts them once.
pub struct Collector {
    intake: Arc<Intake<RealDisk>>,
    observer: Observer,
    /// Gone once it has been waited for.
    task: Option<JoinHandle<()>>,
}

/// Sees how a collector is, also while it stops. Clones are cheap.
#[derive(Clone)]
pub struct Observer {
    writer: Arc<Writer<RealDisk>>,
    shelf: Arc<Shelf<RealDisk>>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    delivery: Arc<Mutex<DeliveryStatus>>,
    orders: Arc<watch::Sender<Order>>,
    sites: Sites,
    refused_hosts: Arc<RefusedHosts>,
    max_spool_bytes: u64,
}

impl Collector {
    /// Locks the spool, recovers what is in it and begins to acknowledge events. Nothing is inserted before
    /// [`start_inserting`](Self::start_inserting). Reads the whole spool: call it where blocking is allowed, inside a
    /// Tokio runtime.
    pub fn open(
        config: CollectorConfig,
        sites: Sites,
        client: clickhouse::Client,
    ) -> Result<Self, OpenError> {
        check(&config)?;
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| OpenError::NoRuntime)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let time = Arc::new(SpoolTime::new(Arc::clone(&clock)));
        let metrics = Arc::new(Metrics::new());
        let (journal, shelf) = open_spool(&config, &time, &metrics)?;
        let CollectorConfig {
            spool_dir,
            commit_wait,
            max_spool_bytes,
            ..
        } = config;
        let limits = QueueLimits {
            commit_wait,
            max_spool_bytes,
        };
        let writer = Writer::start(
            journal,
            Arc::clone(&shelf),
            Arc::clone(&time),
            Arc::clone(&metrics),
            limits,
        );
        let writer = Arc::new(writer.map_err(|error| OpenError::of(&spool_dir, error))?);
        let delivery = Arc::new(Mutex::new(DeliveryStatus::default()));
        let (orders, receiver) = watch::channel(Order::Hold);
        let work = Delivery::new(
            Arc::clone(&shelf),
            ClickHouse::new(client),
            Arc::clone(&metrics),
            time,
            Arc::clone(&delivery),
        );
        let task = Some(runtime.spawn(work.run(receiver)));
        let orders = Arc::new(orders);
        let intake = Intake::new(
            sites.clone(),
            Arc::clone(&writer),
            Arc::clone(&metrics),
            Arc::clone(&clock),
        );
        let observer = Observer {
            writer,
            shelf,
            metrics,
            clock,
            delivery,
            orders,
            sites,
            refused_hosts: Arc::clone(&intake.refused_hosts),
            max_spool_bytes,
        };
        Ok(Self {
            intake: Arc::new(intake),
            observer,
            task,
        })
    }

    /// Begins to insert. Call it once the database is migrated: a batch that meets a missing table is set aside for good.
    pub fn start_inserting(&self) {
        self.observer.orders.send_replace(Order::Run);
    }

    /// The route `/c`.
    pub fn router(&self) -> axum::Router {
        intake::router(Arc::clone(&self.intake))
    }

    /// Something to ask [`Observer::status`] and [`Observer::metrics_text`] of, apart from the collector.
    pub fn observer(&self) -> Observer {
        self.observer.clone()
    }

    /// How things are.
    pub fn status(&self) -> Status {
        self.observer.status()
    }

    /// All metrics in the text format of Prometheus.
    pub fn metrics_text(&self) -> String {
        self.observer.metrics_text()
    }

    /// Stops: refuses new events with 503, syncs and seals what was accepted, and inserts as much as it can in a few
    /// seconds. The rest waits on disk for the next start. Returns how many events that are.
    pub async fn shutdown(mut self) -> u64 {
        let observer = self.observer.clone();
        let writer = Arc::clone(&observer.writer);
        if tokio::task::spawn_blocking(move || writer.close())
            .await
            .is_err()
        {
            tracing::error!("closing the spool failed; what was acknowledged is on disk");
        }
        let until = Instant::now() + DRAIN_TIME;
        let inserting = *observer.orders.borrow() == Order::Run;
        observer.orders.send_replace(if inserting {
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
        let left = observer.shelf.waiting().rows;
        if left > 0 {
            tracing::info!(events = left, "events wait in the spool for the next start");
        }
        left
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.observer.orders.send_replace(Order::Stop);
    }
}

impl Observer {
    /// How things are.
    pub fn status(&self) -> Status {
        let readings = self.readings();
        let delivery = self
            .delivery
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Status {
            accepting: readings.accepting,
            inserting: matches!(*self.orders.borrow(), Order::Run | Order::Drain(_)),
            waiting_events: readings.waiting_events,
            waiting_batches: readings.waiting_batches,
            oldest_age_ms: (readings.waiting_events > 0).then_some(readings.oldest_age_ms),
            spool_bytes: readings.spool_bytes,
            max_spool_bytes: self.max_spool_bytes,
            last_insert_ms: delivery.last_insert_ms,
            last_error: delivery.last_error,
            refused_batches: readings.refused_batches,
        }
    }

    /// Hosts whose pages were refused for `site` lately, and still would be; the latest first.
    pub fn refused_hosts(&self, site: &str) -> Vec<RefusedHost> {
        let Some(settings) = self.sites.get(site) else {
            return Vec::new();
        };
        let mut hosts = self.refused_hosts.of(site);
        hosts.retain(|refused| !settings.allows(&refused.host));
        hosts
    }

    /// All metrics in the text format of Prometheus.
    pub fn metrics_text(&self) -> String {
        self.metrics.text(self.readings())
    }

    fn readings(&self) -> Readings {
        // The open segment first: one that is sealed in between is then counted twice for a moment, not missed.
        let open = self.writer.status();
        let sealed = self.shelf.waiting();
        let oldest = [sealed.oldest_ms, open.open_since_ms]
            .into_iter()
            .flatten()
            .min();
        let age = oldest.map_or(0, |oldest| self.clock.now_ms().saturating_sub(oldest));
        let spool_bytes = self.shelf.bytes() + open.open_bytes;
        Readings {
            waiting_events: sealed.rows + open.open_rows,
            waiting_batches: sealed.segments,
            spool_bytes,
            oldest_age_ms: u64::try_from(age).unwrap_or(0),
            remembered_ids: open.remembered_ids,
            refused_batches: self.shelf.refused(),
            accepting: !open.in_trouble && !open.closed && spool_bytes < self.max_spool_bytes,
        }
    }
}

type Spool = (Journal<RealDisk>, Arc<Shelf<RealDisk>>);

fn open_spool(
    config: &CollectorConfig,
    time: &SpoolTime,
    metrics: &Metrics,
) -> Result<Spool, OpenError> {
    let dir = config.spool_dir.as_path();
    let failed = |error| OpenError::of(dir, error);
    let disk = Arc::new(RealDisk);
    disk.create_dir(dir).map_err(failed)?;
    let lock = SpoolLock::take(dir).map_err(|error| match error {
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
    let shelf = Shelf::new(
        Arc::clone(&disk),
        dir,
        config.grace,
        ids,
        &found,
        Some(lock),
    );
    let seal_at = SealAt {
        age: config.seal_after,
        bytes: config.seal_bytes,
        rows: config.seal_rows,
    };
    let journal = Journal::new(disk, dir, seal_at, found.next_number, window);
    Ok((journal, Arc::new(shelf)))
}

fn check(config: &CollectorConfig) -> Result<(), OpenError> {
    let second = Duration::from_millis(1)..=Duration::from_secs(3_600);
    let checks = [
        ("seal_after", second.contains(&config.seal_after)),
        (
            "seal_bytes",
            (1..=MAX_SEAL_BYTES).contains(&config.seal_bytes),
        ),
        ("seal_rows", (1..=MAX_ROWS / 2).contains(&config.seal_rows)),
        ("commit_wait", config.commit_wait <= Duration::from_secs(1)),
        (
            "max_spool_bytes",
            config.max_spool_bytes >= config.seal_bytes,
        ),
        (
            "remembered_ids",
            (1..=1 << 30).contains(&config.remembered_ids),
        ),
    ];
    match checks.iter().find(|(_, right)| !right) {
        Some((name, _)) => Err(OpenError::Setting(name)),
        None => Ok(()),
    }
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
