//! Who may come in, and how often: nobody may take what belongs to all.
//!
//! | what | bounded by | refused as |
//! |---|---|---|
//! | requests at the same time | [`InFlight`] | `overloaded` |
//! | requests of one address in a second | [`Rates`], a leaky bucket for each | `address_rate` |
//! | requests of one address at the same time | [`Connections`] | `address_share` |
//! | events of one site in a second | [`Rates`] | `site_rate` |
//! | rows of one site that wait for the disk, or in the spool | [`Shares`] | `site_share` |
//!
//! An address is one of IPv4, or a network of 64 bits of IPv6. This machine's own is not bounded: it is somebody trying
//! things out, or a proxy that nobody told us of and behind which everybody is. Everything here is in memory, bounded, and
//! holds addresses no longer than it takes to count them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::address;
use crate::limits::{Limits, MAX_QUEUE_BYTES, MAX_RATE_KEYS};
use crate::outcome::Refusal;
use crate::site::SiteId;

/// Locks, so that two cores rarely want the same.
const SHARDS: usize = 16;

/// The bounds of the intake.
pub(crate) struct Gate {
    addresses: Rates<u128>,
    sites: Rates<SiteId>,
    at_once: Connections,
    waiting: Mutex<Waiting>,
}

/// What each site has waiting.
#[derive(Default)]
struct Waiting {
    queue: Shares,
    spool: Shares,
}

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            addresses: Rates::new(limits.address_rate, limits.address_burst),
            sites: Rates::new(limits.site_rate, limits.site_burst),
            at_once: Connections::new(limits.requests_per_address),
            waiting: Mutex::default(),
        }
    }

    /// Lets a request in. What is returned is held as long as it is worked on.
    pub(crate) fn enter(&self, address: Option<IpAddr>) -> Result<Option<Place>, Refusal> {
        let Some(address) = address.filter(|address| !address::is_loopback(*address)) else {
            return Ok(None);
        };
        let network = address::network(address);
        if !self.addresses.take(&network, 1) {
            return Err(Refusal::AddressRate);
        }
        match self.at_once.open(address) {
            Some(place) => Ok(Some(place)),
            None => Err(Refusal::AddressShare),
        }
    }

    /// Lets `events` of a site in, which are `bytes` in the queue before the disk. `spool_bytes` of `max_spool_bytes` wait
    /// in the spool already. What is returned is held until they are on disk.
    pub(crate) fn admit<'a>(
        &'a self,
        site: &'a SiteId,
        events: usize,
        bytes: usize,
        spool_bytes: u64,
        max_spool_bytes: u64,
    ) -> Result<Queued<'a>, Refusal> {
        if !self.sites.take(site, events) {
            return Err(Refusal::SiteRate);
        }
        let bytes = bytes as u64;
        let mut waiting = lock(&self.waiting);
        let Waiting { queue, spool } = &mut *waiting;
        spool.shrink_to(spool_bytes);
        // The last fifth is for those who have not had theirs.
        if spool_bytes > max_spool_bytes / 5 * 4 && spool.is_greedy(site) {
            return Err(Refusal::SiteShare);
        }
        spool.add(site, bytes);
        if queue.total + bytes > MAX_QUEUE_BYTES as u64 / 2 && queue.is_greedy(site) {
            return Err(Refusal::SiteShare);
        }
        queue.add(site, bytes);
        Ok(Queued {
            gate: self,
            site,
            bytes,
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rows on their way to the disk.
pub(crate) struct Queued<'a> {
    gate: &'a Gate,
    site: &'a SiteId,
    bytes: u64,
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        lock(&self.gate.waiting).queue.remove(self.site, self.bytes);
    }
}

/// How much of something each site has taken up.
#[derive(Default)]
struct Shares {
    by_site: HashMap<SiteId, u64>,
    total: u64,
}

impl Shares {
    fn add(&mut self, site: &SiteId, amount: u64) {
        match self.by_site.get_mut(site) {
            Some(taken) => *taken += amount,
            None => {
                self.by_site.insert(site.clone(), amount);
            }
        }
        self.total += amount;
    }

    fn remove(&mut self, site: &SiteId, amount: u64) {
        if let Some(taken) = self.by_site.get_mut(site) {
            *taken = taken.saturating_sub(amount);
            if *taken == 0 {
                self.by_site.remove(site);
            }
        }
        self.total = self.total.saturating_sub(amount);
    }

    /// Whether a site has more than its even share while others want some. `site` wants some, too.
    fn is_greedy(&self, site: &SiteId) -> bool {
        let taken = self.by_site.get(site).copied().unwrap_or(0);
        let sites = self.by_site.len() + usize::from(taken == 0);
        sites > 1 && taken.saturating_mul(sites as u64) > self.total
    }

    /// What was taken up has become less: by how much for whom is not known, so the same part for all.
    fn shrink_to(&mut self, total: u64) {
        if total.saturating_mul(10) >= self.total.saturating_mul(9) {
            return;
        }
        let (now, before) = (u128::from(total), u128::from(self.total.max(1)));
        self.by_site.retain(|_, taken| {
            *taken = u64::try_from(u128::from(*taken) * now / before).unwrap_or(0);
            *taken > 0
        });
        self.total = self.by_site.values().sum();
    }
}

