//! A container in plain sentences: what each rule does, for people who will never read JSON.
//!
//! The same sentences stand in `weir explain` and beside each rule in the page. What is said is decided here; how it is
//! said, in `explain/english.rs` and `explain/russian.rs`. What the author wrote stands between backticks.

mod built_in;
mod english;
mod russian;
#[cfg(test)]
mod tests;
mod words;

use crate::container::{Container, Part as Piece, VariableRef};
use crate::diagnostic::Lang;
use crate::json_out::Json;
#[cfg(feature = "page")]
pub(crate) use built_in::name as name_of;
use english::English;
use russian::Russian;
pub(crate) use words::code;

/// One thing of a container, and the sentence about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What it is.
    pub part: Part,
    /// Its name in the container; the site's id.
    pub name: String,
    /// What it is or does.
    pub sentence: String,
}

/// What is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The site, and what holds for all of it.
    Site,
    /// A tag.
    Tag,
    /// A trigger.
    Trigger,
    /// A variable.
    Variable,
    /// A goal.
    Goal,
    /// A funnel.
    Funnel,
    /// A number to reach.
    Kpi,
}

/// Explains all of a container, in the order in which it is read: what is sent, when, with what; then what is reported.
pub fn explain(container: &Container, lang: Lang) -> Vec<Explained> {
    let mut all = Vec::new();
    let mut add = |part: Part, name: &str, sentence: String| {
        all.push(Explained {
            part,
            name: name.to_owned(),
            sentence: finish(&sentence),
        });
    };
    let voice = Voice::new(container, lang);
    add(Part::Site, &container.site.id, voice.site());
    for tag in &container.tags {
        add(Part::Tag, &tag.name, voice.tag(tag));
    }
    for trigger in &container.triggers {
        add(Part::Trigger, &trigger.name, voice.trigger(trigger));
    }
    for variable in &container.variables {
        add(Part::Variable, &variable.name, voice.variable(variable));
    }
    for goal in &container.goals {
        add(Part::Goal, &goal.name, voice.goal(goal));
    }
    for funnel in &container.funnels {
        add(Part::Funnel, &funnel.name, voice.funnel(funnel));
    }
    for kpi in &container.kpis {
        add(Part::Kpi, &kpi.name, voice.kpi(kpi));
    }
    all
}

/// One of the languages, speaking of one container.
pub(crate) enum Voice<'c> {
    /// English.
    En(English<'c>),
    /// Russian.
    Ru(Russian<'c>),
}

macro_rules! say {
    ($self:ident, $method:ident($($argument:expr),*)) => {
        match $self {
            Self::En(voice) => voice.$method($($argument),*),
            Self::Ru(voice) => voice.$method($($argument),*),
        }
    };
}

impl<'c> Voice<'c> {
    pub(crate) fn new(container: &'c Container, lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En(English { container }),
            Lang::Ru => Self::Ru(Russian { container }),
        }
    }

    /// What happens when a trigger of this kind fires, as a clause.
    #[cfg(feature = "page")]
    pub(crate) fn happens(&self, kind: &crate::container::TriggerKind) -> String {
        say!(self, happens(kind))
    }

    /// A comparison as a clause; of its opposite if that is what is wanted.
    #[cfg(feature = "page")]
    pub(crate) fn leaf(&self, leaf: &crate::container::Leaf, opposite: bool) -> String {
        say!(self, leaf(leaf, opposite))
    }

    /// The name of a variable, as it is written.
    #[cfg(feature = "page")]
    pub(crate) fn name(&self, variable: &VariableRef) -> String {
        let container = match self {
            Self::En(voice) => voice.container,
            Self::Ru(voice) => voice.container,
        };
        name(container, variable)
    }

    fn site(&self) -> String {
        say!(self, site())
    }

    fn tag(&self, tag: &crate::container::Tag) -> String {
        say!(self, tag(tag))
    }

    fn trigger(&self, trigger: &crate::container::Trigger) -> String {
        say!(self, when(trigger))
    }

    fn variable(&self, variable: &crate::container::Variable) -> String {
        say!(self, variable(variable))
    }

    fn goal(&self, goal: &crate::container::Goal) -> String {
        say!(self, goal(goal))
    }

    fn kpi(&self, kpi: &crate::container::Kpi) -> String {
        say!(self, kpi(kpi))
    }

    fn funnel(&self, funnel: &crate::container::Funnel) -> String {
        say!(self, funnel(funnel))
    }
}

/// Begins with a capital letter and ends with a full stop.
fn finish(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    let mut text: String = first.chain(chars).collect();
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

/// A template as it was written.
fn template(container: &Container, parts: &[Piece]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Piece::Text(part) => text.push_str(part),
            Piece::Variable(variable) => {
                text.push_str(&format!("{{{{{}}}}}", name(container, variable)))
            }
        }
    }
    code(&text)
}

/// The name of a variable, as it is written.
fn name(container: &Container, variable: &VariableRef) -> String {
    match variable {
        VariableRef::BuiltIn(variable) => built_in::called(variable).0,
        VariableRef::Named(at) => container
            .variables
            .get(*at)
            .map_or_else(String::new, |it| it.name.clone()),
    }
}

impl Part {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Tag => "tag",
            Self::Trigger => "trigger",
            Self::Variable => "variable",
            Self::Goal => "goal",
            Self::Funnel => "funnel",
            Self::Kpi => "kpi",
        }
    }

    fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Site, Lang::En) => "Site",
            (Self::Site, Lang::Ru) => "Сайт",
            (Self::Tag, Lang::En) => "Tags",
            (Self::Tag, Lang::Ru) => "Теги",
            (Self::Trigger, Lang::En) => "Triggers",
            (Self::Trigger, Lang::Ru) => "Триггеры",
            (Self::Variable, Lang::En) => "Variables",
            (Self::Variable, Lang::Ru) => "Переменные",
            (Self::Goal, Lang::En) => "Goals",
            (Self::Goal, Lang::Ru) => "Цели",
            (Self::Kpi, Lang::En) => "Targets",
            (Self::Kpi, Lang::Ru) => "Показатели",
            (Self::Funnel, Lang::En) => "Funnels",
            (Self::Funnel, Lang::Ru) => "Воронки",
        }
    }
}

/// For a terminal: one part of the container after the other, each name with its sentence below, in lines of at most
/// `width` characters.
pub fn render(explained: &[Explained], lang: Lang, width: usize, color: bool) -> String {
    let bold = |text: &str| {
        if color {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let mut out = String::new();
    let mut last = None;
    for one in explained {
        if last != Some(one.part) {
            out.push_str(if last.is_some() { "\n" } else { "" });
            out.push_str(&bold(one.part.title(lang)));
            out.push('\n');
            last = Some(one.part);
        }
        out.push_str("  ");
        out.push_str(&one.name);
        out.push('\n');
        wrap(&mut out, &one.sentence, 4, width);
    }
    out
}

/// Breaks a text into lines, between words.
fn wrap(out: &mut String, text: &str, indent: usize, width: usize) {
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

/// For programs: a list of objects with `part`, `name` and `sentence`.
pub fn to_json(explained: &[Explained]) -> String {
    let one = |one: &Explained| {
        Json::object([
            ("part", Some(Json::text(one.part.as_str()))),
            ("name", Some(Json::text(&*one.name))),
            ("sentence", Some(Json::text(&*one.sentence))),
        ])
    };
    Json::List(explained.iter().map(one).collect()).pretty()
}
