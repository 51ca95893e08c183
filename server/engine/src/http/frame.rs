//! LZ4's frame format, read as it arrives: what clients send with `Content-Encoding: lz4`.
//!
//! ```text
//! frame: 04 22 4D 18 | flags 1 byte | block size 1 byte | content size 8 bytes, if flagged | checksum of these 1 byte |
//!        blocks | 00 00 00 00 | checksum of the content 4 bytes, if flagged
//! block: size 4 bytes LE, highest bit: not packed | data | checksum 4 bytes, if flagged
//! ```
//!
//! Checksums are skipped: TCP has its own, and a frame that does not unpack is refused. Frames that need a dictionary are
//! refused as well.

use bytes::{Buf, Bytes, BytesMut};

const MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
const NOT_PACKED: u32 = 1 << 31;
/// How far back blocks that are not independent may refer.
const HISTORY_BYTES: usize = 64 << 10;
const BROKEN: &str = "the body is not an LZ4 frame, as its Content-Encoding says";

/// Reads frames, one behind the other.
#[derive(Debug)]
pub(super) struct FrameReader {
    waiting: BytesMut,
    frame: Option<Frame>,
}

/// What a frame's head says, and what its blocks may refer to.
#[derive(Debug)]
struct Frame {
    block_bytes: usize,
    has_block_checksums: bool,
    has_content_checksum: bool,
    is_linked: bool,
    history: Vec<u8>,
}

impl FrameReader {
    pub(super) fn new() -> Self {
        Self {
            waiting: BytesMut::new(),
            frame: None,
        }
    }

    /// Whether the last frame is complete.
    pub(super) fn is_at_end(&self) -> bool {
        self.frame.is_none() && self.waiting.is_empty()
    }

    /// Takes bytes in and gives back the content of the next block.
    pub(super) fn step(&mut self, packed: &mut Bytes) -> Result<Option<Bytes>, &'static str> {
        self.waiting.extend_from_slice(packed);
        packed.clear();
        loop {
            let Some(frame) = &mut self.frame else {
                match read_head(&mut self.waiting)? {
                    Some(frame) => self.frame = Some(frame),
                    None => return Ok(None),
                }
                continue;
            };
            let Some(size) = self.waiting.first_chunk::<4>() else {
                return Ok(None);
            };
            let size = u32::from_le_bytes(*size);
            let length = (size & !NOT_PACKED) as usize;
            if length > frame.block_bytes {
                return Err(BROKEN);
            }
            let checksum = match length {
                0 if frame.has_content_checksum => 4,
                0 => 0,
                _ if frame.has_block_checksums => 4,
                _ => 0,
            };
            if self.waiting.len() < 4 + length + checksum {
                return Ok(None);
            }
            self.waiting.advance(4);
            let data = self.waiting.split_to(length);
            self.waiting.advance(checksum);
            if length == 0 {
                self.frame = None;
                continue;
            }
            return frame.unpack(&data, size & NOT_PACKED != 0).map(Some);
        }
    }
}

impl Frame {
    fn unpack(&mut self, data: &[u8], is_plain: bool) -> Result<Bytes, &'static str> {
        let content = if is_plain {
            data.to_vec()
        } else {
            let mut space = vec![0; self.block_bytes];
            let length =
                lz4_flex::block::decompress_into_with_dict(data, &mut space, &self.history)
                    .map_err(|_| BROKEN)?;
            space.truncate(length);
            space
        };
        if self.is_linked {
            self.history.extend_from_slice(&content);
            let surplus = self.history.len().saturating_sub(HISTORY_BYTES);
            self.history.drain(..surplus);
        }
        Ok(content.into())
    }
}

/// The head of a frame, once all of it is there.
fn read_head(waiting: &mut BytesMut) -> Result<Option<Frame>, &'static str> {
    let known = waiting.len().min(MAGIC.len());
    if waiting.get(..known) != MAGIC.get(..known) {
        return Err(BROKEN);
    }
    let Some([flags, size]) = waiting
        .get(4..)
        .and_then(|rest| rest.first_chunk::<2>())
        .copied()
    else {
        return Ok(None);
    };
    let (is_version_1, has_dictionary) = (flags >> 6 == 1, flags & 1 != 0);
    if !is_version_1 || has_dictionary {
        return Err(BROKEN);
    }
    let block_bytes = match size >> 4 & 7 {
        4 => 64 << 10,
        5 => 256 << 10,
        6 => 1 << 20,
        7 => 4 << 20,
        _ => return Err(BROKEN),
    };
    let content_size = if flags & 8 != 0 { 8 } else { 0 };
    let head = 6 + content_size + 1;
    if waiting.len() < head {
        return Ok(None);
    }
    waiting.advance(head);
    Ok(Some(Frame {
        block_bytes,
        has_block_checksums: flags & 16 != 0,
        has_content_checksum: flags & 4 != 0,
        is_linked: flags & 32 == 0,
        history: Vec::new(),
    }))
}
