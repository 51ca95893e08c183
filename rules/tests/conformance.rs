//! The golden cases in `spec/`: what fires, and what is sent, on given pages. Data, so that the same cases run natively
//! here and in a browser.
//!
//! A file is a list of cases. A case has a `number`, what it is `about`, a `container` (`weir` and `site` are added), a
//! `page` (`url`, `html`, `referrer`, `language`, and what `read_page` reads), what to `do`, and for each of these what to `expect`.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value as Json, json};
use weir_rules::decimal::Decimal;
use weir_rules::evaluate::{Firing, Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::page::{ElementId, Page, PageHost, Tree};
use weir_rules::payload::{EventRecord, EventText, write_object};
use weir_rules::release::{EventKind, Release, TagKind};

fn cases() -> Vec<Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
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

#[test]
fn numbers_ascend() {
    let numbers: Vec<u64> = cases()
        .iter()
        .map(|case| case["number"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    assert!(numbers.len() >= 60, "{} cases", numbers.len());
}

#[test]
fn every_case_holds() {
    let mut failures = Vec::new();
    for case in cases() {
        let found = run(&case);
        if found != case["expect"] {
            failures.push(format!(
                "case {}, {}\nexpected {}\nfound    {}",
                case["number"], case["about"], case["expect"], found
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn run(case: &Json) -> Json {
    let release = release(case);
    let text =
        |key: &str, otherwise: &str| case["page"][key].as_str().unwrap_or(otherwise).to_owned();
    let mut page = Page::new(&text("url", "https://shop.example/"), &text("html", ""));
    page.referrer = text("referrer", "");
    page.language = text("language", "");
    read_page(&mut page, &case["page"]);
    let mut host = PageHost::new(&page, &release);
    host.visitor = case["page"]["visitor"].as_u64().unwrap_or(1);
    let mut limits = Limits::new();
    let mut results = Vec::new();
    for step in case["do"].as_array().unwrap() {
        if step == "new page view" {
            limits = Limits::new();
            results.push(json!([]));
            continue;
        }
        if let Some(wait_ms) = step["wait_ms"].as_u64() {
            host.now_ms += wait_ms;
            results.push(json!([]));
            continue;
        }
        if step == "new session" {
            host.session += 1;
            results.push(json!([]));
            continue;
        }
        if let Some(answers) = step["consent"].as_object() {
            for (category, answer) in answers {
                match answer.as_bool() {
                    Some(granted) => host.consent.insert(category.clone(), granted),
                    None => host.consent.remove(category),
                };
            }
            results.push(json!([]));
            continue;
        }
        let occurrence = occurrence(step, &page, &release);
        let firings = evaluate(&release, &occurrence, &mut host, &mut limits);
        results.push(firings.iter().map(sent).collect());
    }
    Json::Array(results)
}

/// What a case says of the page besides its address and content.
fn read_page(page: &mut Page, about: &Json) {
    let texts = |key: &str| -> BTreeMap<String, String> {
        let entries = about[key].as_object().into_iter().flatten();
        entries
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect()
    };
    page.cookies = texts("cookies");
    page.local_storage = texts("local_storage");
    page.session_storage = texts("session_storage");
    let tree = |json: &Json| Tree::parse(&json.to_string()).unwrap();
    page.data_layer = about["data_layer"]
        .as_array()
        .into_iter()
        .flatten()
        .map(tree)
        .collect();
    page.globals = tree(&about["globals"]);
    page.detail = tree(&about["detail"]);
    for (category, granted) in about["consent"].as_object().into_iter().flatten() {
        page.consent
            .insert(category.clone(), granted.as_bool().unwrap());
    }
    if let Some(now_ms) = about["now_ms"].as_u64() {
        page.now_ms = now_ms;
    }
    if let Some(random) = about["random"].as_str() {
        page.random = Decimal::parse(random).unwrap();
    }
    if let Some(session) = about.get("session") {
        let text = |key: &str| session[key].as_str().unwrap_or_default().to_owned();
        page.session.number = u32::try_from(session["number"].as_u64().unwrap_or(1)).unwrap();
        page.session.landing_page = text("landing_page");
        page.session.referrer = text("referrer");
        page.session.is_new = session["is_new"].as_bool().unwrap_or(true);
    }
    if let Some(device) = about.get("device") {
        let number = |key: &str| u32::try_from(device[key].as_u64().unwrap_or_default()).unwrap();
        page.device.kind = device["type"].as_str().unwrap_or("desktop").to_owned();
        page.device.width = number("width");
        page.device.height = number("height");
    }
}

fn release(case: &Json) -> Release {
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
    Release::read(&weir_rules::compile(&container, 7)).unwrap()
}

fn occurrence(step: &Json, page: &Page, release: &Release) -> Occurrence<ElementId> {
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
    let element = || {
        page.select(what.as_str().unwrap())
            .unwrap_or_else(|| panic!("no {what} in the page"))
    };
    let trigger = |name: &Json| {
        let name = name.as_str().unwrap();
        release
            .trigger_named(name)
            .unwrap_or_else(|| panic!("no trigger {name}"))
    };
    let number = |it: &Json| u32::try_from(it.as_u64().unwrap()).unwrap();
    match kind.as_str() {
        "pageview" => Occurrence::of(EventKind::Pageview),
        "init" => Occurrence::of(EventKind::Init),
        "dom_ready" => Occurrence::of(EventKind::DomReady),
        "window_loaded" => Occurrence::of(EventKind::WindowLoaded),
        "history" => Occurrence::of(EventKind::History),
        "error" => Occurrence::of(EventKind::Error),
        "exit_intent" => Occurrence::of(EventKind::ExitIntent),
        "web_vitals" => Occurrence::of(EventKind::WebVitals),
        "click" => Occurrence::on(EventKind::Click, element()),
        "rage_click" => Occurrence::on(EventKind::RageClick, element()),
        "copy" => Occurrence::on(EventKind::Copy, element()),
        "form" => match word("stage", "submit").as_str() {
            "submit" => Occurrence::on(EventKind::FormSubmit, element()),
            "attempt" => Occurrence::on(EventKind::FormAttempt, element()),
            "success" => {
                Occurrence::on(EventKind::FormSuccess, element()).watched_for(trigger(&step["for"]))
            }
            other => panic!("unknown stage {other}"),
        },
        "field" => match word("on", "change").as_str() {
            "focus" => Occurrence::on(EventKind::FieldFocus, element()),
            "change" => Occurrence::on(EventKind::FieldChange, element()),
            "abandon" => Occurrence::on(EventKind::FieldAbandon, element()),
            other => panic!("unknown act {other}"),
        },
        "scroll" => {
            let across = word("axis", "vertical") == "horizontal";
            match (&what["percent"], &what["pixels"]) {
                (Json::Null, pixels) if across => {
                    Occurrence::reached(EventKind::ScrollPixelsAcross, number(pixels))
                }
                (Json::Null, pixels) => {
                    Occurrence::reached(EventKind::ScrollPixels, number(pixels))
                }
                (percent, _) if across => {
                    Occurrence::reached(EventKind::ScrollPercentAcross, number(percent))
                }
                (percent, _) => Occurrence::reached(EventKind::ScrollPercent, number(percent)),
            }
        }
        "visible" => {
            Occurrence::on(EventKind::Visible, element()).watched_for(trigger(&step["for"]))
        }
        "appears" => {
            Occurrence::on(EventKind::Appears, element()).watched_for(trigger(&step["for"]))
        }
        "timer" => {
            Occurrence::reached(EventKind::Timer, number(&step["tick"])).watched_for(trigger(what))
        }
        "custom" => Occurrence::custom(what.as_str().unwrap().to_owned()),
        "video" => {
            let kind = match word("on", "start").as_str() {
                "start" => EventKind::VideoStart,
                "pause" => EventKind::VideoPause,
                "progress" => EventKind::VideoProgress,
                "complete" => EventKind::VideoComplete,
                other => panic!("unknown act {other}"),
            };
            Occurrence {
                number: step["percent"]
                    .as_u64()
                    .map_or(0, |_| number(&step["percent"])),
                ..Occurrence::on(kind, element())
            }
        }
        other => panic!("unknown step {other}"),
    }
}

/// What a firing does; an event as it reaches the collector, by way of the payload.
fn sent(firing: &Firing<'_>) -> Json {
    let mut out = match firing.tag.kind() {
        TagKind::Event => event(firing),
        kind => {
            let mut text = String::new();
            write_object(&mut text, &firing.props);
            let props: Json = serde_json::from_str(&text).unwrap();
            let mut out = Map::new();
            out.insert("tag".to_owned(), firing.tag.name().into());
            out.insert("trigger".to_owned(), firing.trigger.name().into());
            match kind {
                TagKind::Pixel => out.insert("pixel".to_owned(), props["url"].clone()),
                TagKind::Script => out.insert("script".to_owned(), props),
                _ => out.insert("push".to_owned(), props),
            };
            out
        }
    };
    if firing.waits {
        out.insert("waits".to_owned(), true.into());
    }
    Json::Object(out)
}

fn event(firing: &Firing<'_>) -> Map<String, Json> {
    let record = EventRecord {
        id: "01941f29-7c00-7aaa-8000-000000000001",
        name: firing.tag.event(),
        ts: 1,
        seq: 1,
        tag: firing.tag.name(),
        trigger: firing.trigger.name(),
        element: &firing.element,
        engaged_ms: 0,
        sample: firing.tag.sample(),
        props: &firing.props,
    };
    let text = EventText::new(&record);
    let event: Json = serde_json::from_str(&format!("{}}}", text.as_str())).unwrap();
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
