//! What was asked of a report: read from the query of the address, checked against what the report takes.

use weir_rules::funnel_step::{StepCondition, StepExpression, StepTest};

use super::catalogue::{Parameter, QUALITIES, Report, Takes};
use super::fault::Fault;
use super::period::{Compare, Period};
use super::question::{Question, Value};

/// Values of one filter, and filters, at most.
const MOST_FILTERS: usize = 20;
/// Characters of a filter's value, at most.
const MOST_CHARS: usize = 2_000;
/// Steps of a funnel, at most: as the views have it.
pub(super) const MOST_STEPS: usize = 12;
/// Seconds of a funnel's window, at most.
const MOST_WINDOW_S: u64 = 1_000 * 86_400;
/// Rows of an answer when nothing is said, and at most.
const USUAL_ROWS: u64 = 1_000;
pub(super) const MOST_ROWS: u64 = 50_000;

/// One quality of a visit, and what it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    /// One of those that the report names.
    pub(super) field: &'static str,
    pub(super) negated: bool,
    pub(super) values: Vec<String>,
}

/// A funnel, saved or made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Funnel {
    pub(super) labels: Vec<String>,
    pub(super) steps: Vec<String>,
    pub(super) window_s: u64,
    pub(super) mode: String,
    pub(super) unit: String,
}

/// A goal, as its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Goal {
    pub(super) step: String,
    pub(super) value: String,
}

/// What is answered: the rows of the period, and those that they are compared with, may be asked for one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    Both,
    Rows,
    Compared,
}

/// What was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) site: String,
    pub(super) period: Period,
    pub(super) compare: Compare,
    pub(super) only: Only,
    /// Empty: none.
    pub(super) breakdown: String,
    pub(super) filters: Vec<Filter>,
    /// Parameters of the report, with what they are when not given.
    pub(super) words: Vec<(&'static str, Value)>,
    pub(super) rows: u64,
    /// The ready view of a saved funnel.
    pub(super) view: Option<String>,
    /// Name of a saved funnel; none where `funnel` was made up.
    pub(super) funnel_name: Option<String>,
    pub(super) funnel: Option<Funnel>,
    /// The ready view of a goal.
    pub(super) goal_view: Option<String>,
    /// Name of a goal.
    pub(super) goal_name: Option<String>,
    pub(super) goal: Option<Goal>,
}

