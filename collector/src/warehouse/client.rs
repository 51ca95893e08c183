//! Statements of ours, each bounded in time: the client itself waits for ever.

use std::time::Duration;

use clickhouse::Client;
use clickhouse::RowOwned;
use clickhouse::RowRead;
use clickhouse::error::{Error, Result};
use clickhouse::query::Query;

use super::error::WarehouseError;

/// No statement of this module may take longer.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(120);

/// Runs `sql` as it stands: a `?` in it is no place for a value.
pub(super) async fn run(
    client: &Client,
    doing: &str,
    sql: &str,
) -> std::result::Result<(), WarehouseError> {
    execute(client.query_raw(sql))
        .await
        .map_err(|error| WarehouseError::from_client(doing, error))
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
