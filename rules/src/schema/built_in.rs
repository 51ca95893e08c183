//! What is said of each variable that is built in.

use super::shape::{Said, said};

pub(super) const BUILT_IN: &[(&str, Said)] = &[
    (
        "element",
        said(
            "The element in short: `tag#id` or `tag.class`.",
            "Элемент коротко: `tag#id` или `tag.class`.",
        ),
    ),
    (
        "form",
        said(
            "The form around the element, in short.",
            "Форма вокруг элемента, коротко.",
        ),
    ),
    (
        "page.url",
        said("The whole address of the page.", "Полный адрес страницы."),
    ),
    (
        "page.host",
        said(
            "The host of the page, without port.",
            "Хост страницы, без порта.",
        ),
    ),
    (
        "page.path",
        said(
            "The path of the page, as people write it: `/каталог/`.",
            "Путь страницы, как его пишут люди: `/каталог/`.",
        ),
    ),
    (
        "page.query.",
        said(
            "A parameter of the address, by its name.",
            "Параметр адреса, по имени.",
        ),
    ),
    (
        "page.fragment",
        said(
            "What follows `#` in the address.",
            "То, что стоит в адресе после `#`.",
        ),
    ),
    (
        "page.title",
        said("The title of the page.", "Заголовок страницы."),
    ),
    (
        "page.referrer",
        said(
            "The address of the page before.",
            "Адрес предыдущей страницы.",
        ),
    ),
    (
        "page.language",
        said(
            "The language of the page, else of the browser.",
            "Язык страницы, а если он не указан — браузера.",
        ),
    ),
    (
        "element.text",
        said("The text of the element.", "Текст элемента."),
    ),
    (
        "element.id",
        said("The `id` of the element.", "`id` элемента."),
    ),
    (
        "element.classes",
        said("The classes of the element.", "Классы элемента."),
    ),
    (
        "element.href",
        said(
            "Where the element leads, as a full address.",
            "Куда ведёт элемент, полным адресом.",
        ),
    ),
    (
        "element.name",
        said("The `name` of the element.", "`name` элемента."),
    ),
    (
        "element.attr.",
        said(
            "An attribute of the element, by its name.",
            "Атрибут элемента, по имени.",
        ),
    ),
    (
        "element.selector",
        said(
            "A selector that says where the element is.",
            "Селектор, по которому элемент можно найти.",
        ),
    ),
    ("form.id", said("The `id` of the form.", "`id` формы.")),
    (
        "form.name",
        said("The `name` of the form.", "`name` формы."),
    ),
    (
        "form.action",
        said(
            "Where the form sends, as a full address.",
            "Куда отправляется форма, полным адресом.",
        ),
    ),
    (
        "form.field.",
        said(
            "What was typed into a field of the form, by the field's name.",
            "Введённое в поле формы, по имени поля.",
        ),
    ),
    (
        "link.url",
        said("The address of the link.", "Адрес ссылки."),
    ),
    (
        "link.kind",
        said(
            "The kind of the link: `outbound`, `download`, `phone`, `mail`, `messenger`, or nothing of these.",
            "Род ссылки: `outbound`, `download`, `phone`, `mail`, `messenger` или ни один из них.",
        ),
    ),
    (
        "link.outbound",
        said(
            "Whether the link leads to another site.",
            "Ведёт ли ссылка на другой сайт.",
        ),
    ),
    (
        "scroll.percent",
        said(
            "How much of the page has been scrolled, in percent.",
            "До какой части страницы докрутили, в процентах.",
        ),
    ),
    (
        "visible.ratio",
        said(
            "How much of the element is in view, 0 to 1.",
            "Какая часть элемента на экране, от 0 до 1.",
        ),
    ),
    (
        "visible.ms",
        said(
            "For how long the element has been in view, in milliseconds.",
            "Сколько времени элемент на экране, в миллисекундах.",
        ),
    ),
    (
        "video.title",
        said("The title of the video.", "Название видео."),
    ),
    (
        "video.percent",
        said(
            "How much of the video has been played, in percent.",
            "Какая часть видео просмотрена, в процентах.",
        ),
    ),
    (
        "video.url",
        said("The address of the video.", "Адрес видео."),
    ),
    (
        "video.provider",
        said(
            "Who plays the video: `html5`, `youtube` or `vimeo`.",
            "Чьё видео: `html5`, `youtube` или `vimeo`.",
        ),
    ),
    (
        "error.message",
        said("The message of the error.", "Сообщение об ошибке."),
    ),
    (
        "error.url",
        said("The script the error is in.", "Скрипт, в котором ошибка."),
    ),
    (
        "error.line",
        said(
            "The line of the script the error is in.",
            "Строка скрипта, в которой ошибка.",
        ),
    ),
    (
        "history.from",
        said("The address before the change.", "Адрес до перехода."),
    ),
    (
        "history.to",
        said("The address after the change.", "Адрес после перехода."),
    ),
    (
        "event.name",
        said(
            "What happened: the kind of the trigger, or the name of a custom event.",
            "Что произошло: вид триггера или имя события сайта.",
        ),
    ),
    (
        "event.",
        said(
            "A value that the site gave with the event, by its path.",
            "Значение, которое сайт передал с событием, по пути к нему.",
        ),
    ),
    (
        "cookie.",
        said("A cookie, by its name.", "Cookie, по имени."),
    ),
    (
        "session.number",
        said(
            "Which visit of this browser it is, from 1.",
            "Который это визит в этом браузере, начиная с 1.",
        ),
    ),
    (
        "session.landing_page",
        said(
            "The address the visit began on.",
            "Адрес, с которого начался визит.",
        ),
    ),
    (
        "session.source",
        said(
            "Where the visit came from: `utm_source`, else a site.",
            "Откуда визит: `utm_source`, а без него — сайт.",
        ),
    ),
    (
        "session.medium",
        said(
            "The medium of the visit: `utm_medium`.",
            "Канал визита: `utm_medium`.",
        ),
    ),
    (
        "session.campaign",
        said(
            "The campaign of the visit: `utm_campaign`.",
            "Кампания визита: `utm_campaign`.",
        ),
    ),
    (
        "session.is_new",
        said(
            "Whether the visit began with this page view.",
            "Начался ли визит с этого просмотра.",
        ),
    ),
    (
        "visitor.is_new",
        said(
            "Whether it is the first visit of this browser.",
            "Первый ли это визит в этом браузере.",
        ),
    ),
    (
        "device.type",
        said(
            "`desktop`, `mobile` or `tablet`.",
            "`desktop`, `mobile` или `tablet`.",
        ),
    ),
    (
        "device.width",
        said(
            "The width of the window, in pixels.",
            "Ширина окна, в пикселях.",
        ),
    ),
    (
        "device.height",
        said(
            "The height of the window, in pixels.",
            "Высота окна, в пикселях.",
        ),
    ),
    (
        "time.hour",
        said(
            "The hour in the site's time zone, 0 to 23.",
            "Час в часовом поясе сайта, от 0 до 23.",
        ),
    ),
    (
        "time.weekday",
        said(
            "The day of the week in the site's time zone, 1 (Monday) to 7.",
            "День недели в часовом поясе сайта, от 1 (понедельник) до 7.",
        ),
    ),
    (
        "time.iso",
        said(
            "Date and time in the site's time zone: `2026-12-31T18:00:00`.",
            "Дата и время в часовом поясе сайта: `2026-12-31T18:00:00`.",
        ),
    ),
    (
        "consent.",
        said(
            "The consent for a category: `granted` or `denied`.",
            "Согласие на категорию: `granted` или `denied`.",
        ),
    ),
    (
        "container.version",
        said(
            "The number of the release in use.",
            "Номер действующего релиза.",
        ),
    ),
    (
        "random",
        said(
            "A random number, at least 0 and below 1.",
            "Случайное число от 0 до 1.",
        ),
    ),
];
