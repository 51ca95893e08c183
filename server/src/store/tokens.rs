//! Tokens in the control store. Who bears them is judged by `weir_collector::Tokens`; here they are only kept.

use rusqlite::{OptionalExtension, Row, params};
use weir_collector::{NewToken, SiteId, TokenRecord, TokenScope};

use super::{Store, StoreError};

/// A token as a person sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// What is compared.
    pub record: TokenRecord,
    /// What it is for, in its maker's words.
    pub note: String,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created_at: i64,
    /// When it was taken back.
    pub revoked_at: Option<i64>,
}

/// What became of a wish to revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It is revoked now.
    Now,
    /// It was before.
    Before,
    /// There is no such token.
    Unknown,
}

impl Store {
    /// Keeps a new token.
    pub fn add_token(
        &self,
        token: &NewToken,
        site: &SiteId,
        scope: TokenScope,
        note: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.lock().execute(
            "INSERT INTO tokens (id, site, scope, hash, note, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![token.id(), site.as_str(), scope.name(), token.hash(), note, now_ms],
        )?;
        Ok(())
    }

    /// Takes a token back.
    pub fn revoke_token(&self, id: &str, now_ms: i64) -> Result<Revoked, StoreError> {
        let connection = self.lock();
        let revoked = "UPDATE tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
        if connection.execute(revoked, params![id, now_ms])? > 0 {
            return Ok(Revoked::Now);
        }
        let known = connection
            .query_row("SELECT 1 FROM tokens WHERE id = ?1", [id], |_| Ok(()))
            .optional()?;
        Ok(known.map_or(Revoked::Unknown, |()| Revoked::Before))
    }

    /// Makes a token hold again that was taken back at exactly this moment; says whether it was.
    pub fn restore_token(&self, id: &str, revoked_at: i64) -> Result<bool, StoreError> {
        let restored = "UPDATE tokens SET revoked_at = NULL WHERE id = ?1 AND revoked_at = ?2";
        Ok(self.lock().execute(restored, params![id, revoked_at])? > 0)
    }

    /// All tokens, the oldest first.
    pub fn tokens(&self) -> Result<Vec<StoredToken>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT id, site, scope, hash, note, created_at, revoked_at FROM tokens ORDER BY created_at, id",
        )?;
        let rows = statement.query_map([], read)?;
        Ok(rows
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?)
    }

    /// A number that changes whenever another process has written to the store.
    pub fn changes_of_others(&self) -> Result<i64, StoreError> {
        Ok(self
            .lock()
            .pragma_query_value(None, "data_version", |row| row.get(0))?)
    }
}

/// Nothing for what only a newer version understands.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<StoredToken>> {
    let (site, scope): (String, String) = (row.get(1)?, row.get(2)?);
    let (Some(site), Some(scope)) = (SiteId::parse(&site), TokenScope::parse(&scope)) else {
        return Ok(None);
    };
    let revoked_at: Option<i64> = row.get(6)?;
    Ok(Some(StoredToken {
        record: TokenRecord {
            id: row.get(0)?,
            site,
            scope,
            hash: row.get(3)?,
            revoked: revoked_at.is_some(),
        },
        note: row.get(4)?,
        created_at: row.get(5)?,
        revoked_at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_collector::{TOKEN_RANDOM_BYTES, Tokens};

    #[test]
    fn tokens_are_kept_without_their_secret_and_can_be_revoked_once() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("control.db");
        let store = Store::open(&path).unwrap();
        let token = NewToken::mint([3; TOKEN_RANDOM_BYTES]);
        let shop = SiteId::parse("shop").unwrap();
        store
            .add_token(&token, &shop, TokenScope::Write, "crm", 7)
            .unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        let all = store.tokens().unwrap();
        assert_eq!(
            (all.len(), all[0].note.as_str(), all[0].created_at),
            (1, "crm", 7)
        );
        let tokens = Tokens::new();
        tokens.replace(all.into_iter().map(|token| token.record).collect());
        assert!(tokens.check(token.expose()).is_ok());

        assert_eq!(store.revoke_token(token.id(), 9).unwrap(), Revoked::Now);
        assert_eq!(store.revoke_token(token.id(), 9).unwrap(), Revoked::Before);
        assert_eq!(store.revoke_token("0", 9).unwrap(), Revoked::Unknown);
        let all = store.tokens().unwrap();
        assert!(all[0].record.revoked && all[0].revoked_at == Some(9));
        assert!(!store.restore_token(token.id(), 8).unwrap(), "another time");
        assert!(store.restore_token(token.id(), 9).unwrap());
        assert!(!store.tokens().unwrap()[0].record.revoked);
        assert!(!store.restore_token(token.id(), 9).unwrap(), "once");
        assert_eq!(store.revoke_token(token.id(), 10).unwrap(), Revoked::Now);
        drop(store);
        let secret = token.expose().rsplit_once('_').unwrap().1.as_bytes();
        for file in std::fs::read_dir(temp.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }

    #[test]
    fn what_another_process_writes_is_noticed() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("control.db");
        let (ours, other) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
        let before = ours.changes_of_others().unwrap();
        assert_eq!(ours.changes_of_others().unwrap(), before);
        let token = NewToken::mint([4; TOKEN_RANDOM_BYTES]);
        let shop = SiteId::parse("shop").unwrap();
        other
            .add_token(&token, &shop, TokenScope::Read, "", 1)
            .unwrap();
        assert_ne!(ours.changes_of_others().unwrap(), before);
    }
}
