//! One more release of a site that is managed in the page, or of one of its environments, whatever it is made of.
//!
//! All ways of publishing are this one: what they differ in is what must not have changed since somebody looked, and what the
//! audit log says. A draft that says what is live now is closed, any other stays open.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::audit::{self, Action};
use super::drafts::{DraftError, draft_of, write};
use super::environments::StoredEnvironment;
use super::{Draft, Store, StoredRelease, latest_of_site, next_release};

/// What a release is made of.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The site's draft, if it still has this revision.
    Draft {
        /// That of the draft that was looked at.
        revision: u32,
    },
    /// An older release of the same site or environment.
    Release {
        /// Its number.
        version: u32,
        /// The release that was in use when it was looked at what going back would change; nothing, if nobody looked.
        live: Option<u32>,
    },
    /// What an environment has, if that still is what was looked at.
    Environment {
        /// How it is called.
        name: String,
        /// Its release.
        seen: u32,
        /// The release of the site that was live then.
        live: u32,
    },
    /// A text of the command line's.
    Text,
}

impl Origin {
    fn action(&self) -> Action {
        match self {
            Self::Release { .. } => Action::Restore,
            Self::Draft { .. } | Self::Environment { .. } | Self::Text => Action::Publish,
        }
    }

    /// The note, with where the release comes from before it.
    fn why(&self, note: &str) -> String {
        match self {
            Self::Draft { .. } | Self::Text => note.to_owned(),
            Self::Release { version, .. } => format!("= {version}. {note}"),
            Self::Environment { name, seen, .. } => format!("= {name} {seen}. {note}"),
        }
    }
}

impl Store {
    /// Makes a release of a site that is managed in the page, or of one of its environments (`to`). `draft` has the site's id
    /// and the text, which nobody may have changed meanwhile.
    pub fn make_release(
        &self,
        to: Option<&StoredEnvironment>,
        origin: &Origin,
        draft: Draft<'_>,
        compile: impl FnOnce(u32) -> Vec<u8>,
    ) -> Result<StoredRelease, DraftError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let current = draft_of(&transaction, draft.site)?.ok_or(DraftError::Unknown)?;
        match origin {
            Origin::Draft { revision } => {
                if current.revision != *revision || current.source != draft.source {
                    return Err(DraftError::Changed(Box::new(current)));
                }
            }
            Origin::Environment { name, seen, live } => {
                let staged = latest_of_environment(&transaction, draft.site, name)?;
                let same = |staged: StoredRelease| {
                    staged.version == *seen && staged.source == draft.source
                };
                if current.release_version != *live || !staged.is_some_and(same) {
                    return Err(DraftError::Moved);
                }
            }
            Origin::Release { live, .. } => {
                let now = match to {
                    Some(environment) => latest_of_site(&transaction, &environment.id)?
                        .map_or(0, |release| release.version),
                    None => current.release_version,
                };
                if live.is_some_and(|live| live != now) {
                    return Err(DraftError::Moved);
                }
            }
            Origin::Text => {}
        }
        let site = to.map_or(draft.site, |environment| &environment.id);
        let (release, new) = next_release(&transaction, Draft { site, ..draft }, compile)?;
        if !new {
            return Err(DraftError::Same);
        }
        let actor = draft.actor();
        if to.is_none() && current.open && current.source == draft.source {
            write(&transaction, draft.site, None, release.version, actor)?;
        }
        let detail = told(to, release.version, &origin.why(draft.note));
        audit::note(&transaction, actor, origin.action(), draft.site, &detail)?;
        transaction.commit()?;
        Ok(release)
    }
}

/// `staging: 2: why`, or `2: why`, or `2`.
fn told(to: Option<&StoredEnvironment>, version: u32, why: &str) -> String {
    let place = to.map(|environment| environment.name.clone());
    let why = Some(why.to_owned()).filter(|why| !why.is_empty());
    let parts = [place, Some(version.to_string()), why];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(": ")
}

fn latest_of_environment(
    connection: &Connection,
    site: &str,
    name: &str,
) -> rusqlite::Result<Option<StoredRelease>> {
    let id: Option<String> = connection
        .query_row(
            "SELECT id FROM environments WHERE site = ?1 AND name = ?2",
            [site, name],
            |row| row.get(0),
        )
        .optional()?;
    id.map_or(Ok(None), |id| latest_of_site(connection, &id))
}
