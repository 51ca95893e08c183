//! What people are told: broken containers in `spec/diagnostics/`, and every problem each has, with place, sentence and
//! hint in both languages.
//!
//! `WEIR_UPDATE_SPEC=1 cargo test -p weir-rules --test diagnostics` writes what is found into the files; then read the
//! difference.

#![cfg(test)]

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use weir_rules::{Checked, Code, Lang, check_with_examples, report};

/// 28 November 2026.
const NOW_MS: i64 = 1_795_860_000_000;

fn check(text: &str) -> Checked {
    check_with_examples(text, NOW_MS)
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/diagnostics");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn cases(file: &Path) -> Vec<Json> {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The container of a case: its lines joined. A line `*n text` stands for n times the text.
fn text(case: &Json) -> String {
    let lines = case["container"].as_array().unwrap();
    lines
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

fn problems(text: &str) -> Json {
    let found = check(text).problems.into_iter().map(|problem| {
        json!({
            "severity": problem.severity.as_str(),
            "code": problem.code(),
            "path": problem.path,
            "line": problem.line,
            "column": problem.column,
            "en": { "message": problem.message(Lang::En), "hint": problem.hint(Lang::En) },
            "ru": { "message": problem.message(Lang::Ru), "hint": problem.hint(Lang::Ru) },
        })
    });
    found.collect()
}

#[test]
fn every_problem_is_told_as_written() {
    let update = std::env::var_os("WEIR_UPDATE_SPEC").is_some();
    let mut failures = Vec::new();
    for file in files() {
        let mut cases = cases(&file);
        for case in &mut cases {
            let found = problems(&text(case));
            if update {
                case["problems"] = found;
            } else if case["problems"] != found {
                failures.push(format!(
                    "{}\nexpected {:#}\nfound    {found:#}",
                    case["about"], case["problems"]
                ));
            }
        }
        if update {
            std::fs::write(&file, serde_json::to_string_pretty(&cases).unwrap() + "\n").unwrap();
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_code_has_a_case() {
    let mut missing: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    for file in files() {
        for case in cases(&file) {
            for problem in case["problems"].as_array().unwrap() {
                missing.retain(|code| problem["code"] != *code);
            }
        }
    }
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn sentences_have_one_form() {
    for file in files() {
        for problem in cases(&file)
            .iter()
            .flat_map(|case| case["problems"].as_array().unwrap())
        {
            for lang in ["en", "ru"] {
                for part in ["message", "hint"] {
                    let sentence = problem[lang][part].as_str().unwrap();
                    let first = sentence.chars().next();
                    assert!(
                        first.is_some_and(|first| !first.is_uppercase()),
                        "begins small: {sentence}"
                    );
                    assert!(!sentence.ends_with('.'), "no full stop: {sentence}");
                    assert_eq!(
                        sentence.matches('`').count() % 2,
                        0,
                        "backticks in pairs: {sentence}"
                    );
                    assert!(
                        !sentence.chars().any(char::is_control),
                        "one line: {sentence}"
                    );
                }
            }
            let russian = problem["ru"]["message"].as_str().unwrap();
            assert!(
                russian.contains(|char| ('а'..='я').contains(&char)),
                "in Russian: {russian}"
            );
        }
    }
}

#[test]
fn a_container_is_given_only_without_errors() {
    for case in files().iter().flat_map(|file| cases(file)) {
        let checked = check(&text(&case));
        let has_error = checked
            .problems
            .iter()
            .any(|problem| problem.severity == weir_rules::Severity::Error);
        assert_eq!(checked.container.is_none(), has_error, "{}", case["about"]);
        assert!(!checked.problems.is_empty(), "{}", case["about"]);
    }
}

#[test]
fn json_has_the_documented_fields() {
    for case in files().iter().flat_map(|file| cases(file)) {
        let found = check(&text(&case)).problems;
        let list: Vec<Json> = serde_json::from_str(&report::to_json(&found, Lang::Ru)).unwrap();
        assert_eq!(list.len(), found.len());
        for (json, problem) in list.iter().zip(&found) {
            let keys: Vec<&str> = json
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(
                keys,
                [
                    "code", "column", "hint", "line", "message", "path", "severity"
                ]
            );
            assert_eq!(json["message"], problem.message(Lang::Ru));
        }
    }
    assert_eq!(report::to_json(&[], Lang::En), "[]\n");
}

#[test]
fn the_terminal_shows_the_place() {
    let text = "{\n\t\"weir\": 1,\n\t\"site\": { \"id\": \"Мой магазин\", \"domains\": [\"a.example\"] }\n}";
    let found = check(text).problems;
    let shown = report::render(&found, text, "shop.json", Lang::En, false);
    assert_eq!(
        shown,
        "error[invalid_name]: `Мой магазин` cannot be used as a name here\n \
         --> shop.json:3:18  site.id\n  \
         |\n\
         3 |  \"site\": { \"id\": \"Мой магазин\", \"domains\": [\"a.example\"] }\n  \
         |                  ^^^^^^^^^^^^^\n  \
         = help: use small Latin letters, digits and `_` only, at most 64\n\n"
    );
    let colored = report::render(&found, text, "shop.json", Lang::Ru, true);
    assert!(
        colored.starts_with("\u{1b}[1;31mошибка[invalid_name]\u{1b}[0m: "),
        "{colored}"
    );
}

#[test]
fn the_terminal_shows_a_part_of_long_lines() {
    let text = format!("{{ \"weir\": 1, {}\"sight\": {{}} }}", " ".repeat(5_000));
    let found = check(&text).problems;
    let shown = report::render(&found, &text, "shop.json", Lang::En, false);
    assert!(
        shown
            .lines()
            .filter(|line| !line.contains("= help"))
            .all(|line| line.chars().count() < 160),
        "{shown}"
    );
    assert!(shown.contains("\"sight\""), "{shown}");
}
