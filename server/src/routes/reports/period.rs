//! The days that a report is about, and those that it is compared with.

use jiff::ToSpan;
use jiff::civil::Date;

use super::fault::Fault;

/// Days of a report, at most: three years.
pub(super) const MOST_DAYS: i64 = 1_100;
/// Days of a report when none are asked for.
const USUAL_DAYS: i64 = 30;

/// Periods that have a name.
const NAMES: [&str; 9] = [
    "today",
    "yesterday",
    "7d",
    "30d",
    "90d",
    "month",
    "last_month",
    "quarter",
    "year",
];

/// Two days and all between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Date,
    pub(super) to: Date,
}

/// What a period is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Nothing,
    /// As many days, or as many whole months, before it.
    Previous,
    /// The same days of the year before.
    Year,
}

impl Period {
    /// The period as it was asked for; `today` in the time zone of the site. Days, where given, hold over a name.
    pub(super) fn read(
        name: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
        today: Date,
    ) -> Result<Self, Fault> {
        if let (Some(name), None, None) = (name, from, to) {
            return Self::named(name, today);
        }
        let to = to.map_or(Ok(today), |text| day("to", text))?;
        let from = match from {
            Some(text) => day("from", text)?,
            None => to.saturating_sub((USUAL_DAYS - 1).days()),
        };
        let period = Self { from, to };
        if from > to {
            return Err(Fault::Backwards {
                from: from.to_string(),
                to: to.to_string(),
            });
        }
        let days = period.days();
        if days > MOST_DAYS {
            return Err(Fault::TooLong {
                days,
                most: MOST_DAYS,
            });
        }
        Ok(period)
    }

    /// A period that moves with the days, so that a link to it stays fresh.
    fn named(name: &str, today: Date) -> Result<Self, Fault> {
        let ago = |days: i64| today.saturating_sub(days.days());
        let (from, to) = match name {
            "today" => (today, today),
            "yesterday" => (ago(1), ago(1)),
            "7d" => (ago(6), today),
            "30d" => (ago(29), today),
            "90d" => (ago(89), today),
            "month" => (today.first_of_month(), today),
            "last_month" => {
                let last = today.first_of_month().saturating_sub(1.day());
                (last.first_of_month(), last)
            }
            "quarter" => {
                let into = i64::from((today.month() - 1) % 3);
                (today.first_of_month().saturating_sub(into.months()), today)
            }
            "year" => (today.first_of_year(), today),
            _ => {
                return Err(Fault::NoSuchWord {
                    parameter: "period",
                    word: name.chars().take(80).collect(),
                    known: NAMES.map(str::to_owned).to_vec(),
                });
            }
        };
        Ok(Self { from, to })
    }

    pub(super) fn days(self) -> i64 {
        i64::from((self.to - self.from).get_days()) + 1
    }

    /// The days of it that are over, where not all of them are; none where none is.
    pub(super) fn over(self, today: Date) -> Option<Self> {
        let to = today.saturating_sub(1.day());
        (self.from <= to && to < self.to).then_some(Self { to, ..self })
    }

    /// As many days as another has, from the first.
    pub(super) fn as_long_as(self, other: Self) -> Self {
        let to = self.from.saturating_add((other.days() - 1).days());
        Self { to, ..self }
    }

    fn is_whole_months(self) -> bool {
        self.from.day() == 1 && self.to == self.to.last_of_month()
    }

    /// The period that this one is compared with.
    pub(super) fn compared(self, with: Compare) -> Option<Self> {
        match with {
            Compare::Nothing => None,
            Compare::Year => Some(Self {
                from: self.from.saturating_sub(1.year()),
                to: self.to.saturating_sub(1.year()),
            }),
            Compare::Previous if self.is_whole_months() => {
                let months = (i64::from(self.to.year()) - i64::from(self.from.year())) * 12
                    + i64::from(self.to.month())
                    - i64::from(self.from.month())
                    + 1;
                Some(Self {
                    from: self.from.saturating_sub(months.months()),
                    to: self.from.saturating_sub(1.day()),
                })
            }
            Compare::Previous => Some(Self {
                from: self.from.saturating_sub(self.days().days()),
                to: self.from.saturating_sub(1.day()),
            }),
        }
    }
}

