//! Elements of the page as the selector engine sees them.

use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::BloomFilter;
use selectors::context::{
    MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode,
    SelectorCaches,
};
use selectors::matching::{ElementSelectorFlags, matches_selector_list};
use selectors::parser::SelectorList;
use selectors::{Element, OpaqueElement};

use crate::selector::{Css, NoPseudoElement, State, Text};

use super::{Child, ElementId, Kind, Page};

/// Matches selectors, keeping what the engine remembers from one to the next.
#[derive(Default)]
pub(super) struct Matcher {
    caches: SelectorCaches,
}

impl Matcher {
    pub(super) fn matches(
        &mut self,
        page: &Page,
        element: ElementId,
        list: &SelectorList<Css>,
    ) -> bool {
        let mut context = MatchingContext::new(
            MatchingMode::Normal,
            None,
            &mut self.caches,
            QuirksMode::NoQuirks,
            NeedsSelectorFlags::No,
            MatchingForInvalidation::No,
        );
        matches_selector_list(list, Handle { page, element }, &mut context)
    }
}

#[derive(Clone, Copy)]
struct Handle<'p> {
    page: &'p Page,
    element: ElementId,
}

impl std::fmt::Debug for Handle<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.element.fmt(out)
    }
}

impl Handle<'_> {
    fn at(self, element: ElementId) -> Self {
        Self { element, ..self }
    }

    /// The element before or behind this one.
    fn sibling(self, step: impl Fn(usize) -> Option<usize>) -> Option<Self> {
        let parent = self.page.node(self.element.0)?.parent?;
        let all: Vec<ElementId> = self.page.children(parent).collect();
        let at = all.iter().position(|element| *element == self.element)?;
        all.get(step(at)?).map(|element| self.at(*element))
    }

    fn is_html(self) -> bool {
        match self.page.node(self.element.0).map(|node| &node.kind) {
            Some(Kind::Element { name, .. }) => name.ns == html5ever::ns!(html),
            _ => false,
        }
    }

    fn is_checked(self) -> bool {
        let has = |name| self.page.attribute(self.element, name).is_some();
        has("checked") || has("selected")
    }

    fn can_be_disabled(self) -> bool {
        let names = [
            "button", "input", "select", "textarea", "option", "optgroup", "fieldset",
        ];
        names.contains(&self.page.local_name(self.element))
    }
}

impl Element for Handle<'_> {
    type Impl = Css;

    fn opaque(&self) -> OpaqueElement {
        match self.page.node(self.element.0) {
            Some(node) => OpaqueElement::new(node),
            None => OpaqueElement::new(self.page),
        }
    }

    fn parent_element(&self) -> Option<Self> {
        self.page.parent(self.element).map(|parent| self.at(parent))
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        let parent = self.page.node(self.element.0).and_then(|node| node.parent);
        parent
            .and_then(|parent| self.page.node(parent))
            .is_some_and(|node| matches!(node.kind, Kind::Shadow))
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        let mut top = *self;
        while let Some(parent) = top.parent_element() {
            top = parent;
        }
        top.parent_node_is_shadow_root()
            .then(|| self.page.parent_or_host(top.element))?
            .map(|host| self.at(host))
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.sibling(|at| at.checked_sub(1))
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.sibling(|at| Some(at + 1))
    }

    fn first_element_child(&self) -> Option<Self> {
        self.page
            .children(self.element.0)
            .next()
            .map(|child| self.at(child))
    }

    fn is_html_element_in_html_document(&self) -> bool {
        self.is_html()
    }

    fn has_local_name(&self, local_name: &Text) -> bool {
        self.page.local_name(self.element) == local_name.0
    }

    fn has_namespace(&self, _namespace: &Text) -> bool {
        // Selectors cannot name namespaces.
        true
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.page.local_name(self.element) == self.page.local_name(other.element)
    }

    fn attr_matches(
        &self,
        _namespace: &NamespaceConstraint<&Text>,
        local_name: &Text,
        operation: &AttrSelectorOperation<&Text>,
    ) -> bool {
        let value = self.page.attribute(self.element, &local_name.0);
        value.is_some_and(|value| operation.eval_str(value))
    }

    fn match_non_ts_pseudo_class(
        &self,
        state: &State,
        _context: &mut MatchingContext<Css>,
    ) -> bool {
        let has = |name| self.page.attribute(self.element, name).is_some();
        match state.name() {
            "checked" => self.is_checked(),
            "disabled" => self.can_be_disabled() && has("disabled"),
            "enabled" => self.can_be_disabled() && !has("disabled"),
            "required" => has("required"),
            "optional" => self.can_be_disabled() && !has("required"),
            "link" | "any-link" => self.is_link(),
            "defined" => true,
            // What only a browser knows.
            _ => false,
        }
    }

    fn match_pseudo_element(
        &self,
        element: &NoPseudoElement,
        _context: &mut MatchingContext<Css>,
    ) -> bool {
        match *element {}
    }

    fn apply_selector_flags(&self, _flags: ElementSelectorFlags) {}

    fn is_link(&self) -> bool {
        let is_anchor = matches!(self.page.local_name(self.element), "a" | "area");
        is_anchor && self.page.attribute(self.element, "href").is_some()
    }

    fn is_html_slot_element(&self) -> bool {
        self.page.local_name(self.element) == "slot"
    }

    fn has_id(&self, id: &Text, case_sensitivity: CaseSensitivity) -> bool {
        let own = self.page.attribute(self.element, "id");
        own.is_some_and(|own| case_sensitivity.eq(own.as_bytes(), id.0.as_bytes()))
    }

    fn has_class(&self, name: &Text, case_sensitivity: CaseSensitivity) -> bool {
        let classes = self
            .page
            .attribute(self.element, "class")
            .unwrap_or_default();
        classes
            .split_ascii_whitespace()
            .any(|class| case_sensitivity.eq(class.as_bytes(), name.0.as_bytes()))
    }

    fn has_custom_state(&self, _name: &Text) -> bool {
        false
    }

    fn imported_part(&self, _name: &Text) -> Option<Text> {
        None
    }

    fn is_part(&self, _name: &Text) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        let children = self
            .page
            .node(self.element.0)
            .map_or(&[][..], |node| node.children.as_slice());
        children
            .iter()
            .all(|child| matches!(child, Child::Text(text) if text.is_empty()))
    }

    fn is_root(&self) -> bool {
        let parent = self.page.node(self.element.0).and_then(|node| node.parent);
        parent == Some(super::DOCUMENT)
    }

    fn add_element_unique_hashes(&self, _filter: &mut BloomFilter) -> bool {
        false
    }
}
