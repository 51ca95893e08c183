//! Cuts a query over steps to the steps that it is asked about.
//!
//! A view does not know how many steps and conditions will be asked of it, so that `weir_fn.step_events` writes out all it
//! may have: 12 steps, 24 conditions, each on any of 13 fields. Of a funnel of four steps without a condition, the engine
//! took many times longer to read that text than to count. Whoever knows the steps beforehand, as ready views, their
//! refreshing, KPIs and the reports do, asks with a text that has no more terms than these steps need.
//!
//! A text that is too short for its steps would count wrongly; the limits in it are cut as well, so that it refuses.

/// Steps a funnel may have: the views write out as many.
pub(super) const MAX_STEPS: usize = 12;
/// Conditions that all steps of a funnel may have together: the views write out as many.
pub(super) const MAX_CONDITIONS: usize = 24;

/// How many steps and conditions a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit {
    steps: usize,
    conditions: usize,
}

impl Fit {
    /// What these steps need.
    pub(super) fn of(steps: &[impl AsRef<str>]) -> Self {
        let conditions = steps.iter().map(|step| condition_count(step.as_ref()));
        Self {
            steps: steps.len().clamp(1, MAX_STEPS),
            conditions: conditions.sum::<usize>().clamp(1, MAX_CONDITIONS),
        }
    }

    /// What either needs.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            steps: self.steps.max(other.steps),
            conditions: self.conditions.max(other.conditions),
        }
    }
}

/// How many conditions the views make of a step: its path or item, and what follows the `?`.
pub(super) fn condition_count(step: &str) -> usize {
    let (head, conditions) = step
        .split_once('?')
        .map_or((step, None), |(head, conditions)| (head, Some(conditions)));
    let of_head = usize::from(head.starts_with('/') || head.contains('#'));
    of_head + conditions.map_or(0, |conditions| conditions.split('&').count())
}

/// A query in which the views stand as text ([`super::inline::query`]), without the terms that are not needed.
pub(super) fn fitted(query: &str, fit: Fit) -> String {
    let mut text = query.to_owned();
    for (no, bit) in numbered(MAX_STEPS).skip(fit.steps) {
        text = text.replace(
            &format!("+ does(held, names[{no}], needed[{no}], {bit})"),
            "",
        );
    }
    for (no, bit) in numbered(MAX_CONDITIONS).skip(fit.conditions) {
        let condition = format!("conditions[{no}]");
        text = text.replace(
            &format!("+ holds({condition}.2, {condition}.3, {condition}.4, {bit})"),
            "",
        );
    }
    text.replace(
        &format!("> {MAX_STEPS}, 'weir: a funnel has"),
        &format!("> {}, 'weir: a funnel has", fit.steps),
    )
    .replace(
        &format!("> {MAX_CONDITIONS}, 'weir: the steps"),
        &format!("> {}, 'weir: the steps", fit.conditions),
    )
}

/// Numbers from 1, each with its bit.
fn numbered(most: usize) -> impl Iterator<Item = (usize, u64)> {
    (1..=most).zip(std::iter::successors(Some(1_u64), |bit| bit.checked_mul(2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::inline;

    const STEP_EVENTS: &str = include_str!("../../sql/views/fn_step_events.sql");

    fn terms(text: &str) -> (usize, usize) {
        let of_conditions = text.matches("holds(conditions[").count();
        (text.matches("does(held, names[").count(), of_conditions)
    }

    #[test]
    fn a_text_has_the_terms_that_its_steps_need() {
        let whole = inline::split(STEP_EVENTS).1;
        assert_eq!(terms(whole), (MAX_STEPS, MAX_CONDITIONS));
        for steps in 1..=MAX_STEPS {
            for conditions in 1..=MAX_CONDITIONS {
                let text = fitted(whole, Fit { steps, conditions });
                assert_eq!(terms(&text), (steps, conditions));
                assert!(
                    text.contains(&format!("> {steps}, 'weir: a funnel has at most 12 steps'"))
                );
                assert!(text.contains(&format!("> {conditions}, 'weir: the steps of a funnel")));
            }
        }
        let most = Fit {
            steps: MAX_STEPS,
            conditions: MAX_CONDITIONS,
        };
        assert_eq!(fitted(whole, most), whole);
    }

    #[test]
    fn conditions_are_counted_as_the_views_count_them() {
        for (step, conditions) in [
            ("purchase", 0),
            ("/", 1),
            ("/product/*", 1),
            ("select_item#sku_1", 1),
            ("/product/*?color=red", 2),
            ("lead?form!=newsletter&page.path^=/lp", 2),
            // These the views refuse, though not for their number.
            ("lead?", 1),
            ("lead?a&&b", 3),
        ] {
            assert_eq!(condition_count(step), conditions, "{step}");
        }
        let fit = Fit::of(&["/product/*?color=red", "purchase"]);
        assert_eq!((fit.steps, fit.conditions), (2, 2));
        let both = fit.or(Fit::of(&["a", "b", "c"]));
        assert_eq!((both.steps, both.conditions), (3, 2));
        let none: [&str; 0] = [];
        assert_eq!(Fit::of(&none), Fit::of(&["purchase"]));
        assert_eq!(Fit::of(&["a?b"; 30]).conditions, MAX_CONDITIONS);
    }
}
