//! Every limit of the intake, in one place. `docs/collector.md` lists them, and a test compares the two.
//!
//! What is a constant belongs to the protocol, so that senders can rely on it. What depends on the machine and on who may
//! reach it is in [`Limits`], and set by the operator (`settings.rs`), as is what bounds the spool and the batches.

use std::time::Duration;

/// Body of one request. Browsers send at most 64 KiB when a page closes; twice as much again is room to spare.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// Body of one server-side request, unpacked. Segment's libraries send at most 500 KB.
pub const MAX_V1_BODY_BYTES: usize = 2 * 1024 * 1024;
/// What is read and thrown away of a body that is too large, so that its sender gets to read the answer.
pub const MAX_DISCARDED_BYTES: usize = 16 * 1024 * 1024;
/// Rows that wait to be written, in bytes of memory.
pub(crate) const MAX_QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// From the start of one sync to that of the next, at least, unless a group is full. Who comes after a pause waits for nothing.
pub(crate) const SYNC_INTERVAL: Duration = Duration::from_micros(200);
/// Addresses, and sites, whose rates are known at the same time.
pub(crate) const MAX_RATE_KEYS: usize = 1 << 16;
/// What senders that are told to come again should wait.
pub const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Events of one batch.
pub const MAX_EVENTS: usize = 200;
/// Calls of one server-side batch.
pub const MAX_V1_EVENTS: usize = 5_000;
/// Properties of one server-side call, flattened…
pub const MAX_V1_PROPS: usize = 256;
/// … this deep.
pub const MAX_V1_PROP_DEPTH: usize = 5;
/// Pages of one batch.
pub const MAX_PAGES: usize = 50;
/// Consent categories of one batch.
pub const MAX_CONSENT: usize = 16;
/// Properties of one event.
pub const MAX_PROPS: usize = 64;

/// An `Authorization` header; a longer one holds no token of ours.
pub const MAX_TOKEN_BYTES: usize = 512;
/// Longest piece of the sender's own text that an answer repeats.
pub(crate) const MAX_SUBJECT_BYTES: usize = 100;

/// Name of an event, and id of a site: `[a-z0-9_]`.
pub const MAX_NAME_BYTES: usize = 64;
/// An event id that is no UUID.
pub const MAX_EVENT_ID_BYTES: usize = 128;
/// Name of a property, and of a consent category.
pub const MAX_KEY_BYTES: usize = 64;
/// Value of a property; longer ones are cut.
pub const MAX_VALUE_BYTES: usize = 2_048;
/// An address; longer ones are cut.
pub const MAX_URL_BYTES: usize = 4_096;
/// Titles, names of tags, elements and whatever else is text; longer ones are cut.
pub const MAX_TEXT_BYTES: usize = 1_024;
/// Name of a country or a city in a file for geography; longer ones are cut.
pub const MAX_PLACE_BYTES: usize = 128;
/// A `User-Agent`; the rest of longer ones is not looked at.
pub const MAX_USER_AGENT_BYTES: usize = 1_024;

/// How long a browser remembers its visitor, and that the visitor has opted out: 13 months, the longest that European
/// authorities accept.
pub(crate) const VISITOR_COOKIE_S: u64 = 34_128_000;
/// Engaged time of one event: a day; more is taken for a day.
pub const MAX_ENGAGED_MS: u32 = 24 * 3_600_000;
/// A smaller share of visitors is none: one event would stand for millions.
pub const MIN_SAMPLE_RATE: f64 = 0.000_001;
/// A clock that differs by no more than this is left alone.
pub const CLOCK_TOLERANCE_MS: i64 = 5 * 60_000;
/// An event older than this is taken to have happened when it arrived.
pub const MAX_EVENT_AGE_MS: i64 = 7 * 24 * 3_600_000;
/// How long a session may last: what claims to have begun earlier is not believed.
pub const MAX_SESSION_MS: i64 = 24 * 3_600_000;

/// What is kept of a rejected event or request; the rest is cut.
pub const MAX_EXCERPT_BYTES: usize = 2_048;
/// Rejected events of one site that are kept, in a second…
pub const REJECTED_RATE: u32 = 20;
/// … and at once.
pub const REJECTED_BURST: u32 = 1_000;
/// Sites and reasons for which those beyond are counted.
pub(crate) const MAX_REJECTED_KEYS: usize = 1_024;

