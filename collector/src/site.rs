//! The sites that events are taken for, and the hosts their pages may be on.
//!
//! The server replaces the whole list when a container is published; requests under way keep the settings they began
//! with.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::tz::TimeZone;

use crate::limits::MAX_NAME_BYTES;

/// Id of a site: `[a-z0-9_]{1,64}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(Arc<str>);

impl SiteId {
    /// Checks `text`.
    pub fn parse(text: &str) -> Option<Self> {
        is_name(text).then(|| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` matches `[a-z0-9_]{1,64}`, as names of sites and events do.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// A host, or with `*.` before it every host below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainPattern {
    /// Lower case, in the ASCII form that browsers send (`xn--…`).
    host: String,
    subdomains: bool,
}

/// Why something is no [`DomainPattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a domain")]
pub struct DomainError(String);

impl DomainPattern {
    /// Reads `shop.example`, `*.shop.example` or `магазин.рф`. A port or a scheme does not belong to it.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let (subdomains, host) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let wrong = || DomainError(text.to_owned());
        let address = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let host = match address {
            Some(inner) => {
                inner.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
                host.to_ascii_lowercase()
            }
            None => idna::domain_to_ascii_strict(host).map_err(|_| wrong())?,
        };
        if host.is_empty() {
            Err(wrong())
        } else {
            Ok(Self { host, subdomains })
        }
    }

    /// Whether there is a host that both mean.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// Whether all hosts that `other` means are meant.
    pub fn covers(&self, other: &Self) -> bool {
        // No host is called `*`, so that only a pattern for all of them matches it.
        self.matches(&other.to_string())
    }

    /// Whether `host` (lower case, without a port) is meant.
    pub fn matches(&self, host: &str) -> bool {
        if !self.subdomains {
            return host == self.host;
        }
        host.strip_suffix(self.host.as_str())
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|label| !label.is_empty())
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = if self.subdomains { "*." } else { "" };
        write!(f, "{prefix}{}", self.host)
    }
}

/// What the collector needs to know of a site.
#[derive(Debug, Clone)]
pub struct SiteSettings {
    /// Its id.
    pub id: SiteId,
    /// Where its pages are; empty: anywhere.
    pub domains: Vec<DomainPattern>,
    /// Days of sessions are days of this zone.
    pub timezone: TimeZone,
    /// Currency of a revenue that names none: three letters.
    pub currency: String,
    /// Number of the release in use.
    pub container_version: u32,
    /// Nothing is kept in the browser.
    pub cookieless: bool,
}

impl SiteSettings {
    /// Whether events of pages on `host` (lower case, without a port) are taken.
    pub fn allows(&self, host: &str) -> bool {
        self.domains.is_empty()
            || is_loopback(host)
            || self.domains.iter().any(|domain| domain.matches(host))
    }

    /// The widest of the site's domains that both hosts are, or are below. One label alone is none that a cookie can be for.
    pub(crate) fn shared_domain(&self, one: &str, other: &str) -> Option<&str> {
        let is_in = |host: &str, domain: &str| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.domains
            .iter()
            .map(|domain| domain.host.as_str())
            .filter(|domain| domain.contains('.') && domain.parse::<std::net::IpAddr>().is_err())
            .filter(|domain| is_in(one, domain) && is_in(other, domain))
            .min_by_key(|domain| domain.len())
    }

    /// Whether `host` is the site's own: a link from there brings nobody new.
    pub(crate) fn owns(&self, host: &str) -> bool {
        self.domains.iter().any(|domain| domain.matches(host))
    }
}

/// Whether `host` is this machine: such pages are somebody trying the site out.
fn is_loopback(host: &str) -> bool {
    if host == "localhost" || host.ends_with(".localhost") || host == "[::1]" {
        return true;
    }
    host.parse::<std::net::Ipv4Addr>()
        .is_ok_and(|address| address.is_loopback())
}

/// Hosts on which a site's rules are only tried. What is sent from there for the site belongs to its companion, whichever
/// script the page loaded: visits of a staging host never count among those of the site.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The site whose rules are tried.
    pub of: SiteId,
    /// Where.
    pub hosts: Vec<DomainPattern>,
    /// The site that takes what comes from there.
    pub companion: SiteId,
}

/// The sites of this server. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Sites(Arc<ArcSwap<Known>>);

#[derive(Debug, Default)]
struct Known {
    sites: HashMap<SiteId, Arc<SiteSettings>>,
    environments: HashMap<SiteId, Vec<Environment>>,
}

impl Sites {
    /// No site yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the place of all sites there were.
    pub fn replace(&self, sites: Vec<SiteSettings>) {
        self.replace_with(sites, Vec::new());
    }

