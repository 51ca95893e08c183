//! Accounts: who somebody is, and how they prove it.
//!
//! Owns passwords ([`password`]), codes and session tokens ([`secret`]), the limits on guessing ([`attempts`]) and how long a
//! session lasts. What is kept lies in the control store (`crate::store::users`); which role may do what is decided in one
//! place, `crate::routes::access`. Knows nothing of HTTP.

pub mod attempts;
pub mod password;
pub mod role;
pub mod secret;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use role::{Locale, Role};

use crate::store::audit::{Action, Actor};
use crate::store::users::{Link, LinkKind, Session, User, UserError, email_key};
use crate::store::{Store, StoreError};
use attempts::{ACCOUNT, ADDRESS, Attempts, NOTED};
use password::{Hasher, PasswordError};
use secret::{Code, RandomError};

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// A session that is not used for this long has ended.
pub const IDLE_MS: i64 = 7 * DAY_MS;
/// A session ends after this long, however much it is used.
pub const LONGEST_MS: i64 = 30 * DAY_MS;
/// That a session is in use is noted no more often than this.
const TOUCH_MS: i64 = 5 * MINUTE_MS;
/// An invitation can be used for this long.
pub const INVITATION_MS: i64 = 7 * DAY_MS;
/// A link for a new password can be used for this long.
pub const RESET_MS: i64 = 60 * MINUTE_MS;
/// Characters of a name, at most.
const MAX_NAME_CHARS: usize = 100;
/// Bytes of an e-mail address, at most (RFC 5321).
const MAX_EMAIL_BYTES: usize = 254;
/// Characters of what a browser calls itself that are kept.
const MAX_AGENT_CHARS: usize = 200;

/// Why somebody is not let in, or something is not done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Address or password is wrong; which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    Wrong,
    /// Too many tries.
    #[error("too many tries")]
    TooMany {
        /// Try again after this long.
        retry_s: u64,
    },
    /// The code of the set-up link is wrong.
    #[error("the set-up code is wrong")]
    SetupCode,
    /// The password is too weak.
    #[error("{0}")]
    Password(#[from] PasswordError),
    /// This is no e-mail address.
    #[error("`{0}` is no e-mail address")]
    Email(String),
    /// This is no name.
    #[error("a name has 1 to {MAX_NAME_CHARS} characters")]
    Name,
    /// The change cannot be made.
    #[error(transparent)]
    User(#[from] UserError),
    /// The operating system gives no random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A thread of ours ended early.
    #[error("the server is stopping")]
    Stopping,
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::User(error.into())
    }
}

/// The time, in milliseconds since 1970 UTC.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// That of the machine.
    pub fn system() -> Self {
        Self::new(|| jiff::Timestamp::now().as_millisecond())
    }

    /// Another one.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// Now.
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Who.
    pub user: User,
    /// In which browser.
    pub session: Session,
    /// What a change must bear besides the cookie: a page of another site does not know it.
    pub csrf: String,
}

/// A fresh session, with what the browser must keep.
#[derive(Debug)]
pub struct Entered {
    /// The session.
    pub signed: Signed,
    /// The cookie's value.
    pub token: Code,
}

/// Who asks to be let in.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// What stands for their address in the limits.
    pub network: Option<u128>,
    /// What their browser calls itself.
    pub agent: String,
}

/// Handle on all accounts; clones share them.
#[derive(Debug, Clone)]
pub struct Accounts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<Store>,
    clock: Clock,
    hasher: Hasher,
    /// Of this start; the link is printed while there is no owner.
    setup_code: Code,
    /// Never goes back: there is no way to remove the last owner.
    has_owner: AtomicBool,
    by_address: Attempts<u128>,
    by_account: Attempts<String>,
    /// Whose wrong passwords were written down lately.
    noted: Attempts<String>,
}

