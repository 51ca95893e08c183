//! KPIs of a container: a number with a deadline, counted once a day over the 30 days that ended yesterday, or in all since a day.
//!
//! A KPI that is set today is not without a past: the days before it are counted as well, as far as they can tell something
//! ([`Asked::lacking`]), so that there is a trend at once. What it was when it was set stays what was counted then
//! (`is_before`). What there is today so far is counted apart, because a day that goes on is no day to compare with.
//!
//! Each metric is a query with two numbers, what stands above the line and what below. `weir.kpi_status` makes of them the
//! value, the share of the way, the forecast and the status. Metrics that need costs have no numerator until some are imported:
//! their row says that there is nothing to count them from.

mod current;
mod question;

use std::collections::BTreeMap;

use clickhouse::Client;
use jiff::civil::Date;

use super::client::{execute, fetch};
use super::error::WarehouseError;
use super::inline;
pub(super) use current::current;
use question::question;

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

/// Days over which a KPI is counted that names no first day.
const DAYS: i64 = 30;
/// Days before yesterday that are counted afterwards, at most.
const BACK_DAYS: i64 = 30;
/// The same for numbers that need costs, which take the longest to count: enough for a trend, and not for a forecast.
const BACK_DAYS_OF_COSTS: i64 = 2;
const OF_COSTS: [&str; 7] = [
    "cac",
    "cost_per_lead",
    "ltv",
    "ltv_to_cac",
    "romi",
    "roas",
    "drr",
];
/// Numbers that grow with the days that are counted: of fewer than thirty they say too little.
const ADDS_UP: [&str; 5] = ["traffic", "reach", "leads", "revenue", "orders"];

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
    /// The first of the days that it was counted on as they passed: the one before it was set.
    pub(super) begins: Date,
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
            None => back(last, DAYS - 1),
        };
        (first <= last).then_some((first, last))
    }

    /// How many of the thirty days that end with `day` the site has been collecting for. Growth looks at the thirty days before
    /// those as well.
    fn known_days(&self, day: Date, begun: Date) -> u16 {
        let known = (day - begun).get_days() + 1;
        let known = match self.metric.as_str() {
            "sales_growth" => i64::from(known) - DAYS,
            _ => i64::from(known),
        };
        u16::try_from(known.clamp(0, DAYS)).unwrap_or_default()
    }

    /// The days before yesterday that are not counted yet and can be, the latest first: since the site's first event, and
    /// where the number adds up, only those of which all thirty days are known.
    pub(super) fn lacking(&self, begun: Date, yesterday: Date, counted: &[Date]) -> Vec<Date> {
        if question(&self.metric, self.reached).is_none() {
            return Vec::new();
        }
        let earliest = match (self.since, self.metric.as_str()) {
            (Some(since), _) => since.max(begun),
            (None, metric) if ADDS_UP.contains(&metric) => back(begun, 1 - DAYS),
            // It looks at the thirty days before those as well.
            (None, "sales_growth") => back(begun, 1 - 2 * DAYS),
            (None, _) => begun,
        };
        let most = match OF_COSTS.contains(&self.metric.as_str()) {
            true => BACK_DAYS_OF_COSTS,
            false => BACK_DAYS,
        };
        (1..=most)
            .map(|days| back(yesterday, days))
            .filter(|day| *day >= earliest)
            .filter(|day| self.deadline.is_none_or(|deadline| *day <= deadline))
            .filter(|day| !counted.contains(day))
            .collect()
    }
}

fn back(day: Date, days: i64) -> Date {
    day.saturating_sub(jiff::Span::new().days(days))
}

#[derive(clickhouse::Row, serde::Deserialize)]
struct Counted {
    numerator: Option<f64>,
    denominator: Option<f64>,
}

/// The first day of which anything was collected. Before it a KPI has no day that could be counted: what nobody could have done
/// is not nothing done.
pub(super) async fn first_day(client: &Client, site: &str) -> Result<Option<Date>, WarehouseError> {
    let query = client
        .query(
            "SELECT toString(session_date) FROM weir.events WHERE site = ? ORDER BY site, session_date LIMIT 1",
        )
        .bind(site);
    let found: Vec<String> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking for events", error))?;
    Ok(found.first().and_then(|day| day.parse().ok()))
}

