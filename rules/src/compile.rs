//! The compiler: a checked container -> the bytes of a release.
//!
//! Cannot fail: a container is within the bounds of a release. Leaves out what never runs (paused tags, triggers and
//! variables only they use) and keeps equal selectors, patterns and variables once.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::condition::{Condition as Compiled, Leaf, Operator};
use crate::container::{
    BuiltIn, Condition, Container, Expression, Part, Place, Source, Tag, Test, Trigger,
    TriggerKind, VariableRef,
};
use crate::id::{ConditionId, PatternId, SelectorId, TriggerId, VariableId};
use crate::pattern::Pattern;
use crate::release::{self, FORMAT, Release};
use crate::selector::Selector;
use crate::value::Value;
use crate::variable as compiled;
use crate::wire::Wire;

/// Compiles a container into release number `number` of its site.
pub fn compile(container: &Container, number: u32) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    Compiler::new(container).release(number).write(&mut bytes);
    bytes
}

/// Gives each different entry one place in a table.
struct Table<K> {
    entries: Vec<K>,
    positions: HashMap<K, usize>,
}

impl<K: Clone + Eq + Hash> Table<K> {
    fn new() -> Self {
        Self {
            entries: Vec::new(),
            positions: HashMap::new(),
        }
    }

    fn position(&mut self, entry: K) -> usize {
        if let Some(&at) = self.positions.get(&entry) {
            return at;
        }
        let at = self.entries.len();
        self.positions.insert(entry.clone(), at);
        self.entries.push(entry);
        at
    }
}

struct Compiler<'c> {
    container: &'c Container,
    selectors: Table<Selector>,
    patterns: Table<Pattern>,
    /// Variables by where they come from; filled as they are met, so that unused ones stay out.
    variables: Table<VariableRef>,
    compiled_variables: Vec<compiled::Variable>,
    conditions: Vec<Compiled>,
    /// Position in the release of each trigger of the container that a tag uses.
    triggers: HashMap<usize, TriggerId>,
}

impl<'c> Compiler<'c> {
    fn new(container: &'c Container) -> Self {
        let active = container.tags.iter().filter(|tag| runs(tag));
        // In the order of the container.
        let kept: BTreeSet<usize> = active
            .flat_map(|tag| tag.on.iter().chain(&tag.except))
            .copied()
            .collect();
        let triggers = kept.into_iter().enumerate();
        let triggers = triggers
            .map(|(id, at)| (at, TriggerId::from_index(id)))
            .collect();
        Self {
            container,
            selectors: Table::new(),
            patterns: Table::new(),
            variables: Table::new(),
            compiled_variables: Vec::new(),
            conditions: Vec::new(),
            triggers,
        }
    }

    fn release(mut self, number: u32) -> Release {
        let container = self.container;
        let kept = container
            .triggers
            .iter()
            .enumerate()
            .filter(|(at, _)| self.triggers.contains_key(at));
        let kept: Vec<&Trigger> = kept.map(|(_, trigger)| trigger).collect();
        let triggers = kept
            .into_iter()
            .map(|trigger| self.trigger(trigger))
            .collect();
        let active = container.tags.iter().filter(|tag| runs(tag));
        let tags = active.map(|tag| self.tag(tag)).collect();
        let pattern = |pattern: Pattern| release::Pattern {
            source: pattern.source().to_owned(),
            ignore_case: pattern.ignore_case(),
        };
        Release {
            site: container.site.id.clone(),
            number,
            selectors: self
                .selectors
                .entries
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            patterns: self.patterns.entries.into_iter().map(pattern).collect(),
            variables: self.compiled_variables,
            conditions: self.conditions,
            triggers,
            tags,
            by_event: Default::default(),
        }
    }

    fn trigger(&mut self, trigger: &Trigger) -> release::Trigger {
        let kind = match &trigger.kind {
            TriggerKind::Pageview => release::TriggerKind::Pageview,
            TriggerKind::Click(selector) => {
                release::TriggerKind::Click(selector.as_ref().map(|it| self.selector(it)))
            }
            TriggerKind::Form(selector) => {
                release::TriggerKind::Form(selector.as_ref().map(|it| self.selector(it)))
            }
            TriggerKind::Visible {
                selector,
                percent,
                for_ms,
            } => release::TriggerKind::Visible(release::Visible {
                selector: self.selector(selector),
                percent: *percent,
                for_ms: *for_ms,
            }),
        };
        let when = trigger.when.as_ref().map(|when| self.condition(when));
        release::Trigger {
            name: trigger.name.clone(),
            kind,
            when,
            tags: Vec::new(),
        }
    }

