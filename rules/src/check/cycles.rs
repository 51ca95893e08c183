//! Variables that use variables: none may need itself, and none may need very many.

use crate::container::{Expression, Part, Source, Variable, VariableRef};
use crate::diagnostic::{Detail, ValueFault};
use crate::variable::MAX_READS;

use super::Checker;

/// What is known of a variable.
#[derive(Clone, Copy)]
enum Cost {
    Unknown,
    /// It is being looked at: whoever needs it now needs itself.
    Open,
    /// It reads so many values. 0: something is wrong with it, which has been said.
    Known(u32),
}

impl Checker<'_, '_, '_> {
    /// Reports variables that need themselves, or more values than the page reads for one.
    pub(super) fn find_cycles(&mut self, variables: &[Option<Variable>]) {
        let mut costs = vec![Cost::Unknown; variables.len()];
        for at in 0..variables.len() {
            self.cost_of(at, variables, &mut costs, &mut Vec::new());
        }
    }

    fn cost_of(
        &mut self,
        at: usize,
        variables: &[Option<Variable>],
        costs: &mut [Cost],
        way: &mut Vec<usize>,
    ) -> u32 {
        match costs.get(at) {
            Some(Cost::Known(cost)) => return *cost,
            Some(Cost::Open) => {
                self.report_cycle(at, way);
                return 0;
            }
            Some(Cost::Unknown) | None => {}
        }
        let Some(Some(variable)) = variables.get(at) else {
            return 0;
        };
        set(costs, at, Cost::Open);
        way.push(at);
        // Each part of a source is a variable of its own in the release.
        let mut cost: u32 = 1;
        for used in used_by(&variable.source) {
            let of_used = match used {
                VariableRef::Named(used) if way.len() < MAX_WAY => {
                    self.cost_of(*used, variables, costs, way)
                }
                // Nothing real goes so deep; what is built in reads some values itself.
                VariableRef::Named(_) => MAX_READS,
                VariableRef::BuiltIn(_) => BUILT_IN_READS,
            };
            cost = cost.saturating_add(of_used.saturating_add(1));
        }
        way.pop();
        if cost > MAX_READS {
            self.report_reads(at);
            cost = 0;
        }
        set(costs, at, Cost::Known(cost));
        cost
    }

    fn report_cycle(&mut self, at: usize, way: &[usize]) {
        let start = way.iter().position(|it| *it == at).unwrap_or_default();
        let round = way.iter().skip(start).chain(std::iter::once(&at));
        let drafts = &self.draft.variables;
        let names = round.filter_map(|it| drafts.get(*it));
        let names: Vec<String> = names.map(|it| it.name.it.clone()).collect();
        if let Some(draft) = drafts.get(at) {
            let spot = draft.name.spot.clone();
            self.report
                .add(Detail::Value(ValueFault::Cycle { names }), &spot);
        }
    }

    fn report_reads(&mut self, at: usize) {
        if let Some(draft) = self.draft.variables.get(at) {
            let fault = ValueFault::TooManyReads {
                name: draft.name.it.clone(),
                max: MAX_READS,
            };
            self.report.add(Detail::Value(fault), &draft.name.spot);
        }
    }
}

/// Variables within variables that are followed, at most.
const MAX_WAY: usize = 200;
/// What a built-in variable reads, at most: where a session came from is found out in several ways.
const BUILT_IN_READS: u32 = 12;

fn set(costs: &mut [Cost], at: usize, cost: Cost) {
    if let Some(slot) = costs.get_mut(at) {
        *slot = cost;
    }
}

/// The variables that a source uses.
fn used_by(source: &Source) -> Vec<&VariableRef> {
    let expressions: Vec<&Expression> = match source {
        Source::Url(of, _) | Source::Template(of) => vec![of],
        Source::Lookup { input, .. } | Source::PatternTable { input, .. } => vec![input],
        Source::First(values) | Source::Join(values, _) => values.iter().collect(),
        _ => Vec::new(),
    };
    let mut used = Vec::new();
    for expression in expressions {
        match expression {
            Expression::Constant(_) => {}
            Expression::Variable(variable) => used.push(variable),
            Expression::Template(parts) => {
                used.extend(parts.iter().filter_map(|part| match part {
                    Part::Variable(variable) => Some(variable),
                    Part::Text(_) => None,
                }))
            }
        }
    }
    used
}
