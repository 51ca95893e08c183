//! Walks everything the engine itself lists — functions, table functions, engines, settings; what tables are made of, in
//! [`crate::walk_tables`] — and looks whether anything reads a file planted on disk, connects to a listener planted on loopback, lifts a limit, or writes.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use crate::harness::{Engine, code, text};

const MARK: &str = "PLANTED-0815";
/// Requests under way at once.
const AT_ONCE: usize = 4;

/// An engine, a file and a listener that must stay untouched.
pub(crate) struct Trap {
    pub(crate) engine: Engine,
    pub(crate) file: PathBuf,
    listener: TcpListener,
    before: BTreeSet<PathBuf>,
}

impl Trap {
    pub(crate) async fn set() -> Result<Self> {
        let engine = Engine::with_table().await?;
        let file = engine.data.path().join("planted.csv");
        std::fs::write(&file, format!("{MARK},1\n"))?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let before = files(engine.data.path())?;
        Ok(Self {
            engine,
            file,
            listener,
            before,
        })
    }

    pub(crate) fn host(&self) -> Result<String> {
        Ok(self.listener.local_addr()?.to_string())
    }

    /// Lists of arguments that would reach the file or the listener.
    fn bait(&self) -> Result<Vec<String>> {
        let (file, host) = (self.file.display(), self.host()?);
        Ok(vec![
            format!("'{file}'"),
            format!("'http://{host}/x', 'CSV', 'a String'"),
            format!("'{host}', 'system', 'one', 'dummy'"),
            format!("'cat {file}', 'LineAsString', 'a String'"),
        ])
    }

    /// Runs statements, several at a time, and looks at each answer.
    pub(crate) async fn run(
        &self,
        as_writer: bool,
        statements: Vec<String>,
        look: impl Fn(&str, &Result<String>) + Copy,
    ) -> Result<()> {
        let mut running = JoinSet::new();
        let mut statements = statements.into_iter();
        loop {
            while running.len() < AT_ONCE
                && let Some(sql) = statements.next()
            {
                let request = if as_writer {
                    self.engine.post_as_writer("")?
                } else {
                    self.engine.post("")?
                };
                let request = request.body(sql.clone());
                running.spawn(async move {
                    Ok::<_, anyhow::Error>((sql, text(request.send().await?).await))
                });
            }
            let Some(done) = running.join_next().await else {
                return Ok(());
            };
            let (sql, outcome) = done??;
            let said = match &outcome {
                Ok(text) => text.clone(),
                Err(error) => error.to_string(),
            };
            assert!(!said.contains(MARK), "{sql} reads the file: {said}");
            look(&sql, &outcome);
        }
    }

    /// Nothing was written, read or connected to.
    pub(crate) async fn check(&self) -> Result<()> {
        assert!(self.listener.accept().is_err(), "something connected");
        assert_eq!(std::fs::read_to_string(&self.file)?, format!("{MARK},1\n"));
        assert_eq!(
            files(self.engine.data.path())?,
            self.before,
            "files appeared or went"
        );
        assert_eq!(
            self.engine
                .read("SELECT count(), sum(a) FROM weir.t")
                .await?,
            "2\t3\n"
        );
        let tables = self.engine.read("SHOW TABLES FROM weir").await?;
        assert_eq!(tables, "t\n");
        Ok(())
    }
}

/// Everything in the data folder, except the inside of the engine's database.
fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("engine/db") {
            found.extend(files(&path)?);
        }
        found.insert(path);
    }
    Ok(found)
}

pub(crate) async fn names(engine: &Engine, sql: &str) -> Result<Vec<String>> {
    Ok(engine
        .write(sql)
        .await
        .context(sql.to_owned())?
        .lines()
        .map(str::to_owned)
        .collect())
}

/// The names of a list of the guard.
pub(crate) fn list(text: &'static str) -> BTreeSet<&'static str> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect()
}

const FUNCTIONS: &str = include_str!("../../src/guard/lists/functions.txt");
const FUNCTIONS_REFUSED: &str = include_str!("../../src/guard/lists/functions_refused.txt");
const AGGREGATES: &str = include_str!("../../src/guard/lists/aggregates.txt");
pub(crate) const AGGREGATES_REFUSED: &str =
    include_str!("../../src/guard/lists/aggregates_refused.txt");
