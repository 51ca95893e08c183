//! The language of funnel steps: one step as one string.
//!
//! ```text
//! add_to_cart                              an event
//! /product/*                               page views whose path fits, `*` stands for anything
//! click#promo_3                            an event about an item
//! add_to_cart?sku=42&page.path^=/product/  an event with conditions, all of which hold
//! ```
//!
//! | written | means | | written | means |
//! |---|---|---|---|---|
//! | `f=v` | equals | | `f!=v` | does not |
//! | `f=a\|b` | is one of | | `f!=a\|b` | is none of |
//! | `f^=v` | starts with | | `f!^=v` | does not |
//! | `f$=v` | ends with | | `f!$=v` | does not |
//! | `f*=v` | contains | | `f!*=v` | does not |
//! | `f~=v` | matches the pattern | | `f!~=v` | does not |
//! | `f` | is there | | `!f` | is not |
//!
//! In names and values the signs of the language itself (`& | % # ? =` and others) are written as `%` and two hexadecimal
//! digits of each of their UTF-8 bytes. Rendering and reading are inverse; the views in ClickHouse read the same language.

use std::fmt;

/// Conditions of one step, at most.
pub const MAX_CONDITIONS: usize = 16;
/// Bytes of one step, at most.
pub const MAX_BYTES: usize = 4_096;

/// One step of a funnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepExpression {
    /// The name of the event.
    pub event: String,
    /// What must be true of it.
    pub conditions: Vec<StepCondition>,
}

/// One condition of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepCondition {
    /// A column (`page.path`, `item`, …) or the name of a property.
    pub field: String,
    /// What is asked of it.
    pub test: StepTest,
    /// The opposite is asked.
    pub negated: bool,
}

/// What is asked of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepTest {
    /// Is one of these texts; never empty.
    In(Vec<String>),
    /// Begins with this text.
    StartsWith(String),
    /// Ends with this text.
    EndsWith(String),
    /// Has this text in it.
    Contains(String),
    /// The pattern is found in it.
    Matches(String),
    /// Is not empty.
    Exists,
}

/// Why a text is no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Nothing is there.
    #[error("the step is empty")]
    Empty,
    /// Longer than [`MAX_BYTES`].
    #[error("the step is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// More than [`MAX_CONDITIONS`].
    #[error("the step has more than {MAX_CONDITIONS} conditions")]
    TooMany,
    /// The event is no name.
    #[error("the step begins with no event name and no path")]
    Event,
    /// A condition without a field.
    #[error("a condition of the step has no field")]
    Field,
    /// `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("a `%` in the step is not followed by two hexadecimal digits of UTF-8")]
    Escape,
}

type MakeTest = fn(String) -> StepTest;

/// Operators of two signs. A single `=` is the fifth.
const WRITTEN: [(&str, MakeTest); 4] = [
    ("^=", StepTest::StartsWith),
    ("$=", StepTest::EndsWith),
    ("*=", StepTest::Contains),
    ("~=", StepTest::Matches),
];

