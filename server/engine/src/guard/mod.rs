//! Decides whether a statement may run, before it does. Closed: what is not known to be harmless is refused.
//!
//! Nothing is decided on the text as it was sent. The engine's own parser is asked three things, and all must agree:
//!
//! 1. its class (`chdb_classify_query_n`): one statement, of a kind the user may run; before anything else, because
//!    even an EXPLAIN of `INTO OUTFILE` could write;
//! 2. its canonical text (`formatQuerySingleLine`): the parsed statement written out again, with every part of it and
//!    no comment, odd quote or trick of spelling left. Functions, settings, formats and tables are read off it
//!    ([`canonical`]);
//! 3. its tree (`EXPLAIN AST`): kinds of nodes, functions and table functions ([`tree`]).
//!
//! Views and SQL functions are looked through: every definition in the catalogue was judged by the same rules
//! ([`catalogue`]). Behind the guard stands the engine: roles without grants, `readonly`, limits; and behind that the
//! watchdog of [`crate::kill`].

mod cache;
mod canonical;
mod catalogue;
mod kinds;
mod limits;
mod names;
mod settings;
mod tree;

use std::sync::atomic::{AtomicU64, Ordering};

use weir_libchdb::{Connection, Parameters, StatementClass};

use crate::error::{Code, SqlError};
use crate::session::{Engine, SessionOptions};
use crate::user::User;

pub(crate) use canonical::check_format;
pub(crate) use limits::{ANALYST_TIME_LIMIT, MAX_RESULT_BYTES};
pub(crate) use names::EngineNames;

use cache::Verdicts;
use catalogue::Catalogue;
use kinds::Root;

/// Longest that the engine may take to parse a statement.
const JUDGING_LIMIT_S: u32 = 10;

/// What is known of a statement that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// What may be other when it has run.
    pub(crate) changes: Changes,
    /// Whether it is an INSERT whose rows come as data, not from a query.
    pub(crate) wants_data: bool,
    /// Whether it has a result.
    pub(crate) has_result: bool,
}

/// What a statement changes of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changes {
    Nothing,
    Views,
    Functions,
}

/// Judges statements. Remembers what it judged.
#[derive(Debug)]
pub(crate) struct Guard {
    names: EngineNames,
    /// Most memory of one analyst's statement.
    memory_bytes: u64,
    verdicts: Verdicts,
    catalogue: Catalogue,
    /// Grows whenever views or functions may have changed.
    generation: AtomicU64,
    /// The generation since which functions are the same.
    of_functions: AtomicU64,
}

/// By whose rules a text is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rules {
    /// What a user sent.
    Of(User),
    /// A view or function in the catalogue, which only the writer can have made.
    Definition,
}

impl Guard {
    pub(crate) fn new(names: EngineNames, memory_bytes: u64) -> Self {
        Self {
            names,
            memory_bytes,
            verdicts: Verdicts::default(),
            catalogue: Catalogue::default(),
            generation: AtomicU64::new(1),
            of_functions: AtomicU64::new(1),
        }
    }

    /// The settings of a session: the user's limits, then what the request may set of what it gives.
    pub(crate) fn settings(
        &self,
        user: User,
        given: Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>, SqlError> {
        let mut settings = match user {
            User::Analyst => limits::analyst_limits(self.memory_bytes),
            User::Writer => Vec::new(),
        };
        settings.extend(settings::url_settings(self, user, given)?);
        Ok(settings)
    }

    /// Whether the statement may run. It is judged in a session without the request's settings: `offset` or a limit of
    /// rows would leave parts of it unseen.
    pub(crate) fn judge(
        &self,
        engine: &Engine,
        user: User,
        sql: &str,
        parameters: &Parameters,
    ) -> Result<Verdict, SqlError> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some(verdict) = self.verdicts.find(user, sql, generation) {
            return verdict;
        }
        let mut session = engine.open_for(user, &judging_session())?;
        // What the writer has put into a view since it may run itself. Reading all views again after each that a start makes took
        // most of the start.
        let least = match user {
            User::Analyst => generation,
            User::Writer => self.of_functions.load(Ordering::Acquire),
        };
        let catalogue = self.catalogue.at(
            least,
            generation,
            engine,
            |session, definition, functions| {
                self.judge_text(
                    session,
                    Rules::Definition,
                    definition,
                    &Parameters::default(),
                    functions,
                )
                .map(drop)
            },
        )?;
        let verdict = self
            .judge_text(
                &mut session,
                Rules::Of(user),
                sql,
                parameters,
                &catalogue.functions,
            )
            .and_then(|judged| {
                catalogue.refuse_unsafe(&judged.canonical)?;
                Ok(judged.verdict)
            });
        // What depends on parameters that were not given is no verdict on the text.
        if verdict
            .as_ref()
            .err()
            .is_none_or(|error| error.code == Code::AccessDenied.number())
        {
            self.verdicts.keep(user, sql, generation, verdict.clone());
        }
        verdict
    }

