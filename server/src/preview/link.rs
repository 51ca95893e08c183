//! Preview links: made, written, and read again.
//!
//! ```text
//! https://shop.example/product/42#weir_preview=shop.<40 hex digits>
//! ```
//!
//! The token stands behind the `#`, so that it reaches no server and no referrer; the loader takes it out of the address
//! before anything reads that. It has 160 random bits and is kept by nobody: the store has its SHA-256. It is for one
//! site, one origin and a short time, and can be taken back.

use sha2::{Digest, Sha256};
use url::Url;
use weir_collector::SiteSettings;

use super::Refusal;
use crate::store::Store;
use crate::store::previews::NewPreview;

/// Random bytes of a token.
pub const RANDOM_BYTES: usize = 20;
/// Characters of the secret part: two for each byte.
const SECRET_CHARS: usize = 2 * RANDOM_BYTES;
/// Characters of the part that may be shown.
const ID_CHARS: usize = 12;
/// Minutes that a link is good for, unless somebody says otherwise.
pub const DEFAULT_MINUTES: u32 = 60;
/// The longest that anybody may say.
pub const MAX_MINUTES: u32 = 24 * 60;
/// What stands before the token.
const MARK: &str = "weir_preview=";

/// A link, as its maker gets it once.
#[derive(Clone)]
pub struct Link {
    /// The address to open.
    pub url: String,
    /// The part that may be shown.
    pub id: String,
    /// The site whose draft it shows.
    pub site: String,
    /// Until when it is good, in milliseconds since 1970 UTC.
    pub expires_at: i64,
}

/// What a link is to be.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The site whose draft it shows.
    pub site: &'a str,
    /// What is published where it opens: of the site, or of the companion of an environment.
    pub settings: &'a SiteSettings,
    /// The page to open; `None`: the first of the site's domains.
    pub url: Option<&'a str>,
    /// The container; `None`: what the site's draft is at the time.
    pub source: Option<&'a str>,
    /// Who makes it.
    pub author: &'a str,
    /// How long it is to be good.
    pub minutes: u32,
    /// Now, in milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// Bytes that nobody can guess.
    pub random: [u8; RANDOM_BYTES],
}

/// Makes a link and keeps it.
pub fn make(store: &Store, wish: &Wish<'_>) -> Result<Link, Refusal> {
    let page = page(wish.settings, wish.url)?;
    let tag = wish.settings.id.as_str();
    let secret: String = wish
        .random
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let token = format!("{tag}.{secret}");
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let id: String = hash
        .iter()
        .flat_map(|byte| format!("{byte:02x}").into_bytes())
        .take(ID_CHARS)
        .map(char::from)
        .collect();
    let minutes = wish.minutes.clamp(1, MAX_MINUTES);
    let expires_at = wish.now_ms + i64::from(minutes) * 60_000;
    store
        .add_preview(NewPreview {
            id: &id,
            hash: &hash,
            site: wish.site,
            origin: &page.origin().ascii_serialization(),
            source: wish.source,
            author: wish.author,
            now_ms: wish.now_ms,
            expires_at,
        })
        .map_err(|error| Refusal::Store {
            reason: error.to_string(),
        })?;
    Ok(Link {
        url: written(page, &token),
        id,
        site: wish.site.to_owned(),
        expires_at,
    })
}

/// The hash of the token in what a page asks for, whose folder is `site.secret`, and the site. What follows the secret is
/// passed over: see `tag-wasm/js/loader.js`.
pub(super) fn read(folder: &str) -> Option<(&str, &str, [u8; 32])> {
    let (site, rest) = folder.split_once('.')?;
    let secret = rest.get(..SECRET_CHARS)?;
    if !secret.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let token = folder.get(..site.len() + 1 + SECRET_CHARS)?;
    Some((site, token, Sha256::digest(token.as_bytes()).into()))
}

