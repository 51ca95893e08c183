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
    let (before, after) = (object(before), object(after));
    let mut changes = Vec::new();
    if before.get("site") != after.get("site") {
        let name = name_of_site(&after);
        changes.push(Change {
            before: old.get(&("site", name_of_site(&before))).cloned(),
            after: new.get(&("site", name.clone())).cloned(),
            what: "site",
            name,
            kind: Kind::Changed,
        });
    }
    for (key, part) in NAMED {
        let (before, after) = (entries(before.get(key)), entries(after.get(key)));
        let what = part.as_str();
        let sentence = |of: &HashMap<(&str, String), String>, name: &str| {
            of.get(&(what, name.to_owned())).cloned()
        };
        for (name, value) in &after {
            let kind = match before.iter().find(|(known, _)| known == name) {
                None => Kind::Added,
                Some((_, known)) if known != value => Kind::Changed,
                Some(_) => continue,
            };
            changes.push(Change {
                what,
                name: name.clone(),
                kind,
                before: sentence(&old, name),
                after: sentence(&new, name),
            });
        }
        let gone = before
            .iter()
            .filter(|(name, _)| !after.iter().any(|(known, _)| known == name));
        changes.extend(gone.map(|(name, _)| Change {
            what,
            name: name.clone(),
            kind: Kind::Removed,
            before: sentence(&old, name),
            after: None,
        }));
    }
    changes.extend(settings(&before, &after));
    Ok(changes)
}

/// Changes of all other keys: `privacy`, `consent`, `examples` …
fn settings(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
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
        Some(Change {
            what: "setting",
            name: key.clone(),
            kind,
            before: None,
            after: None,
        })
    };
    keys.into_iter().filter(other).filter_map(change).collect()
}

fn object(text: &str) -> Map<String, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
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
