//! Reports in real Chromium, over a month of a shop: what is chosen is in the address, numbers come before what they are compared
//! with and can be taken along, and a step of a funnel says where people went instead.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use weir_tests::marketer::Marketer;
use weir_tests::sender;
use weir_tests::{Browsers, Stack, StackOptions};

const REPORTS: &str = "/sites/demo/reports";

/// Text that the page has somewhere.
async fn text(anna: &Marketer, selector: &str) -> Result<String> {
    let read = format!(
        "return document.querySelector({})?.innerText ?? ''",
        Value::from(selector)
    );
    let found = anna.visitor.run(&read).await?;
    Ok(found.as_str().unwrap_or_default().to_owned())
}

/// A page that is opened while the history is still being filled in has all of it in the end, without being loaded again.
async fn numbers_that_come_are_shown(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, &format!("{REPORTS}/sales?period=7d"), "Sales")
        .await?;
    anna.visitor.run("window.isTheSamePage = true").await?;
    stack.wait_for_sample().await?;
    anna.visitor
        .wait_until("window.isTheSamePage && document.querySelector('main .cards .delta')")
        .await
}

/// Whoever gets the link sees the same days, beside the same, of the same visits.
async fn a_link_shows_the_same(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, &format!("{REPORTS}/sources"), "Sources")
        .await?;
    anna.select("#period", "7d").await?;
    anna.settled().await?;
    anna.visitor
        .wait_until("document.querySelector('main td .delta')")
        .await
        .context("compared with the days before")?;
    anna.select("#compare", "none").await?;
    anna.visitor
        .wait_until("!document.querySelector('main td .delta')")
        .await?;
    anna.press("+ Filter").await?;
    anna.select("select[aria-label='Only visits by']", "device")
        .await?;
    anna.fill("input[aria-label='Value']", "mobile").await?;
    anna.visitor.click("form.adding button.primary").await?;
    anna.visitor
        .wait_until("document.querySelectorAll('.chip.filter').length === 1")
        .await?;
    anna.settled().await?;
    let shown = text(anna, "main tbody").await?;
    assert!(shown.lines().count() > 3, "{shown}");
    let address = anna.visitor.run("return location.href").await?;
    let address = address.as_str().context("an address")?;
    for part in ["period=7d", "compare=none", "filters=device"] {
        assert!(address.contains(part), "{address}");
    }
    anna.visitor.open("about:blank").await?;
    anna.visitor.open(address).await?;
    let same = format!(
        "document.querySelector('main tbody')?.innerText === {}",
        Value::from(shown.as_str())
    );
    anna.visitor.wait_until(&same).await?;
    anna.visitor
        .wait_until(
            "document.querySelector('#period').value === '7d' && document.querySelector('#compare').value === 'none' && \
             document.querySelectorAll('.chip.filter').length === 1",
        )
        .await
}

/// What a page is told when it asks for what its numbers are compared with.
const NOT_COMPARED: &str = "window.asItWas = window.fetch;
    window.fetch = async (asked, ...rest) => String(asked).includes('only=compared')
      ? Response.json({ error: { code: 'query_failed', message: 'no', hint: '' } }, { status: 500 })
      : window.asItWas(asked, ...rest)";

/// Numbers stand without what they are compared with, which is said, and asked for again by hand.
async fn numbers_that_are_not_compared(stack: &Stack, anna: &Marketer) -> Result<()> {
    const SAID: &str = "These numbers are right. What they are compared with could not be counted.";
    anna.open(stack, &format!("{REPORTS}/sources"), "Sources")
        .await?;
    anna.settled().await?;
    anna.visitor.run(NOT_COMPARED).await?;
    anna.select("#period", "7d").await?;
    anna.reads(SAID).await?;
    anna.reads("A query to ClickHouse failed").await?;
    anna.visitor
        .wait_until("!document.querySelector('.stale, [aria-busy=true], main td .delta') && document.querySelectorAll('main tbody tr').length > 3")
        .await?;
    anna.accessible("numbers that are not compared").await?;
    anna.press("Overview").await?;
    anna.reads(SAID).await?;
    anna.visitor
        .wait_until("!document.querySelector('.cards .delta') && document.querySelectorAll('.cards .value').length > 3")
        .await?;
    anna.visitor.run("window.fetch = window.asItWas").await?;
    anna.press("Try again").await?;
    anna.visitor
        .wait_until("document.querySelector('.cards .delta')")
        .await
}

