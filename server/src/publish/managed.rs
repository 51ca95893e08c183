//! Sites that are managed in the page: their latest release in the control store is their container.
//!
//! A file that describes the same site wins, so that whoever runs the server has the last word; when it goes, the page
//! takes over with the release that was in use.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::environments::EnvironmentError;
use super::site::{Managed, Problem, Published, PublishedSite, State};
use super::source::log_problem;
use super::{Assembled, Inner, Publisher};
use crate::container::{self, Container};
use crate::store::audit::Actor;
use crate::store::drafts::DraftError;
use crate::store::{Draft, StoreError, StoredRelease};

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

    /// Publishes the draft of a site, if it still has this revision; says which release it is.
    pub fn publish_draft(&self, draft: Draft<'_>, revision: u32) -> Result<u32, PublishError> {
        let container = checked(draft)?;
        let mut inner = self.lock();
        inner.require_no_file(draft.site)?;
        inner.require_free_domains(&container)?;
        let compile = |version| container.compile(version);
        let release = inner.store.publish_draft(draft, revision, compile)?;
        Ok(inner.published_from_page(&release))
    }

    /// Publishes an older release again; says which release that is now.
    pub fn restore(&self, draft: Draft<'_>, from: u32) -> Result<u32, PublishError> {
        let old = {
            let store = Arc::clone(&self.lock().store);
            store.release(draft.site, from)?
        };
        let old = old.ok_or(PublishError::NoRelease)?;
        let draft = Draft {
            source: &old.source,
            ..draft
        };
        let container = checked(draft)?;
        let mut inner = self.lock();
        inner.require_no_file(draft.site)?;
        inner.require_free_domains(&container)?;
        let compile = |version| container.compile(version);
        let release = inner.store.restore(draft, from, compile)?;
        Ok(inner.published_from_page(&release))
    }
}

impl Inner {
    pub(super) fn published_from_page(&mut self, release: &StoredRelease) -> u32 {
        let StoredRelease { site, version, .. } = release;
        tracing::info!("published `{site}` release {version} from the page");
        self.publish();
        *version
    }

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
