//! A page that answers by number: one import for texts, one for everything else.
//!
//! Each method of the trait asks with a number of its own, so that none can be merged with another.

use alloc::string::String;
use alloc::vec;

use weir_rules::evaluate::{Host, PageField};
use weir_rules::id::{PatternId, SelectorId};

#[link(wasm_import_module = "page")]
#[expect(unsafe_code, reason = "imports without glue are unsafe to declare")]
unsafe extern "C" {
    /// The length of the answer to a question about an element and a name; negative if there is none.
    safe fn text(question: u32, element: u32, name: *const u8, name_length: usize) -> i32;
    /// Writes that answer into memory.
    safe fn take(to: *mut u8);
    /// A number that answers a question about an element; 0 is none.
    safe fn number(question: u32, element: u32, other: u32) -> u32;
}

/// The page.
pub(crate) struct Imported;

/// A text, asked for by number.
pub(crate) fn ask(question: u32, element: u32, name: &str) -> Option<String> {
    let length = usize::try_from(text(question, element, name.as_ptr(), name.len())).ok()?;
    let mut bytes = vec![0; length];
    take(bytes.as_mut_ptr());
    String::from_utf8(bytes).ok()
}

fn element(question: u32, element: u32, other: usize) -> Option<u32> {
    let found = number(question, element, index(other));
    (found != 0).then_some(found)
}

fn index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl Host for Imported {
    type Element = u32;

    fn page(&mut self, field: PageField) -> Option<String> {
        ask(0, field as u32, "")
    }

    fn query(&mut self, name: &str) -> Option<String> {
        ask(1, 0, name)
    }

    fn tag_name(&mut self, element: &u32) -> String {
        ask(2, *element, "").unwrap_or_default()
    }

    fn attribute(&mut self, element: &u32, name: &str) -> Option<String> {
        ask(3, *element, name)
    }

    fn address(&mut self, element: &u32, name: &str) -> Option<String> {
        ask(4, *element, name)
    }

    fn text(&mut self, element: &u32) -> Option<String> {
        ask(5, *element, "")
    }

    fn form(&mut self, of: &u32) -> Option<u32> {
        element(6, *of, 0)
    }

    fn closest(&mut self, to: &u32, selector: SelectorId) -> Option<u32> {
        element(7, *to, selector.index())
    }

    fn find(&mut self, within: Option<&u32>, selector: SelectorId) -> Option<u32> {
        element(8, within.copied().unwrap_or(0), selector.index())
    }

    fn count(&mut self, within: Option<&u32>, selector: SelectorId) -> u32 {
        number(9, within.copied().unwrap_or(0), index(selector.index()))
    }

    fn matches_pattern(&mut self, pattern: PatternId, text: &str) -> bool {
        ask(10, index(pattern.index()), text).is_some()
    }

    fn lowercase(&mut self, text: &str) -> String {
        ask(11, 0, text).unwrap_or_default()
    }

    fn element_key(&mut self, element: &u32) -> u32 {
        number(12, *element, 0)
    }

    fn now(&mut self) -> u64 {
        u64::from(number(14, 0, 0)) << 32 | u64::from(number(15, 0, 0))
    }
}
