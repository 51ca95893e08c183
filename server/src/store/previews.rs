//! Preview links in the control store. What they open is the business of `crate::preview`.

use rusqlite::{OptionalExtension, params};

use super::audit::{self, Action, Actor};
use super::{Store, StoreError};

/// A link that nobody can open any more is forgotten so long after; until then its bearer is told why.
const KEPT_AFTER_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// A link to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewPreview<'a> {
    /// The part that may be shown.
    pub id: &'a str,
    /// SHA-256 of the token.
    pub hash: &'a [u8; 32],
    /// Site id.
    pub site: &'a str,
    /// Scheme, host and port of the pages that it opens.
    pub origin: &'a str,
    /// The container; `None`: what the site's draft is at the time.
    pub source: Option<&'a str>,
    /// Who made it.
    pub author: &'a str,
    /// Now, in milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// Until when it is good.
    pub expires_at: i64,
}

/// A link that was made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPreview {
    /// The part that may be shown.
    pub id: String,
    /// Site id.
    pub site: String,
    /// Scheme, host and port of the pages that it opens.
    pub origin: String,
    /// The container; `None`: what the site's draft is at the time.
    pub source: Option<String>,
    /// Until when it is good, in milliseconds since 1970 UTC.
    pub expires_at: i64,
    /// When it was taken back.
    pub revoked_at: Option<i64>,
}

impl Store {
    /// Keeps a new link, and forgets those that are long over.
    pub fn add_preview(&self, preview: NewPreview<'_>) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let connection = connection.transaction()?;
        connection.execute(
            "DELETE FROM previews WHERE expires_at < ?1",
            [preview.now_ms - KEPT_AFTER_MS],
        )?;
        connection.execute(
            "INSERT INTO previews (id, hash, site, origin, source, author, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                preview.id,
                preview.hash,
                preview.site,
                preview.origin,
                preview.source,
                preview.author,
                preview.now_ms,
                preview.expires_at,
            ],
        )?;
        let actor = Actor {
            who: preview.author,
            now_ms: preview.now_ms,
        };
        audit::note(
            &connection,
            actor,
            Action::PreviewCreate,
            preview.site,
            preview.origin,
        )?;
        connection.commit()?;
        Ok(())
    }

    /// The link whose token has this hash.
    pub fn preview(&self, hash: &[u8; 32]) -> Result<Option<StoredPreview>, StoreError> {
        let sql =
            "SELECT id, site, origin, source, expires_at, revoked_at FROM previews WHERE hash = ?1";
        let found = self.lock().query_row(sql, [hash], |row| {
            Ok(StoredPreview {
                id: row.get(0)?,
                site: row.get(1)?,
                origin: row.get(2)?,
                source: row.get(3)?,
                expires_at: row.get(4)?,
                revoked_at: row.get(5)?,
            })
        });
        Ok(found.optional()?)
    }

    /// Another text for what a link shows: its file was saved.
    pub fn change_preview(&self, id: &str, source: &str) -> Result<(), StoreError> {
        let sql = "UPDATE previews SET source = ?2 WHERE id = ?1";
        self.lock().execute(sql, [id, source])?;
        Ok(())
    }

    /// Takes back all links of a site that are still good; how many those were.
    pub fn revoke_previews(&self, site: &str, actor: Actor<'_>) -> Result<usize, StoreError> {
        let mut connection = self.lock();
        let connection = connection.transaction()?;
        let sql = "UPDATE previews SET revoked_at = ?2 WHERE site = ?1 AND revoked_at IS NULL AND expires_at > ?2";
        let revoked = connection.execute(sql, params![site, actor.now_ms])?;
        if revoked > 0 {
            let detail = revoked.to_string();
            audit::note(&connection, actor, Action::PreviewRevoke, site, &detail)?;
        }
        connection.commit()?;
        Ok(revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new<'a>(id: &'a str, hash: &'a [u8; 32], now_ms: i64) -> NewPreview<'a> {
        NewPreview {
            id,
            hash,
            site: "shop",
            origin: "https://shop.example",
            source: Some("{}"),
            author: "command",
            now_ms,
            expires_at: now_ms + 1000,
        }
    }

    fn ann(now_ms: i64) -> Actor<'static> {
        Actor {
            who: "ann@x",
            now_ms,
        }
    }

    #[test]
    fn links_are_found_by_their_hash_changed_revoked_and_forgotten() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("control.db")).unwrap();
        store.add_preview(new("a", &[1; 32], 0)).unwrap();
        store.add_preview(new("b", &[2; 32], 5000)).unwrap();
        assert_eq!(store.preview(&[9; 32]).unwrap(), None);
        store.change_preview("b", "{\"weir\":1}").unwrap();
        let found = store.preview(&[2; 32]).unwrap().unwrap();
        assert_eq!(
            (found.id.as_str(), found.source.as_deref(), found.expires_at),
            ("b", Some("{\"weir\":1}"), 6000)
        );
        // The first is over already.
        assert_eq!(store.revoke_previews("shop", ann(5500)).unwrap(), 1);
        assert_eq!(store.revoke_previews("shop", ann(5500)).unwrap(), 0);
        assert_eq!(store.revoke_previews("other", ann(5500)).unwrap(), 0);
        let noted = store.audit(Some("shop"), None, 10).unwrap();
        let noted: Vec<(&str, &str, &str)> = noted
            .iter()
            .map(|entry| {
                (
                    entry.who.as_str(),
                    entry.action.as_str(),
                    entry.detail.as_str(),
                )
            })
            .collect();
        assert_eq!(
            noted,
            [
                ("ann@x", "preview.revoke", "1"),
                ("command", "preview.create", "https://shop.example"),
                ("command", "preview.create", "https://shop.example"),
            ]
        );
        assert_eq!(
            store.preview(&[2; 32]).unwrap().unwrap().revoked_at,
            Some(5500)
        );
        store
            .add_preview(new("c", &[3; 32], KEPT_AFTER_MS + 2000))
            .unwrap();
        assert_eq!(store.preview(&[1; 32]).unwrap(), None);
        assert!(store.preview(&[2; 32]).unwrap().is_some());
    }
}
