//! The payload, as far as the rules write it: what a tag says of an event. `docs/protocol.md` describes the whole of what the page
//! sends to `POST /c`; the rest of it (`tag-wasm/js/recorder.js`) is the same whatever fired.
//!
//! The reading half is in `payload/reader.rs`, by feature: the page does not need it.

use alloc::string::String;

use crate::decimal::Decimal;
use crate::evaluate::Firing;
use crate::release::EVERYBODY;
use crate::value::{Kind, Value};

#[cfg(feature = "reader")]
pub mod reader;

/// Version of the protocol.
pub const VERSION: u32 = 1;

/// Writes what a firing says of its event: the inside of a JSON object, without its braces, that lacks id, time and place.
pub fn write_event(out: &mut String, firing: &Firing<'_>) {
    out.push_str("\"name\":");
    write_string(out, firing.tag.event());
    for (key, text) in [
        ("tag", firing.tag.name()),
        ("trigger", firing.trigger.name()),
        ("element", &firing.element),
    ] {
        if !text.is_empty() {
            text_field(out, key, text);
        }
    }
    let sample = firing.tag.sample();
    if sample < EVERYBODY
        && let Some(rate) = Decimal::new(i64::from(sample), 6)
    {
        key(out, "sample_rate");
        rate.write(out);
    }
    if !firing.props.is_empty() {
        key(out, "props");
        write_object(out, &firing.props);
    }
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

#[cfg(feature = "authoring")]
pub(crate) fn number_field(out: &mut String, name: &str, number: u64) {
    key(out, name);
    crate::decimal::write_integer(out, number);
}

fn write_value(out: &mut String, value: &Value) {
    match value.kind() {
        Kind::Number | Kind::Boolean => out.push_str(value.as_str()),
        Kind::Text | Kind::List => write_string(out, &value.clone().into_text()),
    }
}

/// A JSON string. Control characters are escaped as JSON demands; the two line separators that older JavaScript did not
/// allow inside a string are escaped too.
pub fn write_string(out: &mut String, text: &str) {
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
