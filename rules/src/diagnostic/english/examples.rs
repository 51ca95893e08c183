//! Examples that fail, in English.

use super::super::{Deed, ExampleFault, Lang, quoted};

pub(super) fn message(fault: &ExampleFault) -> String {
    match fault {
        ExampleFault::NoElement { selector } => {
            format!(
                "the page of the example has no element {}",
                quoted(selector)
            )
        }
        ExampleFault::Missing { what, .. } => {
            format!("the example expects {}, which does not happen", deed(what))
        }
        ExampleFault::Unexpected { tag, what } => format!(
            "the example does not expect {}, which the tag {} brings about",
            deed(what),
            quoted(tag)
        ),
        ExampleFault::Different {
            what,
            property,
            wanted,
            found,
        } => {
            let found = match found {
                Some(found) => format!("it is {}", quoted(found)),
                None => "there is none".to_owned(),
            };
            format!(
                "the example expects {} of {} to be {}, and {found}",
                quoted(property),
                deed(what),
                quoted(wanted)
            )
        }
    }
}

pub(super) fn hint(fault: &ExampleFault) -> String {
    match fault {
        ExampleFault::NoElement { .. } => {
            "write it into the `html` of the example, or mend the selector".to_owned()
        }
        ExampleFault::Missing { why: Some(why), .. } => why.pick(Lang::En).to_owned(),
        ExampleFault::Missing { why: None, .. } => {
            "no tag of the container does that: check the name".to_owned()
        }
        ExampleFault::Unexpected { .. } => {
            "add it to `expect`, or mend the rules so that it does not happen".to_owned()
        }
        ExampleFault::Different { wanted, found: Some(found), .. } if is_text(wanted) != is_text(found) => {
            "one of the two is a text, with quotes around it; `as` of a variable says what it is read as".to_owned()
        }
        ExampleFault::Different { .. } => {
            "mend the variable, or write the right value into `expect`".to_owned()
        }
    }
}

fn is_text(json: &str) -> bool {
    json.starts_with('"')
}

fn deed(what: &Deed) -> String {
    match what {
        Deed::Event(name) => format!("the event {}", quoted(name)),
        Deed::Pixel(address) => format!("the image {}", quoted(address)),
        Deed::Script(address) => format!("the script {}", quoted(address)),
        Deed::Push => "an entry of the data layer".to_owned(),
        Deed::Tag(name) => format!("the tag {}", quoted(name)),
    }
}
