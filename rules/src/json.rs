//! JSON text -> a tree that knows where each part stands.
//!
//! Strict JSON: no comments, no commas at the end, no single quotes. A container is written by hand and read by other
//! programs too, so nothing is accepted here that an editor or another reader would refuse.

use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, ParseStringErrorKind, parse_to_ast};

use crate::diagnostic::{Found, JsonFault};

/// A JSON value and the bytes it takes in the text.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Range<usize>,
}

/// A JSON value.
#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    /// As written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// A key and its value.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) node: Node,
}

impl Node {
    /// What a message calls it.
    pub(crate) fn found(&self) -> Found {
        match &self.value {
            Value::Null => Found::Null,
            Value::Boolean(value) => Found::Boolean(*value),
            Value::Number(number) => Found::Number(number.clone()),
            Value::Text(text) => Found::Text(text.clone()),
            Value::List(entries) if entries.is_empty() => Found::EmptyList,
            Value::List(_) => Found::List,
            Value::Object(_) => Found::Object,
        }
    }
}

/// Why and where a text is not JSON.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) fault: JsonFault,
    pub(crate) span: Range<usize>,
}

/// Reads a text.
pub(crate) fn parse(text: &str) -> Result<Node, Fault> {
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options)
        .map_err(|error| explain(&error, text))?;
    match parsed.value {
        Some(value) => node(value, text),
        None => Err(Fault {
            fault: JsonFault::Empty,
            span: 0..text.len().min(1),
        }),
    }
}

fn node(value: ast::Value<'_>, text: &str) -> Result<Node, Fault> {
    let range = value.range();
    let span = range.start..range.end;
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Boolean(literal.value),
        ast::Value::NumberLit(literal) => Value::Number(literal.value.to_owned()),
        ast::Value::StringLit(literal) => Value::Text(string(&literal, text)?),
        ast::Value::Array(array) => Value::List(
            array
                .elements
                .into_iter()
                .map(|value| node(value, text))
                .collect::<Result<_, _>>()?,
        ),
        ast::Value::Object(object) => Value::Object(
            object
                .properties
                .into_iter()
                .map(|entry| member(entry, text))
                .collect::<Result<_, _>>()?,
        ),
    };
    Ok(Node { value, span })
}

fn member(entry: ast::ObjectProp<'_>, text: &str) -> Result<Member, Fault> {
    let range = entry.name.range();
    let key_span = range.start..range.end;
    let key = match entry.name {
        ast::ObjectPropName::String(literal) => string(&literal, text)?,
        ast::ObjectPropName::Word(_) => {
            return Err(Fault {
                fault: JsonFault::UnquotedWord,
                span: key_span,
            });
        }
    };
    Ok(Member {
        key,
        key_span,
        node: node(entry.value, text)?,
    })
}

/// The parser lets control characters through, which JSON forbids inside texts.
fn string(literal: &ast::StringLit<'_>, text: &str) -> Result<String, Fault> {
    let (start, end) = (literal.range.start, literal.range.end);
    let raw = text.get(start..end).unwrap_or_default();
    match raw.find(|char: char| char < ' ') {
        Some(at) => Err(Fault {
            fault: JsonFault::ControlCharacter,
            span: start + at..start + at + 1,
        }),
        None => Ok(literal.value.clone().into_owned()),
    }
}

