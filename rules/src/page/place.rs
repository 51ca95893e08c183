//! A selector that says where an element is, for people to read: `main > div.product:nth-of-type(2) > button.buy`.

use super::{ElementId, MAX_ANCESTORS, Page};

/// Elements named from the inside out, at most.
const MAX_STEPS: usize = 6;
/// Classes named of each, at most.
const MAX_CLASSES: usize = 2;

impl Page {
    /// The way to an element from the nearest one around it that has an id, or from six above.
    pub(super) fn place_of(&self, element: ElementId) -> String {
        let mut steps = Vec::new();
        let around = std::iter::successors(Some(element), |element| self.parent(*element));
        for element in around.take(MAX_ANCESTORS.min(MAX_STEPS)) {
            let mut step = self.local_name(element).to_ascii_lowercase();
            let id = self.attribute(element, "id").unwrap_or_default();
            if is_plain(id) {
                step.push('#');
                step.push_str(id);
                steps.push(step);
                break;
            }
            let classes = self.attribute(element, "class").unwrap_or_default();
            let plain = classes.split_ascii_whitespace().filter(|it| is_plain(it));
            for class in plain.take(MAX_CLASSES) {
                step.push('.');
                step.push_str(class);
            }
            if let Some(position) = self.position_among_same(element) {
                step.push_str(&format!(":nth-of-type({position})"));
            }
            steps.push(step);
        }
        steps.reverse();
        steps.join(" > ")
    }

    /// Which of several of its type in the same parent an element is, from 1; `None` if it is the only one.
    fn position_among_same(&self, element: ElementId) -> Option<usize> {
        let parent = self.node(element.0)?.parent?;
        let name = self.local_name(element);
        let same: Vec<ElementId> = self
            .children(parent)
            .filter(|other| self.local_name(*other) == name)
            .collect();
        let position = same.iter().position(|other| *other == element)?;
        (same.len() > 1).then_some(position + 1)
    }
}

/// Whether a name stands in a selector as it is.
fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && chars.all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'))
}
