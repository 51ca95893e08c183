//! Compiles conditions. Parts stand before what they are parts of.

use crate::condition::{LESS, MORE, SAME, op};
use crate::container::{
    self, Condition, Leaf, Literal, Order, Test, Trigger, TriggerKind, VariableRef,
};
use crate::host::Transform;
use crate::id::ConditionId;

use super::variables::zone;
use super::{Compiler, word};

impl Compiler<'_> {
    /// Adds a condition behind its parts.
    pub(super) fn condition(&mut self, condition: &Condition) -> ConditionId {
        let words = match condition {
            Condition::All(parts) => self.joined(op::ALL, false, parts),
            Condition::Any(parts) => self.joined(op::ANY, false, parts),
            Condition::Not(part) => self.joined(op::ALL, true, std::slice::from_ref(&**part)),
            Condition::Leaf(leaf) if leaf.as_date && matches!(leaf.test, Test::In(_)) => {
                return self.one_of_days(leaf);
            }
            Condition::Leaf(leaf) => self.leaf(leaf),
        };
        self.conditions.push(words);
        self.origins.push(condition.clone());
        ConditionId::from_index(self.conditions.len() - 1)
    }

    fn joined(&mut self, op: u32, negated: bool, parts: &[Condition]) -> Vec<u32> {
        let mut words = vec![op, u32::from(negated)];
        for part in parts {
            words.push(word(self.condition(part).index()));
        }
        words
    }

    fn leaf(&mut self, leaf: &Leaf) -> Vec<u32> {
        let variable = self.variable(&leaf.variable);
        let is_pattern = matches!(leaf.test, Test::Matches(_));
        // The value is put into the form that it is compared in.
        let variable = if leaf.as_date {
            let zone = zone(self.container);
            self.changed(variable, Transform::Date, &zone)
        } else if leaf.ignore_case && !is_pattern {
            self.changed(variable, Transform::Lower, "")
        } else {
            variable
        };
        let (op, operands) = self.operator(&leaf.test, leaf.ignore_case);
        let mut words = vec![op, u32::from(leaf.negated), word(variable.index())];
        words.extend(operands);
        words
    }

    /// A day that is one of several, whatever its time.
    fn one_of_days(&mut self, leaf: &Leaf) -> ConditionId {
        let Test::In(days) = &leaf.test else {
            return self.condition(&Condition::Any(Vec::new()));
        };
        let same = |day: &Literal| {
            Condition::Leaf(Leaf {
                test: Test::Order(Order::Same, day.clone()),
                negated: false,
                ..leaf.clone()
            })
        };
        let any = Condition::Any(days.iter().map(same).collect());
        self.condition(&if leaf.negated {
            Condition::Not(Box::new(any))
        } else {
            any
        })
    }

    fn operator(&mut self, test: &Test, ignore_case: bool) -> (u32, Vec<u32>) {
        // The value is put in lower case before it is compared, so what it is compared with is too.
        let same_case = |text: &str| {
            if ignore_case {
                text.to_lowercase()
            } else {
                text.to_owned()
            }
        };
        let value = |value: &Literal| match value {
            Literal::Text(it) => Literal::Text(same_case(it)),
            Literal::Number(_) | Literal::Boolean(_) | Literal::List(_) => value.clone(),
        };
        match test {
            Test::Equals(wanted) => (op::EQUALS, self.value(&value(wanted)).to_vec()),
            Test::In(wanted) => {
                let wanted = wanted.iter().flat_map(|wanted| self.value(&value(wanted)));
                (op::IN, wanted.collect())
            }
            Test::Contains(part) => (op::CONTAINS, vec![self.text(&same_case(part))]),
            Test::StartsWith(part) => (op::STARTS_WITH, vec![self.text(&same_case(part))]),
            Test::EndsWith(part) => (op::ENDS_WITH, vec![self.text(&same_case(part))]),
            Test::Exists => (op::EXISTS, Vec::new()),
            Test::Filled => (op::FILLED, Vec::new()),
            Test::Order(order, wanted) => {
                let right = match order {
                    Order::LessThan => LESS,
                    Order::AtMost => LESS | SAME,
                    Order::Same => SAME,
                    Order::AtLeast => SAME | MORE,
                    Order::GreaterThan => MORE,
                };
                let how = match wanted {
                    Literal::Number(_) => Transform::Order,
                    _ => Transform::OrderOfDays,
                };
                let [_, text] = self.value(wanted);
                (op::ORDER, vec![right, how as u32, text])
            }
            Test::MatchesSelector(of, selector) => {
                let [around, within] = self.place_of(*of);
                let selector = word(self.selector(selector).index());
                (op::MATCHES_SELECTOR, vec![around, within, selector])
            }
            Test::Matches(pattern) => (op::MATCHES, vec![word(self.pattern(pattern).index())]),
        }
    }
}

/// What must hold for a trigger to fire: of a link, that it is of the right kind, then what is written.
pub(super) fn of_trigger(trigger: &Trigger) -> Option<Condition> {
    let kinds = match &trigger.kind {
        TriggerKind::Link { kinds, .. } if !kinds.is_empty() => kinds,
        _ => return trigger.when.clone(),
    };
    let kinds = kinds
        .iter()
        .map(|kind| Literal::Text(kind.name().to_owned()));
    let of_kind = Condition::Leaf(container::Leaf {
        variable: VariableRef::BuiltIn(container::BuiltIn::LinkKind),
        test: Test::In(kinds.collect()),
        negated: false,
        ignore_case: false,
        as_date: false,
    });
    let both = |when: &Condition| Condition::All(vec![of_kind.clone(), when.clone()]);
    Some(trigger.when.as_ref().map_or_else(|| of_kind.clone(), both))
}
