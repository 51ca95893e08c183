//! Pages, and ways between them.

use super::super::asked::Asked;
use super::super::column::{Column, Kind, column, words};
use super::columns::{SESSIONS, VISITORS};
use super::visits::QUALITIES;
use super::{Parameter, Report, Takes, events_asked, visits_asked};

const SHARE: Column = column(
    "share",
    Kind::Share,
    words("Share", "Доля"),
    words(
        "Of all that begin there.",
        "От всех, что начинаются там же.",
    ),
);

/// A report without breakdown.
const PAGES: Report = Report {
    id: "",
    title: words("", ""),
    definition: words("", ""),
    columns: &[],
    breakdowns: &[],
    breaks_by_property: false,
    usual_breakdown: "",
    filters: QUALITIES,
    parameters: &[],
    compares: true,
    view: "",
    sql: |_| String::new(),
    at_once: None,
};

pub(super) const REPORTS: &[Report] = &[
    Report {
        id: "pages",
        title: words("Pages", "Страницы"),
        definition: words(
            "Which pages are looked at, entered on and left from.",
            "Какие страницы смотрят, с каких входят и с каких уходят.",
        ),
        columns: &[
            column(
                "page_host",
                Kind::Text,
                words("Host", "Хост"),
                words("Host of the page.", "Хост страницы."),
            ),
            column(
                "page_path",
                Kind::Text,
                words("Page", "Страница"),
                words("Path of the page.", "Путь страницы."),
            ),
            column(
                "views",
                Kind::Count,
                words("Views", "Просмотры"),
                words("Page views of the page.", "Просмотры страницы."),
            ),
            VISITORS,
            SESSIONS,
            column(
                "entries",
                Kind::Count,
                words("Entries", "Входы"),
                words(
                    "Visits whose first page view it was.",
                    "Визиты, которые с неё начались.",
                ),
            ),
            column(
                "exits",
                Kind::Count,
                words("Exits", "Выходы"),
                words(
                    "Visits whose last page view it was.",
                    "Визиты, которые на ней кончились.",
                ),
            ),
            column(
                "exit_rate",
                Kind::Share,
                words("Exit rate", "Доля выходов"),
                words("Exits / views.", "Выходы / просмотры."),
            ),
            column(
                "engaged_s_per_view",
                Kind::Seconds,
                words("Time per view", "Время на просмотр"),
                words(
                    "Seconds in front of the visitor / views.",
                    "Секунды на виду / просмотры.",
                ),
            ),
        ],
        view: "weir_fn.pages",
        sql: pages,
        ..PAGES
    },
    Report {
        id: "paths",
        title: words("Next pages", "Куда дальше"),
        definition: words(
            "From a page, where do visitors go next in the same visit; an empty next page is the end of the visit, a reload is no step.",
            "Куда переходят со страницы в том же визите; пустая следующая страница — конец визита, перезагрузка не шаг.",
        ),
        columns: &[
            column(
                "page",
                Kind::Text,
                words("Page", "Страница"),
                words("Path of the page.", "Путь страницы."),
            ),
            column(
                "next_page",
                Kind::Text,
                words("Next page", "Следующая"),
                words(
                    "Path of the page after it; empty: the visit ended.",
                    "Путь следующей страницы; пусто — визит кончился.",
                ),
            ),
            column(
                "transitions",
                Kind::Count,
                words("Times", "Раз"),
                words(
                    "How often visitors went this way.",
                    "Сколько раз так переходили.",
                ),
            ),
            SESSIONS,
            SHARE,
        ],
        parameters: &[Parameter {
            name: "page",
            takes: Takes::Text,
            usual: "",
        }],
        view: "weir_fn.paths",
        sql: paths,
        ..PAGES
    },
    Report {
        id: "journeys",
        title: words("Ways through the site", "Пути по сайту"),
        definition: words(
            "Ways of several pages, from the landing page or from a page of yours on. A visit counts once.",
            "Пути из нескольких страниц: от посадочной или от заданной страницы. Визит считается один раз.",
        ),
        columns: &[
            column(
                "journey",
                Kind::Text,
                words("Way", "Путь"),
                words("The pages one after another.", "Страницы одна за другой."),
            ),
            SESSIONS,
            SHARE,
        ],
        parameters: &[
            Parameter {
                name: "start",
                takes: Takes::Text,
                usual: "",
            },
            Parameter {
                name: "length",
                takes: Takes::Number { least: 2, most: 8 },
                usual: "4",
            },
        ],
        view: "weir_fn.journeys",
        sql: journeys,
        ..PAGES
    },
];

