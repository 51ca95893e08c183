//! Events on their way to the collector: gathered, sealed into batches, sent one at a time, repeated until answered.
//!
//! ```text
//! add -> gathered events --seal--> waiting batches --take_due--> one in flight --answered--> gone, or waiting again
//!                                        `--leave--> gone by beacon
//! ```
//!
//! A sealed batch never changes but for the time at which it is sent, so a repeat carries the same event ids. What is
//! bounded: a batch by bytes and pages, everything together by [`MAX_BYTES`]; beyond that, new events are dropped.
//! This module neither sends nor stores: it says what to send, and what the browser is to keep ([`Copy`]).

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use weir_rules::payload::{BatchHeader, EventText, Page, Session as PayloadSession, write_batch};

use crate::session::Session;
use crate::text::push_integer;

/// An event leaves so long after it happened, with whatever else has happened meanwhile.
const FLUSH_AFTER_MS: u64 = 250;
/// Bytes of a request. The browser allows 64 KiB for all requests that outlive the page together.
const MAX_BATCH_BYTES: usize = 48 * 1024;
/// Bytes of a batch that are not events: identifiers and the first page of the session.
const HEADER_BYTES: usize = 6 * 1024;
/// Bytes of a page in a batch beside its address and referrer, if its title is of ordinary length.
const PAGE_BYTES: usize = 160;
/// Pages that a batch may name, by the protocol.
const MAX_PAGES: usize = 50;
/// Bytes of everything that has not been answered.
const MAX_BYTES: usize = 256 * 1024;
/// Pause after the first failure; it doubles with each further one.
const FIRST_PAUSE_MS: u64 = 1_000;
/// The longest pause.
const MAX_PAUSE_MS: u64 = 60_000;
/// Where the time of sending begins in a body. The protocol version and the site come before it.
const SENT_KEY: &str = ",\"sent\":";

/// A page as the events of a batch name it.
#[derive(Clone, Default)]
pub(crate) struct PageRecord {
    /// Which page view of this page load: two views of one address are two pages.
    pub(crate) view: u32,
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) referrer: String,
}

/// What all batches of this page load have in common.
pub(crate) struct Origin {
    pub(crate) site: String,
    pub(crate) visitor: u64,
    pub(crate) release: u32,
}

/// A body on its way.
struct Batch {
    body: String,
    /// The browser keeps a copy for the next page.
    kept: bool,
}

/// What the browser is to do with its copy of a body.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) enum Copy {
    /// Keep one: nobody may be here to repeat it.
    Keep(String),
    /// There is none, or it is no longer needed.
    Forget(String),
}

/// Whether there is room for an event.
#[derive(PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Room {
    /// There is.
    Enough,
    /// There is once the gathered events have been sealed.
    AfterSeal,
    /// There is none.
    None,
}

/// What the collector's answer means for a batch.
#[derive(Clone, Copy, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Verdict {
    /// It is on disk.
    Accepted,
    /// It will never be accepted.
    Refused,
    /// It may be accepted later.
    Again,
}

