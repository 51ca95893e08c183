//! Проблемы по-русски: the same as `english.rs`, sentence by sentence.

mod examples;
mod faults;
mod rules;
mod values;

use faults::{
    json_hint, json_message, pattern_hint, pattern_message, selector_fault, selector_hint,
};

use super::{Detail, Found, NameFault, NeverFires, TemplateFault, Thing, Wanted};
use super::{listed, quoted};
use crate::decimal::Decimal;
use crate::vocabulary;

pub(super) fn message(detail: &Detail) -> String {
    match detail {
        Detail::Value(fault) => values::message(fault),
        Detail::NotJson(fault) => json_message(*fault).to_owned(),
        Detail::MissingKey { key, .. } => format!("нет ключа `{key}`"),
        Detail::MissingOperator => "в сравнении нет оператора".to_owned(),
        Detail::UnknownKey { key, .. } => format!("неизвестный ключ {}", quoted(key)),
        Detail::DuplicateKey { key, first_line } => {
            format!(
                "ключ {} записан дважды, первый раз в строке {first_line}",
                quoted(key)
            )
        }
        Detail::IgnoreCaseWithoutText => {
            "`ignore_case` стоит не рядом с оператором, сравнивающим текст".to_owned()
        }
        Detail::NotInFunnels { what } => {
            format!("в шагах воронки {} не работает", quoted(what))
        }
        Detail::NotAnElement { variable } => {
            format!("{} — не элемент", quoted(variable))
        }
        Detail::WrongType { wanted, found, .. } => {
            format!(
                "здесь ожидается {}, а стоит {}",
                wanted_name(*wanted),
                found_name(*wanted, found)
            )
        }
        Detail::UnsupportedFormatVersion { found } => {
            format!("неизвестный формат контейнера {}", quoted(found))
        }
        Detail::InvalidName { name, fault } => name_message(name, fault),
        Detail::InvalidDomain { domain, .. } => format!("{} — не домен", quoted(domain)),
        Detail::UnknownTimezone { name, .. } => {
            format!("неизвестный часовой пояс {}", quoted(name))
        }
        Detail::UnknownCurrency { code, .. } => format!("неизвестная валюта {}", quoted(code)),
        Detail::InvalidDuration { text } => format!("{} — не промежуток времени", quoted(text)),
        Detail::UnknownUnit { unit, .. } => format!("неизвестная единица времени {}", quoted(unit)),
        Detail::TooManyDigits { number } => format!("в числе {} больше 15 цифр", quoted(number)),
        Detail::OutOfRange {
            whole: true,
            number,
            min,
            max,
        } => format!("{} — не целое число от {min} до {max}", quoted(number)),
        Detail::OutOfRange {
            whole: false,
            number,
            min,
            max,
        } => format!("{} — не число от {min} до {max}", quoted(number)),
        Detail::MissingKind { of } => format!("не указан вид {}", thing_name(*of)),
        Detail::SeveralKinds { of, kinds } => {
            format!(
                "указано несколько видов {}: {}",
                thing_name(*of),
                listed(kinds)
            )
        }
        Detail::UnknownTriggerKind { kind, .. } => {
            format!("неизвестный вид триггера {}", quoted(kind))
        }
        Detail::UnknownVariableKind { kind, .. } => {
            format!("неизвестный вид переменной {}", quoted(kind))
        }
        Detail::UnknownOperator { operator, .. } => {
            format!("неизвестный оператор {}", quoted(operator))
        }
        Detail::UnknownChoice { found, .. } => format!("{} нельзя выбрать", quoted(found)),
        Detail::UnknownVariable { name, .. } => format!("нет переменной {}", quoted(name)),
        Detail::UnknownTrigger { name, .. } => format!("нет триггера {}", quoted(name)),
        Detail::UnknownField { name, .. } => format!("шаги воронки не видят {}", quoted(name)),
        Detail::InvalidSelector { selector, fault } => {
            format!(
                "{} — не селектор: {}",
                quoted(selector),
                selector_fault(fault)
            )
        }
        Detail::InvalidPattern { pattern, fault } => pattern_message(pattern, fault),
        Detail::InvalidTemplate {
            fault: TemplateFault::Unclosed,
        } => "`{{` не закрыто знаком `}}`".to_owned(),
        Detail::InvalidTemplate {
            fault: TemplateFault::Empty,
        } => "между `{{` и `}}` нет имени".to_owned(),
        Detail::InvalidTemplate {
            fault: TemplateFault::NotHere,
        } => "здесь нельзя использовать переменные".to_owned(),
        Detail::DuplicateTagName { name, first_line } => {
            format!(
                "второй тег с именем {}, первый в строке {first_line}",
                quoted(name)
            )
        }
        Detail::TooLong { chars, max } => {
            format!("слишком длинно: {chars} символов, а можно не больше {max}")
        }
        Detail::TooMany { count, max } => {
            format!("слишком много записей: {count}, а можно не больше {max}")
        }
        Detail::TooFew { count, min } => {
            format!("слишком мало записей: {count}, а нужно не меньше {min}")
        }
        Detail::TooDeep { max } => format!("условия вложены глубже {max} уровней"),
        Detail::UnusedTrigger { name } => {
            format!("триггер {} не используется ни одним тегом", quoted(name))
        }
        Detail::UnusedVariable { name } => {
            format!("переменная {} нигде не используется", quoted(name))
        }
        Detail::TagNeverFires { name, .. } => format!("тег {} никогда не сработает", quoted(name)),
        Detail::ExceptNeverApplies { trigger } => format!(
            "исключение {} ждёт события другого вида, чем этот тег, и поэтому никогда не действует",
            quoted(trigger)
        ),
        Detail::SameTags {
            name,
            other,
            other_line,
        } => format!(
            "тег {} всегда отправляет то же событие, что и {} в строке {other_line}",
            quoted(name),
            quoted(other),
        ),
        Detail::AutomaticEvent { event } => format!(
            "{} отправляется и без тегов, поэтому этот тег посчитает его второй раз",
            quoted(event),
        ),
        Detail::FunnelEventNeverSent { event, .. } => {
            format!("событие {} не отправляет ни один тег", quoted(event))
        }
        Detail::NoDomains => {
            "у сайта не указаны домены, поэтому события за него может отправить любой сайт"
                .to_owned()
        }
        Detail::Rule(fault) => rules::message(fault),
        Detail::Example(fault) => examples::message(fault),
    }
}

