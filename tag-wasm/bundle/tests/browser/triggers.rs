//! Every kind of trigger, heard in a real browser.

use std::collections::HashMap;

use crate::site::{Event, Options, Page, Site};

/// A site with one page, and rules: each event is sent by the trigger of the same name, with these properties.
async fn site(triggers: &[(&str, &str, &str)], body: &str) -> Site {
    let mut kinds = vec![r##""end": { "click": { "selector": "#end" } }"##.to_owned()];
    let mut tags = vec![r#"{ "name": "end", "on": ["end"], "event": "end" }"#.to_owned()];
    for (name, trigger, with) in triggers {
        kinds.push(format!(r#""{name}": {trigger}"#));
        tags.push(format!(
            r#"{{ "name": "{name}", "on": ["{name}"], "event": "{name}", "with": {{ {with} }} }}"#
        ));
    }
    let container = format!(
        r#"{{ "weir": 1, "site": {{ "id": "test" }}, "triggers": {{ {} }}, "tags": [ {} ] }}"#,
        kinds.join(", "),
        tags.join(", ")
    );
    let html = format!(
        "<!doctype html><html><head><title>Page</title>{{tag}}</head><body>{body}<button id=end>end</button></body></html>"
    );
    let page = || Page {
        html: html.clone().leak(),
        headers: &[],
    };
    Site::open_as(
        HashMap::from([("/", page()), ("/thanks", page())]),
        Options {
            container: container.leak(),
            ..Options::default()
        },
    )
    .await
}

async fn run(site: &Site, script: &str) {
    site.visitor.run(script).await.unwrap();
}

fn props(events: &[Event], name: &str) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let value = &event.fields["props"][name];
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_no_rule_is_about_is_still_anything() {
    let site = site(
        &[(
            "any",
            r#"{ "any_event": {} }"#,
            r#""name": "{{event.name}}""#,
        )],
        "<p id=nobodys>Nobody's</p>",
    )
    .await;
    site.visit("/").await;
    site.visitor.click("#nobodys").await.unwrap();
    site.visitor.click("#nobodys").await.unwrap();
    site.end().await;
    let clicks = props(&site.named("any"), "name");
    let clicks = clicks.iter().filter(|name| *name == "click").count();
    assert_eq!(clicks, 3, "two, and the one that ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_concerns_what_the_page_is_now() {
    let site = site(
        &[
            ("id", r##"{ "click": { "selector": "#one" } }"##, ""),
            ("class", r#"{ "click": { "selector": ".Two" } }"#, ""),
            (
                "attribute",
                r#"{ "click": { "selector": "[data-three]" } }"#,
                "",
            ),
            ("tag", r#"{ "click": { "selector": "article" } }"#, ""),
        ],
        "<p id=here>Here</p>",
    )
    .await;
    site.visit("/").await;
    // The same element, which nothing is about at first; what was found for its texts must not outlive them.
    run(
        &site,
        "const here = document.querySelector('#here');
         here.click();
         here.className = 'two'; here.click();
         here.className = 'x Two'; here.click();
         here.className = 'two'; here.click();
         here.dataset.three = ''; here.click();
         delete here.dataset.three; here.id = 'one'; here.click();
         const around = document.createElement('article');
         here.replaceWith(around); around.append(here); here.id = ''; here.click()",
    )
    .await;
    site.end().await;
    assert_eq!(
        site.names(),
        ["pageview", "class", "attribute", "id", "tag", "end"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stages_of_a_page_come_in_order() {
    let site = site(
        &[
            ("started", r#"{ "init": {} }"#, ""),
            ("ready", r#"{ "dom_ready": {} }"#, ""),
            ("loaded", r#"{ "window_loaded": {} }"#, ""),
        ],
        "<script src=/slow/300></script>",
    )
    .await;
    site.visit("/").await;
    site.wait_for("loaded", 1).await;
    site.end().await;
    assert_eq!(
        site.names(),
        ["pageview", "started", "ready", "loaded", "end"]
    );
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_depth_is_told_once_in_a_page_view() {
    let site = site(
        &[
            (
                "depth",
                r#"{ "scroll": { "percent": [50, 90] } }"#,
                r#""percent": "{{scroll.percent}}""#,
            ),
            ("far", r#"{ "scroll": { "pixels": 2000 } }"#, ""),
            (
                "right",
                r#"{ "scroll": { "percent": [90], "axis": "horizontal" } }"#,
                "",
            ),
        ],
        "<div style='height:5000px;width:4000px'></div>",
    )
    .await;
    site.visit("/").await;
    site.end().await;
    assert!(site.named("depth").is_empty(), "nobody has scrolled");
    run(&site, "scrollTo(0, 2800)").await;
    site.wait_for("far", 1).await;
    assert_eq!(props(&site.wait_for("depth", 1).await, "percent"), ["50"]);
    run(&site, "scrollTo(0, 0)").await;
    run(&site, "scrollTo(9999, 9999)").await;
    site.wait_for("right", 1).await;
    assert_eq!(
        props(&site.wait_for("depth", 2).await, "percent"),
        ["50", "90"]
    );
    // Another page view begins anew.
    run(&site, "history.pushState(0, '', '/next')").await;
    site.wait_for("pageview", 2).await;
    run(&site, "scrollTo(0, 100)").await;
    run(&site, "scrollTo(9999, 9999)").await;
    site.wait_for("depth", 4).await;
    site.end().await;
    assert_eq!(site.named("depth").len(), 4);
    assert_eq!(site.named("far").len(), 2);
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_go_off_as_often_as_they_may() {
    let site = site(
        &[
            (
                "wall",
                r#"{ "timer": { "every_ms": 1000, "limit": 2, "clock": "wall" } }"#,
                "",
            ),
            (
                "engaged",
                r#"{ "timer": { "every_ms": 1000, "limit": 1, "clock": "engaged" } }"#,
                "",
            ),
        ],
        "<script>document.hasFocus = () => !!window.focused</script>",
    )
    .await;
    site.visit("/").await;
    site.wait_for("wall", 2).await;
    assert!(site.named("engaged").is_empty(), "nobody is looking");
    run(
        &site,
        "window.focused = true; dispatchEvent(new Event('focus'))",
    )
    .await;
    site.wait_for("engaged", 1).await;
    run(
        &site,
        "return new Promise((done) => setTimeout(done, 1500))",
    )
    .await;
    site.end().await;
    assert_eq!(
        (site.named("wall").len(), site.named("engaged").len()),
        (2, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_the_address_are_told_with_both() {
    let site = site(
        &[(
            "moved",
            r#"{ "history": {} }"#,
            r#""from": "{{history.from}}", "to": "{{history.to}}""#,
        )],
        "",
    )
    .await;
    site.visit("/").await;
    run(
        &site,
        "history.replaceState(0, '', '/?page=2'); history.pushState(0, '', '/?page=3')",
    )
    .await;
    let moved = site.wait_for("moved", 1).await;
    site.end().await;
    assert_eq!(props(&moved, "from"), [site.url("/")]);
    assert_eq!(props(&moved, "to"), [site.url("/?page=3")]);
    assert_eq!(site.named("moved").len(), 1);
    assert_eq!(site.named("pageview").len(), 1, "a query is no page view");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_heard_also_in_shadow_roots() {
    let site = site(
        &[
            ("entered", r#"{ "field": { "selector": "input", "on": "focus" } }"#, r#""name": "{{element.name}}""#),
            ("changed", r#"{ "field": { "selector": "input", "on": "change" } }"#, r#""name": "{{element.name}}""#),
            ("abandoned", r#"{ "field": { "selector": "input", "on": "abandon" } }"#, r#""name": "{{element.name}}""#),
        ],
        "<form><input name=mail><input name=left></form><div id=host></div><script>
           document.querySelector('#host').attachShadow({ mode: 'open' }).innerHTML = '<form><input name=inner></form>';
         </script>",
    )
    .await;
    site.visit("/").await;
    run(
        &site,
        "const inner = document.querySelector('#host').shadowRoot.querySelector('input');
         for (const field of [document.querySelector('[name=mail]'), document.querySelector('[name=left]'), inner]) {
           field.focus();
           if (field.name !== 'left') {
             field.value = 'secret';
             field.dispatchEvent(new Event('change', { bubbles: true }));
           }
           field.blur();
         }",
    )
    .await;
    site.wait_for("changed", 2).await;
    site.end().await;
    assert_eq!(
        props(&site.named("entered"), "name"),
        ["mail", "left", "inner"]
    );
    assert_eq!(props(&site.named("changed"), "name"), ["mail", "inner"]);
    assert_eq!(props(&site.named("abandoned"), "name"), ["left"]);
    assert!(
        site.requests()
            .iter()
            .all(|(_, body)| !body.to_string().contains("secret"))
    );
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_are_heard_in_all_their_stages() {
    let site = site(
        &[
            ("tried", r#"{ "form": { "stage": "attempt" } }"#, r#""form": "{{form.id}}""#),
            ("sent", r#"{ "form": { "stage": "submit" } }"#, r#""form": "{{form.id}}""#),
            ("done", r##"{ "form": { "selector": "#plain", "stage": "success", "success": { "visible": ".thanks" } } }"##, ""),
            ("there", r##"{ "form": { "selector": "#away", "stage": "success", "success": { "path": "/thanks*" } } }"##, ""),
        ],
        "<form id=plain><button>Send</button></form><form id=empty><input required><button>Send</button></form>
         <form id=away action=/thanks><button>Send</button></form><div id=host></div><p class=thanks hidden>Thanks</p><script>
           const root = document.querySelector('#host').attachShadow({ mode: 'open' });
           root.innerHTML = '<form id=inner><button>Send</button></form>';
           for (const form of [document.querySelector('#plain'), root.querySelector('form')])
             form.addEventListener('submit', (event) => {
               event.preventDefault();
               setTimeout(() => { document.querySelector('.thanks').hidden = form.id !== 'plain' }, 300);
             });
         </script>",
    )
    .await;
    site.visit("/").await;
    site.visitor.click("#empty button").await.unwrap();
    run(
        &site,
        "document.querySelector('#host').shadowRoot.querySelector('button').click()",
    )
    .await;
    site.wait_for("sent", 1).await;
    assert!(site.named("done").is_empty());
    site.visitor.click("#plain button").await.unwrap();
    site.wait_for("done", 1).await;
    site.visitor.click("#away button").await.unwrap();
    site.wait_for("there", 1).await;
    site.end().await;
    assert_eq!(
        props(&site.named("tried"), "form"),
        ["empty", "inner", "plain", "away"]
    );
    assert_eq!(
        props(&site.named("sent"), "form"),
        ["inner", "plain", "away"]
    );
    assert_eq!(
        (site.named("done").len(), site.named("there").len()),
        (1, 1)
    );
    assert_eq!(site.named("there")[0].url, site.url("/thanks?"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_added_later_appears() {
    let site = site(
        &[(
            "shown",
            r#"{ "appears": { "selector": ".offer" } }"#,
            r#""id": "{{element.id}}""#,
        )],
        "<p class=offer id=first></p>",
    )
    .await;
    site.visit("/").await;
    site.end().await;
    run(
        &site,
        "document.body.insertAdjacentHTML('beforeend', '<p class=offer id=second></p><div><p class=offer id=third></p></div>')",
    )
    .await;
    let shown = site.wait_for("shown", 2).await;
    assert_eq!(props(&shown, "id"), ["second", "third"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_the_page_are_heard_also_those_before_the_tag() {
    let site = site(
        &[
            (
                "cart",
                r#"{ "custom": { "event": "add_to_cart" } }"#,
                r#""value": "{{event.ecommerce.value}}""#,
            ),
            (
                "called",
                r#"{ "custom": { "event": "quiz" } }"#,
                r#""step": "{{event.step}}""#,
            ),
            (
                "any",
                r#"{ "custom": { "matches": "^tool_" } }"#,
                r#""name": "{{event.name}}""#,
            ),
        ],
        "<script>
           window.dataLayer = window.dataLayer || [];
           dataLayer.push({ event: 'add_to_cart', ecommerce: { value: 1 } });
           function gtag() { dataLayer.push(arguments) }
         </script>",
    )
    .await;
    site.visit("/").await;
    let counted = site
        .visitor
        .run(
            "const changing = { event: 'add_to_cart', ecommerce: { value: 2 } };
             const counted = [dataLayer.push(changing), dataLayer.length];
             changing.event = 'other';
             gtag('event', 'quiz', { step: 3 });
             weir('event', 'quiz', { step: 4 });
             weir('unknown', 1); weir(); dataLayer.push(null, 7, 'x', { event: 5 });
             dataLayer.push({ event: 'tool_open' }, { event: 'tool_close' });
             return counted[0] === counted[1];",
        )
        .await
        .unwrap();
    assert_eq!(counted, true, "`push` returns what it always did");
    site.wait_for("any", 2).await;
    site.end().await;
    assert_eq!(props(&site.named("cart"), "value"), ["1", "2"]);
    assert_eq!(props(&site.named("called"), "step"), ["3", "4"]);
    assert_eq!(
        props(&site.named("any"), "name"),
        ["tool_open", "tool_close"]
    );
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_pushes_stay_in_bounds() {
    let site = site(
        &[("cart", r#"{ "custom": { "event": "add_to_cart" } }"#, "")],
        "<script>window.dataLayer = []; for (let at = 0; at < 10000; at++) dataLayer.push({ event: 'add_to_cart' })</script>",
    )
    .await;
    site.visit("/").await;
    site.end().await;
    run(
        &site,
        "for (let at = 0; at < 10000; at++) dataLayer.push({ event: 'other', at })",
    )
    .await;
    site.end_later().await;
    let ids: std::collections::HashSet<_> =
        site.events().iter().map(|event| event.id.clone()).collect();
    assert_eq!(ids.len(), site.events().len());
    assert!(!site.named("cart").is_empty());
    site.assert_clean_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_page_are_told_once() {
    let site = site(
        &[(
            "broken",
            r#"{ "error": {} }"#,
            r#""message": "{{error.message}}", "line": "{{error.line}}""#,
        )],
        "<script>
           // What a driver runs is foreign to the page, and its errors are not told to it.
           const fail = () => {
             for (let at = 0; at < 3; at++) setTimeout(() => { throw new Error('it broke') });
             Promise.reject(new Error('refused'));
             document.body.append(Object.assign(new Image(), { src: 'data:nothing' }));
           };
         </script><button id=fail onclick=fail()>Fail</button>",
    )
    .await;
    site.visit("/").await;
    site.visitor.click("#fail").await.unwrap();
    site.wait_for("broken", 2).await;
    site.end().await;
    let mut messages = props(&site.named("broken"), "message");
    messages.sort();
    assert_eq!(messages, ["Uncaught Error: it broke", "refused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_raging_and_copying_are_heard() {
    let site = site(
        &[
            ("leaving", r#"{ "exit_intent": {} }"#, ""),
            (
                "raging",
                r#"{ "rage_click": {} }"#,
                r#""id": "{{element.id}}""#,
            ),
            ("copied", r#"{ "copy": {} }"#, ""),
        ],
        "<button id=dead>Pay</button><button id=plus>+</button>",
    )
    .await;
    site.visit("/").await;
    for id in ["plus", "dead"] {
        run(
            &site,
            &format!("for (let at = 0; at < 4; at++) document.querySelector('#{id}').click()"),
        )
        .await;
    }
    run(
        &site,
        "for (const clientY of [300, -1, -1]) document.dispatchEvent(new MouseEvent('mouseout', { clientY, bubbles: true }));
         document.body.dispatchEvent(new ClipboardEvent('copy', { bubbles: true, composed: true }));",
    )
    .await;
    site.wait_for("copied", 1).await;
    site.end().await;
    assert_eq!(props(&site.named("raging"), "id"), ["dead"]);
    assert_eq!(
        (site.named("leaving").len(), site.named("copied").len()),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn how_fast_a_page_was_is_told_when_it_is_left() {
    let site = site(
        &[(
            "vitals",
            r#"{ "web_vitals": {} }"#,
            r#""lcp": "{{event.lcp}}", "ttfb": "{{event.ttfb}}", "cls": "{{event.cls}}""#,
        )],
        "<h1>Large</h1>",
    )
    .await;
    site.visit("/").await;
    site.visitor.open(&site.url("/thanks")).await.unwrap();
    let vitals = &site.wait_for("vitals", 1).await[0];
    assert_eq!(vitals.url, site.url("/"));
    for name in ["lcp", "ttfb", "cls"] {
        assert!(vitals.fields["props"][name].is_number(), "{vitals:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn videos_of_the_page_and_of_players_are_heard() {
    let about =
        r#""title": "{{video.title}}", "percent": "{{video.percent}}", "by": "{{video.provider}}""#;
    let site = site(
        &[
            ("start", r#"{ "video": { "on": "start" } }"#, about),
            ("pause", r#"{ "video": { "on": "pause" } }"#, about),
            (
                "progress",
                r#"{ "video": { "on": "progress", "percent": [50] } }"#,
                about,
            ),
            ("complete", r#"{ "video": { "on": "complete" } }"#, about),
        ],
        "<video title=Kettle></video><iframe id=other></iframe>",
    )
    .await;
    site.visit("/").await;
    run(
        &site,
        "const video = document.querySelector('video');
         let time = 0;
         Object.defineProperties(video, { currentTime: { get: () => time }, duration: { get: () => 100 } });
         for (const [at, type] of [[0, 'play'], [20, 'timeupdate'], [20, 'pause'], [20, 'play'], [60, 'timeupdate'], [100, 'ended']]) {
           time = at;
           video.dispatchEvent(new Event(type));
         }
         // What a YouTube player posts, and a stranger who pretends to be one.
         const frame = document.querySelector('#other');
         const say = (origin, source, data) => dispatchEvent(new MessageEvent('message', { origin, source, data: JSON.stringify(data) }));
         const player = (data) => say('https://www.youtube.com', frame.contentWindow, data);
         say('https://www.youtube.com', window, { event: 'onStateChange', info: 1 });
         say('https://evil.example', frame.contentWindow, { event: 'onStateChange', info: 1 });
         player({ event: 'initialDelivery', info: { duration: 200, currentTime: 0, videoData: { title: 'Tea', video_id: 'x' } } });
         player({ event: 'onStateChange', info: 1 });
         player({ event: 'infoDelivery', info: { currentTime: 120, playerState: 1 } });
         player({ event: 'onStateChange', info: 0 });
         player('no object');",
    )
    .await;
    site.wait_for("complete", 2).await;
    site.end().await;
    let told = |name: &str| -> Vec<String> {
        let events = site.named(name);
        let (titles, percents, by) = (
            props(&events, "title"),
            props(&events, "percent"),
            props(&events, "by"),
        );
        (0..events.len())
            .map(|at| format!("{} {} {}", titles[at], percents[at], by[at]))
            .collect()
    };
    assert_eq!(told("start"), ["Kettle 0 html5", "Tea 0 youtube"]);
    assert_eq!(told("pause"), ["Kettle 20 html5"]);
    assert_eq!(told("progress"), ["Kettle 50 html5", "Tea 50 youtube"]);
    assert_eq!(told("complete"), ["Kettle 100 html5", "Tea 100 youtube"]);
    site.assert_clean_console().await;
}
