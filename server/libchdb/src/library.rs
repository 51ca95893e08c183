//! Loading the library, opening connections, stopping the engine.
//!
//! Owns the look at the file before it is loaded: a missing, foreign or half-downloaded file gets a message that says
//! what to do, instead of the loader's.

use std::ffi::{CStr, CString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::connection::Connection;
use crate::symbols::{SUCCESS, Symbols};

/// Why the library could not be loaded. The text says what happened, [`LoadError::hint`] what to do.
#[derive(Debug, Error)]
pub enum LoadError {
    /// There is no such file.
    #[error("the ClickHouse engine library is not at `{}`", .0.display())]
    Missing(PathBuf),
    /// The file cannot be read.
    #[error("the ClickHouse engine library `{}` cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is no shared library.
    #[error("`{}` is not a shared library", .0.display())]
    NotALibrary(PathBuf),
    /// The file is a library for other machines.
    #[error("`{}` is a library for {found}, this machine is {}", path.display(), std::env::consts::ARCH)]
    WrongMachine {
        /// The file.
        path: PathBuf,
        /// The machine it is made for.
        found: Machine,
    },
    /// The file is shorter than its own header says.
    #[error("`{}` is damaged: it has {found} bytes and should have at least {expected}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes that it has.
        found: u64,
        /// Bytes that its header speaks of.
        expected: u64,
    },
    /// A function that we need is not in it.
    #[error("`{}` has no function `{symbol}`: it is another version of the library, or another library", path.display())]
    MissingSymbol {
        /// The file.
        path: PathBuf,
        /// The first function that was missed.
        symbol: &'static str,
    },
    /// The system's loader refused it.
    #[error("`{}` could not be loaded: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
}

impl LoadError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::NotALibrary(_) => {
                "`make run` installs the library; or name the file with `--engine-lib` (or WEIR_ENGINE_LIB), or use a \
                 ClickHouse server with `--clickhouse-url`"
            }
            Self::Unreadable { .. } => "check the permissions of the file and of its folder",
            Self::WrongMachine { .. } => {
                "install the npm package `@chdb/lib-…` of this machine, or use a ClickHouse server with \
                 `--clickhouse-url`"
            }
            Self::Truncated { .. } => {
                "the download was cut short or the disk is full: remove the file and run `make setup` again"
            }
            Self::MissingSymbol { .. } => "install the version that `tools/setup.sh` names",
            Self::Refused { .. } => {
                "remove the file and run `make setup` again; the text above is the loader's"
            }
        }
    }
}

/// A machine that libraries are built for, by its number in the file's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine(u16);

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ELF_X86_64 => out.write_str("x86_64"),
            ELF_AARCH64 => out.write_str("aarch64"),
            other => write!(out, "an unknown machine ({other})"),
        }
    }
}

/// The engine did not open a connection; it writes the reason to its standard error.
#[derive(Debug, Error)]
#[error("the engine refused a connection; its own message is in the log above")]
pub struct ConnectError;

/// The engine could not stop every thread of its own.
#[derive(Debug, Error)]
#[error("the engine did not stop: a connection is still open, or a thread of its own did not end")]
pub struct ShutdownError;

const ELF_MAGIC: [u8; 4] = [0x7f, b'E', b'L', b'F'];
const ELF_HEADER_BYTES: usize = 64;
const ELF_X86_64: u16 = 62;
const ELF_AARCH64: u16 = 183;

/// What keeps the library in memory, shared by everything that calls into it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) symbols: Symbols,
    /// Never dropped: the engine's threads run in this code until the process ends.
    _library: ManuallyDrop<libloading::Library>,
}

/// The loaded library.
#[derive(Debug, Clone)]
pub struct Library {
    loaded: Arc<Loaded>,
}

