//! Примеры, которые не сходятся, по-русски.

use super::super::{Deed, ExampleFault, Lang, quoted};

pub(super) fn message(fault: &ExampleFault) -> String {
    match fault {
        ExampleFault::NoElement { selector } => {
            format!("на странице примера нет элемента {}", quoted(selector))
        }
        ExampleFault::Missing { what, .. } => {
            format!("пример ожидает {}, но этого не происходит", deed(what))
        }
        ExampleFault::Unexpected { tag, what } => format!(
            "пример не ожидает {}, но к этому приводит тег {}",
            deed(what),
            quoted(tag)
        ),
        ExampleFault::Different {
            what,
            property,
            wanted,
            found,
        } => {
            let found = match found {
                Some(found) => format!("на деле там {}", quoted(found)),
                None => "на деле его нет".to_owned(),
            };
            format!(
                "пример ожидает {}, где {} — {}, а {found}",
                deed(what),
                quoted(property),
                quoted(wanted)
            )
        }
    }
}

pub(super) fn hint(fault: &ExampleFault) -> String {
    match fault {
        ExampleFault::NoElement { .. } => {
            "добавьте его в `html` примера или исправьте селектор".to_owned()
        }
        ExampleFault::Missing { why: Some(why), .. } => why.pick(Lang::Ru).to_owned(),
        ExampleFault::Missing { why: None, .. } => {
            "ни один тег контейнера этого не делает: проверьте имя".to_owned()
        }
        ExampleFault::Unexpected { .. } => {
            "добавьте это в `expect` или исправьте правила так, чтобы этого не было".to_owned()
        }
        ExampleFault::Different { wanted, found: Some(found), .. } if is_text(wanted) != is_text(found) => {
            "одно из двух — текст, он стоит в кавычках; каким типом читать переменную, сказано в её `as`".to_owned()
        }
        ExampleFault::Different { .. } => {
            "исправьте переменную или запишите верное значение в `expect`".to_owned()
        }
    }
}

fn is_text(json: &str) -> bool {
    json.starts_with('"')
}

/// Винительный падеж.
fn deed(what: &Deed) -> String {
    match what {
        Deed::Event(name) => format!("событие {}", quoted(name)),
        Deed::Pixel(address) => format!("картинку {}", quoted(address)),
        Deed::Script(address) => format!("скрипт {}", quoted(address)),
        Deed::Push => "запись в dataLayer".to_owned(),
        Deed::Tag(name) => format!("тег {}", quoted(name)),
    }
}
