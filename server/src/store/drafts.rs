//! Sites that are managed in the page, their drafts and releases. How a release is made: [`super::publishing`].
//!
//! A draft has a revision, which only grows. Who writes says which revision they saw; if it is another one by now, nothing
//! is written and they are told what there is. So no draft overwrites another.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::audit::{self, Action, Actor};
use super::{Draft, Store, StoreError, StoredRelease, latest_of_site, next_release};

/// What is being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDraft {
    /// The container as it is written so far; what is published, if nothing is being edited.
    pub source: String,
    /// Whether something is being edited.
    pub open: bool,
    /// Grows with each change.
    pub revision: u32,
    /// The release that was in use when editing began.
    pub base_version: u32,
    /// The release in use.
    pub release_version: u32,
    /// When it was changed.
    pub updated_at: i64,
    /// By whom.
    pub updated_by: String,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The site is not managed in the page.
    #[error("the site is not managed in the page")]
    Unknown,
    /// Somebody else has changed it.
    #[error("the draft has been changed meanwhile")]
    Changed(Box<StoredDraft>),
    /// What is to be published is published.
    #[error("this is what is published already")]
    Same,
    /// Somebody has published to the environment, or the site, meanwhile.
    #[error("the environment, or what is live, has another release by now")]
    Moved,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for DraftError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseHead {
    /// Its number.
    pub version: u32,
    /// When it was published.
    pub published_at: i64,
    /// By whom.
    pub author: String,
    /// Why.
    pub note: String,
    /// From which file; empty for one that was published in the page.
    pub file: String,
}

