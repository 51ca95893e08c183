//! Bytes of the spool's files: framing shared by segments and logs of ids, and a reader that no damage can stop.
//!
//! ```text
//! file     00000000000000000042-01941f29-7c00-7aaa-8000-0123456789ab.seg
//!          └ number, 20 digits ┘ └ id of the file; of a segment: the batch id ┘
//!
//! header   magic   8   "WEIRSEG1" a segment, "WEIRIDS1" a log of ids
//!          number  8   as in the name
//!          id     16   as in the name
//!          rows    4   version of the row encoding (sink/row.rs); 0 in a log of ids
//!          created 8   wall clock, ms since 1970
//!          crc     4   crc32c of the 44 bytes before
//!
//! record   marker  4   last four bytes of the file's id: random, not known to any sender
//!          length  4   of the body
//!          key     8   segment: hash of the event's id; log of ids: when they were accepted, ms since 1970
//!          crc     4   crc32c of marker, length, key, body
//!          body        segment: one row without `batch_id`; log of ids: hashes, 8 bytes each
//!
//! record, record, … and zeros, or none, to the end of the file. Numbers are little-endian.
//! ```
//!
//! What has been synced is whole. What was being written when the machine stopped may be there in part: a torn tail, or
//! where it took the place of zeros, gaps. Bits may flip anywhere. The reader takes each record whose checksum is right. Where one is not, it looks for the next
//! marker and counts the gap. The marker cannot be guessed by senders, so nothing they send can look like a record.

use uuid::Uuid;

/// Bytes of a file's header.
pub(crate) const HEADER_BYTES: usize = 48;
/// Bytes of a record before its body.
pub(crate) const RECORD_BYTES: usize = 20;
/// Largest body of a record.
pub(crate) const MAX_BODY: usize = 4 * 1024 * 1024;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Segment,
    Ids,
}

impl FileKind {
    fn magic(self) -> &'static [u8; 8] {
        match self {
            Self::Segment => b"WEIRSEG1",
            Self::Ids => b"WEIRIDS1",
        }
    }
}

/// What a file's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId {
    /// Position in the stream of files.
    pub(crate) number: u64,
    /// Of a segment: the batch id.
    pub(crate) id: Uuid,
}

impl FileId {
    /// The name, with `extension`.
    pub(crate) fn name(self, extension: &str) -> String {
        format!(
            "{:020}-{}.{extension}",
            self.number,
            self.id.as_hyphenated()
        )
    }

    /// Reads a name that ends in `extension`.
    pub(crate) fn parse(name: &str, extension: &str) -> Option<Self> {
        let stem = name.strip_suffix(extension)?.strip_suffix('.')?;
        let (number, id) = stem.split_once('-')?;
        let digits = number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits {
            number.parse().ok()?
        } else {
            return None;
        };
        Some(Self {
            number,
            id: Uuid::try_parse(id).ok()?,
        })
    }

    fn marker(self) -> [u8; 4] {
        self.id.as_bytes().last_chunk().copied().unwrap_or_default()
    }
}

/// What a file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: FileKind,
    pub(crate) file: FileId,
    pub(crate) row_version: u32,
    pub(crate) created_ms: i64,
}

impl Header {
    /// Appends the header.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(self.kind.magic());
        out.extend(self.file.number.to_le_bytes());
        out.extend_from_slice(self.file.id.as_bytes());
        out.extend(self.row_version.to_le_bytes());
        out.extend(self.created_ms.to_le_bytes());
        let crc = crc32c::crc32c(out.get(start..).unwrap_or_default());
        out.extend(crc.to_le_bytes());
    }

    /// Reads the header of the file that is named `file`; `None` if it is damaged or another file's.
    fn read(kind: FileKind, file: FileId, bytes: &[u8]) -> Option<Self> {
        let (head, crc) = bytes
            .first_chunk::<HEADER_BYTES>()?
            .split_last_chunk::<4>()?;
        let mut rest = head;
        let magic: [u8; 8] = take(&mut rest)?;
        let number = u64::from_le_bytes(take(&mut rest)?);
        let id = Uuid::from_bytes(take(&mut rest)?);
        let row_version = u32::from_le_bytes(take(&mut rest)?);
        let created_ms = i64::from_le_bytes(take(&mut rest)?);
        let right = u32::from_le_bytes(*crc) == crc32c::crc32c(head)
            && &magic == kind.magic()
            && (FileId { number, id }) == file;
        right.then_some(Self {
            kind,
            file,
            row_version,
            created_ms,
        })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

/// Appends a record of the file `file`.
pub(crate) fn write_record(out: &mut Vec<u8>, file: FileId, key: u64, body: &[u8]) {
    // Bodies are checked against MAX_BODY before they come here.
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    out.reserve(RECORD_BYTES + body.len());
    let start = out.len();
    out.extend_from_slice(&file.marker());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&key.to_le_bytes());
    let crc = checksum(out.get(start..).unwrap_or_default(), body);
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(body);
}

