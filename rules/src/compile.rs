//! The compiler: a checked container -> the bytes of a release.
//!
//! Cannot fail: a container is within the bounds of a release. Leaves out what never runs (paused tags, triggers and
//! variables only they use) and keeps equal selectors, patterns and variables once.

mod automatic;
mod variables;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::condition::{Condition as Compiled, LESS, Leaf, MORE, Operator, SAME};
use crate::container::{
    self, Condition, Container, CustomName, Expression, FormStage, Identity, Order, Part, Tag,
    TagKind, Test, Trigger, TriggerKind, VariableRef, VideoAct,
};
use crate::host::Transform;
use crate::id::{ConditionId, PatternId, SelectorId, TriggerId, VariableId};
use crate::pattern::Pattern;
use crate::release::{self, EVERYBODY, FORMAT, OncePer, Release};
use crate::selector::Selector;
use crate::value::Value;
use crate::variable as compiled;
use crate::wire::Wire;

/// Compiles a container into release number `number` of its site.
pub fn compile(container: &Container, number: u32) -> Vec<u8> {
    let mut bytes = vec![FORMAT];
    let whole = automatic::added(container);
    Compiler::new(&whole, number).release().write(&mut bytes);
    bytes
}

/// A release, and the condition of the container that each of its conditions was made from: for simulations, which name
/// what they show.
#[cfg(feature = "page")]
pub(crate) fn compile_traceable(container: &Container, number: u32) -> (Release, Vec<Condition>) {
    let whole = automatic::added(container);
    let (mut release, origins) = Compiler::new(&whole, number).compile();
    release.derive_indexes();
    (release, origins)
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
    /// The number of the release.
    number: u32,
    /// Variables met so far; unused ones stay out.
    known: HashMap<VariableRef, VariableId>,
    /// Variables by what they are written as.
    variables: Table<Vec<u8>>,
    compiled_variables: Vec<compiled::Variable>,
    conditions: Vec<Compiled>,
    /// What each of them was made from.
    origins: Vec<Condition>,
    /// Positions in the container of the triggers that are used, in the order of the release.
    kept: Vec<usize>,
    /// Position in the release of each of them.
    triggers: HashMap<usize, TriggerId>,
}

impl<'c> Compiler<'c> {
    fn new(container: &'c Container, number: u32) -> Self {
        let active = container.tags.iter().filter(|tag| runs(tag));
        let used = active.flat_map(|tag| tag.on.iter().chain(&tag.except));
        let kept = triggers_in_order(container, used.copied().collect());
        let triggers = kept.iter().enumerate();
        let triggers = triggers
            .map(|(id, at)| (*at, TriggerId::from_index(id)))
            .collect();
        Self {
            container,
            selectors: Table::new(),
            patterns: Table::new(),
            number,
            known: HashMap::new(),
            variables: Table::new(),
            compiled_variables: Vec::new(),
            conditions: Vec::new(),
            origins: Vec::new(),
            kept,
            triggers,
        }
    }

    fn release(self) -> Release {
        self.compile().0
    }

    fn compile(mut self) -> (Release, Vec<Condition>) {
        let container = self.container;
        let kept = std::mem::take(&mut self.kept);
        let triggers = kept
            .iter()
            .filter_map(|at| container.triggers.get(*at))
            .map(|trigger| self.trigger(trigger))
            .collect();
        let mut active: Vec<&Tag> = container.tags.iter().filter(|tag| runs(tag)).collect();
        // Stable: of the same priority, the order of the container.
        active.sort_by_key(|tag| Reverse(tag.priority));
        let has_dates =
            |tag: &&Tag| tag.from.is_some() || tag.until.is_some() || tag.once_per == OncePer::Day;
        let clock = if active.iter().any(has_dates) {
            ["iso ", &container.site.timezone].concat()
        } else {
            String::new()
        };
        let tags = active.into_iter().map(|tag| self.tag(tag)).collect();
        let pattern = |pattern: Pattern| release::Pattern {
            source: pattern.source().to_owned(),
            ignore_case: pattern.ignore_case(),
        };
        let release = Release {
            site: container.site.id.clone(),
            number: self.number,
            clock,
            consent: container.consent.categories.clone(),
            wait_ms: container.consent.wait_ms,
            engagement: container.automatic.engagement,
            privacy: release::Privacy {
                cookieless: container.privacy.identity == Identity::Cookieless,
                keep_query: container
                    .privacy
                    .keep_query
                    .as_ref()
                    .map(|keep| keep.join(" ")),
                redact: container.privacy.redact.join(" "),
            },
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
        };
        (release, self.origins)
    }

