//! Triggers, tags and what else stands in a container, in English.

use crate::diagnostic::{RuleFault, UrlFault, listed, quoted};

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
        RuleFault::Url {
            url,
            fault: UrlFault::NotUrl,
        } => format!("{} is not an address of the web", quoted(url)),
        RuleFault::Url {
            url,
            fault: UrlFault::NotSecure,
        } => format!("{} is not encrypted, browsers refuse it", quoted(url)),
        RuleFault::Url {
            fault: UrlFault::VariableHost,
            ..
        } => "the host of the address must be fixed".to_owned(),
        RuleFault::Integrity { text } => {
            format!("{} is not the hash of a script", quoted(text))
        }
        RuleFault::HostNotApproved { host } => {
            format!(
                "scripts from {} are not approved for this site",
                quoted(host)
            )
        }
        RuleFault::UnknownCategory { name, .. } => {
            format!("there is no consent category {}", quoted(name))
        }
        RuleFault::Date { text, .. } => format!("{} is not a date", quoted(text)),
        RuleFault::PastDate { date } => format!("{} is in the past", quoted(date)),
        RuleFault::NothingForwards => {
            "the event is collected, but this version does not send it on yet".to_owned()
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
        RuleFault::Url {
            fault: UrlFault::NotUrl,
            ..
        } => "begin with `https://` and a host, like `https://ad.example/p?sku={{sku}}`".to_owned(),
        RuleFault::Url {
            fault: UrlFault::NotSecure,
            ..
        } => "write `https://` instead of `http://`".to_owned(),
        RuleFault::Url {
            fault: UrlFault::VariableHost,
            ..
        } => "write variables behind the first `/` after the host only".to_owned(),
        RuleFault::Integrity { .. } => {
            "take it from the page of the script's maker: `sha384-` and 64 letters and digits"
                .to_owned()
        }
        RuleFault::HostNotApproved { host } => format!(
            "if you trust it, add {} to `site`",
            quoted(&format!("\"script_hosts\": [\"{host}\"]"))
        ),
        RuleFault::UnknownCategory {
            suggestion, known, ..
        } => suggest(suggestion, || {
            format!(
                "categories: {}; others are defined in the `default` of `consent`",
                listed(known)
            )
        }),
        RuleFault::Date { suggestion, .. } => suggest(suggestion, || {
            "write year, month and day, like `2026-12-31`".to_owned()
        }),
        RuleFault::PastDate { .. } => "write a later date, or remove it".to_owned(),
        RuleFault::NothingForwards => {
            "nothing to do: sending on begins when the server is able to".to_owned()
        }
    }
}

/// `` `a` → `b` → `a` ``.
fn chain(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(" → ")
}
