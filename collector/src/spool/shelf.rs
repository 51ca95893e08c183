//! The shelf: sealed segments, from the day they are sealed to the day they are removed.
//!
//! ```text
//! sealed ──▶ waiting ──inserted──▶ done ──grace period──▶ ids to the log, file removed
//!        ▲      └────refused for good──▶ refused/, with the reason beside it, until a person decides
//!        └───────────────────────────────────┘ `weir spool replay`
//! ```
//!
//! The list is in memory, the truth is in the folder: the list is rebuilt from it at start. What takes time is done by the
//! delivery, outside the lock of the list.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;

use super::format::{Damage, FileId, FileKind, Reader};
use super::ids::IdHash;
use super::ids_log::IdsLog;
use super::io::{Disk, write_whole};
use super::lock::SpoolLock;
use super::recover::{Recovered, made_ms};
use super::refused::take_back;
use super::{DONE, MAX_FILE_BYTES, Now, REASON, REFUSED_DIR, Sealed, WAITING};
use crate::batch::Batch;

/// Sealed segments.
pub(crate) struct Shelf<D: Disk> {
    disk: Arc<D>,
    dir: PathBuf,
    grace: Duration,
    list: Mutex<List>,
    ids: Mutex<IdsLog<D>>,
    /// Bytes of all sealed segments, wherever they are.
    bytes: AtomicU64,
    refused: AtomicU64,
    /// Rung when a segment is sealed.
    pub(crate) arrived: Notify,
    /// Held by whoever may still touch a file.
    _lock: Option<SpoolLock>,
}

#[derive(Default)]
struct List {
    waiting: VecDeque<Sealed>,
    /// With the time at which the grace period ends.
    done: VecDeque<(Sealed, Duration)>,
    /// Found at start: perhaps inserted before.
    uncertain_up_to: u64,
    /// Back from `refused/`: who knows what happened meanwhile.
    replayed: HashSet<FileId>,
}

/// What waits to be inserted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) segments: u64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) oldest_ms: Option<i64>,
}

/// Why a batch was refused for good: the file beside it in `refused/`.
#[derive(Debug, Serialize)]
pub(crate) struct RefusedNote<'a> {
    pub(crate) batch_id: String,
    pub(crate) rows: u64,
    pub(crate) refused_at_ms: i64,
    pub(crate) error_code: Option<u32>,
    pub(crate) error: &'a str,
    pub(crate) hint: &'a str,
}

