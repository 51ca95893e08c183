//! One visitor on several domains of a site.

use std::collections::HashMap;

use serde_json::json;

use crate::site::{Options, Page, Site};

const PAGE: &str = "<!doctype html><html><head><title>Page</title>{tag}</head><body>\
                    <a id=other href=''>other</a> <a id=same href=/next>next</a> <a id=foreign href=''>foreign</a>\
                    <button id=end>end</button></body></html>";

/// Two hosts that this machine answers to, and share no cookie.
macro_rules! rules {
    ($consent:literal) => {
        concat!(
            r##"{ "weir": 1, "site": { "id": "test", "domains": ["localhost", "127.0.0.1"] }, "##,
            $consent,
            r##" "triggers": { "link": { "link": {} }, "end": { "click": { "selector": "#end" } } },
  "tags": [ { "name": "Link", "on": ["link"], "event": "link", "with": { "url": "{{link.url}}", "written": "{{element.attr.href}}" } },
            { "name": "End", "on": ["end"], "event": "end", "consent": [] } ] }"##
        )
    };
}

const FREE: &str = rules!("");
const OPT_IN: &str = rules!(r#""consent": { "default": { "analytics": "denied" } },"#);

async fn site_of(container: &'static str) -> Site {
    let pages = ["/", "/next"].map(|path| {
        (
            path,
            Page {
                html: PAGE,
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

/// The address of a path on the other host.
fn elsewhere(site: &Site, path: &str) -> String {
    site.url(path).replace("127.0.0.1", "localhost")
}

async fn aim(site: &Site, link: &str, url: &str) {
    let script = format!(
        "document.querySelector('{link}').setAttribute('href', {})",
        json!(url)
    );
    site.visitor.run(&script).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_another_domain_takes_the_visitor_along() {
    let site = site_of(FREE).await;
    site.visit("/?utm_campaign=spring").await;
    let there = elsewhere(&site, "/next?a=1#part");
    aim(&site, "#other", &there).await;
    site.visitor.click("#other").await.unwrap();
    site.visitor
        .wait_until("location.hostname === 'localhost'")
        .await
        .unwrap();
    site.wait_for("pageview", 2).await;
    site.end().await;
    let address = site.visitor.run("return location.href").await.unwrap();
    assert_eq!(address, there, "nothing is left in the address bar");
    let told = site.events();
    assert!(
        told.iter()
            .all(|it| it.visitor == told[0].visitor && it.session == told[0].session),
        "{told:#?}"
    );
    let views = site.named("pageview");
    assert_eq!(views[1].url, there);
    assert!(!format!("{:?}", site.requests()).contains("_weir="));
    let link = &site.named("link")[0];
    assert_eq!((link.prop("url"), link.prop("written")), (&*there, &*there));
    let cookie = site.visitor.run("return document.cookie").await.unwrap();
    assert_eq!(cookie, format!("_weir_v={}", told[0].visitor));
    // Positions go on.
    let mut seqs: Vec<_> = told.iter().map(|it| it.seq).collect();
    seqs.sort_unstable();
    seqs.dedup();
    assert_eq!(seqs.len(), told.len());
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_look_as_before_and_others_are_left_alone() {
    let site = site_of(FREE).await;
    site.visit("/").await;
    let there = elsewhere(&site, "/next");
    aim(&site, "#other", &there).await;
    aim(&site, "#foreign", "http://other.example/").await;
    site.visitor
        .run(
            "window.seen = [];
             addEventListener('click', (event) => { event.preventDefault(); seen.push(event.target.getAttribute('href')) });
             for (const id of ['other', 'same', 'foreign']) document.getElementById(id).click();",
        )
        .await
        .unwrap();
    let seen = site.visitor.run("return seen").await.unwrap();
    assert!(
        seen[0]
            .as_str()
            .unwrap()
            .starts_with(&format!("{there}?_weir=1~")),
        "{seen}"
    );
    assert_eq!(
        (&seen[1], &seen[2]),
        (&json!("/next"), &json!("http://other.example/"))
    );
    let after = site
        .visitor
        .run("return document.querySelector('#other').getAttribute('href')")
        .await
        .unwrap();
    assert_eq!(after, there);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_is_old_or_of_another_browser_is_taken_away_and_not_believed() {
    let site = site_of(FREE).await;
    site.visit("/").await;
    let own = site.named("pageview")[0].visitor.clone();
    let minute = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
        / 60;
    for note in [
        format!("1~00000000000000ff~{minute}~12345678~"),
        format!("1~00000000000000ff~{}~12345678~", minute - 60),
        "1~x".to_owned(),
        "%E0%A4%A".to_owned(),
        String::new(),
    ] {
        let before = site.named("pageview").len();
        site.visitor
            .open(&site.url(&format!("/next?b=2&_weir={note}&c=3#d")))
            .await
            .unwrap();
        site.wait_for("pageview", before + 1).await;
        let address = site.visitor.run("return location.href").await.unwrap();
        assert_eq!(address, site.url("/next?b=2&c=3#d"), "{note}");
    }
    assert!(site.named("pageview").iter().all(|it| it.visitor == own));
    assert!(!format!("{:?}", site.requests()).contains("_weir="));
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_consent_nobody_is_handed_over_and_with_it_the_note_counts() {
    let site = site_of(OPT_IN).await;
    site.visitor.open(&site.url("/")).await.unwrap();
    let there = elsewhere(&site, "/next");
    aim(&site, "#other", &there).await;
    let link = "addEventListener('click', (event) => { event.preventDefault(); window.seen = event.target.href }, { once: true });
                document.querySelector('#other').click(); return seen";
    let seen = site.visitor.run(link).await.unwrap();
    assert_eq!(seen, there);
    site.visitor
        .run("weir('consent', 'granted')")
        .await
        .unwrap();
    let here = site.wait_for("pageview", 1).await;
    let seen = site.visitor.run(link).await.unwrap();
    site.visitor.open(seen.as_str().unwrap()).await.unwrap();
    site.end().await;
    let cookie = site.visitor.run("return document.cookie").await.unwrap();
    assert_eq!(cookie, "", "nothing is kept there yet");
    site.visitor
        .run("weir('consent', 'granted')")
        .await
        .unwrap();
    let views = site.wait_for("pageview", 2).await;
    assert_eq!(
        (&views[1].visitor, &views[1].session),
        (&here[0].visitor, &here[0].session)
    );
}
