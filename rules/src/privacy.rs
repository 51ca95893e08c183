//! Personal data, found in texts and addresses and taken out of them. The twin of `tag-wasm/js/parts/privacy.js`.
//!
//! By small scanners that know what such data looks like, with check digits where there are any, so that order numbers,
//! prices and dates survive. A scanner sees runs of ASCII digits with the signs that people put between them; what is part
//! of a longer word or number is left alone.

use crate::path::readable_path;

/// What stands in place of a kind: `[email]`.
fn mark(kind: &str) -> String {
    format!("[{kind}]")
}

/// The text without personal data of these kinds (`email phone card inn snils passport`). Percent-encoded data is found
/// too; then the text comes back decoded.
pub(crate) fn redact(text: &str, kinds: &str) -> String {
    if !text.contains('%') {
        return redact_plain(text, kinds);
    }
    let readable = readable_path(text)
        .replace("%40", "@")
        .replace("%2B", "+")
        .replace("%2b", "+");
    let redacted = redact_plain(&readable, kinds);
    if redacted == readable {
        text.to_owned()
    } else {
        redacted
    }
}

fn redact_plain(text: &str, kinds: &str) -> String {
    let wants = |kind: &str| kinds.split(' ').any(|it| it == kind);
    let chars: Vec<char> = text.chars().collect();
    let without_emails = if wants("email") {
        redact_emails(&chars)
    } else {
        chars
    };
    redact_numbers(&without_emails, &wants)
        .into_iter()
        .collect()
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric()
}

fn is_local(char: char) -> bool {
    is_word(char) || matches!(char, '.' | '_' | '%' | '+' | '-')
}

/// `name@host.tld`: a run of such signs on both sides, and two at least behind the last point.
fn redact_emails(chars: &[char]) -> Vec<char> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(char) = chars.get(at) {
        let rest = chars.get(at..).unwrap_or_default();
        let local = rest.iter().take_while(|char| is_local(**char)).count();
        let host = rest.get(local + 1..).unwrap_or_default();
        match host_of_email(host) {
            Some(length) if local > 0 && rest.get(local) == Some(&'@') => {
                out.extend(mark("email").chars());
                at += local + 1 + length;
            }
            _ if local > 0 => {
                out.extend(rest.iter().take(local));
                at += local;
            }
            _ => {
                out.push(*char);
                at += 1;
            }
        }
    }
    out
}

/// How long the host at the beginning is. A full stop at the end is the sentence's.
fn host_of_email(rest: &[char]) -> Option<usize> {
    let is_host = |char: &&char| is_word(**char) || matches!(char, '.' | '-');
    let run = rest.iter().take_while(is_host).count();
    let length = rest.iter().take(run).rposition(|char| is_word(*char))? + 1;
    let dot = rest.iter().take(length).rposition(|char| *char == '.')?;
    (dot > 0 && length - dot > 2).then_some(length)
}

/// What people put between the digits of a long number.
fn is_between(char: char) -> bool {
    matches!(char, ' ' | '\u{a0}' | '(' | ')' | '+' | '-')
}

/// Looks at runs of groups of digits, one or two signs between them: for each group it is tried how far a number of some
/// kind can reach from it, the longest first.
fn redact_numbers(chars: &[char], wants: &dyn Fn(&str) -> bool) -> Vec<char> {
    let mut out = Vec::new();
    let mut done = 0;
    let mut at = 0;
    while at < chars.len() {
        let groups = run_of_groups(chars, at);
        let Some(&(_, end)) = groups.last() else {
            at += 1;
            continue;
        };
        at = end;
        let mut first = 0;
        while let Some(&(start, _)) = groups.get(first) {
            let sign = start
                .checked_sub(1)
                .filter(|at| *at >= done && matches!(chars.get(*at), Some('+' | '(')));
            let start = sign.unwrap_or(start);
            let found = (first..groups.len()).rev().find_map(|last| {
                let (_, end) = *groups.get(last)?;
                kind_of_number(chars.get(start..end)?, wants).map(|kind| (last, end, kind))
            });
            first += 1;
            if let Some((last, end, kind)) = found {
                out.extend(chars.get(done..start).unwrap_or_default());
                out.extend(mark(kind).chars());
                done = end;
                first = last + 1;
            }
        }
    }
    out.extend(chars.get(done..).unwrap_or_default());
    out
}