/// `head`: marker, length and key.
fn checksum(head: &[u8], body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(head), body)
}

/// A record found in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) key: u64,
    pub(crate) body: &'a [u8],
}

/// What was found damaged in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Damage {
    /// Headers that could not be read. The names tell as much.
    pub(crate) headers: u64,
    /// Gaps between whole records.
    pub(crate) gaps: u64,
    /// Bytes in those gaps.
    pub(crate) gap_bytes: u64,
    /// Bytes after the last whole record: what was being written when the machine stopped.
    pub(crate) tail_bytes: u64,
}

impl Damage {
    /// Adds what was found in another file.
    pub(crate) fn add(&mut self, other: Self) {
        self.headers += other.headers;
        self.gaps += other.gaps;
        self.gap_bytes += other.gap_bytes;
        self.tail_bytes += other.tail_bytes;
    }
}

/// Reads the records of a file.
pub(crate) struct Reader<'a> {
    header: Option<Header>,
    marker: [u8; 4],
    rest: &'a [u8],
    /// Whether there was a record. Without one, a header that cannot be read is a torn first write, not damage.
    found: bool,
    damage: Damage,
}

impl<'a> Reader<'a> {
    /// Reads the content of the file that is named `file`.
    pub(crate) fn new(kind: FileKind, file: FileId, bytes: &'a [u8]) -> Self {
        let header = Header::read(kind, file, bytes);
        let rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
        let header_bytes = if header.is_none() {
            bytes.len() - rest.len()
        } else {
            0
        };
        let damage = Damage {
            tail_bytes: header_bytes as u64,
            ..Damage::default()
        };
        Self {
            header,
            marker: file.marker(),
            rest,
            found: false,
            damage,
        }
    }

    /// The header, if it is whole.
    pub(crate) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// What was damaged so far; all of it once there are no more records.
    pub(crate) fn damage(&self) -> Damage {
        self.damage
    }

    /// The record at the start of `bytes`, and what is behind it.
    fn record_at(&self, bytes: &'a [u8]) -> Option<(Record<'a>, &'a [u8])> {
        let head = bytes.first_chunk::<{ RECORD_BYTES - 4 }>()?;
        let mut rest = bytes;
        let marker: [u8; 4] = take(&mut rest)?;
        let length: [u8; 4] = take(&mut rest)?;
        let key: [u8; 8] = take(&mut rest)?;
        let crc: [u8; 4] = take(&mut rest)?;
        let size = usize::try_from(u32::from_le_bytes(length)).ok()?;
        if marker != self.marker || size > MAX_BODY {
            return None;
        }
        let (body, behind) = rest.split_at_checked(size)?;
        let right = u32::from_le_bytes(crc) == checksum(head, body);
        right.then(|| {
            (
                Record {
                    key: u64::from_le_bytes(key),
                    body,
                },
                behind,
            )
        })
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let start = self.rest;
        let mut from = start;
        while !from.is_empty() {
            if let Some((record, behind)) = self.record_at(from) {
                if !self.found {
                    self.found = true;
                    self.damage = Damage {
                        headers: self.header.is_none().into(),
                        ..Damage::default()
                    };
                }
                let skipped = start.len() - from.len();
                if skipped > 0 {
                    self.damage.gaps += 1;
                    self.damage.gap_bytes += skipped as u64;
                }
                self.rest = behind;
                return Some(record);
            }
            // Damaged here: on to the next place that could be a record. Each step is at least one byte forward.
            let next = from.get(1..).unwrap_or_default();
            from = match without_room(next)
                .windows(4)
                .position(|window| window == self.marker)
            {
                Some(at) => next.get(at..).unwrap_or_default(),
                None => &[],
            };
        }
        self.rest = &[];
        let torn = without_room(start).iter().rposition(|byte| *byte != 0);
        self.damage.tail_bytes += torn.map_or(0, |last| last as u64 + 1);
        None
    }
}

