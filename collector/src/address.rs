//! Whose request it is: the address of the client, also behind proxies.
//!
//! A header that names the client is believed only where it was written by a proxy that the operator trusts; none is
//! trusted by default, so that nobody can choose an address. Proxies append to the header: read from its end, the first
//! address that is not a trusted proxy's is the client's.
//!
//! An IPv4 address that comes as IPv6 (`::ffff:203.0.113.7`) is the IPv4 address. INVARIANT: an address is neither stored
//! nor logged; it goes to the rate limits and to `enrich`, and ends there.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::{Extensions, HeaderMap, HeaderName};

/// The other end of the connection; whoever accepts connections puts it into the extensions of each request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    /// IPv4 in its place among the IPv6 addresses, `::ffff:0:0/96`.
    base: u128,
    bits: u8,
}

/// Why something is no [`Cidr`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address and no range such as `10.0.0.0/8`")]
pub struct CidrError(String);

impl Cidr {
    /// Reads a range. Bits behind the prefix do not matter.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let wrong = || CidrError(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = match (address, bits) {
            (_, None) => 128,
            (IpAddr::V4(_), Some(bits)) if bits <= 32 => 96 + bits,
            (IpAddr::V6(_), Some(bits)) if bits <= 128 => bits,
            (_, Some(_)) => return Err(wrong()),
        };
        let base = number(address) & mask(bits);
        Ok(Self { base, bits })
    }

    /// Whether `address` is in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        number(address) & mask(self.bits) == self.base
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Ipv6Addr::from_bits(self.base).to_canonical() {
            IpAddr::V4(address) if self.bits >= 96 => write!(f, "{address}/{}", self.bits - 96),
            _ => write!(f, "{}/{}", Ipv6Addr::from_bits(self.base), self.bits),
        }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(bits: u8) -> u128 {
    u128::MAX
        .checked_shl(128 - u32::from(bits.min(128)))
        .unwrap_or(0)
}

/// Which proxies are believed, and where they write whom they speak for.
#[derive(Debug, Clone)]
pub struct ProxySettings {
    /// Addresses of the proxies.
    pub trusted: Vec<Cidr>,
    /// The header they set.
    pub header: HeaderName,
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self {
            trusted: Vec::new(),
            header: HeaderName::from_static("x-forwarded-for"),
        }
    }
}

impl ProxySettings {
    /// The client of a request; none if it cannot be told.
    pub(crate) fn client(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer?.0.ip().to_canonical();
        if !self.trusts(peer) {
            return Some(peer);
        }
        let mut client = None;
        for value in headers.get_all(&self.header).iter().rev() {
            // A header that is no text was not written by a proxy.
            for hop in value.to_str().ok()?.rsplit(',') {
                let hop = hop_address(hop)?;
                if !self.trusts(hop) {
                    return Some(hop);
                }
                client = Some(hop);
            }
        }
        client.or(Some(peer))
    }

    /// What stands for the client of a request in a rate limit; none if it cannot be told.
    pub fn network(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<u128> {
        self.client(extensions.get().copied(), headers).map(network)
    }

    /// Whether a proxy is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|range| range.contains(address))
    }
}

/// `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711`, or as in `Forwarded`: `for="[2001:db8::1]";proto=https`.
fn hop_address(text: &str) -> Option<IpAddr> {
    let text = text
        .split(';')
        .map(str::trim)
        .find_map(|part| {
            part.get(..4)
                .filter(|name| name.eq_ignore_ascii_case("for="))
                .and_then(|_| part.get(4..))
        })
        .unwrap_or(text)
        .trim()
        .trim_matches('"');
    let address = if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else if let Ok(address) = text.parse::<SocketAddr>() {
        address.ip()
    } else {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        IpAddr::V6(inner.parse::<Ipv6Addr>().ok()?)
    };
    Some(address.to_canonical())
}

/// What stands for the client in a rate limit: an IPv4 address, or the network that an IPv6 customer has all to itself.
pub(crate) fn network(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(_) => number(address),
        IpAddr::V6(_) => number(address) & mask(64),
    }
}

/// Whether a client is on this machine: somebody trying things out, or a proxy that nobody told us of.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => {
            address == Ipv6Addr::LOCALHOST || mapped(address).is_some_and(|v4| v4.is_loopback())
        }
    }
}

