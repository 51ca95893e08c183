//! What fuzzing begins with: what is checked in, and what the golden cases are made of.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use weir_rules::{check, compile};

/// The seeds of a target: its corpus, and what can be taken from the golden cases.
pub fn of(target: &str) -> Result<Vec<Vec<u8>>> {
    let mut seeds = corpus(target)?;
    match target {
        "draft" => seeds.extend(containers()?.into_iter().map(String::into_bytes)),
        "release" => {
            for container in containers()? {
                let container = check(&container).container;
                seeds.extend(container.map(|container| compile(&container, 1)));
            }
        }
        "pattern" => seeds.extend(texts_under("matches")?),
        "selector" => seeds.extend(texts_under("selector")?),
        "intake" => {
            for body in corpus("payload")? {
                seeds.push([HEADERS.as_bytes(), &body].concat());
                seeds.push(packed(&body)?);
                seeds.push(body);
            }
        }
        "segment" => {
            seeds.push(weir_collector::fuzz::sound_segment());
            seeds.push(weir_collector::fuzz::sound_ids());
        }
        _ => {}
    }
    seeds.sort();
    seeds.dedup();
    Ok(seeds)
}

/// Headers that are read, each as it should be.
const HEADERS: &str = "origin: https://www.shop.example\nx-forwarded-for: 203.0.113.7, 10.0.0.2\naccept-language: ru\n\
    host: stats.shop.example\ncookie: _weir_v=00000000000000ff\n\
    user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36\n\n";

fn packed(body: &[u8]) -> Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(body)?;
    Ok(packer.finish()?)
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is checked in.
fn corpus(target: &str) -> Result<Vec<Vec<u8>>> {
    let folder = package().join("corpus").join(target);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    files_in(&folder)?
        .iter()
        .map(|file| fs::read(file).with_context(|| format!("read {}", file.display())))
        .collect()
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The containers of the golden cases and the examples.
fn containers() -> Result<Vec<String>> {
    let rules = package().join("../../rules");
    let mut all = Vec::new();
    for file in files_in(&rules.join("spec"))? {
        for case in read(&file)?.as_array().into_iter().flatten() {
            let mut container =
                json!({ "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] } });
            let given = case.get("container").and_then(Value::as_object);
            for (key, value) in given.into_iter().flatten() {
                if let Some(all) = container.as_object_mut() {
                    all.insert(key.clone(), value.clone());
                }
            }
            all.push(container.to_string());
        }
    }
    for file in files_in(&rules.join("examples"))? {
        all.push(fs::read_to_string(file)?);
    }
    Ok(all)
}

/// Every text that stands under a key in the golden cases.
fn texts_under(key: &str) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for file in files_in(&package().join("../../rules/spec"))? {
        collect(&read(&file)?, key, &mut found);
    }
    Ok(found)
}

fn collect(json: &Value, key: &str, found: &mut Vec<Vec<u8>>) {
    match json {
        Value::Object(entries) => {
            for (name, value) in entries {
                match value {
                    Value::String(text) if name.ends_with(key) => {
                        found.push(text.clone().into_bytes())
                    }
                    other => collect(other, key, found),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, key, found)),
        _ => {}
    }
}

fn read(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("read {}", file.display()))
}
