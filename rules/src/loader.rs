//! What a site's script needs besides the loader: which parts of it, and what those are to listen for. A script carries only
//! the parts that its release has rules for (`tag-wasm/js/parts`), so that nobody downloads listeners for what no rule of the
//! site waits for.
//!
//! What the parts want is JSON of the release's own settings, so that the page need not read them from the release:
//!
//! ```text
//! scroll   [[kind, [threshold…]]…]                             kind: the number of the `EventKind`
//! timer    [[trigger, every ms, how often, 1 if by the wall clock]…]
//! appears  [[trigger, selector]…]                              trigger: its position in the release
//! success  [[trigger, form selector, selector of what then is visible, pattern of the path that then is open, ignore case]…]
//! video    [percent…]
//! ```
//!
//! `raw` says what raw events may: `keep` something in the browser, tell the campaign in the `query`, tell the `title`.

mod values;

use crate::decimal::write_integer;
use crate::host::Lent;
use crate::id::{SelectorId, TriggerId};
use crate::payload::write_string;
use crate::release::{EventKind, Release, Trigger};

/// The parts, by what makes them necessary.
const PARTS: [(&str, &[EventKind]); 16] = [
    ("watch", &[EventKind::Visible]),
    (
        "life",
        &[
            EventKind::Init,
            EventKind::DomReady,
            EventKind::WindowLoaded,
        ],
    ),
    ("scroll", &SCROLL),
    ("timer", &[EventKind::Timer]),
    ("history", &[EventKind::History]),
    (
        "fields",
        &[
            EventKind::FieldFocus,
            EventKind::FieldChange,
            EventKind::FieldAbandon,
        ],
    ),
    (
        "shadow_forms",
        &[
            EventKind::FormSubmit,
            EventKind::FormAttempt,
            EventKind::FormSuccess,
        ],
    ),
    ("forms", &[EventKind::FormAttempt, EventKind::FormSuccess]),
    ("appears", &[EventKind::Appears]),
    ("custom", &[EventKind::Custom]),
    (
        "video",
        &[
            EventKind::VideoStart,
            EventKind::VideoPause,
            EventKind::VideoProgress,
            EventKind::VideoComplete,
        ],
    ),
    ("error", &[EventKind::Error]),
    ("exit_intent", &[EventKind::ExitIntent]),
    ("rage_click", &[EventKind::RageClick]),
    ("copy", &[EventKind::Copy]),
    ("web_vitals", &[EventKind::WebVitals]),
];
const SCROLL: [EventKind; 4] = [
    EventKind::ScrollPercent,
    EventKind::ScrollPixels,
    EventKind::ScrollPercentAcross,
    EventKind::ScrollPixelsAcross,
];

/// Names of the parts that a release needs.
pub fn parts(release: &Release) -> impl Iterator<Item = &'static str> + '_ {
    let waits = |kinds: &[EventKind]| {
        let waits_for = |kind: &EventKind| release.waiting_for(*kind).len() > 0;
        kinds.iter().any(waits_for)
    };
    PARTS
        .iter()
        .filter(move |(_, kinds)| waits(kinds))
        .map(|(name, _)| *name)
        .chain(release.lends(Lent::Ecommerce).then_some("ecommerce"))
        .chain(values::parts(release))
}

/// The settings of a site as the loader's source wants them: its JSON, with the parts and what they want in it. `script_of`
/// gives a part by its name: a script that calls `weirPart`.
pub fn settings(
    json: &str,
    release: &Release,
    mut script_of: impl FnMut(&str) -> Option<String>,
) -> String {
    let scripts: Vec<String> = parts(release).filter_map(&mut script_of).collect();
    let mut out = String::from(json.strip_suffix('}').unwrap_or(json));
    out.push_str(&raw(release));
    // A part is JavaScript, not JSON: it becomes one more key of the object.
    if !scripts.is_empty() {
        out.push_str(",\"wanted\":");
        out.push_str(&wanted(release).replace('<', "\\u003c"));
        out.push_str(",\"parts\":function(weirPart){");
        out.push_str(&scripts.concat());
        out.push('}');
    }
    out.push('}');
    out
}

/// What raw events may do and tell, which leave without anybody asking the rules: nothing if consent must be asked for first.
fn raw(release: &Release) -> String {
    let mut consent = release.consent();
    if !consent.any(|(category, granted)| category == "analytics" && granted) {
        return String::new();
    }
    let privacy = release.privacy();
    format!(
        ",\"raw\":{{\"keep\":{},\"query\":{},\"title\":{}}}",
        !privacy.cookieless,
        privacy.keep_query.is_none(),
        privacy.redact.is_empty()
    )
}

