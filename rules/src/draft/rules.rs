//! Reads what variables and triggers have in common.

use crate::diagnostic::{Detail, Found, Thing, Wanted};
use crate::report::Collector;
use crate::suggest;
use crate::vocabulary::{TAG_KINDS, TRIGGER_KINDS, VARIABLE_KINDS};

use super::At;
use super::reader::{Cursor, Entry, unknown_key};

/// The entry that says what kind a trigger or variable is, and the others.
pub(super) struct Kinds<'n> {
    pub(super) kind: Option<Entry<'n>>,
    pub(super) others: Vec<Entry<'n>>,
}

/// Parts the entries of a trigger or variable into its kind and its settings, and reports what is neither.
pub(super) fn kinds<'n>(
    cursor: &Cursor<'n>,
    report: &mut Collector<'_>,
    of: Thing,
    settings: &[&str],
) -> Option<Kinds<'n>> {
    let (kinds, example): (&[&str], _) = match of {
        Thing::Trigger => (
            TRIGGER_KINDS,
            "{ \"click\": { \"selector\": \"button.buy\" } }",
        ),
        Thing::Tag | Thing::Goal | Thing::Funnel | Thing::Step | Thing::Expected => {
            (TAG_KINDS, "{ \"event\": \"lead\" }")
        }
        Thing::Variable => (VARIABLE_KINDS, "{ \"text\": { \"selector\": \".price\" } }"),
    };
    if !matches!(cursor.found(), Found::Object) {
        cursor.wrong_type(report, Wanted::Object, Some(example));
        return None;
    }
    let mut named = Vec::new();
    let mut others = Vec::new();
    let mut unknown = Vec::new();
    for entry in cursor.entries(report) {
        let key = entry.name.it.as_str();
        if kinds.contains(&key) {
            named.push(entry);
        } else if settings.contains(&key) {
            others.push(entry);
        } else {
            unknown.push(entry.name);
        }
    }
    let has_kind = !named.is_empty();
    for key in &unknown {
        unknown_kind_or_key(report, key, of, has_kind, kinds, settings);
    }
    if named.len() > 1 {
        let kinds = named.iter().map(|entry| entry.name.it.clone()).collect();
        report.add(Detail::SeveralKinds { of, kinds }, &cursor.spot());
        return None;
    }
    if !has_kind && unknown.is_empty() {
        report.add(Detail::MissingKind { of }, &cursor.spot());
    }
    Some(Kinds {
        kind: named.pop(),
        others,
    })
}

/// A key that is no kind and no setting: which of the two was meant depends on what else is there.
fn unknown_kind_or_key(
    report: &mut Collector<'_>,
    key: &At<String>,
    of: Thing,
    has_kind: bool,
    kinds: &[&str],
    settings: &[&str],
) {
    let setting = suggest::nearest(&key.it, settings.iter().copied());
    if has_kind || setting.is_some() {
        unknown_key(report, key, settings);
        return;
    }
    let suggestion = suggest::nearest(&key.it, kinds.iter().copied());
    let kind = key.it.clone();
    let detail = match of {
        Thing::Trigger
        | Thing::Tag
        | Thing::Goal
        | Thing::Funnel
        | Thing::Step
        | Thing::Expected => Detail::UnknownTriggerKind { kind, suggestion },
        Thing::Variable => Detail::UnknownVariableKind { kind, suggestion },
    };
    report.add(detail, &key.spot);
}

/// Reports a word that is none of the choices.
pub(super) fn choice(report: &mut Collector<'_>, word: &At<String>, choices: &[&str]) {
    if choices.contains(&word.it.as_str()) {
        return;
    }
    let detail = Detail::UnknownChoice {
        found: word.it.clone(),
        suggestion: suggest::nearest(&word.it, choices.iter().copied()),
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
    };
    report.add(detail, &word.spot);
}
