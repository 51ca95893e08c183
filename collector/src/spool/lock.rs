//! One process per spool: a lock on a file of the folder, which the system lifts when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Name of the file. It holds the number of the process that has the lock, for people.
const FILE: &str = "lock";

/// The lock; lifted when dropped.
#[derive(Debug)]
pub(crate) struct SpoolLock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Another process has it; its number, if the file says.
    Taken(Option<u32>),
    Io(io::Error),
}

impl SpoolLock {
    /// Locks the spool in `dir`.
    pub(crate) fn take(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join(FILE);
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Whoever holds the lock may be writing its number just now: then nobody is named.
                let read = Read::by_ref(&mut file).take(20).read_to_string(&mut text);
                let holder = read.ok().and_then(|_| text.trim().parse().ok());
                return Err(LockError::Taken(holder));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| writeln!(file, "{}", std::process::id()));
        // The number is only a courtesy: on a full disk the lock holds without it.
        match written {
            Err(error) if error.kind() != io::ErrorKind::StorageFull => Err(LockError::Io(error)),
            Ok(()) | Err(_) => Ok(Self { _file: file }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_learns_who_is_first() {
        let dir = tempfile::tempdir().unwrap();
        let first = SpoolLock::take(dir.path()).unwrap();
        match SpoolLock::take(dir.path()) {
            Err(LockError::Taken(holder)) => assert_eq!(holder, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(SpoolLock::take(dir.path()).is_ok());
    }
}
