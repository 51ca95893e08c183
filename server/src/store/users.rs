//! Users, their sessions, and links that can be used once, in the control store. What a password or a link is worth is
//! judged in `crate::accounts`; here is only what must hold together: there is an owner as soon as there is a user.

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::audit::{self, Action, Actor};
use super::{Store, StoreError};
use crate::accounts::{Locale, Role};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub id: String,
    /// E-mail address, as its owner writes it.
    pub email: String,
    /// How they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The language of their pages.
    pub language: Locale,
    /// Their password, as Argon2id in the PHC format.
    pub password: String,
    /// When they came.
    pub created_at: i64,
}

/// A browser in which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Id; may be shown.
    pub id: String,
    /// What the browser calls itself.
    pub agent: String,
    /// Since when.
    pub created_at: i64,
    /// When it was last used, within minutes.
    pub seen_at: i64,
    /// When it ends, used or not.
    pub ends_at: i64,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// Becoming a user.
    Invitation,
    /// Setting a new password.
    Reset,
}

impl LinkKind {
    fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }
}

/// A link that can be used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Id; may be shown.
    pub id: String,
    /// Whom it is for.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// The user, of a reset.
    pub user: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: i64,
    /// Until when it can be used.
    pub expires_at: i64,
}

/// Why a change of users was not made.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is an owner already.
    #[error("there is an owner already")]
    SetUp,
    /// There is a user with this address.
    #[error("there is a user with this e-mail address already")]
    Exists,
    /// There is no such user.
    #[error("there is no such user")]
    Unknown,
    /// Without this user there would be no owner.
    #[error("this is the only owner")]
    LastOwner,
    /// The link was used, has expired or never was.
    #[error("this link is not valid any more")]
    Link,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for UserError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Two addresses that differ in capital letters are one.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

const USER: &str = "SELECT id, email, name, role, language, password, created_at FROM users";
pub(super) const LINK: &str =
    "SELECT id, email, role, user, created_by, created_at, expires_at FROM links";

impl Store {
    /// Whether there is an owner.
    pub fn has_owner(&self) -> Result<bool, StoreError> {
        Ok(owners(&self.lock())? > 0)
    }

