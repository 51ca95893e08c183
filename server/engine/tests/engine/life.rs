//! Starting, dying, being started again.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;
use weir_engine::{EngineState, Supervisor, SupervisorError, SupervisorOptions};

use crate::harness::{Engine, arguments, library, program, until};

fn pid(engine: &Engine) -> Result<Pid> {
    match engine.supervisor.state() {
        EngineState::Up { pid, .. } => Pid::from_raw(i32::try_from(pid)?).context("no pid"),
        other => anyhow::bail!("the engine is not up: {other:?}"),
    }
}

fn is_gone(pid: Pid) -> bool {
    test_kill_process(pid).is_err()
}

#[tokio::test]
async fn a_killed_engine_comes_back_with_all_that_was_acknowledged() -> Result<()> {
    let engine = Engine::with_table().await?;
    let mut states = engine.supervisor.watch();
    for round in 0..3_i64 {
        let before = pid(&engine)?;
        for n in 0..20 {
            engine
                .write(&format!(
                    "INSERT INTO weir.t VALUES ({}, 'x')",
                    100 + round * 20 + n
                ))
                .await?;
        }
        states.mark_unchanged();
        kill_process(before, Signal::KILL)?;
        states
            .wait_for(|state| matches!(state, EngineState::Down { .. }))
            .await?;
        let up = |state: &EngineState| matches!(state, EngineState::Up { pid, .. } if i32::try_from(*pid) != Ok(before.as_raw_nonzero().get()));
        states.wait_for(up).await?;
        let expected = format!("{}\n", (round + 1) * 20);
        assert_eq!(
            engine
                .read("SELECT uniqExact(a) FROM weir.t WHERE a >= 100")
                .await?,
            expected
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_stopped_engine_ends_cleanly_and_starts_again_on_its_data() -> Result<()> {
    let Engine {
        supervisor, data, ..
    } = Engine::with_table().await?;
    let EngineState::Up { pid, .. } = supervisor.state() else {
        anyhow::bail!("not up")
    };
    let states = supervisor.watch();
    supervisor.stop().await;
    assert_eq!(*states.borrow(), EngineState::Stopped);
    assert!(is_gone(
        Pid::from_raw(i32::try_from(pid)?).context("no pid")?
    ));
    let mut all = vec!["engine".into()];
    all.extend(arguments(&data, "127.0.0.1:0", library()?));
    let supervisor = Supervisor::start(SupervisorOptions {
        program: program(),
        arguments: all,
    })
    .await?;
    let engine = Engine {
        supervisor,
        data,
        http: reqwest::Client::new(),
    };
    assert_eq!(engine.read("SELECT count() FROM weir.t").await?, "2\n");
    Ok(())
}

#[tokio::test]
async fn the_engine_does_not_outlive_its_parent() -> Result<()> {
    let data = TempDir::with_prefix("weir-engine-")?;
    let mut parent = Command::new(program())
        .arg("supervise")
        .args(arguments(&data, "127.0.0.1:0", library()?))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = parent.stdout.take().context("no output")?;
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line)?;
    let child = line
        .split_once("pid: ")
        .and_then(|(_, rest)| rest.split(',').next())
        .context(line.clone())?;
    let child = Pid::from_raw(child.parse()?).context("no pid")?;
    assert!(!is_gone(child));
    parent.kill()?;
    parent.wait()?;
    until("the engine is gone", async || is_gone(child)).await
}

#[tokio::test]
async fn ctrl_c_in_the_terminal_is_the_parents_business() -> Result<()> {
    let engine = Engine::with_table().await?;
    let child = pid(&engine)?;
    kill_process(child, Signal::INT)?;
    for _ in 0..5 {
        assert_eq!(engine.read("SELECT count() FROM weir.t").await?, "2\n");
    }
    assert_eq!(pid(&engine)?, child);
    Ok(())
}

async fn start_error(
    listen: &str,
    library: std::path::PathBuf,
    data: &TempDir,
) -> Result<SupervisorError> {
    let mut all = vec!["engine".into()];
    all.extend(arguments(data, listen, library));
    match Supervisor::start(SupervisorOptions {
        program: program(),
        arguments: all,
    })
    .await
    {
        Ok(_) => anyhow::bail!("it started"),
        Err(error) => Ok(error),
    }
}

#[tokio::test]
async fn what_keeps_the_engine_from_starting_is_said_plainly() -> Result<()> {
    let data = TempDir::with_prefix("weir-engine-")?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let error = start_error(&address, library()?, &data).await?;
    assert_eq!(
        error.reason,
        format!("the SQL port {address} is already in use")
    );
    assert!(error.hint.contains("--sql-listen"), "{}", error.hint);

    let missing = data.path().join("libchdb.so");
    let error = start_error("127.0.0.1:0", missing.clone(), &data).await?;
    assert_eq!(
        error.reason,
        format!(
            "the ClickHouse engine library is not at `{}`",
            missing.display()
        )
    );
    assert!(error.hint.contains("--engine-lib"), "{}", error.hint);

    let whole = std::fs::File::open(library()?)?;
    std::io::copy(
        &mut std::io::Read::take(whole, 1 << 20),
        &mut std::fs::File::create(&missing)?,
    )?;
    let error = start_error("127.0.0.1:0", missing, &data).await?;
    assert!(
        error.reason.contains("is damaged: it has 1048576 bytes"),
        "{}",
        error.reason
    );

    std::fs::write(data.path().join("secret"), "short")?;
    let error = start_error("127.0.0.1:0", library()?, &data).await?;
    assert!(
        error.reason.contains("too short for a secret"),
        "{}",
        error.reason
    );
    Ok(())
}

#[tokio::test]
async fn two_engines_do_not_share_a_folder() -> Result<()> {
    let engine = Engine::with_table().await?;
    let error = start_error("127.0.0.1:0", library()?, &engine.data).await?;
    assert!(
        error
            .reason
            .starts_with("another process uses the engine's folder"),
        "{}",
        error.reason
    );
    assert_eq!(
        engine.read("SELECT count() FROM weir.t").await?,
        "2\n",
        "the first one goes on"
    );
    Ok(())
}

#[tokio::test]
async fn who_is_killed_while_starting_is_started_again_and_who_cannot_start_is_not() -> Result<()> {
    let folder = TempDir::new()?;
    for (ends, starts) in [("kill -9 $$", 3), ("exit 3", 1)] {
        let tries = folder.path().join(format!("{starts}"));
        let script = format!("echo start >> {}; {ends}", tries.display());
        let options = SupervisorOptions {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
        };
        let refused = Supervisor::start(options).await;
        assert!(refused.is_err(), "it never was up");
        assert_eq!(std::fs::read_to_string(&tries)?.lines().count(), starts);
    }
    Ok(())
}
