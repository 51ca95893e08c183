//! Keeps ClickHouse up to date with what is published: tables, views, sites, funnels, goals, KPIs, releases; and counts, again
//! and again, what the ready views show.
//!
//! One background task. ClickHouse may be away when the server starts and may go away later: every step is retried
//! until it succeeds, and intake goes on meanwhile. Nothing is inserted before the tables exist.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use weir_collector::warehouse::{
    self, Cluster, IDLE, Refresher, ReleaseRecord, SiteDefinition, WarehouseError,
};

use crate::publish::Definitions;
use crate::store::{Store, StoredRelease};

/// First pause after a failure; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Releases read from the control store at once.
const RELEASES_AT_ONCE: u32 = 100;

/// How far ClickHouse has come since the server started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It has not answered yet.
    Waiting,
    /// The tables exist: events can be inserted.
    Migrated,
    /// Everything published so far is in it.
    Published,
}

/// What the task works with.
pub struct Warehouse {
    /// With an account that may write.
    pub client: clickhouse::Client,
    /// The cluster that the tables are or are to be spread over.
    pub cluster: Option<Cluster>,
    /// Releases to be copied.
    pub store: Arc<Store>,
    /// Sites and funnels as they are published.
    pub definitions: watch::Receiver<Definitions>,
    /// How far it has come.
    pub stage: watch::Sender<Stage>,
}

impl Warehouse {
    /// Runs until the publisher is gone.
    pub async fn run(mut self) {
        // Whatever the reason, without tables there is nothing else to do than to try again.
        retry("create the tables", Refusal::TryAgain, || async {
            match &self.cluster {
                None => warehouse::migrate(&self.client).await?,
                Some(cluster) => warehouse::migrate_cluster(&self.client, cluster).await?,
            };
            Ok(())
        })
        .await;
        // Events must not wait for views.
        self.stage.send_replace(Stage::Migrated);
        retry("create the views", Refusal::TryAgain, || async {
            warehouse::create_views(&self.client).await?;
            Ok(warehouse::check_views(&self.client).await?)
        })
        .await;
        let mut refresher = Refresher::new(IDLE);
        loop {
            let definitions = self.definitions.borrow_and_update().clone();
            for definition in &definitions {
                self.publish(definition).await;
            }
            self.stage.send_replace(Stage::Published);
            tokio::select! {
                changed = self.definitions.changed() => if changed.is_err() {
                    return;
                },
                () = keep_counting(&self.client, &mut refresher) => {}
            }
        }
    }

    /// One site. What is refused for good is logged and must not keep the other sites from being published.
    async fn publish(&self, definition: &SiteDefinition) {
        let site = &definition.id;
        retry(
            &format!("publish the funnels of `{site}`"),
            Refusal::GiveUp,
            || async {
                warehouse::publish_site(&self.client, definition).await?;
                Ok(())
            },
        )
        .await;
        retry(
            &format!("record the releases of `{site}`"),
            Refusal::GiveUp,
            || self.record_releases(site),
        )
        .await;
    }

    /// Copies the releases that ClickHouse has not seen: further nodes serve them from there.
    async fn record_releases(&self, site: &str) -> Result<(), Trouble> {
        let query = "SELECT max(version) FROM weir.releases WHERE site = ?";
        let mut known: u32 = self.client.query(query).bind(site).fetch_one().await?;
        loop {
            let releases = self
                .store
                .after(site, known, RELEASES_AT_ONCE)
                .unwrap_or_else(|error| {
                    tracing::error!("cannot read the releases of `{site}`: {error}");
                    Vec::new()
                });
            let Some(last) = releases.last().map(|release| release.version) else {
                return Ok(());
            };
            for release in releases {
                warehouse::record_release(&self.client, &record(release)).await?;
            }
            known = last;
        }
    }
}

/// Counts for the ready views, again and again. A round that was cut short is made good by the next.
async fn keep_counting(client: &clickhouse::Client, refresher: &mut Refresher) {
    let mut said = String::new();
    loop {
        let pause = match refresher.refresh(client).await {
            Ok(done) => {
                if !said.is_empty() {
                    tracing::info!("the ready views are counted again");
                    said.clear();
                }
                done.pause
            }
            Err(error) => {
                let reason = error.to_string();
                if reason != said {
                    tracing::warn!(
                        "cannot count for the ready views, trying again: {reason} ({})",
                        error.hint()
                    );
                    said = reason;
                }
                LONGEST_PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

fn record(release: StoredRelease) -> ReleaseRecord {
    ReleaseRecord {
        site: release.site,
        version: release.version,
        published_at_ms: release.published_at,
        author: release.author,
        note: release.note,
        source: release.source,
        release: release.compiled,
    }
}

/// Why a step did not succeed.
struct Trouble {
    reason: String,
    /// In parentheses, after a space; may be empty.
    hint: String,
    /// Whether the same may succeed later.
    passing: bool,
}

impl From<WarehouseError> for Trouble {
    fn from(error: WarehouseError) -> Self {
        let hint = format!(" ({})", error.hint());
        Self {
            reason: error.to_string(),
            hint,
            passing: error.is_retriable(),
        }
    }
}

impl From<clickhouse::error::Error> for Trouble {
    fn from(error: clickhouse::error::Error) -> Self {
        use clickhouse::error::Error;
        let passing = matches!(error, Error::Network(_) | Error::TimedOut);
        Self {
            reason: error.to_string(),
            hint: String::new(),
            passing,
        }
    }
}

/// What to do when ClickHouse answers, and refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    TryAgain,
    GiveUp,
}

/// Tries until it succeeds; says so when the reason changes, not every time.
async fn retry<Attempt>(what: &str, refusal: Refusal, attempt: impl Fn() -> Attempt)
where
    Attempt: Future<Output = Result<(), Trouble>>,
{
    let mut pause = FIRST_PAUSE;
    let mut said = String::new();
    loop {
        let Err(Trouble {
            reason,
            hint,
            passing,
        }) = attempt().await
        else {
            if !said.is_empty() {
                tracing::info!("could {what} at last");
            }
            return;
        };
        if refusal == Refusal::GiveUp && !passing {
            tracing::error!("cannot {what}: {reason}{hint}");
            return;
        }
        if reason != said {
            tracing::warn!("cannot {what} yet, trying again: {reason}{hint}");
            said = reason;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
