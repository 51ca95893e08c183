//! Takes addresses apart, as far as analytics needs it: host, path, query parameters.
//!
//! Browsers send addresses that they have already normalised (`location.href`): host in lower case and in ASCII, other
//! characters percent-encoded. So this splits, and does not validate; what is no address has an empty host.

use std::borrow::Cow;

/// The parts of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct UrlParts<'a> {
    /// Without user and port; as written.
    pub(crate) host: &'a str,
    /// From the first slash; `/` if the address ends with the host.
    pub(crate) path: &'a str,
    /// Without the question mark.
    pub(crate) query: &'a str,
}

impl<'a> UrlParts<'a> {
    /// Splits `url`. An address without `scheme://` is a path.
    pub(crate) fn of(url: &'a str) -> Self {
        let url = split_at_byte(url, b'#').map_or(url, |(before, _)| before);
        let (rest, query) = split_at_byte(url, b'?').unwrap_or((url, ""));
        let Some((scheme, rest)) = split_scheme(rest) else {
            return Self {
                host: "",
                path: rest,
                query,
            };
        };
        if scheme.is_empty()
            || !scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Self {
                host: "",
                path: rest,
                query,
            };
        }
        let (authority, path) = match rest.bytes().position(|byte| byte == b'/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        Self {
            host: host_of(authority),
            path,
            query,
        }
    }

    /// The host in lower case.
    pub(crate) fn lower_host(&self) -> Cow<'a, str> {
        if self.host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(self.host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(self.host)
        }
    }

    /// The query parameters, decoded, in order.
    pub(crate) fn parameters(
        &self,
    ) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key), decode(value))
            })
    }
}

/// Splits at the first `separator`, an ASCII character. Addresses are short: counting bytes beats preparing a search.
fn split_at_byte(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Splits at the first `://`.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let at = text.as_bytes().windows(3).position(|part| part == b"://")?;
    Some((text.get(..at)?, text.get(at + 3..)?))
}

/// The host of `[user@]host[:port]`; the address of an IPv6 host keeps its brackets.
pub(crate) fn host_of(authority: &str) -> &str {
    let host = authority
        .bytes()
        .rposition(|byte| byte == b'@')
        .and_then(|at| authority.get(at + 1..))
        .unwrap_or(authority);
    if host.starts_with('[') {
        return host
            .find(']')
            .and_then(|end| host.get(..=end))
            .unwrap_or_default();
    }
    split_at_byte(host, b':').map_or(host, |(host, _)| host)
}

/// Decodes `%41` and `+`. What is no UTF-8 afterwards is shown with replacement characters.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                match (
                    ahead.next().and_then(hex_digit),
                    ahead.next().and_then(hex_digit),
                ) {
                    (Some(high), Some(low)) => {
                        out.push(high << 4 | low);
                        bytes = ahead;
                    }
                    _ => out.push(b'%'),
                }
            }
            byte => out.push(byte),
        }
    }
    match String::from_utf8(out) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let cases = [
            (
                "https://shop.example/a/b?x=1#top",
                ("shop.example", "/a/b", "x=1"),
            ),
            ("https://shop.example", ("shop.example", "/", "")),
            ("https://shop.example?x", ("shop.example", "/", "x")),
            (
                "http://user:pw@shop.example:8080/",
                ("shop.example", "/", ""),
            ),
            ("http://[::1]:80/x", ("[::1]", "/x", "")),
            ("http://shop.example/#/cart?x=1", ("shop.example", "/", "")),
            ("/only/a/path?y=2", ("", "/only/a/path", "y=2")),
            (
                "/?next=https://evil.example/",
                ("", "/", "next=https://evil.example/"),
            ),
            ("about:blank", ("", "about:blank", "")),
            (
                "android-app://com.google.android.gm/",
                ("com.google.android.gm", "/", ""),
            ),
            ("://x/", ("", "x/", "")),
            ("http://[::1", ("", "/", "")),
            ("", ("", "", "")),
        ];
        for (url, (host, path, query)) in cases {
            assert_eq!(UrlParts::of(url), UrlParts { host, path, query }, "{url}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let parts = UrlParts::of("https://x/?utm_source=%D1%8F%D0%B4+ro&b=1%2&&c&d=%zz&e=%ff");
        let parameters: Vec<_> = parts.parameters().collect();
        let expected = [
            ("utm_source", "яд ro"),
            ("b", "1%2"),
            ("c", ""),
            ("d", "%zz"),
            ("e", "\u{fffd}"),
        ];
        assert_eq!(parameters.len(), expected.len());
        for ((key, value), (expected_key, expected_value)) in parameters.iter().zip(expected) {
            assert_eq!(
                (key.as_ref(), value.as_ref()),
                (expected_key, expected_value)
            );
        }
    }
}
