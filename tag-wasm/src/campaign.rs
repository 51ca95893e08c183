//! Which advertising click an address comes from: what cuts a new session when it changes.

use alloc::string::String;

use crate::text::{Pieces, cut, push_hex};

/// Parameters that advertising systems add to each paid click, and those that name a campaign.
const PARAMETERS: &str = "gclid gbraid wbraid dclid yclid ymclid msclkid fbclid ttclid twclid li_fat_id rb_clickid \
                          roistat utm_campaign utm_id";

/// A number that stands for the campaign of an address: the hash of its parameters; 0 if it has none.
pub(crate) fn key(url: &str) -> u64 {
    let address = cut(url, b'#').0;
    let query = cut(address, b'?').1.unwrap_or_default();
    let mut hash = 0;
    for pair in (Pieces {
        rest: query,
        separator: b'&',
    }) {
        let (name, value) = cut(pair, b'=');
        let mut known = Pieces {
            rest: PARAMETERS,
            separator: b' ',
        };
        if value.is_some_and(|value| !value.is_empty()) && known.any(|known| known == name) {
            hash = fnv(hash, pair);
        }
    }
    hash
}

/// The 64-bit FNV-1a hash of `text`, begun with `seed`; never 0.
fn fnv(seed: u64, text: &str) -> u64 {
    let start = seed ^ 0xcbf2_9ce4_8422_2325;
    let hash = text.bytes().fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.max(1)
}

/// The key as it is stored.
pub(crate) fn push(out: &mut String, key: u64) {
    push_hex(out, key, 16);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_campaigns_and_paid_clicks_have_a_key() {
        for url in [
            "https://a.example/",
            "https://a.example/?q=1&page=2",
            "https://a.example/?gclid=",
            "https://a.example/?xgclid=1",
            "https://a.example/#?gclid=1",
            "https://a.example/?utm_source=mail",
        ] {
            assert_eq!(key(url), 0, "{url}");
        }
        for url in [
            "https://a.example/?gclid=1",
            "https://a.example/?q=1&yclid=2#top",
            "https://a.example/?utm_campaign=spring",
        ] {
            assert_ne!(key(url), 0, "{url}");
        }
    }

    #[test]
    fn another_click_is_another_key_and_other_parameters_do_not_matter() {
        let one = key("https://a.example/?gclid=1&q=1");
        assert_eq!(one, key("https://a.example/other?q=2&gclid=1"));
        assert_ne!(one, key("https://a.example/?gclid=2"));
        assert_ne!(one, key("https://a.example/?gclid=1&utm_campaign=x"));
        assert_ne!(one, key("https://a.example/?yclid=1"));
    }
}
