//! Переменные по-русски: «текст первого `.price` в ближайшем `.product`».

use crate::container::{Cast, Literal};
use crate::container::{Expression, Part, Place, Source, Step, UrlPart, Variable, VariableRef};
use crate::host::{Lent, Transform};
use crate::pattern::Pattern;

use super::super::built_in::{self, Gender};
use super::super::words::{MAX_ROWS, code, value};
use super::Russian;
use super::words::{listed, of};

/// Имя существительное с родом, от которого зависит сказуемое.
pub(super) struct Noun {
    pub(super) text: String,
    pub(super) gender: Gender,
}

fn noun(text: String, gender: Gender) -> Noun {
    Noun { text, gender }
}

impl Russian<'_> {
    /// Как назвать переменную: по тому, что она читает, если это коротко, иначе по имени.
    pub(super) fn noun(&self, variable: &VariableRef) -> Noun {
        match variable {
            VariableRef::BuiltIn(built_in) => {
                let (name, row) = built_in::called(built_in);
                match row {
                    Some(row) => noun(row.ru.replace("{}", &code(row.key(&name))), row.gender),
                    None => noun(format!("переменная {}", code(&name)), Gender::F),
                }
            }
            VariableRef::Named(at) => match self.container.variables.get(*at) {
                Some(variable) if Self::is_soon_said(variable) => self.source(&variable.source),
                Some(variable) => noun(format!("переменная {}", code(&variable.name)), Gender::F),
                None => noun("переменная".to_owned(), Gender::F),
            },
        }
    }

    /// Откуда берётся значение.
    fn source(&self, source: &Source) -> Noun {
        use Gender::{F, M, N};
        match source {
            Source::Constant(constant) => noun(format!("значение {}", value(constant)), N),
            Source::Page(Lent::Query, name) => noun(format!("параметр {} адреса", code(name)), M),
            Source::Page(Lent::Cookie, name) => noun(format!("файл cookie {}", code(name)), M),
            Source::Page(Lent::LocalStorage, name) => {
                noun(format!("значение {} в хранилище сайта", code(name)), N)
            }
            Source::Page(Lent::SessionStorage, name) => {
                noun(format!("значение {} в хранилище вкладки", code(name)), N)
            }
            Source::Page(Lent::DataLayer, path) => {
                noun(format!("значение {} в dataLayer", code(path)), N)
            }
            Source::Page(_, path) => {
                noun(format!("глобальная переменная {} страницы", code(path)), F)
            }
            Source::Meta(name) => noun(format!("метатег {} страницы", code(name)), M),
            Source::Text(place) => noun(format!("текст {}", self.of(place)), M),
            Source::Attribute(place, name) => {
                noun(format!("атрибут {} {}", code(name), self.of(place)), M)
            }
            Source::Field(place) => noun(format!("введённое значение {}", self.of(place)), N),
            Source::FormField(name) => {
                noun(format!("введённое значение поля {} формы", code(name)), N)
            }
            Source::Count(place) => noun(
                format!("число {} {}", self.which(place), self.where_is(place)),
                N,
            ),
            Source::Exists(place) => noun(
                format!("наличие {} {}", self.which(place), self.where_is(place)),
                N,
            ),
            Source::Url(of, part) => noun(self.part_of(of, part), N),
            Source::Lookup {
                input,
                table,
                ignore_case,
            } => {
                let case = if *ignore_case {
                    " без учёта регистра"
                } else {
                    ""
                };
                let row = |(key, beside): &(String, Literal)| {
                    format!("{} для {}", value(beside), code(key))
                };
                let rows = some(table.iter().map(row).collect());
                noun(
                    format!("по таблице ({}{case}): {rows}", self.sent(input)),
                    N,
                )
            }
            Source::PatternTable { input, table } => {
                let row = |(pattern, beside): &(Pattern, Literal)| {
                    format!(
                        "{}, если подходит {}",
                        value(beside),
                        code(pattern.source())
                    )
                };
                let rows: Vec<String> = table.iter().map(row).collect();
                noun(
                    format!(
                        "по таблице шаблонов ({}): {}",
                        self.sent(input),
                        some(rows).replace(", `", "; `")
                    ),
                    N,
                )
            }
            Source::First(values) => {
                let told: Vec<String> = values.iter().map(|one| self.sent(one)).collect();
                match told.as_slice() {
                    [one] => noun(one.clone(), N),
                    several => noun(format!("первое непустое: {}", several.join(", иначе ")), N),
                }
            }
            Source::Template(text) => noun(self.sent(text), M),
            Source::Join(values, between) => {
                let told: Vec<String> = values.iter().map(|one| self.sent(one)).collect();
                let told = listed(&told, "и");
                match between.as_str() {
                    "" => noun(format!("подряд: {told}"), N),
                    between => noun(format!("через {}: {told}", code(between)), N),
                }
            }
        }
    }

    /// Часть адреса: сам адрес назван после двоеточия, чтобы не склонять его.
    fn part_of(&self, of: &Expression, part: &UrlPart) -> String {
        let of = self.sent(of);
        match part {
            UrlPart::Keep(names) if names.is_empty() => format!("{of} без параметров"),
            UrlPart::Keep(names) => {
                let names: Vec<String> = names.iter().map(|name| code(name)).collect();
                format!("{of}, из параметров только {}", listed(&names, "и"))
            }
            UrlPart::Named(part) => {
                let what = match part.split_once(' ') {
                    Some((_, name)) => format!("параметр {} из адреса", code(name)),
                    None => match part.as_str() {
                        "url" => return of,
                        "scheme" => "протокол из адреса".to_owned(),
                        "origin" => "протокол и хост из адреса".to_owned(),
                        "host" => "хост из адреса".to_owned(),
                        "path" => "путь из адреса".to_owned(),
                        "file" => "имя файла из адреса".to_owned(),
                        "extension" => "расширение файла из адреса".to_owned(),
                        "query" => "все параметры из адреса".to_owned(),
                        "fragment" => "часть после `#` из адреса".to_owned(),
                        part => format!("часть {} адреса", code(part)),
                    },
                };
                format!("{what} ({of})")
            }
        }
    }

    /// Можно ли в предложении сказать, что переменная читает, вместо её имени.
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

    /// Элемент в родительном падеже.
    pub(super) fn of(&self, place: &Place) -> String {
        match (&place.selector, &place.closest) {
            (None, None) => "элемента".to_owned(),
            (None, Some(closest)) => format!("ближайшего {}", code(closest.as_str())),
            (Some(selector), None) => format!("первого {}", code(selector.as_str())),
            (Some(selector), Some(closest)) => {
                format!(
                    "первого {} в ближайшем {}",
                    code(selector.as_str()),
                    code(closest.as_str())
                )
            }
        }
    }

    /// Какой элемент ищут.
    pub(super) fn which(&self, place: &Place) -> String {
        match (&place.selector, &place.closest) {
            (Some(selector), _) => code(selector.as_str()),
            (None, Some(closest)) => code(closest.as_str()),
            (None, None) => "элемент".to_owned(),
        }
    }

    /// Где его ищут.
    pub(super) fn where_is(&self, place: &Place) -> String {
        match (&place.selector, &place.closest) {
            (_, None) => "на странице".to_owned(),
            (None, Some(_)) => "вокруг элемента".to_owned(),
            (Some(_), Some(closest)) => format!("в ближайшем {}", code(closest.as_str())),
        }
    }

    /// Что такое переменная, целым предложением.
    pub(in crate::explain) fn variable(&self, variable: &Variable) -> String {
        let mut text = self.source(&variable.source).text;
        for step in &variable.steps {
            text.push_str(&format!(", {}", step_words(step)));
        }
        text.push_str(read_as(variable));
        if let Some(default) = &variable.default {
            text.push_str(&format!("; если читать нечего — {}", value(default)));
        }
        text
    }

    /// Значение, которое отправляется.
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
            Expression::Template(parts) => format!("текст {}", self.template(parts)),
        }
    }

    /// Шаблон, как он записан.
    pub(super) fn template(&self, parts: &[Part]) -> String {
        super::super::template(self.container, parts)
    }
}

