//! Problems in English: lower case, no full stop, the author's text in backticks.

use super::{Detail, Found, JsonFault, NameFault, NeverFires, TemplateFault, Thing, Wanted};
use super::{listed, quoted};
use crate::decimal::Decimal;
use crate::pattern::PatternFault;
use crate::selector::SelectorFault;
use crate::vocabulary;

pub(super) fn message(detail: &Detail) -> String {
    match detail {
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
        Detail::NotSupportedYet { what } => format!("{} is not supported yet", quoted(what)),
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
    }
}

pub(super) fn hint(detail: &Detail) -> String {
    match detail {
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
        Detail::WrongType {
            wanted,
            found,
            example,
        } => wrong_type_hint(*wanted, found, example.as_ref()),
        Detail::UnsupportedFormatVersion { .. } => {
            "this server reads format 1: write `\"weir\": 1`".to_owned()
        }
        Detail::NotSupportedYet { .. } => {
            "remove it; a later version will understand it".to_owned()
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
        Detail::ExceptNeverApplies { .. } => "put the condition into the `when` of the triggers in `on`, or use a trigger of the same kind".to_owned(),
        Detail::SameTags { .. } => "remove one of the two, or pause it".to_owned(),
        Detail::AutomaticEvent { .. } => "give the event another name".to_owned(),
        Detail::FunnelEventNeverSent {
            suggestion, known, ..
        } => suggest(suggestion, || {
            existing("events that are sent", known, "fine if a server sends it")
        }),
        Detail::NoDomains => {
            "add `\"domains\": [\"shop.example\", \"*.shop.example\"]` to `site`".to_owned()
        }
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
    }
}

fn wanted_name(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Text => "a text in quotes",
        Wanted::Number => "a number",
        Wanted::Boolean => "`true` or `false`",
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

fn json_message(fault: JsonFault) -> &'static str {
    match fault {
        JsonFault::Empty => "the file is empty",
        JsonFault::MissingComma => "a comma is missing here",
        JsonFault::TrailingComma => "there is a comma after the last entry",
        JsonFault::StrayComma => "there is a comma too many",
        JsonFault::MissingColon => "a colon is missing after the key",
        JsonFault::StrayColon => "there is a colon too many",
        JsonFault::MissingValue => "the key has no value",
        JsonFault::UnclosedBrace => "this `{` is never closed",
        JsonFault::UnclosedBracket => "this `[` is never closed",
        JsonFault::StrayBrace => "this `}` closes nothing",
        JsonFault::StrayBracket => "this `]` closes nothing",
        JsonFault::UnclosedText => "this text has no closing quote",
        JsonFault::QuoteInText => "the text before this place ends too early",
        JsonFault::SingleQuotes => "the text is in single quotes",
        JsonFault::CurlyQuotes => "these are not straight quotes",
        JsonFault::UnquotedWord => "this word is not in quotes",
        JsonFault::Comment => "comments are not allowed",
        JsonFault::Escape => "this backslash stands before a character it cannot stand before",
        JsonFault::ControlCharacter => "there is a line break or tab inside a text",
        JsonFault::Number => "this is not a number as JSON writes it",
        JsonFault::SecondValue => "there is something after the end",
        JsonFault::TooDeep => "braces and brackets are nested too deep",
        JsonFault::Unexpected => "nothing like this can stand here",
    }
}

fn json_hint(fault: JsonFault) -> &'static str {
    match fault {
        JsonFault::Empty => "begin with `{ \"weir\": 1, \"site\": { \"id\": \"shop\" } }`",
        JsonFault::MissingComma => "put a comma between two entries",
        JsonFault::TrailingComma | JsonFault::StrayComma => "remove this comma",
        JsonFault::MissingColon => "write `\"key\": value`",
        JsonFault::StrayColon => "remove this colon, or write `\"key\": value`",
        JsonFault::MissingValue => "write a value after the colon",
        JsonFault::UnclosedBrace => "add the `}` that belongs to it",
        JsonFault::UnclosedBracket => "add the `]` that belongs to it",
        JsonFault::StrayBrace => "remove it, or add the `{` that belongs to it",
        JsonFault::StrayBracket => "remove it, or add the `[` that belongs to it",
        JsonFault::UnclosedText => "add a `\"` at its end",
        JsonFault::QuoteInText => "a quote inside a text is written `\\\"`",
        JsonFault::SingleQuotes => "write it in double quotes: `\"…\"`",
        JsonFault::CurlyQuotes => {
            "replace them by straight quotes `\"`; word processors change them unasked"
        }
        JsonFault::UnquotedWord => {
            "write it in double quotes: `\"…\"`; only `true`, `false`, `null` and numbers stand without"
        }
        JsonFault::Comment => "remove it; tags have `notes` for remarks",
        JsonFault::Escape => "write two backslashes for one: `\\\\`",
        JsonFault::ControlCharacter => "write `\\n` for a line break and `\\t` for a tab",
        JsonFault::Number => "write it like `5`, `-3` or `0.5`",
        JsonFault::SecondValue => "a container is one object: check the braces before this place",
        JsonFault::TooDeep => {
            "a container is never nested this deep: check the braces before this place"
        }
        JsonFault::Unexpected => "check the quotes, commas and braces just before this place",
    }
}

