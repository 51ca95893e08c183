//! What the loader calls. Nothing here throws but a panic, after which the loader never comes back. The loader calls one at a
//! time, never from within another.

use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;
use weir_rules::evaluate::Occurrence;
use weir_rules::id::TriggerId;
use weir_rules::release::{EventKind, Release};

use crate::page;
use crate::tag::Tag;

/// One page load has one tag. The lock is never contended: a page has one thread.
static TAG: Mutex<Option<Tag>> = Mutex::new(None);

/// Reads the release, which JavaScript has ready: so many bytes, and one more. False if it is none, or not of this version.
#[wasm_bindgen]
pub fn start(length: u32) -> bool {
    let Some(bytes) = page::bytes(length) else {
        return false;
    };
    let Some(mut tag) = TAG.try_lock() else {
        return false;
    };
    let Ok(release) = Release::read(&bytes) else {
        return false;
    };
    // There is none yet. Forgotten rather than dropped, so that the code that would drop it is not downloaded.
    core::mem::forget(tag.replace(Tag::new(release)));
    true
}

/// Another page view begins: what was counted for the page begins anew.
#[wasm_bindgen]
pub fn begin() {
    if let Some(tag) = TAG.try_lock().as_deref_mut().and_then(Option::as_mut) {
        tag.begin();
    }
}

/// Something happened, at a time in milliseconds since 1970, by its number as [`EventKind`]. `element` is 0 if there is none; `trigger` is the position of the one that it was
/// watched for, plus one. What fires comes to [`page::fire`] meanwhile.
#[wasm_bindgen]
pub fn happen(now: f64, kind: u32, element: u32, number: u32, trigger: u32) {
    let (Some(kind), Some(mut lock)) = (EventKind::of_number(kind), TAG.try_lock()) else {
        return;
    };
    let Some(tag) = lock.as_mut() else {
        return;
    };
    let trigger = trigger
        .checked_sub(1)
        .and_then(|at| usize::try_from(at).ok());
    let occurrence = Occurrence {
        element: (element != 0).then_some(element),
        trigger: trigger.map(TriggerId::from_index),
        number,
        name: page::event_name(kind),
        ..Occurrence::of(kind)
    };
    tag.happen(millis(now), &occurrence);
}

/// How many events a click would send: by the release, or by rules written down in Rust.
#[cfg(feature = "direct")]
#[wasm_bindgen]
pub fn count(target: u32, by_hand: bool) -> f64 {
    let events = TAG.lock().as_mut().map_or(0, |tag| {
        if by_hand {
            tag.count_by_hand(target)
        } else {
            tag.count_by_rules(target)
        }
    });
    f64::from(page::index(events))
}

/// Milliseconds as JavaScript counts them. What is no time is the beginning of time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, as wanted"
)]
fn millis(now: f64) -> u64 {
    now as u64
}