impl Asked {
    /// Reads the query of the address. `made_elsewhere`: the funnel, where it is not in the address. Names of funnels and goals are looked up later.
    pub(super) fn read(
        report: &Report,
        site: &str,
        pairs: &[(String, String)],
        today: jiff::civil::Date,
        made_elsewhere: Option<Funnel>,
    ) -> Result<Self, Fault> {
        let known = report.known_parameters();
        for (name, _) in pairs {
            if name == "lang" || known.contains(&name.as_str()) {
                continue;
            }
            return Err(if name == "filter" {
                Fault::NoFilters
            } else {
                Fault::UnknownParameter {
                    name: short(name),
                    known,
                }
            });
        }
        let one = |name: &str| {
            let found = pairs.iter().find(|(known, _)| known == name);
            found
                .map(|(_, value)| value.as_str())
                .filter(|value| !value.is_empty())
        };
        let compare = match one("compare") {
            None | Some("none") => Compare::Nothing,
            Some("previous") => Compare::Previous,
            Some("year") => Compare::Year,
            Some(word) => return Err(no_such("compare", word, ["none", "previous", "year"])),
        };
        let only = match one("only") {
            None => Only::Both,
            Some("rows") => Only::Rows,
            Some("compared") if compare == Compare::Nothing => {
                return Err(no_such("only", "compared", ["rows"]));
            }
            Some("compared") => Only::Compared,
            Some(word) => return Err(no_such("only", word, ["rows", "compared"])),
        };
        let breakdown = one("breakdown")
            .unwrap_or(report.usual_breakdown)
            .to_owned();
        if !breakdown.is_empty()
            && !report.breakdowns.contains(&breakdown.as_str())
            && !report.breaks_by_property
        {
            return Err(no_such(
                "breakdown",
                &breakdown,
                report.breakdowns.iter().copied(),
            ));
        }
        if breakdown.chars().count() > MOST_CHARS {
            return Err(no_such(
                "breakdown",
                &breakdown,
                report.breakdowns.iter().copied(),
            ));
        }
        let mut asked = Self {
            site: site.to_owned(),
            period: Period::read(one("period"), one("from"), one("to"), today)?,
            compare,
            only,
            breakdown,
            filters: read_filters(report.filters, all(pairs, "filter"))?,
            words: Vec::new(),
            rows: one("limit")
                .map_or(Ok(USUAL_ROWS), |text| number("limit", text, 1, MOST_ROWS))?,
            view: None,
            funnel_name: None,
            funnel: made_elsewhere,
            goal_view: None,
            goal_name: None,
            goal: None,
        };
        for parameter in report.parameters {
            let Parameter { name, takes, usual } = *parameter;
            let given = one(name);
            match takes {
                Takes::Word(known) => {
                    let word = given.unwrap_or(usual);
                    if !known.contains(&word) {
                        return Err(no_such(name, word, known.iter().copied()));
                    }
                    asked.words.push((name, Value::Text(word.to_owned())));
                }
                Takes::Number { least, most } => {
                    let number = number(name, given.unwrap_or(usual), least, most)?;
                    asked.words.push((name, Value::Number(number)));
                }
                Takes::Text => {
                    let text = given.unwrap_or(usual);
                    if text.chars().count() > MOST_CHARS {
                        return Err(Fault::TooMany {
                            parameter: name,
                            most: MOST_CHARS,
                        });
                    }
                    asked.words.push((name, Value::Text(text.to_owned())));
                }
                Takes::Goal => asked.goal_name = given.map(str::to_owned),
                Takes::RequiredGoal => {
                    let goal = given.ok_or(Fault::Missing { parameter: name })?;
                    asked.goal_name = Some(goal.to_owned());
                }
                // Read below: these belong together.
                Takes::Funnel => {}
            }
        }
        let takes_funnel = |parameter: &Parameter| parameter.takes == Takes::Funnel;
        if asked.funnel.is_none() && report.parameters.iter().any(takes_funnel) {
            match one("name") {
                Some(name) => asked.funnel_name = Some(name.to_owned()),
                None => {
                    asked.funnel = Some(made_up(
                        all(pairs, "steps"),
                        one("within"),
                        one("mode"),
                        one("unit"),
                    )?)
                }
            }
        }
        Ok(asked)
    }

    /// The word that a parameter of the report is.
    pub(super) fn word(&self, name: &str) -> &str {
        let found = self.words.iter().find(|(known, _)| *known == name);
        match found {
            Some((_, Value::Text(word))) => word,
            _ => "",
        }
    }

    /// A question with what all questions know: site, days, filters, rows.
    pub(super) fn question(&self, sql: impl Into<String>) -> Question {
        let mut question = Question::new(sql)
            .text("site", &self.site)
            .text("from", self.period.from.to_string())
            .text("to", self.period.to.to_string())
            // One more tells whether there would have been more.
            .number("rows", self.rows + 1);
        for (name, value) in &self.words {
            question.values.push(((*name).to_owned(), value.clone()));
        }
        for (no, filter) in self.filters.iter().enumerate() {
            question = question.texts(&format!("filter_{no}"), filter.values.clone());
        }
        // Of no goal the step is empty, for views that count something else then.
        let goal = self.goal.as_ref();
        question = question
            .text("goal_step", goal.map_or("", |goal| &goal.step))
            .text("goal_value", goal.map_or("", |goal| &goal.value));
        if let Some(funnel) = &self.funnel {
            question = question
                .texts("labels", funnel.labels.clone())
                .texts("steps", self.filtered_steps(funnel))
                .number("window_s", funnel.window_s)
                .text("mode", &funnel.mode)
                .text("unit", &funnel.unit)
                .text("breakdown", &self.breakdown);
        }
        question
    }

    /// The filter of a funnel is a condition of its first step, which the views know; in any order, of all steps.
    fn filtered_steps(&self, funnel: &Funnel) -> Vec<String> {
        let conditions: Vec<StepCondition> = self
            .filters
            .iter()
            .map(|filter| StepCondition {
                field: filter.field.to_owned(),
                test: StepTest::In(filter.values.clone()),
                negated: filter.negated,
            })
            .collect();
        if conditions.is_empty() {
            return funnel.steps.clone();
        }
        let add = |no: usize, step: &String| {
            if no > 0 && funnel.mode != "any" {
                return step.clone();
            }
            match StepExpression::parse(step) {
                Ok(mut expression) => {
                    expression.conditions.extend(conditions.iter().cloned());
                    expression.to_string()
                }
                Err(_) => step.clone(),
            }
        };
        funnel
            .steps
            .iter()
            .enumerate()
            .map(|(no, step)| add(no, step))
            .collect()
    }
}