pub(super) fn hint(detail: &Detail) -> String {
    match detail {
        Detail::Value(fault) => values::hint(fault),
        Detail::NotJson(fault) => json_hint(*fault).to_owned(),
        Detail::MissingKey { example, .. } => format!("добавьте `{example}`"),
        Detail::MissingOperator => format!("добавьте одно из: {}", listed(vocabulary::OPERATORS)),
        Detail::UnknownKey {
            suggestion, known, ..
        } => suggest(suggestion, || match known.as_slice() {
            [] => "удалите его: здесь нечего настраивать".to_owned(),
            known => format!("здесь можно: {}", listed(known)),
        }),
        Detail::DuplicateKey { .. } => "удалите один из двух или назовите его иначе".to_owned(),
        Detail::IgnoreCaseWithoutText => {
            format!(
                "удалите его или используйте вместе с {}",
                listed(vocabulary::TEXT_OPERATORS)
            )
        }
        Detail::NotInFunnels { .. } => format!(
            "здесь годятся: {}, и каждый ещё с `not_` впереди",
            listed(vocabulary::STEP_OPERATORS)
        ),
        Detail::NotAnElement { .. } => {
            "напишите `element` или `form` либо сравните текст через `equals` или `contains`"
                .to_owned()
        }
        Detail::WrongType {
            wanted,
            found,
            example,
        } => wrong_type_hint(*wanted, found, example.as_ref()),
        Detail::UnsupportedFormatVersion { .. } => {
            "этот сервер понимает формат 1: напишите `\"weir\": 1`".to_owned()
        }
        Detail::InvalidName { fault, .. } => name_hint(fault),
        Detail::InvalidDomain { suggestion, .. } => suggest(suggestion, || {
            "напишите только имя хоста, например `shop.example`, или `*.shop.example` для всех его поддоменов".to_owned()
        }),
        Detail::UnknownTimezone { suggestion, .. } => suggest(suggestion, || {
            "напишите регион и город, например `Europe/Moscow`, или `UTC`".to_owned()
        }),
        Detail::UnknownCurrency { suggestion, .. } => suggest(suggestion, || {
            "напишите три заглавные буквы, например `RUB`, `EUR` или `USD`".to_owned()
        }),
        Detail::InvalidDuration { .. } => {
            "напишите число и единицу, например `7 days` или `30 minutes`".to_owned()
        }
        Detail::UnknownUnit { suggestion, .. } => suggest(suggestion, || {
            format!("единицы: {}", listed(vocabulary::UNITS))
        }),
        Detail::TooManyDigits { .. } => {
            "округлите его или возьмите в кавычки, если это не число, а номер".to_owned()
        }
        Detail::OutOfRange {
            whole: true,
            min,
            max,
            ..
        } => format!("напишите целое число от {min} до {max}"),
        Detail::OutOfRange {
            whole: false,
            min,
            max,
            ..
        } => format!("напишите число от {min} до {max}"),
        Detail::MissingKind { of: Thing::Trigger } => {
            format!("добавьте одно из: {}", listed(vocabulary::TRIGGER_KINDS))
        }
        Detail::MissingKind { of: Thing::Step } => format!("добавьте одно из: {}", rules::steps()),
        Detail::MissingKind {
            of: Thing::Goal | Thing::Funnel | Thing::Expected,
        } => format!("добавьте одно из: {}", listed(vocabulary::GOAL_KINDS)),
        Detail::MissingKind { of: Thing::Tag } => {
            format!("добавьте одно из: {}", listed(vocabulary::TAG_KINDS))
        }
        Detail::MissingKind {
            of: Thing::Variable,
        } => {
            format!("добавьте одно из: {}", listed(vocabulary::VARIABLE_KINDS))
        }
        Detail::SeveralKinds {
            of: Thing::Trigger, ..
        } => "оставьте один, а из другого сделайте отдельный триггер".to_owned(),
        Detail::SeveralKinds {
            of: Thing::Goal | Thing::Funnel | Thing::Step | Thing::Expected,
            ..
        } => "оставьте один, а остальные запишите отдельно".to_owned(),
        Detail::SeveralKinds { of: Thing::Tag, .. } => {
            "оставьте один, а из другого сделайте отдельный тег".to_owned()
        }
        Detail::SeveralKinds {
            of: Thing::Variable,
            ..
        } => "оставьте один, а из другого сделайте отдельную переменную".to_owned(),
        Detail::UnknownTriggerKind { suggestion, .. } => suggest(suggestion, || {
            format!("виды триггеров: {}", listed(vocabulary::TRIGGER_KINDS))
        }),
        Detail::UnknownVariableKind { suggestion, .. } => suggest(suggestion, || {
            format!("виды переменных: {}", listed(vocabulary::VARIABLE_KINDS))
        }),
        Detail::UnknownOperator { suggestion, .. } => suggest(suggestion, || {
            format!(
                "операторы: {}; перед каждым можно написать `not_`",
                listed(vocabulary::OPERATORS)
            )
        }),
        Detail::UnknownChoice {
            suggestion,
            choices,
            ..
        } => suggest(suggestion, || format!("можно выбрать: {}", listed(choices))),
        Detail::UnknownVariable {
            suggestion, known, ..
        } => suggest(suggestion, || {
            existing(
                "переменные",
                "переменных",
                known,
                "есть и встроенные, например `page.path` и `element.text`",
            )
        }),
        Detail::UnknownTrigger {
            suggestion, known, ..
        } => suggest(suggestion, || {
            existing(
                "триггеры",
                "триггеров",
                known,
                "сначала опишите его в `triggers`",
            )
        }),
        Detail::UnknownField {
            suggestion, known, ..
        } => suggest(suggestion, || {
            format!("поля: {}, а также свойства самого события", listed(known))
        }),
        Detail::InvalidSelector { fault, .. } => selector_hint(fault).to_owned(),
        Detail::InvalidPattern { fault, .. } => pattern_hint(fault),
        Detail::InvalidTemplate {
            fault: TemplateFault::NotHere,
        } => "напишите сам текст; `{{…}}` работает в `with` у тегов".to_owned(),
        Detail::InvalidTemplate { .. } => {
            "напишите имя переменной в двойных фигурных скобках, например `{{page.path}}`"
                .to_owned()
        }
        Detail::DuplicateTagName { .. } => "дайте каждому тегу своё имя".to_owned(),
        Detail::TooLong { .. } => "сократите".to_owned(),
        Detail::TooMany { .. } => "удалите лишние".to_owned(),
        Detail::TooFew { .. } => "добавьте недостающие".to_owned(),
        Detail::TooDeep { .. } => "объедините условия одного вида в один список".to_owned(),
        Detail::UnusedTrigger { .. } => {
            "удалите его или укажите в `on` либо `except` какого-нибудь тега".to_owned()
        }
        Detail::UnusedVariable { .. } => {
            "удалите её или используйте в условии либо как `{{…}}` в `with` какого-нибудь тега"
                .to_owned()
        }
        Detail::TagNeverFires {
            why: NeverFires::NoTrigger,
            ..
        } => "укажите триггер в `on`".to_owned(),
        Detail::TagNeverFires {
            why: NeverFires::AllExcepted,
            ..
        } => "все триггеры из `on` есть и в `except`: уберите их оттуда или отсюда".to_owned(),
        Detail::TagNeverFires {
            why: NeverFires::SampledOut,
            ..
        } => "напишите долю посетителей, например `0.1` — десятая часть; чтобы остановить тег, напишите `\"paused\": true`"
            .to_owned(),
        Detail::TagNeverFires {
            why: NeverFires::NoDay,
            ..
        } => "его `from` позже, чем `until`: поменяйте их местами".to_owned(),
        Detail::ExceptNeverApplies { .. } => {
            "перенесите условие в `when` триггеров из `on` или возьмите триггер того же вида"
                .to_owned()
        }
        Detail::SameTags { .. } => "удалите один из двух или приостановите его".to_owned(),
        Detail::AutomaticEvent { event } => format!(
            "назовите событие иначе или отключите то, другое: {}",
            quoted(&format!("\"automatic\": {{ \"{}\": false }}", vocabulary::automatic_key(event)))
        ),
        Detail::FunnelEventNeverSent {
            suggestion, known, ..
        } => suggest(suggestion, || {
            existing(
                "отправляются события",
                "событий, которые отправляются,",
                known,
                "всё верно, если событие отправляет сервер",
            )
        }),
        Detail::NoDomains => {
            "добавьте в `site` ключ `\"domains\": [\"shop.example\", \"*.shop.example\"]`"
                .to_owned()
        }
        Detail::Rule(fault) => rules::hint(fault),
        Detail::Example(fault) => examples::hint(fault),
    }
}

