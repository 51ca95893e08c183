//! What a previewed page has observed, explained: which tags fired, and why the others did not.
//!
//! The page that is previewed evaluates the draft and reports the steps of that ([`Note`]), by the numbers of the release.
//! Here they get names and words, the same as in a simulation, so that the page need not download them. A report comes
//! from a browser and may say anything: numbers that nothing has are passed over.

use crate::compile::compile_traceable;
use crate::container::{Condition, Container};
use crate::decimal::Decimal;
use crate::diagnostic::Lang;
use crate::release::{EventKind, Release};
use crate::simulate::{Fired, Reasons, Why, observed_to_json};
use crate::trace::Note;
use crate::value::{Kind, Value};

/// A container that is previewed, with what its release was made from.
#[derive(Debug)]
pub struct Explainer {
    container: Container,
    release: Release,
    origins: Vec<Condition>,
}

impl Explainer {
    /// Explains the release of this number.
    pub fn new(container: Container, number: u32) -> Self {
        let (release, origins) = compile_traceable(&container, number);
        Self {
            container,
            release,
            origins,
        }
    }

    /// The container.
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// What one thing came to, as a JSON object: `fires` and `does_not_fire`, as in a simulation. `kind`: what happened,
    /// `None` if no rule was asked.
    pub fn explain(
        &self,
        kind: Option<EventKind>,
        notes: &[Note],
        fired: &[Fired],
        lang: Lang,
    ) -> String {
        let why = Why {
            container: &self.container,
            release: &self.release,
            origins: &self.origins,
        };
        let mut reasons = Reasons::default();
        why.read(notes, &mut reasons);
        let still = kind.map_or_else(Vec::new, |kind| why.still(fired, &[kind], &reasons));
        observed_to_json(fired, &still, &self.container, lang)
    }
}

/// A value as a browser says that it is. What is no number is a text.
pub fn value(kind: u32, text: String) -> Value {
    let kind = match Kind::of(kind) {
        Kind::Number if Decimal::parse(&text).is_none() => Kind::Text,
        Kind::Boolean if text != "true" && text != "false" => Kind::Text,
        kind => kind,
    };
    Value::new(kind, text)
}

