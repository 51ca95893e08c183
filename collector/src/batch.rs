//! A batch: the rows of one sealed segment, ready to be inserted.
//!
//! INVARIANT: a segment is a batch, is a token. The body is made of the segment's rows in their order and nothing else, so
//! that every try sends the same bytes; the token is the batch id with a hash of the body, so that a token never stands
//! for other rows, not even if a flipped bit takes one away.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::sink::row;
use crate::spool::format::{Damage, FileId, FileKind, Reader};

/// A batch never has more rows, so that the engine takes it as one block.
pub(crate) const MAX_ROWS: u32 = 1_000_000;

/// Rows to be inserted together, once.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// Value of the column `batch_id`.
    pub(crate) id: Uuid,
    pub(crate) rows: u64,
    /// Deduplication token.
    pub(crate) token: String,
    /// Columns in the order in which the rows are encoded; `None` if a newer version of the collector wrote them.
    pub(crate) columns: Option<&'static [&'static str]>,
    /// Rows in the format `RowBinary`.
    pub(crate) body: Bytes,
}

impl Batch {
    /// Makes a batch of the content of the segment `file`.
    pub(crate) fn read(file: FileId, content: &[u8]) -> (Self, Damage) {
        let mut reader = Reader::new(FileKind::Segment, file, content);
        // A damaged header does not say; then it is taken for one of ours.
        let row_version = reader
            .header()
            .map_or(row::VERSION, |header| header.row_version);
        let batch_id = row::batch_id_bytes(file.id);
        let mut body = Vec::with_capacity(content.len());
        let mut rows = 0;
        for record in reader.by_ref() {
            body.extend_from_slice(&batch_id);
            body.extend_from_slice(record.body);
            rows += 1;
        }
        let hash: [u8; 32] = Sha256::digest(&body).into();
        let (half, _) = hash.split_at(16);
        let hash = half
            .iter()
            .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        let token = format!("{}-{hash:032x}", file.id.as_hyphenated());
        let columns = row::columns(row_version);
        (
            Self {
                id: file.id,
                rows,
                token,
                columns,
                body: body.into(),
            },
            reader.damage(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::format::{self, Header};

    fn segment(rows: &[&[u8]]) -> (FileId, Vec<u8>) {
        let file = FileId {
            number: 1,
            id: Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10),
        };
        let mut bytes = Vec::new();
        Header {
            kind: FileKind::Segment,
            file,
            row_version: row::VERSION,
            created_ms: 0,
        }
        .write(&mut bytes);
        for row in rows {
            format::write_record(&mut bytes, file, 7, row);
        }
        (file, bytes)
    }

    #[test]
    fn the_body_is_each_row_behind_the_batch_id() {
        let (file, content) = segment(&[b"one", b"two"]);
        let (batch, damage) = Batch::read(file, &content);
        let id = [8, 7, 6, 5, 4, 3, 2, 1, 16, 15, 14, 13, 12, 11, 10, 9];
        assert_eq!(batch.body, [&id[..], b"one", &id, b"two"].concat());
        assert_eq!(
            (batch.rows, batch.id, damage),
            (2, file.id, Damage::default())
        );
    }

    #[test]
    fn the_same_content_has_the_same_token_and_other_content_another() {
        let (file, content) = segment(&[b"one", b"two"]);
        let token = Batch::read(file, &content).0.token;
        assert_eq!(Batch::read(file, &content).0.token, token);
        assert!(token.starts_with("01020304-0506-0708-090a-0b0c0d0e0f10-"));
        let mut damaged = content;
        *damaged.last_mut().unwrap() ^= 1;
        let (batch, damage) = Batch::read(file, &damaged);
        assert_eq!((batch.rows, damage.tail_bytes), (1, 23));
        assert_ne!(batch.token, token);
    }

    #[test]
    fn rows_of_an_unknown_version_have_no_columns() {
        let file = FileId {
            number: 1,
            id: Uuid::from_u128(5),
        };
        let mut bytes = Vec::new();
        Header {
            kind: FileKind::Segment,
            file,
            row_version: row::VERSION + 1,
            created_ms: 0,
        }
        .write(&mut bytes);
        assert!(Batch::read(file, &bytes).0.columns.is_none());
    }
}
