//! The golden cases in `spec/`: what fires, and what is sent, on given pages. Data, so that the same cases run natively
//! here and in a browser.
//!
//! A file is a list of cases. A case has a `number`, what it is `about`, a `container` (`weir` and `site` are added), a
//! `page` (`url`, `html`, `referrer`, `language`, and what `read_page` reads), what to `do`, and for each of these what to `expect`.

#![cfg(test)]

mod spec;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use weir_rules::decimal::Decimal;
use weir_rules::evaluate::{Firing, Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::page::{ElementId, Page, PageHost, Tree};
use weir_rules::payload::{write_event, write_object};
use weir_rules::release::{Release, TagKind};

use spec::{Happening, Step};

#[test]
fn numbers_ascend() {
    let numbers: Vec<u64> = spec::cases()
        .iter()
        .map(|case| case["number"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    assert!(numbers.len() >= 250, "{} cases", numbers.len());
}

#[test]
fn every_case_holds() {
    let mut failures = Vec::new();
    for case in spec::cases() {
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
    let release = Release::read(&spec::release(case)).unwrap();
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
    for step in spec::steps(case, &release) {
        match step {
            Step::View => {
                limits = Limits::new();
                results.push(json!([]));
            }
            Step::Wait(wait_ms) => {
                host.now_ms += wait_ms;
                results.push(json!([]));
            }
            Step::Session => {
                host.session += 1;
                results.push(json!([]));
            }
            Step::Consent(answers) => {
                for (category, answer) in answers {
                    match answer {
                        Some(granted) => host.consent.insert(category, granted),
                        None => host.consent.remove(&category),
                    };
                }
                results.push(json!([]));
            }
            Step::Happens(happening) => {
                let occurrence = occurrence(happening, &page);
                let firings = evaluate(&release, &occurrence, &mut host, &mut limits);
                results.push(firings.iter().map(sent).collect());
            }
        }
    }
    Json::Array(results)
}

fn occurrence(happening: Happening, page: &Page) -> Occurrence<ElementId> {
    let element = happening.element.map(|selector| {
        page.select(&selector)
            .unwrap_or_else(|| panic!("no {selector} in the page"))
    });
    Occurrence {
        kind: happening.kind,
        element,
        trigger: happening.trigger,
        number: happening.number,
        name: happening.name,
    }
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
    let mut text = String::new();
    write_event(&mut text, firing);
    let event: Json = serde_json::from_str(&format!("{{{text}}}")).unwrap();
    spec::seen(&event)
}
