//! Pages that the browser prepares before anybody wants to see them, as Chromium does.

use crate::site::Site;

const NEXT: &str = "<!doctype html><html><head>{tag}<title>Next</title></head><body><h1>Next page</h1>\
                    <button id=end>end</button></body></html>";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_only_prepared_counts_when_it_is_shown() {
    let page = r#"<!doctype html><html><head>{tag}
      <script type=speculationrules>{"prerender": [{"source": "list", "urls": ["/next"], "eagerness": "immediate"}]}</script>
      </head><body><h1>Home</h1><a id=next href=/next>next</a><button id=end>end</button></body></html>"#;
    let site = Site::open(&[("/", page), ("/next", NEXT)]).await;
    site.visit("/").await;
    site.wait_until(|| site.prepared() == 1).await;
    site.end().await;
    site.end().await;
    assert_eq!(site.names(), ["pageview", "end", "end"]);
    site.visitor.click("#next").await.unwrap();
    site.wait_for("pageview", 2).await;
    let prepared = site
        .visitor
        .run("return performance.getEntriesByType('navigation')[0].activationStart > 0")
        .await;
    assert_eq!(prepared.unwrap(), true, "the browser had prepared it");
    site.end().await;
    assert_eq!(site.names(), ["pageview", "end", "end", "pageview", "end"]);
    assert!(
        site.events()
            .iter()
            .all(|event| event.session == site.events()[0].session)
    );
}
