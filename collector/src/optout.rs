//! `/optout`: a page where visitors say that they want no part in this, without an account and without a script.
//!
//! It sets one cookie, which the tag looks for before it starts and the intake before it stores. For the widest domain that
//! the collector shares with a site; where it shares none, for its own host, which some browsers do not send along from
//! other sites: the page says so. Nothing of this is stored here.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN,
    REFERRER_POLICY, SET_COOKIE, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::body;
use crate::intake::Intake;
use crate::limits::VISITOR_COOKIE_S;
use crate::message::Lang;
use crate::site::Sites;
use crate::spool::io::Disk;
use crate::url::UrlParts;

const PATH: &str = "/optout";
/// Known to `tag-wasm/js/loader.js`.
const NAME: &str = "_weir_optout";
/// The cookie that the opt-out takes away.
const VISITOR: &str = "_weir_v";
/// The form has one field.
const MAX_FORM_BYTES: usize = 1024;
/// No script, nothing from elsewhere, in no frame: a click on the button is the visitor's.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Whether the browser says that its visitor has opted out.
pub(crate) fn has_opted_out(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(COOKIE).iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .any(|(name, value)| name == NAME && value == "1")
}

/// The route.
pub(crate) fn router<D: Disk>(intake: Arc<Intake<D>>) -> Router {
    Router::new()
        .route(PATH, any(answer::<D>))
        .with_state(intake)
}

async fn answer<D: Disk>(State(intake): State<Arc<Intake<D>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let lang = lang(&parts);
    let mut response = match parts.method {
        Method::GET | Method::HEAD => show(&parts.headers, &intake.sites, lang),
        Method::POST => {
            let timeout = intake.settings.limits.body_timeout;
            choose(&intake.sites, &parts, body, timeout, lang).await
        }
        _ => {
            let mut response = page(StatusCode::METHOD_NOT_ALLOWED, lang, lang.words().wrong);
            let allowed = HeaderValue::from_static("GET, POST");
            response.headers_mut().insert(ALLOW, allowed);
            response
        }
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "same-origin"),
        (VARY, "accept-language, cookie"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The language asked for in the address, else the one that the browser likes better.
fn lang(parts: &Parts) -> Lang {
    match parts.uri.query() {
        Some("lang=ru") => Lang::Ru,
        Some("lang=en") => Lang::En,
        _ => Lang::of(&parts.headers),
    }
}

fn show(headers: &HeaderMap, sites: &Sites, lang: Lang) -> Response {
    let words = lang.words();
    let is_out = has_opted_out(headers);
    let (state, explained, button, value) = if is_out {
        (words.is_out, words.is_out_more, words.come_back, "0")
    } else {
        (words.is_in, words.is_in_more, words.opt_out, "1")
    };
    let note = match own_host(headers) {
        Some(host) if domain_of(sites, &host).is_none() => words.elsewhere,
        Some(_) | None => "",
    };
    let content = format!(
        "<p><strong>{state}</strong></p><p>{explained}</p>\
         <form method=\"post\" action=\"?lang={code}\"><button name=\"out\" value=\"{value}\">{button}</button></form>\
         <p class=\"note\">{kept}</p>{note}",
        code = lang.code(),
        kept = words.kept,
    );
    page(StatusCode::OK, lang, &content)
}

async fn choose(
    sites: &Sites,
    parts: &Parts,
    body: Body,
    timeout: std::time::Duration,
    lang: Lang,
) -> Response {
    let refused = |status| page(status, lang, lang.words().refused);
    // Another site must not choose for the visitor.
    let origin = parts.headers.get(ORIGIN).and_then(|it| it.to_str().ok());
    let Some(host) = own_host(&parts.headers) else {
        return refused(StatusCode::BAD_REQUEST);
    };
    let is_own = origin.is_some_and(|origin| UrlParts::of(origin).lower_host() == host);
    if !is_own {
        return refused(StatusCode::FORBIDDEN);
    }
    let Ok(form) = body::receive(&parts.headers, body, MAX_FORM_BYTES, timeout).await else {
        return refused(StatusCode::BAD_REQUEST);
    };
    let is_out = match &*form {
        b"out=1" => true,
        b"out=0" => false,
        _ => return refused(StatusCode::BAD_REQUEST),
    };
    let is_secure = origin.is_some_and(|origin| origin.starts_with("https:"));
    let place = Place {
        domain: domain_of(sites, &host),
        is_secure,
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    if let Ok(back) = HeaderValue::try_from(format!("{PATH}?lang={}", lang.code())) {
        headers.insert(LOCATION, back);
    }
    let cookies = [
        place.cookie(NAME, "1", if is_out { VISITOR_COOKIE_S } else { 0 }),
        place.cookie(VISITOR, "", 0),
    ];
    for cookie in cookies.into_iter().take(if is_out { 2 } else { 1 }) {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    response
}

/// Where the cookie is for.
struct Place {
    domain: Option<String>,
    is_secure: bool,
}

impl Place {
    fn cookie(&self, name: &str, value: &str, age_s: u64) -> String {
        let domain = match &self.domain {
            Some(domain) => format!("; Domain={domain}"),
            None => String::new(),
        };
        // Pages of other sites send it along only so.
        let reach = match (&self.domain, self.is_secure) {
            (None, true) => "; SameSite=None; Secure",
            (Some(_), true) => "; SameSite=Lax; Secure",
            (_, false) => "; SameSite=Lax",
        };
        format!("{name}={value}; Path=/; Max-Age={age_s}{reach}{domain}")
    }
}

/// The host that the browser has asked, without a port.
fn own_host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let host = format!("http://{host}");
    let host = UrlParts::of(&host).lower_host().into_owned();
    (!host.is_empty()).then_some(host)
}

/// The widest domain of any site that the host is in.
fn domain_of(sites: &Sites, host: &str) -> Option<String> {
    let sites = sites.all();
    let domains = sites
        .iter()
        .filter_map(|site| site.shared_domain(host, host));
    domains.min_by_key(|domain| domain.len()).map(str::to_owned)
}

fn page(status: StatusCode, lang: Lang, content: &str) -> Response {
    let words = lang.words();
    let html = format!(
        "<!doctype html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{content}</main>\
         <footer><a href=\"?lang={other}\" hreflang=\"{other}\" lang=\"{other}\">{other_name}</a></footer></body></html>\n",
        code = lang.code(),
        title = words.title,
        other = words.other,
        other_name = words.other_name,
    );
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(CONTENT_TYPE, kind)], html).into_response()
}

const STYLE: &str = "body{font:17px/1.5 system-ui,sans-serif;color:#1c2330;background:#fff;margin:0 auto;max-width:36em;\
                     padding:2em 1.2em}h1{font-size:1.5em;line-height:1.2}button{font:inherit;padding:.6em 1.2em;border:0;\
                     border-radius:.4em;background:#1f5fd0;color:#fff;cursor:pointer}button:focus-visible{outline:3px solid \
                     #f2a900;outline-offset:2px}.note,footer{font-size:.9em;color:#566}@media(prefers-color-scheme:dark)\
                     {body{background:#14181f;color:#e8ebf0}.note,footer{color:#9aa}a{color:#8ab4ff}}";

/// What the page says.
struct Words {
    title: &'static str,
    is_in: &'static str,
    is_in_more: &'static str,
    is_out: &'static str,
    is_out_more: &'static str,
    opt_out: &'static str,
    come_back: &'static str,
    kept: &'static str,
    elsewhere: &'static str,
    refused: &'static str,
    wrong: &'static str,
    other: &'static str,
    other_name: &'static str,
}

impl Lang {
    fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    fn words(self) -> &'static Words {
        match self {
            Self::En => &ENGLISH,
            Self::Ru => &RUSSIAN,
        }
    }
}

