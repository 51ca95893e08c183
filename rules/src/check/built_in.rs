//! Built-in variables: what their names mean.

use crate::bounds::MAX_NAME_CHARS;
use crate::container::{BuiltIn, ElementOf};
use crate::host::Lent;

/// A built-in variable by its name.
pub(crate) fn built_in(name: &str) -> Option<BuiltIn> {
    use ElementOf::{Form, Link, Trigger};
    let page = |what| BuiltIn::Page(what, String::new());
    let element = |of, what, key: &str| BuiltIn::Element(of, what, key.to_owned());
    Some(match name {
        "page.url" => page(Lent::Url),
        "page.host" => page(Lent::Host),
        "page.path" => page(Lent::Path),
        "page.fragment" => page(Lent::Fragment),
        "page.title" => page(Lent::Title),
        "page.referrer" => page(Lent::Referrer),
        "page.language" => page(Lent::Language),
        "element" => BuiltIn::Description(Trigger),
        "element.text" => element(Trigger, Lent::Text, ""),
        "element.id" => element(Trigger, Lent::Attribute, "id"),
        "element.classes" => element(Trigger, Lent::Attribute, "class"),
        "element.name" => element(Trigger, Lent::Attribute, "name"),
        "element.href" => element(Trigger, Lent::Address, "href"),
        "element.selector" => element(Trigger, Lent::Selector, ""),
        "form" => BuiltIn::Description(Form),
        "form.id" => element(Form, Lent::Attribute, "id"),
        "form.name" => element(Form, Lent::Attribute, "name"),
        "form.action" => element(Form, Lent::Address, "action"),
        "link.url" => element(Link, Lent::Address, "href"),
        "link.kind" => BuiltIn::LinkKind,
        "link.outbound" => BuiltIn::LeadsOut,
        "event.name" => BuiltIn::EventName,
        "session.source" => BuiltIn::SessionSource,
        "session.medium" => BuiltIn::SessionMedium,
        "session.campaign" => BuiltIn::SessionCampaign,
        "visitor.is_new" => BuiltIn::IsNewVisitor,
        "time.hour" => BuiltIn::Time("hour"),
        "time.weekday" => BuiltIn::Time("weekday"),
        "time.iso" => BuiltIn::Time("iso"),
        "container.version" => BuiltIn::Version,
        "random" => page(Lent::Random),
        "scroll.percent" | "visible.ratio" | "visible.ms" | "video.title" | "video.percent"
        | "video.url" | "video.provider" | "error.message" | "error.url" | "error.line"
        | "history.from" | "history.to" => BuiltIn::Page(Lent::Detail, name.to_owned()),
        _ => return with_key(name),
    })
}

/// Those whose last part is the author's own.
fn with_key(name: &str) -> Option<BuiltIn> {
    let page = |what, key: &str| Some(BuiltIn::Page(what, key.to_owned()));
    let element = |of, what, key: &str| Some(BuiltIn::Element(of, what, key.to_owned()));
    let behind = |prefix: &str| name.strip_prefix(prefix).filter(|key| is_key(key));
    if let Some(key) = behind("page.query.") {
        return page(Lent::Query, key);
    }
    if let Some(key) = behind("element.attr.").filter(|key| is_attribute_name(key)) {
        return element(ElementOf::Trigger, Lent::Attribute, key);
    }
    if let Some(key) = behind("form.field.") {
        return element(ElementOf::Form, Lent::FormField, key);
    }
    if behind("event.").is_some() {
        return page(Lent::Detail, name);
    }
    if let Some(key) = behind("cookie.") {
        return page(Lent::Cookie, key);
    }
    if let Some(key) = behind("consent.") {
        return page(Lent::Consent, key);
    }
    match (name.strip_prefix("session."), name.strip_prefix("device.")) {
        (Some(key @ ("number" | "landing_page" | "is_new")), _) => page(Lent::Session, key),
        (_, Some(key @ ("type" | "width" | "height"))) => page(Lent::Device, key),
        _ => None,
    }
}

/// Whether a text can be the author's part of a name.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_NAME_CHARS
}

pub(super) fn is_attribute_name(name: &str) -> bool {
    let forbidden = |char: char| {
        char.is_whitespace()
            || char.is_control()
            || matches!(char, '"' | '\'' | '>' | '<' | '/' | '=')
    };
    is_key(name) && !name.contains(forbidden)
}
