//! The release: the compact binary form of a checked container, and its reader.
//!
//! ```text
//! byte 0    format version (FORMAT)
//! bytes 1…  `Release` as `wire.rs` writes it: site, number, clock, consent, wait_ms, engagement, selectors, patterns, variables, conditions, triggers, tags
//! ```
//!
//! Reading checks everything evaluation relies on: ids point into their tables, conditions are shallow trees. A release
//! that was read cannot make [`crate::evaluate::evaluate`] panic or run away. It holds no names of variables and no
//! paused tags: only what the page needs.

use alloc::string::String;
use alloc::vec::Vec;

use crate::condition::{self, Condition};
use crate::id::{ConditionId, PatternId, SelectorId, TagId, TriggerId, VariableId};
use crate::value::Value;
use crate::variable::{self, Variable};
use crate::wire::{Reader, wire_enum, wire_struct};

/// The version this reader understands.
pub const FORMAT: u8 = 2;
/// Bytes of a release, at most: a hundred times what a large container takes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

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
    /// Refers to what it does not contain.
    Unsound = 4,
}

/// The rules of one site, ready to be evaluated.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Release {
    pub(crate) site: String,
    pub(crate) number: u32,
    /// How the host is asked for the time in the time zone of the site, if any tag has a date.
    pub(crate) clock: String,
    /// Categories of consent, and whether each is granted as long as nobody has said anything.
    pub(crate) consent: Vec<(String, bool)>,
    pub(crate) wait_ms: u32,
    /// Whether time spent on pages is reported.
    pub(crate) engagement: bool,
    pub(crate) privacy: Privacy,
    pub(crate) selectors: Vec<String>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) tags: Vec<Tag>,
    /// Triggers by what they wait for, in ascending order. Derived when read.
    pub(crate) by_event: [Vec<TriggerId>; EventKind::COUNT],
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

wire_struct!(Privacy {
    cookieless,
    keep_query,
    redact
});

/// A regular expression that means the same here and in the page.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq, Clone))]
pub struct Pattern {
    /// As JavaScript writes it, for the flag `u`.
    pub source: String,
    /// Whether the flag `i` is set.
    pub ignore_case: bool,
}

/// What can happen on a page, and what a trigger can wait for. The numbers stand in releases and are never given away.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
#[repr(u8)]
pub enum EventKind {
    /// A page was loaded, or its address changed.
    Pageview,
    /// A click; links are clicks too.
    Click,
    /// A form was sent.
    FormSubmit,
    /// An element was seen, as one trigger asks for.
    Visible,
    /// The tag has started.
    Init,
    /// The document is whole.
    DomReady,
    /// Everything of the page is loaded.
    WindowLoaded,
    /// A trigger that waits for a click on a link. Nothing happens under this name.
    Link,
    /// Somebody tried to send a form, whether it was filled in rightly or not.
    FormAttempt,
    /// A form was sent and the site said yes, as one trigger asks for.
    FormSuccess,
    /// A field got the focus.
    FieldFocus,
    /// A field was changed and left.
    FieldChange,
    /// A field was entered and left as it was.
    FieldAbandon,
    /// So many percent of the height have been scrolled to.
    ScrollPercent,
    /// So many pixels of the height have been scrolled to.
    ScrollPixels,
    /// So many percent of the width have been scrolled to.
    ScrollPercentAcross,
    /// So many pixels of the width have been scrolled to.
    ScrollPixelsAcross,
    /// An element was added to the page, as one trigger asks for.
    Appears,
    /// Time has passed, as one trigger asks for.
    Timer,
    /// The address changed without a load.
    History,
    /// The page said so: `dataLayer.push({event: …})` or `weir('event', …)`.
    Custom,
    /// A video began to play.
    VideoStart,
    /// A video was paused.
    VideoPause,
    /// So many percent of a video have been played.
    VideoProgress,
    /// A video was played to its end.
    VideoComplete,
    /// An error that the page did not catch.
    Error,
    /// The pointer left the page at the top.
    ExitIntent,
    /// Several clicks on one place in a short time.
    RageClick,
    /// Something was copied.
    Copy,
    /// How fast the page was, once it is known.
    WebVitals,
    /// A trigger that waits for anything. Nothing happens under this name.
    AnyEvent,
    /// A trigger that waits for other triggers. Nothing happens under this name.
    Group,
}

