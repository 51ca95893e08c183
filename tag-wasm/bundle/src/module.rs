//! The module: Rust -> WebAssembly, as small as Binaryen makes it, and the same translated to JavaScript.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

use crate::Folders;
use crate::glue::{self, Import};
use crate::sections::without_features;
use crate::tools::{NodeTools, run};
use crate::translate::translate;

/// The package of the tag, and what Rust calls its module.
const TAG: &str = "weir-tag";
const NAME: &str = "weir_tag";
/// The same of the reader and evaluator alone.
const RULES: &str = "weir-probe";
const RULES_NAME: &str = "weir_probe";
/// What the module would announce and does not use. See `sections.rs`.
const DROPPED_FEATURES: [&str; 3] = ["reference-types", "multivalue", "call-indirect-overlong"];
/// What the module uses beyond the first version of WebAssembly; every browser of the last years knows it.
const FEATURES: [&str; 4] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
];
/// The default stack is a megabyte of every page. The deepest recursion is that of conditions, 16 levels.
const STACK_BYTES: u32 = 64 * 1024;

/// The finished module.
pub(crate) struct Module {
    pub(crate) wasm: Vec<u8>,
    /// The same as a JavaScript function: it takes what the module imports and returns what it exports.
    pub(crate) script: String,
    /// The JavaScript that lends it its imports, as an ES module.
    pub(crate) glue: String,
}

/// Builds it.
pub(crate) fn build(folders: &Folders, tools: &NodeTools) -> Result<Module> {
    let (wasm, glue) = build_wasm(folders, tools, &[])?;
    Ok(Module {
        script: translate(folders, tools, &FEATURES)?,
        wasm,
        glue,
    })
}

/// Builds it for pages that are previewed, which tell what they observe: see `preview` in `tag-wasm/Cargo.toml`.
pub(crate) fn build_preview(folders: &Folders, tools: &NodeTools) -> Result<Module> {
    let (wasm, glue) = build_wasm(folders, tools, &["--features", "preview"])?;
    Ok(Module {
        script: translate(folders, tools, &FEATURES)?,
        wasm,
        glue,
    })
}

/// Builds it for tests, which say what happens: see `direct` in `tag-wasm/Cargo.toml`. Returns the module and its glue.
pub(crate) fn build_direct(folders: &Folders, tools: &NodeTools) -> Result<(Vec<u8>, String)> {
    build_wasm(folders, tools, &["--features", "direct"])
}

fn build_wasm(folders: &Folders, tools: &NodeTools, options: &[&str]) -> Result<(Vec<u8>, String)> {
    eprintln!("tag: compiling for WebAssembly");
    let compiled = compile(folders, TAG, NAME, options)?;
    let plain = without_features(&compiled, &DROPPED_FEATURES)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_bytes(NAME, plain)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .encode_into(EncodeInto::Always)
        .remove_name_section(true)
        .remove_producers_section(true);
    let mut output = bindgen.generate_output().context("wasm-bindgen failed")?;
    let generated = output.js().to_owned();
    let module = output.wasm_mut();
    let imports = module.imports.iter_mut().map(|import| Import {
        module: &mut import.module,
        name: &mut import.name,
    });
    let glue = glue::write(&generated, imports)?;
    let unused: Vec<_> = module
        .exports
        .iter()
        .filter(|export| glue::is_unused(&export.name))
        .map(|export| export.id())
        .collect();
    for export in unused {
        module.exports.delete(export);
    }
    let bound = module.emit_wasm();
    eprintln!("tag: optimising {} bytes", bound.len());
    Ok((optimise(folders, tools, &bound)?, glue))
}

/// Builds the reader and evaluator without the rest of the tag and without glue, to be weighed.
pub(crate) fn build_rules_alone(folders: &Folders, tools: &NodeTools) -> Result<Vec<u8>> {
    let compiled = compile(folders, RULES, RULES_NAME, &[])?;
    optimise(
        folders,
        tools,
        &without_features(&compiled, &DROPPED_FEATURES)?,
    )
}

/// Builds one package alone: together with the rest of the workspace, Cargo would unify features and bring the authoring
/// half of `rules` into the page.
fn compile(folders: &Folders, package: &str, name: &str, options: &[&str]) -> Result<Vec<u8>> {
    fs::create_dir_all(&folders.cargo).context("create Cargo's folder for the page")?;
    // Until the file is read: the next build of the same package writes it anew.
    let lock = fs::File::create(folders.cargo.join("lock")).context("create a lock")?;
    lock.lock().context("wait for another build of the tag")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(&folders.root)
        .args([
            "rustc",
            "-q",
            "-p",
            package,
            "--lib",
            "--crate-type",
            "cdylib",
            "--profile",
            "tag",
        ])
        .args(options)
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&folders.cargo)
        .args(["--", "-C", &format!("link-arg=-zstack-size={STACK_BYTES}")])
        .stdout(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!(
            "{package} does not compile for WebAssembly; if the target is missing, `make setup` installs it"
        );
    }
    let file = folders
        .cargo
        .join("wasm32-unknown-unknown/tag")
        .join(name)
        .with_extension("wasm");
    fs::read(&file).with_context(|| format!("read {}", file.display()))
}

fn optimise(folders: &Folders, tools: &NodeTools, module: &[u8]) -> Result<Vec<u8>> {
    let (before, after) = (
        folders.work.join("bound.wasm"),
        folders.work.join("small.wasm"),
    );
    fs::create_dir_all(&folders.work).context("create the folder of a build")?;
    fs::write(&before, module).context("write the module for wasm-opt")?;
    run(
        tools
            .command("wasm-opt")
            .args([
                "-Oz",
                // Chromium compiles each function when it is first called. Fewer of them weigh a little less, too.
                "--always-inline-max-function-size=20",
                "--converge",
                "--strip-debug",
                "--strip-producers",
                "--strip-target-features",
            ])
            .args(FEATURES)
            .arg(&before)
            .arg("-o")
            .arg(&after),
        "wasm-opt",
    )?;
    fs::read(&after).context("read what wasm-opt wrote")
}
