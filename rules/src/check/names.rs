//! Names: which are allowed, and what they refer to.

use crate::bounds::MAX_NAME_CHARS;
use crate::container::VariableRef;
use crate::diagnostic::{Detail, NameFault};
use crate::draft::At;
use crate::funnel_step::is_identifier;
use crate::report::Spot;
use crate::suggest;
use crate::vocabulary::BUILT_IN;

use super::Checker;
use super::built_in::{built_in, is_attribute_name};

/// Words that conditions use themselves.
const RESERVED: [&str; 3] = ["all", "any", "not"];
/// Characters of an identifier, at most.
const MAX_IDENTIFIER_CHARS: usize = 64;

impl Checker<'_, '_, '_> {
    /// Whether a text is at most `max` characters long; reports it if not.
    pub(super) fn fits(&mut self, text: &At<String>, max: usize) -> bool {
        let chars = text.it.chars().count();
        if chars > max {
            self.report.add(Detail::TooLong { chars, max }, &text.spot);
        }
        chars <= max
    }

    fn bad_name(&mut self, name: &At<String>, fault: NameFault) -> bool {
        self.report.add(
            Detail::InvalidName {
                name: name.it.clone(),
                fault,
            },
            &name.spot,
        );
        false
    }

    /// Whether a text can be the name of a tag, trigger, variable or step, or a label.
    pub(super) fn is_name(&mut self, name: &At<String>) -> bool {
        if name.it.trim().is_empty() {
            return self.bad_name(name, NameFault::Empty);
        }
        let forbidden = |char: char| char.is_control() || matches!(char, '{' | '}');
        if name.it.contains(forbidden) || name.it.trim() != name.it {
            return self.bad_name(name, NameFault::Characters);
        }
        self.fits(name, MAX_NAME_CHARS)
    }

    pub(super) fn is_variable_name(&mut self, name: &At<String>) -> bool {
        if RESERVED.contains(&name.it.as_str()) || built_in(&name.it).is_some() {
            return self.bad_name(name, NameFault::BuiltIn);
        }
        self.is_name(name)
    }

    /// Whether a text is `[a-z0-9_]{1,64}`.
    pub(super) fn is_identifier(&mut self, name: &At<String>) -> bool {
        if is_identifier(&name.it) {
            return true;
        }
        if name.it.is_empty() {
            return self.bad_name(name, NameFault::Empty);
        }
        self.bad_name(
            name,
            NameFault::NotIdentifier {
                suggestion: nearest_identifier(&name.it),
            },
        )
    }

    pub(super) fn is_attribute(&mut self, name: &At<String>) -> bool {
        if name.it.is_empty() {
            return self.bad_name(name, NameFault::Empty);
        }
        if !is_attribute_name(&name.it) {
            return self.bad_name(name, NameFault::NotAttribute);
        }
        true
    }

    /// What a variable's name refers to.
    pub(super) fn variable_ref(&mut self, name: &str, spot: &Spot) -> Option<VariableRef> {
        if let Some(at) = self.variables.use_name(name) {
            return Some(VariableRef::Named(at));
        }
        if let Some(built_in) = built_in(name) {
            return Some(VariableRef::BuiltIn(built_in));
        }
        let known = self.variables.in_order();
        let suggestion = nearest_variable(name, &known);
        if let Some(meant) = &suggestion {
            self.variables.use_name(meant);
        }
        self.report.add(
            Detail::UnknownVariable {
                name: name.to_owned(),
                suggestion,
                known,
            },
            spot,
        );
        None
    }

    /// The positions of triggers in the container; each once.
    pub(super) fn trigger_refs(&mut self, names: &[At<String>]) -> Option<Vec<usize>> {
        let mut positions = Vec::new();
        let mut all = true;
        for name in names {
            match self.triggers.use_name(&name.it) {
                Some(at) if positions.contains(&at) => {}
                Some(at) => positions.push(at),
                None => {
                    all = false;
                    let known = self.triggers.in_order();
                    let suggestion = suggest::nearest(&name.it, known.iter().map(String::as_str));
                    if let Some(meant) = &suggestion {
                        self.triggers.use_name(meant);
                    }
                    let detail = Detail::UnknownTrigger {
                        name: name.it.clone(),
                        suggestion,
                        known,
                    };
                    self.report.add(detail, &name.spot);
                }
            }
        }
        all.then_some(positions)
    }
}

/// The variable that was meant, named or built in; behind `page.query.` the author's own part is kept.
fn nearest_variable(name: &str, known: &[String]) -> Option<String> {
    let all = || {
        known
            .iter()
            .map(String::as_str)
            .chain(BUILT_IN.iter().copied())
    };
    let fixed = all().filter(|name| !name.ends_with('.'));
    if let Some(found) = suggest::nearest(name, fixed) {
        return Some(found);
    }
    // `page.qery.utm_source`: the first two parts are ours, the third is the author's.
    let mut parts = name.splitn(3, '.');
    let (first, second, own) = (parts.next()?, parts.next()?, parts.next()?);
    let prefix = suggest::nearest(
        &format!("{first}.{second}."),
        all().filter(|name| name.ends_with('.')),
    )?;
    Some(format!("{prefix}{own}"))
}

/// The name with what is forbidden in identifiers replaced: `Add to cart` -> `add_to_cart`.
fn nearest_identifier(name: &str) -> Option<String> {
    let mut out = String::new();
    for char in name.trim().to_lowercase().chars() {
        if char.is_ascii_lowercase() || char.is_ascii_digit() {
            out.push(char);
        } else if (char.is_whitespace() || matches!(char, '-' | '_' | '.' | '/' | ':'))
            && !out.ends_with('_')
        {
            out.push('_');
        } else if !char.is_ascii() {
            // Nothing sensible is left of a name in another alphabet.
            return None;
        }
    }
    let name: String = out
        .trim_matches('_')
        .chars()
        .take(MAX_IDENTIFIER_CHARS)
        .collect();
    (!name.is_empty()).then_some(name)
}
