//! A page in memory: HTML and an address, to evaluate rules on without a browser.
//!
//! For simulation and tests. Elements are found by the same selector parser that the check uses, and patterns run on the
//! same engine, so what fires here fires in a browser, apart from what only a browser knows: what is visible, hovered
//! or typed.

mod css;
mod ecommerce;
mod field;
mod html;
mod lend;
mod place;
mod transform;
mod tree;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

pub use tree::Tree;

use selectors::parser::SelectorList;
use url::Url;

use crate::decimal::Decimal;
use crate::host::{Host, Lent, OPT_OUT, Transform};
use crate::id::{PatternId, SelectorId, TriggerId};
use crate::pattern;
use crate::privacy;
use crate::release::{EventKind, OncePer, Release};
use crate::selector::{self, Css};
use crate::trace::{Note, Step};
use crate::value::Value;

/// Characters of a day, as in `2026-12-31`.
const DAY_CHARS: usize = 10;
/// Elements around an element that are looked at, at most.
const MAX_ANCESTORS: usize = 10_000;

/// A page.
pub struct Page {
    /// Its address.
    pub url: String,
    /// The page before.
    pub referrer: String,
    /// Language of the browser, if the document names none.
    pub language: String,
    /// Cookies, decoded.
    pub cookies: BTreeMap<String, String>,
    /// What the browser keeps for the site.
    pub local_storage: BTreeMap<String, String>,
    /// What the browser keeps for the tab.
    pub session_storage: BTreeMap<String, String>,
    /// What was pushed to the data layer, the oldest first.
    pub data_layer: Vec<Tree>,
    /// Global variables of the page.
    pub globals: Tree,
    /// What happened, with its details: `{"scroll": {"percent": 50}}`, `{"event": {"value": 5}}`.
    pub detail: Tree,
    /// The session.
    pub session: Session,
    /// What the visitor has said about consent; what the container sets out holds for the other categories.
    pub consent: BTreeMap<String, bool>,
    /// The device.
    pub device: Device,
    /// Milliseconds since 1970 UTC.
    pub now_ms: u64,
    /// What `random` is.
    pub random: Decimal,
    nodes: Vec<Node>,
}

/// The session a page view belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which one of this visitor, from 1.
    pub number: u32,
    /// Address of its first page.
    pub landing_page: String,
    /// Referrer of its first page.
    pub referrer: String,
    /// It began with this page view.
    pub is_new: bool,
}

/// The device a page is looked at on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// `desktop`, `mobile`, `tablet` or `tv`.
    pub kind: String,
    /// Width of the screen, in CSS pixels.
    pub width: u32,
    /// Height of the screen, in CSS pixels.
    pub height: u32,
}

/// An element of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(usize);

/// A node: the document, an element or a shadow root.
#[derive(Debug)]
struct Node {
    kind: Kind,
    parent: Option<usize>,
    children: Vec<Child>,
    /// The shadow root, or the contents of a template.
    attached: Option<usize>,
}