impl Accounts {
    /// Those of a store.
    pub fn open(store: Arc<Store>, clock: Clock) -> Result<Self, AccountError> {
        let has_owner = store.has_owner()?;
        Ok(Self(Arc::new(Inner {
            store,
            clock,
            hasher: Hasher::new()?,
            setup_code: Code::mint()?,
            has_owner: AtomicBool::new(has_owner),
            by_address: Attempts::new(ADDRESS),
            by_account: Attempts::new(ACCOUNT),
            noted: Attempts::new(NOTED),
        })))
    }

    /// Now.
    pub fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    /// What makes the first owner, while there is none.
    pub fn setup_code(&self) -> Option<&Code> {
        (!self.0.has_owner.load(Ordering::Acquire)).then_some(&self.0.setup_code)
    }

    /// Works on the store on a thread for blocking work.
    pub async fn with_store<T: Send + 'static, E: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, AccountError>
    where
        AccountError: From<E>,
    {
        let store = Arc::clone(&self.0.store);
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        Ok(done.map_err(|_| AccountError::Stopping)??)
    }

    /// Whether nobody has made themselves the owner yet.
    pub async fn needs_setup(&self) -> Result<bool, AccountError> {
        if self.0.has_owner.load(Ordering::Acquire) {
            return Ok(false);
        }
        let has_owner = self.with_store(Store::has_owner).await?;
        self.0.has_owner.store(has_owner, Ordering::Release);
        Ok(!has_owner)
    }

    /// Makes the first owner. `code`: `None` for somebody on this machine, who needs none.
    pub async fn set_up(
        &self,
        code: Option<&str>,
        wanted: NewUser,
        visitor: Visitor,
    ) -> Result<Entered, AccountError> {
        if !self.needs_setup().await? {
            return Err(UserError::SetUp.into());
        }
        if let Some(code) = code {
            self.count_address(&visitor)?;
            if !self.0.setup_code.is(code) {
                return Err(AccountError::SetupCode);
            }
        }
        let user = self.make(wanted, Role::Owner).await?;
        let now_ms = self.now_ms();
        let first = user.clone();
        self.with_store(move |store| store.set_up(&first, now_ms))
            .await?;
        self.0.has_owner.store(true, Ordering::Release);
        self.enter(user, visitor).await
    }

    /// Signs somebody in by their password.
    pub async fn sign_in(
        &self,
        email: &str,
        password: String,
        visitor: Visitor,
    ) -> Result<Entered, AccountError> {
        self.count_address(&visitor)?;
        if email.len() > MAX_EMAIL_BYTES {
            return Err(AccountError::Wrong);
        }
        let key = email_key(email);
        let now_ms = self.now_ms();
        self.0.by_account.take(&key, now_ms)?;
        let email = email.to_owned();
        let user = self
            .with_store(move |store| store.user_by_email(&email))
            .await?;
        // Somebody unknown takes as long as a wrong password.
        let hash = user.as_ref().map(|user| user.password.clone());
        let right = self.0.hasher.verify(password, hash).await?;
        match user {
            Some(user) if right => {
                self.0.by_account.give_back(&key);
                if let Some(network) = visitor.network {
                    self.0.by_address.give_back(&network);
                }
                self.enter(user, visitor).await
            }
            wrong => {
                self.note_failure(wrong.map(|user| user.email)).await;
                Err(AccountError::Wrong)
            }
        }
    }

    /// Writes a wrong password into the audit log: one entry an hour for each account, and one for all addresses that have none,
    /// so that nobody fills it by trying. What was typed in place of an address is not kept: it may be a password.
    async fn note_failure(&self, email: Option<String>) {
        let now_ms = self.now_ms();
        let who = email.unwrap_or_default();
        if self.0.noted.take(&email_key(&who), now_ms).is_err() {
            return;
        }
        let noted = self.with_store(move |store| {
            let actor = Actor { who: &who, now_ms };
            store.note(actor, Action::SignInFailed, "", "")
        });
        // The answer is the same without it.
        if let Err(error) = noted.await {
            tracing::error!("a failed sign-in could not be written down: {error}");
        }
    }

