//! What a page would call: read a release, then evaluate what happens.

use alloc::vec;
use core::mem::ManuallyDrop;

use weir_rules::evaluate::{Occurrence, evaluate};
use weir_rules::id::TriggerId;
use weir_rules::limits::Limits;
use weir_rules::release::{EventKind, Release};

use crate::host::{self, Imported};

/// Kinds that take different ways through the evaluator.
const KINDS: [EventKind; 8] = [
    EventKind::Pageview,
    EventKind::Click,
    EventKind::FormSubmit,
    EventKind::Visible,
    EventKind::ScrollPercent,
    EventKind::Timer,
    EventKind::Custom,
    EventKind::VideoProgress,
];

#[link(wasm_import_module = "page")]
#[expect(unsafe_code, reason = "imports without glue are unsafe to declare")]
unsafe extern "C" {
    /// Writes the release into memory.
    safe fn release(to: *mut u8);
    /// The next number of what happens: a kind (there are no more if it is none), an element, a trigger, a number.
    safe fn next() -> u32;
    /// A text of an event that is sent.
    safe fn send(what: u32, text: *const u8, length: usize);
}

/// Reads a release of so many bytes, and evaluates what happens, until nothing does. False if it is no release.
#[unsafe(no_mangle)]
#[expect(
    unsafe_code,
    unreachable_pub,
    reason = "an export of the module has a name of its own"
)]
pub extern "C" fn run(length: usize) -> bool {
    let mut bytes = vec![0; length];
    release(bytes.as_mut_ptr());
    let Ok(rules) = Release::read(&bytes) else {
        return false;
    };
    // Never dropped, as in the tag: the code that would drop it is not downloaded either.
    let rules = ManuallyDrop::new(rules);
    let mut limits = ManuallyDrop::new(Limits::new());
    loop {
        let Some(kind) = KINDS.get(usize::try_from(next()).unwrap_or(0)) else {
            return true;
        };
        let occurrence = Occurrence {
            kind: *kind,
            element: Some(next()).filter(|element| *element > 0),
            trigger: usize::try_from(next()).ok().map(TriggerId::from_index),
            number: next(),
            name: host::ask(13, 0, "").unwrap_or_default(),
        };
        for firing in evaluate(&rules, &occurrence, &mut Imported, &mut limits) {
            hand(0, firing.tag.event());
            hand(1, firing.tag.name());
            hand(2, firing.trigger.name());
            hand(3, &firing.element);
            for (name, value) in &firing.props {
                hand(4, name);
                hand(5, value.as_str());
            }
        }
    }
}

fn hand(what: u32, text: &str) {
    send(what, text.as_ptr(), text.len());
}
