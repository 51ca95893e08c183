//! The process: everything that is in memory, and gone when it is killed.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::World;
use super::warehouse::Connection;
use crate::aside::Aside;
use crate::clock::Clock;
use crate::deliver::{Delivery, DeliveryStatus, Order};
use crate::intake::{self, Intake, IntakeSettings};
use crate::metrics::Metrics;
use crate::sink::row;
use crate::site::Sites;
use crate::site::tests::shop;
use crate::spool::ids::IdWindow;
use crate::spool::ids_log::IdsLog;
use crate::spool::io::Disk;
use crate::spool::journal::{Journal, SealAt};
use crate::spool::recover::recover;
use crate::spool::shelf::Shelf;
use crate::spool::sim::SimDisk;
use crate::spool::writer::{QueueLimits, SpoolTime, Turn, Worker, Writer};
use crate::token::Tokens;

pub(super) const DIR: &str = "/spool";
const REJECTED: &str = "/spool/rejected";
const MAX_IDS: usize = 1_000_000;
const MAX_AGE: Duration = Duration::from_secs(10_000_000);
/// A spool that a run can fill.
const MAX_SPOOL_BYTES: u64 = 24_000;

/// Between two looks at the queue.
const IDLE: Duration = Duration::from_millis(30);
const BUSY: Duration = Duration::from_millis(4);

pub(super) struct Node {
    router: Router,
    writer: Arc<Writer<SimDisk>>,
    shelf: Arc<Shelf<SimDisk>>,
    orders: watch::Sender<Order>,
    tasks: JoinSet<()>,
    requests: Arc<Mutex<JoinSet<()>>>,
}

type Spool = (Arc<Writer<SimDisk>>, Arc<Shelf<SimDisk>>, Worker<SimDisk>);

fn spool(world: &World, dir: &Path, row_version: u32, max_spool_bytes: u64) -> Option<Spool> {
    let disk = Arc::new(world.disk.clone());
    disk.create_dir(dir).ok()?;
    let mut window = IdWindow::new(MAX_IDS, MAX_AGE);
    let log = IdsLog::open(Arc::clone(&disk), dir, MAX_IDS, MAX_AGE, &mut window).ok()?;
    let found = recover(&*disk, dir, &mut window).ok()?;
    if found.unreadable > 0 {
        return None;
    }
    let damaged = found.damage.gaps + found.damage.headers;
    assert!(disk.has_holes() || damaged == 0, "{:?}", found.damage);
    let clock: Arc<dyn Clock> = Arc::clone(&world.clock) as _;
    let time = Arc::new(SpoolTime::new(clock));
    let grace = Duration::from_secs(2);
    let shelf = Arc::new(Shelf::new(Arc::clone(&disk), dir, grace, log, &found, None));
    let seal_at = SealAt {
        age: Duration::from_secs(1),
        bytes: 6_000,
        rows: 12,
    };
    let journal = Journal::new(disk, dir, seal_at, found.next_number, window)
        .of_rows(row_version)
        .with_room_from(1_000);
    let limits = QueueLimits {
        commit_wait: Duration::ZERO,
        commit_bytes: 4_000,
        max_spool_bytes,
    };
    let (writer, worker) = Writer::with_worker(
        journal,
        Arc::clone(&shelf),
        time,
        Arc::new(Metrics::new()),
        limits,
    );
    Some((Arc::new(writer), shelf, worker))
}

impl Node {
    /// `None`: the disk fails during the start.
    pub(super) fn start(world: &Arc<World>) -> Option<Self> {
        let events = spool(world, Path::new(DIR), row::VERSION, MAX_SPOOL_BYTES)?;
        let rejected = spool(world, Path::new(REJECTED), row::REJECTED_VERSION, 1 << 20)?;
        let clock: Arc<dyn Clock> = Arc::clone(&world.clock) as _;
        let sites = Sites::new();
        sites.replace(vec![shop(&["shop.example"])]);
        let (writer, shelf, worker) = events;
        let (aside, _, aside_worker) = rejected;
        let metrics = Arc::new(Metrics::new());
        let intake = Intake::new(
            sites,
            Tokens::new(),
            Arc::clone(&writer),
            Aside::new(aside, metrics.rejected_unkept.clone()),
            metrics,
            Arc::clone(&clock),
            IntakeSettings::default(),
        );
        let delivery = Delivery::new(
            Arc::clone(&shelf),
            Connection(Arc::clone(&world.warehouse)),
            Arc::new(Metrics::new()),
            Arc::new(SpoolTime::new(clock)),
            Arc::new(Mutex::new(DeliveryStatus::default())),
        );
        let (orders, receiver) = watch::channel(Order::Run);
        let mut tasks = JoinSet::new();
        tasks.spawn(delivery.run(receiver));
        tasks.spawn(work(Arc::clone(world), worker));
        tasks.spawn(work(Arc::clone(world), aside_worker));
        Some(Self {
            router: intake::router(Arc::new(intake)),
            writer,
            shelf,
            orders,
            tasks,
            requests: Arc::default(),
        })
    }

    /// Answers a request; the future is dropped without an answer when the process is killed.
    pub(super) fn request(
        &self,
        request: Request<Body>,
    ) -> tokio::sync::oneshot::Receiver<Response> {
        let (answer, receiver) = tokio::sync::oneshot::channel();
        let router = self.router.clone();
        self.requests.lock().unwrap().spawn(async move {
            let Ok(response) = router.oneshot(request).await;
            // Nobody may be listening any more.
            let _: Result<(), _> = answer.send(response);
        });
        receiver
    }

    /// Whether nothing waits, nothing was refused and nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        let open = self.writer.status();
        open.open_rows == 0
            && self.shelf.waiting().segments == 0
            && self.shelf.refused() == 0
            && self.shelf.bytes() == 0
    }

    /// Stops as on SIGTERM: no more requests, then what waits is delivered.
    pub(super) async fn stop(mut self) {
        let writer = Arc::clone(&self.writer);
        writer.close();
        let until = tokio::time::Instant::now() + Duration::from_secs(5);
        self.orders.send_replace(Order::Drain(until));
        let all = async { while self.tasks.join_next().await.is_some() {} };
        // A try that is cut off may have succeeded.
        let _: Result<(), _> = tokio::time::timeout(Duration::from_secs(7), all).await;
    }
}

/// The thread that writes, as a task. A machine that has stopped does nothing more.
async fn work(world: Arc<World>, mut worker: Worker<SimDisk>) {
    loop {
        // Looked at less often while there is nothing to do, so that a run takes milliseconds.
        let pause = if worker.is_idle() { IDLE } else { BUSY };
        let slow = Duration::from_millis(world.slow_disk_ms.load(Ordering::Relaxed));
        tokio::time::sleep(pause + slow).await;
        if worker.turn() == Turn::Last {
            return;
        }
        if world.disk.has_crashed() {
            let world = Arc::clone(&world);
            // Not from within: it ends this task.
            tokio::spawn(async move {
                if world.disk.has_crashed() {
                    world.kill(true);
                }
            });
            return;
        }
    }
}
