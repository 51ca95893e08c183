//! The payload as the page writes it and the collector reads it. The page's half that is JavaScript is in
//! `tag-wasm/js/tests/recorder.test.js`.

#![cfg(test)]

use proptest::prelude::*;
use weir_rules::container::Literal;
use weir_rules::decimal::Decimal;
use weir_rules::payload::reader::{self, Loose, PropValue};
use weir_rules::payload::write_object;
use weir_rules::value::{Kind, Value};

/// Texts with everything that has ever broken a JSON writer.
fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "\"",
        "\\",
        "\0",
        "\u{1}",
        "\u{1f}",
        "\n",
        "\r",
        "\t",
        "\u{7f}",
        "\u{80}",
        "\u{2028}",
        "\u{2029}",
        "\u{feff}",
        "\u{fffd}",
        "\u{ffff}",
        "😀",
        "👩‍👩‍👧",
        "שלום",
        "ёж",
        "</script>",
        "${x}",
        "\\u0000",
        "{{x}}",
        "",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(nasty, 0..8).prop_map(|parts| parts.concat()),
    ]
}

fn number() -> impl Strategy<Value = Decimal> {
    (-999_999_999_999_999_i64..=999_999_999_999_999, 0_u8..=15)
        .prop_map(|(units, scale)| Decimal::new(units, scale).unwrap())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        hostile().prop_map(Value::text),
        number().prop_map(|number| Literal::Number(number).value()),
        any::<bool>().prop_map(Value::boolean),
    ]
}

fn read_text<'a>(field: &'a Loose<reader::Text<'_>>) -> Option<&'a str> {
    field.get().map(AsRef::as_ref)
}

/// A property as the collector has it, from a property as the page had it.
fn same(sent: &Value, received: &PropValue<'_>) -> bool {
    let text = sent.as_str();
    match (sent.kind(), received) {
        (Kind::Text, PropValue::Text(received)) => text == received,
        (Kind::Boolean, PropValue::Boolean(received)) => text == received.to_string(),
        (Kind::Number, PropValue::Integer(received)) => {
            Decimal::new(*received, 0) == Decimal::parse(text)
        }
        // What a float prints is the number that was sent: 15 digits survive.
        (Kind::Number, PropValue::Number(received)) => text.parse::<f64>().unwrap() == *received,
        _ => false,
    }
}

proptest! {
    #[test]
    fn properties_that_are_written_are_read(
        props in prop::collection::vec((hostile(), value()), 0..6),
    ) {
        let props: Vec<(&str, Value)> = props.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        let mut written = String::new();
        write_object(&mut written, &props);
        let escaped = !written.chars().any(|char| char < ' ' || matches!(char, '\u{2028}' | '\u{2029}'));
        prop_assert!(escaped);
        let text = format!("{{\"props\":{written}}}");
        let read: reader::Event<'_> = serde_json::from_str(&text).unwrap();
        let received = read.props.get().unwrap().0.as_slice();
        prop_assert_eq!(received.len(), props.len());
        for ((key, sent), (received_key, received)) in props.iter().zip(received) {
            prop_assert_eq!(*key, received_key.as_ref());
            prop_assert!(same(sent, received), "{:?} {:?}", sent, received);
        }
    }

    #[test]
    fn any_json_is_read_or_refused(text in any::<String>()) {
        let _ = serde_json::from_str::<reader::Batch<'_>>(&text);
        let _ = serde_json::from_str::<Loose<reader::Event<'_>>>(&text);
    }
}

