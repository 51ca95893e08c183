//! Step `channel`: how the session came, from the address and the referrer of its first page.
//!
//! The channels and the order of the rules are those of Google Analytics 4, which analysts know, with click ids, Russian
//! engines and networks, and AI assistants added. Hosts, names and click ids are in `sources.txt`, for people to read and
//! extend, and are read by `sources.rs`; the rules are [`classify`]. `Direct` means that nothing is known; `Unassigned`, that something is and no rule
//! fits. A referrer that is the site itself or a payment provider tells nothing.

use std::borrow::Cow;

use super::Origin;
use super::sources::{Click, SourceKind, TABLE};
use crate::parse::Entry;
use crate::site::SiteSettings;
use crate::url::UrlParts;

/// How a session came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Direct,
    CrossNetwork,
    PaidShopping,
    PaidSearch,
    PaidSocial,
    PaidVideo,
    Display,
    PaidOther,
    OrganicShopping,
    OrganicSocial,
    OrganicVideo,
    OrganicSearch,
    AiAssistant,
    Email,
    Affiliates,
    Audio,
    Sms,
    MobilePush,
    Referral,
    Unassigned,
    /// A server speaks, and does not say how the visitor came.
    Unknown,
}

impl Channel {
    const ALL: [(Self, &'static str); 21] = [
        (Self::Direct, "Direct"),
        (Self::CrossNetwork, "Cross-network"),
        (Self::PaidShopping, "Paid Shopping"),
        (Self::PaidSearch, "Paid Search"),
        (Self::PaidSocial, "Paid Social"),
        (Self::PaidVideo, "Paid Video"),
        (Self::Display, "Display"),
        (Self::PaidOther, "Paid Other"),
        (Self::OrganicShopping, "Organic Shopping"),
        (Self::OrganicSocial, "Organic Social"),
        (Self::OrganicVideo, "Organic Video"),
        (Self::OrganicSearch, "Organic Search"),
        (Self::AiAssistant, "AI Assistant"),
        (Self::Email, "Email"),
        (Self::Affiliates, "Affiliates"),
        (Self::Audio, "Audio"),
        (Self::Sms, "SMS"),
        (Self::MobilePush, "Mobile Push"),
        (Self::Referral, "Referral"),
        (Self::Unassigned, "Unassigned"),
        (Self::Unknown, ""),
    ];

    /// The name in the table `weir.events`.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(channel, _)| *channel == self)
            .map_or("Unassigned", |(_, name)| name)
    }

    /// The channel of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(channel, _)| *channel)
    }

    fn is_paid(self) -> bool {
        matches!(
            self,
            Self::CrossNetwork
                | Self::PaidShopping
                | Self::PaidSearch
                | Self::PaidSocial
                | Self::PaidVideo
                | Self::Display
                | Self::PaidOther
        )
    }
}

/// How the session came, in columns.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source<'a> {
    pub(crate) channel: Channel,
    pub(crate) utm: Utm<'a>,
    pub(crate) click_id_type: &'static str,
    pub(crate) click_id: Cow<'a, str>,
}

/// The campaign parameters, as sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Utm<'a> {
    pub(crate) source: Cow<'a, str>,
    pub(crate) medium: Cow<'a, str>,
    pub(crate) campaign: Cow<'a, str>,
    pub(crate) content: Cow<'a, str>,
    pub(crate) term: Cow<'a, str>,
}

impl<'a> Utm<'a> {
    fn borrowed(&'a self) -> Self {
        let of = |text: &'a Cow<'_, str>| Cow::Borrowed(text.as_ref());
        Self {
            source: of(&self.source),
            medium: of(&self.medium),
            campaign: of(&self.campaign),
            content: of(&self.content),
            term: of(&self.term),
        }
    }
}

/// Reads a session's first page.
pub(crate) fn source_of<'a>(
    entry: &'a Entry<'_>,
    site: &SiteSettings,
    origin: Origin,
) -> Source<'a> {
    let table = &*TABLE;
    let url = UrlParts::of(&entry.url);
    let mut utm = entry.campaign.borrowed();
    let mut click: Option<(usize, &Click, Cow<'a, str>)> = None;
    for (key, value) in url.parameters() {
        if value.is_empty() {
            continue;
        }
        let place = match key.as_ref() {
            "utm_source" => &mut utm.source,
            "utm_medium" => &mut utm.medium,
            "utm_campaign" => &mut utm.campaign,
            "utm_content" => &mut utm.content,
            "utm_term" => &mut utm.term,
            key => {
                if let Some((rank, found)) = table.click(key)
                    && click.as_ref().is_none_or(|(best, _, _)| rank < *best)
                {
                    click = Some((rank, found, value));
                }
                continue;
            }
        };
        // The first of repeated parameters counts, as everywhere.
        if place.is_empty() {
            *place = value;
        }
    }
    let referrer = UrlParts::of(&entry.referrer).lower_host();
    let own = referrer.is_empty() || referrer == url.lower_host() || site.owns(&referrer);
    let came_from = if own {
        None
    } else {
        Some(table.kind_of_host(&referrer))
    };
    let silent = entry.url.is_empty() && entry.referrer.is_empty() && utm == Utm::default();
    let channel = if silent && origin != Origin::Browser {
        Channel::Unknown
    } else {
        classify(&Clues {
            source: &lower(&utm.source),
            medium: &lower(&utm.medium),
            campaign: &lower(&utm.campaign),
            click: click.as_ref().map(|(_, click, _)| click.channel),
            referrer: came_from,
        })
    };
    let (click_id_type, click_id) = click.map_or(("", Cow::Borrowed("")), |(_, click, value)| {
        (click.parameter, value)
    });
    Source {
        channel,
        utm,
        click_id_type,
        click_id,
    }
}

