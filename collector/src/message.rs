//! What a person reads when a request or an event is refused: one sentence and a hint, in English or Russian.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use serde::Serialize;

use crate::limits::{
    MAX_EVENT_ID_BYTES, MAX_EVENTS, MAX_PAGES, MAX_PROPS, MAX_V1_EVENTS, MAX_V1_PROPS,
};
use crate::outcome::{Refusal, Reject};

/// A language that messages exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lang {
    En,
    Ru,
}

impl Lang {
    /// The one of the two that the sender likes better; English if it does not say.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let Some(wishes) = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
        else {
            return Self::En;
        };
        let mut best = (0.0, Self::En);
        for wish in wishes.split(',').take(16) {
            let (range, quality) = match wish.split_once(';') {
                Some((range, rest)) => (range, rest.trim().strip_prefix("q=").unwrap_or("0")),
                None => (wish, "1"),
            };
            let lang = match range.trim().split('-').next() {
                Some(tag) if tag.eq_ignore_ascii_case("ru") => Self::Ru,
                Some(tag) if tag.eq_ignore_ascii_case("en") => Self::En,
                _ => continue,
            };
            let quality: f32 = quality.trim().parse().unwrap_or(0.0);
            if quality > best.0 {
                best = (quality, lang);
            }
        }
        best.1
    }

    fn pick(self, english: String, russian: String) -> String {
        match self {
            Self::En => english,
            Self::Ru => russian,
        }
    }
}

/// The body of an answer that refuses a request.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody {
    error: ErrorText,
}

/// What is wrong, and what to do.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorText {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl ErrorBody {
    /// `subject` is what the message is about: the site's id, the origin, the place in the text; it may be empty.
    pub(crate) fn new(reason: Refusal, subject: &str, lang: Lang) -> Self {
        Self {
            error: refusal_text(reason, subject, lang),
        }
    }
}

/// Why a request is refused; `subject` as in [`ErrorBody::new`].
pub(crate) fn refusal_text(reason: Refusal, subject: &str, lang: Lang) -> ErrorText {
    let (message, hint) = sentences(reason, subject, lang);
    ErrorText {
        code: reason.name(),
        message,
        hint,
    }
}

