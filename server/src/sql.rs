//! Reading from ClickHouse: by the API, and by commands.
//!
//! Everything goes through the same client as the collector's. Rows travel as `JSONEachRow`, so that a column's width
//! (`UInt64`, `Nullable(Float64)`) is the view's own business.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clickhouse::error::Error as ClickhouseError;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use crate::config::Clickhouse;
use crate::failure::Failure;

/// A result of rows larger than this is no report.
const MAX_ROWS_BYTES: usize = 16 << 20;

/// Whoever has answered so long ago is there.
const REACHABLE: Duration = Duration::from_secs(2);
/// Whoever has, and says nothing now, is busy.
const BUSY: Duration = Duration::from_secs(60);

/// The user who may read without a password.
pub const ANALYST: &str = "analyst";
/// The user who may write, with the installation's secret.
pub const WRITER: &str = "weir";

/// The client that everything talks to ClickHouse through.
pub fn client(server: &Clickhouse) -> Result<clickhouse::Client, Failure> {
    weir_collector::warehouse::connect(&server.url, &server.user, server.password())
        .map_err(|error| Failure::usage(error.to_string(), error.hint()))
}

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// ClickHouse cannot be reached.
    #[error("ClickHouse at {url} does not answer")]
    Away {
        /// Where it should be.
        url: String,
    },
    /// The question was given up, here or by ClickHouse.
    #[error("the question took ClickHouse too long and was given up")]
    TooSlow,
    /// ClickHouse refused, in its own words.
    #[error("ClickHouse refused: {0}")]
    Refused(String),
    /// The answer was not what was asked for.
    #[error("an answer of ClickHouse could not be read: {0}")]
    Unreadable(String),
}

impl SqlError {
    /// Whether the view, table or database asked for does not exist.
    #[must_use]
    pub fn is_missing_table(&self) -> bool {
        // UNKNOWN_TABLE, UNKNOWN_DATABASE; a view with parameters looks like a function (UNKNOWN_FUNCTION).
        matches!(self, Self::Refused(message)
            if ["Code: 60.", "Code: 81."].iter().any(|code| message.starts_with(code))
                || message.starts_with("Code: 46.") && message.contains("table function weir_fn."))
    }

    /// In ClickHouse's own words. That it gave up because the question took too long or too much is no refusal.
    fn refused(message: &str) -> Self {
        // TIMEOUT_EXCEEDED, TOO_SLOW, MEMORY_LIMIT_EXCEEDED.
        let codes = ["Code: 159.", "Code: 160.", "Code: 241."];
        if codes.iter().any(|code| message.starts_with(code)) {
            return Self::TooSlow;
        }
        Self::Refused(message.trim().to_owned())
    }

    /// What a view of ours says to whoever asked it wrongly: `weir: …`.
    #[must_use]
    pub fn refusal_of_view(&self) -> Option<&str> {
        let Self::Refused(message) = self else {
            return None;
        };
        // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO. Others quote a view, with all that it could say.
        let said = message.strip_prefix("Code: 395.")?;
        let (_, after) = said.split_once("weir: ")?;
        Some(after.split(": while ").next().unwrap_or(after).trim())
    }
}

/// Commands say what to do about it.
impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        let hint = match &error {
            SqlError::Away { .. } => {
                "start the server with `weir serve`, or give the address of the SQL interface with --sql"
            }
            SqlError::TooSlow => {
                "ask for a shorter period, or try again when the server has less to do"
            }
            SqlError::Refused(_) | SqlError::Unreadable(_) => "",
        };
        Self::environment(error.to_string(), hint)
    }
}

/// Rows of a query, and what its columns are called.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// One value for each column.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// A reader.
#[derive(Clone)]
pub struct Sql {
    client: clickhouse::Client,
    url: String,
    timeout: Duration,
    answered: Arc<Mutex<Option<Instant>>>,
}

impl Sql {
    /// Reads from a server, giving up after `timeout`.
    pub fn new(server: &Clickhouse, timeout: Duration) -> Result<Self, Failure> {
        Ok(Self {
            client: client(server)?,
            url: server.url.clone(),
            timeout,
            answered: Arc::default(),
        })
    }

