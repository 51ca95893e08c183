//! The release: the compact binary form of a checked container, and its reader.
//!
//! ```text
//! byte 0    format version (FORMAT)
//! bytes 1…  how many records there are, and how many words each has
//!           how many texts there are, and how many bytes each has
//!           the words of the records, one record after the other
//!           the texts, one after the other, UTF-8
//! ```
//!
//! A word is a number of up to 32 bits: seven bits a byte, lowest first, the eighth bit saying that more follow. A record
//! is a condition, a variable, a trigger, a tag, or one of the first few, whose positions are named below; what its words
//! are is said where they are read ([`Trigger`], [`Tag`], `condition.rs`, `variable.rs`), and written by
//! `compile/write.rs`. Texts are named by their position, lists begin with their length, and what may be absent is 0 or one
//! more than its number.
//!
//! Nothing is made of the words when a release is read: evaluation looks them up. To make structs of them, check that
//! they fit together, and copy and drop them took the page more code than all of evaluation. Instead no words, whatever
//! they are, can make [`crate::evaluate::evaluate`] panic or run away: what is not there is 0 or empty, and
//! [`Release::max_steps`] bounds how much is looked up. It holds no names of variables and no paused tags: only what the
//! page needs.

#[cfg(feature = "authoring")]
mod authors;
mod kinds;

use alloc::string::String;
use alloc::vec::Vec;

use crate::id::{ConditionId, PatternId, SelectorId, TagId, TriggerId, VariableId};
use crate::value::decode;

pub use kinds::{EventKind, OncePer, TagKind};

/// The version this reader understands.
pub const FORMAT: u8 = 3;
/// Bytes of a release, at most: a hundred times what a large container takes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// [`Tag::sample`] of a tag that fires for everybody.
pub const EVERYBODY: u32 = 1_000_000;

/// Positions of records.
pub(crate) mod at {
    /// Of the whole release; its words are named below.
    pub(crate) const HEAD: usize = 0;
    /// For each category of consent: its name, and 1 if it is granted as long as nobody has said anything.
    #[cfg(feature = "authoring")]
    pub(crate) const CONSENT: usize = 1;
    /// The selectors.
    pub(crate) const SELECTORS: usize = 2;
    /// For each pattern: its source, and 1 if it ignores case.
    pub(crate) const PATTERNS: usize = 3;
    /// How many triggers there are of each kind of event.
    pub(crate) const EVENTS: usize = 4;
    /// The first variable; behind the variables stand conditions, triggers and tags.
    pub(crate) const VARIABLES: usize = 5;

    /// Words of the head: texts, numbers, and positions of the first condition, trigger and tag.
    pub(crate) const SITE: usize = 0;
    pub(crate) const NUMBER: usize = 1;
    pub(crate) const CLOCK: usize = 2;
    #[cfg(feature = "authoring")]
    pub(crate) const WAIT_MS: usize = 3;
    #[cfg(feature = "authoring")]
    pub(crate) const ENGAGEMENT: usize = 4;
    #[cfg(feature = "authoring")]
    pub(crate) const COOKIELESS: usize = 5;
    /// One more than the text.
    #[cfg(feature = "authoring")]
    pub(crate) const KEEP_QUERY: usize = 6;
    pub(crate) const REDACT: usize = 7;
    pub(crate) const CONDITIONS: usize = 8;
    pub(crate) const TRIGGERS: usize = 9;
    pub(crate) const TAGS: usize = 10;
}

/// Why bytes are no release. A number, because the page has no use for sentences.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
#[repr(u8)]
pub enum ReleaseError {
    /// Made for another version of the reader.
    Format = 1,
    /// More than [`MAX_BYTES`].
    TooLarge = 2,
    /// Not what a compiler wrote.
    Damaged = 3,
}

/// The rules of one site, ready to be evaluated.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq, Default))]
pub struct Release {
    words: Vec<u32>,
    /// Where each record ends among the words, after a 0.
    records: Vec<usize>,
    text: String,
    /// Where each text ends, after a 0.
    texts: Vec<usize>,
}

/// What of people may be known.
#[derive(Clone)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Privacy {
    /// Nothing is kept in the browser.
    pub cookieless: bool,
    /// Parameters of addresses that are kept, with spaces between them ([`Transform::KeepQuery`]); `None`: all.
    ///
    /// [`Transform::KeepQuery`]: crate::host::Transform::KeepQuery
    pub keep_query: Option<String>,
    /// Kinds of personal data that are taken out, with spaces between them ([`Transform::Redact`]).
    ///
    /// [`Transform::Redact`]: crate::host::Transform::Redact
    pub redact: String,
}

