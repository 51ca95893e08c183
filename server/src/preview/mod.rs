//! Previews: a site's own page with a draft in place of what is published, for whoever has the link.
//!
//! ```text
//! link -> the page's loader -> GET {prefix}site.secret/tag.js   the draft's script, or one that says why not
//!                              GET {prefix}site.secret/…        module, panel, calls
//!                              POST {prefix}site.secret/events  what happened -> in words, and into weir.preview_events
//! ```
//!
//! A draft is checked and compiled as at publishing, and runs nothing else. What is observed goes nowhere near real events.
//! Lookups block for a moment, on the control store.

pub mod events;
pub mod link;
mod place;
mod refusal;
mod report;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value as Json, json};
use weir_collector::warehouse::PreviewRow;
use weir_rules::preview::{Explainer, words};
use weir_rules::release::EventKind;

use crate::cli::Language;
use crate::container::{self, Container, lang};
use crate::funnel::is_identifier;
use crate::store::Store;
use crate::store::audit::Actor;
use crate::tag::TagBuild;
pub use events::Writer;
use link::Link;
use place::Place;
pub use refusal::Refusal;
pub use report::MAX_BODY_BYTES;
use report::{Batch, Report};

/// What one link may observe, at most.
const MAX_OBSERVED: u64 = 5_000;
/// Drafts that are kept ready, at most.
const MAX_OPEN: usize = 32;
/// Links of which it is remembered where they were made, at most.
const MAX_MADE: usize = 1_000;
/// Things that happen without any rule being asked, in English and Russian. `no_panel`: the page does not let it in.
const OTHER_KINDS: [(&str, &str, &str); 7] = [
    ("engagement", "time on the page", "время на странице"),
    ("identify", "user named", "пользователь назван"),
    ("consent", "consent", "согласие"),
    ("raw", "event without rules", "событие без правил"),
    ("problem", "call not understood", "вызов не понят"),
    (
        "optout",
        "this browser has opted out: nothing is collected",
        "этот браузер отказался от участия: ничего не собирается",
    ),
    (
        "no_panel",
        "the page does not let the panel in",
        "страница не пускает панель",
    ),
];

/// Handle on previews.
#[derive(Debug, Clone)]
pub struct Previews(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<Store>,
    build: Arc<TagBuild>,
    writer: Writer,
    /// Where the web application is, as far as is known without its being open; no slash at its end.
    app: String,
    /// Where it was when a link was made in it, by the id of the link: the address for pages need not be the one for people.
    /// What a restart forgets is the address for pages again.
    made_at: Mutex<HashMap<String, String>>,
    /// Drafts that were asked for, by the id of the link.
    open: Mutex<HashMap<String, Arc<Draft>>>,
}

/// A draft that is previewed.
#[derive(Debug)]
struct Draft {
    source: String,
    explainer: Explainer,
    compiled: Vec<u8>,
    version: u32,
    observed: AtomicU64,
}

/// A link that was opened.
struct Opened {
    id: String,
    /// The site whose draft it is.
    site: String,
    /// The id in the tag of the page.
    tag: String,
    token: String,
    origin: String,
    expires_at: i64,
    draft: Arc<Draft>,
}

impl Previews {
    /// Previews of the sites of this store.
    pub fn new(store: Arc<Store>, build: Arc<TagBuild>, writer: Writer, app: String) -> Self {
        Self(Arc::new(Inner {
            store,
            build,
            writer,
            app,
            made_at: Mutex::default(),
            open: Mutex::default(),
        }))
    }

    /// Makes a link to a page of the site. Without a text it shows the site's draft. `origin`: of the web application that it is
    /// made in, as the browser says it.
    pub fn make(
        &self,
        site: &str,
        url: Option<&str>,
        source: Option<&str>,
        author: &str,
        origin: Option<&str>,
    ) -> Result<Link, Refusal> {
        let link = make(
            &self.0.store,
            site,
            url,
            source,
            author,
            link::DEFAULT_MINUTES,
        )?;
        if let Some(origin) = origin.and_then(web_origin) {
            let mut made_at = self
                .0
                .made_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if made_at.len() >= MAX_MADE {
                made_at.clear();
            }
            made_at.insert(link.id.clone(), origin);
        }
        Ok(link)
    }

