//! Costs: reading a file of them, and importing it. The same for the command, the API and the page.
//!
//! All or nothing: a file in which anything is wrong imports nothing, and everything that is wrong with it is said at once, with
//! its line and its column. What is right is one insert (`weir_collector::warehouse::record_costs`). A cost is the same cost as
//! before if its days, kind, channel, source, medium, campaign and item are: then it takes the place of what was there.

mod columns;
mod fault;
mod numbers;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use clickhouse::Client;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use weir_collector::warehouse::{self, Cost, WarehouseError};

pub use fault::{Problem, Told};
pub use read::{File, Problems};

/// Bytes of a file, at most.
pub const MOST_BYTES: usize = 16 << 20;
/// Costs in one file, at most.
const MOST_LINES: usize = 50_000;
/// Days of one cost, at most.
const MOST_DAYS_OF_COST: u32 = 366;
/// Years that a cost may lie ahead: salaries of the month that goes on are known.
const MOST_YEARS_AHEAD: i32 = 1;
/// Characters of a source, a campaign, an item.
const MOST_CHARS: usize = 300;
/// Problems that are told one by one.
const MOST_PROBLEMS: usize = 200;

/// What an import must know of its site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: String,
    /// Its currency.
    pub currency: String,
    /// Its day.
    pub today: Date,
}

/// What came, or would come, of an import.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CostImport)]
pub struct Summary {
    /// Costs in the file.
    pub costs: usize,
    /// Of these, those that take the place of one that was there.
    pub replaced: usize,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Their sum.
    pub amount: f64,
    /// Of the site.
    pub currency: String,
    /// The sum by kind and channel, the largest first.
    pub parts: Vec<Part>,
    /// Columns of the file that mean nothing here.
    pub ignored_columns: Vec<String>,
    /// Whether the file was taken for one of Windows-1251.
    pub windows_1251: bool,
    /// Whether anything was imported, or taken away: else it was only tried.
    pub done: bool,
    /// Whether the costs were taken away.
    pub removed: bool,
}

/// Costs of one kind and channel.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CostPart)]
pub struct Part {
    /// `ads`, `salaries`, …
    pub kind: &'static str,
    /// The channel; empty: none.
    pub channel: String,
    /// How many.
    pub costs: usize,
    /// Their sum.
    pub amount: f64,
}

/// What is to be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Say what would come of it.
    Try,
    /// Import its costs.
    Import,
    /// Take away the costs that are in it.
    Remove,
}

/// The site as the warehouse knows it; `None`: it does not.
pub async fn site(client: &Client, id: &str) -> Result<Option<Site>, WarehouseError> {
    let known = warehouse::currency_and_zone(client, id).await?;
    Ok(known.map(|(currency, timezone)| {
        let zone = jiff::tz::TimeZone::get(&timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        Site {
            id: id.to_owned(),
            currency,
            today: zone.to_datetime(jiff::Timestamp::now()).date(),
        }
    }))
}

/// Reads a file. It takes its time if it is large.
pub fn read(bytes: &[u8], site: &Site) -> Result<File, Problems> {
    read::read(bytes, site)
}

/// Does with a file what is wanted.
pub async fn carry_out(
    client: &Client,
    site: &Site,
    file: &File,
    doing: Doing,
    now_ms: i64,
) -> Result<Summary, WarehouseError> {
    let days = file
        .costs
        .iter()
        .flat_map(|cost| [cost.key.from, cost.key.to]);
    let (from, to) = days.fold((Date::MAX, Date::MIN), |(from, to), day| {
        (from.min(day), to.max(day))
    });
    let known = warehouse::known_costs(client, &site.id, from, to).await?;
    let replaced = file.costs.iter().filter(|cost| known.contains(&cost.key));
    let replaced = replaced.count();
    match doing {
        Doing::Try => {}
        Doing::Import => {
            warehouse::record_costs(client, &site.id, &site.currency, &file.costs, now_ms).await?;
        }
        Doing::Remove => {
            // Only what is there: a row that takes away nothing would stay for ever.
            let there = file.costs.iter().filter(|cost| known.contains(&cost.key));
            let there: Vec<Cost> = there.cloned().collect();
            warehouse::remove_costs(client, &site.id, &site.currency, &there, now_ms).await?;
        }
    }
    let cents = |cents: u64| cents as f64 / 100.0;
    let mut parts: BTreeMap<(&'static str, &str), (usize, u64)> = BTreeMap::new();
    for cost in &file.costs {
        let place = (cost.key.kind.name(), cost.key.channel());
        let part = parts.entry(place).or_default();
        *part = (part.0 + 1, part.1 + cost.amount);
    }
    let mut parts: Vec<Part> = parts
        .into_iter()
        .map(|((kind, channel), (costs, amount))| Part {
            kind,
            channel: channel.to_owned(),
            costs,
            amount: cents(amount),
        })
        .collect();
    parts.sort_by(|one, other| other.amount.total_cmp(&one.amount));
    Ok(Summary {
        costs: file.costs.len(),
        replaced,
        from: from.to_string(),
        to: to.to_string(),
        amount: cents(file.costs.iter().map(|cost| cost.amount).sum()),
        currency: site.currency.clone(),
        parts,
        ignored_columns: file.ignored.clone(),
        windows_1251: file.is_windows_1251,
        done: doing != Doing::Try,
        removed: doing == Doing::Remove,
    })
}
