//! Results fetched in chunks, and inserts whose rows are handed over in chunks.

use std::sync::Arc;

use crate::connection::Connection;
use crate::outcome::{EngineError, QueryResult, owned_text};
use crate::symbols::{InsertPointer, SUCCESS};

/// A running SELECT. Dropping it before its end cancels the query.
#[derive(Debug)]
pub struct ResultStream<'connection> {
    connection: &'connection mut Connection,
    handle: QueryResult,
    finished: bool,
}

// SAFETY: holds the only reference to a `Connection`, which is `Send`, and a result, which is `Send`.
unsafe impl Send for ResultStream<'_> {}

impl<'connection> ResultStream<'connection> {
    pub(crate) fn new(connection: &'connection mut Connection, handle: QueryResult) -> Self {
        Self {
            connection,
            handle,
            finished: false,
        }
    }

    /// The next chunk; `None` at the end. After an error there is nothing more.
    pub fn fetch(&mut self) -> Result<Option<QueryResult>, EngineError> {
        if self.finished {
            return Ok(None);
        }
        let symbols = &self.connection.loaded().symbols;
        // SAFETY: connection and stream are live, and `&mut self` serialises fetches.
        let chunk = unsafe {
            (symbols.chdb_stream_fetch_result)(self.connection.handle(), self.handle.pointer())
        };
        let chunk = QueryResult::adopt(Arc::clone(self.connection.loaded()), chunk);
        match chunk {
            Ok(chunk) if chunk.bytes().is_empty() => {
                self.finished = true;
                Ok(None)
            }
            Ok(chunk) => Ok(Some(chunk)),
            Err(error) => {
                self.finished = true;
                Err(error)
            }
        }
    }
}

impl Drop for ResultStream<'_> {
    fn drop(&mut self) {
        if !self.finished {
            let symbols = &self.connection.loaded().symbols;
            // SAFETY: connection and stream are live; no fetch is under way, because that takes `&mut self`.
            unsafe {
                (symbols.chdb_stream_cancel_query)(self.connection.handle(), self.handle.pointer())
            };
        }
    }
}

/// A running INSERT. Dropping it before [`InsertStream::finish`] abandons it: nothing is committed beyond what the
/// engine already wrote as whole blocks.
#[derive(Debug)]
pub struct InsertStream<'connection> {
    connection: &'connection mut Connection,
    /// Not null.
    pointer: InsertPointer,
    finished: bool,
}

// SAFETY: holds the only reference to a `Connection`, which is `Send`; the stream's handle is used through `&mut self`
// and is not bound to a thread.
unsafe impl Send for InsertStream<'_> {}

impl<'connection> InsertStream<'connection> {
    pub(crate) fn adopt(
        connection: &'connection mut Connection,
        pointer: InsertPointer,
    ) -> Result<Self, EngineError> {
        if pointer.is_null() {
            return Err(EngineError(
                "Code: 173. DB::Exception: the engine gave no stream (CANNOT_ALLOCATE_MEMORY)"
                    .to_owned(),
            ));
        }
        let stream = Self {
            connection,
            pointer,
            finished: false,
        };
        match stream.error() {
            Some(text) => Err(EngineError(text)),
            None => Ok(stream),
        }
    }

    /// The engine's error, if the stream failed.
    fn error(&self) -> Option<String> {
        // SAFETY: the stream is live.
        owned_text(unsafe {
            (self.connection.loaded().symbols.chdb_stream_insert_error)(self.pointer)
        })
    }

    /// Hands over bytes, cut anywhere. Blocks while the engine is behind. `false` when the engine wants no more
    /// because the insert failed: [`InsertStream::finish`] says why.
    #[must_use]
    pub fn append(&mut self, bytes: &[u8]) -> bool {
        // SAFETY: the stream is live, and the bytes are copied before the call returns.
        let state = unsafe {
            (self.connection.loaded().symbols.chdb_stream_append)(
                self.pointer,
                bytes.as_ptr().cast(),
                bytes.len(),
            )
        };
        state == SUCCESS
    }

    /// Ends the data and commits; what was written, or the engine's error.
    pub fn finish(mut self) -> Result<QueryResult, EngineError> {
        self.finished = true;
        // SAFETY: the stream is live and is finalised once, since this takes it by value.
        let result = unsafe { (self.connection.loaded().symbols.chdb_stream_done)(self.pointer) };
        QueryResult::adopt(Arc::clone(self.connection.loaded()), result)
    }
}

impl Drop for InsertStream<'_> {
    fn drop(&mut self) {
        let symbols = &self.connection.loaded().symbols;
        // SAFETY: the stream is live, is cancelled unless it was finalised, and is destroyed here and nowhere else.
        unsafe {
            if !self.finished {
                (symbols.chdb_stream_cancel_insert)(self.pointer);
            }
            (symbols.chdb_destroy_insert_stream)(self.pointer);
        }
    }
}
