//! Переменные и приватность, по-русски.

use crate::diagnostic::{ValueFault, listed, quoted};
use crate::vocabulary;

use super::suggest;

pub(super) fn message(fault: &ValueFault) -> String {
    match fault {
        ValueFault::Cycle { names } => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            format!("переменная зависит от самой себя: {}", names.join(" → "))
        }
        ValueFault::TooManyReads { name, max } => format!(
            "переменная {} читает больше {max} значений, считая значения её собственных переменных",
            quoted(name)
        ),
        ValueFault::UnknownStep { step, .. } => format!("неизвестный шаг {}", quoted(step)),
        ValueFault::BareStep { step } => format!("шагу {} нужны настройки", quoted(step)),
        ValueFault::PlainStep { step } => format!("у шага {} нет настроек", quoted(step)),
        ValueFault::OneStepEach => "в этих скобках должен стоять ровно один шаг".to_owned(),
        ValueFault::NoSuchGroup { group, groups } => {
            format!("нет группы {group}: в шаблоне групп {groups}")
        }
        ValueFault::BoundsNotAscending => "эти числа идут не по возрастанию".to_owned(),
        ValueFault::ClosedGlobal { name } => {
            format!("{} нельзя читать как переменную страницы", quoted(name))
        }
        ValueFault::NameAndPlace => {
            "поле ищут либо по `name`, либо по `selector` и `closest`, но не по обоим сразу"
                .to_owned()
        }
        ValueFault::NotParameter { name } => {
            format!("{} — не имя параметра", quoted(name))
        }
    }
}

pub(super) fn hint(fault: &ValueFault) -> String {
    match fault {
        ValueFault::Cycle { .. } => "пусть одна из них читает что-нибудь другое".to_owned(),
        ValueFault::TooManyReads { .. } => "используйте в ней меньше переменных".to_owned(),
        ValueFault::UnknownStep { suggestion, .. } => suggest(suggestion, || {
            format!("шаги: {}", listed(vocabulary::TRANSFORMS))
        }),
        ValueFault::BareStep { step } => match step.as_str() {
            "bucket" => {
                "укажите, где начинаются промежутки: `{ \"bucket\": [1000, 5000] }`".to_owned()
            }
            "replace" => {
                "укажите, что заменить: `{ \"replace\": { \"pattern\": \" \", \"with\": \"-\" } }`"
                    .to_owned()
            }
            _ => "укажите, что найти: `{ \"capture\": \"id=([0-9]+)\" }`".to_owned(),
        },
        ValueFault::PlainStep { step } => format!("напишите просто словом: `\"{step}\"`"),
        ValueFault::OneStepEach => {
            "дайте каждому шагу свои скобки: `[ \"trim\", { \"round\": 2 } ]`".to_owned()
        }
        ValueFault::NoSuchGroup { .. } => {
            "группы стоят в круглых скобках и считаются с 1; 0 — всё найденное".to_owned()
        }
        ValueFault::BoundsNotAscending => {
            "напишите каждое число один раз, начиная с меньшего: `[100, 500, 1000]`".to_owned()
        }
        ValueFault::ClosedGlobal { .. } => {
            "используйте виды `cookie`, `storage`, `meta`, `text`, `attribute` или `field`"
                .to_owned()
        }
        ValueFault::NameAndPlace => "уберите одно из двух".to_owned(),
        ValueFault::NotParameter { .. } => {
            "напишите имя, например `gclid`, или его начало и звёздочку: `utm_*`".to_owned()
        }
    }
}
