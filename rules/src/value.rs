//! Typed values: what variables hold, conditions compare and payloads carry.
//!
//! Reading a type out of a text of the page (`as` in a container) is decided here and nowhere else, so that the page, the
//! simulation and the tests agree on what `1 990,50 ₽` is.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::str::Chars;

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
    /// Several texts.
    List(Vec<String>),
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
    /// What stands between commas.
    List,
}

/// What parts the entries of a list in a text of people's.
const COMMA: char = ',';
/// What parts the entries of a list on its way from a host.
pub const LIST_SEPARATOR: char = '\u{1f}';

wire_enum!(Value { 0 => Text(text), 1 => Number(number), 2 => Boolean(value), 3 => List(entries) });
wire_enum!(Cast { 0 => Text, 1 => Number, 2 => Integer, 3 => Money, 4 => Boolean, 5 => List });

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
            Cast::List => Some(match self {
                Self::List(_) => self,
                other => Self::list(&other.into_text(), COMMA),
            }),
        }
    }

    /// The list whose entries stand between separators in a text. An empty one is no entry.
    pub fn list(text: &str, separator: char) -> Self {
        let mut entries = Vec::new();
        let mut entry = String::new();
        // By hand: searching takes every visitor half a kilobyte. One more separator ends the last entry.
        for char in text.chars().chain(core::iter::once(separator)) {
            if char != separator {
                entry.push(char);
                continue;
            }
            let whole = tidy(&entry);
            if !whole.is_empty() {
                entries.push(whole);
            }
            entry.clear();
        }
        Self::List(entries)
    }

    /// The value as a rule may see it: not longer than texts may be.
    pub(crate) fn within_bounds(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(cut(text)),
            other => other,
        }
    }

    /// Whether there is anything in it but white space.
    pub fn is_filled(&self) -> bool {
        match self {
            Self::Text(text) => text.chars().any(|char| !char.is_whitespace()),
            Self::List(entries) => !entries.is_empty(),
            Self::Number(_) | Self::Boolean(_) => true,
        }
    }

    /// The number that it is.
    pub fn as_number(&self) -> Option<Decimal> {
        self.number(parse_number)
    }

    /// The value as a text.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(_) | Self::Boolean(_) | Self::List(_) => {
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
            Self::List(entries) => {
                for (at, entry) in entries.iter().enumerate() {
                    if at > 0 {
                        out.push(COMMA);
                    }
                    out.push_str(entry);
                }
            }
        }
    }

    /// Whether `self`, read as the type of `wanted`, is `wanted`: the text `5` equals the number 5.
    pub fn equals(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Text(text), Self::Text(wanted)) => text == wanted,
            (_, Self::Text(wanted)) => self.clone().into_text() == *wanted,
            (_, Self::Number(wanted)) => self.number(parse_number) == Some(*wanted),
            (_, Self::Boolean(wanted)) => self.boolean() == Some(*wanted),
            (_, Self::List(_)) => false,
        }
    }

    /// Whether it is `wanted`, or has it as an entry.
    pub(crate) fn has_entry(&self, wanted: &Self) -> bool {
        match self {
            Self::List(entries) => entries
                .iter()
                .any(|entry| Self::Text(entry.clone()).equals(wanted)),
            _ => self.equals(wanted),
        }
    }

    /// How it compares with `wanted`, a number or a day; `None` if it is nothing of that kind. A day without a time is
    /// all of that day.
    pub(crate) fn compare(&self, wanted: &Self) -> Option<Ordering> {
        match (self, wanted) {
            (_, Self::Number(wanted)) => Some(self.as_number()?.cmp(wanted)),
            (Self::Text(day), Self::Text(wanted)) => {
                let (day, wanted) = (day.as_bytes(), wanted.as_bytes());
                let length = day.len().min(wanted.len());
                Some(day.get(..length)?.cmp(wanted.get(..length)?))
            }
            _ => None,
        }
    }

    fn number(&self, parse: fn(&str) -> Option<Decimal>) -> Option<Decimal> {
        match self {
            Self::Text(text) => parse(text),
            Self::Number(number) => Some(*number),
            Self::Boolean(_) | Self::List(_) => None,
        }
    }

    fn boolean(&self) -> Option<bool> {
        let text = match self {
            Self::Boolean(value) => return Some(*value),
            Self::Number(number) if *number == Decimal::ZERO => return Some(false),
            Self::Number(number) if *number == Decimal::from(1) => return Some(true),
            Self::Number(_) | Self::List(_) => return None,
            Self::Text(text) => &tidy(text),
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

/// A text that is a number as a whole: `1990`, `1 990`, `-0,5`.
fn parse_number(text: &str) -> Option<Decimal> {
    let text = tidy(text);
    let unsigned = text.strip_prefix(['-', '\u{2212}', '+']).unwrap_or(&text);
    let amount = Amount::read(unsigned.chars());
    // A single point is what programs write before decimals.
    let number = amount.number(true)?;
    let whole = amount.rest.as_str().is_empty();
    whole.then(|| number.signed(!text.starts_with(['-', '\u{2212}'])))
}

/// The first amount in a text: `1 990,50 ₽`, `$1,299.00`, `от 1.299 €`.
fn parse_money(text: &str) -> Option<Decimal> {
    let mut chars = text.chars();
    let mut before = ' ';
    loop {
        match chars.clone().next()? {
            char if char.is_ascii_digit() => break,
            char if !char.is_whitespace() => before = char,
            _ => {}
        }
        chars.next();
    }
    let number = Amount::read(chars).number(false)?;
    Some(number.signed(!matches!(before, '-' | '\u{2212}')))
}

/// A run of digits with the signs and spaces that belong to one number.
struct Amount<'t> {
    digits: String,
    points: u32,
    commas: u32,
    spaces: u32,
    /// The last point or comma, and the number of digits before it.
    last: Option<(char, usize)>,
    /// What follows.
    rest: Chars<'t>,
}

impl<'t> Amount<'t> {
    fn read(chars: Chars<'t>) -> Self {
        let mut amount = Self {
            digits: String::new(),
            points: 0,
            commas: 0,
            spaces: 0,
            last: None,
            rest: chars,
        };
        loop {
            let mut ahead = amount.rest.clone();
            let Some(char) = ahead.next() else { break };
            let following = ahead.clone().take_while(char::is_ascii_digit).count();
            if char.is_ascii_digit() {
                amount.digits.push(char);
            } else if matches!(char, '.' | ',') && following > 0 {
                *(if char == '.' {
                    &mut amount.points
                } else {
                    &mut amount.commas
                }) += 1;
                amount.last = Some((char, amount.digits.len()));
            } else if is_group_space(char) && following == 3 && !amount.digits.is_empty() {
                amount.spaces += 1;
            } else {
                break;
            }
            amount.rest = ahead;
        }
        amount
    }

    /// Which sign parts decimals is read from the amount itself: the last of two different signs does; a sign that comes
    /// more than once, or alone before exactly three last digits, parts thousands.
    fn number(&self, point_is_decimal: bool) -> Option<Decimal> {
        let Some((sign, before)) = self.last else {
            return Decimal::parse(&self.digits);
        };
        let (times, others) = if sign == '.' {
            (self.points, self.commas)
        } else {
            (self.commas, self.points)
        };
        let decimals = self.digits.len() - before;
        let is_decimal = times == 1
            && (decimals != 3
                || others + self.spaces > 0
                || before == 0
                || self.digits.starts_with('0')
                || (point_is_decimal && sign == '.'));
        let mut plain = String::new();
        for (at, char) in self.digits.chars().enumerate() {
            if is_decimal && at == before {
                plain.push('.');
            }
            plain.push(char);
        }
        Decimal::parse(&plain)
    }
}

/// Signs that part thousands and nothing else: spaces of several widths, apostrophes.
fn is_group_space(char: char) -> bool {
    matches!(
        char,
        ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, cast: Cast) -> Option<String> {
        Value::Text(text.to_owned())
            .cast(cast)
            .map(Value::into_text)
    }

    #[test]
    fn reads_amounts_as_they_stand_on_pages() {
        for (text, amount) in [
            ("1990", "1990"),
            ("1 990 ₽", "1990"),
            ("1\u{a0}990,50\u{a0}руб.", "1990.5"),
            ("от 1\u{202f}990 ₽ до 2\u{202f}500 ₽", "1990"),
            ("$1,299.00", "1299"),
            ("1.299,00 €", "1299"),
            ("1.299 €", "1299"),
            ("1,299", "1299"),
            ("1,234,567.891", "1234567.89"),
            ("1.234.567", "1234567"),
            ("12 345,678", "12345.68"),
            ("0,500", "0.5"),
            ("1'299.95 CHF", "1299.95"),
            ("-5 %", "-5"),
            ("− 12,5", "-12.5"),
            ("1 99", "1"),
            ("2 шт. по 300", "2"),
            ("Цена: 12.", "12"),
            ("12,", "12"),
            ("9.999", "9999"),
            ("3.14", "3.14"),
            ("0.005", "0.01"),
        ] {
            assert_eq!(read(text, Cast::Money).as_deref(), Some(amount), "{text}");
        }
        for text in ["", "бесплатно", "—", "٣٤", "1234567890123456"] {
            assert_eq!(read(text, Cast::Money), None, "{text}");
        }
    }

    #[test]
    fn reads_numbers_only_if_the_whole_text_is_one() {
        for (text, number) in [
            ("42", "42"),
            (" 42 ", "42"),
            ("-0,5", "-0.5"),
            ("+7", "7"),
            ("1 990", "1990"),
            ("4.125", "4.125"),
            ("1,299", "1299"),
            ("1,299.5", "1299.5"),
            ("\u{2212}3", "-3"),
        ] {
            assert_eq!(read(text, Cast::Number).as_deref(), Some(number), "{text}");
        }
        for text in [
            "", " ", "42 шт", "x42", "1 2", "--1", "1..2", "5.", "1e3", "- 1",
        ] {
            assert_eq!(read(text, Cast::Number), None, "{text}");
        }
        assert_eq!(read("4,9", Cast::Integer).as_deref(), Some("4"));
        assert_eq!(read("-4.9", Cast::Integer).as_deref(), Some("-4"));
    }

    #[test]
    fn lists_stand_between_separators() {
        for (text, entries) in [
            ("", &[][..]),
            (",", &[]),
            (" \u{a0}, ", &[]),
            ("a", &["a"]),
            (" a  b ,,c,", &["a b", "c"]),
            ("я,👩‍👩‍👧 ,שלום", &["я", "👩‍👩‍👧", "שלום"]),
        ] {
            let wanted = entries.iter().map(|&entry| entry.to_owned()).collect();
            assert_eq!(Value::list(text, ','), Value::List(wanted), "{text}");
        }
    }

    #[test]
    fn reads_yes_and_no() {
        for (text, value) in [
            ("true", Some(true)),
            (" YES ", Some(true)),
            ("1", Some(true)),
            ("on", Some(true)),
            ("False", Some(false)),
            ("0", Some(false)),
            ("off", Some(false)),
            ("no", Some(false)),
            ("", None),
            ("да", None),
            ("2", None),
        ] {
            let read = Value::Text(text.to_owned()).cast(Cast::Boolean);
            assert_eq!(read, value.map(Value::Boolean), "{text}");
        }
        let number = |number| Value::Number(Decimal::from(number)).cast(Cast::Boolean);
        assert_eq!(number(1), Some(Value::Boolean(true)));
        assert_eq!(number(0), Some(Value::Boolean(false)));
        assert_eq!(number(2), None);
        assert_eq!(Value::Boolean(true).cast(Cast::Number), None);
        assert_eq!(
            Value::Boolean(true).cast(Cast::Text),
            Some(Value::Text("true".to_owned()))
        );
    }

    #[test]
    fn compares_by_the_type_that_is_wanted() {
        let text = |text: &str| Value::Text(text.to_owned());
        let number = |text: &str| Value::Number(Decimal::parse(text).unwrap());
        for (value, wanted, equal) in [
            (text("a"), text("a"), true),
            (text("a"), text("A"), false),
            (text("5"), number("5"), true),
            (text("5,0"), number("5"), true),
            (text("5 apples"), number("5"), false),
            (number("5"), text("5"), true),
            (number("5.5"), text("5.50"), false),
            (number("0.5"), number("0.5"), true),
            (text("yes"), Value::Boolean(true), true),
            (text("no"), Value::Boolean(true), false),
            (Value::Boolean(true), text("true"), true),
            (Value::Boolean(true), number("1"), false),
            (number("1"), Value::Boolean(true), true),
        ] {
            assert_eq!(value.equals(&wanted), equal, "{value:?} {wanted:?}");
        }
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
