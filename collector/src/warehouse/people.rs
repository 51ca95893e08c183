//! Who is who: makes one person of the browsers that turn out to be the same user.
//!
//! Events arrive with the person that is known then. A visit before signing in belongs to the browser; once the user is
//! known, it belongs to the user, back to the first day. All reports count `events.person_id`; here it is set right:
//!
//! - an event whose user is believed (signed by the site, or said by a server) is that user's;
//! - a browser is the first believed user's on it, or, if there is none, the first user's that a page has claimed: its events
//!   without a user belong to that person;
//! - a claim alone names only events of browsers that no believed user has: it makes no one person of two known ones. Two
//!   users on one browser stay two;
//! - users that a server has renamed (`alias`) are one, under the last name.
//!
//! The column is changed in place (a mutation), because every report reads it and few events change: reading through a table
//! of links in each view cost each of them a join. The person is no part of the sorting key, so that repeats of an event still
//! collapse. A round in which nothing has come costs a count.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use clickhouse::Client;
use serde::Deserialize;

use super::client::{execute, fetch, run};
use super::cluster::{self, Cluster};
use super::error::WarehouseError;
use super::sessions;

/// A name may be changed as often; a ring of names ends here.
const MAX_RENAMES: usize = 32;

/// Whether the user of an event is believed. Before there was `user_source`, only servers named users.
const IS_BELIEVED: &str =
    "(user_source IN ('signed', 'server') OR (user_source = '' AND origin IN ('api', 'import')))";
/// The id of a user that counts.
const CANONICAL: &str = "if(joinGet('weir.user_aliases', 'canonical', toString(site), user_id) != '', \
     joinGet('weir.user_aliases', 'canonical', toString(site), user_id), user_id)";

/// The person that a user is: the same number that a server's events about the user alone have.
fn person_of(user: &str) -> String {
    format!(
        "greatest(reinterpretAsUInt64(reverse(substring(SHA256(concat(toString(site), '\\0user\\0', {user}, '\\0')), 1, 8))), 1)"
    )
}

/// The person of an event.
fn person() -> String {
    let of_visitor = |column: &str| {
        format!("joinGet('weir.known_visitors', '{column}', toString(site), visitor_id)")
    };
    format!(
        "multiIf(user_id != '' AND ({IS_BELIEVED} OR NOT {}), {}, {} != 0, {}, visitor_id)",
        of_visitor("is_strong"),
        person_of(CANONICAL),
        of_visitor("person_id"),
        of_visitor("person_id"),
    )
}

#[derive(clickhouse::Row, Deserialize)]
struct Alias {
    site: String,
    before: String,
    after: String,
}

/// On more events than this, a round is made every [`LARGE_PAUSE`] at most: what it changes is written anew.
const LARGE: u64 = 5_000_000;
const LARGE_PAUSE: Duration = Duration::from_secs(600);

/// Days of sites.
pub(super) type Days = BTreeMap<String, BTreeSet<String>>;

/// What the last round has seen.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    events: u64,
    at: Option<Instant>,
}

#[derive(clickhouse::Row, Deserialize)]
struct ChangedDay {
    site: String,
    day: String,
    events: u64,
}