impl Library {
    /// Loads the library and keeps it from installing signal handlers of its own.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        inspect(path)?;
        // SAFETY: loading runs the library's initialisers. The file is the one the operator named and its header was
        // just checked; the initialisers of libchdb only set up its own state.
        let library =
            unsafe { libloading::Library::new(path) }.map_err(|error| LoadError::Refused {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
        let library = ManuallyDrop::new(library);
        let symbols = Symbols::find(&library).map_err(|symbol| LoadError::MissingSymbol {
            path: path.to_owned(),
            symbol,
        })?;
        // SAFETY: takes a plain flag, and is documented to be called before the first connection.
        unsafe { (symbols.chdb_set_signal_handlers_enabled)(0) };
        Ok(Self {
            loaded: Arc::new(Loaded {
                symbols,
                _library: library,
            }),
        })
    }

    /// Version of the library, for example `26.7.3`.
    pub fn version(&self) -> String {
        // SAFETY: takes nothing and returns a static, terminated string or null.
        let text = unsafe { (self.loaded.symbols.chdb_version)() };
        if text.is_null() {
            return String::new();
        }
        // SAFETY: not null, and terminated as the header says.
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned()
    }

    /// Opens a connection: a session of its own with its own settings. The first one starts the engine, and its
    /// `--path` and `--config-file` hold for the process. Costs under a millisecond once the engine runs.
    pub fn connect(&self, arguments: &[&str]) -> Result<Connection, ConnectError> {
        let owned: Vec<CString> = std::iter::once("chdb")
            .chain(arguments.iter().copied())
            .map(CString::new)
            .collect::<Result<_, _>>()
            .map_err(|_| ConnectError)?;
        let mut pointers: Vec<_> = owned.iter().map(|text| text.as_ptr().cast_mut()).collect();
        let count = i32::try_from(pointers.len()).map_err(|_| ConnectError)?;
        // SAFETY: `count` terminated strings that live until the call returns; the library copies what it keeps and
        // does not write through them.
        let connection =
            unsafe { (self.loaded.symbols.chdb_connect)(count, pointers.as_mut_ptr()) };
        Connection::adopt(Arc::clone(&self.loaded), connection).ok_or(ConnectError)
    }

    /// Stops the engine and joins its threads. Every connection must have been dropped; none can be opened after.
    pub fn shutdown(&self) -> Result<(), ShutdownError> {
        // SAFETY: callable from any thread at any time; refuses by its answer when a connection is open.
        match unsafe { (self.loaded.symbols.chdb_shutdown)() } {
            SUCCESS => Ok(()),
            _ => Err(ShutdownError),
        }
    }
}

/// Looks at the file's header. Only ELF is judged; elsewhere the loader has the word.
fn inspect(path: &Path) -> Result<(), LoadError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => LoadError::Missing(path.to_owned()),
        _ => LoadError::Unreadable {
            path: path.to_owned(),
            error,
        },
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(LoadError::NotALibrary(path.to_owned()));
    }
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let mut header = [0; ELF_HEADER_BYTES];
    file.read_exact(&mut header)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => LoadError::NotALibrary(path.to_owned()),
            _ => unreadable(error),
        })?;
    judge(path, &header, metadata.len())
}

/// The header's machine must be ours, and the file must reach to the end of its section table, which is written last.
fn judge(path: &Path, header: &[u8; ELF_HEADER_BYTES], found: u64) -> Result<(), LoadError> {
    if !header.starts_with(&ELF_MAGIC) {
        return Err(LoadError::NotALibrary(path.to_owned()));
    }
    let machine = Machine(u16::from_le_bytes(field(header, 18)));
    let ours = if cfg!(target_arch = "aarch64") {
        ELF_AARCH64
    } else {
        ELF_X86_64
    };
    if machine.0 != ours {
        return Err(LoadError::WrongMachine {
            path: path.to_owned(),
            found: machine,
        });
    }
    let table = u64::from_le_bytes(field(header, 40));
    let entries = u64::from(u16::from_le_bytes(field(header, 58)))
        * u64::from(u16::from_le_bytes(field(header, 60)));
    let expected = table.saturating_add(entries);
    if found < expected {
        return Err(LoadError::Truncated {
            path: path.to_owned(),
            found,
            expected,
        });
    }
    Ok(())
}

/// `N` bytes of the header; zeroes beyond its end, which no caller asks for.
fn field<const N: usize>(header: &[u8; ELF_HEADER_BYTES], at: usize) -> [u8; N] {
    header
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .copied()
        .unwrap_or([0; N])
}
