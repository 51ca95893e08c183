//! Ready sessions: the visits of past days, put together once instead of for each question.
//!
//! `weir.sessions` answers the same with and without them, at any moment: it takes a day from `weir.ready_sessions` only while
//! nothing of that day has changed since, and puts any other day together from the events. What tells it so is in
//! `weir.ready_days`:
//!
//! - every insert of events adds one to the `changes` of each past day that it touches, by a materialized view ([`watch`]), and
//!   so does [`people`](super::people), which changes events otherwise ([`forget`]). Days that go on are not noted: nearly all inserts
//!   are theirs. A day is noted from eight hours after its midnight on, by UTC; put together, at UTC+14, ten hours after it at the earliest;
//! - a day is put together by [`Sessions::make_ready`], which notes the `changes` as they were *before* it looked at the events. Whatever is
//!   stored meanwhile makes the two numbers differ, and the day is not ready.
//!
//! Events that somebody else changes in place (a Weir of before, an operator by hand) are found in the server's list of mutations: what was
//! put together before them is put together again. While one goes on, nothing is put together.
//!
//! An insert is seen by its events and by its change at two moments, whichever comes first. So a day is left alone until it has
//! been quiet for [`QUIET_S`]. Should a change be lost, because the engine was killed between the two, or because somebody has deleted
//! events by hand, then the number of events is not the one that was noted, which is looked at whenever that of the site changes.
//!
//! Rows are never changed: a day that is put together again gets a new `version`, one that no other day has, and the old one is deleted hours later, when
//! nobody reads it any more. All parts of a question must see the same state of `weir.ready_days`; where the server does not promise
//! that (`enable_shared_storage_snapshot_in_query`), and on a cluster, nothing is made ready, and a question that turns it off reads
//! nothing that is.

mod marks;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use clickhouse::Client;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use uuid::Uuid;

pub(super) use marks::{NOTED, delete, forget, watch};
use marks::{changed_by_others, clean, forget_all, forget_lost, is_able, is_mutating, quoted};

use super::client::{execute, fetch, run};
use super::error::WarehouseError;
use super::people::Days;

/// The file that says what a session is.
const SESSIONS: &str = include_str!("../../sql/views/sessions.sql");
/// As in that file.
const DEFINITION: u64 = 1;
/// Days younger than this go on: a session lasts for a day at most, and the day before may be yesterday elsewhere.
const GOES_ON_DAYS: i64 = 2;
/// For so long nothing of a day must have changed before it is put together.
const QUIET_S: u32 = 60;
/// Events whose sessions are put together at once, unless a single day has more.
const EVENTS_AT_ONCE: u64 = 500_000;
/// A day that takes longer stays as it is: whoever asks for it waits, and not everybody all the time.
const MOST_S: &str = "100";
/// A day that could not be put together is left alone for so long, and the others are not kept from it.
const AFTER_FAILURE: Duration = Duration::from_secs(24 * 3_600);
/// For so long a round puts sessions together, of all sites; the next one goes on.
const AT_ONCE: Duration = Duration::from_secs(5);
/// How often rows that do not count any more are looked for.
const CLEANED: Duration = Duration::from_secs(3_600);
/// Below the milliseconds of a version.
const RANDOM_BITS: u32 = 20;

/// So far apart the clocks of the server and of ClickHouse may be.
const CLOCKS_MS: i64 = 60_000;

/// What is known between two rounds.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// Whether this server can have ready sessions; unknown before the first round.
    is_able: Option<bool>,
    sites: BTreeMap<String, Seen>,
    cleaned_at: Option<Instant>,
    /// In this round.
    spent: Duration,
}

/// What was seen of a site.
#[derive(Debug, Default)]
struct Seen {
    today: Date,
    /// Events of days that do not go on.
    settled: u64,
    /// Some days are not ready yet.
    owes: bool,
    /// Days that could not be put together, and when that was.
    failed: BTreeMap<Date, Instant>,
}

