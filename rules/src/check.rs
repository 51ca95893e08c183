//! The check: a draft -> a container, or everything that is wrong with it.
//!
//! Every part is looked at, whatever is wrong with the others, so that all problems are told at once. There is a
//! container only if there is no error.

mod built_in;
mod conditions;
mod funnels;
mod names;
mod rules;
mod site;
mod triggers;
mod variables;
mod warnings;

use std::collections::BTreeMap;

use crate::bounds::MAX_CONTAINER_BYTES;
use crate::container::Container;
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

/// Checks a container.
pub fn check(text: &str) -> Checked {
    let mut report = Collector::new(text);
    let container = check_into(text, &mut report);
    let container = container.filter(|_| !report.has_errors());
    Checked {
        container,
        problems: report.finish(),
    }
}

fn check_into(text: &str, report: &mut Collector<'_>) -> Option<Container> {
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
    let container = Checker::new(&draft, report).container();
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
    fn new(draft: &'d Draft, report: &'r mut Collector<'t>) -> Self {
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
        }
    }

    fn container(mut self) -> Option<Container> {
        let draft = self.draft;
        let site = draft.site.as_ref().and_then(|site| self.site(site));
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
        self.warn(&triggers, &tags);
        Some(Container {
            site: site?,
            variables: variables.into_iter().collect::<Option<_>>()?,
            triggers: triggers.into_iter().collect::<Option<_>>()?,
            tags: tags.into_iter().collect::<Option<_>>()?,
            funnels: funnels.into_iter().collect::<Option<_>>()?,
        })
    }
}
