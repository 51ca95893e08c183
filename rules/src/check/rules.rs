//! Checks tags.

use crate::bounds::{MAX_PROPERTIES, MAX_TEXT_CHARS};
use crate::container::Tag;
use crate::diagnostic::Detail;
use crate::draft::{At, DraftTag};
use crate::release::OncePer;
use crate::suggest;
use crate::value::Value;
use crate::vocabulary::{AUTOMATIC_EVENTS, LATER_ONCE_PER, ONCE_PER};

use super::Checker;

impl Checker<'_, '_, '_> {
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
