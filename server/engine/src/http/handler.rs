//! One request from its first byte to its answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use tokio::sync::mpsc;
use weir_libchdb::Statistics;

use super::answer::{AnswerBody, DISPLAY_NAME, Envelope, Pieces, plain};
use super::body::{BodyReader, too_large};
use super::call::Call;
use super::encoding::Encoding;
use super::hello::{hello, is_hello};
use super::multipart;
use crate::error::{Code, SqlError};
use crate::facade::Facade;
use crate::guard::{ANALYST_TIME_LIMIT, check_format};
use crate::session::SessionOptions;
use crate::sql::format::{DEFAULT_FORMAT, asked_format};
use crate::sql::insert::{Cut, cut};
use crate::user::{User, identify};
use crate::work::{self, End, Piece, Report, Work, WorkKind};

/// Longest statement, without the data of an INSERT.
const MAX_STATEMENT_BYTES: usize = 1 << 20;
/// Largest compressed block of an insert's data; clients send a megabyte at a time.
const MAX_DATA_BLOCK_BYTES: usize = 256 << 20;
/// A result up to this size is sent whole, with its statistics; a longer one in pieces, as it comes.
const WHOLE_RESULT_BYTES: usize = 256 << 10;
/// How much longer than its limit a statement may run before the watchdog cancels it.
const WATCHDOG_GRACE: Duration = Duration::from_secs(5);
/// How long a client may take to send its statement.
const STATEMENT_WAIT: Duration = Duration::from_secs(60);
/// Data of a failed insert that is still taken in.
const DRAINED_BYTES: usize = 64 << 20;
/// Pieces of an insert's data that may wait for the engine.
const PIECES_AHEAD: usize = 4;

/// Answers any request.
pub(crate) async fn answer(
    facade: Arc<Facade>,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    if let Some(refusal) = facade.hosts.refusal(request.headers()) {
        return plain(StatusCode::FORBIDDEN, refusal);
    }
    match (request.method(), request.uri().path()) {
        // Nothing is replicated here, so that no replica is behind: what balancers ask for.
        (&(Method::GET | Method::HEAD), "/ping" | "/replicas_status") => {
            plain(StatusCode::OK, "Ok.\n")
        }
        (&(Method::GET | Method::HEAD), "/") if request.uri().query().is_none() => {
            plain(StatusCode::OK, "Ok.\n")
        }
        (&(Method::GET | Method::HEAD | Method::POST), "/") => statement(facade, request).await,
        (_, "/") => plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "statements are sent by GET or POST\n",
        ),
        _ => plain(
            StatusCode::NOT_FOUND,
            "there is nothing here: statements go to `/`, and `/ping` answers `Ok.`\n",
        ),
    }
}

async fn statement(facade: Arc<Facade>, request: Request<Incoming>) -> Response<AnswerBody> {
    let (parts, incoming) = request.into_parts();
    let mut envelope = Envelope {
        query_id: String::new(),
        timezone: facade.timezone.clone(),
        in_blocks: false,
        encoding: None,
    };
    let mut call = match Call::read(&parts) {
        Ok(call) => call,
        Err(error) => return envelope.error(&error),
    };
    envelope.query_id.clone_from(&call.query_id);
    envelope.in_blocks = call.answer_in_blocks;
    if let Some(zone) = call.session_timezone() {
        zone.clone_into(&mut envelope.timezone);
    }
    if call.may_pack_answer {
        envelope.encoding = Encoding::wanted(&parts.headers);
    }
    let outcome = async {
        let user = identify(&call.claim, &facade.secret).ok_or_else(authentication_failed)?;
        let mut body = BodyReader::new(
            incoming,
            &parts.headers,
            call.body_in_blocks,
            max_block_bytes(user),
        )?;
        let read = read_statement(&mut call, &parts, &mut body);
        let statement = tokio::time::timeout(STATEMENT_WAIT, read)
            .await
            .map_err(|_| slow_client())??;
        run(&facade, user, call, statement, body, &envelope).await
    };
    outcome.await.unwrap_or_else(|error| envelope.error(&error))
}

/// Only the writer sends more than a statement.
fn max_block_bytes(user: User) -> usize {
    match user {
        User::Analyst => 2 * MAX_STATEMENT_BYTES,
        User::Writer => MAX_DATA_BLOCK_BYTES,
    }
}

fn authentication_failed() -> SqlError {
    SqlError::new(
        Code::AuthenticationFailed,
        "Authentication failed: reading needs no user (or `analyst` without a password), writing needs user `weir` \
         with the secret that lies in the data folder",
    )
}

fn slow_client() -> SqlError {
    SqlError::new(
        Code::TimeoutExceeded,
        "the statement did not arrive in time",
    )
}

/// A statement cut from its data.
struct Statement {
    sql: String,
    insert: Option<InsertData>,
}

struct InsertData {
    format: String,
    /// Data that came together with the statement.
    first: Bytes,
}

/// The statement is the URL's `query`, a line break, and the body; of an INSERT, the part before its data.
async fn read_statement(
    call: &mut Call,
    parts: &http::request::Parts,
    body: &mut BodyReader,
) -> Result<Statement, SqlError> {
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if let Some(boundary) = content_type.and_then(multipart::boundary) {
        let form = body.collect(MAX_STATEMENT_BYTES).await?;
        let fields = multipart::fields(&form, &boundary)
            .map_err(|sentence| SqlError::new(Code::BadArguments, sentence))?;
        for (name, value) in fields {
            call.take(&name, &value)?;
        }
    }
    let mut text = std::mem::take(&mut call.query).into_bytes();
    let mut complete = false;
    if !text.is_empty() {
        text.push(b'\n');
    }
    loop {
        match cut(&text, complete) {
            Cut::Data {
                head_start,
                head_end,
                format,
                data_start,
            } if data_start <= text.len() => {
                let first = Bytes::from(text.split_off(data_start));
                text.truncate(head_end);
                text.drain(..head_start);
                return Ok(Statement {
                    sql: utf8(text)?,
                    insert: Some(InsertData { format, first }),
                });
            }
            _ if complete => {
                return Ok(Statement {
                    sql: utf8(text)?,
                    insert: None,
                });
            }
            _ => {}
        }
        match body.next().await? {
            Some(piece) => text.extend_from_slice(&piece),
            None => complete = true,
        }
        if text.len() > MAX_STATEMENT_BYTES
            && matches!(cut(&text, complete), Cut::Whole | Cut::Unknown)
        {
            return Err(too_large(MAX_STATEMENT_BYTES));
        }
    }
}

