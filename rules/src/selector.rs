//! CSS selectors, checked by the parser that Firefox uses, so that what is accepted is what `Element.matches` accepts.
//!
//! Stricter than a browser in one way: a faulty part inside `:is(…)` or `:where(…)`, which browsers skip in silence, is
//! an error. Pseudo-elements are refused, because no element ever matches them.

use std::fmt;

use cssparser::{BasicParseErrorKind, CssStringWriter, ParseErrorKind, Parser as CssParser, ToCss};
use precomputed_hash::PrecomputedHash;
use selectors::parser::{
    Component, NonTSPseudoClass, ParseRelative, Parser, PseudoElement, SelectorImpl, SelectorList,
    SelectorParseErrorKind,
};

/// Characters of a selector, at most.
pub(crate) const MAX_CHARS: usize = 1_000;

/// A selector that browsers understand.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector(String);

impl Selector {
    /// Checks a selector.
    pub(crate) fn parse(text: &str) -> Result<Self, SelectorFault> {
        let text = text.trim();
        parse_list(text).map(|_| Self(text.to_owned()))
    }

    /// `<meta name="…">` or `<meta property="…">`.
    pub(crate) fn of_meta(name: &str) -> Self {
        let mut quoted = String::from("\"");
        // Writing to a string cannot fail.
        let _ = fmt::Write::write_str(&mut CssStringWriter::new(&mut quoted), name);
        quoted.push('"');
        Self(format!("meta[name={quoted}],meta[property={quoted}]"))
    }

    /// Whatever leads somewhere.
    pub(crate) fn of_links() -> Self {
        Self("a[href],area[href]".to_owned())
    }

    /// For each of its alternatives, something that every element it matches has, in ASCII lower case: `#id`, `.class`,
    /// `[attribute` or the name of the tag, whichever is rarest; empty if there is no such thing.
    pub(crate) fn keys(&self) -> Vec<String> {
        let list = parse_list(&self.0);
        let alternatives = list.iter().flat_map(SelectorList::slice);
        alternatives.map(key_of).collect()
    }

    /// The selector as it is handed to the browser.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// See [`Selector::keys`]. Only the element itself is looked at, which stands rightmost.
fn key_of(selector: &selectors::parser::Selector<Css>) -> String {
    let keys = selector.iter().filter_map(|part| {
        Some(match part {
            Component::ID(id) => (3, format!("#{}", id.0)),
            Component::Class(class) => (2, format!(".{}", class.0)),
            Component::AttributeInNoNamespaceExists { local_name, .. }
            | Component::AttributeInNoNamespace { local_name, .. } => {
                (1, format!("[{}", local_name.0))
            }
            Component::LocalName(name) => (0, name.lower_name.0.clone()),
            _ => return None,
        })
    });
    let (_, rarest) = keys.max().unwrap_or_default();
    rarest.to_ascii_lowercase()
}

/// Why a text is not a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SelectorFault {
    Empty,
    EndsEarly,
    PseudoElement(String),
    PseudoClass(String),
    ClassName,
    Attribute,
    Namespace,
    Unexpected(String),
    Other,
}

/// What a selector is made of, for the parser. Also what the in-memory page matches with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Css;

impl SelectorImpl for Css {
    type ExtraMatchingData<'a> = ();
    type AttrValue = Text;
    type Identifier = Text;
    type LocalName = Text;
    type NamespaceUrl = Text;
    type NamespacePrefix = Text;
    type BorrowedNamespaceUrl = Text;
    type BorrowedLocalName = Text;
    type NonTSPseudoClass = State;
    type PseudoElement = NoPseudoElement;
}

/// A name or value in a selector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PrecomputedHash for Text {
    /// Hashes only feed filters that are not used here; equal texts hash equally, which is all that is asked.
    fn precomputed_hash(&self) -> u32 {
        self.0.bytes().fold(0, |hash: u32, byte| {
            hash.wrapping_mul(31).wrapping_add(u32::from(byte))
        })
    }
}

impl ToCss for Text {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        dest.write_str(&self.0)
    }
}

/// A pseudo-class that depends on the state of the element in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State(String);

impl State {
    /// As written, in lower case, without the colon.
    #[cfg(feature = "page")]
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

impl NonTSPseudoClass for State {
    fn is_active_or_hover(&self) -> bool {
        matches!(self.0.as_str(), "active" | "hover")
    }

    fn is_user_action_state(&self) -> bool {
        matches!(
            self.0.as_str(),
            "active" | "hover" | "focus" | "focus-within" | "focus-visible"
        )
    }
}

impl ToCss for State {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        dest.write_char(':')?;
        dest.write_str(&self.0)
    }
}

/// There are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoPseudoElement {}

impl PseudoElement for NoPseudoElement {}

impl ToCss for NoPseudoElement {
    fn to_css<W: fmt::Write>(&self, _dest: &mut W) -> fmt::Result {
        match *self {}
    }
}

/// Pseudo-classes that every browser of the last years knows, besides the structural ones of the parser.
const STATES: &[&str] = &[
    "active",
    "any-link",
    "autofill",
    "checked",
    "default",
    "defined",
    "disabled",
    "enabled",
    "focus",
    "focus-visible",
    "focus-within",
    "fullscreen",
    "hover",
    "in-range",
    "indeterminate",
    "invalid",
    "link",
    "modal",
    "optional",
    "out-of-range",
    "placeholder-shown",
    "read-only",
    "read-write",
    "required",
    "target",
    "valid",
    "visited",
];

