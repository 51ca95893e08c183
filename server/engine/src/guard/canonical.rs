//! Reads a statement's canonical text: the engine's own spelling of what it parsed.
//!
//! In this spelling there are no comments, keywords are bare, and an identifier is quoted whenever it could be taken
//! for something else. So tokens suffice, and every part of the statement is seen, also those that the tree of
//! `EXPLAIN AST` leaves out (the conditions of SHOW, the functions of APPLY).

use super::kinds::is_type;
use super::names::{
    allowed_format, is_allowed_function, is_allowed_system_table, is_allowed_table_function,
};
use super::{Guard, Rules, settings};
use crate::error::{Code, SqlError};
use crate::layout::{DATABASE_ENGINE, TABLE_ENGINES};
use crate::sql::lexer::{Kind, Lexer, Token};
use crate::user::User;

/// What was found on the way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// SETTINGS clauses; each was checked.
    pub(super) settings_clauses: usize,
}

/// Refuses whatever the rules do not know.
pub(super) fn check(
    canonical: &str,
    rules: Rules,
    guard: &Guard,
    own_functions: &[String],
) -> Result<Found, SqlError> {
    let text = canonical.as_bytes();
    let mut lexer = Lexer::new(text);
    let tokens: Vec<Token> = lexer.by_ref().collect();
    if lexer.unclosed() {
        return Err(refused("a quote in the statement is not understood"));
    }
    let walk = Walk {
        text,
        tokens: &tokens,
        rules,
        guard,
        own_functions,
    };
    let mut found = Found::default();
    for at in 0..tokens.len() {
        walk.name(at)?;
        walk.function(at)?;
        walk.table(at)?;
        walk.parameter(at)?;
        walk.output(at)?;
        walk.engine(at)?;
        if walk.settings_clause(at)? {
            found.settings_clauses += 1;
        }
    }
    Ok(found)
}

/// The refusal of a function or table function.
pub(super) fn refused_function(name: &str) -> SqlError {
    let shown = name.chars().take(60).collect::<String>();
    refused(&format!(
        "the function `{}` is not available: functions that compute are, and those that reach files, other hosts, \
         dictionaries or the process are not (docs/sql-endpoint.md)",
        shown.escape_debug()
    ))
}

fn refused(sentence: &str) -> SqlError {
    SqlError::new(Code::AccessDenied, sentence)
}

struct Walk<'a> {
    text: &'a [u8],
    tokens: &'a [Token],
    rules: Rules,
    guard: &'a Guard,
    own_functions: &'a [String],
}

