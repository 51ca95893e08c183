//! What ClickHouse refuses for good is kept, listed, explained, and there after it was put back.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use weir_tests::process::POLL;
use weir_tests::{Stack, StackOptions, sender};

const SITE: &str = "kept";

/// Runs a statement as the user that may write.
async fn write(stack: &Stack, statement: &str) -> Result<()> {
    let secret = std::fs::read_to_string(stack.data().join("secret"))?;
    let answer = sender::client()?
        .post(stack.sql_url())
        .basic_auth("weir", Some(secret.trim()))
        .body(statement.to_owned())
        .send()
        .await?;
    let status = answer.status();
    ensure!(
        status.is_success(),
        "{statement}: {status} {}",
        answer.text().await?
    );
    Ok(())
}

fn spool(stack: &Stack, arguments: &[&str]) -> Result<String> {
    let data = stack.data().display().to_string();
    let all = [&["spool"], arguments, &["--data", &data]].concat();
    let (code, out, said) = stack.weir(&all)?;
    ensure!(code == Some(0), "{arguments:?}: {code:?} {out}{said}");
    Ok(out)
}

fn refused(stack: &Stack) -> Result<Vec<Value>> {
    let list: Value = serde_json::from_str(&spool(stack, &["list", "--format", "json"])?)?;
    let refused = list.get("refused").and_then(Value::as_array);
    Ok(refused.context("a list")?.clone())
}

async fn until_refused(stack: &Stack, wanted: usize) -> Result<Vec<Value>> {
    for _ in 0..1_200 {
        let seen = refused(stack)?;
        if seen.len() == wanted {
            return Ok(seen);
        }
        tokio::time::sleep(POLL).await;
    }
    anyhow::bail!(
        "waited in vain for {wanted} refused batches:\n{}",
        stack.log()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_batch_is_listed_explained_and_replayed_while_the_server_runs_and_while_it_does_not()
-> Result<()> {
    let mut stack = Stack::start(StackOptions {
        containers: vec![(
            "kept.json".to_owned(),
            format!(r#"{{ "weir": 1, "site": {{ "id": "{SITE}" }} }}"#),
        )],
        ..StackOptions::default()
    })
    .await?;
    let count = format!("SELECT count() FROM weir.events WHERE site = '{SITE}'");
    assert!(spool(&stack, &["list"])?.contains("no batch was refused"));

    write(&stack, "RENAME TABLE weir.events TO weir.elsewhere").await?;
    let send = async |visitor, names: &[&str]| -> Result<()> {
        let events: Vec<_> = names.iter().map(|name| sender::event(name, 1)).collect();
        let body = sender::batch(SITE, visitor, &events).to_string();
        ensure!(stack.post(body).await?.0 == 204);
        Ok(())
    };
    send(1, &["pageview", "pageview", "purchase"]).await?;
    let first = until_refused(&stack, 1).await?;
    send(2, &["lead"]).await?;
    until_refused(&stack, 2).await?;

    let shown = spool(&stack, &["list"])?;
    assert!(
        shown.contains("weir.events") && shown.contains("  60  "),
        "{shown}"
    );
    let id = first
        .first()
        .and_then(|batch| batch.get("batch_id")?.as_str())
        .context("an id")?;
    let short = id.get(..18).context("long enough")?;
    let said = spool(&stack, &["explain", short])?;
    for part in [
        id,
        "Code: 60",
        "kept: pageview 2, purchase 1",
        "spool replay",
        "weir.events",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }

    // Put back too early, it waits with the others until ClickHouse can say whether it is there already.
    assert!(spool(&stack, &["replay", short])?.contains("1 batch is tried again"));
    until_refused(&stack, 1).await?;
    write(&stack, "RENAME TABLE weir.elsewhere TO weir.events").await?;
    stack.wait_for_number(&count, 3).await?;
    // Of the other, the next start takes care.
    ensure!(stack.stop()?.success(), "{}", stack.log());
    assert!(spool(&stack, &["replay", "--all"])?.contains("next start"));
    stack.restart().await?;
    stack.wait_for_number(&count, 4).await?;
    until_refused(&stack, 0).await?;
    let (_, metrics) = stack.get("/metrics").await?;
    assert!(
        metrics.contains("weir_collector_refused_batches 0"),
        "{metrics}"
    );
    let data = stack.data().display().to_string();
    let (code, _, said) = stack.weir(&["spool", "explain", "0000", "--data", &data])?;
    assert!(
        code == Some(2) && said.contains("`0000`") && said.contains("hint:"),
        "{said}"
    );
    Ok(())
}
