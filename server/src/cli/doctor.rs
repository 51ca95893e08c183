//! `weir doctor`: what would keep `weir serve` from working with these settings, and what to do about it.
//!
//! Looks and changes nothing: the data folder is not created, ports are let go at once.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use weir_rules::Severity;

use crate::config::Config;
use crate::config::layers::Key;
use crate::data_dir;
use crate::engine;
use crate::failure::Failure;
use crate::ports;
use crate::publish::read_text;
use crate::sql::Sql;
use crate::tag::TagBuild;
use crate::terminal::Terminal;

const TIMEOUT: Duration = Duration::from_secs(5);

/// One thing that was looked at: what was found, or what is wrong.
struct Finding {
    what: String,
    found: Result<String, Failure>,
}

impl Finding {
    fn new(what: impl Into<String>, found: Result<String, Failure>) -> Self {
        Self {
            what: what.into(),
            found,
        }
    }
}

pub(super) async fn run(config: Config, mut terminal: Terminal<'_>) -> Result<ExitCode, Failure> {
    let mut findings = vec![
        Finding::new("data folder", data_folder(&config.data)),
        Finding::new("page and intake", port(Key::Listen, config.listen).await),
        Finding::new("tag", tag(&config)),
    ];
    match &config.clickhouse {
        Some(server) => {
            let sql = Sql::new(server, TIMEOUT)?;
            findings.push(Finding::new("ClickHouse", clickhouse(&sql).await));
        }
        None => {
            findings.push(Finding::new(
                "SQL interface",
                port(Key::SqlListen, config.sql_listen).await,
            ));
            findings.push(Finding::new("engine library", library(&config)));
        }
    }
    for file in &config.containers {
        findings.push(Finding::new(file.display().to_string(), container(file)));
    }
    print(&findings, &mut terminal)?;
    let failed = findings.iter().any(|finding| finding.found.is_err());
    Ok(if failed {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

fn print(findings: &[Finding], terminal: &mut Terminal<'_>) -> io::Result<()> {
    let mut bad = 0;
    for Finding { what, found } in findings {
        match found {
            Ok(found) => {
                let mark = terminal.styled("32", "ok");
                writeln!(terminal, "  {mark}  {what}: {found}")?;
            }
            Err(failure) => {
                bad += 1;
                let mark = terminal.styled("31", "!!");
                writeln!(terminal, "  {mark}  {what}: {}", failure.message())?;
                if !failure.hint().is_empty() {
                    writeln!(terminal, "        {}", failure.hint())?;
                }
            }
        }
    }
    match bad {
        0 => writeln!(terminal, "\nNothing to mend.")?,
        1 => writeln!(terminal, "\n1 thing to mend.")?,
        _ => writeln!(terminal, "\n{bad} things to mend.")?,
    }
    terminal.flush()
}

/// The folder, or the nearest one above it in which it would be made.
fn data_folder(path: &Path) -> Result<String, Failure> {
    let unusable = |reason: String| {
        Failure::environment(
            format!("`{}` cannot be written: {reason}", path.display()),
            "choose another folder with --data, or make this one writable for the user that runs weir",
        )
    };
    let absolute = std::path::absolute(path).map_err(|error| unusable(error.to_string()))?;
    let existing = absolute
        .ancestors()
        .find(|folder| folder.exists())
        .ok_or_else(|| unusable("no folder above it exists".to_owned()))?;
    if !existing.is_dir() {
        return Err(unusable(format!("`{}` is no folder", existing.display())));
    }
    rustix::fs::access(existing, rustix::fs::Access::WRITE_OK)
        .map_err(|error| unusable(error.to_string()))?;
    let free = data_dir::free_bytes(existing).map_err(|error| unusable(error.to_string()))?;
    data_dir::require_space(existing, free)?;
    let made = if existing == absolute {
        ""
    } else {
        " (will be created)"
    };
    Ok(format!(
        "{}{made}, {} GiB free",
        absolute.display(),
        free >> 30
    ))
}

async fn port(key: Key, listen: SocketAddr) -> Result<String, Failure> {
    match TcpListener::bind(listen) {
        Ok(_) => Ok(format!("{listen} is free")),
        // Most look when the server runs: that it does is what they want to hear.
        Err(error)
            if error.kind() == io::ErrorKind::AddrInUse && ports::is_weir(key, listen).await =>
        {
            Ok(format!("weir already runs on {listen}"))
        }
        Err(error) => Err(ports::refused(key, listen, &error)),
    }
}

fn tag(config: &Config) -> Result<String, Failure> {
    let build = TagBuild::embedded("", &config.tag_prefix)?;
    Ok(format!("{} bytes of wasm, brotli", build.wasm_bytes()))
}

fn library(config: &Config) -> Result<String, Failure> {
    let path = engine::find_library(config)?;
    let version = engine::load(&path)?;
    Ok(format!("{}, {version}", path.display()))
}

async fn clickhouse(sql: &Sql) -> Result<String, Failure> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: String,
    }
    let rows = sql.rows::<Version>("SELECT version() AS version", &[]).await.map_err(|error| {
        Failure::environment(
            error.to_string(),
            "look at host, port, user and password of --clickhouse-url, and whether the server runs",
        )
    })?;
    let version = rows
        .first()
        .map(|row| row.version.as_str())
        .unwrap_or_default();
    Ok(format!("{} answers, version {version}", sql.url()))
}

fn container(file: &Path) -> Result<String, Failure> {
    let text = read_text(file).map_err(|reason| {
        Failure::environment(
            format!("cannot be read: {reason}"),
            "look at the path after --container",
        )
    })?;
    let problems = crate::container::check(&text).problems;
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    if errors > 0 {
        return Err(Failure::environment(
            format!("errors: {errors}"),
            format!("`weir check {}` names them", file.display()),
        ));
    }
    Ok(match problems.len() {
        0 => "no problems".to_owned(),
        warnings => format!("warnings: {warnings}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_created_by_looking() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("deep/data");
        let found = data_folder(&path).unwrap();
        assert!(found.contains("(will be created)"), "{found}");
        assert!(!temp.path().join("deep").exists());
    }

    #[tokio::test]
    async fn each_trouble_comes_with_advice() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        std::fs::write(&file, "{").unwrap();
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let findings = [
            Finding::new("data folder", data_folder(&file.join("data"))),
            Finding::new("port", port(Key::Listen, held.local_addr().unwrap()).await),
            Finding::new("container", container(&file)),
            Finding::new("missing", container(&temp.path().join("none"))),
        ];
        let mut out = Vec::new();
        print(&findings, &mut Terminal::plain(&mut out)).unwrap();
        let text = String::from_utf8(out).unwrap();
        for words in [
            "is no folder",
            "--data",
            "is in use",
            "--listen",
            "weir check",
            "4 things",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}