/// What happened, in a few words.
pub fn words(kind: EventKind, lang: Lang) -> &'static str {
    let (english, russian) = match kind {
        EventKind::Pageview => ("page view", "просмотр страницы"),
        EventKind::Click | EventKind::Link => ("click", "клик"),
        EventKind::FormSubmit => ("form sent", "отправка формы"),
        EventKind::Visible => ("element seen", "элемент увиден"),
        EventKind::Init => ("tag started", "тег запущен"),
        EventKind::DomReady => ("document ready", "документ готов"),
        EventKind::WindowLoaded => ("page loaded", "страница загружена"),
        EventKind::FormAttempt => ("attempt to send a form", "попытка отправить форму"),
        EventKind::FormSuccess => ("form accepted", "форма принята"),
        EventKind::FieldFocus => ("field entered", "вход в поле"),
        EventKind::FieldChange => ("field changed", "поле изменено"),
        EventKind::FieldAbandon => ("field left empty-handed", "поле оставлено как было"),
        EventKind::ScrollPercent
        | EventKind::ScrollPixels
        | EventKind::ScrollPercentAcross
        | EventKind::ScrollPixelsAcross => ("scroll", "прокрутка"),
        EventKind::Appears => ("element added", "элемент появился"),
        EventKind::Timer => ("timer", "таймер"),
        EventKind::History => ("address changed", "адрес изменился"),
        EventKind::Custom => ("event of the page", "событие страницы"),
        EventKind::VideoStart => ("video started", "видео запущено"),
        EventKind::VideoPause => ("video paused", "видео на паузе"),
        EventKind::VideoProgress => ("video progress", "просмотр видео"),
        EventKind::VideoComplete => ("video finished", "видео досмотрено"),
        EventKind::Error => ("error on the page", "ошибка на странице"),
        EventKind::ExitIntent => ("about to leave", "намерение уйти"),
        EventKind::RageClick => ("rage click", "клики от раздражения"),
        EventKind::Copy => ("text copied", "текст скопирован"),
        EventKind::WebVitals => ("page speed", "скорость страницы"),
        EventKind::AnyEvent => ("anything", "что угодно"),
        EventKind::Group => ("group of triggers", "группа триггеров"),
    };
    match lang {
        Lang::En => english,
        Lang::Ru => russian,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ConditionId, TagId, TriggerId};
    use crate::trace::{TagHeld, TriggerHeld};

    const RULES: &str = r#"{"weir":1,"site":{"id":"shop"},
        "triggers":{"cart":{"click":{"selector":"a"},"when":{"page.path":{"starts_with":"/cart"}}},
                    "form":{"form":{}}},
        "tags":[{"name":"Cart","on":["cart"],"event":"cart"},{"name":"Lead","on":["form"],"event":"lead"}]}"#;

    fn explainer() -> Explainer {
        Explainer::new(crate::check(RULES).container.unwrap(), 2)
    }

    fn explained(notes: &[Note], kind: Option<EventKind>, lang: Lang) -> serde_json::Value {
        serde_json::from_str(&explainer().explain(kind, notes, &[], lang)).unwrap()
    }

    #[test]
    fn the_condition_that_failed_is_named_with_what_was_seen() {
        let explainer = explainer();
        let cart = explainer.release.trigger_named("cart").unwrap();
        let when = explainer.release.trigger(cart).unwrap().when().unwrap();
        let notes = [
            Note::Met(cart),
            Note::Value(when, Some(Value::text("/home".into()))),
            Note::Condition(when, false),
            Note::Trigger(cart, Some(TriggerHeld::Condition)),
        ];
        let told = explained(&notes, Some(EventKind::Click), Lang::En);
        let reason = &told["does_not_fire"][0]["reasons"][0];
        assert_eq!(reason["conditions"][0]["variable"], "page.path");
        assert_eq!(reason["conditions"][0]["wanted"], "/cart");
        assert_eq!(reason["conditions"][0]["seen"], "/home");
        let message = reason["message"].as_str().unwrap();
        assert!(message.contains("but it is `/home`"), "{message}");
        let told = explained(&notes, Some(EventKind::Click), Lang::Ru);
        let message = told["does_not_fire"][0]["reasons"][0]["message"].as_str();
        assert!(
            message.unwrap().contains("на деле — `/home`"),
            "{message:?}"
        );
        assert_eq!(
            told["does_not_fire"][1]["reasons"][0]["code"],
            "waits_for_other"
        );
    }

    #[test]
    fn numbers_that_nothing_has_do_no_harm() {
        let notes = [
            Note::Met(TriggerId::from_index(99)),
            Note::Value(ConditionId::from_index(99), None),
            Note::Condition(ConditionId::from_index(99), false),
            Note::Trigger(TriggerId::from_index(99), Some(TriggerHeld::Condition)),
            Note::Tag(
                TagId::from_index(99),
                Some(TagHeld::Except(TriggerId::from_index(98))),
            ),
        ];
        let told = explained(&notes, Some(EventKind::Click), Lang::En);
        assert_eq!(told["does_not_fire"].as_array().unwrap().len(), 2);
        let told = explained(&notes, None, Lang::En);
        assert!(told["does_not_fire"].as_array().unwrap().is_empty());
    }

    #[test]
    fn a_value_is_of_the_type_that_it_can_be() {
        for (kind, text, is) in [
            (2, "19.9", Kind::Number),
            (2, "1e", Kind::Text),
            (3, "true", Kind::Boolean),
            (3, "\"", Kind::Text),
            (1, "5", Kind::Text),
            (77, "5", Kind::Text),
        ] {
            assert_eq!(value(kind, text.to_owned()).kind(), is, "{kind} {text}");
        }
    }

    #[test]
    fn everything_that_happens_has_words_in_both_languages() {
        for kind in EventKind::ALL {
            assert_ne!(words(kind, Lang::En), words(kind, Lang::Ru));
        }
    }
}
