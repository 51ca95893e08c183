//! The two users of the SQL port, and how a request proves which one it is.
//!
//! `analyst` reads, within limits, without a password; an absent user and ClickHouse's usual `default` mean the same.
//! `weir` writes and needs the installation's secret.

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum User {
    Analyst,
    Writer,
}

impl User {
    /// The role that users.xml defines for it.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Writer => "writer",
        }
    }
}

/// The password of user `weir`: 64 hexadecimal digits, made at first start.
#[derive(Clone)]
pub struct Secret(String);

/// Name of the secret's file in the data folder.
pub const SECRET_FILE: &str = "secret";
const SECRET_BYTES: usize = 32;
const SECRET_MIN_CHARS: usize = 32;

impl Secret {
    /// Reads the secret of a data folder; makes one, readable by the owner alone, if there is none.
    pub fn read_or_create(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(SECRET_FILE);
        match fs::read_to_string(&path) {
            Ok(text) if text.trim().len() >= SECRET_MIN_CHARS => {
                return Ok(Self(text.trim().to_owned()));
            }
            Ok(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "`{}` is too short for a secret: remove it, and a new one is made",
                        path.display()
                    ),
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut random = [0_u8; SECRET_BYTES];
        fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        // Written aside and linked into place: two starts at once agree on one secret, and none sees half of it.
        let aside = data_dir.join(format!("{SECRET_FILE}.{}", std::process::id()));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let linked = fs::hard_link(&aside, &path);
        fs::remove_file(&aside)?;
        match linked {
            Ok(()) => Ok(Self(text)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Self::read_or_create(data_dir)
            }
            Err(error) => Err(error),
        }
    }

    /// The password itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that does not depend on where the difference is.
    fn matches(&self, candidate: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), candidate.as_bytes());
        let difference = ours
            .iter()
            .zip(theirs)
            .fold(0_u8, |sum, (a, b)| sum | (a ^ b));
        std::hint::black_box(difference) == 0 && ours.len() == theirs.len()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// A user's name and password as a request carries them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) name: String,
    pub(crate) password: String,
}

/// Who the claim proves to be; `None` if it proves nothing.
pub(crate) fn identify(claim: &Claim, secret: &Secret) -> Option<User> {
    match claim.name.as_str() {
        "" | "analyst" | "default" if claim.password.is_empty() => Some(User::Analyst),
        "weir" if secret.matches(&claim.password) => Some(User::Writer),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_secret_is_made_once_and_only_the_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secret::read_or_create(folder.path()).unwrap();
        let second = Secret::read_or_create(folder.path()).unwrap();
        assert_eq!(first.expose(), second.expose());
        assert_eq!(first.expose().len(), 64);
        let mode = fs::metadata(folder.path().join(SECRET_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
    }

    #[test]
    fn only_the_whole_secret_makes_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::read_or_create(folder.path()).unwrap();
        let identified = |name: &str, password: &str| {
            identify(
                &Claim {
                    name: name.to_owned(),
                    password: password.to_owned(),
                },
                &secret,
            )
        };
        assert_eq!(identified("weir", secret.expose()), Some(User::Writer));
        assert_eq!(identified("", ""), Some(User::Analyst));
        assert_eq!(identified("default", ""), Some(User::Analyst));
        for password in [
            "",
            "x",
            secret.expose().get(..63).unwrap(),
            &format!("{}0", secret.expose()),
        ] {
            assert_eq!(identified("weir", password), None, "{password}");
        }
        assert_eq!(identified("analyst", "x"), None);
        assert_eq!(identified("root", ""), None);
    }
}
