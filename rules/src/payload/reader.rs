//! The payload as the collector reads it: permissive, because one bad event must not cost the batch.
//!
//! A field of the wrong type reads as [`Loose::Wrong`], a missing one as [`Loose::Missing`]; unknown fields are skipped.
//! Nothing is judged here: limits, names and identifiers are the collector's. Only what is no JSON object of this shape at
//! all is an error. Texts are borrowed from the body where they hold no escape.

use alloc::vec::Vec;

use alloc::borrow::Cow;
use core::fmt;
use core::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A field that may be missing or of another type than it should be.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Loose<T> {
    /// Not there, or null.
    #[default]
    Missing,
    /// There, but of another type or out of range.
    Wrong,
    /// As it should be.
    Is(T),
}

impl<T> Loose<T> {
    /// The value, if it is as it should be.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Missing | Self::Wrong => None,
        }
    }

    /// The value, if it is as it should be.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Missing | Self::Wrong => None,
        }
    }
}

/// A text of the body.
pub type Text<'de> = Cow<'de, str>;

/// One request.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Batch<'a> {
    /// Version of the protocol.
    pub v: Loose<u64>,
    /// Which site.
    pub site: Loose<Text<'a>>,
    /// The sender's clock, ms.
    pub sent: Loose<u64>,
    /// The browser, 16 hexadecimal digits.
    pub visitor: Loose<Text<'a>>,
    /// The session.
    pub session: Session<'a>,
    /// Who the user of the site is, if the page has said so.
    pub user: User<'a>,
    /// Number of the release.
    pub release: Loose<u64>,
    /// Consent categories granted.
    pub consent: Vec<Loose<Text<'a>>>,
    /// Pages the events happened on.
    pub pages: Vec<Page<'a>>,
    /// The events.
    pub events: Vec<Loose<Event<'a>>>,
}

/// The session of a batch.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Session<'a> {
    /// 16 hexadecimal digits.
    pub id: Loose<Text<'a>>,
    /// Which session of this visitor.
    pub number: Loose<u64>,
    /// Its first page.
    pub entry: Page<'a>,
}

/// The user of a site.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct User<'a> {
    /// As the site knows them.
    pub id: Loose<Text<'a>>,
    /// The site's signature of the id.
    pub signature: Loose<Text<'a>>,
}

/// A page.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Page<'a> {
    /// Its address.
    pub url: Loose<Text<'a>>,
    /// Its title.
    pub title: Loose<Text<'a>>,
    /// The page before.
    pub referrer: Loose<Text<'a>>,
}

/// An event.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Event<'a> {
    /// UUID.
    pub id: Loose<Text<'a>>,
    /// Name.
    pub name: Loose<Text<'a>>,
    /// When, by the sender's clock, ms.
    pub ts: Loose<u64>,
    /// Position in the session.
    pub seq: Loose<u64>,
    /// Index into the pages.
    pub page: Loose<u64>,
    /// Tag that fired.
    pub tag: Loose<Text<'a>>,
    /// Trigger that made it fire.
    pub trigger: Loose<Text<'a>>,
    /// Element it happened on.
    pub element: Loose<Text<'a>>,
    /// Milliseconds in front of the visitor.
    pub engaged_ms: Loose<u64>,
    /// Share of visitors whose events are sent, above 0 and below 1; missing: all.
    pub sample_rate: Loose<f64>,
    /// What was wrong with a call of the page, of which this tells instead of an event.
    pub problem: Loose<Text<'a>>,
    /// Everything else.
    pub props: Loose<Props<'a>>,
}

/// The properties of an event, in the order they came.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Props<'a>(pub Vec<(Text<'a>, PropValue<'a>)>);

/// A property.
#[derive(Debug, Clone, PartialEq)]
pub enum PropValue<'a> {
    /// A text.
    Text(Text<'a>),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// Null, a list, an object: nothing a property can be.
    Other,
}

/// What a [`Loose`] field can hold: each kind of JSON value it accepts gives itself, every other nothing.
pub trait Shape<'de>: Sized {
    /// From a text.
    fn from_text(_text: Text<'de>) -> Option<Self> {
        None
    }

    /// From a whole number that is not negative.
    fn from_integer(_number: u64) -> Option<Self> {
        None
    }

    /// From a whole number below zero.
    fn from_negative(_number: i64) -> Option<Self> {
        None
    }

    /// From any other number.
    fn from_number(_number: f64) -> Option<Self> {
        None
    }

    /// From yes or no.
    fn from_boolean(_value: bool) -> Option<Self> {
        None
    }

    /// From an object.
    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        skip_object(map).map(|()| None)
    }
}

impl<'de: 'a, 'a> Shape<'de> for Text<'a> {
    fn from_text(text: Text<'de>) -> Option<Self> {
        Some(text)
    }
}

impl Shape<'_> for u64 {
    fn from_integer(number: u64) -> Option<Self> {
        Some(number)
    }

    fn from_number(number: f64) -> Option<Self> {
        // `performance.now()` and friends give fractions of a millisecond.
        let whole = number.trunc();
        if !(0.0..9_007_199_254_740_992.0).contains(&whole) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "range checked"
        )]
        Some(whole as u64)
    }
}

impl Shape<'_> for f64 {
    fn from_integer(number: u64) -> Option<Self> {
        u32::try_from(number).ok().map(Self::from)
    }

    fn from_number(number: f64) -> Option<Self> {
        Some(number)
    }
}

impl<'de: 'a, 'a> Shape<'de> for Event<'a> {
    fn from_object<A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

impl<'de: 'a, 'a> Shape<'de> for Props<'a> {
    fn from_object<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut props = Vec::new();
        while let Some((Key(key), value)) = map.next_entry::<Key<'de>, Loose<PropValue<'de>>>()? {
            props.push((key, value.into_option().unwrap_or(PropValue::Other)));
        }
        Ok(Some(Self(props)))
    }
}

impl<'de: 'a, 'a> Shape<'de> for PropValue<'a> {
    fn from_text(text: Text<'de>) -> Option<Self> {
        Some(Self::Text(text))
    }

    fn from_integer(number: u64) -> Option<Self> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "beyond 64 bits signed, a number is approximate anyway"
        )]
        Some(i64::try_from(number).map_or(Self::Number(number as f64), Self::Integer))
    }

    fn from_negative(number: i64) -> Option<Self> {
        Some(Self::Integer(number))
    }

    fn from_number(number: f64) -> Option<Self> {
        Some(Self::Number(number))
    }

    fn from_boolean(value: bool) -> Option<Self> {
        Some(Self::Boolean(value))
    }
}

/// A key of an object, borrowed where it can be.
struct Key<'de>(Text<'de>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Loose::<Text<'de>>::deserialize(deserializer)? {
            Loose::Is(text) => Ok(Self(text)),
            Loose::Missing | Loose::Wrong => Err(D::Error::custom("key is not a text")),
        }
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor(PhantomData))
    }
}

struct LooseVisitor<T>(PhantomData<T>);

impl<T> From<Option<T>> for Loose<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Wrong, Self::Is)
    }
}

impl<'de, T: Shape<'de>> Visitor<'de> for LooseVisitor<T> {
    type Value = Loose<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Borrowed(text)).into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Owned(text.into())).into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(T::from_integer(number).into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(match u64::try_from(number) {
            Ok(number) => T::from_integer(number),
            Err(_) => T::from_negative(number),
        }
        .into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(T::from_number(number).into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(T::from_boolean(value).into())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Missing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_object(map).map(Into::into)
    }
}

fn skip_object<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}
