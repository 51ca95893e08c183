//! For measuring: what a click would send, by the release and by the same rules written down in Rust.

use weir_rules::evaluate::{Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::release::EventKind;

use super::Tag;
use crate::host::PageHost;

#[path = "../../../rules/benches/by_hand.rs"]
mod by_hand;

impl Tag {
    /// How many events a click there would send, by the release.
    pub(crate) fn count_by_rules(&self, target: u32) -> usize {
        let click = Occurrence::on(EventKind::Click, target);
        evaluate(self.release, &click, &mut self.host(), &mut Limits::new()).len()
    }

    /// The same by the rules written down in Rust.
    pub(crate) fn count_by_hand(&self, target: u32) -> usize {
        let Some(known) = by_hand::Selectors::of(self.release) else {
            return 0;
        };
        by_hand::click(&known, &target, &mut self.host()).len()
    }

    fn host(&self) -> PageHost<'_> {
        PageHost {
            release: self.release,
            now: 0,
            #[cfg(feature = "preview")]
            notes: crate::preview::Notes::default(),
        }
    }
}
