//! Who the page says its user is; and what a rule reads of an element that was seen, or must not read at all.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::site::{Options, Page, Site};

const PAGE: &str = "<!doctype html><html><head><title>Page</title>{tag}</head><body>\
                    <button class=buy>Buy</button><button id=end>end</button></body></html>";

const OPT_IN: &str = r##"{ "weir": 1, "site": { "id": "test" }, "consent": { "default": { "analytics": "denied" } },
    "triggers": { "end": { "click": { "selector": "#end" } } },
    "tags": [ { "name": "End", "on": ["end"], "event": "end", "consent": [] } ] }"##;

async fn site_of(container: &'static str, page: &'static str) -> Site {
    let options = Options {
        container,
        ..Options::default()
    };
    Site::open_as(
        HashMap::from([(
            "/",
            Page {
                html: page,
                headers: &[],
            },
        )]),
        options,
    )
    .await
}

/// The users that batches with such an event were sent with.
fn users(site: &Site, name: &str) -> Vec<Value> {
    let requests = site.requests();
    let has = |body: &Value| {
        let events = body["events"].as_array().unwrap();
        events.iter().any(|event| event["name"] == name)
    };
    let found = requests.iter().filter(|(_, body)| has(body));
    found.map(|(_, body)| body["user"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_goes_with_the_events_from_then_on() {
    let site = Site::open(&[("/", PAGE)]).await;
    site.visit("/").await;
    site.visitor.click(".buy").await.unwrap();
    site.visitor
        .run("weir('identify', 'u42', 'ab'.repeat(32)); weir('identify', 'u42', 'ab'.repeat(32))")
        .await
        .unwrap();
    site.wait_for("identify", 1).await;
    site.end().await;
    let user = json!({ "id": "u42", "signature": "ab".repeat(32) });
    assert_eq!(
        users(&site, "buy"),
        [Value::Null],
        "what was before is not theirs"
    );
    assert_eq!(users(&site, "identify").first(), Some(&user));
    assert_eq!(users(&site, "end"), [user]);
    site.visitor.run("weir('identify', 7)").await.unwrap();
    site.wait_for("identify", 2).await;
    site.visitor.run("weir('identify', null)").await.unwrap();
    site.end().await;
    assert_eq!(users(&site, "identify")[1], json!({ "id": "7" }));
    assert_eq!(users(&site, "end")[1], Value::Null);
    assert_eq!(site.calls(), 1);
    site.visitor
        .run("weir('identify', ''); weir('identify', { id: 1 }); weir('identify', 'u', 'secret')")
        .await
        .unwrap();
    let problems = site
        .visitor
        .run("return weir.problems.map((one) => one.problem)")
        .await
        .unwrap();
    assert_eq!(problems, json!(["bad_user", "bad_user", "bad_signature"]));
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_told_of_once_there_is_consent_and_kept_nowhere() {
    let site = site_of(OPT_IN, PAGE).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    site.visitor.run("weir('identify', 'u42')").await.unwrap();
    site.wait_until(|| site.calls() == 1).await;
    site.end().await;
    assert!(site.named("identify").is_empty());
    let kept = site
        .visitor
        .run("return [document.cookie, localStorage.length]")
        .await
        .unwrap();
    assert_eq!(kept, json!(["", 0]));
    site.visitor
        .run("weir('consent', 'granted')")
        .await
        .unwrap();
    site.wait_for("identify", 1).await;
    assert_eq!(users(&site, "identify"), [json!({ "id": "u42" })]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_is_told_with_how_much_and_for_how_long() {
    let container = r##"{ "weir": 1, "site": { "id": "test" },
        "triggers": { "seen": { "visible": { "selector": ".promo", "ratio": 0.5, "for_ms": 400 } } },
        "tags": [ { "name": "Seen", "on": ["seen"], "event": "impression",
                    "with": { "item": "{{element.id}}", "ratio": "{{visible.ratio}}", "ms": "{{visible.ms}}" } } ] }"##;
    let page = "<!doctype html><html><head>{tag}</head><body style='margin:0'>\
                <p class=promo id=whole style='height:100px;margin:0'>one</p>\
                <p class=promo id=tall style='height:5000px;margin:0'>tall</p></body></html>";
    let site = site_of(container, page).await;
    site.visit("/").await;
    let seen = site.wait_for("impression", 2).await;
    for event in &seen {
        let (ratio, ms) = (
            &event.fields["props"]["ratio"],
            &event.fields["props"]["ms"],
        );
        let ratio = ratio.as_f64().unwrap();
        if event.prop("item") == "whole" {
            assert!((ratio - 1.0).abs() < f64::EPSILON, "{ratio}");
        } else {
            assert!((0.5..1.0).contains(&ratio), "of what fits: {ratio}");
        }
        let ms = ms.as_u64().unwrap();
        assert!((400..20_000).contains(&ms), "{ms}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opted_out_and_what_is_secret_is_read_by_no_rule() {
    let container = r##"{ "weir": 1, "site": { "id": "test" },
        "variables": {
          "near": { "text": { "selector": ".near", "closest": "form" } },
          "secret": { "field": { "selector": "#secret" } }, "hidden": { "field": { "selector": "#hidden" } },
          "card": { "field": { "selector": "#card" } }, "code": { "field": { "selector": "#code" } },
          "out": { "field": { "selector": "#out" } }, "plain": { "field": { "selector": "#plain" } },
          "raw": { "attribute": { "name": "value", "selector": "#hidden" } },
          "data": { "attribute": { "name": "data-mail", "selector": "#out" } }
        },
        "triggers": { "send": { "click": { "selector": "form" } } },
        "tags": [ { "name": "Send", "on": ["send"], "event": "send", "with": {
          "near": "{{near}}", "text": "{{element.text}}", "secret": "{{secret}}", "hidden": "{{hidden}}", "card": "{{card}}",
          "code": "{{code}}", "out": "{{out}}", "plain": "{{plain}}", "raw": "{{raw}}", "data": "{{data}}",
          "by_name": "{{form.field.pw}}", "id": "{{element.id}}" } } ] }"##;
    let page = "<!doctype html><html><head>{tag}</head><body><form id=f onsubmit='return false'>\
                <p class=near data-weir-ignore>NEVER near</p><span>seen <b data-weir-ignore>NEVER text</b></span>\
                <input id=secret name=pw type=password value=NEVER><input id=hidden type=hidden value=NEVER>\
                <input id=card autocomplete=cc-number value=NEVER><input id=code name=otp value=NEVER>\
                <div data-weir-ignore><input id=out data-mail=NEVER value=NEVER></div>\
                <input id=plain value=shown><button id=go type=button>go</button></form></body></html>";
    let site = site_of(container, page).await;
    site.visit("/").await;
    site.visitor.click("#go").await.unwrap();
    let sent = &site.wait_for("send", 1).await[0];
    let text = sent.fields.to_string();
    assert!(!text.contains("NEVER"), "{text}");
    assert_eq!((sent.prop("plain"), sent.prop("id")), ("shown", "f"));
    assert!(sent.prop("text").contains("seen"));
}
