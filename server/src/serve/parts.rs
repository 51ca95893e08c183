//! The parts of a running server and how they hold together.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use weir_collector::warehouse::{self, Cluster};
use weir_collector::{Collector, CollectorConfig, HttpServer, OpenError, Sites, Tokens};
use weir_engine::Supervisor;

use super::banner::Banner;
use super::follow::Follow;
use crate::accounts::secret::Code;
use crate::accounts::{Accounts, Clock};
use crate::config::layers::Key;
use crate::config::{Clickhouse, Config};
use crate::container::Container;
use crate::data_dir::DataDir;
use crate::demo_shop;
use crate::engine;
use crate::failure::Failure;
use crate::ports;
use crate::preview::{Previews, Writer};
use crate::publish;
use crate::publish::site::{Published, PublishedHandle};
use crate::publish::watch::Watch;
use crate::publish::{Definitions, Destinations, Publisher};
use crate::routes::{self, App};
use crate::sql::{self, Sql};
use crate::store::Store;
use crate::tag::TagBuild;
use crate::terminal::Terminal;
use crate::warehouse::{Ready, Stage, Warehouse};

/// The page asks often; an answer that takes longer is none. Longer than a connection may take to come about, so that a server
/// that is away is not taken for one that is slow.
const PAGE_TIMEOUT: Duration = Duration::from_secs(6);
/// A start does not wait longer for what ClickHouse knows of its cluster.
const CLUSTER_TIMEOUT: Duration = Duration::from_secs(5);

/// A server on its way up, running, or on its way down.
pub(super) struct Server {
    config: Config,
    data: DataDir,
    target: Target,
    client: clickhouse::Client,
    publishing: Publishing,
    /// What previews observe, on its way to ClickHouse.
    previewed: Writer,
    public_url: String,
    stage: watch::Sender<Stage>,
    ready: Ready,
    http: HttpServer,
    collector: Collector,
    engine: Option<Supervisor>,
    tasks: Vec<JoinHandle<()>>,
}

/// Where ClickHouse is and how to talk to it.
struct Target {
    reader: Clickhouse,
    writer: Clickhouse,
    embedded: Option<Embedded>,
}

/// What the embedded engine needs.
struct Embedded {
    library: PathBuf,
    listen: SocketAddr,
}

/// Containers, what is made of them, and who makes it.
struct Publishing {
    store: Arc<Store>,
    build: Arc<TagBuild>,
    published: PublishedHandle,
    definitions: watch::Receiver<Definitions>,
    publisher: Publisher,
    accounts: Accounts,
    watch: Watch,
}

impl Publishing {
    /// Publishes what the files say and watches them from here on.
    fn start(
        config: &Config,
        data: &DataDir,
        base_path: &str,
        intake: Sites,
    ) -> Result<Self, Failure> {
        let store = Arc::new(open_store(data)?);
        let build = Arc::new(TagBuild::embedded(base_path, &config.tag_prefix)?);
        let published: PublishedHandle = Arc::new(ArcSwap::from_pointee(Published::default()));
        let (warehouse, definitions) = watch::channel(Definitions::new());
        require_files(&config.containers, &store)?;
        let (files, sample) = containers(config, data)?;
        let publisher = Publisher::start(
            Arc::clone(&store),
            Arc::clone(&build),
            Destinations {
                published: Arc::clone(&published),
                intake,
                warehouse,
            },
            &files,
            sample,
        );
        let accounts = Accounts::open(Arc::clone(&store), Clock::system()).map_err(|error| {
            Failure::environment(
                format!("cannot read the accounts: {error}"),
                "look at `control.db` in the data folder; if it is damaged, restore it from a copy",
            )
        })?;
        let watch = Watch::start(publisher.clone()).map_err(|error| {
            Failure::environment(
                format!("cannot start a thread: {error}"),
                "look at `ulimit -u`",
            )
        })?;
        Ok(Self {
            store,
            build,
            published,
            definitions,
            publisher,
            accounts,
            watch,
        })
    }
}

