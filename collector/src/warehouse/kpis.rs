//! KPIs of a container: a number with a deadline, counted once a day over the 30 days that ended yesterday, or in all since a day.
//!
//! Each metric is a query with two numbers, what stands above the line and what below. `weir.kpi_status` makes of them the
//! value, the share of the way, the forecast and the status. Metrics that need costs or numbers from outside have no query:
//! their row says that there is nothing to count them from.

use clickhouse::Client;
use jiff::civil::Date;

use super::client::{execute, fetch};
use super::error::WarehouseError;
use super::fitted::{self, Fit};
use super::inline;

/// A number to reach by a day.
#[derive(Debug, Clone, PartialEq, clickhouse::Row, serde::Deserialize)]
pub struct KpiDefinition {
    /// What people call it.
    #[serde(rename = "kpi")]
    pub name: String,
    /// Which number.
    pub metric: String,
    /// Of people who entered there; may end in `*`. Empty: everywhere.
    pub page: String,
    /// Which goal; or empty.
    pub goal: String,
    /// Which funnel; or empty.
    pub funnel: String,
    /// Of one channel only; or empty.
    pub channel: String,
    /// What it was at the beginning.
    pub baseline: Option<f64>,
    /// What it is to be.
    pub target: f64,
    /// The day from which on it is counted in all, `2026-10-01`; empty: over the last 30 days.
    pub since: String,
    /// The last day for it, `2026-12-31`.
    pub deadline: String,
}

/// Where what a KPI counts stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Nothing,
    Step,
    Funnel,
}

/// A KPI to be counted.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) site: String,
    pub(super) kpi: String,
    pub(super) metric: String,
    pub(super) page: String,
    pub(super) channel: String,
    pub(super) definition: u64,
    pub(super) since: Option<Date>,
    pub(super) deadline: Option<Date>,
    pub(super) reached: Reached,
    /// The step of a goal.
    pub(super) step: String,
    /// The steps of a funnel, its window, mode and unit.
    pub(super) steps: Vec<String>,
    pub(super) window_s: u64,
    pub(super) mode: &'static str,
    pub(super) unit: &'static str,
}

impl Asked {
    /// The days that are counted when `day` is the last that is whole; `None`: the first of them is still to come. After the
    /// deadline nothing changes any more.
    fn days(&self, day: Date) -> Option<(Date, Date)> {
        let last = self.deadline.map_or(day, |deadline| deadline.min(day));
        let first = match self.since {
            Some(since) => since,
            None => last.saturating_sub(jiff::Span::new().days(29)),
        };
        (first <= last).then_some((first, last))
    }
}

#[derive(clickhouse::Row, serde::Deserialize)]
struct Counted {
    numerator: Option<f64>,
    denominator: Option<f64>,
}

/// The visits of the period that the KPI is about.
const VISITS: &str = "FROM weir.sessions WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} \
    AND {channel:String} IN ('', toString(channel)) \
    AND ({page:String} = '' OR if(endsWith({page:String}, '*'), \
        startsWith(landing_page, substring({page:String}, 1, length({page:String}) - 1)), landing_page = {page:String}))";
/// Who reached the goal, and in which session.
const REACHED_STEP: &str = "SELECT person_id, session_id FROM weir_fn.step_events(site = {site:String}, \
    steps = [{step:String}], window_s = 0, mode = 'ordered', unit = 'person', breakdown = '', from = {from:Date}, \
    to = {to:Date})";
const ENTERED: &str = "weir_fn.funnel_entries_by(site = {site:String}, steps = {steps:Array(String)}, \
    window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, breakdown = 'channel', from = {from:Date}, \
    to = {to:Date}) WHERE {channel:String} IN ('', breakdown)";
const ORDERS: &str = "FROM weir.orders AS orders WHERE site = {site:String} AND order_date BETWEEN {from:Date} AND {to:Date} \
    AND {channel:String} IN ('', toString(channel))";
const CUSTOMERS: &str = "FROM weir_fn.customers(site = {site:String}, lost_after_days = 90, from = {from:Date}, to = {to:Date})";

/// What is sold in a period, refunds taken off where no channel is asked for: a refund has none.
fn revenue(from: &str, to: &str) -> String {
    format!(
        "((SELECT toFloat64(sum(orders.revenue)) FROM weir.orders AS orders WHERE site = {{site:String}} \
           AND order_date BETWEEN {from} AND {to} AND {{channel:String}} IN ('', toString(channel))) \
        - (SELECT toFloat64(sum(refunded)) FROM weir.refunds WHERE site = {{site:String}} \
           AND refund_date BETWEEN {from} AND {to} AND {{channel:String}} = ''))"
    )
}