fn day(parameter: &'static str, text: &str) -> Result<Date, Fault> {
    let bad = || Fault::BadDay {
        parameter,
        text: text.chars().take(40).collect(),
    };
    if text.len() != 10 {
        return Err(bad());
    }
    let date: Date = text.parse().map_err(|_| bad())?;
    // What ClickHouse's `Date` can hold, with room for what is looked at around a period.
    if !(1975..=2145).contains(&date.year()) {
        return Err(bad());
    }
    Ok(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn period(from: &str, to: &str) -> Period {
        Period::read(None, Some(from), Some(to), date(2026, 11, 28)).unwrap()
    }

    #[test]
    fn without_days_it_is_the_last_thirty() {
        let usual = Period::read(None, None, None, date(2026, 11, 28)).unwrap();
        assert_eq!(usual, period("2026-10-30", "2026-11-28"));
        assert_eq!(usual.days(), 30);
    }

    #[test]
    fn a_period_may_have_a_name() {
        let named = |name| Period::read(Some(name), None, None, date(2026, 11, 28));
        for (name, from, to) in [
            ("today", "2026-11-28", "2026-11-28"),
            ("7d", "2026-11-22", "2026-11-28"),
            ("month", "2026-11-01", "2026-11-28"),
            ("last_month", "2026-10-01", "2026-10-31"),
            ("quarter", "2026-10-01", "2026-11-28"),
            ("year", "2026-01-01", "2026-11-28"),
        ] {
            assert_eq!(named(name), Ok(period(from, to)), "{name}");
        }
        assert!(NAMES.iter().all(|name| named(name).is_ok()));
        assert!(matches!(named("weak"), Err(Fault::NoSuchWord { .. })));
        let own = Period::read(Some("7d"), Some("2026-11-01"), None, date(2026, 11, 28));
        assert_eq!(own, Ok(period("2026-11-01", "2026-11-28")));
    }

    #[test]
    fn a_period_is_compared_with_its_like() {
        let before = |from, to| period(from, to).compared(Compare::Previous).unwrap();
        assert_eq!(
            before("2026-11-10", "2026-11-16"),
            period("2026-11-03", "2026-11-09")
        );
        // March has more days than February.
        assert_eq!(
            before("2026-03-01", "2026-03-31"),
            period("2026-02-01", "2026-02-28")
        );
        assert_eq!(
            before("2026-01-01", "2026-03-31"),
            period("2025-10-01", "2025-12-31")
        );
        assert_eq!(
            period("2024-02-29", "2024-02-29").compared(Compare::Year),
            Some(period("2023-02-28", "2023-02-28"))
        );
        assert_eq!(
            period("2026-01-01", "2026-01-02").compared(Compare::Nothing),
            None
        );
    }

    #[test]
    fn what_is_over_stands_beside_as_many_days() {
        let today = date(2026, 11, 30);
        let over = |from, to| period(from, to).over(today);
        let week = over("2026-11-24", "2026-11-30").unwrap();
        assert_eq!(week, period("2026-11-24", "2026-11-29"));
        assert_eq!(
            period("2026-11-17", "2026-11-23").as_long_as(week),
            period("2026-11-17", "2026-11-22")
        );
        // A month that goes on is not measured by a whole one, nor by a longer one.
        let month = over("2026-11-01", "2026-11-30").unwrap();
        let before = period("2026-11-01", "2026-11-30").compared(Compare::Previous);
        assert_eq!(
            before.unwrap().as_long_as(month),
            period("2026-10-01", "2026-10-29")
        );
        assert_eq!(
            over("2026-11-01", "2026-12-31"),
            Some(period("2026-11-01", "2026-11-29"))
        );
        assert_eq!(over("2026-11-30", "2026-11-30"), None);
        assert_eq!(over("2026-11-01", "2026-11-29"), None);
    }

    #[test]
    fn what_is_no_period_is_refused() {
        let read =
            |from, to| Period::read(None, Some(from), Some(to), date(2026, 11, 28)).unwrap_err();
        assert!(matches!(
            read("yesterday", "2026-11-28"),
            Fault::BadDay {
                parameter: "from",
                ..
            }
        ));
        assert!(matches!(
            read("2026-11-01", "2026-02-30"),
            Fault::BadDay {
                parameter: "to",
                ..
            }
        ));
        assert!(matches!(
            read("0001-01-01", "2026-02-20"),
            Fault::BadDay { .. }
        ));
        assert!(matches!(
            read("2026-11-28", "2026-11-27"),
            Fault::Backwards { .. }
        ));
        assert!(matches!(
            read("2020-11-28", "2026-11-27"),
            Fault::TooLong { .. }
        ));
    }
}
