//! The JSON Schema of containers: what an editor needs to complete, explain and check a container while it is written.
//!
//! Made from the tables in `schema/`, which say of every key what it holds, in both languages; lists of words are those
//! of [`crate::vocabulary`]. That the tables agree with what the draft reads is proved by a test, which asks the reader
//! itself (`schema/tests.rs`). The schema judges structure: names that must exist, selectors and patterns are for the
//! check.
//!
//! Draft 7, which every editor knows, with the additions that Visual Studio Code reads: `markdownDescription` and
//! `markdownEnumDescriptions`.

mod built_in;
mod conditions;
mod examples;
mod frame;
mod shape;
mod tags;
#[cfg(test)]
mod tests;
mod triggers;
mod variables;
mod words;

use crate::diagnostic::Lang;
use crate::json;
use crate::json_out::Json;
use shape::{Key, Said, Shape, Type, Word};

/// The name of the shape that a container is.
const ROOT: &str = "container";

/// Every shape there is; the first is the container.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    frame::SHAPES
        .iter()
        .chain(triggers::SHAPES)
        .chain(variables::SHAPES)
        .chain(conditions::SHAPES)
        .chain(tags::SHAPES)
        .chain(examples::SHAPES)
}

/// The schema, with descriptions in this language. The English one has the Russian descriptions besides, where editors
/// show longer texts, so that one file serves a team that speaks both.
pub fn json_schema(lang: Lang) -> String {
    let writer = Writer { lang };
    let title = match lang {
        Lang::En => "Weir container",
        Lang::Ru => "Контейнер Weir",
    };
    let mut root = vec![
        (
            "$schema".to_owned(),
            Json::text("http://json-schema.org/draft-07/schema#"),
        ),
        ("title".to_owned(), Json::text(title)),
    ];
    let mut definitions = Vec::new();
    for shape in shapes() {
        let json = writer.shape(shape);
        if shape.name == ROOT {
            root.extend(json);
        } else {
            definitions.push((shape.name.to_owned(), Json::Object(json)));
        }
    }
    root.push(("definitions".to_owned(), Json::Object(definitions)));
    Json::Object(root).pretty()
}

/// Writes shapes in one language.
struct Writer {
    lang: Lang,
}

type Entries = Vec<(String, Json)>;

