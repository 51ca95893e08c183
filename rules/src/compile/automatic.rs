//! The events that are sent without any rule, as rules: triggers and tags without names, before all others.
//!
//! So the page needs no code for them, and consent, order and payload are those of any event. Only time spent on a page is
//! reported by the page itself.

use crate::container::{
    BuiltIn, Container, ElementOf, Expression, Tag, TagKind, Trigger, TriggerKind, VariableRef,
};
use crate::host::Lent;
use crate::link::LinkKind;
use crate::release::OncePer;

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
    let mut tags = Vec::new();
    for (is_on, event, kind, with) in rules {
        if !is_on {
            continue;
        }
        let trigger = Trigger {
            name: String::new(),
            kind,
            when: None,
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
