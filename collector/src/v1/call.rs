//! One call (`track`, `page`, …) → a [`ValidBatch`] of one event, or the reason why not.
//!
//! A call carries its own user, page and time, so it is a batch of its own to the steps behind. As permissive as can be:
//! identifiers may be numbers, times may be numbers or texts, what is not understood is left out. Only what makes an event
//! useless rejects it.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use uuid::Uuid;
use weir_rules::payload::reader::PropValue;

use super::names;
use super::props::{self, Props};
use crate::enrich::channel::Utm;
use crate::limits::{
    MAX_CONSENT, MAX_EVENT_ID_BYTES, MAX_KEY_BYTES, MAX_TEXT_BYTES, MAX_V1_PROPS, cut,
};
use crate::outcome::Reject;
use crate::parse::{
    Entry, EventId, UserSource, ValidBatch, ValidEvent, ValidPage, ValidSession, VisitorId,
};
use crate::site::SiteId;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Track,
    Page,
    Screen,
    Identify,
    Group,
    Alias,
}

impl Kind {
    /// By the name in the path or in `type`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "track" => Self::Track,
            "page" => Self::Page,
            "screen" => Self::Screen,
            "identify" => Self::Identify,
            "group" => Self::Group,
            "alias" => Self::Alias,
            _ => return None,
        })
    }
}

/// What the calls of a request have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) site: &'a SiteId,
    /// `context` of the batch: for calls that have none of their own.
    pub(super) context: Option<&'a Map<String, Value>>,
    /// `sentAt` of the batch.
    pub(super) sent_at: Option<&'a Value>,
    pub(super) received_ms: i64,
    /// Whether the bearer imports what happened at any time: then its times are right as they are.
    pub(super) is_import: bool,
}

/// A call, understood.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) batch: ValidBatch<'a>,
    /// Of whoever did it, not of the library that sends it.
    pub(super) user_agent: Option<&'a str>,
    /// Address of whoever did it: for geography, and nothing else.
    pub(super) address: Option<std::net::IpAddr>,
}

/// The id that a call has, for the verdict on it.
pub(super) fn shown_id(call: &Value) -> String {
    let id = call.get("messageId").and_then(props::scalar);
    cut(&id.unwrap_or_default(), MAX_EVENT_ID_BYTES).to_owned()
}

/// Reads a call. `kind`: by the path; `None` in a batch, where each call says.
pub(super) fn read<'a>(
    value: &'a Value,
    kind: Option<Kind>,
    common: Common<'a>,
) -> Result<Call<'a>, Reject> {
    let call = value.as_object().ok_or(Reject::NotAnEvent)?;
    let said = call.get("type").and_then(Value::as_str);
    let kind = kind
        .or_else(|| said.and_then(Kind::parse))
        .ok_or(Reject::BadType)?;
    let context = object(call, "context").or(common.context);
    let id = event_id(call)?;
    let user = call.get("userId").and_then(props::scalar);
    let anonymous = call.get("anonymousId").and_then(props::scalar);
    let visitor = visitor(common.site, anonymous.as_deref(), user.as_deref())?;
    let (ts_ms, sent_ms) = times(call, common)?;
    let (name, props) = content(kind, call, context)?;
    if props.len() > MAX_V1_PROPS {
        return Err(Reject::TooManyProps);
    }
    let page = page(kind, call, context);
    let event = ValidEvent {
        id,
        name,
        ts_ms,
        seq: 0,
        page: 0,
        tag: Cow::Borrowed(""),
        trigger: Cow::Borrowed(""),
        element: Cow::Borrowed(""),
        engaged_ms: 0,
        sample_rate: 1.0,
        props,
    };
    Ok(Call {
        batch: ValidBatch {
            sent_ms,
            visitor,
            session: context.and_then(|context| session(context, visitor)),
            user_source: UserSource::of(user.as_deref().unwrap_or_default(), UserSource::Server),
            signature: Cow::Borrowed(""),
            user_id: user.map_or(Cow::Borrowed(""), |user| short(user, MAX_TEXT_BYTES)),
            entry: Entry {
                url: page.url.clone(),
                referrer: page.referrer.clone(),
                campaign: context.map(campaign).unwrap_or_default(),
            },
            release: 0,
            consent: context.map(consent).unwrap_or_default(),
            pages: vec![page],
            events: vec![event],
            rejected: Vec::new(),
        },
        user_agent: context.and_then(|context| text(context, "userAgent")),
        address: context
            .and_then(|context| text(context, "ip"))
            .and_then(|ip| ip.parse().ok()),
    })
}

