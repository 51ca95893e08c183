//! `GET /api/v1/sites/{site}/names`: what really occurs, with counts. The drop-downs of the UI.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::error::Body;
use super::super::sites::require;
use super::super::{ApiError, App};
use super::Pairs;
use super::fault::Fault;
use super::question::Question;
use super::{ask, language, lookup};
use crate::sql::{SqlError, number};

/// Days that are looked at.
const DAYS: i64 = 30;
/// Names that are told, at most.
const MOST_NAMES: u32 = 200;

/// Which column of `weir.events` each kind is.
const KINDS: &[(&str, &str)] = &[
    ("event", "toString(name)"),
    ("page", "page_path"),
    ("element", "element"),
    ("item", "item"),
    ("tag", "toString(tag)"),
    ("channel", "toString(channel)"),
    ("device", "toString(device)"),
    ("browser", "toString(browser)"),
    ("os", "toString(os)"),
    ("country", "toString(country)"),
    ("city", "toString(city)"),
    ("utm_source", "toString(utm_source)"),
    ("utm_medium", "toString(utm_medium)"),
    ("utm_campaign", "toString(utm_campaign)"),
    ("utm_content", "utm_content"),
    ("utm_term", "utm_term"),
    ("referrer_host", "domainWithoutWWW(referrer)"),
    ("click_id_type", "toString(click_id_type)"),
    ("host", "toString(page_host)"),
    ("property", "arrayJoin(mapKeys(props))::String"),
    ("value", "props[{property:String}]"),
];
/// Kinds that are not columns.
const GOAL: &str = "goal";
const FUNNEL: &str = "funnel";

/// A name that occurs.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct Name {
    name: String,
    events: u64,
    persons: u64,
    /// What a goal counts, or the steps of a funnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

#[derive(Deserialize)]
struct Published {
    name: String,
    detail: String,
    #[serde(deserialize_with = "number")]
    events: u64,
}

/// Names of the last thirty days that have `q` in them, the most frequent first.
#[utoipa::path(get, path = "/api/v1/sites/{site}/names", tag = "reports",
    params(("site" = String, Path),
        ("kind" = Option<String>, Query, description = "`event`, `page`, `item`, `element`, `goal`, `funnel`, `channel` and other qualities; `property` and `value` with `event` and `property`"),
        ("q" = Option<String>, Query, description = "What the name has in it"),
        ("event" = Option<String>, Query), ("property" = Option<String>, Query), ("lang" = Option<String>, Query)),
    responses((status = 200, body = Vec<Name>), (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(in crate::routes) async fn names(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(pairs): Pairs,
) -> Result<Json<Vec<Name>>, ApiError> {
    require(&app.published.load(), &site)?;
    let language = language(&pairs);
    let told = |fault: Fault| fault.told(language, &[]);
    let known = ["kind", "q", "event", "property", "lang"];
    if let Some((name, _)) = pairs
        .iter()
        .find(|(name, _)| !known.contains(&name.as_str()))
    {
        return Err(told(Fault::UnknownParameter {
            name: name.chars().take(80).collect(),
            known: known.to_vec(),
        }));
    }
    let one = |name: &str| {
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let kind = if one("kind").is_empty() {
        "event"
    } else {
        one("kind")
    };
    if kind == GOAL {
        return goals(&app, &site, one("q")).await;
    }
    if kind == FUNNEL {
        return funnels(&app, &site, one("q")).await;
    }
    let Some((_, column)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        let known = KINDS.iter().map(|(known, _)| *known).chain([GOAL, FUNNEL]);
        return Err(told(Fault::NoSuchWord {
            parameter: "kind",
            word: kind.chars().take(80).collect(),
            known: known.map(str::to_owned).collect(),
        }));
    };
    if kind == "value" && one("property").is_empty() {
        return Err(told(Fault::Missing {
            parameter: "property",
        }));
    }
    let (first, today) = days(&app, &site).await?;
    // Pages are looked at; everything else happens on them too, and would only be counted with them.
    let of_kind = if kind == "page" {
        "AND name = 'pageview'"
    } else {
        ""
    };
    let question = Question::new(format!(
        "SELECT {column} AS found, count() AS events, uniqExact(person_id) AS persons \
         FROM weir.events FINAL \
         WHERE site = {{site:String}} AND session_date BETWEEN {{from:Date}} AND {{to:Date}} AND bot = '' \
         AND {{event:String}} IN ('', toString(name)) {of_kind} \
         GROUP BY found HAVING found != '' AND positionCaseInsensitiveUTF8(found, {{q:String}}) > 0 \
         ORDER BY events DESC, found LIMIT {MOST_NAMES}"
    ))
    .text("site", &site)
    .text("from", first.to_string())
    .text("to", today.to_string())
    .text("event", one("event"))
    .text("property", one("property"))
    .text("q", one("q").chars().take(200).collect::<String>());
    let table = ask(&app, &question, language).await?;
    let names = table.rows.iter().filter_map(|row| {
        let [name, events, persons] = row.as_slice() else {
            return None;
        };
        Some(Name {
            name: name.as_str()?.to_owned(),
            events: events.as_u64()?,
            persons: persons.as_u64()?,
            detail: None,
        })
    });
    Ok(Json(names.collect()))
}

/// The days that are looked at, both included.
async fn days(app: &App, site: &str) -> Result<(Date, Date), SqlError> {
    let today = lookup::site(&app.sql, site).await?.today;
    Ok((
        today.saturating_sub(jiff::Span::new().days(DAYS - 1)),
        today,
    ))
}

/// Goals of the site's container, with how often each was reached: as the ready views have counted it last. People of several days
/// do not add up, and are not told.
async fn goals(app: &App, site: &str, q: &str) -> Result<Json<Vec<Name>>, ApiError> {
    let (first, today) = days(app, site).await?;
    let (first, today) = (first.to_string(), today.to_string());
    let query = "SELECT goals.goal AS name, if(step = '', concat('funnel ', funnel), step) AS detail, counted.times AS events \
         FROM weir.goals AS goals \
         LEFT JOIN ( \
             SELECT goal, sum(of_day) AS times \
             FROM ( \
                 SELECT goal, session_date, argMax(reached, as_of) AS of_day FROM weir.goal_days \
                 WHERE site = ? AND session_date BETWEEN toDate(?) AND toDate(?) GROUP BY goal, session_date) \
             GROUP BY goal) AS counted ON counted.goal = goals.goal \
         WHERE goals.site = ? AND positionCaseInsensitiveUTF8(goals.goal, ?) > 0 ORDER BY name";
    let bind = [site, &first, &today, site, q];
    Ok(published(app.sql.rows(query, &bind).await?))
}

/// Funnels of the site's container.
async fn funnels(app: &App, site: &str, q: &str) -> Result<Json<Vec<Name>>, ApiError> {
    let query = "SELECT funnel AS name, arrayStringConcat(labels, ' → ') AS detail, 0 AS events FROM weir.funnels \
         WHERE site = ? AND positionCaseInsensitiveUTF8(funnel, ?) > 0 ORDER BY name";
    Ok(published(app.sql.rows(query, &[site, q]).await?))
}

fn published(rows: Vec<Published>) -> Json<Vec<Name>> {
    let names = rows.into_iter().map(|row| Name {
        name: row.name,
        events: row.events,
        persons: 0,
        detail: Some(row.detail),
    });
    Json(names.collect())
}
