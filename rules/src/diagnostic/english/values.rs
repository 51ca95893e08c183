//! Variables and privacy, in English.

use crate::diagnostic::{ValueFault, listed, quoted};
use crate::vocabulary;

use super::suggest;

pub(super) fn message(fault: &ValueFault) -> String {
    match fault {
        ValueFault::Cycle { names } => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            format!("the variable needs itself: {}", names.join(" → "))
        }
        ValueFault::TooManyReads { name, max } => format!(
            "the variable {} reads more than {max} values, those of its own variables included",
            quoted(name)
        ),
        ValueFault::UnknownStep { step, .. } => format!("unknown step {}", quoted(step)),
        ValueFault::BareStep { step } => format!("the step {} needs settings", quoted(step)),
        ValueFault::PlainStep { step } => format!("the step {} has no settings", quoted(step)),
        ValueFault::OneStepEach => "there is not exactly one step in these braces".to_owned(),
        ValueFault::NoSuchGroup { group, groups } => {
            format!("there is no group {group}: the pattern has {groups}")
        }
        ValueFault::BoundsNotAscending => "these numbers do not ascend".to_owned(),
        ValueFault::ClosedGlobal { name } => {
            format!("{} cannot be read as a variable of the page", quoted(name))
        }
        ValueFault::NameAndPlace => {
            "a field is found by its `name`, or by `selector` and `closest`, not by both".to_owned()
        }
        ValueFault::NotParameter { name } => {
            format!("{} is not the name of a parameter", quoted(name))
        }
    }
}

pub(super) fn hint(fault: &ValueFault) -> String {
    match fault {
        ValueFault::Cycle { .. } => "let one of them read something else".to_owned(),
        ValueFault::TooManyReads { .. } => "use fewer variables in it".to_owned(),
        ValueFault::UnknownStep { suggestion, .. } => suggest(suggestion, || {
            format!("steps: {}", listed(vocabulary::TRANSFORMS))
        }),
        ValueFault::BareStep { step } => match step.as_str() {
            "bucket" => "write where ranges begin, like `{ \"bucket\": [1000, 5000] }`".to_owned(),
            "replace" => {
                "write what to replace, like `{ \"replace\": { \"pattern\": \" \", \"with\": \"-\" } }`"
                    .to_owned()
            }
            _ => "write what to find, like `{ \"capture\": \"id=([0-9]+)\" }`".to_owned(),
        },
        ValueFault::PlainStep { step } => format!("write it as a word: `\"{step}\"`"),
        ValueFault::OneStepEach => {
            "give each step braces of its own, like `[ \"trim\", { \"round\": 2 } ]`".to_owned()
        }
        ValueFault::NoSuchGroup { .. } => {
            "groups are counted from 1 and stand in round brackets; 0 is all that was found"
                .to_owned()
        }
        ValueFault::BoundsNotAscending => {
            "write each number once, the smallest first, like `[100, 500, 1000]`".to_owned()
        }
        ValueFault::ClosedGlobal { .. } => {
            "use the kinds `cookie`, `storage`, `meta`, `text`, `attribute` or `field` instead"
                .to_owned()
        }
        ValueFault::NameAndPlace => "remove one of the two".to_owned(),
        ValueFault::NotParameter { .. } => {
            "write a name, like `gclid`, or its beginning and a star, like `utm_*`".to_owned()
        }
    }
}
