//! What releases name by numbers: what can happen, what tags do, how often they may.

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
        Self::ALL.get(usize::try_from(number).ok()?).copied()
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
    #[cfg(feature = "authoring")]
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

/// What a tag does.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug))]
#[repr(u8)]
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

/// How often a tag may fire.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
#[repr(u8)]
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

impl TagKind {
    /// The one of this number; of another, the first.
    pub(crate) fn of(number: u32) -> Self {
        match number {
            1 => Self::Pixel,
            2 => Self::Script,
            3 => Self::Push,
            _ => Self::Event,
        }
    }
}

impl OncePer {
    /// The one of this number; of another, the first.
    pub(crate) fn of(number: u32) -> Self {
        match number {
            1 => Self::Element,
            2 => Self::Page,
            3 => Self::Session,
            4 => Self::Day,
            5 => Self::Visitor,
            _ => Self::Event,
        }
    }
}
