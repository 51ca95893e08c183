//! Every event that was answered 2xx is an obligation: after SIGKILLs of the server and of ClickHouse, cut and mute lines,
//! errors that pass and errors that do not, and a disk that is full for a while, each is there once; and again after one
//! more restart.
//!
//! `make soak` runs it with a thousand kills: `WEIR_KILLS`. A failing run prints `WEIR_SEED`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use weir_tests::process::POLL;
use weir_tests::sender::{self, Dice};
use weir_tests::{Stack, StackOptions};

use super::chaos::{Chaos, Engine, Line};

const SITE: &str = "oracle";
/// SIGKILLs of the server in the everyday run.
const KILLS: u64 = 5;
/// The disk is full before one kill in so many.
const FULL_DISK_EVERY: u64 = 4;
/// More than a server wants to see free when it starts.
const DISK_MB: u32 = 400;
const SENDERS: u64 = 4;
/// Between two batches of one sender.
const PAUSE: Duration = Duration::from_millis(20);

/// Sends batches until told to stop. One without a 2xx is repeated, byte for byte; one in eight is repeated all the same,
/// some of them long after. Returns the ids acknowledged.
async fn send(url: String, visitor: u64, stop: Arc<AtomicBool>) -> Result<Vec<String>> {
    let client = sender::client()?;
    let mut acknowledged = Vec::new();
    let mut earlier = String::new();
    let (mut seq, mut round) = (0, visitor);
    while !stop.load(Ordering::Relaxed) {
        round += 1;
        let events: Vec<Value> = (0..1 + visitor % 3)
            .map(|_| {
                seq += 1;
                sender::event("pageview", seq)
            })
            .collect();
        let body = sender::batch(SITE, visitor, &events).to_string();
        let until_heard = async |body: &str| -> Result<()> {
            loop {
                let answer = client.post(&url).body(body.to_owned()).send().await;
                match answer.map(|answer| answer.status().as_u16()) {
                    Ok(204) => return Ok(()),
                    Ok(503) | Err(_) => tokio::time::sleep(POLL).await,
                    Ok(other) => anyhow::bail!("{other}: a sender would drop the batch"),
                }
            }
        };
        until_heard(&body).await?;
        acknowledged.extend(events.iter().map(sender::id));
        if round % 8 == 0 {
            until_heard(&body).await?;
        }
        if round % 64 == 0 {
            if !earlier.is_empty() {
                until_heard(&earlier).await?;
            }
            earlier = body;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(acknowledged)
}

/// What the line does next.
fn next_line(dice: &mut Dice) -> Line {
    match dice.below(12) {
        0 => Line::Cut,
        1 => Line::CutAfter(usize::try_from(dice.below(20_000)).unwrap_or(0)),
        2 | 3 => Line::Mute,
        4 => Line::Slow(Duration::from_millis(dice.below(3_000))),
        5 => Line::Error(None),
        6 => Line::Error(Some(252)),
        7 => Line::Error(Some(242)),
        // For good: these batches go aside, and are put back in the end.
        8 => Line::Error(Some(117)),
        _ => Line::Open,
    }
}

async fn stored(stack: &Stack) -> Result<(usize, BTreeSet<String>)> {
    let text = stack
        .sql(&format!(
            "SELECT toString(event_id) FROM weir.events WHERE site = '{SITE}' FORMAT TSV"
        ))
        .await?;
    let ids: BTreeSet<_> = text.lines().map(str::to_owned).collect();
    Ok((text.lines().count(), ids))
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_events_are_there_once_past_kills_and_a_bad_line() -> Result<()> {
    let kills = std::env::var("WEIR_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(KILLS);
    let mut dice = Dice::new();
    let folder = tempfile::tempdir()?;
    let mut engine = Engine::start(folder.path()).await?;
    let chaos = Chaos::before(engine.port).await?;
    let secret = std::fs::read_to_string(folder.path().join("secret"))?;
    let url = format!("http://weir:{}@127.0.0.1:{}", secret.trim(), chaos.port);
    let mut stack = Stack::start(StackOptions {
        containers: vec![(
            "oracle.json".to_owned(),
            format!(r#"{{ "weir": 1, "site": {{ "id": "{SITE}" }} }}"#),
        )],
        arguments: [
            "--clickhouse-url",
            &url,
            "--limit",
            "grace_s=5",
            "seal_after_ms=300",
        ]
        .map(str::to_owned)
        .to_vec(),
        sql_port: Some(engine.port),
        disk_mb: Some(DISK_MB),
        ..StackOptions::default()
    })
    .await?;
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (1..=SENDERS)
        .map(|visitor| tokio::spawn(send(stack.url("/c"), visitor, Arc::clone(&stop))))
        .collect();

    let began = Instant::now();
    let (mut outages, mut full_disks) = (0, 0);
    for kill in 1..=kills {
        chaos.become_(next_line(&mut dice));
        tokio::time::sleep(Duration::from_millis(dice.below(700))).await;
        if dice.below(6) == 0 {
            engine.kill();
            outages += 1;
            tokio::time::sleep(Duration::from_millis(dice.below(500))).await;
            engine.spawn(folder.path())?;
        }
        if dice.below(2) == 0 {
            chaos.become_(next_line(&mut dice));
        }
        let is_full = kill % FULL_DISK_EVERY == 2;
        if is_full {
            stack.fill_disk()?;
            full_disks += 1;
        }
        tokio::time::sleep(Duration::from_millis(dice.below(1_500))).await;
        // One half dies on a full disk, the other while it goes on with room again.
        let dies_full = dice.below(2) == 0;
        if is_full && !dies_full {
            stack.free_disk()?;
            tokio::time::sleep(Duration::from_millis(dice.below(700))).await;
        }
        stack.kill();
        if is_full && dies_full {
            stack.free_disk()?;
        }
        stack.spawn()?;
        if kill % 50 == 0 {
            report(kill, outages, full_disks, began);
        }
    }
    chaos.become_(Line::Open);
    engine.wait_until_up().await?;
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

    settle(&stack, acknowledged.len()).await?;
    let (rows, ids) = stored(&stack).await?;
    let lost = acknowledged.difference(&ids).count();
    ensure!(
        lost == 0,
        "{lost} of {} events are lost",
        acknowledged.len()
    );
    ensure!(
        ids.len() == acknowledged.len(),
        "events are there that were never acknowledged"
    );
    ensure!(
        rows == ids.len(),
        "{} events are there twice",
        rows - ids.len()
    );

    // Twice: after a clean stop, and after one more kill.
    for clean in [true, false] {
        if clean {
            ensure!(stack.stop()?.success(), "a clean stop:\n{}", stack.log());
        } else {
            stack.kill();
        }
        stack.restart().await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        ensure!(
            stored(&stack).await? == (rows, ids.clone()),
            "a restart changed what is stored"
        );
    }
    let views = format!("SELECT sum(pageviews) FROM weir.sessions WHERE site = '{SITE}'");
    ensure!(
        stack.number(&views).await? == rows as u64,
        "the views count otherwise"
    );
    report(kills, outages, full_disks, began);
    told(acknowledged.len(), lost, rows - ids.len());
    Ok(())
}

/// Puts back what was refused, and waits until everything is there.
async fn settle(stack: &Stack, wanted: usize) -> Result<()> {
    let data = stack.data().display().to_string();
    let count = format!("SELECT uniqExact(event_id) FROM weir.events WHERE site = '{SITE}'");
    let end = Instant::now() + Duration::from_secs(180);
    loop {
        let (code, out, said) = stack.weir(&["spool", "replay", "--all", "--data", &data])?;
        ensure!(code == Some(0), "{out}{said}");
        let seen = stack.number(&count).await;
        if seen.as_ref().is_ok_and(|seen| *seen == wanted as u64) {
            return Ok(());
        }
        if Instant::now() > end {
            let seen = seen.context("count")?;
            // What is missing then is told by the caller.
            ensure!(seen > 0, "nothing arrives:\n{}", stack.log());
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[expect(clippy::print_stdout, reason = "a run of an hour says how far it is")]
fn report(kills: u64, outages: u64, full_disks: u64, began: Instant) {
    println!(
        "{kills} SIGKILLs, {outages} of ClickHouse, {full_disks} full disks, {} s",
        began.elapsed().as_secs()
    );
}

#[expect(clippy::print_stdout, reason = "a run of an hour says what it found")]
fn told(acknowledged: usize, lost: usize, doubled: usize) {
    println!("{acknowledged} events acknowledged, {lost} lost, {doubled} doubled");
}
