//! One event as a row in ClickHouse's `RowBinary` format, in the order of [`COLUMNS`].
//!
//! ```text
//! batch_id   16   not here: put before each row when the batch is made, because only the segment knows it
//! site       length, bytes
//! name       length, bytes
//! …          in the order of COLUMNS
//! ```
//!
//! A length is a LEB128 number, numbers are little-endian, a UUID is two 64-bit halves, high one first, a `DateTime64(3)`
//! is its milliseconds, a `Date` its days, a `Decimal(18, 2)` its hundredths, a `Map` its size and then key after value.
//!
//! Rows wait in segments across upgrades. So this list never changes: a new one gets a new [`VERSION`], which segments
//! carry, and the old list stays for as long as old segments may be met.

use std::borrow::Cow;

use uuid::Uuid;

use crate::enrich::channel::Source;
use crate::enrich::device::Device;

/// Which list of columns rows are encoded for.
pub(crate) const VERSION: u32 = 3;

/// Columns of version 3. `batch_id` comes first, so that it is added without touching the row.
pub(crate) const COLUMNS: &[&str] = &[
    "batch_id",
    "site",
    "name",
    "event_id",
    "ts",
    "received_at",
    "session_date",
    "session_id",
    "session_seq",
    "session_number",
    "visitor_id",
    "person_id",
    "user_id",
    "page_url",
    "page_host",
    "page_path",
    "page_title",
    "referrer",
    "channel",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "click_id_type",
    "click_id",
    "device",
    "browser",
    "os",
    "country",
    "city",
    "element",
    "item",
    "order_id",
    "revenue",
    "currency",
    "engaged_ms",
    "tag",
    "trigger",
    "container_version",
    "consent",
    "sample_rate",
    "bot",
    "props",
    "origin",
    "user_source",
];

/// Version 2 ended in `origin`.
fn columns_2() -> Option<&'static [&'static str]> {
    COLUMNS.split_last().map(|(_, before)| before)
}

/// Version 1 ended in `props`.
fn columns_1() -> Option<&'static [&'static str]> {
    columns_2()?.split_last().map(|(_, before)| before)
}

/// Rows of `weir.rejected_events`; far from the numbers of the events.
pub(crate) const REJECTED_VERSION: u32 = 1_001;

/// Their columns.
pub(crate) const REJECTED_COLUMNS: &[&str] = &[
    "batch_id", "site", "reason", "at", "message", "path", "event_id", "sample", "count",
];

/// An event that was not stored.
pub(crate) struct RejectedRow<'a> {
    pub(crate) site: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) at_ms: i64,
    pub(crate) message: &'a str,
    pub(crate) path: &'a str,
    pub(crate) event_id: &'a str,
    pub(crate) sample: &'a str,
    pub(crate) count: u32,
}

impl RejectedRow<'_> {
    /// Appends the row, without `batch_id`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        text(out, self.site);
        text(out, self.reason);
        out.extend_from_slice(&self.at_ms.to_le_bytes());
        for value in [self.message, self.path, self.event_id, self.sample] {
            text(out, value);
        }
        out.extend_from_slice(&self.count.to_le_bytes());
    }
}

/// The columns that rows of `version` are encoded for.
pub(crate) fn columns(version: u32) -> Option<&'static [&'static str]> {
    match version {
        VERSION => Some(COLUMNS),
        2 => columns_2(),
        1 => columns_1(),
        REJECTED_VERSION => Some(REJECTED_COLUMNS),
        _ => None,
    }
}

