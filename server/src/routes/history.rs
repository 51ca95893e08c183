//! `POST /api/v1/sites/{site}/simulate/history`: how often would a draft's tags have fired on the visits that are stored.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_rules::replay::{Answer, Replay, Source, TagPlan};

use super::drafts::problems_error;
use super::error::Body;
use super::input::{Input, bounded};
use super::sites::{Words, require};
use super::{ApiError, App};
use crate::cli::Language;
use crate::container;
use crate::history::{self, Days, TagCount, bound_note, limits, trigger_note};
use crate::publish::site::Problem;

/// A draft, and which visits to try it on.
#[derive(Deserialize, ToSchema)]
pub(super) struct Tried {
    source: String,
    /// Sessions that began then, in the site's time zone. Yesterday, if left out.
    #[serde(default)]
    period: Period,
}

/// Days of the site.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub(super) enum Period {
    #[default]
    #[serde(rename = "yesterday")]
    Yesterday,
    #[serde(rename = "today")]
    Today,
    /// The seven days before today.
    #[serde(rename = "7d")]
    Week,
}

/// What would have fired.
#[derive(Serialize, ToSchema)]
pub(super) struct HistoryTried {
    /// First day, `2026-11-27`.
    from: String,
    /// Last day.
    to: String,
    timezone: String,
    /// Which release was in use.
    release: Option<u32>,
    /// Numbers are of every so-manieth visitor only; 1: of all.
    every: u64,
    visits: u64,
    visitors: u64,
    pageviews: u64,
    link_clicks: u64,
    /// Events of published tags that speak for a trigger of the draft.
    tag_events: u64,
    tags: Vec<TagTried>,
    /// What holds for all of the numbers, in `lang`.
    limits: Vec<String>,
}

/// One tag of the draft.
#[derive(Serialize, ToSchema)]
pub(super) struct TagTried {
    tag: String,
    /// `counted`: by all of its triggers; `partly`: some of them cannot be answered; `unknown`: none can; `paused`; `no_trigger`.
    answer: &'static str,
    /// How often it would have fired; none if nothing can be answered.
    times: Option<u64>,
    /// `exact`; `at_least`, `at_most`: the notes say why; `open`: both.
    bound: &'static str,
    visitors: u64,
    /// On how many pages.
    pages: u64,
    /// Those with the most, first.
    top_pages: Vec<PageTried>,
    /// One of each of a few pages.
    examples: Vec<ExampleTried>,
    /// How often the published tag of this name did fire; none if there is none.
    fired: Option<u64>,
    triggers: Vec<TriggerTried>,
    /// What the number leaves out, in `lang`.
    notes: Vec<String>,
}

/// A page without its parameters.
#[derive(Serialize, ToSchema)]
pub(super) struct PageTried {
    page: String,
    times: u64,
}

/// One time that it would have fired.
#[derive(Serialize, ToSchema)]
pub(super) struct ExampleTried {
    at: u64,
    page: String,
    url: String,
    trigger: String,
    /// The element, or where the link leads; empty for a page view.
    what: String,
}

/// A trigger, and what speaks for it.
#[derive(Serialize, ToSchema)]
pub(super) struct TriggerTried {
    trigger: String,
    /// `pageviews`, `links`, `tag`, `tag_partly`; or why nothing does: `not_stored`, `reads`, `off`.
    by: &'static str,
    /// The same, in `lang`.
    message: String,
}

/// Tries a draft on the visits that are stored: how often each tag would have fired, where, and what the stored data cannot tell.
#[utoipa::path(post, path = "/api/v1/sites/{site}/simulate/history", tag = "drafts",
    params(("site" = String, Path), Words), request_body = Tried,
    responses((status = 200, body = HistoryTried),
        (status = 422, body = Body, description = "The container has errors: beside the error stands `problems`"),
        (status = "4XX", body = Body), (status = "5XX", body = Body)))]
