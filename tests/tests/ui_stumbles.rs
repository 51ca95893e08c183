//! The web application in real Chromium, where a marketer who had never seen it stopped, guessed or was told something that was not so:
//! each of these is a step that goes through now.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use weir_tests::marketer::{Marketer, page_with_form};
use weir_tests::{Browsers, Stack};

/// A button that was pressed too early works at the next press, also where the page has filled a field in by itself; and a
/// domain in Cyrillic has a short name of its own.
async fn a_site_of_a_cyrillic_domain(anna: &Marketer) -> Result<()> {
    anna.set_up().await?;
    anna.press("Add the site").await?;
    anna.visitor
        .wait_until(
            "document.querySelector('input[name=id]').validationMessage === 'Fill this in.'",
        )
        .await?;
    anna.fill("input[name=domains]", "https://www.Чайник.рф/каталог")
        .await?;
    anna.visitor
        .wait_until("document.querySelector('input[name=id]').value === 'chaynik'")
        .await?;
    anna.visitor
        .run("document.querySelector('form .primary').click()")
        .await?;
    anna.reads("Waiting for the first event").await?;
    anna.visitor.wait_for_path("/sites/chaynik").await
}

/// What is in the draft only is not said to be at work, and what was published a moment ago is not said to have been silent for weeks.
async fn a_tag_that_is_not_live_yet(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.press("Tags").await?;
    anna.press("New tag").await?;
    anna.press("A form is sent").await?;
    anna.saved().await?;
    anna.fill_labelled("Name of the event", "Новая заявка")
        .await?;
    anna.reads("cannot be used as a name here. Use small Latin letters")
        .await?;
    // Under its own field alone, and not under the goal's name as well.
    assert_eq!(
        anna.value_of("document.body.innerText.split('cannot be used as a name here').length")
            .await?,
        json!(2)
    );
    anna.press("Write it as novaya_zayavka").await?;
    anna.saved().await?;
    anna.visitor
        .wait_until("!document.body.innerText.includes('cannot be used')")
        .await?;
    // A number that cannot be read stays where it was typed, and its field says so.
    anna.visitor
        .run("for (const one of document.querySelectorAll('details')) one.open = true")
        .await?;
    for (typed, says) in [
        ("abc", "This is no number. Write one, such as 5 or 0.5."),
        ("100 %", ""),
    ] {
        anna.fill_labelled("For which share of visitors", typed)
            .await?;
        anna.visitor.run("document.activeElement.blur()").await?;
        let as_it_is = format!(
            "document.querySelector('[data-filled]').value === {} && document.querySelector('[data-filled]').closest('label').innerText.includes({})",
            Value::from(if says.is_empty() { "1" } else { typed }),
            Value::from(says)
        );
        anna.visitor.wait_until(&as_it_is).await?;
    }
    anna.saved().await?;
    anna.open(stack, "/sites/chaynik/tags", "Tags").await?;
    anna.visitor
        .wait_until("document.querySelector('.list .pill')?.textContent === 'Not published'")
        .await?;
    anna.accessible("a tag that is not published").await?;
    anna.press("Publish…").await?;
    anna.press("Publish release 2").await?;
    anna.reads("Nothing has changed since release 2").await?;
    anna.open(stack, "/sites/chaynik/tags", "Tags").await?;
    anna.visitor
        .wait_until("document.querySelector('.list .pill')?.textContent === 'Active'")
        .await?;
    anna.reads("Has not fired yet").await?;
    assert_eq!(
        anna.value_of("document.body.innerText.includes('14 days')")
            .await?,
        json!(false)
    );
    Ok(())
}