    /// Makes the first user, who must be an owner.
    pub fn set_up(&self, user: &User, now_ms: i64) -> Result<(), UserError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if owners(&transaction)? > 0 {
            return Err(UserError::SetUp);
        }
        insert_user(&transaction, user)?;
        let actor = Actor {
            who: &user.email,
            now_ms,
        };
        audit::note(&transaction, actor, Action::Setup, "", &user.email)?;
        Ok(transaction.commit()?)
    }

    /// The user with an address.
    pub fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        let sql = format!("{USER} WHERE email_key = ?1");
        let connection = self.lock();
        Ok(connection
            .query_row(&sql, [email_key(email)], read_user)
            .optional()?)
    }

    /// The user with an id.
    pub fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        Ok(user_by_id(&self.lock(), id)?)
    }

    /// All users, the oldest first.
    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare(&format!("{USER} ORDER BY created_at, id"))?;
        let rows = statement.query_map([], read_user)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Changes what a user may do.
    pub fn set_role(&self, id: &str, role: Role, actor: Actor<'_>) -> Result<User, UserError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut user = user_by_id(&transaction, id)?.ok_or(UserError::Unknown)?;
        if user.role == Role::Owner && role != Role::Owner && owners(&transaction)? < 2 {
            return Err(UserError::LastOwner);
        }
        let detail = format!("{}: {} → {}", user.email, user.role.name(), role.name());
        transaction.execute(
            "UPDATE users SET role = ?2 WHERE id = ?1",
            [id, role.name()],
        )?;
        audit::note(&transaction, actor, Action::Role, "", &detail)?;
        transaction.commit()?;
        user.role = role;
        Ok(user)
    }

    /// Removes a user and ends their sessions.
    pub fn remove_user(&self, id: &str, actor: Actor<'_>) -> Result<(), UserError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let user = user_by_id(&transaction, id)?.ok_or(UserError::Unknown)?;
        if user.role == Role::Owner && owners(&transaction)? < 2 {
            return Err(UserError::LastOwner);
        }
        transaction.execute("DELETE FROM users WHERE id = ?1", [id])?;
        audit::note(&transaction, actor, Action::UserRemove, "", &user.email)?;
        Ok(transaction.commit()?)
    }

    /// Changes name and language.
    pub fn set_profile(
        &self,
        id: &str,
        name: &str,
        language: Locale,
        actor: Actor<'_>,
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE users SET name = ?2, language = ?3 WHERE id = ?1",
            [id, name, language.name()],
        )?;
        audit::note(&transaction, actor, Action::Profile, "", name)?;
        Ok(transaction.commit()?)
    }

    /// Changes the password, and ends all sessions but one.
    pub fn set_password(
        &self,
        id: &str,
        password: &str,
        keep: &str,
        actor: Actor<'_>,
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        replace_password(&transaction, id, password, keep)?;
        audit::note(&transaction, actor, Action::Password, "", "")?;
        Ok(transaction.commit()?)
    }

    /// Signs somebody in. Sessions that have ended are forgotten on this occasion.
    pub fn add_session(
        &self,
        user: &User,
        session: &Session,
        hash: [u8; 32],
    ) -> Result<(), StoreError> {
        let now_ms = session.created_at;
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("DELETE FROM sessions WHERE ends_at <= ?1", [now_ms])?;
        transaction.execute(
            "INSERT INTO sessions (id, hash, user, agent, created_at, seen_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
            params![session.id, hash, user.id, session.agent, now_ms, session.ends_at],
        )?;
        let actor = Actor {
            who: &user.email,
            now_ms,
        };
        audit::note(&transaction, actor, Action::SignIn, "", "")?;
        Ok(transaction.commit()?)
    }

    /// The session with this hash, and its user.
    pub fn session(&self, hash: [u8; 32]) -> Result<Option<(Session, User)>, StoreError> {
        let connection = self.lock();
        let found: Option<(Session, String)> = connection
            .query_row(
                "SELECT id, agent, created_at, seen_at, ends_at, user FROM sessions WHERE hash = ?1",
                [hash],
                |row| Ok((read_session(row)?, row.get(5)?)),
            )
            .optional()?;
        let Some((session, user)) = found else {
            return Ok(None);
        };
        Ok(user_by_id(&connection, &user)?.map(|user| (session, user)))
    }

    /// Notes that a session is in use.
    pub fn touch_session(&self, id: &str, now_ms: i64) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET seen_at = ?2 WHERE id = ?1";
        self.lock().execute(sql, params![id, now_ms])?;
        Ok(())
    }

    /// A user's sessions, the last used first.
    pub fn sessions_of(&self, user: &str) -> Result<Vec<Session>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT id, agent, created_at, seen_at, ends_at FROM sessions WHERE user = ?1 ORDER BY seen_at DESC, id",
        )?;
        let rows = statement.query_map([user], read_session)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ends a session of a user; says whether there was one. An entry is made if it is ended from another one.
    pub fn end_session(
        &self,
        user: &str,
        id: &str,
        actor: Option<Actor<'_>>,
    ) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "DELETE FROM sessions WHERE user = ?1 AND id = ?2";
        let ended = transaction.execute(sql, [user, id])? > 0;
        if let (true, Some(actor)) = (ended, actor) {
            audit::note(&transaction, actor, Action::SessionEnd, "", id)?;
        }
        transaction.commit()?;
        Ok(ended)
    }

    /// Ends all sessions of a user but the one that is named; says how many there were.
    pub fn end_sessions(
        &self,
        user: &str,
        but: &str,
        actor: Actor<'_>,
    ) -> Result<usize, UserError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let user = user_by_id(&transaction, user)?.ok_or(UserError::Unknown)?;
        let sql = "DELETE FROM sessions WHERE user = ?1 AND id != ?2";
        let ended = transaction.execute(sql, [user.id.as_str(), but])?;
        if ended > 0 {
            let detail = format!("{}: {ended}", user.email);
            audit::note(&transaction, actor, Action::SessionEnd, "", &detail)?;
        }
        transaction.commit()?;
        Ok(ended)
    }

    /// Keeps a link. An earlier one of the same kind for the same address is no longer valid.
    pub fn add_link(
        &self,
        kind: LinkKind,
        link: &Link,
        hash: [u8; 32],
        actor: Actor<'_>,
    ) -> Result<(), UserError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken = is_taken(&transaction, &link.email)?;
        if kind == LinkKind::Invitation && taken {
            return Err(UserError::Exists);
        }
        transaction.execute(
            "DELETE FROM links WHERE kind = ?1 AND (lower(email) = lower(?2) OR expires_at <= ?3)",
            params![kind.name(), link.email, actor.now_ms],
        )?;
        insert_link(&transaction, kind, link, hash)?;
        let (action, detail) = match kind {
            LinkKind::Invitation => (
                Action::Invite,
                format!("{} ({})", link.email, link.role.name()),
            ),
            LinkKind::Reset => (Action::ResetLink, link.email.clone()),
        };
        audit::note(&transaction, actor, action, "", &detail)?;
        Ok(transaction.commit()?)
    }

    /// The link with this hash, if it can be used.
    pub fn link(
        &self,
        kind: LinkKind,
        hash: [u8; 32],
        now_ms: i64,
    ) -> Result<Option<Link>, StoreError> {
        let sql = format!("{LINK} WHERE kind = ?1 AND hash = ?2 AND expires_at > ?3");
        let connection = self.lock();
        Ok(connection
            .query_row(&sql, params![kind.name(), hash, now_ms], read_link)
            .optional()?)
    }

    /// Makes the invited user, and the invitation unusable.
    pub fn accept(&self, hash: [u8; 32], user: &User, now_ms: i64) -> Result<(), UserError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        use_link(&transaction, LinkKind::Invitation, hash, now_ms)?;
        if is_taken(&transaction, &user.email)? {
            return Err(UserError::Exists);
        }
        insert_user(&transaction, user)?;
        let actor = Actor {
            who: &user.email,
            now_ms,
        };
        audit::note(&transaction, actor, Action::Join, "", user.role.name())?;
        Ok(transaction.commit()?)
    }

    /// Sets a new password by a link, ends all sessions of its user, makes the link unusable; says who it is.
    pub fn reset_password(
        &self,
        hash: [u8; 32],
        password: &str,
        now_ms: i64,
    ) -> Result<User, UserError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let link = use_link(&transaction, LinkKind::Reset, hash, now_ms)?;
        let id = link.user.unwrap_or_default();
        let user = user_by_id(&transaction, &id)?.ok_or(UserError::Link)?;
        replace_password(&transaction, &user.id, password, "")?;
        let actor = Actor {
            who: &user.email,
            now_ms,
        };
        audit::note(&transaction, actor, Action::Reset, "", "")?;
        transaction.commit()?;
        Ok(user)
    }
}

