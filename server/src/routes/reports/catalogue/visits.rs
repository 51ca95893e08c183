//! Visits: the overview, day by day, by where they came from, by where they landed.

use super::super::asked::Asked;
use super::super::column::{Column, Kind, column, words};
use super::columns::{
    BOUNCE_RATE, BOUNCES, CONVERTED_SESSIONS, CONVERTED_VISITORS, DAY, DENOMINATOR,
    ENGAGED_S_PER_SESSION, ENGAGED_SESSIONS, LEADS, NUMERATOR, PAGES_PER_SESSION, PAGEVIEWS,
    PURCHASES, REVENUE_PER_SESSION, SESSION_CONVERSION_RATE, SESSIONS, VALUE, VISIT_REVENUE,
    VISITOR_CONVERSION_RATE, VISITORS,
};
use super::{BY, GOAL, Report, beginning_of, converted, filled, visits_asked};

/// Qualities of a visit that it can be chosen and told apart by: columns of `weir.sessions`.
pub(in super::super) const QUALITIES: &[&str] = &[
    "channel",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "referrer_host",
    "landing_host",
    "landing_page",
    "exit_page",
    "click_id_type",
    "device",
    "browser",
    "os",
    "country",
    "city",
];
/// Lines of a chart, the rest is one more.
const LINES: u32 = 6;
/// What stands for the rest.
const OTHERS: &str = "…";

const fn name(
    name: &'static str,
    en: &'static str,
    ru: &'static str,
    what_en: &'static str,
    what_ru: &'static str,
) -> Column {
    column(name, Kind::Text, words(en, ru), words(what_en, what_ru))
}

const CHANNEL: Column = name(
    "channel",
    "Channel",
    "Канал",
    "Where the visit came from, decided from campaign, click id and referrer when it came in.",
    "Откуда пришёл визит: решается при получении по кампании, метке клика и странице перехода.",
);
const SOURCE: Column = name(
    "utm_source",
    "Source",
    "Источник",
    "`utm_source` of the first page of the visit.",
    "`utm_source` первой страницы визита.",
);
const MEDIUM: Column = name(
    "utm_medium",
    "Medium",
    "Тип",
    "`utm_medium` of the first page of the visit.",
    "`utm_medium` первой страницы визита.",
);
const CAMPAIGN: Column = name(
    "utm_campaign",
    "Campaign",
    "Кампания",
    "`utm_campaign` of the first page of the visit.",
    "`utm_campaign` первой страницы визита.",
);
const REFERRER_HOST: Column = name(
    "referrer_host",
    "Referring site",
    "Сайт перехода",
    "Host of the page before the visit, without www.",
    "Хост страницы перед визитом, без www.",
);
const LANDING_HOST: Column = name(
    "landing_host",
    "Host",
    "Хост",
    "Host of the first page view of the visit.",
    "Хост первого просмотра визита.",
);
const LANDING_PAGE: Column = name(
    "landing_page",
    "Landing page",
    "Посадочная",
    "Path of the first page view of the visit.",
    "Путь первого просмотра визита.",
);

/// What every table of visits counts, as `weir.channels` does.
const COUNTED: &[&str] = &[
    "count() AS sessions",
    "uniqExact(visitor_id) AS visitors",
    "sum(sessions.pageviews) AS pageviews",
    "pageviews / nullIf(sessions, 0) AS pages_per_session",
    "sum(is_bounce) AS bounces",
    "bounces / nullIf(sessions, 0) AS bounce_rate",
    "sum(is_engaged) AS engaged_sessions",
    "sum(engaged_ms) / 1000 / nullIf(sessions, 0) AS engaged_s_per_session",
    "countIf(converted) AS converted_sessions",
    "converted_sessions / nullIf(sessions, 0) AS session_conversion_rate",
    "uniqExactIf(visitor_id, converted) AS converted_visitors",
    "converted_visitors / nullIf(visitors, 0) AS visitor_conversion_rate",
    "sum(sessions.purchases) AS purchases",
    "sum(sessions.leads) AS leads",
    "sum(sessions.revenue) AS revenue",
    "toFloat64(revenue) / nullIf(sessions, 0) AS revenue_per_session",
];

