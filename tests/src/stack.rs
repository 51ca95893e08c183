//! One running `weir serve` with a data folder and ports of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::disk::Disk;
use crate::process::{Owned, POLL, free_port};
use crate::sender;

/// A debug build with the engine's library in the page cache starts in two seconds; a cold one in ten.
const START_LIMIT: Duration = Duration::from_secs(300);
/// How long rows may take to become visible before a test gives up; says nothing about speed.
const ROWS_LIMIT: Duration = Duration::from_secs(60);

/// As many servers as there are processors run at a time: a server with its engine and a browser works more than one that waits for
/// its turn, and with more of them each would take longer than tests wait.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

/// What a test wants of its server.
#[derive(Debug, Clone, Default)]
pub struct StackOptions {
    /// Containers to write into the data folder and serve: (file name, text).
    pub containers: Vec<(String, String)>,
    /// Serve the demo shop and its container.
    pub demo: bool,
    /// Further arguments of `weir serve`.
    pub arguments: Vec<String>,
    /// Where SQL is answered, if not by the server itself.
    pub sql_port: Option<u16>,
    /// The data folder is a disk of this size, in memory, which outlives the server; only the server sees it.
    pub disk_mb: Option<u32>,
    /// Started beside another server of the same test: it waits for no turn, because the other would keep it for ever.
    pub is_second: bool,
}

/// A server; ended when dropped.
#[derive(Debug)]
pub struct Stack {
    options: StackOptions,
    http_port: u16,
    sql_port: u16,
    // In the order in which they are dropped: a server that still runs would write into the folder while it is removed.
    server: Option<Owned>,
    disk: Option<Disk>,
    folder: TempDir,
    client: reqwest::Client,
    /// Others wait until it is given back.
    _turn: Option<SemaphorePermit<'static>>,
}

/// The binary under test: `make test` builds it and names it.
pub fn weir_binary() -> Result<PathBuf> {
    let path = std::env::var_os("WEIR_BIN")
        .map(PathBuf::from)
        .context("WEIR_BIN does not name the `weir` binary; run the tests by `make test`")?;
    if !path.exists() {
        bail!(
            "there is no binary at {}; run the tests by `make test`",
            path.display()
        );
    }
    Ok(path)
}

impl Stack {
    /// Starts a server and waits until it answers.
    pub async fn start(options: StackOptions) -> Result<Self> {
        let turn = if options.is_second {
            None
        } else {
            Some(TURNS.acquire().await?)
        };
        let mut stack = Self {
            folder: TempDir::with_prefix("weir-test-")?,
            http_port: free_port()?,
            sql_port: options.sql_port.map_or_else(free_port, Ok)?,
            options,
            server: None,
            disk: None,
            client: sender::client()?,
            _turn: turn,
        };
        fs::create_dir_all(stack.folder.path().join("sites"))?;
        for (name, text) in &stack.options.containers {
            fs::write(stack.container_path(name), text)?;
        }
        if let Some(size) = stack.options.disk_mb {
            stack.disk = Some(Disk::mount(&stack.data(), size)?);
        }
        stack.restart().await?;
        Ok(stack)
    }

    /// Starts a server that has no site yet, not even the sample.
    pub async fn start_empty() -> Result<Self> {
        Self::start(StackOptions {
            arguments: vec!["--no-sample".to_owned()],
            ..StackOptions::default()
        })
        .await
    }

    /// Starts the server again on the same data and ports.
    pub async fn restart(&mut self) -> Result<()> {
        self.spawn()?;
        self.wait_until_up().await
    }

    /// Starts the server and does not wait for it.
    pub fn spawn(&mut self) -> Result<()> {
        self.server = None;
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())?;
        let mut command = self.command()?;
        command
            .arg("serve")
            .args(["--listen", &format!("127.0.0.1:{}", self.http_port)])
            .args(["--sql-listen", &format!("127.0.0.1:{}", self.sql_port)])
            .arg("--data")
            .arg(self.data())
            .args(&self.options.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        if self.options.demo {
            command.arg("--demo");
        }
        for (name, _) in &self.options.containers {
            command.arg("--container").arg(self.container_path(name));
        }
        self.server = Some(Owned::new(command.spawn().context("start weir")?));
        Ok(())
    }

