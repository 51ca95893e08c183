//! The connection: the official client over a connector of our own.
//!
//! The client's default connector leaves Nagle's algorithm on, which makes every insert some 40 ms slower, and waits for
//! ever for a connection. Both are settled here, and nowhere else.

use std::time::Duration;

use clickhouse::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::error::WarehouseError;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle connections are dropped before ClickHouse drops them (3 s by default): no request meets a closing one.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(2);
/// Keeps connections alive through network gear that forgets silent ones.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// A client for the ClickHouse at `url`. Does not connect yet.
pub fn connect(url: &str, user: &str, password: &str) -> Result<Client, WarehouseError> {
    let address = url.parse::<http::Uri>().ok().filter(|uri| {
        uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| !host.is_empty())
    });
    if address.is_none() {
        return Err(WarehouseError::Address {
            url: url.to_owned(),
        });
    }
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector.set_keepalive(Some(TCP_KEEPALIVE));
    let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .build(connector);
    Ok(Client::with_http_client(http)
        .with_url(url.trim_end_matches('/'))
        .with_user(user)
        .with_password(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_and_has_a_host() {
        assert!(connect("http://127.0.0.1:8123/", "weir", "secret").is_ok());
        for url in [
            "127.0.0.1:8123",
            "https://clickhouse.example",
            "",
            "http://",
            "clickhouse:9000",
        ] {
            let error = connect(url, "weir", "").map(|_| ()).unwrap_err();
            assert!(matches!(error, WarehouseError::Address { .. }), "{url}");
        }
    }
}