macro_rules! visit_columns {
    ($($first:expr),*) => {
        &[
            $($first,)* SESSIONS, VISITORS, PAGEVIEWS, PAGES_PER_SESSION, BOUNCES, BOUNCE_RATE, ENGAGED_SESSIONS,
            ENGAGED_S_PER_SESSION, CONVERTED_SESSIONS, SESSION_CONVERSION_RATE, CONVERTED_VISITORS,
            VISITOR_CONVERSION_RATE, PURCHASES, LEADS, VISIT_REVENUE, REVENUE_PER_SESSION,
        ]
    };
}

/// A table of visits.
const VISITS: Report = Report {
    id: "",
    title: words("", ""),
    definition: words("", ""),
    columns: &[],
    breakdowns: QUALITIES,
    breaks_by_property: false,
    usual_breakdown: "",
    filters: QUALITIES,
    parameters: &[GOAL],
    compares: true,
    view: "weir.sessions",
    sql: |_| String::new(),
    at_once: None,
};

pub(super) const REPORTS: &[Report] = &[
    Report {
        id: "overview",
        title: words("Overview", "Обзор"),
        definition: words(
            "The numbers of the period, one a row, each with its numerator and denominator.",
            "Числа периода, по одному в строке, с числителем и знаменателем.",
        ),
        columns: &[
            column(
                "metric",
                Kind::Text,
                words("Number", "Показатель"),
                words("Which number it is.", "Что это за число."),
            ),
            VALUE,
            NUMERATOR,
            DENOMINATOR,
        ],
        breakdowns: &[],
        sql: overview,
        at_once: Some(overviews),
        ..VISITS
    },
    Report {
        id: "series",
        title: words("Day by day", "По дням"),
        definition: words(
            "Visits by the day, week or month on which they began, in the time zone of the site.",
            "Визиты по дню, неделе или месяцу начала, в часовом поясе сайта.",
        ),
        columns: visit_columns!(DAY),
        parameters: &[GOAL, BY],
        sql: series,
        ..VISITS
    },
    Report {
        id: "traffic",
        title: words("Audience", "Аудитория"),
        definition: words(
            "Visits by any quality: device, browser, country and others.",
            "Визиты по любому признаку: устройство, браузер, страна и другие.",
        ),
        columns: visit_columns!(),
        usual_breakdown: "device",
        view: "weir_fn.traffic",
        sql: |asked| table(asked, &[]),
        at_once: Some(|asked| tables(asked, &[])),
        ..VISITS
    },
    Report {
        id: "channels",
        title: words("Channels", "Каналы"),
        definition: words(
            "What each channel brought: visits, engagement, conversions, revenue.",
            "Что принёс каждый канал: визиты, вовлечение, конверсии, выручка.",
        ),
        columns: visit_columns!(CHANNEL),
        view: "weir_fn.channels",
        sql: |asked| table(asked, &["channel"]),
        at_once: Some(|asked| tables(asked, &["channel"])),
        ..VISITS
    },
    Report {
        id: "sources",
        title: words("Sources", "Источники"),
        definition: words(
            "What each source brought: channel, utm_source, utm_medium and the referring site.",
            "Что принёс каждый источник: канал, utm_source, utm_medium и сайт перехода.",
        ),
        columns: visit_columns!(CHANNEL, SOURCE, MEDIUM, REFERRER_HOST),
        view: "weir_fn.sources",
        sql: |asked| {
            table(
                asked,
                &["channel", "utm_source", "utm_medium", "referrer_host"],
            )
        },
        at_once: Some(|asked| {
            tables(
                asked,
                &["channel", "utm_source", "utm_medium", "referrer_host"],
            )
        }),
        ..VISITS
    },
    Report {
        id: "campaigns",
        title: words("Campaigns", "Кампании"),
        definition: words(
            "What each campaign brought; visits without a campaign are the row without a name.",
            "Что принесла каждая кампания; визиты без кампании — строка без имени.",
        ),
        columns: visit_columns!(CAMPAIGN, SOURCE, MEDIUM),
        view: "weir_fn.campaigns",
        sql: |asked| table(asked, &["utm_campaign", "utm_source", "utm_medium"]),
        at_once: Some(|asked| tables(asked, &["utm_campaign", "utm_source", "utm_medium"])),
        ..VISITS
    },
    Report {
        id: "landing_pages",
        title: words("Landing pages", "Посадочные страницы"),
        definition: words(
            "What becomes of the visits that enter on a page. Purchases, leads and revenue of a visit belong to the page it entered on.",
            "Что стало с визитами, вошедшими на страницу. Покупки, заявки и выручка визита относятся к странице входа.",
        ),
        columns: visit_columns!(LANDING_HOST, LANDING_PAGE),
        view: "weir_fn.landing_pages",
        sql: |asked| table(asked, &["landing_host", "landing_page"]),
        at_once: Some(|asked| tables(asked, &["landing_host", "landing_page"])),
        ..VISITS
    },
];

