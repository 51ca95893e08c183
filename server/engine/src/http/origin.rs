//! Keeps web pages away from the port.
//!
//! A page can make a browser send requests to a loopback address, directly or by a host name of its own that resolves
//! there. The first kind carries `Origin`, the second a foreign `Host`. Tools send neither.

use std::net::IpAddr;

use http::{HeaderMap, header};

/// Host names, besides loopback ones, under which the port may be addressed.
#[derive(Debug, Default, Clone)]
pub(crate) struct AllowedHosts(Vec<String>);

impl AllowedHosts {
    /// Adds the names and the address listened on, when it is not a wildcard.
    pub(crate) fn new(names: &[String], listen: IpAddr) -> Self {
        let mut hosts: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        if !listen.is_unspecified() {
            hosts.push(listen.to_string());
        }
        Self(hosts)
    }

    /// Why the request is refused; `None` if it may go on.
    pub(crate) fn refusal(&self, headers: &HeaderMap) -> Option<String> {
        if headers.contains_key(header::ORIGIN) {
            return Some(
                "requests of web pages are refused: this port answers database tools, not browsers (the request \
                 carries an `Origin` header)\n"
                    .to_owned(),
            );
        }
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        if self.allows(host) {
            return None;
        }
        Some(format!(
            "the host name `{}` is not one of this port's: address it as 127.0.0.1 or localhost, or allow the name \
             with `--sql-host`\n",
            host.chars().take(100).collect::<String>().escape_debug()
        ))
    }

    fn allows(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        if name == "localhost" || name.ends_with(".localhost") {
            return true;
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
            || self.0.iter().any(|allowed| allowed == bare)
    }
}

/// `name:8123` and `[::1]:8123` without the port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') =>
        {
            if name.contains(':') && !name.ends_with(']') {
                host
            } else {
                name
            }
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let hosts = AllowedHosts::new(&["db.example".to_owned()], "10.0.0.5".parse().unwrap());
        hosts.refusal(&headers).is_some()
    }

    #[test]
    fn loopback_and_allowed_names_pass() {
        for host in [
            "127.0.0.1:8123",
            "localhost",
            "LOCALHOST:1",
            "[::1]:8123",
            "127.1.2.3",
            "db.example:8123",
            "10.0.0.5:8123",
        ] {
            assert!(!refused(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn pages_and_rebound_names_do_not() {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.6",
            "",
            "evil.example:8123",
        ] {
            assert!(refused(&[("host", host)]), "{host}");
        }
        assert!(refused(&[
            ("host", "127.0.0.1"),
            ("origin", "http://127.0.0.1:8123")
        ]));
        assert!(refused(&[("host", "127.0.0.1"), ("origin", "null")]));
        assert!(refused(&[]));
    }
}
