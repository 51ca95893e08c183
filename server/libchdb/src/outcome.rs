//! What a statement answered: bytes in the asked format, statistics, or the engine's error text.

use std::ffi::{CStr, c_char};
use std::sync::Arc;

use thiserror::Error;

use crate::library::Loaded;
use crate::symbols::ResultPointer;

/// The engine's own words, `Code: N. DB::Exception: …` as a rule.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct EngineError(pub String);

/// What a statement cost.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// Seconds inside the engine.
    pub elapsed_s: f64,
    /// Rows of the result.
    pub result_rows: u64,
    /// Bytes of the result in the engine's own form.
    pub result_bytes: u64,
    /// Rows read from tables.
    pub read_rows: u64,
    /// Bytes read from tables.
    pub read_bytes: u64,
    /// Rows written, materialised views included.
    pub written_rows: u64,
    /// Bytes written.
    pub written_bytes: u64,
}

/// A finished result, or one chunk of a stream. Frees the engine's memory when dropped.
#[derive(Debug)]
pub struct QueryResult {
    loaded: Arc<Loaded>,
    /// Not null.
    pointer: ResultPointer,
}

// SAFETY: the result is a plain heap object of the library that no other handle refers to; reading and freeing it is
// not bound to a thread.
unsafe impl Send for QueryResult {}
// SAFETY: through a shared reference it is only read.
unsafe impl Sync for QueryResult {}

impl QueryResult {
    /// Takes over a result; the engine's error instead, if it holds one.
    pub(crate) fn adopt(loaded: Arc<Loaded>, pointer: ResultPointer) -> Result<Self, EngineError> {
        if pointer.is_null() {
            return Err(EngineError(
                "Code: 173. DB::Exception: the engine gave no result (CANNOT_ALLOCATE_MEMORY)"
                    .to_owned(),
            ));
        }
        let result = Self { loaded, pointer };
        // SAFETY: the pointer is a live result of this library.
        let error = unsafe { (result.loaded.symbols.chdb_result_error)(result.pointer) };
        match owned_text(error) {
            Some(text) => Err(EngineError(text)),
            None => Ok(result),
        }
    }

    pub(crate) fn pointer(&self) -> ResultPointer {
        self.pointer
    }

    /// The bytes in the asked format.
    pub fn bytes(&self) -> &[u8] {
        let symbols = &self.loaded.symbols;
        // SAFETY: the pointer is a live result of this library.
        let (start, length) = unsafe {
            (
                (symbols.chdb_result_buffer)(self.pointer),
                (symbols.chdb_result_length)(self.pointer),
            )
        };
        if start.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: the library owns `length` bytes from `start` and leaves them alone until the result is destroyed,
        // which happens in `Drop`, after this borrow.
        unsafe { std::slice::from_raw_parts(start.cast::<u8>(), length) }
    }

    /// What it cost.
    pub fn statistics(&self) -> Statistics {
        let symbols = &self.loaded.symbols;
        // SAFETY: the pointer is a live result of this library; the accessors only read.
        unsafe {
            Statistics {
                elapsed_s: (symbols.chdb_result_elapsed)(self.pointer),
                result_rows: (symbols.chdb_result_rows_read)(self.pointer),
                result_bytes: (symbols.chdb_result_bytes_read)(self.pointer),
                read_rows: (symbols.chdb_result_storage_rows_read)(self.pointer),
                read_bytes: (symbols.chdb_result_storage_bytes_read)(self.pointer),
                written_rows: (symbols.chdb_result_rows_written)(self.pointer),
                written_bytes: (symbols.chdb_result_bytes_written)(self.pointer),
            }
        }
    }
}

impl AsRef<[u8]> for QueryResult {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl Drop for QueryResult {
    fn drop(&mut self) {
        // SAFETY: the pointer is a live result, freed here and nowhere else.
        unsafe { (self.loaded.symbols.chdb_destroy_query_result)(self.pointer) };
    }
}

/// Copies a text of the library; `None` for null.
pub(crate) fn owned_text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null; the library's texts are terminated and live as long as the handle they belong to, which the
    // caller holds.
    Some(
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned(),
    )
}
