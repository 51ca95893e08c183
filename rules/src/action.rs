//! What happens on a page, as examples and simulations write it: `click:button.buy`, `scroll:50`.
//!
//! An action is what a visitor does or what befalls the page. What the tag hears of it depends on the release: scrolling
//! to the half of a page reaches every threshold before it, an element in view is reported to each trigger that watches
//! it. [`Action::heard`] makes of an action what the listeners of the page would, with the details that they lend.

use std::fmt;

use crate::container::{EXAMPLE_STEPS, StepTakes};
use crate::evaluate::Occurrence;
use crate::page::{ElementId, Page, Tree};
use crate::release::{EventKind, Release};

/// Occurrences that one action makes, at most.
const MAX_OCCURRENCES: usize = 1_000;

/// Something that happens on a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Something that is about no element.
    Plain(EventKind),
    /// Something that happens on an element, named by a selector.
    On(EventKind, String),
    /// So much of the page, or of a video, has been reached; so has everything before it.
    Reach(EventKind, u32),
    /// So many milliseconds pass in front of the visitor.
    Pass(u32),
    /// The site reports an event, and what it says of it.
    Custom(String, Tree),
    /// The site pushes an entry to the data layer.
    Push(Tree),
}

/// Why a text is no action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionFault {
    /// No kind of action; the nearest that is one.
    UnknownKind(String, Option<String>),
    /// A selector is missing behind the colon.
    NeedsSelector(&'static str),
    /// A number is missing behind the colon, or it is too large or too small.
    NeedsNumber(&'static str),
    /// A length of time is missing behind the colon.
    NeedsTime,
    /// The name of the event is missing behind the colon.
    NeedsName,
    /// An object is missing behind the colon.
    NeedsEntry,
    /// Something stands behind the colon that means nothing there.
    NeedsNothing(&'static str),
}

/// What the tag hears, with the details that the page lends of it.
pub(crate) type Heard = (Occurrence<ElementId>, Tree);

/// The kinds of actions by name. What each takes is in [`EXAMPLE_STEPS`].
const KINDS: &[(&str, EventKind)] = &[
    ("pageview", EventKind::Pageview),
    ("init", EventKind::Init),
    ("dom_ready", EventKind::DomReady),
    ("window_loaded", EventKind::WindowLoaded),
    ("history", EventKind::History),
    ("error", EventKind::Error),
    ("exit_intent", EventKind::ExitIntent),
    ("web_vitals", EventKind::WebVitals),
    ("click", EventKind::Click),
    ("rage_click", EventKind::RageClick),
    ("copy", EventKind::Copy),
    ("form", EventKind::FormSubmit),
    ("form_attempt", EventKind::FormAttempt),
    ("form_success", EventKind::FormSuccess),
    ("field_focus", EventKind::FieldFocus),
    ("field_change", EventKind::FieldChange),
    ("field_abandon", EventKind::FieldAbandon),
    ("visible", EventKind::Visible),
    ("appears", EventKind::Appears),
    ("video_start", EventKind::VideoStart),
    ("video_pause", EventKind::VideoPause),
    ("video_progress", EventKind::VideoProgress),
    ("video_complete", EventKind::VideoComplete),
    ("scroll", EventKind::ScrollPercent),
    ("scroll_pixels", EventKind::ScrollPixels),
    ("scroll_across", EventKind::ScrollPercentAcross),
    ("scroll_across_pixels", EventKind::ScrollPixelsAcross),
    ("timer", EventKind::Timer),
    ("custom", EventKind::Custom),
    ("push", EventKind::Custom),
];

impl Action {
    /// The kinds of actions there are.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|(name, _)| *name)
    }

    /// A page view.
    pub fn pageview() -> Self {
        Self::Plain(EventKind::Pageview)
    }

    /// Reads `kind` or `kind:what`.
    pub fn parse(text: &str) -> Result<Self, ActionFault> {
        let (name, what) = text.split_once(':').unwrap_or((text, ""));
        let (name, what) = (name.trim(), what.trim());
        let Some((name, kind)) = KINDS.iter().find(|(known, _)| *known == name) else {
            let suggestion = crate::suggest::nearest(name, Self::kinds());
            return Err(ActionFault::UnknownKind(name.to_owned(), suggestion));
        };
        let reach = |max: u32| {
            let number = what
                .trim_end_matches(['%', ' '])
                .trim_end_matches("px")
                .trim_end();
            match number.parse::<u32>() {
                Ok(number) if (1..=max).contains(&number) => Ok(Self::Reach(*kind, number)),
                _ => Err(ActionFault::NeedsNumber(name)),
            }
        };
        let takes = EXAMPLE_STEPS.iter().find(|(known, _)| known == name);
        match takes.map_or(StepTakes::Nothing, |(_, takes)| *takes) {
            StepTakes::Nothing if what.is_empty() => Ok(Self::Plain(*kind)),
            StepTakes::Nothing => Err(ActionFault::NeedsNothing(name)),
            StepTakes::Selector if what.is_empty() => Err(ActionFault::NeedsSelector(name)),
            StepTakes::Selector => Ok(Self::On(*kind, what.to_owned())),
            StepTakes::Percent => reach(100),
            StepTakes::Pixels => reach(1_000_000),
            StepTakes::Time => milliseconds(what)
                .map(Self::Pass)
                .ok_or(ActionFault::NeedsTime),
            StepTakes::Name => named(what),
            StepTakes::Entry => match Tree::parse(what) {
                Some(entry @ Tree::Object(_)) => Ok(Self::Push(entry)),
                _ => Err(ActionFault::NeedsEntry),
            },
        }
    }

    /// What the tag is told of, if it listens at all.
    pub(crate) fn kind(&self) -> EventKind {
        match self {
            Self::Plain(kind) | Self::On(kind, _) | Self::Reach(kind, _) => *kind,
            Self::Pass(_) => EventKind::Timer,
            Self::Custom(..) | Self::Push(_) => EventKind::Custom,
        }
    }

    /// The selector of the element it happens on, if there is one.
    pub fn selector(&self) -> Option<&str> {
        match self {
            Self::On(_, selector) => Some(selector),
            Self::Plain(_) | Self::Reach(..) | Self::Pass(_) | Self::Custom(..) | Self::Push(_) => {
                None
            }
        }
    }

    /// What the tag hears. `element`: the one that [`Action::selector`] names.
    pub(crate) fn heard(
        &self,
        page: &Page,
        release: &Release,
        element: Option<ElementId>,
    ) -> Vec<Heard> {
        match self {
            Self::Plain(kind) => vec![(Occurrence::of(*kind), Tree::Null)],
            Self::Custom(name, data) => {
                vec![(
                    Occurrence::custom(name.clone()),
                    object("event", data.clone()),
                )]
            }
            Self::Push(entry) => match entry.at("event") {
                // An entry without a name is only kept.
                Some(Tree::Text(name)) => {
                    vec![(
                        Occurrence::custom(name.clone()),
                        object("event", entry.clone()),
                    )]
                }
                _ => Vec::new(),
            },
            Self::Reach(kind, number) => reached(release, *kind, *number),
            Self::Pass(ms) => ticks(release, *ms),
            Self::On(kind, _) => {
                element.map_or_else(Vec::new, |element| on(page, release, *kind, element))
            }
        }
    }
}

/// An object with one entry.
fn object(key: &str, value: Tree) -> Tree {
    Tree::Object(vec![(key.to_owned(), value)])
}

fn number(number: u32) -> Tree {
    Tree::Number(number.to_string())
}

/// `order_sent`, or `order_sent {"value": 5}`.
fn named(what: &str) -> Result<Action, ActionFault> {
    let (name, data) = match what.split_once('{') {
        Some((name, rest)) => match Tree::parse(&format!("{{{rest}")) {
            Some(data) => (name.trim(), data),
            None => return Err(ActionFault::NeedsEntry),
        },
        None => (what, Tree::Null),
    };
    match name {
        "" => Err(ActionFault::NeedsName),
        name => Ok(Action::Custom(name.to_owned(), data)),
    }
}

/// Every threshold up to this number, each once.
fn reached(release: &Release, kind: EventKind, up_to: u32) -> Vec<Heard> {
    let thresholds = release.thresholds(kind).into_iter();
    let thresholds = thresholds.filter(|threshold| *threshold <= up_to);
    let what = if kind == EventKind::VideoProgress {
        "video"
    } else {
        "scroll"
    };
    let heard = |threshold| {
        let detail = object(what, object("percent", number(threshold)));
        (Occurrence::reached(kind, threshold), detail)
    };
    thresholds.take(MAX_OCCURRENCES).map(heard).collect()
}

/// Every time a timer goes off, in the order of time.
fn ticks(release: &Release, ms: u32) -> Vec<Heard> {
    let mut ticks = Vec::new();
    for id in release.waiting_for(EventKind::Timer) {
        let numbers = release
            .trigger(id)
            .map_or(&[][..], |trigger| trigger.numbers());
        let [every_ms, limit, ..] = numbers else {
            continue;
        };
        let count = ms.checked_div(*every_ms).unwrap_or(0).min(*limit);
        for tick in (1..=count).take(MAX_OCCURRENCES) {
            ticks.push((u64::from(tick) * u64::from(*every_ms), id, tick));
        }
    }
    ticks.sort_by_key(|(at_ms, id, _)| (*at_ms, *id));
    ticks.truncate(MAX_OCCURRENCES);
    let tick = |(_, id, tick)| {
        (
            Occurrence::reached(EventKind::Timer, tick).watched_for(id),
            Tree::Null,
        )
    };
    ticks.into_iter().map(tick).collect()
}

/// Something on an element; once for each trigger that watches it, where triggers do.
fn on(page: &Page, release: &Release, kind: EventKind, element: ElementId) -> Vec<Heard> {
    if !kind.is_watched_for() {
        return vec![(Occurrence::on(kind, element), Tree::Null)];
    }
    let is_watched = |selector: &str| match kind {
        // A form may be named by something around it.
        EventKind::FormSuccess => page.is_in(element, selector),
        _ => page.is(element, selector),
    };
    let mut heard = Vec::new();
    for id in release.waiting_for(kind) {
        let Some(trigger) = release.trigger(id) else {
            continue;
        };
        let selector = trigger
            .selector()
            .and_then(|selector| release.selectors().nth(selector.index()));
        if selector.is_none_or(is_watched) {
            let detail = match (kind, trigger.numbers()) {
                (EventKind::Visible, [percent, ms, ..]) => seen(*percent, *ms),
                _ => Tree::Null,
            };
            heard.push((Occurrence::on(kind, element).watched_for(id), detail));
        }
    }
    heard
}

/// As much of the element, and for as long, as the trigger asks for.
fn seen(percent: u32, ms: u32) -> Tree {
    let ratio = Tree::Number(format!("{}.{:02}", percent / 100, percent % 100));
    object(
        "visible",
        Tree::Object(vec![
            ("ratio".to_owned(), ratio),
            ("ms".to_owned(), number(ms)),
        ]),
    )
}

/// `30s`, `500ms`, `2 min`, `1h`, or milliseconds without a unit.
fn milliseconds(text: &str) -> Option<u32> {
    let digits = text.trim_start_matches(|char: char| char.is_ascii_digit());
    let number: u32 = text.get(..text.len() - digits.len())?.parse().ok()?;
    let unit_ms = match digits.trim() {
        "" | "ms" => 1,
        "s" | "sec" | "second" | "seconds" => 1_000,
        "m" | "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(unit_ms).filter(|ms| *ms > 0)
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = |wanted: EventKind| {
            let mut named = KINDS.iter().filter(|(_, kind)| *kind == wanted);
            named.next().map_or("", |(name, _)| *name)
        };
        match self {
            Self::Plain(it) => out.write_str(kind(*it)),
            Self::On(it, selector) => write!(out, "{}:{selector}", kind(*it)),
            Self::Reach(it, number) => write!(out, "{}:{number}", kind(*it)),
            Self::Pass(ms) if ms.is_multiple_of(1_000) => write!(out, "timer:{}s", ms / 1_000),
            Self::Pass(ms) => write!(out, "timer:{ms}ms"),
            Self::Custom(name, _) => write!(out, "custom:{name}"),
            Self::Push(entry) => match entry.at("event") {
                Some(Tree::Text(name)) => write!(out, "push:{name}"),
                _ => out.write_str("push"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_written_again() {
        for text in [
            "pageview",
            "click:button.buy",
            "form:#lead",
            "scroll:50",
            "scroll_pixels:1200",
            "timer:30s",
            "timer:1500ms",
            "custom:order_sent",
            "video_progress:90",
            "click:a:not(.x)",
            "custom:a:b",
        ] {
            assert_eq!(Action::parse(text).unwrap().to_string(), text);
        }
        for (text, same) in [
            ("scroll: 50 %", "scroll:50"),
            ("timer:2 min", "timer:120s"),
            ("timer:500", "timer:500ms"),
        ] {
            assert_eq!(Action::parse(text).unwrap().to_string(), same);
        }
    }

    #[test]
    fn what_is_no_action_says_why() {
        let unknown = |kind: &str, near: Option<&str>| {
            ActionFault::UnknownKind(kind.to_owned(), near.map(str::to_owned))
        };
        for (text, fault) in [
            ("clik:a", unknown("clik", Some("click"))),
            ("", unknown("", None)),
            ("click", ActionFault::NeedsSelector("click")),
            ("scroll:half", ActionFault::NeedsNumber("scroll")),
            ("scroll:101", ActionFault::NeedsNumber("scroll")),
            ("scroll:0", ActionFault::NeedsNumber("scroll")),
            ("timer:soon", ActionFault::NeedsTime),
            ("timer:99999h", ActionFault::NeedsTime),
            ("custom:", ActionFault::NeedsName),
            ("pageview:/cart", ActionFault::NeedsNothing("pageview")),
        ] {
            assert_eq!(Action::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn kinds_are_those_of_examples() {
        let kinds: Vec<&str> = Action::kinds().collect();
        let steps: Vec<&str> = EXAMPLE_STEPS.iter().map(|(name, _)| *name).collect();
        let sorted = |mut names: Vec<&'static str>| {
            names.sort_unstable();
            names
        };
        assert_eq!(sorted(kinds), sorted(steps));
    }

    #[test]
    fn events_of_the_site_bring_their_values() {
        let data = |text: &str| match Action::parse(text).unwrap() {
            Action::Custom(_, data) | Action::Push(data) => data.at("value").cloned(),
            other => panic!("{other:?}"),
        };
        let five = Some(Tree::Number("5".to_owned()));
        assert_eq!(data("custom:order_sent {\"value\": 5}"), five);
        assert_eq!(data("push:{\"event\": \"order_sent\", \"value\": 5}"), five);
        assert_eq!(data("custom:order_sent"), None);
        for text in ["push:order_sent", "push:", "push:[]", "custom:a {value}"] {
            assert_eq!(Action::parse(text), Err(ActionFault::NeedsEntry), "{text}");
        }
    }

    #[test]
    fn every_kind_that_can_happen_is_an_action() {
        let named: std::collections::BTreeSet<&str> =
            KINDS.iter().map(|(_, kind)| kind.name()).collect();
        for kind in crate::vocabulary::TRIGGER_KINDS {
            let heard = match *kind {
                "link" => "click",
                "group" | "any_event" => continue,
                kind => kind,
            };
            assert!(named.contains(heard), "{kind}");
        }
    }
}
