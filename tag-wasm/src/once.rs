//! Which tags have fired in this session, on this day, or ever: one text in the browser's storage.
//!
//! An entry is a letter for the period, the tag's key, and what period it was: `v1a2b3c4d`, `s1a2b3c4d018c…`,
//! `d1a2b3c4d2026-12-31`. Entries of other sessions and days are dropped when another is added.

use alloc::string::String;

use weir_rules::release::OncePer;

use crate::text::{Pieces, push_hex};

/// Entries, at most. Then nothing is the first time any more: firing too little beats counting twice.
const MAX_ENTRIES: usize = 300;

/// The text with the tag added, if it fires for the first time.
pub(crate) fn first(
    stored: &str,
    period: OncePer,
    tag: u32,
    session: u64,
    day: &str,
) -> Option<String> {
    let mut this_session = String::new();
    push_hex(&mut this_session, session, 16);
    let (letter, when) = match period {
        OncePer::Session => ('s', this_session.as_str()),
        OncePer::Day => ('d', day),
        _ => ('v', ""),
    };
    let mut text = String::from(letter);
    push_hex(&mut text, tag.into(), 8);
    text.push_str(when);
    let own = text.len();
    // Without a day in hand, days are kept.
    let is_today = |piece: &str| piece.starts_with('d') && piece.ends_with(day);
    let mut kept = 0;
    let pieces = Pieces {
        rest: stored,
        separator: b' ',
    };
    for piece in pieces {
        if Some(piece) == text.get(..own) {
            return None;
        }
        if piece.starts_with('v') || piece.ends_with(&this_session) || is_today(piece) {
            kept += 1;
            text.push(' ');
            text.push_str(piece);
        }
    }
    (kept < MAX_ENTRIES).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = "2026-12-31";

    #[test]
    fn each_period_has_its_own_memory() {
        let mut stored = String::new();
        for period in [OncePer::Visitor, OncePer::Session, OncePer::Day] {
            stored = first(&stored, period, 7, 1, DAY).unwrap();
            assert_eq!(first(&stored, period, 7, 1, DAY), None);
            assert!(first(&stored, period, 8, 1, DAY).is_some());
        }
        // Another session, on the same day; then another day.
        assert!(first(&stored, OncePer::Session, 7, 2, DAY).is_some());
        assert_eq!(first(&stored, OncePer::Day, 7, 2, DAY), None);
        assert!(first(&stored, OncePer::Day, 7, 2, "2027-01-01").is_some());
        assert_eq!(first(&stored, OncePer::Visitor, 7, 9, "2027-01-01"), None);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let mut stored = String::new();
        for session in 1..50 {
            stored = first(&stored, OncePer::Session, 7, session, DAY).unwrap();
        }
        assert_eq!(stored.split(' ').count(), 1);
    }

    #[test]
    fn is_bounded() {
        let mut stored = String::new();
        let mut count = 0;
        for tag in 0..1_000 {
            if let Some(text) = first(&stored, OncePer::Visitor, tag, 1, DAY) {
                stored = text;
                count += 1;
            }
        }
        assert_eq!(count, MAX_ENTRIES);
    }
}
