//! Errors in Russian. English stands where an error is made; here is what each code says to whoever asks in Russian, by `?lang=ru`
//! or `Accept-Language`. A test finds the codes in the sources: none is without a row, and no row without a code.
//!
//! What an error says of the case at hand (a name, a reason) is its own: [`ApiError::in_russian`](super::ApiError::in_russian).

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::ACCEPT_LANGUAGE;

/// An error's body in Russian, beside the English one.
#[derive(Clone)]
pub(super) struct InRussian(pub(super) Vec<u8>);

/// Code, message, hint.
type Row = (&'static str, &'static str, &'static str);

const TABLE: &[Row] = &[
    (
        "already_set_up",
        "у этой установки уже есть владелец",
        "войдите; приглашают владельцы",
    ),
    (
        "bad_body",
        "тело запроса — не воронка",
        "пришлите шаги так, как они записаны в контейнере",
    ),
    (
        "bad_costs",
        "ничего не загружено: в файле есть ошибки",
        "исправьте то, что названо в `problems`, и пришлите весь файл снова",
    ),
    (
        "bad_email",
        "это не адрес почты",
        "напишите его так: ann@shop.example",
    ),
    (
        "bad_environment",
        "так окружение назвать нельзя",
        "от 1 до 20 маленьких латинских букв и цифр, например `staging`",
    ),
    (
        "bad_host",
        "это не хост",
        "пишите один хост, без `https://`, порта и пути",
    ),
    (
        "bad_hosts",
        "у окружения от 1 до 50 хостов",
        "назовите хосты, на которых проверяются правила: `staging.shop.example`",
    ),
    (
        "bad_import_token",
        "такого токена нет, или его отозвали",
        "сделайте токен с правом `import` для этого сайта: в интерфейсе или командой `weir token create`",
    ),
    (
        "bad_json",
        "тело запроса не читается",
        "пришлите то, что описывает `/api/openapi.json`",
    ),
    (
        "bad_name",
        "в имени от 1 до 100 знаков",
        "напишите, как вас зовут коллеги",
    ),
    (
        "bad_segment_name",
        "в названии сегмента от 1 до 80 знаков, одной строкой",
        "скажите в нескольких словах, какие это визиты",
    ),
    (
        "bad_simulation",
        "это попробовать нельзя",
        "адрес страницы должен быть целым, а событие — таким, какие понимает `weir simulate --event`",
    ),
    (
        "bad_site_id",
        "так сайт назвать нельзя",
        "от 1 до 64 маленьких латинских букв, цифр и `_`: имя входит в адрес тега, `/t/<id>.js`",
    ),
    (
        "bad_token",
        "такого токена нет, или его отозвали",
        "сделайте токен с правом `read` для этого сайта: в интерфейсе или командой `weir token create`",
    ),
    (
        "busy",
        "сервер проверяет другие контейнеры",
        "попробуйте через мгновение",
    ),
    (
        "changed_meanwhile",
        "черновик тем временем изменили",
        "соедините свои правки с `current` и пришлите с его ревизией",
    ),
    (
        "clickhouse_away",
        "ClickHouse не отвечает",
        "события тем временем принимаются и хранятся на диске, числа вернутся вместе с ClickHouse; если его долго нет, посмотрите журнал сервера",
    ),
    (
        "costs_not_kept",
        "ничего не загружено: ClickHouse не отвечает",
        "пришлите файл снова, когда он ответит; файл, присланный дважды, считается один раз",
    ),
    (
        "costs_refused",
        "ничего не загружено: ClickHouse отказал",
        "посмотрите журнал сервера; если не проходит, сообщите нам",
    ),
    (
        "costs_too_large",
        "файл слишком большой",
        "файл с расходами не больше 16 МиБ: разделите его на несколько",
    ),
    (
        "csrf",
        "это изменение пришло не со страницы этого сервера",
        "пришлите `csrf` из `GET /api/v1/session` в заголовке `X-Weir-CSRF`; в интерфейсе загрузите страницу снова",
    ),
    (
        "disk_nearly_full",
        "события пока принимаются, но диск папки данных почти полон",
        "освободите место на этом диске",
    ),
    (
        "empty_segment",
        "в сегменте хотя бы один фильтр",
        "пришлите то, чем отфильтрованы отчёты, например `device:mobile`",
    ),
    (
        "environment_moved",
        "в окружении или на живом сайте уже другой релиз",
        "посмотрите, что там теперь, и решите снова",
    ),
    (
        "host_taken",
        "этот хост уже относится к другому окружению",
        "хост относится к одному окружению: сначала уберите его оттуда",
    ),
    (
        "last_owner",
        "владелец должен остаться",
        "сначала сделайте владельцем кого-то ещё",
    ),
    (
        "link_invalid",
        "эта ссылка не действует",
        "каждой можно воспользоваться один раз и в свой срок: попросите новую",
    ),
    (
        "long_note",
        "заметка слишком длинная",
        "скажите в одной фразе",
    ),
    (
        "malformed",
        "то, что сообщает предпросмотр, не читается",
        "сюда пишет только скрипт самого предпросмотра",
    ),
    (
        "method_not_allowed",
        "этот адрес не принимает такой метод",
        "какие принимает, говорит заголовок `Allow`",
    ),
    (
        "not_accepting",
        "события сейчас не принимаются: спул полон или его диск отказал",
        "посмотрите, сколько места на диске папки данных и здоров ли он; помогает `weir doctor`",
    ),
    (
        "not_allowed",
        "ваша роль этого не позволяет",
        "попросите у владельца другую роль или токен с правом `read` для этого сайта",
    ),
    (
        "not_csv",
        "тело запроса не объявлено как CSV",
        "пришлите заголовок `Content-Type: text/csv`",
    ),
    (
        "not_for_imports",
        "этим токеном в этот сайт не загружают",
        "сделайте токен с правом `import` для этого сайта: в интерфейсе или командой `weir token create`",
    ),
    (
        "not_found",
        "по этому адресу ничего нет",
        "страница — на `/`, тег — на `/t/<site>.js`, приём событий — на `/c`",
    ),
    (
        "not_json",
        "тело запроса не объявлено как JSON",
        "пришлите заголовок `Content-Type: application/json`",
    ),
    (
        "not_loopback",
        "владельца пока нет, а до тех пор API отвечает только на этой машине",
        "откройте ссылку настройки, которую `weir serve` печатает при запуске, или http://127.0.0.1 с портом сервера; издалека — через туннель, например `ssh -L 8080:127.0.0.1:8080 host`, или спрашивайте об одном сайте с токеном `read`",
    ),
    (
        "not_ready",
        "таблиц и представлений пока нет",
        "они создаются при запуске сервера и при публикации контейнера: подождите несколько секунд",
    ),
    (
        "nothing_published",
        "у этого сайта ещё ничего не опубликовано, поэтому визиты не сохранены",
        "опубликуйте хотя бы пустой контейнер: просмотры страниц собираются без всяких правил",
    ),
    (
        "nothing_to_publish",
        "в черновике то же, что опубликовано",
        "сначала что-нибудь измените",
    ),
    (
        "problems",
        "в контейнере ошибки",
        "исправьте то, что перечислено в `problems`",
    ),
    (
        "query_failed",
        "запрос к ClickHouse не выполнен",
        "так быть не должно: сообщите об этом и приложите строки из журнала сервера",
    ),
    (
        "read_only",
        "этот сайт здесь изменить нельзя: он описан файлом, или это пример",
        "меняйте файл — сохранение его публикует; или заведите свой сайт",
    ),
    (
        "setup_needed",
        "владельца пока нет",
        "откройте страницу на `/` и задайте пароль владельца",
    ),
    (
        "signed_out",
        "никто не вошёл",
        "войдите на `/`; программы присылают токен с правом `read` в заголовке `Authorization: Bearer …`",
    ),
    (
        "simulation_failed",
        "о результате не удалось рассказать",
        "так быть не должно: сообщите об этом и приложите строки из журнала сервера",
    ),
    (
        "site_exists",
        "сайт с таким именем уже есть",
        "выберите другое",
    ),
    (
        "spool_nearly_full",
        "события пока принимаются, но спул занят больше чем на четыре пятых",
        "смотрите `last_error` в /api/v1/status: ClickHouse не принимает события или не успевает; либо увеличьте `--limit spool_bytes`",
    ),
    (
        "store_failed",
        "хранилище настроек не ответило",
        "проверьте место на диске папки данных и права на неё, затем попробуйте снова",
    ),
    (
        "too_large",
        "тело запроса слишком велико",
        "в контейнере не больше нескольких мегабайт, в остальном — 64 КиБ",
    ),
    (
        "too_many_environments",
        "у сайта не больше 10 окружений",
        "удалите то, которым больше не пользуются",
    ),
    (
        "too_many_segments",
        "больше сегментов у сайта быть не может",
        "удалите тот, который больше не нужен",
    ),
    (
        "too_many_tries",
        "слишком много попыток",
        "подождите столько, сколько говорит заголовок `Retry-After`",
    ),
    (
        "too_slow",
        "ClickHouse считал слишком долго, и вопрос снят",
        "возьмите период короче или попробуйте через мгновение; большим сайтам помогают память и ядра сервера",
    ),
    (
        "unavailable",
        "сейчас не получилось",
        "попробуйте через мгновение",
    ),
    (
        "unknown_environment",
        "у сайта нет такого окружения",
        "`GET /api/v1/sites/{site}/environments` перечисляет их",
    ),
    (
        "unknown_funnel",
        "такой воронки у сайта нет",
        "список воронок — в отчёте «Воронки» и в контейнере",
    ),
    (
        "unknown_invitation",
        "такого приглашения нет",
        "возможно, его тем временем приняли: загрузите список снова",
    ),
    (
        "unknown_language",
        "на этом языке схемы нет",
        "уберите `lang`, чтобы получить английский, или напишите `?lang=ru`",
    ),
    (
        "unknown_release",
        "релиза с таким номером у сайта нет",
        "их перечисляет `GET /api/v1/sites/{site}/releases`",
    ),
    (
        "unknown_segment",
        "такого сегмента нет",
        "возможно, его тем временем удалили: загрузите список снова",
    ),
    (
        "unknown_session",
        "такого сеанса нет",
        "возможно, он закончился сам: загрузите список снова",
    ),
    (
        "unknown_site",
        "такого сайта нет",
        "какие есть, перечисляет `GET /api/v1/sites`",
    ),
    ("too_late", "этого уже не вернуть", "создайте новый токен"),
    (
        "invitation_gone",
        "этого уже не вернуть",
        "пригласите заново",
    ),
    (
        "unknown_token",
        "такого токена нет",
        "возможно, его тем временем отозвали: загрузите список снова",
    ),
    (
        "unknown_user",
        "такого человека нет",
        "возможно, его тем временем удалили: загрузите список снова",
    ),
    (
        "unreadable_file",
        "файл сайта не читается",
        "верните файл на место или уберите его из --container",
    ),
    (
        "user_exists",
        "человек с этим адресом уже есть",
        "измените его роль или пригласите по другому адресу",
    ),
    (
        "weak_password",
        "пароль не подходит: он короче 10 знаков, длиннее, чем можно, или из тех, что пробуют первыми",
        "хороши несколько слов, которые друг с другом не связаны",
    ),
    (
        "wrong_code",
        "код неверный",
        "откройте целиком ссылку настройки, которую `weir serve` напечатал при последнем запуске",
    ),
    (
        "wrong_credentials",
        "адрес или пароль неверны",
        "попробуйте снова; новый пароль делает на сервере `weir user reset-password EMAIL`",
    ),
];

/// What a code says.
pub(super) fn of(code: &str) -> Option<(&'static str, &'static str)> {
    let row = TABLE.iter().find(|(known, ..)| *known == code);
    row.map(|(_, message, hint)| (*message, *hint))
}

/// Answers errors in Russian to whoever asks so.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let is_wanted = wants_russian(&request);
    let mut response = next.run(request).await;
    let told = response.extensions_mut().remove::<InRussian>();
    if let Some(InRussian(body)) = told.filter(|_| is_wanted) {
        *response.body_mut() = Body::from(body);
    }
    response
}

