//! What the page lends while rules are evaluated.
//!
//! Rules ask for values by a [`Lent`] and, where there are many of a kind, by name. One method for all of them, rather
//! than one each, because every function that crosses from the page into the tag costs every visitor some bytes.
//!
//! A host keeps three promises that rules rely on: it lends nothing of an element that opted out ([`OPT_OUT`]), never
//! what was typed into a password, payment, one-time-code or hidden field, and no cookie or storage but by its name.

use alloc::string::String;

use crate::id::{PatternId, SelectorId, TriggerId};
use crate::release::{OncePer, size};
use crate::trace::Step;
use crate::value::Value;

/// An element with this attribute, and everything in it, is read by no variable.
pub const OPT_OUT: &str = "data-weir-ignore";

/// What a host lends, mostly by a name (`key`). The numbers are known to `tag-wasm/js/lend.js` and to
/// parts of the loader, `tag-wasm/js/parts`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
#[repr(u8)]
pub enum Lent {
    /// The whole address of the page.
    Url,
    /// Address of the page before.
    Referrer,
    /// Of the session: `number`, `landing_page`, `referrer` (of its first page), `is_new` (it began with this page view).
    Session,
    /// Of consent: whether a category is `granted` or `denied`.
    Consent,
    /// Host name of the page, without port.
    Host,
    /// Path of the page as people write it, beginning with a slash.
    Path,
    /// What follows `#`, without it.
    Fragment,
    /// Title of the document.
    Title,
    /// Language of the document, else of the browser.
    Language,
    /// A parameter of the page's address, decoded; the first of several.
    Query,
    /// A cookie, decoded.
    Cookie,
    /// What the browser keeps for the site.
    LocalStorage,
    /// What the browser keeps for the tab.
    SessionStorage,
    /// The newest value at a path of the data layer.
    DataLayer,
    /// A value at a path of the page's global variables.
    Global,
    /// A value at a path of what happened: `scroll.percent`, `video.title`, `event.ecommerce.value`.
    Detail,
    /// Of the device: `type`, `width`, `height`.
    Device,
    /// Of the time in a time zone: `hour`, `weekday`, `iso`, then a space and the name of the zone.
    Time,
    /// A random number, at least 0 and below 1.
    Random,
    /// The text in the element, white space as it comes.
    Text,
    /// An attribute of the element, as written.
    Attribute,
    /// An attribute of the element that holds an address, made absolute.
    Address,
    /// What was typed or chosen in the element.
    Field,
    /// What was typed or chosen in the field of this name of the element, which is a form.
    FormField,
    /// A selector that finds the element again and says where it is.
    Selector,
    /// The name of the element's tag, in lower case.
    TagName,
    /// Of what was pushed to the data layer about a shop, in whichever of the usual shapes: `event`, `order_id`, `revenue`,
    /// `value`, `currency`, `item`, `items`.
    Ecommerce,
    /// What kind of link an element is: `internal`, `outbound`, … as in [`link`](crate::link). The key is the hosts of the site.
    LinkKind,
    /// Whether an element is a link to another site than that of these hosts.
    LeadsOut,
    /// The element in short, `tag#id`, else `tag.class.class`: what an analyst reads in the column `element`.
    Description,
}

impl Lent {
    /// All, each at the position of its number.
    const ALL: [Self; 30] = [
        Self::Url,
        Self::Referrer,
        Self::Session,
        Self::Consent,
        Self::Host,
        Self::Path,
        Self::Fragment,
        Self::Title,
        Self::Language,
        Self::Query,
        Self::Cookie,
        Self::LocalStorage,
        Self::SessionStorage,
        Self::DataLayer,
        Self::Global,
        Self::Detail,
        Self::Device,
        Self::Time,
        Self::Random,
        Self::Text,
        Self::Attribute,
        Self::Address,
        Self::Field,
        Self::FormField,
        Self::Selector,
        Self::TagName,
        Self::Ecommerce,
        Self::LinkKind,
        Self::LeadsOut,
        Self::Description,
    ];

    /// The one of this number.
    pub(crate) fn of(number: u32) -> Option<Self> {
        Self::ALL.get(size(number)).copied()
    }
}

