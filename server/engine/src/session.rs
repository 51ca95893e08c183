//! One request's session with the engine.
//!
//! Every request gets a fresh session: settings, current database and role of one request cannot reach the next, and
//! opening one costs half a millisecond. The role is the engine's own line of defence behind the guard: `analyst` holds
//! no grant but reading.

use std::path::Path;

use weir_libchdb::{Connection, Library, Parameters};

use crate::error::{Code, SqlError};
use crate::user::User;

/// The database that a session begins in.
const FIRST_DATABASE: &str = "default";

/// Opens sessions.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    library: Library,
    path: String,
    config: String,
}

/// What a session is set to before its statement runs.
#[derive(Debug, Default, Clone)]
pub(crate) struct SessionOptions {
    /// Names and values; the values are quoted here.
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) database: Option<String>,
    pub(crate) read_only: bool,
}

impl Engine {
    pub(crate) fn new(library: Library, data: &Path, config: &Path) -> Self {
        Self {
            library,
            path: format!("--path={}", data.display()),
            config: format!("--config-file={}", config.display()),
        }
    }

    /// A bare session with every grant the engine's one user holds: for the facade's own questions.
    pub(crate) fn open(&self) -> Result<Connection, SqlError> {
        self.library
            .connect(&[&self.path, &self.config])
            .map_err(|error| SqlError::new(Code::EngineUnavailable, error.to_string()))
    }

    /// A session for a user's statement.
    pub(crate) fn open_for(
        &self,
        user: User,
        options: &SessionOptions,
    ) -> Result<Connection, SqlError> {
        let mut connection = self.open()?;
        let none = Parameters::default();
        // A session begins in `default`, and many clients name it; there is nothing in it to be granted.
        if let Some(database) = options
            .database
            .as_deref()
            .filter(|name| *name != FIRST_DATABASE)
        {
            let sql = format!("USE {}", quote_identifier(database));
            connection
                .query(&sql, "Null", &none)
                .map_err(|_| no_database(database))?;
        }
        let mut assignments: Vec<String> = options
            .settings
            .iter()
            .map(|(name, value)| format!("{name} = {}", quote_text(value)))
            .collect();
        if user == User::Analyst || options.read_only {
            // Last, because it forbids to be changed again.
            assignments.push("readonly = 2".to_owned());
        }
        connection.query(&format!("SET ROLE {}", user.role()), "Null", &none)?;
        if !assignments.is_empty() {
            connection.query(&format!("SET {}", assignments.join(", ")), "Null", &none)?;
        }
        Ok(connection)
    }
}

/// The engine says "no grant" of a database that does not exist, which helps nobody.
fn no_database(name: &str) -> SqlError {
    let shown: String = name.chars().take(60).collect();
    let sentence = format!("Database `{}` does not exist", shown.escape_debug());
    SqlError::new(Code::UnknownDatabase, sentence)
}

/// A string literal.
pub(crate) fn quote_text(text: &str) -> String {
    quote(text, '\'')
}

/// An identifier in back-ticks.
pub(crate) fn quote_identifier(name: &str) -> String {
    quote(name, '`')
}

fn quote(text: &str, mark: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for letter in text.chars() {
        if letter == mark || letter == '\\' {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push(mark);
    quoted
}
