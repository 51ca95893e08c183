//! Checked triggers: what each kind waits for, with all its settings.

use crate::container::Condition;
use crate::link::LinkKind;
use crate::pattern::Pattern;
use crate::release::EventKind;
use crate::selector::Selector;

/// A trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// What it waits for.
    pub kind: TriggerKind,
    /// What must hold besides.
    pub when: Option<Condition>,
}

/// What a trigger waits for. Without a selector: any element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriggerKind {
    /// A page view.
    Pageview,
    /// The start of the tag.
    Init,
    /// The document is whole.
    DomReady,
    /// Everything of the page is loaded.
    WindowLoaded,
    /// A click on the element or anything inside it.
    Click(Option<Selector>),
    /// A click on a link.
    Link {
        /// The link, or something around or inside it.
        selector: Option<Selector>,
        /// Only links of these kinds; none: of any.
        kinds: Vec<LinkKind>,
    },
    /// A form.
    Form {
        /// The form or something around it.
        selector: Option<Selector>,
        /// How far it has come.
        stage: FormStage,
    },
    /// A field of a form.
    Field {
        /// The field or something around it.
        selector: Option<Selector>,
        /// What is done with it.
        on: FieldAct,
    },
    /// So much of the page has been scrolled to.
    Scroll {
        /// Each of them fires once, ascending.
        thresholds: Vec<u32>,
        /// Whether thresholds are pixels rather than percent.
        in_pixels: bool,
        /// Whether to look at the width rather than at the height.
        across: bool,
    },
    /// An element that is seen.
    Visible {
        /// Which elements.
        selector: Selector,
        /// How much of it, 1 to 100.
        percent: u8,
        /// For how long.
        for_ms: u32,
    },
    /// An element that is added to the page.
    Appears(Selector),
    /// Time that passes.
    Timer {
        /// How much of it.
        every_ms: u32,
        /// How often, at most, in one page view.
        limit: u32,
        /// Whether time counts that the page is not looked at.
        by_wall_clock: bool,
    },
    /// A change of the address without a load.
    History,
    /// An event the page names.
    Custom(CustomName),
    /// A video.
    Video(VideoAct),
    /// An error that the page did not catch.
    Error,
    /// The pointer leaves the page at the top.
    ExitIntent,
    /// Several clicks on one place in a short time.
    RageClick(Option<Selector>),
    /// Something is copied.
    Copy(Option<Selector>),
    /// How fast the page was, once it is known.
    WebVitals,
    /// Other triggers, all of which have fired in one page view.
    Group {
        /// Their positions in [`Container::triggers`](crate::Container::triggers).
        members: Vec<usize>,
        /// Whether they must fire in this order.
        in_order: bool,
        /// In how much time from the first to the last.
        within_ms: Option<u32>,
    },
    /// Anything.
    AnyEvent,
}

impl TriggerKind {
    /// What it is in a release.
    pub(crate) fn event(&self) -> EventKind {
        match self {
            Self::Pageview => EventKind::Pageview,
            Self::Init => EventKind::Init,
            Self::DomReady => EventKind::DomReady,
            Self::WindowLoaded => EventKind::WindowLoaded,
            Self::Click(_) => EventKind::Click,
            Self::Link { .. } => EventKind::Link,
            Self::Form { stage, .. } => match stage {
                FormStage::Submit => EventKind::FormSubmit,
                FormStage::Attempt => EventKind::FormAttempt,
                FormStage::SuccessVisible(_) | FormStage::SuccessPath(_) => EventKind::FormSuccess,
            },
            Self::Field { on, .. } => match on {
                FieldAct::Focus => EventKind::FieldFocus,
                FieldAct::Change => EventKind::FieldChange,
                FieldAct::Abandon => EventKind::FieldAbandon,
            },
            Self::Scroll {
                in_pixels, across, ..
            } => match (in_pixels, across) {
                (false, false) => EventKind::ScrollPercent,
                (true, false) => EventKind::ScrollPixels,
                (false, true) => EventKind::ScrollPercentAcross,
                (true, true) => EventKind::ScrollPixelsAcross,
            },
            Self::Visible { .. } => EventKind::Visible,
            Self::Appears(_) => EventKind::Appears,
            Self::Timer { .. } => EventKind::Timer,
            Self::History => EventKind::History,
            Self::Custom(_) => EventKind::Custom,
            Self::Video(act) => match act {
                VideoAct::Start => EventKind::VideoStart,
                VideoAct::Pause => EventKind::VideoPause,
                VideoAct::Progress(_) => EventKind::VideoProgress,
                VideoAct::Complete => EventKind::VideoComplete,
            },
            Self::Error => EventKind::Error,
            Self::ExitIntent => EventKind::ExitIntent,
            Self::RageClick(_) => EventKind::RageClick,
            Self::Copy(_) => EventKind::Copy,
            Self::WebVitals => EventKind::WebVitals,
            Self::AnyEvent => EventKind::AnyEvent,
            Self::Group { .. } => EventKind::Group,
        }
    }
}

/// How far a form has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormStage {
    /// It is sent.
    Submit,
    /// Somebody tries to send it, filled in rightly or not.
    Attempt,
    /// After it was sent, such an element is visible.
    SuccessVisible(Selector),
    /// After it was sent, a page of such a path is open.
    SuccessPath(Pattern),
}

/// What is done with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldAct {
    /// It gets the focus.
    Focus,
    /// It is changed and left.
    Change,
    /// It is entered and left as it was.
    Abandon,
}

/// What a custom event must be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomName {
    /// This.
    Is(String),
    /// Something that fits this.
    Fits(Pattern),
}

/// What happens with a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VideoAct {
    /// It begins.
    Start,
    /// It is paused.
    Pause,
    /// So many percent of it have been played; each fires once, ascending.
    Progress(Vec<u32>),
    /// It has been played to its end.
    Complete,
}
