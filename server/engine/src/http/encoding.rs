//! Content encodings of HTTP: bodies that come packed, answers that are wanted packed.
//!
//! Owns gzip, deflate (zlib's, as HTTP means it), zstd and LZ4's frame. A packed body is unpacked a bounded piece at a time,
//! so that a small one cannot grow into much memory; what is made of the pieces is bounded by whoever asks for them.

use std::io::Write as _;

use bytes::{Buf, Bytes};
use flate2::write::{GzEncoder, MultiGzDecoder, ZlibEncoder};
use flate2::{Compression, Decompress, FlushDecompress, Status};
use http::{HeaderMap, header};
use zstd::stream::raw::{Decoder, InBuffer, Operation as _, OutBuffer};

use super::frame::FrameReader;

/// Most that one step gives back of deflate and zstd.
const STEP_BYTES: usize = 128 << 10;
/// Packed bytes of gzip taken in one step: they grow a thousandfold at most.
const GZIP_STEP_BYTES: usize = 1 << 10;
/// Largest window of a zstd body, as a power of two.
const ZSTD_WINDOW_LOG: u32 = 24;
/// How hard answers are packed: what costs little time.
const LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 1;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Gzip,
    Deflate,
    Zstd,
    Lz4,
}

impl Encoding {
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "zstd" => Some(Self::Zstd),
            "lz4" => Some(Self::Lz4),
            _ => None,
        }
    }

    /// As `Content-Encoding` names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }

    /// How the body of a request is packed; the name of an encoding that nobody here knows as the error.
    pub(crate) fn of_body(headers: &HeaderMap) -> Result<Option<Self>, String> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else {
            return Ok(None);
        };
        let name = value.to_str().unwrap_or("?").trim();
        if name.is_empty() || name.eq_ignore_ascii_case("identity") {
            return Ok(None);
        }
        Self::named(name)
            .map(Some)
            .ok_or_else(|| name.chars().take(40).collect())
    }

    /// The first encoding that the client names, among those it takes at all, in our order of liking.
    pub(crate) fn wanted(headers: &HeaderMap) -> Option<Self> {
        let accepted: Vec<Self> = headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|entry| {
                let mut parts = entry.split(';');
                let name = parts.next().unwrap_or_default().trim();
                let refused = parts.any(|part| {
                    part.trim()
                        .strip_prefix("q=")
                        .and_then(|q| q.parse::<f32>().ok())
                        .is_some_and(|q| q <= 0.0)
                });
                Self::named(name).filter(|_| !refused)
            })
            .collect();
        [Self::Lz4, Self::Zstd, Self::Gzip, Self::Deflate]
            .into_iter()
            .find(|encoding| accepted.contains(encoding))
    }
}

/// Why a body cannot be unpacked.
const BROKEN: &str = "the body is not packed as its Content-Encoding says";
/// It ends in the middle.
pub(crate) const CUT_SHORT: &str = "the packed body is cut short";

/// Unpacks a body as it arrives.
pub(crate) struct Unpacker(State);

enum State {
    Gzip {
        decoder: Box<MultiGzDecoder<Vec<u8>>>,
        any: bool,
    },
    Deflate {
        decoder: Box<Decompress>,
        is_at_end: bool,
    },
    Zstd {
        decoder: Box<Decoder<'static>>,
        is_at_end: bool,
    },
    Lz4(FrameReader),
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Unpacker(…)")
    }
}

