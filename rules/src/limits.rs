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
