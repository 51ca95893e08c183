//! `GET /api/v1/sites/{site}/live`: are events arriving, and who is on the site.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use utoipa::{IntoParams, ToSchema};

use super::error::Body;
use super::sites::require;
use super::{ApiError, App};
use crate::sql::{SqlError, number};

/// Minutes that are counted one by one.
const MINUTES: usize = 30;
/// Events that are listed, and as many at most for whoever asks for more.
const RECENT: usize = 20;
const MOST_RECENT: usize = 200;
/// Pages with somebody on them that are listed.
const PAGES: usize = 10;
/// How long an answer is good for everybody else who looks.
const FRESH: Duration = Duration::from_millis(900);

/// The last answers, by site.
#[derive(Debug, Default)]
pub struct Lives(std::sync::Mutex<HashMap<String, Arc<Place>>>);

/// When, and what. Whoever asks meanwhile waits for the same answer.
type Place = Mutex<Option<(Instant, Live)>>;

impl Lives {
    fn place(&self, site: &str) -> Arc<Place> {
        let places = self.0.lock();
        let mut places = places.unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(places.entry(site.to_owned()).or_default())
    }
}

/// What arrived lately.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Live {
    now: i64,
    last_event_at: Option<i64>,
    /// Events of people; those of bots are told apart.
    events_last_minute: u64,
    events_last_30_minutes: u64,
    bots_last_30_minutes: u64,
    per_minute: Vec<u64>,
    recent: Vec<Recent>,
    /// Visitors with an event in the last five minutes; none until the views are made, at the first start.
    visitors_5m: Option<u64>,
    /// Those of the last thirty.
    visitors_30m: Option<u64>,
    /// Where the visitors of the last five minutes are, most of them first.
    pages: Vec<LivePage>,
}

/// A page with somebody on it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct LivePage {
    page_host: String,
    page_path: String,
    #[serde(deserialize_with = "number")]
    visitors: u64,
}

#[derive(Default, Clone, Copy, Deserialize)]
struct Visitors {
    #[serde(deserialize_with = "number")]
    visitors_5m: u64,
    #[serde(deserialize_with = "number")]
    visitors_30m: u64,
}

/// Events of one minute, counted from now backwards.
#[derive(Deserialize)]
struct Minute {
    #[serde(deserialize_with = "number")]
    ago: usize,
    #[serde(deserialize_with = "number")]
    events: u64,
    /// Those of bots, beside them.
    #[serde(deserialize_with = "number")]
    bots: u64,
}

#[derive(Deserialize)]
struct Last {
    #[serde(deserialize_with = "number")]
    last: i64,
}

/// Which events are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only events of this name.
    #[serde(default)]
    name: String,
    /// At most so many, up to 200.
    #[serde(default)]
    limit: Option<usize>,
}

/// One event, with all that the tag collected. Who it was is not told.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Recent {
    event_id: String,
    #[serde(deserialize_with = "number")]
    ts: i64,
    name: String,
    page_url: String,
    page_path: String,
    page_title: String,
    referrer: String,
    channel: String,
    device: String,
    browser: String,
    os: String,
    country: String,
    city: String,
    element: String,
    item: String,
    order_id: String,
    /// With its currency; empty where the event has none.
    revenue: String,
    /// Empty for automatic events.
    tag: String,
    /// The trigger that fired it.
    trigger: String,
    /// The release whose rules fired.
    container_version: u32,
    /// Empty, or why it is taken for a bot.
    bot: String,
    /// Everything else that the tag collected.
    props: BTreeMap<String, String>,
}