fn object<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    map.get(key).and_then(Value::as_object)
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn short(text: Cow<'_, str>, max_bytes: usize) -> Cow<'_, str> {
    if text.len() <= max_bytes {
        text
    } else {
        Cow::Owned(cut(&text, max_bytes).to_owned())
    }
}

/// Without an id a repeat cannot be told from a second event, so each such call is an event of its own.
fn event_id(call: &Map<String, Value>) -> Result<EventId<'_>, Reject> {
    match call.get("messageId") {
        None | Some(Value::Null) => Ok(EventId::Uuid(Uuid::now_v7())),
        Some(id) => match props::scalar(id) {
            Some(id) if id.len() <= MAX_EVENT_ID_BYTES => Ok(match Uuid::try_parse(&id) {
                Ok(uuid) => EventId::Uuid(uuid),
                Err(_) => EventId::Text(id),
            }),
            Some(_) | None => Err(Reject::BadMessageId),
        },
    }
}

/// `anonymousId` is the browser where there is one: the visitor id of the tag as it is, any other text hashed.
fn visitor(
    site: &SiteId,
    anonymous: Option<&str>,
    user: Option<&str>,
) -> Result<VisitorId, Reject> {
    match (anonymous, user) {
        (Some(anonymous), _) => Ok(VisitorId::parse(anonymous)
            .unwrap_or_else(|| VisitorId::of_text(site, "anonymous", anonymous))),
        (None, Some(user)) => Ok(VisitorId::of_text(site, "user", user)),
        (None, None) => Err(Reject::NoUser),
    }
}

/// When it happened, and when the sender sent it if its clock is to be judged by that.
///
/// A call that went through Segment has the sender's time as `originalTimestamp` and a `timestamp` that is corrected
/// already; a call straight from a library has one of the two.
fn times(call: &Map<String, Value>, common: Common<'_>) -> Result<(i64, Option<i64>), Reject> {
    let time = |key: &str| match call.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => time_ms(value).map(Some).ok_or(Reject::BadTimestamp),
    };
    let (original, timestamp) = (time("originalTimestamp")?, time("timestamp")?);
    let ts_ms = timestamp.or(original).unwrap_or(common.received_ms);
    let corrected = original.is_some() && timestamp.is_some();
    if common.is_import || corrected || (original.is_none() && timestamp.is_none()) {
        return Ok((ts_ms, None));
    }
    let sent = call.get("sentAt").or(common.sent_at);
    Ok((ts_ms, sent.and_then(time_ms)))
}

