//! The loader: our JavaScript and wasm-bindgen's glue as one small script.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use weir_rules::Container;
use weir_rules::release::Release;

use crate::Folders;
use crate::tools::{NodeTools, run};

/// Where the server puts the settings of a site, as a JSON object.
pub(crate) const PLACEHOLDER: &str = "__WEIR_CONFIG__";
/// What a part of the loader calls.
const PART: &str = "weirPart";
/// The oldest JavaScript that is written: browsers without WebAssembly are served too.
const TARGET: &str = "--target=es2015";

/// Our JavaScript and the glue, in one folder.
fn stage(folders: &Folders, glue: &str) -> Result<PathBuf> {
    let stage = folders.work.join("stage");
    let source = folders.root.join("tag-wasm/js");
    // From nothing, so that a file that was removed does not come back.
    let _ = fs::remove_dir_all(&stage);
    fs::create_dir_all(&stage).context("create the folder for esbuild")?;
    for entry in fs::read_dir(&source).context("read tag-wasm/js")? {
        let file = entry?.path();
        let name = file.file_name().context("a file without a name")?;
        if file.is_dir() {
            continue;
        }
        fs::copy(&file, stage.join(name)).with_context(|| format!("copy {}", file.display()))?;
    }
    fs::write(stage.join("weir_tag.js"), glue).context("write the glue")?;
    Ok(stage)
}

/// Bundles and minifies.
pub(crate) fn build(folders: &Folders, tools: &NodeTools, glue: &str) -> Result<String> {
    let stage = stage(folders, glue)?;
    let bundle = stage.join("bundle.js");
    run(
        tools
            .command("esbuild")
            .current_dir(&stage)
            .args([
                "loader.js",
                "--bundle",
                "--minify",
                "--format=iife",
                "--charset=utf8",
            ])
            .args(["--legal-comments=none", "--log-level=warning", TARGET])
            // Not even what runs when the script is read may throw into the page.
            .args(["--banner:js=try{", "--footer:js=}catch(e){}"])
            .arg(format!("--outfile={}", bundle.display())),
        "esbuild",
    )?;
    let script = fs::read_to_string(&bundle).context("read what esbuild wrote")?;
    let places = script.matches(PLACEHOLDER).count();
    ensure!(
        places == 1,
        "`{PLACEHOLDER}` is in the loader {places} times, not once"
    );
    Ok(script)
}

/// What takes the place of `localStorage` in the script of a preview: comments, and an expression.
const STORAGE: &str = "storage.js";

/// What a preview downloads in place of the loader, and the panel: name and script.
pub(crate) fn build_preview(
    folders: &Folders,
    tools: &NodeTools,
    glue: &str,
) -> Result<Vec<(&'static str, String)>> {
    let stage = stage(folders, glue)?;
    let source = folders.root.join("tag-wasm/js");
    // Those of the preview take the place of files of the same name.
    for folder in ["panel", "preview"] {
        for entry in fs::read_dir(source.join(folder)).context("read the files of the preview")? {
            let file = entry?.path();
            let name = file.file_name().context("a file without a name")?;
            fs::copy(&file, stage.join(name))
                .with_context(|| format!("copy {}", file.display()))?;
        }
    }
    let bundle = |name: &str, banner: &str, footer: &str| {
        let out = stage.join("bundle.js");
        run(
            tools
                .command("esbuild")
                .current_dir(&stage)
                .args([name, "--bundle", "--minify", "--charset=utf8"])
                .args(["--format=iife", "--legal-comments=none"])
                .args(["--log-level=warning", TARGET])
                .arg(format!("--banner:js={banner}"))
                .arg(format!("--footer:js={footer}"))
                .arg(format!("--outfile={}", out.display())),
            "esbuild",
        )?;
        fs::read_to_string(&out).context("read what esbuild wrote")
    };
    // By hand: esbuild takes an expression that nobody uses for nothing.
    let storage =
        fs::read_to_string(stage.join(STORAGE)).context("read what stands for storage")?;
    let lines = storage.lines().map(str::trim);
    let storage: String = lines.filter(|line| !line.starts_with("//")).collect();
    let quiet = ("try{", "}catch(e){}");
    let loader = bundle(
        "loader.js",
        "(function(localStorage){try{",
        &format!("}}catch(e){{}}}})({storage});"),
    )?;
    let refused = bundle("refused.js", quiet.0, quiet.1)?;
    for (name, script) in [("loader.js", &loader), ("refused.js", &refused)] {
        let places = script.matches(PLACEHOLDER).count();
        ensure!(
            places == 1,
            "`{PLACEHOLDER}` is in the preview's {name} {places} times, not once"
        );
    }
    let panel = bundle("panel.js", quiet.0, quiet.1)?;
    Ok(vec![
        ("loader.js", loader),
        ("refused.js", refused),
        ("panel.js", panel),
        (STORAGE, storage),
    ])
}

/// The tag without its listeners, for tests: what `direct/direct.js` offers, with all parts.
pub(crate) fn build_direct(folders: &Folders, tools: &NodeTools, glue: &str) -> Result<String> {
    let stage = stage(folders, glue)?;
    let source = folders.root.join("tag-wasm/bundle/direct/direct.js");
    fs::copy(&source, stage.join("direct.js")).context("copy direct.js")?;
    let bundle = stage.join("bundle.js");
    run(
        tools
            .command("esbuild")
            .current_dir(&stage)
            .args(["direct.js", "--bundle", "--format=iife", "--charset=utf8"])
            .args(["--log-level=warning", TARGET])
            .arg(format!("--outfile={}", bundle.display())),
        "esbuild",
    )?;
    let script = fs::read_to_string(&bundle).context("read what esbuild wrote")?;
    let parts = build_parts(folders, tools)?;
    let parts: String = parts.into_iter().map(|(_, part)| part).collect();
    // All parts, and nothing that any of them would listen for.
    let settings = format!(
        r#"{{"site":"shop","collect":"/c","may":{{"keep":true}},"wanted":{{}},"parts":function(weirPart){{{parts}}}}}"#
    );
    Ok(script.replacen(PLACEHOLDER, &settings, 1))
}

/// The parts of the loader that only some sites need, minified: name and script.
pub(crate) fn build_parts(folders: &Folders, tools: &NodeTools) -> Result<Vec<(String, String)>> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folders.root.join("tag-wasm/js/parts")).context("read js/parts")? {
        let file = entry?.path();
        let name = file.file_stem().context("a part without a name")?;
        let name = name.to_string_lossy().into_owned();
        let small = folders.work.join("part.js");
        run(
            tools
                .command("esbuild")
                .arg(&file)
                .args(["--minify", "--format=iife", "--charset=utf8"])
                .args(["--legal-comments=none", "--log-level=warning", TARGET])
                .arg(format!("--outfile={}", small.display())),
            "esbuild",
        )?;
        let script = fs::read_to_string(&small).context("read what esbuild wrote")?;
        ensure!(
            script.contains(PART),
            "`js/parts/{name}.js` does not call `{PART}`"
        );
        parts.push((name, script.trim_end().to_owned()));
    }
    parts.sort();
    Ok(parts)
}

/// The loader as a server would send it. `parts` are in `dist`.
pub(crate) fn with_config(
    folders: &Folders,
    loader: &str,
    config: &serde_json::Value,
    release: &Release,
    container: &Container,
) -> String {
    let part = |name: &str| {
        fs::read_to_string(folders.dist.join("parts").join(name).with_extension("js")).ok()
    };
    let settings = weir_rules::loader::settings(&config.to_string(), release, container, part);
    loader.replacen(PLACEHOLDER, &settings, 1)
}
