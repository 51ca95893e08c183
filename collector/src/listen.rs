//! The HTTP/1 listener: accepts connections, bounds them, and lets them finish when it is time to stop.
//!
//! `axum::serve` would do but for three things: it never gives up on a connection that sends its headers slowly, it does
//! not bound their number, and it lets a connection's work move from core to core. Here each core has a thread, a lane,
//! that alone does all for its connections, and takes what pages send in the same breath; a request waits for a sync, and continuing
//! it where its memory and its socket are is what makes the difference (`docs/benchmarks.md`). Everything else that may be
//! asked, reports, pages and what servers send (two megabytes at once), is handed to the runtime that started the listener,
//! so that no visitor's event waits for it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{self, Handle};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task;
use tower::Service;

use crate::address::{Peer, ProxySettings};
use crate::collector::{Collector, CollectorConfig};
use crate::gate::Connections;
use crate::intake::{self, Intake};
use crate::limits::Limits;
use crate::spool::io::RealDisk;

/// Requests under way get this long to finish when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// After a failure to accept (too many open files), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running listener.
#[derive(Debug)]
pub struct HttpServer {
    stop: watch::Sender<bool>,
    task: task::JoinHandle<()>,
}

impl HttpServer {
    /// Starts to answer on `listener`. Must be called within a runtime, which answers all but `/c`.
    /// `router`: answers all requests but those to `/c`. `open`: shows how many connections there are.
    pub fn start(
        listener: TcpListener,
        collector: &Collector,
        router: Router,
        settings: &CollectorConfig,
        open: Arc<AtomicUsize>,
    ) -> io::Result<Self> {
        let bounds = Bounds {
            limits: settings.limits.clone(),
            proxy: settings.proxy.clone(),
        };
        let lanes = Lanes::start()?;
        let answers = Answers {
            intake: collector.intake(),
            router,
            others: Handle::current(),
        };
        let (stop, stopped) = watch::channel(false);
        // By a lane, too: a visitor who comes now must not wait for reports either.
        let ways = lanes.ways();
        let first = ways
            .first()
            .map_or_else(Handle::current, |way| way.runtime.clone());
        let listener = listener.into_std()?;
        let listener = {
            let _within = first.enter();
            TcpListener::from_std(listener)?
        };
        let accepting = first.spawn(accept(listener, answers, bounds, open, ways, stopped));
        Ok(Self {
            stop,
            task: tokio::spawn(end(accepting, lanes)),
        })
    }

    /// Stops accepting and waits for the requests under way.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if self.task.await.is_err() {
            tracing::error!("the HTTP listener had ended early");
        }
    }
}

/// What connections are held to.
struct Bounds {
    limits: Limits,
    proxy: ProxySettings,
}

async fn accept(
    listener: TcpListener,
    answers: Answers,
    Bounds { limits, proxy }: Bounds,
    open: Arc<AtomicUsize>,
    ways: Vec<Way>,
    mut stopped: watch::Receiver<bool>,
) -> GracefulShutdown {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let peers = Connections::new(limits.connections_per_address);
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // A trusted proxy has the connections of everybody behind it.
                let of_peer = if proxy.trusts(peer.ip().to_canonical()) {
                    None
                } else {
                    let Some(place) = peers.open(peer.ip()) else {
                        // Closed without a word: whoever opens that many does not listen.
                        continue;
                    };
                    Some(place)
                };
                let service = OfPeer {
                    peer,
                    answers: answers.clone(),
                };
                let connection = serve(stream, service, limits.header_timeout, graceful.watcher());
                let counted = OneMore::of(&open);
                Way::run(&ways, async move {
                    connection.await;
                    drop((counted, place, of_peer));
                });
            }
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    graceful
}

/// Waits for the requests under way when nothing is accepted any more.
async fn end(accepting: task::JoinHandle<GracefulShutdown>, lanes: Lanes) {
    let Ok(graceful) = accepting.await else {
        tracing::error!("the HTTP listener had ended early");
        return;
    };
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            "some requests did not finish in {} s",
            DRAIN_TIMEOUT.as_secs()
        );
    }
    // Waiting for threads is no work for a task.
    if task::spawn_blocking(move || drop(lanes)).await.is_err() {
        tracing::error!("a thread of the HTTP listener had failed");
    }
}

