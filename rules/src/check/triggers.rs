//! Checks triggers.

use crate::bounds::{
    MAX_EVERY_MS, MAX_FOR_MS, MAX_GROUP_WITHIN_S, MAX_MEMBERS, MAX_NAME_CHARS, MAX_PIXELS,
    MAX_THRESHOLDS, MAX_TICKS, MIN_EVERY_MS,
};
use crate::container::Literal;
use crate::container::{CustomName, FieldAct, FormStage, Trigger, TriggerKind, VideoAct};
use crate::diagnostic::{Detail, NameFault, RuleFault};
use crate::draft::{At, DraftSuccess, DraftTrigger, DraftTriggerKind};
use crate::link::LinkKind;
use crate::pattern::Pattern;
use crate::release::EventKind;
use crate::report::Spot;
use crate::vocabulary::{AXES, CLOCKS, FIELD_ACTS, FORM_STAGES, LINK_KINDS, VIDEO_ACTS};

use super::Checker;

/// What `ratio` is when it is not written: half of the element.
const DEFAULT_PERCENT: u32 = 50;
/// What `for_ms` is when it is not written.
const DEFAULT_FOR_MS: u32 = 1_000;
/// What `percent` is when a scroll trigger has neither that nor `pixels`.
const DEFAULT_DEPTHS: [u32; 4] = [25, 50, 75, 90];
/// What `percent` is when a video trigger waits for progress.
const DEFAULT_PROGRESS: [u32; 3] = [25, 50, 75];
/// One trigger is no group.
const MIN_MEMBERS: usize = 2;

