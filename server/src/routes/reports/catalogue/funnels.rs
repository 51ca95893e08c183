//! Funnels: saved ones by name, and any steps.

use super::super::asked::Asked;
use super::super::column::{Column, Kind, column, words};
use super::columns::DAY;
use super::{BY, Parameter, Report, Takes};

/// Qualities at the entry that `weir_fn.funnel_by` knows; anything else is the name of a property.
const QUALITIES: &[&str] = &[
    "channel",
    "device",
    "browser",
    "os",
    "country",
    "city",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "page.host",
    "page.path",
    "item",
    "element",
];

const STEPS: Parameter = Parameter {
    name: "name",
    takes: Takes::Funnel,
    usual: "",
};
const CI_LOW: Column = column(
    "ci_low",
    Kind::Share,
    words("At least", "Не меньше"),
    words(
        "The rate lies above this with 95 % certainty (Wilson).",
        "Выше этого доля лежит с уверенностью 95 % (Уилсон).",
    ),
);
const CI_HIGH: Column = column(
    "ci_high",
    Kind::Share,
    words("At most", "Не больше"),
    words(
        "The rate lies below this with 95 % certainty (Wilson).",
        "Ниже этого доля лежит с уверенностью 95 % (Уилсон).",
    ),
);
const MATURING: Column = column(
    "maturing",
    Kind::Count,
    words("May still come", "Ещё могут дойти"),
    words(
        "Entered less than the window ago: part of the drop-off, and may still come.",
        "Вошли недавнее, чем окно: входят в отсев, но ещё могут дойти.",
    ),
);
const UNITS: Column = column(
    "units",
    Kind::Count,
    words("Reached", "Дошли"),
    words(
        "Persons (or visits, or browsers) who reached the step. The period selects entries; later steps may come up to the window after.",
        "Люди (визиты, браузеры), дошедшие до шага. Период выбирает входы; следующие шаги могут быть позже, в пределах окна.",
    ),
);
const STEP: Column = column(
    "label",
    Kind::Text,
    words("Step", "Шаг"),
    words("What the step is called.", "Название шага."),
);

const fn seconds(
    name: &'static str,
    en: &'static str,
    ru: &'static str,
    what_en: &'static str,
    what_ru: &'static str,
) -> Column {
    column(name, Kind::Seconds, words(en, ru), words(what_en, what_ru))
}

/// Qualities of a visit that a step can be asked about.
const FILTERS: &[&str] = &[
    "channel",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "device",
    "browser",
    "os",
    "country",
    "city",
];

const FUNNELS: Report = Report {
    id: "",
    title: words("", ""),
    definition: words("", ""),
    columns: &[],
    breakdowns: &[],
    breaks_by_property: false,
    usual_breakdown: "",
    filters: FILTERS,
    parameters: &[STEPS],
    compares: true,
    view: "",
    sql: |_| String::new(),
    at_once: None,
};

