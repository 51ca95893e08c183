//! Funnels in order, strictly and in any order; by person, session and browser; with breakdown, trend and drop-offs; against
//! a reference of their own.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::Client;
use jiff::Timestamp;
use jiff::civil::Date;
use weir_collector::warehouse;

use crate::compare::{self, Tally};
use crate::funnel_trend;
use crate::numbers::{Key, Question, Values, count, rate};
use crate::random::Random;
use crate::reference::{self, Candidate};
use crate::steps::Step;
use crate::stream::{Event, Site};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Ordered,
    Strict,
    Any,
}

const MODES: [(Mode, &str); 3] = [
    (Mode::Ordered, "ordered"),
    (Mode::Strict, "strict"),
    (Mode::Any, "any"),
];
const UNITS: [&str; 3] = ["person", "session", "device"];
/// A call as the page makes it.
const PARAMETERS: &str = "site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64}, \
    mode = {mode:String}, unit = {unit:String}, from = {from:Date}, to = {to:Date}";
const PASSIVE: [&str; 2] = ["engagement", "impression"];

/// What only tells what a page shows.
fn is_passive(name: &str) -> bool {
    PASSIVE.contains(&name) || name.starts_with("view_")
}

/// How far one unit got.
pub(crate) struct Entry {
    pub(crate) step_at: Vec<i64>,
    last_entry_at: i64,
    breakdown: String,
}

impl Entry {
    pub(crate) fn level(&self) -> usize {
        self.step_at.len()
    }
}

fn unit_of(event: &Event, unit: &str) -> u64 {
    match unit {
        "person" => event.person,
        "session" => event.session,
        _ => event.visitor,
    }
}

fn breakdown_of(event: &Event, breakdown: &str) -> String {
    match breakdown {
        "channel" => event.channel.to_owned(),
        "city" => event.city.to_owned(),
        "page.path" => event.path.clone(),
        "color" => event
            .props
            .get("color")
            .copied()
            .unwrap_or_default()
            .to_owned(),
        _ => String::new(),
    }
}

/// What a funnel is asked for.
#[derive(Clone)]
pub(crate) struct Asked<'a> {
    pub(crate) site: &'a Site,
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) steps: &'a [Step],
    pub(crate) texts: &'a [String],
    pub(crate) names: Vec<&'static str>,
    pub(crate) mode: Mode,
    pub(crate) mode_name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) breakdown: &'static str,
}

/// An event of a unit and the value of the breakdown.
type Done = (Candidate, String);

