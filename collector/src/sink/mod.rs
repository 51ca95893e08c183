//! Where batches go: ClickHouse, behind a small trait, so that the delivery can be tested against a sink that misbehaves
//! on purpose. What is worth another try is decided here, in one place: [`SinkError::is_final`].

pub(crate) mod clickhouse;
pub(crate) mod row;

use std::future::Future;

use uuid::Uuid;

use crate::batch::Batch;

/// Takes batches.
pub(crate) trait Sink: Send + Sync + 'static {
    /// Inserts a batch under its token. `Ok`: it is there, once.
    fn insert(&self, batch: &Batch) -> impl Future<Output = Result<(), SinkError>> + Send;
    /// How many rows of this batch are there.
    fn rows_of(&self, batch: Uuid) -> impl Future<Output = Result<u64, SinkError>> + Send;
}

/// Why a batch could not be inserted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SinkError {
    /// ClickHouse said why, by number.
    #[error("{text}")]
    Server { code: u32, text: String },
    /// No answer, or none that means anything: it may be there or not.
    #[error("{0}")]
    Unclear(String),
    /// The rows were written by a newer version of the collector.
    #[error("the rows are in an encoding that this version does not know")]
    UnknownRows,
}

/// ClickHouse's codes for what will never succeed, however often it is tried.
const FINAL_CODES: &[u32] = &[
    16,  // NO_SUCH_COLUMN_IN_TABLE
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    53,  // TYPE_MISMATCH
    60,  // UNKNOWN_TABLE
    115, // UNKNOWN_SETTING
    117, // INCORRECT_DATA
];

impl SinkError {
    /// Whether another try with the same bytes is pointless. Whatever is not known to be final is tried again: a batch
    /// that waits is better than one that somebody has to replay by hand.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Server { code, .. } => FINAL_CODES.contains(code),
            Self::Unclear(_) => false,
            Self::UnknownRows => true,
        }
    }

    /// A look-up that fails says nothing about the batch: the insert is what decides.
    pub(crate) fn of_look_up(self) -> Self {
        match self {
            Self::Server { text, .. } => Self::Unclear(text),
            Self::Unclear(_) | Self::UnknownRows => self,
        }
    }

    /// ClickHouse's code, if it gave one.
    pub(crate) fn code(&self) -> Option<u32> {
        match self {
            Self::Server { code, .. } => Some(*code),
            Self::Unclear(_) | Self::UnknownRows => None,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Server {
                code: 16 | 53 | 60, ..
            } => {
                "the table `weir.events` is not what this version expects: start the server so that it migrates the \
                 database, then `weir spool replay`"
            }
            Self::Server { code: 115, .. } => {
                "this ClickHouse is too old: upgrade it, then `weir spool replay`"
            }
            Self::Server { code: 27 | 117, .. } => {
                "ClickHouse could not read the rows: keep the file and report it as a bug"
            }
            Self::Server { code: 252, .. } => {
                "ClickHouse cannot merge as fast as parts arrive: see `system.merges` and its disk"
            }
            Self::Server {
                code: 192 | 193 | 194 | 497 | 516,
                ..
            } => "check the user and password for ClickHouse",
            Self::Server { code: 241, .. } => "give ClickHouse more memory",
            Self::Server { code: 242, .. } => "the table is read-only: see ClickHouse's log",
            Self::Server { .. } => "see ClickHouse's log",
            Self::Unclear(_) => "see whether ClickHouse runs and can be reached",
            Self::UnknownRows => {
                "start the newer version again, or upgrade to it; the events are kept"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(code: u32) -> SinkError {
        SinkError::Server {
            code,
            text: String::new(),
        }
    }

    #[test]
    fn only_what_can_never_succeed_is_final() {
        for code in [252, 241, 159, 242, 209, 210, 202, 3, 81, 516, 999] {
            assert!(!server(code).is_final(), "{code}");
        }
        for code in [60, 16, 27, 53, 117, 115] {
            assert!(server(code).is_final(), "{code}");
        }
        assert!(!server(60).of_look_up().is_final());
        assert!(!SinkError::Unclear("closed".to_owned()).is_final());
        assert!(SinkError::UnknownRows.is_final());
    }
}
