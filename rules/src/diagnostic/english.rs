//! Problems in English: lower case, no full stop, the author's text in backticks.

mod examples;
mod faults;
mod rules;
mod values;

use faults::{
    json_hint, json_message, pattern_hint, pattern_message, selector_fault, selector_hint,
};

use super::{Detail, Found, NameFault, NeverFires, TemplateFault, Thing, Wanted};
use super::{listed, quoted};
use crate::decimal::Decimal;
use crate::vocabulary;

pub(super) fn message(detail: &Detail) -> String {
    match detail {
        Detail::Value(fault) => values::message(fault),
        Detail::NotJson(fault) => json_message(*fault).to_owned(),
        Detail::MissingKey { key, .. } => format!("`{key}` is missing"),
        Detail::MissingOperator => "the comparison has no operator".to_owned(),
        Detail::UnknownKey { key, .. } => format!("unknown key {}", quoted(key)),
        Detail::DuplicateKey { key, first_line } => {
            format!(
                "{} is written twice, first in line {first_line}",
                quoted(key)
            )
        }
        Detail::IgnoreCaseWithoutText => {
            "`ignore_case` stands beside no operator that compares text".to_owned()
        }
        Detail::NotInFunnels { what } => {
            format!("steps of a funnel do not know {}", quoted(what))
        }
        Detail::NotAnElement { variable } => {
            format!("{} is no element", quoted(variable))
        }
        Detail::WrongType { wanted, found, .. } => {
            format!(
                "expected {}, found {}",
                wanted_name(*wanted),
                found_name(*wanted, found)
            )
        }
        Detail::UnsupportedFormatVersion { found } => {
            format!("unknown container format {}", quoted(found))
        }
        Detail::InvalidName { name, fault } => name_message(name, fault),
        Detail::InvalidDomain { domain, .. } => format!("{} is not a domain", quoted(domain)),
        Detail::UnknownTimezone { name, .. } => format!("unknown time zone {}", quoted(name)),
        Detail::UnknownCurrency { code, .. } => format!("unknown currency {}", quoted(code)),
        Detail::InvalidDuration { text } => format!("{} is not a length of time", quoted(text)),
        Detail::UnknownUnit { unit, .. } => format!("unknown unit of time {}", quoted(unit)),
        Detail::TooManyDigits { number } => format!("{} has more than 15 digits", quoted(number)),
        Detail::OutOfRange {
            whole: true,
            number,
            min,
            max,
        } => format!(
            "{} is not a whole number from {min} to {max}",
            quoted(number)
        ),
        Detail::OutOfRange {
            whole: false,
            number,
            min,
            max,
        } => format!("{} is not a number from {min} to {max}", quoted(number)),
        Detail::MissingKind { of } => format!("the {} has no kind", thing_name(*of)),
        Detail::SeveralKinds { of, kinds } => {
            format!(
                "the {} has several kinds: {}",
                thing_name(*of),
                listed(kinds)
            )
        }
        Detail::UnknownTriggerKind { kind, .. } => {
            format!("unknown kind of trigger {}", quoted(kind))
        }
        Detail::UnknownVariableKind { kind, .. } => {
            format!("unknown kind of variable {}", quoted(kind))
        }
        Detail::UnknownOperator { operator, .. } => {
            format!("unknown operator {}", quoted(operator))
        }
        Detail::UnknownChoice { found, .. } => {
            format!("{} is not one of the choices", quoted(found))
        }
        Detail::UnknownVariable { name, .. } => format!("there is no variable {}", quoted(name)),
        Detail::UnknownTrigger { name, .. } => format!("there is no trigger {}", quoted(name)),
        Detail::UnknownField { name, .. } => {
            format!("steps of a funnel cannot look at {}", quoted(name))
        }
        Detail::InvalidSelector { selector, fault } => {
            format!(
                "{} is not a selector: {}",
                quoted(selector),
                selector_fault(fault)
            )
        }
        Detail::InvalidPattern { pattern, fault } => pattern_message(pattern, fault),
        Detail::InvalidTemplate {
            fault: TemplateFault::Unclosed,
        } => "`{{` is not closed by `}}`".to_owned(),
        Detail::InvalidTemplate {
            fault: TemplateFault::Empty,
        } => "there is no name between `{{` and `}}`".to_owned(),
        Detail::InvalidTemplate {
            fault: TemplateFault::NotHere,
        } => "variables cannot be used here".to_owned(),
        Detail::DuplicateTagName { name, first_line } => {
            format!(
                "a second tag is called {}, the first is in line {first_line}",
                quoted(name)
            )
        }
        Detail::TooLong { chars, max } => {
            format!("too long: {chars} characters, at most {max} are allowed")
        }
        Detail::TooMany { count, max } => {
            format!("too many entries: {count}, at most {max} are allowed")
        }
        Detail::TooFew { count, min } => {
            format!("too few entries: {count}, at least {min} are needed")
        }
        Detail::TooDeep { max } => format!("conditions are nested deeper than {max} levels"),
        Detail::UnusedTrigger { name } => format!("no tag uses the trigger {}", quoted(name)),
        Detail::UnusedVariable { name } => format!("nothing uses the variable {}", quoted(name)),
        Detail::TagNeverFires { name, .. } => format!("the tag {} can never fire", quoted(name)),
        Detail::ExceptNeverApplies { trigger } => format!(
            "the exception {} waits for another kind of event than this tag, so it never applies",
            quoted(trigger)
        ),
        Detail::SameTags {
            name,
            other,
            other_line,
        } => format!(
            "the tag {} always sends the same event as {} in line {other_line}",
            quoted(name),
            quoted(other),
        ),
        Detail::AutomaticEvent { event } => {
            format!(
                "{} is sent without any tag, so this tag counts it twice",
                quoted(event)
            )
        }
        Detail::FunnelEventNeverSent { event, .. } => {
            format!("no tag sends the event {}", quoted(event))
        }
        Detail::NoDomains => {
            "the site lists no domains, so any website can send events to it".to_owned()
        }
        Detail::Rule(fault) => rules::message(fault),
        Detail::Example(fault) => examples::message(fault),
    }
}

