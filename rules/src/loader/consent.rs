//! What the loader's parts for consent want: what holds until the visitor answers, and where answers come from.
//!
//! ```text
//! {"states": {category: 1 or 0}, "wait": ms, "signals": [word…], "may": what is allowed once consent is there}
//! ```

use crate::container::{Consent, Container, Signal, TagKind};
use crate::host::Lent;
use crate::release::Release;

/// The category without which nothing is kept, nor sent.
const ANALYTICS: &str = "analytics";

/// Whether pages of this site speak of consent: the container does, or its rules need some that is not there from the
/// start. Other pages get the part when they speak of it all the same.
pub(super) fn is_spoken_of(container: &Container, release: &Release) -> bool {
    let is_granted = |category: &String| {
        let mut categories = container.consent.categories.iter();
        categories.any(|(known, granted)| known == category && *granted)
    };
    let is_needed = container
        .tags
        .iter()
        .filter(|tag| !tag.paused && !matches!(tag.kind, TagKind::Forward { .. }))
        .any(|tag| !tag.consent.iter().all(is_granted));
    container.consent.is_written || is_needed || release.lends(Lent::Consent)
}

/// Whether something may be kept and sent before anybody answers.
pub(super) fn is_free(consent: &Consent) -> bool {
    let mut categories = consent.categories.iter();
    categories.any(|(category, granted)| category == ANALYTICS && *granted)
}

/// The settings.
pub(super) fn wanted(consent: &Consent, may: &str) -> String {
    let states: Vec<String> = consent
        .categories
        .iter()
        .map(|(category, granted)| format!("\"{category}\":{}", u8::from(*granted)))
        .collect();
    let signals: Vec<&str> = consent
        .signals
        .iter()
        .map(|signal| match signal {
            Signal::Gpc => "\"gpc\"",
            Signal::Dnt => "\"dnt\"",
        })
        .collect();
    format!(
        "{{\"states\":{{{}}},\"wait\":{},\"signals\":[{}],\"may\":{may}}}",
        states.join(","),
        consent.wait_ms,
        signals.join(",")
    )
}
