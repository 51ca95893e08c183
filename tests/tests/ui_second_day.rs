//! The web application in real Chromium, on the second day: what was pointed at on a page becomes a tag, a problem leads to its
//! field, a target counts in all, going back is read before it is done, and what is done can be undone.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use weir_tests::marketer::{HOSTILE, Marketer, PASSWORD, page_with_form};
use weir_tests::{Browsers, Stack};

use crate::ui_rules::draft_with;

const BOT: &str =
    "--user-agent=Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// The address of a form that is filled in.
fn new_tag(stack: &Stack, values: &[(&str, &str)]) -> Result<String> {
    let address = reqwest::Url::parse_with_params(&stack.url("/sites/tea/tags/new"), values)?;
    Ok(address.into())
}

/// From now on the server says of itself that it inserts nothing.
const NOT_INSERTING: &str = "window.asItWas = window.fetch;
    window.fetch = async (asked, ...rest) => {
      const answer = await window.asItWas(asked, ...rest);
      if (!String(asked).includes('/api/v1/status?')) return answer;
      const told = await answer.json();
      told.collector.inserting = false;
      return Response.json(told);
    }";

async fn a_site(anna: &Marketer) -> Result<()> {
    anna.set_up().await?;
    anna.add_site("https://www.tea.example/").await?;
    // As while the views are being made, which is over too soon to be looked at.
    anna.visitor.run(NOT_INSERTING).await?;
    anna.reads("What arrives is kept, and cannot be shown yet")
        .await?;
    anna.visitor.run("window.fetch = window.asItWas").await?;
    anna.reads("No page has asked for the tag yet").await
}

/// What the panel of a preview hands over is looked at first, and hostile values are text.
async fn what_was_pointed_at(stack: &Stack, anna: &Marketer) -> Result<()> {
    let form = ".from-page";
    let there = format!("document.querySelector('{form}')");
    for (kind, selector, told) in [
        (
            "click",
            "<img src=x onerror=window.hacked=1>",
            "no selector that a browser understands",
        ),
        ("javascript:alert(1)", "a", "does not say what was picked"),
        ("click", &"a".repeat(301), "does not say what was picked"),
    ] {
        let values = [
            ("kind", kind),
            ("selector", selector),
            ("event", HOSTILE),
            ("name", HOSTILE),
        ];
        anna.visitor.open(&new_tag(stack, &values)?).await?;
        anna.reads(told).await?;
    }
    let hostile = [
        ("kind", "click"),
        ("selector", "b"),
        ("event", HOSTILE),
        ("name", HOSTILE),
    ];
    anna.visitor.open(&new_tag(stack, &hostile)?).await?;
    anna.visitor.wait_until(&there).await?;
    assert_eq!(
        anna.value_of(&format!("[...document.querySelectorAll('{form} input:not([type=checkbox])')].map((one) => one.value)")).await?,
        json!(["b", "", HOSTILE])
    );
    assert_eq!(anna.value_of("window.hacked ?? null").await?, Value::Null);
    assert!(
        !anna.draft("tea").await?.contains("hacked"),
        "nothing is saved"
    );

    let values = [
        ("kind", "click"),
        ("selector", "#lead button"),
        ("event", "click_send"),
        ("name", "Click send"),
    ];
    anna.visitor.open(&new_tag(stack, &values)?).await?;
    anna.reads("From your page").await?;
    anna.accessible("from a page").await?;
    assert!(!anna.draft("tea").await?.contains("click_send"));
    anna.press("Put into the draft").await?;
    // What is said in passing first: it goes by itself.
    anna.reads("In the draft: Click send").await?;
    anna.saved().await?;
    let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    assert_eq!(
        draft["triggers"]["click send"],
        json!({ "click": { "selector": "#lead button" } })
    );
    assert_eq!(draft["tags"][0]["event"], "click_send");

    // Who has a trigger for any form and points at one was looking for what it is to wait for: no second tag.
    let mut any = draft.clone();
    any["triggers"]["a form"] = json!({ "form": {} });
    anna.put_draft("tea", &any).await?;
    let values = [
        ("kind", "form"),
        ("selector", "#lead"),
        ("event", "lead"),
        ("name", "Lead"),
    ];
    anna.visitor.open(&new_tag(stack, &values)?).await?;
    anna.reads("which reacts to any of them so far").await?;
    anna.press("Put into the draft").await?;
    anna.saved().await?;
    any["triggers"]["a form"]["form"]["selector"] = json!("#lead");
    let given: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    assert_eq!(given, any);
    anna.put_draft("tea", &draft).await?;

    // What is named is chosen from a list.
    anna.open(stack, "/sites/tea/tags/edit/Click%20send", "Tags")
        .await?;
    anna.put("fieldset", "Labels", "forms, spring").await?;
    anna.put("fieldset", "Only with consent to", "analytics")
        .await?;
    anna.saved().await?;
    let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    assert_eq!(
        (&draft["tags"][0]["labels"], &draft["tags"][0]["consent"]),
        (&json!(["forms", "spring"]), &json!(["analytics"]))
    );
    Ok(())
}

