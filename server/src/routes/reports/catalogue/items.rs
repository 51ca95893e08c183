//! What was shown and clicked, and which tags fired.

use super::super::asked::Asked;
use super::super::column::{Column, Kind, column, words};
use super::columns::{EVENTS, VISITORS};
use super::visits::QUALITIES;
use super::{Report, conditions, events_asked};

const ITEM: Column = column(
    "item",
    Kind::Text,
    words("Item", "Элемент"),
    words(
        "What the events `impression` and `click` carry as `item`: a promo, a product, a banner.",
        "Что события `impression` и `click` несут в `item`: промо, товар, баннер.",
    ),
);

const ITEMS: Report = Report {
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
        id: "ctr",
        title: words("CTR of promos", "CTR промо"),
        definition: words(
            "Of those who saw an item, how many clicked it. An impression is half of an element in view for a second.",
            "Сколько из увидевших элемент кликнули по нему. Показ — половина элемента на виду секунду.",
        ),
        columns: &[
            ITEM,
            column(
                "impressions",
                Kind::Count,
                words("Impressions", "Показы"),
                words(
                    "Counted once per visit and element.",
                    "Один раз на визит и элемент.",
                ),
            ),
            column(
                "clicks",
                Kind::Count,
                words("Clicks", "Клики"),
                words(
                    "Counted once per visit and element.",
                    "Один раз на визит и элемент.",
                ),
            ),
            column(
                "ctr",
                Kind::Share,
                words("CTR", "CTR"),
                words("Clicks / impressions.", "Клики / показы."),
            ),
            column(
                "sessions_exposed",
                Kind::Count,
                words("Visits that saw it", "Визиты с показом"),
                words(
                    "Visits with an impression of the item.",
                    "Визиты с показом элемента.",
                ),
            ),
            column(
                "sessions_clicked",
                Kind::Count,
                words("Of them clicked", "Из них кликнули"),
                words(
                    "Visits that saw the item and clicked it.",
                    "Визиты с показом и кликом.",
                ),
            ),
            column(
                "session_ctr",
                Kind::Share,
                words("CTR, visits", "CTR визитов"),
                words(
                    "Visits that clicked / visits that saw it.",
                    "Визиты с кликом / визиты с показом.",
                ),
            ),
            column(
                "visitors_exposed",
                Kind::Count,
                words("Visitors who saw it", "Посетители с показом"),
                words(
                    "Visitors with an impression of the item.",
                    "Посетители, видевшие элемент.",
                ),
            ),
            column(
                "visitors_clicked",
                Kind::Count,
                words("Of them clicked", "Из них кликнули"),
                words(
                    "Visitors who saw the item and clicked it in one visit.",
                    "Посетители, видевшие и кликнувшие в одном визите.",
                ),
            ),
            column(
                "visitor_ctr",
                Kind::Share,
                words("CTR, visitors", "CTR посетителей"),
                words(
                    "Visitors who clicked / visitors who saw it.",
                    "Кликнувшие / видевшие посетители.",
                ),
            ),
            column(
                "clicks_without_impression",
                Kind::Count,
                words("Clicks unseen", "Клики без показа"),
                words(
                    "Clicks in visits without an impression of the item: should be near zero, else impressions are not measured where clicks are.",
                    "Клики в визитах без показа элемента: должно быть около нуля, иначе показы измеряются не там, где клики.",
                ),
            ),
        ],
        breakdowns: &["channel", "device"],
        view: "weir_fn.ctr",
        sql: ctr,
        ..ITEMS
    },
    Report {
        id: "elements",
        title: words("Elements", "Элементы"),
        definition: words(
            "What was pressed, sent or chosen on a page, and in which share of the visits that saw the page.",
            "Что нажимали, отправляли и выбирали на странице и в какой доле визитов, видевших страницу.",
        ),
        columns: &[
            column(
                "page_path",
                Kind::Text,
                words("Page", "Страница"),
                words("Path of the page.", "Путь страницы."),
            ),
            column(
                "event",
                Kind::Text,
                words("Event", "Событие"),
                words("Name of the event.", "Имя события."),
            ),
            column(
                "element",
                Kind::Text,
                words("Element", "Селектор"),
                words(
                    "What was clicked or sent, as a selector.",
                    "Что нажато или отправлено, селектором.",
                ),
            ),
            ITEM,
            EVENTS,
            column(
                "sessions_with_event",
                Kind::Count,
                words("Visits with it", "Визиты с ним"),
                words(
                    "Visits in which it happened on the page.",
                    "Визиты, где это случилось на странице.",
                ),
            ),
            column(
                "sessions_on_page",
                Kind::Count,
                words("Visits of the page", "Визиты страницы"),
                words(
                    "Visits that looked at the page.",
                    "Визиты, где смотрели страницу.",
                ),
            ),
            column(
                "share_of_sessions",
                Kind::Share,
                words("Share of visits", "Доля визитов"),
                words(
                    "Visits with it / visits of the page.",
                    "Визиты с ним / визиты страницы.",
                ),
            ),
        ],
        view: "weir.events",
        sql: elements,
        ..ITEMS
    },
    Report {
        id: "tags",
        title: words("Tags", "Теги"),
        definition: words(
            "How often each tag fired; bots are left out.",
            "Сколько раз сработал каждый тег; без ботов.",
        ),
        columns: &[
            column(
                "tag",
                Kind::Text,
                words("Tag", "Тег"),
                words(
                    "Name of the tag; what is automatic has none.",
                    "Имя тега; у автоматического его нет.",
                ),
            ),
            EVENTS,
            VISITORS,
            column(
                "last_fired_at",
                Kind::Time,
                words("Last fired", "Последний раз"),
                words(
                    "When it fired last in the period, UTC.",
                    "Последнее срабатывание в периоде, UTC.",
                ),
            ),
        ],
        view: "weir.events",
        sql: tags,
        ..ITEMS
    },
];

