//! Триггеры по-русски: то, что стоит после «когда».

use crate::container::{CustomName, FieldAct, FormStage, TriggerKind, VideoAct};
use crate::link::LinkKind;
use crate::selector::Selector;

use super::super::words::{code, path_of};
use super::Russian;
use super::words::{duration, listed, numbers, of, passed, times};

impl Russian<'_> {
    /// Что происходит: «посетитель кликает по `button.buy`».
    pub(in crate::explain) fn happens(&self, kind: &TriggerKind) -> String {
        match kind {
            TriggerKind::Pageview => "открывается страница".to_owned(),
            TriggerKind::Init => "запускается тег".to_owned(),
            TriggerKind::DomReady => "документ прочитан".to_owned(),
            TriggerKind::WindowLoaded => "страница загружена целиком".to_owned(),
            TriggerKind::Click(None) => "посетитель кликает по чему угодно".to_owned(),
            TriggerKind::Click(Some(selector)) => format!("посетитель кликает по {}", it(selector)),
            TriggerKind::Link { selector, kinds } => link(selector.as_ref(), kinds),
            TriggerKind::Form { selector, stage } => form(selector.as_ref(), stage),
            TriggerKind::Field { selector, on } => field(selector.as_ref(), *on),
            TriggerKind::Scroll {
                thresholds,
                in_pixels,
                across,
            } => {
                let unit = match (in_pixels, thresholds.as_slice()) {
                    (false, _) => "%",
                    (true, [.., last]) => of(u64::from(*last), ["пикселя", "пикселей", "пикселей"]),
                    (true, []) => "пикселей",
                };
                let way = if *across { "вправо" } else { "вниз" };
                format!(
                    "посетитель прокручивает страницу {way} до {} {unit}",
                    numbers(thresholds)
                )
            }
            TriggerKind::Visible {
                selector,
                percent,
                for_ms,
            } => {
                let part = match percent {
                    100 => "целиком".to_owned(),
                    part => format!("хотя бы на {part} %"),
                };
                let place = format!("{} {part} на экране", it(selector));
                match for_ms {
                    0 => place,
                    ms => format!("{place} {}", duration(u64::from(*ms))),
                }
            }
            TriggerKind::Appears(selector) => format!("на странице появляется {}", it(selector)),
            TriggerKind::Timer {
                every_ms,
                limit,
                by_wall_clock,
            } => {
                let time = passed(u64::from(*every_ms));
                let place = if *by_wall_clock {
                    "с открытия страницы"
                } else {
                    "просмотра страницы"
                };
                match limit {
                    1 => format!("{time} {place}"),
                    limit => format!("{time} {place}, и так до {} за просмотр", times(*limit)),
                }
            }
            TriggerKind::History => "адрес меняется без загрузки страницы".to_owned(),
            TriggerKind::Custom(CustomName::Is(name)) => {
                format!("сайт сообщает о событии {}", code(name))
            }
            TriggerKind::Custom(CustomName::Fits(pattern)) => {
                format!(
                    "сайт сообщает о событии, имя которого подходит под шаблон {}",
                    code(pattern.source())
                )
            }
            TriggerKind::Video(VideoAct::Start) => "начинается видео".to_owned(),
            TriggerKind::Video(VideoAct::Pause) => "видео ставят на паузу".to_owned(),
            TriggerKind::Video(VideoAct::Progress(percent)) => {
                format!("видео просмотрено на {} %", numbers(percent))
            }
            TriggerKind::Video(VideoAct::Complete) => "видео досмотрено до конца".to_owned(),
            TriggerKind::Error => "в скрипте страницы происходит ошибка".to_owned(),
            TriggerKind::ExitIntent => "указатель уходит за верхний край страницы".to_owned(),
            TriggerKind::RageClick(None) => {
                "посетитель раз за разом кликает в одно место".to_owned()
            }
            TriggerKind::RageClick(Some(selector)) => {
                format!("посетитель раз за разом кликает по {}", it(selector))
            }
            TriggerKind::Copy(None) => "посетитель что-то копирует".to_owned(),
            TriggerKind::Copy(Some(selector)) => {
                format!("посетитель копирует что-то из {}", it(selector))
            }
            TriggerKind::WebVitals => {
                "становится известно, насколько быстрой была страница".to_owned()
            }
            TriggerKind::Group {
                members,
                in_order,
                within_ms,
            } => self.group(members, *in_order, *within_ms),
            TriggerKind::AnyEvent => "происходит что угодно".to_owned(),
        }
    }

    fn group(&self, members: &[usize], in_order: bool, within_ms: Option<u32>) -> String {
        let triggers = &self.container.triggers;
        let names = members.iter().filter_map(|at| triggers.get(*at));
        let names: Vec<String> = names.map(|trigger| code(&trigger.name)).collect();
        let mut text = match names.len() {
            1 => format!("за просмотр страницы сработал {}", listed(&names, "и")),
            _ => format!("за просмотр страницы сработали {}", listed(&names, "и")),
        };
        if in_order {
            text.push_str(", именно в этом порядке");
        }
        if let Some(ms) = within_ms {
            text.push_str(&format!(", не дольше чем за {}", duration(u64::from(ms))));
        }
        text
    }
}

/// Элемент, которому подходит селектор.
pub(super) fn it(selector: &Selector) -> String {
    code(selector.as_str())
}

fn link(selector: Option<&Selector>, kinds: &[LinkKind]) -> String {
    let what = |kind: &LinkKind| match kind {
        LinkKind::Internal => "ссылке на страницу сайта",
        LinkKind::Outbound => "ссылке на другой сайт",
        LinkKind::Download => "ссылке на файл",
        LinkKind::Phone => "номеру телефона",
        LinkKind::Mail => "адресу почты",
        LinkKind::Messenger => "ссылке на чат",
        LinkKind::Other => "ссылке, понятной только самой странице",
    };
    let all: Vec<&str> = kinds.iter().map(what).collect();
    let what = if all.is_empty() {
        "ссылке".to_owned()
    } else {
        listed(&all, "или")
    };
    match selector {
        None => format!("посетитель кликает по {what}"),
        Some(selector) => format!("посетитель кликает по {what} в {}", it(selector)),
    }
}

fn form(selector: Option<&Selector>, stage: &FormStage) -> String {
    let form = selector.map_or_else(String::new, |selector| format!(" {}", it(selector)));
    match stage {
        FormStage::Submit => format!("посетитель отправляет форму{form}"),
        FormStage::Attempt => format!("посетитель пытается отправить форму{form}"),
        FormStage::SuccessVisible(shown) => {
            format!(
                "посетитель отправляет форму{form}, и после этого виден {}",
                it(shown)
            )
        }
        FormStage::SuccessPath(path) => {
            let (path, whole) = path_of(path.source());
            let is = if whole {
                "равен"
            } else {
                "начинается с"
            };
            format!(
                "посетитель отправляет форму{form}, и после этого открыта страница, путь которой {is} {}",
                code(&path)
            )
        }
    }
}

fn field(selector: Option<&Selector>, on: FieldAct) -> String {
    let field = selector.map_or_else(
        || " формы".to_owned(),
        |selector| format!(" {}", it(selector)),
    );
    match on {
        FieldAct::Focus => format!("посетитель переходит в поле{field}"),
        FieldAct::Change => format!("посетитель изменяет поле{field}"),
        FieldAct::Abandon => {
            format!("посетитель переходит в поле{field} и покидает его, не изменив")
        }
    }
}
