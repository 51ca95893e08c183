//! Finds which of many words a text holds, in one pass over the text however many words there are; and keeps what was found
//! in the texts seen lately.

use std::cell::RefCell;
use std::collections::HashMap;

use aho_corasick::AhoCorasick;

/// Texts whose outcome is kept. A day's visitors have a few hundred different browsers; should there be more, it begins anew.
const MAX_RECENT: usize = 512;

/// What came of the texts that a thread has seen lately: most requests come with a `User-Agent` that was there a moment ago.
/// Each thread has its own, so that none waits for another.
#[derive(Default)]
pub(crate) struct Recent<T>(RefCell<HashMap<Box<str>, T>>);

impl<T: Clone> Recent<T> {
    /// What came of `text`, or what `find` makes of it now.
    pub(crate) fn get_or(&self, text: &str, find: impl FnOnce() -> T) -> T {
        if let Some(found) = self.0.borrow().get(text) {
            return found.clone();
        }
        let found = find();
        let mut recent = self.0.borrow_mut();
        if recent.len() >= MAX_RECENT {
            recent.clear();
        }
        recent.insert(text.into(), found.clone());
        found
    }
}

/// Words, the earlier ones more important.
pub(crate) struct Words {
    /// None if there is none to look for, or if the list is too large to be searched for: a test sees to that.
    search: Option<AhoCorasick>,
}

impl Words {
    /// Prepares the search for `words`.
    pub(crate) fn new<'w>(words: impl IntoIterator<Item = &'w str>, ignore_case: bool) -> Self {
        let mut builder = AhoCorasick::builder();
        Self {
            search: builder
                .ascii_case_insensitive(ignore_case)
                .build(words)
                .ok(),
        }
    }

    /// The position in the list of the most important word that is in `text`.
    pub(crate) fn first_in(&self, text: &str) -> Option<usize> {
        let found = self.search.as_ref()?.find_overlapping_iter(text);
        found.map(|found| found.pattern().as_usize()).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_kept_and_bounded() {
        let recent = Recent::default();
        assert_eq!(recent.get_or("a", || 1), 1);
        assert_eq!(recent.get_or("a", || 2), 1);
        for number in 0..3 * MAX_RECENT {
            assert_eq!(recent.get_or(&number.to_string(), || number), number);
        }
        assert!(recent.0.borrow().len() <= MAX_RECENT);
    }

    #[test]
    fn the_most_important_word_counts_wherever_it_is() {
        let words = Words::new(["edge", "chrome", "hr"], false);
        assert_eq!(words.first_in("chrome edge"), Some(0));
        assert_eq!(words.first_in("a chrome"), Some(1));
        assert_eq!(words.first_in("thrice"), Some(2));
        assert_eq!(words.first_in("Edge"), None);
        assert_eq!(words.first_in(""), None);
        assert_eq!(Words::new(["edge"], true).first_in("EdGe"), Some(0));
    }
}