fn use_link(
    connection: &Connection,
    kind: LinkKind,
    hash: [u8; 32],
    now_ms: i64,
) -> Result<Link, UserError> {
    let columns = LINK.split_once(" FROM").map_or(LINK, |(select, _)| select);
    let columns = columns.trim_start_matches("SELECT ");
    let sql = format!(
        "DELETE FROM links WHERE kind = ?1 AND hash = ?2 AND expires_at > ?3 RETURNING {columns}"
    );
    connection
        .query_row(&sql, params![kind.name(), hash, now_ms], read_link)
        .optional()?
        .ok_or(UserError::Link)
}

fn replace_password(
    connection: &Connection,
    id: &str,
    password: &str,
    keep: &str,
) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE users SET password = ?2 WHERE id = ?1",
        [id, password],
    )?;
    connection.execute(
        "DELETE FROM sessions WHERE user = ?1 AND id != ?2",
        [id, keep],
    )?;
    Ok(())
}

fn owners(connection: &Connection) -> rusqlite::Result<u32> {
    let sql = "SELECT count(*) FROM users WHERE role = 'owner'";
    connection.query_row(sql, [], |row| row.get(0))
}

pub(super) fn is_taken(connection: &Connection, email: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM users WHERE email_key = ?1";
    let found = connection.query_row(sql, [email_key(email)], |_| Ok(()));
    Ok(found.optional()?.is_some())
}

fn user_by_id(connection: &Connection, id: &str) -> rusqlite::Result<Option<User>> {
    let sql = format!("{USER} WHERE id = ?1");
    connection.query_row(&sql, [id], read_user).optional()
}

fn insert_user(connection: &Connection, user: &User) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO users (id, email, email_key, name, role, language, password, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            user.id,
            user.email,
            email_key(&user.email),
            user.name,
            user.role.name(),
            user.language.name(),
            user.password,
            user.created_at
        ],
    )?;
    Ok(())
}

/// The table's own checks leave only known roles and languages; the least of each stands for others.
fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    let (role, language): (String, String) = (row.get(3)?, row.get(4)?);
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        role: Role::parse(&role).unwrap_or(Role::Viewer),
        language: Locale::parse(&language).unwrap_or_default(),
        password: row.get(5)?,
        created_at: row.get(6)?,
    })
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        agent: row.get(1)?,
        created_at: row.get(2)?,
        seen_at: row.get(3)?,
        ends_at: row.get(4)?,
    })
}

pub(super) fn insert_link(
    connection: &Connection,
    kind: LinkKind,
    link: &Link,
    hash: [u8; 32],
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO links (id, hash, kind, email, role, user, created_by, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            link.id,
            hash,
            kind.name(),
            link.email,
            link.role.name(),
            link.user,
            link.created_by,
            link.created_at,
            link.expires_at
        ],
    )?;
    Ok(())
}

pub(super) fn read_link(row: &Row<'_>) -> rusqlite::Result<Link> {
    let role: String = row.get(2)?;
    Ok(Link {
        id: row.get(0)?,
        email: row.get(1)?,
        role: Role::parse(&role).unwrap_or(Role::Viewer),
        user: row.get(3)?,
        created_by: row.get(4)?,
        created_at: row.get(5)?,
        expires_at: row.get(6)?,
    })
}
