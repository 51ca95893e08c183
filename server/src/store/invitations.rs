//! Invitations that wait: listed, taken back, and had again while that can be undone.

use rusqlite::{OptionalExtension, TransactionBehavior};

use super::audit::{self, Action, Actor};
use super::users::{LINK, Link, LinkKind, insert_link, is_taken, read_link};
use super::{Store, StoreError};

/// An invitation that was taken back, with what is needed to have it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelledInvitation {
    link: Link,
    /// Of its code.
    hash: [u8; 32],
}

impl Store {
    /// Invitations that can be used, the oldest first.
    pub fn invitations(&self, now_ms: i64) -> Result<Vec<Link>, StoreError> {
        let connection = self.lock();
        let sql =
            format!("{LINK} WHERE kind = 'invitation' AND expires_at > ?1 ORDER BY created_at, id");
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map([now_ms], read_link)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Takes an invitation back; answers with it, if there was one.
    pub fn cancel_invitation(
        &self,
        id: &str,
        actor: Actor<'_>,
    ) -> Result<Option<CancelledInvitation>, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "DELETE FROM links WHERE id = ?1 AND kind = 'invitation'
             RETURNING id, email, role, user, created_by, created_at, expires_at, hash";
        let cancelled = transaction
            .query_row(sql, [id], |row| {
                Ok(CancelledInvitation {
                    link: read_link(row)?,
                    hash: row.get(7)?,
                })
            })
            .optional()?;
        if let Some(cancelled) = &cancelled {
            let email = &cancelled.link.email;
            audit::note(&transaction, actor, Action::InviteCancel, "", email)?;
        }
        transaction.commit()?;
        Ok(cancelled)
    }

    /// Has an invitation again that was taken back. Not, if its address has been invited anew or has become a user.
    pub fn restore_invitation(
        &self,
        cancelled: &CancelledInvitation,
        actor: Actor<'_>,
    ) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let link = &cancelled.link;
        let is_invited: bool = transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM links WHERE kind = 'invitation' AND lower(email) = lower(?1))",
            [&link.email],
            |row| row.get(0),
        )?;
        if is_invited || is_taken(&transaction, &link.email)? {
            return Ok(false);
        }
        insert_link(&transaction, LinkKind::Invitation, link, cancelled.hash)?;
        audit::note(&transaction, actor, Action::InviteRestore, "", &link.email)?;
        transaction.commit()?;
        Ok(true)
    }
}
