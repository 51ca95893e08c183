//! What a container changes about another one, in sentences: what people read before they publish.
//!
//! That something changed is seen in the JSON; what it means is told by the rules' own sentences. Two texts whose JSON is
//! the same have no changes, however they are laid out.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use weir_rules::Lang;
use weir_rules::explain::{Part, explain};

use crate::container;

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What: `tag`, `trigger` …, or `setting`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub kind: Kind,
    /// What it did.
    pub before: Option<String>,
    /// What it does.
    pub after: Option<String>,
}

/// Keys of a container whose entries have names, and what an entry is.
const NAMED: [(&str, Part); 6] = [
    ("tags", Part::Tag),
    ("triggers", Part::Trigger),
    ("variables", Part::Variable),
    ("goals", Part::Goal),
    ("funnels", Part::Funnel),
    ("kpis", Part::Kpi),
];
/// Says nothing of what a container does.
const SCHEMA: &str = "$schema";

/// Something of a container that another one has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: `tag`, `trigger` …, or `setting`.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// What people call it, where that is something else: of goals and funnels.
    pub title: Option<String>,
    /// What became of it.
    pub kind: Kind,
}

impl Difference {
    /// What people call it.
    pub fn called(self) -> String {
        self.title.unwrap_or(self.name)
    }
}

/// What `after` changes about `before`. The error: the problems of `after`, of which no sentence can be told.
pub fn between(
    before: &str,
    after: &str,
    lang: Lang,
) -> Result<Vec<Change>, Vec<weir_rules::Problem>> {
    let told = |text: &str| {
        let checked = container::check_published(text);
        let container = checked.container.ok_or(checked.problems)?;
        let sentences = explain(container.rules(), lang)
            .into_iter()
            .map(|one| ((one.part.as_str(), one.name), one.sentence));
        Ok::<HashMap<_, _>, Vec<weir_rules::Problem>>(sentences.collect())
    };
    let new = told(after)?;
    // A release that a stricter version of weir refuses has no sentences; what changed is seen all the same.
    let old = told(before).unwrap_or_default();
    let (before, after) = (Parts::of(before), Parts::of(after));
    let change = |one: Difference| {
        // The site is one thing, whatever it is called.
        let known_as = match one.what {
            "site" => name_of_site(&before.0),
            _ => one.name.clone(),
        };
        Change {
            before: old
                .get(&(one.what, known_as))
                .filter(|_| one.kind != Kind::Added)
                .cloned(),
            after: new
                .get(&(one.what, one.name.clone()))
                .filter(|_| one.kind != Kind::Removed)
                .cloned(),
            what: one.what,
            kind: one.kind,
            name: one.called(),
        }
    };
    Ok(after.since(&before).into_iter().map(change).collect())
}

/// A container, taken apart. Of a text that is none, nothing.
#[derive(Debug)]
pub struct Parts(Map<String, Value>);

impl Parts {
    /// Takes a text apart.
    pub fn of(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Self(object),
            _ => Self(Map::new()),
        }
    }

    /// What is new, gone or another since `before`.
    pub fn since(&self, before: &Self) -> Vec<Difference> {
        let (before, after) = (&before.0, &self.0);
        let mut found = Vec::new();
        if before.get("site") != after.get("site") {
            found.push(Difference {
                what: "site",
                name: name_of_site(after),
                title: None,
                kind: Kind::Changed,
            });
        }
        for (key, part) in NAMED {
            let (before, after) = (entries(before.get(key)), entries(after.get(key)));
            let what = part.as_str();
            for (name, value) in &after {
                let kind = match before.iter().find(|(known, _)| known == name) {
                    None => Kind::Added,
                    Some((_, known)) if known != value => Kind::Changed,
                    Some(_) => continue,
                };
                let (name, title) = (name.clone(), title(value));
                found.push(Difference {
                    what,
                    name,
                    title,
                    kind,
                });
            }
            let gone = before
                .into_iter()
                .filter(|(name, _)| !after.iter().any(|(known, _)| known == name));
            found.extend(gone.map(|(name, value)| Difference {
                what,
                name,
                title: title(value),
                kind: Kind::Removed,
            }));
        }
        found.extend(settings(before, after));
        found
    }
}

