//! Checks conditions and templates: variables exist, patterns are sound, texts fit.

use crate::bounds::MAX_TEXT_CHARS;
use crate::container::{
    BuiltIn, Condition, ElementOf, Expression, Leaf, Order, Part, Test, VariableRef,
};
use crate::container::{Cast, Literal};
use crate::date;
use crate::diagnostic::{Detail, TemplateFault, Wanted};
use crate::draft::{At, DraftCondition, DraftLeaf, DraftOperator};
use crate::pattern::{self, Pattern};
use crate::selector::{self, Selector};

use super::Checker;
use super::variables::{WrittenCast, found};

impl Checker<'_, '_, '_> {
    pub(super) fn condition(&mut self, draft: &DraftCondition) -> Option<Condition> {
        match draft {
            DraftCondition::All(parts) => self.conditions(parts).map(Condition::All),
            DraftCondition::Any(parts) => self.conditions(parts).map(Condition::Any),
            DraftCondition::Not(part) => self
                .condition(part)
                .map(|part| Condition::Not(Box::new(part))),
            DraftCondition::Leaf(leaf) => self.leaf(leaf).map(Condition::Leaf),
        }
    }

    fn conditions(&mut self, drafts: &[DraftCondition]) -> Option<Vec<Condition>> {
        let parts: Vec<_> = drafts.iter().map(|draft| self.condition(draft)).collect();
        parts.into_iter().collect()
    }

    fn leaf(&mut self, draft: &DraftLeaf) -> Option<Leaf> {
        let variable = self.variable_ref(&draft.variable.it, &draft.variable.spot);
        let is_text = matches!(
            draft.operator,
            DraftOperator::Equals(_)
                | DraftOperator::Contains(_)
                | DraftOperator::StartsWith(_)
                | DraftOperator::EndsWith(_)
                | DraftOperator::Matches(_)
                | DraftOperator::In(_)
        );
        let ignore_case = draft.ignore_case && is_text;
        let cast = match &variable {
            Some(VariableRef::Named(at)) => self.cast_of(*at),
            _ => None,
        };
        let test = match &draft.operator {
            DraftOperator::MatchesSelector(text) => {
                let of = self.element_of(variable.as_ref(), draft);
                let selector = self.selector(text);
                Some(Test::MatchesSelector(of?, selector?))
            }
            operator => self.test(operator, ignore_case, cast),
        };
        let (variable, test) = (variable?, test?);
        let as_date = match &test {
            Test::Order(_, Literal::Text(_)) => true,
            Test::In(_) => cast == Some(WrittenCast::Date),
            _ => false,
        };
        Some(Leaf {
            variable,
            test,
            negated: draft.negated,
            ignore_case,
            as_date,
        })
    }

    /// Which element `matches_selector` looks at.
    fn element_of(
        &mut self,
        variable: Option<&VariableRef>,
        draft: &DraftLeaf,
    ) -> Option<ElementOf> {
        match variable? {
            VariableRef::BuiltIn(BuiltIn::Description(of) | BuiltIn::Element(of, ..)) => Some(*of),
            _ => {
                let detail = Detail::NotAnElement {
                    variable: draft.variable.it.clone(),
                };
                self.report.add(detail, &draft.variable.spot);
                None
            }
        }
    }

    /// The type that a named variable is read as.
    fn cast_of(&self, at: usize) -> Option<WrittenCast> {
        let written = self.draft.variables.get(at)?.cast.as_ref()?;
        WrittenCast::parse(&written.it)
    }

    fn test(
        &mut self,
        operator: &DraftOperator,
        ignore_case: bool,
        cast: Option<WrittenCast>,
    ) -> Option<Test> {
        Some(match operator {
            DraftOperator::Equals(value) => match self.wanted(value, cast)? {
                day @ Literal::Text(_) if cast == Some(WrittenCast::Date) => {
                    Test::Order(Order::Same, day)
                }
                value => Test::Equals(value),
            },
            DraftOperator::In(values) => {
                let values: Vec<_> = values.iter().map(|it| self.wanted(it, cast)).collect();
                Test::In(values.into_iter().collect::<Option<_>>()?)
            }
            DraftOperator::Order(order, value) => Test::Order(*order, self.ordered(value, cast)?),
            DraftOperator::Contains(text) => Test::Contains(self.wanted_text(text)?),
            DraftOperator::StartsWith(text) => Test::StartsWith(self.wanted_text(text)?),
            DraftOperator::EndsWith(text) => Test::EndsWith(self.wanted_text(text)?),
            DraftOperator::Matches(text) => Test::Matches(self.pattern(text, ignore_case)?),
            DraftOperator::Exists => Test::Exists,
            DraftOperator::Filled => Test::Filled,
            DraftOperator::MatchesSelector(_) => return None,
        })
    }

    /// A value to compare with, of the type that the variable is read as.
    fn wanted(&mut self, value: &At<Literal>, cast: Option<WrittenCast>) -> Option<Literal> {
        if let Literal::Text(text) = &value.it {
            let text = At {
                it: text.clone(),
                spot: value.spot.clone(),
            };
            self.wanted_text(&text)?;
        }
        match cast {
            // A part of a text or a list is a text.
            None | Some(WrittenCast::Plain(Cast::Text | Cast::List)) => Some(value.it.clone()),
            Some(cast) => self.typed(value, Some(cast)),
        }
    }

    /// A number or a day.
    fn ordered(&mut self, value: &At<Literal>, cast: Option<WrittenCast>) -> Option<Literal> {
        match (&value.it, cast) {
            (Literal::Number(_), None | Some(WrittenCast::Plain(_))) => Some(value.it.clone()),
            (
                Literal::Text(_),
                Some(WrittenCast::Plain(Cast::Number | Cast::Integer | Cast::Money)),
            ) => self.wanted(value, cast),
            (Literal::Text(text), _) if date::date(text, self.site_zone()).is_some() => {
                self.typed(value, Some(WrittenCast::Date))
            }
            _ => {
                let detail = Detail::WrongType {
                    wanted: Wanted::Ordered,
                    found: found(&value.it),
                    example: None,
                };
                self.report.add(detail, &value.spot);
                None
            }
        }
    }

    /// A text that something is compared with: no variables in it.
    pub(super) fn wanted_text(&mut self, text: &At<String>) -> Option<String> {
        if text.it.contains("{{") {
            self.report.add(
                Detail::InvalidTemplate {
                    fault: TemplateFault::NotHere,
                },
                &text.spot,
            );
            return None;
        }
        self.fits(text, MAX_TEXT_CHARS).then(|| text.it.clone())
    }

    pub(super) fn pattern(&mut self, text: &At<String>, ignore_case: bool) -> Option<Pattern> {
        if !self.fits(text, pattern::MAX_CHARS) {
            return None;
        }
        match Pattern::parse(&text.it, ignore_case) {
            Ok(pattern) => Some(pattern),
            Err(fault) => {
                self.report.add(
                    Detail::InvalidPattern {
                        pattern: text.it.clone(),
                        fault,
                    },
                    &text.spot,
                );
                None
            }
        }
    }

    pub(super) fn selector(&mut self, text: &At<String>) -> Option<Selector> {
        if !self.fits(text, selector::MAX_CHARS) {
            return None;
        }
        match Selector::parse(&text.it) {
            Ok(selector) => Some(selector),
            Err(fault) => {
                self.report.add(
                    Detail::InvalidSelector {
                        selector: text.it.clone(),
                        fault,
                    },
                    &text.spot,
                );
                None
            }
        }
    }

    /// A selector that may be missing: `None` is a fault, `Some(None)` is none.
    pub(super) fn optional_selector(
        &mut self,
        text: Option<&At<String>>,
    ) -> Option<Option<Selector>> {
        match text {
            None => Some(None),
            Some(text) => self.selector(text).map(Some),
        }
    }

    /// A value to send: a constant, a variable, or a text with variables in it.
    pub(super) fn expression(&mut self, value: &At<Literal>) -> Option<Expression> {
        let Literal::Text(text) = &value.it else {
            return Some(Expression::Constant(value.it.clone()));
        };
        let text = At {
            it: text.clone(),
            spot: value.spot.clone(),
        };
        if !self.fits(&text, MAX_TEXT_CHARS) {
            return None;
        }
        let pieces = match template(&text.it) {
            Ok(pieces) => pieces,
            Err(fault) => {
                self.report
                    .add(Detail::InvalidTemplate { fault }, &text.spot);
                return None;
            }
        };
        let parts: Vec<_> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(Part::Text((*text).to_owned())),
                Piece::Variable(name) => self.variable_ref(name, &text.spot).map(Part::Variable),
            })
            .collect();
        let parts: Vec<Part> = parts.into_iter().collect::<Option<_>>()?;
        Some(match <[Part; 1]>::try_from(parts) {
            Ok([Part::Variable(variable)]) => Expression::Variable(variable),
            Ok([Part::Text(text)]) => Expression::Constant(Literal::Text(text)),
            Err(parts) if parts.is_empty() => Expression::Constant(Literal::Text(String::new())),
            Err(parts) => Expression::Template(parts),
        })
    }
}

enum Piece<'t> {
    Text(&'t str),
    Variable(&'t str),
}

/// Cuts `Buy {{sku}} now` into text, variable, text.
fn template(text: &str) -> Result<Vec<Piece<'_>>, TemplateFault> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, behind) = after.split_once("}}").ok_or(TemplateFault::Unclosed)?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        match name.trim() {
            "" => return Err(TemplateFault::Empty),
            name => pieces.push(Piece::Variable(name)),
        }
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}
