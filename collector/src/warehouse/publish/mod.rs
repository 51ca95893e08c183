//! What the reports know of a site: its row in `weir.sites`, its funnels, goals and KPIs, their saved views, its releases in
//! `weir.releases`.
//!
//! Order matters. Views that count when they are asked read steps by name, and have room for the steps of their funnel: where
//! the new one needs more, room is made first. Then steps, goals and KPIs are written, then the site's row: from that moment
//! the new ones are current. Views of what was counted last are replaced when the new has been counted, and answer with the
//! old until then. New views are made last, views of funnels and goals that are gone are removed. A crash in between is mended
//! by the next call with the same definition, and each node makes one at start.

mod check;
mod current;
mod write;

use std::collections::BTreeSet;

use clickhouse::Client;

use super::client::{execute, fetch};
use super::error::WarehouseError;
use super::fitted::Fit;
use super::goals::{self, GoalDefinition, GoalStep};
use super::kpis::KpiDefinition;
use super::ready;
use super::saved::{self, Form, FunnelCount, FunnelMode};
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
        before = Some(make_room(client, site).await?);
        // Later than the row before even if the clock went back, or the old one would stay current.
        let published_at_ms = jiff::Timestamp::now()
            .as_millisecond()
            .max(current.map_or(0, |row| row.published_at_ms.saturating_add(1)));
        write_steps(client, site, &views, published_at_ms).await?;
        write_goals(client, site, &goal_views, published_at_ms).await?;
        write_kpis(client, site, published_at_ms).await?;
        write_site(client, site, published_at_ms).await?;
    }
    make_views(client, &site.id, before.as_ref()).await?;
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
    let query = client.query_raw("SELECT id FROM weir.sites FINAL ORDER BY id");
    let sites: Vec<String> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("listing the sites", error))?;
    for site in sites.iter().filter(|site| is_name(site)) {
        make_views(client, site, None).await?;
    }
    Ok(())
}

/// Makes room in the views that count when they are asked for the steps that are about to be published under their names.
/// Answers the definitions that are current until then.
async fn make_room(client: &Client, site: &SiteDefinition) -> Result<Known, WarehouseError> {
    let fit_of = |name: &str| {
        let funnel = site.funnels.iter().find(|funnel| funnel.name == name)?;
        let steps: Vec<&String> = funnel.steps.iter().map(|(_, step)| step).collect();
        Some(Fit::of(&steps))
    };
    let mut before = Known::new();
    for funnel in ready::funnels(client, &site.id).await? {
        before.insert((funnel.funnel.clone(), funnel.definition));
        let room = fit_of(&funnel.funnel).map(|fit| fit.or(funnel.fit()));
        if let Some(room) = room.filter(|room| !funnel.is_stored && *room != funnel.fit()) {
            funnel.create(client, Form::Live, room).await?;
        }
    }
    for goal in ready::goals(client, &site.id).await? {
        before.insert((goal.goal.clone(), goal.definition));
        let published = site.goals.iter().find(|known| known.name == goal.goal);
        let fit = published.and_then(|published| match &published.reached {
            GoalStep::Step(step) => Some(Fit::of(&[step])),
            GoalStep::Funnel(funnel) => fit_of(funnel),
        });
        let room = fit.map(|fit| fit.or(goal.fit));
        if let Some(room) = room.filter(|room| !goal.is_stored && *room != goal.fit) {
            goal.create(client, Form::Live, room).await?;
        }
    }
    Ok(before)
}

/// Makes or replaces the views of a site's current funnels and goals, each in the form that it has. After publishing,
/// `before` has the definitions of before: new ones get the form of the others, and what a view of what was counted last is
/// going to show is counted first. Nobody has kept the numbers of a definition right that was not current.
async fn make_views(
    client: &Client,
    site: &str,
    before: Option<&Known>,
) -> Result<(), WarehouseError> {
    let funnels = ready::funnels(client, site).await?;
    let goals = ready::goals(client, site).await?;
    let is_large =
        funnels.iter().any(|funnel| funnel.is_stored) || goals.iter().any(|goal| goal.is_stored);
    let is_new = |name: &str, definition| {
        before.is_some_and(|before| !before.contains(&(name.to_owned(), definition)))
    };
    for funnel in funnels {
        let is_new = is_new(&funnel.funnel, funnel.definition);
        let form = if funnel.is_stored || (is_new && is_large) {
            if is_new {
                funnel.count(client).await?;
            }
            Form::Stored(funnel.definition)
        } else {
            Form::Live
        };
        funnel.create(client, form, funnel.fit()).await?;
    }
    for goal in goals {
        let is_new = is_new(&goal.goal, goal.definition);
        let form = if goal.is_stored || (is_new && is_large) {
            if is_new {
                goal.count_changed(client, true, &BTreeSet::new()).await?;
            }
            Form::Stored(goal.definition)
        } else {
            Form::Live
        };
        goal.create(client, form, goal.fit).await?;
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
