//! What was sold, and what brought it.

use super::super::asked::Asked;
use super::super::column::{Column, Kind, column, words};
use super::columns::{
    AVERAGE_ORDER, CUSTOMERS, DAY, GROSS_REVENUE, NEW_CUSTOMERS, ORDERS, REFUNDS, REVENUE,
};
use super::{BY, Parameter, Report, Takes, beginning_of, filled};

const SALES: Report = Report {
    id: "",
    title: words("", ""),
    definition: words("", ""),
    columns: &[],
    breakdowns: &[],
    breaks_by_property: false,
    usual_breakdown: "",
    filters: &[],
    parameters: &[],
    compares: true,
    view: "",
    sql: |_| String::new(),
    at_once: None,
};

const fn growth(name: &'static str, en: &'static str, ru: &'static str) -> Column {
    column(
        name,
        Kind::Share,
        words(en, ru),
        words(
            "By which share the period asked for is above this one, over equally many whole days.",
            "На какую долю выбранный период выше этого, по одинаковому числу целых дней.",
        ),
    )
}

const fn credit(name: &'static str, kind: Kind, en: &'static str, ru: &'static str) -> Column {
    column(
        name,
        kind,
        words(en, ru),
        words(
            "Credit by this model; the sum of the column is the number of conversions, or their revenue.",
            "Вклад по этой модели; сумма столбца — число конверсий или их выручка.",
        ),
    )
}

pub(super) const REPORTS: &[Report] = &[
    Report {
        id: "sales",
        title: words("Sales", "Продажи"),
        definition: words(
            "Orders, revenue and refunds by the day, week or month; each order once, however often it was reported.",
            "Заказы, выручка и возвраты по дням, неделям или месяцам; каждый заказ один раз.",
        ),
        columns: &[
            DAY,
            ORDERS,
            CUSTOMERS,
            NEW_CUSTOMERS,
            GROSS_REVENUE,
            REFUNDS,
            REVENUE,
            AVERAGE_ORDER,
        ],
        parameters: &[BY],
        view: "weir.sales",
        sql: sales,
        ..SALES
    },
    Report {
        id: "sales_growth",
        title: words("Growth of sales", "Рост продаж"),
        definition: words(
            "The period, the one before it and the same a year before, over equally many whole days.",
            "Период, предыдущий и тот же год назад, по одинаковому числу целых дней.",
        ),
        columns: &[
            column(
                "period_no",
                Kind::Number,
                words("Period", "Период"),
                words(
                    "1 is the period asked for, 2 the one before it, 3 the same a year before.",
                    "1 — выбранный период, 2 — предыдущий, 3 — тот же год назад.",
                ),
            ),
            column(
                "period_from",
                Kind::Day,
                words("From", "С"),
                words("First day.", "Первый день."),
            ),
            column(
                "period_to",
                Kind::Day,
                words("To", "По"),
                words("Last whole day.", "Последний целый день."),
            ),
            column(
                "days",
                Kind::Number,
                words("Days", "Дней"),
                words(
                    "Whole days that are counted.",
                    "Сколько целых дней посчитано.",
                ),
            ),
            ORDERS,
            CUSTOMERS,
            NEW_CUSTOMERS,
            GROSS_REVENUE,
            REFUNDS,
            REVENUE,
            AVERAGE_ORDER,
            growth("revenue_growth", "Revenue growth", "Рост выручки"),
            growth("orders_growth", "Order growth", "Рост заказов"),
            growth(
                "average_order_growth",
                "Growth of the average order",
                "Рост среднего чека",
            ),
        ],
        compares: false,
        view: "weir_fn.sales",
        sql: |_| GROWTH.to_owned(),
        ..SALES
    },
    Report {
        id: "customers",
        title: words("Customers", "Покупатели"),
        definition: words(
            "Who bought for the first time, again, or no longer. Lost: ordered in the days before the period began and not in those before it ended.",
            "Кто купил впервые, снова или больше не покупает. Ушёл: заказывал за столько-то дней до начала периода и не заказывал до конца.",
        ),
        columns: &[
            CUSTOMERS,
            NEW_CUSTOMERS,
            column(
                "repeat_customers",
                Kind::Count,
                words("Bought again", "Купили снова"),
                words(
                    "Two orders or more in the period.",
                    "Два заказа и больше в периоде.",
                ),
            ),
            column(
                "repeat_share",
                Kind::Share,
                words("Share that bought again", "Доля купивших снова"),
                words("Bought again / customers.", "Купили снова / покупатели."),
            ),
            column(
                "active_at_start",
                Kind::Count,
                words("Active at the start", "Активны в начале"),
                words(
                    "Ordered in the days before the period.",
                    "Заказывали в дни перед периодом.",
                ),
            ),
            column(
                "lost",
                Kind::Count,
                words("Lost", "Ушли"),
                words(
                    "Active at the start and not at the end.",
                    "Активны в начале, но не в конце.",
                ),
            ),
            column(
                "churn_rate",
                Kind::Share,
                words("Churn", "Отток"),
                words("Lost / active at the start.", "Ушли / активны в начале."),
            ),
        ],
        parameters: &[Parameter {
            name: "lost_after_days",
            takes: Takes::Number {
                least: 1,
                most: 1_000,
            },
            usual: "90",
        }],
        view: "weir_fn.customers",
        sql: |_| BUYERS.to_owned(),
        ..SALES
    },
    Report {
        id: "attribution",
        title: words("What brought the sales", "Что принесло продажи"),
        definition: words(
            "Credit for the conversions of the period, by six models side by side. A touch is a visit of the person within the days before.",
            "Вклад в конверсии периода по шести моделям рядом. Касание — визит человека за столько-то дней до конверсии.",
        ),
        columns: &[
            column(
                "value",
                Kind::Text,
                words("From", "Откуда"),
                words(
                    "Unknown: without any visit in the days before.",
                    "Unknown — без визитов за эти дни.",
                ),
            ),
            credit(
                "conversions_last_non_direct",
                Kind::Number,
                "Last not direct",
                "Последний не прямой",
            ),
            credit("conversions_first", Kind::Number, "First", "Первый"),
            credit("conversions_last", Kind::Number, "Last", "Последний"),
            credit("conversions_linear", Kind::Number, "All alike", "Поровну"),
            credit(
                "conversions_position",
                Kind::Number,
                "By position",
                "По позиции",
            ),
            credit(
                "conversions_time_decay",
                Kind::Number,
                "Later counts more",
                "Позже — важнее",
            ),
            credit(
                "revenue_last_non_direct",
                Kind::Money,
                "Revenue, last not direct",
                "Выручка, последний не прямой",
            ),
            credit(
                "revenue_first",
                Kind::Money,
                "Revenue, first",
                "Выручка, первый",
            ),
            credit(
                "revenue_last",
                Kind::Money,
                "Revenue, last",
                "Выручка, последний",
            ),
            credit(
                "revenue_linear",
                Kind::Money,
                "Revenue, all alike",
                "Выручка, поровну",
            ),
            credit(
                "revenue_position",
                Kind::Money,
                "Revenue, by position",
                "Выручка, по позиции",
            ),
            credit(
                "revenue_time_decay",
                Kind::Money,
                "Revenue, later counts more",
                "Выручка, позже — важнее",
            ),
        ],
        parameters: &[
            Parameter {
                name: "of",
                takes: Takes::Word(&[
                    "channel",
                    "utm_source",
                    "utm_medium",
                    "utm_campaign",
                    "referrer_host",
                    "landing_page",
                ]),
                usual: "channel",
            },
            Parameter {
                name: "conversion",
                takes: Takes::Text,
                usual: "purchase",
            },
            Parameter {
                name: "lookback_days",
                takes: Takes::Number {
                    least: 1,
                    most: 365,
                },
                usual: "30",
            },
        ],
        view: "weir_fn.attribution",
        sql: |_| ATTRIBUTION.to_owned(),
        ..SALES
    },
];

