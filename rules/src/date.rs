//! Days as people and programs write them: `2026-12-31`, `31.12.2026 18:00`, `12 марта 2026`, `Sept. 7, 2026`.
//!
//! `tag-wasm/js/parts/dates.js` reads them in the page by the same pattern. A day comes out as `2026-12-31`, a day with a time
//! as `2026-12-31T18:00:00`, in the time zone of the site: texts whose order is the order of time.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use regress::Regex;

use crate::pattern;

/// Months by the beginnings of their names, English and Russian.
const MONTHS: [(&str, &str); 12] = [
    ("jan", "янв"),
    ("feb", "фев"),
    ("mar", "мар"),
    ("apr", "апр"),
    ("may", "ма"),
    ("jun", "июн"),
    ("jul", "июл"),
    ("aug", "авг"),
    ("sep", "сен"),
    ("oct", "окт"),
    ("nov", "ноя"),
    ("dec", "дек"),
];

/// Day, month and year in one of the orders, then perhaps a time, then perhaps where it is that time.
const DATE: &str = r"^(?:(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)\.(\d\d?)\.(\d{4})|(\d\d?)\.? ([a-zа-я]{3,})\.?,? (\d{4})|([a-zа-я]{3,})\.? (\d\d?),? (\d{4}))(?:[t, ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)? ?(?:(z)|([+-])(\d\d):?(\d\d))?)?";

/// The day that a text names, somewhere. A number of ten or thirteen digits is a time in seconds or milliseconds since 1970.
pub(crate) fn date(text: &str, zone: &str) -> Option<String> {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(DATE, false));
    let zone = TimeZone::get(zone).ok()?;
    let tidy = crate::value::tidy(&text.to_lowercase());
    if matches!(tidy.len(), 10 | 13) && tidy.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = tidy.parse().ok()?;
        let ms = if tidy.len() == 10 {
            number * 1000
        } else {
            number
        };
        let at = Timestamp::from_millisecond(ms).ok()?;
        return Some(written(&at.to_zoned_datetime(zone)));
    }
    let found = PATTERN.as_ref()?.find(&tidy)?;
    if found.end() != tidy.len() {
        return None;
    }
    let group = |at| found.group(at).and_then(|range| tidy.get(range));
    let first = |groups: [usize; 4]| groups.into_iter().find_map(group);
    let day: i8 = first([3, 4, 7, 11])?.parse().ok()?;
    let month: i8 = match group(8).or(group(10)) {
        Some(name) => {
            let is = |(english, russian): &(&str, &str)| {
                name.starts_with(english) || name.starts_with(russian)
            };
            i8::try_from(MONTHS.iter().position(is)? + 1).ok()?
        }
        None => group(2).or(group(5))?.parse().ok()?,
    };
    let year: i16 = first([1, 6, 9, 12])?.parse().ok()?;
    if year < 100 {
        return None;
    }
    let day = Date::new(year, month, day).ok()?;
    let Some(hour) = group(13) else {
        return Some(day.to_string());
    };
    let number = |at| group(at).map_or(Some(0), |text| text.parse::<i8>().ok());
    let time = day.to_datetime(Time::new(hour.parse().ok()?, number(14)?, number(15)?, 0).ok()?);
    if group(16).is_none() && group(17).is_none() {
        return Some(time.strftime("%Y-%m-%dT%H:%M:%S").to_string());
    }
    let minutes = i64::from(number(18)?) * 60 + i64::from(number(19)?);
    let ahead = if group(17) == Some("-") {
        -minutes
    } else {
        minutes
    };
    let utc: Timestamp = TimeZone::UTC.to_timestamp(time).ok()?;
    let at = Timestamp::from_second(utc.as_second() - ahead * 60).ok()?;
    Some(written(&at.to_zoned_datetime(zone)))
}

fn written(time: &ZonedDateTime) -> String {
    DateTime::from(time.clone())
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (text, day) in [
            ("2026-12-31", "2026-12-31"),
            ("2026-1-5", "2026-01-05"),
            ("31.12.2026", "2026-12-31"),
            ("1.2.2026 9:05", "2026-02-01T09:05:00"),
            ("12 марта 2026", "2026-03-12"),
            ("5 мая 2026", "2026-05-05"),
            (" 12 March 2026 ", "2026-03-12"),
            ("Sept. 7, 2026", "2026-09-07"),
            ("2026-12-31T23:30:00Z", "2027-01-01T02:30:00"),
            ("2026-12-31 23:30+03:00", "2026-12-31T23:30:00"),
            ("2026-12-31T10:00:00.123-0500", "2026-12-31T18:00:00"),
            ("1767268800", "2026-01-01T15:00:00"),
            ("1767268800000", "2026-01-01T15:00:00"),
        ] {
            assert_eq!(date(text, "Europe/Moscow").as_deref(), Some(day), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "31.02.2026",
            "2026-13-01",
            "12 foo 2026",
            "2026-12-31x",
            "2026-12-31 25:00",
            "٣١.١٢.٢٠٢٦",
        ] {
            assert_eq!(date(text, "Europe/Moscow"), None, "{text}");
        }
    }
}
