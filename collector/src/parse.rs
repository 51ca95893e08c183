//! Bytes → [`ValidBatch`] of [`ValidEvent`]s, types that cannot be wrong, or the reason why not.
//!
//! What all events of a batch share decides about the whole request; what is wrong with one event costs that event alone.
//! The shape itself is read by `weir_rules::payload`, which is as permissive as can be; judging is done here, once, and
//! nothing behind this module checks again. Texts are borrowed from the body.

use std::borrow::Cow;
use std::num::NonZeroU64;

use sha2::{Digest, Sha256};
use uuid::Uuid;
use weir_rules::payload::reader::{Batch, Event, Loose, Page, PropValue, Session, Text};

use crate::enrich::channel::Utm;
use crate::limits::{
    MAX_CONSENT, MAX_ENGAGED_MS, MAX_EVENT_ID_BYTES, MAX_EVENTS, MAX_KEY_BYTES, MAX_PAGES,
    MAX_PROPS, MAX_SUBJECT_BYTES, MAX_TEXT_BYTES, MIN_SAMPLE_RATE, cut,
};
use crate::outcome::{Refusal, Reject};
use crate::site::{SiteId, is_name};

/// A request whose events may be stored.
#[derive(Debug)]
pub(crate) struct ValidBatch<'a> {
    /// The sender's clock when it sent, ms.
    pub(crate) sent_ms: Option<i64>,
    pub(crate) visitor: VisitorId,
    pub(crate) session: Option<ValidSession>,
    /// The id the site knows the person by; empty if it does not say.
    pub(crate) user_id: Cow<'a, str>,
    pub(crate) user_source: UserSource,
    /// The site's signature of `user_id`, as sent; empty if there is none.
    pub(crate) signature: Cow<'a, str>,
    /// Empty if the sender does not say.
    pub(crate) entry: Entry<'a>,
    pub(crate) release: u32,
    /// Sorted, without repeats.
    pub(crate) consent: Vec<Cow<'a, str>>,
    /// At least one.
    pub(crate) pages: Vec<ValidPage<'a>>,
    pub(crate) events: Vec<ValidEvent<'a>>,
    pub(crate) rejected: Vec<Rejected>,
}

/// Why a `user_id` is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserSource {
    /// There is none.
    Nobody,
    /// A browser says so.
    Claimed,
    /// A browser says so, and the site has signed it.
    Signed,
    /// A server says so.
    Server,
}

impl UserSource {
    /// The name in the table `weir.events`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nobody => "",
            Self::Claimed => "claimed",
            Self::Signed => "signed",
            Self::Server => "server",
        }
    }

    /// Of an id that may be empty.
    pub(crate) fn of(user_id: &str, source: Self) -> Self {
        if user_id.is_empty() {
            Self::Nobody
        } else {
            source
        }
    }
}

/// A browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VisitorId(NonZeroU64);

impl VisitorId {
    pub(crate) fn get(self) -> u64 {
        self.0.get()
    }

    /// Reads 16 hexadecimal digits, not all zero.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        hex_64(text).and_then(NonZeroU64::new).map(Self)
    }

    /// Stands for bytes that nobody can guess.
    pub(crate) fn of_bytes(bytes: [u8; 32]) -> Self {
        let (head, _) = bytes.split_at(8);
        let number = head
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN))
    }

    /// Stands for a text that is none, within its site and `kind`: the same text always gives the same id.
    pub(crate) fn of_text(site: &SiteId, kind: &str, text: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [site.as_str(), kind, text] {
            hash.update(part);
            hash.update([0]);
        }
        Self(NonZeroU64::new(first_64(hash)).unwrap_or(NonZeroU64::MIN))
    }
}

/// The session all events of a batch belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ValidSession {
    pub(crate) id: u64,
    pub(crate) number: u32,
}

impl ValidSession {
    /// Reads 16 hexadecimal digits, not all zero.
    pub(crate) fn parse(id: &str, number: u32) -> Option<Self> {
        let id = hex_64(id).filter(|id| *id != 0)?;
        Some(Self { id, number })
    }