impl StepExpression {
    /// Reads a step.
    pub fn parse(text: &str) -> Result<Self, StepError> {
        if text.is_empty() {
            return Err(StepError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(StepError::TooLong);
        }
        let (subject, conditions) = text
            .split_once('?')
            .map_or((text, None), |(a, b)| (a, Some(b)));
        let mut step = if subject.starts_with('/') {
            path_step(subject)?
        } else {
            event_step(subject)?
        };
        for condition in conditions.into_iter().flat_map(|all| all.split('&')) {
            step.conditions.push(StepCondition::parse(condition)?);
        }
        if step.conditions.len() > MAX_CONDITIONS {
            Err(StepError::TooMany)
        } else {
            Ok(step)
        }
    }
}

/// `/product/*`: equals, starts with, ends with or contains where that says it; a pattern where stars stand elsewhere.
fn path_step(subject: &str) -> Result<StepExpression, StepError> {
    let parts: Vec<String> = subject.split('*').map(decode).collect::<Result<_, _>>()?;
    let test = match parts.as_slice() {
        [whole] => StepTest::In(vec![whole.clone()]),
        [start, end] if end.is_empty() => StepTest::StartsWith(start.clone()),
        parts => {
            let escaped: Vec<String> = parts.iter().map(|part| escape_pattern(part)).collect();
            StepTest::Matches(format!("^{}$", escaped.join(".*")))
        }
    };
    let condition = StepCondition {
        field: "page.path".to_owned(),
        test,
        negated: false,
    };
    Ok(StepExpression {
        event: "pageview".to_owned(),
        conditions: vec![condition],
    })
}

fn event_step(subject: &str) -> Result<StepExpression, StepError> {
    let (event, item) = subject
        .split_once('#')
        .map_or((subject, None), |(a, b)| (a, Some(b)));
    if !is_identifier(event) {
        return Err(StepError::Event);
    }
    let conditions = match item {
        None => Vec::new(),
        Some(item) => {
            let test = StepTest::In(vec![decode(item)?]);
            vec![StepCondition {
                field: "item".to_owned(),
                test,
                negated: false,
            }]
        }
    };
    Ok(StepExpression {
        event: event.to_owned(),
        conditions,
    })
}

impl StepCondition {
    fn parse(text: &str) -> Result<Self, StepError> {
        let Some(equals) = text.find('=') else {
            let (name, negated) = text
                .strip_prefix('!')
                .map_or((text, false), |name| (name, true));
            return Self::new(name, StepTest::Exists, negated);
        };
        for (sign, make) in WRITTEN {
            // The sign ends at the first `=`, since names and values have theirs escaped.
            let Some(start) = (equals + 1).checked_sub(sign.len()) else {
                continue;
            };
            if text.get(start..=equals) == Some(sign) {
                let (name, value) = (text.get(..start), text.get(equals + 1..));
                let value = decode(value.unwrap_or_default())?;
                return Self::negatable(name.unwrap_or_default(), make(value));
            }
        }
        let (name, values) = (text.get(..equals), text.get(equals + 1..));
        let values = values
            .unwrap_or_default()
            .split('|')
            .map(decode)
            .collect::<Result<_, _>>()?;
        Self::negatable(name.unwrap_or_default(), StepTest::In(values))
    }

    fn negatable(name: &str, test: StepTest) -> Result<Self, StepError> {
        match name.strip_suffix('!') {
            Some(name) => Self::new(name, test, true),
            None => Self::new(name, test, false),
        }
    }

    fn new(name: &str, test: StepTest, negated: bool) -> Result<Self, StepError> {
        let field = decode(name)?;
        if field.is_empty() {
            Err(StepError::Field)
        } else {
            Ok(Self {
                field,
                test,
                negated,
            })
        }
    }
}

impl fmt::Display for StepExpression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.event)?;
        for (at, condition) in self.conditions.iter().enumerate() {
            out.write_str(if at == 0 { "?" } else { "&" })?;
            condition.fmt(out)?;
        }
        Ok(())
    }
}

impl fmt::Display for StepCondition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = encode(&self.field);
        let not = if self.negated { "!" } else { "" };
        match &self.test {
            StepTest::Exists => write!(out, "{not}{field}"),
            StepTest::In(values) => {
                let values: Vec<String> = values.iter().map(|value| encode(value)).collect();
                write!(out, "{field}{not}={}", values.join("|"))
            }
            StepTest::StartsWith(value) => write!(out, "{field}{not}^={}", encode(value)),
            StepTest::EndsWith(value) => write!(out, "{field}{not}$={}", encode(value)),
            StepTest::Contains(value) => write!(out, "{field}{not}*={}", encode(value)),
            StepTest::Matches(value) => write!(out, "{field}{not}~={}", encode(value)),
        }
    }
}

/// `[a-z0-9_]{1,64}`: what names that become parts of SQL are made of.
pub fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Signs that the language uses itself; control characters besides.
fn is_special(byte: u8) -> bool {
    byte < b' '
        || matches!(
            byte,
            b'&' | b'|'
                | b'%'
                | b'#'
                | b'?'
                | b'='
                | b'!'
                | b'^'
                | b'$'
                | b'*'
                | b'~'
                | b'<'
                | b'>'
        )
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match u8::try_from(char).ok().filter(|byte| is_special(*byte)) {
            Some(byte) => out.push_str(&format!("%{byte:02X}")),
            None => out.push(char),
        }
    }
    out
}

fn decode(text: &str) -> Result<String, StepError> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digit = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let [high, low, after @ ..] = rest else {
            return Err(StepError::Escape);
        };
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
            return Err(StepError::Escape);
        };
        bytes.push(high * 16 + low);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| StepError::Escape)
}

