//! The compiler: a checked container -> the bytes of a release.
//!
//! Cannot fail: a container is within the bounds of a release. Leaves out what never runs (paused tags, triggers and
//! variables only they use) and keeps equal selectors, patterns, texts and variables once. What it writes is described in
//! `release.rs`.

mod automatic;
mod conditions;
mod order;
mod variables;
mod write;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::container::{
    Condition, Container, CustomName, Expression, FormStage, Identity, Literal, Tag, TagKind,
    Trigger, TriggerKind, VariableRef, VideoAct,
};
use crate::id::{PatternId, SelectorId, TriggerId, VariableId};
use crate::pattern::Pattern;
#[cfg(feature = "page")]
use crate::release::Release;
use crate::release::{self, EVERYBODY, EventKind, OncePer};
use crate::selector::Selector;

/// Compiles a container into release number `number` of its site.
pub fn compile(container: &Container, number: u32) -> Vec<u8> {
    let whole = automatic::added(container);
    let (records, texts, _) = Compiler::new(&whole, number).compile();
    write::release(&records, &texts)
}

/// A release, and the condition of the container that each of its conditions was made from: for simulations, which name
/// what they show.
#[cfg(feature = "page")]
pub(crate) fn compile_traceable(container: &Container, number: u32) -> (Release, Vec<Condition>) {
    let whole = automatic::added(container);
    let (records, texts, origins) = Compiler::new(&whole, number).compile();
    let bytes = write::release(&records, &texts);
    // INVARIANT: the reader reads what this compiler writes; a container is far smaller than a release may be.
    (Release::read(&bytes).unwrap_or_default(), origins)
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
    /// The number of the release.
    number: u32,
    texts: Table<String>,
    selectors: Table<Selector>,
    patterns: Table<Pattern>,
    /// Variables met so far; unused ones stay out.
    known: HashMap<VariableRef, VariableId>,
    /// Their words.
    variables: Table<Vec<u32>>,
    conditions: Vec<Vec<u32>>,
    /// What each of them was made from.
    origins: Vec<Condition>,
    /// Position in the release of each trigger of the container that is used.
    triggers: HashMap<usize, TriggerId>,
}

impl<'c> Compiler<'c> {
    fn new(container: &'c Container, number: u32) -> Self {
        let mut texts = Table::new();
        // No text is the text 0.
        texts.position(String::new());
        Self {
            container,
            number,
            texts,
            selectors: Table::new(),
            patterns: Table::new(),
            known: HashMap::new(),
            variables: Table::new(),
            conditions: Vec::new(),
            origins: Vec::new(),
            triggers: HashMap::new(),
        }
    }

    /// Records, texts, and what each condition was made from.
    fn compile(mut self) -> (Vec<Vec<u32>>, Vec<String>, Vec<Condition>) {
        let container = self.container;
        let mut active: Vec<&Tag> = container.tags.iter().filter(|tag| runs(tag)).collect();
        // Stable: of the same priority, the order of the container.
        active.sort_by_key(|tag| Reverse(tag.priority));
        let used = active
            .iter()
            .flat_map(|tag| tag.on.iter().chain(&tag.except));
        let kept = order::of_triggers(container, used.copied().collect());
        for (id, at) in kept.iter().enumerate() {
            self.triggers.insert(*at, TriggerId::from_index(id));
        }
        let mut events = vec![0_u32; EventKind::COUNT];
        let mut triggers = Vec::new();
        for trigger in kept.iter().filter_map(|at| container.triggers.get(*at)) {
            let heard = trigger.kind.event().heard_as();
            if let Some(count) = events.get_mut(heard as usize) {
                *count += 1;
            }
            triggers.push(self.trigger(trigger));
        }
        let tags: Vec<Vec<u32>> = active.iter().map(|tag| self.tag(tag)).collect();
        for (at, tag) in active.iter().enumerate() {
            let started: BTreeSet<TriggerId> = self.triggers_at(&tag.on).into_iter().collect();
            for trigger in started {
                if let Some(words) = triggers.get_mut(trigger.index()) {
                    words.tags.push(word(at));
                }
            }
        }
        let triggers = triggers.into_iter().map(TriggerWords::whole).collect();
        let records = self.records(&active, events, triggers, tags);
        (records, self.texts.entries, self.origins)
    }

