//! `GET /api/v1/sites/{site}/health/signs`: what the stored events say against tags: values that came empty, and tags that are
//! silent although pages were seen on which they might have fired.
//!
//! Only of the release in use. Nothing is said of what is not stored: a selector that matches nothing is not seen, only that a tag
//! did not fire once on so many page views on which its trigger's condition held, as far as it is about the page. Kept
//! for a few minutes, because it is asked by everybody who looks at the list of tags.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use utoipa::ToSchema;
use weir_rules::container::{Expression, Tag, TagKind};

use super::error::Body;
use super::sites::require;
use super::{ApiError, App};
use crate::history::{self, Days};
use crate::sql::{Sql, SqlError, number};

/// How long an answer is taken as it was.
const FRESH: Duration = Duration::from_secs(300);
/// Days before today that are looked at for tags that are silent; today is, too.
const DAYS: i64 = 7;
/// Silent tags that are looked into, at most: of the first ones of a container.
const MAX_SILENT: usize = 200;
/// ClickHouse may take so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the stored events say against one tag.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Signs {
    tag: String,
    /// Its events since yesterday's beginning, in the site's time zone, by the release in use.
    sent: u64,
    /// Its properties that some of them lack, or have as an empty text or an amount of 0.
    empty: Vec<Empty>,
    silent: Option<Silent>,
}

/// A property that came empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Empty {
    property: String,
    /// How many of the tag's events lack it.
    events: u64,
}

/// The tag did not fire once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Silent {
    /// On so many days, today included.
    days: i64,
    /// Page views of these days on which the conditions of its triggers held, as far as they are about the page and stored.
    page_views: u64,
    /// Of every so-manieth visitor only; 1: of all.
    every: u64,
}

/// The last answers, by site.
#[derive(Debug, Default)]
pub struct Kept(std::sync::Mutex<HashMap<String, Arc<Place>>>);

/// When, of which release, and what. Whoever asks meanwhile waits for the same answer.
type Place = Mutex<Option<(Instant, u32, Vec<Signs>)>>;

impl Kept {
    fn place(&self, site: &str) -> Arc<Place> {
        let mut places = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(places.entry(site.to_owned()).or_default())
    }
}

#[derive(Deserialize)]
struct Sent {
    tag: String,
    #[serde(deserialize_with = "number")]
    sent: u64,
    #[serde(deserialize_with = "number")]
    item: u64,
    #[serde(deserialize_with = "number")]
    element: u64,
    #[serde(deserialize_with = "number")]
    order_id: u64,
    #[serde(deserialize_with = "number")]
    revenue: u64,
    #[serde(deserialize_with = "number")]
    currency: u64,
}

#[derive(Deserialize)]
struct Filled {
    tag: String,
    property: String,
    #[serde(deserialize_with = "number")]
    filled: u64,
}

#[derive(Deserialize)]
struct Name {
    tag: String,
}

