//! Inserts batches into ClickHouse through the official client.
//!
//! The bytes are ready: `insert_formatted_with` streams them as they are, so there is no look-up of the table's schema and
//! no second encoding. The settings are pinned on each insert, because what makes a repeated insert harmless must not
//! depend on how a server is configured.

use std::time::Duration;

use clickhouse::error::Error;
use clickhouse::{Client, Compression};
use uuid::Uuid;

use super::{Sink, SinkError};
use crate::batch::{Batch, MAX_ROWS};

/// The table of events.
pub(crate) const EVENTS: &str = "weir.events";
/// That of rejected ones.
pub(crate) const REJECTED_EVENTS: &str = "weir.rejected_events";
/// Bytes handed to the connection at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// Time for one chunk to be taken by the connection.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for ClickHouse to answer after the last chunk.
const END_TIMEOUT: Duration = Duration::from_secs(120);
/// Time for a look-up.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest piece of an error text that is kept.
const MAX_ERROR_BYTES: usize = 1_000;

/// ClickHouse.
pub(crate) struct ClickHouse {
    client: Client,
    table: &'static str,
}

impl ClickHouse {
    /// The bytes go as they are: whether the client would compress them depends on a feature that another crate of the same
    /// build may have asked for.
    pub(crate) fn new(client: Client, table: &'static str) -> Self {
        Self {
            table,
            client: client.with_compression(Compression::None),
        }
    }

    async fn send(&self, batch: &Batch, columns: &[&str]) -> Result<(), Error> {
        let sql = format!(
            "INSERT INTO {} (`{}`) FORMAT RowBinary",
            self.table,
            columns.join("`, `")
        );
        // One block, hence one part in a partition, there as a whole or not at all.
        let (rows, bytes) = (MAX_ROWS.to_string(), (1_u64 << 30).to_string());
        let mut insert = self
            .client
            .insert_formatted_with(sql)
            .with_timeouts(Some(SEND_TIMEOUT), Some(END_TIMEOUT))
            .with_setting("async_insert", "0")
            .with_setting("insert_deduplicate", "1")
            // On a cluster: every shard has its rows before the answer, each under the same token.
            .with_setting("distributed_foreground_insert", "1")
            .with_setting("insert_deduplication_token", batch.token.as_str())
            .with_setting("deduplicate_blocks_in_dependent_materialized_views", "1")
            // An import of many years is in many partitions; their number is no reason to keep it waiting for ever.
            .with_setting("max_partitions_per_insert_block", "0")
            .with_setting("max_insert_block_size", rows.as_str())
            .with_setting("min_insert_block_size_rows", rows.as_str())
            .with_setting("min_insert_block_size_bytes", bytes);
        let mut rest = batch.body.clone();
        while !rest.is_empty() {
            let chunk = rest.split_to(CHUNK_BYTES.min(rest.len()));
            insert.send(chunk).await?;
        }
        insert.end().await
    }
}

impl Sink for ClickHouse {
    async fn insert(&self, batch: &Batch) -> Result<(), SinkError> {
        let columns = batch.columns.ok_or(SinkError::UnknownRows)?;
        self.send(batch, columns)
            .await
            .map_err(|error| meaning(&error))
    }

    async fn rows_of(&self, batch: Uuid) -> Result<u64, SinkError> {
        // The id is a UUID of ours: there is nothing in its text to escape.
        let sql = format!(
            "SELECT count() FROM {} WHERE batch_id = toUUID('{}')",
            self.table,
            batch.as_hyphenated()
        );
        let count = self.client.query(&sql).fetch_one::<u64>();
        match tokio::time::timeout(LOOK_UP_TIMEOUT, count).await {
            Ok(count) => count.map_err(|error| meaning(&error)),
            Err(_) => Err(SinkError::Unclear("no answer to a look-up".to_owned())),
        }
    }
}

/// What an error of the client says about the batch.
fn meaning(error: &Error) -> SinkError {
    let text = crate::limits::cut(&deepest(error), MAX_ERROR_BYTES).to_owned();
    match error {
        Error::BadResponse(answer) => match server_code(answer) {
            Some(code) => SinkError::Server { code, text },
            None => SinkError::Unclear(text),
        },
        _ => SinkError::Unclear(text),
    }
}

/// The error with its causes: the client's own text often says no more than "network error".
fn deepest(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// The number in `Code: 60. DB::Exception: …`.
fn server_code(answer: &str) -> Option<u32> {
    let (_, rest) = answer.split_once("Code: ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_answers() {
        let cases = [
            (
                "Code: 60. DB::Exception: Table weir.events does not exist. (UNKNOWN_TABLE)",
                Some(60),
            ),
            ("Code: 252", Some(252)),
            ("500 Internal Server Error", None),
            ("Code: x", None),
            ("", None),
        ];
        for (answer, code) in cases {
            assert_eq!(server_code(answer), code, "{answer}");
        }
    }
}
