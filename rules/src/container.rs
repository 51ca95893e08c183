//! The checked container: rules of which everything is known to be right.
//!
//! Made by [`check`](crate::check) alone. Names are resolved, selectors and patterns are sound, numbers are in their
//! bounds; nothing here can be wrong, so compiling cannot fail.

mod aims;
mod example;
mod literal;
mod tag;
mod trigger;
mod variable;

pub use aims::{FunnelOrder, FunnelUnit, Goal, GoalValue, Kpi, Reached};
pub use example::{
    EXAMPLE_STEPS, Example, ExamplePage, ExampleStep, Expected, ExpectedWhat, StepTakes, Written,
};
pub use literal::{Cast, Literal};
pub use tag::{Automatic, Consent, ECOMMERCE_EVENTS, Forward, Signal, Tag, TagKind};
pub use trigger::{CustomName, FieldAct, FormStage, Trigger, TriggerKind, VideoAct};
pub use variable::{BuiltIn, ElementOf, Identity, Place, Privacy, Source, Step, UrlPart, Variable};

use crate::funnel_step::StepExpression;
use crate::pattern::Pattern;
use crate::selector::Selector;

/// The rules of one site.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// The site.
    pub site: Site,
    /// Consent.
    pub consent: Consent,
    /// Events that are sent without any rule.
    pub automatic: Automatic,
    /// What of people may be known.
    pub privacy: Privacy,
    /// Named variables.
    pub variables: Vec<Variable>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// Tags, in the order they fire.
    pub tags: Vec<Tag>,
    /// What the site wants people to do.
    pub goals: Vec<Goal>,
    /// Funnels.
    pub funnels: Vec<Funnel>,
    /// Numbers to reach.
    pub kpis: Vec<Kpi>,
    /// Pages, what is done on them, and what must come of it.
    pub examples: Vec<Example>,
}

impl Container {
    /// What the collector sends on, of tags that are not paused.
    pub fn forwards(&self) -> Vec<Forward> {
        let active = self.tags.iter().filter(|tag| !tag.paused);
        let forward = |tag: &Tag| match &tag.kind {
            TagKind::Forward { event, to, .. } => Some(Forward {
                tag: tag.name.clone(),
                event: event.clone(),
                to: to.clone(),
            }),
            _ => None,
        };
        active.filter_map(forward).collect()
    }
}

/// What is known of a site besides its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `[a-z0-9_]{1,64}`.
    pub id: String,
    /// Hosts, in lower case; `*.shop.example` for everything below one. Empty: any.
    pub domains: Vec<String>,
    /// IANA name of the time zone; `UTC` if none is given.
    pub timezone: String,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Hosts that scripts may come from besides those of the site, in lower case.
    pub script_hosts: Vec<String>,
}

/// A use of a variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VariableRef {
    /// A named one, by its position in [`Container::variables`].
    Named(usize),
    /// A built-in one.
    BuiltIn(BuiltIn),
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Every part holds.
    All(Vec<Condition>),
    /// At least one part holds.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// A comparison.
    Leaf(Leaf),
}

/// A comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// What is looked at.
    pub variable: VariableRef,
    /// How.
    pub test: Test,
    /// With `not_` before the operator.
    pub negated: bool,
    /// Without regard to case.
    pub ignore_case: bool,
    /// The value is read as a day first.
    pub as_date: bool,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Is this value.
    Equals(Literal),
    /// Has this text in it.
    Contains(String),
    /// Begins with this text.
    StartsWith(String),
    /// Ends with this text.
    EndsWith(String),
    /// The pattern is found in it.
    Matches(Pattern),
    /// Is one of these values.
    In(Vec<Literal>),
    /// There is a value.
    Exists,
    /// There is a value, and not an empty one.
    Filled,
    /// Is below, the same as or above this number or day.
    Order(Order, Literal),
    /// The element is such an element.
    MatchesSelector(ElementOf, Selector),
}

/// How a number or a day may compare with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Below.
    LessThan,
    /// Below or the same.
    AtMost,
    /// Above.
    GreaterThan,
    /// Above or the same.
    AtLeast,
    /// The same day.
    Same,
}

/// How a property is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// The same value always.
    Constant(Literal),
    /// A variable, with its type.
    Variable(VariableRef),
    /// Texts and variables, joined into a text.
    Template(Vec<Part>),
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text.
    Text(String),
    /// A variable.
    Variable(VariableRef),
}

/// A funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// `[a-z0-9_]{1,64}`.
    pub name: String,
    /// What people call it, in any language; without it, by its name.
    pub title: Option<String>,
    /// Time from the first step to the last, at most, in seconds.
    pub within_s: u64,
    /// In what order.
    pub order: FunnelOrder,
    /// Who.
    pub per: FunnelUnit,
    /// Its steps, in order.
    pub steps: Vec<FunnelStep>,
}

/// A step of a funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelStep {
    /// What people call it.
    pub name: String,
    /// The event, and what must be true of it, in the language of steps.
    pub expression: StepExpression,
}
