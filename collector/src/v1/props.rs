//! `properties` and `traits` as a sender has them: nested, and named as Segment names them; here they become flat, and the
//! columns `item`, `order_id`, `revenue` and `currency` get their values.
//!
//! An object inside becomes `outer.inner`, a list becomes its JSON. What identifies a person outright is not stored in
//! plain text: `email` and `phone` become the SHA-256 of their usual form, names, addresses and birthdays are left out.

use std::borrow::Cow;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use weir_rules::payload::reader::PropValue;

use crate::limits::{MAX_V1_PROP_DEPTH, MAX_VALUE_BYTES};

pub(super) type Props<'a> = Vec<(Cow<'a, str>, PropValue<'a>)>;

/// Traits that say who somebody is, without `_` and in small letters.
const PERSONAL: &[&str] = &[
    "name",
    "firstname",
    "lastname",
    "middlename",
    "fullname",
    "patronymic",
    "address",
    "street",
    "postalcode",
    "zip",
    "birthday",
    "birthdate",
    "dateofbirth",
    "avatar",
    "photo",
    "passport",
    "ssn",
    "inn",
    "snils",
    "password",
    "username",
];

/// Whose texts are stored only as a hash.
const HASHED: &[&str] = &["email", "phone"];

/// Flattens `properties` into `props`.
pub(super) fn flatten<'a>(properties: &'a Map<String, Value>, props: &mut Props<'a>) {
    for (key, value) in properties {
        add(Cow::Borrowed(key), value, 1, props);
    }
}

fn add<'a>(key: Cow<'a, str>, value: &'a Value, depth: usize, props: &mut Props<'a>) {
    let value = match value {
        Value::Null => return,
        Value::Bool(value) => PropValue::Boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => PropValue::Integer(number),
            None => PropValue::Number(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => PropValue::Text(Cow::Borrowed(text)),
        Value::Array(list) => PropValue::Text(Cow::Owned(list_text(list))),
        Value::Object(map) if depth < MAX_V1_PROP_DEPTH => {
            for (inner, value) in map {
                add(
                    Cow::Owned(format!("{key}.{inner}")),
                    value,
                    depth + 1,
                    props,
                );
            }
            return;
        }
        Value::Object(_) => PropValue::Other,
    };
    props.push((key, value));
}

/// A list as JSON that can be read: as many of its elements as there is room for.
fn list_text(list: &[Value]) -> String {
    let mut text = String::from("[");
    for value in list {
        let value = value.to_string();
        if text.len() + value.len() + 2 > MAX_VALUE_BYTES {
            break;
        }
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&value);
    }
    text.push(']');
    text
}

/// Flattens `traits` into `props`, each as `traits.…`, without what may not be stored in plain text.
pub(super) fn flatten_traits<'a>(traits: &'a Map<String, Value>, props: &mut Props<'a>) {
    for (key, value) in traits {
        let plain: String = key
            .chars()
            .filter(|char| char.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        if PERSONAL.contains(&plain.as_str()) {
            continue;
        }
        if let Some(kind) = HASHED.iter().find(|kind| **kind == plain) {
            if let Some(hash) = scalar(value).and_then(|text| hashed(kind, &text)) {
                let key = format!("traits.{kind}_sha256");
                props.push((key.into(), PropValue::Text(hash.into())));
            }
            continue;
        }
        add(Cow::Owned(format!("traits.{key}")), value, 1, props);
    }
}

