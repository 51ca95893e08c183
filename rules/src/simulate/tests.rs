//! What fires and what does not, and why not, on small pages.

use super::*;
use crate::check;
use crate::diagnostic::Lang;

const PAGE: &str = "<div class=product data-sku=42><b class=price>1 990 ₽</b><button class=buy>Buy</button></div>\
     <form id=lead><input name=name></form><a id=out href='https://other.example/'>x</a>";

fn container(rules: &str) -> Container {
    let text = format!(
        "{{ \"weir\": 1, \"site\": {{ \"id\": \"shop\", \"domains\": [\"shop.example\"] }}, {rules} }}"
    );
    let checked = check(&text);
    checked
        .container
        .unwrap_or_else(|| panic!("{:?}", checked.problems))
}

fn page(url: &str) -> Page {
    Page::new(url, PAGE)
}

fn actions(texts: &[&str]) -> Vec<Action> {
    texts
        .iter()
        .map(|text| Action::parse(text).unwrap())
        .collect()
}

/// The only reason why the first tag did not fire.
fn reason(rules: &str, url: &str, texts: &[&str]) -> Reason {
    let outcomes = simulate(&container(rules), &page(url), &actions(texts));
    let last = outcomes.last().unwrap();
    assert!(last.fired.iter().all(|fired| fired.tag != "T"), "{last:?}");
    match last
        .still
        .iter()
        .find(|still| still.tag == "T")
        .unwrap()
        .reasons
        .as_slice()
    {
        [reason] => reason.clone(),
        several => panic!("{several:?}"),
    }
}

const URL: &str = "https://shop.example/cart";

#[test]
fn what_fires_has_its_payload() {
    let rules = r#""variables": { "price": { "text": { "selector": ".price", "closest": ".product" }, "as": "money" } },
        "triggers": { "buy": { "click": { "selector": "button.buy" } } },
        "tags": [ { "name": "T", "on": ["buy"], "event": "add_to_cart", "with": { "price": "{{price}}", "at": "{{page.path}}" } } ]"#;
    let outcomes = simulate(
        &container(rules),
        &page(URL),
        &actions(&["click:button.buy"]),
    );
    let [outcome] = outcomes.as_slice() else {
        panic!()
    };
    let [fired] = outcome.fired.as_slice() else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (
            fired.tag.as_str(),
            fired.trigger.as_str(),
            fired.event.as_str()
        ),
        ("T", "buy", "add_to_cart")
    );
    assert_eq!(fired.element, "button.buy");
    let with: Vec<(String, String)> = fired
        .with
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into_text()))
        .collect();
    assert_eq!(
        with,
        [
            ("price".to_owned(), "1990".to_owned()),
            ("at".to_owned(), "/cart".to_owned())
        ]
    );
    assert!(outcome.still.is_empty());
}

#[test]
fn each_way_not_to_fire_is_told_apart() {
    let tag = |more: &str| {
        format!("\"tags\": [ {{ \"name\": \"T\", \"on\": [\"t\"], \"event\": \"e\"{more} }} ]")
    };
    let click = "\"triggers\": { \"t\": { \"click\": { \"selector\": \"button.buy\" } }, \"staff\": { \"any_event\": {} } }";
    for (rules, texts, wanted) in [
        (
            format!("{click}, {}", tag("")),
            &["pageview"][..],
            Reason::WaitsForOther { trigger: 0 },
        ),
        (
            format!("{click}, {}", tag("")),
            &["click:#lead"],
            Reason::WaitsElsewhere { trigger: 0 },
        ),
        (
            format!("{click}, {}", tag("")),
            &["click:.nowhere"],
            Reason::NoElement,
        ),
        (
            format!("{click}, {}", tag(", \"paused\": true")),
            &["click:button"],
            Reason::Paused,
        ),
        (
            format!("{click}, {}", tag(", \"except\": [\"staff\"]")),
            &["click:button"],
            Reason::Except { trigger: 1 },
        ),
        (
            format!("{click}, {}", tag(", \"once_per\": \"page\"")),
            &["click:button", "click:button"],
            Reason::Once,
        ),
        (
            format!(
                "\"triggers\": {{ \"t\": {{ \"scroll\": {{ \"percent\": 50 }} }} }}, {}",
                tag("")
            ),
            &["scroll:50", "scroll:60"],
            Reason::TriggerOnce { trigger: 0 },
        ),
        (
            format!(
                "\"triggers\": {{ \"t\": {{ \"scroll\": {{ \"percent\": 50 }} }} }}, {}",
                tag("")
            ),
            &["scroll:49"],
            Reason::WaitsElsewhere { trigger: 0 },
        ),
    ] {
        assert_eq!(reason(&rules, URL, texts), wanted, "{rules} {texts:?}");
    }
    let nothing = r#""tags": [ { "name": "T", "on": [], "event": "e" } ]"#;
    assert_eq!(reason(nothing, URL, &["pageview"]), Reason::NoTrigger);
}

/// The comparisons a page view fails on: variable, what was wanted, what was seen.
fn failed(when: &str) -> Vec<(String, bool, Option<String>)> {
    let rules = format!(
        r#""triggers": {{ "t": {{ "pageview": {{}}, "when": {when} }} }}, "tags": [ {{ "name": "T", "on": ["t"], "event": "e" }} ]"#
    );
    let Reason::Condition { failed, .. } = reason(&rules, URL, &["pageview"]) else {
        panic!("{when}")
    };
    let container = container(&rules);
    let voice = crate::explain::Voice::new(&container, Lang::En);
    let told = failed.into_iter().map(|one| {
        (
            voice.name(&one.wanted.variable),
            one.opposite,
            one.seen.map(Value::into_text),
        )
    });
    told.collect()
}

