//! ClickHouse's own compressed framing (`decompress=1`, `compress=1`).
//!
//! ```text
//! block: checksum 16 bytes (CityHash128 of all that follows) | method 1 byte | size 4 bytes LE, of the packed data and
//!        these 9 bytes | size 4 bytes LE, unpacked | packed data
//! method: 0x82 LZ4, 0x90 Zstandard, 0x02 none; what is written is LZ4
//! ```

use bytes::{Buf, Bytes, BytesMut};
use cityhash_rs::cityhash_102_128;

const CHECKSUM_BYTES: usize = 16;
const HEADER_BYTES: usize = 9;
const METHOD_LZ4: u8 = 0x82;
const METHOD_ZSTD: u8 = 0x90;
const METHOD_NONE: u8 = 0x02;
/// Largest block written.
const WRITE_BLOCK_BYTES: usize = 1 << 20;

/// Takes blocks apart as their bytes arrive.
#[derive(Debug)]
pub(crate) struct BlockReader {
    waiting: BytesMut,
    max_bytes: usize,
}

impl BlockReader {
    /// Takes blocks of up to `max_bytes`, packed or unpacked: what a header says is believed up to there.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            waiting: BytesMut::new(),
            max_bytes,
        }
    }

    /// Takes in bytes and gives back the content of every block that is complete by now.
    pub(crate) fn push(&mut self, bytes: &Bytes) -> Result<Vec<Bytes>, &'static str> {
        self.waiting.extend_from_slice(bytes);
        let mut ready = Vec::new();
        while let Some(block) = self.next_block()? {
            ready.push(block);
        }
        Ok(ready)
    }

    /// Whether the last block is complete.
    pub(crate) fn is_at_end(&self) -> bool {
        self.waiting.is_empty()
    }

    fn next_block(&mut self) -> Result<Option<Bytes>, &'static str> {
        let Some(header) = self
            .waiting
            .get(CHECKSUM_BYTES..)
            .and_then(|rest| rest.first_chunk::<HEADER_BYTES>())
        else {
            return Ok(None);
        };
        let [method, sizes @ ..] = *header;
        let mut sizes = sizes.as_slice();
        let packed = sizes.get_u32_le() as usize;
        let unpacked = sizes.get_u32_le() as usize;
        if !(HEADER_BYTES..=self.max_bytes).contains(&packed) || unpacked > self.max_bytes {
            return Err("a compressed block has an impossible size");
        }
        if self.waiting.len() < CHECKSUM_BYTES + packed {
            return Ok(None);
        }
        let mut block = self.waiting.split_to(CHECKSUM_BYTES + packed).freeze();
        let checksum = block.split_to(CHECKSUM_BYTES);
        if checksum.as_ref() != checksum_of(&block) {
            return Err("the checksum of a compressed block does not match");
        }
        let data = block.slice(HEADER_BYTES..);
        let content = match method {
            METHOD_NONE => Some(data),
            METHOD_LZ4 => lz4_flex::block::decompress(&data, unpacked)
                .ok()
                .map(Bytes::from),
            METHOD_ZSTD => zstd::bulk::decompress(&data, unpacked)
                .ok()
                .map(Bytes::from),
            _ => {
                return Err("a compressed block is packed by another method than LZ4 or Zstandard");
            }
        };
        content
            .filter(|content| content.len() == unpacked)
            .map(Some)
            .ok_or("a compressed block cannot be unpacked")
    }
}

/// Packs bytes into blocks.
pub(crate) fn write_blocks(bytes: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    for piece in bytes.chunks(WRITE_BLOCK_BYTES) {
        add_block(
            &mut out,
            METHOD_LZ4,
            &lz4_flex::block::compress(piece),
            piece.len(),
        );
    }
    out.freeze()
}

fn add_block(out: &mut BytesMut, method: u8, packed: &[u8], unpacked: usize) {
    let mut block = Vec::with_capacity(HEADER_BYTES + packed.len());
    block.push(method);
    block.extend_from_slice(&size_bytes(HEADER_BYTES + packed.len()));
    block.extend_from_slice(&size_bytes(unpacked));
    block.extend_from_slice(packed);
    out.extend_from_slice(&checksum_of(&block));
    out.extend_from_slice(&block);
}

fn size_bytes(size: usize) -> [u8; 4] {
    // Pieces are cut to WRITE_BLOCK_BYTES, so their size always fits.
    u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes()
}

/// The two halves of the hash, the higher first, each little-endian.
fn checksum_of(block: &[u8]) -> [u8; CHECKSUM_BYTES] {
    cityhash_102_128(block).rotate_right(64).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again_however_it_is_cut() {
        let content: Vec<u8> = (0..3_000_000_u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let packed = write_blocks(&content);
        assert!(packed.len() < content.len());
        for step in [1 << 10, 1_000_003, packed.len()] {
            let mut reader = BlockReader::new(1 << 21);
            let mut out = Vec::new();
            for piece in packed.chunks(step) {
                out.extend(
                    reader
                        .push(&Bytes::copy_from_slice(piece))
                        .unwrap()
                        .concat(),
                );
            }
            assert!(reader.is_at_end() && out == content, "{step}");
        }
    }

    #[test]
    fn blocks_of_every_method_are_taken_and_what_they_say_of_their_size_is_checked() {
        let content = b"some content, some content";
        let packed = zstd::bulk::compress(content, 3).unwrap();
        let mut blocks = BytesMut::new();
        add_block(&mut blocks, METHOD_ZSTD, &packed, content.len());
        add_block(&mut blocks, METHOD_NONE, content, content.len());
        let read = BlockReader::new(1 << 21).push(&blocks.freeze()).unwrap();
        assert_eq!(read, [content.as_slice(), content]);
        let wrong = [
            (METHOD_ZSTD, packed.as_slice(), content.len() - 1),
            (METHOD_ZSTD, &packed, content.len() + 1),
            (METHOD_ZSTD, content, content.len()),
            (METHOD_NONE, content, content.len() + 1),
            (0x91, content, content.len()),
        ];
        for (method, packed, unpacked) in wrong {
            let mut block = BytesMut::new();
            add_block(&mut block, method, packed, unpacked);
            let read = BlockReader::new(1 << 21).push(&block.freeze());
            assert!(read.is_err(), "{method:x} {unpacked}: {read:?}");
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let packed = write_blocks(b"some content, some content");
        for at in 0..packed.len() {
            let mut broken = packed.to_vec();
            broken[at] ^= 1;
            let mut reader = BlockReader::new(1 << 21);
            let read = reader.push(&Bytes::from(broken));
            assert!(read.is_err() || !reader.is_at_end(), "{at}: {read:?}");
        }
    }
}
