//! Sites that are managed in the page: their latest release in the control store is their container.
//!
//! A file that describes the same site wins, so that whoever runs the server has the last word; when it goes, the page
//! takes over with the release that was in use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::environments::{EnvironmentError, LIVE, named, require_free_domains};
use super::site::{Managed, Problem, Published, PublishedSite, State};
use super::source::log_problem;
use super::{Assembled, Inner, Publisher};
use crate::container::{self, Container};
use crate::store::audit::Actor;
use crate::store::drafts::DraftError;
use crate::store::environments::StoredEnvironment;
use crate::store::publishing::Origin;
use crate::store::{Draft, Store, StoreError, StoredRelease};

/// What is known of the managed sites, by id. Checking a large container takes its time: once for each release.
pub(super) type ManagedSites = BTreeMap<String, ManagedSite>;

/// A managed site as it was last read.
#[derive(Debug, Clone)]
pub(super) struct ManagedSite {
    pub(super) release: StoredRelease,
    pub(super) container: Option<Arc<Container>>,
    pub(super) problems: Vec<Problem>,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The container has errors.
    #[error("the container has errors")]
    Problems(Vec<Problem>),
    /// There is a site with this id.
    #[error("there is a site with this id already")]
    SiteExists,
    /// A file describes the site.
    #[error("the site is described by the file `{0}`")]
    File(String),
    /// There is no such release.
    #[error("there is no such release")]
    NoRelease,
    /// An environment is not as it has to be.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The draft is not what it was, or there is none.
    #[error(transparent)]
    Draft(#[from] DraftError),
}

impl From<StoreError> for PublishError {
    fn from(error: StoreError) -> Self {
        Self::Draft(error.into())
    }
}

impl Publisher {
    /// Makes a site and publishes its first release.
    pub fn create_site(&self, draft: Draft<'_>) -> Result<(), PublishError> {
        let container = checked(draft)?;
        let mut inner = self.lock();
        let published = inner.destinations.published.load_full();
        if published.sites.contains_key(draft.site) {
            return Err(PublishError::SiteExists);
        }
        let made = inner
            .store
            .create_site(draft, |version| container.compile(version))?;
        if !made {
            return Err(PublishError::SiteExists);
        }
        tracing::info!("`{}` is managed in the page from now on", draft.site);
        inner.publish();
        Ok(())
    }

    /// Removes a site: pages get no script any more, its events and releases stay. Says whether there was one.
    pub fn remove_site(&self, site: &str, actor: Actor<'_>) -> Result<bool, PublishError> {
        let mut inner = self.lock();
        inner.require_no_file(site)?;
        let removed = inner.store.remove_site(site, actor)?;
        if removed {
            tracing::info!("`{site}` was removed in the page");
            inner.publish();
        }
        Ok(removed)
    }

    /// Makes a release of a site, or of one of its environments (`to`), and hands it out; says which number it has. The text is
    /// read here: that of `publication` counts for a text of the command line's only.
    pub fn make_release(
        &self,
        to: Option<&str>,
        origin: &Origin,
        publication: Draft<'_>,
    ) -> Result<u32, PublishError> {
        let site = publication.site;
        let store = {
            let inner = self.lock();
            inner.require_no_file(site)?;
            Arc::clone(&inner.store)
        };
        let (to, source) = found(&store, site, to, origin, publication.source)?;
        let publication = Draft {
            source: &source,
            ..publication
        };
        // Checking a large container takes its time: others publish meanwhile, and the store sees to it that nothing is mixed up.
        let container = checked(publication)?;
        let mut inner = self.lock();
        inner.require_no_file(site)?;
        let release = store_release(&store, to.as_ref(), origin, publication, container)?;
        let StoredRelease { site, version, .. } = &release;
        tracing::info!("published `{site}` release {version} from the page");
        inner.publish();
        Ok(*version)
    }

    /// Takes up what another process has published, or made.
    pub fn follow(&self) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let heads = inner.store.heads()?;
        let managed = inner.managed.values().map(|known| &known.release);
        let tried = inner.environments.iter().map(|(_, known)| &known.release);
        let known: BTreeMap<&str, u32> = managed
            .chain(tried)
            .map(|release| (release.site.as_str(), release.version))
            .collect();
        // A site that a file describes is not among the known; its releases are the file's.
        let by_file = |site: &str| {
            let published = inner.destinations.published.load();
            let site = published.sites.get(site);
            site.is_some_and(|site| site.managed == Managed::File)
        };
        let is_new = |(site, version): &(String, u32)| {
            *version > 0 && known.get(site.as_str()) != Some(version) && !by_file(site)
        };
        if heads.iter().any(is_new) {
            inner.publish();
        }
        Ok(())
    }
}

/// Where a release goes, and the text that it is made of.
fn found(
    store: &Store,
    site: &str,
    to: Option<&str>,
    origin: &Origin,
    text: &str,
) -> Result<(Option<StoredEnvironment>, String), PublishError> {
    let to = to
        .filter(|name| *name != LIVE)
        .map(|name| named(store, site, name))
        .transpose()?;
    let release = |of: &str, version| {
        let found = store.release(of, version)?;
        Ok::<_, PublishError>(found.ok_or(PublishError::NoRelease)?.source)
    };
    let source = match origin {
        Origin::Text => text.to_owned(),
        Origin::Draft { revision } => {
            let draft = store.draft(site)?.ok_or(DraftError::Unknown)?;
            if draft.revision != *revision {
                return Err(DraftError::Changed(Box::new(draft)).into());
            }
            draft.source
        }
        Origin::Release { version, .. } => {
            release(to.as_ref().map_or(site, |to| to.id.as_str()), *version)?
        }
        Origin::Environment { name, seen, .. } => release(&named(store, site, name)?.id, *seen)?,
    };
    Ok((to, source))
}

