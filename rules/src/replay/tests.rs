use super::*;

fn container(rest: &str) -> Container {
    let text = format!(
        r#"{{"weir":1,"site":{{"id":"shop","domains":["shop.example"],"timezone":"Europe/Moscow","currency":"RUB"}},{rest}}}"#
    );
    let checked = crate::check(&text);
    checked
        .container
        .unwrap_or_else(|| panic!("{:?}", checked.problems))
}

/// 2026-11-27 12:00 UTC.
const NOON_MS: u64 = 1_795_780_800_000;

fn moment(second: u64, what: Happened) -> Moment {
    Moment {
        at_ms: NOON_MS + second * 1_000,
        consent: vec!["analytics".to_owned()],
        what,
    }
}

fn view(path: &str, what: Vec<Happened>) -> View {
    View {
        url: format!("https://shop.example{path}"),
        title: format!("Page <{path}> & \"more\""),
        referrer: String::new(),
        device: "mobile".to_owned(),
        moments: what
            .into_iter()
            .enumerate()
            .map(|(at, what)| moment(at as u64, what))
            .collect(),
    }
}

fn visit(visitor: u64, number: u32, views: Vec<View>) -> Visit {
    Visit {
        visitor,
        number,
        landing_page: views[0].url.clone(),
        referrer: "https://www.google.com/".to_owned(),
        views,
    }
}

fn fired(tag: &str, trigger: &str, element: &str) -> Happened {
    Happened::Fired {
        tag: tag.to_owned(),
        trigger: trigger.to_owned(),
        element: element.to_owned(),
    }
}

fn link(url: &str, is_download: bool) -> Happened {
    Happened::Link {
        url: url.to_owned(),
        text: "Call \"us\" <now>".to_owned(),
        is_download,
    }
}

/// What fires, as `tag@view.moment`.
fn hits(replay: &mut Replay, visits: &[Visit]) -> Vec<String> {
    let all = visits.iter().flat_map(|visit| replay.visit(visit));
    all.map(|hit| format!("{}@{}.{}", hit.tag, hit.view, hit.moment))
        .collect()
}

fn answer<'r>(replay: &'r Replay, tag: &str, trigger: &str) -> &'r Answer {
    let plan = replay.plans().iter().find(|plan| plan.tag == tag).unwrap();
    &plan
        .triggers
        .iter()
        .find(|(name, _)| name == trigger)
        .unwrap()
        .1
}

