//! The address and the account of a ClickHouse server.

use std::fmt;

/// A ClickHouse server: address and account.
#[derive(Clone, PartialEq, Eq)]
pub struct Clickhouse {
    /// `http://host:port`, without the account.
    pub url: String,
    /// User name.
    pub user: String,
    password: String,
}

impl Clickhouse {
    /// An address without account, and the account.
    pub fn new(url: &str, user: &str, password: &str) -> Self {
        Self {
            url: url.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }

    /// Reads `http://user:password@host:port`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = text
            .strip_prefix("http://")
            .ok_or("only `http://` addresses are understood; put `https` behind a local proxy")?;
        let (account, host) = rest.rsplit_once('@').unwrap_or(("default", rest));
        let (user, password) = account.split_once(':').unwrap_or((account, ""));
        let uri: http::Uri = format!("http://{host}")
            .parse()
            .map_err(|_| "it does not look like `http://user:password@host:8123`")?;
        let authority = uri.authority().ok_or("the host is missing")?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err("give host and port only, without a path".to_owned());
        }
        Ok(Self {
            url: format!("http://{authority}"),
            user: percent_decode(user),
            password: percent_decode(password),
        })
    }

    /// The password, to be sent and never shown.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }
}

/// Never shows the password.
impl fmt::Debug for Clickhouse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Never shows the password.
impl fmt::Display for Clickhouse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.strip_prefix("http://").unwrap_or(&self.url);
        let secret = if self.password.is_empty() { "" } else { ":***" };
        write!(f, "http://{}{secret}@{host}", self.user)
    }
}

/// Decodes `%40` and the like in an account; what is no such sequence stays as it is.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let decoded = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match decoded {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
