//! Walks the JSON tree: types, known keys, and the path of each part.

use crate::bounds::MAX_ENTRIES;
use crate::container::Literal;
use crate::decimal::Decimal;
use crate::diagnostic::{Detail, Found, Wanted};
use crate::json::{self, Member, Node};
use crate::report::{Collector, Spot};
use crate::suggest;

use super::At;

/// A part of the tree and its path.
#[derive(Clone)]
pub(super) struct Cursor<'n> {
    node: &'n Node,
    path: String,
}

/// An entry of an object whose keys the author chose.
pub(super) struct Entry<'n> {
    pub(super) name: At<String>,
    pub(super) value: Cursor<'n>,
}

impl<'n> Cursor<'n> {
    pub(super) fn root(node: &'n Node) -> Self {
        Self {
            node,
            path: String::new(),
        }
    }

    pub(super) fn spot(&self) -> Spot {
        Spot {
            path: self.path.clone(),
            span: self.node.span.clone(),
        }
    }

    pub(super) fn found(&self) -> Found {
        self.node.found()
    }

    fn at<T>(&self, it: T) -> At<T> {
        At {
            it,
            spot: self.spot(),
        }
    }

    /// The value under a key, if this is an object that has it; nothing is reported.
    pub(super) fn peek(&self, key: &str) -> Option<Self> {
        let json::Value::Object(members) = &self.node.value else {
            return None;
        };
        let member = members.iter().find(|member| member.key == key)?;
        Some(Self {
            node: &member.node,
            path: self.key_path(key),
        })
    }

    /// The value as it was written.
    pub(super) fn json(&self, report: &Collector<'_>) -> String {
        report.text(&self.node.span).to_owned()
    }

    fn key_path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(super) fn wrong_type(
        &self,
        report: &mut Collector<'_>,
        wanted: Wanted,
        example: Option<&str>,
    ) {
        let example = example.map(str::to_owned);
        report.add(
            Detail::WrongType {
                wanted,
                found: self.found(),
                example,
            },
            &self.spot(),
        );
    }

    pub(super) fn text(&self, report: &mut Collector<'_>) -> Option<At<String>> {
        match &self.node.value {
            json::Value::Text(text) => Some(self.at(text.clone())),
            _ => {
                self.wrong_type(report, Wanted::Text, None);
                None
            }
        }
    }

    pub(super) fn boolean(&self, report: &mut Collector<'_>) -> Option<bool> {
        match &self.node.value {
            json::Value::Boolean(value) => Some(*value),
            _ => {
                self.wrong_type(report, Wanted::Boolean, None);
                None
            }
        }
    }

    pub(super) fn number(&self, report: &mut Collector<'_>) -> Option<At<Literal>> {
        match &self.node.value {
            json::Value::Number(_) => self.scalar(report),
            _ => {
                self.wrong_type(report, Wanted::Number, None);
                None
            }
        }
    }

    /// A text, a number, true or false.
    pub(super) fn scalar(&self, report: &mut Collector<'_>) -> Option<At<Literal>> {
        match &self.node.value {
            json::Value::Text(text) => Some(self.at(Literal::Text(text.clone()))),
            json::Value::Boolean(value) => Some(self.at(Literal::Boolean(*value))),
            json::Value::Number(number) => match decimal(number) {
                Some(decimal) => Some(self.at(Literal::Number(decimal))),
                None => {
                    report.add(
                        Detail::TooManyDigits {
                            number: number.clone(),
                        },
                        &self.spot(),
                    );
                    None
                }
            },
            json::Value::Null | json::Value::List(_) | json::Value::Object(_) => {
                self.wrong_type(report, Wanted::Scalar, None);
                None
            }
        }
    }

    /// The entries of a list; none if it is no list. Reports a list longer than `max`.
    pub(super) fn list(&self, report: &mut Collector<'_>, max: usize) -> Vec<Self> {
        let json::Value::List(entries) = &self.node.value else {
            self.wrong_type(report, Wanted::List, None);
            return Vec::new();
        };
        if entries.len() > max {
            report.add(
                Detail::TooMany {
                    count: entries.len(),
                    max,
                },
                &self.spot(),
            );
        }
        let cursor = |(index, node)| Self {
            node,
            path: format!("{}[{index}]", self.path),
        };
        entries.iter().take(max).enumerate().map(cursor).collect()
    }

    pub(super) fn texts(&self, report: &mut Collector<'_>, max: usize) -> Vec<At<String>> {
        self.list(report, max)
            .iter()
            .filter_map(|entry| entry.text(report))
            .collect()
    }

    /// Texts; a single text is reported, but taken for a list of one.
    pub(super) fn texts_or_text(&self, report: &mut Collector<'_>, max: usize) -> Vec<At<String>> {
        let texts = self.texts(report, max);
        match &self.node.value {
            json::Value::Text(text) => vec![self.at(text.clone())],
            _ => texts,
        }
    }

