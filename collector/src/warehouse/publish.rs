//! What the reports know of a site: its row in `weir.sites`, its funnels, goals and KPIs, their saved views, its releases in
//! `weir.releases`.
//!
//! Order matters. Steps, goals and KPIs are written first, then the site's row: from that moment the new ones are current.
//! Views that count when they are asked read steps by name, so those of changed funnels need nothing; views of what was
//! counted last are replaced when the new has been counted, and answer with the old until then. New views are made last,
//! views of funnels and goals that are gone are removed. A crash in between is mended by the next call with the same definition, and each node makes one at start.

use clickhouse::Client;
use serde::Deserialize;

use super::client::{execute, fetch};
use super::error::WarehouseError;
use super::goals::{self, GoalDefinition, GoalStep};
use super::kpis::KpiDefinition;
use super::refresh;
use super::saved::{self, Form, FunnelCount, FunnelMode};
use crate::site::is_name;

/// Steps a funnel may have: the views unroll as many.
const MAX_STEPS: usize = 12;
/// Conditions that all steps of a funnel may have together: the views unroll as many.
const MAX_CONDITIONS: usize = 24;
/// Longest conversion window: the views span 3000 days, period included.
const MAX_WITHIN_S: u64 = 2_900 * 86_400;

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

#[derive(clickhouse::Row, Deserialize)]
struct CurrentSite {
    timezone: String,
    currency: String,
    container_version: u32,
    published_at_ms: i64,
}

#[derive(clickhouse::Row, Deserialize)]
struct CurrentFunnel {
    funnel: String,
    view: String,
    window_s: u64,
    mode: String,
    unit: String,
    labels: Vec<String>,
    steps: Vec<String>,
}

#[derive(clickhouse::Row, Deserialize)]
struct CurrentGoal {
    goal: String,
    step: String,
    funnel: String,
    value: String,
    view: String,
}

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
    if changed {
        // Later than the row before even if the clock went back, or the old one would stay current.
        let published_at_ms = jiff::Timestamp::now()
            .as_millisecond()
            .max(current.map_or(0, |row| row.published_at_ms.saturating_add(1)));
        write_steps(client, site, &views, published_at_ms).await?;
        write_goals(client, site, &goal_views, published_at_ms).await?;
        write_kpis(client, site, published_at_ms).await?;
        write_site(client, site, published_at_ms).await?;
    }
    make_views(client, &site.id, changed).await?;
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
        make_views(client, site, false).await?;
    }
    Ok(())
}

/// Makes or replaces the views of a site's current funnels and goals, each in the form that it has. What a view of what was
/// counted last shows is counted first, if it may have `changed`.
async fn make_views(client: &Client, site: &str, changed: bool) -> Result<(), WarehouseError> {
    for funnel in refresh::funnels(client, site).await? {
        let form = if funnel.is_stored {
            if changed {
                funnel.count(client).await?;
            }
            Form::Stored(funnel.definition)
        } else {
            Form::Live
        };
        funnel.create(client, form).await?;
    }
    for goal in refresh::goals(client, site).await? {
        let form = if goal.is_stored {
            if changed {
                goal.count_changed(client, false).await?;
            }
            Form::Stored(goal.definition)
        } else {
            Form::Live
        };
        goal.create(client, form).await?;
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

/// Nothing gets into a view's text, or before its eyes, that it could not work with.
async fn check(client: &Client, site: &SiteDefinition) -> Result<(), WarehouseError> {
    if !is_name(&site.id) {
        return Err(WarehouseError::Name {
            what: "site",
            name: site.id.clone(),
        });
    }
    for funnel in &site.funnels {
        if !is_name(&funnel.name) {
            return Err(WarehouseError::Name {
                what: "funnel",
                name: funnel.name.clone(),
            });
        }
        if !(1..=MAX_STEPS).contains(&funnel.steps.len()) {
            return Err(WarehouseError::StepCount {
                funnel: funnel.name.clone(),
                steps: funnel.steps.len(),
            });
        }
        let conditions = funnel
            .steps
            .iter()
            .map(|(_, step)| condition_count(step))
            .sum();
        if conditions > MAX_CONDITIONS {
            return Err(WarehouseError::ConditionCount {
                funnel: funnel.name.clone(),
                conditions,
            });
        }
        if !(1..=MAX_WITHIN_S).contains(&funnel.within_s) {
            return Err(WarehouseError::Window {
                funnel: funnel.name.clone(),
                within_s: funnel.within_s,
            });
        }
    }
    for goal in &site.goals {
        if !is_name(&goal.name) {
            return Err(WarehouseError::Name {
                what: "goal",
                name: goal.name.clone(),
            });
        }
    }
    let query = client
        .query("SELECT count() FROM system.time_zones WHERE time_zone = ?")
        .bind(&site.timezone);
    let known: Vec<u64> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking up the time zone", error))?;
    if known.first().is_none_or(|count| *count == 0) {
        return Err(WarehouseError::TimeZone {
            timezone: site.timezone.clone(),
        });
    }
    Ok(())
}

/// How many conditions the views make of a step: its path or item, and what follows the `?`.
fn condition_count(step: &str) -> usize {
    let (head, conditions) = step.split_once('?').unwrap_or((step, ""));
    let of_head = usize::from(head.starts_with('/') || head.contains('#'));
    of_head
        + conditions
            .split('&')
            .filter(|condition| !condition.is_empty())
            .count()
}

async fn current_site(client: &Client, site: &str) -> Result<Option<CurrentSite>, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(timezone) AS timezone, toString(currency) AS currency, container_version, \
                    toUnixTimestamp64Milli(published_at) AS published_at_ms \
             FROM weir.sites FINAL WHERE id = ?",
        )
        .bind(site);
    let rows = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the site", error))?;
    Ok(rows.into_iter().next())
}