/// Filters get a name, are found again by it, and what was taken away comes back.
async fn filters_have_a_name(anna: &Marketer) -> Result<()> {
    let chosen = "document.querySelector('.segment select')?.value";
    let filters = "document.querySelectorAll('.chip.filter').length";
    anna.press("Save as a segment").await?;
    anna.fill(
        "input[aria-label='Name of the segment']",
        "С телефона / Phones",
    )
    .await?;
    anna.visitor.click("form.naming button.primary").await?;
    anna.visitor
        .wait_until(&format!("{chosen} === 'С телефона / Phones'"))
        .await?;
    anna.select(".segment select", "").await?;
    anna.visitor
        .wait_until(&format!(
            "{filters} === 0 && !location.search.includes('filters')"
        ))
        .await?;
    anna.select(".segment select", "С телефона / Phones")
        .await?;
    anna.visitor
        .wait_until(&format!(
            "{filters} === 1 && location.search.includes('filters=device')"
        ))
        .await?;
    anna.settled().await?;
    anna.accessible("a segment").await?;
    anna.press("Remove the segment").await?;
    anna.visitor
        .wait_until(&format!(
            "!document.querySelector('.segment') && {filters} === 1"
        ))
        .await?;
    anna.press("Undo").await?;
    anna.visitor
        .wait_until(&format!("{chosen} === 'С телефона / Phones'"))
        .await
}

/// Each number has what it means, its SQL, a file and a picture beside it, for the keyboard as well.
async fn every_number_can_be_taken_along(stack: &Stack, anna: &Marketer) -> Result<()> {
    for (page, heading) in [
        ("", "Overview"),
        ("/sales", "Sales"),
        ("/marketing", "Marketing"),
        ("/targets", "Targets"),
    ] {
        anna.open(stack, &format!("{REPORTS}{page}"), heading)
            .await?;
        anna.settled().await?;
        let lacking = "[...document.querySelectorAll('main article.card, main section.report')].filter((card) => card.checkVisibility()).filter((card) =>
            !card.querySelector('[role=tooltip]') || ['SQL', 'CSV', 'PNG'].some((words) =>
              ![...card.querySelectorAll('button, a[href]')].some((one) => one.textContent === words && one.tabIndex === 0 && one.checkVisibility())))
            .map((card) => card.innerText)";
        anna.visitor
            .wait_until("document.querySelectorAll('main article.card').length > 2")
            .await?;
        let lacking = anna.visitor.run(&format!("return {lacking}")).await?;
        assert_eq!(lacking, json!([]), "{heading}");
    }
    anna.visitor
        .run("window.picture = null; HTMLAnchorElement.prototype.click = function () { window.picture = this.download; }")
        .await?;
    anna.press("PNG").await?;
    anna.visitor
        .wait_until("window.picture?.startsWith('demo-targets-')")
        .await
}

/// As a file, as SQL that gives the same rows, as a picture.
async fn numbers_are_taken_along(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.settled().await?;
    let rows = anna
        .visitor
        .run("return document.querySelectorAll('main tbody tr').length")
        .await?;
    let rows = rows.as_u64().context("rows")?;
    anna.visitor
        .run(
            "fetch(document.querySelector('main a.button[download]').href).then((file) => file.text()).then((text) => (window.file = text))",
        )
        .await?;
    anna.visitor.wait_until("window.file").await?;
    let file = anna.visitor.run("return window.file").await?;
    let file = file.as_str().context("a file")?;
    assert!(file.starts_with("Channel,Visits,"), "{file}");
    assert_eq!(file.trim_end().lines().count() as u64, rows + 1, "{file}");

    anna.press("SQL").await?;
    let sql = text(anna, "dialog[open] code, dialog[open] pre").await?;
    assert!(
        sql.contains("FROM weir.sessions") && sql.contains("'mobile'"),
        "{sql}"
    );
    anna.reads("Open as an SQL view").await?;
    anna.reads("SELECT * FROM weir.channels WHERE site = 'demo'")
        .await?;
    let counted = format!("SELECT count() FROM ({sql})");
    stack.wait_for_number(&counted, rows).await?;
    anna.visitor
        .run("document.querySelector('dialog[open]').close()")
        .await?;

    anna.visitor
        .run("HTMLAnchorElement.prototype.click = function () { window.picture = [this.download, this.href]; }")
        .await?;
    anna.press("PNG").await?;
    anna.visitor
        .wait_until("window.picture?.[0].endsWith('.png') && window.picture[1].startsWith('blob:')")
        .await
}

