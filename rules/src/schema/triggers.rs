//! Triggers: their kinds and settings.

use super::shape::{Key, Shape, Type, Word, key, said, word};
use super::words::PATH;

const SELECTOR: Type = Type::FilledText;

const fn selector(en: &'static str, ru: &'static str) -> Key {
    key("selector", SELECTOR, en, ru)
}

pub(super) const LINK_KINDS: &[Word] = &[
    word("any", "any link", "любая ссылка"),
    word("outbound", "leads to another site", "ведёт на другой сайт"),
    word("download", "leads to a file", "ведёт на файл"),
    word(
        "phone",
        "a phone number (`tel:`)",
        "номер телефона (`tel:`)",
    ),
    word(
        "mail",
        "an e-mail address (`mailto:`)",
        "адрес почты (`mailto:`)",
    ),
    word(
        "messenger",
        "a chat: Telegram, WhatsApp, Viber and the like",
        "чат: Telegram, WhatsApp, Viber и подобные",
    ),
];

pub(super) const FORM_STAGES: &[Word] = &[
    word("submit", "the form is sent", "форма отправлена"),
    word(
        "attempt",
        "somebody tries to send it, filled in rightly or not",
        "её пытаются отправить, верно заполненную или нет",
    ),
    word(
        "success",
        "the site took it, as `success` says",
        "сайт её принял, как сказано в `success`",
    ),
];

pub(super) const FIELD_ACTS: &[Word] = &[
    word("focus", "the field is entered", "в поле перешли"),
    word(
        "change",
        "the field is changed and left",
        "поле изменили и покинули",
    ),
    word(
        "abandon",
        "the field is entered and left as it was",
        "в поле перешли и покинули его, не изменив",
    ),
];

pub(super) const AXES: &[Word] = &[
    word("vertical", "down the page", "вниз по странице"),
    word("horizontal", "across the page", "вправо по странице"),
];

pub(super) const CLOCKS: &[Word] = &[
    word(
        "engaged",
        "only time in front of the visitor counts",
        "считается только время, когда страница перед глазами",
    ),
    word("wall", "all time counts", "считается всё время"),
];

pub(super) const VIDEO_ACTS: &[Word] = &[
    word("start", "the video begins", "видео началось"),
    word("pause", "the video is paused", "видео поставили на паузу"),
    word(
        "progress",
        "so much of it has been played, see `percent`",
        "просмотрена заданная часть, см. `percent`",
    ),
    word(
        "complete",
        "the video has been played to its end",
        "видео досмотрено",
    ),
];

pub(super) const VISIBLE_ONCE: &[Word] = &[word(
    "element",
    "once for each element in a page view",
    "один раз для каждого элемента за просмотр страницы",
)];

