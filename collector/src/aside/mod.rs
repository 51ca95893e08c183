//! Rejected events, kept aside: each becomes a row of `weir.rejected_events`, with its reason and what may be shown of it.
//!
//! They go the same way as good events, on a spool of their own (`spool/rejected/`): synced before the answer, inserted
//! once. It is small, and a flood of rubbish fills nothing: each site has a rate, and what is beyond it is counted in the
//! next row of the same reason. Whatever happens here never keeps a good event from being stored.

mod excerpt;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::counter::Counter;
use serde_json::Value;

use crate::gate::Rates;
use crate::limits::{
    MAX_NAME_BYTES, MAX_REJECTED_KEYS, MAX_SUBJECT_BYTES, REJECTED_BURST, REJECTED_RATE, cut,
};
use crate::message::{Lang, refusal_text, reject_text};
use crate::outcome::Refusal;
use crate::parse::{Refused, Rejected};
use crate::sink::row::RejectedRow;
use crate::spool::Rows;
use crate::spool::ids::IdHash;
use crate::spool::io::Disk;
use crate::spool::writer::Writer;

/// Folder of this spool, in that of the events.
pub(crate) const REJECTED_DIR: &str = "rejected";

/// The place for what was rejected.
pub(crate) struct Aside<D: Disk> {
    writer: Arc<Writer<D>>,
    rates: Rates<String>,
    /// Rejected since the last row of this site and reason.
    uncounted: Mutex<HashMap<(String, &'static str), u32>>,
    /// Those that could not be written.
    unkept: Counter,
}

/// Where something was rejected.
#[derive(Clone, Copy)]
pub(crate) struct Where<'a> {
    /// The site, if it exists.
    pub(crate) site: &'a str,
    pub(crate) path: &'a str,
    pub(crate) at_ms: i64,
}

impl<D: Disk> Aside<D> {
    pub(crate) fn new(writer: Arc<Writer<D>>, unkept: Counter) -> Self {
        Self {
            unkept,
            writer,
            rates: Rates::new(REJECTED_RATE, REJECTED_BURST),
            uncounted: Mutex::default(),
        }
    }

    /// Takes no more, and writes what is queued.
    #[cfg(test)]
    pub(crate) fn close(&self) {
        self.writer.close();
    }

    /// Keeps events of a request; `events`: all that it had.
    pub(crate) async fn keep_events(
        &self,
        place: Where<'_>,
        events: &[Value],
        rejected: &[Rejected],
    ) {
        let mut rows = Rows::with_capacity(rejected.len());
        for event in rejected {
            let reason = event.reason.name();
            let Some(count) = self.turn(place.site, reason) else {
                continue;
            };
            let sample = events
                .get(event.index)
                .map(excerpt::of_json)
                .unwrap_or_default();
            push(
                &mut rows,
                &RejectedRow {
                    site: place.site,
                    reason,
                    at_ms: place.at_ms,
                    message: &reject_text(event.reason, Lang::En),
                    path: place.path,
                    event_id: &event.id,
                    sample: &sample,
                    count,
                },
            );
        }
        self.store(rows).await;
    }

    /// Keeps a request that was refused as a whole. One that may be repeated is not rejected.
    pub(crate) async fn keep_request(&self, place: Where<'_>, refused: &Refused, body: &[u8]) {
        if refused.reason.is_passing() {
            return;
        }
        let reason = refused.reason.name();
        let Some(count) = self.turn(place.site, reason) else {
            return;
        };
        let sample = match serde_json::from_slice::<Value>(body) {
            Ok(value) => excerpt::of_json(&value),
            Err(_) => excerpt::of_bytes(body),
        };
        let subject = match refused.reason {
            // Their own text may hold anything.
            Refusal::UnknownSite => cut(&refused.subject, MAX_NAME_BYTES),
            _ => cut(&refused.subject, MAX_SUBJECT_BYTES),
        };
        let mut rows = Rows::with_capacity(1);
        push(
            &mut rows,
            &RejectedRow {
                site: place.site,
                reason,
                at_ms: place.at_ms,
                message: &refusal_text(refused.reason, subject, Lang::En).message,
                path: place.path,
                event_id: "",
                sample: &sample,
                count,
            },
        );
        self.store(rows).await;
    }

    /// Whether there is a row for one more, and how many it stands for.
    fn turn(&self, site: &str, reason: &'static str) -> Option<u32> {
        let has_turn = self.rates.take(&site.to_owned(), 1);
        let mut uncounted = self
            .uncounted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if uncounted.is_empty() && has_turn {
            return Some(1);
        }
        let key = (site.to_owned(), reason);
        if has_turn {
            return Some(uncounted.remove(&key).unwrap_or(0).saturating_add(1));
        }
        if uncounted.contains_key(&key) || uncounted.len() < MAX_REJECTED_KEYS {
            let count = uncounted.entry(key).or_default();
            *count = count.saturating_add(1);
        }
        None
    }

    async fn store(&self, rows: Rows) {
        let count = rows.len() as u64;
        if count == 0 {
            return;
        }
        let stored = match self.writer.submit(rows) {
            Ok(receipt) => receipt.await.is_ok_and(|result| result.is_ok()),
            Err(_) => false,
        };
        if !stored {
            // The good events of the request are not concerned.
            self.unkept.inc_by(count);
            tracing::debug!(count, "rejected events could not be kept aside");
        }
    }
}

/// A repeat of the same request gives the same id, and no second row.
fn push(rows: &mut Rows, row: &RejectedRow<'_>) {
    let id = IdHash::of_text(&[row.site, row.reason, row.event_id, row.sample]);
    rows.push(id, |out| row.encode(out));
}
