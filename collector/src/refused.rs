//! Hosts whose pages were refused lately because they are not among a site's domains, so that its owner learns of them.
//!
//! Anybody can send any host, so there is room for few. A full list takes a new host only in place of one that has not
//! been refused for a day: made-up hosts neither take more memory nor push out those that go on being refused. The same
//! rule holds for sites. Both together bound the log, too.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::limits::{self, MAX_REFUSED_HOST_BYTES, MAX_REFUSED_HOSTS, MAX_REFUSED_SITES};
use crate::site::SiteId;

/// After this long without a refusal a host or a site may give its place to another.
const KEPT_MS: i64 = 24 * 3_600_000;

/// A host whose pages were refused for a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedHost {
    /// Lower case, without a port; printable ASCII.
    pub host: String,
    /// Requests since the host was first refused.
    pub count: u64,
    /// When the last of them came, ms since 1970.
    pub last_ms: i64,
}

/// The hosts refused lately, by site.
#[derive(Debug, Default)]
pub(crate) struct RefusedHosts(Mutex<HashMap<SiteId, Vec<RefusedHost>>>);

impl RefusedHosts {
    /// Counts a refusal; the first one of a host is logged. `host` is what a sender says: what no browser would send as
    /// a host is passed over.
    pub(crate) fn note(&self, site: &SiteId, host: &str, now_ms: i64) {
        if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return;
        }
        let host = limits::cut(host, MAX_REFUSED_HOST_BYTES);
        if self.add(site, host, now_ms) {
            tracing::warn!(
                %site, host,
                "events of pages on this host are refused; if it is yours, add it to `domains` of the site"
            );
        }
    }

    /// Whether the host is new and has found a place.
    fn add(&self, site: &SiteId, host: &str, now_ms: i64) -> bool {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !sites.contains_key(site) {
            if sites.len() >= MAX_REFUSED_SITES {
                sites.retain(|_, hosts| hosts.iter().any(|host| !is_old(host, now_ms)));
            }
            if sites.len() >= MAX_REFUSED_SITES {
                return false;
            }
        }
        let hosts = sites.entry(site.clone()).or_default();
        if let Some(known) = hosts.iter_mut().find(|known| known.host == host) {
            known.count = known.count.saturating_add(1);
            known.last_ms = known.last_ms.max(now_ms);
            return false;
        }
        if hosts.len() >= MAX_REFUSED_HOSTS {
            hosts.retain(|host| !is_old(host, now_ms));
        }
        if hosts.len() >= MAX_REFUSED_HOSTS {
            return false;
        }
        hosts.push(RefusedHost {
            host: host.to_owned(),
            count: 1,
            last_ms: now_ms,
        });
        true
    }

    /// Those of `site`, the latest first.
    pub(crate) fn of(&self, site: &str) -> Vec<RefusedHost> {
        let sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hosts = sites.get(site).cloned().unwrap_or_default();
        drop(sites);
        hosts.sort_by(|a, b| b.last_ms.cmp(&a.last_ms).then_with(|| a.host.cmp(&b.host)));
        hosts
    }
}

fn is_old(host: &RefusedHost, now_ms: i64) -> bool {
    now_ms.saturating_sub(host.last_ms) > KEPT_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(number: usize) -> SiteId {
        SiteId::parse(&format!("site_{number}")).unwrap()
    }

    fn names(hosts: &[RefusedHost]) -> Vec<(&str, u64, i64)> {
        hosts
            .iter()
            .map(|one| (one.host.as_str(), one.count, one.last_ms))
            .collect()
    }

    #[test]
    fn hosts_are_counted_by_site() {
        let refused = RefusedHosts::default();
        refused.note(&site(1), "a.example", 1);
        refused.note(&site(1), "b.example", 2);
        refused.note(&site(1), "a.example", 3);
        refused.note(&site(2), "c.example", 4);
        // A clock that goes back does not make a host older.
        refused.note(&site(1), "a.example", 0);
        assert_eq!(
            names(&refused.of("site_1")),
            [("a.example", 3, 3), ("b.example", 1, 2)]
        );
        assert_eq!(names(&refused.of("site_2")), [("c.example", 1, 4)]);
        assert!(refused.of("nobody").is_empty());
    }

    #[test]
    fn only_the_first_refusal_of_a_host_is_news() {
        let refused = RefusedHosts::default();
        assert!(refused.add(&site(1), "a.example", 1));
        assert!(!refused.add(&site(1), "a.example", 2));
        assert!(refused.add(&site(2), "a.example", 3));
    }

    #[test]
    fn made_up_hosts_take_no_room_and_no_place_of_known_ones() {
        let refused = RefusedHosts::default();
        refused.note(&site(1), "mine.example", 1);
        for number in 0..10_000 {
            refused.note(&site(1), &format!("h{number}.example"), 2);
        }
        refused.note(&site(1), "mine.example", 3);
        let hosts = refused.of("site_1");
        assert_eq!(hosts.len(), MAX_REFUSED_HOSTS);
        assert_eq!(names(&hosts)[0], ("mine.example", 2, 3));

        // A day later only what was refused since has kept its place.
        refused.note(&site(1), "mine.example", 4 + KEPT_MS);
        refused.note(&site(1), "new.example", 4 + KEPT_MS);
        let day = 4 + KEPT_MS;
        assert_eq!(
            names(&refused.of("site_1")),
            [("mine.example", 3, day), ("new.example", 1, day)]
        );
    }

    #[test]
    fn sites_are_bounded_in_the_same_way() {
        let refused = RefusedHosts::default();
        for number in 0..=MAX_REFUSED_SITES {
            refused.note(&site(number), "a.example", 1);
        }
        let last = site(MAX_REFUSED_SITES);
        assert!(refused.of(last.as_str()).is_empty());
        assert_eq!(refused.of("site_0").len(), 1);
        refused.note(&last, "a.example", 2 + KEPT_MS);
        assert_eq!(refused.of(last.as_str()).len(), 1);
        assert!(refused.of("site_0").is_empty());
    }

    #[test]
    fn long_hosts_are_cut_and_what_is_no_host_is_passed_over() {
        let refused = RefusedHosts::default();
        for wrong in ["", "a b", "a\nb", "\u{1b}[31m", "магазин.рф"] {
            refused.note(&site(1), wrong, 1);
        }
        assert!(refused.of("site_1").is_empty());
        for end in ["x", "y"] {
            let long = "a".repeat(MAX_REFUSED_HOST_BYTES) + end;
            refused.note(&site(1), &long, 1);
        }
        let hosts = refused.of("site_1");
        assert_eq!((hosts.len(), hosts[0].count), (1, 2));
        assert_eq!(hosts[0].host.len(), MAX_REFUSED_HOST_BYTES);
    }
}