const TRIGGER: Shape = Shape::new(
    "trigger",
    said(
        "What to wait for: exactly one kind, and `when` for what must be true besides.",
        "Чего ждать: ровно один вид и, если нужно, `when` — что ещё должно быть верно.",
    ),
    &[
        key("when", Type::Shape("condition"), "What must be true besides.", "Что ещё должно быть верно.")
            .example("{ \"page.path\": { \"starts_with\": \"/product/\" } }"),
        key("pageview", Type::Empty, "A page is opened: loaded, reached in a single-page app, or brought back by the back button. Once each.",
            "Открыта страница: загрузкой, переходом в одностраничном приложении или кнопкой «Назад». По одному разу.")
            .kind().example("{}"),
        key("init", Type::Empty, "The tag starts, before anything else is sent.", "Тег запускается, до всех остальных событий.").kind().example("{}"),
        key("dom_ready", Type::Empty, "The document is read; images may still load.", "Документ прочитан; картинки ещё могут загружаться.").kind().example("{}"),
        key("window_loaded", Type::Empty, "Everything of the page is loaded.", "Загружено всё, что есть на странице.").kind().example("{}"),
        key("click", Type::Shape("click"), "A click or middle click on an element or anything inside it.",
            "Клик левой или средней кнопкой по элементу или чему-то внутри него.")
            .kind().example("{ \"selector\": \"button.buy\" }"),
        key("link", Type::Shape("link"), "A click on a link of some kind.", "Клик по ссылке определённого рода.")
            .kind().example("{ \"kind\": \"phone\" }"),
        key("form", Type::Shape("form"), "A form is sent, tried, or taken by the site.", "Форму отправили, пытаются отправить или сайт её принял.")
            .kind().example("{ \"selector\": \"#lead\" }"),
        key("field", Type::Shape("field"), "A field of a form is entered, changed or left. What was typed is not collected.",
            "В поле формы перешли, изменили его или покинули. Введённое не собирается.")
            .kind().example("{ \"selector\": \"#lead input\", \"on\": \"abandon\" }"),
        key("scroll", Type::Shape("scroll"), "The page is scrolled so far; each threshold once per page view.",
            "Страницу прокрутили до порога; каждый порог один раз за просмотр страницы.")
            .kind().example("{ \"percent\": [25, 50, 75, 90] }"),
        key("visible", Type::Shape("visible"), "An element has been in view. Once per element and page view.",
            "Элемент побывал на экране. Один раз для каждого элемента за просмотр страницы.")
            .kind().example("{ \"selector\": \"[data-promo]\", \"ratio\": 0.5, \"for_ms\": 1000 }"),
        key("appears", Type::Shape("appears"), "An element is added to the page.", "На странице появился элемент.")
            .kind().example("{ \"selector\": \".error-message\" }"),
        key("timer", Type::Shape("timer"), "Time passes.", "Проходит время.").kind().example("{ \"every_ms\": 30000, \"limit\": 1 }"),
        key("history", Type::Empty, "The address changes without a load.", "Адрес меняется без загрузки страницы.").kind().example("{}"),
        key("custom", Type::Shape("custom"), "The site itself names an event: `dataLayer.push({event: …})` or `weir('event', …)`.",
            "Событие называет сам сайт: `dataLayer.push({event: …})` или `weir('event', …)`.")
            .kind().example("{ \"event\": \"order_sent\" }"),
        key("video", Type::Shape("video"), "A video is started, paused, watched so far, or to its end: HTML5, YouTube, Vimeo.",
            "Видео начали, остановили, досмотрели до отметки или до конца: HTML5, YouTube, Vimeo.")
            .kind().example("{ \"on\": \"progress\", \"percent\": [50, 90] }"),
        key("error", Type::Empty, "An error of the page's own scripts that nothing caught.", "Ошибка скриптов страницы, которую никто не перехватил.").kind().example("{}"),
        key("exit_intent", Type::Empty, "The pointer leaves the page at its top.", "Указатель ушёл за верхний край страницы.").kind().example("{}"),
        key("rage_click", Type::Shape("rage_click"), "Several quick clicks on one place.", "Несколько быстрых кликов в одно место.").kind().example("{}"),
        key("copy", Type::Shape("copy"), "Something of the page is copied.", "Со страницы что-то скопировали.").kind().example("{}"),
        key("web_vitals", Type::Empty, "How fast the page was, once it is known.", "Насколько быстрой была страница, когда это известно.").kind().example("{}"),
        key("group", Type::Shape("group"), "Several triggers have all fired in one page view: a funnel in the page.",
            "Сработали все перечисленные триггеры за один просмотр страницы: воронка внутри страницы.")
            .kind().example("{ \"all\": [\"price seen\", \"photo opened\"] }"),
        key("any_event", Type::Empty, "Anything at all; meant for `except`.", "Что угодно; нужен для `except`.").kind().example("{}"),
    ],
);

const EMPTY: super::shape::Said = said("", "");