/// Answers on one connection until it ends. To be run by the lane that it belongs to.
async fn serve(stream: TcpStream, service: OfPeer, header_timeout: Duration, watcher: Watcher) {
    // Answers are small: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    // From the events of the runtime that accepted it to those of the lane.
    let stream = match stream.into_std().and_then(TcpStream::from_std) {
        Ok(stream) => stream,
        Err(error) => {
            tracing::warn!("cannot take a connection over: {error}");
            return;
        }
    };
    let connection = Builder::new()
        .timer(TokioTimer::new())
        // Also ends a connection that is kept open for nothing.
        .header_read_timeout(header_timeout)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    // The error would be that the other side went away or spoke no HTTP.
    let _ = watcher.watch(connection).await;
}

/// A thread for each core, each with a runtime of its own.
struct Lanes(Vec<Lane>);

struct Lane {
    way: Way,
    /// Dropped, it ends the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How a lane is given work.
#[derive(Clone)]
struct Way {
    runtime: Handle,
    connections: Arc<AtomicUsize>,
}

impl Lanes {
    fn start() -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (0..cores)
            .map(Lane::start)
            .collect::<io::Result<_>>()
            .map(Self)
    }

    fn ways(&self) -> Vec<Way> {
        self.0.iter().map(|lane| lane.way.clone()).collect()
    }
}

impl Way {
    /// Runs the work of a connection in the lane that has the fewest.
    fn run(ways: &[Self], work: impl Future<Output = ()> + Send + 'static) {
        let count = |way: &&Self| way.connections.load(Ordering::Relaxed);
        if let Some(way) = ways.iter().min_by_key(count) {
            let one = OneMore::of(&way.connections);
            way.runtime.spawn(async move {
                work.await;
                drop(one);
            });
        }
    }
}

impl Lane {
    fn start(number: usize) -> io::Result<Self> {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(format!("intake-{number}"))
            .spawn(move || {
                // Made here: should the thread not start, a runtime could not be dropped where that is found out.
                let runtime = runtime::Builder::new_current_thread().enable_all().build();
                let (handle, runtime) = match runtime {
                    Ok(runtime) => (Ok(runtime.handle().clone()), Some(runtime)),
                    Err(error) => (Err(error), None),
                };
                let is_wanted = tell.send(handle).is_ok();
                if let Some(runtime) = runtime.filter(|_| is_wanted) {
                    // An error is what it waits for: the other end was dropped.
                    let _ = runtime.block_on(stopped);
                }
            })?;
        let runtime = told.recv().map_err(io::Error::other)??;
        Ok(Self {
            way: Way {
                runtime,
                connections: Arc::default(),
            },
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a thread that takes requests failed");
        }
    }
}

/// Counted for as long as it is there.
struct OneMore(Arc<AtomicUsize>);

impl OneMore {
    fn of(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What answers, and where.
#[derive(Clone)]
struct Answers {
    intake: Arc<Intake<RealDisk>>,
    router: Router,
    /// Answers all but `/c`.
    others: Handle,
}

/// Tells every request of a connection who is at its other end.
#[derive(Clone)]
struct OfPeer {
    peer: SocketAddr,
    answers: Answers,
}

impl Service<Request<Incoming>> for OfPeer {
    type Response = Response;
    type Error = <Router as Service<Request<Incoming>>>::Error;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<Request<Incoming>>::poll_ready(&mut self.answers.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        let peer = Peer(self.peer);
        if request.uri().path() == intake::PATH {
            let intake = Arc::clone(&self.answers.intake);
            return Answer::Here(Box::pin(async move {
                intake::collect(&intake, request, Some(peer)).await
            }));
        }
        request.extensions_mut().insert(peer);
        let answer = self.answers.router.call(request);
        Answer::Elsewhere(self.answers.others.spawn(answer))
    }
}

type Answered = Result<Response, <Router as Service<Request<Incoming>>>::Error>;

/// The answer to one request, as it is made.
enum Answer {
    Here(Pin<Box<dyn Future<Output = Response> + Send>>),
    Elsewhere(task::JoinHandle<Answered>),
}

impl Future for Answer {
    type Output = Answered;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answered> {
        match self.get_mut() {
            Self::Here(answer) => answer.as_mut().poll(context).map(Ok),
            Self::Elsewhere(task) => Pin::new(task).poll(context).map(|answer| {
                answer.unwrap_or_else(|error| match error.try_into_panic() {
                    // As if it had happened here: the connection ends, others go on.
                    Ok(panic) => panic::resume_unwind(panic),
                    // The runtime has ended.
                    Err(_) => Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
                })
            }),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Self::Elsewhere(task) = self {
            // Whoever asked is gone, or has the answer.
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests;
