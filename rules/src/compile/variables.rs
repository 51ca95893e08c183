//! Compiles variables. Whatever one reads stands before it; equal ones share a place.

use crate::container::{
    BuiltIn, Container, ElementOf, Expression, Part, Place, Source, Step, UrlPart, VariableRef,
};
use crate::decimal::Decimal;
use crate::host::{Lent, Transform};
use crate::id::{PatternId, VariableId};
use crate::pattern::Pattern;
use crate::release;
use crate::selector::Selector;
use crate::value::Value;
use crate::variable as compiled;
use crate::wire::Wire;

use super::Compiler;

/// Parameters that advertising systems add to each paid click, and whose they are.
const CLICK_IDS: [(&str, &str); 9] = [
    ("gclid|gbraid|wbraid|dclid", "google"),
    ("yclid|ymclid", "yandex"),
    ("msclkid", "bing"),
    ("fbclid", "facebook"),
    ("ttclid", "tiktok"),
    ("twclid", "twitter"),
    ("li_fat_id", "linkedin"),
    ("rb_clickid", "vk"),
    ("roistat", "roistat"),
];
/// Hosts of search engines.
const SEARCH_ENGINES: &str = r"(?:^|\.)(?:google\.[a-z.]+|yandex\.[a-z.]+|ya\.ru|bing\.com|duckduckgo\.com|go\.mail\.ru|search\.yahoo\.com|baidu\.com|ecosia\.org|rambler\.ru|search\.brave\.com|qwant\.com|startpage\.com)$";

