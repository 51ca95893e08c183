//! `GET /api/v1/sites/{site}/health`: which tags fire, and which have gone silent.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::Body;
use super::sites::require;
use super::{ApiError, App};
use crate::sql::number;

/// Days that are told one by one, today among them.
const DAYS: i64 = 14;

/// How one tag of the release in use is doing. Bots are left out, as in reports.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    tag: String,
    /// Events of today, in the site's time zone.
    today: u64,
    /// Milliseconds since 1970 UTC; none if it did not fire on any of these days.
    last_fired_at: Option<i64>,
    /// The last two weeks, the oldest day first.
    days: Vec<Day>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Day {
    /// `2026-11-28`
    day: String,
    count: u64,
}

#[derive(Deserialize)]
struct Counted {
    tag: String,
    day: String,
    #[serde(deserialize_with = "number")]
    count: u64,
    #[serde(deserialize_with = "number")]
    last: i64,
}

/// How the tags of a site are doing. Tags that send no event of their own (pixels, scripts) are not seen to fire.
#[utoipa::path(get, path = "/api/v1/sites/{site}/health", tag = "sites", params(("site" = String, Path)),
    responses((status = 200, body = Vec<Health>), (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn health(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
) -> Result<Json<Vec<Health>>, ApiError> {
    let (tags, zone) = {
        let published = app.published.load();
        let container = require(&published, &site)?.container.clone();
        let Some(container) = container else {
            return Ok(Json(Vec::new()));
        };
        let rules = container.rules();
        let tags: Vec<String> = rules.tags.iter().map(|tag| tag.name.clone()).collect();
        (tags, rules.site.timezone.clone())
    };
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_millisecond(app.accounts.now_ms()).unwrap_or_default();
    let today = zone.to_datetime(now).date();
    let days = days(today);
    let first = days.first().cloned().unwrap_or_default();
    // Each event once, also when a repeat of it has not been collapsed yet. Of these days only: the page asks again and again,
    // and a site may have years of events.
    let bind = [site.as_str(), first.as_str()];
    let counted = app.sql.rows::<Counted>(
        "SELECT tag, toString(session_date) AS day, uniqExact(event_id) AS count, \
                toUnixTimestamp64Milli(max(ts)) AS last \
         FROM weir.events \
         WHERE site = ? AND session_date >= toDate(?) AND tag != '' AND bot = '' \
         GROUP BY tag, day",
        &bind,
    );
    Ok(Json(summary(tags, &days, counted.await?)))
}

/// The days that are told, the oldest first.
fn days(today: Date) -> Vec<String> {
    (0..DAYS)
        .rev()
        .filter_map(|back| today.checked_sub(back.days()).ok())
        .map(|day| day.to_string())
        .collect()
}

fn summary(tags: Vec<String>, days: &[String], counted: Vec<Counted>) -> Vec<Health> {
    let mut last: HashMap<String, i64> = HashMap::new();
    for row in &counted {
        let latest = last.entry(row.tag.clone()).or_insert(row.last);
        *latest = row.last.max(*latest);
    }
    let counts: HashMap<(String, String), u64> = counted
        .into_iter()
        .map(|row| ((row.tag, row.day), row.count))
        .collect();
    let one = |tag: String| {
        let days: Vec<Day> = days
            .iter()
            .map(|day| Day {
                count: *counts.get(&(tag.clone(), day.clone())).unwrap_or(&0),
                day: day.clone(),
            })
            .collect();
        Health {
            today: days.last().map_or(0, |day| day.count),
            last_fired_at: last.get(&tag).copied(),
            days,
            tag,
        }
    };
    tags.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_has_every_day() {
        let days = days(jiff::civil::date(2026, 3, 1));
        assert_eq!(days.len(), 14);
        assert_eq!(days[0], "2026-02-16");
        assert_eq!(days[13], "2026-03-01");
        let counted = |tag: &str, day: &str, count, last| Counted {
            tag: tag.to_owned(),
            day: day.to_owned(),
            count,
            last,
        };
        let told = summary(
            vec!["Lead".to_owned(), "Silent".to_owned()],
            &days,
            vec![
                counted("Lead", "2026-03-01", 3, 5),
                counted("Lead", "2026-02-16", 2, 4),
                counted("Removed", "2026-03-01", 9, 9),
            ],
        );
        assert_eq!(told.len(), 2);
        let (lead, silent) = (&told[0], &told[1]);
        assert_eq!((lead.today, lead.last_fired_at), (3, Some(5)));
        assert_eq!((lead.days[0].count, lead.days[1].count), (2, 0));
        assert_eq!((silent.today, silent.last_fired_at), (0, None));
        assert_eq!(silent.days.len(), 14);
    }
}
