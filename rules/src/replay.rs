//! A draft, replayed on what is stored of real visits: how often would its tags have fired.
//!
//! What is stored is less than what happened: page views, clicks on links that lead out, to files and to people (the automatic
//! events), and what made a tag of the release in use fire. [`Replay::plans`] says for each trigger of the draft which of these can
//! speak for it, and for the others why nothing can (`replay/plan.rs`). What can be answered is decided by the evaluator that the
//! page downloads; nothing is estimated here.
//!
//! A trigger that is the same in the release is not tried again: its tag's events tell when it fired. It is replaced by an
//! event of its own, so that exceptions, consent, limits and dates of the draft's tags are judged on top of it. A browser that
//! was here before the first stored visit is taken for one in which the draft's tags have not fired.

mod known;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::action::Action;
use crate::compile::compile_traceable;
use crate::container::Container;
use crate::evaluate::{Occurrence, evaluate};
use crate::limits::Limits;
use crate::page::{Memory, Page, PageHost, Ready, Tree};
use crate::release::{EventKind, Release};

pub use plan::{Answer, Source, TagPlan, Unknown};

/// A session, as much of it as is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    /// Who.
    pub visitor: u64,
    /// Which session of theirs, from 1.
    pub number: u32,
    /// Address of its first page.
    pub landing_page: String,
    /// Referrer of its first page.
    pub referrer: String,
    /// The pages, in order.
    pub views: Vec<View>,
}

/// A page that was seen in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// Its address, as stored.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Address of the page before.
    pub referrer: String,
    /// `desktop`, `mobile`, `tablet` or `tv`.
    pub device: String,
    /// What happened on it, in order.
    pub moments: Vec<Moment>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// The categories of consent that were granted.
    pub consent: Vec<String>,
    /// What it was.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// The page was opened.
    Pageview,
    /// A link was clicked.
    Link {
        /// Where it leads.
        url: String,
        /// What it says.
        text: String,
        /// It was taken for a file.
        is_download: bool,
    },
    /// A tag of the release fired.
    Fired {
        /// Its name.
        tag: String,
        /// The trigger that made it.
        trigger: String,
        /// The element it happened on, in short.
        element: String,
    },
}

/// A tag of the draft that would have fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The tag.
    pub tag: String,
    /// The trigger of the draft that would have made it.
    pub trigger: String,
    /// On which of the visit's views.
    pub view: usize,
    /// By which of the view's moments.
    pub moment: usize,
}

/// A draft, ready to be replayed.
pub struct Replay {
    plans: Vec<TagPlan>,
    release: Release,
    ready: Rc<Ready>,
    /// Every category of consent, and whether it is granted where nothing else is stored.
    consent: BTreeMap<String, bool>,
    /// Who came last, and what their browser remembers.
    last: (u64, Memory),
}

impl Replay {
    /// `draft`: what is asked about. `release`: the rules that were in use while visits were stored.
    pub fn new(draft: &Container, release: &Container) -> Self {
        let (plans, bench) = plan::of(draft, release);
        let (compiled, _) = compile_traceable(&bench, 1);
        let ready = Rc::new(Ready::of(&compiled));
        let known: Vec<&str> = release
            .consent
            .categories
            .iter()
            .map(|(it, _)| it.as_str())
            .collect();
        let categories = draft.consent.categories.iter();
        let consent = categories
            // What was stored says no word of a category that is new.
            .map(|(category, granted)| {
                (
                    category.clone(),
                    *granted && !known.contains(&category.as_str()),
                )
            })
            .collect();
        Self {
            plans,
            release: compiled,
            ready,
            consent,
            last: (0, Memory::new()),
        }
    }

    /// Not what would have fired, but how often it might have: of these tags of the release, the page views on which their
    /// triggers' conditions held, as far as those are about the page and stored.
    pub fn of_chances(release: &Container, tags: &[String]) -> Self {
        Self::new(&plan::chances(release, tags), release)
    }

    /// Of each tag of the draft, in its order: what can be answered.
    pub fn plans(&self) -> &[TagPlan] {
        &self.plans
    }