    /// Who bears this token.
    pub async fn identify(&self, token: &str) -> Result<Option<Signed>, AccountError> {
        let hash = secret::hash(token);
        let csrf = secret::csrf(token);
        let now_ms = self.now_ms();
        let found = self
            .with_store(move |store| {
                let Some((session, user)) = store.session(hash)? else {
                    return Ok::<_, StoreError>(None);
                };
                if now_ms >= session.ends_at || now_ms - session.seen_at >= IDLE_MS {
                    store.end_session(&user.id, &session.id, None)?;
                    return Ok(None);
                }
                if now_ms - session.seen_at >= TOUCH_MS {
                    store.touch_session(&session.id, now_ms)?;
                }
                Ok(Some((session, user)))
            })
            .await?;
        Ok(found.map(|(session, user)| Signed {
            user,
            session,
            csrf,
        }))
    }

    /// Ends a session from within.
    pub async fn sign_out(&self, signed: &Signed) -> Result<(), AccountError> {
        let (user, session) = (signed.user.id.clone(), signed.session.id.clone());
        self.with_store(move |store| store.end_session(&user, &session, None))
            .await?;
        Ok(())
    }

    /// Changes a password; the other sessions of its user end.
    pub async fn change_password(
        &self,
        signed: &Signed,
        old: String,
        new: String,
    ) -> Result<(), AccountError> {
        let user = &signed.user;
        let key = email_key(&user.email);
        self.0.by_account.take(&key, self.now_ms())?;
        let known = Some(user.password.clone());
        if !self.0.hasher.verify(old, known).await? {
            return Err(AccountError::Wrong);
        }
        self.0.by_account.give_back(&key);
        password::judge(&new, &user.email, &user.name)?;
        let hash = self.0.hasher.hash(new).await?;
        let (signed, now_ms) = (signed.clone(), self.now_ms());
        self.with_store(move |store| {
            let who = &signed.user.email;
            let actor = Actor { who, now_ms };
            store.set_password(&signed.user.id, &hash, &signed.session.id, actor)
        })
        .await
    }

    /// Invites somebody; the code is for them alone.
    pub async fn invite(
        &self,
        email: &str,
        role: Role,
        by: &str,
    ) -> Result<(Link, Code), AccountError> {
        let (code, now_ms) = (Code::mint()?, self.now_ms());
        let link = Link {
            id: secret::id()?,
            email: checked_email(email)?,
            role,
            user: None,
            created_by: by.to_owned(),
            created_at: now_ms,
            expires_at: now_ms + INVITATION_MS,
        };
        let (kept, hash) = (link.clone(), code.hash());
        self.with_store(move |store| {
            let who = kept.created_by.as_str();
            store.add_link(LinkKind::Invitation, &kept, hash, Actor { who, now_ms })
        })
        .await?;
        Ok((link, code))
    }

    /// The invitation with this code, while it can be used.
    pub async fn invitation(&self, code: &str, visitor: &Visitor) -> Result<Link, AccountError> {
        self.count_address(visitor)?;
        let (hash, now_ms) = (secret::hash(code), self.now_ms());
        let found = self
            .with_store(move |store| store.link(LinkKind::Invitation, hash, now_ms))
            .await?;
        let link = found.ok_or(UserError::Link)?;
        if let Some(network) = visitor.network {
            self.0.by_address.give_back(&network);
        }
        Ok(link)
    }

    /// Makes a user of whoever bears the code of an invitation.
    pub async fn accept(
        &self,
        code: &str,
        wanted: NewUser,
        visitor: Visitor,
    ) -> Result<Entered, AccountError> {
        let link = self.invitation(code, &visitor).await?;
        let invited = NewUser {
            email: link.email,
            ..wanted
        };
        let user = self.make(invited, link.role).await?;
        let (new, hash, now_ms) = (user.clone(), secret::hash(code), self.now_ms());
        self.with_store(move |store| store.accept(hash, &new, now_ms))
            .await?;
        self.enter(user, visitor).await
    }

