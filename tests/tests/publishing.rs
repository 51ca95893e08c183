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
    let browsers = Browsers::start()?;
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
    visitor.leave().await
}
