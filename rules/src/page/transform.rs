//! How texts are changed, as the page of a browser does it: `tag-wasm/js/parts` has its twins. Where that uses a
//! regular expression, the same one stands here.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use regress::{Match, Regex};
use sha2::{Digest, Sha256};
use url::Url;

use crate::date::date;
use crate::encode::push_encoded;
use crate::host::Transform;
use crate::privacy;
use crate::readable_path;
use crate::types::{self, is_space};

/// Cyrillic letters, and what each is in Latin ones.
const CYRILLIC: &str = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў";
const LATIN: &str =
    "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya i yi ye g u";

pub(super) fn apply(
    how: Transform,
    pattern: Option<&Regex>,
    argument: &str,
    text: &str,
    base: Option<&Url>,
) -> Option<String> {
    Some(match how {
        Transform::Lower => text.to_lowercase(),
        Transform::Upper => text.to_uppercase(),
        Transform::Trim => text.trim_matches(is_space).to_owned(),
        Transform::Digits => text.chars().filter(char::is_ascii_digit).collect(),
        Transform::Slug => slug(text),
        Transform::Hash => {
            let hash = Sha256::digest(text.as_bytes());
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        }
        Transform::Date => return date(text, argument),
        Transform::Redact => privacy::redact(text, argument),
        Transform::KeepQuery => privacy::keep_query(text, argument),
        Transform::Url => return part(text, argument, base?),
        Transform::Expand => expand(argument, text, &pattern?.find(text)?),
        Transform::Replace => {
            let mut out = String::new();
            let mut from = 0;
            for found in pattern?.find_iter(text) {
                out.push_str(text.get(from..found.start())?);
                out.push_str(&expand(argument, text, &found));
                from = found.end();
            }
            out.push_str(text.get(from..)?);
            out
        }
        Transform::Encode => {
            let mut out = String::new();
            push_encoded(&mut out, text);
            out
        }
        Transform::List
        | Transform::Boolean
        | Transform::Number
        | Transform::Integer
        | Transform::Money
        | Transform::Round
        | Transform::Bucket
        | Transform::Order
        | Transform::OrderOfDays => return types::read(how, argument, text),
    })
}

fn slug(text: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc()
        .normalize(&text.to_lowercase())
        .into_owned();
    let latin: Vec<&str> = LATIN.split(' ').collect();
    let mut out = String::new();
    for char in composed.chars() {
        match CYRILLIC.chars().position(|other| other == char) {
            Some(at) => out.push_str(latin.get(at).copied().unwrap_or_default()),
            None => out.push(char),
        }
    }
    let parts = DecomposingNormalizerBorrowed::new_nfd()
        .normalize(&out)
        .into_owned();
    let bare: String = parts
        .chars()
        .filter(|char| !('\u{300}'..='\u{36f}').contains(char))
        .collect();
    let whole = ComposingNormalizerBorrowed::new_nfc()
        .normalize(&bare)
        .into_owned();
    let words = whole.split(|char: char| !char.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// `$0` to `$9`, and `$$`.
fn expand(template: &str, text: &str, found: &Match) -> String {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    while let Some(char) = chars.next() {
        let next = chars.peek().copied();
        match (char, next, next.and_then(|next| next.to_digit(10))) {
            ('$', Some('$'), _) => {
                out.push('$');
                chars.next();
            }
            ('$', _, Some(group)) => {
                let range = usize::try_from(group)
                    .ok()
                    .and_then(|group| found.group(group));
                out.push_str(range.and_then(|range| text.get(range)).unwrap_or_default());
                chars.next();
            }
            _ => out.push(char),
        }
    }
    out
}

/// A part of an address.
fn part(text: &str, wanted: &str, base: &Url) -> Option<String> {
    let url = base.join(text.trim()).ok()?;
    let (part, name) = wanted.split_once(' ').unwrap_or((wanted, ""));
    let path = || readable_path(url.path()).into_owned();
    let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    Some(match part {
        "scheme" => url.scheme().to_owned(),
        "origin" => url.origin().ascii_serialization(),
        "host" => url.host_str().unwrap_or_default().to_owned(),
        "path" => path(),
        "file" => file(&path()),
        "extension" => {
            let file = file(&path());
            let (_, extension) = file.rsplit_once('.')?;
            extension.to_lowercase()
        }
        "fragment" => url.fragment().unwrap_or_default().to_owned(),
        "query" if name.is_empty() => url.query().unwrap_or_default().to_owned(),
        "query" => {
            let mut pairs = url.query_pairs();
            pairs.find(|(key, _)| key == name)?.1.into_owned()
        }
        _ => url.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern;

    fn run(how: Transform, argument: &str, text: &str) -> Option<String> {
        let base = Url::parse("https://shop.example/a/b?x=1").unwrap();
        apply(how, None, argument, text, Some(&base))
    }

    fn replaced(source: &str, with: &str, text: &str) -> String {
        let pattern = pattern::compile(source, false).unwrap();
        apply(Transform::Replace, Some(&pattern), with, text, None).unwrap()
    }

    #[test]
    fn slugs() {
        for (text, slug) in [
            ("Чайник «Заря», 2 л", "chaynik-zarya-2-l"),
            ("Щётка для съёмки", "shchetka-dlya-semki"),
            ("Über Größe — Café", "uber-große-cafe"),
            ("и\u{306}од", "yod"),
            ("日本語 テスト", "日本語-テスト"),
            ("한국어", "한국어"),
            ("  --a__b--  ", "a-b"),
            ("👍", ""),
            ("", ""),
        ] {
            assert_eq!(
                run(Transform::Slug, "", text).as_deref(),
                Some(slug),
                "{text}"
            );
        }
    }

    #[test]
    fn parts_of_addresses() {
        let address =
            "https://Docs.Shop.example:8080/%D1%87%D0%B0%D0%B9/Price.List.PDF?a=1&b=%20x&a=2#top";
        for (wanted, part) in [
            ("scheme", "https"),
            ("origin", "https://docs.shop.example:8080"),
            ("host", "docs.shop.example"),
            ("path", "/чай/Price.List.PDF"),
            ("file", "Price.List.PDF"),
            ("extension", "pdf"),
            ("query", "a=1&b=%20x&a=2"),
            ("query a", "1"),
            ("query b", " x"),
            ("fragment", "top"),
        ] {
            assert_eq!(
                run(Transform::Url, wanted, address).as_deref(),
                Some(part),
                "{wanted}"
            );
        }
        assert_eq!(
            run(Transform::Url, "url", "../c").as_deref(),
            Some("https://shop.example/c")
        );
        assert_eq!(run(Transform::Url, "query c", address), None);
        assert_eq!(run(Transform::Url, "host", "http://["), None);
    }

    #[test]
    fn replaces_everything_found() {
        assert_eq!(replaced("b+", "-", "abbbcb"), "a-c-");
        assert_eq!(replaced(r"(\d)(\d)", "$2$1$$$0", "12 34"), "21$12 43$34");
        assert_eq!(replaced("x?", "-", "aя👍"), "-a-я-👍-");
        assert_eq!(replaced("z", "-", "abc"), "abc");
    }

    #[test]
    fn hashes_as_others_do() {
        let hash = run(Transform::Hash, "", "abc").unwrap();
        assert_eq!(
            hash,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