    /// Waits until pages and SQL are both answered.
    pub async fn wait_until_up(&mut self) -> Result<()> {
        let end = Instant::now() + START_LIMIT;
        loop {
            let server = self.server.as_mut().context("the server was not started")?;
            if !server.is_running() {
                bail!("weir ended while starting:\n{}", self.log());
            }
            let healthy = self.client.get(self.url("/healthz")).send().await;
            if healthy.is_ok_and(|answer| answer.status().is_success())
                && self.sql(self.last_made()).await.is_ok()
            {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("weir did not come up:\n{}", self.log());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until the server says that it has looked at all views. A page asks for numbers from then on, and beside another server
    /// that starts this is longer than a page is waited for.
    pub async fn wait_for_numbers(&self) -> Result<()> {
        self.wait_for_log("all numbers can be asked for").await
    }

    /// Waits until the sample site of the demo has its history.
    pub async fn wait_for_sample(&self) -> Result<()> {
        self.wait_for_log("has a month of history").await
    }

    /// What follows `#` in the link that the last start printed, which makes the owner's account.
    pub async fn setup_code(&self) -> Result<String> {
        const LINK: &str = "/setup#";
        self.wait_for_log(LINK).await?;
        let log = self.log();
        let after = log.rsplit_once(LINK).map(|parts| parts.1);
        let code = after.and_then(|after| after.split_whitespace().next());
        Ok(code.context("a code follows")?.to_owned())
    }

    async fn wait_for_log(&self, words: &str) -> Result<()> {
        let end = Instant::now() + START_LIMIT;
        while !self.log().contains(words) {
            if Instant::now() > end {
                bail!("weir did not say \"{words}\":\n{}", self.log());
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Reads what a start makes last.
    fn last_made(&self) -> &'static str {
        if self.options.demo {
            "SELECT * FROM weir.funnel_shop_quiz FORMAT Null"
        } else {
            "SELECT * FROM weir.landing_pages WHERE site = '' FORMAT Null"
        }
    }

    /// SIGKILL: no chance to write anything.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.signal(Signal::KILL);
            server.wait(Duration::from_secs(10));
        }
    }

    /// SIGTERM, and the exit status once everything is drained.
    pub fn stop(&mut self) -> Result<std::process::ExitStatus> {
        let mut server = self.server.take().context("the server does not run")?;
        server.signal(Signal::TERM);
        server
            .wait(Duration::from_secs(60))
            .context("weir did not stop within a minute")
    }

    /// The binary, where it sees the server's disk.
    fn command(&self) -> Result<Command> {
        let binary = weir_binary()?;
        Ok(match &self.disk {
            None => Command::new(binary),
            Some(disk) => disk.command(&binary),
        })
    }

    /// Takes all room that is left on the server's disk.
    pub fn fill_disk(&self) -> Result<()> {
        self.disk
            .as_ref()
            .context("no disk of its own")?
            .fill(&self.data())
    }

    /// Gives it back.
    pub fn free_disk(&self) -> Result<()> {
        self.disk
            .as_ref()
            .context("no disk of its own")?
            .free(&self.data())
    }

    /// Process id of the server.
    pub fn id(&self) -> Option<u32> {
        self.server.as_ref().map(Owned::id)
    }

    /// Address of a path on the server.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.http_port)
    }

    /// The line that pages of a site carry.
    pub fn script_tag(&self, site: &str) -> String {
        format!(
            "<script async src='{}'></script>",
            self.url(&format!("/t/{site}.js"))
        )
    }

    /// Address of the SQL endpoint.
    pub fn sql_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.sql_port)
    }

    /// Data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where a container given by name lies.
    pub fn container_path(&self, name: &str) -> PathBuf {
        self.folder.path().join("sites").join(name)
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("weir.log")
    }

    /// Everything the server printed so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Runs the `weir` binary with arguments; (exit code, standard output, standard error).
    pub fn weir(&self, arguments: &[&str]) -> Result<(Option<i32>, String, String)> {
        run(self.command()?, arguments, self.folder.path())
    }

    /// Runs SQL as anybody could by `curl`: no credentials.
    pub async fn sql(&self, query: &str) -> Result<String> {
        let answer = self
            .client
            .post(self.sql_url())
            .body(query.to_owned())
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{status}: {text}");
        }
        Ok(text)
    }

    /// The rows of a query, one JSON object each.
    pub async fn rows(&self, query: &str) -> Result<Vec<Value>> {
        let text = self.sql(&format!("{query} FORMAT JSONEachRow")).await?;
        text.lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect()
    }

    /// A single number.
    pub async fn number(&self, query: &str) -> Result<u64> {
        let text = self.sql(query).await?;
        text.trim()
            .parse()
            .with_context(|| format!("{query} answered {text}"))
    }

    /// Waits until a query answers `wanted`; the last answer is in the error.
    pub async fn wait_for_number(&self, query: &str, wanted: u64) -> Result<()> {
        let end = Instant::now() + ROWS_LIMIT;
        loop {
            let seen = self.number(query).await;
            match &seen {
                Ok(number) if *number == wanted => return Ok(()),
                _ if Instant::now() > end => {
                    bail!("{query}: wanted {wanted}, last {seen:?}\n{}", self.log());
                }
                _ => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Sends a body to the intake; status and answer.
    pub async fn post(&self, body: impl Into<reqwest::Body>) -> Result<(u16, String)> {
        let answer = self.client.post(self.url("/c")).body(body).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// Gets a path; status and body.
    pub async fn get(&self, path: &str) -> Result<(u16, String)> {
        let answer = self.client.get(self.url(path)).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }
}

/// Runs the `weir` binary in a folder.
pub fn run_weir(arguments: &[&str], folder: &Path) -> Result<(Option<i32>, String, String)> {
    run(Command::new(weir_binary()?), arguments, folder)
}

fn run(
    mut command: Command,
    arguments: &[&str],
    folder: &Path,
) -> Result<(Option<i32>, String, String)> {
    let output = command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()?;
    Ok((
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    ))
}
