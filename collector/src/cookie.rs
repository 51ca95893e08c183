//! The cookie that names the browser, set by the answer to its events.
//!
//! Some browsers keep a cookie that a script has set for a week only, and one that a server of the site has set for as long as
//! it says. So where the collector is on a host of the site, its answer sets again what the tag has set. It does so only in
//! answer to events that were sent with consent to analytics, and never makes a name up: it repeats what it was told.

use http::header::HOST;
use http::{HeaderMap, HeaderValue};

use crate::limits::VISITOR_COOKIE_S;
use crate::parse::VisitorId;
use crate::site::SiteSettings;
use crate::url::{UrlParts, host_of};

/// What the tag calls it (`tag-wasm/js/recorder.js`).
const NAME: &str = "_weir_v";
/// The category without which nothing is stored.
const CATEGORY: &str = "analytics";

/// The header that sets the cookie; `None` if the collector does not share a domain with the page, or may not.
pub(crate) fn for_visitor(
    site: &SiteSettings,
    headers: &HeaderMap,
    origin: Option<&HeaderValue>,
    visitor: VisitorId,
    consent: &[impl AsRef<str>],
) -> Option<HeaderValue> {
    if site.cookieless || !consent.iter().any(|category| category.as_ref() == CATEGORY) {
        return None;
    }
    let origin = origin?.to_str().ok()?;
    let page = UrlParts::of(origin).lower_host();
    let host = host_of(headers.get(HOST)?.to_str().ok()?).to_ascii_lowercase();
    // The widest domain of the site that both are in: its subdomains then know the browser too.
    let shared = site.shared_domain(&page, &host);
    let domain = match shared {
        Some(domain) => format!("; Domain={domain}"),
        None if page == host.as_str() => String::new(),
        None => return None,
    };
    let secure = if origin.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    let visitor = visitor.get();
    HeaderValue::try_from(format!(
        "{NAME}={visitor:016x}; Path=/; Max-Age={VISITOR_COOKIE_S}; SameSite=Lax{domain}{secure}"
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(domains: &[&str], host: &str, origin: &str, consent: &[&str]) -> Option<String> {
        let site = crate::site::tests::shop(domains);
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        let origin = HeaderValue::from_str(origin).unwrap();
        let visitor = VisitorId::parse("00000000000000ff").unwrap();
        for_visitor(&site, &headers, Some(&origin), visitor, consent)
            .map(|value| value.to_str().unwrap().to_owned())
    }

    const SHOP: [&str; 2] = ["shop.example", "*.shop.example"];
    const BASE: &str = "_weir_v=00000000000000ff; Path=/; Max-Age=34128000; SameSite=Lax";

    #[test]
    fn it_is_set_for_the_domain_that_both_are_in() {
        for origin in ["https://shop.example", "https://www.shop.example:8443"] {
            assert_eq!(
                cookie(&SHOP, "stats.shop.example", origin, &["analytics"]).unwrap(),
                format!("{BASE}; Domain=shop.example; Secure"),
                "{origin}"
            );
        }
        assert_eq!(
            cookie(
                &[],
                "127.0.0.1:8080",
                "http://127.0.0.1:8080",
                &["analytics"]
            )
            .unwrap(),
            BASE
        );
    }

    #[test]
    fn it_is_not_set_where_nothing_is_kept_in_the_browser() {
        let site = SiteSettings {
            cookieless: true,
            ..crate::site::tests::shop(&SHOP)
        };
        let headers =
            HeaderMap::from_iter([(HOST, HeaderValue::from_static("stats.shop.example"))]);
        let origin = HeaderValue::from_static("https://shop.example");
        let visitor = VisitorId::parse("00000000000000ff").unwrap();
        let cookie = for_visitor(&site, &headers, Some(&origin), visitor, &["analytics"]);
        assert_eq!(cookie, None);
    }

    #[test]
    fn it_is_not_set_elsewhere_nor_without_consent() {
        assert_eq!(
            cookie(
                &SHOP,
                "stats.weir.example",
                "https://shop.example",
                &["analytics"]
            ),
            None
        );
        assert_eq!(
            cookie(
                &SHOP,
                "notshop.example",
                "https://shop.example",
                &["analytics"]
            ),
            None
        );
        assert_eq!(
            cookie(
                &SHOP,
                "stats.shop.example",
                "https://shop.example",
                &["marketing"]
            ),
            None
        );
        assert_eq!(
            cookie(&SHOP, "stats.shop.example", "https://shop.example", &[]),
            None
        );
        assert_eq!(
            cookie(&SHOP, "stats.shop.example", "null", &["analytics"]),
            None
        );
    }
}
