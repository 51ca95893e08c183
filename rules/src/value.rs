//! Typed values: what variables hold, conditions compare and payloads carry.
//!
//! Reading a type out of a text of the page (`as` in a container) is decided here and nowhere else, so that the page, the
//! simulation and the tests agree on what `1 990,50 ₽` is.

use alloc::string::String;

use crate::decimal::Decimal;
use crate::wire::wire_enum;

/// Texts read from the page are cut after this many characters, before anything looks at them.
pub const MAX_TEXT_CHARS: usize = 2_048;

/// A value of one of the types a rule can name.
#[derive(Clone, PartialEq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub enum Value {
    /// A text.
    Text(String),
    /// A number; `integer` and `money` are numbers too, read more strictly or more leniently.
    Number(Decimal),
    /// Yes or no.
    Boolean(bool),
}

/// The type a variable is to be read as.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub enum Cast {
    /// A text.
    Text,
    /// The whole text is a number.
    Number,
    /// A number without its decimals.
    Integer,
    /// The first amount in the text, whatever stands around it.
    Money,
    /// `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`.
    Boolean,
}

wire_enum!(Value { 0 => Text(text), 1 => Number(number), 2 => Boolean(value) });
wire_enum!(Cast { 0 => Text, 1 => Number, 2 => Integer, 3 => Money, 4 => Boolean });

impl Value {
    /// The value read as `cast`; `None` if it cannot be.
    pub fn cast(self, cast: Cast) -> Option<Self> {
        match cast {
            Cast::Text => Some(Self::Text(self.into_text())),
            Cast::Number => self.number(parse_number).map(Self::Number),
            Cast::Integer => self
                .number(parse_number)
                .map(|number| Self::Number(number.truncated())),
            Cast::Money => self
                .number(parse_money)
                .map(|number| Self::Number(number.rounded(2))),
            Cast::Boolean => self.boolean().map(Self::Boolean),
        }
    }

    /// The value as a text.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(_) | Self::Boolean(_) => {
                let mut out = String::new();
                self.write_text(&mut out);
                out
            }
        }
    }

    /// Appends the value as a text.
    pub fn write_text(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Number(number) => number.write(out),
            Self::Boolean(true) => out.push_str("true"),
            Self::Boolean(false) => out.push_str("false"),
        }
    }

    /// Whether `self`, read as the type of `wanted`, is `wanted`: the text `5` equals the number 5.
    pub fn equals(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Text(text), Self::Text(wanted)) => text == wanted,
            (_, Self::Text(wanted)) => self.clone().into_text() == *wanted,
            (_, Self::Number(wanted)) => self.number(parse_number) == Some(*wanted),
            (_, Self::Boolean(wanted)) => self.boolean() == Some(*wanted),
        }
    }

    fn number(&self, parse: fn(&str) -> Option<Decimal>) -> Option<Decimal> {
        match self {
            Self::Text(text) => parse(text),
            Self::Number(number) => Some(*number),
            Self::Boolean(_) => None,
        }
    }

    fn boolean(&self) -> Option<bool> {
        let text = match self {
            Self::Boolean(value) => return Some(*value),
            Self::Number(number) if *number == Decimal::ZERO => return Some(false),
            Self::Number(number) if *number == Decimal::from(1) => return Some(true),
            Self::Number(_) => return None,
            Self::Text(text) => text.trim(),
        };
        let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is(["true", "1", "yes", "on"]) {
            Some(true)
        } else if is(["false", "0", "no", "off"]) {
            Some(false)
        } else {
            None
        }
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
    for (taken, word) in text.split_whitespace().enumerate() {
        // Each word has a character at least: more words than that are cut away anyway.
        if taken > MAX_TEXT_CHARS {
            break;
        }
        if taken > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
    cut(out)
}

/// A text that is a number as a whole: `1990`, `1 990`, `-0,5`. Spaces may part thousands; the decimal sign is a point
/// or a comma.
fn parse_number(text: &str) -> Option<Decimal> {
    let mut plain = String::new();
    for char in text.trim().chars() {
        match char {
            ',' => plain.push('.'),
            '\u{2212}' => plain.push('-'),
            char if is_group_space(char) => {}
            char => plain.push(char),
        }
    }
    Decimal::parse(&plain)
}

/// The first amount in a text: `1 990,50 ₽`, `$1,299.00`, `от 1.299 €`.
///
/// Which sign parts thousands and which decimals is read from the amount itself: the last of two different signs parts
/// decimals; a sign that comes more than once, or before exactly three last digits, parts thousands.
fn parse_money(text: &str) -> Option<Decimal> {
    let amount = first_amount(text)?;
    let last_sign = amount.chars().rev().find(|char| matches!(char, '.' | ','));
    let decimal_sign = last_sign.filter(|sign| {
        let decimals = amount.rsplit(*sign).next().map_or(0, str::len);
        let other = if *sign == '.' { ',' } else { '.' };
        let once = amount.matches(*sign).count() == 1;
        once && (decimals != 3 || amount.contains(other) || amount.starts_with("0"))
    });
    let mut plain = String::new();
    for char in amount.chars() {
        if Some(char) == decimal_sign {
            plain.push('.');
        } else if char.is_ascii_digit() {
            plain.push(char);
        }
    }
    let number = Decimal::parse(&plain)?;
    let before = text.split(amount).next().unwrap_or_default().trim_end();
    if before.ends_with(['-', '\u{2212}']) {
        Decimal::parse(&["-", &plain].concat())
    } else {
        Some(number)
    }
}

/// The first run of digits with the signs and spaces that belong to one number: a space only before three digits.
fn first_amount(text: &str) -> Option<&str> {
    let start = text.find(|char: char| char.is_ascii_digit())?;
    let rest = text.get(start..)?;
    let mut end = 0;
    let mut chars = rest.char_indices();
    while let Some((at, char)) = chars.next() {
        let after = chars.as_str();
        let goes_on = if char.is_ascii_digit() {
            end = at + 1;
            true
        } else if matches!(char, '.' | ',') {
            after.starts_with(|next: char| next.is_ascii_digit())
        } else {
            is_group_space(char) && leading_digits(after) == 3
        };
        if !goes_on {
            break;
        }
    }
    rest.get(..end)
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Signs that part thousands and nothing else: spaces of several widths, apostrophes.
fn is_group_space(char: char) -> bool {
    matches!(
        char,
        ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}'
    )
}
