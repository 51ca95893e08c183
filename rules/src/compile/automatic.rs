//! The events that are sent without any rule, as rules: triggers and tags without names, before all others.
//!
//! So the page needs no code for them, and consent, order and payload are those of any event. Only time spent on a page is
//! reported by the page itself.

use crate::container::Literal;
use crate::container::{
    BuiltIn, Condition, Container, CustomName, ECOMMERCE_EVENTS, ElementOf, Expression, Leaf, Tag,
    TagKind, Test, Trigger, TriggerKind, VariableRef,
};
use crate::host::Lent;
use crate::link::LinkKind;
use crate::pattern::Pattern;
use crate::release::OncePer;

/// Event, trigger, condition, properties.
type Rule<'a> = (
    &'a str,
    TriggerKind,
    Option<Condition>,
    &'a [(&'a str, BuiltIn)],
);

/// What the data layer says of a shop.
fn of_shop(name: &str) -> BuiltIn {
    BuiltIn::Page(Lent::Ecommerce, name.to_owned())
}

/// Whether the data layer says that this has happened.
fn is_about(event: &str) -> Condition {
    Condition::Leaf(Leaf {
        variable: VariableRef::BuiltIn(of_shop("event")),
        test: Test::Equals(Literal::Text(event.to_owned())),
        negated: false,
        ignore_case: false,
        as_date: false,
    })
}

/// The container with the rules of its automatic events.
pub(super) fn added(container: &Container) -> Container {
    let mut whole = container.clone();
    let automatic = container.automatic;
    let link = |kinds: &[LinkKind]| TriggerKind::Link {
        selector: None,
        kinds: kinds.to_vec(),
    };
    let of_link = |what, key: &str| BuiltIn::Element(ElementOf::Trigger, what, key.to_owned());
    let about_contact = [
        ("url", of_link(Lent::Address, "href")),
        ("text", of_link(Lent::Text, "")),
        ("kind", BuiltIn::LinkKind),
    ];
    // Of the others, the name of the event says of what kind they are.
    let about_link = about_contact.split_last().map_or(&[][..], |(_, rest)| rest);
    let contacts = [LinkKind::Phone, LinkKind::Mail, LinkKind::Messenger];
    let nothing: &[(&str, BuiltIn)] = &[];
    let rules = [
        (
            automatic.pageview,
            "pageview",
            TriggerKind::Pageview,
            nothing,
        ),
        (
            automatic.outbound_click,
            "outbound_click",
            link(&[LinkKind::Outbound]),
            about_link,
        ),
        (
            automatic.file_download,
            "file_download",
            link(&[LinkKind::Download]),
            about_link,
        ),
        (
            automatic.contact_click,
            "contact_click",
            link(&contacts),
            &about_contact,
        ),
    ];
    let mut rules: Vec<Rule<'_>> = rules
        .into_iter()
        .filter(|(is_on, ..)| *is_on)
        .map(|(_, event, kind, with)| (event, kind, None, with))
        .collect();
    let about_shop = ["order_id", "revenue", "value", "currency", "item", "items"]
        .map(|name| (name, of_shop(name)));
    if let (true, Ok(any_name)) = (automatic.ecommerce, Pattern::parse("^", false)) {
        for event in ECOMMERCE_EVENTS {
            let kind = TriggerKind::Custom(CustomName::Fits(any_name.clone()));
            rules.push((event, kind, Some(is_about(event)), &about_shop));
        }
    }
    let mut tags = Vec::new();
    for (event, kind, when, with) in rules {
        let trigger = Trigger {
            name: String::new(),
            kind,
            when,
        };
        let property = |(name, built_in): &(&str, BuiltIn)| {
            let value = Expression::Variable(VariableRef::BuiltIn(built_in.clone()));
            ((*name).to_owned(), value)
        };
        tags.push(Tag {
            name: String::new(),
            on: vec![whole.triggers.len()],
            except: Vec::new(),
            kind: TagKind::Event {
                name: event.to_owned(),
                with: with.iter().map(property).collect(),
            },
            once_per: OncePer::Event,
            consent: vec!["analytics".to_owned()],
            sample: None,
            priority: i32::MAX,
            from: None,
            until: None,
            paused: false,
            labels: Vec::new(),
            notes: None,
        });
        whole.triggers.push(trigger);
    }
    whole.tags.splice(0..0, tags);
    whole
}