impl Asked<'_> {
    /// Compares what a view answers, and what its text does, as the page asks.
    pub(crate) async fn compare(
        &self,
        client: &Client,
        tally: &mut Tally,
        (question, is_one_text): (Question<'_>, bool),
        expected: BTreeMap<Key, Values>,
    ) {
        if !is_one_text {
            return question.compare(client, tally, expected).await;
        }
        let bind = |sql: &str| {
            let text = warehouse::in_one_text(sql);
            assert!(!text.contains("weir_fn."), "{text}");
            client
                .query_raw(&text)
                .param("site", &self.site.id)
                .param("steps", self.texts)
                .param("window_s", self.site.window_ms / 1000)
                .param("mode", self.mode_name)
                .param("unit", self.unit)
                .param("from", self.site.from.to_string())
                .param("to", self.site.to.to_string())
        };
        question.compare_bound(tally, expected, bind).await;
    }

    fn start_ms(&self) -> i64 {
        self.site.midnight_ms(self.from)
    }

    fn end_ms(&self) -> i64 {
        self.site.midnight_ms(self.to.tomorrow().unwrap())
    }

    fn is_in_period(&self, ts: i64) -> bool {
        (self.start_ms()..self.end_ms()).contains(&ts)
    }

    /// The events of each unit that are looked at, in order.
    fn by_unit(&self) -> BTreeMap<u64, Vec<Done>> {
        let mut units: BTreeMap<u64, Vec<Done>> = BTreeMap::new();
        for event in self.site.events.iter().filter(|event| event.bot.is_empty()) {
            let unit = unit_of(event, self.unit);
            let last = self.end_ms() + self.site.window_ms;
            if unit == 0 && self.unit != "person" || !(self.start_ms()..last).contains(&event.ts) {
                continue;
            }
            let does: Vec<bool> = self
                .steps
                .iter()
                .enumerate()
                .map(|(step, wanted)| {
                    let may = step > 0 || self.mode == Mode::Any || self.is_in_period(event.ts);
                    wanted.is_done_by(event) && may
                })
                .collect();
            let interrupts = self.mode == Mode::Strict
                && (!is_passive(event.name) || self.names.contains(&event.name));
            if does.iter().any(|does| *does) || interrupts {
                let candidate = Candidate {
                    ts: event.ts,
                    seq: event.seq,
                    does,
                };
                let value = breakdown_of(event, self.breakdown);
                units.entry(unit).or_default().push((candidate, value));
            }
        }
        for events in units.values_mut() {
            events.sort_by_key(|(event, _)| place(event));
        }
        units
    }

    pub(crate) fn entries(&self) -> BTreeMap<u64, Entry> {
        self.by_unit()
            .into_iter()
            .filter_map(|(unit, events)| Some((unit, self.entry(&events)?)))
            .collect()
    }

    fn entry(&self, events: &[Done]) -> Option<Entry> {
        let may_enter = |event: &Candidate| match self.mode {
            Mode::Any => self.is_in_period(event.ts),
            Mode::Ordered | Mode::Strict => event.does[0],
        };
        let last_entry_at = events
            .iter()
            .rev()
            .find(|(event, _)| may_enter(event))?
            .0
            .ts;
        let step_at = match self.mode {
            Mode::Any => self.any_order(events),
            Mode::Ordered | Mode::Strict => {
                let way = self.way(events);
                let first = place(&events[way[0]].0);
                let breakdown = events
                    .iter()
                    .filter(|(event, _)| place(event) == first)
                    .map(|(_, value)| value.clone())
                    .min()?;
                return Some(Entry {
                    step_at: way.iter().map(|at| events[*at].0.ts).collect(),
                    last_entry_at,
                    breakdown,
                });
            }
        };
        let breakdown = events
            .iter()
            .filter(|(event, _)| event.ts == step_at[0] && may_enter(event))
            .map(|(_, value)| value.clone())
            .min()?;
        Some(Entry {
            step_at,
            last_entry_at,
            breakdown,
        })
    }

    /// The events of the best way through the steps.
    fn way(&self, events: &[Done]) -> Vec<usize> {
        let window = self.site.window_ms;
        if self.mode == Mode::Ordered {
            let candidates: Vec<Candidate> = events
                .iter()
                .map(|(event, _)| Candidate {
                    ts: event.ts,
                    seq: event.seq,
                    does: event.does.clone(),
                })
                .collect();
            let mut best = Vec::new();
            reference::explore(
                &candidates,
                self.steps.len(),
                window,
                &mut Vec::new(),
                &mut best,
            );
            return best;
        }
        // Strictly: a run of neighbours. The longest; of those, the first.
        let mut best: Vec<usize> = Vec::new();
        for first in 0..events.len() {
            let run = (0..self.steps.len()).take_while(|step| {
                events.get(first + step).is_some_and(|(event, _)| {
                    event.does[*step] && event.ts - events[first].0.ts <= window
                })
            });
            let length = run.count();
            if length > best.len() {
                best = (first..first + length).collect();
            }
        }
        best
    }

    /// When different steps were done within one window: the most of them, the first time that they were so many.
    fn any_order(&self, events: &[Done]) -> Vec<i64> {
        let mut best = Vec::new();
        for (at, (event, _)) in events.iter().enumerate() {
            let recent: Vec<&Candidate> = events[..=at]
                .iter()
                .map(|(event, _)| event)
                .filter(|before| before.ts + self.site.window_ms >= event.ts)
                .collect();
            let Some(entered) = recent
                .iter()
                .rev()
                .map(|event| event.ts)
                .find(|ts| self.is_in_period(*ts))
            else {
                continue;
            };
            let last = |step: usize| recent.iter().rev().find(|event| event.does[step]);
            let mut times: Vec<i64> = (0..self.steps.len())
                .filter_map(|step| Some(last(step)?.ts))
                .collect();
            times.sort_unstable();
            if !self.is_in_period(times[0]) {
                // The entry is one of the steps that are done at its moment, whichever makes the others latest.
                times = (0..self.steps.len())
                    .filter(|step| {
                        let mut at_entry = recent.iter().filter(|event| event.ts == entered);
                        at_entry.any(|event| event.does[*step])
                    })
                    .map(|entry| {
                        let others = (0..self.steps.len()).filter(|step| *step != entry);
                        let mut way: Vec<i64> =
                            others.filter_map(|step| Some(last(step)?.ts)).collect();
                        way.push(entered);
                        way.sort_unstable();
                        way
                    })
                    .max()
                    .unwrap();
            }
            if times.len() > best.len() {
                best = times;
            }
        }
        best
    }
}

