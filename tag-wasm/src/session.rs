//! Sessions: where one ends and the next begins.
//!
//! 30 minutes without an event end a session, 24 hours at most, and so does a page view that comes from a paid click or a
//! campaign the session did not come from. Midnight does not. The state is kept by the browser and shared by its tabs:
//!
//! ```text
//! 1.<id>.<started ms>.<last ms>.<last ts>.<number>.<seq>.<campaign> <entry address> <entry referrer>
//! ```
//!
//! Numbers are decimal, id and campaign hexadecimal. What cannot be read is as if it were not there.

use alloc::string::String;

use crate::campaign;
use crate::text::{Pieces, cut, parse_hex, parse_integer, push_hex, push_integer};

/// Without an event for so long, a session has ended.
const IDLE_MS: u64 = 30 * 60_000;
/// No session is longer.
const MAX_MS: u64 = 24 * 3_600_000;
/// What happened so long ago waited for consent: it keeps its time.
const WAITED_MS: u64 = 1_000;
/// A stored time this far ahead of the clock was written while the clock was wrong.
const MAX_AHEAD_MS: u64 = 5 * 60_000;

/// The present session of this browser.
#[derive(Clone, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Session {
    /// Upper half: the second at which it began; lower half: random.
    pub(crate) id: u64,
    /// Which session of this visitor, from 1.
    pub(crate) number: u32,
    /// Address of its first page.
    pub(crate) entry_url: String,
    /// Referrer of its first page.
    pub(crate) entry_referrer: String,
    started: u64,
    /// When it was last active.
    last: u64,
    /// Time of its last event: times of events strictly increase.
    last_ts: u64,
    /// Position of its last event.
    seq: u32,
    campaign: u64,
}

/// The first page of a session.
pub(crate) struct Entry<'a> {
    /// Its address.
    pub(crate) url: &'a str,
    /// The page before.
    pub(crate) referrer: &'a str,
}

/// The place of an event in its session.
#[derive(Debug, PartialEq)]
pub(crate) struct Place {
    /// Time of the event.
    pub(crate) ts: u64,
    /// Position in the session.
    pub(crate) seq: u32,
}

impl Session {
    /// Begins the session after `before`.
    pub(crate) fn begin(before: Option<&Self>, now: u64, random: u32, entry: &Entry<'_>) -> Self {
        Self {
            id: (now / 1000) << 32 | u64::from(random),
            number: before.map_or(1, |before| before.number.saturating_add(1)),
            entry_url: String::from(entry.url),
            entry_referrer: String::from(entry.referrer),
            started: now,
            last: now,
            last_ts: 0,
            seq: 0,
            campaign: campaign::key(entry.url),
        }
    }

    /// Whether it goes on at `now`.
    pub(crate) fn is_live(&self, now: u64) -> bool {
        now < self.last + IDLE_MS && now < self.started + MAX_MS && self.last < now + MAX_AHEAD_MS
    }

    /// Whether a page view of this address belongs to it: not if it comes from another campaign.
    pub(crate) fn takes_in(&self, url: &str) -> bool {
        let key = campaign::key(url);
        key == 0 || key == self.campaign
    }

    /// Makes room for an event.
    pub(crate) fn place(&mut self, now: u64) -> Place {
        self.last = self.last.max(now);
        self.seq = self.seq.saturating_add(1);
        let ts = if now + WAITED_MS < self.last_ts {
            now
        } else {
            self.last_ts = now.max(self.last_ts + 1);
            self.last_ts
        };
        Place { ts, seq: self.seq }
    }

    /// Takes over what another tab has written since: its events, or its newer session.
    pub(crate) fn merge(&mut self, other: Self) {
        if other.id == self.id {
            self.last = self.last.max(other.last);
            self.last_ts = self.last_ts.max(other.last_ts);
            self.seq = self.seq.max(other.seq);
        } else if other.number > self.number || other.started > self.started {
            *self = other;
        }
    }

    /// The text that is stored.
    pub(crate) fn write(&self) -> String {
        let mut out = String::with_capacity(128);
        out.push_str("1.");
        push_hex(&mut out, self.id, 16);
        for number in [
            self.started,
            self.last,
            self.last_ts,
            self.number.into(),
            self.seq.into(),
        ] {
            out.push('.');
            push_integer(&mut out, number);
        }
        out.push('.');
        campaign::push(&mut out, self.campaign);
        for address in [&self.entry_url, &self.entry_referrer] {
            out.push(' ');
            out.push_str(address);
        }
        out
    }

