//! Where a draft is shown: on the hosts of its site, or on those of an environment, whose pages carry the companion's tag.

use url::Url;
use weir_collector::DomainPattern;

use super::{Refusal, unavailable};
use crate::container::Container;
use crate::store::Store;
use crate::store::environments::StoredEnvironment;

/// A site's pages, or those of one of its environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    site: String,
    environment: Option<StoredEnvironment>,
    /// Hosts of the site's environments.
    elsewhere: Vec<StoredEnvironment>,
}

impl Place {
    /// By the id in the tag of a page: a site's, or that of a companion.
    pub(super) fn of_tag(store: &Store, tag: &str) -> Result<Self, Refusal> {
        let all = store.environments().map_err(|error| unavailable(&error))?;
        let companion = all.iter().find(|one| one.id == tag).cloned();
        let site = companion.as_ref().map_or(tag, |one| &one.site).to_owned();
        // A file that describes the site has the last word about all of its hosts.
        let by_file = store.file_of(&site).map_err(|error| unavailable(&error))?;
        if by_file.is_some() {
            return Ok(Self {
                site: tag.to_owned(),
                environment: None,
                elsewhere: Vec::new(),
            });
        }
        let elsewhere = all.into_iter().filter(|one| one.site == site).collect();
        Ok(Self {
            site,
            environment: companion,
            elsewhere,
        })
    }

    /// The same, or the environment to which the page belongs.
    pub(super) fn at(mut self, url: Option<&str>) -> Self {
        let url = url.and_then(|url| Url::parse(url.trim()).ok());
        if let Some(host) = url.as_ref().and_then(Url::host_str) {
            let is_there = |one: &&StoredEnvironment| {
                let mut hosts = one.hosts.iter();
                hosts.any(|text| DomainPattern::parse(text).is_ok_and(|it| it.matches(host)))
            };
            let found = self.elsewhere.iter().find(is_there).cloned();
            self.environment = found.or(self.environment);
        }
        self
    }

    /// The site whose draft is shown.
    pub(super) fn site(&self) -> &str {
        &self.site
    }

    /// The id in the tag of its pages.
    pub(super) fn tag(&self) -> &str {
        match &self.environment {
            Some(environment) => &environment.id,
            None => &self.site,
        }
    }

    /// The rules, as its pages get them.
    pub(super) fn container(&self, container: Container) -> Container {
        match &self.environment {
            Some(environment) => container.companion(&environment.id, &environment.hosts),
            None => container,
        }
    }

    /// A refusal that names all hosts on which there would have been none.
    pub(super) fn told(&self, refusal: Refusal) -> Refusal {
        match refusal {
            Refusal::ForeignUrl { host, mut domains } => {
                let others = self.elsewhere.iter().flat_map(|one| one.hosts.clone());
                domains.extend(others);
                domains.dedup();
                Refusal::ForeignUrl { host, domains }
            }
            other => other,
        }
    }
}
