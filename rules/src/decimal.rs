//! Exact decimal numbers: what numbers in rules, in page texts and in payloads are.
//!
//! Prices are decimal, so nothing is lost; and the page is spared the floating-point parser and printer of the standard
//! library, several kilobytes each. Fifteen significant digits: any reader that holds numbers as 64-bit floats, like
//! JavaScript, gets exactly the number that was written.

use alloc::string::String;
use core::cmp::Ordering;

/// Significant digits at most.
pub const MAX_DIGITS: u8 = 15;
/// Largest count of units: fifteen nines.
const MAX_UNITS: i64 = 999_999_999_999_999;

/// `units / 10^scale`, in lowest terms.
// INVARIANT: |units| <= MAX_UNITS, scale <= MAX_DIGITS, and `units` ends in no zero unless `scale` is 0; equal numbers
// are therefore equal in both fields.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub struct Decimal {
    units: i64,
    scale: u8,
}

impl Decimal {
    /// `units / 10^scale`; `None` if that has more than [`MAX_DIGITS`] digits.
    pub fn new(units: i64, scale: u8) -> Option<Self> {
        let (mut units, mut scale) = (units, scale);
        while scale > 0 && units % 10 == 0 {
            units /= 10;
            scale -= 1;
        }
        let fits = (-MAX_UNITS..=MAX_UNITS).contains(&units) && scale <= MAX_DIGITS;
        fits.then_some(Self { units, scale })
    }

    /// Zero.
    pub const ZERO: Self = Self { units: 0, scale: 0 };

    /// The number, or its opposite.
    #[cfg(feature = "authoring")]
    #[must_use]
    pub(crate) fn signed(self, positive: bool) -> Self {
        if positive {
            self
        } else {
            Self {
                units: -self.units,
                ..self
            }
        }
    }

    /// The number without its decimals.
    #[must_use]
    pub fn truncated(self) -> Self {
        self.with_decimals(0, false)
    }

    /// The number rounded to at most `decimals` decimals, halves away from zero.
    #[must_use]
    pub fn rounded(self, decimals: u8) -> Self {
        self.with_decimals(decimals, true)
    }

    fn with_decimals(self, decimals: u8, round: bool) -> Self {
        let (mut units, mut scale) = (self.units, self.scale);
        while scale > decimals {
            let last = scale == decimals + 1;
            let half = if round && last { units % 10 / 5 } else { 0 };
            units = units / 10 + half;
            scale -= 1;
        }
        Self::new(units, scale).unwrap_or(Self::ZERO)
    }

