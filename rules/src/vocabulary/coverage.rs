//! Every word of the language is in a golden case of `spec/`: what has none may mean anything tomorrow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use super::*;

/// The words that containers of golden cases use, by where they stand.
#[derive(Default)]
struct Used {
    /// Keys of the entries of `triggers` and `variables`.
    kinds: BTreeMap<&'static str, BTreeSet<String>>,
    /// Keys below `when`: names of variables, operators.
    tests: BTreeSet<String>,
    /// Texts, and texts in lists, by the key they stand under; keys of objects in lists count too (steps of `then`).
    settings: BTreeMap<String, BTreeSet<String>>,
    /// What templates refer to.
    references: BTreeSet<String>,
}

impl Used {
    fn read(&mut self, container: &Json) {
        for section in ["triggers", "variables"] {
            let entries = container[section].as_object().into_iter().flatten();
            for (_, entry) in entries {
                let keys = entry.as_object().into_iter().flatten();
                self.kinds
                    .entry(section)
                    .or_default()
                    .extend(keys.map(|(key, _)| key.clone()));
            }
        }
        self.walk(container, "", false);
    }

    fn walk(&mut self, json: &Json, key: &str, in_when: bool) {
        match json {
            Json::Object(entries) => {
                for (name, value) in entries {
                    if in_when {
                        self.tests.insert(name.clone());
                    }
                    if key == "then" {
                        self.note(key, name);
                    }
                    self.walk(value, name, in_when || name == "when");
                }
            }
            Json::Array(entries) => entries
                .iter()
                .for_each(|entry| self.walk(entry, key, in_when)),
            Json::String(text) => {
                self.note(key, text);
                for reference in text.split("{{").skip(1) {
                    if let Some((name, _)) = reference.split_once("}}") {
                        self.references.insert(name.trim().to_owned());
                    }
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, key: &str, word: &str) {
        self.settings
            .entry(key.to_owned())
            .or_default()
            .insert(word.to_owned());
    }

    fn has_setting(&self, key: &str, word: &str) -> bool {
        self.settings
            .get(key)
            .is_some_and(|words| words.contains(word))
    }

    fn has_kind(&self, section: &str, word: &str) -> bool {
        self.kinds
            .get(section)
            .is_some_and(|words| words.contains(word))
    }

    /// A built-in variable; one that ends in a point is the beginning of a name.
    fn has_built_in(&self, word: &str) -> bool {
        self.tests.iter().chain(&self.references).any(|name| {
            if word.ends_with('.') {
                name.starts_with(word)
            } else {
                name == word
            }
        })
    }
}

fn used() -> Used {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
    let mut used = Used::default();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let cases: Vec<Json> =
                serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            cases.iter().for_each(|case| used.read(&case["container"]));
        }
    }
    used
}

#[test]
fn every_word_has_a_golden_case() {
    let used = used();
    let mut missing = Vec::new();
    let mut want = |what: &str, words: &[&str], has: &dyn Fn(&str) -> bool| {
        missing.extend(
            words
                .iter()
                .filter(|word| !has(word))
                .map(|word| format!("{what} `{word}`")),
        );
    };
    want("trigger", TRIGGER_KINDS, &|word| {
        used.has_kind("triggers", word)
    });
    want("variable", VARIABLE_KINDS, &|word| {
        used.has_kind("variables", word)
    });
    want("operator", OPERATORS, &|word| used.tests.contains(word));
    want("operator not_", OPERATORS, &|word| {
        used.tests.contains(&format!("{NOT}{word}"))
    });
    want("built-in variable", BUILT_IN, &|word| {
        used.has_built_in(word)
    });
    for (key, words) in [
        ("as", CASTS),
        ("once_per", ONCE_PER),
        ("kind", LINK_KINDS),
        ("stage", FORM_STAGES),
        ("axis", AXES),
        ("clock", CLOCKS),
    ] {
        want(key, words, &|word| used.has_setting(key, word));
    }
    want("on", FIELD_ACTS, &|word| used.has_setting("on", word));
    want("on", VIDEO_ACTS, &|word| used.has_setting("on", word));
    assert!(
        missing.is_empty(),
        "no golden case in rules/spec has: {}",
        missing.join(", ")
    );
}