impl Store {
    /// Sites that are managed in the page, by id.
    pub fn managed_sites(&self) -> Result<Vec<String>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT id FROM sites ORDER BY id")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Makes a site that is managed in the page, with its first release. `false`: there is one already.
    pub fn create_site(
        &self,
        draft: Draft<'_>,
        compile: impl FnOnce(u32) -> Vec<u8>,
    ) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let made = transaction.execute(
            "INSERT INTO sites (id, created_at, created_by) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![draft.site, draft.now_ms, draft.author],
        )?;
        if made == 0 {
            return Ok(false);
        }
        let (release, _) = next_release(&transaction, draft, compile)?;
        transaction.execute(
            "INSERT INTO drafts (site, source, revision, base_version, updated_at, updated_by)
             VALUES (?1, NULL, 1, ?2, ?3, ?4)",
            params![draft.site, release.version, draft.now_ms, draft.author],
        )?;
        audit::note(
            &transaction,
            draft.actor(),
            Action::SiteCreate,
            draft.site,
            "",
        )?;
        transaction.commit()?;
        Ok(true)
    }

    /// Removes a site and its draft; its releases stay. Says whether there was one.
    pub fn remove_site(&self, site: &str, actor: Actor<'_>) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let removed = transaction.execute("DELETE FROM sites WHERE id = ?1", [site])? > 0;
        if removed {
            transaction.execute("DELETE FROM segments WHERE site = ?1", [site])?;
            audit::note(&transaction, actor, Action::SiteRemove, site, "")?;
        }
        transaction.commit()?;
        Ok(removed)
    }

    /// The draft of a site; `None` if the site is not managed in the page.
    pub fn draft(&self, site: &str) -> Result<Option<StoredDraft>, StoreError> {
        Ok(draft_of(&self.lock(), site)?)
    }

    /// Writes a draft. Writing what is there already, as a repeat after a lost answer does, is no conflict.
    pub fn save_draft(
        &self,
        site: &str,
        source: &str,
        revision: u32,
        actor: Actor<'_>,
    ) -> Result<StoredDraft, DraftError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let current = draft_of(&transaction, site)?.ok_or(DraftError::Unknown)?;
        if current.source == source {
            return Ok(current);
        }
        if current.revision != revision {
            return Err(DraftError::Changed(Box::new(current)));
        }
        let base = if current.open {
            current.base_version
        } else {
            current.release_version
        };
        write(&transaction, site, Some(source), base, actor)?;
        audit::note(&transaction, actor, Action::DraftSave, site, "")?;
        let saved = draft_of(&transaction, site)?.ok_or(DraftError::Unknown)?;
        transaction.commit()?;
        Ok(saved)
    }

    /// Throws a draft away: what is published holds again.
    pub fn discard_draft(
        &self,
        site: &str,
        revision: Option<u32>,
        actor: Actor<'_>,
    ) -> Result<StoredDraft, DraftError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let current = draft_of(&transaction, site)?.ok_or(DraftError::Unknown)?;
        if !current.open {
            return Ok(current);
        }
        if revision.is_some_and(|revision| revision != current.revision) {
            return Err(DraftError::Changed(Box::new(current)));
        }
        write(&transaction, site, None, current.release_version, actor)?;
        audit::note(&transaction, actor, Action::DraftDiscard, site, "")?;
        let left = draft_of(&transaction, site)?.ok_or(DraftError::Unknown)?;
        transaction.commit()?;
        Ok(left)
    }

    /// Releases of a site before a number, the latest first.
    pub fn releases(
        &self,
        site: &str,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<ReleaseHead>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT version, published_at, author, note, file FROM releases
             WHERE site = ?1 AND version < ?2 ORDER BY version DESC LIMIT ?3",
        )?;
        let before = before.map_or(i64::MAX, i64::from);
        let rows = statement.query_map(params![site, before, limit], |row| {
            Ok(ReleaseHead {
                version: row.get(0)?,
                published_at: row.get(1)?,
                author: row.get(2)?,
                note: row.get(3)?,
                file: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One release of a site.
    pub fn release(&self, site: &str, version: u32) -> Result<Option<StoredRelease>, StoreError> {
        let before = version.saturating_sub(1);
        let found = self.after(site, before, 1)?.pop();
        Ok(found.filter(|release| release.version == version))
    }
}

/// A site that a file served before it was managed in the page may have no row among the drafts yet.
pub(super) fn draft_of(
    connection: &Connection,
    site: &str,
) -> rusqlite::Result<Option<StoredDraft>> {
    struct Row {
        source: Option<String>,
        revision: u32,
        base_version: u32,
        updated_at: i64,
        updated_by: String,
    }
    let row = connection
        .query_row(
            "SELECT source, revision, base_version, updated_at, updated_by FROM drafts WHERE site = ?1",
            [site],
            |row| {
                Ok(Row {
                    source: row.get(0)?,
                    revision: row.get(1)?,
                    base_version: row.get(2)?,
                    updated_at: row.get(3)?,
                    updated_by: row.get(4)?,
                })
            },
        )
        .optional()?;
    let (Some(row), Some(release)) = (row, latest_of_site(connection, site)?) else {
        return Ok(None);
    };
    let open = row.source.is_some();
    Ok(Some(StoredDraft {
        open,
        base_version: if open {
            row.base_version
        } else {
            release.version
        },
        source: row.source.unwrap_or(release.source),
        revision: row.revision,
        release_version: release.version,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
    }))
}

pub(super) fn write(
    connection: &Connection,
    site: &str,
    source: Option<&str>,
    base_version: u32,
    actor: Actor<'_>,
) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE drafts SET source = ?2, revision = revision + 1, base_version = ?3, updated_at = ?4, updated_by = ?5
         WHERE site = ?1",
        params![site, source, base_version, actor.now_ms, actor.who],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::publishing::Origin;

    fn store() -> (tempfile::TempDir, Store) {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("control.db")).unwrap();
        (temp, store)
    }

    fn draft<'a>(source: &'a str, note: &'a str) -> Draft<'a> {
        Draft {
            site: "shop",
            file: "",
            source,
            now_ms: 5,
            author: "ann@x",
            note,
        }
    }

    const ANN: Actor<'_> = Actor {
        who: "ann@x",
        now_ms: 10,
    };
    const BOB: Actor<'_> = Actor {
        who: "bob@x",
        now_ms: 20,
    };

    #[test]
    fn a_draft_does_not_overwrite_another() {
        let (_temp, store) = store();
        assert!(store.create_site(draft("a", ""), |_| Vec::new()).unwrap());
        assert!(!store.create_site(draft("b", ""), |_| Vec::new()).unwrap());
        let first = store.draft("shop").unwrap().unwrap();
        assert!(!first.open && first.source == "a" && first.release_version == 1);

        let saved = store.save_draft("shop", "ann's", 1, ANN).unwrap();
        assert_eq!((saved.revision, saved.base_version), (2, 1));
        let Err(DraftError::Changed(current)) = store.save_draft("shop", "bob's", 1, BOB) else {
            panic!("the second writer is told")
        };
        assert_eq!(
            (current.source.as_str(), current.updated_by.as_str()),
            ("ann's", "ann@x")
        );
        let again = store.save_draft("shop", "ann's", 1, ANN).unwrap();
        assert_eq!(again.revision, 2, "a repeat changes nothing");

        let publish = |source, note, revision| {
            let origin = Origin::Draft { revision };
            store.make_release(None, &origin, draft(source, note), |_| Vec::new())
        };
        let stale = publish("bob's", "", 2);
        assert!(matches!(stale, Err(DraftError::Changed(_))));
        let release = publish("ann's", "why", 2).unwrap();
        assert_eq!((release.version, release.note.as_str()), (2, "why"));
        let after = store.draft("shop").unwrap().unwrap();
        assert!(!after.open && after.revision == 3);
        let same = publish("ann's", "", 3);
        assert!(matches!(same, Err(DraftError::Same)));
    }

    #[test]
    fn a_draft_can_be_thrown_away_and_survives_a_restored_release() {
        let (_temp, store) = store();
        store.create_site(draft("a", ""), |_| Vec::new()).unwrap();
        store.save_draft("shop", "b", 1, ANN).unwrap();
        let make = |origin, source| {
            store
                .make_release(None, &origin, draft(source, "oops"), |_| Vec::new())
                .unwrap()
        };
        make(Origin::Draft { revision: 2 }, "b");
        store.save_draft("shop", "c", 3, ANN).unwrap();
        let restored = make(
            Origin::Release {
                version: 1,
                live: None,
            },
            "a",
        );
        assert_eq!(restored.version, 3);
        let open = store.draft("shop").unwrap().unwrap();
        assert_eq!(
            (
                open.source.as_str(),
                open.base_version,
                open.release_version
            ),
            ("c", 2, 3)
        );
        let stale = store.discard_draft("shop", Some(1), BOB);
        assert!(matches!(stale, Err(DraftError::Changed(_))));
        let left = store.discard_draft("shop", None, BOB).unwrap();
        assert!(!left.open && left.source == "a");
        let versions: Vec<u32> = store
            .releases("shop", Some(3), 10)
            .unwrap()
            .iter()
            .map(|release| release.version)
            .collect();
        assert_eq!(versions, [2, 1]);
        assert_eq!(store.release("shop", 2).unwrap().unwrap().source, "b");
        assert_eq!(store.release("shop", 9).unwrap(), None);
        let actions: Vec<String> = store
            .audit(None, None, 10)
            .unwrap()
            .into_iter()
            .map(|entry| entry.action)
            .collect();
        assert_eq!(
            actions,
            [
                "draft.discard",
                "restore",
                "draft.save",
                "publish",
                "draft.save",
                "site.create"
            ]
        );
    }

    #[test]
    fn a_site_of_a_file_has_no_draft() {
        let (_temp, store) = store();
        let by_file = Draft {
            file: "shop.json",
            ..draft("a", "")
        };
        store.publish(by_file, |_| Vec::new()).unwrap();
        assert_eq!(store.draft("shop").unwrap(), None);
        let saved = store.save_draft("shop", "b", 1, ANN);
        assert!(matches!(saved, Err(DraftError::Unknown)));
    }
}
