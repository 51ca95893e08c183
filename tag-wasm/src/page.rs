//! The page, as its JavaScript half lends it: `js/dom.js`, `js/store.js`, `js/send.js`, `js/watch.js`.
//!
//! Elements are numbers here, good until the present input has been handled; 0 is none. Nothing of this throws.

use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(raw_module = "./dom.js")]
extern "C" {
    #[wasm_bindgen(js_name = defineSelector)]
    pub(crate) fn define_selector(selector: &str);
    #[wasm_bindgen(js_name = definePattern)]
    pub(crate) fn define_pattern(source: &str, ignore_case: bool);
    #[wasm_bindgen(js_name = matchesPattern)]
    pub(crate) fn matches_pattern(pattern: u32, text: &str) -> bool;
    pub(crate) fn closest(element: u32, selector: u32) -> u32;
    pub(crate) fn find(within: u32, selector: u32) -> u32;
    pub(crate) fn count(within: u32, selector: u32) -> u32;
    #[wasm_bindgen(js_name = formOf)]
    pub(crate) fn form_of(element: u32) -> u32;
    #[wasm_bindgen(js_name = tagName)]
    pub(crate) fn tag_name(element: u32) -> String;
    pub(crate) fn attribute(element: u32, name: &str) -> Option<String>;
    #[wasm_bindgen(js_name = addressIn)]
    pub(crate) fn address_in(element: u32, name: &str) -> Option<String>;
    pub(crate) fn text(element: u32) -> String;
    #[wasm_bindgen(js_name = elementKey)]
    pub(crate) fn element_key(element: u32) -> u32;
    pub(crate) fn lowercase(text: &str) -> String;
    pub(crate) fn title() -> String;
    /// Host, path, fragment, language: the positions in `js/dom.js`.
    #[wasm_bindgen(js_name = pageField)]
    pub(crate) fn field(field: u32) -> String;
    pub(crate) fn query(name: &str) -> Option<String>;
}

#[wasm_bindgen(raw_module = "./store.js")]
extern "C" {
    pub(crate) fn load(key: &str) -> Option<String>;
    /// An empty text removes the key.
    pub(crate) fn save(key: &str, text: &str);
    #[wasm_bindgen(js_name = loadCookie)]
    pub(crate) fn load_cookie(name: &str) -> Option<String>;
    #[wasm_bindgen(js_name = saveCookie)]
    pub(crate) fn save_cookie(name: &str, value: &str);
    /// 32 random bits.
    pub(crate) fn random() -> u32;
}

#[wasm_bindgen(raw_module = "./send.js")]
extern "C" {
    /// The answer comes to `Tag::answered`, in a later call.
    pub(crate) fn post(body: &str);
    /// Whether the browser has taken it.
    pub(crate) fn beacon(body: &str) -> bool;
}

#[wasm_bindgen(raw_module = "./watch.js")]
extern "C" {
    pub(crate) fn watch(selector: u32, percent: u32);
    pub(crate) fn rewatch();
    #[wasm_bindgen(js_name = elementInView)]
    pub(crate) fn element_in_view(key: u32) -> u32;
}
