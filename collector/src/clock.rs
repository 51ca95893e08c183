//! The wall clock, and chance, behind a trait, so that tests decide what time it is and repeat a run by its seed.
//!
//! The wall clock stamps events and files. Whatever measures how long something took uses the monotonic clock, because
//! the wall clock may jump.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// Tells the time.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970, UTC.
    fn now_ms(&self) -> i64;

    /// Any number: what must not happen everywhere at once is spread by it.
    fn random(&self) -> u32 {
        let fresh = Uuid::now_v7();
        fresh
            .as_bytes()
            .last_chunk()
            .copied()
            .map_or(0, u32::from_le_bytes)
    }
}

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        // A clock set before 1970 reads as 1970.
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}
