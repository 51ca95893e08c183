//! What the download is made from, as one hash: a second `make tag` has nothing to do.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::Folders;
use crate::tools::NodeTools;

/// Files and folders of the workspace that the download depends on.
const INPUTS: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "rules/Cargo.toml",
    "rules/src",
    "tag-wasm/Cargo.toml",
    "tag-wasm/src",
    "tag-wasm/js",
    "tag-wasm/bundle/src",
];
/// Files that a finished build leaves.
pub(crate) const PRODUCTS: [&str; 8] = [
    "loader.js",
    "core.js",
    "weir_tag.wasm",
    "weir_tag.js",
    "preview/loader.js",
    "preview/panel.js",
    "preview/weir_tag.wasm",
    "preview/weir_tag.js",
];
/// The file that names the fingerprint, and its key there.
pub(crate) const TABLE: &str = "sizes.json";
pub(crate) const KEY: &str = "inputs";

/// A hash of all inputs, in hexadecimal.
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// Reads every input.
    pub(crate) fn of(folders: &Folders, tools: &NodeTools) -> Result<Self> {
        let mut hasher = Sha256::new();
        for package in ["binaryen", "esbuild"] {
            let manifest = tools.folder().join(package).join("package.json");
            hasher.update(
                fs::read(&manifest).with_context(|| format!("read {}", manifest.display()))?,
            );
        }
        for input in INPUTS {
            for file in files_in(&folders.root.join(input))? {
                let name = file
                    .strip_prefix(&folders.root)
                    .unwrap_or(&file)
                    .to_string_lossy();
                let content = fs::read(&file).with_context(|| format!("read {name}"))?;
                hasher.update(name.as_bytes());
                hasher.update(content.len().to_le_bytes());
                hasher.update(&content);
            }
        }
        Ok(Self(hexadecimal(&hasher.finalize())))
    }

    /// Whether `dist` was made from these inputs, and is whole.
    pub(crate) fn is_that_of(&self, dist: &Path) -> bool {
        let table = fs::read_to_string(dist.join(TABLE)).unwrap_or_default();
        let table: serde_json::Value = serde_json::from_str(&table).unwrap_or_default();
        let made_from = table.get(KEY).and_then(serde_json::Value::as_str);
        made_from == Some(&self.0) && PRODUCTS.iter().all(|product| dist.join(product).is_file())
    }

    /// The text that is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The file itself, or all files below the folder, in a fixed order.
fn files_in(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)
        .with_context(|| format!("read {}", path.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        files.extend(files_in(&entry)?);
    }
    Ok(files)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
