//! The script that a page loads: the loader with one site's release inside.
//!
//! Owns how loader, configuration and release become one file. What the loader does with it is `tag-wasm/js`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use weir_rules::Container;
use weir_rules::loader;
use weir_rules::release::Release;

use crate::assets;
use crate::failure::Failure;
use crate::servable::Servable;

/// Where the loader wants its configuration.
const PLACEHOLDER: &str = "__WEIR_CONFIG__";
/// Asked for again on each load, and answered 304 in most cases: an edited rule holds from the next load on.
const SCRIPT_CACHE: &str = "public, no-cache";
/// The name changes with the content: it can be kept for ever.
const MODULE_CACHE: &str = "public, max-age=31536000, immutable";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const WASM: &str = "application/wasm";

/// What every site's tag shares.
#[derive(Debug)]
pub struct TagBuild {
    before: String,
    after: String,
    /// The three files that all sites share have one name but for the ending: they only work together.
    name: String,
    core: Servable,
    wasm: Servable,
    /// The wasm as JavaScript, for pages that forbid WebAssembly.
    module_script: Servable,
    preview: PreviewBuild,
    base_path: String,
    tag_prefix: String,
}

/// What pages that are previewed share.
#[derive(Debug)]
struct PreviewBuild {
    loader: [String; 2],
    refused: [String; 2],
    /// What stands in place of `localStorage`.
    storage: String,
    wasm: Servable,
    module_script: Servable,
    panel: Servable,
}

impl PreviewBuild {
    fn embedded() -> Option<Self> {
        let file = |name: &str| assets::tag_file(&format!("preview/{name}"));
        let text = |name: &str| String::from_utf8(file(name)?.into_owned()).ok();
        let halves = |name: &str| {
            let text = text(name)?;
            let (before, after) = text.split_once(PLACEHOLDER)?;
            Some([before.to_owned(), after.to_owned()])
        };
        Some(Self {
            loader: halves("loader.js")?,
            refused: halves("refused.js")?,
            storage: text("storage.js")?,
            wasm: Servable::quick(file("weir_tag.wasm")?.into_owned(), WASM, MODULE_CACHE),
            module_script: Servable::quick(
                file("weir_tag.js")?.into_owned(),
                JAVASCRIPT,
                MODULE_CACHE,
            ),
            panel: Servable::quick(file("panel.js")?.into_owned(), JAVASCRIPT, SCRIPT_CACHE),
        })
    }
}

/// What the loader reads; described in `tag-wasm/js`. Paths count from the script's own origin.
#[derive(Serialize)]
struct LoaderConfig<'a> {
    site: &'a str,
    version: u32,
    release: String,
    wasm: String,
    collect: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<&'a serde_json::Value>,
}

impl TagBuild {
    /// The tag that the binary carries. `base_path` is the path of the public address, without a slash at the end.
    pub fn embedded(base_path: &str, tag_prefix: &str) -> Result<Self, Failure> {
        let broken = |name: &str| {
            Failure::environment(
                format!("this binary carries no usable `{name}`"),
                "build it again: `make tag`, then `make build`",
            )
        };
        let loader = assets::tag_file("loader.js").ok_or_else(|| broken("loader.js"))?;
        let loader = String::from_utf8(loader.into_owned()).map_err(|_| broken("loader.js"))?;
        let file = |name: &str| assets::tag_file(name).ok_or_else(|| broken(name));
        let shared = ["core.js", "weir_tag.wasm", "weir_tag.js"].map(file);
        let [core, wasm, script] = shared;
        let shared = [core?, wasm?, script?];
        let preview = PreviewBuild::embedded().ok_or_else(|| broken("preview"))?;
        Self::new(&loader, shared, preview, base_path, tag_prefix)
            .ok_or_else(|| broken("loader.js"))
    }

