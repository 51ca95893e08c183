//! Variables: their kinds, what is done to their values, and the types they are read as.

use super::shape::{Key, Said, Shape, Type, Word, key, said, word};

const EMPTY: Said = said("", "");

pub(super) const CASTS: &[Word] = &[
    word("text", "a text, as it is", "текст, как есть"),
    word(
        "number",
        "the whole text is a number: `5`, `-0.5`, `1 990`",
        "весь текст — число: `5`, `-0.5`, `1 990`",
    ),
    word(
        "integer",
        "the same without decimals",
        "то же без дробной части",
    ),
    word(
        "money",
        "the first amount in the text: `from 1 990,50 ₽` is 1990.5",
        "первая сумма в тексте: `от 1 990,50 ₽` — 1990.5",
    ),
    word(
        "boolean",
        "`true`, `1`, `yes`, `on`, or `false`, `0`, `no`, `off`",
        "`true`, `1`, `yes`, `on` или `false`, `0`, `no`, `off`",
    ),
    word(
        "date",
        "a day, or a day and a time",
        "день или день и время",
    ),
    word("list", "a list of texts", "список текстов"),
];

const SELECTOR: Key = key(
    "selector",
    Type::FilledText,
    "The first such element of the page; with `closest`, the first inside that one.",
    "Первый такой элемент страницы; вместе с `closest` — первый внутри него.",
);
const CLOSEST: Key = key(
    "closest",
    Type::FilledText,
    "The nearest such element around the one the trigger matched.",
    "Ближайший такой элемент вокруг того, на котором сработал триггер.",
);

