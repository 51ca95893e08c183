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
/// Events that a collector takes in one batch.
const MAX_EVENTS: usize = 200;
/// Bytes of everything that has not been answered.
const MAX_BYTES: usize = 256 * 1024;
/// Pause after the first failure; it doubles with each further one.
const FIRST_PAUSE_MS: u64 = 1_000;
/// The longest pause.
const MAX_PAUSE_MS: u64 = 60_000;
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
    /// Who the page says its user is, as JSON.
    pub(crate) user: String,
    /// Categories that are granted.
    pub(crate) consent: Vec<String>,
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
    /// The oldest first.
    waiting: Vec<Batch>,
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
            || self.events.len() >= MAX_EVENTS
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
        let consent: Vec<&str> = origin.consent.iter().map(String::as_str).collect();
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
            user: &origin.user,
            consent: &consent,
            pages: &pages,
        };
        let body = write_batch(&header, events.iter().map(|(page, event)| (*page, event)));
        self.waiting.push(Batch { body, kept: false });
    }

    /// Takes batches that an earlier page could not deliver.
    pub(crate) fn resume(&mut self, bodies: impl Iterator<Item = String>) {
        for body in bodies {
            if self.bytes() + body.len() <= MAX_BYTES {
                self.waiting.push(Batch { body, kept: true });
            }
        }
    }

    /// Nothing of all this is to leave. Not dropped: the code for that would weigh more than what it frees.
    pub(crate) fn forget(&mut self) {
        core::mem::forget(core::mem::take(self));
    }

    /// Gathered events are to leave now.
    pub(crate) fn hurry(&mut self, now: u64) {
        self.flush_at = self.flush_at.map(|at| at.min(now));
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
        if self.waiting.is_empty() {
            return None;
        }
        let mut batch = self.waiting.remove(0);
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
            self.waiting.insert(0, batch);
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
        let in_flight = self.in_flight.as_ref().map_or(0, |batch| batch.body.len());
        let mut budget = MAX_BATCH_BYTES.saturating_sub(in_flight);
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
fn stamped(body: &str, now: u64) -> String {
    let (before, after) = around_sent(body);
    let mut out = String::with_capacity(body.len());
    out.push_str(before);
    push_integer(&mut out, now);
    out.push_str(after);
    out
}

/// What is before and after the time of sending: the third value of a body, `{"v":1,"site":"shop","sent":…,"visitor":…`.
/// Neither of the first two holds a colon or a comma.
pub(crate) fn around_sent(body: &str) -> (&str, &str) {
    let mut colons = body.bytes().enumerate().filter(|(_, byte)| *byte == b':');
    let start = colons.nth(2).map_or(0, |(at, _)| at + 1);
    let (before, from) = body.split_at_checked(start).unwrap_or_default();
    let digits = from.bytes().take_while(u8::is_ascii_digit).count();
    (before, from.get(digits..).unwrap_or_default())
}

#[cfg(test)]
mod tests;
