//! Reads `triggers`.

use crate::bounds::{MAX_LIST, MAX_TAG_TRIGGERS};
use crate::container::Literal;
use crate::diagnostic::{Found, Thing};
use crate::release::EventKind;
use crate::report::{Collector, Spot};

use super::reader::{Cursor, Entry, Fields};
use super::rules::kinds;
use super::{At, DraftCondition, condition};

#[derive(Debug)]
pub(crate) struct DraftTrigger {
    pub(crate) name: At<String>,
    /// `None`: could not be read.
    pub(crate) kind: Option<DraftTriggerKind>,
    pub(crate) when: Option<DraftCondition>,
}

#[derive(Debug)]
pub(crate) enum DraftTriggerKind {
    /// A kind without settings.
    Plain(EventKind),
    /// A kind with nothing but a selector, which may be missing.
    On(EventKind, Option<At<String>>),
    Link {
        selector: Option<At<String>>,
        kind: Option<At<String>>,
    },
    Form {
        selector: Option<At<String>>,
        stage: Option<At<String>>,
        success: Option<DraftSuccess>,
        spot: Spot,
    },
    Field {
        selector: Option<At<String>>,
        on: Option<At<String>>,
    },
    Scroll {
        percent: Option<At<Vec<At<Literal>>>>,
        pixels: Option<At<Vec<At<Literal>>>>,
        axis: Option<At<String>>,
    },
    Visible {
        selector: Option<At<String>>,
        ratio: Option<At<Literal>>,
        for_ms: Option<At<Literal>>,
    },
    Appears {
        selector: Option<At<String>>,
    },
    Timer {
        every_ms: Option<At<Literal>>,
        limit: Option<At<Literal>>,
        clock: Option<At<String>>,
    },
    Custom {
        event: Option<At<String>>,
        matches: Option<At<String>>,
    },
    Video {
        on: Option<At<String>>,
        percent: Option<At<Vec<At<Literal>>>>,
    },
    Group {
        all: Option<At<Vec<At<String>>>>,
        in_order: bool,
        within: Option<At<String>>,
    },
}

/// How to know that a form was taken.
#[derive(Debug)]
pub(crate) struct DraftSuccess {
    pub(crate) spot: Spot,
    pub(crate) visible: Option<At<String>>,
    pub(crate) path: Option<At<String>>,
}

pub(super) fn trigger(entry: Entry<'_>, report: &mut Collector<'_>) -> Option<DraftTrigger> {
    let Some(kinds) = kinds(&entry.value, report, Thing::Trigger, &["when"]) else {
        return Some(DraftTrigger {
            name: entry.name,
            kind: None,
            when: None,
        });
    };
    let when = kinds
        .others
        .first()
        .and_then(|when| condition::read(&when.value, report));
    let kind = kinds.kind.and_then(|kind| trigger_kind(&kind, report));
    Some(DraftTrigger {
        name: entry.name,
        kind,
        when,
    })
}

/// The settings of a kind of trigger, or an empty list if it has none.
pub(crate) fn settings(kind: &str) -> &'static [&'static str] {
    match kind {
        "click" | "rage_click" | "copy" | "appears" => &["selector"],
        "link" => &["selector", "kind"],
        "form" => &["selector", "stage", "success"],
        "field" => &["selector", "on"],
        "scroll" => &["percent", "pixels", "axis"],
        "visible" => &["selector", "ratio", "for_ms", "once_per"],
        "timer" => &["every_ms", "limit", "clock"],
        "custom" => &["event", "matches"],
        "video" => &["on", "percent"],
        "group" => &["all", "in_order", "within"],
        _ => &[],
    }
}

