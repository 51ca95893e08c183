//! Goals, and KPIs against their targets.

use super::super::column::{Column, Kind, column, words};
use super::columns::{DAY, DENOMINATOR, NUMERATOR, SESSIONS, VALUE};
use super::{Parameter, Report, Takes};

const TARGETS: Report = Report {
    id: "",
    title: words("", ""),
    definition: words("", ""),
    columns: &[],
    breakdowns: &[],
    breaks_by_property: false,
    usual_breakdown: "",
    filters: &[],
    parameters: &[],
    compares: false,
    view: "",
    sql: |_| String::new(),
    at_once: None,
};

const fn name(
    name: &'static str,
    en: &'static str,
    ru: &'static str,
    what_en: &'static str,
    what_ru: &'static str,
) -> Column {
    column(name, Kind::Text, words(en, ru), words(what_en, what_ru))
}

const KPI: Column = name(
    "kpi",
    "KPI",
    "KPI",
    "What people call it.",
    "Как его называют.",
);
const REACHED: Column = column(
    "reached",
    Kind::Count,
    words("Reached", "Достигнута"),
    words(
        "How often its event happened; of reports of an order the server's counts.",
        "Сколько раз случилось её событие; из сообщений о заказе считается серверное.",
    ),
);

pub(super) const REPORTS: &[Report] = &[
    Report {
        id: "targets",
        title: words("Targets", "План и факт"),
        definition: words(
            "Whether each KPI reaches its target in time. The value is that of the 30 days that ended yesterday, or of all days since the one that the target names; the period asked for does not matter.",
            "Успеет ли каждый KPI к сроку. Значение — за 30 дней, кончившихся вчера, или за все дни с названного в плане; выбранный период не важен.",
        ),
        columns: &[
            KPI,
            name(
                "metric",
                "Metric",
                "Показатель",
                "Which number.",
                "Какое это число.",
            ),
            name(
                "page",
                "Page",
                "Страница",
                "Of people who entered there; empty: everywhere.",
                "Для вошедших на неё; пусто — везде.",
            ),
            name("goal", "Goal", "Цель", "Which goal.", "Какая цель."),
            name(
                "funnel",
                "Funnel",
                "Воронка",
                "Which funnel.",
                "Какая воронка.",
            ),
            name(
                "channel",
                "Channel",
                "Канал",
                "Of one channel only.",
                "Только по одному каналу.",
            ),
            column(
                "baseline",
                Kind::Number,
                words("From", "Было"),
                words("What it was at the beginning.", "Что было в начале."),
            ),
            column(
                "target",
                Kind::Number,
                words("To", "Цель"),
                words("What it is to be.", "Что должно быть."),
            ),
            column(
                "since",
                Kind::Day,
                words("Since", "С"),
                words(
                    "Counted in all from this day on; empty: over the last 30 days.",
                    "Считается всего с этого дня; пусто — за последние 30 дней.",
                ),
            ),
            column(
                "deadline",
                Kind::Day,
                words("By", "Срок"),
                words("The last day for it.", "Последний день."),
            ),
            VALUE,
            NUMERATOR,
            DENOMINATOR,
            column(
                "value_day",
                Kind::Day,
                words("As of", "На день"),
                words(
                    "Last of the days that are counted.",
                    "Последний из посчитанных дней.",
                ),
            ),
            column(
                "so_far",
                Kind::Number,
                words("So far", "Пока"),
                words(
                    "The same with the day that goes on; empty where that is not counted.",
                    "То же вместе с днём, который ещё идёт; пусто, если он не считается.",
                ),
            ),
            column(
                "so_far_day",
                Kind::Day,
                words("On", "За день"),
                words("The day that goes on.", "День, который ещё идёт."),
            ),
            column(
                "share_of_way",
                Kind::Share,
                words("Way", "Пройдено"),
                words(
                    "(value − from) / (to − from).",
                    "(значение − было) / (цель − было).",
                ),
            ),
            column(
                "share_of_time",
                Kind::Share,
                words("Time", "Время"),
                words(
                    "Of the days from the first that was counted, or from that which the target names, to the deadline.",
                    "От первого посчитанного или названного в плане дня до срока.",
                ),
            ),
            column(
                "forecast",
                Kind::Number,
                words("Forecast", "Прогноз"),
                words(
                    "The straight line through all days so far and the thirty before the target was set, at the deadline; of what is counted in all, as much a day as so far, from the third day on. A line needs seven days, each of which knows 14 of its 30 days at least, of a sum all of them.",
                    "Прямая по всем дням и тридцати до постановки плана, продолженная до срока; если считается всего — столько же в день, сколько до сих пор, начиная с третьего дня. Прямой нужно семь дней, у каждого из которых известны хотя бы 14 его дней из 30, а у суммы все.",
                ),
            ),
            name(
                "status",
                "Status",
                "Статус",
                "done; on_track: the forecast gets there, or the way is ahead of the time; at_risk; missed; too_early: there is too little for a forecast; no_data.",
                "done — сделано; on_track — прогноз доходит или путь впереди срока; at_risk — под угрозой; missed — сорвано; too_early — для прогноза мало данных; no_data — нет данных.",
            ),
            column(
                "days_left",
                Kind::Number,
                words("Days left", "Осталось дней"),
                words("Until the deadline.", "До срока."),
            ),
        ],
        view: "weir.kpi_status",
        sql: |_| STATUS.to_owned(),
        ..TARGETS
    },
    Report {
        id: "target_days",
        title: words("KPIs day by day", "KPI по дням"),
        definition: words(
            "The value of each KPI over the 30 days that end with the day, or in all from the day that the target names.",
            "Значение каждого KPI за 30 дней, кончающихся этим днём, или всего с названного в плане дня.",
        ),
        columns: &[KPI, DAY, VALUE],
        parameters: &[Parameter {
            name: "kpi",
            takes: Takes::Text,
            usual: "",
        }],
        view: "weir.kpi_values",
        sql: |_| DAYS.to_owned(),
        ..TARGETS
    },
    Report {
        id: "goal",
        title: words("Goal", "Цель"),
        definition: words(
            "How often a goal was reached, day by day, by how many, and what it was worth.",
            "Сколько раз достигнута цель, по дням, сколькими и сколько это стоило.",
        ),
        columns: &[
            DAY,
            REACHED,
            column(
                "persons_reached",
                Kind::Count,
                words("Persons who reached it", "Люди, достигшие её"),
                words("Each once a day.", "Каждый один раз за день."),
            ),
            column(
                "persons",
                Kind::Count,
                words("Persons", "Люди"),
                words(
                    "Who were there or reached it.",
                    "Кто был на сайте или достиг её.",
                ),
            ),
            column(
                "conversion_rate",
                Kind::Share,
                words("Conversion, persons", "Конверсия людей"),
                words("Persons who reached it / persons.", "Достигшие / люди."),
            ),
            column(
                "sessions_reached",
                Kind::Count,
                words("Visits that reached it", "Визиты, достигшие её"),
                words(
                    "Visits in which it was reached.",
                    "Визиты, где она достигнута.",
                ),
            ),
            SESSIONS,
            column(
                "session_conversion_rate",
                Kind::Share,
                words("Conversion, visits", "Конверсия визитов"),
                words(
                    "Visits that reached it / visits.",
                    "Визиты с целью / визиты.",
                ),
            ),
            column(
                "value",
                Kind::Money,
                words("Worth", "Ценность"),
                words("In the currency of the site.", "В валюте сайта."),
            ),
        ],
        parameters: &[Parameter {
            name: "goal",
            takes: Takes::RequiredGoal,
            usual: "",
        }],
        compares: true,
        view: "weir_fn.goal",
        sql: |_| GOAL_DAYS.to_owned(),
        ..TARGETS
    },
    Report {
        id: "quality",
        title: words("How good the data are", "Качество данных"),
        definition: words(
            "Events of each day: how many came, came twice, are of bots, are sampled, or are missing.",
            "События каждого дня: сколько пришло, пришло дважды, от ботов, выборочных и пропавших.",
        ),
        columns: &[
            DAY,
            super::columns::EVENTS,
            column(
                "repeats",
                Kind::Count,
                words("Twice", "Повторы"),
                words(
                    "Stored a second time; no report counts them.",
                    "Записаны второй раз; их не считает ни один отчёт.",
                ),
            ),
            column(
                "bots",
                Kind::Count,
                words("Of bots", "От ботов"),
                words(
                    "Stored with the reason, and left out of reports.",
                    "Записаны с причиной и в отчёты не входят.",
                ),
            ),
            column(
                "sampled_share",
                Kind::Share,
                words("Sampled", "Выборочные"),
                words(
                    "Events that stand for others.",
                    "События, которые стоят за другие.",
                ),
            ),
            column(
                "missing",
                Kind::Count,
                words("Missing", "Пропали"),
                words(
                    "Numbers left out in the count of a visit.",
                    "Пропущенные номера событий визита.",
                ),
            ),
            column(
                "missing_share",
                Kind::Share,
                words("Share missing", "Доля пропавших"),
                words(
                    "Missing / (missing + arrived).",
                    "Пропали / (пропали + дошли).",
                ),
            ),
        ],
        compares: true,
        view: "weir.completeness",
        sql: |_| QUALITY.to_owned(),
        ..TARGETS
    },
];

