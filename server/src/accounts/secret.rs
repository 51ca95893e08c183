//! Things that cannot be guessed: session tokens, codes of links, ids; and what is kept of them.
//!
//! A code has 160 random bits, so that a plain hash is enough to keep and nobody gains by trying.

use std::fmt;
use std::io::Read;

use sha2::{Digest, Sha256};

const CODE_BYTES: usize = 20;
const ID_BYTES: usize = 8;

/// The operating system gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("cannot read random numbers from /dev/urandom: {0}")]
pub struct RandomError(#[from] std::io::Error);

/// Bytes that nobody can guess.
pub fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// An id that may be shown.
pub fn id() -> Result<String, RandomError> {
    Ok(hex(&random::<ID_BYTES>()?))
}

/// What is kept of a code.
pub fn hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.as_bytes()).into()
}

/// What a change must bear besides the cookie with this token. Nobody who does not have the token can work it out.
pub fn csrf(token: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"weir csrf ");
    hasher.update(token.as_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    hex(digest.first_chunk::<16>().unwrap_or(&[0; 16]))
}

/// Whether two texts are the same, in a time that does not depend on where they differ.
pub fn is_same(a: &str, b: &str) -> bool {
    let difference = hash(a)
        .iter()
        .zip(hash(b))
        .fold(0, |difference, (a, b)| difference | (a ^ b));
    std::hint::black_box(difference) == 0
}

/// A code or a token, for its bearer alone: shown once, never logged.
#[derive(Clone)]
pub struct Code(String);

impl Code {
    /// A new one.
    pub fn mint() -> Result<Self, RandomError> {
        Ok(Self(hex(&random::<CODE_BYTES>()?)))
    }

    /// The whole of it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept.
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }

    /// Whether somebody knows it.
    pub fn is(&self, other: &str) -> bool {
        is_same(&self.0, other)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