static ENGLISH: Words = Words {
    title: "Visit statistics",
    is_in: "Your visits are counted.",
    is_in_more: "This server counts visits for the site that sent you here: which pages are opened and what is clicked. \
                 You can opt out of that.",
    is_out: "You have opted out. Your visits are not counted.",
    is_out_more: "From now on nothing that this browser does is stored here.",
    opt_out: "Do not count my visits",
    come_back: "Count my visits again",
    kept: "Your choice is kept in a cookie of this browser for 13 months. In another browser, or after cookies have been \
           deleted, choose again.",
    elsewhere: "<p class=\"note\">This server is not on the site's own domain. Browsers that block cookies of other sites \
                do not pass your choice on; ask the site for its own opt-out.</p>",
    refused: "<p><strong>Nothing was changed.</strong></p><p>The choice did not come from this page. \
              <a href=\"/optout\">Open the page</a> and choose there.</p>",
    wrong: "<p><strong>Nothing was changed.</strong></p><p><a href=\"/optout\">Open the page</a> and choose there.</p>",
    other: "ru",
    other_name: "По-русски",
};

static RUSSIAN: Words = Words {
    title: "Статистика посещений",
    is_in: "Ваши посещения учитываются.",
    is_in_more: "Этот сервер считает посещения для сайта, с которого вы пришли: какие страницы открыты и куда нажимали. \
                 От этого можно отказаться.",
    is_out: "Вы отказались. Ваши посещения не учитываются.",
    is_out_more: "С этой минуты здесь не сохраняется ничего из того, что делает этот браузер.",
    opt_out: "Не учитывать мои посещения",
    come_back: "Снова учитывать мои посещения",
    kept: "Ваш выбор хранится в файле cookie этого браузера 13 месяцев. В другом браузере или после удаления cookie \
           выберите ещё раз.",
    elsewhere: "<p class=\"note\">Этот сервер не на домене самого сайта. Браузеры, которые не пропускают cookie других \
                сайтов, не передадут ваш выбор; спросите на сайте, как отказаться там.</p>",
    refused: "<p><strong>Ничего не изменилось.</strong></p><p>Выбор пришёл не с этой страницы. \
              <a href=\"/optout\">Откройте её</a> и выберите там.</p>",
    wrong: "<p><strong>Ничего не изменилось.</strong></p><p><a href=\"/optout\">Откройте страницу</a> и выберите там.</p>",
    other: "en",
    other_name: "In English",
};

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::intake::tests::Rig;

    async fn ask(
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (Parts, String) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "stats.shop.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = router(Rig::new().intake).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let mut request = http::Request::new(()).into_parts().0;
        request.headers = parts.headers;
        request.uri = parts.status.as_u16().to_string().parse().unwrap();
        (request, String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn status(parts: &Parts) -> String {
        parts.uri.to_string()
    }

    const OUT: (&str, &str) = ("cookie", "a=1; _weir_optout=1");
    const OWN: (&str, &str) = ("origin", "https://stats.shop.example");

    #[tokio::test]
    async fn the_page_says_what_is_and_offers_the_other() {
        for (headers, said, button) in [
            (vec![], "Your visits are counted", "value=\"1\""),
            (vec![OUT], "You have opted out", "value=\"0\""),
            (
                vec![("accept-language", "ru-RU,ru;q=0.9,en;q=0.5")],
                "Ваши посещения учитываются",
                "value=\"1\"",
            ),
            (
                vec![("accept-language", "ru"), OUT],
                "Вы отказались",
                "value=\"0\"",
            ),
        ] {
            let (parts, text) = ask("GET", "/optout", &headers, "").await;
            assert_eq!(status(&parts), "200");
            assert!(text.contains(said) && text.contains(button), "{text}");
            assert!(!text.contains("<script"));
            assert_eq!(parts.headers[CACHE_CONTROL], "no-store");
            assert!(parts.headers.get(SET_COOKIE).is_none());
        }
        let russian = [("accept-language", "ru")];
        let (_, text) = ask("GET", "/optout?lang=en", &russian, "").await;
        assert!(text.contains("Your visits"));
    }

    #[tokio::test]
    async fn a_choice_is_kept_for_the_domain_of_the_site() {
        let (parts, _) = ask("POST", "/optout?lang=ru", &[OWN], "out=1").await;
        assert_eq!(status(&parts), "303");
        assert_eq!(parts.headers[LOCATION], "/optout?lang=ru");
        let cookies: Vec<_> = parts.headers.get_all(SET_COOKIE).iter().collect();
        let rest = "; SameSite=Lax; Secure; Domain=shop.example";
        assert_eq!(
            cookies,
            [
                &format!("_weir_optout=1; Path=/; Max-Age=34128000{rest}"),
                &format!("_weir_v=; Path=/; Max-Age=0{rest}")
            ]
        );
        let (parts, _) = ask("POST", "/optout", &[OWN, OUT], "out=0").await;
        let cookies: Vec<_> = parts.headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(
            cookies,
            [&format!("_weir_optout=1; Path=/; Max-Age=0{rest}")]
        );
    }

    #[tokio::test]
    async fn where_the_server_is_elsewhere_the_cookie_is_its_own_and_the_page_says_so() {
        let place = Place {
            domain: None,
            is_secure: true,
        };
        assert_eq!(
            place.cookie(NAME, "1", 5),
            "_weir_optout=1; Path=/; Max-Age=5; SameSite=None; Secure"
        );
        let sites = Sites::new();
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("weir.example:8080"))]);
        let response = show(&headers, &sites, Lang::En);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("not on the site's own domain"));
    }

    #[tokio::test]
    async fn nobody_else_chooses() {
        for (method, headers, body, code) in [
            ("POST", vec![], "out=1", "403"),
            (
                "POST",
                vec![("origin", "https://evil.example")],
                "out=0",
                "403",
            ),
            ("POST", vec![("origin", "null")], "out=0", "403"),
            ("POST", vec![OWN], "out=2", "400"),
            ("POST", vec![OWN], "", "400"),
            ("DELETE", vec![OWN], "out=1", "405"),
        ] {
            let (parts, text) = ask(method, "/optout", &headers, body).await;
            assert_eq!(status(&parts), code, "{method} {body}");
            assert!(text.contains("Nothing was changed"));
            assert!(parts.headers.get(SET_COOKIE).is_none());
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let says = |cookie: &'static str| {
            has_opted_out(&HeaderMap::from_iter([(
                COOKIE,
                HeaderValue::from_static(cookie),
            )]))
        };
        assert!(says("_weir_optout=1"));
        assert!(says("a=b; _weir_optout=1; c=d"));
        assert!(!says("_weir_optout=0"));
        assert!(!says("x_weir_optout=1"));
        assert!(!has_opted_out(&HeaderMap::new()));
    }
}
