//! Parts of variables and conditions as rows, and variables that are offered wherever they may be written.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use weir_tests::Stack;
use weir_tests::keyboard::Key;
use weir_tests::marketer::Marketer;

use super::{draft_with, type_text};

/// Presses the button of this name by the keyboard, from where the focus is afterwards again.
async fn by_keyboard(anna: &Marketer, name: &str) -> Result<()> {
    let focused = format!(
        "(() => {{ const one = document.querySelector(`button[aria-label=\"${{{}}}\"]`); one?.focus(); return one && document.activeElement === one; }})()",
        Value::from(name)
    );
    anna.visitor.wait_until(&focused).await?;
    anna.key(Key::ENTER).await
}

/// What has the focus is called so.
async fn focus_is_on(anna: &Marketer, name: &str) -> Result<()> {
    let there = format!(
        "document.activeElement?.getAttribute('aria-label') === {}",
        Value::from(name)
    );
    anna.visitor
        .wait_until(&there)
        .await
        .with_context(|| format!("the focus is on {name}"))
}

/// Writes the beginning of a variable where the focus is, and takes the first that is offered.
async fn begin_variable(anna: &Marketer, begun: &str) -> Result<()> {
    type_text(anna, begun).await?;
    anna.visitor
        .wait_until("document.querySelector('[role=listbox] [role=option][aria-selected=true]')")
        .await?;
    anna.key(Key::ENTER).await
}