/// How a host changes a text. The numbers are known to parts of the loader, `tag-wasm/js/parts`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
#[repr(u8)]
pub enum Transform {
    /// In lower case, by Unicode.
    Lower,
    /// In upper case, by Unicode.
    Upper,
    /// Without white space at its ends.
    Trim,
    /// Only its digits.
    Digits,
    /// As part of an address: small letters, Latin for Cyrillic, `-` for everything that is no letter or digit.
    Slug,
    /// SHA-256 of its UTF-8, in hexadecimal digits.
    Hash,
    /// The day, or the day and the time, that it names, in the time zone of the argument: `2026-12-31`,
    /// `2026-12-31T18:00:00`.
    Date,
    /// A part of the address that it is: the argument says which, and for `query` the parameter behind a space.
    Url,
    /// The argument, with `$0` to `$9` for what the pattern has found, and `$$` for `$`.
    Expand,
    /// The text, with what `Expand` gives in place of everything the pattern finds.
    Replace,
    /// The text without personal data of the kinds named in the argument ([`privacy::redact`](crate::privacy)).
    Redact,
    /// The address with only those parameters that a pattern of the argument allows.
    KeepQuery,
    /// As one value in an address: percent-encoded, as `encodeURIComponent` does it.
    Encode,
    /// The entries between its commas, with [`LIST_SEPARATOR`](crate::value::LIST_SEPARATOR) between them.
    List,
    /// `true` for `true`, `1`, `yes`, `on`, `false` for `false`, `0`, `no`, `off`.
    Boolean,
    /// The number that the whole text is: see [`Decimal`](crate::decimal::Decimal).
    Number,
    /// The same without its decimals.
    Integer,
    /// The first amount in the text, whatever stands around it.
    Money,
    /// The number, rounded to as many decimals as the argument says.
    Round,
    /// The name of the range that the number is in; the argument is where ranges begin, ascending, with spaces between.
    Bucket,
    /// `<`, `=` or `>`: how the number compares with the argument.
    Order,
    /// The same for days; of the longer one of the two, the beginning counts.
    OrderOfDays,
}

impl Transform {
    /// All, each at the position of its number.
    const ALL: [Self; 22] = [
        Self::Lower,
        Self::Upper,
        Self::Trim,
        Self::Digits,
        Self::Slug,
        Self::Hash,
        Self::Date,
        Self::Url,
        Self::Expand,
        Self::Replace,
        Self::Redact,
        Self::KeepQuery,
        Self::Encode,
        Self::List,
        Self::Boolean,
        Self::Number,
        Self::Integer,
        Self::Money,
        Self::Round,
        Self::Bucket,
        Self::Order,
        Self::OrderOfDays,
    ];

    /// The one of this number.
    pub(crate) fn of(number: u32) -> Option<Self> {
        Self::ALL.get(size(number)).copied()
    }
}

/// The page, lent. Every answer may be `None`; none may panic.
///
/// Texts may be of any length (they are cut after the call), but a host does well not to copy megabytes.
pub trait Host {
    /// A handle to an element; cheap to clone.
    type Element: Clone;

    /// A value of the page, or of an element.
    fn lend(&mut self, what: Lent, key: &str, of: Option<&Self::Element>) -> Option<Value>;
    /// A text, changed; `None` if it cannot be.
    fn transform(
        &mut self,
        how: Transform,
        pattern: Option<PatternId>,
        argument: &str,
        text: &str,
    ) -> Option<String>;
    /// The form that the element is or belongs to.
    fn form(&mut self, element: &Self::Element) -> Option<Self::Element>;
    /// The nearest match around the element, itself included, across the borders of shadow roots.
    fn closest(&mut self, element: &Self::Element, selector: SelectorId) -> Option<Self::Element>;
    /// Triggers about clicks that may be about something around the element, itself included, one after the other as `at`
    /// goes up from 0, each once: all that have no [keys](crate::release::Trigger::keys) and those of which something
    /// around the element has one.
    fn near(&mut self, element: &Self::Element, at: usize) -> Option<TriggerId>;
    /// The first match inside an element, or in the document.
    fn find(
        &mut self,
        within: Option<&Self::Element>,
        selector: SelectorId,
    ) -> Option<Self::Element>;
    /// The number of matches inside an element, or in the document.
    fn count(&mut self, within: Option<&Self::Element>, selector: SelectorId) -> u32;
    /// Whether the pattern is found somewhere in the text.
    fn matches_pattern(&mut self, pattern: PatternId, text: &str) -> bool;
    /// A number that is the element's own as long as the page lives.
    fn element_key(&mut self, element: &Self::Element) -> u32;
    /// Milliseconds since 1970; never less than the time before.
    fn now(&mut self) -> u64;
    /// Who visits: the same as long as the browser knows.
    fn visitor(&mut self) -> u64;
    /// Whether a tag, named by its key, fires for the first time in the session, on the day or ever; it is remembered.
    fn is_first(&mut self, period: OncePer, tag: u32) -> bool;
    /// Is told what the evaluation does, step by step. The page has no use for it.
    #[inline]
    fn trace(&mut self, _step: Step<'_, Self::Element>) {}

    /// What is lent, as a text.
    fn text(&mut self, what: Lent, key: &str, of: Option<&Self::Element>) -> Option<String> {
        self.lend(what, key, of).map(Value::into_text)
    }

    /// An attribute as written; `None` if the element has none of that name.
    fn attribute(&mut self, element: &Self::Element, name: &str) -> Option<String> {
        self.text(Lent::Attribute, name, Some(element))
    }
}