#[derive(clickhouse::Row, serde::Deserialize)]
struct CountedDay {
    kpi: String,
    definition: u64,
    day: String,
    /// Events of its thirty days when it was counted.
    had: u64,
}

#[derive(clickhouse::Row, serde::Deserialize)]
struct DayEvents {
    day: String,
    events: u64,
}

/// One more or less of so many events makes a day another one.
const OTHER: u64 = 100;

/// The days that the KPIs of a site have been counted on since a moment, by name and definition; without those that an import has
/// changed since then, also one that nobody saw.
pub(super) async fn counted_days(
    client: &Client,
    site: &str,
    since_ms: i64,
) -> Result<BTreeMap<(String, u64), Vec<Date>>, WarehouseError> {
    let query = client
        .query(
            "SELECT kpi, definition, toString(day) AS day, argMax(events, as_of) AS had FROM weir.kpi_values \
             WHERE site = ? AND as_of >= fromUnixTimestamp64Milli(toInt64(?)) GROUP BY kpi, definition, weir.kpi_values.day",
        )
        .bind(site)
        .bind(since_ms);
    let rows: Vec<CountedDay> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the days of the KPIs", error))?;
    let query = client
        .query(
            "SELECT toString(session_date) AS day, count() AS events FROM weir.events \
             WHERE site = ? AND session_date >= today() - toUInt16(?) GROUP BY session_date",
        )
        .bind(site)
        .bind(2 * (DAYS + 1));
    let events: Vec<DayEvents> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("counting the events by day", error))?;
    let events: BTreeMap<Date, u64> = events
        .into_iter()
        .filter_map(|row| Some((row.day.parse().ok()?, row.events)))
        .collect();
    let mut counted: BTreeMap<(String, u64), Vec<Date>> = BTreeMap::new();
    for row in rows {
        let Ok(day) = row.day.parse::<Date>() else {
            continue;
        };
        let has: u64 = events
            .range(back(day, DAYS - 1)..=day)
            .map(|(_, events)| events)
            .sum();
        if row.had == 0 || has.abs_diff(row.had) <= row.had / OTHER {
            counted
                .entry((row.kpi, row.definition))
                .or_default()
                .push(day);
        }
    }
    Ok(counted)
}

/// Counts a KPI when `day` is the last that is whole, and keeps the result. Tells whether there was a day to count.
pub(super) async fn count(
    client: &Client,
    asked: &Asked,
    day: Date,
    begun: Date,
) -> Result<bool, WarehouseError> {
    let Some((first, day)) = asked.days(day) else {
        return Ok(false);
    };
    let counted = ask(client, asked, first, day).await?;
    // After the deadline the day is that of the deadline, which may be before it was set: it is counted as it passed.
    keep_day(client, asked, day, begun, counted, false).await?;
    Ok(true)
}

/// Counts a day that has passed long ago.
pub(super) async fn count_back(
    client: &Client,
    asked: &Asked,
    day: Date,
    begun: Date,
) -> Result<(), WarehouseError> {
    let Some((first, day)) = asked.days(day) else {
        return Ok(());
    };
    let counted = ask(client, asked, first, day).await?;
    keep_day(client, asked, day, begun, counted, day < asked.begins).await
}

/// Counts what there is so far, when `today` goes on.
pub(super) async fn count_so_far(
    client: &Client,
    asked: &Asked,
    today: Date,
) -> Result<(), WarehouseError> {
    let is_over = asked.deadline.is_some_and(|deadline| deadline < today);
    let Some((first, today)) = asked.days(today).filter(|_| !is_over) else {
        return Ok(());
    };
    let counted = ask(client, asked, first, today).await?;
    let query = client
        .query(
            "INSERT INTO weir.kpi_so_far (site, kpi, definition, day, numerator, denominator, as_of) \
             SELECT ?, ?, ?, toDate(?), ?, ?, now64(3)",
        )
        .bind(&asked.site)
        .bind(&asked.kpi)
        .bind(asked.definition)
        .bind(today.to_string())
        .bind(counted.numerator)
        .bind(counted.denominator);
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("keeping a KPI", error))
}

