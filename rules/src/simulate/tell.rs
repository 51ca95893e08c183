//! Outcomes, told: to people in sentences, to programs as JSON.

use crate::container::{Container, Leaf, Order, Test};
use crate::diagnostic::Lang;
use crate::explain::{Voice, code};
use crate::json_out::Json;
use crate::release::TagKind;
use crate::value::{Kind, Value};
use crate::vocabulary::NOT;

use super::{Comparison, Fired, Outcome, Reason, Still};

/// Speaks of the outcomes of one container.
struct Teller<'c> {
    container: &'c Container,
    voice: Voice<'c>,
    lang: Lang,
}

impl<'c> Teller<'c> {
    fn new(container: &'c Container, lang: Lang) -> Self {
        Self {
            container,
            voice: Voice::new(container, lang),
            lang,
        }
    }

    fn pick(&self, english: String, russian: String) -> String {
        match self.lang {
            Lang::En => english,
            Lang::Ru => russian,
        }
    }

    fn trigger(&self, position: usize) -> String {
        code(
            self.container
                .triggers
                .get(position)
                .map_or("", |trigger| &trigger.name),
        )
    }

    /// What a trigger waits for.
    fn waits(&self, position: usize) -> String {
        let trigger = self.container.triggers.get(position);
        trigger.map_or_else(String::new, |trigger| self.voice.happens(&trigger.kind))
    }

    /// `selector`: of the element that the action names.
    fn reason(&self, reason: &Reason, selector: &str) -> String {
        match reason {
            Reason::Paused => self.pick("it is paused".into(), "он на паузе".into()),
            Reason::NoTrigger => self.pick(
                "nothing stands in its `on`".into(),
                "в его `on` ничего нет".into(),
            ),
            Reason::NoElement => {
                let selector = code(selector);
                self.pick(
                    format!("no element of the page fits {selector}"),
                    format!("на странице нет элемента {selector}"),
                )
            }
            Reason::WaitsForOther { trigger } => {
                let (name, waits) = (self.trigger(*trigger), self.waits(*trigger));
                self.pick(
                    format!("{name} waits for something else: {waits}"),
                    format!("{name} ждёт другого: {waits}"),
                )
            }
            Reason::WaitsElsewhere { trigger } => {
                let (name, waits) = (self.trigger(*trigger), self.waits(*trigger));
                self.pick(
                    format!("{name} is about another one: {waits}"),
                    format!("{name} не об этом: {waits}"),
                )
            }
            Reason::Condition { trigger, failed } => {
                let name = self.trigger(*trigger);
                let told: Vec<String> = failed
                    .iter()
                    .map(|comparison| self.comparison(comparison))
                    .collect();
                let told = told.join("; ");
                self.pick(
                    format!("{name} requires that {told}"),
                    format!("{name} требует: {told}"),
                )
            }
            Reason::TriggerOnce { trigger } => {
                let name = self.trigger(*trigger);
                self.pick(
                    format!("{name} has fired for this already, and does so once"),
                    format!("{name} на это уже сработал, а срабатывает один раз"),
                )
            }
            Reason::Except { trigger } => {
                let name = self.trigger(*trigger);
                self.pick(
                    format!("its exception {name} fired"),
                    format!("сработало исключение {name}"),
                )
            }
            Reason::Date => self.pick(
                "today is before its first day or after its last".into(),
                "сегодня раньше его первого дня или позже последнего".into(),
            ),
            Reason::Sample => self.pick(
                "this visitor is not among those that `sample` takes".into(),
                "этот посетитель не попал в долю, заданную в `sample`".into(),
            ),
            Reason::Consent => self.pick(
                "the visitor has not consented to all that it needs (`consent`)".into(),
                "посетитель дал согласие не на всё, что ему нужно (`consent`)".into(),
            ),
            Reason::Once => self.pick(
                "it has fired already, as often as `once_per` lets it".into(),
                "он уже сработал столько раз, сколько позволяет `once_per`".into(),
            ),
        }
    }

    /// What was wanted, and what was seen.
    fn comparison(&self, comparison: &Comparison) -> String {
        let wanted = self.voice.leaf(&comparison.wanted, comparison.opposite);
        match &comparison.seen {
            Some(value) => {
                let seen = code(&value.clone().into_text());
                self.pick(
                    format!("{wanted}, but it is {seen}"),
                    format!("{wanted}, а на деле — {seen}"),
                )
            }
            None => self.pick(
                format!("{wanted}, but it has no value"),
                format!("{wanted}, а на деле значения нет"),
            ),
        }
    }
}

/// One reason, told.
pub(crate) fn tell_reason(
    container: &Container,
    lang: Lang,
    reason: &Reason,
    outcome: &Outcome,
) -> String {
    Teller::new(container, lang).reason(reason, outcome.action.selector().unwrap_or_default())
}

/// A value as JSON.
pub(crate) fn as_json(value: &Value) -> String {
    json(value).pretty().trim_end().to_owned()
}

