//! The frame of a container: the site, and what is reported about it.

use super::shape::{Said, Shape, Type, Word, key, said, word};
use super::variables::REDACTED;
use super::words::{ADDRESS, DATE, DOMAIN, DURATION, IDENTIFIER, NAME, PATH};
use crate::vocabulary::CURRENCIES;

const EMPTY: Said = said("", "");

pub(super) const SHAPES: &[Shape] = &[
    Shape::new(
        "container",
        said(
            "The rules of one site: what to listen for, what to take from the page, what to send, and what is reported.",
            "Правила одного сайта: чего ждать, что взять со страницы, что отправить и о чём отчитаться.",
        ),
        &[
            key("$schema", Type::Text, "Where editors find this description.", "Где редактор найдёт это описание."),
            key("weir", Type::Whole(1, 1), "The number of the format.", "Номер формата.").needed().example("1"),
            key("site", Type::Shape("site"), "The site these rules belong to.", "Сайт, к которому относятся правила.").needed().example("{ \"id\": \"shop\" }"),
            key("consent", Type::Shape("consent"), "What visitors are asked for before anything is collected.", "О чём посетителей спрашивают, прежде чем что-то собирать.")
                .example("{ \"default\": { \"analytics\": \"granted\", \"marketing\": \"denied\" } }"),
            key("automatic", Type::Shape("automatic"), "Events that are sent without any rule, to switch them off.", "События, которые отправляются без правил: их можно выключить.")
                .example("{ \"outbound_click\": false }"),
            key("variables", Type::MapOf(NAME, &Type::Shape("variable")), "Values taken from the page, by names of your own.", "Значения, взятые со страницы, под вашими именами.")
                .example("{ \"sku\": { \"attribute\": { \"name\": \"data-sku\", \"closest\": \".product\" } } }"),
            key("triggers", Type::MapOf(NAME, &Type::Shape("trigger")), "What to wait for, by names of your own.", "Чего ждать, под вашими именами.")
                .example("{ \"buy button\": { \"click\": { \"selector\": \"button.buy\" } } }"),
            key("tags", Type::List(&Type::Shape("tag"), 0), "What to send when triggers fire.", "Что отправить, когда сработают триггеры.")
                .example("[ { \"name\": \"Lead\", \"on\": [\"lead form\"], \"event\": \"lead\" } ]"),
            key("privacy", Type::Shape("privacy"), "What of people may be known.", "Что можно знать о людях.").example("{ \"redact\": [\"email\", \"phone\"] }"),
            key("goals", Type::MapOf(IDENTIFIER, &Type::Shape("goal")), "What the site wants people to do.", "Чего сайт хочет от людей.").example("{ \"lead\": { \"event\": \"lead\" } }"),
            key("kpis", Type::List(&Type::Shape("kpi"), 0), "Numbers to reach, and by when.", "Каких чисел достичь и к какому дню."),
            key("examples", Type::List(&Type::Shape("example"), 0), "Pages, what is done on them, and what must come of it. `weir check` runs them; one that fails is an error.",
                "Страницы, что на них делают и что должно получиться. `weir check` их выполняет; несошедшийся пример — ошибка."),
            key("funnels", Type::MapOf(IDENTIFIER, &Type::Shape("funnel")), "Steps that people take one after another.", "Шаги, которые люди делают один за другим."),
        ],
    ),
    Shape::new("site", said("The site these rules belong to.", "Сайт, к которому относятся правила."), &[
        key("id", Type::TextLike(IDENTIFIER), "Its name in addresses and reports: small Latin letters, digits and `_`.", "Имя в адресах и отчётах: малые латинские буквы, цифры и `_`.").needed().example("\"shop\""),
        key("domains", Type::List(&Type::TextLike(DOMAIN), 0), "Hosts that may send events; `*.shop.example` is everything below one.", "Хосты, которые могут отправлять события; `*.shop.example` — всё, что ниже.")
            .example("[\"shop.example\", \"*.shop.example\"]"),
        key("timezone", Type::FilledText, "The time zone in which days begin, by its IANA name.", "Часовой пояс, в котором начинаются дни, именем IANA.").default("\"UTC\"").example("\"Europe/Moscow\""),
            key("script_hosts", Type::List(&Type::TextLike(DOMAIN), 0), "Hosts that scripts of tags may come from, besides the site's own.", "Хосты, с которых можно брать скрипты тегов, кроме хостов сайта.").example("[\"cdn.example\"]"),
        key("currency", Type::Listed(CURRENCIES), "The currency of reports, by its ISO 4217 code.", "Валюта отчётов, кодом ISO 4217.").example("\"RUB\""),
    ]),
    Shape::new("funnel", said("Steps that people take one after another.", "Шаги, которые люди делают один за другим."), &[
        key("title", Type::TextLike(NAME), "What people call it, in any language; without it, by its name.", "Как её называть, на любом языке; без этого — именем.").example("\"Checkout\""),
        key("within", Type::TextLike(DURATION), "How much time there is from the first step to the last.", "Сколько времени есть от первого шага до последнего.").default("\"30 days\""),
        key("order", Type::Choice(FUNNEL_ORDERS), "In what order the steps must be taken.", "В каком порядке нужно пройти шаги.").default("\"ordered\""),
            key("per", Type::Choice(FUNNEL_UNITS), "Who takes the steps.", "Кто проходит шаги.").default("\"person\""),
            key("steps", Type::List(&Type::Shape("step_of_funnel"), 2), "The steps, in order.", "Шаги, по порядку.").needed(),
    ]),
    Shape::new("step_of_funnel", EMPTY, &[
        key("name", Type::TextLike(NAME), "What people call it; without it, the event.", "Как его называть; без этого — событием.").example("\"Cart\""),
        key("event", Type::TextLike(IDENTIFIER), "The event that is the step.", "Событие, которым делается шаг.").needed().example("\"add_to_cart\""),
        key("where", Type::Shape("where"), "What must be true of the event.", "Что должно быть верно о событии.").example("{ \"page.path\": { \"starts_with\": \"/product/\" } }"),
    ]),
    Shape::new("where", said("What must be true of an event: its columns and properties, and what is asked of them.", "Что должно быть верно о событии: его столбцы и свойства и что от них требуется."), &[])
        .others(Type::Shape("step_comparison")),
    Shape::new("consent", said("What visitors are asked for before anything is collected.", "О чём посетителей спрашивают, прежде чем что-то собирать."), &[
        key("default", Type::MapOf(IDENTIFIER, &Type::Choice(CONSENT_STATES)), "What holds for each category until a visitor decides.", "Что действует для каждой категории, пока посетитель не решил.")
            .default("{ \"analytics\": \"granted\", \"marketing\": \"denied\" }"),
        key("wait_ms", Type::Whole(0, 10_000), "How long to wait for an answer that was given before, in milliseconds.", "Сколько ждать ответа, данного раньше, в миллисекундах.").default("0"),
        key("signals", Type::List(&Type::Choice(SIGNALS), 0), "What browsers say for their visitors, which counts as a no until the visitor says yes.", "Что браузеры говорят за своих посетителей; считается отказом, пока посетитель не согласится.").example("[\"gpc\"]"),
        key("tcf", Type::Boolean, "Answers come from a consent platform by the IAB's framework (TCF).", "Ответы даёт платформа согласий по стандарту IAB (TCF).").default("false"),
    ]),
    Shape::new("automatic", said("Events that are sent without any rule; `false` switches one off.", "События, которые отправляются без правил; `false` выключает."), &[
        key("pageview", Type::Boolean, "A page was opened.", "Открыта страница.").default("true"),
        key("engagement", Type::Boolean, "Time was spent on the page.", "На странице провели время.").default("true"),
        key("outbound_click", Type::Boolean, "A link to another site was clicked.", "Клик по ссылке на другой сайт.").default("true"),
        key("file_download", Type::Boolean, "A link to a file was clicked.", "Клик по ссылке на файл.").default("true"),
        key("contact_click", Type::Boolean, "A phone number, an e-mail address or a chat was clicked.", "Клик по номеру телефона, адресу почты или чату.").default("true"),
            key("ecommerce", Type::Boolean, "What shops push to the data layer in the shapes of GA4, Universal Analytics and Yandex Metrica.", "То, что магазины кладут в dataLayer в формах GA4, Universal Analytics и Яндекс Метрики.").default("false"),
    ]),
    Shape::new("privacy", said("What of people may be known.", "Что можно знать о людях."), &[
        key("identity", Type::Choice(IDENTITIES), "How visitors are recognised.", "Как узнаются посетители.").default("\"cookie\""),
        key("keep_query", Type::List(&Type::FilledText, 0), "Which parameters of addresses are collected; `utm_*` is all that begin so. Without it, all.", "Какие параметры адресов собираются; `utm_*` — все, что так начинаются. Без этого — все.").example("[\"utm_*\", \"gclid\", \"yclid\"]"),
        key("redact", Type::List(&Type::Choice(REDACTED), 0), "What is taken out of all texts and addresses.", "Что убирается из всех текстов и адресов.").example("[\"email\", \"phone\", \"card\"]"),
    ]),
    Shape::new("goal", said("What the site wants people to do: exactly one of `event`, `page`, `funnel`.", "Чего сайт хочет от людей: ровно одно из `event`, `page`, `funnel`."), &[
        key("title", Type::TextLike(NAME), "What people call it, in any language; without it, by its name.", "Как её называть, на любом языке; без этого — именем.").example("\"Lead\""),
        key("event", Type::TextLike(IDENTIFIER), "An event.", "Событие.").kind().example("\"lead\""),
        key("page", Type::TextLike(PATH), "A page of this path; a `*` at its end is anything.", "Страница с таким путём; `*` в конце — что угодно.").kind().example("\"/thanks\""),
        key("funnel", Type::TextLike(IDENTIFIER), "The last step of this funnel.", "Последний шаг этой воронки.").kind().example("\"checkout\""),
        key("where", Type::Shape("where"), "What must be true of the event.", "Что должно быть верно о событии.").example("{ \"item\": { \"equals\": \"42\" } }"),
        key("value", Type::Either(&Type::AnyNumber, &Type::TextLike(IDENTIFIER)), "What reaching it is worth: a number, or the property of the event that says it.", "Сколько стоит достижение: число или свойство события, где это сказано.").example("\"revenue\""),
    ]),
    Shape::new("kpi", said("A number to reach by a day.", "Число, которого нужно достичь к дню."), &[
        key("name", Type::TextLike(NAME), "What people call it.", "Как его называть.").needed().example("\"Landing conversion\""),
        key("metric", Type::Choice(METRICS), "Which number.", "Какое число.").needed().example("\"landing_conversion\""),
        key("page", Type::TextLike(PATH), "Of people who enter on pages of this path.", "Для тех, кто вошёл на страницы с таким путём.").example("\"/spring\""),
        key("goal", Type::TextLike(IDENTIFIER), "For this goal.", "Для этой цели.").example("\"lead\""),
        key("funnel", Type::TextLike(IDENTIFIER), "For this funnel.", "Для этой воронки.").example("\"checkout\""),
        key("channel", Type::FilledText, "For this channel only.", "Только для этого канала.").example("\"organic\""),
        key("from", Type::AnyNumber, "What it was at the beginning.", "Каким оно было вначале.").example("0.02"),
        key("to", Type::AnyNumber, "What it is to be.", "Каким должно стать.").needed().example("0.035"),
        key("since", Type::TextLike(DATE), "Count in all from this day on, and not over the last 30 days: of `traffic`, `reach`, `leads`, `revenue`, `orders`.", "Считать всего с этого дня, а не за последние 30 дней: для `traffic`, `reach`, `leads`, `revenue`, `orders`.").example("\"2026-10-01\""),
        key("by", Type::TextLike(DATE), "The last day for it.", "Последний день срока.").needed().example("\"2026-12-31\""),
    ]).implies(&[
        ("metric", "landing_conversion", &["page", "goal"]),
        ("metric", "conversion_rate", &["goal"]),
        ("metric", "leads", &["goal"]),
        ("metric", "cost_per_lead", &["goal"]),
        ("metric", "funnel", &["funnel"]),
    ]),
    Shape::new("example", said("A page, what is done on it, and what must come of it.", "Страница, что на ней делают и что должно получиться."), &[
        key("name", Type::TextLike(NAME), "What people call it.", "Как его называть.").needed().example("\"buying fires once\""),
        key("page", Type::Shape("example_page"), "The page.", "Страница.").example("{ \"url\": \"https://shop.example/product/42\", \"html\": \"<button class=buy>Buy</button>\" }"),
        key("do", Type::List(&Type::Shape("example_step"), 0), "What happens on it, one after the other.", "Что на ней происходит, по порядку.").needed().example("[ { \"click\": \"button.buy\" } ]"),
        key("expect", Type::List(&Type::Shape("expected"), 0), "All that tags do then, in this order; an empty list: nothing.", "Всё, что тогда делают теги, по порядку; пустой список — ничего.").needed().example("[ { \"event\": \"add_to_cart\" } ]"),
    ]),
    Shape::new("example_page", EMPTY, &[
        key("url", Type::TextLike(ADDRESS), "Its address.", "Адрес.").example("\"https://shop.example/product/42\""),
        key("html", Type::Text, "Its content.", "Содержимое.").example("\"<button class=buy>Buy</button>\""),
        key("referrer", Type::Text, "The address of the page before.", "Адрес предыдущей страницы."),
        key("cookies", Type::Map(&Type::Text), "Cookies.", "Файлы cookie.").example("{ \"staff\": \"1\" }"),
        key("local_storage", Type::Map(&Type::Text), "What the browser keeps for the site.", "Что браузер хранит для сайта."),
        key("session_storage", Type::Map(&Type::Text), "What the browser keeps for the tab.", "Что браузер хранит для вкладки."),
        key("data_layer", Type::List(&Type::Any, 0), "Entries of the data layer.", "Записи dataLayer.").example("[ { \"event\": \"order_sent\", \"value\": 5 } ]"),
        key("globals", Type::Map(&Type::Any), "Global variables of the page.", "Глобальные переменные страницы.").example("{ \"user\": { \"plan\": \"basic\" } }"),
        key("consent", Type::MapOf(IDENTIFIER, &Type::Choice(CONSENT_STATES)), "What the visitor has said about consent.", "Что посетитель решил о согласии.").example("{ \"marketing\": \"granted\" }"),
        key("today", Type::TextLike(DATE), "What day it is.", "Какой сегодня день.").example("\"2026-12-31\""),
    ]),
    Shape::new("expected", said("Something that a tag does.", "То, что делает тег."), &[
        key("event", Type::TextLike(IDENTIFIER), "Sends this event.", "Отправляет это событие.").example("\"add_to_cart\""),
        key("pixel", Type::FilledText, "Loads this image.", "Загружает эту картинку."),
        key("script", Type::FilledText, "Runs this script.", "Выполняет этот скрипт."),
        key("push", Type::Map(&Type::Scalar), "Adds this to the data layer.", "Кладёт это в dataLayer."),
        key("tag", Type::FilledText, "It is this tag that does it.", "Делает это именно этот тег.").example("\"Add to cart\""),
        key("with", Type::Map(&Type::Scalar), "Properties it must have; it may have others.", "Свойства, которые должны быть; могут быть и другие.").example("{ \"sku\": \"42\", \"price\": 1990 }"),
    ]).at_least(1),
];

