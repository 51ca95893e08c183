//! Checks funnels: lengths of time, steps, and what steps look at.

use crate::bounds::{MAX_FUNNELS, MAX_WITHIN_S};
use crate::container::Literal;
use crate::container::{Funnel, FunnelOrder, FunnelStep, FunnelUnit};
use crate::diagnostic::{Detail, RuleFault};
use crate::draft::{At, DraftFunnel, DraftLeaf, DraftOperator, DraftStep};
use crate::funnel_step::{self, StepCondition, StepExpression, StepTest, is_identifier};
use crate::pattern::{self, Pattern};
use crate::suggest;
use crate::vocabulary::{FUNNEL_ORDERS, FUNNEL_UNITS, STEP_FIELDS, UNITS};

use super::Checker;

/// What `within` is when it is not written: 30 days.
const DEFAULT_WITHIN_S: u64 = 30 * 24 * 60 * 60;

impl Checker<'_, '_, '_> {
    pub(super) fn funnel(&mut self, draft: &DraftFunnel) -> Option<Funnel> {
        let named = self.is_identifier(&draft.name);
        let titled = draft.title.as_ref().is_none_or(|title| self.is_name(title));
        let position = self
            .draft
            .funnels
            .iter()
            .position(|other| std::ptr::eq(other, draft));
        if position == Some(MAX_FUNNELS) {
            let detail = Detail::TooMany {
                count: self.draft.funnels.len(),
                max: MAX_FUNNELS,
            };
            self.report.add(detail, &draft.name.spot);
        }
        let within_s = match &draft.within {
            None => Some(DEFAULT_WITHIN_S),
            Some(text) => self.duration_s(text, MAX_WITHIN_S),
        };
        let order = self.choose(draft.order.as_ref(), FUNNEL_ORDERS, "ordered");
        let per = self.choose(draft.per.as_ref(), FUNNEL_UNITS, "person");
        let kept = [
            (&draft.order, order, "ordered"),
            (&draft.per, per, "person"),
        ];
        for (written, word, usual) in kept {
            if let (Some(written), Some(word)) = (written, word)
                && word != usual
            {
                let word = word.to_owned();
                let fault = RuleFault::NotInReports { word };
                self.report.add(Detail::Rule(fault), &written.spot);
            }
        }
        let drafts = draft.steps.as_ref()?;
        let steps: Vec<_> = drafts.iter().map(|step| self.step(step)).collect();
        let steps = steps.into_iter().collect::<Option<_>>()?;
        if !named || !titled {
            return None;
        }
        Some(Funnel {
            name: draft.name.it.clone(),
            title: draft.title.as_ref().map(|title| title.it.clone()),
            within_s: within_s?,
            order: match order? {
                "strict" => FunnelOrder::Strict,
                "any" => FunnelOrder::Any,
                _ => FunnelOrder::Ordered,
            },
            per: match per? {
                "session" => FunnelUnit::Session,
                _ => FunnelUnit::Person,
            },
            steps,
        })
    }

    /// `7 days` in seconds, at most `max_s`.
    pub(super) fn duration_s(&mut self, text: &At<String>, max_s: u64) -> Option<u64> {
        let written = text.it.trim();
        let digits = written.len()
            - written
                .trim_start_matches(|char: char| char.is_ascii_digit())
                .len();
        let (number, unit) = written.split_at_checked(digits)?;
        let unit = unit.trim();
        let Ok(number) = number.parse::<u64>() else {
            self.report.add(
                Detail::InvalidDuration {
                    text: text.it.clone(),
                },
                &text.spot,
            );
            return None;
        };
        if unit.is_empty() {
            self.report.add(
                Detail::InvalidDuration {
                    text: text.it.clone(),
                },
                &text.spot,
            );
            return None;
        }
        let unit_s = match unit {
            "second" | "seconds" => 1,
            "minute" | "minutes" => 60,
            "hour" | "hours" => 60 * 60,
            "day" | "days" => 24 * 60 * 60,
            "week" | "weeks" => 7 * 24 * 60 * 60,
            _ => {
                let suggestion = unit_meant(unit);
                self.report.add(
                    Detail::UnknownUnit {
                        unit: unit.to_owned(),
                        suggestion,
                    },
                    &text.spot,
                );
                return None;
            }
        };
        let seconds = number
            .checked_mul(unit_s)
            .filter(|seconds| (1..=max_s).contains(seconds));
        if seconds.is_none() {
            let (min, max) = ("1".to_owned(), (max_s / unit_s).to_string());
            self.report.add(
                Detail::OutOfRange {
                    whole: true,
                    number: number.to_string(),
                    min,
                    max,
                },
                &text.spot,
            );
        }
        seconds
    }

    fn step(&mut self, draft: &DraftStep) -> Option<FunnelStep> {
        let event = draft
            .event
            .as_ref()
            .filter(|event| self.is_identifier(event));
        let named = draft.name.as_ref().is_none_or(|name| self.is_name(name));
        if draft.conditions.len() > funnel_step::MAX_CONDITIONS
            && let Some(first) = draft.conditions.first()
        {
            let detail = Detail::TooMany {
                count: draft.conditions.len(),
                max: funnel_step::MAX_CONDITIONS,
            };
            self.report.add(detail, &first.variable.spot);
        }
        let conditions: Vec<_> = draft
            .conditions
            .iter()
            .map(|leaf| self.step_condition(leaf))
            .collect();
        let conditions = conditions.into_iter().collect::<Option<_>>();
        let event = event?.it.clone();
        if !named {
            return None;
        }
        let name = draft
            .name
            .as_ref()
            .map_or_else(|| event.clone(), |name| name.it.clone());
        let expression = StepExpression {
            event,
            conditions: conditions?,
        };
        Some(FunnelStep { name, expression })
    }

    pub(super) fn step_condition(&mut self, leaf: &DraftLeaf) -> Option<StepCondition> {
        let field = self.step_field(&leaf.variable);
        if leaf.ignore_case {
            let what = "ignore_case".to_owned();
            self.report
                .add(Detail::NotInFunnels { what }, &leaf.variable.spot);
        }
        let test = self.step_test(leaf);
        Some(StepCondition {
            field: field?,
            test: test?,
            negated: leaf.negated,
        })
    }

    fn step_field(&mut self, field: &At<String>) -> Option<String> {
        let name = field.it.as_str();
        if STEP_FIELDS.contains(&name) || is_identifier(name) {
            return Some(name.to_owned());
        }
        let detail = Detail::UnknownField {
            name: name.to_owned(),
            suggestion: suggest::nearest(name, STEP_FIELDS.iter().copied()),
            known: STEP_FIELDS.iter().map(|&field| field.to_owned()).collect(),
        };
        self.report.add(detail, &field.spot);
        None
    }

    fn step_test(&mut self, leaf: &DraftLeaf) -> Option<StepTest> {
        Some(match &leaf.operator {
            DraftOperator::Order(..) | DraftOperator::MatchesSelector(_) => {
                let what = leaf.written.it.clone();
                self.report
                    .add(Detail::NotInFunnels { what }, &leaf.written.spot);
                return None;
            }
            DraftOperator::Equals(value) => StepTest::In(vec![self.step_text(value)?]),
            DraftOperator::In(values) => {
                let texts: Vec<_> = values.iter().map(|value| self.step_text(value)).collect();
                StepTest::In(texts.into_iter().collect::<Option<_>>()?)
            }
            DraftOperator::Contains(text) => StepTest::Contains(self.wanted_text(text)?),
            DraftOperator::StartsWith(text) => StepTest::StartsWith(self.wanted_text(text)?),
            DraftOperator::EndsWith(text) => StepTest::EndsWith(self.wanted_text(text)?),
            // What is stored of a missing property is an empty text.
            DraftOperator::Exists | DraftOperator::Filled => StepTest::Exists,
            DraftOperator::Matches(text) => {
                if !self.fits(text, pattern::MAX_CHARS) {
                    return None;
                }
                match Pattern::parse_for_reports(&text.it) {
                    Ok(pattern) => StepTest::Matches(pattern.source().to_owned()),
                    Err(fault) => {
                        let detail = Detail::InvalidPattern {
                            pattern: text.it.clone(),
                            fault,
                        };
                        self.report.add(detail, &text.spot);
                        return None;
                    }
                }
            }
        })
    }

    /// Stored values are texts; numbers are written as they are stored.
    fn step_text(&mut self, value: &At<Literal>) -> Option<String> {
        let text = At {
            it: value.it.clone().into_text(),
            spot: value.spot.clone(),
        };
        self.wanted_text(&text)
    }
}

/// The unit of time that was meant; short and Russian ones are known too.
fn unit_meant(unit: &str) -> Option<String> {
    let unit = unit.to_lowercase();
    let known = match unit.trim_end_matches('.') {
        "s" | "sec" | "secs" | "с" | "сек" | "секунд" | "секунда" | "секунды" => {
            Some("seconds")
        }
        "m" | "min" | "mins" | "мин" | "минут" | "минута" | "минуты" => {
            Some("minutes")
        }
        "h" | "hr" | "hrs" | "ч" | "час" | "часа" | "часов" => Some("hours"),
        "d" | "д" | "день" | "дня" | "дней" => Some("days"),
        "w" | "нед" | "неделя" | "недели" | "недель" => Some("weeks"),
        _ => None,
    };
    known
        .map(str::to_owned)
        .or_else(|| suggest::nearest(&unit, UNITS.iter().copied()))
}