fn suggest(suggestion: &Option<String>, otherwise: impl FnOnce() -> String) -> String {
    match suggestion {
        Some(name) => format!("может быть, {}?", quoted(name)),
        None => otherwise(),
    }
}

fn existing(what: &str, none_of: &str, known: &[String], more: &str) -> String {
    if known.is_empty() {
        format!("{none_of} пока нет; {more}")
    } else {
        format!("{what}: {}; {more}", listed(known))
    }
}

fn thing_name(thing: Thing) -> &'static str {
    match thing {
        Thing::Trigger => "триггера",
        Thing::Variable => "переменной",
        Thing::Tag => "тега",
        Thing::Goal => "цели",
        Thing::Funnel => "воронки",
        Thing::Step => "шага",
        Thing::Expected => "ожидания",
    }
}

fn wanted_name(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Text => "текст в кавычках",
        Wanted::Number => "число",
        Wanted::Boolean => "`true` или `false`",
        Wanted::Day => "дата",
        Wanted::Ordered => "число или дата",
        Wanted::Scalar => "текст, число, `true` или `false`",
        Wanted::List => "список в квадратных скобках",
        Wanted::FilledList => "список хотя бы с одной записью",
        Wanted::Object => "объект в фигурных скобках",
    }
}

fn found_name(wanted: Wanted, found: &Found) -> String {
    match found {
        Found::Null => "`null`".to_owned(),
        Found::Boolean(value) => format!("`{value}`"),
        Found::Number(number) => format!("число {}", quoted(number)),
        Found::Text(text) => format!("текст {}", quoted(text)),
        Found::EmptyList if wanted == Wanted::FilledList => "пустой".to_owned(),
        Found::List | Found::EmptyList => "список".to_owned(),
        Found::Object => "объект".to_owned(),
    }
}

