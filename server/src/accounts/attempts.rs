//! How often a password or a code may be tried: by address, and by account.
//!
//! Each key has a number of tries, which come back one by one. A try that was right gives its own back. Kept in memory: a
//! restart forgets, and takes longer than the wait it saves. The number of keys is bounded; beyond it, those who have waited
//! longest are forgotten first.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use super::AccountError;

/// Keys that are remembered, at most.
const MAX_KEYS: usize = 10_000;

/// How many tries there are, and how fast they come back.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// Tries without a pause.
    pub burst: u32,
    /// One comes back after this long.
    pub refill_ms: i64,
}

/// For one address: a whole office may be behind it.
pub const ADDRESS: Allowance = Allowance {
    burst: 20,
    refill_ms: 30_000,
};
/// For one account: somebody who has forgotten which password it was.
pub const ACCOUNT: Allowance = Allowance {
    burst: 10,
    refill_ms: 60_000,
};

/// For one account in the audit log.
pub const NOTED: Allowance = Allowance {
    burst: 1,
    refill_ms: 3_600_000,
};

/// Tries of many keys.
#[derive(Debug)]
pub struct Attempts<K> {
    allowance: Allowance,
    /// For each key the time at which it has all its tries back.
    whole_at: Mutex<HashMap<K, i64>>,
}

impl<K: Eq + Hash + Clone> Attempts<K> {
    /// All have all their tries.
    pub fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            whole_at: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one try, or says how long to wait for one.
    pub fn take(&self, key: &K, now_ms: i64) -> Result<(), AccountError> {
        let Allowance { burst, refill_ms } = self.allowance;
        let mut all = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_KEYS && !all.contains_key(key) {
            make_room(&mut all, now_ms);
        }
        let whole_at = all.entry(key.clone()).or_insert(now_ms);
        let next = (*whole_at).max(now_ms) + refill_ms;
        let over_ms = next - now_ms - refill_ms * i64::from(burst);
        if over_ms > 0 {
            let retry_s = u64::try_from(over_ms).unwrap_or_default().div_ceil(1000);
            return Err(AccountError::TooMany { retry_s });
        }
        *whole_at = next;
        Ok(())
    }

    /// The try was right.
    pub fn give_back(&self, key: &K) {
        let mut all = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(whole_at) = all.get_mut(key) {
            *whole_at -= self.allowance.refill_ms;
        }
    }
}

fn make_room<K: Eq + Hash + Clone>(all: &mut HashMap<K, i64>, now_ms: i64) {
    all.retain(|_, whole_at| *whole_at > now_ms);
    if all.len() < MAX_KEYS {
        return;
    }
    let first = all
        .iter()
        .min_by_key(|(_, whole_at)| **whole_at)
        .map(|(key, _)| key.clone());
    if let Some(first) = first {
        all.remove(&first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: Allowance = Allowance {
        burst: 3,
        refill_ms: 1000,
    };

    #[test]
    fn tries_run_out_and_come_back() {
        let attempts = Attempts::new(FEW);
        for _ in 0..3 {
            attempts.take(&1, 0).unwrap();
        }
        let Err(AccountError::TooMany { retry_s }) = attempts.take(&1, 0) else {
            panic!("they have run out")
        };
        assert_eq!(retry_s, 1);
        attempts.take(&2, 0).unwrap();
        attempts.take(&1, 1000).unwrap();
        attempts.take(&1, 1000).unwrap_err();
        for _ in 0..3 {
            attempts.take(&1, 1_000_000).unwrap();
        }
        attempts.take(&1, 1_000_000).unwrap_err();
    }

    #[test]
    fn a_right_try_costs_nothing() {
        let attempts = Attempts::new(FEW);
        for _ in 0..20 {
            attempts.take(&1, 0).unwrap();
            attempts.give_back(&1);
        }
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let attempts = Attempts::new(FEW);
        for key in 0..MAX_KEYS + 100 {
            attempts.take(&key, 0).unwrap();
        }
        assert_eq!(attempts.whole_at.lock().unwrap().len(), MAX_KEYS);
        attempts.take(&usize::MAX, 1_000_000).unwrap();
        assert_eq!(attempts.whole_at.lock().unwrap().len(), 1);
    }
}