/// Where an event stands: of one moment and number, by the last step they differ in, whoever cannot do it first.
fn place(event: &Candidate) -> (i64, u32, Vec<bool>) {
    (
        event.ts,
        event.seq,
        event.does.iter().rev().copied().collect(),
    )
}

pub(crate) fn wilson(part: f64, whole: f64) -> (Option<f64>, Option<f64>) {
    if whole == 0.0 {
        return (None, None);
    }
    let (p, z) = (part / whole, 1.96_f64);
    let scale = 1.0 + z * z / whole;
    let center = (p + z * z / (2.0 * whole)) / scale;
    let half = z * (p * (1.0 - p) / whole + z * z / (4.0 * whole * whole)).sqrt() / scale;
    (
        Some((center - half).max(0.0)),
        Some((center + half).min(1.0)),
    )
}

/// A quartile (1 to 3) between neighbours, in seconds.
pub(crate) fn quartile(ms: &mut [i64], quarter: usize) -> Option<f64> {
    ms.sort_unstable();
    let quarters = quarter * ms.len().checked_sub(1)?;
    let at = |index: usize| ms.get(index).map(|ms| *ms as f64 / 1000.0);
    let low = at(quarters / 4)?;
    let next = at(quarters / 4 + 1).unwrap_or(low);
    Some(low + (next - low) * (quarters % 4) as f64 / 4.0)
}

/// Every view about funnels, for one site and one mode.
pub(crate) async fn compare(
    client: &Client,
    tally: &mut Tally,
    random: &mut Random,
    site: &Site,
    (steps, texts): (&[Step], &[String]),
    now: Timestamp,
) {
    let (mode, mode_name) = random.pick(&MODES);
    let asked = Asked {
        site,
        from: site.from,
        to: site.to,
        steps,
        texts,
        names: steps.iter().map(|step| step.name).collect(),
        mode,
        mode_name,
        unit: random.pick(&UNITS),
        breakdown: random.pick(&["", "channel", "city", "page.path", "color"]),
    };
    let quoted: Vec<String> = texts.iter().map(|text| compare::quote(text)).collect();
    let arguments = format!(
        "site = '{}', steps = [{}], window_s = {}, mode = '{mode_name}', unit = '{}', from = '{}', to = '{}'",
        site.id,
        quoted.join(", "),
        site.window_ms / 1000,
        asked.unit,
        site.from,
        site.to
    );
    let entries = asked.entries();
    tally.persons_at_step_3 += entries.values().filter(|entry| entry.level() >= 3).count();
    let question = Question {
        key: &["unit_id"],
        texts: &[
            "arrayMap(at -> toUnixTimestamp64Milli(at), step_at)",
            "toUnixTimestamp64Milli(last_entry_at)",
            "breakdown",
        ],
        numbers: &["level", "toUnixTimestamp64Milli(entered_at)"],
        from: format!(
            "weir_fn.funnel_entries_by({arguments}, breakdown = '{}')",
            asked.breakdown
        ),
    };
    let expected = entries
        .iter()
        .map(|(unit, entry)| {
            let times: Vec<String> = entry.step_at.iter().map(i64::to_string).collect();
            let values = Values::of(
                vec![
                    format!("[{}]", times.join(",")),
                    entry.last_entry_at.to_string(),
                    entry.breakdown.clone(),
                ],
                vec![count(entry.level()), Some(entry.step_at[0] as f64)],
            );
            (vec![unit.to_string()], values)
        })
        .collect();
    question.compare(client, tally, expected).await;
    // Each view is asked by its name at some sites, and as a text for these steps at the others.
    let period = random.pick(&["day", "week", "month"]);
    let mut call = || {
        if random.one_in(2) {
            (arguments.as_str(), false)
        } else {
            (PARAMETERS, true)
        }
    };
    by_step(client, tally, &asked, call(), &entries, now).await;
    let how = call();
    funnel_trend::compare(client, tally, &asked, how, period, now).await;
    drop_offs(client, tally, &asked, call(), &entries).await;
}

pub(crate) fn is_maturing(entry: &Entry, site: &Site, now: Timestamp) -> bool {
    entry.last_entry_at + site.window_ms > now.as_millisecond()
}

