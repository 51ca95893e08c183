//! Finds which of many words a text holds, in one pass over the text however many words there are.

use aho_corasick::AhoCorasick;

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
