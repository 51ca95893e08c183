//! The audit log: every change, by whom. Written in the transaction of the change itself, so that neither exists without
//! the other.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Store, StoreError};

/// Entries that are kept; older ones give way.
const MAX_ENTRIES: i64 = 100_000;
/// A person's saves of one draft within this time are one entry: editors save with every pause of the keyboard.
const SAME_EDIT_MS: i64 = 10 * 60 * 1000;

/// What was done. The names are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The first owner was made.
    Setup,
    /// Somebody signed in.
    SignIn,
    /// Somebody gave a wrong password: once an hour for each account, and for all addresses that have none.
    SignInFailed,
    /// A session was ended from another one.
    SessionEnd,
    /// Somebody changed their name or language.
    Profile,
    /// Somebody changed their password.
    Password,
    /// A link for a new password was made on the command line.
    ResetLink,
    /// A new password was set by such a link.
    Reset,
    /// A user's role was changed.
    Role,
    /// A user was removed.
    UserRemove,
    /// Somebody was invited.
    Invite,
    /// An invitation was taken back.
    InviteCancel,
    /// Taking an invitation back was undone.
    InviteRestore,
    /// An invitation was accepted.
    Join,
    /// A site was made.
    SiteCreate,
    /// A site was removed.
    SiteRemove,
    /// A draft was saved.
    DraftSave,
    /// A draft was thrown away.
    DraftDiscard,
    /// A release was published.
    Publish,
    /// An older release was published again.
    Restore,
    /// A link that opens pages with a draft was made.
    PreviewCreate,
    /// All such links of a site were taken back.
    PreviewRevoke,
    /// An environment was made, or got other hosts.
    EnvironmentSet,
    /// An environment was removed.
    EnvironmentRemove,
    /// A token was made.
    TokenCreate,
    /// A token was taken back.
    TokenRevoke,
    /// Taking a token back was undone.
    TokenRestore,
    /// Filters were saved by a name.
    SegmentSet,
    /// Filters by a name were removed.
    SegmentRemove,
    /// Costs were imported.
    CostsImport,
    /// Costs were taken away.
    CostsRemove,
}

impl Action {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in.failed",
            Self::SessionEnd => "session.end",
            Self::Profile => "profile",
            Self::Password => "password",
            Self::ResetLink => "reset.link",
            Self::Reset => "reset",
            Self::Role => "user.role",
            Self::UserRemove => "user.remove",
            Self::Invite => "invitation.create",
            Self::InviteCancel => "invitation.cancel",
            Self::InviteRestore => "invitation.restore",
            Self::Join => "invitation.accept",
            Self::SiteCreate => "site.create",
            Self::SiteRemove => "site.remove",
            Self::DraftSave => "draft.save",
            Self::DraftDiscard => "draft.discard",
            Self::Publish => "publish",
            Self::Restore => "restore",
            Self::PreviewCreate => "preview.create",
            Self::PreviewRevoke => "preview.revoke",
            Self::EnvironmentSet => "environment.set",
            Self::EnvironmentRemove => "environment.remove",
            Self::TokenCreate => "token.create",
            Self::TokenRevoke => "token.revoke",
            Self::TokenRestore => "token.restore",
            Self::SegmentSet => "segment.set",
            Self::SegmentRemove => "segment.remove",
            Self::CostsImport => "costs.import",
            Self::CostsRemove => "costs.remove",
        }
    }
}

/// Who does something, and when.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// An e-mail address, or `file`, `command line`.
    pub who: &'a str,
    /// Milliseconds since 1970 UTC.
    pub now_ms: i64,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number: later ones are larger.
    pub id: i64,
    /// When.
    pub at: i64,
    /// Who.
    pub who: String,
    /// What, by its stable name.
    pub action: String,
    /// To which site; empty if to none.
    pub site: String,
    /// What exactly: an address, a number, a note.
    pub detail: String,
}

/// Adds an entry.
pub(super) fn note(
    connection: &Connection,
    actor: Actor<'_>,
    action: Action,
    site: &str,
    detail: &str,
) -> rusqlite::Result<()> {
    if action == Action::DraftSave && repeats(connection, actor, site)? {
        return Ok(());
    }
    connection.execute(
        "INSERT INTO audit (at, who, action, site, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![actor.now_ms, actor.who, action.name(), site, detail],
    )?;
    let last = connection.last_insert_rowid();
    connection.execute("DELETE FROM audit WHERE id <= ?1", [last - MAX_ENTRIES])?;
    Ok(())
}

/// Whether the last thing that happened to the site is the same person saving its draft, a moment ago.
fn repeats(connection: &Connection, actor: Actor<'_>, site: &str) -> rusqlite::Result<bool> {
    let last: Option<(String, String, i64)> = connection
        .query_row(
            "SELECT who, action, at FROM audit WHERE site = ?1 ORDER BY id DESC LIMIT 1",
            [site],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    Ok(last.is_some_and(|(who, action, at)| {
        who == actor.who
            && action == Action::DraftSave.name()
            && actor.now_ms.saturating_sub(at) < SAME_EDIT_MS
    }))
}

impl Store {
    /// Adds an entry about what is no change of the store itself.
    pub fn note(
        &self,
        actor: Actor<'_>,
        action: Action,
        site: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        Ok(note(&self.lock(), actor, action, site, detail)?)
    }

    /// Entries before a number, the latest first; of one site, if one is named.
    pub fn audit(
        &self,
        site: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT id, at, who, action, site, detail FROM audit
             WHERE id < ?1 AND (?2 IS NULL OR site = ?2) ORDER BY id DESC LIMIT ?3",
        )?;
        let before = before.unwrap_or(i64::MAX);
        let rows = statement.query_map(params![before, site, limit], |row| {
            Ok(Entry {
                id: row.get(0)?,
                at: row.get(1)?,
                who: row.get(2)?,
                action: row.get(3)?,
                site: row.get(4)?,
                detail: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saves_in_a_row_are_one_entry() {
        let temp = tempfile::tempdir().unwrap();
        let store = Store::open(&temp.path().join("control.db")).unwrap();
        let by = |who, now_ms| Actor { who, now_ms };
        let save = |who, now_ms| {
            let detail = "revision";
            store.note(by(who, now_ms), Action::DraftSave, "shop", detail)
        };
        save("a@x", 0).unwrap();
        save("a@x", 1000).unwrap();
        save("b@x", 2000).unwrap();
        save("a@x", 3000).unwrap();
        save("a@x", 3000 + SAME_EDIT_MS).unwrap();
        let entries = store.audit(None, None, 10).unwrap();
        let who: Vec<&str> = entries.iter().map(|entry| entry.who.as_str()).collect();
        assert_eq!(who, ["a@x", "a@x", "b@x", "a@x"]);
        let older = store.audit(Some("shop"), Some(entries[1].id), 1).unwrap();
        assert_eq!(older, entries[2..3]);
    }
}
