//! The window of accepted event ids: what makes a repeat a repeat.
//!
//! In memory it is a set of 64-bit hashes, bounded by count and by age. On disk it needs nothing of its own while the
//! events are in the spool, because every record carries the hash of its event: they are durable in the same sync. When a
//! segment is removed, its hashes go into a log of ids first. At start logs and segments are read again, oldest first.
//!
//! Two different events with one hash would cost the second of them. With two million ids remembered, one event in nine
//! million million meets that fate.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Hash of an event's id, within its site and visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct IdHash(u64);

impl IdHash {
    /// A cryptographic hash, so that nobody can find another event's hash and have that event taken for a repeat.
    pub(crate) fn of(site: &str, visitor: u64, event: Uuid) -> Self {
        let mut hash = Sha256::new();
        hash.update(event.as_bytes());
        hash.update(visitor.to_be_bytes());
        hash.update(site.as_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        Self(digest.first_chunk().copied().map_or(0, u64::from_le_bytes))
    }

    /// Of what has no id of its own.
    pub(crate) fn of_text(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        Self(digest.first_chunk().copied().map_or(0, u64::from_le_bytes))
    }

    pub(crate) fn from_u64(number: u64) -> Self {
        Self(number)
    }

    pub(crate) fn as_u64(self) -> u64 {
        self.0
    }
}

/// The hash is its own hash.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Ids forgotten together.
const GENERATION_IDS: usize = 4_096;
/// A generation takes ids for this long at most, so that old ids are not kept by new ones.
const GENERATION_MS: i64 = 60_000;

/// Ids accepted lately.
pub(crate) struct IdWindow {
    known: HashSet<IdHash, BuildHasherDefault<Itself>>,
    generations: VecDeque<Generation>,
    max_ids: usize,
    max_age_ms: i64,
}

struct Generation {
    began_ms: i64,
    newest_ms: i64,
    ids: Vec<IdHash>,
}

impl IdWindow {
    /// Remembers `max_ids` ids for `max_age`, whichever is less.
    pub(crate) fn new(max_ids: usize, max_age: Duration) -> Self {
        Self {
            known: HashSet::default(),
            generations: VecDeque::new(),
            max_ids: max_ids.max(1),
            max_age_ms: i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// How many ids are remembered.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Takes an id that is about to be written. False: it is known, the event is a repeat.
    pub(crate) fn propose(&mut self, id: IdHash) -> bool {
        self.known.insert(id)
    }

    /// Proposed ids are durable now.
    pub(crate) fn confirm(&mut self, ids: &[IdHash], now_ms: i64) {
        for id in ids {
            self.date(*id, now_ms);
        }
        self.forget(now_ms);
    }

    /// Proposed ids could not be written.
    pub(crate) fn withdraw(&mut self, ids: &[IdHash]) {
        for id in ids {
            self.known.remove(id);
        }
    }

    /// Takes an id found on disk, accepted at `at_ms`. Files are read oldest first.
    pub(crate) fn restore(&mut self, id: IdHash, at_ms: i64) {
        if self.known.insert(id) {
            self.date(id, at_ms);
        }
        if self.known.len() > self.max_ids {
            self.forget_oldest();
        }
    }

    fn date(&mut self, id: IdHash, now_ms: i64) {
        if let Some(last) = self.generations.back_mut()
            && last.ids.len() < GENERATION_IDS
            && now_ms.saturating_sub(last.began_ms) < GENERATION_MS
        {
            last.newest_ms = last.newest_ms.max(now_ms);
            last.ids.push(id);
            return;
        }
        self.generations.push_back(Generation {
            began_ms: now_ms,
            newest_ms: now_ms,
            ids: vec![id],
        });
    }

    /// Forgets what is too old or too much.
    pub(crate) fn forget(&mut self, now_ms: i64) {
        let max_age_ms = self.max_age_ms;
        let expired =
            |generation: &Generation| now_ms.saturating_sub(generation.newest_ms) > max_age_ms;
        while self.known.len() > self.max_ids || self.generations.front().is_some_and(expired) {
            if self.generations.len() < 2 {
                break; // The newest generation stays: what it holds was accepted a moment ago.
            }
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.generations.pop_front() {
            for id in &oldest.ids {
                self.known.remove(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> IdHash {
        IdHash::from_u64(number)
    }

    fn accept(window: &mut IdWindow, numbers: std::ops::Range<u64>, now_ms: i64) {
        let ids: Vec<_> = numbers.map(id).collect();
        for id in &ids {
            assert!(window.propose(*id));
        }
        window.confirm(&ids, now_ms);
    }

    #[test]
    fn site_visitor_and_event_all_count() {
        let event = Uuid::from_u128(1);
        let hashes = [
            IdHash::of("shop", 1, event),
            IdHash::of("shop", 2, event),
            IdHash::of("other", 1, event),
            IdHash::of("shop", 1, Uuid::from_u128(2)),
        ];
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), 4);
        // Part of the format on disk: never changes.
        assert_eq!(
            IdHash::of("shop", 1, event).as_u64(),
            12_610_138_848_193_886_023
        );
    }

    #[test]
    fn a_repeat_is_known_until_it_is_withdrawn() {
        let mut window = IdWindow::new(10, Duration::from_secs(60));
        assert!(window.propose(id(1)));
        assert!(!window.propose(id(1)));
        window.withdraw(&[id(1)]);
        assert!(window.propose(id(1)));
    }

    #[test]
    fn the_window_is_bounded_by_count() {
        let max = 10 * GENERATION_IDS;
        let mut window = IdWindow::new(max, Duration::from_secs(3_600));
        accept(&mut window, 0..100_000, 0);
        assert!(
            window.len() <= max && window.len() > max - 2 * GENERATION_IDS,
            "{}",
            window.len()
        );
        assert!(!window.propose(id(99_999)));
        assert!(window.propose(id(0)));
    }

    #[test]
    fn the_window_is_bounded_by_age() {
        let mut window = IdWindow::new(1_000_000, Duration::from_secs(600));
        accept(&mut window, 0..10, 0);
        accept(&mut window, 10..20, 500_000);
        window.forget(600_000);
        assert!(!window.propose(id(5)));
        accept(&mut window, 20..30, 600_001);
        assert!(window.propose(id(5)));
        assert!(!window.propose(id(15)));
    }

    #[test]
    fn restoring_is_bounded_too() {
        let mut window = IdWindow::new(GENERATION_IDS, Duration::from_secs(600));
        for number in 0..100_000 {
            window.restore(id(number), 0);
        }
        assert!(window.len() <= GENERATION_IDS);
        assert!(!window.propose(id(99_999)));
    }
}