/// What consent to a category can be.
const CONSENT_STATES: &[Word] = &[
    word(
        "granted",
        "events and tags of this category are let through",
        "события и теги этой категории пропускаются",
    ),
    word("denied", "they are held back", "они задерживаются"),
];

pub(super) const SIGNALS: &[Word] = &[
    word(
        "gpc",
        "Global Privacy Control: no to `marketing`",
        "Global Privacy Control: отказ от `marketing`",
    ),
    word(
        "dnt",
        "Do Not Track: no to every category",
        "Do Not Track: отказ от всех категорий",
    ),
];

const IDENTITIES: &[Word] = &[
    word("cookie", "by a cookie", "по файлу cookie"),
    word(
        "cookieless",
        "nothing is kept in the browser; a visitor is recognised within one day only",
        "в браузере ничего не хранится; посетителя узнают только в течение одного дня",
    ),
];

const FUNNEL_ORDERS: &[Word] = &[
    word(
        "ordered",
        "in this order, whatever else happens in between",
        "в этом порядке, что бы ни было между ними",
    ),
    word(
        "strict",
        "in this order, with nothing in between",
        "в этом порядке, без ничего между ними",
    ),
    word("any", "in any order", "в любом порядке"),
];

const FUNNEL_UNITS: &[Word] = &[
    word(
        "person",
        "a person, in one visit or several",
        "человек, за один визит или несколько",
    ),
    word("session", "one visit", "один визит"),
];

