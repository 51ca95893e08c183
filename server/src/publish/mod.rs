//! From container files to what is served.
//!
//! Owns the path file → check → release → tag route, intake and warehouse. A file with an error never replaces what is
//! in use: the last good release stays, also across a restart, and the problems are kept for the API. The file system
//! is watched by [`watch`]; what is published is read through [`site::PublishedHandle`].

pub mod site;
#[cfg(test)]
mod tests;
pub mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch as latest;
use weir_collector::{SiteSettings, Sites};

use crate::cli::Language;
use crate::container::{self, Container};
use crate::demo_shop::SAMPLE_VERSION;
use crate::store::{Draft, Store, StoredRelease};
use crate::tag::TagBuild;
use site::{Problem, Published, PublishedHandle, PublishedRelease, PublishedSite, State};

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

/// Checks, numbers and hands out releases.
#[derive(Debug)]
pub struct Publisher {
    store: Arc<Store>,
    build: Arc<TagBuild>,
    destinations: Destinations,
    sources: Vec<Source>,
    sample: Option<Container>,
}

/// One container file.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    /// How the file is called in messages and in the store: its path, absolute where the system knows it.
    name: String,
    /// Taken before reading, so that a save meanwhile is noticed.
    fingerprint: Fingerprint,
    reading: Reading,
    /// The site that has been served from this file since the start.
    serves: Option<String>,
}

/// What changes when a file is saved: time, size, inode. `None`: there is no such file.
type Fingerprint = Option<(i64, i64, u64, u64)>;

/// What a file said when it was last read.
#[derive(Debug)]
enum Reading {
    Good {
        container: Arc<Container>,
        text: String,
        warnings: Vec<Problem>,
    },
    Bad {
        site: Option<String>,
        problems: Vec<Problem>,
    },
}

/// A site on its way into the list: what the API shows and what stands behind it.
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
        let mut publisher = Self {
            store,
            build,
            destinations,
            sources,
            sample,
        };
        for source in &publisher.sources {
            source.log();
        }
        publisher.publish();
        publisher
    }

    /// The files, in the order in which they were given.
    pub fn files(&self) -> Vec<PathBuf> {
        self.sources
            .iter()
            .map(|source| source.path.clone())
            .collect()
    }

    /// Looks at all files, and publishes when one has changed.
    pub fn look(&mut self) {
        let mut changed = false;
        for source in &mut self.sources {
            let fingerprint = fingerprint(&source.path);
            if fingerprint != source.fingerprint {
                source.fingerprint = fingerprint;
                source.read();
                source.log();
                changed = true;
            }
        }
        if changed {
            self.publish();
        }
    }

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
                let site = self.live(source, container, &release, warnings.clone(), before);
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
            let mut site = self.live(source, &container, &release, problems.to_vec(), before);
            site.state = State::Broken;
            return Assembled {
                site,
                container: Some(container),
            };
        }
        let site = PublishedSite {
            domains: Vec::new(),
            release: None,
            source: source.name.clone(),
            state: State::Broken,
            problems: problems.to_vec(),
            funnels: Vec::new(),
            sample: false,
            nameless,
        };
        Assembled {
            site,
            container: None,
        }
    }

    fn live(
        &self,
        source: &Source,
        container: &Container,
        release: &StoredRelease,
        problems: Vec<Problem>,
        before: &Published,
    ) -> PublishedSite {
        let known = before
            .sites
            .get(&release.site)
            .and_then(|site| site.release.clone())
            .filter(|known| known.version == release.version && known.script.is_some());
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
            source: source.name.clone(),
            state: State::Live,
            problems,
            funnels: container.funnels(),
            sample: false,
            nameless: false,
        }
    }

    fn hand_out(&self, sites: BTreeMap<String, Assembled>) {
        let mut intake: Vec<SiteSettings> = Vec::new();
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
            published.sites.insert(id, assembled.site);
        }
        definitions.extend(
            self.sample
                .as_ref()
                .map(|sample| sample.definition(SAMPLE_VERSION)),
        );
        self.destinations.intake.replace(intake);
        self.destinations.published.store(Arc::new(published));
        self.destinations.warehouse.send_replace(definitions);
    }
}

