//! Checks named variables: sources, types, defaults.

use crate::bounds::{MAX_NAME_CHARS, MAX_TEXT_CHARS};
use crate::container::{BuiltIn, Expression, Place, Source, Step, UrlPart, Variable, VariableRef};
use crate::container::{Cast, Literal};
use crate::date;
use crate::decimal::Decimal;
use crate::diagnostic::{Detail, Found, RuleFault, ValueFault, Wanted};
use crate::draft::{At, DraftPlace, DraftSource, DraftTransform, DraftVariable};
use crate::host::{Lent, Transform};
use crate::pattern::{self, Pattern};
use crate::vocabulary::{CASTS, REDACTED, STORAGE_AREAS, URL_PARTS};

use super::Checker;

/// Decimals to round to, at most.
const MAX_DECIMALS: u8 = 10;
/// Global variables that lead to everything on the page, or to what has kinds of variables of its own.
const CLOSED_GLOBALS: [&str; 8] = [
    "document",
    "ownerDocument",
    "localStorage",
    "sessionStorage",
    "cookie",
    "cookieStore",
    "indexedDB",
    "caches",
];

/// What a variable is read as. A day is read by the host, everything else by [`Literal::cast`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WrittenCast {
    Plain(Cast),
    Date,
}

impl WrittenCast {
    pub(super) fn parse(word: &str) -> Option<Self> {
        Some(Self::Plain(match word {
            "text" => Cast::Text,
            "number" => Cast::Number,
            "integer" => Cast::Integer,
            "money" => Cast::Money,
            "boolean" => Cast::Boolean,
            "list" => Cast::List,
            "date" => return Some(Self::Date),
            _ => return None,
        }))
    }
}

/// What a message calls a value.
pub(super) fn found(value: &Literal) -> Found {
    match value {
        Literal::Text(text) => Found::Text(text.clone()),
        Literal::Number(_) => Found::Number(value.clone().into_text()),
        Literal::Boolean(value) => Found::Boolean(*value),
        Literal::List(_) => Found::List,
    }
}