impl Compiler<'_> {
    pub(super) fn variable(&mut self, variable: &VariableRef) -> VariableId {
        if let Some(id) = self.known.get(variable) {
            return *id;
        }
        let compiled = match variable {
            VariableRef::BuiltIn(built_in) => self.built_in(built_in),
            VariableRef::Named(at) => self.named_variable(*at),
        };
        let id = self.add(compiled);
        self.known.insert(variable.clone(), id);
        id
    }

    /// Gives a variable a place behind those it reads; equal ones share it.
    pub(super) fn add(&mut self, variable: compiled::Variable) -> VariableId {
        let mut bytes = Vec::new();
        variable.write(&mut bytes);
        let position = self.variables.position(bytes);
        if position == self.compiled_variables.len() {
            self.compiled_variables.push(variable);
        }
        VariableId::from_index(position)
    }

    fn read(&mut self, source: compiled::Source) -> VariableId {
        self.add(plain(source))
    }

    /// What becomes of another variable by one step.
    pub(super) fn changed(&mut self, id: VariableId, how: Transform, argument: &str) -> VariableId {
        self.add(compiled::Variable {
            steps: vec![compiled::Step::Text(how, None, argument.to_owned())],
            ..plain(compiled::Source::Variable(id))
        })
    }

    /// What a host says of a link, given the hosts of the site.
    fn of_link(&mut self, what: Lent) -> compiled::Source {
        let domains = self.container.site.domains.join(" ");
        compiled::Source::Element(self.place_of(ElementOf::Link), what, domains)
    }

    fn built_in(&mut self, built_in: &BuiltIn) -> compiled::Variable {
        use compiled::Source;
        plain(match built_in {
            BuiltIn::Page(what, key) => Source::Page(*what, key.clone()),
            BuiltIn::Element(of, what, key) => {
                Source::Element(self.place_of(*of), *what, key.clone())
            }
            BuiltIn::Description(of) => Source::Description(self.place_of(*of)),
            BuiltIn::EventName => Source::EventName,
            BuiltIn::LinkKind => self.of_link(Lent::LinkKind),
            BuiltIn::LeadsOut => self.of_link(Lent::LeadsOut),
            BuiltIn::Version => Source::Constant(Value::Number(Decimal::from(self.number))),
            BuiltIn::Time(part) => {
                let key = format!("{part} {}", zone(self.container));
                Source::Page(Lent::Time, key)
            }
            BuiltIn::IsNewVisitor => {
                let number = self.read(Source::Page(Lent::Session, "number".to_owned()));
                let rows = vec![("1".to_owned(), Value::Boolean(true))];
                return compiled::Variable {
                    default: Some(Value::Boolean(false)),
                    ..plain(Source::Lookup(number, rows))
                };
            }
            BuiltIn::SessionCampaign => Source::Variable(self.landed_with("utm_campaign")),
            BuiltIn::SessionSource => {
                let clicks = CLICK_IDS.map(|(names, from)| (click_id(names), from));
                let ways = [
                    self.landed_with("utm_source"),
                    self.landed_by_click(&clicks),
                    self.referring_host(),
                ];
                return compiled::Variable {
                    default: Some(Value::Text("direct".to_owned())),
                    ..plain(Source::First(ways.to_vec()))
                };
            }
            BuiltIn::SessionMedium => {
                let names = CLICK_IDS.map(|(names, _)| names).join("|");
                let host = self.referring_host();
                let by_host = [(SEARCH_ENGINES, "organic"), (".", "referral")];
                let by_host = self.rows(by_host.map(|(source, way)| (source.to_owned(), way)));
                let ways = [
                    self.landed_with("utm_medium"),
                    self.landed_by_click(&[(click_id(&names), "cpc")]),
                    self.read(Source::PatternTable(host, by_host)),
                ];
                return compiled::Variable {
                    default: Some(Value::Text("none".to_owned())),
                    ..plain(Source::First(ways.to_vec()))
                };
            }
        })
    }

    /// A parameter of the address that the session began at.
    fn landed_with(&mut self, parameter: &str) -> VariableId {
        let landing = compiled::Source::Page(Lent::Session, "landing_page".to_owned());
        let landing = self.read(landing);
        self.changed(landing, Transform::Url, &format!("query {parameter}"))
    }

    /// What stands beside the click id in the address that the session began at.
    fn landed_by_click(&mut self, clicks: &[(String, &str)]) -> VariableId {
        let landing = compiled::Source::Page(Lent::Session, "landing_page".to_owned());
        let landing = self.read(landing);
        let rows = self.rows(clicks.iter().cloned());
        self.read(compiled::Source::PatternTable(landing, rows))
    }

    /// The host the session came from, without `www.`; nothing if it is one of the site's own.
    fn referring_host(&mut self) -> VariableId {
        let referrer = compiled::Source::Page(Lent::Session, "referrer".to_owned());
        let referrer = self.read(referrer);
        // An empty text would be the page itself.
        let pattern = self.pattern(&Pattern::known("^[a-z]+://.+", true));
        let absolute = compiled::Step::Text(Transform::Expand, Some(pattern), "$0".to_owned());
        let host = compiled::Step::Text(Transform::Url, None, "host".to_owned());
        let host = self.add(compiled::Variable {
            steps: vec![absolute, host],
            ..plain(compiled::Source::Variable(referrer))
        });
        let mut rows = Vec::new();
        for domain in &self.container.site.domains {
            let escaped = |text: &str| text.replace('.', r"\.");
            let source = match domain.strip_prefix("*.") {
                Some(below) => format!(r"\.{}$", escaped(below)),
                None => format!("^{}$", escaped(domain)),
            };
            rows.push((source, ""));
        }
        rows.push((r"^(?:www\.)?(.+)$".to_owned(), "$1"));
        let rows = self.rows(rows);
        self.read(compiled::Source::PatternTable(host, rows))
    }

    /// Rows of a table whose patterns this program wrote itself.
    fn rows<'t>(
        &mut self,
        rows: impl IntoIterator<Item = (String, &'t str)>,
    ) -> Vec<(PatternId, Value)> {
        let row = |(source, value): (String, &str)| {
            let pattern = self.pattern(&Pattern::known(&source, true));
            (pattern, Value::Text(value.to_owned()))
        };
        rows.into_iter().map(row).collect()
    }

    pub(super) fn place_of(&mut self, of: ElementOf) -> compiled::Place {
        match of {
            ElementOf::Trigger => compiled::Place::Matched,
            ElementOf::Form => compiled::Place::Form,
            ElementOf::Link => compiled::Place::Around(self.selector(&Selector::of_links())),
        }
    }

    fn named_variable(&mut self, at: usize) -> compiled::Variable {
        // INVARIANT: the check gave the position.
        let Some(variable) = self.container.variables.get(at) else {
            return plain(compiled::Source::EventName);
        };
        let mut steps = Vec::new();
        let source = self.source(&variable.source, &mut steps);
        for step in &variable.steps {
            steps.push(match step {
                Step::Text(how, argument) => compiled::Step::Text(*how, None, argument.clone()),
                Step::Pattern(how, pattern, argument) => {
                    compiled::Step::Text(*how, Some(self.pattern(pattern)), argument.clone())
                }
                Step::Round(decimals) => compiled::Step::Round(*decimals),
                Step::Bucket(bounds) => compiled::Step::Bucket(ranges(bounds)),
            });
        }
        if variable.as_date {
            let zone = zone(self.container);
            steps.push(compiled::Step::Text(Transform::Date, None, zone));
        }
        compiled::Variable {
            steps,
            cast: variable.cast,
            default: variable.default.clone(),
            ..plain(source)
        }
    }

    /// Where a variable reads. What has to be done to what is read comes first in `steps`.
    fn source(&mut self, source: &Source, steps: &mut Vec<compiled::Step>) -> compiled::Source {
        use compiled::Source as Compiled;
        let element = |place, what| Compiled::Element(place, what, String::new());
        match source {
            Source::Constant(value) => Compiled::Constant(value.clone()),
            Source::Page(what, key) => Compiled::Page(*what, key.clone()),
            Source::Meta(name) => {
                let place = compiled::Place::Anywhere(self.selector(&Selector::of_meta(name)));
                Compiled::Element(place, Lent::Attribute, "content".to_owned())
            }
            Source::Text(place) => element(self.place(place), Lent::Text),
            Source::Field(place) => element(self.place(place), Lent::Field),
            Source::FormField(name) => {
                Compiled::Element(compiled::Place::Form, Lent::FormField, name.clone())
            }
            Source::Attribute(place, name) => {
                Compiled::Element(self.place(place), Lent::Attribute, name.clone())
            }
            Source::Count(place) => Compiled::Count(self.place(place)),
            Source::Exists(place) => Compiled::Exists(self.place(place)),
            Source::Url(of, part) => {
                let (how, argument) = match part {
                    UrlPart::Named(part) => (Transform::Url, part.clone()),
                    UrlPart::Keep(names) => (Transform::KeepQuery, names.join(" ")),
                };
                steps.push(compiled::Step::Text(how, None, argument));
                Compiled::Variable(self.expression_id(of))
            }
            Source::Lookup {
                input,
                table,
                ignore_case,
            } => {
                let mut input = self.expression_id(input);
                if *ignore_case {
                    input = self.changed(input, Transform::Lower, "");
                }
                Compiled::Lookup(input, sorted(table, *ignore_case))
            }
            Source::PatternTable { input, table } => {
                let input = self.expression_id(input);
                let rows = table.iter();
                let rows = rows.map(|(pattern, value)| (self.pattern(pattern), value.clone()));
                Compiled::PatternTable(input, rows.collect())
            }
            Source::First(values) => {
                Compiled::First(values.iter().map(|it| self.expression_id(it)).collect())
            }
            Source::Template(text) => Compiled::Variable(self.expression_id(text)),
            Source::Join(values, between) => {
                let ids = values.iter().map(|it| self.expression_id(it)).collect();
                Compiled::Join(between.clone(), ids)
            }
        }
    }

    /// An expression as a variable of the release.
    fn expression_id(&mut self, expression: &Expression) -> VariableId {
        match expression {
            Expression::Constant(value) => self.read(compiled::Source::Constant(value.clone())),
            Expression::Variable(variable) => self.variable(variable),
            Expression::Template(parts) => {
                let part = |part: &Part| match part {
                    Part::Text(text) => release::Part::Text(text.clone()),
                    Part::Variable(variable) => release::Part::Variable(self.variable(variable)),
                };
                let parts = parts.iter().map(part).collect();
                self.read(compiled::Source::Template(parts))
            }
        }
    }

    fn place(&mut self, place: &Place) -> compiled::Place {
        match (&place.closest, &place.selector) {
            (None, None) => compiled::Place::Matched,
            (Some(closest), None) => compiled::Place::Around(self.selector(closest)),
            (None, Some(selector)) => compiled::Place::Anywhere(self.selector(selector)),
            (Some(closest), Some(selector)) => {
                let closest = self.selector(closest);
                compiled::Place::Within(closest, self.selector(selector))
            }
        }
    }
}

