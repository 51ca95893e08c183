//! HTML -> the nodes of a page, by the parser that Servo uses.

use std::borrow::Cow;
use std::cell::{Ref, RefCell};

use html5ever::interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, LocalName, Namespace, ParseOpts, QualName, parse_document};

use super::{Child, DOCUMENT, Kind, Node};

pub(super) fn parse(html: &str) -> Vec<Node> {
    let sink = Sink {
        nodes: RefCell::new(vec![Node::new(Kind::Root)]),
    };
    parse_document(sink, ParseOpts::default()).one(html)
}

impl Node {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            parent: None,
            children: Vec::new(),
            attached: None,
        }
    }
}

/// Builds the nodes. A handle is a position in them.
struct Sink {
    nodes: RefCell<Vec<Node>>,
}

/// The name of an element, lent to the parser.
struct Name<'s>(Ref<'s, QualName>);

impl std::fmt::Debug for Name<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl ElemName for Name<'_> {
    fn ns(&self) -> &Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &LocalName {
        &self.0.local
    }
}

impl Sink {
    fn add(&self, node: Node) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(node);
        nodes.len() - 1
    }

    fn with<T>(&self, index: usize, change: impl FnOnce(&mut Node) -> T) -> Option<T> {
        self.nodes.borrow_mut().get_mut(index).map(change)
    }

    fn insert(&self, parent: usize, at: usize, child: NodeOrText<usize>) {
        match child {
            NodeOrText::AppendNode(index) => {
                self.with(index, |node| node.parent = Some(parent));
                self.with(parent, |node| node.children.insert(at, Child::Node(index)));
            }
            NodeOrText::AppendText(text) => {
                self.with(parent, |node| {
                    match at.checked_sub(1).and_then(|at| node.children.get_mut(at)) {
                        Some(Child::Text(before)) => before.push_str(&text),
                        _ => node.children.insert(at, Child::Text(text.to_string())),
                    }
                });
            }
        }
    }

    fn position(&self, child: usize) -> Option<(usize, usize)> {
        let nodes = self.nodes.borrow();
        let parent = nodes.get(child)?.parent?;
        let at = nodes
            .get(parent)?
            .children
            .iter()
            .position(|other| *other == Child::Node(child))?;
        Some((parent, at))
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = Vec<Node>;
    type ElemName<'a> = Name<'a>;

    fn finish(self) -> Vec<Node> {
        self.nodes.into_inner()
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        DOCUMENT
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> Name<'a> {
        static NONE: std::sync::LazyLock<QualName> = std::sync::LazyLock::new(|| {
            QualName::new(None, html5ever::ns!(html), LocalName::from(""))
        });
        Name(Ref::map(self.nodes.borrow(), |nodes| {
            match nodes.get(*target).map(|node| &node.kind) {
                Some(Kind::Element { name, .. }) => name,
                _ => &*NONE,
            }
        }))
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> usize {
        let attributes = attributes.iter().map(pair).collect();
        let element = self.add(Node::new(Kind::Element { name, attributes }));
        if flags.template {
            let contents = self.add(Node::new(Kind::Root));
            self.with(element, |node| node.attached = Some(contents));
        }
        element
    }

    /// Comments are kept apart from the page: nothing looks at them.
    fn create_comment(&self, _text: StrTendril) -> usize {
        self.add(Node::new(Kind::Root))
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> usize {
        self.add(Node::new(Kind::Root))
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(index) = child
            && self
                .with(index, |node| matches!(node.kind, Kind::Root))
                .unwrap_or(true)
        {
            return;
        }
        let at = self.with(*parent, |node| node.children.len()).unwrap_or(0);
        self.insert(*parent, at, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &usize,
        previous: &usize,
        child: NodeOrText<usize>,
    ) {
        if self.position(*element).is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(
        &self,
        _name: StrTendril,
        _public: StrTendril,
        _system: StrTendril,
    ) {
    }

    fn get_template_contents(&self, target: &usize) -> usize {
        self.with(*target, |node| node.attached)
            .flatten()
            .unwrap_or(*target)
    }

    fn same_node(&self, one: &usize, other: &usize) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(index) = child {
            self.remove_from_parent(&index);
        }
        if let Some((parent, at)) = self.position(*sibling) {
            self.insert(parent, at, child);
        }
    }

    fn add_attrs_if_missing(&self, target: &usize, missing: Vec<Attribute>) {
        self.with(*target, |node| {
            let Kind::Element { attributes, .. } = &mut node.kind else {
                return;
            };
            for (name, value) in missing.iter().map(pair) {
                if attributes.iter().all(|(other, _)| *other != name) {
                    attributes.push((name, value));
                }
            }
        });
    }

    fn remove_from_parent(&self, target: &usize) {
        if let Some((parent, at)) = self.position(*target) {
            self.with(parent, |node| node.children.remove(at));
            self.with(*target, |node| node.parent = None);
        }
    }

    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let moved = self
            .with(*node, |node| std::mem::take(&mut node.children))
            .unwrap_or_default();
        for child in &moved {
            if let Child::Node(index) = child {
                self.with(*index, |node| node.parent = Some(*new_parent));
            }
        }
        self.with(*new_parent, |node| node.children.extend(moved));
    }

    /// `<template shadowrootmode>`: what is in the template becomes the shadow root of the element around it.
    fn attach_declarative_shadow(
        &self,
        location: &usize,
        template: &usize,
        _attributes: &[Attribute],
    ) -> bool {
        let root = self.add(Node::new(Kind::Shadow));
        self.with(root, |node| node.parent = Some(*location));
        self.with(*location, |node| node.attached = Some(root));
        self.with(*template, |node| node.attached = Some(root));
        true
    }
}

fn pair(attribute: &Attribute) -> (String, String) {
    (
        attribute.name.local.to_string(),
        attribute.value.to_string(),
    )
}
