//! Builds what the browser downloads, into `tag-wasm/dist/`.
//!
//! ```text
//! rules, tag-wasm/src --cargo--> module --features dropped, wasm-bindgen--> module + glue --wasm-opt--> weir_tag.wasm
//! weir_tag.wasm --wasm2js, esbuild--> weir_tag.js, which a page loads only where WebAssembly does not work
//! tag-wasm/js         --esbuild--> loader.js, and with the glue core.js, which all sites share
//! tag-wasm/js/parts   --esbuild--> parts/NAME.js, which the server puts into the scripts of sites that need them
//! ```
//!
//! The same once more for pages that are previewed, with what `tag-wasm/js/preview` and `tag-wasm/js/panel` put in place, into
//! `preview/`: a module that tells each step of an evaluation, its loader, the panel.
//!
//! `loader.js` holds [`script::PLACEHOLDER`] once; the server puts the settings of a site in its place. `sizes.json` tells
//! what each file weighs, and which inputs it was made from: if those have not changed, nothing is built.
//!
//! `weir-bundle` builds; `weir-bundle size` also prints what a visitor downloads, and fails above the budget; `weir-bundle
//! direct FOLDER` builds what the golden cases run on in a browser.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};

mod glue;
mod inputs;
mod module;
mod script;
mod sections;
mod size;
mod tools;
mod translate;

use inputs::Fingerprint;
use tools::NodeTools;

/// Where things are.
struct Folders {
    /// The workspace.
    root: PathBuf,
    /// What the browser downloads.
    dist: PathBuf,
    /// Cargo's for the page, apart from those for this machine. All builds share it: they differ in few packages.
    cargo: PathBuf,
    /// Intermediate files of one build.
    work: PathBuf,
}

impl Folders {
    fn find() -> Result<Self> {
        let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let root = package
            .ancestors()
            .nth(2)
            .context("this package has been moved")?
            .to_path_buf();
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let cargo = std::path::absolute(target)?.join("tag-build");
        Ok(Self {
            dist: root.join("tag-wasm/dist"),
            work: cargo.join("work"),
            cargo,
            root,
        })
    }

    /// The same with intermediate files in a folder of their own, so that both can be built at once.
    fn working_in(&self, work: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&work).with_context(|| format!("create {}", work.display()))?;
        Ok(Self {
            root: self.root.clone(),
            dist: self.dist.clone(),
            cargo: self.cargo.clone(),
            work,
        })
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    let folders = Folders::find()?;
    match arguments {
        [] => build(&folders),
        ["size"] => {
            build(&folders)?;
            let report = size::Report::of_download(&folders, &NodeTools::find()?)?;
            eprint!("{report}");
            report.within_budget()
        }
        ["direct", folder] => build_direct(&folders, Path::new(folder)),
        _ => bail!("usage: weir-bundle [size | direct FOLDER]"),
    }
}

/// Builds the tag for tests that say what happens, into `folder`: the same module and the same JavaScript, but for listeners.
fn build_direct(folders: &Folders, folder: &Path) -> Result<()> {
    let tools = NodeTools::find()?;
    let folder = std::path::absolute(folder)?;
    let folders = folders.working_in(folder.join("work"))?;
    let (wasm, glue) = module::build_direct(&folders, &tools)?;
    let script = script::build_direct(&folders, &tools, &glue)?;
    std::fs::write(folder.join("direct.wasm"), wasm).context("write direct.wasm")?;
    std::fs::write(folder.join("direct.js"), script).context("write direct.js")
}

/// What only a page that is previewed downloads.
fn write_preview(folders: &Folders, tools: &NodeTools, module: &module::Module) -> Result<()> {
    let folder = folders.dist.join("preview");
    std::fs::create_dir_all(&folder).context("create tag-wasm/dist/preview")?;
    let write = |name: &str, content: &[u8]| {
        std::fs::write(folder.join(name), content).with_context(|| format!("write preview/{name}"))
    };
    for (name, script) in script::build_preview(folders, tools, &module.glue)? {
        write(name, script.as_bytes())?;
    }
    write("weir_tag.wasm", &module.wasm)?;
    write("weir_tag.js", module.script.as_bytes())
}

/// Builds, unless everything is there already.
fn build(folders: &Folders) -> Result<()> {
    let tools = NodeTools::find()?;
    let fingerprint = Fingerprint::of(folders, &tools)?;
    if fingerprint.is_that_of(&folders.dist) {
        return Ok(());
    }
    std::fs::create_dir_all(&folders.dist).context("create tag-wasm/dist")?;
    let for_preview = folders.working_in(folders.work.join("preview"))?;
    // Binaryen has one thread for each.
    let (module, preview) = std::thread::scope(|scope| {
        let preview = scope.spawn(|| module::build_preview(&for_preview, &tools));
        (module::build(folders, &tools), preview.join())
    });
    let module = module?;
    let preview = preview.map_err(|_| anyhow!("the build for previews panicked"))??;
    let loader = script::build(folders, &tools, &module.glue)?;
    let core = script::build_core(folders, &tools, &module.glue)?;
    let wasm_file = folders.dist.join("weir_tag.wasm");
    std::fs::write(&wasm_file, &module.wasm).context("write weir_tag.wasm")?;
    std::fs::write(folders.dist.join("weir_tag.js"), &module.script)
        .context("write weir_tag.js")?;
    write_preview(folders, &tools, &preview)?;
    let parts = folders.dist.join("parts");
    // From nothing, so that a part that was removed does not stay.
    let _ = std::fs::remove_dir_all(&parts);
    std::fs::create_dir_all(&parts).context("create tag-wasm/dist/parts")?;
    for (name, script) in script::build_parts(folders, &tools)? {
        let file = parts.join(name).with_extension("js");
        std::fs::write(&file, script).with_context(|| format!("write {}", file.display()))?;
    }
    std::fs::write(folders.dist.join("loader.js"), &loader).context("write loader.js")?;
    std::fs::write(folders.dist.join("core.js"), &core).context("write core.js")?;
    // Last, because it says that the others are whole.
    size::write_table(folders, &fingerprint)?;
    eprintln!(
        "tag: {} bytes of wasm, {} of JavaScript, in tag-wasm/dist",
        module.wasm.len(),
        loader.len() + core.len()
    );
    Ok(())
}
