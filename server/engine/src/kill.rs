//! Ends queries that nobody waits for, or that run for too long.
//!
//! The engine cancels a query only from another session (`KILL QUERY`), so one thread keeps a session for that. A query
//! is known by its `log_comment`, which the facade sets and no client can. A kill that comes before the engine knows
//! the query finds nothing, and some steps of a query do not look whether they were killed: it is repeated until the
//! work is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use uuid::Uuid;
use weir_libchdb::{Connection, Parameters};

use crate::session::Engine;

/// Pause between kills of the same query.
const REPEAT: Duration = Duration::from_millis(100);
/// Kills of one query before saying in the log that it does not end.
const KILLS_BEFORE_WARNING: u32 = 100;
/// How long the thread sleeps when there is nothing to watch.
const IDLE: Duration = Duration::from_secs(3600);

/// Hands queries over to be watched. The thread ends when every copy of this is gone.
#[derive(Debug, Clone)]
pub(crate) struct Killer {
    orders: Sender<Order>,
}

/// A query to kill at a time, unless it is over by then. As many exist as there are places for queries, twice.
#[derive(Debug)]
struct Order {
    tag: String,
    at: Instant,
    over: Arc<AtomicBool>,
    kills: u32,
}

/// A query under watch. Dropping this before [`Running::finished`] kills the query.
#[derive(Debug)]
pub(crate) struct Running {
    killer: Killer,
    tag: String,
    over: Arc<AtomicBool>,
}

/// Held by the worker: when it is dropped, the work is over, however it ended.
#[derive(Debug)]
pub(crate) struct Worker(Arc<AtomicBool>);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Killer {
    /// Starts the thread that kills.
    pub(crate) fn start(engine: Engine) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (orders, receive) = channel();
        let thread = std::thread::Builder::new()
            .name("weir-kill".to_owned())
            .spawn(move || watch(&engine, &receive))?;
        Ok((Self { orders }, thread))
    }

    /// A tag for a query to come, a watch for whoever waits, and a mark for whoever works. The query is killed after
    /// `limit`.
    pub(crate) fn watch(&self, limit: Option<Duration>) -> (String, Running, Worker) {
        let tag = Uuid::new_v4().to_string();
        let over = Arc::new(AtomicBool::new(false));
        let running = Running {
            killer: self.clone(),
            tag: tag.clone(),
            over: Arc::clone(&over),
        };
        if let Some(limit) = limit {
            running.kill_at(Instant::now() + limit);
        }
        (tag, running, Worker(over))
    }
}

impl Running {
    /// The result is complete: nothing to kill.
    pub(crate) fn finished(self) {
        self.over.store(true, Ordering::Release);
    }

    fn kill_at(&self, at: Instant) {
        let order = Order {
            tag: self.tag.clone(),
            at,
            over: Arc::clone(&self.over),
            kills: 0,
        };
        // The thread lives as long as any `Killer`, and this holds one.
        drop(self.killer.orders.send(order));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.over.load(Ordering::Acquire) {
            self.kill_at(Instant::now());
        }
    }
}

fn watch(engine: &Engine, receive: &Receiver<Order>) {
    let mut connection: Option<Connection> = None;
    let mut orders: Vec<Order> = Vec::new();
    loop {
        let now = Instant::now();
        let next = orders.iter().map(|order| order.at).min();
        let wait = next.map_or(IDLE, |at| at.saturating_duration_since(now));
        match receive.recv_timeout(wait) {
            Ok(order) => orders.push(order),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        orders.retain(|order| !order.over.load(Ordering::Acquire));
        let now = Instant::now();
        for order in orders.iter_mut().filter(|order| order.at <= now) {
            kill(engine, &mut connection, order);
            order.at = now + REPEAT;
        }
    }
}

fn kill(engine: &Engine, connection: &mut Option<Connection>, order: &mut Order) {
    order.kills += 1;
    if order.kills == KILLS_BEFORE_WARNING {
        tracing::warn!("a query does not end although it was cancelled many times");
    }
    if connection.is_none() {
        *connection = engine.open().inspect_err(|error| log(&error.text)).ok();
    }
    let Some(session) = connection else { return };
    let mut parameters = Parameters::default();
    parameters.add("tag", order.tag.as_str());
    let sql = "KILL QUERY WHERE Settings['log_comment'] = {tag:String} ASYNC FORMAT Null";
    if let Err(error) = session.query(sql, "Null", &parameters) {
        log(&error.0);
        *connection = None;
    }
}

fn log(error: &str) {
    tracing::warn!(error, "a query could not be cancelled");
}
