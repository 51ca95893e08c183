//! The shape of every error over HTTP: `{"error": {"code", "message", "hint"}}`, with what else helps beside it.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::russian::{self, InRussian};
use crate::accounts::AccountError;
use crate::sql::SqlError;
use crate::store::StoreError;
use crate::store::users::UserError;

/// Seconds after which asking again makes sense while ClickHouse is away.
const RETRY_AFTER_S: u64 = 2;

/// An error on its way to the asker.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: String,
    retry_after_s: Option<u64>,
    /// Message and hint in Russian, where they say more than what the code says.
    russian: Option<Box<(String, String)>>,
    /// They are in the language that was asked for already.
    is_told: bool,
    /// What stands beside `error`. In a box, as the Russian is: an error is part of every answer's type.
    beside: Box<Map<String, Value>>,
}

/// Every error. Beside `error` may stand `current`, the draft as it is, and `problems`, those of a container.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct Body<'a> {
    error: Inner<'a>,
    #[serde(flatten)]
    #[schema(ignore)]
    beside: &'a Map<String, Value>,
}

/// What is wrong.
#[derive(Serialize, ToSchema)]
#[schema(as = ErrorInner)]
struct Inner<'a> {
    /// The stable name of the kind of error.
    code: &'static str,
    /// What is wrong, in English; in Russian for whoever asks so by `?lang=ru` or `Accept-Language`.
    message: &'a str,
    /// What to do, in the same language.
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
            retry_after_s: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_S),
            russian: None,
            is_told: false,
            beside: Box::default(),
        }
    }

    /// The same, with what it says of this very case in Russian.
    pub(super) fn in_russian(
        mut self,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        self.russian = Some(Box::new((message.into(), hint.into())));
        self
    }

    /// The same, which is told in the language of the question.
    pub fn told(mut self) -> Self {
        self.is_told = true;
        self
    }

    fn body(&self, message: &str, hint: &str) -> Vec<u8> {
        let body = Body {
            error: Inner {
                code: self.code,
                message,
                hint,
            },
            beside: &self.beside,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// The body for who asks in Russian.
    fn body_in_russian(&self) -> Option<Vec<u8>> {
        if self.is_told {
            return None;
        }
        match self.russian.as_deref() {
            Some((message, hint)) => Some(self.body(message, hint)),
            None => russian::of(self.code).map(|(message, hint)| self.body(message, hint)),
        }
    }

    /// The same, with something beside it.
    pub(super) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.beside.insert(name.to_owned(), json!(value));
        self
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
            SqlError::TooSlow => Self {
                retry_after_s: Some(RETRY_AFTER_S),
                ..Self::new(
                    StatusCode::GATEWAY_TIMEOUT,
                    "too_slow",
                    error.to_string(),
                    "choose a shorter period, or try again in a moment; large sites need memory and cores of the server",
                )
            },
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

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!("{error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "store_failed",
            error.to_string(),
            "look at the free space and the permissions of the data folder, then try again",
        )
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        let message = error.to_string();
        let new = |status, code, hint: &str| Self::new(status, code, message.clone(), hint);
        match error {
            AccountError::Wrong => new(
                StatusCode::UNAUTHORIZED,
                "wrong_credentials",
                "try again; a new password is made with `weir user reset-password EMAIL` on the server",
            ),
            AccountError::TooMany { retry_s } => Self {
                retry_after_s: Some(retry_s),
                ..new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_tries",
                    "wait as long as the header `Retry-After` says",
                )
            },
            AccountError::SetupCode => new(
                StatusCode::FORBIDDEN,
                "wrong_code",
                "open the whole set-up link that `weir serve` printed at its last start",
            ),
            AccountError::Password(_) => new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "weak_password",
                "several words that do not belong together make a good one",
            ),
            AccountError::Email(_) => new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad_email",
                "write it like ann@shop.example",
            ),
            AccountError::Name => new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad_name",
                "write how colleagues call you",
            ),
            AccountError::User(UserError::SetUp) => new(
                StatusCode::CONFLICT,
                "already_set_up",
                "sign in; owners can invite you",
            ),
            AccountError::User(UserError::Exists) => new(
                StatusCode::CONFLICT,
                "user_exists",
                "change their role, or invite another address",
            ),
            AccountError::User(UserError::Unknown) => new(
                StatusCode::NOT_FOUND,
                "unknown_user",
                "somebody may have removed them meanwhile: load the list again",
            ),
            AccountError::User(UserError::LastOwner) => new(
                StatusCode::CONFLICT,
                "last_owner",
                "make somebody else an owner first",
            ),
            AccountError::User(UserError::Link) => new(
                StatusCode::GONE,
                "link_invalid",
                "each link can be used once and for a time: ask for a new one",
            ),
            AccountError::User(UserError::Store(error)) => error.into(),
            AccountError::Random(_) | AccountError::Stopping => new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "try again in a moment",
            ),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = self.body(&self.message, &self.hint);
        let json = [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )];
        let mut response = (self.status, json, body).into_response();
        if let Some(body) = self.body_in_russian() {
            response.extensions_mut().insert(InRussian(body));
        }
        if let Some(seconds) = self.retry_after_s {
            let value = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}