impl Server {
    /// Everything that needs no ClickHouse: from here on, events are taken in.
    pub(super) async fn open(config: Config) -> Result<Self, Failure> {
        let data = DataDir::open(&config.data)?;
        let library = config
            .clickhouse
            .is_none()
            .then(|| engine::find_library(&config))
            .transpose()?;
        let listener = ports::bind(Key::Listen, config.listen).await?;
        let target = Target::new(&config, &data, library).await?;
        let client = sql::client(&target.writer)?;
        if let Some(cluster) = &config.cluster {
            check_cluster(&client, cluster).await?;
        }
        let public_url = public_url(&config, &listener);

        let sites = Sites::new();
        let settings = CollectorConfig {
            spool_dir: data.spool(),
            identity_dir: Some(data.identity()),
            ..config.collector.clone()
        };
        let tokens = Tokens::new();
        let collector = Collector::open(settings, sites.clone(), tokens.clone(), client.clone())
            .map_err(|error| open_failure(&data, &error))?;

        let publishing = Publishing::start(&config, &data, path_of(&public_url), sites)?;
        // Before the first request is answered: none is refused for a token that was not read yet.
        let follow = Follow::start(
            Arc::clone(&publishing.store),
            tokens.clone(),
            publishing.publisher.clone(),
        )?;

        let previewed = Writer::default();
        let ready = Ready::default();
        let app = App {
            published: Arc::clone(&publishing.published),
            build: Arc::clone(&publishing.build),
            previews: Previews::new(
                Arc::clone(&publishing.store),
                Arc::clone(&publishing.build),
                previewed.clone(),
                public_url.clone(),
            ),
            collector: collector.observer(),
            tokens,
            accounts: publishing.accounts.clone(),
            store: Arc::clone(&publishing.store),
            publisher: publishing.publisher.clone(),
            proxy: config.collector.proxy.clone(),
            activity: routes::Activity::default(),
            ready: ready.clone(),
            lives: Arc::default(),
            latest: Arc::default(),
            taken_back: Arc::default(),
            uninvited: Arc::default(),
            signs: Arc::default(),
            heavy: App::places(),
            writer: client.clone(),
            sql: Sql::new(&target.reader, PAGE_TIMEOUT)?,
            sql_url: target.reader.url.clone(),
            public_url: public_url.clone(),
            tag_prefix: config.tag_prefix.clone(),
            demo: config.demo,
            data: data.path().to_owned(),
            connections: Arc::default(),
        };
        let connections = Arc::clone(&app.connections);
        let http = HttpServer::start(
            listener,
            &collector,
            routes::router(app, collector.router()),
            &config.collector,
            connections,
        )
        .map_err(|error| {
            Failure::environment(
                format!("cannot start the threads that take requests: {error}"),
                "look at the limits on threads and open files of this user",
            )
        })?;
        Ok(Self {
            config,
            data,
            target,
            client,
            publishing,
            previewed,
            public_url,
            stage: watch::Sender::new(Stage::Waiting),
            ready,
            http,
            collector,
            engine: None,
            tasks: vec![tokio::spawn(follow.run())],
        })
    }

    /// Starts the embedded engine, unless a ClickHouse server is used.
    pub(super) async fn start_engine(&mut self) -> Result<(), Failure> {
        if let Some(embedded) = &self.target.embedded {
            let supervisor = engine::supervise(&self.data, embedded.listen, &embedded.library);
            self.engine = Some(supervisor.await?);
            self.data
                .announce_sql(Some(ports::reachable(embedded.listen)));
        }
        Ok(())
    }

    /// Starts what keeps ClickHouse up to date, and fills the sample of the demo.
    pub(super) fn start_warehouse(&mut self) {
        let warehouse = Warehouse {
            client: self.client.clone(),
            cluster: self.config.cluster.clone(),
            store: Arc::clone(&self.publishing.store),
            definitions: self.publishing.definitions.clone(),
            stage: self.stage.clone(),
            ready: self.ready.clone(),
        };
        self.tasks.push(tokio::spawn(warehouse.run()));
        let (retention, client) = (self.config.retention.clone(), self.client.clone());
        let mut stage = self.stage.subscribe();
        self.tasks.push(tokio::spawn(async move {
            // What is waited for must not be held on to.
            let migrated = stage
                .wait_for(|stage| *stage >= Stage::Migrated)
                .await
                .is_ok();
            if migrated {
                retention.enforce(client).await;
            }
        }));
        let (previewed, client) = (self.previewed.clone(), self.client.clone());
        let mut stage = self.stage.subscribe();
        self.tasks.push(tokio::spawn(async move {
            let migrated = stage
                .wait_for(|stage| *stage >= Stage::Migrated)
                .await
                .is_ok();
            if migrated {
                previewed.run(client).await;
            }
        }));
        if self.config.demo && !self.config.no_sample {
            let (client, mut stage) = (self.client.clone(), self.stage.subscribe());
            let data = self.data.clone();
            self.tasks.push(tokio::spawn(async move {
                if stage
                    .wait_for(|stage| *stage == Stage::Published)
                    .await
                    .is_ok()
                {
                    demo_shop::seed(&client, &data).await;
                }
            }));
        }
    }

    /// Begins to insert once the tables exist: before, a batch would be refused for good.
    pub(super) async fn insert_when_migrated(&self) {
        self.reached(Stage::Migrated).await;
        self.collector.start_inserting();
    }

    /// Waits until ClickHouse has come this far.
    pub(super) async fn reached(&self, wanted: Stage) {
        // The sender lives as long as the server.
        let _ = self
            .stage
            .subscribe()
            .wait_for(|stage| *stage >= wanted)
            .await;
    }

