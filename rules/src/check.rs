//! The check: a draft -> a container, or everything that is wrong with it.
//!
//! Every part is looked at, whatever is wrong with the others, so that all problems are told at once. There is a
//! container only if there is no error.

mod aims;
mod built_in;
mod conditions;
mod cycles;
mod examples;
mod funnels;
mod names;
mod privacy;
mod rules;
mod site;
mod tags;
mod triggers;
mod variables;
mod warnings;

pub(crate) use built_in::built_in;

use std::collections::BTreeMap;

use crate::bounds::MAX_CONTAINER_BYTES;
use crate::container::{Container, Privacy};
use crate::diagnostic::{Code, Detail, Problem};
use crate::draft::{self, Draft};
use crate::json;
use crate::report::{Collector, Spot};

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// The container, if nothing is wrong with it.
    pub container: Option<Container>,
    /// Errors and warnings, in the order of the text.
    pub problems: Vec<Problem>,
}

/// Checks a container, without regard to what day it is.
pub fn check(text: &str) -> Checked {
    judge(text, None)
}

/// Checks a container; `now_ms` is the time, since 1970, that says which dates are in the past.
pub fn check_at(text: &str, now_ms: i64) -> Checked {
    judge(text, Some(now_ms))
}

fn judge(text: &str, now_ms: Option<i64>) -> Checked {
    let mut report = Collector::new(text);
    let container = check_into(text, now_ms, &mut report);
    let container = container.filter(|_| !report.has_errors());
    Checked {
        container,
        problems: report.finish(),
    }
}

fn check_into(text: &str, now_ms: Option<i64>, report: &mut Collector<'_>) -> Option<Container> {
    let whole = Spot {
        path: String::new(),
        span: 0..0,
    };
    if text.len() > MAX_CONTAINER_BYTES {
        report.add(
            Detail::TooLong {
                chars: text.len(),
                max: MAX_CONTAINER_BYTES,
            },
            &whole,
        );
        return None;
    }
    let node = match json::parse(text) {
        Ok(node) => node,
        Err(fault) => {
            report.add(
                Detail::NotJson(fault.fault),
                &Spot {
                    path: String::new(),
                    span: fault.span,
                },
            );
            return None;
        }
    };
    let draft = draft::read(&node, report)?;
    let container = Checker::new(&draft, now_ms, report).container();
    if report.has(Code::TooMany) {
        // What was cut off may have used what now seems unused.
        return None;
    }
    container
}

/// Checks one draft.
struct Checker<'d, 'r, 't> {
    draft: &'d Draft,
    report: &'r mut Collector<'t>,
    variables: Names<'d>,
    triggers: Names<'d>,
    /// Categories of consent.
    categories: Vec<String>,
    /// The day it is, in the time zone of the site.
    today: Option<jiff::civil::Date>,
}

/// Names an author gave, where they are, and whether anything refers to them.
struct Names<'d> {
    positions: BTreeMap<&'d str, usize>,
    used: Vec<bool>,
}

impl<'d> Names<'d> {
    fn new(names: impl Iterator<Item = &'d str>) -> Self {
        let positions: BTreeMap<&str, usize> =
            names.enumerate().map(|(at, name)| (name, at)).collect();
        let used = vec![false; positions.len()];
        Self { positions, used }
    }

    /// The position of a name, which is in use from now on.
    fn use_name(&mut self, name: &str) -> Option<usize> {
        let at = *self.positions.get(name)?;
        if let Some(used) = self.used.get_mut(at) {
            *used = true;
        }
        Some(at)
    }

    fn is_used(&self, at: usize) -> bool {
        self.used.get(at).copied().unwrap_or(false)
    }

    /// The names, in the order of the container.
    fn in_order(&self) -> Vec<String> {
        let mut names: Vec<(usize, &str)> = self
            .positions
            .iter()
            .map(|(&name, &at)| (at, name))
            .collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name.to_owned()).collect()
    }
}

impl<'d, 'r, 't> Checker<'d, 'r, 't> {
    fn new(draft: &'d Draft, now_ms: Option<i64>, report: &'r mut Collector<'t>) -> Self {
        Self {
            draft,
            report,
            variables: Names::new(
                draft
                    .variables
                    .iter()
                    .map(|variable| variable.name.it.as_str()),
            ),
            triggers: Names::new(
                draft
                    .triggers
                    .iter()
                    .map(|trigger| trigger.name.it.as_str()),
            ),
            categories: Vec::new(),
            today: now_ms.and_then(|now_ms| site::today(draft.site.as_ref(), now_ms)),
        }
    }

    fn container(mut self) -> Option<Container> {
        let draft = self.draft;
        let site = draft.site.as_ref().and_then(|site| self.site(site));
        let consent = self.consent(draft.consent.as_ref());
        let known = consent.clone().unwrap_or_default().categories;
        self.categories = known.into_iter().map(|(name, _)| name).collect();
        // What is misspelt in `consent` is told there.
        if let (None, Some(written)) = (&consent, &draft.consent) {
            let names = written.categories.iter().map(|(name, _)| name.it.clone());
            self.categories.extend(names);
        }
        let variables: Vec<_> = draft
            .variables
            .iter()
            .map(|variable| self.variable(variable))
            .collect();
        let triggers: Vec<_> = draft
            .triggers
            .iter()
            .map(|trigger| self.trigger(trigger))
            .collect();
        self.group_cycles(&triggers);
        let tags: Vec<_> = draft.tags.iter().map(|tag| self.tag(tag)).collect();
        let funnels: Vec<_> = draft
            .funnels
            .iter()
            .map(|funnel| self.funnel(funnel))
            .collect();
        let goals: Vec<_> = draft.goals.iter().map(|goal| self.goal(goal)).collect();
        let kpis: Vec<_> = draft.kpis.iter().map(|kpi| self.kpi(kpi)).collect();
        let examples: Vec<_> = draft
            .examples
            .iter()
            .map(|example| self.example(example))
            .collect();
        self.warn(&triggers, &tags);
        let privacy = match &draft.privacy {
            None => Some(Privacy::default()),
            Some(privacy) => self.privacy(privacy),
        };
        self.find_cycles(&variables);
        Some(Container {
            site: site?,
            consent: consent?,
            automatic: draft.automatic,
            privacy: privacy?,
            variables: variables.into_iter().collect::<Option<_>>()?,
            triggers: triggers.into_iter().collect::<Option<_>>()?,
            tags: tags.into_iter().collect::<Option<_>>()?,
            goals: goals.into_iter().collect::<Option<_>>()?,
            funnels: funnels.into_iter().collect::<Option<_>>()?,
            kpis: kpis.into_iter().collect::<Option<_>>()?,
            examples: examples.into_iter().collect::<Option<_>>()?,
        })
    }
}