/// The parser tells what it tripped over; its author wants to know what to mend. Often the signs before the place, and
/// the brackets still open there, say that better.
fn explain(error: &ParseError, text: &str) -> Fault {
    let range = error.range();
    let start = range.start.min(text.len());
    let span = start..range.end.clamp(start, text.len());
    let before = text.get(..start).unwrap_or_default();
    let here = text.get(start..).unwrap_or_default();
    let fault = match error.kind() {
        ParseErrorKind::CommentsNotAllowed | ParseErrorKind::UnterminatedCommentBlock => {
            JsonFault::Comment
        }
        ParseErrorKind::ExpectedColonAfterObjectKey => JsonFault::MissingColon,
        ParseErrorKind::ExpectedObjectValue => JsonFault::MissingValue,
        ParseErrorKind::ExpectedComma => {
            // `05` is read as two numbers.
            let digits = before.len()
                - before
                    .trim_end_matches(|char: char| char.is_ascii_digit())
                    .len();
            if digits > 0 && here.starts_with(|char: char| char.is_ascii_digit()) {
                return Fault {
                    fault: JsonFault::Number,
                    span: start - digits..span.end,
                };
            }
            JsonFault::MissingComma
        }
        ParseErrorKind::SingleQuotedStringsNotAllowed => JsonFault::SingleQuotes,
        ParseErrorKind::String(kind) => match kind {
            ParseStringErrorKind::UnterminatedStringLiteral => JsonFault::UnclosedText,
            ParseStringErrorKind::InvalidEscapeInSingleQuoteString
            | ParseStringErrorKind::InvalidEscapeInDoubleQuoteString
            | ParseStringErrorKind::ExpectedFourHexDigits
            | ParseStringErrorKind::ExpectedTwoHexDigits
            | ParseStringErrorKind::InvalidUnicodeEscapeSequence(_)
            | ParseStringErrorKind::InvalidEscape => JsonFault::Escape,
        },
        ParseErrorKind::TrailingCommasNotAllowed => JsonFault::TrailingComma,
        ParseErrorKind::BareDecimalPointNumbersNotAllowed
        | ParseErrorKind::ExpectedDigit
        | ParseErrorKind::ExpectedDigitFollowingNegativeSign
        | ParseErrorKind::ExpectedPlusMinusOrDigitInNumberLiteral
        | ParseErrorKind::HexadecimalNumbersNotAllowed
        | ParseErrorKind::NonFiniteNumbersNotAllowed
        | ParseErrorKind::UnaryPlusNumbersNotAllowed => JsonFault::Number,
        ParseErrorKind::UnterminatedArray => JsonFault::UnclosedBracket,
        ParseErrorKind::UnterminatedObject => JsonFault::UnclosedBrace,
        ParseErrorKind::NestingDepthExceeded => JsonFault::TooDeep,
        ParseErrorKind::MultipleRootJsonValues if !here.starts_with(['}', ']', ',']) => {
            JsonFault::SecondValue
        }
        ParseErrorKind::ExpectedStringObjectProperty
        | ParseErrorKind::MultipleRootJsonValues
        | ParseErrorKind::UnexpectedCloseBrace
        | ParseErrorKind::UnexpectedCloseBracket
        | ParseErrorKind::UnexpectedColon
        | ParseErrorKind::UnexpectedComma
        | ParseErrorKind::UnexpectedToken
        | ParseErrorKind::UnexpectedTokenInObject
        | ParseErrorKind::UnexpectedWord => return by_signs(before, here, span),
    };
    Fault { fault, span }
}

/// What is wrong, judging by the signs before and at the place.
fn by_signs(before: &str, here: &str, span: Range<usize>) -> Fault {
    let last = before.trim_end().chars().next_back();
    let fault = match here.chars().next() {
        Some('“' | '”' | '„' | '«' | '»' | '‘' | '’') => JsonFault::CurlyQuotes,
        Some('}' | ',') if last == Some(':') => JsonFault::MissingValue,
        Some(',') => JsonFault::StrayComma,
        Some(':') => JsonFault::StrayColon,
        Some(';') => JsonFault::MissingComma,
        Some('}') => {
            return unpaired(
                before,
                '[',
                '{',
                JsonFault::UnclosedBracket,
                JsonFault::StrayBrace,
                span,
            );
        }
        Some(']') => {
            return unpaired(
                before,
                '{',
                '[',
                JsonFault::UnclosedBrace,
                JsonFault::StrayBracket,
                span,
            );
        }
        Some(char) if last == Some('"') && !matches!(char, '"' | '{' | '[') => {
            JsonFault::QuoteInText
        }
        Some(char) if char.is_alphabetic() || char == '_' || char == '$' => JsonFault::UnquotedWord,
        _ => JsonFault::Unexpected,
    };
    Fault { fault, span }
}

