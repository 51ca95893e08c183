//! More of everything than any page has: no error, nothing that grows without end, every id its own.

use std::collections::{HashMap, HashSet};

use crate::site::{Options, Page, Site};

/// Listens for everything there is, so that every part of the loader is on the page.
pub(crate) const EVERYTHING: &str = r##"{
  "weir": 1,
  "site": { "id": "test" },
  "variables": {
    "sku": { "attribute": { "name": "data-sku", "closest": ".product" } },
    "around": { "text": { "selector": ".name", "closest": ".product" } }
  },
  "triggers": {
    "any page": { "pageview": {} },
    "buy": { "click": { "selector": ".product .buy" } },
    "end": { "click": { "selector": "#end" } },
    "seen": { "visible": { "selector": ".promo", "ratio": 0.5, "for_ms": 200 } },
    "pushed": { "custom": { "matches": "^shop_" } },
    "offer": { "appears": { "selector": ".offer" } },
    "lead": { "form": { "selector": ".lead" } },
    "tried": { "form": { "stage": "attempt" } },
    "thanked": { "form": { "selector": ".lead", "stage": "success", "success": { "visible": ".thanks" } } },
    "entered": { "field": { "selector": "input", "on": "focus" } },
    "scrolled": { "scroll": { "percent": [50, 90] } },
    "address": { "history": {} },
    "mistake": { "error": {} },
    "raging": { "rage_click": {} },
    "leaving": { "exit_intent": {} },
    "copied": { "copy": {} },
    "speed": { "web_vitals": {} },
    "film": { "video": { "on": "start" } },
    "tick": { "timer": { "every_ms": 1000, "limit": 2, "clock": "wall" } },
    "started": { "init": {} }, "ready": { "dom_ready": {} }, "loaded": { "window_loaded": {} }
  },
  "tags": [
    { "name": "Buy", "on": ["buy"], "event": "buy", "with": { "sku": "{{sku}}", "name": "{{around}}", "label": "{{element.text}}" } },
    { "name": "Seen", "on": ["seen"], "event": "impression", "with": { "item": "{{element.attr.data-promo}}" } },
    { "name": "Pushed", "on": ["pushed"], "event": "pushed", "with": { "name": "{{event.name}}", "value": "{{event.value}}" } },
    { "name": "Lead", "on": ["lead"], "event": "lead", "with": { "form": "{{form.id}}" } },
    { "name": "Rest", "on": ["offer", "tried", "thanked", "entered", "scrolled", "address", "mistake", "raging", "leaving", "copied", "speed", "film", "tick", "started", "ready", "loaded"], "event": "rest" },
    { "name": "End", "on": ["end"], "event": "end" }
  ]
}"##;

/// Bytes that the tag may come to hold while it works, its whole queue and what the browser itself puts aside included.
const MAX_GROWTH: f64 = 3_000_000.0;
/// What the browser keeps of events that could not be delivered, and a little for the session.
const MAX_KEPT_BYTES: u64 = 200 * 1024;

pub(crate) async fn site(head: &str, body: &str) -> Site {
    let html = format!(
        "<!doctype html><html><head><title>Page</title><script>
           window.errors = [];
           addEventListener('error', (event) => errors.push(event.message));
           addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
         </script>{head}{{tag}}</head><body>{body}<button id=end>end</button></body></html>"
    );
    let page = || Page {
        html: html.clone().leak(),
        headers: &[],
    };
    Site::open_as(
        HashMap::from([("/", page()), ("/next", page())]),
        Options {
            container: EVERYTHING,
            ..Options::default()
        },
    )
    .await
}

/// No error has reached the page or its console, and no id was used twice.
pub(crate) async fn assert_sound(site: &Site) {
    let errors = site.visitor.run("return window.errors").await.unwrap();
    assert_eq!(errors, serde_json::json!([]));
    let events = site.events();
    let ids: HashSet<_> = events.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), events.len());
    site.assert_clean_console().await;
}

async fn run(site: &Site, script: &str) -> serde_json::Value {
    site.visitor.run(script).await.unwrap()
}

const PRODUCT: &str =
    "<div class=product data-sku=1><b class=name>Tea</b><button class=buy>Buy</button></div>";

