//! Reads conditions: `all`, `any`, `not` and comparisons.

use crate::bounds::MAX_LIST;
use crate::condition::MAX_DEPTH;
use crate::container::Order;
use crate::diagnostic::{Detail, Found, Wanted};
use crate::report::Collector;
use crate::suggest;
use crate::vocabulary::{NOT, OPERATORS, TEXT_OPERATORS};

use super::reader::{Cursor, Entry};
use super::{DraftCondition, DraftLeaf, DraftOperator};

/// Reads a condition: an object whose entries all have to hold.
pub(super) fn read(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftCondition> {
    nested(cursor, report, 0)
}

/// Reads the conditions of a funnel step: comparisons only.
pub(super) fn leaves(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Vec<DraftLeaf> {
    let mut leaves = Vec::new();
    for entry in cursor.entries(report) {
        match entry.name.it.as_str() {
            "all" | "any" | "not" => {
                let what = entry.name.it.clone();
                report.add(Detail::NotInFunnels { what }, &entry.name.spot);
            }
            _ => leaves.extend(comparisons(&entry, report)),
        }
    }
    leaves
}

fn nested(cursor: &Cursor<'_>, report: &mut Collector<'_>, depth: u8) -> Option<DraftCondition> {
    if depth == MAX_DEPTH {
        report.add(
            Detail::TooDeep {
                max: usize::from(MAX_DEPTH),
            },
            &cursor.spot(),
        );
        return None;
    }
    if !matches!(cursor.found(), Found::Object) {
        let example = "{ \"page.path\": { \"equals\": \"/\" } }";
        cursor.wrong_type(report, Wanted::Object, Some(example));
        return None;
    }
    let mut parts = Vec::new();
    for entry in cursor.entries(report) {
        match entry.name.it.as_str() {
            "all" => parts.push(DraftCondition::All(several(&entry, report, depth))),
            "any" => parts.push(DraftCondition::Any(several(&entry, report, depth))),
            "not" => {
                let part = nested(&entry.value, report, depth + 1);
                parts.extend(part.map(|part| DraftCondition::Not(Box::new(part))));
            }
            _ => parts.extend(
                comparisons(&entry, report)
                    .into_iter()
                    .map(DraftCondition::Leaf),
            ),
        }
    }
    Some(match <[DraftCondition; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => DraftCondition::All(parts),
    })
}

fn several(entry: &Entry<'_>, report: &mut Collector<'_>, depth: u8) -> Vec<DraftCondition> {
    match entry.value.found() {
        Found::EmptyList => entry.value.wrong_type(report, Wanted::FilledList, None),
        Found::List => {}
        _ => {
            let example = "[ { \"page.path\": { \"equals\": \"/\" } } ]";
            entry.value.wrong_type(report, Wanted::List, Some(example));
            return Vec::new();
        }
    }
    let list = entry.value.list(report, MAX_LIST);
    list.iter()
        .filter_map(|part| nested(part, report, depth + 1))
        .collect()
}

/// `"page.path": { "starts_with": "/a", "not_contains": "b" }`: one comparison for each operator.
fn comparisons(entry: &Entry<'_>, report: &mut Collector<'_>) -> Vec<DraftLeaf> {
    let example = match entry.value.found() {
        Found::Text(text) => format!("{{ \"equals\": \"{text}\" }}"),
        Found::Number(number) => format!("{{ \"equals\": {number} }}"),
        Found::Boolean(value) => format!("{{ \"equals\": {value} }}"),
        _ => "{ \"equals\": \"abc\" }".to_owned(),
    };
    if !matches!(entry.value.found(), Found::Object) {
        entry
            .value
            .wrong_type(report, Wanted::Object, Some(&example));
        return Vec::new();
    }
    let mut leaves = Vec::new();
    let mut ignore_case = None;
    let mut compares_text = false;
    let mut written = 0;
    for operator in entry.value.entries(report) {
        if operator.name.it == "ignore_case" {
            ignore_case = Some((operator.value.boolean(report), operator.name.spot.clone()));
            continue;
        }
        written += 1;
        let name = operator
            .name
            .it
            .strip_prefix(NOT)
            .unwrap_or(&operator.name.it);
        compares_text |= TEXT_OPERATORS.contains(&name);
        leaves.extend(comparison(entry, &operator, report));
    }
    if written == 0 {
        report.add(Detail::MissingOperator, &entry.value.spot());
    }
    if let Some((value, spot)) = ignore_case {
        if written > 0 && !compares_text {
            report.add(Detail::IgnoreCaseWithoutText, &spot);
        }
        for leaf in &mut leaves {
            leaf.ignore_case = value == Some(true);
        }
    }
    leaves
}

fn comparison(
    entry: &Entry<'_>,
    operator: &Entry<'_>,
    report: &mut Collector<'_>,
) -> Option<DraftLeaf> {
    let written = operator.name.it.as_str();
    let (name, mut negated) = match written.strip_prefix(NOT) {
        Some(name) => (name, true),
        None => (written, false),
    };
    let value = &operator.value;
    let kind = match name {
        "equals" => DraftOperator::Equals(value.scalar(report)?),
        "contains" => DraftOperator::Contains(value.text(report)?),
        "starts_with" => DraftOperator::StartsWith(value.text(report)?),
        "ends_with" => DraftOperator::EndsWith(value.text(report)?),
        "matches" => DraftOperator::Matches(value.text(report)?),
        "in" => {
            let list = value.list(report, MAX_LIST);
            if matches!(value.found(), Found::EmptyList) {
                value.wrong_type(report, Wanted::FilledList, None);
            }
            DraftOperator::In(
                list.iter()
                    .filter_map(|entry| entry.scalar(report))
                    .collect(),
            )
        }
        "exists" => {
            // `"exists": false` is `"not_exists": true`.
            negated ^= !value.boolean(report)?;
            DraftOperator::Exists
        }
        "empty" => {
            // `empty` is the opposite of having something in it.
            negated ^= value.boolean(report)?;
            DraftOperator::Filled
        }
        "less_than" => DraftOperator::Order(Order::LessThan, value.scalar(report)?),
        "at_most" => DraftOperator::Order(Order::AtMost, value.scalar(report)?),
        "greater_than" => DraftOperator::Order(Order::GreaterThan, value.scalar(report)?),
        "at_least" => DraftOperator::Order(Order::AtLeast, value.scalar(report)?),
        "matches_selector" => DraftOperator::MatchesSelector(value.text(report)?),
        _ => {
            let suggestion = suggest_operator(written);
            report.add(
                Detail::UnknownOperator {
                    operator: written.to_owned(),
                    suggestion,
                },
                &operator.name.spot,
            );
            return None;
        }
    };
    Some(DraftLeaf {
        variable: entry.name.clone(),
        written: operator.name.clone(),
        operator: kind,
        negated,
        ignore_case: false,
    })
}

/// The nearest operator, with `not_` if that is what was meant. Signs and other tools' names are known too.
fn suggest_operator(written: &str) -> Option<String> {
    let lower = written.to_lowercase();
    let (not, plain) = match lower.strip_prefix(NOT) {
        Some(plain) => (NOT, plain),
        None => ("", lower.as_str()),
    };
    let other_tools = match plain {
        "=" | "==" | "===" | "is" | "eq" | "equal" => Some("equals"),
        "!=" | "!==" | "<>" | "is_not" | "ne" => Some("not_equals"),
        "regex" | "regexp" | "match" | "~" | "=~" => Some("matches"),
        "includes" | "has" => Some("contains"),
        "begins_with" | "beginswith" | "startswith" | "prefix" => Some("starts_with"),
        "endswith" | "suffix" => Some("ends_with"),
        "one_of" | "any_of" => Some("in"),
        "none_of" => Some("not_in"),
        "defined" | "present" => Some("exists"),
        "<" | "lt" | "less" | "below" => Some("less_than"),
        "<=" | "lte" | "max" => Some("at_most"),
        ">" | "gt" | "greater" | "more_than" | "above" => Some("greater_than"),
        ">=" | "gte" | "min" => Some("at_least"),
        "blank" | "is_empty" => Some("empty"),
        "css" | "selector" | "matches_css" => Some("matches_selector"),
        _ => None,
    };
    if let Some(name) = other_tools {
        return Some(format!("{not}{name}"));
    }
    let names = || OPERATORS.iter().map(|name| (*name).to_owned());
    let all: Vec<String> = names()
        .chain(names().map(|name| format!("{NOT}{name}")))
        .collect();
    suggest::nearest(&lower, all.iter().map(String::as_str))
}