fn selector_fault(fault: &SelectorFault) -> String {
    match fault {
        SelectorFault::Empty => "it is empty".to_owned(),
        SelectorFault::EndsEarly => "something is missing at its end".to_owned(),
        SelectorFault::PseudoElement(name) => {
            format!(
                "{} does not stand for an element of the page",
                quoted(&format!("::{name}"))
            )
        }
        SelectorFault::PseudoClass(name) => {
            format!("browsers do not know {}", quoted(&format!(":{name}")))
        }
        SelectorFault::ClassName => "no name follows the `.`".to_owned(),
        SelectorFault::Attribute => "the part in square brackets is not right".to_owned(),
        SelectorFault::Namespace => "`|` cannot be used".to_owned(),
        SelectorFault::Unexpected(part) => format!("{} cannot stand there", quoted(part)),
        SelectorFault::Other => "it breaks the rules of CSS".to_owned(),
    }
}

fn selector_hint(fault: &SelectorFault) -> &'static str {
    match fault {
        SelectorFault::Empty => "write a CSS selector, like `button.buy` or `#lead`",
        SelectorFault::EndsEarly => "finish it, or remove the last sign",
        SelectorFault::PseudoElement(_) => {
            "remove that part: clicks and views belong to the element itself"
        }
        SelectorFault::PseudoClass(_) => {
            "check its spelling; jQuery's own, like `:visible` or `:contains`, are not CSS"
        }
        SelectorFault::ClassName => {
            "names begin with a letter or `_`; for one that begins with a digit write `[class~='3d']`"
        }
        SelectorFault::Attribute => "write it like `[data-sku]` or `[href^=\"/sale\"]`",
        SelectorFault::Namespace => "remove it",
        SelectorFault::Unexpected(_) | SelectorFault::Other => {
            "copy the selector from the browser's inspector, or write one like `button.buy`, `#lead` or `[data-sku]`"
        }
    }
}

