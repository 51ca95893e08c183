//! Channels, sources, campaigns, pages, paths and journeys against a reference of their own.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Client;
use jiff::Span;
use jiff::civil::Date;

use crate::compare::Tally;
use crate::numbers::{Key, Question, Values, count, rate};
use crate::random::Random;
use crate::reference::{self, Session};
use crate::stream::{Event, Site};

const MEASURES: [&str; 18] = [
    "sessions",
    "visitors",
    "new_visitors",
    "bounces",
    "bounce_rate",
    "engaged_sessions",
    "pageviews",
    "pages_per_session",
    "engaged_s",
    "engaged_s_per_session",
    "converted_sessions",
    "session_conversion_rate",
    "converted_visitors",
    "visitor_conversion_rate",
    "purchases",
    "leads",
    "revenue",
    "revenue_per_session",
];

fn measures(sessions: &[&Session]) -> Values {
    let sum = |value: &dyn Fn(&Session) -> f64| -> f64 {
        sessions.iter().map(|session| value(session)).sum()
    };
    let visitors = |wanted: &dyn Fn(&Session) -> bool| -> f64 {
        let ids: BTreeSet<u64> = sessions
            .iter()
            .filter(|session| wanted(session))
            .map(|session| session.visitor)
            .collect();
        ids.len() as f64
    };
    let number = sessions.len() as f64;
    let (all, converted) = (visitors(&|_| true), visitors(&|s| s.is_converted == 1));
    let bounces = sum(&|s| f64::from(s.is_bounce));
    let pageviews = sum(&|s| f64::from(s.pageviews));
    let engaged_s = sum(&|s| s.engaged_ms as f64) / 1000.0;
    let conversions = sum(&|s| f64::from(s.is_converted));
    let revenue = sum(&|s| s.revenue as f64) / 100.0;
    Values::numbers(vec![
        Some(number),
        Some(all),
        Some(visitors(&|s| s.is_new == 1)),
        Some(bounces),
        rate(bounces, number),
        Some(number - bounces),
        Some(pageviews),
        rate(pageviews, number),
        Some(engaged_s),
        rate(engaged_s, number),
        Some(conversions),
        rate(conversions, number),
        Some(converted),
        rate(converted, all),
        Some(sum(&|s| f64::from(s.purchases))),
        Some(sum(&|s| f64::from(s.leads))),
        Some(revenue),
        rate(revenue, number),
    ])
}

fn grouped(sessions: &[Session], key: impl Fn(&Session) -> Key) -> BTreeMap<Key, Values> {
    let mut groups: BTreeMap<Key, Vec<&Session>> = BTreeMap::new();
    for session in sessions {
        groups.entry(key(session)).or_default().push(session);
    }
    groups
        .into_iter()
        .map(|(key, sessions)| (key, measures(&sessions)))
        .collect()
}