    /// To be called when a statement that changes the catalogue has run, also when it failed.
    pub(crate) fn catalogue_changed(&self, changes: Changes) {
        if changes == Changes::Nothing {
            return;
        }
        let generation = self.generation.fetch_add(1, Ordering::AcqRel) + 1;
        if changes == Changes::Functions {
            self.of_functions.fetch_max(generation, Ordering::AcqRel);
        }
    }

    fn judge_text(
        &self,
        session: &mut Connection,
        rules: Rules,
        sql: &str,
        parameters: &Parameters,
        own_functions: &[String],
    ) -> Result<Judged, SqlError> {
        let class = one_statement(session, rules, sql)?;
        let canonical = canonical_text(session, sql)?;
        let found = canonical::check(&canonical, rules, self, own_functions)?;
        let tree = session.query(&format!("EXPLAIN AST {sql}"), "LineAsString", parameters)?;
        let tree = String::from_utf8_lossy(tree.bytes()).into_owned();
        let shape = tree::check(
            &tree,
            rules,
            &self.names,
            own_functions,
            found.settings_clauses,
        )?;
        let root = shape.root;
        Ok(Judged {
            canonical,
            verdict: Verdict {
                changes: match root {
                    _ if class == StatementClass::ReadOnly => Changes::Nothing,
                    Root::Tables => Changes::Views,
                    Root::Functions => Changes::Functions,
                    Root::Read | Root::Rows => Changes::Nothing,
                },
                wants_data: shape.wants_data,
                has_result: root.has_result(),
            },
        })
    }
}

/// A text that passed.
#[derive(Debug)]
struct Judged {
    canonical: String,
    verdict: Verdict,
}

/// How a text is judged: with nothing set but a limit of time.
fn judging_session() -> SessionOptions {
    let limit = ("max_execution_time".to_owned(), JUDGING_LIMIT_S.to_string());
    SessionOptions {
        settings: vec![limit],
        database: None,
        read_only: true,
    }
}

/// One statement of a class that the rules know.
fn one_statement(
    session: &mut Connection,
    rules: Rules,
    sql: &str,
) -> Result<StatementClass, SqlError> {
    let analysis = session.classify(sql);
    match (rules, analysis.class) {
        (_, StatementClass::Unknown) => Err(syntax_error(session, sql)),
        _ if analysis.statements != 1 => Err(SqlError::new(
            Code::SyntaxError,
            "Syntax error (Multi-statements are not allowed): send one statement at a time",
        )),
        (_, StatementClass::ReadOnly) => Ok(analysis.class),
        (
            Rules::Of(User::Writer) | Rules::Definition,
            StatementClass::Mutating | StatementClass::MutatingGlobal,
        ) => Ok(analysis.class),
        (Rules::Of(User::Analyst), StatementClass::Mutating | StatementClass::MutatingGlobal) => {
            Err(SqlError::new(
                Code::Readonly,
                "`analyst` only reads: SELECT, WITH, SHOW, DESCRIBE, EXISTS and EXPLAIN are allowed; writing needs \
                 user `weir` with the secret that lies in the data folder",
            ))
        }
        (_, StatementClass::Control) => Err(SqlError::new(
            Code::AccessDenied,
            "SET, USE, SYSTEM, KILL, BACKUP, ATTACH, temporary tables, INTO OUTFILE, INSERT INTO FUNCTION and the like \
             are not available on this port: settings and the database are given in the URL, results come in the answer",
        )),
    }
}

/// The parsed statement, written out by the engine.
fn canonical_text(session: &mut Connection, sql: &str) -> Result<String, SqlError> {
    let mut parameters = Parameters::default();
    parameters.add("sql", engine_text(sql));
    let written = session.query(
        "SELECT formatQuerySingleLine({sql:String})",
        "RawBLOB",
        &parameters,
    )?;
    if written.bytes().is_empty() {
        return Err(SqlError::new(
            Code::AccessDenied,
            "the statement could not be judged",
        ));
    }
    Ok(String::from_utf8_lossy(written.bytes()).into_owned())
}

/// Parameters are given in the escaped form of TSV.
fn engine_text(sql: &str) -> String {
    sql.replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\0', "\\0")
}

/// The engine's words on a text that does not parse, without the traces of how it was asked.
fn syntax_error(session: &mut Connection, sql: &str) -> SqlError {
    match canonical_text(session, sql) {
        Err(error) => {
            let text = error
                .text
                .split(": In scope SELECT formatQuerySingleLine")
                .next()
                .unwrap_or_default();
            SqlError {
                code: error.code,
                text: format!("{text} (SYNTAX_ERROR)"),
            }
        }
        Ok(_) => SqlError::new(
            Code::AccessDenied,
            "statements of this kind are not available on this port",
        ),
    }
}