/// The groups of digits that follow each other from a place on, each with its beginning and its end. A group that is part
/// of a word is none.
fn run_of_groups(chars: &[char], from: usize) -> Vec<(usize, usize)> {
    let is_digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let in_word = |at: Option<usize>| {
        let char = at.and_then(|at| chars.get(at));
        char.is_some_and(|char| is_word(*char) || *char == '_')
    };
    let mut groups = Vec::new();
    let mut at = from;
    while is_digit(at) {
        let start = at;
        while is_digit(at) {
            at += 1;
        }
        let whole = !in_word(start.checked_sub(1)) && !in_word(Some(at));
        groups.push((start, at, whole));
        let signs = chars.get(at..).unwrap_or_default().iter();
        let signs = signs.take_while(|char| is_between(**char)).count();
        if !(1..=2).contains(&signs) || !is_digit(at + signs) {
            break;
        }
        at += signs;
    }
    // Only the first and the last can touch a word; the others have signs on both sides.
    let end = groups.last().map(|(_, end, _)| *end);
    let mut whole: Vec<(usize, usize)> = groups
        .into_iter()
        .filter(|(.., whole)| *whole)
        .map(|(start, end, _)| (start, end))
        .collect();
    if whole.is_empty()
        && let Some(end) = end
    {
        // Passed over, as a group that nothing can be found in.
        whole.push((end, end));
    }
    whole
}

fn kind_of_number(written: &[char], wants: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let digits: Vec<u32> = written
        .iter()
        .filter_map(|char| char.to_digit(10))
        .collect();
    let count = digits.len();
    let starts = |sign| written.first() == Some(&sign);
    let shape: String = written
        .iter()
        .map(|char| if char.is_ascii_digit() { '9' } else { *char })
        .collect();
    if wants("card") && (13..=19).contains(&count) && !starts('+') && luhn(&digits) {
        return Some("card");
    }
    if wants("snils") && count == 11 && !starts('+') && snils(&digits) {
        return Some("snils");
    }
    if wants("inn") && count == written.len() && inn(&digits) {
        return Some("inn");
    }
    if wants("passport") && matches!(shape.as_str(), "9999 999999" | "99 99 999999") {
        return Some("passport");
    }
    let dialled = starts('+') && (10..=15).contains(&count);
    let russian = count == 11
        && matches!(digits.first(), Some(7 | 8))
        && matches!(digits.get(1), Some(3 | 4 | 8 | 9));
    let bracketed = shape.contains('(') && (10..=12).contains(&count);
    (wants("phone") && (dialled || russian || bracketed)).then_some("phone")
}

/// The check digit of payment cards. A row of zeros would pass.
fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => *digit,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10) && sum > 0
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum()
}

/// The check digits of a Russian taxpayer's number, of ten digits or twelve.
fn inn(digits: &[u32]) -> bool {
    const WEIGHTS: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let check = |weights: &[u32]| weighted(digits, weights) % 11 % 10;
    let digit = |at: usize| digits.get(at).copied();
    let tail = |from: usize| WEIGHTS.get(from..).unwrap_or_default();
    match digits.len() {
        10 => digit(9) == Some(check(tail(2))) && digits.iter().any(|it| *it > 0),
        12 => {
            digit(10) == Some(check(tail(1)))
                && digit(11) == Some(check(tail(0)))
                && digits.iter().any(|it| *it > 0)
        }
        _ => false,
    }
}

/// The check digits of a Russian pension insurance number.
fn snils(digits: &[u32]) -> bool {
    let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let check = match sum % 101 {
        100 => 0,
        check => check,
    };
    let written = digits
        .get(9)
        .zip(digits.get(10))
        .map(|(tens, ones)| tens * 10 + ones);
    sum > 0 && written == Some(check)
}

