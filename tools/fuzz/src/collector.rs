//! Targets in `weir-collector`: whole requests, from the bytes to the answer, on a spool in memory.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a target says by panicking what does not hold"
)]

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use http::{HeaderName, HeaderValue, Request};
use http_body_util::BodyExt;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use weir_collector::{
    Cidr, Collector, CollectorConfig, DomainPattern, NewToken, Peer, ProxySettings, SiteId,
    SiteSettings, Sites, TOKEN_RANDOM_BYTES, TokenRecord, TokenScope, Tokens, warehouse,
};

/// After so many requests the spool is thrown away.
const REQUESTS: u32 = 2_000;

/// A collector that inserts nothing.
struct Rig {
    runtime: Runtime,
    router: Router,
    _collector: Collector,
    _folder: TempDir,
    token: String,
    left: u32,
}

impl Rig {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        // In memory: a sync then takes no time.
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() {
            TempDir::with_prefix_in("weir-fuzz-", memory)
        } else {
            TempDir::with_prefix("weir-fuzz-")
        };
        let folder = folder.unwrap();
        let sites = Sites::new();
        sites.replace(vec![SiteSettings {
            id: SiteId::parse("shop").unwrap(),
            domains: vec![DomainPattern::parse("*.shop.example").unwrap()],
            timezone: jiff::tz::TimeZone::UTC,
            currency: "RUB".to_owned(),
            container_version: 3,
            cookieless: false,
        }]);
        let new = NewToken::mint([7; TOKEN_RANDOM_BYTES]);
        let tokens = Tokens::new();
        tokens.replace(vec![record(&new)]);
        let config = CollectorConfig {
            spool_dir: folder.path().join("spool"),
            proxy: ProxySettings {
                trusted: vec![Cidr::parse("10.0.0.0/8").unwrap()],
                ..ProxySettings::default()
            },
            ..CollectorConfig::default()
        };
        let client = warehouse::connect("http://127.0.0.1:9", "weir", "").unwrap();
        let collector = {
            let _inside = runtime.enter();
            Collector::open(config, sites, tokens, client).unwrap()
        };
        Self {
            router: collector.router(),
            _collector: collector,
            _folder: folder,
            token: new.expose().to_owned(),
            runtime,
            left: REQUESTS,
        }
    }

    /// Sends `input` to `path`: a body, or header lines, an empty line and a body.
    fn send(&mut self, path: &str, input: &[u8], with_token: bool) {
        self.left -= 1;
        let (head, body) = split(input);
        let mut request = Request::post(path).body(Body::from(body.to_vec())).unwrap();
        let peer = SocketAddr::from(([10, 0, 0, 1], 4_711));
        request.extensions_mut().insert(Peer(peer));
        let headers = request.headers_mut();
        if with_token {
            let bearer = format!("Bearer {}", self.token);
            headers.insert("authorization", HeaderValue::try_from(bearer).unwrap());
        }
        for line in head.split(|byte| *byte == b'\n').take(20) {
            let mut parts = line.splitn(2, |byte| *byte == b':');
            let name = parts.next().map(HeaderName::from_bytes);
            let value = parts.next().map(HeaderValue::from_bytes);
            if let (Some(Ok(name)), Some(Ok(value))) = (name, value) {
                headers.append(name, value);
            }
        }
        let router = self.router.clone();
        let (status, body) = self.runtime.block_on(async {
            let response = router.oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, body)
        });
        // 503: what is sent may be slow, or too much for one address.
        match status {
            204 => assert!(body.is_empty()),
            200 | 400 | 401 | 403 | 404 | 413 | 503 => {
                let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
                assert!(answer.is_object(), "{answer}");
            }
            other => panic!("{other}: {}", String::from_utf8_lossy(&body)),
        }
    }
}

fn record(new: &NewToken) -> TokenRecord {
    TokenRecord {
        id: new.id().to_owned(),
        site: SiteId::parse("shop").unwrap(),
        scope: TokenScope::Import,
        hash: new.hash(),
        revoked: false,
    }
}

fn split(input: &[u8]) -> (&[u8], &[u8]) {
    match input.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => {
            let (head, rest) = input.split_at(at);
            (head, rest.get(2..).unwrap_or_default())
        }
        None => (&[], input),
    }
}

fn with_rig(work: impl FnOnce(&mut Rig)) {
    thread_local! {
        static RIG: RefCell<Option<Rig>> = const { RefCell::new(None) };
    }
    RIG.with_borrow_mut(|rig| {
        if rig.as_ref().is_none_or(|rig| rig.left == 0) {
            *rig = Some(Rig::new());
        }
        if let Some(rig) = rig {
            work(rig);
        }
    });
}

/// A request of a page.
pub(crate) fn intake(input: &[u8]) {
    with_rig(|rig| rig.send("/c", input, false));
}

/// A request of a server; the first byte chooses the path.
pub(crate) fn v1(input: &[u8]) {
    const PATHS: [&str; 8] = [
        "/v1/batch",
        "/v1/import",
        "/v1/track",
        "/v1/page",
        "/v1/screen",
        "/v1/identify",
        "/v1/group",
        "/v1/alias",
    ];
    let Some((first, rest)) = input.split_first() else {
        return;
    };
    let path = PATHS
        .get(usize::from(*first) % PATHS.len())
        .copied()
        .unwrap_or("/v1/batch");
    // One in four tries to get in by itself.
    with_rig(|rig| rig.send(path, rest, first % 32 < 24));
}

/// A file of the spool.
pub(crate) fn segment(input: &[u8]) {
    weir_collector::fuzz::segment(input);
}
