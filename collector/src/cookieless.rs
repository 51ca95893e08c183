//! Sessions of visitors whose browsers keep nothing: in memory, for as long as they go on.
//!
//! Each page load of such a site makes a session of its own. Those of one visitor become one here, by the rules of the tag
//! (`tag-wasm/js/session.js`): half an hour without an event ends it, a day, or a page view from another campaign. The
//! positions of a later page load's events come after those of the earlier ones, and stay the same when a batch is repeated.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::enrich::Origin;
use crate::enrich::channel::source_of;
use crate::limits::{MAX_SESSION_MS, MAX_VALUE_BYTES, cut};
use crate::parse::{Entry, ValidBatch, ValidSession};
use crate::site::SiteSettings;

/// Without an event for so long, a session has ended.
const IDLE_MS: i64 = 30 * 60_000;
/// Sessions in memory; of further visitors, each page load is one.
const MAX_VISITS: usize = 200_000;
/// Page loads of one session that are told apart; the events of further ones begin at position 1.
const MAX_LOADS: usize = 64;

/// The sessions that go on, by visitor.
#[derive(Default)]
pub(crate) struct Visits(Mutex<HashMap<u64, Visit>>);

struct Visit {
    session: ValidSession,
    started_ms: i64,
    last_ms: i64,
    /// Sessions of page loads, and after which position their events come.
    loads: Vec<(u64, u32)>,
    last_seq: u32,
    entry_url: Box<str>,
    entry_referrer: Box<str>,
    campaign: Box<str>,
}

impl Visit {
    fn begin(
        own: ValidSession,
        number: u32,
        batch: &ValidBatch<'_>,
        campaign: &str,
        now_ms: i64,
    ) -> Self {
        let short = |text: &str| cut(text, MAX_VALUE_BYTES).into();
        Self {
            session: ValidSession { id: own.id, number },
            started_ms: now_ms,
            last_ms: now_ms,
            loads: Vec::new(),
            last_seq: 0,
            entry_url: short(&batch.entry.url),
            entry_referrer: short(&batch.entry.referrer),
            campaign: campaign.into(),
        }
    }

    fn is_live(&self, now_ms: i64) -> bool {
        now_ms < self.last_ms.saturating_add(IDLE_MS)
            && now_ms < self.started_ms.saturating_add(MAX_SESSION_MS)
    }

    fn load(&self, id: u64) -> Option<u32> {
        let found = self.loads.iter().find(|(known, _)| *known == id);
        found.map(|(_, after)| *after)
    }

    /// After which position the events of a page load come.
    fn after(&mut self, id: u64) -> u32 {
        if let Some(after) = self.load(id) {
            return after;
        }
        let after = self.last_seq;
        if self.loads.len() < MAX_LOADS {
            self.loads.push((id, after));
        }
        after
    }

    fn take_in(&mut self, own: ValidSession, batch: &mut ValidBatch<'_>, now_ms: i64) {
        let after = self.after(own.id);
        for event in &mut batch.events {
            event.seq = event.seq.saturating_add(after);
            self.last_seq = self.last_seq.max(event.seq);
        }
        self.last_ms = self.last_ms.max(now_ms);
        batch.session = Some(self.session);
        batch.entry = Entry {
            url: Cow::Owned(self.entry_url.to_string()),
            referrer: Cow::Owned(self.entry_referrer.to_string()),
            ..Entry::default()
        };
    }
}

impl Visits {
    /// Puts the batch of a page load into its visitor's session.
    pub(crate) fn place(&self, batch: &mut ValidBatch<'_>, site: &SiteSettings, now_ms: i64) {
        let Some(own) = batch.session else { return };
        let campaign = campaign_of(&batch.entry, site);
        let visitor = batch.visitor.get();
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if visits.len() >= MAX_VISITS {
            visits.retain(|_, visit| visit.is_live(now_ms));
        }
        let has_room = visits.len() < MAX_VISITS;
        match visits.get_mut(&visitor) {
            Some(visit) => {
                let is_same = campaign.is_empty() || *campaign == *visit.campaign;
                let goes_on = visit.is_live(now_ms) && (is_same || visit.load(own.id).is_some());
                if !goes_on {
                    let number = visit.session.number.saturating_add(1);
                    *visit = Visit::begin(own, number, batch, &campaign, now_ms);
                }
                visit.take_in(own, batch, now_ms);
            }
            None if has_room => {
                let mut visit = Visit::begin(own, 1, batch, &campaign, now_ms);
                visit.take_in(own, batch, now_ms);
                visits.insert(visitor, visit);
            }
            None => {}
        }
    }

    /// Nobody is known any more.
    pub(crate) fn forget(&self) {
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        visits.clear();
    }
}

/// What of a first page begins a session when it is another: the paid click, or the campaign.
fn campaign_of(entry: &Entry<'_>, site: &SiteSettings) -> String {
    let source = source_of(entry, site, Origin::Browser);
    [&*source.click_id, &*source.utm.campaign]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
