//! Цели, воронки и показатели по-русски.

use crate::container::{Funnel, FunnelOrder, FunnelUnit, Goal, GoalValue, Kpi, Reached};
use crate::decimal::Decimal;
use crate::funnel_step::{StepCondition, StepExpression, StepTest};
use crate::vocabulary::SHARES;

use super::super::words::{
    code, day_ru, days_ru, funnel_title, goal_title, page_of, percent, plain,
};
use super::Russian;
use super::words::{duration, listed};

impl Russian<'_> {
    pub(in crate::explain) fn goal(&self, goal: &Goal) -> String {
        let mut text = match &goal.reached {
            Reached::Step(step) => format!("достигается, когда происходит {}", self.step(step)),
            Reached::Funnel(name) => {
                let title = funnel_title(self.container, name);
                format!(
                    "достигается на последнем шаге воронки {}",
                    called(title, name)
                )
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
            .map(|step| {
                let told = self.step(&step.expression);
                match told == format!("просмотр страницы {}", code(&step.name)) {
                    true => told,
                    false => format!("«{}» ({told})", step.name),
                }
            })
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
            let title = goal_title(self.container, goal);
            of.push(format!("цель {}", called(title, goal)));
        }
        if let Some(funnel) = &kpi.funnel {
            let title = funnel_title(self.container, funnel);
            of.push(format!("воронка {}", called(title, funnel)));
        }
        if let Some(channel) = &kpi.channel {
            of.push(format!("канал {}", code(channel)));
        }
        let mut what = metric(&kpi.metric).to_owned();
        if !of.is_empty() {
            what.push_str(&format!(" ({})", of.join(", ")));
        }
        let number = |number: Decimal| match SHARES.contains(&kpi.metric.as_str()) {
            true => format!("{} %", percent(number).replace('.', ",")),
            false => plain(number).replace('.', ","),
        };
        let to = number(kpi.to);
        if let Some(since) = &kpi.since {
            let (since, by) = days_ru(since, &kpi.by);
            return format!("довести {what} до {to} в сумме, с {since} по {by}");
        }
        let by = day_ru(&kpi.by);
        match kpi.from {
            Some(from) => format!("довести {what} с {} до {to} к {by}", number(from)),
            None => format!("довести {what} до {to} к {by}"),
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
        let (paths, others) = page_of(step);
        let event = match paths {
            [] if step.event == "pageview" => "просмотр страницы".to_owned(),
            [] => format!("событие {}", code(&step.event)),
            paths => {
                let paths: Vec<String> = paths.iter().map(|path| code(path)).collect();
                format!("просмотр страницы {}", listed(&paths, "или"))
            }
        };
        let told: Vec<String> = others.into_iter().map(condition).collect();
        if told.is_empty() {
            event
        } else {
            format!("{event}, в котором {}", listed(&told, "и"))
        }
    }
}

/// Как это называют люди, а без этого — имя.
fn called(title: Option<&str>, name: &str) -> String {
    title.map_or_else(|| code(name), |title| format!("«{title}»"))
}

/// Что считает показатель: то, что доводят до числа.
fn metric(name: &str) -> &str {
    match name {
        "traffic" => "число визитов",
        "reach" => "охват, число людей",
        "engagement" => "долю визитов с вовлечением",
        "ctr" => "CTR",
        "landing_conversion" => "конверсию посадочной страницы",
        "conversion_rate" | "funnel" => "конверсию",
        "leads" => "число заявок",
        "revenue" => "выручку",
        "orders" => "число заказов",
        "sales_growth" => "рост продаж",
        "aov" => "средний чек",
        "cac" => "стоимость привлечения клиента",
        "cost_per_lead" => "цену лида",
        "ltv" => "пожизненную ценность клиента",
        "ltv_to_cac" => "LTV к CAC",
        "romi" => "ROMI",
        "roas" => "ROAS",
        "drr" => "долю рекламных расходов",
        "retention" => "долю удержанных покупателей",
        "rpr" => "долю повторных покупок",
        "churn" => "отток покупателей",
        "nps" => "NPS",
        "social_engagement" => "вовлечённость в соцсетях",
        other => other,
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
