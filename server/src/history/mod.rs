//! A draft, tried on the visits that are stored: what is asked of ClickHouse, and what becomes of the answers.
//!
//! Which stored moments can speak for which trigger, and what would have fired, is `weir_rules::replay`'s to say. Here visits are
//! read and counted; `words` says in both languages what a number means and what it leaves out. A site with more than
//! [`MAX_MOMENTS`] of them is read in part: every n-th visitor, whole; the answer says so, and nothing is multiplied.

mod count;
mod words;

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use weir_rules::Container;
use weir_rules::replay::{Happened, Moment, Replay, TagPlan, View, Visit};

pub(crate) use count::{TagCount, Tally};
pub(crate) use words::{bound_note, limits, trigger_note};

use crate::sql::{Sql, SqlError, number};

/// Moments that are replayed at a time, at most.
const MAX_MOMENTS: u64 = 30_000;
/// ClickHouse may take so long; a busy site has many events of a day.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which sessions are meant: those that began on these days of the site, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Days {
    /// `2026-11-27`
    pub(crate) from: String,
    pub(crate) to: String,
}

/// What is stored.
pub(crate) struct Stored {
    /// Sessions of one visitor after the other, each in order.
    pub(crate) visits: Vec<Visit>,
    /// How the pages of these visits are called: of each view its host and path, in the order of the visits.
    pub(crate) pages: Vec<Vec<String>>,
    /// Only every so-manieth visitor; 1: all.
    pub(crate) every: u64,
    /// How often the tags of the release fired.
    pub(crate) fired: HashMap<String, u64>,
}

#[derive(Deserialize)]
struct Count {
    #[serde(deserialize_with = "number")]
    count: u64,
}

#[derive(Deserialize)]
struct Fired {
    tag: String,
    #[serde(deserialize_with = "number")]
    count: u64,
}

/// One stored event.
#[derive(Deserialize)]
struct Row {
    #[serde(deserialize_with = "number")]
    visitor: u64,
    #[serde(deserialize_with = "number")]
    session: u64,
    session_number: u32,
    #[serde(deserialize_with = "number")]
    at_ms: u64,
    name: String,
    url: String,
    host: String,
    path: String,
    title: String,
    referrer: String,
    device: String,
    consent: String,
    element: String,
    tag: String,
    trigger: String,
    link: String,
    text: String,
}

/// What speaks for triggers: the events without a rule, and those of the tags that are asked for.
fn moments(tags: usize) -> String {
    let automatic =
        "tag = '' AND name IN ('pageview', 'outbound_click', 'file_download', 'contact_click')";
    if tags == 0 {
        return format!("({automatic})");
    }
    let places = vec!["?"; tags].join(", ");
    format!("(({automatic}) OR tag IN ({places}))")
}

/// Those of the site's browsers, on these days. Bots are left out, as in reports.
const WHERE: &str = "site = ? AND session_date >= toDate(?) AND session_date <= toDate(?) AND bot = '' AND session_id != 0";