/// The query of a metric: two numbers. `None`: there is nothing here to count it from.
fn question(metric: &str, reached: Reached) -> Option<String> {
    let who_reached = match reached {
        Reached::Step => Some(REACHED_STEP.to_owned()),
        Reached::Funnel => Some(format!(
            "SELECT unit_id AS person_id, toUInt64(0) AS session_id FROM {ENTERED} AND level = length({{steps:Array(String)}})"
        )),
        Reached::Nothing => None,
    };
    let above = |number: &str, from: &str| format!("SELECT toFloat64({number}), NULL {from}");
    let share = |above: &str, below: &str, from: &str| {
        format!("SELECT toFloat64({above}), toFloat64({below}) {from}")
    };
    Some(match metric {
        "traffic" => above("count()", VISITS),
        "reach" => above("uniqExact(person_id)", VISITS),
        "engagement" => share("sum(is_engaged)", "count()", VISITS),
        "leads" => match (reached, who_reached) {
            (_, None) => above("sum(leads)", VISITS),
            (Reached::Step, Some(who)) => above(
                &format!(
                    "countIf(({{channel:String}} = '' AND {{page:String}} = '') OR session_id IN (SELECT session_id {VISITS}))"
                ),
                &format!("FROM ({who})"),
            ),
            (_, Some(who)) => above("count()", &format!("FROM ({who})")),
        },
        "conversion_rate" | "landing_conversion" => share(
            &format!(
                "uniqExactIf(person_id, person_id IN (SELECT person_id FROM ({})))",
                who_reached?
            ),
            "uniqExact(person_id)",
            VISITS,
        ),
        "funnel" => share(
            "countIf(level = length({steps:Array(String)}))",
            "count()",
            &format!("FROM {ENTERED}"),
        ),
        "ctr" => share(
            "sum(clicks)",
            "sum(impressions)",
            "FROM weir.session_items WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} \
             AND {channel:String} IN ('', toString(channel))",
        ),
        "revenue" => above(&revenue("{from:Date}", "{to:Date}"), ""),
        "orders" => above("count()", ORDERS),
        "aov" => share(
            "sum(orders.revenue)",
            "countIf(NOT is_other_currency)",
            ORDERS,
        ),
        "sales_growth" => share(
            &format!(
                "{} - {}",
                revenue("{from:Date}", "{to:Date}"),
                revenue("{from:Date} - 30", "{from:Date} - 1")
            ),
            &revenue("{from:Date} - 30", "{from:Date} - 1"),
            "",
        ),
        "retention" => share("active_at_start - lost", "active_at_start", CUSTOMERS),
        "churn" => share("lost", "active_at_start", CUSTOMERS),
        "rpr" => share("repeat_customers_in_life", "customers", CUSTOMERS),
        "nps" => share(
            "100 * (countIf(score >= 9) - countIf(score <= 6))",
            "count()",
            "FROM (SELECT person_id, argMax(toInt32OrZero(props['score']), (ts, session_seq)) AS score FROM weir.events FINAL \
             WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date} AND name = 'nps' AND bot = '' \
             AND {channel:String} IN ('', toString(channel)) GROUP BY person_id)",
        ),
        _ => return None,
    })
}

/// Whether anything was collected up to `day`. Before that a KPI has no day that could be counted: what nobody could have done
/// is not nothing done.
pub(super) async fn has_begun(
    client: &Client,
    site: &str,
    day: Date,
) -> Result<bool, WarehouseError> {
    let query = client
        .query("SELECT count() FROM (SELECT 1 FROM weir.events WHERE site = ? AND session_date <= toDate(?) LIMIT 1)")
        .bind(site)
        .bind(day.to_string());
    let found: Vec<u64> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking for events", error))?;
    Ok(found.iter().any(|found| *found > 0))
}

/// Counts a KPI when `day` is the last that is whole, and keeps the result. Tells whether there was a day to count.
pub(super) async fn count(
    client: &Client,
    asked: &Asked,
    day: Date,
) -> Result<bool, WarehouseError> {
    let Some((first, day)) = asked.days(day) else {
        return Ok(false);
    };
    let counted = match question(&asked.metric, asked.reached) {
        None => None,
        Some(question) => {
            let fit = Fit::of(&asked.steps).or(Fit::of(&[&asked.step]));
            let sql = format!(
                "SELECT CAST(counted.1, 'Nullable(Float64)') AS numerator, CAST(counted.2, 'Nullable(Float64)') AS denominator \
                 FROM (SELECT ({}) AS counted)",
                fitted::fitted(&inline::query(&question), fit)
            );
            let query = client
                .query_raw(&sql)
                .param("site", &asked.site)
                .param("page", &asked.page)
                .param("channel", &asked.channel)
                .param("step", &asked.step)
                .param("steps", &asked.steps)
                .param("window_s", asked.window_s)
                .param("mode", asked.mode)
                .param("unit", asked.unit)
                .param("from", first.to_string())
                .param("to", day.to_string());
            let rows: Vec<Counted> = fetch(query).await.map_err(|error| {
                WarehouseError::from_client(
                    format!("counting KPI `{}` of site `{}`", asked.kpi, asked.site),
                    error,
                )
            })?;
            rows.into_iter().next()
        }
    };
    let (numerator, denominator) =
        counted.map_or((None, None), |row| (row.numerator, row.denominator));
    let query = client
        .query(
            "INSERT INTO weir.kpi_values (site, kpi, definition, day, numerator, denominator, as_of) \
             SELECT ?, ?, ?, toDate(?), ?, ?, now64(3)",
        )
        .bind(&asked.site)
        .bind(&asked.kpi)
        .bind(asked.definition)
        .bind(day.to_string())
        .bind(numerator.filter(|number| number.is_finite()))
        .bind(denominator.filter(|number| number.is_finite()));
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("keeping a KPI", error))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_metric_asks_is_in_one_text() {
        for metric in [
            "traffic",
            "leads",
            "conversion_rate",
            "funnel",
            "revenue",
            "sales_growth",
            "nps",
        ] {
            for reached in [Reached::Step, Reached::Funnel] {
                let sql = inline::query(&question(metric, reached).unwrap());
                for view in ["weir_fn.step_events", "weir_fn.funnel_entries"] {
                    assert!(!sql.contains(view), "{metric}: {sql}");
                }
            }
        }
        assert_eq!(question("romi", Reached::Nothing), None);
        assert_eq!(question("conversion_rate", Reached::Nothing), None);
    }
}
