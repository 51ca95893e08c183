//! SIGKILL alone does not prove a sync, because what was written survives it in the system's memory. The system calls of
//! the running server do: the answer is written after the sync of what it promises has returned, and not before.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use weir_tests::process::{Owned, POLL};
use weir_tests::{Stack, StackOptions, sender};

const EVENTS: usize = 20;

/// Traces a process until it is told to stop.
async fn attach(id: u32, into: &Path) -> Result<Owned> {
    let child = Command::new("strace")
        .args(["-f", "-y", "-s", "600", "-e"])
        .arg("trace=write,pwrite64,writev,sendto,sendmsg,fsync,fdatasync")
        .arg("-o")
        .arg(into)
        .args(["-p", &id.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("strace is missing: `tools/setup.sh strace`")?;
    Ok(Owned::new(child))
}

/// Whether every thread of a process is traced.
fn is_traced(id: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{id}/task"));
    threads.into_iter().flatten().flatten().all(|thread| {
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        !status.contains("TracerPid:\t0\n")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_written_after_the_sync_has_returned() -> Result<()> {
    let stack = Stack::start(StackOptions {
        containers: vec![(
            "traced.json".to_owned(),
            r#"{ "weir": 1, "site": { "id": "traced" } }"#.to_owned(),
        )],
        ..StackOptions::default()
    })
    .await?;
    let id = stack.id().context("the server runs")?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("trace");
    let mut strace = attach(id, &file).await?;
    for _ in 0..400 {
        if is_traced(id) {
            break;
        }
        ensure!(strace.is_running(), "strace cannot trace the server");
        tokio::time::sleep(POLL).await;
    }
    ensure!(is_traced(id), "strace did not attach");
    for number in 0..EVENTS {
        let event = sender::event(&format!("marker_{number}_end"), 1);
        let body = sender::batch("traced", 7, &[event]).to_string();
        ensure!(stack.post(body).await?.0 == 204);
        // Now and then a segment is sealed meanwhile, and the next event begins another.
        if number % 7 == 6 {
            tokio::time::sleep(Duration::from_millis(1_300)).await;
        }
    }
    strace.signal(Signal::INT);
    strace.wait(Duration::from_secs(10));
    let trace = std::fs::read_to_string(&file)?;
    let lines: Vec<_> = trace.lines().collect();
    let mut segments = Vec::new();
    for number in 0..EVENTS {
        let fresh = check(&lines, &format!("marker_{number}_end"), &mut segments)
            .with_context(|| format!("event {number}"))?;
        ensure!(number > 0 || fresh, "the first event begins a segment");
    }
    ensure!(
        segments.len() > 1,
        "one segment alone says nothing of names"
    );
    Ok(())
}

/// Finds the write of an event, and what follows up to its answer. Whether it began a segment.
fn check(lines: &[&str], marker: &str, segments: &mut Vec<String>) -> Result<bool> {
    let written = lines
        .iter()
        .position(|line| {
            line.contains("pwrite64(") && line.contains(".seg>") && line.contains(marker)
        })
        .context("it was not written to the spool")?;
    let rest = lines.get(written..).unwrap_or_default();
    let answered = rest
        .iter()
        .position(|line| line.contains("HTTP/1.1 204"))
        .context("it was not answered")?;
    let before = rest.get(..answered).unwrap_or_default();
    let ended = |call: &str, of: &str| {
        let begun = before
            .iter()
            .position(|line| line.contains(&format!("{call}(")) && line.contains(of));
        begun.is_some_and(|begun| {
            let own = before.get(begun).is_some_and(|line| line.ends_with("= 0"));
            let later = before.iter().skip(begun);
            let mut resumed = later.filter(|line| line.contains(&format!("<... {call} resumed>")));
            own || resumed.any(|line| line.ends_with("= 0"))
        })
    };
    let segment = rest
        .first()
        .and_then(|line| line.split_once('<')?.1.split_once('>'))
        .map(|(path, _)| path.to_owned())
        .context("no path")?;
    if !ended("fdatasync", &segment) {
        bail!(
            "answered before its segment was synced:\n{}",
            before.join("\n")
        );
    }
    let fresh = !segments.contains(&segment);
    if fresh {
        // The name, too: a file that nobody finds is lost.
        ensure!(
            ended("fsync", "/spool>"),
            "answered before the name of its segment was synced:\n{}",
            before.join("\n")
        );
        segments.push(segment);
    }
    Ok(fresh)
}
