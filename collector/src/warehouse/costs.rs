//! Costs of a site: what advertising and everything else took, by day. Rows of `weir.cost_days`, read through `weir.costs`.
//!
//! An import is one insert of one block: there as a whole or not at all. Costs are few and come by hand, so they do not pass the
//! spool: whoever imports them sees whether it worked, and does it again. What comes again with the same [`CostKey`] takes the
//! place of what was there. Reading files and judging them is not done here.

use std::collections::HashSet;
use std::time::Duration;

use clickhouse::{Client, Compression};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::client::fetch;
use super::error::WarehouseError;
use crate::enrich::channel;

/// Days of costs in one import, at most: they are one block of an insert.
pub const MOST_COST_DAYS: usize = 200_000;
/// How long an insert may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a cost was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CostKind {
    /// Advertising: what networks and places were paid.
    Ads,
    /// People of marketing and sales.
    Salaries,
    /// Programs and services by subscription.
    Tools,
    /// Agencies, contractors, production.
    Services,
    /// Any other cost of marketing and sales.
    Other,
    /// What customers cost once they are there: goods, delivery, support. No cost of marketing.
    Serving,
}

impl CostKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Ads,
        Self::Salaries,
        Self::Tools,
        Self::Services,
        Self::Other,
        Self::Serving,
    ];

    /// The name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ads => "ads",
            Self::Salaries => "salaries",
            Self::Tools => "tools",
            Self::Services => "services",
            Self::Other => "other",
            Self::Serving => "serving",
        }
    }
}

/// What makes a cost the same cost when it is imported again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CostKey {
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// What it was for.
    pub kind: CostKind,
    /// The channel that was named; empty: none was.
    pub channel: String,
    /// `utm_source` of the visits that it brings; or empty.
    pub source: String,
    /// `utm_medium`; or empty.
    pub medium: String,
    /// `utm_campaign`; or empty.
    pub campaign: String,
    /// What tells it apart from others; or empty.
    pub item: String,
}

/// One cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Which.
    pub key: CostKey,
    /// In hundredths of the site's currency.
    pub amount: u64,
    /// How often an advertisement was shown.
    pub impressions: u64,
    /// How often it was clicked.
    pub clicks: u64,
    /// People whom posts reached.
    pub reach: u64,
    /// Likes of posts.
    pub likes: u64,
    /// Comments on posts.
    pub comments: u64,
    /// How often posts were shared.
    pub shares: u64,
}

impl CostKey {
    /// The channel whose visits it brings: the one that was named, or the one that its source, medium and campaign tell.
    #[must_use]
    pub fn channel(&self) -> &str {
        if self.channel.is_empty() {
            let is_ads = self.kind == CostKind::Ads;
            return channel_of_cost(is_ads, &self.source, &self.medium, &self.campaign);
        }
        &self.channel
    }

    /// How many days it is spread over.
    #[must_use]
    pub fn days(&self) -> u32 {
        let days = self.from.until(self.to).map_or(0, |span| span.get_days());
        u32::try_from(days).unwrap_or_default() + 1
    }
}

/// The channel of a cost that names none. Empty: it belongs to no channel.
#[must_use]
pub fn channel_of_cost(is_ads: bool, source: &str, medium: &str, campaign: &str) -> &'static str {
    channel::channel_of_cost(is_ads, source, medium, campaign)
}

/// The channels that a cost may name.
pub fn channels_of_costs() -> impl Iterator<Item = &'static str> {
    channel::names()
}

/// A row. The fields are the columns.
#[derive(Debug, Serialize)]
struct Row<'a> {
    site: &'a str,
    cost_date: String,
    period_from: String,
    period_to: String,
    kind: &'static str,
    given_channel: &'a str,
    channel: &'a str,
    utm_source: &'a str,
    utm_medium: &'a str,
    utm_campaign: &'a str,
    item: &'a str,
    amount: String,
    currency: &'a str,
    impressions: u64,
    clicks: u64,
    reach: u64,
    likes: u64,
    comments: u64,
    shares: u64,
    imported_at: String,
    is_removed: u8,
}

