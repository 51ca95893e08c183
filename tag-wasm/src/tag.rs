//! The tag as its loader drives it: one method for each thing that can happen on a page.
//!
//! Every method takes the time in milliseconds since 1970 and returns after how many milliseconds it wants to be woken, or
//! -1. The loader calls one at a time, never from within another.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;
use weir_rules::evaluate::{Occurrence, evaluate};
use weir_rules::id::TriggerId;
use weir_rules::limits::Limits;
use weir_rules::release::{Release, Visible};

use crate::dwell::{Dwell, View, Watched};
use crate::engagement::Engagement;
use crate::host::PageHost;
use crate::navigation::is_same_view;
use crate::page;
use crate::recorder::{Draft, Recorder};

/// The page came back from the browser's memory: `RESTORED` in `js/listen.js`.
const RESTORED: u8 = 1;

/// The tag of one page load.
#[wasm_bindgen]
pub struct Tag {
    release: Release,
    /// Triggers that wait until an element has been seen, at the positions that the page knows as slots.
    watching: Vec<(TriggerId, Visible)>,
    limits: Limits,
    dwell: Dwell,
    engagement: Engagement,
    recorder: Recorder,
    /// A page view has begun.
    begun: bool,
}

#[wasm_bindgen]
impl Tag {
    /// Reads the release. `None` if it is none, or not of this version.
    pub fn start(release: &[u8]) -> Option<Tag> {
        let release = Release::read(release).ok()?;
        for selector in release.selectors() {
            page::define_selector(selector);
        }
        for pattern in release.patterns() {
            page::define_pattern(&pattern.source, pattern.ignore_case);
        }
        let watching: Vec<_> = release.visible_triggers().collect();
        for (_, wanted) in &watching {
            page::watch(
                u32::try_from(wanted.selector.index()).ok()?,
                wanted.percent.into(),
            );
        }
        Some(Tag {
            recorder: Recorder::new(&release),
            release,
            watching,
            limits: Limits::new(),
            dwell: Dwell::default(),
            engagement: Engagement::default(),
            begun: false,
        })
    }

    /// A page was loaded, or came back from the browser's memory.
    pub fn page(&mut self, now: f64, kind: u8, url: String, referrer: String) -> f64 {
        let now = millis(now);
        if !self.begun || kind == RESTORED {
            self.begin_view(now, url, referrer);
        }
        self.rest(now)
    }

    /// The address changed without a load.
    pub fn moved(&mut self, now: f64, url: String) -> f64 {
        let now = millis(now);
        if is_same_view(&self.recorder.view.url, &url) {
            self.recorder.rename_view(url);
        } else if self.begun {
            self.report_engagement(now);
            let referrer = self.recorder.view.url.clone();
            self.begin_view(now, url, referrer);
        }
        self.rest(now)
    }

    /// A click; `target` is the innermost element.
    pub fn click(&mut self, now: f64, target: u32) -> f64 {
        if target != 0 {
            self.evaluate(millis(now), &Occurrence::Click { target });
        }
        self.rest(millis(now))
    }

    /// A form was sent.
    pub fn form(&mut self, now: f64, form: u32) -> f64 {
        if form != 0 {
            self.evaluate(millis(now), &Occurrence::Form { form });
        }
        self.rest(millis(now))
    }

