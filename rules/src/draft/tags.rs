//! Reads `tags`, `consent` and `automatic`.

use crate::bounds::{MAX_CATEGORIES, MAX_LABELS, MAX_LIST, MAX_TAG_TRIGGERS};
use crate::container::Literal;
use crate::diagnostic::{Detail, Found, RuleFault, Thing, Wanted};
use crate::report::{Collector, Spot};
use crate::vocabulary::{AUTOMATIC, TAG_KINDS};

use super::At;
use super::reader::{Cursor, Fields};

#[derive(Debug)]
pub(crate) struct DraftTag {
    pub(crate) spot: Spot,
    pub(crate) name: Option<At<String>>,
    pub(crate) on: Option<At<Vec<At<String>>>>,
    pub(crate) except: Vec<At<String>>,
    /// `None`: could not be read.
    pub(crate) kind: Option<DraftTagKind>,
    pub(crate) with: Vec<(At<String>, At<Literal>)>,
    pub(crate) once_per: Option<At<String>>,
    pub(crate) consent: Option<Vec<At<String>>>,
    pub(crate) sample: Option<At<Literal>>,
    pub(crate) priority: Option<At<Literal>>,
    pub(crate) from: Option<At<String>>,
    pub(crate) until: Option<At<String>>,
    pub(crate) paused: bool,
    pub(crate) labels: Vec<At<String>>,
    pub(crate) notes: Option<At<String>>,
}

#[derive(Debug)]
pub(crate) enum DraftTagKind {
    Event(At<String>),
    Pixel(At<String>),
    Script {
        url: Option<At<String>>,
        integrity: Option<At<String>>,
    },
    Push(At<Vec<(At<String>, At<Literal>)>>),
    Forward {
        spot: Spot,
        to: Option<At<String>>,
        event: Option<At<String>>,
    },
}

