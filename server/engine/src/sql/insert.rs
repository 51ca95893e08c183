//! Cuts an INSERT into its statement and the data that follows it in the same text.
//!
//! `INSERT INTO t (a, b) SETTINGS … FORMAT X⏎data` and `INSERT INTO t VALUES data`. The engine is given the statement
//! and the format apart from the data, so that the data can be streamed and need not be text. What a WITH before the INSERT
//! names, no data can use: `WITH 1 AS x INSERT INTO t FORMAT X⏎data` is the INSERT alone.

use super::lexer::{Kind, Lexer, Token};

/// How a text divides.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// No INSERT that carries data: the whole text is the statement.
    Whole,
    /// The data may begin beyond what was seen so far.
    Unknown,
    /// An INSERT with data.
    Data {
        /// Where the statement begins, behind a WITH.
        head_start: usize,
        /// Where the statement without FORMAT or VALUES ends.
        head_end: usize,
        /// Input format of the data.
        format: String,
        /// Where the data begins.
        data_start: usize,
    },
}

/// Looks for the place where the data begins. `complete` says that nothing follows `text`.
pub(crate) fn cut(text: &[u8], complete: bool) -> Cut {
    let mut lexer = Lexer::new(text);
    let undecided = if complete { Cut::Whole } else { Cut::Unknown };
    // A word that touches the end of what was seen may go on.
    let whole = |token: &Token| complete || token.end < text.len();
    let head_start = match lexer.next() {
        Some(first) if !whole(&first) => return undecided,
        Some(first) if first.is_word(text, "INSERT") => 0,
        Some(first) if first.is_word(text, "WITH") => match insert_behind_with(&mut lexer, text) {
            Some(Ok(start)) => start,
            Some(Err(NoInsert)) => return Cut::Whole,
            None => return undecided,
        },
        Some(_) => return Cut::Whole,
        None => return undecided,
    };
    let mut depth = 0_usize;
    while let Some(token) = lexer.next() {
        match token.kind {
            Kind::Symbol(b'(') => depth += 1,
            Kind::Symbol(b')') => depth = depth.saturating_sub(1),
            Kind::Word if depth == 0 && !whole(&token) => return undecided,
            Kind::Word if depth == 0 && token.is_word(text, "VALUES") => {
                return Cut::Data {
                    head_start,
                    head_end: token.start,
                    format: "Values".to_owned(),
                    data_start: token.end,
                };
            }
            Kind::Word if depth == 0 && token.is_word(text, "FORMAT") => {
                let Some(name) = lexer.next() else {
                    return undecided;
                };
                if name.kind != Kind::Word {
                    return Cut::Whole;
                }
                return match data_start(text, name.end, complete) {
                    Some(data_start) => Cut::Data {
                        head_start,
                        head_end: token.start,
                        format: String::from_utf8_lossy(name.bytes(text)).into_owned(),
                        data_start,
                    },
                    None => undecided,
                };
            }
            Kind::Word
                if depth == 0 && QUERY_WORDS.iter().any(|word| token.is_word(text, word)) =>
            {
                return Cut::Whole;
            }
            _ => {}
        }
    }
    undecided
}

/// What follows a WITH is a query.
struct NoInsert;

