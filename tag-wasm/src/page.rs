//! The page, as its JavaScript half lends it: `js/dom.js`, `js/lend.js`, `js/evaluate.js`, `js/recorder.js`.
//!
//! Elements are numbers here, good until the present input has been handled; 0 is none. Nothing of this throws.
//!
//! A function that finds a text returns how many bytes that is, and one more, or 0 if there is none; [`found`] then fetches
//! it. So JavaScript need not allocate in here, and what passes the border is only what `bundle/src/glue.rs` knows.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use weir_rules::host::{Lent, Transform};
use weir_rules::release::EventKind;
use weir_rules::value::{self, Kind, Value};

use wasm_bindgen::prelude::wasm_bindgen;

/// What the page does besides what a [`TagKind`](weir_rules::release::TagKind) says: an event that is sent without any rule.
pub(crate) const AUTOMATIC: u32 = 4;

/// How many bits of what `lend` returns are the kind; those above are the length of the text, and one more.
const KIND_BITS: u32 = 3;

/// A value that rules read, of the page (element 0) or of an element.
pub(crate) fn lend(what: Lent, key: &str, element: u32) -> Option<Value> {
    let kind_and_length = raw::lend(what as u32, key, element);
    let text = found(kind_and_length >> KIND_BITS)?;
    Some(Value::new(
        Kind::of(kind_and_length & ((1 << KIND_BITS) - 1)),
        text,
    ))
}

/// A text, changed.
pub(crate) fn transform(
    how: Transform,
    pattern: u32,
    argument: &str,
    text: &str,
) -> Option<String> {
    found(raw::transform(how as u32, pattern, argument, text))
}

#[cfg(feature = "preview")]
pub(crate) use raw::observe;
pub(crate) use raw::{
    closest, count, define_keys, define_pattern, define_selector, element_key, find, fire, first,
    form_of, matches_pattern, near, visitor,
};

/// A position in a table of the release, which has 65,536 entries at most.
pub(crate) fn index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The name that the page gave the present event.
pub(crate) fn event_name(kind: EventKind) -> String {
    if kind != EventKind::Custom {
        return String::new();
    }
    value::cut(found(raw::given()).unwrap_or_default())
}

/// Fetches bytes that were found: their number, and one more.
pub(crate) fn bytes(length: u32) -> Option<Vec<u8>> {
    let length = usize::try_from(length.checked_sub(1)?).ok()?;
    let mut bytes = vec![0; length];
    raw::take(&mut bytes);
    Some(bytes)
}

fn found(length: u32) -> Option<String> {
    value::decode(&bytes(length)?)
}

mod raw {
    use super::wasm_bindgen;

    #[wasm_bindgen(raw_module = "./text.js")]
    extern "C" {
        /// Copies the text that was found last.
        pub(crate) fn take(target: &mut [u8]);
    }

    #[wasm_bindgen(raw_module = "./dom.js")]
    extern "C" {
        #[wasm_bindgen(js_name = defineSelector)]
        pub(crate) fn define_selector(index: u32, selector: &str);
        #[wasm_bindgen(js_name = defineKeys)]
        pub(crate) fn define_keys(trigger: u32, keys: &str);
        #[wasm_bindgen(js_name = definePattern)]
        pub(crate) fn define_pattern(index: u32, source: &str, ignore_case: bool);
        #[wasm_bindgen(js_name = matchesPattern)]
        pub(crate) fn matches_pattern(pattern: u32, text: &str) -> bool;
        pub(crate) fn closest(element: u32, selector: u32) -> u32;
        /// A position in the table of triggers plus one; 0 is none.
        pub(crate) fn near(element: u32, at: u32) -> u32;
        pub(crate) fn find(within: u32, selector: u32) -> u32;
        pub(crate) fn count(within: u32, selector: u32) -> u32;
        #[wasm_bindgen(js_name = formOf)]
        pub(crate) fn form_of(element: u32) -> u32;
        #[wasm_bindgen(js_name = elementKey)]
        pub(crate) fn element_key(element: u32) -> u32;
    }

    #[wasm_bindgen(raw_module = "./lend.js")]
    extern "C" {
        /// The value's kind and the length of its text: see the constants above; 0 if there is none.
        pub(crate) fn lend(what: u32, key: &str, element: u32) -> u32;
    }

    #[wasm_bindgen(raw_module = "./lend.js")]
    extern "C" {
        pub(crate) fn transform(how: u32, pattern: u32, argument: &str, text: &str) -> u32;
    }

    #[wasm_bindgen(raw_module = "./evaluate.js")]
    extern "C" {
        /// The name of the present event.
        pub(crate) fn given() -> u32;
        /// Something is to be done: what, JSON for it (of an event without its braces), the categories of consent it waits for.
        pub(crate) fn fire(what: u32, text: &str, waits_for: &str);
        /// Whether a tag fires for the first time in a period; it is remembered.
        pub(crate) fn first(period: u32, tag: u32, day: &str) -> bool;
    }

    #[cfg(feature = "preview")]
    #[wasm_bindgen(raw_module = "./observe.js")]
    extern "C" {
        /// Tells of something that happened, as JSON.
        pub(crate) fn observe(report: &str);
    }

    #[wasm_bindgen(raw_module = "./recorder.js")]
    extern "C" {
        /// Half of the number of who visits: the upper 32 bits, or the lower.
        #[wasm_bindgen(js_name = visitorBits)]
        pub(crate) fn visitor(half: u32) -> u32;
    }
}
