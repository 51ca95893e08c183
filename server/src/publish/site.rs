//! What is published at the moment, as routes and the API see it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use serde::Serialize;
use utoipa::ToSchema;
use weir_collector::DomainPattern;

use crate::cli::Language;
use crate::container::Container;
use crate::servable::Servable;

/// A problem of a container, told in one language. The fields are those of `weir check --format json`, and
/// `missing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Told {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// Stable name of the kind of problem.
    pub code: String,
    /// Where in the container: `tags[0].with.price`.
    pub path: String,
    /// The key that should be there and is not.
    pub missing: Option<&'static str>,
    /// Line, from 1; 0 when the problem is not in the text.
    pub line: u32,
    /// Column, from 1; 0 when the problem is not in the text.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What is wrong with a container file.
#[derive(Debug, Clone)]
pub enum Problem {
    /// Found by the rules.
    Rule(weir_rules::Problem),
    /// The file cannot be read.
    Unreadable {
        /// The file.
        file: String,
        /// Why, in the words of the operating system.
        reason: String,
    },
    /// Another file has this site already.
    SameSite {
        /// Site id.
        site: String,
        /// The file that gives way.
        file: String,
        /// The file that counts.
        other: String,
    },
    /// The file names another site than the one that is served from it.
    SiteIdChanged {
        /// The site that is served.
        site: String,
        /// The site that the file names now.
        wanted: String,
        /// Line of the id, from 1; 0 when it is not known.
        line: u32,
        /// Column of the id, from 1; 0 when it is not known.
        column: u32,
    },
    /// The container of a site that is managed in the page names another one.
    OtherSite {
        /// The site.
        site: String,
        /// The site that the container names.
        wanted: String,
        /// Line of the id, from 1; 0 when it is not known.
        line: u32,
        /// Column of the id, from 1; 0 when it is not known.
        column: u32,
    },
    /// The collector cannot use the container.
    Unusable {
        /// Why.
        reason: String,
    },
    /// The release could not be stored.
    NotStored {
        /// Why.
        reason: String,
    },
}

impl Problem {
    /// The problem in words.
    pub fn told(&self, language: Language) -> Told {
        let russian = language == Language::Ru;
        let own = |code: &str, path: &str, message: String, hint: &str| Told {
            severity: "error",
            code: code.to_owned(),
            path: path.to_owned(),
            missing: None,
            line: 0,
            column: 0,
            message,
            hint: hint.to_owned(),
        };
        match self {
            Self::Rule(problem) => crate::container::told(problem, language),
            Self::Unreadable { file, reason } if russian => own(
                "unreadable_file",
                "",
                format!("файл `{file}` не читается: {reason}"),
                "верните файл на место или уберите его из --container",
            ),
            Self::Unreadable { file, reason } => own(
                "unreadable_file",
                "",
                format!("the file `{file}` cannot be read: {reason}"),
                "put the file back, or take it out of --container",
            ),
            Self::SameSite { site, file, other } if russian => own(
                "same_site",
                "site.id",
                format!("файл `{file}` описывает сайт `{site}`, который уже описан в `{other}`"),
                "дайте сайту другой id или оставьте один из файлов",
            ),
            Self::SameSite { site, file, other } => own(
                "same_site",
                "site.id",
                format!("`{file}` describes the site `{site}`, which `{other}` describes already"),
                "give the site another id, or leave one of the files out",
            ),
            Self::SiteIdChanged {
                site,
                wanted,
                line,
                column,
            } => {
                let (message, hint) = if russian {
                    (
                        format!(
                            "файл обслуживает сайт `{site}`, а описывает теперь `{wanted}`: тег сайта `{site}` стоит на страницах и остаётся в силе"
                        ),
                        "верните прежний id; для другого сайта заведите отдельный файл контейнера; если прежний сайт и правда больше не нужен, перезапустите weir",
                    )
                } else {
                    (
                        format!(
                            "the file serves the site `{site}` and now describes `{wanted}`: pages carry the tag of `{site}`, which stays in use"
                        ),
                        "put the old id back; to serve another site, put its container into a file of its own; if the old site is really to end, restart weir",
                    )
                };
                Told {
                    line: *line,
                    column: *column,
                    ..own("site_id_changed", "site.id", message, hint)
                }
            }
            Self::OtherSite {
                site,
                wanted,
                line,
                column,
            } => {
                let (message, hint) = if russian {
                    (
                        format!("контейнер сайта `{site}` называет сайт `{wanted}`"),
                        "верните прежний id: тег с ним стоит на страницах; для другого сайта заведите новый",
                    )
                } else {
                    (
                        format!("the container of the site `{site}` names the site `{wanted}`"),
                        "put the old id back: pages carry the tag with it; for another site make a new one",
                    )
                };
                Told {
                    line: *line,
                    column: *column,
                    ..own("site_id_changed", "site.id", message, hint)
                }
            }
            Self::Unusable { reason } if russian => own(
                "unusable",
                "site",
                format!("сборщик не примет этот контейнер: {reason}"),
                "исправьте названное в `site`",
            ),
            Self::Unusable { reason } => own(
                "unusable",
                "site",
                format!("the collector cannot use this container: {reason}"),
                "mend what it names in `site`",
            ),
            Self::NotStored { reason } if russian => own(
                "not_stored",
                "",
                format!("релиз не записан: {reason}"),
                "проверьте свободное место и права на папку данных",
            ),
            Self::NotStored { reason } => own(
                "not_stored",
                "",
                format!("the release could not be stored: {reason}"),
                "look at the free space and the permissions of the data folder",
            ),
        }
    }
}