fn trigger_kind(entry: &Entry<'_>, report: &mut Collector<'_>) -> Option<DraftTriggerKind> {
    let kind = entry.name.it.as_str();
    let example = match kind {
        "click" | "link" | "rage_click" | "copy" => "{ \"selector\": \"button.buy\" }",
        "form" | "field" => "{ \"selector\": \"#lead\" }",
        "scroll" => "{ \"percent\": [50, 90] }",
        "visible" | "appears" => "{ \"selector\": \"[data-promo]\" }",
        "timer" => "{ \"every_ms\": 30000 }",
        "custom" => "{ \"event\": \"order_sent\" }",
        "video" => "{ \"on\": \"start\" }",
        "group" => "{ \"all\": [\"price seen\", \"photo opened\"] }",
        _ => "{}",
    };
    let fields = entry.value.fields(report, settings(kind), Some(example))?;
    Some(match kind {
        "init" => DraftTriggerKind::Plain(EventKind::Init),
        "dom_ready" => DraftTriggerKind::Plain(EventKind::DomReady),
        "window_loaded" => DraftTriggerKind::Plain(EventKind::WindowLoaded),
        "history" => DraftTriggerKind::Plain(EventKind::History),
        "error" => DraftTriggerKind::Plain(EventKind::Error),
        "exit_intent" => DraftTriggerKind::Plain(EventKind::ExitIntent),
        "web_vitals" => DraftTriggerKind::Plain(EventKind::WebVitals),
        "any_event" => DraftTriggerKind::Plain(EventKind::AnyEvent),
        "click" => DraftTriggerKind::On(EventKind::Click, fields.text(report, "selector")),
        "rage_click" => DraftTriggerKind::On(EventKind::RageClick, fields.text(report, "selector")),
        "copy" => DraftTriggerKind::On(EventKind::Copy, fields.text(report, "selector")),
        "link" => DraftTriggerKind::Link {
            selector: fields.text(report, "selector"),
            kind: fields.text(report, "kind"),
        },
        "form" => form(&fields, report),
        "field" => DraftTriggerKind::Field {
            selector: fields.text(report, "selector"),
            on: fields.text(report, "on"),
        },
        "scroll" => DraftTriggerKind::Scroll {
            percent: numbers(&fields, report, "percent"),
            pixels: numbers(&fields, report, "pixels"),
            axis: fields.text(report, "axis"),
        },
        "visible" => {
            if let Some(once_per) = fields.text(report, "once_per") {
                super::rules::choice(report, &once_per, &["element"]);
            }
            DraftTriggerKind::Visible {
                selector: fields.needed(report, "selector", "\"selector\": \"[data-promo]\""),
                ratio: number(&fields, report, "ratio"),
                for_ms: number(&fields, report, "for_ms"),
            }
        }
        "appears" => DraftTriggerKind::Appears {
            selector: fields.needed(report, "selector", "\"selector\": \".error-message\""),
        },
        "timer" => {
            if fields.get("every_ms").is_none() {
                fields.missing(report, "every_ms", "\"every_ms\": 30000");
            }
            DraftTriggerKind::Timer {
                every_ms: number(&fields, report, "every_ms"),
                limit: number(&fields, report, "limit"),
                clock: fields.text(report, "clock"),
            }
        }
        "custom" => custom(&fields, report),
        "video" => DraftTriggerKind::Video {
            on: fields.text(report, "on"),
            percent: numbers(&fields, report, "percent"),
        },
        "group" => group(&fields, report),
        _ => DraftTriggerKind::Plain(EventKind::Pageview),
    })
}

fn form(fields: &Fields<'_>, report: &mut Collector<'_>) -> DraftTriggerKind {
    let success = fields.get("success").and_then(|success| {
        let example = Some("{ \"visible\": \".thanks\" }");
        let fields = success.fields(report, &["visible", "path"], example)?;
        Some(DraftSuccess {
            spot: success.spot(),
            visible: fields.text(report, "visible"),
            path: fields.text(report, "path"),
        })
    });
    let stage = fields.text(report, "stage");
    let is_success = stage.as_ref().is_some_and(|stage| stage.it == "success");
    if is_success && fields.get("success").is_none() {
        fields.missing(
            report,
            "success",
            "\"success\": { \"visible\": \".thanks\" }",
        );
    }
    DraftTriggerKind::Form {
        selector: fields.text(report, "selector"),
        stage,
        success,
        spot: fields.spot.clone(),
    }
}

fn custom(fields: &Fields<'_>, report: &mut Collector<'_>) -> DraftTriggerKind {
    if fields.get("event").is_none() && fields.get("matches").is_none() {
        fields.missing(report, "event", "\"event\": \"order_sent\"");
    }
    DraftTriggerKind::Custom {
        event: fields.text(report, "event"),
        matches: fields.text(report, "matches"),
    }
}

fn group(fields: &Fields<'_>, report: &mut Collector<'_>) -> DraftTriggerKind {
    let all = fields.get("all").map(|all| At {
        it: all.texts_or_text(report, MAX_TAG_TRIGGERS),
        spot: all.spot(),
    });
    if all.is_none() {
        fields.missing(report, "all", "\"all\": [\"price seen\", \"photo opened\"]");
    }
    DraftTriggerKind::Group {
        all,
        in_order: fields
            .get("in_order")
            .and_then(|in_order| in_order.boolean(report))
            .unwrap_or(false),
        within: fields.duration(report, "within", "seconds"),
    }
}

fn number(fields: &Fields<'_>, report: &mut Collector<'_>, key: &str) -> Option<At<Literal>> {
    fields.get(key).and_then(|number| number.number(report))
}

/// Numbers, or a single one.
fn numbers(
    fields: &Fields<'_>,
    report: &mut Collector<'_>,
    key: &str,
) -> Option<At<Vec<At<Literal>>>> {
    let cursor: Cursor<'_> = fields.get(key)?;
    let it = match cursor.found() {
        Found::Number(_) => cursor.number(report).into_iter().collect(),
        _ => {
            let list = cursor.list(report, MAX_LIST);
            let numbers: Vec<_> = list.iter().filter_map(|it| it.number(report)).collect();
            if numbers.len() < list.len() {
                return None;
            }
            numbers
        }
    };
    Some(At {
        it,
        spot: cursor.spot(),
    })
}
