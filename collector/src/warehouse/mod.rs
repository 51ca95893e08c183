//! The warehouse: tables and views in ClickHouse, and what the reports know of each site.
//!
//! Owns database `weir` (tables, and views that any BI tool may probe) and `weir_fn` (views with parameters), both from
//! the files of `collector/sql`. Bound values and checked identifiers only: nothing that people write becomes SQL text.
//! It does not insert events (that is the sink), and it does not answer reports: everybody reads the same views.
//!
//! A start runs [`migrate`] and [`check_views`]; publishing a container runs [`publish_site`].

mod client;
mod connect;
mod error;
mod migrate;
mod publish;
mod saved;
mod views;

use clickhouse::Client;

pub use connect::connect;
pub use error::WarehouseError;
pub use migrate::Migrated;
pub use publish::{FunnelDefinition, PublishedSite, ReleaseRecord, SiteDefinition, publish_site, record_release};

/// Makes the databases, brings the tables up to date, makes the views anew. Safe on several nodes at once.
///
/// Where a newer Weir has been at work, the views stay as that one made them.
pub async fn migrate(client: &Client) -> Result<Migrated, WarehouseError> {
    let migrated = migrate::migrate_tables(client).await?;
    if migrated.newer.is_empty() {
        views::create(client).await?;
        publish::refresh_saved_views(client).await?;
    }
    Ok(migrated)
}

/// Runs every view once, reading no events, and names the first that does not run.
pub async fn check_views(client: &Client) -> Result<(), WarehouseError> {
    views::check(client).await
}
