//! Batches that ClickHouse refused for good, as a person meets them: listed, explained, put back.
//!
//! Works on the files alone, so that a server may run meanwhile, or not. To put a batch back is to rename its note:
//!
//! ```text
//! refused/N-<id>.seg  N-<id>.json   ──weir spool replay──▶  N-<id>.again   ──server, or next start──▶  spool/N-<id>.seg
//! ```
//!
//! One rename, hence there or not there; whoever finds the note under its new name moves the batch first and removes the
//! note afterwards, so that a stop in between leaves nothing but a note without a batch.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::format::{FileId, FileKind, Reader};
use super::io::{Disk, RealDisk};
use super::{AGAIN, DONE, MAX_FILE_BYTES, REASON, REFUSED_DIR, WAITING};
use crate::aside::REJECTED_DIR;
use crate::limits::{MAX_NAME_BYTES, cut};
use crate::sink::clickhouse::{EVENTS, REJECTED_EVENTS};
use crate::sink::row::{self, Head};

/// Names of one site that are told apart; further ones are counted together.
const MAX_NAMES: usize = 50;
/// Sites of a batch that are told apart.
const MAX_SITES: usize = 100;
/// In place of a name or a site that was one too many.
const OTHERS: &str = "(others)";

/// A batch that was refused.
#[derive(Debug, Clone, Serialize)]
pub struct RefusedBatch {
    /// Value of the column `batch_id`.
    pub batch_id: String,
    /// The table it was meant for.
    pub table: &'static str,
    /// Where its rows are.
    pub file: PathBuf,
    /// Length of the file.
    pub bytes: u64,
    /// Rows, as the note says; none if there is no note.
    pub rows: Option<u64>,
    /// When it was refused, ms since 1970.
    pub refused_at_ms: Option<i64>,
    /// ClickHouse's number of the error.
    pub error_code: Option<u32>,
    /// What ClickHouse said.
    pub error: String,
    /// What to do about it.
    pub hint: String,
    /// Whether it was told to go back, and has not gone yet.
    pub goes_back: bool,
    #[serde(skip)]
    id: FileId,
    #[serde(skip)]
    folder: PathBuf,
}

/// What is in a batch.
#[derive(Debug, Default, Serialize)]
pub struct Content {
    /// Rows that are whole.
    pub rows: u64,
    /// Places where a checksum was wrong.
    pub damaged: u64,
    /// Site → name of the event, or reason of the rejection → how many.
    pub sites: BTreeMap<String, BTreeMap<String, u64>>,
    /// Time of the first event and of the last, ms since 1970.
    pub span_ms: Option<(i64, i64)>,
    /// Whether this version knows how the rows are encoded.
    pub known: bool,
}

/// What else the spool holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SpoolFiles {
    /// Batches that wait to be inserted, the open one among them.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Batches that were inserted and are kept for the grace period.
    pub done: u64,
}

/// What waits and what was refused in the spool `dir`, oldest first.
pub fn list(dir: &Path) -> io::Result<(SpoolFiles, Vec<RefusedBatch>)> {
    let mut files = SpoolFiles::default();
    let mut batches = Vec::new();
    for (folder, table) in [
        (dir.to_owned(), EVENTS),
        (dir.join(REJECTED_DIR), REJECTED_EVENTS),
    ] {
        for name in names(&folder)? {
            if FileId::parse(&name, WAITING).is_some() {
                files.waiting += 1;
                files.waiting_bytes += RealDisk.length(&folder.join(&name)).unwrap_or(0);
            } else if FileId::parse(&name, DONE).is_some() {
                files.done += 1;
            }
        }
        let refused = folder.join(REFUSED_DIR);
        for name in names(&refused)? {
            if let Some(id) = FileId::parse(&name, WAITING) {
                batches.push(RefusedBatch::read(id, &refused, table));
            }
        }
    }
    batches.sort_by_key(|batch| (batch.refused_at_ms, batch.id));
    Ok((files, batches))
}