/// The numbers that are counted, with the condition that says which visits converted.
fn counted(asked: &Asked) -> String {
    COUNTED
        .join(",\n    ")
        .replace("converted)", &format!("{})", converted(asked)))
}

fn table(asked: &Asked, by: &[&str]) -> String {
    let (shown, names) = qualities(asked, by);
    format!(
        "SELECT\n    {shown},\n    {}\nFROM weir.sessions AS sessions\nWHERE {}\nGROUP BY {names}\nORDER BY sessions DESC, {names}\nLIMIT {{rows:UInt64}}",
        counted(asked),
        visits_asked(asked)
    )
}

/// The same of several periods ([`span`]), each row with the number of its period.
fn tables(asked: &Asked, by: &[&str]) -> String {
    let (shown, names) = qualities(asked, by);
    format!(
        "SELECT\n    toUInt8({}) AS period_no,\n    {shown},\n    {}\nFROM weir.sessions AS sessions\nWHERE {}\nGROUP BY period_no, {names}\nORDER BY period_no, sessions DESC, {names}\nLIMIT {{rows:UInt64}} BY period_no",
        span("session_date"),
        counted(asked),
        visits_asked(asked)
    )
}

/// The qualities that a table tells visits apart by: as they are selected, and their names.
fn qualities(asked: &Asked, by: &[&str]) -> (String, String) {
    // Checked names: those of the catalogue.
    let named = |quality: &str, name: &str| format!("toString(sessions.{quality}) AS {name}");
    let broken = Some(asked.breakdown.as_str()).filter(|breakdown| !breakdown.is_empty());
    let first = broken.map(|quality| (named(quality, "breakdown"), "breakdown"));
    let (shown, names): (Vec<String>, Vec<&str>) = first
        .into_iter()
        .chain(by.iter().map(|name| (named(name, name), *name)))
        .unzip();
    (shown.join(",\n    "), names.join(", "))
}

/// In which of the periods `froms` to `tos` a day is, by number: a row for each.
fn span(day: &str) -> String {
    format!(
        "arrayJoin(arrayFilter((no, first, last) -> {day} BETWEEN first AND last, range(1, length({{froms:Array(Date)}}) + 1), {{froms:Array(Date)}}, {{tos:Array(Date)}}))"
    )
}

fn series(asked: &Asked) -> String {
    let by = asked.word("by");
    let day = beginning_of(by, "session_date");
    let (counted, visits) = (counted(asked), visits_asked(asked));
    if asked.breakdown.is_empty() {
        let filled = filled(by, "day");
        return format!(
            "SELECT\n    {day} AS day,\n    {counted}\nFROM weir.sessions AS sessions\nWHERE {visits}\nGROUP BY day\n{filled}\nLIMIT {{rows:UInt64}}"
        );
    }
    let quality = format!("toString(sessions.{})", asked.breakdown);
    format!(
        "SELECT\n    if({quality} IN (\n        SELECT {quality} FROM weir.sessions AS sessions WHERE {visits}\n        \
         GROUP BY {quality} ORDER BY count() DESC LIMIT {LINES}), {quality}, '{OTHERS}') AS breakdown,\n    \
         {day} AS day,\n    {counted}\nFROM weir.sessions AS sessions\nWHERE {visits}\n\
         GROUP BY breakdown, day\nORDER BY day, breakdown\nLIMIT {{rows:UInt64}}"
    )
}

/// The rows of the overview, from its numbers.
const METRICS: &str = "CAST([
        ('visitors', visitors, visitors, NULL),
        ('sessions', sessions, sessions, NULL),
        ('pageviews', pageviews, pageviews, NULL),
        ('engagement', engaged / nullIf(sessions, 0), engaged, sessions),
        ('bounce_rate', (sessions - engaged) / nullIf(sessions, 0), sessions - engaged, sessions),
        ('session_conversion_rate', converted / nullIf(sessions, 0), converted, sessions),
        ('visitor_conversion_rate', converted_visitors / nullIf(visitors, 0), converted_visitors, visitors),
        ('leads', leads, leads, NULL),
        ('orders', orders, orders, NULL),
        ('revenue', gross_revenue - refunds, gross_revenue - refunds, NULL),
        ('average_order', gross_revenue / nullIf(orders_in_currency, 0), gross_revenue, orders_in_currency)
    ], 'Array(Tuple(String, Nullable(Float64), Nullable(Float64), Nullable(Float64)))')";