    /// Reads the text that was stored.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (fields, addresses) = cut(text, b' ');
        let (entry_url, entry_referrer) = cut(addresses?, b' ');
        let mut fields = Pieces {
            rest: fields,
            separator: b'.',
        };
        if fields.next()? != "1" {
            return None;
        }
        let id = parse_hex(fields.next()?)?;
        let mut number = || parse_integer(fields.next()?);
        let (started, last, last_ts) = (number()?, number()?, number()?);
        let (session_number, seq) = (number()?, number()?);
        Some(Self {
            id,
            number: u32::try_from(session_number).ok()?,
            entry_url: String::from(entry_url),
            entry_referrer: String::from(entry_referrer?),
            // Times of the far future would overflow the sums above.
            started: started.min(u64::MAX >> 8),
            last: last.min(u64::MAX >> 8),
            last_ts: last_ts.min(u64::MAX >> 8),
            seq: u32::try_from(seq).ok()?,
            campaign: parse_hex(fields.next()?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_463_112_345;
    const MINUTE: u64 = 60_000;

    fn begin(url: &str) -> Session {
        Session::begin(
            None,
            NOW,
            7,
            &Entry {
                url,
                referrer: "https://ya.ru/",
            },
        )
    }

    #[test]
    fn the_id_holds_the_second_it_began() {
        let session = begin("https://a.example/");
        assert_eq!(session.id, (1_795_463_112 << 32) | 7);
        assert_eq!(session.number, 1);
    }

    #[test]
    fn half_an_hour_of_silence_ends_it() {
        let mut session = begin("https://a.example/");
        session.place(NOW + 20 * MINUTE);
        assert!(session.is_live(NOW + 49 * MINUTE));
        assert!(!session.is_live(NOW + 50 * MINUTE));
    }

    #[test]
    fn a_day_ends_it() {
        let mut session = begin("https://a.example/");
        for minute in (0..24 * 60).step_by(10) {
            assert!(session.is_live(NOW + minute * MINUTE), "{minute}");
            session.place(NOW + minute * MINUTE);
        }
        assert!(!session.is_live(NOW + 24 * 60 * MINUTE));
    }

    #[test]
    fn a_state_from_the_future_is_not_believed() {
        let session = begin("https://a.example/");
        assert!(session.is_live(NOW - 4 * MINUTE));
        assert!(!session.is_live(NOW - 6 * MINUTE));
    }

    #[test]
    fn another_campaign_ends_it_and_none_does_not() {
        let session = begin("https://a.example/?gclid=1");
        assert!(session.takes_in("https://a.example/other"));
        assert!(session.takes_in("https://a.example/?gclid=1"));
        assert!(!session.takes_in("https://a.example/?gclid=2"));
        assert!(!begin("https://a.example/").takes_in("https://a.example/?utm_campaign=x"));
    }

    #[test]
    fn times_and_positions_strictly_increase_even_if_the_clock_does_not() {
        let mut session = begin("https://a.example/");
        let places: Vec<_> = [NOW, NOW, NOW - 500, NOW + 10]
            .map(|now| session.place(now))
            .into();
        assert_eq!(
            places,
            [(NOW, 1), (NOW + 1, 2), (NOW + 2, 3), (NOW + 10, 4)]
                .map(|(ts, seq)| Place { ts, seq })
        );
    }

    #[test]
    fn survives_storage() {
        let mut session = begin("https://a.example/?gclid=1&b=%20");
        session.place(NOW + 5);
        assert_eq!(Session::read(&session.write()), Some(session.clone()));
        session.entry_referrer = String::new();
        assert_eq!(Session::read(&session.write()), Some(session));
    }

    #[test]
    fn what_is_damaged_is_not_there() {
        let whole = begin("https://a.example/").write();
        for text in ["", "1", "null", "{}", "2.1.1.1.1.1.1.1 a b"] {
            assert_eq!(Session::read(text), None, "{text}");
        }
        for end in 0..whole.rfind(' ').unwrap() {
            assert_eq!(Session::read(whole.get(..end).unwrap()), None, "{end}");
        }
        let far = "1.1.18446744073709551615.18446744073709551615.18446744073709551615.1.1.0 a b";
        let mut session = Session::read(far).unwrap();
        assert!(!session.is_live(NOW));
        session.place(NOW);
    }

    #[test]
    fn tabs_share_it() {
        let mut here = begin("https://a.example/");
        let mut there = here.clone();
        there.place(NOW + 10);
        there.place(NOW + 20);
        here.merge(there.clone());
        assert_eq!(
            here.place(NOW + 15),
            Place {
                ts: NOW + 21,
                seq: 3
            }
        );

        let entry = Entry {
            url: "https://a.example/?gclid=9",
            referrer: "",
        };
        let newer = Session::begin(Some(&there), NOW + 30, 8, &entry);
        here.merge(newer.clone());
        assert_eq!(here, newer);
        here.merge(there);
        assert_eq!(here, newer, "an older session does not come back");
    }
}
