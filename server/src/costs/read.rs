//! A file of costs: bytes, a header, lines. All of it is read before anything is said, so that everything that is wrong is said at once.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Terminator, Trim};
use encoding_rs::{Encoding, UTF_16LE, WINDOWS_1251};
use jiff::ToSpan;
use jiff::civil::Date;
use weir_collector::warehouse::{Cost, CostKey, CostKind, MOST_COST_DAYS};

use super::columns::{self, Column};
use super::fault::{Fault, Problem};
use super::{
    MOST_CHARS, MOST_DAYS_OF_COST, MOST_LINES, MOST_PROBLEMS, MOST_YEARS_AHEAD, Site, numbers,
};

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// What is in it.
    pub costs: Vec<Cost>,
    /// Columns that mean nothing here.
    pub ignored: Vec<String>,
    /// Whether it came in the code page of old Windows.
    pub is_windows_1251: bool,
}

/// Everything that is wrong with a file, as far as it is told.
#[derive(Debug)]
pub struct Problems {
    /// The first of them.
    pub told: Vec<Problem>,
    /// How many more.
    pub more: usize,
}

/// Collects what is wrong.
#[derive(Default)]
struct Wrong {
    told: Vec<Problem>,
    more: usize,
}

impl Wrong {
    fn add(&mut self, line: u64, column: &str, fault: Fault) {
        if self.told.len() == MOST_PROBLEMS {
            self.more += 1;
            return;
        }
        self.told.push(Problem {
            line,
            column: column.to_owned(),
            fault,
        });
    }

    fn alone(fault: Fault) -> Problems {
        let mut wrong = Self::default();
        wrong.add(0, "", fault);
        wrong.into()
    }
}

impl From<Wrong> for Problems {
    fn from(wrong: Wrong) -> Self {
        Self {
            told: wrong.told,
            more: wrong.more,
        }
    }
}

/// Reads a file for a site.
pub(super) fn read(bytes: &[u8], site: &Site) -> Result<File, Problems> {
    let (text, is_windows_1251) = text(bytes).ok_or_else(|| Wrong::alone(Fault::NotText))?;
    // Excel may name the separator in a line of its own.
    let (named, body) = match text.split_once('\n') {
        Some((first, rest)) if first.trim_end().to_lowercase().starts_with("sep=") => {
            (first.trim_end().as_bytes().get(4).copied(), rest)
        }
        _ => (None, text.as_str()),
    };
    let mut place = Place {
        rest: body,
        at: 0,
        line: 1 + u64::from(body.len() < text.len()),
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(named.unwrap_or_else(|| separator(body)))
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .terminator(Terminator::CRLF)
        .from_reader(body.as_bytes());
    let mut wrong = Wrong::default();
    let mut header: Option<Header> = None;
    let mut costs: Vec<Cost> = Vec::new();
    let mut lines: HashMap<CostKey, u64> = HashMap::new();
    let mut days = 0_usize;
    let mut count = 0_usize;
    for record in reader.records() {
        let Ok(record) = record else {
            wrong.add(0, "", Fault::Quotes);
            break;
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = place.line_of(record.position());
        let Some(header) = &header else {
            header = Some(Header::read(&record, line, &mut wrong));
            if !wrong.told.is_empty() {
                return Err(wrong.into());
            }
            continue;
        };
        count += 1;
        if count > MOST_LINES {
            wrong.add(line, "", Fault::TooManyLines);
            break;
        }
        let Some(cost) = header.cost(&record, line, site, &mut wrong) else {
            continue;
        };
        if let Some(first) = lines.get(&cost.key) {
            wrong.add(line, "", Fault::Same { line: *first });
            continue;
        }
        lines.insert(cost.key.clone(), line);
        days += usize::try_from(cost.key.days()).unwrap_or(usize::MAX);
        costs.push(cost);
    }
    if days > MOST_COST_DAYS {
        wrong.add(0, "", Fault::TooManyDays);
    }
    let Some(header) = header.filter(|_| count > 0) else {
        return Err(Wrong::alone(Fault::Empty));
    };
    if !wrong.told.is_empty() {
        return Err(wrong.into());
    }
    Ok(File {
        costs,
        ignored: header.ignored,
        is_windows_1251,
    })
}

/// Where in the file a record begins. The reader's own count of lines is one behind where they end in two signs.
struct Place<'a> {
    rest: &'a str,
    at: u64,
    line: u64,
}

impl Place<'_> {
    /// Records come in their order.
    fn line_of(&mut self, position: Option<&csv::Position>) -> u64 {
        let to = position.map_or(self.at, csv::Position::byte).max(self.at);
        let ahead = usize::try_from(to - self.at).unwrap_or_default();
        // It may stand before the end of the line before, or of empty ones.
        let ends = self.rest.as_bytes().iter().skip(ahead);
        let ends = ends.take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let ahead = ahead + ends.count();
        let (passed, rest) = self.rest.split_at_checked(ahead).unwrap_or(("", self.rest));
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count() as u64;
        self.at += passed.len() as u64;
        self.rest = rest;
        self.line
    }
}