fn wrong_type_hint(wanted: Wanted, found: &Found, example: Option<&String>) -> String {
    if let Some(example) = example {
        return format!("напишите так: `{example}`");
    }
    match (wanted, found) {
        (Wanted::Text, Found::Number(text)) => format!("напишите в кавычках: `\"{text}\"`"),
        (Wanted::Text, Found::Boolean(value)) => format!("напишите в кавычках: `\"{value}\"`"),
        (Wanted::Number, Found::Text(text)) if Decimal::parse(text).is_some() => {
            format!("напишите без кавычек: `{text}`")
        }
        (Wanted::Boolean, Found::Text(text)) if matches!(text.as_str(), "true" | "false") => {
            format!("напишите без кавычек: `{text}`")
        }
        (Wanted::List | Wanted::FilledList, Found::Text(text)) => {
            format!(
                "возьмите в квадратные скобки: {}",
                quoted(&format!("[\"{text}\"]"))
            )
        }
        (Wanted::Text, _) => "напишите текст, например `\"abc\"`".to_owned(),
        (Wanted::Number, _) => "напишите число, например `5` или `0.5`".to_owned(),
        (Wanted::Boolean, _) => "напишите `true` или `false`".to_owned(),
        (Wanted::Ordered, Found::Text(text)) if Decimal::parse(text).is_some() => {
            format!("напишите без кавычек: `{text}`")
        }
        (Wanted::Day, _) => "напишите год, месяц и день, например `\"2026-12-31\"`".to_owned(),
        (Wanted::Ordered, _) => {
            "напишите число, например `5`, или дату, например `\"2026-12-31\"`".to_owned()
        }
        (Wanted::Scalar, _) => "напишите одно значение, например `\"abc\"` или `5`".to_owned(),
        (Wanted::List, _) => "напишите список, например `[\"a\", \"b\"]`".to_owned(),
        (Wanted::FilledList, _) => "впишите между скобками хотя бы одну запись".to_owned(),
        (Wanted::Object, _) => "напишите объект: ключи и значения между `{` и `}`".to_owned(),
    }
}