#[derive(Debug)]
enum Kind {
    /// The document, or the contents of a template.
    Root,
    /// A shadow root; its parent is the host.
    Shadow,
    Element {
        name: html5ever::QualName,
        attributes: Vec<(String, String)>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Child {
    Node(usize),
    Text(String),
}

/// 2026-01-01T12:00:00Z.
const NOON_MS: u64 = 1_767_268_800_000;

/// The document in `nodes`.
const DOCUMENT: usize = 0;

impl Page {
    /// A page with this content. Anything is HTML, so this cannot fail. It is the first page of a visitor's first session,
    /// on a desktop, at noon of a Thursday in 2026.
    pub fn new(url: &str, html: &str) -> Self {
        let nodes = html::parse(html);
        // As the browser writes it, whoever typed it.
        let url = Url::parse(url).map_or_else(|_| url.to_owned(), String::from);
        Self {
            url: url.clone(),
            referrer: String::new(),
            language: String::new(),
            cookies: BTreeMap::new(),
            local_storage: BTreeMap::new(),
            session_storage: BTreeMap::new(),
            data_layer: Vec::new(),
            globals: Tree::Null,
            detail: Tree::Null,
            session: Session {
                number: 1,
                landing_page: url,
                referrer: String::new(),
                is_new: true,
            },
            consent: BTreeMap::new(),
            device: Device {
                kind: "desktop".to_owned(),
                width: 1920,
                height: 1080,
            },
            now_ms: NOON_MS,
            random: Decimal::ZERO,
            nodes,
        }
    }

    /// The first element in the document or any shadow root that a selector matches; `None` also for what is no selector.
    pub fn select(&self, selector: &str) -> Option<ElementId> {
        let list = selector::parse_list(selector).ok()?;
        let mut matcher = css::Matcher::default();
        self.descendants(DOCUMENT, true)
            .into_iter()
            .find(|id| matcher.matches(self, *id, &list))
    }

    /// Whether an element is one that a selector means.
    pub(crate) fn is(&self, element: ElementId, selector: &str) -> bool {
        let list = selector::parse_list(selector);
        list.is_ok_and(|list| css::Matcher::default().matches(self, element, &list))
    }

    /// Whether an element, or one around it, is one that a selector means.
    pub(crate) fn is_in(&self, element: ElementId, selector: &str) -> bool {
        let around = std::iter::successors(Some(element), |element| self.parent_or_host(*element));
        around
            .take(MAX_ANCESTORS)
            .any(|element| self.is(element, selector))
    }

    fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    fn attribute(&self, element: ElementId, name: &str) -> Option<&str> {
        let Kind::Element {
            attributes,
            name: tag,
        } = &self.node(element.0)?.kind
        else {
            return None;
        };
        let is_html = tag.ns == html5ever::ns!(html);
        let same = |other: &str| {
            if is_html {
                other.eq_ignore_ascii_case(name)
            } else {
                other == name
            }
        };
        attributes
            .iter()
            .find(|(other, _)| same(other))
            .map(|(_, value)| value.as_str())
    }

    fn local_name(&self, element: ElementId) -> &str {
        match self.node(element.0).map(|node| &node.kind) {
            Some(Kind::Element { name, .. }) => &name.local,
            _ => "",
        }
    }

    /// The element around an element, in the same tree.
    fn parent(&self, element: ElementId) -> Option<ElementId> {
        let parent = self.node(element.0)?.parent?;
        matches!(self.node(parent)?.kind, Kind::Element { .. }).then_some(ElementId(parent))
    }

    /// The element around an element; from the top of a shadow root, its host.
    fn parent_or_host(&self, element: ElementId) -> Option<ElementId> {
        let parent = self.node(element.0)?.parent?;
        match self.node(parent)?.kind {
            Kind::Element { .. } => Some(ElementId(parent)),
            Kind::Shadow => self.node(parent)?.parent.map(ElementId),
            Kind::Root => None,
        }
    }

    /// An element and all around it, across the borders of shadow roots.
    fn around(&self, element: ElementId) -> impl Iterator<Item = ElementId> + '_ {
        std::iter::successors(Some(element), |element| self.parent_or_host(*element))
            .take(MAX_ANCESTORS)
    }

    /// Everything by which a selector can know the element or one around it: see [`Trigger::keys`].
    fn keys_around(&self, element: ElementId) -> BTreeSet<String> {
        let mut keys = BTreeSet::from([String::new()]);
        for element in self.around(element) {
            let Some(Kind::Element { name, attributes }) =
                self.node(element.0).map(|node| &node.kind)
            else {
                continue;
            };
            keys.insert((*name.local).to_ascii_lowercase());
            for (name, value) in attributes {
                keys.insert(format!("[{name}").to_ascii_lowercase());
                match name.as_str() {
                    "id" => {
                        keys.insert(format!("#{value}").to_ascii_lowercase());
                    }
                    "class" => keys.extend(
                        value
                            .split_ascii_whitespace()
                            .map(|class| format!(".{class}").to_ascii_lowercase()),
                    ),
                    _ => {}
                }
            }
        }
        keys
    }

    fn children(&self, index: usize) -> impl DoubleEndedIterator<Item = ElementId> + '_ {
        let children = self
            .node(index)
            .map_or(&[][..], |node| node.children.as_slice());
        children.iter().filter_map(|child| match child {
            Child::Node(index) => Some(ElementId(*index)),
            Child::Text(_) => None,
        })
    }

    /// The elements below a node in the order of the document, those in shadow roots only if asked for.
    fn descendants(&self, index: usize, with_shadow: bool) -> Vec<ElementId> {
        let mut found = Vec::new();
        let mut waiting: Vec<ElementId> = self.children(index).rev().collect();
        while let Some(element) = waiting.pop() {
            found.push(element);
            waiting.extend(self.children(element.0).rev());
            let attached = self.node(element.0).and_then(|node| node.attached);
            let shadow = attached.filter(|root| {
                with_shadow
                    && self
                        .node(*root)
                        .is_some_and(|root| matches!(root.kind, Kind::Shadow))
            });
            if let Some(root) = shadow {
                waiting.extend(self.children(root).rev());
            }
        }
        found
    }