impl Source {
    fn new(path: &Path) -> Self {
        let name = file_name(path);
        let fingerprint = fingerprint(path);
        Self {
            path: path.to_owned(),
            fingerprint,
            reading: read(path, &name),
            name,
            serves: None,
        }
    }

    /// Reads the file anew. That it names another site is an error: pages carry the old site's tag, which would be gone
    /// for all of them at once, and its events with it. At a start it is taken for what is meant.
    fn read(&mut self) {
        self.reading = read(&self.path, &self.name);
        let (
            Some(serves),
            Reading::Good {
                container, text, ..
            },
        ) = (&self.serves, &self.reading)
        else {
            return;
        };
        if container.site() != serves {
            let (line, column) = container::site_id_place(text).unwrap_or_default();
            let problem = Problem::SiteIdChanged {
                site: serves.clone(),
                wanted: container.site().to_owned(),
                line,
                column,
            };
            self.reading = Reading::Bad {
                site: Some(serves.clone()),
                problems: vec![problem],
            };
        }
    }

    /// Whether nobody knows the site: neither the text nor the store says.
    fn is_nameless(&self, last: Option<&StoredRelease>) -> bool {
        matches!(self.reading, Reading::Bad { site: None, .. }) && last.is_none()
    }

    /// The site that this file is about, as well as that can be known.
    fn site(&self, last: Option<&StoredRelease>) -> String {
        match (&self.reading, last) {
            (Reading::Good { container, .. }, _) => container.site().to_owned(),
            (Reading::Bad { .. }, Some(last)) => last.site.clone(),
            (
                Reading::Bad {
                    site: Some(site), ..
                },
                None,
            ) => site.clone(),
            (Reading::Bad { site: None, .. }, None) => id_from_file(&self.path),
        }
    }

    fn log(&self) {
        let (Reading::Good {
            warnings: problems, ..
        }
        | Reading::Bad { problems, .. }) = &self.reading;
        for problem in problems {
            log_problem(&self.name, problem);
        }
    }
}

/// How a container file is called in messages and in the store: its path, absolute where the system knows it.
pub fn file_name(path: &Path) -> String {
    let name = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    name.display().to_string()
}

fn fingerprint(file: &Path) -> Fingerprint {
    let meta = fs::metadata(file).ok()?;
    Some((meta.mtime(), meta.mtime_nsec(), meta.len(), meta.ino()))
}

fn log_problem(file: &str, problem: &Problem) {
    let told = problem.told(Language::En);
    let place = match told.line {
        0 => file.to_owned(),
        line => format!("{file}:{line}:{}", told.column),
    };
    if told.severity == "error" {
        tracing::error!("{place}: {} ({})", told.message, told.hint);
    } else {
        tracing::warn!("{place}: {} ({})", told.message, told.hint);
    }
}

fn read(path: &Path, name: &str) -> Reading {
    match read_text(path) {
        Ok(text) => {
            let checked = container::check(&text);
            let problems = checked.problems.into_iter().map(Problem::Rule).collect();
            match checked.container {
                Some(container) => Reading::Good {
                    container: Arc::new(container),
                    text,
                    warnings: problems,
                },
                None => Reading::Bad {
                    site: container::site_id(&text),
                    problems,
                },
            }
        }
        Err(reason) => Reading::Bad {
            site: None,
            problems: vec![Problem::Unreadable {
                file: name.to_owned(),
                reason,
            }],
        },
    }
}

/// Reads a container file; the error is a reason in words.
pub fn read_text(path: &Path) -> Result<String, String> {
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.take(MAX_CONTAINER_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_CONTAINER_BYTES {
        return Err(format!(
            "it is larger than {} MiB",
            MAX_CONTAINER_BYTES >> 20
        ));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

fn assemble_sample(sample: &Container) -> Assembled {
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
        sample: true,
        nameless: false,
    };
    // Without its container: the sample takes no events.
    Assembled {
        site,
        container: None,
    }
}

/// A name for a site whose container cannot be read: that of the file.
fn id_from_file(path: &Path) -> String {
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().to_ascii_lowercase());
    let id: String = stem
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(64)
        .collect();
    if id.is_empty() {
        "unnamed".to_owned()
    } else {
        id
    }
}
