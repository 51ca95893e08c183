//! A disk that forgets what was not synced.
//!
//! Contents survive a crash up to what the last successful sync covered; of what was written after it, any part may be
//! there, and its last bytes may be garbage; what took the place of other bytes may have holes. Names survive up to the
//! last sync of a folder; of the changes of names after it, any number may have happened, in order. A sync that fails loses
//! what it should have made durable, and a later one that succeeds does not bring it back: that is what Linux does.
//!
//! Faults are set from outside: a crash after a number of operations, syncs that fail, a capacity.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::io::{Disk, DiskFile};

/// A small generator of numbers, so that a run is repeated by its seed alone.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % limit.max(1)
    }

    /// A place below `limit`.
    pub(crate) fn place(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap()
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

type Inode = usize;

#[derive(Clone)]
struct Content {
    now: Vec<u8>,
    /// What survives a crash.
    synced: Vec<u8>,
    /// From here on a failed sync has lost what was written.
    lost_from: Option<usize>,
    /// What was there before a cut that is not synced: it may come back.
    before_cut: Option<Vec<u8>>,
}

#[derive(Clone)]
enum NameChange {
    Set(PathBuf, Inode),
    Move(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl NameChange {
    fn touches(&self, dir: &Path) -> bool {
        match self {
            Self::Set(path, _) | Self::Remove(path) => path.parent() == Some(dir),
            Self::Move(from, to) => from.parent() == Some(dir) || to.parent() == Some(dir),
        }
    }
}

#[derive(Default)]
struct State {
    contents: Vec<Content>,
    names: BTreeMap<PathBuf, Inode>,
    synced_names: BTreeMap<PathBuf, Inode>,
    changes: Vec<NameChange>,
    dirs: HashSet<PathBuf>,
    operations_left: Option<u64>,
    crashed: bool,
    failing_syncs: bool,
    fail_next_sync: bool,
    holding_syncs: bool,
    syncs_held: usize,
    capacity: Option<usize>,
    operations: u64,
    holes: bool,
    dice: Option<Dice>,
}

/// The simulated disk. Clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct SimDisk(Arc<(Mutex<State>, Condvar)>);

/// An open file on it.
pub(crate) struct SimFile {
    disk: SimDisk,
    inode: Inode,
    /// Where the next bytes go.
    end: usize,
}

impl SimDisk {
    pub(crate) fn new(seed: u64) -> Self {
        let disk = Self::default();
        disk.state().dice = Some(Dice::new(seed));
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap()
    }

    /// The machine stops after this many further operations, in the middle of the last.
    pub(crate) fn crash_after(&self, operations: u64) {
        self.state().operations_left = Some(operations);
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.state().crashed
    }

    pub(crate) fn fail_syncs(&self, failing: bool) {
        self.state().failing_syncs = failing;
    }

    pub(crate) fn fail_next_sync(&self) {
        self.state().fail_next_sync = true;
    }

    /// Syncs of files wait until they are let go.
    pub(crate) fn hold_syncs(&self, holding: bool) {
        self.state().holding_syncs = holding;
        self.0.1.notify_all();
    }

    /// Waits until a sync is being held.
    pub(crate) fn wait_for_held_sync(&self) {
        let held = self
            .0
            .1
            .wait_while(self.state(), |state| state.syncs_held == 0);
        drop(held.unwrap());
    }

    /// Bytes that fit in all; none: any number.
    pub(crate) fn set_capacity(&self, capacity: Option<usize>) {
        self.state().capacity = capacity;
    }

    pub(crate) fn used(&self) -> usize {
        self.state().used()
    }

    /// Whether a crash has left holes in what had not been synced.
    pub(crate) fn has_holes(&self) -> bool {
        self.state().holes
    }

    pub(crate) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Flips a bit of a file.
    pub(crate) fn flip(&self, path: &Path, bit: usize) {
        let mut state = self.state();
        let inode = state.names[path];
        let content = &mut state.contents[inode];
        for bytes in [&mut content.now, &mut content.synced] {
            if let Some(byte) = bytes.get_mut(bit / 8) {
                *byte ^= 1_u8 << (bit % 8);
            }
        }
    }

    /// The machine starts again: what was not synced is gone, or not.
    pub(crate) fn restart(&self) {
        let mut state = self.state();
        let mut dice = state.dice.clone().unwrap();
        let kept = dice.place(state.changes.len() + 1);
        let mut names = state.synced_names.clone();
        for change in &state.changes[..kept] {
            apply(&mut names, change);
        }
        let State {
            contents, holes, ..
        } = &mut *state;
        for content in contents {
            content.now = after_crash(content, &mut dice, holes);
            content.synced = content.now.clone();
            content.lost_from = None;
            content.before_cut = None;
        }
        state.names = names.clone();
        state.synced_names = names;
        state.changes.clear();
        state.operations_left = None;
        state.crashed = false;
        state.failing_syncs = false;
        state.dice = Some(dice);
    }
}

impl Content {
    /// Up to where what is there was synced.
    fn durable(&self) -> usize {
        let pairs = self.synced.iter().zip(&self.now);
        pairs.take_while(|(a, b)| a == b).count()
    }
}

fn after_crash(content: &Content, dice: &mut Dice, holes: &mut bool) -> Vec<u8> {
    let common = content.durable();
    if let Some(before) = content.before_cut.as_ref().filter(|_| dice.once_in(2)) {
        return before.clone();
    }
    if content.now.len() < content.synced.len() {
        return content.now.clone();
    }
    let fresh = content.now.len() - common;
    let mut bytes = content.now[..common + dice.place(fresh + 1)].to_vec();
    if bytes.len() > common && dice.once_in(3) {
        // The length was written, the data was not.
        let garbage = common + dice.place(bytes.len() - common);
        bytes[garbage..].fill(0);
    }
    if let Some(lost) = content.lost_from.filter(|lost| *lost < bytes.len()) {
        bytes[lost..].fill(0);
    }
    // Where bytes were to take the place of others, any of them may have.
    if let Some(before) = content.synced.get(bytes.len()..) {
        bytes.extend_from_slice(before);
    }
    let replaced = content.synced.len().min(content.now.len()) - common;
    if replaced > 0 && dice.once_in(3) {
        let from = common + dice.place(replaced);
        let to = from + dice.place(common + replaced - from + 1);
        bytes[from..to].copy_from_slice(&content.synced[from..to]);
        *holes = true;
    }
    bytes
}

fn apply(names: &mut BTreeMap<PathBuf, Inode>, change: &NameChange) {
    match change {
        NameChange::Set(path, inode) => {
            names.insert(path.clone(), *inode);
        }
        NameChange::Move(from, to) => {
            if let Some(inode) = names.remove(from) {
                names.insert(to.clone(), inode);
            }
        }
        NameChange::Remove(path) => {
            names.remove(path);
        }
    }
}

impl State {
    /// Counts an operation. An error: the machine has stopped.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        match &mut self.operations_left {
            Some(0) => self.crashed = true,
            Some(left) => *left -= 1,
            None => {}
        }
        if self.crashed {
            Err(io::Error::other("the machine has stopped"))
        } else {
            Ok(())
        }
    }

    fn used(&self) -> usize {
        self.names
            .values()
            .map(|inode| self.contents[*inode].now.len())
            .sum()
    }

    fn inode(&self, path: &Path) -> io::Result<Inode> {
        self.names
            .get(path)
            .copied()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change(&mut self, change: NameChange) {
        apply(&mut self.names, &change);
        self.changes.push(change);
    }

    fn sync(&mut self, inode: Inode) -> io::Result<()> {
        self.operate()?;
        let failing = self.failing_syncs || std::mem::take(&mut self.fail_next_sync);
        let content = &mut self.contents[inode];
        if failing {
            let lost = content
                .lost_from
                .unwrap_or(usize::MAX)
                .min(content.durable());
            content.lost_from = Some(lost);
            return Err(io::Error::other("input/output error"));
        }
        content.before_cut = None;
        content.synced = content.now.clone();
        if let Some(lost) = content.lost_from.filter(|lost| *lost < content.now.len()) {
            // Says that all is well, but those bytes never reached the disk.
            content.synced[lost..].fill(0);
        }
        Ok(())
    }
}

impl Disk for SimDisk {
    type File = SimFile;

    fn create(&self, path: &Path) -> io::Result<SimFile> {
        let mut state = self.state();
        state.operate()?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if state
            .capacity
            .is_some_and(|capacity| state.used() >= capacity)
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let inode = state.contents.len();
        state.contents.push(Content {
            now: Vec::new(),
            synced: Vec::new(),
            lost_from: None,
            before_cut: None,
        });
        state.change(NameChange::Set(path.to_owned(), inode));
        Ok(SimFile {
            disk: self.clone(),
            inode,
            end: 0,
        })
    }

    fn read(&self, path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        state.operate()?;
        let inode = state.inode(path)?;
        let bytes = state.contents[inode].now.clone();
        assert!(bytes.len() as u64 <= max_bytes);
        Ok(bytes)
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        let state = self.state();
        let inode = state.inode(path)?;
        Ok(state.contents[inode].now.len() as u64)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.inode(path)?;
        state.sync(inode)
    }

    fn rewrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        let inode = state.inode(path)?;
        let content = &mut state.contents[inode];
        assert_eq!(content.now, bytes, "other bytes than there are");
        // They are to be written again, all of them.
        content.lost_from = None;
        state.sync(inode)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.inode(from)?;
        state.change(NameChange::Move(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.inode(path)?;
        state.change(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        self.state().dirs.insert(dir.to_owned());
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        assert!(state.dirs.contains(dir), "{} was never made", dir.display());
        if state.failing_syncs {
            return Err(io::Error::other("input/output error"));
        }
        // What happened before in any folder is durable with it, as on a journalling file system; what came later in
        // another folder is not.
        let State {
            synced_names,
            changes,
            ..
        } = &mut *state;
        let durable = changes
            .iter()
            .rposition(|change| change.touches(dir))
            .map_or(0, |at| at + 1);
        for change in changes.drain(..durable) {
            apply(synced_names, &change);
        }
        Ok(())
    }
}

impl DiskFile for SimFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let alive = state.operate();
        let behind = state.contents[self.inode].now.len() - self.end;
        let room = state.capacity.map_or(usize::MAX, |capacity| {
            behind + capacity.saturating_sub(state.used())
        });
        let mut dice = state.dice.clone().unwrap();
        let fits = match alive {
            Ok(()) => bytes.len().min(room),
            Err(_) => dice.place(bytes.len() + 1),
        };
        state.dice = Some(dice);
        let now = &mut state.contents[self.inode].now;
        let replaced = self.end..now.len().min(self.end + fits);
        now.splice(replaced, bytes[..fits].iter().copied());
        alive?;
        if fits < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.end += fits;
        Ok(())
    }

    fn make_room(&mut self, bytes: usize) -> io::Result<()> {
        let end = self.end;
        self.append(&vec![0; bytes])?;
        self.end = end;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        if state.holding_syncs {
            state.syncs_held += 1;
            self.disk.0.1.notify_all();
            state = self
                .disk
                .0
                .1
                .wait_while(state, |state| state.holding_syncs)
                .unwrap();
            state.syncs_held -= 1;
        }
        state.sync(self.inode)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.operate()?;
        let length = usize::try_from(length).unwrap();
        let content = &mut state.contents[self.inode];
        if length < content.now.len() {
            content.before_cut = Some(content.now.clone());
        }
        content.now.truncate(length);
        self.end = self.end.min(length);
        // What is cut off cannot come back garbled.
        content.lost_from = content.lost_from.filter(|lost| *lost < length);
        Ok(())
    }
}