/// In lower case, which most are already.
fn lower(text: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if text.bytes().all(is_lower) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// The channel that visits come by whom a cost brings. What names neither source nor medium nor campaign belongs to none: empty.
/// Advertising whose medium is not told is paid for by the click.
pub(crate) fn channel_of_cost(
    is_ads: bool,
    source: &str,
    medium: &str,
    campaign: &str,
) -> &'static str {
    if [source, medium, campaign]
        .iter()
        .all(|text| text.is_empty())
    {
        return "";
    }
    let medium = match medium {
        "" if is_ads => "cpc",
        medium => medium,
    };
    classify(&Clues {
        source: &lower(source),
        medium: &lower(medium),
        campaign: &lower(campaign),
        click: None,
        referrer: None,
    })
    .name()
}

/// Every name that a visit's channel may have.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let named =
        |(channel, name): &(Channel, &'static str)| (*channel != Channel::Unknown).then_some(*name);
    Channel::ALL.iter().filter_map(named)
}

/// All that decides about the channel, in lower case.
struct Clues<'a> {
    source: &'a str,
    medium: &'a str,
    campaign: &'a str,
    click: Option<Channel>,
    /// `None`: no referrer that counts. `Some(None)`: one that the table does not know.
    referrer: Option<Option<SourceKind>>,
}

/// The rules, first match wins.
fn classify(clues: &Clues<'_>) -> Channel {
    let &Clues {
        source,
        medium,
        campaign,
        click,
        referrer,
    } = clues;
    let referrer = referrer.filter(|kind| *kind != Some(SourceKind::Payment));
    let tagged = !(source.is_empty() && medium.is_empty() && campaign.is_empty());
    if !tagged && click.is_none() && referrer.is_none() {
        return Channel::Direct;
    }
    if source == "(direct)" && matches!(medium, "" | "(none)" | "(not set)") {
        return Channel::Direct;
    }
    let kind = if source.is_empty() {
        referrer.flatten()
    } else {
        TABLE.kind_of_name(source)
    };
    let is = |wanted: SourceKind| kind == Some(wanted);
    if campaign.contains("cross-network") {
        return Channel::CrossNetwork;
    }
    let paid = is_paid_medium(medium);
    if paid && (is(SourceKind::Shopping) || is_shopping(campaign)) {
        return Channel::PaidShopping;
    }
    if paid && is(SourceKind::Search) {
        return Channel::PaidSearch;
    }
    if paid && is(SourceKind::Social) {
        return Channel::PaidSocial;
    }
    if paid && is(SourceKind::Video) {
        return Channel::PaidVideo;
    }
    if matches!(
        medium,
        "display" | "banner" | "expandable" | "interstitial" | "cpm"
    ) {
        return Channel::Display;
    }
    if let Some(channel) = click.filter(|channel| channel.is_paid()) {
        return channel;
    }
    if paid {
        return Channel::PaidOther;
    }
    unpaid(clues, kind)
        .or(click)
        .unwrap_or(if tagged || referrer.is_none() {
            Channel::Unassigned
        } else {
            Channel::Referral
        })
}