    /// Sets a new password for whoever bears the code of a link for that.
    pub async fn reset(
        &self,
        code: &str,
        password: String,
        visitor: Visitor,
    ) -> Result<Entered, AccountError> {
        self.count_address(&visitor)?;
        let (hash, now_ms) = (secret::hash(code), self.now_ms());
        let link = self
            .with_store(move |store| store.link(LinkKind::Reset, hash, now_ms))
            .await?
            .ok_or(UserError::Link)?;
        password::judge(&password, &link.email, "")?;
        let new = self.0.hasher.hash(password).await?;
        let user = self
            .with_store(move |store| store.reset_password(hash, &new, now_ms))
            .await?;
        if let Some(network) = visitor.network {
            self.0.by_address.give_back(&network);
        }
        self.0.by_account.give_back(&email_key(&user.email));
        self.enter(user, visitor).await
    }

    /// Notes what is no change of users.
    pub async fn note(
        &self,
        who: &str,
        action: Action,
        site: &str,
        detail: String,
    ) -> Result<(), AccountError> {
        let (who, site, now_ms) = (who.to_owned(), site.to_owned(), self.now_ms());
        self.with_store(move |store| {
            let actor = Actor { who: &who, now_ms };
            store.note(actor, action, &site, &detail)
        })
        .await
    }

    fn count_address(&self, visitor: &Visitor) -> Result<(), AccountError> {
        match visitor.network {
            Some(network) => self.0.by_address.take(&network, self.now_ms()),
            None => Ok(()),
        }
    }

    async fn make(&self, wanted: NewUser, role: Role) -> Result<User, AccountError> {
        let email = checked_email(&wanted.email)?;
        let name = checked_name(&wanted.name)?;
        password::judge(&wanted.password, &email, &name)?;
        Ok(User {
            id: secret::id()?,
            email,
            name,
            role,
            language: wanted.language,
            password: self.0.hasher.hash(wanted.password).await?,
            created_at: self.now_ms(),
        })
    }

    async fn enter(&self, user: User, visitor: Visitor) -> Result<Entered, AccountError> {
        let token = Code::mint()?;
        let now_ms = self.now_ms();
        let session = Session {
            id: secret::id()?,
            agent: visitor.agent.chars().take(MAX_AGENT_CHARS).collect(),
            created_at: now_ms,
            seen_at: now_ms,
            ends_at: now_ms + LONGEST_MS,
        };
        let hash = token.hash();
        let (new, owner) = (session.clone(), user.clone());
        self.with_store(move |store| store.add_session(&owner, &new, hash))
            .await?;
        let csrf = secret::csrf(token.expose());
        let signed = Signed {
            user,
            session,
            csrf,
        };
        Ok(Entered { signed, token })
    }
}

/// What somebody says of themselves.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// E-mail address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Password, as typed.
    pub password: String,
    /// The language of their pages.
    pub language: Locale,
}

/// Only what no mail server would take is refused.
pub fn checked_email(email: &str) -> Result<String, AccountError> {
    let email = email.trim();
    let good = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && email.len() <= MAX_EMAIL_BYTES
    });
    let strange = |c: char| c.is_whitespace() || c.is_control() || "<>\"'`,;\\".contains(c);
    if !good || email.contains(strange) {
        return Err(AccountError::Email(
            email.chars().take(MAX_EMAIL_BYTES).collect(),
        ));
    }
    Ok(email.to_owned())
}

/// Any text that is not empty: names are shown as text, never as anything else.
pub fn checked_name(name: &str) -> Result<String, AccountError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.contains(char::is_control) {
        return Err(AccountError::Name);
    }
    Ok(name.to_owned())
}
