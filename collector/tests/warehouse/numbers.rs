//! Rows of any view as a key, some texts and some numbers: how the reports are compared.

use std::collections::BTreeMap;

use clickhouse::query::Query;
use clickhouse::{Client, Row};
use serde::Deserialize;

use crate::compare::{self, Tally};

/// What stands in a row beside its key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Values {
    pub(crate) texts: Vec<String>,
    pub(crate) numbers: Vec<Option<f64>>,
}

impl Values {
    pub(crate) fn of(texts: Vec<String>, numbers: Vec<Option<f64>>) -> Self {
        Self { texts, numbers }
    }

    /// Numbers alone.
    pub(crate) fn numbers(numbers: Vec<Option<f64>>) -> Self {
        Self::of(Vec::new(), numbers)
    }
}

#[derive(Row, Deserialize)]
struct Line {
    key: Vec<String>,
    texts: Vec<String>,
    numbers: Vec<Option<f64>>,
}

/// A row's key.
pub(crate) type Key = Vec<String>;

/// What is asked of a view: the columns of the key, of the texts, of the numbers, and where they come from.
pub(crate) struct Question<'a> {
    pub(crate) key: &'a [&'a str],
    pub(crate) texts: &'a [&'a str],
    pub(crate) numbers: &'a [&'a str],
    /// What stands behind FROM.
    pub(crate) from: String,
}

impl Question<'_> {
    fn sql(&self) -> String {
        let list = |columns: &[&str], cast: &dyn Fn(&str) -> String, none: &str| {
            if columns.is_empty() {
                return none.to_owned();
            }
            let all: Vec<String> = columns.iter().map(|column| cast(column)).collect();
            format!("[{}]", all.join(", "))
        };
        let text = |column: &str| format!("toString({column})");
        let number = |column: &str| format!("toFloat64OrNull(ifNull(toString({column}), 'null'))");
        format!(
            "SELECT {} AS key, {} AS texts, {} AS numbers FROM {}",
            list(self.key, &text, "emptyArrayString()"),
            list(self.texts, &text, "emptyArrayString()"),
            list(self.numbers, &number, "[]::Array(Nullable(Float64))"),
            self.from
        )
    }

    /// Compares all rows with what they must be.
    pub(crate) async fn compare(
        &self,
        client: &Client,
        tally: &mut Tally,
        expected: BTreeMap<Key, Values>,
    ) {
        let sql = self.sql();
        let found = compare::fetch::<Line>(client, &sql).await;
        Self::judge(&sql, tally, expected, found);
    }

    /// As [`Self::compare`], of a query that `bind` has made ready.
    pub(crate) async fn compare_bound(
        &self,
        tally: &mut Tally,
        expected: BTreeMap<Key, Values>,
        bind: impl FnOnce(&str) -> Query,
    ) {
        let sql = self.sql();
        let found = bind(&sql)
            .fetch_all::<Line>()
            .await
            .unwrap_or_else(|error| panic!("{sql}\n{error}"));
        Self::judge(&sql, tally, expected, found);
    }

    fn judge(sql: &str, tally: &mut Tally, expected: BTreeMap<Key, Values>, found: Vec<Line>) {
        let found = found
            .into_iter()
            .map(|line| (line.key, Values::of(line.texts, line.numbers)));
        tally.compare(sql, expected, found, |one, other| {
            one.texts == other.texts
                && one.numbers.len() == other.numbers.len()
                && one
                    .numbers
                    .iter()
                    .zip(&other.numbers)
                    .all(|(one, other)| compare::close(*one, *other))
        });
    }
}

/// A count as a number.
pub(crate) fn count(value: usize) -> Option<f64> {
    Some(value as f64)
}

/// Hundredths as a number.
pub(crate) fn money(hundredths: i64) -> Option<f64> {
    Some(hundredths as f64 / 100.0)
}

/// A rate; none without a denominator.
pub(crate) fn rate(part: f64, whole: f64) -> Option<f64> {
    (whole != 0.0).then(|| part / whole)
}
