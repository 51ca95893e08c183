//! What has fired on the present page view, for `once_per`.
//!
//! Bounded: when [`MAX_REMEMBERED`] things have been remembered, whatever is limited to once fires no more until the next
//! page view. Firing too little beats counting twice.

use alloc::vec::Vec;

use crate::id::{TagId, TriggerId};

/// Pairs of tag or trigger and element remembered per page view, at most.
pub const MAX_REMEMBERED: usize = 16_384;

/// Firing memory of one page view. A new page view begins with a new one.
#[derive(Default)]
pub struct Limits {
    /// Sorted. Who in the upper half, which element in the lower.
    seen: Vec<u64>,
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
