//! What is added to an event before it is stored, as an ordered list of named steps:
//!
//! 1. [`geo`]: country and city; the client's address ends here;
//! 2. [`device`]: device, browser and system;
//! 3. [`bot`]: is it a person, and if not, why not;
//! 4. [`channel`]: how the session came;
//! 5. `identity`: who it is — the browser, until somebody is identified;
//! 6. [`time`]: correct the sender's clock, clamp, find the session's day;
//! 7. [`props`]: properties as text, some in columns of their own.
//!
//! The last two are done for each event, the others once a request. No step refuses an event; what a step changes is
//! counted by [`Change`], and [`steps`] counts and times them all.
//!
//! INVARIANT: the client's address comes no further than this folder: [`geo`] takes it from [`Sender`] and leaves it there.

pub(crate) mod bot;
pub(crate) mod channel;
pub(crate) mod device;
pub(crate) mod geo;
pub(crate) mod props;
mod sources;
pub(crate) mod steps;
pub(crate) mod time;
mod words;

use std::borrow::Cow;
use std::net::IpAddr;

use sha2::{Digest, Sha256};
use uuid::Uuid;
use weir_rules::readable_path;

use geo::{GeoFile, Place};
use steps::{Step, Steps};

use crate::limits::{MAX_TEXT_BYTES, MAX_URL_BYTES, MAX_USER_AGENT_BYTES, cut};
use crate::outcome::Change;
use crate::parse::{
    EventId, UserSource, ValidBatch, ValidEvent, ValidPage, ValidSession, VisitorId,
};
use crate::sink::row::{Row, Shared};
use crate::site::SiteSettings;
use crate::url::UrlParts;

/// Who speaks for the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The visitor's browser.
    Browser,
    /// A server with a token.
    Api,
    /// A server with a token that may send any past time.
    Import,
}

impl Origin {
    /// The name in the table `weir.events`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Api => "api",
            Self::Import => "import",
        }
    }
}

/// What is known of the request besides its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) origin: Origin,
    /// Of the visitor; none where a server speaks for somebody whose browser it does not know.
    pub(crate) user_agent: Option<&'a str>,
    /// Of the visitor, for geography.
    pub(crate) address: Option<IpAddr>,
    pub(crate) geo: Option<&'a GeoFile>,
    /// Our clock when the request had arrived, ms.
    pub(crate) received_ms: i64,
}

/// What was done to the events of one request, counted.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Changes {
    counts: [u32; Change::ALL.len()],
    pub(crate) steps: Steps,
}

impl Changes {
    pub(crate) fn note(&mut self, change: Change) {
        if let Some(count) = self.counts.get_mut(change.index()) {
            *count += 1;
        }
    }

    /// `text`, cut to `max_bytes` if it is longer.
    pub(crate) fn cut<'a>(&mut self, text: Cow<'a, str>, max_bytes: usize) -> Cow<'a, str> {
        if text.len() <= max_bytes {
            return text;
        }
        self.note(Change::TextCut);
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(cut(text, max_bytes)),
            Cow::Owned(text) => Cow::Owned(cut(&text, max_bytes).to_owned()),
        }
    }

    /// Reasons with their counts.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (Change, u32)> {
        Change::ALL
            .iter()
            .copied()
            .zip(self.counts)
            .filter(|(_, count)| *count > 0)
    }

    #[cfg(test)]
    pub(crate) fn noted(&self) -> Vec<Change> {
        self.counts().map(|(change, _)| change).collect()
    }
}

impl std::ops::AddAssign<&Self> for Changes {
    fn add_assign(&mut self, other: &Self) {
        for (sum, count) in self.counts.iter_mut().zip(other.counts) {
            *sum += count;
        }
        self.steps.add(&other.steps);
    }
}