/// As weir.sales, of one site, and by the week and month as well: customers of a week are not the sum of its days.
fn sales(asked: &Asked) -> String {
    let by = asked.word("by");
    let (day, filled) = (beginning_of(by, "sold_on"), filled(by, "day"));
    format!(
        "SELECT
    {day} AS day,
    countIf(is_order) AS orders,
    uniqExactIf(person_id, is_order) AS customers,
    countIf(is_first_order) AS new_customers,
    sum(bought) AS gross_revenue,
    sum(given_back) AS refunds,
    gross_revenue - refunds AS revenue,
    toFloat64(gross_revenue) / nullIf(countIf(is_order AND NOT is_other_currency), 0) AS average_order
FROM
(
    SELECT
        order_date AS sold_on,
        1 AS is_order,
        is_other_currency,
        person_id,
        row_number() OVER (PARTITION BY person_id ORDER BY order_date, ordered_at, order_id) = 1 AS is_first_order,
        orders.revenue AS bought,
        toDecimal64(0, 2) AS given_back
    FROM weir.orders AS orders
    WHERE site = {{site:String}} AND order_date <= {{to:Date}}
    UNION ALL
    SELECT refund_date, 0, is_other_currency, person_id, 0, toDecimal64(0, 2), refunded
    FROM weir.refunds
    WHERE site = {{site:String}} AND refund_date <= {{to:Date}}
)
WHERE sold_on BETWEEN {{from:Date}} AND {{to:Date}}
GROUP BY day
{filled}
LIMIT {{rows:UInt64}}"
    )
}

const GROWTH: &str = "SELECT
    period_no, period_from, period_to, days, orders, customers, new_customers, gross_revenue, refunds, revenue, average_order,
    revenue_growth, orders_growth, average_order_growth
FROM weir_fn.sales(site = {site:String}, from = {from:Date}, to = {to:Date})
ORDER BY period_no
LIMIT {rows:UInt64}";

const BUYERS: &str = "SELECT customers, new_customers, repeat_customers, repeat_share, active_at_start, lost, churn_rate
FROM weir_fn.customers(site = {site:String}, lost_after_days = {lost_after_days:UInt16}, from = {from:Date}, to = {to:Date})
LIMIT {rows:UInt64}";

const ATTRIBUTION: &str = "SELECT
    value,
    conversions_last_non_direct, conversions_first, conversions_last, conversions_linear, conversions_position, conversions_time_decay,
    revenue_last_non_direct, revenue_first, revenue_last, revenue_linear, revenue_position, revenue_time_decay
FROM weir_fn.attribution(site = {site:String}, conversion = {conversion:String}, by = {of:String}, lookback_days = {lookback_days:UInt16},
    from = {from:Date}, to = {to:Date})
ORDER BY conversions_last_non_direct DESC, value
LIMIT {rows:UInt64}";
