//! The web application in real Chromium, as a marketer uses it: from nothing to a lead that is counted, two people at once, a
//! session that ends half-way, names that want to be code. On every page, axe finds nothing serious.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use weir_tests::marketer::{HOSTILE, Marketer, PASSWORD, page_with_form};
use weir_tests::{Browsers, Stack, StackOptions};

/// Reports that every site has.
const PAGES: [(&str, &str); 8] = [
    ("", "Overview"),
    ("/sources", "Sources"),
    ("/landing", "Landing pages"),
    ("/pages", "Pages"),
    ("/ctr", "CTR"),
    ("/paths", "Paths"),
    ("/retention", "Retention"),
    ("/sales", "Sales"),
];

/// Sets up, adds a site, makes a tag for a form without any JSON, publishes it; a visitor's form is then counted.
async fn first_day(stack: &Stack, anna: &Marketer, browsers: &Browsers) -> Result<()> {
    anna.visitor.open(&stack.url("/")).await?;
    anna.reads("Welcome to Weir").await?;
    anna.accessible("setting up").await?;
    anna.set_up().await?;
    anna.accessible("a new site").await?;
    anna.add_site("https://www.tea.example/").await?;
    anna.accessible("a site that waits").await?;
    let tag = anna
        .visitor
        .run("return document.querySelector('.code pre').textContent")
        .await?;
    let tag = tag.as_str().context("the script tag")?;
    assert!(tag.contains("/t/tea.js"), "{tag}");

    anna.press("Tags").await?;
    anna.reads("No tags yet").await?;
    anna.press("New tag").await?;
    anna.press("A form is sent").await?;
    anna.saved().await?;
    anna.reads("In words").await?;
    anna.reads("This is any form of the site: a search or a newsletter form counts as well")
        .await?;
    anna.accessible("a tag").await?;
    anna.press("Publish…").await?;
    anna.reads("What is new since release 1").await?;
    anna.accessible("publishing").await?;
    anna.fill("input[name=note]", "Leads").await?;
    anna.press("Publish release 2").await?;
    anna.reads("Nothing has changed since release 2").await?;

    let shop = page_with_form(tag).await?;
    let visitor = browsers.visitor().await?;
    visitor.open(&shop).await?;
    visitor.wait_until("window.weir").await?;
    visitor.click("#lead button").await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE site = 'tea' AND name = 'lead' AND tag = 'Lead'",
            1,
        )
        .await?;
    visitor.quit().await?;
    anna.press("Live").await?;
    anna.reads("lead").await?;
    anna.accessible("live").await?;
    anna.press("Site").await?;
    anna.reads("It works: events are arriving").await?;
    anna.visitor
        .wait_until("document.querySelectorAll('.links .done').length === 1")
        .await
}

