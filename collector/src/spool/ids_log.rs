//! The log of ids: hashes of events whose segments are gone, so that their repeats are still known after a restart.
//!
//! A few files, each appended to by one process only, and removed as a whole once all it holds is too old or too much. A
//! write that fails leaves at worst some ids twice, which does no harm: the file is left as it is, and a new one begun.
//!
//! On a full disk the ids of a segment must be written before the segment can make room. For that there is a file that
//! holds nothing, `reserve`: it is given up first, and made again when there is room.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::format::{self, FileId, FileKind, Header, Reader};
use super::ids::{IdHash, IdWindow};
use super::io::{Disk, DiskFile};
use super::{IDS, IDS_DIR, MAX_FILE_BYTES, Now};

/// A file is closed when it has this many ids: 1 MiB.
const FILE_IDS: u64 = 131_072;
/// The reserve: the ids of the largest segment. Tests simulate smaller disks.
const RESERVE_BYTES: usize = if cfg!(test) { 2_048 } else { 5 << 20 };
/// Its file.
const RESERVE: &str = "reserve";
/// Between two tries to make it.
const RESERVE_INTERVAL: Duration = Duration::from_secs(60);
/// Ids of one record.
const RECORD_IDS: usize = 65_536;

/// The files of the log.
pub(crate) struct IdsLog<D: Disk> {
    disk: Arc<D>,
    dir: PathBuf,
    max_ids: u64,
    max_age_ms: i64,
    next_number: u64,
    /// Not written any more, oldest first.
    closed: VecDeque<LogFile>,
    open: Option<(D::File, LogFile)>,
    has_reserve: bool,
    /// When to try to make it again.
    reserve_at: Duration,
}

/// A file of the log.
#[derive(Debug, Clone, Copy)]
struct LogFile {
    name: FileId,
    ids: u64,
    newest_ms: i64,
}

impl<D: Disk> IdsLog<D> {
    /// Reads the log below the spool's folder `dir` into `window`.
    pub(crate) fn open(
        disk: Arc<D>,
        dir: &Path,
        max_ids: usize,
        max_age: Duration,
        window: &mut IdWindow,
    ) -> io::Result<Self> {
        let dir = dir.join(IDS_DIR);
        disk.create_dir(&dir)?;
        let mut names: Vec<_> = disk
            .list(&dir)?
            .iter()
            .filter_map(|name| FileId::parse(name, IDS))
            .collect();
        names.sort_unstable();
        let next_number = names.last().map_or(1, |name| name.number + 1);
        let mut closed = VecDeque::new();
        for name in names {
            let path = dir.join(name.name(IDS));
            match disk.read(&path, MAX_FILE_BYTES) {
                Ok(bytes) => closed.push_back(restore(name, &bytes, window)),
                // Repeats of what it held are collapsed by the table's engine instead.
                Err(cause) => {
                    tracing::warn!(%cause, file = %path.display(), "cannot read remembered ids")
                }
            }
        }
        let max_age_ms = i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX);
        let max_ids = max_ids as u64;
        let mut log = Self {
            disk,
            dir,
            max_ids,
            max_age_ms,
            next_number,
            closed,
            open: None,
            has_reserve: false,
            reserve_at: RESERVE_INTERVAL,
        };
        log.make_reserve();
        Ok(log)
    }

    /// Makes the reserve, unless it is there. Without it all goes on as well; only a full disk would then stay full until
    /// somebody else makes room.
    fn make_reserve(&mut self) {
        let path = self.dir.join(RESERVE);
        let whole = self.disk.length(&path);
        if whole.is_ok_and(|length| length == RESERVE_BYTES as u64) {
            self.has_reserve = true;
            return;
        }
        drop(self.disk.remove(&path));
        let made = self.disk.create(&path).and_then(|mut file| {
            file.append(&vec![0; RESERVE_BYTES])?;
            file.sync()
        });
        match made {
            Ok(()) => self.has_reserve = true,
            Err(cause) => {
                tracing::debug!(%cause, "no room for a reserve");
                drop(self.disk.remove(&path));
            }
        }
    }

    /// Gives the reserve up. False: there is none.
    pub(crate) fn give_up_reserve(&mut self) -> bool {
        let had = std::mem::take(&mut self.has_reserve);
        had && self.disk.remove(&self.dir.join(RESERVE)).is_ok()
    }

    /// Adds ids accepted at `accepted_ms`, durably.
    pub(crate) fn append(&mut self, ids: &[IdHash], accepted_ms: i64, now: Now) -> io::Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        // Taken out, and put back only if all went well.
        let (mut file, mut log) = match self.open.take() {
            Some(open) => open,
            None => self.create()?,
        };
        let mut bytes = Vec::with_capacity(ids.len() * 8 + 64);
        if log.ids == 0 {
            let header = Header {
                kind: FileKind::Ids,
                file: log.name,
                row_version: 0,
                created_ms: now.wall_ms,
            };
            header.write(&mut bytes);
        }
        let key = u64::try_from(accepted_ms).unwrap_or(0);
        for chunk in ids.chunks(RECORD_IDS) {
            let body: Vec<u8> = chunk
                .iter()
                .flat_map(|id| id.as_u64().to_le_bytes())
                .collect();
            format::write_record(&mut bytes, log.name, key, &body);
        }
        let first = log.ids == 0;
        let written = file.append(&bytes).and_then(|()| file.sync());
        let written = if first {
            written.and_then(|()| self.disk.sync_dir(&self.dir))
        } else {
            written
        };
        if let Err(error) = written {
            if first {
                // Nothing of value in it. Should it stay, the next start reads what it can.
                drop(self.disk.remove(&self.dir.join(log.name.name(IDS))));
            } else {
                self.closed.push_back(log);
            }
            return Err(error);
        }
        log.ids += ids.len() as u64;
        log.newest_ms = log.newest_ms.max(accepted_ms);
        if log.ids < FILE_IDS {
            self.open = Some((file, log));
        } else {
            self.closed.push_back(log);
        }
        Ok(())
    }

    fn create(&mut self) -> io::Result<(D::File, LogFile)> {
        let name = FileId {
            number: self.next_number,
            id: Uuid::now_v7(),
        };
        self.next_number += 1;
        let file = self.disk.create(&self.dir.join(name.name(IDS)))?;
        Ok((
            file,
            LogFile {
                name,
                ids: 0,
                newest_ms: 0,
            },
        ))
    }

    /// Removes the files whose ids are all too old or too much.
    pub(crate) fn trim(&mut self, now: Now) {
        if !self.has_reserve && now.elapsed >= self.reserve_at {
            self.reserve_at = now.elapsed + RESERVE_INTERVAL;
            self.make_reserve();
        }
        let open = self.open.as_ref().map_or(0, |(_, log)| log.ids);
        let mut total = open + self.closed.iter().map(|log| log.ids).sum::<u64>();
        while let Some(oldest) = self.closed.front() {
            let too_old = now.spool_ms.saturating_sub(oldest.newest_ms) > self.max_age_ms;
            let too_many = total.saturating_sub(oldest.ids) >= self.max_ids;
            if !(too_old || too_many) || !self.remove_oldest() {
                break;
            }
            total = open + self.closed.iter().map(|log| log.ids).sum::<u64>();
        }
    }

    /// Removes the oldest file. False: there is none, or it cannot be removed.
    fn remove_oldest(&mut self) -> bool {
        let Some(oldest) = self.closed.front() else {
            return false;
        };
        let path = self.dir.join(oldest.name.name(IDS));
        match self.disk.remove(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%cause, file = %path.display(), "cannot remove old ids");
                false
            }
            Ok(()) | Err(_) => {
                self.closed.pop_front();
                true
            }
        }
    }
}