#[test]
fn page_views_are_judged_by_address_title_campaign_device_and_time() {
    let draft = container(
        r#""variables":{"kind":{"lookup":{"input":"{{page.query.utm_source}}","table":{"vk":"social"}}}},
        "triggers":{
          "product":{"pageview":{},"when":{"page.path":{"starts_with":"/product/"}}},
          "title":{"pageview":{},"when":{"page.title":{"contains":"<"}}},
          "social":{"pageview":{},"when":{"kind":{"equals":"social"}}},
          "came by vk":{"pageview":{},"when":{"session.source":{"equals":"vk"}}},
          "phone":{"pageview":{},"when":{"device.type":{"equals":"mobile"},"time.hour":{"equals":15}}}},
        "tags":[
          {"name":"Product","on":["product"],"event":"product"},
          {"name":"Title","on":["title"],"event":"title","once_per":"session"},
          {"name":"Social","on":["social"],"event":"social"},
          {"name":"VK","on":["came by vk"],"event":"vk","once_per":"visitor"},
          {"name":"Phone","on":["phone"],"event":"phone","once_per":"day"}]"#,
    );
    let mut replay = Replay::new(&draft, &container(r#""tags":[]"#));
    for plan in replay.plans() {
        assert!(
            matches!(plan.triggers[0].1, Answer::From(Source::Pageviews)),
            "{plan:?}"
        );
    }
    let pages = |first: &str| {
        vec![
            view(first, vec![Happened::Pageview]),
            view("/product/42", vec![Happened::Pageview]),
        ]
    };
    let told = hits(
        &mut replay,
        &[
            visit(1, 1, pages("/?utm_source=vk")),
            visit(1, 2, pages("/cart")),
            visit(2, 1, pages("/")),
        ],
    );
    assert_eq!(
        told,
        [
            "Title@0.0",
            "Social@0.0",
            "VK@0.0",
            "Phone@0.0",
            "Product@1.0", // the first session
            "Title@0.0",
            "Product@1.0", // the second: its source is another, and the day is the same
            "Title@0.0",
            "Phone@0.0",
            "Product@1.0", // somebody else
        ]
    );
}

#[test]
fn what_is_not_stored_is_said_and_not_guessed() {
    let draft = container(
        r#""triggers":{
          "staff":{"pageview":{},"when":{"all":[{"cookie.staff":{"exists":true}},{"page.path":{"equals":"/"}}]}},
          "tracked":{"pageview":{},"when":{"page.query.utm_source":{"exists":true}}},
          "promo":{"pageview":{},"when":{"page.query.promo":{"exists":true}}},
          "buy":{"click":{"selector":".buy"}},
          "calls":{"link":{"kind":"phone"}},
          "menu":{"link":{"kind":"any"}},
          "files":{"link":{"kind":"download"}},
          "texts":{"link":{"kind":"phone"},"when":{"element.text":{"contains":"us"}}}},
        "tags":[{"name":"All","on":["staff","tracked","promo","buy","calls","menu","files","texts"],"event":"all"},
          {"name":"Off","on":["calls"],"event":"off","paused":true}]"#,
    );
    let release = container(
        r#""privacy":{"keep_query":["utm_*"],"redact":["phone"]},"automatic":{"file_download":false},"tags":[]"#,
    );
    let mut replay = Replay::new(&draft, &release);
    let of = |trigger: &str| answer(&replay, "All", trigger).clone();
    let reads = |name: &str| Answer::Unknown(Unknown::Reads(vec![name.to_owned()]));
    assert_eq!(of("staff"), reads("cookie.staff"));
    assert_eq!(of("tracked"), Answer::From(Source::Pageviews));
    assert_eq!(of("promo"), reads("page.query.promo"));
    assert_eq!(of("buy"), Answer::Unknown(Unknown::NotStored));
    assert_eq!(of("calls"), Answer::From(Source::Links));
    assert_eq!(of("menu"), Answer::Unknown(Unknown::NotStored));
    assert_eq!(of("files"), Answer::Unknown(Unknown::Off("file_download")));
    assert_eq!(of("texts"), reads("element.text"));
    assert!(replay.plans()[1].paused);
    let page = view(
        "/?utm_source=a",
        vec![
            Happened::Pageview,
            link("tel:+7495", false),
            link("https://t.me/x", false),
        ],
    );
    // The call, and the page with a source; not the chat, and nothing of the paused tag.
    assert_eq!(
        hits(&mut replay, &[visit(1, 1, vec![page])]),
        ["All@0.0", "All@0.1"]
    );
}

#[test]
fn links_are_judged_by_where_they_lead() {
    let draft = container(
        r#""triggers":{"out":{"link":{"kind":"outbound"},"when":{"link.url":{"contains":"partner"}}},
          "files":{"link":{"kind":"download"}}},
        "tags":[{"name":"Out","on":["out"],"event":"out"},{"name":"Files","on":["files"],"event":"files"}]"#,
    );
    let mut replay = Replay::new(&draft, &container(r#""tags":[]"#));
    let page = view(
        "/",
        vec![
            link("https://partner.example/?a=1&b=\"2\"", false),
            link("https://other.example/", false),
            link("https://shop.example/get", true),
        ],
    );
    assert_eq!(
        hits(&mut replay, &[visit(1, 1, vec![page])]),
        ["Out@0.0", "Files@0.2"]
    );
}

const BUY: &str = r##""triggers":{"buy":{"click":{"selector":"button.buy"},"when":{"{var}":{"equals":"42"}}},
    "staff":{"any_event":{},"when":{"cookie.staff":{"exists":true}}},
    "home":{"any_event":{},"when":{"page.path":{"equals":"/"}}}}"##;

fn shop(variable: &str, tags: &str) -> Container {
    let more = if variable == "sku" {
        r#""zero":{"constant":1},"#
    } else {
        ""
    };
    let variables = format!(
        r#""variables":{{{more}"{variable}":{{"attribute":{{"name":"data-sku","closest":".product"}}}}}}"#
    );
    container(&format!(
        "{variables},{},\"tags\":[{tags}]",
        BUY.replace("{var}", variable)
    ))
}

#[test]
fn a_trigger_that_the_release_has_is_told_by_its_tags() {
    let release = shop(
        "sku",
        r#"{"name":"Old","on":["buy"],"event":"old","with":{"z":"{{zero}}"},"except":["staff"],"once_per":"element"}"#,
    );
    // The variable stands in another place and is called otherwise: the trigger is the same.
    let draft = shop(
        "number",
        r#"{"name":"Same","on":["buy"],"event":"same","except":["staff"],"once_per":"element"},
        {"name":"Page","on":["buy"],"event":"page","except":["staff","home"],"once_per":"page"},
        {"name":"All","on":["buy"],"event":"all","consent":["marketing"]},
        {"name":"Each","on":["buy"],"event":"each"}"#,
    );
    let mut replay = Replay::new(&draft, &release);
    let told = |tag: &str| match answer(&replay, tag, "buy") {
        Answer::From(Source::Tag {
            tag,
            trigger,
            complete,
        }) => (tag.clone(), trigger.clone(), *complete),
        other => panic!("{other:?}"),
    };
    let old = |complete| ("Old".to_owned(), "buy".to_owned(), complete);
    assert_eq!(told("Same"), old(true));
    assert_eq!(
        told("Page"),
        old(false),
        "once per element is less than once per event"
    );
    assert_eq!(told("Each"), old(false));
    assert_eq!(replay.recorders(), [("Old".to_owned(), "buy".to_owned())]);
    let exceptions = |tag: usize| replay.plans()[tag].exceptions.clone();
    assert_eq!(
        exceptions(0),
        Vec::<String>::new(),
        "the old tag has the same exception"
    );
    assert_eq!(
        exceptions(1),
        Vec::<String>::new(),
        "and the path of the page is stored"
    );
    let old = |element| fired("Old", "buy", element);
    let visits = [visit(
        1,
        1,
        vec![
            view(
                "/product/42",
                vec![
                    Happened::Pageview,
                    old("button.buy"),
                    old("button.buy"),
                    old("button#\"x"),
                ],
            ),
            view("/", vec![old("button.buy"), fired("Other", "buy", "")]),
        ],
    )];
    assert_eq!(
        hits(&mut replay, &visits),
        [
            "Same@0.1", "Page@0.1", "Each@0.1", // the first
            "Same@0.2",
            "Each@0.2", // another of the same description: another element, or there would be no event
            "Same@0.3", "Each@0.3", // a third
            "Same@1.0",
            "Each@1.0", // but not `Page` on the home page, and never `All`, to which nobody consented
        ]
    );
}

#[test]
fn another_trigger_of_the_same_name_tells_nothing() {
    let release = container(
        r#""triggers":{"buy":{"click":{"selector":".buy"}}},"tags":[{"name":"Old","on":["buy"],"event":"old"}]"#,
    );
    let draft = container(
        r#""triggers":{"buy":{"click":{"selector":".buy-now"}}},"tags":[{"name":"Old","on":["buy"],"event":"old"}]"#,
    );
    let replay = Replay::new(&draft, &release);
    assert_eq!(
        *answer(&replay, "Old", "buy"),
        Answer::Unknown(Unknown::NotStored)
    );
    assert!(replay.recorders().is_empty());
    let open = container(
        r#""triggers":{"buy":{"click":{"selector":".buy"}},"staff":{"any_event":{},"when":{"cookie.staff":{"exists":true}}}},
        "tags":[{"name":"New","on":["buy"],"except":["staff"],"event":"new"}]"#,
    );
    let replay = Replay::new(&open, &release);
    assert_eq!(replay.plans()[0].exceptions, ["staff"]);
    assert!(matches!(
        answer(&replay, "New", "buy"),
        Answer::From(Source::Tag { complete: true, .. })
    ));
}

#[test]
fn chances_are_the_pages_on_which_a_tag_might_have_fired() {
    let release = container(
        r#""triggers":{
          "buy":{"click":{"selector":".buy"},"when":{"page.path":{"starts_with":"/product/"},"cookie.staff":{"not_exists":true}}},
          "promo":{"visible":{"selector":".promo"}}},
        "tags":[{"name":"Buy","on":["buy"],"event":"buy","once_per":"visitor"},
          {"name":"Promo","on":["promo"],"event":"promo","consent":["marketing"]},
          {"name":"Paused","on":["promo"],"event":"paused","paused":true}]"#,
    );
    let names = ["Buy", "Paused"].map(str::to_owned);
    let mut replay = Replay::of_chances(&release, &names);
    let views = ["/product/1", "/", "/product/2"].map(|path| view(path, vec![Happened::Pageview]));
    assert_eq!(
        hits(&mut replay, &[visit(1, 1, views.to_vec())]),
        ["Buy@0.0", "Buy@2.0"]
    );
    let mut replay = Replay::of_chances(&release, &["Promo".to_owned()]);
    assert_eq!(hits(&mut replay, &[visit(1, 1, views.to_vec())]).len(), 3);
}
