//! Checked tags: what each kind does, when it may, and how often.

use crate::container::Expression;
use crate::decimal::Decimal;
use crate::release::OncePer;

/// A tag.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// Its name, unique in the container.
    pub name: String,
    /// Positions in [`Container::triggers`](crate::Container::triggers): any of them makes it fire.
    pub on: Vec<usize>,
    /// Positions in [`Container::triggers`](crate::Container::triggers): any of them keeps it from firing.
    pub except: Vec<usize>,
    /// What it does.
    pub kind: TagKind,
    /// How often.
    pub once_per: OncePer,
    /// Consent categories, all of which must be granted.
    pub consent: Vec<String>,
    /// The share of visitors it fires for, 0 to 1; none: all of them.
    pub sample: Option<Decimal>,
    /// Tags of a higher priority fire first; of the same, those that come first.
    pub priority: i32,
    /// The first day it fires on, `2026-12-01`, in the time zone of the site.
    pub from: Option<String>,
    /// The last day it fires on.
    pub until: Option<String>,
    /// Does not fire at all.
    pub paused: bool,
    /// Words to find it by.
    pub labels: Vec<String>,
    /// Remarks.
    pub notes: Option<String>,
}

/// What a tag does.
#[derive(Debug, Clone, PartialEq)]
pub enum TagKind {
    /// Sends an event to the collector.
    Event {
        /// Its name.
        name: String,
        /// Its properties.
        with: Vec<(String, Expression)>,
    },
    /// Asks for an image of another site. Values in the address are encoded.
    Pixel(Expression),
    /// Runs a script of another site.
    Script {
        /// Its address.
        url: String,
        /// What its content must be, as the browser checks it.
        integrity: String,
    },
    /// Puts an entry on the data layer of the page.
    Push(Vec<(String, Expression)>),
    /// Sends an event to the collector, which sends it on.
    Forward {
        /// The event.
        event: String,
        /// Its properties.
        with: Vec<(String, Expression)>,
        /// Where to. The page is not told.
        to: String,
    },
}

impl Tag {
    /// The event it sends to the collector, if it does.
    pub fn event(&self) -> Option<&str> {
        match &self.kind {
            TagKind::Event { name, .. } | TagKind::Forward { event: name, .. } => Some(name),
            TagKind::Pixel(_) | TagKind::Script { .. } | TagKind::Push(_) => None,
        }
    }
}

/// What the collector sends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The tag whose events are meant.
    pub tag: String,
    /// The name of the event.
    pub event: String,
    /// Where to.
    pub to: String,
}

/// Consent as the site asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The categories, and whether each is granted as long as nobody has said anything.
    pub categories: Vec<(String, bool)>,
    /// How long to wait for an answer that was given before, until what is default holds.
    pub wait_ms: u32,
    /// Signs that browsers give, which count as an answer.
    pub signals: Vec<Signal>,
    /// Answers come from a consent platform by the IAB's framework.
    pub tcf: bool,
    /// The container says something about consent, so pages may too.
    pub is_written: bool,
}

/// What a browser tells every page of its visitor's wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Global Privacy Control: nothing is to be sold or shared; no to `marketing`.
    Gpc,
    /// Do Not Track: no to everything.
    Dnt,
}

/// Which events are sent without any rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Automatic {
    /// A page was seen.
    pub pageview: bool,
    /// Time was spent on it.
    pub engagement: bool,
    /// A link to another site was clicked.
    pub outbound_click: bool,
    /// A link to a file was clicked.
    pub file_download: bool,
    /// A phone number, a mail address or a chat was clicked.
    pub contact_click: bool,
    /// The page pushed to the data layer what a shop does, in one of the usual shapes. Off unless it is asked for: a site
    /// may have rules for it.
    pub ecommerce: bool,
}

/// What shops do, as events.
pub const ECOMMERCE_EVENTS: [&str; 6] = [
    "view_item",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "purchase",
    "refund",
];

impl Automatic {
    /// The names of the events, and whether they are sent.
    pub fn events(&self) -> Vec<(&'static str, bool)> {
        let mut events = vec![
            ("pageview", self.pageview),
            ("engagement", self.engagement),
            ("outbound_click", self.outbound_click),
            ("file_download", self.file_download),
            ("contact_click", self.contact_click),
        ];
        events.extend(ECOMMERCE_EVENTS.map(|event| (event, self.ecommerce)));
        events
    }
}

impl Default for Automatic {
    fn default() -> Self {
        Self {
            pageview: true,
            engagement: true,
            outbound_click: true,
            file_download: true,
            contact_click: true,
            ecommerce: false,
        }
    }
}

impl Default for Consent {
    fn default() -> Self {
        Self {
            categories: vec![
                ("analytics".to_owned(), true),
                ("marketing".to_owned(), false),
            ],
            wait_ms: 0,
            signals: Vec::new(),
            tcf: false,
            is_written: false,
        }
    }
}
