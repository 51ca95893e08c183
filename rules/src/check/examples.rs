//! Checks examples: whether they can be run, not what comes of it.

use crate::bounds::{MAX_HTML_CHARS, MAX_NAME_CHARS, MAX_PIXELS, MAX_URL_CHARS};
use crate::container::Literal;
use crate::container::{
    Example, ExamplePage, ExampleStep, Expected, ExpectedWhat, StepTakes, Written,
};
use crate::diagnostic::{Detail, RuleFault, Thing, UrlFault};
use crate::draft::{At, DraftExample, DraftExamplePage, DraftExampleStep, DraftExpected};
use crate::report::Spot;
use crate::suggest;
use crate::vocabulary::CONSENT_STATES;

use super::Checker;
use super::site::is_domain;

impl Checker<'_, '_, '_> {
    pub(super) fn example(&mut self, draft: &DraftExample) -> Option<Example> {
        let name = draft.name.as_ref().filter(|name| self.is_name(name));
        let page = draft.page.as_ref().and_then(|page| self.example_page(page));
        let steps: Vec<_> = draft
            .steps
            .iter()
            .map(|step| self.example_step(step))
            .collect();
        let expect: Vec<_> = draft
            .expect
            .iter()
            .map(|expected| self.expected(expected))
            .collect();
        Some(Example {
            name: name?.it.clone(),
            written: written(&draft.spot),
            page: page?,
            steps: steps.into_iter().collect::<Option<_>>()?,
            expect: expect.into_iter().collect::<Option<_>>()?,
        })
    }

    fn example_page(&mut self, draft: &DraftExamplePage) -> Option<ExamplePage> {
        let url = match &draft.url {
            None => Some(self.usual_address()),
            Some(url) => self.page_address(url),
        };
        let html = draft
            .html
            .as_ref()
            .is_none_or(|html| self.fits(html, MAX_HTML_CHARS));
        let referrer = draft
            .referrer
            .as_ref()
            .is_none_or(|text| self.fits(text, MAX_URL_CHARS));
        let mut consent = Vec::new();
        let mut all = true;
        for (category, state) in &draft.consent {
            let known = self.categories(std::slice::from_ref(category));
            let state = self.choose(Some(state), CONSENT_STATES, "denied");
            match (known, state) {
                (Some(_), Some(state)) => consent.push((category.it.clone(), state == "granted")),
                _ => all = false,
            }
        }
        let today = self.optional_date(draft.today.as_ref());
        let plain = |pairs: &[(At<String>, At<String>)]| {
            let pair =
                |(name, value): &(At<String>, At<String>)| (name.it.clone(), value.it.clone());
            pairs.iter().map(pair).collect()
        };
        let text =
            |text: &Option<At<String>>| text.as_ref().map_or_else(String::new, |it| it.it.clone());
        if !(html && referrer && all) {
            return None;
        }
        Some(ExamplePage {
            url: url?,
            html: text(&draft.html),
            referrer: text(&draft.referrer),
            cookies: plain(&draft.cookies),
            local_storage: plain(&draft.local_storage),
            session_storage: plain(&draft.session_storage),
            data_layer: draft.data_layer.clone(),
            globals: draft.globals.clone(),
            consent,
            today: today?.map(|day| day.to_string()),
        })
    }

    /// The front page of the site.
    fn usual_address(&self) -> String {
        let domains = self.draft.site.iter().flat_map(|site| &site.domains);
        let mut hosts = domains.filter(|domain| !domain.it.starts_with('*'));
        let host = hosts.next().map_or("localhost", |host| host.it.as_str());
        format!("https://{host}/")
    }

    fn page_address(&mut self, url: &At<String>) -> Option<String> {
        if !self.fits(url, MAX_URL_CHARS) {
            return None;
        }
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| url.it.strip_prefix(scheme));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        let host = host.and_then(|host| host.split(':').next());
        if host.is_some_and(|host| is_domain(&host.to_lowercase())) {
            return Some(url.it.clone());
        }
        let fault = RuleFault::Url {
            url: url.it.clone(),
            fault: UrlFault::NotPage,
        };
        self.report.add(Detail::Rule(fault), &url.spot);
        None
    }

    fn example_step(&mut self, draft: &DraftExampleStep) -> Option<ExampleStep> {
        let what = match (&draft.what, draft.takes) {
            (None, _) => String::new(),
            (Some(what), StepTakes::Percent) => self.whole(Some(what), 1, 100, None)?.to_string(),
            (Some(what), StepTakes::Pixels) => {
                self.whole(Some(what), 1, MAX_PIXELS, None)?.to_string()
            }
            (Some(what), takes) => {
                let text = At {
                    it: what.it.clone().into_text(),
                    spot: what.spot.clone(),
                };
                match takes {
                    StepTakes::Selector => self.selector(&text)?.as_str().to_owned(),
                    StepTakes::Time => {
                        let seconds = self.duration_s(&text, crate::bounds::MAX_GROUP_WITHIN_S)?;
                        (seconds * 1_000).to_string()
                    }
                    StepTakes::Name => self.fits(&text, MAX_NAME_CHARS).then_some(text.it)?,
                    _ => text.it,
                }
            }
        };
        Some(ExampleStep {
            kind: draft.kind.to_owned(),
            what,
            data: draft.data.clone(),
            written: written(&draft.spot),
        })
    }

    fn expected(&mut self, draft: &DraftExpected) -> Option<Expected> {
        let tag = match &draft.tag {
            None => Some(None),
            Some(tag) => self.tag_ref(tag).map(Some),
        };
        let what = if draft.is_push {
            Some(ExpectedWhat::Push)
        } else if let Some(event) = &draft.event {
            self.expected_event(event).map(ExpectedWhat::Event)
        } else if let Some(pixel) = &draft.pixel {
            Some(ExpectedWhat::Pixel(pixel.it.clone()))
        } else if let Some(script) = &draft.script {
            Some(ExpectedWhat::Script(script.it.clone()))
        } else {
            Some(ExpectedWhat::Anything)
        };
        let values: Vec<_> = draft
            .with
            .iter()
            .map(|(name, value)| {
                if let Literal::Text(text) = &value.it {
                    let text = At {
                        it: text.clone(),
                        spot: value.spot.clone(),
                    };
                    self.wanted_text(&text)?;
                }
                Some((name.it.clone(), value.it.clone()))
            })
            .collect();
        Some(Expected {
            what: what?,
            tag: tag?,
            with: values.into_iter().collect::<Option<_>>()?,
            written: written(&draft.spot),
        })
    }

    /// An event that an example waits for: one that no tag sends never comes.
    fn expected_event(&mut self, event: &At<String>) -> Option<String> {
        if !self.is_identifier(event) {
            return None;
        }
        let sent = self.sent_by_tags();
        if !sent.contains(&event.it) {
            let detail = Detail::FunnelEventNeverSent {
                event: event.it.clone(),
                suggestion: suggest::nearest(&event.it, sent.iter().map(String::as_str)),
                known: sent,
            };
            self.report.add(detail, &event.spot);
        }
        Some(event.it.clone())
    }

    fn tag_ref(&mut self, tag: &At<String>) -> Option<String> {
        let names = self.draft.tags.iter().filter_map(|tag| tag.name.as_ref());
        let known: Vec<String> = names.map(|name| name.it.clone()).collect();
        if known.contains(&tag.it) {
            return Some(tag.it.clone());
        }
        let fault = RuleFault::UnknownName {
            of: Thing::Tag,
            name: tag.it.clone(),
            suggestion: suggest::nearest(&tag.it, known.iter().map(String::as_str)),
            known,
        };
        self.report.add(Detail::Rule(fault), &tag.spot);
        None
    }
}

fn written(spot: &Spot) -> Written {
    Written {
        path: spot.path.clone(),
        span: spot.span.clone(),
    }
}
