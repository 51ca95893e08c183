//! A small disk in memory, mounted in a namespace of its own, so that nobody has to be root and nothing is left behind. A
//! process keeps it, and ends with the test.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::process::Owned;

/// The disk.
#[derive(Debug)]
pub(crate) struct Disk {
    keeper: Owned,
    size_mb: u32,
    /// The keeper reads from it until it closes.
    _until: ChildStdin,
}

impl Disk {
    /// Makes a disk at `path`, for whoever is started by [`command`](Self::command).
    pub(crate) fn mount(path: &Path, size_mb: u32) -> Result<Self> {
        let script = format!(
            "mkdir -p \"$0\" && mount -t tmpfs -o size={size_mb}m none \"$0\" && echo mounted && exec cat"
        );
        let mut keeper = Command::new("unshare")
            .args(["-rm", "sh", "-c", &script])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("start unshare")?;
        let until = keeper.stdin.take().context("a pipe")?;
        let said = keeper.stdout.take().context("a pipe")?;
        let disk = Self {
            keeper: Owned::new(keeper),
            size_mb,
            _until: until,
        };
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        ensure!(line == "mounted\n", "cannot mount a disk in memory");
        Ok(disk)
    }

    /// Starts a program where the disk is seen.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--user", "--mount", "--preserve-credentials", "--target"])
            .arg(self.keeper.id().to_string())
            .arg(program);
        command
    }

    /// Writes until nothing fits any more.
    pub(crate) fn fill(&self, at: &Path) -> Result<()> {
        let mut file = File::create(self.filler(at)?)?;
        let block = vec![7; 1 << 20];
        for size in [1 << 20, 4_096, 1] {
            let part = block.get(..size).context("a part")?;
            while file.write_all(part).is_ok() {
                ensure!(
                    file.metadata()?.len() < u64::from(self.size_mb) << 20,
                    "the disk has no end"
                );
            }
        }
        Ok(())
    }

    /// Takes away what [`fill`](Self::fill) wrote.
    pub(crate) fn free(&self, at: &Path) -> Result<()> {
        Ok(fs::remove_file(self.filler(at)?)?)
    }

    /// The file that fills the disk mounted at `at`, as it is seen from outside.
    fn filler(&self, at: &Path) -> Result<PathBuf> {
        let root = Path::new("/proc")
            .join(self.keeper.id().to_string())
            .join("root");
        Ok(root.join(at.strip_prefix("/")?).join("filler"))
    }
}
