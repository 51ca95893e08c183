//! Consent: nothing kept nor sent before it, what happened meanwhile told with the values of its own time, everything
//! forgotten when it is taken back. And opting out.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::site::{Event, Options, Page, Site};

const PAGE: &str = "<!doctype html><html><head><title>Page</title>{tag}</head><body>\
                    <div class=product data-sku=1><button class=buy>Buy</button><button class=ad>Ad</button></div>\
                    <a id=next href=/next>next</a><button id=end>end</button></body></html>";

/// Rules for a page, with what they say of consent. `end` needs none.
macro_rules! rules {
    ($consent:literal) => {
        concat!(
            r##"{ "weir": 1, "site": { "id": "test" }, "##,
            $consent,
            r##" "variables": { "sku": { "attribute": { "name": "data-sku", "closest": ".product" } } },
  "triggers": { "buy": { "click": { "selector": ".buy" } }, "ad": { "click": { "selector": ".ad" } },
                "end": { "click": { "selector": "#end" } } },
  "tags": [
    { "name": "Buy", "on": ["buy"], "event": "buy", "with": { "sku": "{{sku}}", "number": "{{session.number}}" } },
    { "name": "Once", "on": ["buy"], "event": "once", "once_per": "session" },
    { "name": "Ad", "on": ["ad"], "event": "ad", "consent": ["analytics", "marketing"], "with": { "asked": "{{consent.marketing}}" } },
    { "name": "Show", "on": ["ad"], "push": { "event": "shown" }, "consent": ["marketing"] },
    { "name": "End", "on": ["end"], "event": "end", "consent": [] }
  ] }"##
        )
    };
}

