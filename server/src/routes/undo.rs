//! Taking a token or an invitation back can be undone for a moment, by the session that did it: it stops at once, and holds
//! again when undone. What can be undone is in memory alone, so that a restart, or a copy of the control store, revives nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// For how long. The page offers it for seconds, and holds the offer for less than this while a hand or the keys are on it.
const UNDO_MS: i64 = 120_000;
/// More is never taken back in that time by hand.
const MAX_KEPT: usize = 1_000;

/// What was taken back a moment ago, by its id; with what is needed to have it again.
#[derive(Debug)]
pub struct TakenBack<T>(Mutex<HashMap<String, Taken<T>>>);

#[derive(Debug)]
struct Taken<T> {
    /// Whose session did it.
    session: String,
    at_ms: i64,
    what: T,
}

impl<T> Default for TakenBack<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> TakenBack<T> {
    /// Remembers that a session took something back.
    pub(super) fn note(&self, id: &str, session: &str, at_ms: i64, what: T) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, taken| at_ms - taken.at_ms <= UNDO_MS);
        if kept.len() < MAX_KEPT {
            let session = session.to_owned();
            let taken = Taken {
                session,
                at_ms,
                what,
            };
            kept.insert(id.to_owned(), taken);
        }
    }

    /// When this session took it back, and what, if that was a moment ago. It can be asked once.
    pub(super) fn undo(&self, id: &str, session: &str, now_ms: i64) -> Option<(i64, T)> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = kept.get(id)?;
        let may = taken.session == session && (0..=UNDO_MS).contains(&(now_ms - taken.at_ms));
        may.then(|| kept.remove(id).map(|taken| (taken.at_ms, taken.what)))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_did_it_undoes_it_once_and_soon() {
        let taken = TakenBack::default();
        taken.note("t1", "ann", 1_000, "one");
        assert_eq!(taken.undo("t1", "ed", 1_001), None);
        assert_eq!(taken.undo("t2", "ann", 1_001), None);
        assert_eq!(taken.undo("t1", "ann", 999), None, "a clock that goes back");
        assert_eq!(taken.undo("t1", "ann", 1_001 + UNDO_MS), None);
        assert_eq!(
            taken.undo("t1", "ann", 1_000 + UNDO_MS),
            Some((1_000, "one"))
        );
        assert_eq!(taken.undo("t1", "ann", 1_000 + UNDO_MS), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let taken = TakenBack::default();
        for number in 0..=MAX_KEPT {
            taken.note(&number.to_string(), "ann", 5, ());
        }
        assert_eq!(taken.undo(&MAX_KEPT.to_string(), "ann", 6), None);
        taken.note("later", "ann", 5 + UNDO_MS + 1, ());
        assert_eq!(taken.undo("0", "ann", 6), None, "forgotten");
    }
}
