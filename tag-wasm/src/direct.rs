//! Exports that only the test build has (feature `direct`): see `tag/direct.rs`.

use wasm_bindgen::prelude::wasm_bindgen;
use weir_rules::evaluate::Occurrence;
use weir_rules::id::TriggerId;
use weir_rules::release::EventKind;

use crate::exports::with_tag;
use crate::page::{self, Given};

/// A page view begins that nothing is told of; the input brings its address and referrer.
#[wasm_bindgen]
pub fn begin_silently(now: f64) -> f64 {
    with_tag(now, |tag, now| {
        let (url, referrer) = (page::given(Given::Url), page::given(Given::Referrer));
        tag.begin_silently(now, url, referrer);
    })
}

/// Something happens: the kind, the element (0: none), the trigger that it is watched for and one more (0: none), a number.
/// The input brings the name of a custom event where a page view has its address.
#[wasm_bindgen]
pub fn happen(now: f64, kind: u32, element: u32, trigger: u32, number: u32) -> f64 {
    with_tag(now, |tag, now| {
        let index = |number: u32| usize::try_from(number).ok();
        let Some(kind) = index(kind).and_then(|kind| EventKind::ALL.get(kind)) else {
            return;
        };
        let trigger = index(trigger).and_then(|trigger| trigger.checked_sub(1));
        let occurrence = Occurrence {
            element: Some(element).filter(|element| *element > 0),
            trigger: trigger.map(TriggerId::from_index),
            number,
            name: page::given(Given::Url),
            ..Occurrence::of(*kind)
        };
        tag.happen(now, &occurrence);
    })
}

/// How many events a click would send: by the release, or by rules written down in Rust.
#[wasm_bindgen]
pub fn count(now: f64, target: u32, by_hand: bool) -> f64 {
    let mut events = 0;
    with_tag(now, |tag, _| {
        events = if by_hand {
            tag.count_by_hand(target)
        } else {
            tag.count_by_rules(target)
        };
    });
    f64::from(page::index(events))
}
