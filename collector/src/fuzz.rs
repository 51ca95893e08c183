//! What `tools/fuzz` cannot reach from outside: readers of the spool's files. Only there with the feature `fuzz`.

#![expect(
    clippy::panic,
    reason = "a target says by panicking what does not hold"
)]

use uuid::Uuid;

use crate::batch::Batch;
use crate::sink::row::{self, Head};
use crate::spool::format::{self, FileId, FileKind, Header, Reader};

/// The file that all inputs claim to be.
const FILE: FileId = FileId {
    number: 42,
    id: Uuid::from_u128(0x0194_1f29_7c00_7aaa_8000_0123_4567_89ab),
};

/// A sound segment of a few records, to begin with.
pub fn sound_segment() -> Vec<u8> {
    let mut bytes = header(FileKind::Segment);
    for body in [
        &b"\x04shop\x08pageview0123456789abcdef01234567"[..],
        b"",
        &[7; 300],
    ] {
        format::write_record(&mut bytes, FILE, 7, body);
    }
    bytes
}

/// A sound log of ids.
pub fn sound_ids() -> Vec<u8> {
    let mut bytes = header(FileKind::Ids);
    format::write_record(&mut bytes, FILE, 1_795_435_200_000, &[9; 64]);
    bytes
}

fn header(kind: FileKind) -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = Header {
        kind,
        file: FILE,
        row_version: row::VERSION,
        created_ms: 1_795_435_200_000,
    };
    header.write(&mut bytes);
    bytes
}

/// Any bytes are read to their end; what is found is whole, and is found again when it is written anew.
pub fn segment(bytes: &[u8]) {
    for kind in [FileKind::Segment, FileKind::Ids] {
        let mut reader = Reader::new(kind, FILE, bytes);
        let records: Vec<_> = reader.by_ref().collect();
        let damage = reader.damage();
        let whole: usize = records
            .iter()
            .map(|record| format::RECORD_BYTES + record.body.len())
            .sum();
        let lost = damage.gap_bytes + damage.tail_bytes;
        assert!(
            whole as u64 + lost <= bytes.len() as u64,
            "{whole} and {lost} of {}",
            bytes.len()
        );
        let mut anew = header(kind);
        for record in &records {
            format::write_record(&mut anew, FILE, record.key, record.body);
        }
        let again: Vec<_> = Reader::new(kind, FILE, &anew).collect();
        assert_eq!(again, records);
    }
    let (batch, damage) = Batch::read(FILE, bytes);
    let (same, _) = Batch::read(FILE, bytes);
    if (batch.token.as_str(), batch.rows) != (same.token.as_str(), same.rows) {
        panic!("one segment, two tokens");
    }
    assert!(damage.gaps <= bytes.len() as u64);
    for version in [1, row::VERSION, row::REJECTED_VERSION, u32::MAX] {
        if let Some(head) = Head::read(version, bytes) {
            assert!(head.site.len() + head.name.len() < bytes.len());
        }
    }
}
