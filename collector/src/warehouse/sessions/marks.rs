//! What says of which days the sessions are ready, and what makes it unsay that.

use std::time::Duration;

use clickhouse::Client;
use jiff::{SignedDuration, Timestamp};

use super::version;
use crate::warehouse::client::{fetch, run};
use crate::warehouse::cluster;
use crate::warehouse::error::WarehouseError;
use crate::warehouse::people::Days;

/// ClickHouse reads no longer statement than 256 KB.
const DAYS_AT_ONCE: usize = 1_000;
/// Rows that do not count any more are deleted after so long: until then somebody may still read them.
const KEPT: Duration = Duration::from_secs(6 * 3_600);
/// A day is ready while this holds, of whatever definition.
const IS_CURRENT: &str = "notEmpty(ready) AND ready[1] = changes";
/// In the commands of our own mutations, whose days are forgotten apart.
pub(in crate::warehouse) const NOTED: &str = "'weir notes the days' != ''";

/// Counts the changes of days from here on. Not on a cluster, where inserts go past the table of this name. Before the views are
/// made: a view of sessions that knows of no ready days is that of a Weir that did not note what it did to events.
pub(in crate::warehouse) async fn watch(client: &Client) -> Result<(), WarehouseError> {
    if cluster::of_database(client).await?.is_some() {
        return Ok(());
    }
    let query = client.query_raw(
        "SELECT count() FROM system.tables WHERE database = 'weir' AND name = 'sessions' \
         AND position(create_table_query, 'ready_days') = 0",
    );
    let older: Vec<u64> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking at the view of sessions", error))?;
    if older.contains(&1) {
        forget_all(client, None).await?;
    }
    let sql = "CREATE MATERIALIZED VIEW IF NOT EXISTS weir.changed_days TO weir.ready_days ( \
                   site LowCardinality(String) COMMENT 'site id', \
                   session_date Date COMMENT 'day on which the sessions began, in the time zone of the site', \
                   changes UInt64 COMMENT '1 for each day of an insert', \
                   changed_at DateTime('UTC') COMMENT 'when it was') AS \
               SELECT site, session_date, toUInt64(1) AS changes, now('UTC') AS changed_at \
               FROM weir.events WHERE session_date < toDate(now('UTC') - INTERVAL 8 HOUR) GROUP BY site, session_date";
    run(client, "counting the changes of days", sql).await
}

/// Notes that events of these days were changed otherwise than by an insert, or are about to be.
pub(in crate::warehouse) async fn forget(
    client: &Client,
    days: &Days,
) -> Result<(), WarehouseError> {
    let rows: Vec<String> = days
        .iter()
        .flat_map(|(site, days)| days.iter().map(move |day| (site, day)))
        .map(|(site, day)| format!("({}, toDate('{day}'))", quoted(site)))
        .collect();
    for rows in rows.chunks(DAYS_AT_ONCE) {
        let sql = format!(
            "INSERT INTO weir.ready_days (site, session_date, changes, changed_at) \
             SELECT day.1, day.2, 1, now() FROM (SELECT arrayJoin([{}]) AS day)",
            rows.join(", ")
        );
        run(client, "noting changed days", &sql).await?;
    }
    Ok(())
}

/// Before events for which a condition on site and day holds are deleted: their visits go, and nobody takes their days for ready.
pub(in crate::warehouse) async fn delete(
    client: &Client,
    condition: &str,
) -> Result<(), WarehouseError> {
    forget_where(client, condition).await?;
    let visits = format!("DELETE FROM weir.ready_sessions WHERE {condition}");
    run(client, "deleting sessions", &visits).await
}

pub(super) async fn is_able(client: &Client) -> Result<bool, WarehouseError> {
    if cluster::of_database(client).await?.is_some() {
        return Ok(false);
    }
    let query = client.query_raw(
        "SELECT count() FROM ( \
             SELECT name FROM system.settings WHERE name = 'enable_shared_storage_snapshot_in_query' AND value = '1' \
             UNION ALL SELECT name FROM system.tables WHERE database = 'weir' AND name = 'changed_days')",
    );
    let rows: Vec<u64> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking at the server's settings", error))?;
    Ok(rows.contains(&2))
}