/// The part of a number that falls on a day: parts of all days add up to it.
fn part(whole: u64, day: u32, days: u32) -> u64 {
    let until = |day: u32| u128::from(whole) * u128::from(day) / u128::from(days.max(1));
    u64::try_from(until(day + 1) - until(day)).unwrap_or_default()
}

/// A row for each day of each cost, as `JSONEachRow`.
fn rows(site: &str, currency: &str, costs: &[Cost], now_ms: i64, is_removed: bool) -> Vec<u8> {
    let imported_at = format!("{}.{:03}", now_ms.div_euclid(1000), now_ms.rem_euclid(1000));
    let mut body = Vec::new();
    for cost in costs {
        let key = &cost.key;
        let days = key.days();
        for day in 0..days {
            let of_day = |whole: u64| part(whole, day, days);
            let amount = of_day(cost.amount);
            let row = Row {
                site,
                cost_date: key.from.saturating_add(i64::from(day).days()).to_string(),
                period_from: key.from.to_string(),
                period_to: key.to.to_string(),
                kind: key.kind.name(),
                given_channel: &key.channel,
                channel: key.channel(),
                utm_source: &key.source,
                utm_medium: &key.medium,
                utm_campaign: &key.campaign,
                item: &key.item,
                amount: format!("{}.{:02}", amount / 100, amount % 100),
                currency,
                impressions: of_day(cost.impressions),
                clicks: of_day(cost.clicks),
                reach: of_day(cost.reach),
                likes: of_day(cost.likes),
                comments: of_day(cost.comments),
                shares: of_day(cost.shares),
                imported_at: imported_at.clone(),
                is_removed: u8::from(is_removed),
            };
            // Texts and numbers: nothing that could not be written.
            if serde_json::to_writer(&mut body, &row).is_ok() {
                body.push(b'\n');
            }
        }
    }
    body
}

/// Imports costs: each takes the place of the one with the same key. All of them or, with an error, none.
pub async fn record_costs(
    client: &Client,
    site: &str,
    currency: &str,
    costs: &[Cost],
    now_ms: i64,
) -> Result<(), WarehouseError> {
    insert(client, rows(site, currency, costs, now_ms, false)).await
}

/// Takes away the costs with these keys. What they had taken the place of does not come back.
pub async fn remove_costs(
    client: &Client,
    site: &str,
    currency: &str,
    costs: &[Cost],
    now_ms: i64,
) -> Result<(), WarehouseError> {
    insert(client, rows(site, currency, costs, now_ms, true)).await
}

async fn insert(client: &Client, body: Vec<u8>) -> Result<(), WarehouseError> {
    if body.is_empty() {
        return Ok(());
    }
    let most = MOST_COST_DAYS.to_string();
    let client = client.clone().with_compression(Compression::None);
    let inserted = async {
        // One block, hence one part, there as a whole or not at all.
        let mut insert = client
            .insert_formatted_with("INSERT INTO weir.cost_days FORMAT JSONEachRow")
            .with_timeouts(Some(TIMEOUT), Some(TIMEOUT))
            .with_setting("async_insert", "0")
            .with_setting("input_format_parallel_parsing", "0")
            .with_setting("max_insert_block_size", most.as_str())
            .with_setting("min_insert_block_size_rows", most.as_str())
            .with_setting("min_insert_block_size_bytes", (1_u64 << 30).to_string());
        insert.send(body.into()).await?;
        insert.end().await
    };
    inserted
        .await
        .map_err(|error| WarehouseError::from_client("importing costs", error))
}

#[derive(clickhouse::Row, Deserialize)]
struct SiteRow {
    currency: String,
    timezone: String,
}

