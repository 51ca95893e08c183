//! The page behind `weir_rules::host::Host`: what rules read while they are evaluated.

use alloc::string::String;

use weir_rules::host::{Host, Lent, Transform};
use weir_rules::id::{PatternId, SelectorId, TriggerId};
use weir_rules::release::{OncePer, Release};
#[cfg(feature = "preview")]
use weir_rules::trace::Step;
use weir_rules::value::Value;

use crate::page::{self, index};

/// The page during one evaluation.
pub(crate) struct PageHost<'a> {
    pub(crate) release: &'a Release,
    /// The time of the input.
    pub(crate) now: u64,
    /// What the evaluation came to.
    #[cfg(feature = "preview")]
    pub(crate) notes: crate::preview::Notes,
}

impl Host for PageHost<'_> {
    type Element = u32;

    fn lend(&mut self, what: Lent, key: &str, of: Option<&u32>) -> Option<Value> {
        page::lend(what, key, of.copied().unwrap_or(0))
    }

    fn transform(
        &mut self,
        how: Transform,
        pattern: Option<PatternId>,
        argument: &str,
        text: &str,
    ) -> Option<String> {
        let pattern = pattern.map_or(0, |pattern| index(pattern.index()));
        page::transform(how, pattern, argument, text)
    }

    fn form(&mut self, element: &u32) -> Option<u32> {
        some(page::form_of(*element))
    }

    fn closest(&mut self, element: &u32, selector: SelectorId) -> Option<u32> {
        some(page::closest(*element, index(selector.index())))
    }

    fn near(&mut self, element: &u32, at: usize) -> Option<TriggerId> {
        let found = usize::try_from(page::near(*element, index(at))).ok()?;
        found.checked_sub(1).map(TriggerId::from_index)
    }

    fn find(&mut self, within: Option<&u32>, selector: SelectorId) -> Option<u32> {
        some(page::find(
            within.copied().unwrap_or(0),
            index(selector.index()),
        ))
    }

    fn count(&mut self, within: Option<&u32>, selector: SelectorId) -> u32 {
        page::count(within.copied().unwrap_or(0), index(selector.index()))
    }

    fn matches_pattern(&mut self, pattern: PatternId, text: &str) -> bool {
        page::matches_pattern(index(pattern.index()), text)
    }

    fn element_key(&mut self, element: &u32) -> u32 {
        page::element_key(*element)
    }

    fn now(&mut self) -> u64 {
        self.now
    }

    fn visitor(&mut self) -> u64 {
        u64::from(page::visitor(0)) << 32 | u64::from(page::visitor(1))
    }

    fn is_first(&mut self, period: OncePer, tag: u32) -> bool {
        let day = match period {
            OncePer::Day => self.text(Lent::Time, self.release.clock(), None),
            _ => None,
        };
        let day = day.unwrap_or_default();
        // `2026-12-31T…`
        page::first(period as u32, tag, day.get(..10).unwrap_or_default())
    }

    #[cfg(feature = "preview")]
    fn trace(&mut self, step: Step<'_, u32>) {
        self.notes.take(&step);
    }
}

fn some(element: u32) -> Option<u32> {
    (element != 0).then_some(element)
}
