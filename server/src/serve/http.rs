//! The HTTP/1 listener: accepts connections, bounds them, and lets them finish when it is time to stop.
//!
//! `axum::serve` would do but for two things: it never gives up on a connection that sends its headers slowly, and it
//! does not bound their number.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::{Builder, Connection};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use weir_collector::{CollectorConfig, Connections, Limits, Peer, ProxySettings};

/// Requests under way get this long to finish when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// After a failure to accept (too many open files), so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running listener.
#[derive(Debug)]
pub(super) struct HttpServer {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl HttpServer {
    /// Starts to answer on `listener`.
    /// `open`: shows how many connections there are.
    pub(super) fn start(
        listener: TcpListener,
        router: Router,
        settings: &CollectorConfig,
        open: Arc<AtomicUsize>,
    ) -> Self {
        let bounds = Bounds {
            limits: settings.limits.clone(),
            proxy: settings.proxy.clone(),
        };
        let (stop, stopped) = watch::channel(false);
        Self {
            stop,
            task: tokio::spawn(accept(listener, router, bounds, open, stopped)),
        }
    }

    /// Stops accepting and waits for the requests under way.
    pub(super) async fn stop(self) {
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
    router: Router,
    Bounds { limits, proxy }: Bounds,
    open: Arc<AtomicUsize>,
    mut stopped: watch::Receiver<bool>,
) {
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
                let connection = connection(stream, peer, router.clone(), limits.header_timeout);
                let connection = graceful.watch(connection);
                let open = Arc::clone(&open);
                tokio::spawn(async move {
                    open.fetch_add(1, Ordering::Relaxed);
                    // The error would be that the other side went away or spoke no HTTP.
                    let _ = connection.await;
                    open.fetch_sub(1, Ordering::Relaxed);
                    drop((place, of_peer));
                });
            }
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            "some requests did not finish in {} s",
            DRAIN_TIMEOUT.as_secs()
        );
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    header_timeout: Duration,
) -> Connection<TokioIo<TcpStream>, Service> {
    // Answers are small: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    Builder::new()
        .timer(TokioTimer::new())
        // Also ends a connection that is kept open for nothing.
        .header_read_timeout(header_timeout)
        .serve_connection(
            TokioIo::new(stream),
            TowerToHyperService::new(FromPeer { peer, router }),
        )
}

type Service = TowerToHyperService<FromPeer>;

/// Tells every request of a connection who is at its other end.
#[derive(Clone)]
struct FromPeer {
    peer: SocketAddr,
    router: Router,
}

impl tower_service::Service<Request<Incoming>> for FromPeer {
    type Response = <Router as tower_service::Service<Request<Incoming>>>::Response;
    type Error = <Router as tower_service::Service<Request<Incoming>>>::Error;
    type Future = <Router as tower_service::Service<Request<Incoming>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        tower_service::Service::<Request<Incoming>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(Peer(self.peer));
        self.router.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Extension;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn start(settings: &CollectorConfig) -> (HttpServer, SocketAddr) {
        let router = Router::new().route(
            "/",
            get(async |Extension(peer): Extension<Peer>| peer.0.ip().to_string()),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = HttpServer::start(listener, router, settings, Arc::default());
        (server, address)
    }

    #[tokio::test]
    async fn requests_know_their_peer_and_who_sends_no_headers_is_left() {
        let settings = CollectorConfig {
            limits: Limits {
                header_timeout: Duration::from_millis(200),
                ..Limits::default()
            },
            ..CollectorConfig::default()
        };
        let (server, address) = start(&settings).await;

        let mut asking = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        asking.write_all(request).await.unwrap();
        let mut answer = String::new();
        asking.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("\r\n\r\n127.0.0.1"), "{answer}");

        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        // Ends because the server closes the connection.
        let mut rest = Vec::new();
        slow.read_to_end(&mut rest).await.unwrap();
        server.stop().await;
    }
}
