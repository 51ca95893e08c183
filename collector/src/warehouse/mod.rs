//! The warehouse: tables and views in ClickHouse, and what the reports know of each site.
//!
//! Owns database `weir` (tables, and views that any BI tool may probe) and `weir_fn` (views with parameters), both from
//! the files of `collector/sql`. Bound values and checked identifiers only: nothing that people write becomes SQL text.
//! It does not insert events (that is the sink), and it does not answer reports: everybody reads the same views.
//!
//! A start runs [`migrate`], [`create_views`] and [`check_views`]; publishing a container runs [`publish_site`]; a
//! [`Refresher`] counts, now and then, what the ready views and the KPIs show.

mod client;
mod cluster;
mod connect;
mod costs;
mod error;
mod glossary;
mod goals;
mod history;
mod inline;
mod kpis;
mod migrate;
mod people;
mod previews;
mod publish;
mod ready;
mod refresh;
mod saved;
mod sessions;
mod shared;
mod troubles;
mod views;

use clickhouse::Client;

pub use cluster::Cluster;
pub use connect::connect;
pub use costs::{
    Cost, CostKey, CostKind, MOST_COST_DAYS, channel_of_cost, channels_of_costs, currency_and_zone,
    known_costs, record_costs, remove_costs,
};
pub use error::WarehouseError;
pub use goals::{GoalDefinition, GoalStep};
pub use kpis::KpiDefinition;
pub use migrate::Migrated;
pub use previews::{PreviewRow, record_previews};
pub use publish::{
    FunnelDefinition, PublishedSite, ReleaseRecord, SiteDefinition, publish_site, record_release,
};
pub use refresh::{IDLE, Refreshed, Refresher};
pub use saved::{FunnelCount, FunnelMode};

/// Makes the databases and brings the tables up to date. From here on events can be inserted. Safe on several nodes at
/// once.
pub async fn migrate(client: &Client) -> Result<Migrated, WarehouseError> {
    migrate::migrate_tables(client, None).await
}

/// The same over all servers of a cluster: replicated within its shards, spread over them. Whatever is done with the
/// database afterwards finds that out by itself.
pub async fn migrate_cluster(
    client: &Client,
    cluster: &Cluster,
) -> Result<Migrated, WarehouseError> {
    migrate::migrate_tables(client, Some(cluster)).await
}

/// Whether the tables could be, or are, in the form of this cluster.
pub async fn check_cluster(client: &Client, cluster: &Cluster) -> Result<(), WarehouseError> {
    migrate::form_for(client, Some(cluster)).await.map(|_| ())
}

/// What `ALTER TABLE` and `DELETE FROM` must name to change events: the table itself, or the shards' parts on every node.
pub async fn changeable_events(client: &Client) -> Result<String, WarehouseError> {
    Ok(cluster::of_database(client).await?.map_or_else(
        || "weir.events".to_owned(),
        |cluster| cluster.changeable_events(),
    ))
}

/// Deletes the visits that were put together of events which are about to be deleted: those for which a condition on `site` and
/// `session_date` holds.
pub async fn delete_sessions(client: &Client, condition: &str) -> Result<(), WarehouseError> {
    sessions::delete(client, condition).await
}

/// Makes every view anew, the saved funnels too, in a database that [`migrate`] has been at. Where a newer Weir has been at
/// work, the views stay as that one made them.
pub async fn create_views(client: &Client) -> Result<(), WarehouseError> {
    if !migrate::newer_migrations(client).await?.is_empty() {
        return Ok(());
    }
    match sessions::watch(client).await {
        Err(error) if error.is_retriable() => return Err(error),
        // A user of a foreign server may lack the right to it; every answer is the same without.
        Err(error) => tracing::warn!("visits of past days are not put together ahead: {error}"),
        Ok(()) => {}
    }
    let made = views::create(client).await;
    if !matches!(made, Ok(()) | Err(WarehouseError::BrokenViews { .. })) {
        return made;
    }
    let refreshed = publish::refresh_saved_views(client).await;
    // What passes by itself is waited for; else the broken view is the reason, also of what is counted with it.
    match refreshed {
        Err(error) if error.is_retriable() => Err(error),
        refreshed => made.and(refreshed),
    }
}

/// Runs every view once, reading no events, and names those that do not run.
pub async fn check_views(client: &Client) -> Result<(), WarehouseError> {
    views::check(client).await
}

/// A query over views with steps (`weir_fn.funnel_by` and the like) with their texts in the place of the calls. It counts the
/// same, and the engine reads it in half the time.
#[must_use]
pub fn in_one_text(sql: &str) -> String {
    inline::query(sql)
}
