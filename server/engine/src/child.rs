//! `weir engine`: the engine and its HTTP interface, in a process of its own.
//!
//! The parent (`weir serve`) starts it with a pipe as standard input. The child ends when the pipe closes, when the
//! kernel tells of the parent's death, or when SIGTERM comes; SIGINT is ignored, because a terminal sends it to parent
//! and child alike and the parent still has events to insert.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use weir_libchdb::{Connection, Library, LoadError, Parameters};

use crate::error::SqlError;
use crate::facade::Facade;
use crate::guard::{EngineNames, Guard};
use crate::http::origin::AllowedHosts;
use crate::http::server::serve;
use crate::kill::Killer;
use crate::layout::{FolderLock, Layout};
use crate::parent;
use crate::pool::Pool;
use crate::session::Engine;
use crate::supervisor;
use crate::user::Secret;

/// How long a new child waits for an old one to let go of the data folder.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(50);
/// How long statements that outlived the HTTP server may hold up the end.
const WORKER_WAIT: Duration = Duration::from_secs(5);
/// The engine's share of the machine's memory, in percent.
const MEMORY_SHARE_PERCENT: u64 = 60;
/// One analyst's statement's share of the engine's memory, in percent.
const ANALYST_MEMORY_PERCENT: u64 = 50;
/// Assumed when the system does not tell its memory.
const DEFAULT_MEMORY_BYTES: u64 = 4 << 30;

/// What the engine process is told.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The data folder; the engine's own is `engine` in it.
    pub data_dir: PathBuf,
    /// Address of the SQL port.
    pub listen: SocketAddr,
    /// Host names besides loopback ones under which the port may be addressed.
    pub hosts: Vec<String>,
    /// `libchdb.so`.
    pub library: PathBuf,
}

/// Why the engine process ended.
#[derive(Debug, Error)]
pub enum EngineFailure {
    /// The data folder cannot be used.
    #[error("the engine's folder in `{}` cannot be used: {error}", path.display())]
    Folder {
        /// The data folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another process has the folder open.
    #[error("another process uses the engine's folder in `{}`", .0.display())]
    Locked(PathBuf),
    /// The address is taken.
    #[error("the SQL port {0} is already in use")]
    PortInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("the SQL port {listen} cannot be opened: {error}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The library cannot be loaded.
    #[error(transparent)]
    Library(#[from] LoadError),
    /// The engine does not start.
    #[error("the ClickHouse engine does not start: {0}")]
    Engine(String),
    /// The system refused something else.
    #[error("the engine process cannot run: {0}")]
    System(#[from] io::Error),
}

impl EngineFailure {
    /// What a person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Folder { .. } => {
                "check that the folder exists, is writable and has space".to_owned()
            }
            Self::Locked(_) => {
                "stop the other Weir, or use another folder with `--data`".to_owned()
            }
            Self::PortInUse(listen) => format!(
                "stop what uses port {} (often another Weir or a ClickHouse server), or choose another with `--sql-listen`",
                listen.port()
            ),
            Self::Listen { .. } => "choose another address with `--sql-listen`".to_owned(),
            Self::Library(error) => error.hint().to_owned(),
            Self::Engine(_) => {
                "the lines above are the engine's own; the data folder may be from a newer version"
                    .to_owned()
            }
            Self::System(_) => "see the message above".to_owned(),
        }
    }

    /// Whether starting again could end otherwise.
    pub fn is_final(&self) -> bool {
        match self {
            Self::PortInUse(_)
            | Self::Listen { .. }
            | Self::Library(_)
            | Self::Folder { .. }
            | Self::Locked(_) => true,
            Self::Engine(_) | Self::System(_) => false,
        }
    }

    /// Exit status of a process that ends so: the parent reads it.
    pub fn exit_code(&self) -> u8 {
        if self.is_final() {
            EXIT_FINAL
        } else {
            EXIT_RETRY
        }
    }
}

/// Exit status: starting again would end the same way.
pub(crate) const EXIT_FINAL: u8 = 78;
/// Exit status: worth another try.
const EXIT_RETRY: u8 = 75;

/// Runs the engine until it is told to stop. The body of `weir engine`.
pub fn run(options: &EngineOptions) -> Result<(), EngineFailure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("weir-sql")
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(run_until_told(options));
    runtime.shutdown_timeout(WORKER_WAIT);
    let library = outcome?;
    if let Err(error) = library.shutdown() {
        // Its threads for merges do not end by themselves; every session is closed, so the exit is clean all the same.
        tracing::debug!(%error, "threads of the engine are left to the end of the process");
    }
    Ok(())
}