/// Reads what a replay needs. `recorders`: see [`Replay::recorders`].
pub(crate) async fn read(
    sql: &Sql,
    site: &str,
    days: &Days,
    recorders: &[(String, String)],
) -> Result<Stored, SqlError> {
    let mut tags: Vec<&str> = recorders.iter().map(|(tag, _)| tag.as_str()).collect();
    tags.dedup();
    let moments = moments(tags.len());
    let mut bind = vec![site, days.from.as_str(), days.to.as_str()];
    let period = bind.clone();
    bind.extend(&tags);
    let counted: Vec<Count> = sql
        .rows_within(
            &format!("SELECT count() AS count FROM weir.events WHERE {WHERE} AND {moments}"),
            &bind,
            PATIENCE,
        )
        .await?;
    let count = counted.first().map_or(0, |row| row.count);
    let every = count.div_ceil(MAX_MOMENTS).max(1);
    // A whole number that was made here: nothing that anybody wrote.
    let some = format!("cityHash64(visitor_id) % {every} = 0");
    // Each event once, also when a repeat of it has not been collapsed yet.
    let query = format!(
        "SELECT visitor_id AS visitor, session_id AS session, session_number, \
                toUnixTimestamp64Milli(ts) AS at_ms, name, page_url AS url, page_host AS host, page_path AS path, \
                page_title AS title, referrer, device, consent, element, tag, trigger, \
                props['url'] AS link, props['text'] AS text \
         FROM weir.events WHERE {WHERE} AND {moments} AND {some} \
         ORDER BY visitor_id, session_id, session_seq, ts, event_id LIMIT 1 BY event_id"
    );
    let fired = format!(
        "SELECT tag, uniqExact(event_id) AS count FROM weir.events WHERE {WHERE} AND tag != '' AND {some} GROUP BY tag"
    );
    let (rows, fired) = tokio::try_join!(
        sql.rows_within::<Row>(&query, &bind, PATIENCE),
        sql.rows_within::<Fired>(&fired, &period, PATIENCE),
    )?;
    let is_asked = |row: &Row| {
        let mut asked = recorders.iter();
        row.tag.is_empty() || asked.any(|(tag, trigger)| *tag == row.tag && *trigger == row.trigger)
    };
    let rows = rows.into_iter().filter(is_asked);
    let (visits, pages) = visits(rows);
    Ok(Stored {
        visits,
        pages,
        every,
        fired: fired.into_iter().map(|row| (row.tag, row.count)).collect(),
    })
}

/// Puts events together to visits. An event belongs to the page of its address that was opened last.
fn visits(rows: impl Iterator<Item = Row>) -> (Vec<Visit>, Vec<Vec<String>>) {
    let mut visits: Vec<Visit> = Vec::new();
    let mut pages: Vec<Vec<String>> = Vec::new();
    let mut last = None;
    for row in rows {
        let who = (row.visitor, row.session);
        if last != Some(who) {
            last = Some(who);
            visits.push(Visit {
                visitor: row.visitor,
                number: row.session_number,
                landing_page: row.url.clone(),
                referrer: row.referrer.clone(),
                views: Vec::new(),
            });
            pages.push(Vec::new());
        }
        let (Some(visit), Some(pages)) = (visits.last_mut(), pages.last_mut()) else {
            continue;
        };
        let is_view = row.tag.is_empty() && row.name == "pageview";
        let open = visit.views.iter().rposition(|view| view.url == row.url);
        let at = match open {
            Some(at) if !is_view => at,
            _ => {
                visit.views.push(View {
                    url: row.url.clone(),
                    title: row.title.clone(),
                    referrer: row.referrer.clone(),
                    device: row.device.clone(),
                    moments: Vec::new(),
                });
                pages.push(format!("{}{}", row.host, row.path));
                visit.views.len() - 1
            }
        };
        if let Some(view) = visit.views.get_mut(at) {
            view.moments.push(moment(row, is_view));
        }
    }
    (visits, pages)
}

fn moment(row: Row, is_view: bool) -> Moment {
    let consent = row.consent.split(',').map(str::trim);
    Moment {
        at_ms: row.at_ms,
        consent: consent
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect(),
        what: if is_view {
            Happened::Pageview
        } else if row.tag.is_empty() {
            Happened::Link {
                url: row.link,
                text: row.text,
                is_download: row.name == "file_download",
            }
        } else {
            Happened::Fired {
                tag: row.tag,
                trigger: row.trigger,
                element: row.element,
            }
        },
    }
}

/// On how many page views tags of the release might have fired, as far as that is stored. `stored`: page views.
pub(crate) fn chances(release: &Container, tags: &[String], stored: &Stored) -> Tally {
    let mut replay = Replay::of_chances(release, tags);
    let mut tally = Tally::of(stored);
    for (visit, pages) in stored.visits.iter().zip(&stored.pages) {
        for hit in replay.visit(visit) {
            tally.add(visit, pages, &hit);
        }
    }
    tally
}

