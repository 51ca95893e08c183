//! Makes sure that what the binary carries is there, and says what to run when it is not.

use std::path::Path;

/// Built by `make tag`.
const TAG_FILES: [&str; 4] = ["loader.js", "core.js", "weir_tag.wasm", "weir_tag.js"];

fn main() {
    let dist = Path::new("../tag-wasm/dist");
    for folder in ["../tag-wasm/dist", "ui/dist", "demo", "../rules/examples"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    for file in TAG_FILES {
        if !dist.join(file).is_file() {
            println!(
                "cargo::error=tag-wasm/dist/{file} is missing: run `make tag` first (it builds what the browser downloads)"
            );
        }
    }
    if !Path::new("ui/dist/index.html").is_file() {
        println!(
            "cargo::error=server/ui/dist is missing: run `make ui` first (it builds the web application)"
        );
    }
}
