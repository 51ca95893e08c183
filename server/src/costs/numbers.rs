//! Amounts, whole numbers and days as people write them, in Excel too, in Russian as in English.
//!
//! What could mean two things is refused and not guessed: `1,234` is a thousand here and one there, `11/01/2026` a day of January or
//! of November.

use jiff::civil::Date;

use super::fault::Fault;

/// Hundredths that one cost may have, at most.
const MOST_CENTS: u64 = 100_000_000_000_000;
/// Of impressions and the like, at most.
const MOST_WHOLE: u64 = 1_000_000_000_000;
/// Digits behind the decimal sign that are read.
const MOST_FRACTION: usize = 12;
/// Signs of currencies that may stand beside an amount.
const SIGNS: [(&str, &str); 12] = [
    ("руб.", "RUB"),
    ("руб", "RUB"),
    ("р.", "RUB"),
    ("р", "RUB"),
    ("₽", "RUB"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₸", "KZT"),
    ("₴", "UAH"),
    ("Br", "BYN"),
    ("₺", "TRY"),
];

/// A number, cut into its digits before and behind the decimal sign.
struct Digits {
    whole: String,
    fraction: String,
}

/// An amount in hundredths of `currency`.
pub(super) fn amount(text: &str, currency: &str) -> Result<u64, Fault> {
    let bare = without_sign(text, currency)?;
    let digits = digits(bare, false).ok_or_else(|| bad(text))??;
    let cents = (|| {
        let whole: u64 = digits.whole.parse().ok()?;
        let mut fraction = digits.fraction.bytes().map(|digit| u64::from(digit - b'0'));
        let mut next = || fraction.next().unwrap_or_default();
        let (tenths, hundredths, behind) = (next(), next(), next());
        let cents = whole.checked_mul(100)?;
        // Half a hundredth and more is one: networks count in millionths.
        Some(cents + tenths * 10 + hundredths + u64::from(behind >= 5))
    })();
    cents
        .filter(|cents| *cents <= MOST_CENTS)
        .ok_or_else(|| Fault::TooLarge {
            text: text.to_owned(),
        })
}

/// A number of things.
pub(super) fn whole(text: &str) -> Result<u64, Fault> {
    let wrong = || Fault::NoWhole {
        text: text.to_owned(),
    };
    let digits = match digits(text.trim(), true) {
        Some(digits) => digits?,
        None => return Err(wrong()),
    };
    if digits.fraction.bytes().any(|digit| digit != b'0') {
        return Err(wrong());
    }
    let number: Option<u64> = digits.whole.parse().ok();
    number
        .filter(|number| *number <= MOST_WHOLE)
        .ok_or_else(|| Fault::TooLarge {
            text: text.to_owned(),
        })
}

fn bad(text: &str) -> Fault {
    Fault::NoAmount {
        text: text.to_owned(),
    }
}

/// The number without the sign of the currency, which must be the site's.
fn without_sign<'a>(text: &'a str, currency: &str) -> Result<&'a str, Fault> {
    let text = text.trim();
    for (sign, of) in SIGNS {
        let Some(bare) = text.strip_suffix(sign).or_else(|| text.strip_prefix(sign)) else {
            continue;
        };
        if of != currency {
            return Err(Fault::Currency {
                found: of.to_owned(),
                site: currency.to_owned(),
            });
        }
        return Ok(bare.trim());
    }
    Ok(text)
}

/// Takes a number apart; `None`: it is none. `is_whole`: a sign before three digits groups them.
fn digits(text: &str, is_whole: bool) -> Option<Result<Digits, Fault>> {
    if text.starts_with(['-', '−', '–', '(']) {
        return Some(Err(Fault::Negative {
            text: text.to_owned(),
        }));
    }
    // Blanks of any width, and apostrophes, group digits.
    let plain: String = text
        .chars()
        .map(|sign| match sign {
            '\'' | '’' => ' ',
            sign if sign.is_whitespace() => ' ',
            sign => sign,
        })
        .collect();
    let signs: Vec<(usize, char)> = plain
        .char_indices()
        .filter(|(_, sign)| matches!(sign, '.' | ','))
        .collect();
    let (last, group) = match (signs.first(), signs.last()) {
        (Some((_, first)), Some((at, last))) if first != last => (Some((*at, *last)), *first),
        (Some((at, sign)), Some(_)) if signs.len() == 1 => {
            let (before, behind) = (plain.get(..*at)?, plain.get(at + 1..)?);
            let may_group = behind.len() == 3
                && (1..=3).contains(&before.len())
                && before != "0"
                && before.bytes().all(|digit| digit.is_ascii_digit());
            match (may_group, is_whole) {
                (true, true) => (None, *sign),
                (true, false) => {
                    return Some(Err(Fault::TwoMeanings {
                        text: text.to_owned(),
                        one: format!("{before}{behind}"),
                        other: format!("{before}.{behind}"),
                    }));
                }
                (false, _) => (Some((*at, *sign)), ' '),
            }
        }
        (Some((_, sign)), Some(_)) => (None, *sign),
        _ => (None, ' '),
    };
    let (whole, fraction) = match last {
        Some((at, _)) => (plain.get(..at)?, plain.get(at + 1..)?),
        None => (plain.as_str(), ""),
    };
    let groups: Vec<&str> = whole.split([group, ' ']).collect();
    let are_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let grouped = match groups.split_first() {
        Some((first, [])) => (1..=18).contains(&first.len()) && are_digits(first),
        Some((first, rest)) => {
            (1..=3).contains(&first.len())
                && are_digits(first)
                && rest.iter().all(|part| part.len() == 3 && are_digits(part))
        }
        None => false,
    };
    let is_number = grouped && are_digits(fraction) && fraction.len() <= MOST_FRACTION;
    is_number.then(|| {
        Ok(Digits {
            whole: groups.concat(),
            fraction: fraction.to_owned(),
        })
    })
}