    /// The tags of the release whose events are needed, with their triggers.
    pub fn recorders(&self) -> Vec<(String, String)> {
        let answers = self.plans.iter().flat_map(|plan| &plan.triggers);
        let mut needed: Vec<(String, String)> = answers
            .filter_map(|(_, answer)| match answer {
                Answer::From(Source::Tag { tag, trigger, .. }) => {
                    Some((tag.clone(), trigger.clone()))
                }
                Answer::From(Source::Pageviews | Source::Links) | Answer::Unknown(_) => None,
            })
            .collect();
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    /// What would have fired in a session. Sessions of a visitor come one after the other, in order.
    pub fn visit(&mut self, visit: &Visit) -> Vec<Hit> {
        if self.last.0 != visit.visitor {
            self.last = (visit.visitor, Memory::new());
        }
        let mut memory = std::mem::take(&mut self.last.1);
        let mut hits = Vec::new();
        for (at, view) in visit.views.iter().enumerate() {
            memory = self.view(visit, at, view, memory, &mut hits);
        }
        self.last.1 = memory;
        hits
    }

    fn view(
        &self,
        visit: &Visit,
        at: usize,
        view: &View,
        memory: Memory,
        hits: &mut Vec<Hit>,
    ) -> Memory {
        let html = html(view);
        let mut page = Page::new(&view.url, &html);
        page.referrer.clone_from(&view.referrer);
        page.session.number = visit.number;
        page.session.landing_page.clone_from(&visit.landing_page);
        page.session.referrer.clone_from(&visit.referrer);
        page.session.is_new = at == 0;
        page.device.kind.clone_from(&view.device);
        let mut host = PageHost::of_visit(&page, &self.release, Rc::clone(&self.ready), memory);
        host.visitor = visit.visitor;
        let mut limits = Limits::new();
        for (index, moment) in view.moments.iter().enumerate() {
            host.now_ms = moment.at_ms;
            host.consent.clone_from(&self.consent);
            for category in &moment.consent {
                host.consent.insert(category.clone(), true);
            }
            for occurrence in self.occurrences(&page, index, moment) {
                let firings = evaluate(&self.release, &occurrence, &mut host, &mut limits);
                hits.extend(firings.iter().map(|firing| Hit {
                    tag: firing.tag.name().to_owned(),
                    trigger: firing.trigger.name().to_owned(),
                    view: at,
                    moment: index,
                }));
            }
        }
        host.into_memory()
    }

    fn occurrences(
        &self,
        page: &Page,
        index: usize,
        moment: &Moment,
    ) -> Vec<Occurrence<crate::page::ElementId>> {
        match &moment.what {
            Happened::Pageview => vec![Occurrence::of(EventKind::Pageview)],
            Happened::Link { .. } => {
                let action = Action::On(EventKind::Click, String::new());
                let element = page.select(&format!("#{}", mark(index)));
                let heard = action.heard(page, &self.release, element);
                heard
                    .into_iter()
                    .map(|(occurrence, _): (_, Tree)| occurrence)
                    .collect()
            }
            Happened::Fired {
                tag,
                trigger,
                element,
            } => {
                let element = page.select(&format!("[title=\"{}\"]", word(element)));
                let named = Occurrence::custom(plan::event_of(tag, trigger));
                vec![Occurrence { element, ..named }]
            }
        }
    }
}

/// The page as far as it is known: its title, the links that were clicked, and one element for each that a tag's event tells
/// apart from the others.
fn html(view: &View) -> String {
    let mut html = format!("<title>{}</title>", escaped(&view.title));
    let mut elements: Vec<String> = Vec::new();
    for (index, moment) in view.moments.iter().enumerate() {
        match &moment.what {
            Happened::Pageview => {}
            Happened::Link {
                url,
                text,
                is_download,
            } => {
                let download = if *is_download { " download" } else { "" };
                let (url, text) = (escaped(url), escaped(text));
                html.push_str(&format!(
                    "<a id=\"{}\" href=\"{url}\"{download}>{text}</a>",
                    mark(index)
                ));
            }
            Happened::Fired { element, .. } if element.is_empty() => {}
            Happened::Fired { element, .. } => elements.push(word(element)),
        }
    }
    elements.sort_unstable();
    elements.dedup();
    for element in elements {
        html.push_str(&format!("<i title=\"{element}\"></i>"));
    }
    html
}

/// The id of the link that was clicked in this moment.
fn mark(index: usize) -> String {
    format!("weir-{index}")
}

/// A description of an element as a word that needs no quotes: its bytes.
fn word(description: &str) -> String {
    description
        .bytes()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
