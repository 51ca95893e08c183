//! The data folder: what lies where in it, and whether it can be used.
//!
//! ```text
//! DATA/            0700
//!   secret         0600  password of the SQL user `weir`
//!   sql-address          where the engine of the running server listens; gone when it has stopped
//!   control.db           releases, drafts, people (see `store`)
//!   containers/          the demo's container, to be edited
//!   spool/               of the collector, which locks it
//!   identity/            keys: of users' signatures, and of the day's visitors without a cookie
//!   engine/              of the embedded ClickHouse engine
//!   seeding              locked by who fills in the sample
//! ```
//!
//! There is no lock on the folder itself: commands that only read or add to the control store work while a server
//! runs. The spool's lock keeps two servers apart.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use weir_engine::{SECRET_FILE, Secret};

use crate::failure::Failure;

/// Less free space than this, and the server does not start: the spool and the engine would fail at once.
pub const MIN_FREE_BYTES: u64 = 256 << 20;

/// Says where the engine listens.
const SQL_ADDRESS: &str = "sql-address";

/// Locked by who fills in the sample.
const SEEDING: &str = "seeding";

/// The right to fill in the sample.
#[derive(Debug)]
pub struct Seeding {
    _file: Option<File>,
}

/// A data folder that exists and can be written.
#[derive(Debug, Clone)]
pub struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// Creates the folder if need be, and makes sure that it can be written and has room.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let unwritable = |error: io::Error| {
            Failure::environment(
                format!(
                    "the data folder `{}` cannot be written: {error}",
                    path.display()
                ),
                "choose another folder with --data, or make this one writable for the user that runs weir",
            )
        };
        let existed = path.is_dir();
        fs::create_dir_all(path).map_err(unwritable)?;
        if !existed {
            fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(unwritable)?;
        }
        let path = fs::canonicalize(path).map_err(unwritable)?;
        require_space(&path, free_bytes(&path).map_err(unwritable)?)?;
        probe(&path).map_err(unwritable)?;
        Ok(Self { path })
    }

    /// The folder of a server that has run here; nothing is created.
    #[must_use]
    pub fn existing(path: &Path) -> Option<Self> {
        let path = fs::canonicalize(path).ok()?;
        path.join(SECRET_FILE).is_file().then_some(Self { path })
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The collector's folder.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }

    /// The right to fill in the sample, which one program has at a time, until what is returned is dropped. `None`: another
    /// has it. Where it cannot be had for other reasons, it is not kept from anybody: what two fill in is the same.
    #[must_use]
    pub fn seeding(&self) -> Option<Seeding> {
        let path = self.path.join(SEEDING);
        let opened = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path);
        match opened.map(|file| (file.try_lock(), file)) {
            Ok((Err(TryLockError::WouldBlock), _)) => None,
            Ok((_, file)) => Some(Seeding { _file: Some(file) }),
            Err(_) => Some(Seeding { _file: None }),
        }
    }

    /// The collector's keys.
    #[must_use]
    pub fn identity(&self) -> PathBuf {
        self.path.join("identity")
    }

    /// The control store.
    #[must_use]
    pub fn control_db(&self) -> PathBuf {
        self.path.join("control.db")
    }

    /// Where the demo's container is put for editing.
    #[must_use]
    pub fn containers(&self) -> PathBuf {
        self.path.join("containers")
    }

    /// Where the engine of the server that runs here listens, if one does: commands find it, whatever port it was given.
    #[must_use]
    pub fn sql_address(&self) -> Option<SocketAddr> {
        let written = fs::read_to_string(self.path.join(SQL_ADDRESS)).ok()?;
        written.trim().parse().ok()
    }

    /// Says, or with none takes back, where that is. It is a help to commands: a server does not fail for want of it.
    pub fn announce_sql(&self, address: Option<SocketAddr>) {
        let path = self.path.join(SQL_ADDRESS);
        let done = match address {
            Some(address) => fs::write(&path, format!("{address}\n")),
            None => fs::remove_file(&path),
        };
        if let Err(error) = done
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("cannot write `{}`: {error}", path.display());
        }
    }

    /// The password of the SQL user `weir`: read, or made at the first start.
    pub fn secret(&self) -> Result<Secret, Failure> {
        let path = self.path.join(SECRET_FILE);
        let secret = Secret::read_or_create(&self.path).and_then(|secret| {
            keep_private(&path)?;
            Ok(secret)
        });
        secret.map_err(|error| {
            Failure::environment(
                format!("the secret `{}` cannot be read or written: {error}", path.display()),
                "make the file readable and writable for the user that runs weir; if it is lost, delete it: a new one is made at the next start",
            )
        })
    }
}

