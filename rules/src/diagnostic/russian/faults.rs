//! Faults of JSON, selectors, patterns and names in Russian.

use super::super::{JsonFault, quoted};
use crate::pattern::PatternFault;
use crate::selector::SelectorFault;

pub(super) fn json_message(fault: JsonFault) -> &'static str {
    match fault {
        JsonFault::Empty => "файл пуст",
        JsonFault::MissingComma => "здесь не хватает запятой",
        JsonFault::TrailingComma => "после последней записи стоит запятая",
        JsonFault::StrayComma => "лишняя запятая",
        JsonFault::MissingColon => "после ключа нет двоеточия",
        JsonFault::StrayColon => "лишнее двоеточие",
        JsonFault::MissingValue => "у ключа нет значения",
        JsonFault::UnclosedBrace => "эта `{` нигде не закрыта",
        JsonFault::UnclosedBracket => "эта `[` нигде не закрыта",
        JsonFault::StrayBrace => "эта `}` ничего не закрывает",
        JsonFault::StrayBracket => "эта `]` ничего не закрывает",
        JsonFault::UnclosedText => "у этого текста нет закрывающей кавычки",
        JsonFault::QuoteInText => "текст перед этим местом закончился слишком рано",
        JsonFault::SingleQuotes => "текст стоит в одинарных кавычках",
        JsonFault::CurlyQuotes => "это не прямые кавычки",
        JsonFault::UnquotedWord => "это слово стоит без кавычек",
        JsonFault::Comment => "комментарии здесь не допускаются",
        JsonFault::Escape => "после этой обратной косой черты такой знак стоять не может",
        JsonFault::ControlCharacter => "внутри текста стоит перенос строки или табуляция",
        JsonFault::Number => "в JSON числа пишутся иначе",
        JsonFault::SecondValue => "после конца стоит что-то ещё",
        JsonFault::TooDeep => "слишком много вложенных скобок",
        JsonFault::Unexpected => "такого здесь стоять не может",
    }
}

pub(super) fn json_hint(fault: JsonFault) -> &'static str {
    match fault {
        JsonFault::Empty => "начните так: `{ \"weir\": 1, \"site\": { \"id\": \"shop\" } }`",
        JsonFault::MissingComma => "поставьте запятую между двумя записями",
        JsonFault::TrailingComma | JsonFault::StrayComma => "удалите эту запятую",
        JsonFault::MissingColon => "напишите `\"ключ\": значение`",
        JsonFault::StrayColon => "удалите это двоеточие или напишите `\"ключ\": значение`",
        JsonFault::MissingValue => "напишите значение после двоеточия",
        JsonFault::UnclosedBrace => "добавьте парную ей `}`",
        JsonFault::UnclosedBracket => "добавьте парную ей `]`",
        JsonFault::StrayBrace => "удалите её или добавьте парную ей `{`",
        JsonFault::StrayBracket => "удалите её или добавьте парную ей `[`",
        JsonFault::UnclosedText => "поставьте `\"` в его конце",
        JsonFault::QuoteInText => "кавычка внутри текста пишется как `\\\"`",
        JsonFault::SingleQuotes => "напишите в двойных кавычках: `\"…\"`",
        JsonFault::CurlyQuotes => {
            "замените на прямые кавычки `\"`; текстовые редакторы меняют их сами"
        }
        JsonFault::UnquotedWord => {
            "напишите в двойных кавычках: `\"…\"`; без них стоят только `true`, `false`, `null` и числа"
        }
        JsonFault::Comment => "удалите; для пояснений у тегов есть `notes`",
        JsonFault::Escape => "вместо одной обратной косой черты напишите две: `\\\\`",
        JsonFault::ControlCharacter => "перенос строки пишется как `\\n`, табуляция как `\\t`",
        JsonFault::Number => "напишите, например, `5`, `-3` или `0.5`",
        JsonFault::SecondValue => "контейнер — это один объект: проверьте скобки перед этим местом",
        JsonFault::TooDeep => {
            "контейнер не бывает таким глубоким: проверьте скобки перед этим местом"
        }
        JsonFault::Unexpected => "проверьте кавычки, запятые и скобки прямо перед этим местом",
    }
}

pub(super) fn selector_fault(fault: &SelectorFault) -> String {
    match fault {
        SelectorFault::Empty => "он пуст".to_owned(),
        SelectorFault::EndsEarly => "в конце чего-то не хватает".to_owned(),
        SelectorFault::PseudoElement(name) => {
            format!("{} — не элемент страницы", quoted(&format!("::{name}")))
        }
        SelectorFault::PseudoClass(name) => {
            format!("браузеры не знают {}", quoted(&format!(":{name}")))
        }
        SelectorFault::ClassName => "после `.` нет имени".to_owned(),
        SelectorFault::Attribute => "ошибка в квадратных скобках".to_owned(),
        SelectorFault::Namespace => "знак `|` использовать нельзя".to_owned(),
        SelectorFault::Unexpected(part) => format!("{} здесь стоять не может", quoted(part)),
        SelectorFault::Other => "он нарушает правила CSS".to_owned(),
    }
}

pub(super) fn selector_hint(fault: &SelectorFault) -> &'static str {
    match fault {
        SelectorFault::Empty => "напишите селектор CSS, например `button.buy` или `#lead`",
        SelectorFault::EndsEarly => "допишите его или удалите последний знак",
        SelectorFault::PseudoElement(_) => {
            "удалите эту часть: клики и показы относятся к самому элементу"
        }
        SelectorFault::PseudoClass(_) => {
            "проверьте, как это пишется; `:visible` и `:contains` есть в jQuery, но не в CSS"
        }
        SelectorFault::ClassName => {
            "имена начинаются с буквы или `_`; для имени с цифрой в начале напишите `[class~='3d']`"
        }
        SelectorFault::Attribute => "напишите, например, `[data-sku]` или `[href^=\"/sale\"]`",
        SelectorFault::Namespace => "удалите его",
        SelectorFault::Unexpected(_) | SelectorFault::Other => {
            "скопируйте селектор из инспектора браузера или напишите, например, `button.buy`, `#lead` или `[data-sku]`"
        }
    }
}