    /// Stands for a session of a sender that names them otherwise. A number tells sessions of one visitor apart, and no more
    /// than that: it counts them, or is the second in which they began, when others began, too.
    pub(crate) fn of_text(
        visitor: VisitorId,
        started_ms: i64,
        id: &str,
        number: u32,
    ) -> Option<Self> {
        let second = u32::try_from(started_ms.div_euclid(1_000)).ok()?;
        let mut hash = Sha256::new().chain_update(id);
        if id.bytes().all(|byte| byte.is_ascii_digit()) {
            hash.update(visitor.get().to_be_bytes());
        }
        let id = u64::from(second) << 32 | first_64(hash) & u64::from(u32::MAX);
        (id != 0).then_some(Self { id, number })
    }

    /// When it began, by the sender's clock, ms.
    pub(crate) fn start_ms(self) -> i64 {
        let seconds = i64::try_from(self.id >> 32).unwrap_or(i64::MAX);
        seconds.saturating_mul(1_000)
    }
}

/// First page of the session.
#[derive(Debug, Default)]
pub(crate) struct Entry<'a> {
    pub(crate) url: Cow<'a, str>,
    pub(crate) referrer: Cow<'a, str>,
    /// What the sender says besides the address; counts before it.
    pub(crate) campaign: Utm<'a>,
}

/// A page events happened on.
#[derive(Debug)]
pub(crate) struct ValidPage<'a> {
    pub(crate) url: Cow<'a, str>,
    pub(crate) title: Cow<'a, str>,
    pub(crate) referrer: Cow<'a, str>,
}

/// An event that may be stored.
#[derive(Debug)]
pub(crate) struct ValidEvent<'a> {
    pub(crate) id: EventId<'a>,
    pub(crate) name: Cow<'a, str>,
    /// By the sender's clock, ms.
    pub(crate) ts_ms: i64,
    pub(crate) seq: u32,
    /// INVARIANT: an index into the batch's pages.
    pub(crate) page: usize,
    pub(crate) tag: Cow<'a, str>,
    pub(crate) trigger: Cow<'a, str>,
    pub(crate) element: Cow<'a, str>,
    pub(crate) engaged_ms: u32,
    /// Above 0 and at most 1.
    pub(crate) sample_rate: f32,
    pub(crate) props: Vec<(Cow<'a, str>, PropValue<'a>)>,
}

/// What the sender calls the event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EventId<'a> {
    Uuid(Uuid),
    /// Another text; it is hashed into a UUID within its site.
    Text(Cow<'a, str>),
}

impl EventId<'_> {
    /// As the sender wrote it, or would.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Uuid(uuid) => uuid.to_string(),
            Self::Text(text) => text.clone().into_owned(),
        }
    }
}

/// The verdict on an event that is not stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// Position in the request.
    pub(crate) index: usize,
    /// As the sender wrote it, cut; empty if there is none.
    pub(crate) id: String,
    pub(crate) reason: Reject,
}

/// A refused request, and what the message is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: Refusal,
    pub(crate) subject: String,
}

impl Refused {
    pub(crate) fn new(reason: Refusal, subject: impl Into<String>) -> Self {
        Self {
            reason,
            subject: subject.into(),
        }
    }
}

/// Reads the shape of a batch.
pub(crate) fn read(body: &[u8]) -> Result<Batch<'_>, Refused> {
    // As text the parser need not look at each string again.
    let read = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    read.map_err(|error| {
        let reason = match error.classify() {
            serde_json::error::Category::Data => Refusal::BadBatch,
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => Refusal::NotJson,
        };
        Refused::new(reason, cut(&error.to_string(), MAX_SUBJECT_BYTES))
    })
}