/// A bucket for each key: filled by what comes, leaking at a steady rate.
pub(crate) struct Rates<K> {
    /// Time that one unit takes to leak; none: everything may come.
    interval: Option<Duration>,
    burst: u32,
    began: Instant,
    /// When the bucket of a key will be empty, in nanoseconds since `began`.
    empty_at: [Mutex<HashMap<K, u64>>; SHARDS],
    hasher: std::hash::RandomState,
}

impl<K: std::hash::Hash + Eq + Clone> Rates<K> {
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self {
            interval: Duration::from_secs(1).checked_div(per_second),
            burst: burst.max(1),
            began: Instant::now(),
            empty_at: std::array::from_fn(|_| Mutex::default()),
            hasher: std::hash::RandomState::new(),
        }
    }

    /// Takes `count` at once, or nothing. More than a whole burst is taken where the bucket is empty: it would never fit.
    pub(crate) fn take(&self, key: &K, count: usize) -> bool {
        let Some(interval) = self.interval else {
            return true;
        };
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let now = nanos(self.began.elapsed());
        let wanted = nanos(interval).saturating_mul(count as u64);
        let room = nanos(interval).saturating_mul(u64::from(self.burst));
        let hash = std::hash::BuildHasher::hash_one(&self.hasher, key) % SHARDS as u64;
        let Some(shard) = usize::try_from(hash)
            .ok()
            .and_then(|at| self.empty_at.get(at))
        else {
            return true;
        };
        let mut shard = lock(shard);
        let level = shard.get(key).map_or(0, |at| at.saturating_sub(now));
        if level > 0 && level.saturating_add(wanted) > room {
            return false;
        }
        if let Some(at) = shard.get_mut(key) {
            *at = now + level + wanted;
            return true;
        }
        if shard.len() >= MAX_RATE_KEYS / SHARDS {
            shard.retain(|_, at| *at > now);
        }
        // With so many at once none of them is the one that has to be stopped.
        if shard.len() < MAX_RATE_KEYS / SHARDS {
            shard.insert(key.clone(), now + wanted);
        }
        true
    }
}

/// How many requests are worked on, of as many as there may be.
#[derive(Clone)]
pub(crate) struct InFlight {
    now: Arc<AtomicUsize>,
    most: usize,
}

/// One of them, until dropped.
pub(crate) struct OneInFlight<'a>(&'a AtomicUsize);

impl InFlight {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            now: Arc::default(),
            most,
        }
    }

    /// One more, unless there are enough.
    pub(crate) fn enter(&self) -> Option<OneInFlight<'_>> {
        let before = self.now.fetch_add(1, Ordering::Relaxed);
        // Given back when dropped, also where it is one too many.
        let place = OneInFlight(&self.now);
        (before < self.most).then_some(place)
    }

    pub(crate) fn count(&self) -> u64 {
        self.now.load(Ordering::Relaxed).min(self.most) as u64
    }
}

impl Drop for OneInFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many connections, or requests, of each address there are. Those of this machine are not counted.
#[derive(Debug, Clone)]
pub struct Connections(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    limit: u32,
    now: Mutex<HashMap<u128, u32>>,
}

/// One of them, until dropped.
#[derive(Debug)]
pub struct Place(Option<(Arc<Counts>, u128)>);

impl Connections {
    /// At most `limit` of one address.
    pub fn new(limit: u32) -> Self {
        Self(Arc::new(Counts {
            limit,
            now: Mutex::default(),
        }))
    }

