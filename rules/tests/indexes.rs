//! What a click costs: it is asked of the selectors that something around it can match, however many rules there are, and
//! none that does match is overlooked.

#![cfg(test)]

#[path = "../benches/rules.rs"]
mod rules;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use weir_rules::evaluate::{Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::page::{Page, PageHost};
use weir_rules::release::{EventKind, Release};
use weir_rules::{check, compile};

fn release(container: &str) -> Release {
    let checked = check(container);
    let container = checked.container.unwrap_or_else(|| {
        panic!("{container}\n{:?}", checked.problems);
    });
    Release::read(&compile(&container, 1)).unwrap()
}

/// The tags that a click fires, and how often a selector was looked for.
fn click(release: &Release, page: &Page, target: &str) -> (Vec<String>, u64) {
    let mut host = PageHost::new(page, release);
    let click = Occurrence::on(EventKind::Click, page.select(target).unwrap());
    let fired = evaluate(release, &click, &mut host, &mut Limits::new());
    let names = fired.iter().map(|it| it.tag.name().to_owned()).collect();
    (names, host.searches)
}

#[test]
fn a_click_costs_what_its_candidates_cost() {
    let page = Page::new(rules::URL, rules::HTML);
    let cost = |triggers| click(&release(&rules::container(triggers)), &page, rules::TARGET);
    let (three, few) = cost(3);
    assert_eq!(three, ["Tag 0", "Tag 1", "Tag 2"]);
    // The trigger itself, and the variable that each tag reads.
    assert_eq!(few, 6);
    for triggers in [20, 200, 2000] {
        assert_eq!(cost(triggers), (three.clone(), few), "{triggers} triggers");
    }
}

#[test]
fn many_conditions_side_by_side_are_no_deeper_than_one() {
    let one = r#"{ "page.path": { "equals": "/" } }"#;
    let twenty = format!(r#"{{ "all": [{}] }}"#, [one; 20].join(", "));
    let all = [&*twenty; 20].join(", ");
    let release = release(&format!(
        r#"{{ "weir": 1, "site": {{ "id": "shop" }},
            "triggers": {{ "t": {{ "click": {{}}, "when": {{ "all": [{all}] }} }} }},
            "tags": [{{ "name": "T", "on": ["t"], "event": "e" }}] }}"#
    ));
    let page = Page::new("https://shop.example/", "<b></b>");
    assert_eq!(click(&release, &page, "b").0, ["T"]);
}

const HTML: &str = r##"<!doctype html><body class="Shop ru"><svg viewBox="0 0 1 1"><linearGradient id="G"/></svg>
<ul id="menu" data-Role="nav"><li class="item first"><a href="/" class="Link"><b>Home</b></a></li>
<li class="item" hidden><x-card><template shadowrootmode="open"><p part="text"><i id="inner">in</i><slot></slot></p></template>
<em id="отдел">чай</em></x-card></li></ul>
<form name="f"><input name="id"><input name="localName"><button type="submit" id="a b" class="  кнопка  big ">Go</button></form>"##;

/// Selectors of all makes; many match something around the elements that are clicked, some nothing at all.
const SELECTORS: &[&str] = &[
    "*",
    "a",
    "A",
    "b",
    ".item",
    ".ITEM",
    "#menu",
    "#Menu",
    "[hidden]",
    "[data-role]",
    "[data-role=nav]",
    "ul > li",
    "li.first a",
    ".link",
    ".Link",
    "x-card",
    "X-CARD em",
    ":is(a, em)",
    ":not(a)",
    ":root",
    "html",
    "body.ru",
    "form",
    "button.кнопка",
    ".Кнопка",
    "#отдел",
    r"#a\ b",
    "[type=submit i]",
    "[name]",
    "p [id]",
    "#inner, .nothing",
    ".nothing, *",
    ":where(#menu) a",
    "li:first-child",
    "li:nth-child(2 of .item)",
    "a:link",
    "lineargradient",
    "linearGradient",
    "[viewBox]",
    "[viewbox]",
    "i",
    "ul:has(> li)",
    ".item:not(.first)",
    "[id='a b']",
    "button:enabled",
    "[*|href]",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The same triggers as one condition each, which no index looks at, must come to the same.
    #[test]
    fn none_that_matches_is_overlooked(
        selectors in prop::collection::vec(prop::sample::select(SELECTORS.to_vec()), 1..20),
        target in prop::sample::select(vec!["b", "#inner", "em", "button", "linearGradient", "li", "html"]),
    ) {
        let mut triggers = serde_json::Map::new();
        let mut variables = serde_json::Map::new();
        let mut tags = Vec::new();
        for (number, selector) in selectors.iter().enumerate() {
            triggers.insert(format!("direct {number}"), json!({ "click": { "selector": selector } }));
            variables.insert(format!("v{number}"), json!({ "exists": { "closest": selector } }));
            triggers.insert(
                format!("asked {number}"),
                json!({ "click": {}, "when": { format!("v{number}"): { "equals": true } } }),
            );
            for way in ["direct", "asked"] {
                tags.push(json!({ "name": format!("{way} {number}"), "on": [format!("{way} {number}")], "event": "e" }));
            }
        }
        let container = json!({
            "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] }, "variables": Json::Object(variables),
            "triggers": Json::Object(triggers), "tags": tags,
        });
        let release = release(&container.to_string());
        let page = Page::new("https://shop.example/", HTML);
        let (fired, _) = click(&release, &page, target);
        let of = |way: &str| -> Vec<String> {
            fired.iter().filter_map(|name| name.strip_prefix(way)).map(str::to_owned).collect()
        };
        prop_assert_eq!(of("direct"), of("asked"));
    }
}
