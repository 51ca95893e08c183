//! A request's body: unpacked, bounded, piece by piece.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::blocks::BlockReader;
use super::encoding::{CUT_SHORT, Encoding, Unpacker};
use crate::error::{Code, SqlError};

/// Reads a body as the client meant it.
#[derive(Debug)]
pub(crate) struct BodyReader {
    incoming: Incoming,
    unpacker: Option<Unpacker>,
    /// What arrived and is not unpacked yet.
    packed: Bytes,
    blocks: Option<BlockReader>,
    ready: std::vec::IntoIter<Bytes>,
}

impl BodyReader {
    /// `in_blocks` says that the body comes in ClickHouse's framing, each block of up to `max_block_bytes`; the headers, how
    /// that is packed in its turn.
    pub(crate) fn new(
        incoming: Incoming,
        headers: &HeaderMap,
        in_blocks: bool,
        max_block_bytes: usize,
    ) -> Result<Self, SqlError> {
        let encoding = Encoding::of_body(headers).map_err(|name| {
            let sentence = format!(
                "the body has Content-Encoding `{}`: this port unpacks gzip, deflate, zstd and lz4, and ClickHouse's \
                 blocks with `decompress=1`",
                name.escape_debug()
            );
            SqlError::new(Code::CannotDecompress, sentence)
        })?;
        let unpacker = encoding.map(Unpacker::new).transpose().map_err(broken)?;
        let blocks = in_blocks.then(|| BlockReader::new(max_block_bytes));
        Ok(Self {
            incoming,
            unpacker,
            packed: Bytes::new(),
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
            let Some(bytes) = self.next_unpacked().await? else {
                return match &self.blocks {
                    Some(reader) if !reader.is_at_end() => {
                        Err(broken("the last compressed block is cut short"))
                    }
                    _ => Ok(None),
                };
            };
            match &mut self.blocks {
                None if bytes.is_empty() => {}
                None => return Ok(Some(bytes)),
                Some(reader) => {
                    self.ready = reader.push(&bytes).map_err(broken)?.into_iter();
                }
            }
        }
    }

    /// The next bytes, as they were before HTTP's packing.
    async fn next_unpacked(&mut self) -> Result<Option<Bytes>, SqlError> {
        loop {
            let unpacked = match &mut self.unpacker {
                Some(unpacker) => unpacker.step(&mut self.packed).map_err(broken)?,
                None => None,
            };
            if unpacked.is_some() {
                return Ok(unpacked);
            }
            match self.next_arrived().await? {
                Some(bytes) if self.unpacker.is_none() => return Ok(Some(bytes)),
                Some(bytes) => self.packed = bytes,
                None => {
                    let is_whole = self.unpacker.as_mut().is_none_or(Unpacker::is_at_end);
                    return if is_whole {
                        Ok(None)
                    } else {
                        Err(broken(CUT_SHORT))
                    };
                }
            }
        }
    }

    /// The next bytes off the wire.
    async fn next_arrived(&mut self) -> Result<Option<Bytes>, SqlError> {
        while let Some(frame) = self.incoming.frame().await {
            let frame = frame.map_err(|error| {
                SqlError::new(
                    Code::QueryWasCancelled,
                    format!("the body broke off: {error}"),
                )
            })?;
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
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

fn broken(sentence: &'static str) -> SqlError {
    SqlError::new(Code::CannotDecompress, sentence)
}

/// A statement longer than we take.
pub(crate) fn too_large(limit: usize) -> SqlError {
    SqlError::new(
        Code::QueryIsTooLarge,
        format!("the statement is longer than {limit} bytes"),
    )
}
