//! What a visitor downloads, in bytes: plain, gzip and brotli. And what it may be at most. Beside it, what the reader of
//! releases and the evaluator weigh alone, which are a part of that download.

use std::fmt;
use std::fs;
use std::io::Write;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use weir_rules::release::Release;
use weir_rules::{check, compile};

use crate::Folders;
use crate::inputs::{Fingerprint, KEY, PRODUCTS, TABLE};
use crate::module;
use crate::script::with_config;
use crate::tools::NodeTools;

/// Everything together, with the rules of the demo shop, brotli.
const TOTAL_BUDGET: usize = 24_000;
/// The loader without any rules, brotli: it alone decides when listening begins.
const LOADER_BUDGET: usize = 4_000;
/// The reader and the evaluator of rules, without glue, brotli.
const RULES_BUDGET: usize = 10_000;
/// The container whose rules are counted.
const CONTAINER: &str = "rules/examples/shop.json";

/// What one file weighs.
struct Weight {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Weight {
    fn of(content: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content)?;
        let settings = brotli::enc::BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            ..Default::default()
        };
        let mut packed = Vec::new();
        brotli::BrotliCompress(&mut &*content, &mut packed, &settings)?;
        Ok(Self {
            raw: content.len(),
            gzip: gzip.finish()?.len(),
            brotli: packed.len(),
        })
    }

    fn json(&self) -> serde_json::Value {
        json!({ "raw": self.raw, "gzip": self.gzip, "brotli": self.brotli })
    }
}

/// Writes the table of a finished build.
pub(crate) fn write_table(folders: &Folders, fingerprint: &Fingerprint) -> Result<()> {
    let mut table = serde_json::Map::new();
    table.insert(KEY.to_owned(), fingerprint.as_str().into());
    for name in PRODUCTS {
        table.insert(name.to_owned(), Weight::of(&read(folders, name)?)?.json());
    }
    let text = serde_json::to_string_pretty(&table)?;
    fs::write(folders.dist.join(TABLE), text + "\n").context("write the table of sizes")
}

/// What a visitor of the demo shop downloads.
pub(crate) struct Report {
    lines: Vec<(&'static str, Weight)>,
    rules: Weight,
}

impl Report {
    /// Weighs the loader alone, the rules alone, and everything.
    pub(crate) fn of_download(folders: &Folders, tools: &NodeTools) -> Result<Self> {
        let text = fs::read_to_string(folders.root.join(CONTAINER))
            .with_context(|| format!("read {CONTAINER}"))?;
        let Some(container) = check(&text).container else {
            bail!("`{CONTAINER}` has errors: `weir check {CONTAINER}` names them");
        };
        let release = compile(&container, 1);
        let config = json!({
            "site": "shop",
            "version": 1,
            "release": base64(&release),
            "wasm": format!("/t/{}.wasm", "0".repeat(16)),
            "collect": "/c",
        });
        let loader = read(folders, "loader.js")?;
        let Ok(rules) = Release::read(&release) else {
            bail!("the release of `{CONTAINER}` cannot be read");
        };
        let with_rules = with_config(
            folders,
            &String::from_utf8_lossy(&loader),
            &config,
            &rules,
            &container,
        );
        Ok(Self {
            lines: vec![
                ("loader, no rules", Weight::of(&loader)?),
                ("loader, demo shop", Weight::of(with_rules.as_bytes())?),
                ("core.js", Weight::of(&read(folders, "core.js")?)?),
                (
                    "weir_tag.wasm",
                    Weight::of(&read(folders, "weir_tag.wasm")?)?,
                ),
            ],
            rules: Weight::of(&module::build_rules_alone(folders, tools)?)?,
        })
    }

    /// An error that names what is too heavy.
    pub(crate) fn within_budget(&self) -> Result<()> {
        let (loader, total) = (self.loader(), self.total().brotli);
        if loader > LOADER_BUDGET {
            bail!("the loader takes {loader} bytes of brotli, more than {LOADER_BUDGET}");
        }
        let rules = self.rules.brotli;
        if rules > RULES_BUDGET {
            bail!(
                "the reader and the evaluator of rules take {rules} bytes of brotli, more than {RULES_BUDGET}"
            );
        }
        if total > TOTAL_BUDGET {
            bail!("a visitor downloads {total} bytes of brotli, more than {TOTAL_BUDGET}");
        }
        Ok(())
    }

    fn loader(&self) -> usize {
        self.lines.first().map_or(0, |(_, weight)| weight.brotli)
    }

    fn total(&self) -> Weight {
        let downloaded = self.lines.iter().skip(1);
        downloaded.fold(
            Weight {
                raw: 0,
                gzip: 0,
                brotli: 0,
            },
            |sum, (_, weight)| Weight {
                raw: sum.raw + weight.raw,
                gzip: sum.gzip + weight.gzip,
                brotli: sum.brotli + weight.brotli,
            },
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:<20} {:>8} {:>8} {:>8}   at most",
            "bytes", "raw", "gzip", "brotli"
        )?;
        let total = self.total();
        let lines = self.lines.iter().map(|(name, weight)| (*name, weight));
        for (name, weight) in lines.chain([
            ("a visitor downloads", &total),
            ("rules alone", &self.rules),
        ]) {
            write!(
                out,
                "{name:<20} {:>8} {:>8} {:>8}",
                weight.raw, weight.gzip, weight.brotli
            )?;
            match name {
                "loader, no rules" => writeln!(out, "   {LOADER_BUDGET}")?,
                "a visitor downloads" => writeln!(out, "   {TOTAL_BUDGET}")?,
                "rules alone" => writeln!(out, "   {RULES_BUDGET}, without glue")?,
                _ => writeln!(out)?,
            }
        }
        Ok(())
    }
}

fn read(folders: &Folders, name: &str) -> Result<Vec<u8>> {
    fs::read(folders.dist.join(name)).with_context(|| format!("read tag-wasm/dist/{name}"))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
