//! The tag: hears the page, asks the rules, sends events.
//!
//! What happens on a page comes in through the exports, one call at a time, from the loader (`js/`), which owns every
//! listener, timer and request. What fires is decided by `weir_rules`. The rest is here: sessions, engaged time, elements in view, the
//! way to the collector. All of that is plain Rust without a page; only `page`, `host`, `recorder` and `tag` touch one.
//!
//! Built for size: no standard library, no formatting, no panicking index. A panic ends the tag, silently, and nothing else.

#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod campaign;
#[cfg(feature = "direct")]
mod direct;
mod dwell;
mod engagement;
mod exports;
mod host;
mod kept;
mod navigation;
mod once;
mod outbox;
mod page;
mod recorder;
mod session;
mod tag;
mod text;
mod uuid;

#[cfg(feature = "direct")]
pub use direct::*;
pub use exports::*;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
