//! Whatever goes wrong with the tag, the page does not notice.

use crate::site::Site;

/// A page that counts what reaches it: errors, and clicks on a button.
const PAGE: &str = r##"<!doctype html><html><head>
  <script>
    window.errors = [];
    addEventListener('error', (event) => errors.push(event.message));
    addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
  </script>{before}{tag}</head><body>
  <div class=product data-sku=1><button class=buy onclick="window.bought = (window.bought || 0) + 1">Buy</button></div>
  <button id=end>end</button></body></html>"##;

pub(crate) fn page(before: &str) -> &'static str {
    PAGE.replace("{before}", before).leak()
}

/// The page loads, its button works, and no error of ours reached it.
pub(crate) async fn assert_unharmed(site: &Site) {
    site.visitor
        .wait_until("document.readyState === 'complete' && window.__weir")
        .await
        .unwrap();
    site.visitor.click(".buy").await.unwrap();
    site.visitor
        .run("weir('event', 'x', {}); history.pushState({}, '', '/other')")
        .await
        .unwrap();
    // Longer than anything of ours waits before it acts.
    site.visitor
        .run("return new Promise((done) => setTimeout(done, 600))")
        .await
        .unwrap();
    let seen = site
        .visitor
        .run("return [window.bought, errors, location.pathname]")
        .await
        .unwrap();
    assert_eq!(seen, serde_json::json!([1, [], "/other"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_snippets_count_once() {
    let site = Site::open(&[("/", page(r#"<script async src="/t/test.js"></script>"#))]).await;
    site.visit("/").await;
    site.visitor.click(".buy").await.unwrap();
    site.visitor
        .run("const copy = document.createElement('script'); copy.src = '/t/test.js?late'; document.body.append(copy)")
        .await
        .unwrap();
    site.visitor
        .wait_until("performance.getEntriesByName(location.origin + '/t/test.js?late').length")
        .await
        .unwrap();
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert_eq!(site.names(), ["pageview", "buy", "buy", "end"]);
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_that_the_page_replaced_may_throw() {
    let throwing = "<script>
      navigator.sendBeacon = () => { throw new Error('beacon') };
      const original = window.fetch;
      window.fetch = (url, ...rest) => { if (String(url).endsWith('/c')) throw new Error('fetch'); return original(url, ...rest) };
    </script>";
    let site = Site::open(&[("/", page(throwing))]).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    assert_unharmed(&site).await;
    site.visitor.open("about:blank").await.unwrap();
    assert!(site.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_storage_and_cookies_events_still_arrive() {
    let throwing = "<script>
      Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } });
      Object.defineProperty(document, 'cookie', { get() { throw new Error('no') }, set() { throw new Error('no') } });
    </script>";
    let site = Site::open(&[("/", page(throwing))]).await;
    site.visit("/").await;
    assert_unharmed(&site).await;
    site.wait_for("pageview", 2).await;
    let events = site.events();
    assert!(
        events
            .iter()
            .all(|event| event.session == events[0].session && event.visitor == events[0].visitor)
    );
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_clock_gives_each_event_its_own_time_and_id() {
    let frozen = "<script>const frozen = Date.now(); Date.now = () => frozen</script>";
    let site = Site::open(&[("/", page(frozen))]).await;
    site.visit("/").await;
    for _ in 0..3 {
        site.visitor.click(".buy").await.unwrap();
    }
    site.wait_for("buy", 3).await;
    let events = site.events();
    for pair in events.windows(2) {
        assert!(
            pair[0].ts < pair[1].ts && pair[0].seq < pair[1].seq,
            "{pair:?}"
        );
    }
    let ids: std::collections::HashSet<_> = events.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), events.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_lies_about_its_elements_is_still_heard() {
    let site = Site::open(&[("/", page(""))]).await;
    site.visit("/").await;
    site.visitor
        .run(
            "const lie = { get() { throw new Error('no') } };
             for (const name of ['localName', 'form', 'textContent', 'isConnected', 'nodeName'])
               Object.defineProperty(document.querySelector('.product'), name, lie);
             Element.prototype.getAttribute = Element.prototype.closest = null;",
        )
        .await
        .unwrap();
    site.visitor.click(".buy").await.unwrap();
    site.wait_for("buy", 1).await;
    site.end().await;
    assert_eq!(site.names(), ["pageview", "buy", "end"]);
    assert_eq!(site.named("buy")[0].prop("sku"), "1");
    site.assert_clean_console().await;
}