fn utf8(text: Vec<u8>) -> Result<String, SqlError> {
    String::from_utf8(text)
        .map_err(|_| SqlError::new(Code::SyntaxError, "the statement is not UTF-8"))
}

async fn run(
    facade: &Arc<Facade>,
    user: User,
    call: Call,
    statement: Statement,
    body: BodyReader,
    envelope: &Envelope,
) -> Result<Response<AnswerBody>, SqlError> {
    let settings = facade.guard.settings(user, call.settings)?;
    if user == User::Analyst && call.database.as_deref() == Some("system") {
        let sentence =
            "`system` cannot be the current database: write its tables out, as `system.tables`";
        return Err(SqlError::new(Code::AccessDenied, sentence));
    }
    let result_format = asked_format(&statement.sql)
        .or(call.format)
        .unwrap_or_else(|| DEFAULT_FORMAT.to_owned());
    let result_format = check_format(&result_format)?.to_owned();
    if is_hello(&statement.sql, call.protocol_version, &result_format) {
        let block = hello(DISPLAY_NAME, &facade.version, &facade.timezone);
        return Ok(envelope.whole(Some(&result_format), &Statistics::default(), vec![block]));
    }
    let (kind, format, feed) = match statement.insert {
        Some(InsertData { format, first }) => {
            let (send, receive) = mpsc::channel(PIECES_AHEAD);
            let format = check_format(&format)?.to_owned();
            (WorkKind::Insert(receive), format, Some((send, first)))
        }
        None if call.wait_for_end => (WorkKind::Whole, result_format.clone(), None),
        None => (WorkKind::Pieces, result_format.clone(), None),
    };
    let held = facade.sessions.hold(user, &call.session)?;
    let place = facade.pool.place(user).await?;
    let limit = (user == User::Analyst).then_some(ANALYST_TIME_LIMIT + WATCHDOG_GRACE);
    let (tag, running, worker) = facade.killer.watch(limit);
    let mut options = SessionOptions {
        settings,
        database: call.database,
        read_only: call.read_only,
    };
    options.settings.push(("log_comment".to_owned(), tag));
    let work = Work {
        user,
        options,
        sql: statement.sql,
        format,
        parameters: call.parameters,
        kind,
    };
    let (send, mut reports) = mpsc::channel(work::REPORTS_AHEAD);
    let shared = Arc::clone(facade);
    tokio::task::spawn_blocking(move || {
        work::run(&shared.engine, &shared.guard, work, &send);
        drop(worker);
        drop(place);
    });
    if let Some((send, first)) = feed {
        feed_insert(body, send, first).await?;
    }
    match collect(&mut reports, call.wait_for_end).await? {
        Collected::Whole(end, chunks) => {
            running.finished();
            // Before the answer goes out: the client's next statement may be here at once.
            drop(held);
            let result_format = end.has_result.then_some(result_format.as_str());
            Ok(envelope.whole(result_format, &end.statistics, chunks))
        }
        Collected::Beginning(so_far, chunks) => {
            let pieces = Pieces::new(chunks, reports, (running, held), envelope);
            Ok(envelope.beginning(&result_format, &so_far, pieces))
        }
    }
}

/// Hands an insert's data to the worker. Only a body that came to its end is ended: anything else abandons the insert.
async fn feed_insert(
    mut body: BodyReader,
    send: mpsc::Sender<Piece>,
    first: Bytes,
) -> Result<(), SqlError> {
    let mut taken = first.is_empty() || send.send(Piece::Data(first)).await.is_ok();
    let mut drained = 0;
    while let Some(bytes) = body.next().await? {
        if taken {
            taken = send.send(Piece::Data(bytes)).await.is_ok();
        } else {
            // The insert failed. A client reads the answer only after it has sent all, so take some more of it.
            drained += bytes.len();
            if drained > DRAINED_BYTES {
                return Ok(());
            }
        }
    }
    // A worker that is gone has already said why.
    drop(send.send(Piece::End).await);
    Ok(())
}

/// What is known of a result when the answer must begin.
enum Collected {
    Whole(End, Vec<Bytes>),
    Beginning(Statistics, Vec<Bytes>),
}

/// Waits for the end of the result, or, unless all of it is wanted, for as much as makes a beginning.
async fn collect(reports: &mut mpsc::Receiver<Report>, all: bool) -> Result<Collected, SqlError> {
    let mut chunks: Vec<Bytes> = Vec::new();
    let mut size = 0;
    while let Some(report) = reports.recv().await {
        match report {
            Report::Chunk(chunk, so_far) => {
                size += chunk.len();
                chunks.push(chunk);
                if size > WHOLE_RESULT_BYTES && !all {
                    return Ok(Collected::Beginning(so_far, chunks));
                }
            }
            Report::End(end) => return Ok(Collected::Whole(end, chunks)),
            Report::Failed(error) => return Err(error),
        }
    }
    Err(SqlError::new(
        Code::QueryWasCancelled,
        "the query ended without a result",
    ))
}
