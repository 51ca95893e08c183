//! Faults of JSON, selectors, patterns and names in English.

use super::super::{JsonFault, quoted};
use crate::pattern::PatternFault;
use crate::selector::SelectorFault;

pub(super) fn json_message(fault: JsonFault) -> &'static str {
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

pub(super) fn json_hint(fault: JsonFault) -> &'static str {
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

pub(super) fn selector_fault(fault: &SelectorFault) -> String {
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

pub(super) fn selector_hint(fault: &SelectorFault) -> &'static str {
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

pub(super) fn pattern_message(pattern: &str, fault: &PatternFault) -> String {
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

pub(super) fn pattern_hint(fault: &PatternFault) -> String {
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