    fn tag(&mut self, tag: &Tag) -> release::Tag {
        let triggers = |compiler: &Self, positions: &[usize]| {
            positions
                .iter()
                .filter_map(|at| compiler.triggers.get(at).copied())
                .collect()
        };
        release::Tag {
            name: tag.name.clone(),
            event: tag.event.clone(),
            on: triggers(self, &tag.on),
            except: triggers(self, &tag.except),
            with: tag
                .with
                .iter()
                .map(|(name, it)| (name.clone(), self.expression(it)))
                .collect(),
            once_per: tag.once_per,
        }
    }

    fn selector(&mut self, selector: &Selector) -> SelectorId {
        SelectorId::from_index(self.selectors.position(selector.clone()))
    }

    fn expression(&mut self, expression: &Expression) -> release::Expression {
        match expression {
            Expression::Constant(value) => release::Expression::Constant(value.clone()),
            Expression::Variable(variable) => {
                release::Expression::Variable(self.variable(variable))
            }
            Expression::Template(parts) => {
                let part = |part: &Part| match part {
                    Part::Text(text) => release::Part::Text(text.clone()),
                    Part::Variable(variable) => release::Part::Variable(self.variable(variable)),
                };
                release::Expression::Template(parts.iter().map(part).collect())
            }
        }
    }

    /// Adds a condition behind its parts.
    fn condition(&mut self, condition: &Condition) -> ConditionId {
        let compiled = match condition {
            Condition::All(parts) => {
                Compiled::All(parts.iter().map(|part| self.condition(part)).collect())
            }
            Condition::Any(parts) => {
                Compiled::Any(parts.iter().map(|part| self.condition(part)).collect())
            }
            Condition::Not(part) => Compiled::Not(self.condition(part)),
            Condition::Leaf(leaf) => Compiled::Leaf(Leaf {
                variable: self.variable(&leaf.variable),
                operator: self.operator(&leaf.test, leaf.ignore_case),
                negated: leaf.negated,
                ignore_case: leaf.ignore_case,
            }),
        };
        self.conditions.push(compiled);
        ConditionId::from_index(self.conditions.len() - 1)
    }

    fn operator(&mut self, test: &Test, ignore_case: bool) -> Operator {
        // The value is put in lower case before it is compared, so what it is compared with is too.
        let text = |text: &str| {
            if ignore_case {
                text.to_lowercase()
            } else {
                text.to_owned()
            }
        };
        let value = |value: &Value| match value {
            Value::Text(it) => Value::Text(text(it)),
            Value::Number(_) | Value::Boolean(_) => value.clone(),
        };
        match test {
            Test::Equals(wanted) => Operator::Equals(value(wanted)),
            Test::In(wanted) => Operator::In(wanted.iter().map(value).collect()),
            Test::Contains(part) => Operator::Contains(text(part)),
            Test::StartsWith(part) => Operator::StartsWith(text(part)),
            Test::EndsWith(part) => Operator::EndsWith(text(part)),
            Test::Exists => Operator::Exists,
            Test::Matches(pattern) => Operator::Matches(PatternId::from_index(
                self.patterns.position(pattern.clone()),
            )),
        }
    }

    fn variable(&mut self, variable: &VariableRef) -> VariableId {
        let position = self.variables.position(variable.clone());
        if position == self.compiled_variables.len() {
            let compiled = match variable {
                VariableRef::BuiltIn(built_in) => plain(built_in_source(built_in)),
                VariableRef::Named(at) => self.named_variable(*at),
            };
            self.compiled_variables.push(compiled);
        }
        VariableId::from_index(position)
    }

    fn named_variable(&mut self, at: usize) -> compiled::Variable {
        // INVARIANT: the check gave the position.
        let Some(variable) = self.container.variables.get(at) else {
            return plain(compiled::Source::EventName);
        };
        let source = match &variable.source {
            Source::Constant(value) => compiled::Source::Constant(value.clone()),
            Source::Query(key) => compiled::Source::Query(key.clone()),
            Source::Meta(name) => {
                let place = compiled::Place::Anywhere(self.selector(&Selector::of_meta(name)));
                compiled::Source::Attribute(place, "content".to_owned())
            }
            Source::Text(place) => compiled::Source::Text(self.place(place)),
            Source::Attribute(place, name) => {
                compiled::Source::Attribute(self.place(place), name.clone())
            }
            Source::Count(place) => compiled::Source::Count(self.place(place)),
            Source::Exists(place) => compiled::Source::Exists(self.place(place)),
        };
        compiled::Variable {
            source,
            cast: variable.cast,
            default: variable.default.clone(),
        }
    }

    fn place(&mut self, place: &Place) -> compiled::Place {
        match (&place.closest, &place.selector) {
            (None, None) => compiled::Place::Matched,
            (Some(closest), None) => compiled::Place::Around(self.selector(closest)),
            (None, Some(selector)) => compiled::Place::Anywhere(self.selector(selector)),
            (Some(closest), Some(selector)) => {
                let closest = self.selector(closest);
                compiled::Place::Within(closest, self.selector(selector))
            }
        }
    }
}

