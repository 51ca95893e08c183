//! A server without sockets, for tests: real store, publisher and collector, and no ClickHouse.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;
use weir_collector::{Collector, CollectorConfig, ProxySettings, Sites, Tokens};

use crate::accounts::{Accounts, Clock};
use crate::config::{Clickhouse, DEFAULT_TAG_PREFIX};
use crate::container::Container;
use crate::preview::{Previews, Writer};
use crate::publish::site::{Published, PublishedHandle};
use crate::publish::{Definitions, Destinations, Publisher};
use crate::routes::{self, App};
use crate::sql::{self, Sql};
use crate::store::Store;
use crate::tag::TagBuild;
use crate::warehouse::Ready;

/// Compressing the tag takes its time: once for all tests.
static BUILD: LazyLock<Arc<TagBuild>> =
    LazyLock::new(|| Arc::new(TagBuild::embedded("", DEFAULT_TAG_PREFIX).unwrap()));

fn build(tag_prefix: &str) -> Arc<TagBuild> {
    if tag_prefix == DEFAULT_TAG_PREFIX {
        return Arc::clone(&BUILD);
    }
    Arc::new(TagBuild::embedded("", tag_prefix).unwrap())
}

/// An empty container for a site.
pub(crate) fn container(site: &str) -> String {
    let site = format!("{{ \"id\": \"{site}\", \"domains\": [\"shop.example\"] }}");
    format!("{{ \"weir\": 1, \"site\": {site} }}")
}

/// A container that is refused at line 3.
pub(crate) fn broken(site: &str) -> String {
    format!("{{\n  \"weir\": 1,\n  \"tigers\": {{}},\n  \"site\": {{ \"id\": \"{site}\" }}\n}}\n")
}

/// Everything that `weir serve` has but a listener, the watching thread and the engine.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) published: PublishedHandle,
    pub(crate) intake: Sites,
    pub(crate) tokens: Tokens,
    pub(crate) definitions: watch::Receiver<Definitions>,
    publisher: Option<Publisher>,
    spools: AtomicUsize,
    /// What the server takes for now, in milliseconds since 1970.
    pub(crate) now_ms: Arc<AtomicI64>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            published: Arc::new(ArcSwap::from_pointee(Published::default())),
            intake: Sites::new(),
            tokens: Tokens::new(),
            definitions: watch::channel(Definitions::new()).1,
            publisher: None,
            spools: AtomicUsize::new(0),
            now_ms: Arc::new(AtomicI64::new(jiff::Timestamp::now().as_millisecond())),
        }
    }

    /// Writes a container file in place.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A publisher of these files; another one on the same store is a restart.
    pub(crate) fn publisher(&mut self, files: &[&Path], sample: Option<Container>) -> Publisher {
        let (warehouse, definitions) = watch::channel(Definitions::new());
        self.definitions = definitions;
        // A restarted server knows nothing but what is on disk.
        self.published.store(Arc::new(Published::default()));
        let destinations = Destinations {
            published: Arc::clone(&self.published),
            intake: self.intake.clone(),
            warehouse,
        };
        let store = self.store();
        let build = Arc::clone(&BUILD);
        let files: Vec<PathBuf> = files.iter().map(|path| path.to_path_buf()).collect();
        let publisher = Publisher::start(store, build, destinations, &files, sample);
        self.publisher = Some(publisher.clone());
        publisher
    }

    /// The control store; each call opens it anew, as another process would.
    pub(crate) fn store(&self) -> Arc<Store> {
        Arc::new(Store::open(&self.folder.path().join("control.db")).unwrap())
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// All routes, with a collector whose ClickHouse is away.
    pub(crate) fn router(&self, demo: bool) -> Router {
        self.router_at(DEFAULT_TAG_PREFIX, demo)
    }

    /// The same, with the tag elsewhere.
    pub(crate) fn router_at(&self, tag_prefix: &str, demo: bool) -> Router {
        self.routes(tag_prefix, demo, "http://127.0.0.1:8080").1
    }

    /// Accounts, and all routes, under a public address.
    pub(crate) fn routes(
        &self,
        tag_prefix: &str,
        demo: bool,
        public_url: &str,
    ) -> (Accounts, Router) {
        // Port 1 is for the superuser's own services, and nobody has had one there for decades.
        let away = Clickhouse::new("http://127.0.0.1:1", "analyst", "");
        let spool = self.spools.fetch_add(1, Ordering::SeqCst);
        let settings = CollectorConfig {
            // One of its own: a spool is of one collector, and those of earlier routers may still be held.
            spool_dir: self.folder.path().join(format!("spool{spool}")),
            ..Default::default()
        };
        let collector = Collector::open(
            settings,
            self.intake.clone(),
            self.tokens.clone(),
            sql::client(&away).unwrap(),
        )
        .unwrap();
        let now_ms = Arc::clone(&self.now_ms);
        let clock = Clock::new(move || now_ms.load(Ordering::SeqCst));
        let store = self.store();
        let accounts = Accounts::open(Arc::clone(&store), clock).unwrap();
        let app = App {
            published: Arc::clone(&self.published),
            build: build(tag_prefix),
            previews: Previews::new(
                Arc::new(Store::open(&self.folder.path().join("control.db")).unwrap()),
                build(tag_prefix),
                Writer::default(),
                public_url.to_owned(),
            ),
            collector: collector.observer(),
            tokens: self.tokens.clone(),
            accounts: accounts.clone(),
            store,
            publisher: self.publisher.clone().unwrap(),
            proxy: ProxySettings::default(),
            activity: routes::Activity::default(),
            ready: Ready::default(),
            lives: Arc::default(),
            latest: Arc::default(),
            taken_back: Arc::default(),
            uninvited: Arc::default(),
            signs: Arc::default(),
            heavy: App::places(),
            writer: sql::client(&away).unwrap(),
            sql: Sql::new(&away, Duration::from_secs(5)).unwrap(),
            sql_url: "http://127.0.0.1:8123".to_owned(),
            public_url: public_url.to_owned(),
            tag_prefix: tag_prefix.to_owned(),
            demo,
            data: self.folder.path().to_owned(),
            connections: Arc::default(),
        };
        (accounts, routes::router(app, collector.router()))
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The code of an error, whose other parts must be there, too.
    pub(crate) fn error_code(&self) -> String {
        let error = &self.json()["error"];
        assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{error}");
        error["code"].as_str().unwrap().to_owned()
    }
}

/// Sends one request.
pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// Gets a path from this machine.
pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    get_with(router, path, &[]).await
}

/// Gets a path with further headers.
pub(crate) async fn get_with(router: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "127.0.0.1:8080");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(router, request.body(Body::empty()).unwrap()).await
}
