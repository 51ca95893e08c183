//! Cuts a query over steps to the conditions that it is asked about.
//!
//! A view does not know how many conditions will be asked of it, so that `weir_fn.step_events` writes out all it may have:
//! 24, each on any of 13 fields. Of a funnel of four steps without a condition, the engine took many times longer to read
//! that text than to count. Whoever knows the steps beforehand, as ready views, their refreshing, KPIs and the reports do,
//! asks with a text that has no more terms than these steps need.
//!
//! A text that is too short for its steps would count wrongly; the limit in it is cut as well, so that it refuses.

/// Steps a funnel may have.
pub(super) const MAX_STEPS: usize = 12;
/// Conditions that all steps of a funnel may have together: the views write out as many.
pub(super) const MAX_CONDITIONS: usize = 24;

/// What the terms of all conditions end with, before they are closed.
const NO_CONDITION: &str = "toUInt16(0)";

/// How many conditions a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit(usize);

impl Fit {
    /// What these steps need.
    pub(super) fn of(steps: &[impl AsRef<str>]) -> Self {
        let conditions = steps.iter().map(|step| condition_count(step.as_ref()));
        Self(conditions.sum::<usize>().min(MAX_CONDITIONS))
    }

    /// What either needs.
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0.max(other.0))
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
pub(super) fn fitted(query: &str, Fit(conditions): Fit) -> String {
    let mut text = query.to_owned();
    for no in conditions + 1..=MAX_CONDITIONS {
        text = text.replace(&term(no), "");
    }
    text.replace(&closed(MAX_CONDITIONS), &closed(conditions))
        .replace(
            &format!("> {MAX_CONDITIONS}, 'weir: the steps"),
            &format!("> {conditions}, 'weir: the steps"),
        )
}

/// One condition in the text of a view.
fn term(no: usize) -> String {
    format!("bitOr(fails(conditions[{no}]),")
}

/// The end of so many terms.
fn closed(conditions: usize) -> String {
    format!("{NO_CONDITION}{} AS steps_failed", ")".repeat(conditions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::inline;

    const STEP_EVENTS: &str = include_str!("../../sql/views/fn_step_events.sql");

    #[test]
    fn a_text_has_the_terms_that_its_steps_need() {
        let whole = inline::split(STEP_EVENTS).1;
        let opened = |text: &str| text.matches('(').count();
        let shut = |text: &str| text.matches(')').count();
        assert_eq!(whole.matches("fails(conditions[").count(), MAX_CONDITIONS);
        let others = opened(whole) - 2 * MAX_CONDITIONS;
        for conditions in 0..=MAX_CONDITIONS {
            let text = fitted(whole, Fit(conditions));
            let terms = text.matches("fails(conditions[").count();
            assert_eq!(terms, conditions);
            assert_eq!(opened(&text), others + 2 * conditions);
            assert_eq!(shut(whole) - shut(&text), 2 * (MAX_CONDITIONS - conditions));
            assert!(text.contains(&format!("> {conditions}, 'weir: the steps of a funnel")));
        }
        assert_eq!(fitted(whole, Fit(MAX_CONDITIONS)), whole);
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
        assert_eq!(fit, Fit(2));
        assert_eq!(fit.or(Fit::of(&["a?b&c&d"])), Fit(3));
        let none: [&str; 0] = [];
        assert_eq!(Fit::of(&none), Fit::of(&["purchase"]));
        assert_eq!(Fit::of(&["a?b"; 30]), Fit(MAX_CONDITIONS));
    }
}