/// A text as a pattern that finds just that text.
fn escape_pattern(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(
            char,
            '.' | '*'
                | '+'
                | '?'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '|'
                | '^'
                | '$'
                | '\\'
                | '/'
        ) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaf(field: &str, test: StepTest, negated: bool) -> StepCondition {
        StepCondition {
            field: field.to_owned(),
            test,
            negated,
        }
    }

    fn one(text: &str) -> StepTest {
        StepTest::In(vec![text.to_owned()])
    }

    #[test]
    fn reads_what_is_documented() {
        let cases = [
            ("add_to_cart", "add_to_cart", vec![]),
            (
                "/thanks",
                "pageview",
                vec![leaf("page.path", one("/thanks"), false)],
            ),
            (
                "/product/*",
                "pageview",
                vec![leaf(
                    "page.path",
                    StepTest::StartsWith("/product/".into()),
                    false,
                )],
            ),
            (
                "/*/sale.*",
                "pageview",
                vec![leaf(
                    "page.path",
                    StepTest::Matches(r"^\/.*\/sale\..*$".into()),
                    false,
                )],
            ),
            (
                "click#promo_3",
                "click",
                vec![leaf("item", one("promo_3"), false)],
            ),
            (
                "add_to_cart?sku=42&page.path^=/product/",
                "add_to_cart",
                vec![
                    leaf("sku", one("42"), false),
                    leaf("page.path", StepTest::StartsWith("/product/".into()), false),
                ],
            ),
            (
                "lead?plan=a|b&plan!=c&page.url$=x&page.url!*=y&t~=%5E1&!gift&sku",
                "lead",
                vec![
                    leaf("plan", StepTest::In(vec!["a".into(), "b".into()]), false),
                    leaf("plan", one("c"), true),
                    leaf("page.url", StepTest::EndsWith("x".into()), false),
                    leaf("page.url", StepTest::Contains("y".into()), true),
                    leaf("t", StepTest::Matches("^1".into()), false),
                    leaf("gift", StepTest::Exists, true),
                    leaf("sku", StepTest::Exists, false),
                ],
            ),
            ("a?b=%D1%8F%26", "a", vec![leaf("b", one("я&"), false)]),
            ("a?b=", "a", vec![leaf("b", one(""), false)]),
            (
                "/a?device=mobile",
                "pageview",
                vec![
                    leaf("page.path", one("/a"), false),
                    leaf("device", one("mobile"), false),
                ],
            ),
        ];
        for (text, event, conditions) in cases {
            let expected = StepExpression {
                event: event.to_owned(),
                conditions,
            };
            assert_eq!(StepExpression::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_step() {
        for (text, error) in [
            ("", StepError::Empty),
            ("Add to cart", StepError::Event),
            ("?a=b", StepError::Event),
            ("a?", StepError::Field),
            ("a?=b", StepError::Field),
            ("a?b=c&", StepError::Field),
            ("a?b=%zz", StepError::Escape),
            ("a?b=%f", StepError::Escape),
            ("a?b=%ff", StepError::Escape),
        ] {
            assert_eq!(StepExpression::parse(text), Err(error), "{text}");
        }
        let many = format!("a?{}", vec!["b"; MAX_CONDITIONS + 1].join("&"));
        assert_eq!(StepExpression::parse(&many), Err(StepError::TooMany));
        assert_eq!(
            StepExpression::parse(&"a".repeat(MAX_BYTES + 1)),
            Err(StepError::TooLong)
        );
    }

    fn test() -> impl Strategy<Value = StepTest> {
        prop_oneof![
            prop::collection::vec(any::<String>(), 1..4).prop_map(StepTest::In),
            any::<String>().prop_map(StepTest::StartsWith),
            any::<String>().prop_map(StepTest::EndsWith),
            any::<String>().prop_map(StepTest::Contains),
            any::<String>().prop_map(StepTest::Matches),
            Just(StepTest::Exists),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            event in "[a-z0-9_]{1,20}",
            conditions in prop::collection::vec((".{1,12}", test(), any::<bool>()), 0..6),
        ) {
            let conditions = conditions
                .into_iter()
                .map(|(field, test, negated)| StepCondition { field, test, negated })
                .collect();
            let step = StepExpression { event, conditions };
            prop_assert_eq!(StepExpression::parse(&step.to_string()), Ok(step));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            if let Ok(step) = StepExpression::parse(&text) {
                prop_assert_eq!(StepExpression::parse(&step.to_string()), Ok(step));
            }
        }
    }
}