fn mapped(address: Ipv6Addr) -> Option<Ipv4Addr> {
    address.to_ipv4_mapped()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, headers: &[&str]) -> Option<String> {
        let settings = ProxySettings {
            trusted: trusted
                .iter()
                .map(|text| Cidr::parse(text).unwrap())
                .collect(),
            ..ProxySettings::default()
        };
        let peer = Peer(SocketAddr::new(peer.parse().unwrap(), 4711));
        let mut map = HeaderMap::new();
        for value in headers {
            map.append("x-forwarded-for", value.parse().unwrap());
        }
        settings
            .client(Some(peer), &map)
            .map(|address| address.to_string())
    }

    #[test]
    fn nobody_chooses_an_address() {
        let spoofed = ["1.2.3.4"];
        assert_eq!(
            client(&[], "203.0.113.7", &spoofed).as_deref(),
            Some("203.0.113.7")
        );
        assert_eq!(
            client(&["10.0.0.0/8"], "203.0.113.7", &spoofed).as_deref(),
            Some("203.0.113.7")
        );
        // The client wrote the first, the proxy the second.
        let both = ["1.2.3.4, 203.0.113.7"];
        assert_eq!(
            client(&["10.0.0.0/8"], "10.1.1.1", &both).as_deref(),
            Some("203.0.113.7")
        );
    }

    #[test]
    fn the_last_address_that_is_no_proxy_is_the_client() {
        let proxies = ["10.0.0.0/8", "fd00::/8", "127.0.0.1"];
        let cases: [(&str, &[&str], Option<&str>); 15] = [
            ("10.1.1.1", &["203.0.113.7"], Some("203.0.113.7")),
            ("10.1.1.1", &["203.0.113.7, 10.2.2.2"], Some("203.0.113.7")),
            (
                "10.1.1.1",
                &["203.0.113.7", "10.2.2.2"],
                Some("203.0.113.7"),
            ),
            ("127.0.0.1", &["2001:db8::1"], Some("2001:db8::1")),
            ("::ffff:10.1.1.1", &["203.0.113.7"], Some("203.0.113.7")),
            ("fd00::5", &["::ffff:203.0.113.7"], Some("203.0.113.7")),
            ("10.1.1.1", &["203.0.113.7:5050"], Some("203.0.113.7")),
            ("10.1.1.1", &["[2001:db8::1]:5050"], Some("2001:db8::1")),
            ("10.1.1.1", &["[2001:db8::1]"], Some("2001:db8::1")),
            (
                "10.1.1.1",
                &["for=\"[2001:db8::1]:1\";proto=https"],
                Some("2001:db8::1"),
            ),
            ("10.1.1.1", &["For=203.0.113.7"], Some("203.0.113.7")),
            ("10.1.1.1", &["10.3.3.3, 10.2.2.2"], Some("10.3.3.3")),
            ("10.1.1.1", &[], Some("10.1.1.1")),
            ("10.1.1.1", &["203.0.113.7, unknown"], None),
            ("10.1.1.1", &[""], None),
        ];
        for (peer, headers, expected) in cases {
            assert_eq!(
                client(&proxies, peer, headers).as_deref(),
                expected,
                "{peer} {headers:?}"
            );
        }
    }

    #[test]
    fn ranges_are_read_and_shown() {
        for (text, shown) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("10.1.2.3", "10.1.2.3/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("fd00::1/8", "fd00::/8"),
            ("::1", "::1/128"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(Cidr::parse(text).unwrap().to_string(), shown);
        }
        for wrong in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "proxy",
            "10.0.0.0/-1",
            "10.0.0.0/",
        ] {
            assert!(Cidr::parse(wrong).is_err(), "{wrong}");
        }
        let any_4 = Cidr::parse("0.0.0.0/0").unwrap();
        assert!(any_4.contains("8.8.8.8".parse().unwrap()));
        assert!(!any_4.contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn a_customer_of_ipv6_is_one_network() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("203.0.113.7"), network("203.0.113.8"));
        for (text, expected) in [
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(text.parse().unwrap()), expected, "{text}");
        }
    }
}
