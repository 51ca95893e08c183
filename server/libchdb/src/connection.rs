//! One session of the engine: runs one statement at a time, keeps its own settings.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use crate::library::Loaded;
use crate::outcome::{EngineError, QueryResult};
use crate::stream::{InsertStream, ResultStream};
use crate::symbols::{ConnectionPointer, RawAnalysis, SUCCESS};

/// What the engine's parser says a statement does to state that outlives it. Ordered by how restricted it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementClass {
    /// SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK.
    ReadOnly,
    /// Changes a database: INSERT, CREATE, ALTER, DROP, …
    Mutating,
    /// Changes something beside the databases: functions, users, named collections, …
    MutatingGlobal,
    /// USE, SET, SYSTEM, KILL, BACKUP, INTO OUTFILE, …
    Control,
    /// Did not parse, or is nothing this version knows.
    Unknown,
}

/// The engine's own reading of a text, without running it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Analysis {
    /// Statements in the text; zero if it did not parse.
    pub statements: u32,
    /// The most restricted class among them.
    pub class: StatementClass,
}

/// Named values for `{name:Type}` places in a statement, bound by the engine, never pasted into the text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Parameters(Vec<(String, Vec<u8>)>);

impl Parameters {
    /// Adds a value in the engine's text form. Of two values with one name the later counts.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Names and values, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The arrays that the C interface takes for parameters; borrows the texts.
struct Bound {
    names: Vec<*const c_char>,
    name_lengths: Vec<usize>,
    values: Vec<*const c_char>,
    value_lengths: Vec<usize>,
}

impl Bound {
    fn new(parameters: &Parameters) -> Self {
        Self {
            names: parameters
                .iter()
                .map(|(name, _)| name.as_ptr().cast())
                .collect(),
            name_lengths: parameters.iter().map(|(name, _)| name.len()).collect(),
            values: parameters
                .iter()
                .map(|(_, value)| value.as_ptr().cast())
                .collect(),
            value_lengths: parameters.iter().map(|(_, value)| value.len()).collect(),
        }
    }
}

/// An open session. Closed when dropped; a session costs well under a millisecond, so it need not be shared.
#[derive(Debug)]
pub struct Connection {
    loaded: Arc<Loaded>,
    /// Not null, and points to a handle that is not null.
    pointer: ConnectionPointer,
}

// SAFETY: the library allows a connection to be used from any thread, one statement at a time. `&mut self` on all that
// runs keeps it to one; it is not `Sync`.
unsafe impl Send for Connection {}

impl Connection {
    pub(crate) fn adopt(loaded: Arc<Loaded>, pointer: ConnectionPointer) -> Option<Self> {
        // SAFETY: not null means that the library gave out a connection, whose first word is the handle.
        if pointer.is_null() || unsafe { pointer.read() }.is_null() {
            return None;
        }
        Some(Self { loaded, pointer })
    }

    pub(crate) fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    pub(crate) fn handle(&self) -> *mut c_void {
        // SAFETY: the pointer is live until `Drop`, and was checked by `adopt`.
        unsafe { self.pointer.read() }
    }

    /// Runs a statement and waits for the whole result in `format` (a FORMAT clause in the text wins).
    pub fn query(
        &mut self,
        sql: &str,
        format: &str,
        parameters: &Parameters,
    ) -> Result<QueryResult, EngineError> {
        let bound = Bound::new(parameters);
        // SAFETY: every pointer refers to memory that outlives the call, with its length beside it; the handle is live
        // and `&mut self` keeps other statements off it.
        let result = unsafe {
            (self.loaded.symbols.chdb_query_with_params_n)(
                self.handle(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
                bound.names.as_ptr(),
                bound.name_lengths.as_ptr(),
                bound.values.as_ptr(),
                bound.value_lengths.as_ptr(),
                bound.names.len(),
            )
        };
        QueryResult::adopt(Arc::clone(&self.loaded), result)
    }

    /// Starts a SELECT whose result is fetched in chunks. Each chunk is a complete document of the format, with its
    /// own header; other statements are refused by the engine (code 36).
    pub fn stream(
        &mut self,
        sql: &str,
        format: &str,
        parameters: &Parameters,
    ) -> Result<ResultStream<'_>, EngineError> {
        let bound = Bound::new(parameters);
        // SAFETY: as in `query`; the library keeps copies of what it needs beyond the call.
        let result = unsafe {
            (self.loaded.symbols.chdb_stream_query_with_params_n)(
                self.handle(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
                bound.names.as_ptr(),
                bound.name_lengths.as_ptr(),
                bound.values.as_ptr(),
                bound.value_lengths.as_ptr(),
                bound.names.len(),
            )
        };
        let handle = QueryResult::adopt(Arc::clone(&self.loaded), result)?;
        Ok(ResultStream::new(self, handle))
    }

    /// Starts an INSERT, given without FORMAT clause and data, whose rows are appended in `format`.
    pub fn insert(
        &mut self,
        sql: &str,
        format: &str,
        parameters: &Parameters,
    ) -> Result<InsertStream<'_>, EngineError> {
        let bound = Bound::new(parameters);
        // SAFETY: as in `query`; the library keeps copies of what it needs beyond the call.
        let stream = unsafe {
            (self.loaded.symbols.chdb_stream_insert_with_params_n)(
                self.handle(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
                bound.names.as_ptr(),
                bound.name_lengths.as_ptr(),
                bound.values.as_ptr(),
                bound.value_lengths.as_ptr(),
                bound.names.len(),
            )
        };
        InsertStream::adopt(self, stream)
    }

    /// Parses a text with this session's parser and says what it would do. Nothing runs.
    pub fn classify(&mut self, sql: &str) -> Analysis {
        let mut raw = RawAnalysis {
            struct_size: RawAnalysis::SIZE,
            ..RawAnalysis::default()
        };
        // SAFETY: the text outlives the call, no target database is named, and the report is writable and carries its
        // own size.
        let state = unsafe {
            (self.loaded.symbols.chdb_classify_query_n)(
                self.handle(),
                sql.as_ptr().cast(),
                sql.len(),
                std::ptr::null(),
                0,
                &raw mut raw,
            )
        };
        if state != SUCCESS {
            return Analysis {
                statements: 0,
                class: StatementClass::Unknown,
            };
        }
        let class = match raw.query_class {
            0 => StatementClass::ReadOnly,
            1 => StatementClass::Mutating,
            2 => StatementClass::MutatingGlobal,
            3 => StatementClass::Control,
            _ => StatementClass::Unknown,
        };
        Analysis {
            statements: raw.statement_count,
            class,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the connection is live and closed here and nowhere else; streams borrow it, so none is left.
        unsafe { (self.loaded.symbols.chdb_close_conn)(self.pointer) };
    }
}
