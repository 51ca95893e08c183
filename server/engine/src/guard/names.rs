//! Names that statements may use: the lists in `lists/`, and what the running engine itself knows.
//!
//! Function names are compared without regard to case, because the engine does so for some; no refused name differs
//! from an allowed one by case alone (a test looks).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use weir_libchdb::{Connection, Parameters};

use crate::error::SqlError;

static FUNCTIONS: LazyLock<HashSet<String>> =
    LazyLock::new(|| lowercase(include_str!("lists/functions.txt")));
static AGGREGATES: LazyLock<HashSet<String>> =
    LazyLock::new(|| lowercase(include_str!("lists/aggregates.txt")));
static TABLE_FUNCTIONS: LazyLock<HashSet<String>> =
    LazyLock::new(|| lowercase(include_str!("lists/table_functions.txt")));
/// By their names in small letters, because the engine takes them in any.
static FORMATS: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
    words(include_str!("lists/formats.txt"))
        .map(|name| (name.to_ascii_lowercase(), name))
        .collect()
});
static SYSTEM_TABLES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| words(include_str!("lists/system_tables.txt")).collect());
static SETTINGS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| words(include_str!("lists/settings.txt")).collect());
static SETTINGS_IGNORED: LazyLock<HashSet<&str>> =
    LazyLock::new(|| words(include_str!("lists/settings_ignored.txt")).collect());

/// Endings that make another aggregate function of one.
const COMBINATORS: [&str; 15] = [
    "SimpleState",
    "OrDefault",
    "Distinct",
    "Resample",
    "ForEach",
    "ArgMax",
    "ArgMin",
    "OrNull",
    "Tuple",
    "Merge",
    "State",
    "Array",
    "Null",
    "Map",
    "If",
];

/// The words of a list; lines that begin with `#` are comments.
fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
}

fn lowercase(list: &'static str) -> HashSet<String> {
    words(list).map(str::to_ascii_lowercase).collect()
}

/// Whether a function may be called, aggregates with their combinators included.
pub(super) fn is_allowed_function(name: &str) -> bool {
    FUNCTIONS.contains(&name.to_ascii_lowercase()) || is_allowed_aggregate(name)
}

fn is_allowed_aggregate(name: &str) -> bool {
    without_combinators(name).any(|base| AGGREGATES.contains(&base.to_ascii_lowercase()))
}

/// The name, and what remains of it as combinators are taken off its end.
fn without_combinators(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |base| {
        COMBINATORS
            .iter()
            .find_map(|combinator| base.strip_suffix(combinator))
    })
}

/// Whether a table function may be called.
pub(super) fn is_allowed_table_function(name: &str) -> bool {
    TABLE_FUNCTIONS.contains(&name.to_ascii_lowercase())
}

/// A format in which data may come or go, as the engine writes its name.
pub(super) fn allowed_format(name: &str) -> Option<&'static str> {
    FORMATS.get(&name.to_ascii_lowercase()).copied()
}

/// Whether an analyst may read this table of `system`.
pub(super) fn is_allowed_system_table(name: &str) -> bool {
    SYSTEM_TABLES.contains(name)
}

/// Whether an analyst may give this setting any value.
pub(super) fn is_free_setting(name: &str) -> bool {
    SETTINGS.contains(name)
}

/// Whether this setting is accepted from an analyst without effect.
pub(super) fn is_ignored_setting(name: &str) -> bool {
    SETTINGS_IGNORED.contains(name)
}

/// What the running engine knows.
#[derive(Debug, Default)]
pub(crate) struct EngineNames {
    /// Functions, aggregates and table functions, in lower case.
    functions: HashSet<String>,
    settings: HashSet<String>,
}

impl EngineNames {
    /// Asks the engine.
    pub(crate) fn load(session: &mut Connection) -> Result<Self, SqlError> {
        let mut list = |sql: &str| -> Result<HashSet<String>, SqlError> {
            let answer = session.query(sql, "TabSeparatedRaw", &Parameters::default())?;
            Ok(String::from_utf8_lossy(answer.bytes())
                .lines()
                .map(str::to_owned)
                .collect())
        };
        Ok(Self {
            functions: list(
                "SELECT lower(name) FROM system.functions WHERE origin = 'System' UNION ALL SELECT lower(name) FROM \
                 system.table_functions",
            )?,
            settings: list("SELECT name FROM system.settings")?,
        })
    }

    /// Whether the engine has a function or table function of this name, in any case, or one that combinators make
    /// of another.
    pub(super) fn has_function(&self, name: &str) -> bool {
        without_combinators(name).any(|base| self.functions.contains(&base.to_ascii_lowercase()))
    }

    #[cfg(test)]
    pub(super) fn of(functions: &[&str]) -> Self {
        Self {
            functions: functions.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Whether the engine has this setting.
    pub(super) fn has_setting(&self, name: &str) -> bool {
        self.settings.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: [&str; 2] = [
        include_str!("lists/functions_refused.txt"),
        include_str!("lists/aggregates_refused.txt"),
    ];

    #[test]
    fn no_refused_function_is_allowed_in_another_spelling() {
        for name in REFUSED.into_iter().flat_map(words) {
            for spelling in [
                name.to_owned(),
                name.to_lowercase(),
                name.to_uppercase(),
                format!("{name}If"),
            ] {
                assert!(!is_allowed_function(&spelling), "{spelling}");
            }
        }
        for name in words(include_str!("lists/table_functions_refused.txt")) {
            assert!(!is_allowed_table_function(name), "{name}");
        }
        for name in words(include_str!("lists/formats_refused.txt")) {
            assert_eq!(allowed_format(name), None, "{name}");
            assert_eq!(allowed_format(&name.to_lowercase()), None, "{name}");
        }
    }

    #[test]
    fn combinators_are_seen_through() {
        for name in [
            "sumIf",
            "uniqExactMergeState",
            "COUNT",
            "countDistinct",
            "groupArrayArrayIf",
            "quantilesTDigestStateOrNull",
        ] {
            assert!(is_allowed_function(name), "{name}");
        }
        for name in ["If", "fileIf", "State", "aggThrowIf", ""] {
            assert!(name == "If" || !is_allowed_function(name), "{name}");
        }
    }
}