/// For a terminal.
pub fn render(outcomes: &[Outcome], container: &Container, lang: Lang, color: bool) -> String {
    let teller = Teller::new(container, lang);
    let styled = |style: &str, text: &str| {
        if color {
            format!("\u{1b}[{style}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let mut out = String::new();
    for outcome in outcomes {
        out.push_str(if out.is_empty() { "" } else { "\n" });
        out.push_str(&styled("1", &outcome.action.to_string()));
        out.push('\n');
        if outcome.fired.is_empty() {
            let nothing = teller.pick("nothing fires".into(), "ничего не сработало".into());
            out.push_str(&format!("  {}\n", styled("33", &nothing)));
        }
        for fired in &outcome.fired {
            let fires = styled("32", &teller.pick("fires".into(), "сработал".into()));
            let tag = match fired.tag.as_str() {
                "" => teller.pick("without any rule".into(), "без правил".into()),
                tag => code(tag),
            };
            out.push_str(&format!(
                "  {fires} {tag}: {}\n",
                fired_line(&teller, fired)
            ));
            for (name, value) in &fired.with {
                out.push_str(&format!(
                    "      {name}: {}\n",
                    json(value).pretty().trim_end()
                ));
            }
        }
        for still in &outcome.still {
            let silent = styled(
                "2",
                &teller.pick("does not fire".into(), "не сработал".into()),
            );
            let reasons: Vec<String> = still
                .reasons
                .iter()
                .map(|reason| teller.reason(reason, outcome.action.selector().unwrap_or_default()))
                .collect();
            match reasons.as_slice() {
                [one] => out.push_str(&format!("  {silent} {}: {one}\n", code(&still.tag))),
                several => {
                    out.push_str(&format!("  {silent} {}\n", code(&still.tag)));
                    several
                        .iter()
                        .for_each(|reason| out.push_str(&format!("      {reason}\n")));
                }
            }
        }
    }
    out
}

fn fired_line(teller: &Teller<'_>, fired: &Fired) -> String {
    let event = code(&fired.event);
    let mut text = match fired.kind {
        TagKind::Event => teller.pick(format!("sends {event}"), format!("отправляет {event}")),
        TagKind::Pixel => teller.pick("loads an image".into(), "загружает картинку".into()),
        TagKind::Script => teller.pick("runs a script".into(), "выполняет скрипт".into()),
        TagKind::Push => teller.pick("adds to the data layer".into(), "кладёт в dataLayer".into()),
    };
    if !fired.trigger.is_empty() {
        let trigger = code(&fired.trigger);
        text.push_str(&teller.pick(
            format!(", because of {trigger}"),
            format!(", из-за {trigger}"),
        ));
    }
    if !fired.element.is_empty() {
        let element = code(&fired.element);
        text.push_str(&teller.pick(format!(" on {element}"), format!(" на {element}")));
    }
    if fired.waits {
        text.push_str(&teller.pick(
            "; waits until the visitor has decided on consent".into(),
            "; ждёт, пока посетитель решит о согласии".into(),
        ));
    }
    text
}

/// For programs: one thing that happened on a previewed page, with what fires, each with a line about it, and what does not.
pub(crate) fn observed_to_json(
    fired: &[Fired],
    still: &[Still],
    container: &Container,
    lang: Lang,
) -> String {
    let teller = Teller::new(container, lang);
    let fires = fired.iter().map(|fired| {
        let mut json = fired_json(fired);
        if let Json::Object(entries) = &mut json {
            let line = Json::text(fired_line(&teller, fired));
            entries.push(("message".to_owned(), line));
        }
        json
    });
    let still = still.iter().map(|still| still_json(&teller, still, ""));
    Json::object([
        ("fires", Some(Json::List(fires.collect()))),
        ("does_not_fire", Some(Json::List(still.collect()))),
    ])
    .pretty()
}

/// For programs: a list of what happened, each with what fires and what does not.
pub fn to_json(outcomes: &[Outcome], container: &Container, lang: Lang) -> String {
    let teller = Teller::new(container, lang);
    let one = |outcome: &Outcome| {
        let selector = outcome.action.selector().unwrap_or_default();
        let still = outcome
            .still
            .iter()
            .map(|still| still_json(&teller, still, selector));
        Json::object([
            ("action", Some(Json::text(outcome.action.to_string()))),
            ("element_found", Some(Json::Boolean(outcome.found))),
            (
                "fires",
                Some(Json::List(outcome.fired.iter().map(fired_json).collect())),
            ),
            ("does_not_fire", Some(Json::List(still.collect()))),
        ])
    };
    Json::List(outcomes.iter().map(one).collect()).pretty()
}

fn fired_json(fired: &Fired) -> Json {
    let kind = match fired.kind {
        TagKind::Event => "event",
        TagKind::Pixel => "pixel",
        TagKind::Script => "script",
        TagKind::Push => "push",
    };
    let with = fired
        .with
        .iter()
        .map(|(name, value)| (name.clone(), json(value)));
    Json::object([
        ("tag", Some(Json::text(&*fired.tag))),
        ("kind", Some(Json::text(kind))),
        ("trigger", Some(Json::text(&*fired.trigger))),
        ("event", Some(Json::text(&*fired.event))),
        ("element", Some(Json::text(&*fired.element))),
        ("with", Some(Json::Object(with.collect()))),
        (
            "waits_for_consent",
            fired.waits.then_some(Json::Boolean(true)),
        ),
    ])
}

fn still_json(teller: &Teller<'_>, still: &Still, selector: &str) -> Json {
    let reason = |reason: &Reason| {
        let trigger = reason
            .trigger()
            .and_then(|at| teller.container.triggers.get(at));
        let conditions = match reason {
            Reason::Condition { failed, .. } => Some(Json::List(
                failed
                    .iter()
                    .map(|comparison| comparison_json(teller, comparison))
                    .collect(),
            )),
            _ => None,
        };
        Json::object([
            ("code", Some(Json::text(reason.code()))),
            ("trigger", trigger.map(|trigger| Json::text(&*trigger.name))),
            ("conditions", conditions),
            ("message", Some(Json::text(teller.reason(reason, selector)))),
        ])
    };
    Json::object([
        ("tag", Some(Json::text(&*still.tag))),
        (
            "reasons",
            Some(Json::List(still.reasons.iter().map(reason).collect())),
        ),
    ])
}

fn comparison_json(teller: &Teller<'_>, comparison: &Comparison) -> Json {
    let leaf = &comparison.wanted;
    let (operator, wanted) = operator(leaf);
    Json::object([
        (
            "variable",
            Some(Json::text(teller.voice.name(&leaf.variable))),
        ),
        ("operator", Some(Json::text(operator))),
        ("wanted", Some(wanted)),
        (
            "opposite",
            comparison.opposite.then_some(Json::Boolean(true)),
        ),
        (
            "seen",
            Some(comparison.seen.as_ref().map_or(Json::Null, json)),
        ),
        ("message", Some(Json::text(teller.comparison(comparison)))),
    ])
}

/// The operator and its value as they are written in a container.
fn operator(leaf: &Leaf) -> (String, Json) {
    let (name, wanted) = match &leaf.test {
        Test::Equals(value) => ("equals", json(&value.value())),
        Test::Contains(text) => ("contains", Json::text(&**text)),
        Test::StartsWith(text) => ("starts_with", Json::text(&**text)),
        Test::EndsWith(text) => ("ends_with", Json::text(&**text)),
        Test::Matches(pattern) => ("matches", Json::text(pattern.source())),
        Test::In(values) => (
            "in",
            Json::List(values.iter().map(|value| json(&value.value())).collect()),
        ),
        Test::Exists => ("exists", Json::Boolean(true)),
        // Its opposite has a name of its own.
        Test::Filled => ("empty", Json::Boolean(true)),
        Test::Order(order, value) => {
            let name = match order {
                Order::LessThan => "less_than",
                Order::AtMost => "at_most",
                Order::GreaterThan => "greater_than",
                Order::AtLeast => "at_least",
                Order::Same => "equals",
            };
            (name, json(&value.value()))
        }
        Test::MatchesSelector(_, selector) => ("matches_selector", Json::text(selector.as_str())),
    };
    let negated = leaf.negated != matches!(leaf.test, Test::Filled);
    let not = if negated { NOT } else { "" };
    (format!("{not}{name}"), wanted)
}

fn json(value: &Value) -> Json {
    let text = value.as_str();
    match value.kind() {
        Kind::Text => Json::text(text),
        Kind::Number => Json::Number(text.to_owned()),
        Kind::Boolean => Json::Boolean(text == "true"),
        Kind::List => Json::texts(value.entries()),
    }
}

impl Reason {
    /// What programs call it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::NoTrigger => "no_trigger",
            Self::NoElement => "no_element",
            Self::WaitsForOther { .. } => "waits_for_other",
            Self::WaitsElsewhere { .. } => "waits_elsewhere",
            Self::Condition { .. } => "condition",
            Self::TriggerOnce { .. } => "trigger_once",
            Self::Except { .. } => "except",
            Self::Date => "date",
            Self::Sample => "sample",
            Self::Consent => "consent",
            Self::Once => "once",
        }
    }

    /// The position in the container of the trigger it is about.
    pub fn trigger(&self) -> Option<usize> {
        match self {
            Self::Paused
            | Self::NoTrigger
            | Self::NoElement
            | Self::Date
            | Self::Sample
            | Self::Consent
            | Self::Once => None,
            Self::WaitsForOther { trigger }
            | Self::WaitsElsewhere { trigger }
            | Self::Condition { trigger, .. }
            | Self::TriggerOnce { trigger }
            | Self::Except { trigger } => Some(*trigger),
        }
    }
}
