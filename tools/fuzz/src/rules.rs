//! Targets in `weir-rules`.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a target says by panicking what does not hold"
)]

use weir_rules::evaluate::{Occurrence, evaluate};
use weir_rules::id::TriggerId;
use weir_rules::limits::Limits;
use weir_rules::page::{Page, PageHost};
use weir_rules::release::{EventKind, Release};
use weir_rules::{check, compile};

const HTML: &str = r#"<html lang="ru"><title>Чай</title><body><div class="product" data-sku="42"><b class="price">1 990 ₽</b>
<button class="buy"><i>Купить</i></button></div><form id="lead" action="/send"><input name="mail" value="a@b.c"></form>"#;

/// Bytes that are read as a release can be evaluated: nothing panics, everything ends.
pub(crate) fn release(bytes: &[u8]) {
    let Ok(release) = Release::read(bytes) else {
        return;
    };
    let page = Page::new("https://shop.example/product/42?a=1&b=%D1%8F#top", HTML);
    let mut host = PageHost::new(&page, &release);
    let mut limits = Limits::new();
    for kind in EventKind::ALL {
        for element in [None, page.select(".buy i"), page.select("input")] {
            let occurrence = Occurrence {
                element,
                trigger: Some(TriggerId::from_index(0)),
                number: 50,
                name: "add_to_cart".to_owned(),
                ..Occurrence::of(kind)
            };
            evaluate(&release, &occurrence, &mut host, &mut limits);
        }
    }
}

/// Any text is judged; what is accepted compiles to a release that is read, and that compiles to the same bytes again.
pub(crate) fn draft(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let checked = check(&text);
    let lines = text.lines().count().max(1);
    for problem in &checked.problems {
        assert!(
            (1..=lines + 1).contains(&usize::try_from(problem.line).unwrap()),
            "line {} of {lines}",
            problem.line
        );
    }
    if let Some(container) = checked.container {
        let bytes = compile(&container, 1);
        if let Err(error) = Release::read(&bytes) {
            panic!("what was accepted cannot be read: {error:?}");
        }
        assert_eq!(bytes, compile(&container, 1));
    }
}

/// A pattern that is accepted compiles here as well, and looks through a hostile text in bounded time.
pub(crate) fn pattern(bytes: &[u8]) {
    let pattern = String::from_utf8_lossy(bytes);
    let container = serde_json::json!({
        "weir": 1, "site": { "id": "s" },
        "triggers": { "t": { "pageview": {}, "when": { "page.query.q": { "matches": pattern } } } },
        "tags": [{ "name": "T", "on": ["t"], "event": "e" }],
    });
    let Some(container) = check(&container.to_string()).container else {
        return;
    };
    let release = Release::read(&compile(&container, 1)).unwrap();
    let unit: String = pattern
        .chars()
        .filter(|char| char.is_alphanumeric())
        .take(3)
        .collect();
    let unit = if unit.is_empty() { "a" } else { &unit };
    let page = Page::new(
        &format!("https://shop.example/?q={}!", unit.repeat(300)),
        "",
    );
    let mut host = PageHost::new(&page, &release);
    evaluate(
        &release,
        &Occurrence::of(EventKind::Pageview),
        &mut host,
        &mut Limits::new(),
    );
}

/// A selector that is accepted can be looked for.
pub(crate) fn selector(bytes: &[u8]) {
    let selector = String::from_utf8_lossy(bytes);
    let container = serde_json::json!({
        "weir": 1, "site": { "id": "s" },
        "triggers": { "t": { "click": { "selector": selector } } },
        "tags": [{ "name": "T", "on": ["t"], "event": "e" }],
    });
    if let Some(container) = check(&container.to_string()).container {
        release(&compile(&container, 1));
    }
}

/// Any body is read as a batch or refused; what is odd in it is read loosely, never by a panic.
pub(crate) fn payload(bytes: &[u8]) {
    let _ = serde_json::from_slice::<weir_rules::payload::reader::Batch<'_>>(bytes);
}
