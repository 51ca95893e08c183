//! The page, as its JavaScript half lends it: `js/dom.js`, `js/lend.js`, `js/store.js`, `js/send.js`, `js/watch.js`.
//!
//! Elements are numbers here, good until the present input has been handled; 0 is none. Nothing of this throws.
//!
//! A function that finds a text returns how many bytes that is, and one more, or 0 if there is none; [`found`] then fetches
//! it. So JavaScript need not allocate in here, and what passes the border is only what `bundle/src/glue.rs` knows.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use weir_rules::host::{Lent, Transform};
use weir_rules::value::{self, Kind, Value};

use wasm_bindgen::prelude::wasm_bindgen;

/// What an input brings along, at its position in the record that `js/inputs.js` is given.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Given {
    Url = 2,
    Referrer = 3,
    /// Of a custom event.
    Name = 5,
}

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

/// The title of the document.
pub(crate) fn title() -> String {
    lend(Lent::Title, "", 0).map_or_else(String::new, Value::into_text)
}

/// What the browser keeps under a key.
pub(crate) fn load(key: &str) -> Option<String> {
    found(raw::load(key))
}

/// The value of a cookie.
pub(crate) fn load_cookie(name: &str) -> Option<String> {
    found(raw::load_cookie(name))
}

pub(crate) use raw::{
    beacon, closest, count, define_keys, define_pattern, define_selector, element_in_view,
    element_key, find, form_of, matches_pattern, near, pixel, post, push, random, rewatch, save,
    save_cookie, script, watch,
};

/// A position in a table of the release, which has 65,536 entries at most.
pub(crate) fn index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A text that the present input brought along.
pub(crate) fn given(text: Given) -> String {
    found(raw::given(text as u32)).unwrap_or_default()
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
        pub(crate) fn given(index: u32) -> u32;
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

    #[wasm_bindgen(raw_module = "./store.js")]
    extern "C" {
        pub(crate) fn load(key: &str) -> u32;
        /// An empty text removes the key.
        pub(crate) fn save(key: &str, text: &str);
        #[wasm_bindgen(js_name = loadCookie)]
        pub(crate) fn load_cookie(name: &str) -> u32;
        #[wasm_bindgen(js_name = saveCookie)]
        pub(crate) fn save_cookie(name: &str, value: &str);
    }

    #[wasm_bindgen(raw_module = "./act.js")]
    extern "C" {
        pub(crate) fn pixel(url: &str);
        pub(crate) fn script(url: &str, integrity: &str);
        /// Puts an object, as JSON, on the data layer.
        pub(crate) fn push(entry: &str);
    }

    #[wasm_bindgen(raw_module = "./random.js")]
    extern "C" {
        /// 32 random bits.
        pub(crate) fn random() -> u32;
    }

    #[wasm_bindgen(raw_module = "./send.js")]
    extern "C" {
        /// The answer comes to `answered`, in a later call.
        pub(crate) fn post(body: &str);
        /// Whether the browser has taken it.
        pub(crate) fn beacon(body: &str) -> bool;
    }

    #[wasm_bindgen(raw_module = "./watch.js")]
    extern "C" {
        /// Begins to watch for a trigger.
        pub(crate) fn watch(slot: u32, selector: u32, percent: u32);
        /// Begins anew, for another page view.
        pub(crate) fn rewatch();
        #[wasm_bindgen(js_name = elementInView)]
        pub(crate) fn element_in_view(key: u32) -> u32;
    }
}
