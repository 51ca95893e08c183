//! The collector as a whole: opens the spool, starts its threads and tasks, stops them in order.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::address::ProxySettings;
use crate::aside::{Aside, REJECTED_DIR};
use crate::batch::MAX_ROWS;
use crate::clock::{Clock, SystemClock};
use crate::deliver::{DeliveryStatus, Order};
use crate::enrich::geo::{self, GeoError, GeoFile};
use crate::gate::InFlight;
use crate::identity::Identity;
use crate::intake::{self, Intake, IntakeSettings};
use crate::limits::Limits;
use crate::metrics::{Metrics, Readings, RejectedReadings};
use crate::optout;
use crate::pipeline::{Kind, Pipeline};
use crate::refused::{RefusedHost, RefusedHosts};
use crate::sink::clickhouse;
use crate::sink::row;
use crate::site::Sites;
use crate::spool::io::RealDisk;
use crate::spool::shelf::Shelf;
use crate::spool::writer::{SpoolTime, Writer};
use crate::token::Tokens;
use crate::v1;

/// Size of the spool of rejected events.
const REJECTED_SPOOL_BYTES: u64 = 64 * 1024 * 1024;
/// Of that, of one of its segments.
const REJECTED_SEAL_BYTES: u64 = 4 * 1024 * 1024;
/// Rejected events whose repeats are recognised.
const REMEMBERED_REJECTED: usize = 20_000;
/// A segment is never sealed at more bytes: one batch is held in memory.
pub(crate) const MAX_SEAL_BYTES: u64 = 256 * 1024 * 1024;

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
    /// Bytes written with one sync.
    pub commit_bytes: usize,
    /// Size of the spool at which events are refused, to be sent again.
    pub max_spool_bytes: u64,
    /// Event ids whose repeats are recognised: this many…
    pub remembered_ids: usize,
    /// … for this long.
    pub remembered_for: Duration,
    /// How long a segment is kept after it was inserted: ClickHouse answers before its data is on disk.
    pub grace: Duration,
    /// Bounds of the intake.
    pub limits: Limits,
    /// Proxies that are believed when they name the client.
    pub proxy: ProxySettings,
    /// Folder of the keys of users' signatures and of visitors without a cookie. Made if it is not there; none: in that of
    /// the spool.
    pub identity_dir: Option<PathBuf>,
    /// File in MaxMind's format for country and city.
    pub geo_file: Option<PathBuf>,
}