/// A problem is told in the words of the forms, and its link opens the form with the cursor in the field.
async fn a_problem_leads_to_its_field(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/tea/tags/triggers/click%20send", "Tags")
        .await?;
    anna.fill_labelled("selector", "#lead button[").await?;
    anna.saved().await?;
    anna.open(stack, "/sites/tea/publish", "Publish").await?;
    anna.reads("Trigger “click send”, field “Selector”").await?;
    anna.accessible("a problem").await?;
    anna.press("Trigger “click send”, field “Selector”").await?;
    anna.visitor
        .wait_until("document.activeElement?.value === '#lead button['")
        .await?;
    anna.fill_labelled("selector", "#lead button").await?;
    anna.saved().await?;

    // Of a tag, behind a fold; and of a key that is missing.
    anna.open(stack, "/sites/tea/tags/edit/Click%20send", "Tags")
        .await?;
    anna.fill_labelled("Name of the event", "Click!").await?;
    anna.saved().await?;
    anna.press("1 problem").await?;
    anna.press("Tag “Click send”, field “Name of the event”")
        .await?;
    anna.visitor
        .wait_until(
            "document.activeElement?.value === 'Click!' && !document.querySelector('dialog')",
        )
        .await?;
    anna.fill_labelled("Name of the event", "click_send")
        .await?;
    anna.saved().await?;
    anna.open(
        stack,
        "/sites/tea/tags/edit/Click%20send?at=tags%5B0%5D&missing=sample",
        "Tags",
    )
    .await?;
    anna.visitor
        .wait_until("document.activeElement?.placeholder === '1' && document.activeElement.checkVisibility()")
        .await
}

/// "100 in all by the end of the year": said in the form, counted so, and not judged on the first day.
async fn a_target_in_all(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/tea/reports/targets", "Targets")
        .await?;
    anna.press("Add a target").await?;
    anna.choose("What to count", "traffic").await?;
    anna.choose("How it is counted", "all").await?;
    for (label, value) in [
        ("How many in all", "0"),
        ("From", "2026-01-01"),
        ("By", "2099-12-31"),
        ("Name", "Visits in all"),
    ] {
        anna.choose(label, value).await?;
    }
    anna.reads("reached before anything happens").await?;
    anna.choose("How many in all", "100").await?;
    anna.accessible("a target in all").await?;
    anna.press("Save into the draft").await?;
    anna.reads("In the draft, not published yet").await?;
    // It is said a moment before the server has it.
    let draft = draft_with(anna, |draft| draft.contains("Visits in all")).await?;
    let draft: Value = serde_json::from_str(&draft)?;
    assert_eq!(
        draft["kpis"],
        json!([{ "name": "Visits in all", "metric": "traffic", "to": 100, "since": "2026-01-01", "by": "2099-12-31" }])
    );
    // A problem of a target opens its form at the field.
    anna.open(
        stack,
        "/sites/tea/reports/targets?at=kpis%5B0%5D.to",
        "Targets",
    )
    .await?;
    anna.visitor
        .wait_until(
            "document.querySelector('dialog[open]') && document.activeElement?.value === '100'",
        )
        .await?;

    anna.open(stack, "/sites/tea/publish", "Publish").await?;
    anna.reads("Last changed by anna@example.com").await?;
    anna.press("Publish release 2").await?;
    anna.reads("Nothing has changed since release 2").await?;
    anna.reads("Added tag “Click send”, trigger “click send”, target “Visits in all”")
        .await?;
    anna.reads("The first release").await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.kpi_status WHERE site = 'tea' AND since = '2026-01-01' AND status = 'too_early' AND value IS NULL",
            1,
        )
        .await?;
    anna.open(stack, "/sites/tea/reports/targets", "Targets")
        .await?;
    anna.reads("Too early to say").await?;
    anna.reads("of 100 in all").await?;
    anna.accessible("a target on its first day").await
}