fn pattern_message(pattern: &str, fault: &PatternFault) -> String {
    let pattern = quoted(pattern);
    match fault {
        PatternFault::Empty => "the pattern is empty".to_owned(),
        PatternFault::NestedRepeat => {
            format!("{pattern} has a repeat inside a repeat, which can freeze the page")
        }
        PatternFault::OverlappingRepeats => {
            format!(
                "{pattern} has repeats that can take the same characters, which can freeze the page"
            )
        }
        PatternFault::TooManyWays => {
            format!("{pattern} can match the same text in too many ways, which can freeze the page")
        }
        PatternFault::TooComplex => format!("{pattern} is too complicated"),
        PatternFault::Lookbehind => format!("{pattern} looks behind"),
        PatternFault::Lookahead => format!("{pattern} looks ahead inside a repeat"),
        PatternFault::Backreference => format!("{pattern} refers back to a group"),
        PatternFault::Property => {
            format!("{pattern} uses `\\p`, which depends on the age of the browser")
        }
        PatternFault::Flags => format!("{pattern} switches flags inside"),
        PatternFault::UnclosedGroup => format!("a `(` in {pattern} is never closed"),
        PatternFault::StrayParenthesis => format!("a `)` in {pattern} closes nothing"),
        PatternFault::UnclosedClass => format!("a `[` in {pattern} is never closed"),
        PatternFault::NothingToRepeat => {
            format!("a repeat in {pattern} has nothing before it to repeat")
        }
        PatternFault::BadRepeat => format!("the numbers of a repeat in {pattern} are not right"),
        PatternFault::BadEscape(char) => format!("`\\{char}` in {pattern} means nothing"),
        PatternFault::BadRange => format!("a range in {pattern} runs backwards"),
        PatternFault::StrayBrace(char) => format!("`{char}` in {pattern} must be escaped"),
        PatternFault::BadGroup => format!("a group in {pattern} begins with something unknown"),
        PatternFault::NotInReports => format!("{pattern} uses what reports do not know"),
        PatternFault::Refused => format!("{pattern} is not a pattern"),
    }
}

fn pattern_hint(fault: &PatternFault) -> String {
    match fault {
        PatternFault::Empty => "write what to look for, or use `exists`".to_owned(),
        PatternFault::NestedRepeat => "repeat once: `a+` instead of `(a+)+`".to_owned(),
        PatternFault::OverlappingRepeats => {
            "join them (`\\\\s*` instead of `\\\\s*\\\\s*`), name what may stand between (`[^/]*` instead of `.*`), or use several conditions with `contains`".to_owned()
        }
        PatternFault::TooManyWays => "let alternatives begin differently, or use several conditions".to_owned(),
        PatternFault::TooComplex => "shorten it, or use several conditions under `all` or `any`".to_owned(),
        PatternFault::Lookbehind => "use several conditions, one with `not_` before its operator".to_owned(),
        PatternFault::Lookahead => "use several conditions, one with `not_` before its operator".to_owned(),
        PatternFault::Backreference => "write out what may stand there".to_owned(),
        PatternFault::Property => "name the letters: `[a-zа-яё]`".to_owned(),
        PatternFault::Flags => "use `\"ignore_case\": true` beside the operator".to_owned(),
        PatternFault::UnclosedGroup => "add a `)`, or write `\\\\(` for the sign itself".to_owned(),
        PatternFault::StrayParenthesis => "remove it, or write `\\\\)` for the sign itself".to_owned(),
        PatternFault::UnclosedClass => "add a `]`, or write `\\\\[` for the sign itself".to_owned(),
        PatternFault::NothingToRepeat => "write `\\\\*`, `\\\\+` or `\\\\?` for the sign itself; any text is `.*`".to_owned(),
        PatternFault::BadRepeat => "write them like `{3}`, `{2,}` or `{2,5}`, at most 1000".to_owned(),
        PatternFault::BadEscape(char) if char.is_alphanumeric() => {
            "known are `\\\\d`, `\\\\w`, `\\\\s`, `\\\\b`, `\\\\n`, `\\\\t` and the like".to_owned()
        }
        PatternFault::BadEscape(char) => format!("write `{char}` without the backslash"),
        PatternFault::BadRange => "write the smaller end first: `[a-z]`; a `-` itself stands last".to_owned(),
        PatternFault::StrayBrace(char) => format!("write `\\\\{char}` for the sign itself"),
        PatternFault::BadGroup => "groups begin with `(`, `(?:`, `(?=` or `(?!`".to_owned(),
        PatternFault::NotInReports => "use no `(?=`, `(?!` and `\\\\u` in steps of funnels".to_owned(),
        PatternFault::Refused => "write a regular expression as JavaScript understands it".to_owned(),
    }
}
