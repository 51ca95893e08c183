//! A question to ClickHouse: its text, and the values that its parameters are bound to.
//!
//! The text is made of constants of the catalogue only. Whatever a person typed is a [`Value`], sent beside it; to people it is
//! shown filled in ([`Question::shown`]), to be pasted into any client.

use std::fmt::Write as _;

/// What a parameter is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text, or a day.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A number.
    Number(u64),
}

/// A query with parameters written `{name:Type}`, as ClickHouse has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) sql: String,
    pub(super) values: Vec<(String, Value)>,
}

impl Question {
    pub(super) fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            values: Vec::new(),
        }
    }

    pub(super) fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values
            .push((name.to_owned(), Value::Text(value.into())));
        self
    }

    pub(super) fn texts(mut self, name: &str, values: Vec<String>) -> Self {
        self.values.push((name.to_owned(), Value::Texts(values)));
        self
    }

    pub(super) fn number(mut self, name: &str, value: u64) -> Self {
        self.values.push((name.to_owned(), Value::Number(value)));
        self
    }

    /// The query as ClickHouse is asked it: views over steps and costs stand in it as text, which it reads faster than a call.
    pub(super) fn asked(&self) -> String {
        weir_collector::warehouse::in_one_text(&self.sql)
    }

    /// The query as a person can run it: every parameter in its place.
    pub(super) fn shown(&self) -> String {
        let mut shown = String::with_capacity(self.sql.len());
        let mut rest = self.sql.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            shown.push_str(before);
            let known = after.split_once('}').and_then(|(parameter, behind)| {
                let (name, _) = parameter.split_once(':')?;
                let (_, value) = self.values.iter().find(|(known, _)| known == name)?;
                Some((value, behind))
            });
            if let Some((value, behind)) = known {
                literal(value, &mut shown);
                rest = behind;
            } else {
                shown.push('{');
                rest = after;
            }
        }
        shown.push_str(rest);
        shown
    }
}

fn literal(value: &Value, shown: &mut String) {
    match value {
        Value::Text(text) => quoted(text, shown),
        Value::Texts(texts) => {
            shown.push('[');
            for (at, text) in texts.iter().enumerate() {
                if at > 0 {
                    shown.push_str(", ");
                }
                quoted(text, shown);
            }
            shown.push(']');
        }
        // Writing to a string does not fail.
        Value::Number(number) => drop(write!(shown, "{number}")),
    }
}

fn quoted(text: &str, shown: &mut String) {
    shown.push('\'');
    for sign in text.chars() {
        match sign {
            '\'' => shown.push_str("\\'"),
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\0' => shown.push_str("\\0"),
            other => shown.push(other),
        }
    }
    shown.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_shown_as_it_can_be_run() {
        let question = Question::new(
            "SELECT {n:UInt8}, x -> {x} FROM f(site = {site:String}, steps = {steps:Array(String)})",
        )
        .text("site", "O'Neil \\ {n:UInt8}")
        .texts("steps", vec!["a".to_owned(), "b'\n".to_owned()])
        .number("n", 7);
        assert_eq!(
            question.shown(),
            "SELECT 7, x -> {x} FROM f(site = 'O\\'Neil \\\\ {n:UInt8}', steps = ['a', 'b\\'\\n'])"
        );
    }
    #[test]
    fn a_query_over_steps_is_asked_as_one_text() {
        let sql = "SELECT * FROM weir_fn.funnel_by(site = {site:String}, steps = {steps:Array(String)}, \
                   window_s = {window_s:UInt64}, mode = {mode:String}, unit = {unit:String}, \
                   breakdown = {breakdown:String}, from = {from:Date}, to = {to:Date})";
        let asked = Question::new(sql).text("site", "shop").asked();
        assert!(!asked.contains("weir_fn."));
        assert!(
            asked.contains("{site:String}"),
            "values stay beside the text"
        );
        let other = "SELECT {x:UInt8} FROM weir.sessions";
        assert_eq!(Question::new(other).asked(), other);
    }
}
