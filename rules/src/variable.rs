//! Variables: where a value comes from, and how the host is asked for it.

use alloc::string::String;

use crate::decimal::Decimal;
use crate::evaluate::{Host, PageField};
use crate::id::SelectorId;
use crate::value::{self, Cast, Value};
use crate::wire::{wire_enum, wire_struct};

/// A variable of a release.
#[cfg_attr(feature = "authoring", derive(Clone))]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) struct Variable {
    pub(crate) source: Source,
    pub(crate) cast: Option<Cast>,
    /// Stands in when there is no value, or none of the type asked for.
    pub(crate) default: Option<Value>,
}

/// Where a variable reads.
#[cfg_attr(feature = "authoring", derive(Clone))]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Source {
    /// The same value always.
    Constant(Value),
    /// A field of the page.
    Page(PageField),
    /// A parameter of the page's address.
    Query(String),
    /// What happened: `pageview`, `click`, `form`, `visible`.
    EventName,
    /// The text of an element.
    Text(Place),
    /// An attribute of an element.
    Attribute(Place, String),
    /// An attribute that holds an address, made absolute.
    Address(Place, String),
    /// How many elements there are.
    Count(Place),
    /// Whether there is such an element.
    Exists(Place),
}

/// Which element a variable reads from.
#[cfg_attr(feature = "authoring", derive(Clone))]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Place {
    /// The element that the trigger matched.
    Matched,
    /// The form that the matched element is or belongs to.
    Form,
    /// The nearest element around the matched one, itself included.
    Around(SelectorId),
    /// The first such element of the document.
    Anywhere(SelectorId),
    /// The first such element (second) inside the nearest one around the matched one (first).
    Within(SelectorId, SelectorId),
}

wire_struct!(Variable {
    source,
    cast,
    default
});
wire_enum!(Source {
    0 => Constant(value),
    1 => Page(field),
    2 => Query(name),
    3 => EventName,
    4 => Text(place),
    5 => Attribute(place, name),
    6 => Address(place, name),
    7 => Count(place),
    8 => Exists(place),
});
wire_enum!(Place {
    0 => Matched,
    1 => Form,
    2 => Around(selector),
    3 => Anywhere(selector),
    4 => Within(around, selector),
});

impl Place {
    fn needs_element(&self) -> bool {
        !matches!(self, Self::Anywhere(_))
    }

    /// Whether every selector of the place is one of the `selectors` of the release.
    pub(crate) fn is_sound(&self, selectors: usize) -> bool {
        match self {
            Self::Matched | Self::Form => true,
            Self::Around(one) | Self::Anywhere(one) => one.index() < selectors,
            Self::Within(one, other) => one.index() < selectors && other.index() < selectors,
        }
    }

    fn find<H: Host>(&self, matched: Option<&H::Element>, host: &mut H) -> Option<H::Element> {
        match self {
            Self::Matched => matched.cloned(),
            Self::Form => host.form(matched?),
            Self::Around(selector) => host.closest(matched?, *selector),
            Self::Anywhere(selector) => host.find(None, *selector),
            Self::Within(around, selector) => {
                let around = host.closest(matched?, *around)?;
                host.find(Some(&around), *selector)
            }
        }
    }

    fn count<H: Host>(&self, matched: Option<&H::Element>, host: &mut H) -> u32 {
        let found = match self {
            Self::Anywhere(selector) => return host.count(None, *selector),
            Self::Within(around, selector) => {
                let around = matched.and_then(|matched| host.closest(matched, *around));
                return around.map_or(0, |around| host.count(Some(&around), *selector));
            }
            Self::Matched | Self::Form | Self::Around(_) => self.find(matched, host),
        };
        u32::from(found.is_some())
    }
}

impl Variable {
    /// Whether the value depends on the element that a trigger matched.
    pub(crate) fn needs_element(&self) -> bool {
        match &self.source {
            Source::Constant(_) | Source::Page(_) | Source::Query(_) | Source::EventName => false,
            Source::Text(place)
            | Source::Attribute(place, _)
            | Source::Address(place, _)
            | Source::Count(place)
            | Source::Exists(place) => place.needs_element(),
        }
    }

    /// Whether every selector the variable names is one of the `selectors` of the release.
    pub(crate) fn is_sound(&self, selectors: usize) -> bool {
        match &self.source {
            Source::Constant(_) | Source::Page(_) | Source::Query(_) | Source::EventName => true,
            Source::Text(place)
            | Source::Attribute(place, _)
            | Source::Address(place, _)
            | Source::Count(place)
            | Source::Exists(place) => place.is_sound(selectors),
        }
    }

    /// The value, of the type asked for, or the default.
    pub(crate) fn read<H: Host>(
        &self,
        event_name: &str,
        matched: Option<&H::Element>,
        host: &mut H,
    ) -> Option<Value> {
        let found = self.source.read(event_name, matched, host);
        let typed = match self.cast {
            None => found,
            Some(cast) => found.and_then(|value| value.cast(cast)),
        };
        typed.or_else(|| self.default.clone())
    }
}

impl Source {
    fn read<H: Host>(
        &self,
        event_name: &str,
        matched: Option<&H::Element>,
        host: &mut H,
    ) -> Option<Value> {
        let text = match self {
            Self::Constant(value) => return Some(value.clone()),
            Self::Count(place) => {
                return Some(Value::Number(Decimal::from(place.count(matched, host))));
            }
            Self::Exists(place) => return Some(Value::Boolean(place.count(matched, host) > 0)),
            Self::Page(field) => host.page(*field),
            Self::Query(name) => host.query(name),
            Self::EventName => Some(String::from(event_name)),
            Self::Text(place) => {
                let element = place.find(matched, host)?;
                host.text(&element).map(|text| value::tidy(&text))
            }
            Self::Attribute(place, name) => {
                let element = place.find(matched, host)?;
                if is_private(&element, name, host) {
                    return None;
                }
                host.attribute(&element, name)
            }
            Self::Address(place, name) => {
                let element = place.find(matched, host)?;
                host.address(&element, name)
            }
        };
        text.map(|text| Value::Text(value::cut(text)))
    }
}

/// The `value` of a password, hidden or payment field is never read, whatever a container asks for.
fn is_private<H: Host>(element: &H::Element, name: &str, host: &mut H) -> bool {
    if !name.eq_ignore_ascii_case("value") {
        return false;
    }
    let kind = host.attribute(element, "type").unwrap_or_default();
    let kind = kind.trim();
    if kind.eq_ignore_ascii_case("password") || kind.eq_ignore_ascii_case("hidden") {
        return true;
    }
    let filled_with = host.attribute(element, "autocomplete").unwrap_or_default();
    filled_with.split_ascii_whitespace().any(|word| {
        word.get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("cc-"))
            || word.eq_ignore_ascii_case("one-time-code")
            || word.eq_ignore_ascii_case("current-password")
            || word.eq_ignore_ascii_case("new-password")
    })
}