/// Every value of one name.
fn all<'a>(pairs: &'a [(String, String)], name: &'static str) -> impl Iterator<Item = &'a str> {
    pairs
        .iter()
        .filter(move |(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

fn no_such<'a>(
    parameter: &'static str,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Fault {
    Fault::NoSuchWord {
        parameter,
        word: short(word),
        known: known.into_iter().map(str::to_owned).collect(),
    }
}

/// As much of a text as belongs into a message.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

fn number(parameter: &'static str, text: &str, least: u64, most: u64) -> Result<u64, Fault> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| Fault::NoNumber {
            parameter,
            text: short(text),
            least,
            most,
        })
}

/// Filters by what is known of a visit, whichever report they are for.
pub(super) fn filters_of_visits(texts: &[String]) -> Result<(), Fault> {
    read_filters(QUALITIES, texts.iter().map(String::as_str)).map(drop)
}

/// `channel:Email`, `device!:mobile`; several of one field are alternatives.
fn read_filters<'a>(
    known: &[&'static str],
    texts: impl Iterator<Item = &'a str>,
) -> Result<Vec<Filter>, Fault> {
    let mut filters: Vec<Filter> = Vec::new();
    let mut count = 0;
    for text in texts.filter(|text| !text.is_empty()) {
        count += 1;
        if count > MOST_FILTERS {
            return Err(Fault::TooMany {
                parameter: "filter",
                most: MOST_FILTERS,
            });
        }
        let bad = || Fault::BadFilter { text: short(text) };
        let (field, value) = text.split_once(':').ok_or_else(bad)?;
        if value.chars().count() > MOST_CHARS {
            return Err(bad());
        }
        let (field, negated) = field
            .strip_suffix('!')
            .map_or((field, false), |field| (field, true));
        let field = *known
            .iter()
            .find(|known| **known == field)
            .ok_or_else(|| no_such("filter", field, known.iter().copied()))?;
        let same = filters
            .iter_mut()
            .find(|filter| filter.field == field && filter.negated == negated);
        match same {
            Some(filter) => filter.values.push(value.to_owned()),
            None => filters.push(Filter {
                field,
                negated,
                values: vec![value.to_owned()],
            }),
        }
    }
    Ok(filters)
}

/// A funnel that is in no container.
fn made_up<'a>(
    steps: impl Iterator<Item = &'a str>,
    within: Option<&str>,
    mode: Option<&str>,
    unit: Option<&str>,
) -> Result<Funnel, Fault> {
    let mut expressions = Vec::new();
    for (at, step) in steps.enumerate() {
        if at == MOST_STEPS {
            return Err(Fault::TooMany {
                parameter: "steps",
                most: MOST_STEPS,
            });
        }
        StepExpression::parse(step).map_err(|error| Fault::BadStep {
            no: at + 1,
            why: error.to_string(),
        })?;
        expressions.push(step.to_owned());
    }
    if expressions.is_empty() {
        return Err(Fault::Missing { parameter: "name" });
    }
    let among = |parameter, word: Option<&str>, known: [&'static str; 3], usual: &str| {
        let word = word.unwrap_or(usual);
        if known.contains(&word) {
            Ok(word.to_owned())
        } else {
            Err(no_such(parameter, word, known))
        }
    };
    Ok(Funnel {
        labels: expressions.clone(),
        steps: expressions,
        window_s: within.map_or(Ok(30 * 86_400), seconds)?,
        mode: among("mode", mode, ["ordered", "strict", "any"], "ordered")?,
        unit: among("unit", unit, ["person", "session", "device"], "person")?,
    })
}

/// `7 days` in seconds.
fn seconds(text: &str) -> Result<u64, Fault> {
    let read = || {
        let text = text.trim();
        let digits = text
            .find(|sign: char| !sign.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(digits)?;
        let unit = match unit.trim() {
            "second" | "seconds" | "" => 1,
            "minute" | "minutes" => 60,
            "hour" | "hours" => 3_600,
            "day" | "days" => 86_400,
            "week" | "weeks" => 604_800,
            _ => return None,
        };
        let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
        (1..=MOST_WINDOW_S).contains(&seconds).then_some(seconds)
    };
    read().ok_or_else(|| Fault::BadDuration { text: short(text) })
}
