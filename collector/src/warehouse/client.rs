//! Statements of ours, each bounded in time: the client itself waits for ever.

use std::time::Duration;

use clickhouse::Client;
use clickhouse::RowOwned;
use clickhouse::RowRead;
use clickhouse::error::{Error, Result};
use clickhouse::query::Query;

use super::cluster::{self, Cluster};
use super::error::WarehouseError;

/// No statement of this module may take longer.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(120);

/// Runs `sql` as it stands: a `?` in it is no place for a value. What makes or removes something does so on every node of
/// a cluster, if the database is spread over one.
pub(super) async fn run(
    client: &Client,
    doing: &str,
    sql: &str,
) -> std::result::Result<(), WarehouseError> {
    let cluster = if is_definition(sql) {
        cluster::of_database(client).await?
    } else {
        None
    };
    run_on(client, cluster.as_ref(), doing, sql).await
}

/// The same, where the form of the database is known.
pub(super) async fn run_on(
    client: &Client,
    cluster: Option<&Cluster>,
    doing: &str,
    sql: &str,
) -> std::result::Result<(), WarehouseError> {
    let statements = cluster.map_or_else(|| vec![sql.to_owned()], |all| all.statements(sql));
    for statement in statements {
        execute(client.query_raw(&statement))
            .await
            .map_err(|error| WarehouseError::from_client(doing, error))?;
    }
    Ok(())
}

/// Whether a statement is about what there is, and not about rows.
fn is_definition(sql: &str) -> bool {
    sql.lines()
        .find(|line| !line.starts_with("--"))
        .is_some_and(|line| {
            ["CREATE ", "DROP ", "ALTER "]
                .iter()
                .any(|word| line.starts_with(word))
        })
}

/// Runs a prepared statement.
pub(super) async fn execute(query: Query) -> Result<()> {
    tokio::time::timeout(STATEMENT_TIMEOUT, query.execute())
        .await
        .unwrap_or(Err(Error::TimedOut))
}

/// Runs a prepared query and takes all its rows.
pub(super) async fn fetch<T: RowOwned + RowRead>(query: Query) -> Result<Vec<T>> {
    tokio::time::timeout(STATEMENT_TIMEOUT, query.fetch_all::<T>())
        .await
        .unwrap_or(Err(Error::TimedOut))
}
