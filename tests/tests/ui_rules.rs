//! Rules in real Chromium: a container is carried in and out, written as JSON and by recipes of the cookbook, tried on a page, published
//! with five hundred tags; and whatever things are called, their names are text.

mod rows;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use weir_tests::keyboard::Key;
use weir_tests::marketer::{Marketer, page_with_form};
use weir_tests::{Browsers, Stack};

/// What a page that is careless with text would run or show as a picture.
fn hostile(what: &str) -> String {
    format!("{what} <script>alert(1)</script> \"'😀 <img src=x onerror=window.hacked=1>")
}

/// Rules of another site, all of whose names want to be code.
fn container() -> Value {
    json!({
        "weir": 1,
        "site": { "id": "other", "domains": ["tea.example"] },
        "variables": { hostile("Colour"): { "constant": "green" } },
        "triggers": { hostile("Sent"): { "form": { "selector": "#lead" } } },
        "tags": [
            { "name": hostile("Lead"), "on": [hostile("Sent")], "event": "lead",
              "with": { "item": format!("{{{{{}}}}}", hostile("Colour")) }, "labels": [hostile("Label")] },
            { "name": "Resting", "on": [hostile("Sent")], "event": "resting", "paused": true, "labels": ["seldom"] },
        ],
        "goals": { "lead": { "title": hostile("Goal"), "event": "lead" } },
        "funnels": { "way": { "title": hostile("Way"), "within": "1 day", "steps": [
            { "name": hostile("Step"), "event": "pageview" }, { "name": "Sent", "event": "lead" } ] } },
        "kpis": [{ "name": hostile("Target"), "metric": "leads", "goal": "lead", "to": 10, "by": "2099-12-31" }],
    })
}

/// Types where the cursor is.
async fn type_text(anna: &Marketer, text: &str) -> Result<()> {
    anna.visitor
        .devtools("Input.insertText", json!({ "text": text }))
        .await?;
    Ok(())
}

/// The editor that is in the page, and what it lists.
const EDITOR: &str = "document.querySelector('.host')?.shadowRoot";

/// The JSON editor with the cursor before something.
async fn json_at(stack: &Stack, anna: &Marketer, place: &str) -> Result<()> {
    let address =
        reqwest::Url::parse_with_params(&stack.url("/sites/tea/tags/json"), [("at", place)])?;
    anna.visitor.open(address.as_str()).await?;
    anna.visitor
        .wait_until(&format!(
            "{EDITOR}?.activeElement?.matches('.cm-content') && {EDITOR}.querySelector('.cm-activeLine')"
        ))
        .await
}

/// The text is put into the place of all that the editor has.
async fn replace_all(anna: &Marketer, text: &str) -> Result<()> {
    anna.key(Key::ALL).await?;
    // Chromium itself styles what is typed over several lines, which the page's policy refuses and its console tells.
    anna.key(Key::BACKSPACE).await?;
    type_text(anna, text).await
}

/// The editor offers this.
async fn offers(anna: &Marketer, name: &str) -> Result<()> {
    let listed = format!(
        "[...({EDITOR}?.querySelectorAll('.cm-tooltip-autocomplete li') ?? [])].some((one) => one.textContent.includes({}))",
        Value::from(name)
    );
    anna.visitor
        .wait_until(&listed)
        .await
        .with_context(|| format!("{name} is offered"))
}

/// The draft, once it is so.
pub(crate) async fn draft_with(anna: &Marketer, is_so: impl Fn(&str) -> bool) -> Result<String> {
    for _ in 0..400 {
        let draft = anna.draft("tea").await?;
        if is_so(&draft) {
            return Ok(draft);
        }
        tokio::time::sleep(weir_tests::process::POLL).await;
    }
    anyhow::bail!("the draft is {}", anna.draft("tea").await?)
}

