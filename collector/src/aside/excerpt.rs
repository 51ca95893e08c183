//! What is shown of an event that was rejected: enough to find the mistake, nothing that says who somebody is.
//!
//! Blacked out are e-mail addresses, network addresses, phone and card numbers, the values of an address's parameters, and
//! whatever stands under a name such as `email`, `name` or `token`. The rest is cut.

use serde_json::Value;

use crate::limits::{MAX_EXCERPT_BYTES, cut};

/// In place of what is blacked out.
const MARK: &str = "<hidden>";
/// Whose values are never shown, without `_` and in small letters.
const HIDDEN_KEYS: &[&str] = &[
    "address",
    "authorization",
    "avatar",
    "birthday",
    "birthdate",
    "card",
    "cardnumber",
    "city",
    "cookie",
    "email",
    "firstname",
    "fullname",
    "inn",
    "ip",
    "lastname",
    "middlename",
    "name",
    "passport",
    "password",
    "patronymic",
    "phone",
    "secret",
    "snils",
    "ssn",
    "street",
    "tel",
    "token",
    "useragent",
    "username",
    "writekey",
    "zip",
];
/// Names under which a number is a time or a count, however long.
const TIMES: &[&str] = &[
    "ts",
    "sent",
    "timestamp",
    "originaltimestamp",
    "sentat",
    "seq",
    "release",
];
/// A number with as many digits may be somebody's.
const MIN_DIGITS: usize = 9;

/// Of an event or a request that is JSON.
pub(super) fn of_json(value: &Value) -> String {
    let mut value = value.clone();
    hide(&mut value, "", true);
    shortened(value.to_string())
}

/// Of bytes that are none.
pub(super) fn of_bytes(bytes: &[u8]) -> String {
    let head = bytes.get(..MAX_EXCERPT_BYTES).unwrap_or(bytes);
    let mut text = shortened(hide_text(&String::from_utf8_lossy(head)));
    if head.len() < bytes.len() && !text.ends_with('…') {
        text.push('…');
    }
    text
}

fn shortened(text: String) -> String {
    if text.len() <= MAX_EXCERPT_BYTES {
        return text;
    }
    format!("{}…", cut(&text, MAX_EXCERPT_BYTES))
}

/// `is_event`: the name of an event is what this is about, and may be shown.
fn hide(value: &mut Value, key: &str, is_event: bool) {
    let plain: String = key
        .chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let is_name = is_event && plain == "name";
    if !is_name && HIDDEN_KEYS.contains(&plain.as_str()) && !value.is_null() {
        *value = Value::from(MARK);
        return;
    }
    match value {
        Value::Object(map) => {
            // `properties`, `traits`, `context`: names in there are of people and things.
            let inner = is_event && matches!(key, "" | "events" | "batch");
            map.iter_mut()
                .for_each(|(key, value)| hide(value, key, inner));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| hide(value, key, is_event)),
        Value::String(text) => *text = hide_text(text),
        Value::Number(number) if !TIMES.contains(&plain.as_str()) => {
            let digits = number
                .to_string()
                .bytes()
                .filter(u8::is_ascii_digit)
                .count();
            if number.is_i64() && digits >= MIN_DIGITS {
                *value = Value::from(MARK);
            }
        }
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// Blacks out what looks like an address or a number of somebody, word by word.
fn hide_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let is_end = |char: char| {
        char.is_whitespace() || matches!(char, '"' | '\'' | ',' | ';' | '<' | '>' | '{' | '}')
    };
    for word in text.split_inclusive(is_end) {
        let bare = word.trim_end_matches(is_end);
        let end = word.get(bare.len()..).unwrap_or_default();
        match hidden_word(bare) {
            Some(word) => out.push_str(&word),
            None => out.push_str(bare),
        }
        out.push_str(end);
    }
    hide_long_numbers(&out)
}

fn hidden_word(word: &str) -> Option<String> {
    if let Some((before, query)) = word.split_once('?')
        && query.contains('=')
    {
        let keys: Vec<_> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((key, _)) => format!("{key}={MARK}"),
                None => pair.to_owned(),
            })
            .collect();
        return Some(format!("{before}?{}", keys.join("&")));
    }
    let is_mail = word
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
    let address = word.trim_matches(|char: char| !char.is_ascii_hexdigit() && char != ':');
    let is_address = address.parse::<std::net::IpAddr>().is_ok() && address.len() > 2;
    (is_mail || is_address).then(|| MARK.to_owned())
}

