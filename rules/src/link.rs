//! What kind of link an address is, for triggers, variables and automatic events alike. `tag-wasm/js/lend.js` decides the
//! same in a browser.
//!
//! One kind for each link, so that a click on it is counted once: a price list on another host is a download, a chat is a
//! messenger. Whether a link leads out is another question, see [`leads_out`].

/// The kind of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "authoring"), derive(Debug, Hash))]
#[repr(u8)]
pub enum LinkKind {
    /// To a page of the site.
    Internal,
    /// To a page of another site.
    Outbound,
    /// To a file.
    Download,
    /// Calls, or writes a text message.
    Phone,
    /// Writes a mail.
    Mail,
    /// Opens a chat.
    Messenger,
    /// Something that only the page understands.
    Other,
}

impl LinkKind {
    /// The value of the variable `link.kind`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Outbound => "outbound",
            Self::Download => "download",
            Self::Phone => "phone",
            Self::Mail => "mail",
            Self::Messenger => "messenger",
            Self::Other => "other",
        }
    }
}

/// Ends of files that people download.
const FILES: &str = "pdf doc docx xls xlsx ppt pptx pps odt ods odp rtf txt csv xml json epub fb2 djvu zip rar 7z gz tar \
    exe msi dmg pkg deb rpm apk iso key numbers pages avi mov mp4 mpg mpeg mkv wmv mid midi mp3 wav wma ogg flac psd ai dwg";
const PHONES: &str = "tel callto sms";
/// Schemes of programs to chat.
const CHATS: &str = "tg whatsapp viber skype sgnl line weixin fb-messenger max";
/// Hosts that open a chat.
const CHAT_HOSTS: &str = "t.me telegram.me wa.me api.whatsapp.com chat.whatsapp.com vk.me m.me signal.me line.me max.ru \
    chats.viber.com invite.viber.com join.skype.com";

/// Whether `word` is one of the words, without regard to case.
fn is_one_of(words: &str, word: &str) -> bool {
    words
        .split_ascii_whitespace()
        .any(|one| one.eq_ignore_ascii_case(word))
}

/// The parts of an absolute address that matter here.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    path: &'a str,
}

fn parts(address: &str) -> Parts<'_> {
    let (scheme, rest) = split(address, b":");
    let (before, _) = split(rest.unwrap_or_default(), b"?#");
    let Some(rest) = before.strip_prefix("//") else {
        return Parts {
            scheme,
            host: "",
            path: before,
        };
    };
    let (authority, path) = split(rest, b"/");
    // What is before an `@` is a user, what is behind a colon is a port.
    let host = match split(authority, b"@") {
        (_, Some(host)) => host,
        (host, None) => host,
    };
    Parts {
        scheme,
        host: split(host, b":").0,
        path: path.unwrap_or_default(),
    }
}

/// What is before the first of the separators, which are ASCII, and what is behind it.
fn split<'t>(text: &'t str, separators: &[u8]) -> (&'t str, Option<&'t str>) {
    let found = text.bytes().position(|byte| separators.contains(&byte));
    let at = found.unwrap_or(text.len());
    (text.get(..at).unwrap_or_default(), text.get(at + 1..))
}

/// What is behind the last point of the last part of a path.
fn extension(path: &str) -> &str {
    let name = path.bytes().rev().take_while(|byte| *byte != b'/').count();
    let name = path.get(path.len() - name..).unwrap_or_default();
    let end = name.bytes().rev().take_while(|byte| *byte != b'.').count();
    if end == name.len() {
        return "";
    }
    name.get(name.len() - end..).unwrap_or_default()
}

