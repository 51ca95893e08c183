//! Reads `variables`: where each reads, and what is done to the value.

use crate::bounds::{MAX_ENTRIES, MAX_LIST, MAX_STEPS_OF_VALUE};
use crate::container::Literal;
use crate::diagnostic::{Detail, Found, Thing, ValueFault, Wanted};
use crate::report::Collector;
use crate::suggest;
use crate::vocabulary::{TRANSFORMS, VARIABLE_SETTINGS};

use super::At;
use super::reader::{Cursor, Entry, Fields};
use super::rules::kinds;

#[derive(Debug)]
pub(crate) struct DraftVariable {
    pub(crate) name: At<String>,
    /// `None`: could not be read.
    pub(crate) source: Option<DraftSource>,
    /// `None`: could not be read.
    pub(crate) steps: Vec<Option<DraftStep>>,
    pub(crate) cast: Option<At<String>>,
    pub(crate) default: Option<At<Literal>>,
}

#[derive(Debug)]
pub(crate) enum DraftSource {
    Constant(At<Literal>),
    Query(At<String>),
    Cookie(At<String>),
    Storage {
        name: Option<At<String>>,
        area: Option<At<String>>,
    },
    DataLayer(At<String>),
    Global(At<String>),
    Meta(At<String>),
    Text(DraftPlace),
    Attribute(DraftPlace, Option<At<String>>),
    /// A field by its place.
    Field(DraftPlace),
    /// A field by its name in the form.
    FormField(At<String>),
    Count(DraftPlace),
    Exists(DraftPlace),
    Url {
        of: Option<At<Literal>>,
        part: Option<At<String>>,
        name: Option<At<String>>,
        keep_query: Option<Vec<At<String>>>,
    },
    /// `lookup`, or `pattern_table` with patterns for keys.
    Table {
        with_patterns: bool,
        input: Option<At<Literal>>,
        rows: Vec<(At<String>, At<Literal>)>,
        ignore_case: bool,
    },
    First(Vec<At<Literal>>),
    Template(At<Literal>),
    Join {
        values: Vec<At<Literal>>,
        between: Option<At<String>>,
    },
}

#[derive(Debug)]
pub(crate) struct DraftPlace {
    pub(crate) selector: Option<At<String>>,
    pub(crate) closest: Option<At<String>>,
}

/// What is done to a value.
#[derive(Debug)]
pub(crate) enum DraftStep {
    Trim,
    Lower,
    Upper,
    Digits,
    Slug,
    Hash,
    /// Everything that can be, unless it says what.
    Redact(Option<Vec<At<String>>>),
    Bucket(Vec<At<Literal>>, At<()>),
    Replace(DraftPattern),
    Capture(DraftPattern),
    Round(Option<At<Literal>>),
}

/// A pattern, and what becomes of what it finds.
#[derive(Debug)]
pub(crate) struct DraftPattern {
    pub(crate) pattern: Option<At<String>>,
    pub(crate) with: Option<At<String>>,
    pub(crate) group: Option<At<Literal>>,
    pub(crate) ignore_case: bool,
}

pub(super) fn variable(entry: Entry<'_>, report: &mut Collector<'_>) -> Option<DraftVariable> {
    let Some(kinds) = kinds(&entry.value, report, Thing::Variable, VARIABLE_SETTINGS) else {
        return Some(DraftVariable {
            name: entry.name,
            source: None,
            steps: Vec::new(),
            cast: None,
            default: None,
        });
    };
    let setting = |key: &str| {
        let mut others = kinds.others.iter();
        let found = others.find(|entry| entry.name.it == key);
        found.map(|entry| &entry.value)
    };
    let cast = setting("as").and_then(|cast| cast.text(report));
    let default = setting("default").and_then(|default| default.scalar(report));
    let steps = setting("then").map_or_else(Vec::new, |then| steps(then, report));
    let source = kinds.kind.as_ref().and_then(|kind| source(kind, report));
    Some(DraftVariable {
        name: entry.name,
        source,
        steps,
        cast,
        default,
    })
}