#[derive(clickhouse::Row, Deserialize)]
struct DayRow {
    day: String,
    changes: u64,
    ready_changes: u64,
    definition: u64,
    events: u64,
    is_quiet: u8,
}

/// A day as it is to be made ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    date: Date,
    changes: u64,
    events: u64,
}

impl Sessions {
    /// What is done once a round: looks whether the server is able, and deletes what does not count any more.
    pub(super) async fn begin(&mut self, client: &Client) -> Result<(), WarehouseError> {
        let is_able = match self.is_able {
            Some(is_able) => is_able,
            None => is_able(client).await?,
        };
        if self.is_able.is_none() && !is_able {
            forget_all(client, None).await?;
        }
        self.is_able = Some(is_able);
        self.spent = Duration::ZERO;
        if !is_able {
            return Ok(());
        }
        if let Some(changed_ms) = changed_by_others(client).await? {
            let changed = Timestamp::from_millisecond(changed_ms + CLOCKS_MS);
            let before = version(changed.unwrap_or(Timestamp::MAX), 0);
            forget_all(client, Some(before)).await?;
        }
        if self.cleaned_at.is_none_or(|at| at.elapsed() > CLEANED) {
            clean(client).await?;
            self.cleaned_at = Some(Instant::now());
        }
        Ok(())
    }

    /// Puts the sessions of days together that have changed, the latest first, for a while; answers how many days. `settled` is
    /// the number of events of days before [`goes_on`], `moved` says that some of them belong to other people than before.
    pub(super) async fn make_ready(
        &mut self,
        client: &Client,
        (site, today): (&str, Date),
        settled: u64,
        quiet: bool,
        moved: bool,
    ) -> Result<usize, WarehouseError> {
        let is_known = self.sites.get(site).is_some_and(|seen| {
            (seen.today, seen.settled, seen.owes) == (today, settled, false) && !moved
        });
        if is_known || self.is_able != Some(true) {
            return Ok(0);
        }
        let begun = Instant::now();
        let is_first = !self.sites.contains_key(site);
        let seen = self.sites.entry(site.to_owned()).or_default();
        (seen.today, seen.settled, seen.owes) = (today, settled, true);
        seen.failed.retain(|_, at| at.elapsed() < AFTER_FAILURE);
        let spent = self.spent;
        if spent > AT_ONCE || is_mutating(client).await? {
            return Ok(0);
        }
        if is_first {
            forget_lost(client, site).await?;
        }
        let (mut days, waiting) = look(client, site, today, quiet).await?;
        days.retain(|day| !seen.failed.contains_key(&day.date));
        let mut made = 0;
        for group in in_groups(&days) {
            self.spent = spent + begun.elapsed();
            if self.spent > AT_ONCE {
                return Ok(made);
            }
            if let Err(error) = put_together(client, site, &group).await {
                if !error.is_away() {
                    let failed = group.iter().map(|day| (day.date, Instant::now()));
                    seen.failed.extend(failed);
                }
                return Err(error);
            }
            made += group.len();
        }
        seen.owes = waiting || !seen.failed.is_empty();
        self.spent = spent + begun.elapsed();
        Ok(made)
    }

    /// Every question about visits reads `weir.ready_days` twice: in one part it is read three times faster.
    pub(super) async fn end(&self, client: &Client, made: usize) -> Result<(), WarehouseError> {
        if made == 0 {
            return Ok(());
        }
        let merge =
            "OPTIMIZE TABLE weir.ready_days FINAL SETTINGS optimize_skip_merged_partitions = 1";
        run(client, "merging the ready days", merge).await
    }
}

/// The first day that goes on: its sessions are always put together from the events.
pub(super) fn goes_on(today: Date) -> Date {
    today.saturating_sub((GOES_ON_DAYS - 1).days())
}