const VARIABLE: Shape = Shape::new(
    "variable",
    said(
        "Where to read: exactly one kind; then what is done to the value, the type it is read as, and what to take when there is nothing to read.",
        "Откуда читать: ровно один вид; затем что сделать со значением, какого оно типа и что взять, когда читать нечего.",
    ),
    &[
        key(
            "then",
            Type::OneOrMore(&TRANSFORM),
            "What is done to the value, in this order.",
            "Что сделать со значением, по порядку.",
        )
        .example("[\"trim\", \"lower\"]"),
        key(
            "as",
            Type::Choice(CASTS),
            "The type the value is read as.",
            "Какого типа значение.",
        )
        .example("\"money\""),
        key(
            "default",
            Type::Scalar,
            "What to take when there is nothing to read, or nothing of this type.",
            "Что взять, когда читать нечего или тип не тот.",
        )
        .example("0"),
        key(
            "constant",
            Type::Scalar,
            "The same value always.",
            "Всегда одно и то же значение.",
        )
        .kind()
        .example("\"basic\""),
        key(
            "query",
            Type::FilledText,
            "A parameter of the page's address, by its name.",
            "Параметр адреса страницы, по имени.",
        )
        .kind()
        .example("\"utm_campaign\""),
        key(
            "cookie",
            Type::FilledText,
            "A cookie, by its name.",
            "Cookie, по имени.",
        )
        .kind()
        .example("\"city\""),
        key(
            "storage",
            Type::Either(&Type::FilledText, &Type::Shape("storage")),
            "What the browser keeps for the site, by its name.",
            "То, что браузер хранит для сайта, по имени.",
        )
        .kind()
        .example("{ \"name\": \"cart\", \"in\": \"session\" }"),
        key(
            "data_layer",
            Type::FilledText,
            "The newest value at a path of the data layer.",
            "Последнее значение по пути в dataLayer.",
        )
        .kind()
        .example("\"ecommerce.value\""),
        key(
            "global",
            Type::FilledText,
            "A value at a path of the page's global variables.",
            "Значение по пути в глобальных переменных страницы.",
        )
        .kind()
        .example("\"shop.user.plan\""),
        key(
            "meta",
            Type::FilledText,
            "The `content` of a `<meta>`, by its `name` or `property`.",
            "`content` элемента `<meta>`, по его `name` или `property`.",
        )
        .kind()
        .example("\"og:type\""),
        key(
            "text",
            Type::Shape("place"),
            "The text of an element.",
            "Текст элемента.",
        )
        .kind()
        .example("{ \"selector\": \".price\", \"closest\": \".product\" }"),
        key(
            "attribute",
            Type::Shape("attribute"),
            "An attribute of an element.",
            "Атрибут элемента.",
        )
        .kind()
        .example("{ \"name\": \"data-sku\", \"closest\": \".product\" }"),
        key(
            "field",
            Type::Either(&Type::FilledText, &Type::Shape("field_of_form")),
            "What was typed or chosen in a field. Never of password, hidden or payment fields.",
            "Введённое или выбранное в поле. Никогда — в полях паролей, платежей и скрытых.",
        )
        .kind()
        .example("\"email\""),
        key(
            "count",
            Type::Shape("place"),
            "How many such elements there are.",
            "Сколько таких элементов.",
        )
        .kind()
        .example("{ \"selector\": \".cart .item\" }"),
        key(
            "exists",
            Type::Shape("place"),
            "Whether there is such an element.",
            "Есть ли такой элемент.",
        )
        .kind()
        .example("{ \"selector\": \".badge-sale\" }"),
        key(
            "url",
            Type::Either(&Type::Choice(URL_PARTS), &Type::Shape("url")),
            "A part of an address.",
            "Часть адреса.",
        )
        .kind()
        .example("{ \"of\": \"{{link.url}}\", \"part\": \"host\" }"),
        key(
            "lookup",
            Type::Shape("lookup"),
            "What stands beside a value in a table.",
            "То, что стоит рядом со значением в таблице.",
        )
        .kind()
        .example(
            "{ \"input\": \"{{page.host}}\", \"table\": { \"spb.shop.example\": \"Petersburg\" } }",
        ),
        key(
            "pattern_table",
            Type::Shape("pattern_table"),
            "What stands beside the first pattern that fits a value.",
            "То, что стоит рядом с первым подходящим шаблоном.",
        )
        .kind()
        .example("{ \"input\": \"{{page.path}}\", \"table\": { \"^/product/\": \"product\" } }"),
        key(
            "first",
            Type::List(&Type::Scalar, 1),
            "The first of several values that is there and not empty.",
            "Первое из нескольких значений, которое есть и не пусто.",
        )
        .kind()
        .example("[\"{{page.query.utm_source}}\", \"{{cookie.source}}\"]"),
        key(
            "template",
            Type::Text,
            "A text with variables in it.",
            "Текст с переменными внутри.",
        )
        .kind()
        .example("\"{{sku}} at {{page.path}}\""),
        key(
            "join",
            Type::Shape("join"),
            "Several values with a text between them; those that are missing are left out.",
            "Несколько значений с текстом между ними; отсутствующие пропускаются.",
        )
        .kind()
        .example("{ \"values\": [\"{{element.id}}\", \"{{element.text}}\"], \"between\": \" \" }"),
    ],
);