/// A draft is tried on a host of its own, in a preview and published there; then made live, and taken back in one step.
async fn staging(stack: &Stack, anna: &Marketer, browsers: &Browsers) -> Result<()> {
    anna.press("Publish").await?;
    anna.press("Add an environment").await?;
    anna.fill("input[name=hosts]", "staging.localhost").await?;
    anna.press("Add it").await?;
    anna.reads("The environment staging is there").await?;
    anna.accessible("environments").await?;
    anna.open(stack, "/sites/tea/tags/edit/Lead", "Tags")
        .await?;
    anna.fill_labelled("Name of the event", "lead_tried")
        .await?;
    anna.saved().await?;

    // The line of the live site is on both hosts.
    let tag = stack.script_tag("tea");
    let page = page_with_form(&tag)
        .await?
        .replace("127.0.0.1", "staging.localhost");
    let data = stack.data().display().to_string();
    let preview = ["preview", "tea", "--url", &page, "--data", &data];
    let (_, link, told) = stack.weir(&preview)?;
    let visitor = browsers.visitor().await?;
    visitor
        .open(link.trim())
        .await
        .with_context(|| format!("{link}{told}"))?;
    visitor
        .wait_until("document.querySelector('weir-preview')?.shadowRoot")
        .await?;
    stack
        .wait_for_number(
            "SELECT uniqExact(kind) FROM weir.preview_events WHERE site = 'tea' AND kind = 'pageview' \
             AND page_url LIKE 'http://staging.localhost%'",
            1,
        )
        .await?;
    visitor.quit().await?;

    anna.open(stack, "/sites/tea/publish", "Publish").await?;
    anna.press("Publish to staging").await?;
    anna.reads("Release 2 is published to staging").await?;
    let visitor = browsers.visitor().await?;
    visitor.open(&page).await?;
    visitor.wait_until("window.weir").await?;
    visitor.click("#lead button").await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE name = 'lead_tried' AND site = 'tea__staging'",
            1,
        )
        .await?;
    visitor.quit().await?;

    anna.press("What would change").await?;
    anna.reads("lead_tried").await?;
    anna.accessible("what would change").await?;
    anna.press("Make it live").await?;
    anna.reads("Release 3 is published").await?;
    assert!(stack.get("/t/tea.js").await?.1.contains("\"version\":3,"));
    anna.press("Undo").await?;
    anna.reads("release 4").await?;
    anna.open(stack, "/sites/tea__staging/publish", "Publish")
        .await?;
    anna.press("Back to this one").await?;
    anna.reads("Going from release 2, which is in use, back to release 1")
        .await?;
    anna.press("Go back to release 1").await?;
    anna.reads("Release 3 does what release 1 did").await?;
    anna.open(stack, "/sites/tea/publish", "Publish").await?;
    anna.reads("same as live").await?;
    anna.press("Remove").await?;
    anna.reads("The environment staging is removed").await
}

/// Five hundred tags come by the command line while the server runs: they are there, found, and nothing of a site without a
/// visit is broken.
async fn many_tags_and_no_visit(stack: &Stack, anna: &Marketer) -> Result<()> {
    let named = |no: u32| match no {
        250 => HOSTILE.to_owned(),
        no => format!("Tag {no}"),
    };
    let tags = (0..500).map(|no| {
        json!({ "name": named(no), "on": [format!("button {no}")], "event": format!("click_{no}"), "labels": [format!("block {}", no % 7)] })
    });
    let triggers = (0..500).map(|no| {
        let trigger = json!({ "click": { "selector": format!("#button{no}") } });
        (format!("button {no}"), trigger)
    });
    let container = json!({ "weir": 1, "site": { "id": "big", "domains": ["big.example"] },
        "triggers": triggers.collect::<serde_json::Map<_, _>>(), "tags": tags.collect::<Vec<_>>() });
    let file = stack.data().join("big.json");
    std::fs::write(&file, container.to_string())?;
    let (file, data) = (
        file.display().to_string(),
        stack.data().display().to_string(),
    );
    let publish = [
        "publish", &file, "--create", "--lang", "en", "--data", &data,
    ];
    let (code, told, remarks) = stack.weir(&publish)?;
    assert_eq!(code, Some(0), "{told}{remarks}");
    assert!(told.starts_with("`big`: release 1 is published"), "{told}");
    // A debug build takes its time for so many rules.
    for _ in 0..400 {
        if stack.get("/t/big.js").await?.0 == 200 {
            break;
        }
        tokio::time::sleep(weir_tests::process::POLL).await;
    }
    assert_eq!(stack.get("/t/big.js").await?.0, 200);

    anna.open(stack, "/sites/big/tags", "Tags").await?;
    let shown =
        |count: u32| format!("document.querySelectorAll('ul.list > li').length === {count}");
    anna.visitor.wait_until(&shown(500)).await?;
    anna.fill("input[type=search]", "window.hacked").await?;
    anna.visitor.wait_until(&shown(1)).await?;
    anna.reads("<script>window.hacked=1</script>").await?;
    anna.accessible("one of many tags").await?;
    anna.open(stack, "/sites/big/tags/edit/Tag%20499", "Tags")
        .await?;
    anna.fill_labelled("Name of the event", "last").await?;
    anna.saved().await?;
    anna.open(stack, "/sites/big/reports", "There are no events yet")
        .await?;
    for (page, heading) in PAGES {
        let path = format!("/sites/big/reports{page}");
        anna.open(stack, &path, heading).await?;
        anna.settled().await?;
        let complaints =
            "return [...document.querySelectorAll('[role=alert]')].map((one) => one.textContent)";
        let complaints = anna.visitor.run(complaints).await?;
        assert_eq!(complaints, json!([]), "{path}");
    }
    assert_eq!(
        anna.visitor.run("return window.hacked ?? null").await?,
        Value::Null
    );
    Ok(())
}

