//! What is wrong with a file of costs, in words that say how to mend it.

use serde::Serialize;
use utoipa::ToSchema;

use super::columns::Column;
use super::{MOST_CHARS, MOST_DAYS_OF_COST, MOST_LINES, MOST_YEARS_AHEAD};
use crate::cli::Language;
use crate::suggest;

/// One problem, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CostProblem)]
pub struct Told {
    /// The line of the file, from 1; 0: the file as a whole.
    pub line: u64,
    /// The column, as its header is written; empty: the line as a whole.
    pub column: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

/// Where what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub(super) line: u64,
    pub(super) column: String,
    pub(super) fault: Fault,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    NotText,
    Empty,
    NoAmountColumn {
        found: Vec<String>,
    },
    NoDayColumn {
        found: Vec<String>,
    },
    HalfPeriod {
        missing: Column,
    },
    NearColumn {
        meant: Column,
    },
    ColumnTwice {
        first: String,
    },
    TooManyLines,
    TooManyDays,
    Fields {
        found: usize,
        columns: usize,
    },
    Quotes,
    NoDay {
        text: String,
    },
    DayOfTwo {
        text: String,
    },
    NoMonth {
        text: String,
    },
    FarDay,
    WhenMissing,
    WhenTwice,
    Backwards,
    LongPeriod {
        days: u32,
    },
    NoAmount {
        text: String,
    },
    AmountMissing,
    TwoMeanings {
        text: String,
        one: String,
        other: String,
    },
    Negative {
        text: String,
    },
    TooLarge {
        text: String,
    },
    NoWhole {
        text: String,
    },
    NoKind {
        text: String,
    },
    NoChannel {
        text: String,
    },
    Currency {
        found: String,
        site: String,
    },
    LongText,
    Same {
        line: u64,
    },
}

