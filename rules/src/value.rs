//! Typed values: what variables hold, conditions compare and payloads carry.
//!
//! Reading a type out of a text of the page is the host's ([`Transform::Number`](crate::host::Transform::Number) and those
//! behind it), so that only sites whose rules do that download it.

use alloc::string::String;

/// Texts read from the page are cut after this many characters, before anything looks at them.
pub const MAX_TEXT_CHARS: usize = 2_048;

/// A value of one of the types a rule can name: the type, and the value as a text. One text for all types, rather than a
/// number, a truth value or a list, because each visitor would have to download how to copy, compare and drop those.
#[derive(Clone, PartialEq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub struct Value {
    kind: Kind,
    // INVARIANT: of a number, as `Decimal` writes it; of a boolean, `true` or `false`; of a list, tidy entries that are not
    // empty, with `LIST_SEPARATOR` between them.
    text: String,
}

/// What type a value is of. The numbers stand in releases and are known to `tag-wasm/js/text.js`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
#[repr(u8)]
pub enum Kind {
    /// A text.
    Text = 1,
    /// A number; `integer` and `money` are numbers too, read more strictly or more leniently.
    Number = 2,
    /// Yes or no.
    Boolean = 3,
    /// Several texts.
    List = 4,
}

/// What parts the entries of a list in a text of people's.
const COMMA: char = ',';
/// What parts the entries of a list.
pub const LIST_SEPARATOR: char = '\u{1f}';

impl Kind {
    /// The one of this number; of another, a text.
    pub fn of(number: u32) -> Self {
        match number {
            2 => Self::Number,
            3 => Self::Boolean,
            4 => Self::List,
            _ => Self::Text,
        }
    }
}

impl Value {
    /// A value that is written so: see [`Value::as_str`]. Cut as texts are.
    pub fn new(kind: Kind, text: String) -> Self {
        Self {
            kind,
            text: cut(text),
        }
    }

    /// A text.
    pub fn text(text: String) -> Self {
        Self::new(Kind::Text, text)
    }

    /// Yes or no.
    pub fn boolean(value: bool) -> Self {
        Self::new(
            Kind::Boolean,
            String::from(if value { "true" } else { "false" }),
        )
    }

    /// What type it is of.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The text of a text; a number or a boolean as a text; of a list, its entries with [`LIST_SEPARATOR`] between them.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is anything in it but white space.
    pub fn is_filled(&self) -> bool {
        self.text.chars().any(|char| !char.is_whitespace())
    }

    /// The value as a text.
    pub fn into_text(self) -> String {
        if self.kind != Kind::List {
            return self.text;
        }
        let comma = |char| if char == LIST_SEPARATOR { COMMA } else { char };
        self.text.chars().map(comma).collect()
    }

    /// The entries of a list; of anything else, its text.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        let is_list = self.kind == Kind::List;
        let entries = self
            .text
            .split(move |char| is_list && char == LIST_SEPARATOR);
        entries.filter(move |entry| !is_list || !entry.is_empty())
    }
}

/// Cuts a text after [`MAX_TEXT_CHARS`] characters.
pub fn cut(mut text: String) -> String {
    // Fewer bytes than that are fewer characters, which is nearly always so.
    if text.len() > MAX_TEXT_CHARS
        && let Some((at, _)) = text.char_indices().nth(MAX_TEXT_CHARS)
    {
        text.truncate(at);
    }
    text
}

/// Turns every run of white space into one space and removes it at both ends: what a reader of the page sees.
pub fn tidy(text: &str) -> String {
    let mut out = String::new();
    // Each word has a character at least: more words than that are cut away anyway.
    for word in text.split_whitespace().take(MAX_TEXT_CHARS) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    cut(out)
}

/// The text that bytes of UTF-8 are. By hand: what the standard library has for it is fast on long texts and takes most of a
/// kilobyte of every page.
pub fn decode(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut code = 0;
    let mut left = 0;
    for byte in bytes {
        let ones = byte.leading_ones();
        if left > 0 && ones == 1 {
            code = code << 6 | u32::from(byte & 0x3F);
            left -= 1;
        } else if left == 0 && ones != 1 && ones < 5 {
            code = u32::from(byte & (0xFF >> ones));
            left = ones.saturating_sub(1);
        } else {
            return None;
        }
        if left == 0 {
            text.push(char::from_u32(code)?);
        }
    }
    (left == 0).then_some(text)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn decodes_what_was_encoded_and_nothing_else() {
        for text in ["", "a", "яблоко", "\u{7ff}\u{800}\u{ffff}", "👩‍👩‍👧 שלום"]
        {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(text));
        }
        for bytes in [
            &[0x80][..],
            &[0xC3],
            &[0xC3, b'a'],
            &[0xE2, 0x82],
            &[0xED, 0xA0, 0x80],
            &[0xF8, 0x88, 0x80, 0x80, 0x80],
            &[0xF8, 0x80, 0x80, 0x80, 0x80],
            &[0xFF],
        ] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_kind_has_a_number() {
        for kind in [Kind::Text, Kind::Number, Kind::Boolean, Kind::List] {
            assert_eq!(Kind::of(kind as u32), kind);
        }
        assert_eq!(Kind::of(0), Kind::Text);
    }

    #[test]
    fn only_lists_have_entries() {
        let of = |kind, text: &str| {
            let value = Value::new(kind, String::from(text));
            value.entries().map(String::from).collect::<Vec<_>>()
        };
        assert_eq!(of(Kind::List, "a\u{1f}\u{1f}b"), ["a", "b"]);
        assert_eq!(of(Kind::List, ""), [""; 0]);
        assert_eq!(of(Kind::Text, "a\u{1f}b"), ["a\u{1f}b"]);
        assert_eq!(of(Kind::Text, ""), [""]);
    }

    #[test]
    fn cuts_by_characters_and_tidies_white_space() {
        let long = "я".repeat(MAX_TEXT_CHARS + 5);
        assert_eq!(cut(long).chars().count(), MAX_TEXT_CHARS);
        let exact = "я".repeat(MAX_TEXT_CHARS);
        assert_eq!(cut(exact.clone()), exact);
        assert_eq!(tidy("\n  Buy\t\u{a0}now \u{2003}!\r\n"), "Buy now !");
        assert_eq!(tidy(" \n"), "");
        assert_eq!(tidy(&"a ".repeat(3_000)).chars().count(), MAX_TEXT_CHARS);
    }
}