/// Sets the person of every event right. Answers how many events changed. Their days are noted in `moved` before, so that a
/// round that is cut short forgets none.
pub(super) async fn resolve(
    client: &Client,
    seen: &mut Seen,
    moved: &mut Days,
) -> Result<u64, WarehouseError> {
    let events = number(
        client,
        "counting the events",
        "SELECT count() FROM weir.events",
    )
    .await?;
    let is_early = seen.at.is_some_and(|at| at.elapsed() < LARGE_PAUSE);
    if events == seen.events || (events > LARGE && is_early) {
        return Ok(0);
    }
    let begun = Seen {
        events,
        at: Some(Instant::now()),
    };
    let of_users = number(
        client,
        "counting the events of users",
        "SELECT count() FROM weir.events WHERE user_id != ''",
    )
    .await?;
    if of_users == 0 {
        *seen = begun;
        return Ok(0);
    }
    let cluster = cluster::of_database(client).await?;
    write_aliases(client, cluster.as_ref()).await?;
    let known = |events: &str| {
        format!(
            "SELECT site, visitor_id, {} AS person_id, is_strong \
         FROM (SELECT toString(site) AS site, visitor_id, toUInt8(countIf(is_believed) > 0) AS is_strong, \
                   if(is_strong, argMinIf(user, moment, is_believed), argMin(user, moment)) AS user \
               FROM (SELECT site, visitor_id, {IS_BELIEVED} AS is_believed, {CANONICAL} AS user, \
                         (ts, session_seq, toString(event_id)) AS moment \
                     FROM {events} WHERE user_id != '' AND visitor_id != 0 AND bot = '') \
               GROUP BY site, visitor_id)",
            person_of("user")
        )
    };
    match &cluster {
        None => {
            run(
                client,
                "clearing the known visitors",
                "TRUNCATE TABLE weir.known_visitors",
            )
            .await?;
            let insert = format!(
                "INSERT INTO weir.known_visitors (site, visitor_id, person_id, is_strong) {}",
                known("weir.events")
            );
            run(client, "finding the known visitors", &insert).await?;
        }
        // Every node finds those of its shard, whose events are all there.
        Some(cluster) => {
            let local = format!("{}.events", cluster::LOCAL);
            let make = make_known_visitors(cluster, &known(&local));
            statement(client, "finding the known visitors", &make).await?;
        }
    }
    let person = person();
    let looked_for = client.query_raw(&format!(
        "SELECT toString(site) AS site, toString(session_date) AS day, count() AS events FROM weir.events \
         WHERE person_id != {person} GROUP BY site, day"
    ));
    let days: Vec<ChangedDay> = fetch(looked_for).await.map_err(|error| {
        WarehouseError::from_client("looking for people who are known now", error)
    })?;
    let changed: u64 = days.iter().map(|day| day.events).sum();
    let mut changed_days = Days::new();
    for ChangedDay { site, day, .. } in days {
        moved.entry(site.clone()).or_default().insert(day.clone());
        changed_days.entry(site).or_default().insert(day);
    }
    if changed > 0 {
        sessions::forget(client, &changed_days).await?;
        let events = cluster
            .as_ref()
            .map_or_else(|| "weir.events".to_owned(), Cluster::changeable_events);
        let change = format!(
            "ALTER TABLE {events} UPDATE person_id = {person} WHERE person_id != {person} AND {}",
            sessions::NOTED
        );
        // Replicas that find other people than the first one take over what it has written.
        let query = client
            .query_raw(&change)
            .with_setting("mutations_sync", "1")
            .with_setting("allow_nondeterministic_mutations", "1");
        execute(query)
            .await
            .map_err(|error| WarehouseError::from_client("making one person of several", error))?;
        // Who looked at the events in between has seen the people of before.
        sessions::forget(client, &changed_days).await?;
    }
    *seen = begun;
    Ok(changed)
}

async fn number(client: &Client, doing: &str, sql: &str) -> Result<u64, WarehouseError> {
    let rows: Vec<u64> = fetch(client.query_raw(sql))
        .await
        .map_err(|error| WarehouseError::from_client(doing, error))?;
    Ok(rows.into_iter().next().unwrap_or(0))
}

async fn statement(client: &Client, doing: &str, sql: &str) -> Result<(), WarehouseError> {
    execute(client.query_raw(sql))
        .await
        .map_err(|error| WarehouseError::from_client(doing, error))
}

/// On a cluster the tables in memory are made on every node, each from what the node has: an insert would reach only one.
fn make_known_visitors(cluster: &Cluster, query: &str) -> String {
    format!(
        "CREATE OR REPLACE TABLE weir.known_visitors{} (site String COMMENT 'site id', visitor_id UInt64 COMMENT 'the browser', \
         person_id UInt64 COMMENT 'the person that its events without a user belong to', \
         is_strong UInt8 COMMENT 'a signature or a server says so: what its page claims counts for nothing') \
         ENGINE = Join(ANY, LEFT, site, visitor_id) AS {query}",
        cluster.clause()
    )
}

async fn write_aliases(client: &Client, cluster: Option<&Cluster>) -> Result<(), WarehouseError> {
    let query = client.query_raw(
        "SELECT toString(site) AS site, props['previous_id'] AS before, user_id AS after FROM weir.events FINAL \
         WHERE name = 'alias' AND origin IN ('api', 'import') AND user_id != '' AND props['previous_id'] NOT IN ('', user_id) \
         ORDER BY site, ts, event_id",
    );
    let aliases: Vec<Alias> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the aliases of users", error))?;
    let canonical = canonical(&aliases);
    if let Some(cluster) = cluster {
        return spread_aliases(client, cluster, &canonical).await;
    }
    run(
        client,
        "clearing the aliases of users",
        "TRUNCATE TABLE weir.user_aliases",
    )
    .await?;
    if canonical.is_empty() {
        return Ok(());
    }
    insert_aliases(client, "weir.user_aliases", &canonical, 0).await
}