/// What a variable is made of are rows, and no JSON; variables are offered wherever they may be written.
pub(super) async fn rows_and_variables(stack: &Stack, anna: &Marketer) -> Result<()> {
    let before: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    let mut rules = before.clone();
    rules["variables"]["either"] = json!({ "first": ["{{cookie.a}}", 5, "gone"], "then": { "replace": { "pattern": "a", "with": "" } } });
    rules["variables"]["place"] = json!({ "lookup": { "colour": "red", "input": "{{page.path}}", "table": { "*.example": "all", "404": 1.5 } } });
    rules["triggers"]["seldom"] = json!({ "pageview": {}, "when": { "any": [{ "page.path": { "equals": "/a" } }, { "page.path": { "equals": "/b" } }], "page.host": { "exists": false }, "page.title": { "contains": "Tea", "ignore_case": true } } });
    rules["variables"]["address"] =
        json!({ "constant": 1.5, "then": { "round": 2, "colour": "red" } });
    anna.put_draft("tea", &rules).await?;
    let variable = async |name: &str| -> Result<Value> {
        let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
        Ok(draft["variables"][name].clone())
    };
    let no_json = "document.querySelector('.variable, .trigger') && !document.querySelector('.variable textarea, .trigger textarea')";

    anna.open(stack, "/sites/tea/tags/variables/either", "Tags")
        .await?;
    anna.visitor.wait_until(no_json).await?;
    // The last of a list whose end stands in the same line.
    by_keyboard(anna, "Remove row 3").await?;
    focus_is_on(anna, "Remove row 2").await?;
    anna.press("Add a value").await?;
    focus_is_on(anna, "Value 3").await?;
    begin_variable(anna, "{{page.pa").await?;
    by_keyboard(anna, "Move row 3 up").await?;
    focus_is_on(anna, "Move row 2 up").await?;
    anna.key(Key::ENTER).await?;
    focus_is_on(anna, "Move row 1 down").await?;
    by_keyboard(anna, "Remove row 2").await?;
    // One change stands without a list around it, until there are two.
    anna.fill_labelled("What to look for", "a+").await?;
    anna.press("Add a change").await?;
    anna.select("select[aria-label='Change 2']", "upper")
        .await?;
    let fieldset = "[...document.querySelectorAll('fieldset')].find((one) => one.firstElementChild.textContent === 'Then changed')";
    anna.visitor
        .run(&format!(
            "{fieldset}.querySelector('[aria-label=\"Move row 2 up\"]').click()"
        ))
        .await?;
    anna.accessible("rows of a variable").await?;
    draft_with(anna, |draft| {
        draft.contains("upper") && draft.contains("a+")
    })
    .await?;
    anna.saved().await?;
    assert_eq!(
        variable("either").await?,
        json!({ "first": ["{{page.path}}", 5], "then": ["upper", { "replace": { "pattern": "a+", "with": "" } }] })
    );

    anna.open(stack, "/sites/tea/tags/variables/place", "Tags")
        .await?;
    let written = "[...document.querySelectorAll('[aria-label^=\"If the value is \"], [aria-label^=\"Becomes \"]')].map((one) => one.value).join()";
    anna.visitor
        .wait_until(&format!("{written} === '*.example,all,404,1.5'"))
        .await
        .context("in the order of the text")?;
    anna.press("Add a row").await?;
    focus_is_on(anna, "If the value is 3").await?;
    type_text(anna, "leaf.example").await?;
    anna.fill("input[aria-label='Becomes 3']", "tea").await?;
    anna.fill("input[aria-label='Becomes 2']", "2").await?;
    by_keyboard(anna, "Move row 3 up").await?;
    anna.press("Add a change").await?;
    anna.select("select[aria-label='Change 1']", "hash").await?;
    anna.fill_labelled("What to look up", "{{page.ho").await?;
    anna.visitor
        .wait_until("document.querySelector('[role=option][aria-selected=true]')?.textContent.includes('page.host')")
        .await?;
    anna.accessible("variables that are offered").await?;
    anna.key(Key::ENTER).await?;
    let draft = draft_with(anna, |draft| {
        draft.contains("\"leaf.example\"") && draft.contains("\"{{page.host}}\"")
    })
    .await?;
    anna.saved().await?;
    let table: Vec<_> = ["*.example", "leaf.example", "404"]
        .iter()
        .map(|key| draft.find(&format!("\"{key}\"")))
        .collect();
    ensure!(table.is_sorted() && table[0].is_some(), "{draft}");
    assert_eq!(
        variable("place").await?,
        json!({ "lookup": { "colour": "red", "input": "{{page.host}}", "table": { "*.example": "all", "leaf.example": "tea", "404": 2 } }, "then": ["hash"] }),
        "what no field shows stays"
    );

    anna.open(stack, "/sites/tea/tags/variables/address", "Tags")
        .await?;
    let wrong = "This value cannot be written so";
    anna.reads(wrong).await?;
    ensure!(
        anna.value_of(&format!("document.body.innerText.split('{wrong}').length"))
            .await?
            == json!(2),
        "a problem stands beside its field alone"
    );
    anna.visitor
        .run("const field = document.querySelector('.variable > label > input'); field.focus(); field.select()")
        .await?;
    anna.key(Key::BACKSPACE).await?;
    type_text(anna, "20").await?;
    draft_with(anna, |draft| draft.contains("\"constant\": 20,")).await?;
    anna.put("label", "Where the value comes from", "url")
        .await?;
    draft_with(anna, |draft| draft.contains("\"url\": \"url\"")).await?;
    anna.put("label", "Which part of it", "host").await?;
    draft_with(anna, |draft| draft.contains("\"host\"")).await?;
    anna.put("label", "Which part of it", "url").await?;
    draft_with(anna, |draft| !draft.contains("\"host\"")).await?;
    anna.saved().await?;
    assert_eq!(variable("address").await?["url"], json!("url"));

    anna.open(stack, "/sites/tea/tags/triggers/seldom", "Tags")
        .await?;
    anna.visitor.wait_until(no_json).await?;
    let operators = "[...document.querySelectorAll('.condition > .line select')].map((one) => one.value).join()";
    anna.visitor
        .wait_until(&format!("{operators} === 'not_exists,contains'"))
        .await
        .context("what is asked to be false is shown as its opposite")?;
    anna.press("Add one more").await?;
    by_keyboard(anna, "Remove row 1").await?;
    focus_is_on(anna, "Remove row 1").await?;
    anna.press("But not if").await?;
    // Small and capital letters stay the same where the row is about another variable.
    anna.visitor
        .run("[...document.querySelectorAll('.condition > .line input')].find((one) => one.value === 'page.title').dataset.title = ''")
        .await?;
    anna.fill("[data-title]", "page.host").await?;
    anna.key(Key::TAB).await?;
    anna.accessible("a condition with alternatives").await?;
    draft_with(anna, |draft| {
        draft.contains("\"not\"") && !draft.contains("\"page.title\"")
    })
    .await?;
    anna.saved().await?;
    let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    let begin = json!({ "page.path": { "starts_with": "/" } });
    assert_eq!(
        draft["triggers"]["seldom"]["when"],
        json!({ "any": [{ "page.path": { "equals": "/b" } }, begin], "page.host": { "exists": false, "contains": "Tea", "ignore_case": true }, "not": begin })
    );

    anna.open(stack, "/sites/tea/tags/edit/Resting", "Tags")
        .await?;
    anna.put("label", "What it does", "pixel").await?;
    anna.fill_labelled("Address of the pixel", "https://ads.example/?p=")
        .await?;
    begin_variable(anna, "{{title").await?;
    draft_with(anna, |draft| {
        draft.contains("\"https://ads.example/?p={{page.title}}\"")
    })
    .await?;
    anna.saved().await?;
    anna.put_draft("tea", &before).await
}
