//! Reading saved funnels: one view per funnel of a container, listed in `weir.funnels`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::sql::{Sql, SqlError, number};

/// Days that a saved funnel looks back.
pub const DAYS: u32 = 30;

/// One step of a funnel, as the view answers it and the API passes it on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FunnelStep {
    /// Position, from 1.
    #[serde(deserialize_with = "number")]
    pub step_no: u32,
    /// Its label.
    pub step: String,
    /// Persons who came this far.
    #[serde(deserialize_with = "number")]
    pub persons: u64,
    /// Share of those who began.
    pub conversion_from_start: Option<f64>,
    /// Share of those of the step before.
    pub conversion_from_prev: Option<f64>,
    /// Persons of the step before who came no further.
    #[serde(deserialize_with = "number")]
    pub drop_off: u64,
    /// Half of them took less than this from the step before, in seconds.
    pub median_s_from_prev: Option<f64>,
    /// Persons among `drop_off` whose time is not over.
    #[serde(deserialize_with = "number")]
    pub maturing: u64,
}

/// A saved funnel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SavedFunnel {
    /// Site id.
    pub site: String,
    /// Name of the funnel.
    pub funnel: String,
    /// What people call it; empty: by its name.
    pub title: String,
    /// Its view, in database `weir`.
    pub view: String,
}

/// Whether a text can be part of a view's name.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// All saved funnels.
pub async fn saved(sql: &Sql) -> Result<Vec<SavedFunnel>, SqlError> {
    sql.rows(
        "SELECT site, funnel, title, view FROM weir.funnels ORDER BY site, funnel",
        &[],
    )
    .await
}

/// One saved funnel; `None` when ClickHouse does not know it (yet).
pub async fn find(sql: &Sql, site: &str, funnel: &str) -> Result<Option<SavedFunnel>, SqlError> {
    let query = "SELECT site, funnel, title, view FROM weir.funnels WHERE site = ? AND funnel = ?";
    Ok(sql.rows(query, &[site, funnel]).await?.pop())
}

/// The steps of a saved funnel.
pub async fn steps(sql: &Sql, funnel: &SavedFunnel) -> Result<Vec<FunnelStep>, SqlError> {
    let view = &funnel.view;
    // INVARIANT: nothing but a checked identifier is ever put into the text of a query.
    if !is_identifier(view) {
        return Err(SqlError::Unreadable(format!(
            "`{view}` is no name of a view"
        )));
    }
    sql.rows(&format!("SELECT * FROM weir.{view} ORDER BY step_no"), &[])
        .await
}
