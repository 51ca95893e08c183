//! Ports to listen on: having one, reaching it, and what to say when it cannot be had.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use crate::config::layers::Key;
use crate::failure::Failure;

/// How long what listened on a port before may take to go: a server that was killed a moment ago, or its engine.
const WAIT: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(50);

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
            Err(error) => return Err(refused(key, listen, &error)),
        }
    }
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
            format!(
                "perhaps another weir runs: stop it; or choose another port with {flag}, such as {flag} {}:{}",
                listen.ip(),
                listen.port().saturating_add(1)
            ),
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
