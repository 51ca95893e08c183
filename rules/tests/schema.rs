//! The schema and the check agree: every container that the documents, the examples and the golden cases hold is valid
//! by the schema, and those that are broken in structure are not.

#![cfg(test)]

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value as Json, json};

/// Codes of problems that are about structure, which a schema can see.
const STRUCTURAL: &[&str] = &[
    "missing_key",
    "unknown_key",
    "wrong_type",
    "unsupported_format_version",
    "missing_kind",
    "several_kinds",
    "unknown_trigger_kind",
    "unknown_variable_kind",
    "unknown_operator",
    "unknown_choice",
    "unknown_currency",
    "unknown_unit",
    "unknown_metric",
    "unknown_transform",
    "too_few",
];

/// Cases whose problem is a value that is not of the type that another part of the container asks for.
const NOT_SEEN: &[&str] = &[
    "a number in quotes to compare with",
    "neither a number nor a date to compare with",
    "a day that does not exist",
    "a number where a day is expected",
    "a price that is none",
    "a default of another type",
    "a constant of another type",
    "values of a table that are not of the type",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn validator() -> Validator {
    let schema: Json =
        serde_json::from_str(&read(&root().join("rules/schema/container.schema.json"))).unwrap();
    jsonschema::draft7::new(&schema).unwrap()
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn whole(mut container: Json) -> Json {
    if container.get("weir").is_none() {
        container["weir"] = json!(1);
    }
    if container.get("site").is_none() {
        container["site"] = json!({ "id": "shop", "domains": ["shop.example"] });
    }
    container
}

/// Every container that is right, and where it is.
fn sound() -> Vec<(String, Json)> {
    let mut all = Vec::new();
    for path in files("docs", "md") {
        for block in read(&path).split("```json\n").skip(1) {
            let text = block.split("```").next().unwrap();
            // Other documents show other JSON.
            let Ok(json) = serde_json::from_str::<Json>(text) else {
                continue;
            };
            let is_container = [
                "weir",
                "triggers",
                "tags",
                "variables",
                "funnels",
                "goals",
                "kpis",
                "examples",
            ];
            if is_container
                .iter()
                .any(|key| json.get(key).is_some_and(|part| !part.is_string()))
            {
                all.push((path.display().to_string(), whole(json)));
            }
        }
    }
    for folder in ["rules/examples", "rules/spec/explain"] {
        for path in files(folder, "json") {
            all.push((
                path.display().to_string(),
                serde_json::from_str(&read(&path)).unwrap(),
            ));
        }
    }
    let spec = files("rules/spec", "json").into_iter();
    for path in spec.filter(|path| path.parent().is_some_and(|folder| folder.ends_with("spec"))) {
        let cases: Vec<Json> = serde_json::from_str(&read(&path)).unwrap();
        for case in cases {
            let place = format!("{} case {}", path.display(), case["number"]);
            if case["container"].is_object() {
                all.push((place, whole(case["container"].clone())));
            }
        }
    }
    all
}

#[test]
fn what_the_check_passes_is_valid() {
    let validator = validator();
    let all = sound();
    assert!(all.len() > 150, "{}", all.len());
    let mut wrong = Vec::new();
    for (place, container) in all {
        for error in validator.iter_errors(&container) {
            wrong.push(format!("{place}{}: {error}", error.instance_path()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_broken_in_structure_is_not_valid() {
    let validator = validator();
    let mut seen = 0;
    let mut passed = Vec::new();
    for path in files("rules/spec/diagnostics", "json") {
        let cases: Vec<Json> = serde_json::from_str(&read(&path)).unwrap();
        for case in cases {
            let lines: Vec<&str> = case["container"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line.as_str().unwrap())
                .collect();
            let Ok(container) = serde_json::from_str::<Json>(&lines.join("\n")) else {
                continue;
            };
            let problems = case["problems"].as_array().unwrap();
            let structural = problems
                .iter()
                .filter(|problem| STRUCTURAL.contains(&problem["code"].as_str().unwrap()));
            let codes: Vec<&str> = structural
                .map(|problem| problem["code"].as_str().unwrap())
                .collect();
            if codes.is_empty() || NOT_SEEN.contains(&case["about"].as_str().unwrap()) {
                continue;
            }
            seen += 1;
            if validator.is_valid(&container) {
                passed.push(format!("{}: {} ({codes:?})", path.display(), case["about"]));
            }
        }
    }
    assert!(seen > 30, "{seen}");
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}
