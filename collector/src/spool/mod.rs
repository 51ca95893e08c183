//! The spool: where events wait, on disk, from the answer to their sender until ClickHouse has them.
//!
//! # What it promises
//!
//! An event is acknowledged when it is synced, and not before. An acknowledged event is handed out for inserting again and
//! again until the sink says that it is there, through any crash. A repeat within the remembered ids is acknowledged and
//! not stored. Memory is bounded: by the group being written, by the window of ids, and by one batch.
//!
//! # On disk
//!
//! ```text
//! spool/
//!   lock                                    held by the one process that may write here
//!   00000000000000000041-<batch id>.done    inserted; removed after the grace period
//!   00000000000000000042-<batch id>.seg     sealed, waiting; or the open one, which has the highest number
//!   ids/
//!     00000000000000000007-<uuid>.ids       ids of events whose segments are gone
//!     reserve                               nothing: given up on a full disk, so that ids can be written and segments go
//!   refused/
//!     00000000000000000040-<batch id>.seg   refused for good, kept as it is
//!     00000000000000000040-<batch id>.json  why, when, and what can be done; renamed to .again: is to be tried again
//! ```
//!
//! `format.rs` draws the bytes. A segment is a batch: its rows, in their order, are what is inserted, under a token made of
//! the batch id and a hash of the content. There is no state beside the files. A segment that is found at start is sealed
//! as it is, never written again, and looked up in ClickHouse before it is inserted. A name that ends in `.done` only
//! saves that look-up, so it need not be durable.
//!
//! # Who does what
//!
//! ```text
//! intake ──rows──▶ writer (one thread) ──▶ journal: append, sync, seal ──sealed──▶ shelf ──▶ delivery
//!        ◀─receipt─┘                                                               │
//!                                          ids/ ◀── ids of removed segments ───────┘
//! ```
//!
//! | part | owns | does not |
//! |---|---|---|
//! | `writer` | the queue of requests, the thread, group commit | touch files |
//! | `answers` | how those who wait are told | decide what |
//! | `journal` | the open segment, the window of ids | read files |
//! | `shelf` | sealed segments: reading, marking, setting aside, removing; the log of ids | write segments |
//! | `recover` | the start: reads everything once | change a segment |
//! | `refused` | what a person sees of `refused/`, and the way back | decide what is refused |
//! | `format` | bytes | files |
//! | `io` | file access | anything else |

mod answers;
pub(crate) mod format;
pub(crate) mod ids;
pub(crate) mod ids_log;
pub(crate) mod io;
pub(crate) mod journal;
pub(crate) mod lock;
pub(crate) mod recover;
pub(crate) mod refused;
pub(crate) mod shelf;
pub(crate) mod writer;

#[cfg(test)]
mod model;
#[cfg(test)]
pub(crate) mod sim;

use std::time::Duration;

use format::FileId;
use ids::IdHash;

use crate::enrich::Changes;

/// Ending of a segment that waits, or is open.
pub(crate) const WAITING: &str = "seg";
/// Ending of a segment that was inserted.
pub(crate) const DONE: &str = "done";
/// Ending of a log of ids.
pub(crate) const IDS: &str = "ids";
/// Ending of the file that says why a segment was refused.
pub(crate) const REASON: &str = "json";
/// That ending once somebody wants the segment tried again.
pub(crate) const AGAIN: &str = "again";
/// Folder of the logs of ids.
pub(crate) const IDS_DIR: &str = "ids";
/// Folder of the segments that were refused.
pub(crate) const REFUSED_DIR: &str = "refused";
/// No file of the spool is larger; what is, is none of ours.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 30;

/// Why events cannot be stored at present. None of these is the sender's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SpoolError {
    /// The spool has reached its size, or the disk has no room.
    #[error("no room for more events")]
    Full,
    /// Writing or syncing failed.
    #[error("the spool cannot be written")]
    Trouble,
    /// More is waiting to be written than fits into memory.
    #[error("too many events at once")]
    Overloaded,
    /// The collector is stopping.
    #[error("the collector is stopping")]
    Stopping,
}

impl SpoolError {
    fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Trouble,
        }
    }
}

/// What time it is, thrice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// Since the spool was opened: measures ages, never jumps.
    pub(crate) elapsed: Duration,
    /// The wall clock when the spool was opened, and `elapsed`: dates ids, does not jump while we run.
    pub(crate) spool_ms: i64,
    /// The wall clock: stamps files, for people.
    pub(crate) wall_ms: i64,
}

/// A segment that will never change again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) file: FileId,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) created_ms: i64,
}

/// Encoded rows of one request, each with the hash of its event's id.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    /// Hash, and where the row ends in `bytes`.
    ends: Vec<(IdHash, usize)>,
    /// What was done to the events: counted once they are synced.
    changes: Changes,
}

/// Room for the first row of a request.
const ROW_BYTES: usize = 768;
/// Room made ahead for further ones, at most.
const MAX_ROWS_ROOM: usize = 64 * 1024;

impl Rows {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(ROW_BYTES),
            ends: Vec::with_capacity(rows),
            changes: Changes::default(),
        }
    }

    /// Adds the row that `encode` appends.
    pub(crate) fn push(&mut self, id: IdHash, encode: impl FnOnce(&mut Vec<u8>)) {
        let is_first = self.ends.is_empty();
        encode(&mut self.bytes);
        self.ends.push((id, self.bytes.len()));
        if is_first {
            // The rows of a request are much alike.
            let others = self.ends.capacity().saturating_sub(1);
            let room = others.saturating_mul(self.bytes.len() + self.bytes.len() / 8);
            self.bytes.reserve(room.min(MAX_ROWS_ROOM));
        }
    }

    /// The rows of events to which `changes` were done.
    pub(crate) fn of_changed(self, changes: Changes) -> Self {
        Self { changes, ..self }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (IdHash, &[u8])> {
        let mut start = 0;
        self.ends.iter().map(move |(id, end)| {
            let row = self.bytes.get(start..*end).unwrap_or_default();
            start = *end;
            (*id, row)
        })
    }
}
