//! Step `device`: device, browser and system from the `User-Agent`.
//!
//! Ordered tables, most particular first: nearly every browser also calls itself Chrome and Safari. What no line knows
//! stays empty. An iPad that asks for desktop pages says it is a Mac, and nothing in the header tells it apart.

use std::sync::LazyLock;

use super::words::Words;

/// What the `User-Agent` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Device {
    /// `desktop`, `mobile`, `tablet`, `tv`, or empty.
    pub(crate) kind: &'static str,
    pub(crate) browser: &'static str,
    pub(crate) os: &'static str,
}

/// Piece of the `User-Agent` → browser.
const BROWSERS: &[(&str, &str)] = &[
    ("YaBrowser/", "Yandex Browser"),
    ("YaSearchBrowser/", "Yandex Browser"),
    ("YaApp_", "Yandex App"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("OPX/", "Opera"),
    ("Opera", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("MiuiBrowser/", "Mi Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("HeyTapBrowser/", "HeyTap Browser"),
    ("VivoBrowser/", "Vivo Browser"),
    ("UCBrowser/", "UC Browser"),
    ("UCWEB", "UC Browser"),
    ("Atom/", "Atom"),
    ("Sputnik/", "Sputnik"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("Brave/", "Brave"),
    ("Whale/", "Whale"),
    ("QQBrowser/", "QQ Browser"),
    ("MicroMessenger/", "WeChat"),
    ("Instagram", "Instagram"),
    ("FBAN/", "Facebook"),
    ("FBAV/", "Facebook"),
    ("VKAndroidApp/", "VK"),
    ("VKClient", "VK"),
    ("vk_app", "VK"),
    ("OKApp", "OK"),
    ("Telegram-", "Telegram"),
    ("GSA/", "Google App"),
    ("musical_ly", "TikTok"),
    ("BytedanceWebview", "TikTok"),
    ("Snapchat", "Snapchat"),
    ("Pinterest/", "Pinterest"),
    ("FxiOS/", "Firefox"),
    ("Focus/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("MSIE ", "Internet Explorer"),
    ("Trident/", "Internet Explorer"),
    ("; wv)", "Android WebView"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("AppleWebKit/", "WebKit"),
];

/// Piece of the `User-Agent` → system.
const SYSTEMS: &[(&str, &str)] = &[
    ("Windows Phone", "Windows Phone"),
    ("Windows", "Windows"),
    ("Web0S", "webOS"),
    ("webOS", "webOS"),
    ("Tizen", "Tizen"),
    ("KAIOS", "KaiOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("iPod", "iOS"),
    ("AppleTV", "tvOS"),
    ("Apple TV", "tvOS"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

/// Piece of the `User-Agent` → device.
const KINDS: &[(&str, &str)] = &[
    ("SmartTV", "tv"),
    ("SMART-TV", "tv"),
    ("Smart-TV", "tv"),
    ("SmartTv", "tv"),
    ("Smart TV", "tv"),
    ("Android TV", "tv"),
    ("GoogleTV", "tv"),
    ("Google TV", "tv"),
    ("AppleTV", "tv"),
    ("Apple TV", "tv"),
    ("HbbTV", "tv"),
    ("BRAVIA", "tv"),
    ("Web0S", "tv"),
    ("NetCast", "tv"),
    ("AFTB", "tv"),
    ("AFTT", "tv"),
    ("AFTM", "tv"),
    ("CrKey", "tv"),
    ("Roku", "tv"),
    ("VIDAA", "tv"),
    ("YandexModule2", "tv"),
    ("PlayStation", "tv"),
    ("Xbox", "tv"),
    ("iPad", "tablet"),
    ("Tablet", "tablet"),
    ("tablet", "tablet"),
    ("PlayBook", "tablet"),
    ("Kindle", "tablet"),
    ("Silk/", "tablet"),
    ("KFAPWI", "tablet"),
    ("Mobi", "mobile"),
    ("iPhone", "mobile"),
    ("iPod", "mobile"),
    ("Opera Mini", "mobile"),
    ("Windows Phone", "mobile"),
    ("KAIOS", "mobile"),
];

const DESKTOP_SYSTEMS: &[&str] = &["Windows", "macOS", "Linux", "ChromeOS"];

/// Reads a `User-Agent`.
pub(crate) fn recognise(user_agent: &str) -> Device {
    let os = first_match(&SYSTEM_WORDS, SYSTEMS, user_agent);
    let browser = first_match(&BROWSER_WORDS, BROWSERS, user_agent);
    Device {
        kind: kind(user_agent, os),
        browser,
        os,
    }
}

static BROWSER_WORDS: LazyLock<Words> = LazyLock::new(|| first_column(BROWSERS));
static SYSTEM_WORDS: LazyLock<Words> = LazyLock::new(|| first_column(SYSTEMS));
static KIND_WORDS: LazyLock<Words> = LazyLock::new(|| first_column(KINDS));

fn first_column(table: &'static [(&str, &str)]) -> Words {
    Words::new(table.iter().map(|(piece, _)| *piece), false)
}

fn first_match(words: &Words, table: &[(&str, &'static str)], user_agent: &str) -> &'static str {
    let place = words.first_in(user_agent).and_then(|at| table.get(at));
    place.map_or("", |(_, name)| name)
}

fn kind(user_agent: &str, os: &str) -> &'static str {
    let said = first_match(&KIND_WORDS, KINDS, user_agent);
    if !said.is_empty() {
        said
    } else if os == "Android" {
        // Phones say `Mobile`, tablets do not.
        "tablet"
    } else if DESKTOP_SYSTEMS.contains(&os) {
        "desktop"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_told_apart() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let cases = [
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/142.0.0.0 Safari/537.36"), ("desktop", "Chrome", "Windows")),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/142.0.0.0 YaBrowser/25.10.0.0 Safari/537.36"), ("desktop", "Yandex Browser", "Windows")),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"), ("desktop", "Edge", "Windows")),
            (format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Chrome/142.0.0.0 Safari/537.36 OPR/120.0"), ("desktop", "Opera", "macOS")),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15".to_owned(), ("desktop", "Safari", "macOS")),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1".to_owned(), ("mobile", "Safari", "iOS")),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1".to_owned(), ("mobile", "Chrome", "iOS")),
            ("Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.7 Mobile/15E148 Safari/604.1".to_owned(), ("tablet", "Safari", "iOS")),
            (format!("Mozilla/5.0 (Linux; Android 10; K) {webkit} Chrome/142.0.0.0 Mobile Safari/537.36"), ("mobile", "Chrome", "Android")),
            (format!("Mozilla/5.0 (Linux; Android 10; K) {webkit} Chrome/142.0.0.0 Safari/537.36"), ("tablet", "Chrome", "Android")),
            (format!("Mozilla/5.0 (Linux; Android 14; SM-S921B) {webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"), ("mobile", "Samsung Internet", "Android")),
            (format!("Mozilla/5.0 (Linux; Android 14; Pixel; wv) {webkit} Version/4.0 Chrome/142.0 Mobile Safari/537.36"), ("mobile", "Android WebView", "Android")),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(), ("desktop", "Firefox", "Linux")),
            (format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {webkit} Chrome/142.0.0.0 Safari/537.36"), ("desktop", "Chrome", "ChromeOS")),
            (format!("Mozilla/5.0 (Web0S; Linux/SmartTV) {webkit} Chrome/120.0 Safari/537.36"), ("tv", "Chrome", "webOS")),
            (format!("Mozilla/5.0 (SMART-TV; LINUX; Tizen 8.0) {webkit} Version/8.0 TV Safari/537.36"), ("tv", "Safari", "Tizen")),
            ("curl/8.5.0".to_owned(), ("", "", "")),
            (String::new(), ("", "", "")),
        ];
        for (user_agent, (kind, browser, os)) in cases {
            assert_eq!(
                recognise(&user_agent),
                Device { kind, browser, os },
                "{user_agent}"
            );
        }
    }
}
