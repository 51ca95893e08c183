//! When an import, or late events, make the past another one, so that what was counted of it is counted again.

use std::time::Instant;

/// What is known of the days that are over: imports and late events change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct History {
    /// Events of these days, as seen last.
    pub(super) events: u64,
    /// Hardly anything has been added to them since the round before.
    pub(super) rests: bool,
    /// As many there were when the KPIs were counted.
    pub(super) counted: u64,
    /// As many there were when past days of KPIs were begun to be counted.
    pub(super) begun: u64,
    /// Days that were counted before this moment are counted again.
    pub(super) since_ms: i64,
}

impl History {
    /// One more or less of so many events makes the past another one.
    const OTHER: u64 = 100;
    /// Of so many it is a late event, as they always come.
    const LATE: u64 = 1000;

    pub(super) fn new(events: u64) -> Self {
        Self {
            events,
            rests: false,
            counted: events,
            begun: events,
            since_ms: 0,
        }
    }

    /// What becomes of it when there are so many events.
    pub(super) fn seen(self, events: u64) -> Self {
        let is_other = events.abs_diff(self.begun) > self.begun / Self::OTHER;
        Self {
            events,
            rests: events.abs_diff(self.events) <= self.events / Self::LATE,
            counted: self.counted,
            begun: if is_other { events } else { self.begun },
            since_ms: match is_other {
                true => jiff::Timestamp::now().as_millisecond(),
                false => self.since_ms,
            },
        }
    }

    /// Whether KPIs may be another number than was counted.
    pub(super) fn lags(&self) -> bool {
        self.events.abs_diff(self.counted) > self.counted / Self::LATE
    }

    /// Whether they may, and it is time to count again.
    pub(super) fn is_to_be_counted(&self, after: Option<Instant>) -> bool {
        self.lags() && after.is_none_or(|after| after <= Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_import_is_waited_for_and_makes_the_past_another_one() {
        let first = History::new(1000);
        assert!(!first.rests, "nobody knows yet whether more is coming");
        let still = first.seen(1000);
        assert!(still.rests && !still.is_to_be_counted(None));
        // Some that were late: the KPIs are counted again, past days are not.
        let late = still.seen(1005);
        assert!(!late.rests && late.is_to_be_counted(None));
        assert_eq!(late.since_ms, 0);
        // A month that is filled in: what was counted of it is worth nothing.
        let imported = late.seen(3000);
        assert!(!imported.rests && imported.since_ms > 0);
        let done = imported.seen(3000);
        assert!(done.rests);
        assert_eq!(done.since_ms, imported.since_ms);
        let soon = Instant::now() + Duration::from_secs(60);
        assert!(!done.is_to_be_counted(Some(soon)), "not all the time");
    }
}