impl Unpacker {
    pub(crate) fn new(encoding: Encoding) -> Result<Self, &'static str> {
        Ok(Self(match encoding {
            Encoding::Gzip => State::Gzip {
                decoder: Box::new(MultiGzDecoder::new(Vec::new())),
                any: false,
            },
            Encoding::Deflate => State::Deflate {
                decoder: Box::new(Decompress::new(true)),
                is_at_end: false,
            },
            Encoding::Zstd => {
                let mut decoder = Decoder::new().map_err(|_| BROKEN)?;
                let limit = zstd::zstd_safe::DParameter::WindowLogMax(ZSTD_WINDOW_LOG);
                decoder.set_parameter(limit).map_err(|_| BROKEN)?;
                State::Zstd {
                    decoder: Box::new(decoder),
                    is_at_end: false,
                }
            }
            Encoding::Lz4 => State::Lz4(FrameReader::new()),
        }))
    }

    /// Takes some of `packed` in and gives back what it was; nothing as long as more is needed for that.
    pub(crate) fn step(&mut self, packed: &mut Bytes) -> Result<Option<Bytes>, &'static str> {
        match &mut self.0 {
            State::Gzip { decoder, any } => {
                while !packed.is_empty() {
                    *any = true;
                    let some = packed.split_to(packed.len().min(GZIP_STEP_BYTES));
                    decoder.write_all(&some).map_err(|_| BROKEN)?;
                    decoder.flush().map_err(|_| BROKEN)?;
                    let out = std::mem::take(decoder.get_mut());
                    if !out.is_empty() {
                        return Ok(Some(out.into()));
                    }
                }
                Ok(None)
            }
            State::Deflate { decoder, is_at_end } => {
                while !packed.is_empty() && !*is_at_end {
                    let (before_in, mut out) = (decoder.total_in(), Vec::with_capacity(STEP_BYTES));
                    let status = decoder
                        .decompress_vec(packed, &mut out, FlushDecompress::None)
                        .map_err(|_| BROKEN)?;
                    let taken =
                        usize::try_from(decoder.total_in() - before_in).map_err(|_| BROKEN)?;
                    *is_at_end = status == Status::StreamEnd;
                    if taken == 0 && out.is_empty() && !*is_at_end {
                        return Err(BROKEN);
                    }
                    packed.advance(taken);
                    if !out.is_empty() {
                        return Ok(Some(out.into()));
                    }
                }
                if *is_at_end && !packed.is_empty() {
                    return Err(BROKEN);
                }
                Ok(None)
            }
            State::Zstd { decoder, is_at_end } => {
                while !packed.is_empty() || !*is_at_end {
                    let mut space = vec![0; STEP_BYTES];
                    let mut input = InBuffer::around(packed.as_ref());
                    let mut output = OutBuffer::around(space.as_mut_slice());
                    let hint = decoder.run(&mut input, &mut output).map_err(|_| BROKEN)?;
                    let (taken, length) = (input.pos(), output.pos());
                    if taken == 0 && length == 0 {
                        return Ok(None);
                    }
                    *is_at_end = hint == 0;
                    packed.advance(taken);
                    if length > 0 {
                        space.truncate(length);
                        return Ok(Some(space.into()));
                    }
                }
                Ok(None)
            }
            State::Lz4(reader) => reader.step(packed),
        }
    }

    /// Whether what arrived so far is whole.
    pub(crate) fn is_at_end(&mut self) -> bool {
        match &mut self.0 {
            State::Gzip { decoder, any } => !*any || decoder.try_finish().is_ok(),
            State::Deflate { decoder, is_at_end } => *is_at_end || decoder.total_in() == 0,
            State::Zstd { is_at_end, .. } => *is_at_end,
            State::Lz4(reader) => reader.is_at_end(),
        }
    }
}

/// Packs an answer.
pub(crate) enum Packer {
    Gzip(Box<GzEncoder<Vec<u8>>>),
    Deflate(Box<ZlibEncoder<Vec<u8>>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Vec<u8>>>),
    Lz4(Box<lz4_flex::frame::FrameEncoder<Vec<u8>>>),
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Packer(…)")
    }
}

impl Packer {
    pub(crate) fn new(encoding: Encoding) -> std::io::Result<Self> {
        Ok(match encoding {
            Encoding::Gzip => Self::Gzip(Box::new(GzEncoder::new(
                Vec::new(),
                Compression::new(LEVEL),
            ))),
            Encoding::Deflate => Self::Deflate(Box::new(ZlibEncoder::new(
                Vec::new(),
                Compression::new(LEVEL),
            ))),
            Encoding::Zstd => Self::Zstd(Box::new(zstd::stream::write::Encoder::new(
                Vec::new(),
                ZSTD_LEVEL,
            )?)),
            Encoding::Lz4 => Self::Lz4(Box::new(lz4_flex::frame::FrameEncoder::new(Vec::new()))),
        })
    }

