//! Checks variables and tags.

use crate::bounds::{MAX_NAME_CHARS, MAX_PROPERTIES, MAX_TEXT_CHARS};
use crate::container::{Place, Source, Tag, Variable};
use crate::diagnostic::{Detail, Found, Wanted};
use crate::draft::{At, DraftPlace, DraftSource, DraftTag, DraftVariable};
use crate::release::OncePer;
use crate::suggest;
use crate::value::{Cast, Value};
use crate::vocabulary::{AUTOMATIC_EVENTS, CASTS, LATER_CASTS, LATER_ONCE_PER, ONCE_PER};

use super::Checker;

impl Checker<'_, '_, '_> {
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
            Some(value) => self.typed(value, cast.flatten()).map(Some),
        };
        if !named {
            return None;
        }
        Some(Variable {
            name: draft.name.it.clone(),
            source: source?,
            cast: cast?,
            default: default?,
        })
    }

    fn cast(&mut self, word: &At<String>) -> Option<Cast> {
        Some(match word.it.as_str() {
            "text" => Cast::Text,
            "number" => Cast::Number,
            "integer" => Cast::Integer,
            "money" => Cast::Money,
            "boolean" => Cast::Boolean,
            _ => return self.no_choice(word, CASTS, LATER_CASTS),
        })
    }

    /// A word that is none of the choices.
    pub(super) fn no_choice<T>(
        &mut self,
        word: &At<String>,
        choices: &[&str],
        later: &[&str],
    ) -> Option<T> {
        let detail = if later.contains(&word.it.as_str()) {
            Detail::NotSupportedYet {
                what: word.it.clone(),
            }
        } else {
            Detail::UnknownChoice {
                found: word.it.clone(),
                suggestion: suggest::nearest(&word.it, choices.iter().chain(later).copied()),
                choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
            }
        };
        self.report.add(detail, &word.spot);
        None
    }

    /// A value the author wrote, as the type it is to be read as.
    fn typed(&mut self, value: &At<Value>, cast: Option<Cast>) -> Option<Value> {
        if let Value::Text(text) = &value.it {
            let text = At {
                it: text.clone(),
                spot: value.spot.clone(),
            };
            self.wanted_text(&text)?;
        }
        let Some(cast) = cast else {
            return Some(value.it.clone());
        };
        let typed = value.it.clone().cast(cast);
        if typed.is_none() {
            let wanted = match cast {
                Cast::Text => Wanted::Text,
                Cast::Number | Cast::Integer | Cast::Money => Wanted::Number,
                Cast::Boolean => Wanted::Boolean,
            };
            let found = match &value.it {
                Value::Text(text) => Found::Text(text.clone()),
                Value::Number(_) => Found::Number(value.it.clone().into_text()),
                Value::Boolean(value) => Found::Boolean(*value),
            };
            let example = match wanted {
                Wanted::Boolean => "true",
                _ => "0",
            };
            let detail = Detail::WrongType {
                wanted,
                found,
                example: Some(example.to_owned()),
            };
            self.report.add(detail, &value.spot);
        }
        typed
    }

    fn source(&mut self, draft: &DraftSource, cast: Option<Cast>) -> Option<Source> {
        Some(match draft {
            DraftSource::Constant(value) => Source::Constant(self.typed(value, cast)?),
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

    pub(super) fn out_of_range(&mut self, number: &At<Value>, whole: bool, min: &str, max: &str) {
        let written = number.it.clone().into_text();
        let detail = Detail::OutOfRange {
            whole,
            number: written,
            min: min.to_owned(),
            max: max.to_owned(),
        };
        self.report.add(detail, &number.spot);
    }

    pub(super) fn tag(&mut self, draft: &DraftTag) -> Option<Tag> {
        let named = draft
            .name
            .as_ref()
            .filter(|name| self.is_name(name) && self.is_only_tag(draft, name));
        let on = draft.on.as_ref().and_then(|on| self.trigger_refs(&on.it));
        let except = self.trigger_refs(&draft.except);
        let event = draft
            .event
            .as_ref()
            .filter(|event| self.is_identifier(event));
        if let Some(event) = event
            && AUTOMATIC_EVENTS.contains(&event.it.as_str())
        {
            self.report.add(
                Detail::AutomaticEvent {
                    event: event.it.clone(),
                },
                &event.spot,
            );
        }
        let with: Vec<_> = draft
            .with
            .iter()
            .map(|(key, value)| self.property(key, value))
            .collect();
        if with.len() > MAX_PROPERTIES {
            let detail = Detail::TooMany {
                count: with.len(),
                max: MAX_PROPERTIES,
            };
            self.report.add(detail, &draft.spot);
        }
        let once_per = match &draft.once_per {
            None => Some(OncePer::Event),
            Some(word) => self.once_per(word),
        };
        let labels: Vec<_> = draft
            .labels
            .iter()
            .map(|label| self.is_name(label).then(|| label.it.clone()))
            .collect();
        let notes = draft
            .notes
            .as_ref()
            .filter(|notes| self.fits(notes, MAX_TEXT_CHARS));
        Some(Tag {
            name: named?.it.clone(),
            on: on?,
            except: except?,
            event: event?.it.clone(),
            with: with.into_iter().collect::<Option<_>>()?,
            once_per: once_per?,
            paused: draft.paused,
            labels: labels.into_iter().collect::<Option<_>>()?,
            notes: notes.map(|notes| notes.it.clone()),
        })
    }

    /// Whether no tag before this one has its name.
    fn is_only_tag(&mut self, draft: &DraftTag, name: &At<String>) -> bool {
        let before = self
            .draft
            .tags
            .iter()
            .take_while(|other| !std::ptr::eq(*other, draft));
        let mut names = before.filter_map(|other| other.name.as_ref());
        let Some(first) = names.find(|other| other.it == name.it) else {
            return true;
        };
        let first_line = self.report.line_of(&first.spot);
        self.report.add(
            Detail::DuplicateTagName {
                name: name.it.clone(),
                first_line,
            },
            &name.spot,
        );
        false
    }

    fn property(
        &mut self,
        key: &At<String>,
        value: &At<Value>,
    ) -> Option<(String, crate::container::Expression)> {
        let named = self.is_identifier(key);
        let expression = self.expression(value)?;
        named.then(|| (key.it.clone(), expression))
    }

    fn once_per(&mut self, word: &At<String>) -> Option<OncePer> {
        Some(match word.it.as_str() {
            "event" => OncePer::Event,
            "element" => OncePer::Element,
            "page" => OncePer::Page,
            _ => return self.no_choice(word, ONCE_PER, LATER_ONCE_PER),
        })
    }
}
