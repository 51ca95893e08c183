//! A server that speaks as much of ClickHouse's HTTP interface as the collector uses, and misbehaves when told to: it
//! answers with errors, falls silent, breaks off in the middle, or inserts and does not say so. It works on bare sockets,
//! because no HTTP library offers to break off in the middle.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by unwrapping"
)]

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What happens to the next insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Inserts, and says so.
    Insert,
    /// Inserts nothing, and answers with an error of ClickHouse.
    Code(u32),
    /// Inserts nothing, and answers 500 with a text that says nothing.
    Nonsense,
    /// Breaks the connection off in the middle of the request.
    BreakOff,
    /// Inserts, and breaks the connection off before the answer.
    InsertUnheard,
    /// Inserts, and breaks the connection off in the middle of the answer.
    InsertHalfHeard,
    /// Inserts, and takes its time.
    InsertSlowly,
}

/// An insert as it arrived, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Insert {
    pub(crate) sql: String,
    pub(crate) settings: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Insert {
    pub(crate) fn token(&self) -> &str {
        &self.settings["insert_deduplication_token"]
    }
}

#[derive(Default)]
pub(crate) struct State {
    /// For the inserts to come; then all is well.
    pub(crate) script: VecDeque<Behaviour>,
    /// Every insert that was sent, in order, repeats and refused ones too.
    pub(crate) sent: Vec<Insert>,
    /// Bodies that are in the table.
    pub(crate) table: Vec<Vec<u8>>,
    tokens: HashSet<String>,
    pub(crate) look_ups: usize,
}

/// The server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self {
            address,
            state,
            task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn will(&self, script: &[Behaviour]) {
        self.state().script.extend(script);
    }

    /// How often each of these 16 bytes long event ids is in the table.
    pub(crate) fn copies(&self, id: [u8; 16]) -> usize {
        let state = self.state();
        state
            .table
            .iter()
            .map(|body| body.windows(16).filter(|bytes| *bytes == id).count())
            .sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    // A connection that is broken off ends the loop with `None`, on either side.
    while answer(&mut stream, &state).await.is_some() {}
}

async fn answer(stream: &mut BufReader<TcpStream>, state: &Mutex<State>) -> Option<()> {
    let (target, chunked, length) = read_head(stream).await?;
    let parameters = parameters_of(&target);
    let sql = parameters.get("query").cloned().unwrap_or_default();
    if !sql.starts_with("INSERT") {
        let body = read_body(stream, chunked, length).await?;
        let sql = if sql.is_empty() {
            String::from_utf8(body).unwrap()
        } else {
            sql
        };
        return look_up(stream, state, &sql).await;
    }
    let behaviour = state
        .lock()
        .unwrap()
        .script
        .pop_front()
        .unwrap_or(Behaviour::Insert);
    if behaviour == Behaviour::BreakOff {
        let mut piece = [0; 100];
        stream.read_exact(&mut piece).await.ok()?;
        return None;
    }
    let body = read_body(stream, chunked, length).await?;
    {
        let mut state = state.lock().unwrap();
        let insert = Insert {
            sql,
            settings: parameters,
            body,
        };
        let takes = !matches!(behaviour, Behaviour::Code(_) | Behaviour::Nonsense);
        if takes && state.tokens.insert(insert.token().to_owned()) {
            state.table.push(insert.body.clone());
        }
        state.sent.push(insert);
    }
    match behaviour {
        Behaviour::Insert => respond(stream, 200, "", b"").await,
        Behaviour::InsertSlowly => {
            tokio::time::sleep(Duration::from_millis(200)).await;
            respond(stream, 200, "", b"").await
        }
        Behaviour::Code(code) => {
            let text =
                format!("Code: {code}. DB::Exception: on purpose. (SOME_NAME) (version 26.7.2)");
            let header = format!("X-ClickHouse-Exception-Code: {code}\r\n");
            respond(stream, 500, &header, text.as_bytes()).await
        }
        Behaviour::Nonsense => respond(stream, 500, "", b"<html>bad gateway</html>").await,
        Behaviour::InsertHalfHeard => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Le")
                .await
                .ok()?;
            None
        }
        Behaviour::InsertUnheard | Behaviour::BreakOff => None,
    }
}

async fn look_up(stream: &mut BufReader<TcpStream>, state: &Mutex<State>, sql: &str) -> Option<()> {
    let (_, id) = sql.split_once("batch_id = toUUID('").unwrap();
    let (id, _) = id.split_once('\'').unwrap();
    let count = {
        let mut state = state.lock().unwrap();
        state.look_ups += 1;
        let sent = state
            .sent
            .iter()
            .find(|insert| insert.token().starts_with(id));
        let prefix = sent.map(|insert| insert.body[..16].to_vec());
        prefix.map_or(0, |prefix| {
            let table = state.table.iter();
            table
                .map(|body| body.windows(16).filter(|bytes| *bytes == prefix).count() as u64)
                .sum()
        })
    };
    let mut body = vec![1, 7];
    body.extend(b"count()");
    body.push(6);
    body.extend(b"UInt64");
    body.extend(u64::to_le_bytes(count));
    respond(stream, 200, "", &body).await
}

async fn respond(
    stream: &mut BufReader<TcpStream>,
    status: u16,
    headers: &str,
    body: &[u8],
) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    stream.flush().await.ok()
}

/// The target of the request, whether its body is chunked, its length otherwise.
async fn read_head(stream: &mut BufReader<TcpStream>) -> Option<(String, bool, usize)> {
    let mut target = String::new();
    let (mut chunked, mut length) = (false, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase_header();
        if line.is_empty() {
            return Some((target, chunked, length));
        }
        if target.is_empty() {
            line.split(' ').nth(1)?.clone_into(&mut target);
        } else if line == "transfer-encoding: chunked" {
            chunked = true;
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
    }
}

trait HeaderLine {
    fn to_ascii_lowercase_header(&self) -> String;
}

impl HeaderLine for str {
    /// Header names in lower case; the request line as it is.
    fn to_ascii_lowercase_header(&self) -> String {
        match self.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
            None => self.to_owned(),
        }
    }
}

async fn read_body(
    stream: &mut BufReader<TcpStream>,
    chunked: bool,
    length: usize,
) -> Option<Vec<u8>> {
    let mut body = vec![0; length];
    if !chunked {
        stream.read_exact(&mut body).await.ok()?;
        return Some(body);
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let size = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        stream.read_exact(&mut chunk).await.ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}

fn parameters_of(target: &str) -> HashMap<String, String> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