    /// Reads a plain number: an optional sign, digits, optionally a point and more digits, nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let mut units: i64 = 0;
        let mut scale: u8 = 0;
        let mut seen_digit = false;
        let mut seen_point = false;
        // Zeros after the point count only if another digit follows.
        let mut zeros: u8 = 0;
        for byte in digits.bytes() {
            match byte {
                b'0' if seen_point => zeros = zeros.saturating_add(1),
                b'0'..=b'9' => {
                    seen_digit = true;
                    for _ in 0..=zeros {
                        units *= 10;
                        scale += u8::from(seen_point);
                        if units > MAX_UNITS || scale > MAX_DIGITS {
                            return None;
                        }
                    }
                    zeros = 0;
                    units += i64::from(byte - b'0');
                }
                b'.' if seen_digit && !seen_point => seen_point = true,
                _ => return None,
            }
        }
        if !seen_digit {
            return None;
        }
        Self::new(if negative { -units } else { units }, scale)
    }

    /// The number times `10^decimals`, rounded.
    #[cfg(feature = "authoring")]
    pub(crate) fn scaled(self, decimals: u8) -> Option<i64> {
        let rounded = self.rounded(decimals);
        let missing = decimals.checked_sub(rounded.scale)?;
        rounded
            .units
            .checked_mul(10_i64.checked_pow(u32::from(missing))?)
    }

    /// What stands before the point, and what stands behind it in units of the last digit there can be. Both have the
    /// sign of the number.
    fn halves(self) -> (i64, i64) {
        let mut unit: i64 = 1;
        let mut rest_unit: i64 = 1;
        for place in 0..MAX_DIGITS {
            *(if place < self.scale {
                &mut unit
            } else {
                &mut rest_unit
            }) *= 10;
        }
        (self.units / unit, self.units % unit * rest_unit)
    }

    /// Appends the number as JSON and people write it.
    pub fn write(self, out: &mut String) {
        if self.units < 0 {
            out.push('-');
        }
        write_digits(out, self.units.unsigned_abs(), self.scale);
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.halves().cmp(&other.halves())
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u32> for Decimal {
    fn from(number: u32) -> Self {
        Self {
            units: i64::from(number),
            scale: 0,
        }
    }
}

/// Appends a whole number.
pub(crate) fn write_integer(out: &mut String, number: u64) {
    write_digits(out, number, 0);
}

/// Appends `number / 10^scale`.
fn write_digits(out: &mut String, number: u64, scale: u8) {
    // From the last digit to the first; at least one digit stands before the point.
    let mut rest = number;
    let mut place: u8 = 0;
    let mut reversed = [0_u8; 24];
    let mut slots = reversed.iter_mut();
    loop {
        if place == scale && place > 0 {
            put(slots.next(), b'.');
        }
        put(slots.next(), b'0' + (rest % 10) as u8);
        rest /= 10;
        place = place.saturating_add(1);
        if rest == 0 && place > scale {
            break;
        }
    }
    for byte in reversed.iter().rev().filter(|byte| **byte != 0) {
        out.push(char::from(*byte));
    }
}

fn put(slot: Option<&mut u8>, byte: u8) {
    // INVARIANT: a slot is always there: 20 digits and a point are the longest.
    if let Some(slot) = slot {
        *slot = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: Decimal) -> String {
        let mut out = String::new();
        number.write(&mut out);
        out
    }

    #[test]
    fn reads_and_writes_plain_numbers() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("7", "7"),
            ("1990", "1990"),
            ("19.90", "19.9"),
            ("0.05", "0.05"),
            ("-12.5", "-12.5"),
            ("+3", "3"),
            ("007", "7"),
            ("5.", "5"),
            ("999999999999999", "999999999999999"),
            ("0.000000000000001", "0.000000000000001"),
            ("1000000.00000000000000000000", "1000000"),
        ] {
            assert_eq!(
                Decimal::parse(text).map(written).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_plain_number() {
        for text in [
            "",
            "-",
            "+",
            ".",
            ".5",
            "1.2.3",
            "1e5",
            "1 000",
            "٣",
            "0x1f",
            "--1",
            "1-",
            "1000000000000000",
            "9223372036854775808",
            "0.0000000000000001",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rounds_halves_away_from_zero_and_truncates_towards_it() {
        for (text, rounded, truncated) in [
            ("1.005", "1.01", "1"),
            ("-1.005", "-1.01", "-1"),
            ("1.004", "1", "1"),
            ("1.0449", "1.04", "1"),
            ("-0.9", "-0.9", "0"),
            ("12", "12", "12"),
        ] {
            let number = Decimal::parse(text).unwrap();
            assert_eq!(written(number.rounded(2)), rounded, "{text}");
            assert_eq!(written(number.truncated()), truncated, "{text}");
        }
    }

    #[test]
    fn numbers_have_an_order() {
        let ascending = [
            "-999999999999999",
            "-1.5",
            "-1.2",
            "-1",
            "-0.5",
            "-0.000000000000001",
            "0",
            "0.000000000000001",
            "0.05",
            "0.5",
            "1",
            "1.25",
            "9",
            "10",
            "1990",
            "1990.5",
            "999999999999999",
        ];
        let numbers = ascending.map(|text| Decimal::parse(text).unwrap());
        assert!(numbers.is_sorted_by(|one, next| one < next));
        assert_eq!(numbers[3].cmp(&numbers[3]), Ordering::Equal);
    }

    #[test]
    fn writes_the_largest_integer() {
        let mut out = String::new();
        write_integer(&mut out, u64::MAX);
        assert_eq!(out, "18446744073709551615");
    }
}
