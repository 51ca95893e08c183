//! The loader: our JavaScript and wasm-bindgen's glue as one small script.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use weir_rules::Container;
use weir_rules::release::Release;

use crate::Folders;
use crate::tools::{NodeTools, run};

/// Where the server puts the settings of a site, as a JSON object.
pub(crate) const PLACEHOLDER: &str = "__WEIR_CONFIG__";
/// What the core's file calls what the loader lends it.
const LENT: &str = "WEIR_LENT";
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

/// Files of a folder of `js` take the place of those of the same name.
fn overlay(folders: &Folders, stage: &Path, folder: &str) -> Result<()> {
    let source = folders.root.join("tag-wasm/js").join(folder);
    for entry in fs::read_dir(&source).with_context(|| format!("read {}", source.display()))? {
        let file = entry?.path();
        let name = file.file_name().context("a file without a name")?;
        fs::copy(&file, stage.join(name)).with_context(|| format!("copy {}", file.display()))?;
    }
    Ok(())
}

/// Bundles and minifies one file of the stage with all that it imports, between a banner and a footer.
fn bundle(
    tools: &NodeTools,
    stage: &Path,
    name: &str,
    banner: &str,
    footer: &str,
) -> Result<String> {
    let out = stage.join("bundle.js");
    run(
        tools
            .command("esbuild")
            .current_dir(stage)
            .args([name, "--bundle", "--minify", "--charset=utf8"])
            .args(["--format=iife", "--legal-comments=none"])
            .args(["--log-level=warning", TARGET])
            .arg(format!("--banner:js={banner}"))
            .arg(format!("--footer:js={footer}"))
            .arg(format!("--outfile={}", out.display())),
        "esbuild",
    )?;
    fs::read_to_string(&out).context("read what esbuild wrote")
}

/// Chromium compiles every function of a file that begins so while it still arrives, instead of each when it is first
/// called: what a page downloads for a visitor, it runs at once.
const EAGER: &str = "//# allFunctionsCalledOnLoad\n";

/// Not even what runs when the script is read may throw into the page.
const QUIET: (&str, &str) = ("try{", "}catch(e){}");

/// The loader.
pub(crate) fn build(folders: &Folders, tools: &NodeTools, glue: &str) -> Result<String> {
    let stage = stage(folders, glue)?;
    let banner = format!("{EAGER}{}", QUIET.0);
    let script = bundle(tools, &stage, "loader.js", &banner, QUIET.1)?;
    has_one_place("loader", &script)?;
    Ok(script)
}

fn has_one_place(name: &str, script: &str) -> Result<()> {
    let places = script.matches(PLACEHOLDER).count();
    ensure!(
        places == 1,
        "`{PLACEHOLDER}` is in the {name} {places} times, not once"
    );
    Ok(())
}

/// The core in a file of its own: a function of the page, which the loader calls with what it lends.
pub(crate) fn build_core(folders: &Folders, tools: &NodeTools, glue: &str) -> Result<String> {
    let stage = stage(folders, glue)?;
    overlay(folders, &stage, "core")?;
    let list = |name: &str| -> Result<String> {
        let text =
            fs::read_to_string(stage.join(name)).with_context(|| format!("read js/{name}"))?;
        lent_list(&text).with_context(|| format!("`js/{name}` has no list of what is lent"))
    };
    ensure!(
        list("load.js")? == list("lent.js")?,
        "`js/load.js` lends something else than `js/core/lent.js` takes, or in another order"
    );
    bundle(
        tools,
        &stage,
        "main.js",
        &format!("{EAGER}window.__weir_core=function({LENT}){{delete window.__weir_core;try{{"),
        "}catch(e){}};",
    )
}

/// The names of what the loader lends the core: a list on lines of its own, without its spaces.
fn lent_list(script: &str) -> Option<String> {
    let (_, after) = script.split_once(" [\n")?;
    let (list, _) = after.split_once("\n]")?;
    Some(list.split_whitespace().collect())
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
    for folder in ["panel", "preview"] {
        overlay(folders, &stage, folder)?;
    }
    let bundle =
        |name: &str, banner: &str, footer: &str| bundle(tools, &stage, name, banner, footer);
    // By hand: esbuild takes an expression that nobody uses for nothing.
    let storage =
        fs::read_to_string(stage.join(STORAGE)).context("read what stands for storage")?;
    let lines = storage.lines().map(str::trim);
    let storage: String = lines.filter(|line| !line.starts_with("//")).collect();
    let loader = bundle(
        "loader.js",
        "(function(localStorage){try{",
        &format!("}}catch(e){{}}}})({storage});"),
    )?;
    let refused = bundle("refused.js", QUIET.0, QUIET.1)?;
    has_one_place("preview's loader", &loader)?;
    has_one_place("preview's refusal", &refused)?;
    let panel = bundle("panel.js", QUIET.0, QUIET.1)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_is_found_on_both_sides() {
        let names = lent_list("// Why.\nconst shared = [\n  a, b,\n  c,\n];\n");
        assert_eq!(names.as_deref(), Some("a,b,c,"));
        assert_eq!(names, lent_list("export const [\n  a, b, c,\n] = LENT;\n"));
        assert_eq!(lent_list("const shared = { a, b };"), None);
    }
}