/// Enriches every event of `batch` and hands its row to `store`.
pub(crate) fn enrich(
    mut batch: ValidBatch<'_>,
    site: &SiteSettings,
    sender: Sender<'_>,
    mut store: impl FnMut(&Row<'_>),
) -> Changes {
    let mut changes = Changes {
        steps: Steps::begin(),
        ..Changes::default()
    };
    let events = std::mem::take(&mut batch.events);
    let pages: Vec<Page<'_>> = batch
        .pages
        .iter()
        .map(|page| Page::new(page, &mut changes))
        .collect();
    let visit = Visit::new(&batch, site, sender, &mut changes);
    let pages: Vec<Vec<u8>> = pages.iter().map(|page| visit.shared(page)).collect();
    for event in events {
        // Parsing has seen to it that there is one.
        if let Some(shared) = pages.get(event.page) {
            visit.store(event, shared, &mut changes, &mut store);
        }
    }
    changes
}

/// What all events of a request have in common: the outcome of the steps that are done once.
struct Visit<'a> {
    site: &'a SiteSettings,
    origin: Origin,
    received_ms: i64,
    visitor: VisitorId,
    session: Option<ValidSession>,
    release: u32,
    consent: String,
    clock: time::SenderClock,
    device: device::Device,
    bot: Cow<'static, str>,
    source: channel::Source<'a>,
    place: Place,
    person_id: u64,
    user_id: &'a str,
    user_source: UserSource,
}

impl<'a> Visit<'a> {
    fn new(
        batch: &'a ValidBatch<'_>,
        site: &'a SiteSettings,
        sender: Sender<'_>,
        changes: &mut Changes,
    ) -> Self {
        let user_agent = sender
            .user_agent
            .map(|text| cut(text, MAX_USER_AGENT_BYTES));
        let clock = time::SenderClock::new(batch.sent_ms, sender.received_ms);
        let place = match (sender.geo, sender.address) {
            (Some(geo), Some(address)) => changes.steps.run(Step::Geo, || geo.place(address)),
            (None, _) | (_, None) => Place::default(),
        };
        let device =
            user_agent.map(|text| changes.steps.run(Step::Device, || device::recognise(text)));
        // No browser is known where a server speaks, and none is pretended: nothing to judge.
        let bot = user_agent.map(|text| changes.steps.run(Step::Bot, || bot::judge(text)));
        let source = changes.steps.run(Step::Channel, || {
            channel::source_of(&batch.entry, site, sender.origin)
        });
        Self {
            site,
            origin: sender.origin,
            received_ms: sender.received_ms,
            visitor: batch.visitor,
            session: batch.session,
            release: batch.release,
            consent: batch.consent.join(","),
            clock: match sender.origin {
                Origin::Browser | Origin::Api => clock,
                Origin::Import => clock.of_any_past(),
            },
            device: device.unwrap_or_default(),
            bot: bot.unwrap_or_default(),
            source: shortened(source, changes),
            place,
            person_id: changes
                .steps
                .run(Step::Identity, || identify(batch.visitor)),
            user_id: &batch.user_id,
            user_source: batch.user_source,
        }
    }

    /// The columns that all events of `page` share, encoded.
    fn shared(&self, page: &Page<'_>) -> Vec<u8> {
        let columns = Shared {
            user_id: self.user_id,
            page_url: page.url,
            page_host: &page.host,
            page_path: &page.path,
            page_title: page.title,
            referrer: page.referrer,
            source: &self.source,
            device: self.device,
            country: &self.place.country,
            city: &self.place.city,
        };
        columns.encode()
    }

