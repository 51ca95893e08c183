//! The writing half: takes groups of rows, appends them to the open segment, syncs, seals. One owner, no threads, no clock
//! of its own, so that a test can drive it step by step; `writer.rs` is the thread around it.
//!
//! What can go wrong is handled in one way. After a failed write or sync, nobody knows what of the last group is on disk.
//! None of it was acknowledged, but its sender will repeat it, and then it must not be there twice. So the journal is
//! *broken* until it has cut the segment back to what was synced before and has synced the cut; then that segment is
//! sealed and the next group begins a fresh one, whose own sync proves that the disk works again. Until then every group
//! is refused. After a restart recovery takes what it finds, whole record by whole record, and remembers the ids.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::format::{self, FileId, FileKind, Header, MAX_BODY};
use super::ids::{IdHash, IdWindow};
use super::io::{Disk, DiskFile};
use super::{Now, Rows, Sealed, SpoolError};
use crate::limits::MAX_BODY_BYTES;
use crate::sink::row;

/// A broken journal tries to mend itself no more often than this.
const REPAIR_INTERVAL: Duration = Duration::from_secs(1);

/// A segment that has as many bytes is given room for as many again. Smaller ones are not worth a second write.
const ROOM_FROM: usize = 64 * 1024;
/// Room made at once.
const MAX_ROOM: usize = 128 * 1024;
/// A larger group gets no room: the few syncs that would share it save less than writing every byte twice costs.
const MAX_GROUP_WITH_ROOM: usize = 32 * 1024;

/// What the log says when the journal breaks.
const BROKEN: &str = "the spool cannot be written: events are refused until it can (look for room on the disk and for \
                      errors of the device)";

// A row is made of a body of at most MAX_BODY_BYTES, of texts that are cut, and of numbers written out.
const _: () = assert!(4 * MAX_BODY_BYTES <= MAX_BODY);

/// When a segment is sealed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SealAt {
    pub(crate) age: Duration,
    pub(crate) bytes: u64,
    pub(crate) rows: u32,
}

/// What became of the rows of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Receipt {
    /// Written and synced.
    pub(crate) stored: u32,
    /// Were there before.
    pub(crate) repeated: u32,
}

/// The open segment and the ids accepted lately.
pub(crate) struct Journal<D: Disk> {
    disk: Arc<D>,
    dir: PathBuf,
    seal_at: SealAt,
    /// How the rows are encoded.
    row_version: u32,
    next_number: u64,
    state: State<D::File>,
    window: IdWindow,
    /// Sealed and not yet taken.
    sealed: Vec<Sealed>,
    /// Why the last group could not be written; none if it could.
    failing: Option<SpoolError>,
    /// Reused for each group.
    buffer: Vec<u8>,
    room_from: usize,
}

enum State<F> {
    /// No event since the last seal.
    Idle,
    Open(OpenSegment<F>),
    /// A write failed; with what has to be cut back first, if anything was written.
    Broken {
        segment: Option<OpenSegment<F>>,
        retry_at: Duration,
    },
}

struct OpenSegment<F> {
    file: F,
    name: FileId,
    /// Length up to which everything is synced. 0: not even the name is.
    synced_bytes: u64,
    /// Length of the file: behind what was written there may be zeros.
    length: u64,
    rows: u32,
    began: Duration,
    created_ms: i64,
}

impl<F> OpenSegment<F> {
    fn sealed(&self) -> Sealed {
        Sealed {
            file: self.name,
            rows: u64::from(self.rows),
            bytes: self.synced_bytes,
            created_ms: self.created_ms,
        }
    }
}

/// A group, encoded.
#[derive(Default)]
struct Group {
    fresh: Vec<IdHash>,
    receipts: Vec<Receipt>,
}

impl<D: Disk> Journal<D> {
    /// Continues after recovery: `next_number` is larger than that of any file.
    pub(crate) fn new(
        disk: Arc<D>,
        dir: &Path,
        seal_at: SealAt,
        next_number: u64,
        window: IdWindow,
    ) -> Self {
        Self {
            disk,
            dir: dir.to_owned(),
            seal_at,
            row_version: row::VERSION,
            next_number,
            state: State::Idle,
            window,
            sealed: Vec::new(),
            failing: None,
            buffer: Vec::new(),
            room_from: ROOM_FROM,
        }
    }

