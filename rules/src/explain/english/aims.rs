//! Goals, funnels and targets in English.

use crate::container::{Funnel, FunnelOrder, FunnelUnit, Goal, GoalValue, Kpi, Reached};
use crate::decimal::Decimal;
use crate::funnel_step::{StepCondition, StepExpression, StepTest};
use crate::vocabulary::SHARES;

use super::super::words::{
    code, day_en, days_en, funnel_title, goal_title, page_of, percent, plain,
};
use super::English;
use super::words::{duration, listed};

impl English<'_> {
    pub(in crate::explain) fn goal(&self, goal: &Goal) -> String {
        let mut text = match &goal.reached {
            Reached::Step(step) => format!("reached by {}", self.step(step)),
            Reached::Funnel(name) => {
                let title = funnel_title(self.container, name);
                format!(
                    "reached with the last step of the funnel {}",
                    called(title, name)
                )
            }
        };
        match &goal.value {
            None => {}
            Some(GoalValue::Fixed(worth)) => {
                text.push_str(&format!("; worth {} each time", self.money(*worth)))
            }
            Some(GoalValue::Property(name)) => {
                text.push_str(&format!("; worth what {} of the event says", code(name)));
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
                match told == format!("the page {}", code(&step.name)) {
                    true => told,
                    false => format!("{} ({told})", step.name),
                }
            })
            .collect();
        let who = match funnel.per {
            FunnelUnit::Person => "people",
            FunnelUnit::Session => "visits",
        };
        let within = duration(funnel.within_s.saturating_mul(1000));
        match funnel.order {
            FunnelOrder::Ordered => {
                format!(
                    "how many {who} go from {}, within {within}",
                    steps.join(" to ")
                )
            }
            FunnelOrder::Strict => format!(
                "how many {who} go from {} with nothing in between, within {within}",
                steps.join(" to ")
            ),
            FunnelOrder::Any => {
                format!(
                    "how many {who} come to {} in any order, within {within}",
                    listed(&steps, "and")
                )
            }
        }
    }

    pub(in crate::explain) fn kpi(&self, kpi: &Kpi) -> String {
        let mut what = metric(&kpi.metric).to_owned();
        if let Some(page) = &kpi.page {
            what.push_str(&format!(" of people who enter on {}", code(page)));
        }
        if let Some(goal) = &kpi.goal {
            let title = goal_title(self.container, goal);
            what.push_str(&format!(" for the goal {}", called(title, goal)));
        }
        if let Some(funnel) = &kpi.funnel {
            let title = funnel_title(self.container, funnel);
            what.push_str(&format!(" for the funnel {}", called(title, funnel)));
        }
        if let Some(channel) = &kpi.channel {
            what.push_str(&format!(" from the channel {}", code(channel)));
        }
        let number = |number: Decimal| match SHARES.contains(&kpi.metric.as_str()) {
            true => format!("{} %", percent(number)),
            false => plain(number),
        };
        let to = number(kpi.to);
        if let Some(since) = &kpi.since {
            let (since, by) = days_en(since, &kpi.by);
            return format!("bring {what} to {to} in all, from {since} to {by}");
        }
        let by = day_en(&kpi.by);
        match kpi.from {
            Some(from) => format!("bring {what} from {} to {to} by {by}", number(from)),
            None => format!("bring {what} to {to} by {by}"),
        }
    }

    fn money(&self, worth: Decimal) -> String {
        match &self.container.site.currency {
            Some(currency) => format!("{} {currency}", plain(worth)),
            None => plain(worth),
        }
    }

    /// An event, and what must be true of it.
    fn step(&self, step: &StepExpression) -> String {
        let (paths, others) = page_of(step);
        let event = match paths {
            [] if step.event == "pageview" => "a view of a page".to_owned(),
            [] => format!("the event {}", code(&step.event)),
            paths => {
                let paths: Vec<String> = paths.iter().map(|path| code(path)).collect();
                format!("the page {}", listed(&paths, "or"))
            }
        };
        let told: Vec<String> = others.into_iter().map(condition).collect();
        if told.is_empty() {
            event
        } else {
            format!("{event} where {}", listed(&told, "and"))
        }
    }
}

/// What people call it, or else its name.
fn called(title: Option<&str>, name: &str) -> String {
    title.map_or_else(|| code(name), |title| format!("“{title}”"))
}

/// What a metric counts, as what is brought to a number.
fn metric(name: &str) -> &str {
    match name {
        "traffic" => "the number of visits",
        "reach" => "the number of people reached",
        "engagement" => "the share of engaged visits",
        "ctr" => "the click-through rate",
        "conversion_rate" | "funnel" => "conversion",
        "landing_conversion" => "landing conversion",
        "leads" => "the number of leads",
        "orders" => "the number of orders",
        "sales_growth" => "the growth of revenue",
        "aov" => "the average order",
        "cac" => "the cost of winning a customer",
        "cost_per_lead" => "the cost of a lead",
        "ltv" => "what a customer brings (LTV)",
        "ltv_to_cac" => "LTV by CAC",
        "romi" => "the return on marketing (ROMI)",
        "roas" => "revenue by ad spend (ROAS)",
        "drr" => "ad spend by revenue",
        "retention" => "the share of customers kept",
        "rpr" => "the share of customers who buy again",
        "churn" => "the share of customers lost",
        "nps" => "NPS",
        "social_engagement" => "engagement in social networks",
        // `revenue`, and what a newer version knows.
        other => other,
    }
}

fn condition(condition: &StepCondition) -> String {
    let field = code(&condition.field);
    let not = condition.negated;
    let does = |verb: &str, text: &str| match not {
        true => format!("{field} does not {verb} {}", code(text)),
        false => format!("{field} {} {}", third_person(verb), code(text)),
    };
    match &condition.test {
        StepTest::In(values) => {
            let values: Vec<String> = values.iter().map(|value| code(value)).collect();
            let is = if not { "is not" } else { "is" };
            format!("{field} {is} {}", listed(&values, "or"))
        }
        StepTest::StartsWith(text) => does("begin with", text),
        StepTest::EndsWith(text) => does("end with", text),
        StepTest::Contains(text) => does("contain", text),
        StepTest::Matches(pattern) => does("fit", pattern),
        StepTest::Exists => format!("{field} {}", if not { "is not set" } else { "is set" }),
    }
}

/// `begin with` -> `begins with`.
fn third_person(verb: &str) -> String {
    match verb.split_once(' ') {
        Some((verb, rest)) => format!("{verb}s {rest}"),
        None => format!("{verb}s"),
    }
}