/// Тип значения, после него.
fn read_as(variable: &Variable) -> &'static str {
    match variable.cast {
        _ if variable.as_date => " как дата",
        None | Some(Cast::Text) => "",
        Some(Cast::Number) => " как число",
        Some(Cast::Integer) => " как целое число",
        Some(Cast::Money) => " как денежная сумма",
        Some(Cast::Boolean) => " как да или нет",
        Some(Cast::List) => " как список",
    }
}

/// Что делается со значением, после него.
fn step_words(step: &Step) -> String {
    match step {
        Step::Text(how, argument) => match how {
            Transform::Lower => "малыми буквами".to_owned(),
            Transform::Upper => "большими буквами".to_owned(),
            Transform::Trim => "без пробелов по краям".to_owned(),
            Transform::Digits => "только цифры".to_owned(),
            Transform::Slug => "в виде части адреса".to_owned(),
            Transform::Hash => "в виде хеша".to_owned(),
            Transform::Date => "как дата".to_owned(),
            Transform::Redact => {
                let kinds: Vec<&str> = argument.split(' ').collect();
                format!("без личных данных ({})", listed(&kinds, "и"))
            }
            Transform::KeepQuery => {
                let names: Vec<String> = argument.split(' ').map(code).collect();
                format!("с параметрами только {}", listed(&names, "и"))
            }
            _ => "в изменённом виде".to_owned(),
        },
        Step::Pattern(Transform::Expand, pattern, group) => {
            format!(
                "только то, что нашёл {} ({})",
                code(pattern.source()),
                code(group)
            )
        }
        Step::Pattern(_, pattern, with) if with.is_empty() => {
            format!("без того, что подходит под {}", code(pattern.source()))
        }
        Step::Pattern(_, pattern, with) => {
            format!(
                "с {} вместо того, что подходит под {}",
                code(with),
                code(pattern.source())
            )
        }
        Step::Round(0) => "с округлением до целого".to_owned(),
        Step::Round(decimals) => {
            let digits = of(u64::from(*decimals), ["знака", "знаков", "знаков"]);
            format!("с округлением до {decimals} {digits} после запятой")
        }
        Step::Bucket(bounds) => {
            let bounds: Vec<String> = bounds
                .iter()
                .map(|bound| value(&Literal::Number(*bound)))
                .collect();
            format!(
                "в виде диапазона (новые начинаются с {})",
                listed(&bounds, "и")
            )
        }
    }
}

/// Первые несколько из многих.
fn some(rows: Vec<String>) -> String {
    let more = rows.len().saturating_sub(MAX_ROWS);
    let mut shown: Vec<String> = rows.into_iter().take(MAX_ROWS).collect();
    if more > 0 {
        shown.push(format!("ещё {more}"));
        return listed(&shown, "и");
    }
    shown.join(", ")
}