impl Checker<'_, '_, '_> {
    /// The time zone of the site, as far as it is known.
    pub(super) fn site_zone(&self) -> &str {
        let site = self.draft.site.as_ref();
        let written = site.and_then(|site| site.timezone.as_ref());
        written.map_or("UTC", |zone| zone.it.as_str())
    }

    pub(super) fn variable(&mut self, draft: &DraftVariable) -> Option<Variable> {
        let named = self.is_variable_name(&draft.name);
        let cast = match &draft.cast {
            None => Some(None),
            Some(word) => self.cast(word).map(Some),
        };
        let is_changed = !draft.steps.is_empty();
        // What is changed first can become what it is read as.
        let written_as = cast.flatten().filter(|_| !is_changed);
        let source = draft
            .source
            .as_ref()
            .and_then(|source| self.source(source, written_as));
        let steps: Vec<_> = draft
            .steps
            .iter()
            .map(|step| step.as_ref().and_then(|step| self.value_step(step)))
            .collect();
        let steps = steps.into_iter().collect::<Option<_>>();
        let default = match &draft.default {
            None => Some(None),
            Some(value) => self.fixed(value, cast.flatten()).map(Some),
        };
        if !named {
            return None;
        }
        Some(Variable {
            name: draft.name.it.clone(),
            source: source?,
            steps: steps?,
            cast: cast?.and_then(|cast| match cast {
                WrittenCast::Plain(cast) => Some(cast),
                WrittenCast::Date => None,
            }),
            as_date: cast? == Some(WrittenCast::Date),
            default: default?,
        })
    }

    fn cast(&mut self, word: &At<String>) -> Option<WrittenCast> {
        WrittenCast::parse(&word.it).or_else(|| self.no_choice(word, CASTS))
    }

    /// A value the author wrote, as the type the variable is read as, if there is one.
    fn fixed(&mut self, value: &At<Literal>, cast: Option<WrittenCast>) -> Option<Literal> {
        match (cast, &value.it) {
            (None, Literal::Text(text)) => {
                let text = At {
                    it: text.clone(),
                    spot: value.spot.clone(),
                };
                self.wanted_text(&text).map(Literal::Text)
            }
            (None, _) => Some(value.it.clone()),
            (cast, _) => self.typed(value, cast),
        }
    }

    /// A value the author wrote, as the type it is to be read as.
    pub(super) fn typed(
        &mut self,
        value: &At<Literal>,
        cast: Option<WrittenCast>,
    ) -> Option<Literal> {
        if let Literal::Text(text) = &value.it {
            let text = At {
                it: text.clone(),
                spot: value.spot.clone(),
            };
            self.wanted_text(&text)?;
        }
        let (typed, wanted, example) = match cast? {
            WrittenCast::Date => {
                let text = value.it.clone().into_text();
                let day = date::date(&text, self.site_zone()).map(Literal::Text);
                (day, Wanted::Day, "\"2026-12-31\"")
            }
            WrittenCast::Plain(cast) => {
                let (wanted, example) = match cast {
                    Cast::Text | Cast::List => (Wanted::Text, "\"abc\""),
                    Cast::Number | Cast::Integer | Cast::Money => (Wanted::Number, "0"),
                    Cast::Boolean => (Wanted::Boolean, "true"),
                };
                (value.it.clone().cast(cast), wanted, example)
            }
        };
        if typed.is_none() {
            let detail = Detail::WrongType {
                wanted,
                found: found(&value.it),
                example: Some(example.to_owned()),
            };
            self.report.add(detail, &value.spot);
        }
        typed
    }

    fn source(&mut self, draft: &DraftSource, cast: Option<WrittenCast>) -> Option<Source> {
        Some(match draft {
            DraftSource::Constant(value) => Source::Constant(self.fixed(value, cast)?),
            DraftSource::Query(key) => Source::Page(Lent::Query, self.key(key)?),
            DraftSource::Cookie(key) => Source::Page(Lent::Cookie, self.key(key)?),
            DraftSource::DataLayer(path) => {
                Source::Page(Lent::DataLayer, self.js_path(path, false)?)
            }
            DraftSource::Global(path) => Source::Page(Lent::Global, self.js_path(path, true)?),
            DraftSource::Storage { name, area } => {
                let area = match area.as_ref().map(|area| (area, area.it.as_str())) {
                    None | Some((_, "local")) => Some(Lent::LocalStorage),
                    Some((_, "session")) => Some(Lent::SessionStorage),
                    Some((area, _)) => self.no_choice(area, STORAGE_AREAS),
                };
                let name = name.as_ref().and_then(|name| self.key(name));
                Source::Page(area?, name?)
            }
            DraftSource::Meta(name) => Source::Meta(self.key(name)?),
            DraftSource::Text(place) => Source::Text(self.place(place)?),
            DraftSource::Field(place) => Source::Field(self.place(place)?),
            DraftSource::FormField(name) => Source::FormField(self.key(name)?),
            DraftSource::Count(place) => Source::Count(self.place(place)?),
            DraftSource::Exists(place) => Source::Exists(self.place(place)?),
            DraftSource::Attribute(place, name) => {
                let place = self.place(place);
                let name = name.as_ref().filter(|name| self.is_attribute(name));
                Source::Attribute(place?, name?.it.clone())
            }
            DraftSource::Url {
                of,
                part,
                name,
                keep_query,
            } => {
                let of = match of {
                    None => Some(Expression::Variable(VariableRef::BuiltIn(BuiltIn::Page(
                        Lent::Url,
                        String::new(),
                    )))),
                    Some(of) => self.expression(of),
                };
                let part = self.url_part(part.as_ref(), name.as_ref(), keep_query.as_deref());
                Source::Url(of?, part?)
            }
            DraftSource::Table {
                with_patterns,
                input,
                rows,
                ignore_case,
            } => {
                let input = input.as_ref().and_then(|input| self.expression(input));
                if *with_patterns {
                    let rows: Vec<_> = rows
                        .iter()
                        .map(|(pattern, value)| self.pattern_row(pattern, value, *ignore_case))
                        .collect();
                    Source::PatternTable {
                        table: rows.into_iter().collect::<Option<_>>()?,
                        input: input?,
                    }
                } else {
                    let rows: Vec<_> = rows
                        .iter()
                        .map(|(key, value)| {
                            let key = self.fits(key, MAX_TEXT_CHARS).then(|| key.it.clone());
                            Some((key?, self.fixed(value, cast)?))
                        })
                        .collect();
                    Source::Lookup {
                        table: rows.into_iter().collect::<Option<_>>()?,
                        input: input?,
                        ignore_case: *ignore_case,
                    }
                }
            }
            DraftSource::First(values) => Source::First(self.expressions(values)?),
            DraftSource::Template(text) => Source::Template(self.expression(text)?),
            DraftSource::Join { values, between } => {
                let values = self.expressions(values);
                let between = match between {
                    None => Some(" ".to_owned()),
                    Some(text) => self.wanted_text(text),
                };
                Source::Join(values?, between?)
            }
        })
    }

    fn expressions(&mut self, values: &[At<Literal>]) -> Option<Vec<Expression>> {
        let all: Vec<_> = values.iter().map(|it| self.expression(it)).collect();
        all.into_iter().collect()
    }

    fn url_part(
        &mut self,
        part: Option<&At<String>>,
        name: Option<&At<String>>,
        keep_query: Option<&[At<String>]>,
    ) -> Option<UrlPart> {
        if let Some(part) = part
            && !URL_PARTS.contains(&part.it.as_str())
        {
            return self.no_choice(part, URL_PARTS);
        }
        let part_name = part.map_or("url", |part| part.it.as_str());
        if let Some(name) = name
            && part_name != "query"
        {
            let beside = "\"part\": \"query\"";
            self.report.add(
                Detail::Rule(RuleFault::Needs {
                    key: "name",
                    beside,
                }),
                &name.spot,
            );
            return None;
        }
        if let Some(keep) = keep_query {
            if let Some(part) = part.filter(|_| part_name != "url") {
                let keys = ["part", "keep_query"];
                self.report
                    .add(Detail::Rule(RuleFault::Conflict { keys }), &part.spot);
                return None;
            }
            return self.kept_parameters(keep).map(UrlPart::Keep);
        }
        Some(UrlPart::Named(match name {
            Some(name) => format!("query {}", self.key(name)?),
            None => part_name.to_owned(),
        }))
    }

    fn pattern_row(
        &mut self,
        pattern: &At<String>,
        value: &At<Literal>,
        ignore_case: bool,
    ) -> Option<(Pattern, Literal)> {
        let pattern = self.exact_pattern(pattern, ignore_case)?;
        let value = match &value.it {
            Literal::Text(text) => {
                let text = At {
                    it: text.clone(),
                    spot: value.spot.clone(),
                };
                Literal::Text(self.replacement(&text, &pattern)?)
            }
            other => other.clone(),
        };
        Some((pattern, value))
    }

    /// A text with `$1` for what a group of the pattern has caught; a `$` before anything else is a `$`.
    fn replacement(&mut self, text: &At<String>, pattern: &Pattern) -> Option<String> {
        let plain = self.wanted_text(text)?;
        let mut out = String::new();
        let mut chars = plain.chars().peekable();
        while let Some(char) = chars.next() {
            out.push(char);
            if char != '$' {
                continue;
            }
            match chars.peek().and_then(|next| next.to_digit(10)) {
                Some(group) => {
                    let groups = pattern.groups();
                    if usize::try_from(group).is_ok_and(|group| group > groups) {
                        let fault = ValueFault::NoSuchGroup {
                            group: group.to_string(),
                            groups,
                        };
                        self.report.add(Detail::Value(fault), &text.spot);
                        return None;
                    }
                }
                // `$$` is a `$` already.
                None if chars.peek() == Some(&'$') => out.extend(chars.next()),
                None => out.push('$'),
            }
        }
        Some(out)
    }

    /// A pattern of which it matters what exactly it finds.
    fn exact_pattern(&mut self, text: &At<String>, ignore_case: bool) -> Option<Pattern> {
        if !self.fits(text, pattern::MAX_CHARS) {
            return None;
        }
        let parsed = Pattern::parse_exact(&text.it, ignore_case);
        parsed
            .map_err(|fault| {
                let pattern = text.it.clone();
                self.report
                    .add(Detail::InvalidPattern { pattern, fault }, &text.spot);
            })
            .ok()
    }

    fn value_step(&mut self, draft: &DraftTransform) -> Option<Step> {
        let text = |how| Some(Step::Text(how, String::new()));
        match draft {
            DraftTransform::Trim => text(Transform::Trim),
            DraftTransform::Lower => text(Transform::Lower),
            DraftTransform::Upper => text(Transform::Upper),
            DraftTransform::Digits => text(Transform::Digits),
            DraftTransform::Slug => text(Transform::Slug),
            DraftTransform::Hash => text(Transform::Hash),
            DraftTransform::Redact(kinds) => {
                let kinds = match kinds {
                    None => REDACTED.iter().map(|&kind| kind.to_owned()).collect(),
                    Some(kinds) => self.redacted(kinds)?,
                };
                Some(Step::Text(Transform::Redact, kinds.join(" ")))
            }
            DraftTransform::Round(None) => Some(Step::Round(0)),
            DraftTransform::Round(Some(decimals)) => {
                let whole = match &decimals.it {
                    Literal::Number(number) if number.truncated() == *number => number.scaled(0),
                    _ => None,
                };
                let places = whole.and_then(|whole| u8::try_from(whole).ok());
                let places = places.filter(|places| *places <= MAX_DECIMALS);
                if places.is_none() {
                    self.out_of_range(decimals, true, "0", &MAX_DECIMALS.to_string());
                }
                places.map(Step::Round)
            }
            DraftTransform::Bucket(bounds, whole) => {
                let numbers = bounds.iter().filter_map(|bound| bound.it.as_number());
                let numbers: Vec<Decimal> = numbers.collect();
                if !numbers.is_sorted_by(|one, next| one < next) {
                    self.report
                        .add(Detail::Value(ValueFault::BoundsNotAscending), &whole.spot);
                    return None;
                }
                Some(Step::Bucket(numbers))
            }
            DraftTransform::Replace(draft) => {
                let pattern = draft.pattern.as_ref()?;
                let pattern = self.exact_pattern(pattern, draft.ignore_case)?;
                let with = match &draft.with {
                    None => String::new(),
                    Some(with) => self.replacement(with, &pattern)?,
                };
                Some(Step::Pattern(Transform::Replace, pattern, with))
            }
            DraftTransform::Capture(draft) => {
                let pattern = draft.pattern.as_ref()?;
                let pattern = self.exact_pattern(pattern, draft.ignore_case)?;
                let groups = pattern.groups();
                let group = match &draft.group {
                    None => groups.min(1).to_string(),
                    Some(group) => {
                        let number = group.it.clone().into_text();
                        let exists = number.parse::<usize>().is_ok_and(|it| it <= groups.min(9));
                        if !exists {
                            let fault = ValueFault::NoSuchGroup {
                                group: number,
                                groups,
                            };
                            self.report.add(Detail::Value(fault), &group.spot);
                            return None;
                        }
                        number
                    }
                };
                Some(Step::Pattern(
                    Transform::Expand,
                    pattern,
                    format!("${group}"),
                ))
            }
        }
    }

    /// A path into the values of the page's own JavaScript.
    fn js_path(&mut self, path: &At<String>, is_global: bool) -> Option<String> {
        let key = self.key(path)?;
        let closed = key.split('.').find(|part| {
            ["constructor", "prototype", "__proto__"].contains(part)
                || (is_global && CLOSED_GLOBALS.contains(part))
        });
        if let Some(part) = closed {
            let fault = ValueFault::ClosedGlobal {
                name: part.to_owned(),
            };
            self.report.add(Detail::Value(fault), &path.spot);
            return None;
        }
        Some(key)
    }

    /// The name of something on the page, any but an empty one.
    fn key(&mut self, key: &At<String>) -> Option<String> {
        if key.it.is_empty() {
            let fault = crate::diagnostic::NameFault::Empty;
            self.report.add(
                Detail::InvalidName {
                    name: String::new(),
                    fault,
                },
                &key.spot,
            );
            return None;
        }
        self.fits(key, MAX_NAME_CHARS).then(|| key.it.clone())
    }

    fn place(&mut self, draft: &DraftPlace) -> Option<Place> {
        let selector = self.optional_selector(draft.selector.as_ref());
        let closest = self.optional_selector(draft.closest.as_ref());
        Some(Place {
            selector: selector?,
            closest: closest?,
        })
    }
}
