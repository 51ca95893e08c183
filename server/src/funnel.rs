//! Reading saved funnels: one view per funnel of a container, `weir.funnel_<site>_<name>`.

use serde::{Deserialize, Serialize};

use crate::sql::{Sql, SqlError, number};

/// Days that a saved funnel looks back.
pub const DAYS: u32 = 30;

/// One step of a funnel, as the view answers it and the API passes it on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Share of those of the step before who went no further.
    pub drop_off: Option<f64>,
    /// Half of them took less than this from the step before, in seconds.
    pub median_s_from_prev: Option<f64>,
    /// Persons who may still go further.
    pub maturing: serde_json::Value,
}

/// A saved funnel's name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FunnelName {
    /// Site id.
    pub site: String,
    /// Name of the funnel.
    pub funnel: String,
}

/// Whether a text can be part of a view's name.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The steps of a saved funnel, or nothing when a name cannot be one.
pub async fn steps(sql: &Sql, site: &str, funnel: &str) -> Result<Vec<FunnelStep>, SqlError> {
    if !is_identifier(site) || !is_identifier(funnel) {
        return Ok(Vec::new());
    }
    // INVARIANT: both parts were checked above; nothing else is ever put into the text of a query.
    let query = format!("SELECT * FROM weir.funnel_{site}_{funnel} ORDER BY step_no");
    sql.rows(&query, &[]).await
}

/// All saved funnels.
pub async fn names(sql: &Sql) -> Result<Vec<FunnelName>, SqlError> {
    sql.rows("SELECT DISTINCT site, funnel FROM weir.funnel_steps ORDER BY site, funnel", &[]).await
}