/// The days to make ready, the latest first, and whether there are others that are not quiet yet.
async fn look(
    client: &Client,
    site: &str,
    today: Date,
    quiet: bool,
) -> Result<(Vec<Day>, bool), WarehouseError> {
    let id = quoted(site);
    let before = goes_on(today);
    // Before the events: what is stored in between makes the day count as changed.
    let quiet_s = if quiet { QUIET_S } else { 0 };
    let query = client.query_raw(&format!(
        "SELECT toString(session_date) AS day, changes, ready[1] AS ready_changes, \
                ready[3] AS definition, ready[4] AS events, changed_at <= now() - {quiet_s} AS is_quiet \
         FROM weir.ready_days FINAL WHERE site = {id}"
    ));
    let noted: Vec<DayRow> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the ready days", error))?;
    let query = client.query_raw(&format!(
        "SELECT toString(session_date) AS day, count() AS events FROM weir.events \
         WHERE site = {id} AND session_date < '{before}' GROUP BY session_date"
    ));
    let there: Vec<(String, u64)> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("counting the events of days", error))?;
    let mut there: BTreeMap<String, u64> = there.into_iter().collect();
    let (mut days, mut changed) = (Vec::new(), BTreeSet::new());
    let mut waiting = false;
    for row in noted {
        let events = there.remove(&row.day).unwrap_or_default();
        let is_ready = row.ready_changes == row.changes && row.definition == DEFINITION;
        let goes_on = row.day.parse::<Date>().is_ok_and(|day| day >= before);
        // Ready although it goes on: the clock was ahead.
        if is_ready && (goes_on || row.events != events) {
            changed.insert(row.day);
        } else if !is_ready && events > 0 && row.is_quiet == 1 {
            days.extend(day(&row.day, row.changes, events));
        } else {
            waiting |= !is_ready && events > 0;
        }
    }
    // Of which nothing was stored after they went on.
    days.extend(
        there
            .iter()
            .filter_map(|(date, events)| day(date, 0, *events)),
    );
    if !changed.is_empty() {
        waiting = true;
        let changed = Days::from([(site.to_owned(), changed)]);
        forget(client, &changed).await?;
    }
    days.sort_unstable_by_key(|day| std::cmp::Reverse(day.date));
    Ok((days, waiting))
}

fn day(date: &str, changes: u64, events: u64) -> Option<Day> {
    Some(Day {
        date: date.parse().ok()?,
        changes,
        events,
    })
}

/// Neighbours in a month that have not too many events together.
fn in_groups(days: &[Day]) -> Vec<Vec<Day>> {
    let mut groups: Vec<Vec<Day>> = Vec::new();
    let mut events = 0;
    for day in days {
        events += day.events;
        let month = |day: &Day| day.date.first_of_month();
        match groups.last_mut() {
            Some(group)
                if events <= EVENTS_AT_ONCE && group.first().map(month) == Some(month(day)) =>
            {
                group.push(*day);
            }
            _ => {
                groups.push(vec![*day]);
                events = day.events;
            }
        }
    }
    groups
}