impl Walk<'_> {
    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at)
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.token(at)
            .is_some_and(|token| token.is_word(self.text, word))
    }

    fn is_symbol(&self, at: usize, symbol: u8) -> bool {
        self.token(at).is_some_and(|token| token.is_symbol(symbol))
    }

    /// The identifier or keyword at a place, without its quotes.
    fn identifier(&self, at: usize) -> Option<String> {
        let token = self.token(at)?;
        let bytes = token.bytes(self.text);
        match token.kind {
            Kind::Word => Some(String::from_utf8_lossy(bytes).into_owned()),
            Kind::Quoted => Some(unquoted(bytes)),
            Kind::Text | Kind::Number | Kind::Symbol(_) => None,
        }
    }

    /// A name with a line break could pretend to be a node of the tree.
    fn name(&self, at: usize) -> Result<(), SqlError> {
        match self.identifier(at) {
            Some(name) if name.chars().any(char::is_control) => Err(refused(
                "names with line breaks or other control characters are not available",
            )),
            _ => Ok(()),
        }
    }

    /// A name before a parenthesis, or behind APPLY, that the engine knows as a function.
    fn function(&self, at: usize) -> Result<(), SqlError> {
        // `APPLY lower` calls without parentheses; `APPLY x -> …` names an argument.
        let behind_apply = at > 0 && self.is_word(at - 1, "APPLY") && !self.is_symbol(at + 1, b'-');
        if !self.is_symbol(at + 1, b'(') && !behind_apply {
            return Ok(());
        }
        // `weir_fn.funnel(…)` is a view with parameters, whatever its second name is.
        if at > 0 && self.is_symbol(at - 1, b'.') {
            return Ok(());
        }
        let Some(name) = self.identifier(at) else {
            return Ok(());
        };
        let allowed = is_allowed_function(&name)
            || is_allowed_table_function(&name)
            || self.own_functions.contains(&name)
            || is_type(&name)
            // A keyword, a type, an engine, a named expression: nothing that the engine could call.
            || !self.guard.names.has_function(&name) && !behind_apply;
        if allowed {
            Ok(())
        } else {
            Err(refused_function(&name))
        }
    }

    /// `system.x`, wherever it stands: as a table, behind IN, before a column.
    fn table(&self, at: usize) -> Result<(), SqlError> {
        if self.rules != Rules::Of(User::Analyst)
            || !self.is_symbol(at + 1, b'.')
            || self.identifier(at).as_deref() != Some("system")
            || at > 0 && self.is_symbol(at - 1, b'.')
        {
            return Ok(());
        }
        match self.identifier(at + 2) {
            Some(table) if is_allowed_system_table(&table) => Ok(()),
            Some(table) => Err(refused(&format!(
                "the table `system.{}` is not available: of `system`, only the tables that describe databases, tables, \
                 columns, functions and formats are",
                table.chars().take(60).collect::<String>().escape_debug()
            ))),
            None => Ok(()),
        }
    }

    /// `{x:Identifier}` would put a name into the statement after it was judged; in a view, at every use.
    fn parameter(&self, at: usize) -> Result<(), SqlError> {
        let is_name = self.is_symbol(at, b'{')
            && self.is_symbol(at + 2, b':')
            && self.is_word(at + 3, "Identifier");
        if is_name {
            return Err(refused(
                "parameters of type `Identifier` are not available: write the name into the statement",
            ));
        }
        Ok(())
    }

    /// Formats, and files as source or target.
    fn output(&self, at: usize) -> Result<(), SqlError> {
        if self.is_word(at, "OUTFILE") && at > 0 && self.is_word(at - 1, "INTO")
            || self.is_word(at, "INFILE") && at > 0 && self.is_word(at - 1, "FROM")
        {
            return Err(refused(
                "INTO OUTFILE and FROM INFILE are not available: data comes and goes over HTTP",
            ));
        }
        if !self.is_word(at, "FORMAT") {
            return Ok(());
        }
        match self.token(at + 1) {
            Some(token) if token.kind == Kind::Word => {
                check_format(&String::from_utf8_lossy(token.bytes(self.text))).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// `ENGINE = …`, in capitals as the engine writes its keyword. The tree does not tell it from a function.
    fn engine(&self, at: usize) -> Result<(), SqlError> {
        let is_keyword = self
            .token(at)
            .is_some_and(|token| token.bytes(self.text) == b"ENGINE");
        if !is_keyword || !self.is_symbol(at + 1, b'=') {
            return Ok(());
        }
        let Some(engine) = self.identifier(at + 2) else {
            return Ok(());
        };
        if self.is_word(1, "DATABASE") {
            return match engine == DATABASE_ENGINE {
                true => Ok(()),
                false => Err(refused(&format!(
                    "databases have the engine `{DATABASE_ENGINE}` and no other"
                ))),
            };
        }
        if TABLE_ENGINES.contains(&engine.as_str()) {
            return Ok(());
        }
        let shown = engine.chars().take(60).collect::<String>();
        Err(refused(&format!(
            "the table engine `{}` is not available: {} are",
            shown.escape_debug(),
            TABLE_ENGINES.join(", ")
        )))
    }

    /// `SETTINGS a = 1, b = 'x'`, and `MODIFY SETTING`: each name and value is checked. Whether there is one here.
    fn settings_clause(&self, at: usize) -> Result<bool, SqlError> {
        let modifies = self.is_word(at, "SETTING") && at > 0 && self.is_word(at - 1, "MODIFY");
        if !(self.is_word(at, "SETTINGS") || modifies)
            || self.identifier(at + 1).is_none()
            || !self.is_symbol(at + 2, b'=')
        {
            return Ok(false);
        }
        let mut place = at + 1;
        while let (Some(name), true) = (self.identifier(place), self.is_symbol(place + 1, b'=')) {
            let end = self.value_end(place + 2);
            let value: Vec<_> = self
                .tokens
                .get(place + 2..end)
                .unwrap_or_default()
                .iter()
                .map(|token| token.bytes(self.text))
                .collect();
            settings::check_clause(self.rules, &name, &value.concat(), self.guard)?;
            if !self.is_symbol(end, b',') {
                break;
            }
            place = end + 1;
        }
        Ok(true)
    }

    /// Behind a setting's value: up to a comma or a keyword outside of parentheses.
    fn value_end(&self, start: usize) -> usize {
        let mut depth = 0_usize;
        let mut at = start;
        while let Some(token) = self.token(at) {
            match token.kind {
                Kind::Symbol(b'(' | b'[' | b'{') => depth += 1,
                Kind::Symbol(b')' | b']' | b'}') if depth == 0 => break,
                Kind::Symbol(b')' | b']' | b'}') => depth -= 1,
                Kind::Symbol(b',') if depth == 0 => break,
                Kind::Word if depth == 0 && at > start => break,
                _ => {}
            }
            at += 1;
        }
        at
    }
}

/// A format, as the engine writes its name, if it may be used at all.
pub(crate) fn check_format(name: &str) -> Result<&'static str, SqlError> {
    if let Some(name) = allowed_format(name) {
        return Ok(name);
    }
    let shown = name.chars().take(60).collect::<String>();
    Err(SqlError::new(
        Code::UnknownFormat,
        format!(
            "the format `{}` is unknown or not available (docs/sql-endpoint.md)",
            shown.escape_debug()
        ),
    ))
}

/// The name between back-ticks or double quotes.
fn unquoted(bytes: &[u8]) -> String {
    let inner = bytes
        .get(1..bytes.len().saturating_sub(1))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(inner);
    let mut name = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => name.push('\n'),
                Some('t') => name.push('\t'),
                Some('r') => name.push('\r'),
                Some('0') => name.push('\0'),
                Some('b') => name.push('\u{8}'),
                Some(other) => name.push(other),
                None => {}
            },
            _ => name.push(letter),
        }
    }
    name
}
