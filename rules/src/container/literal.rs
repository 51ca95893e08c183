//! Values as authors write them, and the types they can ask for.

use crate::decimal::Decimal;
use crate::host::Transform;
use crate::types;
use crate::value::{Kind, LIST_SEPARATOR, Value};

/// A value that stands in a container.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A text.
    Text(String),
    /// A number.
    Number(Decimal),
    /// Yes or no.
    Boolean(bool),
    /// Several texts.
    List(Vec<String>),
}

/// The type a variable is to be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// A text.
    Text,
    /// The whole text is a number.
    Number,
    /// A number without its decimals.
    Integer,
    /// The first amount in the text, whatever stands around it.
    Money,
    /// `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`.
    Boolean,
    /// What stands between commas.
    List,
}

impl Cast {
    /// What makes a text of this type; `None`: nothing does, it is a text.
    pub(crate) fn how(self) -> Option<Transform> {
        Some(match self {
            Self::Text => return None,
            Self::Number => Transform::Number,
            Self::Integer => Transform::Integer,
            Self::Money => Transform::Money,
            Self::Boolean => Transform::Boolean,
            Self::List => Transform::List,
        })
    }
}

impl Literal {
    /// The value as the page has it.
    pub fn value(&self) -> Value {
        let kind = match self {
            Self::Text(_) => Kind::Text,
            Self::Number(_) => Kind::Number,
            Self::Boolean(_) => Kind::Boolean,
            Self::List(_) => Kind::List,
        };
        let text = match self {
            Self::List(entries) => entries.join(&LIST_SEPARATOR.to_string()),
            other => other.clone().into_text(),
        };
        Value::new(kind, text)
    }

    /// The value as a text.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => types::written(number),
            Self::Boolean(value) => value.to_string(),
            Self::List(entries) => entries.join(","),
        }
    }

    /// The number that it is.
    pub(crate) fn as_number(&self) -> Option<Decimal> {
        match self {
            Self::Text(text) => types::number(text),
            Self::Number(number) => Some(*number),
            Self::Boolean(_) | Self::List(_) => None,
        }
    }

    /// The value read as `cast`; `None` if it cannot be.
    pub(crate) fn cast(self, cast: Cast) -> Option<Self> {
        let Some(how) = cast.how() else {
            return Some(Self::Text(self.into_text()));
        };
        if matches!(self, Self::List(_)) {
            return (cast == Cast::List).then_some(self);
        }
        let read = types::read(how, "", &self.into_text())?;
        Some(match cast {
            Cast::Text => Self::Text(read),
            Cast::Number | Cast::Integer | Cast::Money => Self::Number(Decimal::parse(&read)?),
            Cast::Boolean => Self::Boolean(read == "true"),
            Cast::List => {
                let entries = read.split(LIST_SEPARATOR).filter(|entry| !entry.is_empty());
                Self::List(entries.map(str::to_owned).collect())
            }
        })
    }
}