/// Blacks out digits that follow each other with nothing but spaces, dashes and the like between them. A UUID, a hash and a
/// time in ISO 8601 have letters or colons in between.
fn hide_long_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|char: char| char.is_ascii_digit() || char == '+') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let length = from
            .find(|char: char| {
                !(char.is_ascii_digit()
                    || matches!(char, '+' | ' ' | '-' | '(' | ')' | '.' | '\u{a0}'))
            })
            .unwrap_or(from.len());
        let (run, after) = from.split_at(length.max(1));
        let run_trimmed = run.trim_end_matches(|char: char| !char.is_ascii_digit());
        let digits = run_trimmed.bytes().filter(u8::is_ascii_digit).count();
        let in_word = before
            .chars()
            .next_back()
            .or(out.chars().next_back())
            .is_some_and(|char| char.is_alphanumeric() || matches!(char, '-' | '_'))
            || run_trimmed.len() == run.len()
                && after.starts_with(|char: char| char.is_alphanumeric());
        if digits >= MIN_DIGITS && !in_word {
            out.push_str(MARK);
            out.push_str(run.get(run_trimmed.len()..).unwrap_or_default());
        } else {
            out.push_str(run);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_somebody_is_is_blacked_out() {
        let cases = [
            (
                json!({ "name": "Bad Name", "ts": 1_795_435_200_000_u64 }),
                r#"{"name":"Bad Name","ts":1795435200000}"#,
            ),
            (
                json!({ "id": "01941f29-7c00-7aaa-8000-000000000001" }),
                r#"{"id":"01941f29-7c00-7aaa-8000-000000000001"}"#,
            ),
            (
                json!({ "props": { "name": "Ann", "e_mail": "ann@example.com" } }),
                r#"{"props":{"e_mail":"<hidden>","name":"<hidden>"}}"#,
            ),
            (
                json!({ "traits": { "Email": 7, "plan": "pro" } }),
                r#"{"traits":{"Email":"<hidden>","plan":"pro"}}"#,
            ),
            (
                json!({ "note": "write to ann@example.com, or +7 (900) 000-00-00!" }),
                r#"{"note":"write to <hidden>, or <hidden>!"}"#,
            ),
            (
                json!({ "at": "203.0.113.7", "v6": "[2001:db8::1]" }),
                r#"{"at":"<hidden>","v6":"<hidden>"}"#,
            ),
            (
                json!({ "url": "https://shop.example/a?q=Ann&flag" }),
                r#"{"url":"https://shop.example/a?q=<hidden>&flag"}"#,
            ),
            (
                json!({ "n": 79_000_000_000_u64, "price": 1990 }),
                r#"{"n":"<hidden>","price":1990}"#,
            ),
            (
                json!({ "timestamp": "2026-11-23T12:00:00.000Z" }),
                r#"{"timestamp":"2026-11-23T12:00:00.000Z"}"#,
            ),
            (
                json!({ "batch": [{ "name": "x" }], "writeKey": "weir_1" }),
                r#"{"batch":[{"name":"x"}],"writeKey":"<hidden>"}"#,
            ),
            (
                json!({ "card": null, "order": "A-1017" }),
                r#"{"card":null,"order":"A-1017"}"#,
            ),
            (json!("not an event"), r#""not an event""#),
        ];
        for (value, expected) in cases {
            assert_eq!(of_json(&value), expected);
        }
    }

    #[test]
    fn bytes_that_are_no_json_are_shown_as_far_as_they_are_text() {
        assert_eq!(
            of_bytes(b"{\"v\":1, ip: 203.0.113.7, mail: a@b.example"),
            "{\"v\":1, ip: <hidden>, mail: <hidden>"
        );
        assert_eq!(
            of_bytes(b"\xff\xfe4111 1111 1111 1111"),
            "\u{fffd}\u{fffd}<hidden>"
        );
        assert_eq!(of_bytes(b""), "");
        let long = of_bytes("ы".repeat(MAX_EXCERPT_BYTES).as_bytes());
        assert!(
            long.len() <= MAX_EXCERPT_BYTES + 8 && long.ends_with('…'),
            "{}",
            long.len()
        );
    }
}
