//! The module: Rust -> WebAssembly, with wasm-bindgen's glue, as small as Binaryen makes it.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

use crate::Folders;
use crate::sections::without_features;
use crate::tools::{NodeTools, run};

/// The package of the tag, and what Rust calls its module.
const TAG: &str = "weir-tag";
const NAME: &str = "weir_tag";
/// The same of the reader and evaluator alone.
const RULES: &str = "weir-probe";
const RULES_NAME: &str = "weir_probe";
/// What the module would announce and does not use. See `sections.rs`.
const DROPPED_FEATURES: [&str; 3] = ["reference-types", "multivalue", "call-indirect-overlong"];
/// How the names of functions begin that wasm-bindgen wraps.
const GENERATED: &str = "__wbg_";
/// The default stack is a megabyte of every page. The deepest recursion is that of conditions, 16 levels.
const STACK_BYTES: u32 = 64 * 1024;

/// The finished module.
pub(crate) struct Module {
    pub(crate) wasm: Vec<u8>,
    /// The JavaScript that instantiates it and translates between both, as an ES module.
    pub(crate) glue: String,
}

/// Builds it.
pub(crate) fn build(folders: &Folders, tools: &NodeTools) -> Result<Module> {
    eprintln!("tag: compiling for WebAssembly");
    let compiled = compile(folders, TAG, NAME)?;
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
    let mut glue = output.js().to_owned();
    for (at, import) in output.wasm_mut().imports.iter_mut().enumerate() {
        shorten(&mut glue, &mut import.name, &format!("i{at}"));
    }
    let bound = output.wasm_mut().emit_wasm();
    eprintln!("tag: optimising {} bytes", bound.len());
    Ok(Module {
        wasm: optimise(folders, tools, &bound)?,
        glue,
    })
}

/// Builds the reader and evaluator without the rest of the tag and without glue, to be weighed.
pub(crate) fn build_rules_alone(folders: &Folders, tools: &NodeTools) -> Result<Vec<u8>> {
    let compiled = compile(folders, RULES, RULES_NAME)?;
    optimise(
        folders,
        tools,
        &without_features(&compiled, &DROPPED_FEATURES)?,
    )
}

/// Gives an import a short name on both sides. The names that wasm-bindgen makes end in a hash, which does not compress.
fn shorten(glue: &mut String, name: &mut String, short: &str) {
    if name.starts_with(GENERATED) {
        *glue = glue.replace(&format!("{name}:"), &format!("{short}:"));
        short.clone_into(name);
    }
}

/// Builds one package alone: together with the rest of the workspace, Cargo would unify features and bring the authoring
/// half of `rules` into the page.
fn compile(folders: &Folders, package: &str, name: &str) -> Result<Vec<u8>> {
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
        .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
        .arg(&folders.work)
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
        .work
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
    fs::write(&before, module).context("write the module for wasm-opt")?;
    run(
        tools
            .command("wasm-opt")
            .args([
                "-Oz",
                "--converge",
                "--strip-debug",
                "--strip-producers",
                "--strip-target-features",
            ])
            .args([
                "--enable-bulk-memory",
                "--enable-sign-ext",
                "--enable-mutable-globals",
            ])
            .arg("--enable-nontrapping-float-to-int")
            .arg(&before)
            .arg("-o")
            .arg(&after),
        "wasm-opt",
    )?;
    fs::read(&after).context("read what wasm-opt wrote")
}