/// Whether the container is what is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SiteState)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The file is good and published.
    Live,
    /// The file has errors; the last good release is served, if there is one.
    Broken,
}

/// One site.
#[derive(Debug, Clone)]
pub struct PublishedSite {
    /// Hosts that may send events.
    pub domains: Vec<String>,
    /// The release in use; `None` when there never was one.
    pub release: Option<PublishedRelease>,
    /// The container file; empty for a site without one.
    pub source: String,
    /// Whether the file is what is served.
    pub state: State,
    /// Errors and warnings of the file.
    pub problems: Vec<Problem>,
    /// Names of its funnels.
    pub funnels: Vec<String>,
    /// Who says what its container is.
    pub managed: Managed,
    /// The container of the release in use.
    pub container: Option<Arc<Container>>,
    /// When a page last asked for its script.
    pub asked: Asked,
    /// The environment that it is the companion of.
    pub environment: Option<EnvironmentOf>,
    /// Its own environments but the live one.
    pub tried: Vec<Tried>,
    /// Whether its id is only the name of a file that cannot be read: nobody knows which tag pages would carry.
    pub nameless: bool,
}

/// Which environment a companion site is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EnvironmentOf {
    /// The site whose rules are tried.
    pub site: String,
    /// How the environment is called.
    pub name: String,
}

/// An environment of a site.
#[derive(Debug, Clone)]
pub struct Tried {
    /// How it is called.
    pub name: String,
    /// Its companion site.
    pub id: String,
    /// Where.
    pub hosts: Vec<DomainPattern>,
}

/// Who says what a site's container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Managed {
    /// People, in the page.
    Ui,
    /// A file; the page only shows it.
    File,
    /// The site of which it is an environment.
    Environment,
    /// The read-only sample site of the demo: has history, takes no events.
    Sample,
}

impl PublishedSite {
    /// Whether it is the read-only sample site of the demo.
    pub fn is_sample(&self) -> bool {
        self.managed == Managed::Sample
    }

    /// A site of which nothing can be served.
    pub(super) fn broken(managed: Managed, source: &str, problems: Vec<Problem>) -> Self {
        Self {
            domains: Vec::new(),
            release: None,
            source: source.to_owned(),
            state: State::Broken,
            problems,
            funnels: Vec::new(),
            managed,
            container: None,
            asked: Asked::default(),
            environment: None,
            tried: Vec::new(),
            nameless: false,
        }
    }
}

/// When a page last asked for a site's script: what tells a page without the tag from one whose events do not arrive. Since
/// the start of the server; a release that is published does not change it.
#[derive(Debug, Clone, Default)]
pub struct Asked(Arc<AtomicI64>);

impl Asked {
    /// A page asks now.
    pub fn note(&self, now_ms: i64) {
        self.0.store(now_ms, Ordering::Relaxed);
    }

    /// When, in milliseconds since 1970 UTC.
    pub fn at(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }
}

/// A release in use.
#[derive(Debug, Clone)]
pub struct PublishedRelease {
    /// Its number.
    pub version: u32,
    /// What a page loads; `None` for the sample site.
    pub script: Option<Arc<Servable>>,
    /// What its script asks for when a page calls what few pages do.
    pub calls: Option<Arc<Servable>>,
}

/// All sites, by id.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// All sites, by id.
    pub sites: BTreeMap<String, PublishedSite>,
}

impl Published {
    /// The site whose script a page gets that asks for another one's: on the hosts of an environment its companion's.
    pub fn for_page<'a>(&'a self, site: &'a PublishedSite, host: &str) -> &'a PublishedSite {
        let is_there = |one: &&Tried| one.hosts.iter().any(|pattern| pattern.matches(host));
        let tried = site.tried.iter().find(is_there);
        tried
            .and_then(|one| self.sites.get(&one.id))
            .unwrap_or(site)
    }
}

/// Handle on what is published: read by every request, replaced as a whole.
pub type PublishedHandle = Arc<ArcSwap<Published>>;
