//! Brings the tables of a database up to date: the files of `sql/tables`, in order, each once.
//!
//! INVARIANT: an applied file never changes (its checksum is in the ledger), and every statement may be run twice
//! (`IF NOT EXISTS`). So two nodes that start at once may both apply the same file, and both are right. A ledger that
//! knows more than this program is a newer Weir's: tables only ever grow, so an old program goes on working with them.

use clickhouse::Client;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::client::{execute, fetch, run_on};
use super::cluster::{self, Cluster, Form, LOCAL};
use super::error::WarehouseError;

/// A file of `sql/tables`.
struct Migration {
    number: u32,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../../sql/tables/", $name, ".sql")),
        }),*]
    };
}

const MIGRATIONS: &[Migration] = migrations![
    1 "0001_events",
    2 "0002_sites",
    3 "0003_funnel_steps",
    4 "0004_releases",
    5 "0005_events_origin",
    6 "0006_rejected_events",
    7 "0007_column_comments",
    8 "0008_codecs_and_saved_reports",
    9 "0009_preview_events",
    10 "0010_kpi_since",
    11 "0011_costs",
    12 "0012_kpi_so_far",
    13 "0013_kpi_grounds_and_titles",
    14 "0014_whole_months",
    15 "0015_ready_sessions",
];

const LEDGER: &str = include_str!("../../sql/ledger.sql");

/// What a start found and did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// Files applied now.
    pub applied: Vec<String>,
    /// Files that a newer Weir has applied: this program does not know them.
    pub newer: Vec<String>,
}

#[derive(clickhouse::Row, Deserialize)]
struct LedgerEntry {
    number: u32,
    name: String,
    checksum: String,
}

/// Makes the databases and applies what the ledger lacks.
pub(super) async fn migrate_tables(
    client: &Client,
    wanted: Option<&Cluster>,
) -> Result<Migrated, WarehouseError> {
    let cluster = form_for(client, wanted).await?;
    let cluster = cluster.as_ref();
    for database in ["weir", "weir_fn", LOCAL] {
        if database != LOCAL || cluster.is_some() {
            let statement = format!("CREATE DATABASE IF NOT EXISTS {database}");
            run_on(client, cluster, "creating the databases", &statement).await?;
        }
    }
    run_on(client, cluster, "creating the ledger of migrations", LEDGER).await?;
    let ledger = read_ledger(client).await?;
    let mut done = Migrated::default();
    for migration in MIGRATIONS {
        let checksum = checksum(migration.sql);
        match ledger.iter().find(|entry| entry.number == migration.number) {
            Some(entry) if entry.checksum == checksum => {}
            Some(_) => {
                return Err(WarehouseError::EditedMigration {
                    name: migration.name.to_owned(),
                });
            }
            None => {
                apply(client, cluster, migration, &checksum).await?;
                done.applied.push(migration.name.to_owned());
            }
        }
    }
    done.newer = newer(ledger);
    Ok(done)
}

/// The form in which the tables are or are to be made: that of a cluster, or of one server.
pub(super) async fn form_for(
    client: &Client,
    wanted: Option<&Cluster>,
) -> Result<Option<Cluster>, WarehouseError> {
    match (cluster::form(client).await?, wanted) {
        (Form::New | Form::Single, None) => Ok(None),
        (Form::New, Some(wanted)) => {
            wanted.check(client).await?;
            Ok(Some(wanted.clone()))
        }
        (Form::Single, Some(wanted)) => Err(WarehouseError::SingleServer {
            name: wanted.name().to_owned(),
        }),
        (Form::Spread(there), None) => Ok(Some(there)),
        (Form::Spread(there), Some(wanted)) if there == *wanted => {
            wanted.check(client).await?;
            Ok(Some(there))
        }
        (Form::Spread(there), Some(wanted)) => Err(WarehouseError::OtherCluster {
            name: wanted.name().to_owned(),
            there: there.name().to_owned(),
        }),
    }
}

/// What a newer Weir has applied to this database.
pub(super) async fn newer_migrations(client: &Client) -> Result<Vec<String>, WarehouseError> {
    read_ledger(client).await.map(newer)
}

fn newer(ledger: Vec<LedgerEntry>) -> Vec<String> {
    let known = MIGRATIONS.last().map_or(0, |last| last.number);
    ledger
        .into_iter()
        .filter(|entry| entry.number > known)
        .map(|entry| entry.name)
        .collect()
}

async fn read_ledger(client: &Client) -> Result<Vec<LedgerEntry>, WarehouseError> {
    let query = client
        .query_raw("SELECT number, name, checksum FROM weir.migrations FINAL ORDER BY number");
    fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the ledger of migrations", error))
}

