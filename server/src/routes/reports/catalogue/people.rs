//! Whether people come back.

use super::super::asked::Asked;
use super::super::column::{Kind, column, words};
use super::columns::DAY;
use super::{Parameter, Report, Takes};

const PEOPLE: Report = Report {
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

pub(super) const REPORTS: &[Report] = &[
    Report {
        id: "retention",
        title: words("Retention", "Удержание"),
        definition: words(
            "Of the people whose first visit ever was in a period, the share that is there again a number of periods later.",
            "Из тех, чей первый визит вообще был в периоде, доля вернувшихся через столько-то периодов.",
        ),
        columns: &[
            column(
                "cohort",
                Kind::Day,
                words("Came first", "Пришли впервые"),
                words(
                    "First day of the period in which they came for the first time.",
                    "Первый день периода, когда они пришли впервые.",
                ),
            ),
            column(
                "period_no",
                Kind::Number,
                words("Periods later", "Через периодов"),
                words(
                    "0 is the period of the first visit itself.",
                    "0 — сам период первого визита.",
                ),
            ),
            column(
                "persons",
                Kind::Count,
                words("People", "Люди"),
                words(
                    "How many came first then.",
                    "Сколько их пришло тогда впервые.",
                ),
            ),
            column(
                "active",
                Kind::Count,
                words("Back again", "Вернулись"),
                words("Of them, there again.", "Из них были снова."),
            ),
            column(
                "retention",
                Kind::Share,
                words("Retention", "Удержание"),
                words("Back again / people.", "Вернулись / люди."),
            ),
            column(
                "is_complete",
                Kind::Flag,
                words("Over", "Завершён"),
                words(
                    "0: the period goes on, the number can still grow.",
                    "0: период не кончился, число ещё может вырасти.",
                ),
            ),
        ],
        parameters: &[
            Parameter {
                name: "by",
                takes: Takes::Word(&["day", "week", "month"]),
                usual: "week",
            },
            Parameter {
                name: "event",
                takes: Takes::Text,
                usual: "",
            },
        ],
        view: "weir_fn.retention",
        sql: retention,
        ..PEOPLE
    },
    Report {
        id: "stickiness",
        title: words("How often they come", "Как часто приходят"),
        definition: words(
            "Persons with a visit on the day, in the 7 and in the 30 days that end with it.",
            "Люди с визитом в этот день, за 7 и за 30 дней, кончающихся им.",
        ),
        columns: &[
            DAY,
            column(
                "dau",
                Kind::Count,
                words("In a day", "За день"),
                words(
                    "Persons with a visit on the day (DAU).",
                    "Люди с визитом в этот день (DAU).",
                ),
            ),
            column(
                "wau",
                Kind::Count,
                words("In 7 days", "За 7 дней"),
                words(
                    "Persons with a visit in 7 days (WAU).",
                    "Люди с визитом за 7 дней (WAU).",
                ),
            ),
            column(
                "mau",
                Kind::Count,
                words("In 30 days", "За 30 дней"),
                words(
                    "Persons with a visit in 30 days (MAU).",
                    "Люди с визитом за 30 дней (MAU).",
                ),
            ),
            column(
                "stickiness",
                Kind::Share,
                words("Stickiness", "Липкость"),
                words("DAU / MAU.", "DAU / MAU."),
            ),
        ],
        compares: true,
        view: "weir_fn.stickiness",
        sql: stickiness,
        ..PEOPLE
    },
];

fn retention(_: &Asked) -> String {
    "SELECT cohort, period_no, persons, active, retention, is_complete
FROM weir_fn.retention(site = {site:String}, period = {by:String}, event = {event:String}, from = {from:Date}, to = {to:Date})
ORDER BY cohort, period_no
LIMIT {rows:UInt64}"
        .to_owned()
}

fn stickiness(_: &Asked) -> String {
    "SELECT session_date AS day, dau, wau, mau, stickiness
FROM weir_fn.stickiness(site = {site:String}, from = {from:Date}, to = {to:Date})
ORDER BY day
LIMIT {rows:UInt64}"
        .to_owned()
}