/// A trigger of a release: what it waits for, with its settings.
///
/// Its words: name, kind, `selector`, `other`, `pattern`, `text`, its condition, and lists of `numbers`, of members and of
/// the tags that have it in `on`, in ascending order. All kinds share these few:
///
/// | kind | `selector` | `other` | `pattern` | `text` | `numbers` | `members` |
/// |---|---|---|---|---|---|---|
/// | click | which elements | | | [`keys`](Self::keys) | | |
/// | rage click, copy, field, form, video | which elements | | | | | |
/// | link | where | what a link is | | [`keys`](Self::keys) | | |
/// | form success | which forms | what then is visible | or the path that then is open | | | |
/// | scroll, video progress | | | | | thresholds | |
/// | visible | which elements | | | | percent, milliseconds | |
/// | appears | which elements | | | | | |
/// | timer | | | | | every so many ms, how often, 1 if by the wall clock | |
/// | custom | | | fits the name | is the name | | |
/// | group | | | | | 1 if in order, within so many ms (0: any time) | of which triggers |
#[derive(Clone, Copy)]
pub struct Trigger<'r> {
    release: &'r Release,
    words: &'r [u32],
}

/// Settings of a trigger that waits until an element has been seen.
#[derive(Clone, Copy)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Visible {
    /// Which elements to watch.
    pub selector: SelectorId,
    /// How much of the element, or of the viewport where the element is larger, must be in view: 1 to 100.
    pub percent: u8,
    /// For how long without a break, in milliseconds.
    pub for_ms: u32,
}

/// A tag of a release.
///
/// Its words: name, kind, event, once per, key, sample, first day, last day, and lists of triggers that start it, of
/// exceptions, of categories of consent, and of properties, each a name and a variable.
#[derive(Clone, Copy)]
pub struct Tag<'r> {
    release: &'r Release,
    words: &'r [u32],
}

/// The words behind those of a trigger or tag that are always there: lists.
const TRIGGER_LISTS: usize = 7;
const TAG_LISTS: usize = 8;

/// Bytes not read yet. One that fails gives zeros from then on, and says so at the end.
struct Reader<'b> {
    bytes: &'b [u8],
    failed: bool,
}

impl Reader<'_> {
    fn number(&mut self) -> u32 {
        let mut number: u32 = 0;
        let mut shift = 0;
        loop {
            let Some((byte, rest)) = self.bytes.split_first() else {
                self.failed = true;
                return 0;
            };
            self.bytes = rest;
            number |= u32::from(byte & 0x7F) << shift;
            if *byte < 0x80 {
                return number;
            }
            shift += 7;
            if shift > 28 {
                self.failed = true;
                return 0;
            }
        }
    }

    /// Lengths of things that stand one after the other -> where each ends.
    fn ends(&mut self) -> Vec<usize> {
        let mut end = 0_usize;
        let mut ends = Vec::new();
        ends.push(end);
        let mut left = self.number();
        while left > 0 && !self.failed {
            end = end.saturating_add(size(self.number()));
            ends.push(end);
            left -= 1;
        }
        ends
    }
}

/// A number of the release as a position or length.
pub(crate) fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A word, if it is there.
pub(crate) fn word(words: &[u32], at: usize) -> u32 {
    words.get(at).copied().unwrap_or(0)
}

/// The list that begins the words, and what is behind it.
pub(crate) fn list(words: &[u32]) -> (&[u32], &[u32]) {
    let Some((length, rest)) = words.split_first() else {
        return (&[], &[]);
    };
    rest.split_at_checked(size(*length)).unwrap_or((rest, &[]))
}

/// The list behind so many others, which begin at a word.
fn list_at(words: &[u32], at: usize, behind: usize) -> &[u32] {
    let mut rest = words.get(at..).unwrap_or(&[]);
    for _ in 0..behind {
        rest = list(rest).1;
    }
    list(rest).0
}

/// What may be absent.
fn optional(word: u32) -> Option<usize> {
    word.checked_sub(1).map(size)
}

