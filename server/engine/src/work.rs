//! Runs one statement on a blocking thread and reports what happens, piece by piece.
//!
//! The reports go through a short channel: a slow reader holds the engine back, a reader that is gone ends the work.

use bytes::Bytes;
use tokio::sync::mpsc;
use weir_libchdb::{Connection, Parameters, QueryResult, Statistics};

use crate::error::{Code, SqlError};
use crate::guard::{Guard, MAX_RESULT_BYTES};
use crate::session::{Engine, SessionOptions};
use crate::sql::format::{ChunkHead, chunk_head};
use crate::user::User;

/// Chunks of a result that may wait for the client.
pub(crate) const REPORTS_AHEAD: usize = 2;

/// One statement with all it needs.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) user: User,
    pub(crate) options: SessionOptions,
    pub(crate) sql: String,
    /// Format of the result, or of the data of an insert.
    pub(crate) format: String,
    pub(crate) parameters: Parameters,
    pub(crate) kind: WorkKind,
}

/// How the statement is run.
#[derive(Debug)]
pub(crate) enum WorkKind {
    /// The result is wanted whole.
    Whole,
    /// The result may come in pieces, if format and statement allow.
    Pieces,
    /// Data follows, up to [`Piece::End`].
    Insert(mpsc::Receiver<Piece>),
}

/// A piece of an insert's data. A channel that closes without `End` abandons the insert.
#[derive(Debug)]
pub(crate) enum Piece {
    Data(Bytes),
    End,
}

/// What a running statement reports.
#[derive(Debug)]
pub(crate) enum Report {
    /// Bytes of the result, and what the whole has come to with them.
    Chunk(Bytes, Statistics),
    /// It is done.
    End(End),
    /// It failed.
    Failed(SqlError),
}

/// How a statement ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) statistics: Statistics,
    /// Whether it has a result, if an empty one: INSERT, CREATE and the like have none.
    pub(crate) has_result: bool,
}

/// Whether the client still listens.
struct Gone;

/// Runs the work to its end. Returns when the engine is through with it.
pub(crate) fn run(engine: &Engine, guard: &Guard, work: Work, reports: &mpsc::Sender<Report>) {
    let last = match execute(engine, guard, work, reports) {
        Ok(Ok(end)) => Report::End(end),
        Ok(Err(error)) => Report::Failed(error),
        Err(Gone) => return,
    };
    // A client that left does not need the end.
    drop(reports.blocking_send(last));
}

type Outcome = Result<Result<Statistics, SqlError>, Gone>;

fn execute(
    engine: &Engine,
    guard: &Guard,
    work: Work,
    reports: &mpsc::Sender<Report>,
) -> Result<Result<End, SqlError>, Gone> {
    let Work {
        user,
        options,
        sql,
        format,
        parameters,
        kind,
    } = work;
    let judged = match &kind {
        // The data is cut off: the statement that is judged has its FORMAT again.
        WorkKind::Insert(_) => {
            guard.judge(engine, user, &format!("{sql} FORMAT {format}"), &parameters)
        }
        WorkKind::Whole | WorkKind::Pieces => guard.judge(engine, user, &sql, &parameters),
    };
    let admitted = judged.and_then(|verdict| Ok((engine.open_for(user, &options)?, verdict)));
    let (mut session, verdict) = match admitted {
        Ok(admitted) => admitted,
        Err(error) => return Ok(Err(error)),
    };
    if verdict.wants_data && !matches!(kind, WorkKind::Insert(_)) {
        return Ok(Err(data_not_found()));
    }
    if reports.is_closed() {
        return Err(Gone);
    }
    let statement = Statement {
        sql: &sql,
        format: &format,
        parameters: &parameters,
    };
    let outcome = match kind {
        WorkKind::Whole => whole(&mut session, &statement, reports),
        WorkKind::Pieces => pieces_or_whole(&mut session, &statement, reports),
        WorkKind::Insert(data) => insert(&mut session, &statement, data),
    };
    guard.catalogue_changed(verdict.changes);
    let end = |statistics| End {
        statistics,
        has_result: verdict.has_result,
    };
    outcome.map(|done| done.map(end))
}

