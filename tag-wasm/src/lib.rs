//! The tag's rules: asked by the page what fires.
//!
//! What happens on a page comes in through [`happen`], one call at a time, from the loader (`js/`), which owns every listener,
//! timer and request, and also sessions, batches and what the browser keeps: it needs them where no module can run, and they
//! are a third as large there. What fires is decided by `weir_rules`, and handed back as text.
//!
//! Built for size: no standard library, no formatting, no panicking index. A panic ends the module, silently, and nothing else.

#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod exports;
mod host;
mod page;
#[cfg(feature = "preview")]
mod preview;
mod tag;

pub use exports::*;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
