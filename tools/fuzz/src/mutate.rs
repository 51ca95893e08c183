//! Changes to bytes, the same ones for the same seed.

/// Longer inputs are not made.
const MAX_BYTES: usize = 16 * 1024;
/// Bytes and pieces that parsers are known to stumble over.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b",",
    b":",
    b"null",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"{{",
    b"}}",
    b"(",
    b")+",
    b"*",
    b"\xd1\x8f",
    b"\xf0\x9f\x8d\xb5",
    b"\xe2\x80\xae",
    b"\xff\xff\xff\xff\x0f",
];

/// A source of numbers: xorshift, which is enough to choose places and bytes.
pub struct Numbers(u64);

impl Numbers {
    /// Begins from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`; 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % end.max(1)
    }
}

/// One to four changes to `input`; `other` lends a piece.
pub fn mutate(input: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1);
        match numbers.below(7) {
            0 => flip(&mut bytes, at, numbers),
            1 => bytes.truncate(at),
            2 => splice(
                &mut bytes,
                at,
                0,
                PIECES
                    .get(numbers.below(PIECES.len()))
                    .copied()
                    .unwrap_or_default(),
            ),
            3 => {
                let length = numbers.below(8);
                splice(&mut bytes, at, length, &[]);
            }
            4 => {
                let from = numbers.below(other.len());
                let length = numbers.below(64);
                let piece: Vec<u8> = other.iter().skip(from).take(length).copied().collect();
                splice(&mut bytes, at, 0, &piece);
            }
            5 => {
                let length = numbers.below(32);
                let piece: Vec<u8> = bytes.iter().skip(at).take(length).copied().collect();
                splice(&mut bytes, at, 0, &piece);
            }
            _ => {
                let byte = u8::try_from(numbers.below(256)).unwrap_or(0);
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
        }
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

fn flip(bytes: &mut [u8], at: usize, numbers: &mut Numbers) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << numbers.below(8);
    }
}

fn splice(bytes: &mut Vec<u8>, at: usize, removed: usize, piece: &[u8]) {
    let at = at.min(bytes.len());
    let end = at.saturating_add(removed).min(bytes.len());
    bytes.splice(at..end, piece.iter().copied());
}
