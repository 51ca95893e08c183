//! Checks `privacy`: how visitors are recognised, which parameters stay, what is taken out.

use crate::bounds::MAX_NAME_CHARS;
use crate::container::{Identity, Privacy};
use crate::diagnostic::{Detail, NameFault, ValueFault};
use crate::draft::{At, DraftPrivacy};
use crate::vocabulary::{IDENTITIES, REDACTED};

use super::Checker;

impl Checker<'_, '_, '_> {
    pub(super) fn privacy(&mut self, draft: &DraftPrivacy) -> Option<Privacy> {
        let identity = match draft.identity.as_ref().map(|word| (word, word.it.as_str())) {
            None | Some((_, "cookie")) => Some(Identity::Cookie),
            Some((_, "cookieless")) => Some(Identity::Cookieless),
            Some((word, _)) => self.no_choice(word, IDENTITIES),
        };
        let keep_query = match &draft.keep_query {
            None => Some(None),
            Some(keep) => self.kept_parameters(keep).map(Some),
        };
        let redact = self.redacted(&draft.redact);
        Some(Privacy {
            identity: identity?,
            keep_query: keep_query?,
            redact: redact?,
        })
    }

    /// Names of parameters, with `*` for anything; in small letters, because case does not matter.
    pub(super) fn kept_parameters(&mut self, names: &[At<String>]) -> Option<Vec<String>> {
        let mut all = true;
        for name in names {
            let forbidden =
                |char: char| char.is_whitespace() || matches!(char, '&' | '=' | '#' | '?' | '%');
            if name.it.is_empty() {
                let detail = Detail::InvalidName {
                    name: String::new(),
                    fault: NameFault::Empty,
                };
                self.report.add(detail, &name.spot);
                all = false;
            } else if name.it.contains(forbidden) {
                let fault = ValueFault::NotParameter {
                    name: name.it.clone(),
                };
                self.report.add(Detail::Value(fault), &name.spot);
                all = false;
            } else {
                all &= self.fits(name, MAX_NAME_CHARS);
            }
        }
        all.then(|| names.iter().map(|name| name.it.to_lowercase()).collect())
    }

    /// Kinds of personal data, each once, in the order of the vocabulary.
    pub(super) fn redacted(&mut self, words: &[At<String>]) -> Option<Vec<String>> {
        let mut all = true;
        for word in words {
            if !REDACTED.contains(&word.it.as_str()) {
                all = false;
                let _: Option<()> = self.no_choice(word, REDACTED);
            }
        }
        let wanted = |kind: &&&str| words.iter().any(|word| word.it == ***kind);
        let kinds = REDACTED.iter().filter(wanted);
        all.then(|| kinds.map(|&kind| kind.to_owned()).collect())
    }
}