    /// Whether the text in an element is none of the page's: scripts and the like, and elements that opted out.
    fn is_silent(&self, element: ElementId) -> bool {
        let name = self.local_name(element);
        ["script", "style", "noscript", "template"].contains(&name)
            || self.attribute(element, OPT_OUT).is_some()
    }

    /// The text below a node.
    fn text(&self, index: usize, out: &mut String) {
        let mut waiting: Vec<&Child> = self
            .node(index)
            .map_or_else(Vec::new, |node| node.children.iter().rev().collect());
        while let Some(child) = waiting.pop() {
            match child {
                Child::Text(text) => out.push_str(text),
                Child::Node(index) if self.is_silent(ElementId(*index)) => {}
                Child::Node(index) => {
                    waiting.extend(
                        self.node(*index)
                            .into_iter()
                            .flat_map(|node| node.children.iter().rev()),
                    );
                }
            }
        }
    }
}

/// Which tags have fired in which session, on which day, or at all: what a browser keeps from one page to the next.
pub(crate) type Memory = HashSet<(OncePer, u32, String)>;

/// What is made of a release once, however many pages it is evaluated on.
pub(crate) struct Ready {
    selectors: Vec<Option<SelectorList<Css>>>,
    patterns: Vec<Option<regress::Regex>>,
    /// Triggers about clicks, by what the elements have that they are about.
    by_key: HashMap<String, Vec<TriggerId>>,
}

impl Ready {
    pub(crate) fn of(release: &Release) -> Self {
        let mut by_key: HashMap<String, Vec<TriggerId>> = HashMap::new();
        for id in release.waiting_for(EventKind::Click) {
            let keys = release.trigger(id).map_or("", |trigger| trigger.keys());
            for key in keys.split('\0') {
                by_key.entry(key.to_owned()).or_default().push(id);
            }
        }
        let selectors = release.selectors();
        let patterns = release.patterns();
        Self {
            selectors: selectors
                .map(|text| selector::parse_list(text).ok())
                .collect(),
            patterns: patterns
                .map(|(source, ignore_case)| pattern::compile(source, ignore_case))
                .collect(),
            by_key,
        }
    }
}

/// A page, lent to the evaluation of one release.
pub struct PageHost<'p> {
    /// What time it is: milliseconds since 1970.
    pub now_ms: u64,
    /// Who visits.
    pub visitor: u64,
    /// The number of the session.
    pub session: u32,
    /// What is known of consent; a category that is missing is not known.
    pub consent: BTreeMap<String, bool>,
    /// What has been pushed to the data layer since the page was opened, the oldest first.
    pub pushed: Vec<Tree>,
    /// Details of what happens now; what they lack is taken from those of the page.
    pub detail: Tree,
    /// How the day is asked for.
    clock: String,
    fired: Memory,
    page: &'p Page,
    /// Addresses of the page and of the one before, as they may be known.
    address: String,
    referrer: String,
    url: Option<Url>,
    ready: Rc<Ready>,
    matcher: css::Matcher,
    keys: HashMap<ElementId, u32>,
    /// Those that were found for the present click.
    near: Vec<TriggerId>,
    /// How often a selector was looked for, which is what evaluation costs most of its time.
    pub searches: u64,
    /// What is decided, if somebody wants to know.
    notes: Option<Vec<Note>>,
}

impl<'p> PageHost<'p> {
    /// The page, for this release.
    pub fn new(page: &'p Page, release: &Release) -> Self {
        Self::of_visit(page, release, Rc::new(Ready::of(release)), Memory::new())
    }

    /// The page of a visitor whose browser remembers so much.
    pub(crate) fn of_visit(
        page: &'p Page,
        release: &Release,
        ready: Rc<Ready>,
        memory: Memory,
    ) -> Self {
        let defaults = release.consent();
        let defaults = defaults.map(|(category, granted)| (category.to_owned(), granted));
        let mut consent: BTreeMap<String, bool> = defaults.collect();
        consent.extend(page.consent.clone());
        Self {
            now_ms: page.now_ms,
            visitor: 1,
            session: page.session.number,
            consent,
            clock: release.clock().to_owned(),
            fired: memory,
            page,
            address: known_address(&page.url, release),
            referrer: known_address(&page.referrer, release),
            url: Url::parse(&page.url).ok(),
            ready,
            matcher: css::Matcher::default(),
            keys: HashMap::new(),
            near: Vec::new(),
            searches: 0,
            pushed: Vec::new(),
            detail: Tree::Null,
            notes: None,
        }
    }

