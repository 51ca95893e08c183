//! What the three rules about the clicked element come to if a programmer writes them down: the baseline of evaluation.
//! The same for every size of the release, because the other rules are about other elements.
//!
//! Also compiled into the test build of the tag, to be measured in a browser.

use alloc::string::String;
use alloc::vec::Vec;

use weir_rules::host::{Host, Lent};
use weir_rules::id::SelectorId;
use weir_rules::release::Release;
use weir_rules::value::{self, Value};

/// An event, as far as evaluation makes it.
pub(crate) struct Sent {
    #[expect(dead_code, reason = "it is made to be sent, which is not measured")]
    pub(crate) event: &'static str,
    #[expect(dead_code, reason = "the same")]
    pub(crate) props: Vec<(&'static str, Value)>,
    #[expect(dead_code, reason = "the same")]
    pub(crate) element: String,
}

/// Where the selectors that the rules use stand in a release.
pub(crate) struct Selectors {
    buy: SelectorId,
    button: SelectorId,
    product: SelectorId,
}

impl Selectors {
    pub(crate) fn of(release: &Release) -> Option<Self> {
        let at = |selector: &str| {
            let position = release.selectors().position(|it| it == selector);
            position.map(SelectorId::from_index)
        };
        Some(Self {
            buy: at(".buy")?,
            button: at("#b1")?,
            product: at(".product")?,
        })
    }
}

/// The rules.
pub(crate) fn click<H: Host>(known: &Selectors, target: &H::Element, host: &mut H) -> Vec<Sent> {
    let mut sent = Vec::new();
    let rules = [
        (known.buy, "event_0"),
        (known.button, "event_1"),
        (known.product, "event_2"),
    ];
    for (selector, event) in rules {
        if let Some(element) = host.closest(target, selector) {
            let mut props = Vec::new();
            let product = host.closest(&element, known.product);
            if let Some(sku) = product.and_then(|product| host.attribute(&product, "data-sku")) {
                props.push(("sku", Value::text(sku)));
            }
            if let Some(text) = host.text(Lent::Text, "", Some(&element)) {
                props.push(("label", Value::text(value::tidy(&text))));
            }
            let element = describe(&element, host);
            sent.push(Sent {
                event,
                props,
                element,
            });
        }
    }
    sent
}

fn describe<H: Host>(element: &H::Element, host: &mut H) -> String {
    let mut text = host
        .text(Lent::TagName, "", Some(element))
        .unwrap_or_default();
    match host.attribute(element, "id") {
        Some(id) if !id.is_empty() => {
            text.push('#');
            text.push_str(&id);
        }
        _ => {
            let classes = host.attribute(element, "class").unwrap_or_default();
            for class in classes.split_ascii_whitespace().take(3) {
                text.push('.');
                text.push_str(class);
            }
        }
    }
    text
}
