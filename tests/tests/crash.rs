//! Every event answered 2xx is in ClickHouse once, whatever was killed in between.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde_json::Value;
use weir_tests::process::{POLL, descendants, is_alive};
use weir_tests::sender::{self, Dice};
use weir_tests::{Stack, StackOptions};

const SITE: &str = "oracle";
/// How often the server is killed in the everyday run.
const KILLS: usize = 6;
const SENDERS: u64 = 4;

fn options() -> StackOptions {
    StackOptions {
        containers: vec![(
            "oracle.json".to_owned(),
            format!(r#"{{ "weir": 1, "site": {{ "id": "{SITE}" }} }}"#),
        )],
        ..StackOptions::default()
    }
}

/// Sends batches until told to stop; a batch without a 2xx is repeated, byte for byte. Returns the ids acknowledged.
async fn send(url: String, visitor: u64, stop: Arc<AtomicBool>) -> Result<Vec<String>> {
    let client = sender::client()?;
    let mut acknowledged = Vec::new();
    let mut seq = 0;
    while !stop.load(Ordering::Relaxed) {
        let events: Vec<Value> = (0..1 + visitor % 3)
            .map(|_| {
                seq += 1;
                sender::event("pageview", seq)
            })
            .collect();
        let body = sender::batch(SITE, visitor, &events).to_string();
        loop {
            let answer = client.post(&url).body(body.clone()).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        acknowledged.extend(events.iter().map(sender::id));
    }
    Ok(acknowledged)
}

async fn stored(stack: &Stack) -> Result<(u64, BTreeSet<String>)> {
    let rows = stack
        .rows(&format!(
            "SELECT toString(event_id) AS id FROM weir.events WHERE site = '{SITE}'"
        ))
        .await?;
    let ids = rows
        .iter()
        .filter_map(|row| Some(row.get("id")?.as_str()?.to_owned()))
        .collect();
    Ok((rows.len() as u64, ids))
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_events_survive_sigkill_once() -> Result<()> {
    let mut dice = Dice::new();
    let mut stack = Stack::start(options()).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (1..=SENDERS)
        .map(|visitor| tokio::spawn(send(stack.url("/c"), visitor, Arc::clone(&stop))))
        .collect();

    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(dice.below(2500))).await;
        // Sometimes the engine alone, sometimes the whole of it.
        let server = stack.id().context("the server runs")?;
        let engine = descendants(server);
        if dice.below(3) == 0 && !engine.is_empty() {
            for id in engine {
                kill(id);
            }
        } else {
            stack.kill();
            stack.spawn()?;
        }
    }
    stack.wait_until_up().await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = BTreeSet::new();
    for sender in senders {
        acknowledged.extend(sender.await??);
    }
    ensure!(
        acknowledged.len() > 50,
        "too few events to prove anything: {}",
        acknowledged.len()
    );

    let count = format!("SELECT uniqExact(event_id) FROM weir.events WHERE site = '{SITE}'");
    stack
        .wait_for_number(&count, acknowledged.len() as u64)
        .await?;
    let (rows, ids) = stored(&stack).await?;
    assert_eq!(ids, acknowledged, "what was acknowledged is what is stored");
    assert_eq!(rows, acknowledged.len() as u64, "no event is stored twice");

    // And after one more restart nothing appears again.
    assert!(stack.stop()?.success(), "a clean stop:\n{}", stack.log());
    stack.restart().await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(stored(&stack).await?, (rows, ids));
    let page_views = format!("SELECT sum(pageviews) FROM weir.sessions WHERE site = '{SITE}'");
    assert_eq!(
        stack.number(&page_views).await?,
        rows,
        "the views count what is stored"
    );
    Ok(())
}

fn kill(id: u32) {
    if let Some(pid) = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_stored_once_also_after_a_restart() -> Result<()> {
    let mut stack = Stack::start(options()).await?;
    let events: Vec<Value> = (1..=3).map(|seq| sender::event("pageview", seq)).collect();
    let body = sender::batch(SITE, 7, &events).to_string();
    for _ in 0..3 {
        assert_eq!(stack.post(body.clone()).await?.0, 204);
    }
    let count = format!("SELECT count() FROM weir.events WHERE site = '{SITE}'");
    stack.wait_for_number(&count, 3).await?;
    stack.kill();
    stack.restart().await?;
    assert_eq!(stack.post(body).await?.0, 204, "a repeat is acknowledged");
    let marker = sender::batch(SITE, 8, &[sender::event("marker", 1)]);
    assert_eq!(stack.post(marker.to_string()).await?.0, 204);
    stack
        .wait_for_number(
            &format!("SELECT count() FROM weir.events WHERE site = '{SITE}' AND name = 'marker'"),
            1,
        )
        .await?;
    assert_eq!(
        stack.number(&count).await?,
        4,
        "three events and the marker"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_goes_when_the_server_goes() -> Result<()> {
    let mut stack = Stack::start(options()).await?;
    for clean in [true, false] {
        let family = descendants(stack.id().context("the server runs")?);
        assert!(!family.is_empty(), "the engine is a process of its own");
        if clean {
            assert!(stack.stop()?.success(), "{}", stack.log());
        } else {
            stack.kill();
        }
        for _ in 0..400 {
            if !family.iter().any(|id| is_alive(*id)) {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        let left: Vec<_> = family.into_iter().filter(|id| is_alive(*id)).collect();
        assert!(
            left.is_empty(),
            "still running after the server ended: {left:?}"
        );
        stack.restart().await?;
    }
    Ok(())
}
