//! What the views must answer, worked out the slow and obvious way. Shares no code and no idea with the SQL: a funnel is
//! found by trying every way through the events.

use std::collections::{BTreeMap, BTreeSet};

use crate::steps::Step;
use crate::stream::{Event, Site};

/// How far one person got.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) level: u8,
    pub(crate) step_at: Vec<i64>,
    pub(crate) last_entry_at: i64,
}

/// Everyone who entered, by person.
pub(crate) fn funnel_entries(site: &Site, steps: &[Step]) -> BTreeMap<u64, Entry> {
    let mut by_person: BTreeMap<u64, Vec<Candidate>> = BTreeMap::new();
    for event in site.events.iter().filter(|event| event.bot.is_empty()) {
        let in_period = (site.start_ms()..site.end_ms()).contains(&event.ts);
        // A step may come up to the window after the last possible entry, and nothing before the first counts.
        if event.ts < site.start_ms() || event.ts >= site.end_ms() + site.window_ms {
            continue;
        }
        let does: Vec<bool> = steps
            .iter()
            .enumerate()
            .map(|(step, wanted)| wanted.is_done_by(event) && (step > 0 || in_period))
            .collect();
        by_person.entry(event.person).or_default().push(Candidate {
            ts: event.ts,
            seq: event.seq,
            does,
        });
    }
    by_person
        .into_iter()
        .filter_map(|(person, mut events)| {
            // Of one moment and number: by the last step they differ in, whoever cannot do it first.
            events.sort_by_key(|event| {
                let backwards: Vec<bool> = event.does.iter().rev().copied().collect();
                (event.ts, event.seq, backwards)
            });
            let last_entry_at = events.iter().rev().find(|event| event.does[0])?.ts;
            let mut best = Vec::new();
            explore(
                &events,
                steps.len(),
                site.window_ms,
                &mut Vec::new(),
                &mut best,
            );
            let step_at: Vec<i64> = best.iter().map(|at: &usize| events[*at].ts).collect();
            Some((
                person,
                Entry {
                    level: u8::try_from(best.len()).unwrap(),
                    step_at,
                    last_entry_at,
                },
            ))
        })
        .collect()
}

pub(crate) struct Candidate {
    pub(crate) ts: i64,
    pub(crate) seq: u32,
    pub(crate) does: Vec<bool>,
}

/// Tries every way on from `way`; keeps the best: the longest; of those the one that ends first; of those the one whose
/// steps before come last, looked at from the end.
pub(crate) fn explore(
    events: &[Candidate],
    steps: usize,
    window_ms: i64,
    way: &mut Vec<usize>,
    best: &mut Vec<usize>,
) {
    if is_better(way, best) {
        best.clone_from(way);
    }
    if way.len() == steps {
        return;
    }
    let next = way.last().map_or(0, |last| last + 1);
    for at in next..events.len() {
        let entered = way.first().map_or(events[at].ts, |first| events[*first].ts);
        if events[at].does[way.len()] && events[at].ts - entered <= window_ms {
            way.push(at);
            explore(events, steps, window_ms, way, best);
            way.pop();
        }
    }
}

fn is_better(way: &[usize], best: &[usize]) -> bool {
    if way.len() != best.len() {
        return way.len() > best.len();
    }
    let (Some((way_end, way_before)), Some((best_end, best_before))) =
        (way.split_last(), best.split_last())
    else {
        return false;
    };
    way_end < best_end
        || way_end == best_end && way_before.iter().rev().gt(best_before.iter().rev())
}

/// One row of a funnel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FunnelRow {
    pub(crate) step_no: u8,
    pub(crate) step: String,
    pub(crate) persons: u64,
    pub(crate) conversion_from_start: Option<f64>,
    pub(crate) conversion_from_prev: Option<f64>,
    pub(crate) drop_off: i64,
    pub(crate) median_s_from_prev: Option<f64>,
    pub(crate) maturing: u64,
}

