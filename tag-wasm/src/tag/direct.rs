//! What happens in a page, handed to the tag directly and not by a listener: for the golden cases of `rules/spec`, which run
//! in a browser on the same page and with the same payload as everything else, and for measuring.

use alloc::string::String;

use weir_rules::evaluate::{Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::release::EventKind;

use super::Tag;
use crate::host::PageHost;

#[path = "../../../rules/benches/by_hand.rs"]
mod by_hand;

impl Tag {
    /// A page view begins that nothing is told of.
    pub(crate) fn begin_silently(&mut self, now: u64, url: String, referrer: String) {
        self.begun = true;
        self.limits = Limits::new();
        self.recorder.turn_to(now, url, referrer);
    }

    /// Something happens.
    pub(crate) fn happen(&mut self, now: u64, occurrence: &Occurrence<u32>) {
        self.evaluate(now, occurrence);
    }

    /// How many events a click there would send, by the release.
    pub(crate) fn count_by_rules(&self, target: u32) -> usize {
        let click = Occurrence::on(EventKind::Click, target);
        evaluate(&self.release, &click, &mut self.host(), &mut Limits::new()).len()
    }

    /// The same by the rules written down in Rust.
    pub(crate) fn count_by_hand(&self, target: u32) -> usize {
        let Some(known) = by_hand::Selectors::of(&self.release) else {
            return 0;
        };
        by_hand::click(&known, &target, &mut self.host()).len()
    }

    fn host(&self) -> PageHost<'_> {
        PageHost {
            release: &self.release,
            recorder: &self.recorder,
            now: 0,
        }
    }
}
