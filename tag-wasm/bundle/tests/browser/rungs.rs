//! WebAssembly, then JavaScript, then raw events: each way that fails is followed by the next, and the page does not notice.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;

use crate::page_safety::{assert_unharmed, page};
use crate::site::{Event, Options, Page, Site};

type Headers = &'static [(&'static str, &'static str)];

const NO_WASM: Headers = &[(
    "content-security-policy",
    "script-src 'self' 'unsafe-inline'",
)];

async fn site(before: &str, headers: Headers, options: Options) -> Site {
    let html = page(before);
    Site::open_as(
        HashMap::from([
            ("/", Page { html, headers }),
            ("/next", Page { html, headers }),
        ]),
        options,
    )
    .await
}

/// Names of what arrived, each event once and in the order in which it happened, without the rule that goes with each page view.
fn raw(site: &Site) -> Vec<(String, bool)> {
    let requests = site.requests();
    let mut ids = HashSet::new();
    let mut events: Vec<_> = requests
        .iter()
        .flat_map(|(_, body)| body["events"].as_array().unwrap())
        // A batch whose answer nobody saw is sent again.
        .filter(|event| ids.insert(event["id"].to_string()))
        .filter(|event| event["name"] != "engagement" && event["name"] != "headline")
        .collect();
    events.sort_by_key(|event| event["ts"].as_u64());
    let named = |event: &Value| {
        (
            event["name"].as_str().unwrap().to_owned(),
            event["props"]["raw"] == true,
        )
    };
    events.into_iter().map(named).collect()
}

