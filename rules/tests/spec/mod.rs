//! The golden cases of `spec/`, read: for the native run and for the one in a browser.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "every test uses a part of it; a test fails by panicking"
)]

use std::path::Path;

use serde_json::{Map, Value as Json, json};
use weir_rules::id::TriggerId;
use weir_rules::release::{EventKind, Release};

/// Where the cases are, from the workspace.
const FOLDER: &str = "rules/spec";

/// All cases, in the order of their numbers.
pub(crate) fn cases() -> Vec<Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join(FOLDER))
        .find(|folder| folder.is_dir())
        .unwrap();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let list: Vec<Json> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        cases.extend(list);
    }
    cases
}

/// The bytes of the release that a case is about.
pub(crate) fn release(case: &Json) -> Vec<u8> {
    let mut container = json!({ "weir": 1, "site": { "id": "shop", "domains": ["shop.example"], "timezone": "Europe/Moscow", "script_hosts": ["cdn.example"] } });
    for (key, value) in case["container"].as_object().unwrap() {
        container[key] = value.clone();
    }
    if container.get("automatic").is_none() {
        container["automatic"] = json!({
            "pageview": false, "outbound_click": false, "file_download": false, "contact_click": false,
        });
    }
    let checked = weir_rules::check(&container.to_string());
    let container = checked.container.unwrap_or_else(|| {
        panic!(
            "case {}: {}",
            case["number"],
            weir_rules::report::to_json(&checked.problems, weir_rules::Lang::En)
        )
    });
    weir_rules::compile(&container, 7)
}

/// What a case does.
pub(crate) enum Step {
    /// Another page view of the same page.
    View,
    /// Time passes.
    Wait(u64),
    /// The visitor comes back for another session.
    Session,
    /// The visitor answers: granted, denied, or (`None`) has not answered yet.
    Consent(Vec<(String, Option<bool>)>),
    Happens(Happening),
}

/// Something that happens; the element is found by a selector.
pub(crate) struct Happening {
    pub(crate) kind: EventKind,
    pub(crate) element: Option<String>,
    pub(crate) trigger: Option<TriggerId>,
    pub(crate) number: u32,
    pub(crate) name: String,
}

impl Happening {
    fn of(kind: EventKind) -> Self {
        Self {
            kind,
            element: None,
            trigger: None,
            number: 0,
            name: String::new(),
        }
    }

    fn on(kind: EventKind, element: String) -> Self {
        let element = Some(element);
        Self {
            element,
            ..Self::of(kind)
        }
    }

    fn reached(kind: EventKind, number: u32) -> Self {
        Self {
            number,
            ..Self::of(kind)
        }
    }

    fn watched_for(self, trigger: TriggerId) -> Self {
        let trigger = Some(trigger);
        Self { trigger, ..self }
    }
}

/// The steps of a case.
pub(crate) fn steps(case: &Json, release: &Release) -> Vec<Step> {
    let steps = case["do"].as_array().unwrap().iter();
    steps
        .map(|step| match step["wait_ms"].as_u64() {
            _ if step == "new page view" => Step::View,
            _ if step == "new session" => Step::Session,
            _ if step["consent"].is_object() => Step::Consent(
                step["consent"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(category, answer)| (category.clone(), answer.as_bool()))
                    .collect(),
            ),
            Some(wait_ms) => Step::Wait(wait_ms),
            None => Step::Happens(happening(step, release)),
        })
        .collect()
}

fn happening(step: &Json, release: &Release) -> Happening {
    let settings = ["for", "stage", "on", "percent", "axis", "tick"];
    let mut entries = step.as_object().unwrap().iter();
    let (kind, what) = entries
        .find(|(key, _)| !settings.contains(&key.as_str()))
        .unwrap();
    let word = |key: &str, otherwise: &'static str| {
        step[key]
            .as_str()
            .map_or(otherwise.to_owned(), str::to_owned)
    };
    let element = || what.as_str().unwrap().to_owned();
    let trigger = |name: &Json| {
        let name = name.as_str().unwrap();
        release
            .trigger_named(name)
            .unwrap_or_else(|| panic!("no trigger {name}"))
    };
    let number = |it: &Json| u32::try_from(it.as_u64().unwrap()).unwrap();
    match kind.as_str() {
        "pageview" => Happening::of(EventKind::Pageview),
        "init" => Happening::of(EventKind::Init),
        "dom_ready" => Happening::of(EventKind::DomReady),
        "window_loaded" => Happening::of(EventKind::WindowLoaded),
        "history" => Happening::of(EventKind::History),
        "error" => Happening::of(EventKind::Error),
        "exit_intent" => Happening::of(EventKind::ExitIntent),
        "web_vitals" => Happening::of(EventKind::WebVitals),
        "click" => Happening::on(EventKind::Click, element()),
        "rage_click" => Happening::on(EventKind::RageClick, element()),
        "copy" => Happening::on(EventKind::Copy, element()),
        "form" => match word("stage", "submit").as_str() {
            "submit" => Happening::on(EventKind::FormSubmit, element()),
            "attempt" => Happening::on(EventKind::FormAttempt, element()),
            "success" => {
                Happening::on(EventKind::FormSuccess, element()).watched_for(trigger(&step["for"]))
            }
            other => panic!("unknown stage {other}"),
        },
        "field" => match word("on", "change").as_str() {
            "focus" => Happening::on(EventKind::FieldFocus, element()),
            "change" => Happening::on(EventKind::FieldChange, element()),
            "abandon" => Happening::on(EventKind::FieldAbandon, element()),
            other => panic!("unknown act {other}"),
        },
        "scroll" => {
            let across = word("axis", "vertical") == "horizontal";
            match (&what["percent"], &what["pixels"]) {
                (Json::Null, pixels) if across => {
                    Happening::reached(EventKind::ScrollPixelsAcross, number(pixels))
                }
                (Json::Null, pixels) => Happening::reached(EventKind::ScrollPixels, number(pixels)),
                (percent, _) if across => {
                    Happening::reached(EventKind::ScrollPercentAcross, number(percent))
                }
                (percent, _) => Happening::reached(EventKind::ScrollPercent, number(percent)),
            }
        }
        "visible" => {
            Happening::on(EventKind::Visible, element()).watched_for(trigger(&step["for"]))
        }
        "appears" => {
            Happening::on(EventKind::Appears, element()).watched_for(trigger(&step["for"]))
        }
        "timer" => {
            Happening::reached(EventKind::Timer, number(&step["tick"])).watched_for(trigger(what))
        }
        "custom" => Happening {
            name: what.as_str().unwrap().to_owned(),
            ..Happening::of(EventKind::Custom)
        },
        "video" => {
            let kind = match word("on", "start").as_str() {
                "start" => EventKind::VideoStart,
                "pause" => EventKind::VideoPause,
                "progress" => EventKind::VideoProgress,
                "complete" => EventKind::VideoComplete,
                other => panic!("unknown act {other}"),
            };
            Happening {
                number: step["percent"]
                    .as_u64()
                    .map_or(0, |_| number(&step["percent"])),
                ..Happening::on(kind, element())
            }
        }
        other => panic!("unknown step {other}"),
    }
}

/// An event of a payload, as far as cases look at it.
pub(crate) fn seen(event: &Json) -> Map<String, Json> {
    let mut out = Map::new();
    for (key, name) in [
        ("tag", "tag"),
        ("trigger", "trigger"),
        ("name", "event"),
        ("element", "element"),
        ("sample_rate", "sample_rate"),
        ("props", "with"),
    ] {
        if let Some(value) = event.get(key) {
            out.insert(name.to_owned(), value.clone());
        }
    }
    out
}
