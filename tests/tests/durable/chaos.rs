//! A bad line to ClickHouse: between the server and a real engine, both ends of which may be killed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use weir_tests::process::{Owned, POLL, free_port};
use weir_tests::{sender, stack};

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// All is well.
    Open,
    /// It is closed at once.
    Cut,
    /// So many bytes get through, then it is closed.
    CutAfter(usize),
    /// Everything gets through, the answer does not.
    Mute,
    /// Nothing happens for a while, then all is well.
    Slow(Duration),
    /// Somebody answers with an error, with this number if it has one.
    Error(Option<u32>),
}

/// The line. Whenever it changes, all connections break.
pub(crate) struct Chaos {
    pub(crate) port: u16,
    line: watch::Sender<Line>,
    task: JoinHandle<()>,
}

impl Chaos {
    pub(crate) async fn before(engine: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (line, changes) = watch::channel(Line::Open);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut changes = changes.clone();
                let now = *changes.borrow_and_update();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = carry(stream, engine, now) => {}
                        _ = changes.changed() => {}
                    }
                });
            }
        });
        Ok(Self { port, line, task })
    }

    pub(crate) fn become_(&self, line: Line) {
        self.line.send_replace(line);
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, engine: u16, line: Line) -> Result<()> {
    match line {
        Line::Cut => return Ok(()),
        Line::Error(code) => return answer(client, code).await,
        Line::Slow(pause) => tokio::time::sleep(pause).await,
        Line::Open | Line::CutAfter(_) | Line::Mute => {}
    }
    let mut server = TcpStream::connect(("127.0.0.1", engine)).await?;
    match line {
        Line::CutAfter(bytes) => {
            let mut left = bytes;
            let mut buffer = [0; 4_096];
            while left > 0 {
                let want = left.min(buffer.len());
                let part = buffer.get_mut(..want).context("within the buffer")?;
                let read = client.read(part).await?;
                if read == 0 {
                    break;
                }
                server.write_all(part.get(..read).context("read")?).await?;
                left -= read;
            }
        }
        Line::Mute => {
            let (mut from, mut to) = client.split();
            let (mut answers, mut questions) = server.split();
            let mut first = [0; 1];
            // The first byte of an answer: the statement is done.
            tokio::select! {
                _ = tokio::io::copy(&mut from, &mut questions) => {}
                _ = answers.read(&mut first) => {}
            }
            to.shutdown().await?;
        }
        _ => {
            tokio::io::copy_bidirectional(&mut client, &mut server).await?;
        }
    }
    Ok(())
}

/// Reads what there is of a request, and answers.
async fn answer(mut client: TcpStream, code: Option<u32>) -> Result<()> {
    let mut buffer = [0; 65_536];
    let _ = client.read(&mut buffer).await?;
    let (header, text) = match code {
        Some(code) => (
            format!("X-ClickHouse-Exception-Code: {code}\r\n"),
            format!("Code: {code}. DB::Exception: as told. (TOLD)"),
        ),
        None => (String::new(), "<h1>Bad gateway</h1>".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 500 Internal Server Error\r\n{header}Connection: close\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    client.write_all(head.as_bytes()).await?;
    // Until the other end has closed, or it would not hear the answer while it still sends.
    while client.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// `weir engine`, alone.
pub(crate) struct Engine {
    pub(crate) port: u16,
    process: Option<Owned>,
}

impl Engine {
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let mut engine = Self {
            port: free_port()?,
            process: None,
        };
        engine.spawn(folder)?;
        engine.wait_until_up().await?;
        Ok(engine)
    }

    pub(crate) fn spawn(&mut self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("engine.log"))?;
        let child = Command::new(stack::weir_binary()?)
            .arg("engine")
            .arg("--data")
            .arg(folder)
            .args(["--sql-listen", &format!("127.0.0.1:{}", self.port)])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("start the engine")?;
        self.process = Some(Owned::new(child));
        Ok(())
    }

    pub(crate) async fn wait_until_up(&self) -> Result<()> {
        let client = sender::client()?;
        let end = Instant::now() + Duration::from_secs(300);
        loop {
            let answer = client
                .post(format!("http://127.0.0.1:{}", self.port))
                .body("SELECT 1")
                .send()
                .await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("the engine did not come up");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::KILL);
            process.wait(Duration::from_secs(10));
        }
    }
}