pub(super) const REPORTS: &[Report] = &[
    Report {
        id: "funnel",
        title: words("Funnel", "Воронка"),
        definition: words(
            "How many get from step to step, and how long it takes them. Of several ways through the steps the one with the latest entry counts.",
            "Сколько доходит от шага к шагу и за какое время. Из нескольких путей считается тот, что начат позже всех.",
        ),
        columns: &[
            column(
                "step_no",
                Kind::Count,
                words("No.", "№"),
                words("Position, from 1.", "Место, с 1."),
            ),
            STEP,
            UNITS,
            column(
                "conversion_from_start",
                Kind::Share,
                words("Of all who entered", "От вошедших"),
                words("Reached / reached step 1.", "Дошли / дошли до шага 1."),
            ),
            column(
                "conversion_from_prev",
                Kind::Share,
                words("Of the step before", "От предыдущего"),
                words(
                    "Reached / reached the step before.",
                    "Дошли / дошли до предыдущего шага.",
                ),
            ),
            column(
                "drop_off",
                Kind::Count,
                words("Dropped off", "Отсев"),
                words(
                    "Reached the step before and not this one.",
                    "Дошли до предыдущего шага, но не до этого.",
                ),
            ),
            MATURING,
            seconds(
                "q25_s_from_prev",
                "A quarter within",
                "Четверть за",
                "Time from the step before: a quarter of those who came took less.",
                "Время от предыдущего шага: четверть дошедших — быстрее.",
            ),
            seconds(
                "median_s_from_prev",
                "Half within",
                "Половина за",
                "Time from the step before: half of those who came took less.",
                "Время от предыдущего шага: половина дошедших — быстрее.",
            ),
            seconds(
                "q75_s_from_prev",
                "Three quarters within",
                "Три четверти за",
                "Time from the step before: three quarters of those who came took less.",
                "Время от предыдущего шага: три четверти дошедших — быстрее.",
            ),
            seconds(
                "median_s_from_start",
                "From the start",
                "От начала",
                "Time from the first step: half of those who came took less.",
                "Время от первого шага: половина дошедших — быстрее.",
            ),
            CI_LOW,
            CI_HIGH,
            column(
                "expression",
                Kind::Text,
                words("Counts", "Считается"),
                words(
                    "What counts as the step, in the step language.",
                    "Что считается шагом, на языке шагов.",
                ),
            ),
        ],
        breakdowns: QUALITIES,
        breaks_by_property: true,
        view: "weir_fn.funnel_by",
        sql: funnel,
        ..FUNNELS
    },
    Report {
        id: "funnel_trend",
        title: words("Funnel over time", "Воронка по времени"),
        definition: words(
            "Whether a funnel converts better or worse: by the day, week or month of entry, each counted for itself.",
            "Лучше или хуже стала воронка: по дню, неделе или месяцу входа, каждый сам по себе.",
        ),
        columns: &[
            DAY,
            column(
                "entered",
                Kind::Count,
                words("Entered", "Вошли"),
                words("Did the first step then.", "Сделали тогда первый шаг."),
            ),
            column(
                "converted",
                Kind::Count,
                words("Got to the end", "Дошли до конца"),
                words(
                    "Of them, did the last step within the window.",
                    "Из них сделали последний шаг в пределах окна.",
                ),
            ),
            column(
                "conversion",
                Kind::Share,
                words("Conversion", "Конверсия"),
                words("Got to the end / entered.", "Дошли до конца / вошли."),
            ),
            CI_LOW,
            CI_HIGH,
            MATURING,
            seconds(
                "median_s",
                "Half within",
                "Половина за",
                "Time from entry to the last step: half of those who came took less.",
                "Время от входа до последнего шага: половина дошедших — быстрее.",
            ),
        ],
        parameters: &[STEPS, BY],
        view: "weir_fn.funnel_trend",
        sql: |_| TREND.to_owned(),
        ..FUNNELS
    },
    Report {
        id: "funnel_drop_offs",
        title: words("What they did instead", "Что делали вместо"),
        definition: words(
            "What those who left a funnel did first after the last step they reached; empty: nothing within the window.",
            "Что ушедшие из воронки сделали первым после последнего достигнутого шага; пусто — ничего в пределах окна.",
        ),
        columns: &[
            column(
                "after_step",
                Kind::Count,
                words("After step", "После шага"),
                words(
                    "The step they stopped at, from 1.",
                    "Шаг, на котором остановились, с 1.",
                ),
            ),
            STEP,
            column(
                "instead",
                Kind::Text,
                words("Did instead", "Сделали вместо"),
                words(
                    "A path is a page view, a name another event; empty: nothing more.",
                    "Путь — просмотр страницы, имя — другое событие; пусто — больше ничего.",
                ),
            ),
            column(
                "units",
                Kind::Count,
                words("How many", "Сколько"),
                words(
                    "Persons (or visits, or browsers) that did this.",
                    "Люди (визиты, браузеры), которые так сделали.",
                ),
            ),
            column(
                "share",
                Kind::Share,
                words("Share", "Доля"),
                words(
                    "Of all that stopped there.",
                    "От всех, кто там остановился.",
                ),
            ),
        ],
        view: "weir_fn.funnel_drop_offs",
        sql: |_| DROP_OFFS.to_owned(),
        ..FUNNELS
    },
];

fn funnel(asked: &Asked) -> String {
    if asked.breakdown.is_empty() {
        return FUNNEL.replacen("    breakdown,\n", "", 1).replacen(
            "max(units) OVER (PARTITION BY breakdown) DESC, breakdown, ",
            "",
            1,
        );
    }
    FUNNEL.to_owned()
}

/// The largest values of the breakdown first.
const FUNNEL: &str = "SELECT
    breakdown,
    step_no,
    if({mode:String} = 'any', step, {labels:Array(String)}[step_no]) AS label,
    units,
    conversion_from_start,
    conversion_from_prev,
    drop_off,
    maturing,
    q25_s_from_prev,
    median_s_from_prev,
    q75_s_from_prev,
    median_s_from_start,
    ci_low,
    ci_high,
    {steps:Array(String)}[step_no] AS expression
FROM weir_fn.funnel_by(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64},
    mode = {mode:String}, unit = {unit:String}, breakdown = {breakdown:String}, from = {from:Date}, to = {to:Date})
ORDER BY max(units) OVER (PARTITION BY breakdown) DESC, breakdown, step_no
LIMIT {rows:UInt64}";

const TREND: &str = "SELECT entry_period AS day, entered, converted, conversion, ci_low, ci_high, maturing, median_s
FROM weir_fn.funnel_trend(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64},
    mode = {mode:String}, unit = {unit:String}, period = {by:String}, from = {from:Date}, to = {to:Date})
ORDER BY day
LIMIT {rows:UInt64}";

const DROP_OFFS: &str = "SELECT after_step, {labels:Array(String)}[after_step] AS label, instead, units, share
FROM weir_fn.funnel_drop_offs(site = {site:String}, steps = {steps:Array(String)}, window_s = {window_s:UInt64},
    mode = {mode:String}, unit = {unit:String}, from = {from:Date}, to = {to:Date})
ORDER BY after_step, units DESC, instead
LIMIT {rows:UInt64}";
