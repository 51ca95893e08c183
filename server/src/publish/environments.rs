//! Environments: hosts on which a site's rules are tried before they are live.
//!
//! An environment is a companion site of its own, `<site>__<name>`, with the releases that were published to it, the same
//! rules as the site but for id and domains, and reports of its own. So nothing that counts the site's visits can count those
//! of its staging hosts. Only sites that are managed in the page have environments: a file has one state, which is live.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_collector::{DomainPattern, SiteId};

use super::managed::{ManagedSite, checked, read_release};
use super::site::{EnvironmentOf, Managed, Published, Tried};
use super::{Assembled, Inner, PublishError, Publisher};
use crate::container::Container;
use crate::store::audit::Actor;
use crate::store::environments::StoredEnvironment;
use crate::store::{Draft, Store, StoreError};

/// The environment that is the site itself.
pub const LIVE: &str = "live";
/// More are a mistake.
const MAX_ENVIRONMENTS: usize = 10;
const MAX_HOSTS: usize = 50;
const MAX_NAME_CHARS: usize = 20;

/// What is wrong with an environment that somebody wants.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// It cannot be called so.
    #[error("`{0}` cannot be the name of an environment")]
    Name(String),
    /// It has no hosts, or too many.
    #[error("an environment has 1 to {MAX_HOSTS} hosts")]
    Hosts,
    /// One of its hosts is none.
    #[error("`{0}` is not a host")]
    Host(String),
    /// A host is somebody else's.
    #[error("`{host}` belongs to the environment `{environment}`")]
    Taken {
        /// The host.
        host: String,
        /// `live`, or another environment of the site.
        environment: String,
    },
    /// The site has enough of them.
    #[error("a site has at most {MAX_ENVIRONMENTS} environments")]
    TooMany,
    /// There is none of this name.
    #[error("the site has no environment `{name}`")]
    Unknown {
        /// As it was asked for.
        name: String,
        /// Those that it has.
        known: Vec<String>,
    },
}

/// The environments as they were last read, each with its release.
pub(super) type Environments = Vec<(StoredEnvironment, ManagedSite)>;

impl Publisher {
    /// Makes an environment that starts with what is live, or gives it other hosts.
    pub fn set_environment(
        &self,
        site: &str,
        name: &str,
        hosts: &[String],
        actor: Actor<'_>,
    ) -> Result<(), PublishError> {
        let mut inner = self.lock();
        inner.require_no_file(site)?;
        let wanted = inner.wanted(site, name, hosts)?;
        let live = inner.store.latest(site)?.ok_or(PublishError::NoRelease)?;
        let first = Draft {
            site: &wanted.id,
            file: "",
            source: &live.source,
            now_ms: actor.now_ms,
            author: actor.who,
            note: &format!("= {LIVE} {}", live.version),
        };
        let container = checked(Draft { site, ..first })?.companion(&wanted.id, &wanted.hosts);
        container
            .settings(1)
            .map_err(|_| EnvironmentError::Name(name.to_owned()))?;
        inner
            .store
            .set_environment(&wanted, first, |version| container.compile(version))?;
        tracing::info!(
            "`{site}` has the environment `{name}` on {}",
            wanted.hosts.join(", ")
        );
        inner.publish();
        Ok(())
    }

    /// Removes an environment: its hosts get what is live again; its visits stay.
    pub fn remove_environment(
        &self,
        site: &str,
        name: &str,
        actor: Actor<'_>,
    ) -> Result<(), PublishError> {
        let mut inner = self.lock();
        inner.require_no_file(site)?;
        named(&inner.store, site, name)?;
        inner.store.remove_environment(site, name, actor)?;
        tracing::info!("`{site}` has no environment `{name}` any more");
        inner.publish();
        Ok(())
    }
}

