//! The schema says what the reader reads: asked of the reader itself, by writing nonsense at every place of a container
//! and comparing what it says could stand there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::shape::{Key, Shape, Type};
use super::{ROOT, built_in, conditions, frame, json_schema, shapes, variables};
use crate::diagnostic::{Detail, Lang};
use crate::vocabulary;
use crate::{check, json};

/// A key, or a word, that nothing is called.
const NONSENSE: &str = "zzzzzzzzzzzz";

/// A way into a container.
#[derive(Debug, Clone)]
enum Step {
    Key(&'static str),
    /// An entry of the author's own.
    Name,
    /// An entry of a list.
    Entry,
}

fn shape(name: &str) -> &'static Shape {
    shapes()
        .find(|shape| shape.name == name)
        .unwrap_or_else(|| panic!("no shape {name}"))
}

/// A way to every shape.
fn ways() -> BTreeMap<&'static str, Vec<Step>> {
    let mut ways = BTreeMap::from([(ROOT, Vec::new())]);
    let mut waiting = vec![ROOT];
    while let Some(name) = waiting.pop() {
        let way = ways[name].clone();
        let inside = shape(name);
        let mut inner: Vec<(Vec<Step>, Type)> = inside
            .keys
            .iter()
            .map(|key| (vec![Step::Key(key.name)], key.holds))
            .collect();
        inner.extend(inside.others.map(|holds| (vec![Step::Name], holds)));
        while let Some((steps, holds)) = inner.pop() {
            let further = |step: Step| steps.iter().cloned().chain([step]).collect::<Vec<_>>();
            match holds {
                Type::Shape(found) if !ways.contains_key(found) => {
                    ways.insert(found, way.iter().cloned().chain(steps).collect());
                    waiting.push(found);
                }
                Type::List(entry, _) => inner.push((further(Step::Entry), *entry)),
                Type::Map(entry) | Type::FilledMap(entry) | Type::MapOf(_, entry) => {
                    inner.push((further(Step::Name), *entry))
                }
                Type::OneOrMore(entry) => inner.push((steps, *entry)),
                Type::Either(one, other) => inner.extend([(steps.clone(), *one), (steps, *other)]),
                _ => {}
            }
        }
    }
    ways
}

/// A container with this at the end of a way.
fn container(way: &[Step], at_its_end: &str) -> String {
    let mut text = at_its_end.to_owned();
    for (depth, step) in way.iter().enumerate().rev() {
        text = match step {
            Step::Entry => format!("[{text}]"),
            Step::Name => format!("{{\"x\": {text}}}"),
            Step::Key("site") if depth == 0 => return format!("{{\"weir\": 1, \"site\": {text}}}"),
            Step::Key(key) if depth == 0 => {
                return format!("{{\"weir\": 1, \"site\": {{\"id\": \"s\"}}, \"{key}\": {text}}}");
            }
            // A name that ends in a point begins the names of many.
            Step::Key(key) if key.ends_with('.') => format!("{{\"{key}x\": {text}}}"),
            Step::Key(key) => format!("{{\"{key}\": {text}}}"),
        };
    }
    text
}

/// Containers with a value under a key: alone, and with the examples of the keys beside it.
fn containers(way: &[Step], shape: &Shape, key: &Key, value: &str) -> [String; 2] {
    let beside = shape
        .keys
        .iter()
        .filter(|other| other.name != key.name && !other.is_kind);
    let beside =
        beside.filter_map(|other| Some(format!("\"{}\": {}, ", other.name, other.example?)));
    let beside: String = beside.collect();
    let alone = format!("\"{}\": {value}", key.name);
    [format!("{{{alone}}}"), format!("{{{beside}{alone}}}")].map(|object| container(way, &object))
}

fn details(text: &str) -> Vec<Detail> {
    check(text)
        .problems
        .into_iter()
        .map(|problem| problem.detail)
        .collect()
}

fn names<'a>(keys: impl Iterator<Item = &'a Key>) -> BTreeSet<String> {
    keys.map(|key| key.name.to_owned()).collect()
}

fn set<T: AsRef<str>>(words: &[T]) -> BTreeSet<String> {
    words.iter().map(|word| word.as_ref().to_owned()).collect()
}

/// Objects whose keys are variables, operators or steps: other tests compare those with the vocabulary.
fn has_own_keys(shape: &Shape) -> bool {
    let own = ["comparison", "step_comparison", "transform", "example_step"];
    shape.others.is_some() || own.contains(&shape.name)
}

