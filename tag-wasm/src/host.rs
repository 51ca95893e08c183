//! The page behind `weir_rules::evaluate::Host`: what rules read while they are evaluated.

use alloc::string::String;

use weir_rules::evaluate::{Host, PageField};
use weir_rules::id::{PatternId, SelectorId};

use crate::outbox::PageRecord;
use crate::page::{self, Field, index};

/// The page during one evaluation.
pub(crate) struct PageHost<'a> {
    /// The page view that the evaluation belongs to.
    pub(crate) view: &'a PageRecord,
    /// The time of the input.
    pub(crate) now: u64,
}

impl Host for PageHost<'_> {
    type Element = u32;

    fn page(&mut self, field: PageField) -> Option<String> {
        Some(match field {
            PageField::Url => self.view.url.clone(),
            PageField::Referrer => self.view.referrer.clone(),
            PageField::Title => page::field(Field::Title),
            PageField::Host => page::field(Field::Host),
            PageField::Path => page::field(Field::Path),
            PageField::Fragment => page::field(Field::Fragment),
            PageField::Language => page::field(Field::Language),
        })
    }

    fn query(&mut self, name: &str) -> Option<String> {
        page::query(name)
    }

    fn tag_name(&mut self, element: &u32) -> String {
        page::tag_name(*element)
    }

    fn attribute(&mut self, element: &u32, name: &str) -> Option<String> {
        page::attribute(*element, name)
    }

    fn address(&mut self, element: &u32, name: &str) -> Option<String> {
        page::address(*element, name)
    }

    fn text(&mut self, element: &u32) -> Option<String> {
        page::text(*element)
    }

    fn form(&mut self, element: &u32) -> Option<u32> {
        some(page::form_of(*element))
    }

    fn closest(&mut self, element: &u32, selector: SelectorId) -> Option<u32> {
        some(page::closest(*element, index(selector.index())))
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

    fn lowercase(&mut self, text: &str) -> String {
        page::lowercase(text)
    }

    fn element_key(&mut self, element: &u32) -> u32 {
        page::element_key(*element)
    }

    fn now(&mut self) -> u64 {
        self.now
    }
}

fn some(element: u32) -> Option<u32> {
    (element != 0).then_some(element)
}
