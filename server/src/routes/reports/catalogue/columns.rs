//! Columns that several reports have.

use super::super::column::{Column, Kind, column, words};

pub(super) const BREAKDOWN: Column = column(
    "breakdown",
    Kind::Text,
    words("Breakdown", "Разрез"),
    words(
        "The value of what the report is broken down by; empty where it is not known, … for all that are not listed.",
        "Значение разреза; пусто, если неизвестно; … — все остальные.",
    ),
);
pub(super) const DAY: Column = column(
    "day",
    Kind::Day,
    words("Day", "День"),
    words(
        "Day on which the visit began, in the time zone of the site; or the first day of the week or month.",
        "День начала визита в часовом поясе сайта; для недели и месяца — их первый день.",
    ),
);
pub(super) const SESSIONS: Column = column(
    "sessions",
    Kind::Count,
    words("Visits", "Визиты"),
    words(
        "What one visitor did until 30 minutes of rest, 24 hours at most; a new campaign or paid click begins a new visit. Bots are left out.",
        "Что один посетитель делал до 30 минут покоя, не дольше суток; новая кампания или платный клик начинают новый визит. Без ботов.",
    ),
);
pub(super) const VISITORS: Column = column(
    "visitors",
    Kind::Count,
    words("Visitors", "Посетители"),
    words(
        "Different browsers in the period.",
        "Разные браузеры за период.",
    ),
);
pub(super) const PAGEVIEWS: Column = column(
    "pageviews",
    Kind::Count,
    words("Page views", "Просмотры"),
    words("Events `pageview`.", "События `pageview`."),
);
pub(super) const PAGES_PER_SESSION: Column = column(
    "pages_per_session",
    Kind::Number,
    words("Pages per visit", "Страниц за визит"),
    words("Page views / visits.", "Просмотры / визиты."),
);
pub(super) const BOUNCES: Column = column(
    "bounces",
    Kind::Count,
    words("Bounces", "Отказы"),
    words("Visits that are not engaged.", "Визиты без вовлечения."),
);
pub(super) const BOUNCE_RATE: Column = column(
    "bounce_rate",
    Kind::Share,
    words("Bounce rate", "Доля отказов"),
    words("Bounces / visits.", "Отказы / визиты."),
);
pub(super) const ENGAGED_SESSIONS: Column = column(
    "engaged_sessions",
    Kind::Count,
    words("Engaged visits", "Вовлечённые визиты"),
    words(
        "Visits with two page views, or ten seconds in front of the visitor, or a conversion.",
        "Визиты с двумя просмотрами, или десятью секундами на виду, или с конверсией.",
    ),
);
pub(super) const ENGAGED_S_PER_SESSION: Column = column(
    "engaged_s_per_session",
    Kind::Seconds,
    words("Time per visit", "Время за визит"),
    words(
        "Seconds with the page in front of the visitor / visits.",
        "Секунды со страницей на виду / визиты.",
    ),
);
pub(super) const CONVERTED_SESSIONS: Column = column(
    "converted_sessions",
    Kind::Count,
    words("Converted visits", "Визиты с конверсией"),
    words(
        "Visits with a purchase, a lead or a sign-up; or with the goal that was chosen.",
        "Визиты с покупкой, заявкой или регистрацией; или с выбранной целью.",
    ),
);
pub(super) const SESSION_CONVERSION_RATE: Column = column(
    "session_conversion_rate",
    Kind::Share,
    words("Conversion, visits", "Конверсия визитов"),
    words(
        "Converted visits / visits.",
        "Визиты с конверсией / визиты.",
    ),
);
pub(super) const CONVERTED_VISITORS: Column = column(
    "converted_visitors",
    Kind::Count,
    words("Converted visitors", "Посетители с конверсией"),
    words(
        "Visitors with a converted visit in the period.",
        "Посетители, у которых в периоде есть визит с конверсией.",
    ),
);
pub(super) const VISITOR_CONVERSION_RATE: Column = column(
    "visitor_conversion_rate",
    Kind::Share,
    words("Conversion, visitors", "Конверсия посетителей"),
    words(
        "Converted visitors / visitors.",
        "Посетители с конверсией / посетители.",
    ),
);
pub(super) const PURCHASES: Column = column(
    "purchases",
    Kind::Count,
    words("Purchases", "Покупки"),
    words(
        "Purchases that the browser reported in these visits, each order once.",
        "Покупки, о которых сообщил браузер в этих визитах, каждый заказ один раз.",
    ),
);
pub(super) const LEADS: Column = column(
    "leads",
    Kind::Count,
    words("Leads", "Заявки"),
    words(
        "Events `lead` and `generate_lead` in these visits.",
        "События `lead` и `generate_lead` в этих визитах.",
    ),
);
pub(super) const VISIT_REVENUE: Column = column(
    "revenue",
    Kind::Money,
    words("Revenue of visits", "Выручка визитов"),
    words(
        "What the browser reported as bought in these visits, before refunds.",
        "Что куплено в этих визитах по сообщению браузера, до возвратов.",
    ),
);
pub(super) const REVENUE_PER_SESSION: Column = column(
    "revenue_per_session",
    Kind::Money,
    words("Revenue per visit", "Выручка за визит"),
    words("Revenue of visits / visits.", "Выручка визитов / визиты."),
);
pub(super) const ORDERS: Column = column(
    "orders",
    Kind::Count,
    words("Orders", "Заказы"),
    words(
        "Purchases by their `order_id`, each once, however often reported; the server's word counts.",
        "Покупки по `order_id`, каждая один раз, сколько бы о ней ни сообщали; слово сервера важнее.",
    ),
);
pub(super) const CUSTOMERS: Column = column(
    "customers",
    Kind::Count,
    words("Customers", "Покупатели"),
    words("Persons with an order.", "Люди с заказом."),
);
pub(super) const NEW_CUSTOMERS: Column = column(
    "new_customers",
    Kind::Count,
    words("New customers", "Новые покупатели"),
    words(
        "Persons whose first order ever it is.",
        "Люди, у которых это первый заказ вообще.",
    ),
);
pub(super) const GROSS_REVENUE: Column = column(
    "gross_revenue",
    Kind::Money,
    words("Bought", "Куплено"),
    words("Sum of the orders.", "Сумма заказов."),
);
pub(super) const REFUNDS: Column = column(
    "refunds",
    Kind::Money,
    words("Refunds", "Возвраты"),
    words(
        "What was given back, on the day of giving back.",
        "Возвращено покупателям, в день возврата.",
    ),
);
pub(super) const REVENUE: Column = column(
    "revenue",
    Kind::Money,
    words("Revenue", "Выручка"),
    words("Bought − refunds.", "Куплено − возвраты."),
);
pub(super) const AVERAGE_ORDER: Column = column(
    "average_order",
    Kind::Money,
    words("Average order", "Средний чек"),
    words(
        "Bought / orders, in the currency of the site.",
        "Куплено / заказы, в валюте сайта.",
    ),
);
pub(super) const EVENTS: Column = column(
    "events",
    Kind::Count,
    words("Events", "События"),
    words(
        "How often it happened, each event once.",
        "Сколько раз случилось, каждое событие один раз.",
    ),
);
pub(super) const VALUE: Column = column(
    "value",
    Kind::Number,
    words("Value", "Значение"),
    words(
        "The number: numerator / denominator where it is a share or an average.",
        "Число: числитель / знаменатель, если это доля или среднее.",
    ),
);
pub(super) const NUMERATOR: Column = column(
    "numerator",
    Kind::Number,
    words("Numerator", "Числитель"),
    words("What stands above the line.", "Что стоит над чертой."),
);
pub(super) const DENOMINATOR: Column = column(
    "denominator",
    Kind::Number,
    words("Denominator", "Знаменатель"),
    words(
        "What stands below the line; empty where the number is no share.",
        "Что стоит под чертой; пусто, если это не доля.",
    ),
);