    /// The words of everything, in the order of a release.
    fn records(
        &mut self,
        active: &[&Tag],
        events: Vec<u32>,
        triggers: Vec<Vec<u32>>,
        tags: Vec<Vec<u32>>,
    ) -> Vec<Vec<u32>> {
        let container = self.container;
        let has_dates =
            |tag: &&Tag| tag.from.is_some() || tag.until.is_some() || tag.once_per == OncePer::Day;
        let clock = if active.iter().any(has_dates) {
            ["iso ", &container.site.timezone].concat()
        } else {
            String::new()
        };
        let privacy = &container.privacy;
        let keep_query = privacy.keep_query.as_ref().map(|keep| keep.join(" "));
        let conditions = release::at::VARIABLES + self.variables.entries.len();
        let first_trigger = conditions + self.conditions.len();
        let head = vec![
            self.text(&container.site.id),
            self.number,
            self.text(&clock),
            container.consent.wait_ms,
            u32::from(container.automatic.engagement),
            u32::from(privacy.identity == Identity::Cookieless),
            keep_query.map_or(0, |keep| self.text(&keep) + 1),
            self.text(&privacy.redact.join(" ")),
            word(conditions),
            word(first_trigger),
            word(first_trigger + triggers.len()),
        ];
        let categories = container.consent.categories.iter();
        let consent = categories
            .flat_map(|(name, granted)| [self.text(name), u32::from(*granted)])
            .collect();
        let selectors = std::mem::replace(&mut self.selectors, Table::new()).entries;
        let selectors = selectors.iter().map(|it| self.text(it.as_str())).collect();
        let patterns = std::mem::replace(&mut self.patterns, Table::new()).entries;
        let patterns = patterns
            .iter()
            .flat_map(|it| [self.text(it.source()), u32::from(it.ignore_case())])
            .collect();
        let mut records = vec![head, consent, selectors, patterns, events];
        records.append(&mut self.variables.entries);
        records.append(&mut self.conditions);
        records.extend(triggers);
        records.extend(tags);
        records
    }

    fn trigger(&mut self, trigger: &Trigger) -> TriggerWords {
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
        let selector = selector.map(|it| self.selector(it).index());
        let (mut other, mut pattern, mut text) = (None, None, String::new());
        let (mut numbers, mut members) = (Vec::new(), Vec::new());
        match &trigger.kind {
            TriggerKind::Click(selector) => text = keys(selector.as_ref()),
            TriggerKind::Link { selector, .. } => {
                let links = Selector::of_links();
                text = keys(Some(selector.as_ref().unwrap_or(&links)));
                other = Some(self.selector(&links).index());
            }
            TriggerKind::Form { stage, .. } => match stage {
                FormStage::SuccessVisible(selector) => {
                    other = Some(self.selector(selector).index());
                }
                FormStage::SuccessPath(path) => pattern = Some(self.pattern(path).index()),
                FormStage::Submit | FormStage::Attempt => {}
            },
            TriggerKind::Scroll { thresholds, .. } => numbers = thresholds.clone(),
            TriggerKind::Video(VideoAct::Progress(percent)) => numbers = percent.clone(),
            TriggerKind::Visible {
                percent, for_ms, ..
            } => numbers = vec![u32::from(*percent), *for_ms],
            TriggerKind::Timer {
                every_ms,
                limit,
                by_wall_clock,
            } => numbers = vec![*every_ms, *limit, u32::from(*by_wall_clock)],
            TriggerKind::Custom(CustomName::Is(name)) => text = name.clone(),
            TriggerKind::Custom(CustomName::Fits(fits)) => {
                pattern = Some(self.pattern(fits).index());
            }
            TriggerKind::Group {
                members: positions,
                in_order,
                within_ms,
            } => {
                numbers = vec![u32::from(*in_order), within_ms.unwrap_or(0)];
                members = self.triggers_at(positions);
            }
            _ => {}
        }
        let when = conditions::of_trigger(trigger).map(|when| self.condition(&when).index());
        let mut words = vec![
            self.text(&trigger.name),
            trigger.kind.event() as u32,
            optional(selector),
            optional(other),
            optional(pattern),
            self.text(&text),
            optional(when),
        ];
        push_list(&mut words, numbers.into_iter());
        push_list(&mut words, members.into_iter().map(|id| word(id.index())));
        TriggerWords {
            words,
            tags: Vec::new(),
        }
    }