    fn trigger(&mut self, trigger: &Trigger) -> release::Trigger {
        let mut compiled = release::Trigger {
            name: trigger.name.clone(),
            kind: trigger.kind.event(),
            selector: None,
            other: None,
            pattern: None,
            text: String::new(),
            numbers: Vec::new(),
            members: Vec::new(),
            when: condition_of(trigger).map(|when| self.condition(&when)),
            tags: Vec::new(),
        };
        let selector = match &trigger.kind {
            TriggerKind::Click(selector)
            | TriggerKind::RageClick(selector)
            | TriggerKind::Copy(selector)
            | TriggerKind::Link { selector, .. }
            | TriggerKind::Form { selector, .. }
            | TriggerKind::Field { selector, .. } => selector.as_ref(),
            TriggerKind::Visible { selector, .. } | TriggerKind::Appears(selector) => {
                Some(selector)
            }
            _ => None,
        };
        compiled.selector = selector.map(|it| self.selector(it));
        match &trigger.kind {
            TriggerKind::Click(selector) => compiled.text = keys(selector.as_ref()),
            TriggerKind::Link { selector, .. } => {
                let links = Selector::of_links();
                compiled.text = keys(Some(selector.as_ref().unwrap_or(&links)));
                compiled.other = Some(self.selector(&links));
            }
            TriggerKind::Form { stage, .. } => match stage {
                FormStage::SuccessVisible(selector) => {
                    compiled.other = Some(self.selector(selector));
                }
                FormStage::SuccessPath(path) => compiled.pattern = Some(self.pattern(path)),
                FormStage::Submit | FormStage::Attempt => {}
            },
            TriggerKind::Scroll { thresholds, .. } => compiled.numbers = thresholds.clone(),
            TriggerKind::Video(VideoAct::Progress(percent)) => compiled.numbers = percent.clone(),
            TriggerKind::Visible {
                percent, for_ms, ..
            } => compiled.numbers = vec![u32::from(*percent), *for_ms],
            TriggerKind::Timer {
                every_ms,
                limit,
                by_wall_clock,
            } => compiled.numbers = vec![*every_ms, *limit, u32::from(*by_wall_clock)],
            TriggerKind::Custom(CustomName::Is(name)) => compiled.text = name.clone(),
            TriggerKind::Custom(CustomName::Fits(pattern)) => {
                compiled.pattern = Some(self.pattern(pattern));
            }
            TriggerKind::Group {
                members,
                in_order,
                within_ms,
            } => {
                compiled.numbers = vec![u32::from(*in_order), within_ms.unwrap_or(0)];
                compiled.members = self.triggers_at(members);
            }
            _ => {}
        }
        compiled
    }

    /// Triggers by their positions in the container.
    fn triggers_at(&self, positions: &[usize]) -> Vec<TriggerId> {
        let known = |at: &usize| self.triggers.get(at).copied();
        positions.iter().filter_map(known).collect()
    }

    fn pattern(&mut self, pattern: &Pattern) -> PatternId {
        PatternId::from_index(self.patterns.position(pattern.clone()))
    }