/// What would go away is read before it goes.
async fn going_back(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/tea/publish", "Publish").await?;
    anna.press("Back to this one").await?;
    anna.reads("Going from release 2, which is in use, back to release 1")
        .await?;
    anna.visitor
        .wait_until("[...document.querySelectorAll('dialog .kind.removed')].length === 3")
        .await?;
    anna.accessible("going back").await?;
    anna.press("Cancel").await?;
    assert!(stack.get("/t/tea.js").await?.1.contains("\"version\":2,"));
    anna.press("Back to this one").await?;
    anna.press("Go back to release 1").await?;
    anna.reads("Release 3 does what release 1 did").await?;
    anna.reads("Removed tag “Click send”").await?;
    anna.press("Undo").await?;
    anna.reads("Release 4 does what release 2 did").await
}

/// Rows of the live view open; a bot is called one.
async fn live(stack: &Stack, anna: &Marketer, browsers: &Browsers) -> Result<()> {
    let tag = stack.script_tag("tea");
    let shop = page_with_form(&tag).await?;
    for arguments in [&[][..], &[BOT]] {
        let visitor = browsers.visitor_with(arguments).await?;
        visitor.open(&shop).await?;
        visitor.wait_until("window.weir").await?;
        visitor.click("#lead button").await?;
        visitor.quit().await?;
    }
    stack
        .wait_for_number("SELECT uniqExact(bot != '') FROM weir.events WHERE site = 'tea' AND name = 'click_send'", 2)
        .await?;
    anna.open(stack, "/sites/tea/live?event=click_send", "Live")
        .await?;
    let row = "document.querySelectorAll('li > button.event')";
    anna.visitor
        .wait_until(&format!(
            "{row}.length === 2 && document.querySelectorAll('li.bot').length === 1"
        ))
        .await?;
    anna.visitor
        .run(&format!("{row}.forEach((one) => one.click())"))
        .await?;
    for words in [
        "click send",
        "crawler: googlebot",
        "Bots are stored, and left out of all reports",
        "Send",
    ] {
        anna.reads(words).await?;
    }
    anna.reads("of bots, left out").await?;
    // What was published a moment ago is marked, with its number and who did it.
    anna.visitor
        .wait_until("[...document.querySelectorAll('figure .mark')].some((one) => one.innerText === '▲ 4' && one.title.includes('anna@example.com'))")
        .await?;
    anna.accessible("rows that are open").await?;
    anna.open(stack, "/sites/tea/reports", "Overview").await?;
    let marks = "[...document.querySelectorAll('details.releases summary')].find((one) => one.innerText.includes('4 releases'))";
    anna.visitor.wait_until(marks).await?;
    anna.visitor.run(&format!("{marks}.click()")).await?;
    for words in [
        "Release 4,",
        "by anna@example.com: Back to release 2",
        "Release 1,",
    ] {
        anna.reads(words).await?;
    }
    anna.accessible("marks of releases").await
}

