//! The words of the web application, as its sources have them, and what of the English ones a page in Russian still shows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A sentence has so many words: fewer may be a name that both languages use.
const SENTENCE_WORDS: usize = 3;
/// So many English words in a row are nobody's name.
const ENGLISH_WORDS: usize = 4;

/// What a page has for eyes and screen readers, but for what is code.
pub const TEXTS: &str = "
    const found = new Set();
    const isShown = (one) => one.checkVisibility() && !one.closest('code, pre, script, style, textarea, .path, [lang=en], datalist');
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.data.replace(/\\s+/g, ' ').trim();
      if (text && isShown(walker.currentNode.parentElement)) found.add(text);
    }
    for (const one of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
      if (!isShown(one)) continue;
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) if (one.getAttribute(name)) found.add(one.getAttribute(name));
    }
    return [...found];";

/// The catalogues.
#[derive(Debug)]
pub struct Words {
    english: HashSet<String>,
    /// Of English sentences, what stands before, between and after their values.
    sentences: Vec<Vec<String>>,
    keys: HashSet<String>,
}

impl Words {
    /// Reads all catalogues of the web application.
    pub fn read() -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/ui/src");
        let (mut english, mut russian, mut keys) = (HashSet::new(), HashSet::new(), HashSet::new());
        for file in sources(&folder)? {
            let text = std::fs::read_to_string(&file)?;
            let of = |language: &str| {
                file.parent().is_some_and(|one| one.ends_with(language))
                    || file.ends_with(format!("{language}.ts"))
            };
            let (is_english, is_russian) = (of("en"), of("ru"));
            let both = text.split_once("\nconst ru");
            if !is_english && !is_russian && both.is_none() {
                continue;
            }
            let (en, ru) = match both {
                Some(parts) => parts,
                None if is_english => (text.as_str(), ""),
                None => ("", text.as_str()),
            };
            let en = en.split_once("const en").map_or(en, |parts| parts.1);
            literals(en, &mut english);
            literals(ru.split("\n};").next().unwrap_or(ru), &mut russian);
            keys.extend(keys_of(en));
        }
        english.retain(|one: &String| !russian.contains(one));
        let is_sentence = |one: &&String| one.split_whitespace().count() >= SENTENCE_WORDS;
        let sentences = english.iter().filter(is_sentence).map(|one| parts_of(one));
        let sentences = sentences.collect();
        let words = Self {
            english,
            sentences,
            keys,
        };
        // Whoever moves the catalogues is to find out here, and not by a test that finds nothing.
        (words.english.len() > 500 && words.keys.len() > 500)
            .then_some(words)
            .context("the catalogues are not where this looks for them")
    }

    /// Those of the texts of a page in Russian that are not Russian: English of the catalogues or of the server, or a bare key.
    pub fn not_russian<'a>(&self, texts: &'a [String]) -> Vec<&'a str> {
        let is_left = |text: &str| {
            // `lead` is what somebody calls an event, and `Lead` stands on a button.
            let is_said = text.contains(|char: char| char.is_ascii_uppercase() || char == ' ');
            (is_said && self.english.contains(text))
                || self.sentences.iter().any(|parts| says(text, parts))
                || longest_english(text) >= ENGLISH_WORDS
                || self.is_key(text)
        };
        let texts = texts.iter().map(String::as_str);
        texts.filter(|text| is_left(text)).collect()
    }

    /// `settings.removeLead`. What rules call things, `page.path`, is no key, for nothing in it has a capital letter.
    fn is_key(&self, text: &str) -> bool {
        text.contains('.')
            && text.contains(|char: char| char.is_ascii_uppercase() || char == '_')
            && text.split('.').all(|part| self.keys.contains(part))
    }
}

/// All modules but tests.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|one| one == "ts") {
            found.push(path);
        }
    }
    Ok(found)
}

/// Texts in double quotes, as TypeScript has them.
fn literals(source: &str, found: &mut HashSet<String>) {
    for line in source.lines() {
        let line = line.trim_start();
        if ["//", "/*", "*", "import"]
            .iter()
            .any(|begin| line.starts_with(begin))
        {
            continue;
        }
        let mut rest = line;
        while let Some((_, after)) = rest.split_once('"') {
            let mut is_escaped = false;
            let end = after.find(|char| {
                let ends = char == '"' && !is_escaped;
                is_escaped = char == '\\' && !is_escaped;
                ends
            });
            let Some((text, after)) = end.and_then(|end| after.split_at_checked(end)) else {
                break;
            };
            if let Ok(text) = serde_json::from_str::<String>(&format!("\"{text}\"")) {
                found.insert(text);
            }
            rest = after.strip_prefix('"').unwrap_or(after);
        }
    }
}

/// Names before colons.
fn keys_of(source: &str) -> HashSet<String> {
    let parts = source.split(':').filter_map(|before| {
        let word = before.trim_end();
        let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let name = word.rsplit(|char| !is_name(char)).next()?;
        (!name.is_empty()).then(|| name.to_owned())
    });
    parts.collect()
}

/// `Release {{n}} is out.` is `Release `, ` is out.`
fn parts_of(text: &str) -> Vec<String> {
    let parts = text
        .split("{{")
        .map(|part| part.split_once("}}").map_or(part, |(_, after)| after));
    parts.map(str::to_owned).collect()
}

/// Whether a text has a sentence in it, whatever its values are.
fn says(text: &str, parts: &[String]) -> bool {
    // Of a sentence that is mostly values, nothing can be said.
    let mut rest = text;
    parts.iter().map(|part| part.trim().len()).sum::<usize>() > 8
        && parts.iter().all(|part| {
            let after = rest.split_once(part.as_str()).map(|(_, after)| after);
            rest = after.unwrap_or_default();
            after.is_some()
        })
}

/// The most English words in a row, not counting names.
fn longest_english(text: &str) -> usize {
    let (mut longest, mut row) = (0, 0);
    for word in text.split_whitespace() {
        let word = word.trim_matches(|char: char| char.is_ascii_punctuation());
        let is_english = word.len() > 1 && word.chars().all(|char| char.is_ascii_lowercase());
        row = if is_english { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn english_and_bare_keys_are_found_and_names_are_not() {
        let words = Words::read().unwrap();
        let texts = [
            "Теги",
            "Loading the tag",
            "Publish…",
            "Нажмите “Publish…”",
            "Release 7 is published.",
            "the container has errors here",
            "settings.removeLead",
            "page.path",
            "tea.example",
            "SQL",
            "CTR",
            "Weir",
        ];
        let texts: Vec<String> = texts.iter().map(|one| (*one).to_owned()).collect();
        assert_eq!(
            words.not_russian(&texts),
            [
                "Publish…",
                "Release 7 is published.",
                "the container has errors here",
                "settings.removeLead"
            ]
        );
    }
}
