//! The start: reads every segment once, oldest first, and finds out what waits and which ids were accepted.
//!
//! A segment that was open when the process ended is sealed as it is found: whole records count, a torn tail was never
//! acknowledged. What is found after a kill may be in the system's memory only: were it inserted, then lost by the
//! machine, its repeats would be new. So what waits is synced first; and the last segment, which is the only one that a
//! failed sync can have left behind, is written anew, because after a failed sync the next one claims to have succeeded.

use std::io;
use std::path::Path;

use super::format::{Damage, FileId, FileKind, Reader};
use super::ids::{IdHash, IdWindow};
use super::io::{Disk, HALF_WRITTEN, write_whole};
use super::refused::take_back;
use super::{DONE, IDS_DIR, MAX_FILE_BYTES, REFUSED_DIR, Sealed, WAITING};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// To be inserted, oldest first.
    pub(crate) waiting: Vec<Sealed>,
    /// Inserted, to be removed.
    pub(crate) done: Vec<Sealed>,
    /// Refused for good, in `refused/`.
    pub(crate) refused: u64,
    pub(crate) refused_bytes: u64,
    /// Larger than the number of any file.
    pub(crate) next_number: u64,
    pub(crate) damage: Damage,
    /// Files that could not be read at all; they are left where they are.
    pub(crate) unreadable: u64,
}

/// Reads the spool in `dir`, after the log of ids has been read into `window`.
pub(crate) fn recover<D: Disk>(
    disk: &D,
    dir: &Path,
    window: &mut IdWindow,
) -> io::Result<Recovered> {
    disk.create_dir(dir)?;
    disk.create_dir(&dir.join(IDS_DIR))?;
    disk.create_dir(&dir.join(REFUSED_DIR))?;
    take_back(disk, dir, |file| {
        tracing::info!(batch = %file.id, "a batch that was refused is tried again");
    })?;
    let mut found = Recovered::default();
    let mut files = Vec::new();
    for (folder, endings) in [
        (dir.to_owned(), &[WAITING, DONE][..]),
        (dir.join(REFUSED_DIR), &[WAITING]),
    ] {
        for name in disk.list(&folder)? {
            if name.ends_with(HALF_WRITTEN) {
                disk.remove(&folder.join(&name))?;
            }
            let read = |ending: &&'static str| Some((FileId::parse(&name, ending)?, *ending));
            if let Some((file, ending)) = endings.iter().find_map(read) {
                files.push((file, folder.join(&name), State::of(dir, &folder, ending)));
            }
        }
    }
    files.sort_unstable_by_key(|(file, _, _)| *file);
    let last = files.last().map(|(file, _, _)| *file);
    for (file, path, state) in files {
        found.next_number = found.next_number.max(file.number);
        let synced = if state == State::Waiting {
            disk.sync_file(&path)
        } else {
            Ok(())
        };
        match synced.and_then(|()| disk.read(&path, MAX_FILE_BYTES)) {
            Ok(bytes) => {
                if state == State::Waiting && last == Some(file) {
                    write_anew(disk, &path, &bytes)?;
                }
                read_segment(file, &bytes, state, window, &mut found);
            }
            Err(cause) => {
                found.unreadable += 1;
                tracing::error!(%cause, file = %path.display(), "cannot read a segment; it is left where it is");
            }
        }
    }
    found.next_number += 1;
    disk.sync_dir(dir)?;
    Ok(found)
}

/// In place, where there is no room for a copy. Where both fail nobody knows what is on the disk, and nothing may be
/// inserted from it, or be taken for a repeat of what is in it: the spool cannot be opened.
fn write_anew<D: Disk>(disk: &D, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let Err(cause) = write_whole(disk, path, bytes) else {
        return Ok(());
    };
    tracing::warn!(%cause, file = %path.display(), "cannot write a copy of the last segment; it is written in place");
    disk.rewrite(path, bytes)
}

fn read_segment(
    file: FileId,
    bytes: &[u8],
    state: State,
    window: &mut IdWindow,
    found: &mut Recovered,
) {
    let mut reader = Reader::new(FileKind::Segment, file, bytes);
    let created_ms = reader
        .header()
        .map_or_else(|| made_ms(file), |header| header.created_ms);
    let mut rows = 0;
    for record in reader.by_ref() {
        window.restore(IdHash::from_u64(record.key), created_ms);
        rows += 1;
    }
    found.damage.add(reader.damage());
    let sealed = Sealed {
        file,
        rows,
        bytes: bytes.len() as u64,
        created_ms,
    };
    match state {
        State::Waiting => found.waiting.push(sealed),
        State::Done => found.done.push(sealed),
        State::Refused => {
            found.refused += 1;
            found.refused_bytes += sealed.bytes;
        }
    }
}

/// What the place and the name of a segment say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Done,
    Refused,
}

impl State {
    fn of(dir: &Path, folder: &Path, ending: &str) -> Self {
        match (folder == dir, ending == DONE) {
            (true, false) => Self::Waiting,
            (true, true) => Self::Done,
            (false, _) => Self::Refused,
        }
    }
}

/// When a segment was made, from its id, which holds the time.
pub(super) fn made_ms(file: FileId) -> i64 {
    file.id.get_timestamp().map_or(0, |made| {
        let (seconds, nanoseconds) = made.to_unix();
        i64::try_from(seconds * 1_000 + u64::from(nanoseconds) / 1_000_000).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::spool::journal::{Journal, SealAt};
    use crate::spool::sim::SimDisk;
    use crate::spool::{Now, Rows, SpoolError};

    const DIR: &str = "/spool";

    fn window() -> IdWindow {
        IdWindow::new(1_000, Duration::from_secs(86_400))
    }

    #[test]
    fn what_a_failed_sync_left_is_durable_once_it_is_found_also_on_a_full_disk() {
        for seed in 0..50 {
            let disk = SimDisk::new(seed);
            disk.create_dir(Path::new(DIR)).unwrap();
            let seal_at = SealAt {
                age: Duration::from_secs(1),
                bytes: 1 << 20,
                rows: 1_000,
            };
            let shared = Arc::new(disk.clone());
            let mut journal = Journal::new(shared, Path::new(DIR), seal_at, 1, window());
            let mut rows = Rows::default();
            rows.push(IdHash::from_u64(1), |out| out.extend([7; 300]));
            let now = Now {
                elapsed: Duration::ZERO,
                spool_ms: 0,
                wall_ms: 0,
            };
            disk.fail_next_sync();
            assert_eq!(journal.commit(&[rows], now), Err(SpoolError::Trouble));
            // SIGKILL: what was written is in memory, and will never reach the disk by itself.
            drop(journal);
            disk.set_capacity(Some(disk.used()));
            for _ in 0..2 {
                let found = recover(&disk, Path::new(DIR), &mut window()).unwrap();
                assert_eq!(found.waiting.first().unwrap().rows, 1, "{seed}");
                disk.restart();
            }
        }
    }
}