    /// `None` when the loader has no place for its configuration, or more than one.
    fn new(
        loader: &str,
        [core, wasm, module_script]: [Cow<'static, [u8]>; 3],
        preview: PreviewBuild,
        base_path: &str,
        tag_prefix: &str,
    ) -> Option<Self> {
        let (before, after) = loader.split_once(PLACEHOLDER)?;
        if after.contains(PLACEHOLDER) {
            return None;
        }
        let script = |content: Cow<'static, [u8]>| {
            Servable::compressed(content.into_owned(), JAVASCRIPT, MODULE_CACHE)
        };
        let (core, module_script) = (script(core), script(module_script));
        let wasm = Servable::compressed(wasm.into_owned(), WASM, MODULE_CACHE);
        Some(Self {
            before: before.to_owned(),
            after: after.to_owned(),
            name: format!("{}{}", core.hash(), wasm.hash()),
            core,
            wasm,
            module_script,
            preview,
            base_path: base_path.to_owned(),
            tag_prefix: tag_prefix.to_owned(),
        })
    }

    /// A file that all sites share, by its name at the moment.
    pub fn shared_file(&self, file: &str) -> Option<&Servable> {
        match file.strip_prefix(&self.name)? {
            ".core.js" => Some(&self.core),
            ".wasm" => Some(&self.wasm),
            ".js" => Some(&self.module_script),
            _ => None,
        }
    }

    /// What the wasm weighs on the way to a browser.
    pub fn wasm_bytes(&self) -> usize {
        self.wasm.brotli_bytes()
    }

    /// The script of a site, and the file that it asks for when a page calls what few pages do.
    pub fn scripts(
        &self,
        container: &Container,
        version: u32,
        release: &[u8],
    ) -> (Servable, Servable) {
        let site = &container.site.id;
        let config = LoaderConfig {
            site,
            version,
            release: STANDARD.encode(release),
            wasm: format!("{}{}{}.wasm", self.base_path, self.tag_prefix, self.name),
            collect: format!("{}/c", self.base_path),
            preview: None,
        };
        // Serialising a struct of strings and a number cannot fail; an empty object makes the loader stay quiet.
        let config = serde_json::to_string(&config).unwrap_or_else(|_| "{}".to_owned());
        let config = javascript_safe(&config);
        // A release that cannot be read is told of where it is made; its script stays quiet.
        let (settings, calls) = match Release::read(release) {
            Ok(release) => (
                loader::settings(&config, &release, container, part),
                loader::calls(&release, container, part),
            ),
            Err(_) => (config, String::new()),
        };
        let script = [&*self.before, &settings, &self.after].concat();
        let servable = |text| Servable::compressed(text, JAVASCRIPT, SCRIPT_CACHE);
        (servable(script), servable(calls))
    }
}

impl TagBuild {
    /// A file that all previews share, by its name at the moment.
    pub fn preview_file(&self, file: &str) -> Option<&Servable> {
        let preview = &self.preview;
        if file == "panel.js" {
            return Some(&preview.panel);
        }
        match file.strip_prefix(preview.wasm.hash())? {
            ".wasm" => Some(&preview.wasm),
            ".js" => Some(&preview.module_script),
            _ => None,
        }
    }

    /// The path of a site's published script.
    pub fn script_path(&self, site: &str) -> String {
        format!("{}{}{site}.js", self.base_path, self.tag_prefix)
    }

    /// The script of a draft. Everything that it asks for is in the folder of the token; `preview`: what it is told of itself.
    pub fn preview_script(
        &self,
        container: &Container,
        version: u32,
        release: &[u8],
        token: &str,
        preview: &serde_json::Value,
    ) -> String {
        let folder = format!("{}{}{token}/", self.base_path, self.tag_prefix);
        let config = LoaderConfig {
            site: &container.site.id,
            version,
            release: STANDARD.encode(release),
            wasm: format!("{folder}{}.wasm", self.preview.wasm.hash()),
            // Nothing is sent there: see `tag-wasm/js/preview/send.js`.
            collect: format!("{folder}events"),
            preview: Some(preview),
        };
        let config = serde_json::to_string(&config).unwrap_or_else(|_| "{}".to_owned());
        let config = javascript_safe(&config);
        let settings = match Release::read(release) {
            Ok(release) => loader::settings(&config, &release, container, part),
            Err(_) => config,
        };
        let [before, after] = &self.preview.loader;
        [before, &*settings, after].concat()
    }