/// A line to ClickHouse that can be cut.
async fn line_to(port: u16) -> Result<(u16, Arc<AtomicBool>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let own = listener.local_addr()?.port();
    let is_cut = Arc::new(AtomicBool::new(false));
    let cut = Arc::clone(&is_cut);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let cut = Arc::clone(&cut);
            tokio::spawn(async move {
                let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await else {
                    return;
                };
                let is_cut = async {
                    while !cut.load(Ordering::SeqCst) {
                        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    }
                };
                tokio::select! {
                    () = is_cut => {}
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                }
            });
        }
    });
    Ok((own, is_cut))
}

/// ClickHouse goes and comes back: the page says so, keeps what it has, and goes on by itself.
async fn clickhouse_away(stack: &Stack, anna: &Marketer) -> Result<()> {
    let sql = stack.sql_url();
    let port = sql.rsplit(':').next().context("a port")?.parse()?;
    let (port, is_cut) = line_to(port).await?;
    let secret = std::fs::read_to_string(stack.data().join("secret"))?;
    let url = format!("http://weir:{}@127.0.0.1:{port}", secret.trim());
    let other = Stack::start(StackOptions {
        containers: vec![(
            "far.json".to_owned(),
            r#"{ "weir": 1, "site": { "id": "far", "domains": ["far.example"] } }"#.to_owned(),
        )],
        arguments: vec!["--clickhouse-url".to_owned(), url],
        sql_port: Some(port),
        is_second: true,
        ..StackOptions::default()
    })
    .await?;
    anna.visitor.open(&other.url("/")).await?;
    anna.press("Look around first").await?;
    anna.press("Reports").await?;
    anna.reads("There are no events yet").await?;
    is_cut.store(true, Ordering::SeqCst);
    anna.visitor
        .run("const period = document.querySelector('#period'); period.value = '7d'; period.dispatchEvent(new Event('change', { bubbles: true }))")
        .await?;
    anna.reads("ClickHouse does not answer at the moment")
        .await?;
    anna.accessible("without ClickHouse").await?;
    is_cut.store(false, Ordering::SeqCst);
    anna.visitor
        .wait_until("!document.body.innerText.includes('ClickHouse does not answer') && !document.querySelector('.loading, [aria-busy=true]')")
        .await
}

