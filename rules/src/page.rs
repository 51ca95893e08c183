//! A page in memory: HTML and an address, to evaluate rules on without a browser.
//!
//! For simulation and tests. Elements are found by the same selector parser that the check uses, and patterns run on the
//! same engine, so what fires here fires in a browser, apart from what only a browser knows: what is visible, hovered
//! or typed.

mod css;
mod html;

use std::collections::HashMap;

use selectors::parser::SelectorList;
use url::Url;

use crate::evaluate::{Host, PageField};
use crate::id::{PatternId, SelectorId};
use crate::pattern;
use crate::readable_path;
use crate::release::Release;
use crate::selector::{self, Css};

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
    nodes: Vec<Node>,
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

/// The document in `nodes`.
const DOCUMENT: usize = 0;

impl Page {
    /// A page with this content. Anything is HTML, so this cannot fail.
    pub fn new(url: &str, html: &str) -> Self {
        let nodes = html::parse(html);
        Self {
            url: url.to_owned(),
            referrer: String::new(),
            language: String::new(),
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

    fn text(&self, index: usize, out: &mut String) {
        let mut waiting: Vec<&Child> = self
            .node(index)
            .map_or_else(Vec::new, |node| node.children.iter().rev().collect());
        while let Some(child) = waiting.pop() {
            match child {
                Child::Text(text) => out.push_str(text),
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

/// A page, lent to the evaluation of one release.
pub struct PageHost<'p> {
    /// What time it is: milliseconds since 1970.
    pub now_ms: u64,
    page: &'p Page,
    url: Option<Url>,
    selectors: Vec<Option<SelectorList<Css>>>,
    patterns: Vec<Option<regress::Regex>>,
    matcher: css::Matcher,
    keys: HashMap<ElementId, u32>,
}

impl<'p> PageHost<'p> {
    /// The page, for this release.
    pub fn new(page: &'p Page, release: &Release) -> Self {
        let compile = |it: &crate::release::Pattern| pattern::compile(&it.source, it.ignore_case);
        Self {
            now_ms: 0,
            page,
            url: Url::parse(&page.url).ok(),
            selectors: release
                .selectors()
                .iter()
                .map(|text| selector::parse_list(text).ok())
                .collect(),
            patterns: release.patterns().iter().map(compile).collect(),
            matcher: css::Matcher::default(),
            keys: HashMap::new(),
        }
    }

    /// The elements to look through: below an element, or the whole document.
    fn matching(&mut self, within: Option<&ElementId>, selector: SelectorId) -> Vec<ElementId> {
        let Some(Some(list)) = self.selectors.get(selector.index()) else {
            return Vec::new();
        };
        let from = within.map_or(DOCUMENT, |element| element.0);
        let matcher = &mut self.matcher;
        let all = self.page.descendants(from, false).into_iter();
        all.filter(|element| matcher.matches(self.page, *element, list))
            .collect()
    }
}

impl Host for PageHost<'_> {
    type Element = ElementId;

    fn page(&mut self, field: PageField) -> Option<String> {
        let page = self.page;
        match field {
            PageField::Url => Some(page.url.clone()),
            PageField::Host => self.url.as_ref()?.host_str().map(str::to_owned),
            PageField::Path => Some(readable_path(self.url.as_ref()?.path()).into_owned()),
            PageField::Fragment => self.url.as_ref()?.fragment().map(str::to_owned),
            PageField::Referrer => Some(page.referrer.clone()),
            PageField::Title => {
                let all = page.descendants(DOCUMENT, false);
                let title = all
                    .into_iter()
                    .find(|element| page.local_name(*element) == "title")?;
                let mut text = String::new();
                page.text(title.0, &mut text);
                Some(crate::value::tidy(&text))
            }
            PageField::Language => {
                let root = page.children(DOCUMENT).next();
                let named = root.and_then(|root| page.attribute(root, "lang"));
                Some(named.unwrap_or(&page.language).to_owned())
            }
        }
    }

    fn query(&mut self, name: &str) -> Option<String> {
        let mut pairs = self.url.as_ref()?.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    fn tag_name(&mut self, element: &ElementId) -> String {
        self.page.local_name(*element).to_ascii_lowercase()
    }

    fn attribute(&mut self, element: &ElementId, name: &str) -> Option<String> {
        self.page.attribute(*element, name).map(str::to_owned)
    }

    fn address(&mut self, element: &ElementId, name: &str) -> Option<String> {
        let written = self.page.attribute(*element, name)?;
        let absolute = self.url.as_ref().and_then(|base| base.join(written).ok());
        Some(absolute.map_or_else(|| written.to_owned(), String::from))
    }

    fn text(&mut self, element: &ElementId) -> Option<String> {
        let mut text = String::new();
        self.page.text(element.0, &mut text);
        Some(text)
    }

    fn form(&mut self, element: &ElementId) -> Option<ElementId> {
        let around = std::iter::successors(Some(*element), |element| self.page.parent(*element));
        around
            .take(MAX_ANCESTORS)
            .find(|element| self.page.local_name(*element) == "form")
    }

    fn closest(&mut self, element: &ElementId, selector: SelectorId) -> Option<ElementId> {
        let list = self.selectors.get(selector.index())?.as_ref()?;
        let page = self.page;
        let matcher = &mut self.matcher;
        let around = std::iter::successors(Some(*element), |element| page.parent_or_host(*element));
        around
            .take(MAX_ANCESTORS)
            .find(|element| matcher.matches(page, *element, list))
    }

    fn find(&mut self, within: Option<&ElementId>, selector: SelectorId) -> Option<ElementId> {
        self.matching(within, selector).first().copied()
    }

    fn count(&mut self, within: Option<&ElementId>, selector: SelectorId) -> u32 {
        u32::try_from(self.matching(within, selector).len()).unwrap_or(u32::MAX)
    }

    fn matches_pattern(&mut self, pattern: PatternId, text: &str) -> bool {
        let pattern = self.patterns.get(pattern.index()).and_then(Option::as_ref);
        pattern.is_some_and(|pattern| pattern.find(text).is_some())
    }

    fn lowercase(&mut self, text: &str) -> String {
        text.to_lowercase()
    }

    fn element_key(&mut self, element: &ElementId) -> u32 {
        let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        *self.keys.entry(*element).or_insert(next)
    }

    fn now(&mut self) -> u64 {
        self.now_ms
    }
}
