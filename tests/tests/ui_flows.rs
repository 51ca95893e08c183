//! The web application in real Chromium, on a site's way from a link that sets it up to tags that are looked after: the line is pasted,
//! events of a host that nobody had named are let in, a rule is made by forms alone and tried before it is published, and tags that
//! are not well say so. The last part is done by keys alone.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use weir_tests::keyboard::Key;
use weir_tests::marketer::{Marketer, PASSWORD, page_with};
use weir_tests::{Browsers, Stack};

use crate::ui_keys::from_signing_in_to_a_tag_that_is_live;

/// What visitors of the site see, at every address.
const GOODS: &str = "<b class=price data-price=450>450 ₽</b> <button class=order>Order</button>";
/// A host of the same site that its owner has forgotten.
const FORGOTTEN: &str = "chai.example";

/// The link that sets up works once, in a window that was open before as well as in a new one.
async fn set_up_once(stack: &Stack, anna: &Marketer, boris: &Marketer) -> Result<()> {
    let link = stack.url(&format!("/setup#{}", stack.setup_code().await?));
    for one in [anna, boris] {
        one.visitor.open(&link).await?;
        one.reads("This page is shown once").await?;
    }
    anna.set_up().await?;
    boris.fill("input[name=name]", "Boris").await?;
    boris.fill("input[name=email]", "boris@example.com").await?;
    boris.fill("input[name=password]", PASSWORD).await?;
    boris.fill("input[name=repeat]", PASSWORD).await?;
    boris.press("Set up").await?;
    boris
        .reads("This installation has an owner already")
        .await?;
    for (one, told, way) in [
        (boris, "or ask the owner for an invitation", "Sign in"),
        (
            anna,
            "You are signed in as anna@example.com",
            "To your sites",
        ),
    ] {
        one.visitor.leave().await?;
        one.visitor.open(&link).await?;
        one.reads("the link for setting it up works once").await?;
        one.reads(told).await?;
        one.accessible("a second visit to the link that sets up")
            .await?;
        ensure!(one.value_of("document.querySelector('form')").await? == Value::Null);
        one.press(way).await?;
    }
    boris.reads("A lost password").await?;
    anna.reads("Add a site").await
}

/// What the clipboard of the page has.
async fn clipboard(anna: &Marketer) -> Result<Value> {
    anna.visitor
        .run("window.held = null; navigator.clipboard.readText().then((text) => { window.held = text; })")
        .await?;
    anna.visitor.wait_until("window.held !== null").await?;
    anna.value_of("window.held").await
}