    /// Takes back all links of a site.
    pub fn revoke(&self, site: &str, who: &str) -> Result<usize, Refusal> {
        let actor = Actor {
            who,
            now_ms: now_ms(),
        };
        let site = site_of(&self.0.store, site)?;
        let revoked = self.0.store.revoke_previews(&site, actor);
        revoked.map_err(|error| unavailable(&error))
    }

    /// The script of the draft; one that says why there is none, if there is none. `folder`: what the page asks for.
    /// `origin`: of the page, if the browser says it.
    pub fn script(&self, folder: &str, origin: Option<&str>) -> String {
        match self.open(folder, origin) {
            Ok(opened) => {
                let draft = &opened.draft;
                let preview = self.told(&opened);
                self.0.build.preview_script(
                    draft.explainer.container(),
                    draft.version,
                    &draft.compiled,
                    &opened.token,
                    &preview,
                )
            }
            Err(refusal) => {
                // INVARIANT: only the name of a site gets into a path that the page will load.
                let site = folder.split('.').next().unwrap_or_default();
                let site = if is_identifier(site) { site } else { "unknown" };
                self.0.build.refused_preview(site, &refusal.for_page())
            }
        }
    }

    /// What the draft's script asks for when the page calls what few pages do.
    pub fn calls(&self, folder: &str, origin: Option<&str>) -> Result<String, Refusal> {
        let opened = self.open(folder, origin)?;
        let draft = &opened.draft;
        Ok(self
            .0
            .build
            .preview_calls(draft.explainer.container(), &draft.compiled))
    }

    /// Takes what a page has observed; the answer says the same in words. `origin`: of the page.
    pub fn observe(
        &self,
        folder: &str,
        origin: Option<&str>,
        body: &[u8],
    ) -> Result<Json, ObserveError> {
        // Every browser names the origin of such a request.
        let opened = self.open(folder, Some(origin.unwrap_or_default()))?;
        let batch =
            Batch::read(body).map_err(|error| ObserveError::Malformed(error.to_string()))?;
        let mut answers = Vec::new();
        for report in batch.reports() {
            let observed = opened.draft.observed.fetch_add(1, Ordering::Relaxed);
            if observed >= MAX_OBSERVED {
                return Err(Refusal::TooMany.into());
            }
            let (row, answer) = explained(&opened, report);
            self.0.writer.write(row);
            answers.push(answer);
        }
        Ok(json!({ "events": answers }))
    }

    fn open(&self, folder: &str, origin: Option<&str>) -> Result<Opened, Refusal> {
        let (tag, token, hash) = link::read(folder).ok_or(Refusal::Unknown)?;
        let place = Place::of_tag(&self.0.store, tag)?;
        let found = self.0.store.preview(&hash);
        let stored = found
            .map_err(|error| unavailable(&error))?
            .filter(|stored| stored.site == place.site())
            .ok_or(Refusal::Unknown)?;
        if stored.revoked_at.is_some() {
            return Err(Refusal::Revoked);
        }
        if stored.expires_at <= now_ms() {
            return Err(Refusal::Expired);
        }
        if origin.is_some_and(|origin| origin != stored.origin) {
            return Err(Refusal::OtherOrigin {
                origin: stored.origin,
            });
        }
        let latest = self.0.store.latest(place.tag());
        let latest = latest.map_err(|error| unavailable(&error))?;
        let latest = latest.ok_or_else(|| Refusal::NoRelease {
            site: tag.to_owned(),
        })?;
        let source = match stored.source {
            Some(source) => source,
            None => present(&self.0.store, place.site(), &latest.source)?,
        };
        let version = latest.version + u32::from(source != latest.source);
        let draft = self.draft(&stored.id, &place, source, version)?;
        Ok(Opened {
            id: stored.id,
            site: stored.site,
            tag: place.tag().to_owned(),
            token: token.to_owned(),
            origin: stored.origin,
            expires_at: stored.expires_at,
            draft,
        })
    }