/// The names in a folder; none if there is no such folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    match RealDisk.list(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        names => names,
    }
}

impl RefusedBatch {
    fn read(id: FileId, folder: &Path, table: &'static str) -> Self {
        let goes_back = RealDisk.length(&folder.join(id.name(AGAIN))).is_ok();
        let note = folder.join(id.name(if goes_back { AGAIN } else { REASON }));
        let note: Value = RealDisk
            .read(&note, MAX_FILE_BYTES)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let text = |key: &str| {
            let text = note.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let file = folder.join(id.name(WAITING));
        Self {
            batch_id: id.id.to_string(),
            table,
            bytes: RealDisk.length(&file).unwrap_or(0),
            file,
            rows: note.get("rows").and_then(Value::as_u64),
            refused_at_ms: note.get("refused_at_ms").and_then(Value::as_i64),
            error_code: note
                .get("error_code")
                .and_then(Value::as_u64)
                .and_then(|code| code.try_into().ok()),
            error: text("error"),
            hint: text("hint"),
            goes_back,
            id,
            folder: folder.to_owned(),
        }
    }

    /// Reads what is in it.
    pub fn content(&self) -> io::Result<Content> {
        let bytes = RealDisk.read(&self.file, MAX_FILE_BYTES)?;
        let mut reader = Reader::new(FileKind::Segment, self.id, &bytes);
        let version = reader
            .header()
            .map_or(row::VERSION, |header| header.row_version);
        let mut content = Content {
            known: row::columns(version).is_some(),
            ..Content::default()
        };
        for record in reader.by_ref() {
            content.rows += 1;
            if let Some(head) = Head::read(version, record.body) {
                content.add(&head);
            }
        }
        let damage = reader.damage();
        content.damaged = damage.gaps + damage.headers;
        Ok(content)
    }

    /// Has it inserted again: by the server that runs, within a second or two; else by the next one.
    pub fn replay(&self) -> io::Result<()> {
        if self.goes_back {
            return Ok(());
        }
        let (note, again) = (self.id.name(REASON), self.folder.join(self.id.name(AGAIN)));
        match RealDisk.rename(&self.folder.join(note), &again) {
            // Somebody took the note away: the batch is what matters.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                super::io::write_whole(&RealDisk, &again, b"{}")?;
            }
            renamed => renamed?,
        }
        RealDisk.sync_dir(&self.folder)
    }
}

impl Content {
    fn add(&mut self, head: &Head<'_>) {
        let site = one_of(&self.sites, head.site, MAX_SITES);
        let names = self.sites.entry(site).or_default();
        let name = one_of(names, head.name, MAX_NAMES);
        *names.entry(name).or_default() += 1;
        let (first, last) = self.span_ms.unwrap_or((head.at_ms, head.at_ms));
        self.span_ms = Some((first.min(head.at_ms), last.max(head.at_ms)));
    }
}

fn one_of<T>(known: &BTreeMap<String, T>, name: &str, most: usize) -> String {
    let name = cut(name, MAX_NAME_BYTES);
    if known.contains_key(name) || known.len() < most {
        name.to_owned()
    } else {
        OTHERS.to_owned()
    }
}

/// Moves the batches that are to go back out of `refused/` into the spool `dir`, and tells of each. Whoever calls holds
/// the lock.
pub(crate) fn take_back<D: Disk>(
    disk: &D,
    dir: &Path,
    mut moved: impl FnMut(FileId),
) -> io::Result<()> {
    let refused = dir.join(REFUSED_DIR);
    for name in disk.list(&refused)? {
        let Some(id) = FileId::parse(&name, AGAIN) else {
            continue;
        };
        let segment = id.name(WAITING);
        match disk.rename(&refused.join(&segment), &dir.join(&segment)) {
            Ok(()) => {
                moved(id);
                disk.sync_dir(&refused)?;
                disk.sync_dir(dir)?;
            }
            // It went back before, and the note was left behind.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        disk.remove(&refused.join(&name))?;
    }
    Ok(())
}
