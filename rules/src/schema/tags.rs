//! Tags: what is sent, when, how often and to whom.

use super::shape::{Shape, Type, Word, key, said, word};
use super::words::{ADDRESS, DATE, IDENTIFIER, NAME};

pub(super) const ONCE_PER: &[Word] = &[
    word("event", "every time", "каждый раз"),
    word(
        "element",
        "once for each element in a page view",
        "один раз для каждого элемента за просмотр страницы",
    ),
    word(
        "page",
        "once in a page view",
        "один раз за просмотр страницы",
    ),
    word("session", "once in a visit", "один раз за визит"),
    word(
        "day",
        "once a day for each browser",
        "один раз в день для каждого браузера",
    ),
    word(
        "visitor",
        "once for each browser",
        "один раз для каждого браузера",
    ),
];

const TAG: Shape = Shape::new(
    "tag",
    said(
        "What to send when a trigger fires: exactly one of `event`, `pixel`, `script`, `push`, `forward`.",
        "Что отправить, когда сработает триггер: ровно одно из `event`, `pixel`, `script`, `push`, `forward`.",
    ),
    &[
        key("name", Type::TextLike(NAME), "Its name, once in the container.", "Имя, одно на весь контейнер.").needed().example("\"Lead\""),
        key("on", Type::List(&Type::FilledText, 0), "Names of triggers: any of them fires the tag.", "Имена триггеров: любой из них запускает тег.").needed().example("[\"lead form\"]"),
        key("except", Type::List(&Type::FilledText, 0), "Names of triggers: if one of them fires, the tag does not.", "Имена триггеров: если сработал один из них, тег не срабатывает.").example("[\"staff\"]"),
        key("event", Type::TextLike(IDENTIFIER), "The name of the event to send.", "Имя события, которое отправить.").kind().example("\"add_to_cart\""),
        key("with", Type::Map(&Type::Scalar), "Properties of the event: values, `{{variables}}`, or texts with variables in them. `item`, `order_id`, `revenue` and `currency` become columns of their own in reports.",
            "Свойства события: значения, `{{переменные}}` или тексты с переменными внутри. `item`, `order_id`, `revenue` и `currency` становятся отдельными столбцами отчётов.")
            .example("{ \"sku\": \"{{sku}}\", \"price\": \"{{price}}\" }"),
        key("pixel", Type::FilledText, "The address of an image to load, with variables in it.", "Адрес картинки, которую загрузить, с переменными внутри.").kind().example("\"https://ads.example/p?sku={{sku}}\""),
        key("script", Type::Shape("script"), "A script to load, whose content is fixed by its hash.", "Скрипт, который загрузить; содержимое закреплено хешем.").kind(),
        key("push", Type::FilledMap(&Type::Scalar), "What to push to the data layer.", "Что положить в dataLayer.").kind().example("{ \"event\": \"lead_sent\" }"),
        key("forward", Type::Shape("forward"), "Where the server sends the event on to; nothing of others runs in the page.", "Куда сервер передаст событие; в странице ничего чужого не выполняется.").kind(),
        key("consent", Type::List(&Type::FilledText, 0), "Categories that the visitor must have consented to.", "Категории, на которые посетитель должен дать согласие.").example("[\"analytics\"]"),
        key("once_per", Type::Choice(ONCE_PER), "How often it fires, at most.", "Как часто срабатывает, самое большее.").default("\"event\""),
        key("sample", Type::Number(0.0, 1.0), "For what share of cases it fires: 0.1 is a tenth.", "В какой доле случаев срабатывает: 0.1 — в десятой.").default("1"),
        key("priority", Type::Whole(-1000, 1000), "Tags of higher priority fire first.", "Теги с большим приоритетом срабатывают раньше.").default("0"),
        key("from", Type::TextLike(DATE), "The first day on which it fires.", "Первый день, когда срабатывает.").example("\"2026-12-01\""),
        key("until", Type::TextLike(DATE), "The last day on which it fires.", "Последний день, когда срабатывает.").example("\"2026-12-31\""),
        key("paused", Type::Boolean, "Whether it is switched off.", "Выключен ли он.").default("false"),
        key("labels", Type::List(&Type::TextLike(NAME), 0), "Words to find it by.", "Метки, по которым его искать.").example("[\"shop\"]"),
        key("notes", Type::Text, "Remarks for yourself.", "Заметки для себя."),
    ],
);

const EMPTY: super::shape::Said = said("", "");

pub(super) const SHAPES: &[Shape] = &[
    TAG,
    Shape::new("script", EMPTY, &[
        key("url", Type::TextLike(ADDRESS), "The address of the script, on the site or one of `script_hosts`.", "Адрес скрипта — на сайте или на одном из `script_hosts`.").needed().example("\"https://cdn.example/widget.js\""),
        key("integrity", Type::FilledText, "The hash of its content: `sha384-…`. If the content changes, the browser refuses it.", "Хеш его содержимого: `sha384-…`. Если содержимое изменится, браузер его не выполнит.").needed(),
    ]),
    Shape::new("forward", EMPTY, &[
        key("to", Type::TextLike(ADDRESS), "The address the server sends the event on to.", "Адрес, на который сервер передаст событие.").needed().example("\"https://crm.example/hook\""),
        key("event", Type::TextLike(IDENTIFIER), "The name of the event.", "Имя события.").needed().example("\"lead\""),
    ]),
];
