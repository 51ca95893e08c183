//! A request's body: unpacked, bounded, piece by piece.

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::blocks::BlockReader;
use crate::error::{Code, SqlError};

/// Reads a body as the client meant it.
#[derive(Debug)]
pub(crate) struct BodyReader {
    incoming: Incoming,
    blocks: Option<BlockReader>,
    ready: std::vec::IntoIter<Bytes>,
}

impl BodyReader {
    /// `in_blocks` says that the body comes in ClickHouse's framing, each block of up to `max_block_bytes`.
    pub(crate) fn new(
        incoming: Incoming,
        headers: &HeaderMap,
        in_blocks: bool,
        max_block_bytes: usize,
    ) -> Result<Self, SqlError> {
        if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
            && encoding.as_bytes() != b"identity"
        {
            let sentence = "the body has a Content-Encoding that this port does not unpack: send it plain, or in \
                            ClickHouse's blocks with `decompress=1`";
            return Err(SqlError::new(Code::CannotDecompress, sentence));
        }
        let blocks = in_blocks.then(|| BlockReader::new(max_block_bytes));
        Ok(Self {
            incoming,
            blocks,
            ready: Vec::new().into_iter(),
        })
    }

    /// The next piece; `None` at the end. An error when the client leaves half-way.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, SqlError> {
        loop {
            if let Some(piece) = self.ready.next() {
                return Ok(Some(piece));
            }
            let Some(frame) = self.incoming.frame().await else {
                return match &self.blocks {
                    Some(reader) if !reader.is_at_end() => Err(SqlError::new(
                        Code::CannotDecompress,
                        "the last compressed block is cut short",
                    )),
                    _ => Ok(None),
                };
            };
            let frame = frame.map_err(|error| {
                SqlError::new(
                    Code::QueryWasCancelled,
                    format!("the body broke off: {error}"),
                )
            })?;
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            match &mut self.blocks {
                None if bytes.is_empty() => {}
                None => return Ok(Some(bytes)),
                Some(reader) => {
                    let pieces = reader
                        .push(&bytes)
                        .map_err(|sentence| SqlError::new(Code::CannotDecompress, sentence))?;
                    self.ready = pieces.into_iter();
                }
            }
        }
    }

    /// The rest of the body in one, if it is not longer than `limit`.
    pub(crate) async fn collect(&mut self, limit: usize) -> Result<Vec<u8>, SqlError> {
        let mut all = Vec::new();
        while let Some(piece) = self.next().await? {
            if all.len() + piece.len() > limit {
                return Err(too_large(limit));
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}

/// A statement longer than we take.
pub(crate) fn too_large(limit: usize) -> SqlError {
    SqlError::new(
        Code::QueryIsTooLarge,
        format!("the statement is longer than {limit} bytes"),
    )
}
