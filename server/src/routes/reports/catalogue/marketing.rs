//! What marketing cost, and what it brought.

use super::super::asked::Asked;
use super::super::column::{Column, Kind, column, words};
use super::{GOAL, Parameter, Report, Takes};

const MARKETING: Report = Report {
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

const COST: Column = column(
    "cost",
    Kind::Money,
    words("Cost", "Расходы"),
    words(
        "All costs of marketing, as imported: advertising, salaries, tools, services, other.",
        "Все загруженные расходы на маркетинг: реклама, зарплаты, сервисы, подрядчики, прочее.",
    ),
);
const AD_SPEND: Column = column(
    "ad_spend",
    Kind::Money,
    words("Ad spend", "Реклама"),
    words("Of these, advertising.", "Из них на рекламу."),
);
const IMPRESSIONS: Column = column(
    "impressions",
    Kind::Count,
    words("Impressions of ads", "Показы рекламы"),
    words("As imported.", "Как загружено."),
);
const CLICKS: Column = column(
    "clicks",
    Kind::Count,
    words("Clicks on ads", "Клики по рекламе"),
    words("As imported.", "Как загружено."),
);
const AD_CTR: Column = column(
    "ad_ctr",
    Kind::Share,
    words("CTR of ads", "CTR рекламы"),
    words(
        "Clicks on ads / impressions of ads.",
        "Клики / показы рекламы.",
    ),
);
const CPC: Column = column(
    "cpc",
    Kind::Money,
    words("Cost per click", "Цена клика"),
    words("Ad spend / clicks on ads.", "Реклама / клики по рекламе."),
);
const LEADS: Column = column(
    "leads",
    Kind::Count,
    words("Leads", "Лиды"),
    words(
        "How often the goal was reached; without one, events `lead` and `generate_lead` in the visits.",
        "Сколько раз достигнута цель; без неё — события `lead` и `generate_lead` в визитах.",
    ),
);
const COST_PER_LEAD: Column = column(
    "cost_per_lead",
    Kind::Money,
    words("Cost per lead", "Цена лида"),
    words("Cost / leads.", "Расходы / лиды."),
);
const ORDERS: Column = column(
    "orders",
    Kind::Number,
    words("Orders", "Заказы"),
    words(
        "Orders of the period, each shared out by the model.",
        "Заказы периода, каждый разделён по модели.",
    ),
);
const NEW_CUSTOMERS: Column = column(
    "new_customers",
    Kind::Number,
    words("New customers", "Новые покупатели"),
    words(
        "Those whose first order ever it is, shared out like their orders.",
        "Те, чей это самый первый заказ; делятся так же, как заказы.",
    ),
);
const CAC: Column = column(
    "cac",
    Kind::Money,
    words("CAC", "CAC"),
    words(
        "What a new customer costs: cost / new customers.",
        "Во что обходится новый покупатель: расходы / новые покупатели.",
    ),
);
const REVENUE: Column = column(
    "revenue",
    Kind::Money,
    words("Revenue", "Выручка"),
    words(
        "What the orders of the period brought, shared out by the model; what was given back of them, whenever, is taken off.",
        "Что принесли заказы периода, разделённое по модели, за вычетом возвратов по этим заказам.",
    ),
);
const ROMI: Column = column(
    "romi",
    Kind::Share,
    words("ROMI", "ROMI"),
    words(
        "(Revenue − cost) / cost. Of revenue, not of margin.",
        "(Выручка − расходы) / расходы. По выручке, а не по марже.",
    ),
);
const ROAS: Column = column(
    "roas",
    Kind::Number,
    words("ROAS", "ROAS"),
    words(
        "Revenue from the channels that had ad spend / ad spend.",
        "Выручка каналов, в которых была реклама / реклама.",
    ),
);
const DRR: Column = column(
    "drr",
    Kind::Share,
    words("Ad spend share (DRR)", "ДРР"),
    words("Ad spend / revenue.", "Реклама / выручка."),
);

const fn number(
    name: &'static str,
    kind: Kind,
    en: &'static str,
    ru: &'static str,
    en_means: &'static str,
    ru_means: &'static str,
) -> Column {
    column(name, kind, words(en, ru), words(en_means, ru_means))
}

/// Days without an order after which a customer counts as lost.
const LOST_AFTER: Parameter = Parameter {
    name: "lost_after_days",
    takes: Takes::Number {
        least: 1,
        most: 1_000,
    },
    usual: "90",
};

pub(super) const REPORTS: &[Report] = &[
    Report {
        id: "marketing",
        title: words("Marketing", "Маркетинг"),
        definition: words(
            "What marketing cost and what it brought. Costs are those that were imported; orders are given to visits by the model; what belongs to no channel has a row of its own, so that the rows add up.",
            "Во что обошёлся маркетинг и что он принёс. Расходы — загруженные; заказы делятся между визитами по модели; то, что ни к какому каналу не относится, стоит отдельной строкой, и сумма строк — целое.",
        ),
        columns: &[
            number(
                "value",
                Kind::Text,
                "From",
                "Откуда",
                "The channel, source or campaign; empty: it has none.",
                "Канал, источник или кампания; пусто — нет.",
            ),
            number(
                "is_general",
                Kind::Flag,
                "General",
                "Общие",
                "1: costs that belong to no channel (source, campaign), as salaries.",
                "1 — расходы, которые не относятся ни к какому каналу (источнику, кампании), например зарплаты.",
            ),
            COST,
            AD_SPEND,
            IMPRESSIONS,
            CLICKS,
            AD_CTR,
            CPC,
            number(
                "sessions",
                Kind::Count,
                "Visits",
                "Визиты",
                "Visits that began in the period.",
                "Визиты, начавшиеся в периоде.",
            ),
            LEADS,
            COST_PER_LEAD,
            ORDERS,
            NEW_CUSTOMERS,
            CAC,
            REVENUE,
            ROMI,
            number(
                "margin_romi",
                Kind::Share,
                "ROMI of margin",
                "ROMI по марже",
                "(Revenue − what serving costs − cost) / cost; only where costs of kind `serving` were imported.",
                "(Выручка − обслуживание − расходы) / расходы; только если загружены расходы вида `serving`.",
            ),
            number(
                "ad_revenue",
                Kind::Money,
                "Revenue of ad channels",
                "Выручка рекламных каналов",
                "Revenue from the channels that had ad spend in the period.",
                "Выручка каналов, в которых в периоде была реклама.",
            ),
            ROAS,
            DRR,
        ],
        parameters: &[
            Parameter {
                name: "of",
                takes: Takes::Word(&["channel", "utm_source", "utm_medium", "utm_campaign", "all"]),
                usual: "channel",
            },
            GOAL,
            Parameter {
                name: "model",
                takes: Takes::Word(&[
                    "last_non_direct",
                    "first",
                    "last",
                    "linear",
                    "position",
                    "time_decay",
                ]),
                usual: "last_non_direct",
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
        view: "weir_fn.marketing",
        sql: marketing,
        ..MARKETING
    },
    Report {
        id: "costs",
        title: words("Costs", "Расходы"),
        definition: words(
            "What was imported, for the days of the period; a cost of a month is spread over its days.",
            "Что загружено, за дни периода; расход за месяц разложен по его дням.",
        ),
        columns: &[
            number(
                "kind",
                Kind::Text,
                "Kind",
                "Вид",
                "ads, salaries, tools, services, other; serving: what customers cost once they are there.",
                "ads — реклама, salaries — зарплаты, tools — сервисы, services — подрядчики, other — прочее; serving — обслуживание покупателей.",
            ),
            number(
                "channel",
                Kind::Text,
                "Channel",
                "Канал",
                "The one given, or worked out from source, medium and campaign; empty: none.",
                "Указанный или определённый по источнику, типу трафика и кампании; пусто — нет.",
            ),
            number(
                "utm_source",
                Kind::Text,
                "Source",
                "Источник",
                "As in the addresses of the visits.",
                "Как в адресах визитов.",
            ),
            number(
                "utm_campaign",
                Kind::Text,
                "Campaign",
                "Кампания",
                "As in the addresses of the visits.",
                "Как в адресах визитов.",
            ),
            number(
                "item",
                Kind::Text,
                "Item",
                "Статья",
                "What it was for.",
                "На что.",
            ),
            number(
                "cost",
                Kind::Money,
                "Cost",
                "Расход",
                "In the currency of the site.",
                "В валюте сайта.",
            ),
            IMPRESSIONS,
            CLICKS,
            number(
                "from_day",
                Kind::Day,
                "From",
                "С",
                "First day with such a cost.",
                "Первый день с таким расходом.",
            ),
            number(
                "to_day",
                Kind::Day,
                "To",
                "По",
                "Last day with such a cost.",
                "Последний день с таким расходом.",
            ),
            number(
                "imported_at",
                Kind::Time,
                "Imported",
                "Загружено",
                "When the last of it was imported, UTC.",
                "Когда загружено последнее, UTC.",
            ),
        ],
        compares: false,
        view: "weir.costs",
        sql: |_| COSTS.to_owned(),
        ..MARKETING
    },
    Report {
        id: "ltv",
        title: words("LTV and CAC", "LTV и CAC"),
        definition: words(
            "What a customer brings in a life by the formula, less what acquiring and serving cost. A forecast: what customers have brought indeed, their cohorts say.",
            "Сколько покупатель приносит за всё время по формуле, за вычетом привлечения и обслуживания. Это прогноз; сколько покупатели принесли на деле, говорят когорты.",
        ),
        columns: &[
            number(
                "average_order",
                Kind::Money,
                "Average order",
                "Средний чек",
                "Revenue / orders, refunds taken off.",
                "Выручка за вычетом возвратов / заказы.",
            ),
            number(
                "purchases_per_customer",
                Kind::Number,
                "Orders per customer",
                "Заказов на покупателя",
                "Orders / customers active, the mean of start and end of the period.",
                "Заказы / активные покупатели, в среднем между началом и концом периода.",
            ),
            number(
                "lifetime",
                Kind::Number,
                "Lifetime, in such periods",
                "Время жизни, в таких периодах",
                "1 / churn; empty while nobody is lost.",
                "1 / отток; пусто, пока никто не ушёл.",
            ),
            number(
                "value_before_costs",
                Kind::Money,
                "LTV before costs",
                "LTV без расходов",
                "Average order × orders per customer × lifetime.",
                "Средний чек × заказов на покупателя × время жизни.",
            ),
            number(
                "serving_per_customer",
                Kind::Money,
                "Serving a customer",
                "Обслуживание покупателя",
                "Costs of kind `serving` / customers active × lifetime.",
                "Расходы вида `serving` / активные покупатели × время жизни.",
            ),
            number(
                "cost",
                Kind::Money,
                "Cost",
                "Расходы",
                "All costs of marketing.",
                "Все расходы на маркетинг.",
            ),
            number(
                "new_customers",
                Kind::Count,
                "New customers",
                "Новые покупатели",
                "Whose first order ever it is.",
                "Чей это самый первый заказ.",
            ),
            CAC,
            number(
                "ltv",
                Kind::Money,
                "LTV",
                "LTV",
                "LTV before costs − serving − CAC.",
                "LTV без расходов − обслуживание − CAC.",
            ),
            number(
                "ltv_to_cac",
                Kind::Number,
                "LTV / CAC",
                "LTV / CAC",
                "How many times a customer brings back what acquiring them cost, after that is taken off.",
                "Во сколько раз покупатель, уже окупив привлечение, приносит больше, чем оно стоило.",
            ),
        ],
        parameters: &[LOST_AFTER],
        view: "weir_fn.ltv",
        sql: |_| LTV.to_owned(),
        ..MARKETING
    },
    Report {
        id: "customer_value",
        title: words("What customers have brought", "Сколько принесли покупатели"),
        definition: words(
            "Revenue per customer so far, by the month of the first order and the months since. Fact, not forecast; cohorts whose first order is in the period.",
            "Выручка на покупателя на сегодня, по месяцу первого заказа и месяцам после него. Факт, а не прогноз; когорты с первым заказом в периоде.",
        ),
        columns: &[
            number(
                "cohort",
                Kind::Day,
                "First order in",
                "Первый заказ",
                "The month of the first order.",
                "Месяц первого заказа.",
            ),
            number(
                "age",
                Kind::Number,
                "Months since",
                "Месяцев после",
                "0 is the month of the first order.",
                "0 — месяц первого заказа.",
            ),
            number(
                "customers",
                Kind::Count,
                "Customers",
                "Покупатели",
                "Of the cohort.",
                "В когорте.",
            ),
            number(
                "orders",
                Kind::Count,
                "Orders",
                "Заказы",
                "In that month.",
                "В этом месяце.",
            ),
            number(
                "revenue",
                Kind::Money,
                "Revenue",
                "Выручка",
                "In that month, refunds taken off.",
                "В этом месяце, за вычетом возвратов.",
            ),
            number(
                "revenue_so_far",
                Kind::Money,
                "Revenue so far",
                "Выручка всего",
                "Up to and with that month.",
                "По этот месяц включительно.",
            ),
            number(
                "revenue_per_customer",
                Kind::Money,
                "Per customer",
                "На покупателя",
                "Revenue so far / customers.",
                "Выручка всего / покупатели.",
            ),
            number(
                "is_complete",
                Kind::Flag,
                "Over",
                "Закончен",
                "0: the month goes on.",
                "0 — месяц ещё идёт.",
            ),
        ],
        compares: false,
        view: "weir_fn.customer_value",
        sql: |_| CUSTOMER_VALUE.to_owned(),
        ..MARKETING
    },
];

fn marketing(asked: &Asked) -> String {
    let by = match asked.word("of") {
        "all" => "''",
        _ => "{of:String}",
    };
    format!(
        "SELECT
    value, is_general, cost, ad_spend, impressions, clicks, ad_ctr, cpc, sessions, leads, cost_per_lead, orders, new_customers, cac, revenue,
    romi, margin_romi, ad_revenue, roas, drr
FROM weir_fn.marketing(site = {{site:String}}, by = {by}, lead = {{goal_step:String}}, model = {{model:String}},
    lookback_days = {{lookback_days:UInt16}}, from = {{from:Date}}, to = {{to:Date}})
ORDER BY is_general, cost DESC, revenue DESC, value
LIMIT {{rows:UInt64}}"
    )
}

const COSTS: &str = "SELECT
    kind, channel, utm_source, utm_campaign, item,
    sum(costs.cost) AS cost,
    sum(costs.impressions) AS impressions,
    sum(costs.clicks) AS clicks,
    min(cost_date) AS from_day,
    max(cost_date) AS to_day,
    toDateTime(max(costs.imported_at), 'UTC') AS imported_at
FROM weir.costs AS costs
WHERE site = {site:String} AND cost_date BETWEEN {from:Date} AND {to:Date}
GROUP BY kind, channel, utm_source, utm_campaign, item
ORDER BY cost DESC, kind, channel, utm_source, utm_campaign, item
LIMIT {rows:UInt64}";

const LTV: &str = "SELECT
    average_order, purchases_per_customer, lifetime, value_before_costs, serving_per_customer, cost, new_customers, cac, ltv, ltv_to_cac
FROM weir_fn.ltv(site = {site:String}, lost_after_days = {lost_after_days:UInt16}, from = {from:Date}, to = {to:Date})
LIMIT {rows:UInt64}";

const CUSTOMER_VALUE: &str = "SELECT
    cohort, age, customers, orders, revenue, revenue_so_far, revenue_per_customer, is_complete
FROM weir_fn.customer_value(site = {site:String}, from = {from:Date}, to = {to:Date})
ORDER BY cohort, age
LIMIT {rows:UInt64}";