fn source(entry: &Entry<'_>, report: &mut Collector<'_>) -> Option<DraftSource> {
    let value = &entry.value;
    Some(match entry.name.it.as_str() {
        "constant" => DraftSource::Constant(value.scalar(report)?),
        "query" => DraftSource::Query(value.text(report)?),
        "cookie" => DraftSource::Cookie(value.text(report)?),
        "data_layer" => DraftSource::DataLayer(value.text(report)?),
        "global" => DraftSource::Global(value.text(report)?),
        "meta" => DraftSource::Meta(value.text(report)?),
        "template" => {
            let text = value.text(report)?;
            DraftSource::Template(At {
                it: Literal::Text(text.it),
                spot: text.spot,
            })
        }
        "storage" => storage(value, report)?,
        "text" => DraftSource::Text(place(value, report)?),
        "count" => DraftSource::Count(place(value, report)?),
        "exists" => DraftSource::Exists(place(value, report)?),
        "field" => field(value, report)?,
        "url" => url(value, report)?,
        "lookup" => table(value, report, false)?,
        "pattern_table" => table(value, report, true)?,
        "first" => DraftSource::First(filled(value, report)),
        "join" => {
            let example = "{ \"values\": [\"{{element.id}}\", \"{{element.text}}\"] }";
            let known = ["values", "between"];
            let fields = value.fields(report, &known, Some(example))?;
            let values = match fields.get("values") {
                Some(values) => filled(&values, report),
                None => {
                    fields.missing(report, "values", "\"values\": [\"{{element.id}}\"]");
                    Vec::new()
                }
            };
            DraftSource::Join {
                values,
                between: fields.text(report, "between"),
            }
        }
        _ => {
            let known = ["name", "selector", "closest"];
            let example = "{ \"name\": \"data-sku\" }";
            let fields = value.fields(report, &known, Some(example))?;
            let name = fields.needed(report, "name", "\"name\": \"data-sku\"");
            DraftSource::Attribute(place_in(&fields, report), name)
        }
    })
}

