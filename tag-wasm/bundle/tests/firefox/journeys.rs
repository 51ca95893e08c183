//! What a visitor with Firefox does from the first page to the last.

use std::collections::HashMap;

use serde_json::json;

use crate::site::{Event, Options, Page, Site};

const NO_WASM: &[(&str, &str)] = &[(
    "content-security-policy",
    "script-src 'self' 'unsafe-inline'",
)];
const NOTHING: &str = "script-src 'self' 'unsafe-inline'; connect-src 'self'";

const HTML: &str = "<!doctype html><html><head><title>Shop</title><script>
    window.errors = [];
    addEventListener('error', (event) => errors.push(event.message));
    addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
  </script>{tag}</head><body><h1>Shop</h1>
  <div class=product data-sku=1><button class=buy>Buy</button><a class=buy id=leave href=/next>Buy and go</a></div>
  <form class=lead id=call onsubmit='return false'><input name=id value=x><button>Call me</button></form>
  <div class=promo data-promo=spring style='height: 100px'>Spring</div><button id=end>end</button></body></html>";

async fn site(headers: &'static [(&'static str, &'static str)], options: Options) -> Site {
    let page = || Page {
        html: HTML,
        headers,
    };
    Site::open_as(HashMap::from([("/", page()), ("/next", page())]), options).await
}

/// The whole way: a page view, a click, a form, something seen, a route of the application, and away.
async fn walk(site: &Site) {
    site.visit("/?utm_source=ads").await;
    site.visitor.click(".buy").await.unwrap();
    site.visitor.click("#call button").await.unwrap();
    site.wait_for("impression", 1).await;
    site.visitor
        .run("history.pushState({}, '', '/route'); document.title = 'Route'")
        .await
        .unwrap();
    site.wait_for("pageview", 2).await;
    site.visitor.click("#leave").await.unwrap();
    site.wait_for("pageview", 3).await;
    site.wait_for("engagement", 1).await;
    let errors = site.visitor.run("return errors").await.unwrap();
    assert_eq!(errors, json!([]));
    site.visitor.leave().await.unwrap();
}

fn in_order(site: &Site) -> Vec<Event> {
    let mut events = site.events();
    events.sort_by_key(|event| event.seq);
    events.dedup_by(|one, other| one.id == other.id);
    events.retain(|event| event.name != "headline" && event.name != "impression");
    events
}

async fn assert_heard(site: &Site) {
    walk(site).await;
    let events = in_order(site);
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        ["pageview", "buy", "lead", "pageview", "buy", "pageview"]
    );
    let titles: Vec<_> = events.iter().map(|event| event.title.as_str()).collect();
    assert_eq!(titles, ["Shop", "Shop", "Shop", "Route", "Route", "Shop"]);
    assert!(
        events
            .iter()
            .all(|event| event.fields["props"]["raw"] != true)
    );
    assert!(
        events
            .iter()
            .all(|event| event.session == events[0].session)
    );
    let buy = &events[1];
    assert_eq!((buy.prop("sku"), buy.prop("label")), ("1", "Buy"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit() {
    let options = Options {
        has_script: false,
        ..Options::default()
    };
    assert_heard(&site(&[], options).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_where_the_policy_forbids_wasm() {
    let options = Options {
        wasm_type: "",
        ..Options::default()
    };
    assert_heard(&site(NO_WASM, options).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_without_any_module() {
    let headers: &'static [(&'static str, &'static str)] =
        vec![("content-security-policy", NOTHING)].leak();
    let options = Options {
        wasm_type: "",
        has_script: false,
        ..Options::default()
    };
    let site = site(headers, options).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    site.wait_for("pageview", 1).await;
    site.visitor.click(".buy").await.unwrap();
    site.wait_for("raw_click", 1).await;
    let events = site.events();
    assert!(
        events
            .iter()
            .all(|event| event.fields["props"]["raw"] == true)
    );
    let errors = site.visitor.run("return errors").await.unwrap();
    assert_eq!(errors, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_before_consent() {
    let container = r##"{ "weir": 1, "site": { "id": "test" }, "consent": { "default": { "analytics": "denied" } },
        "triggers": { "buy": { "click": { "selector": ".buy" } } },
        "tags": [{ "name": "Buy", "on": ["buy"], "event": "buy" }] }"##;
    let options = Options {
        container,
        ..Options::default()
    };
    let site = site(&[], options).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    site.visitor.click(".buy").await.unwrap();
    // Longer than events wait for others.
    site.visitor
        .run("return new Promise((done) => setTimeout(done, 800))")
        .await
        .unwrap();
    site.visitor.leave().await.unwrap();
    assert!(site.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_delivered_comes_with_the_next_page() {
    let site = site(&[], Options::default()).await;
    site.answer(&[503; 2]);
    site.visitor.open(&site.url("/")).await.unwrap();
    site.wait_until(|| site.requests().len() == 1).await;
    site.visitor.click("#leave").await.unwrap();
    site.wait_for("pageview", 2).await;
    site.wait_for("buy", 1).await;
    assert_eq!(site.named("buy")[0].url, site.url("/"));
}
