//! The payload as the page writes it and the collector reads it.

#![cfg(test)]

use proptest::prelude::*;
use weir_rules::container::Literal;
use weir_rules::decimal::Decimal;
use weir_rules::payload::reader::{self, Loose, PropValue};
use weir_rules::payload::{BatchHeader, EventRecord, EventText, Page, Session, write_batch};
use weir_rules::release::EVERYBODY;
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
    fn what_is_written_is_read(
        texts in prop::collection::vec(hostile(), 12),
        props in prop::collection::vec((hostile(), value()), 0..6),
        numbers in any::<(u64, u64, u64, u32, u32, u32, u32)>(),
        sample in 1..=EVERYBODY,
        consent in prop::collection::vec(hostile(), 0..3),
    ) {
        let (visitor, session, ts, number, release, seq, engaged_ms) = numbers;
        let text = |at: usize| texts[at].as_str();
        let props: Vec<(&str, Value)> = props.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        let event = EventText::new(&EventRecord {
            id: text(0), name: text(1), ts, seq, tag: text(2), trigger: text(3), element: text(4), engaged_ms,
            sample, props: &props,
        });
        let bare = EventText::new(&EventRecord {
            id: "", name: "", ts: 0, seq: 0, tag: "", trigger: "", element: "", engaged_ms: 0, sample: 1_000_000, props: &[],
        });
        let consent: Vec<&str> = consent.iter().map(String::as_str).collect();
        let pages = [
            Page { url: text(5), title: text(6), referrer: text(7) },
            Page { url: text(8), title: text(9), referrer: "" },
        ];
        let header = BatchHeader {
            site: text(10), sent: ts, visitor,
            session: Session { id: session, number, entry_url: text(11), entry_referrer: text(0) },
            release, user: "{\"id\":\"u\"}", consent: &consent, pages: &pages,
        };
        let batch = write_batch(&header, [(1, &event), (0, &bare)].into_iter());
        prop_assert!(batch.len() >= event.weight() + bare.weight() - 26);
        let escaped = !batch.chars().any(|char| char < ' ' || matches!(char, '\u{2028}' | '\u{2029}'));
        prop_assert!(escaped);

        let (visitor_hex, session_hex) = (format!("{visitor:016x}"), format!("{session:016x}"));
        let read: reader::Batch<'_> = serde_json::from_str(&batch).unwrap();
        prop_assert_eq!(read.v, Loose::Is(1));
        prop_assert_eq!(read_text(&read.site), Some(text(10)));
        prop_assert_eq!(read.sent, Loose::Is(ts));
        prop_assert_eq!(read_text(&read.user.id), Some("u"));
        prop_assert_eq!(read_text(&read.visitor), Some(visitor_hex.as_str()));
        prop_assert_eq!(read_text(&read.session.id), Some(session_hex.as_str()));
        prop_assert_eq!(read.session.number, Loose::Is(u64::from(number)));
        prop_assert_eq!(read_text(&read.session.entry.url), Some(text(11)));
        prop_assert_eq!(read_text(&read.session.entry.referrer), Some(text(0)));
        prop_assert_eq!(read.release, Loose::Is(u64::from(release)));
        let granted: Vec<_> = read.consent.iter().map(|it| read_text(it).unwrap()).collect();
        prop_assert_eq!(granted, consent);
        prop_assert_eq!(read_text(&read.pages[0].title), Some(text(6)));
        prop_assert_eq!(read_text(&read.pages[1].url), Some(text(8)));

        let [first, second] = read.events.as_slice() else { panic!("two events") };
        let (first, second) = (first.get().unwrap(), second.get().unwrap());
        prop_assert_eq!(read_text(&first.id), Some(text(0)));
        prop_assert_eq!(read_text(&first.name), Some(text(1)));
        prop_assert_eq!(&first.ts, &Loose::Is(ts));
        prop_assert_eq!(&first.seq, &Loose::Is(u64::from(seq)));
        prop_assert_eq!(&first.page, &Loose::Is(1));
        let or_missing = |text: &str| if text.is_empty() { None } else { Some(text.to_owned()) };
        prop_assert_eq!(read_text(&first.tag).map(str::to_owned), or_missing(text(2)));
        prop_assert_eq!(read_text(&first.trigger).map(str::to_owned), or_missing(text(3)));
        prop_assert_eq!(read_text(&first.element).map(str::to_owned), or_missing(text(4)));
        let engaged = if engaged_ms == 0 { Loose::Missing } else { Loose::Is(u64::from(engaged_ms)) };
        prop_assert_eq!(&first.engaged_ms, &engaged);
        match first.sample_rate {
            Loose::Is(rate) => prop_assert_eq!((rate * 1e6).round(), f64::from(sample)),
            _ => prop_assert_eq!(sample, EVERYBODY),
        }
        prop_assert_eq!(&second.sample_rate, &Loose::Missing);
        let received = first.props.get().map_or(&[][..], |props| props.0.as_slice());
        prop_assert_eq!(received.len(), props.len());
        for ((key, sent), (received_key, received)) in props.iter().zip(received) {
            prop_assert_eq!(*key, received_key.as_ref());
            prop_assert!(same(sent, received), "{:?} {:?}", sent, received);
        }
        prop_assert_eq!(&second.page, &Loose::Is(0));
        prop_assert_eq!(&second.props, &Loose::Missing);
    }

    #[test]
    fn any_json_is_read_or_refused(text in any::<String>()) {
        let _ = serde_json::from_str::<reader::Batch<'_>>(&text);
        let _ = serde_json::from_str::<Loose<reader::Event<'_>>>(&text);
    }
}

#[test]
fn writes_what_the_protocol_shows() {
    let props = [
        ("sku", Value::text("42".to_owned())),
        ("price", Value::new(Kind::Number, "1990".to_owned())),
    ];
    let event = EventText::new(&EventRecord {
        id: "01941f29-7c00-7aaa-8000-000000000001",
        name: "add_to_cart",
        ts: 1_795_463_111_000,
        seq: 7,
        tag: "Add to cart",
        trigger: "buy button",
        element: "button.buy",
        engaged_ms: 0,
        sample: EVERYBODY,
        props: &props,
    });
    let header = BatchHeader {
        site: "shop",
        sent: 1_795_463_112_345,
        visitor: 0x9f86_d081_884c_7d65,
        session: Session {
            id: 0x6b03_f3a8_1f0c_22d4,
            number: 2,
            entry_url: "https://shop.example/?utm_source=ads",
            entry_referrer: "https://ya.ru/",
        },
        release: 3,
        user: "",
        consent: &["analytics"],
        pages: &[Page {
            url: "https://shop.example/product/42",
            title: "Kettle",
            referrer: "https://shop.example/",
        }],
    };
    let written: serde_json::Value =
        serde_json::from_str(&write_batch(&header, [(0, &event)].into_iter())).unwrap();
    let protocol = include_str!("../../docs/protocol.md");
    let shown = protocol
        .split("```json")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let shown: serde_json::Value = serde_json::from_str(shown).unwrap();
    assert_eq!(written, shown);
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