/// A day: `2026-11-01` or `01.11.2026`, with a time behind it or without.
pub(super) fn day(text: &str) -> Result<Date, Fault> {
    let wrong = || Fault::NoDay {
        text: text.to_owned(),
    };
    let bare = match text.split_once([' ', 'T', '\u{a0}']) {
        Some((day, time)) if time.contains(':') => day,
        _ => text,
    };
    let parts: Vec<&str> = bare.split(['-', '.', '/']).collect();
    let [first, second, third] = parts.as_slice() else {
        return Err(wrong());
    };
    let (year, month, day) = if first.len() == 4 {
        (first, second, third)
    } else if bare.contains('/') {
        return Err(Fault::DayOfTwo {
            text: text.to_owned(),
        });
    } else {
        (third, second, first)
    };
    date(year, month, day).ok_or_else(wrong)
}

/// The first and the last day of a month: `2026-11` or `11.2026`; or of the month that a day is in.
pub(super) fn month(text: &str) -> Result<(Date, Date), Fault> {
    let parts: Vec<&str> = text.split(['-', '.', '/']).collect();
    let first = match parts.as_slice() {
        [year, month] if year.len() == 4 => date(year, month, "1"),
        [month, year] => date(year, month, "1"),
        _ => day(text).ok().map(Date::first_of_month),
    };
    first
        .map(|first| (first, first.last_of_month()))
        .ok_or_else(|| Fault::NoMonth {
            text: text.to_owned(),
        })
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let is_short = |text: &str| (1..=2).contains(&text.len());
    if year.len() != 4 || !is_short(month) || !is_short(day) {
        return None;
    }
    let digits = [year, month, day].concat();
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, cents) in [
            ("0", 0),
            ("1234", 123_400),
            ("1234,5", 123_450),
            ("1234.56", 123_456),
            ("1 234,56", 123_456),
            ("1\u{a0}234\u{202f}567,891", 123_456_789),
            ("1.234.567", 123_456_700),
            ("1.234,56", 123_456),
            ("1,234.56", 123_456),
            ("1'234.5", 123_450),
            ("12345.678", 1_234_568),
            ("0,005", 1),
            ("0.004999", 0),
            ("1 234,56 ₽", 123_456),
            ("1 234,56 руб.", 123_456),
            ("₽100", 10_000),
        ] {
            assert_eq!(amount(text, "RUB"), Ok(cents), "{text}");
        }
        for text in [
            "", "abc", "1 23", "12 3456", "1,2,3", "1.2.3,4", "1e5", "½", "..", ",5",
        ] {
            assert!(
                matches!(amount(text, "RUB"), Err(Fault::NoAmount { .. })),
                "{text}"
            );
        }
        assert!(matches!(
            amount("1,234", "RUB"),
            Err(Fault::TwoMeanings { .. })
        ));
        assert!(matches!(
            amount("12.345", "RUB"),
            Err(Fault::TwoMeanings { .. })
        ));
        assert!(matches!(amount("-5", "RUB"), Err(Fault::Negative { .. })));
        assert!(matches!(
            amount("(5,00)", "RUB"),
            Err(Fault::Negative { .. })
        ));
        assert!(matches!(amount("$5", "RUB"), Err(Fault::Currency { .. })));
        assert!(matches!(
            amount("999999999999999", "RUB"),
            Err(Fault::TooLarge { .. })
        ));
        assert!(matches!(
            amount("9999999999999999999", "RUB"),
            Err(Fault::NoAmount { .. })
        ));
    }

    #[test]
    fn whole_numbers_have_no_fraction() {
        for (text, number) in [
            ("1 234", 1234),
            ("1,234", 1234),
            ("1.234.567", 1_234_567),
            ("12,0", 12),
        ] {
            assert_eq!(whole(text), Ok(number), "{text}");
        }
        for text in ["1,5", "x", ""] {
            assert!(matches!(whole(text), Err(Fault::NoWhole { .. })), "{text}");
        }
        assert!(matches!(whole("-1"), Err(Fault::Negative { .. })));
    }

    #[test]
    fn days_and_months_are_read_where_they_are_clear() {
        let november = Date::constant(2026, 11, 1);
        for text in [
            "2026-11-01",
            "01.11.2026",
            "1.11.2026",
            "2026/11/01",
            "01.11.2026 0:00",
            "2026-11-01T00:00:00",
        ] {
            assert_eq!(day(text), Ok(november), "{text}");
        }
        for text in [
            "",
            "2026-13-01",
            "31.02.2026",
            "01.11.26",
            "ноябрь",
            "20261101",
            "2026-11",
            "+1.11.2026",
        ] {
            assert!(matches!(day(text), Err(Fault::NoDay { .. })), "{text}");
        }
        assert!(matches!(day("11/01/2026"), Err(Fault::DayOfTwo { .. })));
        for text in ["2026-11", "11.2026", "2026-11-17", "01.11.2026"] {
            assert_eq!(
                month(text),
                Ok((november, Date::constant(2026, 11, 30))),
                "{text}"
            );
        }
        assert!(matches!(month("11"), Err(Fault::NoMonth { .. })));
    }
}