/// An invitation that only this computer can open says so; taken back, it is had again, and the second owner accepts it here. A token that was taken back stops at
/// once, and is given back.
async fn people(stack: &Stack, anna: &Marketer, boris: &Marketer) -> Result<()> {
    anna.open(stack, "/people", "People").await?;
    anna.fill("input[name=email]", "boris@example.com").await?;
    anna.press("Make the link").await?;
    anna.reads("Only this computer can open this link").await?;
    anna.reads("--public-url").await?;
    anna.accessible("an invitation").await?;
    let link = anna
        .value_of("document.querySelector('.notice .code pre').textContent")
        .await?;
    anna.press("Take back").await?;
    anna.reads("its link no longer works").await?;
    anna.press("Undo").await?;
    anna.reads("is invited again, by the same link").await?;
    boris.visitor.open(link.as_str().context("a link")?).await?;
    boris.fill("input[name=name]", "Boris").await?;
    boris.fill("input[name=password]", PASSWORD).await?;
    boris.fill("input[name=repeat]", PASSWORD).await?;
    boris
        .visitor
        .run("document.querySelector('form').requestSubmit()")
        .await?;
    boris.reads("tea").await?;

    anna.open(stack, "/people", "People").await?;
    anna.press("Sign out everywhere").await?;
    anna.reads("1 session has ended").await?;
    boris.visitor.open(&stack.url("/")).await?;
    boris.reads("Sign in").await?;

    // On a phone everything that can be done is on the screen, and the menu shows where one is.
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    anna.visitor
        .devtools("Emulation.setDeviceMetricsOverride", phone)
        .await?;
    anna.open(stack, "/people", "People").await?;
    anna.reads("Boris").await?;
    let seen = |selector: &str| {
        format!(
            "(() => {{ const box = document.querySelector('{selector}')?.getBoundingClientRect(); return box && box.left >= 0 && box.right <= 390; }})()"
        )
    };
    anna.visitor.wait_until(&seen("td.remove button")).await?;
    anna.visitor
        .wait_until(&seen("header nav [aria-current]"))
        .await?;
    anna.open(stack, "/sites/tea/reports/targets", "Targets")
        .await?;
    anna.visitor
        .wait_until(&seen("nav.tabs [aria-current]"))
        .await?;
    anna.accessible("a phone").await?;
    anna.visitor
        .devtools("Emulation.clearDeviceMetricsOverride", json!({}))
        .await?;

    anna.open(stack, "/people/tokens", "People").await?;
    anna.press("Make a token").await?;
    anna.reads("Copy it now").await?;
    let token = anna
        .value_of("document.querySelector('.notice .code pre').textContent")
        .await?;
    let token = token.as_str().context("a token")?;
    let send = async || -> Result<u16> {
        let event = json!({ "event": "paid", "userId": "u1" });
        let client = reqwest::Client::new();
        let request = client
            .post(stack.url("/v1/track"))
            .basic_auth(token, Some(""))
            .json(&event);
        Ok(request.send().await?.status().as_u16())
    };
    assert_eq!(send().await?, 200);
    anna.press("Take back").await?;
    anna.reads("is taken back").await?;
    assert_eq!(send().await?, 401, "it stops at once");
    anna.press("Undo").await?;
    anna.reads("holds again").await?;
    assert_eq!(send().await?, 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_day_needs_no_json_either() -> Result<()> {
    let stack = Stack::start_empty().await?;
    let browsers = Browsers::chromium();
    let (anna, boris) = (
        Marketer::new(&browsers).await?,
        Marketer::new(&browsers).await?,
    );
    anna.visitor.open(&stack.url("/")).await?;
    a_site(&anna).await.context("a site")?;
    what_was_pointed_at(&stack, &anna).await.context("picked")?;
    a_problem_leads_to_its_field(&stack, &anna)
        .await
        .context("problems")?;
    a_target_in_all(&stack, &anna).await.context("a target")?;
    going_back(&stack, &anna).await.context("going back")?;
    live(&stack, &anna, &browsers).await.context("live")?;
    people(&stack, &anna, &boris).await.context("people")
}
