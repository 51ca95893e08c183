//! File access, as little of it as the spool needs, behind a trait: tests run the spool on a simulated disk that forgets
//! what was not synced (`spool/sim.rs`).
//!
//! Names are durable once [`Disk::sync_dir`] has returned, contents once [`DiskFile::sync`] has. Nothing else is promised,
//! and the spool relies on nothing else.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The folder of a spool.
pub(crate) trait Disk: Send + Sync + 'static {
    /// A file being written.
    type File: DiskFile;

    /// Makes a new file; it must not be there.
    fn create(&self, path: &Path) -> io::Result<Self::File>;
    /// Reads a whole file of at most `max_bytes`.
    fn read(&self, path: &Path, max_bytes: u64) -> io::Result<Vec<u8>>;
    /// How long a file is.
    fn length(&self, path: &Path) -> io::Result<u64>;
    /// Makes the content of a file durable that is not open.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// Writes the bytes that a file has over themselves and makes them durable: needs no room, and mends what an earlier
    /// sync failed to write.
    fn rewrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// The names of the files in a folder, in no order. Folders in it are left out.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// Moves a file, replacing what is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder and those above it, unless they are there.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// A file being written: bytes are added at its end only.
pub(crate) trait DiskFile: Send + 'static {
    /// Adds bytes. After an error any part of them may be there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Puts so many zeros behind what was added, for the next bytes to take their place: a sync that need not make the
    /// file longer takes a third of the time. They are there until the file is cut.
    fn make_room(&mut self, bytes: usize) -> io::Result<()>;
    /// Makes the content durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to `length`.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// Ending of a file that is not completely written; what is left of one is removed at start.
pub(crate) const HALF_WRITTEN: &str = ".half";

/// Writes a whole file so that it is either there completely or not at all, and durable.
pub(crate) fn write_whole<D: Disk>(disk: &D, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut half = path.as_os_str().to_owned();
    half.push(HALF_WRITTEN);
    let half = PathBuf::from(half);
    match disk.remove(&half) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = disk.create(&half)?;
    file.append(bytes)?;
    file.sync()?;
    disk.rename(&half, path)?;
    match path.parent() {
        Some(dir) => disk.sync_dir(dir),
        None => Ok(()),
    }
}

/// The machine's file system.
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    type File = RealFile;

    fn create(&self, path: &Path) -> io::Result<RealFile> {
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)?;
        Ok(RealFile { file, end: 0 })
    }

    fn read(&self, path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
        let file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        if length > max_bytes {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "larger than any file of the spool",
            ));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        file.take(max_bytes).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)?.sync_data()
    }

    fn rewrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let file = fs::OpenOptions::new().write(true).open(path)?;
        file.write_all_at(bytes, 0)?;
        file.sync_data()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        fs::File::open(dir)?.sync_all()
    }
}

/// A file, and where the next bytes go.
pub(crate) struct RealFile {
    file: fs::File,
    end: u64,
}

impl DiskFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.end)?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    fn make_room(&mut self, bytes: usize) -> io::Result<()> {
        self.file.write_all_at(&vec![0; bytes], self.end)
    }

    fn sync(&mut self) -> io::Result<()> {
        // The length is synced with the content; times are of no interest.
        self.file.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.end = self.end.min(length);
        Ok(())
    }
}
