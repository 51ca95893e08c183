//! `weir_fn.goal` against a reference of its own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Client;
use jiff::civil::Date;

use crate::compare::{Tally, quote};
use crate::numbers::{Question, Values, count, money, rate};
use crate::random::Random;
use crate::steps::Step;
use crate::stream::{Event, Site};

/// What a value may be: a property, a number, what the events say, nothing.
const VALUES: [&str; 4] = ["", "revenue", "12.5", "size"];

fn worth(site: &Site, event: &Event, value: &str) -> i64 {
    match value {
        "revenue" if ["", site.currency].contains(&event.currency) => event.revenue,
        "12.5" => 1_250,
        "size" => event
            .props
            .get("size")
            .and_then(|text| text.parse().ok())
            .map_or(0, |size: i64| size * 100),
        _ => 0,
    }
}

/// Reports of one order are one; the server's counts, the latest of several.
fn reached<'a>(site: &'a Site, step: &Step) -> Vec<(&'a Event, u64)> {
    let start = site.midnight_ms(site.from.yesterday().unwrap());
    let end = site.midnight_ms(site.to.tomorrow().unwrap().tomorrow().unwrap());
    let mut reports: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in &site.events {
        if event.bot.is_empty() && (start..end).contains(&event.ts) && step.is_done_by(event) {
            let key = if event.name == "purchase" && !event.order_id.is_empty() {
                format!("order {}", event.order_id)
            } else {
                uuid::Uuid::from_u128(event.id).to_string()
            };
            reports.entry(key).or_default().push(event);
        }
    }
    reports
        .into_values()
        .map(|reports| {
            let by_server = reports
                .iter()
                .filter(|event| event.is_of_server())
                .max_by_key(|event| (event.ts, event.seq, Reverse(event.id)));
            let by_browser = reports
                .iter()
                .min_by_key(|event| (event.ts, event.seq, event.id));
            let session = reports.iter().map(|event| event.session).max().unwrap();
            (*by_server.or(by_browser).unwrap(), session)
        })
        .filter(|(event, _)| (site.from..=site.to).contains(&event.session_date))
        .collect()
}

#[derive(Default)]
struct Day<'a> {
    reached: Vec<(&'a Event, u64)>,
    persons: BTreeSet<u64>,
    sessions: BTreeSet<u64>,
}

pub(crate) async fn goal(
    client: &Client,
    tally: &mut Tally,
    random: &mut Random,
    site: &Site,
    (step, text): (&Step, &str),
) {
    let value = random.pick(&VALUES);
    let mut days: BTreeMap<Date, Day<'_>> = BTreeMap::new();
    for event in &site.events {
        let is_asked = (site.from..=site.to).contains(&event.session_date);
        if is_asked && event.session != 0 && event.bot.is_empty() {
            let day = days.entry(event.session_date).or_default();
            day.persons.insert(event.person);
            day.sessions.insert(event.session);
        }
    }
    for (event, session) in reached(site, step) {
        let day = days.entry(event.session_date).or_default();
        day.reached.push((event, session));
        day.persons.insert(event.person);
        if session != 0 {
            day.sessions.insert(session);
        }
    }
    let mut expected = BTreeMap::new();
    for (date, day) in days {
        let persons: BTreeSet<u64> = day.reached.iter().map(|(event, _)| event.person).collect();
        let sessions: BTreeSet<u64> = day
            .reached
            .iter()
            .map(|(_, session)| *session)
            .filter(|session| *session != 0)
            .collect();
        let amounts = day
            .reached
            .iter()
            .map(|(event, _)| worth(site, event, value));
        let values = vec![
            count(day.reached.len()),
            count(persons.len()),
            count(day.persons.len()),
            rate(persons.len() as f64, day.persons.len() as f64),
            count(sessions.len()),
            count(day.sessions.len()),
            rate(sessions.len() as f64, day.sessions.len() as f64),
            money(amounts.sum()),
        ];
        expected.insert(vec![date.to_string()], Values::numbers(values));
    }
    let question = Question {
        key: &["session_date"],
        texts: &[],
        numbers: &[
            "reached",
            "persons_reached",
            "persons",
            "conversion_rate",
            "sessions_reached",
            "sessions",
            "session_conversion_rate",
            "value",
        ],
        from: format!(
            "weir_fn.goal(site = '{}', step = {}, value = '{value}', from = '{}', to = '{}')",
            site.id,
            quote(text),
            site.from,
            site.to
        ),
    };
    question.compare(client, tally, expected).await;
}
