//! Variables, and what of people may be known.

use super::literal::{Cast, Literal};
use crate::decimal::Decimal;
use crate::host::{Lent, Transform};
use crate::pattern::Pattern;
use crate::selector::Selector;

use super::Expression;

/// What of people may be known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Privacy {
    /// How visitors are recognised.
    pub identity: Identity,
    /// Parameters of addresses that are kept, in small letters, `*` for anything; `None`: all of them.
    pub keep_query: Option<Vec<String>>,
    /// What is taken out of texts and addresses.
    pub redact: Vec<String>,
}

/// How visitors are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Identity {
    /// By a cookie.
    #[default]
    Cookie,
    /// Nothing is kept in the browser.
    Cookieless,
}

/// A named variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Where it reads.
    pub source: Source,
    /// What is done to the value, in order.
    pub steps: Vec<Step>,
    /// The type it is read as.
    pub cast: Option<Cast>,
    /// It is read as a day.
    pub as_date: bool,
    /// What it is when there is nothing to read.
    pub default: Option<Literal>,
}

/// A built-in variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// What a host lends of the page.
    Page(Lent, String),
    /// What a host lends of an element.
    Element(ElementOf, Lent, String),
    /// An element in short.
    Description(ElementOf),
    /// What happened.
    EventName,
    /// The kind of the link.
    LinkKind,
    /// Whether the link leads to another site.
    LeadsOut,
    /// The number of the release.
    Version,
    /// A part of the time in the site's time zone.
    Time(&'static str),
    /// Whether this is the visitor's first session.
    IsNewVisitor,
    /// What the session came from: `google`, `vk.com`, `direct`.
    SessionSource,
    /// How the session came: `cpc`, `organic`, `referral`, `none`.
    SessionMedium,
    /// The campaign that the session came from.
    SessionCampaign,
}

/// Whose values built-in variables read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementOf {
    /// The element that the trigger matched.
    Trigger,
    /// The form around it.
    Form,
    /// The link around it.
    Link,
}

/// Where a named variable reads.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The same value always.
    Constant(Literal),
    /// What a host lends of the page, by a name.
    Page(Lent, String),
    /// A `<meta>` of the page.
    Meta(String),
    /// The text of an element.
    Text(Place),
    /// An attribute of an element.
    Attribute(Place, String),
    /// What was typed or chosen in a field.
    Field(Place),
    /// The same, of the field of this name in the form around the element.
    FormField(String),
    /// How many elements there are.
    Count(Place),
    /// Whether there is one.
    Exists(Place),
    /// A part of an address.
    Url(Expression, UrlPart),
    /// What stands beside a text in a table.
    Lookup {
        /// What is looked up.
        input: Expression,
        /// In small letters if case does not matter.
        table: Vec<(String, Literal)>,
        /// Without regard to case.
        ignore_case: bool,
    },
    /// What stands beside the first pattern that is found.
    PatternTable {
        /// What is looked at.
        input: Expression,
        /// Texts may have `$1` in them.
        table: Vec<(Pattern, Literal)>,
    },
    /// The first that has a value, and not an empty one.
    First(Vec<Expression>),
    /// Texts and variables in a row.
    Template(Expression),
    /// All that have a value, and not an empty one, with a text between them.
    Join(Vec<Expression>, String),
}

/// A part of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlPart {
    /// By its name; behind `query` a space and a parameter.
    Named(String),
    /// The whole address, with these parameters only.
    Keep(Vec<String>),
}

/// What is done to a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The host changes the text.
    Text(Transform, String),
    /// The host changes the text by what a pattern finds in it.
    Pattern(Transform, Pattern, String),
    /// Rounded to so many decimals.
    Round(u8),
    /// The name of the range that the number is in: where each range but the first begins.
    Bucket(Vec<Decimal>),
}

/// Which element a variable reads from. Without either selector: the one the trigger matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The first such element, in the page or inside `closest`.
    pub selector: Option<Selector>,
    /// The nearest such element around the one the trigger matched.
    pub closest: Option<Selector>,
}