/// A closing sign that does not fit: either the sign opened last was never closed, or this one closes nothing.
fn unpaired(
    before: &str,
    last_opened: char,
    wanted: char,
    unclosed: JsonFault,
    stray: JsonFault,
    span: Range<usize>,
) -> Fault {
    let open = still_open(before);
    match open.split_last() {
        Some((&(at, char), outer))
            if char == last_opened && outer.iter().any(|(_, char)| *char == wanted) =>
        {
            Fault {
                fault: unclosed,
                span: at..at + 1,
            }
        }
        _ => Fault { fault: stray, span },
    }
}

/// The braces and brackets of a text that are not closed in it.
fn still_open(text: &str) -> Vec<(usize, char)> {
    let mut open = Vec::new();
    let mut in_text = false;
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' if in_text => {
                chars.next();
            }
            '"' => in_text = !in_text,
            '{' | '[' if !in_text => open.push((at, char)),
            '}' | ']' if !in_text => {
                open.pop();
            }
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_and_where() {
        use JsonFault::*;
        for (text, fault, at) in [
            ("", Empty, 0),
            ("  \n", Empty, 0),
            ("{\"a\": 1 \"b\": 2}", MissingComma, 7),
            ("{\"a\": [1 2]}", MissingComma, 8),
            ("{\"a\": 1,}", TrailingComma, 7),
            ("{\"a\": [1,]}", TrailingComma, 8),
            ("{,\"a\": 1}", StrayComma, 1),
            ("[1,,2]", StrayComma, 3),
            ("{\"a\" 1}", MissingColon, 5),
            ("{\"a\":: 1}", StrayColon, 5),
            ("{\"a\":}", MissingValue, 5),
            ("{\"a\": 1", UnclosedBrace, 0),
            ("{\"a\": {\"b\": 1}", UnclosedBrace, 0),
            ("{\"a\": [1, 2", UnclosedBracket, 6),
            ("{\"a\": 1}}", StrayBrace, 8),
            ("{\"a\": [1]]}", StrayBracket, 9),
            ("{\"a\": \"b}", UnclosedText, 6),
            ("{\"a\": \"b\n}", UnclosedText, 6),
            ("{'a': 1}", SingleQuotes, 1),
            ("{\"a\": “b”}", CurlyQuotes, 6),
            ("{a: 1}", UnquotedWord, 1),
            ("{\"a\": yes}", UnquotedWord, 6),
            ("{\"a\": 1} // x", Comment, 9),
            ("{/* x */\"a\": 1}", Comment, 1),
            ("{\"a\": \"\\d\"}", Escape, 7),
            ("{\"a\": \"b\tc\"}", ControlCharacter, 8),
            ("{\"a\": .5}", Number, 6),
            ("{\"a\": 05}", Number, 6),
            ("{\"a\": +5}", Number, 6),
            ("{} {}", SecondValue, 3),
            ("{\"a\": @}", Unexpected, 6),
            ("{\"a\": 1; \"b\": 2}", MissingComma, 7),
            ("{\"a\": \"b\" c\"}", QuoteInText, 10),
            ("{\"a\": [1}", UnclosedBracket, 6),
            ("[{\"a\": 1]", UnclosedBrace, 1),
            ("{\"a\": 1]", StrayBracket, 7),
            ("[1}", StrayBrace, 2),
            ("{\"a\": True}", UnquotedWord, 6),
            ("{\"a\": 1e}", Number, 8),
        ] {
            let found = parse(text)
                .map(|_| ())
                .map_err(|found| (found.fault, found.span.start));
            assert_eq!(found, Err((fault, at)), "{text}");
        }
        assert_eq!(parse(&"[".repeat(600)).unwrap_err().fault, TooDeep);
    }
}