/// ISO 8601, with a zone or in UTC; or the time since 1970 in seconds or milliseconds.
fn time_ms(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            if let Ok(number) = text.parse::<i64>() {
                return Some(as_ms(number));
            }
            if let Ok(at) = text.parse::<Timestamp>() {
                return Some(at.as_millisecond());
            }
            let civil: DateTime = text.parse().ok()?;
            let at = TimeZone::UTC.to_timestamp(civil).ok()?;
            Some(at.as_millisecond())
        }
        Value::Number(number) => {
            if let Some(number) = number.as_i64() {
                return Some(as_ms(number));
            }
            let number = number
                .as_f64()
                .filter(|number| (0.0..1e14).contains(number))?;
            // Seconds with a fraction, as Python counts; or milliseconds with one.
            let ms = if number < MAX_SECONDS {
                number * 1_000.0
            } else {
                number
            };
            #[expect(clippy::cast_possible_truncation, reason = "range checked")]
            Some(ms.round() as i64)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A smaller number is of seconds: as milliseconds it would be in 1970.
const MAX_SECONDS: f64 = 3e10;

fn as_ms(number: i64) -> i64 {
    if number.abs() < 30_000_000_000 {
        number.saturating_mul(1_000)
    } else {
        number
    }
}

/// The event's name and properties.
fn content<'a>(
    kind: Kind,
    call: &'a Map<String, Value>,
    context: Option<&'a Map<String, Value>>,
) -> Result<(Cow<'a, str>, Props<'a>), Reject> {
    let mut props = Vec::new();
    let properties = match call.get("properties") {
        None | Some(Value::Null) => None,
        Some(Value::Object(properties)) => Some(properties),
        Some(_) => return Err(Reject::BadProperties),
    };
    // Nobody sends both, but libraries put traits of a track call into its context.
    let traits = object(call, "traits");
    let mut note = |key: &'static str, value: Option<&'a Value>| {
        if let Some(value) = value.and_then(props::scalar) {
            props.push((
                Cow::Borrowed(key),
                PropValue::Text(short(value, MAX_TEXT_BYTES)),
            ));
        }
    };
    let name = match kind {
        Kind::Track => {
            let said = call
                .get("event")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let name = names::event_name(said).ok_or(Reject::BadEvent)?;
            // So that two names that became one can be told apart.
            if name != said {
                note("event_name", call.get("event"));
            }
            name
        }
        Kind::Page => {
            note("page_name", call.get("name"));
            note("page_category", call.get("category"));
            Cow::Borrowed("pageview")
        }
        Kind::Screen => {
            note("screen_name", call.get("name"));
            note("screen_category", call.get("category"));
            Cow::Borrowed("screen_view")
        }
        Kind::Identify => Cow::Borrowed("identify"),
        Kind::Group => {
            note("group_id", call.get("groupId"));
            Cow::Borrowed("group")
        }
        Kind::Alias => {
            note("previous_id", call.get("previousId"));
            Cow::Borrowed("alias")
        }
    };
    if let Some(locale) = context.and_then(|context| context.get("locale")) {
        note("locale", Some(locale));
    }
    if let Some(properties) = properties {
        props::fill_columns(&name, properties, &mut props);
        props::flatten(properties, &mut props);
    }
    if let Some(traits) = traits {
        props::flatten_traits(traits, &mut props);
    }
    Ok((name, props))
}

/// The page it happened on: of a `page` call as its properties say, else as the context does.
fn page<'a>(
    kind: Kind,
    call: &'a Map<String, Value>,
    context: Option<&'a Map<String, Value>>,
) -> ValidPage<'a> {
    let own = object(call, "properties").filter(|_| kind == Kind::Page);
    let around = context.and_then(|context| object(context, "page"));
    let value = |key: &str| {
        own.and_then(|page| text(page, key))
            .or_else(|| around.and_then(|page| text(page, key)))
            .unwrap_or_default()
    };
    let url = match value("url") {
        "" => value("path"),
        url => url,
    };
    ValidPage {
        url: Cow::Borrowed(url),
        title: Cow::Borrowed(value("title")),
        referrer: Cow::Borrowed(value("referrer")),
    }
}

/// `context.campaign`, for senders that have taken the address apart already.
fn campaign(context: &Map<String, Value>) -> Utm<'_> {
    let Some(campaign) = object(context, "campaign") else {
        return Utm::default();
    };
    let value = |key| Cow::Borrowed(text(campaign, key).unwrap_or_default());
    Utm {
        source: value("source"),
        medium: value("medium"),
        campaign: value("name"),
        content: value("content"),
        term: value("term"),
    }
}

/// The session, if the sender knows it: `context.sessionId` as the tag has it (16 hexadecimal digits), or as the time in
/// seconds or milliseconds at which it began; or `context.session` with an `id` of any kind and `startedAt`.
fn session(context: &Map<String, Value>, visitor: VisitorId) -> Option<ValidSession> {
    if let Some(session) = object(context, "session") {
        let id = session.get("id").and_then(props::scalar)?;
        let number = session.get("number").and_then(Value::as_u64);
        let number = number
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(0);
        if let Some(session) = ValidSession::parse(&id, number) {
            return Some(session);
        }
        let started_ms = session.get("startedAt").and_then(time_ms)?;
        return ValidSession::of_text(visitor, started_ms, &id, number);
    }
    let id = context.get("sessionId").and_then(props::scalar)?;
    ValidSession::parse(&id, 0).or_else(|| {
        let number = id.parse().ok()?;
        ValidSession::of_text(visitor, as_ms(number), &id, 0)
    })
}