/// What visits tell of it.
fn of_visits(asked: &Asked) -> String {
    let converted = converted(asked);
    format!(
        "count() AS sessions,
            uniqExact(visitor_id) AS visitors,
            sum(sessions.pageviews) AS pageviews,
            sum(is_engaged) AS engaged,
            countIf({converted}) AS converted,
            uniqExactIf(visitor_id, {converted}) AS converted_visitors,
            sum(sessions.leads) AS leads"
    )
}

/// What orders and refunds tell of it.
const OF_ORDERS: &str = "count() AS orders, countIf(NOT is_other_currency) AS orders_in_currency, toFloat64(sum(orders.revenue)) AS gross_revenue";
const OF_REFUNDS: &str = "toFloat64(sum(refunded)) AS refunds";

/// With a filter, an order counts by the visit in which the browser reported it, and refunds, which have no visit, do not.
fn overview(asked: &Asked) -> String {
    let visits = visits_asked(asked);
    let numbers = of_visits(asked);
    let (in_visits, no_refunds) = if asked.filters.is_empty() {
        (String::new(), "")
    } else {
        (
            format!(
                "\n            AND session_id IN (SELECT session_id FROM weir.sessions WHERE {visits})"
            ),
            " AND false",
        )
    };
    format!(
        "SELECT one.1 AS metric, one.2 AS value, one.3 AS numerator, one.4 AS denominator
FROM
(
    SELECT {METRICS} AS metrics
    FROM
    (
        SELECT
            {numbers}
        FROM weir.sessions AS sessions
        WHERE {visits}
    ) AS visits
    CROSS JOIN
    (
        SELECT {OF_ORDERS}
        FROM weir.orders AS orders
        WHERE site = {{site:String}} AND order_date BETWEEN {{from:Date}} AND {{to:Date}}{in_visits}
    ) AS bought
    CROSS JOIN
    (
        SELECT {OF_REFUNDS}
        FROM weir.refunds
        WHERE site = {{site:String}} AND refund_date BETWEEN {{from:Date}} AND {{to:Date}}{no_refunds}
    ) AS given_back
)
ARRAY JOIN metrics AS one
LIMIT {{rows:UInt64}}"
    )
}

/// The overview of several periods, `froms` to `tos`, from the first day of all to the last: each row with the number of its period.
/// Most of the time goes into finding out which orders there are, whatever the days.
fn overviews(asked: &Asked) -> String {
    let visits = visits_asked(asked);
    let numbers = of_visits(asked);
    let (of_session, of_order, of_refund) = (
        span("session_date"),
        span("order_date"),
        span("refund_date"),
    );
    format!(
        "SELECT toUInt8(span) AS period_no, one.1 AS metric, one.2 AS value, one.3 AS numerator, one.4 AS denominator
FROM
(
    SELECT spans.span AS span, {METRICS} AS metrics
    FROM (SELECT arrayJoin(range(1, length({{froms:Array(Date)}}) + 1)) AS span) AS spans
    LEFT JOIN
    (
        SELECT
            {of_session} AS span,
            {numbers}
        FROM weir.sessions AS sessions
        WHERE {visits}
        GROUP BY span
    ) AS visits ON visits.span = spans.span
    LEFT JOIN
    (
        SELECT {of_order} AS span, {OF_ORDERS}
        FROM weir.orders AS orders
        WHERE site = {{site:String}} AND order_date BETWEEN {{from:Date}} AND {{to:Date}}
        GROUP BY span
    ) AS bought ON bought.span = spans.span
    LEFT JOIN
    (
        SELECT {of_refund} AS span, {OF_REFUNDS}
        FROM weir.refunds
        WHERE site = {{site:String}} AND refund_date BETWEEN {{from:Date}} AND {{to:Date}}
        GROUP BY span
    ) AS given_back ON given_back.span = spans.span
)
ARRAY JOIN metrics AS one"
    )
}
