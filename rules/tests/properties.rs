//! What holds for every container, every release and every page.

#![cfg(test)]

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use weir_rules::evaluate::{Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::page::{Page, PageHost};
use weir_rules::release::{EventKind, FORMAT, MAX_BYTES, Release, ReleaseError};
use weir_rules::{check, compile};

mod spec;

/// The releases of the golden cases: the whole language.
static GOLDEN: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| spec::cases().iter().map(spec::release).collect());

const HTML: &str = r#"<html lang="ru"><title>Чай</title><body>
    <div class="product" data-sku="42"><b class="price">1 990 ₽</b><button class="buy">Купить</button></div>
    <form id="lead" action="/send"><input type="password" value="secret"><button>Send</button></form>"#;

/// Runs everything that can happen on a page.
fn run_all(release: &Release) -> Vec<String> {
    let page = Page::new("https://shop.example/product/42?a=1&b=%D1%8F#top", HTML);
    let mut host = PageHost::new(&page, release);
    let mut limits = Limits::new();
    let target = page.select(".buy").unwrap();
    let form = page.select("form").unwrap();
    let mut happened = Vec::new();
    for kind in EventKind::ALL {
        happened.push(Occurrence::of(kind));
        happened.push(Occurrence::on(kind, target));
        for trigger in release.waiting_for(kind) {
            happened.push(Occurrence::on(kind, form).watched_for(trigger));
            let numbers = release.trigger(trigger).map_or(&[][..], |it| it.numbers());
            let reached = numbers.iter().take(3).copied();
            happened.extend(reached.map(|number| Occurrence::reached(kind, number)));
        }
    }
    happened.push(Occurrence::custom("order_sent".to_owned()));
    let mut fired = Vec::new();
    for occurrence in &happened {
        for firing in evaluate(release, occurrence, &mut host, &mut limits) {
            fired.push(format!(
                "{} {} {:?}",
                firing.tag.name(),
                firing.element,
                firing.props
            ));
        }
    }
    fired
}

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9_]{1,8}"
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        "[^{}]{0,12}".prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
    ]
}

fn selector() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "button",
        ".product",
        "#lead",
        "form",
        "*",
        "b.price",
        ".missing",
        "div > button",
    ])
    .prop_map(str::to_owned)
}

fn variable() -> impl Strategy<Value = Json> {
    let place = (prop::option::of(selector()), selector())
        .prop_map(|(selector, closest)| match selector {
            Some(selector) => json!({ "selector": selector, "closest": closest }),
            None => json!({ "closest": closest }),
        })
        .boxed();
    let named = (
        place.clone(),
        prop::sample::select(vec!["id", "data-sku", "value", "class"]),
    )
        .prop_map(|(mut place, name)| {
            place["name"] = json!(name);
            json!({ "attribute": place })
        });
    prop_oneof![
        scalar().prop_map(|value| json!({ "constant": value })),
        name().prop_map(|name| json!({ "query": name })),
        name().prop_map(|name| json!({ "meta": name })),
        place
            .clone()
            .prop_map(|place| json!({ "text": place, "as": "money", "default": 1.5 })),
        place.clone().prop_map(|place| json!({ "count": place })),
        place.prop_map(|place| json!({ "exists": place })),
        named,
    ]
}

