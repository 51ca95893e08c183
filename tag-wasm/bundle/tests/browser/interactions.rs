//! Clicks, forms and elements in view, on pages that make it hard.

use crate::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_click_counts_whatever_was_hit_inside() {
    let page = r##"<!doctype html><html><head>{tag}</head><body>
      <div class=product data-sku=42><button class=buy id=b1><svg width=20 height=20><path d="M0 0h20v20H0z"/></svg></button></div>
      <div class=product data-sku=43><button class=buy id=b2>Buy <b>now</b></button></div>
      <button id=other>Other</button><button id=end>end</button>
      <script>document.body.addEventListener('click', (event) => event.stopImmediatePropagation(), true)</script>
    </body></html>"##;
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    site.visitor.click("#b1 path").await.unwrap();
    site.visitor.click("#b2 b").await.unwrap();
    site.visitor.click("#other").await.unwrap();
    site.visitor
        .run("document.querySelector('#b2').dispatchEvent(new MouseEvent('auxclick', { button: 1, bubbles: true }))")
        .await
        .unwrap();
    site.visitor
        .run("document.querySelector('#b2').dispatchEvent(new MouseEvent('auxclick', { button: 2, bubbles: true }))")
        .await
        .unwrap();
    site.end().await;
    assert_eq!(site.names(), ["pageview", "buy", "buy", "buy", "end"]);
    let bought: Vec<_> = site
        .named("buy")
        .iter()
        .map(|event| event.prop("sku").to_owned())
        .collect();
    assert_eq!(bought, ["42", "43", "43"]);
    let buy = &site.named("buy")[1];
    assert_eq!(buy.prop("label"), "Buy now");
    assert_eq!(
        (&buy.fields["element"], &buy.fields["tag"]),
        (&"button#b2".into(), &"Buy".into())
    );
    assert_eq!(buy.fields["trigger"], "buy");
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_cross_the_borders_of_shadow_roots() {
    let page = r##"<!doctype html><html><head>{tag}</head><body>
      <div class=product data-sku=7><shop-card id=card><i id=slotted>in a slot</i></shop-card></div>
      <button id=end>end</button>
      <script>
        customElements.define('shop-card', class extends HTMLElement {
          connectedCallback() {
            this.attachShadow({ mode: 'open' }).innerHTML =
              '<button class="buy" id="inner"><span id="deep">Buy</span></button><a class="buy" id="around"><slot></slot></a>';
          }
        });
      </script></body></html>"##;
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    site.visitor
        .run("document.querySelector('#card').shadowRoot.querySelector('#deep').click()")
        .await
        .unwrap();
    site.visitor
        .run("document.querySelector('#slotted').click()")
        .await
        .unwrap();
    site.end().await;
    let bought: Vec<_> = site
        .named("buy")
        .iter()
        .map(|event| {
            (
                event.fields["element"].as_str().unwrap().to_owned(),
                event.prop("sku").to_owned(),
            )
        })
        .collect();
    assert_eq!(
        bought,
        [
            ("button#inner".into(), "7".into()),
            ("a#around".into(), "7".into())
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_before_the_wasm_is_there_are_not_lost() {
    let page = r##"<!doctype html><html><head>{tag}</head><body>
      <div class=product data-sku=1><button class=buy id=b>Buy</button></div><button id=end>end</button>
      <script>
        addEventListener('click', () => document.querySelector('#b')?.remove());
        const timer = setInterval(() => { if (window.__weir) { clearInterval(timer); document.querySelector('#b').click() } }, 1);
      </script><script src=/slow/500></script></body></html>"##;
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    site.end().await;
    assert_eq!(site.names(), ["pageview", "buy", "end"]);
    // The page took the button out at once; what is around it is still known.
    assert_eq!(site.named("buy")[0].prop("sku"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_sending_a_form_is_one_event() {
    let page = r##"<!doctype html><html><head>{tag}</head><body>
      <form class=lead id=plain target=hidden action=/sent><input name=id value=x><input name=closest><button>Send</button></form>
      <form class=lead id=prevented><button>Send</button></form>
      <form class=lead id=by-click><input required value=filled><button id=by-click-button>Send</button></form>
      <form class=lead id=invalid><input required><button id=invalid-button>Send</button></form>
      <form id=other><button>Send</button></form>
      <iframe name=hidden></iframe><button id=end>end</button>
      <script>
        document.querySelector('#prevented').addEventListener('submit', (event) => event.preventDefault());
        document.querySelector('#by-click-button').addEventListener('click', (event) => event.preventDefault());
        document.querySelector('#other').addEventListener('submit', (event) => event.preventDefault());
      </script></body></html>"##;
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    for form in ["plain", "prevented", "invalid", "other"] {
        site.visitor
            .click(&format!("#{form} button"))
            .await
            .unwrap();
    }
    site.visitor.click("#by-click-button").await.unwrap();
    site.wait_for("lead", 3).await;
    // Longer than the tag waits for a `submit`.
    site.visitor
        .run("return new Promise((done) => setTimeout(done, 500))")
        .await
        .unwrap();
    site.end().await;
    let forms: Vec<_> = site
        .named("lead")
        .iter()
        .map(|event| event.prop("form").to_owned())
        .collect();
    assert_eq!(forms, ["plain", "prevented", "by-click"]);
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_counts_once_half_of_it_was_seen_for_its_time() {
    let page = r##"<!doctype html><html><head><style>
        body { margin: 0 } .promo { height: 300px } .gap { height: 3000px } #tall { height: 4000px }
      </style>{tag}</head><body>
      <div class=promo data-promo=first></div><div class=gap></div>
      <div class=promo data-promo=second id=second></div><div class=gap></div>
      <div class=promo data-promo=tall id=tall></div><div class=gap></div>
      <div class=promo data-promo=empty id=empty style="height:0"></div>
      <div id=later></div><button id=end>end</button></body></html>"##;
    let site = Site::open(&[("/", page)]).await;
    site.visit("/").await;
    let items = |site: &Site| -> Vec<String> {
        site.named("impression")
            .iter()
            .map(|event| event.prop("item").to_owned())
            .collect()
    };
    site.wait_for("impression", 1).await;
    assert_eq!(items(&site), ["first"]);
    // Passing by is not seeing: less than half of it, and then all of it, but for a tenth of the time: a busy machine may
    // make more of it, though not ten times as much.
    site.visitor
        .run("scrollTo(0, 3300 - innerHeight + 100)")
        .await
        .unwrap();
    site.visitor
        .run("return new Promise((done) => setTimeout(done, 1400))")
        .await
        .unwrap();
    site.visitor
        .run("return new Promise((done) => { scrollTo(0, 3200); setTimeout(() => { scrollTo(0, 1500); done() }, 100) })")
        .await
        .unwrap();
    site.visitor
        .run("return new Promise((done) => setTimeout(done, 1400))")
        .await
        .unwrap();
    site.end().await;
    assert_eq!(items(&site), ["first"]);
    // Half of a screen of an element of five screens.
    site.visitor
        .run("scrollTo(0, 6600 - innerHeight * 0.6)")
        .await
        .unwrap();
    site.visitor
        .run("return new Promise((done) => setTimeout(done, 1400))")
        .await
        .unwrap();
    site.end().await;
    assert_eq!(items(&site), ["first"]);
    site.visitor
        .run("scrollTo(0, 6600 - innerHeight * 0.6)")
        .await
        .unwrap();
    site.visitor
        .run("scrollBy(0, innerHeight * 0.2)")
        .await
        .unwrap();
    site.wait_for("impression", 2).await;
    assert_eq!(items(&site), ["first", "tall"]);
    site.visitor.look_at("#second").await.unwrap();
    site.wait_for("impression", 3).await;
    // Again, and one that was added later, and one without an area.
    site.visitor.run("scrollTo(0, 0)").await.unwrap();
    site.visitor
        .run("document.querySelector('#later').innerHTML = '<p class=promo data-promo=later>later</p>'")
        .await
        .unwrap();
    site.visitor.look_at("#later").await.unwrap();
    site.wait_for("impression", 4).await;
    assert_eq!(items(&site), ["first", "tall", "second", "later"]);
    // Another page view counts anew.
    site.visitor
        .run("scrollTo(0, 0); history.pushState({}, '', '/other')")
        .await
        .unwrap();
    site.wait_for("impression", 5).await;
    assert_eq!(items(&site)[4], "first");
    site.assert_clean_console().await;
}
