//! Answers: headers as ClickHouse sends them, results whole or in pieces, errors before and amid a result.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;
use uuid::Uuid;
use weir_libchdb::Statistics;

use super::blocks::write_blocks;
use super::encoding::{Encoding, Packer};
use crate::error::SqlError;
use crate::held::Held;
use crate::kill::Running;
use crate::sql::format::media_type;
use crate::work::Report;

/// Body of any answer. Its error only tells hyper to break the connection off.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, BrokenOff>;

/// The result failed after its beginning was sent.
#[derive(Debug, thiserror::Error)]
#[error("the query failed while its result was being sent")]
pub(crate) struct BrokenOff;

/// Length that clients expect of the mark around an error amid a result.
const EXCEPTION_TAG_CHARS: usize = 16;
/// Name shown to clients that ask who answers.
pub(crate) const DISPLAY_NAME: &str = "weir";

/// What every answer to a statement carries.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub(crate) query_id: String,
    pub(crate) timezone: String,
    pub(crate) in_blocks: bool,
    /// How HTTP packs the body, around the blocks.
    pub(crate) encoding: Option<Encoding>,
}

impl Envelope {
    fn builder(&self, status: StatusCode) -> http::response::Builder {
        let builder = Response::builder().status(status);
        let builder = match self.encoding {
            Some(encoding) => builder
                .header(header::CONTENT_ENCODING, encoding.name())
                .header(header::VARY, "Accept-Encoding"),
            None => builder,
        };
        builder
            .header("X-ClickHouse-Query-Id", header_value(&self.query_id))
            .header("X-ClickHouse-Timezone", header_value(&self.timezone))
            .header("X-ClickHouse-Server-Display-Name", DISPLAY_NAME)
    }

    /// The whole of a body, as the client wants it.
    fn wrapped(&self, bytes: Bytes) -> Bytes {
        let mut wrapping = Wrapping::new(self.in_blocks, self.encoding);
        let begun = wrapping.push(bytes);
        let end = wrapping.finish();
        if end.is_empty() {
            return begun;
        }
        [begun, end].concat().into()
    }

    /// A result that is known to its end; without a format, the end of a statement that has none. Clients tell a query that
    /// found nothing from a statement that had nothing to find by whether a format is named.
    pub(crate) fn whole(
        &self,
        format: Option<&str>,
        statistics: &Statistics,
        chunks: Vec<Bytes>,
    ) -> Response<AnswerBody> {
        let bytes = match <[Bytes; 1]>::try_from(chunks) {
            Ok([only]) => only,
            Err(chunks) => Bytes::from(chunks.concat()),
        };
        // Nothing is not packed: a client that reads an empty body as it is finds it empty.
        let as_is = Self {
            encoding: None,
            ..self.clone()
        };
        let envelope = if bytes.is_empty() { &as_is } else { self };
        let builder = envelope.builder(StatusCode::OK);
        let builder = match format {
            Some(format) => builder
                .header(header::CONTENT_TYPE, media_type(format))
                .header("X-ClickHouse-Format", header_value(format)),
            None => builder.header(header::CONTENT_TYPE, "text/plain; charset=UTF-8"),
        };
        finish(
            builder
                .header("X-ClickHouse-Progress", header_value(&summary(statistics)))
                .header("X-ClickHouse-Summary", header_value(&summary(statistics))),
            full(envelope.wrapped(bytes)),
        )
    }

    /// A result whose beginning is known: its numbers are those of the beginning, as ClickHouse's are.
    pub(crate) fn beginning(
        &self,
        format: &str,
        so_far: &Statistics,
        pieces: Pieces,
    ) -> Response<AnswerBody> {
        let tag = header_value(&pieces.tag);
        finish(
            self.builder(StatusCode::OK)
                .header(header::CONTENT_TYPE, media_type(format))
                .header("X-ClickHouse-Format", header_value(format))
                .header("X-ClickHouse-Progress", header_value(&summary(so_far)))
                .header("X-ClickHouse-Summary", header_value(&summary(so_far)))
                .header("X-ClickHouse-Exception-Tag", tag),
            pieces.boxed_unsync(),
        )
    }

    /// An error instead of a result.
    pub(crate) fn error(&self, error: &SqlError) -> Response<AnswerBody> {
        let text = self.wrapped(Bytes::from(format!("{}\n", error.text)));
        finish(
            self.builder(error.status())
                .header(header::CONTENT_TYPE, "text/plain; charset=UTF-8")
                .header("X-ClickHouse-Exception-Code", error.code),
            full(text),
        )
    }
}

/// A short text of the port's own.
pub(crate) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<AnswerBody> {
    finish(
        Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "text/plain; charset=UTF-8"),
        full(text.into()),
    )
}