/// Whether events are arriving.
///
/// Time is that of arrival: it is what "arriving" means, and a wrong clock of a visitor does not hide anything. The
/// sorting key begins with site and day, so the day is asked for too; two days, because a session of yesterday evening
/// still goes on and zones differ.
#[utoipa::path(get, path = "/api/v1/sites/{site}/live", tag = "sites", params(("site" = String, Path)),
    responses((status = 200, body = Live), (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn live(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
) -> Result<Json<Live>, ApiError> {
    require(&app.published.load(), &site)?;
    let place = app.lives.place(&site);
    let mut kept = place.lock().await;
    if let Some((at, live)) = &*kept
        && at.elapsed() < FRESH
    {
        return Ok(Json(live.clone()));
    }
    let live = ask(&app, &site).await?;
    *kept = Some((Instant::now(), live.clone()));
    Ok(Json(live))
}

/// The latest events, the newest first: more of them than beside the figures, or those of one name.
#[utoipa::path(get, path = "/api/v1/sites/{site}/live/events", tag = "sites", params(("site" = String, Path), Wanted),
    responses((status = 200, body = Vec<Recent>), (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<Recent>>, ApiError> {
    require(&app.published.load(), &site)?;
    let limit = wanted.limit.unwrap_or(RECENT).clamp(1, MOST_RECENT);
    let ask = async || recent(&app, &site, &wanted.name, limit).await;
    let events = app.latest.get(&site, &wanted.name, limit, ask);
    let mut events = events.await?;
    in_order(&mut events);
    Ok(Json(events))
}

async fn ask(app: &App, site: &str) -> Result<Live, SqlError> {
    let bind = [site];
    // Each event once, also when a repeat of it has not been collapsed yet.
    let minutes = app.sql.rows::<Minute>(
        "SELECT intDiv(greatest(dateDiff('second', received_at, now64(3)), 0), 60) AS ago, \
                uniqExactIf(event_id, bot = '') AS events, uniqExactIf(event_id, bot != '') AS bots \
         FROM weir.events \
         WHERE site = ? AND session_date >= today() - 2 AND received_at > now64(3) - INTERVAL 30 MINUTE \
         GROUP BY ago ORDER BY ago",
        &bind,
    );
    let last = app.sql.rows::<Last>(
        "SELECT toUnixTimestamp64Milli(max(received_at)) AS last FROM weir.events \
         WHERE site = ? AND session_date >= today() - 2",
        &bind,
    );
    let recent = recent(app, site, "", RECENT);
    let visitors = async {
        let query = "SELECT visitors_5m, visitors_30m FROM weir.live WHERE site = ?";
        once_made(app.sql.rows::<Visitors>(query, &bind).await)
    };
    let on = format!(
        "SELECT page_host, page_path, visitors FROM weir.live_pages WHERE site = ? \
         ORDER BY visitors DESC, page_path LIMIT {PAGES}"
    );
    let pages = async { once_made(app.sql.rows::<LivePage>(&on, &bind).await) };
    let (minutes, last, recent, visitors, pages) =
        tokio::try_join!(minutes, last, recent, visitors, pages)?;
    let visitors = visitors.map(|visitors| visitors.first().copied().unwrap_or_default());
    let mut live = Live {
        visitors_5m: visitors.map(|visitors| visitors.visitors_5m),
        visitors_30m: visitors.map(|visitors| visitors.visitors_30m),
        pages: pages.unwrap_or_default(),
        ..summary(&minutes, last.first(), recent)
    };
    if live.last_event_at.is_none() {
        // Longer ago: all of time is much to ask on a large site, and the list of sites knows.
        live.last_event_at = app.activity.last(site);
    }
    Ok(live)
}

/// What a view says; nothing as long as it is not made. That events arrive can be told sooner.
fn once_made<T>(rows: Result<Vec<T>, SqlError>) -> Result<Option<Vec<T>>, SqlError> {
    match rows {
        Err(error) if error.is_missing_table() => Ok(None),
        rows => rows.map(Some),
    }
}

/// The latest events. A busy site has them in the last half hour; only a quiet one is asked for its whole day, which is
/// then short.
async fn recent(app: &App, site: &str, name: &str, limit: usize) -> Result<Vec<Recent>, SqlError> {
    let within = |period: &str| {
        format!(
            "SELECT toString(event_id) AS event_id, toUnixTimestamp64Milli(ts) AS ts, name, page_url, page_path, page_title, \
                    referrer, channel, device, browser, os, country, city, element, item, order_id, \
                    if(revenue = 0, '', trim(concat(toString(revenue), ' ', currency))) AS revenue, tag, trigger, \
                    container_version, bot, props \
             FROM weir.events \
             WHERE site = ? AND session_date >= today() - 2 AND received_at > now64(3) - INTERVAL {period} \
                 AND ? IN ('', toString(name)) \
             ORDER BY received_at DESC, weir.events.ts DESC, session_seq DESC \
             LIMIT 1 BY weir.events.event_id LIMIT {limit}"
        )
    };
    let events = app
        .sql
        .rows::<Recent>(&within("30 MINUTE"), &[site, name])
        .await?;
    if events.len() >= limit {
        return Ok(events);
    }
    app.sql.rows(&within("1 DAY"), &[site, name]).await
}

fn summary(minutes: &[Minute], last: Option<&Last>, mut recent: Vec<Recent>) -> Live {
    let mut per_minute = vec![0; MINUTES];
    for minute in minutes {
        // Oldest first.
        if let Some(place) = per_minute.iter_mut().rev().nth(minute.ago) {
            *place += minute.events;
        }
    }
    in_order(&mut recent);
    Live {
        now: jiff::Timestamp::now().as_millisecond(),
        last_event_at: last.map(|last| last.last).filter(|last| *last > 0),
        events_last_minute: per_minute.last().copied().unwrap_or_default(),
        events_last_30_minutes: per_minute.iter().sum(),
        bots_last_30_minutes: minutes.iter().map(|minute| minute.bots).sum(),
        per_minute,
        recent,
        visitors_5m: None,
        visitors_30m: None,
        pages: Vec::new(),
    }
}

/// What arrived together is told in the order in which it happened.
fn in_order(events: &mut [Recent]) {
    events.sort_by_key(|event| std::cmp::Reverse(event.ts));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_that_is_not_made_says_nothing_and_a_refusal_is_one() {
        let refused = |message: &str| Err::<Vec<u64>, _>(SqlError::Refused(message.to_owned()));
        let missing = "Code: 60. DB::Exception: Unknown table expression identifier 'weir.live'";
        assert_eq!(once_made(refused(missing)).unwrap(), None);
        assert!(once_made(refused("Code: 497. DB::Exception: Not enough privileges")).is_err());
        assert_eq!(once_made(Ok(vec![1])).unwrap(), Some(vec![1]));
    }

    #[test]
    fn minutes_are_listed_oldest_first() {
        let minutes = [
            Minute {
                ago: 0,
                events: 5,
                bots: 3,
            },
            Minute {
                ago: 29,
                events: 2,
                bots: 0,
            },
            Minute {
                ago: 30,
                events: 9,
                bots: 0,
            },
        ];
        let live = summary(&minutes, Some(&Last { last: 0 }), Vec::new());
        assert_eq!(live.per_minute.len(), MINUTES);
        assert_eq!(live.per_minute[0], 2);
        assert_eq!(live.per_minute[29], 5);
        assert_eq!(
            (live.events_last_minute, live.events_last_30_minutes),
            (5, 7)
        );
        assert_eq!(live.bots_last_30_minutes, 3, "beside the events of people");
        assert_eq!(live.last_event_at, None, "max() of nothing is 1970");
    }
}
