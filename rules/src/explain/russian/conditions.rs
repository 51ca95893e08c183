//! Условия по-русски: «путь страницы начинается с `/product/`».

use crate::container::Literal;
use crate::container::{Condition, ElementOf, Leaf, Order, Source, Test, VariableRef};

use super::super::built_in::Gender;
use super::super::words::{code, value};
use super::Russian;
use super::words::listed;

impl Russian<'_> {
    /// Что происходит и что ещё должно быть верно.
    pub(super) fn with_condition(&self, happens: String, when: &Condition) -> String {
        match when {
            Condition::All(parts) => {
                let told = parts.iter().map(|part| self.nested(part, true));
                let told: Vec<String> = std::iter::once(happens).chain(told).collect();
                listed(&told, "и")
            }
            Condition::Any(parts) if parts.len() > 1 => {
                let told: Vec<String> = parts.iter().map(|part| self.nested(part, true)).collect();
                format!("{happens} и либо {}", told.join(", либо "))
            }
            _ => format!("{happens} и {}", self.condition(when)),
        }
    }

    /// Условие как часть предложения.
    pub(super) fn condition(&self, condition: &Condition) -> String {
        self.nested(condition, false)
    }

    fn nested(&self, condition: &Condition, inside: bool) -> String {
        let (parts, word) = match condition {
            Condition::Leaf(leaf) => return self.leaf(leaf, false),
            Condition::Not(part) => {
                return match &**part {
                    Condition::Leaf(leaf) => self.leaf(leaf, true),
                    part => format!("неверно, что {}", self.nested(part, true)),
                };
            }
            Condition::All(parts) if parts.is_empty() => return "всегда".to_owned(),
            Condition::All(parts) => (parts, "и"),
            Condition::Any(parts) => (parts, "или"),
        };
        let told: Vec<String> = parts.iter().map(|part| self.nested(part, true)).collect();
        let text = listed(&told, word);
        if inside && told.len() > 1 {
            format!("({text})")
        } else {
            text
        }
    }

    /// Сравнение. `opposite`: обратное тому, что в нём записано.
    pub(in crate::explain) fn leaf(&self, leaf: &Leaf, opposite: bool) -> String {
        let not = leaf.negated != opposite;
        if let Some(text) = self.there_is(leaf, not) {
            return text;
        }
        if let Test::MatchesSelector(of, selector) = &leaf.test {
            let what = match of {
                ElementOf::Trigger => "элемент",
                ElementOf::Form => "форма",
                ElementOf::Link => "ссылка",
            };
            let fits = if not {
                "не подходит"
            } else {
                "подходит"
            };
            return format!("{what} {fits} под селектор {}", code(selector.as_str()));
        }
        let subject = self.noun(&leaf.variable);
        let text = format!(
            "{} {}",
            subject.text,
            comparison(&leaf.test, not, subject.gender)
        );
        if leaf.ignore_case {
            format!("{text} без учёта регистра")
        } else {
            text
        }
    }

    /// Есть ли элемент: так и сказано.
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
        let there = if *wanted == not { "нет" } else { "есть" };
        Some(format!(
            "{} {there} {}",
            self.where_is(place),
            self.which(place)
        ))
    }
}

/// Что требуется, после подлежащего.
fn comparison(test: &Test, not: bool, gender: Gender) -> String {
    let no = if not { "не " } else { "" };
    let verb =
        |one: &'static str, many: &'static str| if gender == Gender::Plural { many } else { one };
    let equal = gender.pick(["равен", "равна", "равно", "равны"]);
    match test {
        Test::Equals(wanted) => format!("{no}{equal} {}", value(wanted)),
        Test::Contains(part) => format!("{no}{} {}", verb("содержит", "содержат"), code(part)),
        Test::StartsWith(part) => {
            format!("{no}{} с {}", verb("начинается", "начинаются"), code(part))
        }
        Test::EndsWith(part) => format!(
            "{no}{} на {}",
            verb("заканчивается", "заканчиваются"),
            code(part)
        ),
        Test::Matches(pattern) => {
            format!(
                "{no}{} под шаблон {}",
                verb("подходит", "подходят"),
                code(pattern.source())
            )
        }
        Test::In(wanted) => {
            let all: Vec<String> = wanted.iter().map(value).collect();
            match (all.as_slice(), not) {
                ([one], _) => format!("{no}{equal} {one}"),
                (all, false) => format!("{equal} {}", listed(all, "или")),
                (all, true) => format!("не {equal} ни {}", all.join(", ни ")),
            }
        }
        Test::Exists => format!(
            "{no}{}",
            gender.pick(["задан", "задана", "задано", "заданы"])
        ),
        Test::Filled => {
            let no = if not { "" } else { "не " };
            format!("{no}{}", gender.pick(["пуст", "пуста", "пусто", "пусты"]))
        }
        Test::Order(order, wanted) => {
            let order = match (order, not) {
                (Order::LessThan, false) | (Order::AtLeast, true) => "меньше".to_owned(),
                (Order::AtMost, false) | (Order::GreaterThan, true) => "не больше".to_owned(),
                (Order::GreaterThan, false) | (Order::AtMost, true) => "больше".to_owned(),
                (Order::AtLeast, false) | (Order::LessThan, true) => "не меньше".to_owned(),
                (Order::Same, _) => format!("{no}{equal}"),
            };
            format!("{order} {}", value(wanted))
        }
        Test::MatchesSelector(_, selector) => {
            format!(
                "{no}{} под селектор {}",
                verb("подходит", "подходят"),
                code(selector.as_str())
            )
        }
    }
}