#[test]
fn a_condition_names_the_comparisons_that_failed() {
    let path = |opposite| ("page.path".to_owned(), opposite, Some("/cart".to_owned()));
    let host = |opposite| {
        (
            "page.host".to_owned(),
            opposite,
            Some("shop.example".to_owned()),
        )
    };
    let query = ("page.query.a".to_owned(), false, None);
    for (when, wanted) in [
        (r#"{ "page.path": { "equals": "/x" } }"#, vec![path(false)]),
        // Only what was looked at: the first that failed.
        (
            r#"{ "page.path": { "equals": "/cart" }, "page.host": { "equals": "x" }, "page.query.a": { "exists": true } }"#,
            vec![host(false)],
        ),
        (
            r#"{ "any": [ { "page.path": { "equals": "/x" } }, { "page.query.a": { "exists": true } } ] }"#,
            vec![path(false), query.clone()],
        ),
        (
            r#"{ "not": { "page.path": { "equals": "/cart" } } }"#,
            vec![path(true)],
        ),
        (
            r#"{ "not": { "any": [ { "page.query.a": { "exists": true } }, { "page.path": { "equals": "/cart" } } ] } }"#,
            vec![path(true)],
        ),
        (
            r#"{ "not": { "not": { "page.path": { "equals": "/x" } } } }"#,
            vec![path(false)],
        ),
        (
            r#"{ "page.path": { "not_starts_with": "/" } }"#,
            vec![path(false)],
        ),
        (
            r#"{ "page.path": { "contains": "X", "ignore_case": true } }"#,
            vec![path(false)],
        ),
    ] {
        assert_eq!(failed(when), wanted, "{when}");
    }
}

#[test]
fn one_action_reaches_every_trigger_that_the_page_would_tell() {
    let rules = r#""triggers": { "some": { "scroll": { "percent": [25, 50, 75] } }, "promo": { "visible": { "selector": ".product" } },
            "priced": { "visible": { "selector": "div", "ratio": 1 } }, "soon": { "timer": { "every_ms": 10000, "limit": 2 } },
            "out": { "link": { "kind": "outbound" } } },
        "tags": [ { "name": "Scroll", "on": ["some"], "event": "s" }, { "name": "Seen", "on": ["promo"], "event": "v" },
            { "name": "Seen whole", "on": ["priced"], "event": "v2" }, { "name": "Time", "on": ["soon"], "event": "t" },
            { "name": "Out", "on": ["out"], "event": "o" } ]"#;
    let container = container(rules);
    let outcomes = simulate(
        &container,
        &page(URL),
        &actions(&["scroll:60", "visible:.product", "timer:30s", "click:#out"]),
    );
    let fired = |outcome: &Outcome| {
        outcome
            .fired
            .iter()
            .map(|fired| fired.tag.clone())
            .collect::<Vec<_>>()
    };
    let found: Vec<Vec<String>> = outcomes.iter().map(fired).collect();
    assert_eq!(
        found,
        [
            vec!["Scroll", "Scroll"],
            vec!["Seen", "Seen whole"],
            vec!["Time", "Time"],
            vec!["", "Out"]
        ]
    );
}

#[test]
fn people_and_programs_are_told_the_same() {
    let rules = r#""triggers": { "buy": { "click": { "selector": "button.buy" } },
            "cart": { "pageview": {}, "when": { "page.path": { "starts_with": "/product/" } } } },
        "tags": [ { "name": "Buy", "on": ["buy"], "event": "add_to_cart", "with": { "n": 5, "yes": true, "at": "{{page.path}}" } },
            { "name": "Look", "on": ["cart", "buy"], "event": "look", "once_per": "page" } ]"#;
    let container = container(rules);
    let outcomes = simulate(
        &container,
        &page(URL),
        &actions(&["pageview", "click:button.buy", "click:#none"]),
    );
    let english = render(&outcomes, &container, Lang::En, false);
    assert_eq!(
        english,
        "pageview
  fires without any rule: sends `pageview`
  does not fire `Buy`: `buy` waits for something else: someone clicks a `button.buy`
  does not fire `Look`
      `cart` requires that the path of the page begins with `/product/`, but it is `/cart`
      `buy` waits for something else: someone clicks a `button.buy`

click:button.buy
  fires `Buy`: sends `add_to_cart`, because of `buy` on `button.buy`
      n: 5
      yes: true
      at: \"/cart\"
  fires `Look`: sends `look`, because of `buy` on `button.buy`

click:#none
  nothing fires
  does not fire `Buy`: no element of the page fits `#none`
  does not fire `Look`: no element of the page fits `#none`
"
    );
    let russian = render(&outcomes, &container, Lang::Ru, false);
    assert!(
        russian.contains(
            "      `cart` требует: путь страницы начинается с `/product/`, а на деле — `/cart`\n"
        ),
        "{russian}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&to_json(&outcomes, &container, Lang::En)).unwrap();
    assert_eq!(
        json[1]["fires"][0]["with"],
        serde_json::json!({ "n": 5, "yes": true, "at": "/cart" })
    );
    assert_eq!(
        json[0]["does_not_fire"][1]["reasons"][0],
        serde_json::json!({
            "code": "condition", "trigger": "cart",
            "conditions": [ { "variable": "page.path", "operator": "starts_with", "wanted": "/product/", "seen": "/cart",
                "message": "the path of the page begins with `/product/`, but it is `/cart`" } ],
            "message": "`cart` requires that the path of the page begins with `/product/`, but it is `/cart`",
        })
    );
    assert_eq!(json[2]["element_found"], serde_json::json!(false));
}