/// The text of a file, and whether it had to be taken for one of Windows-1251.
fn text(bytes: &[u8]) -> Option<(String, bool)> {
    let decoded = |encoding: &'static Encoding, bytes: &[u8]| {
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| text.into_owned())
    };
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return Some((decoded(encoding, bytes.get(length..)?)?, false));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (!text.contains('\0')).then(|| (text.to_owned(), false));
    }
    if bytes.get(1) == Some(&0) {
        return Some((decoded(UTF_16LE, bytes)?, false));
    }
    // What is in that code page has Russian words and no control signs; a workbook has.
    let text = decoded(WINDOWS_1251, bytes)?;
    let is_text = text
        .chars()
        .all(|sign| !sign.is_control() || sign.is_whitespace());
    is_text.then_some((text, true))
}

/// The sign that separates columns: the one that the header has most of, outside of quotes.
fn separator(text: &str) -> u8 {
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut is_quoted = false;
    let mut counts = [(b';', 0_usize), (b'\t', 0), (b',', 0)];
    for byte in header.bytes() {
        is_quoted ^= byte == b'"';
        for (sign, count) in &mut counts {
            *count += usize::from(*sign == byte && !is_quoted);
        }
    }
    // Of equally many the first: a decimal comma may stand in a header, a semicolon hardly.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(sign, _)| *sign)
}

/// Which column is where.
struct Header {
    columns: Vec<(usize, Column, String)>,
    width: usize,
    ignored: Vec<String>,
}

impl Header {
    fn read(record: &StringRecord, line: u64, wrong: &mut Wrong) -> Self {
        let mut header = Self {
            columns: Vec::new(),
            width: record.len(),
            ignored: Vec::new(),
        };
        for (at, name) in record.iter().enumerate() {
            match Column::of(name) {
                Some(column) => {
                    if let Some((_, _, first)) = header.at(column) {
                        let first = first.clone();
                        wrong.add(line, name, Fault::ColumnTwice { first });
                    } else {
                        header.columns.push((at, column, name.to_owned()));
                    }
                }
                None if name.is_empty() => {}
                None => header.ignored.push(name.to_owned()),
            }
        }
        let ignored = std::mem::take(&mut header.ignored);
        for name in &ignored {
            if let Some(meant) = Column::near(name).filter(|near| header.at(*near).is_none()) {
                wrong.add(line, name, Fault::NearColumn { meant });
            }
        }
        header.ignored = ignored;
        let found: Vec<String> = record
            .iter()
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        let has = |column| header.at(column).is_some();
        if !has(Column::Amount) && wrong.told.is_empty() {
            wrong.add(
                line,
                "",
                Fault::NoAmountColumn {
                    found: found.clone(),
                },
            );
        }
        match (has(Column::From), has(Column::To)) {
            (true, false) => wrong.add(
                line,
                "",
                Fault::HalfPeriod {
                    missing: Column::To,
                },
            ),
            (false, true) => wrong.add(
                line,
                "",
                Fault::HalfPeriod {
                    missing: Column::From,
                },
            ),
            (false, false) if !has(Column::Day) && !has(Column::Month) && wrong.told.is_empty() => {
                wrong.add(line, "", Fault::NoDayColumn { found });
            }
            _ => {}
        }
        header
    }

    fn at(&self, column: Column) -> Option<&(usize, Column, String)> {
        self.columns.iter().find(|(_, known, _)| *known == column)
    }