fn sentences(reason: Refusal, subject: &str, lang: Lang) -> (String, String) {
    let both = |en: String, ru: String, hint_en: &str, hint_ru: &str| {
        (
            lang.pick(en, ru),
            lang.pick(hint_en.to_owned(), hint_ru.to_owned()),
        )
    };
    match reason {
        Refusal::NotJson => both(
            format!("the body is not JSON: {subject}"),
            format!("тело запроса — не JSON: {subject}"),
            "send one JSON object in UTF-8, as it is or packed by gzip",
            "пришлите один объект JSON в UTF-8, без сжатия или в gzip",
        ),
        Refusal::BadBatch => both(
            format!("the body is JSON, but not a batch: {subject}"),
            format!("тело запроса — JSON, но не пакет событий: {subject}"),
            "docs/protocol.md shows what a batch looks like",
            "как выглядит пакет, показано в docs/protocol.md",
        ),
        Refusal::UnsupportedVersion => both(
            format!("version `{subject}` of the protocol is not known here"),
            format!("версия протокола `{subject}` здесь неизвестна"),
            "`v` must be 1; a newer tag needs a newer server",
            "`v` должно быть 1; более новому тегу нужен более новый сервер",
        ),
        Refusal::BadVisitor => both(
            format!("`visitor` cannot be `{subject}`"),
            format!("`visitor` не может быть `{subject}`"),
            "it is a number of 64 bits in 16 hexadecimal digits, not zero",
            "это ненулевое 64-битное число: 16 шестнадцатеричных цифр",
        ),
        Refusal::BadSession => both(
            format!("`session` is not right: `{subject}`"),
            format!("`session` с ошибкой: `{subject}`"),
            "`session.id` is 16 hexadecimal digits: the second it began, then 32 random bits; `number` counts from 1",
            "`session.id` — 16 шестнадцатеричных цифр: секунда начала и 32 случайных бита; `number` считается с 1",
        ),
        Refusal::BadPages => both(
            format!("a batch has between 1 and {MAX_PAGES} pages, this one has {subject}"),
            format!("в пакете бывает от 1 до {MAX_PAGES} страниц, здесь {subject}"),
            "list the pages that the events happened on in `pages`",
            "перечислите в `pages` страницы, на которых произошли события",
        ),
        Refusal::NoEvents => both(
            "the batch holds no event".to_owned(),
            "в пакете нет ни одного события".to_owned(),
            "put at least one event into `events`",
            "добавьте в `events` хотя бы одно событие",
        ),
        Refusal::TooManyEvents => both(
            format!(
                "a batch has at most {MAX_EVENTS} events, or {MAX_V1_EVENTS} under `/v1`; this one has {subject}"
            ),
            format!(
                "в пакете бывает не больше {MAX_EVENTS} событий, под `/v1` — {MAX_V1_EVENTS}; здесь {subject}"
            ),
            "send them as several batches",
            "разделите их на несколько пакетов",
        ),
        Refusal::NoToken => both(
            "server-side events need a token".to_owned(),
            "для отправки событий с сервера нужен токен".to_owned(),
            "send `Authorization: Bearer TOKEN`, or the token as the user name of Basic; make one with `weir token create --site SITE --scope write`",
            "передайте `Authorization: Bearer ТОКЕН` или токен как имя пользователя в Basic; создайте его командой `weir token create --site САЙТ --scope write`",
        ),
        Refusal::BadToken => both(
            "the token is not known here".to_owned(),
            "такого токена здесь нет".to_owned(),
            "check that the whole token was copied and belongs to this server; `weir token list` shows which there are",
            "проверьте, что токен скопирован целиком и относится к этому серверу; список токенов: `weir token list`",
        ),
        Refusal::RevokedToken => both(
            "the token was revoked".to_owned(),
            "токен отозван".to_owned(),
            "make a new one with `weir token create` and put it in place of the old",
            "создайте новый командой `weir token create` и замените им старый",
        ),
        Refusal::WrongScope => both(
            format!("a token of scope `{subject}` does not allow sending"),
            format!("токен с правом `{subject}` не разрешает отправку событий"),
            "make one with `weir token create --site SITE --scope write`",
            "создайте токен командой `weir token create --site САЙТ --scope write`",
        ),
        Refusal::UnknownSite => both(
            format!("there is no site `{subject}` on this server"),
            format!("на этом сервере нет сайта `{subject}`"),
            "check `site` against the ids of the published containers",
            "сверьте `site` с идентификаторами опубликованных контейнеров",
        ),
        Refusal::ForeignOrigin => both(
            format!("pages on `{subject}` do not belong to this site"),
            format!("страницы на `{subject}` не относятся к этому сайту"),
            "add the host to `site.domains` in the container and publish it",
            "добавьте хост в `site.domains` контейнера и опубликуйте его",
        ),
        Refusal::WrongMethod => both(
            format!("events are not sent by {subject}"),
            format!("события не отправляют методом {subject}"),
            "use POST",
            "используйте POST",
        ),
        Refusal::TooLarge => both(
            format!("the body is larger than {subject} bytes"),
            format!("тело запроса больше {subject} байт"),
            "send the events as several batches",
            "разделите события на несколько пакетов",
        ),
        Refusal::SlowBody => both(
            "the body did not arrive in time".to_owned(),
            "тело запроса не пришло вовремя".to_owned(),
            "send the batch again",
            "отправьте пакет ещё раз",
        ),
        Refusal::Overloaded => later(
            lang,
            "the server has more to do than it can",
            "сервер не успевает обработать все запросы",
        ),
        Refusal::AddressRate | Refusal::AddressShare => limited(
            lang,
            "too many requests from one address",
            "слишком много запросов с одного адреса",
            "address_rate",
        ),
        Refusal::SiteRate => limited(
            lang,
            "the site sends more events than it may",
            "сайт отправляет больше событий, чем разрешено",
            "site_rate",
        ),
        Refusal::SiteShare => later(
            lang,
            "the site takes up more than its share while others wait",
            "сайт занимает больше своей доли, пока другие ждут",
        ),
        Refusal::SpoolFull => later(
            lang,
            "the server has no room for more events",
            "на сервере кончилось место для событий",
        ),
        Refusal::SpoolTrouble => later(
            lang,
            "the server cannot write events to disk",
            "сервер не может записать события на диск",
        ),
        Refusal::Stopping => later(lang, "the server is stopping", "сервер останавливается"),
    }
}

/// What is not the sender's fault: it only has to come again, and the operator finds the cause.
fn later(lang: Lang, en: &str, ru: &str) -> (String, String) {
    let hint = match lang {
        Lang::En => {
            "send the batch again after the time in `Retry-After`; the server's log names the cause"
        }
        Lang::Ru => {
            "повторите пакет через время из `Retry-After`; причина указана в журнале сервера"
        }
    };
    (lang.pick(en.to_owned(), ru.to_owned()), hint.to_owned())
}

/// What the operator may allow more of.
fn limited(lang: Lang, en: &str, ru: &str, limit: &str) -> (String, String) {
    let hint = match lang {
        Lang::En => format!(
            "send the batch again after the time in `Retry-After`; who runs the server may raise `--limit {limit}`"
        ),
        Lang::Ru => format!(
            "повторите пакет через время из `Retry-After`; владелец сервера может поднять `--limit {limit}`"
        ),
    };
    (lang.pick(en.to_owned(), ru.to_owned()), hint)
}

