//! What a previewed page observes (feature `preview`): each thing that happened, the steps of its evaluation and what fires,
//! as JSON for `js/preview/observe.js`, which adds where and when. Who it goes to gives the numbers names:
//! `weir_rules::preview`.
//!
//! ```text
//! {"kind":number,"name":…,"number":…,"element":…,"steps":[step…],
//!  "fired":[{"kind","tag","trigger","event","element","with":{…},"waits":bool}…]}
//! step: ["m",trigger] | ["v",condition(,kind,text)] | ["c",condition,0|1] | ["t",trigger(,held)] | ["g",tag(,held(,trigger))]
//! ```

use alloc::string::String;

use weir_rules::evaluate::{Firing, Occurrence};
use weir_rules::host::{Host, Lent};
use weir_rules::payload::{write_object, write_string};
use weir_rules::release::TagKind;
use weir_rules::trace::{Step, TagHeld, TriggerHeld};

use crate::host::PageHost;
use crate::page;

/// Steps of one evaluation that are told, at most, in bytes.
const MAX_STEPS_BYTES: usize = 48 * 1024;

/// The steps of one evaluation.
#[derive(Default)]
pub(crate) struct Notes(String);

impl Notes {
    /// Takes down one step.
    pub(crate) fn take(&mut self, step: &Step<'_, u32>) {
        if self.0.len() > MAX_STEPS_BYTES {
            return;
        }
        let (letter, of) = match step {
            Step::Met { trigger, .. } => ("m", trigger.index()),
            Step::Value { condition, .. } => ("v", condition.index()),
            Step::Condition { id, .. } => ("c", id.index()),
            Step::Trigger { trigger, .. } => ("t", trigger.index()),
            Step::Tag { tag, .. } => ("g", tag.index()),
        };
        self.0
            .push_str(if self.0.is_empty() { "[\"" } else { ",[\"" });
        self.0.push_str(letter);
        self.0.push('"');
        self.number(of);
        match step {
            Step::Value {
                value: Some(value), ..
            } => {
                self.number(value.kind() as usize);
                self.0.push(',');
                write_string(&mut self.0, value.as_str());
            }
            Step::Condition { holds, .. } => self.number(usize::from(*holds)),
            Step::Trigger {
                held: Some(held), ..
            } => self.number(match held {
                TriggerHeld::Condition => 0,
                TriggerHeld::Once => 1,
            }),
            Step::Tag {
                held: Some(held), ..
            } => match held {
                TagHeld::Except(trigger) => {
                    self.number(0);
                    self.number(trigger.index());
                }
                TagHeld::Date => self.number(1),
                TagHeld::Sample => self.number(2),
                TagHeld::Consent => self.number(3),
                TagHeld::Once => self.number(4),
            },
            _ => {}
        }
        self.0.push(']');
    }

    fn number(&mut self, number: usize) {
        self.0.push(',');
        push_integer(&mut self.0, number);
    }
}

/// Something happened, and the rules were asked.
pub(crate) fn tell(occurrence: &Occurrence<u32>, host: &mut PageHost<'_>, firings: &[Firing<'_>]) {
    let element = occurrence
        .element
        .and_then(|element| host.text(Lent::Description, "", Some(&element)))
        .unwrap_or_default();
    let mut out = String::from("{\"kind\":");
    push_integer(&mut out, occurrence.kind as usize);
    text(&mut out, "name", &occurrence.name);
    out.push_str(",\"number\":");
    push_integer(&mut out, usize::try_from(occurrence.number).unwrap_or(0));
    text(&mut out, "element", &element);
    out.push_str(",\"steps\":[");
    out.push_str(&host.notes.0);
    out.push_str("],\"fired\":[");
    for (at, firing) in firings.iter().enumerate() {
        out.push_str(if at > 0 { ",{" } else { "{" });
        fired(&mut out, firing);
        out.push('}');
    }
    out.push_str("]}");
    page::observe(&out);
}

fn fired(out: &mut String, firing: &Firing<'_>) {
    out.push_str(match firing.tag.kind() {
        TagKind::Event => "\"kind\":\"event\"",
        TagKind::Pixel => "\"kind\":\"pixel\"",
        TagKind::Script => "\"kind\":\"script\"",
        TagKind::Push => "\"kind\":\"push\"",
    });
    text(out, "tag", firing.tag.name());
    text(out, "trigger", firing.trigger.name());
    text(out, "event", firing.tag.event());
    text(out, "element", &firing.element);
    out.push_str(",\"with\":");
    write_object(out, &firing.props);
    if firing.waits {
        out.push_str(",\"waits\":true");
    }
}

fn text(out: &mut String, name: &str, text: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    write_string(out, text);
}

fn push_integer(out: &mut String, number: usize) {
    if number > 9 {
        push_integer(out, number / 10);
    }
    let digit = u32::try_from(number % 10).unwrap_or(0);
    out.push(char::from_digit(digit, 10).unwrap_or('0'));
}
