//! What only authors ask of a release: simulation, and who writes a site's script. None of it is in the page.

use alloc::string::String;
use alloc::vec::Vec;

use super::{EventKind, Privacy, Release, Tag, Visible, at, size, word};
use crate::host::{Lent, Transform};
use crate::id::{TagId, TriggerId};

impl Release {
    /// The categories of consent, and whether each is granted as long as nobody has said anything.
    pub fn consent(&self) -> impl Iterator<Item = (&str, bool)> {
        let pairs = self.record(at::CONSENT).chunks_exact(2);
        pairs.map(|pair| (self.text(word(pair, 0)), word(pair, 1) > 0))
    }

    /// How long to wait for an answer that was given before, until what is default holds: milliseconds.
    pub fn consent_wait_ms(&self) -> u32 {
        self.head(at::WAIT_MS)
    }

    /// Whether time spent on pages is reported.
    pub fn reports_engagement(&self) -> bool {
        self.head(at::ENGAGEMENT) > 0
    }

    /// What of people may be known.
    pub fn privacy(&self) -> Privacy {
        let keep_query = self.head(at::KEEP_QUERY).checked_sub(1);
        Privacy {
            cookieless: self.head(at::COOKIELESS) > 0,
            keep_query: keep_query.map(|text| String::from(self.text(text))),
            redact: String::from(self.redact()),
        }
    }

    /// What the page has to watch for triggers of the kind `visible`.
    pub fn visible_triggers(&self) -> impl Iterator<Item = (TriggerId, Visible)> + '_ {
        self.waiting_for(EventKind::Visible)
            .filter_map(|id| Some((id, self.trigger(id)?.visible()?)))
    }

    /// The words of each variable.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &[u32]> {
        (at::VARIABLES..size(self.head(at::CONDITIONS))).map(|at| self.record(at))
    }

    /// Whether any variable asks the host for this.
    pub(crate) fn lends(&self, what: Lent) -> bool {
        use crate::variable::op;
        self.variables().any(|words| {
            let operands = crate::variable::operands(words);
            let lent = match word(words, 0) {
                op::PAGE => word(operands, 0),
                op::ELEMENT => word(operands, 2),
                _ => return false,
            };
            lent == what as u32
        })
    }

    /// Whether a variable or a condition changes texts so.
    pub(crate) fn transforms(&self, how: Transform) -> bool {
        let by_variable = |words| crate::variable::transforms(words).any(|it| it == how as u32);
        let by_condition = |words| crate::condition::transforms(words).any(|it| it == how as u32);
        let conditions = size(self.head(at::CONDITIONS))..size(self.head(at::TRIGGERS));
        self.variables().any(by_variable) || conditions.map(|at| self.record(at)).any(by_condition)
    }

    /// The tags, in their order.
    pub(crate) fn tags(&self) -> impl Iterator<Item = Tag<'_>> {
        let end = u32::try_from(self.records.len().saturating_sub(1)).unwrap_or(u32::MAX);
        (0..self.between(at::TAGS, end)).map(|at| self.tag(TagId::from_index(at)))
    }

    /// The trigger of this name: for simulation and tests.
    pub fn trigger_named(&self, name: &str) -> Option<TriggerId> {
        let all = 0..self.between(at::TRIGGERS, self.head(at::TAGS));
        let mut ids = all.map(TriggerId::from_index);
        ids.find(|id| self.trigger(*id).is_some_and(|it| it.name() == name))
    }

    /// The numbers that triggers wait for in events about reaching one: scroll depths, percentages of videos. Ascending.
    pub fn thresholds(&self, event: EventKind) -> Vec<u32> {
        let waiting = self.waiting_for(event).filter_map(|id| self.trigger(id));
        let mut all: Vec<u32> = waiting
            .flat_map(|trigger| trigger.numbers())
            .copied()
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(rules: &str) -> Release {
        let text = format!(r#"{{"weir":1,"site":{{"id":"shop"}},{rules}}}"#);
        let container = crate::check(&text).container.unwrap();
        Release::read(&crate::compile(&container, 7)).unwrap()
    }

    #[test]
    fn it_says_what_the_container_does() {
        let usual = release(r#""tags":[]"#);
        assert_eq!((usual.site(), usual.number()), ("shop", 7));
        assert!(usual.reports_engagement());
        assert_eq!(usual.consent_wait_ms(), 0);
        let consent: Vec<_> = usual.consent().collect();
        assert_eq!(consent, [("analytics", true), ("marketing", false)]);
        let privacy = usual.privacy();
        assert!(!privacy.cookieless && privacy.keep_query.is_none());
        let other = release(
            r#""consent":{"wait_ms":500},"automatic":{"engagement":false},"privacy":{"identity":"cookieless","keep_query":[]}"#,
        );
        assert!(!other.reports_engagement());
        assert_eq!(other.consent_wait_ms(), 500);
        let privacy = other.privacy();
        assert!(privacy.cookieless && privacy.keep_query.is_some());
    }
}