/// Why an event was rejected.
pub(crate) fn reject_text(reason: Reject, lang: Lang) -> String {
    let (en, ru) = match reason {
        Reject::NotAnEvent => (
            "an event must be a JSON object".to_owned(),
            "событие должно быть объектом JSON".to_owned(),
        ),
        Reject::BadEventId => (
            format!("`id` must be a text of 1 to {MAX_EVENT_ID_BYTES} bytes, a UUID if possible"),
            format!("`id` — текст от 1 до {MAX_EVENT_ID_BYTES} байт, лучше всего UUID"),
        ),
        Reject::BadEventName => (
            "`name` must be 1 to 64 small Latin letters, digits and `_`".to_owned(),
            "`name` — от 1 до 64 строчных латинских букв, цифр и `_`".to_owned(),
        ),
        Reject::BadTime => (
            "`ts` must be the time in milliseconds since 1970".to_owned(),
            "`ts` — время в миллисекундах с 1970 года".to_owned(),
        ),
        Reject::BadSeq => (
            "`seq` must be a whole number of 32 bits".to_owned(),
            "`seq` — целое 32-битное число".to_owned(),
        ),
        Reject::BadPage => (
            "`page` must be the index of one of the batch's `pages`".to_owned(),
            "`page` — номер одной из страниц в `pages`, считая с 0".to_owned(),
        ),
        Reject::BadProps => (
            "`props` must be a JSON object".to_owned(),
            "`props` — объект JSON".to_owned(),
        ),
        Reject::TooManyProps => (
            format!("an event has at most {MAX_PROPS} properties, or {MAX_V1_PROPS} under `/v1`"),
            format!("у события бывает не больше {MAX_PROPS} свойств, под `/v1` — {MAX_V1_PROPS}"),
        ),
        Reject::BadType => (
            "`type` must be `track`, `page`, `screen`, `identify`, `group` or `alias`".to_owned(),
            "`type` — одно из `track`, `page`, `screen`, `identify`, `group`, `alias`".to_owned(),
        ),
        Reject::BadMessageId => (
            format!("`messageId` must be a text of 1 to {MAX_EVENT_ID_BYTES} bytes"),
            format!("`messageId` — текст от 1 до {MAX_EVENT_ID_BYTES} байт"),
        ),
        Reject::NoUser => (
            "a call needs `userId` or `anonymousId`".to_owned(),
            "нужен `userId` или `anonymousId`".to_owned(),
        ),
        Reject::BadEvent => (
            "`event` must be a text with at least one letter or digit".to_owned(),
            "`event` — текст, в котором есть хотя бы одна буква или цифра".to_owned(),
        ),
        Reject::BadTimestamp => (
            "`timestamp` must be a time such as `2026-11-23T12:00:00.000Z`".to_owned(),
            "`timestamp` — время вида `2026-11-23T12:00:00.000Z`".to_owned(),
        ),
        Reject::BadProperties => (
            "`properties` must be a JSON object".to_owned(),
            "`properties` — объект JSON".to_owned(),
        ),
        Reject::BadCall => (
            "the page called `weir(...)` in a way that makes no sense: `problem` says why, `given` with what; docs/tag.md names all calls"
                .to_owned(),
            "страница вызвала `weir(...)` с ошибкой: `problem` — в чём она, `given` — что передано; все вызовы описаны в docs/tag.md"
                .to_owned(),
        ),
        Reject::OptedOut => (
            "the visitor has opted out at `/optout`: nothing is stored".to_owned(),
            "посетитель отказался на странице `/optout`: ничего не сохраняется".to_owned(),
        ),
    };
    lang.pick(en, ru)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_liked_best() {
        let cases = [
            (None, Lang::En),
            (Some("ru"), Lang::Ru),
            (Some("ru-RU,ru;q=0.9,en;q=0.8"), Lang::Ru),
            (Some("en-US,en;q=0.9,ru;q=0.8"), Lang::En),
            (Some("de, ru;q=0.5, en;q=0.7"), Lang::En),
            (Some("ru;q=0"), Lang::En),
            (Some("ru;q=x, ,;"), Lang::En),
        ];
        for (header, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            }
            assert_eq!(Lang::of(&headers), expected, "{header:?}");
        }
    }

    #[test]
    fn every_reason_has_a_sentence_and_a_hint_in_both_languages() {
        for reason in Refusal::ALL {
            let english = ErrorBody::new(*reason, "x", Lang::En).error;
            let russian = ErrorBody::new(*reason, "x", Lang::Ru).error;
            for (en, ru) in [
                (&english.message, &russian.message),
                (&english.hint, &russian.hint),
            ] {
                assert!(en.is_ascii() && en.len() > 5, "{en}");
                assert!(ru.chars().any(|char| ('а'..='я').contains(&char)), "{ru}");
                assert!(!en.ends_with('.') && !ru.ends_with('.'));
            }
        }
        for reason in Reject::ALL {
            assert!(reject_text(*reason, Lang::En).is_ascii());
            assert!(!reject_text(*reason, Lang::Ru).is_ascii());
        }
    }
}
