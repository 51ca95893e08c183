//! What a previewed page reports, as it comes: untrusted, bounded, and read leniently. `tag-wasm/src/preview.rs` draws it.

use serde::Deserialize;
use serde_json::Value as Json;
use weir_rules::id::{ConditionId, TagId, TriggerId};
use weir_rules::preview::value;
use weir_rules::release::{EventKind, TagKind};
use weir_rules::simulate::Fired;
use weir_rules::trace::{Note, TagHeld, TriggerHeld};
use weir_rules::value::{Kind, LIST_SEPARATOR, Value};

/// Bytes of a request, at most.
pub const MAX_BODY_BYTES: usize = 512 << 10;
/// Reports in a request, at most; what is beyond is passed over.
const MAX_REPORTS: usize = 50;
/// Steps and firings of one report that are looked at.
const MAX_STEPS: usize = 20_000;
const MAX_FIRED: usize = 500;
/// Characters of a text that are kept.
const MAX_TEXT_CHARS: usize = 2_048;

/// A request.
#[derive(Debug, Deserialize)]
pub(super) struct Batch {
    /// What was observed.
    events: Vec<Report>,
}

impl Batch {
    /// Reads a request.
    pub(super) fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    /// What was observed.
    pub(super) fn reports(&self) -> impl Iterator<Item = &Report> {
        self.events.iter().take(MAX_REPORTS)
    }
}

/// One thing that happened.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    /// Its number in the page load.
    pub(super) no: u64,
    /// When, in milliseconds since 1970 by the browser's clock.
    #[serde(default)]
    at: f64,
    kind: Json,
    #[serde(default)]
    name: Json,
    #[serde(default)]
    element: Json,
    #[serde(default)]
    url: Json,
    #[serde(default)]
    title: Json,
    #[serde(default)]
    consent: Vec<Json>,
    #[serde(default)]
    steps: Vec<Json>,
    #[serde(default)]
    fired: Vec<Json>,
}

impl Report {
    /// When it happened, in milliseconds since 1970; never absurd.
    pub(super) fn at(&self, now_ms: i64) -> i64 {
        const DAY_MS: i64 = 86_400_000;
        #[expect(clippy::cast_possible_truncation, reason = "saturates, as wanted")]
        let at = self.at as i64;
        at.clamp(now_ms - DAY_MS, now_ms + DAY_MS)
    }

    /// What happened, if rules were asked.
    pub(super) fn kind(&self) -> Option<EventKind> {
        let number = u32::try_from(self.kind.as_u64()?).ok()?;
        EventKind::of_number(number)
    }

    /// The same as a word.
    pub(super) fn kind_name(&self) -> String {
        match self.kind() {
            Some(kind) => kind.name().to_owned(),
            None => text(&self.kind),
        }
    }

    /// The name of an event of the page.
    pub(super) fn name(&self) -> String {
        text(&self.name)
    }

    /// The element, in short.
    pub(super) fn element(&self) -> String {
        text(&self.element)
    }

    /// The page.
    pub(super) fn url(&self) -> String {
        text(&self.url)
    }

    /// Its title.
    pub(super) fn title(&self) -> String {
        text(&self.title)
    }

    /// The categories of consent that were granted.
    pub(super) fn consent(&self) -> Vec<String> {
        self.consent.iter().take(MAX_FIRED).map(text).collect()
    }

    /// The steps of the evaluation.
    pub(super) fn notes(&self) -> Vec<Note> {
        self.steps.iter().take(MAX_STEPS).filter_map(note).collect()
    }

    /// What fired.
    pub(super) fn fired(&self) -> Vec<Fired> {
        self.fired
            .iter()
            .take(MAX_FIRED)
            .filter_map(fired)
            .collect()
    }
}

