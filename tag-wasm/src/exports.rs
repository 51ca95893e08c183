//! What the loader calls. Nothing here throws but a panic, after which the loader never comes back.
//!
//! Every input takes the time in milliseconds since 1970 and returns after how many milliseconds the tag wants to be woken,
//! or -1. The loader calls one at a time, never from within another.

use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;
use weir_rules::release::Release;

use crate::dwell::{View, Watched};
use crate::page::{self, Given};
use crate::tag::{Reported, Tag};

/// Nothing is due.
const NEVER: f64 = -1.0;

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

/// A page was loaded, or came back from the browser's memory. `reported` is 1 if its page view has left without this module
/// (`js/raw.js`), 2 if another one has also evaluated the rules.
#[wasm_bindgen]
pub fn page(now: f64, reported: u32) -> f64 {
    with_tag(now, |tag, now| {
        let (url, referrer) = (page::given(Given::Url), page::given(Given::Referrer));
        tag.page(now, url, referrer, Reported::of(reported));
    })
}

/// The address changed without a load.
#[wasm_bindgen]
pub fn moved(now: f64) -> f64 {
    with_tag(now, |tag, now| tag.moved(now, page::given(Given::Url)))
}

/// A click; `target` is the innermost element. It may lead away from the page.
#[wasm_bindgen]
pub fn click(now: f64, target: u32, leads_away: bool) -> f64 {
    with_tag(now, |tag, now| {
        tag.click(now, target);
        if leads_away {
            tag.hurry(now);
        }
    })
}

/// A form was sent.
#[wasm_bindgen]
pub fn form(now: f64, form: u32) -> f64 {
    with_tag(now, |tag, now| {
        tag.form(now, form);
        tag.hurry(now);
    })
}

/// Something happened that only rules are interested in, by its number as [`EventKind`](weir_rules::release::EventKind).
/// `element` is 0 if there is none; `trigger` is the position of the one that it was watched for, plus one.
#[wasm_bindgen]
pub fn occur(now: f64, kind: u32, element: u32, number: u32, trigger: u32) -> f64 {
    with_tag(now, |tag, now| {
        tag.occur(now, kind, element, number, trigger)
    })
}

/// How much of a watched element is in view, in pixels: of it, in all, and of the viewport.
#[wasm_bindgen]
#[expect(
    clippy::too_many_arguments,
    reason = "numbers cross the border of the module for free, objects do not"
)]
pub fn seen(
    now: f64,
    slot: u32,
    element: u32,
    visible_width: f64,
    visible_height: f64,
    width: f64,
    height: f64,
    viewport_width: f64,
    viewport_height: f64,
) -> f64 {
    let view = View {
        visible: (visible_width, visible_height),
        element: (width, height),
        viewport: (viewport_width, viewport_height),
    };
    with_tag(now, |tag, now| {
        tag.seen(now, Watched { element, slot }, &view)
    })
}

/// Whether the page is in the foreground, and whether it has the focus.
#[wasm_bindgen]
pub fn attend(now: f64, in_foreground: bool, engaged: bool) -> f64 {
    with_tag(now, |tag, now| tag.attend(now, in_foreground, engaged))
}

/// The page is hidden; `is_final` if it may end at once.
#[wasm_bindgen]
pub fn leave(now: f64, is_final: bool) -> f64 {
    with_tag(now, |tag, now| tag.leave(now, is_final))
}

/// The page says who its user is; the input brings that where a custom event has its name.
#[wasm_bindgen]
pub fn identify(now: f64) -> f64 {
    with_tag(now, |tag, now| tag.identify(now, page::given(Given::Name)))
}

/// There are new answers about consent, which the page lends.
#[wasm_bindgen]
pub fn consent(now: f64) -> f64 {
    with_tag(now, |tag, now| tag.consent(now))
}

/// The collector answered; status 0 is a network error.
#[wasm_bindgen]
pub fn answered(now: f64, status: u16) -> f64 {
    with_tag(now, |tag, now| tag.answered(now, status))
}

/// The time that was asked for has passed.
#[wasm_bindgen]
pub fn wake(now: f64) -> f64 {
    with_tag(now, |_, _| {})
}

pub(crate) fn with_tag(now: f64, input: impl FnOnce(&mut Tag, u64)) -> f64 {
    let now = millis(now);
    let Some(mut lock) = TAG.try_lock() else {
        return NEVER;
    };
    let Some(tag) = lock.as_mut() else {
        return NEVER;
    };
    input(tag, now);
    tag.rest(now)
        .map_or(NEVER, |due| pause(due.saturating_sub(now)))
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

/// A pause for `setTimeout`, which takes 31 bits.
fn pause(ms: u64) -> f64 {
    f64::from(u32::try_from(ms).unwrap_or(u32::MAX).min(0x7fff_ffff))
}
