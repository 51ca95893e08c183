//! What the documents show is true: containers pass the check, mistakes are told in the words shown, the cookbook quotes
//! its files, links lead somewhere.
//!
//! `WEIR_UPDATE_DOCS=1 cargo test -p weir-rules --test documents` writes the quotes and the messages into the documents; then
//! read the difference.

#![cfg(test)]

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use weir_rules::funnel_step::StepExpression;
use weir_rules::{Checked, Lang, Problem, Severity, check_with_examples, report};

/// The documents that show containers, in the folder of each language.
const DOCUMENTS: &[&str] = &["rules.md", "rules", "cookbook.md", "getting-started.md"];
/// How a document marks a container that the check has something to say about; what it says follows.
const WRONG: &str = "```json wrong\n";
/// How a document marks what is said.
const TOLD: &str = "```text\n";
const COOKBOOK: &str = "rules/examples/cookbook";
/// 28 November 2026.
const NOW_MS: i64 = 1_795_860_000_000;

fn check(text: &str) -> Checked {
    check_with_examples(text, NOW_MS)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// The names of the files in a folder, in order.
fn files(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The documents of a language that show containers.
fn documents(lang: Lang) -> Vec<String> {
    let folder = if lang == Lang::En { "docs" } else { "docs/ru" };
    let mut found = Vec::new();
    for document in DOCUMENTS {
        let path = format!("{folder}/{document}");
        if document.ends_with(".md") {
            found.push(path);
        } else {
            let names = files(&path).into_iter();
            found.extend(names.map(|name| format!("{path}/{name}")));
        }
    }
    found
}

/// Compares a document with what it should be, or makes it so.
fn assert_document(path: &str, should_be: &str) {
    if std::env::var_os("WEIR_UPDATE_DOCS").is_some() {
        std::fs::write(root().join(path), should_be).unwrap();
    }
    let document = read(path);
    let mut pairs = document.lines().zip(should_be.lines()).enumerate();
    if let Some((at, (is, should_be))) = pairs.find(|(_, (is, should_be))| is != should_be) {
        let line = at + 1;
        panic!(
            "{path}:{line} is\n  {is}\nbut should be\n  {should_be}\nWEIR_UPDATE_DOCS=1 writes it"
        );
    }
    assert_eq!(document.len(), should_be.len(), "{path}");
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

/// What is between this beginning and the end of the block, wherever it stands in a document.
fn blocks<'d>(document: &'d str, beginning: &'static str) -> impl Iterator<Item = &'d str> {
    let parts = document.split(beginning).skip(1);
    parts.map(|rest| rest.split("```").next().unwrap())
}

/// The block as a container: a part of one gets what is missing, in its first line.
fn container(block: &str) -> String {
    match serde_json::from_str::<Json>(block) {
        Ok(part) if part.get("weir").is_none() => {
            let mut begin = String::from("{ \"weir\": 1,");
            if part.get("site").is_none() {
                begin.push_str(r#" "site": { "id": "shop", "domains": ["shop.example"] },"#);
            }
            block.replacen('{', &begin, 1)
        }
        _ => block.to_owned(),
    }
}

#[test]
fn containers_in_documents_pass() {
    for path in [documents(Lang::En), documents(Lang::Ru)].concat() {
        let document = read(&path);
        for block in blocks(&document, "```json\n") {
            assert_passes(&container(block), &path);
        }
    }
}

#[test]
fn both_languages_show_the_same() {
    let count = |paths: Vec<String>| -> Vec<(usize, usize)> {
        let both = |path: &String| {
            let document = read(path);
            let right = blocks(&document, "```json\n").count();
            (right, blocks(&document, WRONG).count())
        };
        paths.iter().map(both).collect()
    };
    let (english, russian) = (documents(Lang::En), documents(Lang::Ru));
    assert_eq!(english.len(), russian.len());
    assert_eq!(count(english), count(russian));
}

/// As in the terminal, without the line.
fn told(problem: &Problem, lang: Lang) -> String {
    let severity = match (problem.severity, lang) {
        (Severity::Error, Lang::En) => "error",
        (Severity::Error, Lang::Ru) => "ошибка",
        (Severity::Warning, Lang::En) => "warning",
        (Severity::Warning, Lang::Ru) => "предупреждение",
    };
    let help = if lang == Lang::En {
        "help"
    } else {
        "совет"
    };
    let (message, hint) = (problem.message(lang), problem.hint(lang));
    format!(
        "{severity}[{}]: {message}\n  = {help}: {hint}\n",
        problem.code()
    )
}

#[test]
fn mistakes_are_told_in_the_words_shown() {
    for lang in [Lang::En, Lang::Ru] {
        for path in documents(lang) {
            let document = read(&path);
            let mut parts = document.split(WRONG);
            let mut should_be = parts.next().unwrap().to_owned();
            for part in parts {
                let (block, rest) = part.split_once("```\n").unwrap();
                let rest = rest.strip_prefix(TOLD).expect("a ```text block");
                let (_, rest) = rest.split_once("```").unwrap();
                let problems = check(&container(block)).problems;
                assert!(
                    !problems.is_empty(),
                    "{path}: nothing is wrong with {block}"
                );
                let told: String = problems.iter().map(|it| told(it, lang)).collect();
                should_be.push_str(&format!("{WRONG}{block}```\n{TOLD}{told}```{rest}"));
            }
            assert_document(&path, &should_be);
        }
    }
}

/// Every word of the language stands on one of its pages, in each language.
#[test]
fn everything_a_container_may_say_is_shown() {
    for lang in [Lang::En, Lang::Ru] {
        let pages = documents(lang).into_iter();
        let pages = pages.filter(|path| path.contains("rules"));
        let text: String = pages.map(|path| read(&path)).collect();
        for word in words() {
            let forms = [
                format!("`{word}`"),
                format!("\"{word}\""),
                format!("`{word}."),
            ];
            let is_shown = forms.iter().any(|form| text.contains(form.as_str()));
            assert!(is_shown, "{lang:?}: {word}");
        }
    }
}

/// Kinds, operators, settings and steps, from the hints that list them.
fn words() -> Vec<String> {
    let broken = [
        r#"{ "triggers": { "t": { "xxxxxxxx": {} } } }"#,
        r#"{ "variables": { "v": { "xxxxxxxx": {} } } }"#,
        r#"{ "variables": { "v": { "query": "a", "then": ["xxxxxxxx"], "as": "xxxxxxxx" } } }"#,
        r#"{ "triggers": { "t": { "click": {}, "when": { "page.path": { "xxxxxxxx": 1 } } } } }"#,
        r#"{ "triggers": { "t": { "link": { "kind": "xxxxxxxx" } } } }"#,
        r#"{ "triggers": { "t": { "form": { "stage": "xxxxxxxx" } } } }"#,
        r#"{ "triggers": { "t": { "field": { "on": "xxxxxxxx" } } } }"#,
        r#"{ "triggers": { "t": { "video": { "on": "xxxxxxxx" } } } }"#,
        r#"{ "tags": [ { "name": "T", "on": [], "event": "e", "once_per": "xxxxxxxx" } ] }"#,
        r#"{ "tags": [ { "xxxxxxxx": 1 } ] }"#,
        r#"{ "privacy": { "redact": ["xxxxxxxx"], "identity": "xxxxxxxx" } }"#,
        r#"{ "privacy": { "xxxxxxxx": 1 } }"#,
        r#"{ "consent": { "xxxxxxxx": 1 } }"#,
        r#"{ "xxxxxxxx": 1 }"#,
    ];
    let mut words = Vec::new();
    for text in broken {
        for problem in check(&container(text)).problems {
            let hint = problem.hint(Lang::En);
            if !problem.message(Lang::En).contains("xxxxxxxx") {
                continue;
            }
            let before = words.len();
            let quoted = hint.split('`').skip(1).step_by(2);
            words.extend(quoted.filter(|word| *word != "not_").map(str::to_owned));
            assert!(words.len() > before, "{hint}");
        }
    }
    assert!(words.len() > 100, "{words:?}");
    words
}

#[test]
fn steps_in_documents_are_steps() {
    let document = read("docs/rules/funnels.md");
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
    for folder in ["rules/examples", COOKBOOK] {
        for name in files(folder).iter().filter(|name| name.ends_with(".json")) {
            let text = read(&format!("{folder}/{name}"));
            let checked = check(&text);
            let shown = report::render(&checked.problems, &text, name, Lang::En, false);
            assert!(
                checked.container.is_some() && checked.problems.is_empty(),
                "{name}\n{shown}"
            );
        }
    }
}

#[test]
fn the_cookbook_quotes_its_files() {
    for path in ["docs/cookbook.md", "docs/ru/cookbook.md"] {
        let document = read(path);
        let mut quoted = Vec::new();
        let mut parts = document.split(COOKBOOK);
        let mut should_be = parts.next().unwrap().to_owned();
        for part in parts {
            let (link, block) = part.split_once("```json\n").unwrap();
            let (_, rest) = block.split_once("```\n").unwrap();
            let name = link.trim_start_matches('/').split(')').next().unwrap();
            quoted.push(name.to_owned());
            let text = read(&format!("{COOKBOOK}/{name}"));
            should_be.push_str(&format!("{COOKBOOK}{link}```json\n{text}```\n{rest}"));
        }
        assert_document(path, &should_be);
        assert_eq!(quoted, files(COOKBOOK), "{path}");
        assert!(quoted.len() >= 30, "{path}");
    }
}

#[test]
fn every_recipe_proves_itself() {
    for name in files(COOKBOOK) {
        let recipe: Json = serde_json::from_str(&read(&format!("{COOKBOOK}/{name}"))).unwrap();
        let examples = recipe["examples"].as_array();
        assert!(examples.is_some_and(|them| !them.is_empty()), "{name}");
    }
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter_map(|char| match char {
        ' ' => Some('-'),
        '-' | '_' => Some(char),
        char => char.is_alphanumeric().then_some(char),
    });
    kept.collect()
}

#[test]
fn links_lead_somewhere() {
    for path in [documents(Lang::En), documents(Lang::Ru)].concat() {
        let document = read(&path);
        let folder = Path::new(&path).parent().unwrap();
        for link in document.split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            if link.contains("://") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let file = match file {
                "" => PathBuf::from(&path),
                file => folder.join(file),
            };
            let exists = root().join(&file).exists();
            assert!(exists, "{path}: {link}");
            if !fragment.is_empty() {
                let target = read(file.to_str().unwrap());
                let named = format!("<a id=\"{fragment}\"></a>");
                let mut headings = target.lines().filter(|line| line.starts_with('#'));
                let is_there = target.contains(&named)
                    || headings.any(|line| anchor(line.trim_start_matches('#')) == fragment);
                assert!(is_there, "{path}: {link}");
            }
        }
    }
}