impl Writer {
    fn pick(&self, said: Said) -> &'static str {
        match self.lang {
            Lang::En => said.en,
            Lang::Ru => said.ru,
        }
    }

    fn description(&self, out: &mut Entries, said: Said) {
        let short = self.pick(said);
        if short.is_empty() {
            return;
        }
        out.push(("description".to_owned(), Json::text(short)));
        let long = match self.lang {
            Lang::En => format!("{}\n\n{}", said.en, said.ru),
            Lang::Ru => said.ru.to_owned(),
        };
        out.push(("markdownDescription".to_owned(), Json::text(long)));
    }

    fn shape(&self, shape: &Shape) -> Entries {
        let mut out = Entries::new();
        self.description(&mut out, shape.said);
        out.push(("type".to_owned(), Json::text("object")));
        if shape.min_keys > 0 {
            out.push(("minProperties".to_owned(), Json::number(&shape.min_keys)));
        }
        let needed: Vec<&str> = shape
            .keys
            .iter()
            .filter(|key| key.needed)
            .map(|key| key.name)
            .collect();
        if !needed.is_empty() {
            out.push(("required".to_owned(), Json::texts(needed)));
        }
        let kinds: Vec<&str> = shape
            .keys
            .iter()
            .filter(|key| key.is_kind)
            .map(|key| key.name)
            .collect();
        let mut groups: Vec<Json> = shape.one_of.iter().map(|group| one_of(group)).collect();
        if !kinds.is_empty() {
            groups.push(one_of(&kinds));
        }
        let mut rules: Vec<Json> = shape.implies.iter().map(implied).collect();
        match groups.len() {
            0 => {}
            1 => out.extend(groups.pop().map(|group| ("oneOf".to_owned(), group))),
            _ => {
                let all = groups
                    .into_iter()
                    .map(|group| Json::object([("oneOf", Some(group))]));
                rules.extend(all);
            }
        }
        if !rules.is_empty() {
            out.push(("allOf".to_owned(), Json::List(rules)));
        }
        // A name that ends in a point begins the names of many keys.
        let (exact, begun): (Vec<&Key>, Vec<&Key>) =
            shape.keys.iter().partition(|key| !key.name.ends_with('.'));
        let property = |key: &&Key| (key.name.to_owned(), self.key(key));
        out.push((
            "properties".to_owned(),
            Json::Object(exact.iter().map(property).collect()),
        ));
        if !begun.is_empty() {
            let property =
                |key: &&Key| (format!("^{}.", key.name.replace('.', "\\.")), self.key(key));
            out.push((
                "patternProperties".to_owned(),
                Json::Object(begun.iter().map(property).collect()),
            ));
        }
        let others = match &shape.others {
            None => Json::Boolean(false),
            Some(holds) => Json::Object(self.holds(holds)),
        };
        out.push(("additionalProperties".to_owned(), others));
        out
    }

    fn key(&self, key: &Key) -> Json {
        let mut out = Entries::new();
        self.description(&mut out, key.said);
        out.extend(self.holds(&key.holds));
        if let Some(default) = key.default {
            out.push(("default".to_owned(), literal(default)));
        }
        if let Some(example) = key.example {
            out.push(("examples".to_owned(), Json::List(vec![literal(example)])));
        }
        Json::Object(out)
    }

    fn holds(&self, holds: &Type) -> Entries {
        let typed = |name: &str| vec![("type".to_owned(), Json::text(name))];
        match holds {
            Type::Text => typed("string"),
            Type::FilledText => with(typed("string"), "minLength", Json::number(&1)),
            Type::TextLike(pattern) => with(typed("string"), "pattern", Json::text(*pattern)),
            Type::Boolean => typed("boolean"),
            Type::AnyNumber => typed("number"),
            Type::Number(min, max) => {
                let out = with(typed("number"), "minimum", Json::number(min));
                with(out, "maximum", Json::number(max))
            }
            Type::Whole(min, max) => {
                let out = with(typed("integer"), "minimum", Json::number(min));
                with(out, "maximum", Json::number(max))
            }
            Type::Scalar => vec![(
                "type".to_owned(),
                Json::texts(["string", "number", "boolean"]),
            )],
            Type::Choice(words) => self.choice(words),
            Type::Listed(words) => vec![("enum".to_owned(), Json::texts(*words))],
            Type::List(entry, min) => {
                let out = with(typed("array"), "items", Json::Object(self.holds(entry)));
                if *min == 0 {
                    out
                } else {
                    with(out, "minItems", Json::number(min))
                }
            }
            Type::OneOrMore(entry) => {
                let one = Json::Object(self.holds(entry));
                let list = Json::Object(self.holds(&Type::List(entry, 1)));
                vec![("anyOf".to_owned(), Json::List(vec![one, list]))]
            }
            Type::Either(one, other) => {
                let both = [one, other].map(|holds| Json::Object(self.holds(holds)));
                vec![("anyOf".to_owned(), Json::List(both.into()))]
            }
            Type::Map(entry) => with(
                typed("object"),
                "additionalProperties",
                Json::Object(self.holds(entry)),
            ),
            Type::FilledMap(entry) => with(
                self.holds(&Type::Map(entry)),
                "minProperties",
                Json::number(&1),
            ),
            Type::MapOf(pattern, entry) => {
                let names = Json::object([("pattern", Some(Json::text(*pattern)))]);
                with(self.holds(&Type::Map(entry)), "propertyNames", names)
            }
            Type::Empty => with(
                typed("object"),
                "additionalProperties",
                Json::Boolean(false),
            ),
            Type::Only(json) => vec![("const".to_owned(), literal(json))],
            Type::Any => Vec::new(),
            Type::Shape(name) => vec![(
                "$ref".to_owned(),
                Json::text(format!("#/definitions/{name}")),
            )],
        }
    }

    fn choice(&self, words: &[Word]) -> Entries {
        let said = |word: &Word| self.pick(word.said);
        vec![
            (
                "enum".to_owned(),
                Json::texts(words.iter().map(|word| word.word)),
            ),
            (
                "enumDescriptions".to_owned(),
                Json::texts(words.iter().map(said)),
            ),
            (
                "markdownEnumDescriptions".to_owned(),
                Json::texts(words.iter().map(said)),
            ),
        ]
    }
}

fn with(mut entries: Entries, key: &str, value: Json) -> Entries {
    entries.push((key.to_owned(), value));
    entries
}

/// Where a key has a value, others must be there.
fn implied((key, value, needed): &(&str, &str, &[&str])) -> Json {
    let has_value = Json::object([("const", Some(Json::text(*value)))]);
    let holds = Json::object([
        ("properties", Some(Json::object([(*key, Some(has_value))]))),
        ("required", Some(Json::texts([*key]))),
    ]);
    let needed = Json::object([("required", Some(Json::texts(*needed)))]);
    Json::object([("if", Some(holds)), ("then", Some(needed))])
}

/// Exactly one of these keys is there.
fn one_of(keys: &[&str]) -> Json {
    let required = |key: &&str| Json::object([("required", Some(Json::texts([*key])))]);
    Json::List(keys.iter().map(required).collect())
}

/// JSON of the tables. What is no JSON cannot be there: a test reads all of it.
fn literal(text: &str) -> Json {
    json::parse(text).map_or(Json::Null, |node| tree(&node))
}

fn tree(node: &json::Node) -> Json {
    match &node.value {
        json::Value::Null => Json::Null,
        json::Value::Boolean(value) => Json::Boolean(*value),
        json::Value::Number(number) => Json::Number(number.clone()),
        json::Value::Text(text) => Json::Text(text.clone()),
        json::Value::List(entries) => Json::List(entries.iter().map(tree).collect()),
        json::Value::Object(members) => {
            let entry = |member: &json::Member| (member.key.clone(), tree(&member.node));
            Json::Object(members.iter().map(entry).collect())
        }
    }
}
