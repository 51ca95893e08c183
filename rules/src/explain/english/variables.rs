//! Variables in English: "the text of the first `.price` in the nearest `.product`".

use crate::container::{Cast, Literal};
use crate::container::{Expression, Part, Place, Source, Step, UrlPart, Variable, VariableRef};
use crate::host::{Lent, Transform};
use crate::pattern::Pattern;

use super::super::built_in;
use super::super::words::{MAX_ROWS, code, value};
use super::English;
use super::words::listed;

/// A noun, and whether it is a plural.
pub(super) struct Noun {
    pub(super) text: String,
    pub(super) is_plural: bool,
}

fn one(text: String) -> Noun {
    Noun {
        text,
        is_plural: false,
    }
}

impl English<'_> {
    /// What a sentence calls a variable: what it reads if that is soon said, else its name.
    pub(super) fn noun(&self, variable: &VariableRef) -> Noun {
        match variable {
            VariableRef::BuiltIn(built_in) => {
                let (name, row) = built_in::called(built_in);
                match row {
                    Some(row) => Noun {
                        text: row.en.replace("{}", &code(row.key(&name))),
                        is_plural: row.en_plural,
                    },
                    None => one(format!("the variable {}", code(&name))),
                }
            }
            VariableRef::Named(at) => match self.container.variables.get(*at) {
                Some(variable) if Self::is_soon_said(variable) => {
                    one(self.source(&variable.source))
                }
                Some(variable) => one(format!("the variable {}", code(&variable.name))),
                None => one("a variable".to_owned()),
            },
        }
    }

    /// Where a value comes from.
    fn source(&self, source: &Source) -> String {
        match source {
            Source::Constant(constant) => value(constant),
            Source::Page(Lent::Query, name) => {
                format!("the parameter {} of the address", code(name))
            }
            Source::Page(Lent::Cookie, name) => format!("the cookie {}", code(name)),
            Source::Page(Lent::LocalStorage, name) => {
                format!("what the browser keeps for the site as {}", code(name))
            }
            Source::Page(Lent::SessionStorage, name) => {
                format!("what the browser keeps for the tab as {}", code(name))
            }
            Source::Page(Lent::DataLayer, path) => {
                format!("the value {} of the data layer", code(path))
            }
            Source::Page(_, path) => format!("the global variable {} of the page", code(path)),
            Source::Meta(name) => format!("the meta tag {} of the page", code(name)),
            Source::Text(place) => format!("the text of {}", self.place(place, true)),
            Source::Attribute(place, name) => {
                format!(
                    "the attribute {} of {}",
                    code(name),
                    self.place(place, true)
                )
            }
            Source::Field(place) => format!("what was entered in {}", self.place(place, true)),
            Source::FormField(name) => {
                format!("what was entered in the field {} of the form", code(name))
            }
            Source::Count(place) => format!("the number of {}", all(place)),
            Source::Exists(place) => format!("whether there is {}", self.place(place, false)),
            Source::Url(of, part) => self.part_of(of, part),
            Source::Lookup {
                input,
                table,
                ignore_case,
            } => {
                let case = if *ignore_case { " ignoring case" } else { "" };
                let rows = table
                    .iter()
                    .map(|(key, beside)| format!("{} for {}", value(beside), code(key)));
                format!("by {}{case}: {}", self.sent(input), some(rows.collect()))
            }
            Source::PatternTable { input, table } => {
                let row = |(pattern, beside): &(Pattern, Literal)| {
                    format!("{} if it fits {}", value(beside), code(pattern.source()))
                };
                format!(
                    "by {}: {}",
                    self.sent(input),
                    some(table.iter().map(row).collect())
                )
            }
            Source::First(values) => {
                let told: Vec<String> = values.iter().map(|one| self.sent(one)).collect();
                match told.as_slice() {
                    [one] => one.clone(),
                    several => format!("the first that is not empty of {}", listed(several, "and")),
                }
            }
            Source::Template(text) => self.sent(text),
            Source::Join(values, between) => {
                let told: Vec<String> = values.iter().map(|one| self.sent(one)).collect();
                let told = listed(&told, "and");
                match between.as_str() {
                    "" => format!("{told} in a row"),
                    between => format!("{told} with {} between them", code(between)),
                }
            }
        }
    }

    fn part_of(&self, of: &Expression, part: &UrlPart) -> String {
        let of = self.sent(of);
        match part {
            UrlPart::Keep(names) if names.is_empty() => format!("{of} without its parameters"),
            UrlPart::Keep(names) => {
                let names: Vec<String> = names.iter().map(|name| code(name)).collect();
                format!("{of} with no parameters but {}", listed(&names, "and"))
            }
            UrlPart::Named(part) => match part.split_once(' ') {
                Some((_, name)) => format!("the parameter {} of {of}", code(name)),
                None => match part.as_str() {
                    "url" => of,
                    "file" => format!("the file name in {of}"),
                    "extension" => format!("the ending of the file name in {of}"),
                    "query" => format!("the parameters of {of}"),
                    part => format!("the {part} of {of}"),
                },
            },
        }
    }

    /// Whether a sentence may say what a variable reads in place of its name.
    fn is_soon_said(variable: &Variable) -> bool {
        let is_long = matches!(
            variable.source,
            Source::Url(..)
                | Source::Lookup { .. }
                | Source::PatternTable { .. }
                | Source::First(_)
                | Source::Template(_)
                | Source::Join(..)
        );
        !is_long && variable.steps.is_empty()
    }

    /// An element, with its article: `the` one that a value is read of, or `a` one that may be there.
    pub(super) fn place(&self, place: &Place, definite: bool) -> String {
        match (&place.selector, &place.closest) {
            (None, None) => "the element".to_owned(),
            (None, Some(closest)) if definite => format!("the nearest {}", code(closest.as_str())),
            (None, Some(closest)) => format!("{} around the element", code(closest.as_str())),
            (Some(selector), None) if definite => format!("the first {}", code(selector.as_str())),
            (Some(selector), None) => code(selector.as_str()),
            (Some(selector), Some(closest)) => {
                let first = if definite { "the first " } else { "" };
                format!(
                    "{first}{} in the nearest {}",
                    code(selector.as_str()),
                    code(closest.as_str())
                )
            }
        }
    }

    /// What a named variable is, as a whole sentence.
    pub(in crate::explain) fn variable(&self, variable: &Variable) -> String {
        let mut text = self.source(&variable.source);
        for step in &variable.steps {
            text.push_str(&format!(", {}", step_words(step)));
        }
        text.push_str(read_as(variable));
        if let Some(default) = &variable.default {
            text.push_str(&format!("; {} if there is none", value(default)));
        }
        text
    }

    /// A value that is sent.
    pub(super) fn sent(&self, expression: &Expression) -> String {
        match expression {
            Expression::Constant(constant) => value(constant),
            Expression::Variable(variable) => {
                let mut text = self.noun(variable).text;
                if let VariableRef::Named(at) = variable
                    && let Some(variable) = self.container.variables.get(*at)
                    && Self::is_soon_said(variable)
                {
                    text.push_str(read_as(variable));
                }
                text
            }
            Expression::Template(parts) => format!("the text {}", self.template(parts)),
        }
    }

    /// A template as it was written.
    pub(super) fn template(&self, parts: &[Part]) -> String {
        super::super::template(self.container, parts)
    }
}

