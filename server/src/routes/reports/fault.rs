//! What can be wrong with what was asked for, in both languages.

use http::StatusCode;

use super::super::ApiError;
use crate::cli::Language;
use crate::suggest;

/// Why a report was not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownReport {
        id: String,
    },
    UnknownParameter {
        name: String,
        known: Vec<&'static str>,
    },
    /// A word that is none of those allowed.
    NoSuchWord {
        parameter: &'static str,
        word: String,
        known: Vec<String>,
    },
    BadDay {
        parameter: &'static str,
        text: String,
    },
    Backwards {
        from: String,
        to: String,
    },
    TooLong {
        days: i64,
        most: i64,
    },
    NoNumber {
        parameter: &'static str,
        text: String,
        least: u64,
        most: u64,
    },
    Missing {
        parameter: &'static str,
    },
    TooMany {
        parameter: &'static str,
        most: usize,
    },
    BadFilter {
        text: String,
    },
    NoFilters,
    BadStep {
        no: usize,
        why: String,
    },
    BadDuration {
        text: String,
    },
    GoalIsFunnel {
        goal: String,
        funnel: String,
    },
    /// Nothing of this name is published for the site.
    Unpublished {
        what: &'static str,
        name: String,
        known: Vec<String>,
    },
    /// The views refused it, in their own words.
    Refused {
        why: String,
    },
    TooSlow,
}

