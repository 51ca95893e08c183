//! Passwords: which are too weak, and Argon2id.
//!
//! Hashing takes tens of milliseconds and 19 MiB by design. It happens on threads for blocking work, a few at a time, and
//! who would have to wait too long is sent away: signing in must not slow intake down.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::AccountError;
use super::secret::{RandomError, random};

const MIN_CHARS: usize = 10;
const MAX_BYTES: usize = 1024;
/// Characters of which at least this many must differ.
const MIN_DIFFERENT: usize = 5;
const SALT_BYTES: usize = 16;
/// Hashes at the same time.
const AT_ONCE: usize = 2;
/// Who would wait longer is sent away.
const PATIENCE: Duration = Duration::from_secs(5);
/// What those who are sent away are told.
const RETRY_S: u64 = 5;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("a password has at least {MIN_CHARS} characters")]
    Short,
    /// Too long.
    #[error("a password has at most {MAX_BYTES} bytes")]
    Long,
    /// The same few characters again and again.
    #[error("this password is the same few characters again and again")]
    Monotonous,
    /// What everybody knows of its user.
    #[error("this password is the e-mail address or the name")]
    Known,
    /// Among those that are tried first.
    #[error("this password is among those that are tried first")]
    Common,
}

/// Of ten characters and more, what lists of leaked passwords begin with. Compared in small letters.
const COMMON: [&str; 24] = [
    "1234567890",
    "0987654321",
    "0123456789",
    "12345678910",
    "1234567891",
    "123123123123",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qwertyuiop",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop123",
    "asdfghjkl123",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "passw0rd123",
    "iloveyou123",
    "letmein123",
    "welcome123",
    "administrator",
    "йцукенгшщз",
];

/// Whether a password will do. Length is what counts; rules on its characters only make people write it down.
pub fn judge(password: &str, email: &str, name: &str) -> Result<(), PasswordError> {
    if password.chars().count() < MIN_CHARS {
        return Err(PasswordError::Short);
    }
    if password.len() > MAX_BYTES {
        return Err(PasswordError::Long);
    }
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < MIN_DIFFERENT {
        return Err(PasswordError::Monotonous);
    }
    let small = password.to_lowercase();
    let of_email = email.split('@').next().unwrap_or_default();
    if [email, of_email, name]
        .iter()
        .any(|known| known.to_lowercase() == small)
    {
        return Err(PasswordError::Known);
    }
    if COMMON.contains(&small.as_str()) {
        return Err(PasswordError::Common);
    }
    Ok(())
}

/// Makes and compares hashes.
#[derive(Debug)]
pub struct Hasher {
    places: Arc<Semaphore>,
    /// Compared with when there is no such user.
    nobody: String,
}

impl Hasher {
    /// Ready to hash.
    pub fn new() -> Result<Self, RandomError> {
        let mut secret = String::new();
        for byte in random::<SALT_BYTES>()? {
            secret.push(char::from(byte % 64 + 32));
        }
        Ok(Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            nobody: hash_now(&secret, random()?).unwrap_or_default(),
        })
    }

    /// The hash of a password, in the PHC format.
    pub async fn hash(&self, password: String) -> Result<String, AccountError> {
        let salt = random()?;
        self.work(move || hash_now(&password, salt))
            .await?
            .ok_or(AccountError::Password(PasswordError::Long))
    }

    /// Whether a password is the one that was hashed; with no hash it is not, and takes as long to find out.
    pub async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, AccountError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let same = self
            .work(move || {
                password.len() <= MAX_BYTES
                    && Argon2::default()
                        .verify_password(password.as_bytes(), hash.as_str())
                        .is_ok()
            })
            .await?;
        Ok(same && known)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let wait = Arc::clone(&self.places).acquire_owned();
        let Ok(Ok(place)) = tokio::time::timeout(PATIENCE, wait).await else {
            return Err(AccountError::TooMany { retry_s: RETRY_S });
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await.map_err(|_| AccountError::Stopping)
    }
}

fn hash_now(password: &str, salt: [u8; SALT_BYTES]) -> Option<String> {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.ok().map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_and_long_ones_of_any_kind_taken() {
        let judge = |password: &str| judge(password, "Ann.Petrova@shop.example", "Анна Петрова");
        assert_eq!(judge("short"), Err(PasswordError::Short));
        assert_eq!(judge(&"ab".repeat(600)), Err(PasswordError::Long));
        assert_eq!(judge("abababababab"), Err(PasswordError::Monotonous));
        assert_eq!(judge("ann.petrova@SHOP.example"), Err(PasswordError::Known));
        assert_eq!(judge("ann.petrova"), Err(PasswordError::Known));
        assert_eq!(judge("анна петрова"), Err(PasswordError::Known));
        assert_eq!(judge("Password123"), Err(PasswordError::Common));
        for good in [
            "correct horse battery",
            "пароль подлиннее",
            "🦊 lives in the wood",
        ] {
            assert_eq!(judge(good), Ok(()), "{good}");
        }
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_with_a_salt_of_its_own() {
        let hasher = Hasher::new().unwrap();
        let one = hasher.hash("correct horse".to_owned()).await.unwrap();
        let two = hasher.hash("correct horse".to_owned()).await.unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two);
        let verify = async |password: &str, hash: Option<&String>| {
            let verified = hasher.verify(password.to_owned(), hash.cloned());
            verified.await.unwrap()
        };
        assert!(verify("correct horse", Some(&one)).await);
        assert!(!verify("correct house", Some(&one)).await);
        assert!(!verify("correct horse", None).await);
        assert!(!verify(&"x".repeat(2000), Some(&one)).await);
    }
}
