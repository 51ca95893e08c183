//! Built-in variables as sentences call them.

use crate::check::built_in;
use crate::container::BuiltIn;
use crate::vocabulary::BUILT_IN;

/// What a sentence calls a built-in variable. `{}` stands for the author's part of its name.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) en: &'static str,
    pub(super) en_plural: bool,
    pub(super) ru: &'static str,
    pub(super) gender: Gender,
}

/// The gender of a Russian noun, or that it is a plural.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    M,
    F,
    N,
    Plural,
}

use Gender::{F, M, N, Plural};

const fn row(name: &'static str, en: &'static str, ru: &'static str, gender: Gender) -> Row {
    Row {
        name,
        en,
        en_plural: matches!(gender, Plural),
        ru,
        gender,
    }
}

pub(super) const ROWS: &[Row] = &[
    row("page.url", "the address of the page", "адрес страницы", M),
    row("page.host", "the host of the page", "хост страницы", M),
    row("page.path", "the path of the page", "путь страницы", M),
    row(
        "page.query.",
        "the parameter {} of the address",
        "параметр {} адреса",
        M,
    ),
    row(
        "page.fragment",
        "the part of the address behind `#`",
        "часть адреса после `#`",
        F,
    ),
    row(
        "page.title",
        "the title of the page",
        "заголовок страницы",
        M,
    ),
    row(
        "page.referrer",
        "the address of the page before",
        "адрес предыдущей страницы",
        M,
    ),
    row(
        "page.language",
        "the language of the page",
        "язык страницы",
        M,
    ),
    row("element", "the element", "элемент", M),
    row(
        "element.text",
        "the text of the element",
        "текст элемента",
        M,
    ),
    row("element.id", "the id of the element", "id элемента", M),
    row(
        "element.classes",
        "the classes of the element",
        "классы элемента",
        Plural,
    ),
    row(
        "element.href",
        "the address the element leads to",
        "адрес, на который ведёт элемент",
        M,
    ),
    row("element.name", "the name of the element", "имя элемента", N),
    row(
        "element.attr.",
        "the attribute {} of the element",
        "атрибут {} элемента",
        M,
    ),
    row(
        "element.selector",
        "the place of the element in the page",
        "место элемента на странице",
        N,
    ),
    row("form", "the form", "форма", F),
    row("form.id", "the id of the form", "id формы", M),
    row("form.name", "the name of the form", "имя формы", N),
    row(
        "form.action",
        "the address the form is sent to",
        "адрес, на который отправляется форма",
        M,
    ),
    row(
        "form.field.",
        "the field {} of the form",
        "поле {} формы",
        N,
    ),
    row("link", "the link", "ссылка", F),
    row("link.url", "the address of the link", "адрес ссылки", M),
    row("link.kind", "the kind of the link", "вид ссылки", M),
    row(
        "link.outbound",
        "whether the link leads to another site",
        "признак ссылки на другой сайт",
        M,
    ),
    row(
        "scroll.percent",
        "the percentage of the page that has been scrolled",
        "прокрученная доля страницы в процентах",
        F,
    ),
    row(
        "visible.ratio",
        "the share of the element in view",
        "доля элемента на экране",
        F,
    ),
    row(
        "visible.ms",
        "the time in milliseconds that the element has been in view",
        "время элемента на экране в миллисекундах",
        N,
    ),
    row("video.title", "the title of the video", "название видео", N),
    row(
        "video.percent",
        "the percentage of the video that has been played",
        "просмотренная доля видео в процентах",
        F,
    ),
    row("video.url", "the address of the video", "адрес видео", M),
    row(
        "video.provider",
        "the provider of the video",
        "площадка видео",
        F,
    ),
    row(
        "error.message",
        "the message of the error",
        "сообщение об ошибке",
        N,
    ),
    row(
        "error.url",
        "the script the error is in",
        "адрес скрипта с ошибкой",
        M,
    ),
    row(
        "error.line",
        "the line the error is in",
        "строка скрипта с ошибкой",
        F,
    ),
    row(
        "history.from",
        "the address before the change",
        "адрес до перехода",
        M,
    ),
    row(
        "history.to",
        "the address after the change",
        "адрес после перехода",
        M,
    ),
    row(
        "event.name",
        "the name of what happened",
        "название произошедшего",
        N,
    ),
    row(
        "event.",
        "the value {} of the event",
        "значение {} события",
        N,
    ),
    row("cookie.", "the cookie {}", "файл cookie {}", M),
    row(
        "session.number",
        "the number of the visit",
        "номер визита",
        M,
    ),
    row(
        "session.landing_page",
        "the address the visit began on",
        "адрес, с которого начался визит",
        M,
    ),
    row(
        "session.source",
        "the source of the visit",
        "источник визита",
        M,
    ),
    row(
        "session.medium",
        "the medium of the visit",
        "канал визита",
        M,
    ),
    row(
        "session.campaign",
        "the campaign of the visit",
        "кампания визита",
        F,
    ),
    row(
        "session.is_new",
        "whether the visit has just begun",
        "признак начала визита",
        M,
    ),
    row(
        "visitor.is_new",
        "whether the visitor is new",
        "признак нового посетителя",
        M,
    ),
    row("device.type", "the type of the device", "тип устройства", M),
    row(
        "device.width",
        "the width of the screen",
        "ширина экрана",
        F,
    ),
    row(
        "device.height",
        "the height of the screen",
        "высота экрана",
        F,
    ),
    row("time.hour", "the hour of the day", "час дня", M),
    row("time.weekday", "the day of the week", "день недели", M),
    row("time.iso", "the date and time", "дата и время", Plural),
    row("consent.", "the consent to {}", "согласие на {}", N),
    row(
        "container.version",
        "the number of the release",
        "номер релиза",
        M,
    ),
    row(
        "random",
        "a random number from 0 to 1",
        "случайное число от 0 до 1",
        N,
    ),
];

/// The name of a built-in variable, and how to call it.
pub(super) fn called(variable: &BuiltIn) -> (String, Option<&'static Row>) {
    let name = name(variable);
    let row = ROWS.iter().find(|row| {
        row.name == name
            || (row.name.ends_with('.') && name.starts_with(row.name) && !is_exact(&name))
    });
    (name, row)
}

fn is_exact(name: &str) -> bool {
    BUILT_IN.contains(&name)
}

impl Row {
    /// The author's part of a name.
    pub(super) fn key<'n>(&self, name: &'n str) -> &'n str {
        if self.name.ends_with('.') {
            name.strip_prefix(self.name).unwrap_or(name)
        } else {
            ""
        }
    }
}

/// The name that means this variable: the check is asked, so that nothing is listed twice.
pub(crate) fn name(variable: &BuiltIn) -> String {
    let key = match variable {
        BuiltIn::Page(_, key) | BuiltIn::Element(_, _, key) => key.as_str(),
        _ => "",
    };
    let begun = |name: &str| {
        if name.ends_with('.') {
            format!("{name}{key}")
        } else {
            name.to_owned()
        }
    };
    let candidates = BUILT_IN
        .iter()
        .map(|name| begun(name))
        .chain([key.to_owned()]);
    let mut meant = candidates.filter(|name| built_in(name).as_ref() == Some(variable));
    meant.next().unwrap_or_else(|| key.to_owned())
}

impl Gender {
    /// One of four words: for he, she, it and they.
    pub(super) fn pick(self, words: [&'static str; 4]) -> &'static str {
        let [m, f, n, plural] = words;
        match self {
            Self::M => m,
            Self::F => f,
            Self::N => n,
            Self::Plural => plural,
        }
    }
}
