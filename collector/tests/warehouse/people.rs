//! Retention, stickiness and completeness against a reference of their own.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Client;
use jiff::civil::{Date, Weekday};
use jiff::{Span, Timestamp, Unit};

use crate::compare::Tally;
use crate::numbers::{Question, Values, count, rate};
use crate::random::Random;
use crate::stream::{Event, Site};

fn of_visits(site: &Site) -> impl Iterator<Item = &Event> {
    site.events
        .iter()
        .filter(|event| event.session != 0 && event.bot.is_empty())
}

fn period_of(period: &str, day: Date) -> Date {
    match period {
        "week" => {
            let back = day.weekday().since(Weekday::Monday);
            day.checked_sub(Span::new().days(i64::from(back))).unwrap()
        }
        "month" => day.first_of_month(),
        _ => day,
    }
}

fn periods_between(period: &str, one: Date, other: Date) -> i64 {
    match period {
        "week" => i64::from(one.until(other).unwrap().get_days()) / 7,
        "month" => i64::from(
            one.until((Unit::Month, other))
                .map(|span| span.get_months())
                .unwrap(),
        ),
        _ => i64::from(one.until(other).unwrap().get_days()),
    }
}

/// Cohorts of one site.
pub(crate) async fn retention(
    client: &Client,
    tally: &mut Tally,
    random: &mut Random,
    site: &Site,
    now: Timestamp,
) {
    let period = random.pick(&["week", "month", "month"]);
    let event = random.pick(&["", "purchase"]);
    let today = site.zone.to_datetime(now).date();
    let mut active: BTreeMap<u64, BTreeSet<Date>> = BTreeMap::new();
    for happened in site.events.iter().filter(|event| event.bot.is_empty()) {
        let counts = if event.is_empty() {
            happened.session != 0
        } else {
            happened.name == event
        };
        if counts {
            active
                .entry(happened.person)
                .or_default()
                .insert(period_of(period, happened.session_date));
        }
    }
    let mut cohorts: BTreeMap<Date, Vec<&BTreeSet<Date>>> = BTreeMap::new();
    for periods in active.values() {
        let cohort = *periods.first().unwrap();
        if (period_of(period, site.from)..=site.to).contains(&cohort) {
            cohorts.entry(cohort).or_default().push(periods);
        }
    }
    let mut expected = BTreeMap::new();
    for (cohort, people) in cohorts {
        for number in 0..=periods_between(period, cohort, period_of(period, today)) {
            let span = |n: i64| match period {
                "week" => Span::new().weeks(n),
                _ => Span::new().months(n),
            };
            let then = cohort.checked_add(span(number)).unwrap();
            let back = people.iter().filter(|days| days.contains(&then)).count();
            let is_over = cohort.checked_add(span(number + 1)).unwrap() <= today;
            let values = vec![
                count(people.len()),
                count(back),
                rate(back as f64, people.len() as f64),
                count(usize::from(is_over)),
            ];
            expected.insert(
                vec![cohort.to_string(), number.to_string()],
                Values::numbers(values),
            );
        }
    }
    let question = Question {
        key: &["cohort", "period_no"],
        texts: &[],
        numbers: &["persons", "active", "retention", "is_complete"],
        from: format!(
            "weir_fn.retention(site = '{}', period = '{period}', event = '{event}', from = '{}', to = '{}')",
            site.id, site.from, site.to
        ),
    };
    question.compare(client, tally, expected).await;
}

/// Weekly cohorts of the last 26 weeks, of all sites.
pub(crate) async fn weekly_retention(
    client: &Client,
    tally: &mut Tally,
    sites: &[Site],
    now: Timestamp,
) {
    let utc = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let days = |count: i64| Span::new().days(count);
    let mut expected = BTreeMap::new();
    for site in sites {
        let active = active_days(site);
        let last = active.values().flatten().max().copied();
        // A day with a visit has begun; otherwise it is yesterday of UTC at least.
        let today = last.unwrap_or(Date::MIN).clamp(
            utc.checked_sub(days(1)).unwrap(),
            utc.checked_add(days(1)).unwrap(),
        );
        let this_week = period_of("week", today);
        let mut cohorts: BTreeMap<Date, Vec<BTreeSet<Date>>> = BTreeMap::new();
        for days in active.values() {
            let weeks: BTreeSet<Date> = days.iter().map(|day| period_of("week", *day)).collect();
            cohorts
                .entry(*weeks.first().unwrap())
                .or_default()
                .push(weeks);
        }
        for (cohort, people) in cohorts.range(this_week.checked_sub(days(175)).unwrap()..) {
            for number in 0..=periods_between("week", *cohort, this_week) {
                let then = cohort.checked_add(days(7 * number)).unwrap();
                let back = people.iter().filter(|weeks| weeks.contains(&then)).count();
                let is_over = then.checked_add(days(7)).unwrap() <= today;
                expected.insert(
                    vec![site.id.clone(), cohort.to_string(), number.to_string()],
                    Values::numbers(vec![
                        count(people.len()),
                        count(back),
                        rate(back as f64, people.len() as f64),
                        count(usize::from(is_over)),
                    ]),
                );
            }
        }
    }
    let question = Question {
        key: &["site", "cohort", "week_no"],
        texts: &[],
        numbers: &["persons", "active", "retention", "is_complete"],
        from: "weir.retention".to_owned(),
    };
    question.compare(client, tally, expected).await;
}