/// Boris saves what Anna does not know of: what does not meet is merged, what does is asked, and nothing is lost.
async fn two_at_once(stack: &Stack, anna: &Marketer, boris: &Marketer) -> Result<()> {
    boris
        .visitor
        .open(&stack.url("/sites/tea/tags/edit/Lead"))
        .await?;
    boris.sign_in().await?;
    boris.reads("Name of the event").await?;
    anna.open(stack, "/sites/tea/tags/edit/Lead", "Tags")
        .await?;
    anna.reads("Name of the event").await?;

    boris.press("Triggers").await?;
    boris.press("New trigger").await?;
    boris.saved().await?;
    let boris_saved = boris.draft("tea").await?;
    assert!(boris_saved.contains("\"trigger\""), "{boris_saved}");
    anna.fill_labelled("Name of the event", "lead_sent").await?;
    anna.reads("Your changes and theirs are both kept").await?;
    anna.saved().await?;
    let both = anna.draft("tea").await?;
    assert!(
        both.contains("lead_sent") && both.contains("\"trigger\""),
        "{both}"
    );

    boris
        .open(stack, "/sites/tea/tags/edit/Lead", "Tags")
        .await?;
    boris.reads("Name of the event").await?;
    boris.fill_labelled("Name of the event", "order").await?;
    boris.saved().await?;
    boris.visitor.wait_until("fetch('/api/v1/sites/tea/draft').then((one) => one.json()).then((one) => { window.now = one.source }) && window.now?.includes('\"order\"')").await?;
    anna.fill_labelled("Name of the event", "request").await?;
    anna.reads("Two of you changed the same thing").await?;
    anna.accessible("two at once").await?;
    anna.press("Keep this").await?;
    anna.saved().await?;
    let mine = anna.draft("tea").await?;
    assert!(
        mine.contains("\"request\"") && !mine.contains("\"order\""),
        "{mine}"
    );
    Ok(())
}

/// The session ends while a tag is being renamed to something hostile: signing in over the page goes on with it.
async fn interrupted(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/tea/tags/edit/Lead", "Tags")
        .await?;
    // The page may notice by itself, before a key is pressed, and then keys reach its dialog alone: the name is put in at once.
    anna.reads("Name of the tag").await?;
    anna.visitor
        .devtools("Network.clearBrowserCookies", json!({}))
        .await?;
    anna.put("label", "Name of the tag", HOSTILE).await?;
    anna.reads("Please sign in again").await?;
    anna.accessible("signing in again").await?;
    anna.fill("dialog input[name=password]", PASSWORD).await?;
    anna.press("Sign in").await?;
    anna.saved().await?;
    let draft = anna.draft("tea").await?;
    assert!(draft.contains("window.hacked"), "{draft}");
    anna.open(stack, "/sites/tea/tags/triggers/trigger", "Tags")
        .await?;
    anna.fill_labelled("selector", "button.buy").await?;
    anna.saved().await?;
    for (path, heading) in [
        ("/sites/tea/tags", "Tags"),
        ("/sites/tea/publish", "Publish"),
    ] {
        anna.open(stack, path, heading).await?;
        anna.reads("window.hacked").await?;
    }
    assert_eq!(
        anna.visitor.run("return window.hacked ?? null").await?,
        Value::Null
    );
    Ok(())
}

/// Today is said to go on, below the line and in its table; and the page stands still while its numbers arrive.
async fn today_goes_on(stack: &Stack, anna: &Marketer) -> Result<()> {
    const WATCH: &str = "window.moved = 0; new PerformanceObserver((list) => list.getEntries().forEach((one) => { window.moved += one.value; })).observe({ type: 'layout-shift', buffered: true })";
    anna.visitor
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": WATCH }),
        )
        .await?;
    for (path, heading) in [
        ("/sites/tea/reports", "Overview"),
        ("/sites/tea/reports/sources", "Sources"),
        ("/sites/tea", "tea"),
    ] {
        anna.open(stack, path, heading).await?;
        anna.settled().await?;
        let moved = anna.visitor.run("return window.moved").await?;
        let moved = moved.as_f64().context("a number")?;
        assert!(moved < 0.05, "{path} moved by {moved}");
    }
    anna.open(
        stack,
        "/sites/tea/reports?period=7d&metric=sessions",
        "Overview",
    )
    .await?;
    anna.reads(": not finished yet. Its point is hollow")
        .await?;
    anna.visitor
        .run("document.querySelector('details:has(table)').open = true")
        .await?;
    anna.visitor
        .wait_until("[...document.querySelectorAll('tbody tr')].filter((one) => one.innerText.includes('not finished yet')).length === 1")
        .await
}

