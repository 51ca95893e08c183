//! Цели, воронки и показатели по-русски.

use crate::container::{Funnel, FunnelOrder, FunnelUnit, Goal, GoalValue, Kpi, Reached};
use crate::decimal::Decimal;
use crate::funnel_step::{StepCondition, StepExpression, StepTest};
use crate::vocabulary::SHARES;

use super::super::words::{code, percent, plain};
use super::Russian;
use super::words::{duration, listed};

impl Russian<'_> {
    pub(in crate::explain) fn goal(&self, goal: &Goal) -> String {
        let mut text = match &goal.reached {
            Reached::Step(step) => format!("достигается, когда происходит {}", self.step(step)),
            Reached::Funnel(name) => {
                format!("достигается на последнем шаге воронки {}", code(name))
            }
        };
        match &goal.value {
            None => {}
            Some(GoalValue::Fixed(worth)) => {
                text.push_str(&format!("; ценность каждого раза — {}", self.money(*worth)));
            }
            Some(GoalValue::Property(name)) => {
                text.push_str(&format!("; ценность — в свойстве {} события", code(name)));
            }
        }
        text
    }

    pub(in crate::explain) fn funnel(&self, funnel: &Funnel) -> String {
        let steps: Vec<String> = funnel
            .steps
            .iter()
            .map(|step| format!("«{}» ({})", step.name, self.step(&step.expression)))
            .collect();
        let who = match funnel.per {
            FunnelUnit::Person => "сколько людей проходит",
            FunnelUnit::Session => "за сколько визитов проходят",
        };
        let within = duration(funnel.within_s.saturating_mul(1000));
        match funnel.order {
            FunnelOrder::Ordered => format!("{who} шаги {} за {within}", steps.join(" → ")),
            FunnelOrder::Strict => {
                format!(
                    "{who} шаги {} подряд, без ничего между ними, за {within}",
                    steps.join(" → ")
                )
            }
            FunnelOrder::Any => {
                format!(
                    "{who} шаги {} в любом порядке за {within}",
                    listed(&steps, "и")
                )
            }
        }
    }

    pub(in crate::explain) fn kpi(&self, kpi: &Kpi) -> String {
        let mut of = Vec::new();
        if let Some(page) = &kpi.page {
            of.push(format!("вход на {}", code(page)));
        }
        if let Some(goal) = &kpi.goal {
            of.push(format!("цель {}", code(goal)));
        }
        if let Some(funnel) = &kpi.funnel {
            of.push(format!("воронка {}", code(funnel)));
        }
        if let Some(channel) = &kpi.channel {
            of.push(format!("канал {}", code(channel)));
        }
        let what = match of.is_empty() {
            true => code(&kpi.metric),
            false => format!("{} ({})", code(&kpi.metric), of.join(", ")),
        };
        let number = |number: Decimal| match SHARES.contains(&kpi.metric.as_str()) {
            true => format!("{} %", percent(number).replace('.', ",")),
            false => plain(number).replace('.', ","),
        };
        let to = number(kpi.to);
        if let Some(since) = &kpi.since {
            return format!("набрать {what} всего {to} с {since} по {}", kpi.by);
        }
        match kpi.from {
            Some(from) => format!("довести {what} с {} до {to} к {}", number(from), kpi.by),
            None => format!("довести {what} до {to} к {}", kpi.by),
        }
    }

    fn money(&self, worth: Decimal) -> String {
        let worth = plain(worth).replace('.', ",");
        match &self.container.site.currency {
            Some(currency) => format!("{worth} {currency}"),
            None => worth,
        }
    }

    /// Событие и что должно быть о нём верно.
    fn step(&self, step: &StepExpression) -> String {
        let event = format!("событие {}", code(&step.event));
        let told: Vec<String> = step.conditions.iter().map(condition).collect();
        if told.is_empty() {
            event
        } else {
            format!("{event}, в котором {}", listed(&told, "и"))
        }
    }
}

fn condition(condition: &StepCondition) -> String {
    let field = code(&condition.field);
    let no = if condition.negated { "не " } else { "" };
    match &condition.test {
        StepTest::In(values) => {
            let values: Vec<String> = values.iter().map(|value| code(value)).collect();
            match (values.as_slice(), condition.negated) {
                ([_, _, ..], true) => format!("{field} не равно ни {}", values.join(", ни ")),
                (values, _) => format!("{field} {no}равно {}", listed(values, "или")),
            }
        }
        StepTest::StartsWith(text) => format!("{field} {no}начинается с {}", code(text)),
        StepTest::EndsWith(text) => format!("{field} {no}заканчивается на {}", code(text)),
        StepTest::Contains(text) => format!("{field} {no}содержит {}", code(text)),
        StepTest::Matches(pattern) => format!("{field} {no}подходит под шаблон {}", code(pattern)),
        StepTest::Exists => format!("{field} {no}задано"),
    }
}
