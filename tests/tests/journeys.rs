//! Twenty visitors with known journeys through the demo shop, in real Chromium: the views say exactly what they did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::sync::RwLock;
use weir_tests::journey::{Act, Expected, act, go_home, totals, walk};
use weir_tests::{Browsers, Stack, StackOptions, Visitor};

use Act::{Buy, Checkout, Contact, Look, Open, Order, Promo, Quiz};

const LANDING: Act = Open("/demo/");
const SAMOVAR: Act = Open("/demo/product/samovar.html");
const KETTLE: Act = Open("/demo/product/kettle.html");
const CART: Act = Open("/demo/cart.html");

/// What the twenty do. The tenth and the twentieth go the whole way.
const JOURNEYS: [&[Act]; 20] = [
    &[LANDING],
    &[LANDING, Look("samovar_set")],
    &[LANDING, Look("samovar_set"), Promo("samovar_set")],
    &[LANDING, Look("tea_quiz"), Promo("tea_quiz")],
    &[LANDING, Look("free_delivery")],
    &[SAMOVAR],
    &[SAMOVAR, Buy],
    &[SAMOVAR, Buy, Checkout],
    &[KETTLE, Buy, KETTLE, Buy, Checkout, Order],
    &[LANDING, SAMOVAR, Buy, Checkout, Order],
    &[Quiz],
    &[Contact],
    &[LANDING, Contact],
    &[Open("/demo/catalog.html")],
    &[Open("/demo/catalog.html"), KETTLE, Buy, Checkout],
    &[Open("/demo/delivery.html"), SAMOVAR],
    &[
        LANDING,
        Look("samovar_set"),
        Look("free_delivery"),
        Promo("free_delivery"),
    ],
    &[Quiz, KETTLE, Buy],
    &[CART, SAMOVAR, Buy, Checkout, Order],
    &[
        LANDING,
        Look("tea_quiz"),
        SAMOVAR,
        KETTLE,
        Buy,
        Checkout,
        Order,
        Contact,
    ],
];

/// Steps of the funnel `checkout` of `rules/examples/shop.json`, retold by hand.
const CHECKOUT: [(&str, &str); 4] = [
    ("pageview", "/demo/product/"),
    ("add_to_cart", ""),
    ("begin_checkout", ""),
    ("purchase", ""),
];

async fn shop() -> Result<Stack> {
    Stack::start(StackOptions {
        demo: true,
        arguments: vec!["--no-sample".to_owned()],
        ..StackOptions::default()
    })
    .await
}

/// Waits for every expected event, then compares all views with plain counting.
async fn compare(stack: &Stack, visitors: &[Expected]) -> Result<()> {
    let expected = totals(visitors);
    let all: u64 = expected.values().sum();
    let names = expected
        .keys()
        .map(|name| format!("'{name}'"))
        .collect::<Vec<_>>()
        .join(", ");
    let counted = format!(
        "SELECT count() FROM weir.events WHERE site = 'shop' AND bot = '' AND name IN ({names})"
    );
    let arrived = stack.wait_for_number(&counted, all).await;
    let by_name = stack
        .rows("SELECT name, toUInt32(count()) AS n FROM weir.events WHERE site = 'shop' AND name != 'engagement' GROUP BY name")
        .await?;
    let stored: BTreeMap<String, u64> = by_name
        .iter()
        .filter_map(|row| Some((text(row, "name")?, number(row, "n")?)))
        .collect();
    assert_eq!(stored, expected, "events by name");
    arrived?;

    let wanted: Vec<u64> = (1..=CHECKOUT.len())
        .map(|step| {
            visitors
                .iter()
                .filter(|v| v.reached(&CHECKOUT) >= step)
                .count() as u64
        })
        .collect();
    // Counted some seconds after the last event has come.
    let in_the_funnel = stack
        .wait_for_number(
            "SELECT sum(persons) FROM weir.funnel_shop_checkout",
            wanted.iter().sum(),
        )
        .await;
    let funnel = stack
        .rows("SELECT * FROM weir.funnel_shop_checkout ORDER BY step_no")
        .await?;
    let persons: Vec<u64> = funnel
        .iter()
        .filter_map(|row| number(row, "persons"))
        .collect();
    assert_eq!(persons, wanted, "persons by step of the funnel");
    in_the_funnel?;

    let ctr = stack
        .rows(
            "SELECT item, toUInt32(sum(impressions)) AS shown, toUInt32(sum(clicks)) AS clicked \
             FROM weir.ctr WHERE site = 'shop' GROUP BY item",
        )
        .await?;
    let seen: BTreeMap<String, (u64, u64)> = ctr
        .iter()
        .filter_map(|row| {
            Some((
                text(row, "item")?,
                (number(row, "shown")?, number(row, "clicked")?),
            ))
        })
        .collect();
    let items: BTreeSet<&str> = visitors
        .iter()
        .flat_map(|v| v.items("impression").into_iter().chain(v.items("click")))
        .collect();
    let with = |name: &str, item: &str| {
        visitors
            .iter()
            .filter(|v| v.items(name).contains(item))
            .count() as u64
    };
    let wanted: BTreeMap<String, (u64, u64)> = items
        .into_iter()
        .map(|item| {
            (
                item.to_owned(),
                (with("impression", item), with("click", item)),
            )
        })
        .collect();
    assert_eq!(seen, wanted, "impressions and clicks by item");

    let entries = stack
        .rows(
            "SELECT landing_page, toUInt32(sum(sessions)) AS sessions FROM weir.landing_pages \
             WHERE site = 'shop' GROUP BY landing_page",
        )
        .await?;
    let seen: BTreeMap<String, u64> = entries
        .iter()
        .filter_map(|row| Some((text(row, "landing_page")?, number(row, "sessions")?)))
        .collect();
    let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
    for visitor in visitors {
        *wanted.entry(visitor.entry.clone()).or_default() += 1;
    }
    assert_eq!(seen, wanted, "sessions by landing page");

    let page_views = "SELECT sum(pageviews) FROM weir.sessions WHERE site = 'shop'";
    let paths: usize = visitors.iter().map(|visitor| visitor.paths.len()).sum();
    assert_eq!(
        stack.number(page_views).await?,
        paths as u64,
        "page views of all sessions"
    );
    same_numbers_everywhere(stack, &persons).await
}