/// Whether the database says of the site what `site` says.
async fn is_current(
    client: &Client,
    site: &SiteDefinition,
    current: Option<&CurrentSite>,
    (views, goal_views): (&[Named], &[Named]),
) -> Result<bool, WarehouseError> {
    let Some(row) = current else { return Ok(false) };
    if row.timezone != site.timezone
        || row.currency != site.currency
        || row.container_version != site.container_version
    {
        return Ok(false);
    }
    let query = client
        .query(
            "SELECT toString(funnel) AS funnel, view, window_s, toString(mode) AS mode, toString(unit) AS unit, labels, steps \
             FROM weir.funnels \
             WHERE site = ? ORDER BY funnel",
        )
        .bind(&site.id);
    let funnels: Vec<CurrentFunnel> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the funnels", error))?;
    Ok(are_current_goals(client, site, goal_views).await?
        && are_current_kpis(client, site).await?
        && funnels.len() == site.funnels.len()
        && site.funnels.iter().zip(views).all(|(funnel, (_, view))| {
            funnels.iter().any(|row| {
                row.funnel == funnel.name
                    && row.view == *view
                    && row.window_s == funnel.within_s
                    && row.mode == funnel.mode.name()
                    && row.unit == funnel.count.unit()
                    && row
                        .labels
                        .iter()
                        .eq(funnel.steps.iter().map(|(label, _)| label))
                    && row
                        .steps
                        .iter()
                        .eq(funnel.steps.iter().map(|(_, step)| step))
            })
        }))
}

async fn are_current_goals(
    client: &Client,
    site: &SiteDefinition,
    views: &[(String, String)],
) -> Result<bool, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(goal) AS goal, step, toString(funnel) AS funnel, value, view FROM weir.goals \
             WHERE site = ? ORDER BY goal",
        )
        .bind(&site.id);
    let goals: Vec<CurrentGoal> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the goals", error))?;
    Ok(goals.len() == site.goals.len()
        && site.goals.iter().zip(views).all(|(goal, (_, view))| {
            goals.iter().any(|row| {
                row.goal == goal.name
                    && row.view == *view
                    && row.value == goal.value
                    && match &goal.reached {
                        GoalStep::Step(step) => row.step == *step,
                        GoalStep::Funnel(funnel) => row.step.is_empty() && row.funnel == *funnel,
                    }
            })
        }))
}

async fn are_current_kpis(client: &Client, site: &SiteDefinition) -> Result<bool, WarehouseError> {
    let query = client
        .query(
            "SELECT kpi, toString(metric) AS metric, page, toString(goal) AS goal, toString(funnel) AS funnel, \
                    toString(channel) AS channel, baseline, target, toString(deadline) AS deadline \
             FROM weir.kpi_targets FINAL \
             WHERE site = ? AND published_at = (SELECT max(published_at) FROM weir.sites WHERE id = ?) ORDER BY position",
        )
        .bind(&site.id)
        .bind(&site.id);
    let kpis: Vec<KpiDefinition> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the KPIs", error))?;
    Ok(kpis == site.kpis)
}

async fn write_goals(
    client: &Client,
    site: &SiteDefinition,
    views: &[(String, String)],
    published_at_ms: i64,
) -> Result<(), WarehouseError> {
    if site.goals.is_empty() {
        return Ok(());
    }
    let texts = |text: fn(&GoalDefinition) -> &str| site.goals.iter().map(text).collect::<Vec<_>>();
    let query = client
        .query(
            "INSERT INTO weir.goal_definitions (site, goal, published_at, step, funnel, value, view, container_version) \
             SELECT ?, goal, fromUnixTimestamp64Milli(toInt64(?), 'UTC'), step, funnel, value, view, ? \
             FROM (SELECT 1) ARRAY JOIN ? AS goal, ? AS step, ? AS funnel, ? AS value, ? AS view",
        )
        .bind(&site.id)
        .bind(published_at_ms)
        .bind(site.container_version)
        .bind(texts(|goal| &goal.name))
        .bind(texts(|goal| match &goal.reached {
            GoalStep::Step(step) => step,
            GoalStep::Funnel(_) => "",
        }))
        .bind(texts(|goal| match &goal.reached {
            GoalStep::Step(_) => "",
            GoalStep::Funnel(funnel) => funnel,
        }))
        .bind(texts(|goal| &goal.value))
        .bind(views.iter().map(|(_, view)| view.as_str()).collect::<Vec<_>>());
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the goals", error))
}

