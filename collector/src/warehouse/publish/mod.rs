//! What the reports know of a site: its row in `weir.sites`, its funnels, goals and KPIs, their saved views, its releases in
//! `weir.releases`.
//!
//! Order matters. Steps, goals and KPIs are written first, then the site's row: from that moment the new ones are current. Their
//! views are replaced when the new has been counted, and answer with the old until then; views of funnels and goals that are
//! gone are removed last. A crash in between is mended by the next call with the same definition, and each node makes one at
//! start.

mod check;
mod current;
mod write;

use std::collections::BTreeSet;

use clickhouse::Client;

use super::client::{execute, fetch};
use super::error::WarehouseError;
use super::goals::{self, GoalDefinition};
use super::kpis::KpiDefinition;
use super::ready;
use super::refresh::today;
use super::saved::{self, FunnelCount, FunnelMode};
use crate::site::is_name;
use check::check;
use current::{current_site, is_current};
use write::{write_goals, write_kpis, write_site, write_steps};

/// What publishing a container tells the reports.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteDefinition {
    /// Site id, `[a-z0-9_]{1,64}`.
    pub id: String,
    /// IANA name.
    pub timezone: String,
    /// Three letters, or empty.
    pub currency: String,
    /// Number of the release.
    pub container_version: u32,
    /// All funnels of the container: others of the site are removed.
    pub funnels: Vec<FunnelDefinition>,
    /// All goals of the container.
    pub goals: Vec<GoalDefinition>,
    /// All KPIs of the container.
    pub kpis: Vec<KpiDefinition>,
}

/// A funnel of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunnelDefinition {
    /// `[a-z0-9_]{1,64}`.
    pub name: String,
    /// What people call it; empty: by its name.
    pub title: String,
    /// Conversion window, in seconds.
    pub within_s: u64,
    /// In what order.
    pub mode: FunnelMode,
    /// Who.
    pub count: FunnelCount,
    /// What people call the step, and what counts as it in the step language.
    pub steps: Vec<(String, String)>,
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedSite {
    /// Whether the definition differs from the one before.
    pub changed: bool,
    /// Each funnel and its view in database `weir`.
    pub views: Vec<(String, String)>,
    /// Each goal and its view in database `weir`.
    pub goals: Vec<(String, String)>,
    /// Views removed, because their funnels and goals are gone.
    pub dropped: Vec<String>,
}

/// A release, for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRecord {
    /// Site id.
    pub site: String,
    /// Its number.
    pub version: u32,
    /// When, in ms since 1970.
    pub published_at_ms: i64,
    /// Who; empty for a file.
    pub author: String,
    /// What the author said about it.
    pub note: String,
    /// Text of the container.
    pub source: String,
    /// Compiled container.
    pub release: Vec<u8>,
}

/// The name of a funnel or a goal, and its view.
type Named = (String, String);
/// Names of funnels and goals, each with the hash of its definition.
type Known = BTreeSet<(String, u64)>;

