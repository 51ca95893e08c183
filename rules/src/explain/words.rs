//! What both languages need: the author's text between backticks, and lengths of time in their largest unit.

use crate::container::{Container, Literal};
use crate::decimal::Decimal;
use crate::funnel_step::{StepCondition, StepExpression, StepTest};

/// Characters of the author's text repeated in a sentence, at most: whole patterns fit.
const MAX_QUOTED_CHARS: usize = 200;

/// Rows of a table that a sentence shows, at most.
pub(super) const MAX_ROWS: usize = 5;

/// The author's text between backticks.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::from("`");
    for (at, char) in text.chars().enumerate() {
        if at == MAX_QUOTED_CHARS {
            out.push('…');
            break;
        }
        out.push(if char.is_control() { ' ' } else { char });
    }
    out.push('`');
    out
}

pub(super) fn value(value: &Literal) -> String {
    code(&value.clone().into_text())
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
}

/// A length of time in the largest unit that leaves a whole number, or seconds with decimals.
pub(super) fn in_largest_unit(ms: u64) -> (String, Unit) {
    const UNITS: [(u64, Unit); 5] = [
        (7 * 24 * 60 * 60 * 1000, Unit::Week),
        (24 * 60 * 60 * 1000, Unit::Day),
        (60 * 60 * 1000, Unit::Hour),
        (60 * 1000, Unit::Minute),
        (1000, Unit::Second),
    ];
    // A week is seven days unless there are several.
    let found = UNITS.iter().find(|(length, unit)| {
        ms > 0 && ms.is_multiple_of(*length) && (*unit != Unit::Week || ms > *length)
    });
    if let Some((length, unit)) = found {
        return ((ms / length).to_string(), *unit);
    }
    if ms > 1000 && ms.is_multiple_of(100) {
        return (format!("{}.{}", ms / 1000, ms % 1000 / 100), Unit::Second);
    }
    (ms.to_string(), Unit::Millisecond)
}

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Of a month: what follows the number of a day.
const MONTHS_RU: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// A day as people say it: `2026-12-31` is `31 December 2026`. What is no day stays as it is written.
pub(super) fn day_en(iso: &str) -> String {
    day(iso, &MONTHS_EN, true)
}

/// The same in Russian: `31 декабря 2026`.
pub(super) fn day_ru(iso: &str) -> String {
    day(iso, &MONTHS_RU, true)
}

/// Two days, the year only once where it is the same: `1 March`, `31 May 2026`.
pub(super) fn days_en(from: &str, to: &str) -> (String, String) {
    (day(from, &MONTHS_EN, year(from) != year(to)), day_en(to))
}

/// The same in Russian.
pub(super) fn days_ru(from: &str, to: &str) -> (String, String) {
    (day(from, &MONTHS_RU, year(from) != year(to)), day_ru(to))
}

fn year(iso: &str) -> Option<&str> {
    iso.split('-').next()
}

fn day(iso: &str, months: &[&str; 12], with_year: bool) -> String {
    let Ok(date) = iso.parse::<jiff::civil::Date>() else {
        return iso.to_owned();
    };
    let month = usize::try_from(date.month() - 1).unwrap_or_default();
    let month = months.get(month).copied().unwrap_or_default();
    match with_year {
        true => format!("{} {month} {}", date.day(), date.year()),
        false => format!("{} {month}", date.day()),
    }
}

/// What people call a goal.
pub(super) fn goal_title<'c>(container: &'c Container, name: &str) -> Option<&'c str> {
    let goal = container.goals.iter().find(|goal| goal.name == name)?;
    goal.title.as_deref()
}

/// What people call a funnel.
pub(super) fn funnel_title<'c>(container: &'c Container, name: &str) -> Option<&'c str> {
    let mut funnels = container.funnels.iter();
    funnels.find(|funnel| funnel.name == name)?.title.as_deref()
}

/// The path that a pattern was made from, and whether it is a whole one or the beginning of one.
pub(super) fn path_of(pattern: &str) -> (String, bool) {
    let path = pattern.strip_prefix('^').unwrap_or(pattern);
    let (path, whole) = match path.strip_suffix('$') {
        Some(path) => (path, true),
        None => (path, false),
    };
    (path.replace('\\', ""), whole)
}

/// A share as a number of percent: `0.125` is `12.5`.
pub(super) fn percent(share: Decimal) -> String {
    let mut text = String::new();
    share.write(&mut text);
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{decimals:0<2}");
    let (before, behind) = digits
        .split_at_checked(whole.len() + 2)
        .unwrap_or((&digits, ""));
    let before = match before.trim_start_matches('0') {
        "" => "0",
        before => before,
    };
    match behind {
        "" => before.to_owned(),
        behind => format!("{before}.{behind}"),
    }
}

/// A number as it is written.
pub(super) fn plain(number: Decimal) -> String {
    let mut text = String::new();
    number.write(&mut text);
    text
}

/// The pages that a step is a view of, and its other conditions: such a step is called by its page.
pub(super) fn page_of(step: &StepExpression) -> (&[String], Vec<&StepCondition>) {
    let is_path = |condition: &&StepCondition| {
        step.event == "pageview"
            && condition.field == "page.path"
            && !condition.negated
            && matches!(condition.test, StepTest::In(_))
    };
    let page = step.conditions.iter().find(is_path);
    let paths = match page.map(|page| &page.test) {
        Some(StepTest::In(paths)) => paths.as_slice(),
        _ => &[],
    };
    let others = step.conditions.iter();
    let others = others.filter(|other| !page.is_some_and(|page| std::ptr::eq(*other, page)));
    (paths, others.collect())
}