impl Inner {
    /// The environment that is asked for, if it can be.
    fn wanted(
        &self,
        site: &str,
        name: &str,
        hosts: &[String],
    ) -> Result<StoredEnvironment, PublishError> {
        let is_name = !name.is_empty()
            && name.len() <= MAX_NAME_CHARS
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        // INVARIANT: a name has no `_`, so that no two environments have one companion.
        let id = SiteId::parse(&format!("{site}__{name}"))
            .filter(|_| is_name && name != LIVE)
            .ok_or_else(|| EnvironmentError::Name(name.to_owned()))?;
        if hosts.is_empty() || hosts.len() > MAX_HOSTS {
            return Err(EnvironmentError::Hosts.into());
        }
        let mut patterns: Vec<DomainPattern> = Vec::new();
        for host in hosts {
            let pattern = DomainPattern::parse(host.trim())
                .map_err(|_| EnvironmentError::Host(host.clone()))?;
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        let others = of_site(&self.store, site)?;
        let is_new = others.iter().all(|one| one.name != name);
        let published = self.destinations.published.load();
        if is_new && published.sites.contains_key(id.as_str()) {
            return Err(EnvironmentError::Name(name.to_owned()).into());
        }
        if is_new && others.len() >= MAX_ENVIRONMENTS {
            return Err(EnvironmentError::TooMany.into());
        }
        for other in others.iter().filter(|one| one.name != name) {
            let theirs = patterns_of(&other.hosts);
            let shared = |one: &&DomainPattern| theirs.iter().any(|other| one.overlaps(other));
            refuse(patterns.iter().find(shared), &other.name)?;
        }
        let live = published.sites.get(site).map(|known| &known.domains);
        let live = patterns_of(live.map_or(&[][..], Vec::as_slice));
        // `*.shop.example` may be live while `staging.shop.example` is not; the other way round nothing would be live.
        let covers = |one: &&DomainPattern| live.iter().any(|domain| one.covers(domain));
        refuse(patterns.iter().find(covers), LIVE)?;
        Ok(StoredEnvironment {
            site: site.to_owned(),
            name: name.to_owned(),
            id: id.as_str().to_owned(),
            hosts: patterns.iter().map(ToString::to_string).collect(),
        })
    }

    /// Adds the companions to the sites that have environments. What is known of a release is not found out again.
    pub(super) fn assemble_environments(
        &mut self,
        sites: &mut BTreeMap<String, Assembled>,
        before: &Published,
    ) {
        match self.read_environments() {
            Ok(environments) => self.environments = environments,
            Err(error) => tracing::error!(
                "cannot read the environments of sites, the known ones go on: {error}"
            ),
        }
        for (stored, known) in &self.environments {
            let is_taken = sites.contains_key(&stored.id);
            let Some(parent) = sites.get_mut(&stored.site) else {
                continue;
            };
            // A file that describes the site now has the last word about all of its hosts.
            if parent.site.managed != Managed::Ui {
                continue;
            }
            // Also when there is no companion: what comes from there does not belong to the site.
            parent.site.tried.push(Tried {
                name: stored.name.clone(),
                id: stored.id.clone(),
                hosts: patterns_of(&stored.hosts),
            });
            if is_taken {
                tracing::error!(
                    "the environment `{}` of `{}` is not served: there is a site `{}`",
                    stored.name,
                    stored.site,
                    stored.id
                );
                continue;
            }
            let Some(container) = &known.container else {
                continue;
            };
            let container = Arc::new(container.companion(&stored.id, &stored.hosts));
            let origin = (Managed::Environment, "");
            let problems = known.problems.clone();
            let mut site = self.live(origin, &container, &known.release, problems, before);
            site.environment = Some(EnvironmentOf {
                site: stored.site.clone(),
                name: stored.name.clone(),
            });
            let container = Some(container);
            sites.insert(stored.id.clone(), Assembled { site, container });
        }
    }

    fn read_environments(&self) -> Result<Environments, StoreError> {
        let mut environments = Environments::new();
        for stored in self.store.environments()? {
            let Some(release) = self.store.latest(&stored.id)? else {
                continue;
            };
            let known = self.environments.iter().find(|(known, managed)| {
                known.id == stored.id && managed.release.version == release.version
            });
            let managed = known
                .map(|(_, managed)| managed.clone())
                .unwrap_or_else(|| read_release(&stored.id, release));
            environments.push((stored, managed));
        }
        Ok(environments)
    }
}

fn of_site(store: &Store, site: &str) -> Result<Vec<StoredEnvironment>, StoreError> {
    let all = store.environments()?;
    Ok(all.into_iter().filter(|one| one.site == site).collect())
}

/// The environment of a site that is called so.
pub(super) fn named(
    store: &Store,
    site: &str,
    name: &str,
) -> Result<StoredEnvironment, PublishError> {
    let mut known = of_site(store, site)?;
    match known.iter().position(|one| one.name == name) {
        Some(at) => Ok(known.swap_remove(at)),
        None => Err(EnvironmentError::Unknown {
            name: name.to_owned(),
            known: known.into_iter().map(|one| one.name).collect(),
        }
        .into()),
    }
}

/// Refuses a container one of whose domains would never be live.
pub(super) fn require_free_domains(
    store: &Store,
    container: &Container,
) -> Result<(), PublishError> {
    let domains = patterns_of(&container.domains());
    for environment in of_site(store, container.site())? {
        let hosts = patterns_of(&environment.hosts);
        let covered = |domain: &&DomainPattern| hosts.iter().any(|host| host.covers(domain));
        refuse(domains.iter().find(covered), &environment.name)?;
    }
    Ok(())
}

/// Patterns that were checked when they were written.
fn patterns_of(hosts: &[String]) -> Vec<DomainPattern> {
    let parsed = hosts.iter().map(|host| DomainPattern::parse(host));
    parsed.filter_map(Result::ok).collect()
}

fn refuse(host: Option<&DomainPattern>, environment: &str) -> Result<(), PublishError> {
    match host {
        None => Ok(()),
        Some(host) => Err(EnvironmentError::Taken {
            host: host.to_string(),
            environment: environment.to_owned(),
        }
        .into()),
    }
}
