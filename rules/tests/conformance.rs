//! The golden cases in `spec/`: what fires, and what is sent, on given pages. Data, so that the same cases run natively
//! here and in a browser.
//!
//! A file is a list of cases. A case has a `number`, what it is `about`, a `container` (`weir` and `site` are added), a
//! `page` (`url`, `html`, `referrer`, `language`), what to `do`, and for each of these what to `expect`.

#![cfg(test)]

use std::path::Path;

use serde_json::{Map, Value as Json, json};
use weir_rules::evaluate::{Firing, Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::page::{ElementId, Page, PageHost};
use weir_rules::payload::{EventRecord, EventText};
use weir_rules::release::Release;

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
    let mut host = PageHost::new(&page, &release);
    let mut limits = Limits::new();
    let mut results = Vec::new();
    for step in case["do"].as_array().unwrap() {
        if step == "new page view" {
            limits = Limits::new();
            results.push(json!([]));
            continue;
        }
        let occurrence = occurrence(step, &page, &release);
        let firings = evaluate(&release, &occurrence, &mut host, &mut limits);
        results.push(firings.iter().map(sent).collect());
    }
    Json::Array(results)
}

fn release(case: &Json) -> Release {
    let mut container = json!({ "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] } });
    for (key, value) in case["container"].as_object().unwrap() {
        container[key] = value.clone();
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
    let mut entries = step.as_object().unwrap().iter();
    let (kind, selector) = entries.find(|(key, _)| *key != "for").unwrap();
    let element = || {
        page.select(selector.as_str().unwrap())
            .unwrap_or_else(|| panic!("no {selector} in the page"))
    };
    match kind.as_str() {
        "pageview" => Occurrence::Pageview,
        "click" => Occurrence::Click { target: element() },
        "form" => Occurrence::Form { form: element() },
        "visible" => {
            let name = step["for"].as_str().unwrap();
            let mut waiting = release.visible_triggers();
            let found = waiting.find(|(id, _)| {
                release
                    .trigger(*id)
                    .is_some_and(|trigger| trigger.name() == name)
            });
            Occurrence::Visible {
                element: element(),
                trigger: found.unwrap().0,
            }
        }
        other => panic!("unknown step {other}"),
    }
}

/// A firing as it reaches the collector, by way of the payload.
fn sent(firing: &Firing<'_>) -> Json {
    let record = EventRecord {
        id: "01941f29-7c00-7aaa-8000-000000000001",
        name: firing.tag.event(),
        ts: 1,
        seq: 1,
        tag: firing.tag.name(),
        trigger: firing.trigger.name(),
        element: &firing.element,
        engaged_ms: 0,
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
        ("props", "with"),
    ] {
        if let Some(value) = event.get(key) {
            out.insert(name.to_owned(), value.clone());
        }
    }
    Json::Object(out)
}