const STATUS: &str = "SELECT
    kpi, metric, page, goal, funnel, channel, baseline, target, since, deadline, value, numerator, denominator, value_day,
    so_far, so_far_day, share_of_way, share_of_time, forecast, status, days_left
FROM weir.kpi_status
WHERE site = {site:String}
LIMIT {rows:UInt64}";

const DAYS: &str = "SELECT kpi, day, numerator / if(denominator IS NULL, 1, nullIf(denominator, 0)) AS value
FROM weir.kpi_values FINAL
WHERE site = {site:String} AND day BETWEEN {from:Date} AND {to:Date} AND {kpi:String} IN ('', kpi)
    AND (kpi, definition) IN (
        SELECT kpi, definition
        FROM weir.kpi_targets FINAL
        WHERE site = {site:String} AND published_at = (SELECT max(published_at) FROM weir.sites WHERE id = {site:String}))
ORDER BY kpi, day
LIMIT {rows:UInt64}";

const GOAL_DAYS: &str = "SELECT
    session_date AS day, reached, persons_reached, persons, conversion_rate, sessions_reached, sessions, session_conversion_rate, value
FROM weir_fn.goal(site = {site:String}, step = {goal_step:String}, value = {goal_value:String}, from = {from:Date}, to = {to:Date})
ORDER BY day WITH FILL FROM toDate({from:Date}) TO toDate({to:Date}) + 1 STEP INTERVAL 1 DAY
LIMIT {rows:UInt64}";

const QUALITY: &str =
    "SELECT session_date AS day, events, repeats, bots, sampled_share, missing, missing_share
FROM weir.completeness
WHERE site = {site:String} AND session_date BETWEEN {from:Date} AND {to:Date}
ORDER BY day
LIMIT {rows:UInt64}";