/// The address with only those parameters whose name a pattern allows; what follows `#` is judged the same way if it looks
/// like parameters.
pub(crate) fn keep_query(address: &str, patterns: &str) -> String {
    let (before, fragment) = match address.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (address, None),
    };
    let (path, query) = match before.split_once('?') {
        Some((path, query)) => (path, query),
        None => (before, ""),
    };
    let mut out = path.to_owned();
    let mut sign = '?';
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap_or_default().to_lowercase();
        if patterns.split(' ').any(|pattern| fits(&name, pattern)) {
            out.push(sign);
            out.push_str(pair);
            sign = '&';
        }
    }
    if let Some(fragment) = fragment.filter(|it| !it.contains('=')) {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

/// Whether a parameter is kept by one of these patterns.
pub(crate) fn keeps(name: &str, patterns: &[String]) -> bool {
    let name = name.to_lowercase();
    patterns.iter().any(|pattern| fits(&name, pattern))
}

/// Whether a name is as a pattern says, `*` standing for anything.
fn fits(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty() && !pattern.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "email phone card inn snils passport";

    #[test]
    fn personal_data_is_taken_out() {
        for (text, redacted) in [
            (
                "пишите на ivan.petrov+shop@mail.example.ru.",
                "пишите на [email].",
            ),
            ("почта:иван@почта.рф, да", "почта:[email], да"),
            ("+7 (912) 345-67-89", "[phone]"),
            (
                "тел. 8 912 345 67 89, спросить Ивана",
                "тел. [phone], спросить Ивана",
            ),
            ("call +44 20 7946 0958 now", "call [phone] now"),
            ("(495) 123-45-67", "[phone]"),
            ("тел. 8 912 345-67-89 10 шт", "тел. [phone] 10 шт"),
            ("2 шт +79123456789x", "2 шт +79123456789x"),
            ("8+912+345+67+89", "[phone]"),
            ("12 4111 1111 1111 1111 34x", "12 [card] 34x"),
            ("8(495)123-45-67", "[phone]"),
            (
                "карта 4276 3800 1234 5674 до 12/27",
                "карта 4276 3800 1234 5674 до 12/27",
            ),
            ("4111 1111 1111 1111", "[card]"),
            ("card=4111111111111111&x=1", "card=[card]&x=1"),
            ("ИНН 7707083893", "ИНН [inn]"),
            ("ИНН 500100732259", "ИНН [inn]"),
            ("СНИЛС 112-233-445 95", "СНИЛС [snils]"),
            ("паспорт 45 03 123456", "паспорт [passport]"),
            ("паспорт 4503 123456", "паспорт [passport]"),
            ("a@b.co x@y.org", "[email] [email]"),
        ] {
            assert_eq!(redact(text, ALL), redacted, "{text}");
        }
    }

    #[test]
    fn ordinary_texts_survive() {
        for text in [
            "",
            "1 990 ₽",
            "Заказ 1234567890",
            "2026-11-28 10:30",
            "4111 1111 1111 1112",
            "артикул 7707083894",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "от 1 000 до 2 000",
            "user@localhost",
            "@nick, a@ b",
            "0000000000000000",
            "1920x1080",
            "шт. 10 000 000",
            "id_4111111111111111",
            "👩‍👩‍👧 12 шт.",
            "1764322200123",
        ] {
            assert_eq!(redact(text, ALL), text);
        }
    }

    #[test]
    fn only_what_is_asked_for() {
        let text = "a@b.co +79123456789";
        assert_eq!(redact(text, "email"), "[email] +79123456789");
        assert_eq!(redact(text, "phone"), "a@b.co [phone]");
        assert_eq!(redact(text, ""), text);
    }

    #[test]
    fn addresses_are_looked_into() {
        for (address, redacted) in [
            (
                "https://a.example/?m=a%40b.co&x=1",
                "https://a.example/?m=[email]&x=1",
            ),
            (
                "https://a.example/%D1%87?q=%D1%8F",
                "https://a.example/%D1%87?q=%D1%8F",
            ),
            (
                "https://a.example/?p=%2B79123456789",
                "https://a.example/?p=[phone]",
            ),
        ] {
            assert_eq!(redact(address, ALL), redacted);
        }
    }

    #[test]
    fn parameters_stay_by_name() {
        for (address, kept) in [
            (
                "https://a.example/p?utm_source=x&token=1&GCLID=2#top",
                "https://a.example/p?utm_source=x&GCLID=2#top",
            ),
            ("https://a.example/p?token=1", "https://a.example/p"),
            ("https://a.example/p", "https://a.example/p"),
            ("https://a.example/p?#access_token=1", "https://a.example/p"),
            (
                "/p?utm_source=a&utm_source=b&&=",
                "/p?utm_source=a&utm_source=b",
            ),
            ("/p?utm%5Fsource=a", "/p"),
        ] {
            assert_eq!(keep_query(address, "utm_* gclid"), kept, "{address}");
        }
        assert_eq!(keep_query("/?a=1", ""), "/");
        assert_eq!(keep_query("/?a=1", "*"), "/?a=1");
        assert_eq!(keep_query("/?x_id=1&y_id_=2&id=3", "*_id"), "/?x_id=1");
        assert_eq!(keep_query("/?a1b=1&ab=2&a=3", "a*b"), "/?a1b=1&ab=2");
    }
}