/// What the stored events say against the tags of the release in use. Tags of which nothing is said are left out.
#[utoipa::path(get, path = "/api/v1/sites/{site}/health/signs", tag = "sites", params(("site" = String, Path)),
    responses((status = 200, body = Vec<Signs>), (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn signs(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
) -> Result<Json<Vec<Signs>>, ApiError> {
    let (container, version) = {
        let published = app.published.load();
        let known = require(&published, &site)?;
        let (Some(container), Some(release)) = (known.container.clone(), &known.release) else {
            return Ok(Json(Vec::new()));
        };
        (container, release.version)
    };
    let place = app.signs.place(&site);
    let mut kept = place.lock().await;
    if let Some((at, of, signs)) = &*kept
        && *of == version
        && at.elapsed() < FRESH
    {
        return Ok(Json(signs.clone()));
    }
    let rules = container.rules();
    let zone = TimeZone::get(&rules.site.timezone).unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_millisecond(app.accounts.now_ms()).unwrap_or_default();
    let today = zone.to_datetime(now).date();
    let ago = |days: i64| today.saturating_sub(days.days()).to_string();
    let filled = filled(&app.sql, &site, &ago(1), version).await?;
    let week = Days {
        from: ago(DAYS - 1),
        to: ago(0),
    };
    let fired = fired(&app.sql, &site, &week).await?;
    let is_silent = |tag: &&Tag| tag.event().is_some() && !tag.paused && !fired.contains(&tag.name);
    let silent = rules.tags.iter().filter(is_silent).take(MAX_SILENT);
    let silent: Vec<String> = silent.map(|tag| tag.name.clone()).collect();
    let mut chances = HashMap::new();
    let mut every = 1;
    if !silent.is_empty() && rules.automatic.pageview {
        let _place = app.heavy().await?;
        let stored = history::read(&app.sql, &site, &week, &[]).await?;
        every = stored.every;
        let (container, names) = (Arc::clone(&container), silent.clone());
        let tally = app
            .blocking(move || history::chances(container.rules(), &names, &stored))
            .await?;
        chances.extend(silent.into_iter().map(|tag| {
            let times = tally.tag(&tag).times;
            (tag, times)
        }));
    }
    let signs = rules.tags.iter().filter_map(|tag| {
        let page_views = chances.get(&tag.name).copied().filter(|times| *times > 0);
        told(tag, &filled, page_views, every)
    });
    let signs: Vec<Signs> = signs.collect();
    *kept = Some((Instant::now(), version, signs.clone()));
    Ok(Json(signs))
}

/// How many events each tag has sent, and how many of them had which property.
type Counts = HashMap<String, (u64, HashMap<String, u64>)>;

async fn filled(sql: &Sql, site: &str, from: &str, version: u32) -> Result<Counts, SqlError> {
    let version = version.to_string();
    let bind = [site, from, version.as_str()];
    let of_release = "site = ? AND session_date >= toDate(?) AND container_version = toUInt32(?) AND tag != '' AND bot = ''";
    // Each event once, also when a repeat of it has not been collapsed yet.
    let columns = format!(
        "SELECT tag, uniqExact(event_id) AS sent, uniqExactIf(event_id, item != '') AS item, \
                uniqExactIf(event_id, element != '') AS element, uniqExactIf(event_id, order_id != '') AS order_id, \
                uniqExactIf(event_id, revenue != 0) AS revenue, uniqExactIf(event_id, currency != '') AS currency \
         FROM weir.events WHERE {of_release} GROUP BY tag"
    );
    let others = format!(
        "SELECT tag, property, uniqExact(event_id) AS filled FROM weir.events \
         ARRAY JOIN mapKeys(props) AS property, mapValues(props) AS value \
         WHERE {of_release} AND value != '' GROUP BY tag, property"
    );
    let (sent, others) = tokio::try_join!(
        sql.rows_within::<Sent>(&columns, &bind, PATIENCE),
        sql.rows_within::<Filled>(&others, &bind, PATIENCE),
    )?;
    let mut counts = Counts::new();
    for row in sent {
        let columns = [
            ("item", row.item),
            ("element", row.element),
            ("order_id", row.order_id),
            ("revenue", row.revenue),
            ("currency", row.currency),
        ];
        let columns = columns.map(|(name, filled)| (name.to_owned(), filled));
        counts.insert(row.tag, (row.sent, HashMap::from(columns)));
    }
    for row in others {
        if let Some((_, known)) = counts.get_mut(&row.tag) {
            // An amount that cannot be read stays a property.
            *known.entry(row.property).or_default() += row.filled;
        }
    }
    Ok(counts)
}

/// The tags that have fired on these days.
async fn fired(sql: &Sql, site: &str, days: &Days) -> Result<Vec<String>, SqlError> {
    let query = "SELECT DISTINCT tag FROM weir.events WHERE site = ? AND session_date >= toDate(?) AND tag != ''";
    let bind = [site, days.from.as_str()];
    let rows: Vec<Name> = sql.rows_within(query, &bind, PATIENCE).await?;
    Ok(rows.into_iter().map(|row| row.tag).collect())
}

fn told(tag: &Tag, counts: &Counts, page_views: Option<u64>, every: u64) -> Option<Signs> {
    let none = (0, HashMap::new());
    let (sent, filled) = counts.get(&tag.name).unwrap_or(&none);
    let with = match &tag.kind {
        TagKind::Event { with, .. } | TagKind::Forward { with, .. } => with.as_slice(),
        TagKind::Pixel(_) | TagKind::Script { .. } | TagKind::Push(_) => &[],
    };
    // What the author has written is never missing.
    let asked = with
        .iter()
        .filter(|(_, value)| !matches!(value, Expression::Constant(_)));
    let empty = asked.filter_map(|(name, _)| {
        let events = sent.saturating_sub(filled.get(name).copied().unwrap_or(0));
        (events > 0).then(|| Empty {
            property: name.clone(),
            events,
        })
    });
    let empty: Vec<Empty> = empty.collect();
    let silent = page_views.map(|page_views| Silent {
        days: DAYS,
        page_views,
        every,
    });
    (!empty.is_empty() || silent.is_some()).then(|| Signs {
        tag: tag.name.clone(),
        sent: *sent,
        empty,
        silent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_by_name_and_constants_are_not() {
        let text = r#"{"weir":1,"site":{"id":"shop"},"variables":{"sku":{"query":"sku"}},
            "triggers":{"all":{"pageview":{}}},
            "tags":[{"name":"Seen","on":["all"],"event":"seen","with":{"item":"{{sku}}","kind":"a","price":"{{sku}}","revenue":"{{sku}}"}},
              {"name":"Whole","on":["all"],"event":"whole","with":{"item":"{{sku}}"}}]}"#;
        let rules = weir_rules::check(text).container.unwrap();
        let filled = |all: &[(&str, u64)]| {
            all.iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect()
        };
        let counts = Counts::from([
            (
                "Seen".to_owned(),
                (10, filled(&[("item", 10), ("price", 4)])),
            ),
            ("Whole".to_owned(), (3, filled(&[("item", 3)]))),
        ]);
        let seen = told(&rules.tags[0], &counts, None, 1).unwrap();
        let empty: Vec<(&str, u64)> = seen
            .empty
            .iter()
            .map(|it| (it.property.as_str(), it.events))
            .collect();
        assert_eq!(
            (seen.sent, empty),
            (10, vec![("price", 6), ("revenue", 10)])
        );
        assert_eq!(
            told(&rules.tags[1], &counts, None, 1),
            None,
            "nothing is wrong"
        );
        let silent = told(&rules.tags[1], &counts, Some(7), 2)
            .unwrap()
            .silent
            .unwrap();
        assert_eq!((silent.page_views, silent.every, silent.days), (7, 2, 7));
    }
}