#[test]
fn what_the_protocol_shows_is_read() {
    let protocol = include_str!("../../docs/protocol.md");
    let shown = protocol.split("```json").nth(1).unwrap();
    let shown = shown.split("```").next().unwrap();
    let batch: reader::Batch<'_> = serde_json::from_str(shown).unwrap();
    assert_eq!(read_text(&batch.site), Some("shop"));
    assert_eq!(read_text(&batch.visitor), Some("9f86d081884c7d65"));
    assert_eq!(read_text(&batch.session.id), Some("6b03f3a81f0c22d4"));
    assert_eq!(batch.session.number, Loose::Is(2));
    assert_eq!(
        read_text(&batch.session.entry.url),
        Some("https://shop.example/?utm_source=ads")
    );
    assert_eq!(batch.release, Loose::Is(3));
    assert_eq!(read_text(&batch.pages[0].title), Some("Kettle"));
    let event = batch.events[0].get().unwrap();
    assert_eq!(read_text(&event.name), Some("add_to_cart"));
    assert_eq!(event.seq, Loose::Is(7));
    assert_eq!(event.page, Loose::Is(0));
    assert_eq!(read_text(&event.tag), Some("Add to cart"));
    assert_eq!(read_text(&event.trigger), Some("buy button"));
    assert_eq!(read_text(&event.element), Some("button.buy"));
    let props = &event.props.get().unwrap().0;
    assert_eq!(props[1], ("price".into(), PropValue::Integer(1990)));
}

#[test]
fn one_bad_field_costs_neither_event_nor_batch() {
    let text = r#"{ "v": 1, "site": 5, "unknown": { "deep": [1, { "a": null }] }, "events": [
        { "id": ["x"], "name": "a", "ts": "soon", "seq": -1, "page": 1.5, "engaged_ms": 1e99, "props": [1] },
        7, null, "x", [],
        { "name": "b", "ts": 12.9, "props": { "a": null, "b": [1], "c": {"d": 1}, "e": -5, "f": 0.5, "g": 18446744073709551615 } } ] }"#;
    let batch: reader::Batch<'_> = serde_json::from_str(text).unwrap();
    assert_eq!(batch.site, Loose::Wrong);
    assert_eq!(batch.sent, Loose::Missing);
    assert_eq!(batch.events.len(), 6);
    let first = batch.events[0].get().unwrap();
    assert_eq!(read_text(&first.name), Some("a"));
    assert_eq!(
        (&first.id, &first.ts, &first.seq),
        (&Loose::Wrong, &Loose::Wrong, &Loose::Wrong)
    );
    assert_eq!(
        (&first.page, &first.engaged_ms, &first.props),
        (&Loose::Is(1), &Loose::Wrong, &Loose::Wrong)
    );
    assert!(matches!(batch.events[1], Loose::Wrong) && matches!(batch.events[2], Loose::Missing));
    assert!(matches!(batch.events[3], Loose::Wrong) && matches!(batch.events[4], Loose::Wrong));
    let last = batch.events[5].get().unwrap();
    assert_eq!(last.ts, Loose::Is(12));
    let props: Vec<_> = last
        .props
        .get()
        .unwrap()
        .0
        .iter()
        .map(|(_, value)| value.clone())
        .collect();
    let expected = [
        PropValue::Other,
        PropValue::Other,
        PropValue::Other,
        PropValue::Integer(-5),
        PropValue::Number(0.5),
        PropValue::Number(18_446_744_073_709_551_615.0),
    ];
    assert_eq!(props, expected);
}

#[test]
fn what_is_no_batch_is_an_error() {
    for text in ["", "7", "{\"events\": {}}", "{\"pages\": [1]}", "{\"v\": 1"] {
        assert!(
            serde_json::from_str::<reader::Batch<'_>>(text).is_err(),
            "{text}"
        );
    }
}

#[test]
fn texts_without_escapes_are_borrowed() {
    let text = r#"{ "site": "shop", "pages": [ { "url": "a\u0062" } ] }"#;
    let batch: reader::Batch<'_> = serde_json::from_str(text).unwrap();
    assert!(matches!(
        batch.site.get(),
        Some(std::borrow::Cow::Borrowed("shop"))
    ));
    assert_eq!(read_text(&batch.pages[0].url), Some("ab"));
}