pub(super) fn hint(detail: &Detail) -> String {
    match detail {
        Detail::Value(fault) => values::hint(fault),
        Detail::NotJson(fault) => json_hint(*fault).to_owned(),
        Detail::MissingKey { example, .. } => format!("add `{example}`"),
        Detail::MissingOperator => format!("add one of: {}", listed(vocabulary::OPERATORS)),
        Detail::UnknownKey {
            suggestion, known, ..
        } => suggest(suggestion, || match known.as_slice() { [] => "remove it: there is nothing to set here".to_owned(), known => format!("keys allowed here: {}", listed(known)), }),
        Detail::DuplicateKey { .. } => "remove one of the two, or give it another name".to_owned(),
        Detail::IgnoreCaseWithoutText => {
            format!(
                "remove it, or use it with {}",
                listed(vocabulary::TEXT_OPERATORS)
            )
        }
        Detail::NotInFunnels { .. } => format!(
            "use one of: {}, each also with `not_` before it",
            listed(vocabulary::STEP_OPERATORS)
        ),
        Detail::NotAnElement { .. } => {
            "write `element` or `form`, or compare the text with `equals` or `contains`".to_owned()
        }
        Detail::WrongType {
            wanted,
            found,
            example,
        } => wrong_type_hint(*wanted, found, example.as_ref()),
        Detail::UnsupportedFormatVersion { .. } => {
            "this server reads format 1: write `\"weir\": 1`".to_owned()
        }
        Detail::InvalidName { fault, .. } => name_hint(fault),
        Detail::InvalidDomain { suggestion, .. } => suggest(suggestion, || {
            "write the host alone, like `shop.example`, or `*.shop.example` for everything below it"
                .to_owned()
        }),
        Detail::UnknownTimezone { suggestion, .. } => suggest(suggestion, || {
            "write region and city, like `Europe/Moscow`, or `UTC`".to_owned()
        }),
        Detail::UnknownCurrency { suggestion, .. } => suggest(suggestion, || {
            "write three capital letters, like `RUB`, `EUR` or `USD`".to_owned()
        }),
        Detail::InvalidDuration { .. } => {
            "write a number and a unit, like `7 days` or `30 minutes`".to_owned()
        }
        Detail::UnknownUnit { suggestion, .. } => suggest(suggestion, || {
            format!("units: {}", listed(vocabulary::UNITS))
        }),
        Detail::TooManyDigits { .. } => "round it, or write it in quotes if it is no number to count with".to_owned(),
        Detail::OutOfRange { whole: true, min, max, .. } => format!("write a whole number from {min} to {max}"),
        Detail::OutOfRange { whole: false, min, max, .. } => format!("write a number from {min} to {max}"),
        Detail::MissingKind { of: Thing::Trigger } => {
            format!("add one of: {}", listed(vocabulary::TRIGGER_KINDS))
        }
        Detail::MissingKind { of: Thing::Step } => format!("add one of: {}", rules::steps()),
        Detail::MissingKind {
            of: Thing::Goal | Thing::Funnel | Thing::Expected,
        } => format!("add one of: {}", listed(vocabulary::GOAL_KINDS)),
        Detail::MissingKind { of: Thing::Tag } => {
            format!("add one of: {}", listed(vocabulary::TAG_KINDS))
        }
        Detail::MissingKind {
            of: Thing::Variable,
        } => {
            format!("add one of: {}", listed(vocabulary::VARIABLE_KINDS))
        }
        Detail::SeveralKinds { of, .. } => {
            format!(
                "keep one, and make another {} of the other",
                thing_name(*of)
            )
        }
        Detail::UnknownTriggerKind { suggestion, .. } => suggest(suggestion, || {
            format!("kinds of triggers: {}", listed(vocabulary::TRIGGER_KINDS))
        }),
        Detail::UnknownVariableKind { suggestion, .. } => suggest(suggestion, || {
            format!("kinds of variables: {}", listed(vocabulary::VARIABLE_KINDS))
        }),
        Detail::UnknownOperator { suggestion, .. } => suggest(suggestion, || {
            format!(
                "operators: {}; each also with `not_` before it",
                listed(vocabulary::OPERATORS)
            )
        }),
        Detail::UnknownChoice {
            suggestion,
            choices,
            ..
        } => suggest(suggestion, || format!("choices: {}", listed(choices))),
        Detail::UnknownVariable {
            suggestion, known, ..
        } => suggest(suggestion, || {
            existing(
                "variables",
                known,
                "or built-in ones like `page.path` and `element.text`",
            )
        }),
        Detail::UnknownTrigger {
            suggestion, known, ..
        } => suggest(suggestion, || {
            existing("triggers", known, "define it under `triggers` first")
        }),
        Detail::UnknownField {
            suggestion, known, ..
        } => suggest(suggestion, || {
            format!("fields: {}, or a property the event carries", listed(known))
        }),
        Detail::InvalidSelector { fault, .. } => selector_hint(fault).to_owned(),
        Detail::InvalidPattern { fault, .. } => pattern_hint(fault),
        Detail::InvalidTemplate { fault: TemplateFault::NotHere } => "write a fixed text; `{{…}}` works in the `with` of tags".to_owned(),
        Detail::InvalidTemplate { .. } => {
            "write the name of a variable in double braces, like `{{page.path}}`".to_owned()
        }
        Detail::DuplicateTagName { .. } => "give each tag a name of its own".to_owned(),
        Detail::TooLong { .. } => "shorten it".to_owned(),
        Detail::TooMany { .. } => "remove some".to_owned(),
        Detail::TooFew { .. } => "add some".to_owned(),
        Detail::TooDeep { .. } => "join conditions of the same kind into one list".to_owned(),
        Detail::UnusedTrigger { .. } => {
            "remove it, or name it in the `on` or `except` of a tag".to_owned()
        }
        Detail::UnusedVariable { .. } => {
            "remove it, or use it in a condition or as `{{…}}` in the `with` of a tag".to_owned()
        }
        Detail::TagNeverFires {
            why: NeverFires::NoTrigger,
            ..
        } => "name a trigger in `on`".to_owned(),
        Detail::TagNeverFires {
            why: NeverFires::AllExcepted,
            ..
        } => "every trigger in its `on` is in its `except` too: remove it from one of them"
            .to_owned(),
        Detail::TagNeverFires { why: NeverFires::SampledOut, .. } => "write how many of the visitors, like `0.1` for a tenth; to stop a tag write `\"paused\": true`".to_owned(),
        Detail::TagNeverFires { why: NeverFires::NoDay, .. } => "its `from` is later than its `until`: swap them".to_owned(),
        Detail::ExceptNeverApplies { .. } => "put the condition into the `when` of the triggers in `on`, or use a trigger of the same kind".to_owned(),
        Detail::SameTags { .. } => "remove one of the two, or pause it".to_owned(),
        Detail::AutomaticEvent { event } => format!(
            "give the event another name, or switch the other one off: {}",
            quoted(&format!("\"automatic\": {{ \"{}\": false }}", vocabulary::automatic_key(event)))
        ),
        Detail::FunnelEventNeverSent {
            suggestion, known, ..
        } => suggest(suggestion, || {
            existing("events that are sent", known, "fine if a server sends it")
        }),
        Detail::NoDomains => {
            "add `\"domains\": [\"shop.example\", \"*.shop.example\"]` to `site`".to_owned()
        }
        Detail::Rule(fault) => rules::hint(fault),
        Detail::Example(fault) => examples::hint(fault),
    }
}

