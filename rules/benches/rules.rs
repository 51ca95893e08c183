//! Containers of any size, and the page that is clicked.

use serde_json::{Map, Value, json};

pub(crate) const URL: &str = "https://shop.example/product/42?utm_source=mail";
pub(crate) const TARGET: &str = ".buy b";
pub(crate) const HTML: &str = r#"<!doctype html><title>Tea</title><body class="shop ru"><header id="top"><a href="/">Home</a></header>
<main><section class="list"><div class="product card" data-sku="42"><h2>Tea</h2><b class="price">1 990 ₽</b>
<button class="buy primary" id="b1" data-promo="spring"><b>Buy</b></button></div></section></main>"#;

/// A container with so many triggers, all of them about clicks; the first three are about the element that is clicked, the
/// others about elements that the page could have as well.
pub(crate) fn container(triggers: usize) -> String {
    let mut all = Map::new();
    let mut tags = Vec::new();
    for number in 0..triggers {
        let selector = match (number, number % 5) {
            (0, _) => ".buy".to_owned(),
            (1, _) => "#b1".to_owned(),
            (2, _) => ".product".to_owned(),
            (_, 0) => format!(".teaser-{number} > a"),
            (_, 1) => format!("#menu-{number}"),
            (_, 2) => format!("[data-block-{number}]"),
            (_, 3) => format!("main .widget-{number}.open, .popup-{number}"),
            _ => format!("x-card-{number}"),
        };
        let name = format!("t{number:04}");
        all.insert(name.clone(), json!({ "click": { "selector": selector } }));
        tags.push(json!({
            "name": format!("Tag {number}"), "on": [name], "event": format!("event_{number}"),
            "with": { "sku": "{{sku}}", "label": "{{element.text}}" },
        }));
    }
    let variables =
        json!({ "sku": { "attribute": { "name": "data-sku", "closest": ".product" } } });
    json!({
        "weir": 1, "site": { "id": "shop", "domains": ["shop.example"] },
        "variables": variables, "triggers": Value::Object(all), "tags": tags,
    })
    .to_string()
}
