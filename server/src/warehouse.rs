//! Keeps ClickHouse up to date with what is published: tables, views, sites, funnels, releases.
//!
//! One background task. ClickHouse may be away when the server starts and may go away later: every step is retried
//! until it succeeds, and intake goes on meanwhile. Nothing is inserted before the tables exist.

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};
use tokio::sync::watch;
use weir_collector::warehouse;

use crate::publish::Definitions;
use crate::store::{Store, StoreError, StoredRelease};

/// First pause after a failure; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Releases copied to ClickHouse in one insert.
const RELEASES_AT_ONCE: u32 = 100;

/// What the task works with.
pub struct Warehouse {
    /// With an account that may write.
    pub client: clickhouse::Client,
    /// Releases to be copied.
    pub store: Arc<Store>,
    /// Sites and funnels as they are published.
    pub definitions: watch::Receiver<Definitions>,
    /// Told once the tables exist: inserts may begin.
    pub migrated: Box<dyn FnOnce() + Send>,
    /// True once everything published so far is in ClickHouse.
    pub ready: watch::Sender<bool>,
}

impl Warehouse {
    /// Runs until the publisher is gone.
    pub async fn run(mut self) {
        retry("create the tables and views", async || {
            warehouse::migrate(&self.client).await?;
            warehouse::check_views(&self.client).await
        })
        .await;
        (self.migrated)();
        loop {
            let definitions = self.definitions.borrow_and_update().clone();
            for definition in &definitions {
                let what = format!("publish the funnels of `{}`", definition.id);
                retry(&what, async || warehouse::publish_site(&self.client, definition).await).await;
                let what = format!("record the releases of `{}`", definition.id);
                retry(&what, async || self.record_releases(&definition.id).await).await;
            }
            self.ready.send_replace(true);
            if self.definitions.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Warehouse {
    /// Copies the releases that ClickHouse has not seen: further nodes serve them from there.
    async fn record_releases(&self, site: &str) -> Result<(), RecordError> {
        let query = "SELECT max(version) FROM weir.releases WHERE site = ?";
        let mut known: u32 = self.client.query(query).bind(site).fetch_one().await?;
        loop {
            let releases = self.store.after(site, known, RELEASES_AT_ONCE)?;
            let Some(last) = releases.last() else {
                return Ok(());
            };
            let mut insert = self.client.insert::<ReleaseRow<'_>>("weir.releases").await?;
            for release in &releases {
                insert.write(&ReleaseRow::of(release)).await?;
            }
            insert.end().await?;
            known = last.version;
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum RecordError {
    #[error(transparent)]
    Clickhouse(#[from] clickhouse::error::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(clickhouse::Row, Serialize)]
struct ReleaseRow<'a> {
    site: &'a str,
    version: u32,
    /// Milliseconds, as `DateTime64(3)` counts.
    published_at: i64,
    author: &'a str,
    note: &'a str,
    source: &'a str,
    #[serde(serialize_with = "bytes")]
    release: &'a [u8],
}

impl<'a> ReleaseRow<'a> {
    fn of(release: &'a StoredRelease) -> Self {
        Self {
            site: &release.site,
            version: release.version,
            published_at: release.published_at,
            author: &release.author,
            note: &release.note,
            source: &release.source,
            release: &release.compiled,
        }
    }
}

/// As one string of bytes, not as a list of numbers.
fn bytes<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// Tries until it succeeds; says so when the reason changes, not every time.
async fn retry<E: std::fmt::Display>(what: &str, attempt: impl AsyncFn() -> Result<(), E>) {
    let mut pause = FIRST_PAUSE;
    let mut said = String::new();
    loop {
        match attempt().await {
            Ok(()) => {
                if !said.is_empty() {
                    tracing::info!("could {what} at last");
                }
                return;
            }
            Err(error) => {
                let reason = error.to_string();
                if reason != said {
                    tracing::warn!("cannot {what} yet, trying again: {reason}");
                    said = reason;
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
