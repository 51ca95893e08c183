//! A page that answers by number: one import for texts, one for everything else.
//!
//! Each method of the trait asks with a number of its own, so that none can be merged with another.

use alloc::string::String;
use alloc::vec;

use weir_rules::host::{Host, Lent, Transform};
use weir_rules::id::{PatternId, SelectorId, TriggerId};
use weir_rules::release::OncePer;
use weir_rules::value::{Value, decode};

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
    decode(&bytes)
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

    fn lend(&mut self, what: Lent, key: &str, of: Option<&u32>) -> Option<Value> {
        ask(what as u32, of.copied().unwrap_or(0), key).map(Value::text)
    }

    fn transform(
        &mut self,
        how: Transform,
        pattern: Option<PatternId>,
        argument: &str,
        changed: &str,
    ) -> Option<String> {
        let pattern = pattern.map_or(0, |pattern| index(pattern.index()));
        ask(100, pattern, changed)?;
        ask(101 + how as u32, pattern, argument)
    }

    fn form(&mut self, of: &u32) -> Option<u32> {
        element(206, *of, 0)
    }

    fn closest(&mut self, to: &u32, selector: SelectorId) -> Option<u32> {
        element(207, *to, selector.index())
    }

    fn near(&mut self, element: &u32, at: usize) -> Option<TriggerId> {
        let found = usize::try_from(number(16, *element, index(at))).ok()?;
        found.checked_sub(1).map(TriggerId::from_index)
    }

    fn find(&mut self, within: Option<&u32>, selector: SelectorId) -> Option<u32> {
        element(208, within.copied().unwrap_or(0), selector.index())
    }

    fn count(&mut self, within: Option<&u32>, selector: SelectorId) -> u32 {
        number(209, within.copied().unwrap_or(0), index(selector.index()))
    }

    fn matches_pattern(&mut self, pattern: PatternId, text: &str) -> bool {
        ask(210, index(pattern.index()), text).is_some()
    }

    fn element_key(&mut self, element: &u32) -> u32 {
        number(212, *element, 0)
    }

    fn now(&mut self) -> u64 {
        u64::from(number(214, 0, 0)) << 32 | u64::from(number(215, 0, 0))
    }

    fn visitor(&mut self) -> u64 {
        u64::from(number(216, 0, 0)) << 32 | u64::from(number(217, 0, 0))
    }

    fn is_first(&mut self, period: OncePer, tag: u32) -> bool {
        number(218, period as u32, tag) > 0
    }
}