/// A broken file changes nothing and says where it is broken; a good one is the draft, and the draft is what is downloaded.
async fn in_and_out(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/tea/publish", "Publish").await?;
    let before = anna.draft("tea").await?;
    anna.choose_file(
        "broken.json",
        "{\n  \"weir\": 1\n  \"site\": { \"id\": \"tea\" }\n}",
    )
    .await?;
    anna.reads("“broken.json” was not imported, and the draft is as it was.")
        .await?;
    anna.reads("line 2, column 12: a comma is missing here")
        .await?;
    anna.accessible("a file that is broken").await?;
    anna.choose_file("list.json", "[1, 2]").await?;
    anna.reads("“list.json” was not imported").await?;
    assert_eq!(anna.draft("tea").await?, before);

    let file = serde_json::to_string_pretty(&container())?;
    anna.choose_file("other.json", &file).await?;
    anna.reads("The draft is what the file of other says, under the name of this site, tea")
        .await?;
    anna.press("Undo").await?;
    draft_with(anna, |draft| draft == before).await?;
    anna.choose_file("other.json", &file).await?;
    let here = file.replace("\"other\"", "\"tea\"");
    draft_with(anna, |draft| draft == here)
        .await
        .context("what the file says, letter by letter")?;
    anna.visitor
        .run(
            "const made = URL.createObjectURL;
             URL.createObjectURL = (file) => { file.text().then((text) => { window.file = text; }); return made.call(URL, file); };
             HTMLAnchorElement.prototype.click = function () { window.fileName = this.download; }",
        )
        .await?;
    // What was just said stands where the button is.
    anna.visitor
        .run(
            "for (const one of document.querySelectorAll('.toast [aria-label=Close]')) one.click()",
        )
        .await?;
    anna.press("Download the container").await?;
    anna.visitor.wait_until("window.file").await?;
    assert_eq!(
        anna.value_of("[window.fileName, window.file]").await?,
        json!(["tea.json", here])
    );
    Ok(())
}

/// Wherever things are named.
async fn names_are_text(stack: &Stack, anna: &Marketer) -> Result<()> {
    // The page that tells what is new.
    for what in ["Lead", "Sent", "Colour", "Goal", "Way", "Target"] {
        anna.reads(&hostile(what)).await.context(what.to_owned())?;
    }
    anna.unharmed().await?;
    anna.fill("input[name=note]", &hostile("Why")).await?;
    anna.press("Publish release 2").await?;
    anna.reads("Nothing has changed since release 2").await?;
    anna.reads(&hostile("Why")).await?;

    stack
        .wait_for_number("SELECT count() FROM weir.funnel_tea_way", 2)
        .await?;
    let edit = reqwest::Url::parse(&stack.url("/sites/tea/tags/edit/"))?;
    let edit = edit.join(&hostile("Lead").replace('<', "%3C").replace('/', "%2F"))?;
    for (path, heading, names) in [
        ("/sites/tea/tags", "Tags", &["Lead", "Label"][..]),
        (edit.path(), "Tags", &["Lead", "Sent", "Goal"]),
        ("/sites/tea/tags/triggers", "Tags", &["Sent"]),
        ("/sites/tea/tags/variables", "Tags", &["Colour"]),
        ("/sites/tea/reports/funnels", "Funnels", &["Way", "Step"]),
        ("/sites/tea/reports/funnels/way/edit", "", &["Way", "Step"]),
        ("/sites/tea/reports/targets", "Targets", &["Target"]),
        ("/sites/tea", "tea", &["Way", "Step"]),
        ("/sites/tea/reports", "Overview", &["Target"]),
        ("/people/audit", "People", &["Why"]),
    ] {
        anna.open(stack, path, heading).await?;
        for name in names {
            let there = format!(
                "document.body.innerText.includes({name}) || [...document.querySelectorAll('input, option')].some((one) => (one.matches('option') ? one.textContent : one.value).includes({name}))",
                name = Value::from(hostile(name))
            );
            anna.visitor
                .wait_until(&there)
                .await
                .with_context(|| format!("{name} at {path}"))?;
        }
        anna.settled().await?;
        anna.unharmed().await.with_context(|| path.to_owned())?;
    }
    Ok(())
}

