//! Step `time`: when the event happened, and on which day its session began.
//!
//! A sender's clock may be wrong by minutes or by decades. How wrong shows from the time it says it sent at and the time
//! the request arrived. A small difference is network and rounding, and is left alone. A large one is taken off, in whole
//! minutes, so that a repeat of the same event gets the same time and therefore the same sorting key. What is still in
//! the future or too long ago is taken to have happened when it arrived: no event may open a partition of its own.
//!
//! The session's id stays as the sender made it, because it must be the same for every batch of the session; only its day
//! follows the corrected clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Changes;
use crate::limits::{CLOCK_TOLERANCE_MS, MAX_EVENT_AGE_MS, MAX_SESSION_MS};
use crate::outcome::Change;
use crate::parse::ValidSession;

const MINUTE_MS: i64 = 60_000;
const DAY_S: i64 = 86_400;

/// A sender's clock against ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SenderClock {
    received_ms: i64,
    skew_ms: i64,
    max_age_ms: i64,
}

/// Where an event is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// When it happened, ms since 1970.
    pub(crate) ts_ms: i64,
    /// Days since 1970.
    pub(crate) session_date: u16,
}

impl SenderClock {
    /// `sent_ms` by the sender's clock, `received_ms` by ours.
    pub(crate) fn new(sent_ms: Option<i64>, received_ms: i64) -> Self {
        let difference = sent_ms.map_or(0, |sent| received_ms.saturating_sub(sent));
        let skew_ms = if difference.saturating_abs() <= CLOCK_TOLERANCE_MS {
            0
        } else {
            difference
                .saturating_add(MINUTE_MS / 2)
                .div_euclid(MINUTE_MS)
                .saturating_mul(MINUTE_MS)
        };
        Self {
            received_ms,
            skew_ms,
            max_age_ms: MAX_EVENT_AGE_MS,
        }
    }

    /// For a sender that is trusted with what happened long ago.
    pub(crate) fn of_any_past(self) -> Self {
        Self {
            max_age_ms: i64::MAX,
            ..self
        }
    }

    /// Places an event of `ts_ms` by the sender's clock.
    pub(crate) fn place(
        self,
        ts_ms: i64,
        session: Option<ValidSession>,
        zone: &TimeZone,
        changes: &mut Changes,
    ) -> Moment {
        if self.skew_ms != 0 {
            changes.note(Change::ClockCorrected);
        }
        let mut ts = ts_ms.saturating_add(self.skew_ms);
        if ts > self.received_ms.saturating_add(CLOCK_TOLERANCE_MS) {
            changes.note(Change::FutureTime);
            ts = self.received_ms;
        } else if ts < self.received_ms.saturating_sub(self.max_age_ms) {
            changes.note(Change::AncientTime);
            ts = self.received_ms;
        }
        let began = session.map_or(ts, |session| {
            let began = session.start_ms().saturating_add(self.skew_ms);
            let latest = ts.saturating_add(CLOCK_TOLERANCE_MS);
            let earliest = ts.saturating_sub(MAX_SESSION_MS + CLOCK_TOLERANCE_MS);
            if (earliest..=latest).contains(&began) {
                began
            } else {
                changes.note(Change::SessionStart);
                ts
            }
        });
        Moment {
            ts_ms: ts,
            session_date: day_in(zone, began),
        }
    }
}