/// `bytes` without most of the zeros at their end: room that nothing was written to. No marker is in it, for an id ends in
/// zeros once in four thousand million times, and then only damaged files are concerned.
fn without_room(mut bytes: &[u8]) -> &[u8] {
    while let Some(before) = bytes.strip_suffix(&[0; 4_096]) {
        bytes = before;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file_id() -> FileId {
        FileId {
            number: 42,
            id: Uuid::from_u128(0x0194_1f29_7c00_7aaa_8000_0123_4567_89ab),
        }
    }

    fn file(bodies: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let header = Header {
            kind: FileKind::Segment,
            file: file_id(),
            row_version: 1,
            created_ms: 1_795_463_112_345,
        };
        header.write(&mut bytes);
        for (key, body) in (0..).zip(bodies) {
            write_record(&mut bytes, file_id(), key, body);
        }
        bytes
    }

    fn read(bytes: &[u8]) -> (Vec<(u64, Vec<u8>)>, Damage) {
        let mut reader = Reader::new(FileKind::Segment, file_id(), bytes);
        let records = reader
            .by_ref()
            .map(|record| (record.key, record.body.to_vec()))
            .collect();
        (records, reader.damage())
    }

    #[test]
    fn names_are_read_back() {
        let name = file_id().name("seg");
        assert_eq!(
            name,
            "00000000000000000042-01941f29-7c00-7aaa-8000-0123456789ab.seg"
        );
        assert_eq!(FileId::parse(&name, "seg"), Some(file_id()));
        assert_eq!(FileId::parse(&name, "done"), None);
        for wrong in [
            "42-x.seg",
            "lost+found",
            ".seg",
            "0000000000000000042-01941f297c007aaa80000123456789ab.seg",
        ] {
            assert_eq!(FileId::parse(wrong, "seg"), None, "{wrong}");
        }
    }

    #[test]
    fn another_files_content_under_this_name_is_damaged() {
        let mut other = file_id();
        other.number = 43;
        let bytes = file(&[vec![1]]);
        assert!(
            Reader::new(FileKind::Segment, other, &bytes)
                .header()
                .is_none()
        );
        assert!(
            Reader::new(FileKind::Ids, file_id(), &bytes)
                .header()
                .is_none()
        );
        let reader = Reader::new(FileKind::Segment, file_id(), &bytes);
        assert_eq!(
            reader.header().map(|header| header.created_ms),
            Some(1_795_463_112_345)
        );
    }

    #[test]
    fn a_body_full_of_markers_is_no_record_of_its_own() {
        let inner = file(&[vec![9; 30]]);
        let bytes = file(&[inner.clone(), vec![7]]);
        assert_eq!(
            read(&bytes),
            (vec![(0, inner), (1, vec![7])], Damage::default())
        );
    }

    #[test]
    fn room_behind_the_records_is_no_damage() {
        let bodies = [vec![1], vec![0; 30]];
        let expected = vec![(0, vec![1]), (1, vec![0; 30])];
        let mut bytes = file(&bodies);
        bytes.resize(bytes.len() + 1_000, 0);
        assert_eq!(read(&bytes), (expected.clone(), Damage::default()));
        // A record that was being written there.
        let torn = file(&bodies).len() + 5;
        bytes[torn] = 9;
        let damage = Damage {
            tail_bytes: 6,
            ..Damage::default()
        };
        assert_eq!(read(&bytes), (expected, damage));
    }

    proptest! {
        #[test]
        fn whole_files_are_read_as_written(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..20)) {
            let (records, damage) = read(&file(&bodies));
            prop_assert_eq!(damage, Damage::default());
            prop_assert_eq!(records, (0..).zip(bodies).collect::<Vec<_>>());
        }

        #[test]
        fn a_torn_tail_costs_only_what_is_torn(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..20),
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = file(&bodies);
            let cut = cut.index(bytes.len() + 1);
            let (records, damage) = read(&bytes[..cut]);
            let mut ends = vec![HEADER_BYTES];
            for body in &bodies {
                ends.push(ends[ends.len() - 1] + RECORD_BYTES + body.len());
            }
            let whole = ends.iter().skip(1).filter(|end| **end <= cut).count();
            prop_assert_eq!(records.len(), whole);
            prop_assert_eq!((damage.gaps, damage.headers), (0, 0));
            prop_assert_eq!(damage.tail_bytes == 0, cut == 0 || cut == bytes.len() || ends.contains(&cut));
        }

        #[test]
        fn a_flipped_bit_costs_one_record_and_is_counted(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..20),
            place in any::<prop::sample::Index>(),
            bit in 0..8,
        ) {
            let mut bytes = file(&bodies);
            let place = place.index(bytes.len());
            bytes[place] ^= 1_u8 << bit;
            let (records, damage) = read(&bytes);
            if place < HEADER_BYTES {
                prop_assert_eq!(damage.headers, 1);
                prop_assert_eq!(records.len(), bodies.len());
            } else {
                prop_assert_eq!(records.len(), bodies.len() - 1);
                prop_assert!(damage.gaps == 1 || damage.tail_bytes > 0);
                for (key, body) in &records {
                    prop_assert_eq!(&bodies[usize::try_from(*key).unwrap()], body);
                }
            }
        }

        #[test]
        fn garbage_never_stops_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let (records, damage) = read(&bytes);
            prop_assert!(records.is_empty());
            let (header, rest) = bytes.split_at(HEADER_BYTES.min(bytes.len()));
            let torn = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let tail_bytes = (header.len() + torn) as u64;
            prop_assert_eq!(damage, Damage { tail_bytes, ..Damage::default() });
        }
    }
}
