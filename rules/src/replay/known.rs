//! What rules read, and whether it is stored; and whether two triggers are the same.

use crate::container::{
    BuiltIn, Condition, Container, ElementOf, Expression, Part, Source, Test, Trigger, TriggerKind,
    Variable, VariableRef,
};
use crate::explain::name_of;
use crate::host::Lent;
use crate::privacy;

/// Variables that read variables go no deeper in a container that was checked.
const MAX_DEPTH: usize = 64;

/// What a moment tells besides its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing.
    Pageview,
    /// The link that was clicked.
    Link,
    /// Only that a tag fired.
    Fired,
}

/// The variables a condition reads that are not stored, by name.
pub(super) fn unknown(
    when: Option<&Condition>,
    draft: &Container,
    release: &Container,
    scope: Scope,
) -> Vec<String> {
    let mut judge = Judge {
        draft,
        release,
        scope,
        unknown: Vec::new(),
    };
    if let Some(when) = when {
        judge.condition(when);
    }
    judge.unknown.sort_unstable();
    judge.unknown.dedup();
    judge.unknown
}

struct Judge<'c> {
    draft: &'c Container,
    release: &'c Container,
    scope: Scope,
    unknown: Vec<String>,
}

impl Judge<'_> {
    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                for part in parts {
                    self.condition(part);
                }
            }
            Condition::Not(part) => self.condition(part),
            Condition::Leaf(leaf) => {
                let is_element = matches!(leaf.test, Test::MatchesSelector(..));
                if is_element || !self.is_known(&leaf.variable, 0) {
                    self.unknown.push(name(&leaf.variable, self.draft));
                }
            }
        }
    }

    fn is_known(&self, variable: &VariableRef, depth: usize) -> bool {
        match variable {
            VariableRef::BuiltIn(built_in) => self.is_stored(built_in),
            VariableRef::Named(at) => {
                let Some(variable) = self.draft.variables.get(*at) else {
                    return false;
                };
                depth < MAX_DEPTH && self.is_source_known(&variable.source, depth + 1)
            }
        }
    }

    fn is_source_known(&self, source: &Source, depth: usize) -> bool {
        let known = |expression: &Expression| match expression {
            Expression::Constant(_) => true,
            Expression::Variable(variable) => self.is_known(variable, depth),
            Expression::Template(parts) => parts.iter().all(|part| match part {
                Part::Text(_) => true,
                Part::Variable(variable) => self.is_known(variable, depth),
            }),
        };
        match source {
            Source::Constant(_) => true,
            Source::Page(what, key) => self.is_lent(*what, key),
            Source::Url(input, _)
            | Source::Lookup { input, .. }
            | Source::PatternTable { input, .. }
            | Source::Template(input) => known(input),
            Source::First(inputs) | Source::Join(inputs, _) => inputs.iter().all(known),
            Source::Meta(_)
            | Source::Text(_)
            | Source::Attribute(..)
            | Source::Field(_)
            | Source::FormField(_)
            | Source::Count(_)
            | Source::Exists(_) => false,
        }
    }

    fn is_stored(&self, built_in: &BuiltIn) -> bool {
        // What is taken out of texts before they are sent is there when rules read them.
        let is_whole = self.release.privacy.redact.is_empty();
        match built_in {
            BuiltIn::Page(what, key) => self.is_lent(*what, key),
            BuiltIn::Time(_)
            | BuiltIn::IsNewVisitor
            | BuiltIn::SessionSource
            | BuiltIn::SessionMedium
            | BuiltIn::SessionCampaign => true,
            BuiltIn::EventName => self.scope != Scope::Fired,
            BuiltIn::LinkKind | BuiltIn::LeadsOut => self.scope == Scope::Link,
            BuiltIn::Element(ElementOf::Trigger | ElementOf::Link, Lent::Address, key) => {
                self.scope == Scope::Link && is_whole && key == "href"
            }
            BuiltIn::Element(ElementOf::Trigger, Lent::Text, _) => {
                self.scope == Scope::Link && is_whole
            }
            BuiltIn::Element(..) | BuiltIn::Description(_) | BuiltIn::Version => false,
        }
    }

    fn is_lent(&self, what: Lent, key: &str) -> bool {
        match what {
            Lent::Url
            | Lent::Referrer
            | Lent::Host
            | Lent::Path
            | Lent::Title
            | Lent::Session
            | Lent::Consent
            | Lent::Time => true,
            Lent::Device => key == "type",
            Lent::Query => match &self.release.privacy.keep_query {
                None => true,
                Some(kept) => privacy::keeps(key, kept),
            },
            Lent::Fragment
            | Lent::Language
            | Lent::Cookie
            | Lent::LocalStorage
            | Lent::SessionStorage
            | Lent::DataLayer
            | Lent::Global
            | Lent::Detail
            | Lent::Random
            | Lent::Text
            | Lent::Attribute
            | Lent::Address
            | Lent::Field
            | Lent::FormField
            | Lent::Selector
            | Lent::TagName
            | Lent::Ecommerce
            | Lent::LinkKind
            | Lent::LeadsOut
            | Lent::Description => false,
        }
    }
}

