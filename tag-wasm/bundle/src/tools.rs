//! The tools that come from npm: Binaryen and esbuild, in the folder that `WEIR_NODE_MODULES` names.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Names the `node_modules` folder.
const VARIABLE: &str = "WEIR_NODE_MODULES";

/// Found tools.
pub(crate) struct NodeTools {
    folder: PathBuf,
}

impl NodeTools {
    /// Looks where [`VARIABLE`] points.
    pub(crate) fn find() -> Result<Self> {
        let folder = std::env::var_os(VARIABLE)
            .map(PathBuf::from)
            .with_context(|| {
                format!(
                    "`{VARIABLE}` is not set: `make tag` installs Binaryen and esbuild and sets it"
                )
            })?;
        let tools = Self { folder };
        for tool in ["wasm-opt", "wasm2js", "esbuild"] {
            let file = tools.program(tool);
            if !file.exists() {
                bail!("`{}` is missing: `make setup` installs it", file.display());
            }
        }
        Ok(tools)
    }

    /// A command line that runs one of them.
    pub(crate) fn command(&self, tool: &str) -> Command {
        Command::new(self.program(tool))
    }

    /// Where they are; the versions are in the path or beside it.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn program(&self, tool: &str) -> PathBuf {
        self.folder.join(".bin").join(tool)
    }
}

/// Runs a command; what it says goes to standard error.
pub(crate) fn run(command: &mut Command, what: &str) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {what}"))?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "{what} failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