impl DraftTag {
    /// The event it sends to the collector, if it does.
    pub(crate) fn event(&self) -> Option<&At<String>> {
        match self.kind.as_ref()? {
            DraftTagKind::Event(event) => Some(event),
            DraftTagKind::Forward { event, .. } => event.as_ref(),
            DraftTagKind::Pixel(_) | DraftTagKind::Script { .. } | DraftTagKind::Push(_) => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct DraftConsent {
    pub(crate) categories: Vec<(At<String>, Option<At<String>>)>,
    pub(crate) wait_ms: Option<At<Literal>>,
    pub(crate) signals: Vec<At<String>>,
    pub(crate) tcf: bool,
}

/// The keys of a tag.
pub(crate) const TAG_KEYS: &[&str] = &[
    "name", "on", "except", "event", "with", "pixel", "script", "push", "forward", "once_per",
    "consent", "sample", "priority", "from", "until", "paused", "labels", "notes",
];

pub(super) fn tag(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftTag> {
    let example = "{ \"name\": \"Lead\", \"on\": [\"lead form\"], \"event\": \"lead\" }";
    let fields = cursor.fields(report, TAG_KEYS, Some(example))?;
    let name = fields.needed(report, "name", "\"name\": \"Lead\"");
    let on = match fields.get("on") {
        Some(on) => Some(At {
            it: on.texts_or_text(report, MAX_TAG_TRIGGERS),
            spot: on.spot(),
        }),
        None => {
            fields.missing(report, "on", "\"on\": [\"lead form\"]");
            None
        }
    };
    let except = fields.get("except");
    let texts = |key: &str, max: usize, report: &mut Collector<'_>| {
        fields.get(key).map(|list| list.texts_or_text(report, max))
    };
    Some(DraftTag {
        name,
        on,
        except: except.map_or_else(Vec::new, |list| {
            list.texts_or_text(report, MAX_TAG_TRIGGERS)
        }),
        kind: kind(&fields, report),
        with: values(fields.get("with").as_ref(), report),
        once_per: fields.text(report, "once_per"),
        consent: texts("consent", MAX_CATEGORIES, report),
        sample: fields.get("sample").and_then(|it| it.number(report)),
        priority: fields.get("priority").and_then(|it| it.number(report)),
        from: fields.text(report, "from"),
        until: fields.text(report, "until"),
        paused: fields
            .get("paused")
            .and_then(|paused| paused.boolean(report))
            .unwrap_or(false),
        labels: fields
            .get("labels")
            .map_or_else(Vec::new, |labels| labels.texts(report, MAX_LABELS)),
        notes: fields.text(report, "notes"),
        spot: fields.spot,
    })
}

fn kind(fields: &Fields<'_>, report: &mut Collector<'_>) -> Option<DraftTagKind> {
    let mut written = TAG_KINDS.iter().filter(|kind| fields.get(kind).is_some());
    let Some(first) = written.next() else {
        fields.missing(report, "event", "\"event\": \"lead\"");
        return None;
    };
    let others: Vec<_> = written.collect();
    if !others.is_empty() {
        let kinds = std::iter::once(first).chain(others);
        let kinds = kinds.map(|&kind| kind.to_owned()).collect();
        let of = Thing::Tag;
        report.add(Detail::SeveralKinds { of, kinds }, &fields.spot);
        return None;
    }
    if let Some(with) = fields.get("with")
        && !matches!(*first, "event" | "forward")
    {
        let fault = RuleFault::Needs {
            key: "with",
            beside: "\"event\": \"…\"",
        };
        report.add(Detail::Rule(fault), &with.spot());
    }
    let value = fields.get(first)?;
    Some(match *first {
        "pixel" => DraftTagKind::Pixel(value.text(report)?),
        "script" => {
            let example =
                "{ \"url\": \"https://cdn.example/widget.js\", \"integrity\": \"sha384-…\" }";
            let fields = value.fields(report, &["url", "integrity"], Some(example))?;
            let (url, integrity) = (
                "\"url\": \"https://cdn.example/widget.js\"",
                "\"integrity\": \"sha384-…\"",
            );
            DraftTagKind::Script {
                url: fields.needed(report, "url", url),
                integrity: fields.needed(report, "integrity", integrity),
            }
        }
        "push" => DraftTagKind::Push(At {
            it: values(Some(&value), report),
            spot: value.spot(),
        }),
        "forward" => {
            let example = "{ \"to\": \"https://crm.example/hook\", \"event\": \"lead\" }";
            let fields = value.fields(report, &["to", "event"], Some(example))?;
            DraftTagKind::Forward {
                to: fields.needed(report, "to", "\"to\": \"https://crm.example/hook\""),
                event: fields.needed(report, "event", "\"event\": \"lead\""),
                spot: fields.spot,
            }
        }
        _ => DraftTagKind::Event(value.text(report)?),
    })
}

/// Names and values of an object, if it is there.
pub(super) fn values(
    cursor: Option<&Cursor<'_>>,
    report: &mut Collector<'_>,
) -> Vec<(At<String>, At<Literal>)> {
    let entries = cursor.map_or_else(Vec::new, |cursor| cursor.entries(report));
    let value = |entry: super::reader::Entry<'_>| {
        let value = entry.value.scalar(report)?;
        Some((entry.name, value))
    };
    entries.into_iter().filter_map(value).collect()
}

pub(super) fn consent(cursor: &Cursor<'_>, report: &mut Collector<'_>) -> Option<DraftConsent> {
    let example = "{ \"default\": { \"analytics\": \"granted\", \"marketing\": \"denied\" } }";
    let fields = cursor.fields(
        report,
        &["default", "wait_ms", "signals", "tcf"],
        Some(example),
    )?;
    let categories = fields.entries(report, "default");
    let category = |entry: super::reader::Entry<'_>| {
        let Found::Boolean(granted) = entry.value.found() else {
            let word = entry.value.text(report);
            return (entry.name, word);
        };
        let meant = if granted { "\"granted\"" } else { "\"denied\"" };
        entry.value.wrong_type(report, Wanted::Text, Some(meant));
        (entry.name, None)
    };
    let categories: Vec<_> = categories.into_iter().map(category).collect();
    if categories.len() > MAX_CATEGORIES
        && let Some(default) = fields.get("default")
    {
        let detail = Detail::TooMany {
            count: categories.len(),
            max: MAX_CATEGORIES,
        };
        report.add(detail, &default.spot());
    }
    let signals = fields
        .get("signals")
        .map(|list| list.texts_or_text(report, MAX_LIST));
    let tcf = fields.get("tcf").and_then(|it| it.boolean(report));
    Some(DraftConsent {
        categories,
        wait_ms: fields.get("wait_ms").and_then(|it| it.number(report)),
        signals: signals.unwrap_or_default(),
        tcf: tcf.unwrap_or(false),
    })
}

/// Which events are switched off; those that are not named are on.
pub(super) fn automatic(
    cursor: &Cursor<'_>,
    report: &mut Collector<'_>,
) -> crate::container::Automatic {
    let mut automatic = crate::container::Automatic::default();
    let example = "{ \"outbound_click\": false }";
    let Some(fields) = cursor.fields(report, AUTOMATIC, Some(example)) else {
        return automatic;
    };
    for (event, on) in [
        ("pageview", &mut automatic.pageview),
        ("engagement", &mut automatic.engagement),
        ("outbound_click", &mut automatic.outbound_click),
        ("file_download", &mut automatic.file_download),
        ("contact_click", &mut automatic.contact_click),
        ("ecommerce", &mut automatic.ecommerce),
    ] {
        if let Some(value) = fields.get(event) {
            *on = value.boolean(report).unwrap_or(*on);
        }
    }
    automatic
}
