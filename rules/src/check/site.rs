//! Checks the site: its name, domains, time zone and currency.

use std::sync::LazyLock;

use jiff::tz::TimeZoneDatabase;

use crate::container::Site;
use crate::diagnostic::Detail;
use crate::draft::{At, DraftSite};
use crate::suggest;
use crate::vocabulary::CURRENCIES;

use super::Checker;

/// Bytes of a host name, at most.
const MAX_HOST_BYTES: usize = 253;
/// Bytes of one part of a host name, at most.
const MAX_LABEL_BYTES: usize = 63;

/// The time zones the program carries with it, so that a check says the same on every machine.
static TIMEZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

impl Checker<'_, '_, '_> {
    pub(super) fn site(&mut self, draft: &DraftSite) -> Option<Site> {
        let id = draft.id.as_ref().filter(|id| self.is_identifier(id));
        let domains: Vec<_> = draft
            .domains
            .iter()
            .map(|domain| self.domain(domain))
            .collect();
        if draft.lacks_domains {
            self.report.add(Detail::NoDomains, &draft.spot);
        }
        let script_hosts: Vec<_> = draft
            .script_hosts
            .iter()
            .map(|host| self.domain(host))
            .collect();
        let timezone = match &draft.timezone {
            None => Some("UTC".to_owned()),
            Some(name) => self.timezone(name),
        };
        let currency = match &draft.currency {
            None => Some(None),
            Some(code) => self.currency(code).map(Some),
        };
        Some(Site {
            id: id?.it.clone(),
            domains: domains.into_iter().collect::<Option<_>>()?,
            timezone: timezone?,
            currency: currency?,
            script_hosts: script_hosts.into_iter().collect::<Option<_>>()?,
        })
    }

    fn domain(&mut self, domain: &At<String>) -> Option<String> {
        let lower = domain.it.to_lowercase();
        if is_domain(&lower) {
            return Some(lower);
        }
        let suggestion = host_in(&lower);
        self.report.add(
            Detail::InvalidDomain {
                domain: domain.it.clone(),
                suggestion,
            },
            &domain.spot,
        );
        None
    }

    fn timezone(&mut self, name: &At<String>) -> Option<String> {
        if let Ok(zone) = TIMEZONES.get(&name.it) {
            return Some(zone.iana_name().unwrap_or(&name.it).to_owned());
        }
        let known: Vec<String> = TIMEZONES.available().map(|name| name.to_string()).collect();
        let city_of = |zone: &str| zone.rsplit('/').next().unwrap_or_default().to_lowercase();
        let city = city_of(&name.it);
        // `Moscow` is meant as `Europe/Moscow`.
        let by_city = known
            .iter()
            .find(|known| known.contains('/') && city_of(known) == city)
            .cloned();
        let suggestion =
            by_city.or_else(|| suggest::nearest(&name.it, known.iter().map(String::as_str)));
        self.report.add(
            Detail::UnknownTimezone {
                name: name.it.clone(),
                suggestion,
            },
            &name.spot,
        );
        None
    }

    fn currency(&mut self, code: &At<String>) -> Option<String> {
        if CURRENCIES.contains(&code.it.as_str()) {
            return Some(code.it.clone());
        }
        let written = code.it.trim().to_uppercase();
        // What people write who do not know the codes.
        let usual = match written.as_str() {
            "₽" | "RUR" | "РУБ" | "РУБ." | "RUBLE" | "ROUBLE" => Some("RUB"),
            "€" | "EURO" => Some("EUR"),
            "$" | "DOLLAR" => Some("USD"),
            "£" => Some("GBP"),
            "₸" => Some("KZT"),
            "BYR" => Some("BYN"),
            _ => None,
        };
        let suggestion = usual
            .map(str::to_owned)
            .or_else(|| suggest::nearest(&written, CURRENCIES.iter().copied()));
        self.report.add(
            Detail::UnknownCurrency {
                code: code.it.clone(),
                suggestion,
            },
            &code.spot,
        );
        None
    }
}

/// The day in the time zone of the site; in UTC, if that is not known.
pub(super) fn today(site: Option<&DraftSite>, now_ms: i64) -> Option<jiff::civil::Date> {
    let name = site.and_then(|site| site.timezone.as_ref());
    let zone = name.and_then(|name| TIMEZONES.get(&name.it).ok());
    let zone = zone.unwrap_or(jiff::tz::TimeZone::UTC);
    let now = jiff::Timestamp::from_millisecond(now_ms).ok()?;
    Some(zone.to_datetime(now).date())
}

/// Whether a text in lower case is a host name, or `*.` and one.
pub(super) fn is_domain(text: &str) -> bool {
    let host = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL_BYTES
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|char| char == '-' || char == '_' || char.is_alphanumeric())
    };
    host.len() <= MAX_HOST_BYTES && host.split('.').all(is_label)
}

/// The host in what looks like an address: `https://shop.example:8080/` -> `shop.example`.
fn host_in(text: &str) -> Option<String> {
    let rest = text
        .trim()
        .split_once("://")
        .map_or(text.trim(), |(_, rest)| rest);
    let host = rest
        .split(['/', '?', '#', ':'])
        .next()?
        .trim_end_matches('.');
    // `.shop.example` and `*shop.example` mean everything below it.
    let host = match host
        .strip_prefix('.')
        .or_else(|| host.strip_prefix('*').filter(|rest| !rest.starts_with('.')))
    {
        Some(below) => format!("*.{below}"),
        None => host.to_owned(),
    };
    (host != text && is_domain(&host)).then_some(host)
}
