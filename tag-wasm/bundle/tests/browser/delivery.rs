//! The way to the collector: nothing lost, nothing doubled, whatever the collector answers.

use crate::site::Site;
use serde_json::Value;

const PAGE: &str = "<!doctype html><html><head><title>Page</title>{tag}</head><body>\
                    <div class=product data-sku=1><button class=buy>Buy</button><a class=buy id=leave href=/next>Buy and go</a></div>\
                    <button id=end>end</button></body></html>";

fn ids(body: &Value) -> Vec<String> {
    let events = body["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_whole() {
    let site = Site::open(&[("/", PAGE)]).await;
    site.visit("/?q=%20").await;
    let (status, body) = site.requests().remove(0);
    assert_eq!(status, 204);
    assert_eq!(
        (&body["v"], &body["site"], &body["release"]),
        (&1.into(), &"test".into(), &7.into())
    );
    assert_eq!(body["consent"], serde_json::json!(["analytics"]));
    assert_eq!(
        body["session"]["entry"],
        serde_json::json!({ "url": site.url("/?q=%20"), "referrer": "" })
    );
    for (key, length) in [
        (&body["visitor"], 16),
        (&body["session"]["id"], 16),
        (&body["events"][0]["id"], 36),
    ] {
        assert_eq!(key.as_str().unwrap().len(), length);
    }
    let began = u64::from_str_radix(&body["session"]["id"].as_str().unwrap()[..8], 16).unwrap();
    let sent = body["sent"].as_u64().unwrap();
    let ts = body["events"][0]["ts"].as_u64().unwrap();
    assert!(
        began * 1000 <= ts && ts <= sent && sent - ts < 10_000,
        "{body}"
    );
    let cookie = site.visitor.run("return document.cookie").await.unwrap();
    assert_eq!(
        cookie,
        format!("_weir_v={}", body["visitor"].as_str().unwrap())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_batch_is_repeated_with_the_same_ids() {
    let site = Site::open(&[("/", PAGE)]).await;
    site.answer(&[503, 500]);
    site.visit("/").await;
    site.end().await;
    let requests = site.requests();
    let statuses: Vec<u16> = requests.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses[..3], [503, 500, 204]);
    assert_eq!(ids(&requests[0].1), ids(&requests[1].1));
    assert_eq!(ids(&requests[0].1), ids(&requests[2].1));
    let sent: Vec<_> = requests
        .iter()
        .map(|(_, body)| body["sent"].as_u64().unwrap())
        .collect();
    assert!(sent[0] < sent[1] && sent[1] < sent[2], "{sent:?}");
    let kept = site
        .visitor
        .run("return localStorage.getItem('_weir_q.test')")
        .await
        .unwrap();
    assert_eq!(kept, Value::Null, "nothing is kept once it is answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_collector_refuses_is_not_repeated() {
    let site = Site::open(&[("/", PAGE)]).await;
    site.answer(&[400]);
    site.visitor.open(&site.url("/")).await.unwrap();
    site.wait_until(|| site.requests().len() == 1).await;
    site.end().await;
    assert_eq!(site.names(), ["end"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_page_delivers_what_this_one_could_not() {
    let site = Site::open(&[("/", PAGE), ("/next", PAGE)]).await;
    site.answer(&[503; 2]);
    site.visitor.open(&site.url("/")).await.unwrap();
    site.wait_until(|| site.requests().len() == 1).await;
    // The batch above waits for its repeat; the click goes by beacon, whose answer nobody sees.
    site.visitor.click("#leave").await.unwrap();
    site.wait_for("pageview", 2).await;
    site.wait_for("buy", 1).await;
    site.end().await;
    let events = site.events();
    let mut kinds: Vec<_> = events
        .iter()
        .map(|event| (event.seq, event.id.clone(), event.name.clone()))
        .collect();
    kinds.sort();
    kinds.dedup();
    let names: Vec<_> = kinds
        .iter()
        .map(|(_, _, name)| name.as_str())
        .filter(|name| *name != "headline")
        .collect();
    assert_eq!(names, ["pageview", "buy", "pageview", "end"]);
    assert!(
        events
            .iter()
            .all(|event| event.session == events[0].session)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_leaves_the_page_arrives() {
    let site = Site::open(&[("/", PAGE), ("/next", PAGE)]).await;
    site.visit("/").await;
    site.end().await;
    site.visitor
        .run("document.querySelector('#leave').click()")
        .await
        .unwrap();
    site.wait_for("pageview", 2).await;
    site.end().await;
    let buy = &site.wait_for("buy", 1).await[0];
    assert_eq!(buy.url, site.url("/"));
    assert_eq!(site.named("buy").len(), 1, "and once");
    let events = site.events();
    let names: Vec<_> = events
        .iter()
        .map(|event| event.name.as_str())
        .filter(|name| *name != "headline")
        .collect();
    assert_eq!(names, ["pageview", "end", "buy", "pageview", "end"]);
    assert!(
        events
            .windows(2)
            .all(|pair| pair[0].seq < pair[1].seq && pair[0].ts < pair[1].ts)
    );
    assert!(
        events
            .iter()
            .all(|event| event.visitor == events[0].visitor && event.session == events[0].session)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_clicks_in_a_row_stay_in_bounds() {
    let site = Site::open(&[("/", PAGE)]).await;
    site.visit("/").await;
    site.visitor
        .run("const button = document.querySelector('.buy'); for (let at = 0; at < 10000; at++) button.click()")
        .await
        .unwrap();
    site.end_later().await;
    let events = site.events();
    let ids: std::collections::HashSet<_> = events.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), events.len());
    assert!(events.len() > 100);
    assert!(site.packed() > 0, "large batches are compressed");
    for (_, body) in site.requests() {
        assert!(body.to_string().len() < 48 * 1024);
    }
    site.assert_clean_console().await;
}

/// What the page puts in place of the browser's functions before the tag starts.
fn with(script: &str) -> &'static str {
    PAGE.replace("{tag}", &format!("<script>{script}</script>{{tag}}"))
        .leak()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_throws_is_replaced_by_a_beacon() {
    let page = with(
        "const original = fetch;
         window.fetch = (url, ...rest) => { if (String(url).endsWith('/c')) throw new Error('no'); return original(url, ...rest) }",
    );
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    site.end().await;
    assert_eq!(site.names(), ["pageview", "end"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_for_requests_that_outlive_the_page_others_go() {
    let page = with(
        "const original = fetch;
         window.fetch = (url, init) => init && init.keepalive ? Promise.reject(new TypeError('quota')) : original(url, init)",
    );
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    site.end().await;
    assert_eq!(site.names(), ["pageview", "end"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_room_for_the_whole_there_is_for_pieces() {
    // The page goes on living, so that what became of the pieces can be seen.
    let page = with(
        "window.refused = 0;
         const original = navigator.sendBeacon.bind(navigator);
         navigator.sendBeacon = (url, body) => body.length > 9000 ? (refused++, false) : original(url, body)",
    );
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    site.end().await;
    site.visitor
        .run(
            // No time passes, so that all of it is one batch.
            "const frozen = Date.now();
             Date.now = () => frozen;
             const button = document.querySelector('.buy');
             for (let at = 0; at < 100; at++) button.click();
             dispatchEvent(new PageTransitionEvent('pagehide'))",
        )
        .await
        .unwrap();
    site.wait_for("buy", 100).await;
    let refused = site.visitor.run("return refused").await.unwrap();
    assert!(refused.as_u64().unwrap() > 0);
    let mut ids: Vec<_> = site
        .named("buy")
        .iter()
        .map(|event| event.id.clone())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 100);
    assert!(
        site.requests()
            .iter()
            .all(|(_, body)| body["pages"][0]["url"] == site.url("/"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_when_the_page_fell_asleep_is_sent_again() {
    let page = with(
        "window.asked = 0;
         const original = fetch;
         window.fetch = (url, ...rest) =>
           String(url).endsWith('/c') && asked++ === 1 ? new Promise(() => {}) : original(url, ...rest)",
    );
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    // The first request is that of the page view; the second is never answered.
    site.visitor.click(".buy").await.unwrap();
    site.visitor.wait_until("asked === 2").await.unwrap();
    site.visitor
        .run("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        .await
        .unwrap();
    site.wait_for("buy", 1).await;
    site.end().await;
    assert_eq!(site.named("buy").len(), 1);
}