/// The last step, under the lock of whoever hands releases out.
fn store_release(
    store: &Store,
    to: Option<&StoredEnvironment>,
    origin: &Origin,
    publication: Draft<'_>,
    container: Container,
) -> Result<StoredRelease, PublishError> {
    let container = match to {
        Some(to) => container.companion(&to.id, &to.hosts),
        None => {
            require_free_domains(store, &container)?;
            container
        }
    };
    let compile = |version| container.compile(version);
    Ok(store.make_release(to, origin, publication, compile)?)
}

/// Publishes a text by another process than the server, which takes it up within a second.
pub fn publish_text(
    store: &Store,
    to: Option<&str>,
    publication: Draft<'_>,
) -> Result<StoredRelease, PublishError> {
    if let Some(file) = store.file_of(publication.site)? {
        return Err(PublishError::File(file));
    }
    let container = checked(publication)?;
    let (to, _) = found(store, publication.site, to, &Origin::Text, "")?;
    store_release(store, to.as_ref(), &Origin::Text, publication, container)
}

/// The same for a site that is not there yet.
pub fn create_by_text(store: &Store, publication: Draft<'_>) -> Result<(), PublishError> {
    if let Some(file) = store.file_of(publication.site)? {
        return Err(PublishError::File(file));
    }
    let container = checked(publication)?;
    let companions = store.environments()?;
    if companions.iter().any(|one| one.id == publication.site) {
        return Err(PublishError::SiteExists);
    }
    let made = store.create_site(publication, |version| container.compile(version))?;
    if made {
        Ok(())
    } else {
        Err(PublishError::SiteExists)
    }
}

impl Inner {
    pub(super) fn require_no_file(&self, site: &str) -> Result<(), PublishError> {
        let published = self.destinations.published.load();
        match published.sites.get(site) {
            Some(known) if known.managed == Managed::File => {
                Err(PublishError::File(known.source.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Adds the managed sites to those that files describe.
    pub(super) fn assemble_managed(
        &mut self,
        sites: &mut BTreeMap<String, Assembled>,
        before: &Published,
    ) {
        match read(self, sites) {
            Ok(managed) => self.managed = managed,
            Err(error) => tracing::error!(
                "cannot read the sites that are managed in the page, the known ones go on: {error}"
            ),
        }
        for (id, known) in &self.managed {
            if sites.contains_key(id) {
                continue;
            }
            let problems = known.problems.clone();
            let site = match &known.container {
                Some(container) => {
                    let origin = (Managed::Ui, "");
                    self.live(origin, container, &known.release, problems, before)
                }
                None => PublishedSite {
                    state: State::Broken,
                    ..PublishedSite::broken(Managed::Ui, "", problems)
                },
            };
            let container = known.container.clone();
            sites.insert(id.clone(), Assembled { site, container });
        }
    }
}

/// The managed sites that no file describes. What is known of a release is not found out again.
fn read(inner: &Inner, by_file: &BTreeMap<String, Assembled>) -> Result<ManagedSites, StoreError> {
    let mut managed = ManagedSites::new();
    for id in inner.store.managed_sites()? {
        if by_file.contains_key(&id) {
            continue;
        }
        let Some(release) = inner.store.latest(&id)? else {
            continue;
        };
        let known = inner
            .managed
            .get(&id)
            .filter(|known| known.release.version == release.version);
        let site = known.cloned().unwrap_or_else(|| read_release(&id, release));
        managed.insert(id, site);
    }
    Ok(managed)
}

/// What a release says. It was published, so it had no error; a stricter version of weir may refuse it.
pub(super) fn read_release(id: &str, release: StoredRelease) -> ManagedSite {
    let checked = container::check_published(&release.source);
    let problems: Vec<Problem> = checked.problems.into_iter().map(Problem::Rule).collect();
    if checked.container.is_none() {
        for problem in &problems {
            log_problem(id, problem);
        }
    }
    ManagedSite {
        container: checked.container.map(Arc::new),
        problems,
        release,
    }
}

/// A container that can be published: without errors, for this site, and usable by the collector.
pub(super) fn checked(draft: Draft<'_>) -> Result<Container, PublishError> {
    let checked = container::check(draft.source);
    let Some(container) = checked.container else {
        let problems = checked.problems.into_iter().map(Problem::Rule);
        return Err(PublishError::Problems(problems.collect()));
    };
    if container.site() != draft.site {
        let (line, column) = container::site_id_place(draft.source).unwrap_or_default();
        return Err(PublishError::Problems(vec![Problem::OtherSite {
            site: draft.site.to_owned(),
            wanted: container.site().to_owned(),
            line,
            column,
        }]));
    }
    container
        .settings(1)
        .map_err(|reason| PublishError::Problems(vec![Problem::Unusable { reason }]))?;
    Ok(container)
}
