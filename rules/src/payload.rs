//! The payload: what the page sends to `POST /c`, written by hand. `docs/protocol.md` describes it.
//!
//! An event becomes text as soon as it happens and waits in the queue as [`EventText`]; a batch is made by joining such
//! texts. The page an event happened on is named by its index in the batch, so that index is added only then.
//! The reading half is in `payload/reader.rs`, by feature: the page does not need it.

use alloc::string::String;

use crate::decimal::{Decimal, write_integer};
use crate::release::EVERYBODY;
use crate::value::{Kind, Value};

#[cfg(feature = "reader")]
pub mod reader;

/// Version of the protocol.
pub const VERSION: u32 = 1;

/// One event, about to be written.
pub struct EventRecord<'a> {
    /// UUID, made by the sender.
    pub id: &'a str,
    /// Name of the event.
    pub name: &'a str,
    /// When it happened, by the sender's clock: ms since 1970 UTC.
    pub ts: u64,
    /// Position in the session, from 1.
    pub seq: u32,
    /// The tag that fired; empty for automatic events.
    pub tag: &'a str,
    /// The trigger that made it fire; empty for automatic events.
    pub trigger: &'a str,
    /// The element it happened on; empty if there is none.
    pub element: &'a str,
    /// Time in front of the visitor since the last report; written if not 0.
    pub engaged_ms: u32,
    /// Of a million visitors, those whose events are sent; written if not all.
    pub sample: u32,
    /// Everything else.
    pub props: &'a [(&'a str, Value)],
}

/// An event as text, complete but for the page it happened on.
#[derive(Clone)]
pub struct EventText(String);

/// What all events of a batch have in common.
pub struct BatchHeader<'a> {
    /// Which site.
    pub site: &'a str,
    /// The sender's clock when the request leaves: ms since 1970 UTC.
    pub sent: u64,
    /// The browser.
    pub visitor: u64,
    /// The session.
    pub session: Session<'a>,
    /// Number of the release whose rules fired.
    pub release: u32,
    /// Who the page says its user is, as JSON; empty if it does not.
    pub user: &'a str,
    /// Categories granted when the events happened.
    pub consent: &'a [&'a str],
    /// The pages the events happened on.
    pub pages: &'a [Page<'a>],
}

/// The session of a batch.
pub struct Session<'a> {
    /// Upper half: second at which it began; lower half: random.
    pub id: u64,
    /// Which session of this visitor, from 1.
    pub number: u32,
    /// Address of its first page.
    pub entry_url: &'a str,
    /// Referrer of its first page.
    pub entry_referrer: &'a str,
}

/// A page that events happened on.
pub struct Page<'a> {
    /// Its address.
    pub url: &'a str,
    /// Its title.
    pub title: &'a str,
    /// The page before.
    pub referrer: &'a str,
}

impl EventText {
    /// Writes an event.
    pub fn new(event: &EventRecord<'_>) -> Self {
        let mut out = String::with_capacity(160);
        out.push_str("{\"id\":");
        write_string(&mut out, event.id);
        text_field(&mut out, "name", event.name);
        number_field(&mut out, "ts", event.ts);
        number_field(&mut out, "seq", u64::from(event.seq));
        for (key, text) in [
            ("tag", event.tag),
            ("trigger", event.trigger),
            ("element", event.element),
        ] {
            if !text.is_empty() {
                text_field(&mut out, key, text);
            }
        }
        if event.engaged_ms > 0 {
            number_field(&mut out, "engaged_ms", u64::from(event.engaged_ms));
        }
        if event.sample < EVERYBODY
            && let Some(rate) = Decimal::new(i64::from(event.sample), 6)
        {
            key(&mut out, "sample_rate");
            rate.write(&mut out);
        }
        if !event.props.is_empty() {
            key(&mut out, "props");
            write_object(&mut out, event.props);
        }
        Self(out)
    }

    /// Bytes it takes in a batch, at most.
    pub fn weight(&self) -> usize {
        // `,"page":NN}` and the comma before the next.
        self.0.len() + 13
    }

