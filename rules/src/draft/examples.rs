//! Reads `examples`.

use crate::bounds::{MAX_EXPECTED, MAX_LIST, MAX_STEPS_OF_EXAMPLE};
use crate::container::Literal;
use crate::container::{EXAMPLE_STEPS, StepTakes};
use crate::diagnostic::{Detail, Found, RuleFault, Thing, Wanted};
use crate::report::{Collector, Spot};
use crate::suggest;

use super::At;
use super::reader::{Cursor, Entry, Fields};

#[derive(Debug)]
pub(crate) struct DraftExample {
    pub(crate) spot: Spot,
    pub(crate) name: Option<At<String>>,
    pub(crate) page: Option<DraftExamplePage>,
    pub(crate) steps: Vec<DraftExampleStep>,
    pub(crate) expect: Vec<DraftExpected>,
}

#[derive(Debug, Default)]
pub(crate) struct DraftExamplePage {
    pub(crate) url: Option<At<String>>,
    pub(crate) html: Option<At<String>>,
    pub(crate) referrer: Option<At<String>>,
    pub(crate) cookies: Vec<(At<String>, At<String>)>,
    pub(crate) local_storage: Vec<(At<String>, At<String>)>,
    pub(crate) session_storage: Vec<(At<String>, At<String>)>,
    /// As JSON.
    pub(crate) data_layer: Vec<String>,
    /// As JSON.
    pub(crate) globals: Option<String>,
    pub(crate) consent: Vec<(At<String>, At<String>)>,
    pub(crate) today: Option<At<String>>,
}

#[derive(Debug)]
pub(crate) struct DraftExampleStep {
    pub(crate) kind: &'static str,
    pub(crate) takes: StepTakes,
    /// A text or a number; none if the kind takes nothing.
    pub(crate) what: Option<At<Literal>>,
    /// As JSON.
    pub(crate) data: Option<String>,
    pub(crate) spot: Spot,
}

#[derive(Debug)]
pub(crate) struct DraftExpected {
    pub(crate) spot: Spot,
    pub(crate) event: Option<At<String>>,
    pub(crate) pixel: Option<At<String>>,
    pub(crate) script: Option<At<String>>,
    pub(crate) tag: Option<At<String>>,
    /// `with` describes an entry of the data layer.
    pub(crate) is_push: bool,
    pub(crate) with: Vec<(At<String>, At<Literal>)>,
}

/// The keys of an example.
pub(crate) const EXAMPLE_KEYS: &[&str] = &["name", "page", "do", "expect"];
/// The keys of the page of an example.
pub(crate) const EXAMPLE_PAGE_KEYS: &[&str] = &[
    "url",
    "html",
    "referrer",
    "cookies",
    "local_storage",
    "session_storage",
    "data_layer",
    "globals",
    "consent",
    "today",
];
/// The keys of what is expected.
pub(crate) const EXPECTED_KEYS: &[&str] = &["event", "pixel", "script", "push", "tag", "with"];