fn page(site: &SiteSettings, url: Option<&str>) -> Result<Url, Refusal> {
    let first = || {
        let pattern = site.domains.first()?.to_string();
        let host = pattern.strip_prefix("*.").unwrap_or(&pattern);
        Some(format!("https://{host}/"))
    };
    let text = match url {
        Some(url) => url.to_owned(),
        None => first().ok_or(Refusal::NoUrl)?,
    };
    let bad = || Refusal::BadUrl { url: text.clone() };
    let page = Url::parse(text.trim()).map_err(|_| bad())?;
    let is_web = matches!(page.scheme(), "http" | "https");
    let host = page.host_str().unwrap_or_default();
    if !is_web || host.is_empty() || !page.username().is_empty() || page.password().is_some() {
        return Err(bad());
    }
    if !site.allows(host) {
        return Err(Refusal::ForeignUrl {
            host: host.to_owned(),
            domains: site.domains.iter().map(ToString::to_string).collect(),
        });
    }
    Ok(page)
}

/// The address with the token behind its `#`. What stands there already stays: some applications keep their route there.
fn written(mut page: Url, token: &str) -> String {
    let before = page.fragment().unwrap_or_default();
    let joint = match before {
        "" => "",
        route if route.starts_with(['/', '!']) && !route.contains('?') => "?",
        _ => "&",
    };
    let fragment = format!("{before}{joint}{MARK}{token}");
    page.set_fragment(Some(&fragment));
    page.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(domains: &str) -> SiteSettings {
        let text = format!(r#"{{"weir":1,"site":{{"id":"shop","domains":[{domains}]}}}}"#);
        crate::container::check(&text)
            .container
            .unwrap()
            .settings(1)
            .unwrap()
    }

    fn wish<'a>(settings: &'a SiteSettings, url: Option<&'a str>) -> Wish<'a> {
        Wish {
            site: "shop",
            settings,
            url,
            source: None,
            author: "test",
            minutes: 1,
            now_ms: 1000,
            random: [0xab; RANDOM_BYTES],
        }
    }

    #[test]
    fn a_link_opens_the_page_and_its_token_is_read_again() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("control.db")).unwrap();
        let shop = settings(r#""*.shop.example","shop.example""#);
        let secret = "ab".repeat(RANDOM_BYTES);
        let link = make(&store, &wish(&shop, None)).unwrap();
        assert_eq!(
            link.url,
            format!("https://shop.example/#weir_preview=shop.{secret}")
        );
        assert_eq!(link.expires_at, 61_000);
        let folder = format!("shop.{secret}");
        for text in [
            folder.clone(),
            format!("{folder}undefined"),
            format!("{folder}#x"),
        ] {
            let (site, token, hash) = read(&text).unwrap();
            assert_eq!((site, token), ("shop", folder.as_str()));
            let found = store.preview(&hash).unwrap().unwrap();
            assert_eq!(found.id, link.id);
            assert_eq!(found.origin, "https://shop.example");
        }
        for wrong in [
            "",
            "shop",
            "shop.ab",
            &folder.replace("ab", "xy"),
            folder.trim_start_matches('s'),
        ] {
            let known = read(wrong).and_then(|(_, _, hash)| store.preview(&hash).unwrap());
            assert_eq!(known, None, "{wrong}");
        }
        // The secret is nowhere in the store's files.
        drop(store);
        for file in std::fs::read_dir(temp.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let secret = secret.as_bytes();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }

    #[test]
    fn what_stands_behind_the_number_sign_stays() {
        for (url, fragment) in [
            ("https://a.example/", "weir_preview=t"),
            ("https://a.example/#part", "part&weir_preview=t"),
            ("https://a.example/#/route", "/route?weir_preview=t"),
            ("https://a.example/#/route?a=1", "/route?a=1&weir_preview=t"),
        ] {
            let link = written(Url::parse(url).unwrap(), "t");
            assert_eq!(link.split_once('#').unwrap().1, fragment);
        }
    }

    #[test]
    fn only_pages_of_the_site_are_opened() {
        let shop = settings(r#""shop.example""#);
        let anywhere = settings("");
        for (settings, url, code) in [
            (&shop, Some("https://evil.example/"), "foreign_url"),
            (&shop, Some("shop.example"), "bad_url"),
            (&shop, Some("javascript:alert(1)"), "bad_url"),
            (&shop, Some("https://a:b@shop.example/"), "bad_url"),
            (&anywhere, None, "no_url"),
        ] {
            assert_eq!(page(settings, url).unwrap_err().code(), code, "{url:?}");
        }
        assert!(page(&shop, Some("http://127.0.0.1:8080/x")).is_ok());
        assert!(page(&anywhere, Some("https://any.example/")).is_ok());
    }
}