async fn apply(
    client: &Client,
    cluster: Option<&Cluster>,
    migration: &Migration,
    checksum: &str,
) -> Result<(), WarehouseError> {
    let doing = format!("applying migration `{}`", migration.name);
    for statement in statements(migration.sql) {
        run_on(client, cluster, &doing, &statement).await?;
    }
    let query = client
        .query(
            "INSERT INTO weir.migrations (number, name, checksum, applied_at, weir_version) \
             SELECT ?, ?, ?, now64(3), ?",
        )
        .bind(migration.number)
        .bind(migration.name)
        .bind(checksum)
        .bind(env!("CARGO_PKG_VERSION"));
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client(doing, error))
}

/// The statements of a file: each ends with a `;` at the end of a line that is no comment. The comments that stand before
/// a statement are for readers of the file and stay there.
pub(super) fn statements(sql: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut current = String::new();
    for line in sql.lines() {
        let is_comment = line.trim_start().starts_with("--");
        if current.is_empty() && (is_comment || line.trim().is_empty()) {
            continue;
        }
        match line.trim_end().strip_suffix(';').filter(|_| !is_comment) {
            Some(last) => {
                current.push_str(last);
                all.push(std::mem::take(&mut current));
            }
            None => {
                current.push_str(line);
                current.push('\n');
            }
        }
    }
    if !current.trim().is_empty() {
        all.push(current);
    }
    all
}

fn checksum(sql: &str) -> String {
    Sha256::digest(sql.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_numbered_in_order_without_gaps() {
        for (position, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(usize::try_from(migration.number).unwrap(), position + 1);
            assert!(
                migration
                    .name
                    .starts_with(&format!("{:04}_", migration.number)),
                "{}",
                migration.name
            );
        }
    }

    /// What databases have in their ledgers. A release adds its own; none is ever replaced.
    const RELEASED: &[&str] = &[
        "23bb59478e1a8d012ec60d26f7125c74265f93d38467604ef9d46cc575103d88",
        "20fee44738ed2d57572efc5b082ea2ccea9165ffcae5de2d91af3b6065e3a2f3",
        "db025c96ed2d5ada7d30e83cb977c6b341aa000a69f16d18d11413ae4011b231",
        "bc3a50a73e6564c683c2e7abe5016e92a19577e94f4eaf43960cd9366c49afd3",
        "9482052dc866d1c19fadf3f4201e0cfd7cfd67bb2b1d8ed46aeb11ca35a702de",
        "4d19c23831660da7c6c6104f60adaa8f3638e8851a474667b5c1ff6cb5398944",
        "ef84673d001d05165465754078e2d4ebc9b32b27ea07f2fbb0e2dc523a9307ff",
        "20492c1c62588f1a998db1fd02f08f0e24584550399cf837d676da821dab07a8",
        "d22aba22bbcabfd8116042978a665b78b3e7468755fd4b254ea74f4b0064e6b1",
        "64de279f3c033c1cc483ccd18d26d59f3b16c7f193bb9b23289192ab68c735df",
        "3b8d83cd8c6a47c3c43df4bfa5187786bc6d8a7adae4c4588811b08ce1d770cc",
        "a966b8a883ebbbe762f6c7eb12ac2b5bf54e838afc04718c13db3a871af66e4d",
        "99d7f2afc9627a22d92c84d449befb24f54b354750328a07faebae14a42c352c",
        "4096e8371ee01100a125c7e12423fe2c8d2949c17f4239afbe035a4c370fd358",
        "44aa41662bc8e4b27fe1f0880c5db86b9b42c1e936104988cd58253f3afff09a",
    ];

    #[test]
    fn no_released_file_was_edited() {
        let now: Vec<String> = MIGRATIONS
            .iter()
            .map(|migration| checksum(migration.sql))
            .collect();
        for (place, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(
                RELEASED.get(place).copied(),
                now.get(place).map(String::as_str),
                "{}: databases that have it would not start. Write a new file; if this one is new, put its checksum here",
                migration.name
            );
        }
        assert_eq!(RELEASED.len(), MIGRATIONS.len());
    }

    #[test]
    fn every_statement_may_be_run_twice() {
        for migration in MIGRATIONS {
            for statement in statements(migration.sql) {
                assert!(
                    statement.contains("IF NOT EXISTS")
                        || statement.contains("COMMENT COLUMN IF EXISTS")
                        || statement.contains("MODIFY COLUMN IF EXISTS")
                        || statement.contains("MODIFY SETTING"),
                    "{}: {statement}",
                    migration.name
                );
            }
        }
    }

    #[test]
    fn a_file_is_cut_at_its_semicolons() {
        let sql = "-- one; two;\nCREATE TABLE a\n(\n    -- a comment;\n    x Int8 DEFAULT ';'\n);\n\n-- three\nDROP TABLE b;\nSELECT 1\n";
        let cut = statements(sql);
        assert_eq!(cut.len(), 3, "{cut:?}");
        assert!(
            cut[0].starts_with("CREATE TABLE a") && cut[0].ends_with(')'),
            "{}",
            cut[0]
        );
        assert_eq!(cut[1], "DROP TABLE b");
        assert_eq!(cut[2], "SELECT 1\n");
    }
}