impl<D: Disk> Shelf<D> {
    pub(crate) fn new(
        disk: Arc<D>,
        dir: &Path,
        grace: Duration,
        ids: IdsLog<D>,
        found: &Recovered,
        lock: Option<SpoolLock>,
    ) -> Self {
        let all = found.waiting.iter().chain(&found.done);
        let bytes = all.map(|segment| segment.bytes).sum::<u64>() + found.refused_bytes;
        let list = List {
            waiting: found.waiting.iter().copied().collect(),
            done: found.done.iter().map(|segment| (*segment, grace)).collect(),
            uncertain_up_to: found.next_number.saturating_sub(1),
            replayed: HashSet::new(),
        };
        Self {
            disk,
            dir: dir.to_owned(),
            grace,
            list: Mutex::new(list),
            ids: Mutex::new(ids),
            bytes: AtomicU64::new(bytes),
            refused: AtomicU64::new(found.refused),
            arrived: Notify::new(),
            _lock: lock,
        }
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a segment that was just sealed.
    pub(crate) fn put(&self, segment: Sealed) {
        self.bytes.fetch_add(segment.bytes, Ordering::Relaxed);
        self.list().waiting.push_back(segment);
        self.arrived.notify_one();
    }

    /// The segment to insert next.
    pub(crate) fn first(&self) -> Option<Sealed> {
        self.list().waiting.front().copied()
    }

    /// Lets the others go first.
    pub(crate) fn postpone(&self, file: FileId) {
        let mut list = self.list();
        if list.waiting.front().is_some_and(|first| first.file == file)
            && let Some(segment) = list.waiting.pop_front()
        {
            list.waiting.push_back(segment);
        }
    }

    /// The segment is not there any more: somebody took it away.
    pub(crate) fn give_up(&self, file: FileId) {
        if let Some(segment) = self.list().take(file) {
            self.bytes.fetch_sub(segment.bytes, Ordering::Relaxed);
        }
    }

    /// Whether the segment was there when the spool was opened, or was refused once: it may have been inserted before.
    pub(crate) fn is_from_before(&self, file: FileId) -> bool {
        let list = self.list();
        file.number <= list.uncertain_up_to || list.replayed.contains(&file)
    }

    pub(crate) fn waiting(&self) -> Waiting {
        let list = self.list();
        let mut waiting = Waiting::default();
        for segment in &list.waiting {
            waiting.segments += 1;
            waiting.rows += segment.rows;
            waiting.bytes += segment.bytes;
            let oldest = waiting
                .oldest_ms
                .map_or(segment.created_ms, |oldest| oldest.min(segment.created_ms));
            waiting.oldest_ms = Some(oldest);
        }
        waiting
    }

    /// Bytes on disk of all sealed segments.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Batches in `refused/`.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Reads a segment that waits.
    pub(crate) fn load(&self, file: FileId) -> io::Result<(Batch, Damage)> {
        let content = self.disk.read(&self.path(file, WAITING), MAX_FILE_BYTES)?;
        Ok(Batch::read(file, &content))
    }

    /// The segment is in ClickHouse. Cannot fail: a name that could not be changed costs one look-up after a restart.
    pub(crate) fn mark_done(&self, file: FileId, now: Now) {
        let renamed = self
            .disk
            .rename(&self.path(file, WAITING), &self.path(file, DONE));
        if let Err(cause) = renamed {
            tracing::warn!(%cause, segment = %file.name(WAITING), "cannot rename an inserted segment");
        }
        let mut list = self.list();
        list.replayed.remove(&file);
        if let Some(segment) = list.take(file) {
            list.done.push_back((segment, now.elapsed + self.grace));
        }
    }

    /// The segment was refused for good: out of the way, and kept.
    pub(crate) fn set_aside(&self, file: FileId, note: &RefusedNote<'_>) -> io::Result<()> {
        let refused = self.dir.join(REFUSED_DIR);
        let text = serde_json::to_vec_pretty(note).map_err(io::Error::other)?;
        write_whole(&*self.disk, &refused.join(file.name(REASON)), &text)?;
        self.disk
            .rename(&self.path(file, WAITING), &refused.join(file.name(WAITING)))?;
        self.disk.sync_dir(&refused)?;
        self.disk.sync_dir(&self.dir)?;
        self.list().take(file);
        self.refused.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Takes what somebody wants tried again out of `refused/`.
    pub(crate) fn take_back(&self) {
        let taken = take_back(&*self.disk, &self.dir, |file| {
            let Ok((batch, _)) = self.load(file) else {
                tracing::error!(batch = %file.id, "a batch to be tried again cannot be read; the next start looks at it");
                return;
            };
            tracing::info!(batch = %file.id, rows = batch.rows, "a batch that was refused is tried again");
            let bytes = self.disk.length(&self.path(file, WAITING)).unwrap_or(0);
            let sealed = Sealed {
                file,
                rows: batch.rows,
                bytes,
                created_ms: made_ms(file),
            };
            let before = self.refused.load(Ordering::Relaxed);
            self.refused
                .store(before.saturating_sub(1), Ordering::Relaxed);
            let mut list = self.list();
            list.replayed.insert(file);
            list.waiting.push_back(sealed);
            self.arrived.notify_one();
        });
        if let Err(cause) = taken
            && cause.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%cause, "cannot take batches back that are to be tried again");
        }
    }

    /// Removes the segments whose grace period is over, and ids that are too old or too many.
    pub(crate) fn expire(&self, now: Now) {
        loop {
            let next = self.list().done.front().copied();
            let Some((segment, until)) = next else { break };
            if now.elapsed < until {
                break;
            }
            let ending = if self.disk.length(&self.path(segment.file, DONE)).is_ok() {
                DONE
            } else {
                WAITING
            };
            if !self.remember_ids(segment.file, ending, now) {
                break;
            }
            match self.disk.remove(&self.path(segment.file, ending)) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%cause, segment = %segment.file.name(ending), "cannot remove a segment");
                    break;
                }
                Ok(()) | Err(_) => {}
            }
            self.list().done.pop_front();
            self.bytes.fetch_sub(segment.bytes, Ordering::Relaxed);
        }
        self.ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .trim(now);
    }

    /// Writes the ids of a segment that is about to go to the log of ids. False: it must stay for now.
    ///
    /// On a full disk the reserve makes room. Should that not be enough, the segment stays, and events are refused until
    /// somebody makes room: ids that are forgotten would be events that are stored twice.
    fn remember_ids(&self, file: FileId, ending: &str, now: Now) -> bool {
        let content = match self.disk.read(&self.path(file, ending), MAX_FILE_BYTES) {
            Ok(content) => content,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return true,
            Err(cause) => {
                tracing::warn!(%cause, segment = %file.name(ending), "cannot read the ids of a segment");
                return false;
            }
        };
        let mut reader = Reader::new(FileKind::Segment, file, &content);
        let accepted_ms = reader
            .header()
            .map_or(now.wall_ms, |header| header.created_ms);
        let ids: Vec<_> = reader
            .by_ref()
            .map(|record| IdHash::from_u64(record.key))
            .collect();
        let mut log = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        while let Err(cause) = log.append(&ids, accepted_ms, now) {
            let full = cause.kind() == io::ErrorKind::StorageFull;
            if full && log.give_up_reserve() {
                continue;
            }
            tracing::warn!(%cause, ids = ids.len(), "cannot write down accepted ids: a segment cannot be removed until they are");
            return false;
        }
        true
    }

    fn path(&self, file: FileId, ending: &str) -> PathBuf {
        self.dir.join(file.name(ending))
    }
}