/// Every report of a small site, a funnel that is built and becomes a view, a target, and the list of a preview.
async fn reports(stack: &Stack, anna: &Marketer) -> Result<()> {
    for (page, heading) in PAGES {
        let path = format!("/sites/tea/reports{page}");
        anna.open(stack, &path, heading).await?;
        anna.settled().await?;
        anna.accessible(&path).await?;
    }
    today_goes_on(stack, anna).await?;

    anna.open(
        stack,
        "/sites/tea/reports/funnels",
        "There are no funnels yet",
    )
    .await?;
    anna.press("Build a funnel").await?;
    anna.reads("A new funnel").await?;
    anna.fill("input[aria-label='Page']", "/").await?;
    anna.fill("input[aria-label='Event']", "lead").await?;
    anna.fill("input[aria-describedby='funnel-name-hint']", "To lead")
        .await?;
    anna.reads("1 reached").await?;
    anna.accessible("a funnel that is built").await?;
    anna.press("Save into the draft").await?;
    // Whoever saves stays, with the focus where it was, and the way on beside the word that it is saved.
    anna.reads("Saved into the draft. Published,").await?;
    anna.visitor
        .wait_until("location.pathname.endsWith('/funnels/to_lead/edit') && document.activeElement?.textContent === 'Save into the draft'")
        .await?;
    anna.press("Publish…").await?;
    anna.press("Publish release 5").await?;
    anna.reads("Nothing has changed since release 5").await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.funnel_tea_to_lead WHERE persons = 1",
            2,
        )
        .await?;
    anna.open(stack, "/sites/tea/reports/funnels", "Funnels")
        .await?;
    anna.settled().await?;
    anna.reads("1 reached").await?;
    anna.reads("Funnel: To lead").await?;
    anna.accessible("a funnel").await?;

    anna.open(
        stack,
        "/sites/tea/reports/targets",
        "There are no targets yet",
    )
    .await?;
    anna.press("Add a target").await?;
    for (label, value) in [
        ("What to count", "traffic"),
        ("Target", "100"),
        ("By", "2099-12-31"),
        ("Name", "Visits"),
    ] {
        anna.choose(label, value).await?;
    }
    anna.accessible("a target that is made").await?;
    anna.press("Save into the draft").await?;
    anna.reads("In the draft, not published yet").await?;
    anna.accessible("targets").await?;

    anna.open(stack, "/sites/tea/simulate", "Try it").await?;
    anna.reads("What happens on the page").await?;
    // The page where visitors really were.
    anna.visitor
        .wait_until("/^http:.*:\\d+/.test(document.querySelector('input[type=url]')?.value)")
        .await?;
    anna.accessible("a preview").await?;
    anna.open(stack, "/sites/tea/simulate/history?period=today", "Try it")
        .await?;
    anna.reads("events of published tags").await?;
    anna.accessible("past visits").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marketer_needs_no_help_and_no_json() -> Result<()> {
    let stack = Stack::start_empty().await?;
    let browsers = Browsers::chromium();
    let (anna, boris) = (
        Marketer::new(&browsers).await?,
        Marketer::new(&browsers).await?,
    );
    first_day(&stack, &anna, &browsers)
        .await
        .context("the first day")?;
    staging(&stack, &anna, &browsers).await.context("staging")?;
    two_at_once(&stack, &anna, &boris)
        .await
        .context("two at once")?;
    interrupted(&stack, &anna).await.context("interrupted")?;
    reports(&stack, &anna).await.context("reports")?;
    many_tags_and_no_visit(&stack, &anna)
        .await
        .context("many tags")?;
    let refused: Vec<String> = anna
        .visitor
        .console()
        .await?
        .into_iter()
        .filter(|line| line.contains("Content Security Policy"))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
    clickhouse_away(&stack, &anna)
        .await
        .context("ClickHouse away")
}
