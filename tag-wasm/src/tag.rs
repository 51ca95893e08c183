//! The tag of one page load: one method for each thing that can happen, and what the tag does about it.
//!
//! Times are milliseconds since 1970. After each input the owner calls [`Tag::rest`], which does what is due.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use weir_rules::evaluate::{Firing, Occurrence, evaluate};
use weir_rules::id::TriggerId;
use weir_rules::limits::Limits;
use weir_rules::payload::write_object;
use weir_rules::release::{EventKind, Release, TagKind, Visible};
use weir_rules::value;

use crate::dwell::{Dwell, View, Watched};
use crate::engagement::Engagement;
use crate::host::PageHost;
use crate::navigation::is_same_view;
use crate::outbox::PageRecord;
use crate::page::{self, Given, index};
use crate::recorder::{ANALYTICS, Draft, Recorder};

#[cfg(feature = "direct")]
mod direct;

/// What waits for consent, at most; what comes then is forgotten.
const MAX_HELD: usize = 500;

/// See the module.
pub(crate) struct Tag {
    release: &'static Release,
    /// Triggers that wait until an element has been seen, at the positions that the page knows as slots.
    watching: Vec<(TriggerId, Visible)>,
    limits: Limits,
    dwell: Dwell,
    engagement: Engagement,
    recorder: Recorder,
    /// What waits for an answer about consent.
    held: Vec<Held>,
    /// A page view has begun.
    begun: bool,
}

/// Something to do that waits for an answer about consent, with its time and its page view.
struct Held {
    at: u64,
    view: PageRecord,
    firing: Firing<'static>,
}

/// Whether a page view has been told of without this module.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reported {
    No,
    /// As a raw event: the rules have not been asked.
    Raw,
    /// By a module that has trapped since.
    ByRules,
}

impl Reported {
    pub(crate) fn of(number: u32) -> Self {
        match number {
            0 => Self::No,
            1 => Self::Raw,
            _ => Self::ByRules,
        }
    }
}

impl Tag {
    /// Tells the page what the rules will ask for.
    pub(crate) fn new(release: Release) -> Self {
        // As long as the page.
        let release: &'static Release = Box::leak(Box::new(release));
        for (at, selector) in release.selectors().enumerate() {
            page::define_selector(index(at), selector);
        }
        for id in release.waiting_for(EventKind::Click) {
            if let Some(trigger) = release.trigger(id) {
                page::define_keys(index(id.index()), trigger.keys());
            }
        }
        for (at, (source, ignore_case)) in release.patterns().enumerate() {
            page::define_pattern(index(at), source, ignore_case);
        }
        let watching: Vec<_> = release.visible_triggers().collect();
        for (slot, (_, wanted)) in watching.iter().enumerate() {
            page::watch(
                index(slot),
                index(wanted.selector.index()),
                wanted.percent.into(),
            );
        }
        Self {
            recorder: Recorder::new(release),
            release,
            watching,
            limits: Limits::new(),
            dwell: Dwell::default(),
            engagement: Engagement::default(),
            held: Vec::new(),
            begun: false,
        }
    }

    /// A page was loaded, or came back from the browser's memory.
    pub(crate) fn page(&mut self, now: u64, url: String, referrer: String, reported: Reported) {
        self.begin_view(now, url, referrer, reported);
    }

    /// The address changed without a load.
    pub(crate) fn moved(&mut self, now: u64, url: String) {
        if is_same_view(&self.recorder.view.url, &url) {
            self.recorder.rename_view(url);
        } else if self.begun {
            self.report_engagement(now);
            let referrer = self.recorder.view.url.clone();
            self.begin_view(now, url, referrer, Reported::No);
        }
    }

    /// A click; `target` is the innermost element.
    pub(crate) fn click(&mut self, now: u64, target: u32) {
        if target != 0 {
            self.evaluate(now, &Occurrence::on(EventKind::Click, target));
        }
    }

    /// A form was sent.
    pub(crate) fn form(&mut self, now: u64, form: u32) {
        if form != 0 {
            self.evaluate(now, &Occurrence::on(EventKind::FormSubmit, form));
        }
    }

    /// Something that only rules are interested in: see `exports.rs`.
    pub(crate) fn occur(&mut self, now: u64, kind: u32, element: u32, number: u32, trigger: u32) {
        let Some(kind) = EventKind::of_number(kind) else {
            return;
        };
        let trigger = trigger.checked_sub(1);
        let occurrence = Occurrence {
            element: (element != 0).then_some(element),
            trigger: trigger
                .and_then(|at| usize::try_from(at).ok())
                .map(TriggerId::from_index),
            number,
            name: if kind == EventKind::Custom {
                value::cut(page::given(Given::Name))
            } else {
                String::new()
            },
            ..Occurrence::of(kind)
        };
        self.evaluate(now, &occurrence);
    }

    /// The page says who its user is.
    pub(crate) fn identify(&mut self, now: u64, user: String) {
        if self.begun {
            self.recorder.identify(now, user);
        }
    }

    /// What has been recorded leaves at once: the page may end.
    pub(crate) fn hurry(&mut self, now: u64) {
        self.recorder.hurry(now);
    }