impl Problem {
    /// The problem in a language.
    #[must_use]
    pub fn told(&self, language: Language) -> Told {
        let (message, hint) = match language {
            Language::En => self.fault.english(),
            Language::Ru => self.fault.russian(),
        };
        Told {
            line: self.line,
            column: self.column.clone(),
            message,
            hint,
        }
    }
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

const EXCEL_EN: &str = "save the file as “CSV UTF-8” and import that";
const EXCEL_RU: &str = "сохраните файл как «CSV UTF-8» и загрузите его";

impl Fault {
    fn english(&self) -> (String, String) {
        let (message, hint): (String, String) = match self {
            Self::NotText => ("the file is no CSV: it cannot be read as text".into(), format!("a workbook (.xlsx) is none: {EXCEL_EN}")),
            Self::Empty => ("there is no line with a cost".into(), "the first line names the columns, each further line is a cost".into()),
            Self::NoAmountColumn { found } => (
                format!("there is no column `amount`; there are {}", listed(found)),
                "call the column with the money `amount` (or `cost`, `spend`); the first line of the file names the columns".into(),
            ),
            Self::NoDayColumn { found } => (
                format!("there is no column that says when; there are {}", listed(found)),
                "add a column `day`, or `month`, or two columns `from` and `to`".into(),
            ),
            Self::HalfPeriod { missing } => (format!("the column `{}` is missing", missing.name()), "a period has both `from` and `to`; a single day stands in `day`".into()),
            Self::NearColumn { meant } => ("this column is not known".into(), format!("did you mean `{}`? A column that shall be left out needs another name", meant.name())),
            Self::ColumnTwice { first } => (format!("this is the same column as `{first}`"), "keep one of the two, or give the other another name: it is left out then".into()),
            Self::TooManyLines => (format!("the file has more than {MOST_LINES} costs"), "cut it into several files".into()),
            Self::TooManyDays => ("the costs of this file are spread over too many days".into(), "cut it into several files".into()),
            Self::Fields { found, columns } => (
                format!("the line has {found} values, and there are {columns} columns"),
                "a number with a decimal comma stands in quotes, or the columns are separated by semicolons".into(),
            ),
            Self::Quotes => ("this line cannot be read".into(), "look for a quote (\") that is opened and not closed".into()),
            Self::NoDay { text } => (format!("`{text}` is no day"), "write it like 2026-11-28 or 28.11.2026; a line of totals does not belong into the file".into()),
            Self::DayOfTwo { text } => (format!("`{text}` can be two days"), "write it like 2026-11-28 or 28.11.2026".into()),
            Self::NoMonth { text } => (format!("`{text}` is no month"), "write it like 2026-11 or 11.2026".into()),
            Self::FarDay => (format!("the day is before 2000, or more than {MOST_YEARS_AHEAD} year ahead"), "look at the year".into()),
            Self::WhenMissing => ("the line does not say when".into(), "fill in `day`, or `month`, or both `from` and `to`".into()),
            Self::WhenTwice => ("the line says twice when".into(), "fill in `day`, or `month`, or `from` and `to`, and leave the others empty".into()),
            Self::Backwards => ("the period ends before it begins".into(), "let `from` be the earlier day; both days are part of the period".into()),
            Self::LongPeriod { days } => (format!("the period has {days} days"), format!("a cost has at most {MOST_DAYS_OF_COST}: cut it into months")),
            Self::NoAmount { text } => (format!("`{text}` is no amount"), "write it like 1234.56, 1234,56 or 1 234,56".into()),
            Self::AmountMissing => ("the amount is missing".into(), "write 0 where nothing was paid".into()),
            Self::TwoMeanings { text, one, other } => (format!("`{text}` can be {one} or {other}"), format!("write {one}, or {other}0")),
            Self::Negative { text } => (format!("`{text}` is below zero"), "a cost is 0 or more: take what was paid back off the cost that it belongs to".into()),
            Self::TooLarge { text } => (format!("`{text}` is too large"), "look for a digit too many".into()),
            Self::NoWhole { text } => (format!("`{text}` is no whole number"), "write it like 1234 or 1 234".into()),
            Self::NoKind { text } => (format!("`{text}` is no kind of cost"), "it is ads, salaries, tools, services, other, or serving (goods, delivery, support); empty means ads".into()),
            Self::NoChannel { text } => (
                format!("there is no channel `{text}`"),
                format!("{}; empty: it is worked out from source, medium and campaign", suggest::hint(text, "channel", weir_collector::warehouse::channels_of_costs())),
            ),
            Self::Currency { found, site } => (
                format!("the cost is in {found}, and the site counts in {site}"),
                format!("convert it to {site} first: nothing is added up across currencies"),
            ),
            Self::LongText => (format!("the text has more than {MOST_CHARS} characters"), "shorten it; it must be that of the visits, if it is a source, medium or campaign".into()),
            Self::Same { line } => (
                format!("line {line} is the same cost: same days, kind, channel, source, medium, campaign and item"),
                "add the two up in one line, or tell them apart in a column `item`".into(),
            ),
        };
        (message, hint)
    }

