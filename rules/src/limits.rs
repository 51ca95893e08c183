//! What has fired on the present page view, for `once_per` and for groups of triggers.
//!
//! Bounded: when [`MAX_REMEMBERED`] things have been remembered, whatever is limited to once fires no more until the next
//! page view. Firing too little beats counting twice.

use alloc::vec::Vec;

use crate::id::{TagId, TriggerId};
use crate::release::Trigger;

/// Pairs of tag or trigger and element remembered per page view, at most.
pub const MAX_REMEMBERED: usize = 16_384;

/// Firing memory of one page view. A new page view begins with a new one.
#[derive(Default)]
pub struct Limits {
    /// Sorted. Who in the upper half, which element in the lower.
    seen: Vec<u64>,
    /// For each group that has begun, and each of its members: when it fired last, or in a group that goes in order, when
    /// the latest run up to this member began. 0: never.
    groups: Vec<(TriggerId, Vec<u64>)>,
}

/// Who must not fire again.
pub(crate) enum Who {
    TagOnPage(TagId),
    TagOnElement(TagId),
    Trigger(TriggerId),
}

impl Limits {
    /// Nothing has fired yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether this is the first time, and remembers it. `element` is 0 for things that are once per page.
    pub(crate) fn is_first(&mut self, who: &Who, element: u32) -> bool {
        let (kind, index) = match who {
            Who::TagOnPage(tag) => (0_u64, tag.index()),
            Who::TagOnElement(tag) => (1, tag.index()),
            Who::Trigger(trigger) => (2, trigger.index()),
        };
        let key = kind << 62 | (index as u64) << 32 | u64::from(element);
        match self.seen.binary_search(&key) {
            Ok(_) => false,
            Err(at) if self.seen.len() < MAX_REMEMBERED => {
                self.seen.insert(at, key);
                true
            }
            Err(_) => false,
        }
    }

    /// Takes note of the members of a group that have just fired, and says whether that makes the group complete.
    pub(crate) fn advance(
        &mut self,
        id: TriggerId,
        group: Trigger<'_>,
        now: u64,
        mut fired: impl FnMut(TriggerId) -> bool,
    ) -> bool {
        let &[in_order, within_ms] = group.numbers() else {
            return false;
        };
        let in_order = in_order > 0;
        // 0 is never.
        let now = now.max(1);
        let at = match self.groups.iter().position(|(known, _)| *known == id) {
            Some(at) => at,
            None => {
                let nothing_yet = group.members().map(|_| 0).collect();
                self.groups.push((id, nothing_yet));
                self.groups.len() - 1
            }
        };
        let Some((_, times)) = self.groups.get_mut(at) else {
            return false;
        };
        let mut is_news = false;
        // From the last to the first, so that what fires once does not stand for two steps.
        for (at, member) in group.members().enumerate().rev() {
            if !fired(member) {
                continue;
            }
            let before = at.checked_sub(1).and_then(|before| times.get(before));
            let since = match before {
                Some(since) if in_order => *since,
                _ => now,
            };
            if let Some(time) = times.get_mut(at) {
                *time = since;
            }
            is_news |= !in_order || at + 1 == group.members().len();
        }
        let since = if in_order {
            times.last()
        } else {
            times.iter().min()
        };
        is_news
            && since.is_some_and(|since| {
                *since > 0 && (within_ms == 0 || now.saturating_sub(*since) <= u64::from(within_ms))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_who_and_where() {
        let mut limits = Limits::new();
        let (tag, other) = (TagId::from_index(0), TagId::from_index(1));
        let trigger = TriggerId::from_index(0);
        for who in [
            (Who::TagOnElement(tag), 0),
            (Who::TagOnElement(tag), u32::MAX),
            (Who::TagOnElement(other), 0),
            (Who::TagOnPage(tag), 0),
            (Who::Trigger(trigger), 0),
        ] {
            assert!(limits.is_first(&who.0, who.1));
            assert!(!limits.is_first(&who.0, who.1));
        }
    }

    #[test]
    fn when_full_nothing_is_first_any_more() {
        let mut limits = Limits::new();
        let tag = TagId::from_index(0);
        let seen = u32::try_from(MAX_REMEMBERED).unwrap();
        assert!((0..seen).all(|element| limits.is_first(&Who::TagOnElement(tag), element)));
        assert!(!limits.is_first(&Who::TagOnElement(tag), seen));
        assert!(!limits.is_first(&Who::TagOnPage(tag), 0));
    }
}
