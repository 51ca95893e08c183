//! A disk that is really full: what cannot be kept is answered 503, the rest is kept, and it goes on by itself.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use weir_tests::process::POLL;
use weir_tests::{Stack, StackOptions, sender};

const SITE: &str = "full";
/// More than a server wants to see free when it starts.
const DISK_MB: u32 = 700;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_survived() -> Result<()> {
    let stack = Stack::start(StackOptions {
        containers: vec![(
            "full.json".to_owned(),
            format!(r#"{{ "weir": 1, "site": {{ "id": "{SITE}" }} }}"#),
        )],
        disk_mb: Some(DISK_MB),
        ..StackOptions::default()
    })
    .await?;
    let mut number = 0;
    let mut batch = || {
        number += 1;
        let events: Vec<_> = (0..20).map(|seq| sender::event("pageview", seq)).collect();
        sender::batch(SITE, number, &events).to_string()
    };
    let mut acknowledged = 0;
    ensure!(stack.post(batch()).await?.0 == 204);
    acknowledged += 20;

    stack.fill_disk()?;
    let mut refused = None;
    for _ in 0..200 {
        let body = batch();
        match stack.post(body.clone()).await? {
            (204, _) => acknowledged += 20,
            (503, answer) => {
                ensure!(answer.contains("spool_full"), "{answer}");
                refused = Some(body);
                break;
            }
            (status, answer) => bail!("{status} {answer}"),
        }
    }
    let refused = refused.context("everything fits on a full disk")?;
    ensure!(
        stack.get("/readyz").await?.0 == 503,
        "ready with a full disk"
    );
    ensure!(stack.get("/healthz").await?.0 == 200);

    stack.free_disk()?;
    let mut tries = 0;
    while stack.post(refused.clone()).await?.0 != 204 {
        tries += 1;
        ensure!(tries < 1_000, "does not go on:\n{}", stack.log());
        tokio::time::sleep(POLL).await;
    }
    acknowledged += 20;
    ensure!(
        stack.get("/readyz").await?.0 == 200,
        "not ready with room again"
    );
    let count = format!("SELECT uniqExact(event_id) FROM weir.events WHERE site = '{SITE}'");
    stack.wait_for_number(&count, acknowledged).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let rows = format!("SELECT count() FROM weir.events WHERE site = '{SITE}'");
    ensure!(
        stack.number(&rows).await? == acknowledged,
        "something is there twice"
    );
    Ok(())
}
