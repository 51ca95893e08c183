//! Files that the binary carries: the web application, the demo shop, the tag.
//!
//! In debug builds they are read from the checkout, so that an edited page shows after a reload.

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// The web application, as `make ui` builds it.
#[derive(RustEmbed)]
#[folder = "ui/dist"]
pub struct Page;

/// The demo shop at `/demo/`.
#[derive(RustEmbed)]
#[folder = "demo"]
pub struct DemoShop;

/// What `make tag` builds.
#[derive(RustEmbed)]
#[folder = "../tag-wasm/dist"]
struct Tag;

/// The container of the demo shop, as it comes.
pub const DEMO_CONTAINER: &str = include_str!("../../rules/examples/shop.json");

/// A file of the tag, by its name in `tag-wasm/dist`. `None`: it was not built.
pub fn tag_file(name: &str) -> Option<Cow<'static, [u8]>> {
    Tag::get(name).map(|file| file.data)
}

/// The media type of a file, by the end of its name.
pub fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// Whether a body of this type shrinks when compressed.
pub fn is_text(content_type: &str) -> bool {
    content_type.starts_with("text/")
        || matches!(
            content_type,
            "application/json" | "image/svg+xml" | "application/wasm"
        )
}