    fn store(
        &self,
        event: ValidEvent<'_>,
        shared: &[u8],
        changes: &mut Changes,
        store: &mut impl FnMut(&Row<'_>),
    ) {
        let started = changes.steps.start();
        let moment = self
            .clock
            .place(event.ts_ms, self.session, &self.site.timezone, changes);
        changes.steps.end(Step::Time, started);
        let started = changes.steps.start();
        let lifted = props::lift(event.props, changes);
        changes.steps.end(Step::Props, started);
        let element = if event.element.is_empty() {
            lifted.element
        } else {
            event.element
        };
        let currency = match lifted.revenue {
            Some(_) if lifted.currency.is_empty() => self.site.currency.as_str(),
            Some(_) | None => lifted.currency.as_ref(),
        };
        store(&Row {
            site: self.site.id.as_str(),
            name: &event.name,
            event_id: event_uuid(&event.id, self.site),
            ts_ms: moment.ts_ms,
            received_ms: self.received_ms,
            session_date: moment.session_date,
            session_id: self.session.map_or(0, |session| session.id),
            session_seq: event.seq,
            session_number: self.session.map_or(0, |session| session.number),
            visitor_id: self.visitor.get(),
            person_id: self.person_id,
            shared,
            element: &changes.cut(element, MAX_TEXT_BYTES),
            item: &lifted.item,
            order_id: &lifted.order_id,
            revenue: lifted.revenue.unwrap_or(0),
            currency,
            engaged_ms: event.engaged_ms,
            tag: &changes.cut(event.tag, MAX_TEXT_BYTES),
            trigger: &changes.cut(event.trigger, MAX_TEXT_BYTES),
            container_version: self.release,
            consent: &self.consent,
            sample_rate: event.sample_rate,
            bot: &self.bot,
            origin: self.origin.name(),
            user_source: self.user_source.name(),
            props: &lifted.rest,
        });
    }
}

/// A page of the request, cut and taken apart once.
struct Page<'a> {
    url: &'a str,
    host: Cow<'a, str>,
    /// As people write it, and as rules compare it.
    path: Cow<'a, str>,
    title: &'a str,
    referrer: &'a str,
}

impl<'a> Page<'a> {
    fn new(page: &'a ValidPage<'_>, changes: &mut Changes) -> Self {
        let mut short = |text: &'a str, max_bytes: usize| {
            if text.len() > max_bytes {
                changes.note(Change::TextCut);
            }
            cut(text, max_bytes)
        };
        let url = without_preview(short(&page.url, MAX_URL_BYTES));
        let parts = UrlParts::of(url);
        Self {
            url,
            host: parts.lower_host(),
            path: readable_path(parts.path),
            title: short(&page.title, MAX_TEXT_BYTES),
            referrer: short(&page.referrer, MAX_URL_BYTES),
        }
    }
}

/// An address without the token of a preview link. The page's script takes that away itself, unless the preview does not
/// answer and the page goes on without.
fn without_preview(url: &str) -> &str {
    // It is behind a `#`, which few addresses have.
    if !url.contains('#') {
        return url;
    }
    match url.split_once("weir_preview=") {
        Some((before, _)) if before.contains('#') => before.trim_end_matches(['&', '?', '#']),
        _ => url,
    }
}

fn shortened<'a>(source: channel::Source<'a>, changes: &mut Changes) -> channel::Source<'a> {
    let channel::Source {
        channel,
        utm,
        click_id_type,
        click_id,
    } = source;
    let mut short = |text| changes.cut(text, MAX_TEXT_BYTES);
    channel::Source {
        channel,
        utm: channel::Utm {
            source: short(utm.source),
            medium: short(utm.medium),
            campaign: short(utm.campaign),
            content: short(utm.content),
            term: short(utm.term),
        },
        click_id_type,
        click_id: short(click_id),
    }
}

/// Step `identity`: one browser is one person until somebody is identified.
fn identify(visitor: VisitorId) -> u64 {
    visitor.get()
}

/// The event's id in the table. A text that is no UUID is hashed into one, within its site: the same text always gives
/// the same id.
fn event_uuid(id: &EventId<'_>, site: &SiteSettings) -> Uuid {
    match id {
        EventId::Uuid(uuid) => *uuid,
        EventId::Text(text) => {
            let mut hash = Sha256::new();
            hash.update(site.id.as_str());
            hash.update([0]);
            hash.update(text.as_bytes());
            let digest: [u8; 32] = hash.finalize().into();
            let (half, _) = digest.split_at(16);
            let mut bytes = [0; 16];
            bytes.copy_from_slice(half);
            uuid::Builder::from_custom_bytes(bytes).into_uuid()
        }
    }
}