/// Categories that `context.consent.categoryPreferences` grants.
fn consent(context: &Map<String, Value>) -> Vec<Cow<'_, str>> {
    let Some(preferences) =
        object(context, "consent").and_then(|consent| object(consent, "categoryPreferences"))
    else {
        return Vec::new();
    };
    // A map is in order and has no repeats.
    preferences
        .iter()
        .filter(|(category, granted)| {
            **granted == Value::Bool(true)
                && (1..=MAX_KEY_BYTES).contains(&category.len())
                && !category.contains(',')
        })
        .map(|(category, _)| Cow::Borrowed(category.as_str()))
        .take(MAX_CONSENT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_795_435_200_000; // 2026-11-23T12:00:00Z

    #[test]
    fn times_are_read_as_people_write_them() {
        let cases = [
            (json!("2026-11-23T12:00:00Z"), Some(NOW)),
            (json!("2026-11-23T12:00:00.250Z"), Some(NOW + 250)),
            (json!("2026-11-23T15:00:00+03:00"), Some(NOW)),
            (json!("2026-11-23T12:00:00.123456+00:00"), Some(NOW + 123)),
            (json!("2026-11-23T12:00:00"), Some(NOW)),
            (json!("2026-11-23 12:00:00"), Some(NOW)),
            (json!("2026-11-23"), Some(NOW - 12 * 3_600_000)),
            (json!(NOW), Some(NOW)),
            (json!(NOW / 1_000), Some(NOW)),
            (json!("1795435200"), Some(NOW)),
            (json!(1_795_435_200.25), Some(NOW + 250)),
            (json!("2015-06-02T05:02:12.117Z"), Some(1_433_221_332_117)),
            (json!("yesterday"), None),
            (json!(""), None),
            (json!(-1.5), None),
            (json!(1e300), None),
            (json!(true), None),
            (json!({}), None),
        ];
        for (value, expected) in cases {
            assert_eq!(time_ms(&value), expected, "{value}");
        }
    }

    #[test]
    fn sessions_are_found_where_senders_put_them() {
        let visitor = |name| VisitorId::of_text(&SiteId::parse("shop").unwrap(), "anonymous", name);
        let read_of = |context: &Value, name| session(context.as_object().unwrap(), visitor(name));
        let read = |context: Value| read_of(&context, "v");
        let id = |context: Value| read(context).map(|session| session.id);
        let tag = 0x6b03_f3a8_1f0c_22d4;
        assert_eq!(id(json!({ "sessionId": "6b03f3a81f0c22d4" })), Some(tag));
        assert_eq!(
            id(json!({ "session": { "id": "6b03f3a81f0c22d4" } })),
            Some(tag)
        );
        let second = u64::try_from(NOW / 1_000).unwrap();
        for number in [json!(NOW), json!(NOW / 1_000), json!("1795435200")] {
            assert_eq!(id(json!({ "sessionId": number })).unwrap() >> 32, second);
        }
        let named = |name: &str| json!({ "session": { "id": name, "startedAt": "2026-11-23T12:00:00Z", "number": 3 } });
        let session = read(named("a")).unwrap();
        assert_eq!((session.id >> 32, session.number), (second, 3));
        assert_eq!(read(named("a")), Some(session));
        assert_ne!(id(named("b")), Some(session.id));
        // A text is one session's, whoever goes on with it; a number may be anybody's.
        let of = |context: Value, name| read_of(&context, name).unwrap().id;
        assert_eq!(of(named("a"), "v"), of(named("a"), "w"));
        for number in [named("1"), json!({ "sessionId": NOW })] {
            assert_eq!(of(number.clone(), "v"), of(number.clone(), "v"));
            assert_ne!(of(number.clone(), "v"), of(number, "w"));
        }
        for nothing in [
            json!({}),
            json!({ "sessionId": "abc" }),
            json!({ "session": { "id": "a" } }),
        ] {
            assert_eq!(id(nothing.clone()), None, "{nothing}");
        }
    }
}