/// Changes of all other keys: `privacy`, `consent`, `examples` …
fn settings(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Difference> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let other = |key: &&String| {
        let key = key.as_str();
        key != "site" && key != SCHEMA && !NAMED.iter().any(|(named, _)| *named == key)
    };
    let change = |key: &String| {
        let kind = match (before.get(key), after.get(key)) {
            (None, Some(_)) => Kind::Added,
            (Some(_), None) => Kind::Removed,
            (old, new) if old != new => Kind::Changed,
            _ => return None,
        };
        Some(Difference {
            what: "setting",
            name: key.clone(),
            title: None,
            kind,
        })
    };
    keys.into_iter().filter(other).filter_map(change).collect()
}

/// What people call an entry.
fn title(entry: &Value) -> Option<String> {
    let title = entry.get("title")?.as_str()?;
    (!title.trim().is_empty()).then(|| title.to_owned())
}

fn name_of_site(container: &Map<String, Value>) -> String {
    let id = container.get("site").and_then(|site| site.get("id"));
    id.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Entries with their names, in the order in which they are written.
fn entries(value: Option<&Value>) -> Vec<(String, &Value)> {
    match value {
        Some(Value::Object(object)) => object
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|value| Some((value.get("name")?.as_str()?.to_owned(), value)))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r##"{ "weir": 1, "site": { "id": "shop" },
        "triggers": { "all": { "pageview": {} }, "old": { "click": { "selector": ".old" } } },
        "tags": [{ "name": "Seen", "on": ["all"], "event": "seen" }] }"##;

    #[test]
    fn what_has_a_title_is_called_by_it() {
        let goal = |title: &str| {
            format!(
                r##"{{ "weir": 1, "site": {{ "id": "shop" }}, "triggers": {{ "all": {{ "pageview": {{}} }} }},
                "tags": [{{ "name": "Seen", "on": ["all"], "event": "seen" }}],
                "goals": {{ "seen": {{ {title} "event": "seen" }} }} }}"##
            )
        };
        let (plain, titled) = (goal(""), goal(r#""title": "Увидели","#));
        let names = |before: &str, after: &str| {
            let changes = between(before, after, Lang::En).unwrap();
            let named = |change: Change| (change.name, change.after.is_some());
            changes.into_iter().map(named).collect::<Vec<_>>()
        };
        assert_eq!(names(&plain, &titled), [("Увидели".to_owned(), true)]);
        assert_eq!(names(&titled, &plain), [("seen".to_owned(), true)]);
    }

    #[test]
    fn changes_are_told_by_what_things_do() {
        let after = r##"{ "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] },
            "privacy": { "identity": "cookieless" },
            "triggers": { "all": { "pageview": {} }, "buy": { "click": { "selector": ".buy" } } },
            "tags": [{ "name": "Seen", "on": ["all", "buy"], "event": "seen" }] }"##;
        let changes = between(BEFORE, after, Lang::En).unwrap();
        let short: Vec<(&str, &str, Kind)> = changes
            .iter()
            .map(|change| (change.what, change.name.as_str(), change.kind))
            .collect();
        assert_eq!(
            short,
            [
                ("site", "shop", Kind::Changed),
                ("tag", "Seen", Kind::Changed),
                ("trigger", "buy", Kind::Added),
                ("trigger", "old", Kind::Removed),
                ("setting", "privacy", Kind::Added),
            ]
        );
        let [site, tag, added, removed, _] = changes.as_slice() else {
            panic!("five")
        };
        assert!(site.before.is_some() && site.after.is_some() && site.before != site.after);
        assert!(tag.before.is_some() && tag.before != tag.after);
        assert!(added.before.is_none() && added.after.as_ref().unwrap().contains(".buy"));
        assert!(removed.after.is_none() && removed.before.as_ref().unwrap().contains(".old"));
    }

    #[test]
    fn another_layout_is_no_change() {
        let spread = BEFORE.replace(' ', "\n  ");
        assert_eq!(between(BEFORE, &spread, Lang::Ru).unwrap(), []);
    }

    #[test]
    fn errors_are_told_and_an_unreadable_release_is_compared_all_the_same() {
        assert!(!between(BEFORE, "{", Lang::En).unwrap_err().is_empty());
        let changes = between("{ \"tags\": [{ \"name\": \"Seen\" }] }", BEFORE, Lang::En).unwrap();
        assert!(changes.iter().any(|change| change.name == "Seen"
            && change.kind == Kind::Changed
            && change.before.is_none()));
    }
}
