//! Предложения по-русски.

mod aims;
mod conditions;
mod triggers;
mod variables;
pub(super) mod words;

use crate::container::{Container, Expression, Identity, Tag, TagKind, Trigger, TriggerKind};
use crate::release::OncePer;
use crate::vocabulary::AUTOMATIC;

use super::words::{code, day_ru, days_ru, percent};
use words::listed;

/// Говорит об одном контейнере.
pub(crate) struct Russian<'c> {
    pub(super) container: &'c Container,
}

impl Russian<'_> {
    pub(super) fn site(&self) -> String {
        let site = &self.container.site;
        let domains: Vec<String> = site.domains.iter().map(|domain| code(domain)).collect();
        let mut text = match domains.len() {
            0 => "события принимаются с любого домена".to_owned(),
            _ => format!("события принимаются с {}", listed(&domains, "и")),
        };
        text.push_str(&format!(
            "; дни начинаются в полночь по поясу {}",
            code(&site.timezone)
        ));
        if let Some(currency) = &site.currency {
            text.push_str(&format!("; деньги считаются в {}", code(currency)));
        }
        let sent = self.automatic(true);
        if !sent.is_empty() {
            text.push_str(&format!(
                "; без всяких правил отправляются {}",
                listed(&sent, "и")
            ));
        }
        let off = self.automatic(false);
        if !off.is_empty() {
            text.push_str(&format!("; выключены {}", listed(&off, "и")));
        }
        if self.container.automatic.ecommerce {
            text.push_str("; также отправляются события магазина, которые сайт кладёт в dataLayer");
        }
        let consent: Vec<String> = self
            .container
            .consent
            .categories
            .iter()
            .map(|(category, granted)| {
                format!(
                    "{} {}",
                    code(category),
                    if *granted { "есть" } else { "нет" }
                )
            })
            .collect();
        text.push_str(&format!(
            "; пока посетитель не решил иначе, согласие на {}",
            listed(&consent, "и на")
        ));
        let privacy = &self.container.privacy;
        if privacy.identity == Identity::Cookieless {
            text.push_str("; в браузере ничего не хранится");
        }
        match privacy.keep_query.as_deref() {
            None => {}
            Some([]) => text.push_str("; адреса собираются без параметров"),
            Some(names) => {
                let names: Vec<String> = names.iter().map(|name| code(name)).collect();
                let names = listed(&names, "и");
                text.push_str(&format!(
                    "; из параметров адресов собираются только {names}"
                ));
            }
        }
        if !privacy.redact.is_empty() {
            let kinds: Vec<String> = privacy.redact.iter().map(|kind| code(kind)).collect();
            text.push_str(&format!(
                "; из всех текстов убираются личные данные: {}",
                kinds.join(", ")
            ));
        }
        if !site.script_hosts.is_empty() {
            let hosts: Vec<String> = site.script_hosts.iter().map(|host| code(host)).collect();
            text.push_str(&format!(
                "; скрипты можно брать и с {}",
                listed(&hosts, "и")
            ));
        }
        text
    }

    /// События, которые отправляются без правил, или выключенные.
    fn automatic(&self, sent: bool) -> Vec<String> {
        let events = self.container.automatic.events();
        let wanted = events
            .iter()
            .filter(|(event, on)| *on == sent && AUTOMATIC.contains(event));
        wanted.map(|(event, _)| code(event)).collect()
    }

    /// Когда срабатывает триггер, без «когда».
    pub(super) fn trigger(&self, trigger: &Trigger) -> String {
        let happens = self.happens(&trigger.kind);
        match &trigger.when {
            None => happens,
            Some(when) => self.with_condition(happens, when),
        }
    }

    /// Когда триггер не даёт тегу сработать: «происходит что угодно» здесь ни о чём не говорит.
    fn exception(&self, trigger: &Trigger) -> String {
        match (&trigger.kind, &trigger.when) {
            (TriggerKind::AnyEvent, Some(when)) => self.condition(when),
            _ => self.trigger(trigger),
        }
    }

    /// Когда срабатывает триггер, отдельным предложением.
    pub(super) fn when(&self, trigger: &Trigger) -> String {
        format!("когда {}", self.trigger(trigger))
    }

    fn triggers(&self, positions: &[usize], tell: impl Fn(&Trigger) -> String) -> String {
        let triggers = positions
            .iter()
            .filter_map(|at| self.container.triggers.get(*at));
        let told: Vec<String> = triggers.map(tell).collect();
        told.join(" или когда ")
    }

    pub(super) fn tag(&self, tag: &Tag) -> String {
        let does = self.does(&tag.kind);
        let mut text = match tag.on.is_empty() {
            true => format!("Его ничто не запускает; он должен {does}"),
            false => format!(
                "Когда {}, {does}",
                self.triggers(&tag.on, |it| self.trigger(it))
            ),
        };
        if !tag.except.is_empty() {
            let exceptions = self.triggers(&tag.except, |it| self.exception(it));
            text.push_str(&format!(", кроме случаев, когда {exceptions}"));
        }
        text.push_str(match tag.once_per {
            OncePer::Event => "",
            OncePer::Element => "; один раз для каждого элемента за просмотр страницы",
            OncePer::Page => "; один раз за просмотр страницы",
            OncePer::Session => "; один раз за визит",
            OncePer::Day => "; один раз в день для каждого браузера",
            OncePer::Visitor => "; один раз для каждого браузера",
        });
        if !tag.consent.is_empty() {
            let categories: Vec<String> = tag.consent.iter().map(|it| code(it)).collect();
            text.push_str(&format!(
                "; только при согласии на {}",
                listed(&categories, "и")
            ));
        }
        if let Some(share) = tag.sample {
            text.push_str(&format!(
                "; только для {} % посетителей",
                percent(share).replace('.', ",")
            ));
        }
        match (&tag.from, &tag.until) {
            (None, None) => {}
            (Some(from), None) => text.push_str(&format!("; начиная с {}", day_ru(from))),
            (None, Some(until)) => text.push_str(&format!("; по {} включительно", day_ru(until))),
            (Some(from), Some(until)) => {
                let (from, until) = days_ru(from, until);
                text.push_str(&format!("; с {from} по {until}"));
            }
        }
        match tag.priority {
            0 => {}
            above @ 1.. => text.push_str(&format!("; раньше тегов с приоритетом ниже {above}")),
            below => text.push_str(&format!("; позже тегов с приоритетом выше {below}")),
        }
        if tag.paused {
            text.push_str(". Сейчас он на паузе и ничего не делает");
        }
        text
    }

    /// Что делает тег, в неопределённой форме.
    fn does(&self, kind: &TagKind) -> String {
        match kind {
            TagKind::Event { name, with } => {
                format!("отправить событие {}{}", code(name), self.with(with))
            }
            TagKind::Pixel(address) => {
                format!("загрузить картинку по адресу {}", self.address(address))
            }
            TagKind::Script { url, .. } => {
                format!(
                    "выполнить скрипт {}, если его содержимое то самое, что было одобрено",
                    code(url)
                )
            }
            TagKind::Push(entries) => format!("положить в dataLayer {}", self.values(entries)),
            TagKind::Forward { event, with, to } => format!(
                "отправить событие {}{}; сервер передаст его на {}",
                code(event),
                self.with(with),
                code(to)
            ),
        }
    }

    fn with(&self, with: &[(String, Expression)]) -> String {
        match with {
            [] => String::new(),
            with => format!(", где {}", self.values(with)),
        }
    }

    fn values(&self, with: &[(String, Expression)]) -> String {
        let told: Vec<String> = with
            .iter()
            .map(|(name, expression)| format!("{} — {}", code(name), self.sent(expression)))
            .collect();
        listed(&told, "и")
    }

    fn address(&self, address: &Expression) -> String {
        match address {
            Expression::Template(parts) => self.template(parts),
            other => self.sent(other),
        }
    }
}
