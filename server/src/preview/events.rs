//! The way of what was observed into `weir.preview_events`, and back out of it.
//!
//! In memory only, and bounded: while ClickHouse is away, the newest are kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;
use tokio::sync::Notify;
use weir_collector::warehouse::{PreviewRow, record_previews};

use crate::cli::Language;
use crate::sql::{Sql, SqlError, number};

/// Rows that wait, at most; the oldest give way.
const MAX_WAITING: usize = 2_000;
/// What comes in so short a time is one insert.
const GATHER: Duration = Duration::from_millis(200);
/// Pause after an insert that failed.
const PAUSE: Duration = Duration::from_secs(2);
/// Numbers that one millisecond has. Together with a time they stay below 2^53, so that JavaScript can count with them.
const IDS_PER_MS: u64 = 4096;
/// Rows that are read at once.
pub const MAX_READ: u32 = 500;

/// Takes rows and inserts them in their order.
#[derive(Debug, Clone, Default)]
pub struct Writer(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    rows: Mutex<Rows>,
    came: Notify,
}

#[derive(Debug, Default)]
struct Rows {
    waiting: VecDeque<PreviewRow>,
    last_id: u64,
}

impl Writer {
    /// Takes a row and numbers it.
    pub fn write(&self, mut row: PreviewRow) {
        let mut rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let by_time = u64::try_from(row.received_at).unwrap_or_default() * IDS_PER_MS;
        rows.last_id = by_time.max(rows.last_id + 1);
        row.id = rows.last_id;
        if rows.waiting.len() >= MAX_WAITING {
            rows.waiting.pop_front();
        }
        rows.waiting.push_back(row);
        self.0.came.notify_one();
    }

    /// Inserts what comes, for ever. The table exists.
    pub async fn run(self, client: clickhouse::Client) {
        let mut said = false;
        loop {
            self.0.came.notified().await;
            tokio::time::sleep(GATHER).await;
            loop {
                let batch = self.first();
                let Some(last) = batch.last().map(|row| row.id) else {
                    break;
                };
                match record_previews(&client, &batch).await {
                    Err(error) if error.is_retriable() => {
                        if !said {
                            tracing::warn!("preview events wait: {error}");
                        }
                        said = true;
                        tokio::time::sleep(PAUSE).await;
                    }
                    inserted => {
                        if let Err(error) = inserted {
                            tracing::error!("preview events are lost: {error}");
                        }
                        said = false;
                        self.forget(last);
                    }
                }
            }
        }
    }

    fn first(&self) -> Vec<PreviewRow> {
        let rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.waiting.iter().take(500).cloned().collect()
    }

    fn forget(&self, last: u64) {
        let mut rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.waiting.retain(|row| row.id > last);
    }
}

/// A row as it is read.
#[derive(Debug, Deserialize)]
pub struct Observed {
    /// Ascending in the order of arrival.
    #[serde(deserialize_with = "number")]
    pub id: u64,
    /// When it happened, in milliseconds since 1970.
    #[serde(deserialize_with = "number")]
    pub at: i64,
    /// Which link.
    pub preview: String,
    /// What happened.
    pub kind: String,
    /// The name of an event of the page.
    pub name: String,
    /// The element, in short.
    pub element: String,
    /// The page.
    pub page_url: String,
    details: String,
}

impl Observed {
    /// What it came to, in one language: `fires` and `does_not_fire`; with `title` and `consent`.
    pub fn details(&self, language: Language) -> Json {
        let mut details: Json = serde_json::from_str(&self.details).unwrap_or_default();
        let told = match language {
            Language::En => "en",
            Language::Ru => "ru",
        };
        let mut told = details.get_mut(told).map(Json::take).unwrap_or_default();
        if let Some(told) = told.as_object_mut() {
            for key in ["title", "consent"] {
                let value = details.get_mut(key).map(Json::take).unwrap_or_default();
                told.insert(key.to_owned(), value);
            }
        }
        told
    }
}

/// What has been observed of a site's previews since a number.
pub async fn read(
    sql: &Sql,
    site: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<Observed>, SqlError> {
    let query = format!(
        "SELECT id, toUnixTimestamp64Milli(at) AS at, preview, kind, name, element, page_url, details \
         FROM weir.preview_events WHERE site = ? AND id > {after} ORDER BY id LIMIT {}",
        limit.min(MAX_READ)
    );
    sql.rows(&query, &[site]).await
}

/// The number of the newest, to begin behind it.
pub async fn newest(sql: &Sql, site: &str) -> Result<u64, SqlError> {
    #[derive(Deserialize)]
    struct Newest {
        #[serde(deserialize_with = "number")]
        id: u64,
    }
    let query = "SELECT max(id) AS id FROM weir.preview_events WHERE site = ?";
    let rows: Vec<Newest> = sql.rows(query, &[site]).await?;
    Ok(rows.first().map_or(0, |row| row.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(received_at: i64) -> PreviewRow {
        PreviewRow {
            site: "shop".to_owned(),
            id: 0,
            received_at,
            at: received_at,
            preview: String::new(),
            kind: "click".to_owned(),
            name: String::new(),
            element: String::new(),
            page_url: String::new(),
            fired: Vec::new(),
            details: "{}".to_owned(),
        }
    }

    #[test]
    fn numbers_ascend_whatever_the_clock_does_and_memory_is_bounded() {
        let writer = Writer::default();
        for at in [5, 5, 4, 7] {
            writer.write(row(at));
        }
        let ids: Vec<u64> = writer.first().iter().map(|row| row.id).collect();
        let first = 5 * IDS_PER_MS;
        assert_eq!(ids, [first, first + 1, first + 2, 7 * IDS_PER_MS]);
        writer.forget(first + 1);
        assert_eq!(writer.first().len(), 2);
        for at in 0..3 * i64::try_from(MAX_WAITING).unwrap() {
            writer.write(row(at));
        }
        let rows = writer.0.rows.lock().unwrap();
        assert_eq!(rows.waiting.len(), MAX_WAITING);
        assert!(rows.last_id < 1 << 53);
    }

    #[test]
    fn what_is_read_is_in_one_language() {
        let json = r#"{"id":"7","at":5,"preview":"p","kind":"click","name":"","element":"a","page_url":"u",
            "details":"{\"title\":\"T\",\"consent\":[\"analytics\"],\"en\":{\"fires\":[1]},\"ru\":{\"fires\":[2]}}"}"#;
        let observed: Observed = serde_json::from_str(json).unwrap();
        assert_eq!(observed.id, 7);
        let told = observed.details(Language::Ru);
        assert_eq!(told["fires"][0], 2);
        assert_eq!(told["title"], "T");
        assert_eq!(told["consent"][0], "analytics");
    }
}
