//! Views and SQL functions: what stands behind a name must pass the same rules as what is written out.
//!
//! All were made by user `weir`, under the guard. They are judged again all the same: the data folder may be older than
//! the rules.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use weir_libchdb::{Connection, Parameters};

use crate::error::{Code, SqlError};
use crate::session::Engine;
use crate::sql::lexer::{Kind, Lexer};

/// The catalogue at a time.
#[derive(Debug, Default)]
pub(super) struct Catalogue(Mutex<Option<Arc<Snapshot>>>);

/// Names that matter to statements.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    generation: u64,
    /// SQL functions that may be called.
    pub(super) functions: Vec<String>,
    /// Views and functions that may not be used, and why.
    unsafe_names: Vec<(String, String)>,
    /// What was said of each definition: kept, so that only new ones are judged.
    judged: HashMap<String, Option<String>>,
}

/// A view or function.
struct Entry {
    name: String,
    definition: String,
}

impl Catalogue {
    /// The catalogue of the `least` generation or a later one; that of now is read and judged if none is at hand. `judge` gets a
    /// definition and the names of all SQL functions.
    pub(super) fn at(
        &self,
        least: u64,
        generation: u64,
        engine: &Engine,
        judge: impl Fn(&mut Connection, &str, &[String]) -> Result<(), SqlError>,
    ) -> Result<Arc<Snapshot>, SqlError> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = held
            .as_ref()
            .filter(|snapshot| snapshot.generation >= least)
        {
            return Ok(Arc::clone(snapshot));
        }
        let snapshot = Arc::new(Snapshot::read(generation, engine, held.as_deref(), judge)?);
        *held = Some(Arc::clone(&snapshot));
        Ok(snapshot)
    }
}

impl Snapshot {
    fn read(
        generation: u64,
        engine: &Engine,
        before: Option<&Self>,
        judge: impl Fn(&mut Connection, &str, &[String]) -> Result<(), SqlError>,
    ) -> Result<Self, SqlError> {
        let mut session = engine.open()?;
        let functions = list(&mut session, FUNCTIONS)?;
        let views = list(&mut session, VIEWS)?;
        let mut all: Vec<String> = functions.iter().map(|entry| entry.name.clone()).collect();
        all.sort();
        let mut snapshot = Self {
            generation,
            ..Self::default()
        };
        for Entry { name, definition } in functions.iter().chain(&views) {
            let known = before.and_then(|before| before.judged.get(definition));
            let reason = match known {
                // A function that is gone makes those that call it fail by themselves.
                Some(reason) => reason.clone(),
                None => judge(&mut session, definition, &all)
                    .err()
                    .map(|error| error.text),
            };
            if let Some(reason) = &reason {
                snapshot.unsafe_names.push((name.clone(), reason.clone()));
            }
            snapshot.judged.insert(definition.clone(), reason);
        }
        snapshot.spread(&functions.iter().chain(&views).collect::<Vec<_>>());
        all.retain(|name| !snapshot.is_unsafe(name));
        snapshot.functions = all;
        for (name, reason) in &snapshot.unsafe_names {
            tracing::warn!(
                name,
                reason,
                "a view or function in the database is refused to all"
            );
        }
        Ok(snapshot)
    }

    /// What uses something unsafe is unsafe.
    fn spread(&mut self, entries: &[&Entry]) {
        loop {
            let found = entries
                .iter()
                .filter(|entry| !self.is_unsafe(&entry.name))
                .find_map(|entry| {
                    let error = self.refuse_unsafe(&entry.definition).err()?;
                    Some((entry.name.clone(), error.text))
                });
            match found {
                Some(found) => self.unsafe_names.push(found),
                None => return,
            }
        }
    }

    fn is_unsafe(&self, name: &str) -> bool {
        self.unsafe_names
            .iter()
            .any(|(unsafe_name, _)| unsafe_name == name)
    }

    /// Refuses a statement in which the name of an unsafe view or function occurs at all.
    pub(super) fn refuse_unsafe(&self, canonical: &str) -> Result<(), SqlError> {
        if self.unsafe_names.is_empty() {
            return Ok(());
        }
        let text = canonical.as_bytes();
        for token in
            Lexer::new(text).filter(|token| matches!(token.kind, Kind::Word | Kind::Quoted))
        {
            let name = String::from_utf8_lossy(token.bytes(text));
            let name = name.trim_matches(['`', '"']);
            if let Some((_, reason)) = self
                .unsafe_names
                .iter()
                .find(|(unsafe_name, _)| unsafe_name == name)
            {
                let sentence =
                    format!("`{name}` is not available, because of what it is made of: {reason}");
                return Err(SqlError::new(Code::AccessDenied, sentence));
            }
        }
        Ok(())
    }
}

const FUNCTIONS: &str =
    "SELECT name, create_query FROM system.functions WHERE origin = 'SQLUserDefined' ORDER BY name";
const VIEWS: &str = "SELECT name, create_table_query FROM system.tables WHERE engine IN ('View', 'MaterializedView', \
                     'WindowView', 'LiveView') AND database NOT IN ('system', 'information_schema', \
                     'INFORMATION_SCHEMA') ORDER BY database, name";

/// Rows of name and definition.
fn list(session: &mut Connection, sql: &str) -> Result<Vec<Entry>, SqlError> {
    let answer = session.query(sql, "JSONCompactEachRow", &Parameters::default())?;
    let rows = String::from_utf8_lossy(answer.bytes()).into_owned();
    let entry = |line: &str| match serde_json::from_str::<Value>(line) {
        Ok(Value::Array(cells)) => match cells.as_slice() {
            [Value::String(name), Value::String(definition)] => Some(Entry {
                name: name.clone(),
                definition: definition.clone(),
            }),
            _ => None,
        },
        _ => None,
    };
    rows.lines()
        .map(|line| {
            entry(line).ok_or_else(|| {
                SqlError::new(
                    Code::AccessDenied,
                    "the list of views and functions is not understood",
                )
            })
        })
        .collect()
}