fn keep_private(secret: &Path) -> io::Result<()> {
    if fs::metadata(secret)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!("the secret could be read by other users; its mode is set back to 0600");
        fs::set_permissions(secret, Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// Free bytes on the file system of `path`, for a user without privileges.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Refuses to start on a full disk.
pub fn require_space(path: &Path, free: u64) -> Result<(), Failure> {
    if free >= MIN_FREE_BYTES {
        return Ok(());
    }
    Err(Failure::environment(
        format!(
            "no disk space: {} MiB are free on the disk of `{}`, at least {} MiB are needed",
            free >> 20,
            path.display(),
            MIN_FREE_BYTES >> 20
        ),
        "free some space, or choose a folder on another disk with --data",
    ))
}

fn probe(path: &Path) -> io::Result<()> {
    let file = path.join(format!(".probe-{}", std::process::id()));
    let written = File::create(&file).and_then(|mut probe| {
        probe.write_all(b"weir")?;
        probe.sync_all()
    });
    // Also when writing failed: nothing of ours is left behind.
    let removed = fs::remove_file(&file);
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn one_at_a_time_fills_in_the_sample() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataDir::open(temp.path()).unwrap();
        let first = data.seeding();
        assert!(first.is_some() && data.seeding().is_none());
        drop(first);
        assert!(data.seeding().is_some());
    }

    #[test]
    fn a_new_folder_and_its_secret_are_private_and_the_secret_stays() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("deep/data");
        let data = DataDir::open(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        let secret = data.secret().unwrap();
        assert_eq!(mode(&path.join("secret")), 0o600);
        let again = DataDir::open(&path).unwrap().secret().unwrap();
        assert_eq!(again.expose(), secret.expose());
        assert_eq!(
            fs::read_dir(&path).unwrap().count(),
            1,
            "nothing but the secret is left"
        );
    }

    #[test]
    fn where_the_engine_listens_is_told_as_long_as_it_does() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataDir::open(temp.path()).unwrap();
        assert_eq!(data.sql_address(), None);
        let address: SocketAddr = "127.0.0.1:9123".parse().unwrap();
        data.announce_sql(Some(address));
        assert_eq!(data.sql_address(), Some(address));
        data.announce_sql(None);
        assert_eq!(data.sql_address(), None);
        data.announce_sql(None);
    }

    #[test]
    fn a_secret_that_others_could_read_is_closed_again() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataDir::open(temp.path()).unwrap();
        data.secret().unwrap();
        let path = data.path().join("secret");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        data.secret().unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn an_empty_secret_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataDir::open(temp.path()).unwrap();
        fs::write(data.path().join("secret"), "\n").unwrap();
        assert!(data.secret().unwrap_err().message().contains("too short"));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        fs::write(&file, "").unwrap();
        let failure = DataDir::open(&file.join("data")).unwrap_err();
        assert!(
            failure.message().contains("file/data` cannot be written"),
            "{failure}"
        );
        assert!(failure.hint().contains("--data"));
    }

    #[test]
    fn a_full_disk_is_refused_before_anything_is_written() {
        let failure = require_space(Path::new("/data"), 3 << 20).unwrap_err();
        assert_eq!(
            failure.message(),
            "no disk space: 3 MiB are free on the disk of `/data`, at least 256 MiB are needed"
        );
        assert!(require_space(Path::new("/data"), MIN_FREE_BYTES).is_ok());
    }
}
