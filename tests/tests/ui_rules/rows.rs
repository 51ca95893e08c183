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
    rules["variables"]["either"] = json!({ "first": ["{{cookie.a}}", 5] });
    rules["variables"]["place"] = json!({ "lookup": { "colour": "red", "input": "{{page.path}}", "table": { "*.example": "all", "404": 1.5 } } });
    rules["triggers"]["seldom"] = json!({ "pageview": {}, "when": { "any": [{ "page.path": { "equals": "/a" } }], "page.host": { "exists": true } } });
    anna.put_draft("tea", &rules).await?;
    let variable = async |name: &str| -> Result<Value> {
        let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
        Ok(draft["variables"][name].clone())
    };
    let no_json = "document.querySelector('.variable, .trigger') && !document.querySelector('.variable textarea, .trigger textarea')";

    anna.open(stack, "/sites/tea/tags/variables/either", "Tags")
        .await?;
    anna.visitor.wait_until(no_json).await?;
    anna.press("Add a value").await?;
    focus_is_on(anna, "Value 3").await?;
    begin_variable(anna, "{{page.pa").await?;
    by_keyboard(anna, "Row 3 up").await?;
    focus_is_on(anna, "Row 2 up").await?;
    anna.key(Key::ENTER).await?;
    focus_is_on(anna, "Row 1 down").await?;
    by_keyboard(anna, "Remove row 2").await?;
    anna.press("Add a change").await?;
    anna.select("select[aria-label='Change 1']", "replace")
        .await?;
    anna.fill_labelled("What to look for", "a+").await?;
    anna.press("Add a change").await?;
    anna.select("select[aria-label='Change 2']", "upper")
        .await?;
    let fieldset = "[...document.querySelectorAll('fieldset')].find((one) => one.firstElementChild.textContent === 'Then changed')";
    anna.visitor
        .run(&format!(
            "{fieldset}.querySelector('[aria-label=\"Row 2 up\"]').click()"
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
    let written = "[...document.querySelectorAll('[aria-label^=\"Value \"], [aria-label^=\"Becomes \"]')].map((one) => one.value).join()";
    anna.visitor
        .wait_until(&format!("{written} === '*.example,all,404,1.5'"))
        .await
        .context("in the order of the text")?;
    anna.press("Add a row").await?;
    focus_is_on(anna, "Value 3").await?;
    type_text(anna, "leaf.example").await?;
    anna.fill("input[aria-label='Becomes 3']", "tea").await?;
    anna.fill("input[aria-label='Becomes 2']", "2").await?;
    by_keyboard(anna, "Row 3 up").await?;
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
        json!({ "lookup": { "colour": "red", "input": "{{page.host}}", "table": { "*.example": "all", "leaf.example": "tea", "404": 2 } } }),
        "what no field shows stays"
    );

    anna.open(stack, "/sites/tea/tags/triggers/seldom", "Tags")
        .await?;
    anna.visitor.wait_until(no_json).await?;
    anna.press("Add one more").await?;
    anna.press("But not if").await?;
    anna.accessible("a condition with alternatives").await?;
    draft_with(anna, |draft| draft.contains("\"not\"")).await?;
    anna.saved().await?;
    let draft: Value = serde_json::from_str(&anna.draft("tea").await?)?;
    let begin = json!({ "page.path": { "starts_with": "/" } });
    assert_eq!(
        draft["triggers"]["seldom"]["when"],
        json!({ "any": [{ "page.path": { "equals": "/a" } }, begin], "page.host": { "exists": true }, "not": begin })
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