/// The engine would wait for the data for ever.
fn data_not_found() -> SqlError {
    SqlError::new(
        Code::SyntaxError,
        "the data of this INSERT are not found: begin the statement with INSERT INTO and end it with VALUES or FORMAT and its \
         data",
    )
}

/// What the engine is given.
struct Statement<'a> {
    sql: &'a str,
    format: &'a str,
    parameters: &'a Parameters,
}

fn pieces_or_whole(
    session: &mut Connection,
    statement: &Statement<'_>,
    reports: &mpsc::Sender<Report>,
) -> Outcome {
    let Some(head) = chunk_head(statement.format) else {
        return whole(session, statement, reports);
    };
    match pieces(session, statement, head, reports) {
        Ok(Err(error)) if is_not_streamable(&error) => whole(session, statement, reports),
        outcome => outcome,
    }
}

/// The engine streams only SELECT, and says so before anything ran.
fn is_not_streamable(error: &SqlError) -> bool {
    error.code == Code::BadArguments.number()
        && error.text.contains("Streaming query is not supported")
}

fn whole(
    session: &mut Connection,
    statement: &Statement<'_>,
    reports: &mpsc::Sender<Report>,
) -> Outcome {
    let result = match session.query(statement.sql, statement.format, statement.parameters) {
        Ok(result) => result,
        Err(error) => return Ok(Err(error.into())),
    };
    let statistics = result.statistics();
    if !result.bytes().is_empty() {
        send(reports, Bytes::from_owner(result), statistics)?;
    }
    Ok(Ok(statistics))
}

fn pieces(
    session: &mut Connection,
    statement: &Statement<'_>,
    head: ChunkHead,
    reports: &mpsc::Sender<Report>,
) -> Outcome {
    let mut stream = match session.stream(statement.sql, statement.format, statement.parameters) {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(error.into())),
    };
    let mut total = Statistics::default();
    let mut first = true;
    let mut sent = 0;
    loop {
        match stream.fetch() {
            Ok(Some(chunk)) => {
                add(&mut total, &chunk);
                let skipped = if first {
                    0
                } else {
                    head.length(chunk.bytes()).unwrap_or(0)
                };
                first = false;
                sent += chunk.bytes().len() as u64;
                if sent > MAX_RESULT_BYTES {
                    return Ok(Err(too_much()));
                }
                let bytes = Bytes::from_owner(chunk).slice(skipped..);
                send(reports, bytes, total)?;
            }
            Ok(None) => return Ok(Ok(total)),
            Err(error) => return Ok(Err(error.into())),
        }
    }
}

fn add(total: &mut Statistics, chunk: &QueryResult) {
    let part = chunk.statistics();
    total.elapsed_s += part.elapsed_s;
    total.result_rows += part.result_rows;
    total.result_bytes += part.result_bytes;
    total.read_rows = total.read_rows.max(part.read_rows);
    total.read_bytes = total.read_bytes.max(part.read_bytes);
}

/// The engine's own limit counts blocks in its memory; this one counts what goes out.
fn too_much() -> SqlError {
    SqlError::new(
        Code::TooManyRowsOrBytes,
        format!("Limit for result exceeded: {MAX_RESULT_BYTES} bytes are sent at most"),
    )
}

fn send(reports: &mpsc::Sender<Report>, bytes: Bytes, so_far: Statistics) -> Result<(), Gone> {
    reports
        .blocking_send(Report::Chunk(bytes, so_far))
        .map_err(|_| Gone)
}

fn insert(
    session: &mut Connection,
    statement: &Statement<'_>,
    mut data: mpsc::Receiver<Piece>,
) -> Outcome {
    let mut stream = match session.insert(statement.sql, statement.format, statement.parameters) {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(error.into())),
    };
    let mut wanted = true;
    loop {
        match data.blocking_recv() {
            Some(Piece::Data(bytes)) if wanted => wanted = stream.append(&bytes),
            // It failed already. The rest is taken in, so that the client is ready to read the answer.
            Some(Piece::Data(_)) => {}
            Some(Piece::End) => break,
            // The client left half-way: what it sent so far is not what it meant.
            None => return Err(Gone),
        }
    }
    Ok(stream
        .finish()
        .map(|result| result.statistics())
        .map_err(SqlError::from))
}