const TABLE_FUNCTIONS: &str = include_str!("../../src/guard/lists/table_functions.txt");
const TABLE_FUNCTIONS_REFUSED: &str =
    include_str!("../../src/guard/lists/table_functions_refused.txt");
const FORMATS: &str = include_str!("../../src/guard/lists/formats.txt");
const FORMATS_REFUSED: &str = include_str!("../../src/guard/lists/formats_refused.txt");

/// A newer engine brings new names: each must be put on one list or the other by a person.
#[tokio::test]
async fn every_name_of_the_engine_is_on_one_list() -> Result<()> {
    let engine = Engine::start().await?;
    for (sql, allowed, refused) in [
        (
            "SELECT name FROM system.functions WHERE NOT is_aggregate AND origin = 'System'",
            FUNCTIONS,
            FUNCTIONS_REFUSED,
        ),
        (
            "SELECT name FROM system.functions WHERE is_aggregate",
            AGGREGATES,
            AGGREGATES_REFUSED,
        ),
        (
            "SELECT name FROM system.table_functions",
            TABLE_FUNCTIONS,
            TABLE_FUNCTIONS_REFUSED,
        ),
        (
            "SELECT name FROM system.formats WHERE is_input OR is_output",
            FORMATS,
            FORMATS_REFUSED,
        ),
    ] {
        let (allowed, refused) = (list(allowed), list(refused));
        for name in names(&engine, sql).await? {
            assert!(
                allowed.contains(&*name) != refused.contains(&*name),
                "{name}: must be on one list ({sql})"
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_function_reaches_out() -> Result<()> {
    let trap = Trap::set().await?;
    let refused: BTreeSet<&str> = &list(FUNCTIONS_REFUSED) | &list(AGGREGATES_REFUSED);
    let mut statements = Vec::new();
    for name in names(
        &trap.engine,
        "SELECT name FROM system.functions WHERE origin = 'System'",
    )
    .await?
    {
        let bait = trap.bait()?;
        // What is refused is so by its name.
        let take = if refused.contains(&*name) {
            2
        } else {
            bait.len()
        };
        for arguments in bait.iter().take(take) {
            statements.push(format!("SELECT {name}({arguments})"));
        }
    }
    let look = |sql: &str, outcome: &Result<String>| {
        let call = sql.trim_start_matches("SELECT ");
        let name = call.split('(').next().unwrap_or_default();
        if refused.contains(name) {
            assert_eq!(code(outcome), Some(497), "{sql}: {outcome:?}");
        }
    };
    trap.run(false, statements, look).await?;
    trap.check().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_table_function_reaches_out() -> Result<()> {
    let trap = Trap::set().await?;
    let refused = list(TABLE_FUNCTIONS_REFUSED);
    let mut reading = Vec::new();
    let mut writing = Vec::new();
    for name in names(&trap.engine, "SELECT name FROM system.table_functions").await? {
        for arguments in trap.bait()? {
            let call = format!("{name}({arguments})");
            reading.push(format!("SELECT * FROM {call} LIMIT 1"));
            if refused.contains(&*name) {
                reading.push(format!("DESCRIBE TABLE {call}"));
                reading.push(format!("SELECT 1 WHERE 1 IN (SELECT * FROM {call})"));
                writing.push(format!("CREATE TABLE weir.walked AS {call}"));
                writing.push(format!("CREATE VIEW weir.walked AS SELECT * FROM {call}"));
                writing.push(format!("INSERT INTO weir.t SELECT * FROM {call}"));
            }
            writing.push(format!("INSERT INTO FUNCTION {call} SELECT 1"));
        }
    }
    let look = |sql: &str, outcome: &Result<String>| {
        let is_refused = refused
            .iter()
            .any(|name| sql.contains(&format!(" {name}(")));
        // Some do not even parse with these arguments.
        let fine = matches!(code(outcome), Some(497 | 62));
        assert!(
            fine || !is_refused && !sql.contains("FUNCTION"),
            "{sql}: {outcome:?}"
        );
    };
    trap.run(false, reading.clone(), look).await?;
    trap.run(true, reading, look).await?;
    trap.run(true, writing, look).await?;
    trap.check().await
}

#[tokio::test]
async fn no_engine_of_tables_or_databases_reaches_out() -> Result<()> {
    let trap = Trap::set().await?;
    let mut arguments = trap.bait()?;
    arguments.push(String::new());
    let mut statements = Vec::new();
    for name in names(&trap.engine, "SELECT name FROM system.table_engines").await? {
        for arguments in &arguments {
            for behind in ["", " ORDER BY a"] {
                statements.push(format!(
                    "CREATE TABLE weir.walked (a String) ENGINE = {name}({arguments}){behind}"
                ));
            }
        }
    }
    trap.engine.write("DROP DATABASE weir_fn").await?;
    for name in names(&trap.engine, "SELECT name FROM system.database_engines").await? {
        if name != "Atomic" {
            for arguments in &arguments {
                statements.push(format!(
                    "CREATE DATABASE weir_fn ENGINE = {name}({arguments})"
                ));
            }
        }
    }
    let mut made = BTreeSet::new();
    for sql in statements {
        if trap.engine.write(&sql).await.is_ok() {
            made.insert(
                sql.split("ENGINE = ")
                    .nth(1)
                    .and_then(|rest| rest.split('(').next())
                    .unwrap_or_default()
                    .to_owned(),
            );
            assert!(sql.starts_with("CREATE TABLE"), "{sql}");
            trap.engine.write("SELECT * FROM weir.walked").await.ok();
            trap.engine.write("DROP TABLE weir.walked").await?;
        }
    }
    let of_the_family = |name: &String| {
        name.ends_with("MergeTree") && !name.starts_with("Replicated")
            || ["Memory", "Null", "Set", "Join"].contains(&&**name)
    };
    assert!(made.iter().all(of_the_family), "{made:?}");
    assert!(
        made.contains("MergeTree") && made.contains("Memory"),
        "{made:?}"
    );
    trap.check().await
}

/// The limits as a session sees them.
const SEEN: &str = "SELECT getSetting('readonly'), toUInt64(getSetting('max_execution_time')), \
    toUInt64(getSetting('max_result_rows')), toUInt64(getSetting('max_result_bytes')), \
    toUInt64(getSetting('max_memory_usage')), toUInt64(getSetting('max_temporary_data_on_disk_size_for_query'))";

/// The first row; `extremes` adds others.
fn numbers(text: &str) -> Vec<u64> {
    let row = text.lines().next().unwrap_or_default();
    row.split('\t')
        .map(|number| number.parse().unwrap_or(u64::MAX))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_setting_lifts_a_limit_or_names_a_file() -> Result<()> {
    let trap = Trap::set().await?;
    let standard = numbers(&trap.engine.read(SEEN).await?);
    assert!(standard.len() == 6 && standard.iter().all(|limit| *limit > 0 && *limit < u64::MAX));
    let within = |text: &str| {
        // `offset` leaves no row at all.
        let seen = numbers(text);
        text.is_empty()
            || seen.len() == 6
                && seen
                    .iter()
                    .zip(&standard)
                    .all(|(seen, limit)| *seen > 0 && seen <= limit)
    };
    let settings = names(&trap.engine, "SELECT name FROM system.settings").await?;
    let file = trap.file.display().to_string();
    let mut clauses = Vec::new();
    for name in &settings {
        for value in ["0", "18446744073709551615"] {
            let given = format!("{name}={}", value.replace('/', "%2F"));
            let answer = trap.engine.post(&given)?.body(SEEN).send().await?;
            if let Ok(seen) = text(answer).await {
                assert!(within(&seen), "{name}={value} in the URL: {seen}");
            }
        }
        clauses.push(format!("SELECT * FROM ({SEEN} SETTINGS {name} = 0)"));
        clauses.push(format!("{SEEN} FORMAT TSV SETTINGS {name} = '{file}'"));
    }
    let look = |sql: &str, outcome: &Result<String>| {
        if let Ok(seen) = outcome {
            assert!(within(seen), "{sql}: {seen}");
        }
    };
    trap.run(false, clauses, look).await?;
    // User `weir` may lift limits, and may not have files read or written.
    let insert = |name: &String| {
        format!("INSERT INTO weir.t SETTINGS {name} = '{file}' SELECT 5, 'x' WHERE 0")
    };
    trap.run(true, settings.iter().map(insert).collect(), |_, _| {})
        .await?;
    let select =
        |name: &String| format!("SELECT * FROM weir.t FORMAT JSON SETTINGS {name} = '{file}.out'");
    trap.run(true, settings.iter().map(select).collect(), |_, _| {})
        .await?;
    trap.check().await
}
