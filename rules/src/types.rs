//! Reading a type out of a text of the page: what `1 990,50 ₽` is. `tag-wasm/js/parts/types.js` is its twin in the page;
//! the golden cases hold both to the same answers.

use std::cmp::Ordering;
use std::str::Chars;

use crate::decimal::Decimal;
use crate::host::Transform;
use crate::value::LIST_SEPARATOR;

/// What a text comes to, read so; `None` if it cannot be.
pub(crate) fn read(how: Transform, argument: &str, text: &str) -> Option<String> {
    Some(match how {
        Transform::Number => written(number(text)?),
        Transform::Integer => written(number(text)?.truncated()),
        Transform::Money => written(money(text)?.rounded(2)),
        Transform::Boolean => boolean(text)?.to_string(),
        Transform::List => list(text.split(',')),
        Transform::Round => written(number(text)?.rounded(argument.parse().ok()?)),
        Transform::Bucket => bucket(number(text)?, argument)?,
        Transform::Order => sign(number(text)?.cmp(&Decimal::parse(argument)?)),
        Transform::OrderOfDays => {
            // A day without a time is all of that day.
            let (day, wanted) = (text.as_bytes(), argument.as_bytes());
            let length = day.len().min(wanted.len());
            sign(day.get(..length)?.cmp(wanted.get(..length)?))
        }
        _ => return None,
    })
}

pub(crate) fn written(number: Decimal) -> String {
    let mut text = String::new();
    number.write(&mut text);
    text
}

fn sign(order: Ordering) -> String {
    let sign = match order {
        Ordering::Less => "<",
        Ordering::Equal => "=",
        Ordering::Greater => ">",
    };
    sign.to_owned()
}

/// What JavaScript takes for white space.
pub(crate) fn is_space(char: char) -> bool {
    char == '\u{feff}' || (char.is_whitespace() && char != '\u{85}')
}

/// Without white space at its ends, and with one space for each run of it.
fn tidy(text: &str) -> String {
    let words: Vec<&str> = text
        .split(is_space)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// The entries of a list, as values hold them.
pub(crate) fn list<'t>(entries: impl Iterator<Item = &'t str>) -> String {
    let entries: Vec<String> = entries
        .map(tidy)
        .filter(|entry| !entry.is_empty())
        .collect();
    entries.join(&LIST_SEPARATOR.to_string())
}

/// `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`.
fn boolean(text: &str) -> Option<bool> {
    let text = tidy(text);
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "1", "yes", "on"]) {
        Some(true)
    } else if is(["false", "0", "no", "off"]) {
        Some(false)
    } else {
        None
    }
}

/// Of the ranges that begin at these numbers, ascending, and the one before them: the name of the one it is in.
fn bucket(number: Decimal, bounds: &str) -> Option<String> {
    let bounds: Vec<&str> = bounds.split(' ').collect();
    let is_reached = |bound: &&str| Decimal::parse(bound).is_some_and(|bound| bound <= number);
    let reached = bounds.iter().rposition(is_reached);
    let next = bounds.get(reached.map_or(0, |at| at + 1));
    Some(match (reached.and_then(|at| bounds.get(at)), next) {
        (None, Some(first)) => format!("<{first}"),
        (Some(from), Some(to)) => format!("{from}-{to}"),
        (Some(from), None) => format!(">={from}"),
        (None, None) => return None,
    })
}

/// A text that is a number as a whole: `1990`, `1 990`, `-0,5`.
pub(crate) fn number(text: &str) -> Option<Decimal> {
    let text = tidy(text);
    let unsigned = text.strip_prefix(['-', '\u{2212}', '+']).unwrap_or(&text);
    let amount = Amount::read(unsigned.chars());
    // A single point is what programs write before decimals.
    let number = amount.number(true)?;
    let whole = amount.rest.as_str().is_empty();
    whole.then(|| number.signed(!text.starts_with(['-', '\u{2212}'])))
}

/// The first amount in a text: `1 990,50 ₽`, `$1,299.00`, `от 1.299 €`.
fn money(text: &str) -> Option<Decimal> {
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

    fn read(text: &str, how: Transform) -> Option<String> {
        super::read(how, "", text)
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
            ("1x990", "1"),
            ("8-800-555-35-35", "8"),
            ("2 шт. по 300", "2"),
            ("Цена: 12.", "12"),
            ("12,", "12"),
            ("9.999", "9999"),
            ("3.14", "3.14"),
            ("0.005", "0.01"),
        ] {
            assert_eq!(
                read(text, Transform::Money).as_deref(),
                Some(amount),
                "{text}"
            );
        }
        for text in ["", "бесплатно", "—", "٣٤", "1234567890123456"] {
            assert_eq!(read(text, Transform::Money), None, "{text}");
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
            assert_eq!(
                read(text, Transform::Number).as_deref(),
                Some(number),
                "{text}"
            );
        }
        for text in [
            "", " ", "42 шт", "x42", "1 2", "--1", "1..2", "5.", "1e3", "- 1", "1-990",
        ] {
            assert_eq!(read(text, Transform::Number), None, "{text}");
        }
        assert_eq!(read("4,9", Transform::Integer).as_deref(), Some("4"));
        assert_eq!(read("-4.9", Transform::Integer).as_deref(), Some("-4"));
    }

    #[test]
    fn lists_stand_between_commas() {
        for (text, entries) in [
            ("", ""),
            (",", ""),
            (" \u{a0}, ", ""),
            ("a", "a"),
            (" a  b ,,c,", "a b\u{1f}c"),
            ("я,👩‍👩‍👧 ,שלום", "я\u{1f}👩‍👩‍👧\u{1f}שלום"),
        ] {
            assert_eq!(
                read(text, Transform::List).as_deref(),
                Some(entries),
                "{text}"
            );
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
            let value = value.map(|value: bool| value.to_string());
            assert_eq!(read(text, Transform::Boolean), value, "{text}");
        }
    }

    #[test]
    fn ranges_have_names() {
        for (text, bounds, name) in [
            ("5", "10", Some("<10")),
            ("10", "10", Some(">=10")),
            ("9,99", "10 20.5", Some("<10")),
            ("10", "10 20.5", Some("10-20.5")),
            ("20.5", "10 20.5", Some(">=20.5")),
            ("-1", "-5 0", Some("-5-0")),
            ("x", "10", None),
        ] {
            assert_eq!(
                super::read(Transform::Bucket, bounds, text).as_deref(),
                name,
                "{text}"
            );
        }
    }

    #[test]
    fn compares_numbers_and_days() {
        use Transform::{Order, OrderOfDays};
        for (how, text, wanted, sign) in [
            (Order, "5", "10", Some("<")),
            (Order, "10,0", "10", Some("=")),
            (Order, "1 000.5", "1000.49", Some(">")),
            (Order, "-2", "-1", Some("<")),
            (Order, "", "0", None),
            (OrderOfDays, "2026-12-31T23:59:00", "2026-12-31", Some("=")),
            (OrderOfDays, "2026-12-31", "2026-12-31T12:00:00", Some("=")),
            (OrderOfDays, "2026-11-30", "2026-12-01", Some("<")),
        ] {
            assert_eq!(
                super::read(how, wanted, text).as_deref(),
                sign,
                "{text} {wanted}"
            );
        }
    }
}