/// The form and the JSON are one document: what the form has no field for stays as it is written, and so does what is no JSON yet.
async fn form_and_json(stack: &Stack, anna: &Marketer) -> Result<()> {
    let whole = anna.draft("tea").await?;
    json_at(stack, anna, "tags[0]").await?;
    anna.key(Key::RIGHT).await?;
    type_text(anna, " \"colour\":   \"red\",").await?;
    draft_with(anna, |draft| draft.contains("\"colour\":   \"red\",")).await?;
    anna.press("Form").await?;
    anna.reads("Also in this tag, kept as it is").await?;
    anna.fill_labelled("colour", "\"blu").await?;
    anna.reads("This is no JSON at the moment").await?;
    anna.accessible("a value that is no JSON").await?;
    anna.fill_labelled("colour", "\"blue\"").await?;
    anna.reads("Keys allowed here").await?;
    ensure!(
        anna.value_of("document.body.innerText.split('Keys allowed here').length")
            .await?
            == json!(2),
        "a problem stands beside its field alone"
    );
    anna.fill("details textarea", "By the form").await?;
    let both = draft_with(anna, |draft| draft.contains("By the form")).await?;
    ensure!(both.contains("\"colour\":   \"blue\","), "{both}");

    anna.press("JSON").await?;
    anna.visitor
        .wait_until(&format!("{EDITOR}?.activeElement?.matches('.cm-content')"))
        .await?;
    // A word is begun, and the schema ends it.
    json_at(stack, anna, "tags[0]").await?;
    anna.key(Key::RIGHT).await?;
    for letter in ["\"", "p", "r", "i", "o"] {
        type_text(anna, letter).await?;
    }
    offers(anna, "priority").await?;
    // Nobody is so quick that the list is not taken for what was meant.
    anna.visitor
        .wait_until("(window.since ??= performance.now()) + 150 < performance.now()")
        .await?;
    anna.key(Key::ENTER).await?;
    type_text(anna, ",").await?;
    draft_with(anna, |draft| draft.contains("{\"priority\": 0, \"colour\"")).await?;
    for (place, steps, name) in [
        ("tags[0].on[0]", 1, hostile("Sent")),
        ("tags[0].with.item", 3, hostile("Colour")),
        ("tags[0].with.item", 3, "page.path".to_owned()),
    ] {
        json_at(stack, anna, place).await?;
        for _ in 0..steps {
            anna.key(Key::RIGHT).await?;
        }
        anna.key(Key::OFFER).await?;
        offers(anna, &name).await?;
    }
    anna.unharmed().await?;

    // What is no JSON is kept, and it is said where and why.
    json_at(stack, anna, "tags[0]").await?;
    anna.key(Key::RIGHT).await?;
    type_text(anna, " \"size\" 5,").await?;
    anna.reads("This is no JSON at the moment").await?;
    draft_with(anna, |draft| draft.contains("\"size\" 5,")).await?;
    anna.press("1 problem").await?;
    let line = whole
        .lines()
        .position(|line| line.contains("\"tags\""))
        .context("tags")?;
    anna.reads(&format!("line {}, column", line + 2)).await?;
    anna.reads("a colon is missing after the key").await?;
    anna.accessible("a draft that is no JSON").await?;
    anna.visitor.click("dialog .close").await?;
    anna.open(stack, "/sites/tea/tags", "Tags").await?;
    anna.reads("so there is no form to show").await?;
    ensure!(anna.draft("tea").await?.contains("\"size\" 5,"));
    anna.visitor
        .wait_until(&format!("{EDITOR}?.querySelector('.cm-content')"))
        .await?;

    // A recipe that is pasted over all of it is of another site; the page says so instead of making it live.
    let recipe: Value = serde_json::from_str(include_str!(
        "../../rules/examples/cookbook/27-campaign-until.json"
    ))?;
    anna.visitor
        .run(&format!("{EDITOR}.querySelector('.cm-content').focus()"))
        .await?;
    let pasted = recipe.to_string();
    replace_all(anna, &pasted).await?;
    draft_with(anna, |draft| draft == pasted).await?;
    anna.press("Publish…").await?;
    anna.press("Publish release 3").await?;
    anna.reads("the container of the site tea names the site shop")
        .await?;
    anna.reads("the old id back").await?;
    anna.accessible("rules of another site").await?;
    ensure!(stack.get("/t/tea.js").await?.1.contains("\"version\":2,"));
    json_at(stack, anna, "site").await?;
    replace_all(anna, &serde_json::from_str::<Value>(&whole)?.to_string()).await?;
    draft_with(anna, |draft| draft.contains("\"tea\"")).await?;
    Ok(())
}