/// Puts the sessions of these days together, and says so once all of them are there.
async fn put_together(client: &Client, site: &str, days: &[Day]) -> Result<(), WarehouseError> {
    let first = version(Timestamp::now(), Uuid::new_v4().as_fields().0);
    // A version of its own for each day: the next time, only one of them may have changed.
    let versions: Vec<u64> = (first..).take(days.len()).collect();
    let list = |values: Vec<String>| values.join(", ");
    let dates = list(
        days.iter()
            .map(|day| format!("toDate('{}')", day.date))
            .collect(),
    );
    let of_dates = list(
        versions
            .iter()
            .map(|version| format!("toUInt64({version})"))
            .collect(),
    );
    let condition = format!("site = {} AND session_date IN ({dates})", quoted(site));
    let insert = format!(
        "INSERT INTO weir.ready_sessions SELECT *, arrayElement([{of_dates}], indexOf([{dates}], session_date)) AS version FROM (\n{}\n)",
        of_events(&condition)
    );
    let insert = client
        .query_raw(&insert)
        .with_setting("max_execution_time", MOST_S);
    execute(insert)
        .await
        .map_err(|error| WarehouseError::from_client("putting sessions together", error))?;
    let count = format!(
        "SELECT version, count() FROM weir.ready_sessions WHERE {condition} AND version IN ({of_dates}) GROUP BY version"
    );
    let visits: Vec<(u64, u64)> = fetch(client.query_raw(&count))
        .await
        .map_err(|error| WarehouseError::from_client("counting the ready sessions", error))?;
    let visits: BTreeMap<u64, u64> = visits.into_iter().collect();
    let rows = days.iter().zip(&versions).map(|(day, version)| {
        format!(
            "({}, '{}', [{}, {version}, {DEFINITION}, {}, {}])",
            quoted(site),
            day.date,
            day.changes,
            day.events,
            visits.get(version).copied().unwrap_or_default()
        )
    });
    let note = format!(
        "INSERT INTO weir.ready_days (site, session_date, ready) VALUES {}",
        list(rows.collect())
    );
    run(client, "noting ready days", &note).await
}

/// The query of the view that puts sessions together from events, of those days alone for which `condition` holds.
fn of_events(condition: &str) -> String {
    let query = SESSIONS
        .split_once("FROM\n(\n")
        .and_then(|(_, behind)| behind.split_once("    UNION ALL\n"))
        .map_or("", |(query, _)| query);
    let lines = query.lines().map(|line| {
        if line.trim_start().starts_with("PREWHERE ") {
            format!("PREWHERE {condition}")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Ascending with time, and another one for each count even if two processes count at once.
fn version(at: Timestamp, random: u32) -> u64 {
    let ms = u64::try_from(at.as_millisecond()).unwrap_or_default();
    (ms << RANDOM_BITS) | u64::from(random >> (u32::BITS - RANDOM_BITS))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn days(all: &[(&str, u64)]) -> Vec<Day> {
        all.iter()
            .filter_map(|(date, events)| day(date, 1, *events))
            .collect()
    }

    #[test]
    fn what_a_session_is_has_a_number() {
        let query = of_events("1");
        assert!(query.contains("PREWHERE 1\n"), "{query}");
        assert!(query.contains("GROUP BY site, session_date, session_id"));
        let is_ready = format!("ready[1] = changes AND ready[3] = {DEFINITION} AND ");
        assert_eq!(SESSIONS.matches(&is_ready).count(), 2);
        let hash = Sha256::digest(query.as_bytes());
        let hash: String = hash
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // Another text means other sessions: then the number must be another one, too.
        assert_eq!((DEFINITION, hash.as_str()), (1, "b11dc2e6"));
    }

    #[test]
    fn days_are_put_together_in_groups_of_a_month() {
        let all = days(&[
            ("2026-03-02", 400_000),
            ("2026-03-01", 100_000),
            ("2026-02-28", 600_000),
            ("2026-02-27", 1),
        ]);
        let sizes: Vec<usize> = in_groups(&all).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1, 1]);
        assert!(in_groups(&[]).is_empty());
    }

    #[test]
    fn versions_ascend_with_time_and_leave_room_for_the_days_of_a_month() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        assert_eq!(version(at(1), 0), 1 << 20);
        assert!(version(at(1_000), u32::MAX) + 31 < version(at(1_001), 31 << 12));
        assert!(version(at(1_000), u32::MAX) < version(at(1_001), 0));
        assert_eq!(version(at(-1), 0), 0);
    }

    #[test]
    fn the_day_before_yesterday_does_not_go_on() {
        let today: Date = "2026-03-02".parse().unwrap();
        assert_eq!(goes_on(today).to_string(), "2026-03-01");
    }
}
