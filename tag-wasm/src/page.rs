//! The page, as its JavaScript half lends it: `js/dom.js`, `js/lend.js`, `js/transform.js`, `js/store.js`, `js/send.js`, `js/watch.js`.
//!
//! Elements are numbers here, good until the present input has been handled; 0 is none. Nothing of this throws.
//!
//! A function that finds a text only says whether it did; `take` then fetches it. One function that returns a text
//! instead of ten makes the glue a kilobyte smaller.
//!
//! wasm-bindgen imports a function that needs no conversion straight from its module, and the bundler then keeps the names
//! of everything that module exports. `u32` needs one, `u8` does not; [`random`] has a module to itself.

use alloc::string::String;

use weir_rules::decimal::Decimal;
use weir_rules::host::{Lent, Transform};
use weir_rules::value::{self, Value};

use wasm_bindgen::prelude::wasm_bindgen;

/// Kinds of values, as `js/text.js` numbers them; the others are texts.
const NUMBER: u32 = 2;
const BOOLEAN: u32 = 3;
const LIST: u32 = 4;

/// A value that rules read, of the page (element 0) or of an element.
pub(crate) fn lend(what: Lent, key: &str, element: u32) -> Option<Value> {
    let kind = raw::lend(what as u32, key, element);
    if kind == 0 {
        return None;
    }
    let text = raw::take();
    Some(match kind {
        LIST => Value::list(&value::cut(text), value::LIST_SEPARATOR),
        NUMBER => Decimal::parse(&text).map_or(Value::Text(text), Value::Number),
        BOOLEAN => Value::Boolean(text.len() == 4),
        _ => Value::Text(text),
    })
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

fn found(found: bool) -> Option<String> {
    found.then(raw::take)
}

mod raw {
    use super::{String, wasm_bindgen};

    #[wasm_bindgen(raw_module = "./text.js")]
    extern "C" {
        /// The text that was found last.
        pub(crate) fn take() -> String;
    }

    #[wasm_bindgen(raw_module = "./dom.js")]
    extern "C" {
        #[wasm_bindgen(js_name = defineSelector)]
        pub(crate) fn define_selector(selector: &str);
        #[wasm_bindgen(js_name = defineKeys)]
        pub(crate) fn define_keys(trigger: u32, keys: &str);
        #[wasm_bindgen(js_name = definePattern)]
        pub(crate) fn define_pattern(source: &str, ignore_case: bool);
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
        /// Whether there is such a value, and of what kind.
        pub(crate) fn lend(what: u32, key: &str, element: u32) -> u32;
    }

    #[wasm_bindgen(raw_module = "./transform.js")]
    extern "C" {
        pub(crate) fn transform(how: u32, pattern: u32, argument: &str, text: &str) -> bool;
    }

    #[wasm_bindgen(raw_module = "./store.js")]
    extern "C" {
        pub(crate) fn load(key: &str) -> bool;
        /// An empty text removes the key.
        pub(crate) fn save(key: &str, text: &str);
        #[wasm_bindgen(js_name = loadCookie)]
        pub(crate) fn load_cookie(name: &str) -> bool;
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
        pub(crate) fn watch(selector: u32, percent: u32);
        /// Begins anew, for another page view.
        pub(crate) fn rewatch();
        #[wasm_bindgen(js_name = elementInView)]
        pub(crate) fn element_in_view(key: u32) -> u32;
    }
}
