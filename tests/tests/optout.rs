//! The page `/optout` in a browser: who says no there is neither watched nor stored, and can change their mind.

use anyhow::Result;
use serde_json::json;
use weir_tests::{Browsers, Stack, StackOptions};

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_opts_out_by_the_page_and_comes_back() -> Result<()> {
    let stack = Stack::start(StackOptions {
        demo: true,
        arguments: vec!["--no-sample".to_owned()],
        ..StackOptions::default()
    })
    .await?;
    let browsers = Browsers::chromium();
    let visitor = browsers.visitor().await?;
    let page = stack.url("/demo/product/kettle.html");
    let taken = "SELECT count() FROM weir.events WHERE name = 'add_to_cart'";
    let buy = async || -> Result<()> {
        visitor.open(&page).await?;
        visitor.click("#product button.buy").await
    };
    buy().await?;
    stack.wait_for_number(taken, 1).await?;

    visitor.open(&stack.url("/optout?lang=ru")).await?;
    visitor.click("form button").await?;
    visitor
        .wait_until("document.cookie.includes('_weir_optout=1')")
        .await?;
    let kept = visitor.run("return document.cookie").await?;
    assert_eq!(
        kept,
        json!("_weir_optout=1"),
        "the visitor's number is gone"
    );
    buy().await?;
    visitor.leave().await?;

    visitor.open(&stack.url("/optout?lang=en")).await?;
    visitor.click("form button").await?;
    visitor
        .wait_until("!document.cookie.includes('_weir_optout=1')")
        .await?;
    buy().await?;
    // What was bought meanwhile would have come before.
    stack.wait_for_number(taken, 2).await?;
    let visitors = "SELECT uniqExact(visitor_id) FROM weir.events WHERE name = 'add_to_cart'";
    assert_eq!(stack.number(visitors).await?, 2, "as somebody new");
    visitor.quit().await
}