/// As weir_fn.ctr. The channel and the device of an item are those of its visit.
fn ctr(asked: &Asked) -> String {
    let (shown, breakdown) = if asked.breakdown.is_empty() {
        (String::new(), "")
    } else {
        // A checked name: one of the report's breakdowns.
        (
            format!("toString(items.{}) AS breakdown,\n    ", asked.breakdown),
            ", breakdown",
        )
    };
    let of_visits = if asked.filters.is_empty() {
        String::new()
    } else {
        format!(
            "\n    AND session_id IN (SELECT session_id FROM weir.sessions WHERE site = {{site:String}} AND session_date BETWEEN {{from:Date}} AND {{to:Date}}{})",
            conditions(&asked.filters)
        )
    };
    format!(
        "SELECT
    {shown}item,
    sum(items.impressions) AS impressions,
    sum(items.clicks) AS clicks,
    clicks / nullIf(impressions, 0) AS ctr,
    countIf(items.impressions > 0) AS sessions_exposed,
    countIf(items.impressions > 0 AND items.clicks > 0) AS sessions_clicked,
    sessions_clicked / nullIf(sessions_exposed, 0) AS session_ctr,
    uniqExactIf(visitor_id, items.impressions > 0) AS visitors_exposed,
    uniqExactIf(visitor_id, items.impressions > 0 AND items.clicks > 0) AS visitors_clicked,
    visitors_clicked / nullIf(visitors_exposed, 0) AS visitor_ctr,
    sumIf(items.clicks, items.impressions = 0) AS clicks_without_impression
FROM weir.session_items AS items
WHERE site = {{site:String}} AND session_date BETWEEN {{from:Date}} AND {{to:Date}}{of_visits}
GROUP BY item{breakdown}
ORDER BY impressions DESC, item{breakdown}
LIMIT {{rows:UInt64}}"
    )
}

fn elements(asked: &Asked) -> String {
    let events = events_asked(asked);
    format!(
        "SELECT
    happened.page_path AS page_path,
    event,
    element,
    item,
    events,
    sessions_with_event,
    sessions_on_page,
    sessions_with_event / nullIf(sessions_on_page, 0) AS share_of_sessions
FROM
(
    SELECT page_path, toString(name) AS event, element, item, count() AS events, uniqExact(session_id) AS sessions_with_event
    FROM weir.events FINAL
    WHERE name NOT IN ('impression', 'engagement', 'pageview') AND element != '' AND {events}
    GROUP BY page_path, event, element, item
) AS happened
LEFT JOIN
(
    SELECT page_path, uniqExact(session_id) AS sessions_on_page
    FROM weir.events FINAL
    WHERE name = 'pageview' AND {events}
    GROUP BY page_path
) AS looked USING (page_path)
ORDER BY sessions_with_event DESC, page_path, event, element, item
LIMIT {{rows:UInt64}}"
    )
}

fn tags(asked: &Asked) -> String {
    let events = events_asked(asked);
    format!(
        "SELECT toString(tag) AS tag, count() AS events, uniqExact(visitor_id) AS visitors, max(ts) AS last_fired_at
FROM weir.events AS stored FINAL
WHERE stored.tag != '' AND {events}
GROUP BY tag
ORDER BY events DESC, tag
LIMIT {{rows:UInt64}}"
    )
}