pub(super) const SHAPES: &[Shape] = &[
    VARIABLE,
    Shape::new("place", EMPTY, &[SELECTOR, CLOSEST]).at_least(1),
    Shape::new(
        "attribute",
        EMPTY,
        &[
            key(
                "name",
                Type::FilledText,
                "The name of the attribute.",
                "Имя атрибута.",
            )
            .needed()
            .example("\"data-sku\""),
            SELECTOR,
            CLOSEST,
        ],
    ),
    Shape::new("storage", EMPTY, &[
        key("name", Type::FilledText, "Its name.", "Имя.").needed().example("\"cart\""),
        key("in", Type::Choice(STORAGE_AREAS), "Where it is kept.", "Где хранится.").default("\"local\""),
    ]),
    Shape::new("field_of_form", said("A field by its name in the form around the element, or by its place.", "Поле по имени в форме вокруг элемента или по месту."), &[
        key("name", Type::FilledText, "The name of the field.", "Имя поля.").example("\"email\""),
        SELECTOR,
        CLOSEST,
    ]).at_least(1),
    Shape::new("url", EMPTY, &[
        key("of", Type::Text, "The address, with variables in it; without it, the page's.", "Адрес, с переменными внутри; без этого — адрес страницы.").example("\"{{link.url}}\""),
        key("part", Type::Choice(URL_PARTS), "Which part of it.", "Какая его часть.").default("\"url\""),
        key("name", Type::FilledText, "For `query`: which parameter.", "Для `query`: какой параметр.").example("\"utm_source\""),
        key("keep_query", Type::List(&Type::FilledText, 0), "Which parameters stay; `utm_*` is all that begin so.", "Какие параметры оставить; `utm_*` — все, что так начинаются.").example("[\"utm_*\"]"),
    ]).at_least(1),
    Shape::new("lookup", EMPTY, &[
        key("input", Type::Text, "What to look up, with variables in it.", "Что искать, с переменными внутри.").needed().example("\"{{page.host}}\""),
        key("table", Type::Map(&Type::Scalar), "What stands beside each text.", "Что стоит рядом с каждым текстом.").needed().example("{ \"spb.shop.example\": \"Petersburg\" }"),
        key("ignore_case", Type::Boolean, "Whether `Sale` and `SALE` are the same.", "Считать ли `Sale` и `SALE` одним и тем же.").default("false"),
    ]),
    Shape::new("pattern_table", EMPTY, &[
        key("input", Type::Text, "What to look at, with variables in it.", "На что смотреть, с переменными внутри.").needed().example("\"{{page.path}}\""),
        key("table", Type::Either(&Type::Map(&Type::Scalar), &Type::List(&Type::Shape("pattern_row"), 0)), "What stands beside each pattern, the first that fits; `$1` is what its first group found. A list keeps its order in every program.",
            "Что стоит рядом с каждым шаблоном; берётся первый подходящий, `$1` — то, что нашла первая группа. Порядок списка не изменит ни одна программа.").needed().example("{ \"^/product/\": \"product\" }"),
        key("ignore_case", Type::Boolean, "Whether `Sale` and `SALE` are the same.", "Считать ли `Sale` и `SALE` одним и тем же.").default("false"),
    ]),
    Shape::new("pattern_row", EMPTY, &[
        key("matches", Type::FilledText, "A pattern.", "Шаблон.").needed().example("\"^/product/\""),
        key("value", Type::Scalar, "What stands beside it.", "Что стоит рядом с ним.").needed().example("\"product\""),
    ]),
    Shape::new("join", EMPTY, &[
        key("values", Type::List(&Type::Scalar, 1), "The values; those that are missing are left out.", "Значения; отсутствующие пропускаются.").needed().example("[\"{{element.id}}\", \"{{element.text}}\"]"),
        key("between", Type::Text, "The text between them.", "Текст между ними.").default("\"\""),
    ]),
    Shape::new("transform", said("Something that is done to the value: exactly one.", "Что сделать со значением: ровно одно."), &[
        key("redact", Type::OneOrMore(&Type::Choice(REDACTED)), "Takes personal data out.", "Убирает личные данные.").kind().example("[\"email\", \"phone\"]"),
        key("round", Type::Whole(0, 10), "Rounds to so many decimals.", "Округляет до стольких знаков после запятой.").kind().example("2"),
        key("bucket", Type::List(&Type::AnyNumber, 1), "The name of the range that the number is in: where each begins.", "Диапазон, в который попало число: где начинается каждый.").kind().example("[100, 1000]"),
        key("replace", Type::Shape("replace"), "Puts something in place of what a pattern finds.", "Заменяет найденное по шаблону.").kind().example("{ \"pattern\": \"\\\\s+\", \"with\": \"-\" }"),
        key("capture", Type::Either(&Type::FilledText, &Type::Shape("capture")), "Keeps what a pattern finds.", "Оставляет найденное по шаблону.").kind().example("\"/product/(\\\\d+)\""),
    ]),
    Shape::new("replace", EMPTY, &[
        key("pattern", Type::FilledText, "What to look for.", "Что искать.").needed().example("\"\\\\s+\""),
        key("with", Type::Text, "What to put there; `$1` is what the first group found.", "Что поставить; `$1` — то, что нашла первая группа.").default("\"\""),
        key("ignore_case", Type::Boolean, "Whether `Sale` and `SALE` are the same.", "Считать ли `Sale` и `SALE` одним и тем же.").default("false"),
    ]),
    Shape::new("capture", EMPTY, &[
        key("pattern", Type::FilledText, "What to look for.", "Что искать.").needed().example("\"/product/(\\\\d+)\""),
        key("group", Type::Whole(0, 9), "Which group to keep; 0 is all that was found.", "Какую группу оставить; 0 — всё найденное.").example("1"),
        key("ignore_case", Type::Boolean, "Whether `Sale` and `SALE` are the same.", "Считать ли `Sale` и `SALE` одним и тем же.").default("false"),
    ]),
];

