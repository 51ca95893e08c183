//! Parts of the loader that lend rarely read values and change texts.

use crate::host::{Lent, Transform};
use crate::release::Release;

/// Who lends what.
const LENDERS: [(&str, &[Lent]); 4] = [
    (
        "values",
        &[
            Lent::Cookie,
            Lent::LocalStorage,
            Lent::SessionStorage,
            Lent::DataLayer,
            Lent::Global,
            Lent::Device,
            Lent::Random,
        ],
    ),
    ("form_values", &[Lent::Field, Lent::FormField]),
    ("selector", &[Lent::Selector]),
    ("dates", &[Lent::Time]),
];
/// Who changes texts how.
const CHANGERS: [(&str, &[Transform]); 6] = [
    (
        "transforms",
        &[
            Transform::Lower,
            Transform::Upper,
            Transform::Trim,
            Transform::Digits,
            Transform::Url,
            Transform::Expand,
            Transform::Replace,
            Transform::Encode,
        ],
    ),
    (
        "types",
        &[
            Transform::List,
            Transform::Boolean,
            Transform::Number,
            Transform::Integer,
            Transform::Money,
            Transform::Round,
            Transform::Bucket,
            Transform::Order,
            Transform::OrderOfDays,
        ],
    ),
    ("slug", &[Transform::Slug]),
    ("hash", &[Transform::Hash]),
    ("dates", &[Transform::Date]),
    ("privacy", &[Transform::Redact, Transform::KeepQuery]),
];

/// The parts that the variables and the privacy settings of a release need, each once.
pub(super) fn parts(release: &Release) -> Vec<&'static str> {
    let mut needed = Vec::new();
    for (part, lent) in LENDERS {
        if lent.iter().any(|what| release.lends(*what)) {
            needed.push(part);
        }
    }
    if !release.clock().is_empty() {
        needed.push("dates");
    }
    for (part, changes) in CHANGERS {
        if changes.iter().any(|how| transforms(release, *how)) {
            needed.push(part);
        }
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// Whether a release changes texts so.
fn transforms(release: &Release, how: Transform) -> bool {
    match how {
        Transform::Redact if !release.privacy().redact.is_empty() => true,
        Transform::KeepQuery if release.privacy().keep_query.is_some() => true,
        _ => release.transforms(how),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(more: &str) -> Vec<&'static str> {
        let text = format!(
            r#"{{"weir":1,"site":{{"id":"shop"}},"triggers":{{"t":{{"click":{{}}}}}},{more}}}"#
        );
        let checked = crate::check(&text);
        let container = checked
            .container
            .unwrap_or_else(|| panic!("{more}: {:?}", checked.problems));
        parts(&Release::read(&crate::compile(&container, 1)).unwrap())
    }

    fn reading(value: &str) -> Vec<&'static str> {
        needed(&format!(
            r#""tags":[{{"name":"T","on":["t"],"event":"e","with":{{"v":"{value}"}}}}]"#
        ))
    }

    fn with_variable(variable: &str) -> Vec<&'static str> {
        needed(&format!(
            r#""variables":{{"v":{variable}}},"tags":[{{"name":"T","on":["t"],"event":"e","with":{{"v":"{{{{v}}}}"}}}}]"#
        ))
    }

    #[test]
    fn what_is_read_often_needs_no_part() {
        for value in [
            "{{page.path}}",
            "{{element.text}}",
            "{{link.url}}",
            "{{page.query.a}}",
        ] {
            assert!(reading(value).is_empty(), "{value}");
        }
    }

    #[test]
    fn what_is_read_seldom_brings_its_part() {
        for (value, part) in [
            ("{{cookie.a}}", "values"),
            ("{{device.type}}", "values"),
            ("{{random}}", "values"),
            ("{{form.field.a}}", "form_values"),
            ("{{element.selector}}", "selector"),
            ("{{time.hour}}", "dates"),
            ("{{session.source}}", "transforms"),
        ] {
            assert_eq!(reading(value), [part], "{value}");
        }
        for (variable, parts) in [
            (r#"{"query":"a","then":["slug"]}"#, &["slug"][..]),
            (
                r#"{"query":"a","then":["trim","hash"]}"#,
                &["hash", "transforms"],
            ),
            (r#"{"query":"a","as":"date"}"#, &["dates"]),
            (r#"{"query":"a","then":["redact"]}"#, &["privacy"]),
            (r#"{"url":{"keep_query":["a"]}}"#, &["privacy"]),
            (
                r#"{"pattern_table":{"input":"{{page.path}}","table":{"a":"b"}}}"#,
                &["transforms"],
            ),
            (r#"{"data_layer":"a"}"#, &["values"]),
        ] {
            assert_eq!(with_variable(variable), parts, "{variable}");
        }
    }

    #[test]
    fn privacy_brings_its_part() {
        assert!(needed(r#""tags":[]"#).is_empty());
        assert_eq!(
            needed(r#""tags":[],"privacy":{"redact":["email"]}"#),
            ["privacy"]
        );
        assert_eq!(
            needed(r#""tags":[],"privacy":{"keep_query":[]}"#),
            ["privacy"]
        );
    }
}
