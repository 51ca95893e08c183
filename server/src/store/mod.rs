//! The control store: what was published, drafts, people, tokens, who changed what, in SQLite at `DATA/control.db`.
//!
//! Owns the schema (numbered migrations, applied in order, never changed afterwards) and the rule that a release is
//! immutable. Holds no events. Calls block for a few milliseconds: routes make them on threads for blocking work.

pub mod audit;
pub mod drafts;
pub mod environments;
pub mod invitations;
pub mod previews;
pub mod publishing;
pub mod segments;
pub mod tokens;
pub mod users;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use audit::{Action, Actor};

/// Applied in order; `PRAGMA user_version` counts those that were.
const MIGRATIONS: [&str; 7] = [
    include_str!("migrations/0001_releases.sql"),
    include_str!("migrations/0002_tokens.sql"),
    include_str!("migrations/0003_accounts.sql"),
    include_str!("migrations/0004_previews.sql"),
    include_str!("migrations/0005_environments.sql"),
    include_str!("migrations/0006_files_in_use.sql"),
    include_str!("migrations/0007_segments.sql"),
];

/// How often a server that runs asks whether another process has written to it; takes microseconds.
pub(crate) const FOLLOWED_EVERY: Duration = Duration::from_millis(250);
/// Another command may be writing: wait this long for it.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// What may go wrong with the control store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the control store refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a newer version of Weir.
    #[error("the control store has format {found}, this version of weir knows {known}")]
    TooNew {
        /// Format of the file.
        found: u32,
        /// Newest format that this version knows.
        known: u32,
    },
}

/// One published release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRelease {
    /// Site id.
    pub site: String,
    /// Number of the release, from 1.
    pub version: u32,
    /// Where the container came from.
    pub file: String,
    /// The container as it was written.
    pub source: String,
    /// The release as the page got it.
    pub compiled: Vec<u8>,
    /// When, in milliseconds since 1970 UTC.
    pub published_at: i64,
    /// Who published it.
    pub author: String,
    /// Why.
    pub note: String,
}

/// What is needed to publish.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Site id.
    pub site: &'a str,
    /// The file that the container comes from; empty if it was written in the page.
    pub file: &'a str,
    /// The container as it was written.
    pub source: &'a str,
    /// Now, in milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// Who publishes.
    pub author: &'a str,
    /// Why.
    pub note: &'a str,
}

impl<'a> Draft<'a> {
    /// Who publishes, and when.
    fn actor(&self) -> Actor<'a> {
        Actor {
            who: self.author,
            now_ms: self.now_ms,
        }
    }
}

/// Handle on the control store.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the store, creating or migrating it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_WAIT)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        migrate(&mut connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Makes a new release, unless the site's latest one has the same text; says which it is now, and whether it is
    /// new. `compile` gets the number.
    pub fn publish(
        &self,
        draft: Draft<'_>,
        compile: impl FnOnce(u32) -> Vec<u8>,
    ) -> Result<(StoredRelease, bool), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (release, new) = next_release(&transaction, draft, compile)?;
        remember_file(&transaction, draft)?;
        if new {
            let (version, file) = (release.version, draft.file);
            let detail = format!("{version}: {file}");
            audit::note(
                &transaction,
                draft.actor(),
                Action::Publish,
                draft.site,
                &detail,
            )?;
        }
        transaction.commit()?;
        Ok((release, new))
    }

    /// The release in use for a site.
    pub fn latest(&self, site: &str) -> Result<Option<StoredRelease>, StoreError> {
        Ok(latest_of_site(&self.lock(), site)?)
    }

    /// The release in use of the site that a file published last.
    pub fn latest_of_file(&self, file: &str) -> Result<Option<StoredRelease>, StoreError> {
        let connection = self.lock();
        let site: Option<String> = connection
            .query_row("SELECT site FROM files WHERE file = ?1", [file], |row| {
                row.get(0)
            })
            .optional()?;
        match site {
            Some(site) => Ok(latest_of_site(&connection, &site)?),
            None => Ok(None),
        }
    }

    /// Which files a server that starts serves sites from: no others do any more.
    pub fn use_files(&self, files: &[&str]) -> Result<(), StoreError> {
        let list = serde_json::json!(files).to_string();
        self.lock().execute(
            "UPDATE files SET in_use = file IN (SELECT value FROM json_each(?1))",
            [list],
        )?;
        Ok(())
    }

    /// The file that describes a site, as far as the server that started last knows.
    pub fn file_of(&self, site: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT file FROM files WHERE site = ?1 AND in_use ORDER BY file LIMIT 1";
        let connection = self.lock();
        Ok(connection
            .query_row(sql, [site], |row| row.get(0))
            .optional()?)
    }

    /// The sites that are managed in the page and their environments, with the number of each one's release.
    pub fn heads(&self) -> Result<Vec<(String, u32)>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT id, coalesce((SELECT max(version) FROM releases WHERE site = id), 0)
             FROM (SELECT id FROM sites UNION SELECT id FROM environments) ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Releases of a site after a number, oldest first, at most `limit`.
    pub fn after(
        &self,
        site: &str,
        version: u32,
        limit: u32,
    ) -> Result<Vec<StoredRelease>, StoreError> {
        let sql = format!("{SELECT} WHERE site = ?1 AND version > ?2 ORDER BY version LIMIT ?3");
        let connection = self.lock();
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map(params![site, version, limit], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A panic while the lock was held left SQLite's own state whole: its transaction is rolled back.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The release that a text becomes: the latest one, if that has the same text, else a new one.
fn next_release(
    connection: &Connection,
    draft: Draft<'_>,
    compile: impl FnOnce(u32) -> Vec<u8>,
) -> rusqlite::Result<(StoredRelease, bool)> {
    let latest = latest_of_site(connection, draft.site)?;
    let version = match latest {
        Some(latest) if latest.source == draft.source => return Ok((latest, false)),
        Some(latest) => latest.version.saturating_add(1),
        None => 1,
    };
    let release = StoredRelease {
        site: draft.site.to_owned(),
        version,
        file: draft.file.to_owned(),
        source: draft.source.to_owned(),
        compiled: compile(version),
        published_at: draft.now_ms,
        author: draft.author.to_owned(),
        note: draft.note.to_owned(),
    };
    insert(connection, &release)?;
    Ok((release, true))
}

const SELECT: &str =
    "SELECT site, version, file, source, compiled, published_at, author, note FROM releases";

fn read(row: &Row<'_>) -> rusqlite::Result<StoredRelease> {
    Ok(StoredRelease {
        site: row.get(0)?,
        version: row.get(1)?,
        file: row.get(2)?,
        source: row.get(3)?,
        compiled: row.get(4)?,
        published_at: row.get(5)?,
        author: row.get(6)?,
        note: row.get(7)?,
    })
}

fn latest_of_site(connection: &Connection, site: &str) -> rusqlite::Result<Option<StoredRelease>> {
    let sql = format!("{SELECT} WHERE site = ?1 ORDER BY version DESC LIMIT 1");
    connection.query_row(&sql, [site], read).optional()
}

fn insert(connection: &Connection, release: &StoredRelease) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO releases
             (site, version, file, source, content_hash, compiled, published_at, author, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            release.site,
            release.version,
            release.file,
            release.source,
            Sha256::digest(release.source.as_bytes()).as_slice(),
            release.compiled,
            release.published_at,
            release.author,
            release.note,
        ],
    )?;
    Ok(())
}