/// A recipe brings all it needs, beside what is there; twice, it brings nothing twice.
async fn from_the_cookbook(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/sites/tea/tags", "Tags").await?;
    anna.press("New tag").await?;
    anna.reads("From the cookbook").await?;
    for name in ["Phone click", "Phone click 2"] {
        anna.open(stack, "/sites/tea/tags/new", "Tags").await?;
        anna.fill("input[aria-label='Find a recipe']", "tap our phone")
            .await?;
        anna.visitor
            .click("button[aria-label='Use: How many people tap our phone number, and where?']")
            .await?;
        anna.reads(&format!("Added from the cookbook: {name}."))
            .await?;
        anna.reads("In words").await?;
        anna.saved().await?;
    }
    let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    let count = |kind: &str| draft[kind].as_object().map(serde_json::Map::len);
    assert_eq!(
        (count("variables"), count("triggers"), count("goals")),
        (Some(3), Some(2), Some(1))
    );
    assert_eq!(draft["tags"][2]["with"]["number"], "{{number}}");
    assert_eq!(draft["automatic"]["contact_click"], json!(false));
    assert_eq!(draft["site"]["id"], "tea");
    assert_eq!(draft["tags"].as_array().map(Vec::len), Some(4));
    Ok(())
}

/// The draft is opened on a page of the site; what happens there is told here, by names that are text in both places.
async fn tried_on_a_page(stack: &Stack, anna: &Marketer, browsers: &Browsers) -> Result<()> {
    let tag = stack.script_tag("tea");
    let page = page_with_form(&tag).await?;
    anna.open(stack, "/sites/tea/publish", "Publish").await?;
    anna.press("Look at it on your site").await?;
    anna.reads("What happens on the page").await?;
    anna.fill("input[type=url]", &page).await?;
    let visitor = anna.previews(browsers).await?;
    visitor.click("#lead button").await?;
    let fired = format!(
        "[...document.querySelectorAll('.pill.good')].some((one) => one.textContent.includes({}))",
        Value::from(hostile("Lead"))
    );
    anna.visitor.wait_until(&fired).await?;
    anna.visitor
        .run("for (const one of document.querySelectorAll('details')) one.open = true")
        .await?;
    anna.reads(&hostile("Sent")).await?;
    anna.unharmed().await?;
    anna.accessible("what happens in a preview").await?;
    assert_eq!(
        visitor.run("return window.hacked ?? null").await?,
        Value::Null
    );
    visitor.quit().await?;
    anna.press("End all previews").await?;
    anna.reads("link was taken back").await
}

/// Somebody sends the form; the names arrive with the event.
async fn a_lead_arrives(stack: &Stack, anna: &Marketer, browsers: &Browsers) -> Result<()> {
    let tag = stack.script_tag("tea");
    let visitor = browsers.visitor().await?;
    visitor.open(&page_with_form(&tag).await?).await?;
    visitor.wait_until("window.weir").await?;
    visitor.click("#lead button").await?;
    stack
        .wait_for_number("SELECT count() FROM weir.events WHERE name = 'lead'", 1)
        .await?;
    visitor.quit().await?;
    anna.open(stack, "/sites/tea/live?q=lead", "Live").await?;
    anna.visitor.click("button.event").await?;
    for what in ["Lead", "Sent"] {
        anna.reads(&hostile(what)).await?;
    }
    anna.open(stack, "/sites/tea/reports/funnels/way", "Funnels")
        .await?;
    anna.settled().await?;
    anna.reads("1 reached").await?;
    anna.reads(&hostile("Step")).await?;
    anna.open(stack, "/sites/tea/reports/sources", "Sources")
        .await?;
    anna.settled().await?;
    anna.unharmed().await?;
    anna.open(stack, "/sites/tea/simulate/history?period=today", "Try it")
        .await?;
    anna.reads(&hostile("Lead")).await?;
    anna.unharmed().await
}