    /// Counts one more, unless there are enough.
    pub fn open(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        if address::is_loopback(address) {
            return Some(Place(None));
        }
        let network = address::network(address);
        let mut now = lock(&self.0.now);
        let count = now.entry(network).or_default();
        if *count >= self.0.limit {
            return None;
        }
        *count += 1;
        Some(Place(Some((Arc::clone(&self.0), network))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((counts, network)) = &self.0 else {
            return;
        };
        let mut now = lock(&counts.now);
        if let Some(count) = now.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                now.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: &str) -> SiteId {
        SiteId::parse(name).unwrap()
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn gate(limits: &Limits) -> Gate {
        Gate::new(limits)
    }

    #[test]
    fn an_address_has_its_burst_and_then_its_rate() {
        let gate = gate(&Limits {
            address_rate: 1,
            address_burst: 5,
            ..Limits::default()
        });
        let enter = |text: &str| gate.enter(address(text)).map(drop);
        for _ in 0..5 {
            assert_eq!(enter("203.0.113.7"), Ok(()));
        }
        assert_eq!(enter("203.0.113.7"), Err(Refusal::AddressRate));
        assert_eq!(enter("203.0.113.8"), Ok(()), "the others are not concerned");
        // A customer of IPv6 does not get more by changing its address.
        for number in 0..5 {
            assert_eq!(enter(&format!("2001:db8::{number}")), Ok(()));
        }
        assert_eq!(enter("2001:db8::ffff"), Err(Refusal::AddressRate));
        for _ in 0..100 {
            assert_eq!(enter("127.0.0.1"), Ok(()));
            assert!(gate.enter(None).is_ok());
        }
    }

    #[test]
    fn a_bucket_leaks() {
        let rates = Rates::new(1_000_000, 2);
        assert!(rates.take(&1, 2));
        std::thread::sleep(Duration::from_millis(1));
        assert!(rates.take(&1, 2), "a thousand could have come meanwhile");
        let slow = Rates::new(1, 3);
        assert!(slow.take(&1, 100), "a batch larger than the burst");
        assert!(!slow.take(&1, 1));
        assert!(Rates::new(0, 0).take(&1, 1_000_000), "no rate, no bound");
    }

    #[test]
    fn an_address_has_so_many_requests_at_once() {
        let gate = gate(&Limits {
            requests_per_address: 2,
            ..Limits::default()
        });
        let first = gate.enter(address("203.0.113.7")).unwrap();
        let second = gate.enter(address("203.0.113.7")).unwrap();
        assert_eq!(
            gate.enter(address("203.0.113.7")).err(),
            Some(Refusal::AddressShare)
        );
        drop(first);
        assert!(gate.enter(address("203.0.113.7")).is_ok());
        drop(second);
        assert!(gate.at_once.0.now.lock().unwrap().is_empty());
    }

    #[test]
    fn there_are_so_many_requests_at_once() {
        let in_flight = InFlight::new(2);
        let (first, second) = (in_flight.enter(), in_flight.enter());
        assert!(first.is_some() && second.is_some() && in_flight.enter().is_none());
        assert_eq!(in_flight.count(), 2, "one that is refused takes no place");
        drop(first);
        assert!(in_flight.enter().is_some());
        drop(second);
        assert_eq!(in_flight.count(), 0);
    }

    #[test]
    fn this_machine_opens_as_many_connections_as_it_likes() {
        let connections = Connections::new(1);
        let open = |text: &str| connections.open(text.parse().unwrap());
        let first = open("203.0.113.7");
        assert!(first.is_some() && open("::ffff:203.0.113.7").is_none());
        let ours: Vec<_> = (0..100).map(|_| open("127.0.0.1")).collect();
        assert!(ours.iter().all(Option::is_some));
        drop(first);
        assert!(open("203.0.113.7").is_some());
    }

    #[test]
    fn memory_is_bounded_however_many_come() {
        let rates = Rates::new(1, 1);
        for key in 0..MAX_RATE_KEYS * 3 {
            assert!(rates.take(&key, 1));
        }
        let kept: usize = rates
            .empty_at
            .iter()
            .map(|shard| shard.lock().unwrap().len())
            .sum();
        assert!(kept <= MAX_RATE_KEYS, "{kept}");
    }

    #[test]
    fn a_loud_site_leaves_room_in_the_queue_for_others() {
        let gate = gate(&Limits::default());
        let (loud, quiet) = (site("loud"), site("quiet"));
        let megabyte = 1 << 20;
        let mut queued = Vec::new();
        // Alone, it may have all of it.
        for _ in 0..40 {
            queued.push(
                gate.admit(&loud, 1, megabyte, 0, 1 << 40)
                    .unwrap_or_else(|_| panic!("alone")),
            );
        }
        let mine = gate
            .admit(&quiet, 1, megabyte, 0, 1 << 40)
            .unwrap_or_else(|_| panic!("quiet"));
        assert_eq!(
            gate.admit(&loud, 1, megabyte, 0, 1 << 40).err(),
            Some(Refusal::SiteShare)
        );
        assert!(gate.admit(&quiet, 1, megabyte, 0, 1 << 40).is_ok());
        drop((queued, mine));
        assert_eq!(lock(&gate.waiting).queue.total, 0);
        assert!(lock(&gate.waiting).queue.by_site.is_empty());
    }

    #[test]
    fn a_loud_site_does_not_fill_the_spool_of_others() {
        let gate = gate(&Limits::default());
        let (loud, quiet) = (site("loud"), site("quiet"));
        let admit = |site, spool| gate.admit(site, 1, 100, spool, 1_000).map(drop);
        for step in 0..8 {
            assert_eq!(admit(&loud, step * 100), Ok(()));
        }
        assert_eq!(admit(&loud, 810), Ok(()), "nobody else wants any");
        assert_eq!(admit(&quiet, 850), Ok(()));
        assert_eq!(admit(&loud, 900), Err(Refusal::SiteShare));
        assert_eq!(admit(&quiet, 900), Ok(()));
        // ClickHouse is back, the spool gets empty, and there is room for everybody again.
        assert_eq!(admit(&loud, 100), Ok(()));
    }

    #[test]
    fn a_site_has_its_rate() {
        let gate = gate(&Limits {
            site_rate: 1,
            site_burst: 10,
            ..Limits::default()
        });
        let admit = |name: &str, events| gate.admit(&site(name), events, 1, 0, 1_000).map(drop);
        assert_eq!(admit("shop", 10), Ok(()));
        assert_eq!(admit("shop", 1), Err(Refusal::SiteRate));
        assert_eq!(admit("other", 10), Ok(()));
    }
}