fn name(variable: &VariableRef, container: &Container) -> String {
    match variable {
        VariableRef::BuiltIn(built_in) => name_of(built_in),
        VariableRef::Named(at) => container
            .variables
            .get(*at)
            .map_or_else(String::new, |it| it.name.clone()),
    }
}

/// A trigger with all that it reads, apart from names and from the places of things in their container: what is equal does
/// the same.
#[derive(Debug, PartialEq)]
pub(super) struct Portrait {
    kind: TriggerKind,
    when: Option<Condition>,
    variables: Vec<Variable>,
    members: Vec<Portrait>,
}

impl Portrait {
    pub(super) fn of(trigger: &Trigger, container: &Container) -> Self {
        let mut portrait = Self {
            kind: trigger.kind.clone(),
            when: trigger.when.clone(),
            variables: Vec::new(),
            members: Vec::new(),
        };
        let mut met = Vec::new();
        if let Some(when) = &mut portrait.when {
            in_condition(when, &mut |variable| renumber(variable, &mut met));
        }
        let mut next = 0;
        while let Some(at) = met.get(next).copied() {
            next += 1;
            if let Some(variable) = container.variables.get(at) {
                let mut variable = variable.clone();
                variable.name.clear();
                in_source(&mut variable.source, &mut |it| renumber(it, &mut met));
                portrait.variables.push(variable);
            }
        }
        if let TriggerKind::Group { members, .. } = &mut portrait.kind {
            for at in std::mem::take(members) {
                // Groups have no groups in them.
                let member = container.triggers.get(at);
                portrait
                    .members
                    .extend(member.map(|member| Self::of(member, container)));
            }
        }
        portrait
    }
}

/// Names a variable by the order in which it is met.
fn renumber(variable: &mut VariableRef, met: &mut Vec<usize>) {
    if let VariableRef::Named(at) = variable {
        let known = met.iter().position(|other| other == at);
        let place = known.unwrap_or_else(|| {
            met.push(*at);
            met.len() - 1
        });
        *at = place;
    }
}

fn in_condition(condition: &mut Condition, each: &mut dyn FnMut(&mut VariableRef)) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                in_condition(part, each);
            }
        }
        Condition::Not(part) => in_condition(part, each),
        Condition::Leaf(leaf) => each(&mut leaf.variable),
    }
}

fn in_source(source: &mut Source, each: &mut dyn FnMut(&mut VariableRef)) {
    match source {
        Source::Url(input, _)
        | Source::Lookup { input, .. }
        | Source::PatternTable { input, .. }
        | Source::Template(input) => in_expression(input, each),
        Source::First(inputs) | Source::Join(inputs, _) => {
            for input in inputs {
                in_expression(input, each);
            }
        }
        Source::Constant(_)
        | Source::Page(..)
        | Source::Meta(_)
        | Source::Text(_)
        | Source::Attribute(..)
        | Source::Field(_)
        | Source::FormField(_)
        | Source::Count(_)
        | Source::Exists(_) => {}
    }
}

fn in_expression(expression: &mut Expression, each: &mut dyn FnMut(&mut VariableRef)) {
    match expression {
        Expression::Constant(_) => {}
        Expression::Variable(variable) => each(variable),
        Expression::Template(parts) => {
            for part in parts {
                if let Part::Variable(variable) = part {
                    each(variable);
                }
            }
        }
    }
}