fn full(bytes: Bytes) -> AnswerBody {
    Full::new(bytes)
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

fn finish(builder: http::response::Builder, body: AnswerBody) -> Response<AnswerBody> {
    builder.body(body).unwrap_or_else(|_| {
        let mut failed = Response::new(full(Bytes::new()));
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// Statistics in ClickHouse's shape: every number a string.
fn summary(statistics: &Statistics) -> String {
    let elapsed_ns = statistics.elapsed_s.max(0.0) * 1e9;
    serde_json::json!({
        "read_rows": statistics.read_rows.to_string(),
        "read_bytes": statistics.read_bytes.to_string(),
        "written_rows": statistics.written_rows.to_string(),
        "written_bytes": statistics.written_bytes.to_string(),
        "total_rows_to_read": "0",
        "result_rows": statistics.result_rows.to_string(),
        "result_bytes": statistics.result_bytes.to_string(),
        "elapsed_ns": format!("{elapsed_ns:.0}"),
    })
    .to_string()
}

/// How the bytes of a body are put up: in ClickHouse's blocks, in HTTP's packing around them, in both, in none.
#[derive(Debug)]
struct Wrapping {
    in_blocks: bool,
    packer: Option<Packer>,
}

impl Wrapping {
    fn new(in_blocks: bool, encoding: Option<Encoding>) -> Self {
        Self {
            in_blocks,
            packer: encoding.and_then(|encoding| Packer::new(encoding).ok()),
        }
    }

    // Packing into memory cannot fail; if it did, the client would find the body broken.
    fn push(&mut self, bytes: Bytes) -> Bytes {
        let bytes = if self.in_blocks {
            write_blocks(&bytes)
        } else {
            bytes
        };
        match &mut self.packer {
            Some(packer) => packer.push(&bytes).unwrap_or_default(),
            None => bytes,
        }
    }

    fn finish(&mut self) -> Bytes {
        match self.packer.take() {
            Some(packer) => packer.finish().unwrap_or_default(),
            None => Bytes::new(),
        }
    }
}

/// A result on its way. Dropping it, because the client left, ends the query.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// What was fetched before the answer began.
    ready: std::vec::IntoIter<Bytes>,
    reports: mpsc::Receiver<Report>,
    running: Option<(Running, Option<Held>)>,
    wrapping: Wrapping,
    /// Marks an error that follows a part of the result.
    tag: String,
    ending: Ending,
}

/// Whether the end of the result, or of an error amid it, has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    None,
    Complete,
    ErrorWritten,
    ErrorSent,
}

impl Pieces {
    pub(crate) fn new(
        ready: Vec<Bytes>,
        reports: mpsc::Receiver<Report>,
        running: (Running, Option<Held>),
        envelope: &Envelope,
    ) -> Self {
        let mut tag = Uuid::new_v4().simple().to_string();
        tag.truncate(EXCEPTION_TAG_CHARS);
        Self {
            ready: ready.into_iter(),
            reports,
            running: Some(running),
            wrapping: Wrapping::new(envelope.in_blocks, envelope.encoding),
            tag,
            ending: Ending::None,
        }
    }

    fn framed(&mut self, bytes: Bytes) -> Frame<Bytes> {
        Frame::data(self.wrapping.push(bytes))
    }

    /// The shape in which ClickHouse puts an error behind a part of a result.
    fn exception(&self, error: &SqlError) -> Bytes {
        let (tag, message) = (&self.tag, format!("{}\n", error.text));
        Bytes::from(format!(
            "\r\n__exception__\r\n{tag}\r\n{message}{} {tag}\r\n__exception__\r\n",
            message.len()
        ))
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        if let Some(bytes) = this.ready.next() {
            return Poll::Ready(Some(Ok(this.framed(bytes))));
        }
        match this.ending {
            Ending::None => {}
            Ending::Complete => return Poll::Ready(None),
            Ending::ErrorWritten => {
                // Once pending, so that hyper sends what it holds before it breaks the connection off.
                this.ending = Ending::ErrorSent;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Ending::ErrorSent => return Poll::Ready(Some(Err(BrokenOff))),
        }
        match this.reports.poll_recv(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Report::Chunk(bytes, _))) => Poll::Ready(Some(Ok(this.framed(bytes)))),
            Poll::Ready(Some(Report::End(_))) => {
                if let Some((running, held)) = this.running.take() {
                    running.finished();
                    drop(held);
                }
                this.ending = Ending::Complete;
                let end = this.wrapping.finish();
                Poll::Ready((!end.is_empty()).then(|| Ok(Frame::data(end))))
            }
            Poll::Ready(Some(Report::Failed(error))) => {
                this.ending = Ending::ErrorWritten;
                let exception = this.exception(&error);
                let wrapped = [this.wrapping.push(exception), this.wrapping.finish()].concat();
                Poll::Ready(Some(Ok(Frame::data(wrapped.into()))))
            }
            // The worker is gone without a last word.
            Poll::Ready(None) => Poll::Ready(Some(Err(BrokenOff))),
        }
    }
}
