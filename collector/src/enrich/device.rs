//! Step `device`: device, browser and system from the `User-Agent`.
//!
//! Ordered tables, most particular first: nearly every browser also calls itself Chrome and Safari. What no line knows
//! stays empty. An iPad that asks for desktop pages says it is a Mac, and nothing in the header tells it apart.

use std::sync::LazyLock;

use super::words::{Recent, Words};

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
    ("OPiOS/", "Opera"),
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
    ("Silk/", "Silk"),
    ("Maxthon", "Maxthon"),
    ("Puffin/", "Puffin"),
    ("coc_coc_browser/", "Coc Coc"),
    ("SeaMonkey/", "SeaMonkey"),
    ("PaleMoon/", "Pale Moon"),
    ("Epiphany/", "GNOME Web"),
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
    ("KAKAOTALK", "KakaoTalk"),
    ("Line/", "LINE"),
    ("LinkedInApp", "LinkedIn"),
    ("Twitter for iPhone", "X"),
    ("TwitterAndroid", "X"),
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
    thread_local! {
        static RECENT: Recent<Device> = Recent::default();
    }
    RECENT.with(|recent| recent.get_or(user_agent, || look_at(user_agent)))
}

fn look_at(user_agent: &str) -> Device {
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
    fn browsers_and_machines_are_told_apart() {
        let table = include_str!("user_agents.txt");
        let mut cases = 0;
        for line in table
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let mut parts = line.splitn(5, " | ");
            let mut field = || match parts.next().unwrap_or_else(|| panic!("{line}")) {
                "-" => "",
                text => text,
            };
            let (kind, browser, os, bot, user_agent) =
                (field(), field(), field(), field(), field());
            assert_eq!(
                recognise(user_agent),
                Device { kind, browser, os },
                "{user_agent}"
            );
            assert_eq!(super::super::bot::judge(user_agent), bot, "{user_agent}");
            cases += 1;
        }
        assert!(cases > 60, "{cases}");
        assert_eq!(recognise(""), Device::default());
    }
}