    /// The value of a column, and its header; empty where there is none, or only a dash.
    fn value<'a>(&'a self, record: &'a StringRecord, column: Column) -> (&'a str, &'a str) {
        let Some((at, _, header)) = self.at(column) else {
            return ("", column.name());
        };
        let value = record.get(*at).unwrap_or_default();
        let is_dash = matches!(value, "-" | "–" | "—" | "--");
        (if is_dash { "" } else { value }, header)
    }

    /// One cost; nothing if something is wrong with it.
    fn cost(
        &self,
        record: &StringRecord,
        line: u64,
        site: &Site,
        wrong: &mut Wrong,
    ) -> Option<Cost> {
        let before = wrong.told.len() + wrong.more;
        if record
            .iter()
            .skip(self.width)
            .any(|value| !value.is_empty())
        {
            wrong.add(
                line,
                "",
                Fault::Fields {
                    found: record.len(),
                    columns: self.width,
                },
            );
            return None;
        }
        let period = self.period(record, line, site, wrong);
        let text = |column, wrong: &mut Wrong| {
            let (value, header) = self.value(record, column);
            if value.chars().count() > MOST_CHARS {
                wrong.add(line, header, Fault::LongText);
            }
            value.to_owned()
        };
        let (value, header) = self.value(record, Column::Kind);
        let kind = columns::kind(value);
        if kind.is_none() {
            wrong.add(line, header, Fault::NoKind { text: short(value) });
        }
        let (value, header) = self.value(record, Column::Channel);
        let channel = columns::channel(value).unwrap_or_default();
        if channel.is_empty() && !value.is_empty() {
            wrong.add(line, header, Fault::NoChannel { text: short(value) });
        }
        let (value, header) = self.value(record, Column::Currency);
        if !value.is_empty() && !value.eq_ignore_ascii_case(&site.currency) {
            let found = short(&value.to_uppercase());
            wrong.add(
                line,
                header,
                Fault::Currency {
                    found,
                    site: site.currency.clone(),
                },
            );
        }
        let whole = |column, wrong: &mut Wrong| {
            let (value, header) = self.value(record, column);
            if value.is_empty() {
                return 0;
            }
            numbers::whole(&short(value)).unwrap_or_else(|fault| {
                wrong.add(line, header, fault);
                0
            })
        };
        let [impressions, clicks, reach, likes, comments, shares] = [
            Column::Impressions,
            Column::Clicks,
            Column::Reach,
            Column::Likes,
            Column::Comments,
            Column::Shares,
        ]
        .map(|column| whole(column, wrong));
        let (value, header) = self.value(record, Column::Amount);
        let told_otherwise = [impressions, clicks, reach, likes, comments, shares]
            .iter()
            .any(|number| *number > 0);
        let amount = match value {
            // A post that was not paid for has its reach, and no amount.
            "" if told_otherwise => Ok(0),
            "" => Err(Fault::AmountMissing),
            value => numbers::amount(&short(value), &site.currency),
        };
        let amount = amount.unwrap_or_else(|fault| {
            wrong.add(line, header, fault);
            0
        });
        let [source, medium, campaign, item] = [
            Column::Source,
            Column::Medium,
            Column::Campaign,
            Column::Item,
        ]
        .map(|column| text(column, wrong));
        let ((from, to), kind) = (period?, kind.unwrap_or(CostKind::Ads));
        let key = CostKey {
            from,
            to,
            kind,
            channel: channel.to_owned(),
            source,
            medium,
            campaign,
            item,
        };
        (wrong.told.len() + wrong.more == before).then_some(Cost {
            key,
            amount,
            impressions,
            clicks,
            reach,
            likes,
            comments,
            shares,
        })
    }

    /// The days of a cost.
    fn period(
        &self,
        record: &StringRecord,
        line: u64,
        site: &Site,
        wrong: &mut Wrong,
    ) -> Option<(Date, Date)> {
        let [day, month, from, to] = [Column::Day, Column::Month, Column::From, Column::To]
            .map(|column| self.value(record, column));
        let mut read = |(text, header): (&str, &str)| {
            let found = numbers::day(&short(text)).and_then(|day| near(day, site));
            found.map_err(|fault| wrong.add(line, header, fault)).ok()
        };
        let is_period = !from.0.is_empty() || !to.0.is_empty();
        let given = [!day.0.is_empty(), !month.0.is_empty(), is_period];
        match given {
            [false, false, false] => {
                let header = if self.at(Column::Day).is_some() {
                    day.1
                } else {
                    ""
                };
                wrong.add(line, header, Fault::WhenMissing);
                None
            }
            [true, false, false] => read(day).map(|day| (day, day)),
            [false, true, false] => {
                let found = numbers::month(&short(month.0))
                    .and_then(|(first, last)| Ok((near(first, site)?, last)));
                found.map_err(|fault| wrong.add(line, month.1, fault)).ok()
            }
            [false, false, true] => {
                if from.0.is_empty() || to.0.is_empty() {
                    wrong.add(
                        line,
                        if from.0.is_empty() { from.1 } else { to.1 },
                        Fault::WhenMissing,
                    );
                    return None;
                }
                let (first, last) = (read(from), read(to));
                let (first, last) = (first?, last?);
                let days = first.until(last).map_or(0, |span| span.get_days());
                if days < 0 {
                    wrong.add(line, to.1, Fault::Backwards);
                    return None;
                }
                let days = u32::try_from(days).unwrap_or_default() + 1;
                if days > MOST_DAYS_OF_COST {
                    wrong.add(line, to.1, Fault::LongPeriod { days });
                    return None;
                }
                Some((first, last))
            }
            _ => {
                wrong.add(line, "", Fault::WhenTwice);
                None
            }
        }
    }
}

/// A day that may be meant: a year that is out of the way is a slip of the finger.
fn near(day: Date, site: &Site) -> Result<Date, Fault> {
    let last = site.today.saturating_add(MOST_YEARS_AHEAD.years());
    if day < Date::constant(2000, 1, 1) || day > last {
        return Err(Fault::FarDay);
    }
    Ok(day)
}

/// As much of a text as belongs into a message.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
