//! ClickHouse's own clients in Python and JavaScript, as people install them, against the port.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::harness::Engine;

fn named(variable: &str) -> Result<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).with_context(|| {
        format!(
            "{variable} does not name the clients: `make test` installs them and names it (or: export \
             WEIR_SQL_CLIENTS=$(tools/setup.sh clients))"
        )
    })
}

/// Runs a script of `tests/engine/clients` against an engine with a small table.
async fn run(script: &str, program: &str) -> Result<()> {
    let engine = Engine::with_table().await?;
    let clients = named("WEIR_SQL_CLIENTS")?;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/engine/clients")
        .join(script);
    let output = Command::new(clients.join(program))
        .arg(&script)
        .arg(engine.url()?)
        .arg(engine.secret()?)
        .env("WEIR_SQL_CLIENTS", &clients)
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("{program} of {}", clients.display()))?;
    ensure!(
        output.status.success(),
        "{}\n{}{}",
        script.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

#[tokio::test]
async fn clickhouse_connect_and_its_sqlalchemy_dialect_work() -> Result<()> {
    run("connect.py", "python/bin/python").await
}

#[tokio::test]
async fn the_javascript_client_works() -> Result<()> {
    run("client.mjs", "node/bin/node").await
}