    fn tag(&mut self, tag: &Tag) -> release::Tag {
        let constant = |text: &String| Expression::Constant(Value::Text(text.clone()));
        let (kind, event, with) = match &tag.kind {
            TagKind::Event { name, with } => (release::TagKind::Event, name.as_str(), with.clone()),
            // What is sent on is an event like any other; where to, the page need not know.
            TagKind::Forward { event, with, .. } => {
                (release::TagKind::Event, event.as_str(), with.clone())
            }
            TagKind::Pixel(url) => (
                release::TagKind::Pixel,
                "",
                vec![("url".to_owned(), url.clone())],
            ),
            TagKind::Script { url, integrity } => (
                release::TagKind::Script,
                "",
                vec![
                    ("url".to_owned(), constant(url)),
                    ("integrity".to_owned(), constant(integrity)),
                ],
            ),
            TagKind::Push(with) => (release::TagKind::Push, "", with.clone()),
        };
        let sample = tag.sample.and_then(|share| share.scaled(6));
        release::Tag {
            name: tag.name.clone(),
            kind,
            event: event.to_owned(),
            on: self.triggers_at(&tag.on),
            except: self.triggers_at(&tag.except),
            with: with
                .iter()
                .map(|(name, it)| (name.clone(), self.expression(it)))
                .collect(),
            once_per: tag.once_per,
            key: key(&tag.name),
            consent: tag.consent.clone(),
            sample: sample
                .and_then(|millionths| u32::try_from(millionths).ok())
                .unwrap_or(EVERYBODY),
            from: tag.from.clone().unwrap_or_default(),
            until: tag.until.clone().unwrap_or_default(),
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
            Condition::Leaf(leaf) if leaf.as_date && matches!(leaf.test, Test::In(_)) => {
                return self.one_of_days(leaf);
            }
            Condition::Leaf(leaf) => {
                let variable = self.variable(&leaf.variable);
                let is_pattern = matches!(leaf.test, Test::Matches(_));
                // The value is put into the form that it is compared in.
                let step = if leaf.as_date {
                    Some((Transform::Date, variables::zone(self.container)))
                } else if leaf.ignore_case && !is_pattern {
                    Some((Transform::Lower, String::new()))
                } else {
                    None
                };
                let variable = match step {
                    None => variable,
                    Some((how, argument)) => self.add(compiled::Variable {
                        steps: vec![compiled::Step::Text(how, None, argument)],
                        ..variables::plain(compiled::Source::Variable(variable))
                    }),
                };
                Compiled::Leaf(Leaf {
                    variable,
                    operator: self.operator(&leaf.test, leaf.ignore_case),
                    negated: leaf.negated,
                })
            }
        };
        self.conditions.push(compiled);
        self.origins.push(condition.clone());
        ConditionId::from_index(self.conditions.len() - 1)
    }

    /// A day that is one of several, whatever its time.
    fn one_of_days(&mut self, leaf: &crate::container::Leaf) -> ConditionId {
        let Test::In(days) = &leaf.test else {
            return self.condition(&Condition::Any(Vec::new()));
        };
        let same = |day: &Value| {
            Condition::Leaf(crate::container::Leaf {
                test: Test::Order(Order::Same, day.clone()),
                negated: false,
                ..leaf.clone()
            })
        };
        let any = Condition::Any(days.iter().map(same).collect());
        self.condition(&if leaf.negated {
            Condition::Not(Box::new(any))
        } else {
            any
        })
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
            Value::Number(_) | Value::Boolean(_) | Value::List(_) => value.clone(),
        };
        match test {
            Test::Equals(wanted) => Operator::Equals(value(wanted)),
            Test::In(wanted) => Operator::In(wanted.iter().map(value).collect()),
            Test::Contains(part) => Operator::Contains(text(part)),
            Test::StartsWith(part) => Operator::StartsWith(text(part)),
            Test::EndsWith(part) => Operator::EndsWith(text(part)),
            Test::Exists => Operator::Exists,
            Test::Filled => Operator::Filled,
            Test::Order(order, wanted) => {
                let right = match order {
                    Order::LessThan => LESS,
                    Order::AtMost => LESS | SAME,
                    Order::Same => SAME,
                    Order::AtLeast => SAME | MORE,
                    Order::GreaterThan => MORE,
                };
                Operator::Order(right, wanted.clone())
            }
            Test::MatchesSelector(of, selector) => {
                Operator::MatchesSelector(self.place_of(*of), self.selector(selector))
            }
            Test::Matches(pattern) => Operator::Matches(self.pattern(pattern)),
        }
    }
}

/// What elements have that a trigger about clicks is about: see [`release::Trigger`].
fn keys(selector: Option<&Selector>) -> String {
    let keys: BTreeSet<String> = selector
        .map_or_else(Vec::new, Selector::keys)
        .into_iter()
        .collect();
    keys.into_iter().collect::<Vec<_>>().join("\0")
}

/// Whether the tag can fire at all.
fn runs(tag: &Tag) -> bool {
    !tag.paused && !tag.on.is_empty()
}

