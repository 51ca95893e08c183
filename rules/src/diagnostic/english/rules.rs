//! Triggers, tags and what else stands in a container, in English.

use crate::container::EXAMPLE_STEPS;
use crate::diagnostic::{RuleFault, Thing, UrlFault, listed, quoted};
use crate::vocabulary::{AMOUNTS, METRICS};

use super::{existing, suggest, thing_name};

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
        RuleFault::Url {
            url,
            fault: UrlFault::NotPage,
        } => format!("{} is not the address of a page", quoted(url)),
        RuleFault::UnknownName { of, name, .. } => {
            format!("there is no {} {}", thing_name(*of), quoted(name))
        }
        RuleFault::UnknownMetric { name, .. } => format!("unknown metric {}", quoted(name)),
        RuleFault::UnknownStep { name, .. } => format!("unknown step {}", quoted(name)),
        RuleFault::NoShare { number, .. } => {
            format!("{} is not a share of a whole, 0 to 1", quoted(number))
        }
        RuleFault::SameKpiName { name, first_line } => {
            format!(
                "a second target is called {}, the first is in line {first_line}",
                quoted(name)
            )
        }
        RuleFault::NothingToReach { number } => {
            format!("`from` and `to` are both {}", quoted(number))
        }
        RuleFault::NotInAll { metric } => {
            format!("{} does not add up from day to day", quoted(metric))
        }
        RuleFault::ReachedAtOnce { number } => {
            format!(
                "in all, {} is reached before anything happens",
                quoted(number)
            )
        }
        RuleFault::BelowNothing { number } => {
            format!("{} is less than there can be", quoted(number))
        }
        RuleFault::LaterThan { date, other } => {
            format!("{} is later than `{other}`", quoted(date))
        }
        RuleFault::NotInReports { word } => {
            format!("reports do not know {} yet", quoted(word))
        }
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
        RuleFault::Url {
            fault: UrlFault::NotPage,
            ..
        } => "write it in full, like `https://shop.example/product/42`".to_owned(),
        RuleFault::UnknownName {
            of,
            suggestion,
            known,
            ..
        } => suggest(suggestion, || {
            let (all, more) = match of {
                Thing::Goal => ("goals", "define it under `goals` first"),
                Thing::Funnel => ("funnels", "define it under `funnels` first"),
                _ => ("tags", "write the `name` of a tag"),
            };
            existing(all, known, more)
        }),
        RuleFault::UnknownMetric { suggestion, .. } => {
            suggest(suggestion, || format!("metrics: {}", listed(METRICS)))
        }
        RuleFault::UnknownStep { suggestion, .. } => {
            suggest(suggestion, || format!("steps: {}", steps()))
        }
        RuleFault::NoShare { suggestion, .. } => {
            suggest(suggestion, || "write 0.035 for 3.5 percent".to_owned())
        }
        RuleFault::SameKpiName { .. } => "give each target a name of its own".to_owned(),
        RuleFault::NothingToReach { .. } => "write what it is to be as `to`".to_owned(),
        RuleFault::NotInAll { .. } => format!(
            "remove `since`, or count one of these in all: {}",
            listed(AMOUNTS)
        ),
        RuleFault::ReachedAtOnce { .. } => "write a number above 0".to_owned(),
        RuleFault::BelowNothing { .. } => "write 0 or more".to_owned(),
        RuleFault::LaterThan { other, .. } => {
            format!("write a day that is not after that of `{other}`")
        }
        RuleFault::NotInReports { .. } => {
            "until then its saved report counts persons, in order; `weir_fn` may know more"
                .to_owned()
        }
        RuleFault::PastDate { .. } => "write a later date, or remove it".to_owned(),
        RuleFault::NothingForwards => {
            "nothing to do: sending on begins when the server is able to".to_owned()
        }
    }
}

/// The kinds of steps of an example.
pub(super) fn steps() -> String {
    let names: Vec<&str> = EXAMPLE_STEPS.iter().map(|(kind, _)| *kind).collect();
    listed(&names)
}

/// `` `a` → `b` → `a` ``.
fn chain(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(" → ")
}
