//! Триггеры, теги и остальное содержимое контейнера: the same as `english/rules.rs`, sentence by sentence.

use crate::container::EXAMPLE_STEPS;
use crate::diagnostic::{RuleFault, Thing, UrlFault, listed, quoted};
use crate::vocabulary::{AMOUNTS, METRICS};

use super::{existing, suggest, thing_name};

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
        RuleFault::Url {
            url,
            fault: UrlFault::NotUrl,
        } => format!("{} — не адрес в интернете", quoted(url)),
        RuleFault::Url {
            url,
            fault: UrlFault::NotSecure,
        } => format!("{} не шифруется, браузеры его не примут", quoted(url)),
        RuleFault::Url {
            fault: UrlFault::VariableHost,
            ..
        } => "хост в адресе должен быть постоянным".to_owned(),
        RuleFault::Integrity { text } => format!("{} — не хеш скрипта", quoted(text)),
        RuleFault::HostNotApproved { host } => {
            format!("скрипты с {} для этого сайта не разрешены", quoted(host))
        }
        RuleFault::UnknownCategory { name, .. } => {
            format!("нет категории согласия {}", quoted(name))
        }
        RuleFault::Date { text, .. } => format!("{} — не дата", quoted(text)),
        RuleFault::Url {
            url,
            fault: UrlFault::NotPage,
        } => format!("{} — не адрес страницы", quoted(url)),
        RuleFault::UnknownName { of, name, .. } => {
            format!("нет {} {}", thing_name(*of), quoted(name))
        }
        RuleFault::UnknownMetric { name, .. } => format!("неизвестный показатель {}", quoted(name)),
        RuleFault::UnknownStep { name, .. } => format!("неизвестный шаг {}", quoted(name)),
        RuleFault::NoShare { number, .. } => {
            format!("{} — не доля целого, от 0 до 1", quoted(number))
        }
        RuleFault::SameKpiName { name, first_line } => {
            format!(
                "второй показатель с именем {}, первый в строке {first_line}",
                quoted(name)
            )
        }
        RuleFault::NothingToReach { number } => {
            format!("и `from`, и `to` равны {}", quoted(number))
        }
        RuleFault::NotInAll { metric } => {
            format!("{} не складывается день за днём", quoted(metric))
        }
        RuleFault::ReachedAtOnce { number } => {
            format!("всего {} набирается ещё до начала", quoted(number))
        }
        RuleFault::BelowNothing { number } => {
            format!("{} — меньше, чем бывает", quoted(number))
        }
        RuleFault::LaterThan { date, other } => {
            format!("{} позже, чем `{other}`", quoted(date))
        }
        RuleFault::NotInReports { word } => {
            format!("отчёты пока не знают {}", quoted(word))
        }
        RuleFault::PastDate { date } => format!("дата {} уже прошла", quoted(date)),
        RuleFault::NothingForwards => {
            "событие собирается, но эта версия его дальше пока не отправляет".to_owned()
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
        RuleFault::Url {
            fault: UrlFault::NotUrl,
            ..
        } => "начните с `https://` и хоста, например `https://ad.example/p?sku={{sku}}`".to_owned(),
        RuleFault::Url {
            fault: UrlFault::NotSecure,
            ..
        } => "напишите `https://` вместо `http://`".to_owned(),
        RuleFault::Url {
            fault: UrlFault::VariableHost,
            ..
        } => "переменные могут стоять только после первого `/` за хостом".to_owned(),
        RuleFault::Integrity { .. } => {
            "возьмите его на странице автора скрипта: `sha384-` и 64 буквы и цифры".to_owned()
        }
        RuleFault::HostNotApproved { host } => format!(
            "если вы ему доверяете, добавьте в `site` ключ {}",
            quoted(&format!("\"script_hosts\": [\"{host}\"]"))
        ),
        RuleFault::UnknownCategory {
            suggestion, known, ..
        } => suggest(suggestion, || {
            format!(
                "категории: {}; другие описываются в `default` у `consent`",
                listed(known)
            )
        }),
        RuleFault::Date { suggestion, .. } => suggest(suggestion, || {
            "напишите год, месяц и день, например `2026-12-31`".to_owned()
        }),
        RuleFault::Url {
            fault: UrlFault::NotPage,
            ..
        } => "напишите адрес целиком, например `https://shop.example/product/42`".to_owned(),
        RuleFault::UnknownName {
            of,
            suggestion,
            known,
            ..
        } => suggest(suggestion, || {
            let (all, none_of, more) = match of {
                Thing::Goal => ("цели", "целей", "сначала опишите её в `goals`"),
                Thing::Funnel => ("воронки", "воронок", "сначала опишите её в `funnels`"),
                _ => ("теги", "тегов", "напишите `name` какого-нибудь тега"),
            };
            existing(all, none_of, known, more)
        }),
        RuleFault::UnknownMetric { suggestion, .. } => {
            suggest(suggestion, || format!("показатели: {}", listed(METRICS)))
        }
        RuleFault::UnknownStep { suggestion, .. } => {
            suggest(suggestion, || format!("шаги: {}", steps()))
        }
        RuleFault::NoShare { suggestion, .. } => {
            suggest(suggestion, || "для 3,5 процента напишите 0.035".to_owned())
        }
        RuleFault::SameKpiName { .. } => "дайте каждому показателю своё имя".to_owned(),
        RuleFault::NothingToReach { .. } => "напишите в `to`, чего надо достичь".to_owned(),
        RuleFault::NotInAll { .. } => format!(
            "удалите `since` или считайте всего одно из этого: {}",
            listed(AMOUNTS)
        ),
        RuleFault::ReachedAtOnce { .. } => "напишите число больше 0".to_owned(),
        RuleFault::BelowNothing { .. } => "напишите 0 или больше".to_owned(),
        RuleFault::LaterThan { other, .. } => {
            format!("напишите день не позже, чем в `{other}`")
        }
        RuleFault::NotInReports { .. } => {
            "до тех пор сохранённый отчёт считает людей и по порядку; в `weir_fn` может быть больше"
                .to_owned()
        }
        RuleFault::PastDate { .. } => "напишите более позднюю дату или удалите её".to_owned(),
        RuleFault::NothingForwards => {
            "делать ничего не нужно: отправка начнётся, когда сервер её научится".to_owned()
        }
    }
}

/// Виды шагов примера.
pub(super) fn steps() -> String {
    let names: Vec<&str> = EXAMPLE_STEPS.iter().map(|(kind, _)| *kind).collect();
    listed(&names)
}

/// `` `a` → `b` → `a` ``.
fn chain(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(" → ")
}