pub(crate) fn funnel(
    site: &Site,
    steps: &[Step],
    labels: &[String],
    now_ms: i64,
) -> Vec<FunnelRow> {
    let entries = funnel_entries(site, steps);
    let reached = |step: usize| {
        entries
            .values()
            .filter(|entry| usize::from(entry.level) >= step)
            .count() as u64
    };
    (1..=steps.len())
        .map(|step| {
            let persons = reached(step);
            let before = if step == 1 {
                persons
            } else {
                reached(step - 1)
            };
            let mut took: Vec<i64> = entries
                .values()
                .filter(|entry| step > 1 && usize::from(entry.level) >= step)
                .map(|entry| entry.step_at[step - 1] - entry.step_at[step - 2])
                .collect();
            FunnelRow {
                step_no: u8::try_from(step).unwrap(),
                step: labels[step - 1].clone(),
                persons,
                conversion_from_start: ratio(persons, reached(1)),
                conversion_from_prev: ratio(persons, before),
                drop_off: i64::try_from(before - persons).unwrap(),
                median_s_from_prev: median(&mut took).map(|ms| ms / 1000.0),
                maturing: entries
                    .values()
                    .filter(|entry| {
                        step > 1
                            && usize::from(entry.level) == step - 1
                            && entry.last_entry_at + site.window_ms > now_ms
                    })
                    .count() as u64,
            }
        })
        .collect()
}

pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

pub(crate) fn median(values: &mut [i64]) -> Option<f64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle] as f64),
        _ => Some((values[middle - 1] + values[middle]) as f64 / 2.0),
    }
}

/// One session.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) struct Session {
    pub(crate) site: String,
    pub(crate) date: String,
    pub(crate) id: u64,
    pub(crate) visitor: u64,
    pub(crate) person: u64,
    pub(crate) is_new: u8,
    pub(crate) started_at: i64,
    pub(crate) ended_at: i64,
    pub(crate) pageviews: u32,
    pub(crate) events: u32,
    pub(crate) engaged_ms: u64,
    pub(crate) is_engaged: u8,
    pub(crate) is_bounce: u8,
    pub(crate) is_converted: u8,
    pub(crate) purchases: u32,
    pub(crate) leads: u32,
    /// In hundredths.
    pub(crate) revenue: i64,
    pub(crate) foreign_purchases: u32,
    pub(crate) landing_host: String,
    pub(crate) landing_page: String,
    pub(crate) exit_host: String,
    pub(crate) exit_page: String,
    pub(crate) referrer_host: String,
    pub(crate) channel: String,
    pub(crate) utm: [&'static str; 3],
    pub(crate) device: String,
    pub(crate) city: String,
}

pub(crate) fn sessions(site: &Site) -> Vec<Session> {
    let mut by_id: BTreeMap<u64, Vec<&Event>> = BTreeMap::new();
    for event in site
        .events
        .iter()
        .filter(|event| event.session != 0 && event.bot.is_empty())
    {
        by_id.entry(event.session).or_default().push(event);
    }
    by_id
        .into_values()
        .map(|events| session(site, events))
        .collect()
}