impl Fault {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownReport { .. } | Self::Unpublished { .. } => StatusCode::NOT_FOUND,
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownReport { .. } => "unknown_report",
            Self::UnknownParameter { .. } => "unknown_parameter",
            Self::NoSuchWord { .. } => "unknown_value",
            Self::BadDay { .. } => "bad_day",
            Self::Backwards { .. } => "period_backwards",
            Self::TooLong { .. } => "period_too_long",
            Self::NoNumber { .. } => "bad_number",
            Self::Missing { .. } => "missing_parameter",
            Self::TooMany { .. } => "too_many",
            Self::BadFilter { .. } => "bad_filter",
            Self::NoFilters => "no_filters",
            Self::BadStep { .. } => "bad_step",
            Self::BadDuration { .. } => "bad_duration",
            Self::GoalIsFunnel { .. } => "goal_is_funnel",
            Self::Unpublished { what: "funnel", .. } => "unknown_funnel",
            Self::Unpublished { .. } => "unknown_goal",
            Self::Refused { .. } => "refused",
            Self::TooSlow => "too_slow",
        }
    }

    /// The fault as an answer. `reports`: what there is.
    pub(super) fn told(&self, language: Language, reports: &[&str]) -> ApiError {
        let (message, hint) = match language {
            Language::En => self.english(reports),
            Language::Ru => self.russian(reports),
        };
        ApiError::new(self.status(), self.code(), message, hint).told()
    }

    fn english(&self, reports: &[&str]) -> (String, String) {
        match self {
            Self::UnknownReport { id } => (
                format!("there is no report `{id}`"),
                suggest::hint(id, "report", reports.iter().copied()),
            ),
            Self::UnknownParameter { name, known } => (
                format!("this report takes no parameter `{name}`"),
                suggest::hint(name, "parameter", known.iter().copied()),
            ),
            Self::NoSuchWord { parameter, word, known } => (
                format!("`{parameter}` cannot be `{word}`"),
                suggest::hint(word, "value", known.iter().map(String::as_str)),
            ),
            Self::BadDay { parameter, text } => (
                format!("`{parameter}` is no day: `{text}`"),
                "write it like 2026-11-28".to_owned(),
            ),
            Self::Backwards { from, to } => (
                format!("the period ends on {to}, before it begins on {from}"),
                "let `from` be the earlier day; both days are part of the period".to_owned(),
            ),
            Self::TooLong { days, most } => (
                format!("the period has {days} days, and a report spans at most {most}"),
                "ask for a shorter period; for longer ones query the views by SQL".to_owned(),
            ),
            Self::NoNumber { parameter, text, least, most } => (
                format!("`{parameter}` cannot be `{text}`"),
                format!("give a whole number from {least} to {most}"),
            ),
            Self::Missing { parameter } => (
                format!("this report needs the parameter `{parameter}`"),
                "the catalogue at `/api/v1/sites/{site}/reports` says what each report takes".to_owned(),
            ),
            Self::TooMany { parameter, most } => (
                format!("there are too many of `{parameter}`"),
                format!("give at most {most}"),
            ),
            Self::BadFilter { text } => (
                format!("`{text}` is no filter"),
                "write it like channel:Email, or like channel!:Email for all others".to_owned(),
            ),
            Self::NoFilters => (
                "this report takes no filter".to_owned(),
                "take the filters away, or choose another report".to_owned(),
            ),
            Self::BadStep { no, why } => (
                format!("step {no} cannot be read: {why}"),
                "write a step like add_to_cart, click#promo_3 or /product/*".to_owned(),
            ),
            Self::BadDuration { text } => (
                format!("`{text}` is no length of time up to 1000 days"),
                "write it like 7 days or 30 minutes".to_owned(),
            ),
            Self::GoalIsFunnel { goal, funnel } => (
                format!("the goal `{goal}` is the end of the funnel `{funnel}` and belongs to no visit"),
                "choose a goal that is an event, or look at the funnel itself".to_owned(),
            ),
            Self::Unpublished { what, name, known } => (
                format!("the site has no {what} `{name}`"),
                suggest::hint(name, what, known.iter().map(String::as_str)),
            ),
            Self::Refused { why } => (
                format!("the report cannot be run: {why}"),
                "change what the message names".to_owned(),
            ),
            Self::TooSlow => (
                "the report took too long and was stopped".to_owned(),
                "ask for a shorter period or fewer steps; large sites answer better when the server has more memory and cores".to_owned(),
            ),
        }
    }

    fn russian(&self, reports: &[&str]) -> (String, String) {
        match self {
            Self::UnknownReport { id } => {
                (format!("отчёта `{id}` нет"), suggest::hint_in_russian(id, reports.iter().copied()))
            }
            Self::UnknownParameter { name, known } => (
                format!("у этого отчёта нет параметра `{name}`"),
                suggest::hint_in_russian(name, known.iter().copied()),
            ),
            Self::NoSuchWord { parameter, word, known } => (
                format!("`{parameter}` не может быть `{word}`"),
                suggest::hint_in_russian(word, known.iter().map(String::as_str)),
            ),
            Self::BadDay { parameter, text } => (
                format!("`{parameter}` — не дата: `{text}`"),
                "пишите так: 2026-11-28".to_owned(),
            ),
            Self::Backwards { from, to } => (
                format!("период кончается {to}, раньше, чем начинается ({from})"),
                "в `from` ставится более ранний день; оба дня входят в период".to_owned(),
            ),
            Self::TooLong { days, most } => (
                format!("в периоде дней: {days}, а отчёт охватывает не больше {most}"),
                "возьмите период короче; для более длинных есть SQL".to_owned(),
            ),
            Self::NoNumber { parameter, text, least, most } => (
                format!("`{parameter}` не может быть `{text}`"),
                format!("нужно целое число от {least} до {most}"),
            ),
            Self::Missing { parameter } => (
                format!("этому отчёту нужен параметр `{parameter}`"),
                "что нужно каждому отчёту, говорит каталог: `/api/v1/sites/{site}/reports`".to_owned(),
            ),
            Self::TooMany { parameter, most } => (
                format!("слишком много значений `{parameter}`"),
                format!("можно не больше {most}"),
            ),
            Self::BadFilter { text } => (
                format!("`{text}` — не фильтр"),
                "пишите так: channel:Email, а для всех остальных — channel!:Email".to_owned(),
            ),
            Self::NoFilters => (
                "у этого отчёта нет фильтров".to_owned(),
                "уберите фильтры или выберите другой отчёт".to_owned(),
            ),
            Self::BadStep { no, why } => (
                format!("шаг {no} не читается: {why}"),
                "пишите шаг так: add_to_cart, click#promo_3 или /product/*".to_owned(),
            ),
            Self::BadDuration { text } => (
                format!("`{text}` — не длительность до 1000 дней"),
                "пишите так: 7 days или 30 minutes".to_owned(),
            ),
            Self::GoalIsFunnel { goal, funnel } => (
                format!("цель `{goal}` — конец воронки `{funnel}` и не относится ни к какому визиту"),
                "выберите цель-событие или откройте саму воронку".to_owned(),
            ),
            Self::Unpublished { what, name, known } => {
                let what = if *what == "funnel" { "воронки" } else { "цели" };
                (
                    format!("у сайта нет {what} `{name}`"),
                    suggest::hint_in_russian(name, known.iter().map(String::as_str)),
                )
            }
            Self::Refused { why } => (
                format!("отчёт не посчитать: {why}"),
                "исправьте то, что названо в сообщении".to_owned(),
            ),
            Self::TooSlow => (
                "отчёт считался слишком долго и остановлен".to_owned(),
                "возьмите период короче или меньше шагов; большим сайтам помогают память и ядра сервера".to_owned(),
            ),
        }
    }
}
