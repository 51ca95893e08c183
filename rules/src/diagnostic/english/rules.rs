//! Triggers, tags and what else stands in a container, in English.

use crate::diagnostic::{RuleFault, quoted};

use super::suggest;

pub(super) fn message(fault: &RuleFault) -> String {
    match fault {
        RuleFault::Needs { key, beside } => format!("`{key}` means nothing without `{beside}`"),
        RuleFault::Conflict { keys: [one, other] } => {
            format!("there can be `{one}` or `{other}`, not both")
        }
        RuleFault::Path { path, .. } => format!("{} is not the path of a page", quoted(path)),
        RuleFault::Cycle { names } => format!("the group waits for itself: {}", chain(names)),
        RuleFault::AnyEventFires { name } => {
            format!(
                "the trigger {} fires at anything that happens",
                quoted(name)
            )
        }
    }
}

pub(super) fn hint(fault: &RuleFault) -> String {
    match fault {
        RuleFault::Needs { beside, .. } => format!("add `{beside}`, or remove it"),
        RuleFault::Conflict { .. } => "remove one of the two".to_owned(),
        RuleFault::Path { suggestion, .. } => suggest(suggestion, || {
            "begin with `/`, like `/thanks`; `/thanks*` is every path that begins so".to_owned()
        }),
        RuleFault::Cycle { .. } => "take one of them out of an `all`".to_owned(),
        RuleFault::AnyEventFires { .. } => {
            "use it in `except`; here name a trigger that waits for something".to_owned()
        }
    }
}

/// `` `a` → `b` → `a` ``.
fn chain(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(" → ")
}