    /// Makes room in smaller segments already.
    #[cfg(test)]
    pub(crate) fn with_room_from(self, room_from: usize) -> Self {
        Self { room_from, ..self }
    }

    /// For rows that are no events.
    pub(crate) fn of_rows(self, row_version: u32) -> Self {
        Self {
            row_version,
            ..self
        }
    }

    /// Writes the rows of several requests and syncs them, once for all. Rows whose ids are known are not written again.
    pub(crate) fn commit(
        &mut self,
        requests: &[Rows],
        now: Now,
    ) -> Result<Vec<Receipt>, SpoolError> {
        self.repair(now)?;
        let (name, created_ms) = match &self.state {
            State::Open(segment) => (segment.name, None),
            State::Idle | State::Broken { .. } => (
                FileId {
                    number: self.next_number,
                    id: Uuid::now_v7(),
                },
                Some(now.wall_ms),
            ),
        };
        let group = self.encode(requests, name, created_ms);
        if group.fresh.is_empty() {
            return Ok(group.receipts);
        }
        match self.write(name, count(group.fresh.len()), now) {
            Ok(()) => {
                self.window.confirm(&group.fresh, now.spool_ms);
                self.seal_if_large();
                Ok(group.receipts)
            }
            Err(error) => {
                self.window.withdraw(&group.fresh);
                Err(error)
            }
        }
    }

    /// Encodes what is new of `requests` into the buffer; behind a header, if the segment is new.
    fn encode(&mut self, requests: &[Rows], name: FileId, created_ms: Option<i64>) -> Group {
        self.buffer.clear();
        if let Some(created_ms) = created_ms {
            let header = Header {
                kind: FileKind::Segment,
                file: name,
                row_version: self.row_version,
                created_ms,
            };
            header.write(&mut self.buffer);
        }
        let mut group = Group::default();
        for request in requests {
            let mut receipt = Receipt::default();
            for (id, row) in request.iter() {
                if self.window.propose(id) {
                    format::write_record(&mut self.buffer, name, id.as_u64(), row);
                    group.fresh.push(id);
                    receipt.stored += 1;
                } else {
                    receipt.repeated += 1;
                }
            }
            group.receipts.push(receipt);
        }
        group
    }

    /// Appends the buffer to the segment `name` and syncs it.
    fn write(&mut self, name: FileId, rows: u32, now: Now) -> Result<(), SpoolError> {
        let mut segment = match std::mem::replace(&mut self.state, State::Idle) {
            State::Open(segment) => segment,
            State::Idle | State::Broken { .. } => match self.create(name, now) {
                Ok(segment) => segment,
                Err(cause) => return Err(self.fail(&cause, None, now)),
            },
        };
        if let Err(cause) = self.append(&mut segment) {
            return Err(self.fail(&cause, Some(segment), now));
        }
        segment.rows = segment.rows.saturating_add(rows);
        self.state = State::Open(segment);
        if self.failing.take().is_some() {
            tracing::info!("the spool can be written again");
        }
        Ok(())
    }

    /// Breaks. Logged once, however long it lasts.
    fn fail(
        &mut self,
        cause: &io::Error,
        segment: Option<OpenSegment<D::File>>,
        now: Now,
    ) -> SpoolError {
        let error = SpoolError::of(cause);
        let mut retry_at = now.elapsed;
        if self.failing.replace(error).is_none() {
            tracing::error!(%cause, spool = %self.dir.display(), "{BROKEN}");
        } else {
            retry_at += REPAIR_INTERVAL;
        }
        self.state = State::Broken { segment, retry_at };
        error
    }

    fn create(&mut self, name: FileId, now: Now) -> io::Result<OpenSegment<D::File>> {
        // The number is spent even if the file cannot be made: half of it might be there.
        self.next_number += 1;
        let file = self
            .disk
            .create(&self.dir.join(name.name(super::WAITING)))?;
        let (began, created_ms) = (now.elapsed, now.wall_ms);
        Ok(OpenSegment {
            file,
            name,
            synced_bytes: 0,
            length: 0,
            rows: 0,
            began,
            created_ms,
        })
    }