fn condition() -> impl Strategy<Value = Json> {
    let field = prop::sample::select(vec![
        "page.path",
        "page.query.a",
        "element.text",
        "event.name",
        "session.number",
        "time.weekday",
        "link.kind",
        "cookie.a",
        "random",
    ]);
    let test = prop_oneof![
        scalar().prop_map(|value| json!({ "equals": value })),
        scalar().prop_map(|value| json!({ "not_in": [value, "x"] })),
        "[^{}]{0,5}".prop_map(|text| json!({ "contains": text, "ignore_case": true })),
        "[^{}]{0,5}".prop_map(|text| json!({ "not_starts_with": text })),
        any::<bool>().prop_map(|yes| json!({ "exists": yes })),
        any::<bool>().prop_map(|yes| json!({ "empty": yes })),
        any::<i32>().prop_map(|number| json!({ "less_than": number, "not_at_least": -1.5 })),
        Just(json!({ "at_most": "2026-12-31" })),
        Just(json!({ "matches": r"^\S+(\d|я)?$" })),
    ];
    // A named variable has a type, which not every value is of.
    let of_any_type = prop_oneof![
        any::<bool>().prop_map(|yes| json!({ "exists": yes })),
        "[^{}]{0,5}".prop_map(|text| json!({ "contains": text, "ignore_case": true })),
        any::<u16>().prop_map(|number| json!({ "greater_than": number })),
    ];
    let named = prop::sample::select(vec!["v0", "v1"]);
    let leaf = prop_oneof![
        (field, test).prop_map(|(field, test)| json!({ field: test })),
        (named, of_any_type).prop_map(|(field, test)| json!({ field: test })),
        selector().prop_map(|selector| json!({ "element": { "not_matches_selector": selector } })),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({ "all": parts })),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({ "any": parts })),
            inner.prop_map(|part| json!({ "not": part })),
        ]
    })
}

fn trigger() -> impl Strategy<Value = Json> {
    let kind = prop_oneof![
        Just(json!({ "pageview": {} })),
        selector().prop_map(|selector| json!({ "click": { "selector": selector } })),
        Just(json!({ "click": {} })),
        selector().prop_map(|selector| json!({ "form": { "selector": selector } })),
        selector().prop_map(|selector| json!({ "visible": { "selector": selector } })),
    ];
    (kind, prop::option::of(condition())).prop_map(|(mut kind, when)| {
        if let Some(when) = when {
            kind["when"] = when;
        }
        kind
    })
}

fn tag(number: usize) -> impl Strategy<Value = Json> {
    let value = prop_oneof![
        scalar(),
        Just(json!("{{v0}}")),
        Just(json!("a {{ v1 }} b {{page.url}}")),
        Just(json!("{{element.attr.data-sku}}")),
    ];
    let with = prop::collection::btree_map(name(), value, 0..4);
    let once = prop::sample::select(vec!["event", "element", "page"]);
    let on = prop::sample::subsequence(vec!["t0", "t1", "t2"], 1..=3);
    let except = prop::sample::subsequence(vec!["t0", "t1", "t2"], 0..=1);
    (name(), with, once, on, except, any::<bool>()).prop_map(move |(event, with, once, on, except, paused)| {
        json!({ "name": format!("{number:03}"), "event": event, "with": with, "once_per": once, "on": on,
                "except": except, "paused": paused && number > 2 })
    })
}

