//! `weir explain` and `weir simulate`: what a person who wants to understand a container gets to read.

use crate::support::{said, weir};

const RULES: &str = r#"{
  "weir": 1,
  "site": { "id": "shop", "domains": ["shop.example"] },
  "triggers": { "buy": { "click": { "selector": "button.buy" } } },
  "tags": [ { "name": "Buy", "on": ["buy"], "event": "add_to_cart", "with": { "at": "{{page.path}}" } } ]
}
"#;
const PAGE: &str = "<button class=buy>Buy</button>";

/// Exit code and output of a command in a folder with a container and a page.
fn run(rules: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("shop.json"), rules).unwrap();
    std::fs::write(temp.path().join("page.html"), PAGE).unwrap();
    let output = weir(arguments)
        .env("LANG", "C.UTF-8")
        .current_dir(temp.path())
        .output()
        .unwrap();
    (output.status.code(), said(&output))
}

#[test]
fn a_container_is_told_in_sentences() {
    let (code, text) = run(RULES, &["explain", "shop.json"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("When someone clicks a `button.buy`, send `add_to_cart`"),
        "{text}"
    );
    let (_, text) = run(
        RULES,
        &["explain", "shop.json", "--lang", "ru", "--format", "json"],
    );
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(
        told.as_array()
            .unwrap()
            .iter()
            .any(|one| one["part"] == "tag" && one["name"] == "Buy")
    );
}

#[test]
fn a_page_shows_what_fires_and_what_does_not() {
    let url = [
        "simulate",
        "shop.json",
        "--url",
        "https://shop.example/cart",
    ];
    let with = |more: &[&str]| run(RULES, &[&url[..], more].concat());
    let (code, text) = with(&["--html", "page.html", "--event", "click:button.buy"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("fires `Buy`: sends `add_to_cart`, because of `buy` on `button.buy`"),
        "{text}"
    );
    assert!(text.contains("at: \"/cart\""), "{text}");
    let (_, text) = with(&["--event", "click:button.buy", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        told[0]["does_not_fire"][0]["reasons"][0]["code"],
        "no_element"
    );
}

#[test]
fn what_cannot_be_tried_says_what_to_write() {
    let url = ["simulate", "shop.json", "--url", "https://shop.example/"];
    for (more, hint) in [
        (&["--event", "clik:a"][..], "did you mean `click`?"),
        (&["--event", "scroll:half"], "`scroll:50`"),
        (&["--cookie", "staff"], "`--cookie name=value`"),
        (&["--data-layer", "x"], "--data-layer '{"),
        (&["--consent", "marketing=yes"], "marketing=granted"),
        (&["--html", "nowhere.html"], "--html -"),
    ] {
        let (code, text) = run(RULES, &[&url[..], more].concat());
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(hint), "{more:?}: {text}");
    }
    let (code, text) = run(RULES, &["simulate", "shop.json", "--url", "cart"]);
    assert_eq!(code, Some(2), "{text}");
    // A container with an error is told like by `weir check`.
    for command in [&["explain", "shop.json"][..], &url] {
        let (code, text) = run(&RULES.replace("click", "clik"), command);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("error[unknown_trigger_kind]"), "{text}");
    }
}