fn wanted(release: &Release) -> String {
    let mut lists = Vec::new();
    let scroll = SCROLL.iter().filter_map(|kind| {
        let thresholds = release.thresholds(*kind);
        let list = list(thresholds.iter().map(|number| integer(*number)));
        (!thresholds.is_empty()).then(|| self::list([integer(*kind as u32), list].into_iter()))
    });
    lists.push(("scroll", list(scroll)));
    let timer = triggers(release, EventKind::Timer).map(|(id, trigger)| {
        let numbers = trigger.numbers().iter().map(|number| integer(*number));
        list([position(id)].into_iter().chain(numbers))
    });
    lists.push(("timer", list(timer)));
    let appears = triggers(release, EventKind::Appears).map(|(id, trigger)| {
        list([position(id), selector(release, trigger.selector())].into_iter())
    });
    lists.push(("appears", list(appears)));
    let success = triggers(release, EventKind::FormSuccess).map(|(id, trigger)| {
        let pattern = trigger
            .pattern()
            .and_then(|id| release.patterns().nth(id.index()));
        list(
            [
                position(id),
                selector(release, trigger.selector()),
                selector(release, trigger.other_selector()),
                pattern.map_or_else(null, |(source, _)| string(source)),
                pattern
                    .is_some_and(|(_, ignore_case)| ignore_case)
                    .to_string(),
            ]
            .into_iter(),
        )
    });
    lists.push(("success", list(success)));
    let video = release.thresholds(EventKind::VideoProgress);
    lists.push(("video", list(video.into_iter().map(integer))));
    let fields: Vec<String> = lists
        .into_iter()
        // The part for videos is needed without thresholds too.
        .filter(|(name, list)| list != "[]" || *name == "video")
        .map(|(name, list)| format!("\"{name}\":{list}"))
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn triggers(release: &Release, kind: EventKind) -> impl Iterator<Item = (TriggerId, Trigger<'_>)> {
    release
        .waiting_for(kind)
        .filter_map(|id| Some((id, release.trigger(id)?)))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn position(id: TriggerId) -> String {
    id.index().to_string()
}

fn integer(number: u32) -> String {
    let mut out = String::new();
    write_integer(&mut out, number.into());
    out
}

fn selector(release: &Release, id: Option<SelectorId>) -> String {
    id.and_then(|id| release.selectors().nth(id.index()))
        .map_or_else(null, string)
}

fn string(text: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, text);
    out
}

fn null() -> String {
    String::from("null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(trigger: &str) -> Release {
        let rules = format!(
            r#"{{"weir":1,"site":{{"id":"shop"}},"triggers":{{"t":{trigger}}},
                "tags":[{{"name":"T","on":["t"],"event":"e"}}]}}"#
        );
        let checked = crate::check(&rules);
        assert!(
            checked.container.is_some(),
            "{trigger}: {:?}",
            checked.problems
        );
        Release::read(&crate::compile(&checked.container.unwrap(), 1)).unwrap()
    }

    fn needed(trigger: &str) -> Vec<&'static str> {
        parts(&release(trigger)).collect()
    }

    #[test]
    fn only_what_rules_wait_for_is_needed() {
        assert!(needed(r#"{"click":{"selector":"a"}}"#).is_empty());
        assert_eq!(needed(r#"{"visible":{"selector":"a"}}"#), ["watch"]);
        let shop = r#"{"weir":1,"site":{"id":"shop"},"automatic":{"ecommerce":true}}"#;
        let shop = crate::compile(&crate::check(shop).container.unwrap(), 1);
        let shop = Release::read(&shop).unwrap();
        assert_eq!(parts(&shop).collect::<Vec<_>>(), ["custom", "ecommerce"]);
        for (trigger, part) in [
            (r#"{"init":{}}"#, "life"),
            (r#"{"scroll":{"percent":[50]}}"#, "scroll"),
            (r#"{"timer":{"every_ms":1000}}"#, "timer"),
            (r#"{"history":{}}"#, "history"),
            (r#"{"field":{"selector":"input","on":"focus"}}"#, "fields"),
            (r#"{"form":{}}"#, "shadow_forms"),
            (r#"{"appears":{"selector":"a"}}"#, "appears"),
            (r#"{"custom":{"event":"e"}}"#, "custom"),
            (r#"{"video":{"on":"start"}}"#, "video"),
            (r#"{"error":{}}"#, "error"),
            (r#"{"exit_intent":{}}"#, "exit_intent"),
            (r#"{"rage_click":{}}"#, "rage_click"),
            (r#"{"copy":{}}"#, "copy"),
            (r#"{"web_vitals":{}}"#, "web_vitals"),
        ] {
            assert_eq!(needed(trigger), [part], "{trigger}");
        }
    }

    #[test]
    fn parts_become_a_function_among_the_settings() {
        let script = |name: &str| Some(format!("{name}();"));
        let none = release(r#"{"click":{"selector":"a"}}"#);
        let raw = "\"raw\":{\"keep\":true,\"query\":true,\"title\":true}";
        assert_eq!(
            settings("{\"site\":1}", &none, script),
            format!("{{\"site\":1,{raw}}}")
        );
        let some = release(r#"{"appears":{"selector":"ul > li[title='<']"}}"#);
        assert_eq!(
            settings("{\"site\":1}", &some, script),
            format!(
                "{{\"site\":1,{raw},\"wanted\":{{\"appears\":[[4,\"ul > li[title='\\u003c']\"]],\"video\":[]}},\
                 \"parts\":function(weirPart){{appears();}}}}"
            )
        );
    }

    #[test]
    fn parts_are_told_what_to_listen_for() {
        assert_eq!(
            wanted(&release(r#"{"scroll":{"percent":[90,25]}}"#)),
            r#"{"scroll":[[13,[25,90]]],"video":[]}"#
        );
        assert!(
            wanted(&release(
                r#"{"timer":{"every_ms":5000,"limit":3,"clock":"wall"}}"#
            ))
            .ends_with(r#",5000,3,1]],"video":[]}"#)
        );
    }

    #[test]
    fn raw_events_obey_privacy_and_consent() {
        let raw_of = |rules: &str| {
            let text = format!(r#"{{"weir":1,"site":{{"id":"shop"}},{rules}}}"#);
            let container = crate::check(&text).container.unwrap();
            raw(&Release::read(&crate::compile(&container, 1)).unwrap())
        };
        assert_eq!(
            raw_of(r#""privacy":{"identity":"cookieless","keep_query":["q"],"redact":["email"]}"#),
            r#","raw":{"keep":false,"query":false,"title":false}"#
        );
        assert_eq!(
            raw_of(r#""consent":{"default":{"analytics":"denied"}}"#),
            ""
        );
    }
}
