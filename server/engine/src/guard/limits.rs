//! What an analyst's statement may cost. Given to the engine before the statement, watched by the facade besides.

use std::time::Duration;

/// How long a statement may run. The watchdog cancels it a little later, should the engine not have.
pub(crate) const ANALYST_TIME_LIMIT: Duration = Duration::from_secs(60);
/// Rows of one result.
const MAX_RESULT_ROWS: u64 = 5_000_000;
/// Bytes of one result, in the engine's own form, and as sent.
pub(crate) const MAX_RESULT_BYTES: u64 = 2 << 30;
/// Bytes one statement may spill to disk while it sorts, groups or joins.
const MAX_SPILLED_BYTES: u64 = 8 << 30;
/// Rows in one block: larger blocks get past limits that are looked at between blocks.
const MAX_BLOCK_ROWS: u64 = 65_409;
/// Threads of one statement.
const MAX_THREADS: u64 = 64;

/// Settings that an analyst may lower and not lift: name and most.
pub(super) fn at_most(name: &str, memory_bytes: u64) -> Option<u64> {
    match name {
        "max_execution_time" => Some(ANALYST_TIME_LIMIT.as_secs()),
        "max_result_rows" => Some(MAX_RESULT_ROWS),
        "max_result_bytes" => Some(MAX_RESULT_BYTES),
        "max_memory_usage" => Some(memory_bytes),
        "max_block_size" => Some(MAX_BLOCK_ROWS),
        "max_threads" => Some(MAX_THREADS),
        _ => None,
    }
}

/// The limits of every analyst's session, as settings. What the request lowers comes after them.
pub(super) fn analyst_limits(memory_bytes: u64) -> Vec<(String, String)> {
    [
        ("max_execution_time", ANALYST_TIME_LIMIT.as_secs()),
        ("max_result_rows", MAX_RESULT_ROWS),
        ("max_result_bytes", MAX_RESULT_BYTES),
        ("max_memory_usage", memory_bytes),
        (
            "max_temporary_data_on_disk_size_for_query",
            MAX_SPILLED_BYTES,
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_string()))
    .to_vec()
}
