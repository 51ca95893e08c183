//! Триггеры, теги и остальное содержимое контейнера: the same as `english/rules.rs`, sentence by sentence.

use crate::diagnostic::{RuleFault, quoted};

use super::suggest;

pub(super) fn message(fault: &RuleFault) -> String {
    match fault {
        RuleFault::Needs { key, beside } => format!("`{key}` ничего не значит без `{beside}`"),
        RuleFault::Conflict { keys: [one, other] } => {
            format!("можно указать либо `{one}`, либо `{other}`, но не оба")
        }
        RuleFault::Path { path, .. } => format!("{} — не путь страницы", quoted(path)),
        RuleFault::Cycle { names } => format!("группа ждёт саму себя: {}", chain(names)),
        RuleFault::AnyEventFires { name } => {
            format!(
                "триггер {} срабатывает на всё, что происходит",
                quoted(name)
            )
        }
    }
}

pub(super) fn hint(fault: &RuleFault) -> String {
    match fault {
        RuleFault::Needs { beside, .. } => format!("добавьте `{beside}` или удалите это"),
        RuleFault::Conflict { .. } => "удалите один из двух".to_owned(),
        RuleFault::Path { suggestion, .. } => suggest(suggestion, || {
            "начните с `/`, например `/thanks`; `/thanks*` — все пути с таким началом".to_owned()
        }),
        RuleFault::Cycle { .. } => "уберите один из них из какого-нибудь `all`".to_owned(),
        RuleFault::AnyEventFires { .. } => {
            "он предназначен для `except`; здесь назовите триггер, который чего-то ждёт".to_owned()
        }
    }
}

/// `` `a` → `b` → `a` ``.
fn chain(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(" → ")
}