/// Judges a batch. The site is looked up by the caller.
pub(crate) fn validate(batch: Batch<'_>) -> Result<ValidBatch<'_>, Refused> {
    let Some(visitor) = shown(&batch.visitor).and_then(VisitorId::parse) else {
        return Err(Refused::new(Refusal::BadVisitor, subject(&batch.visitor)));
    };
    let session = valid_session(&batch.session)?;
    if !(1..=MAX_PAGES).contains(&batch.pages.len()) {
        return Err(Refused::new(
            Refusal::BadPages,
            batch.pages.len().to_string(),
        ));
    }
    if batch.events.is_empty() {
        return Err(Refused::new(Refusal::NoEvents, ""));
    }
    if batch.events.len() > MAX_EVENTS {
        return Err(Refused::new(
            Refusal::TooManyEvents,
            batch.events.len().to_string(),
        ));
    }
    let user_id = batch
        .user
        .id
        .into_option()
        .filter(|id| id.len() <= MAX_TEXT_BYTES)
        .unwrap_or_default();
    let pages: Vec<_> = batch.pages.into_iter().map(valid_page).collect();
    let mut events = Vec::with_capacity(batch.events.len());
    let mut rejected = Vec::new();
    for (index, event) in batch.events.into_iter().enumerate() {
        let Loose::Is(event) = event else {
            rejected.push(Rejected {
                index,
                id: String::new(),
                reason: Reject::NotAnEvent,
            });
            continue;
        };
        // Nearly always borrowed from the body: a copy costs nothing.
        let id = event.id.clone();
        match valid_event(event, pages.len()) {
            Ok(event) => events.push(event),
            Err(reason) => rejected.push(Rejected {
                index,
                id: cut(shown(&id).unwrap_or_default(), MAX_EVENT_ID_BYTES).to_owned(),
                reason,
            }),
        }
    }
    Ok(ValidBatch {
        sent_ms: batch
            .sent
            .into_option()
            .and_then(|sent| i64::try_from(sent).ok()),
        visitor,
        session,
        user_source: UserSource::of(&user_id, UserSource::Claimed),
        user_id,
        signature: or_empty(batch.user.signature),
        entry: valid_entry(batch.session.entry),
        release: batch
            .release
            .get()
            .and_then(|number| u32::try_from(*number).ok())
            .unwrap_or(0),
        consent: valid_consent(batch.consent),
        pages,
        events,
        rejected,
    })
}

/// The version is judged before anything else: other versions may look different.
pub(crate) fn check_version(batch: &Batch<'_>) -> Result<(), Refused> {
    match batch.v {
        Loose::Is(v) if v == u64::from(weir_rules::payload::VERSION) => Ok(()),
        Loose::Is(v) => Err(Refused::new(Refusal::UnsupportedVersion, v.to_string())),
        Loose::Missing | Loose::Wrong => Err(Refused::new(Refusal::UnsupportedVersion, "?")),
    }
}

fn valid_session(session: &Session<'_>) -> Result<Option<ValidSession>, Refused> {
    if session.id == Loose::Missing {
        return Ok(None);
    }
    let Some(id) = shown(&session.id).and_then(hex_64).filter(|id| *id != 0) else {
        return Err(Refused::new(Refusal::BadSession, subject(&session.id)));
    };
    let number = match &session.number {
        Loose::Missing => 0,
        Loose::Is(number) => u32::try_from(*number)
            .map_err(|_| Refused::new(Refusal::BadSession, number.to_string()))?,
        Loose::Wrong => return Err(Refused::new(Refusal::BadSession, "number")),
    };
    Ok(Some(ValidSession { id, number }))
}

fn valid_entry(entry: Page<'_>) -> Entry<'_> {
    Entry {
        url: or_empty(entry.url),
        referrer: or_empty(entry.referrer),
        campaign: Utm::default(),
    }
}

fn valid_page(page: Page<'_>) -> ValidPage<'_> {
    ValidPage {
        url: or_empty(page.url),
        title: or_empty(page.title),
        referrer: or_empty(page.referrer),
    }
}

fn valid_consent(consent: Vec<Loose<Text<'_>>>) -> Vec<Cow<'_, str>> {
    let mut granted: Vec<_> = consent
        .into_iter()
        .filter_map(Loose::into_option)
        .filter(|category| (1..=MAX_KEY_BYTES).contains(&category.len()) && !category.contains(','))
        .take(MAX_CONSENT)
        .collect();
    granted.sort_unstable();
    granted.dedup();
    granted
}

fn valid_event<'a>(event: Event<'a>, pages: usize) -> Result<ValidEvent<'a>, Reject> {
    if event.problem.get().is_some() {
        return Err(Reject::BadCall);
    }
    let id = event_id(event.id).ok_or(Reject::BadEventId)?;
    let name = event
        .name
        .into_option()
        .filter(|name| is_name(name))
        .ok_or(Reject::BadEventName)?;
    let ts = event
        .ts
        .into_option()
        .and_then(|ts| i64::try_from(ts).ok())
        .ok_or(Reject::BadTime)?;
    let seq = match event.seq {
        Loose::Missing => 0,
        Loose::Is(seq) => u32::try_from(seq).map_err(|_| Reject::BadSeq)?,
        Loose::Wrong => return Err(Reject::BadSeq),
    };
    let page = match event.page {
        Loose::Missing => 0,
        Loose::Is(page) => usize::try_from(page)
            .ok()
            .filter(|at| *at < pages)
            .ok_or(Reject::BadPage)?,
        Loose::Wrong => return Err(Reject::BadPage),
    };
    let props = match event.props {
        Loose::Missing => Vec::new(),
        Loose::Is(props) if props.0.len() > MAX_PROPS => return Err(Reject::TooManyProps),
        Loose::Is(props) => props.0,
        Loose::Wrong => return Err(Reject::BadProps),
    };
    let engaged_ms = event.engaged_ms.into_option().unwrap_or(0);
    Ok(ValidEvent {
        id,
        name,
        ts_ms: ts,
        seq,
        page,
        tag: or_empty(event.tag),
        trigger: or_empty(event.trigger),
        element: or_empty(event.element),
        engaged_ms: u32::try_from(engaged_ms)
            .unwrap_or(MAX_ENGAGED_MS)
            .min(MAX_ENGAGED_MS),
        sample_rate: sample_rate(event.sample_rate.into_option()),
        props,
    })
}

/// The share of visitors that send such events; all of them, if it is none.
fn sample_rate(rate: Option<f64>) -> f32 {
    let rate = rate.filter(|rate| (MIN_SAMPLE_RATE..=1.0).contains(rate));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the column holds that many digits"
    )]
    let rate = rate.map(|rate| rate as f32);
    rate.unwrap_or(1.0)
}