impl Default for CollectorConfig {
    fn default() -> Self {
        Self {
            spool_dir: PathBuf::from("spool"),
            seal_after: Duration::from_secs(1),
            seal_bytes: 32 * 1024 * 1024,
            seal_rows: 100_000,
            commit_wait: Duration::ZERO,
            commit_bytes: 4 * 1024 * 1024,
            max_spool_bytes: 8 * 1024 * 1024 * 1024,
            remembered_ids: 2_000_000,
            remembered_for: Duration::from_secs(3 * 24 * 3_600),
            grace: Duration::from_secs(120),
            limits: Limits::default(),
            proxy: ProxySettings::default(),
            identity_dir: None,
            geo_file: None,
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
    /// The keys of users' signatures and of visitors cannot be used.
    #[error("the keys in `{}` cannot be used: {source}", .path.display())]
    Identity {
        /// Their folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file for geography cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
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
    pub(crate) fn of(path: &Path, source: io::Error) -> Self {
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
            Self::Identity { .. } => {
                "give the user that runs this process the right to read and write there; the key is 64 hexadecimal digits"
            }
            Self::Geo(_) => {
                "give the path of a city or country database (`.mmdb`), or leave the setting out"
            }
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

/// Above this part of the spool, new events are in danger: what is left is for the time until somebody comes.
const DANGEROUS_TENTHS: u64 = 8;

impl Status {
    /// Whether the spool is so full that events will be refused soon, unless something is done.
    pub fn is_nearly_full(&self) -> bool {
        self.spool_bytes > self.max_spool_bytes / 10 * DANGEROUS_TENTHS
    }
}

/// Takes events in, keeps them on disk, inserts them once.
pub struct Collector {
    intake: Arc<Intake<RealDisk>>,
    observer: Observer,
    events: Pipeline,
    rejected: Pipeline,
    /// Looks for a new file for geography.
    refresh: Option<JoinHandle<()>>,
}

/// Sees how a collector is, also while it stops. Clones are cheap.
#[derive(Clone)]
pub struct Observer {
    writer: Arc<Writer<RealDisk>>,
    shelf: Arc<Shelf<RealDisk>>,
    rejected: (Arc<Writer<RealDisk>>, Arc<Shelf<RealDisk>>),
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    delivery: Arc<Mutex<DeliveryStatus>>,
    orders: Arc<watch::Sender<Order>>,
    sites: Sites,
    refused_hosts: Arc<RefusedHosts>,
    in_flight: InFlight,
    max_spool_bytes: u64,
}

impl Collector {
    /// Locks the spool, recovers what is in it and begins to acknowledge events. Nothing is inserted before
    /// [`start_inserting`](Self::start_inserting). Reads the whole spool: call it where blocking is allowed, inside a
    /// Tokio runtime.
    pub fn open(
        config: CollectorConfig,
        sites: Sites,
        tokens: Tokens,
        client: ::clickhouse::Client,
    ) -> Result<Self, OpenError> {
        check(&config)?;
        let geo = config.geo_file.as_deref().map(GeoFile::open).transpose()?;
        let geo = geo.map(Arc::new);
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| OpenError::NoRuntime)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let time = Arc::new(SpoolTime::new(Arc::clone(&clock)));
        let metrics = Arc::new(Metrics::new());
        let events = Kind {
            row_version: row::VERSION,
            table: clickhouse::EVENTS,
            locks: true,
        };
        let events = Pipeline::start(&config, &events, &time, &metrics, client.clone(), &runtime)?;
        let rejected = Kind {
            row_version: row::REJECTED_VERSION,
            table: clickhouse::REJECTED_EVENTS,
            locks: false,
        };
        // Its numbers are nobody's business: they would be added to those of the events.
        let unseen = Arc::new(Metrics::new());
        let small = rejected_config(&config);
        let rejected = Pipeline::start(&small, &rejected, &time, &unseen, client, &runtime)?;
        let folder = config
            .identity_dir
            .clone()
            .unwrap_or_else(|| config.spool_dir.join("identity"));
        let identity = Identity::open(&folder).map_err(|source| OpenError::Identity {
            path: folder,
            source,
        })?;
        let CollectorConfig {
            max_spool_bytes,
            limits,
            proxy,
            ..
        } = config;
        let refresh = geo.clone().map(|geo| runtime.spawn(refresh(geo)));
        let intake = Intake::new(
            sites.clone(),
            tokens,
            Arc::clone(&events.writer),
            Aside::new(
                Arc::clone(&rejected.writer),
                metrics.rejected_unkept.clone(),
            ),
            Arc::clone(&metrics),
            Arc::clone(&clock),
            IntakeSettings {
                limits,
                proxy,
                geo,
                identity,
            },
        );
        let observer = Observer {
            writer: Arc::clone(&events.writer),
            shelf: Arc::clone(&events.shelf),
            rejected: (Arc::clone(&rejected.writer), Arc::clone(&rejected.shelf)),
            metrics,
            clock,
            delivery: Arc::clone(&events.delivery),
            orders: Arc::clone(&events.orders),
            sites,
            refused_hosts: Arc::clone(&intake.refused_hosts),
            in_flight: intake.in_flight(),
            max_spool_bytes,
        };
        Ok(Self {
            intake: Arc::new(intake),
            observer,
            events,
            rejected,
            refresh,
        })
    }

    /// Begins to insert. Call it once the database is migrated: a batch that meets a missing table is set aside for good.
    pub fn start_inserting(&self) {
        self.events.orders.send_replace(Order::Run);
        self.rejected.orders.send_replace(Order::Run);
    }

    /// The routes `/c`, `/v1/…` and `/optout`.
    pub fn router(&self) -> axum::Router {
        intake::router(Arc::clone(&self.intake))
            .merge(v1::router(Arc::clone(&self.intake)))
            .merge(optout::router(Arc::clone(&self.intake)))
    }

    pub(crate) fn intake(&self) -> Arc<Intake<RealDisk>> {
        Arc::clone(&self.intake)
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
        tokio::join!(self.events.stop(), self.rejected.stop());
        let left = self.observer.shelf.waiting().rows;
        if left > 0 {
            tracing::info!(events = left, "events wait in the spool for the next start");
        }
        left
    }
}

/// The same, smaller.
fn rejected_config(config: &CollectorConfig) -> CollectorConfig {
    CollectorConfig {
        spool_dir: config.spool_dir.join(REJECTED_DIR),
        seal_bytes: REJECTED_SEAL_BYTES,
        max_spool_bytes: REJECTED_SPOOL_BYTES,
        remembered_ids: REMEMBERED_REJECTED,
        ..config.clone()
    }
}

/// Takes a new file for geography into use.
async fn refresh(geo: Arc<GeoFile>) {
    loop {
        tokio::time::sleep(geo::REFRESH).await;
        let geo = Arc::clone(&geo);
        if tokio::task::spawn_blocking(move || geo.refresh())
            .await
            .is_err()
        {
            tracing::error!("looking for a new file for geography failed");
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(refresh) = &self.refresh {
            refresh.abort();
        }
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
        hosts.retain(|refused| {
            let is_tried = self.sites.companion(&settings.id, &refused.host).is_some();
            !is_tried && !settings.allows(&refused.host)
        });
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
        let delivery = self.delivery.lock().unwrap_or_else(PoisonError::into_inner);
        let last_insert = delivery.last_insert_ms;
        drop(delivery);
        let (rejected_writer, rejected_shelf) = &self.rejected;
        let (rejected_open, rejected_sealed) = (rejected_writer.status(), rejected_shelf.waiting());
        Readings {
            rejected: RejectedReadings {
                waiting_events: rejected_sealed.rows + rejected_open.open_rows,
                spool_bytes: rejected_shelf.bytes() + rejected_open.open_bytes,
                refused_batches: rejected_shelf.refused(),
            },
            waiting_events: sealed.rows + open.open_rows,
            waiting_batches: sealed.segments,
            spool_bytes,
            max_spool_bytes: self.max_spool_bytes,
            requests_in_flight: self.in_flight.count(),
            last_insert_ms: last_insert
                .and_then(|ms| u64::try_from(ms).ok())
                .unwrap_or(0),
            oldest_age_ms: u64::try_from(age).unwrap_or(0),
            remembered_ids: open.remembered_ids,
            refused_batches: self.shelf.refused(),
            accepting: !open.in_trouble && !open.closed && spool_bytes < self.max_spool_bytes,
        }
    }
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