/// As fast as the page can, but with room between for the answers, as there always is between people's clicks.
const CLICKS: &str = "return (async () => {
  const button = document.querySelector('.buy');
  for (let round = 0; round < ROUNDS; round++) {
    for (let at = 0; at < 50; at++) button.click();
    await new Promise((done) => setTimeout(done, 20));
  }
})()";

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_clicks_leave_nothing_behind() {
    let site = site("", PRODUCT).await;
    site.visit("/").await;
    run(&site, &CLICKS.replace("ROUNDS", "40")).await;
    site.end_later().await;
    let before = site.visitor.heap().await.unwrap();
    run(&site, &CLICKS.replace("ROUNDS", "160")).await;
    site.end_later().await;
    let after = site.visitor.heap().await.unwrap();
    assert!(after - before < MAX_GROWTH, "{before} became {after}");
    let kept = run(
        &site,
        "return Object.entries(localStorage).reduce((sum, [key, text]) => sum + key.length + text.length, 0)",
    )
    .await;
    assert!(kept.as_u64().unwrap() < MAX_KEPT_BYTES, "{kept}");
    // What the tag may hold bounds how many leave; a collector that answers gets most of them.
    assert!(
        site.named("buy").len() > 1_000,
        "{}",
        site.named("buy").len()
    );
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_makes_nothing_grow() {
    let site = site("", PRODUCT).await;
    site.answer(&[503; 1_000]);
    site.visitor.open(&site.url("/")).await.unwrap();
    site.wait_until(|| !site.requests().is_empty()).await;
    run(&site, &CLICKS.replace("ROUNDS", "40")).await;
    let before = site.visitor.heap().await.unwrap();
    run(&site, &CLICKS.replace("ROUNDS", "160")).await;
    run(
        &site,
        "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))",
    )
    .await;
    let after = site.visitor.heap().await.unwrap();
    assert!(after - before < MAX_GROWTH, "{before} became {after}");
    let kept = run(
        &site,
        "return Object.values(localStorage).reduce((sum, text) => sum + text.length, 0)",
    )
    .await;
    assert!(kept.as_u64().unwrap() < MAX_KEPT_BYTES, "{kept}");
    let errors = run(&site, "return errors").await;
    assert_eq!(errors, serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_layer_of_ten_thousand_odd_pushes() {
    // What pages really push: the whole state of the application, elements, events, what throws when it is looked at.
    let odd = "<script>
      window.dataLayer = [];
      const round = {}; round.self = round; round.list = [round];
      const throwing = new Proxy({}, { get() { throw new Error('get') }, ownKeys() { throw new Error('keys') }, has() { throw new Error('has') } });
      const odd = [
        () => ({ event: 'shop_round', value: round }),
        () => ({ event: 'shop_long', value: 'x'.repeat(100000) }),
        () => throwing,
        () => ({ get event() { throw new Error('event') } }),
        () => ({ event: 'shop_getter', get value() { throw new Error('value') } }),
        () => ({ event: 'shop_element', value: document.documentElement }),
        () => ({ event: 'shop_symbol', value: Symbol('s') }),
        () => ({ event: 'shop_big', value: 10n ** 30n }),
        () => ({ event: { toString() { throw new Error('text') } } }),
        () => null, () => undefined, () => 7, () => 'shop_text', () => Object.create(null), () => () => 1,
        () => ({ event: 'shop_', ecommerce: throwing }),
        () => ({ event: 'shop_' + '\\ud800', value: '\\udfff' }),
        () => [['event', 'shop_nested']],
      ];
      for (let at = 0; at < 10000; at++) dataLayer.push(odd[at % odd.length]());
    </script>";
    let site = site(odd, PRODUCT).await;
    site.visit("/").await;
    let before = site.visitor.heap().await.unwrap();
    run(
        &site,
        "for (let at = 0; at < 10000; at++) try { dataLayer.push(odd[at % odd.length]()) } catch (error) { errors.push(String(error)) }",
    )
    .await;
    run(&site, "dataLayer.splice(0)").await;
    site.end_later().await;
    let after = site.visitor.heap().await.unwrap();
    assert!(after - before < MAX_GROWTH, "{before} became {after}");
    assert!(
        site.named("pushed")
            .iter()
            .any(|event| event.prop("name") == "shop_round")
    );
    for (_, body) in site.requests() {
        assert!(body.to_string().len() < 64 * 1024);
    }
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_from_within_a_push_end() {
    let nested = "<script>
      window.dataLayer = [];
      window.deepest = 0;
    </script>";
    let site = site(nested, PRODUCT).await;
    site.visit("/").await;
    // Another tag manager answers each push with another, which is heard in turn.
    run(
        &site,
        "const push = dataLayer.push;
         dataLayer.push = function (entry) {
           const length = push.apply(this, arguments);
           if (entry.depth < 1000) { deepest = entry.depth; dataLayer.push({ event: 'shop_nested', depth: entry.depth + 1 }) }
           return length;
         };
         dataLayer.push({ event: 'shop_nested', depth: 0 })",
    )
    .await;
    site.wait_for("pushed", 100).await;
    site.end_later().await;
    assert_eq!(
        run(&site, "return [deepest, dataLayer.length > 1000]").await,
        serde_json::json!([999, true])
    );
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_fifty_thousand_nodes() {
    let site = site(
        "",
        "<main></main><script>
           const row = (at) => `<div class=\"product promo\" data-promo=${at} data-sku=${at}><b class=name>Tea ${at}</b><p><i>x</i><a class=buy href='#${at}'><span>Buy</span></a></p></div>`;
           document.querySelector('main').innerHTML = Array.from({ length: 7200 }, (_, at) => row(at)).join('');
         </script>",
    )
    .await;
    site.visit("/").await;
    let count = run(&site, "return document.querySelectorAll('*').length").await;
    assert!(
        count.as_u64().unwrap() > 43_000,
        "{count}, and as many texts"
    );
    let before = site.visitor.heap().await.unwrap();
    site.visitor.click("[data-sku='7000'] span").await.unwrap();
    let buy = &site.wait_for("buy", 1).await[0];
    assert_eq!(
        (buy.prop("sku"), buy.prop("name"), buy.prop("label")),
        ("7000", "Tea 7000", "Buy")
    );
    site.wait_for("impression", 1).await;
    // Everything is thrown away and drawn anew, several times; what watches the document must let go of it.
    run(
        &site,
        "return (async () => {
           for (let round = 0; round < 5; round++) {
             document.querySelector('main').innerHTML = Array.from({ length: 7200 }, (_, at) => row(at)).join('');
             await new Promise((done) => setTimeout(done, 150));
           }
           document.querySelector('main').innerHTML = row(1);
           await new Promise((done) => setTimeout(done, 300));
         })()",
    )
    .await;
    let after = site.visitor.heap().await.unwrap();
    assert!(after - before < MAX_GROWTH, "{before} became {after}");
    site.end().await;
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_deeper_than_anybody_looks() {
    let site = site("", "<div id=deep class=product data-sku=deep></div>").await;
    site.visit("/").await;
    run(
        &site,
        "let inner = document.querySelector('#deep');
         for (let at = 0; at < 2500; at++) inner = inner.appendChild(document.createElement('div'));
         inner.innerHTML = '<b class=name>Tea</b><button class=buy>Buy</button>';
         const button = inner.querySelector('button');
         button.click(); button.click()",
    )
    .await;
    site.end_later().await;
    let bought = site.named("buy");
    assert!(
        bought.iter().all(|event| event.prop("label") == "Buy"),
        "{bought:?}"
    );
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_cut_before_they_grow() {
    let site = site("", "<div class=product><button class=buy></button></div>").await;
    site.visit("/").await;
    run(
        &site,
        "const button = document.querySelector('.buy');
         button.textContent = 'ж'.repeat(3000000);
         button.click();
         button.innerHTML = '<i>a</i>'.repeat(20000);
         button.parentNode.dataset.sku = 'k'.repeat(1000000);
         button.click();
         for (let at = 0; at < 300; at++) button.setAttribute('data-' + at, 'v'.repeat(1000));
         button.className = 'buy ' + Array.from({ length: 20000 }, (_, at) => 'c' + at).join(' ');
         button.click();
         history.pushState(0, '', '/next?' + 'q'.repeat(100000));
         button.click()",
    )
    .await;
    site.end_later().await;
    assert_eq!(site.named("buy").len(), 4);
    for (_, body) in site.requests() {
        assert!(body.to_string().len() < 64 * 1024);
    }
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_changes_of_the_address() {
    let site = site("", PRODUCT).await;
    site.visit("/").await;
    let before = site.visitor.heap().await.unwrap();
    // A map or a slider writes where it is into the address all the time. Browsers slow that down themselves.
    run(
        &site,
        "return (async () => {
           for (let at = 0; at < 10000; at++) {
             history.replaceState(0, '', '/next?at=' + at);
             if (at % 200 === 0) await new Promise((done) => setTimeout(done, 10));
           }
         })()",
    )
    .await;
    site.end_later().await;
    let after = site.visitor.heap().await.unwrap();
    assert!(after - before < MAX_GROWTH, "{before} became {after}");
    assert_eq!(
        site.named("pageview").len(),
        2,
        "the query is no other page"
    );
    let errors = run(&site, "return errors").await;
    assert_eq!(errors, serde_json::json!([]));
}
