//! The shape of every error over HTTP: `{"error": {"code", "message", "hint"}}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::sql::SqlError;

/// Seconds after which asking again makes sense while ClickHouse is away.
const RETRY_AFTER_S: &str = "2";

/// An error on its way to the asker.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: String,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: &'static str,
    message: &'a str,
    hint: &'a str,
}

impl ApiError {
    /// An error with all its parts.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// ClickHouse answers, and does not know what was published a moment ago.
    pub fn not_ready() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not_ready",
            "the tables and views are not there yet",
            "they are created when the server starts and when a container is published: wait a few seconds",
        )
    }

    /// Nothing lives at this address.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing at this address",
            "the page is at `/`, the tag at `/t/<site>.js`, the intake at `/c`",
        )
    }

    /// The address exists, the method does not.
    pub fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this address does not take that method",
            "the header `Allow` says which methods it takes",
        )
    }
}

/// Whether asking again later may help is decided here, in one place.
impl From<SqlError> for ApiError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Away { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "clickhouse_away",
                error.to_string(),
                "events are taken in and kept meanwhile; the numbers come back with ClickHouse: look at the server's log if it stays away",
            ),
            SqlError::Refused(_) if error.is_missing_table() => Self::not_ready(),
            SqlError::Refused(_) | SqlError::Unreadable(_) => {
                tracing::error!("{error}");
                Self::new(
                    StatusCode::BAD_GATEWAY,
                    "query_failed",
                    error.to_string(),
                    "this should not happen: please report it with the lines of the server's log",
                )
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Body {
            error: Inner {
                code: self.code,
                message: &self.message,
                hint: &self.hint,
            },
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let value = HeaderValue::from_static(RETRY_AFTER_S);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}
