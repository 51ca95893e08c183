//! The real binary as a child process that does not outlive its test.

use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// How long a test waits before it gives up; says nothing about speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
pub(crate) const POLL: Duration = Duration::from_millis(20);

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

/// The binary with arguments, free of the settings of whoever runs the tests.
pub(crate) fn weir(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let keep = name == "WEIR_ENGINE_LIB" || !name.to_string_lossy().starts_with("WEIR_");
        if !keep {
            command.env_remove(&name);
        }
    }
    command
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", "C.UTF-8");
    command
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    weir(arguments).output().unwrap()
}

/// What a finished command said, in one text.
pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A port that nothing listens on at the moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A running `weir serve`.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts it on a free port and waits until it answers.
    pub(crate) async fn start(data: &Path, arguments: &[&str]) -> Self {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = weir(&[
            "serve",
            "--listen",
            &listen,
            "--data",
            data.to_str().unwrap(),
        ]);
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut server = Self {
            child: command.spawn().unwrap(),
            port,
        };
        let end = Instant::now() + PATIENCE;
        while server
            .get("/healthz")
            .await
            .is_none_or(|(status, _)| status != 200)
        {
            if server.child.try_wait().unwrap().is_some() || Instant::now() > end {
                panic!("weir did not come up:\n{}", server.log());
            }
            tokio::time::sleep(POLL).await;
        }
        server
    }

    /// Status and body, or nothing when there is no answer.
    pub(crate) async fn get(&self, path: &str) -> Option<(u16, String)> {
        self.request(http::Method::GET, path, "", "", String::new())
            .await
    }

    /// Sends a body.
    pub(crate) async fn post(&self, path: &str, body: String) -> Option<(u16, String)> {
        self.request(http::Method::POST, path, "text/plain", "", body)
            .await
    }

    /// Asks the API by a body.
    pub(crate) async fn ask(&self, path: &str, body: String) -> Option<(u16, String)> {
        self.request(http::Method::POST, path, "application/json", "", body)
            .await
    }

    /// Sends a file of rows with a token.
    pub(crate) async fn send_csv(
        &self,
        path: &str,
        token: &str,
        body: String,
    ) -> Option<(u16, String)> {
        self.request(http::Method::POST, path, "text/csv", token, body)
            .await
    }

    async fn request(
        &self,
        method: http::Method,
        path: &str,
        kind: &str,
        token: &str,
        body: String,
    ) -> Option<(u16, String)> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:{}{path}", self.port))
            // Without one it would be taken for a bot, which the views leave out.
            .header(http::header::USER_AGENT, BROWSER)
            .header(http::header::CONTENT_TYPE, kind)
            .header(http::header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Full::new(bytes::Bytes::from(body)))
            .unwrap();
        let response = client.request(request).await.ok()?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.ok()?.to_bytes();
        Some((status, String::from_utf8_lossy(&body).into_owned()))
    }

    /// Process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end; the exit code and everything that was printed.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > end => panic!("weir does not end"),
                None => std::thread::sleep(POLL),
            }
        };
        (status.code(), self.log())
    }

    fn log(&mut self) -> String {
        // Otherwise the pipe would not end.
        let _ = self.child.kill();
        let mut text = String::new();
        for pipe in [
            self.child
                .stdout
                .take()
                .map(|pipe| Box::new(pipe) as Box<dyn Read>),
            self.child
                .stderr
                .take()
                .map(|pipe| Box::new(pipe) as Box<dyn Read>),
        ] {
            pipe.unwrap().read_to_string(&mut text).unwrap();
        }
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The errors would be that it has ended and is reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A batch of one page view, as a browser sends it.
pub(crate) fn pageview(site: &str, id: &str) -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    let second = now / 1000;
    format!(
        r#"{{"v":1,"site":"{site}","sent":{now},"visitor":"9f86d081884c7d65",
            "session":{{"id":"{second:08x}00000001","number":1,
                        "entry":{{"url":"https://shop.example/","referrer":""}}}},
            "release":1,"consent":["analytics"],
            "pages":[{{"url":"https://shop.example/","title":"Shop","referrer":""}}],
            "events":[{{"id":"{id}","name":"pageview","ts":{now},"seq":1,"page":0,"props":{{}}}}]}}"#
    )
}
