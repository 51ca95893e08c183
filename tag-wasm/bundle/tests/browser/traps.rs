//! Traps of browsers and of pages that no other file is about: `docs/tag-traps.md` says which test proves what.

use std::collections::HashMap;

use serde_json::json;

use crate::site::{Options, Page, Site};
use crate::stress::{assert_sound, site};

async fn run(site: &Site, script: &str) -> serde_json::Value {
    site.visitor.run(script).await.unwrap()
}

const PRODUCT: &str =
    "<div class=product data-sku=1><b class=name>Tea</b><button class=buy>Buy</button></div>";

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_pictures_are_hit_too() {
    let body = "<div class=product data-sku=1><b class=name>Tea</b>
      <button class=buy id=words>Buy</button>
      <svg class='buy' id=picture width=40 height=40><g class=inner><text y=20>Buy</text></g></svg></div>";
    let site = site("", body).await;
    site.visit("/").await;
    run(
        &site,
        "document.querySelector('#words').firstChild.dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }));
         document.querySelector('#picture text').dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }));
         document.dispatchEvent(new MouseEvent('click', { bubbles: true }));
         window.dispatchEvent(new MouseEvent('click'))",
    )
    .await;
    site.end().await;
    let elements: Vec<_> = site
        .named("buy")
        .iter()
        .map(|event| event.fields["element"].clone())
        .collect();
    assert_eq!(elements, ["button#words", "svg#picture"]);
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_code_sends_is_heard_by_its_button() {
    let body = "<form class=lead id=f action=/next><input name=submit><input name=action value=x><button id=send>Send</button></form>
      <script>
        document.querySelector('#send').addEventListener('click', (event) => {
          event.preventDefault();
          HTMLFormElement.prototype.submit.call(document.querySelector('#f'));
        });
      </script>";
    let site = site("", body).await;
    site.visit("/").await;
    site.visitor.click("#send").await.unwrap();
    site.wait_for("lead", 1).await;
    site.wait_for("pageview", 2).await;
    site.end().await;
    assert_eq!(site.named("lead").len(), 1);
    assert_eq!(site.named("lead")[0].url, site.url("/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_keep_secret_is_not_read() {
    let container = r##"{ "weir": 1, "site": { "id": "test" },
      "triggers": { "field": { "field": { "selector": "input", "on": "change" } }, "end": { "click": { "selector": "#end" } } },
      "tags": [
        { "name": "Field", "on": ["field"], "event": "field", "with": { "name": "{{element.name}}", "value": "{{element.attr.value}}", "text": "{{element.text}}" } },
        { "name": "End", "on": ["end"], "event": "end" } ] }"##;
    let html = "<!doctype html><html><head>{tag}</head><body><form>
      <input name=plain value=seen><input type=password name=p value=S3CRET><input type=PassWord name=p2 value=S3CRET>
      <input name=card-number value=S3CRET><input name=n autocomplete='billing cc-number' value=S3CRET>
      <input name=o autocomplete=one-time-code value=S3CRET><input type=hidden name=h value=S3CRET>
      <div data-weir-ignore><input name=own value=S3CRET></div></form><button id=end>end</button></body></html>";
    let site = Site::open_as(
        HashMap::from([("/", Page { html, headers: &[] })]),
        Options {
            container,
            ..Options::default()
        },
    )
    .await;
    site.visit("/").await;
    run(
        &site,
        "for (const field of document.querySelectorAll('input')) field.dispatchEvent(new Event('change', { bubbles: true }))",
    )
    .await;
    site.end().await;
    let values: Vec<_> = site
        .named("field")
        .iter()
        .map(|event| event.prop("value").to_owned())
        .collect();
    assert_eq!(values[0], "seen");
    let all = format!("{:?}", site.requests());
    assert!(!all.contains("S3CRET"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_decides_what_its_clicks_do() {
    let body = "<div class=product data-sku=1><b class=name>Tea</b><a class=buy id=link href='#there'>Buy</a></div>
      <form class=lead id=f><button id=send>Send</button></form>";
    let head = "<script>
      window.listeners = [];
      const add = EventTarget.prototype.addEventListener;
      EventTarget.prototype.addEventListener = function (type, listener, settings) {
        listeners.push([type, !!(settings && settings.passive), !!(settings && settings.capture)]);
        return add.apply(this, arguments);
      };
    </script>";
    let site = site(head, body).await;
    site.visit("/").await;
    let seen = run(
        &site,
        "const link = document.querySelector('#link');
         const seen = [];
         for (const about of [{}, { ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { button: 1 }]) {
           const event = new MouseEvent(about.button ? 'auxclick' : 'click', { bubbles: true, cancelable: true, ...about });
           // Whatever the browser would do with it must not happen in the test.
           add.call(document, event.type, (last) => { seen.push(last.defaultPrevented); last.preventDefault() }, { once: true });
           link.dispatchEvent(event);
         }
         const sent = new SubmitEvent('submit', { bubbles: true, cancelable: true });
         document.querySelector('#f').dispatchEvent(sent);
         return [seen, sent.defaultPrevented]",
    )
    .await;
    assert_eq!(seen, json!([[false, false, false, false, false], false]));
    site.wait_for("buy", 5).await;
    let listeners = run(
        &site,
        "return listeners.filter(([type]) => type !== 'error' && type !== 'unhandledrejection')",
    )
    .await;
    let listeners = listeners.as_array().unwrap();
    assert!(listeners.len() > 10, "{listeners:?}");
    // These would keep the page out of the browser's memory, or hold it back.
    assert!(
        listeners
            .iter()
            .all(|listener| listener[0] != "unload" && listener[0] != "beforeunload")
    );
    // The page's own listener above is none of the tag's.
    let ours = listeners.iter().filter(|listener| listener[0] != "message");
    for listener in ours {
        assert_eq!(
            (&listener[1], &listener[2]),
            (&json!(true), &json!(true)),
            "{listener}"
        );
    }
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_navigation_is_not_held_back() {
    let body = "<div class=product data-sku=1><b class=name>Tea</b><a class=buy id=link href=/next>Buy</a></div>
      <form class=lead id=f action=/next target=frame><button id=send>Send</button></form><iframe name=frame></iframe>";
    let site = site("", body).await;
    site.visit("/").await;
    // A navigation that begins within the click begins before the next line.
    let begun = run(
        &site,
        "const begun = [];
         addEventListener('pagehide', () => begun.push('left'));
         if (!window.navigation) return ['link', 'form'];
         navigation.addEventListener('navigate', (event) => { begun.push('link'); event.preventDefault() }, { once: true });
         document.querySelector('#link').click();
         document.querySelector('#f').addEventListener('submit', (event) => begun.push(event.defaultPrevented ? 'prevented' : 'form'));
         document.querySelector('#send').click();
         return begun",
    )
    .await;
    assert_eq!(begun, json!(["link", "form"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_first_whether_a_request_may_come() {
    let html = "<!doctype html><html><head>{tag}</head><body></body></html>";
    let headers = &[(
        "content-security-policy",
        "script-src 'self' 'unsafe-inline' http://127.0.0.1:*",
    )];
    let site = Site::open_as(
        HashMap::from([("/", Page { html, headers })]),
        Options::default(),
    )
    .await;
    // To the browser, the other name of this machine is another origin.
    let elsewhere = site.url("/").replace("127.0.0.1", "localhost");
    site.visitor.open(&elsewhere).await.unwrap();
    run(
        &site,
        &format!(
            "for (const key of Object.keys(localStorage)) localStorage.removeItem(key);
             document.body.innerHTML = `<iframe srcdoc=\"<button class=buy>x</button><script src='{}t/test.js'></scr` + `ipt>\"></iframe>`",
            site.url("/")
        ),
    )
    .await;
    site.wait_until(|| site.named("pageview").len() >= 2).await;
    run(&site, "return new Promise((done) => setTimeout(done, 300))").await;
    site.visitor.leave().await.unwrap();
    site.wait_until(|| site.types().0.len() >= 2).await;
    let (types, preflights) = site.types();
    assert!(
        types
            .iter()
            .all(|kind| kind.starts_with("text/plain") || kind.is_empty()),
        "{types:?}"
    );
    assert_eq!(preflights, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_and_gone_is_told_once() {
    let site = site("", PRODUCT).await;
    site.visit("/").await;
    run(
        &site,
        "document.querySelector('.buy').click();
         Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true });
         for (let time = 0; time < 3; time++) {
           document.dispatchEvent(new Event('visibilitychange'));
           dispatchEvent(new PageTransitionEvent('pagehide'));
         }
         delete document.visibilityState;
         document.dispatchEvent(new Event('visibilitychange'))",
    )
    .await;
    site.wait_for("buy", 1).await;
    site.end().await;
    let mut ids: Vec<_> = site
        .named("buy")
        .into_iter()
        .map(|event| event.id)
        .collect();
    ids.dedup();
    // A beacon that was not answered yet may be repeated, with the same id.
    assert_eq!(ids.len(), 1);
    let errors = run(&site, "return errors").await;
    assert_eq!(errors, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_functions_that_were_put_back_are_no_loss() {
    let head = "<script>window.original = [history.pushState, history.replaceState]</script>";
    let site = site(head, PRODUCT).await;
    site.visit("/").await;
    run(
        &site,
        "[history.pushState, history.replaceState] = original;
         history.pushState(0, '', '/next');
         document.querySelector('.buy').click()",
    )
    .await;
    site.wait_for("pageview", 2).await;
    site.wait_for("buy", 1).await;
    assert_eq!(site.named("pageview")[1].url, site.url("/next"));
    assert_eq!(site.named("buy")[0].url, site.url("/next"));
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sites_share_a_page() {
    let site = site(
        "",
        &format!("{PRODUCT}<script async src=/t/other.js></script>"),
    )
    .await;
    site.visitor.open(&site.url("/")).await.unwrap();
    site.wait_for("pageview", 2).await;
    run(
        &site,
        "weir('event', 'shop_call', {}); document.querySelector('.buy').click()",
    )
    .await;
    site.wait_for("buy", 2).await;
    site.wait_for("pushed", 2).await;
    let mut sites: Vec<_> = site
        .requests()
        .iter()
        .filter(|(_, body)| body.to_string().contains("\"buy\""))
        .map(|(_, body)| body["site"].as_str().unwrap().to_owned())
        .collect();
    sites.sort();
    sites.dedup();
    assert_eq!(sites, ["other", "test"]);
    let visitors: Vec<_> = site
        .events()
        .into_iter()
        .map(|event| event.visitor)
        .collect();
    assert!(
        visitors.iter().all(|visitor| *visitor == visitors[0]),
        "one browser"
    );
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_frames() {
    let inner = "<!doctype html><html><head><title>Inner</title>{tag}</head><body>\
      <div class=product data-sku=2><b class=name>Tea</b><button class=buy>Buy</button></div></body></html>";
    let outer = "<!doctype html><html><head><title>Outer</title><script>
        window.errors = []; addEventListener('error', (event) => errors.push(event.message));
      </script>{tag}</head><body><iframe id=same src=/inner></iframe>
      <iframe id=boxed sandbox='allow-scripts' src=/boxed></iframe><button id=end>end</button></body></html>";
    let site = Site::open_as(
        HashMap::from([
            (
                "/",
                Page {
                    html: outer,
                    headers: &[],
                },
            ),
            (
                "/inner",
                Page {
                    html: inner,
                    headers: &[],
                },
            ),
            (
                "/boxed",
                Page {
                    html: inner,
                    headers: &[],
                },
            ),
        ]),
        Options {
            container: crate::stress::EVERYTHING,
            ..Options::default()
        },
    )
    .await;
    site.visitor.open(&site.url("/")).await.unwrap();
    // The page, a frame of the site itself, and one without any origin: neither cookies nor storage.
    site.wait_for("pageview", 3).await;
    run(
        &site,
        "document.querySelector('#same').contentDocument.querySelector('.buy').click()",
    )
    .await;
    site.wait_for("buy", 1).await;
    assert_eq!(site.named("buy")[0].url, site.url("/inner"));
    site.end().await;
    assert_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_ours_is_left_in_the_window() {
    let head = "<script>window.before = Object.getOwnPropertyNames(window)</script>";
    let site = site(head, PRODUCT).await;
    site.visit("/").await;
    run(&site, "document.querySelector('.buy').click()").await;
    site.wait_for("buy", 1).await;
    let mut added: Vec<String> = serde_json::from_value(
        run(
            &site,
            "return Object.getOwnPropertyNames(window).filter((name) => !before.includes(name) && !/^(cdc_|ret_nodes)/.test(name))",
        )
        .await,
    )
    .unwrap();
    added.retain(|name| name != "before" && name != "errors");
    added.sort();
    // `dataLayer` is where a page says what it has to say.
    let expected: &[&str] = match crate::MODE {
        crate::site::Mode::Wasm => &["__weir", "dataLayer", "weir"],
        crate::site::Mode::StrictPolicy => &["__weir", "__weir_module", "dataLayer", "weir"],
    };
    assert_eq!(added, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_xml() {
    let html = "<?xml version='1.0'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><head><title>XML</title>\
      <script src='/t/test.js'></script></head><body><div class='product' data-sku='9'><b class='name'>Tea</b>\
      <button class='buy'>Buy</button></div><button id='end'>end</button></body></html>";
    let site = Site::open_as(
        HashMap::from([(
            "/",
            Page {
                html,
                headers: &[("content-type", "application/xhtml+xml")],
            },
        )]),
        Options {
            container: crate::stress::EVERYTHING,
            ..Options::default()
        },
    )
    .await;
    site.visit("/").await;
    site.visitor.click(".buy").await.unwrap();
    site.wait_for("buy", 1).await;
    assert_eq!(site.named("buy")[0].prop("sku"), "9");
    site.end().await;
    site.assert_clean_console().await;
}
