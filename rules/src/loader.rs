//! What a site's script needs besides the loader: which parts of it, and what those are to listen for. A script carries only
//! the parts that its release has rules for (`tag-wasm/js/parts`), so that nobody downloads listeners for what no rule of the
//! site waits for.
//!
//! What the parts want is JSON of the release's own settings, so that the page need not read them from the release:
//!
//! ```text
//! scroll   [[kind, [threshold…]]…]                             kind: the number of the `EventKind`
//! watch    [[trigger, selector, percent, ms]…]                 of each element in view
//! timer    [[trigger, every ms, how often, 1 if by the wall clock]…]
//! appears  [[trigger, selector]…]                              trigger: its position in the release
//! success  [[trigger, form selector, selector of what then is visible, pattern of the path that then is open, ignore case]…]
//! video    [percent…]
//! consent  see `loader/consent.rs`
//! domains  [host…]                                             those between which visitors are handed over
//! ```
//!
//! What few pages call is in no script: [`calls`] makes the file that the loader asks for with the first such call.
//!
//! Of the site's other settings, those that differ from what most sites have:
//!
//! ```text
//! may      {keep}     something may be told of visitors from the start, and kept in the browser; else the part for consent decides
//! privacy  [patterns of parameters that stay in addresses or null, kinds of personal data that are taken out]
//! quiet    true       time spent on pages is not reported
//! ```

mod consent;
#[cfg(test)]
mod tests;
mod values;

use crate::container::{Container, Identity};
use crate::decimal::write_integer;
use crate::host::Lent;
use crate::id::{SelectorId, TriggerId};
use crate::payload::write_string;
use crate::release::{EventKind, OncePer, Release, TagKind, Trigger};

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

/// What answers the page's calls where its script does not.
const CALLS: [&str; 2] = ["identify", "calls"];
/// What speaks of consent.
const CONSENT: [&str; 2] = ["base", "consent"];

/// What knows of it before those are there.
const ANSWERED: &str = "answered";

/// What listens, or keeps out of events what the site wants kept out: it starts with the loader. The other parts use what only the
/// core lends, and start with it.
const EARLY: [&str; 18] = [
    ANSWERED,
    "life",
    "scroll",
    "timer",
    "history",
    "fields",
    "shadow_forms",
    "forms",
    "appears",
    "custom",
    "video",
    "error",
    "exit_intent",
    "rage_click",
    "copy",
    "web_vitals",
    "layer",
    "privacy",
];

/// Names of the parts that a release of a container needs, in the order in which they start.
pub fn parts<'a>(
    release: &'a Release,
    container: &'a Container,
) -> impl Iterator<Item = &'static str> + 'a {
    let speaks = consent::is_spoken_of(container, release);
    let hears = speaks || release.waiting_for(EventKind::Custom).len() > 0;
    let waits = |kinds: &[EventKind]| {
        let waits_for = |kind: &EventKind| release.waiting_for(*kind).len() > 0;
        kinds.iter().any(waits_for)
    };
    let of_consent = [ANSWERED]
        .into_iter()
        .chain(CONSENT)
        .filter(move |_| speaks);
    let by_rules = PARTS
        .iter()
        .filter(move |(_, kinds)| waits(kinds))
        .map(|(name, _)| *name)
        .chain(release.lends(Lent::Ecommerce).then_some("ecommerce"))
        .chain(acts(release).then_some("act"))
        .chain(remembers(release).then_some("once"))
        .chain(values::parts(release));
    let spans = !domains(container).is_empty();
    of_consent
        .chain(container.consent.tcf.then_some("tcf"))
        .chain(spans.then_some("hand_over"))
        .chain(by_rules)
        // It tells the others what they have asked for.
        .chain(hears.then_some("layer"))
}

/// The file that a page of this site asks for when it calls what its script has no part for: `start` there is what starts a
/// part.
pub fn calls(
    release: &Release,
    container: &Container,
    mut script_of: impl FnMut(&str) -> Option<String>,
) -> String {
    let speaks = consent::is_spoken_of(container, release);
    let mut out = String::from("(function(weirPart){if(!weirPart)return;");
    if !speaks {
        let wanted = consent::wanted(&container.consent, &may(container));
        out.push_str("weirPart(function(lent){lent.wanted.consent=");
        out.push_str(&wanted);
        out.push_str("});");
    }
    let missing = CONSENT.iter().filter(|_| !speaks);
    for name in missing.chain(&CALLS) {
        out.push_str(&script_of(name).unwrap_or_default());
    }
    out.push_str("})((window.__weir||{})[");
    write_string(&mut out, &container.site.id);
    out.push_str("])");
    out
}

