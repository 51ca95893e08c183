//! How long events are kept, by site: older ones are deleted once a day.
//!
//! Without a rule events are kept for ever. What is deleted is marked at once and leaves the disk when ClickHouse merges.

use std::fmt;
use std::time::Duration;

use clickhouse::Client;
use weir_collector::SiteId;
use weir_collector::warehouse;

const INTERVAL: Duration = Duration::from_secs(24 * 3_600);
/// After a failure.
const RETRY: Duration = Duration::from_secs(600);
/// Fewer days are a slip of the pen: reports compare with the month before.
const MIN_DAYS: u32 = 1;
const MAX_DAYS: u32 = 36_500;

/// Which site's events are kept for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    by_site: Vec<(SiteId, u32)>,
    others: Option<u32>,
}

/// One rule: for a site, or for all that have none.
type Rule = (Option<SiteId>, u32);

impl Retention {
    /// Reads `shop=400` or `*=400`.
    pub fn rule(text: &str) -> Result<Rule, String> {
        let (site, days) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` has no number of days"))?;
        let site = match site.trim() {
            "*" => None,
            site => {
                Some(SiteId::parse(site).ok_or_else(|| format!("`{site}` is no id of a site"))?)
            }
        };
        let days = days.trim().parse().ok();
        let days = days
            .filter(|days| (MIN_DAYS..=MAX_DAYS).contains(days))
            .ok_or_else(|| {
                format!("`{text}` must be a number of days from {MIN_DAYS} to {MAX_DAYS}")
            })?;
        Ok((site, days))
    }

    /// All rules; of two for the same site the later one holds.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut retention = Self::default();
        for (site, days) in rules {
            match site {
                None => retention.others = Some(days),
                Some(site) => {
                    retention.by_site.retain(|(known, _)| *known != site);
                    retention.by_site.push((site, days));
                }
            }
        }
        retention
    }

    /// Conditions on `weir.events`, and on `weir.ready_sessions`, that hold for what is too old, each for its own deletion. Site ids have nothing to
    /// escape.
    fn conditions(&self) -> Vec<String> {
        let old = |days: u32| format!("session_date < today() - {days}");
        let mut conditions: Vec<_> = self
            .by_site
            .iter()
            .map(|(site, days)| format!("site = '{site}' AND {}", old(*days)))
            .collect();
        if let Some(days) = self.others {
            let named: Vec<_> = self
                .by_site
                .iter()
                .map(|(site, _)| format!("'{site}'"))
                .collect();
            conditions.push(if named.is_empty() {
                old(days)
            } else {
                format!("site NOT IN ({}) AND {}", named.join(", "), old(days))
            });
        }
        conditions
    }

    /// Deletes what is too old, day after day. The tables must exist.
    pub async fn enforce(self, client: Client) {
        let conditions = self.conditions();
        if conditions.is_empty() {
            return;
        }
        loop {
            let mut wait = INTERVAL;
            for condition in &conditions {
                match delete(&client, condition).await {
                    Ok(0) => {}
                    Ok(events) => tracing::info!(
                        events,
                        "events were deleted because they are too old ({condition})"
                    ),
                    Err(error) => {
                        tracing::warn!("cannot delete old events yet, trying again: {error}");
                        wait = RETRY;
                    }
                }
            }
            tokio::time::sleep(wait).await;
        }
    }
}

/// Deletes events, and before them the visits that were put together of them; answers how many events. A deletion rewrites parts,
/// so it is left out where there is nothing to delete.
async fn delete(
    client: &Client,
    condition: &str,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let count = format!(
        "SELECT (SELECT count() FROM weir.events WHERE {condition}), (SELECT count() FROM weir.ready_sessions WHERE {condition})"
    );
    let (events, visits) = client
        .query(&count)
        .fetch_one::<(Option<u64>, Option<u64>)>()
        .await?;
    let (events, visits) = (events.unwrap_or_default(), visits.unwrap_or_default());
    if events + visits > 0 {
        warehouse::delete_sessions(client, condition).await?;
    }
    if events > 0 {
        let table = warehouse::changeable_events(client).await?;
        let delete = format!("DELETE FROM {table} WHERE {condition}");
        client.query(&delete).execute().await?;
    }
    Ok(events)
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for (site, days) in &self.by_site {
            write!(f, "{space}{site}={days}")?;
            space = " ";
        }
        match self.others {
            Some(days) => write!(f, "{space}*={days}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retention(rules: &[&str]) -> Result<Retention, String> {
        let rules = rules.iter().map(|text| Retention::rule(text));
        Ok(Retention::new(rules.collect::<Result<_, _>>()?))
    }

    #[test]
    fn rules_hold_for_their_site_and_the_star_for_the_others() {
        let set = retention(&["shop=30", "*=400", "blog=7", "shop=60"]).unwrap();
        assert_eq!(set.to_string(), "blog=7 shop=60 *=400");
        assert_eq!(
            set.conditions(),
            [
                "site = 'blog' AND session_date < today() - 7",
                "site = 'shop' AND session_date < today() - 60",
                "site NOT IN ('blog', 'shop') AND session_date < today() - 400",
            ]
        );
        assert_eq!(
            retention(&["*=1"]).unwrap().conditions(),
            ["session_date < today() - 1"]
        );
        assert!(Retention::default().conditions().is_empty());
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, part) in [
            ("shop", "no number of days"),
            ("My Shop=3", "`My Shop` is no id"),
            ("shop=0", "from 1 to"),
            ("shop=a lot", "from 1 to"),
            ("x' OR 1=3", "is no id"),
        ] {
            let wrong = retention(&[text]).unwrap_err();
            assert!(wrong.contains(part), "{wrong}");
        }
    }
}
