//! Taking a token back can be undone for a moment, by the session that did it: the token stops at once, and holds again when
//! undone. What can be undone is in memory alone, so that a restart, or a copy of the control store, revives nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// For how long: the page offers it for less than this.
const UNDO_MS: i64 = 15_000;
/// More is never taken back in that time by hand.
const MAX_KEPT: usize = 1_000;

/// Tokens that were taken back a moment ago.
#[derive(Debug, Default)]
pub struct TakenBack(Mutex<HashMap<String, Taken>>);

#[derive(Debug)]
struct Taken {
    /// Whose session did it.
    session: String,
    at_ms: i64,
}

impl TakenBack {
    /// Remembers that a session took a token back.
    pub(super) fn note(&self, token: &str, session: &str, at_ms: i64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, taken| at_ms - taken.at_ms <= UNDO_MS);
        if kept.len() < MAX_KEPT {
            let session = session.to_owned();
            kept.insert(token.to_owned(), Taken { session, at_ms });
        }
    }

    /// When this session took the token back, if that was a moment ago. It can be asked once.
    pub(super) fn undo(&self, token: &str, session: &str, now_ms: i64) -> Option<i64> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = kept.get(token)?;
        let may = taken.session == session && (0..=UNDO_MS).contains(&(now_ms - taken.at_ms));
        may.then(|| kept.remove(token).map(|taken| taken.at_ms))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_did_it_undoes_it_once_and_soon() {
        let taken = TakenBack::default();
        taken.note("t1", "ann", 1_000);
        assert_eq!(taken.undo("t1", "ed", 1_001), None);
        assert_eq!(taken.undo("t2", "ann", 1_001), None);
        assert_eq!(taken.undo("t1", "ann", 999), None, "a clock that goes back");
        assert_eq!(taken.undo("t1", "ann", 16_001), None);
        assert_eq!(taken.undo("t1", "ann", 16_000), Some(1_000));
        assert_eq!(taken.undo("t1", "ann", 16_000), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let taken = TakenBack::default();
        for number in 0..=MAX_KEPT {
            taken.note(&number.to_string(), "ann", 5);
        }
        assert_eq!(taken.undo(&MAX_KEPT.to_string(), "ann", 6), None);
        taken.note("later", "ann", 5 + UNDO_MS + 1);
        assert_eq!(taken.undo("0", "ann", 6), None, "forgotten");
    }
}