async fn write_kpis(
    client: &Client,
    site: &SiteDefinition,
    published_at_ms: i64,
) -> Result<(), WarehouseError> {
    if site.kpis.is_empty() {
        return Ok(());
    }
    let texts = |text: fn(&KpiDefinition) -> &str| site.kpis.iter().map(text).collect::<Vec<_>>();
    let query = client
        .query(
            "INSERT INTO weir.kpi_targets (site, kpi, published_at, position, metric, page, goal, funnel, channel, \
                 baseline, target, deadline, container_version) \
             SELECT ?, kpi, fromUnixTimestamp64Milli(toInt64(?), 'UTC'), position, metric, page, goal, funnel, channel, \
                 toFloat64OrNull(baseline), toFloat64(target), toDate(deadline), ? \
             FROM (SELECT 1) ARRAY JOIN range(1, ?) AS position, ? AS kpi, ? AS metric, ? AS page, ? AS goal, ? AS funnel, \
                 ? AS channel, ? AS baseline, ? AS target, ? AS deadline",
        )
        .bind(&site.id)
        .bind(published_at_ms)
        .bind(site.container_version)
        .bind(site.kpis.len().saturating_add(1))
        .bind(texts(|kpi| &kpi.name))
        .bind(texts(|kpi| &kpi.metric))
        .bind(texts(|kpi| &kpi.page))
        .bind(texts(|kpi| &kpi.goal))
        .bind(texts(|kpi| &kpi.funnel))
        .bind(texts(|kpi| &kpi.channel))
        .bind(
            site.kpis
                .iter()
                .map(|kpi| kpi.baseline.map_or_else(String::new, |number| number.to_string()))
                .collect::<Vec<_>>(),
        )
        .bind(site.kpis.iter().map(|kpi| kpi.target.to_string()).collect::<Vec<_>>())
        .bind(texts(|kpi| &kpi.deadline));
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the KPIs", error))
}

/// Writes all steps of all funnels, in one insert: all of them are there, or none.
async fn write_steps(
    client: &Client,
    site: &SiteDefinition,
    views: &[(String, String)],
    published_at_ms: i64,
) -> Result<(), WarehouseError> {
    let rows = || {
        site.funnels
            .iter()
            .zip(views)
            .flat_map(|(funnel, (_, view))| {
                (1_u32..)
                    .zip(&funnel.steps)
                    .map(move |(number, step)| (funnel, view, number, step))
            })
    };
    if rows().next().is_none() {
        return Ok(());
    }
    let query = client
        .query(
            "INSERT INTO weir.funnel_steps \
             (site, funnel, published_at, step_no, label, step, within_s, view, mode, unit, container_version) \
             SELECT ?, funnel, fromUnixTimestamp64Milli(toInt64(?), 'UTC'), step_no, label, step, within_s, view, mode, unit, ? \
             FROM (SELECT 1) ARRAY JOIN ? AS funnel, ? AS step_no, ? AS label, ? AS step, ? AS within_s, ? AS view, \
                 ? AS mode, ? AS unit",
        )
        .bind(&site.id)
        .bind(published_at_ms)
        .bind(site.container_version)
        .bind(rows().map(|(funnel, ..)| funnel.name.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|(_, _, number, _)| number).collect::<Vec<_>>())
        .bind(rows().map(|(.., (label, _))| label.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|(.., (_, step))| step.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|(funnel, ..)| funnel.within_s).collect::<Vec<_>>())
        .bind(rows().map(|(_, view, ..)| view.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|(funnel, ..)| funnel.mode.name()).collect::<Vec<_>>())
        .bind(rows().map(|(funnel, ..)| funnel.count.unit()).collect::<Vec<_>>());
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the funnels", error))
}

async fn write_site(
    client: &Client,
    site: &SiteDefinition,
    published_at_ms: i64,
) -> Result<(), WarehouseError> {
    let query = client
        .query(
            "INSERT INTO weir.sites (id, timezone, currency, container_version, published_at) \
             SELECT ?, ?, ?, ?, fromUnixTimestamp64Milli(toInt64(?), 'UTC')",
        )
        .bind(&site.id)
        .bind(&site.timezone)
        .bind(&site.currency)
        .bind(site.container_version)
        .bind(published_at_ms);
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the site", error))
}
