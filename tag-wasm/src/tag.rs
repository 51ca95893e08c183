//! The tag of one page load: the release, and what it has counted on the present page view.

use alloc::boxed::Box;
use alloc::string::String;

use weir_rules::evaluate::{Firing, Occurrence, evaluate};
use weir_rules::limits::Limits;
use weir_rules::payload::{write_event, write_object};
use weir_rules::release::{EventKind, Release, TagKind};

use crate::host::PageHost;
use crate::page::{self, index};

#[cfg(feature = "direct")]
mod direct;

/// Between two categories of consent, where the page is told of several.
const SEPARATOR: char = '\u{1f}';

/// The key of who wants to be asked about each click.
const ASK_ALWAYS: &str = "*";

/// See the module.
pub(crate) struct Tag {
    release: &'static Release,
    limits: Limits,
}

impl Tag {
    /// Tells the page what the rules will ask for.
    pub(crate) fn new(release: Release) -> Self {
        // As long as the page.
        let release: &'static Release = Box::leak(Box::new(release));
        for (at, selector) in release.selectors().enumerate() {
            page::define_selector(index(at), selector);
        }
        for id in release.waiting_for(EventKind::Click) {
            if let Some(trigger) = release.trigger(id) {
                page::define_keys(index(id.index()), trigger.keys());
            }
        }
        // These fire with clicks that no other trigger is about.
        for id in release.waiting_for(EventKind::AnyEvent) {
            page::define_keys(index(id.index()), ASK_ALWAYS);
        }
        #[cfg(feature = "preview")]
        page::define_keys(0, ASK_ALWAYS);
        for (at, (source, ignore_case)) in release.patterns().enumerate() {
            page::define_pattern(index(at), source, ignore_case);
        }
        Self {
            release,
            limits: Limits::new(),
        }
    }

    /// Another page view.
    pub(crate) fn begin(&mut self) {
        self.limits = Limits::new();
    }

    /// Tells the page of everything that fires.
    pub(crate) fn happen(&mut self, now: u64, occurrence: &Occurrence<u32>) {
        let mut host = PageHost {
            release: self.release,
            now,
            #[cfg(feature = "preview")]
            notes: crate::preview::Notes::default(),
        };
        let firings = evaluate(self.release, occurrence, &mut host, &mut self.limits);
        #[cfg(feature = "preview")]
        crate::preview::tell(occurrence, &mut host, &firings);
        for firing in firings {
            tell(&firing);
        }
    }
}

fn tell(firing: &Firing<'_>) {
    let mut text = String::new();
    let is_event = firing.tag.kind() == TagKind::Event;
    if is_event {
        write_event(&mut text, firing);
    } else {
        write_object(&mut text, &firing.props);
    }
    let mut waits_for = String::new();
    if firing.waits {
        for category in firing.tag.consent() {
            if !waits_for.is_empty() {
                waits_for.push(SEPARATOR);
            }
            waits_for.push_str(category);
        }
    }
    let what = if is_event && firing.tag.name().is_empty() {
        page::AUTOMATIC
    } else {
        firing.tag.kind() as u32
    };
    page::fire(what, &text, &waits_for);
}