    /// The draft, checked and compiled anew when its text is another.
    fn draft(
        &self,
        id: &str,
        place: &Place,
        source: String,
        version: u32,
    ) -> Result<Arc<Draft>, Refusal> {
        let open = || self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open().get(id).cloned();
        if let Some(known) = &known
            && known.source == source
            && known.version == version
        {
            return Ok(Arc::clone(known));
        }
        let container = place.container(sound(&source, place.site())?);
        let compiled = container.compile(version);
        let observed = known.map_or(0, |known| known.observed.load(Ordering::Relaxed));
        let draft = Arc::new(Draft {
            explainer: Explainer::new(container.into_rules(), version),
            compiled,
            version,
            source,
            observed: AtomicU64::new(observed),
        });
        let mut open = open();
        if open.len() >= MAX_OPEN && !open.contains_key(id) {
            // They are made again when they are asked for.
            open.clear();
        }
        open.insert(id.to_owned(), Arc::clone(&draft));
        Ok(draft)
    }

    /// What the page is told of its preview.
    fn told(&self, opened: &Opened) -> Json {
        let container = opened.draft.explainer.container();
        let triggers: Vec<&str> = container.triggers.iter().map(|it| &*it.name).collect();
        let tags: Vec<&str> = container.tags.iter().map(|it| &*it.name).collect();
        let other = Refusal::OtherOrigin {
            origin: opened.origin.clone(),
        };
        let made_at = self
            .0
            .made_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        json!({
            "token": opened.token,
            "origin": opened.origin,
            "expires": opened.expires_at,
            "app": made_at.get(&opened.id).unwrap_or(&self.0.app),
            "site": opened.site,
            "names": { "triggers": triggers, "tags": tags },
            "words": { "en": words_of(Language::En), "ru": words_of(Language::Ru) },
            "wrongOrigin": other.for_page(),
            "script": self.0.build.script_path(&opened.tag),
        })
    }
}

/// An origin of the web, as it is written.
fn web_origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    is_web.then(|| url.origin().ascii_serialization())
}

/// Why a report was not taken.
#[derive(Debug)]
pub enum ObserveError {
    /// The preview is no good, or not any more.
    Refused(Refusal),
    /// It cannot be read.
    Malformed(String),
}

impl From<Refusal> for ObserveError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Makes a link to a page of a site that has been published. `site` may be the companion of an environment: its pages are then
/// those that open without an address.
pub fn make(
    store: &Store,
    site: &str,
    url: Option<&str>,
    source: Option<&str>,
    author: &str,
    minutes: u32,
) -> Result<Link, Refusal> {
    let place = Place::of_tag(store, site)?.at(url);
    let no_release = || Refusal::NoRelease {
        site: place.tag().to_owned(),
    };
    let latest = store
        .latest(place.tag())
        .map_err(|error| unavailable(&error))?;
    let latest = latest.ok_or_else(no_release)?;
    let published = container::check_published(&latest.source).container;
    let settings = place
        .container(published.ok_or_else(no_release)?)
        .settings(latest.version)
        .map_err(|reason| Refusal::Store { reason })?;
    // What is wrong is said at once, and not first on the page.
    match source {
        Some(source) => sound(source, place.site())?,
        None => sound(&present(store, place.site(), &latest.source)?, place.site())?,
    };
    let mut random = [0; link::RANDOM_BYTES];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut random))
        .map_err(|error| Refusal::Store {
            reason: format!("/dev/urandom: {error}"),
        })?;
    let wish = link::Wish {
        site: place.site(),
        settings: &settings,
        url,
        source,
        author,
        minutes,
        now_ms: now_ms(),
        random,
    };
    link::make(store, &wish).map_err(|refusal| place.told(refusal))
}