/// One event, complete but for the batch it will come with.
pub(crate) struct Row<'a> {
    pub(crate) site: &'a str,
    pub(crate) name: &'a str,
    pub(crate) event_id: Uuid,
    pub(crate) ts_ms: i64,
    pub(crate) received_ms: i64,
    pub(crate) session_date: u16,
    pub(crate) session_id: u64,
    pub(crate) session_seq: u32,
    pub(crate) session_number: u32,
    pub(crate) visitor_id: u64,
    pub(crate) person_id: u64,
    /// Columns `user_id` to `city`: [`Shared`], encoded.
    pub(crate) shared: &'a [u8],
    pub(crate) element: &'a str,
    pub(crate) item: &'a str,
    pub(crate) order_id: &'a str,
    /// In hundredths.
    pub(crate) revenue: i64,
    pub(crate) currency: &'a str,
    pub(crate) engaged_ms: u32,
    pub(crate) tag: &'a str,
    pub(crate) trigger: &'a str,
    pub(crate) container_version: u32,
    pub(crate) consent: &'a str,
    pub(crate) sample_rate: f32,
    pub(crate) bot: &'a str,
    pub(crate) props: &'a [(Cow<'a, str>, Cow<'a, str>)],
    pub(crate) origin: &'a str,
    pub(crate) user_source: &'a str,
}

/// What the events of a page have in common within a request: columns `user_id` to `city`.
pub(crate) struct Shared<'a> {
    pub(crate) user_id: &'a str,
    pub(crate) page_url: &'a str,
    pub(crate) page_host: &'a str,
    pub(crate) page_path: &'a str,
    pub(crate) page_title: &'a str,
    pub(crate) referrer: &'a str,
    pub(crate) source: &'a Source<'a>,
    pub(crate) device: Device,
    pub(crate) country: &'a str,
    pub(crate) city: &'a str,
}

impl Shared<'_> {
    /// Encoded, for all rows of these events.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let texts = [
            self.user_id,
            self.page_url,
            self.page_host,
            self.page_path,
            self.page_title,
            self.referrer,
            self.source.channel.name(),
            &self.source.utm.source,
            &self.source.utm.medium,
            &self.source.utm.campaign,
            &self.source.utm.content,
            &self.source.utm.term,
            self.source.click_id_type,
            &self.source.click_id,
            self.device.kind,
            self.device.browser,
            self.device.os,
            self.country,
            self.city,
        ];
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        let mut out = Vec::with_capacity(bytes + 2 * texts.len());
        for value in texts {
            text(&mut out, value);
        }
        out
    }
}

impl Row<'_> {
    /// Appends the row, without `batch_id`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        text(out, self.site);
        text(out, self.name);
        uuid(out, self.event_id);
        out.extend_from_slice(&self.ts_ms.to_le_bytes());
        out.extend_from_slice(&self.received_ms.to_le_bytes());
        out.extend_from_slice(&self.session_date.to_le_bytes());
        out.extend_from_slice(&self.session_id.to_le_bytes());
        out.extend_from_slice(&self.session_seq.to_le_bytes());
        out.extend_from_slice(&self.session_number.to_le_bytes());
        out.extend_from_slice(&self.visitor_id.to_le_bytes());
        out.extend_from_slice(&self.person_id.to_le_bytes());
        out.extend_from_slice(self.shared);
        for value in [self.element, self.item, self.order_id] {
            text(out, value);
        }
        out.extend_from_slice(&self.revenue.to_le_bytes());
        text(out, self.currency);
        out.extend_from_slice(&self.engaged_ms.to_le_bytes());
        text(out, self.tag);
        text(out, self.trigger);
        out.extend_from_slice(&self.container_version.to_le_bytes());
        text(out, self.consent);
        out.extend_from_slice(&self.sample_rate.to_le_bytes());
        text(out, self.bot);
        length(out, self.props.len());
        for (key, value) in self.props {
            text(out, key);
            text(out, value);
        }
        text(out, self.origin);
        text(out, self.user_source);
    }
}

/// The first columns of an encoded row: what a person is told of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    pub(crate) site: &'a str,
    /// Of the event; of a rejected one, the reason.
    pub(crate) name: &'a str,
    /// None of a rejected event: it may have had none.
    pub(crate) event_id: Option<Uuid>,
    pub(crate) at_ms: i64,
}