/// Numbers that a target can be set for.
pub(super) const METRICS: &[Word] = &[
    word("traffic", "sessions", "трафик: визиты"),
    word("reach", "people", "охват: люди"),
    word(
        "engagement",
        "the share of engaged sessions",
        "вовлечённость: доля визитов с вовлечением",
    ),
    word("ctr", "clicks by impressions", "CTR: клики на показы"),
    word(
        "conversion_rate",
        "the share of people who reached a goal",
        "конверсия: доля людей, достигших цели",
    ),
    word(
        "landing_conversion",
        "the share of people who entered on a page and reached a goal",
        "конверсия посадочной страницы",
    ),
    word(
        "funnel",
        "the share of people who went through a funnel",
        "доля людей, прошедших воронку",
    ),
    word("leads", "how often a goal was reached", "лиды"),
    word("revenue", "revenue", "выручка"),
    word("orders", "orders", "заказы"),
    word("sales_growth", "growth of revenue", "рост продаж"),
    word("aov", "revenue by order", "средний чек"),
    word(
        "cac",
        "costs of winning a customer",
        "стоимость привлечения клиента",
    ),
    word("cost_per_lead", "costs of a lead (CPL)", "цена лида (CPL)"),
    word(
        "ltv",
        "what a customer brings",
        "пожизненная ценность клиента",
    ),
    word("ltv_to_cac", "LTV by CAC", "LTV к CAC"),
    word("romi", "return on marketing", "ROMI: возврат на маркетинг"),
    word(
        "roas",
        "revenue by ad spend",
        "ROAS: выручка на расходы на рекламу",
    ),
    word("drr", "ad spend by revenue", "ДРР: доля рекламных расходов"),
    word(
        "retention",
        "the share of people who came back",
        "удержание",
    ),
    word(
        "rpr",
        "the share of customers who bought again",
        "доля повторных покупок",
    ),
    word("churn", "the share of customers lost", "отток"),
    word(
        "nps",
        "how many would recommend the site",
        "NPS: готовность рекомендовать",
    ),
    word(
        "social_engagement",
        "engagement in social networks",
        "вовлечённость в соцсетях",
    ),
];
