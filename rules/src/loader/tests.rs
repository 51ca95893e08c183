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
        let (release, container) = of(&format!(r#"{{"weir":1,"site":{{"id":"shop"}},{rules}}}"#));
        settings("{}", &release, &container, |_| Some(String::new()))
    };
    assert_eq!(
        settings_of(r#""privacy":{"identity":"cookieless","keep_query":["q"],"redact":["email"]}"#),
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
    let all = ["answered", "base", "consent", "layer"];
    assert_eq!(parts_of(r#""consent":{}"#), all);
    assert_eq!(
        parts_of(r#""consent":{"tcf":true}"#),
        ["answered", "base", "consent", "tcf", "layer"]
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
