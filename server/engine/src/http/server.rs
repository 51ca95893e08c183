//! Accepts connections and ends them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::handler::answer;
use crate::facade::Facade;

/// Connections at once; a further one waits in the system's queue.
const MAX_CONNECTIONS: usize = 512;
/// How long a client may take over its headers, and how long a kept connection may be silent.
const HEADER_WAIT: Duration = Duration::from_secs(75);
/// How long running statements may take to end when the facade stops.
const DRAIN: Duration = Duration::from_secs(10);
/// Pause after a failed accept: out of file descriptors, as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` turns true, then lets running statements end.
pub(crate) async fn serve(
    listener: TcpListener,
    facade: Arc<Facade>,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            break;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let facade = Arc::clone(&facade);
        let service = service_fn(move |request| {
            let facade = Arc::clone(&facade);
            async move { Ok::<_, Infallible>(answer(facade, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_WAIT)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            "statements were still running when the SQL port closed: they are cancelled"
        );
    }
}