fn active_days(site: &Site) -> BTreeMap<u64, BTreeSet<Date>> {
    let mut days: BTreeMap<u64, BTreeSet<Date>> = BTreeMap::new();
    for event in of_visits(site) {
        days.entry(event.person)
            .or_default()
            .insert(event.session_date);
    }
    days
}

fn activity(days: &BTreeMap<u64, BTreeSet<Date>>, day: Date) -> Values {
    let within = |length: i64| {
        let first = day.checked_sub(Span::new().days(length - 1)).unwrap();
        days.values()
            .filter(|days| days.range(first..=day).next().is_some())
            .count()
    };
    let (dau, wau, mau) = (within(1), within(7), within(30));
    Values::numbers(vec![
        count(dau),
        count(wau),
        count(mau),
        rate(dau as f64, mau as f64),
        rate(dau as f64, wau as f64),
    ])
}

/// Active persons by day: every day of the period, and of all history.
pub(crate) async fn stickiness(client: &Client, tally: &mut Tally, sites: &[Site]) {
    let numbers = ["dau", "wau", "mau", "stickiness", "weekly_stickiness"];
    let mut all = BTreeMap::new();
    for site in sites {
        let days = active_days(site);
        let mut expected = BTreeMap::new();
        let mut day = site.from;
        while day <= site.to {
            expected.insert(vec![day.to_string()], activity(&days, day));
            day = day.tomorrow().unwrap();
        }
        let question = Question {
            key: &["session_date"],
            texts: &[],
            numbers: &numbers,
            from: format!(
                "weir_fn.stickiness(site = '{}', from = '{}', to = '{}')",
                site.id, site.from, site.to
            ),
        };
        question.compare(client, tally, expected).await;
        let active: BTreeSet<Date> = days.values().flatten().copied().collect();
        for day in active {
            all.insert(vec![site.id.clone(), day.to_string()], activity(&days, day));
        }
    }
    let question = Question {
        key: &["site", "session_date"],
        texts: &[],
        numbers: &numbers,
        // Days on which people only stop being active have rows as well.
        from: "weir.stickiness WHERE dau > 0".to_owned(),
    };
    question.compare(client, tally, all).await;
}

/// Events, bots, samples and gaps by day.
pub(crate) async fn completeness(client: &Client, tally: &mut Tally, sites: &[Site]) {
    let mut expected = BTreeMap::new();
    for site in sites {
        let days: BTreeSet<Date> = site.events.iter().map(|event| event.session_date).collect();
        for day in days {
            let events: Vec<&Event> = site
                .events
                .iter()
                .filter(|event| event.session_date == day)
                .collect();
            let number = |wanted: &dyn Fn(&Event) -> bool| {
                events.iter().filter(|event| wanted(event)).count()
            };
            let mut sessions: BTreeMap<u64, Vec<&Event>> = BTreeMap::new();
            for event in &events {
                sessions.entry(event.session).or_default().push(event);
            }
            let (mut gaps, mut arrived) = (0_usize, 0);
            for (session, events) in sessions {
                if session != 0 && events.iter().all(|event| event.sample_rate >= 1.0) {
                    let numbers: BTreeSet<u32> = events.iter().map(|event| event.seq).collect();
                    let last = usize::try_from(*numbers.last().unwrap()).unwrap();
                    gaps += last - numbers.len();
                    arrived += numbers.len();
                }
            }
            let sampled = number(&|event| event.sample_rate < 1.0);
            let values = vec![
                count(events.len()),
                count(number(&|event| !event.bot.is_empty())),
                count(sampled),
                rate(sampled as f64, events.len() as f64),
                Some(events.iter().map(|event| 1.0 / event.sample_rate).sum()),
                count(gaps),
                rate(gaps as f64, (gaps + arrived) as f64),
            ];
            expected.insert(
                vec![site.id.clone(), day.to_string()],
                Values::numbers(values),
            );
        }
    }
    let question = Question {
        key: &["site", "session_date"],
        texts: &[],
        numbers: &[
            "events",
            "bots",
            "sampled",
            "sampled_share",
            "estimated_events",
            "missing",
            "missing_share",
        ],
        from: "weir.completeness".to_owned(),
    };
    question.compare(client, tally, expected).await;
}