    /// Takes the place of all sites and environments there were.
    pub fn replace_with(&self, sites: Vec<SiteSettings>, environments: Vec<Environment>) {
        let mut known = Known {
            sites: sites
                .into_iter()
                .map(|site| (site.id.clone(), Arc::new(site)))
                .collect(),
            environments: HashMap::new(),
        };
        for environment in environments {
            let of = environment.of.clone();
            known.environments.entry(of).or_default().push(environment);
        }
        self.0.store(Arc::new(known));
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<SiteSettings>> {
        self.0.load().sites.values().cloned().collect()
    }

    /// The site with this id.
    pub fn get(&self, id: &str) -> Option<Arc<SiteSettings>> {
        self.0.load().sites.get(id).cloned()
    }

    /// Whether pages on `host` (lower case, without a port) are only tried out, and whose their visits are then. `None` inside:
    /// nobody's.
    pub(crate) fn companion(&self, site: &SiteId, host: &str) -> Option<Option<Arc<SiteSettings>>> {
        let known = self.0.load();
        let environment = known
            .environments
            .get(site)?
            .iter()
            .find(|environment| environment.hosts.iter().any(|one| one.matches(host)))?;
        Some(known.sites.get(&environment.companion).cloned())
    }
}

impl std::borrow::Borrow<str> for SiteId {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn shop(domains: &[&str]) -> SiteSettings {
        SiteSettings {
            id: SiteId::parse("shop").unwrap(),
            domains: domains
                .iter()
                .map(|text| DomainPattern::parse(text).unwrap())
                .collect(),
            timezone: TimeZone::get("Europe/Moscow").unwrap(),
            currency: "RUB".to_owned(),
            container_version: 3,
            cookieless: false,
        }
    }

    #[test]
    fn ids_are_names() {
        assert!(SiteId::parse("shop_2").is_some());
        for wrong in ["", "Shop", "a-b", "магазин", &"a".repeat(65)] {
            assert!(SiteId::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_means_its_host_or_what_is_below() {
        let cases = [
            ("shop.example", "shop.example", true),
            ("shop.example", "www.shop.example", false),
            ("shop.example", "evilshop.example", false),
            ("*.shop.example", "www.shop.example", true),
            ("*.shop.example", "a.b.shop.example", true),
            ("*.shop.example", "shop.example", false),
            ("*.shop.example", ".shop.example", false),
            ("*.shop.example", "evilshop.example", false),
            ("Shop.Example", "shop.example", true),
            ("магазин.рф", "xn--80aairftm.xn--p1ai", true),
            ("10.0.0.5", "10.0.0.5", true),
            ("[FE80::1]", "[fe80::1]", true),
        ];
        for (pattern, host, expected) in cases {
            let matches = DomainPattern::parse(pattern).unwrap().matches(host);
            assert_eq!(matches, expected, "{pattern} {host}");
        }
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for wrong in [
            "",
            "*.",
            "https://shop.example",
            "shop.example:8080",
            "a b",
            "[1]",
            "*",
        ] {
            assert!(DomainPattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn patterns_that_share_a_host_are_told() {
        let cases = [
            ("*.shop.example", "staging.shop.example", true, true),
            ("staging.shop.example", "*.shop.example", true, false),
            ("*.shop.example", "*.eu.shop.example", true, true),
            ("*.shop.example", "shop.example", false, false),
            ("*.shop.example", "*.shop.example", true, true),
            ("x.shop.example", "*.shop.example", true, false),
            ("a.shop.example", "b.shop.example", false, false),
        ];
        for (one, other, overlaps, covers) in cases {
            let [first, second] = [one, other].map(|text| DomainPattern::parse(text).unwrap());
            assert_eq!(first.overlaps(&second), overlaps, "{one} {other}");
            assert_eq!(first.covers(&second), covers, "{one} {other}");
        }
    }

    #[test]
    fn what_comes_from_an_environment_is_its_companions() {
        let sites = Sites::new();
        let id = |text: &str| SiteId::parse(text).unwrap();
        let mut staging = shop(&["staging.shop.example"]);
        staging.id = id("shop__staging");
        let environment = |companion: &str, host: &str| Environment {
            of: id("shop"),
            hosts: vec![DomainPattern::parse(host).unwrap()],
            companion: id(companion),
        };
        sites.replace_with(
            vec![shop(&["*.shop.example"]), staging],
            vec![
                environment("shop__staging", "staging.shop.example"),
                environment("shop__gone", "gone.shop.example"),
            ],
        );
        let companion = |host| sites.companion(&id("shop"), host);
        let found = companion("staging.shop.example").unwrap().unwrap();
        assert_eq!(found.id.as_str(), "shop__staging");
        assert!(companion("gone.shop.example").unwrap().is_none());
        assert!(companion("www.shop.example").is_none());
        assert!(
            sites
                .companion(&id("other"), "staging.shop.example")
                .is_none()
        );
    }

    #[test]
    fn loopback_and_sites_without_domains_are_always_allowed() {
        let site = shop(&["shop.example"]);
        for host in [
            "localhost",
            "shop.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
        ] {
            assert!(site.allows(host), "{host}");
            assert!(!site.owns(host), "{host}");
        }
        for host in ["128.0.0.1", "localhost.example", ""] {
            assert!(!site.allows(host), "{host}");
        }
        assert!(shop(&[]).allows("anything.example"));
    }

    #[test]
    fn replacing_reaches_every_clone() {
        let sites = Sites::new();
        let clone = sites.clone();
        sites.replace(vec![shop(&[])]);
        assert_eq!(
            clone.get("shop").map(|site| site.container_version),
            Some(3)
        );
        sites.replace(Vec::new());
        assert!(clone.get("shop").is_none());
    }
}
