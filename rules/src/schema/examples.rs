//! Steps of examples: what happens on a page.

use super::shape::{Shape, Type, key, said};
use super::words::DURATION;

const HAPPENS: Type = Type::Only("true");

pub(super) const SHAPES: &[Shape] = &[Shape::new(
    "example_step",
    said(
        "Something that happens: exactly one.",
        "То, что происходит: ровно одно.",
    ),
    &[
        key(
            "data",
            Type::Map(&Type::Any),
            "For `custom`: what the site says of its event.",
            "Для `custom`: что сайт сообщает о событии.",
        )
        .example("{ \"value\": 5 }"),
        key(
            "pageview",
            HAPPENS,
            "A page is opened.",
            "Открывается страница.",
        )
        .kind()
        .example("true"),
        key("init", HAPPENS, "The tag starts.", "Запускается тег.")
            .kind()
            .example("true"),
        key(
            "dom_ready",
            HAPPENS,
            "The document is read.",
            "Документ прочитан.",
        )
        .kind()
        .example("true"),
        key(
            "window_loaded",
            HAPPENS,
            "Everything of the page is loaded.",
            "Страница загружена целиком.",
        )
        .kind()
        .example("true"),
        key(
            "history",
            HAPPENS,
            "The address changes without a load.",
            "Адрес меняется без загрузки.",
        )
        .kind()
        .example("true"),
        key(
            "error",
            HAPPENS,
            "A script of the page fails.",
            "В скрипте страницы ошибка.",
        )
        .kind()
        .example("true"),
        key(
            "exit_intent",
            HAPPENS,
            "The pointer leaves the page at its top.",
            "Указатель уходит за верхний край.",
        )
        .kind()
        .example("true"),
        key(
            "web_vitals",
            HAPPENS,
            "It is known how fast the page was.",
            "Известно, насколько быстрой была страница.",
        )
        .kind()
        .example("true"),
        key(
            "click",
            Type::FilledText,
            "A click on this element.",
            "Клик по этому элементу.",
        )
        .kind()
        .example("\"button.buy\""),
        key(
            "rage_click",
            Type::FilledText,
            "Several quick clicks on this element.",
            "Несколько быстрых кликов по этому элементу.",
        )
        .kind()
        .example("\"button.buy\""),
        key(
            "copy",
            Type::FilledText,
            "Something in this element is copied.",
            "Из этого элемента что-то копируют.",
        )
        .kind()
        .example("\"article\""),
        key(
            "form",
            Type::FilledText,
            "This form is sent.",
            "Эту форму отправляют.",
        )
        .kind()
        .example("\"#lead\""),
        key(
            "form_attempt",
            Type::FilledText,
            "Somebody tries to send this form.",
            "Эту форму пытаются отправить.",
        )
        .kind()
        .example("\"#lead\""),
        key(
            "form_success",
            Type::FilledText,
            "The site takes this form.",
            "Сайт принимает эту форму.",
        )
        .kind()
        .example("\"#lead\""),
        key(
            "field_focus",
            Type::FilledText,
            "This field is entered.",
            "В это поле переходят.",
        )
        .kind()
        .example("\"#lead input\""),
        key(
            "field_change",
            Type::FilledText,
            "This field is changed.",
            "Это поле изменяют.",
        )
        .kind()
        .example("\"#lead input\""),
        key(
            "field_abandon",
            Type::FilledText,
            "This field is left as it was.",
            "Это поле покидают, не изменив.",
        )
        .kind()
        .example("\"#lead input\""),
        key(
            "visible",
            Type::FilledText,
            "This element is in view for as long as triggers ask.",
            "Этот элемент на экране столько, сколько нужно триггерам.",
        )
        .kind()
        .example("\"[data-promo]\""),
        key(
            "appears",
            Type::FilledText,
            "This element is added to the page.",
            "Этот элемент появляется на странице.",
        )
        .kind()
        .example("\".error-message\""),
        key(
            "video_start",
            Type::FilledText,
            "This video begins.",
            "Это видео начинается.",
        )
        .kind()
        .example("\"video\""),
        key(
            "video_pause",
            Type::FilledText,
            "This video is paused.",
            "Это видео ставят на паузу.",
        )
        .kind()
        .example("\"video\""),
        key(
            "video_progress",
            Type::Whole(1, 100),
            "So many percent of a video have been played.",
            "Просмотрено столько процентов видео.",
        )
        .kind()
        .example("50"),
        key(
            "video_complete",
            Type::FilledText,
            "This video is played to its end.",
            "Это видео досматривают.",
        )
        .kind()
        .example("\"video\""),
        key(
            "scroll",
            Type::Whole(1, 100),
            "The page is scrolled down to so many percent.",
            "Страницу прокручивают вниз до стольких процентов.",
        )
        .kind()
        .example("50"),
        key(
            "scroll_pixels",
            Type::Whole(1, 1_000_000),
            "The page is scrolled down so many pixels.",
            "Страницу прокручивают вниз на столько пикселей.",
        )
        .kind()
        .example("1000"),
        key(
            "scroll_across",
            Type::Whole(1, 100),
            "The page is scrolled across to so many percent.",
            "Страницу прокручивают вправо до стольких процентов.",
        )
        .kind()
        .example("50"),
        key(
            "scroll_across_pixels",
            Type::Whole(1, 1_000_000),
            "The page is scrolled across so many pixels.",
            "Страницу прокручивают вправо на столько пикселей.",
        )
        .kind()
        .example("1000"),
        key(
            "timer",
            Type::TextLike(DURATION),
            "So much time passes in front of the visitor.",
            "Столько времени проходит перед глазами посетителя.",
        )
        .kind()
        .example("\"30 seconds\""),
        key(
            "custom",
            Type::FilledText,
            "The site reports an event of this name.",
            "Сайт сообщает о событии с таким именем.",
        )
        .kind()
        .example("\"order_sent\""),
        key(
            "push",
            Type::Map(&Type::Any),
            "The site pushes this to the data layer.",
            "Сайт кладёт это в dataLayer.",
        )
        .kind()
        .example("{ \"event\": \"order_sent\", \"value\": 5 }"),
    ],
)];