    /// The text, for a host that keeps events across page loads.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What [`as_str`](Self::as_str) gave.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

/// Writes a batch: each event with the index of its page in `header.pages`.
pub fn write_batch<'e>(
    header: &BatchHeader<'_>,
    events: impl Iterator<Item = (u32, &'e EventText)>,
) -> String {
    let mut out = String::with_capacity(1024);
    out.push_str("{\"v\":");
    write_integer(&mut out, u64::from(VERSION));
    text_field(&mut out, "site", header.site);
    number_field(&mut out, "sent", header.sent);
    out.push_str(",\"visitor\":\"");
    write_hex(&mut out, header.visitor);
    out.push_str("\",\"session\":{\"id\":\"");
    write_hex(&mut out, header.session.id);
    out.push('"');
    number_field(&mut out, "number", u64::from(header.session.number));
    out.push_str(",\"entry\":{\"url\":");
    write_string(&mut out, header.session.entry_url);
    text_field(&mut out, "referrer", header.session.entry_referrer);
    out.push_str("}}");
    number_field(&mut out, "release", u64::from(header.release));
    if !header.user.is_empty() {
        key(&mut out, "user");
        out.push_str(header.user);
    }
    out.push_str(",\"consent\":[");
    for (at, category) in header.consent.iter().enumerate() {
        comma_after_first(&mut out, at);
        write_string(&mut out, category);
    }
    out.push_str("],\"pages\":[");
    for (at, page) in header.pages.iter().enumerate() {
        comma_after_first(&mut out, at);
        out.push_str("{\"url\":");
        write_string(&mut out, page.url);
        text_field(&mut out, "title", page.title);
        text_field(&mut out, "referrer", page.referrer);
        out.push('}');
    }
    out.push_str("],\"events\":[");
    for (at, (page, event)) in events.enumerate() {
        comma_after_first(&mut out, at);
        out.push_str(&event.0);
        number_field(&mut out, "page", u64::from(page));
        out.push('}');
    }
    out.push_str("]}");
    out
}

/// A JSON object with these properties.
pub fn write_object(out: &mut String, props: &[(&str, Value)]) {
    out.push('{');
    for (at, (key, value)) in props.iter().enumerate() {
        comma_after_first(out, at);
        write_string(out, key);
        out.push(':');
        write_value(out, value);
    }
    out.push('}');
}

fn comma_after_first(out: &mut String, at: usize) {
    if at > 0 {
        out.push(',');
    }
}

fn key(out: &mut String, key: &str) {
    out.push_str(",\"");
    out.push_str(key);
    out.push_str("\":");
}

pub(crate) fn text_field(out: &mut String, name: &str, text: &str) {
    key(out, name);
    write_string(out, text);
}

pub(crate) fn number_field(out: &mut String, name: &str, number: u64) {
    key(out, name);
    write_integer(out, number);
}

fn write_value(out: &mut String, value: &Value) {
    match value.kind() {
        Kind::Number | Kind::Boolean => out.push_str(value.as_str()),
        Kind::Text | Kind::List => write_string(out, &value.clone().into_text()),
    }
}

/// A JSON string. Control characters are escaped as JSON demands; the two line separators that older JavaScript did not
/// allow inside a string are escaped too.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => {
                out.push('\\');
                out.push(char);
            }
            '\0'..='\u{1f}' | '\u{7f}' | '\u{2028}' | '\u{2029}' => {
                out.push_str("\\u");
                write_hex_digits(out, u64::from(u32::from(char)), 4);
            }
            char => out.push(char),
        }
    }
    out.push('"');
}

/// Sixteen hexadecimal digits.
fn write_hex(out: &mut String, number: u64) {
    write_hex_digits(out, number, 16);
}

fn write_hex_digits(out: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = (number >> (4 * place)) & 15;
        if let Some(char) = u32::try_from(digit)
            .ok()
            .and_then(|digit| char::from_digit(digit, 16))
        {
            out.push(char);
        }
    }
}