fn wants_russian(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let lang = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
    if let Some(lang) = lang {
        return lang == "ru";
    }
    // The language that is wanted most comes first everywhere.
    let accepted = request.headers().get(ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    accepted.is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("ru"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// What stands where an error gets its code: behind its status.
    fn codes(text: &str, found: &mut BTreeSet<String>) {
        // Tests make none.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for maker in ["StatusCode::", "not_ready("] {
            for (at, _) in text.match_indices(maker) {
                let rest = text.get(at + maker.len()..).unwrap();
                let rest = rest.trim_start_matches(|it: char| it.is_ascii_uppercase() || it == '_');
                let rest = rest.trim_start_matches(|it: char| it == ',' || it.is_whitespace());
                let Some(rest) = rest.strip_prefix('"') else {
                    continue;
                };
                let code = rest.split('"').next().unwrap();
                if code.bytes().all(|it| it.is_ascii_lowercase() || it == b'_') {
                    found.insert(code.to_owned());
                }
            }
        }
    }

    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "tests" {
                walk(&path, found);
            } else if name.ends_with(".rs")
                && !["tests.rs", "fault.rs", "refusal.rs"].contains(&name)
            {
                codes(&std::fs::read_to_string(&path).unwrap(), found);
            }
        }
    }

    #[test]
    fn every_code_has_a_row_and_every_row_a_code() {
        let mut found = BTreeSet::new();
        walk(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes"),
            &mut found,
        );
        assert!(found.len() > 40, "{found:?}");
        let rows: BTreeSet<String> = TABLE.iter().map(|(code, ..)| (*code).to_owned()).collect();
        assert_eq!(rows.len(), TABLE.len(), "no code twice");
        let without: Vec<_> = found.difference(&rows).collect();
        assert!(without.is_empty(), "no Russian for {without:?}");
        let unused: Vec<_> = rows.difference(&found).collect();
        assert!(unused.is_empty(), "nobody says {unused:?}");
        for (code, message, hint) in TABLE {
            assert!(
                !message.is_ascii() && !hint.is_ascii(),
                "{code} is not told in Russian"
            );
        }
    }
}