pub(super) fn pattern_message(pattern: &str, fault: &PatternFault) -> String {
    let pattern = quoted(pattern);
    match fault {
        PatternFault::Empty => "шаблон пуст".to_owned(),
        PatternFault::NestedRepeat => {
            format!("в {pattern} повтор стоит внутри повтора, из-за этого страница может зависнуть")
        }
        PatternFault::OverlappingRepeats => format!(
            "в {pattern} разные повторы могут забирать одни и те же символы, из-за этого страница может зависнуть"
        ),
        PatternFault::TooManyWays => format!(
            "{pattern} подходит к одному тексту слишком многими способами, из-за этого страница может зависнуть"
        ),
        PatternFault::TooComplex => format!("шаблон {pattern} слишком сложный"),
        PatternFault::Lookbehind => format!("{pattern} смотрит назад"),
        PatternFault::Lookahead => format!("{pattern} смотрит вперёд внутри повтора"),
        PatternFault::Backreference => format!("{pattern} ссылается на группу"),
        PatternFault::Property => {
            format!("в {pattern} есть `\\p`, а это зависит от возраста браузера")
        }
        PatternFault::Flags => format!("{pattern} переключает флаги внутри"),
        PatternFault::UnclosedGroup => format!("в {pattern} не закрыта `(`"),
        PatternFault::StrayParenthesis => format!("в {pattern} `)` ничего не закрывает"),
        PatternFault::UnclosedClass => format!("в {pattern} не закрыта `[`"),
        PatternFault::NothingToRepeat => {
            format!("в {pattern} перед знаком повтора нечего повторять")
        }
        PatternFault::BadRepeat => format!("в {pattern} неверные числа повтора"),
        PatternFault::BadEscape(char) => {
            format!("в {pattern} есть `\\{char}`, а это ничего не значит")
        }
        PatternFault::BadRange => format!("в {pattern} диапазон записан задом наперёд"),
        PatternFault::StrayBrace(char) => format!("в {pattern} знак `{char}` нужно экранировать"),
        PatternFault::BadGroup => format!("в {pattern} группа начинается с неизвестного знака"),
        PatternFault::NotInReports => format!("в {pattern} есть то, чего не знают отчёты"),
        PatternFault::Refused => format!("{pattern} — не шаблон"),
    }
}

pub(super) fn pattern_hint(fault: &PatternFault) -> String {
    match fault {
        PatternFault::Empty => "напишите, что искать, или используйте `exists`".to_owned(),
        PatternFault::NestedRepeat => "повторяйте один раз: `a+` вместо `(a+)+`".to_owned(),
        PatternFault::OverlappingRepeats => {
            "объедините их (`\\\\s*` вместо `\\\\s*\\\\s*`), назовите, что может стоять между ними (`[^/]*` вместо `.*`), или используйте несколько условий с `contains`".to_owned()
        }
        PatternFault::TooManyWays => {
            "пусть варианты начинаются по-разному, или используйте несколько условий".to_owned()
        }
        PatternFault::TooComplex => "сократите его или используйте несколько условий в `all` либо `any`".to_owned(),
        PatternFault::Lookbehind => "используйте несколько условий, одно с `not_` перед оператором".to_owned(),
        PatternFault::Lookahead => "используйте несколько условий, одно с `not_` перед оператором".to_owned(),
        PatternFault::Backreference => "напишите, что там может стоять".to_owned(),
        PatternFault::Property => "перечислите буквы: `[a-zа-яё]`".to_owned(),
        PatternFault::Flags => "напишите `\"ignore_case\": true` рядом с оператором".to_owned(),
        PatternFault::UnclosedGroup => "добавьте `)` или напишите `\\\\(`, если нужен сам знак".to_owned(),
        PatternFault::StrayParenthesis => "удалите её или напишите `\\\\)`, если нужен сам знак".to_owned(),
        PatternFault::UnclosedClass => "добавьте `]` или напишите `\\\\[`, если нужен сам знак".to_owned(),
        PatternFault::NothingToRepeat => {
            "если нужен сам знак, напишите `\\\\*`, `\\\\+` или `\\\\?`; любой текст — это `.*`".to_owned()
        }
        PatternFault::BadRepeat => "напишите, например, `{3}`, `{2,}` или `{2,5}`, не больше 1000".to_owned(),
        PatternFault::BadEscape(char) if char.is_alphanumeric() => {
            "известны `\\\\d`, `\\\\w`, `\\\\s`, `\\\\b`, `\\\\n`, `\\\\t` и подобные".to_owned()
        }
        PatternFault::BadEscape(char) => format!("напишите `{char}` без обратной косой черты"),
        PatternFault::BadRange => "сначала меньший край: `[a-z]`; сам знак `-` ставится последним".to_owned(),
        PatternFault::StrayBrace(char) => format!("если нужен сам знак, напишите `\\\\{char}`"),
        PatternFault::BadGroup => "группы начинаются с `(`, `(?:`, `(?=` или `(?!`".to_owned(),
        PatternFault::NotInReports => "в шагах воронок нельзя `(?=`, `(?!` и `\\\\u`".to_owned(),
        PatternFault::Refused => "напишите регулярное выражение так, как его понимает JavaScript".to_owned(),
    }
}
