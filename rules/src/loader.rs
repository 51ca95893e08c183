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

/// What listens, or keeps out of events what the site wants kept out: it starts with the loader. The other parts use what only the
/// core lends, and start with it.
const EARLY: [&str; 17] = [
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
    let of_consent = CONSENT.into_iter().filter(move |_| speaks);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rules: &str) -> (Release, Container) {
        let container = crate::check(rules).container.unwrap();
        let release = Release::read(&crate::compile(&container, 1)).unwrap();
        (release, container)
    }

    fn release(trigger: &str) -> (Release, Container) {
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
        of(&rules)
    }

    fn needed_by((release, container): &(Release, Container)) -> Vec<&'static str> {
        parts(release, container).collect()
    }

    fn needed(trigger: &str) -> Vec<&'static str> {
        needed_by(&release(trigger))
    }

    #[test]
    fn conditions_bring_the_part_that_reads_what_they_compare() {
        let parts = |condition: &str| {
            let trigger = format!(r#"{{"click":{{}},"when":{{"page.query.n":{condition}}}}}"#);
            needed(&trigger)
        };
        assert!(parts(r#"{"equals":"5"}"#).is_empty());
        for condition in [
            r#"{"equals":5}"#,
            r#"{"in":[5,"x"]}"#,
            r#"{"greater_than":5}"#,
        ] {
            assert_eq!(parts(condition), ["types"], "{condition}");
        }
    }

    #[test]
    fn an_address_made_of_values_brings_the_part_that_writes_them() {
        let pixel = of(
            r#"{"weir":1,"site":{"id":"shop"},"triggers":{"t":{"copy":{}}},
                "tags":[{"name":"T","on":["t"],"pixel":"https://ads.example/?page={{page.path}}"}]}"#,
        );
        assert!(needed_by(&pixel).contains(&"transforms"));
    }

    #[test]
    fn what_listens_comes_first_and_the_rest_with_the_core() {
        let (release, container) = release(r#"{"copy":{},"when":{"page.query.n":{"equals":5}}}"#);
        let part = |name: &str| Some(format!("weirPart({name});"));
        let settings = settings("{}", &release, &container, part);
        let (early, late) = settings.split_once(",\"later\"").unwrap();
        assert!(
            early.ends_with("\"parts\":function(weirPart){weirPart(copy);}"),
            "{early}"
        );
        assert_eq!(late, ":function(weirPart){weirPart(types);}}");
    }

    #[test]
    fn only_what_rules_wait_for_is_needed() {
        assert!(needed(r#"{"click":{"selector":"a"}}"#).is_empty());
        assert_eq!(needed(r#"{"visible":{"selector":"a"}}"#), ["watch"]);
        let shop = r#"{"weir":1,"site":{"id":"shop"},"automatic":{"ecommerce":true}}"#;
        assert_eq!(needed_by(&of(shop)), ["custom", "ecommerce", "layer"]);
        assert_eq!(needed(r#"{"custom":{"event":"e"}}"#), ["custom", "layer"]);
        for (trigger, part) in [
            (r#"{"init":{}}"#, "life"),
            (r#"{"scroll":{"percent":[50]}}"#, "scroll"),
            (r#"{"timer":{"every_ms":1000}}"#, "timer"),
            (r#"{"history":{}}"#, "history"),
            (r#"{"field":{"selector":"input","on":"focus"}}"#, "fields"),
            (r#"{"form":{}}"#, "shadow_forms"),
            (r#"{"appears":{"selector":"a"}}"#, "appears"),
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
        let may = "\"may\":{\"keep\":true}";
        assert_eq!(
            settings("{\"site\":1}", &none.0, &none.1, script),
            format!("{{\"site\":1,{may}}}")
        );
        let some = release(r#"{"appears":{"selector":"ul > li[title='<']"}}"#);
        assert_eq!(
            settings("{\"site\":1}", &some.0, &some.1, script),
            format!(
                "{{\"site\":1,{may},\"wanted\":{{\"appears\":[[4,\"ul > li[title='\\u003c']\"]],\"video\":[]}},\
                 \"parts\":function(weirPart){{appears();}}}}"
            )
        );
    }

    #[test]
    fn parts_are_told_what_to_listen_for() {
        let wanted = |trigger: &str| {
            let (release, container) = release(trigger);
            super::wanted(&release, &container)
        };
        assert_eq!(
            wanted(r#"{"scroll":{"percent":[90,25]}}"#),
            r#"{"scroll":[[13,[25,90]]],"video":[]}"#
        );
        assert_eq!(
            wanted(r#"{"visible":{"selector":".promo","ratio":0.25,"for_ms":700}}"#),
            r#"{"watch":[[4,".promo",25,700]],"video":[]}"#
        );
        assert!(
            wanted(r#"{"timer":{"every_ms":5000,"limit":3,"clock":"wall"}}"#)
                .ends_with(r#",5000,3,1]],"video":[]}"#)
        );
    }

    #[test]
    fn privacy_and_consent_are_among_the_settings() {
        let settings_of = |rules: &str| {
            let (release, container) =
                of(&format!(r#"{{"weir":1,"site":{{"id":"shop"}},{rules}}}"#));
            settings("{}", &release, &container, |_| Some(String::new()))
        };
        assert_eq!(
            settings_of(
                r#""privacy":{"identity":"cookieless","keep_query":["q"],"redact":["email"]}"#
            ),
            r#"{,"may":{"keep":false},"privacy":["q","email"],"wanted":{"video":[]},"parts":function(weirPart){}}"#
        );
        // Where consent is spoken of, they may nothing until it is there.
        for state in ["denied", "granted"] {
            let text = settings_of(&format!(
                r#""consent":{{"default":{{"analytics":"{state}"}},"wait_ms":500,"signals":["dnt"]}}"#
            ));
            let granted = u8::from(state == "granted");
            assert_eq!(
                text,
                format!(
                    r#"{{,"wanted":{{"video":[],"consent":{{"states":{{"analytics":{granted},"marketing":0}},"wait":500,"signals":["dnt"],"may":{{"keep":true}}}}}},"parts":function(weirPart){{}},"later":function(weirPart){{}}}}"#
                )
            );
        }
    }

    #[test]
    fn visitors_are_handed_over_between_domains_that_share_no_cookie() {
        let domains_of = |hosts: &str| {
            let (release, container) = of(&format!(
                r#"{{"weir":1,"site":{{"id":"shop","domains":[{hosts}]}}}}"#
            ));
            let text = settings("{}", &release, &container, |name| {
                Some(format!("{name}();"))
            });
            let found = domains(&container).join(" ");
            assert_eq!(!found.is_empty(), text.contains("hand_over();"), "{hosts}");
            assert_eq!(!found.is_empty(), text.contains("arrive();"), "{hosts}");
            found
        };
        assert_eq!(domains_of(""), "");
        assert_eq!(
            domains_of(r#""shop.example","*.shop.example","a.shop.example""#),
            ""
        );
        assert_eq!(
            domains_of(r#""www.shop.example","shop.example","*.blog.example""#),
            "shop.example blog.example"
        );
        assert_eq!(
            domains_of(r#""shop.example","notshop.example""#),
            "shop.example notshop.example"
        );
    }

    #[test]
    fn consent_comes_with_the_script_where_it_is_spoken_of() {
        let parts_of = |rules: &str| {
            needed_by(&of(&format!(
                r#"{{"weir":1,"site":{{"id":"shop"}},"triggers":{{"t":{{"click":{{}}}}}},{rules}}}"#
            )))
        };
        let all = ["base", "consent", "layer"];
        assert_eq!(parts_of(r#""consent":{}"#), all);
        assert_eq!(
            parts_of(r#""consent":{"tcf":true}"#),
            ["base", "consent", "tcf", "layer"]
        );
        for tag in [
            r#""pixel":"https://ad.example/p""#,
            r#""event":"e","consent":["marketing"]"#,
            r#""event":"e","with":{"c":"{{consent.analytics}}"}"#,
        ] {
            let tags = format!(r#""tags":[{{"name":"T","on":["t"],{tag}}}]"#);
            let parts = parts_of(&tags);
            assert!(all.iter().all(|part| parts.contains(part)), "{tag}");
        }
        assert!(parts_of(r#""tags":[{"name":"T","on":["t"],"event":"e"}]"#).is_empty());
    }

    #[test]
    fn what_tags_do_beside_events_brings_its_part() {
        let parts_of = |tag: &str| {
            needed_by(&of(&format!(
                r#"{{"weir":1,"site":{{"id":"shop"}},"consent":{{"default":{{"marketing":"granted"}}}},"triggers":{{"t":{{"click":{{}}}}}},
                    "tags":[{{"name":"T","on":["t"],{tag}}}]}}"#
            )))
        };
        for tag in [
            r#""pixel":"https://ad.example/p""#,
            r#""push":{"event":"e"}"#,
        ] {
            assert!(parts_of(tag).contains(&"act"), "{tag}");
        }
        for period in ["session", "day", "visitor"] {
            let parts = parts_of(&format!(r#""event":"e","once_per":"{period}""#));
            assert!(parts.contains(&"once"), "{period}");
        }
        for tag in [r#""event":"e""#, r#""event":"e","once_per":"element""#] {
            let parts = parts_of(tag);
            assert!(!parts.contains(&"act") && !parts.contains(&"once"), "{tag}");
        }
    }

    #[test]
    fn what_the_script_lacks_is_in_the_file_of_calls() {
        let calls_of = |rules: &str| {
            let (release, container) = of(rules);
            calls(&release, &container, |name| Some(format!("{name}();")))
        };
        let end = r#"identify();calls();})((window.__weir||{})["shop"])"#;
        let plain = calls_of(r#"{"weir":1,"site":{"id":"shop"}}"#);
        assert!(
            plain.ends_with(&["base();consent();", end].concat()),
            "{plain}"
        );
        assert!(plain.contains(r#"lent.wanted.consent={"states":{"analytics":1"#));
        assert_eq!(
            calls_of(r#"{"weir":1,"site":{"id":"shop"},"consent":{}}"#),
            ["(function(weirPart){if(!weirPart)return;", end].concat()
        );
    }
}