fn event_id(id: Loose<Text<'_>>) -> Option<EventId<'_>> {
    let id = id.into_option()?;
    if !(1..=MAX_EVENT_ID_BYTES).contains(&id.len()) {
        return None;
    }
    Some(match Uuid::try_parse(&id) {
        Ok(uuid) => EventId::Uuid(uuid),
        Err(_) => EventId::Text(id),
    })
}

fn or_empty(text: Loose<Text<'_>>) -> Cow<'_, str> {
    text.into_option().unwrap_or_default()
}

fn shown<'a>(text: &'a Loose<Text<'_>>) -> Option<&'a str> {
    text.get().map(AsRef::as_ref)
}

fn subject(text: &Loose<Text<'_>>) -> String {
    cut(shown(text).unwrap_or_default(), MAX_SUBJECT_BYTES).to_owned()
}

/// The first 64 bits of a hash.
fn first_64(hash: Sha256) -> u64 {
    let digest: [u8; 32] = hash.finalize().into();
    let (head, _) = digest.split_at(8);
    head.iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Exactly 16 hexadecimal digits.
fn hex_64(text: &str) -> Option<u64> {
    let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits {
        u64::from_str_radix(text, 16).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_visitors_that_cannot_be_is_all_of_them() {
        for (sent, taken) in [
            (Some(0.1), 0.1),
            (Some(1.0), 1.0),
            (Some(MIN_SAMPLE_RATE), 0.000_001),
            // A view divides by it: what is nearly nothing would make one event all there is.
            (Some(1e-30), 1.0),
            (Some(0.0), 1.0),
            (Some(-0.5), 1.0),
            (Some(1.5), 1.0),
            (Some(f64::NAN), 1.0),
            (None, 1.0),
        ] {
            assert_eq!(sample_rate(sent).to_bits(), f32::to_bits(taken), "{sent:?}");
        }
    }
}