/// The rules for what nobody paid for.
fn unpaid(clues: &Clues<'_>, kind: Option<SourceKind>) -> Option<Channel> {
    let &Clues {
        source,
        medium,
        campaign,
        ..
    } = clues;
    let is = |wanted: SourceKind| kind == Some(wanted);
    let mail = |text: &str| {
        matches!(
            text,
            "email" | "e-mail" | "e_mail" | "e mail" | "mail" | "newsletter"
        )
    };
    // A medium that says what it is beats what is known of the source: a mail sent through a social network's tool.
    if mail(medium) || mail(source) {
        Some(Channel::Email)
    } else if is(SourceKind::Shopping) || is_shopping(campaign) {
        Some(Channel::OrganicShopping)
    } else if is(SourceKind::Social)
        || matches!(
            medium,
            "social" | "social-network" | "social-media" | "sm" | "social network" | "social media"
        )
    {
        Some(Channel::OrganicSocial)
    } else if is(SourceKind::Video) || medium.contains("video") {
        Some(Channel::OrganicVideo)
    } else if is(SourceKind::Ai) {
        Some(Channel::AiAssistant)
    } else if is(SourceKind::Search) || medium == "organic" {
        Some(Channel::OrganicSearch)
    } else if is(SourceKind::Mail) {
        Some(Channel::Email)
    } else if matches!(medium, "affiliate" | "affiliates" | "cpa") {
        Some(Channel::Affiliates)
    } else if medium == "audio" {
        Some(Channel::Audio)
    } else if medium == "sms" || source == "sms" {
        Some(Channel::Sms)
    } else if medium.ends_with("push")
        || medium.contains("mobile")
        || medium.contains("notification")
    {
        Some(Channel::MobilePush)
    } else if matches!(medium, "referral" | "app" | "link") {
        Some(Channel::Referral)
    } else {
        None
    }
}

/// `cpc`, `cpm`, `cpv`…, `ppc`, `retargeting`, `paid…`; but `cpa` is what affiliates are paid by.
fn is_paid_medium(medium: &str) -> bool {
    let cost_per =
        medium.len() == 3 && medium.starts_with("cp") && medium != "cpa" && medium != "cpm";
    cost_per
        || medium.starts_with("paid")
        || matches!(medium, "ppc" | "retargeting" | "remarketing" | "ads")
}