fn session(site: &Site, mut events: Vec<&Event>) -> Session {
    events.sort_by_key(|event| (event.ts, event.seq));
    let first = events[0];
    let pages: Vec<&&Event> = events
        .iter()
        .filter(|event| event.name == "pageview")
        .collect();
    let engaged_ms: u64 = events.iter().map(|event| u64::from(event.engaged_ms)).sum();
    let is_converted = events
        .iter()
        .any(|event| ["purchase", "lead"].contains(&event.name));
    let is_engaged = pages.len() >= 2 || engaged_ms >= 10_000 || is_converted;
    let mut known = BTreeSet::new();
    let orders: Vec<&&Event> = events
        .iter()
        .filter(|event| event.name == "purchase")
        .filter(|event| event.order_id.is_empty() || known.insert(event.order_id.clone()))
        .collect();
    let is_home = |event: &&&Event| event.currency.is_empty() || event.currency == site.currency;
    let count = |number: usize| u32::try_from(number).unwrap();
    Session {
        site: site.id.clone(),
        date: first.session_date.to_string(),
        id: first.session,
        visitor: first.visitor,
        // Whoever it turned out to be.
        person: events[events.len() - 1].person,
        is_new: u8::from(events.iter().map(|event| event.session_number).max() == Some(1)),
        started_at: first.ts,
        ended_at: events.iter().map(|event| event.ts).max().unwrap(),
        pageviews: count(pages.len()),
        events: count(events.len()),
        engaged_ms,
        is_engaged: u8::from(is_engaged),
        is_bounce: u8::from(!is_engaged),
        is_converted: u8::from(is_converted),
        purchases: count(orders.len()),
        leads: count(events.iter().filter(|event| event.name == "lead").count()),
        revenue: orders
            .iter()
            .filter(|order| is_home(order))
            .map(|order| order.revenue)
            .sum(),
        foreign_purchases: count(orders.iter().filter(|order| !is_home(order)).count()),
        landing_host: pages
            .first()
            .map(|page| page.host().to_owned())
            .unwrap_or_default(),
        landing_page: pages
            .first()
            .map(|page| page.path.clone())
            .unwrap_or_default(),
        exit_host: pages
            .last()
            .map(|page| page.host().to_owned())
            .unwrap_or_default(),
        exit_page: pages
            .last()
            .map(|page| page.path.clone())
            .unwrap_or_default(),
        referrer_host: referrer_host(first.referrer).to_owned(),
        channel: first.channel.to_owned(),
        utm: first.utm,
        device: first.device.to_owned(),
        city: first.city.to_owned(),
    }
}

fn referrer_host(referrer: &str) -> &str {
    let host = referrer.strip_prefix("https://").unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

/// A landing page, of one day or of a period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LandingPage {
    /// Site, day (empty for a period), host, path.
    pub(crate) key: (String, String, String, String),
    /// Sessions, visitors, bounces, engaged sessions, page views, converted sessions, converted visitors, purchases,
    /// leads, revenue in hundredths.
    pub(crate) counts: [i64; 10],
    /// Bounce rate, pages per session, engaged seconds, those per session, session and visitor conversion, revenue per
    /// session.
    pub(crate) rates: [Option<f64>; 7],
}

/// Landing pages of `sessions`; `daily`: per day.
pub(crate) fn landing_pages(sessions: &[Session], daily: bool) -> Vec<LandingPage> {
    let mut by_key: BTreeMap<(String, String, String, String), Vec<&Session>> = BTreeMap::new();
    for session in sessions {
        let date = if daily {
            session.date.clone()
        } else {
            String::new()
        };
        let key = (
            session.site.clone(),
            date,
            session.landing_host.clone(),
            session.landing_page.clone(),
        );
        by_key.entry(key).or_default().push(session);
    }
    by_key
        .into_iter()
        .map(|(key, of_page)| {
            let sum = |value: fn(&Session) -> i64| {
                of_page.iter().map(|session| value(session)).sum::<i64>()
            };
            let visitors = |wanted: fn(&Session) -> bool| {
                let ids: BTreeSet<u64> = of_page
                    .iter()
                    .filter(|session| wanted(session))
                    .map(|session| session.visitor)
                    .collect();
                ids.len() as i64
            };
            let sessions = of_page.len() as i64;
            let (all, converted) = (
                visitors(|_| true),
                visitors(|session| session.is_converted == 1),
            );
            let counts = [
                sessions,
                all,
                sum(|session| session.is_bounce.into()),
                sum(|session| session.is_engaged.into()),
                sum(|session| session.pageviews.into()),
                sum(|session| session.is_converted.into()),
                converted,
                sum(|session| session.purchases.into()),
                sum(|session| session.leads.into()),
                sum(|session| session.revenue),
            ];
            let engaged_s = of_page
                .iter()
                .map(|session| session.engaged_ms)
                .sum::<u64>() as f64
                / 1000.0;
            let per_session = |value: f64| Some(value / sessions as f64);
            let rates = [
                per_session(counts[2] as f64),
                per_session(counts[4] as f64),
                Some(engaged_s),
                per_session(engaged_s),
                per_session(counts[5] as f64),
                Some(converted as f64 / all as f64),
                per_session(counts[9] as f64 / 100.0),
            ];
            LandingPage { key, counts, rates }
        })
        .collect()
}

