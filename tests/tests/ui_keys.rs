//! The web application in real Chromium by keys alone: no click, and no script that puts the focus somewhere.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use weir_tests::Stack;
use weir_tests::keyboard::Key;
use weir_tests::marketer::{Marketer, PASSWORD};

/// From the page that signs in to a tag that is live. Whatever opens and closes on the way, the focus is somewhere.
pub(crate) async fn from_signing_in_to_a_tag_that_is_live(
    stack: &Stack,
    boris: &Marketer,
) -> Result<()> {
    boris.visitor.open(&stack.url("/")).await?;
    boris.reads("Sign in").await?;
    boris.reach(Key::TAB, "E-mail address").await?;
    boris.type_over("anna@example.com").await?;
    boris.reach(Key::TAB, "Password").await?;
    boris.type_over(PASSWORD).await?;
    boris.key(Key::ENTER).await?;
    boris.reads("What next").await?;
    boris.is_somewhere().await?;

    boris.reach(Key::BACK_TAB, "Tags").await?;
    boris.key(Key::ENTER).await?;
    boris.reads("A tag says").await?;
    boris.reach(Key::TAB, "New tag").await?;
    boris.key(Key::ENTER).await?;
    boris.reads("What do you want to notice?").await?;
    boris.is_somewhere().await?;
    boris.reach(Key::TAB, "A page is visited").await?;
    boris.key(Key::ENTER).await?;
    boris.reads("In words").await?;
    boris.is_somewhere().await?;
    boris.reach(Key::TAB, "Name of the tag").await?;
    boris.type_over("By keys").await?;
    a_choice_is_made_and_a_condition_taken_back(boris).await?;
    a_problem_is_read_and_followed(boris).await?;
    boris.type_over("by_keys").await?;
    boris.saved().await?;
    let draft: Value = serde_json::from_str(&boris.draft("tea").await?)?;
    let tags = draft["tags"].as_array().context("tags")?;
    let tag = tags.iter().find(|tag| tag["name"] == "By keys");
    let tag = tag.context("the tag")?;
    let trigger = tag["on"][0].as_str().context("a trigger")?;
    assert_eq!(
        (&tag["event"], &draft["triggers"][trigger]["when"]),
        (
            &json!("by_keys"),
            &json!({ "page.path": { "not_starts_with": "/keys" } })
        )
    );

    boris.reach(Key::BACK_TAB, "Publish…").await?;
    boris.key(Key::ENTER).await?;
    boris.reads("What is new since release").await?;
    boris.reach(Key::TAB, "Publish release").await?;
    boris.key(Key::ENTER).await?;
    boris.reads("Nothing has changed since release").await?;
    boris.is_somewhere().await?;
    ensure!(stack.get("/t/tea.js").await?.1.contains("\"version\":5,"));
    boris.reach(Key::TAB, "Back to this one").await?;
    let opener = "document.activeElement?.textContent.startsWith('Back to this one')";
    boris.key(Key::ENTER).await?;
    boris
        .visitor
        .wait_until("document.activeElement.matches('dialog[open] *')")
        .await?;
    boris.key(Key::ESCAPE).await?;
    boris
        .visitor
        .wait_until(&format!("!document.querySelector('dialog') && {opener}"))
        .await
}

/// Arrows choose; a row that takes itself away leaves the focus where it was.
async fn a_choice_is_made_and_a_condition_taken_back(boris: &Marketer) -> Result<()> {
    boris.reach(Key::TAB, "is").await?;
    boris.key(Key::DOWN).await?;
    boris
        .visitor
        .wait_until("document.activeElement.value === 'not_starts_with'")
        .await?;
    boris.reach(Key::TAB, "Value").await?;
    boris.type_over("/keys").await?;
    boris.reach(Key::TAB, "+ Add a condition").await?;
    boris.key(Key::ENTER).await?;
    let rows =
        |count: u32| format!("document.querySelectorAll('.condition > .line').length === {count}");
    boris.visitor.wait_until(&rows(2)).await?;
    boris.reach(Key::BACK_TAB, "Remove this condition").await?;
    boris.key(Key::ENTER).await?;
    boris.visitor.wait_until(&rows(1)).await?;
    boris
        .visitor
        .wait_until("document.activeElement.matches('.condition')")
        .await
}

/// What is wrong is listed in a dialog: Escape leads back to what opened it, and its link to the field.
async fn a_problem_is_read_and_followed(boris: &Marketer) -> Result<()> {
    boris.reach(Key::TAB, "Name of the event").await?;
    boris.type_over("Keys!").await?;
    let problems = "document.querySelector('.bar .problems')";
    boris
        .visitor
        .wait_until(&format!("{problems}?.classList.contains('danger')"))
        .await?;
    let told = boris
        .value_of(&format!("{problems}.textContent.trim()"))
        .await?;
    let told = told.as_str().unwrap_or_default();
    let is_open = "document.activeElement.matches('dialog[open] h2')";
    boris.reach(Key::BACK_TAB, told).await?;
    boris.key(Key::ENTER).await?;
    boris.visitor.wait_until(is_open).await?;
    boris.key(Key::ESCAPE).await?;
    boris
        .visitor
        .wait_until(&format!(
            "!document.querySelector('dialog') && document.activeElement === {problems}"
        ))
        .await?;
    boris.key(Key::ENTER).await?;
    boris.visitor.wait_until(is_open).await?;
    boris
        .reach(Key::TAB, "Tag “By keys”, field “Name of the event”")
        .await?;
    boris.key(Key::ENTER).await?;
    boris
        .visitor
        .wait_until("!document.querySelector('dialog') && document.activeElement.value === 'Keys!'")
        .await
}
