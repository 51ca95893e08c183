//! Variables that use variables: none may need itself, and none may need very many.

use crate::container::{Expression, Part, Source, Variable, VariableRef};
use crate::diagnostic::{Detail, ValueFault};

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
        // Never less than what the variable comes to in a release, where each of these is a variable of its own.
        let mut cost = OWN_READS;
        for expression in expressions_of(&variable.source) {
            cost = cost.saturating_add(1);
            for used in used_by(expression) {
                let of_used = match used {
                    VariableRef::Named(used) if way.len() < MAX_WAY => {
                        self.cost_of(*used, variables, costs, way)
                    }
                    // Nothing real goes so deep; what is built in reads some values itself.
                    VariableRef::Named(_) => MAX_WRITTEN_READS,
                    VariableRef::BuiltIn(_) => BUILT_IN_READS,
                };
                cost = cost.saturating_add(of_used);
            }
        }
        way.pop();
        if cost > MAX_WRITTEN_READS {
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
                max: MAX_WRITTEN_READS,
            };
            self.report.add(Detail::Value(fault), &draft.name.spot);
        }
    }
}

/// Values that a variable reads, at most. Less than [`crate::variable::MAX_READS`], so that conditions may change it.
const MAX_WRITTEN_READS: u32 = 400;
/// What a variable comes to by itself: it, and what is looked up in small letters.
const OWN_READS: u32 = 2;
/// Variables within variables that are followed, at most.
const MAX_WAY: usize = 200;
/// What a built-in variable reads, at most: where a session came from is found out in several ways.
const BUILT_IN_READS: u32 = 12;

fn set(costs: &mut [Cost], at: usize, cost: Cost) {
    if let Some(slot) = costs.get_mut(at) {
        *slot = cost;
    }
}

fn expressions_of(source: &Source) -> Vec<&Expression> {
    match source {
        Source::Url(of, _) | Source::Template(of) => vec![of],
        Source::Lookup { input, .. } | Source::PatternTable { input, .. } => vec![input],
        Source::First(values) | Source::Join(values, _) => values.iter().collect(),
        _ => Vec::new(),
    }
}

/// The variables in an expression.
fn used_by(expression: &Expression) -> Vec<&VariableRef> {
    match expression {
        Expression::Constant(_) => Vec::new(),
        Expression::Variable(variable) => vec![variable],
        Expression::Template(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Variable(variable) => Some(variable),
                Part::Text(_) => None,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::release::Release;

    fn container(variables: &str, when: &str) -> String {
        format!(
            r#"{{"weir":1,"site":{{"id":"shop"}},"variables":{{{variables}}},
                "triggers":{{"t":{{"pageview":{{}},"when":{when}}}}},
                "tags":[{{"name":"T","on":["t"],"event":"e","with":{{"v":"{{{{v}}}}"}}}}]}}"#
        )
    }

    /// Whatever passes the check can be read by the page.
    #[test]
    fn the_page_reads_what_the_check_lets_through() {
        let mut passed = 0;
        for count in (1..500).step_by(33) {
            for value in [
                "\"x\"",
                "\"{{page.path}}\"",
                "\"a{{session.medium}}b\"",
                "1",
            ] {
                let list = vec![value; count].join(",");
                let variables = format!(
                    r#""w":{{"first":[{list}]}},
                       "v":{{"lookup":{{"input":"{{{{w}}}}x","table":{{"a":"b"}},"ignore_case":true}}}}"#
                );
                let when = r#"{"v":{"equals":"A","ignore_case":true}}"#;
                let checked = crate::check(&container(&variables, when));
                if let Some(container) = checked.container {
                    passed += 1;
                    let bytes = crate::compile(&container, 1);
                    assert!(Release::read(&bytes).is_ok(), "{count} times {value}");
                }
            }
        }
        assert!(passed > 20, "{passed}");
    }

    #[test]
    fn long_chains_are_told_apart_from_rings() {
        let chain = |length: usize, last: &str| {
            let links: Vec<String> = (0..length)
                .map(|at| format!(r#""v{at}":{{"template":"{{{{v{}}}}}"}}"#, at + 1))
                .collect();
            format!(
                r#"{},"v{length}":{last},"v":{{"template":"{{{{v0}}}}"}}"#,
                links.join(",")
            )
        };
        let codes = |variables: &str| {
            let found = crate::check(&container(variables, "{}")).problems;
            let codes: Vec<_> = found.iter().map(|it| it.code()).collect();
            codes
        };
        assert!(!codes(&chain(50, r#"{"query":"a"}"#)).contains(&"variable_cycle"));
        assert!(codes(&chain(50, r#"{"template":"{{v0}}"}"#)).contains(&"variable_cycle"));
        assert!(codes(&chain(600, r#"{"query":"a"}"#)).contains(&"too_deep"));
    }
}