#[test]
fn keys_are_those_that_are_read() {
    let mut wrong = Vec::new();
    let ways = ways();
    for shape in shapes() {
        let way = ways
            .get(shape.name)
            .unwrap_or_else(|| panic!("nothing holds a {}", shape.name));
        if has_own_keys(shape) {
            continue;
        }
        let kind = shape.keys.iter().find(|key| key.is_kind);
        let kind = kind.map_or_else(String::new, |key| {
            format!("\"{}\": {}, ", key.name, key.example.unwrap_or("{}"))
        });
        let text = container(way, &format!("{{{kind}\"{NONSENSE}\": 1}}"));
        let found = details(&text).into_iter().find_map(|detail| match detail {
            Detail::UnknownKey { key, known, .. } if key == NONSENSE => Some(known),
            _ => None,
        });
        let known = found
            .unwrap_or_else(|| panic!("{} is not read as an object with keys: {text}", shape.name));
        let mut told = names(shape.keys.iter());
        if shape.name == "trigger" || shape.name == "variable" {
            told = names(shape.keys.iter().filter(|key| !key.is_kind));
        }
        if set(&known) != told {
            wrong.push(format!(
                "{}\n  read {:?}\n  told {told:?}",
                shape.name,
                set(&known)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn kinds_operators_and_variables_are_those_of_the_language() {
    let kinds = |name: &str| names(shape(name).keys.iter().filter(|key| key.is_kind));
    assert_eq!(kinds("trigger"), set(vocabulary::TRIGGER_KINDS));
    assert_eq!(kinds("variable"), set(vocabulary::VARIABLE_KINDS));
    let operators: Vec<&str> = conditions::OPERATORS.iter().map(|row| row.name).collect();
    assert_eq!(set(&operators), set(vocabulary::OPERATORS));
    let negated: Vec<String> = operators
        .iter()
        .map(|name| format!("{}{name}", vocabulary::NOT))
        .collect();
    let mut comparison = names(shape("comparison").keys.iter());
    assert!(comparison.remove("ignore_case"));
    assert_eq!(
        comparison,
        set(&operators).union(&set(&negated)).cloned().collect()
    );
    let steps: Vec<String> = vocabulary::STEP_OPERATORS
        .iter()
        .flat_map(|name| [(*name).to_owned(), format!("{}{name}", vocabulary::NOT)])
        .collect();
    assert_eq!(names(shape("step_comparison").keys.iter()), set(&steps));
    let plain: Vec<&str> = variables::PLAIN_TRANSFORMS
        .iter()
        .map(|word| word.word)
        .collect();
    let transforms = names(shape("transform").keys.iter());
    assert_eq!(
        transforms
            .union(&set(&plain))
            .cloned()
            .collect::<BTreeSet<_>>(),
        set(vocabulary::TRANSFORMS)
    );
    let happenings: Vec<&str> = crate::container::EXAMPLE_STEPS
        .iter()
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(kinds("example_step"), set(&happenings));
    assert_eq!(kinds("tag"), set(vocabulary::TAG_KINDS));
    assert_eq!(kinds("goal"), set(vocabulary::GOAL_KINDS));
    assert_eq!(
        names(shape("automatic").keys.iter()),
        set(vocabulary::AUTOMATIC)
    );
    let metrics: Vec<&str> = frame::METRICS.iter().map(|word| word.word).collect();
    assert_eq!(set(&metrics), set(vocabulary::METRICS));
    let redacted: Vec<&str> = variables::REDACTED.iter().map(|word| word.word).collect();
    assert_eq!(set(&redacted), set(vocabulary::REDACTED));
    let signals: Vec<&str> = frame::SIGNALS.iter().map(|word| word.word).collect();
    assert_eq!(set(&signals), set(vocabulary::SIGNALS));
    let built_in: Vec<&str> = built_in::BUILT_IN.iter().map(|(name, _)| *name).collect();
    assert_eq!(set(&built_in), set(vocabulary::BUILT_IN));
}

#[test]
fn needed_keys_are_those_that_are_missed() {
    let mut wrong = Vec::new();
    let ways = ways();
    for shape in shapes() {
        if has_own_keys(shape) {
            continue;
        }
        let way = &ways[shape.name];
        let text = if shape.name == ROOT {
            "{}".to_owned()
        } else {
            container(way, "{}")
        };
        let missed: BTreeSet<String> = check(&text)
            .problems
            .into_iter()
            .filter(|problem| problem.path == path(way))
            .filter_map(|problem| match problem.detail {
                Detail::MissingKey { key, .. } => Some(key.to_owned()),
                _ => None,
            })
            .collect();
        let needed = names(shape.keys.iter().filter(|key| key.needed));
        // Of a group, and of kinds, one is asked for.
        let of_groups: BTreeSet<String> =
            shape.one_of.iter().flat_map(|group| set(group)).collect();
        let of_groups: BTreeSet<String> = of_groups
            .union(&names(shape.keys.iter().filter(|key| key.is_kind)))
            .cloned()
            .collect();
        let of_places = if shape.min_keys > 0 {
            names(shape.keys.iter())
        } else {
            BTreeSet::new()
        };
        assert!(
            missed.is_superset(&needed),
            "{}: {missed:?} {needed:?}",
            shape.name
        );
        let extra: Vec<&String> = missed
            .iter()
            .filter(|key| {
                !needed.contains(*key) && !of_groups.contains(*key) && !of_places.contains(*key)
            })
            .collect();
        if !missed.is_superset(&needed) || !extra.is_empty() {
            wrong.push(format!(
                "{}: missed {missed:?}, needed {needed:?}",
                shape.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn path(way: &[Step]) -> String {
    let mut path = String::new();
    for step in way {
        match step {
            Step::Entry => path.push_str("[0]"),
            Step::Name | Step::Key(_) => {
                if !path.is_empty() {
                    path.push('.');
                }
                match step {
                    Step::Key(key) if key.ends_with('.') => path.push_str(&format!("{key}x")),
                    Step::Key(key) => path.push_str(key),
                    _ => path.push('x'),
                }
            }
        }
    }
    path
}

/// Every key, with the way to the object that has it.
fn keys() -> Vec<(Vec<Step>, &'static Shape, &'static Key)> {
    let ways = ways();
    let with_ways = |shape: &'static Shape| {
        let way = ways[shape.name].clone();
        shape.keys.iter().map(move |key| (way.clone(), shape, key))
    };
    shapes().flat_map(with_ways).collect()
}

#[test]
fn words_are_those_that_can_be_chosen() {
    let mut wrong = Vec::new();
    for (way, shape, key) in keys() {
        let Type::Choice(words) = key.holds else {
            continue;
        };
        if key.name == "metric" {
            continue;
        }
        let texts = containers(&way, shape, key, &format!("\"{NONSENSE}\""));
        let choices = texts
            .iter()
            .flat_map(|text| details(text))
            .find_map(|detail| match detail {
                Detail::UnknownChoice { choices, found, .. } if found == NONSENSE => Some(choices),
                _ => None,
            });
        let told: Vec<&str> = words.iter().map(|word| word.word).collect();
        if choices.as_ref().map(|choices| set(choices)) != Some(set(&told)) {
            wrong.push(format!(
                "{}.{}: checked {choices:?}, told {told:?}: {texts:?}",
                shape.name, key.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_have_the_bounds_that_are_checked() {
    let mut wrong = Vec::new();
    for (way, shape, key) in keys() {
        let one = match &key.holds {
            Type::OneOrMore(one) => one,
            one => one,
        };
        let bounds = match one {
            Type::Number(min, max) => (min.to_string(), max.to_string()),
            Type::Whole(min, max) => (min.to_string(), max.to_string()),
            _ => continue,
        };
        // The format has a problem of its own, and so has a group that the pattern lacks.
        if ["weir", "group"].contains(&key.name) {
            continue;
        }
        let texts = containers(&way, shape, key, "999999999999");
        let checked = texts
            .iter()
            .flat_map(|text| details(text))
            .find_map(|detail| match detail {
                Detail::OutOfRange { min, max, .. } => Some((min, max)),
                _ => None,
            });
        if checked.as_ref() != Some(&bounds) {
            wrong.push(format!(
                "{}.{}: checked {checked:?}, told {bounds:?}: {texts:?}",
                shape.name, key.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_is_told_in_both_languages() {
    let is_russian = |text: &str| text.contains(|char| ('а'..='я').contains(&char));
    for (_, shape, key) in keys() {
        assert!(
            !key.said.en.is_empty() && is_russian(key.said.ru),
            "{}.{}",
            shape.name,
            key.name
        );
        if let Type::Choice(words) = key.holds {
            for word in words {
                assert!(
                    !word.said.en.is_empty() && is_russian(word.said.ru),
                    "{}",
                    word.word
                );
            }
        }
        for text in [key.default, key.example].into_iter().flatten() {
            assert!(
                json::parse(text).is_ok(),
                "{}.{}: {text}",
                shape.name,
                key.name
            );
        }
    }
    assert!(!is_russian(
        &json_schema(Lang::En)
            .lines()
            .filter(|line| line.contains("\"description\""))
            .collect::<String>()
            .replace("каталог", "")
    ));
}

#[test]
fn the_file_is_current() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema/container.schema.json");
    let made = json_schema(Lang::En);
    if std::env::var_os("WEIR_UPDATE_SPEC").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == made,
        "rules/schema/container.schema.json is not what the tables say; `WEIR_UPDATE_SPEC=1 cargo test -p weir-rules schema` writes it anew"
    );
}

#[test]
fn both_languages_describe_the_same() {
    let read = |lang| serde_json::from_str::<serde_json::Value>(&json_schema(lang)).unwrap();
    let (mut english, mut russian) = (read(Lang::En), read(Lang::Ru));
    for json in [&mut english, &mut russian] {
        remove_texts(json);
    }
    assert_eq!(english, russian);
}

fn remove_texts(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(entries) => {
            let texts = [
                "title",
                "description",
                "markdownDescription",
                "enumDescriptions",
                "markdownEnumDescriptions",
            ];
            entries.retain(|key, value| !texts.contains(&key.as_str()) || value.is_object());
            entries.values_mut().for_each(remove_texts);
        }
        serde_json::Value::Array(entries) => entries.iter_mut().for_each(remove_texts),
        _ => {}
    }
}