pub(super) async fn history(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(words): Query<Words>,
    Input(wanted): Input<Tried>,
) -> Result<Json<HistoryTried>, ApiError> {
    bounded(&wanted.source)?;
    let language = words.language();
    let (in_use, release) = {
        let published = app.published.load();
        let known = require(&published, &site)?;
        let release = known.release.as_ref().map(|release| release.version);
        (known.container.clone(), release)
    };
    let Some(in_use) = in_use else {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "nothing_published",
            "nothing of this site has been published, so no visits are stored",
            "publish once, even an empty container: page views are collected without any rule",
        ));
    };
    let zone = in_use.rules().site.timezone.clone();
    let days = days(wanted.period, &zone, app.accounts.now_ms());
    let _place = app.heavy().await?;
    let source = wanted.source;
    let checked = app
        .blocking(move || container::check_published(&source))
        .await?;
    let Some(draft) = checked.container else {
        let problems: Vec<Problem> = checked.problems.into_iter().map(Problem::Rule).collect();
        return Err(problems_error(&problems, language));
    };
    let draft = Arc::new(draft);
    let recorders = {
        let (draft, in_use) = (Arc::clone(&draft), Arc::clone(&in_use));
        app.blocking(move || Replay::new(draft.rules(), in_use.rules()).recorders())
            .await?
    };
    let stored = history::read(&app.sql, &site, &days, &recorders).await?;
    let tried = app
        .blocking(move || {
            let (plans, tally) = history::replay(draft.rules(), in_use.rules(), &stored);
            let published = &in_use.rules().tags;
            let tags = plans.iter().map(|plan| {
                let is_published = published.iter().any(|tag| tag.name == plan.tag);
                let fired = is_published.then(|| stored.fired.get(&plan.tag).copied().unwrap_or(0));
                told(plan, tally.tag(&plan.tag), fired, language)
            });
            HistoryTried {
                from: days.from,
                to: days.to,
                timezone: zone,
                release,
                every: stored.every,
                visits: tally.visits,
                visitors: tally.visitors,
                pageviews: tally.pageviews,
                link_clicks: tally.link_clicks,
                tag_events: tally.tag_events,
                tags: tags.collect(),
                limits: limits(stored.every, language),
            }
        })
        .await?;
    Ok(Json(tried))
}

fn days(period: Period, zone: &str, now_ms: i64) -> Days {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let today = zone.to_datetime(now).date();
    let ago = |days: i64| today.saturating_sub(days.days()).to_string();
    let (from, to) = match period {
        Period::Today => (ago(0), ago(0)),
        Period::Yesterday => (ago(1), ago(1)),
        Period::Week => (ago(7), ago(1)),
    };
    Days { from, to }
}

fn told(plan: &TagPlan, count: TagCount, fired: Option<u64>, language: Language) -> TagTried {
    let known = plan
        .triggers
        .iter()
        .filter(|(_, answer)| matches!(answer, Answer::From(_)));
    let known = known.count();
    let answer = if plan.paused {
        "paused"
    } else if plan.triggers.is_empty() {
        "no_trigger"
    } else if known == 0 {
        "unknown"
    } else if known < plan.triggers.len() {
        "partly"
    } else {
        "counted"
    };
    let may_be_more = answer == "partly"
        || plan.triggers.iter().any(|(_, answer)| {
            matches!(
                answer,
                Answer::From(Source::Tag {
                    complete: false,
                    ..
                })
            )
        });
    let bound = match (may_be_more, plan.exceptions.is_empty()) {
        (false, true) => "exact",
        (true, true) => "at_least",
        (false, false) => "at_most",
        (true, false) => "open",
    };
    let triggers = plan.triggers.iter().map(|(trigger, answer)| {
        let (by, message) = trigger_note(answer, language);
        TriggerTried {
            trigger: trigger.clone(),
            by,
            message,
        }
    });
    TagTried {
        tag: plan.tag.clone(),
        answer,
        times: matches!(answer, "counted" | "partly").then_some(count.times),
        bound,
        visitors: count.visitors,
        pages: count.pages,
        top_pages: count
            .top_pages
            .into_iter()
            .map(|(page, times)| PageTried { page, times })
            .collect(),
        examples: count
            .examples
            .into_iter()
            .map(|example| ExampleTried {
                at: example.at_ms,
                page: example.page,
                url: example.url,
                trigger: example.trigger,
                what: example.what,
            })
            .collect(),
        fired,
        triggers: triggers.collect(),
        notes: bound_note(plan, language).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_site() {
        // 2026-11-27 22:30 UTC is the next day in Moscow.
        let now_ms = 1_795_818_600_000;
        let of = |period, zone| {
            let days = days(period, zone, now_ms);
            (days.from, days.to)
        };
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            of(Period::Yesterday, "Europe/Moscow"),
            pair("2026-11-27", "2026-11-27")
        );
        assert_eq!(of(Period::Today, "UTC"), pair("2026-11-27", "2026-11-27"));
        assert_eq!(of(Period::Week, "UTC"), pair("2026-11-20", "2026-11-26"));
    }
}