impl Verdict {
    /// Status 0 is a network error.
    pub(crate) fn of(status: u16) -> Self {
        match status {
            200..300 => Self::Accepted,
            0 | 408 | 429 | 500.. => Self::Again,
            _ => Self::Refused,
        }
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Outbox {
    pages: Vec<PageRecord>,
    events: Vec<(u32, EventText)>,
    /// Bytes of `pages` and `events`.
    gathered_bytes: usize,
    /// When the gathered events are to leave.
    flush_at: Option<u64>,
    waiting: VecDeque<Batch>,
    in_flight: Option<Batch>,
    failures: u32,
    /// Not before then is anything sent.
    not_before: u64,
    /// Whether the last answer was good.
    trusted: bool,
}

impl Outbox {
    /// Whether there is room for an event that happened on `page`.
    pub(crate) fn room_for(&self, page: &PageRecord, event: &EventText) -> Room {
        let bytes = weight(page, event);
        if self.bytes() + bytes > MAX_BYTES || bytes + HEADER_BYTES > MAX_BATCH_BYTES {
            Room::None
        } else if self.gathered_bytes + bytes + HEADER_BYTES > MAX_BATCH_BYTES
            || self.pages.len() >= MAX_PAGES
        {
            Room::AfterSeal
        } else {
            Room::Enough
        }
    }

    /// Takes an event that happened on `page`. There must be room, and the session must be that of the events gathered
    /// before.
    pub(crate) fn add(&mut self, now: u64, page: &PageRecord, event: EventText) {
        self.gathered_bytes += weight(page, &event);
        let is_known = self
            .pages
            .last()
            .is_some_and(|last| last.view == page.view && last.url == page.url);
        if !is_known {
            self.pages.push(page.clone());
        }
        let index = u32::try_from(self.pages.len())
            .unwrap_or(1)
            .saturating_sub(1);
        self.events.push((index, event));
        self.flush_at.get_or_insert(now + FLUSH_AFTER_MS);
    }

    /// Gives the page of the latest event its title, which pages set late.
    pub(crate) fn set_title(&mut self, page: &PageRecord) {
        if let Some(last) = self.pages.last_mut()
            && last.view == page.view
        {
            last.title.clone_from(&page.title);
        }
    }

    /// Makes a batch of what has been gathered, if anything has.
    pub(crate) fn seal(&mut self, now: u64, origin: &Origin, session: &Session) {
        self.flush_at = None;
        self.gathered_bytes = 0;
        let events = core::mem::take(&mut self.events);
        let records = core::mem::take(&mut self.pages);
        if events.is_empty() {
            return;
        }
        let pages: Vec<Page<'_>> = records
            .iter()
            .map(|page| Page {
                url: &page.url,
                title: &page.title,
                referrer: &page.referrer,
            })
            .collect();
        let header = BatchHeader {
            site: &origin.site,
            sent: now,
            visitor: origin.visitor,
            session: PayloadSession {
                id: session.id,
                number: session.number,
                entry_url: &session.entry_url,
                entry_referrer: &session.entry_referrer,
            },
            release: origin.release,
            consent: &["analytics"],
            pages: &pages,
        };
        let body = write_batch(&header, events.iter().map(|(page, event)| (*page, event)));
        self.waiting.push_back(Batch { body, kept: false });
    }

    /// Takes batches that an earlier page could not deliver.
    pub(crate) fn resume(&mut self, bodies: impl Iterator<Item = String>) {
        for body in bodies {
            if self.bytes() + body.len() <= MAX_BYTES {
                self.waiting.push_back(Batch { body, kept: true });
            }
        }
    }

    /// Whether gathered events are to be sealed now.
    pub(crate) fn is_flush_due(&self, now: u64) -> bool {
        self.flush_at.is_some_and(|at| at <= now)
    }

    /// The next body to send, if there is one and nothing is in flight. It counts as in flight from now on.
    pub(crate) fn take_due(&mut self, now: u64) -> Option<&str> {
        if self.in_flight.is_some() || now < self.not_before {
            return None;
        }
        let mut batch = self.waiting.pop_front()?;
        batch.body = stamped(&batch.body, now);
        Some(&self.in_flight.insert(batch).body)
    }

    /// When something is to be done next without anything happening.
    pub(crate) fn due(&self) -> Option<u64> {
        let send_at =
            (self.in_flight.is_none() && !self.waiting.is_empty()).then_some(self.not_before);
        match (self.flush_at, send_at) {
            (Some(flush_at), Some(send_at)) => Some(flush_at.min(send_at)),
            (flush_at, send_at) => flush_at.or(send_at),
        }
    }

    /// The batch in flight was answered. `jitter` is random.
    pub(crate) fn answered(&mut self, now: u64, verdict: Verdict, jitter: u32) -> Option<Copy> {
        let mut batch = self.in_flight.take()?;
        if verdict == Verdict::Again {
            self.trusted = false;
            self.not_before = now + pause_ms(self.failures, jitter);
            self.failures = self.failures.saturating_add(1);
            let copy = (!batch.kept).then(|| Copy::Keep(batch.body.clone()));
            batch.kept = true;
            self.waiting.push_front(batch);
            return copy;
        }
        self.trusted = verdict == Verdict::Accepted;
        self.failures = 0;
        self.not_before = 0;
        batch.kept.then_some(Copy::Forget(batch.body))
    }

    /// The page may be about to end: calls `beacon` with what is not under way, which returns whether the browser has
    /// taken it. Gathered events must be sealed before. Returns what the browser is to keep: whatever it did not take, and
    /// everything while the collector is in trouble or has not answered yet. Those are repeated should the page live on.
    pub(crate) fn leave(&mut self, now: u64, mut beacon: impl FnMut(&str) -> bool) -> Vec<Copy> {
        let trusted = self.trusted;
        let mut copies = Vec::new();
        if let Some(batch) = self
            .in_flight
            .as_mut()
            .filter(|batch| !trusted && !batch.kept)
        {
            batch.kept = true;
            copies.push(Copy::Keep(batch.body.clone()));
        }
        let mut budget = MAX_BATCH_BYTES;
        self.waiting.retain_mut(|batch| {
            if batch.kept {
                return true;
            }
            batch.body = stamped(&batch.body, now);
            let fits = batch.body.len() <= budget;
            let taken = fits && beacon(&batch.body);
            if taken {
                budget -= batch.body.len();
                if trusted {
                    return false;
                }
            }
            batch.kept = true;
            copies.push(Copy::Keep(batch.body.clone()));
            true
        });
        copies
    }

    fn bytes(&self) -> usize {
        let in_flight = self.in_flight.as_ref().map_or(0, |batch| batch.body.len());
        let waiting: usize = self.waiting.iter().map(|batch| batch.body.len()).sum();
        self.gathered_bytes + in_flight + waiting
    }
}

/// Bytes that an event takes in a batch, at most: its page may be new, and gets a title of about this length yet.
fn weight(page: &PageRecord, event: &EventText) -> usize {
    event.weight() + page.url.len() + page.title.len() + page.referrer.len() + PAGE_BYTES
}

/// Half of the pause is fixed, half random, so that pages do not return in step.
fn pause_ms(failures: u32, jitter: u32) -> u64 {
    let pause = FIRST_PAUSE_MS
        .checked_shl(failures.min(16))
        .unwrap_or(MAX_PAUSE_MS)
        .min(MAX_PAUSE_MS);
    pause / 2 + u64::from(jitter) % (pause / 2)
}

/// The body with another time of sending: the collector corrects the sender's clock by it.
pub(crate) fn stamped(body: &str, now: u64) -> String {
    let Some((before, rest)) = body.split_once(SENT_KEY) else {
        return String::from(body);
    };
    let mut out = String::with_capacity(body.len());
    out.push_str(before);
    out.push_str(SENT_KEY);
    push_integer(&mut out, now);
    out.push_str(rest.trim_start_matches(|char: char| char.is_ascii_digit()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_rules::payload::EventRecord;

    use crate::session::Entry;

    const NOW: u64 = 1_795_463_112_345;

    fn event(id: &str, filler: usize) -> EventText {
        let element = "x".repeat(filler);
        EventText::new(&EventRecord {
            id,
            name: "click",
            ts: NOW,
            seq: 1,
            tag: "",
            trigger: "",
            element: &element,
            engaged_ms: 0,
            props: &[],
        })
    }

    fn page(view: u32) -> PageRecord {
        PageRecord {
            view,
            url: format!("https://a.example/{view}"),
            ..PageRecord::default()
        }
    }

    fn seal(outbox: &mut Outbox) {
        let origin = Origin {
            site: "shop".into(),
            visitor: 1,
            release: 3,
        };
        let entry = Entry {
            url: "https://a.example/",
            referrer: "",
        };
        outbox.seal(NOW, &origin, &Session::begin(None, NOW, 1, &entry));
    }

    /// An outbox with one sealed batch for each id.
    fn sealed(ids: &[&str]) -> Outbox {
        let mut outbox = Outbox::default();
        for id in ids {
            outbox.add(NOW, &page(1), event(id, 0));
            seal(&mut outbox);
        }
        outbox
    }

    fn body(copy: &Copy) -> &str {
        match copy {
            Copy::Keep(body) | Copy::Forget(body) => body,
        }
    }

    #[test]
    fn events_leave_together_a_quarter_of_a_second_after_the_first() {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.due(), None);
        outbox.add(NOW, &page(1), event("one", 0));
        outbox.add(NOW + 200, &page(2), event("two", 0));
        assert_eq!(outbox.due(), Some(NOW + 250));
        assert!(!outbox.is_flush_due(NOW + 249) && outbox.is_flush_due(NOW + 250));
        seal(&mut outbox);
        let sent = outbox.take_due(NOW + 250).unwrap().to_owned();
        assert!(sent.contains("one") && sent.contains("two"), "{sent}");
        assert!(sent.contains(&format!("\"sent\":{}", NOW + 250)));
        assert!(sent.contains("\"page\":0") && sent.contains("\"page\":1"));
        assert_eq!(outbox.take_due(NOW + 250), None, "one at a time");
        assert_eq!(outbox.due(), None);
        assert_eq!(outbox.answered(NOW, Verdict::Accepted, 0), None);
        assert_eq!(outbox.take_due(NOW + 999), None);
    }

    #[test]
    fn a_batch_that_was_not_accepted_is_repeated_unchanged_but_for_its_time() {
        let mut outbox = sealed(&["one"]);
        let first = outbox.take_due(NOW).unwrap().to_owned();
        let copy = outbox.answered(NOW, Verdict::Again, 0).unwrap();
        assert_eq!(copy, Copy::Keep(first.clone()));
        assert_eq!(outbox.take_due(NOW + 499), None);
        assert_eq!(outbox.due(), Some(NOW + 500));
        let second = outbox.take_due(NOW + 500).unwrap().to_owned();
        assert_eq!(second, stamped(&first, NOW + 500));
        assert_eq!(
            outbox.answered(NOW, Verdict::Accepted, 0),
            Some(Copy::Forget(second))
        );
    }

    #[test]
    fn pauses_double_up_to_a_minute() {
        assert_eq!(
            [0, 1, 2, 5, 6, 60].map(|failures| pause_ms(failures, 0)),
            [500, 1_000, 2_000, 16_000, 30_000, 30_000]
        );
        assert!((0..5_000).all(|jitter| (500..1_000).contains(&pause_ms(0, jitter * 7))));
    }

    #[test]
    fn what_is_refused_is_dropped() {
        let mut outbox = sealed(&["one", "two"]);
        outbox.take_due(NOW).unwrap();
        assert_eq!(outbox.answered(NOW, Verdict::Refused, 0), None);
        assert!(outbox.take_due(NOW).unwrap().contains("two"));
    }

    #[test]
    fn verdicts() {
        for (status, verdict) in [
            (200, Verdict::Accepted),
            (204, Verdict::Accepted),
            (301, Verdict::Refused),
            (400, Verdict::Refused),
            (413, Verdict::Refused),
            (0, Verdict::Again),
            (429, Verdict::Again),
            (503, Verdict::Again),
        ] {
            assert_eq!(Verdict::of(status), verdict, "{status}");
        }
    }

    #[test]
    fn no_batch_is_larger_than_a_browser_allows() {
        let mut outbox = Outbox::default();
        let mut batches = 0;
        for at in 0..200 {
            let event = event(&at.to_string(), 2_000);
            match outbox.room_for(&page(1), &event) {
                Room::Enough => {}
                Room::AfterSeal => seal(&mut outbox),
                Room::None => break,
            }
            outbox.add(NOW, &page(1), event);
            assert!(outbox.bytes() <= MAX_BYTES);
        }
        seal(&mut outbox);
        while let Some(body) = outbox.take_due(NOW) {
            assert!(body.len() <= MAX_BATCH_BYTES, "{}", body.len());
            outbox.answered(NOW, Verdict::Accepted, 0);
            batches += 1;
        }
        assert!(batches > 2, "{batches}");
    }

    #[test]
    fn an_endless_outage_stays_in_bounds() {
        let mut outbox = Outbox::default();
        let mut refused = 0;
        for at in 0..2_000 {
            let event = event(&at.to_string(), 1_000);
            match outbox.room_for(&page(1), &event) {
                Room::Enough => {}
                Room::AfterSeal => seal(&mut outbox),
                Room::None => {
                    refused += 1;
                    continue;
                }
            }
            outbox.add(NOW, &page(1), event);
        }
        assert!(refused > 1_000 && outbox.bytes() <= MAX_BYTES + HEADER_BYTES * 8);
        assert_eq!(
            outbox.room_for(&page(1), &event("x", MAX_BATCH_BYTES)),
            Room::None
        );
    }

    #[test]
    fn many_pages_are_several_batches() {
        let mut outbox = Outbox::default();
        for view in 0..49 {
            outbox.add(NOW, &page(view), event("x", 0));
        }
        assert_eq!(outbox.room_for(&page(50), &event("x", 0)), Room::Enough);
        outbox.add(NOW, &page(50), event("x", 0));
        assert_eq!(outbox.room_for(&page(51), &event("x", 0)), Room::AfterSeal);
    }

    #[test]
    fn a_title_that_comes_late_is_sent() {
        let mut outbox = Outbox::default();
        outbox.add(NOW, &page(1), event("x", 0));
        outbox.set_title(&PageRecord {
            title: "Late".into(),
            ..page(1)
        });
        outbox.set_title(&PageRecord {
            title: "Another".into(),
            ..page(2)
        });
        seal(&mut outbox);
        assert!(outbox.take_due(NOW).unwrap().contains("\"title\":\"Late\""));
    }

    #[test]
    fn leaving_a_page_whose_collector_answers_leaves_nothing_behind() {
        let mut outbox = sealed(&["one", "two"]);
        outbox.take_due(NOW).unwrap();
        outbox.answered(NOW, Verdict::Accepted, 0);
        let mut sent = Vec::new();
        let copies = outbox.leave(NOW + 9, |body| {
            sent.push(body.to_owned());
            true
        });
        assert_eq!((copies.len(), sent.len(), outbox.due()), (0, 1, None));
        assert!(sent[0].contains("two") && sent[0].contains(&format!("\"sent\":{}", NOW + 9)));
    }

    #[test]
    fn leaving_in_doubt_keeps_copies_of_everything() {
        let mut outbox = sealed(&["one", "two"]);
        outbox.take_due(NOW).unwrap();
        let mut sent = 0;
        let copies = outbox.leave(NOW, |_| {
            sent += 1;
            true
        });
        assert_eq!((copies.len(), sent), (2, 1));
        assert!(body(&copies[0]).contains("one") && body(&copies[1]).contains("two"));
        assert!(outbox.leave(NOW, |_| true).is_empty(), "once");
        let forgotten = outbox.answered(NOW, Verdict::Accepted, 0).unwrap();
        assert!(matches!(&forgotten, Copy::Forget(body) if body.contains("one")));
    }

    #[test]
    fn what_the_browser_does_not_take_is_kept() {
        let mut outbox = sealed(&["one", "two"]);
        outbox.take_due(NOW).unwrap();
        outbox.answered(NOW, Verdict::Accepted, 0);
        let copies = outbox.leave(NOW, |_| false);
        assert!(matches!(&copies[..], [Copy::Keep(body)] if body.contains("two")));
        assert!(
            outbox.take_due(NOW).unwrap().contains("two"),
            "should the page live on"
        );
    }

    #[test]
    fn batches_of_an_earlier_page_are_sent_and_forgotten() {
        let mut earlier = sealed(&["one"]);
        let body = earlier.take_due(NOW).unwrap().to_owned();
        let mut outbox = Outbox::default();
        outbox.resume([body.clone()].into_iter());
        let sent = outbox.take_due(NOW + 5_000).unwrap().to_owned();
        assert_eq!(sent, stamped(&body, NOW + 5_000));
        assert_eq!(
            outbox.answered(NOW, Verdict::Accepted, 0),
            Some(Copy::Forget(sent))
        );
    }
}
