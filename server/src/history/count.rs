//! Counts what would have fired, by tag and page, with a few examples.

use std::collections::{HashMap, HashSet};

use weir_rules::replay::{Happened, Hit, Visit};

use super::Stored;

/// Pages that are told of a tag, those with the most first.
const TOP_PAGES: usize = 10;
/// Examples that are told of a tag, each of another page.
const EXAMPLES: usize = 5;

/// What would have fired.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    tags: HashMap<String, Counting>,
    pub(crate) visits: u64,
    pub(crate) visitors: u64,
    pub(crate) pageviews: u64,
    pub(crate) link_clicks: u64,
    /// Events of tags of the release that speak for a trigger of the draft.
    pub(crate) tag_events: u64,
}

#[derive(Debug, Default)]
struct Counting {
    times: u64,
    visitors: HashSet<u64>,
    pages: HashMap<String, u64>,
    examples: Vec<Example>,
}

/// One time that it would have fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) at_ms: u64,
    pub(crate) page: String,
    pub(crate) url: String,
    pub(crate) trigger: String,
    /// The element, or where the link leads; empty for a page view.
    pub(crate) what: String,
}

/// Of one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagCount {
    pub(crate) times: u64,
    pub(crate) visitors: u64,
    /// On how many pages.
    pub(crate) pages: u64,
    pub(crate) top_pages: Vec<(String, u64)>,
    pub(crate) examples: Vec<Example>,
}

impl Tally {
    pub(super) fn of(stored: &Stored) -> Self {
        let mut tally = Self::default();
        let mut last = None;
        for visit in &stored.visits {
            tally.visits += 1;
            if last != Some(visit.visitor) {
                last = Some(visit.visitor);
                tally.visitors += 1;
            }
            for moment in visit.views.iter().flat_map(|view| &view.moments) {
                match moment.what {
                    Happened::Pageview => tally.pageviews += 1,
                    Happened::Link { .. } => tally.link_clicks += 1,
                    Happened::Fired { .. } => tally.tag_events += 1,
                }
            }
        }
        tally
    }

    pub(super) fn add(&mut self, visit: &Visit, pages: &[String], hit: &Hit) {
        let (Some(view), Some(page)) = (visit.views.get(hit.view), pages.get(hit.view)) else {
            return;
        };
        let counting = self.tags.entry(hit.tag.clone()).or_default();
        counting.times += 1;
        counting.visitors.insert(visit.visitor);
        let times = counting.pages.entry(page.clone()).or_default();
        *times += 1;
        if *times > 1 || counting.examples.len() >= EXAMPLES {
            return;
        }
        let Some(moment) = view.moments.get(hit.moment) else {
            return;
        };
        counting.examples.push(Example {
            at_ms: moment.at_ms,
            page: page.clone(),
            url: view.url.clone(),
            trigger: hit.trigger.clone(),
            what: match &moment.what {
                Happened::Pageview => String::new(),
                Happened::Link { url, .. } => url.clone(),
                Happened::Fired { element, .. } => element.clone(),
            },
        });
    }

    /// What is counted of a tag.
    pub(crate) fn tag(&self, tag: &str) -> TagCount {
        let Some(counting) = self.tags.get(tag) else {
            return TagCount {
                times: 0,
                visitors: 0,
                pages: 0,
                top_pages: Vec::new(),
                examples: Vec::new(),
            };
        };
        let mut top: Vec<(String, u64)> = counting
            .pages
            .iter()
            .map(|(page, times)| (page.clone(), *times))
            .collect();
        top.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        top.truncate(TOP_PAGES);
        TagCount {
            times: counting.times,
            visitors: counting.visitors.len() as u64,
            pages: counting.pages.len() as u64,
            top_pages: top,
            examples: counting.examples.clone(),
        }
    }
}
