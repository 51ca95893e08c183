//! Every container that the documents show passes the check, and so do the examples.

#![cfg(test)]

use std::path::Path;

use serde_json::{Value as Json, json};
use weir_rules::funnel_step::StepExpression;
use weir_rules::{Lang, Severity, check, report};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn assert_passes(text: &str, place: &str) {
    let problems = check(text).problems;
    let is_right = problems
        .iter()
        .all(|problem| problem.severity == Severity::Warning);
    assert!(
        is_right,
        "{place}\n{}",
        report::render(&problems, text, place, Lang::En, false)
    );
}

/// The blocks of a document that are JSON. A part of a container gets what is missing.
fn containers(document: &str) -> Vec<String> {
    document
        .split("```json\n")
        .skip(1)
        .map(|rest| {
            let block = rest.split("```").next().unwrap();
            let mut container: Json =
                serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}"));
            if container.get("weir").is_none() {
                container["weir"] = json!(1);
                container["site"] = json!({ "id": "shop", "domains": ["shop.example"] });
                return container.to_string();
            }
            block.to_owned()
        })
        .collect()
}

#[test]
fn containers_in_documents_pass() {
    for path in [
        "docs/rules.md",
        "docs/ru/rules.md",
        "docs/getting-started.md",
        "docs/ru/getting-started.md",
    ] {
        let found = containers(&read(path));
        assert!(found.len() >= 2, "{path}");
        for text in found {
            assert_passes(&text, path);
        }
    }
}

#[test]
fn both_languages_show_the_same() {
    assert_eq!(
        containers(&read("docs/rules.md")).len(),
        containers(&read("docs/ru/rules.md")).len()
    );
}

#[test]
fn everything_a_container_may_say_is_shown() {
    for path in ["docs/rules.md", "docs/ru/rules.md"] {
        let document = read(path);
        let words = [
            "pageview",
            "click",
            "form",
            "visible",
            "constant",
            "query",
            "meta",
            "text",
            "attribute",
            "count",
            "exists",
            "number",
            "integer",
            "money",
            "boolean",
            "equals",
            "contains",
            "starts_with",
            "ends_with",
            "matches",
            "in",
            "ignore_case",
            "all",
            "any",
            "not",
            "once_per",
            "paused",
            "labels",
            "notes",
            "except",
            "within",
            "where",
        ];
        for word in words {
            let forms = [format!("`{word}`"), format!("\"{word}\":")];
            let is_shown = forms.iter().any(|form| document.contains(form));
            assert!(is_shown, "{path}: {word}");
        }
    }
}

#[test]
fn steps_in_documents_are_steps() {
    let document = read("docs/rules.md");
    let table = document.split("| step | means |").nth(1).unwrap();
    let steps: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(steps.len(), 4);
    for step in steps {
        assert!(StepExpression::parse(step).is_ok(), "{step}");
    }
}

#[test]
fn examples_pass_without_a_warning() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let checked = check(&text);
        let shown = report::render(&checked.problems, &text, "example", Lang::En, false);
        assert!(
            checked.container.is_some() && checked.problems.is_empty(),
            "{path:?}\n{shown}"
        );
    }
}