/// Where the line goes, in each thing that sites are built with; and it is copied as it is.
async fn the_line_is_pasted(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.add_site("https://www.tea.example/").await?;
    let line = format!("<script async src=\"{}\"></script>", stack.url("/t/tea.js"));
    let allowed = json!({ "origin": stack.url(""), "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    anna.visitor
        .devtools("Browser.grantPermissions", allowed)
        .await?;
    // The word stands there for a moment only: it is caught whenever it is said.
    anna.visitor
        .run("const said = document.querySelector('.code [role=status]'); window.said = []; new MutationObserver(() => window.said.push(said.textContent)).observe(said, { childList: true, characterData: true, subtree: true })")
        .await?;
    anna.press("Copy").await?;
    anna.visitor
        .wait_until("window.said.includes('Copied')")
        .await?;
    assert_eq!(clipboard(anna).await?, json!(line));

    anna.visitor.click("[role=tab]").await?;
    let tabs = [
        ("Plain HTML", "Paste the line into the <head> of every page"),
        ("Tilda", "HTML code for the head"),
        ("1C-Bitrix", "header.php"),
        ("WordPress", &format!("echo '{line}';")),
        ("Shopify", "layout/theme.liquid"),
        ("Own domain", "proxy_pass http"),
    ];
    for (name, text) in tabs.into_iter().chain([tabs[0]]) {
        let shown = format!(
            "document.activeElement.matches('[role=tab][aria-selected=true]') && document.activeElement.textContent === {name}
               && document.querySelectorAll('[role=tab][aria-selected=true]').length === 1
               && document.querySelector('[role=tabpanel]').innerText.includes({text})",
            name = Value::from(name),
            text = Value::from(text)
        );
        anna.visitor
            .wait_until(&shown)
            .await
            .with_context(|| name.to_owned())?;
        anna.key(Key::RIGHT).await?;
    }
    for _ in 0..2 {
        anna.key(Key::LEFT).await?;
    }
    anna.reads("https://tea.example/stats/tea.js").await?;
    anna.accessible("where the line goes").await
}

/// A page on a host that is none of the site's: the site says what is refused, lets it in by one press, and goes live.
async fn a_forgotten_host_is_let_in(stack: &Stack, anna: &Marketer, page: &str) -> Result<()> {
    let rule = format!("--host-resolver-rules=MAP {FORGOTTEN} 127.0.0.1");
    let visitor = Browsers::chromium().visitor_with(&[&rule]).await?;
    let page = page.replace("127.0.0.1", FORGOTTEN);
    visitor.open(&page).await?;
    visitor.wait_until("window.weir").await?;
    for words in [
        "Events from hosts that are not among the site's domains are refused",
        "The tag is on a page",
        "Requests come from chai.example, which is none of the site's domains",
    ] {
        anna.reads(words).await?;
    }
    ensure!(stack.number("SELECT count() FROM weir.events").await? == 0);
    anna.press("Add chai.example to the domains").await?;
    anna.reads("chai.example is in the draft. Publish it, and its events are taken.")
        .await?;
    anna.accessible("a host that was refused").await?;
    anna.press("Publish…").await?;
    anna.reads("What is new since release 1").await?;
    anna.press("Publish release 2").await?;
    anna.reads("Nothing has changed since release 2").await?;
    let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    assert_eq!(
        draft["site"]["domains"],
        json!(["tea.example", "*.tea.example", FORGOTTEN])
    );

    visitor.open(&page).await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE name = 'pageview' AND page_host = 'chai.example'",
            1,
        )
        .await?;
    visitor.quit().await?;
    anna.press("Site").await?;
    anna.reads("It works: events are arriving").await?;
    anna.visitor
        .wait_until("!document.body.innerText.includes('are refused')")
        .await
}

/// A variable and a condition that asks for it, without a letter of JSON; and what comes of them is what the JSON says.
async fn a_rule_by_forms_alone(
    stack: &Stack,
    anna: &Marketer,
    browsers: &Browsers,
    page: &str,
) -> Result<()> {
    const ENTER: &str = "\u{e007}";
    anna.press("Tags").await?;
    anna.press("Variables").await?;
    anna.press("New variable").await?;
    anna.fill_labelled("Name of the variable", &format!("cost{ENTER}"))
        .await?;
    anna.visitor
        .wait_for_path("/sites/tea/tags/variables/cost")
        .await?;
    anna.put("label", "Where the value comes from", "attribute")
        .await?;
    anna.fill_labelled("The name of the attribute", "data-price")
        .await?;
    anna.fill_labelled("selector", ".price").await?;
    anna.put("label", "Read as", "number").await?;
    anna.saved().await?;
    anna.accessible("a variable").await?;

    anna.press("New tag").await?;
    anna.press("A page is visited").await?;
    anna.reads("In words").await?;
    anna.fill_labelled("Name of the tag", "Dear").await?;
    anna.fill("input[aria-label=Value]", "/price").await?;
    anna.press("Add a condition").await?;
    let second = |field: &str| format!(".condition div.line:nth-of-type(2) {field}");
    anna.fill(&second("[aria-label=What]"), &format!("cost{ENTER}"))
        .await?;
    anna.select(&second("select"), "greater_than").await?;
    anna.fill(&second("[aria-label=Value]"), "100").await?;
    anna.fill_labelled("Name of the event", "dear_seen").await?;
    anna.press("Add a value").await?;
    anna.fill("input[aria-label='Value: item']", "{{cost}}")
        .await?;
    anna.saved().await?;
    anna.reads("the attribute data-price of the first .price is above 100")
        .await?;
    anna.accessible("a condition").await?;
    let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    assert_eq!(
        (&draft["variables"], &draft["triggers"]["thank-you page"]),
        (
            &json!({ "cost": { "attribute": { "name": "data-price", "selector": ".price" }, "as": "number" } }),
            &json!({ "pageview": {}, "when": { "page.path": { "starts_with": "/price" }, "cost": { "greater_than": 100 } } })
        )
    );
    anna.press("JSON").await?;
    anna.visitor
        .wait_until("document.querySelector('.host')?.shadowRoot.querySelector('.cm-content')?.innerText.includes('{{cost}}')")
        .await?;
    publish(anna, 3).await?;
    visit(stack, browsers, page, &["price/a"], "dear_seen", 1).await?;
    let sent = "SELECT count() FROM weir.events WHERE name = 'dear_seen' AND tag = 'Dear' AND item = '450' AND page_path = '/price/a'";
    ensure!(stack.number(sent).await? == 1);
    Ok(())
}

async fn publish(anna: &Marketer, release: u32) -> Result<()> {
    anna.press("Publish…").await?;
    anna.reads(&format!("What is new since release {}", release - 1))
        .await?;
    anna.press(&format!("Publish release {release}")).await?;
    anna.reads(&format!("Nothing has changed since release {release}"))
        .await
}

/// Somebody new opens these pages of the site; then there are so many events of a name.
async fn visit(
    stack: &Stack,
    browsers: &Browsers,
    page: &str,
    paths: &[&str],
    event: &str,
    times: u64,
) -> Result<()> {
    let visitor = browsers.visitor().await?;
    for path in paths {
        visitor.open(&format!("{page}{path}")).await?;
        visitor.wait_until("window.weir").await?;
    }
    let arrived = format!("SELECT count() FROM weir.events WHERE name = '{event}'");
    stack.wait_for_number(&arrived, times).await?;
    visitor.leave().await
}

/// Four tags more: one that is well, one whose value is never there, one whose element is nowhere, one whose event never happens.
async fn tags_that_are_not_well(
    stack: &Stack,
    anna: &Marketer,
    browsers: &Browsers,
    page: &str,
) -> Result<()> {
    let mut container: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    container["variables"]["left"] = json!({ "text": { "selector": ".in-stock" } });
    for (name, trigger) in [
        (
            "prices",
            json!({ "pageview": {}, "when": { "page.path": { "starts_with": "/price" } } }),
        ),
        ("gone", json!({ "click": { "selector": ".sold-out" } })),
        ("paid", json!({ "custom": { "event": "paid" } })),
    ] {
        container["triggers"][name] = trigger;
    }
    let tags = container["tags"].as_array_mut().context("tags")?;
    tags.extend([
        json!({ "name": "Prices", "on": ["prices"], "event": "prices_seen" }),
        json!({ "name": "Stock", "on": ["prices"], "event": "stock_seen", "with": { "left": "{{left}}" } }),
        json!({ "name": "Sold out", "on": ["gone"], "event": "sold_out" }),
        json!({ "name": "Paid", "on": ["paid"], "event": "paid" }),
    ]);
    anna.put_draft("tea", &container).await?;
    anna.open(stack, "/sites/tea/tags/variables", "Tags")
        .await?;
    publish(anna, 4).await?;
    let pages = ["price/a", "price/b", "about"];
    visit(stack, browsers, page, &pages, "prices_seen", 2).await?;
    visit(stack, browsers, page, &pages[..1], "prices_seen", 3).await?;
    stack
        .wait_for_number("SELECT count() FROM weir.events WHERE name = 'pageview'", 6)
        .await?;

    anna.open(stack, "/sites/tea/tags", "Tags").await?;
    for (tag, said) in [
        (
            "Stock",
            "Of its 3 events since yesterday, without a value: left in 100% (3).",
        ),
        (
            "Sold out",
            "On 6 page views of 7 days it could have, as far as the page decides it. Nothing on the visited pages may fit .sold-out any more",
        ),
        (
            "Paid",
            "On 6 page views of 7 days it could have, as far as the page decides it. What it waits for may not happen any more",
        ),
    ] {
        anna.visitor
            .wait_until(&format!(
                "{}?.innerText.replace(/\\s+/g, ' ').includes({})",
                row(tag),
                Value::from(said)
            ))
            .await
            .with_context(|| tag.to_owned())?;
    }
    for (tag, times) in [("Dear", 4), ("Prices", 3)] {
        let well = format!(
            "!{row}.querySelector('.warn') && {row}.querySelector('.health b').textContent === '{times}'",
            row = row(tag)
        );
        anna.visitor
            .wait_until(&well)
            .await
            .with_context(|| tag.to_owned())?;
    }
    anna.accessible("tags that are not well").await
}

/// A tag in the list.
fn row(tag: &str) -> String {
    format!(
        "[...document.querySelectorAll('ul.list > li')].find((one) => one.querySelector('a').textContent === {})",
        Value::from(tag)
    )
}

/// How often the draft would have fired is what really was sent, page by page.
async fn tried_on_past_visits(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/tea/simulate/history?period=today", "Try it")
        .await?;
    let sent = "SELECT count(), uniqExact(page_path), uniqExact(visitor_id) FROM weir.events \
                WHERE name = 'pageview' AND startsWith(page_path, '/price') FORMAT TSV";
    assert_eq!(stack.sql(sent).await?.trim(), "4\t2\t3");
    let prices = "[...document.querySelectorAll('section.tag')].find((one) => one.querySelector('h2').textContent === 'Prices')";
    anna.visitor
        .wait_until(&format!(
            "{prices}?.querySelector('.said').innerText.replace(/\\s+/g, ' ') === '4× on 2 pages, 3 visitors the published tag of this name fired 3 times'"
        ))
        .await?;
    anna.visitor
        .run(&format!("{prices}.querySelector('details').open = true"))
        .await?;
    assert_eq!(
        anna.value_of(&format!("[...{prices}.querySelectorAll('ol.pages li')].map((one) => one.innerText.replace(/.*(?=\\/price)/, ''))")).await?,
        json!(["/price/a\n3", "/price/b\n1"])
    );
    anna.reads("4 visits of 4 visitors, 6 page views").await?;
    anna.accessible("past visits with their pages").await
}

/// What fires on a pasted page, what does not and why; and a click on what is not there.
async fn tried_on_a_pasted_page(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/tea/simulate/memory", "Try it")
        .await?;
    // The page where visitors really were comes by itself, once.
    anna.visitor
        .wait_until("/:\\d+/.test(document.querySelector('input[type=url]')?.value)")
        .await?;
    anna.fill("form textarea", GOODS).await?;
    anna.select("fieldset .line:nth-of-type(2) select", "click")
        .await?;
    anna.fill("fieldset .line:nth-of-type(2) input", ".sold-out")
        .await?;
    let said = |index: u32, words: &str| {
        format!(
            "(document.querySelectorAll('[aria-live] > section.card')[{index}]?.textContent ?? '').replace(/\\s+/g, ' ').includes({})",
            Value::from(words)
        )
    };
    for (path, words) in [
        (
            "/price/c",
            &["Fires Dear dear_seen by the trigger “thank-you page” item450"][..],
        ),
        (
            "/about",
            &[
                "Dearthank-you page requires that the path of the page begins with /price, but it is /about",
                "Pricesprices requires that the path of the page begins with /price, but it is /about",
            ],
        ),
    ] {
        anna.fill("input[type=url]", &format!("https://tea.example{path}"))
            .await?;
        anna.visitor.click("form.card > button.primary").await?;
        for words in words {
            anna.visitor
                .wait_until(&said(0, words))
                .await
                .with_context(|| path.to_owned())?;
        }
        anna.visitor
            .wait_until(&said(1, "There is no such element in the HTML."))
            .await?;
    }
    anna.accessible("a pasted page").await
}

/// The draft on the site itself: the application tells why a tag does not fire there.
async fn tried_on_the_site(
    stack: &Stack,
    anna: &Marketer,
    browsers: &Browsers,
    page: &str,
) -> Result<()> {
    anna.open(stack, "/sites/tea/simulate", "Try it").await?;
    anna.reads("What happens on the page").await?;
    anna.visitor
        .wait_until("/:\\d+/.test(document.querySelector('input[type=url]')?.value)")
        .await?;
    anna.fill("input[type=url]", &format!("{page}about"))
        .await?;
    let visitor = anna.previews(browsers).await?;
    let why = "[...document.querySelectorAll('section ol > li')].some((one) => one.textContent.replace(/\\s+/g, ' ').includes('prices requires that the path of the page begins with /price, but it is /about'))";
    anna.visitor.wait_until(why).await?;
    visitor.leave().await?;
    anna.press("End all previews").await?;
    anna.reads("taken back").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_goes_its_way_and_the_last_part_of_it_by_keys() -> Result<()> {
    let stack = Stack::start_empty().await?;
    let browsers = Browsers::chromium();
    let (anna, boris) = (
        Marketer::new(&browsers).await?,
        Marketer::new(&browsers).await?,
    );
    set_up_once(&stack, &anna, &boris)
        .await
        .context("setting up")?;
    the_line_is_pasted(&stack, &anna)
        .await
        .context("the line")?;
    let page = page_with(&stack.script_tag("tea"), GOODS).await?;
    a_forgotten_host_is_let_in(&stack, &anna, &page)
        .await
        .context("a forgotten host")?;
    a_rule_by_forms_alone(&stack, &anna, &browsers, &page)
        .await
        .context("by forms")?;
    tags_that_are_not_well(&stack, &anna, &browsers, &page)
        .await
        .context("signs")?;
    tried_on_past_visits(&stack, &anna)
        .await
        .context("past visits")?;
    tried_on_a_pasted_page(&stack, &anna)
        .await
        .context("a pasted page")?;
    tried_on_the_site(&stack, &anna, &browsers, &page)
        .await
        .context("on the site")?;
    from_signing_in_to_a_tag_that_is_live(&stack, &boris)
        .await
        .context("by keys")
}