    /// What to print.
    pub(super) fn banner(&self, ready: bool, terminal: &Terminal<'_>) -> String {
        let banner = Banner {
            public_url: &self.public_url,
            setup_code: self.publishing.accounts.setup_code().map(Code::expose),
            tag_prefix: &self.config.tag_prefix,
            published: &self.publishing.published.load(),
            demo: self.config.demo,
            sql_url: &self.target.reader.url,
            embedded: self.target.embedded.is_some(),
            ready,
            data: self.data.path(),
        };
        banner.text(terminal)
    }

    /// Stops in the opposite order.
    pub(super) async fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        self.http.stop().await;
        drop(self.publishing.watch);
        let left = self.collector.shutdown().await;
        if left > 0 {
            tracing::info!("{left} events wait on disk and are inserted after the next start");
        }
        if let Some(engine) = self.engine {
            engine.stop().await;
            self.data.announce_sql(None);
        }
    }
}

impl Target {
    async fn new(
        config: &Config,
        data: &DataDir,
        library: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let Some(library) = library else {
            let server = config.clickhouse.clone().ok_or_else(|| {
                Failure::usage(
                    "there is no ClickHouse to use",
                    "give --clickhouse-url or --engine-lib",
                )
            })?;
            return Ok(Self {
                writer: server.clone(),
                reader: server,
                embedded: None,
            });
        };
        let secret = data.secret()?;
        let listen = ports::free_for_sql(config.sql_listen).await?;
        let url = format!("http://{}", ports::reachable(listen));
        Ok(Self {
            reader: Clickhouse::new(&url, sql::ANALYST, ""),
            writer: Clickhouse::new(&url, sql::WRITER, secret.expose()),
            embedded: Some(Embedded { library, listen }),
        })
    }
}

/// What is wrong with the cluster is said at once, and not in a log that repeats it. While ClickHouse is away nothing can be
/// said: events are taken in, and the tables are made when it answers.
async fn check_cluster(client: &clickhouse::Client, cluster: &Cluster) -> Result<(), Failure> {
    let answer = warehouse::check_cluster(client, cluster);
    match tokio::time::timeout(CLUSTER_TIMEOUT, answer).await {
        Ok(Err(error)) if !error.is_retriable() => {
            Err(Failure::usage(error.to_string(), error.hint()))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn open_failure(data: &DataDir, error: &OpenError) -> Failure {
    let data = data.path().display();
    match error {
        OpenError::Locked { pid, .. } => Failure::environment(
            match pid {
                Some(pid) => {
                    format!("the data folder `{data}` is in use by another weir (process {pid})")
                }
                None => format!("the data folder `{data}` is in use by another weir"),
            },
            "stop that server, or choose another folder with --data",
        ),
        OpenError::Geo(wrong) => {
            Failure::usage(format!("{}: {wrong}", Key::Geoip.flag()), error.hint())
        }
        other => Failure::environment(format!("the data folder `{data}`: {other}"), other.hint()),
    }
}

/// The control store of a data folder.
pub(crate) fn open_store(data: &DataDir) -> Result<Store, Failure> {
    let path = data.control_db();
    Store::open(&path).map_err(|error| {
        Failure::environment(
            format!("cannot open `{}`: {error}", path.display()),
            "run the newest version of weir that has used this data folder; if the file is damaged, restore it from a copy",
        )
    })
}

/// A file that is not there and never was is a slip of the pen. One that has been served may come back, and its last
/// good release serves until then.
fn require_files(files: &[PathBuf], store: &Store) -> Result<(), Failure> {
    for file in files {
        let missing = matches!(file.try_exists(), Ok(false));
        // An error of the store is no reason to refuse: it is reported when the file is published.
        let known = !matches!(store.latest_of_file(&publish::file_name(file)), Ok(None));
        if missing && !known {
            return Err(Failure::usage(
                format!("there is no container file `{}`", file.display()),
                format!(
                    "look at the path after {}, or write the file first",
                    Key::Container.flag()
                ),
            ));
        }
    }
    Ok(())
}

/// The files to serve and watch, and the sample.
fn containers(
    config: &Config,
    data: &DataDir,
) -> Result<(Vec<PathBuf>, Option<Container>), Failure> {
    let mut files = config.containers.clone();
    if !config.demo {
        return Ok((files, None));
    }
    files.push(demo_shop::container_file(data)?);
    let sample = if config.no_sample {
        None
    } else {
        demo_shop::sample_container()
    };
    Ok((files, sample))
}

/// As set; else the address that is listened on, which for all interfaces is this machine's.
fn public_url(config: &Config, listener: &TcpListener) -> String {
    if let Some(url) = &config.public_url {
        return url.clone();
    }
    let address = listener.local_addr().unwrap_or(config.listen);
    format!("http://{}", ports::reachable(address))
}

/// The path of an address, without a slash at the end.
fn path_of(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    after_scheme
        .find('/')
        .and_then(|at| after_scheme.get(at..))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_may_have_a_path() {
        assert_eq!(path_of("https://shop.example/stats"), "/stats");
        assert_eq!(path_of("http://127.0.0.1:8080"), "");
    }
}