    /// Triggers by their positions in the container.
    fn triggers_at(&self, positions: &[usize]) -> Vec<TriggerId> {
        let known = |at: &usize| self.triggers.get(at).copied();
        positions.iter().filter_map(known).collect()
    }

    fn tag(&mut self, tag: &Tag) -> Vec<u32> {
        let constant = |text: &String| Expression::Constant(Literal::Text(text.clone()));
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
        let sample = sample.and_then(|millionths| u32::try_from(millionths).ok());
        let mut words = vec![
            self.text(&tag.name),
            kind as u32,
            self.text(event),
            tag.once_per as u32,
            key(&tag.name),
            sample.unwrap_or(EVERYBODY),
            self.text(tag.from.as_deref().unwrap_or_default()),
            self.text(tag.until.as_deref().unwrap_or_default()),
        ];
        for triggers in [&tag.on, &tag.except] {
            let ids = self.triggers_at(triggers).into_iter();
            push_list(&mut words, ids.map(|id| word(id.index())));
        }
        let consent: Vec<u32> = tag.consent.iter().map(|it| self.text(it)).collect();
        push_list(&mut words, consent.into_iter());
        let mut props = Vec::new();
        for (name, expression) in &with {
            props.push(self.text(name));
            let is_address = kind == release::TagKind::Pixel;
            props.push(word(self.expression(expression, is_address).index()));
        }
        push_list(&mut words, props.into_iter());
        words
    }

    fn text(&mut self, text: &str) -> u32 {
        word(self.texts.position(text.to_owned()))
    }

    fn pattern(&mut self, pattern: &Pattern) -> PatternId {
        PatternId::from_index(self.patterns.position(pattern.clone()))
    }

    fn selector(&mut self, selector: &Selector) -> SelectorId {
        SelectorId::from_index(self.selectors.position(selector.clone()))
    }
}

/// A trigger without its last list, the tags that it starts, and those.
struct TriggerWords {
    words: Vec<u32>,
    tags: Vec<u32>,
}

impl TriggerWords {
    fn whole(self) -> Vec<u32> {
        let mut words = self.words;
        push_list(&mut words, self.tags.into_iter());
        words
    }
}

/// A position or length as a word of a release. None is as long as words reach.
fn word(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What may be absent.
fn optional(at: Option<usize>) -> u32 {
    at.map_or(0, |at| word(at) + 1)
}

fn push_list(words: &mut Vec<u32>, entries: impl ExactSizeIterator<Item = u32>) {
    words.push(word(entries.len()));
    words.extend(entries);
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

/// What the browser remembers a tag by: FNV-1a of its name.
fn key(name: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811C_9DC5, mix)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let (records, texts, _) = Compiler::new(&whole, 7).compile();
            let release = Release::read(&compile(&container, 7)).unwrap();
            for (at, record) in records.iter().enumerate() {
                assert_eq!(
                    release.record(at),
                    record,
                    "{}: record {at}",
                    container.site.id
                );
            }
            for (at, text) in texts.iter().enumerate() {
                assert_eq!(release.text(word(at)), text);
            }
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
        assert_eq!(release.selectors().collect::<Vec<_>>(), [".a"]);
        assert_eq!(
            (
                release.trigger(TriggerId::from_index(1)).is_none(),
                release.tags().count(),
                release.variables().count()
            ),
            (true, 1, 0)
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
                release.selectors().count(),
                release.patterns().count(),
                release.variables().count()
            ),
            (1, 1, 1)
        );
    }
}
