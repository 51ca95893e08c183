//! JSON to be written: a tree whose keys keep their order, and its text.
//!
//! Reading is another matter: [`crate::json`].

use crate::payload::write_string;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Boolean(bool),
    /// As it is written.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn number(number: &impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    /// An object, of the entries that are there.
    pub(crate) fn object<const N: usize>(entries: [(&str, Option<Self>); N]) -> Self {
        let entries = entries.into_iter();
        Self::Object(
            entries
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect(),
        )
    }

    pub(crate) fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts = texts.into_iter();
        Self::List(texts.map(|text| Self::text(text.as_ref())).collect())
    }

    /// The text, an entry in a line, two spaces deeper at each level; lists of plain values in one line.
    pub(crate) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(true) => out.push_str("true"),
            Self::Boolean(false) => out.push_str("false"),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => write_string(out, text),
            Self::List(entries) => {
                let flat = entries.iter().all(Self::is_plain);
                out.push('[');
                for (at, entry) in entries.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    if flat {
                        out.push_str(if at > 0 { " " } else { "" });
                    } else {
                        new_line(out, depth + 1);
                    }
                    entry.write(out, depth + 1);
                }
                if !flat {
                    new_line(out, depth);
                }
                out.push(']');
            }
            Self::Object(entries) if entries.is_empty() => out.push_str("{}"),
            Self::Object(entries) => {
                out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    new_line(out, depth + 1);
                    write_string(out, key);
                    out.push_str(": ");
                    value.write(out, depth + 1);
                }
                new_line(out, depth);
                out.push('}');
            }
        }
    }

    fn is_plain(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_))
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_another_reader_reads() {
        let json = Json::object([
            ("text", Some(Json::text("a \"quote\"\n\u{1f600}"))),
            ("left out", None),
            (
                "list",
                Some(Json::List(vec![
                    Json::number(&1),
                    Json::Boolean(true),
                    Json::Null,
                ])),
            ),
            (
                "nested",
                Some(Json::List(vec![
                    Json::Object(Vec::new()),
                    Json::List(Vec::new()),
                ])),
            ),
        ]);
        let text = json.pretty();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let wanted = serde_json::json!({
            "text": "a \"quote\"\n\u{1f600}", "list": [1, true, null], "nested": [{}, []],
        });
        assert_eq!(read, wanted);
        assert!(text.contains("\n  \"list\": [1, true, null],\n"), "{text}");
    }
}