/// Makes `site` what the reports go by. Doing it again changes nothing.
pub async fn publish_site(
    client: &Client,
    site: &SiteDefinition,
) -> Result<PublishedSite, WarehouseError> {
    check(client, site).await?;
    let existing = saved::existing(client).await?;
    let views: Vec<(String, String)> = site
        .funnels
        .iter()
        .map(|funnel| {
            (
                funnel.name.clone(),
                saved::view_name(&site.id, &funnel.name, &existing),
            )
        })
        .collect();
    let existing_goals = goals::existing(client).await?;
    let goal_views: Vec<(String, String)> = site
        .goals
        .iter()
        .map(|goal| {
            (
                goal.name.clone(),
                goals::view_name(&site.id, &goal.name, &existing_goals),
            )
        })
        .collect();
    let current = current_site(client, &site.id).await?;
    let changed = !is_current(client, site, current.as_ref(), (&views, &goal_views)).await?;
    let mut before = None;
    if changed {
        before = Some(known(client, &site.id).await?);
        // Later than the row before even if the clock went back, or the old one would stay current.
        let published_at_ms = jiff::Timestamp::now()
            .as_millisecond()
            .max(current.map_or(0, |row| row.published_at_ms.saturating_add(1)));
        write_steps(client, site, &views, published_at_ms).await?;
        write_goals(client, site, &goal_views, published_at_ms).await?;
        write_kpis(client, site, published_at_ms).await?;
        write_site(client, site, published_at_ms).await?;
    }
    make_views(client, (&site.id, &site.timezone), before.as_ref()).await?;
    let mut dropped = Vec::new();
    let of_funnels = existing
        .into_iter()
        .filter(|view| view.belongs_to(&site.id))
        .map(|view| view.name);
    let of_goals = existing_goals
        .into_iter()
        .filter(|view| view.belongs_to(&site.id))
        .map(|view| view.name);
    for name in of_funnels.chain(of_goals) {
        let mut kept = views.iter().chain(&goal_views);
        if !kept.any(|(_, kept)| *kept == name) {
            saved::drop(client, &name).await?;
            dropped.push(name);
        }
    }
    Ok(PublishedSite {
        changed,
        views,
        goals: goal_views,
        dropped,
    })
}

/// Makes the views of all current funnels and goals anew: a new version of Weir may bring a new text.
pub(super) async fn refresh_saved_views(client: &Client) -> Result<(), WarehouseError> {
    let query = client
        .query_raw("SELECT id, toString(timezone) AS timezone FROM weir.sites FINAL ORDER BY id");
    let sites: Vec<(String, String)> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("listing the sites", error))?;
    for (site, timezone) in sites.iter().filter(|(site, _)| is_name(site)) {
        make_views(client, (site, timezone), None).await?;
    }
    Ok(())
}

/// The definitions that are current.
async fn known(client: &Client, site: &str) -> Result<Known, WarehouseError> {
    let funnels = ready::funnels(client, site).await?.into_iter();
    let goals = ready::goals(client, site).await?.into_iter();
    Ok(funnels
        .map(|funnel| (funnel.funnel, funnel.definition))
        .chain(goals.map(|goal| (goal.goal, goal.definition)))
        .collect())
}

/// Makes or replaces the views of a site's current funnels and goals. What was never counted is counted first, and after
/// publishing, when `before` has the definitions of before, what was not among them: nobody has kept the numbers of a
/// definition right that was not current.
async fn make_views(
    client: &Client,
    (site, timezone): (&str, &str),
    before: Option<&Known>,
) -> Result<(), WarehouseError> {
    let today = today(timezone);
    let is_new = |name: &str, definition| {
        before.is_some_and(|before| !before.contains(&(name.to_owned(), definition)))
    };
    for funnel in ready::funnels(client, site).await? {
        if !funnel.is_counted || is_new(&funnel.funnel, funnel.definition) {
            funnel.count(client, today).await?;
        }
        funnel.create(client).await?;
    }
    for goal in ready::goals(client, site).await? {
        if !goal.is_stored || is_new(&goal.goal, goal.definition) {
            goal.count_changed(client, today, true, &BTreeSet::new())
                .await?;
        }
        goal.create(client).await?;
    }
    Ok(())
}

/// Writes a release down. Doing it again changes nothing.
pub async fn record_release(client: &Client, record: &ReleaseRecord) -> Result<(), WarehouseError> {
    let hex: String = record
        .release
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let query = client
        .query(
            "INSERT INTO weir.releases (site, version, published_at, author, note, source, release) \
             SELECT ?, ?, fromUnixTimestamp64Milli(toInt64(?), 'UTC'), ?, ?, ?, unhex(?)",
        )
        .bind(&record.site)
        .bind(record.version)
        .bind(record.published_at_ms)
        .bind(&record.author)
        .bind(&record.note)
        .bind(&record.source)
        .bind(hex);
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the release down", error))
}