/// The API, the command line and SQL give the same funnel.
async fn same_numbers_everywhere(stack: &Stack, persons: &[u64]) -> Result<()> {
    let (status, body) = stack.get("/api/v1/sites/shop/funnels/checkout").await?;
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body)?;
    let steps = answer
        .get("steps")
        .and_then(Value::as_array)
        .context("steps")?;
    let seen: Vec<u64> = steps
        .iter()
        .filter_map(|step| number(step, "persons"))
        .collect();
    assert_eq!(seen, persons, "the API");
    let (exit, out, err) = stack.weir(&["funnel", "checkout", "--sql", &stack.sql_url()])?;
    assert_eq!(exit, Some(0), "{err}");
    for count in persons {
        assert!(
            out.split_whitespace().any(|word| word == count.to_string()),
            "{count} in\n{out}"
        );
    }
    Ok(())
}

fn text(row: &Value, field: &str) -> Option<String> {
    Some(row.get(field)?.as_str()?.to_owned())
}

fn number(row: &Value, field: &str) -> Option<u64> {
    let value = row.get(field)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Walks journeys, two at a time, each in a fresh browser.
async fn walk_all(
    stack: &Arc<RwLock<Stack>>,
    browsers: &Arc<Browsers>,
    journeys: &'static [&'static [Act]],
) -> Result<Vec<Expected>> {
    let mut seen = Vec::new();
    for pair in journeys.chunks(2) {
        let walks: Vec<_> = pair
            .iter()
            .map(|journey| {
                let (stack, browsers) = (Arc::clone(stack), Arc::clone(browsers));
                tokio::spawn(async move {
                    let visitor = browsers.visitor().await?;
                    walk(&*stack.read().await, visitor, journey).await
                })
            })
            .collect();
        for (walk, journey) in walks.into_iter().zip(pair) {
            seen.push(walk.await?.with_context(|| format!("{journey:?}"))?);
        }
    }
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_views_say_what_twenty_visitors_did_also_when_the_server_is_killed_half_way()
-> Result<()> {
    let stack = Arc::new(RwLock::new(shop().await?));
    let browsers = Arc::new(Browsers::chromium());
    let (before, after) = JOURNEYS.split_at(10);
    let mut seen = walk_all(&stack, &browsers, before).await?;
    compare(&*stack.read().await, &seen)
        .await
        .context("before anything was killed")?;

    // Somebody is on a page while the server dies: what is clicked then arrives later, once.
    let patient = browsers.visitor().await?;
    seen.push(buy_while_the_server_is_down(&stack, patient).await?);

    seen.extend(walk_all(&stack, &browsers, after).await?);
    compare(&*stack.read().await, &seen).await?;
    stack.write().await.kill();
    stack.write().await.restart().await?;
    compare(&*stack.read().await, &seen).await
}

async fn buy_while_the_server_is_down(stack: &RwLock<Stack>, visitor: Visitor) -> Result<Expected> {
    let mut stack = stack.write().await;
    let mut seen = Expected::default();
    act(&stack, &visitor, SAMOVAR, &mut seen).await?;
    stack.kill();
    act(&stack, &visitor, Buy, &mut seen).await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    stack.restart().await?;
    act(&stack, &visitor, Checkout, &mut seen).await?;
    go_home(&stack, visitor, &seen).await?;
    Ok(seen)
}
