//! From containers to what is served.
//!
//! Owns the path container → check → release → tag route, intake and warehouse, for sites that a file describes
//! (`source.rs`) and for those that are managed in the page (`managed.rs`), whose latest release in the control store is
//! their container. A file with an error never replaces what is in use: the last good release stays, also across a restart,
//! and the problems are kept for the API. The file system is watched by [`watch`]; what is published is read through
//! [`site::PublishedHandle`].

mod environments;
mod managed;
pub mod site;
mod source;
#[cfg(test)]
mod tests;
pub mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch as latest;
use weir_collector::{Environment, SiteId, SiteSettings, Sites};

use crate::container::{self, Container};
use crate::demo_shop::SAMPLE_VERSION;
use crate::store::{Draft, Store, StoredRelease};
use crate::tag::TagBuild;
use environments::Environments;
pub use environments::{EnvironmentError, LIVE};
use managed::ManagedSites;
pub use managed::{PublishError, create_by_text, publish_text};
use site::{
    Asked, Managed, Problem, Published, PublishedHandle, PublishedRelease, PublishedSite, State,
};
use source::{Reading, Source, log_problem};
pub use source::{file_name, read_text};

/// A container larger than this is something else.
pub const MAX_CONTAINER_BYTES: u64 = 4 << 20;
/// Who publishes when a file is saved.
const AUTHOR: &str = "file";

/// What the warehouse has to know: every site and its funnels.
pub type Definitions = Vec<weir_collector::warehouse::SiteDefinition>;

/// Where published things go.
#[derive(Debug)]
pub struct Destinations {
    /// Tag route and API.
    pub published: PublishedHandle,
    /// The collector's list of sites.
    pub intake: Sites,
    /// The task that keeps ClickHouse up to date.
    pub warehouse: latest::Sender<Definitions>,
}

/// Checks, numbers and hands out releases. Clones are one publisher: the thread that watches files has one, the API another.
#[derive(Debug, Clone)]
pub struct Publisher {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    store: Arc<Store>,
    build: Arc<TagBuild>,
    destinations: Destinations,
    sources: Vec<Source>,
    managed: ManagedSites,
    environments: Environments,
    sample: Option<Arc<Container>>,
}

/// A site on its way into the list: what the API shows and what the intake takes events by.
struct Assembled {
    site: PublishedSite,
    container: Option<Arc<Container>>,
}

impl Assembled {
    /// Whether pages get a release of this file's site.
    fn serves_from(&self, file: &str) -> bool {
        self.site.release.is_some() && self.site.source == file
    }
}