/// The two numbers of a KPI over some days.
async fn ask(
    client: &Client,
    asked: &Asked,
    from: Date,
    to: Date,
) -> Result<Counted, WarehouseError> {
    let nothing = Counted {
        numerator: None,
        denominator: None,
    };
    let Some(question) = question(&asked.metric, asked.reached) else {
        return Ok(nothing);
    };
    let sql = format!(
        "SELECT CAST(counted.1, 'Nullable(Float64)') AS numerator, CAST(counted.2, 'Nullable(Float64)') AS denominator \
         FROM (SELECT ({}) AS counted)",
        inline::query(&question)
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
        .param("from", from.to_string())
        .param("to", to.to_string());
    let rows: Vec<Counted> = fetch(query).await.map_err(|error| {
        WarehouseError::from_client(
            format!("counting KPI `{}` of site `{}`", asked.kpi, asked.site),
            error,
        )
    })?;
    let counted = rows.into_iter().next().unwrap_or(nothing);
    let finite = |number: Option<f64>| number.filter(|number| number.is_finite());
    Ok(Counted {
        numerator: finite(counted.numerator),
        denominator: finite(counted.denominator),
    })
}

async fn keep_day(
    client: &Client,
    asked: &Asked,
    day: Date,
    begun: Date,
    counted: Counted,
    is_before: bool,
) -> Result<(), WarehouseError> {
    let query = client
        .query(
            "INSERT INTO weir.kpi_values (site, kpi, definition, day, numerator, denominator, is_before, known_days, events, as_of) \
             SELECT ?, ?, ?, toDate(?), ?, ?, ?, ?, \
                (SELECT count() FROM weir.events WHERE site = ? AND session_date BETWEEN toDate(?) AND toDate(?)), now64(3)",
        )
        .bind(&asked.site)
        .bind(&asked.kpi)
        .bind(asked.definition)
        .bind(day.to_string())
        .bind(counted.numerator)
        .bind(counted.denominator)
        .bind(u8::from(is_before))
        .bind(asked.known_days(day, begun))
        .bind(&asked.site)
        .bind(back(day, DAYS - 1).to_string())
        .bind(day.to_string());
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("keeping a KPI", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn asked(metric: &str, since: Option<&str>, deadline: &str) -> Asked {
        Asked {
            site: "shop".to_owned(),
            kpi: "Target".to_owned(),
            metric: metric.to_owned(),
            page: String::new(),
            channel: String::new(),
            definition: 1,
            since: since.map(day),
            deadline: Some(day(deadline)),
            begins: day("2026-11-30"),
            reached: Reached::Step,
            step: "lead".to_owned(),
            steps: Vec::new(),
            window_s: 0,
            mode: "ordered",
            unit: "person",
        }
    }

    #[test]
    fn days_are_counted_back_as_far_as_they_tell_something() {
        let yesterday = day("2026-11-30");
        let lacking = |asked: &Asked, begun: &str, counted: &[Date]| {
            let days = asked.lacking(day(begun), yesterday, counted);
            (days.len(), days.first().copied(), days.last().copied())
        };
        let share = asked("conversion_rate", None, "2027-01-31");
        // A share of the days since the first event; no further than thirty days.
        assert_eq!(
            lacking(&share, "2026-11-20", &[]),
            (10, Some(day("2026-11-29")), Some(day("2026-11-20")))
        );
        assert_eq!(lacking(&share, "2020-01-01", &[]).0, 30);
        // What is counted is not counted again.
        let counted = [day("2026-11-29"), yesterday];
        assert_eq!(lacking(&share, "2026-11-20", &counted).0, 9);
        // What adds up is counted where all thirty days are known: else it would only seem to grow.
        let leads = asked("leads", None, "2027-01-31");
        assert_eq!(lacking(&leads, "2026-11-20", &[]), (0, None, None));
        assert_eq!(
            lacking(&leads, "2026-10-29", &[]),
            (3, Some(day("2026-11-29")), Some(day("2026-11-27")))
        );
        assert_eq!(
            lacking(
                &asked("sales_growth", None, "2027-01-31"),
                "2026-10-01",
                &[]
            )
            .0,
            1
        );
        // In all: since its first day, and until its last.
        let in_all = asked("leads", Some("2026-11-25"), "2026-11-28");
        assert_eq!(
            lacking(&in_all, "2026-01-01", &[]),
            (4, Some(day("2026-11-28")), Some(day("2026-11-25")))
        );
        // What has nothing to be counted from has no days.
        assert_eq!(
            lacking(&asked("nothing", None, "2027-01-31"), "2020-01-01", &[]).0,
            0
        );
    }
}