impl List {
    fn take(&mut self, file: FileId) -> Option<Sealed> {
        let at = self
            .waiting
            .iter()
            .position(|segment| segment.file == file)?;
        self.waiting.remove(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::ids::IdWindow;
    use crate::spool::io::DiskFile;
    use crate::spool::sim::SimDisk;
    use crate::spool::{IDS_DIR, format};

    const DIR: &str = "/spool";
    const NOW: Now = Now {
        elapsed: Duration::ZERO,
        spool_ms: 0,
        wall_ms: 0,
    };

    fn shelf(disk: &SimDisk) -> Shelf<SimDisk> {
        let (dir, day) = (Path::new(DIR), Duration::from_secs(86_400));
        disk.create_dir(dir).unwrap();
        let shared = Arc::new(disk.clone());
        let mut window = IdWindow::new(1_000, day);
        let log = IdsLog::open(Arc::clone(&shared), dir, 1_000, day, &mut window).unwrap();
        Shelf::new(
            shared,
            dir,
            Duration::ZERO,
            log,
            &Recovered::default(),
            None,
        )
    }

    fn segment(disk: &SimDisk, number: u64) -> Sealed {
        let file = FileId {
            number,
            id: uuid::Uuid::from_u128(u128::from(number)),
        };
        let mut bytes = Vec::new();
        format::Header {
            kind: FileKind::Segment,
            file,
            row_version: 1,
            created_ms: 0,
        }
        .write(&mut bytes);
        format::write_record(&mut bytes, file, number, b"row");
        let mut open = disk
            .create(&Path::new(DIR).join(file.name(WAITING)))
            .unwrap();
        open.append(&bytes).unwrap();
        Sealed {
            file,
            rows: 1,
            bytes: bytes.len() as u64,
            created_ms: 0,
        }
    }

    fn files(disk: &SimDisk, dir: &str) -> usize {
        disk.list(&Path::new(DIR).join(dir)).unwrap().len()
    }

    #[test]
    fn a_full_disk_does_not_keep_segments_from_going() {
        let disk = SimDisk::new(1);
        let shelf = shelf(&disk);
        for number in 1..4 {
            let sealed = segment(&disk, number);
            shelf.put(sealed);
            shelf.mark_done(sealed.file, NOW);
        }
        disk.set_capacity(Some(disk.used()));
        shelf.expire(NOW);
        assert_eq!((files(&disk, ""), shelf.bytes()), (0, 0));
        assert!(
            files(&disk, IDS_DIR) > 0,
            "the first made room for the ids of the others"
        );
    }

    #[test]
    fn a_segment_stays_while_its_ids_cannot_be_written_down() {
        let disk = SimDisk::new(1);
        let shelf = shelf(&disk);
        let sealed = segment(&disk, 1);
        shelf.put(sealed);
        shelf.mark_done(sealed.file, NOW);
        disk.fail_syncs(true);
        shelf.expire(NOW);
        assert_eq!((files(&disk, ""), shelf.bytes()), (1, sealed.bytes));
        disk.fail_syncs(false);
        shelf.expire(NOW);
        assert_eq!((files(&disk, ""), shelf.bytes()), (0, 0));
    }

    #[test]
    fn postponing_lets_the_others_go_first() {
        let disk = SimDisk::new(1);
        let shelf = shelf(&disk);
        let segments: Vec<_> = (1..4).map(|number| segment(&disk, number)).collect();
        for sealed in &segments {
            shelf.put(*sealed);
        }
        shelf.postpone(segments[0].file);
        shelf.postpone(segments[0].file);
        assert_eq!(shelf.first(), Some(segments[1]));
        assert_eq!(shelf.waiting().rows, 3);
        shelf.give_up(segments[1].file);
        assert_eq!(
            (shelf.first(), shelf.waiting().rows),
            (Some(segments[2]), 2)
        );
    }
}