    fn russian(&self) -> (String, String) {
        let (message, hint): (String, String) = match self {
            Self::NotText => ("это не CSV: файл не читается как текст".into(), format!("книга Excel (.xlsx) — не CSV: {EXCEL_RU}")),
            Self::Empty => ("в файле нет ни одной строки с расходом".into(), "первая строка называет столбцы, каждая следующая — расход".into()),
            Self::NoAmountColumn { found } => (
                format!("нет столбца `amount`; есть {}", listed(found)),
                "назовите столбец с деньгами `amount` (или «сумма», «расход»); столбцы называет первая строка файла".into(),
            ),
            Self::NoDayColumn { found } => (
                format!("нет столбца, который говорит когда; есть {}", listed(found)),
                "добавьте столбец `day` («дата»), или `month` («месяц»), или два столбца `from` и `to` («с» и «по»)".into(),
            ),
            Self::HalfPeriod { missing } => (format!("нет столбца `{}`", missing.name()), "у периода есть и `from`, и `to`; один день пишется в `day`".into()),
            Self::NearColumn { meant } => ("такого столбца нет".into(), format!("может быть, `{}`? Столбец, который читать не надо, назовите иначе", meant.name())),
            Self::ColumnTwice { first } => (format!("это тот же столбец, что и `{first}`"), "оставьте один из двух или переименуйте второй: тогда он не читается".into()),
            Self::TooManyLines => (format!("в файле больше {MOST_LINES} расходов"), "разделите его на несколько файлов".into()),
            Self::TooManyDays => ("расходы этого файла разложены на слишком много дней".into(), "разделите его на несколько файлов".into()),
            Self::Fields { found, columns } => (
                format!("в строке значений: {found}, а столбцов: {columns}"),
                "число с десятичной запятой берётся в кавычки, или столбцы разделяются точкой с запятой".into(),
            ),
            Self::Quotes => ("строка не читается".into(), "найдите кавычку (\"), которая открыта и не закрыта".into()),
            Self::NoDay { text } => (format!("`{text}` — не дата"), "пишите так: 28.11.2026 или 2026-11-28; строке итогов в файле не место".into()),
            Self::DayOfTwo { text } => (format!("`{text}` можно понять как две разные даты"), "пишите так: 28.11.2026 или 2026-11-28".into()),
            Self::NoMonth { text } => (format!("`{text}` — не месяц"), "пишите так: 11.2026 или 2026-11".into()),
            Self::FarDay => (format!("день раньше 2000 года или дальше чем через {MOST_YEARS_AHEAD} год"), "проверьте год".into()),
            Self::WhenMissing => ("в строке не сказано когда".into(), "заполните `day`, или `month`, или `from` и `to`".into()),
            Self::WhenTwice => ("в строке дважды сказано когда".into(), "заполните `day`, или `month`, или `from` и `to`, остальное оставьте пустым".into()),
            Self::Backwards => ("период кончается раньше, чем начинается".into(), "в `from` ставится более ранний день; оба дня входят в период".into()),
            Self::LongPeriod { days } => (format!("дней в периоде: {days}"), format!("у расхода их не больше {MOST_DAYS_OF_COST}: разделите его на месяцы")),
            Self::NoAmount { text } => (format!("`{text}` — не сумма"), "пишите так: 1234,56, 1 234,56 или 1234.56".into()),
            Self::AmountMissing => ("суммы нет".into(), "если ничего не заплачено, напишите 0".into()),
            Self::TwoMeanings { text, one, other } => (format!("`{text}` можно понять как {one} и как {other}"), format!("напишите {one} или {other}0")),
            Self::Negative { text } => (format!("`{text}` меньше нуля"), "расход не меньше нуля: вычтите возвращённое из расхода, к которому оно относится".into()),
            Self::TooLarge { text } => (format!("`{text}` — слишком много"), "нет ли лишней цифры?".into()),
            Self::NoWhole { text } => (format!("`{text}` — не целое число"), "пишите так: 1234 или 1 234".into()),
            Self::NoKind { text } => (format!("вида расхода `{text}` нет"), "есть ads (реклама), salaries (зарплаты), tools (сервисы), services (подрядчики), other (прочее) и serving (обслуживание: товар, доставка, поддержка); пусто — реклама".into()),
            Self::NoChannel { text } => (
                format!("канала `{text}` нет"),
                format!("{}; пусто — канал определят источник, тип трафика и кампания", suggest::hint_in_russian(text, weir_collector::warehouse::channels_of_costs())),
            ),
            Self::Currency { found, site } => (
                format!("расход в {found}, а сайт считает в {site}"),
                format!("сначала пересчитайте в {site}: разные валюты не складываются"),
            ),
            Self::LongText => (format!("в тексте больше {MOST_CHARS} знаков"), "сократите; источник, тип трафика и кампания должны быть такими же, как у визитов".into()),
            Self::Same { line } => (
                format!("строка {line} — тот же расход: те же дни, вид, канал, источник, тип трафика, кампания и статья"),
                "сложите их в одну строку или различите столбцом `item`".into(),
            ),
        };
        (message, hint)
    }
}