    /// What the browser remembers when the page is left.
    pub(crate) fn into_memory(self) -> Memory {
        self.fired
    }

    /// From now on, keeps what is decided.
    pub(crate) fn take_notes(&mut self) {
        self.notes = Some(Vec::new());
    }

    /// What was decided since the last time.
    pub(crate) fn notes(&mut self) -> Vec<Note> {
        self.notes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The elements to look through: below an element, or the whole document.
    fn matching(&mut self, within: Option<&ElementId>, selector: SelectorId) -> Vec<ElementId> {
        self.searches += 1;
        let ready = Rc::clone(&self.ready);
        let Some(Some(list)) = ready.selectors.get(selector.index()) else {
            return Vec::new();
        };
        let from = within.map_or(DOCUMENT, |element| element.0);
        let matcher = &mut self.matcher;
        let all = self.page.descendants(from, false).into_iter();
        all.filter(|element| matcher.matches(self.page, *element, list))
            .collect()
    }
}

/// An address without what the site keeps out of events.
fn known_address(address: &str, release: &Release) -> String {
    let about = release.privacy();
    let kept = match &about.keep_query {
        Some(patterns) => privacy::keep_query(address, patterns),
        None => address.to_owned(),
    };
    privacy::redact(&kept, &about.redact)
}

impl Host for PageHost<'_> {
    type Element = ElementId;

    fn lend(&mut self, what: Lent, key: &str, of: Option<&ElementId>) -> Option<Value> {
        match of {
            Some(element) => self.lend_of(*element, what, key),
            None => self.lend_page(what, key),
        }
    }

    fn transform(
        &mut self,
        how: Transform,
        pattern: Option<PatternId>,
        argument: &str,
        text: &str,
    ) -> Option<String> {
        let pattern = match pattern {
            Some(id) => Some(self.ready.patterns.get(id.index())?.as_ref()?),
            None => None,
        };
        transform::apply(how, pattern, argument, text, self.url.as_ref())
    }

    fn form(&mut self, element: &ElementId) -> Option<ElementId> {
        let around = std::iter::successors(Some(*element), |element| self.page.parent(*element));
        around
            .take(MAX_ANCESTORS)
            .find(|element| self.page.local_name(*element) == "form")
    }

    fn closest(&mut self, element: &ElementId, selector: SelectorId) -> Option<ElementId> {
        self.searches += 1;
        let ready = Rc::clone(&self.ready);
        let list = ready.selectors.get(selector.index())?.as_ref()?;
        let page = self.page;
        let matcher = &mut self.matcher;
        page.around(*element)
            .find(|element| matcher.matches(page, *element, list))
    }

    fn near(&mut self, element: &ElementId, at: usize) -> Option<TriggerId> {
        if at == 0 {
            let keys = self.page.keys_around(*element);
            let found = keys
                .iter()
                .filter_map(|key| self.ready.by_key.get(key))
                .flatten();
            self.near = found
                .copied()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
        }
        self.near.get(at).copied()
    }

    fn find(&mut self, within: Option<&ElementId>, selector: SelectorId) -> Option<ElementId> {
        self.matching(within, selector).first().copied()
    }

    fn count(&mut self, within: Option<&ElementId>, selector: SelectorId) -> u32 {
        u32::try_from(self.matching(within, selector).len()).unwrap_or(u32::MAX)
    }

    fn matches_pattern(&mut self, pattern: PatternId, text: &str) -> bool {
        let pattern = self
            .ready
            .patterns
            .get(pattern.index())
            .and_then(Option::as_ref);
        pattern.is_some_and(|pattern| pattern.find(text).is_some())
    }

    fn element_key(&mut self, element: &ElementId) -> u32 {
        let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        *self.keys.entry(*element).or_insert(next)
    }

    fn now(&mut self) -> u64 {
        self.now_ms
    }

    fn visitor(&mut self) -> u64 {
        self.visitor
    }

    fn is_first(&mut self, period: OncePer, tag: u32) -> bool {
        let when = match period {
            OncePer::Session => self.session.to_string(),
            OncePer::Day => {
                let clock = self.clock.clone();
                let now = self.text(Lent::Time, &clock, None).unwrap_or_default();
                now.chars().take(DAY_CHARS).collect()
            }
            _ => String::new(),
        };
        self.fired.insert((period, tag, when))
    }

    fn trace(&mut self, step: Step<'_, ElementId>) {
        let Some(notes) = &mut self.notes else { return };
        notes.push(Note::from(step));
    }
}