fn suggest(suggestion: &Option<String>, otherwise: impl FnOnce() -> String) -> String {
    match suggestion {
        Some(name) => format!("did you mean {}?", quoted(name)),
        None => otherwise(),
    }
}

fn existing(what: &str, known: &[String], more: &str) -> String {
    if known.is_empty() {
        format!("there are no {what} yet; {more}")
    } else {
        format!("{what}: {}; {more}", listed(known))
    }
}

fn thing_name(thing: Thing) -> &'static str {
    match thing {
        Thing::Trigger => "trigger",
        Thing::Variable => "variable",
        Thing::Tag => "tag",
        Thing::Goal => "goal",
        Thing::Funnel => "funnel",
        Thing::Step => "step",
        Thing::Expected => "expectation",
    }
}

fn wanted_name(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Text => "a text in quotes",
        Wanted::Number => "a number",
        Wanted::Boolean => "`true` or `false`",
        Wanted::Day => "a date",
        Wanted::Ordered => "a number or a date",
        Wanted::Scalar => "a text, a number, `true` or `false`",
        Wanted::List => "a list in square brackets",
        Wanted::FilledList => "a list with at least one entry",
        Wanted::Object => "an object in braces",
    }
}

fn found_name(wanted: Wanted, found: &Found) -> String {
    match found {
        Found::Null => "`null`".to_owned(),
        Found::Boolean(value) => format!("`{value}`"),
        Found::Number(number) => format!("the number {}", quoted(number)),
        Found::Text(text) => format!("the text {}", quoted(text)),
        Found::EmptyList if wanted == Wanted::FilledList => "an empty one".to_owned(),
        Found::List | Found::EmptyList => "a list".to_owned(),
        Found::Object => "an object".to_owned(),
    }
}

