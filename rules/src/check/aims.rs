//! Checks goals and KPIs.

use jiff::civil::Date;

use crate::bounds::{MAX_GOALS, MAX_KPIS, MAX_NAME_CHARS};
use crate::container::Literal;
use crate::container::{Goal, GoalValue, Kpi, Reached};
use crate::decimal::Decimal;
use crate::diagnostic::{Detail, RuleFault, Thing};
use crate::draft::{At, DraftGoal, DraftKpi, DraftReached};
use crate::funnel_step::{StepCondition, StepExpression, StepTest};
use crate::report::Spot;
use crate::suggest;
use crate::vocabulary::{AMOUNTS, GOAL_METRICS, METRICS, SHARES, SIGNED};

use super::Checker;

impl Checker<'_, '_, '_> {
    pub(super) fn goal(&mut self, draft: &DraftGoal) -> Option<Goal> {
        let named = self.is_identifier(&draft.name);
        let titled = draft.title.as_ref().is_none_or(|title| self.is_name(title));
        let position = self
            .draft
            .goals
            .iter()
            .position(|other| std::ptr::eq(other, draft));
        if position == Some(MAX_GOALS) {
            let count = self.draft.goals.len();
            let max = MAX_GOALS;
            self.report
                .add(Detail::TooMany { count, max }, &draft.name.spot);
        }
        let conditions = draft
            .conditions
            .as_ref()
            .map_or(Some(Vec::new()), |(leaves, _)| {
                let conditions: Vec<_> = leaves
                    .iter()
                    .map(|leaf| self.step_condition(leaf))
                    .collect();
                conditions.into_iter().collect()
            });
        let reached = draft
            .reached
            .as_ref()
            .and_then(|reached| self.reached(reached, conditions, draft));
        let value = match &draft.value {
            None => Some(None),
            Some(value) => self.goal_value(value).map(Some),
        };
        if !named || !titled {
            return None;
        }
        Some(Goal {
            name: draft.name.it.clone(),
            title: draft.title.as_ref().map(|title| title.it.clone()),
            reached: reached?,
            value: value?,
        })
    }

    fn reached(
        &mut self,
        draft: &DraftReached,
        conditions: Option<Vec<StepCondition>>,
        goal: &DraftGoal,
    ) -> Option<Reached> {
        let (event, first) = match draft {
            DraftReached::Event(event) => {
                let is_name = self.is_identifier(event);
                (is_name.then(|| event.it.clone())?, None)
            }
            DraftReached::Page(path) => {
                let path = self.path_test(path)?;
                let condition = StepCondition {
                    field: "page.path".to_owned(),
                    test: path,
                    negated: false,
                };
                ("pageview".to_owned(), Some(condition))
            }
            DraftReached::Funnel(name) => {
                if let Some((_, spot)) = &goal.conditions {
                    let fault = RuleFault::Needs {
                        key: "where",
                        beside: "\"event\": \"…\"",
                    };
                    self.report.add(Detail::Rule(fault), spot);
                }
                return self.funnel_ref(name).map(Reached::Funnel);
            }
        };
        let conditions = first.into_iter().chain(conditions?).collect();
        Some(Reached::Step(StepExpression { event, conditions }))
    }

    /// A path, or the beginning of one, as a step of a funnel looks at it.
    fn path_test(&mut self, path: &At<String>) -> Option<StepTest> {
        self.path(path)?;
        Some(match path.it.strip_suffix('*') {
            Some(beginning) => StepTest::StartsWith(beginning.to_owned()),
            None => StepTest::In(vec![path.it.clone()]),
        })
    }

    fn goal_value(&mut self, value: &At<Literal>) -> Option<GoalValue> {
        match &value.it {
            Literal::Number(number) => Some(GoalValue::Fixed(*number)),
            Literal::Text(name) => {
                let name = At {
                    it: name.clone(),
                    spot: value.spot.clone(),
                };
                let is_name = self.is_identifier(&name);
                is_name.then_some(GoalValue::Property(name.it))
            }
            _ => {
                let found = crate::diagnostic::Found::Boolean(value.it == Literal::Boolean(true));
                let detail = Detail::WrongType {
                    wanted: crate::diagnostic::Wanted::Text,
                    found,
                    example: Some("\"revenue\"".to_owned()),
                };
                self.report.add(detail, &value.spot);
                None
            }
        }
    }

    fn funnel_ref(&mut self, name: &At<String>) -> Option<String> {
        let known = self
            .draft
            .funnels
            .iter()
            .map(|funnel| funnel.name.it.clone());
        self.name_ref(name, Thing::Funnel, known.collect())
    }

    fn goal_ref(&mut self, name: &At<String>) -> Option<String> {
        let known = self.draft.goals.iter().map(|goal| goal.name.it.clone());
        self.name_ref(name, Thing::Goal, known.collect())
    }

    fn name_ref(&mut self, name: &At<String>, of: Thing, known: Vec<String>) -> Option<String> {
        if known.contains(&name.it) {
            return Some(name.it.clone());
        }
        let fault = RuleFault::UnknownName {
            of,
            name: name.it.clone(),
            suggestion: suggest::nearest(&name.it, known.iter().map(String::as_str)),
            known,
        };
        self.report.add(Detail::Rule(fault), &name.spot);
        None
    }

    pub(super) fn kpi(&mut self, draft: &DraftKpi) -> Option<Kpi> {
        let position = self
            .draft
            .kpis
            .iter()
            .position(|other| std::ptr::eq(other, draft));
        if position == Some(MAX_KPIS) {
            let count = self.draft.kpis.len();
            let max = MAX_KPIS;
            self.report.add(Detail::TooMany { count, max }, &draft.spot);
        }
        let name = draft.name.as_ref().filter(|name| self.is_name(name));
        if let Some(name) = name {
            self.is_called_otherwise(draft, name);
        }
        let metric = draft.metric.as_ref().and_then(|metric| self.metric(metric));
        let page = match &draft.page {
            None => Some(None),
            Some(page) => self.path(page).map(|_| Some(page.it.clone())),
        };
        let goal = match &draft.goal {
            None => Some(None),
            Some(goal) => self.goal_ref(goal).map(Some),
        };
        let funnel = match &draft.funnel {
            None => Some(None),
            Some(funnel) => self.funnel_ref(funnel).map(Some),
        };
        let channel = draft
            .channel
            .as_ref()
            .filter(|channel| self.fits(channel, MAX_NAME_CHARS));
        if let Some(metric) = metric {
            self.needs_of(metric, draft);
        }
        let from = match &draft.from {
            None => Some(None),
            Some(number) => self.target(number, metric).map(Some),
        };
        let to = draft
            .to
            .as_ref()
            .and_then(|number| self.target(number, metric));
        if let (Some(Some(from)), Some(to), Some(written)) = (from, to, &draft.to)
            && from == to
        {
            let fault = RuleFault::NothingToReach {
                number: Literal::Number(to).into_text(),
            };
            self.report.add(Detail::Rule(fault), &written.spot);
        }
        let by = draft.by.as_ref().and_then(|by| {
            let day = self.date(by)?;
            self.warn_of_past(day, &by.spot);
            Some(day)
        });
        let since = match &draft.since {
            None => Some(None),
            Some(since) => self.since(since, draft, metric, to, by).map(Some),
        };
        Some(Kpi {
            name: name?.it.clone(),
            metric: metric?.to_owned(),
            page: page?,
            goal: goal?,
            funnel: funnel?,
            channel: channel.map(|channel| channel.it.clone()),
            from: from?,
            to: to?,
            since: since?.map(|day| day.to_string()),
            by: by?.to_string(),
        })
    }

    /// Numbers of targets are kept by name: of two that share one, the first would be lost.
    fn is_called_otherwise(&mut self, draft: &DraftKpi, name: &At<String>) {
        let before = self.draft.kpis.iter();
        let first = before
            .take_while(|other| !std::ptr::eq(*other, draft))
            .filter_map(|other| other.name.as_ref())
            .find(|other| other.it == name.it);
        if let Some(first) = first {
            let fault = RuleFault::SameKpiName {
                name: name.it.clone(),
                first_line: self.report.line_of(&first.spot),
            };
            self.report.add(Detail::Rule(fault), &name.spot);
        }
    }

    /// The day from which on a number is counted in all: it begins there at nothing.
    fn since(
        &mut self,
        since: &At<String>,
        draft: &DraftKpi,
        metric: Option<&'static str>,
        to: Option<Decimal>,
        by: Option<Date>,
    ) -> Option<Date> {
        let day = self.date(since);
        if let Some(metric) = metric.filter(|metric| !AMOUNTS.contains(metric)) {
            let fault = RuleFault::NotInAll { metric };
            self.report.add(Detail::Rule(fault), &since.spot);
        }
        if let Some(from) = &draft.from {
            self.conflict(["from", "since"], &from.spot);
        }
        if let (Some(to), Some(written)) = (to, &draft.to)
            && Decimal::new(0, 0).is_some_and(|nothing| to <= nothing)
        {
            let fault = RuleFault::ReachedAtOnce {
                number: Literal::Number(to).into_text(),
            };
            self.report.add(Detail::Rule(fault), &written.spot);
        }
        if let (Some(day), Some(by)) = (day, by)
            && day > by
        {
            let fault = RuleFault::LaterThan {
                date: day.to_string(),
                other: "by",
            };
            self.report.add(Detail::Rule(fault), &since.spot);
        }
        day
    }

    fn metric(&mut self, metric: &At<String>) -> Option<&'static str> {
        if let Some(known) = METRICS.iter().find(|known| **known == metric.it) {
            return Some(known);
        }
        let fault = RuleFault::UnknownMetric {
            name: metric.it.clone(),
            suggestion: metric_meant(&metric.it),
        };
        self.report.add(Detail::Rule(fault), &metric.spot);
        None
    }

    /// What a metric cannot be counted without, and what means nothing to it.
    fn needs_of(&mut self, metric: &'static str, draft: &DraftKpi) {
        let missing = |key, example| Detail::MissingKey { key, example };
        if GOAL_METRICS.contains(&metric) && draft.goal.is_none() && draft.funnel.is_none() {
            let detail = missing("goal", "\"goal\": \"lead\"");
            self.report.add(detail, &draft.spot);
        }
        if metric == "funnel" && draft.funnel.is_none() {
            let detail = missing("funnel", "\"funnel\": \"checkout\"");
            self.report.add(detail, &draft.spot);
        }
        if metric == "landing_conversion" && draft.page.is_none() {
            let detail = missing("page", "\"page\": \"/spring\"");
            self.report.add(detail, &draft.spot);
        }
        let beside = "\"metric\": \"conversion_rate\"";
        let useless: [(&'static str, Option<&Spot>); 2] = [
            ("goal", draft.goal.as_ref().map(|goal| &goal.spot)),
            ("funnel", draft.funnel.as_ref().map(|funnel| &funnel.spot)),
        ];
        for (key, spot) in useless {
            let is_useful =
                GOAL_METRICS.contains(&metric) || (key == "funnel" && metric == "funnel");
            if let Some(spot) = spot.filter(|_| !is_useful) {
                let fault = RuleFault::Needs { key, beside };
                self.report.add(Detail::Rule(fault), spot);
            }
        }
    }

    /// A number that a metric can reach: a share is at most 1, and of most things there is never less than nothing.
    fn target(&mut self, number: &At<Literal>, metric: Option<&str>) -> Option<Decimal> {
        let Literal::Number(target) = &number.it else {
            return None;
        };
        let is_share = metric.is_some_and(|metric| SHARES.contains(&metric));
        let in_range = |target: &Decimal| {
            target
                .scaled(6)
                .is_some_and(|millionths| (0..=1_000_000).contains(&millionths))
        };
        if is_share && !in_range(target) {
            let fault = RuleFault::NoShare {
                number: number.it.clone().into_text(),
                suggestion: target.scaled(4).and_then(|percent| {
                    let share = Decimal::new(percent, 6)?;
                    in_range(&share).then(|| Literal::Number(share).into_text())
                }),
            };
            self.report.add(Detail::Rule(fault), &number.spot);
            return None;
        }
        let is_signed = metric.is_none_or(|metric| SIGNED.contains(&metric));
        if !is_signed && Decimal::new(0, 0).is_some_and(|nothing| *target < nothing) {
            let fault = RuleFault::BelowNothing {
                number: number.it.clone().into_text(),
            };
            self.report.add(Detail::Rule(fault), &number.spot);
        }
        Some(*target)
    }
}

/// The metric that was meant; what people call it is known too.
fn metric_meant(name: &str) -> Option<String> {
    let lower = name.trim().to_lowercase();
    let known = match lower.as_str() {
        "cr" | "conversion" | "conversions" | "конверсия" => "conversion_rate",
        "cvr" => "conversion_rate",
        "roi" | "ромі" | "роми" => "romi",
        "average_order_value" | "average_check" | "средний чек" => "aov",
        "sales" | "выручка" => "revenue",
        "visits" | "sessions" | "трафик" => "traffic",
        "лиды" | "заявки" => "leads",
        "заказы" => "orders",
        "дрр" => "drr",
        "cpa" => "cac",
        "cpl" | "цена лида" => "cost_per_lead",
        "bounce" | "bounce_rate" => "engagement",
        _ => return suggest::nearest(&lower, METRICS.iter().copied()),
    };
    Some(known.to_owned())
}