    /// Reads from the address of `--sql`. Without an account it is the analyst's.
    pub fn connect(url: &str, timeout: Duration) -> Result<Self, Failure> {
        let server = Clickhouse::parse(url).map_err(|reason| {
            Failure::usage(
                format!("`--sql` cannot be used: {reason}"),
                "write it like http://127.0.0.1:8123",
            )
        })?;
        if url.contains('@') {
            return Self::new(&server, timeout);
        }
        Self::new(&Clickhouse::new(&server.url, ANALYST, ""), timeout)
    }

    /// Where ClickHouse is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The rows of a query; `bind` fills its `?`.
    pub async fn rows<T: DeserializeOwned>(
        &self,
        query: &str,
        bind: &[&str],
    ) -> Result<Vec<T>, SqlError> {
        self.rows_within(query, bind, self.timeout).await
    }

    /// The same, of a question that may take longer.
    pub async fn rows_within<T: DeserializeOwned>(
        &self,
        query: &str,
        bind: &[&str],
        patience: Duration,
    ) -> Result<Vec<T>, SqlError> {
        let query = bind
            .iter()
            .fold(self.client.query(query), |query, value| query.bind(*value));
        let asked = async {
            let mut cursor = query.fetch_bytes("JSONEachRow")?;
            let mut body = Vec::new();
            while let Some(chunk) = cursor.next().await? {
                body.extend_from_slice(&chunk);
                if body.len() > MAX_ROWS_BYTES {
                    return Err(ClickhouseError::Custom(
                        "the result is too large".to_owned(),
                    ));
                }
            }
            Ok(body)
        };
        let body = tokio::time::timeout(patience, asked)
            .await
            .unwrap_or(Err(ClickhouseError::TimedOut))
            .map_err(|error| self.told(error))?;
        *self.answered() = Some(Instant::now());
        serde_json::Deserializer::from_slice(&body)
            .into_iter::<T>()
            .collect::<Result<_, _>>()
            .map_err(|error| SqlError::Unreadable(error.to_string()))
    }

    /// The rows of a query whose parameters are written `{name:Type}`, with the names of their columns. ClickHouse itself ends
    /// what takes longer than `patience`.
    pub async fn table<T: serde::Serialize>(
        &self,
        query: &str,
        parameters: &[(String, T)],
        patience: Duration,
    ) -> Result<Table, SqlError> {
        let seconds = patience.as_secs().to_string();
        let query = parameters.iter().fold(
            self.client
                .query_raw(query)
                .with_setting("max_execution_time", seconds)
                .with_setting("output_format_json_quote_64bit_integers", "0"),
            |query, (name, value)| query.param(name, value),
        );
        let asked = async {
            let mut cursor = query.fetch_bytes("JSONCompactEachRowWithNames")?;
            let mut body = Vec::new();
            while let Some(chunk) = cursor.next().await? {
                body.extend_from_slice(&chunk);
                if body.len() > MAX_ROWS_BYTES {
                    return Err(ClickhouseError::Custom(
                        "the result is too large".to_owned(),
                    ));
                }
            }
            Ok(body)
        };
        // It is for ClickHouse to end a slow query; this is for a ClickHouse that does not.
        let body = tokio::time::timeout(patience + self.timeout, asked)
            .await
            .unwrap_or(Err(ClickhouseError::TimedOut))
            .map_err(|error| self.told(error))?;
        *self.answered() = Some(Instant::now());
        let mut lines =
            serde_json::Deserializer::from_slice(&body).into_iter::<serde_json::Value>();
        let unreadable = |error: serde_json::Error| SqlError::Unreadable(error.to_string());
        let Some(names) = lines.next() else {
            return Err(SqlError::Unreadable("nothing came".to_owned()));
        };
        let columns = serde_json::from_value(names.map_err(unreadable)?).map_err(unreadable)?;
        let rows = lines
            .map(|line| serde_json::from_value(line?))
            .collect::<Result<_, _>>()
            .map_err(unreadable)?;
        Ok(Table { columns, rows })
    }

