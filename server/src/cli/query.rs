//! `weir query`: one SQL statement, its result as ClickHouse formats it.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;

use crate::failure::Failure;
use crate::sql::Sql;
use crate::terminal::Terminal;

/// The server limits the analyst; an operator's own account may take its time.
const TIMEOUT: Duration = Duration::from_secs(3600);

pub(super) async fn run(
    statement: &str,
    format: Option<String>,
    url: &str,
    mut terminal: Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let sql = Sql::connect(url, TIMEOUT)?;
    let format = format.unwrap_or_else(|| {
        if terminal.rich {
            "PrettyCompact"
        } else {
            "TabSeparatedWithNames"
        }
        .to_owned()
    });
    let statement = statement.trim().trim_end_matches(';');
    let written = sql
        .stream(statement, &format, |chunk| terminal.write_all(chunk))
        .await?;
    match written.and_then(|()| terminal.flush()) {
        // The reader of the pipe has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}
