//! The words of the language: what a container may say, and what a later version will let it say.
//!
//! The second kind is refused by name, so that an author of a file made for a newer server is not told that `scroll` is a
//! misspelt `form`.

/// Kinds of triggers.
pub(crate) const TRIGGER_KINDS: &[&str] = &[
    "pageview",
    "init",
    "dom_ready",
    "window_loaded",
    "click",
    "link",
    "form",
    "field",
    "scroll",
    "visible",
    "appears",
    "timer",
    "history",
    "custom",
    "video",
    "error",
    "exit_intent",
    "rage_click",
    "copy",
    "web_vitals",
    "group",
    "any_event",
];
/// Kinds of links that a trigger can ask for.
pub(crate) const LINK_KINDS: &[&str] =
    &["any", "outbound", "download", "phone", "mail", "messenger"];
/// How far a form can have come.
pub(crate) const FORM_STAGES: &[&str] = &["submit", "attempt", "success"];
/// What can be done with a field.
pub(crate) const FIELD_ACTS: &[&str] = &["focus", "change", "abandon"];
/// Ways to scroll.
pub(crate) const AXES: &[&str] = &["vertical", "horizontal"];
/// Ways to count time.
pub(crate) const CLOCKS: &[&str] = &["engaged", "wall"];
/// What can happen with a video.
pub(crate) const VIDEO_ACTS: &[&str] = &["start", "pause", "progress", "complete"];

/// Kinds of variables.
pub(crate) const VARIABLE_KINDS: &[&str] = &[
    "constant",
    "query",
    "cookie",
    "storage",
    "data_layer",
    "global",
    "meta",
    "text",
    "attribute",
    "field",
    "count",
    "exists",
    "url",
    "lookup",
    "pattern_table",
    "first",
    "template",
    "join",
];
/// What can stand beside the kind of a variable.
pub(crate) const VARIABLE_SETTINGS: &[&str] = &["then", "as", "default"];
/// Steps of `then`.
pub(crate) const TRANSFORMS: &[&str] = &[
    "trim", "lower", "upper", "digits", "slug", "redact", "hash", "bucket", "replace", "capture",
    "round",
];
/// Parts of an address.
pub(crate) const URL_PARTS: &[&str] = &[
    "url",
    "scheme",
    "origin",
    "host",
    "path",
    "file",
    "extension",
    "query",
    "fragment",
];
/// Where the browser keeps things: for the site, or for the tab.
pub(crate) const STORAGE_AREAS: &[&str] = &["local", "session"];
/// How visitors are recognised.
pub(crate) const IDENTITIES: &[&str] = &["cookie", "cookieless"];
/// What `redact` takes out.
pub(crate) const REDACTED: &[&str] = &["email", "phone", "card", "inn", "snils", "passport"];

/// Types a variable can be read as.
pub(crate) const CASTS: &[&str] = &[
    "text", "number", "integer", "money", "boolean", "date", "list",
];

/// Operators, without `not_`.
pub(crate) const OPERATORS: &[&str] = &[
    "equals",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
    "in",
    "less_than",
    "at_most",
    "greater_than",
    "at_least",
    "exists",
    "empty",
    "matches_selector",
];
/// Operators that steps of funnels know.
pub(crate) const STEP_OPERATORS: &[&str] = &[
    "equals",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
    "in",
    "exists",
    "empty",
];
/// Operators that `ignore_case` can stand beside.
pub(crate) const TEXT_OPERATORS: &[&str] = &[
    "equals",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
    "in",
];
/// What negates an operator.
pub(crate) const NOT: &str = "not_";

