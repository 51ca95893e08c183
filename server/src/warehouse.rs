//! Keeps ClickHouse up to date with what is published: tables, views, sites, funnels, goals, KPIs, releases; and counts, again
//! and again, what the ready views show.
//!
//! One background task. ClickHouse may be away when the server starts and may go away later: every step is retried
//! until it succeeds, and intake goes on meanwhile. Nothing is inserted before the tables exist.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
/// How long after views were refused they are tried again: grants may have come, or a newer ClickHouse.
const MEND_PAUSE: Duration = Duration::from_secs(300);
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

/// The sites whose numbers can be asked for: the views exist, and ClickHouse knows the site.
#[derive(Debug, Clone, Default)]
pub struct Ready(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    views: bool,
    sites: BTreeSet<String>,
}

impl Ready {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The views exist, and these sites are known.
    fn note(&self, sites: impl IntoIterator<Item = String>) {
        let mut known = self.known();
        known.views = true;
        known.sites.extend(sites);
    }

    /// Whether the views exist.
    pub fn has_views(&self) -> bool {
        self.known().views
    }

    /// Whether the numbers of a site can be asked for. One that was never published has no definition to wait for.
    pub fn has(&self, site: &str, is_published: bool) -> bool {
        let known = self.known();
        known.views && (!is_published || known.sites.contains(site))
    }
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
    /// Whose numbers can be asked for.
    pub ready: Ready,
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
        self.note_known().await;
        let mut are_views_whole = self.make_views().await;
        let mut refresher = Refresher::new(IDLE);
        loop {
            let definitions = self.definitions.borrow_and_update().clone();
            for definition in &definitions {
                self.publish(definition).await;
                // Also what was given up: asking says what is wrong with it.
                self.ready.note([definition.id.clone()]);
            }
            self.stage.send_replace(Stage::Published);
            tokio::select! {
                changed = self.definitions.changed() => if changed.is_err() {
                    return;
                },
                () = keep_counting(&self.client, &mut refresher) => {}
                () = tokio::time::sleep(MEND_PAUSE), if !are_views_whole => {
                    are_views_whole = self.make_views().await;
                    if are_views_whole {
                        tracing::info!("the views that were refused are made now");
                    }
                }
            }
        }
    }

    /// Tells whether all of them work. One that ClickHouse refuses is an error in the log, and keeps nobody from the others.
    async fn make_views(&self) -> bool {
        let are_whole = retry("create the views", Refusal::GiveUp, || async {
            let made = warehouse::create_views(&self.client).await;
            if !made.as_ref().is_err_and(WarehouseError::is_retriable) {
                // They can be asked from here on; looking whether each answers takes as long again.
                self.ready.note([]);
            }
            made?;
            Ok(warehouse::check_views(&self.client).await?)
        })
        .await;
        if !are_whole {
            tracing::warn!(
                "the views are tried again in {} minutes",
                MEND_PAUSE.as_secs() / 60
            );
        }
        are_whole
    }

    /// What an earlier start has published has its views already: its numbers are there while the views are made anew.
    async fn note_known(&self) {
        let query = "SELECT DISTINCT toString(id) FROM weir.sites";
        match self.client.query(query).fetch_all::<String>().await {
            Ok(sites) if sites.is_empty() => {}
            Ok(sites) => self.ready.note(sites),
            Err(error) => tracing::debug!("the sites are not listed: {error}"),
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

/// Tries until it succeeds, or is refused and gives up; says so when the reason changes, not every time. Tells whether it succeeded.
async fn retry<Attempt>(what: &str, refusal: Refusal, attempt: impl Fn() -> Attempt) -> bool
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
            return true;
        };
        if refusal == Refusal::GiveUp && !passing {
            tracing::error!("cannot {what}: {reason}{hint}");
            return false;
        }
        if reason != said {
            tracing::warn!("cannot {what} yet, trying again: {reason}{hint}");
            said = reason;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_ready_when_there_are_views_and_it_is_known() {
        let ready = Ready::default();
        assert!(!ready.has("shop", true));
        assert!(!ready.has("draft", false), "there are no views yet");
        assert!(!ready.has_views());
        ready.note(["shop".to_owned()]);
        assert!(ready.has_views());
        assert!(ready.has("shop", true));
        assert!(!ready.has("tea", true), "published a moment ago");
        assert!(ready.has("draft", false), "nothing of it is waited for");
    }
}