/// SHA-256 of an address in small letters, or of the digits of a phone number: as advertisers' interfaces have it.
fn hashed(kind: &str, text: &str) -> Option<String> {
    let usual: String = match kind {
        "phone" => text.chars().filter(char::is_ascii_digit).collect(),
        _ => text.trim().to_lowercase(),
    };
    if usual.is_empty() {
        return None;
    }
    let hash = Sha256::digest(usual.as_bytes());
    Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A text, or a number as one: identifiers come as both.
pub(super) fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(Cow::Borrowed(text.trim())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// Gives the columns of an event called `name` their values, where the properties hold them under Segment's names.
pub(super) fn fill_columns<'a>(
    name: &str,
    properties: &'a Map<String, Value>,
    props: &mut Props<'a>,
) {
    let first = |keys: &[&str]| {
        keys.iter()
            .find_map(|key| properties.get(*key).filter(|value| !value.is_null()))
    };
    let mut fill = |column: &'static str, value: Option<&'a Value>| {
        if properties.get(column).is_none_or(Value::is_null)
            && let Some(value) = value
        {
            add(Cow::Borrowed(column), value, MAX_V1_PROP_DEPTH, props);
        }
    };
    let product = match properties.get("products") {
        Some(Value::Array(products)) => match products.as_slice() {
            [Value::Object(only)] => ["product_id", "productId", "sku", "id"]
                .iter()
                .find_map(|key| only.get(*key).filter(|value| scalar(value).is_some())),
            _ => None,
        },
        _ => None,
    };
    fill(
        "item",
        first(&[
            "product_id",
            "productId",
            "sku",
            "promotion_id",
            "promotionId",
        ])
        .filter(|value| scalar(value).is_some())
        .or(product),
    );
    fill(
        "order_id",
        first(&["orderId"]).filter(|value| scalar(value).is_some()),
    );
    if matches!(name, "purchase" | "refund") {
        fill("revenue", first(&["total", "value"]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(props: &Props<'_>) -> Vec<String> {
        props
            .iter()
            .map(|(key, value)| format!("{key}={value:?}"))
            .collect()
    }

    fn flat(properties: &Value) -> Vec<String> {
        let mut props = Vec::new();
        flatten(properties.as_object().unwrap(), &mut props);
        shown(&props)
    }

    #[test]
    fn objects_and_lists_are_flattened() {
        let properties = json!({
            "a": 1, "b": { "c": "x", "d": { "e": true } }, "list": [1, "two", { "three": 3 }], "none": null
        });
        assert_eq!(
            flat(&properties),
            [
                "a=Integer(1)",
                "b.c=Text(\"x\")",
                "b.d.e=Boolean(true)",
                "list=Text(\"[1,\\\"two\\\",{\\\"three\\\":3}]\")",
            ]
        );
        let mut deep = json!("bottom");
        for _ in 0..100 {
            deep = json!({ "in": deep });
        }
        assert_eq!(flat(&deep), ["in.in.in.in.in=Other"]);
    }

    #[test]
    fn a_long_list_stays_json() {
        let text = list_text(&vec![json!({ "product_id": "0123456789" }); 1_000]);
        assert!(text.len() <= MAX_VALUE_BYTES);
        assert!(serde_json::from_str::<Vec<Value>>(&text).unwrap().len() > 50);
    }

    #[test]
    fn columns_are_filled_from_segments_names() {
        let cases = [
            (
                "purchase",
                json!({ "orderId": "A", "total": 20.5, "products": [{ "sku": "k" }] }),
                vec![
                    "item=Text(\"k\")",
                    "order_id=Text(\"A\")",
                    "revenue=Number(20.5)",
                ],
            ),
            (
                "purchase",
                json!({ "revenue": 18, "total": 20, "order_id": "A" }),
                vec![],
            ),
            (
                "view_item",
                json!({ "product_id": 7, "value": 3 }),
                vec!["item=Integer(7)"],
            ),
            ("view_item", json!({ "item": "x", "product_id": 7 }), vec![]),
            (
                "purchase",
                json!({ "products": [{ "sku": "a" }, { "sku": "b" }], "value": 3 }),
                vec!["revenue=Integer(3)"],
            ),
        ];
        for (name, properties, expected) in cases {
            let mut props = Vec::new();
            fill_columns(name, properties.as_object().unwrap(), &mut props);
            assert_eq!(shown(&props), expected, "{name} {properties}");
        }
    }

    #[test]
    fn who_somebody_is_is_not_stored_in_plain_text() {
        let traits = json!({
            "email": " Ann@Example.com ", "phone": "+7 (900) 000-00-00", "firstName": "Ann", "last_name": "Lee",
            "address": { "city": "Omsk" }, "plan": "pro", "company": { "name": "ООО" }
        });
        let mut props = Vec::new();
        flatten_traits(traits.as_object().unwrap(), &mut props);
        let hash = |text: &str| -> String {
            Sha256::digest(text)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        assert_eq!(
            shown(&props),
            [
                "traits.company.name=Text(\"ООО\")".to_owned(),
                format!("traits.email_sha256=Text(\"{}\")", hash("ann@example.com")),
                format!("traits.phone_sha256=Text(\"{}\")", hash("79000000000")),
                "traits.plan=Text(\"pro\")".to_owned(),
            ]
        );
    }
}
