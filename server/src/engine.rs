//! The embedded engine, from the command line's side: where its library is, and how it is started.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use weir_engine::{EngineOptions, Supervisor, SupervisorOptions};
use weir_libchdb::Library;

use crate::config::Config;
use crate::config::layers::{Key, Layer};
use crate::data_dir::DataDir;
use crate::failure::Failure;

/// File name of the engine library.
const LIBRARY: &str = "libchdb.so";
/// Where packages put libraries.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/local/lib", "/usr/lib", "/opt/weir/lib"];
/// The whole engine is some 560 MB; less than this is a broken download.
const MIN_LIBRARY_BYTES: u64 = 100 << 20;

/// The library to load: as set, beside the binary, where packages put it, or where `make run` did.
pub fn find_library(config: &Config) -> Result<PathBuf, Failure> {
    if let Some(path) = &config.engine_lib {
        return check_library(path).map(|()| path.clone());
    }
    let executable = std::env::current_exe().ok();
    let beside = executable.as_deref().and_then(Path::parent);
    let usual = beside
        .into_iter()
        .chain(SYSTEM_FOLDERS.iter().map(Path::new));
    let found = usual
        .map(|folder| folder.join(LIBRARY))
        .chain(
            cache_folder()
                .iter()
                .flat_map(|folder| installed_by_make(folder)),
        )
        .find(|path| path.is_file());
    match found {
        Some(path) => check_library(&path).map(|()| path),
        None => Err(Failure::environment(
            format!("the engine library {LIBRARY} was not found"),
            format!(
                "name it with {} or {}; `make run` downloads it; or use a ClickHouse server with {}",
                Key::EngineLib.flag(),
                Key::EngineLib.variable(),
                Key::ClickhouseUrl.flag()
            ),
        )),
    }
}

/// Where `make run` keeps what it installs.
fn cache_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = set("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| Path::new(&home).join(".cache")))?;
    Some(cache.join("weir"))
}

/// The libraries that `tools/setup.sh` has put there, the newest version first.
fn installed_by_make(cache: &Path) -> Vec<PathBuf> {
    let mut versions = subfolders(cache);
    versions.retain(|folder| {
        folder
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("engine-"))
    });
    versions.sort_unstable();
    let packages = versions
        .iter()
        .rev()
        .flat_map(|folder| subfolders(&folder.join("node_modules/@chdb")));
    packages.map(|folder| folder.join(LIBRARY)).collect()
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    // A folder that is not there holds nothing.
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

/// Whether a file can be the engine library, without loading it.
fn check_library(path: &Path) -> Result<(), Failure> {
    let hint = format!(
        "download it again (`make run` does), or name another file with {}",
        Key::EngineLib.flag()
    );
    let damaged = |reason: String| {
        Failure::environment(
            format!(
                "the engine library `{}` is damaged: {reason}",
                path.display()
            ),
            hint.clone(),
        )
    };
    let mut file = File::open(path).map_err(|error| {
        Failure::environment(
            format!(
                "the engine library `{}` cannot be read: {error}",
                path.display()
            ),
            hint.clone(),
        )
    })?;
    let mut magic = [0_u8; 4];
    if file.read_exact(&mut magic).is_err() || magic != *b"\x7fELF" {
        return Err(damaged("it is no shared library".to_owned()));
    }
    let bytes = file.metadata().map_or(0, |meta| meta.len());
    if bytes < MIN_LIBRARY_BYTES {
        return Err(damaged(format!("it is only {} MB", bytes / 1_000_000)));
    }
    Ok(())
}

/// `weir engine`: the engine itself, until its parent goes. Its supervisor reads exit code and last lines.
pub fn run(
    data_dir: PathBuf,
    listen: SocketAddr,
    hosts: Vec<String>,
    library: Option<PathBuf>,
) -> Result<ExitCode, Failure> {
    let library = match library {
        Some(library) => library,
        None => find_library(&Config::new(&Layer::default())?)?,
    };
    let options = EngineOptions {
        data_dir,
        listen,
        hosts,
        library,
    };
    match weir_engine::child::run(&options) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            let lines = format!("error: {error}\nhint: {}\n", error.hint());
            std::io::stderr().write_all(lines.as_bytes())?;
            Ok(ExitCode::from(error.exit_code()))
        }
    }
}

/// Starts the engine as a child process and keeps it running.
pub async fn supervise(
    data: &DataDir,
    listen: SocketAddr,
    library: &Path,
) -> Result<Supervisor, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::environment(
            format!("the path of this program cannot be found out: {error}"),
            "",
        )
    })?;
    let arguments = [
        OsString::from("engine"),
        OsString::from("--data"),
        data.path().into(),
        OsString::from("--sql-listen"),
        OsString::from(listen.to_string()),
        OsString::from("--engine-lib"),
        library.into(),
    ];
    Supervisor::start(SupervisorOptions {
        program,
        arguments: arguments.into(),
    })
    .await
    .map_err(|error| Failure::environment(error.reason, error.hint))
}

/// Loads the library to see whether it can be; says its version.
pub fn load(library: &Path) -> Result<String, Failure> {
    Library::load(library)
        .map(|library| library.version().to_owned())
        .map_err(|error| Failure::environment(error.to_string(), error.hint()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_library_that_make_installed_comes_first() {
        let temp = tempfile::tempdir().unwrap();
        for version in ["engine-26.6.1", "engine-26.7.3-stable.1", "node-132"] {
            let package = temp
                .path()
                .join(version)
                .join("node_modules/@chdb/lib-linux-x64-gnu");
            std::fs::create_dir_all(package).unwrap();
        }
        let found = installed_by_make(temp.path());
        assert_eq!(found.len(), 2);
        assert!(
            found[0].starts_with(temp.path().join("engine-26.7.3-stable.1")),
            "{found:?}"
        );
        assert_eq!(
            installed_by_make(&temp.path().join("nothing")),
            Vec::<PathBuf>::new()
        );
    }

    #[test]
    fn what_cannot_be_the_library_is_refused_without_loading_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("libchdb.so");
        let refused = |path: &Path| check_library(path).unwrap_err().message().to_owned();
        assert!(refused(&path).contains("cannot be read"));
        std::fs::write(&path, "<html>not found</html>").unwrap();
        assert!(refused(&path).contains("it is no shared library"));
        std::fs::write(&path, b"\x7fELF").unwrap();
        assert!(refused(&path).contains("it is only 0 MB"));
    }
}