/// A step of `then`.
const TRANSFORM: Type = Type::Either(&Type::Choice(PLAIN_TRANSFORMS), &Type::Shape("transform"));

/// Steps of `then` that are written as a word.
pub(super) const PLAIN_TRANSFORMS: &[Word] = &[
    word(
        "trim",
        "without white space at its ends",
        "без пробелов по краям",
    ),
    word("lower", "in small letters", "малыми буквами"),
    word("upper", "in capital letters", "большими буквами"),
    word("digits", "only its digits", "только цифры"),
    word(
        "slug",
        "as part of an address: small letters, Latin for Cyrillic, `-` between words",
        "в виде части адреса: малые буквы, латиница вместо кириллицы, `-` между словами",
    ),
    word(
        "hash",
        "as a hash (SHA-256), which cannot be read back",
        "в виде хеша (SHA-256), из которого исходное не восстановить",
    ),
    word(
        "redact",
        "without personal data of all kinds",
        "без личных данных любого вида",
    ),
    word(
        "round",
        "rounded to a whole number",
        "с округлением до целого",
    ),
];

const URL_PARTS: &[Word] = &[
    word("url", "all of it", "весь адрес"),
    word("scheme", "the protocol: `https`", "протокол: `https`"),
    word(
        "origin",
        "protocol and host: `https://shop.example`",
        "протокол и хост: `https://shop.example`",
    ),
    word("host", "the host: `shop.example`", "хост: `shop.example`"),
    word(
        "path",
        "the path: `/docs/price.pdf`",
        "путь: `/docs/price.pdf`",
    ),
    word(
        "file",
        "the name of the file: `price.pdf`",
        "имя файла: `price.pdf`",
    ),
    word(
        "extension",
        "the ending of the file's name: `pdf`",
        "расширение файла: `pdf`",
    ),
    word(
        "query",
        "the parameters, or with `name` one of them",
        "параметры, а с `name` — один из них",
    ),
    word("fragment", "what follows `#`", "то, что после `#`"),
];

const STORAGE_AREAS: &[Word] = &[
    word(
        "local",
        "for the site, until it is cleared",
        "для сайта, пока не очистят",
    ),
    word(
        "session",
        "for the tab, until it is closed",
        "для вкладки, пока её не закроют",
    ),
];

/// Kinds of personal data.
pub(super) const REDACTED: &[Word] = &[
    word("email", "e-mail addresses", "адреса почты"),
    word("phone", "phone numbers", "номера телефонов"),
    word("card", "numbers of bank cards", "номера банковских карт"),
    word("inn", "Russian taxpayer numbers", "ИНН"),
    word("snils", "Russian insurance numbers", "СНИЛС"),
    word(
        "passport",
        "numbers of Russian passports",
        "номера российских паспортов",
    ),
];
