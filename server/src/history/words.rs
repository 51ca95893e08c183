//! What the numbers of a replay mean and leave out, in both languages.

use weir_rules::replay::{Answer, Source, TagPlan, Unknown};

use crate::cli::Language;

fn in_language(
    language: Language,
    english: impl Into<String>,
    russian: impl Into<String>,
) -> String {
    match language {
        Language::En => english.into(),
        Language::Ru => russian.into(),
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// What speaks for a trigger, or why nothing does; its code for programs beside it.
pub(crate) fn trigger_note(answer: &Answer, language: Language) -> (&'static str, String) {
    match answer {
        Answer::From(Source::Pageviews) => (
            "pageviews",
            in_language(
                language,
                "tried on the stored page views",
                "проверен на сохранённых просмотрах страниц",
            ),
        ),
        Answer::From(Source::Links) => (
            "links",
            in_language(
                language,
                "tried on the stored clicks on links to other sites, files, phones, mail and chats",
                "проверен на сохранённых кликах по ссылкам на другие сайты, файлы, телефоны, почту и чаты",
            ),
        ),
        Answer::From(Source::Tag {
            tag,
            complete: true,
            ..
        }) => (
            "tag",
            in_language(
                language,
                format!(
                    "the release has the same trigger: the events of its tag `{tag}` tell when it fired"
                ),
                format!(
                    "в релизе есть такой же триггер: события его тега `{tag}` говорят, когда он срабатывал"
                ),
            ),
        ),
        Answer::From(Source::Tag {
            tag,
            complete: false,
            ..
        }) => (
            "tag_partly",
            in_language(
                language,
                format!(
                    "the release has the same trigger, and the events of its tag `{tag}` tell when it fired; but that tag is more limited than yours, so the trigger may have fired more often"
                ),
                format!(
                    "в релизе есть такой же триггер, и события его тега `{tag}` говорят, когда он срабатывал; но тот тег ограничен строже вашего, так что триггер мог срабатывать и чаще"
                ),
            ),
        ),
        Answer::Unknown(Unknown::NotStored) => (
            "not_stored",
            in_language(
                language,
                "nothing stored tells: such moments are kept only when they make a tag fire, and no published tag waits for exactly this; after publishing, its own events will tell. Until then, open the site in preview",
                "сохранённые данные этого не покажут: такие моменты хранятся, только если по ним сработал тег, а ни один опубликованный тег не ждёт в точности этого; после публикации покажут его собственные события. До тех пор откройте сайт в предпросмотре",
            ),
        ),
        Answer::Unknown(Unknown::Reads(variables)) => (
            "reads",
            in_language(
                language,
                format!(
                    "its condition reads {}, which is not stored with what happened",
                    quoted(variables)
                ),
                format!(
                    "его условие читает {} — это вместе с происходящим не хранится",
                    quoted(variables)
                ),
            ),
        ),
        Answer::Unknown(Unknown::Off(event)) => (
            "off",
            in_language(
                language,
                format!(
                    "it would be known by the automatic event `{event}`, which the release has switched off"
                ),
                format!(
                    "его показало бы автоматическое событие `{event}`, но в релизе оно выключено"
                ),
            ),
        ),
    }
}

/// How far the number can be off; none if it cannot.
pub(crate) fn bound_note(plan: &TagPlan, language: Language) -> Option<String> {
    (!plan.exceptions.is_empty()).then(|| {
        let names = quoted(&plan.exceptions);
        in_language(
            language,
            format!("whether the exception {names} held is not stored: where it did, the tag would not have fired"),
            format!("выполнялось ли исключение {names}, не хранится: где выполнялось, тег бы не сработал"),
        )
    })
}

/// What holds for all of the numbers.
pub(crate) fn limits(every: u64, language: Language) -> Vec<String> {
    let mut limits = vec![
        in_language(
            language,
            "Only visits that are stored can be tried: not those of visitors who refused analytics or block it, and not bots.",
            "Проверяются только сохранённые визиты: без посетителей, отказавшихся от аналитики или блокирующих её, и без ботов.",
        ),
        in_language(
            language,
            "Addresses are tried as they are stored, without the parameters that the site leaves out.",
            "Адреса проверяются такими, какими сохранены, — без параметров, которые сайт отбрасывает.",
        ),
    ];
    if every > 1 {
        limits.push(in_language(
            language,
            format!("There is more than can be tried at once: this is every visitor of {every}, with all they did. Numbers are of these visitors only."),
            format!("Данных больше, чем можно проверить за раз: взят каждый {every}-й посетитель целиком. Числа — только по ним."),
        ));
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_told_in_both_languages_by_a_code_of_its_own() {
        let tag = |complete| {
            Answer::From(Source::Tag {
                tag: "Lead".to_owned(),
                trigger: "form".to_owned(),
                complete,
            })
        };
        let answers = [
            Answer::From(Source::Pageviews),
            Answer::From(Source::Links),
            tag(true),
            tag(false),
            Answer::Unknown(Unknown::NotStored),
            Answer::Unknown(Unknown::Reads(vec!["cookie.staff".to_owned()])),
            Answer::Unknown(Unknown::Off("pageview")),
        ];
        let mut codes = Vec::new();
        for answer in &answers {
            let (code, english) = trigger_note(answer, Language::En);
            let (_, russian) = trigger_note(answer, Language::Ru);
            assert!(english.is_ascii() && !russian.is_ascii(), "{english}");
            codes.push(code);
        }
        codes.dedup();
        assert_eq!(codes.len(), answers.len());
        assert_eq!(limits(1, Language::Ru).len(), 2);
        assert!(limits(4, Language::En)[2].contains("every visitor of 4"));
    }
}
