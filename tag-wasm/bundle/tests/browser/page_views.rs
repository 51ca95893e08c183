//! Page views in a real browser: one for each navigation, never two.

use crate::site::Site;

const HOME: &str = "<!doctype html><html><head><title>Home</title>{tag}</head><body><h1>Welcome</h1>\
                    <a id=next href=/next?utm_campaign=spring#part>next</a><button id=end>end</button></body></html>";
const NEXT: &str = "<!doctype html><html><head>{tag}<title>Next</title></head><body><h1>Next page</h1>\
                    <button id=end>end</button></body></html>";

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_one_page_view() {
    let site = Site::open(&[("/", HOME), ("/next", NEXT)]).await;
    site.visit("/").await;
    site.visitor.click("#next").await.unwrap();
    site.wait_for("pageview", 2).await;
    site.end().await;

    assert_eq!(site.names(), ["pageview", "pageview", "end"]);
    let views = site.named("pageview");
    assert_eq!(
        (views[0].url.as_str(), views[0].title.as_str()),
        (site.url("/").as_str(), "Home")
    );
    assert_eq!(views[0].referrer, "");
    assert_eq!(views[1].url, site.url("/next?utm_campaign=spring#part"));
    assert_eq!(
        (views[1].title.as_str(), views[1].referrer.as_str()),
        ("Next", site.url("/").as_str())
    );
    assert_eq!(site.named("headline")[1].prop("text"), "Next page");
    // Another campaign is another session of the same visitor.
    assert_eq!(views[0].visitor, views[1].visitor);
    assert_ne!(views[0].session, views[1].session);
    assert_eq!(site.requests().last().unwrap().1["session"]["number"], 2);
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_see_the_whole_document_however_early_the_tag_starts() {
    let page = "<!doctype html><html><head>{tag}</head><body><script src=/slow/700></script>\
                <h1>Late</h1><button id=end>end</button></body></html>";
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    assert_eq!(site.wait_for("headline", 1).await[0].prop("text"), "Late");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_see_what_modules_have_drawn_also_when_the_tag_comes_from_the_cache() {
    let page = "<!doctype html><html><head>{tag}</head><body><h1>Empty</h1>\
                <script type=module>import '/slow/300'; document.querySelector('h1').textContent = 'Drawn'</script>\
                <button id=end>end</button></body></html>";
    let site = Site::open(&[("/", page), ("/again", page)]).await;
    for (visits, path) in ["/", "/again", "/", "/again"].into_iter().enumerate() {
        site.visit(path).await;
        let headlines = site.wait_for("headline", visits + 1).await;
        assert_eq!(headlines[visits].prop("text"), "Drawn", "visit {visits}");
    }
    assert_eq!(site.scripts(), 1, "the others came from the cache");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_of_a_single_page_application_is_one_page_view() {
    let site = Site::open(&[("/", HOME)]).await;
    site.visit("/").await;
    // As routers do: the address is corrected, the title and the page come later. The timer is set first: on a busy machine a
    // change of the address takes longer than the page would.
    site.visitor
        .run(
            "setTimeout(() => {
               document.title = 'Products';
               document.querySelector('h1').textContent = 'All products';
             }, 20);
             history.pushState({}, '', '/products/');
             history.replaceState({}, '', '/products');",
        )
        .await
        .unwrap();
    site.wait_for("pageview", 2).await;
    // Neither the query nor an anchor is another page.
    site.visitor
        .run("history.replaceState({}, '', '/products?sort=price'); location.hash = 'top'")
        .await
        .unwrap();
    site.end().await;
    assert_eq!(site.names(), ["pageview", "pageview", "end"]);
    assert_eq!(
        site.named("end")[0].url,
        site.url("/products?sort=price#top")
    );

    let view = &site.named("pageview")[1];
    assert_eq!(
        (view.url.as_str(), view.title.as_str()),
        (site.url("/products").as_str(), "Products")
    );
    assert_eq!(view.referrer, site.url("/"));
    assert_eq!(site.named("headline")[1].prop("text"), "All products");

    site.visitor
        .run("history.pushState({}, '', '/a'); history.back()")
        .await
        .unwrap();
    site.visitor
        .wait_until("location.pathname === '/products'")
        .await
        .unwrap();
    site.visitor
        .run("location.hash = '#/settings'")
        .await
        .unwrap();
    site.end().await;
    let urls: Vec<_> = site
        .named("pageview")
        .into_iter()
        .skip(2)
        .map(|view| view.url)
        .collect();
    assert_eq!(
        urls.last(),
        Some(&site.url("/products?sort=price#/settings")),
        "{urls:?}"
    );
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_keeps_its_history_functions() {
    let site = Site::open(&[("/", HOME)]).await;
    site.visit("/").await;
    let kept = site
        .visitor
        .run(
            "let error;
             try { history.pushState({}, '', 'https://elsewhere.example/') } catch (caught) { error = caught.name }
             const answer = history.pushState({ a: 1 }, '', '/x');
             return [answer === undefined, error, history.state.a, location.pathname];",
        )
        .await
        .unwrap();
    assert_eq!(kept, serde_json::json!([true, "SecurityError", 1, "/x"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn coming_back_is_another_page_view() {
    for _ in 0..crate::KEPT_ATTEMPTS {
        if comes_back().await {
            return;
        }
    }
    panic!("the page never came from the browser's memory");
}

/// Tells whether the page came from the browser's memory.
async fn comes_back() -> bool {
    let site = Site::open(&[("/", HOME), ("/next", NEXT)]).await;
    site.visit("/").await;
    site.visitor.run("window.kept = true").await.unwrap();
    site.visit("/next").await;
    site.visitor.run("history.back()").await.unwrap();
    site.wait_for("pageview", 3).await;
    site.end().await;
    assert_eq!(site.names(), ["pageview", "pageview", "pageview", "end"]);
    assert_eq!(site.named("pageview")[2].url, site.url("/"));
    let restored = site
        .visitor
        .run("return Boolean(window.kept)")
        .await
        .unwrap();
    site.assert_clean_console().await;
    restored == true
}

#[tokio::test(flavor = "multi_thread")]
async fn time_in_front_of_the_visitor_is_reported_when_the_page_ends() {
    let site = Site::open(&[("/", HOME), ("/next", NEXT)]).await;
    site.visit("/").await;
    site.visitor
        .run("return new Promise((done) => setTimeout(done, 600))")
        .await
        .unwrap();
    site.visit("/next").await;
    let engaged = &site.wait_for("engagement", 1).await[0];
    assert_eq!(engaged.url, site.url("/"));
    assert!(
        engaged.fields["engaged_ms"].as_u64().unwrap() >= 500,
        "{engaged:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_share_a_visitor_and_a_session() {
    let site = Site::open(&[("/", HOME), ("/next", NEXT)]).await;
    site.visit("/").await;
    site.visitor
        .run("window.other = window.open('/next')")
        .await
        .unwrap();
    site.wait_for("pageview", 2).await;
    site.end().await;
    site.visitor
        .run("other.document.querySelector('#end').click()")
        .await
        .unwrap();
    site.wait_for("end", 2).await;
    let events = site.events();
    let first = &events[0];
    assert!(
        events
            .iter()
            .all(|event| event.visitor == first.visitor && event.session == first.session),
        "{events:#?}"
    );
    let mut places: Vec<_> = events.iter().map(|event| event.seq).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(
        places.len(),
        events.len(),
        "each has its own place in the session: {events:#?}"
    );
}
