//! Reads `variables`, and what variables and triggers have in common.

use crate::diagnostic::{Detail, Found, Thing, Wanted};
use crate::report::Collector;
use crate::suggest;
use crate::vocabulary::{LATER_VARIABLE_KINDS, TAG_KINDS, TRIGGER_KINDS, VARIABLE_KINDS};

use super::reader::{Cursor, Entry, unknown_key};
use super::{At, DraftPlace, DraftSource, DraftVariable};

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
    later_settings: &[&str],
) -> Option<Kinds<'n>> {
    let (kinds, later_kinds, example): (_, &[&str], _) = match of {
        Thing::Trigger => (
            TRIGGER_KINDS,
            &[],
            "{ \"click\": { \"selector\": \"button.buy\" } }",
        ),
        Thing::Tag | Thing::Goal | Thing::Funnel | Thing::Step | Thing::Expected => {
            (TAG_KINDS, &[], "{ \"event\": \"lead\" }")
        }
        Thing::Variable => (
            VARIABLE_KINDS,
            LATER_VARIABLE_KINDS,
            "{ \"text\": { \"selector\": \".price\" } }",
        ),
    };
    if !matches!(cursor.found(), Found::Object) {
        cursor.wrong_type(report, Wanted::Object, Some(example));
        return None;
    }
    let mut named = Vec::new();
    let mut others = Vec::new();
    let mut unknown = Vec::new();
    let mut refused = false;
    for entry in cursor.entries(report) {
        let key = entry.name.it.as_str();
        if kinds.contains(&key) {
            named.push(entry);
        } else if settings.contains(&key) {
            others.push(entry);
        } else if later_kinds.contains(&key) || later_settings.contains(&key) {
            refused |= later_kinds.contains(&key);
            report.add(
                Detail::NotSupportedYet {
                    what: key.to_owned(),
                },
                &entry.name.spot,
            );
        } else {
            unknown.push(entry.name);
        }
    }
    let has_kind = !named.is_empty() || refused;
    for key in &unknown {
        unknown_kind_or_key(report, key, of, has_kind, kinds, later_kinds, settings);
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
    later_kinds: &[&str],
    settings: &[&str],
) {
    let setting = suggest::nearest(&key.it, settings.iter().copied());
    if has_kind || setting.is_some() {
        unknown_key(report, key, settings, &[]);
        return;
    }
    let suggestion = suggest::nearest(&key.it, kinds.iter().chain(later_kinds).copied());
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

pub(super) fn variable(entry: Entry<'_>, report: &mut Collector<'_>) -> Option<DraftVariable> {
    let Some(kinds) = kinds(
        &entry.value,
        report,
        Thing::Variable,
        &["as", "default"],
        &["then"],
    ) else {
        return Some(DraftVariable {
            name: entry.name,
            source: None,
            cast: None,
            default: None,
        });
    };
    let setting = |key: &str| {
        kinds
            .others
            .iter()
            .find(|entry| entry.name.it == key)
            .map(|entry| &entry.value)
    };
    let cast = setting("as").and_then(|cast| cast.text(report));
    let default = setting("default").and_then(|default| default.scalar(report));
    let source = kinds.kind.as_ref().and_then(|kind| source(kind, report));
    Some(DraftVariable {
        name: entry.name,
        source,
        cast,
        default,
    })
}

fn source(entry: &Entry<'_>, report: &mut Collector<'_>) -> Option<DraftSource> {
    let value = &entry.value;
    match entry.name.it.as_str() {
        "constant" => value.scalar(report).map(DraftSource::Constant),
        "query" => value.text(report).map(DraftSource::Query),
        "meta" => value.text(report).map(DraftSource::Meta),
        "text" => place(value, report, &["selector", "closest"])
            .map(|(place, _)| DraftSource::Text(place)),
        "count" => place(value, report, &["selector", "closest"])
            .map(|(place, _)| DraftSource::Count(place)),
        "exists" => place(value, report, &["selector", "closest"])
            .map(|(place, _)| DraftSource::Exists(place)),
        _ => place(value, report, &["name", "selector", "closest"])
            .map(|(place, name)| DraftSource::Attribute(place, name)),
    }
}

fn place(
    cursor: &Cursor<'_>,
    report: &mut Collector<'_>,
    known: &[&str],
) -> Option<(DraftPlace, Option<At<String>>)> {
    let with_name = known.contains(&"name");
    let example = if with_name {
        "{ \"name\": \"data-sku\" }"
    } else {
        "{ \"selector\": \".price\" }"
    };
    let fields = cursor.fields(report, known, &[], Some(example))?;
    let name = if with_name {
        fields.needed(report, "name", "\"name\": \"data-sku\"")
    } else {
        None
    };
    let place = DraftPlace {
        selector: fields.text(report, "selector"),
        closest: fields.text(report, "closest"),
    };
    if !with_name && fields.get("selector").is_none() && fields.get("closest").is_none() {
        fields.missing(report, "selector", "\"selector\": \".price\"");
    }
    Some((place, name))
}