struct Rules;

enum Refusal {
    Kind(SelectorParseErrorKind),
    PseudoElement(String),
    PseudoClass(String),
}

impl From<SelectorParseErrorKind> for Refusal {
    fn from(kind: SelectorParseErrorKind) -> Self {
        Self::Kind(kind)
    }
}

type Parsed<T> = Result<T, cssparser::ParseError<Refusal>>;

impl<'i> Parser<'i> for Rules {
    type Impl = Css;
    type Error = Refusal;

    fn parse_nth_child_of(&self) -> bool {
        true
    }

    fn parse_is_and_where(&self) -> bool {
        true
    }

    fn parse_has(&self) -> bool {
        true
    }

    fn allow_forgiving_selectors(&self) -> bool {
        false
    }

    fn parse_non_ts_pseudo_class(&self, name: &str) -> Parsed<State> {
        let lower = name.to_ascii_lowercase();
        if STATES.contains(&lower.as_str()) {
            Ok(State(lower))
        } else if matches!(
            lower.as_str(),
            "before" | "after" | "first-line" | "first-letter"
        ) {
            // CSS 2 wrote these with one colon.
            Err(cssparser::ParseError::custom(Refusal::PseudoElement(lower)))
        } else {
            Err(cssparser::ParseError::custom(Refusal::PseudoClass(
                name.to_owned(),
            )))
        }
    }

    fn parse_non_ts_functional_pseudo_class(
        &self,
        name: &str,
        arguments: &mut CssParser<'i>,
        _after_part: bool,
    ) -> Parsed<State> {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "lang" => {
                let language = arguments.expect_ident_or_string()?;
                Ok(State(format!("lang({})", language)))
            }
            "dir" => {
                let direction = arguments.expect_ident()?;
                Ok(State(format!("dir({})", direction)))
            }
            _ => Err(cssparser::ParseError::custom(Refusal::PseudoClass(
                format!("{name}()"),
            ))),
        }
    }

    fn parse_pseudo_element(&self, name: &str) -> Parsed<NoPseudoElement> {
        Err(cssparser::ParseError::custom(Refusal::PseudoElement(
            name.to_owned(),
        )))
    }

    fn parse_functional_pseudo_element(
        &self,
        name: &str,
        _arguments: &mut CssParser<'i>,
    ) -> Parsed<NoPseudoElement> {
        Err(cssparser::ParseError::custom(Refusal::PseudoElement(
            format!("{name}()"),
        )))
    }
}

/// Parses a list of selectors.
pub(crate) fn parse_list(text: &str) -> Result<SelectorList<Css>, SelectorFault> {
    if text.trim().is_empty() {
        return Err(SelectorFault::Empty);
    }
    let mut input = CssParser::new(text);
    let list = SelectorList::parse(&Rules, &mut input, ParseRelative::No);
    let at = input.position().byte_index();
    match list {
        Ok(list) => Ok(list),
        Err(error) => Err(fault(error.kind, text, at)),
    }
}

fn fault(kind: ParseErrorKind<Refusal>, text: &str, at: usize) -> SelectorFault {
    use SelectorParseErrorKind as Kind;
    match kind {
        ParseErrorKind::Custom(Refusal::PseudoElement(name)) => SelectorFault::PseudoElement(name),
        ParseErrorKind::Custom(Refusal::PseudoClass(name)) => SelectorFault::PseudoClass(name),
        ParseErrorKind::Custom(Refusal::Kind(
            Kind::NoQualifiedNameInAttributeSelector
            | Kind::UnexpectedTokenInAttributeSelector
            | Kind::ExpectedBarInAttr
            | Kind::BadValueInAttr
            | Kind::InvalidQualNameInAttr,
        )) => SelectorFault::Attribute,
        ParseErrorKind::Custom(Refusal::Kind(
            Kind::ExpectedNamespace | Kind::ExplicitNamespaceUnexpectedToken,
        )) => SelectorFault::Namespace,
        // `.3d` is read as a number, `..` as two points without names.
        _ if has_nameless_class(text) => SelectorFault::ClassName,
        _ if ends_early(text) => SelectorFault::EndsEarly,
        ParseErrorKind::Basic(BasicParseErrorKind::EndOfInput) => SelectorFault::EndsEarly,
        _ => unexpected(text, at),
    }
}

fn has_nameless_class(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let next = chars.peek();
        let nameless = |next: &char| next.is_ascii_digit() || matches!(next, '.' | ' ' | '#');
        if char == '.' && next.is_some_and(nameless) {
            return true;
        }
    }
    false
}

fn ends_early(text: &str) -> bool {
    text.trim_end()
        .ends_with(['>', '+', '~', ',', '.', '#', ':', '('])
}

/// The sign the parser stopped behind.
fn unexpected(text: &str, at: usize) -> SelectorFault {
    // A block is taken as a whole, so that the parser stops behind it.
    if text.contains('{') {
        return SelectorFault::Unexpected("{".to_owned());
    }
    let before = text.get(..at).unwrap_or(text).trim_end();
    match before.chars().next_back() {
        Some(char) => SelectorFault::Unexpected(char.to_string()),
        None => text
            .trim_start()
            .chars()
            .next()
            .map_or(SelectorFault::Other, |char| {
                SelectorFault::Unexpected(char.to_string())
            }),
    }
}
