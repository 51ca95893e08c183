//! `weir serve`: brings the parts up in order, and down again.
//!
//! Order of starting: what can be refused at once comes first (folder, library, ports, spool), then intake, so that
//! events are acknowledged from the first moment, then the engine and what is built in it. Stopping goes the other way:
//! no more requests, the spool is drained, the engine ends last.

mod banner;
mod follow;
mod parts;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::warehouse::Stage;
use parts::Server;
pub(crate) use parts::open_store;

/// ClickHouse that does not answer by then is reported; the server is up all the same.
const READY_PATIENCE: Duration = Duration::from_secs(20);
/// Signals this close together are one: tools pass them to the process and to its group.
const SAME_SIGNAL: Duration = Duration::from_millis(500);
/// Exit code of a process ended by a second signal.
const FORCED: u8 = 130;

/// Sends log lines to standard error. `WEIR_LOG` says how much, as in `info,weir_collector=debug`.
pub fn start_logging(default: &str, format: LogFormat) {
    let quiet = format!("{default},clickhouse=warn,hyper=warn");
    let filter = std::env::var("WEIR_LOG").unwrap_or(quiet);
    let color = std::io::IsTerminal::is_terminal(&std::io::stderr())
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(color)
        .with_target(false);
    if format == LogFormat::Json {
        // The error would be that logging is on already.
        let _ = log
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init();
        return;
    }
    // The lines of a supervised engine are logged once more by its parent, with the time. The error would be that
    // logging is on already.
    let _ = if std::env::var_os("WEIR_ENGINE_PARENT").is_some() {
        log.without_time().try_init()
    } else {
        log.try_init()
    };
}

/// Serves until a signal says stop. A second signal ends the process at once.
pub async fn serve(config: Config) -> Result<ExitCode, Failure> {
    let mut signals = Signals::listen()?;
    for line in config.lines() {
        tracing::info!("setting {line}");
    }
    let mut server = Server::open(config).await?;
    let failure = tokio::select! {
        failure = run(&mut server) => Some(failure),
        () = signals.next() => None,
    };
    tracing::info!("stopping: what was taken in is kept; a second signal ends at once");
    tokio::select! {
        () = server.stop() => {}
        () = signals.second() => {
            tracing::warn!("ended by a second signal; the spool is taken up at the next start");
            std::process::exit(i32::from(FORCED));
        }
    }
    match failure {
        Some(failure) => Err(failure),
        None => {
            tracing::info!("stopped");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Brings the engine up, says so, and goes on until something fails for good.
async fn run(server: &mut Server) -> Failure {
    if let Err(failure) = server.start_engine().await {
        return failure;
    }
    server.start_warehouse();
    tokio::join!(server.insert_when_migrated(), announce(server));
    std::future::pending().await
}

/// Prints where everything is, at the latest when patience ends.
async fn announce(server: &Server) {
    let up = tokio::time::timeout(READY_PATIENCE, server.reached(Stage::Published)).await;
    let mut terminal = Terminal::stdout();
    let text = server.banner(up.is_ok(), &terminal);
    if let Err(error) = terminal
        .write_all(text.as_bytes())
        .and_then(|()| terminal.flush())
    {
        tracing::warn!("could not print where everything is: {error}");
    }
    server.reached(Stage::Published).await;
    tracing::info!("the views are there: all numbers can be asked for");
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::environment(format!("cannot listen for signals: {error}"), "")
            })
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// A signal that a person sends because the first does not seem to help.
    async fn second(&mut self) {
        let one = tokio::time::Instant::now() + SAME_SIGNAL;
        loop {
            self.next().await;
            if tokio::time::Instant::now() > one {
                return;
            }
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