impl<'a> Head<'a> {
    /// Reads the head of a row of `version`; `None` if that is not known, or the row is none.
    pub(crate) fn read(version: u32, row: &'a [u8]) -> Option<Self> {
        columns(version)?;
        let mut rest = row;
        let (site, name) = (read_text(&mut rest)?, read_text(&mut rest)?);
        let event_id = if version == REJECTED_VERSION {
            None
        } else {
            let high = u64::from_le_bytes(take(&mut rest)?);
            Some(Uuid::from_u64_pair(
                high,
                u64::from_le_bytes(take(&mut rest)?),
            ))
        };
        let at_ms = i64::from_le_bytes(take(&mut rest)?);
        Some(Self {
            site,
            name,
            event_id,
            at_ms,
        })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

fn read_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let mut length = 0_usize;
    for place in 0..4 {
        let [byte] = take(bytes)?;
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            let (text, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            return std::str::from_utf8(text).ok();
        }
    }
    None
}

/// The 16 bytes that go before each row of a batch.
pub(crate) fn batch_id_bytes(id: Uuid) -> [u8; 16] {
    let mut bytes = Vec::with_capacity(16);
    uuid(&mut bytes, id);
    bytes.try_into().unwrap_or_default()
}

fn uuid(out: &mut Vec<u8>, id: Uuid) {
    let (high, low) = id.as_u64_pair();
    out.extend_from_slice(&high.to_le_bytes());
    out.extend_from_slice(&low.to_le_bytes());
}

fn text(out: &mut Vec<u8>, text: &str) {
    length(out, text.len());
    // Most columns of most rows are empty.
    if !text.is_empty() {
        out.extend_from_slice(text.as_bytes());
    }
}

/// LEB128: seven bits a byte, lowest first.
fn length(out: &mut Vec<u8>, length: usize) {
    let mut rest = length;
    while rest > 0x7f {
        out.push(low_bits(rest) | 0x80);
        rest >>= 7;
    }
    out.push(low_bits(rest));
}

fn low_bits(number: usize) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or(0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Columns of the migrations, in order, with their types.
    fn migrated() -> Vec<(String, String)> {
        let added = [
            include_str!("../../sql/tables/0005_events_origin.sql"),
            include_str!("../../sql/tables/0008_codecs_and_saved_reports.sql"),
        ];
        let added = added
            .iter()
            .flat_map(|sql| sql.split("ALTER TABLE weir.events\n").skip(1))
            .filter_map(|rest| rest.split(';').next())
            .flat_map(str::lines)
            .filter_map(|line| line.trim().strip_prefix("ADD COLUMN IF NOT EXISTS "));
        let sql = include_str!("../../sql/tables/0001_events.sql");
        columns_of(sql, added)
    }

    fn columns_of<'a>(sql: &'a str, added: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
        let body = sql
            .split_once("\n(\n")
            .unwrap()
            .1
            .split_once("\n)\n")
            .unwrap()
            .0;
        let columns = body.lines().map(str::trim).filter(|line| {
            !line.is_empty() && !line.starts_with("INDEX") && !line.starts_with("--")
        });
        columns
            .chain(added)
            .map(|line| {
                let (name, rest) = line.split_once(' ').unwrap();
                let rest = rest.trim_start().trim_end_matches(',');
                let ends = ["COMMENT", "CODEC"]
                    .iter()
                    .filter_map(|word| rest.find(word));
                let (column_type, _) = rest.split_at(ends.min().unwrap_or(rest.len()));
                (name.to_owned(), column_type.trim().to_owned())
            })
            .collect()
    }

    #[test]
    fn the_list_names_every_column_of_the_table() {
        let migrated = migrated();
        let mut table: Vec<_> = migrated.iter().map(|(name, _)| name.as_str()).collect();
        let mut list = COLUMNS.to_vec();
        table.sort_unstable();
        list.sort_unstable();
        assert_eq!(list, table);
        assert_eq!(COLUMNS.first(), Some(&"batch_id"));
    }