pub(super) fn example(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftExample> {
    let shown = "{ \"name\": \"buying\", \"page\": { \"url\": \"https://shop.example/\", \"html\": \"<button class=buy>\" }, \"do\": [ { \"click\": \".buy\" } ], \"expect\": [ { \"event\": \"add_to_cart\" } ] }";
    let fields = cursor.fields(report, EXAMPLE_KEYS, Some(shown))?;
    let name = fields.needed(report, "name", "\"name\": \"buying fires once\"");
    let page = match fields.get("page") {
        None => Some(DraftExamplePage::default()),
        Some(cursor) => page(&cursor, report),
    };
    let mut steps = Vec::new();
    match fields.get("do") {
        None => fields.missing(report, "do", "\"do\": [ { \"click\": \"button.buy\" } ]"),
        Some(list) => {
            for cursor in list.list(report, MAX_STEPS_OF_EXAMPLE) {
                steps.extend(step(&cursor, report));
            }
        }
    }
    let mut expect = Vec::new();
    match fields.get("expect") {
        // An empty list says that nothing must come of it.
        None => fields.missing(
            report,
            "expect",
            "\"expect\": [ { \"event\": \"add_to_cart\" } ]",
        ),
        Some(list) => {
            for cursor in list.list(report, MAX_EXPECTED) {
                expect.extend(expected(&cursor, report));
            }
        }
    }
    Some(DraftExample {
        spot: fields.spot,
        name,
        page,
        steps,
        expect,
    })
}

fn page(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftExamplePage> {
    let shown = "{ \"url\": \"https://shop.example/product/42\", \"html\": \"<button class=buy>Buy</button>\" }";
    let fields = cursor.fields(report, EXAMPLE_PAGE_KEYS, Some(shown))?;
    let data_layer = fields.get("data_layer").map_or_else(Vec::new, |list| {
        let entries = list.list(report, MAX_LIST);
        entries.iter().map(|entry| entry.json(report)).collect()
    });
    let globals = fields.get("globals").and_then(|globals| {
        if matches!(globals.found(), Found::Object) {
            return Some(globals.json(report));
        }
        globals.wrong_type(report, Wanted::Object, Some("{ \"user\": { \"id\": 7 } }"));
        None
    });
    Some(DraftExamplePage {
        url: fields.text(report, "url"),
        html: fields.text(report, "html"),
        referrer: fields.text(report, "referrer"),
        cookies: texts(&fields, report, "cookies"),
        local_storage: texts(&fields, report, "local_storage"),
        session_storage: texts(&fields, report, "session_storage"),
        data_layer,
        globals,
        consent: texts(&fields, report, "consent"),
        today: fields.text(report, "today"),
    })
}

/// Names and texts.
fn texts(
    fields: &Fields<'_>,
    report: &mut Collector<'_>,
    key: &str,
) -> Vec<(At<String>, At<String>)> {
    let entries = fields.entries(report, key);
    let text = |entry: Entry<'_>| {
        let value = entry.value.text(report)?;
        Some((entry.name, value))
    };
    entries.into_iter().filter_map(text).collect()
}

/// `{ "click": "button.buy" }`.
fn step(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftExampleStep> {
    if !matches!(cursor.found(), Found::Object) {
        let shown = "{ \"click\": \"button.buy\" }";
        cursor.wrong_type(report, Wanted::Object, Some(shown));
        return None;
    }
    let mut entries = cursor.entries(report);
    let mut data = None;
    if let Some(at) = entries.iter().position(|entry| entry.name.it == "data") {
        let entry = entries.remove(at);
        data = Some((entry.value.json(report), entry.value.spot()));
    }
    let Ok([entry]) = <[Entry<'_>; 1]>::try_from(entries).map_err(|entries| {
        let of = Thing::Step;
        let kinds: Vec<String> = entries.into_iter().map(|entry| entry.name.it).collect();
        let detail = if kinds.is_empty() {
            Detail::MissingKind { of }
        } else {
            Detail::SeveralKinds { of, kinds }
        };
        report.add(detail, &cursor.spot());
    }) else {
        return None;
    };
    let known = EXAMPLE_STEPS
        .iter()
        .find(|(kind, _)| *kind == entry.name.it);
    let Some((kind, takes)) = known else {
        let kinds = EXAMPLE_STEPS.iter().map(|(kind, _)| *kind);
        let fault = RuleFault::UnknownStep {
            suggestion: suggest::nearest(&entry.name.it, kinds),
            name: entry.name.it,
        };
        report.add(Detail::Rule(fault), &entry.name.spot);
        return None;
    };
    if let (Some((_, spot)), false) = (&data, *takes == StepTakes::Name) {
        let fault = RuleFault::Needs {
            key: "data",
            beside: "\"custom\": \"…\"",
        };
        report.add(Detail::Rule(fault), spot);
    }
    let value = &entry.value;
    let what = match takes {
        StepTakes::Nothing => {
            if !matches!(value.found(), Found::Boolean(true)) {
                value.wrong_type(report, Wanted::Boolean, Some("true"));
                return None;
            }
            None
        }
        StepTakes::Time if matches!(value.found(), Found::Number(_)) => {
            value.wrong_type(report, Wanted::Text, Some("\"30 seconds\""));
            return None;
        }
        StepTakes::Selector | StepTakes::Name | StepTakes::Time => {
            let text = value.text(report)?;
            Some(At {
                it: Literal::Text(text.it),
                spot: text.spot,
            })
        }
        StepTakes::Percent | StepTakes::Pixels => Some(value.number(report)?),
        StepTakes::Entry => {
            if !matches!(value.found(), Found::Object) {
                let shown = "{ \"event\": \"order_sent\" }";
                value.wrong_type(report, Wanted::Object, Some(shown));
                return None;
            }
            Some(At {
                it: Literal::Text(value.json(report)),
                spot: value.spot(),
            })
        }
    };
    Some(DraftExampleStep {
        kind,
        takes: *takes,
        what,
        data: data.map(|(json, _)| json),
        spot: cursor.spot(),
    })
}

fn expected(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftExpected> {
    let shown = "{ \"event\": \"add_to_cart\", \"with\": { \"sku\": \"42\" } }";
    let fields = cursor.fields(report, EXPECTED_KEYS, Some(shown))?;
    let kinds: Vec<String> = ["event", "pixel", "script", "push"]
        .into_iter()
        .filter(|kind| fields.get(kind).is_some())
        .map(str::to_owned)
        .collect();
    if kinds.len() > 1 {
        let of = Thing::Expected;
        report.add(Detail::SeveralKinds { of, kinds }, &fields.spot);
        return None;
    }
    if kinds.is_empty() && fields.get("tag").is_none() {
        fields.missing(report, "event", "\"event\": \"add_to_cart\"");
        return None;
    }
    let push = fields.get("push");
    let with = push.clone().or_else(|| fields.get("with"));
    if let (Some(_), Some(with)) = (&push, fields.get("with")) {
        let fault = RuleFault::Conflict {
            keys: ["push", "with"],
        };
        report.add(Detail::Rule(fault), &with.spot());
    }
    Some(DraftExpected {
        event: fields.text(report, "event"),
        pixel: fields.text(report, "pixel"),
        script: fields.text(report, "script"),
        tag: fields.text(report, "tag"),
        is_push: push.is_some(),
        with: super::tags::values(with.as_ref(), report),
        spot: fields.spot,
    })
}
