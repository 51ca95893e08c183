//! Checked examples: pages, what is done on them, and what must come of it. Whoever runs them finds here where each part
//! was written.

use super::literal::Literal;

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Path in the structure.
    pub path: String,
    /// The bytes of the text.
    pub span: std::ops::Range<usize>,
}

/// An example.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// What people call it.
    pub name: String,
    /// Where it was written.
    pub written: Written,
    /// The page.
    pub page: ExamplePage,
    /// What happens on it, one after the other.
    pub steps: Vec<ExampleStep>,
    /// All that tags do then, in this order. Automatic events are not among it.
    pub expect: Vec<Expected>,
}

/// The page of an example.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExamplePage {
    /// Its address.
    pub url: String,
    /// Its content.
    pub html: String,
    /// The page before.
    pub referrer: String,
    /// Cookies.
    pub cookies: Vec<(String, String)>,
    /// What the browser keeps for the site.
    pub local_storage: Vec<(String, String)>,
    /// What the browser keeps for the tab.
    pub session_storage: Vec<(String, String)>,
    /// Entries of the data layer, each as JSON.
    pub data_layer: Vec<String>,
    /// Global variables of the page, as one JSON object.
    pub globals: Option<String>,
    /// What the visitor has said about consent.
    pub consent: Vec<(String, bool)>,
    /// The day, `2026-12-31`.
    pub today: Option<String>,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleStep {
    /// `click`, `scroll`, … as in [`STEPS`](crate::container::EXAMPLE_STEPS).
    pub kind: String,
    /// A selector, a number, a length of time in milliseconds or a name; empty if the kind takes nothing.
    pub what: String,
    /// The entry of the data layer that comes with a custom event, as JSON.
    pub data: Option<String>,
    /// Where it was written.
    pub written: Written,
}

/// What a kind of step takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepTakes {
    /// `true`.
    Nothing,
    /// A selector.
    Selector,
    /// A percentage.
    Percent,
    /// Pixels.
    Pixels,
    /// A length of time.
    Time,
    /// The name of an event.
    Name,
    /// An entry of the data layer.
    Entry,
}

/// The kinds of steps.
pub const EXAMPLE_STEPS: &[(&str, StepTakes)] = &[
    ("pageview", StepTakes::Nothing),
    ("init", StepTakes::Nothing),
    ("dom_ready", StepTakes::Nothing),
    ("window_loaded", StepTakes::Nothing),
    ("history", StepTakes::Nothing),
    ("error", StepTakes::Nothing),
    ("exit_intent", StepTakes::Nothing),
    ("web_vitals", StepTakes::Nothing),
    ("click", StepTakes::Selector),
    ("rage_click", StepTakes::Selector),
    ("copy", StepTakes::Selector),
    ("form", StepTakes::Selector),
    ("form_attempt", StepTakes::Selector),
    ("form_success", StepTakes::Selector),
    ("field_focus", StepTakes::Selector),
    ("field_change", StepTakes::Selector),
    ("field_abandon", StepTakes::Selector),
    ("visible", StepTakes::Selector),
    ("appears", StepTakes::Selector),
    ("video_start", StepTakes::Selector),
    ("video_pause", StepTakes::Selector),
    ("video_progress", StepTakes::Percent),
    ("video_complete", StepTakes::Selector),
    ("scroll", StepTakes::Percent),
    ("scroll_pixels", StepTakes::Pixels),
    ("scroll_across", StepTakes::Percent),
    ("scroll_across_pixels", StepTakes::Pixels),
    ("timer", StepTakes::Time),
    ("custom", StepTakes::Name),
    ("push", StepTakes::Entry),
];

/// Something a tag does.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// What.
    pub what: ExpectedWhat,
    /// By which tag; none: by any.
    pub tag: Option<String>,
    /// Properties that it must have; it may have others.
    pub with: Vec<(String, Literal)>,
    /// Where it was written.
    pub written: Written,
}

/// What a tag does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedWhat {
    /// Sends an event of this name.
    Event(String),
    /// Asks for this image.
    Pixel(String),
    /// Runs the script of this address.
    Script(String),
    /// Puts an entry on the data layer, which `with` describes.
    Push,
    /// Whatever the tag does.
    Anything,
}