/// The day of `ms` in `zone`, in days since 1970. Times before 1970 are on its first day.
fn day_in(zone: &TimeZone, ms: i64) -> u16 {
    let offset = Timestamp::from_millisecond(ms).map_or(0, |at| zone.to_offset(at).seconds());
    let days = ms
        .div_euclid(1_000)
        .saturating_add(i64::from(offset))
        .div_euclid(DAY_S);
    u16::try_from(days.max(0)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_435_200_000; // 2026-11-23T12:00:00Z
    const TODAY: u16 = 20_780;

    fn session(start_ms: i64) -> Option<ValidSession> {
        let second = u64::try_from(start_ms / 1_000).unwrap();
        Some(ValidSession {
            id: second << 32 | 7,
            number: 1,
        })
    }

    fn place(sent: i64, ts: i64, session: Option<ValidSession>) -> (Moment, Vec<Change>) {
        let mut changes = Changes::default();
        let moment =
            SenderClock::new(Some(sent), NOON).place(ts, session, &TimeZone::UTC, &mut changes);
        (moment, changes.noted())
    }

    #[test]
    fn a_good_clock_is_left_alone() {
        for off in [0, 1, -1, CLOCK_TOLERANCE_MS, -CLOCK_TOLERANCE_MS] {
            let ts = NOON - off - 1_000;
            let (moment, changes) = place(NOON - off, ts, session(NOON - 60_000));
            assert_eq!(
                moment,
                Moment {
                    ts_ms: ts,
                    session_date: TODAY
                }
            );
            assert_eq!(changes, []);
        }
    }

    #[test]
    fn a_wrong_clock_is_corrected_in_whole_minutes_the_same_at_every_repeat() {
        let lost = 3 * 3_600_000 + 10_000;
        let ts = NOON - lost - 2_000;
        let (first, changes) = place(NOON - lost, ts, session(ts - 60_000));
        assert_eq!(changes, [Change::ClockCorrected]);
        assert_eq!(first.ts_ms, NOON - 12_000);
        for later_ms in [50, 700, 15_000] {
            let clock = SenderClock::new(Some(NOON - lost + later_ms), NOON + later_ms + 300);
            let again = clock.place(
                ts,
                session(ts - 60_000),
                &TimeZone::UTC,
                &mut Changes::default(),
            );
            assert_eq!(again, first, "{later_ms}");
        }
    }

    #[test]
    fn a_clock_of_1970_gives_today() {
        let (moment, changes) = place(60_000, 55_000, session(4_000));
        assert_eq!(changes, [Change::ClockCorrected]);
        assert!((moment.ts_ms - (NOON - 5_000)).abs() <= 30_000);
        assert_eq!(moment.session_date, TODAY);
    }

    #[test]
    fn what_cannot_be_is_taken_for_now() {
        let day = 24 * 3_600_000;
        let cases = [
            (NOON + 6 * 60_000, Change::FutureTime),
            (NOON - 8 * day, Change::AncientTime),
            (0, Change::AncientTime),
            (i64::MAX, Change::FutureTime),
        ];
        for (ts, expected) in cases {
            let (moment, changes) = place(NOON, ts, None);
            assert_eq!(
                moment,
                Moment {
                    ts_ms: NOON,
                    session_date: TODAY
                }
            );
            assert_eq!(changes, [expected]);
        }
        let (moment, changes) = place(NOON, NOON - 6 * day, session(NOON - 6 * day - 1_000));
        assert_eq!((moment.session_date, changes), (TODAY - 6, vec![]));
    }

    #[test]
    fn an_import_keeps_any_past_time_and_no_future_one() {
        let clock = SenderClock::new(None, NOON).of_any_past();
        let place = |ts| clock.place(ts, None, &TimeZone::UTC, &mut Changes::default());
        for (ts, day) in [(1_433_221_332_117, 16_588), (0, 0), (NOON, TODAY)] {
            assert_eq!(
                place(ts),
                Moment {
                    ts_ms: ts,
                    session_date: day
                }
            );
        }
        assert_eq!(place(NOON + 600_000).ts_ms, NOON);
    }

    #[test]
    fn without_a_time_of_sending_nothing_is_corrected() {
        let mut changes = Changes::default();
        let moment =
            SenderClock::new(None, NOON).place(NOON - 5, None, &TimeZone::UTC, &mut changes);
        assert_eq!((moment.ts_ms, changes.noted()), (NOON - 5, vec![]));
    }

    #[test]
    fn the_day_is_that_of_the_sessions_start_in_the_sites_zone() {
        let zone = TimeZone::get("Europe/Moscow").unwrap();
        let clock = SenderClock::new(None, NOON);
        let midnight_in_moscow = NOON - 15 * 3_600_000;
        for (start, day) in [
            (midnight_in_moscow - 1_000, TODAY - 1),
            (midnight_in_moscow, TODAY),
        ] {
            let moment = clock.place(NOON, session(start), &zone, &mut Changes::default());
            assert_eq!(moment.session_date, day);
        }
    }

    #[test]
    fn a_session_that_cannot_have_begun_then_takes_the_day_of_the_event() {
        for start in [NOON + 3_600_000, NOON - 26 * 3_600_000, 0] {
            let (moment, changes) = place(NOON, NOON, session(start));
            assert_eq!(
                (moment.session_date, changes),
                (TODAY, vec![Change::SessionStart])
            );
        }
    }
}
