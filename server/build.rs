//! Makes sure that what the binary carries is there, and says what to run when it is not.

use std::path::Path;

/// Built by `make tag`; everything else that is embedded lies in the repository.
const TAG_FILES: [&str; 3] = ["loader.js", "weir_tag.wasm", "weir_tag.js"];

fn main() {
    let dist = Path::new("../tag-wasm/dist");
    for folder in ["../tag-wasm/dist", "ui", "demo", "../rules/examples"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    for file in TAG_FILES {
        if !dist.join(file).is_file() {
            println!(
                "cargo::error=tag-wasm/dist/{file} is missing: run `make tag` first (it builds what the browser downloads)"
            );
        }
    }
}