fn wrong_type_hint(wanted: Wanted, found: &Found, example: Option<&String>) -> String {
    if let Some(example) = example {
        return format!("write it like `{example}`");
    }
    match (wanted, found) {
        (Wanted::Text, Found::Number(text)) => format!("write it in quotes: `\"{text}\"`"),
        (Wanted::Text, Found::Boolean(value)) => format!("write it in quotes: `\"{value}\"`"),
        (Wanted::Number, Found::Text(text)) if Decimal::parse(text).is_some() => {
            format!("write it without quotes: `{text}`")
        }
        (Wanted::Boolean, Found::Text(text)) if matches!(text.as_str(), "true" | "false") => {
            format!("write it without quotes: `{text}`")
        }
        (Wanted::List | Wanted::FilledList, Found::Text(text)) => {
            format!(
                "put it in square brackets: {}",
                quoted(&format!("[\"{text}\"]"))
            )
        }
        (Wanted::Text, _) => "write a text, like `\"abc\"`".to_owned(),
        (Wanted::Number, _) => "write a number, like `5` or `0.5`".to_owned(),
        (Wanted::Boolean, _) => "write `true` or `false`".to_owned(),
        (Wanted::Ordered, Found::Text(text)) if Decimal::parse(text).is_some() => {
            format!("write it without quotes: `{text}`")
        }
        (Wanted::Day, _) => "write year, month and day, like `\"2026-12-31\"`".to_owned(),
        (Wanted::Ordered, _) => {
            "write a number, like `5`, or a date, like `\"2026-12-31\"`".to_owned()
        }
        (Wanted::Scalar, _) => "write one value, like `\"abc\"` or `5`".to_owned(),
        (Wanted::List, _) => "write a list, like `[\"a\", \"b\"]`".to_owned(),
        (Wanted::FilledList, _) => "put at least one entry between the brackets".to_owned(),
        (Wanted::Object, _) => "write an object: keys and values between `{` and `}`".to_owned(),
    }
}

fn name_message(name: &str, fault: &NameFault) -> String {
    match fault {
        NameFault::NotIdentifier { .. } => {
            format!("{} cannot be used as a name here", quoted(name))
        }
        NameFault::Empty => "the name is empty".to_owned(),
        NameFault::Characters => format!("{} cannot be used as a name", quoted(name)),
        NameFault::BuiltIn => format!("{} is the name of something built in", quoted(name)),
        NameFault::NotAttribute => format!("{} is not the name of an attribute", quoted(name)),
    }
}

fn name_hint(fault: &NameFault) -> String {
    match fault {
        NameFault::NotIdentifier {
            suggestion: Some(name),
        } => {
            format!(
                "use small Latin letters, digits and `_` only, at most 64: {}",
                quoted(name)
            )
        }
        NameFault::NotIdentifier { suggestion: None } => {
            "use small Latin letters, digits and `_` only, at most 64".to_owned()
        }
        NameFault::Empty => "write a name between the quotes".to_owned(),
        NameFault::Characters => {
            "leave out braces, line breaks, and spaces at the beginning and end".to_owned()
        }
        NameFault::BuiltIn => "choose another name".to_owned(),
        NameFault::NotAttribute => {
            "write it as in the HTML of the page, like `data-sku` or `href`".to_owned()
        }
    }
}