/// What arrives at another site, which the page hears of, asks for no report again.
async fn events_elsewhere_ask_nothing(stack: &Stack, anna: &Marketer) -> Result<()> {
    let asked = |part: &str| {
        format!(
            "performance.getEntriesByType('resource').filter((one) => one.name.includes('{part}')).length"
        )
    };
    anna.open(stack, &format!("{REPORTS}/sources?period=7d"), "Sources")
        .await?;
    anna.visitor
        .wait_until("document.querySelector('main td .delta')")
        .await?;
    anna.settled().await?;
    // Below, every question is an entry; the browser keeps 250.
    anna.visitor
        .run("performance.setResourceTimingBufferSize(100000)")
        .await?;
    let before = anna.value_of(&asked("/demo/reports/")).await?;
    let event = [sender::event("pageview", 1)];
    let (status, body) = stack
        .post(sender::batch("shop", 7, &event).to_string())
        .await?;
    assert_eq!(status, 204, "{body}");
    anna.visitor
        .wait_until("(fetch('/api/v1/sites').then((one) => one.json()).then((all) => { window.all = all; }), window.all?.find((one) => one.id === 'shop')?.last_event_at)")
        .await?;
    // The page has heard of it by its second question from now.
    let polls = asked("/api/v1/sites?");
    anna.visitor.run(&format!("window.polls = {polls}")).await?;
    anna.visitor
        .wait_until(&format!("{polls} > window.polls + 1"))
        .await?;
    assert_eq!(anna.value_of(&asked("/demo/reports/")).await?, before);
    Ok(())
}

async fn a_funnel_is_looked_into(stack: &Stack, anna: &Marketer) -> Result<()> {
    let path = format!("{REPORTS}/funnels/checkout?period=7d");
    anna.open(stack, &path, "Funnels").await?;
    anna.settled().await?;
    anna.reads("How many people go from").await?;
    anna.visitor
        .wait_until("document.querySelector('main .total .delta')")
        .await
        .context("compared with the days before")?;
    anna.press("SQL").await?;
    anna.visitor
        .wait_until("[...document.querySelectorAll('dialog[open] pre')].some((one) => one.textContent === 'weir.funnel_demo_checkout')")
        .await?;
    anna.visitor
        .run("document.querySelector('dialog[open]').close()")
        .await?;
    anna.select("select[aria-label='Break down by']", "device")
        .await?;
    anna.visitor
        .wait_until(
            "location.search.includes('breakdown=device') && document.querySelectorAll('td.heat').length > 3",
        )
        .await?;
    anna.press("Where did they go instead?").await?;
    anna.visitor
        .wait_until("document.querySelectorAll('.instead li').length > 1")
        .await?;
    anna.settled().await?;
    anna.accessible("where they went instead").await?;
    anna.visitor
        .run("window.picture = null; HTMLAnchorElement.prototype.click = function () { window.picture = this.download; }")
        .await?;
    anna.visitor
        .click(".instead [aria-label^='PNG: After “Product page”']")
        .await?;
    anna.visitor
        .wait_until("/^demo-funnel_drop_offs-step-1-.*[.]png$/.test(window.picture ?? '')")
        .await
}

/// On a wall there are the targets and nothing else; on paper, no buttons.
async fn targets_on_a_wall_and_on_paper(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.visitor
        .open(&stack.url(&format!("{REPORTS}/targets/wall")))
        .await?;
    anna.visitor
        .wait_until("document.querySelectorAll('.wall .kpi').length > 0")
        .await?;
    anna.settled().await?;
    anna.accessible("a wall").await?;
    anna.open(stack, &format!("{REPORTS}/targets"), "Targets")
        .await?;
    anna.visitor
        .wait_until("document.querySelectorAll('.kpi').length > 0")
        .await?;
    anna.visitor
        .devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }))
        .await?;
    anna.visitor
        .wait_until("![...document.querySelectorAll('nav')].some((one) => one.checkVisibility())")
        .await?;
    anna.visitor
        .devtools("Emulation.setEmulatedMedia", json!({ "media": "" }))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_report_shows_is_in_its_address_and_can_be_taken_along() -> Result<()> {
    let stack = Stack::start(StackOptions {
        demo: true,
        ..StackOptions::default()
    })
    .await?;
    let anna = Marketer::new(&Browsers::chromium()).await?;
    anna.visitor.open(&stack.url("/")).await?;
    anna.set_up().await?;
    stack.wait_for_numbers().await?;
    numbers_that_come_are_shown(&stack, &anna)
        .await
        .context("numbers that come")?;
    a_link_shows_the_same(&stack, &anna)
        .await
        .context("a link")?;
    numbers_are_taken_along(&stack, &anna)
        .await
        .context("taken along")?;
    filters_have_a_name(&anna).await.context("a segment")?;
    every_number_can_be_taken_along(&stack, &anna)
        .await
        .context("every number")?;
    numbers_that_are_not_compared(&stack, &anna)
        .await
        .context("not compared")?;
    events_elsewhere_ask_nothing(&stack, &anna)
        .await
        .context("elsewhere")?;
    a_funnel_is_looked_into(&stack, &anna)
        .await
        .context("a funnel")?;
    targets_on_a_wall_and_on_paper(&stack, &anna)
        .await
        .context("targets")?;
    // Rules that are kept in a file are shown, and say where they are.
    anna.open(&stack, "/sites/shop/tags", "Tags").await?;
    anna.reads("These rules are managed by a file").await?;
    anna.reads("shop.json").await?;
    assert_eq!(json!(anna.visitor.console().await?), json!([]));
    Ok(())
}