/// The currency and the time zone of a site; `None`: there is no such site.
pub async fn currency_and_zone(
    client: &Client,
    site: &str,
) -> Result<Option<(String, String)>, WarehouseError> {
    let query = client
        .query("SELECT toString(currency) AS currency, toString(timezone) AS timezone FROM weir.sites FINAL WHERE id = ?")
        .bind(site);
    let rows: Vec<SiteRow> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking for the site", error))?;
    let row = rows.into_iter().next();
    Ok(row.map(|row| (row.currency, row.timezone)))
}

#[derive(clickhouse::Row, Deserialize)]
struct Known {
    from: String,
    to: String,
    kind: String,
    channel: String,
    source: String,
    medium: String,
    campaign: String,
    item: String,
}

/// The keys of the costs that a site has between two days: what an import of these days would take the place of.
pub async fn known_costs(
    client: &Client,
    site: &str,
    from: Date,
    to: Date,
) -> Result<HashSet<CostKey>, WarehouseError> {
    let query = client
        .query(
            "SELECT DISTINCT toString(period_from) AS from, toString(period_to) AS to, toString(kind) AS kind, \
                    toString(given_channel) AS channel, toString(utm_source) AS source, toString(utm_medium) AS medium, \
                    utm_campaign AS campaign, item \
             FROM weir.cost_days FINAL \
             WHERE site = ? AND cost_date BETWEEN toDate(?) AND toDate(?) AND NOT is_removed",
        )
        .bind(site)
        .bind(from.to_string())
        .bind(to.to_string());
    let rows: Vec<Known> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("looking for costs", error))?;
    let key = |row: Known| {
        let kind = CostKind::ALL
            .into_iter()
            .find(|kind| kind.name() == row.kind)?;
        Some(CostKey {
            from: row.from.parse().ok()?,
            to: row.to.parse().ok()?,
            kind,
            channel: row.channel,
            source: row.source,
            medium: row.medium,
            campaign: row.campaign,
            item: row.item,
        })
    };
    Ok(rows.into_iter().filter_map(key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salary() -> Cost {
        Cost {
            key: CostKey {
                from: Date::constant(2026, 2, 1),
                to: Date::constant(2026, 2, 28),
                kind: CostKind::Salaries,
                channel: String::new(),
                source: String::new(),
                medium: String::new(),
                campaign: String::new(),
                item: "it's \"us\"\n".to_owned(),
            },
            amount: 10_000_001,
            impressions: 0,
            clicks: 3,
            reach: 0,
            likes: 0,
            comments: 0,
            shares: 0,
        }
    }

    #[test]
    fn the_parts_of_a_month_are_the_month() {
        for whole in [0, 1, 27, 28, 29, 10_000_001, u64::MAX] {
            for days in [1, 28, 31, 366] {
                let parts: u128 = (0..days)
                    .map(|day| u128::from(part(whole, day, days)))
                    .sum();
                assert_eq!(parts, u128::from(whole), "{whole} over {days}");
            }
        }
    }

    #[test]
    fn a_row_is_what_the_table_wants() {
        let body = rows("shop", "RUB", &[salary()], 1_700_000_000_005, true);
        let lines: Vec<serde_json::Value> = body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 28);
        assert_eq!(lines[27]["cost_date"], "2026-02-28");
        assert_eq!(lines[0]["amount"], "3571.42");
        assert_eq!(lines[0]["imported_at"], "1700000000.005");
        let table = include_str!("../../sql/tables/0011_costs.sql");
        let fields = lines[0].as_object().unwrap();
        for field in fields.keys() {
            assert!(table.contains(&format!("\n    {field} ")), "{field}");
        }
        assert_eq!(table.matches("  COMMENT '").count(), fields.len());
    }

    #[test]
    fn a_named_channel_counts_before_what_the_rest_tells() {
        let mut key = salary().key;
        assert_eq!(key.channel(), "");
        key.source = "vk".to_owned();
        key.kind = CostKind::Ads;
        assert_eq!(key.channel(), "Paid Social");
        key.channel = "Email".to_owned();
        assert_eq!(key.channel(), "Email");
    }
}
