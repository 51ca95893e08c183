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
use super::error::WarehouseError;

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
    write_aliases(client).await?;
    run(
        client,
        "clearing the known visitors",
        "TRUNCATE TABLE weir.known_visitors",
    )
    .await?;
    let known = format!(
        "INSERT INTO weir.known_visitors (site, visitor_id, person_id, is_strong) \
         SELECT site, visitor_id, {} AS person_id, is_strong \
         FROM (SELECT toString(site) AS site, visitor_id, toUInt8(countIf(is_believed) > 0) AS is_strong, \
                   if(is_strong, argMinIf(user, moment, is_believed), argMin(user, moment)) AS user \
               FROM (SELECT site, visitor_id, {IS_BELIEVED} AS is_believed, {CANONICAL} AS user, \
                         (ts, session_seq, toString(event_id)) AS moment \
                     FROM weir.events WHERE user_id != '' AND visitor_id != 0 AND bot = '') \
               GROUP BY site, visitor_id)",
        person_of("user")
    );
    run(client, "finding the known visitors", &known).await?;
    let person = person();
    let looked_for = client.query_raw(&format!(
        "SELECT toString(site) AS site, toString(session_date) AS day, count() AS events FROM weir.events \
         WHERE person_id != {person} GROUP BY site, day"
    ));
    let days: Vec<ChangedDay> = fetch(looked_for).await.map_err(|error| {
        WarehouseError::from_client("looking for people who are known now", error)
    })?;
    let changed: u64 = days.iter().map(|day| day.events).sum();
    for ChangedDay { site, day, .. } in days {
        moved.entry(site).or_default().insert(day);
    }
    if changed > 0 {
        let change = format!(
            "ALTER TABLE weir.events UPDATE person_id = {person} WHERE person_id != {person}"
        );
        let query = client
            .query_raw(&change)
            .with_setting("mutations_sync", "1");
        execute(query)
            .await
            .map_err(|error| WarehouseError::from_client("making one person of several", error))?;
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

async fn write_aliases(client: &Client) -> Result<(), WarehouseError> {
    let query = client.query_raw(
        "SELECT toString(site) AS site, props['previous_id'] AS before, user_id AS after FROM weir.events FINAL \
         WHERE name = 'alias' AND origin IN ('api', 'import') AND user_id != '' AND props['previous_id'] NOT IN ('', user_id) \
         ORDER BY site, ts, event_id",
    );
    let aliases: Vec<Alias> = fetch(query)
        .await
        .map_err(|error| WarehouseError::from_client("reading the aliases of users", error))?;
    let canonical = canonical(&aliases);
    run(
        client,
        "clearing the aliases of users",
        "TRUNCATE TABLE weir.user_aliases",
    )
    .await?;
    if canonical.is_empty() {
        return Ok(());
    }
    let rows = || canonical.iter();
    let query = client
        .query(
            "INSERT INTO weir.user_aliases (site, user_id, canonical) \
             SELECT site, user_id, canonical FROM (SELECT 1) ARRAY JOIN ? AS site, ? AS user_id, ? AS canonical",
        )
        .bind(rows().map(|((site, _), _)| *site).collect::<Vec<_>>())
        .bind(rows().map(|((_, user), _)| *user).collect::<Vec<_>>())
        .bind(rows().map(|(_, name)| *name).collect::<Vec<_>>());
    execute(query)
        .await
        .map_err(|error| WarehouseError::from_client("writing the aliases of users", error))
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