impl Publisher {
    /// Reads all files and publishes what is good. `sample`: the read-only site of the demo.
    pub fn start(
        store: Arc<Store>,
        build: Arc<TagBuild>,
        destinations: Destinations,
        files: &[PathBuf],
        sample: Option<Container>,
    ) -> Self {
        let sources = files.iter().map(|path| Source::new(path)).collect();
        let mut inner = Inner {
            store,
            build,
            destinations,
            sources,
            managed: ManagedSites::default(),
            environments: Environments::new(),
            sample: sample.map(Arc::new),
        };
        let names: Vec<&str> = inner.sources.iter().map(|it| it.name.as_str()).collect();
        if let Err(error) = inner.store.use_files(&names) {
            tracing::error!("cannot note which files are served: {error}");
        }
        for source in &inner.sources {
            source.log();
        }
        inner.publish();
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// The files, in the order in which they were given.
    pub fn files(&self) -> Vec<PathBuf> {
        self.lock()
            .sources
            .iter()
            .map(|source| source.path.clone())
            .collect()
    }

    /// Looks at all files, and publishes when one has changed.
    pub fn look(&self) {
        let mut inner = self.lock();
        let mut changed = false;
        for source in &mut inner.sources {
            changed |= source.look();
        }
        if changed {
            inner.publish();
        }
    }

    /// What is in use is replaced as a whole: a panic half-way has changed nothing.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Replaces what is in use by what the files say now. What did not change stays the same object.
    fn publish(&mut self) {
        let before = self.destinations.published.load_full();
        let mut sites: BTreeMap<String, Assembled> = BTreeMap::new();
        for source in &self.sources {
            let last = self.last_good(source);
            let id = source.site(last.as_ref());
            if let Some(first) = sites.get_mut(&id) {
                // Before anything is published: a second file must not number releases of the first one's site.
                let other = first.site.source.clone();
                let problem = Problem::SameSite {
                    site: id,
                    file: source.name.clone(),
                    other,
                };
                log_problem(&source.name, &problem);
                first.site.problems.push(problem);
                continue;
            }
            let assembled = self.assemble(source, &id, last, &before);
            sites.insert(id, assembled);
        }
        for source in &mut self.sources {
            let served = sites
                .iter()
                .find(|(_, assembled)| assembled.serves_from(&source.name));
            if let Some((id, _)) = served {
                source.serves = Some(id.clone());
            }
        }
        self.assemble_managed(&mut sites, &before);
        self.assemble_environments(&mut sites, &before);
        if let Some(sample) = &self.sample {
            let assembled = assemble_sample(sample);
            sites.entry(sample.site().to_owned()).or_insert(assembled);
        }
        self.hand_out(sites);
    }

    /// What a file with errors falls back on. Nothing is looked up for a good file.
    fn last_good(&self, source: &Source) -> Option<StoredRelease> {
        if matches!(source.reading, Reading::Good { .. }) {
            return None;
        }
        self.store
            .latest_of_file(&source.name)
            .unwrap_or_else(|error| {
                tracing::error!(
                    "cannot read the last good release of {}: {error}",
                    source.name
                );
                None
            })
    }

    fn assemble(
        &self,
        source: &Source,
        id: &str,
        last: Option<StoredRelease>,
        before: &Published,
    ) -> Assembled {
        let (container, text, warnings) = match &source.reading {
            Reading::Good {
                container,
                text,
                warnings,
            } => (container, text, warnings),
            Reading::Bad { problems, .. } => {
                return self.assemble_broken(source, last, problems, before);
            }
        };
        let draft = Draft {
            site: id,
            file: &source.name,
            source: text,
            now_ms: jiff::Timestamp::now().as_millisecond(),
            author: AUTHOR,
            note: "",
        };
        match self
            .store
            .publish(draft, |version| container.compile(version))
        {
            Ok((release, new)) => {
                if new {
                    let version = release.version;
                    tracing::info!("published `{id}` release {version} from {}", source.name);
                }
                let origin = (Managed::File, source.name.as_str());
                let site = self.live(origin, container, &release, warnings.clone(), before);
                Assembled {
                    site,
                    container: Some(Arc::clone(container)),
                }
            }
            Err(error) => {
                let problem = Problem::NotStored {
                    reason: error.to_string(),
                };
                log_problem(&source.name, &problem);
                let last = self.store.latest(id).ok().flatten();
                self.assemble_broken(source, last, &[problem], before)
            }
        }
    }

    /// A file with errors: its last good release serves on.
    fn assemble_broken(
        &self,
        source: &Source,
        last: Option<StoredRelease>,
        problems: &[Problem],
        before: &Published,
    ) -> Assembled {
        let nameless = source.is_nameless(last.as_ref());
        // Checked anew: only a checked container has settings. A stricter version of weir may refuse it.
        let checked = last.and_then(|release| {
            let container = container::check_published(&release.source).container?;
            Some((release, Arc::new(container)))
        });
        if let Some((release, container)) = checked {
            let origin = (Managed::File, source.name.as_str());
            let mut site = self.live(origin, &container, &release, problems.to_vec(), before);
            site.state = State::Broken;
            return Assembled {
                site,
                container: Some(container),
            };
        }
        Assembled {
            site: PublishedSite {
                nameless,
                ..PublishedSite::broken(Managed::File, &source.name, problems.to_vec())
            },
            container: None,
        }
    }

    fn live(
        &self,
        (managed, source): (Managed, &str),
        container: &Arc<Container>,
        release: &StoredRelease,
        problems: Vec<Problem>,
        before: &Published,
    ) -> PublishedSite {
        let known = before
            .sites
            .get(&release.site)
            .and_then(|site| site.release.clone())
            .filter(|known| known.version == release.version && known.script.is_some());
        let asked = before
            .sites
            .get(&release.site)
            .map(|site| site.asked.clone());
        // Compiled anew rather than taken from the store: the page's code may be of a newer version of weir than the
        // stored bytes are.
        let release = known.unwrap_or_else(|| {
            let bytes = container.compile(release.version);
            let (script, calls) = self
                .build
                .scripts(container.rules(), release.version, &bytes);
            PublishedRelease {
                version: release.version,
                script: Some(Arc::new(script)),
                calls: Some(Arc::new(calls)),
            }
        });
        PublishedSite {
            domains: container.domains(),
            release: Some(release),
            source: source.to_owned(),
            state: State::Live,
            problems,
            funnels: container.funnels(),
            managed,
            nameless: false,
            container: Some(Arc::clone(container)),
            asked: asked.unwrap_or_default(),
            environment: None,
            tried: Vec::new(),
        }
    }

    fn hand_out(&self, sites: BTreeMap<String, Assembled>) {
        let mut intake: Vec<SiteSettings> = Vec::new();
        let mut tried: Vec<Environment> = Vec::new();
        let mut definitions = Definitions::new();
        let mut published = Published::default();
        for (id, assembled) in sites {
            if let (Some(container), Some(release)) =
                (&assembled.container, &assembled.site.release)
            {
                definitions.push(container.definition(release.version));
                match container.settings(release.version) {
                    Ok(settings) => intake.push(settings),
                    Err(reason) => tracing::error!("`{id}` takes no events: {reason}"),
                }
            }
            tried.extend(assembled.site.tried.iter().filter_map(|one| {
                Some(Environment {
                    of: SiteId::parse(&id)?,
                    hosts: one.hosts.clone(),
                    companion: SiteId::parse(&one.id)?,
                })
            }));
            published.sites.insert(id, assembled.site);
        }
        definitions.extend(
            self.sample
                .as_ref()
                .map(|sample| sample.definition(SAMPLE_VERSION)),
        );
        self.destinations.intake.replace_with(intake, tried);
        self.destinations.published.store(Arc::new(published));
        self.destinations.warehouse.send_replace(definitions);
    }
}

fn assemble_sample(sample: &Arc<Container>) -> Assembled {
    let site = PublishedSite {
        domains: sample.domains(),
        release: Some(PublishedRelease {
            version: SAMPLE_VERSION,
            script: None,
            calls: None,
        }),
        source: String::new(),
        state: State::Live,
        problems: Vec::new(),
        funnels: sample.funnels(),
        managed: Managed::Sample,
        nameless: false,
        container: Some(Arc::clone(sample)),
        asked: Asked::default(),
        environment: None,
        tried: Vec::new(),
    };
    // Without its container: the sample takes no events.
    Assembled {
        site,
        container: None,
    }
}
