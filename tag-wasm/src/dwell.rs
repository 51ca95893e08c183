//! Which watched elements are in view, and for how long: what makes a trigger of the kind `visible` fire.
//!
//! The page reports geometry ([`View`]), this decides. Time counts only while enough of the element is in view and the tab
//! is in the foreground, without a break. An element that is larger than the viewport counts by what fits in it.

use alloc::vec::Vec;

/// Elements in view at a time, at most; the others wait until one has left.
const MAX_IN_VIEW: usize = 256;
/// Browsers compute with fractions of pixels: so much of a percent too little is enough.
const TOLERANCE_PERCENT: f64 = 0.5;

/// The geometry of an element: what of it is in view, the whole, and the viewport, in pixels.
pub(crate) struct View {
    pub(crate) visible: (f64, f64),
    pub(crate) element: (f64, f64),
    pub(crate) viewport: (f64, f64),
}

impl View {
    /// The percentage in view of what could be at most. An element without an area is never in view.
    fn percent(&self) -> f64 {
        let most = self.element.0.min(self.viewport.0) * self.element.1.min(self.viewport.1);
        if most > 0.0 {
            100.0 * self.visible.0 * self.visible.1 / most
        } else {
            0.0
        }
    }

    /// Whether that is as much as a trigger asks for.
    pub(crate) fn is_enough(&self, wanted_percent: u8) -> bool {
        let percent = self.percent();
        percent > 0.0 && percent + TOLERANCE_PERCENT >= f64::from(wanted_percent)
    }
}

/// An element and the trigger that waits for it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Watched {
    /// The element's own number.
    pub(crate) element: u32,
    /// Position in the list of triggers that watch.
    pub(crate) slot: u32,
}

/// The elements in view.
#[derive(Default)]
pub(crate) struct Dwell {
    in_view: Vec<InView>,
    in_foreground: bool,
}

struct InView {
    watched: Watched,
    for_ms: u64,
    since: u64,
}

impl Dwell {
    /// Enough of an element has come into view, or no longer is.
    pub(crate) fn report(&mut self, now: u64, watched: Watched, for_ms: u32, enough: bool) {
        let known = self.in_view.iter().position(|it| it.watched == watched);
        match known {
            Some(at) if !enough => {
                self.in_view.swap_remove(at);
            }
            None if enough && self.in_view.len() < MAX_IN_VIEW => {
                self.in_view.push(InView {
                    watched,
                    for_ms: for_ms.into(),
                    since: now,
                });
            }
            Some(_) | None => {}
        }
    }

    /// The tab came to the foreground or left it: time begins anew.
    pub(crate) fn turn(&mut self, now: u64, in_foreground: bool) {
        if in_foreground && !self.in_foreground {
            for it in &mut self.in_view {
                it.since = now;
            }
        }
        self.in_foreground = in_foreground;
    }

    /// Forgets everything: another page view has begun.
    pub(crate) fn clear(&mut self) {
        self.in_view.clear();
    }

    /// When the next element will have been in view for long enough.
    pub(crate) fn due(&self) -> Option<u64> {
        if !self.in_foreground {
            return None;
        }
        self.in_view.iter().map(|it| it.since + it.for_ms).min()
    }

    /// An element that has been in view for long enough. It is forgotten.
    pub(crate) fn take(&mut self, now: u64) -> Option<Watched> {
        if !self.in_foreground {
            return None;
        }
        let at = self
            .in_view
            .iter()
            .position(|it| it.since + it.for_ms <= now)?;
        Some(self.in_view.swap_remove(at).watched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WATCHED: Watched = Watched {
        element: 1,
        slot: 0,
    };

    fn view(visible: (f64, f64), element: (f64, f64)) -> View {
        View {
            visible,
            element,
            viewport: (1000.0, 800.0),
        }
    }

    #[test]
    fn share_is_of_what_fits() {
        assert!(view((100.0, 50.0), (100.0, 100.0)).is_enough(50));
        assert!(!view((100.0, 49.0), (100.0, 100.0)).is_enough(50));
        assert!(
            view((100.0, 49.6), (100.0, 100.0)).is_enough(50),
            "fractions of pixels"
        );
        // Five screens tall, a whole screen of it in view.
        assert!(view((500.0, 800.0), (500.0, 4000.0)).is_enough(100));
        assert!(view((500.0, 400.0), (500.0, 4000.0)).is_enough(50));
        assert!(!view((500.0, 390.0), (500.0, 4000.0)).is_enough(50));
        // Wider and taller.
        assert!(view((1000.0, 400.0), (3000.0, 4000.0)).is_enough(50));
    }

    #[test]
    fn nothing_is_never_enough() {
        assert!(!view((0.0, 0.0), (0.0, 0.0)).is_enough(1));
        assert!(!view((0.0, 100.0), (0.0, 100.0)).is_enough(1));
        assert!(!view((0.0, 0.0), (100.0, 100.0)).is_enough(1));
        assert!(!view((f64::NAN, 1.0), (1.0, 1.0)).is_enough(1));
    }

    #[test]
    fn fires_after_its_time_and_only_once() {
        let mut dwell = Dwell::default();
        dwell.turn(0, true);
        dwell.report(1_000, WATCHED, 500, true);
        dwell.report(1_300, WATCHED, 500, true);
        assert_eq!(dwell.due(), Some(1_500));
        assert_eq!(dwell.take(1_499), None);
        assert_eq!(dwell.take(1_500), Some(WATCHED));
        assert_eq!(dwell.take(1_500), None);
        assert_eq!(dwell.due(), None);
    }

    #[test]
    fn leaving_or_a_hidden_tab_begins_anew() {
        let mut dwell = Dwell::default();
        dwell.turn(0, true);
        dwell.report(0, WATCHED, 500, true);
        dwell.report(400, WATCHED, 500, false);
        dwell.report(450, WATCHED, 500, true);
        assert_eq!(dwell.due(), Some(950));
        dwell.turn(600, false);
        assert_eq!((dwell.due(), dwell.take(5_000)), (None, None));
        dwell.turn(7_000, true);
        assert_eq!(dwell.due(), Some(7_500));
        dwell.turn(7_100, true);
        assert_eq!(dwell.due(), Some(7_500), "it was in the foreground already");
    }

    #[test]
    fn is_bounded() {
        let mut dwell = Dwell::default();
        dwell.turn(0, true);
        for element in 0..10_000 {
            dwell.report(0, Watched { element, slot: 0 }, 0, true);
        }
        assert_eq!(dwell.in_view.len(), MAX_IN_VIEW);
    }
}