/// The domains between which visitors are handed over: several that do not lie in each other, so that no cookie is for all
/// of them; none if there is one only, or nobody says.
fn domains(container: &Container) -> Vec<&str> {
    let hosts = container.site.domains.iter();
    let mut hosts: Vec<&str> = hosts
        .map(|domain| domain.strip_prefix("*.").unwrap_or(domain))
        .collect();
    // The widest come first.
    hosts.sort_by_key(|host| host.len());
    let mut apart: Vec<&str> = Vec::new();
    for host in hosts {
        let is_in = |wide: &&str| {
            let rest = host.strip_suffix(wide);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if !apart.iter().any(is_in) {
            apart.push(host);
        }
    }
    if apart.len() > 1 { apart } else { Vec::new() }
}

/// The settings of a site as the loader's source wants them: its JSON, with the parts and what they want in it. `script_of`
/// gives a part by its name: a script that calls `weirPart`.
pub fn settings(
    json: &str,
    release: &Release,
    container: &Container,
    mut script_of: impl FnMut(&str) -> Option<String>,
) -> String {
    let names: Vec<_> = parts(release, container).collect();
    let mut out = String::from(json.strip_suffix('}').unwrap_or(json));
    // Where consent is spoken of, the part for it decides.
    let speaks = consent::is_spoken_of(container, release);
    if consent::is_free(&container.consent) && !speaks {
        out.push_str(",\"may\":");
        out.push_str(&may(container));
    }
    let privacy = release.privacy();
    if privacy.keep_query.is_some() || !privacy.redact.is_empty() {
        let patterns = privacy.keep_query.as_deref().map_or_else(null, string);
        let settings = list([patterns, string(&privacy.redact)].into_iter());
        out.push_str(",\"privacy\":");
        out.push_str(&settings.replace('<', "\\u003c"));
    }
    if !release.reports_engagement() {
        out.push_str(",\"quiet\":true");
    }
    // Read before anything else of the script runs.
    if names.contains(&"hand_over")
        && let Some(script) = script_of("arrive")
    {
        out.push_str(",\"handed\":function(note){function weirPart(part){note=part()}try{");
        out.push_str(&script);
        out.push_str("}catch(e){}return note}()");
    }
    // A part is JavaScript, not JSON: it becomes one more key of the object.
    if !names.is_empty() {
        out.push_str(",\"wanted\":");
        out.push_str(&wanted(release, container).replace('<', "\\u003c"));
    }
    let (early, late): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| EARLY.contains(name));
    for (key, names) in [("parts", early), ("later", late)] {
        if !names.is_empty() {
            let scripts: String = names.into_iter().filter_map(&mut script_of).collect();
            out.push_str(&format!(",\"{key}\":function(weirPart){{{scripts}}}"));
        }
    }
    out.push('}');
    out
}

/// What may be done once there is consent to measure.
fn may(container: &Container) -> String {
    let keeps = container.privacy.identity != Identity::Cookieless;
    format!("{{\"keep\":{keeps}}}")
}

/// Whether a tag does something in the page besides sending events.
fn acts(release: &Release) -> bool {
    release.tags().any(|tag| tag.kind() != TagKind::Event)
}

/// Whether a tag fires so seldom that the browser has to remember it.
fn remembers(release: &Release) -> bool {
    let periods = [OncePer::Session, OncePer::Day, OncePer::Visitor];
    release.tags().any(|tag| periods.contains(&tag.once_per()))
}

fn wanted(release: &Release, container: &Container) -> String {
    let mut lists = Vec::new();
    let scroll = SCROLL.iter().filter_map(|kind| {
        let thresholds = release.thresholds(*kind);
        let list = list(thresholds.iter().map(|number| integer(*number)));
        (!thresholds.is_empty()).then(|| self::list([integer(*kind as u32), list].into_iter()))
    });
    lists.push(("scroll", list(scroll)));
    let watch = release.visible_triggers().map(|(id, visible)| {
        list(
            [
                position(id),
                selector(release, Some(visible.selector)),
                integer(visible.percent.into()),
                integer(visible.for_ms),
            ]
            .into_iter(),
        )
    });
    lists.push(("watch", list(watch)));
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
    if consent::is_spoken_of(container, release) {
        let wanted = consent::wanted(&container.consent, &may(container));
        lists.push(("consent", wanted));
    }
    let domains = domains(container).into_iter().map(string);
    lists.push(("domains", list(domains)));
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
