//! Ports to listen on: having one, reaching it, and what to say when it cannot be had.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::config::layers::Key;
use crate::failure::Failure;

/// How long what listened on a port before may take to go: a server that was killed a moment ago, or its engine.
const WAIT: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(50);
/// How long what holds a port may take to say whether it is Weir.
const ASK_TIMEOUT: Duration = Duration::from_secs(1);
/// More than this of an answer is not read: Weir's is shorter.
const MAX_ANSWER_BYTES: u64 = 4 << 10;

/// Waits until the SQL port is free; port 0 becomes a real one.
pub async fn free_for_sql(listen: SocketAddr) -> Result<SocketAddr, Failure> {
    // Let go at once: the engine process takes it.
    bind(Key::SqlListen, listen)
        .await?
        .local_addr()
        .map_err(|error| refused(Key::SqlListen, listen, &error))
}

/// Listens on an address.
pub async fn bind(key: Key, listen: SocketAddr) -> Result<TcpListener, Failure> {
    let end = Instant::now() + WAIT;
    loop {
        match TcpListener::bind(listen).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < end => {
                tokio::time::sleep(POLL).await;
            }
            Err(error) => {
                let weir = error.kind() == ErrorKind::AddrInUse && is_weir(key, listen).await;
                return Err(if weir {
                    held_by_weir(key, listen)
                } else {
                    refused(key, listen, &error)
                });
            }
        }
    }
}

/// Whether what listens on a port in use answers as Weir does on the port of this setting.
pub async fn is_weir(key: Key, listen: SocketAddr) -> bool {
    // ClickHouse's own server answers a ping too, but calls its answer HTML.
    let (path, body) = match key {
        Key::SqlListen => ("/ping", "Ok.\n"),
        _ => ("/healthz", "ok\n"),
    };
    let answer = tokio::time::timeout(ASK_TIMEOUT, ask(reachable(listen), path)).await;
    let Ok(Ok(answer)) = answer else {
        return false;
    };
    let answer = String::from_utf8_lossy(&answer);
    let Some((head, said)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let status = head.split(' ').nth(1);
    status == Some("200") && head.contains("\r\ncontent-type: text/plain") && said == body
}

/// One request by hand: an HTTP client would be much for two short lines.
async fn ask(address: SocketAddr, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream
        .take(MAX_ANSWER_BYTES)
        .read_to_end(&mut answer)
        .await?;
    Ok(answer)
}

fn held_by_weir(key: Key, listen: SocketAddr) -> Failure {
    Failure::environment(
        format!("weir already runs on {listen}"),
        format!(
            "use that one, or stop it first; for a second one beside it {}",
            another_port(key, listen)
        ),
    )
}

fn another_port(key: Key, listen: SocketAddr) -> String {
    let flag = key.flag();
    format!(
        "choose another port with {flag}, such as {flag} {}",
        SocketAddr::new(listen.ip(), listen.port().saturating_add(1))
    )
}

/// Where to reach, from this machine, what listens on an address: all interfaces means this machine too.
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Why a port cannot be had, and what to do.
pub fn refused(key: Key, listen: SocketAddr, error: &std::io::Error) -> Failure {
    let flag = key.flag();
    match error.kind() {
        ErrorKind::AddrInUse => Failure::environment(
            format!("{listen} is in use by another program"),
            format!("stop that program, or {}", another_port(key, listen)),
        ),
        ErrorKind::PermissionDenied => Failure::environment(
            format!("this user may not listen on {listen}"),
            format!(
                "choose a port above 1023 with {flag}, or give weir the right to use low ports"
            ),
        ),
        _ => Failure::environment(
            format!("cannot listen on {listen}: {error}"),
            format!("choose an address of this machine with {flag}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every request the same.
    async fn answering(kind: &str, body: &str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n{body}");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 1024];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn weir_is_known_by_its_answer() {
        let plain = "text/plain; charset=utf-8";
        let page = answering(plain, "ok\n").await;
        assert!(is_weir(Key::Listen, page).await);
        assert!(!is_weir(Key::SqlListen, page).await);
        let engine = answering("text/plain; charset=UTF-8", "Ok.\n").await;
        assert!(is_weir(Key::SqlListen, engine).await);
        let clickhouse = answering("text/html; charset=UTF-8", "Ok.\n").await;
        assert!(!is_weir(Key::SqlListen, clickhouse).await);
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!is_weir(Key::Listen, silent.local_addr().unwrap()).await);
    }

    #[test]
    fn all_interfaces_are_reached_through_this_machine() {
        for (listen, expected) in [
            ("0.0.0.0:8123", "127.0.0.1:8123"),
            ("[::]:8123", "[::1]:8123"),
            ("10.0.0.5:8123", "10.0.0.5:8123"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), expected);
        }
    }
}