/// Containers that are right.
fn container() -> impl Strategy<Value = String> {
    let tags: Vec<_> = (0..4).map(tag).collect();
    (
        prop::collection::vec(variable(), 2),
        prop::collection::vec(trigger(), 3),
        tags,
    )
        .prop_map(|(variables, triggers, tags)| {
            let named = |prefix: &str, list: Vec<Json>| -> Json {
                list.into_iter()
                    .enumerate()
                    .map(|(at, it)| (format!("{prefix}{at}"), it))
                    .collect()
            };
            json!({
                "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] },
                "variables": named("v", variables), "triggers": named("t", triggers), "tags": tags,
            })
            .to_string()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn right_containers_pass_and_run(text in container()) {
        let checked = check(&text);
        prop_assert!(checked.container.is_some(), "{:?}", checked.problems);
        let bytes = compile(&checked.container.unwrap(), 3);
        let release = Release::read(&bytes).unwrap();
        prop_assert_eq!((release.site(), release.number()), ("shop", 3));
        // The same every time, and in the order of the tags.
        let fired = run_all(&release);
        prop_assert_eq!(&fired, &run_all(&release));
        prop_assert_eq!(compile(&check(&text).container.unwrap(), 3), bytes);
    }

    #[test]
    fn tags_fire_in_order(text in container()) {
        let release = Release::read(&compile(&check(&text).container.unwrap(), 1)).unwrap();
        let page = Page::new("https://shop.example/", HTML);
        let mut host = PageHost::new(&page, &release);
        let click = Occurrence::on(EventKind::Click, page.select(".buy").unwrap());
        let fired = evaluate(&release, &click, &mut host, &mut Limits::new());
        let names: Vec<&str> = fired.iter().map(|firing| firing.tag.name()).collect();
        prop_assert!(names.is_sorted_by(|one, next| one < next), "{:?}", names);
    }

    #[test]
    fn damaged_containers_are_judged(text in container(), at in any::<prop::sample::Index>(), with in ".{0,3}") {
        let at = text.char_indices().nth(at.index(text.chars().count())).unwrap().0;
        let (before, behind) = text.split_at(at);
        let damaged = [before, &with, behind].concat();
        let checked = check(&damaged);
        for problem in checked.problems {
            prop_assert!(problem.line == 1 && problem.column as usize <= damaged.chars().count() + 1);
        }
    }

    #[test]
    fn any_text_is_judged(text in any::<String>()) {
        prop_assert!(check(&text).container.is_none());
    }

    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Some(first) = bytes.first_mut() {
            *first = FORMAT;
        }
        if let Ok(release) = Release::read(&bytes) {
            run_all(&release);
        }
    }

    #[test]
    fn damaged_releases_are_read_or_refused(
        golden in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = golden.get(&GOLDEN).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(release) = Release::read(&bytes) {
            run_all(&release);
        }
    }

    #[test]
    fn patterns_that_are_accepted_end_soon(
        pattern in r"(\^)?([ab.]|\[ab\]|\(a\|b\)|\(\?:ab\)|\\w)[*+?]?([ab.]|\[ab\]|\(ab\|b\)|\\w)[*+?]?([ab.]|\(a\|ba\)\+|\\w)[*+?]?[bx]",
        text in "[ab]{1,6}",
    ) {
        let container = json!({
            "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] },
            "triggers": { "t": { "pageview": {}, "when": { "page.query.q": { "matches": pattern } } } },
            "tags": [ { "name": "T", "on": ["t"], "event": "e" } ],
        });
        // Accepted or not is for `pattern/tests.rs`. A pattern with exponentially many ways would not end before the
        // sun goes out; the cubic ones that are accepted end at once on this much text.
        if let Some(container) = check(&container.to_string()).container {
            let release = Release::read(&compile(&container, 1)).unwrap();
            let hostile = text.repeat(400 / text.len());
            let page = Page::new(&format!("https://shop.example/?q={hostile}"), "");
            let mut host = PageHost::new(&page, &release);
            evaluate(&release, &Occurrence::of(EventKind::Pageview), &mut host, &mut Limits::new());
        }
    }
}

/// A release whose words refer to each other in circles, which no compiler writes.
#[test]
fn releases_that_never_end_are_ended() {
    // Positions among the words of a release: every word is put to every small number, one at a time.
    for bytes in GOLDEN.iter().step_by(37) {
        for at in 1..bytes.len() {
            let mut changed = bytes.clone();
            for small in 0..3 {
                changed[at] = small;
                if let Ok(release) = Release::read(&changed) {
                    run_all(&release);
                }
            }
        }
    }
}

#[test]
fn what_is_no_release_has_a_number() {
    let bytes = compile(
        &check(r#"{ "weir": 1, "site": { "id": "shop" } }"#)
            .container
            .unwrap(),
        1,
    );
    let longer = [bytes.as_slice(), &[0]].concat();
    let other = [&[FORMAT + 1], &bytes[1..]].concat();
    for (bytes, error) in [
        (&[][..], ReleaseError::Format),
        (&other, ReleaseError::Format),
        (&longer, ReleaseError::Damaged),
        (&bytes[..bytes.len() - 1], ReleaseError::Damaged),
        (&vec![FORMAT; MAX_BYTES], ReleaseError::Damaged),
        (&vec![FORMAT; MAX_BYTES + 1], ReleaseError::TooLarge),
    ] {
        assert_eq!(Release::read(bytes).err(), Some(error));
    }
}
