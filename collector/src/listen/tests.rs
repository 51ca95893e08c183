use axum::Extension;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::*;
use crate::address::Cidr;
use crate::site::{SiteId, SiteSettings, Sites};
use crate::token::Tokens;
use crate::warehouse;

struct Rig {
    server: HttpServer,
    address: SocketAddr,
    collector: Collector,
    _folder: tempfile::TempDir,
}

impl Rig {
    async fn start(router: Router, limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sites = Sites::new();
        sites.replace(vec![SiteSettings {
            id: SiteId::parse("shop").unwrap(),
            domains: Vec::new(),
            timezone: jiff::tz::TimeZone::UTC,
            currency: "EUR".to_owned(),
            container_version: 1,
            cookieless: false,
        }]);
        let config = CollectorConfig {
            spool_dir: folder.path().join("spool"),
            limits,
            proxy: ProxySettings {
                trusted: vec![Cidr::parse("127.0.0.1").unwrap()],
                ..ProxySettings::default()
            },
            ..CollectorConfig::default()
        };
        let client = warehouse::connect("http://127.0.0.1:9", "weir", "").unwrap();
        let collector = Collector::open(config.clone(), sites, Tokens::new(), client).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router.merge(collector.router());
        let server =
            HttpServer::start(listener, &collector, router, &config, Arc::default()).unwrap();
        Self {
            server,
            address,
            collector,
            _folder: folder,
        }
    }

    async fn stop(self) {
        self.server.stop().await;
        self.collector.shutdown().await;
    }

    async fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// All that is answered until the server closes the connection.
    async fn ask(&self, request: &str) -> String {
        let mut answer = String::new();
        let mut stream = self.send(request).await;
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }
}

fn get_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

async fn read_204(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
}

fn event(path: &str, connection: &str) -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    let body = serde_json::json!({
        "v": 1, "site": "shop", "sent": now, "visitor": "00000000000000f1",
        "session": { "id": format!("{:08x}0c22d4f1", now / 1_000), "number": 1 }, "release": 1, "consent": [],
        "pages": [{ "url": "https://shop.example/" }],
        "events": [{ "id": uuid::Uuid::now_v7(), "name": "page_view", "ts": now, "seq": 1, "page": 0 }],
    })
    .to_string();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 203.0.113.7\r\norigin: https://shop.example\r\nconnection: {connection}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn requests_know_their_peer_and_who_sends_no_headers_is_left() {
    let router = Router::new().route(
        "/",
        get(async |Extension(peer): Extension<Peer>| peer.0.ip().to_string()),
    );
    let limits = Limits {
        header_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let rig = Rig::start(router, limits).await;
    let answer = rig.ask(&get_of("/")).await;
    assert!(answer.ends_with("\r\n\r\n127.0.0.1"), "{answer}");
    // Ends because the server closes the connection.
    let answer = rig.ask("GET / HTTP/1.1\r\nhost:").await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    rig.stop().await;
}

#[tokio::test]
async fn events_are_counted_for_the_address_that_sends_them() {
    let limits = Limits {
        address_rate: 1,
        address_burst: 2,
        ..Limits::default()
    };
    let rig = Rig::start(Router::new(), limits).await;
    // At once: a slow disk must not give it time to send more.
    let mut senders = Vec::new();
    for _ in 0..8 {
        senders.push(rig.send(&event("/c", "close")).await);
    }
    let (mut taken, mut refused) = (0, 0);
    for mut sender in senders {
        let mut answer = String::new();
        sender.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.contains("x-content-type-options: nosniff\r\n"),
            "{answer}"
        );
        // What a page may read of a refusal.
        let exposes = answer.contains("access-control-expose-headers: retry-after\r\n");
        if answer.starts_with("HTTP/1.1 204") {
            taken += 1;
            assert!(!exposes, "{answer}");
        } else {
            refused += 1;
            assert!(answer.starts_with("HTTP/1.1 503") && exposes, "{answer}");
        }
    }
    assert!(taken > 0 && refused > 0, "{taken} taken, {refused} refused");
    rig.stop().await;
}

#[test]
fn events_do_not_wait_for_what_else_is_asked() {
    // The only thread that answers what is not about events; the senders have another.
    let others = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (stuck, mut is_stuck) = mpsc::unbounded_channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let may_go_on = Arc::new(std::sync::Mutex::new(may_go_on));
    let router = Router::new().route(
        "/slow",
        get(async move || {
            stuck.send(()).unwrap();
            may_go_on.lock().unwrap().recv().unwrap();
            "done"
        }),
    );
    let rig = others.block_on(Rig::start(router, Limits::default()));
    let senders = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    senders.block_on(async {
        let mut connections = Vec::new();
        // More than there are lanes: whichever has the other request has one of these.
        for _ in 0..2 * std::thread::available_parallelism().unwrap().get() {
            let mut connection = rig.send(&event("/c", "keep-alive")).await;
            read_204(&mut connection).await;
            connections.push(connection);
        }
        let mut slow = rig.send(&get_of("/slow")).await;
        is_stuck.recv().await.unwrap();
        for connection in &mut connections {
            let request = event("/c", "keep-alive");
            connection.write_all(request.as_bytes()).await.unwrap();
            read_204(connection).await;
        }
        let answer = rig.ask(&event("/c", "close")).await;
        assert!(
            answer.starts_with("HTTP/1.1 204"),
            "who comes now: {answer}"
        );
        go_on.send(()).unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("done"), "{answer}");
    });
    others.block_on(rig.stop());
}

#[tokio::test]
async fn who_leaves_is_no_longer_worked_for_and_a_panic_ends_one_connection() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let router = Router::new()
        .route(
            "/long",
            get(async move || {
                struct Told(mpsc::UnboundedSender<&'static str>);
                impl Drop for Told {
                    fn drop(&mut self) {
                        let _ = self.0.send("left");
                    }
                }
                tell.send("began").unwrap();
                let _told = Told(tell);
                std::future::pending::<()>().await;
            }),
        )
        .route(
            "/wrong",
            get(async || {
                if true {
                    panic!("as a handler should not");
                }
            }),
        );
    let rig = Rig::start(router, Limits::default()).await;
    let long = rig.send(&get_of("/long")).await;
    assert_eq!(told.recv().await, Some("began"));
    drop(long);
    assert_eq!(told.recv().await, Some("left"));
    assert_eq!(rig.ask(&get_of("/wrong")).await, "");
    assert!(
        rig.ask(&event("/c", "close"))
            .await
            .starts_with("HTTP/1.1 204")
    );
    rig.stop().await;
}