    /// Runs a statement as it is and hands on its result, piece by piece.
    pub async fn stream(
        &self,
        statement: &str,
        format: &str,
        mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<std::io::Result<()>, SqlError> {
        let cursor = self.client.query_raw(statement).fetch_bytes(format);
        let mut cursor = cursor.map_err(|error| self.told(error))?;
        while let Some(chunk) = cursor.next().await.map_err(|error| self.told(error))? {
            if let Err(error) = take(&chunk) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// Whether ClickHouse is there. One that is busy is; and one that has just answered is not asked again.
    pub async fn is_reachable(&self) -> bool {
        let answered = *self.answered();
        if answered.is_some_and(|at| at.elapsed() < REACHABLE) {
            return true;
        }
        let asked = self.rows_within::<serde_json::Value>("SELECT 1", &[], REACHABLE);
        match asked.await {
            Ok(_) => true,
            // A connection that does not come about looks like an answer that does not come: what was before decides.
            Err(SqlError::TooSlow) => answered.is_some_and(|at| at.elapsed() < BUSY),
            Err(_) => false,
        }
    }

    /// When it answered last.
    fn answered(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        let answered = self.answered.lock();
        answered.unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn told(&self, error: ClickhouseError) -> SqlError {
        match error {
            ClickhouseError::Network(_) => SqlError::Away {
                url: self.url.clone(),
            },
            // Whoever is there and says nothing is busy: who is away refuses the connection, or it is not made in time.
            ClickhouseError::TimedOut => SqlError::TooSlow,
            ClickhouseError::BadResponse(message) => SqlError::refused(&message),
            other => SqlError::Unreadable(other.to_string()),
        }
    }
}

/// Reads a number that older servers send as text: 64-bit integers.
pub fn number<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + std::str::FromStr,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Sent<T> {
        Number(T),
        Text(String),
    }
    match Sent::deserialize(deserializer)? {
        Sent::Number(number) => Ok(number),
        Sent::Text(text) => text.parse().map_err(|_| D::Error::custom("not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Row {
        #[serde(deserialize_with = "number")]
        n: u64,
    }

    #[test]
    fn numbers_may_come_as_text() {
        for text in [r#"{"n":7}"#, r#"{"n":"7"}"#] {
            assert_eq!(serde_json::from_str::<Row>(text).unwrap().n, 7);
        }
        assert!(serde_json::from_str::<Row>(r#"{"n":"x"}"#).is_err());
    }

    #[test]
    fn what_clickhouse_says_is_told_by_what_can_be_done_about_it() {
        let refused = |message: &str| SqlError::refused(message);
        for message in [
            "Code: 60. DB::Exception: a",
            "Code: 81. DB::Exception: b",
            "Code: 46. DB::Exception: Unknown table function weir_fn.ltv. (UNKNOWN_FUNCTION)",
        ] {
            assert!(
                refused(message).is_missing_table(),
                "it will be there: {message}"
            );
        }
        for message in ["Code: 159. a", "Code: 160. b", "Code: 241. c"] {
            assert!(matches!(refused(message), SqlError::TooSlow), "{message}");
        }
        let said = "Code: 395. DB::Exception: weir: at most 12 steps: while executing x";
        assert_eq!(refused(said).refusal_of_view(), Some("at most 12 steps"));
        let quoted =
            "Code: 47. DB::Exception: Unknown identifier in scope SELECT throwIf(x, 'weir: no')";
        assert_eq!(refused(quoted).refusal_of_view(), None);
        assert!(matches!(
            refused("Code: 62. Syntax error"),
            SqlError::Refused(_)
        ));
        assert!(
            !refused("Code: 46. DB::Exception: Function with name `nosuch` does not exist")
                .is_missing_table()
        );
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_slow_and_not_away() {
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", mute.local_addr().unwrap());
        let sql = Sql::connect(&url, Duration::from_millis(50)).unwrap();
        let error = sql.rows::<serde_json::Value>("SELECT 1", &[]).await;
        assert!(matches!(error, Err(SqlError::TooSlow)));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_away() {
        // Bound and not listening: nobody answers, and nobody else takes the port meanwhile.
        let held = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let sql = Sql::connect(&format!("http://{held}"), Duration::from_secs(5)).unwrap();
        let error = sql
            .rows::<serde_json::Value>("SELECT 1", &[])
            .await
            .unwrap_err();
        assert!(matches!(error, SqlError::Away { .. }), "{error}");
        assert!(!sql.is_reachable().await);
    }
}