/// Five hundred tags come in a file and go live from here; among them one finds one's way.
async fn five_hundred(stack: &Stack, anna: &Marketer) -> Result<()> {
    anna.open(stack, "/new-site", "Add a site").await?;
    anna.fill("input[name=domains]", "big.example").await?;
    anna.press("Add the site").await?;
    anna.reads("Waiting for the first event").await?;
    let tags = (0..500).map(|no| {
        let mut tag = json!({ "name": format!("Tag {no}"), "on": [format!("button {no}")], "event": format!("click_{no}"), "labels": [format!("block {}", no % 5)] });
        match no % 100 {
            7 => tag["paused"] = json!(true),
            8 => tag["until"] = json!("2020-12-31"),
            9 => tag["from"] = json!("2099-01-01"),
            _ => {}
        }
        tag
    });
    let triggers = (0..500).map(|no| {
        let trigger = json!({ "click": { "selector": format!("#button{no}") } });
        (format!("button {no}"), trigger)
    });
    let container = json!({ "weir": 1, "site": { "id": "big", "domains": ["big.example"] },
        "triggers": triggers.collect::<serde_json::Map<_, _>>(), "tags": tags.collect::<Vec<_>>() });
    anna.open(stack, "/sites/big/publish", "Publish").await?;
    anna.choose_file("big.json", &container.to_string()).await?;
    anna.saved().await?;
    anna.press("Publish release 2").await?;
    anna.reads("Nothing has changed since release 2").await?;
    let script = stack.get("/t/big.js").await?.1;
    ensure!(script.contains("\"version\":2,"), "{script:.200}");

    anna.open(stack, "/sites/big/tags", "Tags").await?;
    let shown =
        |count: u32| format!("document.querySelectorAll('ul.list > li').length === {count}");
    anna.visitor.wait_until(&shown(500)).await?;
    anna.accessible("five hundred tags").await?;
    anna.press("block 3").await?;
    anna.visitor.wait_until(&shown(100)).await?;
    anna.select("select[aria-label=Status]", "over").await?;
    anna.visitor.wait_until(&shown(5)).await?;
    // Whoever gets the link sees the same.
    let address = anna.value_of("location.href").await?;
    anna.visitor
        .open(address.as_str().context("an address")?)
        .await?;
    anna.visitor.wait_until(&shown(5)).await?;
    anna.fill("input[type=search]", "tag 108").await?;
    anna.visitor.wait_until(&shown(1)).await?;
    anna.fill("input[type=search]", "tag 107").await?;
    anna.reads("No tag fits").await?;
    anna.press("Show all").await?;
    anna.visitor.wait_until(&shown(500)).await?;
    for (status, count) in [("paused", 5), ("later", 5), ("active", 485)] {
        anna.select("select[aria-label=Status]", status).await?;
        anna.visitor
            .wait_until(&shown(count))
            .await
            .context(status)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_carried_in_and_out_and_their_names_are_text() -> Result<()> {
    let stack = Stack::start_empty().await?;
    let browsers = Browsers::chromium();
    let anna = Marketer::new(&browsers).await?;
    anna.visitor.open(&stack.url("/")).await?;
    anna.set_up().await?;
    anna.add_site("https://www.tea.example/").await?;
    in_and_out(&stack, &anna).await.context("in and out")?;
    names_are_text(&stack, &anna).await.context("names")?;
    form_and_json(&stack, &anna).await.context("JSON")?;
    rows::rows_and_variables(&stack, &anna)
        .await
        .context("rows")?;
    from_the_cookbook(&stack, &anna).await.context("cookbook")?;
    tried_on_a_page(&stack, &anna, &browsers)
        .await
        .context("a preview")?;
    a_lead_arrives(&stack, &anna, &browsers)
        .await
        .context("a lead")?;
    five_hundred(&stack, &anna).await.context("five hundred")
}