/// A target that cannot be is refused in the form, in the page's own words; one that is published says so at once.
async fn a_target(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/chaynik/reports/targets", "Targets")
        .await?;
    anna.press("Add a target").await?;
    // One begins at the first field, and the way out comes last.
    anna.visitor
        .wait_until("document.activeElement.matches('dialog select') && document.activeElement === document.querySelector('dialog :is(input, select, button)')")
        .await?;
    assert_eq!(
        anna.value_of("[...document.querySelectorAll('dialog button')].at(-1).ariaLabel")
            .await?,
        json!("Close")
    );
    anna.choose("What to count", "leads").await?;
    anna.choose("Target", "-5").await?;
    anna.choose("By", "2020-01-31").await?;
    anna.press("Save into the draft").await?;
    let said = |label: &str| {
        format!(
            "[...document.querySelectorAll('dialog label')].find((one) => one.textContent.trim().startsWith('{label}')).querySelector('input').validationMessage"
        )
    };
    anna.reads("Not below 0.").await?;
    let date = anna.value_of(&said("By")).await?;
    let date = date.as_str().context("what is said of the date")?;
    assert!(
        date.starts_with("Not before ") && date.contains("20"),
        "{date}"
    );
    anna.choose("Target", "abc").await?;
    anna.reads("“abc” is no number: write it like 12.5.")
        .await?;
    anna.accessible("a target that is no number").await?;
    anna.choose("Target", "100").await?;
    anna.choose("By", "2099-12-31").await?;
    anna.press("Save into the draft").await?;
    anna.reads("In the draft, not published yet").await?;
    anna.reads("to 100 by 31 December 2099").await?;
    anna.press("Go and publish").await?;
    anna.reads("Bring the number of leads").await?;
    anna.press("Publish release 3").await?;
    anna.reads("Nothing has changed since release 3").await?;
    // What was said of the draft has gone with it.
    assert_eq!(
        anna.value_of(
            "document.querySelector('.toasts').textContent.includes('Saved into the draft')"
        )
        .await?,
        json!(false)
    );
    // Before the warehouse has it and afterwards: never that it waits to be published.
    anna.open(stack, "/sites/chaynik/reports/targets", "Targets")
        .await?;
    anna.reads("Leads").await?;
    let waits = "document.body.innerText.includes('not published yet')";
    assert_eq!(anna.value_of(waits).await?, json!(false));
    stack
        .wait_for_number(
            "SELECT count() FROM weir.kpi_status WHERE site = 'chaynik'",
            1,
        )
        .await?;
    anna.reads("to 100 by 31 December 2099").await?;
    assert_eq!(anna.value_of(waits).await?, json!(false));
    // The cost of a lead is a target like any other.
    anna.press("Add a target").await?;
    anna.choose("What to count", "cost_per_lead").await?;
    anna.choose("Target", "600").await?;
    anna.choose("By", "2099-12-31").await?;
    anna.press("Save into the draft").await?;
    anna.reads("CPL: cost of a lead").await?;
    let draft: Value = serde_json::from_str(&anna.draft("chaynik").await?)?;
    assert_eq!(draft["kpis"][1]["metric"], "cost_per_lead");
    assert_eq!(draft["kpis"][1]["goal"], draft["kpis"][0]["goal"]);
    Ok(())
}

/// The rules of a draft, once they are so.
async fn draft_with(anna: &Marketer, is: impl Fn(&Value) -> bool) -> Result<Value> {
    for _ in 0..100 {
        let draft: Value = serde_json::from_str(&anna.draft("chaynik").await?)?;
        if is(&draft) {
            return Ok(draft);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("the draft stays {}", anna.draft("chaynik").await?)
}

/// Privacy and consent are settled by ticking and choosing, and what is as usual is not written.
async fn settings_without_json(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/chaynik/settings", "Settings of chaynik")
        .await?;
    anna.visitor
        .wait_until("(() => { const box = [...document.querySelectorAll('label.check')].find((one) => one.textContent.includes('phone numbers')); box?.click(); return box; })()")
        .await?;
    let draft = draft_with(anna, |draft| draft["privacy"]["redact"].is_array()).await?;
    assert_eq!(draft["privacy"]["redact"], json!(["phone"]));
    let choose = |word: &str| {
        format!(
            "const field = [...document.querySelectorAll('label.one')].find((one) => one.textContent.includes('marketing')).querySelector('select');
             field.value = '{word}'; field.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        )
    };
    anna.visitor.run(&choose("granted")).await?;
    let draft = draft_with(anna, |draft| draft["consent"]["default"].is_object()).await?;
    assert_eq!(
        draft["consent"]["default"],
        json!({ "analytics": "granted", "marketing": "granted" })
    );
    anna.visitor.run(&choose("denied")).await?;
    draft_with(anna, |draft| draft["consent"]["default"].is_null()).await?;
    anna.accessible("the settings").await
}

/// Numbers beside each other stand in one line whatever their titles take, a dialog that is read begins at its heading, and where
/// nothing is counted yet the builder says which days will be.
async fn reports_at_a_glance(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/chaynik/reports", "Overview")
        .await?;
    anna.visitor
        .wait_until("document.querySelectorAll('.cards .value').length >= 3")
        .await?;
    let tops = "(() => { const cards = [...document.querySelectorAll('.cards')][0]; cards.querySelector('.name').textContent = 'A title that takes more lines than any of those beside it do';
      return [...new Set([...cards.querySelectorAll('.value')].map((one) => Math.round(one.getBoundingClientRect().top)))].length; })()";
    assert_eq!(anna.value_of(tops).await?, json!(1));
    anna.press("SQL").await?;
    anna.visitor
        .wait_until("document.activeElement.matches('dialog[open] h2')")
        .await?;
    anna.accessible("the SQL of a report").await?;
    anna.visitor.click("dialog .close").await?;
    anna.visitor
        .wait_until("!document.querySelector('dialog') && document.activeElement.hasAttribute('data-pressed')")
        .await?;
    anna.open(stack, "/sites/chaynik/reports/funnels/new", "A new funnel")
        .await?;
    anna.visitor
        .wait_until("document.querySelector('.said').textContent.includes('The days that the preview counts')")
        .await
}

