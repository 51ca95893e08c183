//! What checks of several parts have in common: words that are to be chosen, and numbers in their bounds.

use crate::container::Literal;
use crate::diagnostic::Detail;
use crate::draft::At;
use crate::suggest;

use super::Checker;

impl Checker<'_, '_, '_> {
    /// A word that is none of the choices.
    pub(super) fn no_choice<T>(&mut self, word: &At<String>, choices: &[&str]) -> Option<T> {
        let detail = Detail::UnknownChoice {
            found: word.it.clone(),
            suggestion: suggest::meant(&word.it, choices),
            choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        };
        self.report.add(detail, &word.spot);
        None
    }

    pub(super) fn out_of_range(&mut self, number: &At<Literal>, whole: bool, min: &str, max: &str) {
        let written = number.it.clone().into_text();
        let detail = Detail::OutOfRange {
            whole,
            number: written,
            min: min.to_owned(),
            max: max.to_owned(),
        };
        self.report.add(detail, &number.spot);
    }
}
