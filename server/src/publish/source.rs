//! One container file: what it said when it was last read, and which site it is about.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::MAX_CONTAINER_BYTES;
use super::site::Problem;
use crate::cli::Language;
use crate::container::{self, Container};
use crate::store::StoredRelease;

/// One container file.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// How the file is called in messages and in the store: its path, absolute where the system knows it.
    pub(super) name: String,
    /// Taken before reading, so that a save meanwhile is noticed.
    fingerprint: Fingerprint,
    pub(super) reading: Reading,
    /// The site that has been served from this file since the start.
    pub(super) serves: Option<String>,
}

/// What changes when a file is saved: time, size, inode. `None`: there is no such file.
type Fingerprint = Option<(i64, i64, u64, u64)>;

/// What a file said when it was last read.
#[derive(Debug)]
pub(super) enum Reading {
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

impl Source {
    pub(super) fn new(path: &Path) -> Self {
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

    /// Reads the file anew if it has changed; says whether it has.
    pub(super) fn look(&mut self) -> bool {
        let fingerprint = fingerprint(&self.path);
        if fingerprint == self.fingerprint {
            return false;
        }
        self.fingerprint = fingerprint;
        let was_broken = matches!(self.reading, Reading::Bad { .. });
        self.read();
        self.log();
        // What is as it was before it broke publishes nothing: whoever has mended it would wait for a word in vain.
        if was_broken && matches!(self.reading, Reading::Good { .. }) {
            tracing::info!("{}: in order again", self.name);
        }
        true
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
    pub(super) fn is_nameless(&self, last: Option<&StoredRelease>) -> bool {
        matches!(self.reading, Reading::Bad { site: None, .. }) && last.is_none()
    }

    /// The site that this file is about, as well as that can be known.
    pub(super) fn site(&self, last: Option<&StoredRelease>) -> String {
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

    pub(super) fn log(&self) {
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

pub(super) fn log_problem(file: &str, problem: &Problem) {
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
