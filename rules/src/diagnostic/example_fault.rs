//! What can go wrong when the examples of a container are run.

#![cfg_attr(
    not(feature = "page"),
    expect(dead_code, reason = "made by running examples")
)]

use super::Lang;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExampleFault {
    /// The page of the example has no element that a step names.
    NoElement { selector: String },
    /// Nothing of what is expected happens.
    Missing {
        what: Deed,
        /// Why the tag that could do it does not; none if no tag could.
        why: Option<Told>,
    },
    /// A tag does something that is not expected.
    Unexpected { tag: String, what: Deed },
    /// What is expected happens, but with another value.
    Different {
        what: Deed,
        property: String,
        /// As JSON.
        wanted: String,
        /// As JSON; none if there is no such property.
        found: Option<String>,
    },
}

/// What a tag does, or is expected to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Sends an event.
    Event(String),
    /// Loads an image.
    Pixel(String),
    /// Runs a script.
    Script(String),
    /// Adds to the data layer.
    Push,
    /// Whatever this tag does.
    Tag(String),
}

/// A sentence that was made for both languages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) en: String,
    pub(crate) ru: String,
}

impl Told {
    pub(crate) fn pick(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ru => &self.ru,
        }
    }
}
