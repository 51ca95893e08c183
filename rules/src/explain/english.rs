//! Sentences in English.

mod aims;
mod conditions;
mod triggers;
mod variables;
mod words;

use crate::container::{Container, Expression, Identity, Tag, TagKind, Trigger, TriggerKind};
use crate::release::OncePer;
use crate::vocabulary::AUTOMATIC;

use super::words::{code, day_en, days_en, percent};
use words::listed;

/// Speaks of one container.
pub(crate) struct English<'c> {
    pub(super) container: &'c Container,
}

impl English<'_> {
    pub(super) fn site(&self) -> String {
        let site = &self.container.site;
        let domains: Vec<String> = site.domains.iter().map(|domain| code(domain)).collect();
        let mut text = match domains.len() {
            0 => "events are taken from any domain".to_owned(),
            _ => format!("events are taken from {}", listed(&domains, "and")),
        };
        text.push_str(&format!(
            "; days begin at midnight in {}",
            code(&site.timezone)
        ));
        if let Some(currency) = &site.currency {
            text.push_str(&format!("; money is counted in {}", code(currency)));
        }
        let sent: Vec<String> = self.automatic(true);
        if !sent.is_empty() {
            text.push_str(&format!(
                "; without any rule {} are sent",
                listed(&sent, "and")
            ));
        }
        let off = self.automatic(false);
        if !off.is_empty() {
            let is = if off.len() > 1 { "are" } else { "is" };
            text.push_str(&format!("; {} {is} switched off", listed(&off, "and")));
        }
        if self.container.automatic.ecommerce {
            text.push_str("; so are the events of a shop that the site pushes to the data layer");
        }
        let consent: Vec<String> = self
            .container
            .consent
            .categories
            .iter()
            .map(|(category, granted)| {
                format!(
                    "{} is {}",
                    code(category),
                    if *granted { "granted" } else { "denied" }
                )
            })
            .collect();
        text.push_str(&format!(
            "; until a visitor decides, consent to {}",
            listed(&consent, "and")
        ));
        let privacy = &self.container.privacy;
        if privacy.identity == Identity::Cookieless {
            text.push_str("; nothing is kept in the browser");
        }
        match privacy.keep_query.as_deref() {
            None => {}
            Some([]) => text.push_str("; addresses are collected without parameters"),
            Some(names) => {
                let names: Vec<String> = names.iter().map(|name| code(name)).collect();
                let names = listed(&names, "and");
                text.push_str(&format!(
                    "; of addresses only the parameters {names} are collected"
                ));
            }
        }
        if !privacy.redact.is_empty() {
            let kinds: Vec<String> = privacy.redact.iter().map(|kind| code(kind)).collect();
            text.push_str(&format!(
                "; personal data is taken out of all texts: {}",
                kinds.join(", ")
            ));
        }
        if !site.script_hosts.is_empty() {
            let hosts: Vec<String> = site.script_hosts.iter().map(|host| code(host)).collect();
            text.push_str(&format!(
                "; scripts may come from {} too",
                listed(&hosts, "and")
            ));
        }
        text
    }

    /// Events that are sent without any rule, or not even so.
    fn automatic(&self, sent: bool) -> Vec<String> {
        let events = self.container.automatic.events();
        let wanted = events
            .iter()
            .filter(|(event, on)| *on == sent && AUTOMATIC.contains(event));
        wanted.map(|(event, _)| code(event)).collect()
    }

    /// When a trigger fires, without "when".
    pub(super) fn trigger(&self, trigger: &Trigger) -> String {
        let happens = self.happens(&trigger.kind);
        match &trigger.when {
            None => happens,
            Some(when) => self.with_condition(happens, when),
        }
    }

    /// When a trigger keeps a tag from firing: that anything happens says nothing there.
    fn exception(&self, trigger: &Trigger) -> String {
        match (&trigger.kind, &trigger.when) {
            (TriggerKind::AnyEvent, Some(when)) => self.condition(when),
            _ => self.trigger(trigger),
        }
    }

    /// When a trigger fires, as a sentence of its own.
    pub(super) fn when(&self, trigger: &Trigger) -> String {
        format!("when {}", self.trigger(trigger))
    }

    fn triggers(&self, positions: &[usize], tell: impl Fn(&Trigger) -> String) -> String {
        let triggers = positions
            .iter()
            .filter_map(|at| self.container.triggers.get(*at));
        let told: Vec<String> = triggers.map(tell).collect();
        told.join(" or when ")
    }

    pub(super) fn tag(&self, tag: &Tag) -> String {
        let does = self.does(&tag.kind);
        let mut text = match tag.on.is_empty() {
            true => format!("Nothing makes it fire; it would {does}"),
            false => format!(
                "When {}, {does}",
                self.triggers(&tag.on, |it| self.trigger(it))
            ),
        };
        if !tag.except.is_empty() {
            let exceptions = self.triggers(&tag.except, |it| self.exception(it));
            text.push_str(&format!(", except when {exceptions}"));
        }
        text.push_str(match tag.once_per {
            OncePer::Event => "",
            OncePer::Element => "; once for each element in a page view",
            OncePer::Page => "; once in a page view",
            OncePer::Session => "; once in a visit",
            OncePer::Day => "; once a day for each browser",
            OncePer::Visitor => "; once for each browser",
        });
        if !tag.consent.is_empty() {
            let categories: Vec<String> = tag.consent.iter().map(|it| code(it)).collect();
            text.push_str(&format!(
                "; only with consent to {}",
                listed(&categories, "and")
            ));
        }
        if let Some(share) = tag.sample {
            text.push_str(&format!("; only for {} % of visitors", percent(share)));
        }
        match (&tag.from, &tag.until) {
            (None, None) => {}
            (Some(from), None) => text.push_str(&format!("; from {} on", day_en(from))),
            (None, Some(until)) => text.push_str(&format!("; until {}", day_en(until))),
            (Some(from), Some(until)) => {
                let (from, until) = days_en(from, until);
                text.push_str(&format!("; from {from} until {until}"));
            }
        }
        match tag.priority {
            0 => {}
            above @ 1.. => text.push_str(&format!("; before tags of a priority below {above}")),
            below => text.push_str(&format!("; after tags of a priority above {below}")),
        }
        if tag.paused {
            text.push_str(". It is paused and does nothing");
        }
        text
    }

    /// What a tag does, behind "it would".
    fn does(&self, kind: &TagKind) -> String {
        match kind {
            TagKind::Event { name, with } => format!("send {}{}", code(name), self.with(with)),
            TagKind::Pixel(address) => format!("load the image at {}", self.address(address)),
            TagKind::Script { url, .. } => {
                format!(
                    "run the script {}, as long as its content is the one that was approved",
                    code(url)
                )
            }
            TagKind::Push(entries) => format!("add to the data layer {}", self.values(entries)),
            TagKind::Forward { event, with, to } => format!(
                "send {}{}, which the server passes on to {}",
                code(event),
                self.with(with),
                code(to)
            ),
        }
    }

    fn with(&self, with: &[(String, Expression)]) -> String {
        match with {
            [] => String::new(),
            with => format!(" with {}", self.values(with)),
        }
    }

    fn values(&self, with: &[(String, Expression)]) -> String {
        let told: Vec<String> = with
            .iter()
            .map(|(name, expression)| format!("{} = {}", code(name), self.sent(expression)))
            .collect();
        listed(&told, "and")
    }

    fn address(&self, address: &Expression) -> String {
        match address {
            Expression::Template(parts) => self.template(parts),
            other => self.sent(other),
        }
    }
}