/// Of all days, or of those with versions before this one.
pub(super) async fn forget_all(client: &Client, before: Option<u64>) -> Result<(), WarehouseError> {
    let condition =
        before.map_or_else(|| "1".to_owned(), |version| format!("ready[2] < {version}"));
    forget_where(client, &condition).await
}

async fn forget_where(client: &Client, condition: &str) -> Result<(), WarehouseError> {
    let sql = format!(
        "INSERT INTO weir.ready_days (site, session_date, changes, changed_at) \
         SELECT site, session_date, 1, now() FROM weir.ready_days FINAL WHERE {IS_CURRENT} AND ({condition})"
    );
    run(client, "giving up ready days", &sql).await
}

/// Whether events are being changed in place.
pub(super) async fn is_mutating(client: &Client) -> Result<bool, WarehouseError> {
    let query = client.query_raw(
        "SELECT count() FROM system.mutations WHERE database = 'weir' AND table = 'events' AND NOT is_done",
    );
    let rows: Vec<u64> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking at the mutations", error))?;
    Ok(rows.iter().any(|count| *count > 0))
}

/// When somebody else has changed events in place last. What is deleted is found by its number.
pub(super) async fn changed_by_others(client: &Client) -> Result<Option<i64>, WarehouseError> {
    let noted = NOTED.replace('\'', "\\'");
    let query = client.query_raw(&format!(
        "SELECT toInt64(toUnixTimestamp(create_time)) * 1000 AS at FROM system.mutations \
         WHERE database = 'weir' AND table = 'events' AND position(command, '_row_exists') = 0 \
             AND position(command, '{noted}') = 0 \
         ORDER BY at DESC LIMIT 1"
    ));
    let rows: Vec<i64> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking at the mutations", error))?;
    Ok(rows.first().copied())
}

/// Gives up the days of a site whose visits are not all there: of what is not written to the disk yet a power cut may leave some.
pub(super) async fn forget_lost(client: &Client, site: &str) -> Result<(), WarehouseError> {
    let id = quoted(site);
    let query = client.query_raw(&format!(
        "SELECT toString(session_date) AS day FROM weir.ready_days FINAL \
         WHERE site = {id} AND {IS_CURRENT} AND (ready[2], ready[5]) NOT IN ( \
             SELECT version, count() FROM weir.ready_sessions WHERE site = {id} GROUP BY version) AND ready[5] > 0"
    ));
    let days: Vec<String> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("counting the ready sessions", error))?;
    let days = Days::from([(site.to_owned(), days.into_iter().collect())]);
    forget(client, &days).await
}

/// Deletes the rows that do not count any more.
pub(super) async fn clean(client: &Client) -> Result<(), WarehouseError> {
    let old = Timestamp::now().saturating_sub(SignedDuration::try_from(KEPT).unwrap_or_default());
    let old = old.map(|old| version(old, 0)).unwrap_or_default();
    let condition = format!(
        "version < {old} AND version NOT IN (SELECT ready[2] FROM weir.ready_days FINAL WHERE {IS_CURRENT})"
    );
    let count = format!("SELECT count() FROM weir.ready_sessions WHERE {condition}");
    let rows: Vec<u64> = fetch(client.query_raw(&count))
        .await
        .map_err(|error| WarehouseError::from_client("looking for old sessions", error))?;
    if rows.iter().all(|rows| *rows == 0) {
        return Ok(());
    }
    let delete = format!("DELETE FROM weir.ready_sessions WHERE {condition}");
    run(client, "deleting old sessions", &delete).await
}

/// A site's id as SQL text.
pub(super) fn quoted(site: &str) -> String {
    format!("'{}'", site.replace('\\', "\\\\").replace('\'', "\\'"))
}