async fn by_step(
    client: &Client,
    tally: &mut Tally,
    asked: &Asked<'_>,
    (arguments, is_one_text): (&str, bool),
    entries: &BTreeMap<u64, Entry>,
    now: Timestamp,
) {
    let mut groups: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    if asked.breakdown.is_empty() {
        groups.insert("", Vec::new());
    }
    for entry in entries.values() {
        groups.entry(&entry.breakdown).or_default().push(entry);
    }
    let mut expected = BTreeMap::new();
    for (value, entries) in groups {
        let reached =
            |step: usize| entries.iter().filter(|entry| entry.level() >= step).count() as f64;
        for step in 1..=asked.steps.len() {
            let before = if step == 1 {
                reached(1)
            } else {
                reached(step - 1)
            };
            let took = |from: usize| -> Vec<i64> {
                entries
                    .iter()
                    .filter(|entry| step > 1 && entry.level() >= step)
                    .map(|entry| entry.step_at[step - 1] - entry.step_at[from])
                    .collect()
            };
            let from_before = |quarter: usize| quartile(&mut took(step.saturating_sub(2)), quarter);
            let (low, high) = match step {
                1 => (None, None),
                _ => wilson(reached(step), reached(1)),
            };
            let maturing = entries
                .iter()
                .filter(|entry| entry.level() + 1 == step && is_maturing(entry, asked.site, now))
                .count();
            let numbers = vec![
                Some(reached(step)),
                rate(reached(step), reached(1)),
                low,
                high,
                rate(reached(step), before),
                Some(before - reached(step)),
                from_before(1),
                from_before(2),
                from_before(3),
                quartile(&mut took(0), 2),
                count(maturing),
            ];
            expected.insert(
                vec![value.to_owned(), step.to_string()],
                Values::numbers(numbers),
            );
        }
    }
    let question = Question {
        key: &["breakdown", "step_no"],
        texts: &[],
        numbers: &[
            "units",
            "conversion_from_start",
            "ci_low",
            "ci_high",
            "conversion_from_prev",
            "drop_off",
            "q25_s_from_prev",
            "median_s_from_prev",
            "q75_s_from_prev",
            "median_s_from_start",
            "maturing",
        ],
        from: format!(
            "weir_fn.funnel_by({arguments}, breakdown = '{}')",
            asked.breakdown
        ),
    };
    let question = (question, is_one_text);
    asked.compare(client, tally, question, expected).await;
}

/// Page views of the page that the one before in the visit was of.
fn reloads(asked: &Asked<'_>) -> BTreeSet<u128> {
    let mut views: Vec<&Event> = asked
        .site
        .events
        .iter()
        .filter(|event| event.bot.is_empty() && event.name == "pageview")
        .collect();
    let visit = |event: &Event| (unit_of(event, asked.unit), event.session);
    let page = |event: &Event| (event.host().to_owned(), event.path.clone());
    views.sort_by_key(|event| (visit(event), event.ts, event.seq, page(event)));
    views
        .windows(2)
        .filter(|pair| visit(pair[0]) == visit(pair[1]) && page(pair[0]) == page(pair[1]))
        .map(|pair| pair[1].id)
        .collect()
}

async fn drop_offs(
    client: &Client,
    tally: &mut Tally,
    asked: &Asked<'_>,
    (arguments, is_one_text): (&str, bool),
    entries: &BTreeMap<u64, Entry>,
) {
    let mut left: BTreeMap<usize, BTreeMap<String, usize>> = BTreeMap::new();
    let reloads = reloads(asked);
    for (unit, entry) in entries {
        if entry.level() == asked.steps.len() {
            continue;
        }
        let stopped_at = entry.step_at[entry.level() - 1];
        let next = asked
            .site
            .events
            .iter()
            .filter(|event| event.bot.is_empty() && unit_of(event, asked.unit) == *unit)
            .filter(|event| !is_passive(event.name))
            .filter(|event| event.ts > stopped_at && !reloads.contains(&event.id))
            .map(|event| {
                let what = if event.name == "pageview" {
                    event.path.clone()
                } else {
                    event.name.to_owned()
                };
                (event.ts, event.seq, what)
            })
            .min();
        let what = next
            .filter(|(ts, ..)| *ts <= entry.step_at[0] + asked.site.window_ms)
            .map(|(.., what)| what)
            .unwrap_or_default();
        *left
            .entry(entry.level())
            .or_default()
            .entry(what)
            .or_default() += 1;
    }
    let mut expected = BTreeMap::new();
    for (step, things) in left {
        let whole: usize = things.values().sum();
        for (what, units) in things {
            let share = rate(units as f64, whole as f64);
            expected.insert(
                vec![step.to_string(), what],
                Values::numbers(vec![count(units), share]),
            );
        }
    }
    let question = Question {
        key: &["after_step", "instead"],
        texts: &[],
        numbers: &["units", "share"],
        from: format!("weir_fn.funnel_drop_offs({arguments})"),
    };
    let question = (question, is_one_text);
    asked.compare(client, tally, question, expected).await;
}