/// Built-in variables. One that ends in a point is followed by a name of the author's.
pub(crate) const BUILT_IN: &[&str] = &[
    "page.url",
    "page.host",
    "page.path",
    "page.query.",
    "page.fragment",
    "page.title",
    "page.referrer",
    "page.language",
    "element",
    "element.text",
    "element.id",
    "element.classes",
    "element.href",
    "element.name",
    "element.attr.",
    "element.selector",
    "form",
    "form.id",
    "form.name",
    "form.action",
    "form.field.",
    "link.url",
    "link.kind",
    "link.outbound",
    "scroll.percent",
    "visible.ratio",
    "visible.ms",
    "video.title",
    "video.percent",
    "video.url",
    "video.provider",
    "error.message",
    "error.url",
    "error.line",
    "history.from",
    "history.to",
    "event.name",
    "event.",
    "cookie.",
    "session.number",
    "session.landing_page",
    "session.source",
    "session.medium",
    "session.campaign",
    "session.is_new",
    "visitor.is_new",
    "device.type",
    "device.width",
    "device.height",
    "time.hour",
    "time.weekday",
    "time.iso",
    "consent.",
    "container.version",
    "random",
];
/// What a tag can do.
pub(crate) const TAG_KINDS: &[&str] = &["event", "pixel", "script", "push", "forward"];
/// How often a tag fires.
pub(crate) const ONCE_PER: &[&str] = &["event", "element", "page", "session", "day", "visitor"];
/// What consent to a category can be.
pub(crate) const CONSENT_STATES: &[&str] = &["granted", "denied"];
/// Signs of browsers that can count as an answer about consent.
pub(crate) const SIGNALS: &[&str] = &["gpc", "dnt"];

/// What reaching a goal can be.
pub(crate) const GOAL_KINDS: &[&str] = &["event", "page", "funnel"];
/// In what order people must take the steps of a funnel.
pub(crate) const FUNNEL_ORDERS: &[&str] = &["ordered", "strict", "any"];
/// Who takes the steps of a funnel.
pub(crate) const FUNNEL_UNITS: &[&str] = &["person", "session"];
/// Numbers that a KPI can set a target for.
pub(crate) const METRICS: &[&str] = &[
    "traffic",
    "reach",
    "engagement",
    "ctr",
    "conversion_rate",
    "landing_conversion",
    "funnel",
    "leads",
    "revenue",
    "orders",
    "sales_growth",
    "aov",
    "cac",
    "cost_per_lead",
    "ltv",
    "ltv_to_cac",
    "romi",
    "roas",
    "drr",
    "retention",
    "rpr",
    "churn",
    "nps",
    "social_engagement",
];
/// Of these, those that count how many reach a goal.
pub(crate) const GOAL_METRICS: &[&str] = &[
    "conversion_rate",
    "landing_conversion",
    "leads",
    "cost_per_lead",
];
/// Of these, those that can be counted in all, from a day on.
pub(crate) const AMOUNTS: &[&str] = &["traffic", "reach", "leads", "revenue", "orders"];
/// Of these, those that are shares of a whole: 0 to 1.
pub(crate) const SHARES: &[&str] = &[
    "engagement",
    "ctr",
    "conversion_rate",
    "landing_conversion",
    "funnel",
    "retention",
    "rpr",
];

/// Of these, those that can be below nothing: a growth, a return and the score of recommendations.
pub(crate) const SIGNED: &[&str] = &["sales_growth", "romi", "nps"];

/// Units of time.
pub(crate) const UNITS: &[&str] = &["seconds", "minutes", "hours", "days", "weeks"];

/// What is sent without any rule; the last one only if it is asked for.
pub(crate) const AUTOMATIC: &[&str] = &[
    "pageview",
    "engagement",
    "outbound_click",
    "file_download",
    "contact_click",
    "ecommerce",
];

/// The key of `automatic` that an event belongs to, which is sent without any rule.
pub(crate) fn automatic_key(event: &str) -> &str {
    let own = AUTOMATIC.iter().find(|key| **key == event);
    own.copied().unwrap_or("ecommerce")
}

/// What a step of a funnel can look at, besides properties.
pub(crate) const STEP_FIELDS: &[&str] = &[
    "page.url",
    "page.host",
    "page.path",
    "page.title",
    "element",
    "item",
    "channel",
    "device",
];

/// Currencies in use, by ISO 4217.
pub(crate) const CURRENCIES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD",
    "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF",
    "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN",
    "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD",
    "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES",
    "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL",
    "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP",
    "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK",
    "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT",
    "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES",
    "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

#[cfg(test)]
mod coverage;
