//! Runs the examples of a container: on their pages, by the evaluator that visitors download, and says where what comes
//! of it is not what they expect.
//!
//! What tags do is compared with `expect` in order, as two texts are compared: a deed that is missing is told apart from
//! one too many, and of one that happens with other values every value is named. Events that are sent without any rule
//! are left out.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::action::Action;
use crate::check::{Checked, check_at};
use crate::container::{
    Container, Example, ExamplePage, ExampleStep, Expected, ExpectedWhat, TagKind, Written,
};
use crate::diagnostic::{Deed, Detail, ExampleFault, Lang, Problem, Severity, Told};
use crate::page::{Page, Tree};
use crate::release;
use crate::report::{Collector, Spot};
use crate::simulate::{Fired, Outcome, Reason, as_json, simulate, tell_reason};

/// What an example whose page has no address is on.
const ADDRESS: &str = "https://shop.example/";
/// Deeds of one example that are compared, at most.
const MAX_DEEDS: usize = 500;

/// Checks a container and runs its examples. `now_ms` is the time, since 1970, that says which dates are in the past.
pub fn check_with_examples(text: &str, now_ms: i64) -> Checked {
    let mut checked = check_at(text, now_ms);
    let Some(container) = &checked.container else {
        return checked;
    };
    let failures = run(container, text);
    if failures
        .iter()
        .any(|problem| problem.severity == Severity::Error)
    {
        checked.container = None;
    }
    checked.problems.extend(failures);
    checked.problems.sort_by_key(|problem| problem.span.start);
    checked
}

/// What is wrong with the examples of a container, which was made from this text.
fn run(container: &Container, text: &str) -> Vec<Problem> {
    let mut report = Collector::new(text);
    for example in &container.examples {
        run_one(container, example, &mut report);
    }
    report.finish()
}

fn run_one(container: &Container, example: &Example, report: &mut Collector<'_>) {
    let page = page(container, &example.page);
    let actions: Vec<Action> = example.steps.iter().filter_map(action).collect();
    let outcomes = simulate(container, &page, &actions);
    let mut all_found = true;
    for (step, outcome) in example.steps.iter().zip(&outcomes) {
        if !outcome.found {
            all_found = false;
            let selector = outcome.action.selector().unwrap_or_default().to_owned();
            fail(report, &step.written, ExampleFault::NoElement { selector });
        }
    }
    if !all_found {
        // What follows from that would be told twice.
        return;
    }
    let deeds = outcomes.iter().flat_map(|outcome| &outcome.fired);
    let deeds: Vec<&Fired> = deeds
        .filter(|fired| !fired.tag.is_empty())
        .take(MAX_DEEDS)
        .collect();
    for pair in aligned(&example.expect, &deeds) {
        match pair {
            Pair::Both(expected, fired) => compare(report, expected, fired),
            Pair::Missing(expected) => {
                let what = wanted(expected);
                let why = why(container, expected, &outcomes);
                fail(
                    report,
                    &expected.written,
                    ExampleFault::Missing { what, why },
                );
            }
            Pair::Unexpected(fired) => {
                let tag = fired.tag.clone();
                let what = done(fired);
                fail(
                    report,
                    &example.written,
                    ExampleFault::Unexpected { tag, what },
                );
            }
        }
    }
}

fn fail(report: &mut Collector<'_>, written: &Written, fault: ExampleFault) {
    let spot = Spot {
        path: written.path.clone(),
        span: written.span.clone(),
    };
    report.add(Detail::Example(fault), &spot);
}

/// The page as the example describes it.
fn page(container: &Container, written: &ExamplePage) -> Page {
    let url = if written.url.is_empty() {
        ADDRESS
    } else {
        &written.url
    };
    let mut page = Page::new(url, &written.html);
    page.referrer.clone_from(&written.referrer);
    page.session.referrer.clone_from(&written.referrer);
    page.cookies = written.cookies.iter().cloned().collect();
    page.local_storage = written.local_storage.iter().cloned().collect();
    page.session_storage = written.session_storage.iter().cloned().collect();
    page.data_layer = written
        .data_layer
        .iter()
        .filter_map(|entry| Tree::parse(entry))
        .collect();
    if let Some(globals) = written.globals.as_deref().and_then(Tree::parse) {
        page.globals = globals;
    }
    page.consent = written.consent.iter().cloned().collect();
    if let Some(noon) = written
        .today
        .as_deref()
        .and_then(|day| noon_ms(day, &container.site.timezone))
    {
        page.now_ms = noon;
    }
    page
}