async fn run_until_told(options: &EngineOptions) -> Result<Library, EngineFailure> {
    let stop = parent::stop_signal()?;
    let folder = |error| EngineFailure::Folder {
        path: options.data_dir.clone(),
        error,
    };
    let layout = Layout::create(&options.data_dir).map_err(folder)?;
    let secret = Secret::read_or_create(&options.data_dir).map_err(folder)?;
    let lock = wait_for_lock(&layout, options).await?;
    let memory_bytes = memory_for_engine();
    layout.write_configuration(memory_bytes).map_err(folder)?;
    let listener = listen(options.listen).await?;
    let library = Library::load(&options.library)?;
    std::env::set_current_dir(layout.root()).map_err(folder)?;
    let engine = Engine::new(library.clone(), &layout.database(), &layout.config());
    let (starting, timezone, names) =
        start_engine(&engine).map_err(|error| EngineFailure::Engine(error.text))?;
    let (killer, kill_thread) = Killer::start(engine.clone())?;
    let facade = Facade {
        engine,
        pool: Pool::new(),
        sessions: Arc::default(),
        killer,
        secret,
        hosts: AllowedHosts::new(&options.hosts, options.listen.ip()),
        timezone,
        version: library.version(),
        guard: Guard::new(names, memory_bytes / 100 * ANALYST_MEMORY_PERCENT),
    };
    let address = listener.local_addr()?;
    tracing::info!(version = library.version(), %address, "the SQL port is open");
    supervisor::announce(address)?;
    serve(listener, Arc::new(facade), stop).await;
    drop(starting);
    wait_for_end(&kill_thread).await;
    drop(lock);
    Ok(library)
}

/// The thread that cancels ends with the last statement; one that does not end is left to the end of the process.
async fn wait_for_end(kill_thread: &std::thread::JoinHandle<()>) {
    let deadline = tokio::time::Instant::now() + WORKER_WAIT;
    while !kill_thread.is_finished() && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(LOCK_POLL).await;
    }
}

/// The first connection starts the engine and holds it until the end.
fn start_engine(engine: &Engine) -> Result<(Connection, String, EngineNames), SqlError> {
    let mut connection = engine.open()?;
    let answer = connection.query(
        "SELECT timezone()",
        "TabSeparatedRaw",
        &Parameters::default(),
    )?;
    let timezone = String::from_utf8_lossy(answer.bytes()).trim().to_owned();
    let names = EngineNames::load(&mut connection)?;
    Ok((connection, timezone, names))
}

async fn wait_for_lock(
    layout: &Layout,
    options: &EngineOptions,
) -> Result<FolderLock, EngineFailure> {
    let folder = |error| EngineFailure::Folder {
        path: options.data_dir.clone(),
        error,
    };
    let deadline = tokio::time::Instant::now() + LOCK_WAIT;
    loop {
        if let Some(lock) = layout.try_lock().map_err(folder)? {
            return Ok(lock);
        }
        if tokio::time::Instant::now() > deadline {
            return Err(EngineFailure::Locked(options.data_dir.clone()));
        }
        tokio::time::sleep(LOCK_POLL).await;
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, EngineFailure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => EngineFailure::PortInUse(address),
            _ => EngineFailure::Listen {
                listen: address,
                error,
            },
        })
}

/// A share of the machine's memory, so that a query fails before the system ends a process.
fn memory_for_engine() -> u64 {
    let total = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
    total.map_or(DEFAULT_MEMORY_BYTES, |kib| {
        kib * 1024 / 100 * MEMORY_SHARE_PERCENT
    })
}