/// `shop` as a word, or `shopping`: not `workshop`.
fn is_shopping(campaign: &str) -> bool {
    campaign
        .split(|char: char| !char.is_alphanumeric())
        .any(|word| word == "shop" || word == "shopping")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::shop;

    fn channel(query: &str, referrer: &str) -> &'static str {
        let entry = Entry {
            url: format!("https://shop.example/?{query}").into(),
            referrer: referrer.into(),
            campaign: Utm::default(),
        };
        source_of(
            &entry,
            &shop(&["shop.example", "*.shop.example"]),
            Origin::Browser,
        )
        .channel
        .name()
    }

    #[test]
    fn sessions_are_classified() {
        let cases = [
            ("", "", "Direct"),
            ("", "https://shop.example/other", "Direct"),
            ("", "https://blog.shop.example/", "Direct"),
            ("", "https://yoomoney.ru/checkout", "Direct"),
            ("", "https://www.google.com/", "Organic Search"),
            ("", "https://www.google.co.uk/", "Organic Search"),
            ("", "https://google.evil.example/", "Referral"),
            ("", "https://ya.ru/", "Organic Search"),
            ("", "https://yandex.ru/search?text=x", "Organic Search"),
            ("", "https://mail.yandex.ru/", "Email"),
            ("", "https://market.yandex.ru/", "Organic Shopping"),
            ("", "https://gemini.google.com/app", "AI Assistant"),
            ("", "https://chatgpt.com/", "AI Assistant"),
            ("", "https://m.vk.com/", "Organic Social"),
            ("", "https://t.me/", "Organic Social"),
            ("", "android-app://com.google.android.gm/", "Email"),
            ("", "https://www.youtube.com/", "Organic Video"),
            ("", "https://partner.example/x", "Referral"),
            (
                "utm_source=yandex&utm_medium=cpc",
                "https://yandex.ru/",
                "Paid Search",
            ),
            ("utm_source=vk&utm_medium=cpc", "", "Paid Social"),
            ("utm_source=youtube&utm_medium=cpv", "", "Paid Video"),
            (
                "utm_source=google&utm_medium=cpc&utm_campaign=shopping-2",
                "",
                "Paid Shopping",
            ),
            (
                "utm_source=google&utm_medium=cpc&utm_campaign=workshop",
                "",
                "Paid Search",
            ),
            ("utm_source=site&utm_medium=cpc", "", "Paid Other"),
            ("utm_source=site&utm_medium=cpm", "", "Display"),
            ("utm_source=admitad&utm_medium=cpa", "", "Affiliates"),
            ("utm_source=x&utm_medium=escp", "", "Organic Social"),
            ("utm_campaign=cross-network", "", "Cross-network"),
            ("yclid=1", "https://yandex.ru/", "Paid Search"),
            ("gclid=1", "", "Paid Search"),
            ("rb_clickid=1", "https://vk.com/", "Paid Social"),
            ("fbclid=1", "", "Organic Social"),
            ("fbclid=1&utm_source=letter&utm_medium=email", "", "Email"),
            (
                "fbclid=1&utm_source=facebook&utm_medium=paid",
                "",
                "Paid Social",
            ),
            ("ysclid=1", "", "Organic Search"),
            ("ScCid=1", "", "Paid Social"),
            ("ttclid=1", "", "Paid Social"),
            ("msclkid=1", "", "Paid Search"),
            ("irclickid=1", "", "Affiliates"),
            ("", "https://dzen.ru/a/x", "Organic Social"),
            ("", "https://ok.ru/", "Organic Social"),
            ("", "https://away.vk.com/away.php", "Organic Social"),
            ("", "https://web.max.ru/", "Organic Social"),
            ("", "https://go.mail.ru/search", "Organic Search"),
            ("", "https://e.mail.ru/inbox/", "Email"),
            ("", "https://my.mail.ru/", "Organic Social"),
            ("", "https://www.avito.ru/moskva", "Organic Shopping"),
            ("", "https://rutube.ru/", "Organic Video"),
            ("", "https://kagi.com/", "Organic Search"),
            ("", "https://grok.com/", "AI Assistant"),
            ("", "https://qr.nspk.ru/", "Direct"),
            ("utm_source=mytarget&utm_medium=cpc", "", "Paid Social"),
            ("utm_source=avito&utm_medium=cpc", "", "Paid Shopping"),
            ("utm_source=dzen&utm_medium=cpc", "", "Paid Social"),
            ("utm_source=telegram", "", "Organic Social"),
            ("utm_source=Newsletter&utm_medium=E-Mail", "", "Email"),
            ("utm_source=sms", "", "SMS"),
            ("utm_medium=webpush&utm_source=onesignal", "", "Mobile Push"),
            ("utm_source=qr&utm_medium=offline", "", "Unassigned"),
            ("utm_source=", "", "Direct"),
            (
                "utm_source=(direct)&utm_medium=(none)",
                "https://x.example/",
                "Direct",
            ),
        ];
        for (query, referrer, expected) in cases {
            assert_eq!(channel(query, referrer), expected, "{query} {referrer}");
        }
    }

    #[test]
    fn parameters_become_columns_as_they_were_sent() {
        let url = "https://shop.example/?utm_source=Yandex&utm_medium=CPC&utm_campaign=%D0%A7%D0%B0%D0%B9&utm_content=a+b\
                   &utm_term=t&utm_source=second&fbclid=f&yclid=y";
        let entry = Entry {
            url: url.into(),
            referrer: "".into(),
            campaign: Utm::default(),
        };
        let source = source_of(&entry, &shop(&[]), Origin::Browser);
        let utm = &source.utm;
        assert_eq!(
            [&utm.source, &utm.medium, &utm.campaign],
            ["Yandex", "CPC", "Чай"]
        );
        assert_eq!([&utm.content, &utm.term], ["a b", "t"]);
        assert_eq!(
            (source.click_id_type, source.click_id.as_ref()),
            ("yclid", "y")
        );
        assert_eq!(source.channel, Channel::PaidSearch);
    }

    #[test]
    fn what_a_server_says_of_the_campaign_counts_before_the_address() {
        let entry = Entry {
            url: "https://shop.example/?utm_source=google&utm_medium=organic".into(),
            referrer: "".into(),
            campaign: Utm {
                source: "vk".into(),
                medium: "cpc".into(),
                ..Utm::default()
            },
        };
        let source = source_of(&entry, &shop(&[]), Origin::Api);
        assert_eq!(
            (source.channel, source.utm.source.as_ref()),
            (Channel::PaidSocial, "vk")
        );
        for (origin, channel) in [
            (Origin::Api, Channel::Unknown),
            (Origin::Import, Channel::Unknown),
            (Origin::Browser, Channel::Direct),
        ] {
            let nothing = Entry::default();
            assert_eq!(source_of(&nothing, &shop(&[]), origin).channel, channel);
        }
    }

    #[test]
    fn a_cost_goes_where_its_visits_come_from() {
        for (is_ads, source, medium, campaign, expected) in [
            (true, "yandex", "cpc", "tea", "Paid Search"),
            (true, "Yandex", "", "", "Paid Search"),
            (true, "vk", "", "spring", "Paid Social"),
            (true, "", "", "spring", "Paid Other"),
            (true, "admitad", "cpa", "", "Affiliates"),
            (true, "", "", "", ""),
            (false, "", "", "", ""),
            (false, "letter", "email", "", "Email"),
            (false, "yandex", "", "", "Organic Search"),
        ] {
            let channel = channel_of_cost(is_ads, source, medium, campaign);
            assert_eq!(channel, expected, "{source} {medium} {campaign}");
        }
        assert!(names().all(|name| !name.is_empty()));
    }

    #[test]
    fn every_channel_has_a_name_of_its_own() {
        for (channel, name) in Channel::ALL {
            assert_eq!(Channel::parse(name), Some(channel));
            assert_eq!(channel.name(), name);
        }
    }
}