    /// What the script of a draft asks for when a page calls what few pages do.
    pub fn preview_calls(&self, container: &Container, release: &[u8]) -> String {
        let calls = Release::read(release)
            .map(|release| loader::calls(&release, container, part))
            .unwrap_or_default();
        let storage = &self.preview.storage;
        format!("(function(localStorage){{{calls}}})({storage});")
    }

    /// What a tab gets in place of a draft: it says why, and loads what is published.
    pub fn refused_preview(&self, site: &str, why: &serde_json::Value) -> String {
        let told = serde_json::json!({ "why": why, "script": self.script_path(site) });
        let [before, after] = &self.preview.refused;
        [before, &*javascript_safe(&told.to_string()), after].concat()
    }
}

/// A part of the loader by its name.
fn part(name: &str) -> Option<String> {
    let script = assets::tag_file(&format!("parts/{name}.js"))?;
    Some(String::from_utf8_lossy(&script).into_owned())
}

/// JSON that is harmless inside a script, also when somebody pastes the script into a page.
fn javascript_safe(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(loader: &str) -> Option<TagBuild> {
        TagBuild::new(
            loader,
            ["core", "\0asm", "module"].map(|file| Cow::Owned(file.as_bytes().to_vec())),
            PreviewBuild::embedded().unwrap(),
            "/stats",
            "/t/",
        )
    }

    fn container(text: &str) -> Container {
        weir_rules::check(text).container.unwrap()
    }

    const SHOP: &str = r#"{"weir":1,"site":{"id":"shop"}}"#;

    #[test]
    fn the_loader_gets_its_site_and_release() {
        let build = build("start(__WEIR_CONFIG__);").unwrap();
        let (script, _) = build.scripts(&container(SHOP), 3, b"\x01\x02\xff");
        let name = &build.name;
        assert_eq!(
            String::from_utf8(script.body().to_vec()).unwrap(),
            format!(
                "start({{\"site\":\"shop\",\"version\":3,\"release\":\"AQL/\",\"wasm\":\"/stats/t/{name}.wasm\",\"collect\":\"/stats/c\"}});"
            )
        );
        for (ending, body) in [
            ("core.js", &b"core"[..]),
            ("wasm", b"\0asm"),
            ("js", b"module"),
        ] {
            let file = build.shared_file(&format!("{name}.{ending}")).unwrap();
            assert_eq!(file.body().to_vec(), body);
        }
        assert!(build.shared_file("0000000000000000.wasm").is_none());
        assert!(build.shared_file(name).is_none());
    }

    #[test]
    fn a_loader_without_exactly_one_place_for_it_is_refused() {
        assert!(build("start();").is_none());
        assert!(build("start(__WEIR_CONFIG__, __WEIR_CONFIG__);").is_none());
    }

    #[test]
    fn the_embedded_tag_is_usable() {
        let build = TagBuild::embedded("", "/t/").unwrap();
        let (script, _) = build.scripts(&container(SHOP), 1, b"x");
        assert!(script.body().len() > build.before.len());
    }

    #[test]
    fn a_site_gets_the_parts_of_the_loader_that_its_rules_need() {
        let container = container(assets::DEMO_CONTAINER);
        let release = weir_rules::compile(&container, 1);
        let parts = loader::parts(&Release::read(&release).unwrap(), &container).count();
        assert!(parts > 0);
        let (script, calls) = build("start(__WEIR_CONFIG__);")
            .unwrap()
            .scripts(&container, 1, &release);
        let parts_in = |script: Servable| {
            let text = String::from_utf8(script.body().to_vec()).unwrap();
            text.matches("weirPart(").count()
        };
        assert_eq!(parts_in(script), parts);
        assert!(parts_in(calls) > 0);
    }

    #[test]
    fn nothing_in_it_ends_a_script_element() {
        assert_eq!(
            javascript_safe("</script>\u{2028}"),
            "\\u003c/script>\\u2028"
        );
    }
}