    /// How much of a watched element is in view, in pixels: of it, in all, and of the viewport.
    #[expect(
        clippy::too_many_arguments,
        reason = "numbers cross the border of the module for free, objects do not"
    )]
    pub fn seen(
        &mut self,
        now: f64,
        slot: u32,
        element: u32,
        visible_width: f64,
        visible_height: f64,
        width: f64,
        height: f64,
        viewport_width: f64,
        viewport_height: f64,
    ) -> f64 {
        let wanted = usize::try_from(slot)
            .ok()
            .and_then(|slot| self.watching.get(slot));
        if let Some((_, wanted)) = wanted {
            let view = View {
                visible: (visible_width, visible_height),
                element: (width, height),
                viewport: (viewport_width, viewport_height),
            };
            let enough = view.is_enough(wanted.percent);
            self.dwell.report(
                millis(now),
                Watched { element, slot },
                wanted.for_ms,
                enough,
            );
        }
        self.rest(millis(now))
    }

    /// Whether the page is in the foreground, and whether it has the focus.
    pub fn attend(&mut self, now: f64, in_foreground: bool, engaged: bool) -> f64 {
        let now = millis(now);
        self.engagement.turn(now, engaged);
        self.dwell.turn(now, in_foreground);
        self.rest(now)
    }

    /// The page is hidden; `is_final` if it may end at once.
    pub fn leave(&mut self, now: f64, is_final: bool) -> f64 {
        let now = millis(now);
        if self.begun {
            self.report_engagement(now);
            self.recorder.leave(now, is_final);
        }
        self.rest(now)
    }

    /// The collector answered; status 0 is a network error.
    pub fn answered(&mut self, now: f64, status: u16) -> f64 {
        self.recorder.answered(millis(now), status);
        self.rest(millis(now))
    }

    /// The time that was asked for has passed.
    pub fn wake(&mut self, now: f64) -> f64 {
        self.rest(millis(now))
    }
}

impl Tag {
    fn begin_view(&mut self, now: u64, url: String, referrer: String) {
        self.begun = true;
        self.limits = Limits::new();
        self.dwell.clear();
        self.recorder.turn_to(now, url, referrer);
        self.recorder.record(now, &Draft::automatic("pageview"));
        self.evaluate(now, &Occurrence::Pageview);
        page::rewatch();
    }

    fn evaluate(&mut self, now: u64, occurrence: &Occurrence<u32>) {
        if !self.begun {
            return;
        }
        let mut host = PageHost {
            view: &self.recorder.view,
        };
        let firings = evaluate(&self.release, occurrence, &mut host, &mut self.limits);
        for firing in firings {
            self.recorder.record(
                now,
                &Draft {
                    name: firing.tag.event(),
                    tag: firing.tag.name(),
                    trigger: firing.trigger.name(),
                    element: &firing.element,
                    engaged_ms: 0,
                    props: &firing.props,
                },
            );
        }
    }

    fn report_engagement(&mut self, now: u64) {
        let engaged_ms = self.engagement.take(now);
        if engaged_ms > 0 {
            self.recorder.record(
                now,
                &Draft {
                    engaged_ms,
                    ..Draft::automatic("engagement")
                },
            );
        }
    }

    /// Does what is due, and returns when the next thing is.
    fn rest(&mut self, now: u64) -> f64 {
        while let Some(watched) = self.dwell.take(now) {
            let element = page::element_in_view(watched.element);
            let slot = usize::try_from(watched.slot)
                .ok()
                .and_then(|slot| self.watching.get(slot));
            if let (1.., Some((trigger, _))) = (element, slot) {
                let occurrence = Occurrence::Visible {
                    element,
                    trigger: *trigger,
                };
                self.evaluate(now, &occurrence);
            }
        }
        if self.engagement.due().is_some_and(|due| due <= now) {
            self.report_engagement(now);
        }
        self.recorder.send(now);
        let due = [self.dwell.due(), self.engagement.due(), self.recorder.due()];
        match due.into_iter().flatten().min() {
            Some(due) => wait(due.saturating_sub(now)),
            None => -1.0,
        }
    }
}

/// Milliseconds as JavaScript counts them. What is no time is the beginning of time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, as wanted"
)]
fn millis(now: f64) -> u64 {
    now as u64
}

/// A pause for `setTimeout`, which takes 31 bits.
fn wait(ms: u64) -> f64 {
    f64::from(u32::try_from(ms).unwrap_or(u32::MAX).min(0x7fff_ffff))
}