impl EventKind {
    pub(crate) const COUNT: usize = 32;
    /// All kinds, each at the position of its number.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Pageview,
        Self::Click,
        Self::FormSubmit,
        Self::Visible,
        Self::Init,
        Self::DomReady,
        Self::WindowLoaded,
        Self::Link,
        Self::FormAttempt,
        Self::FormSuccess,
        Self::FieldFocus,
        Self::FieldChange,
        Self::FieldAbandon,
        Self::ScrollPercent,
        Self::ScrollPixels,
        Self::ScrollPercentAcross,
        Self::ScrollPixelsAcross,
        Self::Appears,
        Self::Timer,
        Self::History,
        Self::Custom,
        Self::VideoStart,
        Self::VideoPause,
        Self::VideoProgress,
        Self::VideoComplete,
        Self::Error,
        Self::ExitIntent,
        Self::RageClick,
        Self::Copy,
        Self::WebVitals,
        Self::AnyEvent,
        Self::Group,
    ];

    /// The kind of a number in a release.
    pub fn of_number(number: u32) -> Option<Self> {
        Reader::whole(&[u8::try_from(number).ok()?])
    }

    /// The value of the variable `event.name`; that of a custom event is its own.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pageview => "pageview",
            Self::Click | Self::Link => "click",
            Self::FormSubmit | Self::FormAttempt | Self::FormSuccess => "form",
            Self::Visible => "visible",
            Self::Init => "init",
            Self::DomReady => "dom_ready",
            Self::WindowLoaded => "window_loaded",
            Self::FieldFocus | Self::FieldChange | Self::FieldAbandon => "field",
            Self::ScrollPercent
            | Self::ScrollPixels
            | Self::ScrollPercentAcross
            | Self::ScrollPixelsAcross => "scroll",
            Self::Appears => "appears",
            Self::Timer => "timer",
            Self::History => "history",
            Self::Custom => "custom",
            Self::VideoStart | Self::VideoPause | Self::VideoProgress | Self::VideoComplete => {
                "video"
            }
            Self::Error => "error",
            Self::ExitIntent => "exit_intent",
            Self::RageClick => "rage_click",
            Self::Copy => "copy",
            Self::WebVitals => "web_vitals",
            Self::AnyEvent => "any_event",
            Self::Group => "group",
        }
    }

    /// What happens when a trigger of this kind fires: a link is a click.
    pub(crate) fn heard_as(self) -> Self {
        match self {
            Self::Link => Self::Click,
            other => other,
        }
    }

    /// Whether the page reports such events to one trigger, whose settings it watches.
    pub(crate) fn is_watched_for(self) -> bool {
        matches!(
            self,
            Self::Visible | Self::Appears | Self::Timer | Self::FormSuccess
        )
    }

    /// Whether such an event is about reaching one of the numbers of a trigger.
    pub(crate) fn has_thresholds(self) -> bool {
        self.is_scroll() || self == Self::VideoProgress
    }

    pub(crate) fn is_scroll(self) -> bool {
        matches!(
            self,
            Self::ScrollPercent
                | Self::ScrollPixels
                | Self::ScrollPercentAcross
                | Self::ScrollPixelsAcross
        )
    }
}