fn name_message(name: &str, fault: &NameFault) -> String {
    match fault {
        NameFault::NotIdentifier { .. } => format!("{} не годится здесь как имя", quoted(name)),
        NameFault::Empty => "имя пустое".to_owned(),
        NameFault::Characters => format!("{} не годится как имя", quoted(name)),
        NameFault::BuiltIn => format!("{} — имя чего-то встроенного", quoted(name)),
        NameFault::NotAttribute => format!("{} — не имя атрибута", quoted(name)),
    }
}

fn name_hint(fault: &NameFault) -> String {
    match fault {
        NameFault::NotIdentifier {
            suggestion: Some(name),
        } => format!(
            "годятся только строчные латинские буквы, цифры и `_`, не больше 64: {}",
            quoted(name),
        ),
        NameFault::NotIdentifier { suggestion: None } => {
            "годятся только строчные латинские буквы, цифры и `_`, не больше 64".to_owned()
        }
        NameFault::Empty => "впишите имя между кавычками".to_owned(),
        NameFault::Characters => {
            "уберите фигурные скобки, переносы строк и пробелы в начале и конце".to_owned()
        }
        NameFault::BuiltIn => "выберите другое имя".to_owned(),
        NameFault::NotAttribute => {
            "напишите как в HTML страницы, например `data-sku` или `href`".to_owned()
        }
    }
}