/// Whether the tag can fire at all.
fn runs(tag: &Tag) -> bool {
    !tag.paused && !tag.on.is_empty()
}

/// A variable as it is read.
fn plain(source: compiled::Source) -> compiled::Variable {
    compiled::Variable {
        source,
        cast: None,
        default: None,
    }
}

fn built_in_source(built_in: &BuiltIn) -> compiled::Source {
    use compiled::{Place, Source};
    match built_in {
        BuiltIn::Page(field) => Source::Page(*field),
        BuiltIn::Query(key) => Source::Query(key.clone()),
        BuiltIn::ElementText => Source::Text(Place::Matched),
        BuiltIn::ElementAttribute(name) => Source::Attribute(Place::Matched, name.clone()),
        BuiltIn::ElementHref => Source::Address(Place::Matched, "href".to_owned()),
        BuiltIn::FormAttribute(name) => Source::Attribute(Place::Form, name.clone()),
        BuiltIn::FormAction => Source::Address(Place::Form, "action".to_owned()),
        BuiltIn::EventName => Source::EventName,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::ReleaseError;

    /// The containers of the golden cases, and the examples.
    fn containers() -> Vec<Container> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        for entry in std::fs::read_dir(folder.join("examples")).unwrap() {
            texts.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
        }
        for name in ["01-triggers", "02-tags", "03-variables", "04-conditions"] {
            let file = std::fs::read_to_string(folder.join(format!("spec/{name}.json"))).unwrap();
            let cases: Vec<serde_json::Value> = serde_json::from_str(&file).unwrap();
            for mut case in cases {
                let container = &mut case["container"];
                container["weir"] = serde_json::json!(1);
                container["site"] = serde_json::json!({ "id": "shop" });
                texts.push(container.to_string());
            }
        }
        texts
            .iter()
            .map(|text| crate::check(text).container.unwrap())
            .collect()
    }

    #[test]
    fn reading_gives_what_was_compiled() {
        for container in containers() {
            let mut compiled = Compiler::new(&container).release(7);
            compiled.derive_indexes();
            assert_eq!(Release::read(&compile(&container, 7)), Ok(compiled));
        }
    }

    #[test]
    fn what_never_runs_is_left_out() {
        let text = r#"{ "weir": 1, "site": { "id": "shop" },
            "variables": { "unused": { "text": { "selector": ".unused" } } },
            "triggers": { "a": { "click": { "selector": ".a" } }, "b": { "click": { "selector": ".b" } } },
            "tags": [ { "name": "A", "on": ["a"], "event": "e" }, { "name": "B", "on": ["b"], "event": "e", "paused": true } ] }"#;
        let release = Release::read(&compile(&crate::check(text).container.unwrap(), 1)).unwrap();
        assert_eq!(release.selectors(), [".a"]);
        assert_eq!(
            (
                release.triggers.len(),
                release.tags.len(),
                release.variables.len()
            ),
            (1, 1, 0)
        );
    }

    #[test]
    fn equal_selectors_and_variables_are_kept_once() {
        let text = r#"{ "weir": 1, "site": { "id": "shop" },
            "triggers": { "a": { "click": { "selector": ".a" }, "when": { "page.path": { "matches": "x" } } },
                          "b": { "form": { "selector": ".a" }, "when": { "page.path": { "matches": "x" } } } },
            "tags": [ { "name": "A", "on": ["a", "b"], "event": "e", "with": { "p": "{{page.path}}" } } ] }"#;
        let release = Release::read(&compile(&crate::check(text).container.unwrap(), 1)).unwrap();
        assert_eq!(
            (
                release.selectors.len(),
                release.patterns.len(),
                release.variables.len()
            ),
            (1, 1, 1)
        );
    }

    #[test]
    fn what_refers_to_nothing_is_refused() {
        let text = r#"{ "weir": 1, "site": { "id": "shop" },
            "triggers": { "a": { "click": { "selector": ".a" }, "when": { "page.path": { "matches": "x" } } } },
            "tags": [ { "name": "A", "on": ["a"], "event": "e", "with": { "p": "{{element.text}}" } } ] }"#;
        let container = crate::check(text).container.unwrap();
        let damages: [fn(&mut Release); 7] = [
            |release| release.selectors.clear(),
            |release| release.patterns.clear(),
            |release| release.variables.truncate(1),
            |release| release.variables.clear(),
            |release| release.conditions.clear(),
            |release| release.triggers.clear(),
            |release| {
                release
                    .tags
                    .iter_mut()
                    .for_each(|tag| tag.except.push(TriggerId::from_index(1)))
            },
        ];
        for damage in damages {
            let mut release = Compiler::new(&container).release(1);
            damage(&mut release);
            let mut bytes = vec![FORMAT];
            release.write(&mut bytes);
            assert_eq!(Release::read(&bytes), Err(ReleaseError::Unsound));
        }
    }
}