impl Checker<'_, '_, '_> {
    pub(super) fn trigger(&mut self, draft: &DraftTrigger) -> Option<Trigger> {
        let named = self.is_name(&draft.name);
        let kind = draft.kind.as_ref().and_then(|kind| self.trigger_kind(kind));
        let when = match &draft.when {
            None => Some(None),
            Some(when) => self.condition(when).map(Some),
        };
        if !named {
            return None;
        }
        Some(Trigger {
            name: draft.name.it.clone(),
            kind: kind?,
            when: when?,
        })
    }

    fn trigger_kind(&mut self, draft: &DraftTriggerKind) -> Option<TriggerKind> {
        Some(match draft {
            DraftTriggerKind::Plain(kind) => plain(*kind),
            DraftTriggerKind::On(kind, selector) => {
                let selector = self.optional_selector(selector.as_ref())?;
                match kind {
                    EventKind::RageClick => TriggerKind::RageClick(selector),
                    EventKind::Copy => TriggerKind::Copy(selector),
                    _ => TriggerKind::Click(selector),
                }
            }
            DraftTriggerKind::Link { selector, kind } => {
                let selector = self.optional_selector(selector.as_ref());
                let kind = self.choose(kind.as_ref(), LINK_KINDS, "any");
                TriggerKind::Link {
                    selector: selector?,
                    kinds: match kind? {
                        "outbound" => vec![LinkKind::Outbound],
                        "download" => vec![LinkKind::Download],
                        "phone" => vec![LinkKind::Phone],
                        "mail" => vec![LinkKind::Mail],
                        "messenger" => vec![LinkKind::Messenger],
                        _ => Vec::new(),
                    },
                }
            }
            DraftTriggerKind::Form {
                selector,
                stage,
                success,
                spot,
            } => {
                let selector = self.optional_selector(selector.as_ref());
                let stage = self.form_stage(stage.as_ref(), success.as_ref(), spot);
                TriggerKind::Form {
                    selector: selector?,
                    stage: stage?,
                }
            }
            DraftTriggerKind::Field { selector, on } => {
                let selector = self.optional_selector(selector.as_ref());
                let on = self.choose(on.as_ref(), FIELD_ACTS, "change");
                TriggerKind::Field {
                    selector: selector?,
                    on: match on? {
                        "focus" => FieldAct::Focus,
                        "abandon" => FieldAct::Abandon,
                        _ => FieldAct::Change,
                    },
                }
            }
            DraftTriggerKind::Scroll {
                percent,
                pixels,
                axis,
            } => self.scroll(percent.as_ref(), pixels.as_ref(), axis.as_ref())?,
            DraftTriggerKind::Visible {
                selector,
                ratio,
                for_ms,
            } => {
                let selector = selector.as_ref().and_then(|it| self.selector(it));
                let percent = self.percent_of(ratio.as_ref(), DEFAULT_PERCENT);
                let for_ms = self.whole(for_ms.as_ref(), 0, MAX_FOR_MS, Some(DEFAULT_FOR_MS));
                TriggerKind::Visible {
                    selector: selector?,
                    percent: u8::try_from(percent?).ok()?,
                    for_ms: for_ms?,
                }
            }
            DraftTriggerKind::Appears { selector } => {
                let selector = selector.as_ref().and_then(|it| self.selector(it));
                TriggerKind::Appears(selector?)
            }
            DraftTriggerKind::Timer {
                every_ms,
                limit,
                clock,
            } => {
                let every_ms = self.whole(every_ms.as_ref(), MIN_EVERY_MS, MAX_EVERY_MS, None);
                let limit = self.whole(limit.as_ref(), 1, MAX_TICKS, Some(MAX_TICKS));
                let clock = self.choose(clock.as_ref(), CLOCKS, "engaged");
                TriggerKind::Timer {
                    every_ms: every_ms?,
                    limit: limit?,
                    by_wall_clock: clock? == "wall",
                }
            }
            DraftTriggerKind::Custom { event, matches } => {
                TriggerKind::Custom(self.custom_name(event.as_ref(), matches.as_ref())?)
            }
            DraftTriggerKind::Video { on, percent } => {
                TriggerKind::Video(self.video(on.as_ref(), percent.as_ref())?)
            }
            DraftTriggerKind::Group {
                all,
                in_order,
                within,
            } => {
                let members = all.as_ref().and_then(|all| self.members(all));
                let within_s = match within {
                    None => Some(None),
                    Some(text) => self.duration_s(text, MAX_GROUP_WITHIN_S).map(Some),
                };
                let within_ms = within_s?.map(|seconds| u32::try_from(seconds * 1_000));
                TriggerKind::Group {
                    members: members?,
                    in_order: *in_order,
                    within_ms: within_ms.transpose().ok()?,
                }
            }
        })
    }

    fn form_stage(
        &mut self,
        stage: Option<&At<String>>,
        success: Option<&DraftSuccess>,
        spot: &Spot,
    ) -> Option<FormStage> {
        let stage = self.choose(stage, FORM_STAGES, "submit")?;
        if stage != "success" {
            if let Some(success) = success {
                let beside = "\"stage\": \"success\"";
                let fault = RuleFault::Needs {
                    key: "success",
                    beside,
                };
                self.report.add(Detail::Rule(fault), &success.spot);
            }
            return Some(match stage {
                "attempt" => FormStage::Attempt,
                _ => FormStage::Submit,
            });
        }
        let success = success?;
        match (&success.visible, &success.path) {
            (Some(_), Some(_)) => {
                self.conflict(["visible", "path"], spot);
                None
            }
            (Some(visible), None) => self.selector(visible).map(FormStage::SuccessVisible),
            (None, Some(path)) => self.path(path).map(FormStage::SuccessPath),
            (None, None) => {
                let detail = Detail::MissingKey {
                    key: "visible",
                    example: "\"visible\": \".thanks\"",
                };
                self.report.add(detail, &success.spot);
                None
            }
        }
    }

    /// A path of a page, or with `*` at its end, the beginning of one.
    pub(super) fn path(&mut self, path: &At<String>) -> Option<Pattern> {
        if !self.fits(path, crate::pattern::MAX_CHARS / 2) {
            return None;
        }
        let (text, end) = match path.it.strip_suffix('*') {
            Some(beginning) => (beginning, ""),
            None => (path.it.as_str(), "$"),
        };
        let is_path = text.starts_with('/') && !text.contains(['?', '#']);
        let pattern = is_path
            .then(|| Pattern::parse(&format!("^{}{end}", literally(text)), false).ok())
            .flatten();
        if pattern.is_none() {
            let fault = RuleFault::Path {
                path: path.it.clone(),
                suggestion: path_in(&path.it),
            };
            self.report.add(Detail::Rule(fault), &path.spot);
        }
        pattern
    }

    fn scroll(
        &mut self,
        percent: Option<&At<Vec<At<Literal>>>>,
        pixels: Option<&At<Vec<At<Literal>>>>,
        axis: Option<&At<String>>,
    ) -> Option<TriggerKind> {
        let axis = self.choose(axis, AXES, "vertical");
        let thresholds = match (percent, pixels) {
            (Some(_), Some(pixels)) => {
                self.conflict(["percent", "pixels"], &pixels.spot);
                None
            }
            (None, Some(pixels)) => self.thresholds(pixels, MAX_PIXELS),
            (Some(percent), None) => self.thresholds(percent, 100),
            (None, None) => Some(DEFAULT_DEPTHS.to_vec()),
        };
        Some(TriggerKind::Scroll {
            thresholds: thresholds?,
            in_pixels: pixels.is_some(),
            across: axis? == "horizontal",
        })
    }

    /// Ascending, each once.
    fn thresholds(&mut self, numbers: &At<Vec<At<Literal>>>, max: u32) -> Option<Vec<u32>> {
        let count = numbers.it.len();
        if count == 0 {
            self.report
                .add(Detail::TooFew { count, min: 1 }, &numbers.spot);
            return None;
        }
        if count > MAX_THRESHOLDS {
            let max = MAX_THRESHOLDS;
            self.report
                .add(Detail::TooMany { count, max }, &numbers.spot);
        }
        let checked: Vec<_> = numbers
            .it
            .iter()
            .map(|number| self.whole(Some(number), 1, max, None))
            .collect();
        let mut checked: Vec<u32> = checked.into_iter().collect::<Option<_>>()?;
        checked.sort_unstable();
        checked.dedup();
        Some(checked)
    }

    fn custom_name(
        &mut self,
        event: Option<&At<String>>,
        matches: Option<&At<String>>,
    ) -> Option<CustomName> {
        match (event, matches) {
            (Some(_), Some(matches)) => {
                self.conflict(["event", "matches"], &matches.spot);
                None
            }
            (Some(event), None) if event.it.is_empty() => {
                let detail = Detail::InvalidName {
                    name: String::new(),
                    fault: NameFault::Empty,
                };
                self.report.add(detail, &event.spot);
                None
            }
            (Some(event), None) => {
                let text = self.wanted_text(event)?;
                self.fits(event, MAX_NAME_CHARS)
                    .then_some(CustomName::Is(text))
            }
            (None, Some(matches)) => self.pattern(matches, false).map(CustomName::Fits),
            (None, None) => None,
        }
    }

    fn video(
        &mut self,
        on: Option<&At<String>>,
        percent: Option<&At<Vec<At<Literal>>>>,
    ) -> Option<VideoAct> {
        let on = self.choose(on, VIDEO_ACTS, "start")?;
        if on == "progress" {
            return match percent {
                None => Some(VideoAct::Progress(DEFAULT_PROGRESS.to_vec())),
                Some(percent) => self.thresholds(percent, 100).map(VideoAct::Progress),
            };
        }
        if let Some(percent) = percent {
            let fault = RuleFault::Needs {
                key: "percent",
                beside: "\"on\": \"progress\"",
            };
            self.report.add(Detail::Rule(fault), &percent.spot);
        }
        Some(match on {
            "pause" => VideoAct::Pause,
            "complete" => VideoAct::Complete,
            _ => VideoAct::Start,
        })
    }

    fn members(&mut self, all: &At<Vec<At<String>>>) -> Option<Vec<usize>> {
        let members = self.trigger_refs(&all.it)?;
        let count = members.len();
        if count < MIN_MEMBERS {
            let min = MIN_MEMBERS;
            self.report.add(Detail::TooFew { count, min }, &all.spot);
            return None;
        }
        if count > MAX_MEMBERS {
            let max = MAX_MEMBERS;
            self.report.add(Detail::TooMany { count, max }, &all.spot);
        }
        Some(members)
    }

    /// Groups that wait for themselves, by way of others.
    pub(super) fn group_cycles(&mut self, triggers: &[Option<Trigger>]) {
        let draft = self.draft;
        let members = |at: usize| match triggers.get(at).and_then(Option::as_ref).map(|it| &it.kind)
        {
            Some(TriggerKind::Group { members, .. }) => members.as_slice(),
            _ => &[],
        };
        // Groups that are known to lead into no cycle, or into one that was told.
        let mut done = vec![false; triggers.len()];
        for start in 0..triggers.len() {
            // The way from `start`, each with the members not followed yet.
            let mut way: Vec<(usize, &[usize])> = vec![(start, members(start))];
            while let Some((at, rest)) = way.last_mut() {
                let Some((next, others)) = rest.split_first() else {
                    if let Some(done) = done.get_mut(*at) {
                        *done = true;
                    }
                    way.pop();
                    continue;
                };
                *rest = others;
                if let Some(from) = way.iter().position(|(known, _)| known == next) {
                    let cycle = way.iter().skip(from).map(|(at, _)| *at).chain([*next]);
                    let names = cycle
                        .filter_map(|at| draft.triggers.get(at))
                        .map(|trigger| trigger.name.it.clone())
                        .collect();
                    if let Some(trigger) = draft.triggers.get(*next) {
                        let fault = RuleFault::Cycle { names };
                        self.report.add(Detail::Rule(fault), &trigger.name.spot);
                    }
                } else if !done.get(*next).copied().unwrap_or(true) {
                    way.push((*next, members(*next)));
                }
            }
        }
    }

    pub(super) fn conflict(&mut self, keys: [&'static str; 2], spot: &Spot) {
        self.report
            .add(Detail::Rule(RuleFault::Conflict { keys }), spot);
    }

    /// One of the words, or the one that is meant when none is written.
    pub(super) fn choose(
        &mut self,
        word: Option<&At<String>>,
        choices: &'static [&'static str],
        otherwise: &'static str,
    ) -> Option<&'static str> {
        let Some(word) = word else {
            return Some(otherwise);
        };
        let found = choices.iter().find(|choice| **choice == word.it);
        match found {
            Some(choice) => Some(choice),
            None => self.no_choice(word, choices),
        }
    }

    /// A share from 0.01 to 1, in percent.
    fn percent_of(&mut self, ratio: Option<&At<Literal>>, otherwise: u32) -> Option<u32> {
        let Some(ratio) = ratio else {
            return Some(otherwise);
        };
        let percent = match &ratio.it {
            Literal::Number(number) => number.scaled(2),
            _ => None,
        };
        let percent = percent.and_then(|percent| u32::try_from(percent).ok());
        let percent = percent.filter(|percent| (1..=100).contains(percent));
        if percent.is_none() {
            self.out_of_range(ratio, false, "0.01", "1");
        }
        percent
    }

    /// A whole number, or what is meant when none is written.
    pub(super) fn whole(
        &mut self,
        number: Option<&At<Literal>>,
        min: u32,
        max: u32,
        otherwise: Option<u32>,
    ) -> Option<u32> {
        let Some(number) = number else {
            return otherwise;
        };
        let whole = match &number.it {
            Literal::Number(number) if number.truncated() == *number => number.scaled(0),
            _ => None,
        };
        let whole = whole
            .and_then(|whole| u32::try_from(whole).ok())
            .filter(|whole| (min..=max).contains(whole));
        if whole.is_none() {
            self.out_of_range(number, true, &min.to_string(), &max.to_string());
        }
        whole
    }
}