const OPT_IN: &str = rules!(r#""consent": { "default": { "analytics": "denied" } },"#);
const OPT_OUT: &str = rules!(r#""consent": { "default": { "analytics": "granted" } },"#);
const WAITING: &str = rules!(r#""consent": { "wait_ms": 3000 },"#);
const SIGNALS: &str = rules!(r#""consent": { "signals": ["gpc", "dnt"] },"#);
const TCF: &str = rules!(r#""consent": { "default": { "analytics": "denied" }, "tcf": true },"#);
const COOKIELESS: &str = rules!(
    r#""privacy": { "identity": "cookieless" }, "consent": { "default": { "analytics": "denied" } },"#
);
const UNSPOKEN: &str = r##"{ "weir": 1, "site": { "id": "test" },
    "triggers": { "buy": { "click": { "selector": ".buy" } }, "end": { "click": { "selector": "#end" } } },
    "tags": [ { "name": "Buy", "on": ["buy"], "event": "buy" },
              { "name": "End", "on": ["end"], "event": "end", "consent": [] } ] }"##;

/// A page that runs a script before the tag.
fn with(script: &str) -> &'static str {
    PAGE.replace("{tag}", &format!("<script>{script}</script>{{tag}}"))
        .leak()
}

async fn site_of(container: &'static str, page: &'static str) -> Site {
    let pages = ["/", "/next"].map(|path| {
        (
            path,
            Page {
                html: page,
                headers: &[],
            },
        )
    });
    let options = Options {
        container,
        ..Options::default()
    };
    Site::open_as(HashMap::from(pages), options).await
}

async fn open(site: &Site, path: &str) {
    site.visitor.open(&site.url(path)).await.unwrap();
}

async fn run(site: &Site, script: &str) -> Value {
    site.visitor.run(script).await.unwrap()
}

/// What the browser keeps: the visitor's cookie, and the keys of both storages.
async fn kept(site: &Site) -> Value {
    run(
        site,
        "return [document.cookie.replace(/=.*/, ''), ...Object.keys(localStorage), ...Object.keys(sessionStorage)]",
    )
    .await
}

fn nothing() -> Value {
    json!([""])
}

/// Events but those that need no consent.
fn events(site: &Site) -> Vec<Event> {
    let mut events = site.events();
    events.retain(|event| event.name != "end");
    events.sort_by_key(|event| event.seq);
    events
}

fn names(site: &Site) -> Vec<String> {
    events(site).into_iter().map(|event| event.name).collect()
}

async fn grant(site: &Site) {
    run(site, "weir('consent', { analytics: 'granted' })").await;
}

/// The consent that the batch with such an event was sent under.
fn consent_of(site: &Site, name: &str) -> Vec<Value> {
    let requests = site.requests();
    let of = |body: &Value| {
        let has = |event: &Value| event["name"] == name;
        body["events"].as_array().unwrap().iter().any(has)
    };
    let found = requests.iter().filter(|(_, body)| of(body));
    found.map(|(_, body)| body["consent"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_before_the_answer_is_told_as_it_was() {
    let site = site_of(OPT_IN, PAGE).await;
    open(&site, "/").await;
    site.end().await;
    site.visitor.click(".buy").await.unwrap();
    let clicked = run(&site, "return Date.now()").await.as_u64().unwrap();
    run(
        &site,
        "document.querySelector('.product').dataset.sku = 2; document.title = 'Later'; history.pushState(0, '', '/later')",
    )
    .await;
    site.end().await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert_eq!(names(&site), [""; 0], "nothing has left");
    assert_eq!(kept(&site).await, nothing());
    let anonymous = site.named("end")[0].visitor.clone();

    grant(&site).await;
    site.wait_for("buy", 2).await;
    site.end().await;
    let told = events(&site);
    let of = |name: &str| {
        told.iter()
            .filter(|it| it.name == name)
            .cloned()
            .collect::<Vec<_>>()
    };
    let (views, bought) = (of("pageview"), of("buy"));
    let urls: Vec<_> = views.iter().map(|view| view.url.clone()).collect();
    assert_eq!(urls, [site.url("/"), site.url("/later")]);
    assert_eq!(views[1].referrer, site.url("/"));
    assert_eq!((bought[0].prop("sku"), bought[1].prop("sku")), ("1", "2"));
    assert_eq!(bought[0].url, site.url("/"));
    assert_eq!((&*bought[0].title, &*bought[1].title), ("Page", "Later"));
    assert!(bought[0].ts <= clicked && clicked + 1000 <= bought[1].ts);
    assert_eq!(of("once").len(), 1, "{told:#?}");
    assert!(
        told.iter()
            .all(|it| it.session == told[0].session && it.visitor == told[0].visitor)
    );
    assert_ne!(told[0].visitor, anonymous, "who was nobody stays nobody");
    assert_eq!(consent_of(&site, "buy")[0], json!(["analytics"]));
    let cookie = run(&site, "return document.cookie").await;
    assert_eq!(cookie, format!("_weir_v={}", told[0].visitor));
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_forgotten_and_a_page_that_ends_takes_it_along() {
    let site = site_of(OPT_IN, PAGE).await;
    open(&site, "/").await;
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    run(&site, "weir('consent', { analytics: false })").await;
    grant(&site).await;
    site.visitor.click(".buy").await.unwrap();
    site.wait_for("buy", 1).await;
    site.end().await;
    assert_eq!(names(&site), ["buy", "once"], "only what happened since");

    let site = site_of(OPT_IN, PAGE).await;
    open(&site, "/").await;
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    open(&site, "/next").await;
    site.end().await;
    assert_eq!(names(&site), [""; 0]);
    assert_eq!(kept(&site).await, nothing());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_known_on_the_next_page_and_what_is_taken_back_is_gone() {
    let site = site_of(
        OPT_IN,
        with(
            "window.weir = window.weir || function () { (weir.q = weir.q || []).push(arguments) }",
        ),
    )
    .await;
    open(&site, "/").await;
    grant(&site).await;
    site.wait_for("pageview", 1).await;
    site.visitor.click("#next").await.unwrap();
    site.wait_for("pageview", 2).await;
    site.visitor.click(".buy").await.unwrap();
    site.wait_for("buy", 1).await;
    let told = events(&site);
    assert!(
        told.iter()
            .all(|it| it.session == told[0].session && it.visitor == told[0].visitor)
    );
    let seqs: std::collections::HashSet<_> = told.iter().map(|it| it.seq).collect();
    assert_eq!(seqs.len(), told.len());

    run(&site, "weir('consent', { analytics: 'denied' })").await;
    assert_eq!(kept(&site).await, nothing());
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert_eq!(site.named("buy").len(), 1);
    open(&site, "/").await;
    site.end().await;
    assert_eq!(site.named("pageview").len(), 2);
    assert_eq!(kept(&site).await, nothing());

    grant(&site).await;
    let again = site.wait_for("pageview", 3).await;
    assert_ne!(
        again[2].visitor, told[0].visitor,
        "nobody knows who that was"
    );
    assert_ne!(again[2].session, told[0].session);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_is_allowed_a_no_stops_it_at_once_and_is_remembered() {
    let site = site_of(OPT_OUT, PAGE).await;
    site.visit("/").await;
    site.visitor.click(".buy").await.unwrap();
    // The click has not left yet, perhaps.
    run(
        &site,
        "weir('consent', { analytics: 'denied', marketing: 'denied' })",
    )
    .await;
    let left = site.requests().len();
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert!(site.named("buy").len() <= 1 && left <= 2);
    assert_eq!(kept(&site).await, json!(["", "_weir_c.test"]));
    open(&site, "/next").await;
    site.end().await;
    assert_eq!(site.named("pageview").len(), 1);
    assert_eq!(kept(&site).await, json!(["", "_weir_c.test"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_category_has_its_own_answer() {
    let site = site_of(OPT_OUT, PAGE).await;
    site.visit("/").await;
    site.visitor.click(".ad").await.unwrap();
    site.end().await;
    assert_eq!(names(&site), ["pageview"]);
    assert_eq!(
        run(&site, "return (window.dataLayer || []).length").await,
        0
    );
    run(&site, "weir('consent', { marketing: true })").await;
    let ads = site.wait_for("ad", 1).await;
    assert_eq!(consent_of(&site, "ad"), [json!(["analytics", "marketing"])]);
    assert_eq!(ads[0].prop("asked"), "", "there was no answer then");
    assert_eq!(run(&site, "return dataLayer[0].event").await, "shown");
    assert_eq!(consent_of(&site, "pageview"), [json!(["analytics"])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn google_consent_mode_is_understood() {
    let page = with(
        "window.dataLayer = []; function gtag() { dataLayer.push(arguments) }
         gtag('consent', 'default', { analytics_storage: 'denied', ad_storage: 'denied', wait_for_update: 500 })",
    );
    let site = site_of(OPT_OUT, page).await;
    open(&site, "/").await;
    site.visitor.click(".ad").await.unwrap();
    site.end().await;
    assert_eq!((names(&site), kept(&site).await), (vec![], nothing()));
    run(
        &site,
        "gtag('consent', 'update', { ad_storage: 'granted', ad_user_data: 'denied' })",
    )
    .await;
    run(
        &site,
        "gtag('consent', 'update', { analytics_storage: 'granted' })",
    )
    .await;
    site.wait_for("pageview", 1).await;
    site.end().await;
    assert_eq!(
        names(&site),
        ["pageview"],
        "not all that ads need is granted"
    );
    // The answer was a no.
    run(
        &site,
        "gtag('consent', 'update', { ad_user_data: 'granted' })",
    )
    .await;
    site.visitor.click(".ad").await.unwrap();
    site.wait_for("ad", 1).await;
    // Platforms answer anew on each page; a default for some region is believed everywhere.
    let region = with(
        "window.dataLayer = []; function gtag() { dataLayer.push(arguments) }
         gtag('consent', 'default', { analytics_storage: 'denied', region: ['DE'] });
         gtag('consent', 'default', { analytics_storage: 'granted' })",
    );
    let site = site_of(OPT_OUT, region).await;
    open(&site, "/").await;
    site.end().await;
    assert_eq!((names(&site), kept(&site).await), (vec![], nothing()));
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_waits_for_an_answer_only_so_long() {
    // The page decides when the time is over.
    let page = with(
        "window.later = []; const original = setTimeout;
         window.setTimeout = (work, ms, ...given) => ms === 3000 ? later.push(work) : original(work, ms, ...given)",
    );
    let over = "later.forEach((work) => work())";
    let site = site_of(WAITING, page).await;
    open(&site, "/").await;
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert_eq!((names(&site), kept(&site).await), (vec![], nothing()));
    run(&site, over).await;
    site.wait_for("buy", 1).await;
    assert_eq!(names(&site), ["pageview", "buy", "once"]);
    assert_ne!(kept(&site).await, nothing());

    // A no in time.
    let site = site_of(WAITING, page).await;
    open(&site, "/").await;
    site.end().await;
    run(&site, "weir('consent', 'denied')").await;
    run(&site, over).await;
    site.end().await;
    assert_eq!(names(&site), [""; 0]);

    // Who leaves first has not answered: what is set out holds.
    let site = site_of(WAITING, page).await;
    open(&site, "/").await;
    site.end().await;
    site.visitor.click("#next").await.unwrap();
    site.wait_for("pageview", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_known_although_the_answer_comes_late() {
    let page = with("window.dataLayer = []; function gtag() { dataLayer.push(arguments) }");
    let site = site_of(OPT_IN, page).await;
    let yes = "gtag('consent', 'update', { analytics_storage: 'granted' })";
    open(&site, "/").await;
    run(&site, yes).await;
    site.wait_for("pageview", 1).await;
    open(&site, "/next").await;
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert_eq!(site.named("pageview").len(), 1);
    run(&site, yes).await;
    site.wait_for("buy", 1).await;
    let told = events(&site);
    assert!(
        told.iter()
            .all(|it| it.session == told[0].session && it.visitor == told[0].visitor),
        "{told:#?}"
    );
    let seqs: std::collections::HashSet<_> = told.iter().map(|it| it.seq).collect();
    assert_eq!(seqs.len(), told.len());
    // Another session: it is the second, and what happened before the answer is of it.
    open(&site, "/").await;
    site.end().await;
    run(&site, "localStorage.setItem('_weir_s.test', localStorage.getItem('_weir_s.test').replace(/^(1\\.\\w+)\\.\\d+\\.\\d+/, '$1.1.1'))").await;
    run(&site, yes).await;
    let views = site.wait_for("pageview", 3).await;
    assert_eq!(views[2].visitor, told[0].visitor);
    assert_ne!(views[2].session, told[0].session);
    let (_, last) = site.requests().pop().unwrap();
    assert_eq!(last["session"]["number"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_from_a_platform_by_the_iab() {
    let page = with(
        "window.__tcfapi = (command, version, callback) => { window.platform = [command, version]; window.answer = callback }",
    );
    let site = site_of(TCF, page).await;
    open(&site, "/").await;
    site.visitor.click(".ad").await.unwrap();
    site.end().await;
    assert_eq!(
        run(&site, "return platform").await,
        json!(["addEventListener", 2])
    );
    run(&site, "answer({ eventStatus: 'cmpuishown', gdprApplies: true, purpose: { consents: { 1: true, 8: true } } }, true)").await;
    run(&site, "answer(null, false)").await;
    site.end().await;
    assert_eq!(names(&site), [""; 0], "nobody has answered yet");
    run(
        &site,
        "answer({ eventStatus: 'useractioncomplete', gdprApplies: true, purpose: { consents: { 1: true, 8: true, 3: true } } }, true)",
    )
    .await;
    site.wait_for("pageview", 1).await;
    site.end().await;
    assert_eq!(names(&site), ["pageview"]);
    run(&site, "answer({ eventStatus: 'useractioncomplete', gdprApplies: true, purpose: { consents: {} } }, true)").await;
    assert_eq!(kept(&site).await, nothing());
    run(
        &site,
        "answer({ eventStatus: 'tcloaded', gdprApplies: false }, true)",
    )
    .await;
    site.visitor.click(".ad").await.unwrap();
    site.wait_for("ad", 1).await;
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_of_the_browser_are_a_no_until_the_visitor_says_yes() {
    let gpc = with("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })");
    let site = site_of(SIGNALS, gpc).await;
    site.visit("/").await;
    site.visitor.click(".ad").await.unwrap();
    run(&site, "weir('consent', { analytics: 'granted' })").await;
    site.end().await;
    assert_eq!(names(&site), ["pageview"]);
    run(&site, "weir('consent', { marketing: 'granted' })").await;
    site.visitor.click(".ad").await.unwrap();
    assert_eq!(
        site.wait_for("ad", 1).await.len(),
        1,
        "not what was refused"
    );

    let dnt = with("Object.defineProperty(navigator, 'doNotTrack', { value: '1' })");
    let site = site_of(SIGNALS, dnt).await;
    open(&site, "/").await;
    site.end().await;
    assert_eq!((names(&site), kept(&site).await), (vec![], nothing()));
    // Only where the site says so.
    let site = site_of(OPT_OUT, dnt).await;
    site.visit("/").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_keeps_nothing_keeps_no_answer() {
    let site = site_of(COOKIELESS, PAGE).await;
    open(&site, "/").await;
    site.end().await;
    grant(&site).await;
    site.wait_for("pageview", 1).await;
    site.visitor.click(".buy").await.unwrap();
    site.visitor.click(".buy").await.unwrap();
    site.wait_for("buy", 2).await;
    assert_eq!(site.named("once").len(), 1, "the page itself remembers");
    assert_eq!(kept(&site).await, nothing());
    let told = events(&site);
    assert!(
        told.iter()
            .all(|it| it.session == told[0].session && it.visitor == told[0].visitor)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_may_speak_of_consent_although_the_rules_do_not() {
    let site = site_of(UNSPOKEN, PAGE).await;
    site.visit("/").await;
    assert_eq!(site.calls(), 0);
    run(&site, "weir('consent', { analytics: 'denied' })").await;
    site.wait_until(|| site.calls() == 1).await;
    site.visitor.wait_until("!document.cookie").await.unwrap();
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert!(site.named("buy").is_empty());
    grant(&site).await;
    site.visitor.click(".buy").await.unwrap();
    site.wait_for("buy", 1).await;
    assert_eq!(site.calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_make_no_sense_are_told_to_the_owner() {
    let site = site_of(OPT_IN, PAGE).await;
    open(&site, "/").await;
    run(
        &site,
        "weir('consent', { analitycs: 'granted', analytics: 'yes' }); weir('consent'); weir('consent', 7); weir('consnet', {}); weir()",
    )
    .await;
    site.visitor
        .wait_until("weir.problems && weir.problems.length === 6")
        .await
        .unwrap();
    let problems = json!([
        { "problem": "unknown_category", "given": "analitycs" },
        { "problem": "bad_consent", "given": "yes" },
        { "problem": "bad_consent", "given": "undefined" },
        { "problem": "bad_consent", "given": "7" },
        { "problem": "unknown_call", "given": "consnet" },
        { "problem": "unknown_call", "given": "undefined" },
    ]);
    assert_eq!(run(&site, "return weir.problems").await, problems);
    site.end().await;
    assert!(
        site.requests()
            .iter()
            .all(|(_, body)| body["events"][0]["name"] == "end")
    );
    grant(&site).await;
    site.wait_until(|| site.events().iter().filter(|it| it.name == "call").count() == 6)
        .await;
    let told: Vec<Value> = site
        .named("call")
        .iter()
        .map(|it| json!({ "problem": it.fields["problem"], "given": it.fields["given"] }))
        .collect();
    assert_eq!(Value::from(told), problems);
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opts_out_is_left_alone_and_can_come_back() {
    let early =
        "window.weir = window.weir || function () { (weir.q = weir.q || []).push(arguments) }";
    let site = site_of(UNSPOKEN, with(early)).await;
    site.visit("/").await;
    run(&site, "weir('optout')").await;
    site.visitor
        .wait_until("/_weir_optout=1/.test(document.cookie)")
        .await
        .unwrap();
    let before = site.requests().len();
    run(
        &site,
        "document.querySelector('#end').click(); document.querySelector('.buy').click()",
    )
    .await;
    open(&site, "/next").await;
    run(
        &site,
        "document.querySelector('#end').click(); weir('event', 'x')",
    )
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    assert_eq!(kept(&site).await, json!(["_weir_optout"]));
    open(&site, "/").await;
    assert_eq!(site.requests().len(), before, "nothing has left");
    run(&site, "weir('consent', 'granted'); weir('optout', false)").await;
    site.visitor.wait_until("!document.cookie").await.unwrap();
    site.visit("/").await;
    site.assert_clean_console().await;
}
