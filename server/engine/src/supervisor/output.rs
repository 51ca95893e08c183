//! What the child writes: one line on standard output when its port is open, and its log on standard error.
//!
//! Each stream is read to its end by a thread, so that the child never waits for us.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{ChildStderr, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tracing::Level;

/// Begins the line that says the port is open; the address follows.
const READY: &str = "weir engine listens on ";
/// Longest line that is passed on.
const MAX_LINE_BYTES: u64 = 8 << 10;
/// Begins the child's last words.
const ERROR: &str = "error: ";
const HINT: &str = "hint: ";

/// Says that the port is open. Called by the child.
pub(crate) fn announce(listen: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{READY}{listen}")?;
    out.flush()
}

/// The announcement, when it comes.
pub(super) struct ReadyLine(Receiver<SocketAddr>);

impl ReadyLine {
    pub(super) fn read(output: Option<ChildStdout>) -> Self {
        let (send, receive) = channel();
        if let Some(output) = output {
            read_lines("weir-engine-out", output, move |line| {
                if let Some(listen) = line
                    .strip_prefix(READY)
                    .and_then(|text| text.trim().parse().ok())
                {
                    // The keeper may be gone already; then nobody asks.
                    send.send(listen).ok();
                }
            });
        }
        Self(receive)
    }

    pub(super) fn take(&mut self) -> Option<SocketAddr> {
        self.0.try_recv().ok()
    }
}

/// Passes the child's log on, and remembers its last error and hint.
pub(super) struct ErrorLines {
    words: Arc<Mutex<Words>>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Words {
    error: Option<String>,
    hint: Option<String>,
}

impl ErrorLines {
    pub(super) fn read(output: Option<ChildStderr>) -> Self {
        let words = Arc::new(Mutex::new(Words::default()));
        let shared = Arc::clone(&words);
        let reader = output.and_then(|output| {
            read_lines("weir-engine-err", output, move |line| {
                let mut words = shared.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(error) = line.strip_prefix(ERROR) {
                    words.error = Some(error.to_owned());
                } else if let Some(hint) = line.strip_prefix(HINT) {
                    words.hint = Some(hint.to_owned());
                } else {
                    pass_on(line);
                }
            })
        });
        Self { words, reader }
    }

    /// Error and hint, once the child has ended and all it wrote is read.
    pub(super) fn last_words(&mut self) -> (Option<String>, Option<String>) {
        if let Some(reader) = self.reader.take()
            && reader.join().is_err()
        {
            tracing::warn!("the thread that reads the engine's log had failed");
        }
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        (words.error.take(), words.hint.take())
    }
}

/// Logs a line of the child at the level that the child gave it.
fn pass_on(line: &str) {
    match levelled(line) {
        (Level::ERROR, line) => tracing::error!(target: "weir_engine::child", "{line}"),
        (Level::WARN, line) => tracing::warn!(target: "weir_engine::child", "{line}"),
        (Level::DEBUG, line) => tracing::debug!(target: "weir_engine::child", "{line}"),
        (Level::TRACE, line) => tracing::trace!(target: "weir_engine::child", "{line}"),
        (_, line) => tracing::info!(target: "weir_engine::child", "{line}"),
    }
}

/// Takes the level off a line. What has none comes from the engine itself and is for information.
fn levelled(line: &str) -> (Level, &str) {
    let levels = [
        ("ERROR ", Level::ERROR),
        ("WARN ", Level::WARN),
        ("INFO ", Level::INFO),
        ("DEBUG ", Level::DEBUG),
        ("TRACE ", Level::TRACE),
    ];
    let bare = line.trim_start();
    levels
        .into_iter()
        .find_map(|(name, level)| Some((level, bare.strip_prefix(name)?)))
        .unwrap_or((Level::INFO, line))
}

/// Reads lines until the stream ends. Longer lines come in several parts.
fn read_lines(
    name: &str,
    stream: impl Read + Send + 'static,
    mut each: impl FnMut(&str) + Send + 'static,
) -> Option<JoinHandle<()>> {
    let read = move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        loop {
            line.clear();
            match stream
                .by_ref()
                .take(MAX_LINE_BYTES)
                .read_until(b'\n', &mut line)
            {
                Ok(0) | Err(_) => return,
                Ok(_) => each(String::from_utf8_lossy(&line).trim_end()),
            }
        }
    };
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(read)
        .inspect_err(|error| tracing::error!(%error, "the engine's output cannot be read"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_of_a_line_is_not_said_twice() {
        let cases = [
            (
                " INFO the SQL port is open",
                Level::INFO,
                "the SQL port is open",
            ),
            ("ERROR it broke", Level::ERROR, "it broke"),
            (" WARN a query", Level::WARN, "a query"),
            ("terminate called", Level::INFO, "terminate called"),
        ];
        for (line, level, text) in cases {
            assert_eq!(levelled(line), (level, text));
        }
    }
}