/// On a phone the report that is open is in sight in the menu, also after its words have become longer; and the days of a target
/// are where the eye is when they are asked for.
async fn on_a_phone(stack: &Stack, anna: &Marketer) -> Result<()> {
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    anna.visitor
        .devtools("Emulation.setDeviceMetricsOverride", phone)
        .await?;
    let seen = "(() => { const box = document.querySelector('nav.tabs [aria-current]')?.getBoundingClientRect(); return box && box.left >= 0 && box.right <= 390; })()";
    anna.open(stack, "/sites/chaynik/reports/retention", "Retention")
        .await?;
    anna.visitor.wait_until(seen).await?;
    // As when a font comes late: the entries before it grow.
    anna.visitor
        .run("for (const one of document.querySelectorAll('nav.tabs a:not([aria-current])')) one.style.letterSpacing = '0.5em'")
        .await?;
    anna.visitor.wait_until(seen).await?;
    anna.open(stack, "/sites/chaynik/reports/targets", "Targets")
        .await?;
    anna.press("Day by day").await?;
    anna.visitor
        .wait_until("(() => { const box = document.querySelector('.days')?.getBoundingClientRect(); return box && box.top < innerHeight && box.bottom > 0; })()")
        .await?;
    anna.open(stack, "/people/audit", "People").await?;
    // An entry is as wide as the screen, and not a word wide.
    anna.visitor
        .wait_until("document.querySelector('tbody td')?.getBoundingClientRect().width > 200")
        .await?;
    anna.accessible("the audit log on a phone").await?;
    anna.open(stack, "/account", "Your account").await?;
    anna.reads("Chrome ").await?;
    assert_eq!(
        anna.value_of("document.querySelector('main').innerText.includes('Mozilla')")
            .await?,
        json!(false)
    );
    anna.visitor
        .devtools("Emulation.clearDeviceMetricsOverride", json!({}))
        .await?;
    Ok(())
}

/// Two who changed the same tag choose between what differs, in the words of the form.
async fn a_clash_without_json(stack: &Stack, anna: &Marketer) -> Result<()> {
    let edit = "/sites/chaynik/tags/edit/Lead";
    anna.open(stack, edit, "Tags").await?;
    anna.reads("Name of the event").await?;
    // Another window of hers saves meanwhile.
    anna.visitor
        .run(
            "window.saved = null; (async () => {
               const draft = await (await fetch('/api/v1/sites/chaynik/draft')).json();
               const me = await (await fetch('/api/v1/session')).json();
               const source = draft.source.replaceAll('novaya_zayavka', 'request');
               const answer = await fetch('/api/v1/sites/chaynik/draft', { method: 'PUT', headers: { 'content-type': 'application/json', 'x-weir-csrf': me.csrf }, body: JSON.stringify({ source, revision: draft.revision }) });
               window.saved = answer.status;
             })()",
        )
        .await?;
    anna.visitor.wait_until("window.saved !== null").await?;
    assert_eq!(anna.value_of("window.saved").await?, json!(200));
    anna.fill_labelled("Name of the event", "order").await?;
    anna.reads("Two of you changed the same thing").await?;
    assert_eq!(
        anna.value_of("[...document.querySelectorAll('dialog fieldset:first-of-type dl')].map((one) => one.innerText.replaceAll('\\n', ': '))").await?,
        json!(["Name of the event: order", "Name of the event: request"])
    );
    anna.accessible("a clash").await?;
    anna.press("Keep this").await?;
    anna.saved().await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_stranger_stumbled_one_goes_on() -> Result<()> {
    let stack = Stack::start_empty().await?;
    let browsers = Browsers::chromium();
    let anna = Marketer::new(&browsers).await?;
    anna.visitor.open(&stack.url("/")).await?;
    a_site_of_a_cyrillic_domain(&anna).await.context("a site")?;
    a_tag_that_is_not_live_yet(&stack, &anna)
        .await
        .context("a tag")?;
    // A visit, so that the site has begun.
    let tag = stack.script_tag("chaynik");
    let visitor = browsers.visitor().await?;
    visitor.open(&page_with_form(&tag).await?).await?;
    visitor.wait_until("window.weir").await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE site = 'chaynik' AND name = 'pageview'",
            1,
        )
        .await?;
    visitor.quit().await?;
    a_target(&stack, &anna).await.context("a target")?;
    reports_at_a_glance(&stack, &anna)
        .await
        .context("reports")?;
    settings_without_json(&stack, &anna)
        .await
        .context("settings")?;
    on_a_phone(&stack, &anna).await.context("a phone")?;
    a_clash_without_json(&stack, &anna).await.context("a clash")
}