/// Noon of a day, in a time zone: milliseconds since 1970.
fn noon_ms(day: &str, timezone: &str) -> Option<u64> {
    let day: Date = day.parse().ok()?;
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    let noon = zone.to_timestamp(day.at(12, 0, 0, 0)).ok()?;
    u64::try_from(noon.as_millisecond()).ok()
}

/// The check has read the steps: each is an action.
fn action(step: &ExampleStep) -> Option<Action> {
    let action = match step.what.as_str() {
        "" => Action::parse(&step.kind),
        what => Action::parse(&format!("{}:{what}", step.kind)),
    };
    match (action.ok()?, step.data.as_deref().and_then(Tree::parse)) {
        (Action::Custom(..), data) if step.kind == "custom" => {
            Some(Action::Custom(step.what.clone(), data.unwrap_or_default()))
        }
        (action, _) => Some(action),
    }
}

/// What is expected beside what happened.
enum Pair<'a> {
    Both(&'a Expected, &'a Fired),
    Missing(&'a Expected),
    Unexpected(&'a Fired),
}

/// How well what happened fits what is expected: not at all, but for its values, wholly.
fn fit(expected: &Expected, fired: &Fired) -> usize {
    if !is_meant(expected, fired) {
        return 0;
    }
    let same = expected
        .with
        .iter()
        .all(|(name, value)| found(fired, name) == Some(&value.value()));
    if same { 3 } else { 2 }
}

/// Pairs up what is expected and what happened, both in order, so that as much as possible fits.
fn aligned<'a>(expected: &'a [Expected], fired: &[&'a Fired]) -> Vec<Pair<'a>> {
    // best[row][column]: of what is from there to the end.
    let width = fired.len() + 1;
    let mut best = vec![0_usize; (expected.len() + 1) * width];
    let at = |best: &[usize], row: usize, column: usize| {
        best.get(row * width + column).copied().unwrap_or(0)
    };
    for (row, wanted) in expected.iter().enumerate().rev() {
        for (column, fired) in fired.iter().enumerate().rev() {
            let fit = fit(wanted, fired);
            let both = if fit > 0 {
                fit + at(&best, row + 1, column + 1)
            } else {
                0
            };
            let value = both
                .max(at(&best, row + 1, column))
                .max(at(&best, row, column + 1));
            if let Some(cell) = best.get_mut(row * width + column) {
                *cell = value;
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while let (Some(wanted), Some(done)) = (expected.get(row), fired.get(column)) {
        let fit = fit(wanted, done);
        if fit > 0 && at(&best, row, column) == fit + at(&best, row + 1, column + 1) {
            pairs.push(Pair::Both(wanted, done));
            (row, column) = (row + 1, column + 1);
        } else if at(&best, row + 1, column) >= at(&best, row, column + 1) {
            pairs.push(Pair::Missing(wanted));
            row += 1;
        } else {
            pairs.push(Pair::Unexpected(done));
            column += 1;
        }
    }
    pairs.extend(expected.iter().skip(row).map(Pair::Missing));
    pairs.extend(
        fired
            .iter()
            .skip(column)
            .map(|fired| Pair::Unexpected(fired)),
    );
    pairs
}

/// Whether what happened is of the kind that is expected.
fn is_meant(expected: &Expected, fired: &Fired) -> bool {
    let address = || {
        fired
            .with
            .first()
            .map(|(_, value)| value.clone().into_text())
    };
    let by_tag = expected.tag.as_ref().is_none_or(|tag| *tag == fired.tag);
    by_tag
        && match (&expected.what, fired.kind) {
            (ExpectedWhat::Event(name), release::TagKind::Event) => *name == fired.event,
            (ExpectedWhat::Pixel(url), release::TagKind::Pixel)
            | (ExpectedWhat::Script(url), release::TagKind::Script) => {
                address().as_ref() == Some(url)
            }
            (ExpectedWhat::Push, release::TagKind::Push) | (ExpectedWhat::Anything, _) => true,
            _ => false,
        }
}

fn found<'f>(fired: &'f Fired, name: &str) -> Option<&'f crate::value::Value> {
    let mut named = fired.with.iter().filter(|(other, _)| other == name);
    named.next().map(|(_, value)| value)
}

/// Reports every value that is not as expected.
fn compare(report: &mut Collector<'_>, expected: &Expected, fired: &Fired) {
    for (name, value) in &expected.with {
        let found = found(fired, name);
        if found != Some(&value.value()) {
            let fault = ExampleFault::Different {
                what: done(fired),
                property: name.clone(),
                wanted: as_json(&value.value()),
                found: found.map(as_json),
            };
            fail(report, &expected.written, fault);
        }
    }
}

fn wanted(expected: &Expected) -> Deed {
    match &expected.what {
        ExpectedWhat::Event(name) => Deed::Event(name.clone()),
        ExpectedWhat::Pixel(address) => Deed::Pixel(address.clone()),
        ExpectedWhat::Script(address) => Deed::Script(address.clone()),
        ExpectedWhat::Push => Deed::Push,
        ExpectedWhat::Anything => Deed::Tag(expected.tag.clone().unwrap_or_default()),
    }
}

fn done(fired: &Fired) -> Deed {
    let address = fired
        .with
        .first()
        .map(|(_, value)| value.clone().into_text());
    match fired.kind {
        release::TagKind::Event => Deed::Event(fired.event.clone()),
        release::TagKind::Pixel => Deed::Pixel(address.unwrap_or_default()),
        release::TagKind::Script => Deed::Script(address.unwrap_or_default()),
        release::TagKind::Push => Deed::Push,
    }
}

/// The best reason there is why a tag that could do what is expected does not.
fn why(container: &Container, expected: &Expected, outcomes: &[Outcome]) -> Option<Told> {
    let mut best: Option<(u8, &str, &Reason, &Outcome)> = None;
    for outcome in outcomes {
        for still in &outcome.still {
            let tag = container.tags.iter().find(|tag| tag.name == still.tag);
            if !tag.is_some_and(|tag| could(expected, &tag.name, &tag.kind)) {
                continue;
            }
            for reason in &still.reasons {
                let rank = rank(reason);
                if best.is_none_or(|(known, ..)| rank > known) {
                    best = Some((rank, &still.tag, reason, outcome));
                }
            }
        }
    }
    let (_, tag, reason, outcome) = best?;
    let tag = crate::explain::code(tag);
    let tell = |lang| tell_reason(container, lang, reason, outcome);
    Some(Told {
        en: format!("{tag} does not fire: {}", tell(Lang::En)),
        ru: format!("{tag} не срабатывает: {}", tell(Lang::Ru)),
    })
}

/// How much a reason says: what came nearest to firing says most.
fn rank(reason: &Reason) -> u8 {
    match reason {
        Reason::WaitsForOther { .. } => 0,
        Reason::WaitsElsewhere { .. } => 1,
        Reason::NoTrigger | Reason::NoElement => 2,
        Reason::Once | Reason::TriggerOnce { .. } => 3,
        Reason::Condition { .. } | Reason::Paused => 4,
        Reason::Except { .. } | Reason::Date | Reason::Sample | Reason::Consent => 5,
    }
}

/// Whether a tag could do what is expected.
fn could(expected: &Expected, name: &str, kind: &TagKind) -> bool {
    if expected.tag.as_ref().is_some_and(|tag| tag != name) {
        return false;
    }
    match (&expected.what, kind) {
        (
            ExpectedWhat::Event(wanted),
            TagKind::Event { name, .. } | TagKind::Forward { event: name, .. },
        ) => wanted == name,
        (ExpectedWhat::Pixel(_), TagKind::Pixel(_)) | (ExpectedWhat::Push, TagKind::Push(_)) => {
            true
        }
        (ExpectedWhat::Script(wanted), TagKind::Script { url, .. }) => wanted == url,
        (ExpectedWhat::Anything, _) => true,
        _ => false,
    }
}