fn remember_file(connection: &Connection, draft: Draft<'_>) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO files (file, site, in_use) VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET site = ?2, in_use = 1",
        [draft.file, draft.site],
    )?;
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let mut known = 0;
    for migration in MIGRATIONS {
        if found <= known {
            transaction.execute_batch(migration)?;
        }
        known += 1;
    }
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft<'a>(site: &'a str, source: &'a str) -> Draft<'a> {
        Draft {
            site,
            file: "shop.json",
            source,
            now_ms: 1000,
            author: "file",
            note: "",
        }
    }

    fn publish(store: &Store, site: &str, source: &str) -> (u32, bool) {
        let compile = |version: u32| version.to_le_bytes().to_vec();
        let (release, new) = store.publish(draft(site, source), compile).unwrap();
        assert_eq!(release.compiled, release.version.to_le_bytes());
        (release.version, new)
    }

    #[test]
    fn the_number_grows_with_the_text_and_only_with_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("control.db");
        let store = Store::open(&path).unwrap();
        assert_eq!(publish(&store, "shop", "a"), (1, true));
        assert_eq!(publish(&store, "shop", "a"), (1, false));
        assert_eq!(publish(&store, "shop", "b"), (2, true));
        assert_eq!(
            publish(&store, "shop", "a"),
            (3, true),
            "going back is a release of its own"
        );
        assert_eq!(publish(&store, "other", "a"), (1, true));
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(
            publish(&store, "shop", "a"),
            (3, false),
            "also after a restart"
        );
        let releases = store.after("shop", 1, 10).unwrap();
        assert_eq!(
            releases.iter().map(|r| r.version).collect::<Vec<_>>(),
            [2, 3]
        );
    }

    #[test]
    fn the_last_release_of_a_file_is_found_without_its_site() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("control.db")).unwrap();
        assert_eq!(store.latest_of_file("shop.json").unwrap(), None);
        publish(&store, "shop", "a");
        publish(&store, "shop", "b");
        let found = store.latest_of_file("shop.json").unwrap().unwrap();
        assert_eq!((found.site.as_str(), found.version), ("shop", 2));
        assert_eq!(store.latest("shop").unwrap().unwrap().source, "b");
    }

    #[test]
    fn releases_cannot_be_changed_or_removed() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("control.db")).unwrap();
        publish(&store, "shop", "a");
        for sql in ["UPDATE releases SET source = 'x'", "DELETE FROM releases"] {
            let error = store.lock().execute(sql, []).unwrap_err();
            assert!(error.to_string().contains("immutable"), "{error}");
        }
    }

    #[test]
    fn a_store_of_a_newer_version_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("control.db");
        Store::open(&path)
            .unwrap()
            .lock()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        let error = Store::open(&path).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the control store has format 99, this version of weir knows 7"
        );
    }
}
