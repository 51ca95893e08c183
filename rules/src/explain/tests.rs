//! What is said of containers that use everything: `spec/explain/`, a container and its sentences in both languages.
//!
//! `WEIR_UPDATE_SPEC=1 cargo test -p weir-rules explain` writes the sentences anew; then read the difference.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;
use crate::{check, report, vocabulary};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("spec/explain")
}

/// The containers, by name.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            texts.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
    texts.sort();
    assert!(!texts.is_empty());
    texts
}

fn container(text: &str) -> Container {
    let mut checked = check(text);
    checked
        .problems
        .retain(|problem| problem.severity == crate::Severity::Error);
    checked.container.unwrap_or_else(|| {
        panic!(
            "{}",
            report::render(&checked.problems, text, "explain", Lang::En, false)
        )
    })
}

#[test]
fn sentences_are_as_written() {
    for (name, text) in texts() {
        let container = container(&text);
        for (lang, ending) in [(Lang::En, "en"), (Lang::Ru, "ru")] {
            let told = render(&explain(&container, lang), lang, 120, false);
            let file = folder().join(format!("{name}.{ending}.txt"));
            if std::env::var_os("WEIR_UPDATE_SPEC").is_some() {
                std::fs::write(&file, &told).unwrap();
            }
            let kept = std::fs::read_to_string(&file).unwrap_or_default();
            assert!(
                kept == told,
                "{name}.{ending}.txt is not what is said; `WEIR_UPDATE_SPEC=1 cargo test -p weir-rules explain` writes it anew:\n{told}"
            );
        }
    }
}

#[test]
fn everything_is_explained_somewhere() {
    let all: String = texts().into_iter().map(|(_, text)| text).collect();
    let words = [
        vocabulary::TRIGGER_KINDS,
        vocabulary::VARIABLE_KINDS,
        vocabulary::OPERATORS,
        vocabulary::CASTS,
        vocabulary::ONCE_PER,
    ];
    for word in words.concat() {
        let forms = [format!("\"{word}\""), format!("\"not_{word}\"")];
        assert!(forms.iter().any(|form| all.contains(form)), "{word}");
    }
}

#[test]
fn every_built_in_variable_is_called_something() {
    let named: BTreeSet<&str> = built_in::ROWS.iter().map(|row| row.name).collect();
    for name in vocabulary::BUILT_IN {
        assert!(named.contains(name), "{name}");
        let name = if name.ends_with('.') {
            format!("{name}x")
        } else {
            (*name).to_owned()
        };
        let variable = crate::check::built_in(&name).unwrap();
        let (found, row) = built_in::called(&variable);
        assert_eq!(found, name);
        assert!(row.is_some(), "{name}");
    }
}

#[test]
fn sentences_are_sentences() {
    for (_, text) in texts() {
        for lang in [Lang::En, Lang::Ru] {
            for Explained { name, sentence, .. } in explain(&container(&text), lang) {
                assert!(
                    sentence.ends_with('.') && !sentence.contains(".."),
                    "{name}: {sentence}"
                );
                assert!(
                    !sentence.contains("  ") && !sentence.contains(" ,"),
                    "{name}: {sentence}"
                );
                assert_eq!(sentence.matches('`').count() % 2, 0, "{name}: {sentence}");
                let first = sentence.chars().next().unwrap();
                assert!(first.is_uppercase() || first == '`', "{name}: {sentence}");
            }
        }
    }
}

#[test]
fn lines_are_broken_between_words() {
    let explained = [Explained {
        part: Part::Tag,
        name: "T".to_owned(),
        sentence: "When someone clicks anything, send `e`.".to_owned(),
    }];
    let told = render(&explained, Lang::En, 30, false);
    assert_eq!(
        told,
        "Tags\n  T\n    When someone clicks\n    anything, send `e`.\n"
    );
    assert!(render(&explained, Lang::Ru, 30, true).starts_with("\u{1b}[1mТеги\u{1b}[0m\n"));
}

#[test]
fn russian_counts_agree() {
    use super::russian::words::{duration, passed};
    for (ms, told) in [
        (1_000, "1 секунду"),
        (2_000, "2 секунды"),
        (11_000, "11 секунд"),
        (21_000, "21 секунду"),
        (1_500, "1,5 секунды"),
        (250, "250 миллисекунд"),
        (60_000, "1 минуту"),
        (7_200_000, "2 часа"),
        (604_800_000, "7 дней"),
        (1_209_600_000, "2 недели"),
    ] {
        assert_eq!(duration(ms), told);
    }
    for (ms, told) in [
        (1_000, "прошла 1 секунда"),
        (30_000, "прошло 30 секунд"),
        (3_600_000, "прошёл 1 час"),
        (180_000, "прошли 3 минуты"),
    ] {
        assert_eq!(passed(ms), told);
    }
}
