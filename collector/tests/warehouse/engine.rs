//! The real engine in a process of its own: this test's own program, started again as `engine`.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clickhouse::{Client, Compression};
use weir_collector::warehouse;

const START_WAIT: Duration = Duration::from_secs(60);

pub(crate) struct Engine {
    pub(crate) process: Child,
    pub(crate) place: Place,
    secret: String,
}

/// Where a process runs, and as what.
pub(crate) struct Place {
    program: String,
    port: u16,
    pub(crate) data: tempfile::TempDir,
}

impl Engine {
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap()).await
    }

    /// On a folder that has data already.
    pub(crate) async fn start_in(data: tempfile::TempDir) -> Self {
        Self::start_as("engine", data).await
    }

    /// As a program of this test's own, with what that wants to know.
    pub(crate) async fn start_as(program: &str, data: tempfile::TempDir) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let place = Place {
            program: program.to_owned(),
            port,
            data,
        };
        let mut engine = Self {
            process: place.spawn(),
            place,
            secret: String::new(),
        };
        engine.wait_until_up().await;
        engine.secret = std::fs::read_to_string(engine.place.data.path().join("secret"))
            .unwrap()
            .trim()
            .to_owned();
        engine
    }

    pub(crate) async fn wait_until_up(&mut self) {
        let deadline = Instant::now() + START_WAIT;
        let analyst = self.analyst();
        while analyst.query_raw("SELECT 1").execute().await.is_err() {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("the engine ended: {status}");
            }
            assert!(Instant::now() < deadline, "the engine does not come up");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn client(&self, user: &str, password: &str) -> Client {
        let url = format!("http://127.0.0.1:{}", self.place.port);
        warehouse::connect(&url, user, password)
            .unwrap()
            .with_compression(Compression::None)
    }

    /// Who may write.
    pub(crate) fn writer(&self) -> Client {
        self.client("weir", &self.secret)
    }

    /// Who reads: the reports are compared through the same door that BI tools use.
    pub(crate) fn analyst(&self) -> Client {
        self.client("analyst", "")
    }
}

impl Place {
    pub(crate) fn spawn(&self) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .arg(&self.program)
            .arg(self.data.path())
            .arg(self.port.to_string())
            // The engine ends with whoever holds the other end of its input.
            .env("WEIR_ENGINE_PARENT", std::process::id().to_string())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The body of the process that [`Engine::start`] starts.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) {
    let data_dir = PathBuf::from(arguments.next().unwrap());
    let port: u16 = arguments.next().unwrap().parse().unwrap();
    let library = std::env::var_os("WEIR_ENGINE_LIB").expect(
        "WEIR_ENGINE_LIB names libchdb.so: `export WEIR_ENGINE_LIB=$(tools/setup.sh engine)`",
    );
    let options = weir_engine::EngineOptions {
        data_dir,
        listen: ([127, 0, 0, 1], port).into(),
        hosts: Vec::new(),
        library: library.into(),
    };
    weir_engine::child::run(&options).unwrap();
}