/// Click-through of an item, of one day or of a period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ctr {
    /// Site, day (empty for a period), item.
    pub(crate) key: (String, String, String),
    /// Impressions, clicks, sessions exposed and clicked, visitors and persons likewise, clicks without impression.
    pub(crate) counts: [u64; 9],
    /// Of elements, sessions, visitors, persons; without sampling: impressions, clicks and their rate.
    pub(crate) rates: [Option<f64>; 7],
}

/// Click-through rates of a site's events; `daily`: per day.
pub(crate) fn ctr<'a>(
    site: &str,
    events: impl Iterator<Item = &'a Event>,
    daily: bool,
) -> Vec<Ctr> {
    let mut by_key: BTreeMap<(String, String, String), Vec<&Event>> = BTreeMap::new();
    for event in events {
        let is_counted = ["impression", "click"].contains(&event.name)
            && !event.item.is_empty()
            && event.session != 0
            && event.bot.is_empty();
        if is_counted {
            let date = if daily {
                event.session_date.to_string()
            } else {
                String::new()
            };
            by_key
                .entry((site.to_owned(), date, event.item.to_owned()))
                .or_default()
                .push(event);
        }
    }
    by_key
        .into_iter()
        .map(|(key, events)| ctr_of_item(key, &events))
        .collect()
}

fn ctr_of_item(key: (String, String, String), events: &[&Event]) -> Ctr {
    let named = |name: &'static str| events.iter().filter(move |event| event.name == name);
    let once = |name| {
        named(name)
            .map(|event| (event.session, event.element))
            .collect::<BTreeSet<_>>()
    };
    let (impressions, clicks) = (once("impression"), once("click"));
    // An element of a session that was sampled stands for as many as the rarest of its events.
    let weight = |name| {
        let mut weights: BTreeMap<(u64, &str), f64> = BTreeMap::new();
        for event in named(name) {
            let most = weights.entry((event.session, event.element)).or_default();
            *most = most.max(1.0 / event.sample_rate);
        }
        weights.values().sum::<f64>()
    };
    let sessions_of =
        |pairs: &BTreeSet<(u64, &str)>| pairs.iter().map(|pair| pair.0).collect::<BTreeSet<_>>();
    let exposed = sessions_of(&impressions);
    let clicked: BTreeSet<u64> = sessions_of(&clicks)
        .intersection(&exposed)
        .copied()
        .collect();
    // Who it was at last in each session.
    let mut last: BTreeMap<u64, &Event> = BTreeMap::new();
    for event in events {
        let known = last.entry(event.session).or_insert(event);
        if (event.ts, event.seq) >= (known.ts, known.seq) {
            *known = event;
        }
    }
    let many = |sessions: &BTreeSet<u64>, who: fn(&Event) -> u64| {
        last.iter()
            .filter(|(session, _)| sessions.contains(session))
            .map(|(_, event)| who(event))
            .collect::<BTreeSet<_>>()
            .len() as u64
    };
    let counts = [
        impressions.len() as u64,
        clicks.len() as u64,
        exposed.len() as u64,
        clicked.len() as u64,
        many(&exposed, |event| event.visitor),
        many(&clicked, |event| event.visitor),
        many(&exposed, |event| event.person),
        many(&clicked, |event| event.person),
        clicks
            .iter()
            .filter(|pair| !exposed.contains(&pair.0))
            .count() as u64,
    ];
    let rates = [
        ratio(counts[1], counts[0]),
        ratio(counts[3], counts[2]),
        ratio(counts[5], counts[4]),
        ratio(counts[7], counts[6]),
        Some(weight("impression")),
        Some(weight("click")),
        (weight("impression") > 0.0).then(|| weight("click") / weight("impression")),
    ];
    Ctr { key, counts, rates }
}
