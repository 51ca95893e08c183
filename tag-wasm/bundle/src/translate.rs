//! The module as JavaScript, for browsers that have no WebAssembly and pages that forbid it.
//!
//! Binaryen first removes what JavaScript cannot say, then translates. What it writes is an ES module that instantiates
//! itself at once; the loader wants the function that does so:
//!
//! ```text
//! import * as $_w from 'w';  helpers…  function asmFunc(imports) {…}  var retasmFunc = asmFunc({…}); export …
//!                            `-------------- kept -------------------´
//! ```

use std::fs;

use anyhow::{Context, Result};

use crate::Folders;
use crate::tools::{NodeTools, run};

/// What the module may use and JavaScript cannot.
const LOWERED: [&str; 3] = [
    "--llvm-nontrapping-fptoint-lowering",
    "--llvm-memory-copy-fill-lowering",
    "--signext-lowering",
];
/// Where `js/loader.js` looks for the function.
const GLOBAL: &str = "window.__weir_module";

/// Translates what `wasm-opt` has made small.
pub(crate) fn translate(folders: &Folders, tools: &NodeTools, features: &[&str]) -> Result<String> {
    let (small, plain) = (
        folders.work.join("small.wasm"),
        folders.work.join("plain.wasm"),
    );
    let (module, wrapped, script) = (
        folders.work.join("module.js"),
        folders.work.join("wrapped.js"),
        folders.work.join("script.js"),
    );
    run(
        tools
            .command("wasm-opt")
            .args(LOWERED)
            .arg("-Oz")
            .args(features)
            .arg(&small)
            .arg("-o")
            .arg(&plain),
        "wasm-opt",
    )?;
    run(
        tools
            .command("wasm2js")
            .arg("-Oz")
            .arg(&plain)
            .arg("-o")
            .arg(&module),
        "wasm2js",
    )?;
    let text = fs::read_to_string(&module).context("read what wasm2js wrote")?;
    fs::write(&wrapped, wrap(&text)?).context("write the script for esbuild")?;
    run(
        tools
            .command("esbuild")
            .args([
                "--minify",
                "--target=es2015",
                "--log-level=warning",
                "--legal-comments=none",
            ])
            .arg(&wrapped)
            .arg(format!("--outfile={}", script.display())),
        "esbuild",
    )?;
    fs::read_to_string(&script).context("read what esbuild wrote")
}

fn wrap(module: &str) -> Result<String> {
    let (before, _) = module
        .split_once("var retasmFunc")
        .context("wasm2js wrote no `retasmFunc`")?;
    let kept: Vec<&str> = before
        .lines()
        .filter(|line| !line.starts_with("import "))
        .collect();
    Ok(format!(
        "{GLOBAL} = (() => {{\n{}\nreturn asmFunc; }})();\n",
        kept.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_function_is_left() {
        let module = "import * as $_w from 'w';\nvar bufferView;\nfunction asmFunc(imports) {\n}\n\
                      var retasmFunc = asmFunc({\n});\nexport var memory = retasmFunc.memory;\n";
        assert_eq!(
            wrap(module).unwrap(),
            "window.__weir_module = (() => {\nvar bufferView;\nfunction asmFunc(imports) {\n}\nreturn asmFunc; })();\n"
        );
        assert!(wrap("export {}").is_err());
    }
}