/// A trigger of a release: what it waits for, with its settings.
///
/// All kinds share these few fields, because a type for each would be a page's worth of code to read:
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
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Trigger {
    pub(crate) name: String,
    pub(crate) kind: EventKind,
    pub(crate) selector: Option<SelectorId>,
    pub(crate) other: Option<SelectorId>,
    pub(crate) pattern: Option<PatternId>,
    pub(crate) text: String,
    pub(crate) numbers: Vec<u32>,
    pub(crate) members: Vec<TriggerId>,
    pub(crate) when: Option<ConditionId>,
    /// Tags that have this trigger in `on`, in ascending order. Derived when read.
    pub(crate) tags: Vec<TagId>,
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
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub struct Tag {
    pub(crate) name: String,
    pub(crate) kind: TagKind,
    /// Of events: the name.
    pub(crate) event: String,
    pub(crate) on: Vec<TriggerId>,
    pub(crate) except: Vec<TriggerId>,
    /// Of events and entries of the data layer: the properties; of a pixel: its address; of a script: address and hash.
    pub(crate) with: Vec<(String, Expression)>,
    pub(crate) once_per: OncePer,
    /// What the browser remembers the tag by: the same in every release.
    pub(crate) key: u32,
    /// Categories, all of which must be granted.
    pub(crate) consent: Vec<String>,
    /// Of a million visitors, those it fires for.
    pub(crate) sample: u32,
    /// The first day it fires on, or nothing.
    pub(crate) from: String,
    /// The last day it fires on, or nothing.
    pub(crate) until: String,
}

/// What a tag does.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
pub enum TagKind {
    /// Sends an event to the collector.
    Event,
    /// Asks for an image.
    Pixel,
    /// Runs a script.
    Script,
    /// Puts an entry on the data layer.
    Push,
}

/// [`Tag::sample`] of a tag that fires for everybody.
pub const EVERYBODY: u32 = 1_000_000;

/// How often a tag may fire.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
pub enum OncePer {
    /// Every time.
    Event,
    /// Once for each element of the page view.
    Element,
    /// Once in the page view.
    Page,
    /// Once in the session.
    Session,
    /// Once in a day of the site's time zone.
    Day,
    /// Once in this browser.
    Visitor,
}

/// How a property of an event is made.
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Expression {
    Constant(Value),
    /// A variable as it is, with its type.
    Variable(VariableId),
    /// Texts and variables, joined into a text.
    Template(Vec<Part>),
}

/// A piece of a template.
#[cfg_attr(feature = "authoring", derive(Clone))]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, PartialEq))]
pub(crate) enum Part {
    Text(String),
    Variable(VariableId),
}

wire_struct!(Release {
    site, number, clock, consent, wait_ms, engagement, privacy, selectors, patterns, variables, conditions, triggers, tags
} derived { by_event });
wire_struct!(Pattern {
    source,
    ignore_case
});
wire_struct!(Trigger {
    name, kind, selector, other, pattern, text, numbers, members, when
} derived { tags });
wire_enum!(EventKind {
    0 => Pageview, 1 => Click, 2 => FormSubmit, 3 => Visible, 4 => Init, 5 => DomReady, 6 => WindowLoaded, 7 => Link,
    8 => FormAttempt, 9 => FormSuccess, 10 => FieldFocus, 11 => FieldChange, 12 => FieldAbandon, 13 => ScrollPercent,
    14 => ScrollPixels, 15 => ScrollPercentAcross, 16 => ScrollPixelsAcross, 17 => Appears, 18 => Timer, 19 => History,
    20 => Custom, 21 => VideoStart, 22 => VideoPause, 23 => VideoProgress, 24 => VideoComplete, 25 => Error,
    26 => ExitIntent, 27 => RageClick, 28 => Copy, 29 => WebVitals, 30 => AnyEvent, 31 => Group,
});
wire_struct!(Tag {
    name,
    kind,
    event,
    on,
    except,
    with,
    once_per,
    key,
    consent,
    sample,
    from,
    until
});
wire_enum!(TagKind { 0 => Event, 1 => Pixel, 2 => Script, 3 => Push });
wire_enum!(OncePer { 0 => Event, 1 => Element, 2 => Page, 3 => Session, 4 => Day, 5 => Visitor });
wire_enum!(Expression { 0 => Constant(value), 1 => Variable(id), 2 => Template(parts) });
wire_enum!(Part { 0 => Text(text), 1 => Variable(id) });

impl Release {
    /// Reads what [`compile`](crate::compile) wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, ReleaseError> {
        if bytes.len() > MAX_BYTES {
            return Err(ReleaseError::TooLarge);
        }
        let Some((&FORMAT, body)) = bytes.split_first() else {
            return Err(ReleaseError::Format);
        };
        let Some(mut release) = Reader::whole::<Self>(body) else {
            return Err(ReleaseError::Damaged);
        };
        if !release.is_sound() {
            // Forgotten rather than dropped: the page has no other use for the code that would drop it.
            core::mem::forget(release);
            return Err(ReleaseError::Unsound);
        }
        release.derive_indexes();
        Ok(release)
    }

    /// The site these rules belong to.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The number of this release among those of the site.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How the host is asked for the time in the time zone of the site; empty if no tag has a date.
    pub fn clock(&self) -> &str {
        &self.clock
    }

    /// The categories of consent, and whether each is granted as long as nobody has said anything.
    pub fn consent(&self) -> &[(String, bool)] {
        &self.consent
    }

    /// How long to wait for an answer that was given before, until what is default holds: milliseconds.
    pub fn consent_wait_ms(&self) -> u32 {
        self.wait_ms
    }

    /// Whether time spent on pages is reported.
    pub fn reports_engagement(&self) -> bool {
        self.engagement
    }

    /// What of people may be known.
    pub fn privacy(&self) -> &Privacy {
        &self.privacy
    }

    /// The selectors, at the positions that a [`SelectorId`] names.
    pub fn selectors(&self) -> &[String] {
        &self.selectors
    }

    /// The patterns, at the positions that a [`PatternId`](crate::id::PatternId) names.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// A trigger by its id.
    pub fn trigger(&self, id: TriggerId) -> Option<&Trigger> {
        self.triggers.get(id.index())
    }

    /// The trigger of this name: for simulation and tests.
    #[cfg(feature = "authoring")]
    pub fn trigger_named(&self, name: &str) -> Option<TriggerId> {
        let at = self.triggers.iter().position(|it| it.name == name)?;
        Some(TriggerId::from_index(at))
    }

    /// What the page has to watch for triggers of the kind `visible`.
    pub fn visible_triggers(&self) -> impl Iterator<Item = (TriggerId, Visible)> + '_ {
        self.waiting_for(EventKind::Visible)
            .iter()
            .filter_map(|id| Some((*id, self.triggers.get(id.index())?.visible()?)))
    }

    /// Whether any variable asks the host for this.
    #[cfg(feature = "authoring")]
    pub(crate) fn lends(&self, what: crate::host::Lent) -> bool {
        use crate::variable::Source;
        let lent = |variable: &Variable| match &variable.source {
            Source::Page(lent, _) | Source::Element(_, lent, _) => *lent == what,
            _ => false,
        };
        self.variables.iter().any(lent)
    }

    /// The triggers that wait for an event, in ascending order; those that wait for anything are not among them. The page
    /// need not listen for what nothing waits for.
    pub fn waiting_for(&self, event: EventKind) -> &[TriggerId] {
        self.by_event.get(event as usize).map_or(&[], Vec::as_slice)
    }

    /// The numbers that triggers wait for in events about reaching one: scroll depths, percentages of videos. Ascending.
    pub fn thresholds(&self, event: EventKind) -> Vec<u32> {
        let mut all: Vec<u32> = Vec::new();
        let waiting = self.waiting_for(event).iter();
        for trigger in waiting.filter_map(|id| self.triggers.get(id.index())) {
            for number in &trigger.numbers {
                if let Err(at) = all.binary_search(number) {
                    all.insert(at, *number);
                }
            }
        }
        all
    }

    pub(crate) fn derive_indexes(&mut self) {
        variable::derive(&mut self.variables);
        for (index, trigger) in self.triggers.iter().enumerate() {
            if let Some(list) = self.by_event.get_mut(trigger.kind.heard_as() as usize) {
                list.push(TriggerId::from_index(index));
            }
        }
        for (index, tag) in self.tags.iter().enumerate() {
            let id = TagId::from_index(index);
            for trigger in &tag.on {
                if let Some(trigger) = self.triggers.get_mut(trigger.index())
                    && trigger.tags.last() != Some(&id)
                {
                    trigger.tags.push(id);
                }
            }
        }
    }

    /// Whether every id points into its table, the conditions are trees, and triggers that look at others come behind them.
    fn is_sound(&self) -> bool {
        let (selectors, variables) = (self.selectors.len(), self.variables.len());
        let patterns = self.patterns.len();
        let mut behind = 0;
        let triggers_are_sound = self.triggers.iter().enumerate().all(|(at, trigger)| {
            let rank = trigger.rank();
            let in_order = rank >= behind;
            behind = rank;
            in_order
                && trigger.is_sound(selectors, patterns, self.conditions.len())
                && trigger.members.iter().all(|member| member.index() < at)
        });
        variable::are_sound(&self.variables, selectors, patterns)
            && condition::are_sound(&self.conditions, variables, patterns, selectors)
            && triggers_are_sound
            && self.tags.iter().all(|tag| {
                tag.on
                    .iter()
                    .chain(&tag.except)
                    .all(|trigger| trigger.index() < self.triggers.len())
                    && tag
                        .with
                        .iter()
                        .all(|(_, expression)| expression.is_sound(variables))
            })
    }
}