    #[test]
    fn rejected_rows_name_every_column_of_their_table() {
        let sql = include_str!("../../sql/tables/0006_rejected_events.sql");
        let migrated = columns_of(sql, std::iter::empty());
        let mut table: Vec<_> = migrated.iter().map(|(name, _)| name.as_str()).collect();
        let mut list = REJECTED_COLUMNS.to_vec();
        table.sort_unstable();
        list.sort_unstable();
        assert_eq!(list, table);
        let row = RejectedRow {
            site: "shop",
            reason: "bad_time",
            at_ms: 7,
            message: "m",
            path: "/c",
            event_id: "",
            sample: "{}",
            count: 2,
        };
        let mut bytes = Vec::new();
        row.encode(&mut bytes);
        let values = decode_as(&bytes, REJECTED_COLUMNS, &migrated);
        let values: Vec<_> = values.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["shop", "bad_time", "7", "m", "/c", "", "{}", "2"]);
    }

    /// Reads rows as the table's own column types say they are laid out, so that a column encoded in another type or
    /// place than the table has it shows here.
    pub(crate) fn decode(bytes: &[u8]) -> Vec<(String, String)> {
        decode_as(bytes, COLUMNS, &migrated())
    }

    /// The same for rejected events.
    pub(crate) fn decode_rejected(bytes: &[u8]) -> Vec<(String, String)> {
        let sql = include_str!("../../sql/tables/0006_rejected_events.sql");
        decode_as(
            bytes,
            REJECTED_COLUMNS,
            &columns_of(sql, std::iter::empty()),
        )
    }

    fn decode_as(
        mut bytes: &[u8],
        columns: &[&str],
        migrated: &[(String, String)],
    ) -> Vec<(String, String)> {
        let types: std::collections::HashMap<_, _> = migrated.iter().cloned().collect();
        let mut values = Vec::new();
        for column in columns.iter().skip(1) {
            let value = read_value(&mut bytes, &types[*column]);
            values.push(((*column).to_owned(), value));
        }
        assert!(bytes.is_empty(), "bytes left over");
        values
    }

    fn read_value(bytes: &mut &[u8], column_type: &str) -> String {
        match column_type {
            "LowCardinality(String)" | "String" => read_text(bytes),
            "UUID" => {
                let high = u64::from_le_bytes(take(bytes));
                Uuid::from_u64_pair(high, u64::from_le_bytes(take(bytes))).to_string()
            }
            "DateTime64(3, 'UTC')" | "Decimal(18, 2)" => {
                i64::from_le_bytes(take(bytes)).to_string()
            }
            "UInt64" => u64::from_le_bytes(take(bytes)).to_string(),
            "UInt32" => u32::from_le_bytes(take(bytes)).to_string(),
            "Float32" => f32::from_le_bytes(take(bytes)).to_string(),
            "Date" => u16::from_le_bytes(take(bytes)).to_string(),
            "Map(LowCardinality(String), String)" => {
                let pairs = (0..read_length(bytes)).map(|_| (read_text(bytes), read_text(bytes)));
                format!("{:?}", pairs.collect::<Vec<_>>())
            }
            other => panic!("no reader for {other}"),
        }
    }

    fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
        let (head, tail) = bytes.split_at(N);
        *bytes = tail;
        head.try_into().unwrap()
    }

    fn read_length(bytes: &mut &[u8]) -> usize {
        let mut length = 0;
        for place in 0.. {
            let [byte] = take(bytes);
            length |= usize::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                break;
            }
        }
        length
    }

    fn read_text(bytes: &mut &[u8]) -> String {
        let length = read_length(bytes);
        let (head, tail) = bytes.split_at(length);
        *bytes = tail;
        String::from_utf8(head.to_vec()).unwrap()
    }

    #[test]
    fn lengths_are_leb128() {
        for (number, expected) in [
            (0, vec![0]),
            (127, vec![127]),
            (128, vec![128, 1]),
            (300, vec![172, 2]),
        ] {
            let mut out = Vec::new();
            length(&mut out, number);
            assert_eq!(out, expected);
        }
    }
}