fn named(names: &[(&str, bool)]) -> Vec<(String, bool)> {
    names
        .iter()
        .map(|(name, is_raw)| ((*name).to_owned(), *is_raw))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_module_is_replaced_by_the_script() {
    let options = Options {
        wasm_type: "",
        ..Options::default()
    };
    let site = site("", &[], options).await;
    site.visit("/").await;
    site.end().await;
    assert_eq!(raw(&site), named(&[("pageview", false), ("end", false)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_wasm_gets_the_script() {
    let site = site(
        "<script>delete window.WebAssembly</script>",
        &[],
        Options::default(),
    )
    .await;
    site.visit("/").await;
    assert_unharmed(&site).await;
    site.end().await;
    assert_eq!(site.named("buy")[0].prop("sku"), "1");
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_allows_wasm_is_enough() {
    let policy: Headers = &[(
        "content-security-policy",
        "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; connect-src 'self'",
    )];
    let site = site(
        "",
        policy,
        Options {
            has_script: false,
            ..Options::default()
        },
    )
    .await;
    site.visit("/").await;
    assert_unharmed(&site).await;
    assert!(raw(&site).iter().all(|(_, is_raw)| !is_raw));
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_by_nonce_lets_the_script_in() {
    let policy: Headers = &[(
        "content-security-policy",
        "script-src 'nonce-r4nd0m' 'unsafe-hashes' 'sha256-NO'",
    )];
    let html = "<!doctype html><html><head><script nonce=r4nd0m async src=/t/test.js></script></head><body>\
                <div class=product data-sku=1><button class=buy>Buy</button></div><button id=end>end</button></body></html>";
    let site = Site::open_as(
        HashMap::from([(
            "/",
            Page {
                html,
                headers: policy,
            },
        )]),
        Options::default(),
    )
    .await;
    site.visit("/").await;
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert_eq!(
        raw(&site),
        named(&[("pageview", false), ("buy", false), ("end", false)])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_lost_its_type_still_starts() {
    let options = Options {
        wasm_type: "application/octet-stream",
        has_script: false,
        ..Options::default()
    };
    let site = site("", &[], options).await;
    site.visit("/").await;
    assert!(raw(&site).iter().all(|(_, is_raw)| !is_raw));
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_module_page_views_and_clicks_leave_raw() {
    let options = Options {
        has_script: false,
        ..Options::default()
    };
    let site = site("", NO_WASM, options).await;
    site.visitor
        .open(&site.url("/?utm_source=ads&email=a@b.example#part"))
        .await
        .unwrap();
    site.wait_for("pageview", 1).await;
    assert_unharmed(&site).await;
    site.wait_for("raw_click", 1).await;
    site.visitor.open(&site.url("/next")).await.unwrap();
    site.wait_for("pageview", 3).await;
    assert!(raw(&site).iter().all(|(_, is_raw)| *is_raw));
    let events: Vec<Event> = site.events();
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["pageview", "raw_click", "pageview", "pageview"]);
    assert!(site.requests().iter().all(|(_, body)| body["release"] == 7));
    let places: Vec<_> = events
        .iter()
        .map(|event| event.url.replace(&site.url(""), ""))
        .collect();
    let first = "/?utm_source=ads&email=a@b.example#part";
    assert_eq!(places, [first, first, "/other", "/next"]);
    assert_eq!(events[2].referrer, site.url(first));
    assert_eq!(events[1].fields["element"], "button");
    assert_same_session(&events);
}

/// One visitor, one session, and each event at a place of its own in it.
fn assert_same_session(events: &[Event]) {
    for pair in events.windows(2) {
        assert_eq!(
            (&pair[0].visitor, &pair[0].session),
            (&pair[1].visitor, &pair[1].session)
        );
        assert!(
            pair[0].seq < pair[1].seq && pair[0].ts < pair[1].ts,
            "{pair:?}"
        );
        assert_ne!(pair[0].id, pair[1].id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_before_the_module_is_there_is_counted() {
    let late = Duration::from_secs(3);
    let without_module = Options {
        delay: late,
        ..Options::default()
    };
    let without_core = Options {
        core: Some(late),
        ..Options::default()
    };
    for options in [without_module, without_core] {
        assert_early_leavers_are_counted(options).await;
    }
}

/// A page whose `load` event does not wait for the tag, and another.
async fn assert_early_leavers_are_counted(options: Options) {
    let late = "<!doctype html><script>
        addEventListener('load', () => setTimeout(() => {
          document.head.append(Object.assign(document.createElement('script'), { src: '/t/test.js' }));
        }));
      </script>";
    let pages = [("/", late), ("/next", page(""))];
    let pages = pages.map(|(path, html)| (path, Page { html, headers: &[] }));
    let site = Site::open_as(HashMap::from(pages), options).await;
    site.visitor.open(&site.url("/?gclid=1")).await.unwrap();
    site.visitor.wait_until("window.__weir").await.unwrap();
    site.visitor.open(&site.url("/next")).await.unwrap();
    site.wait_for("pageview", 2).await;
    let events = site.events();
    let heard: Vec<_> = raw(&site)
        .into_iter()
        .filter(|(name, _)| name == "pageview")
        .collect();
    assert_eq!(heard, named(&[("pageview", true), ("pageview", false)]));
    assert_same_session(&events[..2]);
    let entry = site.requests().pop().unwrap().1["session"]["entry"].clone();
    assert_eq!(entry["url"], site.url("/?gclid=1"), "the session goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_only_hidden_meanwhile_is_counted_once() {
    let options = Options {
        delay: Duration::from_secs(2),
        ..Options::default()
    };
    let site = site("", &[], options).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    site.visitor
        .wait_until("window.__weir && document.readyState === 'complete'")
        .await
        .unwrap();
    site.visitor
        .run(
            "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true });
             document.dispatchEvent(new Event('visibilitychange'));
             delete document.visibilityState;
             document.dispatchEvent(new Event('visibilitychange'));",
        )
        .await
        .unwrap();
    site.wait_for("headline", 1).await;
    site.end().await;
    assert_eq!(raw(&site), named(&[("pageview", true), ("end", false)]));
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_core_page_views_leave_with_the_page() {
    let options = Options {
        core: None,
        ..Options::default()
    };
    let site = site("", &[], options).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    assert_unharmed(&site).await;
    site.visitor.open(&site.url("/next")).await.unwrap();
    site.visitor.open("about:blank").await.unwrap();
    site.wait_for("pageview", 3).await;
    assert!(raw(&site).iter().all(|(_, is_raw)| *is_raw));
    assert_same_session(&site.events());
}

const TRUSTED_TYPES: Headers = &[(
    "content-security-policy",
    "require-trusted-types-for 'script'; trusted-types shop weir",
)];
const OTHER_TRUSTED_TYPES: Headers = &[(
    "content-security-policy",
    "require-trusted-types-for 'script'; trusted-types shop",
)];

/// What pages do with Trusted Types is their own: the tag needs a policy of its own name, and does without what it may not do.
#[tokio::test(flavor = "multi_thread")]
async fn trusted_types_let_the_tag_in_that_they_name() {
    let site = site("", TRUSTED_TYPES, Options::default()).await;
    site.visit("/").await;
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert!(raw(&site).iter().all(|(_, is_raw)| !is_raw));
    assert_eq!(site.named("buy").len(), 1);
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_trusted_types_do_not_name_it_page_views_are_counted() {
    let site = site("", OTHER_TRUSTED_TYPES, Options::default()).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    assert_unharmed(&site).await;
    site.visitor.open("about:blank").await.unwrap();
    site.wait_for("pageview", 2).await;
    assert!(raw(&site).iter().all(|(_, is_raw)| *is_raw));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_trap_the_script_goes_on() {
    let trapping = "<script>
      for (const name of ['instantiate', 'instantiateStreaming']) {
        const original = WebAssembly[name];
        const CLICK = 1;
        WebAssembly[name] = (...given) => original(...given).then((result) => {
          const exports = { ...result.instance.exports };
          exports.happen = (...given) => { if (given[1] !== CLICK) return result.instance.exports.happen(...given); window.trapped = (window.trapped || 0) + 1; throw new WebAssembly.RuntimeError('unreachable') };
          return { instance: { exports } };
        });
      }
    </script>";
    let site = site(trapping, &[], Options::default()).await;
    site.visit("/").await;
    assert_unharmed(&site).await;
    site.visitor.click(".buy").await.unwrap();
    site.end().await;
    assert_eq!(
        site.visitor.run("return [trapped, errors]").await.unwrap(),
        serde_json::json!([1, []])
    );
    // The input that trapped is told raw; the page view is not told again, nor are its rules.
    assert_eq!(
        raw(&site),
        named(&[
            ("pageview", false),
            ("raw_click", true),
            ("pageview", false),
            ("buy", false),
            ("end", false)
        ])
    );
    assert_eq!(
        site.named("headline").len(),
        2,
        "of the page, and of the one it went to"
    );
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_events_keep_nothing_where_nothing_may_be_kept() {
    let container = r#"{ "weir": 1, "site": { "id": "test" },
        "privacy": { "identity": "cookieless", "keep_query": [], "redact": ["email"] } }"#;
    let options = Options {
        container,
        wasm_type: "",
        has_script: false,
        ..Options::default()
    };
    let site = site("", &[], options).await;
    site.visitor
        .open(&site.url("/next?utm_source=ads"))
        .await
        .unwrap();
    site.wait_for("pageview", 1).await;
    site.visitor.click("#end").await.unwrap();
    site.wait_for("raw_click", 1).await;
    let events = site.events();
    assert_eq!(
        (&*events[0].url, &*events[0].title),
        (&*site.url("/next"), "")
    );
    assert_same_session(&events);
    let kept = site
        .visitor
        .run("return [document.cookie, localStorage.length, sessionStorage.length]")
        .await
        .unwrap();
    assert_eq!(kept, serde_json::json!(["", 0, 0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_nothing_leaves_raw() {
    let container = r#"{ "weir": 1, "site": { "id": "test" }, "consent": { "default": { "analytics": "denied" } } }"#;
    let options = Options {
        container,
        wasm_type: "",
        has_script: false,
        ..Options::default()
    };
    let site = site("", &[], options).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    assert_unharmed(&site).await;
    site.visitor.open("about:blank").await.unwrap();
    assert!(site.requests().is_empty());
}

/// Before the core is there, what was answered on an earlier page holds; where the page speaks of consent itself, nothing is
/// told. Where nobody has answered, the site's own settings hold.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_before_the_core_is_there_is_counted_as_was_answered() {
    let said = "<script>(window.dataLayer = []).push(['consent', 'default', { analytics_storage: 'denied' }])</script>";
    let asked = "<script>(window.weir = function () {}).q = [['consent', 'denied']]</script>";
    for (state, answer, counted) in [
        ("denied", "{}", ""),
        ("denied", r#"{"analytics":true}"#, "/next"),
        ("granted", "{}", "/next"),
        ("granted", r#"{"analytics":false}"#, ""),
    ] {
        let container = format!(
            r#"{{ "weir": 1, "site": {{ "id": "test" }}, "consent": {{ "default": {{ "analytics": "{state}" }} }} }}"#
        );
        let options = Options {
            core: None,
            container: container.leak(),
            ..Options::default()
        };
        let pages = [("/next", ""), ("/said", said), ("/asked", asked)].map(|(path, before)| {
            let html = page(before);
            (path, Page { html, headers: &[] })
        });
        let mut pages = HashMap::from(pages);
        let html = "<!doctype html>";
        pages.insert("/plain", Page { html, headers: &[] });
        let site = Site::open_as(pages, options).await;
        site.visitor.open(&site.url("/plain")).await.unwrap();
        site.visitor
            .run(&format!("localStorage['_weir_c.test'] = '{answer}'"))
            .await
            .unwrap();
        for path in ["/said", "/asked", "/next"] {
            site.visitor.open(&site.url(path)).await.unwrap();
            let ready = "window.__weir && document.readyState === 'complete'";
            site.visitor.wait_until(ready).await.unwrap();
        }
        site.visitor.open("about:blank").await.unwrap();
        if !counted.is_empty() {
            site.wait_for("pageview", 1).await;
        }
        // A beacon that is on its way is there by then.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let places: Vec<_> = site.events().into_iter().map(|event| event.url).collect();
        let wanted: Vec<_> = (!counted.is_empty())
            .then(|| site.url(counted))
            .into_iter()
            .collect();
        assert_eq!(places, wanted, "{state}, {answer}");
        assert!(raw(&site).iter().all(|(_, is_raw)| *is_raw));
    }
}