fn restore(name: FileId, bytes: &[u8], window: &mut IdWindow) -> LogFile {
    let mut log = LogFile {
        name,
        ids: 0,
        newest_ms: 0,
    };
    for record in Reader::new(FileKind::Ids, name, bytes) {
        let accepted_ms = i64::try_from(record.key).unwrap_or(0);
        log.newest_ms = log.newest_ms.max(accepted_ms);
        for id in record.body.as_chunks::<8>().0 {
            window.restore(IdHash::from_u64(u64::from_le_bytes(*id)), accepted_ms);
            log.ids += 1;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::sim::SimDisk;

    const DIR: &str = "/spool";
    const DAY: Duration = Duration::from_secs(86_400);

    fn at(ms: i64) -> Now {
        Now {
            elapsed: Duration::ZERO,
            spool_ms: ms,
            wall_ms: ms,
        }
    }

    fn ids(numbers: std::ops::Range<u64>) -> Vec<IdHash> {
        numbers.map(IdHash::from_u64).collect()
    }

    fn open(disk: &SimDisk, max_ids: usize) -> (IdsLog<SimDisk>, IdWindow) {
        let mut window = IdWindow::new(10_000_000, DAY);
        let log = IdsLog::open(
            Arc::new(disk.clone()),
            Path::new(DIR),
            max_ids,
            DAY,
            &mut window,
        );
        (log.unwrap(), window)
    }

    fn files(disk: &SimDisk) -> usize {
        let names = disk.list(&Path::new(DIR).join(IDS_DIR)).unwrap();
        names.iter().filter(|name| name.ends_with(IDS)).count()
    }

    #[test]
    fn ids_are_known_after_a_crash() {
        let disk = SimDisk::new(1);
        let (mut log, _) = open(&disk, 1_000);
        log.append(&ids(0..10), 5, at(6)).unwrap();
        log.append(&ids(10..20), 7, at(8)).unwrap();
        disk.restart();
        let (_, mut window) = open(&disk, 1_000);
        assert_eq!(window.len(), 20);
        assert!(!window.propose(IdHash::from_u64(13)));
    }

    #[test]
    fn a_file_goes_when_newer_ones_have_enough_or_all_of_it_is_old() {
        let disk = SimDisk::new(1);
        let (mut log, _) = open(&disk, 150_000);
        for number in 0..4 {
            let start = number * FILE_IDS;
            log.append(
                &ids(start..start + FILE_IDS),
                i64::try_from(number).unwrap(),
                at(0),
            )
            .unwrap();
        }
        assert_eq!(files(&disk), 4);
        log.trim(at(0));
        assert_eq!(files(&disk), 2, "one alone would be too few");
        log.trim(at(86_400_003));
        assert_eq!(files(&disk), 1);
        log.trim(at(86_400_004));
        assert_eq!(files(&disk), 0);
    }

    #[test]
    fn after_a_failure_a_new_file_is_begun() {
        let disk = SimDisk::new(1);
        let (mut log, _) = open(&disk, 1_000);
        log.append(&ids(0..10), 0, at(0)).unwrap();
        disk.fail_next_sync();
        assert!(log.append(&ids(10..20), 0, at(0)).is_err());
        log.append(&ids(10..20), 0, at(0)).unwrap();
        disk.restart();
        let (_, window) = open(&disk, 1_000);
        assert_eq!(window.len(), 20);
    }
}