    /// Packs a piece, so that the client can unpack it without waiting for the next.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> std::io::Result<Bytes> {
        match self {
            Self::Gzip(encoder) => {
                encoder.write_all(bytes)?;
                encoder.flush()?;
                Ok(std::mem::take(encoder.get_mut()).into())
            }
            Self::Deflate(encoder) => {
                encoder.write_all(bytes)?;
                encoder.flush()?;
                Ok(std::mem::take(encoder.get_mut()).into())
            }
            Self::Zstd(encoder) => {
                encoder.write_all(bytes)?;
                encoder.flush()?;
                Ok(std::mem::take(encoder.get_mut()).into())
            }
            Self::Lz4(encoder) => {
                encoder.write_all(bytes)?;
                encoder.flush()?;
                Ok(std::mem::take(encoder.get_mut()).into())
            }
        }
    }

    /// The end of what is packed.
    pub(crate) fn finish(self) -> std::io::Result<Bytes> {
        Ok(match self {
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Deflate(encoder) => encoder.finish()?,
            Self::Zstd(encoder) => encoder.finish()?,
            Self::Lz4(encoder) => encoder.finish().map_err(std::io::Error::other)?,
        }
        .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 4] = [
        Encoding::Gzip,
        Encoding::Deflate,
        Encoding::Zstd,
        Encoding::Lz4,
    ];

    fn content() -> Vec<u8> {
        (0..400_000_u32)
            .flat_map(|n| (n / 5).to_le_bytes())
            .collect()
    }

    fn pack(encoding: Encoding, content: &[u8]) -> Vec<u8> {
        let mut packer = Packer::new(encoding).unwrap();
        let mut packed = Vec::new();
        for piece in content.chunks(300_000) {
            packed.extend(packer.push(piece).unwrap());
        }
        packed.extend(packer.finish().unwrap());
        packed
    }

    fn unpack(encoding: Encoding, packed: &[u8], step: usize) -> Result<Vec<u8>, &'static str> {
        let mut unpacker = Unpacker::new(encoding)?;
        let mut content = Vec::new();
        for piece in packed.chunks(step) {
            let mut piece = Bytes::copy_from_slice(piece);
            while let Some(some) = unpacker.step(&mut piece)? {
                assert!(some.len() <= 8 << 20, "{encoding:?}");
                content.extend(some);
            }
            assert!(piece.is_empty(), "{encoding:?}");
        }
        if unpacker.is_at_end() {
            Ok(content)
        } else {
            Err(CUT_SHORT)
        }
    }

    #[test]
    fn what_is_packed_comes_out_again_however_it_is_cut() {
        let content = content();
        for encoding in ALL {
            let packed = pack(encoding, &content);
            assert!(packed.len() < content.len() / 2, "{encoding:?}");
            for step in [7, 4_096, packed.len()] {
                let out = unpack(encoding, &packed, step).unwrap();
                assert!(out == content, "{encoding:?} in steps of {step}");
            }
        }
    }

    #[test]
    fn a_body_that_is_cut_short_or_is_something_else_is_refused() {
        let packed_from = content();
        for encoding in ALL {
            let packed = pack(encoding, &packed_from);
            for end in [packed.len() / 2, packed.len() - 1, 3] {
                assert!(
                    unpack(encoding, &packed[..end], 4_096).is_err(),
                    "{encoding:?} {end}"
                );
            }
            let text = b"SELECT 1, not packed at all, however much the header says so";
            assert!(unpack(encoding, text, 64).is_err(), "{encoding:?}");
        }
    }

    #[test]
    fn zeros_do_not_grow_into_memory() {
        let zeros = vec![0; 32 << 20];
        for encoding in ALL {
            let packed = pack(encoding, &zeros);
            let out = unpack(encoding, &packed, packed.len()).unwrap();
            assert_eq!(out.len(), zeros.len(), "{encoding:?}");
        }
    }

    #[test]
    fn the_answer_is_packed_as_the_client_takes_it() {
        let wanted = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            Encoding::wanted(&headers)
        };
        assert_eq!(wanted("gzip, deflate, br"), Some(Encoding::Gzip));
        assert_eq!(wanted("lz4,zstd,gzip,deflate"), Some(Encoding::Lz4));
        assert_eq!(wanted("gzip;q=0, deflate;q=0.5"), Some(Encoding::Deflate));
        assert_eq!(wanted("br"), None);
        assert_eq!(Encoding::wanted(&HeaderMap::new()), None);
    }
}