/// The time zone of the site.
pub(super) fn zone(container: &Container) -> String {
    container.site.timezone.clone()
}

/// A variable as it is read.
pub(super) fn plain(source: compiled::Source) -> compiled::Variable {
    compiled::Variable {
        source,
        steps: Vec::new(),
        cast: None,
        default: None,
        needs_element: false,
    }
}

/// The rows of a table in the order of their keys: the page looks for one by halves. Of keys that are the same without
/// regard to case, the first counts.
fn sorted(table: &[(String, Value)], ignore_case: bool) -> Vec<(String, Value)> {
    let mut rows = table.to_vec();
    if ignore_case {
        for (key, _) in &mut rows {
            *key = key.to_lowercase();
        }
    }
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    rows.dedup_by(|(one, _), (before, _)| one == before);
    rows
}

/// An address with one of these parameters, and something in it.
fn click_id(names: &str) -> String {
    format!("[?&](?:{names})=[^&#]")
}

/// `<100`, `100-500`, `>=500`: each range with where it begins.
fn ranges(bounds: &[Decimal]) -> Vec<(Option<Decimal>, String)> {
    let written = |number: &Decimal| {
        let mut text = String::new();
        Value::Number(*number).write_text(&mut text);
        text
    };
    let mut ranges = Vec::new();
    if let Some(first) = bounds.first() {
        ranges.push((None, format!("<{}", written(first))));
    }
    for (at, from) in bounds.iter().enumerate() {
        let name = match bounds.get(at + 1) {
            Some(to) => format!("{}-{}", written(from), written(to)),
            None => format!(">={}", written(from)),
        };
        ranges.push((Some(*from), name));
    }
    ranges
}
