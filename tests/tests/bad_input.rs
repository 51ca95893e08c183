//! What a person gets to read when something is wrong. Nothing crashes, nothing is lost.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use weir_tests::sender;
use weir_tests::{Stack, StackOptions};

fn options() -> StackOptions {
    StackOptions {
        containers: vec![(
            "shop.json".to_owned(),
            r#"{ "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] } }"#.to_owned(),
        )],
        ..StackOptions::default()
    }
}

fn code(body: &str) -> Result<String> {
    let answer: Value = serde_json::from_str(body).with_context(|| body.to_owned())?;
    let error = answer.get("error").context("no `error`")?;
    for field in ["message", "hint"] {
        let text = error.get(field).and_then(Value::as_str).unwrap_or_default();
        assert!(!text.is_empty(), "`{field}` says what to do: {body}");
    }
    Ok(error
        .get("code")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_intake_says_what_is_wrong() -> Result<()> {
    let stack = Stack::start(options()).await?;
    let good = sender::batch("shop", 1, &[sender::event("pageview", 1)]);

    let (status, body) = stack.post("{ not json").await?;
    assert_eq!((status, code(&body)?.as_str()), (400, "not_json"));

    let (status, body) = stack.post("x".repeat(8 << 20)).await?;
    assert_eq!((status, code(&body)?.as_str()), (413, "too_large"));

    let mut stranger = good.clone();
    stranger["site"] = json!("nobody");
    let (status, body) = stack.post(stranger.to_string()).await?;
    assert_eq!((status, code(&body)?.as_str()), (404, "unknown_site"));

    let foreign = reqwest::Client::new()
        .post(stack.url("/c"))
        .header("Origin", "https://elsewhere.example")
        .body(good.to_string())
        .send()
        .await?;
    assert_eq!(foreign.status().as_u16(), 403);
    assert_eq!(code(&foreign.text().await?)?, "foreign_origin");

    // One bad event does not take the good one with it.
    let mixed = [
        sender::event("pageview", 1),
        json!({ "id": "no uuid", "name": "Bad Name!" }),
    ];
    let (status, body) = stack
        .post(sender::batch("shop", 2, &mixed).to_string())
        .await?;
    let verdict: Value = serde_json::from_str(&body)?;
    assert_eq!(
        (status, verdict.get("accepted")),
        (200, Some(&json!(1))),
        "{body}"
    );
    stack
        .wait_for_number("SELECT count() FROM weir.events WHERE visitor_id = 2", 1)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_1970_does_not_open_an_old_partition() -> Result<()> {
    let stack = Stack::start(options()).await?;
    let mut event = sender::event("pageview", 1);
    event["ts"] = json!(5_000);
    let mut body = sender::batch("shop", 3, &[event]);
    body["sent"] = json!(6_000);
    body["session"]["id"] = json!("0000000400000001");
    assert_eq!(stack.post(body.to_string()).await?.0, 204);
    stack
        .wait_for_number(
            "SELECT count() FROM weir.events WHERE visitor_id = 3 \
             AND abs(dateDiff('second', ts, received_at)) < 120 \
             AND abs(dateDiff('day', session_date, toDate(received_at))) <= 1",
            1,
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_container_is_reported_and_the_last_good_one_stays() -> Result<()> {
    let stack = Stack::start(options()).await?;
    let before = stack.get("/t/shop.js").await?;
    assert_eq!(before.0, 200);
    std::fs::write(
        stack.container_path("shop.json"),
        "{\n  \"weir\": 1,\n  \"site\": { \"id\": \"shop\", \"domains\": [\"shop.example\"] },\n  \"tigers\": {}\n}\n",
    )?;
    let mut problem = Value::Null;
    for _ in 0..400 {
        let sites: Value = serde_json::from_str(&stack.get("/api/v1/sites").await?.1)?;
        let problems = sites.pointer("/0/problems").and_then(Value::as_array);
        let mut errors = problems
            .into_iter()
            .flatten()
            .filter(|p| p["severity"] == "error");
        if let Some(error) = errors.next() {
            problem = error.clone();
            break;
        }
        tokio::time::sleep(weir_tests::process::POLL).await;
    }
    assert_eq!(
        problem.get("code"),
        Some(&json!("unknown_key")),
        "{problem}"
    );
    assert_eq!(problem.get("line"), Some(&json!(4)), "{problem}");
    assert!(
        problem["hint"]
            .as_str()
            .unwrap_or_default()
            .contains("triggers"),
        "{problem}"
    );
    assert_eq!(
        stack.get("/t/shop.js").await?,
        before,
        "the last good release is still served"
    );

    let file = stack.container_path("shop.json");
    let file = file.to_str().context("a path in UTF-8")?;
    let (exit, out, _) = stack.weir(&["check", file, "--format", "json"])?;
    assert_eq!(exit, Some(1));
    let problems: Value = serde_json::from_str(&out)?;
    assert_eq!(problems.pointer("/0/path"), Some(&json!("tigers")), "{out}");
    let (_, russian, _) = stack.weir(&["check", file, "--format", "json", "--lang", "ru"])?;
    assert!(russian.contains("tigers") && russian != out, "{russian}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_where_it_cannot_run_says_why() -> Result<()> {
    let stack = Stack::start(options()).await?;
    let listen = stack.url("").replace("http://", "");
    let folder = tempfile::tempdir()?;
    let other = folder.path().join("data");
    let other = other.to_str().context("a path in UTF-8")?;

    let (exit, _, text) = stack.weir(&["serve", "--data", other, "--listen", &listen])?;
    assert_ne!(exit, Some(0));
    assert!(
        text.contains(&listen) && text.contains("--listen"),
        "names port and option: {text}"
    );

    let data = stack.data();
    let data = data.to_str().context("a path in UTF-8")?;
    let (exit, _, text) = stack.weir(&[
        "serve",
        "--data",
        data,
        "--listen",
        "127.0.0.1:0",
        "--sql-listen",
        "127.0.0.1:0",
    ])?;
    assert_ne!(exit, Some(0));
    assert!(text.contains(data), "names the folder in use: {text}");

    let missing = folder.path().join("nowhere.so");
    let missing = missing.to_str().context("a path in UTF-8")?;
    let free = ["--listen", "127.0.0.1:0", "--sql-listen", "127.0.0.1:0"];
    let fresh = folder.path().join("fresh");
    let fresh = fresh.to_str().context("a path in UTF-8")?;
    let mut arguments = vec!["serve", "--data", fresh, "--engine-lib", missing];
    arguments.extend(free);
    let (exit, _, text) = stack.weir(&arguments)?;
    assert_ne!(exit, Some(0));
    assert!(text.contains(missing), "names the missing library: {text}");

    let damaged = folder.path().join("damaged.so");
    std::fs::write(&damaged, b"\x7fELF and then nothing")?;
    let damaged = damaged.to_str().context("a path in UTF-8")?;
    let mut arguments = vec!["serve", "--data", fresh, "--engine-lib", damaged];
    arguments.extend(free);
    let (exit, _, text) = stack.weir(&arguments)?;
    assert_ne!(exit, Some(0));
    assert!(text.contains(damaged), "names the damaged library: {text}");
    Ok(())
}
