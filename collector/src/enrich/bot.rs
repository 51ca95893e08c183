//! Step `bot`: who does not call itself a person's browser, and why we think so.
//!
//! Bots are stored and marked, never dropped; views leave them out. The reason is a class and the word that gave it away
//! (`crawler: yandexbot`), so that an analyst can see what is filtered and disagree. Only the `User-Agent` is judged.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::words::{Recent, Words};

/// Class → words in lower case, more particular classes first. Where several match, the first in this order counts.
const WORDS: &[(&str, &[&str])] = &[
    (
        "headless",
        &[
            "headlesschrome",
            "headless",
            "phantomjs",
            "slimerjs",
            "puppeteer",
            "playwright",
            "cypress",
            "jsdom",
            "htmlunit",
        ],
    ),
    (
        "preview",
        &[
            "facebookexternalhit",
            "telegrambot",
            "twitterbot",
            "whatsapp",
            "slackbot",
            "discordbot",
            "vkshare",
            "linkedinbot",
            "skypeuripreview",
            "viberbot",
            "pinterestbot",
            "redditbot",
            "odklbot",
            "embedly",
            "bitlybot",
        ],
    ),
    (
        "ai",
        &[
            "gptbot",
            "chatgpt-user",
            "oai-searchbot",
            "claudebot",
            "claude-user",
            "perplexitybot",
            "ccbot",
            "bytespider",
            "amazonbot",
            "meta-externalagent",
            "google-extended",
            "applebot-extended",
            "cohere-ai",
            "diffbot",
            "youbot",
            "mistralai-user",
            "deepseekbot",
            "gigabot",
        ],
    ),
    (
        "monitor",
        &[
            "pingdom",
            "uptimerobot",
            "statuscake",
            "site24x7",
            "gtmetrix",
            "lighthouse",
            "pagespeed",
            "datadog",
            "newrelic",
            "zabbix",
            "hetrixtools",
            "better uptime",
            "betterstack",
            "ping-admin",
            "host-tracker",
            "chrome-lighthouse",
            "ptst/",
            "dareboost",
            "nagios",
            "prometheus",
            "kube-probe",
            "elb-healthchecker",
            "googlehc",
        ],
    ),
    (
        "crawler",
        &[
            "googlebot",
            "adsbot-google",
            "mediapartners-google",
            "google-inspectiontool",
            "apis-google",
            "storebot-google",
            "yandexbot",
            "yandexmetrika",
            "yandexdirect",
            "yandeximages",
            "yandexmobilebot",
            "yandexaccessibilitybot",
            "yandexmarket",
            "yandexwebmaster",
            "yandexscreenshotbot",
            "yandexturbo",
            "yadirectfetcher",
            "sputnikbot",
            "stackrambler",
            "coccocbot",
            "naver.me/spd",
            "yeti/",
            "bingbot",
            "bingpreview",
            "duckduckbot",
            "baiduspider",
            "mail.ru_bot",
            "applebot",
            "petalbot",
            "seznambot",
            "sogou",
            "ahrefsbot",
            "ahrefssiteaudit",
            "siteauditbot",
            "serpstatbot",
            "megaindex",
            "dataforseobot",
            "blexbot",
            "barkrowler",
            "netpeak",
            "linkpadbot",
            "statonlineru",
            "topvisor",
            "sistrix",
            "semrushbot",
            "mj12bot",
            "dotbot",
            "screaming frog",
            "archive.org_bot",
            "slurp",
            "crawler",
            "spider",
            "scraper",
        ],
    ),
    (
        "library",
        &[
            "curl/",
            "wget/",
            "python-requests",
            "python-urllib",
            "aiohttp",
            "httpx/",
            "scrapy",
            "go-http-client",
            "okhttp",
            "java/",
            "apache-httpclient",
            "node-fetch",
            "axios/",
            "undici",
            "got (",
            "libwww-perl",
            "guzzlehttp",
            "postmanruntime",
            "insomnia",
            "reqwest",
            "k6/",
        ],
    ),
];

/// A phone maker, not a robot.
const PHONES_NAMED_BOT: &[&str] = &["cubot"];

/// The word in general use for what no line above names.
const GENERAL: &str = "bot";

static KNOWN: LazyLock<Words> = LazyLock::new(|| Words::new(all().map(|(_, word)| word), true));
static PHONES: LazyLock<Words> =
    LazyLock::new(|| Words::new(PHONES_NAMED_BOT.iter().copied().chain([GENERAL]), true));

/// Every word with its class, in order.
fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS
        .iter()
        .flat_map(|(class, words)| words.iter().map(|word| (*class, *word)))
}

/// Why this is taken for a bot; empty if it is not.
pub(crate) fn judge(user_agent: &str) -> Cow<'static, str> {
    thread_local! {
        static RECENT: Recent<Cow<'static, str>> = Recent::default();
    }
    RECENT.with(|recent| recent.get_or(user_agent, || look_at(user_agent)))
}

fn look_at(user_agent: &str) -> Cow<'static, str> {
    if user_agent.trim().is_empty() {
        return Cow::Borrowed("no user agent");
    }
    if let Some((class, word)) = KNOWN.first_in(user_agent).and_then(|at| all().nth(at)) {
        let word = word.trim_matches(|char: char| !char.is_ascii_alphanumeric());
        return Cow::Owned(format!("{class}: {word}"));
    }
    // The phones come first in their list, and the general word last.
    let general = PHONES.first_in(user_agent) == Some(PHONES_NAMED_BOT.len());
    Cow::Borrowed(if general { "crawler: bot" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_named_with_their_reason() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
                "headless: headlesschrome",
            ),
            (
                "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
                "crawler: yandexbot",
            ),
            (
                "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 Chrome/142 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
                "crawler: googlebot",
            ),
            ("facebookexternalhit/1.1", "preview: facebookexternalhit"),
            ("Mozilla/5.0 (compatible; GPTBot/1.2)", "ai: gptbot"),
            ("curl/8.5.0", "library: curl"),
            ("SomeNewBot/1.0", "crawler: bot"),
            ("", "no user agent"),
            ("  ", "no user agent"),
        ];
        for (user_agent, reason) in cases {
            assert_eq!(judge(user_agent), reason, "{user_agent}");
        }
    }

    #[test]
    fn people_are_left_alone() {
        let people = [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        ];
        for user_agent in people {
            assert_eq!(judge(user_agent), "", "{user_agent}");
        }
    }

    #[test]
    fn words_are_in_lower_case() {
        for (_, words) in WORDS {
            assert!(
                words
                    .iter()
                    .all(|word| **word == word.to_ascii_lowercase() && !word.is_empty())
            );
        }
    }
}