/// A view's name, its columns, and their values of a session.
type Division = (&'static str, &'static [&'static str], fn(&Session) -> Key);

const DIVISIONS: [Division; 3] = [
    ("channels", &["channel"], |s| vec![s.channel.clone()]),
    (
        "sources",
        &["channel", "utm_source", "utm_medium", "referrer_host"],
        |s| {
            vec![
                s.channel.clone(),
                s.utm[0].to_owned(),
                s.utm[1].to_owned(),
                s.referrer_host.clone(),
            ]
        },
    ),
    (
        "campaigns",
        &["utm_campaign", "utm_source", "utm_medium"],
        |s| {
            vec![
                s.utm[2].to_owned(),
                s.utm[0].to_owned(),
                s.utm[1].to_owned(),
            ]
        },
    ),
];

fn period(site: &Site) -> String {
    format!(
        "site = '{}', from = '{}', to = '{}'",
        site.id, site.from, site.to
    )
}

fn sessions_of_period(site: &Site) -> Vec<Session> {
    let (from, to) = (site.from.to_string(), site.to.to_string());
    let mut sessions = reference::sessions(site);
    sessions.retain(|session| (&from..=&to).contains(&&session.date));
    sessions
}

/// Channels, sources, campaigns, by day and over a period; a period by one quality.
pub(crate) async fn divisions(
    client: &Client,
    tally: &mut Tally,
    random: &mut Random,
    sites: &[Site],
) {
    let all: Vec<Session> = sites.iter().flat_map(reference::sessions).collect();
    for (view, columns, key) in DIVISIONS {
        let by_day: Vec<&str> = ["site", "session_date"]
            .into_iter()
            .chain(columns.iter().copied())
            .collect();
        let question = Question {
            key: &by_day,
            texts: &[],
            numbers: &MEASURES,
            from: format!("weir.{view}"),
        };
        let expected = grouped(&all, |session| {
            let mut whole = vec![session.site.clone(), session.date.clone()];
            whole.extend(key(session));
            whole
        });
        question.compare(client, tally, expected).await;
    }
    for site in sites.iter().step_by(3) {
        let sessions = sessions_of_period(site);
        let (view, columns, key) = DIVISIONS[usize::try_from(random.below(3)).unwrap()];
        let question = Question {
            key: columns,
            texts: &[],
            numbers: &MEASURES,
            from: format!("weir_fn.{view}({})", period(site)),
        };
        question
            .compare(client, tally, grouped(&sessions, key))
            .await;
        let by = random.pick(&[
            "",
            "day",
            "week",
            "month",
            "city",
            "landing_page",
            "referrer_host",
        ]);
        let question = Question {
            key: &["value"],
            texts: &[],
            numbers: &MEASURES,
            from: format!("weir_fn.traffic({}, by = '{by}')", period(site)),
        };
        let expected = grouped(&sessions, |session| {
            vec![match by {
                "day" => session.date.clone(),
                "week" => first_day(&session.date, |day| {
                    i64::from(day.weekday().to_monday_zero_offset())
                }),
                "month" => first_day(&session.date, |day| i64::from(day.day()) - 1),
                "city" => session.city.clone(),
                "landing_page" => session.landing_page.clone(),
                "referrer_host" => session.referrer_host.clone(),
                _ => String::new(),
            }]
        });
        question.compare(client, tally, expected).await;
    }
}

/// The day that is so many days before the one given.
fn first_day(day: &str, days_since: impl Fn(Date) -> i64) -> String {
    let day: Date = day.parse().unwrap();
    let since = Span::new().days(days_since(day));
    day.checked_sub(since).unwrap().to_string()
}

/// Events of visits, bots left out.
fn of_visits(site: &Site) -> impl Iterator<Item = &Event> {
    site.events
        .iter()
        .filter(|event| event.session != 0 && event.bot.is_empty())
}

#[derive(Default)]
struct Page {
    views: usize,
    estimated_views: f64,
    visitors: BTreeSet<u64>,
    sessions: BTreeSet<u64>,
    entries: usize,
    exits: usize,
    engaged_ms: u64,
}

fn pages(
    site: &Site,
    days: &dyn Fn(&str) -> bool,
    key: &dyn Fn(&str, &str, &str) -> Key,
) -> BTreeMap<Key, Values> {
    let mut pages: BTreeMap<Key, Page> = BTreeMap::new();
    for event in of_visits(site) {
        let date = event.session_date.to_string();
        if !days(&date) || !["pageview", "engagement"].contains(&event.name) {
            continue;
        }
        let page = pages
            .entry(key(&date, event.host(), &event.path))
            .or_default();
        page.engaged_ms += u64::from(event.engaged_ms);
        if event.name == "pageview" {
            page.views += 1;
            page.estimated_views += 1.0 / event.sample_rate;
            page.visitors.insert(event.visitor);
            page.sessions.insert(event.session);
        }
    }
    for session in reference::sessions(site) {
        if session.pageviews > 0 && days(&session.date) {
            let entry = key(&session.date, &session.landing_host, &session.landing_page);
            pages.entry(entry).or_default().entries += 1;
            let exit = key(&session.date, &session.exit_host, &session.exit_page);
            pages.entry(exit).or_default().exits += 1;
        }
    }
    pages
        .into_iter()
        .map(|(key, page)| {
            let engaged_s = page.engaged_ms as f64 / 1000.0;
            let views = page.views as f64;
            let values = vec![
                count(page.views),
                Some(page.estimated_views),
                count(page.visitors.len()),
                count(page.sessions.len()),
                count(page.entries),
                count(page.exits),
                rate(page.exits as f64, views),
                Some(engaged_s),
                rate(engaged_s, views),
            ];
            (key, Values::numbers(values))
        })
        .collect()
}

/// Pages by day and over a period.
pub(crate) async fn all_pages(client: &Client, tally: &mut Tally, sites: &[Site]) {
    let numbers = [
        "views",
        "estimated_views",
        "visitors",
        "sessions",
        "entries",
        "exits",
        "exit_rate",
        "engaged_s",
        "engaged_s_per_view",
    ];
    let question = Question {
        key: &["site", "session_date", "page_host", "page_path"],
        texts: &[],
        numbers: &numbers,
        from: "weir.pages".to_owned(),
    };
    let expected = sites
        .iter()
        .flat_map(|site| {
            pages(site, &|_| true, &|date, host, path| {
                [&site.id, date, host, path].map(str::to_owned).to_vec()
            })
        })
        .collect();
    question.compare(client, tally, expected).await;
    for site in sites.iter().step_by(3) {
        let (from, to) = (site.from.to_string(), site.to.to_string());
        let question = Question {
            key: &["page_host", "page_path"],
            texts: &[],
            numbers: &numbers,
            from: format!("weir_fn.pages({})", period(site)),
        };
        let expected = pages(
            site,
            &|date| (from.as_str()..=to.as_str()).contains(&date),
            &|_, host, path| vec![host.to_owned(), path.to_owned()],
        );
        question.compare(client, tally, expected).await;
    }
}

/// A session's day and id.
type Visit = (String, u64);
/// The pages of each session.
type Walks = BTreeMap<Visit, Vec<String>>;
/// When, under which number, and what was looked at.
type PageView<'a> = (i64, u32, &'a str);

/// The pages of each session in order, those that repeat the page before left out.
fn walks(site: &Site) -> Walks {
    let mut views: BTreeMap<Visit, Vec<PageView<'_>>> = BTreeMap::new();
    for event in of_visits(site).filter(|event| event.name == "pageview") {
        views
            .entry((event.session_date.to_string(), event.session))
            .or_default()
            .push((event.ts, event.seq, &event.path));
    }
    views
        .into_iter()
        .map(|(session, mut views)| {
            views.sort_unstable();
            let mut pages: Vec<String> = views.iter().map(|view| view.2.to_owned()).collect();
            pages.dedup();
            (session, pages)
        })
        .collect()
}

fn transitions<'a>(
    walks: impl Iterator<Item = (Key, u64, &'a Vec<String>)>,
) -> BTreeMap<Key, Values> {
    let mut steps: BTreeMap<(Key, String), Vec<(String, u64)>> = BTreeMap::new();
    for (key, session, pages) in walks {
        for (at, page) in pages.iter().enumerate() {
            let next = pages.get(at + 1).cloned().unwrap_or_default();
            steps
                .entry((key.clone(), page.clone()))
                .or_default()
                .push((next, session));
        }
    }
    let mut rows = BTreeMap::new();
    for ((key, page), nexts) in steps {
        let whole = nexts.len() as f64;
        let mut by_next: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (next, session) in &nexts {
            by_next.entry(next).or_default().push(*session);
        }
        for (next, sessions) in by_next {
            let mut row = key.clone();
            row.extend([page.clone(), next.to_owned()]);
            let times = sessions.len();
            let different: BTreeSet<u64> = sessions.into_iter().collect();
            let values = vec![
                count(times),
                count(different.len()),
                Some(whole),
                rate(times as f64, whole),
            ];
            rows.insert(row, Values::numbers(values));
        }
    }
    rows
}

/// Steps from page to page, and journeys of several pages.
pub(crate) async fn paths(client: &Client, tally: &mut Tally, random: &mut Random, sites: &[Site]) {
    let numbers = ["transitions", "sessions", "from_page", "share"];
    let all: Vec<(&Site, Walks)> = sites.iter().map(|site| (site, walks(site))).collect();
    let question = Question {
        key: &["site", "session_date", "page", "next_page"],
        texts: &[],
        numbers: &numbers,
        from: "weir.paths".to_owned(),
    };
    let expected = transitions(all.iter().flat_map(|(site, walks)| {
        walks
            .iter()
            .map(|((date, session), pages)| (vec![site.id.clone(), date.clone()], *session, pages))
    }));
    question.compare(client, tally, expected).await;
    for (site, walks) in all.iter().step_by(3) {
        let (from, to) = (site.from.to_string(), site.to.to_string());
        let in_period = || {
            walks
                .iter()
                .filter(|((date, _), _)| (&from..=&to).contains(&date))
        };
        let question = Question {
            key: &["page", "next_page"],
            texts: &[],
            numbers: &numbers,
            from: format!("weir_fn.paths({})", period(site)),
        };
        let expected =
            transitions(in_period().map(|((_, session), pages)| (Vec::new(), *session, pages)));
        question.compare(client, tally, expected).await;

        let start = random.pick(&["", "/", "/product"]);
        let steps = usize::try_from(2 + random.below(3)).unwrap();
        let mut journeys: BTreeMap<Key, usize> = BTreeMap::new();
        for (_, pages) in in_period() {
            let first = match start {
                "" => Some(0),
                _ => pages.iter().position(|page| page == start),
            };
            if let Some(first) = first {
                let taken: Key = pages.iter().skip(first).take(steps).cloned().collect();
                *journeys.entry(vec![taken.join(" > ")]).or_default() += 1;
            }
        }
        let whole: usize = journeys.values().sum();
        let expected = journeys
            .into_iter()
            .map(|(key, times)| {
                let share = rate(times as f64, whole as f64);
                (
                    key,
                    Values::numbers(vec![count(times), count(whole), share]),
                )
            })
            .collect();
        let question = Question {
            key: &["arrayStringConcat(journey, ' > ')"],
            texts: &[],
            numbers: &["sessions", "sessions_from_start", "share"],
            from: format!(
                "weir_fn.journeys({}, start = '{start}', steps = {steps})",
                period(site)
            ),
        };
        question.compare(client, tally, expected).await;
    }
}
