//! Engaged time: how long the page was visible and had the focus.
//!
//! Counted in stretches. A stretch longer than [`MAX_STRETCH_MS`] was a sleeping computer, not a reader: the tag looks at
//! the clock every [`HEARTBEAT_MS`] while somebody reads.

/// How often engaged time is reported while it goes on, so that little is lost with a browser that is killed.
pub(crate) const HEARTBEAT_MS: u64 = 60_000;
/// No stretch counts for more.
const MAX_STRETCH_MS: u64 = HEARTBEAT_MS + 5_000;
/// Less is not worth an event.
const MIN_REPORT_MS: u64 = 100;

/// The clock of one page.
#[derive(Default)]
pub(crate) struct Engagement {
    /// Start of the stretch that goes on now.
    since: Option<u64>,
    /// Counted and not reported.
    waiting_ms: u64,
}

impl Engagement {
    /// The page came to the front of the visitor, or left it.
    pub(crate) fn turn(&mut self, now: u64, engaged: bool) {
        self.count(now);
        self.since = engaged.then_some(now);
    }

    /// When the next report is due, if nothing changes.
    pub(crate) fn due(&self) -> Option<u64> {
        let since = self.since?;
        Some(since + HEARTBEAT_MS.saturating_sub(self.waiting_ms))
    }

    /// What has not been reported; 0 if too little to report.
    pub(crate) fn take(&mut self, now: u64) -> u32 {
        self.count(now);
        if self.waiting_ms < MIN_REPORT_MS {
            return 0;
        }
        let waiting_ms = core::mem::take(&mut self.waiting_ms);
        u32::try_from(waiting_ms).unwrap_or(u32::MAX)
    }

    fn count(&mut self, now: u64) {
        if let Some(since) = self.since {
            self.waiting_ms += now.saturating_sub(since).min(MAX_STRETCH_MS);
            self.since = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_only_while_engaged_and_reports_once() {
        let mut time = Engagement::default();
        assert_eq!(time.due(), None);
        time.turn(1_000, true);
        assert_eq!(time.due(), Some(1_000 + HEARTBEAT_MS));
        time.turn(4_000, false);
        time.turn(9_000, true);
        assert_eq!(time.due(), Some(9_000 + HEARTBEAT_MS - 3_000));
        assert_eq!(time.take(11_000), 5_000);
        assert_eq!(time.take(11_000), 0);
        assert_eq!(time.take(12_000), 1_000);
    }

    #[test]
    fn a_glance_waits_until_it_is_worth_an_event() {
        let mut time = Engagement::default();
        time.turn(0, true);
        time.turn(60, false);
        assert_eq!(time.take(70), 0);
        time.turn(100, true);
        assert_eq!(time.take(140), 100);
    }

    #[test]
    fn sleep_and_a_clock_set_back_are_not_reading() {
        let mut time = Engagement::default();
        time.turn(1_000, true);
        assert_eq!(u64::from(time.take(8 * 3_600_000)), MAX_STRETCH_MS);
        assert_eq!(time.take(0), 0);
        assert_eq!(time.take(500), 500);
    }
}