fn pages(asked: &Asked) -> String {
    let (events, visits) = (events_asked(asked), visits_asked(asked));
    format!(
        "SELECT
    page_host,
    page_path,
    sum(pages.views) AS views,
    sum(pages.visitors) AS visitors,
    sum(pages.sessions) AS sessions,
    sum(pages.entries) AS entries,
    sum(pages.exits) AS exits,
    exits / nullIf(views, 0) AS exit_rate,
    sum(pages.engaged_ms) / 1000 / nullIf(views, 0) AS engaged_s_per_view
FROM
(
    SELECT
        page_host,
        page_path,
        countIf(name = 'pageview') AS views,
        uniqExactIf(visitor_id, name = 'pageview') AS visitors,
        uniqExactIf(session_id, name = 'pageview') AS sessions,
        0 AS entries,
        0 AS exits,
        sum(events.engaged_ms) AS engaged_ms
    FROM weir.events AS events FINAL
    WHERE name IN ('pageview', 'engagement') AND {events}
    GROUP BY page_host, page_path
    UNION ALL
    SELECT landing_host, landing_page, 0, 0, 0, count(), 0, 0
    FROM weir.sessions AS sessions
    WHERE sessions.pageviews > 0 AND {visits}
    GROUP BY landing_host, landing_page
    UNION ALL
    SELECT exit_host, exit_page, 0, 0, 0, 0, count(), 0
    FROM weir.sessions AS sessions
    WHERE sessions.pageviews > 0 AND {visits}
    GROUP BY exit_host, exit_page
) AS pages
GROUP BY page_host, page_path
ORDER BY views DESC, page_host, page_path
LIMIT {{rows:UInt64}}"
    )
}

/// The pages of a visit in order, those that repeat the page before left out.
const PAGES_OF_VISIT: &str = "arrayCompact(arrayMap(view -> view.2, arraySort(groupArray(10000)((
            bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(ts)), 20), least(session_seq, 1048575)), page_path)))))";

fn paths(asked: &Asked) -> String {
    let events = events_asked(asked);
    format!(
        "SELECT
    page,
    next_page,
    count() AS transitions,
    uniqExact(session_id) AS sessions,
    transitions / nullIf(sum(transitions) OVER (PARTITION BY page), 0) AS share
FROM
(
    SELECT
        session_id,
        {PAGES_OF_VISIT} AS pages
    FROM weir.events FINAL
    WHERE name = 'pageview' AND {events}
    GROUP BY session_date, session_id
)
ARRAY JOIN pages AS page, arrayPushBack(arrayPopFront(pages), '') AS next_page
WHERE {{page:String}} IN ('', page)
GROUP BY page, next_page
ORDER BY transitions DESC, page, next_page
LIMIT {{rows:UInt64}}"
    )
}

fn journeys(asked: &Asked) -> String {
    let events = events_asked(asked);
    format!(
        "SELECT
    journey,
    count() AS sessions,
    sessions / nullIf(sum(sessions) OVER (), 0) AS share
FROM
(
    SELECT
        {PAGES_OF_VISIT} AS pages,
        if({{start:String}} = '', 1, indexOf(pages, {{start:String}})) AS first,
        arraySlice(pages, first, {{length:UInt8}}) AS journey
    FROM weir.events FINAL
    WHERE name = 'pageview' AND {events}
    GROUP BY session_date, session_id
    HAVING first > 0
)
GROUP BY journey
ORDER BY sessions DESC, journey
LIMIT {{rows:UInt64}}"
    )
}
