//! What shops push to the data layer, read as one: Google Analytics 4, the older Universal Analytics, and Yandex Metrica,
//! which took the latter's shape. `tag-wasm/js/parts/ecommerce.js` does the same in a browser.
//!
//! | event | GA4 | older, in `ecommerce` |
//! |---|---|---|
//! | `view_item` | `event` says so | `detail` |
//! | `add_to_cart`, `remove_from_cart` | | `add`, `remove` |
//! | `begin_checkout` | | `checkout`, its first step |
//! | `purchase`, `refund` | | `purchase`, `refund` |
//!
//! Of the others, an event says neither order nor revenue: `value` is what is looked at, put in or taken out.

use super::Tree;

/// Events, by their names in GA4.
const EVENTS: [&str; 6] = [
    "view_item",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "purchase",
    "refund",
];
/// What they are called in the older shape. The first that is there counts.
const OLDER: [(&str, &str); 6] = [
    ("purchase", "purchase"),
    ("refund", "refund"),
    ("add", "add_to_cart"),
    ("remove", "remove_from_cart"),
    ("checkout", "begin_checkout"),
    ("detail", "view_item"),
];
/// What is kept of an item, and what it is called elsewhere.
const TEXTS: [(&str, &str); 6] = [
    ("id", "item_id"),
    ("name", "item_name"),
    ("brand", "item_brand"),
    ("category", "item_category"),
    ("variant", "item_variant"),
    ("coupon", "coupon"),
];
/// Characters of each, at most.
const MAX_TEXT: usize = 100;
/// UTF-16 units of all items together, at most: rules see no more of a text.
const MAX_ITEMS: usize = 2_000;

/// What a push says about the shop, if it does: `event`, `order_id`, `revenue`, `value`, `currency`, `item`, `items`.
pub(super) fn read(push: &Tree) -> Option<Tree> {
    let shop = push.at("ecommerce").filter(|it| is_object(it))?;
    let older = OLDER
        .iter()
        .find_map(|(key, event)| Some((shop.at(key).filter(|it| is_object(it))?, *event)));
    let (event, action, items, total) = match older {
        Some((part, event)) => {
            let nothing = Tree::Null;
            let action = part.at("actionField").cloned().unwrap_or(nothing);
            let later_step = number(action.at("step")).is_some_and(|step| step > 1.0);
            if event == "begin_checkout" && later_step {
                return None;
            }
            (event, action, part.at("products"), "revenue")
        }
        None => {
            let Some(Tree::Text(name)) = push.at("event") else {
                return None;
            };
            let event = EVENTS.into_iter().find(|event| event == name)?;
            (event, shop.clone(), shop.at("items"), "value")
        }
    };
    let items: &[Tree] = match items {
        Some(Tree::List(items)) => items,
        _ => &[],
    };
    let is_order = matches!(event, "purchase" | "refund");
    let sum = || {
        let worth = |item: &Tree| {
            let quantity = number(item.at("quantity")).unwrap_or(1.0);
            Some(number(item.at("price"))? * quantity)
        };
        let worth: Vec<f64> = items.iter().filter_map(worth).collect();
        (!worth.is_empty()).then(|| worth.iter().sum())
    };
    let total: Option<f64> = number(action.at(total)).or_else(sum);
    let order_id = text(action.at("transaction_id")).or_else(|| text(action.at("id")));
    let currency = text(shop.at("currency")).or_else(|| text(shop.at("currencyCode")));
    let first = items.first().and_then(|item| one_of(item, "id", "item_id"));
    let mut out = vec![("event".to_owned(), Tree::Text(event.to_owned()))];
    let mut put = |name: &str, value: Option<Tree>| {
        out.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("order_id", order_id.filter(|_| is_order).map(Tree::Text));
    put(
        if is_order { "revenue" } else { "value" },
        total.map(|total| Tree::Number(total.to_string())),
    );
    put("currency", currency.map(Tree::Text));
    put("item", first.filter(|_| items.len() == 1).map(Tree::Text));
    put("items", written(items).map(Tree::Text));
    Some(Tree::Object(out))
}

fn is_object(tree: &Tree) -> bool {
    matches!(tree, Tree::Object(_))
}

/// A number, or a text that is one: `1 990,50`.
fn number(tree: Option<&Tree>) -> Option<f64> {
    match tree? {
        Tree::Number(number) => number.parse().ok(),
        Tree::Text(text) => {
            let plain: String = text.chars().filter(|char| !char.is_whitespace()).collect();
            let plain = plain.replacen(',', ".", 1);
            let is_plain = |char: char| char.is_ascii_digit() || matches!(char, '.' | '-');
            let found = plain.parse::<f64>().ok();
            found.filter(|_| plain.chars().all(is_plain))
        }
        _ => None,
    }
}

/// A text, or a number as one; not an empty one.
fn text(tree: Option<&Tree>) -> Option<String> {
    let text = match tree? {
        Tree::Text(text) => text.clone(),
        Tree::Number(number) => number.parse::<f64>().ok()?.to_string(),
        _ => return None,
    };
    let text: String = text.chars().take(MAX_TEXT).collect();
    (!text.is_empty()).then_some(text)
}

fn one_of(item: &Tree, name: &str, other: &str) -> Option<String> {
    text(item.at(other)).or_else(|| text(item.at(name)))
}

/// The items as JSON; those at the end are left out if there are too many.
fn written(items: &[Tree]) -> Option<String> {
    let mut out = String::new();
    for item in items.iter().filter(|item| is_object(item)) {
        let mut fields: Vec<String> = TEXTS
            .iter()
            .filter_map(|(name, other)| {
                let text = one_of(item, name, other)?;
                Some(format!("\"{name}\":{}", quoted(&text)))
            })
            .collect();
        for name in ["price", "quantity"] {
            fields.extend(number(item.at(name)).map(|number| format!("\"{name}\":{number}")));
        }
        let one = format!("{{{}}}", fields.join(","));
        if (out.encode_utf16().count() + one.encode_utf16().count()) > MAX_ITEMS {
            break;
        }
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&one);
    }
    (!out.is_empty()).then(|| format!("[{out}]"))
}

/// A text as `JSON.stringify` writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(char))),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
