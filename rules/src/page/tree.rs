//! Values of a page's own JavaScript: what it pushed to the data layer, its global variables, details of what happened.

use crate::decimal::Decimal;
use crate::json::{self, Node};
use crate::types;
use crate::value::{Kind, Value};

/// A value as JavaScript has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Tree {
    /// `null`, or nothing.
    #[default]
    Null,
    /// Yes or no.
    Boolean(bool),
    /// A number, as written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// An object, in the order it was written.
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// Reads JSON; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        json::parse(text).ok().map(|node| Self::of(&node))
    }

    fn of(node: &Node) -> Self {
        match &node.value {
            json::Value::Null => Self::Null,
            json::Value::Boolean(value) => Self::Boolean(*value),
            json::Value::Number(number) => Self::Number(number.clone()),
            json::Value::Text(text) => Self::Text(text.clone()),
            json::Value::List(entries) => Self::List(entries.iter().map(Self::of).collect()),
            json::Value::Object(members) => {
                let entry = |member: &json::Member| (member.key.clone(), Self::of(&member.node));
                Self::Object(members.iter().map(entry).collect())
            }
        }
    }

    /// What is found by following the names between the points of a path.
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |tree, name| match tree {
            Self::Object(entries) => {
                let mut newest = entries.iter().rev();
                newest.find(|(key, _)| key == name).map(|(_, tree)| tree)
            }
            Self::List(entries) => entries.get(name.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The value that rules see: an object is none, and a list is of texts.
    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Null | Self::Object(_) => None,
            Self::Boolean(value) => Some(Value::boolean(*value)),
            Self::Text(text) => Some(Value::text(text.clone())),
            Self::Number(text) => Some(number(text)),
            Self::List(entries) => {
                let texts = entries.iter().filter_map(Self::value).map(Value::into_text);
                let texts: Vec<String> = texts.collect();
                let entries = types::list(texts.iter().map(String::as_str));
                Some(Value::new(Kind::List, entries))
            }
        }
    }
}

/// A JavaScript number as rules have it: fifteen digits. One too large for that is a text.
fn number(text: &str) -> Value {
    let float: f64 = text.parse().unwrap_or_default();
    let rounded = format!("{float:.14e}").parse::<f64>().unwrap_or(float);
    match Decimal::parse(&rounded.to_string()) {
        Some(decimal) => Value::new(Kind::Number, types::written(decimal)),
        // JavaScript writes the largest ones with an exponent.
        None if float.abs() >= 1e21 => Value::text(format!("{float:e}").replace('e', "e+")),
        None => Value::text(float.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_paths() {
        let tree = Tree::parse(r#"{"a": {"b": [1, {"c": "x"}], "b.c": 2}, "a": {"b": [5]}}"#);
        let tree = tree.unwrap();
        let at = |path| tree.at(path).and_then(Tree::value).map(Value::into_text);
        assert_eq!(at("a.b.0").as_deref(), Some("5"));
        assert_eq!(at("a"), None);
        assert_eq!(at("a.b.1"), None);
        assert_eq!(at("a.b.x"), None);
        assert_eq!(at(""), None);
    }

    #[test]
    fn numbers_are_javascripts() {
        for (written, seen) in [
            ("5", "5"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.3"),
            ("1e3", "1000"),
            ("1e-7", "0.0000001"),
            ("1990.50", "1990.5"),
            ("123456789012345678", "123456789012345680"),
            ("-1.5e21", "-1.5e+21"),
        ] {
            let value = Tree::Number(written.to_owned()).value().unwrap();
            assert_eq!(value.into_text(), seen, "{written}");
        }
    }
}