impl Trigger {
    /// The name it has in the container.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it waits for.
    pub fn kind(&self) -> EventKind {
        self.kind
    }

    /// Which elements it is about; none: any.
    pub fn selector(&self) -> Option<SelectorId> {
        self.selector
    }

    /// For triggers about clicks: something around the click has one of these, in ASCII lower case: `#id`, `.class`,
    /// `[attribute`, `tag`; a `\0` stands between them. Empty: anything has.
    pub fn keys(&self) -> &str {
        &self.text
    }

    /// What must be visible after a form was sent.
    pub fn success_selector(&self) -> Option<SelectorId> {
        self.other
    }

    /// What the path must fit after a form was sent, or the name of a custom event.
    pub fn pattern(&self) -> Option<PatternId> {
        self.pattern
    }

    /// The numbers of its settings: see [`Trigger`].
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// The settings of a trigger of the kind `visible`.
    pub fn visible(&self) -> Option<Visible> {
        let &[percent, for_ms] = self.numbers.as_slice() else {
            return None;
        };
        Some(Visible {
            selector: self.selector?,
            percent: u8::try_from(percent).ok()?,
            for_ms,
        })
    }

    /// Triggers stand in this order: those that wait for something, for anything, for other triggers.
    pub(crate) fn rank(&self) -> u8 {
        (self.kind as u8).saturating_sub(EventKind::WebVitals as u8)
    }

    fn is_sound(&self, selectors: usize, patterns: usize, conditions: usize) -> bool {
        let known = |id: Option<SelectorId>| id.is_none_or(|id| id.index() < selectors);
        known(self.selector)
            && known(self.other)
            && self.pattern.is_none_or(|id| id.index() < patterns)
            && self.when.is_none_or(|id| id.index() < conditions)
    }
}

impl Tag {
    /// The name it has in the container.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the event it sends.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// What it does.
    pub fn kind(&self) -> TagKind {
        self.kind
    }

    /// The categories it needs.
    pub fn consent(&self) -> &[String] {
        &self.consent
    }

    /// Of a million visitors, those it fires for.
    pub fn sample(&self) -> u32 {
        self.sample
    }
}

impl Expression {
    fn is_sound(&self, variables: usize) -> bool {
        let known = |id: &VariableId| id.index() < variables;
        match self {
            Self::Constant(_) => true,
            Self::Variable(id) => known(id),
            Self::Template(parts) => parts.iter().all(|part| match part {
                Part::Text(_) => true,
                Part::Variable(id) => known(id),
            }),
        }
    }
}