pub(super) const SHAPES: &[Shape] = &[
    TRIGGER,
    Shape::new("click", EMPTY, &[selector(
        "The element, as a CSS selector; without it, a click on anything.",
        "Элемент, CSS-селектором; без него — клик по чему угодно.",
    ).example("\"button.buy\"")]),
    Shape::new("link", EMPTY, &[
        selector("Only links that fit, or stand in or around what fits.", "Только подходящие ссылки или стоящие внутри или вокруг подходящего.").example("\".footer\""),
        key("kind", Type::Choice(LINK_KINDS), "Only links of this kind.", "Только ссылки этого рода.").default("\"any\""),
    ]),
    Shape::new("form", EMPTY, &[
        selector("The form, or something around it; without it, any form.", "Форма или что-то вокруг неё; без этого — любая форма.").example("\"#lead\""),
        key("stage", Type::Choice(FORM_STAGES), "How far the form has come.", "Что произошло с формой.").default("\"submit\""),
        key("success", Type::Shape("form_success"), "How to know that the site took the form.", "Как узнать, что сайт принял форму.")
            .example("{ \"visible\": \".thanks\" }"),
    ]).implies(&[("stage", "success", &["success"])]),
    Shape::new("form_success", said("How to know that the site took the form: one of the two.", "Как узнать, что сайт принял форму: одно из двух."), &[
        key("visible", SELECTOR, "Such an element becomes visible.", "Появился такой элемент.").example("\".thanks\""),
        key("path", Type::TextLike(PATH), "A page of this path is open; a `*` at its end is anything.", "Открыта страница с таким путём; `*` в конце — что угодно.").example("\"/thanks*\""),
    ]).one_of(&[&["visible", "path"]]),
    Shape::new("field", EMPTY, &[
        selector("The field, or something around it; without it, any field.", "Поле или что-то вокруг него; без этого — любое поле.").example("\"#lead input\""),
        key("on", Type::Choice(FIELD_ACTS), "What is done with the field.", "Что сделали с полем.").default("\"change\""),
    ]),
    Shape::new("scroll", EMPTY, &[
        key("percent", Type::OneOrMore(&Type::Whole(1, 100)), "How much of the page, in percent.", "Какую часть страницы, в процентах.").default("[25, 50, 75, 90]"),
        key("pixels", Type::OneOrMore(&Type::Whole(1, 1_000_000)), "How far, in pixels, in place of `percent`.", "Сколько пикселей, вместо `percent`.").example("[1000, 3000]"),
        key("axis", Type::Choice(AXES), "In which direction.", "В каком направлении.").default("\"vertical\""),
    ]),
    Shape::new("visible", EMPTY, &[
        selector("The element, as a CSS selector.", "Элемент, CSS-селектором.").needed().example("\"[data-promo]\""),
        key("ratio", Type::Number(0.01, 1.0), "How much of it: 0.5 is half. What is taller than the screen counts by what fits.",
            "Какая его часть: 0.5 — половина. У того, что выше экрана, считается то, что помещается.").default("0.5"),
        key("for_ms", Type::Whole(0, 600_000), "For how long without a break, in milliseconds.", "Сколько времени без перерыва, в миллисекундах.").default("1000"),
        key("once_per", Type::Choice(VISIBLE_ONCE), "How often.", "Как часто.").default("\"element\""),
    ]),
    Shape::new("appears", EMPTY, &[selector("The element, as a CSS selector.", "Элемент, CSS-селектором.").needed().example("\".error-message\"")]),
    Shape::new("timer", EMPTY, &[
        key("every_ms", Type::Whole(100, 86_400_000), "After how much time, in milliseconds.", "Через сколько времени, в миллисекундах.").needed().example("30000"),
        key("limit", Type::Whole(1, 1000), "How often in one page view, at most.", "Сколько раз за просмотр страницы, самое большее.").example("1"),
        key("clock", Type::Choice(CLOCKS), "Which time counts.", "Какое время считается.").default("\"engaged\""),
    ]),
    Shape::new("custom", EMPTY, &[
        key("event", Type::FilledText, "The name of the event.", "Имя события.").example("\"order_sent\""),
        key("matches", Type::FilledText, "A pattern that the name fits, in place of `event`.", "Шаблон, под который подходит имя, вместо `event`.").example("\"^order_\""),
    ]).one_of(&[&["event", "matches"]]),
    Shape::new("video", EMPTY, &[
        key("on", Type::Choice(VIDEO_ACTS), "What happens with the video.", "Что происходит с видео.").default("\"start\"").example("\"progress\""),
        key("percent", Type::OneOrMore(&Type::Whole(1, 100)), "For `progress`: how much has been played.", "Для `progress`: какая часть просмотрена.").default("[25, 50, 75]"),
    ]),
    Shape::new("rage_click", EMPTY, &[selector("Where; without it, anywhere.", "Где; без этого — где угодно.")]),
    Shape::new("copy", EMPTY, &[selector("From where; without it, from anywhere.", "Откуда; без этого — откуда угодно.")]),
    Shape::new("group", EMPTY, &[
        key("all", Type::List(&Type::FilledText, 2), "Names of triggers, all of which must have fired.", "Имена триггеров, которые все должны сработать.")
            .needed().example("[\"price seen\", \"photo opened\"]"),
        key("in_order", Type::Boolean, "Whether they must fire in this order.", "Должны ли они сработать в этом порядке.").default("false"),
        key("within", Type::TextLike(super::words::DURATION), "How much time there is from the first to the last.", "Сколько времени есть от первого до последнего.").example("\"10 minutes\""),
    ]),
];
