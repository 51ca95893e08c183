//! An edit of the rules changes what the page collects on its next load, with nothing else touched.

use anyhow::Result;
use weir_tests::process::POLL;
use weir_tests::{Browsers, Stack, StackOptions};

#[tokio::test(flavor = "multi_thread")]
async fn saving_the_container_changes_what_the_page_collects() -> Result<()> {
    let stack = Stack::start(StackOptions {
        demo: true,
        arguments: vec!["--no-sample".to_owned()],
        ..StackOptions::default()
    })
    .await?;
    let browsers = Browsers::chromium();
    let visitor = browsers.visitor().await?;
    let product = stack.url("/demo/product/kettle.html");
    visitor.open(&product).await?;
    visitor.click("#product button.buy").await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE name = 'add_to_cart'",
            1,
        )
        .await?;

    let file = stack.data().join("containers/shop.json");
    let text = std::fs::read_to_string(&file)?;
    let edited = text.replace("\"add_to_cart\"", "\"kettle_taken\"");
    assert_ne!(text, edited, "the demo's container sends add_to_cart");
    let before = stack.get("/t/shop.js").await?.1;
    std::fs::write(&file, edited)?;
    for _ in 0..400 {
        if stack.get("/t/shop.js").await?.1 != before {
            break;
        }
        tokio::time::sleep(POLL).await;
    }
    visitor.open(&product).await?;
    visitor.click("#product button.buy").await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE name = 'kettle_taken'",
            1,
        )
        .await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE name = 'add_to_cart'",
            1,
        )
        .await?;
    stack
        .wait_for_number(
            "SELECT uniqExact(container_version) FROM weir.events WHERE name IN ('add_to_cart', 'kettle_taken')",
            2,
        )
        .await?;
    let complaints = visitor.console().await?;
    assert!(
        complaints.is_empty(),
        "the page's console is clean: {complaints:?}"
    );
    visitor.quit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cyrillic_path_is_compared_and_stored_as_people_write_it() -> Result<()> {
    let stack = Stack::start(StackOptions {
        demo: true,
        containers: vec![(
            "tea.json".to_owned(),
            r#"{ "weir": 1, "site": { "id": "tea" },
                 "triggers": { "a tea": { "pageview": {}, "when": { "page.path": { "starts_with": "/demo/app/чай/" } } } },
                 "tags": [ { "name": "Tea", "on": ["a tea"], "event": "tea_page", "with": { "item": "{{page.path}}" } } ] }"#
                .to_owned(),
        )],
        arguments: vec!["--no-sample".to_owned()],
        ..StackOptions::default()
    })
    .await?;
    let browsers = Browsers::chromium();
    let visitor = browsers.visitor().await?;
    // The page carries the shop's tag; a second site's tag beside it counts for itself.
    visitor.open(&stack.url("/demo/app/чай/зелёный")).await?;
    visitor
        .run("const tag = document.createElement('script'); tag.src = '/t/tea.js'; document.head.append(tag)")
        .await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE site = 'tea' AND name = 'tea_page' \
             AND page_path = '/demo/app/чай/зелёный' AND item = page_path",
            1,
        )
        .await?;
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE site = 'shop' AND name = 'pageview' \
             AND page_path = '/demo/app/чай/зелёный'",
            1,
        )
        .await?;
    visitor.quit().await
}