    /// The entries of an object whose keys the author chose.
    pub(super) fn entries(&self, report: &mut Collector<'_>) -> Vec<Entry<'n>> {
        let json::Value::Object(members) = &self.node.value else {
            self.wrong_type(report, Wanted::Object, None);
            return Vec::new();
        };
        if members.len() > MAX_ENTRIES {
            report.add(
                Detail::TooMany {
                    count: members.len(),
                    max: MAX_ENTRIES,
                },
                &self.spot(),
            );
        }
        let mut entries: Vec<Entry<'n>> = Vec::new();
        let mut lines = std::collections::BTreeMap::new();
        for member in members.iter().take(MAX_ENTRIES) {
            let entry = self.member(member);
            if self.is_first(report, &mut lines, member) {
                entries.push(entry);
            }
        }
        entries
    }

    fn member(&self, member: &'n Member) -> Entry<'n> {
        let path = self.key_path(&member.key);
        let spot = Spot {
            path: path.clone(),
            span: member.key_span.clone(),
        };
        Entry {
            name: At {
                it: member.key.clone(),
                spot,
            },
            value: Self {
                node: &member.node,
                path,
            },
        }
    }

    fn is_first<'k>(
        &self,
        report: &mut Collector<'_>,
        lines: &mut std::collections::BTreeMap<&'k str, u32>,
        member: &'k Member,
    ) -> bool {
        let spot = Spot {
            path: self.key_path(&member.key),
            span: member.key_span.clone(),
        };
        let line = report.line_of(&spot);
        match lines.get(member.key.as_str()) {
            Some(&first_line) => {
                report.add(
                    Detail::DuplicateKey {
                        key: member.key.clone(),
                        first_line,
                    },
                    &spot,
                );
                false
            }
            None => {
                lines.insert(&member.key, line);
                true
            }
        }
    }

    /// The fields of an object with fixed keys. Reports keys that are unknown.
    pub(super) fn fields(
        &self,
        report: &mut Collector<'_>,
        known: &[&str],
        example: Option<&str>,
    ) -> Option<Fields<'n>> {
        if !matches!(self.node.value, json::Value::Object(_)) {
            self.wrong_type(report, Wanted::Object, example);
            return None;
        }
        let mut entries = Vec::new();
        let mut meant = Vec::new();
        for entry in self.entries(report) {
            let key = entry.name.it.as_str();
            if known.contains(&key) {
                entries.push(entry);
            } else {
                meant.extend(unknown_key(report, &entry.name, known));
            }
        }
        Some(Fields {
            spot: self.spot(),
            entries,
            meant,
        })
    }
}

/// Reports a key that means nothing here; gives the one that was meant.
pub(super) fn unknown_key(
    report: &mut Collector<'_>,
    key: &At<String>,
    known: &[&str],
) -> Option<String> {
    let suggestion = suggest::nearest(&key.it, known.iter().copied());
    let known = known.iter().map(|&key| key.to_owned()).collect();
    let detail = Detail::UnknownKey {
        key: key.it.clone(),
        suggestion: suggestion.clone(),
        known,
    };
    report.add(detail, &key.spot);
    suggestion
}

/// The fields of an object with fixed keys.
pub(super) struct Fields<'n> {
    pub(super) spot: Spot,
    entries: Vec<Entry<'n>>,
    /// Keys that misspelt ones were meant as, so that they are not said to be missing.
    meant: Vec<String>,
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, key: &str) -> Option<Cursor<'n>> {
        self.entries
            .iter()
            .find(|entry| entry.name.it == key)
            .map(|entry| entry.value.clone())
    }

    pub(super) fn text(&self, report: &mut Collector<'_>, key: &str) -> Option<At<String>> {
        self.get(key).and_then(|value| value.text(report))
    }

    /// The text under a key that must be there.
    pub(super) fn needed(
        &self,
        report: &mut Collector<'_>,
        key: &'static str,
        example: &'static str,
    ) -> Option<At<String>> {
        match self.get(key) {
            Some(value) => value.text(report),
            None => {
                self.missing(report, key, example);
                None
            }
        }
    }

    /// The entries of an object under a key that may be missing.
    pub(super) fn entries(&self, report: &mut Collector<'_>, key: &str) -> Vec<Entry<'n>> {
        self.get(key)
            .map_or_else(Vec::new, |value| value.entries(report))
    }

    /// A length of time: a text like `7 days`. A number is reported with the unit that is usual.
    pub(super) fn duration(
        &self,
        report: &mut Collector<'_>,
        key: &str,
        unit: &str,
    ) -> Option<At<String>> {
        let value = self.get(key)?;
        if let Found::Number(number) = value.found() {
            value.wrong_type(report, Wanted::Text, Some(&format!("\"{number} {unit}\"")));
            return None;
        }
        value.text(report)
    }

    /// Whether the key was written, if misspelt.
    pub(super) fn is_misspelt(&self, key: &str) -> bool {
        self.meant.iter().any(|meant| meant == key)
    }

    pub(super) fn missing(
        &self,
        report: &mut Collector<'_>,
        key: &'static str,
        example: &'static str,
    ) {
        if !self.is_misspelt(key) {
            report.add(Detail::MissingKey { key, example }, &self.spot);
        }
    }
}

/// A number as JSON writes it, exponent included.
fn decimal(text: &str) -> Option<Decimal> {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return Decimal::parse(text);
    };
    let exponent: i32 = exponent
        .parse()
        .ok()
        .filter(|exponent: &i32| exponent.abs() <= 30)?;
    // Move the point in the written digits, so that nothing is rounded.
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let all = format!("{whole}{fraction}");
    let moved = match usize::try_from(point) {
        Ok(at) if at >= all.len() => format!("{all}{}", "0".repeat(at - all.len())),
        Ok(at) => {
            let (before, behind) = all.split_at_checked(at)?;
            format!("{}.{behind}", if before.is_empty() { "0" } else { before })
        }
        Err(_) => format!("0.{}{all}", "0".repeat(usize::try_from(-point).ok()?)),
    };
    Decimal::parse(&format!("{sign}{moved}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exponents_exactly() {
        for (text, same) in [
            ("1e3", "1000"),
            ("1.5E2", "150"),
            ("-2.5e-1", "-0.25"),
            ("12e-2", "0.12"),
            ("1e-3", "0.001"),
            ("0e9", "0"),
            ("1.50e1", "15"),
        ] {
            assert_eq!(decimal(text), Decimal::parse(same), "{text}");
            assert!(decimal(text).is_some(), "{text}");
        }
        for text in ["1e15", "1e-16", "1e999", "1e31"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }
}
