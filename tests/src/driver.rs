//! A browser's driver as a process that ends with the test, whichever way that ends, and takes its browser and its folder along.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::Brand;

/// How often a driver is started that ends before it listens.
const STARTS: usize = 3;

/// Runs the driver in a process group of its own, until the input of this script ends; that is when the test drops it, and when the
/// test's process is gone. A browser that is ending may still write into its folder, so that is removed until it stays away; one
/// that is killed leaves its temporary files, so those are in there too.
const KEEPER: &str = r#"
folder=$1; shift
mkdir "$folder/profile" "$folder/tmp"
TMPDIR="$folder/tmp" setsid "$@" &
exec > /dev/null
cat
kill -KILL -$! 2> /dev/null
wait
for try in 1 2 3 4 5 6 7 8 9; do
  rm -rf "$folder" 2> /dev/null
  [ -e "$folder" ] || break
  sleep 0.05
done
"#;

/// A driver that listens, and the folder of the one browser that it starts.
#[derive(Debug)]
pub(crate) struct Driver {
    keeper: Child,
    pub(crate) port: String,
    folder: PathBuf,
}

impl Driver {
    /// Starts the driver of a brand on a free port.
    pub(crate) fn start(brand: Brand) -> Result<Self> {
        let (program, announced, advice) = match brand {
            Brand::Chromium => (
                OsString::from("chromedriver"),
                "started successfully on port ",
                "start chromedriver; `tools/setup.sh browser` installs it",
            ),
            Brand::Firefox => (
                std::env::var_os("WEIR_GECKODRIVER").unwrap_or_else(|| "geckodriver".into()),
                "Listening on 127.0.0.1:",
                "start geckodriver; `tools/setup.sh firefox` installs it and prints what `WEIR_GECKODRIVER` must be",
            ),
        };
        // Now and then, on a busy machine, chromedriver ends before it listens. Why is not known: what it says is told.
        let mut said = String::new();
        for _ in 0..STARTS {
            match Self::listening(&program, announced)? {
                Ok(driver) => return Ok(driver),
                Err(last_words) => said = last_words,
            }
        }
        bail!("{advice}. It ended {STARTS} times without naming its port; it said last: {said}")
    }

    /// Starts it once and waits until it names its port. Where it ends before that: what it said.
    fn listening(program: &OsStr, announced: &str) -> Result<Result<Self, String>> {
        let folder = TempDir::with_prefix("weir-browser-")?.keep();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .arg(program)
            .arg("--port=0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Whoever interrupts the test does not interrupt this.
            .process_group(0)
            .spawn()
            .context("start `sh`")?;
        let output = keeper.stdout.take().context("the driver has no output")?;
        let mut driver = Self {
            keeper,
            port: String::new(),
            folder,
        };
        let mut lines = BufReader::new(output).lines();
        let mut said = Vec::new();
        while let Some(line) = lines.next() {
            let line = line?;
            if let Some((_, port)) = line.split_once(announced) {
                // A driver that nobody listens to stops when it wants to say something.
                std::thread::spawn(move || lines.for_each(drop));
                port.trim()
                    .trim_end_matches('.')
                    .clone_into(&mut driver.port);
                return Ok(Ok(driver));
            }
            said.push(line);
        }
        Ok(Err(said.join(" | ")))
    }

    /// The folder of the browser's profile.
    pub(crate) fn profile(&self) -> PathBuf {
        self.folder.join("profile")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // The error would be that it is reaped already.
        let _ = self.keeper.wait();
    }
}