/// All such elements.
fn all(place: &Place) -> String {
    match (&place.selector, &place.closest) {
        (None, None) => "elements".to_owned(),
        (None, Some(closest)) => format!("{} around the element", code(closest.as_str())),
        (Some(selector), None) => code(selector.as_str()),
        (Some(selector), Some(closest)) => {
            format!(
                "{} in the nearest {}",
                code(selector.as_str()),
                code(closest.as_str())
            )
        }
    }
}

/// The type a value is read as, behind it.
fn read_as(variable: &Variable) -> &'static str {
    match variable.cast {
        _ if variable.as_date => " as a day",
        None | Some(Cast::Text) => "",
        Some(Cast::Number) => " as a number",
        Some(Cast::Integer) => " as a whole number",
        Some(Cast::Money) => " as an amount of money",
        Some(Cast::Boolean) => " as yes or no",
        Some(Cast::List) => " as a list",
    }
}

/// What is done to a value, behind it.
fn step_words(step: &Step) -> String {
    match step {
        Step::Text(how, argument) => match how {
            Transform::Lower => "in small letters".to_owned(),
            Transform::Upper => "in capital letters".to_owned(),
            Transform::Trim => "without white space at its ends".to_owned(),
            Transform::Digits => "only its digits".to_owned(),
            Transform::Slug => "as part of an address".to_owned(),
            Transform::Hash => "as a hash".to_owned(),
            Transform::Date => "as a day".to_owned(),
            Transform::Redact => {
                let kinds: Vec<&str> = argument.split(' ').collect();
                format!("without personal data ({})", listed(&kinds, "and"))
            }
            Transform::KeepQuery => {
                let names: Vec<String> = argument.split(' ').map(code).collect();
                format!("with no parameters but {}", listed(&names, "and"))
            }
            _ => "changed".to_owned(),
        },
        Step::Pattern(Transform::Expand, pattern, group) => {
            format!(
                "only what {} finds ({})",
                code(pattern.source()),
                code(group)
            )
        }
        Step::Pattern(_, pattern, with) if with.is_empty() => {
            format!("without what fits {}", code(pattern.source()))
        }
        Step::Pattern(_, pattern, with) => {
            format!(
                "with {} in place of what fits {}",
                code(with),
                code(pattern.source())
            )
        }
        Step::Round(0) => "rounded to a whole number".to_owned(),
        Step::Round(1) => "rounded to 1 decimal".to_owned(),
        Step::Round(decimals) => format!("rounded to {decimals} decimals"),
        Step::Bucket(bounds) => {
            let bounds: Vec<String> = bounds
                .iter()
                .map(|bound| value(&Literal::Number(*bound)))
                .collect();
            format!(
                "as the range it is in (new ones begin at {})",
                listed(&bounds, "and")
            )
        }
    }
}

/// The first few of many.
fn some(rows: Vec<String>) -> String {
    let more = rows.len().saturating_sub(MAX_ROWS);
    let mut shown: Vec<String> = rows.into_iter().take(MAX_ROWS).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
        return listed(&shown, "and");
    }
    shown.join(", ")
}
