//! Small words: articles, lists, numbers, lengths of time.

use super::super::words::{Unit, code, in_largest_unit};
use crate::selector::Selector;

/// A selector with its article. An id names one element, a list of selectors has no singular.
pub(super) fn a(selector: &Selector) -> String {
    let text = selector.as_str();
    let first = text.chars().next().unwrap_or('#');
    let quoted = code(text);
    if text.contains(',') {
        return format!("one of {quoted}");
    }
    match first {
        '#' => quoted,
        'a' | 'e' | 'i' | 'o' | 'u' => format!("an {quoted}"),
        _ => format!("a {quoted}"),
    }
}

/// `a, b and c`.
pub(super) fn listed<T: AsRef<str>>(parts: &[T], word: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [before @ .., last] => {
            let before: Vec<&str> = before.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", before.join(", "), last.as_ref())
        }
    }
}

pub(super) fn numbers(all: &[u32]) -> String {
    let all: Vec<String> = all.iter().map(u32::to_string).collect();
    listed(&all, "or")
}

pub(super) fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// `30 seconds`, `1.5 seconds`, `7 days`.
pub(super) fn duration(ms: u64) -> String {
    let (number, unit) = in_largest_unit(ms);
    let unit = match unit {
        Unit::Millisecond => "millisecond",
        Unit::Second => "second",
        Unit::Minute => "minute",
        Unit::Hour => "hour",
        Unit::Day => "day",
        Unit::Week => "week",
    };
    let s = if number == "1" { "" } else { "s" };
    format!("{number} {unit}{s}")
}