impl Release {
    /// Reads what [`compile`](crate::compile) wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, ReleaseError> {
        if bytes.len() > MAX_BYTES {
            return Err(ReleaseError::TooLarge);
        }
        let Some((&FORMAT, bytes)) = bytes.split_first() else {
            return Err(ReleaseError::Format);
        };
        let mut reader = Reader {
            bytes,
            failed: false,
        };
        let records = reader.ends();
        let texts = reader.ends();
        let mut words = Vec::new();
        let total = records.last().copied().unwrap_or(0);
        while words.len() < total && !reader.failed {
            words.push(reader.number());
        }
        match decode(reader.bytes) {
            Some(text) if !reader.failed && texts.last() == Some(&text.len()) => Ok(Self {
                words,
                records,
                text,
                texts,
            }),
            _ => Err(ReleaseError::Damaged),
        }
    }

    /// The words of a record.
    pub(crate) fn record(&self, at: usize) -> &[u32] {
        let (Some(from), Some(to)) = (self.records.get(at), self.records.get(at.saturating_add(1)))
        else {
            return &[];
        };
        self.words.get(*from..*to).unwrap_or(&[])
    }

    /// A text by its position.
    pub(crate) fn text(&self, at: u32) -> &str {
        let at = size(at);
        let (Some(from), Some(to)) = (self.texts.get(at), self.texts.get(at.saturating_add(1)))
        else {
            return "";
        };
        self.text.get(*from..*to).unwrap_or("")
    }

    fn head(&self, at: usize) -> u32 {
        word(self.record(at::HEAD), at)
    }

    /// A record of the kind whose first is named in the head.
    fn behind(&self, first: usize, index: usize) -> &[u32] {
        self.record(size(self.head(first)).saturating_add(index))
    }

    /// How many records stand between two that are named in the head.
    fn between(&self, first: usize, end: u32) -> usize {
        size(end.saturating_sub(self.head(first)))
    }

    /// Values and conditions that one evaluation looks at, at most: many times what any container that passes the check
    /// needs, so that it ends in time linear in the size of the release, whatever that is.
    pub(crate) fn max_steps(&self) -> u32 {
        u32::try_from(self.words.len())
            .unwrap_or(u32::MAX)
            .saturating_mul(500)
    }

    pub(crate) fn variable(&self, id: VariableId) -> &[u32] {
        self.record(at::VARIABLES.saturating_add(id.index()))
    }

    pub(crate) fn condition(&self, id: ConditionId) -> &[u32] {
        self.behind(at::CONDITIONS, id.index())
    }

    /// The site these rules belong to.
    pub fn site(&self) -> &str {
        self.text(self.head(at::SITE))
    }

    /// The number of this release among those of the site.
    pub fn number(&self) -> u32 {
        self.head(at::NUMBER)
    }

    /// How the host is asked for the time in the time zone of the site; empty if no tag has a date.
    pub fn clock(&self) -> &str {
        self.text(self.head(at::CLOCK))
    }

    /// [`Privacy::redact`].
    pub(crate) fn redact(&self) -> &str {
        self.text(self.head(at::REDACT))
    }

    /// The selectors, at the positions that a [`SelectorId`] names.
    pub fn selectors(&self) -> impl Iterator<Item = &str> {
        self.record(at::SELECTORS)
            .iter()
            .map(|text| self.text(*text))
    }

    /// The patterns, at the positions that a [`PatternId`] names: each as JavaScript writes it for the flag `u`, and whether
    /// the flag `i` is set.
    pub fn patterns(&self) -> impl Iterator<Item = (&str, bool)> {
        let pairs = self.record(at::PATTERNS).chunks_exact(2);
        pairs.map(|pair| (self.text(word(pair, 0)), word(pair, 1) > 0))
    }

    /// A trigger by its id.
    pub fn trigger(&self, id: TriggerId) -> Option<Trigger<'_>> {
        let is_known = id.index() < self.between(at::TRIGGERS, self.head(at::TAGS));
        is_known.then(|| Trigger {
            release: self,
            words: self.behind(at::TRIGGERS, id.index()),
        })
    }

    pub(crate) fn tag(&self, id: TagId) -> Tag<'_> {
        Tag {
            release: self,
            words: self.behind(at::TAGS, id.index()),
        }
    }

    /// The triggers that wait for an event, in ascending order; those that wait for anything are not among them. The page
    /// need not listen for what nothing waits for.
    pub fn waiting_for(
        &self,
        event: EventKind,
    ) -> impl ExactSizeIterator<Item = TriggerId> + use<> {
        // Triggers stand in the order of what they wait for.
        let counts = self.record(at::EVENTS);
        let before = counts.iter().take(event as usize);
        let from = before.fold(0, |sum: usize, count| sum.saturating_add(size(*count)));
        let triggers = self.between(at::TRIGGERS, self.head(at::TAGS));
        let to = from
            .saturating_add(size(word(counts, event as usize)))
            .min(triggers);
        (from.min(to)..to).map(TriggerId::from_index)
    }
}

