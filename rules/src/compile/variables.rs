//! Compiles variables. Whatever one reads stands before it; equal ones share a place.

use std::collections::HashSet;

use crate::container::{
    BuiltIn, Container, ElementOf, Expression, Literal, Part, Place, Source, Step, UrlPart,
    VariableRef,
};
use crate::decimal::Decimal;
use crate::host::{Lent, Transform};
use crate::id::VariableId;
use crate::pattern::Pattern;
use crate::release::{EventKind, size};
use crate::selector::Selector;
use crate::types;
use crate::variable::{AROUND, AS_TEXT, FORM, MATCHED, op};

use super::{Compiler, optional, push_list, word};

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

/// A variable on its way into a release: see `variable.rs`.
pub(super) struct Reading {
    op: u32,
    operands: Vec<u32>,
    steps: Vec<[u32; 3]>,
    default: Option<Literal>,
}

impl Compiler<'_> {
    pub(super) fn variable(&mut self, variable: &VariableRef) -> VariableId {
        if let Some(id) = self.known.get(variable) {
            return *id;
        }
        let reading = match variable {
            VariableRef::BuiltIn(built_in) => self.built_in(built_in),
            VariableRef::Named(at) => self.named_variable(*at),
        };
        let id = self.add(reading);
        self.known.insert(variable.clone(), id);
        id
    }

    /// Gives a variable a place behind those it reads; equal ones share it.
    fn add(&mut self, reading: Reading) -> VariableId {
        let [kind, text] = reading.default.map_or([0, 0], |it| self.value(&it));
        let needs_element = self.needs_element(reading.op, &reading.operands);
        let mut words = vec![reading.op, u32::from(needs_element), kind, text];
        push_list(&mut words, reading.operands.into_iter());
        words.extend(reading.steps.into_iter().flatten());
        VariableId::from_index(self.variables.position(words))
    }

    /// Whether the value depends on the element that a trigger matched, directly or through what it reads.
    fn needs_element(&self, op: u32, operands: &[u32]) -> bool {
        let reads = |id: &u32| {
            let words = self.variables.entries.get(size(*id));
            words.and_then(|words| words.get(1)) == Some(&1)
        };
        match op {
            op::ELEMENT | op::COUNT | op::EXISTS | op::DESCRIPTION => {
                !matches!(operands, [MATCHED, within, ..] if *within > 0)
            }
            op::VARIABLE | op::LOOKUP | op::PATTERNS => operands.iter().take(1).any(reads),
            op::FIRST => operands.iter().any(reads),
            op::JOIN => operands.iter().skip(1).any(reads),
            op::TEMPLATE | op::ADDRESS => {
                let mut parts = operands.chunks_exact(2);
                parts.any(|part| matches!(part, [1, id] if reads(id)))
            }
            _ => false,
        }
    }

    /// What becomes of another variable by one step.
    pub(super) fn changed(&mut self, id: VariableId, how: Transform, argument: &str) -> VariableId {
        let step = self.step(how, None, argument);
        self.add(Reading {
            steps: vec![step],
            ..of_variable(id)
        })
    }

    fn step(&mut self, how: Transform, pattern: Option<&Pattern>, argument: &str) -> [u32; 3] {
        let pattern = pattern.map(|pattern| self.pattern(pattern).index());
        [how as u32, optional(pattern), self.text(argument)]
    }

    /// A value: its type and its text.
    pub(super) fn value(&mut self, literal: &Literal) -> [u32; 2] {
        let value = literal.value();
        [value.kind() as u32, self.text(value.as_str())]
    }

    fn page(&mut self, what: Lent, key: &str) -> Reading {
        plain(op::PAGE, vec![what as u32, self.text(key)])
    }

    fn element(&mut self, place: [u32; 2], what: Lent, key: &str) -> Reading {
        let [around, within] = place;
        let key = self.text(key);
        plain(op::ELEMENT, vec![around, within, what as u32, key])
    }

    /// What a host says of a link, given the hosts of the site.
    fn of_link(&mut self, what: Lent) -> Reading {
        let domains = self.container.site.domains.join(" ");
        let place = self.place_of(ElementOf::Link);
        self.element(place, what, &domains)
    }

    fn built_in(&mut self, built_in: &BuiltIn) -> Reading {
        match built_in {
            BuiltIn::Page(what, key) => self.page(*what, key),
            BuiltIn::Element(of, what, key) => {
                let place = self.place_of(*of);
                self.element(place, *what, key)
            }
            BuiltIn::Description(of) => plain(op::DESCRIPTION, self.place_of(*of).to_vec()),
            BuiltIn::EventName => {
                let names = EventKind::ALL.iter().map(|kind| self.text(kind.name()));
                plain(op::EVENT_NAME, names.collect())
            }
            BuiltIn::LinkKind => self.of_link(Lent::LinkKind),
            BuiltIn::LeadsOut => self.of_link(Lent::LeadsOut),
            BuiltIn::Version => self.constant(&Literal::Number(Decimal::from(self.number))),
            BuiltIn::Time(part) => {
                let key = format!("{part} {}", zone(self.container));
                self.page(Lent::Time, &key)
            }
            BuiltIn::IsNewVisitor => {
                let number = self.page(Lent::Session, "number");
                let number = self.add(number);
                let rows = vec![("1".to_owned(), Literal::Boolean(true))];
                Reading {
                    default: Some(Literal::Boolean(false)),
                    ..self.lookup(number, &rows)
                }
            }
            BuiltIn::SessionCampaign => of_variable(self.landed_with("utm_campaign")),
            BuiltIn::SessionSource => {
                let clicks = CLICK_IDS.map(|(names, from)| (click_id(names), from));
                let ways = [
                    self.landed_with("utm_source"),
                    self.landed_by_click(&clicks),
                    self.referring_host(),
                ];
                Reading {
                    default: Some(Literal::Text("direct".to_owned())),
                    ..first(&ways)
                }
            }
            BuiltIn::SessionMedium => {
                let names = CLICK_IDS.map(|(names, _)| names).join("|");
                let host = self.referring_host();
                let by_host = [(SEARCH_ENGINES, "organic"), (".", "referral")];
                let by_host = known_rows(by_host.map(|(source, way)| (source.to_owned(), way)));
                let by_host = self.pattern_table(host, &by_host);
                let ways = [
                    self.landed_with("utm_medium"),
                    self.landed_by_click(&[(click_id(&names), "cpc")]),
                    self.add(by_host),
                ];
                Reading {
                    default: Some(Literal::Text("none".to_owned())),
                    ..first(&ways)
                }
            }
        }
    }

    /// A parameter of the address that the session began at.
    fn landed_with(&mut self, parameter: &str) -> VariableId {
        let landing = self.page(Lent::Session, "landing_page");
        let landing = self.add(landing);
        self.changed(landing, Transform::Url, &format!("query {parameter}"))
    }

    /// What stands beside the click id in the address that the session began at.
    fn landed_by_click(&mut self, clicks: &[(String, &str)]) -> VariableId {
        let landing = self.page(Lent::Session, "landing_page");
        let landing = self.add(landing);
        let rows = known_rows(clicks.iter().cloned());
        let table = self.pattern_table(landing, &rows);
        self.add(table)
    }

    /// The host the session came from, without `www.`; nothing if it is one of the site's own.
    fn referring_host(&mut self) -> VariableId {
        let referrer = self.page(Lent::Session, "referrer");
        let referrer = self.add(referrer);
        // An empty text would be the page itself.
        let pattern = Pattern::known("^[a-z]+://.+", true);
        let absolute = self.step(Transform::Expand, Some(&pattern), "$0");
        let host = self.step(Transform::Url, None, "host");
        let host = self.add(Reading {
            steps: vec![absolute, host],
            ..of_variable(referrer)
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
        let table = self.pattern_table(host, &known_rows(rows));
        self.add(table)
    }

    fn constant(&mut self, value: &Literal) -> Reading {
        plain(op::CONSTANT, self.value(value).to_vec())
    }

    fn lookup(&mut self, input: VariableId, table: &[(String, Literal)]) -> Reading {
        let mut operands = vec![word(input.index())];
        for (key, value) in table {
            operands.push(self.text(key));
            operands.extend(self.value(value));
        }
        plain(op::LOOKUP, operands)
    }

    fn pattern_table(&mut self, input: VariableId, table: &[(Pattern, Literal)]) -> Reading {
        let mut operands = vec![word(input.index())];
        for (pattern, value) in table {
            operands.push(word(self.pattern(pattern).index()));
            operands.extend(self.value(value));
        }
        plain(op::PATTERNS, operands)
    }

    pub(super) fn place_of(&mut self, of: ElementOf) -> [u32; 2] {
        match of {
            ElementOf::Trigger => [MATCHED, 0],
            ElementOf::Form => [FORM, 0],
            ElementOf::Link => [self.around(&Selector::of_links()), 0],
        }
    }

    fn place(&mut self, place: &Place) -> [u32; 2] {
        let around = match &place.closest {
            None => MATCHED,
            Some(closest) => self.around(closest),
        };
        let within = place.selector.as_ref();
        let within = within.map(|selector| self.selector(selector).index());
        [around, optional(within)]
    }

    fn around(&mut self, selector: &Selector) -> u32 {
        word(self.selector(selector).index()) + AROUND
    }

    fn named_variable(&mut self, at: usize) -> Reading {
        // INVARIANT: the check gave the position.
        let Some(variable) = self.container.variables.get(at) else {
            return plain(op::EVENT_NAME, Vec::new());
        };
        let mut reading = self.source(&variable.source);
        for step in &variable.steps {
            let step = match step {
                Step::Text(how, argument) => self.step(*how, None, argument),
                Step::Pattern(how, pattern, argument) => self.step(*how, Some(pattern), argument),
                Step::Round(decimals) => self.step(Transform::Round, None, &decimals.to_string()),
                Step::Bucket(bounds) => {
                    let bounds: Vec<String> = bounds.iter().copied().map(types::written).collect();
                    self.step(Transform::Bucket, None, &bounds.join(" "))
                }
            };
            reading.steps.push(step);
        }
        if variable.as_date {
            let zone = zone(self.container);
            let step = self.step(Transform::Date, None, &zone);
            reading.steps.push(step);
        }
        if let Some(cast) = variable.cast {
            let step = match cast.how() {
                Some(how) => self.step(how, None, ""),
                None => [AS_TEXT, 0, 0],
            };
            reading.steps.push(step);
        }
        reading.default.clone_from(&variable.default);
        reading
    }

    /// Where a variable reads, and what has to be done first to what is read.
    fn source(&mut self, source: &Source) -> Reading {
        match source {
            Source::Constant(value) => self.constant(value),
            Source::Page(what, key) => self.page(*what, key),
            Source::Meta(name) => {
                let selector = self.selector(&Selector::of_meta(name)).index();
                self.element([MATCHED, word(selector) + 1], Lent::Attribute, "content")
            }
            Source::Text(place) => {
                let place = self.place(place);
                self.element(place, Lent::Text, "")
            }
            Source::Field(place) => {
                let place = self.place(place);
                self.element(place, Lent::Field, "")
            }
            Source::FormField(name) => self.element([FORM, 0], Lent::FormField, name),
            Source::Attribute(place, name) => {
                let place = self.place(place);
                self.element(place, Lent::Attribute, name)
            }
            Source::Count(place) => plain(op::COUNT, self.place(place).to_vec()),
            Source::Exists(place) => plain(op::EXISTS, self.place(place).to_vec()),
            Source::Url(of, part) => {
                let step = match part {
                    UrlPart::Named(part) => self.step(Transform::Url, None, part),
                    UrlPart::Keep(names) => self.step(Transform::KeepQuery, None, &names.join(" ")),
                };
                Reading {
                    steps: vec![step],
                    ..of_variable(self.expression(of, false))
                }
            }
            Source::Lookup {
                input,
                table,
                ignore_case,
            } => {
                let mut input = self.expression(input, false);
                if *ignore_case {
                    input = self.changed(input, Transform::Lower, "");
                }
                self.lookup(input, &first_of_each(table, *ignore_case))
            }
            Source::PatternTable { input, table } => {
                let input = self.expression(input, false);
                self.pattern_table(input, table)
            }
            Source::First(values) => {
                let ids: Vec<VariableId> =
                    values.iter().map(|it| self.expression(it, false)).collect();
                first(&ids)
            }
            Source::Template(text) => of_variable(self.expression(text, false)),
            Source::Join(values, between) => {
                let mut operands = vec![self.text(between)];
                for value in values {
                    operands.push(word(self.expression(value, false).index()));
                }
                plain(op::JOIN, operands)
            }
        }
    }

    /// An expression as a variable of the release; `is_address`: what variables put into a text is encoded.
    pub(super) fn expression(&mut self, expression: &Expression, is_address: bool) -> VariableId {
        match expression {
            Expression::Constant(value) => {
                let constant = self.constant(value);
                self.add(constant)
            }
            Expression::Variable(variable) => self.variable(variable),
            Expression::Template(parts) => {
                let mut operands = Vec::new();
                for part in parts {
                    operands.extend(match part {
                        Part::Text(text) => [0, self.text(text)],
                        Part::Variable(variable) => [1, word(self.variable(variable).index())],
                    });
                }
                let op = if is_address {
                    op::ADDRESS
                } else {
                    op::TEMPLATE
                };
                self.add(plain(op, operands))
            }
        }
    }
}

/// The time zone of the site.
pub(super) fn zone(container: &Container) -> String {
    container.site.timezone.clone()
}

/// A variable as it is read.
fn plain(op: u32, operands: Vec<u32>) -> Reading {
    Reading {
        op,
        operands,
        steps: Vec::new(),
        default: None,
    }
}

fn of_variable(id: VariableId) -> Reading {
    plain(op::VARIABLE, vec![word(id.index())])
}

fn first(ids: &[VariableId]) -> Reading {
    let ids = ids.iter().map(|id| word(id.index()));
    plain(op::FIRST, ids.collect())
}

/// Rows of a table whose patterns this program wrote itself.
fn known_rows<'t>(rows: impl IntoIterator<Item = (String, &'t str)>) -> Vec<(Pattern, Literal)> {
    let row = |(source, value): (String, &str)| {
        (
            Pattern::known(&source, true),
            Literal::Text(value.to_owned()),
        )
    };
    rows.into_iter().map(row).collect()
}

/// The rows of a table; of keys that are the same, without regard to case if that is how it is looked for, the first.
fn first_of_each(table: &[(String, Literal)], ignore_case: bool) -> Vec<(String, Literal)> {
    let mut known = HashSet::new();
    let rows = table.iter().filter_map(|(key, value)| {
        let key = if ignore_case {
            key.to_lowercase()
        } else {
            key.clone()
        };
        known.insert(key.clone()).then(|| (key, value.clone()))
    });
    rows.collect()
}

/// An address with one of these parameters, and something in it.
fn click_id(names: &str) -> String {
    format!("[?&](?:{names})=[^&#]")
}
