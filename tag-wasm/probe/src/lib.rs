//! The reader of releases and the evaluator, and nothing else of the tag: what `make size` weighs as "rules alone".
//!
//! The module is whole and would work: it reads a release from its memory and evaluates it, and every answer of the page
//! comes from one of the imports below. Nothing may be optimised away that a page needs. It has no glue, no payload writer,
//! no session and no queue. Never published.

#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

#[cfg(target_family = "wasm")]
mod exports;
#[cfg(target_family = "wasm")]
mod host;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