impl<'r> Trigger<'r> {
    /// The name it has in the container.
    pub fn name(&self) -> &'r str {
        self.release.text(word(self.words, 0))
    }

    /// What it waits for.
    pub fn kind(&self) -> EventKind {
        EventKind::of_number(word(self.words, 1)).unwrap_or(EventKind::Pageview)
    }

    /// Which elements it is about; none: any.
    pub fn selector(&self) -> Option<SelectorId> {
        optional(word(self.words, 2)).map(SelectorId::from_index)
    }

    /// Of links, what is one; of forms, what must be visible after one was sent.
    pub fn other_selector(&self) -> Option<SelectorId> {
        optional(word(self.words, 3)).map(SelectorId::from_index)
    }

    /// What the path must fit after a form was sent, or the name of a custom event.
    pub fn pattern(&self) -> Option<PatternId> {
        optional(word(self.words, 4)).map(PatternId::from_index)
    }

    /// For triggers about clicks: something around the click has one of these, in ASCII lower case: `#id`, `.class`,
    /// `[attribute`, `tag`; a `\0` stands between them. Empty: anything has.
    pub fn keys(&self) -> &'r str {
        self.release.text(word(self.words, 5))
    }

    pub(crate) fn when(&self) -> Option<ConditionId> {
        optional(word(self.words, 6)).map(ConditionId::from_index)
    }

    /// The numbers of its settings: see [`Trigger`].
    pub fn numbers(&self) -> &'r [u32] {
        list_at(self.words, TRIGGER_LISTS, 0)
    }

    /// Of a group, its triggers.
    pub(crate) fn members(
        &self,
    ) -> impl DoubleEndedIterator<Item = TriggerId> + ExactSizeIterator + use<'r> {
        let members = list_at(self.words, TRIGGER_LISTS, 1).iter();
        members.map(|id| TriggerId::from_index(size(*id)))
    }

    /// The tags that it starts, in ascending order.
    pub(crate) fn tags(&self) -> impl ExactSizeIterator<Item = TagId> + use<'r> {
        let tags = list_at(self.words, TRIGGER_LISTS, 2).iter();
        tags.map(|id| TagId::from_index(size(*id)))
    }

    /// The settings of a trigger of the kind `visible`.
    pub fn visible(&self) -> Option<Visible> {
        let &[percent, for_ms] = self.numbers() else {
            return None;
        };
        Some(Visible {
            selector: self.selector()?,
            percent: u8::try_from(percent).ok()?,
            for_ms,
        })
    }
}

impl<'r> Tag<'r> {
    /// The name it has in the container.
    pub fn name(&self) -> &'r str {
        self.release.text(word(self.words, 0))
    }

    /// What it does.
    pub fn kind(&self) -> TagKind {
        TagKind::of(word(self.words, 1))
    }

    /// The name of the event it sends.
    pub fn event(&self) -> &'r str {
        self.release.text(word(self.words, 2))
    }

    pub(crate) fn once_per(&self) -> OncePer {
        OncePer::of(word(self.words, 3))
    }

    /// What the browser remembers it by: the same in every release.
    pub(crate) fn key(&self) -> u32 {
        word(self.words, 4)
    }

    /// Of a million visitors, those it fires for.
    pub fn sample(&self) -> u32 {
        word(self.words, 5)
    }

    /// The first day it fires on, or nothing.
    pub(crate) fn from(&self) -> &'r str {
        self.release.text(word(self.words, 6))
    }

    /// The last day it fires on, or nothing.
    pub(crate) fn until(&self) -> &'r str {
        self.release.text(word(self.words, 7))
    }

    /// The triggers that start it.
    pub(crate) fn on(&self) -> impl Iterator<Item = TriggerId> + use<'r> {
        self.triggers(0)
    }

    /// The triggers that hold it back when they fire too.
    pub(crate) fn except(&self) -> impl Iterator<Item = TriggerId> + use<'r> {
        self.triggers(1)
    }

    fn triggers(&self, list: usize) -> impl Iterator<Item = TriggerId> + use<'r> {
        let triggers = list_at(self.words, TAG_LISTS, list).iter();
        triggers.map(|id| TriggerId::from_index(size(*id)))
    }

    /// The categories it needs, all of which must be granted.
    pub fn consent(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let release = self.release;
        let categories = list_at(self.words, TAG_LISTS, 2).iter();
        categories.map(|text| release.text(*text))
    }

    /// Of events and entries of the data layer: the properties; of a pixel: its address; of a script: address and hash.
    pub(crate) fn with(&self) -> impl Iterator<Item = (&'r str, VariableId)> + use<'r> {
        let release = self.release;
        let pairs = list_at(self.words, TAG_LISTS, 3).chunks_exact(2);
        pairs.map(|pair| {
            (
                release.text(word(pair, 0)),
                VariableId::from_index(size(word(pair, 1))),
            )
        })
    }
}