/// Hosts of refused pages that are remembered for one site…
pub const MAX_REFUSED_HOSTS: usize = 16;
/// … for this many sites…
pub const MAX_REFUSED_SITES: usize = 64;
/// … and this much of each.
pub const MAX_REFUSED_HOST_BYTES: usize = 255;

/// What the operator may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; further ones wait to be accepted.
    pub connections: usize,
    /// Connections of one address.
    pub connections_per_address: u32,
    /// Time for the headers of a request to arrive, and for the next request on a connection that is kept open.
    pub header_timeout: Duration,
    /// Time for a body to arrive.
    pub body_timeout: Duration,
    /// Requests worked on at the same time; more are told to come again.
    pub requests: usize,
    /// Those of one address.
    pub requests_per_address: u32,
    /// Requests of one address in a second; 0: any number.
    pub address_rate: u32,
    /// Requests that one address may send at once, after a pause.
    pub address_burst: u32,
    /// Events of one site in a second; 0: any number.
    pub site_rate: u32,
    /// Events that one site may send at once, after a pause.
    pub site_burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 1_000,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(15),
            requests: 2_048,
            requests_per_address: 256,
            address_rate: 200,
            address_burst: 2_000,
            site_rate: 0,
            site_burst: 100_000,
        }
    }
}

/// Cuts `text` to at most `max_bytes`, between characters.
pub(crate) fn cut(text: &str, max_bytes: usize) -> &str {
    if text.len() <= max_bytes {
        return text;
    }
    let end = text.floor_char_boundary(max_bytes);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_the_same_values() {
        let page = include_str!("../../docs/collector.md");
        let values = [
            ("MAX_BODY_BYTES", MAX_BODY_BYTES.to_string()),
            ("MAX_EVENTS", MAX_EVENTS.to_string()),
            ("MAX_V1_BODY_BYTES", MAX_V1_BODY_BYTES.to_string()),
            ("MAX_V1_EVENTS", MAX_V1_EVENTS.to_string()),
            ("MAX_V1_PROPS", MAX_V1_PROPS.to_string()),
            ("MAX_V1_PROP_DEPTH", MAX_V1_PROP_DEPTH.to_string()),
            ("MAX_PAGES", MAX_PAGES.to_string()),
            ("MAX_CONSENT", MAX_CONSENT.to_string()),
            ("MAX_PROPS", MAX_PROPS.to_string()),
            ("MAX_NAME_BYTES", MAX_NAME_BYTES.to_string()),
            ("MAX_EVENT_ID_BYTES", MAX_EVENT_ID_BYTES.to_string()),
            ("MAX_KEY_BYTES", MAX_KEY_BYTES.to_string()),
            ("MAX_VALUE_BYTES", MAX_VALUE_BYTES.to_string()),
            ("MAX_URL_BYTES", MAX_URL_BYTES.to_string()),
            ("MAX_TEXT_BYTES", MAX_TEXT_BYTES.to_string()),
            ("MAX_ENGAGED_MS", MAX_ENGAGED_MS.to_string()),
            ("MIN_SAMPLE_RATE", MIN_SAMPLE_RATE.to_string()),
            ("CLOCK_TOLERANCE_MS", CLOCK_TOLERANCE_MS.to_string()),
            ("MAX_EVENT_AGE_MS", MAX_EVENT_AGE_MS.to_string()),
            ("MAX_SESSION_MS", MAX_SESSION_MS.to_string()),
            ("MAX_EXCERPT_BYTES", MAX_EXCERPT_BYTES.to_string()),
            ("REJECTED_RATE", REJECTED_RATE.to_string()),
            ("REJECTED_BURST", REJECTED_BURST.to_string()),
            ("MAX_REFUSED_HOSTS", MAX_REFUSED_HOSTS.to_string()),
            ("MAX_REFUSED_SITES", MAX_REFUSED_SITES.to_string()),
            ("MAX_REFUSED_HOST_BYTES", MAX_REFUSED_HOST_BYTES.to_string()),
        ];
        for (name, value) in values {
            assert!(
                page.contains(&format!("| `{name}` | {value} |")),
                "{name} is {value}"
            );
        }
        use crate::outcome::{Change, Refusal, Reject};
        let names = Refusal::ALL.iter().map(|reason| reason.name());
        let names = names.chain(Reject::ALL.iter().map(|reason| reason.name()));
        for name in names.chain(Change::ALL.iter().map(|change| change.name())) {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("чайник", 5), "ча");
        assert_eq!(cut("чайник", 12), "чайник");
        assert_eq!(cut("kettle", 3), "ket");
        assert_eq!(cut("é", 1), "");
    }
}
