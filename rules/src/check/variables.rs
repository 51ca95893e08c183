//! Checks named variables: sources, types, defaults.

use crate::bounds::MAX_NAME_CHARS;
use crate::container::{Place, Source, Variable};
use crate::date;
use crate::diagnostic::{Detail, Found, Wanted};
use crate::draft::{At, DraftPlace, DraftSource, DraftVariable};
use crate::value::{Cast, Value};
use crate::vocabulary::CASTS;

use super::Checker;

/// What a variable is read as. A day is read by the host, everything else by [`Value::cast`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WrittenCast {
    Plain(Cast),
    Date,
}

impl WrittenCast {
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(Self::Plain(match word {
            "text" => Cast::Text,
            "number" => Cast::Number,
            "integer" => Cast::Integer,
            "money" => Cast::Money,
            "boolean" => Cast::Boolean,
            "list" => Cast::List,
            "date" => return Some(Self::Date),
            _ => return None,
        }))
    }
}

/// What a message calls a value.
pub(super) fn found(value: &Value) -> Found {
    match value {
        Value::Text(text) => Found::Text(text.clone()),
        Value::Number(_) => Found::Number(value.clone().into_text()),
        Value::Boolean(value) => Found::Boolean(*value),
        Value::List(_) => Found::List,
    }
}

impl Checker<'_, '_, '_> {
    /// The time zone of the site, as far as it is known.
    pub(super) fn site_zone(&self) -> &str {
        let site = self.draft.site.as_ref();
        let written = site.and_then(|site| site.timezone.as_ref());
        written.map_or("UTC", |zone| zone.it.as_str())
    }

    pub(super) fn variable(&mut self, draft: &DraftVariable) -> Option<Variable> {
        let named = self.is_variable_name(&draft.name);
        let cast = match &draft.cast {
            None => Some(None),
            Some(word) => self.cast(word).map(Some),
        };
        let source = draft
            .source
            .as_ref()
            .and_then(|source| self.source(source, cast.flatten()));
        let default = match &draft.default {
            None => Some(None),
            Some(value) => self.fixed(value, cast.flatten()).map(Some),
        };
        if !named {
            return None;
        }
        Some(Variable {
            name: draft.name.it.clone(),
            source: source?,
            cast: cast?.and_then(|cast| match cast {
                WrittenCast::Plain(cast) => Some(cast),
                WrittenCast::Date => None,
            }),
            as_date: cast? == Some(WrittenCast::Date),
            default: default?,
        })
    }

    fn cast(&mut self, word: &At<String>) -> Option<WrittenCast> {
        WrittenCast::parse(&word.it).or_else(|| self.no_choice(word, CASTS, &[]))
    }

    /// A value the author wrote, as the type the variable is read as, if there is one.
    fn fixed(&mut self, value: &At<Value>, cast: Option<WrittenCast>) -> Option<Value> {
        match (cast, &value.it) {
            (None, Value::Text(text)) => {
                let text = At {
                    it: text.clone(),
                    spot: value.spot.clone(),
                };
                self.wanted_text(&text).map(Value::Text)
            }
            (None, _) => Some(value.it.clone()),
            (cast, _) => self.typed(value, cast),
        }
    }

    /// A value the author wrote, as the type it is to be read as.
    pub(super) fn typed(&mut self, value: &At<Value>, cast: Option<WrittenCast>) -> Option<Value> {
        if let Value::Text(text) = &value.it {
            let text = At {
                it: text.clone(),
                spot: value.spot.clone(),
            };
            self.wanted_text(&text)?;
        }
        let (typed, wanted, example) = match cast? {
            WrittenCast::Date => {
                let text = value.it.clone().into_text();
                let day = date::date(&text, self.site_zone()).map(Value::Text);
                (day, Wanted::Day, "\"2026-12-31\"")
            }
            WrittenCast::Plain(cast) => {
                let (wanted, example) = match cast {
                    Cast::Text | Cast::List => (Wanted::Text, "\"abc\""),
                    Cast::Number | Cast::Integer | Cast::Money => (Wanted::Number, "0"),
                    Cast::Boolean => (Wanted::Boolean, "true"),
                };
                (value.it.clone().cast(cast), wanted, example)
            }
        };
        if typed.is_none() {
            let detail = Detail::WrongType {
                wanted,
                found: found(&value.it),
                example: Some(example.to_owned()),
            };
            self.report.add(detail, &value.spot);
        }
        typed
    }

    fn source(&mut self, draft: &DraftSource, cast: Option<WrittenCast>) -> Option<Source> {
        Some(match draft {
            DraftSource::Constant(value) => Source::Constant(self.fixed(value, cast)?),
            DraftSource::Query(key) => Source::Query(self.key(key)?),
            DraftSource::Meta(name) => Source::Meta(self.key(name)?),
            DraftSource::Text(place) => Source::Text(self.place(place)?),
            DraftSource::Count(place) => Source::Count(self.place(place)?),
            DraftSource::Exists(place) => Source::Exists(self.place(place)?),
            DraftSource::Attribute(place, name) => {
                let place = self.place(place);
                let name = name.as_ref().filter(|name| self.is_attribute(name));
                Source::Attribute(place?, name?.it.clone())
            }
        })
    }

    /// The name of something on the page, any but an empty one.
    fn key(&mut self, key: &At<String>) -> Option<String> {
        if key.it.is_empty() {
            let fault = crate::diagnostic::NameFault::Empty;
            self.report.add(
                Detail::InvalidName {
                    name: String::new(),
                    fault,
                },
                &key.spot,
            );
            return None;
        }
        self.fits(key, MAX_NAME_CHARS).then(|| key.it.clone())
    }

    fn place(&mut self, draft: &DraftPlace) -> Option<Place> {
        let selector = self.optional_selector(draft.selector.as_ref());
        let closest = self.optional_selector(draft.closest.as_ref());
        Some(Place {
            selector: selector?,
            closest: closest?,
        })
    }
}