/// A kind without settings.
fn plain(kind: EventKind) -> TriggerKind {
    match kind {
        EventKind::Init => TriggerKind::Init,
        EventKind::DomReady => TriggerKind::DomReady,
        EventKind::WindowLoaded => TriggerKind::WindowLoaded,
        EventKind::History => TriggerKind::History,
        EventKind::Error => TriggerKind::Error,
        EventKind::ExitIntent => TriggerKind::ExitIntent,
        EventKind::WebVitals => TriggerKind::WebVitals,
        EventKind::AnyEvent => TriggerKind::AnyEvent,
        _ => TriggerKind::Pageview,
    }
}

/// A pattern that fits this text only.
fn literally(text: &str) -> String {
    let mut pattern = String::new();
    for char in text.chars() {
        if "^$\\.*+?()[]{}|".contains(char) {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

/// The path in what looks like an address, or that has lost its slash.
fn path_in(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => text.trim_start_matches('/'),
    };
    let path = rest.split(['?', '#']).next()?;
    let is_path = !path.is_empty() && !path.contains(char::is_whitespace);
    is_path.then(|| format!("/{path}"))
}

/// What a checked trigger fires at: kinds of events. Empty for what fires at anything.
pub(super) fn heard(trigger: &Trigger, triggers: &[Option<Trigger>]) -> Vec<EventKind> {
    let mut kinds = Vec::new();
    let mut waiting = vec![trigger];
    // A group is looked at once for each of its members at most: cycles end.
    let mut steps = triggers.len() * MAX_MEMBERS + 1;
    while let Some(trigger) = waiting.pop() {
        steps = steps.saturating_sub(1);
        if steps == 0 {
            break;
        }
        match &trigger.kind {
            TriggerKind::AnyEvent => return Vec::new(),
            TriggerKind::Group { members, .. } => {
                let members = members.iter().filter_map(|at| triggers.get(*at)?.as_ref());
                waiting.extend(members);
            }
            kind => {
                let kind = kind.event().heard_as();
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
        }
    }
    kinds
}
