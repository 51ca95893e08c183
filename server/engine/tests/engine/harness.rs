//! An engine process with a data folder and a port of its own.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::{RequestBuilder, Response};
use tempfile::TempDir;
use weir_engine::{EngineState, Secret, Supervisor, SupervisorOptions};

/// How long something may take before a test gives up; says nothing about speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// The real library.
pub(crate) fn library() -> Result<PathBuf> {
    std::env::var_os("WEIR_ENGINE_LIB").map(PathBuf::from).context(
        "WEIR_ENGINE_LIB does not name the engine's library: `make test` installs it and names it (or: export \
         WEIR_ENGINE_LIB=$(tools/setup.sh engine))",
    )
}

/// The executable that `weir engine` stands for.
pub(crate) fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_engine-alone").into()
}

/// Arguments of the engine process.
pub(crate) fn arguments(data: &TempDir, listen: &str, library: PathBuf) -> Vec<OsString> {
    let data = data.path().as_os_str().to_owned();
    [
        "--data".into(),
        data,
        "--sql-listen".into(),
        listen.into(),
        "--engine-lib".into(),
        library.into_os_string(),
    ]
    .to_vec()
}

/// A supervised engine; ended when dropped.
pub(crate) struct Engine {
    pub(crate) supervisor: Supervisor,
    pub(crate) data: TempDir,
    pub(crate) http: reqwest::Client,
}

impl Engine {
    pub(crate) async fn start() -> Result<Self> {
        Self::start_on(TempDir::with_prefix("weir-engine-")?).await
    }

    /// Starts on a folder that may hold something already.
    pub(crate) async fn start_on(data: TempDir) -> Result<Self> {
        let mut all = vec!["engine".into()];
        all.extend(arguments(&data, "127.0.0.1:0", library()?));
        let supervisor = Supervisor::start(SupervisorOptions {
            program: program(),
            arguments: all,
        })
        .await?;
        Ok(Self {
            supervisor,
            data,
            http: reqwest::Client::new(),
        })
    }

    /// Starts, and makes both databases and a small table.
    pub(crate) async fn with_table() -> Result<Self> {
        let engine = Self::start().await?;
        for sql in [
            "CREATE DATABASE weir",
            "CREATE DATABASE weir_fn",
            "CREATE TABLE weir.t (a Int64, s String) ENGINE = MergeTree ORDER BY a SETTINGS \
             non_replicated_deduplication_window = 100",
            "INSERT INTO weir.t VALUES (1, 'one'), (2, 'two')",
        ] {
            engine.write(sql).await.context(sql)?;
        }
        Ok(engine)
    }

    /// Where it listens now.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        match self.supervisor.state() {
            EngineState::Up { listen, .. } => Ok(listen),
            other => bail!("the engine is not up: {other:?}"),
        }
    }

    pub(crate) fn url(&self) -> Result<String> {
        Ok(format!("http://{}", self.address()?))
    }

    pub(crate) fn secret(&self) -> Result<String> {
        Ok(Secret::read_or_create(self.data.path())?
            .expose()
            .to_owned())
    }

    /// A request of a stranger; `query` is put behind the question mark.
    pub(crate) fn post(&self, query: &str) -> Result<RequestBuilder> {
        Ok(self.http.post(format!("{}/?{query}", self.url()?)))
    }

    /// A request of user `weir`.
    pub(crate) fn post_as_writer(&self, query: &str) -> Result<RequestBuilder> {
        Ok(self
            .post(query)?
            .header("X-ClickHouse-User", "weir")
            .header("X-ClickHouse-Key", self.secret()?))
    }

    /// Runs SQL without credentials.
    pub(crate) async fn read(&self, sql: &str) -> Result<String> {
        text(self.post("")?.body(sql.to_owned()).send().await?).await
    }

    /// Runs SQL as user `weir`.
    pub(crate) async fn write(&self, sql: &str) -> Result<String> {
        text(self.post_as_writer("")?.body(sql.to_owned()).send().await?).await
    }
}

/// The body of a success; the body of anything else as an error.
pub(crate) async fn text(answer: Response) -> Result<String> {
    let status = answer.status();
    let code = answer
        .headers()
        .get("x-clickhouse-exception-code")
        .is_some();
    let text = answer.text().await?;
    if status.is_success() && !code {
        Ok(text)
    } else {
        bail!("{text}")
    }
}

/// The error code at the head of an error's text.
pub(crate) fn code(outcome: &Result<String>) -> Option<u32> {
    let text = outcome.as_ref().err()?.to_string();
    text.strip_prefix("Code: ")?.split('.').next()?.parse().ok()
}

/// Asks again and again until the answer is yes.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !is_so().await {
        if Instant::now() > end {
            bail!("this did not come to be: {what}");
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}