/// The site whose previews those of a site are: the companion of an environment shows the draft of its own site.
pub fn site_of(store: &Store, site: &str) -> Result<String, Refusal> {
    Ok(Place::of_tag(store, site)?.site().to_owned())
}

/// What is being edited in the page; else what is published.
fn present(store: &Store, site: &str, published: &str) -> Result<String, Refusal> {
    let draft = store.draft(site).map_err(|error| unavailable(&error))?;
    let draft = draft.filter(|draft| draft.open);
    Ok(draft.map_or_else(|| published.to_owned(), |draft| draft.source))
}

/// The container of a draft, which must be that of the site and without errors.
fn sound(source: &str, site: &str) -> Result<Container, Refusal> {
    let checked = container::check(source);
    let Some(container) = checked.container else {
        let error = checked
            .problems
            .iter()
            .find(|problem| problem.severity == weir_rules::Severity::Error);
        let told = |language| error.map(|problem| container::told(problem, language));
        return Err(match (told(Language::En), told(Language::Ru)) {
            (Some(english), Some(russian)) => Refusal::BadDraft {
                problem: Box::new((english, russian)),
            },
            _ => Refusal::Unknown,
        });
    };
    if container.site() != site {
        return Err(Refusal::DraftOfOther {
            site: container.site().to_owned(),
        });
    }
    Ok(container)
}

/// A report, as a row and as an answer.
fn explained(opened: &Opened, report: &Report) -> (PreviewRow, Json) {
    let (notes, fired) = (report.notes(), report.fired());
    let told = |language| {
        let explainer = &opened.draft.explainer;
        let text = explainer.explain(report.kind(), &notes, &fired, lang(language));
        serde_json::from_str::<Json>(&text).unwrap_or_default()
    };
    let (en, ru) = (told(Language::En), told(Language::Ru));
    let received_at = now_ms();
    let names = fired.iter().map(|fired| match fired.tag.as_str() {
        "" => fired.event.clone(),
        tag => tag.to_owned(),
    });
    let details = json!({
        "title": report.title(),
        "consent": report.consent(),
        "en": en,
        "ru": ru,
    });
    let row = PreviewRow {
        site: opened.site.clone(),
        id: 0,
        received_at,
        at: report.at(received_at),
        preview: opened.id.clone(),
        kind: report.kind_name(),
        name: report.name(),
        element: report.element(),
        page_url: report.url(),
        fired: names.collect(),
        details: details.to_string(),
    };
    (row, json!({ "no": report.no, "en": en, "ru": ru }))
}

/// What things that happen are called, by what a report calls them.
fn words_of(language: Language) -> Json {
    let mut all = serde_json::Map::new();
    for kind in EventKind::ALL {
        let number = (kind as u8).to_string();
        all.insert(number, words(kind, lang(language)).into());
    }
    for (kind, english, russian) in OTHER_KINDS {
        let word = match language {
            Language::En => english,
            Language::Ru => russian,
        };
        all.insert(kind.to_owned(), word.into());
    }
    Json::Object(all)
}

/// What something is called that a row tells of.
pub fn word(kind: &str, language: Language) -> String {
    let known = EventKind::ALL.into_iter().find(|it| it.name() == kind);
    let other = OTHER_KINDS.iter().find(|(name, ..)| *name == kind);
    match (known, other, language) {
        (Some(kind), ..) => words(kind, lang(language)).to_owned(),
        (_, Some((_, english, _)), Language::En) => (*english).to_owned(),
        (_, Some((.., russian)), Language::Ru) => (*russian).to_owned(),
        _ => kind.to_owned(),
    }
}

fn unavailable(error: &crate::store::StoreError) -> Refusal {
    Refusal::Store {
        reason: error.to_string(),
    }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