    /// So much of a watched element is in view.
    pub(crate) fn seen(&mut self, now: u64, watched: Watched, view: &View) {
        if let Some((_, wanted)) = self.slot(watched.slot) {
            self.dwell
                .report(now, watched, wanted.for_ms, view.is_enough(wanted.percent));
        }
    }

    /// Whether the page is in the foreground, and whether it has the focus.
    pub(crate) fn attend(&mut self, now: u64, in_foreground: bool, engaged: bool) {
        self.engagement.turn(now, engaged);
        self.dwell.turn(now, in_foreground);
    }

    /// The page is hidden; `is_final` if it may end at once.
    pub(crate) fn leave(&mut self, now: u64, is_final: bool) {
        if self.begun {
            self.report_engagement(now);
            self.recorder.leave(now, is_final);
        }
    }

    /// The collector answered; status 0 is a network error.
    pub(crate) fn answered(&mut self, now: u64, status: u16) {
        self.recorder.answered(now, status);
    }

    /// Does what is due, and returns when the next thing is.
    pub(crate) fn rest(&mut self, now: u64) -> Option<u64> {
        while let Some(watched) = self.dwell.take(now) {
            let element = page::element_in_view(watched.element);
            if let (1.., Some((trigger, _))) = (element, self.slot(watched.slot)) {
                self.evaluate(
                    now,
                    &Occurrence::on(EventKind::Visible, element).watched_for(trigger),
                );
            }
        }
        let report_at = |tag: &Self| {
            let due = tag.engagement.due();
            due.filter(|_| tag.recorder.may_measure())
        };
        if report_at(self).is_some_and(|due| due <= now) {
            self.report_engagement(now);
        }
        self.recorder.send(now);
        let due = [self.dwell.due(), report_at(self), self.recorder.due()];
        due.into_iter().flatten().min()
    }

    fn slot(&self, slot: u32) -> Option<(TriggerId, Visible)> {
        self.watching.get(usize::try_from(slot).ok()?).copied()
    }

    fn begin_view(&mut self, now: u64, url: String, referrer: String, reported: Reported) {
        self.begun = true;
        self.limits = Limits::new();
        self.dwell.clear();
        self.recorder.turn_to(now, url, referrer);
        if reported != Reported::ByRules {
            self.evaluate_but(now, &Occurrence::of(EventKind::Pageview), reported);
        }
        page::rewatch();
    }

    fn evaluate(&mut self, now: u64, occurrence: &Occurrence<u32>) {
        self.evaluate_but(now, occurrence, Reported::No);
    }

    /// The same without what has been reported raw: the events that are sent without any rule.
    fn evaluate_but(&mut self, now: u64, occurrence: &Occurrence<u32>, reported: Reported) {
        if !self.begun {
            return;
        }
        let mut host = PageHost {
            release: self.release,
            recorder: &self.recorder,
            now,
        };
        for firing in evaluate(self.release, occurrence, &mut host, &mut self.limits) {
            if reported != Reported::No && firing.tag.name().is_empty() {
                continue;
            }
            if !firing.waits {
                act(&mut self.recorder, now, &firing);
            } else if self.held.len() < MAX_HELD {
                let view = self.recorder.view_now();
                self.held.push(Held {
                    at: now,
                    view,
                    firing,
                });
            }
        }
    }

    /// There are new answers about consent: does what waited for them, on its own page and at its own time, and forgets
    /// what was refused.
    pub(crate) fn consent(&mut self, now: u64) {
        if self.recorder.is_refused(ANALYTICS) {
            // Time spent without consent is nobody's business.
            self.engagement.take(now);
        }
        self.recorder.ask(now);
        for held in core::mem::take(&mut self.held) {
            let recorder = &self.recorder;
            let categories = || held.firing.tag.consent();
            if categories().any(|it| recorder.is_refused(it)) {
                continue;
            }
            if categories().any(|it| recorder.consent_to(it).is_none()) {
                self.held.push(held);
                continue;
            }
            let present = core::mem::replace(&mut self.recorder.view, held.view);
            act(&mut self.recorder, held.at, &held.firing);
            self.recorder.view = present;
        }
    }

    fn report_engagement(&mut self, now: u64) {
        if !self.recorder.may_measure() {
            return;
        }
        let engaged_ms = self.engagement.take(now);
        if engaged_ms > 0 && self.release.reports_engagement() {
            self.recorder.record(
                now,
                &Draft {
                    engaged_ms,
                    ..Draft::automatic("engagement")
                },
            );
        }
    }
}

/// Does what a tag asks for.
fn act(recorder: &mut Recorder, now: u64, firing: &Firing<'_>) {
    let text = |at: usize| firing.props.get(at).map_or("", |(_, value)| value.as_str());
    match firing.tag.kind() {
        TagKind::Event => recorder.record(
            now,
            &Draft {
                name: firing.tag.event(),
                tag: firing.tag.name(),
                trigger: firing.trigger.name(),
                element: &firing.element,
                engaged_ms: 0,
                sample: firing.tag.sample(),
                props: &firing.props,
            },
        ),
        TagKind::Pixel => page::pixel(text(0)),
        TagKind::Script => page::script(text(0), text(1)),
        TagKind::Push => {
            let mut entry = String::new();
            write_object(&mut entry, &firing.props);
            page::push(&entry);
        }
    }
}
