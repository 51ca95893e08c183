//! Conditions in English: "the path of the page begins with `/product/`".

use crate::container::Literal;
use crate::container::{Condition, ElementOf, Leaf, Order, Source, Test, VariableRef};

use super::super::words::{code, value};
use super::English;
use super::words::{a, listed};

impl English<'_> {
    /// What happens, and what must be true besides.
    pub(super) fn with_condition(&self, happens: String, when: &Condition) -> String {
        match when {
            Condition::All(parts) => {
                let told = parts.iter().map(|part| self.nested(part, true));
                let told: Vec<String> = std::iter::once(happens).chain(told).collect();
                listed(&told, "and")
            }
            Condition::Any(parts) if parts.len() > 1 => {
                let told: Vec<String> = parts.iter().map(|part| self.nested(part, true)).collect();
                format!("{happens} and either {}", listed(&told, "or"))
            }
            _ => format!("{happens} and {}", self.condition(when)),
        }
    }

    /// A condition as a clause.
    pub(super) fn condition(&self, condition: &Condition) -> String {
        self.nested(condition, false)
    }

    fn nested(&self, condition: &Condition, inside: bool) -> String {
        let (parts, word) = match condition {
            Condition::Leaf(leaf) => return self.leaf(leaf, false),
            Condition::Not(part) => {
                return match &**part {
                    Condition::Leaf(leaf) => self.leaf(leaf, true),
                    part => format!("it is not so that {}", self.nested(part, true)),
                };
            }
            Condition::All(parts) if parts.is_empty() => return "always".to_owned(),
            Condition::All(parts) => (parts, "and"),
            Condition::Any(parts) => (parts, "or"),
        };
        let told: Vec<String> = parts.iter().map(|part| self.nested(part, true)).collect();
        let text = listed(&told, word);
        if inside && told.len() > 1 {
            format!("({text})")
        } else {
            text
        }
    }

    /// A comparison. `opposite`: of what it asks.
    pub(in crate::explain) fn leaf(&self, leaf: &Leaf, opposite: bool) -> String {
        let not = leaf.negated != opposite;
        if let Some(text) = self.there_is(leaf, not) {
            return text;
        }
        if let Test::MatchesSelector(of, selector) = &leaf.test {
            let what = match of {
                ElementOf::Trigger => "the element",
                ElementOf::Form => "the form",
                ElementOf::Link => "the link",
            };
            let fits = if not { "does not fit" } else { "fits" };
            return format!("{what} {fits} {}", code(selector.as_str()));
        }
        let subject = self.noun(&leaf.variable);
        let text = format!(
            "{} {}",
            subject.text,
            comparison(&leaf.test, not, subject.is_plural)
        );
        if leaf.ignore_case {
            format!("{text} ignoring case")
        } else {
            text
        }
    }

    /// Whether there is an element, said like that.
    fn there_is(&self, leaf: &Leaf, not: bool) -> Option<String> {
        let VariableRef::Named(at) = &leaf.variable else {
            return None;
        };
        let Source::Exists(place) = &self.container.variables.get(*at)?.source else {
            return None;
        };
        let Test::Equals(Literal::Boolean(wanted)) = &leaf.test else {
            return None;
        };
        Some(match (*wanted == not, &place.selector) {
            (true, _) => format!("there is no {}", self.place(place, false)),
            (false, Some(selector)) => {
                let place = self.place(place, false);
                format!(
                    "there is {}",
                    place.replacen(&code(selector.as_str()), &a(selector), 1)
                )
            }
            (false, None) => format!("there is {}", self.place(place, false)),
        })
    }
}

/// What is asked, behind its subject.
fn comparison(test: &Test, not: bool, plural: bool) -> String {
    let is = if plural { "are" } else { "is" };
    let be = if not {
        format!("{is} not")
    } else {
        is.to_owned()
    };
    let (does, s) = match (not, plural) {
        (true, true) => ("do not ", ""),
        (true, false) => ("does not ", ""),
        (false, true) => ("", ""),
        (false, false) => ("", "s"),
    };
    match test {
        Test::Equals(wanted) => format!("{be} {}", value(wanted)),
        Test::Contains(part) => format!("{does}contain{s} {}", code(part)),
        Test::StartsWith(part) => format!("{does}begin{s} with {}", code(part)),
        Test::EndsWith(part) => format!("{does}end{s} with {}", code(part)),
        Test::Matches(pattern) => format!("{does}fit{s} the pattern {}", code(pattern.source())),
        Test::In(wanted) => {
            let all: Vec<String> = wanted.iter().map(value).collect();
            match (all.as_slice(), not) {
                ([one], _) => format!("{be} {one}"),
                (all, false) => format!("{is} {}", listed(all, "or")),
                (all, true) => format!("{is} neither {}", listed(all, "nor")),
            }
        }
        Test::Exists => format!("{be} set"),
        Test::Filled => format!(
            "{} empty",
            if not {
                is.to_owned()
            } else {
                format!("{is} not")
            }
        ),
        Test::Order(order, wanted) => {
            let order = match order {
                Order::LessThan => "below",
                Order::AtMost => "at most",
                Order::GreaterThan => "above",
                Order::AtLeast => "at least",
                Order::Same => "exactly",
            };
            format!("{be} {order} {}", value(wanted))
        }
        Test::MatchesSelector(_, selector) => format!("{does}fit{s} {}", code(selector.as_str())),
    }
}