/// Replays what is stored: of each tag of the draft, how often it would have fired and where.
pub(crate) fn replay(
    draft: &Container,
    release: &Container,
    stored: &Stored,
) -> (Vec<TagPlan>, Tally) {
    let mut replay = Replay::new(draft, release);
    let mut tally = Tally::of(stored);
    for (visit, pages) in stored.visits.iter().zip(&stored.pages) {
        for hit in replay.visit(visit) {
            tally.add(visit, pages, &hit);
        }
    }
    (replay.plans().to_vec(), tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(visitor: u64, session: u64, name: &str, path: &str, tag: &str) -> Row {
        Row {
            visitor,
            session,
            session_number: 1,
            at_ms: 5,
            name: name.to_owned(),
            url: format!("https://shop.example{path}"),
            host: "shop.example".to_owned(),
            path: path.to_owned(),
            title: String::new(),
            referrer: String::new(),
            device: "desktop".to_owned(),
            consent: "analytics,marketing".to_owned(),
            element: String::new(),
            tag: tag.to_owned(),
            trigger: "t".to_owned(),
            link: "tel:1".to_owned(),
            text: String::new(),
        }
    }

    #[test]
    fn events_belong_to_the_page_of_their_address_that_was_opened_last() {
        let rows = [
            row(1, 1, "pageview", "/", ""),
            row(1, 1, "pageview", "/a", ""),
            row(1, 1, "contact_click", "/", ""),
            row(1, 1, "pageview", "/", ""),
            row(1, 1, "x", "/", "T"),
            row(1, 2, "x", "/c", "T"),
            row(2, 2, "pageview", "/", ""),
        ];
        let (visits, pages) = visits(rows.into_iter());
        let shape: Vec<Vec<usize>> = visits
            .iter()
            .map(|visit| visit.views.iter().map(|view| view.moments.len()).collect())
            .collect();
        assert_eq!(shape, [vec![2, 1, 2], vec![1], vec![1]]);
        assert_eq!(
            pages[0],
            ["shop.example/", "shop.example/a", "shop.example/"]
        );
        assert_eq!(
            visits[0].views[0].moments[0].consent,
            ["analytics", "marketing"]
        );
        assert_eq!(visits[1].landing_page, "https://shop.example/c");
    }

    #[test]
    fn what_is_counted_names_its_pages_and_an_example_of_each() {
        let text = r#"{"weir":1,"site":{"id":"shop"},"triggers":{"all":{"pageview":{}},"buy":{"click":{"selector":".buy"}}},
            "tags":[{"name":"Seen","on":["all","buy"],"event":"seen"},{"name":"Buy","on":["buy"],"event":"buy"}]}"#;
        let draft = weir_rules::check(text).container.unwrap();
        let release = weir_rules::check(r#"{"weir":1,"site":{"id":"shop"}}"#)
            .container
            .unwrap();
        let rows = ["/", "/", "/a", "/b", "/a", "/"].map(|path| row(1, 1, "pageview", path, ""));
        let (visits, pages) = visits(rows.into_iter().chain([row(2, 9, "pageview", "/", "")]));
        let stored = Stored {
            visits,
            pages,
            every: 1,
            fired: HashMap::from([("Seen".to_owned(), 3)]),
        };
        let (_, tally) = replay(&draft, &release, &stored);
        let seen = tally.tag("Seen");
        assert_eq!((seen.times, seen.visitors, seen.pages), (7, 2, 3));
        assert_eq!(seen.top_pages[0], ("shop.example/".to_owned(), 4));
        assert_eq!(seen.examples.len(), 3, "one for each page");
        assert_eq!(tally.tag("Buy").times, 0);
        assert_eq!((tally.pageviews, tally.visitors, tally.visits), (7, 2, 2));
    }
}