/// The key alone, or with where it is kept.
fn storage(value: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftSource> {
    if matches!(value.found(), Found::Text(_)) {
        return Some(DraftSource::Storage {
            name: value.text(report),
            area: None,
        });
    }
    let example = "{ \"name\": \"cart\", \"in\": \"session\" }";
    let fields = value.fields(report, &["name", "in"], Some(example))?;
    Some(DraftSource::Storage {
        name: fields.needed(report, "name", "\"name\": \"cart\""),
        area: fields.text(report, "in"),
    })
}

/// A field by the name it has in its form, or by its place.
fn field(value: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftSource> {
    if matches!(value.found(), Found::Text(_)) {
        return value.text(report).map(DraftSource::FormField);
    }
    let known = ["name", "selector", "closest"];
    let fields = value.fields(report, &known, Some("{ \"name\": \"email\" }"))?;
    let by_place = fields.get("selector").is_some() || fields.get("closest").is_some();
    match fields.get("name") {
        Some(name) if by_place => {
            report.add(Detail::Value(ValueFault::NameAndPlace), &name.spot());
            None
        }
        Some(name) => name.text(report).map(DraftSource::FormField),
        None if by_place => Some(DraftSource::Field(place_in(&fields, report))),
        None => {
            fields.missing(report, "name", "\"name\": \"email\"");
            None
        }
    }
}

/// A part of the page's address, or of another.
fn url(value: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftSource> {
    if matches!(value.found(), Found::Text(_)) {
        return Some(DraftSource::Url {
            of: None,
            part: value.text(report),
            name: None,
            keep_query: None,
        });
    }
    let known = ["of", "part", "name", "keep_query"];
    let example = "{ \"of\": \"{{link.url}}\", \"part\": \"host\" }";
    let fields = value.fields(report, &known, Some(example))?;
    let of = fields.get("of").and_then(|of| of.text(report));
    let keep = fields.get("keep_query");
    Some(DraftSource::Url {
        of: of.map(|text| At {
            it: Literal::Text(text.it),
            spot: text.spot,
        }),
        part: fields.text(report, "part"),
        name: fields.text(report, "name"),
        keep_query: keep.map(|keep| keep.texts_or_text(report, MAX_LIST)),
    })
}

fn table(
    value: &Cursor<'_>,
    report: &mut Collector<'_>,
    with_patterns: bool,
) -> Option<DraftSource> {
    let example = if with_patterns {
        "{ \"input\": \"{{page.path}}\", \"table\": { \"^/product/\": \"product\" } }"
    } else {
        "{ \"input\": \"{{page.host}}\", \"table\": { \"spb.shop.example\": \"Petersburg\" } }"
    };
    let known = ["input", "table", "ignore_case"];
    let fields = value.fields(report, &known, Some(example))?;
    let input = fields.needed(report, "input", "\"input\": \"{{page.path}}\"");
    let mut rows = Vec::new();
    match fields.get("table") {
        None if with_patterns => {
            fields.missing(
                report,
                "table",
                "\"table\": { \"^/product/\": \"product\" }",
            );
        }
        None => fields.missing(report, "table", "\"table\": { \"a\": \"b\" }"),
        // The order of patterns matters, and some programs do not keep that of keys: a list can be written too.
        Some(table) if with_patterns && matches!(table.found(), Found::List) => {
            for row in table.list(report, MAX_ENTRIES) {
                let example = "{ \"matches\": \"^/product/\", \"value\": \"product\" }";
                let known = ["matches", "value"];
                let Some(row) = row.fields(report, &known, Some(example)) else {
                    continue;
                };
                let pattern = row.needed(report, "matches", "\"matches\": \"^/product/\"");
                let value = match row.get("value") {
                    Some(value) => value.scalar(report),
                    None => {
                        row.missing(report, "value", "\"value\": \"product\"");
                        None
                    }
                };
                rows.extend(pattern.zip(value));
            }
        }
        Some(table) => {
            for row in table.entries(report) {
                rows.extend(row.value.scalar(report).map(|value| (row.name, value)));
            }
        }
    }
    let ignore_case = fields.get("ignore_case");
    Some(DraftSource::Table {
        with_patterns,
        input: input.map(|text| At {
            it: Literal::Text(text.it),
            spot: text.spot,
        }),
        rows,
        ignore_case: ignore_case.and_then(|it| it.boolean(report)) == Some(true),
    })
}

/// Values in a list that must not be empty.
fn filled(value: &Cursor<'_>, report: &mut Collector<'_>) -> Vec<At<Literal>> {
    if matches!(value.found(), Found::EmptyList) {
        value.wrong_type(report, Wanted::FilledList, None);
    }
    let list = value.list(report, MAX_LIST);
    list.iter().filter_map(|it| it.scalar(report)).collect()
}

fn place(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftPlace> {
    let known = ["selector", "closest"];
    let fields = cursor.fields(report, &known, Some("{ \"selector\": \".price\" }"))?;
    if fields.get("selector").is_none() && fields.get("closest").is_none() {
        fields.missing(report, "selector", "\"selector\": \".price\"");
    }
    Some(place_in(&fields, report))
}

fn place_in(fields: &Fields<'_>, report: &mut Collector<'_>) -> DraftPlace {
    DraftPlace {
        selector: fields.text(report, "selector"),
        closest: fields.text(report, "closest"),
    }
}

/// Reads `then`. A single step need not stand in a list.
fn steps(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Vec<Option<DraftStep>> {
    let list = match cursor.found() {
        Found::Text(_) | Found::Object => vec![cursor.clone()],
        _ => cursor.list(report, MAX_STEPS_OF_VALUE),
    };
    list.iter().map(|it| step(it, report)).collect()
}

fn step(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftStep> {
    if let Found::Text(word) = cursor.found() {
        return Some(match word.as_str() {
            "trim" => DraftStep::Trim,
            "lower" => DraftStep::Lower,
            "upper" => DraftStep::Upper,
            "digits" => DraftStep::Digits,
            "slug" => DraftStep::Slug,
            "hash" => DraftStep::Hash,
            "redact" => DraftStep::Redact(None),
            "round" => DraftStep::Round(None),
            "bucket" | "replace" | "capture" => {
                report.add(
                    Detail::Value(ValueFault::BareStep { step: word }),
                    &cursor.spot(),
                );
                return None;
            }
            _ => {
                let word = cursor.text(report)?;
                unknown_step(&word, report);
                return None;
            }
        });
    }
    if !matches!(cursor.found(), Found::Object) {
        cursor.wrong_type(report, Wanted::Text, Some("\"lower\""));
        return None;
    }
    let entries = cursor.entries(report);
    let Ok([entry]) = <[Entry<'_>; 1]>::try_from(entries) else {
        report.add(Detail::Value(ValueFault::OneStepEach), &cursor.spot());
        return None;
    };
    let value = &entry.value;
    Some(match entry.name.it.as_str() {
        "redact" => DraftStep::Redact(Some(value.texts_or_text(report, MAX_LIST))),
        "round" => DraftStep::Round(Some(value.number(report)?)),
        "bucket" => {
            let list = value.list(report, MAX_LIST);
            if matches!(value.found(), Found::EmptyList) {
                value.wrong_type(report, Wanted::FilledList, None);
            }
            let bounds: Vec<_> = list.iter().map(|it| it.number(report)).collect();
            let whole = At {
                it: (),
                spot: value.spot(),
            };
            DraftStep::Bucket(bounds.into_iter().collect::<Option<_>>()?, whole)
        }
        "replace" => {
            let example = "{ \"pattern\": \"\\\\s+\", \"with\": \"-\" }";
            let known = ["pattern", "with", "ignore_case"];
            let fields = value.fields(report, &known, Some(example))?;
            DraftStep::Replace(pattern(&fields, report))
        }
        "capture" if matches!(value.found(), Found::Text(_)) => DraftStep::Capture(DraftPattern {
            pattern: value.text(report),
            with: None,
            group: None,
            ignore_case: false,
        }),
        "capture" => {
            let example = "{ \"pattern\": \"/product/(\\\\d+)\" }";
            let known = ["pattern", "group", "ignore_case"];
            let fields = value.fields(report, &known, Some(example))?;
            DraftStep::Capture(pattern(&fields, report))
        }
        name if TRANSFORMS.contains(&name) => {
            let step = entry.name.it.clone();
            report.add(
                Detail::Value(ValueFault::PlainStep { step }),
                &entry.name.spot,
            );
            return None;
        }
        _ => {
            unknown_step(&entry.name, report);
            return None;
        }
    })
}

fn pattern(fields: &Fields<'_>, report: &mut Collector<'_>) -> DraftPattern {
    let ignore_case = fields.get("ignore_case");
    DraftPattern {
        pattern: fields.needed(report, "pattern", "\"pattern\": \"[0-9]+\""),
        with: fields.text(report, "with"),
        group: fields.get("group").and_then(|group| group.number(report)),
        ignore_case: ignore_case.and_then(|it| it.boolean(report)) == Some(true),
    }
}

fn unknown_step(word: &At<String>, report: &mut Collector<'_>) {
    let fault = ValueFault::UnknownStep {
        step: word.it.clone(),
        suggestion: suggest::meant(&word.it, TRANSFORMS),
    };
    report.add(Detail::Value(fault), &word.spot);
}
