//! Errors as ClickHouse speaks them: a code, a name, a sentence; and the HTTP status that goes with a code.

use http::StatusCode;
use weir_libchdb::EngineError;

/// ClickHouse's error codes that the facade itself answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    BadArguments,
    SyntaxError,
    UnknownFormat,
    UnknownDatabase,
    UnknownSetting,
    TimeoutExceeded,
    Readonly,
    TooManySimultaneousQueries,
    QueryIsTooLarge,
    CannotDecompress,
    SessionNotFound,
    SessionIsLocked,
    InvalidSessionTimeout,
    QueryWasCancelled,
    TooManyRowsOrBytes,
    AccessDenied,
    AuthenticationFailed,
    EngineUnavailable,
}

impl Code {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::BadArguments => 36,
            Self::SyntaxError => 62,
            Self::UnknownFormat => 73,
            Self::UnknownDatabase => 81,
            Self::UnknownSetting => 115,
            Self::TimeoutExceeded => 159,
            Self::Readonly => 164,
            Self::TooManySimultaneousQueries => 202,
            Self::EngineUnavailable => 210,
            Self::QueryIsTooLarge => 229,
            Self::CannotDecompress => 271,
            Self::SessionNotFound => 372,
            Self::SessionIsLocked => 373,
            Self::InvalidSessionTimeout => 374,
            Self::QueryWasCancelled => 394,
            Self::TooManyRowsOrBytes => 396,
            Self::AccessDenied => 497,
            Self::AuthenticationFailed => 516,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::BadArguments => "BAD_ARGUMENTS",
            Self::SyntaxError => "SYNTAX_ERROR",
            Self::UnknownFormat => "UNKNOWN_FORMAT",
            Self::UnknownDatabase => "UNKNOWN_DATABASE",
            Self::UnknownSetting => "UNKNOWN_SETTING",
            Self::TimeoutExceeded => "TIMEOUT_EXCEEDED",
            Self::Readonly => "READONLY",
            Self::TooManySimultaneousQueries => "TOO_MANY_SIMULTANEOUS_QUERIES",
            Self::EngineUnavailable => "NETWORK_ERROR",
            Self::QueryIsTooLarge => "QUERY_IS_TOO_LARGE",
            Self::CannotDecompress => "CANNOT_DECOMPRESS",
            Self::SessionNotFound => "SESSION_NOT_FOUND",
            Self::SessionIsLocked => "SESSION_IS_LOCKED",
            Self::InvalidSessionTimeout => "INVALID_SESSION_TIMEOUT",
            Self::QueryWasCancelled => "QUERY_WAS_CANCELLED",
            Self::TooManyRowsOrBytes => "TOO_MANY_ROWS_OR_BYTES",
            Self::AccessDenied => "ACCESS_DENIED",
            Self::AuthenticationFailed => "AUTHENTICATION_FAILED",
        }
    }
}

/// An error on its way to the client: `Code: N. DB::Exception: … (NAME)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlError {
    pub(crate) code: u32,
    pub(crate) text: String,
}

impl SqlError {
    /// An error of the facade's own.
    pub(crate) fn new(code: Code, sentence: impl AsRef<str>) -> Self {
        let number = code.number();
        let text = format!(
            "Code: {number}. DB::Exception: {}. ({})",
            sentence.as_ref(),
            code.name()
        );
        Self { code: number, text }
    }

    /// The HTTP status ClickHouse answers with for this code; of what the statement or its data are to blame for, never 500.
    pub(crate) fn status(&self) -> StatusCode {
        match self.code {
            194 => StatusCode::UNAUTHORIZED,
            164 | 192 | 193 | 291 | 497 | 516 => StatusCode::FORBIDDEN,
            6..=8
            | 15
            | 25..=27
            | 33
            | 36..=38
            | 41..=44
            | 53
            | 62
            | 70
            | 72
            | 80
            | 117
            | 123
            | 167
            | 168
            | 223
            | 271
            | 321
            | 376
            | 427
            | 441
            | 456
            | 675
            | 676 => StatusCode::BAD_REQUEST,
            16 | 46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 115 | 152 | 336 => {
                StatusCode::NOT_FOUND
            }
            229 => StatusCode::PAYLOAD_TOO_LARGE,
            48 => StatusCode::NOT_IMPLEMENTED,
            159 => StatusCode::REQUEST_TIMEOUT,
            373 => StatusCode::LOCKED,
            202 | 210 => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<EngineError> for SqlError {
    fn from(EngineError(text): EngineError) -> Self {
        // `Code: 60. DB::Exception: …`: the number is the engine's own word for what happened.
        let code = text
            .strip_prefix("Code: ")
            .and_then(|rest| rest.split('.').next())
            .and_then(|number| number.parse().ok())
            .unwrap_or(UNKNOWN_EXCEPTION);
        Self { code, text }
    }
}

/// Given to an engine text without a number.
const UNKNOWN_EXCEPTION: u32 = 1002;