/// Whether a host belongs to the site: it is that of the page, or one of its domains. `www.` makes no difference.
fn is_own(host: &str, page_host: &str, domains: &str) -> bool {
    let same = |one: &str, other: &str| bare(one).eq_ignore_ascii_case(bare(other));
    same(host, page_host)
        || domains
            .split(' ')
            .any(|domain| match domain.strip_prefix('*') {
                Some(below) => host.len() > below.len() && ends_with(host, below),
                None => same(host, domain),
            })
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

fn ends_with(host: &str, end: &str) -> bool {
    host.len()
        .checked_sub(end.len())
        .and_then(|at| host.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

fn is_web(scheme: &str) -> bool {
    is_one_of("http https", scheme)
}

/// Whether an absolute address is a page or file of another site.
pub fn leads_out(address: &str, page_host: &str, domains: &str) -> bool {
    let parts = parts(address);
    is_web(parts.scheme) && !is_own(parts.host, page_host, domains)
}

/// The kind of a link to an absolute address. `is_download`: the link says itself that it is one.
pub fn kind(address: &str, is_download: bool, page_host: &str, domains: &str) -> LinkKind {
    let Parts { scheme, host, path } = parts(address);
    if is_one_of(PHONES, scheme) {
        LinkKind::Phone
    } else if is_one_of("mailto", scheme) {
        LinkKind::Mail
    } else if is_one_of(CHATS, scheme) || (is_web(scheme) && is_one_of(CHAT_HOSTS, host)) {
        LinkKind::Messenger
    } else if is_download || (is_web(scheme) && is_one_of(FILES, extension(path))) {
        LinkKind::Download
    } else if !is_web(scheme) {
        LinkKind::Other
    } else if is_own(host, page_host, domains) {
        LinkKind::Internal
    } else {
        LinkKind::Outbound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(address: &str) -> &'static str {
        kind(address, false, "pay.example", "shop.example *.shop.example").name()
    }

    #[test]
    fn each_address_has_one_kind() {
        for (address, kind) in [
            ("https://shop.example/", "internal"),
            ("https://SPB.shop.example/a.html?to=b.pdf#c.zip", "internal"),
            ("https://pay.example:8443/x", "internal"),
            ("https://www.pay.example/x", "internal"),
            ("https://www.shop.example/x", "internal"),
            ("https://notshop.example/", "outbound"),
            ("https://.shop.example/", "outbound"),
            ("https://shop.example@evil.example/", "outbound"),
            ("https://shop.example.evil.example/", "outbound"),
            ("http://other.example", "outbound"),
            ("https://other.example/price.PDF?x=1", "download"),
            ("https://shop.example/Прайс.xlsx", "download"),
            ("https://shop.example/archive.tar.gz", "download"),
            ("https://shop.example/pdf", "internal"),
            ("https://shop.example/v1.2/page", "internal"),
            ("https://files.zip/", "outbound"),
            ("tel:+74951234567", "phone"),
            ("sms:112", "phone"),
            ("mailto:a@shop.example", "mail"),
            ("MAILTO:a@shop.example", "mail"),
            ("https://t.me/shop", "messenger"),
            ("https://wa.me/7495", "messenger"),
            ("tg://resolve?domain=shop", "messenger"),
            ("viber://chat?number=7", "messenger"),
            ("https://not-t.me/shop", "outbound"),
            ("javascript:void(0)", "other"),
            ("data:text/plain,a.pdf", "other"),
            ("", "other"),
            (":", "other"),
            ("https:", "outbound"),
            ("https://", "outbound"),
        ] {
            assert_eq!(kind_of(address), kind, "{address}");
        }
        assert_eq!(
            kind("blob:https://shop.example/1", true, "", ""),
            LinkKind::Download
        );
    }

    #[test]
    fn leading_out_is_for_pages_and_files() {
        let domains = "*.shop.example";
        for (address, out) in [
            ("https://other.example/a.pdf", true),
            ("https://t.me/shop", true),
            ("https://a.shop.example/", false),
            ("https://shop.example/", true),
            ("https://page.example/", false),
            ("mailto:a@other.example", false),
            ("tel:1", false),
        ] {
            assert_eq!(
                leads_out(address, "page.example", domains),
                out,
                "{address}"
            );
        }
    }
}