    fn append(&mut self, segment: &mut OpenSegment<D::File>) -> io::Result<()> {
        segment.file.append(&self.buffer)?;
        let written = segment.synced_bytes + self.buffer.len() as u64;
        if written > segment.length {
            segment.length = written;
            let room = usize::try_from(written).unwrap_or(MAX_ROOM).min(MAX_ROOM);
            let is_worth_it = room >= self.room_from && self.buffer.len() <= MAX_GROUP_WITH_ROOM;
            // Where there is none, the next sync makes the file longer.
            if is_worth_it && segment.file.make_room(room).is_ok() {
                segment.length += room as u64;
            }
        }
        segment.file.sync()?;
        if segment.synced_bytes == 0 {
            self.disk.sync_dir(&self.dir)?;
        }
        segment.synced_bytes = written;
        Ok(())
    }

    /// Mends a broken journal, or says why it still is.
    fn repair(&mut self, now: Now) -> Result<(), SpoolError> {
        let State::Broken { segment, retry_at } = &mut self.state else {
            return Ok(());
        };
        if now.elapsed < *retry_at {
            return Err(self.failing.unwrap_or(SpoolError::Trouble));
        }
        if let Some(segment) = segment {
            if let Err(cause) = cut_back(&*self.disk, &self.dir, segment) {
                *retry_at = now.elapsed + REPAIR_INTERVAL;
                let error = SpoolError::of(&cause);
                self.failing = Some(error);
                return Err(error);
            }
            if segment.rows > 0 {
                self.sealed.push(segment.sealed());
            }
        }
        self.state = State::Idle;
        Ok(())
    }

    fn seal_if_large(&mut self) {
        if let State::Open(segment) = &self.state
            && (segment.synced_bytes >= self.seal_at.bytes || segment.rows >= self.seal_at.rows)
        {
            self.seal();
        }
    }

    /// Seals the open segment if it is old enough; says how long until it will be. A broken one is mended if it can be.
    pub(crate) fn tick(&mut self, now: Now) -> Option<Duration> {
        match &self.state {
            State::Idle => None,
            State::Open(segment) => {
                let age = now.elapsed.saturating_sub(segment.began);
                if age < self.seal_at.age {
                    return Some(self.seal_at.age - age);
                }
                self.seal();
                None
            }
            State::Broken { retry_at, .. } => {
                let wait = retry_at.saturating_sub(now.elapsed);
                if !wait.is_zero() {
                    return Some(wait);
                }
                if self.repair(now).is_ok() {
                    None
                } else {
                    Some(REPAIR_INTERVAL)
                }
            }
        }
    }

    /// Seals the open segment now. What is broken stays so.
    pub(crate) fn seal(&mut self) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => {}
            State::Open(mut segment) => {
                // It need not last: zeros behind the records are no records.
                if segment.length > segment.synced_bytes
                    && let Err(cause) = segment.file.truncate(segment.synced_bytes)
                {
                    tracing::debug!(%cause, "cannot cut the room off a segment");
                }
                self.sealed.push(segment.sealed());
            }
            broken @ State::Broken { .. } => self.state = broken,
        }
    }

    /// The segments sealed since the last call.
    pub(crate) fn take_sealed(&mut self) -> Vec<Sealed> {
        std::mem::take(&mut self.sealed)
    }

    /// Synced bytes and rows of the open segment, and since when it is open.
    pub(crate) fn open(&self) -> (u64, u64, Option<i64>) {
        let segment = match &self.state {
            State::Open(segment) => Some(segment),
            State::Broken { segment, .. } => segment.as_ref(),
            State::Idle => None,
        };
        segment.map_or((0, 0, None), |segment| {
            (
                segment.synced_bytes,
                u64::from(segment.rows),
                Some(segment.created_ms),
            )
        })
    }

    /// Why nothing is acknowledged at present.
    pub(crate) fn trouble(&self) -> Option<SpoolError> {
        self.failing
    }

    /// How many ids are remembered.
    pub(crate) fn remembered(&self) -> usize {
        self.window.len()
    }
}

/// Takes away whatever a failed write has left behind the last synced record, durably.
fn cut_back<D: Disk>(disk: &D, dir: &Path, segment: &mut OpenSegment<D::File>) -> io::Result<()> {
    segment.file.truncate(segment.synced_bytes)?;
    segment.file.sync()?;
    if segment.synced_bytes == 0
        && let Err(cause) = disk.remove(&dir.join(segment.name.name(super::WAITING)))
    {
        // Empty for good, and whether its name is there matters to nobody.
        tracing::debug!(%cause, "cannot remove an empty segment");
    }
    Ok(())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