/// What must hold for a trigger to fire: of a link, that it is of the right kind, then what is written.
fn condition_of(trigger: &Trigger) -> Option<Condition> {
    let kinds = match &trigger.kind {
        TriggerKind::Link { kinds, .. } if !kinds.is_empty() => kinds,
        _ => return trigger.when.clone(),
    };
    let kinds = kinds.iter().map(|kind| Value::Text(kind.name().to_owned()));
    let of_kind = Condition::Leaf(container::Leaf {
        variable: VariableRef::BuiltIn(container::BuiltIn::LinkKind),
        test: Test::In(kinds.collect()),
        negated: false,
        ignore_case: false,
        as_date: false,
    });
    let both = |when: &Condition| Condition::All(vec![of_kind.clone(), when.clone()]);
    Some(trigger.when.as_ref().map_or_else(|| of_kind.clone(), both))
}

/// The triggers at these positions and those that they look at, in the order of a release: first what waits for something,
/// then what waits for anything, then groups, each behind its members; apart from that as in the container.
fn triggers_in_order(container: &Container, used: BTreeSet<usize>) -> Vec<usize> {
    let kind = |at: &usize| container.triggers.get(*at).map(|trigger| &trigger.kind);
    let mut all = used;
    let mut waiting: Vec<usize> = all.iter().copied().collect();
    while let Some(at) = waiting.pop() {
        if let Some(TriggerKind::Group { members, .. }) = kind(&at) {
            waiting.extend(members.iter().filter(|member| all.insert(**member)));
        }
    }
    let (groups, others): (Vec<usize>, Vec<usize>) = all
        .iter()
        .partition(|at| matches!(kind(at), Some(TriggerKind::Group { .. })));
    let (any, mut order): (Vec<usize>, Vec<usize>) = others
        .into_iter()
        .partition(|at| matches!(kind(at), Some(TriggerKind::AnyEvent)));
    order.extend(any);
    let mut placed: BTreeSet<usize> = order.iter().copied().collect();
    let mut left = groups;
    // INVARIANT: the check refuses cycles, so each round places a group at least.
    for _ in 0..left.len() {
        left.retain(|at| {
            let Some(TriggerKind::Group { members, .. }) = kind(at) else {
                return false;
            };
            let is_ready = members.iter().all(|member| placed.contains(member));
            if is_ready {
                placed.insert(*at);
                order.push(*at);
            }
            !is_ready
        });
    }
    order
}

/// What the browser remembers a tag by: FNV-1a of its name.
fn key(name: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811C_9DC5, mix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::ReleaseError;

    /// The containers of the golden cases, and the examples.
    fn containers() -> Vec<Container> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut texts = Vec::new();
        for examples in ["examples", "examples/cookbook"] {
            for entry in std::fs::read_dir(folder.join(examples)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    texts.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
        for name in [
            "01-triggers",
            "02-tags",
            "03-variables",
            "04-conditions",
            "05-trigger-kinds",
        ] {
            let file = std::fs::read_to_string(folder.join(format!("spec/{name}.json"))).unwrap();
            let cases: Vec<serde_json::Value> = serde_json::from_str(&file).unwrap();
            for mut case in cases {
                let container = &mut case["container"];
                container["weir"] = serde_json::json!(1);
                container["site"] =
                    serde_json::json!({ "id": "shop", "script_hosts": ["cdn.example"] });
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
            let whole = automatic::added(&container);
            let mut compiled = Compiler::new(&whole, 7).release();
            compiled.derive_indexes();
            assert_eq!(Release::read(&compile(&container, 7)), Ok(compiled));
        }
    }

    #[test]
    fn what_never_runs_is_left_out() {
        let text = r#"{ "weir": 1, "site": { "id": "shop" }, "automatic": {
                "pageview": false, "outbound_click": false, "file_download": false, "contact_click": false },
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
        let text = r#"{ "weir": 1, "site": { "id": "shop" }, "automatic": {
                "pageview": false, "outbound_click": false, "file_download": false, "contact_click": false },
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
        let text = r#"{ "weir": 1, "site": { "id": "shop" }, "automatic": {
                "pageview": false, "outbound_click": false, "file_download": false, "contact_click": false },
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
            let mut release = Compiler::new(&container, 1).release();
            damage(&mut release);
            let mut bytes = vec![FORMAT];
            release.write(&mut bytes);
            assert_eq!(Release::read(&bytes), Err(ReleaseError::Unsound));
        }
    }
}