async fn insert_aliases(
    client: &Client,
    table: &str,
    canonical: &BTreeMap<(&str, &str), &str>,
    round: u64,
) -> Result<(), WarehouseError> {
    let rows = || canonical.iter();
    let (column, value) = if round == 0 {
        ("", "")
    } else {
        (", round", ", ?")
    };
    let mut query = client
        .query(&format!(
            "INSERT INTO {table} (site, user_id, canonical{column}) \
             SELECT site, user_id, canonical{value} FROM (SELECT 1) ARRAY JOIN ? AS site, ? AS user_id, ? AS canonical",
        ));
    if round != 0 {
        query = query.bind(round);
    }
    let query = query
        .bind(rows().map(|((site, _), _)| *site).collect::<Vec<_>>())
        .bind(rows().map(|((_, user), _)| *user).collect::<Vec<_>>())
        .bind(rows().map(|(_, name)| *name).collect::<Vec<_>>());
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the aliases of users", error))
}

/// Writes the aliases into a table that every node has the whole of, and has each make its table in memory of that.
async fn spread_aliases(
    client: &Client,
    cluster: &Cluster,
    canonical: &BTreeMap<(&str, &str), &str>,
) -> Result<(), WarehouseError> {
    const DOING: &str = "writing the aliases of users";
    let on = cluster.clause();
    let rows = format!("{}.alias_rows", cluster::LOCAL);
    for sql in cluster.statements(
        "CREATE TABLE IF NOT EXISTS weir.alias_rows\n(\n    site String,\n    user_id String,\n    canonical String,\n    \
         round UInt64\n)\nENGINE = ReplacingMergeTree(round)\nORDER BY (site, user_id)",
    ) {
        statement(client, DOING, &sql.replace("weir.alias_rows", &rows)).await?;
    }
    let round = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(1);
    if !canonical.is_empty() {
        insert_aliases(client, &rows, canonical, round).await?;
        statement(client, DOING, &format!("SYSTEM SYNC REPLICA{on} {rows}")).await?;
    }
    statement(
        client,
        DOING,
        &format!(
            "CREATE OR REPLACE TABLE weir.user_aliases{on} (site String COMMENT 'site id', \
             user_id String COMMENT 'an id of before', canonical String COMMENT 'the id that counts') \
             ENGINE = Join(ANY, LEFT, site, user_id) AS SELECT site, user_id, canonical FROM {rows} FINAL WHERE round = {round}"
        ),
    )
    .await
}

/// The last name of every user that has been renamed. The latest word about a name counts.
fn canonical(aliases: &[Alias]) -> BTreeMap<(&str, &str), &str> {
    let renamed: BTreeMap<(&str, &str), &str> = aliases
        .iter()
        .map(|alias| {
            (
                (alias.site.as_str(), alias.before.as_str()),
                alias.after.as_str(),
            )
        })
        .collect();
    renamed
        .iter()
        .map(|((site, user), first)| {
            let mut name = *first;
            for _ in 0..MAX_RENAMES {
                match renamed.get(&(*site, name)) {
                    // Back where it began: a ring, of which the least name is taken.
                    Some(next) if next == user => {
                        return ((*site, *user), least_of_ring(&renamed, site, user));
                    }
                    Some(next) => name = next,
                    None => break,
                }
            }
            ((*site, *user), name)
        })
        .filter(|((_, user), name)| user != name)
        .collect()
}

fn least_of_ring<'a>(
    renamed: &BTreeMap<(&'a str, &'a str), &'a str>,
    site: &'a str,
    user: &'a str,
) -> &'a str {
    let mut least = user;
    let mut name = user;
    for _ in 0..MAX_RENAMES {
        name = renamed.get(&(site, name)).copied().unwrap_or(name);
        least = least.min(name);
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let aliases: Vec<Alias> = pairs
            .iter()
            .map(|(before, after)| Alias {
                site: "shop".to_owned(),
                before: (*before).to_owned(),
                after: (*after).to_owned(),
            })
            .collect();
        canonical(&aliases)
            .into_iter()
            .map(|((_, user), name)| (user.to_owned(), name.to_owned()))
            .collect()
    }

    #[test]
    fn the_last_name_counts() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            renamed(&[("a", "b"), ("b", "c")]),
            [pair("a", "c"), pair("b", "c")]
        );
        assert_eq!(renamed(&[("a", "b"), ("a", "d")]), [pair("a", "d")]);
        // A ring has one name as well.
        assert_eq!(renamed(&[("b", "a"), ("a", "b")]), [pair("b", "a")]);
        assert!(renamed(&[]).is_empty());
    }
}