/// Where the INSERT behind a WITH begins; `None` if it may still come. A name that is called so is not followed by INTO.
fn insert_behind_with(lexer: &mut Lexer<'_>, text: &[u8]) -> Option<Result<usize, NoInsert>> {
    let mut depth = 0_usize;
    let mut insert = None;
    for token in lexer.by_ref() {
        match token.kind {
            Kind::Symbol(b'(' | b'[' | b'{') => depth += 1,
            Kind::Symbol(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            Kind::Word if depth == 0 => {
                if let Some(start) = insert.filter(|_| token.is_word(text, "INTO")) {
                    return Some(Ok(start));
                }
                if token.is_word(text, "SELECT") {
                    return Some(Err(NoInsert));
                }
            }
            _ => {}
        }
        let is_insert = depth == 0 && token.is_word(text, "INSERT");
        insert = is_insert.then_some(token.start);
    }
    None
}

/// Words after which an INSERT takes its rows from a query or a file, not from data in the text.
const QUERY_WORDS: [&str; 4] = ["SELECT", "WITH", "FROM", "WATCH"];

/// Data begins behind the first line break after the format's name, or behind the blanks if there is none.
fn data_start(text: &[u8], name_end: usize, complete: bool) -> Option<usize> {
    let rest = text.get(name_end..)?;
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | 0x0c))
        .count();
    match rest.get(blanks) {
        Some(b'\n') => Some(name_end + blanks + 1),
        Some(_) => Some(name_end + blanks),
        None if complete => Some(text.len()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn data(text: &str) -> (String, String, String) {
        match cut(text.as_bytes(), true) {
            Cut::Data {
                head_start,
                head_end,
                format,
                data_start,
            } => (
                text.get(head_start..head_end).unwrap().to_owned(),
                format,
                text.get(data_start..).unwrap().to_owned(),
            ),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn data_begins_after_format_or_values() {
        for (text, head, format, rest) in [
            (
                "INSERT INTO t FORMAT CSV\n1,2\n",
                "INSERT INTO t ",
                "CSV",
                "1,2\n",
            ),
            (
                "insert into t(a,b) format CSV 1,2",
                "insert into t(a,b) ",
                "CSV",
                "1,2",
            ),
            (
                "INSERT INTO t VALUES (1)",
                "INSERT INTO t ",
                "Values",
                " (1)",
            ),
            (
                "INSERT INTO t (`values`, \"format\") SETTINGS a='FORMAT X' FORMAT RowBinary\n",
                "INSERT INTO t (`values`, \"format\") SETTINGS a='FORMAT X' ",
                "RowBinary",
                "",
            ),
            (
                "/* VALUES */ INSERT INTO FUNCTION f(values) FORMAT X \r\nSELECT",
                "/* VALUES */ INSERT INTO FUNCTION f(values) ",
                "X",
                "SELECT",
            ),
            ("INSERT INTO t FORMAT X", "INSERT INTO t ", "X", ""),
            (
                "WITH 1 AS insert, (SELECT 2) AS y INSERT INTO t (s) FORMAT TSV\nvalue;\n",
                "INSERT INTO t (s) ",
                "TSV",
                "value;\n",
            ),
            (
                "with {select:Int8} as x insert into t values (1)",
                "insert into t ",
                "Values",
                " (1)",
            ),
        ] {
            assert_eq!(
                data(text),
                (head.to_owned(), format.to_owned(), rest.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn other_statements_are_whole() {
        for text in [
            "SELECT 1 FORMAT CSV",
            "INSERT INTO t SELECT 1 FORMAT CSV",
            "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
            "INSERT INTO t WITH 1 AS x SELECT x",
            "WITH 1 AS x INSERT INTO t SELECT x FORMAT CSV",
            "WITH insert AS (SELECT 13 AS n) SELECT * FROM insert",
            "WITH 13 AS insert SELECT insert",
            "WITH 1 AS x",
            "",
            "INSERT INTO t",
        ] {
            assert_eq!(cut(text.as_bytes(), true), Cut::Whole, "{text}");
        }
    }

    #[test]
    fn every_cut_through_the_head_waits_for_more() {
        for text in [
            &b"INSERT INTO t (a) FORMAT RowBinary\n"[..],
            b"WITH 1 AS x INSERT INTO t (a) FORMAT RowBinary\n",
        ] {
            for end in 0..text.len() {
                assert_eq!(cut(&text[..end], false), Cut::Unknown, "{end}");
            }
            assert!(matches!(cut(text, false), Cut::Data { .. }));
        }
        assert_eq!(cut(b"SELECT ", false), Cut::Whole);
    }
}