fn text(json: &Json) -> String {
    match json {
        Json::String(text) => text.chars().take(MAX_TEXT_CHARS).collect(),
        Json::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn note(step: &Json) -> Option<Note> {
    let number = |at: usize| {
        let number = step.get(at)?.as_u64()?;
        usize::try_from(number).ok()
    };
    let id = number(1)?;
    Some(match step.get(0)?.as_str()? {
        "m" => Note::Met(TriggerId::from_index(id)),
        "v" => {
            let seen = number(2).map(|kind| {
                let kind = u32::try_from(kind).unwrap_or_default();
                value(kind, step.get(3).map_or_else(String::new, text))
            });
            Note::Value(ConditionId::from_index(id), seen)
        }
        "c" => Note::Condition(ConditionId::from_index(id), number(2)? > 0),
        "t" => Note::Trigger(
            TriggerId::from_index(id),
            number(2).map(|held| match held {
                0 => TriggerHeld::Condition,
                _ => TriggerHeld::Once,
            }),
        ),
        "g" => {
            let held = match number(2) {
                None => None,
                Some(0) => Some(TagHeld::Except(TriggerId::from_index(number(3)?))),
                Some(1) => Some(TagHeld::Date),
                Some(2) => Some(TagHeld::Sample),
                Some(3) => Some(TagHeld::Consent),
                Some(_) => Some(TagHeld::Once),
            };
            Note::Tag(TagId::from_index(id), held)
        }
        _ => return None,
    })
}

fn fired(json: &Json) -> Option<Fired> {
    let word = |name: &str| json.get(name).map_or_else(String::new, text);
    let with = json.get("with").and_then(Json::as_object);
    Some(Fired {
        kind: match word("kind").as_str() {
            "event" => TagKind::Event,
            "pixel" => TagKind::Pixel,
            "script" => TagKind::Script,
            "push" => TagKind::Push,
            _ => return None,
        },
        tag: word("tag"),
        trigger: word("trigger"),
        event: word("event"),
        element: word("element"),
        with: with
            .into_iter()
            .flatten()
            .take(MAX_FIRED)
            .map(|(name, json)| (name.clone(), sent(json)))
            .collect(),
        waits: json
            .get("waits")
            .and_then(Json::as_bool)
            .unwrap_or_default(),
    })
}

/// A value of a payload.
fn sent(json: &Json) -> Value {
    match json {
        Json::Number(number) => value(Kind::Number as u32, number.to_string()),
        Json::Bool(yes) => Value::boolean(*yes),
        Json::Array(entries) => {
            let entries: Vec<String> = entries.iter().take(MAX_FIRED).map(text).collect();
            let entries = entries.join(&LIST_SEPARATOR.to_string());
            Value::new(Kind::List, entries)
        }
        other => Value::text(text(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(json: &str) -> Report {
        let body = format!(r#"{{"load":"1","events":[{json}]}}"#);
        let mut batch = Batch::read(body.as_bytes()).unwrap();
        batch.events.remove(0)
    }

    #[test]
    fn a_report_is_read() {
        let click = report(
            r#"{"no":3,"at":5000,"kind":1,"name":"","element":"a.buy","url":"https://s.example/","consent":["analytics"],
                "steps":[["m",2],["v",0,1,"/x"],["v",1],["c",0,0],["t",2,0],["g",4],["g",5,0,2]],
                "fired":[{"kind":"event","tag":"Buy","event":"buy","with":{"n":19.9,"b":true,"t":"x","l":["a","b"]},"waits":true}]}"#,
        );
        assert_eq!(click.kind(), Some(EventKind::Click));
        assert_eq!(click.kind_name(), "click");
        assert_eq!(click.at(6000), 5000);
        assert_eq!(click.at(1_000_000_000_000), 1_000_000_000_000 - 86_400_000);
        let condition = ConditionId::from_index;
        let trigger = TriggerId::from_index(2);
        assert_eq!(
            click.notes(),
            [
                Note::Met(trigger),
                Note::Value(condition(0), Some(Value::text("/x".into()))),
                Note::Value(condition(1), None),
                Note::Condition(condition(0), false),
                Note::Trigger(trigger, Some(TriggerHeld::Condition)),
                Note::Tag(TagId::from_index(4), None),
                Note::Tag(TagId::from_index(5), Some(TagHeld::Except(trigger))),
            ]
        );
        let fired = click.fired();
        assert!(fired[0].waits);
        let values: Vec<&str> = fired[0].with.iter().map(|(_, v)| v.as_str()).collect();
        assert_eq!(values, ["true", "a\u{1f}b", "19.9", "x"]);
    }

    #[test]
    fn nonsense_is_passed_over() {
        let odd = report(
            r#"{"no":1,"kind":{"a":1},"name":[1],"steps":[1,[],["m"],["m",-1],["x",1],["g",1,0]],"fired":[1,{},{"kind":"eval"}]}"#,
        );
        assert_eq!(odd.kind(), None);
        assert!(odd.notes().is_empty() && odd.fired().is_empty());
        assert!(Batch::read(b"{}").is_err());
        assert!(Batch::read(br#"{"events":[{"no":-1,"kind":1}]}"#).is_err());
    }
}
